package drivers

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"
	"golang.org/x/sync/errgroup"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// maxBestCars is of how many cars the best laps are read, one request each.
const maxBestCars = 30

// career is a driver's totals as iRacing counts them: official races only.
func career(ctx context.Context, q *ask.Query, query models.CareerQuery) (data.Frames, error) {
	by, err := choose("way to split a career", query.By, models.CareerByCategory, models.CareerByYear, models.CareerRecap, models.CareerBests)
	if err != nil {
		return nil, err
	}
	driver, category, err := asked(ctx, q, query.Driver, query.Category)
	if err != nil {
		return nil, err
	}
	if category != 0 && (by == models.CareerRecap || by == models.CareerBests) {
		q.Info("iRacing does not split these figures by category; they are of all.")
	}
	switch by {
	case models.CareerByYear:
		list, err := q.API.Yearly(ctx, driver)
		if err != nil {
			return nil, err
		}
		return careerYears(q, list, category), nil
	case models.CareerRecap:
		return careerRecap(ctx, q, driver)
	case models.CareerBests:
		return careerBests(ctx, q, driver)
	}
	list, err := q.API.Career(ctx, driver)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(t iracing.Totals) bool { return t.Starts == 0 || category != 0 && t.Category != category })
	if len(list) == 0 {
		q.Info("iRacing has no official race of this driver%s.", in(only(category)))
	}
	c := frames.Of(list)
	c.Text("category", "Category", func(t *iracing.Totals) string { return iracing.CategoryName(t.Category) })
	careerColumns(c)
	c.ID("categoryId", "Category id", func(t *iracing.Totals) int64 { return t.Category })
	return c.Frames("career", data.FrameTypeTable), nil
}

func only(category int64) []int64 {
	if category == 0 {
		return nil
	}
	return []int64{category}
}

// careerYears has a row a year, of one category or of all added up.
func careerYears(q *ask.Query, list []iracing.Totals, category int64) data.Frames {
	byYear := map[int][]iracing.Totals{}
	for _, t := range list {
		if t.Starts > 0 && t.Year > 0 && (category == 0 || t.Category == category) {
			byYear[t.Year] = append(byYear[t.Year], t)
		}
	}
	years := make([]iracing.Totals, 0, len(byYear))
	for _, parts := range byYear {
		years = append(years, added(parts))
	}
	slices.SortFunc(years, func(a, b iracing.Totals) int { return cmp.Compare(a.Year, b.Year) })
	if len(years) == 0 {
		q.Info("iRacing has no official race of this driver%s.", in(only(category)))
	}
	c := frames.Of(years)
	c.Text("year", "Year", func(t *iracing.Totals) string { return strconv.Itoa(t.Year) })
	careerColumns(c)
	c.Text("category", "Category", func(*iracing.Totals) string { return cmp.Or(iracing.CategoryName(category), "All") })
	return c.Frames("years", data.FrameTypeTable)
}

// added adds totals up; means are weighted by the starts.
func added(parts []iracing.Totals) iracing.Totals {
	t := iracing.Totals{Category: parts[0].Category, Year: parts[0].Year}
	for _, p := range parts {
		t.Starts += p.Starts
		t.Wins += p.Wins
		t.Top5 += p.Top5
		t.Poles += p.Poles
		t.Laps += p.Laps
		t.LapsLed += p.LapsLed
		t.AvgStart += p.AvgStart * p.Starts
		t.AvgFinish += p.AvgFinish * p.Starts
		t.AvgInc += p.AvgInc * p.Starts
		t.AvgPoints += p.AvgPoints * p.Starts
	}
	starts := frames.Positive(t.Starts)
	t.LapsPerInc = t.Laps / frames.Positive(t.AvgInc)
	t.AvgStart, t.AvgFinish, t.AvgInc, t.AvgPoints = t.AvgStart/starts, t.AvgFinish/starts, t.AvgInc/starts, t.AvgPoints/starts
	t.WinShare, t.Top5Share, t.PoleShare, t.LedShare = t.Wins/starts, t.Top5/starts, t.Poles/starts, t.LapsLed/frames.Positive(t.Laps)
	return t
}

// careerColumns are what iRacing counts.
func careerColumns(c *frames.Columns[iracing.Totals]) {
	type totals = iracing.Totals
	c.Number("starts", "Starts", frames.Count, func(t *totals) float64 { return t.Starts })
	c.Number("wins", "Wins", frames.Count, func(t *totals) float64 { return t.Wins })
	c.Number("winShare", "Win %", frames.Share, func(t *totals) float64 { return t.WinShare })
	c.Number("top5", "Top 5", frames.Count, func(t *totals) float64 { return t.Top5 })
	c.Number("top5Share", "Top 5 %", frames.Share, func(t *totals) float64 { return t.Top5Share })
	c.Number("poles", "Poles", frames.Count, func(t *totals) float64 { return t.Poles })
	c.Number("poleShare", "Pole %", frames.Share, func(t *totals) float64 { return t.PoleShare })
	c.Number("averageStart", "Average grid", frames.Mean, func(t *totals) float64 { return t.AvgStart })
	c.Number("averageFinish", "Average finish", frames.Mean, func(t *totals) float64 { return t.AvgFinish })
	c.Number("averageIncidents", "Incidents per race", frames.Mean, func(t *totals) float64 { return t.AvgInc })
	c.Number("lapsPerIncident", "Laps per incident", frames.Mean, func(t *totals) float64 { return t.LapsPerInc })
	c.Number("averagePoints", "Points per race", frames.Mean, func(t *totals) float64 { return t.AvgPoints })
	c.Number("laps", "Laps", frames.Count, func(t *totals) float64 { return t.Laps })
	c.Number("lapsLed", "Led", frames.Count, func(t *totals) float64 { return t.LapsLed })
	c.Number("ledShare", "Led %", frames.Share, func(t *totals) float64 { return t.LedShare })
}

