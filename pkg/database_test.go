package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/proxy"
	"github.com/grafana/grafana-plugin-sdk-go/config"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/hashicorp/go-hclog"
	"github.com/jackc/pgx/v5"
	"github.com/klauspost/compress/zstd"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/plugintest"
)

// replica is a plugin process of its own, as each Grafana has one.
type replica struct {
	*plugintest.Process
	t   *testing.T
	log safeBuffer
}

// startReplica starts a plugin that shares nothing with another but what the settings name.
func startReplica(t *testing.T) *replica {
	t.Helper()
	r := &replica{t: t}
	var err error
	if r.Process, err = plugintest.Start(t.Context(), plugintest.Options{
		Binary: binary, Env: []string{"XDG_CACHE_HOME=" + t.TempDir()},
		Logger: hclog.New(&hclog.LoggerOptions{Output: &r.log, Level: hclog.Trace}),
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Kill)
	return r
}

// must asks one query over the last year, which has to be answered within what somebody at a panel waits.
func (r *replica) must(pc backend.PluginContext, kind models.Kind, q any) *data.Frame {
	r.t.Helper()
	begin := time.Now()
	res, err := r.ask(pc, kind, q)
	body, _ := json.Marshal(q)
	if err != nil || res.Error != nil || len(res.Frames) == 0 {
		r.t.Fatalf("%s %s: %v %v", kind, body, err, res.Error)
	}
	if took := time.Since(begin); took > 30*time.Second { // a timeout of Grafana's
		r.t.Errorf("%s %s took %s", kind, body, took)
	}
	return res.Frames[0]
}

func (r *replica) ask(pc backend.PluginContext, kind models.Kind, q any) (backend.DataResponse, error) {
	return tryOn(r.t.Context(), r, pc, kind, q)
}

func (r *replica) health(pc backend.PluginContext) *backend.CheckHealthResult {
	r.t.Helper()
	res, err := r.CheckHealth(r.t.Context(), &backend.CheckHealthRequest{PluginContext: pc})
	if err != nil {
		r.t.Fatal(err)
	}
	return res
}

// recovers waits until the health check finds nothing wrong.
func (r *replica) recovers(pc backend.PluginContext) {
	r.t.Helper()
	var h *backend.CheckHealthResult
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if h = r.health(pc); h.Status == backend.HealthStatusOk {
			return
		}
	}
	r.t.Fatalf("health: %s %q %s", h.Status, h.Message, h.JSONDetails)
}

// call sends a request to a resource.
func (r *replica) call(pc backend.PluginContext, method, url string, body []byte) (status int, text string) {
	r.t.Helper()
	path, _, _ := strings.Cut(url, "?")
	var all []byte
	err := r.CallResource(r.t.Context(), &backend.CallResourceRequest{
		PluginContext: pc, Method: method, Path: path, URL: url, Body: body,
	}, backend.CallResourceResponseSenderFunc(func(part *backend.CallResourceResponse) error {
		status, all = part.Status, append(all, part.Body...)
		return nil
	}))
	if err != nil {
		r.t.Fatal(err)
	}
	return status, string(all)
}

func (r *replica) metrics(pc backend.PluginContext) string {
	r.t.Helper()
	m, err := r.CollectMetrics(r.t.Context(), &backend.CollectMetricsRequest{PluginContext: pc})
	if err != nil {
		r.t.Fatal(err)
	}
	return string(m.PrometheusMetrics)
}

// Secrets of the database that must not be told.
const (
	databasePassword = "canary-Database-Passw0rd"
	tokenKey         = "canary-Token-Key-1"
)

// inDatabase sets a data source up with a database.
func inDatabase(t *testing.T, dsn string) func(*models.Settings, map[string]string) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return func(s *models.Settings, secrets map[string]string) {
		s.DatabaseHost, s.DatabaseName, s.DatabaseUser = u.Host, strings.TrimPrefix(u.Path, "/"), u.User.Username()
		s.DatabaseTLS = models.DatabaseTLSDisable
		secrets["databasePassword"], secrets["tokenKey"] = databasePassword, tokenKey
		if p, ok := u.User.Password(); ok {
			secrets["databasePassword"] = p
		}
	}
}

// connect is a connection of the test's own.
func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) }) // it read only
	return conn
}

// rows counts what a query yields.
func count(t *testing.T, conn *pgx.Conn, from string, args ...any) (n int) {
	t.Helper()
	if err := conn.QueryRow(t.Context(), "select count(*) from "+from, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", from, err)
	}
	return n
}

// eventually waits for what happens in the background.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: that did not come about", what)
		}
	}
}

// soloRace is the newest race that was driven alone: its subsession, and its row in the race history.
func soloRace(t *testing.T, history *data.Frame) (subsession string, row int) {
	t.Helper()
	for series := field(t, history, "series"); strings.Contains(fmt.Sprint(series.At(row)), "Endurance"); row++ {
	}
	return fmt.Sprint(field(t, history, "subsession").At(row)), row
}

