package push

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
)

// total is how many samples a recording has.
func total(c collected) int64 {
	n := int64(0)
	for _, samples := range c {
		n += int64(len(samples))
	}
	return n
}

// push pushes a recording and checks that the counter says the same as the outcome.
func push(t *testing.T, w *Writer, rec *library.Recording) (Outcome, error) {
	t.Helper()
	read := func() (o Outcome) {
		for outcome, n := range map[string]*int64{
			metrics.Sent: &o.Sent, metrics.TooOld: &o.TooOld, metrics.TooNew: &o.TooNew, metrics.Rejected: &o.Rejected, metrics.Retried: &o.Retried,
		} {
			*n = int64(testutil.ToFloat64(metrics.RemoteWriteSamples.WithLabelValues(outcome)))
		}
		return o
	}
	before := read()
	out, err := w.Push(t.Context(), rec)
	after := read()
	counted := Outcome{after.Sent - before.Sent, after.TooOld - before.TooOld, after.TooNew - before.TooNew, after.Rejected - before.Rejected, after.Retried - before.Retried}
	if counted != out {
		t.Errorf("the outcome is %+v, the counter says %+v", out, counted)
	}
	return out, err
}

func TestPushSendsAllSamplesInSmallRequests(t *testing.T) {
	rec := drive(t, fourLaps)
	all := collect(t, rec, SampleOptions{})
	for _, size := range []int{0, 100, 9} {
		r := receive(t)
		out, err := push(t, writer(t, r.URL, Config{Batch: size}), rec)
		if err != nil || out != (Outcome{Sent: total(all)}) {
			t.Errorf("batches of %d: %+v of %d samples, %v", size, out, total(all), err)
		}
		if !same(r.taken, all) {
			t.Errorf("batches of %d: other samples have come", size)
		}
		for _, n := range r.sizes {
			if size == 0 && n > batchSamples+100 || size > 0 && n > size {
				t.Errorf("batches of %d: a request has %d samples", size, n)
			}
		}
	}
}

func TestPushIdentifiesItself(t *testing.T) {
	rec := drive(t, fourLaps)
	for name, c := range map[string]Config{
		"nobody": {},
		"user":   {User: "4711", Password: "secret"},
		"token":  {BearerToken: "token"},
		"tenant": {Headers: map[string]string{"X-Scope-OrgID": "team"}},
	} {
		r := receive(t)
		if _, err := writer(t, r.URL, c).Push(t.Context(), rec); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{
			"nobody": "", "user": "Basic NDcxMTpzZWNyZXQ=", "token": "Bearer token", "tenant": "",
		}[name]
		h := r.headers[0]
		if got := h.Get("Authorization"); got != want {
			t.Errorf("%s: authorised by %q", name, got)
		}
		if got := h.Get("X-Scope-OrgID"); got != c.Headers["X-Scope-OrgID"] {
			t.Errorf("%s: tenant %q", name, got)
		}
	}
}

func TestPushKeepsToItsRate(t *testing.T) {
	rec := drive(t, fourLaps)
	n := total(collect(t, rec, SampleOptions{}))
	r := receive(t)
	begin := time.Now()
	// The first batch goes at once, the others take a second together.
	const batch = 500
	out, err := push(t, writer(t, r.URL, Config{Batch: batch, PerSecond: int(n - batch)}), rec)
	if took := time.Since(begin); err != nil || out.Sent != n || took < 900*time.Millisecond {
		t.Errorf("%+v of %d samples in %v, %v", out, n, took, err)
	}
}

