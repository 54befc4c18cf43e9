package iracing_test

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

func TestSearchRanges(t *testing.T) {
	now := time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)
	ago := func(days int) time.Time { return now.AddDate(0, 0, -days) }
	for _, c := range []struct {
		name     string
		from, to time.Time
		most     int
		windows  int // 0: as many as the days need
		more     bool
	}{
		{"a day", ago(1), now, 24, 0, false},
		{"a moment", ago(100), ago(100), 24, 1, false},
		{"a year", ago(365), now, 24, 0, false},
		{"six years are cut", ago(3000), now, 24, 24, true},
		{"the future", now.AddDate(1, 0, 0), now.AddDate(2, 0, 0), 24, 0, false},
		{"the wrong way round", now, ago(10), 24, 0, false},
		{"into the future", ago(10), now.AddDate(1, 0, 0), 24, 0, false},
	} {
		got, more := iracing.SearchRanges(c.from, c.to, now, c.most)
		if more != c.more || c.windows > 0 && len(got) != c.windows {
			t.Errorf("%s: %d windows, more %v", c.name, len(got), more)
		}
		for i, w := range got {
			end := w.To
			if i == 0 && end.IsZero() {
				end = w.From.Add(iracing.SearchWindow)
			}
			if d := end.Sub(w.From); d != iracing.SearchWindow {
				t.Errorf("%s: window %d is %s long", c.name, i, d)
			}
			if w.To.IsZero() && now.Sub(w.From) > iracing.SearchWindow {
				t.Errorf("%s: an open window began %s ago", c.name, now.Sub(w.From))
			}
			if !w.To.IsZero() && w.To.After(now) {
				t.Errorf("%s: a window ends at %s, which is to come", c.name, w.To)
			}
			if i > 0 && !end.Equal(got[i-1].From) {
				t.Errorf("%s: window %d ends at %s and the next begins at %s", c.name, i, end, got[i-1].From)
			}
		}
		if n := len(got); n > 0 && !c.more && (got[n-1].From.After(c.from) || !got[0].To.IsZero() && !got[0].To.After(c.to)) {
			t.Errorf("%s: %s to %s does not cover it", c.name, got[n-1].From, got[0].To)
		}
	}
	// The same windows are asked for a minute later, so that kept answers are found.
	a, _ := iracing.SearchRanges(ago(200), now, now, 24)
	later := now.Add(time.Minute)
	b, _ := iracing.SearchRanges(later.AddDate(0, 0, -200), later, later, 24)
	if !slices.Equal(a, b) {
		t.Errorf("%v became %v", a, b)
	}
}

const foundRow = `{"subsession_id":%d,"session_id":9,"start_time":%q,"end_time":"2026-03-02T19:00:00Z","license_category_id":5,"event_type":5,"num_drivers":24,
	"event_best_lap_time":901234,"event_average_lap":0,"event_laps_complete":20,"event_strength_of_field":2345,"driver_changes":false,
	"track":{"track_id":18,"track_name":"Ridge Park ","config_name":"N/A"},"official_session":true,"season_id":11,"season_year":2026,"season_quarter":1,
	"series_id":3,"series_name":"Clubman Cup","race_week_num":0,"cust_id":7,"car_id":21,"car_name":"Roadster","car_class_id":4,"car_class_name":"Roadsters",
	"starting_position":-1,"starting_position_in_class":-1,"finish_position":0,"finish_position_in_class":0,"laps_complete":20,"laps_led":3,"incidents":4,
	"champ_points":-1,"drop_race":true}`

func TestSearch(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	api := apiBy(t, func(path string, p url.Values) string {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, path+"?"+p.Encode())
		switch {
		case path == "/data/results/search_hosted":
			return `[{"subsession_id":50,"start_time":"2026-03-03T18:00:00Z","num_drivers":12,"private_session_id":5,"session_name":"Fun","league_id":0,"host":{"cust_id":8,"display_name":"Ada Moss"},
				"race_length":0,"race_laps":0,"event_best_lap_time":-1,"track":{"track_id":1,"track_name":"Short"}},
				{"subsession_id":51,"start_time":"2026-03-04T18:00:00Z","private_session_id":6,"league_id":4,"league_name":"Monday Club","race_laps":10,"race_length":0,"finish_position":2,"car_id":21}]`
		case p.Get("start_range_end") == "":
			return "[" + fmt.Sprintf(foundRow, 103, "2026-03-02T18:00:00Z") + "," + fmt.Sprintf(foundRow, 102, "2026-03-01T18:00:00Z") + "]"
		}
		// The borders of windows are told twice by a service that is not careful.
		return "[" + fmt.Sprintf(foundRow, 102, "2026-03-01T18:00:00Z") + "," + fmt.Sprintf(foundRow, 101, "2025-12-01T18:00:00Z") + `,{"start_time":"2025-12-01T18:00:00Z"},{"subsession_id":77}]`
	})
	mid := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	ranges := []iracing.SearchRange{{From: mid}, {From: mid.AddDate(0, 0, -90), To: mid}}
	races, err := api.SearchSeries(t.Context(), 7, ranges)
	if err != nil {
		t.Fatal(err)
	}
	var ids []int64
	for _, r := range races {
		ids = append(ids, r.Subsession)
	}
	if !slices.Equal(ids, []int64{103, 102, 101}) {
		t.Errorf("found %v", ids)
	}
	r := races[0]
	if r.Own.Position != 1 || r.Own.ClassPosition != 1 || r.Own.Grid != 0 || r.Own.ClassGrid != 0 || !r.Own.Known || !r.Own.Dropped || r.Own.Points != 0 || r.Own.LapsLed != 3 {
		t.Errorf("the driver made of it %+v", r.Own)
	}
	if r.Week != 1 || r.Track.String() != "Ridge Park" || r.BestLap != 90.1234 || !math.IsNaN(r.AverageLap) || r.Hosted != nil || r.Series.Name != "Clubman Cup" {
		t.Errorf("the race is %+v", r)
	}
	hosted, err := api.SearchHosted(t.Context(), 7, ranges[:1])
	if err != nil || len(hosted) != 2 {
		t.Fatal(hosted, err)
	}
	if h := hosted[0]; h.NoRace || h.Hosted.League.Name != "Monday Club" || h.Own.Position != 3 {
		t.Errorf("a league's race is %+v %+v", h, h.Hosted)
	}
	if h := hosted[1]; !h.NoRace || h.Hosted == nil || h.Hosted.Name != "Fun" || h.HostName != "Ada Moss" || h.Own.Known || !math.IsNaN(h.BestLap) || !math.IsNaN(h.SoF) {
		t.Errorf("a hosted session without race is %+v %+v", h, h.Hosted)
	}
	slices.Sort(asked)
	want := []string{
		"/data/results/search_hosted?cust_id=7&start_range_begin=2026-02-01T00%3A00%3A00Z",
		"/data/results/search_series?cust_id=7&event_types=5&start_range_begin=2025-11-03T00%3A00%3A00Z&start_range_end=2026-02-01T00%3A00%3A00Z",
		"/data/results/search_series?cust_id=7&event_types=5&start_range_begin=2026-02-01T00%3A00%3A00Z",
	}
	if !slices.Equal(asked, want) {
		t.Errorf("asked for\n%s\nwant\n%s", strings.Join(asked, "\n"), strings.Join(want, "\n"))
	}
}

