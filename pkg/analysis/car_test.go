package analysis_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
)

const (
	tick        = 1.0 / 60
	late        = 0.0145 // s that the sim's positions lag behind its clock
	trackLength = 1000.0 // m
)

// vars are the channels of a current file that matter here, and those of its kind that must not.
var vars = []ibt.Var{
	{Name: "SessionTime", Type: ibt.TypeDouble, Unit: "s"},
	{Name: "SessionNum", Type: ibt.TypeInt},
	{Name: "Lap", Type: ibt.TypeInt},
	{Name: "LapDistPct", Type: ibt.TypeFloat, Unit: "%"},
	{Name: "LapDist", Type: ibt.TypeFloat, Unit: "m"},
	{Name: "LapCurrentLapTime", Type: ibt.TypeFloat, Unit: "s"},
	{Name: "LapLastLapTime", Type: ibt.TypeFloat, Unit: "s"},
	{Name: "OnPitRoad", Type: ibt.TypeBool},
	{Name: "PlayerTrackSurface", Type: ibt.TypeInt, Unit: "irsdk_TrkLoc"},
	{Name: "PlayerCarInPitStall", Type: ibt.TypeBool},
	{Name: "PlayerCarTowTime", Type: ibt.TypeFloat, Unit: "s"},
	{Name: "PlayerCarMyIncidentCount", Type: ibt.TypeInt},
	{Name: "Speed", Type: ibt.TypeFloat, Unit: "m/s"},
	{Name: "Gear", Type: ibt.TypeInt},
	{Name: "Throttle", Type: ibt.TypeFloat, Unit: "%"},
	{Name: "FuelLevel", Type: ibt.TypeFloat, Unit: "l"},
	{Name: "AirTemp", Type: ibt.TypeFloat, Unit: "C"},
	{Name: "TrackTemp", Type: ibt.TypeFloat, Unit: "C"},
	{Name: "TrackTempCrew", Type: ibt.TypeFloat, Unit: "C"},
	{Name: "TrackWetness", Type: ibt.TypeInt, Unit: "irsdk_TrackWetness"},
	{Name: "Lat", Type: ibt.TypeDouble, Unit: "deg"},
	{Name: "Lon", Type: ibt.TypeDouble, Unit: "deg"},
	{Name: "dcBrakeBias", Type: ibt.TypeFloat, Unit: "%"},
}

// without are the channels of vars less some.
func without(names ...string) []ibt.Var {
	return slices.DeleteFunc(slices.Clone(vars), func(v ibt.Var) bool { return slices.Contains(names, v.Name) })
}

// only are some of the channels of vars.
func only(names ...string) []ibt.Var {
	return slices.DeleteFunc(slices.Clone(vars), func(v ibt.Var) bool { return !slices.Contains(names, v.Name) })
}

const sessionText = `---
WeekendInfo:
 TrackName: testring
 TrackID: 7
 TrackLength: 1.00 km
 TrackDisplayName: Test Ring
 TrackConfigName: Short
 TrackLatitude: 50.000000 m
 TrackLongitude: 8.000000 m
 SubSessionID: 4711
 EventType: Race

SessionInfo:
 Sessions:
 - SessionNum: 0
   SessionType: Practice
 - SessionNum: 1
   SessionType: Race

DriverInfo:
 DriverCarIdx: 3
 Drivers:
 - CarIdx: 3
   UserName: A. Driver
   CarScreenName: Test Car

SplitTimeInfo:
 Sectors:
 - SectorNum: 0
   SectorStartPct: 0.000000
 - SectorNum: 1
   SectorStartPct: 0.250000
 - SectorNum: 2
   SectorStartPct: 0.700000
...
`

// car writes a file as a car drives, the way the sim does it: its positions come a bit late, and its lap clock restarts
// only some records after the line.
type car struct {
	t   testing.TB
	w   *ibt.Writer
	mem *ibttest.Memory

	lag  int                // records after the line in which the clocks restart
	each func(*car)         // changes a record before it is written
	drop func(row int) bool // ticks that are not recorded

	rows     int
	time     float64 // SessionTime of the last record
	pos      float64 // laps driven
	shown    float64 // pos as the sim tells it
	number   int     // of the lap that pos 0 is the start of
	most     float64 // laps begun by pos: the sim does not count a crossing of the line twice
	told     float64 // laps begun by shown
	crossed  float64 // official time of the last crossing
	clock    float64 // what LapCurrentLapTime counts from
	last     float64 // LapLastLapTime
	untimed  bool    // the lap being driven will not get a time
	since    int     // records since the line
	timed    []float64
	crossing []float64
}

func newCar(t testing.TB, channels []ibt.Var) *car {
	t.Helper()
	return newCarAt(t, channels, sessionText)
}

func newCarAt(t testing.TB, channels []ibt.Var, session string) *car {
	t.Helper()
	c := &car{t: t, mem: &ibttest.Memory{}, lag: 40, time: 100, number: 5, crossed: 60, clock: 60, last: -1, since: 1 << 20}
	c.untimed = true
	w, err := ibt.NewWriter(c.mem, ibt.WriterOptions{Vars: channels, Session: []byte(session)})
	if err != nil {
		t.Fatal(err)
	}
	c.w = w
	c.set("PlayerTrackSurface", ibt.TrackLocOnTrack)
	c.set("FuelLevel", 50)
	c.set("AirTemp", 20)
	c.set("TrackTemp", 99)
	c.set("TrackTempCrew", 30)
	c.set("TrackWetness", 1)
	return c
}

