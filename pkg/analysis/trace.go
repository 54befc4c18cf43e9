package analysis

import (
	"context"
	"math"
	"slices"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// Axis is a distance axis that several laps can share. It has two points for each of its buckets, and the end.
type Axis struct {
	Length  float64 // m
	Buckets int
}

// NewAxis divides length metres so that a trace has at most points points, but at least 16.
func NewAxis(length float64, points int) Axis {
	finest := int(length) + 1 // two points a metre: at 60 Hz a car passes more than one metre a row but in hairpins
	return Axis{Length: length, Buckets: min(max((points-1)/2, 8), max(finest, 8))}
}

// X are the points of the axis in m: the start and the middle of each bucket, and the end.
func (a Axis) X() []float64 {
	x := make([]float64, 2*a.Buckets+1)
	for i := range x {
		x[i] = a.Length * float64(i) / float64(2*a.Buckets)
	}
	return x
}

// Trace is one lap over an [Axis]. Its slices are as long as the axis has points; NaN stands where the lap has no rows.
type Trace struct {
	Elapsed []float64 // s since the line, or since the first row of a lap that did not begin there
	Values  [][]float64
	// FromLine tells that Elapsed counts from the line.
	FromLine bool
}

// TraceLap draws a lap over distance. Where a bucket holds several rows, its two points are the least and the greatest
// value in the order they came in, so that no peak is lost however few points there are. Where it holds fewer, values
// between two rows are interpolated, and a lap that was driven from line to line covers the axis to both ends. Signals
// that are places, and any traced together with one, are interpolated throughout.
//
// Elapsed is by position, stretched so that a timed lap takes exactly its official time.
func TraceLap(ctx context.Context, f *ibt.File, l *Lap, axis Axis, signals []Signal) (*Trace, error) {
	points := 2*axis.Buckets + 1
	tr := &tracer{
		axis: axis, x: axis.X(), keepPeaks: !slices.ContainsFunc(signals, func(s Signal) bool { return s.Place }),
		signals: make([]signalTrace, len(signals)), elapsed: nans(points), last: make([]float64, len(signals)),
	}
	for k := range tr.signals {
		tr.signals[k] = signalTrace{
			step: signals[k].Step, points: nans(points), extremes: make([]extremes, axis.Buckets),
		}
	}
	rows := ibt.Range{From: l.From, To: l.To}
	began, ended := !math.IsNaN(l.CrossStart), !math.IsNaN(l.CrossEnd)
	if began {
		rows.From-- // the row before the line, so that the first metres are covered
	}
	if ended {
		rows.To++
	}
	rd := newReader(f, signals, "SessionTime", "LapDistPct")
	for from := rows.From; from < rows.To; from += chunkRows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		chunk := ibt.Range{From: from, To: min(from+chunkRows, rows.To)}
		if err := rd.read(chunk); err != nil {
			return nil, err
		}
		for i := range chunk.Len() {
			pct := min(max(rd.batch.Cols[1].F64[i], 0), 1)
			switch row := from + i; {
			case row < l.From:
				pct--
			case row >= l.To:
				pct++
			}
			tr.row(rd, i, rd.batch.Cols[0].F64[i], pct*axis.Length)
		}
	}
	return tr.finish(l), nil
}

// tracer builds a trace as the rows go by.
type tracer struct {
	axis      Axis
	x         []float64
	keepPeaks bool
	signals   []signalTrace
	elapsed   []float64 // SessionTime until finish

	started bool
	at      float64 // furthest distance so far
	time    float64
	last    []float64 // values there
	next    int       // first point of x that is not passed yet
}

type signalTrace struct {
	step     bool
	points   []float64 // values at the points of the axis, interpolated
	extremes []extremes
}

// extremes are the least and the greatest value in a bucket.
type extremes struct {
	rows     int
	min, max float64
	minFirst bool
}

func (e *extremes) add(v float64) {
	switch {
	case math.IsNaN(v):
		return
	case e.rows == 0:
		e.min, e.max = v, v
	case v < e.min:
		e.min, e.minFirst = v, false
	case v > e.max:
		e.max, e.minFirst = v, true
	}
	e.rows++
}

func (t *tracer) row(rd *reader, i int, time, d float64) {
	if math.IsNaN(d) || math.IsNaN(time) {
		return
	}
	ahead := !t.started || d > t.at
	if t.started && ahead {
		for ; t.next < len(t.x) && t.x[t.next] <= d; t.next++ {
			x := t.x[t.next]
			part := (x - t.at) / (d - t.at)
			t.elapsed[t.next] = t.time + (time-t.time)*part
			for k := range t.signals {
				s := &t.signals[k]
				s.points[t.next] = t.last[k]
				if v := rd.value(k, i); part == 1 {
					s.points[t.next] = v
				} else if !s.step {
					s.points[t.next] += (v - t.last[k]) * part
				}
			}
		}
	}
	bucket := -1
	// A car that rolls back or spins shows its values where it had got to.
	if reached := max(d, t.at); t.keepPeaks && d >= 0 && reached < t.axis.Length {
		bucket = int(reached / t.axis.Length * float64(t.axis.Buckets))
	}
	for k := range t.signals {
		v := rd.value(k, i)
		if bucket >= 0 && bucket < t.axis.Buckets {
			t.signals[k].extremes[bucket].add(v)
		}
		if ahead {
			t.last[k] = v
		}
	}
	if !t.started {
		t.started = true
		for t.next < len(t.x) && t.x[t.next] < d {
			t.next++
		}
	}
	if ahead {
		t.at, t.time = d, time
	}
}

