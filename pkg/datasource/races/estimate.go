package races

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis/race"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

func answerEstimate(ctx context.Context, q *ask.Query, query models.IRatingEstimateQuery) (data.Frames, error) {
	switch query.View {
	case models.EstimateDrivers, models.EstimateWhatIf, "":
	case models.EstimateEntries:
		return answerEntries(ctx, q, query)
	default:
		return nil, frames.BadQuery("there is no view %.40q of an iRating estimate; choose drivers, whatIf or entries", query.View)
	}
	v, err := open(ctx, q, query.Subsession, models.PartRace, query.Class)
	if err != nil {
		return nil, err
	}
	if v.part != nil && !v.result.Official {
		q.Info("This race was not official, so that no iRating changed; the estimate is what an official race would have done.")
	}
	if query.View != models.EstimateWhatIf {
		return data.Frames{v.estimateTable()}, nil
	}
	who, err := q.Driver(ctx, query.Driver)
	if err != nil {
		return nil, err
	}
	return data.Frames{v.whatIf(who)}, nil
}

// estimated is one driver's part in an estimate.
type estimated struct {
	class  int64
	entry  int     // in the class's field; -1 for a driver without a rating
	share  float64 // of the entry's change: 1, or of the team's laps
	change float64 // estimate; NaN where there is none
}

// estimates are the estimates of a race. A car class is one field.
type estimates struct {
	fields map[int64][]race.Entrant // by class, in finishing order
	by     map[int64]estimated      // by driver
}

func (e *estimates) of(driver int64) float64 {
	if d, ok := e.by[driver]; ok {
		return d.change
	}
	return math.NaN()
}

// maxField bounds the entrants of one class, as an imported file may hold anything; everybody is compared with everybody.
const maxField = 1000

// estimates works out all classes, whichever the query keeps.
func (v *view) estimates() *estimates {
	out := &estimates{fields: map[int64][]race.Entrant{}, by: map[int64]estimated{}}
	if v.part == nil {
		return out
	}
	for _, class := range v.classes() {
		var rows []iracing.Row
		for i := range v.part.Rows {
			if row := &v.part.Rows[i]; row.Class.ID == class.ID && !row.AI {
				rows = append(rows, *row)
			}
		}
		slices.SortStableFunc(rows, func(a, b iracing.Row) int {
			return cmp.Compare(cmp.Or(a.ClassPosition, len(rows)+1), cmp.Or(b.ClassPosition, len(rows)+1))
		})
		var field []race.Entrant
		var cars []iracing.Row // of the field
		for _, row := range rows {
			if r := ratingOf(&row); r > 0 {
				field, cars = append(field, race.Entrant{Rating: r, Started: started(&row)}), append(cars, row)
			}
		}
		if len(field) > maxField {
			continue
		}
		out.fields[class.ID] = field
		for i, change := range race.Changes(field) {
			out.share(class.ID, i, change, &cars[i])
		}
	}
	return out
}

// share gives a car's change to its drivers.
func (e *estimates) share(class int64, entry int, change float64, row *iracing.Row) {
	if row.Team == 0 {
		e.by[row.Cust] = estimated{class, entry, 1, change}
		return
	}
	shares := race.TeamShares(1, stints(row))
	for i, d := range row.Drivers {
		e.by[d.Cust] = estimated{class, entry, shares[i], change * shares[i]}
	}
}

func stints(row *iracing.Row) []race.Stint {
	list := make([]race.Stint, len(row.Drivers))
	for i, d := range row.Drivers {
		list[i] = race.Stint{Rating: d.IRating.Old, Laps: d.Laps}
	}
	return list
}

// ratingOf is the iRating that a driver or a team entered with; NaN where there is none.
func ratingOf(row *iracing.Row) float64 {
	if row.Team != 0 {
		return race.TeamRating(stints(row))
	}
	return row.IRating.Old
}

// started is not told by a result. Who has neither a lap nor an incident is taken not to have started.
func started(row *iracing.Row) bool {
	return row.Laps > 0 || row.Incidents > 0 || slices.ContainsFunc(row.Drivers, func(d iracing.Row) bool { return d.Laps > 0 })
}

