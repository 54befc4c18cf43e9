package store_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// A name is claimed by one at a time, until that gives it back, closes its claims or loses its connection.
func TestClaims(t *testing.T) {
	url := pgtest.New(t)
	st, err := store.New(store.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	one, two := st.Claims(), st.Claims()
	defer one.Close()
	defer two.Close()
	try := func(c *store.Claims, name string, want bool) func() {
		t.Helper()
		release, ok, err := c.Try(t.Context(), name)
		if err != nil || ok != want {
			t.Fatalf("claiming %s: %t, %v; want %t", name, ok, err, want)
		}
		return release
	}
	release := try(one, "a", true)
	try(one, "b", true)
	try(two, "a", false)
	try(two, "c", true)
	release()
	release()
	lost := try(two, "a", true)
	one.Close()
	try(two, "b", true)

	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if _, err := conn.Exec(t.Context(), `select pg_terminate_backend(pid, 5000) from pg_stat_activity
		where datname = current_database() and pid in (select pid from pg_locks where locktype = 'advisory')`); err != nil {
		t.Fatal(err)
	}
	try(one, "a", true)
	lost() // it is another's by now
	try(two, "c", true)
	try(two, "a", false)
}
