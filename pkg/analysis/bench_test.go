package analysis_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// The file of the benchmarks is an hour of a current car.
const (
	benchRows   = 233_644
	benchRecord = 1070
)

// benchVars have the channels that the lap table reads where a real file of 274 channels has them.
func benchVars() []ibt.Var {
	types := make(map[string]ibt.Type)
	for _, v := range vars {
		types[v.Name] = v.Type
	}
	var out []ibt.Var
	at := 0
	add := func(name string, t ibt.Type) {
		out = append(out, ibt.Var{Name: name, Type: t})
		at += t.Size()
	}
	fill := func(to int) {
		for to-at >= 4 {
			add(fmt.Sprintf("Channel%d", len(out)), ibt.TypeFloat)
		}
		for at < to {
			add(fmt.Sprintf("Switch%d", len(out)), ibt.TypeBool)
		}
	}
	for _, v := range []struct {
		name string
		at   int
	}{
		{"SessionTime", 0},
		{"SessionNum", 12},
		{"PlayerTrackSurface", 127},
		{"PlayerCarMyIncidentCount", 143},
		{"PlayerCarTowTime", 163},
		{"PlayerCarInPitStall", 167},
		{"OnPitRoad", 184},
		{"Lap", 209},
		{"LapDist", 217},
		{"LapDistPct", 221},
		{"LapLastLapTime", 241},
		{"LapCurrentLapTime", 245},
		{"Speed", 310},
		{"Lat", 334},
		{"Lon", 342},
		{"TrackTemp", 354},
		{"TrackTempCrew", 358},
		{"AirTemp", 362},
		{"TrackWetness", 366},
		{"Gear", 370},
		{"Throttle", 374},
		{"FuelLevel", 802},
	} {
		fill(v.at)
		add(v.name, types[v.name])
	}
	fill(benchRecord)
	return out
}

// fileWriter is a buffered file that can seek back when everything is written.
type fileWriter struct {
	*bufio.Writer
	file *os.File
}

func (w fileWriter) Seek(offset int64, whence int) (int64, error) {
	if err := w.Flush(); err != nil {
		return 0, err
	}
	return w.file.Seek(offset, whence)
}

// benchFile drives laps of 90 s for an hour and opens the file that makes.
func benchFile(b *testing.B) *ibt.File {
	b.Helper()
	path := filepath.Join(b.TempDir(), "hour.ibt")
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	c := newCar(b, vars)
	w := fileWriter{bufio.NewWriterSize(file, 1<<20), file}
	if c.w, err = ibt.NewWriter(w, ibt.WriterOptions{Vars: benchVars(), Session: []byte(sessionText)}); err != nil {
		b.Fatal(err)
	}
	for c.rows < benchRows {
		c.step(1.0 / 90)
	}
	if err := c.w.Close(); err != nil {
		b.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := file.Close(); err != nil {
		b.Fatal(err)
	}
	// A file that has been left alone is mapped.
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, old, old); err != nil {
		b.Fatal(err)
	}
	f, err := ibt.OpenFile(path)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := f.Close(); err != nil {
			b.Error(err)
		}
	})
	return f
}

// report adds the throughput over the whole file and the time per pass.
func report(b *testing.B, passes int) {
	ms := float64(b.Elapsed().Microseconds()) / 1000 / float64(passes)
	b.ReportMetric(ms, "ms/file")
	b.ReportMetric(benchRows*benchRecord/1e3/ms, "MB/s")
}

// BenchmarkLaps reads the lap table of an hour's file.
func BenchmarkLaps(b *testing.B) {
	f := benchFile(b)
	b.ReportAllocs()
	b.ResetTimer()
	passes := 0
	for b.Loop() {
		table, err := analysis.Laps(context.Background(), f)
		if err != nil || len(table.Laps) != 44 {
			b.Fatal(err, len(table.Laps))
		}
		passes++
	}
	report(b, passes)
}

// BenchmarkColumns reads the channels of the lap table and does nothing with them.
func BenchmarkColumns(b *testing.B) {
	f := benchFile(b)
	picks := ibt.Floats(
		"SessionTime", "Lap", "LapDistPct", "SessionNum", "LapCurrentLapTime", "LapLastLapTime", "OnPitRoad",
		"PlayerTrackSurface", "PlayerCarInPitStall", "Speed", "FuelLevel", "PlayerCarMyIncidentCount", "AirTemp",
		"TrackTempCrew", "TrackWetness", "LapDist", "PlayerCarTowTime", "Lat",
	)
	b.ReportAllocs()
	b.ResetTimer()
	passes := 0
	for b.Loop() {
		var batch ibt.Batch
		const chunk = 2048
		for from := 0; from < f.Len(); from += chunk {
			if err := f.Read(&batch, ibt.Range{From: from, To: min(from+chunk, f.Len())}, picks...); err != nil {
				b.Fatal(err)
			}
		}
		passes++
	}
	report(b, passes)
}
