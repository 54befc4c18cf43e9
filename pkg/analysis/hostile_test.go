package analysis_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
)

// TestAbsurdValues puts nonsense into one channel after the other, in single records and in all.
func TestAbsurdValues(t *testing.T) {
	for _, v := range vars {
		for _, value := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e30, -1e30, 3e9, -1, 0} {
			for _, share := range []float64{0.01, 1} {
				rng := rand.New(rand.NewPCG(1, 2))
				c := newCar(t, vars)
				c.each = func(c *car) {
					if rng.Float64() < share {
						c.set(v.Name, value)
					} else if c.w.Index(v.Name) > 4 {
						c.set(v.Name, 3) // a channel that record leaves alone gets a good value again
					}
				}
				c.place(0.3)
				c.lap(4)
				c.lap(4)
				c.to(0.4, 4)
				f := c.file()
				table := lapsOf(t, f)
				checkTable(t, table, f.Len())
				drawAll(t, f, table)
				// A bad record now and then does not change what the track is.
				if math.Abs(table.TrackLength-trackLength) > 1 {
					t.Errorf("the track is %g m long", table.TrackLength)
				}
				if t.Failed() {
					t.Fatalf("with %s of %g in a share of %g of the records:\n%s", v.Name, value, share, list(table, 4))
				}
			}
		}
	}
}

// drawAll traces every lap, over distance and over time.
func drawAll(t *testing.T, f *ibt.File, table *analysis.Table) {
	t.Helper()
	var signals []analysis.Signal
	for _, name := range []string{"Speed", "Gear", analysis.TrackX} {
		if s, err := analysis.FindSignal(f, &table.Info, name); err == nil {
			signals = append(signals, s)
		}
	}
	var rows []ibt.Range
	for i := range table.Laps {
		l := &table.Laps[i]
		rows = append(rows, ibt.Range{From: l.From, To: l.To})
		if i >= 50 {
			continue // enough of them
		}
		for _, length := range []float64{table.TrackLength, 1000} {
			axis := analysis.NewAxis(length, 50)
			if tr := traceOf(t, f, l, axis, signals...); len(analysis.Delta(tr, tr)) != len(axis.X()) {
				t.Errorf("lap %s: %d points", l.ID(), len(tr.Elapsed))
			}
		}
	}
	tr, err := analysis.TraceTime(context.Background(), f, table, rows, signals, 200)
	if err != nil {
		t.Fatal(err)
	}
	checkTimeTrace(t, tr)
}

