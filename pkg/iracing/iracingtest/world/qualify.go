package world

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// byNumber are the entries in the order of their numbers.
func (r *Race) byNumber() []*Entry {
	list := make([]*Entry, len(r.Entries))
	for i := range r.Entries {
		list[r.Entries[i].Number-1] = &r.Entries[i]
	}
	return list
}

// ByNumber is the entry with a number; nil when there is none.
func (r *Race) ByNumber(n int) *Entry {
	for i := range r.Entries {
		if int(r.Entries[i].Number) == n {
			return &r.Entries[i]
		}
	}
	return nil
}

// absent tells an entry that does not take the start. It is the same whenever it is asked.
func (w *World) absent(r *Race, e *Entry) bool {
	return mix(w.seed^uint64(r.ID)<<8^uint64(e.Number))%1000 < 18
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// grid drives qualifying and lines the entries up: by class, then by their best lap; who has none starts behind, and who
// does not start at all has the last places.
func (r *Race) grid(w *World) {
	if len(r.Entries) == 0 {
		return
	}
	runs := w.qualifying(r)
	entries := r.byNumber()
	for i, e := range entries {
		e.Qual, e.QualLap, e.QualAt = -1, -1, 0
		for _, l := range runs[i] {
			if l.Time > 0 && (e.Qual < 0 || l.Time < e.Qual) {
				e.Qual, e.QualLap, e.QualAt = l.Time, int16(l.Number), int32(l.Clock)
			}
		}
	}
	slices.SortStableFunc(entries, func(a, b *Entry) int {
		return cmp.Or(cmp.Compare(truth(w.absent(r, a)), truth(w.absent(r, b))), cmp.Compare(b.Car.Class.Speed, a.Car.Class.Speed), cmp.Compare(unset(a.Qual), unset(b.Qual)), cmp.Compare(a.Number, b.Number))
	})
	inClass := map[*Class]int16{}
	for i, e := range entries {
		e.Grid, e.GridInClass = int16(i), inClass[e.Car.Class]
		inClass[e.Car.Class]++
	}
}

// unset puts -1 behind all times.
func unset(t int32) int32 {
	if t < 0 {
		return math.MaxInt32
	}
	return t
}

// qualifying drives the qualifying laps of all entries, by number: each alone on the track, one lap to warm up and two
// that count.
func (w *World) qualifying(r *Race) [][]Lap {
	rnd := w.rng(rngQualify, r.ID)
	oval := r.Track.IsOval()
	runs := make([][]Lap, len(r.Entries))
	for i, e := range r.byNumber() {
		m := e.driver(0)
		rating := m.rating(r.Category, r.Start)
		best := r.Track.Lap(e.Car.Class) * (1 - e.Car.balance) * conditions(r) * 0.993
		if rnd.IntN(25) == 0 || w.absent(r, e) {
			continue // did not go out
		}
		clock := int64((20 + 40*rnd.Float64()) * ticks)
		clock += int64(best * 1.25 * ticks)
		runs[i] = append(runs[i], Lap{Number: 0, Driver: m, Time: -1, Clock: clock})
		for n := 1; n <= 2; n++ {
			seconds := best*(1+paceOf(rating, oval)) + best*spreadOf(rating, oval)*m.steady*(0.35+math.Abs(rnd.NormFloat64()))
			l := Lap{Number: n, Driver: m}
			if n == 1 {
				l.Flags |= FlagFirst
			}
			clock += int64(seconds * ticks)
			l.Clock = clock
			l.Time = int32(seconds * ticks)
			if rnd.Float64() < 0.07*m.clean {
				l.Flags |= FlagOffTrack | FlagInvalid
				l.Time = -1
				l.points = 1
			}
			if clock > int64(r.QualifyLength()/time.Second)*ticks {
				break
			}
			runs[i] = append(runs[i], l)
		}
	}
	return runs
}

// practice drives the practice laps of all entries, by number. Not everybody takes part.
func (w *World) practice(r *Race) [][]Lap {
	rnd := w.rng(rngPractice, r.ID)
	oval := r.Track.IsOval()
	runs := make([][]Lap, len(r.Entries))
	end := int64(max(r.PracticeLength(), time.Minute)/time.Second) * ticks
	if r.Event == Practice {
		end = 20 * 60 * ticks
	}
	for i, e := range r.byNumber() {
		m := e.driver(0)
		rating := m.rating(r.Category, r.Start)
		best := r.Track.Lap(e.Car.Class) * (1 - e.Car.balance) * conditions(r) * 1.002
		clock := int64((5 + 30*rnd.Float64() + best*1.2) * ticks)
		if rnd.IntN(4) == 0 && r.Event != Practice {
			continue
		}
		for n := 0; clock < end; n++ {
			l := Lap{Number: n, Driver: m, Time: -1, Clock: clock}
			if n > 0 {
				seconds := best*(1+paceOf(rating, oval)) + best*spreadOf(rating, oval)*m.steady*(0.2+math.Abs(rnd.NormFloat64()))*1.4
				l.Time = int32(seconds * ticks)
				l.Clock = runs[i][n-1].Clock + int64(l.Time)
				if rnd.IntN(9) == 0 {
					l.Flags, l.points, l.Time = FlagOffTrack|FlagInvalid, 1, -1
				}
			}
			clock = l.Clock + int64(best*ticks)
			runs[i] = append(runs[i], l)
			if rnd.IntN(12) == 0 {
				break
			}
		}
	}
	return runs
}
