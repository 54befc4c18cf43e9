package iracing

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// Event is one line of a session's event log.
type Event struct {
	Seq     int64   // their order; numbers are left out
	Code    int64   // one of the Event constants
	At      float64 // s on the session's clock; NaN where it is not known
	Lap     int     // of the car, or of the leader
	ID      int64   // of the team or driver; 0 where the event is about nobody
	Cust    int64   // of the driver; 0 for penalties
	Name    string
	About   string // the kind of event in words, such as Lead Change
	Message string // it names people and car numbers
}

// Codes of events.
const (
	EventPenalty        = 4
	EventPenaltyCleared = 5
	EventCaution        = 6 // begins or ends
	EventLeadChange     = 7
)

// EventLog asks for what happened in one part of a subsession, in order. Where nothing did there is nothing.
func (a API) EventLog(ctx context.Context, subsession int64, part int) ([]Event, error) {
	r, err := NewRequest("/data/results/event_log", Params{}.Set("subsession_id", subsession).Set("simsession_number", part))
	if err != nil {
		return nil, err
	}
	answer, err := a.Get(ctx, r)
	if err != nil {
		return nil, err
	}
	events, ok := readEvents(answer.Body)
	if !ok {
		return nil, r.fail(BadAnswer, 0, "it is no list of events")
	}
	return events, nil
}

type wireEvent struct {
	Seq     float64 `json:"event_seq"`
	Code    int64   `json:"event_code"`
	At      float64 `json:"session_time"`
	Lap     float64 `json:"lap_number"`
	Group   int64   `json:"group_id"`
	Cust    int64   `json:"cust_id"`
	Name    string  `json:"display_name"`
	About   string  `json:"description"`
	Message string  `json:"message"`
}

func readEvents(body []byte) ([]Event, bool) {
	var list []wireEvent
	if !looseJSON(body, &list) || !isArray(body) {
		return nil, false
	}
	events := make([]Event, 0, len(list))
	for _, w := range list {
		e := Event{
			Seq: int64(whole(w.Seq)), Code: w.Code, At: math.NaN(), Lap: count(w.Lap), ID: cmp.Or(w.Group, w.Cust), Cust: w.Cust,
			Name: w.Name, About: w.About, Message: w.Message,
		}
		if w.At >= 0 {
			e.At = w.At / 1e4
		}
		events = append(events, e)
	}
	slices.SortStableFunc(events, func(a, b Event) int { return cmp.Compare(a.Seq, b.Seq) })
	return events, true
}
