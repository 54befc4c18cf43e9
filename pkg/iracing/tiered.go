package iracing

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// TieredOptions are the settings of a [Tiered]. The zero value is a good one.
type TieredOptions struct {
	// Patience is how long a look or a write waits for the cache behind; 0 means three seconds.
	Patience time.Duration
	// Rest is for how long the cache behind is left alone after it failed; 0 means five seconds.
	Rest time.Duration
	// Pending bounds what is remembered while it fails, in bytes; 0 means 32 MB. What was remembered first goes first.
	Pending int64
	// Warn is told when the cache behind fails, once for each rest, and of what is lost; nil means nobody.
	Warn func(error)
	// Now is the clock by which entries are fresh; nil means the real one.
	Now func() time.Time
}

// defaultPending is the bound of what a [Tiered] remembers when none is given.
const defaultPending = 32 << 20

// Tiered is a [Cache] of two: a quick one in front, and one behind that lasts and is shared with other processes. While the
// one behind fails it is left alone but for a try now and then, so that it costs a query one wait at most; what could not be
// written is remembered, and written when it is back. One that can be read but not written to is read. It is safe for
// concurrent use.
//
// Its methods fail only when their context ends: that the cache behind fails is told to Warn.
type Tiered struct {
	front   *Memory
	back    Cache
	opts    TieredOptions
	reads   gate
	writes  gate
	closing context.Context
	end     context.CancelFunc
	work    sync.WaitGroup
	turn    chan struct{} // holds a value while somebody writes what is pending

	mu      sync.Mutex
	pending pendingEntries
	writing bool // a goroutine is at work on what is pending
	closed  bool
}

// TieredState is how a [Tiered] stands.
type TieredState struct {
	// Pending are the entries that wait to be written to the cache behind, and Bytes their size.
	Pending int
	Bytes   int64
	// Dropped counts those that will not be written: there was no room for them, or the cache behind does not take them.
	Dropped int64
	// Err is why the cache behind is left alone; nil while it works.
	Err error
}

// NewTiered puts a cache in front of another. Close it when it is no longer used.
func NewTiered(front *Memory, back Cache, o TieredOptions) *Tiered {
	if o.Patience <= 0 {
		o.Patience = 3 * time.Second
	}
	if o.Rest <= 0 {
		o.Rest = 5 * time.Second
	}
	if o.Pending <= 0 {
		o.Pending = defaultPending
	}
	if o.Warn == nil {
		o.Warn = func(error) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	t := &Tiered{front: front, back: back, opts: o, pending: newPendingEntries(o.Pending), turn: make(chan struct{}, 1)}
	t.closing, t.end = context.WithCancel(context.Background())
	t.reads.rest, t.writes.rest = o.Rest, o.Rest
	t.writes.opened, t.writes.waken = t.begin, t.begin
	return t
}

// Load answers what is in front while that is fresh, and else the newest there is.
func (t *Tiered) Load(ctx context.Context, key string) (*Entry, error) {
	near, err := t.front.Load(ctx, key)
	if err != nil {
		return nil, err
	}
	if near == nil {
		t.mu.Lock()
		near = t.pending.get(key)
		t.mu.Unlock()
	}
	if near != nil && (near.Until.IsZero() || t.opts.Now().Before(near.Until)) {
		return near, nil
	}
	far, err := t.lookBehind(ctx, key)
	if err != nil {
		return nil, err
	}
	if far == nil || near != nil && !far.At.After(near.At) {
		return near, nil
	}
	return far, t.front.Save(ctx, key, far)
}

// lookBehind asks the cache behind; nil when that fails or is left alone.
func (t *Tiered) lookBehind(ctx context.Context, key string) (*Entry, error) {
	if !t.reads.enter() {
		return nil, nil
	}
	within, cancel := context.WithTimeout(ctx, t.opts.Patience)
	defer cancel()
	e, err := t.back.Load(within, key)
	known := err == nil || ctx.Err() == nil
	if t.reads.leave(err, known) {
		t.opts.Warn(fmt.Errorf("read the cache behind: %w", err))
	}
	switch {
	case err == nil:
		return e, nil
	case !known:
		return nil, ctx.Err()
	}
	return nil, nil
}

// Save keeps an entry in front and behind; behind it may get later.
func (t *Tiered) Save(ctx context.Context, key string, e *Entry) error {
	if err := t.front.Save(ctx, key, e); err != nil {
		return err
	}
	t.mu.Lock()
	later := t.pending.has(key) // an older one of the same key must not come after it
	t.mu.Unlock()
	if !later && t.writes.enter() {
		within, cancel := context.WithTimeout(ctx, t.opts.Patience)
		defer cancel()
		err := t.back.Save(within, key, e)
		t.wrote(err, err == nil || ctx.Err() == nil)
		if err == nil {
			return nil
		}
	}
	t.remember(key, e)
	return nil
}

// wrote tells what came of writing to the cache behind.
func (t *Tiered) wrote(err error, known bool) {
	if t.writes.leave(err, known) {
		t.opts.Warn(fmt.Errorf("write to the cache behind: %w", err))
	}
}

// remember keeps an entry for later.
func (t *Tiered) remember(key string, e *Entry) {
	t.mu.Lock()
	before := t.pending.dropped
	t.pending.put(key, e)
	lost := t.pending.dropped - before
	t.mu.Unlock()
	if lost > 0 {
		t.opts.Warn(fmt.Errorf("%d answers will not be written to the cache behind, as too many wait for it", lost))
	}
	t.begin()
}

// begin starts to write what is pending, unless that is under way or the cache behind is left alone; it is then called
// again.
func (t *Tiered) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.writing || t.closed || t.pending.len() == 0 || !t.writes.enter() {
		return
	}
	t.writing = true
	t.work.Go(func() {
		err := t.writePending(t.closing)
		t.mu.Lock()
		t.writing = false
		t.mu.Unlock()
		if err == nil {
			t.begin() // what came between
		}
	})
}

