package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apexobs/iracing-grafana-observability/pkg/collect"
	"github.com/apexobs/iracing-grafana-observability/pkg/collect/push"
)

// jobNames are the collector's jobs, for help texts.
var jobNames = []string{"reference", "me", "races", "ratings", "schedules", "standings", "leagues", "telemetry", "prune"}

// runCommand collects on a schedule, or once.
type runCommand struct {
	Once        bool              `env:"COLLECTOR_ONCE" help:"Run every job once and end, for cron, GitHub Actions and whatever starts programs by itself. The exit code tells what came of it."`
	Job         []string          `env:"COLLECTOR_JOBS" sep:"," placeholder:"NAME" help:"Run this job only: ${jobs}. May be given more than once; in the variable, with commas between."`
	Schedule    map[string]string `env:"COLLECTOR_SCHEDULES" placeholder:"JOB=TIMES" help:"When a job runs, as cron writes it (minute, hour, day, month, day of the week), as @every 20m, or off: --schedule 'races=*/10 * * * *'. In the variable, with semicolons between."`
	PushMetrics bool              `env:"COLLECTOR_PUSH_METRICS" help:"With --once: push the collector's own metrics by remote write at the end, as nobody can scrape a program that has ended."`
	Instance    string            `env:"COLLECTOR_INSTANCE" default:"once" placeholder:"NAME" help:"With --push-metrics: the label instance, by which collectors are told apart."`
	Lookback    time.Duration     `env:"COLLECTOR_LOOKBACK" default:"720h" placeholder:"TIME" help:"How old a race may be that is looked for; older ones are for \"collector backfill\"."`
	Parallel    int               `env:"COLLECTOR_PARALLEL" default:"4" placeholder:"N" help:"How many races are collected at once. The ceiling of requests stays what it is."`
	Patience    time.Duration     `env:"COLLECTOR_PATIENCE" default:"15m" placeholder:"TIME" help:"With --once: how long to put up with a database or an iRacing that is away or limits requests, all jobs together; progress starts it anew. A request may take five seconds in any case."`
	Jitter      time.Duration     `env:"COLLECTOR_JITTER" default:"30s" placeholder:"TIME" help:"Jobs begin up to so much later than their schedule says, at random, so that many collectors do not ask at one time."`
	Listen      string            `env:"LISTEN_ADDR" default:"127.0.0.1:9464" placeholder:"ADDRESS" group:"serve" help:"Where /metrics, /healthz and /readyz are served; off for nowhere. Others can reach it at 0.0.0.0:9464; it knows no passwords."`

	databaseFlags  `group:"database"`
	accountFlags   `group:"account"`
	driverFlags    `group:"drivers"`
	telemetryFlags `group:"telemetry"`
	settleFlags    `group:"telemetry"`
	ResultsURL     string `name:"results-url" env:"RESULTS_URL" placeholder:"URL" group:"telemetry" help:"A folder of results that were exported from iRacing's member site. New ones are imported."`
	pushFlags      `group:"push"`

	notPushed error // why samples are not pushed this time
}

// Help is what run --help says beneath its first line.
func (runCommand) Help() string {
	return `The jobs are:

  reference    cars, car classes, tracks and series            once a day
  me           licences, ratings and last races of the drivers every hour
  races        new races: results, laps, lap charts, events    every 20 minutes
  ratings      histories of the ratings, and career totals     once a day
  schedules    the running seasons with their weeks            once a day
  standings    the championship tables                         every 6 hours
  leagues      leagues and teams                               every 6 hours
  telemetry    telemetry files that are new or have changed    every minute
  prune        throws away what nobody needs any more          once a day

Those that ask iRacing run only with an account, and telemetry only with files to read, so an account is not needed for telemetry. A folder or bucket that is away fails the job telemetry and no other: it is looked for again every minute. Each job holds a lock in the database while it runs: any number of collectors may share a database, and none does what another one does.

What iRacing calls final, such as the result of a race, is asked once and kept. A run that is broken off goes on where it was.

  DATABASE_URL=… IRACING_CLIENT_ID=… IRACING_TOKEN_KEY=… collector run
  collector run --telemetry-url ~/Documents/iRacing/telemetry --remote-write-url http://localhost:9090/api/v1/write
  collector run --once --job races --job ratings`
}