// What is asked for in Grafana is in the tables, and the views tell of it what the panels do.
func TestTheDatabaseGetsWhatIsFetched(t *testing.T) {
	dsn := pgtest.New(t)
	conn := connect(t, dsn)
	fake := startFake(t, 40)
	pc := contextOf(t, account(fake, inDatabase(t, dsn)))
	a := startReplica(t)
	if h := a.health(pc); h.Status != backend.HealthStatusOk || !strings.Contains(h.Message, "The PostgreSQL database") {
		t.Fatalf("health: %s %q", h.Status, h.Message)
	}
	history := a.must(pc, models.KindRaceHistory, models.RaceHistoryQuery{})
	sub, _ := soloRace(t, history)
	results := a.must(pc, models.KindRaceResults, models.RaceResultsQuery{Subsession: models.ID(sub)})
	var keys models.StringList
	for i := range results.Rows() {
		keys = append(keys, fmt.Sprint(field(t, results, "driverKey").At(i)))
	}
	laps := a.must(pc, models.KindRaceLaps, models.RaceLapsQuery{Subsession: models.ID(sub), Drivers: keys})
	a.must(pc, models.KindRatingHistory, models.RatingHistoryQuery{})

	eventually(t, "the results are in the tables", func() bool {
		return count(t, conn, "iracing.results where subsession_id = $1", sub) >= results.Rows() &&
			count(t, conn, "iracing.laps where subsession_id = $1", sub) > 0 && count(t, conn, "iracing.rating_history") > 0
	})
	for _, table := range []string{"answers", "drivers", "cars", "tracks", "subsessions", "results", "laps", "rating_history", "secrets", "tokens"} {
		if count(t, conn, "iracing."+table) == 0 {
			t.Errorf("the table %s is empty", table)
		}
	}

	alike(t, conn, results, `select * from iracing.v_results where subsession_id = $1 and kind = 'race' and main order by position`, sub, map[string]string{
		"driver": "driver", "driver_key": "driverKey", "own": "own", "position": "position", "class_position": "classPosition",
		"car_number": "number", "car": "car", "car_class": "class", "laps": "laps", "laps_led": "lapsLed", "grid": "startPosition",
		"gained": "gained", "best_lap_seconds": "bestLap", "best_lap": "bestLapNumber", "average_lap_seconds": "averageLap",
		"incidents": "incidents", "irating_new": "iratingNew", "irating_change": "iratingChange", "safety_rating": "safetyRating",
		"safety_rating_change": "safetyRatingChange", "sof": "sof", "points": "points", "reason_out": "reasonOut",
	})
	alike(t, conn, laps, `select * from iracing.v_laps where subsession_id = $1 and kind = 'race' and main and lap > 0 order by finish, lap`, sub, map[string]string{
		"lap": "lap", "driver": "driver", "driver_key": "driverKey", "car_number": "number", "took_seconds": "lapTime", "clean": "clean",
		"pit": "pit", "incident": "incident", "position": "position", "gap_seconds": "gap", "since_start_seconds": "since",
	})
	alike(t, conn, history, `select * from iracing.v_own_races where subsession_id = $1 and own`, sub, map[string]string{
		"series": "series", "track": "track", "car": "car", "grid": "startPosition", "position": "finish", "gained": "gained",
		"field": "field", "finish_share": "finishPercentile", "sof": "sof", "laps": "laps", "laps_led": "lapsLed",
		"incidents": "incidents", "points": "points", "irating": "irating", "irating_change": "iratingChange", "official": "official",
		"category": "category", "best_lap_seconds": "bestLap",
	})
	for name := range othersNames(t, fake) {
		if n := count(t, conn, "iracing.v_results where driver = $1", name); n > 0 {
			t.Errorf("the view names the driver %s", name)
		}
	}
}

// alike compares what a view tells of a race with a frame: the columns of the map with the fields of those names. Of a frame
// with a field subsession the rows of that race are looked at.
func alike(t *testing.T, conn *pgx.Conn, f *data.Frame, sql, subsession string, columns map[string]string) {
	t.Helper()
	rows, err := conn.Query(t.Context(), sql, subsession)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToMap)
	if err != nil {
		t.Fatal(err)
	}
	var at []int
	for i := range f.Rows() {
		if id, column := f.FieldByName("subsession"); column < 0 || fmt.Sprint(id.At(i)) == subsession {
			at = append(at, i)
		}
	}
	if len(list) != len(at) || len(at) == 0 {
		t.Errorf("%s: the view has %d rows, the panel %d", f.Name, len(list), len(at))
		return
	}
	for column, name := range columns {
		field := field(t, f, name)
		for i, row := range list {
			if told, shown := plain(row[column]), plain(field.At(at[i])); !equal(told, shown) {
				t.Errorf("%s, row %d: %s is %v in the view, and %s is %v in the panel", f.Name, i, column, told, name, shown)
				break
			}
		}
	}
}

// plain is a value as a text, a truth or a number; nil for none.
func plain(v any) any {
	if r := reflect.ValueOf(v); r.Kind() == reflect.Pointer {
		if r.IsNil() {
			return nil
		}
		v = r.Elem().Interface()
	}
	switch r := reflect.ValueOf(v); {
	case v == nil || v == "":
		return nil
	case r.CanInt():
		return float64(r.Int())
	case r.CanFloat():
		if math.IsNaN(r.Float()) {
			return nil
		}
		return r.Float()
	}
	return v
}

func equal(a, b any) bool {
	x, ok1 := a.(float64)
	y, ok2 := b.(float64)
	if ok1 && ok2 {
		return math.Abs(x-y) < 0.00051 // panels round shares and times to three decimals
	}
	return a == b
}

