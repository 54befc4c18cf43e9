package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// querier is what a connection and a transaction have in common.
type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
	CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error)
}

// Transactions that lose against others are begun again this often.
const (
	txTries   = 6
	txBackoff = 20 * time.Millisecond
)

// tx runs f in a transaction, on a schema that is up to date. The transaction is begun again, and f called again, when it
// lost against another one (a deadlock, a serialisation failure) or when its connection broke before the commit was sent. An
// error of the database comes back as an [*Error], any other error of f's as it is.
func (s *Store) tx(ctx context.Context, f func(pgx.Tx) error) error {
	if err := s.Ready(ctx); err != nil {
		return err
	}
	for try := 1; ; try++ {
		again, err := s.tryTx(ctx, f)
		if err == nil {
			return nil
		}
		if !again || try == txTries || !pause(ctx, txBackoff<<(try-1)) {
			return s.fail(ctx, err)
		}
	}
}

// tryTx makes one transaction. again tells that another one may succeed where this one failed.
func (s *Store) tryTx(ctx context.Context, f func(pgx.Tx) error) (again bool, err error) {
	conn, err := s.acquire(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Release()
	committing := false
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		err := f(tx)
		committing = err == nil
		return err
	})
	if err == nil {
		return false, nil
	}
	if lost(err) || stalePlan(err) {
		return true, err
	}
	if broken(conn.Conn(), err) && ctx.Err() == nil {
		// The others of the pool are likely to be as dead: the server was started again.
		s.pool.Reset()
		return !committing, err
	}
	return false, err
}

// query runs f on a connection without a transaction, on a schema that is up to date. f is called again only when nothing
// of it has reached the server.
func (s *Store) query(ctx context.Context, f func(q querier) error) error {
	if err := s.Ready(ctx); err != nil {
		return err
	}
	return s.bare(ctx, f)
}

// bare is query on whatever schema there is.
func (s *Store) bare(ctx context.Context, f func(q querier) error) error {
	for try := 1; ; try++ {
		again, err := s.tryQuery(ctx, f)
		if err == nil {
			return nil
		}
		if !again || try == txTries {
			return s.fail(ctx, err)
		}
	}
}

func (s *Store) tryQuery(ctx context.Context, f func(q querier) error) (again bool, err error) {
	conn, err := s.acquire(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Release()
	if err = f(conn); err == nil {
		return false, nil
	}
	if broken(conn.Conn(), err) && ctx.Err() == nil {
		s.pool.Reset()
		return pgconn.SafeToRetry(err), err
	}
	return stalePlan(err), err
}

// acquire takes a connection from the pool. While the database is down it fails at once with what was found last, but for
// one caller every few seconds, who looks.
func (s *Store) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	if err := s.breaker.enter(); err != nil {
		return nil, err
	}
	conn, err := s.take(ctx)
	s.breaker.leave(s.downErr(ctx, err))
	return conn, err
}

// take waits for a connection that is made for as long as making one may take, and for one that others use for as long as
// a statement may take.
func (s *Store) take(ctx context.Context) (*pgxpool.Conn, error) {
	begun := time.Now()
	for {
		wait, cancel := context.WithTimeout(ctx, s.config.ConnectTimeout)
		conn, err := s.pool.Acquire(wait)
		expired := wait.Err() != nil
		cancel()
		switch {
		case err == nil:
			return conn, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !expired:
			return nil, err
		}
		if st := s.pool.Stat(); st.AcquiredConns() < st.MaxConns() {
			return nil, &Error{Kind: Timeout, Detail: "no connection came about", Err: err}
		}
		if time.Since(begun) > s.config.StatementTimeout {
			return nil, &Error{Kind: Busy, Detail: "all connections of this program are in use", Err: errPoolFull}
		}
	}
}

// errPoolFull marks that the server is not to blame.
var errPoolFull = errors.New("the pool of connections is used up")

// lost tells that a transaction lost against another one.
func lost(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// stalePlan tells that the schema changed under a prepared statement, which the driver prepares anew the next time.
func stalePlan(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "0A000" && strings.Contains(pg.Message, "cached plan") || pg.Code == "26000")
}

// broken tells that a connection is gone, by itself or because the server ends.
func broken(conn *pgx.Conn, err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "57P01" || pg.Code == "57P02" || pg.Code == "57P03" || pg.Code == "25P03" || strings.HasPrefix(pg.Code, "08")
	}
	return conn.IsClosed()
}

// pause waits, and tells whether to go on. It varies, so that those who ran into each other do not again.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d/2 + rand.N(d))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
