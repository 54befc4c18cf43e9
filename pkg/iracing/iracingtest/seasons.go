package iracingtest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

func seasonEndpoints() []endpoint {
	return []endpoint{
		{path: "/data/season/list", params: "season_year* season_quarter*", delivery: linked, expires: 900, answer: seasonList},
		{path: "/data/season/race_guide", params: "from include_end_after_from", delivery: linked, expires: 60, answer: raceGuide},
		{path: "/data/season/spectator_subsessionids", params: "event_types", delivery: linked, expires: 60, answer: spectator},
		{path: "/data/season/spectator_subsessionids_detail", params: "event_types season_ids", delivery: linked, expires: 60, answer: spectatorDetail},
		{path: "/data/series/assets", delivery: linked, expires: 900, answer: seriesAssets},
		{path: "/data/series/get", delivery: linked, expires: 900, answer: seriesGet},
		{path: "/data/series/past_seasons", params: "series_id*", delivery: linked, expires: 900, answer: pastSeasons},
		{path: "/data/series/seasons", params: "include_series season_year season_quarter", delivery: linked, expires: 900, answer: seriesSeasons},
		{path: "/data/series/season_list", params: "include_series season_year season_quarter", delivery: linked, expires: 900, answer: seriesSeasonList},
		{path: "/data/series/season_schedule", params: "season_id*", delivery: linked, expires: 900, answer: seasonSchedule},
		{path: "/data/series/stats_series", delivery: linked, expires: 900, answer: statsSeries},
		{path: "/data/session/reg_drivers_list", params: "subsession_id*", delivery: linked, expires: 60, answer: registered},
	}
}

// quarter is the quarter that season_year and season_quarter name: the current one without them.
func (q *query) quarter() (world.Quarter, error) {
	if q.has("season_year") != q.has("season_quarter") {
		return world.Quarter{}, bad("season_year and season_quarter go together")
	}
	if !q.has("season_year") {
		return world.QuarterOf(q.Now), nil
	}
	n := q.int("season_quarter", 0)
	if n < 1 || n > 4 {
		return world.Quarter{}, bad("season_quarter is not valid")
	}
	return world.Quarter{Year: int(q.int("season_year", 0)), Number: int(n)}, nil
}

// seasonList answers the ids of the seasons of a quarter.
func seasonList(q *query) (*answer, error) {
	quarter, err := q.quarter()
	if err != nil {
		return nil, err
	}
	rows := []obj{}
	for _, s := range q.Seasons(quarter) {
		row := obj{
			"season_id": s.ID, "series_id": s.Series.ID, "season_name": s.Name(), "series_name": s.Series.Name, "official": true,
			"season_year": quarter.Year, "season_quarter": quarter.Number, "license_group": s.Series.Group, "fixed_setup": s.Series.Fixed,
			"driver_changes": s.Series.Team,
		}
		if s.Series.Group == 1 {
			row["rookie_season"] = "A"
		}
		rows = append(rows, row)
	}
	return body(obj{"season_quarter": quarter.Number, "season_year": quarter.Year, "seasons": rows})
}

// week is the race week at a moment, 0 to 11: the last one in the week without races.
func (q *query) week(s *world.Season) int {
	n := int(q.Now.Sub(s.Quarter.Start()) / (7 * 24 * time.Hour))
	return max(0, min(world.Weeks-1, n))
}

