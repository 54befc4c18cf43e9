package frames

import (
	"math"
	"strconv"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
)

// Display says how values are shown: the unit that Grafana draws, the decimals that make sense, and how to get there
// from the file's unit.
type Display struct {
	Unit     string // of Grafana
	Decimals uint16
	Scale    float64 // 0 means 1
	Shift    float64 // added after scaling
	Full     bool    // the axis reaches from 0 to 1
	Auto     bool    // the panel chooses the decimals
	Mappings data.ValueMappings
}

// Value is a value of the source in the unit that is shown.
func (d *Display) Value(v float64) float64 {
	if d.Scale != 0 {
		v *= d.Scale
	}
	return v + d.Shift
}

// Config is the field config for values shown so.
func (d *Display) Config() *data.FieldConfig {
	c := &data.FieldConfig{Unit: d.Unit, Mappings: d.Mappings}
	if !d.Auto {
		c.SetDecimals(d.Decimals)
	}
	if d.Full {
		c.SetMin(0).SetMax(1)
	}
	return c
}

// With returns an identical display with another number of decimals.
func (d Display) With(decimals uint16) Display {
	d.Decimals = decimals
	return d
}

// Displays that do not depend on a channel. Grafana's own units for seconds and litres turn 92 s into 1.53 mins and
// 0.43 l into 430 mL, which no driver reads, and its metres say "1 km" at several ticks; hence the plain suffixes.
var (
	Seconds = Display{Unit: "suffix:s", Decimals: 3}
	// LapClock is lap times on an axis, of seconds: milliseconds that Grafana reads as 1:32.456, in a dashboard with the time
	// zone UTC.
	LapClock = Display{Unit: "time:m:ss.SSS", Scale: 1000, Auto: true}
	Duration = Display{Unit: "dtdurations"}
	Metres   = Display{Unit: "suffix:m", Decimals: 0}
	Number   = Display{Unit: "none", Auto: true} // of a lap: on an axis a rounded tick would repeat
	Count    = Display{Unit: "none", Decimals: 0}
	Bytes    = Display{Unit: "bytes", Decimals: 1}
)

// Displays of what iRacing tells of races, drivers and seasons.
var (
	Rating       = Count // an iRating, a time trial rating, a strength of field
	SafetyRating = Display{Unit: "none", Decimals: 2}
	Points       = Count
	Mean         = Display{Unit: "none", Decimals: 1} // of whole numbers
	Share        = Display{Unit: "percentunit", Decimals: 1}
)

// Temperature is how a temperature in °C is shown.
func Temperature(system models.Units) Display {
	d, _ := ByUnit("C", system)
	return d
}

// Wind is how a speed of the wind in m/s is shown.
func Wind(system models.Units) Display {
	d, _ := ByUnit("m/s", system)
	return d.With(0)
}

// byUnit is what becomes of each unit that the sim uses, in metric and in imperial measures.
var byUnit = map[string][2]Display{
	"m/s":      {{Unit: "velocitykmh", Decimals: 1, Scale: 3.6}, {Unit: "velocitymph", Decimals: 1, Scale: 3600 / 1609.344}},
	"m":        {{Unit: "lengthm", Decimals: 1}, {Unit: "lengthft", Decimals: 1, Scale: 1 / 0.3048}},
	"m/s^2":    same(Display{Unit: "accG", Decimals: 2, Scale: 1 / 9.80665}),
	"rad":      same(Display{Unit: "degree", Decimals: 1, Scale: 180 / math.Pi}),
	"rad/s":    same(Display{Unit: "rotdegs", Decimals: 1, Scale: 180 / math.Pi}),
	"deg":      same(Display{Unit: "degree", Decimals: 6}),
	"%":        same(Display{Unit: "percentunit", Decimals: 0}),
	"revs/min": same(Display{Unit: "rotrpm", Decimals: 0}),
	"RPM":      same(Display{Unit: "rotrpm", Decimals: 0}),
	"s":        same(Seconds),
	"s/s":      same(Display{Unit: "none", Decimals: 3}),
	"C":        {{Unit: "celsius", Decimals: 1}, {Unit: "fahrenheit", Decimals: 1, Scale: 1.8, Shift: 32}},
	"kPa":      {{Unit: "pressurekpa", Decimals: 1}, {Unit: "pressurepsi", Decimals: 1, Scale: 1 / 6.894757}},
	"bar":      {{Unit: "pressurebar", Decimals: 2}, {Unit: "pressurepsi", Decimals: 1, Scale: 14.503774}},
	"Pa":       {{Unit: "pressurehpa", Decimals: 1, Scale: 0.01}, {Unit: "pressurehg", Decimals: 2, Scale: 1 / 3386.389}},
	"Hg":       {{Unit: "pressurehpa", Decimals: 1, Scale: 33.86389}, {Unit: "pressurehg", Decimals: 2}},
	"l":        {{Unit: "suffix:L", Decimals: 2}, {Unit: "gallons", Decimals: 2, Scale: 1 / 3.785411784}},
	"kg":       {{Unit: "masskg", Decimals: 1}, {Unit: "masslb", Decimals: 1, Scale: 1 / 0.45359237}},
	"kg/h":     same(Display{Unit: "suffix:kg/h", Decimals: 1}),
	"kg/m^3":   same(Display{Unit: "suffix:kg/m³", Decimals: 3}),
	"N*m":      same(Display{Unit: "forceNm", Decimals: 1}),
	"Nm":       same(Display{Unit: "forceNm", Decimals: 1}),
	"V":        same(Display{Unit: "volt", Decimals: 1}),
	"W":        same(Display{Unit: "watt", Decimals: 0}),
	"J":        same(Display{Unit: "joule", Decimals: 0}),
	"Hz":       same(Display{Unit: "hertz", Decimals: 1}),
	"fps":      same(Display{Unit: "suffix:fps", Decimals: 0}),
}

func same(d Display) [2]Display { return [2]Display{d, d} }

// ByUnit is how a unit of the file is shown; ok is false for one that has no rule.
func ByUnit(unit string, system models.Units) (d Display, ok bool) {
	pair, ok := byUnit[unit]
	if system == models.UnitsImperial {
		return pair[1], ok
	}
	return pair[0], ok
}

// MapValues shows whole numbers as texts.
func MapValues(names map[int64]string) data.ValueMappings {
	m := make(data.ValueMapper, len(names))
	for v, name := range names {
		m[strconv.FormatInt(v, 10)] = data.ValueMappingResult{Text: name}
	}
	return data.ValueMappings{m}
}