// Two Grafanas with one database: the second asks iRacing for nothing that the first has, signs in with the first one's
// tokens, and calls everybody the same.
func TestReplicasShareADatabase(t *testing.T) {
	dsn := pgtest.New(t)
	fake := startFake(t, 40)
	pc := contextOf(t, account(fake, inDatabase(t, dsn)))
	a, b := startReplica(t), startReplica(t)
	history := a.must(pc, models.KindRaceHistory, models.RaceHistoryQuery{})
	sub, _ := soloRace(t, history)
	asked := []struct {
		kind  models.Kind
		query any
	}{
		{models.KindRaceHistory, models.RaceHistoryQuery{}},
		{models.KindRaceResults, models.RaceResultsQuery{Subsession: models.ID(sub)}},
		{models.KindLapChart, models.LapChartQuery{Subsession: models.ID(sub)}},
		{models.KindRatingHistory, models.RatingHistoryQuery{}},
		{models.KindEventLog, models.EventLogQuery{Subsession: models.ID(sub)}},
	}
	first := make([][]byte, len(asked))
	for i, q := range asked {
		first[i] = content(t, a.must(pc, q.kind, q.query))
	}
	api, token := fake.Count(iracingtest.API, ""), fake.Count(iracingtest.Token, "")
	for i, q := range asked {
		if second := content(t, b.must(pc, q.kind, q.query)); !bytes.Equal(first[i], second) {
			t.Errorf("%s differs between the two: %s\n%s", q.kind, first[i], second)
		}
	}
	if h := b.health(pc); h.Status != backend.HealthStatusOk {
		t.Errorf("health of the second: %q", h.Message)
	}
	// The health check asks iRacing once, with the first one's access token.
	if n := fake.Count(iracingtest.API, "") - api; n > 1 {
		t.Errorf("the second asked iRacing %d times: %v", n, fake.Requests()[iracingtest.API])
	}
	if n := fake.Count(iracingtest.Token, "") - token; n > 0 {
		t.Errorf("the second signed in %d times", n)
	}
}

// content is what a frame holds, without how long it took.
func content(t *testing.T, f *data.Frame) []byte {
	t.Helper()
	b, err := data.FrameToJSON(f, data.IncludeDataOnly)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A refresh token serves once. With the database several processes live on one, one after the other and at once.
func TestReplicasShareARefreshToken(t *testing.T) {
	dsn := pgtest.New(t)
	// Access tokens live shortly, so that each process has to renew them.
	fake := iracingtest.Start(t, iracingtest.Options{OneHost: true, PerMinute: -1, TokensPerMinute: -1, Races: 10, AccessLife: time.Second})
	pc := contextOf(t, account(fake, func(s *models.Settings, secrets map[string]string) {
		inDatabase(t, dsn)(s, secrets)
		s.SignIn, s.Username = models.SignInRefresh, ""
		delete(secrets, "password")
		secrets["refreshToken"] = fake.Credentials.NewRefreshToken()
	}))
	both := []*replica{startReplica(t), startReplica(t)}
	for range 3 {
		var wait sync.WaitGroup
		for i, r := range both {
			wait.Go(func() {
				res, err := r.CheckHealth(t.Context(), &backend.CheckHealthRequest{PluginContext: pc})
				if err != nil || res.Status != backend.HealthStatusOk {
					t.Errorf("process %d: %v %v", i, res, err)
				}
			})
		}
		wait.Wait()
		time.Sleep(1100 * time.Millisecond)
	}
	late := startReplica(t)
	if h := late.health(pc); h.Status != backend.HealthStatusOk {
		t.Errorf("a process that was started later: %q", h.Message)
	}
}

// A data source that gets a database takes its sign-in along: the pasted refresh token was used long ago.
func TestARefreshTokenMovesIntoTheDatabase(t *testing.T) {
	dsn := pgtest.New(t)
	fake := iracingtest.Start(t, iracingtest.Options{OneHost: true, PerMinute: -1, TokensPerMinute: -1, Races: 10, AccessLife: time.Second})
	pasted := fake.Credentials.NewRefreshToken()
	set := func(more func(*models.Settings, map[string]string)) backend.PluginContext {
		return contextOf(t, account(fake, func(s *models.Settings, secrets map[string]string) {
			s.SignIn, s.Username = models.SignInRefresh, ""
			delete(secrets, "password")
			secrets["refreshToken"] = pasted
			if more != nil {
				more(s, secrets)
			}
		}))
	}
	a := startReplica(t)
	if h := a.health(set(nil)); h.Status != backend.HealthStatusOk {
		t.Fatalf("without a database: %q", h.Message)
	}
	time.Sleep(1100 * time.Millisecond)
	with := set(inDatabase(t, dsn))
	if h := a.health(with); h.Status != backend.HealthStatusOk {
		t.Fatalf("with a database: %q", h.Message)
	}
	time.Sleep(1100 * time.Millisecond)
	if h := startReplica(t).health(with); h.Status != backend.HealthStatusOk {
		t.Errorf("in another Grafana: %q", h.Message)
	}
}

// A database in a private network is reached through Grafana's secure proxy.
func TestTheDatabaseBehindAProxy(t *testing.T) {
	dsn := pgtest.New(t)
	settings, secrets := models.Settings{}, map[string]string{}
	inDatabase(t, dsn)(&settings, secrets)
	_, port, _ := strings.Cut(settings.DatabaseHost, ":")
	settings.DatabaseHost = "database.private:" + port // a name that the proxy alone knows
	raw, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan string, 100)
	address := socks(t, func(host string) string {
		asked <- host
		return "127.0.0.1"
	})
	pc := contextOf(t, plugintest.Instance{
		PluginID: datasource.PluginID, UID: t.Name(), SecureJSONData: secrets,
		JSONData: json.RawMessage(strings.Replace(string(raw), "{", `{"enableSecureSocksProxy":true,`, 1)),
	})
	pc.GrafanaConfig = config.NewGrafanaCfg(map[string]string{
		proxy.PluginSecureSocksProxyEnabled: "true", proxy.PluginSecureSocksProxyProxyAddress: address,
		proxy.PluginSecureSocksProxyAllowInsecure: "true", proxy.PluginSecureSocksProxyServerName: "proxy",
	})
	if h := health(t, pc); h.Status != backend.HealthStatusOk {
		t.Errorf("health: %q", h.Message)
	}
	select {
	case host := <-asked:
		if host != "database.private" {
			t.Errorf("the proxy was asked for %s", host)
		}
	default:
		t.Error("the proxy was not asked")
	}
}

