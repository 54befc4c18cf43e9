package models

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
)

// Kind names what a query asks for; it is the query's queryType.
type Kind string

// The query kinds.
const (
	KindSessions Kind = "sessions" // the telemetry files of the library
	KindLaps     Kind = "laps"     // the lap table of one session
	KindTrace    Kind = "trace"    // channels of chosen laps over time or distance

	KindRaceHistory     Kind = "raceHistory"     // a driver's races
	KindRaceResults     Kind = "raceResults"     // the classification of a race
	KindLapChart        Kind = "lapChart"        // positions lap by lap
	KindGapChart        Kind = "gapChart"        // gaps lap by lap
	KindRaceLaps        Kind = "raceLaps"        // the lap times of a race
	KindPaceRanking     Kind = "paceRanking"     // the pace of all drivers on clean laps
	KindEventLog        Kind = "eventLog"        // penalties, cautions, lead changes
	KindRatingHistory   Kind = "ratingHistory"   // iRating, safety rating and time trial rating
	KindIRatingEstimate Kind = "iratingEstimate" // what a race does to the iRating
	KindCareer          Kind = "career"          // totals by category or year
	KindPerCar          Kind = "perCar"          // totals by car
	KindPerTrack        Kind = "perTrack"        // totals by track
	KindHeadToHead      Kind = "headToHead"      // two drivers compared
	KindStandings       Kind = "standings"       // a championship
	KindSeasonResults   Kind = "seasonResults"   // the races of a season
	KindSchedule        Kind = "schedule"        // what is raced when
	KindLeaderboard     Kind = "leaderboard"     // the fastest laps of a car on a track
	KindLeague          Kind = "league"          // a league
	KindTeam            Kind = "team"            // a team
	KindLiveSessions    Kind = "liveSessions"    // what goes on now
	KindServiceStatus   Kind = "serviceStatus"   // how iRacing's services are
	KindEndpoint        Kind = "endpoint"        // any endpoint of the API
)

// XAxis is what a trace is drawn over.
type XAxis string

// The x axes of a trace.
const (
	XDistance       XAxis = "distance"       // metres since the start line, laps side by side
	XDistanceAsTime XAxis = "distanceAsTime" // the same with 1 m shown as 1 ms, so that time panels share a cursor
	XTime           XAxis = "time"           // the time at which it was driven
)

// LapFilter limits a lap table.
type LapFilter string

// The lap filters.
const (
	LapsAll   LapFilter = "all"   // every lap, out and in laps too
	LapsTimed LapFilter = "timed" // laps with a lap time
	LapsValid LapFilter = "valid" // flying laps that are timed and clean
)

// Words that stand for a session or a lap in a query.
const (
	SessionLatest = "latest" // the newest session
	LapBest       = "best"   // the fastest valid lap
	LapLast       = "last"   // the last complete lap
	LapAll        = "all"    // every lap of the session
)

// SessionsQuery lists the sessions of the telemetry library, newest first.
type SessionsQuery struct {
	// Car keeps sessions whose car name contains this text; empty keeps all.
	Car string `json:"car,omitempty"`
	// Track keeps sessions whose track name contains this text; empty keeps all.
	Track string `json:"track,omitempty"`
	// InRange keeps only sessions that were driven within the dashboard's time range.
	InRange bool `json:"inRange,omitempty"`
}

// LapsQuery asks for the lap table of one session.
type LapsQuery struct {
	// Session is a session's id or the word latest.
	Session string `json:"session,omitempty"`
	// Only limits the table; empty means all.
	Only LapFilter `json:"only,omitempty"`
	// Laps are the laps of the table, as in a trace; none means every lap.
	Laps StringList `json:"laps,omitempty"`
}

// TraceQuery asks for channels of chosen laps.
type TraceQuery struct {
	// Session is a session's id or the word latest.
	Session string `json:"session,omitempty"`
	// Laps are lap numbers or the words best, last, all. Where lap 4 was begun several times, 4.2 is the second.
	Laps StringList `json:"laps,omitempty"`
	// Channels are channel names as the telemetry file has them.
	Channels StringList `json:"channels,omitempty"`
	// X is the axis; empty means distance.
	X XAxis `json:"x,omitempty"`
	// Reference is a lap to compare with. It joins the trace and adds the time delta of each other lap.
	Reference *LapRef `json:"reference,omitempty"`
	// Delta set to false leaves the delta of a trace with a reference out.
	Delta *bool `json:"delta,omitempty"`
}

// LapRef is one lap of any session.
type LapRef struct {
	// Session is a session's id, the word latest, or empty for the session of the query.
	Session string `json:"session,omitempty"`
	// Lap is a lap number or one of the words best, last.
	Lap string `json:"lap,omitempty"`
}

// StringList is a list that may be written as a JSON list of strings and numbers or as one text with commas, which is
// how a dashboard variable with several values arrives.
type StringList []string

// UnmarshalJSON reads a list, a text, a number or null.
func (l *StringList) UnmarshalJSON(b []byte) error {
	*l = nil
	var items []json.RawMessage
	switch b = bytes.TrimSpace(b); {
	case bytes.Equal(b, []byte("null")):
		return nil
	case len(b) > 0 && b[0] == '[':
		if err := json.Unmarshal(b, &items); err != nil {
			return err
		}
	default:
		items = []json.RawMessage{b}
	}
	for _, it := range items {
		var s string
		if err := json.Unmarshal(it, &s); err != nil {
			var n json.Number
			if err := json.Unmarshal(it, &n); err != nil {
				return fmt.Errorf("laps and channels are lists of texts and numbers, which %.40s is not", it)
			}
			s = n.String()
		}
		for v := range strings.SplitSeq(s, ",") {
			// Grafana writes several values as {a,b}. A variable that it left alone stays recognisable as one.
			if v = strings.TrimSpace(v); !strings.HasPrefix(v, "$") {
				v = strings.TrimFunc(v, func(r rune) bool { return r == '{' || r == '}' || unicode.IsSpace(r) })
			}
			if v != "" {
				*l = append(*l, v)
			}
		}
	}
	return nil
}
