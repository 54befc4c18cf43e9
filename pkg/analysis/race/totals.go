package race

import (
	"math"
	"time"
)

// Start is one race of a driver, as far as it counts for totals.
type Start struct {
	At        time.Time
	Grid      int     // the place on the grid within the car class, from 1; 0 where there was none
	Place     int     // at the finish within the car class, from 1; 0 where there is none
	Field     int     // cars in the class; 0 where unknown
	Laps      int     // complete
	LapsLed   int     //
	Incidents float64 // points; NaN where unknown
	Points    float64 // of the championship; NaN where unknown
	BestLap   float64 // s; NaN where unknown
	IRating   float64 // the change; NaN where unknown
}

// Totals are the races of a driver added up. Means are NaN where nothing is known to take them of.
type Totals struct {
	Starts, Wins, Podiums, Top5, Poles int

	Laps, LapsLed  int
	Grid           float64 // the mean place on the grid
	Place          float64 // the mean place at the finish
	Gained         float64 // the mean number of places gained
	Percentile     float64 // the mean of [FinishPercentile]
	Incidents      float64 // the mean in a race
	LapsToIncident float64 // laps to an incident point, over the races whose incidents are known
	Points         float64 // the sum
	BestLap        float64 // s
	IRating        float64 // the sum of the changes
	Rated          int     // races whose change is known
	Last           time.Time
}

// Total adds races up. Wins, podiums and poles are those within the car class, as iRacing counts them.
func Total(starts []Start) Totals {
	var t Totals
	var grid, place, gained, percentile, incidents mean
	points, rated := 0.0, 0.0
	lapsKnown, counted := 0, false
	t.BestLap = math.NaN()
	for i := range starts {
		s := &starts[i]
		t.Starts++
		if s.Place > 0 {
			place.add(float64(s.Place))
			t.Wins += one(s.Place == 1)
			t.Podiums += one(s.Place <= 3)
			t.Top5 += one(s.Place <= 5)
		}
		if s.Grid > 0 {
			grid.add(float64(s.Grid))
			t.Poles += one(s.Grid == 1)
			if s.Place > 0 {
				gained.add(float64(s.Grid - s.Place))
			}
		}
		percentile.add(FinishPercentile(s.Place, s.Field))
		t.Laps += s.Laps
		t.LapsLed += s.LapsLed
		if !math.IsNaN(s.Incidents) {
			incidents.add(s.Incidents)
			lapsKnown += s.Laps
		}
		if !math.IsNaN(s.Points) {
			points, counted = points+s.Points, true
		}
		if s.BestLap > 0 && !(t.BestLap <= s.BestLap) {
			t.BestLap = s.BestLap
		}
		if !math.IsNaN(s.IRating) {
			rated += s.IRating
			t.Rated++
		}
		if s.At.After(t.Last) {
			t.Last = s.At
		}
	}
	t.Grid, t.Place, t.Gained, t.Percentile, t.Incidents = grid.value(), place.value(), gained.value(), percentile.value(), incidents.value()
	t.LapsToIncident, t.Points, t.IRating = math.NaN(), math.NaN(), math.NaN()
	if incidents.sum > 0 {
		t.LapsToIncident = float64(lapsKnown) / incidents.sum
	}
	if counted {
		t.Points = points
	}
	if t.Rated > 0 {
		t.IRating = rated
	}
	return t
}

// FinishPercentile is the share of the other cars that finished behind: 1 for the winner, 0 for the last. It compares
// races of different sizes more fairly than the place does. NaN where the place or the field is unknown, or nobody else
// took part.
func FinishPercentile(place, field int) float64 {
	if place < 1 || field < 2 || place > field {
		return math.NaN()
	}
	return 1 - float64(place-1)/float64(field-1)
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// mean takes the mean of what is known.
type mean struct {
	sum float64
	n   int
}

func (m *mean) add(v float64) {
	if !math.IsNaN(v) && !math.IsInf(v, 0) {
		m.sum += v
		m.n++
	}
}

// value is NaN where nothing was added.
func (m *mean) value() float64 {
	if m.n == 0 {
		return math.NaN()
	}
	return m.sum / float64(m.n)
}
