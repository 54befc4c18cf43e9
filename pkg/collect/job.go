package collect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-co-op/gocron/v2"
	"github.com/hashicorp/go-hclog"

	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// Job is one of a collector's jobs.
type Job struct {
	Name     string
	Schedule string // as cron writes it; [Off] where it does not run by itself
	About    string // one line on what it collects
}

// job is a job and how it is done.
type job struct {
	Job
	kind kind
	do   func(context.Context, *work) error
	next func(time.Time) time.Time // when its schedule has it run after a time; nil where it does not run by itself
}

// kind is what a job needs.
type kind int

const (
	ofAccount kind = iota // asks iRacing; one such job at a time runs in a process, as they share one rate limit
	ofFiles               // reads telemetry files; takes its lock itself when there is something to do
	ofStore
)

// The names of the jobs.
const (
	jobReference = "reference"
	jobMe        = "me"
	jobRaces     = "races"
	jobRatings   = "ratings"
	jobSchedules = "schedules"
	jobStandings = "standings"
	jobLeagues   = "leagues"
	jobTelemetry = "telemetry"
	jobPrune     = "prune"
	// jobBackfill is no job with a schedule. It works under the lock of the races.
	jobBackfill = "backfill"
)

// all are the jobs in their order: what others refer to comes first.
func (c *Collector) all() []*job {
	return []*job{
		{Job{jobReference, "17 3 * * *", "cars, car classes, tracks and series"}, ofAccount, c.reference, nil},
		{Job{jobMe, "7 * * * *", "who the own and the followed drivers are, their licences, ratings and last races"}, ofAccount, c.me, nil},
		{Job{jobRaces, "*/20 * * * *", "new races of the own and the followed drivers: results, laps, lap charts and events"}, ofAccount, c.races, nil},
		{Job{jobRatings, "37 4 * * *", "the histories of iRating, time trial rating and safety rating, and what the own drivers' careers add up to"}, ofAccount, c.ratings, nil},
		{Job{jobSchedules, "27 3 * * *", "the running seasons with their weeks"}, ofAccount, c.schedules, nil},
		{Job{jobStandings, "47 */6 * * *", "the championship tables of the seasons that the drivers race in"}, ofAccount, c.standings, nil},
		{Job{jobLeagues, "57 */6 * * *", "leagues and teams: members, calendars, tables and races"}, ofAccount, c.leagues, nil},
		{Job{jobTelemetry, "* * * * *", "telemetry files that are new or have changed: laps, traces and metrics"}, ofFiles, c.telemetry, nil},
		{Job{jobPrune, "11 5 * * *", "throws away answers and runs that nobody needs any more"}, ofStore, c.prune, nil},
	}
}

// schedule takes the jobs that have something to do, and their schedules from the settings.
func (c *Collector) schedule() error {
	jobs := c.all()
	for name := range c.Schedules {
		if !slices.ContainsFunc(jobs, func(j *job) bool { return j.Name == name }) {
			return fmt.Errorf("there is no job %.40q; there are %s", name, names(jobs))
		}
	}
	for _, j := range jobs {
		if own := strings.TrimSpace(c.Schedules[j.Name]); own != "" {
			j.Schedule = own
		}
		cron := gocron.NewDefaultCron(false)
		if strings.EqualFold(j.Schedule, Off) {
			j.Schedule = Off
		} else if err := cron.IsValid(j.Schedule, time.Local, time.Now()); err == nil {
			j.next = cron.Next
		} else {
			return fmt.Errorf("the schedule %.60q of the job %s is none; it looks like */20 * * * * (minute, hour, day, month, day of the week) or @every 20m, or is off", j.Schedule, j.Name)
		}
		if j.kind == ofAccount && c.Source == nil || j.kind == ofFiles && len(c.Places) == 0 {
			continue
		}
		c.jobs = append(c.jobs, j)
	}
	return nil
}

func names(jobs []*job) string {
	list := make([]string, len(jobs))
	for i, j := range jobs {
		list[i] = j.Name
	}
	return strings.Join(list, ", ")
}

// Jobs are the jobs in the order in which they run one after the other. Those for which the settings have nothing, such as
// telemetry without a library, are left out.
func (c *Collector) Jobs() []Job {
	list := make([]Job, len(c.jobs))
	for i, j := range c.jobs {
		list[i] = j.Job
	}
	return list
}

