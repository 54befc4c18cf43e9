package races

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis/race"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// maxCells bounds the values of a chart. A race of 24 hours with 60 cars has 50,000.
const maxCells = 160_000

// chart is the laps of the part, of the cars of the class; nil where there are none to be had, which a remark says.
func (v *view) chart(ctx context.Context) (*race.Chart, error) {
	if v.part == nil {
		return nil, nil
	}
	laps, err := v.API.LapChart(ctx, v.result.Subsession, v.part.Number)
	switch {
	case ask.Is(err, iracing.NoCredentials):
		v.Info("An imported result has no laps: they come from iRacing, which needs an account.")
		return nil, nil
	case ask.Is(err, iracing.Forbidden, iracing.NotFound):
		v.Info("The laps of this session are not to be had: %v.", err)
		return nil, nil
	case err != nil:
		return nil, err
	case len(laps) == 0:
		v.Info("iRacing recorded no laps in this session.")
		return nil, nil
	}
	c := race.NewChart(laps)
	ids := make([]int64, len(v.rows))
	for i := range v.rows {
		ids[i] = v.rows[i].ID()
	}
	if v.class != nil {
		c = c.Only(func(id int64) bool { return slices.Contains(ids, id) })
	}
	if len(c.Cars) == 0 {
		v.Info("iRacing recorded no laps of these cars in this session.")
		return nil, nil
	}
	c.Sort(ids)
	return c, nil
}

// entry is a row of the classification with its laps.
type entry struct {
	row iracing.Row
	car *race.Car
}

// entries are the rows that a filter keeps, as far as they have laps. A car that laps were recorded of and that is not in
// the classification, as after a disqualification, follows last.
func (v *view) entries(ctx context.Context, c *race.Chart, f filter) ([]entry, error) {
	rows, err := v.choose(ctx, f)
	if err != nil || c == nil {
		return nil, err
	}
	var list []entry
	for _, row := range rows {
		if car := c.Car(row.ID()); car != nil {
			list = append(list, entry{row, car})
		}
	}
	if len(f.drivers) == 0 && f.top == 0 {
		for i := range c.Cars {
			car := &c.Cars[i]
			if v.part.Find(car.ID) == nil {
				row := iracing.Row{Name: car.Name, Number: car.Number}
				if row.Cust = car.ID; car.ID < 0 {
					row.Cust, row.Team = 0, car.ID
				}
				list = append(list, entry{row, car})
			}
		}
	}
	return list, nil
}

// lapFrame is a Trend frame: a line for each car over the lap number. values are by lap number.
func (v *view) lapFrame(name string, from int, c *race.Chart, list []entry, d frames.Display, values func(*race.Car) []float64) *data.Frame {
	last := -1
	if c != nil && len(list) > 0 {
		last = c.Last
	}
	step := 1 + (last+1)*len(list)/maxCells
	if step > 1 {
		v.Info("Every %s lap is shown, as the race is long and the field large; choose some drivers to see all.", ordinal(step))
	}
	var laps []float64
	for n := from; n <= last; n++ {
		if n%step == 0 || n == from || n == last {
			laps = append(laps, float64(n))
		}
	}
	frame := frames.New(name, "", "", frames.NullableNumbers("lap", "Lap", laps, frames.Count))
	rows := make([]iracing.Row, len(list))
	for i := range list {
		rows[i] = list[i].row
	}
	field := v.series(rows)
	for i := range list {
		all := values(list[i].car)
		shown := make([]float64, len(laps))
		for j, n := range laps {
			shown[j] = math.NaN()
			if int(n) < len(all) {
				shown[j] = all[int(n)]
			}
		}
		frame.Fields = append(frame.Fields, field(&list[i].row, shown, d))
	}
	return frame
}

func ordinal(n int) string {
	switch n {
	case 2:
		return "second"
	case 3:
		return "third"
	}
	return fmt.Sprintf("%dth", n)
}

