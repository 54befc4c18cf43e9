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
	c := frames.Of(sums(races, func(o *outing) int64 { return o.car.ID }))
	c.Text("car", "Car", func(s *sum) string { return s.newest.car.Name })
	totalColumns(c)
	c.ID("carId", "Car id", func(s *sum) int64 { return s.newest.car.ID })
	return c.Frames("cars", data.FrameTypeTable), nil
}

// perTrack adds a driver's races up by track and layout.
func perTrack(ctx context.Context, q *ask.Query, query models.PerTrackQuery) (data.Frames, error) {
	races, err := summed(ctx, q, query.Driver, query.Category, query.Hosted)
	if err != nil {
		return nil, err
	}
	c := frames.Of(sums(races, func(o *outing) int64 { return o.track.ID }))
	c.Text("track", "Track", func(s *sum) string { return s.newest.track.String() })
	totalColumns(c)
	c.ID("trackId", "Track id", func(s *sum) int64 { return s.newest.track.ID })
	return c.Frames("tracks", data.FrameTypeTable), nil
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
func totalColumns(c *frames.Columns[sum]) {
	rate := func(n func(*sum) int) func(*sum) float64 {
		return func(s *sum) float64 { return float64(n(s)) / frames.Positive(float64(s.Starts)) }
	}
	c.Count("starts", "Starts", func(s *sum) int { return s.Starts })
	c.Count("wins", "Wins", func(s *sum) int { return s.Wins })
	c.Number("winShare", "Win %", frames.Share, rate(func(s *sum) int { return s.Wins }))
	c.Count("podiums", "Podiums", func(s *sum) int { return s.Podiums })
	c.Count("top5", "Top 5", func(s *sum) int { return s.Top5 })
	c.Count("poles", "Poles", func(s *sum) int { return s.Poles })
	c.Number("averageStart", "Average grid", frames.Mean, func(s *sum) float64 { return s.Grid })
	c.Number("averageFinish", "Average finish", frames.Mean, func(s *sum) float64 { return s.Place })
	frames.Signed(c.Number("gained", "Gained", frames.Mean, func(s *sum) float64 { return s.Gained }))
	c.Number("finishPercentile", "Ahead of", frames.Share.With(0), func(s *sum) float64 { return s.Percentile })
	c.Number("averageIncidents", "Incidents per race", frames.Mean, func(s *sum) float64 { return s.Incidents })
	c.Number("lapsPerIncident", "Laps per incident", frames.Mean, func(s *sum) float64 { return s.LapsToIncident })
	c.Count("laps", "Laps", func(s *sum) int { return s.Laps })
	c.Count("lapsLed", "Led", func(s *sum) int { return s.LapsLed })
	c.Number("points", "Points", frames.Count, func(s *sum) float64 { return s.Points })
	c.Lap("bestLap", "Best lap", func(s *sum) float64 { return s.BestLap })
	frames.Signed(c.Number("iratingChange", "iRating change", frames.Rating, func(s *sum) float64 { return s.IRating }))
	c.When("lastRaced", "Last raced", func(s *sum) time.Time { return s.Last })
}
