package analysis_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// wander drives laps of changing pace with random channels, an off into the wrong direction and a reset.
func wander(t testing.TB, seed uint64) *ibt.File {
	rng := rand.New(rand.NewPCG(seed, 7))
	c := newCar(t, vars)
	c.each = func(c *car) {
		c.set("Speed", 40+30*math.Sin(9*c.shown)+rng.NormFloat64())
		c.set("Gear", float64(rng.IntN(7)-1))
		c.set("Throttle", math.Pow(rng.Float64(), 30)) // rare peaks
		c.set("dcBrakeBias", 50+math.Floor(c.shown*7))
	}
	drive := func() {
		for n := 0.1; n < 1; n += 0.1 {
			c.to(n, 8+8*rng.Float64())
		}
		if rng.IntN(2) == 0 {
			for range rng.IntN(40) {
				c.step(-0.05)
			}
		}
		c.lap(8 + 8*rng.Float64())
	}
	c.leave()
	for range 3 {
		drive()
	}
	c.to(0.2+0.5*rng.Float64(), 12)
	c.blank()
	c.place(0.1)
	for range 2 {
		drive()
	}
	c.to(rng.Float64(), 12)
	return c.file()
}

func TestNewAxis(t *testing.T) {
	for _, test := range []struct {
		length  float64
		points  int
		buckets int
	}{
		{1000, 101, 50},
		{1000, 100, 49},
		{1000, 1_000_000, 1001}, // two points a metre
		{1000, 1, 8},
		{1000, 0, 8},
		{1000, math.MinInt, 8},
		{0.5, 1000, 8},
		{0, 1000, 8},
		{-5, 1000, 8},
		{nan, 1000, 8},
		{1e30, 1_000_000, 100_001},
		{math.Inf(1), math.MaxInt, 100_001},
	} {
		axis := analysis.NewAxis(test.length, test.points)
		if axis.Buckets != test.buckets {
			t.Errorf("%g m over %d points: %d buckets, want %d", test.length, test.points, axis.Buckets, test.buckets)
		}
		if n := len(axis.X()); n > max(test.points, 17) {
			t.Errorf("%d points were asked for, got %d", test.points, n)
		}
	}
}

func TestTraceKeepsPeaks(t *testing.T) {
	for seed := range uint64(4) {
		f := wander(t, seed)
		table := lapsOf(t, f)
		checkTable(t, table, f.Len())
		signals := signalsOf(t, f, table, "Speed", "Gear", "Throttle", "dcBrakeBias")
		if signals[0].Step || !signals[1].Step || !signals[3].Step {
			t.Error("gear and brake bias change in steps, the speed does not")
		}
		for i := range table.Laps {
			l := &table.Laps[i]
			for _, points := range []int{1, 17, 18, 40, 133, 500, 999, 5000, 100_000} {
				axis := analysis.NewAxis(table.TrackLength, points)
				checkTrace(t, f, l, axis, signals, traceOf(t, f, l, axis, signals...))
			}
		}
	}
}

func TestDelta(t *testing.T) {
	for seed := range uint64(4) {
		f := wander(t, 100+seed)
		table := lapsOf(t, f)
		for _, points := range []int{17, 400, 100_000} {
			axis := analysis.NewAxis(table.TrackLength, points)
			timed := 0
			for i := range table.Laps {
				a := &table.Laps[i]
				for k := range table.Laps {
					b := &table.Laps[k]
					if !a.Timed() || !b.Timed() {
						continue
					}
					timed++
					delta := analysis.Delta(traceOf(t, f, a, axis), traceOf(t, f, b, axis))
					if got, want := delta[len(delta)-1], a.Time-b.Time; math.Abs(got-want) > 0.001 {
						t.Errorf("lap %s against %s: %.4f s at the end, the lap times differ by %.4f", a.ID(), b.ID(), got, want)
					}
				}
			}
			if timed < 16 {
				t.Errorf("%d pairs of timed laps:\n%s", timed, list(table, 3))
			}
		}
	}

	// Where the time is lost: the second of two laps takes 1 s longer from 400 to 600 m.
	c := onTrack(t, vars)
	c.lap(20)
	c.to(0.4, 20)
	c.to(0.6, 25)
	c.lap(20)
	c.lap(20)
	f := c.file()
	table := lapsOf(t, f)
	axis := analysis.NewAxis(table.TrackLength, 1001)
	delta := analysis.Delta(traceOf(t, f, &table.Laps[2], axis), traceOf(t, f, &table.Laps[1], axis))
	for i, x := range axis.X() {
		want := min(max((x-400)/200, 0), 1)
		if math.Abs(delta[i]-want) > 0.01 {
			t.Fatalf("%.3f s at %g m, want %.3f", delta[i], x, want)
		}
	}
	// An out lap is compared from where it begins.
	out := traceOf(t, f, &table.Laps[0], axis)
	delta = analysis.Delta(out, traceOf(t, f, &table.Laps[1], axis))
	if !math.IsNaN(delta[0]) || delta[51] != 0 || delta[101] < 1 || out.FromLine {
		t.Errorf("an out lap that begins at 50 m is %g s later at the line, %g at 51 m, %g at 101 m", delta[0], delta[51], delta[101])
	}
	if d := analysis.Delta(&analysis.Trace{Elapsed: []float64{1, 2}}, &analysis.Trace{Elapsed: []float64{nan}}); !math.IsNaN(d[0]) || len(d) != 1 {
		t.Errorf("without a common point: %v", d)
	}
}

