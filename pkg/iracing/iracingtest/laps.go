package iracingtest

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

// sessionInfo is the head of the answers on laps and events.
func (q *query) sessionInfo(r *world.Race) (obj, *simsession, error) {
	n := int(q.int("simsession_number", 0))
	for _, s := range simsessions(r) {
		if s.number != n {
			continue
		}
		info := obj{
			"subsession_id": r.ID, "session_id": r.Session, "simsession_number": s.number, "simsession_type": s.kind, "simsession_name": s.name,
			"num_laps_for_qual_average": 2, "num_laps_for_solo_average": 5, "event_type": r.Event, "event_type_name": eventNames[r.Event],
			"private_session_id": -1, "start_time": stamp(r.Start), "track": trackName(r.Track), "season_name": "Hosted iRacing",
			"season_short_name": "Hosted iRacing", "series_name": "Hosted iRacing", "series_short_name": "Hosted iRacing",
		}
		if r.Hosted != nil {
			info["private_session_id"] = r.Hosted.PrivateID
		} else {
			info["season_name"], info["season_short_name"] = r.Season.Name(), r.Season.Quarter.String()
			info["series_name"], info["series_short_name"] = r.Season.Series.Name, r.Season.Series.Short
		}
		return info, &s, nil
	}
	return nil, nil, errNotFound
}

// lapHead is the head of the answers on laps.
func lapHead(info obj) obj {
	return obj{
		"success": true, "session_info": info, "best_lap_num": -1, "best_lap_time": -1, "best_nlaps_num": -1, "best_nlaps_time": -1,
		"best_qual_lap_num": -1, "best_qual_lap_time": -1, "best_qual_lap_at": nil,
	}
}

// folder is where the chunks of a race's laps lie.
func folder(r *world.Race, session int, what string) string {
	return fmt.Sprintf("/public/lapdata/subsession/%d/%d/%s/", r.ID, session, what)
}

// best finds the best of some laps: its index, or -1.
func best(laps []world.Lap) int {
	found := -1
	for i, l := range laps {
		if l.Counts() && (found < 0 || l.Time < laps[found].Time) {
			found = i
		}
	}
	return found
}

// lapRow is a row of laps.
func lapRow(e *world.Entry, l world.Lap, isBest bool, level int) obj {
	return obj{
		"group_id": e.Group(), "name": e.Name(), "cust_id": l.Driver.ID, "display_name": l.Driver.Name, "lap_number": l.Number, "flags": l.Flags,
		"incident": l.Incident(), "session_time": l.Clock, "session_start_time": nil, "lap_time": l.Time, "team_fastest_lap": isBest,
		"personal_best_lap": isBest, "helmet": helmet(l.Driver), "license_level": level, "car_number": number(e), "lap_events": l.Events(), "ai": false,
	}
}

// resultChart answers the laps of all cars with their places.
func resultChart(q *query) (*answer, error) {
	r, err := q.race()
	if err != nil {
		return nil, err
	}
	info, s, err := q.sessionInfo(r)
	if err != nil {
		return nil, err
	}
	type crossing struct {
		e      *world.Entry
		l      world.Lap
		isBest bool
	}
	all := q.Laps(r, s.number)
	var list []crossing
	fastest := (*crossing)(nil)
	lead := map[int]int64{} // by lap, when the leader crossed the line
	for i := range r.Entries {
		e := &r.Entries[i]
		at := best(all[e])
		for j, l := range all[e] {
			list = append(list, crossing{e, l, j == at})
			if l.Place == 1 && (lead[l.Number] == 0 || l.Clock < lead[l.Number]) {
				lead[l.Number] = l.Clock
			}
		}
	}
	for i := range list {
		if c := &list[i]; c.isBest && (fastest == nil || c.l.Time < fastest.l.Time) {
			fastest = c
		}
	}
	slices.SortStableFunc(list, func(a, b crossing) int {
		return cmp.Or(cmp.Compare(a.l.Number, b.l.Number), cmp.Compare(a.l.Clock, b.l.Clock))
	})
	head := lapHead(info)
	rows := []any{}
	for i := range list {
		c := &list[i]
		row := lapRow(c.e, c.l, c.isBest, 0)
		row["lap_position"], row["fastest_lap"] = c.l.Place, false
		row["interval"], row["interval_units"] = nil, nil
		if s.number == 0 && r.Event == world.RaceEvent && c.l.Number > 0 && c.l.Place > 1 {
			row["interval"], row["interval_units"] = gap(c.l, lead)
		}
		rows = append(rows, row)
	}
	if fastest != nil {
		for i := range list {
			if list[i].isBest && list[i].l.Time == fastest.l.Time {
				rows[i].(obj)["fastest_lap"] = true //nolint:forcetypeassert // made above
				head["best_lap_num"], head["best_lap_time"] = list[i].l.Number, list[i].l.Time
				break
			}
		}
	}
	if len(rows) == 0 {
		rows = nil
	}
	return &answer{header: head, rows: rows, public: folder(r, s.number, "chart")}, nil
}

