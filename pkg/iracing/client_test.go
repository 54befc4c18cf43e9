package iracing_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

const page = `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN"><HTML><H1>504 ERROR</H1>` + secretSign + `</HTML>`

// hangUp closes the connection without an answer.
func hangUp(_ int, w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

// cut promises more than it sends.
func cut(_ int, w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, `{"race": 1`)
}

// half sends half an answer and no length.
func half(_ int, w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, `[{"race": 1},{"ra`)
	_ = http.NewResponseController(w).Flush()
}

// limited refuses for a number of seconds from now.
func limited(status int, body string, seconds int64) reply {
	return func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-RateLimit-Limit", "240")
		w.Header().Set("X-RateLimit-Remaining", "-1")
		w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(time.Now().Unix()+seconds, 10))
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// wants checks the token.
func wants(token string, then reply) reply {
	return func(n int, w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			answer(http.StatusUnauthorized, `{"error":"access_denied"}`)(n, w, r)
			return
		}
		then(n, w, r)
	}
}

func TestFaults(t *testing.T) {
	good := answer(200, `[1]`)
	for _, c := range []struct {
		name       string
		api, asset reply
		kind       iracing.Kind // 0: it is answered
		calls      int          // requests to the API
		assets     int
		more       int // what net/http may send again by itself, on a connection that was kept open for too long
		waits      int
		text       string // in the error
		codes      string
	}{
		{name: "400", api: answer(400, `{"error":"Bad Request","message":"season_id is required"}`), kind: iracing.BadRequest, calls: 1, text: "season_id is required", codes: "400"},
		{name: "400 with what may be a token", api: answer(400, `{"error":"Bad Request","message":"`+secretToken+`-0"}`), kind: iracing.BadRequest, calls: 1, text: "", codes: "400"},
		{name: "400 with a word too many", api: answer(400, `{"error":"Bad Request","message":"no `+strings.Repeat("x", 25)+`"}`), kind: iracing.BadRequest, calls: 1, text: "(Bad Request)", codes: "400"},
		{name: "401 until the token is new", api: wants(secretToken+"-1", good), calls: 2, codes: "401,200"},
		{name: "401 for ever", api: answer(401, `{"error":"access_denied"}`), kind: iracing.SignInAgain, calls: 2, codes: "401,401"},
		{name: "403", api: answer(403, `{"error":"Forbidden"}`), kind: iracing.Forbidden, calls: 1, codes: "403"},
		{name: "403 of a firewall", api: answer(403, page), kind: iracing.Unavailable, calls: 1, text: "web page", codes: "403"},
		{name: "404", api: answer(404, `{"error":"Not Found"}`), kind: iracing.NotFound, calls: 1, codes: "404"},
		{name: "404 of something else", api: answer(404, page), kind: iracing.Unavailable, calls: 1, codes: "404"},
		{name: "405", api: answer(405, ``), kind: iracing.BadRequest, calls: 1, codes: "405"},
		{name: "429 as text, over soon", api: inTurn(limited(429, "Rate limit exceeded", 3), good), calls: 2, waits: 1, codes: "429,200"},
		{name: "429 as JSON, over soon", api: inTurn(limited(429, `{"error":"Too Many Requests"}`, 3), good), calls: 2, waits: 1, codes: "429,200"},
		{name: "429 for ever", api: limited(429, "Rate limit exceeded", 3), kind: iracing.Limited, calls: 3, waits: 2, codes: "429,429,429"},
		{name: "429 for long", api: limited(429, "Rate limit exceeded", 900), kind: iracing.Limited, calls: 1, text: "not before", codes: "429"},
		{name: "429 without a word", api: inTurn(answer(429, ""), good), calls: 2, waits: 1, codes: "429,200"},
		{name: "the limit with a status of success", api: inTurn(limited(200, "Rate limit exceeded", 3), good), calls: 2, waits: 1, codes: "200,200"},
		{name: "503 maintenance", api: answer(503, `{"error":"Site Maintenance","note":"The site is currently undergoing maintenance. Please try your request later."}`), kind: iracing.Maintenance, calls: 1, text: "maintenance", codes: "503"},
		{name: "503 maintenance as a page", api: answer(503, "<html>Scheduled MAINTENANCE</html>"), kind: iracing.Maintenance, calls: 1, codes: "503"},
		{name: "503 otherwise", api: inTurn(answer(503, ""), good), calls: 2, waits: 1, codes: "503,200"},
		{name: "504 page", api: answer(504, page), kind: iracing.Unavailable, calls: 3, waits: 2, codes: "504,504,504"},
		{name: "500 that passes", api: inTurn(answer(500, `{"error":"Internal"}`), answer(502, page), good), calls: 3, waits: 2, codes: "500,502,200"},
		{name: "408", api: inTurn(answer(408, ``), good), calls: 2, waits: 1, codes: "408,200"},
		{name: "page with 200", api: answer(200, page), kind: iracing.BadAnswer, calls: 1, text: "web page", codes: "200"},
		{name: "no JSON with 200", api: answer(200, "it works"), kind: iracing.BadAnswer, calls: 2, codes: "200,200"},
		{name: "an empty answer", api: answer(200, ""), calls: 1, codes: "200"},
		{name: "redirect", api: func(_ int, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/data/elsewhere?"+secretSign, http.StatusFound)
		}, kind: iracing.BadAnswer, calls: 1, codes: "302"},
		{name: "cut off", api: cut, kind: iracing.BadAnswer, calls: 2, text: "cut off", codes: "cut,cut"},
		{name: "cut off once", api: inTurn(cut, good), calls: 2, codes: "cut,200"},
		{name: "half without a length", api: half, kind: iracing.BadAnswer, calls: 2, codes: "200,200"},
		{name: "hung up", api: hangUp, kind: iracing.Unreachable, calls: 2, waits: 1, codes: "unreachable,unreachable"},
		{name: "one thing after the other", api: inTurn(answer(401, ""), answer(500, ""), cut, answer(500, ""), good), kind: iracing.Unavailable, calls: 4, waits: 1, codes: "401,500,cut,500"},

		{name: "link", api: linked, asset: good, calls: 1, assets: 1, codes: "200"},
		{name: "expired link", api: linked, asset: inTurn(answer(403, "<Error>"+secretSign), good), calls: 2, assets: 2, codes: "200,asset_error,200"},
		{name: "links that expire for ever", api: linked, asset: answer(403, "<Error>"), kind: iracing.BadAnswer, calls: 2, assets: 2, text: "expired", codes: "200,asset_error,200,asset_error"},
		{name: "link to nothing", api: linked, asset: inTurn(answer(404, ""), good), calls: 2, assets: 2, codes: "200,asset_error,200"},
		{name: "asset server fails once", api: linked, asset: inTurn(answer(503, page), good), calls: 1, assets: 2, waits: 1, codes: "200,asset_error"},
		{name: "asset server fails", api: linked, asset: answer(500, page), kind: iracing.Unavailable, calls: 1, assets: 2, waits: 1, codes: "200,asset_error,asset_error"},
		{name: "asset cut once", api: linked, asset: inTurn(cut, good), calls: 1, assets: 2, waits: 1, codes: "200,asset_error"},
		{name: "asset cut", api: linked, asset: cut, kind: iracing.BadAnswer, calls: 1, assets: 2, waits: 1, codes: "200,asset_error,asset_error"},
		{name: "asset half without a length", api: linked, asset: half, kind: iracing.BadAnswer, calls: 2, assets: 2, codes: "200,200"},
		{name: "asset hangs up", api: linked, asset: hangUp, kind: iracing.Unreachable, calls: 1, assets: 2, more: 1, waits: 1, codes: "200,asset_error,asset_error"},
		{name: "asset is a page", api: linked, asset: answer(200, page), kind: iracing.BadAnswer, calls: 1, assets: 1, codes: "200,asset_error"},
		{name: "asset leads on", api: linked, asset: func(_ int, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/asset/elsewhere", http.StatusFound)
		}, kind: iracing.BadAnswer, calls: 1, assets: 1, codes: "200,asset_error"},
		{name: "asset is part of something", api: linked, asset: answer(206, "[1]"), kind: iracing.BadAnswer, calls: 1, assets: 1, codes: "200,asset_error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStand(t, c.api, c.asset)
			client, rec := s.client(t)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute+30*time.Second)
			defer cancel()
			a, err := client.Get(ctx, request(t, "/data/car/get", nil))
			var e *iracing.Error
			switch {
			case c.kind == 0 && (err != nil || c.name != "an empty answer" && string(a.Body) != "[1]"):
				t.Fatalf("it is not answered: %v, %v", a, err)
			case c.kind != 0 && (!errors.As(err, &e) || e.Kind != c.kind || a != nil):
				t.Fatalf("error is %#v", err)
			case c.kind != 0 && (!strings.Contains(err.Error(), c.text) || e.Endpoint != "/data/car/get"):
				t.Errorf("error says %q of %q", err, e.Endpoint)
			}
			if calls, assets := int(s.calls.Load()), int(s.fetched.Load()); calls != c.calls || assets < c.assets || assets > c.assets+c.more {
				t.Errorf("%d requests to the API and %d to file servers; want %d and %d", calls, assets, c.calls, c.assets)
			}
			codes := strings.ReplaceAll(strings.Join(rec.seen(), ","), "car_get ", "")
			if codes != c.codes {
				t.Errorf("observed %s; want %s", codes, c.codes)
			}
			if len(rec.waits) != c.waits {
				t.Errorf("waited %v; want %d times", rec.waits, c.waits)
			}
			noSecrets(t, err, rec)
		})
	}
}

