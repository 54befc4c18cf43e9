package iracing

import (
	"context"
	"sync"
	"time"
)

// flights are the requests that are under way. Each runs on a context of its own, which ends when all who wait for it
// have gone.
type flights struct {
	mu     sync.Mutex
	byKey  map[string]*flight
	closed bool
	all    sync.WaitGroup
}

// flight is one request and those who wait for it. What it brings may be read once done is closed.
type flight struct {
	key    string
	done   chan struct{}
	answer *Answer
	err    error

	// The rest is guarded by the mutex of flights.
	waiting  int
	deadline time.Time // the latest of those who wait
	endless  bool      // somebody has no deadline
	cancel   context.CancelFunc
	keep     *time.Timer // ends what nobody waits for any more
}

// runOn is how long a request may go on that nobody waits for any more.
const runOn = 2 * time.Minute

// join waits together with others for what run brings; first tells that it was started for this caller.
func (s *flights) join(ctx context.Context, key string, run func(context.Context) (*Answer, error)) (f *flight, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f = s.byKey[key]; f == nil {
		first = true
		f = &flight{key: key, done: make(chan struct{})}
		// The values of the first caller's context go along: tracing tells then whose request it was.
		own, cancel := context.WithCancel(context.WithoutCancel(ctx))
		f.cancel = cancel
		if s.byKey == nil {
			s.byKey = map[string]*flight{}
		}
		if s.closed {
			cancel()
			f.err = context.Canceled
			close(f.done)
			return f, first
		}
		s.byKey[key] = f
		s.all.Go(func() { s.fly(flightContext{own, s, f}, f, run) })
	}
	f.waiting++
	if deadline, ok := ctx.Deadline(); !ok {
		f.endless = true
	} else if deadline.After(f.deadline) {
		f.deadline = deadline
	}
	return f, first
}

func (s *flights) fly(ctx context.Context, f *flight, run func(context.Context) (*Answer, error)) {
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.forget(f)
		close(f.done)
	}()
	f.answer, f.err = run(ctx)
}

// forget lets later callers start anew.
func (s *flights) forget(f *flight) {
	if s.byKey[f.key] == f {
		delete(s.byKey, f.key)
	}
	f.cancel()
	if f.keep != nil {
		f.keep.Stop()
	}
}

// leave is for one who waits no longer.
func (s *flights) leave(f *flight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.waiting--; f.waiting == 0 {
		s.forget(f)
	}
}

// leaveRunning is for one who waits no longer but wants the request to come to its end.
func (s *flights) leaveRunning(f *flight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-f.done: // it has come to its end just now
		return
	default:
	}
	if f.keep != nil {
		f.waiting-- // another one sees to that
		return
	}
	f.keep = time.AfterFunc(runOn, func() {
		s.mu.Lock()
		f.keep = nil // whoever leaves it running from now on sees to that anew
		s.mu.Unlock()
		s.leave(f)
	})
}

func (s *flights) close() {
	s.mu.Lock()
	s.closed = true
	for _, f := range s.byKey {
		f.cancel()
	}
	s.mu.Unlock()
	s.all.Wait()
}

// flightContext has the latest deadline of those who wait as its own, so that a client sees how long waiting makes
// sense. It ends by being cancelled, when the last of them has gone.
type flightContext struct {
	context.Context
	flights *flights
	flight  *flight
}

// Deadline moves when others join.
func (c flightContext) Deadline() (time.Time, bool) {
	c.flights.mu.Lock()
	defer c.flights.mu.Unlock()
	return c.flight.deadline, !c.flight.endless
}