func TestPushLeavesOutWhatIsTooOldForTheTarget(t *testing.T) {
	rec := drive(t, fourLaps)
	all := collect(t, rec, SampleOptions{})
	cutAt := rec.Session.Start.Add(100 * time.Second)
	young := int64(0)
	for _, samples := range all {
		for _, s := range samples {
			if s.Time >= cutAt.UnixMilli() {
				young++
			}
		}
	}
	want := Outcome{Sent: young, TooOld: total(all) - young}

	t.Run("by its own window", func(t *testing.T) {
		r := receive(t)
		w := writer(t, r.URL, Config{MaxAge: time.Hour, Now: func() time.Time { return cutAt.Add(time.Hour) }})
		if out, err := push(t, w, rec); err != nil || out != want {
			t.Errorf("%+v, %v, want %+v", out, err, want)
		}
	})
	for name, said := range map[string]struct {
		status int
		text   string
	}{
		"as Prometheus 2 says": {http.StatusInternalServerError, "too old sample\n"},
		"as Prometheus 3 says": {http.StatusBadRequest, "too old sample\n"},
		"as an old head":       {http.StatusBadRequest, "out of bounds\n"},
		"as Mimir says":        {http.StatusBadRequest, "failed pushing to ingester: user=7: the sample has been rejected because its timestamp is too old (err-mimir-sample-timestamp-too-old)"},
	} {
		t.Run(name, func(t *testing.T) {
			r := receive(t)
			r.answer = func(_ int, batch []Series, _ http.ResponseWriter) (int, string) {
				if first, _ := span(batch); first < cutAt.UnixMilli() {
					return said.status, said.text
				}
				return 0, ""
			}
			out, err := push(t, writer(t, r.URL, Config{}), rec)
			if err != nil || out != want {
				t.Errorf("%+v, %v, want %+v", out, err, want)
			}
			if r.requests > 60 {
				t.Errorf("it took %d requests", r.requests)
			}
		})
	}
	t.Run("without a window", func(t *testing.T) {
		r := receive(t)
		r.answer = func(int, []Series, http.ResponseWriter) (int, string) {
			return http.StatusBadRequest, "out of order sample\n"
		}
		var log bytes.Buffer
		w := writer(t, r.URL, Config{Log: hclog.New(&hclog.LoggerOptions{Output: &log})})
		for range 2 {
			r.requests = 0
			out, err := push(t, w, rec)
			if err != nil || out != (Outcome{TooOld: total(all)}) {
				t.Errorf("%+v, %v", out, err)
			}
		}
		if text := log.String(); strings.Count(text, "[WARN]") != 1 || !strings.Contains(text, "out_of_order_time_window") {
			t.Errorf("the log says %q", text)
		}
		if r.requests > 2*int(total(all)/batchSamples+2) {
			t.Errorf("it took %d requests to see that all samples are too old", r.requests)
		}
	})
}

func TestPushLeavesOutWhatIsRejected(t *testing.T) {
	rec := drive(t, fourLaps)
	all := collect(t, rec, SampleOptions{})
	for _, status := range []int{http.StatusBadRequest, http.StatusUnprocessableEntity} {
		r := receive(t)
		// One series is not liked.
		r.answer = func(_ int, batch []Series, _ http.ResponseWriter) (int, string) {
			for i := range batch {
				if batch[i].Name() == metrics.LapTime {
					return status, `duplicate sample for timestamp, for series {cust_id="4711"}`
				}
			}
			return 0, ""
		}
		var log bytes.Buffer
		out, err := push(t, writer(t, r.URL, Config{Log: hclog.New(&hclog.LoggerOptions{Output: &log})}), rec)
		if err != nil || out != (Outcome{Sent: total(all) - 3, Rejected: 3}) {
			t.Errorf("%d: %+v, %v", status, out, err)
		}
		if text := log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "duplicate sample for timestamp") || strings.Contains(text, "4711") {
			t.Errorf("%d: the log says %q", status, text)
		}
	}
	// Everything is refused: that is found out without a request for each sample.
	r := receive(t)
	r.answer = func(int, []Series, http.ResponseWriter) (int, string) { return http.StatusBadRequest, "no" }
	out, err := push(t, writer(t, r.URL, Config{}), rec)
	if err != nil || out != (Outcome{Rejected: total(all)}) || r.requests > 3*maxSplits {
		t.Errorf("%+v in %d requests, %v", out, r.requests, err)
	}
}

