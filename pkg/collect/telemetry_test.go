package collect_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/apexobs/iracing-grafana-observability/pkg/collect"
	"github.com/apexobs/iracing-grafana-observability/pkg/collect/push"
	"github.com/apexobs/iracing-grafana-observability/pkg/demo"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
	"github.com/apexobs/iracing-grafana-observability/pkg/promtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// place is a folder of telemetry files.
func place(t *testing.T, dir string) collect.Place {
	t.Helper()
	st, err := library.OpenURL(dir)
	if err != nil {
		t.Fatal(err)
	}
	lib := library.New(st, library.Options{})
	t.Cleanup(func() {
		if err := lib.Close(); err != nil {
			t.Error(err)
		}
	})
	return collect.Place{Store: st, Library: lib}
}

// Telemetry files come into the database once they have settled, and their samples to Prometheus, each once; what is no
// telemetry is told and does not keep the others.
func TestTelemetry(t *testing.T) {
	dir := t.TempDir()
	first := ibttest.Drive{Start: now.Add(-3 * time.Hour), Laps: []float64{25.5, 24.25, 26}}
	first.Write(t, dir)
	prometheus := promtest.Start(t, promtest.Options{OutOfOrder: "9000d"})
	writer, err := push.NewWriter(push.Config{URL: prometheus.WriteURL(), MaxAge: -1})
	if err != nil {
		t.Fatal(err)
	}
	s := setup{Database: database(t)}
	alone := func(c *collect.Config) {
		c.Source, c.Places, c.Push = nil, []collect.Place{place(t, dir)}, writer
	}
	s.Token = "none"
	r := s.start(t, alone)
	if err := r.Once(t.Context(), "telemetry"); err != nil {
		t.Fatal(err)
	}
	count := func(what string) int {
		n, err := strconv.Atoi(query(t, s.Database, "select count(*)::text from "+what)[0])
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if files, laps, traces, sent := count("iracing.telemetry_files"), count("iracing.telemetry_laps"), count("iracing.lap_trace"), count("iracing.telemetry_exports where samples > 0"); files != 1 || laps != 5 || traces == 0 || sent != 1 {
		t.Errorf("%d files, %d laps, %d traces, %d exports", files, laps, traces, sent)
	}
	before := rows(t, s.Database)
	pushed := testutil.ToFloat64(metrics.RemoteWriteSamples.WithLabelValues(metrics.Sent))
	if pushed == 0 {
		t.Error("nothing was sent")
	}
	// Neither this process nor the next one does it again.
	for _, r := range []*rig{r, s.start(t, alone)} {
		if err := r.Once(t.Context(), "telemetry"); err != nil {
			t.Fatal(err)
		}
	}
	sameRows(t, rows(t, s.Database), before)
	if sent := testutil.ToFloat64(metrics.RemoteWriteSamples.WithLabelValues(metrics.Sent)); sent != pushed {
		t.Errorf("%g samples were sent again", sent-pushed)
	}

	// A file that still grows waits, one that is none is told, and the next one comes in.
	growing := ibttest.Drive{Start: now.Add(-time.Minute), Laps: []float64{27}, Car: "Other Car"}.Write(t, dir)
	if err := os.Chtimes(growing, now, now); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "broken.ibt"), []byte("this is no telemetry"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(filepath.Join(dir, "broken.ibt"), now.Add(-time.Hour), now.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	second := ibttest.Drive{Start: now.Add(-2 * time.Hour), Laps: []float64{23.5, 24}}
	second.Write(t, dir)
	r = s.start(t, alone)
	if err := r.Once(t.Context(), "telemetry"); err == nil || !strings.Contains(err.Error(), "broken.ibt: ") {
		t.Errorf("got %v", err)
	}
	if files := count("iracing.telemetry_files"); files != 2 {
		t.Errorf("%d files, want 2", files)
	}
	// Readers see the runs, and not the names of files.
	problem := query(t, s.Database, "select problem from iracing.job_runs where outcome = 'failed'")
	if len(problem) != 1 || !strings.Contains(problem[0], "could not be taken in; the log says which") || strings.Contains(problem[0], "broken") {
		t.Errorf("the runs tell %q", problem)
	}
	if !strings.Contains(r.log.String(), "broken.ibt") {
		t.Error("the log does not name the file")
	}
	page := get(t, r.Handler(), "/metrics")
	for _, want := range []string{"iracing_ibt_files_pending 2\n", `iracing_collector_runs_total{job="telemetry",outcome="failed"}`} {
		if !strings.Contains(page, want) {
			t.Errorf("/metrics has no %s", want)
		}
	}

	// By hand nothing waits.
	sum, err := r.IngestFiles(t.Context(), []*library.Library{place(t, dir).Library}, nil, nil)
	if err != nil || sum.Total != 4 || sum.Done != 3 || sum.Skipped != 2 || sum.Failed != 1 || sum.Rows == 0 || !strings.Contains(strings.Join(sum.Problems, ""), "broken.ibt: ") {
		t.Errorf("%+v, %v", sum, err)
	}
	if files := count("iracing.telemetry_files"); files != 3 {
		t.Errorf("%d files, want 3", files)
	}
}

// A Prometheus that is away keeps no file from the database, fails the job until it is back, and gets the samples then.
func TestPrometheusIsAway(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ibttest.Drive{Start: now.Add(-3 * time.Hour), Laps: []float64{25.5}}.Write(t, dir)
	var away atomic.Bool
	away.Store(true)
	target := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		if away.Load() {
			rw.WriteHeader(http.StatusUnauthorized)
			return
		}
		rw.WriteHeader(http.StatusNoContent)
	}))
	defer target.Close()
	writer, err := push.NewWriter(push.Config{URL: target.URL, MaxAge: -1})
	if err != nil {
		t.Fatal(err)
	}
	s := setup{Database: database(t), Token: "none"}
	from := time.Now()
	r := s.start(t, func(c *collect.Config) {
		c.Source, c.Places, c.Push, c.Patience = nil, []collect.Place{place(t, dir)}, writer, -1
		c.Now = func() time.Time { return now.Add(1000 * time.Since(from)) } // for which the watcher soon tries again
	})
	for range 2 {
		if err := r.Once(t.Context(), "telemetry"); err == nil {
			t.Error("the job succeeded")
		}
	}
	if n := query(t, s.Database, "select count(*)::text from iracing.telemetry_files"); n[0] != "1" {
		t.Errorf("%s files", n)
	}
	away.Store(false)
	until(t, func() bool { return r.Once(t.Context(), "telemetry") == nil })
	if n := query(t, s.Database, "select count(*)::text from iracing.telemetry_exports where samples > 0"); n[0] != "1" {
		t.Errorf("%s exports", n)
	}
}

