package races

import (
	"cmp"
	"math"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// summary is one row about the race, with what became of the own driver in it.
func (v *view) summary() *data.Frame {
	r := v.result
	nan := math.NaN()
	own, winner, fastest := v.ownRow(), (*iracing.Row)(nil), (*iracing.Row)(nil)
	weather := r.Weather
	for i := range v.rows {
		row := &v.rows[i]
		if winner == nil && v.position(row) == 1 {
			winner = row
		}
		if row.BestLap > 0 && (fastest == nil || row.BestLap < fastest.BestLap) {
			fastest = row
		}
	}
	if v.part != nil && v.part.Weather.Known {
		weather = v.part.Weather
	}
	sof, entries := r.SoF, len(v.rows)
	if v.class != nil {
		sof = v.sof(v.class.ID)
	}

	cols := frames.Of([]*view{v})
	text := func(name, title, value string) {
		cols.Text(name, title, func(**view) string { return value })
	}
	number := func(name, title string, d frames.Display, value float64) *data.Field {
		return cols.Number(name, title, d, func(**view) float64 { return value })
	}
	signed := func(name, title string, d frames.Display, value float64) {
		frames.Signed(number(name, title, d, value))
	}
	lap := func(name, title string, value float64) {
		cols.Lap(name, title, func(**view) float64 { return value })
	}
	moment := func(name, title string, value time.Time) {
		cols.When(name, title, func(**view) time.Time { return value })
	}
	of := func(row *iracing.Row, value func(*iracing.Row) float64) float64 {
		if row == nil {
			return nan
		}
		return value(row)
	}

	text("subsession", "Subsession", frames.ID(r.Subsession))
	moment("start", "Start", r.Start)
	moment("end", "End", r.End)
	text("series", "Series", r.Series.Name)
	text("season", "Season", r.Season.Name)
	number("week", "Week", frames.Count, frames.Place(r.Week))
	text("track", "Track", r.Track.String())
	text("category", "Category", iracing.CategoryName(r.Category))
	cols.Flag("official", "Official", func(**view) bool { return r.Official })
	session := ""
	if r.Hosted != nil {
		session = v.hider(v.names()).Replace(cmp.Or(r.Hosted.Name, r.Hosted.League.Name))
	}
	text("session", "Session", session)
	number("sof", "SoF", frames.Count, sof)
	number("split", "Split", frames.Count, frames.Place(r.Split()))
	number("splits", "Splits", frames.Count, frames.Place(len(r.Splits)))
	number("entries", "Cars", frames.Count, frames.Place(entries))
	number("laps", "Laps", frames.Count, of(winner, func(w *iracing.Row) float64 { return float64(w.Laps) }))
	number("leadChanges", "Lead changes", frames.Count, frames.Counted(r.LeadChanges))
	number("cautions", "Cautions", frames.Count, frames.Counted(r.Cautions))
	number("cautionLaps", "Caution laps", frames.Count, frames.Counted(r.CautionLaps))
	winnerName, fastestName, fastestLap := "", "", nan
	if winner != nil {
		winnerName = v.name(winner)
	}
	if fastest != nil {
		fastestName, fastestLap = v.name(fastest), fastest.BestLap
	}
	text("winner", "Winner", winnerName)
	text("fastest", "Fastest", fastestName)
	lap("fastestLap", "Fastest lap", fastestLap)

	number("air", "Air", frames.Temperature(v.Units), weather.Air)
	number("humidity", "Humidity", frames.Share.With(0), weather.Humidity)
	number("wind", "Wind", frames.Wind(v.Units), weather.Wind)
	text("windFrom", "Wind from", weather.WindFrom)
	text("skies", "Skies", weather.Skies)
	number("wet", "Rain", frames.Share.With(0), weather.WetShare)

	number("ownStart", "My start", frames.Count, of(own, func(row *iracing.Row) float64 {
		if v.class != nil {
			return frames.Place(row.ClassStart)
		}
		return frames.Place(row.Start)
	}))
	number("ownFinish", "My finish", frames.Count, of(own, func(row *iracing.Row) float64 { return frames.Place(v.position(row)) }))
	number("ownClassFinish", "My class finish", frames.Count, of(own, func(row *iracing.Row) float64 { return frames.Place(row.ClassPosition) }))
	signed("ownGained", "Gained", frames.Count, of(own, func(row *iracing.Row) float64 {
		if v.class != nil {
			return frames.Place(row.ClassStart) - frames.Place(row.ClassPosition)
		}
		return frames.Place(row.Start) - frames.Place(row.Position)
	}))
	me := own
	if own != nil && own.Team != 0 { // ratings belong to drivers
		me = nil
		for i := range own.Drivers {
			if d := &own.Drivers[i]; d.Has(v.me) || v.People.Own(d.Cust) {
				me = d
			}
		}
	}
	lap("ownBestLap", "My best lap", of(me, func(row *iracing.Row) float64 { return row.BestLap }))
	number("ownIncidents", "My incidents", frames.Count, of(me, func(row *iracing.Row) float64 { return row.Incidents }))
	signed("ownIratingChange", "iRating change", frames.Rating, of(me, func(row *iracing.Row) float64 { return row.IRating.Diff() }))
	estimate := nan
	if me != nil && v.race() && r.Official {
		estimate = v.estimates().of(me.Cust)
	}
	number("ownIratingEstimate", "iRating estimate", frames.Mean, estimate)
	signed("ownSafetyRatingChange", "SR change", frames.SafetyRating, of(me, safetyChange))
	number("ownPoints", "My points", frames.Count, of(me, func(row *iracing.Row) float64 { return row.Points }))

	return cols.Frame("summary", data.FrameTypeTable)
}
