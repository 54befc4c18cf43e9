// Package collect fills the database on a schedule: what iRacing's API tells of the own and the followed drivers, and what
// their telemetry files hold.
//
// Its work is cut into jobs ([Collector.Jobs]). A job asks iRacing through a cache that outlives the process, so that what
// never changes is asked once in a lifetime, and hands every answer to the store, which takes it apart. Whatever is broken
// off is taken up where it was: nothing but the store remembers how far a job has come.
//
// Each job holds a lock in the database while it runs, so that several collectors share one database without doing
// anything twice.
package collect

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/apexobs/iracing-grafana-observability/pkg/collect/push"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// Config says what is collected, and from where.
type Config struct {
	// Store is the database. It is needed.
	Store *store.Store
	// Source answers requests to iRacing: an [iracing.Cached] whose cache is in the store. nil means that there is no
	// account; telemetry files are then all that is collected.
	Source iracing.Source
	// Flush writes the answers that the cache could not write while the database was away, as [iracing.Tiered.Flush] does.
	// Once and Backfill end with it; nil means that there is nothing to write.
	Flush func(context.Context) error
	// Places are where telemetry files are.
	Places []Place
	// Push sends the samples of telemetry files to a Prometheus; nil means that none are sent.
	Push *push.Writer
	// Own are the customer ids of the own drivers; none means the account that signs in. Followed are those of other
	// drivers whose races and ratings are collected, too.
	Own, Followed []int64
	// Schedules are when jobs run, by their names, as five fields of cron or as @every 10m; [Off] means never. Jobs that
	// are not named keep to their own schedules.
	Schedules map[string]string
	// Lookback is how old a race may be that the job races looks for; older ones are for [Collector.Backfill]. 0 means 30
	// days.
	Lookback time.Duration
	// Parallel is how many races are collected at once; 0 means 4.
	Parallel int
	// Patience is how long Once and Backfill put up with a database or an iRacing that is away before they give up; any
	// progress starts it anew. It bounds each of their requests, too, with five seconds at least. 0 means 15 minutes, less
	// than 0 not at all: they end with the first failure, and requests take what they take.
	Patience time.Duration
	// Settle is for how long a telemetry file must not have changed before it is read; 0 means a minute.
	Settle time.Duration
	// Jitter is the longest time by which the start of a job is put off at random, so that many collectors do not ask at
	// one time. 0 means 30 s, less than 0 none.
	Jitter time.Duration
	// Log is told what goes on; nil means nobody.
	Log hclog.Logger
	// Now is the clock; nil means the real one.
	Now func() time.Time
}

// Place is a place of telemetry files: a store, and the library over it, which owns it.
type Place struct {
	Store   library.Store
	Library *library.Library
}

// Off is the schedule of a job that does not run.
const Off = "off"

// The bounds where a Config has none.
const (
	defaultLookback = 30 * 24 * time.Hour
	defaultParallel = 4
	defaultPatience = 15 * time.Minute
	defaultSettle   = time.Minute
	defaultJitter   = 30 * time.Second
)

// Collector runs jobs. It is safe for concurrent use.
type Collector struct {
	Config
	jobs    []*job
	turn    chan struct{} // held by the job that asks iRacing
	health  health
	looking sync.Mutex // held while telemetry files are looked at; guards watched and newest
	watched []*watched
	newest  library.FileInfo
	retry   []time.Duration // the pauses after which Run tries a failed job again
	pause   time.Duration   // the longest one between attempts of persist
	least   time.Duration   // that a request may take in any case
	noted   *notedLook      // the last look at telemetry files that was noted as a run, if any; guarded by looking

	advanced atomic.Int64 // grows with each answer and each row, which tells progress

	mu           sync.Mutex
	drivers      *drivers           // once they are known
	settled      map[int64]struct{} // subsessions that nothing is to be had of any more
	limitedUntil time.Time          // that requests wait for the rate limit was told until then
	failing      map[string]failing // what was told last of jobs that fail, by name
}

// New makes a collector. It asks nobody anything yet; an error is about the settings.
func New(c Config) (*Collector, error) {
	if c.Store == nil {
		return nil, errors.New("the collector needs a PostgreSQL database to keep things in")
	}
	if c.Lookback <= 0 {
		c.Lookback = defaultLookback
	}
	if c.Parallel <= 0 {
		c.Parallel = defaultParallel
	}
	if c.Patience == 0 {
		c.Patience = defaultPatience
	}
	if c.Settle <= 0 {
		c.Settle = defaultSettle
	}
	if c.Jitter == 0 {
		c.Jitter = defaultJitter
	}
	if c.Flush == nil {
		c.Flush = func(context.Context) error { return nil }
	}
	if c.Log == nil {
		c.Log = hclog.NewNullLogger()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	collector := &Collector{Config: c, turn: make(chan struct{}, 1), retry: retryPauses, pause: mostPause, least: leastPatience, settled: map[int64]struct{}{}, failing: map[string]failing{}}
	for _, p := range c.Places {
		collector.watched = append(collector.watched, collector.watch(p))
	}
	if err := collector.schedule(); err != nil {
		return nil, err
	}
	return collector, nil
}
