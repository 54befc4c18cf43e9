package collect

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// Progress is how far a back-fill has come.
type Progress struct {
	Searched bool      // the races are known: Total counts
	Total    int       // races
	Done     int       // races whose facts are kept, those of earlier runs included
	Skipped  int       // of Done, those that were kept before this run
	Failed   int       // races that were left out, such as those that iRacing refuses to show
	Race     time.Time // the start of the race that was collected last
	Requests int64     // that iRacing answered
	Rows     int64     // that were written
	Waiting  error     // why it pauses before it tries again; nil while it works
}

// Summary is what a back-fill did.
type Summary struct {
	Progress
	Took     time.Duration
	Problems []string // why something was left out, each reason once
}

// Backfill collects the races of the own and followed drivers since a time, the newest first. What is kept already is not
// asked for again, so it goes on where an earlier one ended, however that was. It puts up with a database or an iRacing that
// is away for [Config].Patience. progress is called from several goroutines, one at a time; nil means nobody.
func (c *Collector) Backfill(ctx context.Context, since time.Time, progress func(Progress)) (Summary, error) {
	if c.Source == nil {
		return Summary{}, errNoAccount
	}
	begin := time.Now()
	b := &backfill{work: &work{Collector: c, patience: c.Patience}, since: since, tell: progress, finished: map[int64]bool{}, failures: map[int64]int{}}
	err := c.persist(ctx, "The back-fill pauses", b.progressed, b.waits, func(ctx context.Context) error {
		return c.locked(ctx, jobRaces, true, func(ctx context.Context) error {
			return b.record(ctx, jobBackfill, func(ctx context.Context, _ *work) error { return b.run(ctx) })
		})
	})
	if err == nil {
		err = c.flush(ctx, b.waits)
	}
	took := time.Since(begin)
	c.tell(ctx, jobBackfill, b.work, took, err)
	return Summary{Progress: b.state(), Took: took, Problems: b.problems()}, err
}

// patientWith is how often a race may fail by itself, with all others going well, before it is left out.
const patientWith = 4

// backfill is one back-fill, which may take several attempts.
type backfill struct {
	*work
	since time.Time
	tell  func(Progress)

	telling  sync.Mutex // held while tell is called
	mu       sync.Mutex
	p        Progress
	finished map[int64]bool // races that are kept, or left out
	failures map[int64]int
}

// run is one attempt.
func (b *backfill) run(ctx context.Context) error {
	list, err := b.search(ctx, b.since)
	if err != nil {
		return err
	}
	complete, err := b.complete(ctx, list)
	if err != nil {
		return err
	}
	b.begin(list, complete)
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(b.Parallel)
	for i := range list {
		if groupCtx.Err() != nil {
			break
		}
		if b.isFinished(list[i].subsession) {
			continue
		}
		group.Go(func() error {
			if groupCtx.Err() != nil {
				return groupCtx.Err()
			}
			return b.one(groupCtx, &list[i])
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// begin takes up what is known of the races.
func (b *backfill) begin(list []found, complete map[int64]bool) {
	b.mu.Lock()
	b.p.Searched, b.p.Total = true, len(list)
	for i := range list {
		if id := list[i].subsession; complete[id] && !b.finished[id] {
			b.finished[id] = true
			b.p.Done++
			b.p.Skipped++
		}
	}
	b.mu.Unlock()
	b.report()
}

// one takes one race in.
func (b *backfill) one(ctx context.Context, f *found) error {
	known, err := b.race(ctx, f)
	if err != nil && (ctx.Err() != nil || !b.giveUp(f, err)) {
		return err
	}
	b.mu.Lock()
	b.finished[f.subsession] = true
	switch {
	case err != nil:
		b.p.Failed++
	case known:
		b.p.Done++
		b.p.Skipped++
	default:
		b.p.Done++
	}
	b.p.Race = f.start
	b.mu.Unlock()
	b.report()
	return nil
}

// giveUp tells that a race is left out for an error: one that is about this race alone, or a failure of iRacing's that comes
// back again and again.
func (b *backfill) giveUp(f *found, err error) bool {
	if b.leave(err) == nil {
		return true
	}
	if e, ok := errors.AsType[*iracing.Error](err); !ok || e.Kind != iracing.Unavailable {
		return false
	}
	b.mu.Lock()
	b.failures[f.subsession]++
	over := b.failures[f.subsession] >= patientWith && len(b.finished) > 0
	b.mu.Unlock()
	if over {
		b.note(err)
	}
	return over
}

func (b *backfill) isFinished(subsession int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.finished[subsession]
}

// progressed grows with everything that was done.
func (b *backfill) progressed() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.requests.Load() + b.rows.Load() + int64(len(b.finished))
}

func (b *backfill) waits(why error) {
	b.mu.Lock()
	b.p.Waiting = why
	b.mu.Unlock()
	b.report()
}

func (b *backfill) state() Progress {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.p
	p.Requests, p.Rows = b.requests.Load(), b.rows.Load()
	return p
}

func (b *backfill) report() {
	if b.tell == nil {
		return
	}
	b.telling.Lock()
	defer b.telling.Unlock()
	b.tell(b.state())
}
