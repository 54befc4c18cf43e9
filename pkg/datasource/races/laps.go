package races

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis/race"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// maxLapRows bounds a table of laps.
const maxLapRows = 5000

func answerLaps(ctx context.Context, q *ask.Query, query models.RaceLapsQuery) (data.Frames, error) {
	switch query.As {
	case models.LapsTable, models.LapsChart, "":
	default:
		return nil, frames.BadQuery("laps are not answered as %.40q; choose table or chart", query.As)
	}
	v, err := open(ctx, q, query.Subsession, query.Part, query.Class)
	if err != nil {
		return nil, err
	}
	c, err := v.chart(ctx)
	if err != nil {
		return nil, err
	}
	f := filter{query.Drivers, query.Top}
	mine := query.As != models.LapsChart && len(f.drivers) == 0
	if mine {
		f.top = 0
	}
	list, err := v.entries(ctx, c, f)
	if err != nil {
		return nil, err
	}
	if query.As == models.LapsChart {
		return data.Frames{v.lapFrame("laps", 1, c, list, frames.LapClock, func(car *race.Car) []float64 {
			times, clean := make([]float64, car.Last()+1), race.CleanLaps(car.Laps)
			for i := range times {
				times[i] = math.NaN()
			}
			for i, l := range car.Laps {
				if clean[i] || !query.Clean {
					times[l.Lap] = l.Time
				}
			}
			return times
		})}, nil
	}
	if mine {
		list = slices.DeleteFunc(list, func(e entry) bool { return !v.own(&e.row) })
		if len(list) == 0 && c != nil {
			q.Info("You did not drive in this session, or nobody knows who you are; choose a driver.")
		}
	}
	return data.Frames{v.lapTable(c, list, query.Clean)}, nil
}

// lapRow is one lap in a table.
type lapRow struct {
	iracing.Lap
	entry *entry
	took  float64 // s
	delta float64 // s to the driver's own best
	gap   float64 // s to the leader
	since float64 // s from the race's start
	clean bool
}

func (v *view) lapTable(c *race.Chart, list []entry, cleanOnly bool) *data.Frame {
	var rows []lapRow
	for i := range list {
		e := &list[i]
		clean, best, gaps := race.CleanLaps(e.car.Laps), bests(e.car.Laps), c.ToLeader(e.car)
		for j, l := range e.car.Laps {
			if l.Lap == 0 || cleanOnly && !clean[j] {
				continue
			}
			took := e.car.Took(&e.car.Laps[j])
			delta := math.NaN()
			if b, ok := best[l.Cust]; ok {
				delta = took - b
			}
			rows = append(rows, lapRow{l, e, took, delta, gaps[l.Lap], e.car.At(l.Lap) - c.Start, clean[j]})
		}
	}
	if len(rows) > maxLapRows {
		v.Info("The first %d of %d laps are shown; choose fewer drivers.", maxLapRows, len(rows))
		rows = rows[:maxLapRows]
	}
	if len(rows) == 0 && len(list) > 0 {
		v.Info("There are no such laps.")
	}
	cols := frames.Of(rows)
	cols.Number("lap", "Lap", frames.Number, func(l *lapRow) float64 { return float64(l.Lap.Lap) })
	cols.Text("driver", "Driver", v.driverOf)
	cols.Text("number", "Car no.", func(l *lapRow) string { return l.entry.row.Number })
	cols.Lap("lapTime", "Lap time", func(l *lapRow) float64 { return l.took })
	cols.Number("delta", "To own best", frames.Seconds, func(l *lapRow) float64 { return l.delta })
	cols.Flag("clean", "Clean", func(l *lapRow) bool { return l.clean })
	cols.Text("events", "Events", func(l *lapRow) string { return strings.Join(l.Flags.Words(), ", ") })
	cols.Flag("pit", "Pit", func(l *lapRow) bool { return l.Flags&iracing.LapPitted != 0 })
	cols.Flag("incident", "Incident", func(l *lapRow) bool { return l.Incident })
	cols.Flag("best", "Best", func(l *lapRow) bool { return l.Best })
	cols.Place("position", "Pos", func(l *lapRow) int { return l.entry.car.Position(l.Lap.Lap) })
	cols.Twin("gap", "Gap", v.lapGap, func(l *lapRow) float64 { return l.gap })
	cols.Number("since", "Since the start", frames.Duration, func(l *lapRow) float64 { return l.since })
	cols.Text("driverKey", "Driver id", func(l *lapRow) string { return v.People.Key(cmp.Or(l.Cust, l.ID)) })
	return cols.Frame("laps", data.FrameTypeTable)
}

// driverOf is who drove a lap; in a team that is one of its drivers.
func (v *view) driverOf(l *lapRow) string {
	if l.Cust > 0 {
		return v.People.Driver(l.Cust, cmp.Or(l.Driver, l.Name))
	}
	return v.name(&l.entry.row)
}

// lapGap is the gap of a lap as a text: laps as soon as iRacing counts those.
func (v *view) lapGap(l *lapRow) string {
	if v.class == nil && l.LapsDown > 0 {
		return gapText(math.NaN(), l.LapsDown)
	}
	return gapText(l.gap, 0)
}

