package world

import (
	"fmt"
	"testing"
	"time"
)

func BenchmarkNew(b *testing.B) {
	for _, n := range []int{10, 45, 250, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var w *World
			for b.Loop() {
				w = New(Options{Races: n, Now: time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)})
			}
			b.ReportMetric(float64(len(w.races)), "races")
			l := 0
			d := 0
			for _, r := range w.races {
				for i := range r.Entries {
					l += int(r.Entries[i].Laps)
				}
				if r.Start.After(w.dense) {
					d++
				}
			}
			b.ReportMetric(float64(l), "laps")
			b.ReportMetric(float64(d), "dense")
			b.ReportMetric(float64(len(w.Me.starts)), "own")
		})
	}
}
