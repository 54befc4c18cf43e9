package drivers_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

func TestRaceHistory(t *testing.T) {
	s := newStand(t, api())
	f := run(t, s.source(t, false), models.KindRaceHistory, month, `{}`)
	expect(t, f, map[string]string{
		"subsession":         "9005 9004 9003 9002",
		"start":              "2026-05-16T12:00 2026-05-15T12:00 2026-05-08T12:00 2026-04-30T12:00",
		"track":              "Old Pier Old Pier Ridge Park Ridge Park",
		"car":                "Prototype Roadster Formula Six Roadster",
		"startPosition":      "2 1 2 3",
		"finish":             "1 3 2 1",
		"gained":             "1 -2 0 2",
		"field":              "2 3 3 3",
		"classField":         "2 3 2 3", // the rival drives in a class of his own on the 8th
		"finishPercentile":   "1 0 0.5 1",
		"sof":                "1700 1700 1700 1700",
		"laps":               "4 10 10 10", // in the team race the driver's own
		"incidents":          "1 4 2 0",
		"points":             "100 98 99 100",
		"bestLapText":        "0:59.500 1:02.220 1:20.800 1:30.000",
		"bestLap":            "59.5 62.22 80.8 90",
		"iratingChange":      "11 -30 0 30",
		"irating":            "1501 1490 1500 1480",
		"safetyRatingChange": "- -0.29 -0.09 0.11", // after a promotion the rating begins anew
		"licence":            "A 3.31 B 2.01 B 2.21 B 2.41",
		"official":           "true true true true",
		"category":           "Sports car Sports car Sports car Sports car",
		"seriesId":           "31 31 31 31",
		"averageLap":         "61 63.22 81.8 91",
		"class":              "Class Class Class Class",
		"lapsLed":            "0 0 0 10",
		"averageLapText":     "1:01.000 1:03.220 1:21.800 1:31.000",
		"classFinish":        "1 3 2 1",
		"classStart":         "2 1 2 3",
		"dropped":            "false false false false",
		"seasonId":           "310 310 310 310",
		"carId":              "9 8 11 8",
		"trackId":            "80 80 100 100",
		"series":             "Clubman Cup Clubman Cup Clubman Cup Clubman Cup",
	})
	if got := remarks(f); got != "" {
		t.Errorf("remarks: %s", got)
	}
	if got := s.requests("results/get"); len(got) != 4 {
		t.Errorf("%d results were read", len(got))
	}
	if f.Meta.Type != data.FrameTypeTable {
		t.Errorf("the frame is of type %s", f.Meta.Type)
	}
}

func TestRaceHistoryFilters(t *testing.T) {
	source := newStand(t, api()).source(t, false)
	for query, want := range map[string]string{
		`{"track":"ridge"}`:                            "9003 9002",
		`{"car":" road "}`:                             "9004 9002",
		`{"series":31,"track":"pier"}`:                 "9005 9004",
		`{"series":"32"}`:                              "",
		`{"category":"sports_car"}`:                    "9005 9004 9003 9002",
		`{"category":"oval"}`:                          "",
		`{"hosted":true,"track":"Ridge"}`:              "9006 9003 9002",
		`{"driver":"700003"}`:                          "9004 9003 9002",
		`{"driver":700001,"ratings":1}`:                "9005 9004 9003 9002",
		`{"driver":"me","as":"table","car":"nothing"}`: "",
	} {
		f := run(t, source, models.KindRaceHistory, month, query)
		expect(t, f, map[string]string{"subsession": want})
		if want == "" {
			remarked(t, f, "There is no race of this driver in the time range with")
		}
		if len(f.Fields) != 34 {
			t.Errorf("%s: %d fields", query, len(f.Fields))
		}
	}
}

// What only a result tells is missing where none is read, and nothing else.
func TestRaceHistoryReadsSoManyResults(t *testing.T) {
	s := newStand(t, api())
	f := run(t, s.source(t, false), models.KindRaceHistory, month, `{"ratings":2}`)
	expect(t, f, map[string]string{
		"finish": "1 3 2 1", "bestLapText": "0:59.500 1:02.220  ", "iratingChange": "11 -30 - -", "classField": "2 3 - -", "field": "2 3 3 3", "licence": "A 3.31 B 2.01  ",
	})
	if got := s.requests("results/get"); len(got) != 2 {
		t.Errorf("%d results were read", len(got))
	}
}

