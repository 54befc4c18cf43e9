package world

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// trialLaps is how many laps in a row a time trial's result is the average of.
const trialLaps = 5

// holdTrial holds a time trial: everybody drives alone, and the best average of some laps counts.
func (w *World) holdTrial(st *start, r *rand.Rand) {
	race := w.newRace(st)
	field := w.field(st, 3+r.IntN(8), r)
	if len(field) < 3 {
		return
	}
	series := st.season.Series
	for i, m := range field {
		race.Entries = append(race.Entries, Entry{
			Member: m, Car: w.carOf(m, series), Number: int16(i + 1), Before: m.licence[race.Category], Division: m.band[race.Category],
			Grid: -1, GridInClass: -1, Qual: -1, QualLap: -1,
		})
	}
	w.add(race)
	race.Splits = []*Race{race}
	longest := w.timed(race, w.trial(race), trialLaps)
	race.sortTimed()
	race.End = race.Start.Add(clockTime(longest) + time.Minute).Truncate(time.Second)
	race.measure()
	race.SoF = -1
	for _, field := range race.Fields {
		var rows []*Entry
		var ratings []float64
		var started []bool
		for i := range race.Entries {
			if e := &race.Entries[i]; e.Car.Class == field.Class {
				rows, ratings, started = append(rows, e), append(ratings, float64(e.Before.TTRating)), append(started, true)
			}
		}
		changes := RatingChanges(ratings, started)
		for i, e := range rows {
			l := e.Before.drive(float64(int(e.Laps)*race.Track.Corners)*0.35, float64(e.Incidents)*0.35)
			if e.BestRun > 0 {
				l.TTRating = max(1, l.TTRating+int32(math.Round(changes[i]*0.6)))
			}
			l.Trials++
			e.After = l
			e.Member.move(race, l)
		}
	}
	w.note(race)
}

// holdPractice holds a practice session: nothing counts.
func (w *World) holdPractice(st *start, r *rand.Rand) {
	race := w.newRace(st)
	field := w.field(st, 2+r.IntN(6), r)
	if len(field) == 0 {
		return
	}
	for i, m := range field {
		l := m.licence[race.Category]
		race.Entries = append(race.Entries, Entry{
			Member: m, Car: w.carOf(m, st.season.Series), Number: int16(i + 1), Before: l, After: l, Division: m.band[race.Category],
			Grid: -1, GridInClass: -1, Qual: -1, QualLap: -1,
		})
	}
	w.add(race)
	race.Splits = []*Race{race}
	longest := w.timed(race, w.practice(race), 0)
	race.sortTimed()
	race.End = race.Start.Add(clockTime(longest) + time.Minute).Truncate(time.Second)
	race.measure()
	race.SoF = -1
	w.note(race)
}

// trial drives the laps of a time trial, by number.
func (w *World) trial(r *Race) [][]Lap {
	rnd := w.rng(rngTrial, r.ID)
	oval := r.Track.IsOval()
	runs := make([][]Lap, len(r.Entries))
	for i, e := range r.byNumber() {
		m := e.Member
		rating := m.rating(r.Category, r.Start)
		best := r.Track.Lap(e.Car.Class) * (1 - e.Car.balance) * conditions(r) * 0.998
		clock := int64((10 + 30*rnd.Float64() + best*1.2) * ticks)
		runs[i] = append(runs[i], Lap{Number: 0, Driver: m, Time: -1, Clock: clock})
		for n := 1; n <= 7+rnd.IntN(7); n++ {
			seconds := best*(1+paceOf(rating, oval)) + best*spreadOf(rating, oval)*m.steady*math.Abs(rnd.NormFloat64())
			l := Lap{Number: n, Driver: m, Time: int32(seconds * ticks)}
			clock += int64(l.Time)
			l.Clock = clock
			if rnd.Float64() < 0.05*m.clean {
				l.Flags, l.points = FlagOffTrack|FlagInvalid, 1
			}
			runs[i] = append(runs[i], l)
		}
	}
	return runs
}

// timed writes what laps come to into the entries: the best lap and the best average of some in a row. It answers the
// last crossing of all.
func (w *World) timed(r *Race, runs [][]Lap, inRow int) (longest int64) {
	for i, e := range r.byNumber() {
		e.Best, e.BestLap, e.BestRun, e.BestRunLap, e.Average, e.Interval, e.ClassInterval = -1, -1, -1, -1, 0, -1, -1
		row, sum := 0, int64(0)
		for j, l := range runs[i] {
			longest = max(longest, l.Clock)
			if j == 0 {
				continue
			}
			e.Incidents += int16(l.points)
			if l.Time > 0 && l.Flags&FlagInvalid == 0 && (e.Best < 0 || l.Time < e.Best) {
				e.Best, e.BestLap = l.Time, int16(l.Number)
			}
			if l.Time <= 0 || l.Flags&FlagInvalid != 0 {
				row, sum = 0, 0
				continue
			}
			row++
			sum += int64(l.Time)
			if inRow == 0 || row < inRow {
				continue
			}
			if row > inRow {
				sum -= int64(runs[i][j-inRow].Time)
			}
			if average := int32(math.Round(float64(sum) / float64(inRow))); e.BestRun < 0 || average < e.BestRun {
				e.BestRun, e.BestRunLap = average, int16(l.Number-inRow+1)
			}
		}
		if n := len(runs[i]); n > 1 {
			e.Laps = int16(n - 1)
			e.Average = int32(math.Round(float64(runs[i][n-1].Clock-runs[i][0].Clock) / float64(n-1)))
		}
		if e.Best > 0 && (r.Best < 0 || e.Best < r.Best) {
			r.Best = e.Best
		}
	}
	return longest
}

// sortTimed orders the entries of a session that times decide.
func (r *Race) sortTimed() {
	slices.SortStableFunc(r.Entries, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(unset(a.BestRun), unset(b.BestRun)), cmp.Compare(unset(a.Best), unset(b.Best)), cmp.Compare(a.Number, b.Number))
	})
	inClass := map[*Class]int16{}
	first := map[*Class]int32{}
	for i := range r.Entries {
		e := &r.Entries[i]
		class := e.Car.Class
		e.Place, e.PlaceInClass = int16(i), inClass[class]
		inClass[class]++
		if e.Best < 0 || r.Entries[0].Best < 0 {
			continue
		}
		if _, ok := first[class]; !ok {
			first[class] = e.Best
		}
		e.Interval, e.ClassInterval = max(0, e.Best-r.Entries[0].Best), max(0, e.Best-first[class])
	}
}
