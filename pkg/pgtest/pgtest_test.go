//go:build unix

package pgtest_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func one(t testing.TB, dsn, query string) (v string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(ctx) }()
	err = conn.QueryRow(ctx, query).Scan(&v)
	return v, err
}

func TestDatabasesAreTheirOwn(t *testing.T) {
	t.Parallel()
	var dsn string
	t.Run("in use", func(t *testing.T) {
		dsn = pgtest.New(t)
		for _, dsn := range []string{dsn, pgtest.New(t)} {
			if _, err := one(t, dsn, "create table mine as select 1; select 'x'"); err == nil {
				t.Error("two statements in one")
			}
			if n, err := one(t, dsn, "select count(*)::text from pg_class where relname = 'mine'"); n != "0" || err != nil {
				t.Errorf("a new database is not empty: %s, error %v", n, err)
			}
		}
	})
	if _, err := one(t, dsn, "select 'x'"); err == nil {
		t.Error("it is still there after its test")
	}
}

func TestCopies(t *testing.T) {
	t.Parallel()
	calls := 0
	for range 3 {
		dsn := pgtest.Copy(t, "filled", func(dsn string) error {
			calls++
			conn, err := pgx.Connect(t.Context(), dsn)
			if err != nil {
				return err
			}
			defer func() { _ = conn.Close(context.Background()) }()
			_, err = conn.Exec(t.Context(), "create table filled as select 'x' as x")
			return err
		})
		if x, err := one(t, dsn, "select x from filled"); x != "x" || err != nil {
			t.Errorf("the copy holds %q, error %v", x, err)
		}
		if _, err := one(t, dsn, "update filled set x = 'y' returning x"); err != nil {
			t.Error(err)
		}
	}
	if calls != 1 {
		t.Errorf("it was filled %d times", calls)
	}
}

func TestAServerThatStopsAndStarts(t *testing.T) {
	t.Parallel()
	s := pgtest.Start(t, "work_mem = '7MB'")
	if v, err := one(t, s.URL, "show work_mem"); v != "7MB" || err != nil {
		t.Errorf("the setting is %s, error %v", v, err)
	}
	s.Exec(t, "create table kept as select 'x' as x")
	s.StopServer(t)
	if _, err := one(t, s.URL, "select 'x'"); err == nil {
		t.Error("a server that was stopped answers")
	}
	s.StopServer(t) // once more does no harm
	s.StartServer(t)
	if x, err := one(t, s.URL, "select x from kept"); x != "x" || err != nil {
		t.Errorf("after a crash there is %q, error %v", x, err)
	}
	dsn := s.Database(t)
	if _, err := one(t, dsn, "select 'x'"); err != nil {
		t.Error(err)
	}
	// A file that keeps everybody out: it starts all the same.
	s.Put(t, "pg_hba.conf", "host all all 127.0.0.1/32 reject\n")
	s.StopServer(t)
	s.StartServer(t)
	if !strings.Contains(s.Log(t), "ready to accept connections") {
		t.Error("the log does not tell of the start")
	}
}

const childVariable = "PGTEST_CHILD"

// TestChild is another test process, which is killed.
func TestChild(t *testing.T) {
	tell := os.Getenv(childVariable)
	if tell == "" {
		t.Skip("it plays a part of another test")
	}
	s := pgtest.Start(t)
	pid, err := one(t, s.URL, "select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := one(t, s.URL, "show data_directory")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(tell+".new", []byte(pid+" "+dir), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(tell+".new", tell); err != nil {
		t.Fatal(err)
	}
	select {}
}

func TestAProcessThatIsKilledLeavesNoServer(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ends a child together with its parent")
	}
	t.Parallel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	tell := filepath.Join(t.TempDir(), "server")
	child := exec.Command(exe, "-test.run=^TestChild$")
	child.Env = append(os.Environ(), childVariable+"="+tell)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	var dir string
	for begun := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if b, err := os.ReadFile(tell); err == nil {
			if _, err := fmt.Sscan(string(b), &pid, &dir); err != nil {
				t.Fatal(err)
			}
			break
		}
		if time.Since(begun) > time.Minute {
			_ = child.Process.Kill()
			t.Fatal("the other process has no server after a minute")
		}
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	for begun := time.Now(); syscall.Kill(pid, 0) == nil; time.Sleep(20 * time.Millisecond) {
		if time.Since(begun) > 20*time.Second {
			t.Fatal("the server outlives its process")
		}
	}
	// The next process removes its folder.
	sweeper := exec.Command(exe, "-test.run=^TestDatabasesAreTheirOwn$")
	sweeper.Env = append(os.Environ(), "DATABASE_URL=")
	if out, err := sweeper.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Errorf("%s is left behind", dir)
	}
}

func TestPackagesAtOnce(t *testing.T) {
	t.Parallel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	all := make([]*exec.Cmd, 2)
	for i := range all {
		all[i] = exec.Command(exe, "-test.run=^TestDatabasesAreTheirOwn$")
		if i == 1 { // on a server that is there
			all[i].Env = append(os.Environ(), "DATABASE_URL="+pgtest.New(t))
		}
		if err := all[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range all {
		if err := c.Wait(); err != nil {
			t.Error(err)
		}
	}
}