func TestPushSendsLessAtATimeWhenAsked(t *testing.T) {
	rec := drive(t, fourLaps)
	all := collect(t, rec, SampleOptions{})
	r := receive(t)
	r.answer = func(_ int, batch []Series, _ http.ResponseWriter) (int, string) {
		if count(batch) > 300 {
			return http.StatusRequestEntityTooLarge, "too many samples"
		}
		return 0, ""
	}
	out, err := push(t, writer(t, r.URL, Config{}), rec)
	if err != nil || out.Sent != total(all) || !same(r.taken, all) {
		t.Errorf("%+v of %d samples, %v", out, total(all), err)
	}
}

func TestPushTriesAgain(t *testing.T) {
	rec := drive(t, fourLaps)
	all := collect(t, rec, SampleOptions{})
	for _, status := range []int{http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable} {
		r := receive(t)
		r.answer = func(n int, _ []Series, _ http.ResponseWriter) (int, string) {
			if n <= 2 {
				return status, "later"
			}
			return 0, ""
		}
		out, err := push(t, writer(t, r.URL, Config{}), rec)
		if err != nil || out.Sent != total(all) || out.Retried != 2*int64(r.sizes[0]) || !same(r.taken, all) {
			t.Errorf("%d: %+v of %d samples, %v", status, out, total(all), err)
		}
	}
}

func TestPushWaitsAsLongAsItIsAsked(t *testing.T) {
	rec := drive(t, fourLaps)
	r := receive(t)
	var first time.Time
	r.answer = func(n int, _ []Series, w http.ResponseWriter) (int, string) {
		if n == 1 {
			first = time.Now()
			w.Header().Set("Retry-After", "1")
			return http.StatusTooManyRequests, "later"
		}
		if n == 2 && time.Since(first) < time.Second {
			t.Errorf("it waited %v", time.Since(first))
		}
		return 0, ""
	}
	if _, err := push(t, writer(t, r.URL, Config{}), rec); err != nil {
		t.Error(err)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2025, 3, 1, 14, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"7": 7 * time.Second, "-3": 0, "soon": 0, "99999999": maxRetryAfter, "999999999999999999999": 0,
		"Sat, 01 Mar 2025 14:00:30 GMT": 30 * time.Second, "Sat, 01 Mar 2025 13:00:00 GMT": 0,
		"Sat, 01 Mar 2125 14:00:30 GMT": maxRetryAfter,
	} {
		if got := retryAfter(header, now); got != want {
			t.Errorf("%s: %v, want %v", header, got, want)
		}
	}
}

func TestPushGivesUp(t *testing.T) {
	rec := drive(t, fourLaps)
	gone := httptest.NewServer(nil)
	gone.Close()
	failing := func(status int, header ...string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte("because of secret-1234"))
		}))
		t.Cleanup(s.Close)
		return s.URL
	}
	for name, c := range map[string]struct{ url, want string }{
		"gone":      {gone.URL, "cannot be reached"},
		"failing":   {failing(http.StatusBadGateway), "cannot be reached: 502 Bad Gateway"},
		"unknown":   {failing(http.StatusUnauthorized), "does not take the credentials (401"},
		"forbidden": {failing(http.StatusForbidden), "does not take the credentials (403"},
		"nothing":   {failing(http.StatusNotFound), "--web.enable-remote-write-receiver"},
		"redirect":  {failing(http.StatusFound, "Location", "/elsewhere?token=secret-1234"), "redirect"},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			w := writer(t, c.url+"/api/v1/write?key=secret-1234", Config{
				User: "me", Password: "secret-1234", Log: hclog.New(&hclog.LoggerOptions{Output: &log, Level: hclog.Trace}),
			})
			out, err := push(t, w, rec)
			if err == nil || !strings.Contains(err.Error(), c.want) || out.Sent != 0 {
				t.Errorf("%+v, %v, want %s", out, err, c.want)
			}
			check := w.Check(t.Context())
			if check == nil || !strings.Contains(check.Error(), c.want) {
				t.Errorf("the check says %v", check)
			}
			for _, text := range []string{err.Error(), check.Error(), log.String(), w.Target()} {
				if strings.Contains(text, "secret") || strings.Contains(text, "Tess") {
					t.Errorf("a secret is in %q", text)
				}
			}
		})
	}
}