// socks is a SOCKS5 proxy that finds hosts by itself.
func socks(t *testing.T, find func(host string) string) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); wait.Wait() })
	wait.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			context.AfterFunc(t.Context(), func() { _ = conn.Close() })
			wait.Go(func() {
				defer func() { _ = conn.Close() }()
				read := func(n int) []byte {
					b := make([]byte, n)
					_, _ = io.ReadFull(conn, b) // what is missing is 0 and makes no connection
					return b
				}
				read(int(read(2)[1])) // the ways to sign in
				_, _ = conn.Write([]byte{5, 0})
				if read(4)[3] != 3 {
					return // it wants a name
				}
				host := string(read(int(read(1)[0])))
				high, low := read(1)[0], read(1)[0]
				up, err := net.Dial("tcp", net.JoinHostPort(find(host), strconv.Itoa(int(high)<<8|int(low))))
				if err != nil {
					return
				}
				defer func() { _ = up.Close() }()
				_, _ = conn.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
				wait.Go(func() {
					_, _ = io.Copy(up, conn)
					_ = up.Close()
				})
				_, _ = io.Copy(conn, up)
			})
		}
	})
	return l.Addr().String()
}

// With a database that is down from the start, everything answers as without one, and soon. When it is up, what was
// fetched meanwhile is kept.
func TestTheDatabaseIsDownAtFirst(t *testing.T) {
	server := pgtest.Start(t)
	server.StopServer(t)
	fake := startFake(t, 20)
	pc := contextOf(t, account(fake, inDatabase(t, server.URL)))
	a := startReplica(t)
	begin := time.Now()
	history := a.must(pc, models.KindRaceHistory, models.RaceHistoryQuery{})
	sub, _ := soloRace(t, history)
	a.must(pc, models.KindRaceResults, models.RaceResultsQuery{Subsession: models.ID(sub)})
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("a few queries took %s", took)
	}
	h := a.health(pc)
	if h.Status != backend.HealthStatusError || !strings.Contains(h.Message, "PostgreSQL database cannot be reached") ||
		!strings.Contains(h.Message, "Panels answer without it") || !strings.Contains(h.Message, "Signed in to iRacing") {
		t.Errorf("health: %s %q", h.Status, h.Message)
	}
	server.StartServer(t)
	a.recovers(pc)
	conn := connect(t, server.URL)
	eventually(t, "what was fetched while it was down is in the cache", func() bool {
		return count(t, conn, "iracing.answers where request like '%results/get%subsession_id=' || $1 || '%'", sub) == 1
	})
	// A dashboard asks again and again.
	eventually(t, "the facts of what is asked again are in the tables", func() bool {
		a.must(pc, models.KindRaceResults, models.RaceResultsQuery{Subsession: models.ID(sub)})
		return count(t, conn, "iracing.results where subsession_id = $1", sub) > 0
	})
}

// A database that dies in mid-use is missed by nobody at a panel, and used again when it is back.
func TestTheDatabaseDiesAndComesBack(t *testing.T) {
	server := pgtest.Start(t)
	// Access tokens live shortly: the sign-in by password has to do without the tokens in the database.
	fake := iracingtest.Start(t, iracingtest.Options{OneHost: true, PerMinute: -1, TokensPerMinute: -1, Races: 20, AccessLife: 2 * time.Second})
	pc := contextOf(t, account(fake, inDatabase(t, server.URL)))
	a := startReplica(t)
	history := a.must(pc, models.KindRaceHistory, models.RaceHistoryQuery{})
	sub, row := soloRace(t, history)
	before := content(t, a.must(pc, models.KindRaceResults, models.RaceResultsQuery{Subsession: models.ID(sub)}))
	server.StopServer(t)

	if after := content(t, a.must(pc, models.KindRaceResults, models.RaceResultsQuery{Subsession: models.ID(sub)})); !bytes.Equal(before, after) {
		t.Errorf("the same race reads differently without the database:\n%s\n%s", before, after)
	}
	other := fmt.Sprint(field(t, history, "subsession").At(row + 1))
	a.must(pc, models.KindRaceResults, models.RaceResultsQuery{Subsession: models.ID(other)})
	time.Sleep(2 * time.Second)
	if h := a.health(pc); h.Status != backend.HealthStatusError || !strings.Contains(h.Message, "PostgreSQL") || !strings.Contains(h.Message, "Signed in to iRacing") {
		t.Errorf("health: %s %q", h.Status, h.Message)
	}
	if m := a.metrics(pc); !strings.Contains(m, "iracing_store_up 0") {
		t.Error("the metrics do not tell that the database is down")
	}

	server.StartServer(t)
	a.recovers(pc)
	if m := a.metrics(pc); !strings.Contains(m, "iracing_store_up 1") {
		t.Error("the metrics do not tell that the database is up")
	}
	conn := connect(t, server.URL)
	// A dashboard asks again and again.
	eventually(t, "both races are in the tables", func() bool {
		a.must(pc, models.KindRaceResults, models.RaceResultsQuery{Subsession: models.ID(sub)})
		a.must(pc, models.KindRaceResults, models.RaceResultsQuery{Subsession: models.ID(other)})
		return count(t, conn, "iracing.results where subsession_id = $1", sub) > 0 && count(t, conn, "iracing.results where subsession_id = $1", other) > 0
	})
}

