package world

import (
	"testing"
	"time"
)

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		New(Options{Now: time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)})
	}
}
