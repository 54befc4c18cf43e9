package store

import (
	"context"
	"errors"
	"sync"
	"time"
)

// defaultRest is for how long a database that is down is left alone.
const defaultRest = 5 * time.Second

// breaker remembers that the database is down, so that what needs it fails at once instead of waiting for a connection
// again and again. One caller looks after each rest.
type breaker struct {
	rest time.Duration
	now  func() time.Time

	mu    sync.Mutex
	err   error // why it is down; nil while it is up
	until time.Time
	tried bool // anybody came through
}

// enter fails while the database is down.
func (b *breaker) enter() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		return nil
	}
	if b.now().Before(b.until) {
		return b.err
	}
	// This caller looks; until it is back, or for another rest at most, the others are told what was found last.
	b.until = b.now().Add(b.rest)
	return nil
}

// leave tells what came of it: nil when the database is up, errUnknown when nobody can tell.
func (b *breaker) leave(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case errors.Is(err, errUnknown):
		if b.err != nil {
			b.until = b.now() // the next one may look
		}
		return
	case err == nil:
		b.err = nil
	default:
		b.err, b.until = err, b.now().Add(b.rest)
	}
	b.tried = true
}

// trip leaves the database alone for a reason other than its connections, unless it is left alone for that already.
func (b *breaker) trip(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != err { //nolint:errorlint // the very same
		b.err, b.until, b.tried = err, b.now().Add(b.rest), true
	}
}

// state is whether the database was up when it was last used. tried is false before the first use.
func (b *breaker) state() (err error, tried bool) { //nolint:revive // the error is what it is about
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err, b.tried
}

// errUnknown stands for an attempt that says nothing of the database.
var errUnknown = errors.New("the attempt was given up")

// downErr is what an attempt to connect says of the database.
func (s *Store) downErr(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil, errors.Is(err, errPoolFull):
		return errUnknown
	}
	return wrap(ctx, err)
}
