// Package store keeps in PostgreSQL what the plugin and the collector fetch and decode: the answers of iRacing's API, the
// sign-in, the facts of races and drivers, telemetry files with their laps and traces, and the runs of jobs.
//
// All of it lies in the schema iracing. Its tables are for these programs; the views whose names begin with v_ are for
// dashboards and people: they are in seconds, count from 1 and call other people by pseudonyms. Writing a thing twice
// changes nothing. No other package knows SQL.
//
// A [Store] is made without a connection and connects at its first use, so that a program starts while the database is
// down. Errors are of type [*Error] and never tell a password or an address with one.
package store

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
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
	// TLS is how far the connection is secured; empty leaves it to URL, or else is [TLSVerifyFull] with a Host and
	// libpq's default without.
	TLS TLSMode
	// CA, Cert and Key are PEM texts: the authority that signed the server's certificate, and the client's own.
	CA, Cert, Key string
	// Name is what the server calls this program in its list of connections.
	Name string
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
	TLSRequire    TLSMode = "require"     // encrypted, with whom is not looked at
	TLSVerifyCA   TLSMode = "verify-ca"   // and the server's certificate is one of the authority's
	TLSVerifyFull TLSMode = "verify-full" // and made out to the host's name
)

// Store is the database. It is safe for concurrent use.
type Store struct {
	config Config
	pool   *pgxpool.Pool

	ready   sync.Mutex
	isReady bool
}

// Close ends all connections and waits for those in use.
func (s *Store) Close() { s.pool.Close() }
