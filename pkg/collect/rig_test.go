package collect_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/apexobs/iracing-grafana-observability/pkg/collect"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/oauth"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

func TestMain(m *testing.M) {
	if setup := os.Getenv(childSetup); setup != "" {
		os.Exit(child(setup))
	}
	// Most tests wait for pauses and for servers, so that more of them than there are processors run at once.
	if err := flag.Set("test.parallel", "4"); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := pgtest.Main(m)
	if code == 0 {
		if err := goleak.Find(); err != nil {
			_, _ = fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// now is the moment at which all tests are, so that what they collect is always the same.
var now = time.Date(2026, 5, 20, 12, 30, 0, 0, time.UTC)

func clock() time.Time { return now }

// ticking is a clock that begins at that moment, for what waits for time to pass.
func ticking() func() time.Time {
	begin := time.Now()
	return func() time.Time { return now.Add(time.Since(begin)) }
}

// small is a world for tests that need few races. It is only read.
var small = sync.OnceValue(func() *world.World { return world.New(world.Options{Races: 20, Now: now}) })

// service starts a fake iRacing that shows a world and never limits.
func service(t testing.TB, w *world.World) *iracingtest.Server {
	t.Helper()
	return iracingtest.Start(t, iracingtest.Options{World: w, Now: clock, PerMinute: -1, TokensPerMinute: -1})
}

// setup is what a collector for a test is made of. It can be handed to another process.
type setup struct {
	Database  string
	API       string
	LinkHosts []string
	Token     string
	Own       []int64
	Followed  []int64
	Parallel  int
	Since     time.Time // of the back-fill; some races back
	Jobs      []string  // run these in place of the back-fill
}

func setupOf(fake *iracingtest.Server, database string) setup {
	return setup{Database: database, API: fake.URL, LinkHosts: fake.LinkHosts, Token: fake.Credentials.NewAccessToken(), Parallel: 4, Since: now.AddDate(0, 0, -16)}
}

// rig is a collector with all that is below it.
type rig struct {
	*collect.Collector
	store *store.Store
	log   *logged
}

// make builds the collector. What change does to its settings is done last.
func (s setup) make(change ...func(*collect.Config)) (*rig, func(), error) {
	log := &logged{}
	st, err := store.New(store.Config{URL: s.Database, Name: "collector", ConnectTimeout: 2 * time.Second})
	if err != nil {
		return nil, nil, err
	}
	manager, err := oauth.New(oauth.Config{Grant: oauth.AccessToken, AccessToken: s.Token})
	if err != nil {
		st.Close()
		return nil, nil, err
	}
	client := iracing.New(iracing.Options{URL: s.API, LinkHosts: s.LinkHosts, Tokens: manager, PerSecond: 1e6, Burst: 1e6, Now: clock})
	tiered := iracing.NewTiered(iracing.NewMemory(0), st.Cache(), iracing.TieredOptions{Now: ticking(), Patience: 30 * time.Second})
	cached := iracing.NewCached(client, tiered, iracing.CachedOptions{Account: func() string { return "account" }, Now: clock})
	end := func() {
		cached.Close()
		tiered.Close()
		client.Close()
		_ = manager.Close()
		st.Close()
	}
	config := collect.Config{
		Store: st, Source: cached, Flush: tiered.Flush, Own: s.Own, Followed: s.Followed, Parallel: s.Parallel, Lookback: 8 * 24 * time.Hour, Now: clock, Jitter: -1,
		Log: hclog.New(&hclog.LoggerOptions{Output: log, Level: hclog.Trace}),
	}
	for _, f := range change {
		f(&config)
	}
	c, err := collect.New(config)
	if err != nil {
		end()
		return nil, nil, err
	}
	c.PauseAtMost(250 * time.Millisecond)
	return &rig{c, st, log}, end, nil
}

// start builds the collector for a test.
func (s setup) start(t testing.TB, change ...func(*collect.Config)) *rig {
	t.Helper()
	r, end, err := s.make(change...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("what the collector wrote:\n%s", r.log)
		}
	})
	return r
}

// childSetup is the variable that makes the test's program a collector.
const childSetup = "COLLECT_TEST_CHILD"

// child is a collector in a process of its own.
func child(text string) int {
	var s setup
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		return 2
	}
	r, end, err := s.make()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		return 2
	}
	defer end()
	if len(s.Jobs) > 0 {
		err = r.Once(context.Background(), s.Jobs...)
	} else {
		_, err = r.Backfill(context.Background(), s.Since, nil)
	}
	if err != nil {
		_, _ = fmt.Fprintf(os.Stderr, "%v\n%s", err, r.log)
		return 1
	}
	return 0
}

