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

	var fields []*data.Field
	text := func(name, title, value string) {
		frames.Column(name, title, []string{value})
	}
	number := func(name, title string, d frames.Display, value float64) {
		frames.Numbers(name, title, []float64{value}, d)
	}
	signed := func(name, title string, value float64) {
		changes([]float64{value}, name, title, func(v *float64) float64 { return *v })
	}
	of := func(row *iracing.Row, value func(*iracing.Row) float64) float64 {
		if row == nil {
			return nan
		}
		return value(row)
	}

	text("subsession", "Subsession", id(r.Subsession))
	moment("start", "Start", r.Start), moment("end", "End", r.End)
	text("series", "Series", r.Series.Name)
	text("season", "Season", r.Season.Name)
	number("week", "Week", frames.Count, whole(r.Week))
	text("track", "Track", r.Track.String())
	text("category", "Category", iracing.CategoryName(r.Category))
	frames.Column("official", "Official", []bool{r.Official})
	session := ""
	if r.Hosted != nil {
		session = v.hider(v.names()).Replace(cmp.Or(r.Hosted.Name, r.Hosted.League.Name))
	}
	text("session", "Session", session)
	number("sof", "SoF", frames.Count, sof)
	number("split", "Split", frames.Count, whole(r.Split()))
	number("splits", "Splits", frames.Count, whole(len(r.Splits)))
	number("entries", "Cars", frames.Count, whole(entries))
	number("laps", "Laps", frames.Count, of(winner, func(w *iracing.Row) float64 { return float64(w.Laps) }))
	number("leadChanges", "Lead changes", frames.Count, counted(r.LeadChanges))
	number("cautions", "Cautions", frames.Count, counted(r.Cautions))
	number("cautionLaps", "Caution laps", frames.Count, counted(r.CautionLaps))
	winnerName, fastestName, fastestLap := "", "", nan
	if winner != nil {
		winnerName = v.name(winner)
	}
	if fastest != nil {
		fastestName, fastestLap = v.name(fastest), fastest.BestLap
	}
	text("winner", "Winner", winnerName)
	text("fastest", "Fastest", fastestName)
	text("fastestLap", "Fastest lap", lapTime(fastestLap))
	number("fastestLapSeconds", "Fastest lap in seconds", frames.Seconds, fastestLap)

	number("air", "Air", airDisplay(v.Units), weather.Air)
	number("humidity", "Humidity", share.With(0), weather.Humidity)
	number("wind", "Wind", windDisplay(v.Units), weather.Wind)
	text("windFrom", "Wind from", weather.WindFrom)
	text("skies", "Skies", weather.Skies)
	number("wet", "Rain", share.With(0), weather.WetShare)

	number("ownStart", "My start", frames.Count, of(own, func(row *iracing.Row) float64 {
		if v.class != nil {
			return whole(row.ClassStart)
		}
		return whole(row.Start)
	}))
	number("ownFinish", "My finish", frames.Count, of(own, func(row *iracing.Row) float64 { return whole(v.position(row)) }))
	number("ownClassFinish", "My class finish", frames.Count, of(own, func(row *iracing.Row) float64 { return whole(row.ClassPosition) }))
	signed("ownGained", "Gained", of(own, func(row *iracing.Row) float64 {
		if v.class != nil {
			return whole(row.ClassStart) - whole(row.ClassPosition)
		}
		return whole(row.Start) - whole(row.Position)
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
	text("ownBestLap", "My best lap", lapTime(of(me, func(row *iracing.Row) float64 { return row.BestLap })))
	number("ownIncidents", "My incidents", frames.Count, of(me, func(row *iracing.Row) float64 { return row.Incidents }))
	signed("ownIRatingChange", "iRating change", of(me, func(row *iracing.Row) float64 { return row.IRating.Diff() }))
	estimate := nan
	if me != nil && v.race() && r.Official {
		estimate = v.estimates().of(me.Cust)
	}
	number("ownIRatingEstimate", "iRating estimate", change1, estimate)
	number("ownSafetyRatingChange", "SR change", safety, of(me, safetyChange))
	number("ownPoints", "My points", frames.Count, of(me, func(row *iracing.Row) float64 { return row.Points }))

	return frames.New("summary", data.FrameTypeTable, "", fields...)
}

// counted is a number of things, where -1 says that nobody counted.
func counted(n int) float64 {
	if n < 0 {
		return math.NaN()
	}
	return float64(n)
}

// moment is a field of one time; null where there is none.
func moment(name, title string, t time.Time) *data.Field {
	field := data.NewField(name, nil, []*time.Time{nil})
	if !t.IsZero() {
		field.Set(0, &t)
	}
	field.Config = &data.FieldConfig{DisplayNameFromDS: title}
	return field
}