// late is a store whose listing lacks what is new until it is told otherwise.
type late struct {
	library.Store
	complete atomic.Bool
}

func (l *late) List(ctx context.Context) ([]library.FileInfo, []string, error) {
	if !l.complete.Load() {
		return nil, nil, nil
	}
	return l.Store.List(ctx)
}

// A file that the library does not list yet comes in later.
func TestTheLibraryIsLate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ibttest.Drive{Start: now.Add(-3 * time.Hour), Laps: []float64{25.5}}.Write(t, dir)
	open := func() library.Store {
		st, err := library.OpenURL(dir)
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	behind := &late{Store: open()}
	p := collect.Place{Store: open(), Library: library.New(behind, library.Options{})}
	t.Cleanup(func() {
		if err := errors.Join(p.Library.Close(), p.Store.Close()); err != nil {
			t.Error(err)
		}
	})
	s := setup{Database: database(t), Token: "none"}
	from := time.Now()
	r := s.start(t, func(c *collect.Config) {
		c.Source, c.Places, c.Patience = nil, []collect.Place{p}, -1
		c.Now = func() time.Time { return now.Add(1000 * time.Since(from)) }
	})
	if err := r.Once(t.Context(), "telemetry"); err == nil {
		t.Error("the file passes for one that was taken in")
	}
	behind.complete.Store(true)
	until(t, func() bool { return r.Once(t.Context(), "telemetry") == nil })
	if n := query(t, s.Database, "select count(*)::text from iracing.telemetry_files"); n[0] != "1" {
		t.Errorf("%s files", n)
	}
}