// TestTraceLinear draws a channel that is proportional to the distance, so that every point can be told beforehand.
func TestTraceLinear(t *testing.T) {
	c := newCar(t, vars)
	c.each = func(c *car) { c.set("Speed", c.shown-1) }
	c.leave()
	c.lap(14.3)
	c.to(0.5, 14.3)
	f := c.file()
	table := lapsOf(t, f)
	speed := signalsOf(t, f, table, "Speed")[0]
	for _, points := range []int{17, 33, 200, 1000, 1717, 100_000} {
		axis := analysis.NewAxis(1000, points)
		x := axis.X()
		flying := traceOf(t, f, &table.Laps[1], axis, speed)
		for i, v := range flying.Values[0] {
			if math.Abs(v-x[i]/1000) > 1e-6 || math.Abs(flying.Elapsed[i]-x[i]/1000*table.Laps[1].Time) > 0.01 {
				t.Fatalf("%d points: %g after %g s at %g m", points, v, flying.Elapsed[i], x[i])
			}
		}
		// The last lap ends at 500 m.
		partial := traceOf(t, f, &table.Laps[2], axis, speed)
		bucket := 1000 / float64(axis.Buckets)
		for i, v := range partial.Values[0] {
			switch {
			case x[i] <= 500:
				if math.Abs(v-1-x[i]/1000) > 1e-6 {
					t.Fatalf("%d points: %g at %g m of the last lap", points, v, x[i])
				}
			case x[i] > 502+bucket && !math.IsNaN(v), x[i] > 502 && !math.IsNaN(partial.Elapsed[i]):
				t.Fatalf("%d points: %g after %g s at %g m, where the lap never was", points, v, partial.Elapsed[i], x[i])
			}
		}
	}
}

func TestTracePeakOfOneRow(t *testing.T) {
	c := newCar(t, vars)
	peak := 0
	c.each = func(c *car) {
		c.set("Throttle", 0.5)
		if c.rows == peak {
			c.set("Throttle", 1)
		}
	}
	c.leave()
	peak = c.rows + 333
	c.lap(15)
	c.lap(15)
	f := c.file()
	table := lapsOf(t, f)
	throttle := signalsOf(t, f, table, "Throttle")[0]
	lap := &table.Laps[1]
	at := 1000 * 333 / 15.0 * tick
	for _, points := range []int{17, 50, 300, 1500, 100_000} {
		axis := analysis.NewAxis(1000, points)
		x := axis.X()
		found := 0
		for i, v := range traceOf(t, f, lap, axis, throttle).Values[0] {
			if v == 1 {
				found++
				if math.Abs(x[i]-at) > 1000/float64(axis.Buckets)+2 {
					t.Errorf("%d points: the peak at %.0f m is drawn at %.0f", points, at, x[i])
				}
			}
		}
		if found == 0 {
			t.Errorf("%d points: the peak is lost", points)
		}
	}
	// A row that a channel is not known in leaves the others.
	peak = -1
	c = newCar(t, vars)
	c.each = func(c *car) {
		c.set("Throttle", 0.5)
		if c.rows == 600 {
			c.set("Throttle", nan)
		}
	}
	c.leave()
	c.lap(15)
	c.lap(15)
	f = c.file()
	table = lapsOf(t, f)
	known := 0
	for _, v := range traceOf(t, f, &table.Laps[1], analysis.NewAxis(1000, 2000), throttle).Values[0] {
		if v == 0.5 {
			known++
		}
	}
	if known < 1990 {
		t.Errorf("%d of 2000 points are known", known)
	}
}

