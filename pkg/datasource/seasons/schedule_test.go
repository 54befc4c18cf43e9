package seasons_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
)

// calendar is iRacing with two seasons: a GT series that is raced every two hours, and an oval one with fixed times.
func calendar(schedule answer) map[string]answer {
	track := object{"track_id": 5, "track_name": "Lakeside", "config_name": "Short"}
	return map[string]answer{
		"/data/series/get": constant([]object{{"series_id": 3, "series_name": "GT Cup", "category_id": 5}, {"series_id": 4, "series_name": "Oval Cup", "category_id": 1}}),
		"/data/series/season_list": constant(object{"seasons": []object{
			{
				"season_id": 7, "season_name": "GT Cup - 2026 Season 2", "series_id": 3, "active": true, "race_week": 1, "max_weeks": 12, "drops": 4, "fixed_setup": true,
				"license_group": 3, "reg_user_count": 31, "car_class_ids": []int{42, 43}, "schedule_description": "Races every 2 hours",
				"current_week_sched": object{"race_week_num": 1, "track": track, "race_time_limit": 45, "category_id": 5, "precip_chance": 20},
			},
			{
				"season_id": 8, "season_name": "Oval Cup - 2026 Season 2", "series_id": 4, "active": true, "race_week": 1,
				"current_week_sched": object{"race_week_num": 1, "track": track, "race_lap_limit": 100, "race_time_limit": nil, "category_id": 1},
			},
		}}),
		"/data/series/season_schedule": schedule,
	}
}

func schedules(q url.Values) any {
	times := object{
		"repeating": true, "start_date": "2026-05-19", "day_offset": []int{0, 1, 2, 3, 4, 5, 6}, "first_session_time": "00:45:00", "repeat_minutes": 120,
	}
	if q.Get("season_id") == "8" {
		times = object{"repeating": false, "session_times": []string{"2026-05-20T02:00:00Z", "2026-05-21T19:00:00Z", "2026-05-20T19:00:00Z"}}
	}
	return object{"schedules": []object{{
		"season_id": 7, "race_week_num": 1, "start_date": "2026-05-19", "week_end_time": "2026-05-25T23:59:00Z", "race_time_limit": 45, "category_id": 5,
		"track": object{"track_id": 5, "track_name": "Lakeside"}, "race_time_descriptors": []object{times},
		"weather": object{"simulated_start_time": "2026-04-01T18:55:00", "weather_summary": object{
			"temp_units": 1, "temp_low": 10, "temp_high": 20, "wind_units": 1, "wind_high": 36, "wind_dir": 1, "skies_low": 0, "skies_high": 3, "precip_chance": 25,
		}},
	}}}
}

