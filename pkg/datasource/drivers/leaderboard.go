package drivers

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// Bounds of a leaderboard.
const (
	defaultTop = 100
	maxTop     = 1000
	around     = 5  // rows before and after the driver's own
	maxBuckets = 40 // of the spread
)

// ranked is one driver's place on a leaderboard.
type ranked struct {
	*iracing.Record
	iracing.DatedLap
	rank int // from 1; equal laps share it
}

// laps are the kinds of sessions that a leaderboard can be of.
var laps = map[models.LeaderboardEvent]struct {
	name string
	of   func(*iracing.Record) iracing.DatedLap
}{
	models.LeaderboardRace:      {"a race", func(r *iracing.Record) iracing.DatedLap { return r.Race }},
	models.LeaderboardQualify:   {"qualifying", func(r *iracing.Record) iracing.DatedLap { return r.Qualify }},
	models.LeaderboardTimeTrial: {"a time trial", func(r *iracing.Record) iracing.DatedLap { return r.Trial }},
	models.LeaderboardPractice:  {"practice", func(r *iracing.Record) iracing.DatedLap { return r.Practice }},
}

// board is a leaderboard and where the driver stands on it.
type board struct {
	rows []ranked
	own  int // the index of the driver's row; -1 where there is none
}

// leaderboard ranks the best laps of all drivers in a car on a track.
func leaderboard(ctx context.Context, q *ask.Query, query models.LeaderboardQuery) (data.Frames, error) {
	view, err := choose("view", query.View, models.LeaderboardRows, models.LeaderboardSummary, models.LeaderboardSpread)
	if err != nil {
		return nil, err
	}
	event, err := choose("kind of session", query.Event, models.LeaderboardRace, models.LeaderboardQualify, models.LeaderboardTimeTrial, models.LeaderboardPractice)
	if err != nil {
		return nil, err
	}
	if query.Top < 0 {
		return nil, frames.BadQuery("top is %d; it is how many of the fastest are listed, up to %d", query.Top, maxTop)
	}
	car, err := ask.Number("the car", query.Car)
	if err != nil {
		return nil, err
	}
	track, err := ask.Number("the track", query.Track)
	if err != nil {
		return nil, err
	}
	year, quarter, err := season(query)
	if err != nil {
		return nil, err
	}
	driver, err := q.Driver(ctx, query.Driver)
	if err != nil {
		if query.Driver != "" && query.Driver != models.DriverMe {
			return nil, err
		}
		// The board is worth a look without a place on it.
		driver = 0
	}
	records, err := q.API.WorldRecords(ctx, car, track, year, quarter)
	if err != nil {
		return nil, err
	}
	b := rank(records, driver, laps[event].of)
	switch {
	case len(b.rows) == 0:
		q.Info("Nobody has a lap in %s in this car on this track%s.", laps[event].name, inSeason(year, quarter))
	case b.own < 0 && driver != 0:
		q.Info("The driver has no lap in %s in this car on this track%s.", laps[event].name, inSeason(year, quarter))
	}
	switch view {
	case models.LeaderboardSummary:
		return boardSummary(b), nil
	case models.LeaderboardSpread:
		return boardSpread(b), nil
	}
	return boardRows(q, b, query.Top), nil
}

// season is the year and quarter that a query asks for; 0 for all.
func season(query models.LeaderboardQuery) (year, quarter int, err error) {
	if query.Year == "" && query.Quarter == "" {
		return 0, 0, nil
	}
	y, err := ask.Number("the year of the season", query.Year)
	if err != nil {
		return 0, 0, err
	}
	z, err := ask.Number("the quarter of the season", query.Quarter)
	if err != nil {
		return 0, 0, err
	}
	if y < 2008 || y > 2100 || z < 1 || z > 4 {
		return 0, 0, frames.BadQuery("there is no season %d of %d; seasons are 1 to 4 of each year since 2008", z, y)
	}
	return int(y), int(z), nil
}

func inSeason(year, quarter int) string {
	if year == 0 {
		return ""
	}
	return " in season " + string(rune('0'+quarter)) + " of " + time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Format("2006")
}

// rank sorts the drivers who have a lap.
func rank(records []iracing.Record, driver int64, of func(*iracing.Record) iracing.DatedLap) board {
	b := board{own: -1}
	seen := map[int64]bool{}
	for i := range records {
		r := &records[i]
		if lap := of(r); lap.Lap > 0 && !seen[r.Cust] {
			seen[r.Cust] = true
			b.rows = append(b.rows, ranked{Record: r, DatedLap: lap})
		}
	}
	slices.SortStableFunc(b.rows, func(x, y ranked) int { return cmp.Compare(x.Lap, y.Lap) })
	for i := range b.rows {
		b.rows[i].rank = i + 1
		if i > 0 && b.rows[i].Lap == b.rows[i-1].Lap {
			b.rows[i].rank = b.rows[i-1].rank
		}
		if driver != 0 && b.rows[i].Cust == driver {
			b.own = i
		}
	}
	return b
}

// behind is the gap to the record, as seconds and as a share of it.
func (b *board) behind(r *ranked) (seconds, share float64) {
	record := b.rows[0].Lap
	return r.Lap - record, r.Lap / record
}

// percentile is the share of the other drivers who are not faster; NaN where there is nobody else.
func (b *board) percentile(r *ranked) float64 {
	if len(b.rows) < 2 {
		return math.NaN()
	}
	return 1 - float64(r.rank-1)/float64(len(b.rows)-1)
}