// TestTraceEnds has positions next to the line that lie a bit on its wrong side.
func TestTraceEnds(t *testing.T) {
	for name, each := range map[string]func(*car){
		"first row before the line": func(c *car) {
			if c.since == 0 {
				c.set("LapDistPct", -0.0002)
			}
		},
		"last row behind it": func(c *car) {
			if pct := c.shown - math.Floor(c.shown); pct > 1-tick/15 {
				c.set("LapDistPct", 1.0003)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := onTrack(t, vars)
			c.each = each
			c.lap(15)
			c.lap(15)
			c.lap(15)
			c.to(0.5, 15)
			f := c.file()
			table := lapsOf(t, f)
			checkTable(t, table, c.rows)
			timedBy(t, table, analysis.Official, 1e-4, c.timed[1:]...)
			signals := signalsOf(t, f, table, "Speed", "Gear")
			for i := range table.Laps {
				l := &table.Laps[i]
				axis := analysis.NewAxis(1000, 300)
				tr := traceOf(t, f, l, axis, signals...)
				checkTrace(t, f, l, axis, signals, tr)
				end := tr.Elapsed[len(tr.Elapsed)-1]
				if l.Timed() && (math.Abs(tr.Elapsed[0]) > 1e-9 || math.Abs(end-l.Time) > 1e-9) {
					t.Errorf("lap %s is drawn from %g to %g s, it takes %g", l.ID(), tr.Elapsed[0], end, l.Time)
				}
			}
		})
	}
	// A lap that begins on the line to the bit.
	c := newCar(t, vars)
	c.set("Gear", 3)
	c.place(0)
	c.stand(10)
	c.to(0.5, 15)
	f := c.file()
	table := lapsOf(t, f)
	tr := traceOf(t, f, &table.Laps[0], analysis.NewAxis(1000, 100), signalsOf(t, f, table, "Gear")...)
	if tr.Values[0][0] != 3 || tr.Elapsed[0] != 0 {
		t.Errorf("gear %g after %g s", tr.Values[0][0], tr.Elapsed[0])
	}
}

// TestTraceRollingBack has a car that rolls back a hundred metres with its throttle open.
func TestTraceRollingBack(t *testing.T) {
	c := onTrack(t, vars)
	c.set("Throttle", 0.5)
	c.lap(15)
	c.to(0.5, 15)
	c.set("Throttle", 1)
	for range 60 {
		c.step(-0.1)
	}
	c.set("Throttle", 0.5)
	c.lap(15)
	c.to(0.2, 15)
	f := c.file()
	table := lapsOf(t, f)
	axis := analysis.NewAxis(1000, 401)
	tr := traceOf(t, f, &table.Laps[2], axis, signalsOf(t, f, table, "Throttle")...)
	peak := false
	for i, x := range axis.X() {
		v := tr.Values[0][i]
		peak = peak || v == 1
		if v != 0.5 && math.Abs(x-500) > 10 {
			t.Errorf("the throttle is %g at %g m", v, x)
		}
	}
	if !peak {
		t.Error("the peak is lost")
	}
}

// TestTraceFromTheGrid has a lap number that does not change where the car first crosses the line.
func TestTraceFromTheGrid(t *testing.T) {
	c := newCar(t, vars)
	c.each = func(c *car) {
		c.set("Lap", 1)
		c.set("Speed", 10*c.shown)
	}
	c.place(0.98)
	c.stand(30)
	c.to(1.6, 15)
	f := c.file()
	table := lapsOf(t, f)
	checkTable(t, table, c.rows)
	wantLaps(t, table, 1, "1 run 1 partial (partial lap, not timed)")
	axis := analysis.NewAxis(1000, 101)
	tr := traceOf(t, f, &table.Laps[0], axis, signalsOf(t, f, table, "Speed")...)
	for i, x := range axis.X() {
		if v := tr.Values[0][i]; x > 5 && x < 590 && math.Abs(v-10-x/100) > 0.01 || x > 620 && !math.IsNaN(v) {
			t.Errorf("%g m/s at %g m", v, x)
		}
	}
}

