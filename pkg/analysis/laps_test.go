package analysis_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// onTrack starts a car that leaves the pits in lap 5 and has crossed the line into lap 6.
func onTrack(t testing.TB, channels []ibt.Var) *car {
	t.Helper()
	c := newCar(t, channels)
	c.leave()
	return c
}

// timedBy compares the times of laps with the ones that were driven.
func timedBy(t *testing.T, table *analysis.Table, clock analysis.Clock, tolerance float64, want ...float64) {
	t.Helper()
	var got []float64
	for i := range table.Laps {
		if l := &table.Laps[i]; l.Timed() && l.Clock == clock {
			got = append(got, l.Time)
		}
	}
	ok := len(got) == len(want)
	for i := range min(len(got), len(want)) {
		ok = ok && math.Abs(got[i]-want[i]) <= tolerance
	}
	if !ok {
		t.Errorf("the laps take %.5f s, want %.5f", got, want)
	}
}

func TestClockLag(t *testing.T) {
	for _, lag := range []int{0, 1, 6, 40, 111, 200} {
		t.Run(strconv.Itoa(lag), func(t *testing.T) {
			c := onTrack(t, vars)
			c.lag = lag
			// Identical times in a row do not change LapLastLapTime.
			for _, lapTime := range []float64{15.2346, 15.2346, 15.2346, 14.9, 16.4321} {
				c.lap(lapTime)
			}
			c.to(0.5, 15)
			table := c.table()
			checkTable(t, table, c.rows)
			wantLaps(t, table, 1, "5 run 1 out (out lap, not timed)", "6 run 1 flying 15.2", "7 run 1 flying 15.2",
				"8 run 1 flying 15.2", "9 run 1 flying 14.9", "10 run 1 flying 16.4",
				"11 run 1 partial (partial lap, not timed)")
			timedBy(t, table, analysis.Official, 1e-4, c.timed[1:]...)
			for i := 1; i < len(table.Laps); i++ {
				if got, want := table.Laps[i].Start, c.crossing[i-1]; math.Abs(got-want) > 1e-4 {
					t.Errorf("lap %s begins at %.5f s, was begun at %.5f", table.Laps[i].ID(), got, want)
				}
				if late := table.Laps[i].CrossStart - table.Laps[i].Start; late < 0.012 || late > 0.017 {
					t.Errorf("lap %s: the positions are %.1f ms late", table.Laps[i].ID(), late*1000)
				}
			}
		})
	}
}

func TestMissingClock(t *testing.T) {
	for name, channels := range map[string][]ibt.Var{
		"no lap clock": without("LapCurrentLapTime"),
		"no clocks":    without("LapCurrentLapTime", "LapLastLapTime"),
	} {
		t.Run(name, func(t *testing.T) {
			c := onTrack(t, channels)
			for _, lapTime := range []float64{15.2346, 14.8, 16.4321} {
				c.lap(lapTime)
			}
			c.to(0.5, 15)
			table := c.table()
			checkTable(t, table, c.rows)
			timedBy(t, table, analysis.Position, 0.02, c.timed[1:]...)
			if got := table.Laps[1].Notes(); got != "time taken from the position" || !table.Laps[1].Valid() {
				t.Errorf("notes %q", got)
			}
		})
	}
	// The clock alone gives the time of a lap that has both ends.
	c := onTrack(t, without("LapLastLapTime"))
	c.lap(15.2346)
	c.lap(14.8)
	c.to(0.5, 15)
	table := c.table()
	checkTable(t, table, c.rows)
	timedBy(t, table, analysis.Official, 1e-4, c.timed[1:]...)
}

func TestLastLapWithoutClock(t *testing.T) {
	c := onTrack(t, vars)
	c.lap(15)
	c.lap(14.5)
	c.stand(3) // the recording ends before the clock restarts
	table := c.table()
	checkTable(t, table, c.rows)
	timedBy(t, table, analysis.Official, 1e-4, c.timed[1])
	timedBy(t, table, analysis.Position, 0.02, c.timed[2])
	// Even the first row behind the line can be the last of the file.
	c = onTrack(t, vars)
	c.lap(15)
	table = c.table()
	timedBy(t, table, analysis.Position, 0.02, c.timed[1])
	traceOf(t, c.file(), &table.Laps[1], analysis.NewAxis(1000, 100))
}

