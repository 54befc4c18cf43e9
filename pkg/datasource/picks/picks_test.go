package picks_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"go.uber.org/goleak"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/picks"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/replay"
	"github.com/apexobs/iracing-grafana-observability/pkg/people"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The people of the tests.
const (
	me    = 700001
	rival = 700002
)

var now = time.Date(2026, 5, 20, 12, 10, 0, 0, time.UTC)

type (
	object = replay.Object
	status = replay.Status
	answer = func(url.Values) any
)

// constant answers the same to every request.
func constant(body any) answer { return replay.Constant(body) }

// stand answers as iRacing does, from functions by the path.
func stand(t testing.TB, answers map[string]answer) *iracing.Client {
	t.Helper()
	return replay.Answers(answers).Client(t)
}

func source(api iracing.Source, own int64, names bool) *ask.Source {
	return &ask.Source{
		API: api, People: people.New(names, own, []byte("tests")), Now: func() time.Time { return now },
		Me: func(context.Context) (int64, error) {
			if own == 0 {
				return 0, &iracing.Error{Kind: iracing.NoCredentials}
			}
			return own, nil
		},
	}
}

func pick(t testing.TB, s *ask.Source, v models.VariableQuery) ([]models.Option, error) {
	t.Helper()
	list := picks.Lists()[v.Kind]
	if list == nil {
		t.Fatalf("there is no pick list %s", v.Kind)
	}
	return list(t.Context(), s.Query(backend.TimeRange{From: s.Now().AddDate(0, 0, -90), To: s.Now()}), v)
}

func mustPick(t testing.TB, s *ask.Source, v models.VariableQuery) []models.Option {
	t.Helper()
	options, err := pick(t, s, v)
	if err != nil {
		t.Fatalf("%v: %v", v, err)
	}
	return options
}

// lines are options as somebody reads them.
func lines(options []models.Option) string {
	var b strings.Builder
	for _, o := range options {
		fmt.Fprintf(&b, "%s = %s (%s)\n", o.Value, o.Label, o.Description)
	}
	return b.String()
}

// membership is iRacing with three members.
func membership() map[string]answer {
	names := map[string]string{"700001": "Ada Moss", "700002": "Bruno Quill", "700003": "Bruna Quant"}
	return map[string]answer{
		"/data/member/get": func(q url.Values) any {
			var list []object
			for id := range strings.SplitSeq(q.Get("cust_ids"), ",") {
				if names[id] != "" {
					list = append(list, object{"cust_id": json.Number(id), "display_name": names[id]})
				}
			}
			return object{"members": list}
		},
		"/data/lookup/drivers": func(q url.Values) any {
			list := []object{}
			for _, id := range []string{"700002", "700003"} {
				if strings.Contains(strings.ToLower(names[id]), strings.ToLower(q.Get("search_term"))) {
					list = append(list, object{"cust_id": json.Number(id), "display_name": names[id]})
				}
			}
			return list
		},
	}
}