func TestThisWeek(t *testing.T) {
	s := source(stand(t, calendar(schedules)), me, false, now)
	f := mustRun(t, s, models.KindSchedule, `{}`)
	if f.Rows() != 2 {
		t.Fatalf("%d series run, want 2", f.Rows())
	}
	// Ovals come first, as on the member site.
	for name, want := range map[string]string{
		"series": "GT Cup", "category": "Sports car", "licence": "C", "track": "Lakeside, Short", "length": "45 min", "setup": "fixed",
		"nextStarts": "12:45, 14:45, 16:45, 18:45, 20:45", "seasonId": "7", "classIds": "42,43",
	} {
		if got := str(t, f, name, 1); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if got := str(t, f, "nextStarts", 0); got != "19:00, Thu 19:00" {
		t.Errorf("the oval is raced at %q", got)
	}
	if next := column(t, f, "nextStart").At(0).(*time.Time); !next.Equal(at("2026-05-20 19:00")) {
		t.Errorf("the oval is raced next at %v", next)
	}
	for query, series := range map[string]string{`{"series":"oval"}`: "Oval Cup", `{"series":"3"}`: "GT Cup", `{"category":"sports_car"}`: "GT Cup"} {
		if f := mustRun(t, s, models.KindSchedule, query); f.Rows() != 1 || str(t, f, "series", 0) != series {
			t.Errorf("%s shows %d series, the first %q", query, f.Rows(), str(t, f, "series", 0))
		}
	}
	if f := mustRun(t, s, models.KindSchedule, `{"category":"dirt_road"}`); f.Rows() != 0 || !strings.Contains(notices(f), "none passes the filter") {
		t.Errorf("a filter that nothing passes says %q", notices(f))
	}
	if _, err := run(t, s, models.KindSchedule, `{"category":"boats"}`); err == nil || !strings.Contains(err.Error(), "formula_car") {
		t.Errorf("a category that does not exist: %v", err)
	}
}

// Without schedules the list of seasons is still worth showing.
func TestThisWeekWithoutSchedules(t *testing.T) {
	f := mustRun(t, source(stand(t, calendar(constant(status(403)))), me, false, now), models.KindSchedule, `{}`)
	if f.Rows() != 2 || !column(t, f, "nextStart").NilAt(0) || !strings.Contains(notices(f), "start times are missing") {
		t.Errorf("there are %d series with the remarks %q", f.Rows(), notices(f))
	}
}

func TestSeasonWeather(t *testing.T) {
	for units, want := range map[models.Units][3]float64{
		models.UnitsMetric:   {10, 20, 36},
		models.UnitsImperial: {50, 68, 22.369},
	} {
		s := &ask.Source{}
		*s = *source(stand(t, calendar(schedules)), me, false, now)
		s.Units = units
		f := mustRun(t, s, models.KindSchedule, `{"view":"season","season":7}`)
		for i, name := range []string{"temperatureLow", "temperatureHigh", "wind"} {
			if got := num(t, f, name, 0); got < want[i]-0.01 || got > want[i]+0.01 {
				t.Errorf("%s: %s is %v, want %v", units, name, got, want[i])
			}
		}
		if str(t, f, "state", 0) != "now" || str(t, f, "skies", 0) != "clear to overcast" || str(t, f, "windFrom", 0) != "NE" || str(t, f, "simulated", 0) != "2026-04-01 18:55" {
			t.Errorf("the week is %v", f.RowCopy(0))
		}
	}
}

// The public files tell of time attacks without an account; only names are missing.
func TestTimeAttackWithoutAccount(t *testing.T) {
	answers := map[string]answer{
		"/time-attack/time_attack_schedule_index.json": constant(object{"ta_schedule_filename": "schedule_2026"}),
		"/time-attack/schedule_2026.json": constant([]object{
			{"comp_id": 1, "comp_name": "Old", "start_date": "2026-01-01", "end_date": "2026-02-01", "comp_category": 1},
			{"comp_id": 2, "comp_name": "Running", "start_date_time": "2026-05-01T00:00:00Z", "end_date_time": "2026-06-01T00:00:00Z", "comp_category": 2, "car_class_id": 42, "tracks": []object{{"trackid": 5}, {"trackid": 9}}},
		}),
		"/data/track/get":    constant(status(403)),
		"/data/carclass/get": constant(status(403)),
	}
	f := mustRun(t, source(stand(t, answers), 0, false, now), models.KindSchedule, `{"view":"timeAttack"}`)
	if f.Rows() != 2 || str(t, f, "competition", 0) != "Running" || str(t, f, "state", 1) != "over" || str(t, f, "tracks", 0) != "5 · 9" {
		t.Errorf("the competitions are %v", f.RowCopy(0))
	}
	if !strings.Contains(notices(f), "by their ids") {
		t.Errorf("the remarks are %q", notices(f))
	}
}

func TestGuide(t *testing.T) {
	answers := calendar(schedules)
	answers["/data/season/race_guide"] = constant(object{"sessions": []object{
		{"season_id": 7, "series_id": 3, "race_week_num": 1, "start_time": "2026-05-20T12:45:00Z", "end_time": "2026-05-20T13:44:00Z"},
		{"season_id": 8, "series_id": 4, "race_week_num": 1, "start_time": "2026-05-20T12:15:00Z", "end_time": "2026-05-20T13:00:00Z", "session_id": 99, "entry_count": 17},
	}})
	f := mustRun(t, source(stand(t, answers), me, false, now), models.KindSchedule, `{"view":"guide"}`)
	if f.Rows() != 2 || str(t, f, "series", 0) != "Oval Cup" || num(t, f, "entries", 0) != 17 || num(t, f, "in", 0) != 300 || str(t, f, "track", 0) != "Lakeside, Short" {
		t.Errorf("the next session is %v", f.RowCopy(0))
	}
	if entries := column(t, f, "entries"); !entries.NilAt(1) {
		t.Error("the entries of a session whose registration has not opened are known")
	}
}
