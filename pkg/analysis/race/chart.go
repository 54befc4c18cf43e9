package race

import (
	"cmp"
	"math"
	"slices"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// Chart is the laps of one part of a subsession, by car and lap.
type Chart struct {
	Cars []Car
	// Last is the number of the last lap that anybody drove.
	Last int
	// Start is the race's start in seconds on the session's clock; NaN where it is not known. iRacing gives the first lap's
	// beginning as one time for all, a thousandth of a second later for each place of the grid.
	Start float64
}

// Car is the laps of one car.
type Car struct {
	ID     int64  // of the team, or of the driver who drove alone
	Name   string // of the team or driver
	Number string
	Laps   []iracing.Lap // by number; some may be missing

	at       []float64 // by lap number
	position []int     // by lap number
}

// maxLaps bounds the laps of a car, so that a wrong lap number takes no memory. A day on the shortest oval has fewer.
const maxLaps = 20_000

// NewChart orders laps by car. Cars come in the order of how far they got, which is the finishing order unless the stewards
// changed it.
//
// Crossing times must grow from lap to lap. Where they do not, as after an error of the clock, those that are out of step
// are not known; one that is missing is taken from the lap times next to it.
func NewChart(laps []iracing.Lap) *Chart {
	c := &Chart{Start: math.NaN()}
	byID := map[int64]int{}
	for _, l := range laps {
		if l.Lap < 0 || l.Lap >= maxLaps {
			continue
		}
		i, ok := byID[l.ID]
		if !ok {
			i = len(c.Cars)
			byID[l.ID] = i
			c.Cars = append(c.Cars, Car{ID: l.ID, Name: l.Name, Number: l.Number})
		}
		c.Cars[i].Laps = append(c.Cars[i].Laps, l)
	}
	for i := range c.Cars {
		car := &c.Cars[i]
		slices.SortStableFunc(car.Laps, func(a, b iracing.Lap) int { return cmp.Compare(a.Lap, b.Lap) })
		car.index()
		c.Last = max(c.Last, car.Last())
	}
	for i := range c.Cars {
		// Who joined late has the time of that.
		if first := c.Cars[i].At(0); !(c.Start <= first) && first > 0 {
			c.Start = first
		}
	}
	slices.SortStableFunc(c.Cars, further)
	return c
}

// further orders cars by how far they got, and by when.
func further(a, b Car) int {
	return cmp.Or(cmp.Compare(b.Last(), a.Last()), cmp.Compare(a.end(), b.end()), cmp.Compare(a.ID, b.ID))
}

func (c *Car) end() float64 {
	if t := c.At(c.Last()); t > 0 {
		return t
	}
	return math.Inf(1)
}

func (c *Car) index() {
	n := c.Last() + 1
	c.at, c.position = make([]float64, n), make([]int, n)
	for i := range c.at {
		c.at[i] = math.NaN()
	}
	for _, l := range c.Laps {
		c.at[l.Lap], c.position[l.Lap] = l.At, l.Position
	}
	inStep(c.at)
	for _, l := range c.Laps { // forwards
		if l.Lap > 0 && math.IsNaN(c.at[l.Lap]) {
			c.at[l.Lap] = c.at[l.Lap-1] + l.Time
		}
	}
	for _, l := range slices.Backward(c.Laps) {
		if l.Lap > 0 && math.IsNaN(c.at[l.Lap-1]) {
			c.at[l.Lap-1] = c.at[l.Lap] - l.Time
		}
	}
	inStep(c.at)
}

// inStep keeps the longest run of values that grow and makes the others NaN.
func inStep(values []float64) {
	var ends []int // of the best run of each length: the index of its last value
	before := make([]int, len(values))
	for i, v := range values {
		if math.IsNaN(v) {
			continue
		}
		n, _ := slices.BinarySearchFunc(ends, v, func(j int, v float64) int { return cmp.Compare(values[j], v) })
		before[i] = -1
		if n > 0 {
			before[i] = ends[n-1]
		}
		if n == len(ends) {
			ends = append(ends, i)
		} else {
			ends[n] = i
		}
	}
	keep := -1
	if len(ends) > 0 {
		keep = ends[len(ends)-1]
	}
	for i := len(values) - 1; i >= 0; i-- {
		if i == keep {
			keep = before[i]
		} else {
			values[i] = math.NaN()
		}
	}
}

// Last is the number of the car's last lap.
func (c *Car) Last() int {
	if len(c.Laps) == 0 {
		return 0
	}
	return c.Laps[len(c.Laps)-1].Lap
}

// At is when the car ended a lap, in seconds on the session's clock; NaN where that is not known.
func (c *Car) At(lap int) float64 {
	if lap < 0 || lap >= len(c.at) {
		return math.NaN()
	}
	return c.at[lap]
}

// Took is how long a lap took: the lap time, or where iRacing gives none, the time between its two crossings.
func (c *Car) Took(l *iracing.Lap) float64 {
	if l.Time > 0 {
		return l.Time
	}
	return c.At(l.Lap) - c.At(l.Lap-1)
}

// Position is the car's position at the end of a lap, which is the order in which cars end that same lap; 0 where it has
// none.
func (c *Car) Position(lap int) int {
	if lap < 0 || lap >= len(c.position) {
		return 0
	}
	return c.position[lap]
}

// Car finds a car by the id of its team or driver; nil when there is none.
func (c *Chart) Car(id int64) *Car {
	for i := range c.Cars {
		if c.Cars[i].ID == id {
			return &c.Cars[i]
		}
	}
	return nil
}

// Only is the chart of some of the cars, with their positions among themselves.
func (c *Chart) Only(keep func(id int64) bool) *Chart {
	out := &Chart{Start: c.Start}
	for _, car := range c.Cars {
		if keep(car.ID) {
			car.position = slices.Clone(car.position)
			out.Cars = append(out.Cars, car)
			out.Last = max(out.Last, car.Last())
		}
	}
	for lap := range out.Last + 1 {
		var in []*Car
		for i := range out.Cars {
			if out.Cars[i].Position(lap) > 0 {
				in = append(in, &out.Cars[i])
			}
		}
		slices.SortStableFunc(in, func(a, b *Car) int { return cmp.Compare(a.position[lap], b.position[lap]) })
		for i, car := range in {
			car.position[lap] = i + 1
		}
	}
	return out
}

// Sort brings the cars into the order of their ids in a list, such as a classification; others follow in their order.
func (c *Chart) Sort(ids []int64) {
	place := make(map[int64]int, len(ids))
	for i, id := range ids {
		place[id] = i + 1
	}
	rank := func(car Car) int { return cmp.Or(place[car.ID], len(ids)+1) }
	slices.SortStableFunc(c.Cars, func(a, b Car) int { return cmp.Compare(rank(a), rank(b)) })
}
