package demo

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The made-up driver. The others of a session are pseudonyms.
const (
	driverName = "Robin Ashby"
	driverID   = 1000042
	driverTeam = "Ashby Racing"
)

// text writes session info the way the sim does: a space per level, list items at the level of their list, values with
// their units, a blank line between sections.
type text struct {
	b     strings.Builder
	depth int
}

func (t *text) line(key, format string, args ...any) {
	fmt.Fprintf(&t.b, "%s%s: %s\n", strings.Repeat(" ", t.depth), key, fmt.Sprintf(format, args...))
}

// group writes a key and what write puts below it.
func (t *text) group(key string, write func()) {
	fmt.Fprintf(&t.b, "%s%s:\n", strings.Repeat(" ", t.depth), key)
	t.depth++
	write()
	t.depth--
}

// item writes one item of a list: its first key stands after the dash.
func (t *text) item(key string, value any, write func()) {
	fmt.Fprintf(&t.b, "%s- %s: %v\n", strings.Repeat(" ", t.depth), key, value)
	t.depth += 2
	write()
	t.depth -= 2
}

func (t *text) section(key string, write func()) {
	t.group(key, write)
	t.b.WriteByte('\n')
}

// sessionText is what stands in the file about the session, as it was when the driver got in the car.
func (m *simulation) sessionText() []byte {
	t := &text{}
	t.b.WriteString("---\n")
	t.section("WeekendInfo", func() { m.weekendText(t) })
	t.section("SessionInfo", func() { m.sessionsText(t) })
	t.section("CameraInfo", func() { cameraText(t) })
	t.section("RadioInfo", func() { radioText(t) })
	t.section("DriverInfo", func() { m.driversText(t) })
	t.section("SplitTimeInfo", func() {
		t.group("Sectors", func() {
			t.depth--
			for i, at := range m.circuit.Sectors {
				t.item("SectorNum", i, func() { t.line("SectorStartPct", "%.6f", at) })
			}
			t.depth++
		})
	})
	t.section("CarSetup", func() { m.setupText(t) })
	t.b.WriteString("...\n")
	return []byte(t.b.String())
}

