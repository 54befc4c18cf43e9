package seasons_test

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/people"
)

type token string

func (t token) Token(context.Context, string) (string, error) { return string(t), nil }

// fakeNow is the time in the fake world: a Sunday evening in the middle of a season.
var fakeNow = at("2026-11-22 20:10")

// fake is a source of the fake world's account.
func fake(t testing.TB, names bool) *ask.Source {
	t.Helper()
	srv := iracingtest.Start(t, iracingtest.Options{Now: func() time.Time { return fakeNow }, PerMinute: -1, Races: 60})
	client := iracing.New(iracing.Options{
		URL: srv.URL, LinkHosts: srv.LinkHosts, StatusURL: srv.StatusURL, TimeAttackURL: srv.TimeAttackURL,
		Tokens: token(srv.Credentials.NewAccessToken()), PerSecond: 1e6, Burst: 1e6,
	})
	t.Cleanup(client.Close)
	account, err := iracing.API{Source: client}.Account(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return source(client, account.Cust, names, fakeNow)
}

// column finds a field.
func column(t testing.TB, f *data.Frame, name string) *data.Field {
	t.Helper()
	field, i := f.FieldByName(name)
	if i < 0 {
		t.Fatalf("there is no column %s", name)
	}
	return field
}

func str(t testing.TB, f *data.Frame, name string, row int) string {
	t.Helper()
	switch v := column(t, f, name).At(row).(type) {
	case string:
		return v
	case *string:
		if v != nil {
			return *v
		}
	}
	return ""
}

func num(t testing.TB, f *data.Frame, name string, row int) float64 {
	t.Helper()
	v, err := column(t, f, name).NullableFloatAt(row)
	if err != nil {
		t.Fatal(err)
	}
	if v == nil {
		return math.NaN()
	}
	return *v
}

func notices(f *data.Frame) string {
	var list []string
	for _, n := range f.Meta.Notices {
		list = append(list, n.Text)
	}
	return strings.Join(list, "\n")
}

// Every kind answers from the fake world, with rows.
func TestFakeWorld(t *testing.T) {
	s := fake(t, false)
	week := mustRun(t, s, models.KindSchedule, `{}`)
	if week.Rows() == 0 {
		t.Fatal("no season runs")
	}
	season := ""
	for i := range week.Rows() {
		if num(t, week, "registered", i) > 0 && !column(t, week, "teams").At(i).(bool) {
			season = str(t, week, "seasonId", i)
			break
		}
	}
	if season == "" {
		t.Fatal("nobody is registered in any season")
	}
	if next := column(t, week, "nextStart"); next.NilAt(0) {
		t.Error("nothing tells when the first series is raced next")
	} else if at := next.At(0).(*time.Time); at.Before(fakeNow) {
		t.Errorf("the next race was at %v", at)
	}
	for _, c := range []struct {
		kind  models.Kind
		query string
		empty bool // it may have no rows
	}{
		{models.KindStandings, `{"season":"` + season + `"}`, false},
		{models.KindStandings, `{"season":"` + season + `","view":"weeks"}`, false},
		{models.KindStandings, `{"season":"` + season + `","of":"timeTrial"}`, true},
		{models.KindStandings, `{"season":"` + season + `","of":"timeTrialResults"}`, true},
		{models.KindStandings, `{"season":"` + season + `","of":"qualifyingResults","week":1}`, true},
		{models.KindStandings, `{"season":"` + season + `","of":"supersession"}`, true},
		{models.KindStandings, `{"season":"` + season + `","of":"teams"}`, true},
		{models.KindSeasonResults, `{"season":"` + season + `"}`, false},
		{models.KindSeasonResults, `{"season":"` + season + `","view":"hours"}`, false},
		{models.KindSeasonResults, `{"season":"` + season + `","view":"weeks"}`, false},
		{models.KindSchedule, `{"view":"season","season":"` + season + `"}`, false},
		{models.KindSchedule, `{"view":"guide"}`, false},
		{models.KindSchedule, `{"view":"timeAttack"}`, false},
		{models.KindLeague, `{"view":"mine"}`, false},
		{models.KindLeague, `{"view":"directory"}`, false},
		{models.KindTeam, `{"view":"mine"}`, false},
		{models.KindLiveSessions, `{}`, false},
		{models.KindLiveSessions, `{"view":"hosted"}`, false},
		{models.KindLiveSessions, `{"view":"league"}`, true},
		{models.KindServiceStatus, `{}`, false},
		{models.KindServiceStatus, `{"view":"history"}`, false},
		{models.KindEndpoint, `{"path":"/data/car/get"}`, false},
		{models.KindEndpoint, `{"path":"/data/driver_stats_by_category/sports_car"}`, false},
	} {
		f := mustRun(t, s, c.kind, c.query)
		if f.Rows() == 0 && !c.empty {
			t.Errorf("%s %s has no rows: %s", c.kind, c.query, notices(f))
		}
		if f.Rows() == 0 && len(f.Meta.Notices) == 0 {
			t.Errorf("%s %s is empty, and nothing says why", c.kind, c.query)
		}
		if f.Meta.ExecutedQueryString == "" {
			t.Errorf("%s %s does not tell what was read", c.kind, c.query)
		}
	}
	open := *s
	open.People = people.New(true, 0, []byte("tests"))
	for _, c := range []struct {
		kind  models.Kind
		query string
	}{
		{models.KindStandings, `{"season":"` + season + `"}`},
		{models.KindSeasonResults, `{"season":"` + season + `"}`},
		{models.KindLeague, `{"view":"directory"}`},
		{models.KindLiveSessions, `{"view":"hosted"}`},
		{models.KindEndpoint, `{"path":"/data/stats/season_driver_standings","params":[{"name":"season_id","value":"` + season + `"},{"name":"car_class_id","value":"` +
			strings.Split(str(t, week, "classIds", slices.Index(texts(t, week, "seasonId"), season)), ",")[0] + `"}]}`},
		{models.KindEndpoint, `{"path":"/data/hosted/sessions"}`},
	} {
		hidden, err := json.Marshal(mustRun(t, s, c.kind, c.query))
		if err != nil {
			t.Fatal(err)
		}
		f, found := mustRun(t, &open, c.kind, c.query), 0
		for _, name := range []string{"name", "winner", "host", "owner", "display_name", "host.display_name"} {
			if _, i := f.FieldByName(name); i < 0 || name == "name" && c.kind == models.KindLiveSessions {
				continue
			}
			for _, called := range texts(t, f, name) {
				if called == "" || called == "Alex Example" {
					continue
				}
				if found++; strings.Contains(string(hidden), called) {
					t.Errorf("%s %s tells of %s", c.kind, c.query, called)
					break
				}
			}
		}
		if found == 0 {
			t.Errorf("%s %s names nobody even with names", c.kind, c.query)
		}
	}
	leagues := mustRun(t, s, models.KindLeague, `{"view":"mine"}`)
	for _, view := range []models.LeagueView{models.LeagueStandings, models.LeagueTeams, models.LeagueSessions, models.LeagueRoster, models.LeagueSeasons, models.LeaguePoints} {
		f := mustRun(t, s, models.KindLeague, `{"league":"`+str(t, leagues, "leagueId", 0)+`","view":"`+string(view)+`"}`)
		if f.Rows() == 0 && len(f.Meta.Notices) == 0 {
			t.Errorf("the league's %s are empty, and nothing says why", view)
		}
	}
	teams := mustRun(t, s, models.KindTeam, `{"view":"mine"}`)
	for _, view := range []models.TeamView{models.TeamRoster, models.TeamRaces} {
		f := mustRun(t, s, models.KindTeam, `{"team":"`+str(t, teams, "teamKey", 0)+`","view":"`+string(view)+`"}`)
		if f.Rows() == 0 && len(f.Meta.Notices) == 0 {
			t.Errorf("the team's %s are empty, and nothing says why", view)
		}
	}
	checkWeeks(t, s)
	live := mustRun(t, s, models.KindLiveSessions, `{}`)
	entries := mustRun(t, s, models.KindLiveSessions, `{"view":"entries","subsession":"`+str(t, live, "subsession", 0)+`"}`)
	if entries.Rows() == 0 && len(entries.Meta.Notices) == 0 {
		t.Error("the entries are empty, and nothing says why")
	}
}

// checkWeeks makes sure that the weeks of the own championships add up to the points of the table.
func checkWeeks(t *testing.T, s *ask.Source) {
	seasons := mustRun(t, s, models.KindSchedule, `{}`)
	for i := range seasons.Rows() {
		season := str(t, seasons, "seasonId", i)
		table := mustRun(t, s, models.KindStandings, `{"season":"`+season+`"}`)
		own := slices.Index(bools(t, table, "own"), true)
		if own < 0 {
			continue
		}
		weeks := mustRun(t, s, models.KindStandings, `{"season":"`+season+`","view":"weeks"}`)
		sum := 0.0
		for row := range weeks.Rows() {
			if v := num(t, weeks, "counted", row); !math.IsNaN(v) {
				sum += v
			}
		}
		if points := num(t, table, "points", own); math.Abs(points-sum) > float64(weeks.Rows()) || sum == 0 {
			t.Errorf("season %s: the weeks add up to %v points, and the table says %v", season, sum, points)
		}
		return
	}
	t.Error("the own driver is in no championship")
}

func texts(t testing.TB, f *data.Frame, name string) []string {
	t.Helper()
	values := make([]string, f.Rows())
	for i := range values {
		values[i] = str(t, f, name, i)
	}
	return values
}

func bools(t testing.TB, f *data.Frame, name string) []bool {
	t.Helper()
	values := make([]bool, f.Rows())
	for i := range values {
		values[i] = column(t, f, name).At(i).(bool)
	}
	return values
}