// TestTraceOfAnotherFile has the lap table of a file that another one has taken the place of, and a track of no length.
func TestTraceOfAnotherFile(t *testing.T) {
	c := onTrack(t, vars)
	c.lap(15)
	c.lap(15)
	table := c.table()
	c = onTrack(t, vars)
	c.each = func(c *car) {
		if c.rows%2 == 0 {
			c.set("LapDistPct", nan)
		}
	}
	c.lap(14)
	c.lap(13)
	c.lap(13)
	f := c.file()
	signals := signalsOf(t, f, table, "Speed", "Gear")
	for i := range table.Laps {
		for _, length := range []float64{1000, 0, -1, nan} {
			axis := analysis.NewAxis(length, 100)
			if tr := traceOf(t, f, &table.Laps[i], axis, signals...); len(tr.Values) != 2 || len(tr.Values[1]) != len(axis.X()) {
				t.Errorf("%d signals", len(tr.Values))
			}
		}
	}
}

func TestTrackMap(t *testing.T) {
	const radius = trackLength / (2 * math.Pi)
	for name, session := range map[string]string{"origin of the track": sessionText, "first place": ""} {
		t.Run(name, func(t *testing.T) {
			c := newCarAt(t, vars, session)
			c.blank()
			c.stand(1)
			c.lap(20)
			c.lap(15)
			c.lap(14)
			f := c.file()
			table := lapsOf(t, f)
			signals := signalsOf(t, f, table, analysis.TrackX, analysis.TrackY, "Speed")
			if !signals[0].Place || signals[0].Step || signals[0].Var != nil || signals[2].Var == nil {
				t.Errorf("signals %+v", signals)
			}
			axis := analysis.NewAxis(1000, 2001)
			tr := traceOf(t, f, &table.Laps[1], axis, signals...)
			east, north := tr.Values[0], tr.Values[1]
			last := len(east) - 1
			if gap := math.Hypot(east[last]-east[0], north[last]-north[0]); !(gap < 0.1) {
				t.Errorf("the circle has a gap of %g m", gap)
			}
			// The first place of the file is where the circle begins, in the east.
			shift := 0.0
			if session == "" {
				shift = -radius
			}
			way := 0.0
			for i := range east {
				x, y := east[i]-shift, north[i]
				if r := math.Hypot(x, y); math.Abs(r-radius) > 0.05 {
					t.Fatalf("point %d lies %.3f m from the middle, want %.3f", i, r, radius)
				}
				if i > 0 {
					way += math.Hypot(east[i]-east[i-1], north[i]-north[i-1])
				}
			}
			if math.Abs(way-1000) > 0.5 {
				t.Errorf("the circle is %.2f m long", way)
			}
			if quarter := last / 4; math.Abs(north[quarter]-radius) > 0.5 {
				t.Errorf("a quarter around it is %g m north", north[quarter])
			}
		})
	}

	// A degree is 111.195 km; the date line is no jump.
	text := "---\nWeekendInfo:\n TrackLatitude: 60.0 m\n TrackLongitude: 179.9999 m\n"
	c := newCarAt(t, vars, text)
	c.each = func(c *car) {
		c.set("Lat", 60.001)
		c.set("Lon", -179.9999)
	}
	c.stand(10)
	f := c.file()
	table := lapsOf(t, f)
	rows := []ibt.Range{{From: 0, To: 10}}
	tr, err := analysis.TraceTime(context.Background(), f, table, rows, signalsOf(t, f, table, analysis.TrackX, analysis.TrackY), 100)
	if err != nil {
		t.Fatal(err)
	}
	if x, y := tr.Values[0][0], tr.Values[1][0]; math.Abs(x-11.1195) > 0.001 || math.Abs(y-111.195) > 0.001 {
		t.Errorf("%g m east, %g m north", x, y)
	}

	// Without a place there is none.
	c = newCarAt(t, vars, "")
	c.each = func(c *car) {
		c.set("Lat", nan)
		c.set("Lon", 0)
	}
	c.stand(10)
	f = c.file()
	signalsOf(t, f, lapsOf(t, f), analysis.TrackX)
}

