package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// startFor bounds the start of a server.
const startFor = 60 * time.Second

// Server is a running PostgreSQL.
type Server struct {
	// URL is a connection string for its superuser and the database postgres.
	URL string
	// Host and Port are where it listens.
	Host string
	Port int

	place    *place
	dir      string // its data
	settings string

	mu    sync.Mutex
	cmd   *exec.Cmd
	ended chan struct{} // closed when the process has ended
}

// DSN is a connection string for another database of the server.
func (s *Server) DSN(database string) string {
	dsn, _ := withDatabase(s.URL, database) // it is one of ours
	return dsn
}

// Database makes an empty database and answers its connection string.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	name := "test_" + random()
	s.Exec(t, "create database "+name)
	return s.DSN(name)
}

// start starts it, on the port it had if it had one.
func (s *Server) start() (err error) {
	const tries = 5
	fixed := s.Port != 0
	for range tries {
		if !fixed {
			if s.Port, err = freePort(); err != nil {
				return err
			}
		}
		if err = s.begin(); err == nil {
			return nil
		}
		// Another process may have been quicker to take the port.
	}
	return err
}

func (s *Server) begin() error {
	s.Host = "127.0.0.1"
	s.URL = fmt.Sprintf("postgres://postgres@%s:%d/postgres?sslmode=disable", s.Host, s.Port)
	conf := fmt.Sprintf(`
listen_addresses = '%s'
port = %d
unix_socket_directories = ''
# Nobody switches the computer off; a crash of the server alone loses nothing.
fsync = off
full_page_writes = off
max_wal_size = 256MB
min_wal_size = 32MB
max_connections = 100
timezone = 'UTC'
log_timezone = 'UTC'
%s
`, s.Host, s.Port, s.settings)
	if err := s.put("postgresql.conf", conf); err != nil {
		return err
	}
	log, err := os.OpenFile(s.log(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(filepath.Join(s.place.bin, "postgres"), "-D", s.dir)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.Stdout, cmd.Stderr = log, log
	s.place.as.apply(cmd)
	endWithParent(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait()
	}()
	s.mu.Lock()
	s.cmd, s.ended = cmd, ended
	s.mu.Unlock()
	if err := s.await(ended); err != nil {
		s.kill()
		said, _ := os.ReadFile(s.log())
		return fmt.Errorf("PostgreSQL does not start: %w\n%s", err, said)
	}
	return nil
}

// await waits until it answers.
func (s *Server) await(ended <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(context.Background(), startFor)
	defer cancel()
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		conn, err := net.DialTimeout("tcp", net.JoinHostPort(s.Host, strconv.Itoa(s.Port)), time.Second)
		if err == nil {
			_ = conn.Close()
			var c *pgx.Conn
			// Settings of the test's may keep connections out: then that somebody answers has to do.
			if c, err = pgx.Connect(ctx, s.URL); err == nil {
				return c.Close(ctx)
			}
			if s.isUp() {
				return nil
			}
		}
		select {
		case <-ended:
			return errors.New("it ended")
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}

// isUp tells what the server itself says of its start.
func (s *Server) isUp() bool {
	pid, err := os.ReadFile(filepath.Join(s.dir, "postmaster.pid"))
	lines := strings.Split(string(pid), "\n")
	return err == nil && len(lines) >= 8 && strings.HasPrefix(lines[7], "ready") // where pg_ctl looks, too
}

// log lies beside the data.
func (s *Server) log() string { return s.dir + ".log" }

// Log is what the server has written to its log.
func (s *Server) Log(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile(s.log())
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// StopServer ends the server at once, as a crash does, without waiting for its clients.
func (s *Server) StopServer(testing.TB) { s.kill() }

// kill ends it and waits for that.
func (s *Server) kill() {
	s.mu.Lock()
	cmd, ended := s.cmd, s.ended
	s.cmd = nil
	s.mu.Unlock()
	if cmd == nil {
		return
	}
	quit(cmd)
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		_ = cmd.Process.Kill()
		<-ended
	}
}

// StartServer starts it again on the same port.
func (s *Server) StartServer(t testing.TB) {
	t.Helper()
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
}

// Exec runs a statement as the superuser.
func (s *Server) Exec(t testing.TB, sql string) {
	t.Helper()
	admin(t, s.URL, sql)
}

// Put writes a file into the folder of its data, such as pg_hba.conf or a certificate.
func (s *Server) Put(t testing.TB, name, text string) {
	t.Helper()
	if err := s.put(name, text); err != nil {
		t.Fatal(err)
	}
}

func (s *Server) put(name, text string) error {
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	return s.place.as.own(path)
}

func (s *Server) remove() {
	s.kill()
	_ = os.RemoveAll(s.dir)
	_ = os.Remove(s.log())
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}