func TestDrivers(t *testing.T) {
	client := stand(t, membership())
	open, hidden := source(client, me, true), source(client, me, false)
	pseudonym := hidden.People.Driver(rival, "")
	for _, c := range []struct {
		name   string
		s      *ask.Source
		search string
		want   string
	}{
		{"nothing", open, "", "700001 = Ada Moss (You)\n"},
		{"me", hidden, "me", "700001 = Ada Moss (You)\n"},
		{"a name", open, "brun", "700003 = Bruna Quant (Customer id 700003)\n700002 = Bruno Quill (Customer id 700002)\n"},
		{"too short a name", open, "br", "700001 = Ada Moss (You)\n"},
		{"an id", open, "700002", "700001 = Ada Moss (You)\n700002 = Bruno Quill (Customer id 700002)\n"},
		{"an id while names are hidden", hidden, "700002", "700001 = Ada Moss (You)\n700002 = " + pseudonym + " (Customer id 700002)\n"},
		{"the own name while names are hidden", hidden, "moss", "700001 = Ada Moss (You)\n"},
		{"an id that nobody has", open, "5", "700001 = Ada Moss (You)\n5 = Driver 5 (Customer id 5)\n"},
		{"without an account of one's own", source(client, 0, true), "quill", "700002 = Bruno Quill (Customer id 700002)\n"},
	} {
		if got := lines(mustPick(t, c.s, models.VariableQuery{Kind: models.PickDrivers, Search: c.search})); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if _, err := pick(t, hidden, models.VariableQuery{Kind: models.PickDrivers, Search: "Quill"}); err == nil || !strings.Contains(err.Error(), "names are hidden") {
		t.Errorf("a search for a name while names are hidden: %v", err)
	}
}

// The own races come from three answers and the imports, each race once.
func TestSubsessions(t *testing.T) {
	race := func(id int, start, series string, place int) object {
		return object{"subsession_id": id, "start_time": start, "series_name": series, "finish_position": place, "cust_id": me, "track": object{"track_name": "Lakeside", "config_name": "N/A"}, "event_type": 5}
	}
	answers := map[string]answer{
		"/data/stats/member_recent_races": constant(object{"races": []object{{
			"subsession_id": 3, "session_start_time": "2026-05-19T19:30:00Z", "series_name": "GT4 Challenge", "finish_position": 5, "track": object{"track_name": "Lakeside"},
		}}}),
		"/data/results/search_series": constant([]object{race(2, "2026-05-01T18:00:00Z", "Enduro", 0), race(1, "2025-05-01T18:00:00Z", "Long ago", 0)}),
		"/data/results/search_hosted": constant(status(403)),
	}
	s := source(stand(t, answers), me, false)
	s.Imported = func(context.Context) ([]ask.Import, error) {
		return []ask.Import{
			{Subsession: 9, Start: now.AddDate(-1, 0, 0), Series: "League night", Track: "Hillside"},
			{Subsession: 3, Start: time.Date(2026, 5, 19, 19, 30, 0, 0, time.UTC), Series: "GT4 Challenge", Track: "Lakeside"},
		}, nil
	}
	want := "3 = 2026-05-19 19:30 · GT4 Challenge · Lakeside · P5 ()\n" +
		"2 = 2026-05-01 18:00 · Enduro · Lakeside · P1 ()\n" +
		"9 = 2025-05-20 12:10 · League night · Hillside (imported)\n"
	if got := lines(mustPick(t, s, models.VariableQuery{Kind: models.PickSubsessions})); got != want {
		t.Errorf("the races are\n%s, want\n%s", got, want)
	}
	if got := mustPick(t, s, models.VariableQuery{Kind: models.PickSubsessions, Search: "hill imported"}); len(got) != 1 || got[0].Value != "9" {
		t.Errorf("a search finds %v", got)
	}

	// Without an account there are the imports; without either there is a reason.
	s.Me = func(context.Context) (int64, error) { return 0, &iracing.Error{Kind: iracing.NoCredentials} }
	if got := mustPick(t, s, models.VariableQuery{Kind: models.PickSubsessions}); len(got) != 2 {
		t.Errorf("without an account there are %v", got)
	}
	s.Imported = nil
	if _, err := pick(t, s, models.VariableQuery{Kind: models.PickSubsessions}); !ask.Is(err, iracing.NoCredentials) {
		t.Errorf("without an account and imports: %v", err)
	}
}

func TestEntrantsAndClasses(t *testing.T) {
	row := func(id, place int, name string) object {
		return object{"cust_id": id, "display_name": name, "finish_position": place, "livery": object{"car_number": fmt.Sprintf("0%d", place+1)}, "car_name": "Mirage", "car_class_name": "GT3"}
	}
	result := object{
		"subsession_id": 5, "start_time": "2026-05-01T18:00:00Z", "event_type": 5,
		"car_classes": []object{{"car_class_id": 42, "short_name": "GT3", "name": "GT3 Class", "num_entries": 2}},
		"session_results": []object{{"simsession_number": 0, "simsession_type": 6, "results": []object{
			row(rival, 1, "Bruno Quill"), row(me, 0, "Ada Moss"),
			{"team_id": -31, "display_name": "Quill Racing", "finish_position": 2, "driver_results": []object{row(700003, 2, "Cleo Finch"), row(700004, 2, "Dora Pike")}},
		}}},
	}
	client := stand(t, map[string]answer{"/data/results/get": constant(result)})
	s := source(client, me, true)
	if got := lines(mustPick(t, s, models.VariableQuery{Kind: models.PickClasses, Of: "5"})); got != "42 = GT3 (2 cars)\n" {
		t.Errorf("the classes are %q", got)
	}
	want := "700001 = P1 · Ada Moss · #01 (GT3, Mirage)\n700002 = P2 · Bruno Quill · #02 (GT3, Mirage)\n" +
		"700003 = P3 · Cleo Finch (Quill Racing)\n700004 = P3 · Dora Pike (Quill Racing)\n"
	if got := lines(mustPick(t, s, models.VariableQuery{Kind: models.PickEntrants, Of: "5"})); got != want {
		t.Errorf("the entrants are\n%s, want\n%s", got, want)
	}
	hidden := source(client, me, false)
	got := mustPick(t, hidden, models.VariableQuery{Kind: models.PickEntrants, Of: "5"})
	text := lines(got)
	for _, secret := range []string{"Quill", "Cleo", "Dora", "700002", "700003", "-31"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s can be read in\n%s", secret, text)
		}
	}
	// The key of an entry is understood by queries.
	if id, ok := hidden.People.Find(got[1].Value); !ok || id != rival {
		t.Errorf("the key %q is %d's", got[1].Value, id)
	}
}

