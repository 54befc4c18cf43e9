package datasource

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// display says how values are shown: the unit that Grafana draws, the decimals that make sense, and how to get there
// from the file's unit.
type display struct {
	unit     string // of Grafana
	decimals uint16
	scale    float64 // 0 means 1
	shift    float64 // added after scaling
	full     bool    // the axis reaches from 0 to 1
	auto     bool    // the panel chooses the decimals
	mappings data.ValueMappings
}

func (d *display) value(v float64) float64 {
	if d.scale != 0 {
		v *= d.scale
	}
	return v + d.shift
}

// config is the field config for values shown so.
func (d *display) config() *data.FieldConfig {
	c := &data.FieldConfig{Unit: d.unit, Mappings: d.mappings}
	if !d.auto {
		c.SetDecimals(d.decimals)
	}
	if d.full {
		c.SetMin(0).SetMax(1)
	}
	return c
}

// with returns an identical display with another number of decimals.
func (d display) with(decimals uint16) display {
	d.decimals = decimals
	return d
}

// Displays that do not depend on a channel. Grafana's own units for seconds and litres turn 92 s into 1.53 mins and
// 0.43 l into 430 mL, which no driver reads, and its metres say "1 km" at several ticks; hence the plain suffixes.
var (
	asSeconds  = display{unit: "suffix:s", decimals: 3}
	asDuration = display{unit: "dtdurations"}
	asMetres   = display{unit: "suffix:m", decimals: 0}
	asNumber   = display{unit: "none", auto: true} // of a lap: on an axis a rounded tick would repeat
	asCount    = display{unit: "none", decimals: 0}
	asBytes    = display{unit: "bytes", decimals: 1}
)

// byUnit is what becomes of each unit that the sim uses, in metric and in imperial measures.
var byUnit = map[string][2]display{
	"m/s":      {{unit: "velocitykmh", decimals: 1, scale: 3.6}, {unit: "velocitymph", decimals: 1, scale: 3600 / 1609.344}},
	"m":        {{unit: "lengthm", decimals: 1}, {unit: "lengthft", decimals: 1, scale: 1 / 0.3048}},
	"m/s^2":    same(display{unit: "accG", decimals: 2, scale: 1 / 9.80665}),
	"rad":      same(display{unit: "degree", decimals: 1, scale: 180 / math.Pi}),
	"rad/s":    same(display{unit: "rotdegs", decimals: 1, scale: 180 / math.Pi}),
	"deg":      same(display{unit: "degree", decimals: 6}),
	"%":        same(display{unit: "percentunit", decimals: 0}),
	"revs/min": same(display{unit: "rotrpm", decimals: 0}),
	"RPM":      same(display{unit: "rotrpm", decimals: 0}),
	"s":        same(asSeconds),
	"s/s":      same(display{unit: "none", decimals: 3}),
	"C":        {{unit: "celsius", decimals: 1}, {unit: "fahrenheit", decimals: 1, scale: 1.8, shift: 32}},
	"kPa":      {{unit: "pressurekpa", decimals: 1}, {unit: "pressurepsi", decimals: 1, scale: 1 / 6.894757}},
	"bar":      {{unit: "pressurebar", decimals: 2}, {unit: "pressurepsi", decimals: 1, scale: 14.503774}},
	"Pa":       {{unit: "pressurehpa", decimals: 1, scale: 0.01}, {unit: "pressurehg", decimals: 2, scale: 1 / 3386.389}},
	"Hg":       {{unit: "pressurehpa", decimals: 1, scale: 33.86389}, {unit: "pressurehg", decimals: 2}},
	"l":        {{unit: "suffix:L", decimals: 2}, {unit: "gallons", decimals: 2, scale: 1 / 3.785411784}},
	"kg":       {{unit: "masskg", decimals: 1}, {unit: "masslb", decimals: 1, scale: 1 / 0.45359237}},
	"kg/h":     same(display{unit: "suffix:kg/h", decimals: 1}),
	"kg/m^3":   same(display{unit: "suffix:kg/m³", decimals: 3}),
	"N*m":      same(display{unit: "forceNm", decimals: 1}),
	"Nm":       same(display{unit: "forceNm", decimals: 1}),
	"V":        same(display{unit: "volt", decimals: 1}),
	"W":        same(display{unit: "watt", decimals: 0}),
	"J":        same(display{unit: "joule", decimals: 0}),
	"Hz":       same(display{unit: "hertz", decimals: 1}),
	"fps":      same(display{unit: "suffix:fps", decimals: 0}),
}

