package main

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/people"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// driverLabels answers what stands for drivers in the label cust_id of samples: the customer ids of own drivers, and keys
// for others, whose files a shared folder may hold, unless names are shown. Where nobody is known to be an own driver,
// all are, as the files are the operator's.
type driverLabels struct {
	db *store.Store

	mu     sync.Mutex
	people *people.People // nil until it is known
	own    []int64
	until  time.Time // when to ask again
}

// driverLabelsFor is how long what is known of drivers is believed.
const driverLabelsFor = time.Minute

// labels answers for a program's lifetime; nil, which means the ids themselves, without a database.
func (w *works) labels(ctx context.Context) func(cust int64) string {
	if w.db == nil {
		return nil
	}
	l := &driverLabels{db: w.db}
	return func(cust int64) string { return l.label(ctx, cust) }
}

func (l *driverLabels) label(ctx context.Context, cust int64) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Now().After(l.until) {
		known, err := l.db.People(ctx, 0)
		if err == nil {
			l.own, err = l.db.OwnDrivers(ctx)
		}
		if err == nil {
			l.people, l.until = known, time.Now().Add(driverLabelsFor)
		}
	}
	switch {
	case l.people == nil:
		return "unknown" // better than to tell an id that is nobody's concern
	case len(l.own) == 0, slices.Contains(l.own, cust):
		return strconv.FormatInt(cust, 10)
	}
	return l.people.Key(cust)
}
