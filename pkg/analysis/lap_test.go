package analysis_test

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

func TestFormatLapTime(t *testing.T) {
	for _, test := range []struct {
		s    float64
		want string
	}{
		{0, "0:00.000"},
		{0.0004, "0:00.000"},
		{-0.0004, "0:00.000"},
		{0.0006, "0:00.001"},
		{15.0667, "0:15.067"},
		{59.9994, "0:59.999"},
		{59.9996, "1:00.000"},
		{60, "1:00.000"},
		{92.456, "1:32.456"},
		{-0.25, "-0:00.250"},
		{-61.5, "-1:01.500"},
		{599.9996, "10:00.000"},
		{3599.9996, "1:00:00.000"},
		{3661.001, "1:01:01.001"},
		{86_400, "24:00:00.000"},
		{math.NaN(), ""},
		{math.Inf(1), ""},
		{math.Inf(-1), ""},
		{1e300, ""},
	} {
		if got := analysis.FormatLapTime(test.s); got != test.want {
			t.Errorf("%g s is written %q, want %q", test.s, got, test.want)
		}
	}
}

// made is a lap as a table can hold it.
func made(number, instance int, rows int, time float64, reasons analysis.Reason) analysis.Lap {
	l := analysis.Lap{Number: number, Instance: instance, To: rows, Time: time, Reasons: reasons, Clock: analysis.Official}
	if math.IsNaN(time) {
		l.Clock, l.Reasons = analysis.NoClock, l.Reasons|analysis.NotTimed
	}
	if reasons&analysis.NotFlying != 0 {
		l.Kind = analysis.Partial
	}
	return l
}

func tableOf(laps ...analysis.Lap) *analysis.Table {
	seen := make(map[int]int)
	for _, l := range laps {
		seen[l.Number]++
	}
	for i := range laps {
		laps[i].Repeated = seen[laps[i].Number] > 1
	}
	return &analysis.Table{Laps: laps}
}

func id(l *analysis.Lap) string {
	if l == nil {
		return "none"
	}
	return l.ID()
}

func TestBestAndLast(t *testing.T) {
	const bad = analysis.OffTrack
	for _, test := range []struct {
		name       string
		table      *analysis.Table
		best, last string
	}{
		{"nothing", tableOf(), "none", "none"},
		{"valid before faster", tableOf(made(1, 1, 9, 15, bad), made(2, 1, 9, 17, 0), made(3, 1, 9, 16, 0), made(4, 1, 9, 15, bad)), "3", "4"},
		{"none valid", tableOf(made(1, 1, 9, 15.1, bad), made(2, 1, 9, 15, bad), made(3, 1, 9, nan, analysis.NotFlying)), "2", "2"},
		{"the earlier of two equal ones", tableOf(made(1, 1, 9, 15, 0), made(2, 1, 9, 15, 0)), "1", "2"},
		{"none timed", tableOf(made(1, 1, 9, nan, 0), made(2, 1, 9, nan, analysis.NotFlying)), "none", "1"},
		{"only parts", tableOf(made(1, 1, 9, nan, analysis.NotFlying), made(2, 1, 9, nan, analysis.NotFlying)), "none", "2"},
	} {
		if got := id(test.table.Best()); got != test.best {
			t.Errorf("%s: the best lap is %s, want %s", test.name, got, test.best)
		}
		if got := id(test.table.Last()); got != test.last {
			t.Errorf("%s: the last lap is %s, want %s", test.name, got, test.last)
		}
	}
}

func TestFind(t *testing.T) {
	table := tableOf(
		made(7, 1, 900, nan, 0), made(8, 1, 500, nan, 0), made(8, 2, 400, 15, 0), made(8, 3, 450, 16, 0), made(8, 4, 999, nan, 0),
		made(9, 1, 10, nan, 0), made(9, 2, 12, nan, 0), made(9, 3, 12, nan, 0),
	)
	for ask, want := range map[string]string{
		"7": "7", "7.1": "7", " 7 ": "7", "7.2": "none", "8": "8.3", "8.1": "8.1", "8.2": "8.2", "8.4": "8.4", "8.5": "none",
		"9": "9.2", "10": "none", "": "none", "best": "none", "8.x": "none", "8.": "none", "1": "none",
	} {
		if got := id(table.Find(ask)); got != want {
			t.Errorf("%q finds %s, want %s", ask, got, want)
		}
	}
	for i := range table.Laps {
		if l := &table.Laps[i]; table.Find(l.ID()) != l {
			t.Errorf("lap %s is not found by its id", l.ID())
		}
	}
}