// answerLapChart shows positions as negative numbers, as Grafana has no axis that points down; mappings show -1 as P1.
func answerLapChart(ctx context.Context, q *ask.Query, query models.LapChartQuery) (data.Frames, error) {
	v, err := open(ctx, q, query.Subsession, query.Part, query.Class)
	if err != nil {
		return nil, err
	}
	c, err := v.chart(ctx)
	if err != nil {
		return nil, err
	}
	list, err := v.entries(ctx, c, filter{query.Drivers, query.Top})
	if err != nil {
		return nil, err
	}
	frame := v.lapFrame("lapChart", 0, c, list, frames.Count, func(car *race.Car) []float64 {
		places := make([]float64, car.Last()+1)
		for n := range places {
			places[n] = -frames.Place(car.Position(n))
		}
		return places
	})
	lowest := 1
	for i := range list {
		for n := range list[i].car.Last() + 1 {
			lowest = max(lowest, list[i].car.Position(n))
		}
	}
	names := make(map[int64]string, lowest)
	for p := 1; p <= lowest; p++ {
		names[int64(-p)] = fmt.Sprintf("P%d", p)
	}
	mappings := frames.MapValues(names)
	for _, f := range frame.Fields[1:] {
		f.Config.Mappings = mappings
		f.Config.SetMin(float64(-lowest)).SetMax(-1)
	}
	return data.Frames{frame}, nil
}

func answerGapChart(ctx context.Context, q *ask.Query, query models.GapChartQuery) (data.Frames, error) {
	v, err := open(ctx, q, query.Subsession, query.Part, query.Class)
	if err != nil {
		return nil, err
	}
	switch query.To {
	case models.GapToLeader, models.GapToDriver, models.GapToPace, "":
	default:
		return nil, frames.BadQuery("there is no gap to %.40q; choose leader, driver or pace", query.To)
	}
	c, err := v.chart(ctx)
	if err != nil {
		return nil, err
	}
	list, err := v.entries(ctx, c, filter{query.Drivers, query.Top})
	if err != nil {
		return nil, err
	}
	if c == nil {
		return data.Frames{v.lapFrame("gaps", 1, nil, nil, frames.Seconds, nil)}, nil
	}
	about, gaps := "Behind the leader, at the end of the same lap", c.ToLeader
	switch query.To {
	case models.GapToDriver:
		who, err := q.Driver(ctx, query.Driver)
		if err != nil {
			return nil, err
		}
		other := v.carOf(c, who)
		if other == nil {
			return nil, frames.BadQuery("the driver whom gaps are measured to has no laps in this session and class; choose another")
		}
		about = "Behind the driver, at the end of the same lap; negative is ahead of him"
		gaps = func(car *race.Car) []float64 { return c.ToCar(car, other) }
	case models.GapToPace:
		winner := v.winner(c)
		pace := c.Pace(winner)
		if math.IsNaN(pace) {
			q.Info("The average lap of the winner is not known.")
		} else {
			q.Info("Compared with a car that drives every lap in %s, the average of the winner. Up is ahead.", frames.LapTime(pace))
		}
		about = "Ahead of a car that drives every lap at the winner's average; negative is behind"
		gaps = func(car *race.Car) []float64 { return c.ToPace(car, pace) }
	}
	frame := v.lapFrame("gaps", 1, c, list, frames.Seconds, gaps)
	for _, f := range frame.Fields[1:] {
		f.Config.Description = about
	}
	return data.Frames{frame}, nil
}

// carOf is the car of a driver, alone or in a team, or of a team; nil where there is none in the chart.
func (v *view) carOf(c *race.Chart, who int64) *race.Car {
	if row := v.part.Of(who); row != nil {
		return c.Car(row.ID())
	}
	return c.Car(who)
}

// winner is the best placed car that laps were recorded of. The chart has one at least.
func (v *view) winner(c *race.Chart) *race.Car {
	for i := range v.rows {
		if car := c.Car(v.rows[i].ID()); car != nil && car.Last() > 0 {
			return car
		}
	}
	return &c.Cars[0]
}
