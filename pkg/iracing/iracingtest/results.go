package iracingtest

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

func resultEndpoints() []endpoint {
	const search = "start_range_begin start_range_end finish_range_begin finish_range_end cust_id team_id "
	return []endpoint{
		{path: "/data/results/get", params: "subsession_id* include_licenses", delivery: linked, expires: 900, answer: resultGet},
		{path: "/data/results/event_log", params: "subsession_id* simsession_number*", delivery: linkedChunks, expires: 900, answer: resultEvents},
		{path: "/data/results/lap_chart_data", params: "subsession_id* simsession_number*", delivery: linkedChunks, expires: 900, answer: resultChart},
		{path: "/data/results/lap_data", params: "subsession_id* simsession_number* cust_id team_id", delivery: linkedChunks, expires: 900, answer: resultLaps},
		{path: "/data/results/search_series", params: search + "season_year season_quarter series_id race_week_num official_only event_types category_ids", delivery: inlineChunks, expires: 900, kind: "search_series_results", answer: searchSeries},
		{path: "/data/results/search_hosted", params: search + "host_cust_id session_name league_id league_season_id car_id track_id category_ids", delivery: inlineChunks, expires: 900, kind: "search_hosted_results", answer: searchHosted},
		{path: "/data/results/season_results", params: "season_id* event_type race_week_num", delivery: linked, expires: 900, answer: seasonResults},
	}
}

// race is the race that subsession_id names, if the account may see it.
func (q *query) race() (*world.Race, error) {
	r := q.Race(q.int("subsession_id", 0))
	switch {
	case r == nil || !q.Over(r):
		return nil, errNotFound
	case r.Hosted != nil && r.Hosted.League != nil && r.Hosted.League.League.Private && r.Hosted.League.League.Member(q.Me) == nil:
		return nil, errForbidden
	}
	return r, nil
}

// simsession finds one of a race's sessions: the number it goes by, its type, and the names of both.
type simsession struct {
	number, kind    int
	name, kindTitle string
}

func simsessions(r *world.Race) []simsession {
	switch r.Event {
	case world.TimeTrial:
		return []simsession{{0, 3, "TIME TRIAL", "Time Trial"}}
	case world.Practice:
		return []simsession{{0, 3, "PRACTICE", "Open Practice"}}
	}
	return []simsession{{-2, 3, "PRACTICE", "Open Practice"}, {-1, 4, "QUALIFY", "Lone Qualifying"}, {0, 6, "RACE", "Race"}}
}

// resultGet answers the whole result of a race.
func resultGet(q *query) (*answer, error) {
	r, err := q.race()
	if err != nil {
		return nil, err
	}
	return body(q.result(r, q.bool("include_licenses")))
}

// result is a result in whole.
func (q *query) result(r *world.Race, licences bool) obj {
	res := q.resultHead(r)
	sessions := []obj{}
	for _, s := range simsessions(r) {
		session := obj{
			"simsession_number": s.number, "simsession_type": s.kind, "simsession_type_name": s.kindTitle, "simsession_subtype": 0,
			"simsession_name": s.name, "weather_result": q.weatherResult(r, s.number), "results": q.rows(r, s.number, licences),
		}
		sessions = append(sessions, session)
	}
	if r.ID%3 == 0 {
		slices.Reverse(sessions) // the order is not guaranteed
	}
	res["session_results"] = sessions
	return res
}

