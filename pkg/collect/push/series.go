package push

import (
	"cmp"
	"math"
	"slices"
)

// Label is one label of a series.
type Label struct{ Name, Value string }

// Sample is one value. Time is in milliseconds since 1970.
type Sample struct {
	Time  int64
	Value float64
}

// staleBits are the NaN by which Prometheus knows that a series has ended (its documentation calls it a staleness
// marker). Without it a value would stand for five minutes more.
const staleBits = 0x7ff0000000000002

func stale(at int64) Sample { return Sample{at, math.Float64frombits(staleBits)} }

// Stale tells whether the sample is no value but the end of the series until its next sample.
func (s Sample) Stale() bool { return math.Float64bits(s.Value) == staleBits }

// Series is samples of one name and set of labels, in the order of time.
type Series struct {
	Labels  []Label // sorted by name, which puts the metric's own, __name__, first
	Samples []Sample
}

// Name is the name of the metric.
func (s *Series) Name() string { return s.Labels[0].Value }

const nameLabel = "__name__"

// newSeries is a series without samples. Labels without a value are left out, as Prometheus takes them for absent.
func newSeries(name string, labels ...Label) Series {
	all := append([]Label{{nameLabel, name}}, labels...)
	all = slices.DeleteFunc(all, func(l Label) bool { return l.Value == "" })
	slices.SortFunc(all, func(a, b Label) int { return cmp.Compare(a.Name, b.Name) })
	return Series{Labels: all}
}

// count is how many samples a batch has.
func count(batch []Series) int {
	n := 0
	for i := range batch {
		n += len(batch[i].Samples)
	}
	return n
}

// span is the least and the greatest time of a batch that has samples.
func span(batch []Series) (first, last int64) {
	first, last = math.MaxInt64, math.MinInt64
	for i := range batch {
		if s := batch[i].Samples; len(s) > 0 {
			first, last = min(first, s[0].Time), max(last, s[len(s)-1].Time)
		}
	}
	return first, last
}

// cut divides a batch at a time: the samples before it, and the others. They share the batch's memory.
func cut(batch []Series, at int64) (before, after []Series) {
	for i := range batch {
		s := &batch[i]
		k, _ := slices.BinarySearchFunc(s.Samples, at, func(x Sample, at int64) int { return cmp.Compare(x.Time, at) })
		if k > 0 {
			before = append(before, Series{s.Labels, s.Samples[:k]})
		}
		if k < len(s.Samples) {
			after = append(after, Series{s.Labels, s.Samples[k:]})
		}
	}
	return before, after
}

// halve divides a batch in the middle of its time, or where it has a single time in the middle of its series. It answers
// false for what cannot be divided.
func halve(batch []Series) (before, after []Series, ok bool) {
	first, last := span(batch)
	switch {
	case first < last:
		before, after = cut(batch, first+(last-first+1)/2)
		return before, after, true
	case len(batch) > 1:
		return batch[:len(batch)/2], batch[len(batch)/2:], true
	}
	return nil, nil, false
}