func TestEndpoints(t *testing.T) {
	s := source(stand(t, nil), 0, false)
	all := mustPick(t, s, models.VariableQuery{Kind: models.PickEndpoints})
	if len(all) != len(iracing.Endpoints()) {
		t.Errorf("%d of %d endpoints are listed", len(all), len(iracing.Endpoints()))
	}
	found := mustPick(t, s, models.VariableQuery{Kind: models.PickEndpoints, Search: "results/get"})
	if len(found) != 1 || found[0].Value != "/data/results/get" || !strings.Contains(found[0].Description, "Needs subsession_id. Takes include_licenses.") {
		t.Errorf("a search finds %v", found)
	}
	params := picks.EndpointParams("/data/stats/season_tt_results")
	if len(params) != 4 || params[0].Value != "season_id" || params[3].Value != "division" || !strings.HasPrefix(params[2].Description, "Required.") {
		t.Errorf("the parameters are %v", params)
	}
	for _, path := range []string{"", "/nothing", "/data/car/get"} {
		if params := picks.EndpointParams(path); params == nil || len(params) != 0 {
			t.Errorf("%q has the parameters %v", path, params)
		}
	}
}

func TestOfIsNeeded(t *testing.T) {
	s := source(stand(t, nil), me, false)
	for kind, want := range map[models.PickKind]string{models.PickWeeks: "choose the season first", models.PickLeagueSeasons: "choose the league first"} {
		if _, err := pick(t, s, models.VariableQuery{Kind: kind}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", kind, err)
		}
		if _, err := pick(t, s, models.VariableQuery{Kind: kind, Of: "x"}); err == nil || !strings.Contains(err.Error(), "not a number") {
			t.Errorf("%s of x: %v", kind, err)
		}
	}
}

