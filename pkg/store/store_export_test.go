package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Hasten shortens what tests would wait for: the lease on tokens, the time to write them, and the rest of a database that
// is down.
func (s *Store) Hasten(lease, write, rest time.Duration) {
	s.tokenTimes = tokenTimes{lease: lease, write: write, round: 5 * time.Millisecond}
	s.breaker.rest = rest
}

// Pack compresses.
func Pack(b []byte) []byte { return pack(b) }

// Unpack decompresses.
func Unpack(b []byte, limit int64) ([]byte, error) { return unpack(b, limit) }

// RequestKey is the text under which a key stands in a table.
func RequestKey(key string) string { return requestKey(key) }

// Wrap makes an [*Error] of what the driver says.
var Wrap = wrap

// PurgeLock is the lock that keeps a purge apart from those who write.
const PurgeLock = purgeLock

// Tx runs f in a transaction.
func (s *Store) Tx(ctx context.Context, f func(pgx.Tx) error) error { return s.tx(ctx, f) }

// Query runs a statement without a transaction.
func (s *Store) Query(ctx context.Context, sql string, args ...any) error {
	return s.query(ctx, func(q querier) error { _, err := q.Exec(ctx, sql, args...); return err })
}

// Impatient makes connections that break when the other side is silent.
var Impatient = impatient

// Scram is what PostgreSQL keeps of a password.
var Scram = scram

// Prepare takes answers apart, and answers what writes their facts.
func (s *Store) Prepare(ctx context.Context, answers []Answered) (func(context.Context) (Rows, error), error) {
	jobs, err := takeApart(ctx, answers)
	return func(ctx context.Context) (Rows, error) { return s.write(ctx, jobs, s.checkRealm) }, err
}

// MigrateTo makes the schema as it was at an earlier version.
func (s *Store) MigrateTo(ctx context.Context, version int) error {
	want, err := steps()
	if err != nil {
		return err
	}
	_, _, err = s.migrate(ctx, want[:version])
	return err
}

// Together runs write in a transaction, which adds rows to a table.
func (s *Store) Together(ctx context.Context, table, where string, write func(pgx.Tx) error) error {
	return s.tx(ctx, func(tx pgx.Tx) error {
		return s.TogetherIn(ctx, tx, table, where, func() error { return write(tx) })
	})
}

// TogetherIn runs write, which adds rows to a table, with their foreign keys checked together.
func (s *Store) TogetherIn(ctx context.Context, tx pgx.Tx, table, where string, write func() error) error {
	return newRows{table: table, where: where}.together(ctx, tx, write)
}