// noSecrets looks through everything that an error or the metrics could tell anybody.
func noSecrets(t *testing.T, err error, rec *recorder) {
	t.Helper()
	var b strings.Builder
	fmt.Fprint(&b, rec.seen())
	for ; err != nil; err = errors.Unwrap(err) {
		fmt.Fprintf(&b, "%v %+v %#v", err, err, err)
	}
	told := b.String()
	for _, secret := range []string{secretToken, secretSign, "X-Amz", "asset/"} {
		if strings.Contains(told, secret) {
			t.Errorf("%q can be read in %q", secret, told)
		}
	}
}

func TestLimitedSaysUntilWhen(t *testing.T) {
	s := newStand(t, limited(429, "Rate limit exceeded", 30), nil)
	client, rec := s.client(t)
	client.SetWait(func(_ context.Context, d time.Duration) error {
		if d > 0 {
			t.Error("it waits in vain")
		}
		return nil
	})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	for range 3 {
		_, err := client.Get(ctx, request(t, "/data/car/get", nil))
		var e *iracing.Error
		if !errors.As(err, &e) || e.Kind != iracing.Limited || e.Until.Before(time.Now().Add(25*time.Second)) || !e.Temporary() {
			t.Fatalf("error is %#v", err)
		}
	}
	if s.calls.Load() != 1 || rec.limit != 1 {
		t.Errorf("iRacing was asked %d times; once is enough to know", s.calls.Load())
	}
}

