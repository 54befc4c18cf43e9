package store_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/replay"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// openFacts is a store over an empty database, and a connection to look into it.
func openFacts(t testing.TB) (*store.Store, *pgx.Conn) {
	t.Helper()
	url := pgtest.New(t)
	s, err := store.New(store.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if err := s.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return s, conn
}

// untold are columns that tell when something was kept and not what.
var untold = map[string]string{
	"kept":             "kept_at, answered_at, fresh_until",
	"licences":         "seen_at",
	"seasons":          "told_at",
	"standings_tables": "answered_at",
	"purged_drivers":   "purged_at",
}

// dumpFacts is all rows of the tables of facts, by table, as texts in the order of their texts.
func dumpFacts(t testing.TB, conn *pgx.Conn) map[string][]string {
	t.Helper()
	tables := texts(t, conn, `
		select relname from pg_class where relnamespace = 'iracing'::regnamespace and relkind = 'r'
		and relname not in ('schema_version', 'answers', 'secrets', 'settings', 'tokens', 'job_runs') order by relname`)
	out := map[string][]string{}
	for _, table := range tables {
		without := "array[]::text[]"
		if names := untold[table]; names != "" {
			without = "string_to_array('" + names + "', ', ')"
		}
		out[table] = texts(t, conn, fmt.Sprintf("select (to_jsonb(t) - %s)::text from iracing.%s t order by 1", without, table))
	}
	return out
}

func texts(t testing.TB, conn *pgx.Conn, sql string, args ...any) []string {
	t.Helper()
	rows, err := conn.Query(context.Background(), sql, args...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return list
}

func sameRows(t testing.TB, what string, a, b map[string][]string) {
	t.Helper()
	for _, table := range slices.Sorted(maps.Keys(a)) {
		if slices.Equal(a[table], b[table]) {
			continue
		}
		t.Errorf("%s: the rows of %s differ: %d and %d", what, table, len(a[table]), len(b[table]))
		shown := 0
		for i := 0; i < max(len(a[table]), len(b[table])) && shown < 3; i++ {
			var x, y string
			if i < len(a[table]) {
				x = a[table][i]
			}
			if i < len(b[table]) {
				y = b[table][i]
			}
			if x != y {
				t.Logf("  %s\n  %s", x, y)
				shown++
			}
		}
	}
}

// recordedAnswers are the requests that have a recorded answer, with their answers.
func recordedAnswers(t testing.TB) map[string]keptAnswer {
	t.Helper()
	srv := httptest.NewServer(replay.New(replay.Dir(t)))
	t.Cleanup(srv.Close)
	client := iracing.New(replay.Options(srv.URL))
	t.Cleanup(client.Close)
	out := map[string]keptAnswer{}
	for _, want := range replay.Requests() {
		r, err := iracing.NewRequest(want.Path, want.Params)
		if err != nil {
			t.Fatal(err)
		}
		a, err := client.Get(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		out[r.Key()] = keptAnswer{r, a}
	}
	return out
}

type keptAnswer struct {
	r iracing.Request
	a *iracing.Answer
}

// Every recorded answer is kept; keeping all of them again, later and in another order, changes no row.
func TestKeepingTwiceChangesNothing(t *testing.T) {
	all := recordedAnswers(t)
	s, conn := openFacts(t)
	keep := func(later time.Duration, order []string) {
		for _, key := range order {
			k := all[key]
			a := *k.a
			a.At = a.At.Add(later)
			rows, err := s.Keep(t.Context(), k.r, &a)
			if err != nil {
				t.Errorf("%s: %v", key, err)
			}
			if later == 0 && s.Keeps(k.r) {
				t.Log(key, rows)
			}
			if later > 0 {
				delete(rows, "licences") // the last of the day holds
				delete(rows, "seasons")  // the last that tells what runs holds
				if rows.Total() != 0 {
					t.Errorf("%s: kept again, it wrote %v", key, rows)
				}
			}
		}
	}
	order := slices.Sorted(maps.Keys(all))
	keep(0, order)
	first := dumpFacts(t, conn)
	for table, rows := range first {
		if len(rows) == 0 && !strings.Contains("purged_drivers", table) {
			t.Logf("nothing was kept in %s", table)
		}
	}
	slices.Reverse(order)
	keep(time.Second, order)
	sameRows(t, "kept again", first, dumpFacts(t, conn))

	other, conn2 := openFacts(t)
	sameSecret(t, conn, conn2)
	var err error
	s = other
	for _, key := range order {
		if _, e := s.Keep(t.Context(), all[key].r, all[key].a); e != nil {
			err = errors.Join(err, e)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	second := dumpFacts(t, conn2)
	sameRows(t, "kept in another order", first, second)
}

// sameSecret lets pseudonyms in another database be the same.
func sameSecret(t testing.TB, from, to *pgx.Conn) {
	t.Helper()
	for _, value := range texts(t, from, "select encode(value, 'hex') from iracing.secrets where name = 'pseudonyms'") {
		texts(t, to, "insert into iracing.secrets (name, value) values ('pseudonyms', decode($1, 'hex')) returning name", value)
	}
}
