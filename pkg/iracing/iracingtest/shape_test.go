package iracingtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

// shape is the types of all values of a JSON text, by their path: .results[].name. Numbers are of one type. A map whose
// keys are ids has the one key <id>.
type shape map[string]map[string]bool

var idKey = regexp.MustCompile(`^-?\d+$`)

func (s shape) add(path string, value any) {
	note := func(kind string) {
		if s[path] == nil {
			s[path] = map[string]bool{}
		}
		s[path][kind] = true
	}
	switch v := value.(type) {
	case nil:
		note("null")
	case bool:
		note("bool")
	case string:
		note("string")
	case json.Number, float64:
		note("number")
	case []any:
		note("array")
		for _, one := range v {
			s.add(path+"[]", one)
		}
	case map[string]any:
		note("object")
		byID := len(v) > 0
		for key := range v {
			byID = byID && idKey.MatchString(key)
		}
		for key, one := range v {
			if byID {
				key = "<id>"
			}
			s.add(path+"."+key, one)
		}
	}
}

// missing are keys of real answers that the fake leaves out, and why.
var missing = map[string]string{
	".heat_ses_info":                     "the world has no heat races",
	"[].heat_ses_info":                   "the world has no heat races",
	".seasons[].heat_ses_info":           "the world has no heat races",
	".sessions[].heat_ses_info":          "the world has no heat races",
	".sessions[].ai_":                    "the world has no AI drivers",
	"[].progress_text":                   "the world's awards have no such text",
	".seasons[].reg_open_minutes":        "given for special events only",
	"[].reg_open_minutes":                "given for special events only",
	"[].track_state.practice_rubber":     "given where rubber is set up",
	"[].schedules[].track_state.":        "given where rubber is set up",
	".club_id":                           "clubs are gone",
	"results[].club_":                    "clubs are gone",
	".weather.simulated_start_utc_":      "of the weather before 2024",
	".session_results[].results[].club_": "clubs are gone",
	".sessions[].cars[].race_setup":      "no setups are shared",
	".sessions[].cars[].qual_setup":      "no setups are shared",
	".qual_setup_id":                     "no setups are shared",
	"[].paint_rules":                     "cosmetic",
	".tests.":                            "the fake runs fewer checks",
	".rss_announcements":                 "cosmetic",
	".maint_messages[]":                  "nothing is announced",
	".allowed_clubs[]":                   "clubs are gone",
}

// more are keys that the fake has beyond the recorded answers, and why.
var more = map[string]string{
	".tests.":                        "checks of its own",
	"simsession_name":                "in newer answers",
	"[].icon_background_color":       "in newer answers", //nolint:misspell // the spelling of the API
	".num_drivers":                   "in newer answers",
	".event_best_lap_time":           "in newer answers",
	".session_results[].weather":     "in newer answers",
	"results[].flair":                "in newer answers",
	".simsession_name":               "in newer answers",
	".league_points":                 "of a league's races",
	".sessions[].image":              "of a league's session",
	".sessions[].league_name":        "of a league's session",
	".sessions[].league_season_name": "of a league's session",
	".sessions[].owner":              "of a league's session",
	".sessions[].admin":              "of a league's session",
	".sessions[].race_length_type":   "of a league's session",
	".recent_awards[].":              "in some of the recorded answers",
	".results[].carcfg":              "in newer answers",
	".results[].country_code":        "in newer answers",
	".weather.precip_":               "in newer answers",
	".weather.simulated_start_time":  "in newer answers",
	".message":                       "of the reference",
	".url":                           "of the reference",
	".paint_rules":                   "cosmetic",
	"[].paint_rules":                 "cosmetic",
}

// nullable are values that may be null or not, whatever the recorded answer has.
var nullable = map[string]string{
	"_lap_time":   "a driver without a lap of the type",
	"_date":       "a driver without a lap of the type",
	"wheel_color": "of cars with wheels of one colour", //nolint:misspell // the spelling of the API
}

func excused(list map[string]string, path string) bool {
	for part := range list {
		if strings.Contains(path, part) {
			return true
		}
	}
	return false
}

// corpus is the folder of recorded answers.
func corpus(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("API_CORPUS")
	if folder == "" {
		t.Skip("API_CORPUS names no folder of recorded answers")
	}
	return folder
}

