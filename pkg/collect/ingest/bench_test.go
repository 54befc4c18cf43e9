package ingest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/collect/ingest"
	"github.com/apexobs/iracing-grafana-observability/pkg/demo"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
)

// A race of benchLaps laps should be in the database within benchLimit.
const (
	benchLaps  = 30
	benchLimit = 2 * time.Second
)

// BenchmarkRace ingests a race of 30 laps, digest, laps and traces, and tells which share of the time that it may take
// it does take.
func BenchmarkRace(b *testing.B) {
	stints, err := demo.Stints(demo.Options{End: time.Date(2025, 3, 1, 14, 0, 0, 0, time.UTC), RaceLaps: benchLaps})
	if err != nil {
		b.Fatal(err)
	}
	race := stints[len(stints)-1]
	dir := b.TempDir()
	path := filepath.Join(dir, race.Name())
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	if err := demo.Drive(b.Context(), f, race); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	if err := os.Chtimes(path, race.Start, race.Start); err != nil { // a file that was left alone is mapped
		b.Fatal(err)
	}
	st, conn := database(b)
	rec := recording(b, openLibrary(b, dir), library.Latest)
	var rows int64
	var most time.Duration
	for b.Loop() {
		b.StopTimer()
		if _, err := conn.Exec(b.Context(), "delete from iracing.telemetry_files"); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		begin := time.Now()
		out, err := ingest.File(b.Context(), st, rec)
		if err != nil {
			b.Fatal(err)
		}
		most = max(most, time.Since(begin))
		rows = out.Rows["lap_trace"]
	}
	size := number(b, conn, "select sum(pg_column_size(points))::float8 from iracing.lap_trace")
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds()*float64(b.N), "traces/s")
	b.ReportMetric(size/1e6, "MB")
	b.ReportMetric(most.Seconds()/benchLimit.Seconds(), "of-limit")
	fmt.Printf("%d laps, %d traces: %v at most, %.0f %% of %v\n", len(rec.Table.Laps), rows, most.Round(time.Millisecond), 100*most.Seconds()/benchLimit.Seconds(), benchLimit)
}
