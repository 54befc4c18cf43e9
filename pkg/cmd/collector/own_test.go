package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/promtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// The drivers of a shared folder.
const (
	me    = 1000042
	other = 2000077
)

// shared is a folder with a file of each driver, and one of nobody.
func shared(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for i, d := range []ibttest.Drive{{Driver: "Robin Own", Cust: me}, {Driver: "Kim Other", Cust: other}, {}} {
		d.Start = time.Now().UTC().Truncate(time.Second).Add(-time.Duration(i+1) * 24 * time.Hour)
		d.Laps = []float64{30, 29.5}
		d.Write(t, dir)
	}
	return dir
}

// names are what the view of telemetry sessions calls the drivers, and its keys.
func (s *setting) names(t *testing.T) (names, keys []string) {
	t.Helper()
	r := inside(t, map[string]string{"DATABASE_URL": s.database}, "export", "telemetry_sessions")
	r.want(t, 0)
	lines := strings.Split(strings.TrimSpace(r.out), "\n")
	head := strings.Split(lines[0], ",")
	for _, line := range lines[1:] {
		fields := strings.Split(line, ",")
		names = append(names, fields[slices.Index(head, "driver")])
		keys = append(keys, fields[slices.Index(head, "driver_key")])
	}
	return names, keys
}

// Who has no account says by --cust-id who the own driver is, and is shown by name.
func TestOwnDriversWithoutAnAccount(t *testing.T) {
	dir := shared(t)
	for name, args := range map[string][]string{
		"run":    {"run", "--once", "--telemetry-url", dir},
		"ingest": {"ingest", dir},
	} {
		t.Run(name, func(t *testing.T) {
			s := &setting{database: pgtest.New(t)}
			env := map[string]string{"DATABASE_URL": s.database, "TELEMETRY_SETTLE": "1ns"}
			inside(t, env, append(args, "--cust-id", strconv.Itoa(me))...).want(t, 0)
			inside(t, env, "drivers").want(t, 0, strconv.Itoa(me)+"      own           Robin Own")
			names, _ := s.names(t)
			if !slices.Contains(names, "Robin Own") || slices.Contains(names, "Kim Other") {
				t.Errorf("the drivers are %q", names)
			}
			inside(t, env, append(args, "--cust-id", "0")...).want(t, 2, "--cust-id is a customer id")
		})
	}
	t.Run("a database of another realm", func(t *testing.T) {
		s := &setting{database: pgtest.New(t)}
		env := map[string]string{"DATABASE_URL": s.database, "TELEMETRY_SETTLE": "1ns"}
		inside(t, env, "migrate").want(t, 0)
		s.exec(t, "update iracing.settings set realm = 'elsewhere'")
		inside(t, env, "run", "--once", "--telemetry-url", dir, "--cust-id", strconv.Itoa(me)).want(t, 0)
		if n := s.count(t, "select count(*) from iracing.drivers where own and name = 'Robin Own'"); n != 1 {
			t.Error("the own driver is none")
		}
	})
}