// A job whose lock is lost ends, blames no file for it, and takes all of them in at the next look.
func TestTheLockIsLost(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i := range 4 {
		ibttest.Drive{Start: now.Add(time.Duration(-3-i) * time.Hour), Laps: []float64{25.5}}.Write(t, dir)
	}
	s := setup{Database: database(t), Token: "none"}
	conn := connect(t, s.Database)
	var once sync.Once
	target := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then is it noticed that the client has gone
		once.Do(func() {
			_, err := conn.Exec(t.Context(), `
				select pg_terminate_backend(l.pid) from pg_locks l join pg_database d on d.oid = l.database
				where l.locktype = 'advisory' and d.datname = current_database()`)
			if err != nil {
				t.Error(err)
			}
			<-r.Context().Done()
		})
		rw.WriteHeader(http.StatusNoContent)
	}))
	defer target.Close()
	writer, err := push.NewWriter(push.Config{URL: target.URL, MaxAge: -1})
	if err != nil {
		t.Fatal(err)
	}
	r := s.start(t, func(c *collect.Config) {
		c.Source, c.Places, c.Push, c.Patience = nil, []collect.Place{place(t, dir)}, writer, -1
	})
	err = r.Once(t.Context(), "telemetry")
	if e, ok := errors.AsType[*store.Error](err); !ok || !e.Temporary() || strings.Contains(err.Error(), ".ibt") {
		t.Errorf("got %v", err)
	}
	if err := r.Once(t.Context(), "telemetry"); err != nil {
		t.Errorf("the next look: %v", err)
	}
	if n := query(t, s.Database, "select count(*)::text from iracing.telemetry_exports where samples > 0"); n[0] != "4" {
		t.Errorf("%s exports, want 4", n[0])
	}
}

// The gauges show the newest file of an own driver, and none of somebody else's.
func TestNewestFile(t *testing.T) {
	stints, err := demo.Stints(demo.Options{End: now})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file, err := os.Create(filepath.Join(dir, stints[0].Name()))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(demo.Drive(t.Context(), file, stints[0]), file.Close()); err != nil {
		t.Fatal(err)
	}
	fake := service(t, small())
	database := database(t)
	gauges := func(own ...int64) string {
		p := place(t, dir)
		s := setupOf(fake, database)
		s.Own = own
		r := s.start(t, func(c *collect.Config) { c.Places, c.Now = []collect.Place{p}, time.Now })
		if err := r.Once(t.Context(), "me", "telemetry"); err != nil {
			t.Fatal(err)
		}
		return get(t, r.Handler(), "/metrics")
	}
	const driver = 1000042 // of that file
	if page := gauges(); strings.Contains(page, "iracing_last_session") {
		t.Error("another driver's session is shown")
	}
	page := gauges(driver)
	best, err := place(t, dir).Library.Find(t.Context(), library.Latest)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		fmt.Sprintf("iracing_last_session_best_lap_seconds{cust_id=\"%d\"} %g\n", driver, best.Best),
		"iracing_last_session_last_lap_seconds{", "iracing_last_session_fuel_per_lap_liters{", "iracing_last_session_incidents{",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("/metrics has no %s", want)
		}
	}
}

// The account's newest file is shown also where it was looked at before iRacing told whose account it is.
func TestTheNewestFileOfTheAccount(t *testing.T) {
	fake := service(t, small())
	me := fake.World().Me.ID
	dir := t.TempDir()
	ibttest.Drive{Start: now.Add(-3 * time.Hour), Laps: []float64{25.5}, Cust: me}.Write(t, dir)
	r := setupOf(fake, database(t)).start(t, func(c *collect.Config) { c.Places = []collect.Place{place(t, dir)} })
	metrics.BestLap.Reset()
	for _, job := range []string{"telemetry", "me", "telemetry"} {
		if err := r.Once(t.Context(), job); err != nil {
			t.Fatal(err)
		}
	}
	if want := fmt.Sprintf("iracing_last_session_best_lap_seconds{cust_id=\"%d\"} ", me); !strings.Contains(get(t, r.Handler(), "/metrics"), want) {
		t.Errorf("/metrics has no %s", want)
	}
}
