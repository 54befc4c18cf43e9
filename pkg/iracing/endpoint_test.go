package iracing_test

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

func TestTable(t *testing.T) {
	paths, labels, abouts := map[string]bool{}, map[string]bool{}, map[string]bool{}
	var sorted []string
	known := []iracing.Class{iracing.Final, iracing.Window, iracing.Constant, iracing.Reference, iracing.Slow, iracing.Volatile, iracing.Bulk}
	types := []iracing.ParamType{iracing.Int, iracing.Bool, iracing.String, iracing.Time, iracing.Ints, iracing.Tags, iracing.File}
	for _, e := range iracing.Endpoints() {
		sorted = append(sorted, e.Path)
		if paths[e.Path] || labels[e.Label()] || abouts[e.About] {
			t.Errorf("%s is not the only one of its path, label or words", e.Path)
		}
		paths[e.Path], labels[e.Label()], abouts[e.About] = true, true, true
		if e.About == "" || len(e.About) > 160 || strings.ContainsAny(e.About, "\n") || strings.Contains(e.About, "->") || strings.Contains(e.About, "same") {
			t.Errorf("%s is described as %q", e.Path, e.About)
		}
		if !regexp.MustCompile(`^[a-z][a-z_]+$`).MatchString(e.Label()) {
			t.Errorf("%s has the label %s", e.Path, e.Label())
		}
		if !slices.Contains(known, e.Class) || e.Delivery == "" {
			t.Errorf("%s has class %q and delivery %q", e.Path, e.Class, e.Delivery)
		}
		if strings.HasPrefix(e.Path, "/data/") == (e.URL != "") {
			t.Errorf("%s has the address %q", e.Path, e.URL)
		}
		for _, p := range e.Params {
			if !slices.Contains(types, p.Type) || e.Param(p.Name).Name != p.Name {
				t.Errorf("%s has the parameter %+v", e.Path, p)
			}
		}
		if got := iracing.Lookup(strings.TrimPrefix(e.Path, "/") + "/"); got == nil || got.Path != e.Path {
			t.Errorf("%s cannot be looked up", e.Path)
		}
	}
	if !slices.IsSorted(sorted) || len(sorted) != 74+3 {
		t.Errorf("%d endpoints, sorted: %v", len(sorted), slices.IsSorted(sorted))
	}
}

func TestPersonal(t *testing.T) {
	for _, c := range []struct {
		path   string
		params iracing.Params
		want   bool
	}{
		{"/data/member/info", nil, true},
		{"/data/team/membership", nil, true},
		{"/data/stats/member_division", iracing.Params{"season_id": "1", "event_type": "5"}, true},
		{"/data/time_attack/member_season_results", iracing.Params{"ta_comp_season_id": "1"}, true},
		{"/data/stats/member_career", nil, true},
		{"/data/stats/member_career", iracing.Params{"cust_id": "7"}, false},
		{"/data/member/chart_data", iracing.Params{"category_id": "1", "chart_type": "1"}, true},
		{"/data/member/chart_data", iracing.Params{"category_id": "1", "chart_type": "1", "cust_id": "7"}, false},
		{"/data/league/membership", nil, true},
		{"/data/league/membership", iracing.Params{"cust_id": "7"}, false},
		{"/data/league/get", iracing.Params{"league_id": "7"}, true},
		{"/data/stats/season_driver_standings", iracing.Params{"season_id": "1", "car_class_id": "5"}, true}, // customer_rank
		{"/data/results/get", iracing.Params{"subsession_id": "7"}, false},
		{"/data/results/lap_data", iracing.Params{"subsession_id": "7", "simsession_number": "0"}, false},
		{"/data/results/search_series", iracing.Params{"season_year": "2026"}, false},
		{"/data/member/get", iracing.Params{"cust_ids": "7"}, false},
		{"/data/car/get", nil, false},
		{"/public/status", nil, false},
	} {
		r := request(t, c.path, c.params)
		if got := r.Endpoint.Personal(r.Params); got != c.want {
			t.Errorf("%s is personal: %v", r.Key(), got)
		}
	}
}

