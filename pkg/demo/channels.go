package demo

import (
	"math"
	"slices"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// channel is one variable of the files: how the sim describes it and where the simulation has its value.
type channel struct {
	name, unit, desc string
	kind             ibt.Type
	value            func(m *simulation) float64
	// each gives the elements of an array, whose length is count; value is nil then.
	each  func(m *simulation, k int) float64
	count int
	// blank is what the record of a spawn holds instead, when placed says that there is something.
	placed bool
	blank  float64
	// rare channels are in the files of some cars only.
	rare bool
}

// recorder writes the simulation's state as records.
type recorder struct {
	w        *ibt.Writer
	channels []channel
	records  int
}

func newRecorder(car *Car, w *ibt.Writer) *recorder {
	return &recorder{w: w, channels: channelsOf(car)}
}

// vars lists the variables of a car's files.
func vars(car *Car) []ibt.Var {
	var out []ibt.Var
	for _, c := range channelsOf(car) {
		out = append(out, ibt.Var{
			Name: c.name, Desc: c.desc, Unit: c.unit, Type: c.kind, Count: max(c.count, 1), CountAsTime: c.count > 1,
		})
	}
	return out
}

// record writes one record, unless the sim would have lost the tick: about one in nine thousand, as in real files.
func (m *simulation) record() error {
	r := m.out
	if r.records > 120 && !m.blank && m.incident == 0 && m.road.IntN(9000) == 0 {
		return nil
	}
	for i := range r.channels {
		c := &r.channels[i]
		switch {
		case m.blank && c.placed:
			r.w.Set(i, c.blank)
		case c.each != nil:
			for k := range c.count {
				r.w.SetAt(i, k, c.each(m, k))
			}
		default:
			r.w.Set(i, c.value(m))
		}
	}
	r.records++
	return r.w.WriteRecord()
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// turn brings an angle into (-π, π].
func turn(a float64) float64 { return a - 2*math.Pi*math.Ceil((a-math.Pi)/(2*math.Pi)) }

// table collects channels in the order of the file.
type table struct{ list []channel }

func (t *table) number(name, unit, desc string, value func(*simulation) float64) *channel {
	return t.add(channel{name: name, unit: unit, desc: desc, kind: ibt.TypeFloat, value: value})
}

func (t *table) double(name, unit, desc string, value func(*simulation) float64) *channel {
	return t.add(channel{name: name, unit: unit, desc: desc, kind: ibt.TypeDouble, value: value})
}

func (t *table) integer(name, unit, desc string, value func(*simulation) int) *channel {
	return t.add(channel{
		name: name, unit: unit, desc: desc, kind: ibt.TypeInt,
		value: func(m *simulation) float64 { return float64(value(m)) },
	})
}

func (t *table) bits(name, unit, desc string, value func(*simulation) uint32) *channel {
	return t.add(channel{
		name: name, unit: unit, desc: desc, kind: ibt.TypeBitField,
		value: func(m *simulation) float64 { return float64(value(m)) },
	})
}

func (t *table) yes(name, desc string, value func(*simulation) bool) *channel {
	return t.add(channel{
		name: name, desc: desc, kind: ibt.TypeBool,
		value: func(m *simulation) float64 { return truth(value(m)) },
	})
}

func (t *table) add(c channel) *channel {
	t.list = append(t.list, c)
	return &t.list[len(t.list)-1]
}

// onSpawn is the channel's value in a blank record.
func (c *channel) onSpawn(value float64) *channel {
	c.placed, c.blank = true, value
	return c
}

// onSome makes the channel one that not every car's files have.
func (c *channel) onSome() { c.rare = true }

func channelsOf(car *Car) []channel {
	t := &table{}
	t.sessionChannels()
	t.placeChannels()
	t.driverChannels()
	t.lapChannels()
	t.motionChannels()
	t.weatherChannels()
	t.carChannels(car)
	for i, name := range []string{"RF", "LF", "RR", "LR"} {
		t.wheelChannels(name, []int{rightFront, leftFront, rightRear, leftRear}[i])
	}
	return slices.DeleteFunc(t.list, func(c channel) bool { return c.rare && !car.manyChannels })
}

func (t *table) sessionChannels() {
	t.double("SessionTime", "s", "Seconds since session start", func(m *simulation) float64 { return m.now })
	t.integer("SessionTick", "", "Current update number", func(m *simulation) int { return m.tick + 6587 })
	t.integer("SessionNum", "", "Session number", func(m *simulation) int { return m.stint.Session.Number })
	t.integer("SessionState", "irsdk_SessionState", "Session state", func(m *simulation) int { return m.state })
	t.integer("SessionUniqueID", "", "Session ID", func(m *simulation) int { return 1 + m.stint.Session.Number }).onSome()
	t.bits("SessionFlags", "irsdk_Flags", "Session flags", func(m *simulation) uint32 { return m.flags })
	t.double("SessionTimeRemain", "s", "Seconds left till session ends", (*simulation).timeLeft)
	t.integer("SessionLapsRemainEx", "", "Laps left till session ends", (*simulation).lapsLeft)
	t.number("SessionTimeOfDay", "s", "Time of day in seconds", func(m *simulation) float64 {
		return math.Floor(math.Mod(m.stint.Weather.TimeOfDay+m.now, 86400))
	})
	t.yes("IsOnTrack", "Car on track, physics running, with the player in it", func(*simulation) bool { return true })
	t.number("FrameRate", "fps", "Average frames per second", func(m *simulation) float64 {
		return 96 + 5*m.frameRate.next(m.road, dt, 0.8)
	})
	t.number("CpuUsageFG", "%", "Percent of available time the foreground thread took", func(m *simulation) float64 {
		return 0.33 + 0.025*m.cpu.next(m.road, dt, 1)
	})
	t.number("GpuUsage", "%", "Percent of available time the GPU took", func(m *simulation) float64 {
		return 0.61 + 0.04*m.gpu.next(m.road, dt, 1)
	})
	t.number("ChanLatency", "s", "Communications latency", func(m *simulation) float64 {
		return math.Round((0.066+0.006*m.latency.next(m.road, dt, 3))*60) / 60
	}).onSome()
	t.number("ChanQuality", "%", "Communications quality", func(m *simulation) float64 {
		return 1 - 0.0012*math.Abs(m.latency.x)
	})
	t.integer("PlayerCarPosition", "", "Players position in race", func(m *simulation) int { return m.position })
	t.integer("PlayerCarClassPosition", "", "Players class position in race", func(m *simulation) int { return m.position })
	t.integer("PlayerCarMyIncidentCount", "", "Players own incident count for this session",
		func(m *simulation) int { return m.incidents })
	t.integer("PlayerIncidents", "irsdk_IncidentFlags", "Incidents that the player received",
		func(m *simulation) int { return m.incident })
	t.yes("PlayerCarInPitStall", "Players car is properly in its pit stall", func(m *simulation) bool { return m.inStall })
	t.integer("PlayerCarPitSvStatus", "irsdk_PitSvStatus", "Players car pit service status",
		func(m *simulation) int { return m.service.status })
	t.yes("PitstopActive", "Is the player getting pit stop service", func(m *simulation) bool { return m.service.active })
	t.bits("PitSvFlags", "irsdk_PitSvFlags", "Bitfield of pit service checkboxes",
		func(m *simulation) uint32 { return uint32(m.service.flags) })
	t.number("PitSvFuel", "l or kWh", "Pit service fuel add amount", func(m *simulation) float64 { return m.stint.Refuel })
	t.number("PitRepairLeft", "s", "Time left for mandatory pit repairs", func(*simulation) float64 { return 0 }).onSome()
	t.number("PlayerCarTowTime", "s", "Players car is being towed if time is greater than zero",
		func(*simulation) float64 { return 0 }).onSome()
	t.number("CarDistAhead", "m", "Distance to first car in front of player in meters",
		func(m *simulation) float64 { return m.ahead }).onSpawn(none)
	t.number("CarDistBehind", "m", "Distance to first car behind player in meters",
		func(m *simulation) float64 { return m.behind }).onSpawn(none)
}

func (t *table) placeChannels() {
	t.integer("PlayerTrackSurface", "irsdk_TrkLoc", "Players car track surface type",
		func(m *simulation) int { return m.surface }).onSpawn(-1)
	t.integer("PlayerTrackSurfaceMaterial", "irsdk_TrkSurf", "Players car track surface material type",
		func(m *simulation) int { return m.material }).onSpawn(-1)
	t.yes("OnPitRoad", "Is the player car on pit road between the cones",
		func(m *simulation) bool { return m.onPitRoad }).onSpawn(0)
	t.yes("IsOnTrackCar", "Car on track, physics running", func(*simulation) bool { return true }).onSome()
	t.integer("EnterExitReset", "", "Action the reset key will take: 0 enter, 1 exit, 2 reset", func(m *simulation) int {
		if m.inStall {
			return 1
		}
		return 2
	}).onSpawn(0).onSome()
	t.double("Lat", "deg", "Latitude in decimal degrees", func(m *simulation) float64 {
		lat, _ := m.circuit.place(m.x, m.y)
		return lat
	}).onSpawn(0)
	t.double("Lon", "deg", "Longitude in decimal degrees", func(m *simulation) float64 {
		_, lon := m.circuit.place(m.x, m.y)
		return lon
	}).onSpawn(0)
	t.number("Alt", "m", "Altitude in meters", func(m *simulation) float64 { return m.point.alt }).onSpawn(0)
}

func (t *table) driverChannels() {
	t.number("SteeringWheelAngle", "rad", "Steering wheel angle", func(m *simulation) float64 { return m.steer })
	t.number("Throttle", "%", "0=off throttle to 1=full throttle", func(m *simulation) float64 { return m.applied })
	t.number("Brake", "%", "0=brake released to 1=max pedal force", func(m *simulation) float64 { return m.brake }).onSpawn(1)
	t.number("Clutch", "%", "0=disengaged to 1=fully engaged", func(m *simulation) float64 { return m.clutch }).onSpawn(0)
	t.number("ThrottleRaw", "%", "Raw throttle input 0=off throttle to 1=full throttle",
		func(m *simulation) float64 { return m.throttle })
	t.number("BrakeRaw", "%", "Raw brake input 0=brake released to 1=max pedal force", func(m *simulation) float64 {
		if m.phase == parked {
			return 0 // the sim holds the car, not the driver
		}
		return m.brake
	})
	t.number("ClutchRaw", "%", "Raw clutch input 0=disengaged to 1=fully engaged", func(*simulation) float64 { return 1 }).onSome()
	t.integer("Gear", "", "-1=reverse 0=neutral 1..n=current gear", func(m *simulation) int { return m.shownGear }).onSpawn(0)
	t.number("RPM", "revs/min", "Engine rpm", (*simulation).shownRPM).onSpawn(300)
	t.number("Speed", "m/s", "GPS vehicle speed", func(m *simulation) float64 { return m.v }).onSpawn(0)
	t.number("SteeringWheelTorque", "N*m", "Output torque on steering shaft",
		func(m *simulation) float64 { return m.torque[fine-1] })
	t.add(channel{
		name: "SteeringWheelTorque_ST", unit: "N*m", desc: "Output torque on steering shaft at 360 Hz",
		kind: ibt.TypeFloat, count: fine, each: func(m *simulation, k int) float64 { return m.torque[k] },
	})
	t.number("SteeringWheelPctTorque", "%", "Force feedback % max torque on steering shaft unsigned",
		func(m *simulation) float64 { return math.Min(math.Abs(m.torque[fine-1])/20, 1) }).onSome()
}

func (t *table) lapChannels() {
	t.integer("Lap", "", "Laps started count", func(m *simulation) int { return m.lap }).onSpawn(0)
	t.integer("LapCompleted", "", "Laps completed count", func(m *simulation) int { return m.lap - 1 }).onSpawn(0)
	t.number("LapDist", "m", "Meters traveled from S/F this lap", func(m *simulation) float64 { return m.s }).onSpawn(0)
	t.number("LapDistPct", "%", "Percentage distance around lap",
		func(m *simulation) float64 { return m.s / m.circuit.Length }).onSpawn(0)
	t.integer("LapBestLap", "", "Players best lap number", func(m *simulation) int { return m.clock.bestLap })
	t.number("LapBestLapTime", "s", "Players best lap time", func(m *simulation) float64 { return m.clock.best })
	t.number("LapLastLapTime", "s", "Players last lap time", func(m *simulation) float64 { return m.clock.last })
	t.number("LapCurrentLapTime", "s", "Estimate of players current lap time as shown in F3 box",
		func(m *simulation) float64 { return m.clock.current(m.now) })
	for i, d := range []struct{ name, of string }{
		{"LapDeltaToBestLap", "best lap"}, {"LapDeltaToOptimalLap", "optimal lap"}, {"LapDeltaToSessionBestLap", "session best lap"},
	} {
		t.number(d.name, "s", "Delta time for "+d.of, func(m *simulation) float64 { return m.delta[i].value }).onSpawn(0)
		rate := t.number(d.name+"_DD", "s/s", "Rate of change of delta time for "+d.of,
			func(m *simulation) float64 { return m.delta[i].rate }).onSpawn(0)
		rate.rare = i > 0
		t.yes(d.name+"_OK", "Delta time for "+d.of+" is valid", func(m *simulation) bool { return m.delta[i].ok }).onSpawn(0)
	}
}

func (t *table) motionChannels() {
	t.number("Yaw", "rad", "Yaw orientation", func(m *simulation) float64 {
		return turn(m.course - m.slip - m.circuit.startHeading)
	}).onSpawn(0)
	t.number("YawNorth", "rad", "Yaw orientation relative to north",
		func(m *simulation) float64 { return compass(m.course - m.slip) }).onSpawn(0)
	t.number("Pitch", "rad", "Pitch orientation", func(m *simulation) float64 { return m.pitch - math.Atan(m.point.grade) }).onSpawn(0)
	t.number("Roll", "rad", "Roll orientation", func(m *simulation) float64 { return m.roll }).onSpawn(0)
	t.number("YawRate", "rad/s", "Yaw rate", (*simulation).yawRate)
	t.number("PitchRate", "rad/s", "Pitch rate", func(m *simulation) float64 { return m.pitchRate })
	t.number("RollRate", "rad/s", "Roll rate", func(m *simulation) float64 { return m.rollRate })
	t.number("VelocityX", "m/s", "X velocity", func(m *simulation) float64 { return m.v * math.Cos(m.slip) })
	t.number("VelocityY", "m/s", "Y velocity", func(m *simulation) float64 { return m.v * math.Sin(m.slip) })
	t.number("VelocityZ", "m/s", "Z velocity", func(m *simulation) float64 { return m.v * math.Sin(m.pitch) })
	t.number("LatAccel", "m/s^2", "Lateral acceleration (including gravity)", (*simulation).lateralAccel)
	t.number("LongAccel", "m/s^2", "Longitudinal acceleration (including gravity)", (*simulation).longAccel)
	t.number("VertAccel", "m/s^2", "Vertical acceleration (including gravity)", func(m *simulation) float64 { return m.vertical })
}

func (t *table) weatherChannels() {
	t.number("TrackTempCrew", "C", "Temperature of track measured by crew around track",
		func(m *simulation) float64 { return m.sky.track })
	t.number("AirTemp", "C", "Temperature of air at start/finish line", func(m *simulation) float64 { return m.sky.air })
	t.integer("TrackWetness", "irsdk_TrackWetness", "How wet is the average track surface", func(*simulation) int { return 1 })
	t.integer("Skies", "", "Skies (0=clear/1=p cloudy/2=m cloudy/3=overcast)", func(m *simulation) int { return m.sky.skies })
	t.number("AirDensity", "kg/m^3", "Density of air at start/finish line", func(m *simulation) float64 { return m.sky.density })
	t.number("AirPressure", "Pa", "Pressure of air at start/finish line", func(m *simulation) float64 { return m.sky.pressure })
	t.number("WindVel", "m/s", "Wind velocity at start/finish line", func(m *simulation) float64 { return m.sky.wind })
	t.number("WindDir", "rad", "Wind direction at start/finish line", func(m *simulation) float64 { return m.sky.from })
	t.number("RelativeHumidity", "%", "Relative Humidity at start/finish line", func(m *simulation) float64 { return m.sky.humidity })
	t.number("Precipitation", "%", "Precipitation at start/finish line", func(*simulation) float64 { return 0 }).onSome()
	t.yes("WeatherDeclaredWet", "The steward says rain tires can be used", func(*simulation) bool { return false })
}

func (t *table) carChannels(car *Car) {
	t.yes("dcPitSpeedLimiterToggle", "Pit speed limiter is enabled", func(m *simulation) bool { return m.onPitRoad })
	t.number("dcBrakeBias", "", "In car brake bias adjustment", func(m *simulation) float64 { return m.brakeBias() })
	t.number("dcTractionControl", "", "In car traction control adjustment", func(*simulation) float64 { return 4 })
	if car.abs {
		t.number("dcABS", "", "In car abs adjustment", func(*simulation) float64 { return 5 })
		t.yes("BrakeABSactive", "Anti-lock brakes are reducing the brake force", func(m *simulation) bool { return m.absCut > 0.01 })
		t.number("BrakeABScutPct", "%", "Percent of brake force reduction caused by ABS system",
			func(m *simulation) float64 { return 1 - m.absCut }) // what is left, whatever the description says
	}
	t.bits("EngineWarnings", "irsdk_EngineWarnings", "Bitfield for warning lights", (*simulation).warningLights)
	t.number("ShiftIndicatorPct", "%", "Share of the way from the first shift light to the last", func(m *simulation) float64 {
		first := m.car.redline * 0.82
		return math.Max(math.Min((m.shownRPM()-first)/(m.car.redline-first), 1), 0)
	}).onSome()
	t.number("FuelLevel", "l", "Fuel remaining", func(m *simulation) float64 { return m.fuel })
	t.number("FuelLevelPct", "%", "Percent fuel remaining", func(m *simulation) float64 { return m.fuel / m.car.fuelMax })
	t.number("FuelUsePerHour", "kg/h", "Engine fuel used instantaneous", func(m *simulation) float64 { return m.flow })
	t.number("Voltage", "V", "Engine voltage", func(*simulation) float64 { return 13.8 }).onSome()
	t.number("WaterTemp", "C", "Engine coolant temp", func(m *simulation) float64 { return m.water })
	t.number("OilTemp", "C", "Engine oil temperature", func(m *simulation) float64 { return m.oil })
	t.number("OilPress", "bar", "Engine oil pressure", func(m *simulation) float64 { return m.oilPress })
	t.number("ManifoldPress", "bar", "Engine manifold pressure", (*simulation).manifold)
}

func (t *table) wheelChannels(name string, w int) {
	of := func(value func(*tyre) float64) func(*simulation) float64 {
		return func(m *simulation) float64 { return value(&m.tyres[w]) }
	}
	strips := []struct{ short, long string }{{"L", "left"}, {"M", "middle"}, {"R", "right"}}
	t.number(name+"speed", "m/s", name+" wheel speed", func(m *simulation) float64 { return m.wheelSpeed(w) }).onSpawn(0)
	t.number(name+"pressure", "kPa", name+" tire pressure", func(m *simulation) float64 { return m.tyres[w].pressure(m.sky.air) })
	t.number(name+"coldPressure", "kPa", name+" tire cold pressure as set in the garage", of(func(t *tyre) float64 { return t.cold }))
	for i, s := range strips {
		t.number(name+"temp"+s.short, "C", name+" tire "+s.long+" surface temperature", of(func(t *tyre) float64 { return t.surface[i] }))
	}
	for i, s := range strips {
		t.number(name+"tempC"+s.short, "C", name+" tire "+s.long+" carcass temperature",
			of(func(t *tyre) float64 { return t.shownCarcass[i] }))
	}
	for i, s := range strips {
		t.number(name+"wear"+s.short, "%", name+" tire "+s.long+" percent tread remaining",
			of(func(t *tyre) float64 { return t.shownTread[i] }))
	}
	t.number(name+"brakeLinePress", "bar", name+" brake line pressure", func(m *simulation) float64 { return m.linePressure(w) }).onSpawn(0).onSome()
	t.number(name+"shockDefl", "m", name+" shock deflection", func(m *simulation) float64 { return 0.03 + 0.85*m.deflection[w] })
	t.number(name+"shockVel", "m/s", name+" shock velocity", func(m *simulation) float64 { return 0.85 * m.deflectRate[w] })
	t.number(name+"rideHeight", "m", name+" ride height", func(m *simulation) float64 {
		if frontEnd(w) > 0 {
			return m.car.frontHeight - m.deflection[w]
		}
		return m.car.rearHeight - m.deflection[w]
	})
}

// timeLeft and lapsLeft are what is left of the session; the sim has numbers for "unlimited".
func (m *simulation) timeLeft() float64 {
	switch m.stint.Kind {
	case Testing:
		return 604800
	case Practice:
		return math.Max(practiceLength-m.now, 0)
	default:
		return math.Max(raceLength-m.now, 0)
	}
}

const (
	practiceLength = 3600.0 // s
	raceLength     = 2700.0
	unlimitedLaps  = 32767
)

func (m *simulation) lapsLeft() int {
	if m.stint.Kind != Race {
		return unlimitedLaps
	}
	return max(m.stint.Laps-max(m.crossed, 1), 0)
}

func (m *simulation) brakeBias() float64 { return 100 * m.car.brakeBias }

func (m *simulation) warningLights() uint32 {
	var w uint32
	if !m.running {
		w |= 0x4 | 0x8 // oil pressure, stalled
	}
	if m.onPitRoad && m.phase == driving {
		w |= 0x10
		if m.v > m.circuit.PitSpeed-0.5 {
			w |= 0x20
		}
	}
	if m.running && m.shownRPM() > m.car.redline {
		w |= 0x20
	}
	return w
}

// manifold is the pressure in the inlet: suction at closed throttle, the air's or the turbo's at full.
func (m *simulation) manifold() float64 {
	if !m.running {
		return m.sky.pressure / 1e5
	}
	low := 0.27 + 0.18*math.Max(1-m.shownRPM()/(0.5*m.car.redline), 0)
	return low + (m.car.boost-low)*math.Pow(m.applied, 0.8)
}

// wheelSpeed is the speed of the tread: that of the car, more outside in a turn, more with drive, less with brakes.
func (m *simulation) wheelSpeed(w int) float64 {
	v := m.v - leftSide(w)*m.yawRate()*m.car.trackWidth/2
	slip := m.wheelSlip()
	if slip > 0 && frontEnd(w) > 0 {
		slip = 0
	}
	return math.Max(v*(1+slip), 0)
}

func (m *simulation) linePressure(w int) float64 {
	p := m.brake * (1 - m.absCut) * m.car.linePress
	if frontEnd(w) < 0 {
		p *= (1 - m.car.brakeBias) / m.car.brakeBias
	}
	return p
}