// Ratings of a race whose result cannot be read come from the list of the last ten.
func TestRaceHistoryWithoutResults(t *testing.T) {
	answers := api()
	answers["/data/stats/member_recent_races"] = func(url.Values) any {
		return object{"races": []object{
			{"subsession_id": 9004, "session_start_time": "2026-05-15T12:00:00Z", "oldi_rating": 1520, "newi_rating": 1490, "license_level": 14, "old_sub_level": 230, "new_sub_level": 201},
			{"subsession_id": 9002, "session_start_time": "2026-04-30T12:00:00Z", "oldi_rating": 1450, "newi_rating": 1480, "license_level": 16, "old_sub_level": 489, "new_sub_level": 312},
			{"subsession_id": 8000, "session_start_time": "2026-01-30T12:00:00Z", "oldi_rating": 1450, "newi_rating": 1480},
		}}
	}
	answers["/data/results/get"] = func(url.Values) any { return status(http.StatusForbidden) }
	f := run(t, newStand(t, answers).source(t, false), models.KindRaceHistory, month, `{}`)
	expect(t, f, map[string]string{
		"subsession": "9005 9004 9003 9002", "finish": "1 3 2 1", "iratingChange": "- -30 - 30", "irating": "- 1490 - 1480", "licence": " B 2.01  ", "safetyRatingChange": "- -0.29 - -",
		// In a team event iRacing counts people, not cars.
		"field": "- 3 3 3",
	})
	if got := remarks(f); got != "" {
		t.Errorf("remarks: %s", got)
	}
	answers["/data/results/get"] = func(url.Values) any { return status(http.StatusBadRequest) }
	f = run(t, newStand(t, answers).source(t, false), models.KindRaceHistory, month, `{}`)
	remarked(t, f, "missing for 4 races")
}

func TestRaceHistoryAsSeries(t *testing.T) {
	source := newStand(t, api()).source(t, false)
	f := run(t, source, models.KindRaceHistory, month, `{"as":"series"}`)
	expect(t, f, map[string]string{
		"time":             "2026-04-30T12:00 2026-05-08T12:00 2026-05-15T12:00 2026-05-16T12:00",
		"finish":           "1 2 3 1",
		"finishPercentile": "1 0.5 0 1",
		"irating":          "1480 1500 1490 1501",
		"iratingChange":    "30 0 -30 11",
		"licence":          "4.482 4.442 4.402 5.662",
		"incidentsPerLap":  "0 0.2 0.4 0.25",
	})
	if f.Meta.Type != data.FrameTypeTimeSeriesWide || f.Fields[0].Type() != data.FieldTypeTime {
		t.Errorf("the frame is of type %s and begins with %s", f.Meta.Type, f.Fields[0].Type())
	}
	for _, field := range f.Fields[1:] {
		if !field.Type().Numeric() {
			t.Errorf("%s is no number", field.Name)
		}
	}
	// Without a race there is the same frame without rows.
	empty := run(t, source, models.KindRaceHistory, month, `{"as":"series","category":"oval"}`)
	if len(empty.Fields) != len(f.Fields) || empty.Rows() != 0 {
		t.Errorf("an empty answer has %d fields, another %d", len(empty.Fields), len(f.Fields))
	}
}

func TestRaceHistoryAsAnnotations(t *testing.T) {
	f := run(t, newStand(t, api()).source(t, false), models.KindRaceHistory, month, `{"as":"annotations","hosted":true}`)
	expect(t, f, map[string]string{
		"timeEnd": "2026-04-30T12:40 2026-05-08T12:40 2026-05-15T12:40 2026-05-16T12:40 2026-05-17T12:40",
		"tags":    "race,sports car,win race,sports car race,sports car race,sports car,win race,sports car,hosted,win",
	})
	if got, want := texts(t, f, "text")[2], "Old Pier · Roadster · P1 → P3 · best lap 1:02.220 · 4x · iRating -30"; got != want {
		t.Errorf("the text is %q, want %q", got, want)
	}
	if title := texts(t, f, "title")[4]; title != "Hosted session" {
		t.Errorf("the hosted race is called %q", title)
	}
}

