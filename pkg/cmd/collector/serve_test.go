package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/promtest"
)

var metricsAddress = regexp.MustCompile(`metrics=(http://\S+)/metrics`)

// serving waits until a collector serves, and answers where.
func (p *process) serving() string {
	p.t.Helper()
	p.until("its address", func() bool { return metricsAddress.MatchString(p.err.String()) })
	return metricsAddress.FindStringSubmatch(p.err.String())[1]
}

func TestRunServesAndEnds(t *testing.T) {
	s := newSetting(t)
	dir := recordings(t, 1)
	p := start(t, s.with("TELEMETRY_URL", dir, "TELEMETRY_SETTLE", "1ns", "COLLECTOR_JOBS", "me,telemetry"), nil, "run")
	base := p.serving()
	p.until("two jobs", func() bool { return strings.Count(p.err.String(), "A job is done") >= 2 })
	if code, body := get(t.Context(), base+"/healthz"); code != http.StatusOK {
		t.Errorf("/healthz answers %d, %s", code, body)
	}
	if code, body := get(t.Context(), base+"/readyz"); code != http.StatusOK || !strings.Contains(body, "sign-in: ok") {
		t.Errorf("/readyz answers %d, %s", code, body)
	}
	code, body := wholePage(t, base+"/metrics")
	for _, want := range []string{`iracing_collector_runs_total{job="me",outcome="ok"} 1`, "iracing_api_requests_total{", "iracing_driver_irating{"} {
		if code != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("/metrics answers %d without %s:\n%.3000s", code, want, body)
		}
	}
	promtool := exec.Command("promtool", "check", "metrics")
	promtool.Stdin = strings.NewReader(body)
	if out, err := promtool.CombinedOutput(); err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
	doctored := collector(t, s.with("LISTEN_ADDR", strings.TrimPrefix(base, "http://")), "doctor")
	doctored.want(t, 0, "A collector runs at "+base+" and is ready.")
	for _, name := range []string{"races", "standings"} {
		if strings.Contains(p.err.String(), "job="+name+" schedule=\"") && !strings.Contains(p.err.String(), "job="+name+" schedule=off") {
			t.Errorf("the job %s is scheduled, though others were named:\n%s", name, p.err.String())
		}
	}
	p.end(syscall.SIGTERM).want(t, 0, "Ended; the jobs go on where they were")
}

func wholePage(t *testing.T, address string) (int, string) {
	t.Helper()
	resp, err := http.Get(address) //nolint:noctx // it is a test's
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer func() { _ = resp.Body.Close() }()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, b.String()
}

func TestExitCodes(t *testing.T) {
	s := newSetting(t)
	nowhere := s.with("DATABASE_URL", "postgres://nobody@127.0.0.1:1/x?connect_timeout=1")
	for name, c := range map[string]struct {
		env  map[string]string
		args []string
		code int
		want string
	}{
		"no database":            {s.with("DATABASE_URL", ""), []string{"run", "--once"}, 1, "set DATABASE_URL"},
		"a database that is off": {nowhere, []string{"run", "--once", "--patience", "1ns"}, 3, "cannot be reached"},
		"doctor of that":         {nowhere, []string{"doctor"}, 3, "FAIL  database"},
		"no account":             {s.with("IRACING_CLIENT_ID", "", "IRACING_PASSWORD", ""), []string{"backfill", "--since", "1y"}, 1, "no iRacing account"},
		"no client":              {s.with("IRACING_CLIENT_ID", ""), []string{"run", "--once", "--job", "me"}, 1, "with these settings, as the client id is missing; \"collector doctor"},
		"no place for tokens":    {s.with("IRACING_SIGN_IN", "refresh"), []string{"run", "--once"}, 1, "IRACING_TOKEN_KEY"},
		"nobody has signed in":   {s.with("IRACING_SIGN_IN", "refresh", "IRACING_TOKEN_KEY", "k"), []string{"run", "--once", "--job", "me"}, 1, "nobody has signed in yet"},
		"wrong password":         {s.with("DATABASE_URL", pgtest.New(t), "IRACING_PASSWORD", "wrong", "IRACING_TOKEN_KEY", "k"), []string{"run", "--once", "--job", "me"}, 1, "iRacing refused"},
		"no such job":            {s.env, []string{"run", "--once", "--job", "dance"}, 2, "there are reference, me, races"},
		"no such schedule":       {s.env, []string{"run", "--schedule", "races=often"}, 1, "is none"},
		"no job to schedule":     {s.env, []string{"run", "--schedule", "dance=off"}, 1, "there are " + strings.Join(jobNames, ", ")},
		"no such folder":         {s.with("TELEMETRY_URL", "/nowhere/at/all"), []string{"run", "--once", "--job", "telemetry"}, 1, "does not exist"},
		"no such scheme":         {s.with("TELEMETRY_URL", "ftp://pc.example/telemetry"), []string{"run"}, 2, "telemetry cannot be read from ftp://"},
		"no such bucket":         {s.with("TELEMETRY_URL", "s3://"), []string{"run"}, 2, "names none"},
		"no such file":           {s.env, []string{"ingest", "/nowhere/at/all.ibt"}, 1, "cannot be found"},
		"too fast":               {s.with("IRACING_API_URL", ""), []string{"run", "--once"}, 2, "at most 4"},
		"no time":                {s.env, []string{"backfill", "--since", "soon"}, 2, "is no time"},
		"no format":              {s.env, []string{"export", "--format", "xls"}, 2, "must be one of"},
		"push metrics nowhere":   {s.env, []string{"run", "--once", "--push-metrics"}, 2, "--remote-write-url"},
		"metrics for ever":       {s.env, []string{"run", "--push-metrics", "--remote-write-url", "http://127.0.0.1:1"}, 2, "--once"},
		"upload nowhere":         {s.env, []string{"upload", t.TempDir()}, 2, "--to or --grafana"},
		"a port that is taken":   {s.with("LISTEN_ADDR", strings.TrimPrefix(s.fake.URL, "http://")), []string{"run"}, 1, "--listen"},
	} {
		t.Run(name, func(t *testing.T) { collector(t, c.env, c.args...).want(t, c.code, c.want) })
	}
	t.Run("iRacing in maintenance", func(t *testing.T) {
		defer s.fake.Fault(iracingtest.Fault{Do: iracingtest.Maintenance})()
		collector(t, s.env, "run", "--once", "--job", "me", "--patience", "1ns").want(t, 3, "maintenance")
	})
}