// set gives a channel a value for the records from now on.
func (c *car) set(name string, v float64) { c.w.Set(c.w.Index(name), v) }

func (c *car) pits(in bool) {
	if in {
		c.set("OnPitRoad", 1)
		c.set("PlayerTrackSurface", ibt.TrackLocApproachingPits)
	} else {
		c.set("OnPitRoad", 0)
		c.set("PlayerTrackSurface", ibt.TrackLocOnTrack)
	}
}

// step moves by one tick at a pace in laps per second, backwards if it is negative, and records it.
func (c *car) step(pace float64) {
	c.time += tick
	before := c.pos
	c.pos += pace * tick
	if n := math.Floor(c.pos); n > c.most {
		c.most = n
		at := c.time - (c.pos-n)/pace
		c.crossing = append(c.crossing, at)
		if c.untimed {
			c.timed = append(c.timed, -1)
		} else {
			c.timed = append(c.timed, at-c.crossed)
		}
		c.untimed = false
		c.crossed = at
	}
	c.shown = before + pace*(tick-late)
	c.since++
	if n := math.Floor(c.shown); n > c.told {
		c.told, c.since = n, 0
	}
	if c.since == c.lag {
		c.clock, c.last = c.crossed, c.timed[len(c.timed)-1]
	}
	c.record()
}

// record writes the record of where the car is.
func (c *car) record() {
	pct := c.shown - math.Floor(c.shown)
	c.set("SessionTime", c.time)
	c.set("Lap", float64(c.number)+c.told)
	c.set("LapDistPct", pct)
	c.set("LapDist", pct*trackLength)
	c.set("LapCurrentLapTime", c.time-c.clock)
	c.set("LapLastLapTime", c.last)
	angle := 2 * math.Pi * c.shown
	radius := trackLength / (2 * math.Pi)
	const perDegree = 6_371_008.8 * math.Pi / 180
	c.set("Lat", 50+radius*math.Sin(angle)/perDegree)
	c.set("Lon", 8+radius*math.Cos(angle)/perDegree/math.Cos(50*math.Pi/180))
	if c.each != nil {
		c.each(c)
	}
	if c.drop != nil && c.drop(c.rows) {
		c.rows++
		return
	}
	c.rows++
	if err := c.w.WriteRecord(); err != nil {
		c.t.Fatal(err)
	}
}

// to drives to a position in the current lap, 1 or more being its end, at the pace of a lap time.
func (c *car) to(pct, lapTime float64) {
	target := c.told + pct
	for c.shown < target {
		c.step(1 / lapTime)
	}
}

// lap drives to the first record behind the line.
func (c *car) lap(lapTime float64) { c.to(1, lapTime) }

// stand records n ticks in which the car does not move.
func (c *car) stand(n int) {
	for range n {
		c.step(0)
	}
}

// place puts the car at a position in its lap, as a reset does.
func (c *car) place(pct float64) {
	c.pos = c.most + pct
	c.shown = c.pos
	c.untimed = true
	c.since = 1 << 20
}

// blank writes the record that the sim writes while it puts the car into the world.
func (c *car) blank() {
	c.time += tick
	for _, name := range []string{"Lap", "LapDistPct", "LapDist", "Lat", "Lon", "Speed", "OnPitRoad"} {
		c.set(name, 0)
	}
	c.set("PlayerTrackSurface", ibt.TrackLocNotInWorld)
	c.set("SessionTime", c.time)
	c.rows++
	if err := c.w.WriteRecord(); err != nil {
		c.t.Fatal(err)
	}
	c.pits(false)
}

// restart begins another session with the car in lap 0 on the grid.
func (c *car) restart() {
	c.time, c.number, c.most, c.told = 3, 0, 0, 0
	c.place(0.99)
}

// leave drives an out lap into lap 6.
func (c *car) leave() {
	c.blank()
	c.place(0.05)
	c.pits(true)
	c.stand(30)
	c.to(0.2, 60)
	c.pits(false)
	c.lap(20)
}

// bytes closes the file.
func (c *car) bytes() []byte {
	c.t.Helper()
	if err := c.w.Close(); err != nil {
		c.t.Fatal(err)
	}
	return c.mem.Data
}

func (c *car) file() *ibt.File {
	c.t.Helper()
	return open(c.t, c.bytes())
}

func (c *car) table() *analysis.Table {
	c.t.Helper()
	return lapsOf(c.t, c.file())
}

func open(t testing.TB, b []byte) *ibt.File {
	t.Helper()
	f, err := ibt.Open(ibt.Bytes(b))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func lapsOf(t testing.TB, f *ibt.File) *analysis.Table {
	t.Helper()
	table, err := analysis.Laps(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// list writes the laps of a table in short: id, run, kind, time in s with some digits, notes.
func list(t *analysis.Table, digits int) string {
	var b strings.Builder
	for i := range t.Laps {
		l := &t.Laps[i]
		fmt.Fprintf(&b, "%s run %d %s", l.ID(), l.Run, l.Kind)
		if l.Timed() {
			fmt.Fprintf(&b, " %.*f", digits, l.Time)
		}
		if n := l.Notes(); n != "" {
			fmt.Fprintf(&b, " (%s)", n)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// wantLaps compares the laps of a table, written as [list] does.
func wantLaps(t *testing.T, table *analysis.Table, digits int, want ...string) {
	t.Helper()
	if got := strings.TrimSpace(list(table, digits)); got != strings.Join(want, "\n") {
		t.Errorf("laps:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
}
