package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
)

// The files of a demo with a short race, made once for all tests that read them.
var shortDemo = Options{RaceLaps: 6}

const (
	touringPractice = iota
	prototypeTest
	prototypePractice
	prototypeRace
)

// TestMain makes the files once: most tests only read them.
func TestMain(m *testing.M) { os.Exit(runWithDemo(m)) }

var demoPaths []string

func runWithDemo(m *testing.M) int {
	dir, err := os.MkdirTemp("", "demo")
	if err == nil {
		defer func() { _ = os.RemoveAll(dir) }()
		demoPaths, err = Write(context.Background(), dir, shortDemo)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// recording is a file with the columns that a test asked for.
type recording struct {
	t    *testing.T
	file *ibt.File
	n    int
}

func open(t *testing.T, stint int) *recording {
	t.Helper()
	f, err := ibt.OpenFile(demoPaths[stint])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return &recording{t, f, f.Len()}
}

func (r *recording) column(name string) []float64 {
	r.t.Helper()
	var b ibt.Batch
	if err := r.file.Read(&b, ibt.Range{From: 0, To: r.n}, ibt.Floats(name)...); err != nil {
		r.t.Fatal(err)
	}
	return b.Cols[0].F64
}

func everyStint(t *testing.T, test func(t *testing.T, r *recording, st Stint)) {
	t.Helper()
	stints, err := Stints(shortDemo)
	if err != nil {
		t.Fatal(err)
	}
	for i, st := range stints {
		t.Run(string(st.Kind)+" "+st.Car.ClassName, func(t *testing.T) { test(t, open(t, i), st) })
	}
}

// blank tells which records are those of a spawn.
func (r *recording) blank() []bool {
	surface := r.column("PlayerTrackSurface")
	out := make([]bool, r.n)
	for i, s := range surface {
		out[i] = s == -1
	}
	return out
}

// flying are the laps of a file from one official crossing to the next, as [first, past) records, blank records and laps
// that touch the pits left out.
func (r *recording) flying() [][2]int {
	lap, pit, surface, blank := r.column("Lap"), r.column("OnPitRoad"), r.column("PlayerTrackSurface"), r.blank()
	var out [][2]int
	from := -1
	for i := 1; i < r.n; i++ {
		switch {
		case blank[i] || pit[i] > 0 || surface[i] == 1 || surface[i] == 2:
			from = -1
		case lap[i] == lap[i-1]+1:
			if from >= 0 {
				out = append(out, [2]int{from, i})
			}
			from = i
		}
	}
	return out
}

// A second call makes only what is missing, and removes what an earlier version of the demo had made.
func TestWriteTwice(t *testing.T) {
	dir := filepath.Dir(demoPaths[0])
	made := make([]os.FileInfo, len(demoPaths))
	for i, p := range demoPaths {
		var err error
		if made[i], err = os.Stat(p); err != nil {
			t.Fatal(err)
		}
	}
	put := func(name string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("something"), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Error(err)
			}
		})
	}
	const old, foreign, document = "aurexp1_oldpark 2025-01-01 00-00-00.ibt", "mine_park 2025-01-01 00-00-00.ibt", "notes.txt"
	put(old)
	put(foreign)
	put(document)
	noted := readMarker(dir)
	noted.Files[old] = markedFile{Content: "v0", Size: 9}
	noted.Files[document] = markedFile{Content: "v0", Size: 9}
	if err := noted.write(dir); err != nil {
		t.Fatal(err)
	}
	if over, end := made[prototypeRace].ModTime(), shortDemo.withDefaults().End; over.After(end) || end.Sub(over) > 10*time.Minute {
		t.Errorf("the race was over at %v, want shortly before %v", over, end)
	}
	touched := time.Date(2026, 12, 24, 0, 0, 0, 0, time.UTC)
	for _, p := range demoPaths {
		if err := os.Chtimes(p, touched, touched); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(demoPaths[touringPractice]); err != nil {
		t.Fatal(err)
	}

	again, err := Write(context.Background(), dir, shortDemo)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(again, demoPaths) {
		t.Errorf("the second call returned %q, the first %q", again, demoPaths)
	}
	for i, p := range again {
		now, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		want := touched
		if i == touringPractice {
			want = made[i].ModTime()
		}
		if now.Size() != made[i].Size() || !now.ModTime().Equal(want) {
			t.Errorf("%s: %d bytes of %v, want %d of %v", filepath.Base(p), now.Size(), now.ModTime(), made[i].Size(), want)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range left {
		names = append(names, e.Name())
	}
	for name, want := range map[string]bool{old: false, foreign: true, document: true, markerName: true} {
		if slices.Contains(names, name) != want {
			t.Errorf("%s is there: %v, want %v", name, !want, want)
		}
	}
	if len(names) != len(demoPaths)+3 {
		t.Errorf("the folder has %q", names)
	}
}

func TestDates(t *testing.T) {
	end := time.Date(2027, 3, 1, 0, 10, 0, 0, time.UTC)
	stints, err := Stints(Options{End: end})
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(stints); i++ {
		if !stints[i].Start.After(stints[i-1].Start) {
			t.Errorf("stint %d starts at %v, the one before at %v", i, stints[i].Start, stints[i-1].Start)
		}
	}
	if last := stints[len(stints)-1]; last.Start.After(end.Add(-15*time.Minute)) || last.Start.Before(end.Add(-time.Hour)) {
		t.Errorf("a race that ends by %v starts at %v", end, last.Start)
	}
	if got, want := stints[0].Name(), "corvanegt4_silverbrook national 2027-02-20 19-12-41.ibt"; got != want {
		t.Errorf("the first file is called %q, want %q", got, want)
	}
}

func TestSameBytes(t *testing.T) {
	stints, err := Stints(shortDemo)
	if err != nil {
		t.Fatal(err)
	}
	st := stints[prototypeTest]
	onDisk, err := os.ReadFile(demoPaths[prototypeTest])
	if err != nil {
		t.Fatal(err)
	}
	var same, other ibttest.Memory
	if err := Drive(context.Background(), &same, st); err != nil {
		t.Fatal(err)
	}
	if hash(same.Data) != hash(onDisk) {
		t.Error("the same stint came out differently")
	}
	st.Seed++
	if err := Drive(context.Background(), &other, st); err != nil {
		t.Fatal(err)
	}
	if hash(other.Data) == hash(onDisk) {
		t.Error("another seed made the same file")
	}
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func TestFailures(t *testing.T) {
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		dir := t.TempDir()
		if _, err := Write(ctx, dir, shortDemo); !errors.Is(err, context.Canceled) {
			t.Errorf("Write returned %v, want that it was cancelled", err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("the folder holds %v (%v), want nothing", left, err)
		}
	})
	t.Run("folder is a file", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Write(context.Background(), file, shortDemo); err == nil {
			t.Error("no error")
		}
	})
	t.Run("a broken marker", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, markerName), []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		if m := readMarker(dir); len(m.Files) != 0 {
			t.Errorf("got %v, want an empty marker", m)
		}
	})
	t.Run("disk full", func(t *testing.T) {
		stints, err := Stints(shortDemo)
		if err != nil {
			t.Fatal(err)
		}
		if err := Drive(context.Background(), &full{room: 3 << 20}, stints[0]); !errors.Is(err, errFull) {
			t.Errorf("Drive returned %v, want the error of the file", err)
		}
	})
	t.Run("stints that make no sense", func(t *testing.T) {
		stints, err := Stints(shortDemo)
		if err != nil {
			t.Fatal(err)
		}
		for name, spoil := range map[string]func(*Stint){
			"no car":     func(s *Stint) { s.Car = nil },
			"no circuit": func(s *Stint) { s.Circuit = &Circuit{} },
			"no laps":    func(s *Stint) { s.Laps = 0 },
			"no fuel":    func(s *Stint) { s.Fuel = 0 },
			"no grid":    func(s *Stint) { s.Kind, s.Grid = Race, 0 },
			"no corner":  func(s *Stint) { s.Events = []Event{{1, 99, OffTrack}} },
		} {
			st := stints[0]
			spoil(&st)
			if err := Drive(context.Background(), &ibttest.Memory{}, st); err == nil {
				t.Errorf("%s: no error", name)
			}
		}
	})
}