func TestRecordingBeginsWithinLap(t *testing.T) {
	c := newCar(t, vars)
	c.untimed = false
	c.place(0.4)
	c.untimed = false
	c.crossed = c.time - 6 // the line was crossed before the recording began
	c.clock = c.crossed
	c.lap(15)
	c.lap(14)
	c.to(0.3, 15)
	table := c.table()
	checkTable(t, table, c.rows)
	wantLaps(t, table, 1, "5 run 1 partial 15.0 (partial lap)", "6 run 1 flying 14.0",
		"7 run 1 partial (partial lap, not timed)")
	timedBy(t, table, analysis.Official, 1e-4, c.timed...)
	if l := table.Laps[0]; l.Start != 100+tick || math.Abs(l.Offset) > 1e-9 {
		t.Errorf("the first lap starts at %g s, %g s into the file", l.Start, l.Offset)
	}
	if best := table.Best(); best.ID() != "6" {
		t.Errorf("the best lap is %s", best.ID())
	}
}

func TestDroppedTicks(t *testing.T) {
	c := onTrack(t, vars)
	c.drop = func(row int) bool { return row%60 == 7 || row%250 < 3 }
	for _, lapTime := range []float64{15.2346, 14.8, 15.1} {
		c.lap(lapTime)
	}
	c.to(0.3, 15)
	table := c.table()
	checkTable(t, table, c.rows)
	timedBy(t, table, analysis.Official, 1e-4, c.timed[1:]...)
	for i := 1; i < 4; i++ {
		if !table.Laps[i].Valid() || len(table.Sessions) != 1 {
			t.Errorf("lap %s: %s", table.Laps[i].ID(), table.Laps[i].Notes())
		}
	}

	// A hole of 3 % of the lap: it is timed, but not recorded whole.
	c = onTrack(t, vars)
	first := c.rows + 300
	c.drop = func(row int) bool { return row > first && row < first+27 }
	c.lap(15)
	c.lap(15)
	c.to(0.3, 15)
	table = c.table()
	checkTable(t, table, c.rows)
	wantLaps(t, table, 1, "5 run 1 out (out lap, not timed)", "6 run 1 flying 15.0 (not recorded whole)",
		"7 run 1 flying 15.0", "8 run 1 partial (partial lap, not timed)")

	// A hole at the line concerns both laps.
	c = onTrack(t, vars)
	c.to(0.98, 15)
	first = c.rows
	c.drop = func(row int) bool { return row > first && row < first+36 }
	c.lap(15)
	c.lap(15)
	c.to(0.3, 15)
	table = c.table()
	checkTable(t, table, c.rows)
	wantLaps(t, table, 1, "5 run 1 out (out lap, not timed)", "6 run 1 flying 15.0 (not recorded whole)",
		"7 run 1 flying 15.0 (not recorded whole)", "8 run 1 partial (partial lap, not timed)")

	// One of more than two seconds ends the run, even if the car stood.
	c = onTrack(t, vars)
	c.to(0.5, 15)
	first = c.rows
	c.drop = func(row int) bool { return row > first && row < first+150 }
	c.stand(200)
	table = c.table()
	wantLaps(t, table, 1, "5 run 1 out (out lap, not timed)", "6.1 run 1 partial (partial lap, not timed)",
		"6.2 run 2 partial (partial lap, not timed)")

	// So does one that the car drives on in.
	c = onTrack(t, vars)
	first = c.rows + 300
	c.drop = func(row int) bool { return row > first && row < first+150 }
	c.lap(15)
	c.lap(15)
	c.to(0.3, 15)
	table = c.table()
	checkTable(t, table, c.rows)
	wantLaps(t, table, 1, "5 run 1 out (out lap, not timed)", "6.1 run 1 partial (partial lap, not timed)",
		"6.2 run 2 partial 15.0 (partial lap)", "7 run 2 flying 15.0", "8 run 2 partial (partial lap, not timed)")
}

