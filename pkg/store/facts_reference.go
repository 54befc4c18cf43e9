package store

import (
	"context"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// listedOf begins a write of rows from one of iRacing's own lists: they hold against names in results.
func listedOf[T any](table, key string, rows []T, id func(*T) int64, name func(*T) string) *bulk[T] {
	b := into(table, rows, id)
	b.key(key, id)
	b.listed(name)
	return b
}

func (b *bulk[T]) listed(name func(*T) string) {
	b.text("name", func(r *T) string { return tidy(name(r)) }).known()
	b.newestNever()
	b.flag("listed", func(*T) bool { return true })
}

// newestNever lets no name in a result be newer.
func (b *bulk[T]) newestNever() {
	b.day("named_on", func(*T) time.Time { return time.Time{} }).expr = "coalesce(%s, '-infinity')"
}

// tables are facts that are rows of one table and refer to nothing but what is named.
func tables[T any](n *names, table string, b *bulk[T]) *facts {
	return &facts{names: n, write: func(k *keeping) {
		k.put(table, b)
	}}
}

func readCars(ctx context.Context, api iracing.API, _ iracing.Request, at time.Time) (*facts, error) {
	cars, err := api.Cars(ctx)
	if err != nil {
		return nil, err
	}
	b := listedOf("cars", "car_id", cars, func(c *iracing.Car) int64 { return c.ID }, func(c *iracing.Car) string { return c.Name })
	b.word("short_name", func(c *iracing.Car) string { return tidy(c.Short) })
	column(b, "categories", "text", "string_to_array(%s, ',')", func(c *iracing.Car) string { return joined(c.Categories) })
	b.number("power_horsepower", func(c *iracing.Car) float64 { return c.Power })
	b.number("weight_kilograms", func(c *iracing.Car) float64 { return c.Weight })
	b.flag("retired", func(c *iracing.Car) bool { return c.Retired })
	b.flag("rain", func(c *iracing.Car) bool { return c.Rain })
	b.flag("free", func(c *iracing.Car) bool { return c.Free })
	return tables(newNames(at), "cars", b), nil
}

func readCarClasses(ctx context.Context, api iracing.API, _ iracing.Request, at time.Time) (*facts, error) {
	classes, err := api.CarClasses(ctx)
	if err != nil {
		return nil, err
	}
	b := listedOf("car_classes", "car_class_id", classes, func(c *iracing.CarClass) int64 { return c.ID }, func(c *iracing.CarClass) string { return c.Name })
	b.word("short_name", func(c *iracing.CarClass) string { return tidy(c.Short) })
	b.number("relative_speed", func(c *iracing.CarClass) float64 { return c.Speed })
	list(b, "car_ids", "integer[]", func(c *iracing.CarClass) []int64 { return c.Cars })
	return tables(newNames(at), "car_classes", b), nil
}

func readTracks(ctx context.Context, api iracing.API, _ iracing.Request, at time.Time) (*facts, error) {
	tracks, err := api.Tracks(ctx)
	if err != nil {
		return nil, err
	}
	b := listedOf("tracks", "track_id", tracks, func(t *iracing.Track) int64 { return t.ID }, func(t *iracing.Track) string { return t.Name })
	b.word("config", func(t *iracing.Track) string { return tidy(t.Config) })
	b.id("category_id", func(t *iracing.Track) int64 { return t.Category })
	b.number("length_meters", func(t *iracing.Track) float64 { return t.Length })
	b.place("corners", func(t *iracing.Track) int { return t.Corners })
	b.word("type", func(t *iracing.Track) string { return t.Type })
	b.word("location", func(t *iracing.Track) string { return t.Location })
	b.number("latitude", func(t *iracing.Track) float64 { return t.Latitude })
	b.number("longitude", func(t *iracing.Track) float64 { return t.Longitude })
	b.word("time_zone", func(t *iracing.Track) string { return t.TimeZone })
	b.number("pit_speed_meters_per_second", func(t *iracing.Track) float64 { return t.PitSpeed })
	b.number("nominal_lap_seconds", func(t *iracing.Track) float64 { return t.NominalLap })
	b.place("max_cars", func(t *iracing.Track) int { return t.MaxCars })
	b.flag("retired", func(t *iracing.Track) bool { return t.Retired })
	b.flag("rain", func(t *iracing.Track) bool { return t.Rain })
	b.flag("free", func(t *iracing.Track) bool { return t.Free })
	return tables(newNames(at), "tracks", b), nil
}

func readSeries(ctx context.Context, api iracing.API, _ iracing.Request, at time.Time) (*facts, error) {
	series, err := api.Series(ctx)
	if err != nil {
		return nil, err
	}
	b := listedOf("series", "series_id", series, func(s *iracing.Series) int64 { return s.ID }, func(s *iracing.Series) string { return s.Name })
	b.word("short_name", func(s *iracing.Series) string { return tidy(s.Short) })
	b.id("category_id", func(s *iracing.Series) int64 { return s.Category })
	b.place("min_starters", func(s *iracing.Series) int { return s.MinStarters })
	b.place("max_starters", func(s *iracing.Series) int { return s.MaxStarters })
	b.place("min_licence_level", func(s *iracing.Series) int { return s.MinLicence })
	return tables(newNames(at), "series", b), nil
}