func TestFindSignalMissing(t *testing.T) {
	f := newCar(t, without("Lon")).file()
	for name, lacks := range map[string]string{"Spede": "Spede", analysis.TrackX: "Lon", analysis.TrackY: "Lon", "": ""} {
		_, err := analysis.FindSignal(f, &analysis.Info{}, name)
		var missing *ibt.ChannelError
		if !errors.As(err, &missing) || missing.Name != lacks {
			t.Errorf("%q: %v", name, err)
		}
	}
	// What was found in one file is looked for in the other.
	other := onTrack(t, vars)
	other.lap(15)
	table := other.table()
	signal := signalsOf(t, other.file(), table, "Lon")
	full := onTrack(t, without("Lon")).file()
	if _, err := analysis.TraceLap(context.Background(), full, &table.Laps[0], analysis.NewAxis(1000, 20), signal); err == nil {
		t.Error("a channel is traced that the file lacks")
	}
	rows := []ibt.Range{{From: 0, To: 20}}
	if _, err := analysis.TraceTime(context.Background(), full, table, rows, signal, 100); err == nil {
		t.Error("a channel is traced over time that the file lacks")
	}
}

func checkTimeTrace(t *testing.T, tr *analysis.TimeTrace) {
	t.Helper()
	for i := 1; i < len(tr.Offset); i++ {
		if !(tr.Offset[i] >= tr.Offset[i-1]) {
			t.Fatalf("the time falls from %g to %g s", tr.Offset[i-1], tr.Offset[i])
		}
	}
	for k := range tr.Values {
		if len(tr.Values[k]) != len(tr.Offset) {
			t.Fatalf("%d values at %d times", len(tr.Values[k]), len(tr.Offset))
		}
	}
}

