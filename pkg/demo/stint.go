package demo

import (
	"errors"
	"fmt"
	"time"
)

// Kind is the type of a session.
type Kind string

// The kinds of session that the demo drives.
const (
	Testing  Kind = "Offline Testing"
	Practice Kind = "Practice"
	Race     Kind = "Race"
)

// Mishap is something that goes wrong, or ends a run.
type Mishap int

// The mishaps.
const (
	OffTrack    Mishap = iota + 1 // runs wide over the grass at a corner's exit: 1x
	LossControl                   // a big slide at a corner's exit: 2x
	Contact                       // touches another car at a corner: 0x
	Reset                         // stops after the corner and resets to the pits
)

// Event is a mishap at a corner of a lap. Corners count from 1.
type Event struct {
	Lap, Corner int
	Mishap      Mishap
}

// Stint is one time that the driver gets in the car, which makes one file.
type Stint struct {
	Car     *Car
	Circuit *Circuit
	Kind    Kind
	Seed    uint64
	Start   time.Time // when the file is opened
	Clock   float64   // session time then, in seconds

	// Laps is how often the start line is crossed before the stint ends: in a race the laps of the race plus 1 for the
	// start, otherwise at the end of the in lap when ToPits is set, else a while after the last crossing.
	Laps   int
	ToPits bool
	// Stops lists laps at whose end the car comes in for fuel and tyres and goes on.
	Stops  []int
	Events []Event

	Fuel   float64 // l at the start
	Refuel float64 // l that a stop adds
	Grid   int     // place on the grid, races only
	Rivals int

	Weather Weather
	Session SessionIDs
	// Slow is the share by which the driver is slower than usual on the first lap, which fades over the next ones.
	Slow float64
}

// Weather is what the day is like when the stint begins.
type Weather struct {
	Air       float64 // °C
	Sun       float64 // K by which the road is warmer
	PerHour   float64 // K/h
	Humidity  float64 // 0 to 1
	Wind      float64 // m/s
	From      float64 // rad clockwise from north
	Skies     int     // 0 clear to 3 overcast
	TimeOfDay float64 // s since midnight at session time 0
}

// SessionIDs are what the sim's service would have given the session.
type SessionIDs struct {
	Number                     int // SessionNum
	Series, Season             int
	Session, SubSession        int
	Official                   bool
	IncidentsBefore, SetupEdit int
}

// Name is what the sim would call the file.
func (s *Stint) Name() string {
	return s.Car.Path + "_" + s.Circuit.Name + " " + s.Start.Format("2006-01-02 15-04-05") + ".ibt"
}

// check finds what would keep the stint from being driven.
func (s *Stint) check() error {
	if s.Car == nil || s.Circuit == nil || len(s.Circuit.line) == 0 {
		return errors.New("a stint needs a car and a circuit")
	}
	if s.Laps < 1 || s.Fuel <= 0 || s.Grid < 0 || s.Rivals < 0 || s.Kind == Race && s.Grid < 1 {
		return fmt.Errorf("a stint of %d laps with %.1f l from grid place %d cannot be driven", s.Laps, s.Fuel, s.Grid)
	}
	for _, e := range s.Events {
		if e.Corner < 1 || e.Corner > len(s.Circuit.Corners) {
			return fmt.Errorf("an event at corner %d: %s has %d corners", e.Corner, s.Circuit.Name, len(s.Circuit.Corners))
		}
	}
	return nil
}