// boardRows are the fastest and those around the driver.
func boardRows(q *ask.Query, b board, top int) data.Frames {
	if top == 0 {
		top = defaultTop
	}
	top = min(top, maxTop, len(b.rows))
	rows := slices.Clone(b.rows[:top])
	if b.own >= 0 {
		from := max(top, b.own-around)
		rows = append(rows, b.rows[from:max(from, min(b.own+around+1, len(b.rows)))]...)
	}
	own := int64(0)
	if b.own >= 0 {
		own = b.rows[b.own].Cust
	}
	c := frames.Of(rows)
	c.Count("rank", "Rank", func(r *ranked) int { return r.rank })
	c.Text("driver", "Driver", func(r *ranked) string { return q.People.Driver(r.Cust, r.Name) })
	c.Lap("lapTime", "Lap time", func(r *ranked) float64 { return r.Lap })
	c.Number("gap", "Gap", frames.Seconds, func(r *ranked) float64 { gap, _ := b.behind(r); return gap })
	c.Number("ratio", "Of the record", frames.Share.With(2), func(r *ranked) float64 { _, ratio := b.behind(r); return ratio })
	c.Number("percentile", "Faster than", frames.Share, b.percentile)
	c.When("date", "Driven", func(r *ranked) time.Time { return r.Day })
	c.Number("irating", "iRating", frames.Rating, func(r *ranked) float64 { return r.IRating })
	c.Licence("licence", "Licence", func(r *ranked) iracing.Licence { return r.Licence })
	c.Flag("me", "The driver", func(r *ranked) bool { return r.Cust == own })
	c.Text("driverKey", "Driver id", func(r *ranked) string { return q.People.Key(r.Cust) })
	return c.Frames("leaderboard", data.FrameTypeTable)
}

// boardSummary is where the driver stands, in one row.
func boardSummary(b board) data.Frames {
	var rows []ranked
	if len(b.rows) > 0 {
		row := ranked{Record: &iracing.Record{}, DatedLap: iracing.DatedLap{Lap: math.NaN()}}
		if b.own >= 0 {
			row = b.rows[b.own]
		}
		rows = append(rows, row)
	}
	known := func(of func(*ranked) float64) func(*ranked) float64 {
		return func(r *ranked) float64 {
			if r.rank == 0 {
				return math.NaN()
			}
			return of(r)
		}
	}
	c := frames.Of(rows)
	c.Lap("lapTime", "Own lap", func(r *ranked) float64 { return r.Lap })
	c.Place("rank", "Rank", func(r *ranked) int { return r.rank })
	c.Count("drivers", "Of", func(*ranked) int { return len(b.rows) })
	c.Number("percentile", "Faster than", frames.Share, known(b.percentile))
	c.Lap("record", "Record", func(*ranked) float64 { return b.rows[0].Lap })
	c.Number("gap", "Gap", frames.Seconds, known(func(r *ranked) float64 { gap, _ := b.behind(r); return gap }))
	c.Number("ratio", "Of the record", frames.Share.With(2), known(func(r *ranked) float64 { _, ratio := b.behind(r); return ratio }))
	c.When("date", "Driven", func(r *ranked) time.Time { return r.Day })
	return c.Frames("place", data.FrameTypeTable)
}

// bucket is how many drivers are how fast.
type bucket struct {
	from, to float64 // s; to is not in it, and infinite for the last
	drivers  int
	own      bool
}

// widths of buckets, in seconds.
var widths = []float64{0.05, 0.1, 0.2, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600}

// spread counts drivers by their laps from the record on. The slowest twentieth, whose laps reach far, is one bucket.
func spread(b board) []bucket {
	if len(b.rows) == 0 {
		return nil
	}
	first, last := b.rows[0].Lap, b.rows[(len(b.rows)-1)*19/20].Lap
	width := widths[len(widths)-1]
	for _, w := range widths {
		if (last-first)/w < maxBuckets-1 {
			width = w
			break
		}
	}
	origin := math.Floor(first/width+1e-9) * width
	n := min(int((last-origin)/width+1e-9)+1, maxBuckets)
	buckets := make([]bucket, n, n+1)
	for i := range buckets {
		buckets[i].from, buckets[i].to = origin+float64(i)*width, origin+float64(i+1)*width
	}
	end := buckets[n-1].to
	if b.rows[len(b.rows)-1].Lap >= end {
		buckets = append(buckets, bucket{from: end, to: math.Inf(1)})
	}
	for i := range b.rows {
		at := min(int((b.rows[i].Lap-origin)/width+1e-9), len(buckets)-1)
		buckets[at].drivers++
		buckets[at].own = buckets[at].own || i == b.own
	}
	return buckets
}

func boardSpread(b board) data.Frames {
	c := frames.Of(spread(b))
	c.Text("lap", "Lap", func(b *bucket) string {
		if math.IsInf(b.to, 1) {
			return "slower"
		}
		return analysis.FormatLapTime(b.from)
	})
	// Two columns of which one is always empty: a bar chart that stacks them shows the driver's own bar in another colour.
	c.Count("drivers", "Drivers", func(b *bucket) int { return b.drivers * one(!b.own) })
	c.Count("own", "Drivers as fast as the driver", func(b *bucket) int { return b.drivers * one(b.own) })
	c.Number("from", "From", frames.Seconds, func(b *bucket) float64 { return b.from })
	c.Number("to", "To", frames.Seconds, func(b *bucket) float64 { return b.to })
	return c.Frames("spread", data.FrameTypeTable)
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
