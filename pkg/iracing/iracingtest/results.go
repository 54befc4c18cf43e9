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

// timing is what a row says of one session.
type timing struct {
	place, inClass, grid, gridInClass int16
	interval, classInterval           int32
	best, average                     int32
	bestNum, laps, led, incidents     int16
	qual                              int32
	qualNum                           int16
	qualAt                            time.Time
	run                               int32
	runNum                            int16
	reason                            world.Reason
	points                            int16
}

// never stands for a time that there is none of.
var never = time.Unix(0, 0)

// rows are the rows of one of a race's sessions.
func (q *query) rows(r *world.Race, number int, licences bool) []obj {
	type line struct {
		e *world.Entry
		t timing
	}
	var lines []line
	if number == 0 {
		for i := range r.Entries {
			e := &r.Entries[i]
			lines = append(lines, line{e, timing{
				place: e.Place, inClass: e.PlaceInClass, grid: e.Grid, gridInClass: e.GridInClass, interval: e.Interval, classInterval: e.ClassInterval,
				best: e.Best, average: e.Average, bestNum: e.BestLap, laps: e.Laps, led: e.Led, incidents: e.Incidents, qual: -1, qualNum: -1,
				qualAt: never, run: orNone(e.BestRun), runNum: int16(orNone(int32(e.BestRunLap))), reason: e.Reason, points: e.Points,
			}})
		}
	} else {
		laps := q.Laps(r, number)
		for i := range r.Entries {
			e := &r.Entries[i]
			lines = append(lines, line{e, timingOf(r, laps[e], number)})
		}
		slices.SortStableFunc(lines, func(a, b line) int {
			return cmp.Or(cmp.Compare(after(a.t.best), after(b.t.best)), cmp.Compare(a.e.Number, b.e.Number))
		})
		inClass := map[*world.Class]int16{}
		first := map[*world.Class]int32{}
		for i := range lines {
			l := &lines[i]
			class := l.e.Car.Class
			l.t.place, l.t.inClass = int16(i), inClass[class]
			inClass[class]++
			if i == 0 {
				l.t.interval, l.t.classInterval = 0, 0
			}
			if l.t.best < 0 {
				continue
			}
			if _, ok := first[class]; !ok {
				first[class] = l.t.best
			}
			l.t.interval, l.t.classInterval = l.t.best-lines[0].t.best, l.t.best-first[class]
		}
	}
	rows := make([]obj, 0, len(lines))
	for i := range lines {
		rows = append(rows, q.row(r, lines[i].e, &lines[i].t, number, licences))
	}
	return rows
}

func orNone(n int32) int32 {
	if n == 0 {
		return -1
	}
	return n
}

// after puts times that there are none of behind all others.
func after(t int32) int64 {
	if t < 0 {
		return 1 << 40
	}
	return int64(t)
}

// timingOf is what the laps of a session that times decide come to.
func timingOf(r *world.Race, laps []world.Lap, number int) timing {
	t := timing{grid: -1, gridInClass: -1, interval: -1, classInterval: -1, best: -1, bestNum: -1, qual: -1, qualNum: -1, qualAt: never, run: -1, runNum: -1}
	sum := int64(0)
	for _, l := range laps {
		if l.Number == 0 {
			continue
		}
		t.laps++
		t.incidents += int16(l.Points())
		sum += int64(l.Time)
		if l.Time > 0 && (t.best < 0 || l.Time < t.best) {
			t.best, t.bestNum = l.Time, int16(l.Number)
			if number == -1 {
				t.qual, t.qualNum = t.best, t.bestNum
				t.qualAt = r.Start.Add(r.PracticeLength() + time.Duration(l.Clock)*100*time.Microsecond).Truncate(time.Second)
			}
		}
	}
	if n := len(laps); n > 1 {
		t.average = int32((laps[n-1].Clock - laps[0].Clock) / int64(n-1))
	}
	return t
}

