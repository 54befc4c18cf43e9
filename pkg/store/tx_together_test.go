package store_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// manyRows are answers with so many rows that their foreign keys are checked together.
func manyRows(t testing.TB) []store.Answered {
	t.Helper()
	laps := request(t, "/data/results/lap_chart_data", iracing.Params{"subsession_id": "1", "simsession_number": "0"})
	list := []store.Answered{{Request: laps, Answer: answer(t, madeLaps(30, 40))}}
	for subsession := range 70 {
		list = append(list, aResult(t, subsession+1))
	}
	return list
}

// Whoever the user is, the same rows are kept, and the server is asked to check each only where it has to.
func TestForeignKeysAreCheckedTogether(t *testing.T) {
	server := pgtest.Start(t, "log_statement = all")
	server.Exec(t, "create role ordinary login; create role granted login; grant set on parameter session_replication_role to granted")
	server.Exec(t, "create database ordinary owner ordinary")
	server.Exec(t, "create database granted owner granted")
	facts := func(dsn string) (rows []string) {
		s := openAt(t, store.Config{URL: dsn})
		wrote, err := s.KeepAll(t.Context(), manyRows(t))
		if err != nil {
			t.Fatal(err)
		}
		if wrote["results"] != 70*18 || wrote["laps"] != 30*41 {
			t.Errorf("%v were written", wrote)
		}
		if again, err := s.KeepAll(t.Context(), manyRows(t)); err != nil || again.Total() != 0 {
			t.Errorf("once more, %v were written, error %v", again, err)
		}
		conn := connect(t, dsn)
		for _, table := range []string{"results", "laps"} {
			rows = append(rows, texts(t, conn, "select to_jsonb(t)::text from iracing."+table+" t order by 1")...)
		}
		return rows
	}
	server.Exec(t, "create database super")
	var want []string
	logged := 0
	for _, role := range []string{"super", "ordinary", "granted"} {
		dsn := server.DSN(role)
		if role != "super" {
			dsn = as(dsn, role, "")
		}
		got := facts(dsn)
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Errorf("other rows were kept for the role %s", role)
		}
		log := server.Log(t)
		times := strings.Count(log[logged:], "session_replication_role = replica")
		if logged = len(log); times != 2 && role != "ordinary" || times != 0 && role == "ordinary" {
			t.Errorf("for the role %s, foreign keys were checked together %d times", role, times)
		}
	}
}

// seesTo makes a subsession with a part, a driver and a car to refer to.
func seesTo(t testing.TB, conn *pgx.Conn) {
	t.Helper()
	for _, statement := range []string{
		"insert into iracing.drivers (cust_id, name, alias, alias_key) values (1, 'A', 'a', '-1'), (2, 'B', 'b', '-2')",
		"insert into iracing.subsessions (subsession_id) values (7)",
		"insert into iracing.parts (subsession_id, part, type, kind, main) values (7, 0, 6, 'race', true)",
		"insert into iracing.part_cars (subsession_id, part) values (7, 0)",
	} {
		if _, err := conn.Exec(context.Background(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

const addResult = `
	insert into iracing.results (subsession_id, part, entrant_id, cust_id, team_id, race, field, class_field, laps, laps_led, dropped)
	values (7, $1, coalesce($3::bigint, $2::bigint), $2::bigint, $3::bigint, true, 1, 1, 0, 0, false)`

func TestRowsThatReferToNothingAreRefused(t *testing.T) {
	s, conn := openFacts(t)
	seesTo(t, conn)
	add := func(part, cust, team any) error {
		return s.Together(t.Context(), "results", "subsession_id = 7", func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), addResult, part, cust, team)
			return err
		})
	}
	for _, c := range []struct {
		what             string
		part, cust, team any
	}{
		{"a driver", 0, 99, nil},
		{"a team", 0, nil, -99},
		{"a part", 1, 1, nil},
	} {
		err := add(c.part, c.cust, c.team)
		is(t, err, store.Failed, "23503")
		if n := number(t, conn, "select count(*) from iracing.results"); n != 0 {
			t.Errorf("%v rows of %s that is not there", n, c.what)
		}
	}
	if err := add(0, 1, nil); err != nil {
		t.Error(err)
	}
	// The server checks what comes after that.
	err := s.Together(t.Context(), "results", "subsession_id = 7", func(pgx.Tx) error { return nil })
	if err != nil {
		t.Error(err)
	}
	err = s.Tx(t.Context(), func(tx pgx.Tx) error {
		if err := s.TogetherIn(t.Context(), tx, "results", "subsession_id = 7", func() error { return nil }); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), addResult, 0, 99, nil)
		return err
	})
	is(t, err, store.Failed, "23503")
	// An error on the way is the one that comes back.
	mine := errors.New("mine")
	if err := s.Together(t.Context(), "results", "subsession_id = 7", func(pgx.Tx) error { return mine }); !errors.Is(err, mine) {
		t.Errorf("error %v", err)
	}
}

// What rows refer to cannot go while they are not committed.
func TestRowsKeepWhatTheyReferTo(t *testing.T) {
	s, conn := openFacts(t)
	seesTo(t, conn)
	err := s.Tx(t.Context(), func(tx pgx.Tx) error {
		err := s.TogetherIn(t.Context(), tx, "results", "subsession_id = 7", func() error {
			_, err := tx.Exec(t.Context(), addResult, 0, 1, nil)
			return err
		})
		if err != nil {
			return err
		}
		if _, err := conn.Exec(t.Context(), "set lock_timeout = '50ms'"); err != nil {
			return err
		}
		for _, gone := range []string{"drivers where cust_id = 1", "part_cars where subsession_id = 7", "parts where subsession_id = 7"} {
			_, err := conn.Exec(t.Context(), "delete from iracing."+gone)
			if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "55P03" {
				t.Errorf("to delete %s did not wait: %v", gone, err)
			}
		}
		// What nobody refers to is free, and others may refer to the same.
		_, err = conn.Exec(t.Context(), "delete from iracing.drivers where cust_id = 2")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "delete from iracing.drivers where cust_id = 1"); err == nil {
		t.Error("a driver with results is gone")
	}
}

// Triggers that somebody added to a table run.
func TestTriggersOfOthersRun(t *testing.T) {
	s, conn := openFacts(t)
	for _, statement := range []string{
		"create table public.seen (n integer)",
		"create function public.see() returns trigger language plpgsql as $$ begin insert into public.seen select count(*) from new_rows; return null; end $$",
		"create trigger see after insert on iracing.results referencing new table as new_rows for each statement execute function public.see()",
	} {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.KeepAll(t.Context(), manyRows(t)); err != nil {
		t.Fatal(err)
	}
	if n := number(t, conn, "select sum(n) from public.seen"); n != 70*18 {
		t.Errorf("the trigger saw %v rows", n)
	}
}
