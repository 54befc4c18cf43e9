// Package analysis turns telemetry into what a driver asks for: which laps were driven and how fast by the official
// clock, where time was won and lost, what fuel they took. Its functions are pure: they read an open file and return
// values in SI units unless a name says otherwise.
//
// The rules by which laps are told apart follow what the sim is seen to write, not what its channel descriptions say:
// its clock runs on for up to two seconds after the line, it writes blank records when the car is reset, and one lap
// number can cover several beginnings of a lap.
package analysis

import (
	"math"
	"strconv"
	"strings"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// Info is what the session text says of an event.
type Info struct {
	Track       string // display name with the layout, such as "Sebring International Raceway, International"
	TrackName   string // without the layout
	TrackID     int    // one number for each layout, 0 if unknown
	TrackConfig string // the layout; empty where the track has one only
	Car         string
	CarID       int // 0 if unknown
	Driver      string
	Cust        int64     // the driver's customer id; 0 if unknown
	SubSession  int       // 0 for test drives
	TrackLength float64   // m, rounded to 10 m in old files; 0 if unknown
	Origin      Geo       // of the track; the zero Geo if unknown
	Sectors     []float64 // where each sector begins, as a fraction of the lap, ascending from 0
	EventType   string    // such as Race or Test
	// SessionTypes are the types of the event's sessions by their numbers, such as Practice or Race.
	SessionTypes map[int]string
}

// Geo is a place, in degrees.
type Geo struct{ Lat, Lon float64 }

// SessionType is what a session number stands for in this event, or the type of the event if the text does not tell.
func (in *Info) SessionType(num int) string {
	if t := in.SessionTypes[num]; t != "" {
		return t
	}
	return in.EventType
}

// More than any event has; they keep a hostile text from widening tables.
const (
	maxSectors  = 32
	maxSessions = 64
)

// ReadInfo collects the facts from the session text. What is missing stays empty.
func ReadInfo(s *ibt.Session) Info {
	weekend := s.Node("WeekendInfo")
	in := Info{
		TrackName:    weekend.Get("TrackDisplayName"),
		TrackID:      int(number(weekend.Get("TrackID"))),
		SubSession:   int(number(weekend.Get("SubSessionID"))),
		TrackLength:  number(weekend.Get("TrackLength")) * 1000,
		Origin:       Geo{Lat: number(weekend.Get("TrackLatitude")), Lon: number(weekend.Get("TrackLongitude"))},
		EventType:    weekend.Get("EventType"),
		SessionTypes: make(map[int]string),
	}
	if !in.Origin.onEarth() {
		in.Origin = Geo{}
	}
	if in.TrackName == "" {
		in.TrackName = weekend.Get("TrackName")
	}
	in.Track = in.TrackName
	if layout := weekend.Get("TrackConfigName"); layout != "" && !strings.EqualFold(layout, "none") {
		in.Track += ", " + layout
		in.TrackConfig = layout
	}
	if me := s.Driver(); me != nil {
		in.Driver, in.Car = me.Get("UserName"), me.Get("CarScreenName")
		if in.Car == "" {
			in.Car = me.Get("CarPath")
		}
		in.CarID, in.Cust = int(number(me.Get("CarID"))), max(int64(number(me.Get("UserID"))), 0)
	}
	for item := range s.Node("SessionInfo", "Sessions").Items() {
		if num, err := strconv.Atoi(item.Get("SessionNum")); err == nil && len(in.SessionTypes) < maxSessions {
			in.SessionTypes[num] = item.Get("SessionType")
		}
	}
	for item := range s.Node("SplitTimeInfo", "Sectors").Items() {
		at, err := strconv.ParseFloat(item.Get("SectorStartPct"), 64)
		ascending := len(in.Sectors) == 0 && at == 0 || len(in.Sectors) > 0 && at > in.Sectors[len(in.Sectors)-1]
		if err == nil && ascending && at < 1 && len(in.Sectors) < maxSectors {
			in.Sectors = append(in.Sectors, at)
		}
	}
	return in
}

// number is the leading number of a value such as "5.79 km", or 0.
func number(s string) float64 {
	s, _, _ = strings.Cut(s, " ")
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(x) || math.Abs(x) > 1e12 {
		return 0
	}
	return x
}