// Each answer of the fake has the keys and the types of a recorded one.
func TestShapes(t *testing.T) {
	folder := corpus(t)
	v := fake(t, nil)
	var own, ownRace, oval, team, league, live, trial, season, teamSeason, leagueID, leagueSeason string
	var teamID, me, class, teamClass string
	ids := func(n any) string { return fmt.Sprint(n) }
	shared().Read(noon, func(w *world.View) {
		me = ids(w.Me.ID)
		for _, s := range w.Starts(w.Me, nil) {
			r := s.Race
			switch {
			case r.IsTeam():
				team, teamID = ids(r.ID), ids(s.Result().Team.ID)
				teamSeason, teamClass = ids(r.Season.ID), ids(s.Result().Car.Class.ID)
			case r.Hosted != nil && r.Hosted.League != nil:
				league, leagueID, leagueSeason = ids(r.ID), ids(r.Hosted.League.League.ID), ids(r.Hosted.League.ID)
			case r.Event == world.TimeTrial:
				trial = ids(r.ID)
			case r.Hosted == nil && r.Event == world.RaceEvent && r.Season.Series.ID == 604:
				own, ownRace = ids(r.ID), ids(r.ID)
				season, class = ids(r.Season.ID), ids(s.Result().Car.Class.ID)
			}
		}
		for _, r := range w.Races(func(r *world.Race) bool { return r.Cautions > 0 }) {
			oval = ids(r.ID)
		}
		for _, r := range w.Running() {
			if r.Event == world.RaceEvent && !r.IsTeam() && r.Season != nil {
				live = ids(r.ID)
			}
		}
	})
	if slices.Contains([]string{own, oval, team, league, live, trial}, "") {
		t.Fatalf("the world lacks a race: %q %q %q %q %q %q", own, oval, team, league, live, trial)
	}
	sub := func(id string) string { return "subsession_id=" + id }
	lap := func(id string) string { return sub(id) + "&simsession_number=0" }
	span := "start_range_begin=2026-10-01T00:00Z"
	for _, c := range []struct {
		file, path, part string
		queries          []string
	}{
		{"car.get", "/data/car/get", "body", nil},
		{"car.assets", "/data/car/assets", "body", nil},
		{"carclass.get", "/data/carclass/get", "body", nil},
		{"constants.categories", "/data/constants/categories", "body", nil},
		{"constants.divisions", "/data/constants/divisions", "body", nil},
		{"constants.event_types", "/data/constants/event_types", "body", nil},
		{"hosted.combined_sessions", "/data/hosted/combined_sessions", "body", nil},
		{"hosted.sessions", "/data/hosted/sessions", "body", nil},
		{"league.cust_league_sessions", "/data/league/cust_league_sessions", "body", nil},
		{"league.directory", "/data/league/directory", "body", nil},
		{"league.get", "/data/league/get", "body", []string{"league_id=" + leagueID}},
		{"league.get_points_systems", "/data/league/get_points_systems", "body", []string{"league_id=" + leagueID}},
		{"league.membership", "/data/league/membership", "body", nil},
		{"league.roster.envelope", "/data/league/roster", "envelope", []string{"league_id=" + leagueID}},
		{"league.roster.data", "/data/league/roster", "body", []string{"league_id=" + leagueID}},
		{"league.seasons", "/data/league/seasons", "body", []string{"league_id=" + leagueID}},
		{"league.seasons.retired", "/data/league/seasons", "body", []string{"retired=true&league_id=" + leagueID}},
		{"league.season_standings", "/data/league/season_standings", "body", []string{"league_id=" + leagueID + "&season_id=" + leagueSeason}},
		{"league.season_sessions", "/data/league/season_sessions", "body", []string{"league_id=" + leagueID + "&season_id=" + leagueSeason}},
		{"lookup.countries", "/data/lookup/countries", "body", nil},
		{"lookup.drivers", "/data/lookup/drivers", "body", []string{"search_term=a"}},
		{"lookup.flairs", "/data/lookup/flairs", "body", nil},
		{"lookup.get", "/data/lookup/get", "body", []string{"weather=weather_wind_speed_units&weather=weather_wind_speed_max&weather=weather_wind_speed_min&licenselevels=licenselevels"}},
		{"lookup.licenses", "/data/lookup/licenses", "body", nil},
		{"member.awards.envelope", "/data/member/awards", "envelope", nil},
		{"member.awards.data", "/data/member/awards", "body", nil},
		{"member.award_instances.data", "/data/member/award_instances", "body", []string{"award_id=245"}},
		{"member.chart_data.irating", "/data/member/chart_data", "body", []string{"category_id=5&chart_type=1"}},
		{"member.get", "/data/member/get", "body", []string{"cust_ids=" + me}},
		{"member.get.licenses", "/data/member/get", "body", []string{"include_licenses=true&cust_ids=" + me}},
		{"member.info", "/data/member/info", "body", nil},
		{"member.participation_credits", "/data/member/participation_credits", "body", nil},
		{"member.profile", "/data/member/profile", "body", nil},
		{"member.profile.recent_events", "/data/member/profile", "body", nil},
		{"results.get.official", "/data/results/get", "body", []string{sub(own)}},
		{"results.get.team", "/data/results/get", "body", []string{sub(team)}},
		{"results.get.league", "/data/results/get", "body", []string{sub(league)}},
		{"results.event_log.header", "/data/results/event_log", "header", []string{lap(ownRace), lap(oval)}},
		{"results.event_log.rows", "/data/results/event_log", "rows", []string{lap(ownRace), lap(oval)}},
		{"results.lap_chart_data.header", "/data/results/lap_chart_data", "header", []string{lap(ownRace)}},
		{"results.lap_chart_data.rows", "/data/results/lap_chart_data", "rows", []string{lap(ownRace), lap(oval)}},
		{"results.lap_data.header", "/data/results/lap_data", "header", []string{lap(ownRace) + "&cust_id=" + me}},
		{"results.lap_data.rows", "/data/results/lap_data", "rows", []string{lap(ownRace) + "&cust_id=" + me}},
		{"results.lap_data.team.header", "/data/results/lap_data", "header", []string{lap(team) + "&team_id=" + teamID}},
		{"results.lap_data.team.chunk", "/data/results/lap_data", "rows", []string{lap(team) + "&team_id=" + teamID}},
		{"results.search_series.header", "/data/results/search_series", "header", []string{"official_only=true&season_year=2026&season_quarter=4&series_id=604"}},
		{"results.search_series.rows", "/data/results/search_series", "rows", []string{span}},
		{"results.search_hosted.header", "/data/results/search_hosted", "header", []string{span + "&session_name=fun"}},
		{"results.search_hosted.rows", "/data/results/search_hosted", "rows", []string{span + "&session_name=fun", span + "&session_name=league"}},
		{"results.season_results", "/data/results/season_results", "body", []string{"season_id=" + season}},
		{"season.list", "/data/season/list", "body", []string{"season_year=2026&season_quarter=4"}},
		{"season.race_guide", "/data/season/race_guide", "body", nil},
		{"season.spectator_subsessionids", "/data/season/spectator_subsessionids", "body", nil},
		{"season.spectator_subsessionids_detail", "/data/season/spectator_subsessionids_detail", "body", nil},
		{"series.assets", "/data/series/assets", "body", nil},
		{"series.get", "/data/series/get", "body", nil},
		{"series.past_seasons", "/data/series/past_seasons", "body", []string{"series_id=604"}},
		{"series.seasons", "/data/series/seasons", "body", nil},
		{"series.season_list", "/data/series/season_list", "body", nil},
		{"series.season_schedule", "/data/series/season_schedule", "body", []string{"season_id=" + season}},
		{"series.stats_series", "/data/series/stats_series", "body", nil},
		{"session.reg_drivers_list", "/data/session/reg_drivers_list", "body", []string{sub(live)}},
		{"stats.member_bests", "/data/stats/member_bests", "body", nil},
		{"stats.member_career", "/data/stats/member_career", "body", nil},
		{"stats.member_division", "/data/stats/member_division", "body", []string{"event_type=5&season_id=" + season}},
		{"stats.member_recap.year", "/data/stats/member_recap", "body", []string{"year=2026"}},
		{"stats.member_recap.quarter", "/data/stats/member_recap", "body", []string{"year=2026&season=3"}},
		{"stats.member_recent_races", "/data/stats/member_recent_races", "body", nil},
		{"stats.member_summary", "/data/stats/member_summary", "body", nil},
		{"stats.member_yearly", "/data/stats/member_yearly", "body", nil},
		{"stats.season_driver_standings.header", "/data/stats/season_driver_standings", "header", []string{"season_id=" + season + "&car_class_id=" + class}},
		{"stats.season_driver_standings.rows", "/data/stats/season_driver_standings", "rows", []string{"season_id=" + season + "&car_class_id=" + class}},
		{"stats.season_team_standings.header", "/data/stats/season_team_standings", "header", []string{"season_id=" + teamSeason + "&car_class_id=" + teamClass}},
		{"stats.season_team_standings.chunk", "/data/stats/season_team_standings", "rows", []string{"season_id=" + teamSeason + "&car_class_id=" + teamClass}},
		{"stats.season_qualify_results.rows", "/data/stats/season_qualify_results", "rows", []string{"race_week_num=9&season_id=" + season + "&car_class_id=" + class}},
		{"stats.season_tt_standings.rows", "/data/stats/season_tt_standings", "rows", []string{"season_id=" + season + "&car_class_id=" + class}},
		{"stats.season_tt_results.rows", "/data/stats/season_tt_results", "rows", weeks("season_id=" + season + "&car_class_id=" + class)},
		{"stats.world_records.header", "/data/stats/world_records", "header", []string{"car_id=309&track_id=801"}},
		{"stats.world_records.header.null_chunk", "/data/stats/world_records", "body", []string{"car_id=309&track_id=830&season_year=2026&season_quarter=4"}},
		{"stats.world_records.rows", "/data/stats/world_records", "rows", []string{"car_id=309&track_id=801", "car_id=311&track_id=801"}},
		{"team.get", "/data/team/get", "body", []string{"team_id=" + teamID}},
		{"team.membership", "/data/team/membership", "body", nil},
		{"time_attack.member_season_results", "/data/time_attack/member_season_results", "body", []string{timeAttack(t)}},
		{"track.get", "/data/track/get", "body", nil},
		{"track.assets", "/data/track/assets", "body", nil},
	} {
		t.Run(c.file, func(t *testing.T) {
			v := *v
			v.t = t
			got := shape{}
			// What is open now changes: it takes some looks to see all of it.
			looks := []*visitor{&v}
			if strings.HasPrefix(c.path, "/data/hosted/") {
				for hour := range 12 {
					looks = append(looks, fake(t, func(o *Options) { o.Now = func() time.Time { return noon.Add(-time.Duration(hour) * time.Hour) } }))
				}
			}
			for i, query := range append(c.queries, make([]string, max(0, len(looks)-len(c.queries)))...) {
				a := looks[min(i, len(looks)-1)].get(c.path, query)
				switch c.part {
				case "envelope":
					got.add("", a.envelope)
				case "header":
					got.add("", a.header)
				case "rows":
					if a.rows != nil {
						got.add("", a.rows)
					}
				default:
					got.add("", a.body)
				}
			}
			compare(t, recorded(t, filepath.Join(folder, c.file+".json")), got)
		})
	}
	t.Run("status.iracing.com.status", func(t *testing.T) {
		got := shape{}
		got.add("", v.decode(v.do("GET", v.StatusURL, "", nil).body))
		compare(t, recorded(t, filepath.Join(folder, "status.iracing.com.status.json")), got)
	})
	t.Run("time_attack.public_schedule", func(t *testing.T) {
		got := shape{}
		got.add("", v.decode(v.do("GET", v.TimeAttackURL+"time_attack_schedule_2026_4.json", "", nil).body))
		compare(t, recorded(t, filepath.Join(folder, "time_attack.public_schedule.json")), got)
	})
}