var errFull = errors.New("no space left")

// full is a disk with little room.
type full struct {
	ibttest.Memory
	room int
}

func (f *full) Write(p []byte) (int, error) {
	if len(p) > f.room {
		return 0, errFull
	}
	f.room -= len(p)
	return f.Memory.Write(p)
}

func TestFileShape(t *testing.T) {
	everyStint(t, func(t *testing.T, r *recording, st Stint) {
		if w := r.file.Warnings(); len(w) > 0 {
			t.Errorf("the reader warns: %q", w)
		}
		if n := len(r.file.Vars()); n < 120 {
			t.Errorf("%d channels, want at least 120", n)
		}
		for _, v := range r.file.Vars() {
			if v.Desc == "" {
				t.Errorf("%s has no description", v.Name)
			}
			if wantCount := 1 + 5*int(truth(v.Name == "SteeringWheelTorque_ST")); v.Count != wantCount {
				t.Errorf("%s has %d elements, want %d", v.Name, v.Count, wantCount)
			}
		}
		head := r.file.DiskHeader()
		if !head.StartDate.Equal(st.Start) || head.Records != r.n {
			t.Errorf("the sub header says %v and %d records, want %v and %d", head.StartDate, head.Records, st.Start, r.n)
		}
		if base := filepath.Base(demoPaths[0]); !strings.HasPrefix(base, "corvanegt4_silverbrook national 2026-11-0") {
			t.Errorf("a file is called %q", base)
		}

		at, tick, lap, pct, dist := r.column("SessionTime"), r.column("SessionTick"), r.column("Lap"), r.column("LapDistPct"), r.column("LapDist")
		blank := r.blank()
		if at[0] <= 0 || !blank[0] || slices.Index(blank[1:], true) >= 0 != slices.ContainsFunc(st.Events, func(e Event) bool { return e.Mishap == Reset }) {
			t.Errorf("blank records: first %v at %v s, another at %d", blank[0], at[0], slices.Index(blank[1:], true))
		}
		lost := 0
		for i := 1; i < r.n; i++ {
			ticks := tick[i] - tick[i-1]
			if step := at[i] - at[i-1]; math.Abs(step-ticks/60) > 1e-6 || ticks < 1 || ticks > 2 {
				t.Fatalf("record %d comes %v s and %v ticks after the one before", i, step, ticks)
			}
			lost += int(ticks) - 1
			if blank[i] || blank[i-1] {
				continue
			}
			wrapped := pct[i] < pct[i-1]-0.5
			if wrapped != (lap[i] == lap[i-1]+1) || !wrapped && lap[i] != lap[i-1] {
				t.Fatalf("record %d: lap %v after %v, %.5f of a lap after %.5f", i, lap[i], lap[i-1], pct[i], pct[i-1])
			}
			if !wrapped && dist[i] < dist[i-1] {
				t.Fatalf("record %d: %v m after %v m", i, dist[i], dist[i-1])
			}
			if math.Abs(dist[i]-pct[i]*st.Circuit.Length) > 0.01 {
				t.Fatalf("record %d: %v m are not %v of %v m", i, dist[i], pct[i], st.Circuit.Length)
			}
		}
		if lost > 25 {
			t.Errorf("%d ticks are lost, more than the sim loses", lost)
		}
	})
}

