package ibttest

import (
	"context"
	"math"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// A file for tests must be read as what it was made from.
func TestDriveYieldsItsLaps(t *testing.T) {
	f, err := ibt.Open(ibt.Bytes(Drive{Laps: []float64{25.5, 24.25, 26}, OffTrack: 3}.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	table, err := analysis.Laps(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		time  float64
		kind  analysis.Kind
		valid bool
	}{{math.NaN(), analysis.Out, false}, {25.5, analysis.Flying, true}, {24.25, analysis.Flying, true}, {26, analysis.Flying, false}, {math.NaN(), analysis.Partial, false}}
	if len(table.Laps) != len(want) {
		t.Fatalf("%d laps, want %d", len(table.Laps), len(want))
	}
	for i, w := range want {
		l := table.Laps[i]
		if l.Kind != w.kind || l.Valid() != w.valid || !(math.Abs(l.Time-w.time) < 1e-4 || math.IsNaN(l.Time) && math.IsNaN(w.time)) {
			t.Errorf("lap %d: %s %.4f s, valid %v (%s); want %s %.4f s, %v", l.Number, l.Kind, l.Time, l.Valid(), l.Notes(), w.kind, w.time, w.valid)
		}
	}
}
