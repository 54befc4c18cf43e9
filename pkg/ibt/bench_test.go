package ibt_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
)

// The big file is an hour of a current car: 250 MB.
const (
	bigRecords = 233_644
	bigRecLen  = 1070
	lapRecords = 5_400 // 90 s
)

// bigVars have the mix of types and, for the channels that are measured, the places of a real file of 274 variables.
func bigVars() []ibt.Var {
	var vars []ibt.Var
	at := 0
	add := func(name string, t ibt.Type, count int) {
		vars = append(vars, ibt.Var{Name: name, Type: t, Count: count, Unit: "m/s", Desc: "Some thirty letters of words"})
		at += t.Size() * count
	}
	fill := func(to int) {
		for at < to {
			n := len(vars)
			switch {
			case to-at >= 4:
				add(fmt.Sprintf("Channel%d", n), ibt.TypeFloat, 1)
			default:
				add(fmt.Sprintf("Switch%d", n), ibt.TypeBool, 1)
			}
		}
	}
	add("SessionTime", ibt.TypeDouble, 1)
	add("SessionTick", ibt.TypeInt, 1)
	add("SessionNum", ibt.TypeInt, 1)
	for range 18 {
		add(fmt.Sprintf("Flag%d", len(vars)), ibt.TypeBool, 1)
	}
	for _, v := range []struct {
		name string
		at   int
	}{
		{"SteeringWheelAngle", 185},
		{"Throttle", 189},
		{"Brake", 193},
		{"RPM", 205},
		{"Lap", 209},
		{"LapDistPct", 221},
		{"Speed", 310},
		{"LatAccel", 693},
		{"LongAccel", 697},
	} {
		fill(v.at)
		t := ibt.TypeFloat
		if v.name == "Lap" {
			t = ibt.TypeInt
		}
		add(v.name, t, 1)
	}
	add("SteeringWheelTorque_ST", ibt.TypeFloat, 6)
	for range 4 {
		add(fmt.Sprintf("Place%d", len(vars)), ibt.TypeDouble, 1)
	}
	fill(bigRecLen)
	return vars
}

// bigFile writes the big file, a lap over and over, through the page cache.
func bigFile(b *testing.B) string {
	b.Helper()
	m := &ibttest.Memory{}
	vars := bigVars()
	w, err := ibt.NewWriter(m, ibt.WriterOptions{Vars: vars, Session: benchSession()})
	if err != nil {
		b.Fatal(err)
	}
	head := len(m.Data)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range lapRecords {
		w.Set(0, float64(i)/60)
		for c := 3; c < len(vars); c++ {
			w.Set(c, rng.Float64()*100)
		}
		if err := w.WriteRecord(); err != nil {
			b.Fatal(err)
		}
	}
	lap := m.Data[head:]
	if len(lap) != lapRecords*bigRecLen || len(vars) < 260 || len(vars) > 290 {
		b.Fatalf("%d variables, %d bytes a record", len(vars), len(lap)/lapRecords)
	}

	path := filepath.Join(b.TempDir(), "big.ibt")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if _, err := f.Write(m.Data[:head]); err != nil {
		b.Fatal(err)
	}
	for left := bigRecords * bigRecLen; left > 0; {
		n, err := f.Write(lap[:min(left, len(lap))])
		if err != nil {
			b.Fatal(err)
		}
		left -= n
	}
	settle(b, path)
	return path
}

// benchSession is session text of the usual 12 kB.
func benchSession() []byte {
	text := []byte("---\nWeekendInfo:\n TrackName: bristol\n TrackLength: 0.80 km\n\nDriverInfo:\n DriverCarIdx: 3\n Drivers:\n")
	for i := range 20 {
		text = fmt.Appendf(text, " - CarIdx: %d\n   UserName: Driver Number %d\n", i, i)
		for k := range 20 {
			text = fmt.Appendf(text, "   SomeProperty%d: value %d\n", k, k*i)
		}
	}
	return append(text, "\n...\n"...)
}

// BenchmarkDecode measures what the decoder is asked for against what the machine can do at best, in rounds that take
// turns so that a change of the machine's pace hits all alike, and reports medians.
func BenchmarkDecode(b *testing.B) {
	path := bigFile(b)
	eight := ibt.Floats("Speed", "Throttle", "Brake", "RPM", "SteeringWheelAngle", "LapDistPct", "LatAccel", "LongAccel")
	f, err := ibt.OpenFile(path)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	content, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	dst := make([]byte, len(content))
	buf := make([]byte, 128<<10)
	var lap, whole ibt.Batch
	read := func(batch *ibt.Batch, file *ibt.File, rows ibt.Range) error { return file.Read(batch, rows, eight...) }
	all := ibt.Range{From: 0, To: f.Len()}
	round := 0
	lapOf := func(round int) ibt.Range {
		from := round * 77_919 % (bigRecords - lapRecords)
		return ibt.Range{From: from, To: from + lapRecords}
	}
	steps := []struct {
		name string
		run  func() error
	}{
		{"memcpy", func() error { copy(dst, content); return nil }},
		{"whole", func() error { return read(&whole, f, all) }},
		{"read", func() error { return readPlain(path, buf) }},
		{"fresh", func() error {
			g, err := ibt.OpenFile(path)
			if err != nil {
				return err
			}
			defer func() { _ = g.Close() }()
			return read(&whole, g, all)
		}},
		{"lap", func() error { return read(&lap, f, lapOf(round)) }},   // from memory
		{"again", func() error { return read(&lap, f, lapOf(round)) }}, // from the processor's cache
		{"open", func() error {
			g, err := ibt.OpenFile(path)
			if err != nil {
				return err
			}
			defer func() { _ = g.Close() }()
			s, err := g.Session()
			if err == nil && s.Driver().Get("UserName") != "Driver Number 3" {
				return fmt.Errorf("the driver is %q", s.Driver().Get("UserName"))
			}
			return err
		}},
	}
	times := make(map[string][]float64)
	for _, s := range steps { // once to warm up
		if err := s.run(); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		for _, s := range steps {
			start := time.Now()
			if err := s.run(); err != nil {
				b.Fatal(err)
			}
			times[s.name] = append(times[s.name], time.Since(start).Seconds()*1000)
		}
		round++
	}

	b.ReportMetric(0, "ns/op") // a round means nothing
	ms := make(map[string]float64)
	for _, s := range steps {
		slices.Sort(times[s.name])
		ms[s.name] = times[s.name][len(times[s.name])/2]
		b.ReportMetric(ms[s.name], s.name+"_ms")
	}
	for _, r := range []struct {
		name     string
		got, max float64
		goal     float64
	}{
		{"lap_ms", ms["lap"], 1, 0.15},
		{"again_ms", ms["again"], 1, 0.15},
		{"whole/memcpy", ms["whole"] / ms["memcpy"], 2, 0.65},
		{"fresh/read", ms["fresh"] / ms["read"], 2, 1.1},
		{"open_ms", ms["open"], 1, 0.08},
	} {
		b.ReportMetric(r.got, r.name) // those in ms a second time, which does no harm
		verdict := "met"
		if r.got > r.max {
			verdict = "NOT MET"
		}
		b.Logf("%-13s %7.3f, limit %.2f %s (goal %.2f)", r.name, r.got, r.max, verdict, r.goal)
	}
}

func readPlain(path string, buf []byte) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	for {
		if _, err := f.Read(buf); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}
