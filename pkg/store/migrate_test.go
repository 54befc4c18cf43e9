package store_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// kindOf is the kind of an error; empty for one that has none.
func kindOf(err error) store.Kind {
	if e, ok := errors.AsType[*store.Error](err); ok {
		return e.Kind
	}
	return ""
}

// is asserts the kind of an error, and that it tells no secret.
func is(t *testing.T, err error, want store.Kind, words ...string) {
	t.Helper()
	if kindOf(err) != want {
		t.Errorf("the error is %v (%s), want %s", err, kindOf(err), want)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the error %q does not tell of %q", err, w)
		}
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		if strings.Contains(e.Error(), "hunter") {
			t.Errorf("an error tells a secret: %v", e)
		}
	}
}

func TestMigrateOnce(t *testing.T) {
	s := openAt(t, store.Config{URL: pgtest.New(t)})
	from, to, err := s.Migrate(t.Context())
	if err != nil || from != 0 || to < 1 {
		t.Fatalf("from %d to %d, error %v", from, to, err)
	}
	if again, to2, err := s.Migrate(t.Context()); err != nil || again != to || to2 != to {
		t.Errorf("from %d to %d, error %v", again, to2, err)
	}
}

// Rows that were written before classifications got their cars through part_cars stay whole.
func TestResultsOfTheSixthVersion(t *testing.T) {
	url := pgtest.New(t)
	s := openAt(t, store.Config{URL: url})
	if err := s.MigrateTo(t.Context(), 6); err != nil {
		t.Fatal(err)
	}
	sql(t, url, `
		insert into iracing.drivers (cust_id, alias, alias_key) values (1, 'One', 'a'), (2, 'Two', 'b'), (3, 'Three', 'c');
		insert into iracing.cars (car_id, name) values (10, 'Car'), (11, 'Other');
		insert into iracing.car_classes (car_class_id, name) values (20, 'Class');
		insert into iracing.subsessions (subsession_id, complete, has_race) values (5, true, true), (6, true, true);
		insert into iracing.parts (subsession_id, part, type, kind, main) values (5, 0, 6, 'race', true), (5, -1, 4, 'qualify', true), (6, 0, 6, 'race', true);
		insert into iracing.results (subsession_id, part, entrant_id, cust_id, race, position, field, class_field, car_class_id, car_id, laps, laps_led, dropped) values
			(5, 0, 1, 1, true, 1, 3, 3, 20, 10, 9, 9, false), (5, 0, 2, 2, true, 2, 3, 3, 20, 10, 9, 0, false), (5, 0, 3, 3, true, 3, 3, 3, 20, 11, 9, 0, false),
			(5, -1, 1, 1, false, 1, 3, 3, 20, 10, 2, 0, false), (6, 0, 1, 1, true, 1, 1, 1, null, 10, 5, 5, false)`)
	if from, to, err := s.Migrate(t.Context()); err != nil || from != 6 || to < 7 {
		t.Fatalf("from %d to %d, error %v", from, to, err)
	}
	if n := ask[int](t, url, "select count(*) from iracing.part_cars"); n != 4 {
		t.Errorf("there are %d cars of parts", n)
	}
	if cars := ask[string](t, url, "select string_agg(position || ' ' || car || ' ' || coalesce(car_class, '-'), ', ' order by subsession_id, position) from iracing.v_results where kind = 'race'"); cars != "1 Car Class, 2 Car Class, 3 Other Class, 1 Car -" {
		t.Errorf("the races were %s", cars)
	}
	if err := s.Query(t.Context(), "update iracing.results set car_id = 12 where subsession_id = 6"); err == nil {
		t.Error("a car that does not exist was taken")
	}
	if err := s.Query(t.Context(), "delete from iracing.subsessions"); err != nil {
		t.Error(err)
	}
	if n := ask[int](t, url, "select count(*) from iracing.results"); n != 0 {
		t.Errorf("%d rows outlived their race", n)
	}
}