func (m *simulation) weekendText(t *text) {
	c, st := m.circuit, m.stint
	km := c.Length / 1000
	t.line("TrackName", "%s", c.Name)
	t.line("TrackID", "%d", c.ID)
	t.line("TrackLength", "%.4f km", km)
	t.line("TrackLengthOfficial", "%.2f km", km)
	t.line("TrackDisplayName", "%s", c.DisplayName)
	t.line("TrackDisplayShortName", "%s", strings.Fields(c.DisplayName)[0])
	t.line("TrackConfigName", "%s", c.ConfigName)
	t.line("TrackCity", "%s", c.City)
	t.line("TrackState", "")
	t.line("TrackCountry", "%s", c.Country)
	t.line("TrackAltitude", "%.2f m", c.altitudeStart)
	t.line("TrackLatitude", "%.6f m", c.Lat)
	t.line("TrackLongitude", "%.6f m", c.Lon)
	t.line("TrackNorthOffset", "%.4f rad", c.NorthOffset())
	t.line("TrackNumTurns", "%d", len(c.Corners))
	t.line("TrackPitSpeedLimit", "%.2f kph", c.PitSpeed*3.6)
	t.line("TrackPaceSpeed", "26.82 kph")
	t.line("TrackNumPitStalls", "32")
	t.line("TrackType", "road course")
	t.line("TrackDirection", "neutral")
	t.line("TrackWeatherType", "Realistic")
	t.line("TrackSkies", "Dynamic")
	t.line("TrackSurfaceTemp", "%.2f C", m.sky.track)
	t.line("TrackSurfaceTempCrew", "%.2f C", m.sky.track)
	t.line("TrackAirTemp", "%.2f C", m.sky.air)
	t.line("TrackAirPressure", "%.2f Hg", m.sky.pressure/3386.389)
	t.line("TrackAirDensity", "%.2f kg/m^3", m.sky.density)
	t.line("TrackWindVel", "%.2f m/s", m.sky.wind)
	t.line("TrackWindDir", "%.2f rad", m.sky.from)
	t.line("TrackRelativeHumidity", "%.0f %%", 100*m.sky.humidity)
	t.line("TrackFogLevel", "0 %%")
	t.line("TrackPrecipitation", "0 %%")
	t.line("TrackCleanup", "0")
	t.line("TrackDynamicTrack", "1")
	t.line("TrackVersion", "2026.09.04.01")
	t.line("SeriesID", "%d", st.Session.Series)
	t.line("SeasonID", "%d", st.Session.Season)
	t.line("SessionID", "%d", st.Session.Session)
	t.line("SubSessionID", "%d", st.Session.SubSession)
	t.line("LeagueID", "0")
	t.line("Official", "%d", int(truth(st.Session.Official)))
	t.line("RaceWeek", "%d", 9*int(truth(st.Session.Series > 0)))
	event := "Test"
	if st.Session.SubSession > 0 {
		event = string(st.Kind)
	}
	t.line("EventType", "%s", event)
	t.line("Category", "SportsCar")
	t.line("SimMode", "full")
	t.line("TeamRacing", "0")
	t.line("MinDrivers", "0")
	t.line("MaxDrivers", "0")
	t.line("DCRuleSet", "None")
	t.line("QualifierMustStartRace", "0")
	t.line("NumCarClasses", "1")
	t.line("NumCarTypes", "1")
	t.line("HeatRacing", "0")
	t.line("BuildType", "Release")
	t.line("BuildTarget", "Members")
	t.line("BuildVersion", "2026.10.27.01")
	t.line("RaceFarm", "")
	t.group("WeekendOptions", func() {
		t.line("NumStarters", "%d", m.starters())
		t.line("StartingGrid", "2x2 inline pole on left")
		t.line("QualifyScoring", "best lap")
		t.line("CourseCautions", "local")
		t.line("StandingStart", "1")
		t.line("ShortParadeLap", "0")
		t.line("Restarts", "double file back")
		t.line("WeatherType", "Realistic")
		t.line("Skies", "Dynamic")
		t.line("WindDirection", "%s", compassName(m.sky.from))
		t.line("WindSpeed", "%.2f km/h", m.sky.wind*3.6)
		t.line("WeatherTemp", "%.2f C", m.sky.air)
		t.line("RelativeHumidity", "%.0f %%", 100*m.sky.humidity)
		t.line("FogLevel", "0 %%")
		minutes := int(st.Weather.TimeOfDay) / 60
		half := "am"
		if minutes >= 12*60 {
			half = "pm"
		}
		t.line("TimeOfDay", "%d:%02d %s", (minutes/60+11)%12+1, minutes%60, half)
		t.line("Date", "%s", st.Start.Format("2006-01-02"))
		t.line("EarthRotationSpeedupFactor", "1")
		t.line("Unofficial", "%d", int(truth(!st.Session.Official)))
		t.line("CommercialMode", "consumer")
		t.line("NightMode", "variable")
		t.line("IsFixedSetup", "0")
		t.line("StrictLapsChecking", "default")
		t.line("HasOpenRegistration", "0")
		t.line("HardcoreLevel", "1")
		t.line("NumJokerLaps", "0")
		t.line("IncidentLimit", "17")
		t.line("FastRepairsLimit", "1")
		t.line("GreenWhiteCheckeredLimit", "0")
	})
	t.group("TelemetryOptions", func() { t.line("TelemetryDiskFile", `""`) })
}

func (m *simulation) starters() int { return m.stint.Rivals + 1 }

func compassName(from float64) string {
	names := []string{"N", "NE", "E", "SE", "S", "SW", "W", "NW"}
	return names[int(math.Round(from/(math.Pi/4)))%len(names)]
}

// sessionsText lists the sessions of the event up to the one that is driven, with results of those that are known.
func (m *simulation) sessionsText(t *text) {
	st := m.stint
	t.line("CurrentSessionNum", "%d", st.Session.Number)
	t.group("Sessions", func() {
		t.depth--
		defer func() { t.depth++ }()
		switch st.Kind {
		case Race:
			m.oneSessionText(t, 0, "Practice", "PRACTICE", "unlimited", 900)
			m.oneSessionText(t, 1, "Lone Qualify", "QUALIFY", "2", 480)
			m.oneSessionText(t, 2, "Race", "RACE", strconv.Itoa(st.Laps-1), raceLength)
		case Practice:
			m.oneSessionText(t, 0, "Practice", "PRACTICE", "unlimited", practiceLength)
		default:
			m.oneSessionText(t, 0, "Offline Testing", "TESTING", "unlimited", 0)
		}
	})
}

