package demo

import (
	"fmt"
	"time"
)

// Options choose what the demo makes. The zero value is the standard demo.
type Options struct {
	// Seed makes everything random. The same options give the same bytes.
	Seed uint64
	// End is when the race, the last session, is over; the files of the days before are dated from it. The zero value is
	// a fixed evening in November 2026.
	End time.Time
	// RaceLaps is how long the race is: 0 means 11 laps, and at least 6 are driven. A lap is about 3 MB.
	RaceLaps int
}

func (o Options) withDefaults() Options {
	if o.End.IsZero() {
		o.End = time.Date(2026, time.November, 15, 20, 0, 0, 0, time.UTC)
	}
	o.End = o.End.Truncate(time.Second)
	if o.RaceLaps == 0 {
		o.RaceLaps = 11
	}
	o.RaceLaps = max(o.RaceLaps, 6)
	return o
}

// Stints are the stints of the demo, oldest first: a practice with a touring car on the short layout, a test with the
// prototype there, and the prototype's weekend on the long layout, a practice and a race.
func Stints(o Options) ([]Stint, error) {
	o = o.withDefaults()
	long, err := silverbrookGP()
	if err != nil {
		return nil, err
	}
	short, err := silverbrookNational()
	if err != nil {
		return nil, err
	}
	day := 24 * time.Hour
	raceStart := o.End.Add(-time.Duration(float64(o.RaceLaps)*80+150) * time.Second)
	at := func(days int, clock time.Duration) time.Time { // clock on the day that is days before the race
		d := raceStart.Add(-time.Duration(days) * day)
		return time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, d.Location()).Add(clock)
	}
	clock := func(h, m, s int) time.Duration {
		return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second
	}
	stop := o.RaceLaps/2 + 1
	mishaps := []Event{{1, 4, Contact}, {3, 7, OffTrack}, {o.RaceLaps - 3, 10, LossControl}}
	if o.RaceLaps > 8 {
		// A slide in the last lap: it is then not the best one, so that comparing the two shows something.
		mishaps = append(mishaps, Event{o.RaceLaps, 4, LossControl})
	}
	stints := []Stint{
		{
			Car: tourer(), Circuit: short, Kind: Practice, Start: at(8, clock(19, 12, 41)), Clock: 1287.35,
			Laps: 4, ToPits: true, Fuel: 32, Refuel: 20, Rivals: 14, Slow: 0.045,
			Weather: Weather{Air: 13.4, Sun: 5.5, PerHour: -0.6, Humidity: 0.71, Wind: 4.2, From: 4.1, Skies: 2, TimeOfDay: 48600},
			Session: SessionIDs{Series: 561, Season: 5710, Session: 281904417, SubSession: 79410336, Official: true},
		},
		{
			Car: prototype(), Circuit: short, Kind: Testing, Start: at(4, clock(20, 31, 7)), Clock: 64.2,
			Laps: 3, Fuel: 30, Refuel: 20, Slow: 0.05,
			Weather: Weather{Air: 19.8, Sun: 11, PerHour: 0.4, Humidity: 0.48, Wind: 1.6, From: 0.7, TimeOfDay: 50400},
		},
		{
			Car: prototype(), Circuit: long, Kind: Practice, Start: at(1, clock(18, 4, 52)), Clock: 418.7,
			Laps: 6, Fuel: 46, Refuel: 30, Rivals: 19, Slow: 0.055,
			Events: []Event{{3, 11, OffTrack}, {4, 4, Reset}},
			Weather: Weather{
				Air: 16.2, Sun: 8.5, PerHour: 1.4, Humidity: 0.62, Wind: 3.1, From: 2.2, Skies: 1, TimeOfDay: 47700,
			},
			Session: SessionIDs{Series: 562, Season: 5711, Session: 282177301, SubSession: 79533870, Official: true},
		},
		{
			Car: prototype(), Circuit: long, Kind: Race, Start: raceStart, Clock: 3.6,
			Laps: o.RaceLaps + 1, Stops: []int{stop}, Fuel: 2.75*float64(stop) + 5, Refuel: 2.75*float64(o.RaceLaps-stop) + 3,
			Grid: 8, Rivals: 19, Slow: 0.02,
			Events: mishaps,
			Weather: Weather{
				Air: 15.1, Sun: 7.2, PerHour: 0.9, Humidity: 0.66, Wind: 3.8, From: 2.6, Skies: 1, TimeOfDay: 51300,
			},
			Session: SessionIDs{
				Number: 2, Series: 562, Season: 5711, Session: 282177985, SubSession: 79534412, Official: true, SetupEdit: 2,
			},
		},
	}
	for i := range stints {
		stints[i].Seed = o.Seed*64 + uint64(i) + 1
		if stints[i].Circuit == short {
			stints[i].Car.SetupName = fmt.Sprintf("silverbrook_nat_%s", stints[i].Car.ClassName)
		}
	}
	return stints, nil
}
