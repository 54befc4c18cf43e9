package store

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// The bounds where KeeperOptions have none.
const (
	defaultKeeperBytes   = 64 << 20
	defaultKeeperTimeout = time.Minute
)

// The bounds of what is kept in one transaction.
const (
	mostAtOnce  = 40
	bytesAtOnce = 8 << 20
)

// KeeperOptions bound a keeper.
type KeeperOptions struct {
	// MaxBytes bounds the answers that wait to be kept; 0 means 64 MiB.
	MaxBytes int64
	// Timeout bounds the keeping of what waits together, of one answer at least; 0 means a minute.
	Timeout time.Duration
	// Rest is how long the database is left alone after it failed; 0 means 5 s.
	Rest time.Duration
	// Wrote is told of the rows that were written; nil means nobody.
	Wrote func(Rows)
	// Warn is told why an answer was not kept, and of the database at most once until it works again; nil means nobody.
	Warn func(error)
	// Now is the clock; nil means the real one.
	Now func() time.Time
}

// KeeperStats counts what became of answers.
type KeeperStats struct {
	Kept    int64 // taken apart and written
	Dropped int64 // for want of room or of a database
	Waiting int64
}

// Keeper is a source that keeps the facts of the answers it hands on. It does that in the background: whoever asks waits
// for the answer only, and never for the database. Answers that were kept before are not kept again. What could not be kept
// is dropped; the answer is in the response cache, and its facts are kept when it is asked for again.
type Keeper struct {
	store *Store
	src   iracing.Source
	opts  KeeperOptions

	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup

	mu      sync.Mutex
	queue   []Answered
	bytes   int64
	busy    int           // answers that are being kept
	idle    chan struct{} // closed while nothing waits or is being kept
	wake    chan struct{}
	seen    map[string]time.Time // answers by their request: when iRacing gave the latest that was kept
	resting time.Time
	warned  bool
	stats   KeeperStats
}

// mostSeen bounds what is remembered of answers that were kept.
const mostSeen = 20_000

// Keeper makes a keeper for the answers of a source. Close it.
func (s *Store) Keeper(src iracing.Source, o KeeperOptions) *Keeper {
	if o.MaxBytes <= 0 {
		o.MaxBytes = defaultKeeperBytes
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultKeeperTimeout
	}
	if o.Rest <= 0 {
		o.Rest = defaultRest
	}
	if o.Wrote == nil {
		o.Wrote = func(Rows) {}
	}
	if o.Warn == nil {
		o.Warn = func(error) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	k := &Keeper{store: s, src: src, opts: o, wake: make(chan struct{}, 1), seen: map[string]time.Time{}, idle: make(chan struct{})}
	close(k.idle)
	k.ctx, k.stop = context.WithCancel(context.Background())
	k.work.Go(k.run)
	return k
}

// Get hands on the source's answer.
func (k *Keeper) Get(ctx context.Context, r iracing.Request) (*iracing.Answer, error) {
	a, err := k.src.Get(ctx, r)
	if err == nil && a != nil {
		k.offer(r, a)
	}
	return a, err
}

// offer queues an answer that is worth keeping.
func (k *Keeper) offer(r iracing.Request, a *iracing.Answer) {
	if a.Stale != nil || !k.store.Keeps(r) {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ctx.Err() != nil || a.Cached && k.seen[r.Key()].Equal(a.At) {
		return
	}
	size := sizeOf(a)
	if k.bytes+size > k.opts.MaxBytes || k.opts.Now().Before(k.resting) {
		k.stats.Dropped++
		return
	}
	if len(k.queue) == 0 && k.busy == 0 {
		k.idle = make(chan struct{})
	}
	k.queue, k.bytes = append(k.queue, Answered{r, a}), k.bytes+size
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// sizeOf is what an answer takes in memory, about.
func sizeOf(a *iracing.Answer) int64 { return int64(len(a.Body)) + 256 }

// run keeps what waits, as much at once as there is.
func (k *Keeper) run() {
	for {
		some := k.next()
		if len(some) == 0 {
			select {
			case <-k.wake:
				continue
			case <-k.ctx.Done():
				return
			}
		}
		rows, err := k.keep(some)
		if err == nil || down(err) || len(some) == 1 {
			k.done(some, rows, err)
			continue
		}
		// One that cannot be kept must not take the others with it.
		for len(some) > 0 {
			n := 1
			rows, err := k.keep(some[:1])
			if err != nil && down(err) {
				n = len(some) // nobody asks a database that just failed
			}
			k.done(some[:n], rows, err)
			some = some[n:]
		}
	}
}

func (k *Keeper) keep(some []Answered) (Rows, error) {
	ctx, cancel := context.WithTimeout(k.ctx, k.opts.Timeout)
	defer cancel()
	return k.store.KeepAll(ctx, some)
}

// next takes what is kept at once from the queue.
func (k *Keeper) next() []Answered {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ctx.Err() != nil {
		return nil
	}
	n, size := 0, int64(0)
	for n < min(len(k.queue), mostAtOnce) && (n == 0 || size+sizeOf(k.queue[n].Answer) <= bytesAtOnce) {
		size += sizeOf(k.queue[n].Answer)
		n++
	}
	some := slices.Clone(k.queue[:n])
	clear(k.queue[:n])
	k.queue = k.queue[n:]
	k.busy = n
	return some
}

// done notes what came of answers.
func (k *Keeper) done(some []Answered, rows Rows, err error) {
	var warn error
	k.mu.Lock()
	switch {
	case err == nil:
		k.stats.Kept += int64(len(some))
		k.warned = false
		if len(k.seen) >= mostSeen {
			clear(k.seen) // keeping an answer once more does no harm
		}
		for i := range some {
			k.seen[some[i].Request.Key()] = some[i].Answer.At
		}
	case k.ctx.Err() != nil:
		k.stats.Dropped += int64(len(some))
	default:
		k.stats.Dropped += int64(len(some))
		if down(err) {
			// The others would fail as well. They come again from the cache.
			k.stats.Dropped += int64(len(k.queue))
			for i := range k.queue {
				k.bytes -= sizeOf(k.queue[i].Answer)
			}
			k.queue, k.resting = nil, k.opts.Now().Add(k.opts.Rest)
			if !k.warned {
				warn, k.warned = err, true
			}
		} else {
			warn = err
		}
	}
	k.mu.Unlock()
	if err == nil && rows.Total() > 0 {
		k.opts.Wrote(rows)
	}
	if warn != nil {
		k.opts.Warn(warn)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.busy -= len(some)
	for i := range some {
		k.bytes -= sizeOf(some[i].Answer)
	}
	if len(k.queue) == 0 && k.busy == 0 {
		close(k.idle)
	}
}

// down tells errors that are about the database and not about the answer.
func down(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind != Failed || errors.Is(err, context.DeadlineExceeded)
}

// Stats counts what became of the answers.
func (k *Keeper) Stats() KeeperStats {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.stats
	s.Waiting = int64(len(k.queue) + k.busy)
	return s
}

// Wait waits until nothing is left to keep.
func (k *Keeper) Wait(ctx context.Context) error {
	k.mu.Lock()
	idle := k.idle
	k.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close drops what is left to keep and waits for what is being kept.
func (k *Keeper) Close() {
	k.stop()
	k.work.Wait()
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.queue) > 0 {
		k.stats.Dropped += int64(len(k.queue))
		k.queue, k.bytes = nil, 0
		close(k.idle)
	}
}
