// Package store keeps in PostgreSQL what the plugin and the collector fetch and decode: the answers of iRacing's API, the
// sign-in, the facts of races and drivers, telemetry files with their laps and traces, and the runs of jobs.
//
// All of it lies in the schema iracing. Its tables are for these programs; the views whose names begin with v_ are for
// dashboards and people: they are in seconds, count from 1 and call other people by pseudonyms. Writing a thing twice
// changes nothing. No other package knows SQL.
//
// A [Store] is made without a connection and connects at its first use, so that a program starts while the database is
// down. Errors are of type [*Error] and never tell a password or an address with one. It needs sessions: between it and the
// server there may be a pooler in session mode, but none in transaction mode.
package store

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/apexobs/iracing-grafana-observability/pkg/keylock"
)

// Config says where the database is and how to reach it. Fields that are empty are taken from URL, and then from the
// variables and defaults that libpq knows.
type Config struct {
	// URL is a connection string: postgres://user@host:5432/database?sslmode=verify-full, or key=value words.
	URL string
	// Host is a name or an address, with or without a port.
	Host     string
	Database string
	User     string
	Password string
	// TLS is how far the connection is secured. Empty leaves it to URL, but is [TLSVerifyFull] with a Host or a CA.
	TLS TLSMode
	// CA, Cert and Key are PEM texts: the authority that signed the server's certificate, and the client's own.
	CA, Cert, Key string
	// Name is what the server calls this program in its list of connections.
	Name string
	// Realm is where the facts come from that this store keeps; it refuses to keep any in a database that has some of
	// another. Empty means that nobody looks.
	Realm Realm
	// MaxConns bounds the pool; 0 means 8.
	MaxConns int32
	// ConnectTimeout and StatementTimeout bound a connection attempt and a statement; 0 means 5 s and 60 s.
	ConnectTimeout, StatementTimeout time.Duration
	// Dial makes the connections; nil means directly.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Warn is told what went wrong without failing a call; nil means nobody.
	Warn func(text string, err error)
}

// TLSMode is how far a connection is secured; the modes are libpq's.
type TLSMode string

// The TLS modes.
const (
	TLSDisable    TLSMode = "disable"
	TLSRequire    TLSMode = "require"     // encrypted, with whom is not looked at, unless there is a CA
	TLSVerifyCA   TLSMode = "verify-ca"   // and the server's certificate is one of the authority's
	TLSVerifyFull TLSMode = "verify-full" // and made out to the host's name
)

// Store is the database. It is safe for concurrent use.
type Store struct {
	config  Config
	pool    *pgxpool.Pool
	breaker breaker
	holder  string // tells this store from others in leases
	forget  func() // ends its metrics

	life context.Context // ends with Close
	end  context.CancelFunc
	work sync.WaitGroup

	isReady  atomic.Bool
	mu       sync.Mutex
	readying *readying // what brings the schema up to date; nil when nothing does

	realm      realmSeen
	tokenLocks keylock.Locks
	tokenTimes tokenTimes
}

// Close ends all connections of the pool and waits for those in use. Locks are their holders' to release.
func (s *Store) Close() {
	s.forget()
	s.end()
	s.work.Wait() // migrations that have begun are not broken off
	s.pool.Close()
}

// String tells where the database is, and no secret.
func (s *Store) String() string {
	c := s.pool.Config().ConnConfig
	return fmt.Sprintf("%s on %s", c.Database, net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port))))
}

// Format prints String whatever the verb.
func (s *Store) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// Format prints nothing of a configuration, as it has a password.
func (c Config) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("{database}")) }