func TestSessions(t *testing.T) {
	c := onTrack(t, vars)
	c.lap(15)
	c.to(0.3, 15)
	practice := c.rows
	end := c.time
	// The race begins: the session clock restarts and the car is put on the grid.
	c.set("SessionNum", 1)
	c.restart()
	c.stand(60)
	c.lap(40)
	c.lap(14)
	c.to(0.1, 15)
	table := c.table()
	checkTable(t, table, c.rows)
	wantLaps(t, table, 1, "5 run 1 out (out lap, not timed)", "6 run 1 flying 15.0",
		"7 run 1 partial (partial lap, not timed)", "0 run 2 partial (partial lap, not timed)", "1 run 2 flying 14.0",
		"2 run 2 partial (partial lap, not timed)")
	if len(table.Sessions) != 2 {
		t.Fatalf("sessions %+v", table.Sessions)
	}
	race := table.Sessions[1]
	if table.Sessions[0].Type != "Practice" || race.Type != "Race" || race.From != practice || race.To != c.rows {
		t.Errorf("sessions %+v, want a race from row %d", table.Sessions, practice)
	}
	if want := end - 100; math.Abs(race.Offset-want) > 1e-9 {
		t.Errorf("the race begins %g s into the file, want %g", race.Offset, want)
	}
	grid := table.Laps[3]
	if grid.SessionNum != 1 || math.Abs(grid.Offset-race.Offset) > 1e-9 {
		t.Errorf("lap 0 of session %d begins at %g s", grid.SessionNum, grid.Offset)
	}
	if got := table.OffsetAt(0, table.Sessions[0].Start); got != 0 {
		t.Errorf("the first record is at %g s", got)
	}
	for _, row := range []int{-1, c.rows} {
		if got := table.OffsetAt(row, 5); !math.IsNaN(got) {
			t.Errorf("row %d is at %g s", row, got)
		}
	}

	// A race against the AI can be restarted: the number stays, the clock restarts.
	c = onTrack(t, vars)
	c.lap(15)
	end = c.time
	c.restart()
	c.lap(40)
	c.to(0.3, 15)
	table = c.table()
	checkTable(t, table, c.rows)
	if len(table.Sessions) != 2 || math.Abs(table.Sessions[1].Offset-(end-100)) > 1e-9 {
		t.Errorf("sessions %+v", table.Sessions)
	}
}

// TestUntimedLaps has laps that the sim gives no time, or one that cannot be.
func TestUntimedLaps(t *testing.T) {
	c := onTrack(t, vars)
	c.lap(15)
	c.untimed = true
	c.lap(15)
	c.lap(15)
	c.to(0.5, 15)
	table := c.table()
	checkTable(t, table, c.rows)
	wantLaps(t, table, 1, "5 run 1 out (out lap, not timed)", "6 run 1 flying 15.0", "7 run 1 flying (not timed)",
		"8 run 1 flying 15.0", "9 run 1 partial (partial lap, not timed)")

	for _, last := range []float64{3, 1e-9, 1e30, math.Inf(1), 0, -1} {
		c = newCar(t, vars)
		c.each = func(c *car) { c.set("LapLastLapTime", last) }
		c.place(0.3)
		c.lap(15)
		c.to(0.5, 15)
		table = c.table()
		checkTable(t, table, c.rows)
		wantLaps(t, table, 1, "5 run 1 partial (partial lap, not timed)", "6 run 1 partial (partial lap, not timed)")
	}
}

// TestNumberFalls has a lap number that begins anew at the line: no lap is finished.
func TestNumberFalls(t *testing.T) {
	c := onTrack(t, vars)
	c.lap(15)
	c.to(0.5, 15)
	c.each = func(c *car) {
		if c.told >= 3 {
			c.set("Lap", c.told-2)
		}
	}
	c.lap(15)
	c.lap(15)
	c.to(0.5, 15)
	table := c.table()
	checkTable(t, table, c.rows)
	wantLaps(t, table, 1, "5 run 1 out (out lap, not timed)", "6 run 1 flying 15.0", "7 run 1 partial (partial lap, not timed)",
		"1 run 1 partial 15.0 (partial lap)", "2 run 1 partial (partial lap, not timed)")
}

