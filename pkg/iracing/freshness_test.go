package iracing_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

func TestFreshUntil(t *testing.T) {
	now := time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) string { return now.Add(-d).Format(time.RFC3339) }
	const day = 24 * time.Hour
	const forGood, never = time.Duration(-1), time.Duration(0)
	result := func(age time.Duration) string {
		return fmt.Sprintf(`{"subsession_id":1,"end_time":%q,"session_results":[{}]}`, ago(age))
	}
	sub := iracing.Params{"subsession_id": "1"}
	lap := iracing.Params{"subsession_id": "1", "simsession_number": "0"}
	search := func(pairs ...string) iracing.Params {
		p := iracing.Params{}
		for i := 0; i < len(pairs); i += 2 {
			p[pairs[i]] = pairs[i+1]
		}
		return p
	}
	week := func(ages ...time.Duration) string {
		var starts []string
		for _, age := range ages {
			starts = append(starts, fmt.Sprintf(`{"start_time":%q}`, ago(age)))
		}
		return `{"results_list":[` + strings.Join(starts, ",") + `]}`
	}
	season := iracing.Params{"season_id": "1", "race_week_num": "0"}
	for _, c := range []struct {
		path   string
		params iracing.Params
		body   string
		want   time.Duration
	}{
		{"/data/results/get", sub, result(10 * time.Minute), 50 * time.Minute},
		{"/data/results/get", sub, result(2 * time.Hour), 46 * time.Hour},
		{"/data/results/get", sub, result(49 * time.Hour), forGood},
		{"/data/results/get", sub, result(-time.Hour), 5 * time.Minute},
		{"/data/results/get", sub, `{"subsession_id":1,"session_results":[{}]}`, 5 * time.Minute},
		{"/data/results/get", sub, `{"end_time":"soon"}`, 5 * time.Minute},
		{"/data/results/get", sub, fmt.Sprintf(`{"end_time":%q,"session_results":[]}`, ago(day)), never},
		{"/data/results/lap_data", lap, `[{"lap":1}]`, forGood},
		{"/data/results/lap_data", lap, `[]`, never},
		{"/data/results/lap_chart_data", lap, ` [ ] `, never},
		{"/data/results/event_log", lap, `[{}]`, forGood},

		{"/data/results/search_series", search("start_range_begin", ago(30*day), "start_range_end", ago(49*time.Hour)), `[{}]`, forGood},
		{"/data/results/search_series", search("start_range_begin", ago(30*day), "start_range_end", ago(47*time.Hour)), `[{}]`, 15 * time.Minute},
		{"/data/results/search_series", search("start_range_begin", ago(30*day)), `[{}]`, 15 * time.Minute},
		{"/data/results/search_hosted", search("finish_range_begin", ago(90*day), "finish_range_end", ago(3*day)), `[{}]`, forGood},
		{"/data/results/search_hosted", search("finish_range_begin", ago(90*day), "finish_range_end", ago(3*day)), `[]`, day},
		{"/data/results/search_series", search("season_year", "2026", "season_quarter", "2"), `[{}]`, 15 * time.Minute},
		{"/data/results/search_series", search("season_year", "2026", "season_quarter", "1"), `[{}]`, forGood}, // ended in March
		{"/data/results/search_series", search("season_year", "2025", "season_quarter", "4"), `[{}]`, forGood},
		{"/data/results/search_series", search("season_year", "2027", "season_quarter", "1"), `[{}]`, 15 * time.Minute},
		{"/data/results/season_results", season, week(15*day, 20*day), forGood},
		{"/data/results/season_results", season, week(13*day, 20*day), 15 * time.Minute},
		{"/data/results/season_results", season, week(), 15 * time.Minute},
		{"/data/results/season_results", iracing.Params{"season_id": "1"}, week(20 * day), 15 * time.Minute},

		{"/data/constants/divisions", nil, `[{}]`, 7 * day},
		{"/data/track/get", nil, `[{}]`, day},
		{"/data/stats/member_career", nil, `{"stats":[]}`, 15 * time.Minute},
		{"/data/stats/member_career", nil, `{"success":false,"stats":[]}`, never},
		{"/data/stats/member_career", nil, `{"success":true}`, never},
		{"/data/stats/member_career", nil, `{}`, never},
		{"/data/stats/member_career", nil, `null`, never},
		{"/data/stats/member_career", nil, ` `, never},
		{"/data/league/membership", nil, `[]`, 15 * time.Minute},
		{"/data/hosted/sessions", nil, `{"sessions":[]}`, time.Minute},
		{"/data/session/reg_drivers_list", sub, `{"success":true,"entries":[]}`, never},
		{"/data/session/reg_drivers_list", sub, `{"success":true,"subsession_id":1}`, never},
		{"/data/session/reg_drivers_list", sub, `{"success":true,"entries":[{}]}`, time.Minute},
		{"/data/driver_stats_by_category/oval", nil, "DRIVER\n", 7 * day},
		{"/public/status", nil, `{"tests":{}}`, time.Minute},
	} {
		r := request(t, c.path, c.params)
		until, keep := iracing.FreshUntil(r, &iracing.Answer{Body: []byte(c.body), At: now, CSV: strings.Contains(c.path, "driver_stats")})
		got := until.Sub(now)
		if !keep {
			got = never
		} else if until.IsZero() {
			got = forGood
		}
		if got != c.want {
			t.Errorf("%s %.60s: %v, want %v", r.Key(), c.body, got, c.want)
		}
	}
}
