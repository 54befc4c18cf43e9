package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/plugintest"
	"github.com/apexobs/iracing-grafana-observability/pkg/promtest"
)

// begun is the end of the time range of queries, which is the same for all of them, as their answers are compared.
var begun = time.Now()

// logged is everything that the plugin process has logged.
var logged safeBuffer

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// account is a data source as a user sets it up who has an account with the fake iRacing.
func account(fake *iracingtest.Server, change func(*models.Settings, map[string]string)) plugintest.Instance {
	settings := models.Settings{
		SignIn: models.SignInPassword, ClientID: fake.Credentials.ClientID, Username: fake.Credentials.Username,
		APIURL: fake.URL, OAuthURL: fake.OAuthURL, PublicURL: fake.URL, RequestsPerSecond: 500,
	}
	secrets := map[string]string{"clientSecret": fake.Credentials.ClientSecret, "password": fake.Credentials.Password}
	if change != nil {
		change(&settings, secrets)
	}
	// The fake's address makes the data source another one than that of the test before.
	return plugintest.Instance{PluginID: datasource.PluginID, UID: fake.URL, JSONData: settings, SecureJSONData: secrets}
}

func contextOf(t *testing.T, i plugintest.Instance) backend.PluginContext {
	t.Helper()
	pc, err := i.Context()
	if err != nil {
		t.Fatal(err)
	}
	return pc
}

func startFake(t *testing.T, races int) *iracingtest.Server {
	t.Helper()
	return iracingtest.Start(t, iracingtest.Options{OneHost: true, PerMinute: -1, TokensPerMinute: -1, Races: races})
}

func health(t *testing.T, pc backend.PluginContext) *backend.CheckHealthResult {
	t.Helper()
	res, err := plugin.CheckHealth(t.Context(), &backend.CheckHealthRequest{PluginContext: pc})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// try asks one query over the last year.
func try(ctx context.Context, pc backend.PluginContext, kind models.Kind, q any) (backend.DataResponse, error) {
	return tryOn(ctx, plugin, pc, kind, q)
}

// tryOn asks another process than the one that most tests share.
func tryOn(ctx context.Context, process backend.QueryDataHandler, pc backend.PluginContext, kind models.Kind, q any) (backend.DataResponse, error) {
	body, err := json.Marshal(q)
	if err != nil {
		return backend.DataResponse{}, err
	}
	res, err := process.QueryData(ctx, &backend.QueryDataRequest{PluginContext: pc, Queries: []backend.DataQuery{{
		RefID: "A", QueryType: string(kind), JSON: body, MaxDataPoints: 1000,
		TimeRange: backend.TimeRange{From: begun.AddDate(-1, 0, 0), To: begun},
	}}})
	if err != nil {
		return backend.DataResponse{}, err
	}
	return res.Responses["A"], nil
}

// The health check tells apart what can be wrong with an account, and says what to do.
func TestHealthOfAnAccount(t *testing.T) {
	fake := startFake(t, 10)
	closed := startFake(t, 10)
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		fault  iracingtest.Fault
		change func(*models.Settings, map[string]string)
		ok     bool
		want   string
	}{
		{name: "all is well", ok: true, want: "Signed in to iRacing as customer "},
		{name: "a refresh token", ok: true, want: "Signed in to iRacing as customer ", change: func(s *models.Settings, secrets map[string]string) {
			s.SignIn, s.Username = models.SignInRefresh, ""
			delete(secrets, "password")
			secrets["refreshToken"] = fake.Credentials.NewRefreshToken()
		}},
		{name: "an access token", ok: true, want: "Signed in to iRacing as customer ", change: func(s *models.Settings, secrets map[string]string) {
			*s = models.Settings{SignIn: models.SignInAccess, APIURL: s.APIURL, OAuthURL: s.OAuthURL}
			clear(secrets)
			secrets["accessToken"] = fake.Credentials.NewAccessToken()
		}},
		{name: "nothing is set up", want: "nothing is set up yet", change: func(s *models.Settings, secrets map[string]string) {
			*s = models.Settings{}
			clear(secrets)
		}},
		{name: "no password", want: "password is missing", change: func(_ *models.Settings, secrets map[string]string) { delete(secrets, "password") }},
		{name: "a wrong password", want: "refused the sign-in: check the client id", change: func(_ *models.Settings, secrets map[string]string) { secrets["password"] = "wrong-Passw0rd" }},
		{name: "a wrong client secret", want: "refused the sign-in: check the client id", change: func(_ *models.Settings, secrets map[string]string) { secrets["clientSecret"] = "wrong-Secret-1" }},
		{name: "a used refresh token", want: "wants a new sign-in", change: func(s *models.Settings, secrets map[string]string) {
			s.SignIn = models.SignInRefresh
			secrets["refreshToken"] = "used-Refresh-Token"
		}},
		{name: "locked out", want: "refuses to sign in for now", fault: iracingtest.Fault{Do: iracingtest.LockedOut}, change: func(s *models.Settings, secrets map[string]string) {
			// An account that has a token from before would not notice.
			s.SignIn = models.SignInRefresh
			secrets["refreshToken"] = fake.Credentials.NewRefreshToken()
		}},
		{name: "maintenance", want: "down for maintenance", fault: iracingtest.Fault{Do: iracingtest.Maintenance}},
		{name: "no network", want: "cannot be reached", change: func(s *models.Settings, _ map[string]string) {
			s.APIURL, s.OAuthURL = closed.URL, closed.OAuthURL
		}},
		{name: "an unknown way to sign in", want: "no way to sign in", change: func(s *models.Settings, _ map[string]string) { s.SignIn = "cookies" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.fault.Do != "" {
				defer fake.Fault(c.fault)()
			}
			instance := account(fake, c.change)
			instance.UID = t.Name()
			res := health(t, contextOf(t, instance))
			if (res.Status == backend.HealthStatusOk) != c.ok || !strings.Contains(strings.ToLower(res.Message), strings.ToLower(c.want)) {
				t.Errorf("%s: %q; want %q", res.Status, res.Message, c.want)
			}
			for _, secret := range instance.SecureJSONData {
				if strings.Contains(res.Message+string(res.JSONDetails), secret) {
					t.Errorf("the message tells a secret: %q", res.Message)
				}
			}
		})
	}
	for _, secret := range []string{
		fake.Credentials.ClientSecret, fake.Credentials.Password, "wrong-Passw0rd", "wrong-Secret-1", "used-Refresh-Token", fake.Credentials.Username,
	} {
		if strings.Contains(logged.String(), secret) {
			t.Errorf("the log tells %q", secret)
		}
	}
}