// A database that takes no changes serves what it has.
func TestTheDatabaseIsReadOnly(t *testing.T) {
	server := pgtest.Start(t)
	fake := startFake(t, 20)
	pc := contextOf(t, account(fake, inDatabase(t, server.URL)))
	history := startReplica(t).must(pc, models.KindRaceHistory, models.RaceHistoryQuery{})
	sub, row := soloRace(t, history)
	first := startReplica(t)
	before := content(t, first.must(pc, models.KindRaceResults, models.RaceResultsQuery{Subsession: models.ID(sub)}))
	eventually(t, "the answer is kept", func() bool {
		return count(t, connect(t, server.URL), "iracing.answers where request like '%results/get%subsession_id=' || $1 || '%'", sub) == 1
	})
	server.Exec(t, "alter system set default_transaction_read_only = on")
	server.Exec(t, "select pg_reload_conf()")
	b := startReplica(t)
	api := fake.Count(iracingtest.API, "")
	if after := content(t, b.must(pc, models.KindRaceResults, models.RaceResultsQuery{Subsession: models.ID(sub)})); !bytes.Equal(before, after) {
		t.Errorf("the race reads differently:\n%s\n%s", before, after)
	}
	if n := fake.Count(iracingtest.API, "") - api; n > 1 {
		t.Errorf("iRacing was asked %d times for what the database has", n)
	}
	other := fmt.Sprint(field(t, history, "subsession").At(row + 1))
	b.must(pc, models.KindRaceResults, models.RaceResultsQuery{Subsession: models.ID(other)})
	h := b.health(pc)
	if h.Status != backend.HealthStatusError || !strings.Contains(h.Message, "takes no changes") || !strings.Contains(h.Message, "Signed in to iRacing") {
		t.Errorf("health: %s %q", h.Status, h.Message)
	}
}

// The health check tells apart what can be wrong with the database, without its password.
func TestHealthOfADatabase(t *testing.T) {
	dsn := pgtest.New(t)
	set := inDatabase(t, dsn)
	for _, c := range []struct {
		name   string
		change func(*models.Settings)
		ok     bool
		want   string
	}{
		{name: "it works", ok: true, want: "The PostgreSQL database "},
		{name: "no such database", want: "refuses", change: func(s *models.Settings) { s.DatabaseName = "nowhere" }},
		{name: "nobody there", want: "cannot be reached", change: func(s *models.Settings) { s.DatabaseHost = "127.0.0.1:1" }},
		{name: "no port", want: "no port", change: func(s *models.Settings) { s.DatabaseHost = "127.0.0.1:many" }},
		{name: "no TLS", want: "cannot be secured", change: func(s *models.Settings) { s.DatabaseTLS = models.DatabaseTLSVerifyFull }},
		{name: "no TLS where nothing is chosen", want: "cannot be secured", change: func(s *models.Settings) { s.DatabaseTLS = "" }},
		{name: "no TLS mode", want: "no TLS mode", change: func(s *models.Settings) { s.DatabaseTLS = "some" }},
		{name: "no certificate", want: "no PEM text", change: func(s *models.Settings) {
			s.DatabaseTLS, s.DatabaseCA = models.DatabaseTLSVerifyCA, "certificate"
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			settings, secrets := models.Settings{}, map[string]string{}
			set(&settings, secrets)
			if c.change != nil {
				c.change(&settings)
			}
			res := health(t, contextOf(t, plugintest.Instance{
				PluginID: datasource.PluginID, UID: t.Name(), JSONData: settings, SecureJSONData: secrets,
			}))
			if (res.Status == backend.HealthStatusOk) != c.ok || !strings.Contains(res.Message, c.want) {
				t.Errorf("%s: %q; want %q", res.Status, res.Message, c.want)
			}
			for _, secret := range secrets {
				if strings.Contains(res.Message+string(res.JSONDetails)+logged.String(), secret) {
					t.Errorf("the message or the log tells a secret: %q", res.Message)
				}
			}
		})
	}
}

