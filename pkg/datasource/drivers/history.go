package drivers

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/analysis/race"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// defaultRatings is for how many races results are read where the query does not say.
const defaultRatings = 25

// raceHistory lists a driver's races.
func raceHistory(ctx context.Context, q *ask.Query, query models.RaceHistoryQuery) (data.Frames, error) {
	shape, err := choose("shape", query.As, models.HistoryTable, models.HistorySeries, models.HistoryAnnotations)
	if err != nil {
		return nil, err
	}
	f := filter{car: query.Car, track: query.Track, hosted: query.Hosted}
	if query.Series != "" {
		if f.series, err = ask.Number("the series", query.Series); err != nil {
			return nil, err
		}
	}
	driver, category, err := asked(ctx, q, query.Driver, query.Category)
	if err != nil {
		return nil, err
	}
	f.category = category
	results := query.Ratings
	switch {
	case results == 0:
		results = defaultRatings
	case results < 0:
		return nil, frames.BadQuery("ratings is %d; it is for how many races the rating changes are looked up, from 1 to %d", results, maxResults)
	case results > maxResults:
		q.Info("Rating changes are looked up for the newest %d races at most.", maxResults)
	}
	races, err := outings(ctx, q, driver, f, results)
	if err != nil {
		return nil, err
	}
	switch shape {
	case models.HistorySeries:
		return historySeries(races), nil
	case models.HistoryAnnotations:
		return historyAnnotations(races), nil
	}
	return historyTable(races), nil
}

func historyTable(races []outing) data.Frames {
	c := frames.Of(races)
	c.When("start", "Start", func(o *outing) time.Time { return o.start })
	c.Text("series", "Series", func(o *outing) string { return o.series.Name })
	c.Text("track", "Track", func(o *outing) string { return o.track.String() })
	c.Text("car", "Car", func(o *outing) string { return o.car.Name })
	c.Text("class", "Class", func(o *outing) string { return o.class.Name })
	c.Place("startPosition", "Grid", func(o *outing) int { return o.grid })
	c.Place("finish", "Finish", func(o *outing) int { return o.place })
	c.Place("classStart", "Class grid", func(o *outing) int { return o.classGrid })
	c.Place("classFinish", "Class finish", func(o *outing) int { return o.classPlace })
	frames.Signed(c.Number("gained", "Gained", frames.Count, (*outing).gained))
	c.Place("field", "Field", func(o *outing) int { return o.field })
	c.Place("classField", "Class field", func(o *outing) int { return o.classField })
	c.Number("finishPercentile", "Ahead of", frames.Share.With(0), (*outing).percentile)
	c.Number("sof", "SoF", frames.Rating, func(o *outing) float64 { return o.sof })
	c.Count("laps", "Laps", func(o *outing) int { return o.laps })
	c.Count("lapsLed", "Led", func(o *outing) int { return o.lapsLed })
	c.Lap("bestLap", "Best lap", func(o *outing) float64 { return o.best })
	c.Lap("averageLap", "Average lap", func(o *outing) float64 { return o.average })
	c.Number("incidents", "Incidents", frames.Count, func(o *outing) float64 { return o.incidents })
	c.Number("points", "Points", frames.Count, func(o *outing) float64 { return o.points })
	frames.Signed(c.Number("iratingChange", "iRating change", frames.Rating, func(o *outing) float64 { return o.irating.Diff() }))
	c.Number("irating", "iRating", frames.Rating, func(o *outing) float64 { return o.irating.New })
	frames.Signed(c.Number("safetyRatingChange", "SR change", frames.SafetyRating, (*outing).safetyChange))
	c.Licence("licence", "Licence", func(o *outing) iracing.Licence { return o.licence })
	c.Flag("dropped", "Dropped", func(o *outing) bool { return o.dropped })
	c.Flag("official", "Official", func(o *outing) bool { return o.official })
	c.Text("category", "Category", func(o *outing) string { return iracing.CategoryName(o.category) })
	c.ID("subsession", "Subsession", func(o *outing) int64 { return o.subsession })
	c.ID("seriesId", "Series id", func(o *outing) int64 { return o.series.ID })
	c.ID("seasonId", "Season id", func(o *outing) int64 { return o.season })
	c.ID("carId", "Car id", func(o *outing) int64 { return o.car.ID })
	c.ID("trackId", "Track id", func(o *outing) int64 { return o.track.ID })
	return c.Frames("races", data.FrameTypeTable)
}

