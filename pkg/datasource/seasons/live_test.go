package seasons_test

import (
	"fmt"
	"math"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
)

// How a service is, in a word, and since when.
func TestStatusWords(t *testing.T) {
	const begin = 1_700_000_000
	samples := func(values ...float64) [][]float64 {
		var list [][]float64
		for i, v := range values {
			list = append(list, []float64{begin + 15*float64(i) + 0.5, v})
		}
		return list
	}
	test := func(about string, values ...float64) object {
		return object{"description": about, "summary_label": "x", "result": samples(values...)}
	}
	body := object{
		"timestamp": begin + 60, "maint_messages": []string{"Downtime on Tuesday", " "},
		"tests": object{"Services": object{
			"Stats API":                   test("0 means it is not responding", 1, 1, 0, 0),
			"Circuits":                    test("0.5 means one circuit is down", 1, 1, 1, 0.5),
			"Results":                     test("0 means slow", 1, 1, 1, 1),
			"UI in Maintenance Mode":      test("0 means NOT in maintenance mode", 0, 1, 1, 1),
			"Classic in Maintenance Mode": test("0 means NOT in maintenance mode", 0, 0, 0, 0),
			"TestDrive Available":         test("0 means TestDrive is disabled", 1, 1, 1, 0),
			"Empty":                       test("nothing"),
		}},
	}
	s := source(stand(t, map[string]answer{"/status.json": constant(body)}), 0, false, now)
	f := mustRun(t, s, models.KindServiceStatus, `{}`)
	want := map[string]struct {
		state string
		since float64 // samples after the first
		whole bool
	}{
		"Stats API": {"down", 2, false}, "Circuits": {"degraded", 3, false}, "Results": {"okay", 0, true}, "UI in Maintenance Mode": {"maintenance", 1, false},
		"Classic in Maintenance Mode": {"okay", 0, true}, "TestDrive Available": {"off", 3, false}, "Empty": {"unknown", -1, true},
	}
	if f.Rows() != len(want) {
		t.Fatalf("there are %d services, want %d", f.Rows(), len(want))
	}
	for row := range f.Rows() {
		name := str(t, f, "service", row)
		w := want[name]
		if got := str(t, f, "state", row); got != w.state || column(t, f, "longer").At(row).(bool) != w.whole {
			t.Errorf("%s is %s, want %s", name, got, w.state)
		}
		since, ok := column(t, f, "since").At(row).(*time.Time)
		if w.since < 0 {
			if ok && since != nil {
				t.Errorf("%s has been so since %v", name, since)
			}
			continue
		}
		if at := time.UnixMilli(int64((begin + 15*w.since + 0.5) * 1e3)).UTC(); !since.Equal(at) {
			t.Errorf("%s has been so since %v, want %v", name, since, at)
		}
	}
	if mappings := column(t, f, "state").Config.Mappings; len(mappings) != 1 || mappings[0].(data.ValueMapper)["down"].Color != "red" { //nolint:misspell // the SDK's spelling
		t.Errorf("the states have the colours %v", mappings)
	}
	if text := notices(f); text != "iRacing announces: Downtime on Tuesday" {
		t.Errorf("the remarks are %q", text)
	}

	h := mustRun(t, s, models.KindServiceStatus, `{"view":"history","service":"stats"}`)
	if h.Meta.Type != data.FrameTypeTimeSeriesWide || len(h.Fields) != 2 || h.Rows() != 4 {
		t.Fatalf("the history has %d fields and %d rows", len(h.Fields), h.Rows())
	}
	if got := h.Fields[1].Labels["service"]; got != "Stats API" || *h.Fields[1].At(2).(*float64) != 0 {
		t.Errorf("the history is of %q", got)
	}
	if f := mustRun(t, s, models.KindServiceStatus, `{"service":"boats"}`); f.Rows() != 0 || !strings.Contains(notices(f), "none passes the filter") {
		t.Errorf("an unknown service says %q", notices(f))
	}
}

func TestEntries(t *testing.T) {
	entry := func(id int, class string, rating any) object {
		return object{
			"cust_id": id, "display_name": fmt.Sprintf("Name %d", id), "car_class_id": len(class), "car_class_name": class, "event_type": 5,
			"license": object{"license_level": 18, "safety_rating": 2.53, "irating": rating},
		}
	}
	entries := []object{entry(rival, "GT3", 3000), entry(me, "GT3", 1500), entry(700003, "GT4s", nil), entry(700004, "GT4s", 2000)}
	s := source(stand(t, map[string]answer{"/data/session/reg_drivers_list": func(q url.Values) any {
		if q.Get("subsession_id") != "5" {
			return object{"success": true, "entries": []object{}}
		}
		return object{"success": true, "entries": entries}
	}}), me, false, now)
	f := mustRun(t, s, models.KindLiveSessions, `{"view":"entries","subsession":5}`)
	if f.Rows() != 4 || num(t, f, "irating", 0) != 3000 || !math.IsNaN(num(t, f, "irating", 3)) || str(t, f, "licence", 0) != "A 2.53" {
		t.Errorf("the entries are %v", f.RowCopy(0))
	}
	if str(t, f, "name", 2) != "Name 700001" || str(t, f, "driverKey", 2) != "700001" || strings.HasPrefix(str(t, f, "name", 0), "Name") {
		t.Errorf("the names are %q and %q", str(t, f, "name", 2), str(t, f, "name", 0))
	}
	if text := notices(f); !strings.Contains(text, "in GT3 is about 2130 with 2 drivers") || !strings.Contains(text, "in GT4s is about 2000 with 2 drivers") {
		t.Errorf("the remarks are %q", text)
	}
	if f := mustRun(t, s, models.KindLiveSessions, `{"view":"entries","subsession":6}`); f.Rows() != 0 || !strings.Contains(notices(f), "lists nobody") {
		t.Errorf("an empty session says %q", notices(f))
	}
}

