package race_test

import (
	"math"
	"slices"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis/race"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// car makes the laps of one car from its crossing times, from the start on; positions are worked out by grid.
func car(id int64, at ...float64) []iracing.Lap {
	laps := make([]iracing.Lap, len(at))
	for i, t := range at {
		laps[i] = iracing.Lap{ID: id, Cust: id, Lap: i, At: t, Time: nan, Interval: nan}
		if i > 0 {
			laps[i].Time = t - at[i-1]
		}
	}
	return laps
}

// placed gives the laps their positions: the order in which each lap was ended.
func placed(laps []iracing.Lap) []iracing.Lap {
	for i := range laps {
		laps[i].Position = 1
		for j := range laps {
			if laps[j].Lap == laps[i].Lap && laps[j].At < laps[i].At {
				laps[i].Position++
			}
		}
	}
	return laps
}

// A race of three laps: car 1 wins, car 2 loses the lead on lap 2, car 3 is lapped, car 4 retires after a lap.
func sample() *race.Chart {
	return race.NewChart(placed(slices.Concat(
		car(4, 100.003, 205), car(3, 100.002, 260, 420),
		car(2, 100.001, 200, 310, 405), car(1, 100, 201, 300, 400),
	)))
}

func equal(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool {
		return math.IsNaN(x) && math.IsNaN(y) || math.Abs(x-y) < 1e-9
	})
}

func TestGaps(t *testing.T) {
	c := sample()
	for _, tc := range []struct {
		name string
		got  []float64
		want []float64
	}{
		{"the leader has none", c.ToLeader(c.Car(1)), []float64{nan, 1, 0, 0}},
		{"who led has none then", c.ToLeader(c.Car(2)), []float64{nan, 0, 10, 5}},
		{"a lapped car is behind by the whole way", c.ToLeader(c.Car(3)), []float64{nan, 60, 120, nan}},
		{"a car that retired has none from then on", c.ToLeader(c.Car(4)), []float64{nan, 5, nan, nan}},
		{"negative is ahead", c.ToCar(c.Car(1), c.Car(2)), []float64{nan, 1, -10, -5}},
		{"positive is behind", c.ToCar(c.Car(3), c.Car(2)), []float64{nan, 60, 110, nan}},
		{"the winner ends where his pace does", c.ToPace(c.Car(1), c.Pace(c.Car(1))), []float64{nan, -1, 0, 0}},
		{"up is ahead", c.ToPace(c.Car(2), c.Pace(c.Car(1))), []float64{nan, 0, -10, -5}},
	} {
		if !equal(tc.got, tc.want) {
			t.Errorf("%s: %v, not %v", tc.name, tc.got, tc.want)
		}
	}
	if c.Start != 100 || c.Last != 3 {
		t.Errorf("the race began at %v and had %d laps", c.Start, c.Last)
	}
	if p := c.Pace(c.Car(1)); p != 100 {
		t.Errorf("the winner's average lap is %v", p)
	}
}

func TestOrderAndPositions(t *testing.T) {
	c := sample()
	ids := func() (list []int64) {
		for _, car := range c.Cars {
			list = append(list, car.ID)
		}
		return list
	}
	if got := ids(); !slices.Equal(got, []int64{1, 2, 3, 4}) {
		t.Errorf("the finishing order is %v", got)
	}
	c.Sort([]int64{3, 1})
	if got := ids(); !slices.Equal(got, []int64{3, 1, 2, 4}) {
		t.Errorf("sorted by the classification: %v", got)
	}
	few := c.Only(func(id int64) bool { return id != 2 })
	var places []int
	for lap := range 5 {
		places = append(places, few.Car(1).Position(lap))
	}
	if !slices.Equal(places, []int{1, 1, 1, 1, 0}) {
		t.Errorf("positions of car 1 without car 2: %v", places)
	}
	if c.Car(1).Position(1) != 2 || few.Car(2) != nil {
		t.Error("the whole chart changed with the part")
	}
	if few.Car(4).Position(2) != 0 || c.Car(99) != nil || c.Car(4).Position(-1) != 0 {
		t.Error("who is not there has a position")
	}
}