func TestBlankRecords(t *testing.T) {
	r := open(t, prototypePractice)
	blank := r.blank()
	last := 1 + slices.Index(blank[1:], true)
	for name, want := range map[string]float64{
		"Lap": 0, "LapDist": 0, "LapDistPct": 0, "Lat": 0, "Lon": 0, "Speed": 0, "RPM": 300, "OnPitRoad": 0, "Gear": 0, "Yaw": 0, "Alt": 0,
	} {
		c := r.column(name)
		for _, i := range []int{0, last} {
			if c[i] != want {
				t.Errorf("record %d: %s is %v in a blank record, want %v", i, name, c[i], want)
			}
		}
	}
	lap, fuel, pct, best, lastLap := r.column("Lap"), r.column("FuelLevel"), r.column("LapDistPct"), r.column("LapBestLapTime"), r.column("LapLastLapTime")
	if lap[last-1] != lap[last+1] || pct[last+1] > 0.05 || fuel[last] <= 0 || best[last] <= 0 {
		t.Errorf("the reset goes from lap %v to %v at %v of the lap with %v l and a best lap of %v s",
			lap[last-1], lap[last+1], pct[last+1], fuel[last], best[last])
	}
	next := last + 1 + slices.Index(lap[last+1:], lap[last+1]+1)
	if got := lastLap[next+120]; got != -1 {
		t.Errorf("the lap with the reset has the time %v, want -1", got)
	}
	tread := r.column("LFwearL")
	if tread[last-1] != 1 || tread[last] >= 0.99 || tread[last] != tread[r.n-1] {
		t.Errorf("the tread reads %v before the reset, %v at it, %v at the end", tread[last-1], tread[last], tread[r.n-1])
	}
}

