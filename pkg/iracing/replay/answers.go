package replay

import (
	"strings"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// answer is one recorded answer.
type answer struct {
	path   string
	params iracing.Params
	files  []string
	// chunked tells that files are a header, where one was recorded, and rows.
	chunked bool
	// kind is the type of an envelope or header that was not recorded.
	kind string
	// set are fields of the header or the envelope that were recorded for another request or not at all; of an answer
	// without files, its body.
	set map[string]any
	// inside is the key below which the recording has the body.
	inside string
}

type (
	params = iracing.Params
	fields = map[string]any
)

// header is the recorded header of a chunked answer, or "".
func (a answer) header() string {
	if strings.Contains(a.files[0], ".header") {
		return a.files[0]
	}
	return ""
}

// rows are the recorded rows of a chunked answer, or "".
func (a answer) rows() string {
	if last := a.files[len(a.files)-1]; !strings.Contains(last, ".header") {
		return last
	}
	return ""
}

// chunkSize is iRacing's own.
func (a answer) chunkSize() int {
	if a.path == "/data/stats/world_records" {
		return 2000
	}
	return 500
}

// columns are those of the files of the whole membership.
var columns = strings.Split("DRIVER,CUSTID,LOCATION,CLUB_NAME,STARTS,WINS,AVG_START_POS,AVG_FINISH_POS,AVG_POINTS,TOP25PCNT,LAPS,LAPSLEAD,"+
	"AVG_INC,CLASS,IRATING,TTRATING,TOT_CLUBPOINTS,CHAMPPOINTS", ",")

// Schedule names the recorded time attack schedule.
const Schedule = "time_attack_schedule_recorded"

// Unserved are the recordings that answer no request, and why.
func Unserved() map[string]string {
	return map[string]string{
		"INDEX.md":                     "it describes the folder",
		"series.weather_forecast.json": "it is what a schedule's weather_url leads to and no answer of an endpoint",
		"_transport":                   "these are errors and headers, which the tests of the client make themselves",
	}
}

// one is an answer in one file.
func one(path, file string, p iracing.Params) answer {
	return answer{path: path, params: p, files: []string{file}}
}

// rows is a chunked answer.
func rows(path string, p iracing.Params, set map[string]any, files ...string) answer {
	return answer{path: path, params: p, files: files, chunked: true, set: set}
}

// answers says which recording answers what. The parameters are those that the recording itself tells, or, where it tells
// none, made-up ones.
var answers = []answer{
	one("/data/car/assets", "car.assets.json", nil),
	one("/data/car/get", "car.get.json", nil),
	one("/data/carclass/get", "carclass.get.json", nil),
	one("/data/constants/categories", "constants.categories.json", nil),
	one("/data/constants/divisions", "constants.divisions.json", nil),
	one("/data/constants/event_types", "constants.event_types.json", nil),
	one("/data/driver_stats_by_category/sports_car", "driver_stats_by_category.parsed.json", nil),
	one("/data/hosted/combined_sessions", "hosted.combined_sessions.json", nil),
	one("/data/hosted/sessions", "hosted.sessions.json", nil),
	one("/data/league/cust_league_sessions", "league.cust_league_sessions.json", nil),
	one("/data/league/directory", "league.directory.json", nil),
	one("/data/league/get", "league.get.json", params{"league_id": "13561"}),
	one("/data/league/get_points_systems", "league.get_points_systems.json", params{"league_id": "13561"}),
	one("/data/league/membership", "league.membership.json", nil),
	{path: "/data/league/roster", params: params{"league_id": "7058"}, files: []string{"league.roster.envelope.json", "league.roster.data.json"}},
	one("/data/league/season_sessions", "league.season_sessions.json", params{"league_id": "637", "season_id": "128114"}),
	one("/data/league/season_standings", "league.season_standings.json", params{"league_id": "637", "season_id": "128114"}),
	one("/data/league/seasons", "league.seasons.json", params{"league_id": "637"}),
	one("/data/league/seasons", "league.seasons.retired.json", params{"league_id": "637", "retired": "true"}),
	one("/data/lookup/countries", "lookup.countries.json", nil),
	one("/data/lookup/drivers", "lookup.drivers.json", params{"search_term": "Driver"}),
	one("/data/lookup/flairs", "lookup.flairs.json", nil),
	one("/data/lookup/get", "lookup.get.json", nil),
	one("/data/lookup/licenses", "lookup.licenses.json", nil),
	{
		path: "/data/member/award_instances", params: params{"cust_id": "100613", "award_id": "1451"}, files: []string{"member.award_instances.data.json"},
		kind: "member_award_instances", set: fields{"success": true, "cust_id": 100613, "award_id": 1451, "award_count": 1},
	},
	{path: "/data/member/awards", files: []string{"member.awards.envelope.json", "member.awards.data.json"}},
	one("/data/member/chart_data", "member.chart_data.irating.json", params{"category_id": "2", "chart_type": "1"}),
	one("/data/member/chart_data", "member.chart_data.irating.long.json", params{"category_id": "2", "chart_type": "1", "cust_id": "100613"}),
	one("/data/member/chart_data", "member.chart_data.safety.json", params{"category_id": "2", "chart_type": "3"}),
	one("/data/member/chart_data", "member.chart_data.ttrating.json", params{"category_id": "2", "chart_type": "2"}),
	one("/data/member/get", "member.get.json", params{"cust_ids": "100229"}),
	one("/data/member/get", "member.get.licenses.json", params{"cust_ids": "100229", "include_licenses": "true"}),
	one("/data/member/info", "member.info.json", nil),
	one("/data/member/participation_credits", "member.participation_credits.json", nil),
	one("/data/member/profile", "member.profile.json", nil),
	one("/data/member/profile", "member.profile.recent_events.json", params{"cust_id": "100231"}),
	rows("/data/results/event_log", params{"subsession_id": "43625377", "simsession_number": "0"}, nil,
		"results.event_log.header.json", "results.event_log.chunk.json"),
	rows("/data/results/event_log", params{"subsession_id": "82263872", "simsession_number": "0"}, fields{"subsession_id": 82263872},
		"results.event_log.header.json", "results.event_log.rows.json"),
	one("/data/results/get", "results.get.official.json", params{"subsession_id": "82263872"}),
	one("/data/results/get", "results.get.team.json", params{"subsession_id": "82799850"}),
	one("/data/results/get", "results.get.league.json", params{"subsession_id": "46557088"}),
	{
		// The file that the member site exports holds the answer with licences below data.
		path: "/data/results/get", params: params{"subsession_id": "46557088", "include_licenses": "true"},
		files: []string{"results.get.export_event_result.json"}, inside: "data",
	},
	rows("/data/results/lap_chart_data", params{"subsession_id": "43625377", "simsession_number": "0"}, nil,
		"results.lap_chart_data.header.json", "results.lap_chart_data.chunk.json"),
	rows("/data/results/lap_chart_data", params{"subsession_id": "82263872", "simsession_number": "0"}, fields{"subsession_id": 82263872},
		"results.lap_chart_data.header.json", "results.lap_chart_data.rows.json"),
	rows("/data/results/lap_data", params{"subsession_id": "43625377", "simsession_number": "0", "cust_id": "100613"}, nil,
		"results.lap_data.header.json", "results.lap_data.chunk.json"),
	rows("/data/results/lap_data", params{"subsession_id": "82263872", "simsession_number": "0", "cust_id": "100229"},
		fields{"subsession_id": 82263872, "group_id": 100229, "cust_id": 100229, "name": "Driver 100229"},
		"results.lap_data.header.json", "results.lap_data.rows.json"),
	rows("/data/results/lap_data", params{"subsession_id": "43995498", "simsession_number": "0", "team_id": "-500060"}, nil,
		"results.lap_data.team.header.json", "results.lap_data.team.chunk.json"),
	rows("/data/results/search_hosted", nil, fields{"params": fields{}},
		"results.search_hosted.header.json", "results.search_hosted.rows.json"),
	rows("/data/results/search_hosted", params{"start_range_begin": "2022-03-30T00:00:00Z"}, nil,
		"results.search_hosted.header.json", "results.search_hosted.chunk.json"),
	rows("/data/results/search_series", nil, fields{"params": fields{}},
		"results.search_series.header.json", "results.search_series.rows.json"),
	rows("/data/results/search_series", params{"series_id": "260", "season_year": "2022", "season_quarter": "3"}, nil,
		"results.search_series.header.json", "results.search_series.chunk.json"),
	one("/data/results/season_results", "results.season_results.json", params{"season_id": "5935"}),
	one("/data/season/list", "season.list.json", params{"season_year": "2025", "season_quarter": "4"}),
	one("/data/season/race_guide", "season.race_guide.json", nil),
	one("/data/season/spectator_subsessionids", "season.spectator_subsessionids.json", nil),
	one("/data/season/spectator_subsessionids_detail", "season.spectator_subsessionids_detail.json", nil),
	one("/data/series/assets", "series.assets.json", nil),
	one("/data/series/get", "series.get.json", nil),
	one("/data/series/past_seasons", "series.past_seasons.json", params{"series_id": "139"}),
	one("/data/series/season_list", "series.season_list.json", nil),
	one("/data/series/season_schedule", "series.season_schedule.json", params{"season_id": "5935"}),
	one("/data/series/seasons", "series.seasons.json", nil),
	one("/data/series/stats_series", "series.stats_series.json", nil),
	one("/data/session/reg_drivers_list", "session.reg_drivers_list.json", params{"subsession_id": "84443792"}),
	one("/data/stats/member_bests", "stats.member_bests.json", nil),
	one("/data/stats/member_career", "stats.member_career.json", nil),
	one("/data/stats/member_division", "stats.member_division.json", params{"season_id": "5935", "event_type": "5"}),
	one("/data/stats/member_recap", "stats.member_recap.year.json", nil),
	one("/data/stats/member_recap", "stats.member_recap.quarter.json", params{"year": "2025", "season": "4"}),
	one("/data/stats/member_recent_races", "stats.member_recent_races.json", nil),
	one("/data/stats/member_summary", "stats.member_summary.json", nil),
	one("/data/stats/member_yearly", "stats.member_yearly.json", nil),
	rows("/data/stats/season_driver_standings", params{"season_id": "4183", "car_class_id": "4013"}, nil,
		"stats.season_driver_standings.header.json", "stats.season_driver_standings.chunk.json"),
	rows("/data/stats/season_driver_standings", params{"season_id": "5935", "car_class_id": "4029"},
		fields{"season_id": 5935, "car_class_id": 4029, "division": -1, "customer_rank": -1},
		"stats.season_driver_standings.header.json", "stats.season_driver_standings.rows.json"),
	rows("/data/stats/season_qualify_results", params{"season_id": "5935", "car_class_id": "4029", "race_week_num": "1"},
		fields{"season_id": 5935, "car_class_id": 4029, "race_week_num": 1, "division": -1}, "stats.season_qualify_results.rows.json"),
	rows("/data/stats/season_supersession_standings", params{"season_id": "4696", "car_class_id": "104"}, nil,
		"stats.season_supersession_standings.header.json", "stats.season_supersession_standings.chunk.json"),
	rows("/data/stats/season_team_standings", params{"season_id": "3591", "car_class_id": "2742"}, nil,
		"stats.season_team_standings.header.json", "stats.season_team_standings.chunk.json"),
	rows("/data/stats/season_tt_results", params{"season_id": "5935", "car_class_id": "4029", "race_week_num": "0"},
		fields{"season_id": 5935, "car_class_id": 4029, "race_week_num": 0, "division": -1}, "stats.season_tt_results.rows.json"),
	rows("/data/stats/season_tt_standings", params{"season_id": "5935", "car_class_id": "4029"},
		fields{"season_id": 5935, "car_class_id": 4029, "race_week_num": -1, "division": -1}, "stats.season_tt_standings.rows.json"),
	rows("/data/stats/world_records", params{"car_id": "67", "track_id": "449"}, fields{"car_id": 67, "track_id": 449},
		"stats.world_records.header.json", "stats.world_records.rows.json"),
	rows("/data/stats/world_records", params{"car_id": "23", "track_id": "14"}, nil, "stats.world_records.header.null_chunk.json"),
	one("/data/team/get", "team.get.json", params{"team_id": "-500259"}),
	one("/data/team/membership", "team.membership.json", nil),
	one("/data/time_attack/member_season_results", "time_attack.member_season_results.json", params{"ta_comp_season_id": "3212"}),
	one("/data/track/assets", "track.assets.json", nil),
	one("/data/track/get", "track.get.json", nil),
	one("/public/status", "status.iracing.com.status.json", nil),
	{path: "/public/time_attack/index", set: fields{"ta_schedule_filename": Schedule}},
	one("/public/time_attack/schedule", "time_attack.public_schedule.json", params{"file": Schedule}),
}
