package collect_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/collect"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// once is what a back-fill of the small world leaves that nobody disturbs. It is made once.
type once struct {
	mu   sync.Mutex
	left map[string][]string
}

var undisturbed once

func (o *once) rows(t *testing.T) map[string][]string {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.left == nil {
		s := setupOf(service(t, small()), database(t))
		if _, err := s.start(t).Backfill(t.Context(), s.Since, nil); err != nil {
			t.Fatal(err)
		}
		o.left = rows(t, s.Database)
	}
	return o.left
}

// What goes wrong with the database in mid-run costs time and nothing else.
func TestDatabaseGoesAndComesBack(t *testing.T) {
	t.Parallel()
	fake := service(t, small())
	expected := undisturbed.rows(t)
	server := pgtest.Start(t, "max_connections = 12\nsuperuser_reserved_connections = 1")
	for name, disturb := range map[string]func(t *testing.T) (mend func()){
		"restarted": func(t *testing.T) func() {
			server.StopServer(t)
			return func() { server.StartServer(t) }
		},
		"read-only": func(t *testing.T) func() {
			server.Exec(t, "alter system set default_transaction_read_only = on")
			server.Exec(t, "select pg_reload_conf()")
			return func() {
				server.Exec(t, "alter system reset default_transaction_read_only")
				server.Exec(t, "select pg_reload_conf()")
			}
		},
		"out of connections": func(t *testing.T) func() {
			// Whoever came first has the connections of the others.
			server.Exec(t, "alter role collector connection limit 0")
			server.Exec(t, "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'collector'")
			return func() { server.Exec(t, "alter role collector connection limit -1") }
		},
	} {
		t.Run(name, func(t *testing.T) {
			database := "d" + strings.ReplaceAll(strings.ReplaceAll(name, " ", "_"), "-", "_")
			server.Exec(t, "do $$ begin if not exists (select from pg_roles where rolname = 'collector') then create role collector login; end if; end $$")
			server.Exec(t, "create database "+database+" owner collector")
			url := strings.Replace(strings.Replace(server.URL, "/postgres?", "/"+database+"?", 1), "postgres@", "collector@", 1)
			if err := prepare(url); err != nil {
				t.Fatal(err)
			}
			s := setupOf(fake, url)
			r := s.start(t)
			var once, pauses sync.Once
			var mended sync.WaitGroup
			paused := make(chan struct{})
			defer mended.Wait()
			var waited error
			unready := ""
			summary, err := r.Backfill(t.Context(), s.Since, func(p collect.Progress) {
				if p.Waiting != nil {
					waited = p.Waiting
					pauses.Do(func() { close(paused) })
				}
				if p.Done-p.Skipped < 5 {
					return
				}
				once.Do(func() {
					mend := disturb(t)
					mended.Go(func() {
						select {
						case <-paused:
						case <-time.After(20 * time.Second):
						}
						unready = ready(t, r)
						mend()
					})
				})
			})
			mended.Wait()
			if err != nil {
				t.Fatal(err)
			}
			if summary.Done != summary.Total || summary.Failed > 0 {
				t.Errorf("%+v", summary)
			}
			if e, ok := errors.AsType[*store.Error](waited); !ok || !e.Temporary() {
				t.Errorf("it waited for %v", waited)
			}
			if !strings.Contains(unready, "503") || !strings.Contains(unready, "database: failed") {
				t.Errorf("in the meantime it was\n%s", unready)
			}
			if now := ready(t, r); !strings.HasPrefix(now, "200") {
				t.Errorf("afterwards it is\n%s", now)
			}
			sameRows(t, rows(t, url), expected)
		})
	}
}

// ready is what /readyz answers, behind its status.
func ready(t *testing.T, r *rig) string {
	t.Helper()
	return get(t, r.Handler(), "/readyz")
}

func get(t *testing.T, h http.Handler, path string) string {
	t.Helper()
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
	body, err := io.ReadAll(rec.Body)
	if err != nil {
		t.Fatal(err)
	}
	return rec.Result().Status + "\n" + string(body)
}

// An iRacing that is away for a while costs time and nothing else.
func TestServiceGoesAndComesBack(t *testing.T) {
	t.Parallel()
	fake := service(t, small())
	expected := undisturbed.rows(t)
	for _, does := range []iracingtest.Does{iracingtest.GatewayHTML, iracingtest.Drop} {
		t.Run(string(does), func(t *testing.T) {
			fake.Fault(iracingtest.Fault{Do: does, Path: "/data/results/", After: 20, Count: 9})
			defer fake.ClearFaults()
			s := setupOf(fake, database(t))
			summary, err := s.start(t).Backfill(t.Context(), s.Since, nil)
			if err != nil || summary.Done != summary.Total {
				t.Fatalf("%+v, %v", summary, err)
			}
			sameRows(t, rows(t, s.Database), expected)
		})
	}
}