// seasonRow is a season as the lists of series write it.
func (q *query) seasonRow(s *world.Season) obj {
	series := s.Series
	now := world.QuarterOf(q.Now)
	row := obj{
		"season_id": s.ID, "season_name": s.Name(), "active": s.Quarter == now, "allowed_season_members": nil, "car_class_ids": classIDs(series),
		"car_switching": false, "car_types": carTypes(series), "caution_laps_do_not_count": false, "complete": s.Quarter.Start().Before(now.Start()),
		"connection_black_flag": false, "consec_caution_within_nlaps": 2, "consec_cautions_single_file": series.Cautions, "cross_license": false,
		"distributed_matchmaking": false, "driver_change_rule": 0, "driver_changes": series.Team, "drops": series.Drops,
		"elig": obj{"own_car": true, "own_track": true}, "enable_pitlane_collisions": false, "fixed_setup": series.Fixed, "green_white_checkered_limit": 0, //nolint:misspell // the spelling of the API
		"grid_by_class": len(series.Classes) > 1, "hardcore_level": 0, "has_mpr": true, "has_supersessions": false, "ignore_license_for_practice": true,
		"incident_limit": series.IncidentLimit, "incident_warn_mode": 0, "incident_warn_param1": 0, "incident_warn_param2": 0, "is_heat_racing": false,
		"license_group": series.Group, "license_group_types": []obj{{"license_group_type": series.Group}}, "lucky_dog": series.Cautions,
		"max_team_drivers": 1, "max_weeks": world.Weeks, "min_team_drivers": 1, "multiclass": len(series.Classes) > 1,
		"must_use_diff_tire_types_in_race": false, "num_fast_tows": 1, "num_opt_laps": 0, "official": true, "op_duration": 60,
		"open_practice_session_type_id": 169, "qualifier_must_start_race": false, "race_week": q.week(s), "race_week_to_make_divisions": 0,
		"reg_user_count": q.registrations(s), "region_competition": true, "restrict_by_member": false, "restrict_to_car": false,
		"restrict_viewing": false, "schedule_description": scheduleDescription(series), "season_quarter": s.Quarter.Number,
		"season_short_name": s.Quarter.String(), "season_year": s.Quarter.Year, "send_to_open_practice": true, "series_id": series.ID,
		"short_parade_lap": false, "start_date": stamp(s.Quarter.Start()), "start_on_qual_tire": false, "start_zone": false,
		"track_types": []obj{{"track_type": world.CategoryName(series.Tracks[0].Category())}}, "unsport_conduct_rule_mode": 0,
	}
	if series.Team {
		row["min_team_drivers"], row["max_team_drivers"], row["driver_change_rule"] = 2, 16, 2
	}
	return row
}

func classIDs(s *world.Series) []int {
	var ids []int
	for _, c := range s.Classes {
		ids = append(ids, c.ID)
	}
	return ids
}

func carTypes(s *world.Series) []obj {
	seen := map[string]bool{}
	var rows []obj
	for _, class := range s.Classes {
		for _, c := range class.Cars {
			for _, t := range c.Types {
				if !seen[t] {
					seen[t] = true
					rows = append(rows, obj{"car_type": t})
				}
			}
		}
	}
	return rows
}

// scheduleDescription says when a series races.
func scheduleDescription(s *world.Series) string {
	switch {
	case s.Team:
		return fmt.Sprintf("Races on Saturdays at %02d:%02d GMT", s.First/60, s.First%60)
	case s.Repeat == 60:
		return fmt.Sprintf("Races every hour at %d past", s.First)
	case s.Repeat < 60:
		return fmt.Sprintf("Races every %d minutes", s.Repeat)
	}
	return fmt.Sprintf("Races %d past every %d hours", s.First, s.Repeat/60)
}

// registrations is how many have entered the next session of a season.
func (q *query) registrations(s *world.Season) int {
	n := 0
	for _, r := range q.Coming(q.Now, q.Now.Add(30*time.Minute)) {
		if r.Season == s {
			n += len(r.Entries)
		}
	}
	return n
}

// schedule is a race week of a season.
func (q *query) schedule(s *world.Season, week int) obj {
	series, t := s.Series, s.Tracks[week]
	restrictions := []obj{}
	for _, class := range series.Classes {
		for _, c := range class.Cars {
			row := obj{"car_id": c.ID, "max_dry_tire_sets": 0, "max_pct_fuel_fill": 100, "power_adjust_pct": float(0), "weight_penalty_kg": float(0)}
			if series.Fixed {
				row["race_setup_id"] = 260000 + c.ID
			}
			if c.ID%4 == 1 {
				row["max_pct_fuel_fill"], row["power_adjust_pct"], row["weight_penalty_kg"] = float(50.5), float(-1.25), float(5)
			}
			restrictions = append(restrictions, row)
		}
	}
	from := s.Quarter.Week(week)
	descriptor := obj{
		"repeating": true, "super_session": false, "session_minutes": sessionMinutes(series, t), "start_date": date(from), "day_offset": []int{0, 1, 2, 3, 4, 5, 6},
		"first_session_time": fmt.Sprintf("%02d:%02d:00", series.First/60, series.First%60), "repeat_minutes": series.Repeat,
	}
	if series.Team {
		descriptor = obj{
			"repeating": false, "super_session": false, "session_minutes": sessionMinutes(series, t),
			"session_times": []string{stamp(from.AddDate(0, 0, 4).Add(time.Duration(series.First) * time.Minute))},
		}
	}
	row := obj{
		"season_id": s.ID, "race_week_num": week, "car_restrictions": restrictions, "category": world.CategoryName(series.Category),
		"category_id": series.Category, "enable_pitlane_collisions": false, "full_course_cautions": series.Cautions, "practice_length": 3,
		"qual_attached": true, "qual_time_descriptors": []any{}, "qualify_laps": 2, "qualify_length": 8, "race_lap_limit": nil, "race_time_limit": nil,
		"race_time_descriptors": []obj{descriptor}, "restart_type": "Double-file Back", "schedule_name": strings.ToLower(series.Name) + " - " + scheduleDescription(series),
		"season_name": s.Name(), "series_id": series.ID, "series_name": series.Name, "short_parade_lap": false, "special_event_type": nil,
		"start_date": date(from), "start_type": startType(series), "start_zone": false, "track": withCategory(bareTrack(t), t, false),
		"track_state": obj{"leave_marbles": true}, "warmup_length": 0, "weather": q.forecast(s, week),
		"week_end_time": stamp(from.Add(7*24*time.Hour - 75*time.Minute)), "race_week_car_class_ids": []int{}, "race_week_cars": []any{},
	}
	if laps := series.RaceLaps(t); laps > 0 {
		row["race_lap_limit"] = laps
	} else {
		row["race_time_limit"] = series.Minutes
	}
	return row
}

