package analysis

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Channel is a signal that drivers know.
type Channel struct {
	Name  string // the sim's, or that of a derived signal
	Title string // the driver's
	// Traced tells that it is worth drawing over the distance of a lap: it changes within one and is not the axis itself.
	Traced bool
}

// mainChannels are in the order of a pick list. Lat and Lon are not traced, since TrackX and TrackY say the same in fewer
// bits.
var mainChannels = []Channel{
	{"Speed", "Speed", true},
	{"Throttle", "Throttle", true},
	{"Brake", "Brake", true},
	{"Clutch", "Clutch", true},
	{"SteeringWheelAngle", "Steering", true},
	{"Gear", "Gear", true},
	{"RPM", "Engine speed", true},
	{"LatAccel", "Lateral acceleration", true},
	{"LongAccel", "Longitudinal acceleration", true},
	{"VertAccel", "Vertical acceleration", true},
	{"YawRate", "Yaw rate", true},
	{"BrakeABSactive", "ABS active", true},
	{"ThrottleRaw", "Throttle, pedal", true},
	{"BrakeRaw", "Brake, pedal", true},
	{"ClutchRaw", "Clutch, pedal", true},
	{"HandbrakeRaw", "Handbrake", true},
	{"SteeringWheelTorque", "Steering torque", true},
	{"FuelLevel", "Fuel", true},
	{"FuelUsePerHour", "Fuel flow", true},
	{"LapDist", "Lap distance", false},
	{"LapDistPct", "Lap distance, share", false},
	{"Lap", "Lap", false},
	{"LapCurrentLapTime", "Current lap time", false},
	{"LapLastLapTime", "Last lap time", false},
	{"LapBestLapTime", "Best lap time", false},
	{"WaterTemp", "Water temperature", true},
	{"OilTemp", "Oil temperature", true},
	{"OilPress", "Oil pressure", true},
	{"TrackTempCrew", "Track temperature", false},
	{"TrackTemp", "Track temperature", false},
	{"AirTemp", "Air temperature", false},
	{"PlayerTrackSurface", "Where the car is", true},
	{"OnPitRoad", "On pit road", true},
	{"PlayerCarMyIncidentCount", "Incidents", true},
	{"PlayerCarPosition", "Position", true},
	{"PlayerCarClassPosition", "Position in class", true},
	{"Lat", "Latitude", false},
	{"Lon", "Longitude", false},
	{"Alt", "Altitude", true},
	{TrackX, "Track map, east", true},
	{TrackY, "Track map, north", true},
}

// MainChannels are the signals that drivers use, in the order of a pick list.
func MainChannels() []Channel { return slices.Clone(mainChannels) }

// MainChannel tells whether a name is one of [MainChannels].
func MainChannel(name string) bool {
	return slices.ContainsFunc(mainChannels, func(c Channel) bool { return c.Name == name })
}

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

// ChannelTitle is the name of a channel in words: the driver's, or else its own taken apart.
func ChannelTitle(name string) string {
	if i := slices.IndexFunc(mainChannels, func(c Channel) bool { return c.Name == name }); i >= 0 {
		return mainChannels[i].Title
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