func same(d display) [2]display { return [2]display{d, d} }

// Lengths and speeds of the suspension are small.
var (
	millimetres  = [2]display{{unit: "lengthmm", decimals: 1, scale: 1000}, {unit: "lengthin", decimals: 2, scale: 1 / 0.0254}}
	millimetresS = [2]display{
		{unit: "suffix:mm/s", decimals: 0, scale: 1000},
		{unit: "suffix:in/s", decimals: 2, scale: 1 / 0.0254},
	}
)

// pedal matches the channels whose axis always shows the whole travel.
var pedal = regexp.MustCompile(`^(Throttle|Brake|Clutch|Handbrake)(Raw)?$`)

// displayUnit is how a unit of the file is shown; ok is false for one that has no rule.
func displayUnit(unit string, system models.Units) (d display, ok bool) {
	pair, ok := byUnit[unit]
	if system == models.UnitsImperial {
		return pair[1], ok
	}
	return pair[0], ok
}

// displayOf is how a channel is shown.
func displayOf(v *ibt.Var, system models.Units) display {
	pick := func(pair [2]display) display {
		if system == models.UnitsImperial {
			return pair[1]
		}
		return pair[0]
	}
	unit, _, _ := strings.Cut(v.Unit, " or ") // "l or kWh" is l in a car with a tank
	switch {
	case v.Type == ibt.TypeBool:
		return display{unit: "none", mappings: mapValues(map[int64]string{0: "off", 1: "on"})}
	case v.Name == "Gear":
		return display{unit: "none", mappings: mapValues(map[int64]string{-1: "R", 0: "N"})}
	case strings.HasSuffix(v.Name, "shockVel"):
		return pick(millimetresS)
	case strings.HasSuffix(v.Name, "shockDefl"), strings.HasSuffix(v.Name, "rideHeight"):
		return pick(millimetres)
	case pedal.MatchString(v.Name):
		d := byUnit["%"][0]
		d.full = true
		return d
	case v.Name == "LapDistPct", strings.HasPrefix(v.Name, "dcBrakeBias"):
		d, _ := displayUnit(unit, system)
		return d.with(2)
	}
	if d, ok := displayUnit(unit, system); ok {
		return d
	}
	if e, ok := ibt.LookupEnum(v.Unit); ok {
		if e.Flags {
			return display{unit: "hex0x"}
		}
		names := make(map[int64]string, len(e.Values))
		for _, x := range e.Values {
			names[x.Value] = x.Name
		}
		return display{unit: "none", mappings: mapValues(names)}
	}
	d := display{unit: "none", decimals: 2}
	if v.Type != ibt.TypeFloat && v.Type != ibt.TypeDouble {
		d.decimals = 0
	}
	if unit != "" && !strings.HasPrefix(unit, "irsdk_") {
		d.unit = "suffix:" + unit
	}
	return d
}

// displaySignal is how a signal is shown; the derived ones are places.
func displaySignal(s *analysis.Signal, system models.Units) display {
	if s.Var == nil {
		return asMetres.with(1)
	}
	return displayOf(s.Var, system)
}

func mapValues(names map[int64]string) data.ValueMappings {
	m := make(data.ValueMapper, len(names))
	for v, name := range names {
		m[strconv.FormatInt(v, 10)] = data.ValueMappingResult{Text: name}
	}
	return data.ValueMappings{m}
}

