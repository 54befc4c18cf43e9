package ibt

import (
	"fmt"
	"strconv"
	"strings"
)

// Enum is an enumeration or a set of flags of the sim. A channel whose values belong to one has its name for a unit.
type Enum struct {
	Name   string // as in [Var.Unit], such as irsdk_TrkLoc
	Flags  bool   // values are bits that can be set together
	Values []EnumValue
}

// EnumValue is one value of an enumeration or one bit of a set of flags.
type EnumValue struct {
	Value int64
	Name  string // words that a driver knows
}

// Values of irsdk_TrkLoc, where the car is.
const (
	TrackLocNotInWorld      = -1
	TrackLocOffTrack        = 0
	TrackLocInPitStall      = 1
	TrackLocApproachingPits = 2 // the pit road too
	TrackLocOnTrack         = 3
)

// LookupEnum finds the enumeration that a channel's unit names.
func LookupEnum(unit string) (*Enum, bool) {
	for i := range enums {
		if enums[i].Name == unit {
			return &enums[i], true
		}
	}
	return nil, false
}

// Text is the name of v, or for flags the names of its bits, with commas. What has no name is shown as a number.
func (e *Enum) Text(v int64) string {
	if !e.Flags {
		for _, x := range e.Values {
			if x.Value == v {
				return x.Name
			}
		}
		return strconv.FormatInt(v, 10)
	}
	// A channel that was read as int32 has the top bit as a sign.
	bits := int64(uint32(v))
	if bits == 0 {
		return "none"
	}
	var names []string
	for _, x := range e.Values {
		if bits&x.Value != 0 {
			names = append(names, x.Name)
			bits &^= x.Value
		}
	}
	if bits != 0 {
		names = append(names, fmt.Sprintf("%#x", bits))
	}
	return strings.Join(names, ", ")
}

// ordered names the values from first on, one after the other.
func ordered(first int64, names ...string) []EnumValue {
	values := make([]EnumValue, len(names))
	for i, n := range names {
		values[i] = EnumValue{first + int64(i), n}
	}
	return values
}

// bits names the bits from the lowest on; an empty name leaves one out.
func bits(names ...string) []EnumValue {
	var values []EnumValue
	for i, n := range names {
		if n != "" {
			values = append(values, EnumValue{1 << i, n})
		}
	}
	return values
}

var enums = []Enum{
	{Name: "irsdk_Flags", Flags: true, Values: bits(
		"chequered", "white", "green", "yellow", "red", "blue", "debris", "crossed", "yellow waving", "one lap to green",
		"green held", "ten to go", "five to go", "random waving", "caution", "caution waving", "black", "disqualified",
		"serviceable", "furled", "repair", "scoring invalid", "", "", "", "", "", "",
		"start hidden", "start ready", "start set", "start go")},
	{Name: "irsdk_EngineWarnings", Flags: true, Values: bits(
		"water temperature", "fuel pressure", "oil pressure", "engine stalled", "pit speed limiter", "rev limiter",
		"oil temperature", "mandatory repair", "optional repair")},
	{Name: "irsdk_PitSvFlags", Flags: true, Values: bits(
		"left front tyre", "right front tyre", "left rear tyre", "right rear tyre", "fuel", "windshield tear-off",
		"fast repair")},
	{Name: "irsdk_PaceFlags", Flags: true, Values: bits("end of line", "free pass", "waved around")},
	{Name: "irsdk_TrkLoc", Values: ordered(-1, "not in world", "off track", "in pit stall", "pit road", "on track")},
	{Name: "irsdk_TrkSurf", Values: ordered(-1, "not in world", "undefined",
		"asphalt", "asphalt", "asphalt", "asphalt", "concrete", "concrete", "racing dirt", "racing dirt", "paint", "paint",
		"rumble strip", "rumble strip", "rumble strip", "rumble strip", "grass", "grass", "grass", "grass",
		"dirt", "dirt", "dirt", "dirt", "sand", "gravel", "gravel", "grasscrete", "astroturf")},
	{Name: "irsdk_SessionState", Values: ordered(0,
		"invalid", "get in car", "warm-up", "parade laps", "racing", "chequered", "cool down")},
	{Name: "irsdk_PitSvStatus", Values: append(ordered(0, "none", "in progress", "complete"), ordered(100,
		"too far left", "too far right", "too far forward", "too far back", "bad angle", "cannot be repaired")...)},
	{Name: "irsdk_PaceMode", Values: ordered(0,
		"single file start", "double file start", "single file restart", "double file restart", "not pacing")},
	{Name: "irsdk_CarLeftRight", Values: ordered(0,
		"off", "clear", "car left", "car right", "cars both sides", "two cars left", "two cars right")},
	{Name: "irsdk_TrackWetness", Values: ordered(0, "unknown", "dry", "mostly dry", "very lightly wet", "lightly wet",
		"moderately wet", "very wet", "extremely wet")},
	{Name: "irsdk_EnterExitReset", Values: ordered(0, "enter", "exit", "reset")},
}

// Incident takes a value of the channel PlayerIncidents apart into what happened and the penalty in incident points.
func Incident(v int64) (report string, points int) {
	reports := []string{
		"", "out of control", "off track", "off track, ongoing", "contact with the world", "collision with the world",
		"collision with the world, ongoing", "contact with a car", "collision with a car",
	}
	penalties := []int{0, 0, 1, 2, 4}
	if i := v & 0xff; int(i) < len(reports) {
		report = reports[i]
	}
	if i := v >> 8 & 0xff; int(i) < len(penalties) {
		points = penalties[i]
	}
	return report, points
}
