package main

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/signin"
	"github.com/apexobs/iracing-grafana-observability/pkg/people"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// driverLabels answers what stands for drivers in the label cust_id of samples: the customer ids of own drivers, and for
// others, whose files a folder may hold, what the views of the database have in driver_key: pseudonyms, or the ids where
// names are shown. Own drivers are those that flags name and those that the database knows. Where nobody has said who is one,
// everybody is another.
type driverLabels struct {
	db  *store.Store                         // nil without one; nobody but own drivers has a label then
	who func(context.Context) (int64, error) // the account is; nil without one
	own []int64                              // by the flags
	log hclog.Logger

	mu     sync.Mutex
	people *people.People // nil until it is known
	known  []int64        // own drivers, by the database
	until  time.Time      // when to ask again
	warned bool
}

// driverLabelsFor is how long what is known of drivers is believed.
const driverLabelsFor = time.Minute

// labels answers for a program's lifetime. own are the own drivers of the flags.
func (w *works) labels(ctx context.Context, own []int64) func(cust int64) string {
	l := &driverLabels{db: w.db, own: own, log: w.log}
	if w.source != nil && len(own) == 0 {
		l.who = func(ctx context.Context) (int64, error) { return signin.WhoAmI(ctx, w.source) }
	}
	return func(cust int64) string { return l.label(ctx, cust) }
}

// unknownDriver is better than to tell an id that is nobody's concern.
const unknownDriver = "unknown"

func (l *driverLabels) label(ctx context.Context, cust int64) string {
	if slices.Contains(l.own, cust) {
		return strconv.FormatInt(cust, 10)
	}
	if l.db == nil {
		return unknownDriver
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Now().After(l.until) {
		known, err := l.db.People(ctx, 0)
		if err == nil {
			l.known, err = l.db.OwnDrivers(ctx)
		}
		if err == nil {
			l.people, l.until = known, time.Now().Add(driverLabelsFor)
			l.askAccount(ctx)
		}
	}
	switch {
	case l.people == nil:
		return unknownDriver
	case slices.Contains(l.known, cust):
		return strconv.FormatInt(cust, 10)
	case l.who == nil && len(l.own) == 0 && len(l.known) == 0 && !l.people.Names && !l.warned:
		l.warned = true
		l.log.Warn("Nobody is known to be an own driver, so that samples have a pseudonym in the label cust_id: --cust-id says who you are")
	}
	return l.people.Key(cust)
}

// askAccount finds out who the account is where no job has told the database yet: telemetry may come first.
func (l *driverLabels) askAccount(ctx context.Context) {
	if l.who == nil || len(l.known) > 0 {
		return
	}
	me, err := l.who(ctx)
	if err != nil {
		l.log.Warn("It is not known yet who the account is, so that samples have a pseudonym in the label cust_id", "error", err)
		return
	}
	l.known = []int64{me}
}