func (v *view) estimateTable() *data.Frame {
	type line struct {
		row, driver      *iracing.Row
		estimate, actual float64
	}
	all := v.estimates()
	var rows []line
	for i := range v.rows {
		row := &v.rows[i]
		drivers := []*iracing.Row{row}
		if row.Team != 0 {
			drivers = nil
			for j := range row.Drivers {
				drivers = append(drivers, &row.Drivers[j])
			}
		}
		for _, d := range drivers {
			rows = append(rows, line{row, d, all.of(d.Cust), d.IRating.Diff()})
		}
	}
	slices.SortStableFunc(rows, func(a, b line) int {
		return cmp.Compare(cmp.Or(a.row.Position, math.MaxInt), cmp.Or(b.row.Position, math.MaxInt))
	})
	off, n, known := 0.0, 0, 0
	for _, l := range rows {
		if d := math.Abs(l.estimate - l.actual); !math.IsNaN(d) {
			off, n = off+d, n+1
		}
		if !math.IsNaN(l.estimate) {
			known++
		}
	}
	switch {
	case known == 0 && v.part != nil:
		v.Info("No driver of this race has an iRating that the result tells.")
	case n > 0 && v.result.Official:
		v.Info("The estimate is off by %.1f on average. It follows the community's formula; iRacing's own is not public.", off/float64(n))
	}
	cols := frames.Of(rows)
	cols.Place("position", "Pos", func(l *line) int { return l.row.Position })
	cols.Place("classPosition", "Class pos", func(l *line) int { return l.row.ClassPosition })
	cols.Text("number", "Car no.", func(l *line) string { return l.row.Number })
	cols.Text("driver", "Driver", func(l *line) string { return v.People.Driver(l.driver.Cust, l.driver.Name) })
	cols.Text("class", "Class", func(l *line) string { return l.row.Class.Name })
	cols.Number("iratingOld", "iRating before", frames.Rating, func(l *line) float64 { return l.driver.IRating.Old })
	cols.Number("estimate", "Estimate", frames.Mean, func(l *line) float64 { return l.estimate })
	frames.Signed(cols.Number("actual", "Actual", frames.Count, func(l *line) float64 { return l.actual }))
	cols.Number("residual", "Estimate - actual", frames.Mean, func(l *line) float64 { return l.estimate - l.actual })
	cols.Number("iratingNew", "iRating", frames.Rating, func(l *line) float64 { return l.driver.IRating.New })
	cols.Number("sof", "SoF", frames.Count, func(l *line) float64 { return v.sof(l.row.Class.ID) })
	cols.Flag("started", "Started", func(l *line) bool { return started(l.row) })
	cols.Text("driverKey", "Driver id", func(l *line) string { return v.People.Key(l.driver.Cust) })
	cols.Flag("own", "Mine", func(l *line) bool { return l.driver.Has(v.me) || v.People.Own(l.driver.Cust) })
	if v.result.Teams {
		cols.Text("team", "Team", func(l *line) string { return v.name(l.row) })
	}
	return cols.Frame("estimate", data.FrameTypeTable)
}

// whatIf is the estimated change of one driver over the finishing position in class, the others in their order.
func (v *view) whatIf(who int64) *data.Frame {
	all := v.estimates()
	d, ok := all.by[who]
	var row *iracing.Row
	if v.part != nil {
		row = v.part.Of(who)
	}
	if !ok || row == nil || math.IsNaN(d.share) {
		v.Info("The driver did not take part in this race, or has no iRating in it.")
		return curve(nil, nil, math.NaN(), math.NaN())
	}
	curveValues := race.WhatIf(all.fields[d.class], d.entry)
	for i := range curveValues {
		curveValues[i] *= d.share
	}
	actual, finish := math.NaN(), math.NaN()
	if started(row) {
		finish = float64(d.entry + 1)
	}
	for _, driver := range append([]iracing.Row{*row}, row.Drivers...) {
		if driver.Cust == who {
			actual = driver.IRating.Diff()
		}
	}
	if v.result.Hosted != nil || !v.result.Official {
		actual = math.NaN()
	}
	return curve(curveValues, nil, finish, actual)
}

