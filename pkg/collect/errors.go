package collect

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// errNoAccount is for what cannot be done without an account.
var errNoAccount = &iracing.Error{Kind: iracing.NoCredentials, Detail: "telemetry files need none"}

// temporary tells that the same may work later without anybody doing anything.
func temporary(err error) bool {
	if e, ok := errors.AsType[*iracing.Error](err); ok && e.Temporary() {
		return true
	}
	if e, ok := errors.AsType[*store.Error](err); ok && e.Temporary() {
		return true
	}
	if e, ok := errors.AsType[*library.BucketError](err); ok && e.Temporary {
		return true
	}
	_, ok := errors.AsType[*pushError](err)
	return ok || errors.Is(err, errNotListed)
}

// namingError is an error that names files or places. Whoever reads the runs may see less than the operator, who reads the
// log.
type namingError struct {
	err error
	run string // what the run says in its place
}

func (e *namingError) Error() string { return e.err.Error() }

func (e *namingError) Unwrap() error { return e.err }

// pushError is a Prometheus that did not take samples.
type pushError struct{ err error }

func (e *pushError) Error() string { return e.err.Error() }

func (e *pushError) Unwrap() error { return e.err }

// ofOneThing tells an error that is about one request, so that others may still do: iRacing does not show it or does not
// know it, or its answer cannot be read or kept.
func ofOneThing(err error) bool {
	if e, ok := errors.AsType[*iracing.Error](err); ok {
		switch e.Kind {
		case iracing.Forbidden, iracing.NotFound, iracing.BadRequest, iracing.BadAnswer:
			return true
		}
		return false
	}
	return notTaken(err)
}

// notTaken tells that the database works and does not take something.
func notTaken(err error) bool {
	e, ok := errors.AsType[*store.Error](err)
	return ok && e.Kind == store.Failed
}

// reason is an error without what differs from one request to the next, so that equal ones are told once, and without the
// names of files and places.
func reason(err error) string {
	if e, ok := errors.AsType[*namingError](err); ok {
		// What the database or Prometheus says names none.
		if e, ok := errors.AsType[*store.Error](err); ok {
			return e.Error()
		}
		if e, ok := errors.AsType[*pushError](err); ok {
			return e.Error()
		}
		return e.run
	}
	if e, ok := errors.AsType[*iracing.Error](err); ok {
		return (&iracing.Error{Kind: e.Kind, Endpoint: e.Endpoint, Detail: e.Detail}).Error()
	}
	return err.Error()
}

// signInFailed tells that a person has to see to the sign-in.
func signInFailed(err error) bool {
	e, ok := errors.AsType[*iracing.Error](err)
	return ok && (e.Kind == iracing.NoCredentials || e.Kind == iracing.BadCredentials || e.Kind == iracing.SignInAgain)
}

// The pauses between attempts, which double from one to the next.
const (
	firstPause = time.Second
	mostPause  = time.Minute
)

// nobody is told why something waits.
func nobody(error) {}

// persist tries something again while the database or iRacing is away, until there was no progress for the patience. The log
// is told, by the words of text, that it waits, once for each reason. waits is told why it pauses, and nil when it goes on.
func (c *Collector) persist(ctx context.Context, text string, progress func() int64, waits func(error), try func(context.Context) error) error {
	gone := false
	return c.persistUnless(ctx, &gone, text, progress, waits, try)
}

// persistUnless is persist for one of several things that share the patience: once it is gone, the others are tried once
// each, until there is progress again.
func (c *Collector) persistUnless(ctx context.Context, gone *bool, text string, progress func() int64, waits func(error), try func(context.Context) error) error {
	since, pause, last := time.Now(), min(firstPause, c.pause), progress()
	told := ""
	for {
		err := try(ctx)
		switch {
		case err == nil:
			*gone = false
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case !temporary(err):
			return err
		}
		if now := progress(); now != last {
			*gone = false
			since, pause, last = time.Now(), min(firstPause, c.pause), now
		}
		wait := pause/2 + rand.N(pause)
		if e, ok := errors.AsType[*iracing.Error](err); ok && !e.Until.IsZero() {
			wait = max(wait, e.Until.Sub(c.Now()))
		}
		if *gone || time.Since(since)+wait > c.Patience {
			*gone = true
			return err
		}
		pause = min(2*pause, c.pause)
		level := hclog.Warn
		if told == reason(err) {
			level = hclog.Debug
		}
		told = reason(err)
		c.Log.Log(level, text, "reason", err, "until", clockTime(time.Now().Add(wait)), "gives_up", clockTime(since.Add(c.Patience)))
		waits(err)
		if !sleep(ctx, wait) {
			return ctx.Err()
		}
		waits(nil)
	}
}

// flush writes what the cache has kept back, with the same patience.
func (c *Collector) flush(ctx context.Context, waits func(error)) error {
	return c.persist(ctx, "Answers wait to be written", func() int64 { return 0 }, waits, c.Flush)
}

// sleep tells whether the time has passed; ctx ended otherwise.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