// A search goes back no further than the membership, and no further than one query may.
func TestRaceHistoryWindows(t *testing.T) {
	s := newStand(t, api())
	long := month
	long.From = now.AddDate(-20, 0, 0)
	f := run(t, s.source(t, false), models.KindRaceHistory, long, `{}`)
	expect(t, f, map[string]string{"subsession": "9005 9004 9003 9002 9001"})
	// 495 days of membership are in 6 or 7 windows.
	if got := len(s.requests("search_series")); got < 6 || got > 7 {
		t.Errorf("%d windows were searched", got)
	}
	if got := remarks(f); got != "" {
		t.Errorf("remarks: %s", got)
	}
	answers := api()
	answers["/data/member/get"] = nil
	s = newStand(t, answers)
	f = run(t, s.source(t, false), models.KindRaceHistory, long, `{}`)
	if got := len(s.requests("search_series")); got != 24 {
		t.Errorf("%d windows were searched", got)
	}
	remarked(t, f, "Only races since")
	expect(t, f, map[string]string{"subsession": "9005 9004 9003 9002 9001"})
	if got := s.requests("search_hosted"); len(got) > 0 {
		t.Errorf("nobody asked for hosted races, but %v", got)
	}
}

// Without an account, imported results tell what they can.
func TestRaceHistoryOfImports(t *testing.T) {
	s := newStand(t, api())
	source := s.source(t, false)
	source.API = importsOnly{source.API}
	if err := fails(t, source, models.KindRaceHistory, `{}`); !ask.Is(err, iracing.NoCredentials) {
		t.Errorf("without an account and imports: %v", err)
	}
	source.Imported = func(context.Context) ([]ask.Import, error) {
		var list []ask.Import
		for _, d := range slices.Backward(season) {
			list = append(list, ask.Import{Subsession: d.id, Start: d.start, Series: "Clubman Cup", Track: d.track})
		}
		return list, nil
	}
	f := run(t, source, models.KindRaceHistory, month, `{}`)
	expect(t, f, map[string]string{"subsession": "9006 9005 9004 9003 9002", "finish": "1 1 3 2 1", "bestLapText": "1:31.000 0:59.500 1:02.220 1:20.800 1:30.000"})
	remarked(t, f, "imported results in which the driver takes part: 5 of 6 results")
	if title := texts(t, f, "series")[0]; title != "Hosted session" {
		t.Errorf("the hosted race is called %q", title)
	}
	f = run(t, source, models.KindRaceHistory, month, `{"driver":"12"}`)
	expect(t, f, map[string]string{"subsession": ""})
	remarked(t, f, "Widen the time range")
	duel := run(t, source, models.KindHeadToHead, month, `{"rival":700002}`)
	expect(t, duel, map[string]string{"subsession": "9005 9004 9003 9002", "finish": "1 3 2 1"})
	remarked(t, duel, "both take part in 4 of 6 results")
}

// importsOnly is a source without an account: it knows the results and nothing else.
type importsOnly struct{ iracing.Source }

func (s importsOnly) Get(ctx context.Context, r iracing.Request) (*iracing.Answer, error) {
	if r.Endpoint.Path != "/data/results/get" {
		return nil, &iracing.Error{Kind: iracing.NoCredentials}
	}
	return s.Source.Get(ctx, r)
}