// maxRefused is how often the cache behind may refuse an entry for good before it is given up.
const maxRefused = 3

// writePending writes until nothing is left, the cache behind fails, or ctx ends. The caller has entered.
func (t *Tiered) writePending(ctx context.Context) error {
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		t.wrote(nil, false)
		return ctx.Err()
	}
	for {
		t.mu.Lock()
		p := t.pending.first()
		t.mu.Unlock()
		if p == nil {
			t.wrote(nil, false)
			return nil
		}
		within, cancel := context.WithTimeout(ctx, max(t.opts.Patience, saveTimeout))
		err := t.back.Save(within, p.key, p.entry)
		cancel()
		if err != nil && ctx.Err() != nil {
			t.wrote(nil, false)
			return ctx.Err()
		}
		if t.settle(p, err) {
			t.opts.Warn(fmt.Errorf("an answer will not be written to the cache behind: %w", err))
		}
		t.wrote(err, true)
		if err != nil {
			return err
		}
	}
}

// settle takes an entry off the list when it is written, or given up.
func (t *Tiered) settle(p *pendingEntry, err error) (givenUp bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err == nil:
		t.pending.done(p)
	case !temporary(err):
		// Perhaps it is this entry: the others go first, and after some tries without it.
		if p.refused++; p.refused < maxRefused {
			t.pending.toEnd(p)
			return false
		}
		t.pending.dropped++
		t.pending.done(p)
		return true
	}
	return false
}

// temporary tells the errors that say of themselves that they pass, and those that time was too short for.
func temporary(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary() || errors.Is(err, context.DeadlineExceeded)
}

// Flush writes what is remembered to the cache behind, even while that is left alone. It fails when that fails or ctx ends.
func (t *Tiered) Flush(ctx context.Context) error {
	if err := t.writePending(ctx); err != nil {
		return fmt.Errorf("write to the cache behind: %w", err)
	}
	return nil
}

// State tells how it stands, without asking the cache behind.
func (t *Tiered) State() TieredState {
	err := t.writes.why()
	if reading := t.reads.why(); reading != nil {
		err = reading
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return TieredState{Pending: t.pending.len(), Bytes: t.pending.bytes, Dropped: t.pending.dropped, Err: err}
}

// Close ends the writing of what is remembered, and waits for it. Call Flush before it to lose nothing.
func (t *Tiered) Close() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.reads.close()
	t.writes.close()
	t.end()
	t.work.Wait()
}