func (m *simulation) oneSessionText(t *text, number int, kind, name, laps string, length float64) {
	t.item("SessionNum", number, func() {
		t.line("SessionLaps", "%s", laps)
		if length > 0 {
			t.line("SessionTime", "%.4f sec", length)
		} else {
			t.line("SessionTime", "unlimited")
		}
		t.line("SessionNumLapsToAvg", "0")
		t.line("SessionType", "%s", kind)
		t.line("SessionTrackRubberState", "moderate usage")
		t.line("SessionName", "%s", name)
		t.line("SessionSubType", "")
		t.line("SessionSkipped", "0")
		t.line("SessionRunGroupsUsed", "0")
		t.line("SessionEnforceTireCompoundChange", "0")
		if number == 2 || m.stint.Rivals == 0 {
			t.line("ResultsPositions", "")
			t.line("ResultsFastestLap", "")
		} else {
			m.resultsText(t, number)
		}
		t.line("ResultsAverageLapTime", "-1.0000")
		t.line("ResultsNumCautionFlags", "0")
		t.line("ResultsNumCautionLaps", "0")
		t.line("ResultsNumLeadChanges", "0")
		t.line("ResultsLapsComplete", "-1")
		t.line("ResultsOfficial", "0")
	})
}

// resultsText is the order of best laps that the driver saw on joining.
func (m *simulation) resultsText(t *text, number int) {
	type row struct {
		idx  int
		best float64
	}
	var rows []row
	for i := range m.field.rivals {
		r := &m.field.rivals[i]
		best := r.best
		if m.stint.Kind == Race { // practice and qualifying are over; the grid is in order of the latter
			best = m.field.lap * (1.011 + 0.0012*float64(i) + 0.0015*float64(1-number)*math.Abs(math.Sin(float64(7*i+1))))
		}
		rows = append(rows, row{r.idx, best})
		if m.stint.Kind == Race && i+2 == m.stint.Grid {
			rows = append(rows, row{0, best * 1.0004})
		}
	}
	t.group("ResultsPositions", func() {
		t.depth--
		for i, r := range rows {
			t.item("Position", i+1, func() {
				t.line("ClassPosition", "%d", i)
				t.line("CarIdx", "%d", r.idx)
				t.line("Lap", "%d", 2+i%3)
				t.line("Time", "%.4f", r.best)
				t.line("FastestLap", "%d", 2+i%3)
				t.line("FastestTime", "%.4f", r.best)
				t.line("LastTime", "%.4f", r.best*1.0023)
				t.line("LapsLed", "0")
				t.line("LapsComplete", "%d", 3+i%4)
				t.line("JokerLapsComplete", "0")
				t.line("LapsDriven", "0.000")
				t.line("Incidents", "%d", i%3)
				t.line("ReasonOutId", "0")
				t.line("ReasonOutStr", "Running")
			})
		}
		t.depth++
	})
	t.group("ResultsFastestLap", func() {
		t.depth--
		t.item("CarIdx", rows[0].idx, func() {
			t.line("FastestLap", "2")
			t.line("FastestTime", "%.4f", rows[0].best)
		})
		t.depth++
	})
}

func cameraText(t *text) {
	t.group("Groups", func() {
		t.depth--
		for i, name := range []string{"Nose", "Gearbox", "Cockpit", "Chase", "TV1", "Scenic", "Pit Lane"} {
			t.item("GroupNum", i+1, func() {
				t.line("GroupName", "%s", name)
				t.group("Cameras", func() {
					t.depth--
					t.item("CameraNum", 1, func() { t.line("CameraName", "Cam%s", name) })
					t.depth++
				})
			})
		}
		t.depth++
	})
}