func TestPushEndsWithItsContext(t *testing.T) {
	rec := drive(t, fourLaps)
	r := receive(t)
	ctx, cancel := context.WithCancel(t.Context())
	r.answer = func(int, []Series, http.ResponseWriter) (int, string) {
		cancel()
		return http.StatusServiceUnavailable, ""
	}
	if _, err := writer(t, r.URL, Config{}).Push(ctx, rec); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	r.answer = nil
	if _, err := writer(t, r.URL, Config{Batch: 100, PerSecond: 1}).Push(ctx, rec); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestCheckWritesNothing(t *testing.T) {
	r := receive(t)
	w := writer(t, r.URL, Config{})
	if err := w.Check(t.Context()); err != nil || len(r.taken) > 0 || r.requests != 1 {
		t.Errorf("%d requests, %v, %v", r.requests, r.taken, err)
	}
	r.answer = func(int, []Series, http.ResponseWriter) (int, string) { return http.StatusBadRequest, "no samples" }
	if err := w.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestConfigIsChecked(t *testing.T) {
	for name, c := range map[string]Config{
		"not a URL":             {URL: "::secret-1234"},
		"http:// or https://":   {URL: "localhost:9090/secret-1234"},
		"apart from it":         {URL: "http://me:secret-1234@localhost/api/v1/write"},
		"not both":              {URL: "http://localhost/", User: "me", BearerToken: "secret-1234"},
		"no user":               {URL: "http://localhost/", Password: "secret-1234"},
		"not a header":          {URL: "http://localhost/", Headers: map[string]string{"X-Key": "secret-1234\r\nX: y"}},
		`"X Key" is not a head`: {URL: "http://localhost/", Headers: map[string]string{"X Key": "secret-1234"}},
	} {
		_, err := NewWriter(c)
		if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTargetTellsTargetsApart(t *testing.T) {
	seen := map[string]string{}
	for name, c := range map[string]Config{
		"plain":  {URL: "https://Prom.example.org/api/v1/write"},
		"path":   {URL: "https://prom.example.org/other/api/v1/write"},
		"host":   {URL: "https://prom2.example.org/api/v1/write"},
		"user":   {URL: "https://prom.example.org/api/v1/write", User: "1", Password: "x"},
		"tenant": {URL: "https://prom.example.org/api/v1/write", Headers: map[string]string{"x-scope-orgid": "7"}},
	} {
		w, err := NewWriter(c)
		if err != nil {
			t.Fatal(err)
		}
		if other := seen[w.Target()]; other != "" {
			t.Errorf("%s and %s are both %s", name, other, w.Target())
		}
		seen[w.Target()] = name
	}
	w, err := NewWriter(Config{URL: "https://prom.example.org/api/v1/write/", User: "1", Password: "another"})
	if err != nil || seen[w.Target()] != "user" {
		t.Errorf("another password makes another target: %s, %v", w.Target(), err)
	}
}

func FuzzReason(f *testing.F) {
	f.Add([]byte(`out of order sample for series {__name__="x", file="a"}`))
	f.Add([]byte("<html><body>502 Bad Gateway"))
	f.Add([]byte("\xff\x00\n{"))
	f.Fuzz(func(t *testing.T, body []byte) {
		s := reason(body)
		if len(s) > maxReason+len("…") || strings.ContainsAny(s, "{<\n\r\x00") {
			t.Errorf("%q", s)
		}
	})
}