func TestNoAnswer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + listener.Addr().String()
	_ = listener.Close()
	s := newStand(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("season_id") == "1" {
			_, _ = io.WriteString(w, "[1")
			_ = http.NewResponseController(w).Flush()
		}
		<-r.Context().Done()
	}, nil)
	for _, c := range []struct{ name, url, season, text, code string }{
		{"refused", closed, "1", "refused", "unreachable"},
		{"no address", "iracing", "1", "no", ""},
		{"another scheme", "ftp://127.0.0.1", "1", "address", ""},
		{"silence", s.URL, "0", "within", "timeout"},
		{"a slow body", s.URL, "1", "within", "timeout"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, rec := s.client(t, func(o *iracing.Options) { o.URL, o.Timeout = c.url, 50*time.Millisecond })
			_, err := client.Get(t.Context(), request(t, "/data/series/season_schedule", iracing.Params{"season_id": c.season}))
			var e *iracing.Error
			if !errors.As(err, &e) || e.Kind != iracing.Unreachable || !strings.Contains(err.Error(), c.text) {
				t.Errorf("error is %v", err)
			}
			if seen := rec.seen(); c.code != "" && (len(seen) == 0 || !strings.HasSuffix(seen[0], c.code)) {
				t.Errorf("observed %v", seen)
			}
		})
	}
}