// resultHead is a result without its sessions.
func (q *query) resultHead(r *world.Race) obj {
	lead, cautions, slow := r.LeadChanges, r.Cautions, r.CautionLaps
	res := obj{
		"subsession_id": r.ID, "session_id": r.Session, "can_protest": q.Now.Sub(r.End) < 7*24*time.Hour, "caution_type": 2, "cooldown_minutes": 30,
		"corners_per_lap": r.Track.Corners, "damage_model": 0, "driver_change_param1": -1, "driver_change_param2": -1, "driver_change_rule": 0,
		"driver_changes": r.IsTeam(), "end_time": stamp(r.End), "event_average_lap": r.Average, "event_best_lap_time": r.Best,
		"event_laps_complete": r.Laps, "event_strength_of_field": r.SoF, "event_type": r.Event, "event_type_name": eventNames[r.Event],
		"heat_info_id": -1, "license_category": wideName(r.Category), "license_category_id": r.Category, "limit_minutes": 10080,
		"max_team_drivers": 1, "max_weeks": world.Weeks, "min_team_drivers": 1, "num_caution_laps": slow, "num_cautions": cautions,
		"num_drivers": drivers(r), "num_laps_for_qual_average": 2, "num_laps_for_solo_average": 5, "num_lead_changes": lead,
		"official_session": r.Season != nil, "points_type": "race", "private_session_id": -1, "race_week_num": r.Week, "results_restricted": false,
		"start_time": stamp(r.Start), "special_event_type": -1, "track": withCategory(trackName(r.Track), r.Track, true),
		"race_summary": obj{
			"subsession_id": r.ID, "average_lap": r.Average, "laps_complete": r.Laps, "num_cautions": cautions, "num_caution_laps": slow,
			"num_lead_changes": lead, "field_strength": r.SoF, "num_opt_laps": 0, "has_opt_path": false, "special_event_type": 0,
			"special_event_type_text": "Not a special event",
		},
		"track_state": obj{"leave_marbles": true, "practice_rubber": -1, "qualify_rubber": -1, "race_rubber": -1, "warmup_rubber": -1},
		"weather":     q.weather(r),
	}
	classes, ids := []obj{}, []int64{}
	splits := []obj{}
	for _, f := range r.Fields {
		cars := []obj{}
		for _, c := range f.Class.Cars {
			cars = append(cars, obj{"car_id": c.ID})
		}
		classes = append(classes, obj{
			"car_class_id": f.Class.ID, "short_name": f.Class.Short, "name": f.Class.Name, "strength_of_field": f.SoF, "num_entries": f.Cars,
			"cars_in_class": cars,
		})
	}
	for _, s := range r.Splits {
		ids = append(ids, s.ID)
		splits = append(splits, obj{"subsession_id": s.ID, "event_strength_of_field": s.SoF})
	}
	slices.SortStableFunc(splits, func(a, b obj) int {
		return cmp.Compare(b["event_strength_of_field"].(int), a["event_strength_of_field"].(int)) //nolint:forcetypeassert // made above
	})
	res["car_classes"], res["associated_subsession_ids"], res["session_splits"] = classes, ids, splits
	if r.IsTeam() {
		res["min_team_drivers"], res["max_team_drivers"], res["driver_change_rule"] = 2, 16, 2
	}
	if s := r.Season; s != nil {
		res["season_id"], res["season_name"], res["season_short_name"] = s.ID, s.Name(), s.Quarter.String()
		res["season_year"], res["season_quarter"] = s.Quarter.Year, s.Quarter.Number
		res["series_id"], res["series_name"], res["series_short_name"] = s.Series.ID, s.Series.Name, s.Series.Short
		res["series_logo"] = logo(s.Series)
		res["allowed_licenses"] = allowedLicences(s.Series.Group, s.Series.ID)
		return res
	}
	q.hostedHead(r, res)
	return res
}

// hostedHead fills in what is different in a result of a hosted session.
func (q *query) hostedHead(r *world.Race, res obj) {
	h := r.Hosted
	for _, name := range []string{"season_name", "season_short_name", "series_name", "series_short_name"} {
		res[name] = "Hosted iRacing"
	}
	res["season_id"], res["season_year"], res["season_quarter"], res["series_id"], res["race_week_num"] = 0, 2000, 1, 0, 0
	res["private_session_id"], res["host_id"], res["session_name"] = h.PrivateID, h.Host.ID, h.Name
	res["restrict_results"], res["max_weeks"], res["cooldown_minutes"], res["limit_minutes"] = false, 13, 0, 0
	res["can_protest"] = false
	delete(res, "session_splits")
	res["track_state"] = hostedTrackState()
	res["associated_subsession_ids"] = []int64{r.ID}
	if l := h.League; l != nil {
		res["league_id"], res["league_name"] = l.League.ID, l.League.Name
		res["league_season_id"], res["league_season_name"] = l.ID, l.Name
		res["restrict_results"] = l.League.Private
	}
	cars := []obj{{"car_id": h.Car.ID}}
	res["car_classes"] = []obj{{"car_class_id": 0, "name": "Hosted All Cars Class", "short_name": "Hosted All Cars", "cars_in_class": cars}}
}

// drivers is how many drivers took part.
func drivers(r *world.Race) int {
	if !r.IsTeam() {
		return len(r.Entries)
	}
	n := 0
	for i := range r.Entries {
		n += len(r.Entries[i].Drivers)
	}
	return n
}

func logo(s *world.Series) string { return fmt.Sprintf("seriesid_%d.png", s.ID) }