func TestRequests(t *testing.T) {
	for _, c := range []struct {
		path   string
		params iracing.Params
		want   string // its key, or a part of the error
	}{
		{"car/get", nil, "there is no endpoint"},
		{"/data/car/get", iracing.Params{"x": "1"}, "no parameter"},
		{"/data/results/get", nil, "needs the parameter subsession_id"},
		{"/data/results/get", iracing.Params{"subsession_id": " "}, "needs the parameter subsession_id"},
		{"/data/results/get", iracing.Params{"subsession_id": "1.5"}, "whole number"},
		{"/data/results/get", iracing.Params{"subsession_id": "007", "include_licenses": "T"}, "/data/results/get?include_licenses=true&subsession_id=7"},
		{"/data/results/get", iracing.Params{"subsession_id": "7", "include_licenses": "yes"}, "neither true nor false"},
		{"/data/member/get", iracing.Params{"cust_ids": "3, 1,2 ,1"}, "/data/member/get?cust_ids=1%2C2%2C3"},
		{"/data/member/get", iracing.Params{"cust_ids": "1,,2"}, "list of whole numbers"},
		{"/data/member/get", iracing.Params{"cust_ids": strings.Repeat("1,", 5000) + "1"}, "longer than"},
		{"/data/stats/season_driver_standings", iracing.Params{"season_id": "1", "car_class_id": "2", "division": "0"}, "/data/stats/season_driver_standings?car_class_id=2&division=0&season_id=1"},
		{"/data/season/race_guide", iracing.Params{"from": "2026-01-02T01:30+01:00"}, "/data/season/race_guide?from=2026-01-02T00%3A30%3A00Z"},
		{"/data/season/race_guide", iracing.Params{"from": "2026-01-02"}, "/data/season/race_guide?from=2026-01-02T00%3A00%3A00Z"},
		{"/data/season/race_guide", iracing.Params{"from": "today"}, "not a time"},
		{"/data/season/race_guide", iracing.Params{"from": "9999-12-31T23:59:59-23:00"}, "not a time"},
		{"/data/lookup/get", iracing.Params{"lookups": "a"}, "key=value"},
		{"/data/lookup/get", iracing.Params{"lookups": "b=2,a=1,b=1"}, "/data/lookup/get?a=1&b=1&b=2"},
		{"/data/lookup/drivers", iracing.Params{"search_term": "Ü & ö=1#"}, "/data/lookup/drivers?search_term=%C3%9C+%26+%C3%B6%3D1%23"},
	} {
		r, err := iracing.NewRequest(c.path, c.params)
		var e *iracing.Error
		switch {
		case err == nil && r.Key() != c.want:
			t.Errorf("%s %v is %s, want %s", c.path, c.params, r.Key(), c.want)
		case err != nil && (!errors.As(err, &e) || e.Kind != iracing.BadRequest || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s %v: %v", c.path, c.params, err)
		}
	}
}

// What NewRequest makes of parameters is as it wants them: asking with them again gives the same key.
func FuzzNewRequest(f *testing.F) {
	for i, e := range iracing.Endpoints() {
		for _, p := range e.Params {
			f.Add(i, p.Name, "1", "", "")
		}
	}
	f.Add(0, "from", "2026-01-02T03:04Z", "include_end_after_from", "TRUE")
	f.Add(0, "event_types", "5,+2, 05", "season_ids", "-1")
	f.Add(0, "lookups", " b = 2 ,a==1,a=", "", "")
	f.Add(0, "search_term", "\xff%00 \u00a0", "league_id", "9223372036854775808")
	f.Fuzz(func(t *testing.T, index int, name1, value1, name2, value2 string) {
		all := iracing.Endpoints()
		e := all[uint(index)%uint(len(all))]
		params := iracing.Params{name1: value1, name2: value2}
		for _, p := range e.Params {
			if p.Required && params[p.Name] == "" {
				params[p.Name] = "1"
			}
		}
		r, err := iracing.NewRequest(e.Path, params)
		if err != nil {
			var of *iracing.Error
			if !errors.As(err, &of) || of.Kind != iracing.BadRequest {
				t.Fatalf("error is %#v", err)
			}
			return
		}
		again, err := iracing.NewRequest(e.Path, r.Params)
		if err != nil || again.Key() != r.Key() {
			t.Errorf("%s becomes %s, %v", r.Key(), again.Key(), err)
		}
		if strings.ContainsAny(r.Key(), " #\n") {
			t.Errorf("the key is %q", r.Key())
		}
	})
}