// exports is a folder of results of the account's driver, as they are exported from the member site.
func exports(t *testing.T, s *setting, n int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	var races []int64
	s.fake.World().Read(time.Now(), func(v *world.View) {
		for _, start := range v.Starts(v.Me, func(world.Start) bool { return true }) {
			races = append(races, start.Race.ID)
		}
	})
	for _, race := range races[:n] {
		if err := os.WriteFile(filepath.Join(dir, strconv.FormatInt(race, 10)+".json"), s.fake.Export(race), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestOwnRacesOfImports(t *testing.T) {
	s := newSetting(t)
	dir := exports(t, s, 3)
	var own int64
	s.fake.World().Read(time.Now(), func(v *world.View) { own = v.Me.ID })
	env := map[string]string{"DATABASE_URL": s.database}
	inside(t, env, "import", dir).want(t, 0)
	if n := s.count(t, "select count(*) from iracing.v_own_races"); n != 0 {
		t.Errorf("%d races of nobody", n)
	}
	inside(t, env, "import", dir, "--cust-id", strconv.FormatInt(own, 10)).want(t, 0)
	if n := s.count(t, "select count(*) from iracing.v_own_races"); n == 0 {
		t.Error("there are no own races")
	}
	if n := s.fake.Count(iracingtest.API, ""); n != 0 {
		t.Errorf("iRacing was asked %d times", n)
	}
}

// A database that is away when a collector starts learns of the own drivers when it is back.
func TestADatabaseThatComesBackLearnsOfTheOwnDrivers(t *testing.T) {
	server := pgtest.Start(t)
	s := &setting{database: server.URL}
	server.StopServer(t)
	dir, results := shared(t), exports(t, newSetting(t), 1)
	p := start(t, map[string]string{"DATABASE_URL": server.URL, "TELEMETRY_SETTLE": "1ns", "RESULTS_URL": results}, nil,
		"run", "--once", "--job", "telemetry", "--telemetry-url", dir, "--cust-id", strconv.Itoa(me))
	p.until("a failure", func() bool { return strings.Contains(p.err.String(), "A job failed") })
	server.StartServer(t)
	p.wait().want(t, 0)
	if n := s.count(t, "select count(*) from iracing.drivers where own"); n != 1 {
		t.Errorf("there are %d own drivers", n)
	}
	if n := s.count(t, "select count(*) from iracing.subsessions"); n != 1 {
		t.Errorf("%d exported results of 1 are in the database", n)
	}
}

var custLabel = regexp.MustCompile(`cust_id="([^"]*)"`)

// labelsOf are the labels cust_id in an OpenMetrics file.
func labelsOf(t *testing.T, path string) []string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil || !bytes.HasSuffix(b, []byte("# EOF\n")) {
		t.Fatalf("the export ends %q, %v", b[max(0, len(b)-30):], err)
	}
	var all []string
	for _, m := range custLabel.FindAllStringSubmatch(string(b), -1) {
		all = append(all, m[1])
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// The label cust_id tells the ids of own drivers alone; what is pushed and what is exported have the same, and so have the
// views.
func TestTheLabelOfDrivers(t *testing.T) {
	dir := shared(t)
	out := filepath.Join(t.TempDir(), "old.om")
	args := []string{"export", "--format", "openmetrics", "--telemetry-url", dir, "-o", out}
	own := strconv.Itoa(me)

	t.Run("without a database", func(t *testing.T) {
		env := map[string]string{"DATABASE_URL": ""}
		inside(t, env, args...).want(t, 2, "--cust-id")
		inside(t, env, append(args, "--cust-id", own)...).want(t, 0,
			"The samples of 2 telemetry files were written.", "Left out, as only a database has pseudonyms for other drivers: 1 file.")
		if got := labelsOf(t, out); !slices.Equal(got, []string{"0", own}) {
			t.Errorf("the labels are %q", got)
		}
	})
	t.Run("with a database", func(t *testing.T) {
		s := &setting{database: pgtest.New(t)}
		prometheus := promtest.Start(t, promtest.Options{OutOfOrder: "90d"})
		env := map[string]string{"DATABASE_URL": s.database, "TELEMETRY_SETTLE": "1ns", "REMOTE_WRITE_URL": prometheus.WriteURL()}
		db, err := store.New(store.Config{URL: s.database})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		p, err := db.People(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		// Nobody has said who the own driver is.
		inside(t, env, args...).want(t, 0, "3 telemetry files", "--cust-id says who you are")
		hidden := []string{"0", p.Key(me), p.Key(other)}
		slices.Sort(hidden)
		if got := labelsOf(t, out); !slices.Equal(got, hidden) {
			t.Errorf("the labels are %q, not %q", got, hidden)
		}
		r := inside(t, env, "ingest", dir, "--cust-id", own)
		r.want(t, 0)
		if strings.Contains(r.err, "says who you are") {
			t.Errorf("it asks who was told already: %s", r.err)
		}
		pushed := map[string]bool{}
		for _, series := range prometheus.Query(t, "count by (cust_id) (count_over_time(iracing_telemetry_speed_meters_per_second[6d]))", time.Now()) {
			pushed[series.Labels["cust_id"]] = true
		}
		inside(t, env, args...).want(t, 0)
		want := []string{"0", own, p.Key(other)}
		slices.Sort(want)
		if got := labelsOf(t, out); !slices.Equal(got, want) || len(pushed) != len(want) {
			t.Errorf("the labels are %q, not %q, and pushed are %v", got, want, pushed)
		}
		_, keys := s.names(t)
		for _, label := range want {
			if !pushed[label] || label != "0" && !slices.Contains(keys, label) {
				t.Errorf("%q is pushed in %v, and the keys in the views are %q", label, pushed, keys)
			}
		}
	})
}

// A mistyped id of --follow is named, with the option, in the log alone.
func TestACustomerIDThatIsNobodys(t *testing.T) {
	s := newSetting(t)
	const nobody = "99999999"
	r := inside(t, s.env, "run", "--once", "--job", "me", "--job", "ratings", "--follow", nobody)
	r.want(t, 0, "iRacing knows no driver with a customer id of the settings; check it: option=--follow cust_id="+nobody)
	if n := strings.Count(r.err, nobody); n != 1 {
		t.Errorf("it is told %d times:\n%s", n, r.err)
	}
	if n := s.count(t, "select count(*) from iracing.v_job_runs r where r::text like '%"+nobody+"%'"); n != 0 {
		t.Error("the views tell whom somebody wanted to follow")
	}
}

// The gauges of the newest file are those of an own driver.
func TestTheGaugesOfOthers(t *testing.T) {
	dir := t.TempDir()
	ibttest.Drive{Start: time.Now().UTC().Add(-time.Hour), Laps: []float64{30, 29.5}, Cust: other}.Write(t, dir)
	for cust, own := range map[string]bool{"": false, strconv.Itoa(me): false, strconv.Itoa(other): true} {
		env := map[string]string{"DATABASE_URL": pgtest.New(t), "TELEMETRY_URL": dir, "TELEMETRY_SETTLE": "1ns", "LISTEN_ADDR": "127.0.0.1:0", "IRACING_CUST_ID": cust}
		p := startBuilt(t, env, "run")
		base := p.serving()
		p.until("the file", func() bool { return strings.Contains(p.err.String(), "A job is done: job=telemetry") })
		_, page := wholePage(t, base+"/metrics")
		if strings.Contains(page, strconv.Itoa(other)) != own {
			t.Errorf("for %q the page of metrics tells of somebody: %t", cust, !own)
		}
		p.end(syscall.SIGTERM).want(t, 0)
	}
}

// The account's own file has the customer id also where telemetry comes before all that iRacing tells.
func TestTheLabelOfTheAccount(t *testing.T) {
	s := newSetting(t)
	var me int64
	s.fake.World().Read(time.Now(), func(v *world.View) { me = v.Me.ID })
	dir := t.TempDir()
	ibttest.Drive{Start: time.Now().UTC().Truncate(time.Second).Add(-time.Hour), Laps: []float64{30, 29.5}, Cust: me}.Write(t, dir)
	prometheus := promtest.Start(t, promtest.Options{OutOfOrder: "90d"})
	inside(t, s.with("TELEMETRY_URL", dir, "TELEMETRY_SETTLE", "1ns", "REMOTE_WRITE_URL", prometheus.WriteURL()), "run", "--once", "--job", "telemetry").want(t, 0)
	series := prometheus.Query(t, "count by (cust_id) (count_over_time(iracing_telemetry_speed_meters_per_second[1d]))", time.Now())
	if len(series) != 1 || series[0].Labels["cust_id"] != strconv.FormatInt(me, 10) {
		t.Errorf("the series are %v", series)
	}
}

// The summary of an export counts the files that are in it, and those that are not.
func TestWhatATelemetryExportTells(t *testing.T) {
	env := map[string]string{"DATABASE_URL": pgtest.New(t)}
	inside(t, env, "upload", recordings(t, 1), "--to", "database").want(t, 0)
	dir := t.TempDir()
	for i := range 3 {
		ibttest.Drive{Start: time.Date(2025, 3, 1+i, 14, 0, 0, 0, time.UTC), Laps: []float64{30}}.Write(t, dir)
	}
	for _, name := range []string{"bad.ibt", "worse.ibt"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("no telemetry"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ibttest.Drive{Start: time.Now().UTC().AddDate(1, 0, 0), Laps: []float64{30}}.Write(t, dir)
	out := filepath.Join(t.TempDir(), "old.om")
	inside(t, env, "export", "--format", "openmetrics", "--telemetry-url", dir, "-o", out).
		want(t, 1, "The samples of 4 telemetry files were written, 1 of them uploaded into the database. 2 files could not be read. "+
			"Left out, as they lie in the future by a clock that was wrong: 1 file.")
	b, err := os.ReadFile(out)
	if err != nil || bytes.Count(b, []byte("\niracing_session_info{")) < 4 {
		t.Errorf("%v:\n%.500s", err, b)
	}
	inside(t, env, "export", "--format", "openmetrics", "--telemetry-url", dir, "--to", "2025-03-02", "-o", out).
		want(t, 1, "The samples of 1 telemetry file were written. 2 files could not be read.\n")
}