func startType(s *world.Series) string {
	if s.Standing {
		return "Standing"
	}
	return "Rolling"
}

// sessionMinutes is how long a session takes in all.
func sessionMinutes(s *world.Series, t *world.Track) int {
	race := s.Minutes
	if laps := s.RaceLaps(t); laps > 0 {
		race = int(float64(laps) * t.Lap(s.Classes[0]) / 60)
	}
	return 14 + race
}

// seasonSchedule answers the race weeks of a season.
func seasonSchedule(q *query) (*answer, error) {
	s := q.Season(q.int("season_id", 0))
	if s == nil {
		return nil, errNotFound
	}
	return body(obj{"success": true, "season_id": s.ID, "schedules": q.schedules(s)})
}

func (q *query) schedules(s *world.Season) []obj {
	list := []obj{}
	for week := range world.Weeks {
		list = append(list, q.schedule(s, week))
	}
	return list
}

// seriesSeasons answers the seasons of a quarter with their schedules.
func seriesSeasons(q *query) (*answer, error) {
	quarter, err := q.quarter()
	if err != nil {
		return nil, err
	}
	rows := []obj{}
	for _, s := range q.Seasons(quarter) {
		row := q.seasonRow(s)
		for _, name := range []string{"elig", "has_mpr"} {
			delete(row, name)
		}
		row["next_race_session"] = nil
		schedules := q.schedules(s)
		for _, week := range schedules {
			delete(week, "qual_time_descriptors")
		}
		row["schedules"] = schedules
		rows = append(rows, row)
	}
	return body(rows)
}

// seriesSeasonList answers the seasons of a quarter with this week's race.
func seriesSeasonList(q *query) (*answer, error) {
	quarter, err := q.quarter()
	if err != nil {
		return nil, err
	}
	rows := []obj{}
	for _, s := range q.Seasons(quarter) {
		row := q.seasonRow(s)
		week := q.schedule(s, q.week(s))
		current := obj{}
		for _, name := range []string{"race_week_num", "track", "car_restrictions", "race_lap_limit", "race_time_limit", "start_type", "category_id"} {
			current[name] = week[name]
		}
		current["precip_chance"] = skyOf(s.Tracks[q.week(s)], uint64(s.ID)<<8+uint64(q.week(s))).rain
		row["current_week_sched"] = current
		rows = append(rows, row)
	}
	return body(obj{"seasons": rows})
}

// seriesGet answers the series.
func seriesGet(q *query) (*answer, error) {
	rows := []obj{}
	for _, s := range q.Series {
		row := obj{
			"allowed_licenses": allowedLicences(s.Group, 0), "category": world.CategoryName(s.Category), "category_id": s.Category, "eligible": true,
			"first_season": obj{"season_year": q.First().Year, "season_quarter": q.First().Number}, "max_starters": s.Field, "min_starters": 5,
			"oval_caution_type": 0, "road_caution_type": 0, "series_id": s.ID, "series_name": s.Name, "series_short_name": s.Short,
			"search_filters": s.Filters, "forum_url": fmt.Sprintf("https://forums.example.com/categories/%d", s.ID),
		}
		if s.Cautions {
			row["oval_caution_type"] = 2
		}
		rows = append(rows, row)
	}
	return body(rows)
}

