package seasons_test

import (
	"fmt"
	"math"
	"net/url"
	"strings"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
)

// season is a championship of six weeks of which two are dropped, in its fifth week.
func season(weekly func(week int) []object, total []object) map[string]answer {
	track := func(n int) object {
		return object{"track_id": n, "track_name": fmt.Sprintf("Track %d", n), "config_name": "N/A"}
	}
	var schedules []object
	for week := range 6 {
		schedules = append(schedules, object{"race_week_num": week, "track": track(week + 1), "series_id": 3, "season_name": "Cup - 2026 Season 2"})
	}
	return map[string]answer{
		"/data/series/season_list": constant(object{"seasons": []object{{
			"season_id": 7, "season_name": "Cup - 2026 Season 2", "series_id": 3, "active": true, "race_week": 4, "max_weeks": 6, "drops": 2,
			"car_class_ids": []int{42}, "current_week_sched": object{"race_week_num": 4, "track": track(5)},
		}}}),
		"/data/series/season_schedule": func(q url.Values) any {
			if q.Get("season_id") != "7" {
				return nil
			}
			return object{"success": true, "season_id": 7, "schedules": schedules}
		},
		"/data/stats/season_driver_standings": func(q url.Values) any {
			if q.Get("car_class_id") != "42" {
				return nil
			}
			week := -1
			if n := q.Get("race_week_num"); n != "" {
				_, _ = fmt.Sscan(n, &week)
			}
			if week < 0 {
				return rowsOf(total)
			}
			return rowsOf(weekly(week))
		},
	}
}

// rowsOf is a list that is empty rather than nothing.
func rowsOf(rows []object) []object { return append([]object{}, rows...) }

func TestWeeksCountTheBest(t *testing.T) {
	points := []float64{50, 120, 80, 110, 60}
	weekly := func(week int) []object {
		if week >= len(points) {
			return nil
		}
		return []object{
			{"rank": 1, "cust_id": rival, "display_name": "Bruno Quill", "points": 150, "starts": 3},
			{"rank": 2 + week, "cust_id": me, "display_name": "Ada Moss", "points": points[week], "starts": 2, "avg_finish_position": 4.5},
		}
	}
	total := []object{{"rank": 9, "cust_id": me, "display_name": "Ada Moss", "points": 370, "weeks_counted": 4}}
	s := source(stand(t, season(weekly, total)), me, false, now)
	f := mustRun(t, s, models.KindStandings, `{"season":"7","view":"weeks"}`)
	if f.Rows() != 5 {
		t.Fatalf("there are %d weeks, want the 5 that have begun", f.Rows())
	}
	sum := 0.0
	for row, want := range []string{"dropped", "counts", "counts", "counts", "counts"} {
		if got := str(t, f, "status", row); got != want {
			t.Errorf("week %d %s, want %s", row+1, got, want)
		}
		if v := num(t, f, "counted", row); !math.IsNaN(v) {
			sum += v
		}
	}
	if sum != 370 {
		t.Errorf("the weeks that count add up to %v, want 370", sum)
	}
	if got := str(t, f, "track", 1); got != "Track 2" {
		t.Errorf("week 2 was on %q", got)
	}
	if text := notices(f); !strings.Contains(text, "best 4 of 6 weeks") || strings.Contains(text, "more than") || strings.Contains(text, "fewer") {
		t.Errorf("the remarks are %q", text)
	}

	// A table that says something else is worth a remark.
	total[0]["points"] = 420
	if text := notices(mustRun(t, s, models.KindStandings, `{"season":7,"view":"weeks","driver":"me"}`)); !strings.Contains(text, "50 more than") {
		t.Errorf("the remarks are %q", text)
	}

	// A driver who drove no week.
	f = mustRun(t, s, models.KindStandings, `{"season":7,"view":"weeks","driver":"700009"}`)
	if got := str(t, f, "status", 0); got != "not driven" || !strings.Contains(notices(f), "none of the weekly tables") {
		t.Errorf("the first week is %q, with the remarks %q", got, notices(f))
	}
}

func TestAround(t *testing.T) {
	var total []object
	for rank := 1; rank <= 30; rank++ {
		total = append(total, object{"rank": rank, "cust_id": 700100 + rank, "display_name": fmt.Sprintf("Driver Number%d", rank), "points": 300 - rank})
	}
	total[19]["cust_id"], total[19]["display_name"] = me, "Ada Moss"
	s := source(stand(t, season(func(int) []object { return nil }, total)), me, false, now)
	for _, c := range []struct {
		query string
		ranks string
	}{
		{`{"season":7,"around":2}`, "1 2 3 18 19 20 21 22"},
		{`{"season":7,"around":2,"week":"1"}`, ""},
		{`{"season":7,"around":25}`, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30"},
	} {
		f := mustRun(t, s, models.KindStandings, c.query)
		var ranks []string
		for row := range f.Rows() {
			ranks = append(ranks, fmt.Sprint(num(t, f, "rank", row)))
		}
		if got := strings.Join(ranks, " "); got != c.ranks {
			t.Errorf("%s shows the ranks %s, want %s", c.query, got, c.ranks)
		}
	}
	f := mustRun(t, s, models.KindStandings, `{"season":7,"around":1}`)
	if str(t, f, "name", 4) != "Ada Moss" || !column(t, f, "own").At(4).(bool) {
		t.Errorf("the own row is %q", str(t, f, "name", 4))
	}
	if name := str(t, f, "name", 0); !strings.HasPrefix(name, "Driver ") || strings.Contains(name, "Number") {
		t.Errorf("the leader is called %q", name)
	}

	// Somebody who is not in the table sees its first rows.
	f = mustRun(t, source(s.API, rival, false, now), models.KindStandings, `{"season":7,"around":2}`)
	if f.Rows() != 5 || !strings.Contains(notices(f), "You are not in this table") {
		t.Errorf("there are %d rows with the remarks %q", f.Rows(), notices(f))
	}
}

func TestStandingsRefuse(t *testing.T) {
	s := source(stand(t, season(func(int) []object { return nil }, nil)), me, false, now)
	for query, want := range map[string]string{
		`{}`:                           "the season is not chosen",
		`{"season":"x"}`:               "not a number",
		`{"season":8}`:                 "iRacing knows no season 8",
		`{"season":7,"of":"cars"}`:     "there is no championship",
		`{"season":7,"division":"12"}`: "choose 1 to 10 or rookie",
		`{"season":7,"week":"zero"}`:   "weeks count from 1",
		`{"season":7,"view":"rows"}`:   "choose one of table, weeks",
		`{"season":7,"of":"qualifyingResults","view":"weeks"}`: "have no weeks",
	} {
		_, err := run(t, s, models.KindStandings, query)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q in it", query, err, want)
		}
	}
}
