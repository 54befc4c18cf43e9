package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
)

// A telemetry folder that is not there, and a bucket that is away, keep no race from being collected. The folder is read when
// it comes.
func TestRunWithoutItsTelemetry(t *testing.T) {
	s := newSetting(t)
	dir := filepath.Join(t.TempDir(), "disk", "telemetry")
	p := start(t, s.with("TELEMETRY_URL", dir, "TELEMETRY_SETTLE", "1ns", "COLLECTOR_JOBS", "me,telemetry", "COLLECTOR_SCHEDULES", "telemetry=@every 1s"), nil, "run")
	base := p.serving()
	p.until("the failure of one job and the success of the other", func() bool {
		log := p.err.String()
		return strings.Contains(log, "A job failed: job=telemetry") && strings.Contains(log, "A job is done: job=me")
	})
	p.until("the failure at /readyz", func() bool {
		code, body := get(t.Context(), base+"/readyz")
		return code == http.StatusOK && strings.HasPrefix(body, "ready: yes, though the last run of a job failed: telemetry\n")
	})
	if _, page := wholePage(t, base+"/metrics"); !strings.Contains(page, `iracing_collector_runs_total{job="telemetry",outcome="failed"}`) {
		t.Error("the metrics do not tell")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	ibttest.Drive{Start: time.Now().UTC().Truncate(time.Second).Add(-24 * time.Hour), Laps: []float64{30}}.Write(t, dir)
	p.until("the file", func() bool { return s.count(t, "select count(*) from iracing.telemetry_files") == 1 })
	p.until("the success at /readyz", func() bool {
		code, body := get(t.Context(), base+"/readyz")
		return code == http.StatusOK && strings.HasPrefix(body, "ready: yes\n")
	})
	if log := p.err.String(); strings.Count(log, "A job failed: job=telemetry") != 1 || !strings.Contains(log, "A job is done: job=telemetry") {
		t.Errorf("the log tells not once that it failed and then that it works:\n%s", log)
	}
	p.end(syscall.SIGTERM).want(t, 0)

	for _, c := range []struct {
		env  map[string]string
		code int
		want string
	}{
		{s.with("TELEMETRY_URL", "/nowhere/at/all"), 1, "telemetry: /nowhere/at/all: the telemetry folder /nowhere/at/all does not exist"},
		{s.with("TELEMETRY_URL", "s3://team/me", "BUCKET_ENDPOINT", "http://127.0.0.1:1", "BUCKET_REGION", "x", "BUCKET_KEY_ID", "k",
			"BUCKET_SECRET", "a-secret"), 3, "nobody answers; check the endpoint"},
	} {
		r := collector(t, c.env, "run", "--once", "--job", "me", "--job", "telemetry", "--patience", "1ns", "--log-level", "debug")
		r.want(t, c.code, c.want, "A job is done: job=me")
	}
}

// Without an account the log says once that nothing is asked of iRacing.
func TestRunWithoutAnAccount(t *testing.T) {
	s := newSetting(t)
	without := s.with("IRACING_CLIENT_ID", "", "IRACING_CLIENT_SECRET", "", "IRACING_USERNAME", "", "IRACING_PASSWORD", "")
	r := collector(t, without, "run", "--once", "--job", "telemetry")
	r.want(t, 0, "No iRacing account is set up")
	if n := strings.Count(r.err, "No iRacing account"); n != 1 {
		t.Errorf("it says so %d times", n)
	}
	if r := collector(t, s.env, "run", "--once", "--job", "telemetry"); strings.Contains(r.err, "No iRacing account") {
		t.Errorf("there is one:\n%s", r.err)
	}
}
