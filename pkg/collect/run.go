package collect

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/go-co-op/gocron/v2"

	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
)

// retryPauses are how long after a failure that may be over a job of Run is tried again, unless its schedule has it run
// before that; then the schedule counts.
var retryPauses = []time.Duration{
	30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 30 * time.Minute, time.Hour,
}

// Run runs the jobs on their schedules, all of them for the first time at once, until ctx ends; it then waits for those
// that run. A job that another collector runs is left to that. The error is for jobs that cannot be scheduled; what becomes
// of them is told by the log, the metrics and [Collector.Handler].
func (c *Collector) Run(ctx context.Context) error {
	c.showLastRuns(ctx)
	scheduler, err := gocron.NewScheduler(gocron.WithStopTimeout(stopTimeout), gocron.WithLogger(c.Log.Named("schedule")))
	if err != nil {
		return fmt.Errorf("set the schedule up: %w", err)
	}
	for _, j := range c.jobs {
		if j.Schedule == Off {
			continue
		}
		_, err := scheduler.NewJob(gocron.CronJob(j.Schedule, false), gocron.NewTask(func() {
			if sleep(ctx, c.jitter()) {
				c.performAgain(ctx, j)
			}
		}), gocron.WithName(j.Name), gocron.WithSingletonMode(gocron.LimitModeReschedule))
		if err != nil {
			return errors.Join(fmt.Errorf("schedule the job %s: %w", j.Name, err), scheduler.Shutdown())
		}
	}
	var first sync.WaitGroup
	for _, kind := range []kind{ofAccount, ofFiles, ofStore} {
		first.Go(func() {
			for _, j := range c.jobs {
				if j.Schedule == Off || j.kind != kind || ctx.Err() != nil {
					continue
				}
				if err := c.perform(ctx, j, &work{Collector: c}); temporary(err) {
					first.Go(func() {
						if j.idleFor(c.retry[0]) && sleep(ctx, c.retry[0]) {
							c.performAgain(ctx, j)
						}
					})
				}
			}
		})
	}
	scheduler.Start()
	<-ctx.Done()
	first.Wait()
	if err := scheduler.Shutdown(); err != nil {
		return fmt.Errorf("end the schedule: %w", err)
	}
	return nil
}

// stopTimeout is how long jobs may take to notice that they should end.
const stopTimeout = time.Minute

// jitter is by how much a start is put off.
func (c *Collector) jitter() time.Duration {
	if c.Jitter <= 0 {
		return 0
	}
	return rand.N(c.Jitter)
}

// performAgain runs a job, and again some time later where it failed for something that may be over by then. It ends before
// the job's next turn: while it waits, the schedule passes the job over.
func (c *Collector) performAgain(ctx context.Context, j *job) {
	for _, pause := range c.retry {
		if err := c.perform(ctx, j, &work{Collector: c}); err == nil || !temporary(err) || !j.idleFor(pause) || !sleep(ctx, pause) {
			return
		}
	}
	_ = c.perform(ctx, j, &work{Collector: c}) // the log and the metrics tell
}

// idleFor tells that the schedule of a job leaves it alone for a while from now.
func (j *job) idleFor(d time.Duration) bool {
	now := time.Now()
	return j.next(now).After(now.Add(d))
}

// Once runs jobs one after the other, or all of them where none is named, and joins their errors. It waits while another
// collector runs the same job. The jobs share the patience: what one of them has waited for in vain, the next ones do not
// wait for again.
func (c *Collector) Once(ctx context.Context, jobs ...string) error {
	for _, name := range jobs {
		if !slices.ContainsFunc(c.jobs, func(j *job) bool { return j.Name == name }) {
			return c.noJob(name)
		}
	}
	var failed error
	gone := false // the patience
	for _, j := range c.jobs {
		if len(jobs) > 0 && !slices.Contains(jobs, j.Name) || len(jobs) == 0 && j.Schedule == Off {
			continue
		}
		err := c.persistUnless(ctx, &gone, "A job waits to be tried again", c.advanced.Load, nobody, func(ctx context.Context) error {
			w := &work{Collector: c, wait: true, patience: c.Patience}
			if gone {
				w.patience = min(w.patience, c.least)
			}
			return c.perform(ctx, j, w)
		})
		if ctx.Err() != nil {
			return errors.Join(failed, ctx.Err())
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", j.Name, err))
		}
	}
	if failed != nil {
		return failed
	}
	return c.flush(ctx, nobody)
}

// noJob says that a job cannot be run.
func (c *Collector) noJob(name string) error {
	if all := c.all(); slices.ContainsFunc(all, func(j *job) bool { return j.Name == name }) {
		return fmt.Errorf("the job %s has nothing to do with these settings; there are %s", name, names(c.jobs))
	}
	return fmt.Errorf("there is no job %.40q; there are %s", name, names(c.jobs))
}

// isScheduled tells that a job of this collector runs by itself.
func (c *Collector) isScheduled(name string) bool {
	return slices.ContainsFunc(c.jobs, func(j *job) bool { return j.Name == name && j.Schedule != Off })
}

// showLastRuns sets the gauges of what earlier processes did, so that an alert does not fire for a restart. Jobs that do not
// run by themselves here have none, as one would fire for them.
func (c *Collector) showLastRuns(ctx context.Context) {
	runs, err := c.Store.LastRuns(ctx)
	if err != nil {
		return // the jobs tell that the database is away
	}
	for _, r := range runs {
		if !r.Success.IsZero() && c.isScheduled(r.Job) {
			metrics.LastSuccess.WithLabelValues(r.Job).Set(float64(r.Success.Unix()))
		}
	}
}