// gap is how far behind the leader a crossing is: milliseconds, or laps once the leader has lapped the car; negative.
func gap(l world.Lap, lead map[int]int64) (interval, units any) {
	down := 0
	for {
		next, ok := lead[l.Number+down+1]
		if !ok || next > l.Clock {
			break
		}
		down++
	}
	if down > 0 {
		return -down, "lap"
	}
	return -(l.Clock - lead[l.Number]) / 10, "ms"
}

// resultLaps answers the laps of one driver or team.
func resultLaps(q *query) (*answer, error) {
	r, err := q.race()
	if err != nil {
		return nil, err
	}
	info, s, err := q.sessionInfo(r)
	if err != nil {
		return nil, err
	}
	cust, team := q.int("cust_id", 0), q.int("team_id", 0)
	switch {
	case r.IsTeam() && team == 0:
		return nil, bad("team_id is required for a team event")
	case !r.IsTeam() && cust == 0:
		return nil, bad("cust_id is required")
	}
	var e *world.Entry
	for i := range r.Entries {
		if one := &r.Entries[i]; r.IsTeam() && one.Team.ID == team || !r.IsTeam() && one.Member.ID == cust {
			e = one
		}
	}
	if e == nil {
		return nil, errNotFound
	}
	laps := q.Laps(r, s.number)[e]
	head := lapHead(info)
	head["group_id"], head["name"], head["car_id"], head["livery"] = e.Group(), e.Name(), e.Car.ID, livery(entryStyle(e), e.Car, number(e))
	if e.Team == nil {
		head["cust_id"], head["license_level"] = e.Member.ID, e.Before.Level()
	}
	at := best(laps)
	if at >= 0 {
		head["best_lap_num"], head["best_lap_time"] = laps[at].Number, laps[at].Time
	}
	var rows []any
	for i, l := range laps {
		level := 0
		if e.Team == nil {
			level = e.Before.Level()
		}
		for j := range e.Drivers {
			if e.Drivers[j].Member == l.Driver {
				level = e.Drivers[j].Before.Level()
			}
		}
		if cust == 0 || l.Driver.ID == cust {
			rows = append(rows, lapRow(e, l, i == at, level))
		}
	}
	return &answer{header: head, rows: rows, public: folder(r, s.number, fmt.Sprintf("group/%d", e.Group()))}, nil
}

// resultEvents answers the event log.
func resultEvents(q *query) (*answer, error) {
	r, err := q.race()
	if err != nil {
		return nil, err
	}
	info, s, err := q.sessionInfo(r)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"num_laps_for_qual_average", "num_laps_for_solo_average"} {
		delete(info, name)
	}
	rows := []any{}
	if s.number == 0 {
		seq := int(r.ID % 40)
		for _, e := range q.Events(r) {
			seq += 1 + int(e.Clock%7)
			rows = append(rows, eventRow(r, e, seq))
		}
	}
	if len(rows) == 0 {
		rows = nil
	}
	return &answer{header: obj{"success": true, "session_info": info}, rows: rows, public: folder(r, s.number, "eventlog")}, nil
}

// eventRow is a row of the event log.
func eventRow(r *world.Race, e world.Event, seq int) obj {
	row := obj{
		"subsession_id": r.ID, "simsession_number": 0, "session_time": e.Clock, "event_seq": seq, "event_code": e.Code, "group_id": 0, "cust_id": 0,
		"lap_number": e.Lap, "description": "", "message": "", "display_name": "",
	}
	name := func(n int) string {
		entry := r.ByNumber(n)
		return "#" + number(entry) + " " + entry.Name()
	}
	if entry := r.ByNumber(e.Car); entry != nil {
		row["group_id"], row["display_name"] = entry.Group(), entry.Name()
	}
	switch e.Code {
	case world.PenaltyApplied:
		row["description"], row["message"] = "Penalty Applied", fmt.Sprintf("Penalty: %s, Lap %d, %s", e.Text, e.Lap, name(e.Car))
	case world.PenaltyCleared:
		row["description"], row["message"] = "Penalty Cleared", fmt.Sprintf("Clear penalty: %s, Lap %d, %s", e.Text, e.Lap, name(e.Car))
	case world.Caution:
		row["description"], row["message"] = "Caution", e.Text
	case world.LeadChange:
		row["description"] = "Lead Change"
		row["message"] = fmt.Sprintf("Lead change: %s takes over from %s", name(e.Car), name(e.Other))
		row["cust_id"] = row["group_id"]
	}
	return row
}
