package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// exec changes the database besides the collector.
func (s *setting) exec(t *testing.T, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

// inside runs a command within the test, which is quicker than a process of its own.
func inside(t *testing.T, env map[string]string, args ...string) result {
	t.Helper()
	for name, value := range env {
		t.Setenv(name, value)
	}
	var out, messages terminal
	code := run(t.Context(), args, &console{in: none(), out: &out, err: newScreen(&messages), env: os.Getenv})
	return result{code, out.String(), messages.String()}
}

// Own drivers of an account of former times can be hidden again, and followed ones let go.
func TestDrivers(t *testing.T) {
	url := pgtest.New(t)
	env := map[string]string{"DATABASE_URL": url}
	s := &setting{database: url}
	inside(t, env, "drivers").want(t, 0, "no own and no followed drivers yet")

	db, err := store.New(store.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.SetDrivers(t.Context(), []int64{1001, 1002}, []int64{1002, 2001}); err != nil {
		t.Fatal(err)
	}
	s.exec(t, "update iracing.drivers set name = 'Robin ' || chr(27) || 'Test'")
	p, err := db.People(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	listed := func() string {
		t.Helper()
		r := inside(t, env, "drivers")
		r.want(t, 0)
		return r.out
	}
	const first = "1001         own           Robin \\x1bTest\n"
	want := first + "1002         own, followed Robin \\x1bTest\n2001         followed      " + p.Driver(2001, "") + "\n"
	if got := listed(); got != want {
		t.Errorf("%q, not %q", got, want)
	}
	for _, cust := range []int64{1002, 2001} {
		r := inside(t, env, "drivers", "--forget", strconv.FormatInt(cust, 10))
		r.want(t, 0, p.Driver(cust, ""), "What was collected stays", "--cust-id", "next run")
		if strings.Contains(r.out+r.err, "Robin") {
			t.Errorf("a name is told that was to be hidden: %+v", r)
		}
	}
	if got := listed(); got != first {
		t.Errorf("%q is left, not %q", got, first)
	}
	if n := s.count(t, "select count(*) from iracing.drivers"); n != 3 {
		t.Errorf("%d drivers of 3 are in the database", n)
	}
	inside(t, env, "drivers", "--forget", "2001").want(t, 1, "neither an own nor a followed driver")
	inside(t, env, "drivers", "--forget", "0").want(t, 2, "customer id")
	inside(t, env, "drivers", "--forget", "me").want(t, 2)
	inside(t, map[string]string{"DATABASE_URL": ""}, "drivers").want(t, 1, "there is no database")
	inside(t, map[string]string{"DATABASE_URL": "postgres://a@127.0.0.1:1/a"}, "drivers", "--forget", "1").want(t, 3)
}

// Whoever points the collector at the demo and later at iRacing is told before anything fails, and nothing gets mixed.
func TestADatabaseOfAnotherRealm(t *testing.T) {
	s := newSetting(t)
	inside(t, s.env, "doctor").want(t, 0)
	if n := s.count(t, "select count(*) from iracing.settings where realm is null"); n != 1 {
		t.Fatal("looking has marked the database")
	}
	inside(t, s.env, "run", "--once", "--job", "reference").want(t, 0)
	if n := s.count(t, "select count(*) from iracing.settings where realm = 'elsewhere'"); n != 1 {
		t.Fatal("the database does not know that its facts are from a stand-in")
	}
	s.exec(t, "update iracing.settings set realm = 'iracing'")
	const why = "use another database, or drop the schema iracing"
	r := inside(t, s.env, "doctor")
	r.want(t, 1, "FAIL  races", why, "ok    account")
	inside(t, nil, "doctor", "--sign-in", "none").want(t, 0) // who asks nothing mixes nothing
	before := s.count(t, "select count(*) from iracing.drivers")
	inside(t, s.env, "run", "--once", "--job", "me", "--cust-id", "1001").want(t, 1, why)
	inside(t, s.env, "backfill", "--since", years).want(t, 1, why)
	if n := s.count(t, "select count(*) from iracing.drivers"); n != before {
		t.Errorf("%d drivers were added", n-before)
	}

	// Exported results do not tell where they are from.
	var race int64
	s.fake.World().Read(time.Now(), func(v *world.View) {
		starts := v.Starts(v.Me, func(world.Start) bool { return true })
		race = starts[len(starts)-1].Race.ID
	})
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "eventresult.json"), s.fake.Export(race), 0o600); err != nil {
		t.Fatal(err)
	}
	inside(t, s.env, "run", "--once", "--job", "prune", "--results-url", dir).want(t, 0, "Imported exported results")
	if n := s.count(t, "select count(*) from iracing.subsessions"); n != 1 {
		t.Errorf("%d races are in the database", n)
	}
}
