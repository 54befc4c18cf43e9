package collect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// health is what the last requests to iRacing told of the sign-in.
type health struct {
	mu    sync.Mutex
	asked bool  // iRacing was asked at all
	err   error // why the sign-in failed; nil when it did not
}

// signed learns from what came of a request.
func (c *Collector) signed(ctx context.Context, err error) {
	if ctx.Err() != nil || err != nil && !signInFailed(err) {
		return // that tells nothing of the sign-in
	}
	c.health.mu.Lock()
	defer c.health.mu.Unlock()
	c.health.asked, c.health.err = true, err
}

// Handler serves /metrics for Prometheus, /healthz, which is well while the process is, and /readyz, which tells of the
// database, the sign-in and the last runs. The collector is ready when the first two are well. A job that failed is told and
// takes nothing out of service: the others go on, and it is tried again by itself.
func (c *Collector) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.Handler())
	mux.HandleFunc("GET /healthz", func(rw http.ResponseWriter, _ *http.Request) { answer(rw, http.StatusOK, "ok\n") })
	mux.HandleFunc("GET /readyz", func(rw http.ResponseWriter, r *http.Request) {
		text, ready := c.ready(r.Context())
		code := http.StatusOK
		if !ready {
			code = http.StatusServiceUnavailable
		}
		answer(rw, code, text)
	})
	return mux
}

func answer(rw http.ResponseWriter, code int, text string) {
	rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
	rw.Header().Set("X-Content-Type-Options", "nosniff")
	rw.WriteHeader(code)
	_, _ = io.WriteString(rw, text) // whoever asked may have gone
}

// readyPatience bounds how long the database may take to say that it is there.
const readyPatience = 5 * time.Second

// ready tells in lines how the collector stands, in the first of them whether it is ready.
func (c *Collector) ready(ctx context.Context) (text string, ready bool) {
	text, failed, ready := c.parts(ctx)
	switch {
	case !ready:
		return "ready: no\n" + text, ready
	case len(failed) > 0:
		return "ready: yes, though the last run of a job failed: " + strings.Join(failed, ", ") + "\n" + text, ready
	}
	return "ready: yes\n" + text, ready
}

// parts tells how each part stands, and which jobs failed.
func (c *Collector) parts(ctx context.Context) (text string, failed []string, ready bool) {
	ctx, cancel := context.WithTimeout(ctx, readyPatience)
	defer cancel()
	var b strings.Builder
	ready = true
	line := func(name string, ok bool, format string, args ...any) {
		word := "ok"
		if !ok {
			word = "failed"
		}
		fmt.Fprintf(&b, "%s: %s, %s\n", name, word, fmt.Sprintf(format, args...))
	}
	status, err := c.Store.Status(ctx)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		line("database", false, "PostgreSQL did not answer within %s", readyPatience)
	case err != nil:
		line("database", false, "%v", err)
	case status.ReadOnly:
		err = errors.New("read-only")
		line("database", false, "it takes no changes")
	default:
		line("database", true, "PostgreSQL %s, schema %d", status.Server, status.Schema)
	}
	ready = err == nil
	if c.Source != nil {
		c.health.mu.Lock()
		asked, signIn := c.health.asked, c.health.err
		c.health.mu.Unlock()
		switch {
		case signIn != nil:
			ready = false
			line("sign-in", false, "%v", signIn)
		case asked:
			line("sign-in", true, "iRacing answers")
		default:
			line("sign-in", true, "iRacing was not asked yet")
		}
	}
	if err != nil {
		return b.String(), nil, ready
	}
	runs, err := c.Store.LastRuns(ctx)
	if err != nil {
		line("runs", false, "%v", err)
		return b.String(), nil, false
	}
	for _, r := range runs {
		if r.Outcome == store.RunFailed {
			failed = append(failed, r.Job)
		}
		when := "since " + stamp(r.Started)
		if !r.Ended.IsZero() {
			when = "at " + stamp(r.Ended)
		}
		fmt.Fprintf(&b, "%s: %s %s", r.Job, r.Outcome, when)
		if r.Problem != "" {
			fmt.Fprintf(&b, ", %s", strings.ReplaceAll(r.Problem, "\n", "; "))
		}
		if !r.Success.IsZero() && !r.Success.Equal(r.Ended) {
			fmt.Fprintf(&b, "; last success at %s", stamp(r.Success))
		}
		b.WriteByte('\n')
	}
	return b.String(), failed, ready
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
