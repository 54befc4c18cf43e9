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

// minBuckets keep a trace from being nothing but its ends.
const minBuckets = 8

// NewAxis divides length metres so that a trace has at most points points, but at least 17.
func NewAxis(length float64, points int) Axis {
	// Two points a metre are enough: at 60 Hz a car passes more than one metre a row but in hairpins.
	finest := int(min(max(length, 0), maxTrackLen)) + 1
	return Axis{Length: length, Buckets: max(min((max(points, 1)-1)/2, finest), minBuckets)}
}

// X are the points of the axis in m: the start and the middle of each bucket, and the end.
func (a Axis) X() []float64 {
	x := make([]float64, 2*a.Buckets+1)
	for i := range x {
		x[i] = a.Length * (float64(i) / float64(2*a.Buckets)) // so that the last is Length to the bit
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

// TraceLap draws a lap over distance. Values between two rows are interpolated, and a lap that was driven from line to
// line covers the axis to both ends. Where the rows of a bucket reach below or above what its two ends show, points of it
// become the least or the greatest value or, in the order they came in, both, so that no peak is lost however few points
// there are. A channel that changes in steps shows only values that it had. Signals that are places, and any traced
// together with one, are interpolated throughout.
//
// Elapsed is by position, stretched so that a timed lap takes exactly its official time.
func TraceLap(ctx context.Context, f *ibt.File, l *Lap, axis Axis, signals []Signal) (*Trace, error) {
	began, ended := !math.IsNaN(l.CrossStart), !math.IsNaN(l.CrossEnd)
	rows, turn := ibt.Range{From: l.From, To: l.To}, 0.0
	if began {
		rows.From, turn = rows.From-1, -1 // the row before the line, so that the first metres are covered
	}
	if ended {
		rows.To++
	}
	t := newTracer(axis, signals)
	rd := newReader(f, signals, "SessionTime", "LapDistPct")
	prev, fresh := nan, !began
	for from := rows.From; from < rows.To; from += chunkRows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		chunk := ibt.Range{From: from, To: min(from+chunkRows, rows.To)}
		if err := rd.read(chunk); err != nil {
			return nil, err
		}
		for i := range chunk.Len() {
			time, pct := rd.batch.Cols[0].F64[i], rd.batch.Cols[1].F64[i]
			if !(math.Abs(time) < maxNumber && pct >= -0.5 && pct <= 1.5) {
				continue
			}
			switch {
			case pct-prev > 0.5:
				turn-- // rolled back over the line
			case pct-prev < -0.5:
				turn++
			}
			prev = pct
			switch row, d := from+i, (pct+turn)*axis.Length; {
			case row < l.From:
				t.row(rd, i, time, min(d, 0), false)
			case row >= l.To:
				t.row(rd, i, time, max(d, axis.Length), false)
			default:
				if turn > 0 && fresh {
					// The line without a new lap, as on the way from the grid: the lap is what comes behind it. Once is
					// enough; going round and round in one lap is nothing that can be drawn over it.
					t, turn, fresh = newTracer(axis, signals), 0, false
					d = pct * axis.Length
				}
				t.row(rd, i, time, min(max(d, 0), axis.Length), true)
			}
		}
	}
	return t.finish(l), nil
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
	time    float64 // there
	next    int     // first point of x that is not passed yet
}

type signalTrace struct {
	step    bool
	last    float64    // value at the furthest distance
	points  []float64  // values at the points of the axis, interpolated
	buckets []extremes // what the rows in each bucket had
}

func newTracer(axis Axis, signals []Signal) *tracer {
	x := axis.X()
	t := &tracer{
		axis: axis, x: x, signals: make([]signalTrace, len(signals)), elapsed: nans(len(x)),
		keepPeaks: !slices.ContainsFunc(signals, func(s Signal) bool { return s.Place }),
	}
	for k, s := range signals {
		t.signals[k] = signalTrace{step: s.Step, points: nans(len(x)), buckets: make([]extremes, axis.Buckets)}
	}
	return t
}

// row takes row i of the chunk in, which lies at d metres, and is in the lap or next to it.
func (t *tracer) row(rd *reader, i int, time, d float64, inLap bool) {
	if ahead := !t.started || d > t.at; ahead {
		t.reach(rd, i, time, d)
	}
	if !inLap || !t.keepPeaks {
		return
	}
	// A car that rolls back or spins shows its values where it had got to.
	bucket := min(int(t.at/t.axis.Length*float64(t.axis.Buckets)), t.axis.Buckets-1)
	if bucket < 0 {
		return // on an axis without length
	}
	for k := range t.signals {
		t.signals[k].buckets[bucket].add(rd.value(k, i))
	}
}

// reach goes on to row i at d metres, past the points of the axis up to there.
func (t *tracer) reach(rd *reader, i int, time, d float64) {
	if !t.started {
		t.started = true
		for t.next < len(t.x) && t.x[t.next] < d {
			t.next++
		}
		t.at, t.time = d, time // so that a point at d is passed now
	}
	for ; t.next < len(t.x) && t.x[t.next] <= d; t.next++ {
		part := 1.0
		if d > t.at {
			part = (t.x[t.next] - t.at) / (d - t.at)
		}
		t.elapsed[t.next] = t.time + (time-t.time)*part
		for k := range t.signals {
			s := &t.signals[k]
			switch v := rd.value(k, i); {
			case part == 1:
				s.points[t.next] = v
			case s.step:
				s.points[t.next] = s.last
			default:
				s.points[t.next] = s.last + (v-s.last)*part
			}
		}
	}
	t.at, t.time = d, time
	for k := range t.signals {
		t.signals[k].last = rd.value(k, i)
	}
}

func (t *tracer) finish(l *Lap) *Trace {
	out := &Trace{Elapsed: t.elapsed, FromLine: true}
	zero, scale := l.CrossStart, 1.0
	began, ended := !math.IsNaN(l.CrossStart), !math.IsNaN(l.CrossEnd)
	switch took := l.CrossEnd - l.CrossStart; {
	case began && ended && l.Timed() && took > 0 && math.Abs(l.Time-took) < clockSlack:
		scale = l.Time / took
	case ended && l.Timed():
		zero = l.CrossEnd - l.Time // the clock ran before the lap was seen to begin
	case !began:
		zero, out.FromLine = l.Start, false
	}
	for i := range t.elapsed {
		t.elapsed[i] = (t.elapsed[i] - zero) * scale
	}
	for k := range t.signals {
		s := &t.signals[k]
		for b := range s.buckets {
			s.buckets[b].show(s.points[2*b : 2*b+3])
		}
		out.Values = append(out.Values, s.points)
	}
	return out
}

// extremes are the least and the greatest of some values. The zero value has none.
type extremes struct {
	min, max float64
	minFirst bool // the least came before the greatest
	some     bool
}

func (e *extremes) add(v float64) {
	switch {
	case math.IsNaN(v):
	case !e.some:
		e.min, e.max, e.some = v, v, true
	case v < e.min:
		e.min, e.minFirst = v, false
	case v > e.max:
		e.max, e.minFirst = v, true
	}
}

// pair are the extremes in the order they came in, or NaN.
func (e *extremes) pair() (first, second float64) {
	switch {
	case !e.some:
		return nan, nan
	case e.minFirst:
		return e.min, e.max
	}
	return e.max, e.min
}

// show puts the extremes of a bucket among its points, its start, middle and end, unless the start and the end show as
// much. Both replace the start and the middle. A single one replaces the middle, or an end where the lap was not.
func (e *extremes) show(p []float64) {
	if !e.some {
		return
	}
	single := &p[1]
	lo, hi := min(p[0], p[2]), max(p[0], p[2])
	switch {
	case math.IsNaN(p[0]):
		single, lo, hi = &p[0], p[2], p[2]
	case math.IsNaN(p[2]):
		lo, hi = p[0], p[0]
		if !math.IsNaN(p[1]) {
			single = &p[2]
		}
	}
	// Written so that a NaN shows nothing.
	switch under, over := !(e.min >= lo), !(e.max <= hi); {
	case under && over:
		p[0], p[1] = e.pair()
	case under:
		*single = e.min
	case over:
		*single = e.max
	}
}

// Delta is how much later a is than ref at each point of their axis, in s. At the end of two timed laps it is the
// difference of their lap times. For a lap that did not begin at the line it counts from where both are first known.
func Delta(a, ref *Trace) []float64 {
	d := nans(min(len(a.Elapsed), len(ref.Elapsed)))
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
	Offset []float64 // s since the first record of the file, never falling
	Values [][]float64
}

// TraceTime draws ranges of rows, which must be in the order of the file, over time. With more rows than points every
// two points are the least and the greatest value of as many rows as need be, in the order they came in; places are
// thinned out instead. Between ranges that do not adjoin lies a row of NaN with the offset of the row before.
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
	tr := timeTracer{
		out:    &TimeTrace{Values: make([][]float64, len(signals))},
		reader: newReader(f, signals, "SessionTime"),
		table:  t,
		thin:   slices.ContainsFunc(signals, func(s Signal) bool { return s.Place }),
		groups: make([]extremes, len(signals)),
	}
	for n, r := range rows {
		if n > 0 {
			tr.separate()
		}
		for from := r.From; from < r.To; from += chunkRows {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			chunk := ibt.Range{From: from, To: min(from+chunkRows, r.To)}
			if err := tr.reader.read(chunk); err != nil {
				return nil, err
			}
			for i := range chunk.Len() {
				into := (from + i - r.From) % per // row of its group
				tr.row(chunk, i, into, min(per, r.To-(from+i-into)))
			}
		}
	}
	return tr.out, nil
}

