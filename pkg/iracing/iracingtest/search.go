package iracingtest

import (
	"slices"
	"strings"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

// window is the span of time of a search.
type window struct {
	startFrom, startTo, endFrom, endTo time.Time
}

// longest is the longest span that a search may cover.
const longest = 90 * 24 * time.Hour

// window reads and checks the span of a search: it ends before its end, lasts 90 days at most, and its end may be left
// out when it begins less than 90 days ago.
func (q *query) window() (w window, given bool, err error) {
	span := func(name string) (from, to time.Time, err error) {
		from, ok := q.time(name + "_range_begin")
		to, ended := q.time(name + "_range_end")
		switch {
		case !ok && ended:
			return from, to, bad("%s_range_end needs %s_range_begin", name, name)
		case !ok:
			return from, to, nil
		case !ended:
			if to = from.Add(longest); to.Before(q.Now) {
				return from, to, bad("%s_range_end is required when %s_range_begin is more than 90 days ago", name, name)
			}
		case to.Before(from):
			return from, to, bad("%s_range_end is before %s_range_begin", name, name)
		case to.Sub(from) > longest:
			return from, to, bad("the range of %s may not be longer than 90 days", name)
		}
		given = true
		return from, to, nil
	}
	if w.startFrom, w.startTo, err = span("start"); err != nil {
		return w, false, err
	}
	w.endFrom, w.endTo, err = span("finish")
	return w, given, err
}

// holds tells whether a race lies in the window.
func (w window) holds(r *world.Race) bool {
	in := func(t, from, to time.Time) bool { return from.IsZero() || !t.Before(from) && t.Before(to) }
	return in(r.Start, w.startFrom, w.startTo) && in(r.End, w.endFrom, w.endTo)
}

// participant finds the entry of the driver or team that a search names; team_id wins over cust_id. It answers false
// when one is named that did not take part.
func (q *query) participant(r *world.Race) (e *world.Entry, d *world.Drive, ok bool) {
	team, cust := q.int("team_id", 0), q.int("cust_id", 0)
	if team == 0 && cust == 0 {
		return nil, nil, true
	}
	for i := range r.Entries {
		e := &r.Entries[i]
		switch {
		case team != 0:
			if e.Team != nil && e.Team.ID == team {
				return e, nil, true
			}
		case e.Member != nil && e.Member.ID == cust:
			return e, nil, true
		default:
			for j := range e.Drivers {
				if e.Drivers[j].Member.ID == cust {
					return e, &e.Drivers[j], true
				}
			}
		}
	}
	return nil, nil, false
}

// searchRow is what the rows of both searches have.
func searchRow(r *world.Race) obj {
	row := obj{
		"session_id": r.Session, "subsession_id": r.ID, "start_time": stamp(r.Start), "end_time": stamp(r.End), "license_category_id": r.Category,
		"num_drivers": drivers(r), "num_cautions": r.Cautions, "num_caution_laps": r.CautionLaps, "num_lead_changes": r.LeadChanges,
		"event_average_lap": r.Average, "event_best_lap_time": r.Best, "event_laps_complete": r.Laps, "driver_changes": r.IsTeam(), "winner_ai": false,
		"track": trackName(r.Track),
	}
	if w := r.Winner(); w != nil {
		row["winner_group_id"], row["winner_name"] = w.Group(), w.Name()
	}
	return row
}

// searchSeries answers the sessions of series that a search finds, by id.
func searchSeries(q *query) (*answer, error) {
	w, given, err := q.window()
	switch {
	case err != nil:
		return nil, err
	case q.has("season_year") != q.has("season_quarter"):
		return nil, bad("season_year and season_quarter go together")
	case !given && !q.has("season_year"):
		return nil, bad("season_year and season_quarter, start_range_begin or finish_range_begin is required")
	}
	types, categories := q.list("event_types"), q.list("category_ids")
	if !q.has("event_types") {
		types = []int64{2, 3, 4, 5}
	}
	quarter := world.Quarter{Year: int(q.int("season_year", 0)), Number: int(q.int("season_quarter", 0))}
	rows := []any{}
	for _, r := range q.Races(func(r *world.Race) bool {
		return r.Season != nil && w.holds(r) && slices.Contains(types, int64(r.Event)) &&
			(!q.has("category_ids") || slices.Contains(categories, int64(r.Category))) &&
			(!q.has("season_year") || r.Season.Quarter == quarter) &&
			(!q.has("series_id") || int64(r.Season.Series.ID) == q.int("series_id", 0)) &&
			(!q.has("race_week_num") || int64(r.Week) == q.int("race_week_num", 0)) &&
			(!q.bool("official_only") || r.Event >= world.TimeTrial)
	}) {
		e, d, ok := q.participant(r)
		if !ok {
			continue
		}
		s := r.Season
		row := searchRow(r)
		row["license_category"] = world.CategoryTitle(r.Category)
		row["official_session"] = r.Event >= world.TimeTrial
		row["season_id"], row["season_year"], row["season_quarter"] = s.ID, s.Quarter.Year, s.Quarter.Number
		row["event_type"], row["event_type_name"] = r.Event, eventNames[r.Event]
		row["series_id"], row["series_name"], row["series_short_name"] = s.Series.ID, s.Series.Name, s.Series.Short
		row["race_week_num"], row["event_strength_of_field"] = r.Week, r.SoF
		if e != nil {
			q.tookPart(row, r, e, d)
		}
		rows = append(rows, row)
	}
	return &answer{header: obj{"success": true, "params": q.echo("season_year", "season_quarter", types)}, rows: found(rows)}, nil
}

// found makes a search that found nothing one without chunks.
func found(rows []any) []any {
	if len(rows) == 0 {
		return nil
	}
	return rows
}

// tookPart adds what a search for a driver or team says of it.
func (q *query) tookPart(row obj, r *world.Race, e *world.Entry, d *world.Drive) {
	row["car_id"], row["car_class_id"], row["car_name"] = e.Car.ID, e.Car.Class.ID, e.Car.Name
	row["car_class_name"], row["car_class_short_name"], row["car_name_abbreviated"] = e.Car.Class.Name, e.Car.Class.Short, e.Car.Short
	row["starting_position"], row["starting_position_in_class"] = e.Grid, e.GridInClass
	row["finish_position"], row["finish_position_in_class"] = e.Place, e.PlaceInClass
	row["laps_complete"], row["laps_led"], row["incidents"], row["champ_points"] = e.Laps, e.Led, e.Incidents, e.Points
	row["drop_race"] = false
	row["season_license_group"], row["season_license_group_name"] = r.Season.Series.Group, groups[r.Season.Series.Group-1].name
	switch {
	case d != nil:
		row["cust_id"] = d.Member.ID
		row["laps_complete"], row["laps_led"], row["incidents"] = d.Laps, d.Led, d.Incidents
	case e.Team != nil:
		row["team_id"] = e.Team.ID
	default:
		row["cust_id"] = e.Member.ID
		row["drop_race"] = q.dropped(e.Member, r)
	}
}

// echo repeats the parameters of a search.
func (q *query) echo(numbers ...any) obj {
	params := obj{}
	for name := range q.values {
		switch {
		case slices.Contains(listParams, name):
			params[name] = q.list(name)
		case slices.Contains(boolParams, name):
			params[name] = q.bool(name)
		case slices.Contains(timeParams, name):
			at, _ := q.time(name)
			params[name] = stamp(at)
		case slices.Contains(textParams, name):
			params[name] = q.text(name)
		default:
			params[name] = q.int(name, 0)
		}
	}
	if !q.has("category_ids") {
		params["category_ids"] = []int64{1, 2, 3, 4, 5, 6}
	}
	for _, n := range numbers {
		if types, ok := n.([]int64); ok {
			params["event_types"] = types
		}
	}
	return params
}

// searchHosted answers the hosted sessions that a search finds, by id.
func searchHosted(q *query) (*answer, error) {
	w, given, err := q.window()
	switch {
	case err != nil:
		return nil, err
	case !given:
		return nil, bad("start_range_begin or finish_range_begin is required")
	case !q.has("cust_id") && !q.has("team_id") && !q.has("host_cust_id") && !q.has("session_name"):
		return nil, bad("cust_id, team_id, host_cust_id or session_name is required")
	}
	categories := q.list("category_ids")
	name := strings.ToLower(q.text("session_name"))
	rows := []any{}
	for _, r := range q.Races(func(r *world.Race) bool {
		h := r.Hosted
		return h != nil && w.holds(r) &&
			(!q.has("category_ids") || slices.Contains(categories, int64(r.Category))) &&
			(!q.has("host_cust_id") || h.Host.ID == q.int("host_cust_id", 0)) &&
			(name == "" || strings.Contains(strings.ToLower(h.Name), name)) &&
			(!q.has("league_id") || h.League != nil && h.League.League.ID == q.int("league_id", 0)) &&
			(!q.has("league_season_id") || h.League != nil && h.League.ID == q.int("league_season_id", 0)) &&
			(!q.has("car_id") || int64(h.Car.ID) == q.int("car_id", 0)) &&
			(!q.has("track_id") || int64(h.Track.ID) == q.int("track_id", 0))
	}) {
		e, _, ok := q.participant(r)
		if !ok {
			continue
		}
		h := r.Hosted
		row := searchRow(r)
		row["private_session_id"], row["session_name"], row["league_id"], row["league_season_id"] = h.PrivateID, h.Name, 0, 0
		row["created"], row["practice_length"], row["qualify_length"], row["qualify_laps"] = stamp(h.Created), h.Practice, h.Qualify, 2
		row["race_length"], row["race_laps"], row["heat_race"], row["host"] = h.Minutes, h.Laps, false, person(h.Host)
		row["cars"] = []obj{{
			"car_id": h.Car.ID, "car_name": h.Car.Name, "car_class_id": 0, "car_class_name": "Hosted All Cars Class",
			"car_class_short_name": "Hosted All Cars", "car_name_abbreviated": h.Car.Short,
		}}
		if l := h.League; l != nil {
			row["league_id"], row["league_season_id"], row["league_name"], row["league_season_name"] = l.League.ID, l.ID, l.League.Name, l.Name
		}
		if e != nil {
			row["cust_id"], row["car_id"], row["car_name"] = e.Group(), e.Car.ID, e.Car.Name
			row["starting_position"], row["finish_position"], row["incidents"] = e.Grid, e.Place, e.Incidents
			row["starting_position_in_class"], row["finish_position_in_class"] = e.GridInClass, e.PlaceInClass
			row["laps_complete"], row["laps_led"] = e.Laps, e.Led
		}
		rows = append(rows, row)
	}
	return &answer{header: obj{"success": true, "params": q.echo()}, rows: found(rows)}, nil
}

// seasonResults answers all sessions of a season.
func seasonResults(q *query) (*answer, error) {
	season := q.Season(q.int("season_id", 0))
	if season == nil {
		return nil, errNotFound
	}
	list := []obj{}
	for _, r := range q.Races(func(r *world.Race) bool {
		return r.Season == season && (!q.has("event_type") || int64(r.Event) == q.int("event_type", 0)) &&
			(!q.has("race_week_num") || int64(r.Week) == q.int("race_week_num", 0))
	}) {
		classes := []obj{}
		for _, f := range r.Fields {
			classes = append(classes, obj{
				"car_class_id": f.Class.ID, "short_name": f.Class.Short, "name": f.Class.Name, "num_entries": f.Cars, "strength_of_field": f.SoF,
			})
		}
		row := obj{
			"session_id": r.Session, "subsession_id": r.ID, "race_week_num": r.Week, "car_classes": classes, "driver_changes": r.IsTeam(),
			"event_best_lap_time": r.Best, "event_strength_of_field": r.SoF, "event_type": r.Event, "event_type_name": eventNames[r.Event],
			"farm": farm(r.Session), "num_caution_laps": r.CautionLaps, "num_cautions": r.Cautions, "num_drivers": drivers(r),
			"num_lead_changes": r.LeadChanges, "official_session": r.Event >= world.TimeTrial, "start_time": stamp(r.Start), "track": trackName(r.Track),
		}
		if w := r.Winner(); w != nil {
			row["winner_id"], row["winner_name"], row["winner_license_level"] = w.Group(), w.Name(), -1
			row["winner_helmet"] = obj{"pattern": 0, "color1": "ffffff", "color2": "ffffff", "color3": "ffffff", "face_type": 0, "helmet_type": 0}
			if w.Member != nil {
				row["winner_license_level"], row["winner_helmet"] = w.Before.Level(), helmet(w.Member)
			}
		}
		list = append(list, row)
	}
	res := obj{"success": true, "season_id": season.ID, "race_week_num": nil, "event_type": nil, "results_list": list}
	for _, name := range []string{"race_week_num", "event_type"} {
		if q.has(name) {
			res[name] = q.int(name, 0)
		}
	}
	return body(res)
}