// TestHostileFiles analyses files that no sim writes, of some 200,000 rows each, in little memory.
func TestHostileFiles(t *testing.T) {
	three := only("SessionTime", "Lap", "LapDistPct")
	chars := []ibt.Var{
		{Name: "SessionTime", Type: ibt.TypeChar},
		{Name: "Lap", Type: ibt.TypeChar},
		{Name: "LapDistPct", Type: ibt.TypeBool},
		{Name: "SessionNum", Type: ibt.TypeChar},
		{Name: "FuelLevel", Type: ibt.TypeChar},
	}
	for _, test := range []struct {
		name     string
		channels []ibt.Var
		laps     int // -1 for any number
		cut      bool
		row      func(i int, set func(name string, v float64))
	}{
		{"lap changes every row", three, 0, false, func(i int, set func(string, float64)) {
			set("Lap", float64(i))
			set("LapDistPct", 0.5)
			set("SessionTime", float64(i)/60)
		}},
		{"100,000 laps", three, 20_000, true, func(i int, set func(string, float64)) {
			set("Lap", float64(i/2))
			set("LapDistPct", 0.5)
			set("SessionTime", float64(i)/60)
		}},
		{"session number changes every row", append(only("SessionNum"), three...), 0, true, func(i int, set func(string, float64)) {
			set("SessionNum", float64(i))
			set("LapDistPct", 0.5)
			set("SessionTime", float64(i)/60)
		}},
		{"the clock falls", three, -1, true, func(i int, set func(string, float64)) {
			set("LapDistPct", 0.5)
			set("SessionTime", -float64(i/7))
		}},
		{"the clock stands", three, -1, false, func(i int, set func(string, float64)) {
			set("Lap", float64(i/100))
			set("LapDistPct", math.Mod(float64(i)/100, 1))
		}},
		{"records of 5 bytes", chars, -1, true, func(i int, set func(string, float64)) {
			set("SessionTime", float64(i%256))
			set("Lap", float64(i/7%256))
			set("LapDistPct", float64(i%5/4))
			set("SessionNum", float64(i/3%2))
		}},
		{"distance of 1e30", append(only("LapDist"), three...), -1, false, func(i int, set func(string, float64)) {
			set("Lap", float64(i/1000))
			set("LapDistPct", math.Mod(float64(i)/1000, 1))
			set("SessionTime", float64(i)/60)
			set("LapDist", 1e30)
		}},
		{"forth and back over the line", three, 1, false, func(i int, set func(string, float64)) {
			set("Lap", 1)
			set("LapDistPct", []float64{0.99, 0.01}[i%2])
			set("SessionTime", float64(i)/60)
		}},
		{"round and round in one lap", three, 1, false, func(i int, set func(string, float64)) {
			set("Lap", 1)
			set("LapDistPct", math.Mod(float64(i)/25, 1))
			set("SessionTime", float64(i)/60)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			const rows = 200_000
			m := &ibttest.Memory{}
			w, err := ibt.NewWriter(m, ibt.WriterOptions{Vars: test.channels, Session: []byte(sessionText)})
			if err != nil {
				t.Fatal(err)
			}
			for i := range rows {
				test.row(i, func(name string, v float64) { w.Set(w.Index(name), v) })
				if err := w.WriteRecord(); err != nil {
					t.Fatal(err)
				}
			}
			f := open(t, m.Data)
			var table *analysis.Table
			if bytes := allocated(func() { table = lapsOf(t, f) }); bytes > 32<<20 {
				t.Errorf("the lap table took %d kB", bytes>>10)
			}
			if test.laps >= 0 && len(table.Laps) != test.laps || table.Cut != test.cut {
				t.Errorf("%d laps, cut: %v; want %d, %v", len(table.Laps), table.Cut, test.laps, test.cut)
			}
			if len(table.Laps) > 1000 {
				table.Laps = table.Laps[:1000] // to look each up
			}
			checkTable(t, table, rows)
			drawAll(t, f, table)
		})
	}

	five := []ibt.Var{{Name: "Speed", Type: ibt.TypeFloat}, {Name: "OnPitRoad", Type: ibt.TypeBool}}
	var missing *ibt.ChannelError
	if _, err := analysis.Laps(context.Background(), newCar(t, five).file()); !errors.As(err, &missing) {
		t.Errorf("without the channels that laps need: %v", err)
	}
}

