package analysis

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Kind tells what sort of lap it is by where it began and ended.
type Kind uint8

// The kinds of laps. An end of a lap is the line, the pits, or neither where the recording begins or ends or the car is
// reset on the track. A lap in the pit lane at the line has that end in the pits.
const (
	Flying  Kind = iota // from line to line on the track
	Out                 // from the pits to the line
	In                  // from the line to the pits
	OutIn               // from the pits to the pits
	Pit                 // from line to line through the pits
	Partial             // with an end that is neither, or never at the line, like a visit to the stall
)

func (k Kind) String() string {
	return [...]string{"flying", "out", "in", "out-in", "pit", "partial"}[min(k, Partial)]
}

// Reason tells why a lap does not count for comparisons; a lap can have several.
type Reason uint16

// The reasons.
const (
	NotTimed Reason = 1 << iota // the sim gave it no lap time
	NotFlying
	OffTrack   // the car left the track
	Incident   // the incident count rose
	Towed      // the car was towed
	Incomplete // the recording lacks a part of it
)

var reasonText = []string{"not timed", "", "off track", "incident", "towed", "not recorded whole"}

// Clock tells where a lap time comes from.
type Clock uint8

// The clocks.
const (
	NoClock  Clock = iota // the lap was not timed
	Official              // the sim's own, to 0.1 ms
	Position              // from the positions next to the line, good to about 20 ms
)

// Lap is one beginning of a lap: a stretch of rows with one lap number and no reset in it. Floats are NaN where the file
// does not tell.
type Lap struct {
	SessionNum int
	Run        int  // counts from 1; a new one begins with each reset, so that a run is what was driven in one go
	Number     int  // the sim's lap number
	Instance   int  // counts from 1 the laps of the file with this number
	Repeated   bool // there are several

	From, To int // rows, To is the first that is not in it

	Start  float64 // SessionTime at the line, or at the first row where it did not begin there, s
	End    float64 // SessionTime at the line, or at the last row where it did not end there, s
	Offset float64 // Start as seconds since the first record of the file, across sessions
	Time   float64 // lap time, s; NaN if not timed
	Clock  Clock

	Kind    Kind
	Reasons Reason    // 0 for a valid lap
	Sectors []float64 // times, s; those of a timed lap from line to line add up to its time

	FuelStart, FuelUsed float64 // l, or kWh in an electric car; fuel that was added is not subtracted from what was used
	TopSpeed, MinSpeed  float64 // m/s
	Incidents           int     // points; -1 if the file does not tell
	AirTemp, TrackTemp  float64 // mean, °C
	Wetness             int     // highest value of TrackWetness, 0 if the file does not tell

	// When the car crossed the line by its positions, as SessionTime, which is about a tick later than the official
	// crossing; NaN where the lap did not begin or end at the line.
	CrossStart, CrossEnd float64
	ByClock              bool // Start is by the sim's clock
}

// Valid tells whether the lap is a timed flying lap without off-track or incident.
func (l *Lap) Valid() bool { return l.Reasons == 0 }

// Timed tells whether the lap has a lap time.
func (l *Lap) Timed() bool { return l.Clock != NoClock }

// ID names the lap within its file: its number, with the instance behind a point where the number occurs repeatedly.
func (l *Lap) ID() string {
	if l.Repeated {
		return fmt.Sprintf("%d.%d", l.Number, l.Instance)
	}
	return strconv.Itoa(l.Number)
}

// Notes says in words why the lap is not valid and whether its time is less exact than the sim's, or "".
func (l *Lap) Notes() string {
	var notes []string
	if l.Reasons&NotFlying != 0 {
		notes = append(notes, l.Kind.String()+" lap")
	}
	for i, text := range reasonText {
		if text != "" && l.Reasons&(1<<i) != 0 {
			notes = append(notes, text)
		}
	}
	if l.Clock == Position {
		notes = append(notes, "time taken from the position")
	}
	return strings.Join(notes, ", ")
}

// Table is the laps of a file in the order they were driven.
type Table struct {
	Info        Info
	TrackLength float64 // m, from the positions, so exact also where the session text rounds; NaN if unknown
	Sessions    []Stretch
	Laps        []Lap
	Rows        int  // of the file when it was analysed
	Cut         bool // the file has more laps or stretches than a table holds; no real one does
}

// Stretch is rows over which the session clock runs on, such as the qualifying within a race event. Another one begins
// where the session number changes or the clock restarts.
type Stretch struct {
	SessionNum int
	Type       string // such as Race
	From, To   int    // rows
	Start, End float64
	Offset     float64 // of Start, as seconds since the first record of the file
}

// FormatLapTime writes seconds as m:ss.mmm, such as 1:32.456, from an hour on as h:mm:ss.mmm, and the empty string for NaN
// and what no lap takes.
func FormatLapTime(s float64) string {
	if !(math.Abs(s) <= 1e7) {
		return ""
	}
	sign, ms := "", int64(math.Round(s*1000))
	if ms < 0 {
		sign, ms = "-", -ms
	}
	if ms >= 3_600_000 {
		return fmt.Sprintf("%s%d:%02d:%02d.%03d", sign, ms/3_600_000, ms/60_000%60, ms/1000%60, ms%1000)
	}
	return fmt.Sprintf("%s%d:%02d.%03d", sign, ms/60_000, ms/1000%60, ms%1000)
}

// Best is the fastest valid lap, or failing that the fastest timed one, or nil.
func (t *Table) Best() *Lap {
	var best *Lap
	for i := range t.Laps {
		l := &t.Laps[i]
		switch {
		case !l.Timed():
		case best == nil, l.Valid() && !best.Valid(), l.Valid() == best.Valid() && l.Time < best.Time:
			best = l
		}
	}
	return best
}

// Last is the last lap with a lap time, or the last one that is not partial, or the last at all, or nil.
func (t *Table) Last() *Lap {
	var last *Lap
	rank := func(l *Lap) int {
		switch {
		case l == nil:
			return -1
		case l.Timed():
			return 2
		case l.Kind != Partial:
			return 1
		}
		return 0
	}
	for i := range t.Laps {
		if l := &t.Laps[i]; rank(l) >= rank(last) {
			last = l
		}
	}
	return last
}

// Find looks a lap up by its [Lap.ID]. A bare number that occurs several times means the one with the most to show: a
// timed one before others, then the longest. It returns nil if there is none.
func (t *Table) Find(id string) *Lap {
	left, right, exact := strings.Cut(strings.TrimSpace(id), ".")
	number, err := strconv.Atoi(left)
	instance := 0
	if exact && err == nil {
		instance, err = strconv.Atoi(right)
	}
	if err != nil {
		return nil
	}
	var found *Lap
	for i := range t.Laps {
		l := &t.Laps[i]
		switch {
		case l.Number != number || exact && l.Instance != instance:
		case found == nil, l.Timed() && !found.Timed(), l.Timed() == found.Timed() && l.To-l.From > found.To-found.From:
			found = l
		}
	}
	return found
}
