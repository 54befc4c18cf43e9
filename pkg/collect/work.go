package collect

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// work is one run of a job: the source of its answers, and what it has done. Every answer that goes through it is kept.
type work struct {
	*Collector
	wait     bool         // for what another collector does
	requests atomic.Int64 // that iRacing answered
	rows     atomic.Int64 // that were written

	mu   sync.Mutex
	left map[string]int // what was left out: how often for which reason
}

// api puts Go types on the answers.
func (w *work) api() iracing.API { return iracing.API{Source: w} }

// Get answers a request, and keeps the facts of the answer. An answer that is older than it should be is an error here: a
// job that was fed with those would pass for one that did its work.
func (w *work) Get(ctx context.Context, r iracing.Request) (*iracing.Answer, error) {
	if w.Source == nil {
		return nil, errNoAccount
	}
	a, err := w.Source.Get(ctx, r)
	if err == nil && a.Stale != nil {
		err = a.Stale
	}
	if r.Endpoint.URL == "" && (err != nil || !a.Cached) {
		w.signed(ctx, err)
	}
	if err != nil {
		return nil, err
	}
	if !a.Cached {
		w.requests.Add(1)
	}
	return a, w.keep(ctx, r, a)
}

// keep writes the facts of an answer. Those of one from the cache are there already, unless the process that fetched it
// died before it wrote them.
func (w *work) keep(ctx context.Context, r iracing.Request, a *iracing.Answer) error {
	if !w.Store.Keeps(r) {
		return nil
	}
	if a.Cached {
		kept, err := w.Store.Kept(ctx, r)
		if err != nil || kept[0] {
			return err
		}
	}
	rows, err := w.Store.Keep(ctx, r, a)
	if err != nil {
		return err
	}
	w.wrote(rows)
	return nil
}

func (w *work) wrote(rows store.Rows) {
	for table, n := range rows {
		w.rows.Add(n)
		metrics.IngestedRows.WithLabelValues(table).Add(float64(n))
	}
}

// ask answers a request for the sake of its facts. An endpoint whose answers have none is not asked.
func (w *work) ask(ctx context.Context, path string, params iracing.Params) error {
	r, err := iracing.NewRequest(path, params)
	if err != nil {
		return err
	}
	if !w.Store.Keeps(r) {
		return nil
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