// allocated is how many bytes run allocates.
func allocated(run func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestMemory compares a file with one of the same laps and ten times the rows.
func TestMemory(t *testing.T) {
	long := func(rows int) *ibt.File {
		c := onTrack(t, vars)
		for range 5 {
			c.to(0.5, 15)
			c.stand(rows)
			c.lap(15)
		}
		return c.file()
	}
	small, large := long(2_000), long(40_000)
	laps := func(f *ibt.File) uint64 {
		lapsOf(t, f) // the session text is parsed once
		return allocated(func() { lapsOf(t, f) })
	}
	if a, b := laps(small), laps(large); b > a+32<<10 {
		t.Errorf("the lap table of %d rows takes %d bytes, of %d rows %d", small.Len(), a, large.Len(), b)
	}
	draw := func(f *ibt.File) (distance, time uint64) {
		table := lapsOf(t, f)
		signals := signalsOf(t, f, table, "Speed", "Gear", "Throttle")
		axis := analysis.NewAxis(1000, 100)
		distance = allocated(func() { traceOf(t, f, &table.Laps[1], axis, signals...) })
		time = allocated(func() {
			rows := []ibt.Range{{From: 1, To: f.Len()}}
			if _, err := analysis.TraceTime(context.Background(), f, table, rows, signals, 20); err != nil {
				t.Fatal(err)
			}
		})
		return distance, time
	}
	d1, t1 := draw(small)
	d2, t2 := draw(large)
	if d2 > d1+64<<10 || t2 > t1+64<<10 {
		t.Errorf("traces of %d rows take %d and %d bytes, of %d rows %d and %d", small.Len(), d1, t1, large.Len(), d2, t2)
	}
}

// fuzzLayouts are records that random bytes make sense in to a different degree.
var fuzzLayouts = [][]ibt.Var{
	only("SessionTime", "Lap", "LapDistPct"),
	vars,
	{
		{Name: "SessionTime", Type: ibt.TypeChar},
		{Name: "Lap", Type: ibt.TypeChar},
		{Name: "LapDistPct", Type: ibt.TypeFloat},
		{Name: "SessionNum", Type: ibt.TypeBool},
		{Name: "LapCurrentLapTime", Type: ibt.TypeChar},
		{Name: "LapLastLapTime", Type: ibt.TypeChar},
		{Name: "OnPitRoad", Type: ibt.TypeBool},
		{Name: "Speed", Type: ibt.TypeChar},
	},
}

// fuzzDrive lets a car do what the bytes say.
func fuzzDrive(t *testing.T, orders []byte) *ibt.File {
	c := newCar(t, vars)
	for _, b := range orders[:min(len(orders), 400)] {
		n := int(b>>4) + 1
		switch b & 15 {
		case 0:
			c.blank()
		case 1:
			c.place(float64(n) / 17)
		case 2:
			c.pits(n%2 == 0)
		case 3:
			c.stand(n)
		case 4:
			c.restart()
		case 5:
			c.number += n - 8
		case 6:
			c.time += float64(n) / 4
		case 7:
			for range 5 * n {
				c.step(-0.5)
			}
		case 8:
			c.lag = n * 15
		case 9:
			c.last = float64(n-4) * 3
		case 10:
			c.set("PlayerTrackSurface", float64(n%5-1))
		case 11:
			c.set("FuelLevel", float64(n))
		case 12:
			c.lap(float64(n))
		default:
			for range 5 * n {
				c.step(2 / float64(b&15))
			}
		}
	}
	return c.file()
}

// FuzzLaps reads the lap table of records that are nonsense, and of ones that a mad driver could have made.
func FuzzLaps(f *testing.F) {
	heads := make([][]byte, len(fuzzLayouts))
	for i, layout := range fuzzLayouts {
		heads[i] = newCar(f, layout).bytes()
	}
	for mode := range 2 {
		c := newCar(f, fuzzLayouts[mode])
		c.place(0.8)
		c.lag = 6
		for range 2 {
			c.lap(0.5)
		}
		c.to(0.3, 0.5)
		f.Add(uint8(mode), bytes.Clone(c.mem.Data[len(heads[mode]):]))
	}
	f.Add(uint8(2), []byte("\x01\x02\x00\x00\x80\x3e\x00\x01\x02\x01\x05\x02\x02\x00\x00\xa0\x3e\x00\x01\x02\x01\x05"))
	f.Add(uint8(3), []byte("\x02\x1d\x4d\x5c\x6c\x3c\x7d\x00\x11\x2f\x3c\x4c\x4c\x04\x1d\x3c\x57\x5c\x0a\x7c\x8c"))
	f.Fuzz(func(t *testing.T, mode uint8, data []byte) {
		var file *ibt.File
		if n := int(mode) % (len(heads) + 1); n < len(heads) {
			file = open(t, append(bytes.Clone(heads[n]), data[:min(len(data), 1<<15)]...))
		} else {
			file = fuzzDrive(t, data)
		}
		table := lapsOf(t, file)
		checkTable(t, table, file.Len())
		drawAll(t, file, table)
		if t.Failed() {
			t.Log(fmt.Sprint(file.Len(), " rows\n"), list(table, 4))
		}
	})
}