// Patience has an end, and the error says what was wrong.
func TestPatienceHasAnEnd(t *testing.T) {
	t.Parallel()
	fake := service(t, small())
	fake.Fault(iracingtest.Fault{Do: iracingtest.Failed, Path: "/data/"})
	s := setupOf(fake, database(t))
	impatient := func(c *collect.Config) { c.Patience = -1 }
	_, err := s.start(t, impatient).Backfill(t.Context(), s.Since, nil)
	if e, ok := errors.AsType[*iracing.Error](err); !ok || e.Kind != iracing.Unavailable {
		t.Errorf("got %v", err)
	}
	err = s.start(t, impatient).Once(t.Context(), "reference", "ratings")
	if err == nil || strings.Count(err.Error(), "iRacing's service failed") != 2 || !strings.Contains(err.Error(), "ratings: ") {
		t.Errorf("got %v", err)
	}
}

// What iRacing does not show of a few races is left out, told once, and does not keep the others.
func TestWhatIsNotShownIsLeftOut(t *testing.T) {
	t.Parallel()
	fake := service(t, small())
	fake.Fault(iracingtest.Fault{Do: iracingtest.Forbidden, Path: "/data/results/get", After: 2, Count: 1})
	fake.Fault(iracingtest.Fault{Do: iracingtest.NotJSON, Path: "/data/results/get", After: 4, Count: 4})
	s := setupOf(fake, database(t))
	summary, err := s.start(t, func(c *collect.Config) { c.Parallel = 1 }).Backfill(t.Context(), s.Since, nil)
	if err != nil {
		t.Fatal(err)
	}
	if summary.Failed < 2 || summary.Done+summary.Failed != summary.Total || len(summary.Problems) != 2 {
		t.Errorf("%+v", summary)
	}
	for _, p := range summary.Problems {
		if !strings.Contains(p, "/data/results/get") {
			t.Errorf("the problem is %q", p)
		}
	}
	fake.ClearFaults()
	query(t, s.Database, "delete from iracing.answers where refused is not null returning request")
	summary, err = s.start(t).Backfill(t.Context(), s.Since, nil)
	if err != nil || summary.Failed > 0 || summary.Done != summary.Total {
		t.Errorf("%+v, %v", summary, err)
	}
}

// An interrupted back-fill ends at once, says so, and leaves a run behind that was interrupted.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	fake := service(t, small())
	s := setupOf(fake, database(t))
	r := s.start(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := r.Backfill(ctx, s.Since, func(p collect.Progress) {
		if p.Done > 5 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	runs, err := r.store.LastRuns(t.Context())
	if err != nil || len(runs) != 1 || runs[0].Job != "backfill" || runs[0].Outcome != store.Interrupted || runs[0].Rows == 0 {
		t.Errorf("%+v, %v", runs, err)
	}
}

// A race of which the database does not take everything is told, not counted as done, and taken up again later, also by the
// process that was refused.
func TestWhatIsNotTakenIsTriedAgain(t *testing.T) {
	t.Parallel()
	fake := service(t, small())
	s := setupOf(fake, database(t))
	conn := connect(t, s.Database)
	charts := func() string { return query(t, s.Database, "select count(*)::text from iracing.lap_charts")[0] }
	change := func(sql string) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	change("alter table iracing.lap_charts add constraint refused check (false)")
	r := s.start(t)
	if err := r.Once(t.Context(), "races"); err != nil {
		t.Fatal(err)
	}
	summary, err := r.Backfill(t.Context(), s.Since, nil)
	if err != nil || summary.Failed == 0 || summary.Done+summary.Failed != summary.Total || len(summary.Problems) != 1 || !strings.Contains(summary.Problems[0], "PostgreSQL failed") {
		t.Errorf("%+v, %v", summary, err)
	}
	if n := charts(); n != "0" {
		t.Errorf("%s lap charts were taken", n)
	}
	if n := query(t, s.Database, "select count(*)::text from iracing.laps")[0]; n == "0" {
		t.Error("what comes after the lap charts was left out, too")
	}
	change("alter table iracing.lap_charts drop constraint refused")
	if err := r.Once(t.Context(), "races"); err != nil {
		t.Fatal(err)
	}
	if charts() == "0" {
		t.Error("the races were not taken up again")
	}
	if summary, err = r.Backfill(t.Context(), s.Since, nil); err != nil || summary.Failed > 0 || summary.Done != summary.Total {
		t.Errorf("%+v, %v", summary, err)
	}
}

// What one job of a single run has waited for in vain, the next ones do not wait for again: a run ends in about the time
// that its patience says, however many jobs there are.
func TestJobsShareThePatience(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	if err := prepare(server.URL); err != nil {
		t.Fatal(err)
	}
	r := setupOf(service(t, small()), server.URL).start(t, func(c *collect.Config) { c.Patience = 300 * time.Millisecond })
	r.PauseAtMost(10 * time.Millisecond)
	server.StopServer(t)
	err := r.Once(t.Context())
	if e, ok := errors.AsType[*store.Error](err); !ok || !e.Temporary() {
		t.Errorf("got %v", err)
	}
	tried := func(job string) int { return strings.Count(r.log.String(), "A job failed: job="+job+" ") }
	jobs := r.Jobs()
	if n := tried(jobs[0].Name); n < 2 {
		t.Errorf("%s was tried %d times", jobs[0].Name, n)
	}
	for _, j := range jobs[1:] {
		if n := tried(j.Name); n != 1 || !strings.Contains(err.Error(), j.Name+": ") {
			t.Errorf("%s was tried %d times, and all ended with %v", j.Name, n, err)
		}
	}
}