// curve is a Trend frame: the estimate over the finishing position, and the actual change where it came about.
func curve(values, ratings []float64, finish, actual float64) *data.Frame {
	positions, actuals, marks := make([]float64, len(values)), make([]float64, len(values)), make([]float64, len(values))
	for i := range values {
		positions[i], actuals[i], marks[i] = float64(i+1), math.NaN(), math.NaN()
		if positions[i] == finish {
			actuals[i], marks[i] = actual, values[i]
		}
	}
	fields := []*data.Field{
		frames.NullableNumbers("position", "Finish in class", positions, frames.Count),
		frames.NullableNumbers("estimate", "Estimate", values, frames.Mean),
	}
	if ratings != nil {
		fields = append(fields, frames.NullableNumbers("irating", "iRating after", ratings, frames.Rating))
	} else {
		fields = append(fields, frames.NullableNumbers("finish", "Where it ended", marks, frames.Mean), frames.NullableNumbers("actual", "Actual", actuals, frames.Count))
		for _, f := range fields[2:] {
			f.Config.Custom = map[string]any{"drawStyle": "points", "pointSize": 10}
		}
	}
	fields[1].Config.Color = map[string]any{"mode": "fixed", "fixedColor": ownColor} //nolint:misspell // the spelling of the SDK
	return frames.New("whatIf", "", "", fields...)
}

// answerEntries is the same curve for a race to come, from those who are registered. The order of the others makes no
// difference to it.
func answerEntries(ctx context.Context, q *ask.Query, query models.IRatingEstimateQuery) (data.Frames, error) {
	if text := strings.TrimSpace(string(query.Subsession)); text == "" || strings.EqualFold(text, models.SubsessionLatest) {
		return nil, frames.BadQuery("the entries are those of a race that has not begun; choose its subsession")
	}
	subsession, err := ask.Number("the subsession", query.Subsession)
	if err != nil {
		return nil, err
	}
	who, err := q.Driver(ctx, query.Driver)
	if err != nil {
		return nil, err
	}
	list, err := q.API.RegisteredDrivers(ctx, subsession)
	if err != nil {
		return nil, err
	}
	empty := data.Frames{curve(nil, []float64{}, math.NaN(), math.NaN())}
	me := slices.IndexFunc(list, func(r iracing.Registered) bool { return r.Cust == who })
	class, err := classOf(list, me, query.Class)
	switch {
	case err != nil:
		return nil, err
	case len(list) == 0:
		q.Info("Nobody is registered: the race has not opened, is over or does not exist.")
		return empty, nil
	case me < 0 || list[me].Class.ID != class:
		q.Info("The driver is not registered in this race and class.")
		return empty, nil
	case !(list[me].IRating > 0):
		q.Info("The driver has no iRating in this category yet.")
		return empty, nil
	}
	var field []race.Entrant
	var ratings []float64
	entry, unrated := 0, 0
	for i, r := range list {
		switch {
		case r.Class.ID != class:
		case r.IRating > 0:
			if i == me {
				entry = len(field)
			}
			field, ratings = append(field, race.Entrant{Rating: r.IRating, Started: true}), append(ratings, r.IRating)
		default:
			unrated++
		}
	}
	if unrated > 0 {
		q.Info("%s without an iRating are left out.", frames.Plural(unrated, "driver"))
	}
	q.Info("%s are registered in the class, with a strength of field of %.0f; it changes until the race begins.", frames.Plural(len(field), "driver"), race.SoF(ratings))
	values := race.WhatIf(field, entry)
	after := make([]float64, len(values))
	for i, v := range values {
		after[i] = list[me].IRating + v
	}
	return data.Frames{curve(values, after, math.NaN(), math.NaN())}, nil
}

// classOf is the class that a query names, by its id or name, or that of the driver.
func classOf(list []iracing.Registered, me int, text string) (int64, error) {
	if text = strings.TrimSpace(text); text == "" || isAll(text) || len(list) == 0 {
		if me >= 0 {
			return list[me].Class.ID, nil
		}
		return 0, nil
	}
	for _, r := range list {
		if strconv.FormatInt(r.Class.ID, 10) == text || strings.EqualFold(r.Class.Name, text) {
			return r.Class.ID, nil
		}
	}
	return 0, frames.BadQuery("the race has no car class %.40q", text)
}