func childMigrates(t *testing.T) {
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() {
			s, err := store.New(store.Config{URL: os.Getenv("AT")})
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			if err := s.Ready(context.Background()); err != nil {
				t.Error(err)
			}
			if _, err := s.Secret(context.Background(), "shared"); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
}

func TestProcessesMigrateAtOnce(t *testing.T) {
	url := pgtest.New(t)
	all := make([]*exec.Cmd, 4)
	for i := range all {
		all[i] = child(t, "migrate", "AT="+url)
	}
	run(t, all...)
	if n := ask[int](t, url, "select count(*) from iracing.schema_version"); n != 1 {
		t.Errorf("the table of migrations has %d rows", n)
	}
	if n := ask[int](t, url, "select count(*) from iracing.secrets where name = 'shared'"); n != 1 {
		t.Errorf("there are %d secrets", n)
	}
}

func TestMigrationsGoOnWithoutTheirCaller(t *testing.T) {
	url := pgtest.New(t)
	s := openAt(t, store.Config{URL: url})
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := s.Ready(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the error is %v", err)
	}
	if n := ask[int](t, url, "select count(*) from pg_namespace where nspname = 'iracing'"); n != 0 {
		t.Log("the migrations were quick")
	}
	if err := s.Ready(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestASchemaOfTheFuture(t *testing.T) {
	url := fresh(t)
	s := openAt(t, store.Config{URL: url})
	_, to, err := s.Migrate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sql(t, url, "update iracing.schema_version set version = version + 3")
	old := openAt(t, store.Config{URL: url})
	is(t, old.Ready(t.Context()), store.NewerSchema, "update this program")
	_, err = old.Status(t.Context())
	is(t, err, store.NewerSchema)
	sql(t, url, "update iracing.schema_version set version = $1", to)
	if _, _, err = openAt(t, store.Config{URL: url}).Migrate(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestADroppedSchemaIsMadeAnew(t *testing.T) {
	url := fresh(t)
	s := openAt(t, store.Config{URL: url})
	if _, err := s.Secret(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	sql(t, url, "drop schema iracing cascade")
	_, err := s.Secret(t.Context(), "a")
	is(t, err, store.Failed)
	if _, err := s.Secret(t.Context(), "a"); err != nil {
		t.Error(err)
	}
}

func TestTooFewRights(t *testing.T) {
	server := pgtest.Start(t)
	server.Exec(t, "create role owner login; create role writer login; create role stranger login")
	server.Exec(t, "create database ours owner owner")
	dsn := func(user string) string { return strings.Replace(server.DSN("ours"), "postgres@", user+"@", 1) }

	early := openAt(t, store.Config{URL: dsn("stranger")})
	is(t, early.Ready(t.Context()), store.Rights, "permission denied for database ours", "grant")

	owner := openAt(t, store.Config{URL: dsn("owner")})
	if err := owner.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	late := openAt(t, store.Config{URL: dsn("stranger")})
	is(t, late.Ready(t.Context()), store.Rights, "permission denied for schema iracing")

	// One that may write, and not change the schema, does: another process has brought it up to date.
	sql(t, dsn("owner"), `grant usage on schema iracing to writer;
		grant select, insert, update, delete on all tables in schema iracing to writer;
		grant usage on all sequences in schema iracing to writer`)
	writer := openAt(t, store.Config{URL: dsn("writer")})
	if err := writer.SetShowNames(t.Context(), true); err != nil {
		t.Error(err)
	}
	if names, err := owner.ShowNames(t.Context()); err != nil || !names {
		t.Errorf("names are shown: %t, error %v", names, err)
	}
	sql(t, dsn("owner"), "update iracing.schema_version set version = version - 1")
	is(t, openAt(t, store.Config{URL: dsn("writer")}).Ready(t.Context()), store.Rights)
}
