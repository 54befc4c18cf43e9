package collect_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/apexobs/iracing-grafana-observability/pkg/collect"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
	"github.com/apexobs/iracing-grafana-observability/pkg/promtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// All jobs fill their tables, and running them again writes nothing.
func TestOnceFillsTheDatabase(t *testing.T) {
	fake := service(t, small())
	s := setupOf(fake, database(t))
	s.Followed = []int64{rival(t, fake)}
	r := s.start(t)
	if err := r.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	for table, least := range map[string]int{
		"cars": 10, "car_classes": 3, "tracks": 10, "series": 3, "seasons": 3, "season_weeks": 12, "drivers": 30, "teams": 1, "leagues": 1,
		"league_members": 3, "league_seasons": 1, "league_standings": 3, "league_races": 3, "subsessions": 5, "results": 50, "lap_charts": 5,
		"laps": 500, "events": 5, "rating_history": 50, "licences": 5, "standings": 20, "job_runs": 8,
	} {
		n, err := strconv.Atoi(query(t, s.Database, "select count(*)::text from iracing."+table)[0])
		if err != nil || n < least {
			t.Errorf("%s has %d rows, want %d at least", table, n, least)
		}
	}
	before := rows(t, s.Database)
	if err := s.start(t).Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	sameRows(t, rows(t, s.Database), before)

	me := strconv.FormatInt(fake.World().Me.ID, 10)
	if rating := testutil.ToFloat64(metrics.IRating.WithLabelValues(me, "sports_car")); !(rating > 500 && rating < 12_000) {
		t.Errorf("the iRating is %g", rating)
	}
	if class := testutil.ToFloat64(metrics.LicenceClass.WithLabelValues(me, "sports_car")); !(class >= 1 && class <= 7) {
		t.Errorf("the licence class is %g", class)
	}
	if n := testutil.CollectAndCount(metrics.IRating); n > 6 {
		t.Errorf("%d iRatings are shown; those of others are nobody's concern", n)
	}
	if last := testutil.ToFloat64(metrics.LastSuccess.WithLabelValues("races")); last != float64(now.Unix()) {
		t.Errorf("the races were last collected at %g", last)
	}
}

// rival is a driver other than the own one.
func rival(t *testing.T, fake *iracingtest.Server) int64 {
	t.Helper()
	return others(fake)[0].ID
}

// others are the members but for the own driver.
func others(fake *iracingtest.Server) (list []*world.Member) {
	fake.World().Read(now, func(v *world.View) {
		for _, m := range v.Members() {
			if m != v.Me {
				list = append(list, m)
			}
		}
	})
	return list
}

// The jobs of an hour and of a day ask iRacing for what is worth it that often, and for nothing else: three requests an hour,
// and two dozen a day for each own driver.
func TestRequestsOfAJob(t *testing.T) {
	t.Parallel()
	fake := service(t, small())
	s := setupOf(fake, database(t))
	for _, job := range []struct {
		name string
		want map[string]int
	}{
		{"reference", map[string]int{
			"/data/car/get": 1, "/data/carclass/get": 1, "/data/track/get": 1, "/data/series/get": 1, "/data/lookup/licenses": 1, "/data/lookup/current_season": 1,
		}},
		{"me", map[string]int{"/data/member/info": 1, "/data/member/get": 1, "/data/stats/member_recent_races": 1}},
		{"ratings", map[string]int{
			"/data/member/chart_data": 18, "/data/member/profile": 1, "/data/stats/member_career": 1, "/data/stats/member_yearly": 1,
			"/data/stats/member_summary": 1, "/data/stats/member_recap": 1,
		}},
		{"schedules", map[string]int{"/data/series/season_list": 1, "/data/series/seasons": 1}},
	} {
		fake.ResetLog()
		if err := s.start(t).Once(t.Context(), job.name); err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for _, key := range asked(fake) {
			path, _, _ := strings.Cut(key, "?")
			got[path]++
		}
		if !maps.Equal(got, job.want) {
			t.Errorf("%s asks for %v, want %v", job.name, got, job.want)
		}
	}
}

