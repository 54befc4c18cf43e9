package seasons_test

import (
	"math"
	"net/url"
	"strings"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
)

// races are a season's races: a start with two splits on Monday evening, and one a week later that nobody won.
func races() object {
	class := func(id, entries int, sof float64) object {
		return object{"car_class_id": id, "short_name": map[int]string{1: "GT3", 2: "GT4"}[id], "name": "Class", "num_entries": entries, "strength_of_field": sof}
	}
	track := object{"track_id": 5, "track_name": "Lakeside", "config_name": "Short"}
	return object{"season_id": 7, "results_list": []object{
		{
			"subsession_id": 12, "session_id": 1, "start_time": "2026-03-02T19:30:00Z", "race_week_num": 0, "event_type": 5, "num_drivers": 18, "official_session": true,
			"event_strength_of_field": 1500, "event_best_lap_time": 925000, "winner_id": rival, "winner_name": "Bruno Quill", "track": track,
			"car_classes": []object{class(1, 10, 1600), class(2, 8, 1400)}, "farm": object{"farm_id": 1, "display_name": "DE-Fra"},
		},
		{
			"subsession_id": 11, "session_id": 1, "start_time": "2026-03-02T19:30:00Z", "race_week_num": 0, "event_type": 5, "num_drivers": 20, "official_session": true,
			"event_strength_of_field": 3000, "event_best_lap_time": 915000, "winner_group_id": -31, "winner_name": "Team Quill", "track": track,
			"car_classes": []object{class(1, 20, 3000)},
		},
		{
			"subsession_id": 20, "session_id": 2, "start_time": "2026-03-09T19:05:00Z", "race_week_num": 1, "event_type": 5, "num_drivers": 12,
			"event_strength_of_field": -1, "event_best_lap_time": -1, "winner_id": 0, "track": track, "car_classes": []object{},
		},
		{"subsession_id": 30, "session_id": 3, "start_time": "2026-03-09T21:05:00Z", "race_week_num": 1, "event_type": 2, "num_drivers": 5},
	}}
}

func TestSeasonRaces(t *testing.T) {
	s := one(t, "/data/results/season_results", races())
	f := mustRun(t, s, models.KindSeasonResults, `{"season":"7"}`)
	if f.Rows() != 3 {
		t.Fatalf("there are %d races, want 3 without the practice", f.Rows())
	}
	for row, want := range []struct {
		subsession             string
		split, splits          float64
		sof, gt4               float64
		winner, bestLap, track string
	}{
		{"20", 1, 1, math.NaN(), math.NaN(), "", "", "Lakeside, Short"},
		{"11", 1, 2, 3000, math.NaN(), "Team ", "1:31.500", "Lakeside, Short"},
		{"12", 2, 2, 1500, 8, "Driver ", "1:32.500", "Lakeside, Short"},
	} {
		if got := str(t, f, "subsession", row); got != want.subsession {
			t.Errorf("row %d is race %s, want %s", row, got, want.subsession)
		}
		for name, v := range map[string]float64{"split": want.split, "splits": want.splits, "sof": want.sof, "entries2": want.gt4} {
			if got := num(t, f, name, row); got != v && !(math.IsNaN(got) && math.IsNaN(v)) {
				t.Errorf("row %d: %s is %v, want %v", row, name, got, v)
			}
		}
		if got := str(t, f, "winner", row); !strings.HasPrefix(got, want.winner) || strings.Contains(got, "Quill") || (got == "") != (want.winner == "") {
			t.Errorf("row %d was won by %q", row, got)
		}
		if str(t, f, "bestLapText", row) != want.bestLap || str(t, f, "track", row) != want.track {
			t.Errorf("row %d has the best lap %q on %q", row, str(t, f, "bestLapText", row), str(t, f, "track", row))
		}
	}
	if title := column(t, f, "entries2").Config.DisplayNameFromDS; title != "Entries GT4" {
		t.Errorf("the entries of a class are called %q", title)
	}
}

// When to race: by the hour of the week, and by week.
func TestSeasonHoursAndWeeks(t *testing.T) {
	s := one(t, "/data/results/season_results", races())
	f := mustRun(t, s, models.KindSeasonResults, `{"season":"7","view":"hours"}`)
	if f.Rows() != 1 || str(t, f, "time", 0) != "Mon 19:00" || num(t, f, "starts", 0) != 2 || num(t, f, "entries", 0) != 25 ||
		num(t, f, "splits", 0) != 1.5 || num(t, f, "sofMedian", 0) != 3000 || num(t, f, "sofMax", 0) != 3000 {
		t.Errorf("Monday evening is %v", f.RowCopy(0))
	}
	f = mustRun(t, s, models.KindSeasonResults, `{"season":"7","view":"weeks"}`)
	if f.Rows() != 2 || num(t, f, "week", 1) != 2 || num(t, f, "drivers", 0) != 38 || !math.IsNaN(num(t, f, "sofMedian", 1)) {
		t.Errorf("the weeks are %v and %v", f.RowCopy(0), f.RowCopy(1))
	}
}

func TestSeasonResultsAsk(t *testing.T) {
	var asked url.Values
	s := source(stand(t, map[string]answer{"/data/results/season_results": func(q url.Values) any {
		asked = q
		return object{"results_list": []object{}}
	}}), me, false, now)
	f := mustRun(t, s, models.KindSeasonResults, `{"season":7,"week":"1"}`)
	if asked.Get("race_week_num") != "0" || asked.Get("event_type") != "5" {
		t.Errorf("iRacing was asked for %v", asked)
	}
	if f.Rows() != 0 || !strings.Contains(notices(f), "no races") {
		t.Errorf("an empty week says %q", notices(f))
	}
	if _, err := run(t, s, models.KindSeasonResults, `{"season":7,"view":"x"}`); err == nil || !strings.Contains(err.Error(), "races, hours, weeks") {
		t.Errorf("a view that does not exist: %v", err)
	}
}
