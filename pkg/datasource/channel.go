package datasource

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// Lengths and speeds of the suspension are small.
var (
	millimetres  = [2]frames.Display{{Unit: "lengthmm", Decimals: 1, Scale: 1000}, {Unit: "lengthin", Decimals: 2, Scale: 1 / 0.0254}}
	millimetresS = [2]frames.Display{
		{Unit: "suffix:mm/s", Decimals: 0, Scale: 1000},
		{Unit: "suffix:in/s", Decimals: 2, Scale: 1 / 0.0254},
	}
)

// pedal matches the channels whose axis always shows the whole travel.
var pedal = regexp.MustCompile(`^(Throttle|Brake|Clutch|Handbrake)(Raw)?$`)

// displayOf is how a channel is shown.
func displayOf(v *ibt.Var, system models.Units) frames.Display {
	pick := func(pair [2]frames.Display) frames.Display {
		if system == models.UnitsImperial {
			return pair[1]
		}
		return pair[0]
	}
	unit, _, _ := strings.Cut(v.Unit, " or ") // "l or kWh" is l in a car with a tank
	switch {
	case v.Type == ibt.TypeBool:
		return frames.Display{Unit: "none", Mappings: frames.MapValues(map[int64]string{0: "off", 1: "on"})}
	case v.Name == "Gear":
		return frames.Display{Unit: "none", Mappings: frames.MapValues(map[int64]string{-1: "R", 0: "N"})}
	case strings.HasSuffix(v.Name, "shockVel"):
		return pick(millimetresS)
	case strings.HasSuffix(v.Name, "shockDefl"), strings.HasSuffix(v.Name, "rideHeight"):
		return pick(millimetres)
	case pedal.MatchString(v.Name):
		d, _ := frames.ByUnit("%", system)
		d.Full = true
		return d
	case v.Name == "LapDistPct", strings.HasPrefix(v.Name, "dcBrakeBias"):
		d, _ := frames.ByUnit(unit, system)
		return d.With(2)
	}
	if d, ok := frames.ByUnit(unit, system); ok {
		return d
	}
	if e, ok := ibt.LookupEnum(v.Unit); ok {
		if e.Flags {
			return frames.Display{Unit: "hex0x"}
		}
		names := make(map[int64]string, len(e.Values))
		for _, x := range e.Values {
			names[x.Value] = x.Name
		}
		return frames.Display{Unit: "none", Mappings: frames.MapValues(names)}
	}
	d := frames.Display{Unit: "none", Decimals: 2}
	if v.Type != ibt.TypeFloat && v.Type != ibt.TypeDouble {
		d.Decimals = 0
	}
	if unit != "" && !strings.HasPrefix(unit, "irsdk_") {
		d.Unit = "suffix:" + unit
	}
	return d
}

// displaySignal is how a signal is shown; the derived ones are places.
func displaySignal(s *analysis.Signal, system models.Units) frames.Display {
	if s.Var == nil {
		return frames.Metres.With(1)
	}
	return displayOf(s.Var, system)
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