// Only what is new is asked for by the next run.
func TestNextRunAsksForWhatIsNew(t *testing.T) {
	t.Parallel()
	fake := service(t, small())
	s := setupOf(fake, database(t))
	if err := s.start(t).Once(t.Context(), "races"); err != nil {
		t.Fatal(err)
	}
	if fake.Count(iracingtest.API, "/data/results/lap_chart_data") == 0 {
		t.Fatal("there are no races to collect")
	}
	fake.ResetLog()
	if err := s.start(t).Once(t.Context(), "races"); err != nil {
		t.Fatal(err)
	}
	for _, key := range asked(fake) {
		if strings.HasPrefix(key, "/data/results/get") || strings.HasPrefix(key, "/data/results/lap") {
			t.Errorf("asked again: %s", key)
		}
	}
}

// Run runs all jobs at once and then on their schedules, leaves to others what they do, and ends with its context.
func TestRun(t *testing.T) {
	fake := service(t, small())
	s := setupOf(fake, database(t))
	only := map[string]string{"races": "off", "ratings": "off", "leagues": "off", "standings": "off", "schedules": "off", "prune": "off"}
	only["reference"] = "@every 1s"
	r := s.start(t, func(c *collect.Config) { c.Schedules = only })
	before := testutil.ToFloat64(metrics.Runs.WithLabelValues("reference", metrics.OK))
	skipped := testutil.ToFloat64(metrics.Runs.WithLabelValues("me", metrics.Skipped))
	lock, err := r.store.Lock(t.Context(), "me", false)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var wait sync.WaitGroup
	wait.Go(func() {
		if err := r.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	until(t, func() bool {
		return testutil.ToFloat64(metrics.Runs.WithLabelValues("reference", metrics.OK)) >= before+2 &&
			testutil.ToFloat64(metrics.Runs.WithLabelValues("me", metrics.Skipped)) > skipped
	})
	text := ready(t, r)
	for _, want := range []string{"200 OK", "database: ok, PostgreSQL ", "sign-in: ok", "reference: ok at 2"} {
		if !strings.Contains(text, want) {
			t.Errorf("/readyz has no %q:\n%s", want, text)
		}
	}
	cancel()
	wait.Wait()
	runs, err := r.store.LastRuns(t.Context())
	if err != nil || len(runs) != 1 || runs[0].Job != "reference" || runs[0].Outcome != store.Succeeded {
		t.Errorf("%+v, %v", runs, err)
	}
}

// A job that fails at the start for something that passes is tried again long before its schedule.
func TestRunTriesAgain(t *testing.T) {
	fake := service(t, small())
	fake.Fault(iracingtest.Fault{Do: iracingtest.GatewayHTML, Path: "/data/car/get", Count: 4})
	off := map[string]string{}
	for _, name := range []string{"me", "races", "ratings", "leagues", "standings", "schedules", "prune"} {
		off[name] = collect.Off
	}
	r := setupOf(fake, database(t)).start(t, func(c *collect.Config) { c.Schedules = off })
	r.TryAgainAfter(10*time.Millisecond, 10*time.Millisecond, 10*time.Millisecond)
	failed := testutil.ToFloat64(metrics.Runs.WithLabelValues("reference", metrics.Failed))
	done := testutil.ToFloat64(metrics.Runs.WithLabelValues("reference", metrics.OK))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var wait sync.WaitGroup
	wait.Go(func() {
		if err := r.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	until(t, func() bool { return testutil.ToFloat64(metrics.Runs.WithLabelValues("reference", metrics.OK)) > done })
	cancel()
	wait.Wait()
	if testutil.ToFloat64(metrics.Runs.WithLabelValues("reference", metrics.Failed)) == failed {
		t.Error("it never failed")
	}
}

// Only jobs that run by themselves show when they last succeeded, as an alert would fire for others.
func TestLastSuccess(t *testing.T) {
	s := setupOf(service(t, small()), database(t))
	for _, job := range []string{"backfill", "races", "telemetry", "me"} {
		query(t, s.Database, "insert into iracing.job_runs (job, ended_at, outcome) values ($1, 'epoch'::timestamptz + interval '1000 s', 'ok') returning job", job)
	}
	schedules := map[string]string{}
	for _, name := range []string{"reference", "races", "ratings", "leagues", "standings", "schedules", "prune"} {
		schedules[name] = collect.Off
	}
	metrics.LastSuccess.Reset()
	r := s.start(t, func(c *collect.Config) { c.Schedules = schedules })
	lock, err := r.store.Lock(t.Context(), "me", false)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	skipped := testutil.ToFloat64(metrics.Runs.WithLabelValues("me", metrics.Skipped))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var wait sync.WaitGroup
	wait.Go(func() {
		if err := r.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	until(t, func() bool { return testutil.ToFloat64(metrics.Runs.WithLabelValues("me", metrics.Skipped)) > skipped })
	cancel()
	wait.Wait()
	if err := r.Once(t.Context(), "reference"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Backfill(t.Context(), now, nil); err != nil {
		t.Fatal(err)
	}
	if n, me := testutil.CollectAndCount(metrics.LastSuccess), testutil.ToFloat64(metrics.LastSuccess.WithLabelValues("me")); n != 1 || me != 1000 {
		t.Errorf("%d jobs show a success, me at %g", n, me)
	}
}

func until(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not come")
		}
	}
}

// A sign-in that fails is told where an operator looks, and the job is not tried again and again.
func TestSignInFails(t *testing.T) {
	fake := service(t, small())
	s := setupOf(fake, database(t))
	fake.ExpireAccessTokens()
	r := s.start(t)
	err := r.Once(t.Context(), "me")
	if err == nil {
		t.Fatal("it succeeded")
	}
	text := ready(t, r)
	if !strings.HasPrefix(text, "503") || !strings.Contains(text, "sign-in: failed, ") || !strings.Contains(text, "me: failed at 2") {
		t.Errorf("/readyz tells\n%s", text)
	}
	if health := get(t, r.Handler(), "/healthz"); health != "200 OK\nok\n" {
		t.Errorf("/healthz tells %q", health)
	}
}

// Neither the log nor the metrics nor the runs tell who others are or how to sign in.
func TestNothingIsGivenAway(t *testing.T) {
	t.Parallel()
	fake := service(t, small())
	fake.Fault(iracingtest.Fault{Do: iracingtest.Forbidden, Path: "/data/results/lap_chart_data", After: 3, Count: 2})
	fake.Fault(iracingtest.Fault{Do: iracingtest.GatewayHTML, Path: "/data/member/", After: 1, Count: 8})
	s := setupOf(fake, database(t))
	s.Followed = []int64{rival(t, fake)}
	r := s.start(t, func(c *collect.Config) { c.Patience = -1 })
	_ = r.Once(t.Context()) // some of it fails
	page := get(t, r.Handler(), "/metrics")
	problems := strings.Join(query(t, s.Database, "select problem from iracing.job_runs"), "\n")
	number := regexp.MustCompile(`\.?\d+`) // which may have the digits of an id behind its point
	for _, text := range []string{r.log.String(), page, problems, ready(t, r)} {
		if strings.Contains(text, s.Token) || strings.Contains(text, "Signature=") {
			t.Error("a secret is told")
		}
		numbers := map[string]bool{}
		for _, n := range number.FindAllString(text, -1) {
			numbers[n] = true
		}
		for _, m := range others(fake) {
			if strings.Contains(text, m.Name) || numbers[strconv.FormatInt(m.ID, 10)] {
				t.Errorf("%s (%d) is named", m.Name, m.ID)
			}
		}
	}
	out, err := promtest.Tool(t, page[strings.IndexByte(page, '\n')+1:], "check", "metrics")
	if err != nil || strings.TrimSpace(out) != "" {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
	if !strings.Contains(page, "iracing_ingested_rows_total{table=") {
		t.Error("rows are not counted")
	}
}

func TestSettings(t *testing.T) {
	st, err := store.New(store.Config{URL: "postgres://127.0.0.1:1/x"})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	fake := service(t, small())
	source := setupOf(fake, "postgres://127.0.0.1:1/x").start(t).Source
	for name, c := range map[string]struct {
		config collect.Config
		want   string
	}{
		"no database":     {collect.Config{}, "needs a PostgreSQL database"},
		"no such job":     {collect.Config{Store: st, Schedules: map[string]string{"raced": "@hourly"}}, `there is no job "raced"; there are reference, me, races`},
		"no schedule":     {collect.Config{Store: st, Source: source, Schedules: map[string]string{"races": "often"}}, `the schedule "often" of the job races is none`},
		"too many fields": {collect.Config{Store: st, Source: source, Schedules: map[string]string{"races": "0 0 * * * *"}}, "is none"},
	} {
		if _, err := collect.New(c.config); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	c, err := collect.New(collect.Config{Store: st, Source: source, Schedules: map[string]string{"races": "Off", "me": "@every 5m"}})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, j := range c.Jobs() {
		names = append(names, j.Name+" "+j.Schedule)
		if j.About == "" {
			t.Errorf("nobody knows what %s is for", j.Name)
		}
	}
	for _, want := range []string{"races off", "me @every 5m"} {
		if !slices.Contains(names, want) {
			t.Errorf("there is no %q in %q", want, names)
		}
	}
	if slices.ContainsFunc(names, func(s string) bool { return strings.HasPrefix(s, "telemetry") }) {
		t.Error("there is a job for telemetry without a place for it")
	}
	if err := c.Once(t.Context(), "telemetry"); err == nil || !strings.Contains(err.Error(), "has nothing to do") {
		t.Errorf("got %v", err)
	}
	alone, err := collect.New(collect.Config{Store: st})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := alone.Backfill(t.Context(), now, nil); err == nil || !strings.Contains(err.Error(), "no iRacing account") {
		t.Errorf("got %v", err)
	}
}

// Results that were exported from the member site are kept like those that iRacing answered.
func TestImport(t *testing.T) {
	t.Parallel()
	fake := service(t, small())
	s := setupOf(fake, database(t))
	r := s.start(t)
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var id int64
	fake.World().Read(now, func(v *world.View) {
		id = v.Starts(v.Me, func(world.Start) bool { return true })[0].Race.ID
	})
	file := fake.Export(id)
	good, bad := write("result.json", file), write("other.json", []byte(`{"a":1}`))
	list, wrote, err := r.Import(t.Context(), good, bad, filepath.Join(dir, "missing.json"), dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 4 || list[0].Err != nil || list[0].Subsession != id || wrote == 0 || list[1].Err == nil || list[2].Err == nil || list[3].Err == nil {
		t.Errorf("%+v, %d rows", list, wrote)
	}
	before := rows(t, s.Database)
	if len(before["results"]) == 0 {
		t.Error("there are no results")
	}
	again, wrote, err := r.Import(t.Context(), good)
	if err != nil || again[0].Err != nil || wrote != 0 {
		t.Fatalf("%+v, %d rows, %v", again, wrote, err)
	}
	sameRows(t, rows(t, s.Database), before)

	// One whose facts the tables do not take does not keep the others of its batch out.
	var others []int64
	fake.World().Read(now, func(v *world.View) {
		starts := v.Starts(v.Me, func(world.Start) bool { return true })
		others = []int64{starts[len(starts)-1].Race.ID, starts[len(starts)-2].Race.ID}
	})
	untrue := write("untrue.json", regexp.MustCompile(`"finish_position":\s*0\b`).ReplaceAll(fake.Export(others[0]), []byte(`"finish_position":70000`)))
	list, wrote, err = r.Import(t.Context(), untrue, write("more.json", fake.Export(others[1])))
	if err != nil || len(list) != 2 || list[0].Err == nil || list[1].Err != nil || list[1].Subsession != others[1] || wrote == 0 {
		t.Errorf("%+v, %d rows, %v", list, wrote, err)
	}
}