// notBest are laps that iRacing counts for no best time: a first lap is not timed from line to line.
const notBest = iracing.LapFirst | iracing.LapInvalid | iracing.LapOffTrack

// bests are the best laps of the drivers of a car: the ones that iRacing names, or else the shortest that may count.
func bests(laps []iracing.Lap) map[int64]float64 {
	best, named := map[int64]float64{}, map[int64]bool{}
	for _, l := range laps {
		if !(l.Time > 0) || named[l.Cust] && !l.Best || !l.Best && l.Flags&notBest != 0 {
			continue
		}
		if old, ok := best[l.Cust]; !ok || l.Best && !named[l.Cust] || l.Time < old {
			best[l.Cust], named[l.Cust] = l.Time, l.Best
		}
	}
	return best
}

// pacer is one driver in a ranking by pace.
type pacer struct {
	race.Pace
	entry *entry
	cust  int64
	name  string
	rank  int     // in class
	delta float64 // s, of the median to the best median of the class
	all   int     // laps, clean or not
}

func answerPace(ctx context.Context, q *ask.Query, query models.PaceRankingQuery) (data.Frames, error) {
	v, err := open(ctx, q, query.Subsession, query.Part, query.Class)
	if err != nil {
		return nil, err
	}
	c, err := v.chart(ctx)
	if err != nil {
		return nil, err
	}
	list, err := v.entries(ctx, c, filter{})
	if err != nil {
		return nil, err
	}
	var rows []pacer
	for i := range list {
		rows = append(rows, pacers(&list[i])...)
	}
	slices.SortStableFunc(rows, func(a, b pacer) int { return cmp.Compare(order(a.Median), order(b.Median)) })
	ranks, leaders := map[int64]int{}, map[int64]float64{}
	for i := range rows {
		p := &rows[i]
		p.delta = math.NaN()
		if class := p.entry.row.Class.ID; p.Median > 0 {
			if _, ok := leaders[class]; !ok {
				leaders[class] = p.Median
			}
			ranks[class]++
			p.rank, p.delta = ranks[class], p.Median-leaders[class]
		}
	}
	cols := frames.Of(rows)
	cols.Text("driver", "Driver", func(p *pacer) string { return v.People.Driver(p.cust, p.name) })
	cols.Place("rank", "Rank", func(p *pacer) int { return p.rank })
	cols.Text("number", "Car no.", func(p *pacer) string { return p.entry.row.Number })
	cols.Text("car", "Car", func(p *pacer) string { return p.entry.row.Car.Name })
	cols.Text("class", "Class", func(p *pacer) string { return p.entry.row.Class.Name })
	cols.Place("finish", "Finish", func(p *pacer) int { return v.position(&p.entry.row) })
	cols.Count("laps", "Clean laps", func(p *pacer) int { return p.Laps })
	cols.Count("allLaps", "Laps", func(p *pacer) int { return p.all })
	cols.Lap("best", "Best", func(p *pacer) float64 { return p.Best })
	cols.Number("p25", "Quickest quarter", frames.Seconds, func(p *pacer) float64 { return p.P25 })
	cols.Lap("median", "Median", func(p *pacer) float64 { return p.Median })
	cols.Number("p75", "Slowest quarter", frames.Seconds, func(p *pacer) float64 { return p.P75 })
	cols.Number("mean", "Mean", frames.Seconds, func(p *pacer) float64 { return p.Mean })
	cols.Number("best5", "Best five", frames.Seconds, func(p *pacer) float64 { return p.Best5 })
	cols.Number("sigma", "Sigma", frames.Seconds, func(p *pacer) float64 { return p.Sigma })
	cols.Number("consistency", "Consistency", frames.Share.With(0), func(p *pacer) float64 { return p.Consistency })
	cols.Number("delta", "To the quickest", frames.Seconds, func(p *pacer) float64 { return p.delta })
	cols.Text("driverKey", "Driver id", func(p *pacer) string { return v.People.Key(p.cust) })
	cols.Flag("own", "Mine", func(p *pacer) bool { return v.People.Own(p.cust) || v.me != 0 && p.cust == v.me })
	if v.result.Teams {
		cols.Text("team", "Team", func(p *pacer) string { return v.name(&p.entry.row) })
	}
	return cols.Frames("pace", data.FrameTypeTable), nil
}

// order sorts what is not known last.
func order(v float64) float64 {
	if math.IsNaN(v) {
		return math.Inf(1)
	}
	return v
}

// pacers are the drivers of a car with what their clean laps tell.
func pacers(e *entry) []pacer {
	var list []pacer
	times := map[int64][]float64{}
	clean := race.CleanLaps(e.car.Laps)
	for i, l := range e.car.Laps {
		if l.Lap == 0 {
			continue
		}
		cust := cmp.Or(l.Cust, l.ID)
		at := slices.IndexFunc(list, func(p pacer) bool { return p.cust == cust })
		if at < 0 {
			at = len(list)
			list = append(list, pacer{entry: e, cust: cust, name: cmp.Or(l.Driver, l.Name)})
		}
		list[at].all++
		if clean[i] {
			times[cust] = append(times[cust], l.Time)
		}
	}
	for i := range list {
		list[i].Pace = race.PaceOf(times[list[i].cust])
	}
	return list
}
