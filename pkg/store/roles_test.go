package store_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// as is a connection string for another user.
func as(dsn, user, password string) string {
	return strings.Replace(dsn, "postgres@", user+":"+password+"@", 1)
}

// reads tells whether a user may read something.
func reads(t *testing.T, dsn, what string) error {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(t.Context()) }()
	_, err = conn.Exec(t.Context(), "select * from "+what+" limit 1")
	return err
}

func TestReaders(t *testing.T) {
	server := pgtest.Start(t, "log_statement = all", "password_encryption = 'scram-sha-256'")
	url := server.DSN("postgres")
	s := openAt(t, store.Config{URL: url})
	if err := s.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Put(t, "pg_hba.conf", "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
	server.Exec(t, "select pg_reload_conf()")
	sql(t, url, "create view iracing.v_probe as select 1 as one; create view iracing.hidden as select 1 as one")

	const password = "hunter2 \u00ff\u00a0'\\;--"
	escaped := "hunter2%20%C3%BF%C2%A0%27%5C%3B--"
	const name = `grafana "reader"; drop`
	in := as(url, "grafana%20%22reader%22%3B%20drop", escaped)
	for range 2 {
		if err := s.MakeReader(t.Context(), name, password); err != nil {
			t.Fatal(err)
		}
	}
	views, tables := 0, 0
	conn := connect(t, url)
	rows, err := conn.Query(t.Context(), "select relname::text, relkind::text from pg_class where relnamespace = 'iracing'::regnamespace and relkind in ('r', 'v', 'm', 'p', 'f', 'S')")
	if err != nil {
		t.Fatal(err)
	}
	type relation struct{ Name, Kind string }
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[relation])
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		err := reads(t, in, `iracing."`+r.Name+`"`)
		public := strings.HasPrefix(r.Name, "v_")
		switch {
		case public && r.Kind == "v":
			views++
			if err != nil {
				t.Errorf("the reader cannot read %s: %v", r.Name, err)
			}
		case err == nil || !strings.Contains(err.Error(), "42501"):
			t.Errorf("the reader may read %s: %v", r.Name, err)
		default:
			tables++
		}
	}
	if views < 1 || tables < 5 {
		t.Errorf("there are %d views and %d other relations", views, tables)
	}
	may := connect(t, in)
	if _, err := may.Exec(t.Context(), "set session characteristics as transaction read write"); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		"create table iracing.mine (i integer)", "delete from iracing.v_probe", "set role postgres", "update iracing.settings set show_names = true",
		"create or replace view iracing.v_probe as select 2 as one", "drop view iracing.v_probe", "grant select on iracing.answers to iracing_reader",
		"insert into iracing.secrets (name, value) values ('x', '')",
	} {
		if _, err := may.Exec(t.Context(), statement); err == nil {
			t.Errorf("the reader may: %s", statement)
		}
	}

	// The password in none of its spellings is in the server's log, which has all statements.
	if log := server.Log(t); strings.Contains(log, "hunter2") || !strings.Contains(log, "SCRAM-SHA-256$") {
		t.Error("the server's log tells the password")
	}
	// A new password takes the place of the old one, and none changes nothing.
	if err := s.MakeReader(t.Context(), name, "another"); err != nil {
		t.Fatal(err)
	}
	if err := s.MakeReader(t.Context(), name, ""); err != nil {
		t.Fatal(err)
	}
	if err := reads(t, in, "iracing.v_probe"); err == nil {
		t.Error("the old password still works")
	}
	if err := reads(t, as(url, "grafana%20%22reader%22%3B%20drop", "another"), "iracing.v_probe"); err != nil {
		t.Error(err)
	}
	// A login that was there keeps its password.
	server.Exec(t, "create role analyst login password 'own'")
	if err := s.MakeReader(t.Context(), "analyst", "hunter3"); err != nil {
		t.Fatal(err)
	}
	if err := reads(t, as(url, "analyst", "own"), "iracing.v_probe"); err != nil {
		t.Error(err)
	}

	server.Exec(t, "create role boss superuser login")
	is(t, s.MakeReader(t.Context(), "boss", "hunter2"), store.BadSettings, "boss")
	is(t, s.MakeReader(t.Context(), "postgres", "hunter2"), store.BadSettings)
	is(t, s.MakeReader(t.Context(), "", "hunter2"), store.BadSettings)
	is(t, s.MakeReader(t.Context(), "iracing_reader", "hunter2"), store.BadSettings)
	is(t, s.MakeReader(t.Context(), "nobody", ""), store.BadSettings, "no password")
	if n := ask[int](t, url, "select count(*) from pg_roles where rolname = 'nobody'"); n != 0 {
		t.Error("what failed left a role behind")
	}

	// Views that come with a migration are theirs, too.
	sql(t, url, "drop schema iracing cascade")
	if err := openAt(t, store.Config{URL: url}).Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	sql(t, url, "create view iracing.v_probe as select 1 as one")
	if err := reads(t, as(url, "analyst", "own"), "iracing.v_probe"); err == nil {
		t.Error("a view that nobody granted can be read")
	}
	if err := s.MakeReader(t.Context(), "analyst", ""); err != nil {
		t.Fatal(err)
	}
	if err := reads(t, as(url, "analyst", "own"), "iracing.v_probe"); err != nil {
		t.Error(err)
	}
	if bad := ask[[]string](t, url, `select coalesce(array_agg(relname::text), '{}') from pg_class
		where relnamespace = 'iracing'::regnamespace and relkind = 'v' and starts_with(relname, 'v_')
			and not has_table_privilege('analyst', oid, 'select')`); len(bad) > 0 {
		t.Errorf("the reader cannot read %q", bad)
	}
}