func TestWrongQueries(t *testing.T) {
	source := newStand(t, api()).source(t, false)
	for _, c := range []struct {
		kind        models.Kind
		query, says string
	}{
		{models.KindRaceHistory, `{"as":"pie"}`, `there is no shape that is called "pie"; there are table, series and annotations`},
		{models.KindRaceHistory, `{"category":"boats"}`, "oval, sports_car"},
		{models.KindRaceHistory, `{"series":"Clubman"}`, "not a number"},
		{models.KindRaceHistory, `{"driver":"Ada"}`, "not a number"},
		{models.KindRaceHistory, `{"driver":"~gone"}`, "not known any more"},
		{models.KindRaceHistory, `{"ratings":-1}`, "from 1 to 250"},
		{models.KindRaceHistory, `{"ratings":"x"}`, "ratings is a string"},
		{models.KindRatingHistory, `{"rating":"elo"}`, "irating, safety and tt"},
		{models.KindRatingHistory, `{"view":"x"}`, "history and current"},
		{models.KindRatingHistory, `{"categories":["oval","x"]}`, "no category"},
		{models.KindCareer, `{"by":"month"}`, "category, year, recap and bests"},
		{models.KindPerCar, `{"category":"x"}`, "no category"},
		{models.KindPerTrack, `{"driver":"x"}`, "not a number"},
		{models.KindHeadToHead, `{}`, "the rival is not chosen"},
		{models.KindHeadToHead, `{"rival":"me"}`, "the rival is the driver"},
		{models.KindHeadToHead, `{"rival":700002,"view":"x"}`, "meetings, summary and score"},
		{models.KindLeaderboard, `{"track":1}`, "the car is not chosen"},
		{models.KindLeaderboard, `{"car":1}`, "the track is not chosen"},
		{models.KindLeaderboard, `{"car":1,"track":2,"event":"x"}`, "race, qualify, timeTrial and practice"},
		{models.KindLeaderboard, `{"car":1,"track":2,"year":2026}`, "the quarter of the season is not chosen"},
		{models.KindLeaderboard, `{"car":1,"track":2,"year":2026,"quarter":5}`, "seasons are 1 to 4"},
		{models.KindLeaderboard, `{"car":1,"track":2,"top":-1}`, "top is -1"},
	} {
		if err := fails(t, source, c.kind, c.query); !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s %s: %v, want %s", c.kind, c.query, err, c.says)
		}
	}
}

// Ratings of several categories have nothing to do with one another: each is a line of its own.
func TestRaceHistoryOfSeveralCategories(t *testing.T) {
	answers := api()
	oval := season[1].result()
	oval["license_category_id"] = 1
	answers["/data/results/get"] = func(p url.Values) any {
		for _, d := range season {
			switch id := strconv.FormatInt(d.id, 10); {
			case id == p.Get("subsession_id") && d.id == 9002:
				return oval
			case id == p.Get("subsession_id"):
				return d.result()
			}
		}
		return nil
	}
	f := run(t, newStand(t, answers).source(t, false), models.KindRaceHistory, month, `{"as":"series"}`)
	var got []string
	for _, field := range f.Fields {
		if field.Name == "irating" || field.Name == "licence" {
			got = append(got, field.Config.DisplayNameFromDS+" "+field.Labels["category"])
		}
	}
	want := []string{"iRating Oval Oval", "Licence Oval Oval", "iRating Sports car Sports car", "Licence Sports car Sports car"}
	if !slices.Equal(got, want) {
		t.Errorf("the lines are %q, want %q", got, want)
	}
}

// A team's driver who never drove did not race.
func TestRaceHistoryOfTeams(t *testing.T) {
	answers := api()
	answers["/data/results/get"] = func(p url.Values) any {
		for _, d := range season {
			if p.Get("subsession_id") != strconv.FormatInt(d.id, 10) {
				continue
			}
			r := d.result()
			if d.team {
				row := r["session_results"].([]object)[0]["results"].([]object)[0]["driver_results"].([]object)[0]
				row["laps_complete"], row["incidents"] = 0, 0
			}
			return r
		}
		return nil
	}
	source := newStand(t, answers).source(t, false)
	f := run(t, source, models.KindRaceHistory, month, `{}`)
	expect(t, f, map[string]string{"subsession": "9004 9003 9002"})
	f = run(t, source, models.KindHeadToHead, month, `{"rival":"700002"}`)
	expect(t, f, map[string]string{"subsession": "9004 9003 9002"})
}