// uploads is a data source that takes uploads of at most 1 MiB, and 2 MiB together.
func uploads(t *testing.T, dsn string) backend.PluginContext {
	t.Helper()
	settings, secrets := models.Settings{Uploads: true, UploadFileMB: 1, UploadTotalMB: 2}, map[string]string{}
	inDatabase(t, dsn)(&settings, secrets)
	return contextOf(t, plugintest.Instance{PluginID: datasource.PluginID, UID: t.Name(), JSONData: settings, SecureJSONData: secrets})
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// announcement is the request that begins an upload.
func announcement(t *testing.T, name string, content []byte) []byte {
	t.Helper()
	b, err := json.Marshal(models.NewUpload{Name: name, Size: int64(len(content)), SHA256: sum(content)})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// recording is a telemetry file's content.
func recording(t *testing.T, d ibttest.Drive) []byte {
	t.Helper()
	dir := t.TempDir()
	d.Write(t, dir)
	files, err := filepath.Glob(filepath.Join(dir, "*.ibt"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A file is uploaded in parts, goes on after a break, in another Grafana too, and is then a session of both.
func TestUploads(t *testing.T) {
	dsn := pgtest.New(t)
	pc := uploads(t, dsn)
	viewer := pc
	viewer.User = &backend.User{Login: "viewer", Role: "Viewer"}
	a, b := startReplica(t), startReplica(t)
	file := recording(t, ibttest.Drive{Laps: []float64{25.5, 24.25}})
	begin := announcement(t, "first.ibt", file)
	state := func(status int, text string) (u models.Upload) {
		t.Helper()
		if err := json.Unmarshal([]byte(text), &u); err != nil || status != http.StatusOK {
			t.Fatalf("status %d: %s", status, text)
		}
		return u
	}
	if h := a.health(pc); h.Status != backend.HealthStatusOk || !strings.Contains(h.Message, "No telemetry was uploaded yet") {
		t.Errorf("health: %s %q", h.Status, h.Message)
	}
	u := state(a.call(pc, http.MethodPost, "uploads", begin))
	half := len(file) / 2
	part := func(offset int) string { return fmt.Sprintf("uploads/%s?offset=%d", u.ID, offset) }
	if u = state(a.call(pc, http.MethodPut, part(0), file[:half])); u.Received != int64(half) || u.Done {
		t.Errorf("after the first part: %+v", u)
	}
	if u = state(a.call(pc, http.MethodPut, part(0), file[:half])); u.Received != int64(half) {
		t.Errorf("the first part again: %+v", u)
	}
	if status, text := a.call(pc, http.MethodPut, part(half+1), file[half+1:]); status != http.StatusConflict {
		t.Errorf("a part after a gap: %d %s", status, text)
	}
	a.Kill()
	if again := state(b.call(pc, http.MethodPost, "uploads", begin)); again.ID != u.ID || again.Received != int64(half) {
		t.Errorf("the upload goes on at %+v", again)
	}
	var list []models.Upload
	if _, text := b.call(pc, http.MethodGet, "uploads", nil); json.Unmarshal([]byte(text), &list) != nil || len(list) != 1 || list[0].Done {
		t.Errorf("the uploads are %s", text)
	}
	if u = state(b.call(pc, http.MethodPut, part(half), file[half:])); !u.Done {
		t.Errorf("after the last part: %+v", u)
	}
	if u := state(b.call(pc, http.MethodPost, "uploads", begin)); !u.Done {
		t.Errorf("the same file again: %+v", u)
	}

	c := startReplica(t)
	for name, r := range map[string]*replica{"second": b, "third": c} {
		sessions := r.must(pc, models.KindSessions, struct{}{})
		if sessions.Rows() != 1 || field(t, sessions, "car").At(0) != "Test Car" {
			t.Errorf("the %s Grafana lists %d sessions", name, sessions.Rows())
		}
		trace := r.must(pc, models.KindTrace, models.TraceQuery{Channels: models.StringList{"Speed"}})
		if trace.Rows() < 900 {
			t.Errorf("the %s Grafana's trace has %d rows", name, trace.Rows())
		}
	}
	if h := b.health(pc); h.Status != backend.HealthStatusOk || !strings.Contains(h.Message, "1 telemetry session in") {
		t.Errorf("health: %s %q", h.Status, h.Message)
	}

	wrong := slices.Clone(file)
	wrong[len(wrong)-1] ^= 1
	text := bytes.Repeat([]byte("no telemetry "), 1000)
	for _, c := range []struct {
		name   string
		pc     backend.PluginContext
		method string
		url    string
		body   []byte
		status int
		want   string
	}{
		{"a viewer", viewer, http.MethodPost, "uploads", begin, http.StatusForbidden, "rights of an editor"},
		{"a viewer's part", viewer, http.MethodPut, part(0), file[:10], http.StatusForbidden, "rights of an editor"},
		{"a viewer's list", viewer, http.MethodGet, "uploads", nil, http.StatusForbidden, "rights of an editor"},
		{"a viewer deletes", viewer, http.MethodDelete, "uploads/" + u.ID, nil, http.StatusForbidden, "rights of an editor"},
		{"no JSON", pc, http.MethodPost, "uploads", []byte("{"), http.StatusBadRequest, "cannot be read"},
		{"no sum", pc, http.MethodPost, "uploads", []byte(`{"name":"a.ibt","size":10}`), http.StatusBadRequest, "hexadecimal"},
		{"no file", pc, http.MethodPost, "uploads", announcement(t, "a.ibt", nil), http.StatusBadRequest, ""},
		{"a path", pc, http.MethodPost, "uploads", announcement(t, "../a.ibt", file), http.StatusBadRequest, ""},
		{"too large", pc, http.MethodPost, "uploads", announcement(t, "a.ibt", make([]byte, 1<<20+1)), http.StatusRequestEntityTooLarge, ""},
		{"no offset", pc, http.MethodPut, "uploads/" + u.ID, file[:10], http.StatusBadRequest, "offset"},
		{"a part that is too large", pc, http.MethodPut, part(0), make([]byte, 4<<20+1), http.StatusRequestEntityTooLarge, ""},
		{"no such upload", pc, http.MethodPut, "uploads/none?offset=0", file[:10], http.StatusNotFound, "no such upload"},
		{"no such file", pc, http.MethodDelete, "uploads/none", nil, http.StatusNotFound, "no such upload"},
	} {
		if status, text := b.call(c.pc, c.method, c.url, c.body); status != c.status || !strings.Contains(text, c.want) || !strings.Contains(text, `"message"`) {
			t.Errorf("%s: %d %s, want %d %q", c.name, status, text, c.status, c.want)
		}
	}
	for name, content := range map[string][]byte{"wrong.ibt": file, "text.ibt": text} {
		u := state(b.call(pc, http.MethodPost, "uploads", announcement(t, name, content)))
		if name == "wrong.ibt" {
			content = wrong
		}
		if status, text := b.call(pc, http.MethodPut, "uploads/"+u.ID+"?offset=0", content); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", name, status, text)
		}
		if status, _ := b.call(pc, http.MethodPut, "uploads/"+u.ID+"?offset=0", content); status != http.StatusNotFound {
			t.Errorf("%s is not dropped: %d", name, status)
		}
	}
	if status, text := b.call(pc, http.MethodDelete, "uploads/"+u.ID, nil); status != http.StatusOK {
		t.Errorf("deleting: %d %s", status, text)
	}
	eventually(t, "the deleted file is no session any more", func() bool {
		return b.must(pc, models.KindSessions, struct{}{}).Rows() == 0
	})
}

// Uploads that are turned off, or have nowhere to go, say so. A folder and the database together are one library.
func TestUploadsNeedASettingAndADatabase(t *testing.T) {
	dsn := pgtest.New(t)
	dir := t.TempDir()
	ibttest.Drive{Car: "Folder Car"}.Write(t, dir)
	a := startReplica(t)
	file := recording(t, ibttest.Drive{Car: "Upload Car", Start: time.Date(2025, 4, 1, 12, 0, 0, 0, time.UTC)})
	for _, c := range []struct {
		settings models.Settings
		database bool
		want     string
	}{
		{models.Settings{TelemetryURL: dir}, true, "not turned on"},
		{models.Settings{TelemetryURL: dir, Uploads: true}, false, "kept in a database"},
		{models.Settings{TelemetryURL: dir, Uploads: true}, true, ""},
		{models.Settings{TelemetryURL: filepath.Join(dir, "missing"), Uploads: true}, true, ""},
	} {
		secrets := map[string]string{}
		if c.database {
			inDatabase(t, dsn)(&c.settings, secrets)
		}
		pc := contextOf(t, plugintest.Instance{PluginID: datasource.PluginID, UID: t.Name(), JSONData: c.settings, SecureJSONData: secrets})
		status, text := a.call(pc, http.MethodPost, "uploads", announcement(t, "upload.ibt", file))
		if c.want != "" {
			if status != http.StatusMethodNotAllowed || !strings.Contains(text, c.want) {
				t.Errorf("%+v: %d %s", c.settings, status, text)
			}
			continue
		}
		var u models.Upload
		if err := json.Unmarshal([]byte(text), &u); err != nil || status != http.StatusOK {
			t.Fatalf("status %d: %s", status, text)
		}
		if !u.Done {
			if status, text := a.call(pc, http.MethodPut, "uploads/"+u.ID+"?offset=0", file); status != http.StatusOK {
				t.Fatalf("status %d: %s", status, text)
			}
		}
		sessions := a.must(pc, models.KindSessions, struct{}{})
		cars := fmt.Sprint(field(t, sessions, "car").At(0))
		if sessions.Rows() == 2 {
			cars += ", " + fmt.Sprint(field(t, sessions, "car").At(1))
		}
		want := "Upload Car, Folder Car"
		if strings.HasSuffix(c.settings.TelemetryURL, "missing") {
			want = "Upload Car"
		}
		if cars != want {
			t.Errorf("with %s the library has %s", c.settings.TelemetryURL, cars)
		}
	}
}

// What sends a folder to a Grafana elsewhere gets on with what the plugin answers.
func TestTheUploaderFillsAGrafana(t *testing.T) {
	dsn := pgtest.New(t)
	dir := t.TempDir()
	for day := range 3 {
		ibttest.Drive{Start: time.Date(2025, 4, 1+day, 12, 0, 0, 0, time.UTC)}.Write(t, dir)
	}
	a := startReplica(t)
	pc := uploads(t, dsn)
	grafana := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		url, ok := strings.CutPrefix(r.URL.RequestURI(), "/api/datasources/uid/abc/resources/")
		if !ok || r.Header.Get("Authorization") != "Bearer canary-Service-Account" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		status, text := a.call(pc, r.Method, url, body)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}))
	defer grafana.Close()
	to, err := library.ToGrafana(library.Grafana{URL: grafana.URL, UID: "abc", Token: "canary-Service-Account"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = to.Close() }() // it was read
	from, err := library.OpenURL(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = from.Close() }() // it was read
	for i, want := range []library.UploadSummary{{Sent: 3}, {There: 3}} {
		got, err := library.NewUploader(to, library.UploaderOptions{}).Upload(t.Context(), from)
		if err != nil || got.Sent != want.Sent || got.There != want.There || got.Failed != 0 {
			t.Errorf("upload %d: %+v, %v", i, got, err)
		}
	}
	if n := a.must(pc, models.KindSessions, struct{}{}).Rows(); n != 3 {
		t.Errorf("the Grafana lists %d sessions", n)
	}
}

// A result that was imported in one Grafana is there in the other, and in the tables.
func TestReplicasShareImports(t *testing.T) {
	dsn := pgtest.New(t)
	fake := startFake(t, 10)
	settings, secrets := models.Settings{}, map[string]string{}
	inDatabase(t, dsn)(&settings, secrets)
	pc := contextOf(t, plugintest.Instance{PluginID: datasource.PluginID, UID: t.Name(), JSONData: settings, SecureJSONData: secrets})
	a, b := startReplica(t), startReplica(t)
	sub, _ := soloRace(t, startReplica(t).must(contextOf(t, account(fake, nil)), models.KindRaceHistory, models.RaceHistoryQuery{}))
	var id int64
	if _, err := fmt.Sscan(sub, &id); err != nil {
		t.Fatal(err)
	}
	export := fake.Export(id)
	if status, text := a.call(pc, http.MethodPost, "import", export); status != http.StatusOK {
		t.Fatalf("import: %d %s", status, text)
	}
	want := content(t, a.must(pc, models.KindRaceResults, models.RaceResultsQuery{}))
	if got := content(t, b.must(pc, models.KindRaceResults, models.RaceResultsQuery{})); !bytes.Equal(got, want) {
		t.Errorf("the race reads differently in the other Grafana:\n%s\n%s", want, got)
	}
	if h := b.health(pc); h.Status != backend.HealthStatusOk || !strings.Contains(h.Message, "1 imported result") {
		t.Errorf("health: %s %q", h.Status, h.Message)
	}
	conn := connect(t, dsn)
	if n := count(t, conn, "iracing.results where subsession_id = $1", sub); n == 0 {
		t.Error("the imported race is not in the tables")
	}
}

// No secret is in what the plugin logs, says, measures or keeps.
func TestNoSecretIsTold(t *testing.T) {
	dsn := pgtest.New(t)
	fake := startFake(t, 20)
	// Between the plugin and the OAuth service stands who notes the tokens that are handed out.
	var mu sync.Mutex
	var tokens []string
	back, err := url.Parse(fake.URL)
	if err != nil {
		t.Fatal(err)
	}
	between := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(back) },
		ModifyResponse: func(res *http.Response) error {
			body, err := io.ReadAll(res.Body)
			if err != nil {
				return err
			}
			var pair struct {
				Access  string `json:"access_token"`
				Refresh string `json:"refresh_token"`
			}
			if json.Unmarshal(body, &pair) == nil && pair.Access != "" {
				mu.Lock()
				tokens = append(tokens, pair.Access, pair.Refresh)
				mu.Unlock()
			}
			res.Body = io.NopCloser(bytes.NewReader(body))
			return nil
		},
	})
	defer between.Close()
	pc := contextOf(t, account(fake, func(s *models.Settings, secrets map[string]string) {
		inDatabase(t, dsn)(s, secrets)
		s.OAuthURL = between.URL + strings.TrimPrefix(fake.OAuthURL, fake.URL)
		s.Uploads = true
	}))
	a := startReplica(t)
	var said strings.Builder
	say := func(h *backend.CheckHealthResult) { said.WriteString(h.Message + string(h.JSONDetails)) }
	say(a.health(pc))
	history := a.must(pc, models.KindRaceHistory, models.RaceHistoryQuery{})
	sub, _ := soloRace(t, history)
	a.must(pc, models.KindRaceResults, models.RaceResultsQuery{Subsession: models.ID(sub)})
	a.must(pc, models.KindLapChart, models.LapChartQuery{Subsession: models.ID(sub)})
	conn := connect(t, dsn)
	eventually(t, "the facts are kept", func() bool { return count(t, conn, "iracing.laps") > 0 })
	// And where it fails.
	for _, change := range []func(*models.Settings){
		func(s *models.Settings) { s.DatabaseHost = "127.0.0.1:1" },
		func(s *models.Settings) { s.DatabaseName = "nowhere" },
		func(s *models.Settings) { s.DatabaseTLS = models.DatabaseTLSRequire },
		func(s *models.Settings) { s.DatabaseUser = "nobody" },
	} {
		broken := contextOf(t, account(fake, func(s *models.Settings, secrets map[string]string) {
			inDatabase(t, dsn)(s, secrets)
			change(s)
			s.Uploads = true
		}))
		say(a.health(broken))
		_, text := a.call(broken, http.MethodGet, "uploads", nil)
		said.WriteString(text)
	}
	say(a.health(pc))
	said.WriteString(a.log.String())
	said.WriteString(a.metrics(pc))
	tables := dump(t, conn)

	mu.Lock()
	defer mu.Unlock()
	if len(tokens) == 0 {
		t.Fatal("no token was noted")
	}
	secrets := append(slices.Clone(tokens),
		fake.Credentials.ClientSecret, fake.Credentials.Password, databasePassword, tokenKey)
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		if strings.Contains(said.String(), secret) {
			t.Errorf("the log, an answer or a metric tells %.12q…", secret)
		}
		for table, text := range tables {
			if strings.Contains(text, secret) || strings.Contains(text, hex.EncodeToString([]byte(secret))) {
				t.Errorf("the table %s holds %.12q…", table, secret)
			}
		}
	}
	if strings.Contains(said.String(), fake.Credentials.Username) {
		t.Error("the log, an answer or a metric tells the account's address")
	}
	for name := range othersNames(t, fake) {
		if strings.Contains(said.String(), name) {
			t.Errorf("the log, an answer or a metric names %s", name)
		}
	}
}

// dump is the content of all tables as text, bytes in hexadecimal digits and, where they are compressed, as they were.
func dump(t *testing.T, conn *pgx.Conn) map[string]string {
	t.Helper()
	rows, err := conn.Query(t.Context(), "select tablename from pg_tables where schemaname = 'iracing'")
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(names) < 10 {
		t.Fatal(names, err)
	}
	zip, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer zip.Close()
	tables := map[string]string{}
	for _, name := range names {
		rows, err := conn.Query(t.Context(), fmt.Sprintf("select x::text from iracing.%q x", name))
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		tables[name] = strings.Join(lines, "\n")
	}
	rows, err = conn.Query(t.Context(), "select body from iracing.answers")
	if err != nil {
		t.Fatal(err)
	}
	bodies, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil || len(bodies) == 0 {
		t.Fatal(len(bodies), err)
	}
	plain := 0
	for _, body := range bodies {
		if text, err := zip.DecodeAll(body, nil); err == nil {
			tables["answers"] += string(text)
			plain++
		}
	}
	if plain == 0 {
		t.Error("no answer could be decompressed")
	}
	return tables
}