// Every list answers from the fake world, without repeats, sorted as far as labels are, and bounded.
func TestFakeWorld(t *testing.T) {
	at := time.Date(2026, 11, 22, 20, 10, 0, 0, time.UTC)
	srv := iracingtest.Start(t, iracingtest.Options{Now: func() time.Time { return at }, PerMinute: -1, Races: 60})
	client := iracing.New(iracing.Options{
		URL: srv.URL, LinkHosts: srv.LinkHosts, StatusURL: srv.StatusURL, TimeAttackURL: srv.TimeAttackURL,
		Tokens: token(srv.Credentials.NewAccessToken()), PerSecond: 1e6, Burst: 1e6,
	})
	t.Cleanup(client.Close)
	account, err := iracing.API{Source: client}.Account(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := source(client, account.Cust, false)
	s.Now = func() time.Time { return at }
	series := mustPick(t, s, models.VariableQuery{Kind: models.PickSeries})
	seasons := mustPick(t, s, models.VariableQuery{Kind: models.PickSeasons})
	leagues := mustPick(t, s, models.VariableQuery{Kind: models.PickLeagues})
	if len(series) == 0 || len(seasons) == 0 || len(leagues) == 0 {
		t.Fatalf("there are %d series, %d seasons and %d leagues", len(series), len(seasons), len(leagues))
	}
	of := map[models.PickKind]string{
		models.PickWeeks: seasons[0].Value, models.PickLeagueSeasons: leagues[0].Value, models.PickClasses: models.SubsessionLatest, models.PickEntrants: models.SubsessionLatest,
	}
	for kind := range picks.Lists() {
		options := mustPick(t, s, models.VariableQuery{Kind: kind, Of: models.ID(of[kind])})
		if len(options) == 0 || len(options) > 2000 {
			t.Errorf("%s has %d entries", kind, len(options))
		}
		seen := map[string]bool{}
		for _, o := range options {
			if o.Value == "" || o.Label == "" || seen[o.Value] {
				t.Errorf("%s has the entry %+v", kind, o)
			}
			seen[o.Value] = true
		}
		if kind == models.PickDrivers {
			continue // names are hidden
		}
		if found := mustPick(t, s, models.VariableQuery{Kind: kind, Of: models.ID(of[kind]), Search: "zzz no such thing"}); len(found) > 0 {
			t.Errorf("%s finds %v for nonsense", kind, found)
		}
	}
	classes := mustPick(t, s, models.VariableQuery{Kind: models.PickCarClasses, Of: models.ID(seasons[0].Value)})
	all := mustPick(t, s, models.VariableQuery{Kind: models.PickCarClasses})
	if len(classes) == 0 || len(classes) >= len(all) {
		t.Errorf("a season has %d car classes of %d", len(classes), len(all))
	}
	past := mustPick(t, s, models.VariableQuery{Kind: models.PickSeasons, Of: models.ID(series[0].Value)})
	if len(past) == 0 || !slices.ContainsFunc(past, func(o models.Option) bool { return strings.Contains(o.Description, "running") }) {
		t.Errorf("a series has the seasons %v", past)
	}
}

type token string

func (t token) Token(context.Context, string) (string, error) { return string(t), nil }

// The lists of the recorded answers: all of them can be made, and are sorted.
func TestRecordings(t *testing.T) {
	srv := httptest.NewServer(replay.New(replay.Dir(t)))
	t.Cleanup(srv.Close)
	client := iracing.New(replay.Options(srv.URL))
	t.Cleanup(client.Close)
	s := source(client, 0, false)
	for kind, want := range map[models.PickKind]struct {
		of   models.ID
		n    int
		text string
	}{
		models.PickCategories:    {"", 6, "sports_car = Sports car ()"},
		models.PickSeries:        {"", 137, "139 = Global Mazda MX-5 Cup by Fanatec (Sports car, licence from R)"},
		models.PickSeasons:       {"139", 84, "5893 = 2026 Season 1 (Global Mazda MX-5 Cup by Fanatec - 2026 Season 1, running)"},
		models.PickWeeks:         {"5935", 12, "2 = Week 2 · Sebring International Raceway, International (From 23 December 2025)"},
		models.PickTracks:        {"", 0, "18 = Road America, Full Course (Road Course, 6.51 km)"},
		models.PickCars:          {"", 0, "67 = Global Mazda MX-5 Cup (Sports car)"},
		models.PickCarClasses:    {"", 0, "4029 = GTP ("},
		models.PickLeagues:       {"", 3, "386 = league_name dfd008 ()"},
		models.PickLeagueSeasons: {"637", 0, "128114 = season b837c7 ()"},
		models.PickTeams:         {"", 2, "-500260 = Team 500260 (You own it)"},
	} {
		options := mustPick(t, s, models.VariableQuery{Kind: kind, Of: want.of})
		if text := lines(options); !strings.Contains(text, want.text) || want.n != 0 && len(options) != want.n {
			t.Errorf("%s has %d entries without %q, such as\n%.300s", kind, len(options), want.text, text)
		}
	}
}