// weeks are a query for each of some weeks.
func weeks(query string) []string {
	var list []string
	for n := range 10 {
		list = append(list, fmt.Sprintf("%s&race_week_num=%d", query, n))
	}
	return list
}

func timeAttack(t *testing.T) string {
	t.Helper()
	query := ""
	shared().Read(noon, func(v *world.View) {
		query = fmt.Sprintf("ta_comp_season_id=%d", competitionsOf(v, world.QuarterOf(v.Now))[0].season)
	})
	return query
}

// recorded is the shape of a recorded answer.
func recorded(t *testing.T, file string) shape {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(content, &value); err != nil {
		t.Fatal(err)
	}
	s := shape{}
	s.add("", value)
	return s
}

func compare(t *testing.T, want, got shape) {
	t.Helper()
	for _, path := range slices.Sorted(maps.Keys(want)) {
		if got[path] == nil && !excused(missing, path) {
			t.Errorf("%s is missing", path)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(got)) {
		if want[path] == nil {
			if !excused(more, path) && known(want, path) {
				t.Errorf("%s is not in the recorded answer", path)
			}
			continue
		}
		for kind := range got[path] {
			if !want[path][kind] && !excused(nullable, path) {
				t.Errorf("%s is %s; the recorded one is %v", path, kind, slices.Sorted(maps.Keys(want[path])))
			}
		}
	}
}

// known tells whether what a value lies in is there in a recorded answer: below a list that was empty in it, nothing is.
func known(want shape, path string) bool {
	for parent := path; parent != ""; {
		i := strings.LastIndexAny(parent, ".[")
		parent = parent[:max(0, i)]
		if kinds := want[parent]; kinds != nil {
			return !kinds["array"] || want[parent+"[]"] != nil
		}
	}
	return true
}