// seriesAssets answers the pictures and texts of the series.
func seriesAssets(q *query) (*answer, error) {
	rows := obj{}
	for _, s := range q.Series {
		rows[text(int64(s.ID))] = obj{"large_image": nil, "logo": logo(s), "series_copy": "", "series_id": s.ID, "small_image": nil}
	}
	return body(rows)
}

// historyRow is a series with all its seasons, newest first.
func (q *query) historyRow(s *world.Series) obj {
	seasons := []obj{}
	now := world.QuarterOf(q.Now)
	for quarter := now; quarter.Start().Compare(q.First().Start()) >= 0; quarter = quarter.Add(-1) {
		for _, season := range q.Seasons(quarter) {
			if season.Series == s {
				seasons = append(seasons, pastSeason(season, quarter == now))
			}
		}
	}
	return obj{
		"series_id": s.ID, "series_name": s.Name, "series_short_name": s.Short, "category_id": s.Category, "category": world.CategoryName(s.Category),
		"active": true, "official": true, "fixed_setup": s.Fixed, "search_filters": s.Filters, "logo": logo(s), "license_group": s.Group,
		"license_group_types": []obj{{"license_group_type": s.Group}}, "allowed_licenses": allowedLicences(s.Group, s.ID), "seasons": seasons,
	}
}

func pastSeason(s *world.Season, active bool) obj {
	classes, weeks := []obj{}, []obj{}
	for _, c := range s.Series.Classes {
		classes = append(classes, obj{"car_class_id": c.ID, "short_name": c.Short, "name": c.Name, "relative_speed": c.Speed})
	}
	for n, t := range s.Tracks {
		weeks = append(weeks, obj{"season_id": s.ID, "race_week_num": n, "track": bareTrack(t)})
	}
	return obj{
		"season_id": s.ID, "series_id": s.Series.ID, "season_name": s.Name(), "season_short_name": s.Quarter.String(), "season_year": s.Quarter.Year,
		"season_quarter": s.Quarter.Number, "active": active, "official": true, "driver_changes": s.Series.Team, "fixed_setup": s.Series.Fixed,
		"license_group": s.Series.Group, "has_supersessions": false, "car_switching": false,
		"license_group_types": []obj{{"license_group_type": s.Series.Group}}, "car_classes": classes, "race_weeks": weeks,
	}
}

// pastSeasons answers all seasons of a series.
func pastSeasons(q *query) (*answer, error) {
	for _, s := range q.Series {
		if int64(s.ID) == q.int("series_id", 0) {
			return body(obj{"success": true, "series": q.historyRow(s), "series_id": s.ID})
		}
	}
	return nil, errNotFound
}

// statsSeries answers all series with all their seasons.
func statsSeries(q *query) (*answer, error) {
	rows := []obj{}
	for _, s := range q.Series {
		rows = append(rows, q.historyRow(s))
	}
	return body(rows)
}

// slot is a session in the race guide.
type slot struct {
	season *world.Season
	at     time.Time
	race   *world.Race
}

