package world

import (
	"fmt"
	"runtime"
	"testing"
	"time"
)

func TestZZ(t *testing.T) {
	now := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	var m0, m1 runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m0)
	t0 := time.Now()
	w := New(Options{Now: now})
	fmt.Println("took", time.Since(t0), len(w.races))
	runtime.GC()
	runtime.ReadMemStats(&m1)
	fmt.Println("heap MB", (m1.HeapAlloc-m0.HeapAlloc)>>20)
	entries, laps := 0, 0
	bySeries := map[string]int{}
	for _, r := range w.races {
		entries += len(r.Entries)
		for i := range r.Entries {
			laps += int(r.Entries[i].Laps)
		}
		if r.Season != nil && r.Event == 5 {
			bySeries[r.Season.Series.Name]++
		} else if r.Event == 5 {
			bySeries["hosted"]++
		} else {
			bySeries[fmt.Sprint("ev", r.Event)]++
		}
	}
	fmt.Println(entries, laps, bySeries)
	w.Read(now, func(v *View) {
		off := v.Starts(w.Me, Start.Official)
		fmt.Println("own", len(off), len(v.Starts(w.Me, nil)), len(v.Starts(w.Me, func(s Start) bool { return s.Official() && s.Race.Start.After(w.regular) })), len(v.Running()))
		for i, s := range off {
			if i%12 == 0 || i > len(off)-5 {
				e := s.Result()
				fmt.Println(s.Race.Start.Format("2006-01-02"), s.Race.Season.Series.Name, s.Race.Track.Name, "sof", s.Race.SoF, "grid", e.Grid, "place", e.Place, "of", len(s.Race.Entries), "laps", e.Laps, "inc", e.Incidents, "ir", s.Before().IRating, s.After().IRating, "sr", s.After().Chart(), e.Best, "chg", s.Race.LeadChanges, s.Race.Cautions, "split", s.Race.Split(), len(s.Race.Splits), e.Points)
			}
		}
		for c := 1; c < 7; c++ {
			if l := v.Licence(w.Me, c); l != nil {
				fmt.Println(c, *l, l.Level())
			}
		}
		hist := map[int]int{}
		var lo, hi int32 = 9999, 0
		for _, m := range v.Members() {
			l := v.Licence(m, SportsCar)
			if l != nil {
				hist[int(l.Group)]++
				lo = min(lo, l.IRating)
				hi = max(hi, l.IRating)
			}
		}
		fmt.Println(hist, lo, hi)
		s := off[len(off)-1]
		r := s.Race
		L := v.Laps(r, 0)
		for i := range r.Entries {
			e := &r.Entries[i]
			l := L[e]
			fmt.Println(e.Place, e.Name(), e.Car.Name, e.Number, e.Laps, len(l)-1, e.Interval, e.Best, e.Average, e.Incidents, e.Reason, "grid", e.Grid, "q", e.Qual, e.Before.IRating, e.After.IRating, e.Points)
		}
		for _, ev := range v.Events(r) {
			fmt.Println(ev)
		}
		inc, n := 0, 0
		out := map[Reason]int{}
		for _, r := range w.races {
			if r.Season != nil && r.Event == 5 {
				for i := range r.Entries {
					inc += int(r.Entries[i].Incidents)
					n++
					out[r.Entries[i].Reason]++
				}
			}
		}
		fmt.Println("inc/race", float64(inc)/float64(n), out)
		for _, r := range w.races[len(w.races)/2:] {
			if r.Cautions > 1 {
				fmt.Println(r.Track.Name, r.Laps, r.Cautions, r.CautionLaps, r.LeadChanges)
				for i := range r.Entries {
					e := &r.Entries[i]
					fmt.Print(e.Laps, ":", e.Interval, " ")
				}
				fmt.Println()
				break
			}
		}
	})
}