// row is a row of a result.
func (q *query) row(r *world.Race, e *world.Entry, t *timing, session int, licences bool) obj {
	row := obj{
		"display_name": e.Name(), "aggregate_champ_points": e.Points, "ai": false, "average_lap": t.average, "best_lap_num": t.bestNum,
		"best_lap_time": t.best, "best_nlaps_num": t.runNum, "best_nlaps_time": t.run, "best_qual_lap_at": stamp(t.qualAt),
		"best_qual_lap_num": t.qualNum, "best_qual_lap_time": t.qual, "car_class_id": e.Car.Class.ID, "car_class_name": e.Car.Class.Name,
		"car_class_short_name": e.Car.Class.Short, "car_id": e.Car.ID, "car_name": e.Car.Name, "carcfg": -1, "champ_points": t.points,
		"class_interval": t.classInterval, "drop_race": false, "finish_position": t.place, "finish_position_in_class": t.inClass, "friend": false,
		"incidents": t.incidents, "interval": t.interval, "laps_complete": t.laps, "laps_lead": t.led, "league_agg_points": 0, "league_points": 0,
		"license_change_oval": -1, "license_change_road": -1, "livery": livery(entryStyle(e), e.Car, number(e)), "max_pct_fuel_fill": -1,
		"opt_laps_complete": 0, "position": t.place, "qual_lap_time": -1, "reason_out": t.reason.String(), "reason_out_id": int(t.reason),
		"starting_position": t.grid, "starting_position_in_class": t.gridInClass, "suit": suit(entryStyle(e)), "watched": false,
		"weight_penalty_kg": float(-1),
	}
	if r.Hosted != nil {
		row["car_class_id"], row["car_class_name"], row["car_class_short_name"] = 0, "Hosted All Cars Class", "Hosted All Cars"
		row["multiplier"] = 1
		if r.Hosted.League != nil && session == 0 {
			row["league_points"], row["league_agg_points"] = e.Points, e.Points
		}
	}
	if e.Team != nil {
		row["team_id"] = e.Team.ID
		flair(row, &world.Global)
		row["country_code"] = world.Global.Code
		row["division"] = -1
		rating(row, nil, nil)
		crew := []obj{}
		for i := range e.Drivers {
			crew = append(crew, q.crew(r, e, &e.Drivers[i], row, session, licences))
		}
		row["driver_results"] = crew
		return row
	}
	m := e.Member
	row["cust_id"], row["helmet"], row["country_code"] = m.ID, helmet(m), m.Country.Code
	flair(row, m.Country)
	row["division"] = e.Division
	if e.Division >= 0 {
		row["division_name"] = divisionName(int(e.Division))
	}
	rating(row, &e.Before, &e.After)
	if session == 0 && r.Season != nil {
		row["drop_race"] = q.dropped(m, r)
	}
	if licences {
		row["license"] = licence(&e.After, r.Category)
	}
	return row
}

// crew is the row of one of a team's drivers.
func (q *query) crew(r *world.Race, e *world.Entry, d *world.Drive, team obj, session int, licences bool) obj {
	row := obj{}
	for k, v := range team {
		row[k] = v
	}
	m := d.Member
	row["cust_id"], row["display_name"], row["helmet"], row["suit"] = m.ID, m.Name, helmet(m), suit(m.Style())
	row["country_code"], row["division"], row["division_name"] = m.Country.Code, d.Division, divisionName(int(d.Division))
	flair(row, m.Country)
	before, after := &d.Before, &d.After
	if d.Laps == 0 && d.Incidents == 0 {
		before, after = nil, nil // who did not drive has no ratings here
	}
	rating(row, before, after)
	if session == 0 {
		row["laps_complete"], row["laps_lead"], row["incidents"] = d.Laps, d.Led, d.Incidents
		row["best_lap_time"], row["best_lap_num"], row["average_lap"] = d.Best, d.BestLap, d.Average
	} else if m != e.Drivers[0].Member {
		row["laps_complete"], row["best_lap_time"], row["best_lap_num"], row["average_lap"] = 0, -1, -1, 0
		row["best_qual_lap_time"], row["best_qual_lap_num"], row["best_qual_lap_at"], row["incidents"] = -1, -1, stamp(never), 0
	}
	if licences && after != nil {
		row["license"] = licence(after, r.Category)
	}
	return row
}

// divisionName is the name of a division.
func divisionName(d int) string {
	if d == 10 {
		return "Rookie"
	}
	return fmt.Sprintf("Division %d", d+1)
}

// rating adds the ratings before and after; -1 where there are none.
func rating(row obj, before, after *world.Licence) {
	if before == nil || after == nil {
		for _, name := range []string{"cpi", "license_level", "sub_level", "ttrating"} {
			row["old_"+name], row["new_"+name] = -1, -1
		}
		row["oldi_rating"], row["newi_rating"] = -1, -1
		return
	}
	row["old_cpi"], row["new_cpi"] = cpi(before), cpi(after)
	row["old_license_level"], row["new_license_level"] = before.Level(), after.Level()
	row["old_sub_level"], row["new_sub_level"] = before.SubLevel, after.SubLevel
	row["old_ttrating"], row["new_ttrating"] = before.TTRating, after.TTRating
	row["oldi_rating"], row["newi_rating"] = before.IRating, after.IRating
}

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