func TestTraceTime(t *testing.T) {
	f := wander(t, 5)
	table := lapsOf(t, f)
	signals := signalsOf(t, f, table, "Speed", "Gear", "Throttle")
	cols := columns(t, f, "SessionTime", "Speed", "Gear", "Throttle")
	draw := func(rows []ibt.Range, signals []analysis.Signal, points int) *analysis.TimeTrace {
		t.Helper()
		tr, err := analysis.TraceTime(context.Background(), f, table, rows, signals, points)
		if err != nil {
			t.Fatal(err)
		}
		checkTimeTrace(t, tr)
		return tr
	}
	rows := func(laps ...int) []ibt.Range {
		var out []ibt.Range
		for _, i := range laps {
			out = append(out, ibt.Range{From: table.Laps[i].From, To: table.Laps[i].To})
		}
		return out
	}
	t.Run("exact", func(t *testing.T) {
		r := rows(1, 2) // they adjoin
		tr := draw(r, signals, 100_000)
		if len(tr.Offset) != r[1].To-r[0].From {
			t.Fatalf("%d rows, want those from %d to %d", len(tr.Offset), r[0].From, r[1].To)
		}
		for i := range tr.Offset {
			row := r[0].From + i
			if math.Abs(tr.Offset[i]-(cols[0][row]-cols[0][0])) > 1e-9 {
				t.Fatalf("row %d is at %g s", row, tr.Offset[i])
			}
			for k := range signals {
				if tr.Values[k][i] != cols[k+1][row] {
					t.Fatalf("row %d has a %s of %g, want %g", row, signals[k].Name, tr.Values[k][i], cols[k+1][row])
				}
			}
		}
	})
	t.Run("separated", func(t *testing.T) {
		r := rows(0, 2, 4)
		tr := draw(r, signals, 100_000)
		gap := r[0].Len()
		if len(tr.Offset) != r[0].Len()+r[1].Len()+r[2].Len()+2 {
			t.Fatalf("%d rows", len(tr.Offset))
		}
		for k := range signals {
			if !math.IsNaN(tr.Values[k][gap]) || tr.Values[k][gap+1] != cols[k+1][r[1].From] {
				t.Errorf("%s is %g between the laps and %g behind", signals[k].Name, tr.Values[k][gap], tr.Values[k][gap+1])
			}
		}
		if tr.Offset[gap] != tr.Offset[gap-1] {
			t.Errorf("the separator is at %g s, the row before at %g", tr.Offset[gap], tr.Offset[gap-1])
		}
	})
	t.Run("peaks", func(t *testing.T) {
		for _, laps := range [][]int{{1}, {0, 1, 2, 3}, {1, 3, 5}} {
			r := rows(laps...)
			for _, points := range []int{0, 16, 17, 100, 333, 1000} {
				tr := draw(r, signals, points)
				if n := len(tr.Offset); n > max(points, 16)+3*len(r) {
					t.Errorf("%d points were asked for, got %d", points, n)
				}
				for k := range signals {
					low, high := math.Inf(1), math.Inf(-1)
					for _, r := range r {
						a, b := span(cols[k+1][r.From:r.To])
						low, high = min(low, a), max(high, b)
					}
					if a, b := span(tr.Values[k]); a != low || b != high {
						t.Errorf("%d points: %s goes from %g to %g, its rows from %g to %g", points, signals[k].Name, a, b, low, high)
					}
				}
			}
		}
	})
	t.Run("pairs", func(t *testing.T) {
		const points = 100
		r := rows(1)[0]
		per := (2*r.Len() + points - 1) / points
		tr := draw([]ibt.Range{r}, signals[:1], points)
		for from, i := r.From, 0; from+per <= r.To; from, i = from+per, i+2 {
			group := cols[1][from : from+per]
			first, second := slices.Max(group), slices.Min(group)
			if slices.Index(group, second) < slices.Index(group, first) {
				first, second = second, first
			}
			if tr.Values[0][i] != first || tr.Values[0][i+1] != second {
				t.Fatalf("rows %d to %d show %g and %g, want %g and %g", from, from+per, tr.Values[0][i], tr.Values[0][i+1], first, second)
			}
			if a, b := cols[0][from]-cols[0][0], cols[0][from+per/2]-cols[0][0]; math.Abs(tr.Offset[i]-a) > 1e-9 || math.Abs(tr.Offset[i+1]-b) > 1e-9 {
				t.Fatalf("rows %d to %d are at %g and %g s, want %g and %g", from, from+per, tr.Offset[i], tr.Offset[i+1], a, b)
			}
		}
	})
	t.Run("places", func(t *testing.T) {
		// The speed stays with the place where it was.
		places := signalsOf(t, f, table, "SessionTime", "Lat", "Speed")
		tr := draw(rows(1, 2), places, 100)
		for i, time := range tr.Values[0] {
			row := 0
			for cols[0][row] < time {
				row++
			}
			if cols[0][row] != time || tr.Values[2][i] != cols[1][row] {
				t.Fatalf("point %d is not a row", i)
			}
		}
	})
	t.Run("unknown", func(t *testing.T) {
		c := newCar(t, vars)
		c.each = func(c *car) { c.set("Speed", nan) }
		c.stand(500)
		f := c.file()
		table := lapsOf(t, f)
		tr, err := analysis.TraceTime(context.Background(), f, table, []ibt.Range{{From: 0, To: 500}}, signals[:1], 20)
		if err != nil {
			t.Fatal(err)
		}
		checkTimeTrace(t, tr)
		for i, v := range tr.Values[0] {
			if !math.IsNaN(v) {
				t.Errorf("the speed is %g at %g s", v, tr.Offset[i])
			}
		}
	})
	t.Run("nothing", func(t *testing.T) {
		if tr := draw(nil, signals, 100); len(tr.Offset) != 0 {
			t.Errorf("%d rows of nothing", len(tr.Offset))
		}
		if tr := draw([]ibt.Range{{From: 5, To: 5}, {From: 9, To: 3}}, signals, 100); len(tr.Offset) != 0 {
			t.Errorf("%d rows of empty ranges", len(tr.Offset))
		}
	})
	t.Run("beyond the file", func(t *testing.T) {
		r := []ibt.Range{{From: f.Len() - 5, To: f.Len() + 5}}
		if _, err := analysis.TraceTime(context.Background(), f, table, r, signals, 100); err == nil {
			t.Error("rows are traced that the file lacks")
		}
		l := table.Laps[1]
		l.To = f.Len() + 5
		if _, err := analysis.TraceLap(context.Background(), f, &l, analysis.NewAxis(1000, 20), signals); err == nil {
			t.Error("a lap is traced that the file lacks")
		}
	})
}

// TestTraceTimeAcrossSessions has a session clock that restarts between two laps.
func TestTraceTimeAcrossSessions(t *testing.T) {
	c := onTrack(t, vars)
	c.lap(15)
	c.restart()
	c.lap(30)
	c.to(0.2, 15)
	f := c.file()
	table := lapsOf(t, f)
	for _, points := range []int{50, 10_000} {
		tr, err := analysis.TraceTime(context.Background(), f, table, []ibt.Range{{From: 0, To: f.Len()}}, nil, points)
		if err != nil {
			t.Fatal(err)
		}
		checkTimeTrace(t, tr)
		if got, want := tr.Offset[len(tr.Offset)-1], float64(f.Len())/60; math.Abs(got-want) > 1 {
			t.Errorf("%d points: the file lasts %g s, want %g", points, got, want)
		}
	}
}

func ExampleFormatLapTime() {
	fmt.Println(analysis.FormatLapTime(92.4561))
	// Output: 1:32.456
}