// What a driver's PC uploads to a bucket, a collector finds there.
func TestUploadToABucket(t *testing.T) {
	backend := s3mem.New()
	if err := backend.CreateBucket("team"); err != nil {
		t.Fatal(err)
	}
	bucket := httptest.NewServer(gofakes3.New(backend).Server())
	defer bucket.Close()
	dir := recordings(t, 2)
	env := map[string]string{
		"BUCKET_KEY_ID": "key", "BUCKET_SECRET": "canary-of-a-bucket", "BUCKET_REGION": "eu-central-1", "BUCKET_ENDPOINT": bucket.URL,
	}
	collector(t, env, "upload", dir, "--to", "s3://team/me").want(t, 0, "2 files (", "sent to s3://team/me")
	collector(t, env, "upload", dir, "--to", "s3://team/me").want(t, 0, "0 files", "2 there before")

	env["DATABASE_URL"] = pgtest.New(t)
	collector(t, env, "ingest", "s3://team/me").want(t, 0, "2 of 2 files were taken in")
	collector(t, env, "doctor", "--telemetry-url", "s3://team/me").want(t, 0, "ok    telemetry    2 files")
	env["BUCKET_SECRET"], env["BUCKET_KEY_ID"] = "", ""
	if r := collector(t, env, "upload", dir, "--to", "s3://none/me"); r.code == 0 || strings.Contains(r.err, "canary") {
		t.Errorf("%+v", r)
	}
}

func TestUploadToADatabase(t *testing.T) {
	env := map[string]string{"DATABASE_URL": pgtest.New(t)}
	dir := recordings(t, 2)
	collector(t, env, "upload", dir, "--to", "database").want(t, 0, "2 files (", "sent to")
	collector(t, env, "ingest").want(t, 0, "2 of 2 files were taken in")
	collector(t, env, "doctor").want(t, 0, "ok    uploads      2 files")
	if err := os.WriteFile(filepath.Join(dir, "broken.ibt"), []byte("no telemetry"), 0o600); err != nil {
		t.Fatal(err)
	}
	collector(t, env, "upload", dir, "--to", "database").want(t, 1, "broken.ibt", "1 failed")
}

func TestUploadWatches(t *testing.T) {
	env := map[string]string{"DATABASE_URL": pgtest.New(t), "TELEMETRY_SETTLE": "1ns"}
	dir := recordings(t, 1)
	p := start(t, env, nil, "upload", dir, "--to", "database", "--watch")
	p.until("the upload", func() bool { return strings.Contains(p.err.String(), "A file is there") })
	p.end(syscall.SIGINT).want(t, 0)
}

// Telemetry stands in Prometheus at the time at which it was driven, and older telemetry comes there as a file.
func TestPush(t *testing.T) {
	prometheus := promtest.Start(t, promtest.Options{OutOfOrder: "90d"})
	dir := recordings(t, 2)
	env := map[string]string{"DATABASE_URL": pgtest.New(t), "REMOTE_WRITE_URL": prometheus.WriteURL(), "TELEMETRY_SETTLE": "1ns"}
	collector(t, env, "doctor").want(t, 0, "ok    push")
	collector(t, env, "run", "--once", "--telemetry-url", dir, "--push-metrics").want(t, 0, "All is done")
	now := time.Now()
	if got := prometheus.Query(t, `count(count_over_time(iracing_telemetry_speed_meters_per_second[4d]))`, now); len(got) != 1 || got[0].Points[0].Value < 1 {
		t.Errorf("there is no speed in Prometheus: %v", got)
	}
	if got := prometheus.Query(t, `iracing_collector_runs_total{job="iracing-collector",exported_job="telemetry",outcome="ok"}`, time.Now()); len(got) != 1 || got[0].Points[0].Value != 1 {
		t.Errorf("the collector's own metrics are not in Prometheus: %v", got)
	}
	out := filepath.Join(t.TempDir(), "old.om")
	collector(t, env, "export", "--format", "openmetrics", "--telemetry-url", dir, "--from", "36h", "-o", out).want(t, 0, "The samples of 1 telemetry file were written")
	b, err := os.ReadFile(out)
	if err != nil || !bytes.Contains(b, []byte("iracing_telemetry_speed_meters_per_second")) || !bytes.HasSuffix(b, []byte("# EOF\n")) {
		t.Errorf("the file holds %.500s, %v", b, err)
	}
}