// timeTracer builds a trace over time as the rows go by.
type timeTracer struct {
	out    *TimeTrace
	reader *reader
	table  *Table
	thin   bool
	groups []extremes // of each signal, over the group of rows that become two points
}

// separate adds a row of NaN.
func (t *timeTracer) separate() {
	t.out.Offset = append(t.out.Offset, t.out.Offset[len(t.out.Offset)-1])
	for k := range t.out.Values {
		t.out.Values[k] = append(t.out.Values[k], nan)
	}
}

// row takes row i of a chunk in. It is row into of a group of size rows.
func (t *timeTracer) row(chunk ibt.Range, i, into, size int) {
	// The two points of a group stand at its first row and its middle.
	point := into == 0 || into == size/2
	if point {
		offset := t.table.OffsetAt(chunk.From+i, t.reader.batch.Cols[0].F64[i])
		t.out.Offset = append(t.out.Offset, offset)
	}
	for k := range t.out.Values {
		out, v := &t.out.Values[k], t.reader.value(k, i)
		if size == 1 || t.thin {
			if point {
				*out = append(*out, v)
			}
			continue
		}
		if into == 0 {
			t.groups[k] = extremes{}
		}
		t.groups[k].add(v)
		if into == size-1 {
			first, second := t.groups[k].pair()
			*out = append(*out, first, second)
		}
	}
}

// OffsetAt is when a row was recorded, in s since the first record of the file, from its SessionTime. It is NaN for a
// row that has no time.
func (t *Table) OffsetAt(row int, sessionTime float64) float64 {
	k, _ := slices.BinarySearchFunc(t.Sessions, row, func(st Stretch, row int) int { return st.To - 1 - row })
	if k == len(t.Sessions) || row < t.Sessions[k].From {
		return nan
	}
	st := &t.Sessions[k]
	return st.Offset + sessionTime - st.Start
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

func nans(n int) []float64 { return slices.Repeat([]float64{nan}, n) }
