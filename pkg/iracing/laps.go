package iracing

import (
	"bytes"
	"cmp"
	"context"
	"math"
	"slices"
)

// Lap is one lap of one car in one part of a subsession. Lap 0 is the crossing of the line, or the place on the grid, from
// which the first lap counts.
type Lap struct {
	ID     int64  // of the team, or of the driver who drove alone: see [Row.ID]
	Name   string // of the team or driver
	Cust   int64  // who drove; it changes with a driver change
	Driver string // who drove
	Number string // of the car
	AI     bool

	Lap      int
	At       float64 // s on the session's clock when the lap ended; NaN where it is not known
	Time     float64 // s; NaN where iRacing gives no time, as for a lap that was not driven to its end
	Flags    LapFlags
	Incident bool
	Best     bool // the driver's best of the session

	// Only lap charts have these.
	Position int     // at the end of the lap; 0 where there is none
	Interval float64 // s behind the leader of that lap; NaN for the leader and where iRacing counts laps instead
	LapsDown int     // on the leader
	Fastest  bool    // of the session
}

// LapFlags tell what happened on a lap.
type LapFlags uint32

// What may have happened on a lap.
const (
	LapInvalid       LapFlags = 0x1
	LapPitted        LapFlags = 0x2 // in the pit lane, on the way in or out
	LapOffTrack      LapFlags = 0x4
	LapBlackFlag     LapFlags = 0x8
	LapReset         LapFlags = 0x10
	LapContact       LapFlags = 0x20
	LapCarContact    LapFlags = 0x40
	LapLostControl   LapFlags = 0x80
	LapDiscontinuity LapFlags = 0x100
	LapInterpolated  LapFlags = 0x200
	LapClockSmash    LapFlags = 0x400
	LapTow           LapFlags = 0x800
	LapDriverChange  LapFlags = 0x1000
	LapFirst         LapFlags = 0x2000
	LapCheckered     LapFlags = 0x4000
	LapOptionalPath  LapFlags = 0x8000
	LapMeatball      LapFlags = 0x10000 // for the connection
)

// lapWords are the words for the flags, in their order.
var lapWords = [...]string{
	"invalid", "pit", "off track", "black flag", "reset", "contact", "car contact", "lost control", "discontinuity",
	"interpolated", "clock error", "tow", "driver change", "first lap", "chequered flag", "joker", "connection",
}

// Words are the flags in words, such as off track.
func (f LapFlags) Words() []string {
	var words []string
	for i, word := range lapWords {
		if f&(1<<i) != 0 {
			words = append(words, word)
		}
	}
	return words
}

// harmless flags say nothing against a lap.
const harmless = LapCheckered | LapOptionalPath

// Clean tells whether a lap is one to judge pace by: timed, from line to line, and nothing happened on it. A first lap is
// none: it is timed from the start, so that after a rolling start it can be the shortest of all.
func (l *Lap) Clean() bool { return l.Time > 0 && l.Flags&^harmless == 0 && !l.Incident }

// LapChart asks for all laps of all cars in one part of a subsession, ordered by car and lap. Where nobody drove there
// are none.
func (a API) LapChart(ctx context.Context, subsession int64, part int) ([]Lap, error) {
	return a.laps(ctx, "/data/results/lap_chart_data", Params{}.Set("subsession_id", subsession).Set("simsession_number", part))
}

// LapData asks for the laps of one driver who drove alone, or of one team, whose id is negative.
func (a API) LapData(ctx context.Context, subsession int64, part int, id int64) ([]Lap, error) {
	params := Params{}.Set("subsession_id", subsession).Set("simsession_number", part)
	if id < 0 {
		params.Set("team_id", id)
	} else {
		params.Set("cust_id", id)
	}
	return a.laps(ctx, "/data/results/lap_data", params)
}

func (a API) laps(ctx context.Context, path string, params Params) ([]Lap, error) {
	r, err := NewRequest(path, params)
	if err != nil {
		return nil, err
	}
	answer, err := a.Get(ctx, r)
	if err != nil {
		return nil, err
	}
	laps, ok := readLaps(answer.Body)
	if !ok {
		return nil, r.fail(BadAnswer, 0, "it is no list of laps")
	}
	return laps, nil
}

type wireLap struct {
	Group     int64    `json:"group_id"`
	Name      string   `json:"name"`
	Cust      int64    `json:"cust_id"`
	Driver    string   `json:"display_name"`
	Number    string   `json:"car_number"`
	AI        bool     `json:"ai"`
	Lap       *float64 `json:"lap_number"`
	At        float64  `json:"session_time"`
	Time      float64  `json:"lap_time"`
	Flags     float64  `json:"flags"`
	Incident  bool     `json:"incident"`
	Best      bool     `json:"personal_best_lap"`
	Position  float64  `json:"lap_position"`
	Interval  *float64 `json:"interval"`
	IntervalU string   `json:"interval_units"`
	Fastest   bool     `json:"fastest_lap"`
}

// maxPosition is more than any field has cars.
const maxPosition = 1000

// readLaps decodes rows of laps and orders them; where a car has a lap twice, the later row counts.
func readLaps(body []byte) ([]Lap, bool) {
	var list []wireLap
	if !looseJSON(body, &list) || !isArray(body) {
		return nil, false
	}
	laps := make([]Lap, 0, len(list))
	texts := make(map[string]string)
	keep := func(s string) string { // each name is in many rows
		if kept, ok := texts[s]; ok {
			return kept
		}
		texts[s] = s
		return s
	}
	for i := range list {
		w := &list[i]
		id := cmp.Or(w.Group, w.Cust)
		if id == 0 || w.Lap == nil || *w.Lap < 0 || *w.Lap > most {
			continue
		}
		l := Lap{
			ID: id, Name: keep(cmp.Or(w.Name, w.Driver)), Cust: w.Cust, Driver: keep(w.Driver), Number: keep(w.Number), AI: w.AI,
			Lap: whole(*w.Lap), At: seconds(w.At), Time: seconds(w.Time), Flags: lapFlags(w.Flags), Incident: w.Incident, Best: w.Best,
			Position: count(w.Position), Interval: math.NaN(), Fastest: w.Fastest,
		}
		if l.Position > maxPosition {
			l.Position = 0
		}
		switch {
		case w.Interval == nil || *w.Interval > 0:
		case w.IntervalU == "ms":
			l.Interval = -*w.Interval / 1000
		case w.IntervalU == "lap":
			l.LapsDown = count(-*w.Interval)
		}
		laps = append(laps, l)
	}
	slices.SortStableFunc(laps, func(a, b Lap) int { return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Lap, b.Lap)) })
	out := laps[:0]
	for i := range laps {
		if i+1 < len(laps) && laps[i].ID == laps[i+1].ID && laps[i].Lap == laps[i+1].Lap {
			continue
		}
		out = append(out, laps[i])
	}
	return out, true
}

func lapFlags(v float64) LapFlags {
	if !(v > 0 && v <= math.MaxUint32) {
		return 0
	}
	return LapFlags(v)
}

// isArray tells a list from another value of valid JSON; null, which stands for no rows, is one too.
func isArray(body []byte) bool {
	body = bytes.TrimLeft(body, " \t\r\n")
	return bytes.HasPrefix(body, []byte("[")) || bytes.HasPrefix(body, []byte("null"))
}
