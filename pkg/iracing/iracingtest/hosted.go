package iracingtest

import (
	"maps"
	"strconv"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

func hostedEndpoints() []endpoint {
	return []endpoint{
		{path: "/data/hosted/combined_sessions", params: "package_id", delivery: linked, expires: 60, answer: combinedSessions},
		{path: "/data/hosted/sessions", delivery: linked, expires: 60, answer: hostedSessions},
		{path: "/data/time_attack/member_season_results", params: "ta_comp_season_id*", delivery: linked, expires: 900, answer: timeAttackResults},
	}
}

// open are the hosted sessions that can be joined now: those that have just begun or begin within half an hour.
func (q *query) open() []*world.Hosted {
	var list []*world.Hosted
	for _, r := range q.Coming(q.Now.Add(-90*time.Minute), q.Now.Add(30*time.Minute)) {
		if h := r.Hosted; h != nil && r.End.After(q.Now) && (h.League == nil || h.League.League.Member(q.Me) != nil) {
			list = append(list, h)
		}
	}
	return list
}

// combinedSessions answers what can be joined or watched, and the league sessions to come.
func combinedSessions(q *query) (*answer, error) {
	rows := []obj{}
	for _, h := range q.open() {
		rows = append(rows, q.hostedRow(h, true))
	}
	return body(obj{"subscribed": false, "sequence": q.Now.Unix() / 60 % 100000, "sessions": rows, "success": true})
}

// hostedSessions answers the hosted sessions that can be joined.
func hostedSessions(q *query) (*answer, error) {
	rows := []obj{}
	for _, h := range q.open() {
		if h.League == nil {
			rows = append(rows, q.hostedRow(h, false))
		}
	}
	return body(obj{"subscribed": true, "sessions": rows, "success": true})
}

// hostedRow is a hosted session that is open or to come; combined adds who is in it and who may watch.
func (q *query) hostedRow(h *world.Hosted, combined bool) obj {
	race := h.Race
	entries := 0
	if race != nil && !race.Start.After(q.Now) {
		entries = len(race.Entries)
	}
	s := skyOf(h.Track, uint64(h.PrivateID))
	carTypes := []obj{}
	for _, t := range h.Car.Types {
		carTypes = append(carTypes, obj{"car_type": t})
	}
	licences := []obj{}
	for i := range groups {
		licences = append(licences, obj{"license_group_type": i + 1})
	}
	row := obj{
		"adaptive_ai_difficulty": 4, "adaptive_ai_enabled": false, "admins": []obj{person(h.Host)}, "ai_avoid_players": false, "allowed_leagues": []int64{},
		"allowed_teams": []int64{}, "car_types": carTypes,
		"cars": []obj{{
			"car_id": h.Car.ID, "car_name": h.Car.Name, "car_class_id": 0, "car_class_name": "Hosted All Cars Class", "max_pct_fuel_fill": 100,
			"weight_penalty_kg": float(0), "power_adjust_pct": float(0), "max_dry_tire_sets": 0, "package_id": h.Car.Package,
		}},
		"cars_left": max(0, h.Track.MaxCars-entries), "category": world.CategoryName(h.Car.Category), "category_id": h.Car.Category, "connection_black_flag": false,
		"consec_caution_within_nlaps": 2, "consec_cautions_single_file": false, "count_by_car_class_id": obj{"0": entries},
		"count_by_car_id": obj{strconv.Itoa(h.Car.ID): entries}, "damage_model": 0, "disallow_virtual_mirror": false, "do_not_count_caution_laps": false,
		"do_not_paint_cars": false, "driver_change_rule": 0, "driver_changes": false, "enable_pitlane_collisions": false, "entry_count": entries,
		"event_types": []obj{{"event_type": world.RaceEvent}}, "farm": farm(h.PrivateID), "fixed_setup": h.Fixed, "full_course_cautions": false,
		"green_white_checkered_limit": 0, "hardcore_level": 0, "host": person(h.Host), "incident_limit": 0, "incident_warn_mode": 0, //nolint:misspell // the spelling of the API
		"incident_warn_param1": 0, "incident_warn_param2": 0, "launch_at": stamp(h.At), "league_id": 0, "league_season_id": 0,
		"license_group_types": licences, "lone_qualify": true, "lucky_dog": false, "max_ai_drivers": 0, "max_drivers": h.Track.MaxCars, "max_ir": -1,
		"max_license_level": 28, "max_team_drivers": 1, "max_visor_tearoffs": -1, "min_ir": -1, "min_license_level": 1, "min_team_drivers": 1,
		"multiclass_type": 0, "must_use_diff_tire_types_in_race": false, "no_lapper_wave_arounds": false, "num_fast_tows": -1, "num_opt_laps": 0,
		"open_reg_expires": stamp(h.At.Add(time.Duration(h.Practice+h.Qualify) * time.Minute)), "order_id": 46000000 + h.PrivateID%1000000,
		"pace_car_class_id": nil, "pace_car_id": nil, "password_protected": h.Password, "pits_in_use": entries, "practice_length": h.Practice,
		"private_session_id": h.PrivateID, "qualifier_must_start_race": false, "qualify_laps": 2, "qualify_length": h.Qualify, "race_laps": h.Laps,
		"race_length": h.Minutes, "restarts": 2, "restrict_results": h.League != nil && h.League.League.Private, "restrict_viewing": false,
		"rolling_starts": true, "session_full": false, "session_id": 0, "session_name": h.Name, "session_type": 5,
		"session_types": []obj{{"session_type": 5}}, "short_parade_lap": false, "start_on_qual_tire": false, "start_zone": false, "status": 2,
		"subsession_id": 0, "team_entry_count": 0, "telemetry_force_to_disk": 0, "telemetry_restriction": 0, "time_limit": 120,
		"track": withCarCategory(bareTrack(h.Track), h.Car), "track_state": obj{
			"leave_marbles": false, "practice_rubber": -1, "qualify_rubber": -1, "race_rubber": -1, "warmup_rubber": -1,
		},
		"track_types":               []obj{{"track_type": world.CategoryName(h.Track.Category())}},
		"unsport_conduct_rule_mode": 0, "warmup_length": 0, "weather": q.hostedWeather(h, s), "session_desc": "Everybody is welcome.",
		"elig": q.eligible(h),
	}
	if race != nil && !race.Start.After(q.Now) {
		row["session_id"], row["subsession_id"] = race.Session, race.ID
	}
	if l := h.League; l != nil {
		row["league_id"], row["league_season_id"], row["league_name"], row["league_season_name"] = l.League.ID, l.ID, l.League.Name, l.Name
		if h.At.After(q.Now) {
			row["status"] = 1
			for _, name := range []string{"session_id", "subsession_id", "open_reg_expires", "pits_in_use", "cars_left", "session_full"} {
				delete(row, name)
			}
		}
	}
	if combined {
		q.watchable(row, h, entries)
	}
	return row
}

// watchable turns a hosted session's row into one of the combined list.
func (q *query) watchable(row obj, h *world.Hosted, entries int) {
	more := obj{
		"num_drivers": entries, "num_spotters": 0, "num_spectators": 0, "num_broadcasters": 0, "available_reserved_broadcaster_slots": 20,
		"num_spectator_slots": 55, "available_spectator_slots": 55, "can_broadcast": false, "can_watch": true, "can_spot": true, "max_users": 495,
		"can_join": true, "broadcaster": false, "friends": []any{}, "watched": []any{}, "is_heat_racing": false, "populated": entries > 0,
		"end_time": stamp(h.At.Add(time.Duration(h.Practice+h.Qualify+max(h.Minutes, 20)) * time.Minute)),
	}
	maps.Copy(row, more)
	if h.League == nil {
		row["sess_admin"] = h.Host == q.Me
		return
	}
	picture := q.server.host(partChunks) + "/img/league.svg"
	row["owner"], row["admin"], row["allowed_leagues"] = h.League.League.Owner == q.Me, q.isAdmin(h.League.League), []int64{h.League.League.ID}
	row["image"], row["race_length_type"] = obj{"small_logo": picture, "large_logo": picture}, 3
}

// withCarCategory adds the category that a hosted session's track is listed under: that of the cars.
func withCarCategory(row obj, c *world.Car) obj {
	row["category_id"] = c.Category
	return row
}

// eligible tells what the account may do in a session.
func (q *query) eligible(h *world.Hosted) obj {
	skus := []int{}
	if !ownsCar(h.Car) {
		skus = append(skus, carSKU(h.Car))
	}
	if !ownsTrack(h.Track) {
		skus = append(skus, trackSKU(h.Track))
	}
	return obj{
		"session_full": false, "can_spot": true, "can_watch": true, "can_drive": len(skus) == 0, "has_sess_password": h.Password,
		"needs_purchase": len(skus) > 0, "own_car": ownsCar(h.Car), "own_track": ownsTrack(h.Track), "purchase_skus": skus, "registered": false,
	}
}

// hostedWeather is the weather of a hosted session.
func (q *query) hostedWeather(h *world.Hosted, s sky) obj {
	w := obj{
		"allow_fog": false, "fog": 0, "precip_option": 0, "rel_humidity": int(s.humidity), "simulated_start_time": clock(simulatedStart(h.At)),
		"simulated_time_multiplier": 1, "simulated_time_offsets": []int{h.Practice + h.Qualify}, "skies": s.skies(), "temp_units": 1,
		"temp_value": int(s.temp), "time_of_day": 4, "track_water": 0, "type": 0, "version": 1, "wind_dir": s.windDir, "wind_units": 1,
		"wind_value": int(s.wind / 3.6),
	}
	if h.PrivateID%2 == 0 {
		delete(w, "type")
		w["precip_option"] = 8
		w["forecast_options"] = obj{
			"forecast_type": 1, "precipitation": 0, "skies": 0, "stop_precip": 0, "temperature": 0, "weather_seed": int64(scatter(uint64(h.PrivateID)) >> 13),
			"wind_dir": 0, "wind_speed": 0,
		}
		w["weather_summary"] = s.summary()
		w["weather_url"] = q.forecastURL("hosted/"+text(h.PrivateID), s, simulatedStart(h.At))
	}
	return w
}