func TestTimesThatAreMissingOrWrong(t *testing.T) {
	for _, tc := range []struct {
		name string
		at   []float64 // as recorded
		time []float64 // lap times as recorded; 0 means the difference
		want []float64
	}{
		{"all there", []float64{10, 20, 30, 40}, nil, []float64{10, 20, 30, 40}},
		{"a time is missing and the lap time tells it", []float64{10, 20, nan, 40}, []float64{nan, 10, 10, 10}, []float64{10, 20, 30, 40}},
		{"neither time nor lap time", []float64{10, 20, nan, 40}, []float64{nan, 10, nan, nan}, []float64{10, 20, nan, 40}},
		{"told by the lap after", []float64{10, 20, nan, 41}, []float64{nan, 10, nan, 10}, []float64{10, 20, 31, 41}},
		{"the clock jumped ahead for a lap", []float64{10, 20, 999, 40, 50}, []float64{nan, 10, nan, nan, 10}, []float64{10, 20, nan, 40, 50}},
		{"the clock went back for a lap", []float64{10, 20, 5, 40, 50}, []float64{nan, 10, 11, nan, 10}, []float64{10, 20, 31, 40, 50}},
		{"the clock stood still", []float64{10, 20, 20, 30}, []float64{nan, 10, nan, 10}, []float64{10, nan, 20, 30}},
		{"nothing is known", []float64{nan, nan}, []float64{nan, nan}, []float64{nan, nan}},
	} {
		laps := car(1, tc.at...)
		for i := range laps {
			if tc.time != nil {
				laps[i].Time = tc.time[i]
			}
		}
		c := race.NewChart(laps)
		var got []float64
		for lap := range tc.at {
			got = append(got, c.Car(1).At(lap))
		}
		if !equal(got, tc.want) {
			t.Errorf("%s: %v, not %v", tc.name, got, tc.want)
		}
	}
}

func TestMissingLaps(t *testing.T) {
	laps := car(1, 0, 100, 200, 300, 400)
	c := race.NewChart(slices.Concat(laps[:2], laps[4:], car(2, 0, 101, 202, 303, 404)))
	if got, want := c.ToLeader(c.Car(2)), []float64{nan, 1, 0, 3, 4}; !equal(got, want) {
		t.Errorf("gaps to a car whose lap 2 was not recorded: %v, not %v", got, want)
	}
	if got := c.Car(1).Took(&laps[4]); got != 100 {
		t.Errorf("lap 4 took %v", got)
	}
	broken := iracing.Lap{ID: 2, Lap: 3, Time: nan}
	if got := c.Car(2).Took(&broken); math.Abs(got-101) > 1e-9 {
		t.Errorf("a lap without a time took %v", got)
	}
	wild := race.NewChart([]iracing.Lap{{ID: 1, Lap: 1 << 29, At: 5}, {ID: 1, Lap: -4}, {ID: 2, Lap: 1, At: 5}})
	if wild.Last != 1 || len(wild.Cars) != 1 {
		t.Errorf("wild lap numbers make %d cars and %d laps", len(wild.Cars), wild.Last)
	}
	none := race.NewChart(nil)
	if none.Last != 0 || !math.IsNaN(none.Start) {
		t.Error("no laps at all")
	}
	// Who joins late begins later; the race does not.
	late := race.NewChart(slices.Concat(car(1, 500, 600), car(2, 100, 200, 300)))
	if late.Start != 100 {
		t.Errorf("the race began at %v", late.Start)
	}
}

func TestCleanLaps(t *testing.T) {
	lap := func(seconds float64, flags iracing.LapFlags) iracing.Lap {
		return iracing.Lap{Lap: 1, Time: seconds, Flags: flags}
	}
	laps := []iracing.Lap{
		lap(98, iracing.LapFirst), lap(100, 0), lap(100.2, 0), lap(100.1, iracing.LapOffTrack), lap(100.3, 0), lap(130, 0),
		lap(125, iracing.LapPitted), lap(nan, iracing.LapInvalid), lap(100.1, 0), lap(100.4, iracing.LapCheckered), lap(100.2, iracing.LapOptionalPath),
	}
	laps[2].Incident = true
	want := []bool{false, true, false, false, true, false, false, false, true, true, true}
	if got := race.Clean(laps); !slices.Equal(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
	if got := race.Clean([]iracing.Lap{lap(100, 0), lap(140, 0)}); !slices.Equal(got, []bool{true, true}) {
		t.Errorf("of two laps none stands out: %v", got)
	}
	if got := race.Clean(nil); len(got) != 0 {
		t.Error("clean laps of nobody")
	}
}

func TestPace(t *testing.T) {
	p := race.PaceOf([]float64{104, 100, 101, 103, 102})
	want := race.Pace{Laps: 5, Best: 100, P25: 101, Median: 102, P75: 103, Mean: 102, Sigma: math.Sqrt(2.5), Best5: 102, Consistency: 1 - math.Sqrt(2.5)/102/0.02}
	if p != want {
		t.Errorf("%+v, not %+v", p, want)
	}
	if p := race.PaceOf([]float64{100, 101, 102, 103}); p.P25 != 100.75 || p.Median != 101.5 || p.P75 != 102.25 || !math.IsNaN(p.Best5) {
		t.Errorf("quartiles of four laps: %+v", p)
	}
	if p := race.PaceOf([]float64{100}); p.Median != 100 || !math.IsNaN(p.Sigma) || !math.IsNaN(p.Consistency) {
		t.Errorf("one lap: %+v", p)
	}
	if p := race.PaceOf([]float64{100, 130}); p.Consistency != 0 {
		t.Errorf("consistency of laps far apart: %v", p.Consistency)
	}
	if p := race.PaceOf(nil); p.Laps != 0 || !math.IsNaN(p.Best) || !math.IsNaN(p.Mean) {
		t.Errorf("no laps: %+v", p)
	}
}