// historySeries is the races in the order of time. Ratings of several categories are several lines, as they have nothing
// to do with one another.
func historySeries(races []outing) data.Frames {
	races = slices.Clone(races)
	slices.Reverse(races)
	c := frames.Of(races)
	c.Axis("time", func(o *outing) time.Time { return o.start })
	c.Place("finish", "Finish", func(o *outing) int { return o.place })
	c.Place("classFinish", "Class finish", func(o *outing) int { return o.classPlace })
	c.Number("finishPercentile", "Ahead of", frames.Share.With(0), (*outing).percentile)
	frames.Signed(c.Number("gained", "Gained", frames.Count, (*outing).gained))
	c.Number("incidents", "Incidents", frames.Count, func(o *outing) float64 { return o.incidents })
	c.Number("incidentsPerLap", "Incidents per lap", frames.Display{Unit: "none", Decimals: 2}, func(o *outing) float64 {
		if o.laps < 1 {
			return math.NaN()
		}
		return o.incidents / float64(o.laps)
	})
	c.Number("sof", "SoF", frames.Rating, func(o *outing) float64 { return o.sof })
	c.Number("points", "Points", frames.Count, func(o *outing) float64 { return o.points })
	frames.Signed(c.Number("iratingChange", "iRating change", frames.Rating, func(o *outing) float64 { return o.irating.Diff() }))
	frames.Signed(c.Number("safetyRatingChange", "SR change", frames.SafetyRating, (*outing).safetyChange))
	categories := distinct(races, func(o *outing) int64 { return o.category })
	slices.Sort(categories) // whichever was raced first, a line keeps its place and colour
	if len(categories) == 0 {
		categories = []int64{0}
	}
	for _, id := range categories {
		in := func(v func(*outing) float64) func(*outing) float64 {
			return func(o *outing) float64 {
				if o.category != id {
					return math.NaN()
				}
				return v(o)
			}
		}
		suffix, labels := "", data.Labels(nil)
		if len(categories) > 1 {
			suffix, labels = " "+iracing.CategoryName(id), data.Labels{"category": iracing.CategoryName(id)}
		}
		c.Number("irating", "iRating"+suffix, frames.Rating, in(func(o *outing) float64 { return o.irating.New })).Labels = labels
		licenceScale(c.Number("licence", "Licence"+suffix, scale, in(func(o *outing) float64 { return onScale(o.licence) }))).Labels = labels
	}
	return c.Frames("races", data.FrameTypeTimeSeriesWide)
}

func historyAnnotations(races []outing) data.Frames {
	races = slices.Clone(races)
	slices.Reverse(races)
	c := frames.Of(races)
	c.Axis("time", func(o *outing) time.Time { return o.start })
	c.When("timeEnd", "timeEnd", func(o *outing) time.Time { return later(o.start, o.end) })
	c.Text("title", "Title", func(o *outing) string { return o.series.Name })
	c.Text("text", "Text", (*outing).told)
	c.Text("tags", "Tags", func(o *outing) string {
		tags := []string{"race"}
		if category := iracing.CategoryName(o.category); category != "" {
			tags = append(tags, strings.ToLower(category))
		}
		if o.hosted {
			tags = append(tags, "hosted")
		}
		if o.classPlace == 1 {
			tags = append(tags, "win")
		}
		return strings.Join(tags, ",")
	})
	c.ID("subsession", "Subsession", func(o *outing) int64 { return o.subsession })
	return c.Frames("races", data.FrameTypeTable)
}

// later is the end of something, which is never before its start.
func later(start, end time.Time) time.Time {
	if end.Before(start) {
		return start
	}
	return end
}

// told is the race in a few words.
func (o *outing) told() string {
	var parts []string
	say := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if name := o.track.String(); name != "" {
		say("%s", name)
	}
	if o.car.Name != "" {
		say("%s", o.car.Name)
	}
	switch {
	case o.grid > 0 && o.place > 0:
		say("P%d → P%d", o.grid, o.place)
	case o.place > 0:
		say("P%d", o.place)
	}
	if o.classPlace > 0 && o.classPlace != o.place {
		say("P%d in class", o.classPlace)
	}
	if o.best > 0 {
		say("best lap %s", analysis.FormatLapTime(o.best))
	}
	if !math.IsNaN(o.incidents) {
		say("%sx", strconv.FormatFloat(o.incidents, 'f', 0, 64))
	}
	if d := o.irating.Diff(); !math.IsNaN(d) {
		say("iRating %+.0f", d)
	}
	return strings.Join(parts, " · ")
}

// counted is the race as far as it counts for totals: by the places in the car class, as iRacing counts wins.
func (o *outing) counted() race.Start {
	return race.Start{
		At: o.start, Grid: o.classGrid, Place: o.classPlace, Field: o.classField, Laps: o.laps, LapsLed: o.lapsLed,
		Incidents: o.incidents, Points: o.points, BestLap: o.best, IRating: o.irating.Diff(),
	}
}
