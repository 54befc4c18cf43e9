// Package pgtest gives tests a PostgreSQL of their own: a database on the server that DATABASE_URL names, or on one that it
// starts from the installed programs, on loopback, in a temporary folder and as a user other than root.
//
// A server ends with the test process, however that ends: Linux tells it so. What a process left behind that was killed is
// removed by the next one.
package pgtest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Main runs a package's tests and then ends all servers that it started. A package that uses this one needs it:
//
//	func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
func Main(m *testing.M) int {
	defer home.end()
	return m.Run()
}

// New makes an empty database and answers its connection string. It is dropped when the test ends. All tests of a process
// have one server.
func New(t testing.TB) string {
	t.Helper()
	return create(t, "template1")
}

// Copy makes a database that is a copy of one which prepare has filled, once in the process for each name: a copy is quicker
// than running the migrations again. prepare must have closed its connections when it returns.
func Copy(t testing.TB, name string, prepare func(dsn string) error) string {
	t.Helper()
	template, err := home.template(name, func() (string, error) {
		base, err := server()
		if err != nil {
			return "", err
		}
		name := "test_" + random()
		dsn, err := withDatabase(base, name)
		if err == nil {
			err = execute(base, "create database "+name)
		}
		if err != nil {
			return "", err
		}
		home.atEnd(func() { _ = execute(base, "drop database if exists "+name+" with (force)") })
		return name, prepare(dsn)
	})
	if err != nil {
		missing(t, err)
	}
	return create(t, template)
}

// server is a connection string for the server that all tests share.
func server() (string, error) {
	if dsn := os.Getenv("DATABASE_URL"); dsn != "" {
		return dsn, nil
	}
	s, err := home.shared()
	if err != nil {
		return "", err
	}
	return s.URL, nil
}

func create(t testing.TB, template string) string {
	t.Helper()
	base, err := server()
	if err != nil {
		missing(t, err)
	}
	name := "test_" + random()
	dsn, err := withDatabase(base, name)
	if err == nil {
		err = execute(base, "create database "+name+" template "+template)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { admin(t, base, "drop database if exists "+name+" with (force)") })
	return dsn
}

// Start starts a server of the test's own, which it may stop, start again and set up as it likes. settings are lines of
// postgresql.conf.
func Start(t testing.TB, settings ...string) *Server {
	t.Helper()
	if _, err := binaries(); err != nil && os.Getenv("DATABASE_URL") != "" {
		t.Skip("it needs a server that it may stop, and PostgreSQL is not installed here")
	}
	s, err := home.launch(strings.Join(settings, "\n"))
	if err != nil {
		missing(t, err)
	}
	t.Cleanup(s.remove)
	return s
}

// Run starts a server for a program that is no test, and answers how to end it.
func Run() (s *Server, end func(), err error) {
	if s, err = home.launch(""); err != nil {
		home.end()
		return nil, nil, err
	}
	return s, home.end, nil
}

var errNotInstalled = errors.New("PostgreSQL is not installed: install it (Debian: apt install postgresql), or name a server in DATABASE_URL")

// missing ends a test that has no server. That there is none is a failure where changes are checked.
func missing(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, errNotInstalled) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	t.Fatal(err)
}

// withDatabase is a connection string for another database of the same server.
func withDatabase(dsn, name string) (string, error) {
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return "", errors.New("DATABASE_URL is not of the form postgres://user@host:port/database")
	}
	u.Path = "/" + name
	return u.String(), nil
}

func admin(t testing.TB, dsn, sql string) {
	t.Helper()
	if err := execute(dsn, sql); err != nil {
		t.Fatal(err)
	}
}

func execute(dsn, sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, sql)
	return err
}

func random() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

// binaries is the folder of the installed server's programs.
func binaries() (string, error) {
	if dir := os.Getenv("PG_BIN"); dir != "" {
		return dir, nil
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin"} {
		found, _ := filepath.Glob(pattern)
		slices.Sort(found)
		for _, dir := range slices.Backward(found) {
			if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil {
				return dir, nil
			}
		}
	}
	return "", errNotInstalled
}
