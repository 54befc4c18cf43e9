package world

import (
	"math"
	"time"
)

// The types of events.
const (
	Practice  = 2
	Qualify   = 3
	TimeTrial = 4
	RaceEvent = 5
)

// Reason is why a car did not go on.
type Reason int

// The reasons.
const (
	Running      Reason = 0
	Disqualified Reason = 29
	Disconnected Reason = 32
)

// String is the reason in words.
func (r Reason) String() string {
	switch r {
	case Disqualified:
		return "Disqualified"
	case Disconnected:
		return "Disconnected"
	}
	return "Running"
}

// Race is a subsession: one race of one split, one time trial or one practice.
type Race struct {
	ID, Session int64
	Season      *Season // nil for a hosted session
	Hosted      *Hosted // nil for a session of a series
	Week        int
	Event       int
	Start, End  time.Time
	Track       *Track
	Category    int
	Splits      []*Race // all splits of the start, the strongest first
	Entries     []Entry // in the order of the result
	Fields      []Field // by class
	SoF         int     // -1 where there is none

	// What is known of the race as a whole; times in 1/10000 s, -1 where there is none.
	Laps, LeadChanges, Cautions, CautionLaps int
	Average, Best                            int32
}

// Field is one class of a race.
type Field struct {
	Class *Class
	SoF   int
	Cars  int
}

// Entry is a row of a result. Places count from 0, -1 is none; times are in 1/10000 s, -1 is none.
type Entry struct {
	Member  *Member // nil for a team
	Team    *Team
	Car     *Car
	Drivers []Drive // of a team
	Before  Licence // of a driver who drives alone
	After   Licence

	Number                               int16
	Grid, GridInClass                    int16
	Place, PlaceInClass                  int16
	Laps, Led                            int16
	BestLap, QualLap, BestRunLap         int16
	Incidents                            int16
	Points                               int16
	Reason                               Reason
	Division                             int8
	Interval, ClassInterval              int32
	Best, Average, Qual, QualAt, BestRun int32 // QualAt is the session clock at the end of the lap
}

// Drive is a driver's part of a team's result.
type Drive struct {
	Member        *Member
	Before, After Licence
	Laps, Led     int16
	BestLap       int16
	Incidents     int16
	Division      int8
	Best, Average int32
}

// Name is the name of the driver or team.
func (e *Entry) Name() string {
	if e.Team != nil {
		return e.Team.Name
	}
	return e.Member.Name
}

// Group is the id of the driver or team.
func (e *Entry) Group() int64 {
	if e.Team != nil {
		return e.Team.ID
	}
	return e.Member.ID
}

// Started tells whether the car took the start.
func (e *Entry) Started() bool { return e.Laps > 0 || e.Incidents > 0 }

// driver is the driver of a lap.
func (e *Entry) driver(i int8) *Member {
	if e.Team != nil {
		return e.Drivers[i].Member
	}
	return e.Member
}

// Split is the index of the race among the splits of its start.
func (r *Race) Split() int {
	for i, s := range r.Splits {
		if s == r {
			return i
		}
	}
	return 0
}

// Limits are the laps or else the minutes after which a race is over.
func (r *Race) Limits() (laps, minutes int) {
	if r.Hosted != nil {
		return r.Hosted.Laps, r.Hosted.Minutes
	}
	return r.Season.Series.RaceLaps(r.Track), r.Season.Series.Minutes
}

// PracticeLength and QualifyLength are the lengths of the parts before the race.
func (r *Race) PracticeLength() time.Duration {
	if r.Hosted != nil {
		return time.Duration(r.Hosted.Practice) * time.Minute
	}
	return 3 * time.Minute
}

// QualifyLength is the length of qualifying.
func (r *Race) QualifyLength() time.Duration {
	if r.Hosted != nil {
		return time.Duration(r.Hosted.Qualify) * time.Minute
	}
	return 8 * time.Minute
}

// IsTeam tells a race of teams.
func (r *Race) IsTeam() bool { return r.Season != nil && r.Season.Series.Team }

// Winner is the first row; a race without entries has none.
func (r *Race) Winner() *Entry {
	if len(r.Entries) == 0 {
		return nil
	}
	return &r.Entries[0]
}

// Limit is the count of incidents that disqualifies; 0 means none does.
func (r *Race) Limit() int {
	if r.Season == nil {
		return 0
	}
	return r.Season.Series.IncidentLimit
}

// cautions tells whether the pace car comes out.
func (r *Race) cautions() bool {
	return r.Season != nil && r.Season.Series.Cautions && r.Track.IsOval()
}

// points are the championship points of a place: the winner's are a sixteenth of the strength of the field, and each
// place has an equal share less down to 0 for the last.
func points(sof, cars, place int) int {
	if cars < 2 {
		return sof / 16
	}
	return int(float64(sof) / 16 * (1 - float64(place)/float64(cars-1)))
}

// paceOf is how much longer a driver's laps are than the best possible: parts of one.
func paceOf(rating float64, oval bool) float64 {
	gap := 0.056 * math.Exp(-rating/1900)
	if oval {
		gap *= 0.4
	}
	return gap
}

func spreadOf(rating float64, oval bool) float64 {
	spread := 0.0018 + 0.0042*math.Exp(-rating/1800)
	if oval {
		spread *= 0.6
	}
	return spread
}