func TestSearchThatFails(t *testing.T) {
	api := apiBy(t, func(_ string, p url.Values) string {
		if p.Get("start_range_end") != "" {
			return ""
		}
		return "[]"
	})
	now := time.Now()
	_, err := api.SearchSeries(t.Context(), 7, []iracing.SearchRange{{From: now}, {From: now, To: now}})
	if e, ok := errors.AsType[*iracing.Error](err); !ok || e.Kind != iracing.NotFound {
		t.Errorf("the error is %v", err)
	}
}

func TestRecordedSearches(t *testing.T) {
	api := recorded(t)
	begin := time.Date(2022, 3, 30, 0, 0, 0, 0, time.UTC)
	hosted, err := api.SearchHosted(t.Context(), 100613, []iracing.SearchRange{{From: begin}})
	if err != nil || len(hosted) != 53 {
		t.Fatal(len(hosted), err)
	}
	for i, h := range hosted {
		if h.Hosted == nil || h.Own.Known || h.Start.IsZero() || h.Track.Name == "" || i > 0 && h.Start.After(hosted[i-1].Start) {
			t.Errorf("row %d is %+v", i, h)
		}
	}
	found, err := api.SearchSeries(t.Context(), 100613, []iracing.SearchRange{{From: begin}})
	if err != nil || len(found) != 3 {
		t.Fatal(len(found), err)
	}
	for _, f := range found {
		if f.Hosted != nil || f.Week != 2 || f.Series.ID != 139 || f.Year != 2026 || f.EventType == 5 == math.IsNaN(f.SoF) {
			t.Errorf("%+v", f)
		}
	}
}

// Nothing that a service answers brings the decoders down.
func FuzzMemberAnswers(f *testing.F) {
	for _, body := range []string{
		`{}`, `[]`, `null`, `[null]`, `[1]`, "[" + fmt.Sprintf(foundRow, 1, "2026-03-02T18:00:00Z") + "]",
		`{"data":[{"when":"2024-02-02","value":1500}]}`, `{"stats":[{"starts":1e308,"avg_incidents":-1}]}`,
		`{"races":[{"license_level":1e20,"old_sub_level":-5}]}`, `{"member_info":{"licenses":[{"group_name":1,"safety_rating":1e400}]}}`,
		`[{"race_lap_time":-1,"race_date":"x","license":null}]`,
	} {
		f.Add(body)
	}
	var body string
	var mu sync.Mutex
	api := apiBy(f, func(string, url.Values) string {
		mu.Lock()
		defer mu.Unlock()
		return body
	})
	f.Fuzz(func(t *testing.T, text string) {
		mu.Lock()
		body = text
		mu.Unlock()
		ctx := t.Context()
		_, _ = api.Account(ctx)
		_, _ = api.Members(ctx, 7)
		_, _ = api.Profile(ctx, 7)
		if c, err := api.RatingChart(ctx, 7, iracing.Oval, iracing.ChartSafety); err == nil {
			for _, p := range c.Points {
				_ = p.Licence().String()
			}
		}
		_, _ = api.RecentRaces(ctx, 7)
		_, _ = api.Career(ctx, 7)
		_, _ = api.Recap(ctx, 7, 2026, 1)
		_, _ = api.Bests(ctx, 7, 1)
		_, _ = api.WorldRecords(ctx, 1, 2, 0, 0)
		if races, err := api.SearchSeries(ctx, 7, []iracing.SearchRange{{From: time.Now()}}); err == nil {
			for _, r := range races {
				if r.Start.IsZero() || r.Own.Position < 0 || r.Own.Grid < 0 || r.Week < 0 {
					t.Errorf("%+v", r)
				}
			}
		}
	})
}