// A refresh token serves once, so the one that came in its place must outlive the process that got it.
func TestARefreshTokenOutlivesARestart(t *testing.T) {
	fake := startFake(t, 10)
	pc := contextOf(t, account(fake, func(s *models.Settings, secrets map[string]string) {
		s.SignIn = models.SignInRefresh
		secrets["refreshToken"] = fake.Credentials.NewRefreshToken()
	}))
	dir := t.TempDir()
	for start := range 3 {
		process, err := plugintest.Start(t.Context(), plugintest.Options{Binary: binary, Env: []string{"XDG_CACHE_HOME=" + dir}})
		if err != nil {
			t.Fatal(err)
		}
		res, err := process.CheckHealth(t.Context(), &backend.CheckHealthRequest{PluginContext: pc})
		process.Kill()
		if err != nil || res.Status != backend.HealthStatusOk {
			t.Fatalf("start %d: %v %v", start, res, err)
		}
		fake.ExpireAccessTokens()
	}
	if n := fake.Count(iracingtest.Token, "/oauth2/token"); n != 3 {
		t.Errorf("three starts made %d exchanges", n)
	}
}

// What a race weekend's dashboards ask, each kind at least once in each of its views. The ids come from the pick lists,
// as those of a dashboard's variables do.
func raceQueries(t *testing.T, pc backend.PluginContext) []struct {
	kind  models.Kind
	query any
} {
	t.Helper()
	first := func(url string) models.ID {
		t.Helper()
		list := options(t, pc, url)
		if len(list) == 0 {
			t.Fatalf("the pick list %s is empty", url)
		}
		return models.ID(list[0].Value)
	}
	first("subsessions")
	history, err := try(t.Context(), pc, models.KindRaceHistory, models.RaceHistoryQuery{})
	if err != nil || history.Error != nil {
		t.Fatal(err, history.Error)
	}
	// The newest race that was driven alone: a team's race has no duel of drivers.
	row := 0
	for series := field(t, history.Frames[0], "series"); strings.Contains(fmt.Sprint(series.At(row)), "Endurance"); row++ {
	}
	cell := func(name string) models.ID {
		t.Helper()
		return models.ID(fmt.Sprint(field(t, history.Frames[0], name).At(row)))
	}
	sub, season, car, track := cell("subsession"), cell("seasonId"), cell("carId"), cell("trackId")
	rival := models.ID("")
	for _, o := range options(t, pc, "entrants?of="+string(sub)) {
		if strings.Contains(o.Label, "Driver ") {
			rival = models.ID(o.Value)
			break
		}
	}
	league, team := first("leagues"), first("teams")
	first("drivers?search=" + string(cell("subsession")))
	for _, list := range []string{
		"categories", "series", "seasons", "weeks?of=" + string(season), "cars", "carClasses", "carClasses?of=" + string(season),
		"classes?of=" + string(sub), "tracks", "leagueSeasons?of=" + string(league), "endpoints", "endpointParams?path=/data/results/get",
	} {
		first(list)
	}
	type asked = struct {
		kind  models.Kind
		query any
	}
	return []asked{
		{models.KindRaceHistory, models.RaceHistoryQuery{}},
		{models.KindRaceHistory, models.RaceHistoryQuery{As: models.HistorySeries, Hosted: true}},
		{models.KindRaceHistory, models.RaceHistoryQuery{As: models.HistoryAnnotations}},
		{models.KindRaceResults, models.RaceResultsQuery{}},
		{models.KindRaceResults, models.RaceResultsQuery{Subsession: sub, Part: models.PartQualify}},
		{models.KindRaceResults, models.RaceResultsQuery{Subsession: sub, View: models.ResultsSummary}},
		{models.KindRaceResults, models.RaceResultsQuery{Subsession: sub, View: models.ResultsSplits}},
		{models.KindLapChart, models.LapChartQuery{Subsession: sub}},
		{models.KindGapChart, models.GapChartQuery{Subsession: sub}},
		{models.KindGapChart, models.GapChartQuery{Subsession: sub, To: models.GapToDriver}},
		{models.KindGapChart, models.GapChartQuery{Subsession: sub, To: models.GapToPace, Top: 5}},
		{models.KindRaceLaps, models.RaceLapsQuery{Subsession: sub}},
		{models.KindRaceLaps, models.RaceLapsQuery{Subsession: sub, As: models.LapsChart, Clean: true}},
		{models.KindPaceRanking, models.PaceRankingQuery{Subsession: sub}},
		{models.KindEventLog, models.EventLogQuery{Subsession: sub}},
		{models.KindEventLog, models.EventLogQuery{Subsession: sub, As: models.EventLogs}},
		{models.KindEventLog, models.EventLogQuery{Subsession: sub, As: models.EventAnnotations}},
		{models.KindRatingHistory, models.RatingHistoryQuery{}},
		{models.KindRatingHistory, models.RatingHistoryQuery{Rating: models.RatingSafety}},
		{models.KindRatingHistory, models.RatingHistoryQuery{Rating: models.RatingTT}},
		{models.KindRatingHistory, models.RatingHistoryQuery{View: models.RatingCurrent}},
		{models.KindIRatingEstimate, models.IRatingEstimateQuery{Subsession: sub}},
		{models.KindIRatingEstimate, models.IRatingEstimateQuery{Subsession: sub, View: models.EstimateWhatIf}},
		{models.KindCareer, models.CareerQuery{}},
		{models.KindCareer, models.CareerQuery{By: models.CareerByYear}},
		{models.KindCareer, models.CareerQuery{By: models.CareerRecap}},
		{models.KindCareer, models.CareerQuery{By: models.CareerBests}},
		{models.KindPerCar, models.PerCarQuery{}},
		{models.KindPerTrack, models.PerTrackQuery{}},
		{models.KindHeadToHead, models.HeadToHeadQuery{Rival: rival}},
		{models.KindHeadToHead, models.HeadToHeadQuery{Rival: rival, View: models.DuelSummary}},
		{models.KindHeadToHead, models.HeadToHeadQuery{Rival: rival, View: models.DuelScore}},
		{models.KindStandings, models.StandingsQuery{Season: season, Around: 5}},
		{models.KindStandings, models.StandingsQuery{Season: season, View: models.StandingsWeeks}},
		{models.KindSeasonResults, models.SeasonResultsQuery{Season: season}},
		{models.KindSeasonResults, models.SeasonResultsQuery{Season: season, View: models.SeasonHours}},
		{models.KindSeasonResults, models.SeasonResultsQuery{Season: season, View: models.SeasonWeeks}},
		{models.KindSchedule, models.ScheduleQuery{}},
		{models.KindSchedule, models.ScheduleQuery{View: models.ScheduleSeason, Season: season}},
		{models.KindSchedule, models.ScheduleQuery{View: models.ScheduleGuide}},
		{models.KindSchedule, models.ScheduleQuery{View: models.ScheduleTimeAttack}},
		{models.KindLeaderboard, models.LeaderboardQuery{Car: car, Track: track}},
		{models.KindLeaderboard, models.LeaderboardQuery{Car: car, Track: track, View: models.LeaderboardSummary}},
		{models.KindLeaderboard, models.LeaderboardQuery{Car: car, Track: track, View: models.LeaderboardSpread}},
		{models.KindLeague, models.LeagueQuery{League: league}},
		{models.KindLeague, models.LeagueQuery{League: league, View: models.LeagueRoster}},
		{models.KindLeague, models.LeagueQuery{League: league, View: models.LeagueSessions}},
		{models.KindLeague, models.LeagueQuery{League: league, View: models.LeagueSeasons}},
		{models.KindLeague, models.LeagueQuery{League: league, View: models.LeaguePoints}},
		{models.KindLeague, models.LeagueQuery{View: models.LeagueMine}},
		{models.KindLeague, models.LeagueQuery{View: models.LeagueDirectory}},
		{models.KindTeam, models.TeamQuery{Team: team}},
		{models.KindTeam, models.TeamQuery{View: models.TeamMine}},
		{models.KindLiveSessions, models.LiveSessionsQuery{}},
		{models.KindLiveSessions, models.LiveSessionsQuery{View: models.LiveHosted}},
		{models.KindServiceStatus, models.ServiceStatusQuery{}},
		{models.KindServiceStatus, models.ServiceStatusQuery{View: models.StatusHistory}},
		{models.KindEndpoint, models.EndpointQuery{Path: "/data/car/get"}},
		{models.KindEndpoint, models.EndpointQuery{
			Path: "/data/results/get", Rows: "session_results.results",
			Params: []models.EndpointParam{{Name: "subsession_id", Value: string(sub)}},
		}},
	}
}

