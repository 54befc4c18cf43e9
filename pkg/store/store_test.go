package store_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// open is a store over a database of its own.
func open(t testing.TB) *store.Store {
	t.Helper()
	return openAt(t, store.Config{URL: fresh(t)})
}

// fresh is a database with an empty schema that is up to date.
func fresh(t testing.TB) string {
	t.Helper()
	return pgtest.Copy(t, "migrated", func(dsn string) error {
		s, err := store.New(store.Config{URL: dsn})
		if err != nil {
			return err
		}
		defer s.Close()
		return s.Ready(context.Background())
	})
}

// openAt is a store with settings of its own.
func openAt(t testing.TB, c store.Config) *store.Store {
	t.Helper()
	s, err := store.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// sql runs a statement besides the store.
func sql(t testing.TB, url, statement string, args ...any) {
	t.Helper()
	conn := connect(t, url)
	if _, err := conn.Exec(context.Background(), statement, args...); err != nil {
		t.Fatal(err)
	}
}

// ask answers one value besides the store.
func ask[T any](t testing.TB, url, query string, args ...any) (v T) {
	t.Helper()
	conn := connect(t, url)
	if err := conn.QueryRow(context.Background(), query, args...).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func connect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// children are the parts that other processes play in the tests: the test binary is started again with the name of one.
var children = map[string]func(t *testing.T){
	"migrate": childMigrates,
	"tokens":  childRotates,
	"lock":    childLocks,
}

const childVariable = "STORE_TEST_CHILD"

func TestChild(t *testing.T) {
	part := children[os.Getenv(childVariable)]
	if part == nil {
		t.Skip("it plays parts of other tests")
	}
	part(t)
}

// child is another process that plays a part. env are variables for it.
func child(t *testing.T, part string, env ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run=^TestChild$", "-test.v")
	cmd.Env = append(os.Environ(), append(env, childVariable+"="+part)...)
	return cmd
}

// run waits for children and fails with what they say.
func run(t *testing.T, all ...*exec.Cmd) {
	t.Helper()
	var wait sync.WaitGroup
	for _, cmd := range all {
		wait.Go(func() {
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	wait.Wait()
}

// soon waits until something is so.
func soon(t *testing.T, what string, so func() bool) {
	t.Helper()
	for begun := time.Now(); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Since(begun) > 20*time.Second {
			t.Fatalf("after 20 s it still is not so that %s", what)
		}
	}
}

func TestNothingOfAStorePrints(t *testing.T) {
	c := store.Config{URL: "postgres://someone:hunter2@127.0.0.1:1/db", Password: "hunter3", Key: "hunter4"}
	s := openAt(t, store.Config{URL: c.URL, Password: c.Password})
	for _, v := range []any{c, &c, s, s.Tokens("account", []byte("hunter5"))} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, "hunter") || strings.Contains(text, "68756e746572") {
				t.Errorf("%s of a %T prints %s", verb, v, text)
			}
		}
	}
}
