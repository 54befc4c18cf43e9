package collect

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// work is one run of a job: the source of its answers, and what it has done. Every answer that goes through it is kept.
type work struct {
	*Collector
	wait     bool          // for what another collector does
	patience time.Duration // with iRacing, for each request; 0 leaves it to the client
	slow     sync.Once     // for telling that iRacing does not answer
	requests atomic.Int64  // that iRacing answered
	rows     atomic.Int64  // that were written

	mu   sync.Mutex
	left map[string]int // what was left out: how often for which reason

	old struct{ files, samples int64 } // that Prometheus does not take for their age; of the job that looks at files
}

// api puts Go types on the answers.
func (w *work) api() iracing.API { return iracing.API{Source: w} }

// Get answers a request, and keeps the facts of the answer. An answer that is older than it should be is an error here: a
// job that was fed with those would pass for one that did its work.
func (w *work) Get(ctx context.Context, r iracing.Request) (*iracing.Answer, error) {
	a, _, err := w.get(ctx, r)
	return a, err
}

// get is Get that tells how many rows were written, too.
func (w *work) get(ctx context.Context, r iracing.Request) (a *iracing.Answer, rows int64, err error) {
	if w.Source == nil {
		return nil, 0, errNoAccount
	}
	a, err = w.answer(ctx, r)
	if err == nil && a.Stale != nil {
		err = a.Stale
	}
	if r.Endpoint.URL == "" && (err != nil || !a.Cached) {
		w.signed(ctx, err)
	}
	if err != nil {
		return nil, 0, err
	}
	if !a.Cached {
		w.requests.Add(1)
		w.advanced.Add(1)
	}
	rows, err = w.keep(ctx, r, a)
	return a, rows, err
}

const (
	// leastPatience is how long a request may take in any case: an answer that is on its way takes some time.
	leastPatience = 5 * time.Second
	// quiet is how long a request may take without a word in the log.
	quiet = 10 * time.Second
)

// answer asks the source, for as long as the patience goes, and tells the log what it waits for.
func (w *work) answer(ctx context.Context, r iracing.Request) (*iracing.Answer, error) {
	asking := iracing.WithWaiting(ctx, w.limited)
	silent := []any{"endpoint", r.Endpoint.Path}
	if w.patience > 0 {
		patience := max(w.patience, w.least)
		var cancel context.CancelFunc
		asking, cancel = context.WithTimeout(asking, patience)
		defer cancel()
		silent = append(silent, "until", clockTime(time.Now().Add(patience)))
	}
	tell := time.AfterFunc(quiet, func() {
		w.slow.Do(func() { w.Log.Info("iRacing has not answered yet; waiting", silent...) })
	})
	defer tell.Stop()
	a, err := w.Source.Get(asking, r)
	if errors.Is(err, context.DeadlineExceeded) && asking.Err() != nil && ctx.Err() == nil {
		return nil, &iracing.Error{Kind: iracing.Unreachable, Endpoint: r.Endpoint.Path, Detail: "there was no answer for as long as the patience goes"}
	}
	return a, err
}

// limited tells the log, once for all that waits, that requests wait for the rate limit.
func (c *Collector) limited(until time.Time) {
	const same = 2 * time.Second
	c.mu.Lock()
	told := !until.After(c.limitedUntil.Add(same))
	if !told {
		c.limitedUntil = until
	}
	c.mu.Unlock()
	if !told {
		c.Log.Info("Requests wait, as iRacing's rate limit or the own ceiling is used up", "until", clockTime(until))
	}
}

// clockTime is a time of this day in the log.
func clockTime(t time.Time) string { return t.UTC().Format("15:04:05 UTC") }

// keep writes the facts of an answer. Those of one from the cache are there already, unless the process that fetched it
// died before it wrote them.
func (w *work) keep(ctx context.Context, r iracing.Request, a *iracing.Answer) (int64, error) {
	if !w.Store.Keeps(r) {
		return 0, nil
	}
	if a.Cached {
		kept, err := w.Store.Kept(ctx, r)
		if err != nil || kept[0] {
			return 0, err
		}
	}
	rows, err := w.Store.Keep(ctx, r, a)
	if err != nil {
		return 0, err
	}
	w.wrote(rows)
	return rows.Total(), nil
}

func (w *work) wrote(rows store.Rows) {
	for table, n := range rows {
		w.rows.Add(n)
		w.advanced.Add(n)
		metrics.IngestedRows.WithLabelValues(table).Add(float64(n))
	}
}

// tally is a source that counts what one thing took, while others are at work beside it.
type tally struct {
	*work
	requests, rows atomic.Int64
}

// Get answers a request as work does.
func (t *tally) Get(ctx context.Context, r iracing.Request) (*iracing.Answer, error) {
	a, rows, err := t.get(ctx, r)
	if a != nil && !a.Cached {
		t.requests.Add(1)
	}
	t.rows.Add(rows)
	return a, err
}

// nothing tells that iRacing answered no request, and no row was written.
func (t *tally) nothing() bool { return t.requests.Load() == 0 && t.rows.Load() == 0 }

// ask answers a request for the sake of its facts. Answers that have none are for the cache, which the data sources share.
func (w *work) ask(ctx context.Context, path string, params iracing.Params) error {
	r, err := iracing.NewRequest(path, params)
	if err != nil {
		return err
	}
	_, err = w.Get(ctx, r)
	return w.leave(err)
}

// leave notes an error that is about one thing only, and answers the others.
func (w *work) leave(err error) error {
	if err == nil || !ofOneThing(err) {
		return err
	}
	w.note(err)
	return nil
}

// note remembers why something was left out.
func (w *work) note(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.left == nil {
		w.left = map[string]int{}
	}
	w.left[reason(err)]++
}

// problems are the reasons for which things were left out, the most frequent first.
func (w *work) problems() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.SortedFunc(maps.Keys(w.left), func(a, b string) int {
		if d := w.left[b] - w.left[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
}
