package main

import (
	"encoding/csv"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/parquet-go/parquet-go"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
)

// small is a world of few races, which all tests read.
var small = sync.OnceValue(func() *world.World { return world.New(world.Options{Races: 8}) })

// years is since when the tests collect: all races that they need, and not many more.
const years = "20d"

// setting is what the tests of the binary run against: a fake iRacing and an empty database.
type setting struct {
	fake     *iracingtest.Server
	database string
	env      map[string]string
}

func newSetting(t *testing.T) *setting {
	t.Helper()
	s := &setting{
		fake:     iracingtest.Start(t, iracingtest.Options{World: small(), OneHost: true, PerMinute: -1, TokensPerMinute: -1}),
		database: pgtest.New(t),
	}
	c := s.fake.Credentials
	s.env = map[string]string{
		"DATABASE_URL":      s.database,
		"IRACING_CLIENT_ID": c.ClientID, "IRACING_CLIENT_SECRET": c.ClientSecret,
		"IRACING_USERNAME": c.Username, "IRACING_PASSWORD": c.Password,
		"IRACING_API_URL": s.fake.URL, "IRACING_OAUTH_URL": s.fake.OAuthURL, "IRACING_PUBLIC_URL": s.fake.URL,
		"IRACING_REQUESTS_PER_SECOND": "1000",
		"COLLECTOR_JITTER":            "0s", "LISTEN_ADDR": "127.0.0.1:0",
	}
	return s
}

// with is the environment with changes; an empty value takes a variable away.
func (s *setting) with(changes ...string) map[string]string {
	env := maps.Clone(s.env)
	for i := 0; i < len(changes); i += 2 {
		if env[changes[i]] = changes[i+1]; changes[i+1] == "" {
			delete(env, changes[i])
		}
	}
	return env
}

// count is how many rows a query counts.
func (s *setting) count(t *testing.T, sql string, args ...any) (n int64) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// recordings writes small telemetry files.
func recordings(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	for i := range n {
		ibttest.Drive{Start: time.Now().UTC().Truncate(time.Second).Add(-time.Duration(i+1) * 24 * time.Hour), Laps: []float64{30, 29.5}}.Write(t, dir)
	}
	return dir
}

// A tour of a first day: look, set up, collect, take in what is there, and take it out again.
func TestTour(t *testing.T) {
	s := newSetting(t)
	telemetry := recordings(t, 2)

	collector(t, s.with("TELEMETRY_URL", telemetry), "doctor").want(t, 0,
		"ok    database     PostgreSQL ", "ok    iRacing", "ok    account      Signed in by password as customer ", "The tokens are kept in the database",
		"ok    telemetry    2 files", "-     push         No remote write is set up", "None has run yet")

	collector(t, s.env, "migrate").want(t, 0, "The schema is up to date")

	begin := time.Now()
	collector(t, s.env, "backfill", "--since", years).want(t, 0, "races were collected in", "requests.")
	t.Logf("a back-fill took %s", time.Since(begin).Round(time.Millisecond))
	races := s.count(t, "select count(*) from iracing.v_own_races")
	if races < 1 {
		t.Fatalf("%d races were collected", races)
	}
	asked := s.fake.Count(iracingtest.API, "/data/results/")
	collector(t, s.env, "backfill", "--since", years).want(t, 0, "were there before")
	if now := s.fake.Count(iracingtest.API, "/data/results/get"); now > asked {
		t.Errorf("the second time %d more requests were made for results", now-asked)
	}

	begin = time.Now()
	collector(t, s.with("TELEMETRY_URL", telemetry, "TELEMETRY_SETTLE", "1ns"), "run", "--once").want(t, 0, "A job is done", "All is done")
	t.Logf("a run of all jobs took %s", time.Since(begin).Round(time.Millisecond))
	if n := s.fake.Count(iracingtest.Token, ""); n != 1 {
		t.Errorf("%d sign-ins, though the tokens are kept in the database", n)
	}

	collector(t, s.env, "ingest", telemetry).want(t, 0, "0 of 2 files were taken in, 2 were there before")

	r := collector(t, s.env, "doctor")
	r.want(t, 0, "jobs", "have run; the last success was")

	index := s.count(t, "select count(*) from iracing.library_index")
	collector(t, s.env, "purge", "--driver", "987654321", "--yes").want(t, 0, "Nobody with the customer id 987654321 was in the database")
	if n := s.count(t, "select count(*) from iracing.library_index"); index == 0 || n != index {
		t.Errorf("%d files of %d are left in the index, for nobody", n, index)
	}
	somebody := strconv.FormatInt(s.count(t, "select min(cust_id) from iracing.results join iracing.drivers using (cust_id) where not own"), 10)
	collector(t, s.env, "purge", "--driver", somebody, "--yes").want(t, 0, "Customer "+somebody+" is gone", "results")
	collector(t, s.env, "purge", "--driver", "1").want(t, 2, "add --yes")
}