// mayBeEmpty are the kinds whose answers depend on the day: between two seasons no race is to come, and none may go on now.
var mayBeEmpty = []models.Kind{models.KindEventLog, models.KindLiveSessions, models.KindSchedule}

// Every kind answers from the fake with nothing but what a user enters, no other driver is named, and asking everything
// again costs no request.
func TestEveryKindFromTheFake(t *testing.T) {
	fake := startFake(t, 120)
	pc := contextOf(t, account(fake, nil))
	queries := raceQueries(t, pc)
	seen := map[models.Kind]bool{}
	var answers []data.Frames
	ask := func(again bool) {
		for i, q := range queries {
			res, err := try(t.Context(), pc, q.kind, q.query)
			body, _ := json.Marshal(q.query)
			name := fmt.Sprintf("%s %s", q.kind, body)
			switch {
			case err != nil || res.Error != nil:
				t.Errorf("%s: %v %v", name, err, res.Error)
				answers = append(answers, nil)
				continue
			case len(res.Frames) == 0:
				t.Errorf("%s has no frame", name)
				answers = append(answers, nil)
				continue
			}
			if again {
				continue
			}
			seen[q.kind] = true
			answers = append(answers, res.Frames)
			frame := res.Frames[0]
			if rows := frame.Rows(); rows == 0 && !slices.Contains(mayBeEmpty, q.kind) {
				t.Errorf("%s has no rows: %v", name, frame.Meta.Notices)
			}
			for _, f := range frame.Fields {
				if f.Config == nil && f.Name != "time" {
					t.Errorf("%s: the field %s has no config", name, f.Name)
				}
			}
			_ = i
		}
	}
	ask(false)
	for _, kind := range []models.Kind{
		models.KindRaceHistory, models.KindRaceResults, models.KindLapChart, models.KindGapChart, models.KindRaceLaps, models.KindPaceRanking,
		models.KindEventLog, models.KindRatingHistory, models.KindIRatingEstimate, models.KindCareer, models.KindPerCar, models.KindPerTrack,
		models.KindHeadToHead, models.KindStandings, models.KindSeasonResults, models.KindSchedule, models.KindLeaderboard, models.KindLeague,
		models.KindTeam, models.KindLiveSessions, models.KindServiceStatus, models.KindEndpoint,
	} {
		if !seen[kind] {
			t.Errorf("the kind %s did not answer", kind)
		}
	}

	// The dashboards again: everything is kept, but for what is of the minute.
	before := fake.Count(iracingtest.API, "")
	ask(true)
	if more := fake.Count(iracingtest.API, "") - before; more > 0 {
		t.Errorf("asking everything again made %d requests to the API:\n%v", more, fake.Requests()[iracingtest.API])
	}

	names := othersNames(t, fake)
	for i, frames := range answers {
		text, err := json.Marshal(frames)
		if err != nil {
			t.Fatal(err)
		}
		for name := range names {
			if bytes.Contains(text, []byte(name)) {
				t.Errorf("%s names the driver %s", queries[i].kind, name)
				break
			}
		}
	}
	m, err := plugin.CollectMetrics(t.Context(), &backend.CollectMetricsRequest{PluginContext: pc})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`iracing_api_requests_total{code="200",endpoint="results_get"}`, `iracing_oauth_logins_total{`, `iracing_cache_requests_total{result="hit"}`,
		`iracing_oauth_token_expiry_timestamp_seconds{token="refresh"}`, "iracing_api_rate_limit_remaining",
	} {
		if !strings.Contains(string(m.PrometheusMetrics), want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if out, err := promtest.Tool(t, ours(string(m.PrometheusMetrics)), "check", "metrics"); err != nil || out != "" {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
	for name := range names {
		if strings.Contains(string(m.PrometheusMetrics)+logged.String(), name) {
			t.Errorf("the metrics or the log name the driver %s", name)
		}
	}
}

// ours are the metrics without those of the SDK and of Go.
func ours(page string) string {
	var b strings.Builder
	for line := range strings.Lines(page) {
		if name := strings.TrimPrefix(strings.TrimPrefix(line, "# HELP "), "# TYPE "); strings.HasPrefix(name, "iracing_") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// othersNames are the names of everybody but the own driver who was in one race.
func othersNames(t *testing.T, fake *iracingtest.Server) map[string]bool {
	t.Helper()
	token := fake.Credentials.NewAccessToken()
	get := func(url string, signed bool) []byte {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if signed {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }() // it was read
		var b bytes.Buffer
		if _, err := b.ReadFrom(res.Body); err != nil || res.StatusCode != http.StatusOK {
			t.Fatal(res.Status, err)
		}
		return b.Bytes()
	}
	follow := func(path string, into any) {
		var link struct {
			Link string `json:"link"`
		}
		if err := json.Unmarshal(get(fake.URL+path, true), &link); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(get(link.Link, false), into); err != nil {
			t.Fatal(err)
		}
	}
	var me struct {
		CustID int64 `json:"cust_id"`
	}
	follow("/data/member/info", &me)
	var recent struct {
		Races []struct {
			Subsession int64 `json:"subsession_id"`
		} `json:"races"`
	}
	follow("/data/stats/member_recent_races", &recent)
	names := map[string]bool{}
	for _, race := range recent.Races {
		var result struct {
			Sessions []struct {
				Results []struct {
					CustID int64  `json:"cust_id"`
					Name   string `json:"display_name"`
				} `json:"results"`
			} `json:"session_results"`
		}
		follow(fmt.Sprintf("/data/results/get?subsession_id=%d", race.Subsession), &result)
		for _, s := range result.Sessions {
			for _, r := range s.Results {
				if r.CustID > 0 && r.CustID != me.CustID {
					names[r.Name] = true
				}
			}
		}
	}
	if len(names) < 10 {
		t.Fatalf("the races name %d drivers", len(names))
	}
	return names
}

// A result that was exported from the member site answers without an account.
func TestImportWithoutAnAccount(t *testing.T) {
	pc := contextOf(t, plugintest.Instance{PluginID: datasource.PluginID, UID: t.Name(), JSONData: models.Settings{}})
	export := `{"type":"event_result","data":{"subsession_id":4711,"session_id":5,"start_time":"2025-03-01T14:00:00Z",
		"end_time":"2025-03-01T15:00:00Z","series_name":"Touring Cup","event_type":5,"license_category_id":5,
		"track":{"track_id":7,"track_name":"Test Ring","config_name":"Short"},
		"session_results":[{"simsession_number":0,"simsession_type":6,"simsession_name":"RACE","results":[
			{"cust_id":11,"display_name":"Some Body","finish_position":0,"laps_complete":10,"best_lap_time":924560,"oldi_rating":2000,"newi_rating":2050},
			{"cust_id":12,"display_name":"Any One","finish_position":1,"laps_complete":10,"interval":15000,"best_lap_time":925560,"oldi_rating":2100,"newi_rating":2070}]}]}}`
	send := func(pc backend.PluginContext, body string) (int, string) {
		t.Helper()
		var status int
		var text []byte
		err := plugin.CallResource(t.Context(), &backend.CallResourceRequest{
			PluginContext: pc, Method: http.MethodPost, Path: "import", URL: "import", Body: []byte(body),
		}, backend.CallResourceResponseSenderFunc(func(r *backend.CallResourceResponse) error {
			status, text = r.Status, append(text, r.Body...)
			return nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		return status, string(text)
	}
	viewer := pc
	viewer.User = &backend.User{Login: "viewer", Role: "Viewer"}
	if status, text := send(viewer, export); status != http.StatusForbidden || !strings.Contains(text, "rights of an editor") {
		t.Errorf("a viewer may import: %d %s", status, text)
	}
	if status, text := send(pc, `{"some":"thing"}`); status != http.StatusBadRequest || !strings.Contains(text, "no result") {
		t.Errorf("something else was imported: %d %s", status, text)
	}
	if status, text := send(pc, export); status != http.StatusOK || !strings.Contains(text, `"subsession":"4711"`) || !strings.Contains(text, "Touring Cup") {
		t.Fatalf("import: %d %s", status, text)
	}
	res, err := try(t.Context(), pc, models.KindRaceResults, models.RaceResultsQuery{})
	if err != nil || res.Error != nil || res.Frames[0].Rows() != 2 {
		t.Fatalf("the newest import does not answer: %v %v %v", err, res.Error, res.Frames)
	}
	text, err := json.Marshal(res.Frames)
	if err != nil || !strings.Contains(string(text), "1:32.456") || strings.Contains(string(text), "Any One") {
		t.Errorf("the classification reads %s", text)
	}
	if list := options(t, pc, "subsessions"); len(list) != 1 || list[0].Value != "4711" {
		t.Errorf("the races to choose from are %+v", list)
	}
	if h := health(t, pc); h.Status != backend.HealthStatusOk || !strings.Contains(h.Message, "1 imported result") {
		t.Errorf("health: %s %q", h.Status, h.Message)
	}
	res, err = try(t.Context(), pc, models.KindLapChart, models.LapChartQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if res.Error == nil || !strings.Contains(res.Error.Error(), "iRacing account") {
		if res.Error != nil || len(res.Frames) == 0 || res.Frames[0].Meta == nil || len(res.Frames[0].Meta.Notices) == 0 {
			t.Errorf("a lap chart without laps says %v", res.Error)
		}
	}
}
