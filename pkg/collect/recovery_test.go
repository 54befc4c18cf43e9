package collect_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/apexobs/iracing-grafana-observability/pkg/collect"
	"github.com/apexobs/iracing-grafana-observability/pkg/collect/push"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
)

// only switches all jobs off but some.
func only(schedules map[string]string) map[string]string {
	all := map[string]string{}
	for _, name := range []string{"reference", "me", "races", "ratings", "leagues", "standings", "schedules", "telemetry", "prune"} {
		all[name] = collect.Off
	}
	maps.Copy(all, schedules)
	return all
}

// running runs a collector until the test has seen what it waits for.
func running(t *testing.T, r *rig, seen func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	wait.Go(func() {
		if err := r.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	defer wait.Wait()
	defer cancel()
	seen()
}

// A job that fails again and again keeps to its schedule: no pause between attempts goes beyond its next turn.
func TestTheScheduleGoesOnWhileAJobFails(t *testing.T) {
	fake := service(t, small())
	over := fake.Fault(iracingtest.Fault{Do: iracingtest.GatewayHTML, Path: "/data/car/get"})
	r := setupOf(fake, database(t)).start(t, func(c *collect.Config) { c.Schedules = only(map[string]string{"reference": "@every 1s"}) })
	r.TryAgainAfter(time.Hour)
	failed, done := metrics.Runs.WithLabelValues("reference", metrics.Failed), metrics.Runs.WithLabelValues("reference", metrics.OK)
	failures, successes := testutil.ToFloat64(failed), testutil.ToFloat64(done)
	running(t, r, func() {
		until(t, func() bool { return testutil.ToFloat64(failed) >= failures+3 })
		over()
		until(t, func() bool { return testutil.ToFloat64(done) > successes })
	})
	if n := strings.Count(r.log.String(), "[WARN]  A job failed"); n != 1 {
		t.Errorf("the log tells %d times that a job failed, which is one too many but for the first", n)
	}
}

// A place of telemetry files that is away fails the job for them, where an operator looks, and nothing else. What comes back
// is told, too.
func TestAPlaceIsAway(t *testing.T) {
	fake := service(t, small())
	dir := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	there := t.TempDir()
	ibttest.Drive{Start: now.Add(-3 * time.Hour), Laps: []float64{25.5}}.Write(t, there)
	away, other := place(t, dir), place(t, there)
	if err := os.Rename(dir, dir+"-away"); err != nil {
		t.Fatal(err)
	}
	s := setupOf(fake, database(t))
	r := s.start(t, func(c *collect.Config) {
		c.Places = []collect.Place{away, other}
		c.Schedules = only(map[string]string{"telemetry": "@every 1s", "me": "@every 1s"})
	})
	of := func(outcome string) float64 {
		return testutil.ToFloat64(metrics.Runs.WithLabelValues("telemetry", outcome))
	}
	failures, successes := of(metrics.Failed), of(metrics.OK)
	noted := func(outcome string) string {
		return query(t, s.Database, "select count(*)::text from iracing.job_runs where job = 'telemetry' and outcome = $1", outcome)[0]
	}
	running(t, r, func() {
		until(t, func() bool { return of(metrics.Failed) >= failures+3 })
		if text := ready(t, r); !strings.HasPrefix(text, "200 OK\nready: yes, though the last run of a job failed: telemetry\n") || !strings.Contains(text, "telemetry: failed at 2") {
			t.Errorf("/readyz tells\n%s", text)
		}
		if n := query(t, s.Database, "select count(*)::text from iracing.telemetry_files")[0]; n != "1" {
			t.Errorf("%s files of the other place came in", n)
		}
		if n := noted("failed"); n != "1" {
			t.Errorf("%s runs that failed alike are noted", n)
		}
		if err := os.Rename(dir+"-away", dir); err != nil {
			t.Error(err)
		}
		until(t, func() bool { return of(metrics.OK) > successes })
		until(t, func() bool { return strings.HasPrefix(ready(t, r), "200 OK\nready: yes\n") })
	})
	if n := noted("ok"); n != "1" {
		t.Errorf("%s runs that succeeded are noted", n)
	}
	if log := r.log.String(); strings.Count(log, "A job failed") < 3 || strings.Count(log, "[WARN]  A job failed") != 1 || !strings.Contains(log, "does not exist") || !strings.Contains(log, "[INFO]  A job is done: job=telemetry") {
		t.Error("the log does not tell once that it failed, and that it works again")
	}
}

// A patience bounds what iRacing's limit and an iRacing that does not answer may cost, and the log tells what it waits for.
func TestPatienceBoundsEachRequest(t *testing.T) {
	t.Parallel()
	fake := service(t, small())
	for does, kind := range map[iracingtest.Does]iracing.Kind{iracingtest.LimitJSON: iracing.Limited, iracingtest.Hang: iracing.Unreachable} {
		t.Run(string(does), func(t *testing.T) {
			defer fake.Fault(iracingtest.Fault{Do: does, Path: "/data/", Delay: time.Minute})()
			s := setupOf(fake, database(t))
			for name, try := range map[string]func(*rig) error{
				"once":     func(r *rig) error { return r.Once(t.Context(), "reference") },
				"backfill": func(r *rig) error { _, err := r.Backfill(t.Context(), s.Since, nil); return err },
			} {
				r := s.start(t, func(c *collect.Config) { c.Patience = 500 * time.Millisecond })
				r.AnswerWithin(500 * time.Millisecond)
				begin := time.Now()
				err := try(r)
				if e, ok := errors.AsType[*iracing.Error](err); !ok || e.Kind != kind {
					t.Errorf("%s: got %v", name, err)
				}
				if took := time.Since(begin); took > 20*time.Second {
					t.Errorf("%s: it took %s", name, took)
				}
			}
		})
	}
	t.Run("told", func(t *testing.T) {
		defer fake.Fault(iracingtest.Fault{Do: iracingtest.LimitJSON, Path: "/data/", Count: 1})()
		r := setupOf(fake, database(t)).start(t)
		ctx, cancel := context.WithCancel(t.Context())
		var wait sync.WaitGroup
		wait.Go(func() { _ = r.Once(ctx, "reference") }) // it is interrupted
		until(t, func() bool { return strings.Contains(r.log.String(), "Requests wait, as iRacing's rate limit") })
		cancel()
		wait.Wait()
		if log := r.log.String(); strings.Count(log, "Requests wait") != 1 || !strings.Contains(log, "UTC") {
			t.Error("the log does not tell once until when it waits")
		}
	})
}

// Nothing final is asked for twice, though iRacing had nothing, or showed nothing, of some of it; also by another process.
func TestNothingFinalIsAskedTwice(t *testing.T) {
	t.Parallel()
	fake := service(t, small())
	s := setupOf(fake, database(t))
	// Some have no rows, some are unknown, and some are not shown.
	fake.Fault(iracingtest.Fault{Do: iracingtest.NullChunks, Path: "/data/results/event_log"})
	fake.Fault(iracingtest.Fault{Do: iracingtest.NotFound, Path: "/data/results/lap_chart_data", After: 3, Count: 2})
	fake.Fault(iracingtest.Fault{Do: iracingtest.Forbidden, Path: "/data/results/lap_data", After: 2, Count: 2})
	first, err := s.start(t).Backfill(t.Context(), s.Since, nil)
	if err != nil || first.Skipped > 0 || first.Done != first.Total {
		t.Fatalf("%+v, %v", first, err)
	}
	fake.ResetLog()
	for range 2 {
		again, err := s.start(t).Backfill(t.Context(), s.Since, nil)
		if err != nil || again.Done != again.Total || again.Skipped != again.Total || again.Rows > 0 || again.Requests > 0 {
			t.Errorf("%+v, %v", again, err)
		}
	}
	for _, key := range asked(fake) {
		t.Errorf("asked again: %s", key)
	}
}

// A file from the future is tried, told, and pushed when its time has come, which may be soon: a clock went wrong by hours.
// Files that are too old are told all at once.
func TestFilesOfAnotherTime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	begin := time.Now().UTC().Truncate(time.Second)
	var ahead atomic.Int64 // of the clock
	clock := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	write := func(start time.Time) {
		path := ibttest.Drive{Start: start, Laps: []float64{25.5}}.Write(t, dir)
		if err := os.Chtimes(path, begin.Add(-time.Hour), begin.Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	write(begin.Add(2 * time.Hour))
	for day := range 3 {
		write(begin.AddDate(0, 0, -200-day))
	}
	var requests atomic.Int64
	target := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		rw.WriteHeader(http.StatusNoContent)
	}))
	defer target.Close()
	s := setup{Database: database(t), Token: "none"}
	start := func() *rig {
		return s.start(t, func(c *collect.Config) {
			writer, err := push.NewWriter(push.Config{URL: target.URL, Now: clock, Log: c.Log})
			if err != nil {
				t.Fatal(err)
			}
			c.Source, c.Places, c.Push, c.Now = nil, []collect.Place{place(t, dir)}, writer, clock
		})
	}
	r := start()
	for range 2 {
		if err := r.Once(t.Context(), "telemetry"); err != nil {
			t.Fatal(err)
		}
	}
	exported := "select count(*)::text from iracing.telemetry_exports where samples "
	if n, tried := requests.Load(), query(t, s.Database, exported+"= 0"); n > 0 || tried[0] != "4" {
		t.Errorf("%d requests, and %s files count as tried", n, tried)
	}
	log := r.log.String()
	for text, want := range map[string]int{"[WARN]": 2, "lies in the future": 1, "collector export --format openmetrics": 1, "files=3": 1} {
		if n := strings.Count(log, text); n != want {
			t.Errorf("the log has %q %d times", text, n)
		}
	}
	other := start()
	if _, err := other.IngestFiles(t.Context(), []*library.Library{place(t, dir).Library}, nil, nil); err != nil || requests.Load() > 0 {
		t.Errorf("another process pushes it, too: %v", err)
	}
	ahead.Store(int64(3 * time.Hour))
	if err := r.Once(t.Context(), "telemetry"); err != nil {
		t.Fatal(err)
	}
	if n, sent := requests.Load(), query(t, s.Database, exported+"> 0"); n == 0 || sent[0] != "1" {
		t.Errorf("%d requests, and %s files are pushed", n, sent)
	}
	n := requests.Load()
	if err := r.Once(t.Context(), "telemetry"); err != nil || requests.Load() != n {
		t.Errorf("it is pushed again: %v", err)
	}
}