// perform runs a job, and tells the log and the metrics what came of it. Where the work does not wait, a job that another
// collector runs is left to that.
func (c *Collector) perform(ctx context.Context, j *job, w *work) error {
	if j.kind == ofAccount {
		select {
		case c.turn <- struct{}{}:
			defer func() { <-c.turn }()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	begin := time.Now()
	var err error
	if j.kind == ofFiles {
		err = j.do(ctx, w)
	} else {
		err = c.locked(ctx, j.Name, w.wait, func(ctx context.Context) error { return w.record(ctx, j.Name, j.do) })
	}
	if held, ok := errors.AsType[*store.HeldError](err); ok {
		metrics.Runs.WithLabelValues(j.Name, metrics.Skipped).Inc()
		c.Log.Debug("Left a job to another collector", "job", j.Name, "holder", held.Holder)
		return nil
	}
	c.tell(ctx, j.Name, w, time.Since(begin), err)
	return err
}

// tell reports a run.
func (c *Collector) tell(ctx context.Context, name string, w *work, took time.Duration, err error) {
	fields := []any{"job", name, "rows", w.rows.Load(), "requests", w.requests.Load(), "took", took.Round(time.Millisecond)}
	problems := w.problems()
	again, recovered := c.failedAgain(name, err)
	switch {
	case err != nil && ctx.Err() != nil:
		metrics.Runs.WithLabelValues(name, metrics.Interrupted).Inc()
		c.Log.Info("A job was interrupted; it is taken up where it was", fields...)
		return
	case err != nil:
		metrics.Runs.WithLabelValues(name, metrics.Failed).Inc()
		level := hclog.Warn
		if again {
			level = hclog.Debug
		}
		c.Log.Log(level, "A job failed", append(fields, "error", err)...)
		return
	}
	metrics.Runs.WithLabelValues(name, metrics.OK).Inc()
	metrics.RunSeconds.WithLabelValues(name).Observe(took.Seconds())
	if c.isScheduled(name) {
		metrics.LastSuccess.WithLabelValues(name).Set(float64(c.Now().Unix()))
	}
	for _, p := range problems {
		c.Log.Warn("A job left something out", "job", name, "reason", p)
	}
	if w.rows.Load() > 0 || w.requests.Load() > 0 || recovered {
		c.Log.Info("A job is done", fields...)
	} else {
		c.Log.Debug("A job is done", fields...)
	}
}

// failing is what the log was told of a job that fails.
type failing struct {
	why string
	at  time.Time
}

// tellAgain is how often the log is told of a job that keeps failing for one reason: a look at telemetry files every minute
// would fill it with nothing else.
const tellAgain = time.Hour

// failedAgain tells that a job fails for the reason that the log was told of not long ago, or that it works again.
func (c *Collector) failedAgain(name string, err error) (again, recovered bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last, failed := c.failing[name]
	if err == nil {
		delete(c.failing, name)
		return false, failed
	}
	if failed && last.why == err.Error() && time.Since(last.at) < tellAgain {
		return true, false
	}
	c.failing[name] = failing{err.Error(), time.Now()}
	return false, false
}

// locked does something under a lock in the database. Its context ends when the lock is lost.
func (c *Collector) locked(ctx context.Context, name string, wait bool, do func(context.Context) error) error {
	lock, err := c.Store.Lock(ctx, name, wait)
	if err != nil {
		return err
	}
	defer lock.Release()
	err = do(lock.Context())
	if lost, ok := errors.AsType[*store.Error](context.Cause(lock.Context())); ok && ctx.Err() == nil {
		return lost // and not that a context ended
	}
	return err
}

// record does something as a run of a job that is noted in the database.
func (w *work) record(ctx context.Context, name string, do func(context.Context, *work) error) error {
	rows, requests := w.rows.Load(), w.requests.Load()
	run, err := w.Store.BeginRun(ctx, name)
	if err != nil {
		return err
	}
	err = do(ctx, w)
	outcome, problem := store.Succeeded, ""
	switch {
	case err == nil:
		problem = strings.Join(w.problems(), "\n")
	case ctx.Err() != nil:
		outcome, problem = store.Interrupted, reason(context.Cause(ctx))
	default:
		outcome, problem = store.RunFailed, reason(err)
	}
	ended := run.End(ctx, outcome, w.rows.Load()-rows, w.requests.Load()-requests, problem)
	if err == nil {
		return ended
	}
	return err
}

func (c *Collector) prune(ctx context.Context, _ *work) error {
	n, err := c.Store.Prune(ctx)
	if err == nil && n > 0 {
		c.Log.Info("Threw away what nobody needs any more", "rows", n)
	}
	return err
}