// raceGuide answers the sessions of the next three hours. Who has entered is known half an hour before.
func raceGuide(q *query) (*answer, error) {
	from := q.Now
	if at, ok := q.time("from"); ok && at.After(from) {
		from = at
	}
	to := from.Add(3 * time.Hour)
	back := from
	if q.bool("include_end_after_from") {
		back = from.Add(-3 * time.Hour)
	}
	races := map[string]*world.Race{}
	for _, r := range q.Coming(back, to) {
		if r.Season != nil && r.Event == world.RaceEvent && r.Split() == 0 {
			races[fmt.Sprint(r.Season.ID, r.Start.Unix())] = r
		}
	}
	var slots []slot
	for at := back.Truncate(24 * time.Hour); at.Before(to); at = at.AddDate(0, 0, 1) {
		for _, s := range q.Seasons(world.QuarterOf(at)) {
			if at.Sub(s.Quarter.Start()) >= world.Weeks*7*24*time.Hour {
				continue
			}
			for _, when := range s.Series.Slots(at) {
				if !when.Before(back) && when.Before(to) {
					slots = append(slots, slot{s, when, races[fmt.Sprint(s.ID, when.Unix())]})
				}
			}
		}
	}
	slices.SortStableFunc(slots, func(a, b slot) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.season.ID, b.season.ID)) })
	rows := []obj{}
	for _, s := range slots {
		week := int(s.at.Sub(s.season.Quarter.Start()) / (7 * 24 * time.Hour))
		end := s.at.Add(time.Duration(sessionMinutes(s.season.Series, s.season.Tracks[week])) * time.Minute)
		if !end.After(from) {
			continue
		}
		row := obj{
			"season_id": s.season.ID, "start_time": stamp(s.at), "super_session": false, "series_id": s.season.Series.ID, "race_week_num": week,
			"end_time": stamp(end), "entry_count": 0,
		}
		if s.race != nil && s.at.Sub(q.Now) <= 30*time.Minute {
			row["session_id"] = s.race.Session
			for _, split := range s.race.Splits {
				row["entry_count"] = row["entry_count"].(int) + len(split.Entries) //nolint:forcetypeassert // made above
			}
		}
		rows = append(rows, row)
	}
	return body(obj{"subscribed": true, "sessions": rows, "block_begin_time": stamp(from), "block_end_time": stamp(to), "success": true})
}

// eventTypes are the types that a query is about: all without the parameter.
func (q *query) eventTypes() []int64 {
	if q.has("event_types") {
		return q.list("event_types")
	}
	return []int64{2, 3, 4, 5}
}

// spectator answers the ids of what is going on.
func spectator(q *query) (*answer, error) {
	types := q.eventTypes()
	ids := []int64{}
	for _, r := range q.Running() {
		if slices.Contains(types, int64(r.Event)) {
			ids = append(ids, r.ID)
		}
	}
	return body(obj{"event_types": types, "success": true, "subsession_ids": ids})
}

// spectatorDetail answers what is going on in which season.
func spectatorDetail(q *query) (*answer, error) {
	types, seasons := q.eventTypes(), q.list("season_ids")
	if !q.has("season_ids") {
		for _, s := range q.Seasons(world.QuarterOf(q.Now)) {
			seasons = append(seasons, s.ID)
		}
	}
	rows := []obj{}
	for _, r := range q.Running() {
		if r.Season != nil && slices.Contains(types, int64(r.Event)) && slices.Contains(seasons, r.Season.ID) {
			rows = append(rows, obj{
				"subsession_id": r.ID, "session_id": r.Session, "season_id": r.Season.ID, "start_time": stamp(r.Start), "race_week_num": r.Week, "event_type": r.Event,
			})
		}
	}
	return body(obj{"success": true, "season_ids": seasons, "event_types": types, "subsessions": rows})
}

// registered answers who is in a session that is going on: nobody when it is not.
func registered(q *query) (*answer, error) {
	n := q.int("subsession_id", 0)
	rows := []obj{}
	if r := q.Race(n); r != nil && q.Live(r) {
		for i := range r.Entries {
			e := &r.Entries[i]
			crew := []*world.Member{e.Member}
			if e.Team != nil {
				crew = e.Team.Drivers
			}
			for _, m := range crew {
				l := q.LicenceAt(m, r.Category, r.Start)
				row := flair(person(m), m.Country)
				row["car_id"], row["car_name"], row["car_class_id"], row["car_class_name"] = e.Car.ID, e.Car.Name, e.Car.Class.ID, e.Car.Class.Name
				row["crew_allowed"], row["crew_password_protected"], row["reg_status"], row["trusted_spotter"] = 0, false, "reg_joined", false
				row["livery"] = livery(m.Style(), e.Car, number(e))
				row["license"] = licence(l, r.Category)
				row["session_id"], row["subsession_id"], row["event_type"], row["event_type_name"] = r.Session, r.ID, r.Event, eventNames[r.Event]
				row["license_order"] = 1000*int(l.Group) + int(l.SubLevel)
				row["country_code"], row["farm_display_name"] = m.Country.Code, farm(r.Session)["display_name"]
				row["elig"] = obj{
					"can_spot": false, "can_watch": false, "can_drive": false, "trusted_spotter": false, "has_sess_password": false, "has_crew_password": false,
					"needs_purchase": false, "purchase_skus": []any{}, "registered": m == q.Me, "session_full": false,
				}
				rows = append(rows, row)
			}
		}
	}
	return body(obj{"subscribed": true, "subsession_id": n, "entries": rows, "success": true})
}
