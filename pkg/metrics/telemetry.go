package metrics

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// The metrics of telemetry that is pushed. A sample that is sent again is counted as retried each time, besides its end.
var (
	RemoteWriteSamples = promauto.NewCounterVec(prometheus.CounterOpts{
		Name: "iracing_remote_write_samples_total",
		Help: "Samples of telemetry for Prometheus, by outcome: sent, too_old for the target, too_new as they lie in the future, rejected by the target, or retried.",
	}, []string{"outcome"})
)

// Outcomes of [RemoteWriteSamples].
const (
	Sent     = "sent"
	TooOld   = "too_old"
	TooNew   = "too_new"
	Rejected = "rejected"
	Retried  = "retried"
)

// Labels of the pushed series. Nothing else may become a label of a value: a lap, a session or a name would make a new
// series of every drive.
const (
	LabelCustID = "cust_id"
	LabelWheel  = "wheel"
	LabelZone   = "zone"
	LabelSector = "sector"
)

// Pushed is one metric that is not scraped but pushed with the time at which its values were recorded.
type Pushed struct {
	Name string
	Help string
	Unit string // in words, for the documentation
	// Labels are those besides cust_id.
	Labels []string
	// Channels are where the values come from, one for each combination of labels; none for what is not a channel.
	Channels []Channel
}

// Channel is a channel of a telemetry file that becomes a series.
type Channel struct {
	// Names are what the file may call it; the first that it has counts.
	Names []string
	// Wheel and Zone are the values of those labels, empty where the metric does not have them.
	Wheel, Zone string
	// Scale makes a value of the file one of the metric by multiplication.
	Scale float64
}

// The metrics that are pushed for each lap, at the moment of its end, and for a session.
const (
	LapTime     = "iracing_lap_time_seconds"
	LapSector   = "iracing_lap_sector_time_seconds"
	LapFuelUsed = "iracing_lap_fuel_used_liters"
	LapValid    = "iracing_lap_valid"
	SessionInfo = "iracing_session_info"
)

// Labels of [SessionInfo], besides cust_id.
const (
	LabelSubsession  = "subsession_id"
	LabelSessionType = "session_type"
	LabelCar         = "car"
	LabelTrack       = "track"
	LabelTrackConfig = "track_config"
	LabelFile        = "file"
)

// Telemetry lists every pushed metric, those that are sampled over time first.
func Telemetry() []Pushed { return slices.Concat(sampled(), perLap()) }

func sampled() []Pushed {
	value := func(name, unit, help string, channels ...string) Pushed {
		return Pushed{
			Name: "iracing_telemetry_" + name, Unit: unit, Help: help,
			Channels: []Channel{{Names: channels, Scale: 1}},
		}
	}
	return []Pushed{
		value("speed_meters_per_second", "metres per second", "Speed of the car.", "Speed"),
		value("engine_speed_rpm", "revolutions per minute", "Speed of the engine.", "RPM"),
		value("throttle_ratio", "0 to 1", "Throttle, from 0 (released) to 1 (full).", "Throttle"),
		value("brake_ratio", "0 to 1", "Brake pedal, from 0 (released) to 1 (full).", "Brake"),
		value("clutch_ratio", "0 to 1", "Clutch, from 0 (disengaged) to 1 (engaged).", "Clutch"),
		value("steering_angle_radians", "radians", "Angle of the steering wheel, positive to the left.", "SteeringWheelAngle"),
		value("gear", "", "Gear: -1 is reverse, 0 is neutral.", "Gear"),
		value("fuel_level_liters", "litres", "Fuel that is left; kilowatt hours in an electric car.", "FuelLevel"),
		value("fuel_use_kilograms_per_hour", "kilograms per hour", "Fuel that the engine takes at the moment.", "FuelUsePerHour"),
		value("lap_number", "", "Number of the lap that is being driven.", "Lap"),
		value("lap_distance_ratio", "0 to 1", "Share of the lap that has been driven.", "LapDistPct"),
		value("lateral_acceleration_meters_per_second_squared", "metres per second squared",
			"Lateral acceleration, gravity included.", "LatAccel"),
		value("longitudinal_acceleration_meters_per_second_squared", "metres per second squared",
			"Longitudinal acceleration, gravity included.", "LongAccel"),
		tyres("tire_temperature_celsius", "degrees Celsius", "Temperature of the surface of a tyre.", "temp"),
		{
			Name: "iracing_telemetry_tire_pressure_pascals", Unit: "pascals", Help: "Pressure of a tyre.",
			Labels: []string{LabelWheel}, Channels: pressures(),
		},
		tyres("tire_tread_remaining_ratio", "0 to 1", "Share of a tyre's tread that is left.", "wear"),
		value("track_temperature_celsius", "degrees Celsius", "Temperature of the track.", "TrackTempCrew", "TrackTemp"),
		value("air_temperature_celsius", "degrees Celsius", "Temperature of the air.", "AirTemp"),
		value("water_temperature_celsius", "degrees Celsius", "Temperature of the engine's coolant.", "WaterTemp"),
		value("oil_temperature_celsius", "degrees Celsius", "Temperature of the engine's oil.", "OilTemp"),
		value("incidents", "", "Incident points of the driver in this session so far.", "PlayerCarMyIncidentCount"),
	}
}

// The wheels and the zones across a tyre, as channels begin and end. Left and right are those of the car.
var (
	wheels = []struct{ prefix, name string }{
		{"LF", "left_front"}, {"RF", "right_front"}, {"LR", "left_rear"}, {"RR", "right_rear"},
	}
	zones = []struct{ suffix, name string }{{"L", "left"}, {"M", "middle"}, {"R", "right"}}
)

// tyres is a metric of each zone of each tyre.
func tyres(name, unit, help, channel string) Pushed {
	p := Pushed{Name: "iracing_telemetry_" + name, Unit: unit, Help: help, Labels: []string{LabelWheel, LabelZone}}
	for _, w := range wheels {
		for _, z := range zones {
			p.Channels = append(p.Channels, Channel{
				Names: []string{w.prefix + channel + z.suffix}, Wheel: w.name, Zone: z.name, Scale: 1,
			})
		}
	}
	return p
}

func pressures() []Channel {
	out := make([]Channel, len(wheels))
	for i, w := range wheels {
		out[i] = Channel{Names: []string{w.prefix + "pressure"}, Wheel: w.name, Scale: 1000} // from kPa
	}
	return out
}

func perLap() []Pushed {
	return []Pushed{
		{Name: LapTime, Unit: "seconds", Help: "Time of the lap that ended at this moment."},
		{
			Name: LapSector, Unit: "seconds", Help: "Time of a sector, counted from 1, of the lap that ended at this moment.",
			Labels: []string{LabelSector},
		},
		{Name: LapFuelUsed, Unit: "litres", Help: "Fuel that the lap took that ended at this moment; kilowatt hours in an electric car."},
		{Name: LapValid, Unit: "0 or 1", Help: "Whether the lap that ended at this moment is valid (1): timed, from line to line, on the track and without an incident."},
		{
			Name: SessionInfo, Unit: "1", Help: "What was driven, as labels, for as long as it was driven.",
			Labels: []string{LabelSubsession, LabelSessionType, LabelCar, LabelTrack, LabelTrackConfig, LabelFile},
		},
	}
}