// TestLapZeroOnTheLine tells a car that waits on the line before the start from a blank record.
func TestLapZeroOnTheLine(t *testing.T) {
	c := newCar(t, vars)
	c.number = 0
	c.place(0)
	c.blank()
	c.stand(60)
	c.lap(15)
	c.lap(15)
	table := c.table()
	checkTable(t, table, c.rows)
	if len(table.Laps) < 2 || table.Laps[0].ID() != "0" || table.Laps[0].From != 1 {
		t.Errorf("laps:\n%s", list(table, 1))
	}
	// Where a file has no latitude, lap 0 is told all the same as soon as the car moves.
	c = newCar(t, without("Lat", "Lon"))
	c.number = 0
	c.place(0)
	c.stand(60)
	c.lap(15)
	table = c.table()
	if len(table.Laps) != 1 || table.Laps[0].ID() != "0" || table.Laps[0].From < 60 || table.Laps[0].From > 62 {
		t.Errorf("laps:\n%s", list(table, 1))
	}
}

// TestInThePits has laps that begin where one channel or another says that the car is in the pits.
func TestInThePits(t *testing.T) {
	for _, where := range []struct {
		channel string
		value   float64
		kind    analysis.Kind
	}{
		{"OnPitRoad", 1, analysis.Out},
		{"PlayerCarInPitStall", 1, analysis.Out},
		{"PlayerTrackSurface", ibt.TrackLocInPitStall, analysis.Out},
		{"PlayerTrackSurface", ibt.TrackLocApproachingPits, analysis.Out},
		{"PlayerTrackSurface", ibt.TrackLocNotInWorld, analysis.Partial},
		{"PlayerTrackSurface", ibt.TrackLocOffTrack, analysis.Partial},
	} {
		c := newCar(t, vars)
		c.place(0.1)
		c.set(where.channel, where.value)
		c.to(0.2, 15)
		c.pits(false)
		c.set("PlayerCarInPitStall", 0)
		c.lap(15)
		if got := c.table().Laps[0].Kind; got != where.kind {
			t.Errorf("from a %s of %g begins a lap of kind %s, want %s", where.channel, where.value, got, where.kind)
		}
	}
}

func TestReset(t *testing.T) {
	for name, reset := range map[string]func(*car){
		"with a blank record": (*car).blank,
		"without":             func(*car) {},
	} {
		t.Run(name, func(t *testing.T) {
			c := onTrack(t, vars)
			c.lap(15)
			c.to(0.4, 15)
			reset(c)
			// The lap keeps its number.
			c.place(0.05)
			c.pits(true)
			c.stand(20)
			c.to(0.2, 60)
			c.pits(false)
			c.lap(15)
			c.lap(14)
			c.to(0.4, 15)
			table := c.table()
			checkTable(t, table, c.rows)
			wantLaps(t, table, 1, "5 run 1 out (out lap, not timed)", "6 run 1 flying 15.0",
				"7.1 run 1 partial (partial lap, not timed)", "7.2 run 2 out (out lap, not timed)", "8 run 2 flying 14.0",
				"9 run 2 partial (partial lap, not timed)")
		})
	}
	// A reset within the clock's lag leaves the lap before with the time of its positions.
	c := onTrack(t, vars)
	c.lap(15)
	c.to(0.01, 15)
	c.blank()
	c.place(0.05)
	c.pits(true)
	c.stand(200)
	table := c.table()
	checkTable(t, table, c.rows)
	timedBy(t, table, analysis.Position, 0.02, c.timed[1])
}