func radioText(t *text) {
	t.line("SelectedRadioNum", "0")
	t.group("Radios", func() {
		t.depth--
		t.item("RadioNum", 0, func() {
			t.line("HopCount", "1")
			t.line("NumFrequencies", "2")
			t.line("TunedToFrequencyNum", "0")
			t.line("ScanningIsOn", "1")
			t.group("Frequencies", func() {
				t.depth--
				for i, name := range []string{"@DRIVERS", "@ALLTEAMS"} {
					t.item("FrequencyNum", i, func() {
						t.line("FrequencyName", `"%s"`, name)
						t.line("Priority", "%d", 15-3*i)
						t.line("CarIdx", "-1")
						t.line("EntryIdx", "-1")
						t.line("Muted", "0")
					})
				}
				t.depth++
			})
		})
		t.depth++
	})
}

func (m *simulation) driversText(t *text) {
	c := m.car
	t.line("DriverCarIdx", "0")
	t.line("DriverUserID", "%d", driverID)
	t.line("PaceCarIdx", "-1")
	t.line("DriverIsAdmin", "0")
	t.line("DriverHeadPosX", "-0.412")
	t.line("DriverHeadPosY", "0.320")
	t.line("DriverHeadPosZ", "0.571")
	t.line("DriverCarIsElectric", "0")
	t.line("DriverCarIdleRPM", "%.3f", c.idle)
	t.line("DriverCarRedLine", "%.3f", c.redline)
	t.line("DriverCarEngCylinderCount", "%d", c.cylinders)
	t.line("DriverCarFuelKgPerLtr", "%.3f", c.fuelDensity)
	t.line("DriverCarFuelMaxLtr", "%.3f", c.fuelMax)
	t.line("DriverCarMaxFuelPct", "1.000")
	t.line("DriverCarGearNumForward", "%d", len(c.gears))
	t.line("DriverCarGearNeutral", "1")
	t.line("DriverCarGearReverse", "1")
	t.line("DriverGearboxType", "Sequential")
	t.line("DriverGearboxControlType", "Sequential")
	t.line("DriverCarShiftAid", "")
	t.line("DriverCarSLFirstRPM", "%.3f", c.redline*0.82)
	t.line("DriverCarSLShiftRPM", "%.3f", c.shift)
	t.line("DriverCarSLLastRPM", "%.3f", (c.shift+c.redline)/2)
	t.line("DriverCarSLBlinkRPM", "%.3f", c.redline)
	t.line("DriverCarVersion", "2026.09.18.01")
	t.line("DriverPitTrkPct", "%.6f", m.circuit.pit.stall/m.circuit.Length)
	t.line("DriverCarEstLapTime", "%.4f", m.field.lap)
	t.line("DriverSetupName", "%s.sto", c.SetupName)
	t.line("DriverSetupIsModified", "%d", int(truth(m.stint.Session.SetupEdit > 0)))
	t.line("DriverSetupLoadTypeName", "user")
	t.line("DriverSetupPassedTech", "1")
	t.line("DriverIncidentCount", "%d", m.stint.Session.IncidentsBefore)
	t.line("DriverBrakeCurvingFactor", "0.001")
	t.group("DriverTires", func() {
		t.depth--
		t.item("TireIndex", 0, func() { t.line("TireCompoundType", `"Hard"`) })
		t.item("TireIndex", 1, func() { t.line("TireCompoundType", `"Wet"`) })
		t.depth++
	})
	t.group("Drivers", func() {
		t.depth--
		m.driverText(t, entry{
			idx: 0, name: driverName, short: "Ashby, R", initials: "RA", id: driverID, team: driverTeam, number: 42,
			rating: 2314, licence: "B 3.42",
		})
		for i := range m.field.rivals {
			r := &m.field.rivals[i]
			name := fmt.Sprintf("Driver %d", r.idx+1)
			m.driverText(t, entry{
				idx: r.idx, name: name, short: name, initials: fmt.Sprintf("D%d", r.idx+1), id: 1000100 + r.idx, team: name,
				number: r.number, rating: r.rating, licence: r.licence,
			})
		}
		t.depth++
	})
}

type entry struct {
	idx                         int
	name, short, initials, team string
	id, number, rating          int
	licence                     string
}

