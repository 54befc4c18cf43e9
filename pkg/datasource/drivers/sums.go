package drivers

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis/race"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
)

// sumResults is of how many of the newest races totals read the results.
const sumResults = 60

// perCar adds a driver's races up by car.
func perCar(ctx context.Context, q *ask.Query, query models.PerCarQuery) (data.Frames, error) {
	races, err := summed(ctx, q, query.Driver, query.Category, query.Hosted)
	if err != nil {
		return nil, err
	}
	c := columns[sum]{rows: sums(races, func(o *outing) int64 { return o.car.ID })}
	c.text("car", "Car", func(s *sum) string { return s.newest.car.Name })
	totalColumns(&c)
	c.id("carId", "Car id", func(s *sum) int64 { return s.newest.car.ID })
	return c.frame("cars", data.FrameTypeTable), nil
}

// perTrack adds a driver's races up by track and layout.
func perTrack(ctx context.Context, q *ask.Query, query models.PerTrackQuery) (data.Frames, error) {
	races, err := summed(ctx, q, query.Driver, query.Category, query.Hosted)
	if err != nil {
		return nil, err
	}
	c := columns[sum]{rows: sums(races, func(o *outing) int64 { return o.track.ID })}
	c.text("track", "Track", func(s *sum) string { return s.newest.track.String() })
	totalColumns(&c)
	c.id("trackId", "Track id", func(s *sum) int64 { return s.newest.track.ID })
	return c.frame("tracks", data.FrameTypeTable), nil
}

// summed finds the races that are added up.
func summed(ctx context.Context, q *ask.Query, driver models.ID, category models.Category, hosted bool) ([]outing, error) {
	id, in, err := asked(ctx, q, driver, category)
	if err != nil {
		return nil, err
	}
	races, err := outings(ctx, q, id, filter{category: in, hosted: hosted}, sumResults)
	if err != nil {
		return nil, err
	}
	read := 0
	for i := range races {
		if races[i].read {
			read++
		}
	}
	if read < len(races) {
		q.Info("Best laps, rating changes and class sizes are those of %d of the %d races: one query reads the results of the newest %d.",
			read, len(races), sumResults)
	}
	return races, nil
}

// sum is some races added up.
type sum struct {
	race.Totals
	newest outing
}

// sums adds races up by a key, the most driven first.
func sums(races []outing, key func(*outing) int64) []sum {
	var order []int64
	parts := map[int64][]race.Start{}
	newest := map[int64]outing{}
	for i := range races {
		k := key(&races[i])
		if _, seen := parts[k]; !seen {
			// Races are sorted by time, so that the first of a key is its newest, and has the name that is in use now.
			order = append(order, k)
			newest[k] = races[i]
		}
		parts[k] = append(parts[k], races[i].counted())
	}
	list := make([]sum, 0, len(order))
	for _, k := range order {
		list = append(list, sum{Totals: race.Total(parts[k]), newest: newest[k]})
	}
	slices.SortStableFunc(list, func(a, b sum) int { return cmp.Or(cmp.Compare(b.Starts, a.Starts), b.Last.Compare(a.Last)) })
	return list
}

// totalColumns are the columns that cars and tracks have in common.
func totalColumns(c *columns[sum]) {
	rate := func(n func(*sum) int) func(*sum) float64 {
		return func(s *sum) float64 { return float64(n(s)) / positive(float64(s.Starts)) }
	}
	c.count("starts", "Starts", func(s *sum) int { return s.Starts })
	c.count("wins", "Wins", func(s *sum) int { return s.Wins })
	c.number("winShare", "Win %", share, rate(func(s *sum) int { return s.Wins }))
	c.count("podiums", "Podiums", func(s *sum) int { return s.Podiums })
	c.count("top5", "Top 5", func(s *sum) int { return s.Top5 })
	c.count("poles", "Poles", func(s *sum) int { return s.Poles })
	c.number("averageStart", "Average grid", means, func(s *sum) float64 { return s.Grid })
	c.number("averageFinish", "Average finish", means, func(s *sum) float64 { return s.Place })
	signed(c.number("gained", "Gained", means, func(s *sum) float64 { return s.Gained }))
	c.number("finishPercentile", "Ahead of", share.With(0), func(s *sum) float64 { return s.Percentile })
	c.number("averageIncidents", "Incidents per race", means, func(s *sum) float64 { return s.Incidents })
	c.number("lapsPerIncident", "Laps per incident", means, func(s *sum) float64 { return s.LapsToIncident })
	c.count("laps", "Laps", func(s *sum) int { return s.Laps })
	c.count("lapsLed", "Led", func(s *sum) int { return s.LapsLed })
	c.number("points", "Points", frames.Count, func(s *sum) float64 { return s.Points })
	c.lap("bestLap", "Best lap", func(s *sum) float64 { return s.BestLap })
	signed(c.number("iratingChange", "iRating change", ratings, func(s *sum) float64 { return s.IRating }))
	c.when("lastRaced", "Last raced", func(s *sum) time.Time { return s.Last })
}