func TestBackOverTheLine(t *testing.T) {
	for name, each := range map[string]func(*car){
		"counted once": nil,
		"counted back": func(c *car) { c.set("Lap", float64(c.number)+math.Floor(c.shown)) },
	} {
		t.Run(name, func(t *testing.T) {
			c := onTrack(t, vars)
			c.each = each
			c.lap(15)
			c.to(0.05, 15)
			for range 60 { // rolls back to 0.95
				c.step(-0.1)
			}
			c.stand(20)
			c.lap(15)
			c.lap(14)
			c.to(0.5, 15)
			f := c.file()
			table := lapsOf(t, f)
			checkTable(t, table, c.rows)
			timedBy(t, table, analysis.Official, 1e-4, c.timed[1:]...)
			spun := table.Find("7")
			if spun == nil || spun.Kind != analysis.Flying || !(spun.Time > 17) {
				t.Fatalf("laps:\n%s", list(table, 4))
			}
			// Neither the first sector nor the trace is what was driven backwards.
			if !(spun.Sectors[0] > 5 && spun.Sectors[1] > 6.5 && spun.Sectors[1] < 7) {
				t.Errorf("sectors %v", spun.Sectors)
			}
			signals := signalsOf(t, f, table, "Speed", "Gear")
			axis := analysis.NewAxis(table.TrackLength, 200)
			tr := traceOf(t, f, spun, axis, signals...)
			checkTrace(t, f, spun, axis, signals, tr)
			delta := analysis.Delta(tr, traceOf(t, f, &table.Laps[len(table.Laps)-2], axis))
			if got, want := delta[len(delta)-1], spun.Time-c.timed[3]; math.Abs(got-want) > 0.001 {
				t.Errorf("%.4f s at the end, the lap times differ by %.4f", got, want)
			}
		})
	}
	// Over the line backwards and forwards again is no lap, even if a build of the sim counted it as one.
	c := onTrack(t, without("LapCurrentLapTime"))
	crossings, before := 1.0, c.shown
	c.each = func(c *car) {
		if c.shown >= 1 && before < 1 {
			crossings++
		}
		before = c.shown
		c.set("Lap", float64(c.number)+crossings)
	}
	c.to(0.01, 15)
	c.stand(100)
	for range 30 {
		c.step(-0.04)
	}
	c.to(0.5, 15)
	table := c.table()
	checkTable(t, table, c.rows)
	wantLaps(t, table, 1, "5 run 1 out (out lap, not timed)", "6 run 1 flying (not timed, not recorded whole)",
		"7 run 1 partial (partial lap, not timed)")
}

func TestTow(t *testing.T) {
	c := onTrack(t, vars)
	c.lap(15)
	c.to(0.4, 15)
	c.place(0.05)
	c.pits(true)
	c.set("PlayerCarInPitStall", 1)
	c.set("PlayerCarTowTime", 20)
	c.stand(100)
	c.set("PlayerCarTowTime", 0)
	c.set("PlayerCarInPitStall", 0)
	c.pits(false)
	c.lap(15)
	c.to(0.2, 15)
	table := c.table()
	checkTable(t, table, c.rows)
	wantLaps(t, table, 1, "5 run 1 out (out lap, not timed)", "6 run 1 flying 15.0",
		"7.1 run 1 partial (partial lap, not timed)", "7.2 run 2 out (out lap, not timed, towed)",
		"8 run 2 partial (partial lap, not timed)")
}

func TestOffTrackAndIncidents(t *testing.T) {
	c := onTrack(t, vars)
	c.to(0.4, 15)
	c.set("PlayerTrackSurface", ibt.TrackLocOffTrack)
	c.step(1.0 / 15)
	c.set("PlayerTrackSurface", ibt.TrackLocOnTrack)
	c.lap(15)
	c.to(0.5, 15)
	c.set("PlayerCarMyIncidentCount", 4)
	c.lap(15)
	// A point that comes with the first record behind the line belongs to the lap that begins there.
	c.each = func(c *car) {
		if c.shown >= 4 {
			c.set("PlayerCarMyIncidentCount", 5)
		}
	}
	c.lap(15)
	c.lap(15)
	c.to(0.2, 15)
	table := c.table()
	checkTable(t, table, c.rows)
	wantLaps(t, table, 1, "5 run 1 out (out lap, not timed)", "6 run 1 flying 15.0 (off track)",
		"7 run 1 flying 15.0 (incident)", "8 run 1 flying 15.0", "9 run 1 flying 15.0 (incident)",
		"10 run 1 partial (partial lap, not timed)")
	var points []int
	for i := range table.Laps {
		points = append(points, table.Laps[i].Incidents)
	}
	if fmt.Sprint(points) != "[0 0 4 0 1 0]" {
		t.Errorf("incident points %v", points)
	}
	c = onTrack(t, without("PlayerCarMyIncidentCount", "PlayerTrackSurface"))
	c.lap(15)
	if l := c.table().Laps[1]; l.Incidents != -1 || !l.Valid() {
		t.Errorf("%d incident points in a file that does not tell: %s", l.Incidents, l.Notes())
	}
}