func (t *tracer) finish(l *Lap) *Trace {
	out := &Trace{Elapsed: t.elapsed, FromLine: true}
	zero, scale := l.CrossStart, 1.0
	switch began, ended := !math.IsNaN(l.CrossStart), !math.IsNaN(l.CrossEnd); {
	case began && ended && l.Timed():
		scale = l.Time / (l.CrossEnd - l.CrossStart)
	case began:
	case ended && l.Timed():
		zero = l.CrossEnd - l.Time
	default:
		zero, out.FromLine = l.Start, false
	}
	for i := range t.elapsed {
		t.elapsed[i] = (t.elapsed[i] - zero) * scale
	}
	for k := range t.signals {
		s := &t.signals[k]
		for b := range s.extremes {
			switch e := &s.extremes[b]; {
			case e.rows == 1:
				s.points[2*b+1] = e.max
			case e.rows > 1 && e.minFirst:
				s.points[2*b], s.points[2*b+1] = e.min, e.max
			case e.rows > 1:
				s.points[2*b], s.points[2*b+1] = e.max, e.min
			}
		}
		out.Values = append(out.Values, s.points)
	}
	return out
}

// Delta is how much later a is than ref at each point of their axis, in s. At the end of two timed laps it is the
// difference of their lap times. For a lap that did not begin at the line it counts from where both are first known.
func Delta(a, ref *Trace) []float64 {
	d := nans(len(a.Elapsed))
	for i := range d {
		d[i] = a.Elapsed[i] - ref.Elapsed[i]
	}
	if a.FromLine && ref.FromLine {
		return d
	}
	first := slices.IndexFunc(d, func(x float64) bool { return !math.IsNaN(x) })
	if first >= 0 {
		for zero, i := d[first], first; i < len(d); i++ {
			d[i] -= zero
		}
	}
	return d
}

// TimeTrace is signals over time.
type TimeTrace struct {
	Offset []float64 // s since the first record of the file; NaN in a row that separates two stretches
	Values [][]float64
}

// TraceTime draws the rows of laps, which must be in the order of the file, over time. With more rows than points every
// two points are the least and the greatest value of as many rows as need be, in the order they came in; places are
// thinned out instead. Between laps that do not adjoin lies a row of NaN, and Offset there is that of the row before.
func TraceTime(ctx context.Context, f *ibt.File, t *Table, rows []ibt.Range, signals []Signal, points int) (*TimeTrace, error) {
	rows = join(rows)
	total := 0
	for _, r := range rows {
		total += r.Len()
	}
	points = max(points, 16)
	per := 1 // rows that become two points
	if total > points {
		per = (2*total + points - 1) / points
	}
	out := &TimeTrace{Values: make([][]float64, len(signals))}
	thin := slices.ContainsFunc(signals, func(s Signal) bool { return s.Place })
	rd := newReader(f, signals, "SessionTime")
	group := make([]extremes, len(signals))
	for n, r := range rows {
		if n > 0 && len(out.Offset) > 0 {
			out.Offset = append(out.Offset, out.Offset[len(out.Offset)-1])
			for k := range out.Values {
				out.Values[k] = append(out.Values[k], nan)
			}
		}
		step := max(chunkRows/per, 1) * per
		for from := r.From; from < r.To; from += step {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			chunk := ibt.Range{From: from, To: min(from+step, r.To)}
			if err := rd.read(chunk); err != nil {
				return nil, err
			}
			for i := 0; i < chunk.Len(); i += per {
				end := min(i+per, chunk.Len())
				out.group(rd, t, from, i, end, thin, group)
			}
		}
	}
	return out, nil
}

// group adds rows i to end of the chunk that begins at row from.
func (out *TimeTrace) group(rd *reader, t *Table, from, i, end int, thin bool, group []extremes) {
	offset := func(i int) float64 { return t.OffsetAt(from+i, rd.batch.Cols[0].F64[i]) }
	if end-i == 1 {
		out.Offset = append(out.Offset, offset(i))
		for k := range out.Values {
			out.Values[k] = append(out.Values[k], rd.value(k, i))
		}
		return
	}
	middle := (i + end) / 2
	out.Offset = append(out.Offset, offset(i), offset(middle))
	for k := range out.Values {
		if thin {
			out.Values[k] = append(out.Values[k], rd.value(k, i), rd.value(k, middle))
			continue
		}
		e := &group[k]
		*e = extremes{min: nan, max: nan}
		for j := i; j < end; j++ {
			e.add(rd.value(k, j))
		}
		if e.minFirst {
			out.Values[k] = append(out.Values[k], e.min, e.max)
		} else {
			out.Values[k] = append(out.Values[k], e.max, e.min)
		}
	}
}

// OffsetAt is when a row was recorded, in s since the first record of the file, from its SessionTime.
func (t *Table) OffsetAt(row int, sessionTime float64) float64 {
	for k := range t.Sessions {
		if st := &t.Sessions[k]; row >= st.From && row < st.To {
			return st.Offset + sessionTime - st.Start
		}
	}
	return nan
}

// join merges ranges that adjoin.
func join(rows []ibt.Range) []ibt.Range {
	var out []ibt.Range
	for _, r := range rows {
		switch n := len(out); {
		case r.Len() == 0:
		case n > 0 && out[n-1].To == r.From:
			out[n-1].To = r.To
		default:
			out = append(out, r)
		}
	}
	return out
}

func nans(n int) []float64 {
	s := make([]float64, n)
	for i := range s {
		s[i] = nan
	}
	return s
}