// A league's current season is the newest that is not over.
func TestLeagueSeason(t *testing.T) {
	var seasons []object
	var asked string
	answers := map[string]answer{
		"/data/league/seasons": func(q url.Values) any {
			var list []object
			for _, s := range seasons {
				if s["active"] == true || q.Get("retired") == "true" {
					list = append(list, s)
				}
			}
			return object{"seasons": list}
		},
		"/data/league/season_standings": func(q url.Values) any {
			asked = q.Get("season_id")
			return object{"standings": object{
				"driver_standings": []object{{"position": 1, "driver": object{"cust_id": rival, "display_name": "Bruno Quill"}, "total_points": 50}, {"position": 2, "driver": object{"cust_id": me, "display_name": "Ada Moss"}, "total_points": 42}},
				"team_standings":   []object{{"position": 1, "team_id": -31, "team_name": "Quill Racing", "total_points": 92}},
			}}
		},
	}
	s := source(stand(t, answers), me, false, now)
	f := mustRun(t, s, models.KindLeague, `{"league":5}`)
	if f.Rows() != 0 || !strings.Contains(notices(f), "no season yet") || asked != "" {
		t.Errorf("a league without a season says %q", notices(f))
	}
	seasons = []object{{"season_id": 1, "active": false}, {"season_id": 3, "active": false}}
	mustRun(t, s, models.KindLeague, `{"league":5}`)
	if asked != "3" {
		t.Errorf("of seasons that are over, %s was asked for", asked)
	}
	seasons = append(seasons, object{"season_id": 2, "active": true})
	f = mustRun(t, s, models.KindLeague, `{"league":"5","season":"current"}`)
	if asked != "2" || num(t, f, "gap", 1) != 8 || str(t, f, "name", 1) != "Ada Moss" || strings.Contains(str(t, f, "name", 0), "Quill") {
		t.Errorf("season %s was asked for; the rows are %v", asked, f.RowCopy(1))
	}
	f = mustRun(t, s, models.KindLeague, `{"league":5,"season":1,"view":"teams"}`)
	if asked != "1" || f.Rows() != 1 || !strings.HasPrefix(str(t, f, "name", 0), "Team ") || strings.Contains(str(t, f, "name", 0), "Quill") {
		t.Errorf("season %s was asked for; the teams are %v", asked, f.RowCopy(0))
	}
	if _, err := run(t, s, models.KindLeague, `{"view":"roster"}`); err == nil || !strings.Contains(err.Error(), "the league is not chosen") {
		t.Errorf("without a league: %v", err)
	}
}

// A team may be named by its number, with or without its sign, or by a key.
func TestTeam(t *testing.T) {
	var asked url.Values
	s := source(stand(t, map[string]answer{
		"/data/team/get": func(q url.Values) any {
			asked = q
			return object{"team_id": -31, "team_name": "Quill Racing", "roster_count": 1, "roster": []object{{
				"cust_id": rival, "display_name": "Bruno Quill", "owner": true,
				"licenses": []object{{"category_id": 5, "irating": 2100, "license_level": 17, "safety_rating": 3.5}, {"category_id": 1, "irating": 1500, "license_level": 5, "safety_rating": 2}},
			}}}
		},
		"/data/results/search_series": func(q url.Values) any {
			asked = q
			return []object{{"subsession_id": 9, "start_time": "2026-05-01T12:00:00Z", "series_name": "Enduro"}, {"subsession_id": 8, "start_time": "2025-05-01T12:00:00Z", "series_name": "Old"}}
		},
	}), me, false, now)
	for _, team := range []string{"-31", "31", s.People.Key(-31)} {
		f := mustRun(t, s, models.KindTeam, `{"team":"`+team+`"}`)
		if asked.Get("team_id") != "-31" || f.Rows() != 1 || num(t, f, "sportsCarIrating", 0) != 2100 || str(t, f, "ovalLicence", 0) != "D 2.00" || str(t, f, "role", 0) != "owner" {
			t.Errorf("%s: %v was asked for, and the drivers are %v", team, asked, f.RowCopy(0))
		}
	}
	f := mustRun(t, s, models.KindTeam, `{"team":"-31","view":"races"}`)
	if asked.Get("team_id") != "-31" || f.Rows() != 1 || str(t, f, "series", 0) != "Enduro" || str(t, f, "subsession", 0) != "9" {
		t.Errorf("%v was asked for, and there are %d races", asked, f.Rows())
	}
}