func TestFuel(t *testing.T) {
	c := newCar(t, vars)
	fuel := 50.2
	c.each = func(c *car) {
		fuel -= 0.001
		c.set("FuelLevel", fuel)
		c.set("Speed", 50+10*math.Sin(2*math.Pi*c.shown))
		c.set("AirTemp", 20+c.shown)
		c.set("TrackWetness", math.Floor(3*c.shown))
	}
	c.leave()
	start := fuel
	c.lap(15)
	c.to(0.3, 15)
	c.pits(true)
	for range 60 { // refuelled at 3 l/s
		fuel += 0.051
		c.step(0)
	}
	c.pits(false)
	c.lap(15)
	c.to(0.1, 15)
	table := c.table()
	checkTable(t, table, c.rows)
	wantLaps(t, table, 1, "5 run 1 out (out lap, not timed)", "6 run 1 flying 15.0",
		"7 run 1 pit 16.0 (pit lap)", "8 run 1 partial (partial lap, not timed)")
	flying, pit := &table.Laps[1], &table.Laps[2]
	if math.Abs(flying.FuelStart-start) > 0.01 || math.Abs(flying.FuelUsed-0.9) > 0.01 {
		t.Errorf("%.3f l of %.3f used in the flying lap, want 0.9 of %.3f", flying.FuelUsed, flying.FuelStart, start)
	}
	if math.Abs(pit.FuelUsed-0.96) > 0.07 {
		t.Errorf("%.3f l used in the lap in which the car was refuelled, want 0.96", pit.FuelUsed)
	}
	if math.Abs(flying.TopSpeed-60) > 0.01 || math.Abs(flying.MinSpeed-40) > 0.01 {
		t.Errorf("%g to %g m/s in the flying lap, want 40 to 60", flying.MinSpeed, flying.TopSpeed)
	}
	if math.Abs(flying.AirTemp-21.5) > 0.01 || math.Abs(flying.TrackTemp-30) > 1e-9 || flying.Wetness != 5 {
		t.Errorf("%g °C, track %g °C, wetness %d", flying.AirTemp, flying.TrackTemp, flying.Wetness)
	}
	c = onTrack(t, without("FuelLevel", "Speed", "AirTemp", "TrackTemp", "TrackTempCrew", "TrackWetness", "LapDist"))
	c.lap(15)
	table = c.table()
	l := &table.Laps[1]
	for _, x := range []float64{l.FuelStart, l.FuelUsed, l.TopSpeed, l.MinSpeed, l.AirTemp, l.TrackTemp} {
		if !math.IsNaN(x) {
			t.Errorf("a file that does not tell has %g", x)
		}
	}
	if table.TrackLength != 1000 {
		t.Errorf("the track is %g m long", table.TrackLength)
	}
	c = onTrack(t, without("TrackTempCrew"))
	if got := c.table().Laps[0].TrackTemp; got != 99 {
		t.Errorf("the track has %g °C by the old channel", got)
	}
}