// From the record in which the clock jumps to the next lap on, session time minus running time is the official crossing.
func TestLapClock(t *testing.T) {
	everyStint(t, func(t *testing.T, r *recording, st Stint) {
		at, lap, current, last := r.column("SessionTime"), r.column("Lap"), r.column("LapCurrentLapTime"), r.column("LapLastLapTime")
		pct, blank := r.column("LapDistPct"), r.blank()
		var start, byPlace float64
		timed, jumps := 0, 0
		crossedAt := -1
		for i := 1; i < r.n; i++ {
			if lap[i] == lap[i-1]+1 && !blank[i-1] {
				crossedAt = i
				before := 1 - pct[i-1]
				place := at[i-1] + (at[i]-at[i-1])*before/(before+pct[i])
				byPlace = place
			}
			jump := (current[i] - current[i-1]) - (at[i] - at[i-1])
			if idle := current[i] == 0; idle || math.Abs(jump) < 0.001 || crossedAt < 0 {
				if last[i] != last[i-1] {
					t.Errorf("record %d: the last lap time changes without the clock", i)
				}
				continue
			}
			jumps++
			if lag := i - crossedAt; lag < 28 || lag > 112 {
				t.Errorf("the clock follows %d records after the line", lag)
			}
			now := at[i] - current[i]
			if late := byPlace - now; late < -0.004 || late > 0.021 {
				t.Errorf("lap %v: the line was crossed %.1f ms after the official time", lap[i], 1000*late)
			}
			if last[i] > 0 {
				timed++
				if diff := now - start - last[i]; math.Abs(diff) > 1e-4 {
					t.Errorf("lap %v took %.5f s, its crossings are %.5f s apart", lap[i]-1, last[i], now-start)
				}
			} else if last[i] != -1 {
				t.Errorf("the last lap time is %v", last[i])
			}
			start = now
		}
		if want := st.Laps; jumps != want {
			t.Errorf("the clock went on %d times, want %d", jumps, want)
		}
		if timed < 1 {
			t.Error("no lap is timed")
		}
		if got, want := r.column("LapBestLapTime")[r.n-1], bestOf(last); got != want {
			t.Errorf("the best lap time is %v, want %v", got, want)
		}
	})
}

func bestOf(times []float64) float64 {
	best := math.Inf(1)
	for _, x := range times {
		if x > 0 {
			best = math.Min(best, x)
		}
	}
	return best
}