// recap is a year, and what only the running year has.
type recap struct {
	*iracing.Recap
	summary *iracing.Summary
}

// careerRecap is the year in which the time range ends.
func careerRecap(ctx context.Context, q *ask.Query, driver int64) (data.Frames, error) {
	now := q.Now().UTC()
	year := q.Range.To.UTC().Year()
	if q.Range.To.After(now) {
		year = now.Year()
	}
	r, err := q.API.Recap(ctx, driver, year, 0)
	if err != nil {
		return nil, err
	}
	row := recap{Recap: r}
	if year == now.Year() {
		if row.summary, err = q.API.Summary(ctx, driver); err != nil {
			q.Warn("The races in leagues are missing: %s", frames.Sentence(err.Error()))
		}
	}
	if r.Starts == 0 {
		q.Info("iRacing has no official race of this driver in %d.", year)
	}
	c := frames.Of([]recap{row})
	c.Text("year", "Year", func(r *recap) string { return strconv.Itoa(r.Year) })
	c.Number("starts", "Starts", frames.Count, func(r *recap) float64 { return r.Starts })
	c.Number("wins", "Wins", frames.Count, func(r *recap) float64 { return r.Wins })
	c.Number("winShare", "Win %", frames.Share, func(r *recap) float64 { return r.WinShare })
	c.Number("top5", "Top 5", frames.Count, func(r *recap) float64 { return r.Top5 })
	c.Number("top5Share", "Top 5 %", frames.Share, func(r *recap) float64 { return r.Top5Share })
	c.Number("averageStart", "Average grid", frames.Mean, func(r *recap) float64 { return r.AvgStart })
	c.Number("averageFinish", "Average finish", frames.Mean, func(r *recap) float64 { return r.AvgFinish })
	c.Number("laps", "Laps", frames.Count, func(r *recap) float64 { return r.Laps })
	c.Number("lapsLed", "Led", frames.Count, func(r *recap) float64 { return r.LapsLed })
	c.Number("ledShare", "Led %", frames.Share, func(r *recap) float64 { return r.LedShare })
	c.Text("favouriteCar", "Favourite car", func(r *recap) string {
		if r.Car == nil {
			return ""
		}
		return r.Car.Name
	})
	c.Text("favouriteTrack", "Favourite track", func(r *recap) string {
		if r.Track == nil {
			return ""
		}
		return r.Track.String()
	})
	league := func(of func(*iracing.Summary) float64) func(*recap) float64 {
		return func(r *recap) float64 {
			if r.summary == nil {
				return math.NaN()
			}
			return of(r.summary)
		}
	}
	c.Number("leagueSessions", "League races", frames.Count, league(func(s *iracing.Summary) float64 { return s.League }))
	c.Number("leagueWins", "League wins", frames.Count, league(func(s *iracing.Summary) float64 { return s.LeagueWins }))
	return c.Frames("recap", data.FrameTypeTable), nil
}

// best is a driver's best lap in a car on a track in one kind of session.
type best struct {
	iracing.BestLap
	car iracing.Ref
}

// careerBests asks for the best laps in every car that the driver drove, one request a car.
func careerBests(ctx context.Context, q *ask.Query, driver int64) (data.Frames, error) {
	first, err := q.API.Bests(ctx, driver, 0)
	if err != nil {
		return nil, err
	}
	cars := first.Cars
	if len(cars) > maxBestCars {
		q.Warn("The driver drove %d cars; the best laps are those of %d of them, as iRacing wants one request for each.", len(cars), maxBestCars)
		cars = cars[:maxBestCars]
	}
	parts := make([][]iracing.BestLap, len(cars))
	failures := make([]error, len(cars))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for i, car := range cars {
		if car.ID == first.Car {
			parts[i] = first.Laps
			continue
		}
		group.Go(func() error {
			b, err := q.API.Bests(groupCtx, driver, car.ID)
			if err != nil {
				failures[i] = err
				return groupCtx.Err()
			}
			parts[i] = b.Laps
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if failed := slices.DeleteFunc(failures, func(err error) bool { return err == nil }); len(failed) > 0 {
		q.Warn("The best laps in %s are missing: %s", frames.Plural(len(failed), "car"), frames.Sentence(failed[0].Error()))
	}
	var laps []best
	for i := range parts {
		for _, l := range parts[i] {
			laps = append(laps, best{l, cars[i]})
		}
	}
	if len(laps) == 0 {
		q.Info("iRacing has no best lap of this driver; only official sessions count.")
	}
	slices.SortStableFunc(laps, func(a, b best) int {
		return cmp.Or(cmp.Compare(a.Track.String(), b.Track.String()), cmp.Compare(a.Lap, b.Lap))
	})
	c := frames.Of(laps)
	c.Text("track", "Track", func(b *best) string { return b.Track.String() })
	c.Text("car", "Car", func(b *best) string { return b.car.Name })
	c.Text("event", "Session", func(b *best) string { return b.Event })
	c.Lap("lapTime", "Best lap", func(b *best) float64 { return b.Lap })
	c.When("date", "Driven", func(b *best) time.Time { return b.At })
	c.ID("subsession", "Subsession", func(b *best) int64 { return b.Subsession })
	c.ID("carId", "Car id", func(b *best) int64 { return b.car.ID })
	c.ID("trackId", "Track id", func(b *best) int64 { return b.Track.ID })
	return c.Frames("bests", data.FrameTypeTable), nil
}