// TestPitLaneAtTheLine drives laps whose ends lie in a pit lane that spans the line.
func TestPitLaneAtTheLine(t *testing.T) {
	c := newCar(t, vars)
	c.blank()
	c.place(0.97) // the stall is before the line
	c.pits(true)
	c.stand(30)
	c.to(1.03, 60)
	c.pits(false)
	c.lap(15)
	c.to(0.95, 15)
	c.pits(true)
	c.to(1.05, 60)
	c.pits(false)
	c.to(0.95, 15)
	c.pits(true)
	c.to(1.05, 60)
	c.pits(false)
	c.lap(15)
	c.lap(15)
	c.to(0.95, 15)
	c.pits(true)
	c.to(0.97, 60)
	c.stand(50)
	table := c.table()
	checkTable(t, table, c.rows)
	var got []string
	for i := range table.Laps {
		got = append(got, table.Laps[i].ID()+" "+table.Laps[i].Kind.String())
	}
	if s := strings.Join(got, ", "); s != "5 out-in, 6 out, 7 in, 8 out-in, 9 out, 10 flying, 11 in" {
		t.Errorf("laps %s", s)
	}
	// The sim times laps through the pits, and so does the table.
	timedBy(t, table, analysis.Official, 1e-4, c.timed[1:]...)

	// A lap that is begun in the pits and given up on the track is no out lap, and a visit to the stall is none either.
	c = newCar(t, vars)
	c.blank()
	c.place(0.05)
	c.pits(true)
	c.stand(30)
	c.blank()
	c.place(0.05)
	c.pits(true)
	c.to(0.1, 60)
	c.pits(false)
	c.to(0.5, 15)
	c.blank()
	c.place(0.9)
	c.pits(false)
	c.to(0.95, 15)
	c.pits(true)
	c.lap(60)
	c.to(0.1, 60)
	table = c.table()
	checkTable(t, table, c.rows)
	wantLaps(t, table, 1, "5.1 run 1 partial (partial lap, not timed)", "5.2 run 2 partial (partial lap, not timed)",
		"5.3 run 3 partial (partial lap, not timed)", "6 run 3 out-in (out-in lap, not timed)")
}

// TestStandingStart has the clock of lap 1 run from the green light, before the line.
func TestStandingStart(t *testing.T) {
	c := newCar(t, vars)
	c.number = 0
	c.place(0.995)
	c.stand(120)
	green := c.time
	c.lap(600)
	c.crossed = green // what the sim counts lap 1 from
	c.lag = 1 << 19   // the clock does not restart at the line
	c.to(0.5, 15)
	c.lag = 40
	c.lap(15)
	c.lap(14)
	c.to(0.5, 15)
	table := c.table()
	checkTable(t, table, c.rows)
	lap := &table.Laps[1]
	if lap.ID() != "1" || lap.Kind != analysis.Flying || lap.Clock != analysis.Official {
		t.Fatalf("laps:\n%s", list(table, 4))
	}
	if want := c.timed[1]; math.Abs(lap.Time-want) > 1e-4 || lap.Time < 16 || math.Abs(lap.Start-green) > 0.02 {
		t.Errorf("lap 1 takes %.4f s from %.4f, want %.4f from %.4f", lap.Time, lap.Start, want, green)
	}
	if s := lap.Sectors; math.Abs(s[1]-0.45*15) > 0.02 || math.Abs(s[2]-0.3*15) > 0.02 {
		t.Errorf("sectors %v", s)
	}
	axis := analysis.NewAxis(1000, 100)
	f := c.file()
	a, b := traceOf(t, f, lap, axis), traceOf(t, f, &table.Laps[2], axis)
	delta := analysis.Delta(a, b)
	if got, want := delta[len(delta)-1], lap.Time-table.Laps[2].Time; math.Abs(got-want) > 0.001 {
		t.Errorf("%.4f s at the end, the lap times differ by %.4f", got, want)
	}
	// What was lost at the start is lost at the line already.
	if got := delta[0]; math.Abs(got-(c.crossing[0]-green)) > 0.03 {
		t.Errorf("%.4f s at the line, the car was there %.4f s after the light", got, c.crossing[0]-green)
	}
}

