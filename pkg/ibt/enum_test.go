package ibt_test

import (
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

func TestEnumText(t *testing.T) {
	minusTwo := int32(-1 << 31)
	for _, c := range []struct {
		unit  string
		value int64
		want  string
	}{
		{"irsdk_Flags", 0, "none"},
		{"irsdk_Flags", 0x4, "green"},
		{"irsdk_Flags", 0x80000000, "start go"},
		{"irsdk_Flags", int64(minusTwo), "start go"}, // as int32
		{"irsdk_Flags", 0x10000008, "yellow, start hidden"},
		{"irsdk_Flags", 0x40000 | 0x200000, "serviceable, scoring invalid"},
		{"irsdk_Flags", 0x400000, "0x400000"},
		{"irsdk_Flags", 0x400001, "chequered, 0x400000"},
		{"irsdk_EngineWarnings", 0x30, "pit speed limiter, rev limiter"},
		{"irsdk_EngineWarnings", 0x100, "optional repair"},
		{"irsdk_PitSvFlags", 0x7f, "left front tyre, right front tyre, left rear tyre, right rear tyre, fuel, windshield tear-off, fast repair"},
		{"irsdk_PaceFlags", 4, "waved around"},
		{"irsdk_TrkLoc", -1, "not in world"},
		{"irsdk_TrkLoc", ibt.TrackLocOffTrack, "off track"},
		{"irsdk_TrkLoc", ibt.TrackLocApproachingPits, "pit road"},
		{"irsdk_TrkLoc", ibt.TrackLocOnTrack, "on track"},
		{"irsdk_TrkLoc", 4, "4"},
		{"irsdk_TrkSurf", 0, "undefined"},
		{"irsdk_TrkSurf", 4, "asphalt"},
		{"irsdk_TrkSurf", 6, "concrete"},
		{"irsdk_TrkSurf", 8, "racing dirt"},
		{"irsdk_TrkSurf", 10, "paint"},
		{"irsdk_TrkSurf", 14, "rumble strip"},
		{"irsdk_TrkSurf", 18, "grass"},
		{"irsdk_TrkSurf", 22, "dirt"},
		{"irsdk_TrkSurf", 23, "sand"},
		{"irsdk_TrkSurf", 25, "gravel"},
		{"irsdk_TrkSurf", 26, "grasscrete"},
		{"irsdk_TrkSurf", 27, "astroturf"},
		{"irsdk_TrkSurf", 28, "28"},
		{"irsdk_SessionState", 4, "racing"},
		{"irsdk_SessionState", 6, "cool down"},
		{"irsdk_PitSvStatus", 2, "complete"},
		{"irsdk_PitSvStatus", 3, "3"},
		{"irsdk_PitSvStatus", 100, "too far left"},
		{"irsdk_PitSvStatus", 105, "cannot be repaired"},
		{"irsdk_PaceMode", 4, "not pacing"},
		{"irsdk_CarLeftRight", 6, "two cars right"},
		{"irsdk_TrackWetness", 7, "extremely wet"},
		{"irsdk_EnterExitReset", 2, "reset"},
	} {
		e, ok := ibt.LookupEnum(c.unit)
		if !ok {
			t.Errorf("%s is unknown", c.unit)
			continue
		}
		if got := e.Text(c.value); got != c.want {
			t.Errorf("%s %#x is %q, want %q", c.unit, c.value, got, c.want)
		}
	}
	for _, unit := range []string{"", "m/s", "irsdk_flags"} {
		if _, ok := ibt.LookupEnum(unit); ok {
			t.Errorf("the unit %q is taken for an enumeration", unit)
		}
	}
}

func TestIncident(t *testing.T) {
	for value, want := range map[int64]struct {
		report string
		points int
	}{
		0: {"", 0}, 0x201: {"out of control", 1}, 0x102: {"off track", 0}, 0x305: {"collision with the world", 2},
		0x408: {"collision with a car", 4}, 0x0907: {"contact with a car", 0}, 0xff: {"", 0}, -1: {"", 0},
	} {
		if report, points := ibt.Incident(value); report != want.report || points != want.points {
			t.Errorf("%#x is %q with %d points", value, report, points)
		}
	}
}