// mainChannels are the names that drivers use, in the order of a pick list.
var mainChannels = []struct{ name, title string }{
	{"Speed", "Speed"},
	{"Throttle", "Throttle"},
	{"Brake", "Brake"},
	{"Clutch", "Clutch"},
	{"SteeringWheelAngle", "Steering"},
	{"Gear", "Gear"},
	{"RPM", "Engine speed"},
	{"LatAccel", "Lateral acceleration"},
	{"LongAccel", "Longitudinal acceleration"},
	{"VertAccel", "Vertical acceleration"},
	{"YawRate", "Yaw rate"},
	{"BrakeABSactive", "ABS active"},
	{"ThrottleRaw", "Throttle, pedal"},
	{"BrakeRaw", "Brake, pedal"},
	{"ClutchRaw", "Clutch, pedal"},
	{"HandbrakeRaw", "Handbrake"},
	{"SteeringWheelTorque", "Steering torque"},
	{"FuelLevel", "Fuel"},
	{"FuelUsePerHour", "Fuel flow"},
	{"LapDist", "Lap distance"},
	{"LapDistPct", "Lap distance, share"},
	{"Lap", "Lap"},
	{"LapCurrentLapTime", "Current lap time"},
	{"LapLastLapTime", "Last lap time"},
	{"LapBestLapTime", "Best lap time"},
	{"WaterTemp", "Water temperature"},
	{"OilTemp", "Oil temperature"},
	{"OilPress", "Oil pressure"},
	{"TrackTempCrew", "Track temperature"},
	{"TrackTemp", "Track temperature"},
	{"AirTemp", "Air temperature"},
	{"PlayerTrackSurface", "Where the car is"},
	{"OnPitRoad", "On pit road"},
	{"PlayerCarMyIncidentCount", "Incidents"},
	{"PlayerCarPosition", "Position"},
	{"PlayerCarClassPosition", "Position in class"},
	{"Lat", "Latitude"},
	{"Lon", "Longitude"},
	{"Alt", "Altitude"},
	{analysis.TrackX, "Track map, east"},
	{analysis.TrackY, "Track map, north"},
}

var titles = func() map[string]string {
	m := make(map[string]string, len(mainChannels))
	for _, c := range mainChannels {
		m[c.name] = c.title
	}
	return m
}()

// wheelChannel matches the channels that a car has four of.
var (
	wheelChannel = regexp.MustCompile(`^(LF|RF|LR|RR)([a-zA-Z]+)$`)
	wheels       = map[string]string{"LF": "Left front", "RF": "Right front", "LR": "Left rear", "RR": "Right rear"}
	wheelParts   = map[string]string{
		"tempL": "surface temperature, left", "tempM": "surface temperature, middle", "tempR": "surface temperature, right",
		"tempCL": "carcass temperature, left", "tempCM": "carcass temperature, middle", "tempCR": "carcass temperature, right",
		"wearL": "tread left, left", "wearM": "tread left, middle", "wearR": "tread left, right",
		"pressure": "pressure", "coldPressure": "cold pressure", "speed": "wheel speed", "rideHeight": "ride height",
		"shockDefl": "shock deflection", "shockVel": "shock velocity", "brakeLinePress": "brake line pressure",
		"odometer": "tyre distance",
	}
)

// title is the name of a channel in words: the driver's, or else its own taken apart.
func title(name string) string {
	if t, ok := titles[name]; ok {
		return t
	}
	if m := wheelChannel.FindStringSubmatch(name); m != nil {
		part, ok := wheelParts[m[2]]
		if !ok {
			part = words(m[2])
		}
		return wheels[m[1]] + " " + part
	}
	return words(name)
}

// words turns CamelCase into words: SessionTimeRemain into Session time remain, LapDeltaToBestLap_OK keeps its OK.
func words(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		upper := unicode.IsUpper(r)
		startsWord := upper && i > 0 && runes[i-1] != '_' &&
			(!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
		switch {
		case r == '_':
			b.WriteRune(' ')
		case startsWord:
			b.WriteRune(' ')
			if i+1 < len(runes) && unicode.IsLower(runes[i+1]) {
				r = unicode.ToLower(r)
			}
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