func TestLapTimes(t *testing.T) {
	full, err := Stints(Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n := full[prototypeRace].Laps; n < 11 {
		t.Errorf("the standard race has %d crossings", n)
	}
	everyStint(t, func(t *testing.T, r *recording, st Stint) {
		at, lap := r.column("SessionTime"), r.column("Lap")
		var clean []float64
		for _, f := range r.flying() {
			number := int(lap[f[0]])
			if slices.ContainsFunc(st.Events, func(e Event) bool { return e.Lap == number }) || st.Kind == Race && number == 1 {
				continue
			}
			clean = append(clean, at[f[1]]-at[f[0]])
		}
		if len(clean) < 2 {
			t.Fatalf("%d clean flying laps", len(clean))
		}
		if spread := slices.Max(clean)/slices.Min(clean) - 1; spread < 0.001 || spread > 0.022 {
			t.Errorf("clean laps differ by %.2f %%: %.2f", 100*spread, clean)
		}
		if st.Kind != Race && slices.Max(clean) != clean[0] {
			t.Errorf("the first flying lap is not the slowest: %.2f", clean)
		}
	})
}

// Two laps must not lose their time in the same places.
func TestLapsDifferAlongTheLap(t *testing.T) {
	r := open(t, prototypeRace)
	at, dist := r.column("SessionTime"), r.column("LapDist")
	laps := r.flying()
	stints, err := Stints(shortDemo)
	if err != nil {
		t.Fatal(err)
	}
	through := func(f [2]int, c Corner) float64 {
		from := f[0] + pass(dist[f[0]:f[1]], c.Start-40)
		to := f[0] + pass(dist[f[0]:f[1]], c.End+40)
		return at[to] - at[from]
	}
	mixed := 0
	for i, a := range laps {
		for _, b := range laps[i+1:] {
			faster, slower := 0, 0
			for _, c := range stints[prototypeRace].Circuit.Corners {
				switch d := through(a, c) - through(b, c); {
				case d > 0.02:
					slower++
				case d < -0.02:
					faster++
				}
			}
			if faster > 0 && slower > 0 {
				mixed++
			}
		}
	}
	if mixed < 2 {
		t.Errorf("of the pairs of %d laps %d win here and lose there", len(laps), mixed)
	}
}

// pass is the first index at which a rising column reaches a value.
func pass(column []float64, value float64) int {
	i, _ := slices.BinarySearch(column, value)
	return min(i, len(column)-1)
}

func TestPhysics(t *testing.T) {
	everyStint(t, func(t *testing.T, r *recording, st Stint) {
		car, c := st.Car, st.Circuit
		speed, lat, long, vert := r.column("Speed"), r.column("LatAccel"), r.column("LongAccel"), r.column("VertAccel")
		yawRate, steer, alt := r.column("YawRate"), r.column("SteeringWheelAngle"), r.column("Alt")
		throttle, brake, dist := r.column("Throttle"), r.column("Brake"), r.column("LapDist")
		blank, density := r.blank(), r.column("AirDensity")
		surface, incident := r.column("PlayerTrackSurface"), r.column("PlayerIncidents")
		top := slices.Max(speed) * 3.6
		if lo, hi := 195.0, 310.0; top < lo || top > hi {
			t.Errorf("top speed %.0f km/h", top)
		}
		var left, right, brakes, pulls, agree, fits, turning int
		slideTill := -1
		for i := 1; i < r.n; i++ {
			if blank[i] {
				continue
			}
			if incident[i] != 0 {
				slideTill = i + 240
			}
			k := conditions{mass: car.mass + 20, air: density[i], tyres: 1}
			crest := c.at(c.wrap(dist[i])).crest
			if limit := car.limit(speed[i], crest, k); math.Abs(lat[i]) > 1.10*limit+2.5 && i > slideTill {
				t.Fatalf("record %d: %.1f m/s² sideways at %.1f m/s, the tyres have %.1f", i, lat[i], speed[i], limit)
			}
			if long[i] < -45 || long[i] > 16 || vert[i] < -8 || vert[i] > 28 {
				t.Fatalf("record %d: %.1f m/s² along, %.1f up", i, long[i], vert[i])
			}
			if alt[i] < 90 || alt[i] > 150 {
				t.Fatalf("record %d: %.1f m above the sea", i, alt[i])
			}
			if speed[i] > 15 && math.Abs(lat[i]) > 4 && surface[i] == 3 && i > slideTill {
				turning++
				if lat[i]*yawRate[i] > 0 && lat[i]*steer[i] > 0 {
					agree++
				}
				if lat[i] > 0 {
					left++
				} else {
					right++
				}
				if math.Abs(yawRate[i]*speed[i]-lat[i]) < 0.3*math.Abs(lat[i])+1.5 {
					fits++
				}
			}
			if brake[i] > 0.5 && speed[i] > 20 && long[i] > -4 || throttle[i] > 0.9 && brake[i] == 0 && speed[i] < 30 && speed[i] > 22 && long[i] < -3 && surface[i] == 3 {
				t.Fatalf("record %d: throttle %.2f, brake %.2f, but %.1f m/s²", i, throttle[i], brake[i], long[i])
			}
			if long[i] < -6 {
				brakes++
			}
			if long[i] > 3 {
				pulls++
			}
			for name, now := range map[string]float64{"throttle": throttle[i] - throttle[i-1], "brake": brake[i] - brake[i-1]} {
				if name == "brake" && math.Abs(now) > 0.13 && !blank[i-1] {
					t.Fatalf("record %d: the %s moves by %.2f in a tick", i, name, now)
				}
			}
		}
		if left == 0 || right == 0 || brakes == 0 || pulls == 0 || float64(min(agree, fits)) < 0.97*float64(turning) {
			t.Errorf("%d records in left turns, %d in right ones, %d braking, %d accelerating; of %d in turns the signs agree "+
				"in %d and the rate of turn with the speed in %d", left, right, brakes, pulls, turning, agree, fits)
		}
		for i := range 60 { // standing in the stall or on the grid
			if j := i + 30; math.Abs(vert[j]-gravity) > 0.4 || speed[j] != 0 {
				t.Errorf("at rest: %.2f m/s² up, %.2f m/s", vert[j], speed[j])
			}
		}
	})
}

// Position, direction and speed are told by several channels, which must agree.
func TestPlace(t *testing.T) {
	everyStint(t, func(t *testing.T, r *recording, st Stint) {
		lat, lon, speed := r.column("Lat"), r.column("Lon"), r.column("Speed")
		north, yaw, vx, vy := r.column("YawNorth"), r.column("Yaw"), r.column("VelocityX"), r.column("VelocityY")
		at, blank := r.column("SessionTime"), r.blank()
		c := st.Circuit
		for i := 1; i < r.n; i++ {
			if blank[i] || blank[i-1] || speed[i] < 5 {
				continue
			}
			dx, dy := (lon[i]-lon[i-1])*c.metresPerLon, (lat[i]-lat[i-1])*c.metresPerLat
			if v := math.Hypot(dx, dy) / (at[i] - at[i-1]); math.Abs(v-speed[i]) > 0.04*speed[i]+0.5 {
				t.Fatalf("record %d: moves at %.2f m/s over ground, %.2f m/s by the speed", i, v, speed[i])
			}
			course := compass(math.Atan2(dy, dx))
			if off := turn(course - (north[i] - math.Atan2(vy[i], vx[i]))); math.Abs(off) > 0.03 {
				t.Fatalf("record %d: moves towards %.3f rad, points to %.3f with a sideslip of %.3f", i, course, north[i], math.Atan2(vy[i], vx[i]))
			}
			if off := turn(c.NorthOffset() - yaw[i] - north[i]); math.Abs(off) > 1e-4 {
				t.Fatalf("record %d: yaw %.4f does not belong to %.4f from north", i, yaw[i], north[i])
			}
			if v := math.Hypot(vx[i], vy[i]); math.Abs(v-speed[i]) > 0.01 {
				t.Fatalf("record %d: %.3f m/s in the car's frame, %.3f m/s", i, v, speed[i])
			}
		}
	})
}

func TestValues(t *testing.T) {
	everyStint(t, func(t *testing.T, r *recording, _ Stint) {
		var names []string
		for _, v := range r.file.Vars() {
			names = append(names, v.Name)
		}
		var all ibt.Batch
		if err := r.file.Read(&all, ibt.Range{From: 0, To: r.n}, ibt.Floats(names...)...); err != nil {
			t.Fatal(err)
		}
		for i := range all.Cols {
			v, lo, hi := all.Cols[i].Var, math.Inf(1), math.Inf(-1)
			for _, x := range all.Cols[i].F64 {
				if math.IsNaN(x) || math.IsInf(x, 0) {
					t.Fatalf("%s has values that are no numbers", v.Name)
				}
				lo, hi = math.Min(lo, x), math.Max(hi, x)
			}
			if v.Unit == "%" && (lo < -1e-6 || hi > 1+1e-6) {
				t.Errorf("%s goes from %v to %v, want a share of 1", v.Name, lo, hi)
			}
		}
		last := r.column("SteeringWheelTorque")
		var b ibt.Batch
		if err := r.file.Read(&b, ibt.Range{From: 0, To: r.n}, ibt.Pick{Name: "SteeringWheelTorque_ST", Array: ibt.ArrayExpand, Float: true}); err != nil {
			t.Fatal(err)
		}
		for i := range last {
			if b.Cols[0].F64[6*i+5] != last[i] {
				t.Fatalf("record %d: the last of six torques is not the torque", i)
			}
		}
	})
}

// The tank only empties but for the stop, by what the flow says.
func TestFuel(t *testing.T) {
	everyStint(t, func(t *testing.T, r *recording, st Stint) {
		fuel, flow, at, service, blank := r.column("FuelLevel"), r.column("FuelUsePerHour"), r.column("SessionTime"), r.column("PitstopActive"), r.blank()
		var burnt, used, added float64
		for i := 1; i < r.n; i++ {
			d := fuel[i] - fuel[i-1]
			if d > 0 {
				added += d
				if service[i] == 0 && !blank[i] {
					t.Fatalf("record %d: fuel rises by %v l", i, d)
				}
				continue
			}
			used -= d
			burnt += flow[i] / st.Car.fuelDensity / 3600 * (at[i] - at[i-1])
		}
		if math.Abs(used-burnt) > 0.02*burnt+0.05 {
			t.Errorf("%.2f l are gone, the flow says %.2f l", used, burnt)
		}
		want := 0.0
		if len(st.Stops) > 0 {
			want = st.Refuel
		}
		if math.Abs(added-want) > 0.1 {
			t.Errorf("%.2f l were added, want %.2f", added, want)
		}
	})
}

func TestRace(t *testing.T) {
	r := open(t, prototypeRace)
	stints, err := Stints(shortDemo)
	if err != nil {
		t.Fatal(err)
	}
	st := stints[prototypeRace]
	pit, stall, surface := r.column("OnPitRoad"), r.column("PlayerCarInPitStall"), r.column("PlayerTrackSurface")
	tread, carcass, flags, status := r.column("RRwearM"), r.column("LFtempCM"), r.column("PitSvFlags"), r.column("PlayerCarPitSvStatus")
	speed, position, incidents, what := r.column("Speed"), r.column("PlayerCarPosition"), r.column("PlayerCarMyIncidentCount"), r.column("PlayerIncidents")
	lap, left, sessionFlags, number := r.column("Lap"), r.column("SessionLapsRemainEx"), r.column("SessionFlags"), r.column("SessionNum")
	stops, off := 0, 0
	for i := 1; i < r.n; i++ {
		if stall[i] > stall[i-1] {
			stops++
			if pit[i] == 0 {
				t.Error("the stall is not on pit road")
			}
		}
		if (tread[i] != tread[i-1] || carcass[i] != carcass[i-1]) && stall[i] == 0 {
			t.Fatalf("record %d: tread or carcass temperature changes on track", i)
		}
		if pit[i] > 0 && speed[i] > st.Circuit.PitSpeed+0.6 && pit[i-1] > 0 && i > 0 && pit[max(i-30, 0)] > 0 {
			t.Fatalf("record %d: %.1f m/s in the pit lane", i, speed[i])
		}
		if position[i] < 1 || position[i] > float64(st.Rivals+1) {
			t.Fatalf("record %d: place %v of %d", i, position[i], st.Rivals+1)
		}
		if surface[i] == 0 && surface[i-1] != 0 {
			off++
			if incidents[i] != incidents[i-1]+1 || what[i] != 0x202 {
				t.Errorf("record %d: off the track, but the incidents go from %v to %v", i, incidents[i-1], incidents[i])
			}
		}
	}
	if stops != 1 || off != 1 || tread[r.n-1] >= 0.995 || incidents[r.n-1] != 3 {
		t.Errorf("%d stops, %d times off, tread %v, %v incident points", stops, off, tread[r.n-1], incidents[r.n-1])
	}
	if flags[100] != 0x1f || flags[r.n-1] != 0 || slices.Max(status) != 2 || number[5] != 2 {
		t.Errorf("pit service: flags %v at first, %v at last, status up to %v; session %v", flags[100], flags[r.n-1], slices.Max(status), number[5])
	}
	if lap[r.n-1] != float64(st.Laps) || left[0] != float64(st.Laps-1) || left[r.n-1] != 0 || uint32(sessionFlags[r.n-1])&flagCheckered == 0 {
		t.Errorf("ends on lap %v with %v laps to go, flags %#x", lap[r.n-1], left[r.n-1], uint32(sessionFlags[r.n-1]))
	}
	if best := slices.Min(position); position[1] != float64(st.Grid) || best >= position[1] {
		t.Errorf("starts from place %v and never gains one", position[1])
	}
	for _, name := range []string{"CarDistAhead", "CarDistBehind"} {
		c := r.column(name)
		if lo, hi := slices.Min(c[1:]), slices.Max(c[1:]); lo < 0 || hi > st.Circuit.Length && hi != none {
			t.Errorf("%s goes from %v to %v", name, lo, hi)
		}
	}
}

// At the end of a lap the delta to the best lap is the difference of the lap times.
func TestDelta(t *testing.T) {
	r := open(t, prototypeRace)
	delta, ok, last, lap, best := r.column("LapDeltaToBestLap"), r.column("LapDeltaToBestLap_OK"), r.column("LapLastLapTime"), r.column("Lap"), r.column("LapBestLapTime")
	checked := 0
	for i := 1; i < r.n-120; i++ {
		if lap[i] != lap[i-1]+1 || ok[i-1] == 0 || r.column("OnPitRoad")[i] > 0 {
			continue
		}
		if before := best[i-1]; before > 0 && last[i+115] > 0 && lap[i-1] != 5 {
			checked++
			if want := last[i+115] - before; math.Abs(delta[i-1]-want) > 0.03 {
				t.Errorf("lap %v: the delta ends at %.3f s, the times differ by %.3f s", lap[i-1], delta[i-1], want)
			}
		}
	}
	if checked < 2 {
		t.Errorf("%d laps have a delta", checked)
	}
}

func TestSessionText(t *testing.T) {
	everyStint(t, func(t *testing.T, r *recording, st Stint) {
		s, err := r.file.Session()
		if err != nil {
			t.Fatal(err)
		}
		if text := s.Text(); !strings.HasPrefix(text, "---\nWeekendInfo:\n TrackName: "+st.Circuit.Name+"\n") || !strings.HasSuffix(text, "\n\n...\n") {
			t.Errorf("the text begins %.60q and ends %q", text, text[len(text)-20:])
		}
		for path, want := range map[string]string{
			"WeekendInfo/TrackDisplayName":              "Silverbrook Park",
			"WeekendInfo/TrackConfigName":               st.Circuit.ConfigName,
			"WeekendInfo/TrackLength":                   strconv.FormatFloat(st.Circuit.Length/1000, 'f', 4, 64) + " km",
			"DriverInfo/DriverCarIdx":                   "0",
			"CarSetup/Tires/LeftFront/StartingPressure": strconv.FormatFloat(st.Car.coldPress, 'f', 1, 64) + " kPa",
		} {
			if got := s.Get(strings.Split(path, "/")...); got != want {
				t.Errorf("%s is %q, want %q", path, got, want)
			}
		}
		me := s.Driver()
		if me == nil || me.Get("UserName") != driverName || me.Get("CarScreenName") != st.Car.Name || me.Get("CarPath") != st.Car.Path {
			t.Errorf("the driver is %v", me)
		}
		count := func(path ...string) (n int) {
			for range s.Node(path...).Items() {
				n++
			}
			return n
		}
		if n := count("DriverInfo", "Drivers"); n != st.Rivals+1 {
			t.Errorf("%d drivers, want %d", n, st.Rivals+1)
		}
		if n := count("SplitTimeInfo", "Sectors"); n != len(st.Circuit.Sectors) || n < 3 {
			t.Errorf("%d sectors, want %d", n, len(st.Circuit.Sectors))
		}
		found := false
		for session := range s.Node("SessionInfo", "Sessions").Items() {
			if session.Get("SessionNum") == strconv.Itoa(st.Session.Number) {
				found = session.Get("SessionType") == string(st.Kind)
			}
		}
		if !found {
			t.Error("the session itself is not listed")
		}
	})
}

func TestCircuits(t *testing.T) {
	for name, build := range map[string]func() (*Circuit, error){"grand prix": silverbrookGP, "national": silverbrookNational} {
		t.Run(name, func(t *testing.T) {
			c, err := build()
			if err != nil {
				t.Fatal(err)
			}
			first, last := c.line[0], c.line[len(c.line)-1]
			if gap := math.Hypot(last.x-first.x, last.y-first.y); gap > 1e-6 {
				t.Errorf("the end is %v m from the start", gap)
			}
			if turned := last.heading - first.heading; math.Abs(turned+2*math.Pi) > 1e-6 {
				t.Errorf("the line turns by %v rad, want a full turn to the right", turned)
			}
			lo, hi := math.Inf(1), math.Inf(-1)
			for i := 1; i < len(c.line); i++ {
				p, q := c.line[i-1], c.line[i]
				if d := math.Hypot(q.x-p.x, q.y-p.y); math.Abs(d-c.step) > 0.01 {
					t.Fatalf("point %d is %v m from the one before, want %v", i, d, c.step)
				}
				if math.Abs(q.kappa-p.kappa) > 0.0025 || math.Abs(q.kappa) > 1.0/20 {
					t.Fatalf("point %d: curvature %v after %v", i, q.kappa, p.kappa)
				}
				lo, hi = math.Min(lo, q.alt), math.Max(hi, q.alt)
			}
			if hi-lo < 15 || hi-lo > 45 {
				t.Errorf("altitude from %.1f to %.1f m", lo, hi)
			}
			if math.Round(c.Length*10)/10 != c.Length {
				t.Errorf("%v m is not told by the four decimals of TrackLength", c.Length)
			}
		})
	}
	c, err := silverbrookGP()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(c.Corners); c.Length < 4200 || c.Length > 5000 || n < 12 || n > 16 {
		t.Errorf("%v m with %d corners", c.Length, n)
	}
	for name, layout := range map[string][]element{
		"open":    {straight(100), bend(90, 50, 10, 10)},
		"one way": {straight(100), bend(360, 50, 10, 10)},
		"too far back": {
			straight(10), bend(-90, 20, 10, 10), straight(10), bend(-90, 20, 10, 10), straight(10), bend(-90, 200, 10, 10),
			straight(10), bend(-90, 20, 10, 10),
		},
	} {
		if _, err := closeLoop(layout, 0); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Channels that a real file has too must have the same type, unit and number of elements.
func TestChannelsAsInRealFiles(t *testing.T) {
	corpus := os.Getenv("IBT_CORPUS")
	if corpus == "" {
		t.Skip("IBT_CORPUS names no folder with real files")
	}
	paths, err := filepath.Glob(filepath.Join(corpus, "* 2025-*.ibt"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d files of 2025 in %s (%v)", len(paths), corpus, err)
	}
	real := make(map[string]ibt.Var)
	for _, p := range paths {
		f, err := ibt.OpenFile(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range f.Vars() {
			real[v.Name] = v
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, v := range vars(tourer()) {
		switch is, ok := real[v.Name]; {
		case !ok:
			t.Errorf("no real file has %s", v.Name)
		case is.Type != v.Type || is.Unit != v.Unit || is.Count != v.Count || is.CountAsTime != v.CountAsTime:
			t.Errorf("%s is %v in %q, %d elements; in real files %v in %q, %d", v.Name, v.Type, v.Unit, v.Count, is.Type, is.Unit, is.Count)
		}
	}
}

func TestUnfinishedFile(t *testing.T) {
	// A file that is read while it is being written, or after a crash, has no sub header: Drive fills it last.
	stints, err := Stints(shortDemo)
	if err != nil {
		t.Fatal(err)
	}
	var b ibttest.Memory
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if err := Drive(ctx, &stopAfter{Memory: &b, bytes: 2 << 20, cancel: cancel}, stints[touringPractice]); !errors.Is(err, context.Canceled) {
		t.Fatalf("Drive returned %v", err)
	}
	f, err := ibt.Open(ibt.Bytes(bytes.Clone(b.Data)))
	if err != nil {
		t.Fatal(err)
	}
	if f.Closed() || f.Len() < 1000 {
		t.Errorf("closed: %v, %d records", f.Closed(), f.Len())
	}
}

// stopAfter cancels a drive once enough was written.
type stopAfter struct {
	*ibttest.Memory
	bytes  int
	cancel func()
}

func (s *stopAfter) Write(p []byte) (int, error) {
	if len(s.Data) > s.bytes {
		s.cancel()
	}
	return s.Memory.Write(p)
}
