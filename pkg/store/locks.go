package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// lockRound is for how long the server lets a session wait for a lock before it asks again, so that a session whose
	// client has gone does not wait forever.
	lockRound = 5 * time.Second
	// lockPing is how often the connection of a lock is tried, and how long the server has for an answer.
	lockPing = 5 * time.Second
)

// Lock is held by one process at a time. It ends with its connection, so that a process which dies leaves none behind.
type Lock struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	conn   *pgx.Conn
	key    int64

	stop    context.CancelFunc // ends the watching
	watched chan struct{}
	once    sync.Once
}

// HeldError says that somebody else holds a lock.
type HeldError struct {
	Job string
	// Holder is what the holder calls itself, empty when nobody can tell.
	Holder string
	// Since is when its connection was made; zero when nobody can tell.
	Since time.Time
}

func (e *HeldError) Error() string {
	switch {
	case e.Since.IsZero():
		return e.Job + " is being done by another process"
	case e.Holder == "":
		return fmt.Sprintf("%s is being done by another process since %s", e.Job, e.Since.UTC().Format(time.DateTime))
	}
	return fmt.Sprintf("%s is being done by another process (%s) since %s", e.Job, e.Holder, e.Since.UTC().Format(time.DateTime))
}

// Lock takes the lock of a job, on a connection of its own. With wait it waits until the lock is free or ctx ends; without, a
// lock that somebody has is a [*HeldError].
func (s *Store) Lock(ctx context.Context, job string, wait bool) (*Lock, error) {
	conn, err := s.session(ctx)
	if err != nil {
		return nil, err
	}
	key := lockKey("job " + job)
	if wait {
		err = waitAdvisory(ctx, conn, key)
	} else {
		err = tryAdvisory(ctx, conn, key, job)
	}
	if err != nil {
		end(conn)
		if held, ok := errors.AsType[*HeldError](err); ok {
			return nil, held
		}
		return nil, s.fail(ctx, err)
	}
	l := &Lock{conn: conn, key: key, watched: make(chan struct{})}
	l.ctx, l.cancel = context.WithCancelCause(ctx)
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	l.stop = stop
	go l.watch(watching, s)
	return l, nil
}

// Context ends when the lock is released or lost, or with the context that it was taken with. Whoever works under the lock
// works with this context; its cause is an [*Error] when the lock was lost.
func (l *Lock) Context() context.Context { return l.ctx }

// Release gives the lock to the next one. It may be called more than once.
func (l *Lock) Release() {
	l.once.Do(func() {
		l.cancel(context.Canceled)
		l.stop()
		<-l.watched
		if !l.conn.IsClosed() {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			_, _ = l.conn.Exec(ctx, "select pg_advisory_unlock($1)", l.key) // its end does the same, a little later
		}
		end(l.conn)
	})
}

// watch ends the lock's context when the connection is lost. It listens, as a server that ends says so, and asks now and
// then, as a host that vanished does not.
func (l *Lock) watch(ctx context.Context, s *Store) {
	defer close(l.watched)
	for {
		listen, done := context.WithTimeout(ctx, lockPing)
		_, err := l.conn.WaitForNotification(listen)
		silent := listen.Err() != nil
		done()
		if ctx.Err() != nil {
			return
		}
		if silent && !l.conn.IsClosed() {
			ask, done := context.WithTimeout(ctx, lockPing)
			err = l.conn.Ping(ask)
			done()
			if ctx.Err() != nil {
				return
			}
		}
		if err != nil {
			l.cancel(s.fail(ctx, &Error{Kind: Unreachable, Detail: "the connection that held a lock is lost", Err: err}))
			return
		}
	}
}

// lockKey is the number of a lock.
func lockKey(name string) int64 {
	sum := sha256.Sum256([]byte("iracing " + name))
	return int64(binary.BigEndian.Uint64(sum[:]))
}

// waitAdvisory takes a lock for the session.
func waitAdvisory(ctx context.Context, conn *pgx.Conn, key int64) error {
	if _, err := conn.Exec(ctx, fmt.Sprintf("set lock_timeout = %d", lockRound.Milliseconds())); err != nil {
		return err
	}
	for {
		_, err := conn.Exec(ctx, "select pg_advisory_lock($1)", key)
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != "55P03" {
			return err
		}
	}
}

// tryAdvisory is waitAdvisory without waiting.
func tryAdvisory(ctx context.Context, conn *pgx.Conn, key int64, job string) error {
	var ok bool
	if err := conn.QueryRow(ctx, "select pg_try_advisory_lock($1)", key).Scan(&ok); err != nil || ok {
		return err
	}
	held := &HeldError{Job: job}
	var since *time.Time
	err := conn.QueryRow(ctx, `
		select coalesce(a.application_name, ''), a.backend_start
		from pg_locks l join pg_stat_activity a using (pid)
		where l.locktype = 'advisory' and l.granted and l.objsubid = 1
			and l.classid::bigint = $1::bigint >> 32 & 4294967295 and l.objid::bigint = $1::bigint & 4294967295`, key).Scan(&held.Holder, &since)
	if err == nil && since != nil {
		held.Since = since.UTC()
	}
	return held
}