// logged keeps what a logger writes.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// database makes an empty database whose pseudonyms are those of every other one for tests, so that rows can be compared.
func database(t testing.TB) string {
	t.Helper()
	return pgtest.Copy(t, "collect", prepare)
}

func prepare(url string) error {
	st, err := store.New(store.Config{URL: url})
	if err != nil {
		return err
	}
	defer st.Close()
	if err := st.Ready(context.Background()); err != nil {
		return err
	}
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(context.Background(), "insert into iracing.secrets (name, value) values ('pseudonyms', $1)", bytes.Repeat([]byte{7}, 32))
	return errors.Join(err, conn.Close(context.Background()))
}

// connect makes a connection for the test.
func connect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) }) // it ends either way
	return conn
}

// query answers the texts of a query of one column.
func query(t testing.TB, url, sql string, args ...any) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }() // it ends either way
	rows, err := conn.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return list
}

// differs are the columns that tell when something was done by the real clock, or hold what a server makes up anew.
var differs = map[string][]string{
	"answers":  {"header", "body", "size", "used_on"},
	"kept":     {"kept_at"},
	"secrets":  {"value"},
	"job_runs": nil, // all of it
}

// rows are all rows of all tables, by table.
func rows(t testing.TB, url string) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, table := range query(t, url, `select table_name::text from information_schema.tables where table_schema = 'iracing' and table_type = 'BASE TABLE'`) {
		out, known := differs[table]
		if known && out == nil || table == "schema_version" {
			continue
		}
		columns := query(t, url, `select column_name::text from information_schema.columns where table_schema = 'iracing' and table_name = $1 order by 1`, table)
		columns = slices.DeleteFunc(columns, func(c string) bool { return slices.Contains(out, c) })
		all[table] = query(t, url, fmt.Sprintf(`select row_to_json(x)::text from (select %s from iracing.%s) x`, strings.Join(columns, ", "), table))
		slices.Sort(all[table])
	}
	return all
}

// sameRows compares two databases.
func sameRows(t testing.TB, got, want map[string][]string) {
	t.Helper()
	for table, list := range want {
		if slices.Equal(got[table], list) {
			continue
		}
		t.Errorf("%s has %d rows, want %d", table, len(got[table]), len(list))
		shown := 0
		for _, pair := range [][2][]string{{got[table], list}, {list, got[table]}} {
			for _, row := range pair[0] {
				if _, found := slices.BinarySearch(pair[1], row); !found && shown < 6 {
					t.Logf("in one only: %.300s", row)
					shown++
				}
			}
		}
	}
}

// finals are the keys of answers that never change and that are kept.
func finals(t testing.TB, url string) map[string]bool {
	t.Helper()
	keys := map[string]bool{}
	for _, key := range query(t, url, `select request from iracing.answers where fresh_until is null and refused is null`) {
		keys[key] = true
	}
	return keys
}

// asked are the keys of the requests that a service was sent.
func asked(fake *iracingtest.Server) []string {
	var keys []string
	for _, q := range fake.Log() {
		if q.Kind != iracingtest.API {
			continue
		}
		key := q.Path
		if q.Query != "" {
			key += "?" + q.Query
		}
		keys = append(keys, key)
	}
	return keys
}