func TestWords(t *testing.T) {
	l := analysis.Lap{
		Kind: analysis.OutIn, Clock: analysis.Position,
		Reasons: analysis.NotTimed | analysis.NotFlying | analysis.OffTrack | analysis.Incident | analysis.Towed | analysis.Incomplete,
	}
	want := "out-in lap, not timed, off track, incident, towed, not recorded whole, time taken from the position"
	if got := l.Notes(); got != want || l.Valid() {
		t.Errorf("notes %q, want %q", got, want)
	}
	if l = (analysis.Lap{}); l.Notes() != "" || !l.Valid() {
		t.Errorf("notes %q", l.Notes())
	}
	var kinds []string
	for k := analysis.Flying; k <= analysis.Partial+1; k++ {
		kinds = append(kinds, k.String())
	}
	if got := strings.Join(kinds, " "); got != "flying out in out-in pit partial partial" {
		t.Errorf("kinds %s", got)
	}
}

// TestGob stores a table as the library does.
func TestGob(t *testing.T) {
	f := wander(t, 9)
	table := lapsOf(t, f)
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(table); err != nil {
		t.Fatal(err)
	}
	size := b.Len()
	var back analysis.Table
	if err := gob.NewDecoder(&b).Decode(&back); err != nil {
		t.Fatal(err)
	}
	// NaN equals itself in print.
	if got, want := fmt.Sprintf("%+v", back), fmt.Sprintf("%+v", *table); got != want {
		t.Errorf("decoded:\n%s\nwant:\n%s", got, want)
	}
	if back.Info.SessionType(1) != "Race" || back.Info.SessionType(9) != "Race" || back.Info.SessionType(0) != "Practice" {
		t.Errorf("session types %v", back.Info.SessionTypes)
	}
	checkTable(t, &back, f.Len())
	drawAll(t, f, &back)
	if size > 8<<10 {
		t.Errorf("%d laps take %d bytes", len(table.Laps), size)
	}
	b.Reset()
	if err := gob.NewEncoder(&b).Encode(newCarAt(t, vars, "").table()); err != nil {
		t.Errorf("a table of nothing: %v", err)
	}
}

func TestReadInfo(t *testing.T) {
	in := analysis.ReadInfo(ibt.ParseSession([]byte(sessionText)))
	want := analysis.Info{
		Track: "Test Ring, Short", TrackName: "Test Ring", TrackID: 7, Car: "Test Car", Driver: "A. Driver", SubSession: 4711,
		TrackConfig: "Short", TrackLength: 1000, Origin: analysis.Geo{Lat: 50, Lon: 8}, Sectors: []float64{0, 0.25, 0.7}, EventType: "Race",
		SessionTypes: map[int]string{0: "Practice", 1: "Race"},
	}
	if got := fmt.Sprintf("%+v", in); got != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %s\nwant %+v", got, want)
	}
	if got := analysis.ReadInfo(ibt.ParseSession(nil)); fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", analysis.Info{}) {
		t.Errorf("of no text: %+v", got)
	}

	var text strings.Builder
	text.WriteString(`---
WeekendInfo:
 TrackName: ring
 TrackConfigName: None
 TrackID: NaN
 TrackLength: 1e300 km
 TrackLatitude: 91 m
 TrackLongitude: 8 m
SessionInfo:
 Sessions:
 - SessionNum: x
   SessionType: Race
DriverInfo:
 DriverCarIdx: 0
 Drivers:
 - CarIdx: 0
   CarPath: testcar
SplitTimeInfo:
 Sectors:
 - SectorStartPct: 0.1
 - SectorStartPct: 0
 - SectorStartPct: NaN
 - SectorStartPct: x
 - SectorStartPct: 0.5
 - SectorStartPct: 0.5
 - SectorStartPct: 0.4
 - SectorStartPct: 1
`)
	for i := range 100 {
		fmt.Fprintf(&text, " - SectorStartPct: 0.7%02d\n", i/2)
	}
	in = analysis.ReadInfo(ibt.ParseSession([]byte(text.String())))
	if in.Track != "ring" || in.Car != "testcar" || in.TrackID != 0 || in.TrackLength != 0 || in.Origin != (analysis.Geo{}) ||
		len(in.SessionTypes) != 0 || in.SessionType(0) != "" {
		t.Errorf("%+v", in)
	}
	if s := in.Sectors; len(s) != 32 || s[0] != 0 || s[1] != 0.5 || s[2] != 0.7 || s[3] != 0.701 {
		t.Errorf("sectors %v", s)
	}
	if l := newCarAt(t, vars, text.String()).table().TrackLength; !math.IsNaN(l) {
		t.Errorf("a track of %g m", l)
	}
}