func TestCallersContext(t *testing.T) {
	started := make(chan struct{}, 1)
	s := newStand(t, func(_ int, _ http.ResponseWriter, r *http.Request) {
		started <- struct{}{}
		<-r.Context().Done()
	}, nil)
	client, rec := s.client(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-started
		cancel()
	}()
	if _, err := client.Get(ctx, request(t, "/data/car/get", nil)); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	if got := fmt.Sprint(rec.seen()); got != "[car_get canceled]" {
		t.Errorf("observed %s", got)
	}
	if _, err := client.Get(ctx, request(t, "/data/car/get", nil)); !errors.Is(err, context.Canceled) || s.calls.Load() != 1 {
		t.Errorf("error is %v after %d requests", err, s.calls.Load())
	}
	// A pause that is longer than the time left is not begun.
	s.answers(answer(500, ""))
	client.SetWait(func(context.Context, time.Duration) error { return nil })
	ctx, cancel = context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	var e *iracing.Error
	if _, err := client.Get(ctx, request(t, "/data/car/get", nil)); !errors.As(err, &e) || e.Kind != iracing.Unavailable {
		t.Errorf("error is %v", err)
	}
}

type noTokens struct{ err error }

func (n noTokens) Token(context.Context, string) (string, error) { return "", n.err }

func TestWithoutASignIn(t *testing.T) {
	s := newStand(t, answer(200, "[]"), nil)
	client, _ := s.client(t, func(o *iracing.Options) { o.Tokens = nil })
	var e *iracing.Error
	if _, err := client.Get(t.Context(), request(t, "/data/car/get", nil)); !errors.As(err, &e) || e.Kind != iracing.NoCredentials {
		t.Errorf("error is %v", err)
	}
	client, _ = s.client(t, func(o *iracing.Options) { o.Tokens = noTokens{&iracing.Error{Kind: iracing.BadCredentials}} })
	if _, err := client.Get(t.Context(), request(t, "/data/car/get", nil)); !errors.As(err, &e) || e.Kind != iracing.BadCredentials || e.Endpoint != "/data/car/get" {
		t.Errorf("error is %v", err)
	}
	if s.calls.Load() != 0 {
		t.Error("iRacing was asked without a token")
	}
}

// endless writes a body for as long as somebody reads it, up to a gigabyte.
func endless(written *atomic.Int64, length bool) reply {
	block := []byte(strings.Repeat(" ", 64<<10))
	return func(_ int, w http.ResponseWriter, _ *http.Request) {
		if length {
			w.Header().Set("Content-Length", strconv.Itoa(1<<30))
		}
		for range (1 << 30) / len(block) {
			n, err := w.Write(block)
			written.Add(int64(n))
			if err != nil {
				return
			}
		}
	}
}

func TestTooLarge(t *testing.T) {
	const bound = 4 << 20
	var written atomic.Int64
	chunked := func(_ int, w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, `{"data":{"chunk_info":{"base_download_url":"http://%s/asset/","chunk_file_names":["1","2","3","4","5","6","7","8"]}}}`, r.Host)
	}
	body := "[" + strings.Repeat(" ", 1<<20) + "]"
	megabyte := func(_ int, w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }
	for _, c := range []struct {
		name       string
		api, asset reply
	}{
		{"the answer", endless(&written, false), nil},
		{"the answer with a length", endless(&written, true), nil},
		{"behind a link", linked, endless(&written, false)},
		{"chunks each", chunked, endless(&written, false)},
		{"chunks together", chunked, megabyte},
	} {
		t.Run(c.name, func(t *testing.T) {
			written.Store(0)
			s := newStand(t, c.api, c.asset)
			client, rec := s.client(t, func(o *iracing.Options) { o.MaxBytes = bound })
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := client.Get(t.Context(), request(t, "/data/car/get", nil))
			runtime.ReadMemStats(&after)
			var e *iracing.Error
			if !errors.As(err, &e) || e.Kind != iracing.BadAnswer || !strings.Contains(err.Error(), "larger than 4 MB") {
				t.Fatalf("error is %v", err)
			}
			if s.calls.Load() != 1 {
				t.Errorf("%d requests: it does not get smaller", s.calls.Load())
			}
			// What kernels keep in their buffers comes on top.
			if n := written.Load(); n > bound+32<<20 {
				t.Errorf("the server could send %d MB", n>>20)
			}
			// This is all that was allocated meanwhile, freed or not, the server's share included.
			if n := after.TotalAlloc - before.TotalAlloc; n > 4*bound {
				t.Errorf("%d MB of memory for a bound of %d MB", n>>20, bound>>20)
			}
			noSecrets(t, err, rec)
		})
	}
}

