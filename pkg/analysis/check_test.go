package analysis_test

import (
	"context"
	"math"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// checkTable tests what holds for the lap table of any file.
func checkTable(t *testing.T, table *analysis.Table, rows int) {
	t.Helper()
	at, run := 0, 0
	ids := make(map[string]bool)
	for i := range table.Laps {
		l := &table.Laps[i]
		if l.From < at || l.To <= l.From || l.To > rows {
			t.Errorf("lap %s has the rows %d to %d, behind %d, of %d", l.ID(), l.From, l.To, at, rows)
		}
		at = l.To
		if l.Run < run || l.Run > run+1 || l.Run == 0 || l.Instance == 0 {
			t.Errorf("lap %s is in run %d behind run %d", l.ID(), l.Run, run)
		}
		run = l.Run
		if ids[l.ID()] || table.Find(l.ID()) != l {
			t.Errorf("lap %s is not found by its id", l.ID())
		}
		ids[l.ID()] = true
		checkLap(t, l)
	}
	at = 0
	offset := math.Inf(-1)
	for _, s := range table.Sessions {
		if s.From < at || s.To <= s.From || s.To > rows || s.Offset < offset || !(s.End >= s.Start) {
			t.Errorf("session %+v behind row %d at %g s, of %d rows", s, at, offset, rows)
		}
		at, offset = s.To, s.Offset
	}
	if best := table.Best(); best != nil && !best.Timed() {
		t.Errorf("the best lap %s has no time", best.ID())
	}
	if (table.Last() == nil) != (len(table.Laps) == 0) {
		t.Error("there is no last lap")
	}
	if l := table.TrackLength; !math.IsNaN(l) && !(l > 1 && l < 100_000) {
		t.Errorf("a track of %g m", l)
	}
}

func checkLap(t *testing.T, l *analysis.Lap) {
	t.Helper()
	switch {
	case l.Timed() == math.IsNaN(l.Time), l.Timed() == (l.Reasons&analysis.NotTimed != 0):
		t.Errorf("lap %s takes %g s and is timed: %v, %s", l.ID(), l.Time, l.Timed(), l.Notes())
	case l.Timed() && !(l.Time > 0):
		t.Errorf("lap %s takes %g s", l.ID(), l.Time)
	case l.Clock == analysis.Official && math.Abs(l.Time*1e4-math.Round(l.Time*1e4)) > 1e-3:
		t.Errorf("lap %s takes %g s, finer than the sim tells", l.ID(), l.Time)
	case (l.Kind != analysis.Flying) != (l.Reasons&analysis.NotFlying != 0):
		t.Errorf("lap %s is %s, yet %q", l.ID(), l.Kind, l.Notes())
	case !(l.Start <= l.End) || math.IsNaN(l.Offset) || math.IsInf(l.Offset, 0):
		t.Errorf("lap %s from %g to %g s, at %g s", l.ID(), l.Start, l.End, l.Offset)
	case l.Valid() && (math.IsNaN(l.CrossStart) || math.IsNaN(l.CrossEnd)):
		t.Errorf("the valid lap %s crosses the line at %g and %g s", l.ID(), l.CrossStart, l.CrossEnd)
	case l.Timed() && !math.IsNaN(l.CrossStart) && math.Abs(l.End-l.Start-l.Time) > 0.0011:
		t.Errorf("lap %s lasts %g s and takes %g s", l.ID(), l.End-l.Start, l.Time)
	}
	sum := 0.0
	for _, s := range l.Sectors {
		sum += s
	}
	if l.Valid() && len(l.Sectors) > 0 && !(math.Abs(sum-l.Time) < 1e-6) {
		t.Errorf("the sectors %v of lap %s are %.6f s together, it takes %.6f", l.Sectors, l.ID(), sum, l.Time)
	}
}

func signalsOf(t *testing.T, f *ibt.File, table *analysis.Table, names ...string) []analysis.Signal {
	t.Helper()
	var out []analysis.Signal
	for _, name := range names {
		s, err := analysis.FindSignal(f, &table.Info, name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	return out
}

func traceOf(t *testing.T, f *ibt.File, l *analysis.Lap, axis analysis.Axis, signals ...analysis.Signal) *analysis.Trace {
	t.Helper()
	tr, err := analysis.TraceLap(context.Background(), f, l, axis, signals)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// checkTrace tests what holds for the trace of any lap of channels: no peak of its rows is lost and none is made up,
// steps show only values that there are, and it covers the part of the axis where the lap was driven.
func checkTrace(t *testing.T, f *ibt.File, l *analysis.Lap, axis analysis.Axis, signals []analysis.Signal, tr *analysis.Trace) {
	t.Helper()
	began, ended := !math.IsNaN(l.CrossStart), !math.IsNaN(l.CrossEnd)
	x := axis.X()
	if len(tr.Elapsed) != len(x) || len(tr.Values) != len(signals) {
		t.Fatalf("%d values and %d signals, want %d and %d", len(tr.Elapsed), len(tr.Values), len(x), len(signals))
	}
	for i := 1; i < len(x); i++ {
		if !(x[i] > x[i-1]) {
			t.Fatalf("x falls from %g to %g", x[i-1], x[i])
		}
		if tr.Elapsed[i] < tr.Elapsed[i-1] {
			t.Errorf("lap %s: elapsed falls from %g to %g s", l.ID(), tr.Elapsed[i-1], tr.Elapsed[i])
		}
	}
	if x[0] != 0 || x[len(x)-1] != axis.Length {
		t.Errorf("the axis goes from %g to %g m of %g", x[0], x[len(x)-1], axis.Length)
	}
	if began == math.IsNaN(tr.Elapsed[0]) || ended == math.IsNaN(tr.Elapsed[len(x)-1]) {
		t.Errorf("lap %s (%s): elapsed %g to %g s", l.ID(), l.Kind, tr.Elapsed[0], tr.Elapsed[len(x)-1])
	}
	for k, s := range signals {
		column := columns(t, f, s.Name)[0]
		low, high := span(column[l.From:l.To])
		from, to := l.From, l.To // with the rows next to the line, between which the ends are interpolated
		if began {
			from--
		}
		if ended {
			to++
		}
		lowest, highest := span(column[from:to])
		gotLow, gotHigh := span(tr.Values[k])
		if gotLow > low || gotHigh < high || gotLow < lowest || gotHigh > highest {
			t.Errorf("lap %s: %s over %d points goes from %g to %g, its rows from %g to %g", l.ID(), s.Name, len(x), gotLow,
				gotHigh, low, high)
		}
		if !s.Step {
			continue
		}
		values := make(map[float64]bool)
		for _, v := range column[from:to] {
			values[v] = true
		}
		for i, v := range tr.Values[k] {
			if !math.IsNaN(v) && !values[v] {
				t.Errorf("lap %s: %s is %g at %g m, which it never was", l.ID(), s.Name, v, x[i])
				break
			}
		}
	}
}

// span is the least and the greatest of some values that is not NaN.
func span(values []float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if v < low {
			low = v
		}
		if v > high {
			high = v
		}
	}
	return low, high
}