func (m *simulation) driverText(t *text, e entry) {
	c := m.car
	t.item("CarIdx", e.idx, func() {
		t.line("UserName", "%s", e.name)
		t.line("AbbrevName", "%s", e.short)
		t.line("Initials", "%s", e.initials)
		t.line("UserID", "%d", e.id)
		t.line("TeamID", "0")
		t.line("TeamName", "%s", e.team)
		t.line("CarNumber", `"%d"`, e.number)
		t.line("CarNumberRaw", "%d", e.number)
		t.line("CarPath", "%s", c.Path)
		t.line("CarClassID", "%d", c.ClassID)
		t.line("CarID", "%d", c.ID)
		t.line("CarIsPaceCar", "0")
		t.line("CarIsAI", "0")
		t.line("CarIsElectric", "0")
		t.line("CarScreenName", "%s", c.Name)
		t.line("CarScreenNameShort", "%s", c.Name)
		t.line("CarClassShortName", "%s", c.ClassName)
		t.line("CarClassRelSpeed", "%d", int(4000/m.field.lap))
		t.line("CarClassLicenseLevel", "0")
		t.line("CarClassMaxFuelPct", "1.000 %%")
		t.line("CarClassWeightPenalty", "0.000 kg")
		t.line("CarClassPowerAdjust", "0.000 %%")
		t.line("CarClassDryTireSetLimit", "0 %%")
		t.line("CarClassColor", "0x33ceff")
		t.line("CarClassEstLapTime", "%.4f", m.field.lap)
		t.line("IRating", "%d", e.rating)
		level := 4*strings.Index("RDCBA", e.licence[:1]) + 1
		t.line("LicLevel", "%d", level)
		t.line("LicSubLevel", "%s", strings.ReplaceAll(e.licence[2:], ".", ""))
		t.line("LicString", "%s", e.licence)
		t.line("LicColor", "0x%s", map[string]string{"A": "0153db", "B": "00c702", "C": "feec04", "D": "fc8a27"}[e.licence[:1]])
		t.line("IsSpectator", "0")
		t.line("CurDriverIncidentCount", "%d", -1)
		t.line("TeamIncidentCount", "%d", -1)
	})
}

// setupText is the car's setup: a tree of its own for every car, in the sim's units.
func (m *simulation) setupText(t *text) {
	c := m.car
	t.line("UpdateCount", "%d", 2+m.stint.Session.SetupEdit)
	t.group("Tires", func() {
		t.group("TireType", func() { t.line("TireType", "Dry") })
		for i, name := range []string{"LeftFront", "RightFront", "LeftRear", "RightRear"} {
			y := &m.tyres[i]
			t.group(name, func() {
				t.line("StartingPressure", "%.1f kPa", c.coldPress)
				t.line("LastHotPressure", "%.1f kPa", y.pressure(m.sky.air))
				order, k := "LastTempsOMI", [3]int{0, 1, 2}
				if leftSide(i) < 0 {
					order = "LastTempsIMO"
				}
				t.line(order, "%.0fC, %.0fC, %.0fC", y.shownCarcass[k[0]], y.shownCarcass[k[1]], y.shownCarcass[k[2]])
				t.line("TreadRemaining", "%.0f%%, %.0f%%, %.0f%%", 100*y.shownTread[0], 100*y.shownTread[1], 100*y.shownTread[2])
			})
		}
	})
	t.group("Chassis", func() {
		t.group("Front", func() {
			t.line("ArbSetting", "%d", 3)
			t.line("ToeIn", "%+.1f mm", c.toe)
			t.line("RideHeight", "%.1f mm", 1000*c.frontHeight)
			t.line("SpringRate", "%.0f N/mm", c.springRate/1000)
			t.line("Camber", "%+.1f deg", c.camber)
		})
		t.group("InCarDials", func() {
			t.line("BrakePressureBias", "%.1f%%", 100*c.brakeBias)
			t.line("TcSetting", "%d (TC)", 4)
			if c.abs {
				t.line("AbsSetting", "%d (ABS)", 5)
			}
		})
		t.group("Rear", func() {
			t.line("FuelLevel", "%.1f L", m.fuel)
			t.line("RideHeight", "%.1f mm", 1000*c.rearHeight)
			t.line("SpringRate", "%.0f N/mm", c.springRate/1000*0.94)
			t.line("Camber", "%+.1f deg", c.camber*0.7)
			t.line("WingAngle", "%.0f deg", c.wing-float64(m.stint.Session.SetupEdit))
		})
	})
}