// writeGzip writes n spaces, packed.
func writeGzip(w io.Writer, n int) {
	z := gzip.NewWriter(w)
	block := make([]byte, 1<<20)
	for ; n > 0; n -= len(block) {
		if _, err := z.Write(block); err != nil {
			return
		}
	}
	_ = z.Close()
}

func TestGzip(t *testing.T) {
	// Go's transport asks for gzip and unpacks it; what counts is the size unpacked.
	s := newStand(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" {
			http.Error(w, "no gzip", http.StatusTeapot)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		writeGzip(w, 64<<20)
	}, nil)
	client, _ := s.client(t)
	_, err := client.Get(t.Context(), request(t, "/data/car/get", nil))
	if err == nil || !strings.Contains(err.Error(), "larger than 8 MB") {
		t.Errorf("error is %v", err)
	}
}

func TestRequestAsSent(t *testing.T) {
	var uri, agent, accept string
	s := newStand(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		uri, agent, accept = r.RequestURI, r.UserAgent(), r.Header.Get("Accept")
		w.Header().Set("X-iRacing-Id", "eab62380-2ebb-42d5-a5e1-06d0445f9898")
		answer(400, `{}`)(0, w, r)
	}, nil)
	client, _ := s.client(t, func(o *iracing.Options) { o.UserAgent = "apex/1" })
	_, err := client.Get(t.Context(), request(t, "data/results/search_series/", iracing.Params{
		"season_year": " 2026", "race_week_num": "0", "official_only": "True", "event_types": "5, 2,5", "start_range_begin": "2026-01-02T03:04Z", "team_id": "",
	}))
	if want := "/data/results/search_series?event_types=2%2C5&official_only=true&race_week_num=0&season_year=2026&start_range_begin=2026-01-02T03%3A04%3A00Z"; uri != want {
		t.Errorf("asked for\n%s, want\n%s", uri, want)
	}
	if agent != "apex/1" || accept != "application/json" {
		t.Errorf("headers %q, %q", agent, accept)
	}
	if err == nil || !strings.Contains(err.Error(), "request id eab62380-2ebb-42d5-a5e1-06d0445f9898") {
		t.Errorf("error is %v", err)
	}
	_, _ = client.Get(t.Context(), request(t, "/data/lookup/get", iracing.Params{"lookups": "weather=weather_wind_speed_units, weather=weather_temp_units,licenselevels=licenselevels"}))
	if want := "/data/lookup/get?licenselevels=licenselevels&weather=weather_temp_units&weather=weather_wind_speed_units"; uri != want {
		t.Errorf("asked for\n%s, want\n%s", uri, want)
	}
}

func TestPublicFiles(t *testing.T) {
	s := newStand(t, nil, func(_ int, w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/s.json":
			_, _ = io.WriteString(w, `{"tests":{}}`)
		case "/ta/time_attack_schedule_index.json", "/ta/file-1_a.json":
			_, _ = io.WriteString(w, `[]`)
		default:
			http.Error(w, "<Error>AccessDenied</Error>", http.StatusForbidden)
		}
	})
	client, rec := s.client(t, func(o *iracing.Options) {
		o.Tokens, o.StatusURL, o.TimeAttackURL = nil, s.URL+"/s.json", s.URL+"/ta/"
		o.PerSecond, o.Burst = 1e-9, 1 // they do not count
	})
	for range 3 {
		for path, params := range map[string]iracing.Params{
			"/public/status": nil, "/public/time_attack/index": nil, "/public/time_attack/schedule": {"file": "file-1_a"},
		} {
			if a, err := client.Get(t.Context(), request(t, path, params)); err != nil || len(a.Body) < 2 {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
	var e *iracing.Error
	if _, err := client.Get(t.Context(), request(t, "/public/time_attack/schedule", iracing.Params{"file": "gone"})); !errors.As(err, &e) || e.Kind != iracing.NotFound {
		t.Errorf("error is %v", err)
	}
	if len(rec.waits) != 0 || len(rec.seen()) != 10 {
		t.Errorf("waited %v, observed %v", rec.waits, rec.seen())
	}
	for _, file := range []string{"../x", "a/b", "a.json", "a%2Fb", "a?b", "", "ä", strings.Repeat("a", 101)} {
		if _, err := iracing.NewRequest("/public/time_attack/schedule", iracing.Params{"file": file}); err == nil {
			t.Errorf("%q is taken for the name of a file", file)
		}
	}
}