func TestSectors(t *testing.T) {
	c := onTrack(t, vars)
	c.to(0.25, 16) // 4 s
	c.to(0.7, 20)  // 9 s
	c.lap(10)      // 3 s
	c.lap(15)
	c.to(0.5, 12)
	table := c.table()
	checkTable(t, table, c.rows)
	for i, want := range [][]float64{{nan, 9, 6}, {4, 9, 3}, {3.75, 6.75, 4.5}, {3, nan, nan}} {
		got := table.Laps[i].Sectors
		for k := range want {
			if math.IsNaN(got[k]) != math.IsNaN(want[k]) || math.Abs(got[k]-want[k]) > 0.02 {
				t.Errorf("lap %s has the sectors %.3f, want %v", table.Laps[i].ID(), got, want)
			}
		}
	}
	// The bounds may lie so close to the line that no row is between.
	text := strings.Replace(sessionText, "SectorStartPct: 0.250000", "SectorStartPct: 0.000010", 1)
	text = strings.Replace(text, "SectorStartPct: 0.700000", "SectorStartPct: 0.999990", 1)
	c = newCarAt(t, vars, text)
	c.lap(20)
	c.lap(15)
	c.to(0.5, 15)
	table = c.table()
	checkTable(t, table, c.rows)
	if s := table.Laps[1].Sectors; !(math.Abs(s[1]-15) < 0.01) {
		t.Errorf("sectors %v", s)
	}
	// A lap can begin on a bound to the bit.
	for _, pct := range []float64{0, 0.25} {
		c = newCar(t, vars)
		c.place(pct)
		c.stand(2)
		c.to(0.8, 15)
		if s := c.table().Laps[0].Sectors; !math.IsNaN(s[0]) || math.IsNaN(s[1]) != (pct > 0) || !math.IsNaN(s[2]) {
			t.Errorf("from %g on: sectors %v", pct, s)
		}
	}
	// Without session text there are none.
	c = newCarAt(t, vars, "")
	c.lap(20)
	c.lap(15)
	table = c.table()
	checkTable(t, table, c.rows)
	if table.Laps[1].Sectors != nil || math.Abs(table.TrackLength-1000) > 0.01 {
		t.Errorf("sectors %v on %g m", table.Laps[1].Sectors, table.TrackLength)
	}
}

var nan = math.NaN()

func TestOnlyRequiredChannels(t *testing.T) {
	c := onTrack(t, only("SessionTime", "Lap", "LapDistPct"))
	c.lap(15)
	c.lap(14)
	c.to(0.5, 15)
	table := c.table()
	checkTable(t, table, c.rows)
	wantLaps(t, table, 1, "5 run 1 partial (partial lap, not timed)", "6 run 1 flying 15.0 (time taken from the position)",
		"7 run 1 flying 14.0 (time taken from the position)", "8 run 1 partial (partial lap, not timed)")
	for _, missing := range []string{"SessionTime", "Lap", "LapDistPct"} {
		_, err := analysis.Laps(context.Background(), onTrack(t, without(missing)).file())
		var lacks *ibt.ChannelError
		if !errors.As(err, &lacks) || lacks.Name != missing {
			t.Errorf("without %s: %v", missing, err)
		}
	}
}

// TestTrackLength has a distance that is nonsense now and then.
func TestTrackLength(t *testing.T) {
	c := newCar(t, vars)
	c.each = func(c *car) {
		switch c.rows / 16 % 5 {
		case 1:
			c.set("LapDist", 1e9)
		case 2:
			c.set("LapDist", 1)
		}
	}
	c.lap(15)
	c.lap(15)
	if l := c.table().TrackLength; math.Abs(l-1000) > 0.01 {
		t.Errorf("the track is %g m long", l)
	}
}

func TestNoRows(t *testing.T) {
	table := newCar(t, vars).table()
	if len(table.Laps) != 0 || len(table.Sessions) != 0 || table.Best() != nil || table.Last() != nil ||
		table.Find("1") != nil || table.TrackLength != 1000 {
		t.Errorf("%+v", table)
	}
	c := newCar(t, vars)
	c.blank()
	if table := c.table(); len(table.Laps) != 0 || len(table.Sessions) != 1 {
		t.Errorf("%+v", table)
	}
}

func TestCancelled(t *testing.T) {
	f := onTrack(t, vars).file()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := analysis.Laps(ctx, f); !errors.Is(err, context.Canceled) {
		t.Errorf("laps: %v", err)
	}
	table := lapsOf(t, f)
	if _, err := analysis.TraceLap(ctx, f, &table.Laps[0], analysis.NewAxis(1000, 100), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("trace: %v", err)
	}
	rows := []ibt.Range{{From: 0, To: 100}}
	if _, err := analysis.TraceTime(ctx, f, table, rows, nil, 100); !errors.Is(err, context.Canceled) {
		t.Errorf("trace over time: %v", err)
	}
}