func TestExport(t *testing.T) {
	s := newSetting(t)
	collector(t, s.env, "backfill", "--since", years).want(t, 0)
	want := s.count(t, "select count(*) from iracing.v_results")

	r := collector(t, s.env, "export", "results")
	rows, err := csv.NewReader(strings.NewReader(r.out)).ReadAll()
	if r.code != 0 || err != nil || int64(len(rows)) != want+1 {
		t.Fatalf("%d lines of CSV for %d rows, %v: %s", len(rows), want, err, r.err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	for _, row := range rows[1:] {
		if n, err := strconv.Atoi(row[column["position"]]); err != nil && row[column["position"]] != "" || err == nil && n < 1 {
			t.Errorf("a position of %q", row[column["position"]])
		}
	}

	dir := filepath.Join(t.TempDir(), "exports")
	collector(t, s.env, "export", "--all", "--format", "parquet", "--output", dir).want(t, 0, filepath.Join(dir, "results.parquet")+": ")
	f, err := os.Open(filepath.Join(dir, "results.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	file, err := parquet.OpenFile(f, st.Size())
	if err != nil || file.NumRows() != want {
		t.Fatalf("%v, %d rows in Parquet, %d in the view", err, file.NumRows(), want)
	}
	var names []string
	for _, c := range file.Root().Columns() {
		names = append(names, c.Name())
	}
	if strings.Join(names, ",") != strings.Join(rows[0], ",") {
		t.Errorf("the columns in Parquet are\n%v, in CSV\n%v", names, rows[0])
	}

	collector(t, s.env, "export", "results", "--to", "1990-01-01", "--format", "parquet", "-o", filepath.Join(dir, "none")).want(t, 0, ": 0 rows")
	collector(t, s.env, "export", "nothing").want(t, 2, "there is no view")
	collector(t, s.env, "export").want(t, 2, "--list")
	collector(t, s.env, "export", "--list").want(t, 0, "v_results: ")
	collector(t, s.env, "export", "results", "laps").want(t, 2, "give --output")
	collector(t, s.env, "export", "results", "--from", "2026-02-01", "--to", "2026-01-01").want(t, 2, "not before")
}

func TestImport(t *testing.T) {
	s := newSetting(t)
	var races int
	dir := t.TempDir()
	var ids []int64
	s.fake.World().Read(time.Now(), func(v *world.View) {
		for _, r := range v.Races(func(*world.Race) bool { return true }) {
			ids = append(ids, r.ID)
		}
	})
	for _, race := range ids {
		if races == 5 {
			break
		}
		raw := s.fake.Export(race)
		if raw == nil {
			continue
		}
		races++
		if err := os.WriteFile(filepath.Join(dir, "eventresult-"+strconv.FormatInt(race, 10)+".json"), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env := map[string]string{"DATABASE_URL": s.database}
	collector(t, env, "import", dir).want(t, 0, strconv.Itoa(races)+" results imported")
	if n := s.count(t, "select count(*) from iracing.v_races"); n < int64(races) {
		t.Errorf("%d races of %d are in the database", n, races)
	}
	if err := os.WriteFile(filepath.Join(dir, "bad.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	collector(t, env, "import", dir).want(t, 1, "bad.json: ")
	collector(t, env, "import", filepath.Join(dir, "none.json")).want(t, 1, "cannot be found")
	collector(t, env, "import").want(t, 2, "name the files")
}
