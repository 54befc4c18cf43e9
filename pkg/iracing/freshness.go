package iracing

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

// For how long answers are kept.
const (
	keepConstant  = 7 * 24 * time.Hour
	keepReference = 24 * time.Hour
	keepSlow      = 15 * time.Minute
	keepVolatile  = time.Minute
	keepBulk      = 7 * 24 * time.Hour

	keepForbidden  = time.Hour       // a league may open its results to the account
	keepNotFound   = 5 * time.Minute // results appear some minutes after a race
	keepUnfinished = 5 * time.Minute
	// What was nothing or refused for some time is looked for again after as long at the most, and at last every six hours.
	keepNothing = 6 * time.Hour

	// A result changes while its points are processed, and by protests after that.
	pointsDone   = time.Hour
	protestsDone = 48 * time.Hour
	longestRace  = 24 * time.Hour
	// weekDone is how long after its last start a week of a season has no more results to come.
	weekDone = 14 * 24 * time.Hour
)

// FreshUntil tells until when an answer is fresh; the zero time means for good. keep is false for an answer that must be
// asked for again, as it says nothing yet.
func FreshUntil(r Request, a *Answer) (until time.Time, keep bool) {
	body := bytes.TrimSpace(a.Body)
	if len(body) == 0 || string(body) == "null" || !a.CSV && saysNothing(body) {
		return time.Time{}, false
	}
	switch r.Endpoint.Class {
	case Final:
		return finalUntil(r, a, body)
	case Window:
		return windowUntil(r, a, body)
	case Constant:
		return a.At.Add(keepConstant), true
	case Reference:
		return a.At.Add(keepReference), true
	case Bulk:
		return a.At.Add(keepBulk), true
	case Volatile:
		if r.Endpoint.Path == "/data/session/reg_drivers_list" && isEmptyList(body, "entries") {
			return time.Time{}, false
		}
		return a.At.Add(keepVolatile), true
	}
	return a.At.Add(keepSlow), true
}

// nothingUntil tells until when an answer that says nothing yet need not be asked for again: laps and events of a race that
// was not long ago. The older the race, the less likely it is that some will come. The zero time means that it may be asked
// for at once.
func nothingUntil(r Request, a *Answer) time.Time {
	body := bytes.TrimSpace(a.Body)
	if r.Endpoint.Class != Final || len(body) == 0 || !isEmptyRows(body) {
		return time.Time{}
	}
	age := time.Duration(0)
	if start := startOf(a); !start.IsZero() {
		age = a.At.Sub(start)
	}
	return a.At.Add(min(max(age/8, keepUnfinished), keepNothing))
}

// refusedFor is how long a refusal is kept that was the answer for some time already.
func refusedFor(k Kind, already time.Duration) time.Duration {
	least := keepNotFound
	if k == Forbidden {
		least = keepForbidden
	}
	return min(max(already, least), keepNothing)
}

// saysNothing recognises an object that has nothing but a word on its success, or says that there was none.
func saysNothing(body []byte) bool {
	if body[0] != '{' || len(body) > 4096 {
		return false
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return false
	}
	success, ok := fields["success"]
	return len(fields) == 0 || ok && (len(fields) == 1 || string(success) == "false")
}

func isEmptyList(body []byte, field string) bool {
	var fields map[string]json.RawMessage
	var list []json.RawMessage
	return json.Unmarshal(body, &fields) == nil && (fields[field] == nil || json.Unmarshal(fields[field], &list) == nil && len(list) == 0)
}

// isEmptyRows tells a chunked answer without rows.
func isEmptyRows(body []byte) bool {
	return body[0] == '[' && len(bytes.TrimSpace(body[1:])) == 1
}

// startOf is the start of the session that an answer of rows is about; zero where it does not tell.
func startOf(a *Answer) time.Time {
	var header struct {
		Session struct {
			Start time.Time `json:"start_time"`
		} `json:"session_info"`
	}
	if json.Unmarshal(a.Header, &header) != nil {
		return time.Time{}
	}
	return header.Session.Start
}

// longOver tells that an answer of rows came so long after the start of its session that no more of them are to come.
func longOver(a *Answer) bool {
	start := startOf(a)
	return !start.IsZero() && a.At.Sub(start) > longestRace+protestsDone
}

func finalUntil(r Request, a *Answer, body []byte) (time.Time, bool) {
	if r.Endpoint.Path != "/data/results/get" {
		// Laps and events of a race come all at once, some time after it.
		return time.Time{}, !isEmptyRows(body) || longOver(a)
	}
	var result struct {
		End      time.Time         `json:"end_time"`
		Sessions []json.RawMessage `json:"session_results"`
	}
	if json.Unmarshal(body, &result) != nil || result.End.IsZero() {
		return a.At.Add(keepUnfinished), true
	}
	if len(result.Sessions) == 0 {
		return time.Time{}, false
	}
	switch age := a.At.Sub(result.End); {
	case age < 0:
		return a.At.Add(keepUnfinished), true
	case age < pointsDone:
		return result.End.Add(pointsDone), true
	case age < protestsDone:
		return result.End.Add(protestsDone), true
	}
	return time.Time{}, true
}

func windowUntil(r Request, a *Answer, body []byte) (time.Time, bool) {
	past := false
	if r.Endpoint.Path == "/data/results/season_results" {
		past = r.Params["race_week_num"] != "" && startedBefore(body, a.At.Add(-weekDone))
	} else if end := windowEnd(r.Params); !end.IsZero() {
		past = a.At.Sub(end) > protestsDone
	}
	switch {
	case !past:
		return a.At.Add(keepSlow), true
	case isEmptyRows(body):
		// Nothing is a likely answer of a search that went wrong, too.
		return a.At.Add(keepReference), true
	}
	return time.Time{}, true
}

// windowEnd is when the time that a search covers ends; zero when it is open.
func windowEnd(p Params) time.Time {
	var end time.Time
	for _, name := range []string{"start_range_end", "finish_range_end"} {
		if t, err := time.Parse(time.RFC3339, p[name]); err == nil && (end.IsZero() || t.Before(end)) {
			end = t
		}
	}
	year, err1 := strconv.Atoi(p["season_year"])
	quarter, err2 := strconv.Atoi(p["season_quarter"])
	if err1 == nil && err2 == nil && quarter >= 1 && quarter <= 4 {
		// A quarter ends in the middle of March, June, September or December; a month and a half more is room for a week
		// between the seasons and for seasons that begin late.
		t := time.Date(year, time.Month(3*quarter), 15, 0, 0, 0, 0, time.UTC).AddDate(0, 0, 45)
		if end.IsZero() || t.Before(end) {
			end = t
		}
	}
	return end
}

// startedBefore tells that there are sessions and all of them started before a time.
func startedBefore(body []byte, t time.Time) bool {
	var season struct {
		Results []struct {
			Start time.Time `json:"start_time"`
		} `json:"results_list"`
	}
	if json.Unmarshal(body, &season) != nil {
		return false
	}
	for _, s := range season.Results {
		if s.Start.IsZero() || !s.Start.Before(t) {
			return false
		}
	}
	return len(season.Results) > 0
}