// A reader's connections begin with settings that guard against mistakes, unless somebody has chosen others.
func TestReadersAreHeldToReading(t *testing.T) {
	server := pgtest.Start(t)
	server.Exec(t, "create role owner login; create role analyst login; create role stranger login; alter role analyst set statement_timeout = '5min'")
	server.Exec(t, "create database ours owner owner")
	url := server.DSN("ours")
	s := openAt(t, store.Config{URL: url})
	for range 2 {
		for _, login := range []string{"grafana", "analyst"} {
			if err := s.MakeReader(t.Context(), login, "hunter2"); err != nil {
				t.Fatal(err)
			}
		}
	}
	begins := func(dsn string) string {
		return ask[string](t, dsn, `select current_setting('default_transaction_read_only') || ', ' || current_setting('statement_timeout') || ', ' || current_setting('jit')`)
	}
	usual := begins(url)
	for login, want := range map[string]string{"grafana": "on, 1min, off", "analyst": "on, 5min, off"} {
		dsn := as(url, login, "hunter2")
		if got := begins(dsn); got != want {
			t.Errorf("%s begins with %s, not %s", login, got, want)
		}
		if got := begins(as(server.DSN("postgres"), login, "hunter2")); strings.HasPrefix(got, "on") {
			t.Errorf("%s begins with %s in another database", login, got)
		}
		if _, err := connect(t, dsn).Exec(t.Context(), "create temporary table mine (i integer)"); err == nil {
			t.Errorf("%s made a table", login)
		}
	}
	// What somebody has chosen stays when the reader is made once more.
	sql(t, url, "alter role grafana in database ours set statement_timeout = '10min'")
	if err := s.MakeReader(t.Context(), "grafana", ""); err != nil {
		t.Fatal(err)
	}
	if got := begins(as(url, "grafana", "")); got != "on, 10min, off" {
		t.Errorf("once more, it begins with %s", got)
	}

	// Who may not change a login makes it a reader all the same.
	sql(t, url, "grant iracing_reader to owner with admin option; grant all on schema iracing to owner; grant select on all tables in schema iracing to owner with grant option")
	sql(t, url, "grant usage on schema iracing to owner with grant option")
	var warned []string
	late := openAt(t, store.Config{URL: as(url, "owner", ""), Warn: func(text string, _ error) { warned = append(warned, text) }})
	if err := late.MakeReader(t.Context(), "stranger", ""); err != nil {
		t.Fatal(err)
	}
	if err := reads(t, as(url, "stranger", ""), "iracing.v_cars"); err != nil {
		t.Error(err)
	}
	if len(warned) != 1 || !strings.Contains(warned[0], "stranger") {
		t.Errorf("warned of %q", warned)
	}
	if got := begins(as(url, "stranger", "")); got != usual {
		t.Errorf("the stranger begins with %s", got)
	}
}

func TestReadersOfTwoDatabases(t *testing.T) {
	server := pgtest.Start(t)
	var wait sync.WaitGroup
	for range 3 {
		s := openAt(t, store.Config{URL: server.Database(t)})
		if err := s.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		wait.Go(func() {
			if err := s.MakeReader(t.Context(), "grafana", "hunter2"); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
}

func TestReadersNeedTheRightToMakeRoles(t *testing.T) {
	server := pgtest.Start(t)
	server.Exec(t, "create role owner login")
	server.Exec(t, "create database ours owner owner")
	s := openAt(t, store.Config{URL: strings.Replace(server.DSN("ours"), "postgres@", "owner@", 1)})
	is(t, s.MakeReader(t.Context(), "grafana", "hunter2"), store.Roles, "CREATEROLE")
	// With a group that somebody else has made, it works, but for the membership.
	server.Exec(t, "create role iracing_reader")
	is(t, s.MakeReader(t.Context(), "grafana", "hunter2"), store.Roles)
}