// Run carries the command out.
func (r *runCommand) Run(ctx context.Context, c *console, g *globals) error {
	for _, name := range r.Job {
		if !slices.Contains(jobNames, name) {
			return usageError{fmt.Errorf("there is no job %.40q; there are %s", name, strings.Join(jobNames, ", "))}
		}
	}
	switch {
	case r.PushMetrics && !r.Once:
		return usageError{errors.New("--push-metrics goes with --once: a collector that keeps running is scraped at --listen")}
	case r.PushMetrics && r.RemoteWriteURL == "":
		return usageError{errors.New("--push-metrics needs --remote-write-url to know where to")}
	case r.Parallel < 1:
		return usageError{errors.New("--parallel is at least 1")}
	}
	w := &works{console: c, log: g.logger(c.err)}
	defer w.close()
	collector, err := r.collect(ctx, w)
	if err != nil {
		return err
	}
	if r.Once {
		return r.once(ctx, w, collector)
	}
	return r.serve(ctx, w, collector)
}

// collect puts the collector together.
func (r *runCommand) collect(ctx context.Context, w *works) (*collect.Collector, error) {
	err := w.open(ctx, r.factsOf(&r.accountFlags))
	if err == nil {
		err = w.signIn(ctx, &r.accountFlags)
	}
	if err == nil {
		err = r.places(ctx, w)
	}
	if err == nil {
		w.writer, err = r.writer(ctx, w.console, w.labels(ctx, r.CustID), w.log.Named("push"))
	}
	if err != nil {
		return nil, err
	}
	if w.source == nil {
		w.log.Info("No iRacing account is set up, so nothing is asked of iRacing: --client-id and a way to sign in bring races, ratings and leagues")
	}
	if r.Once {
		r.notPushed = w.tryPush(ctx)
	}
	schedules := r.Schedule
	if len(r.Job) > 0 && !r.Once {
		// The others are switched off.
		schedules = map[string]string{}
		for _, name := range jobNames {
			if own, ok := r.Schedule[name]; ok {
				schedules[name] = own
			}
			if !slices.Contains(r.Job, name) {
				schedules[name] = collect.Off
			}
		}
	}
	return w.collector(ctx, &r.driverFlags, func(c *collect.Config) {
		c.Schedules, c.Lookback, c.Parallel, c.Patience, c.Settle = schedules, r.Lookback, r.Parallel, r.Patience, r.Settle
		if c.Jitter = r.Jitter; r.Jitter <= 0 {
			c.Jitter = -1
		}
	})
}

// once runs the jobs one after the other.
func (r *runCommand) once(ctx context.Context, w *works, collector *collect.Collector) error {
	begin := time.Now()
	imports := &importer{collector: collector, log: w.log, location: r.ResultsURL}
	// The jobs come first, as they wait for a database that is away.
	err := collector.Once(ctx, r.Job...)
	err = errors.Join(err, imports.look(ctx), r.notPushed)
	if r.PushMetrics && w.writer != nil {
		// What failed is what the metrics are to tell; an interrupted run has a moment left for that.
		pushing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		err = errors.Join(err, w.writer.PushMetrics(pushing, push.OwnMetrics{Instance: r.Instance, Started: begin}))
		cancel()
	}
	if err == nil {
		w.log.Info("All is done", "took", time.Since(begin).Round(time.Millisecond))
	}
	return err
}

// serve runs the jobs on their schedules until ctx ends.
func (r *runCommand) serve(ctx context.Context, w *works, collector *collect.Collector) error {
	group, running := errgroup.WithContext(ctx)
	if r.Listen != "" && r.Listen != "off" {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", r.Listen)
		if err != nil {
			return fmt.Errorf("metrics and health cannot be served at %s, --listen names another place: %w", r.Listen, err)
		}
		server := &http.Server{
			Handler: collector.Handler(), ReadHeaderTimeout: 5 * time.Second, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
			ErrorLog: w.log.Named("http").StandardLogger(nil),
		}
		w.log.Info("Metrics and health are served", "metrics", "http://"+l.Addr().String()+"/metrics", "ready", "http://"+l.Addr().String()+"/readyz")
		group.Go(func() error {
			if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serve metrics and health: %w", err)
			}
			return nil
		})
		group.Go(func() error {
			<-running.Done()
			ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			if server.Shutdown(ending) != nil {
				return server.Close()
			}
			return nil
		})
	}
	for _, j := range collector.Jobs() {
		w.log.Info("A job is scheduled", "job", j.Name, "schedule", j.Schedule, "about", j.About)
	}
	if len(collector.Jobs()) == 0 {
		w.log.Warn("There is nothing to do: give an account or telemetry files")
	}
	imports := &importer{collector: collector, log: w.log, location: r.ResultsURL}
	group.Go(func() error { return imports.watch(running) })
	group.Go(func() error { return collector.Run(running) })
	err := group.Wait()
	if ctx.Err() != nil && (err == nil || errors.Is(err, context.Canceled)) {
		w.log.Info("Ended; the jobs go on where they were")
		return nil
	}
	return err
}
