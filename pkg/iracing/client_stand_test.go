package iracing_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// What must never be seen outside.
const (
	secretToken = "tok-5ecret"
	secretSign  = "s1gn-5ecret"
)

// reply answers one request; n counts from 1.
type reply func(n int, w http.ResponseWriter, r *http.Request)

// stand stands in for iRacing's API and its file servers.
type stand struct {
	*httptest.Server
	api, asset     reply
	calls, fetched atomic.Int64
	tokens         atomic.Int64 // tokens that were asked for
	mu             sync.Mutex
	lines          []string // request lines of assets
}

// newStand starts a stand-in; the test fails when it or the client under test leaves a goroutine behind.
func newStand(t testing.TB, api, asset reply) *stand {
	t.Helper()
	before := goleak.IgnoreCurrent()
	s := &stand{api: api, asset: asset}
	s.Server = httptest.NewServer(s)
	t.Cleanup(func() {
		s.Close()
		goleak.VerifyNone(t, before)
	})
	return s
}

func (s *stand) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, "/data/") {
		s.mu.Lock()
		s.lines = append(s.lines, r.RequestURI)
		s.mu.Unlock()
		n := s.fetched.Add(1)
		_, asset := s.replies()
		if r.Header.Get("Authorization") != "" {
			http.Error(w, "a token does not belong here", http.StatusTeapot)
			return
		}
		if asset == nil {
			http.NotFound(w, r)
			return
		}
		asset(int(n), w, r)
		return
	}
	n := int(s.calls.Add(1))
	api, _ := s.replies()
	api(n, w, r)
}

func (s *stand) replies() (api, asset reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.api, s.asset
}

// answers changes what the API answers from now on.
func (s *stand) answers(api reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.api = api
}

// Token hands out tokens: a new one for each that was refused.
func (s *stand) Token(_ context.Context, refused string) (string, error) {
	if refused != "" {
		s.tokens.Add(1)
	}
	return fmt.Sprintf("%s-%d", secretToken, s.tokens.Load()), nil
}

// client is a client of the stand-in that does not really wait.
func (s *stand) client(t testing.TB, change ...func(*iracing.Options)) (*iracing.Client, *recorder) {
	t.Helper()
	rec := &recorder{}
	o := iracing.Options{URL: s.URL, Tokens: s, Observer: rec, PerSecond: 1e6, Burst: 1e6, Timeout: 5 * time.Second, MaxBytes: 8 << 20}
	for _, f := range change {
		f(&o)
	}
	c := iracing.New(o)
	c.SetWait(rec.wait)
	c.SetClock(rec.now)
	t.Cleanup(c.Close)
	return c, rec
}

// recorder is an observer, and a clock that waiting puts forward.
type recorder struct {
	mu     sync.Mutex
	codes  []string
	limits []int
	cache  map[iracing.CacheResult]int
	waits  []time.Duration
	limit  int
}

func (r *recorder) Request(endpoint, code string, _ time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.codes = append(r.codes, endpoint+" "+code)
}

func (r *recorder) Limit(_, remaining int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.limits = append(r.limits, remaining)
}

func (r *recorder) Limited() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.limit++
}

func (r *recorder) TokenExpiry(_, _ time.Time) {}
func (r *recorder) Login(string, string)       {}

func (r *recorder) Cache(result iracing.CacheResult) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cache == nil {
		r.cache = map[iracing.CacheResult]int{}
	}
	r.cache[result]++
}

func (r *recorder) counts() map[iracing.CacheResult]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.cache)
}

func (r *recorder) wait(ctx context.Context, d time.Duration) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if d > 0 {
		r.waits = append(r.waits, d)
	}
	return ctx.Err()
}

func (r *recorder) now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	for _, d := range r.waits {
		now = now.Add(d)
	}
	return now
}

func (r *recorder) seen() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.codes)
}

func request(t testing.TB, path string, params iracing.Params) iracing.Request {
	t.Helper()
	r, err := iracing.NewRequest(path, params)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// answer writes a JSON text with a status.
func answer(status int, body string) reply {
	return func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// inTurn gives one reply after the other, the last one for ever.
func inTurn(replies ...reply) reply {
	return func(n int, w http.ResponseWriter, r *http.Request) { replies[min(n, len(replies))-1](n, w, r) }
}

// linked answers with a link to this server.
func linked(_ int, w http.ResponseWriter, r *http.Request) {
	_, _ = fmt.Fprintf(w, `{"link":"http://%s/asset/a%%2Fb?X-Amz-Signature=%s%%2F","expires":"2026-01-01T00:00:00Z"}`, r.Host, secretSign)
}
