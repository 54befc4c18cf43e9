package iracing_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// day is a clock that the test moves.
type day struct{ at atomic.Int64 }

func newDay() *day {
	d := &day{}
	d.at.Store(time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC).UnixNano())
	return d
}

func (d *day) now() time.Time         { return time.Unix(0, d.at.Load()).UTC() }
func (d *day) pass(dur time.Duration) { d.at.Add(int64(dur)) }

// cachedStand is a cached client of a stand-in.
type cachedStand struct {
	*stand
	*iracing.Cached
	*day
	rec    *recorder
	memory *iracing.Memory
}

func newCached(t testing.TB, api reply, change ...func(*iracing.CachedOptions)) *cachedStand {
	t.Helper()
	c := &cachedStand{stand: newStand(t, api, nil), day: newDay(), memory: iracing.NewMemory(0)}
	client, rec := c.client(t, func(o *iracing.Options) { o.Now = c.now })
	c.rec = rec
	o := iracing.CachedOptions{Observer: rec, Now: c.now}
	for _, f := range change {
		f(&o)
	}
	c.Cached = iracing.NewCached(client, c.memory, o)
	t.Cleanup(c.Cached.Close)
	return c
}

// Close is the one of Cached; the stand-in's comes with the test's end.
func (c *cachedStand) Close() { c.Cached.Close() }

// counts is what came of the looks into the cache.
func (c *cachedStand) counts() string { return fmt.Sprint(c.rec.counts()) }

func TestEqualRequestsAreOne(t *testing.T) {
	release := make(chan struct{})
	c := newCached(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		<-release
		_, _ = w.Write([]byte(`[1]`))
	})
	r := request(t, "/data/car/get", nil)
	var wait sync.WaitGroup
	for range 100 {
		wait.Go(func() {
			if a, err := c.Get(t.Context(), r); err != nil || string(a.Body) != "[1]" {
				t.Errorf("%v, %v", a, err)
			}
		})
	}
	for c.calls.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	close(release)
	wait.Wait()
	if c.calls.Load() != 1 {
		t.Errorf("%d requests", c.calls.Load())
	}
	counts := c.rec.counts()
	if counts[iracing.CacheMiss] != 1 || counts[iracing.CacheShared]+counts[iracing.CacheHit] != 99 {
		t.Errorf("observed %v", counts)
	}
}

func TestDifferentRequestsOnce(t *testing.T) {
	c := newCached(t, answer(200, `{"stats":[1]}`))
	for range 3 {
		for i := range 20 {
			a, err := c.Get(t.Context(), request(t, "/data/stats/member_career", iracing.Params{"cust_id": strconv.Itoa(i)}))
			if err != nil || string(a.Body) != `{"stats":[1]}` || a.At != c.now() {
				t.Fatalf("%v, %v", a, err)
			}
		}
	}
	if c.calls.Load() != 20 || c.counts() != "map[hit:40 miss:20]" {
		t.Errorf("%d requests, %s", c.calls.Load(), c.counts())
	}
	c.pass(16 * time.Minute)
	if a, err := c.Get(t.Context(), request(t, "/data/stats/member_career", iracing.Params{"cust_id": "1"})); err != nil || a.Cached || c.calls.Load() != 21 {
		t.Errorf("%v, %v after %d requests", a, err, c.calls.Load())
	}
}

func TestDeliveriesAreKeptWhole(t *testing.T) {
	c := newCached(t, answer(200, `{"data":{"success":true,"rows":0,"chunk_info":null}}`))
	r := request(t, "/data/results/search_series", iracing.Params{"season_year": "2020", "season_quarter": "1"})
	first, err := c.Get(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	second, err := c.Get(t.Context(), r)
	if err != nil || !second.Cached || first.Cached || string(first.Header) != string(second.Header) || string(second.Body) != "[]" {
		t.Errorf("%+v, %v", second, err)
	}
	csv := newCached(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		_, _ = w.Write([]byte("DRIVER\n"))
	})
	r = request(t, "/data/driver_stats_by_category/oval", nil)
	for range 2 {
		if a, err := csv.Get(t.Context(), r); err != nil || !a.CSV || string(a.Body) != "DRIVER\n" {
			t.Errorf("%+v, %v", a, err)
		}
	}
}

func TestRefusalsAreKept(t *testing.T) {
	for _, status := range []int{403, 404} {
		account := "one"
		c := newCached(t, answer(status, `{"error":"no"}`), func(o *iracing.CachedOptions) { o.Account = func() string { return account } })
		r := request(t, "/data/results/get", iracing.Params{"subsession_id": "1"})
		var e *iracing.Error
		for range 3 {
			if _, err := c.Get(t.Context(), r); !errors.As(err, &e) || e.Status != status {
				t.Fatalf("error is %v", err)
			}
		}
		if c.calls.Load() != 1 || e.Until.IsZero() {
			t.Errorf("%d: %d requests, until %v", status, c.calls.Load(), e.Until)
		}
		// Another account may see what this one may not.
		account = "two"
		_, _ = c.Get(t.Context(), r)
		if c.calls.Load() != 2 {
			t.Errorf("%d: the refusal is another account's, too", status)
		}
		c.pass(map[int]time.Duration{403: 59 * time.Minute, 404: 4 * time.Minute}[status])
		_, _ = c.Get(t.Context(), r)
		before := c.calls.Load()
		c.pass(2 * time.Minute)
		c.answers(answer(200, `{"subsession_id":1,"session_results":[{}]}`))
		if _, err := c.Get(t.Context(), r); err != nil || before != 2 || c.calls.Load() != 3 {
			t.Errorf("%d: %v after %d and %d requests", status, err, before, c.calls.Load())
		}
		account = "one"
		if _, err := c.Get(t.Context(), r); err != nil || c.calls.Load() != 3 {
			t.Errorf("%d: the answer is not everybody's: %v", status, err)
		}
	}
	c := newCached(t, answer(400, `{"error":"no"}`))
	for range 2 {
		_, _ = c.Get(t.Context(), request(t, "/data/car/get", nil))
	}
	if c.calls.Load() != 2 {
		t.Errorf("a refused parameter is kept")
	}
}

func TestAccountsAndRealms(t *testing.T) {
	account := "one"
	c := newCached(t, func(n int, w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintf(w, `{"n":%d}`, n) },
		func(o *iracing.CachedOptions) { o.Account = func() string { return account } })
	get := func(src iracing.Source, path string, params iracing.Params) string {
		a, err := src.Get(t.Context(), request(t, path, params))
		if err != nil {
			t.Fatal(err)
		}
		return string(a.Body)
	}
	own, other := get(c, "/data/member/info", nil), get(c, "/data/stats/member_career", iracing.Params{"cust_id": "1"})
	account = "two"
	if get(c, "/data/member/info", nil) == own {
		t.Error("an account gets the answer of another")
	}
	if get(c, "/data/stats/member_career", iracing.Params{"cust_id": "1"}) != other {
		t.Error("what does not depend on the account is asked for again")
	}
	demo := iracing.NewCached(c.Cached, c.memory, iracing.CachedOptions{Realm: "demo", Now: c.now, Account: func() string { return "one" }})
	defer demo.Close()
	account = "three"
	if get(demo, "/data/member/info", nil) == own {
		t.Error("a stand-in's answers are mixed with iRacing's")
	}
}

func TestOldAnswersWhileIRacingFails(t *testing.T) {
	for _, fault := range []struct {
		name  string
		api   reply
		kind  iracing.Kind
		calls int64 // until it is known
		whole bool  // everything rests, not only this request
		rests time.Duration
	}{
		{"maintenance", answer(503, `{"error":"Site Maintenance"}`), iracing.Maintenance, 1, true, 5 * time.Minute},
		{"sign-in", answer(401, `{}`), iracing.SignInAgain, 2, true, 30 * time.Second},
		{"unreachable", hangUp, iracing.Unreachable, 2, true, 30 * time.Second},
		{"failure", answer(500, page), iracing.Unavailable, 3, false, 30 * time.Second},
		{"nonsense", answer(200, page), iracing.BadAnswer, 1, false, 30 * time.Second},
		{"limited", limited(429, "", 1000), iracing.Limited, 1, true, 15 * time.Minute},
	} {
		t.Run(fault.name, func(t *testing.T) {
			good := answer(200, `[1]`)
			c := newCached(t, good)
			car, track := request(t, "/data/car/get", nil), request(t, "/data/track/get", nil)
			for _, r := range []iracing.Request{car, track} {
				if _, err := c.Get(t.Context(), r); err != nil {
					t.Fatal(err)
				}
			}
			asked := c.now()
			c.pass(25 * time.Hour)
			c.answers(fault.api)
			before := c.calls.Load()
			for range 20 {
				a, err := c.Get(t.Context(), car)
				var e *iracing.Error
				if err != nil || string(a.Body) != "[1]" || !a.Cached || a.At != asked || !errors.As(a.Stale, &e) || e.Kind != fault.kind {
					t.Fatalf("%+v, %v", a, err)
				}
			}
			if n := c.calls.Load() - before; n < fault.calls || n > fault.calls+1 {
				t.Errorf("%d requests", n)
			}
			// Other requests do not wait for what is known to fail.
			before = c.calls.Load()
			if a, err := c.Get(t.Context(), track); err != nil || a.Stale == nil {
				t.Fatalf("%+v, %v", a, err)
			}
			if (c.calls.Load() == before) != fault.whole {
				t.Errorf("%d requests for another endpoint", c.calls.Load()-before)
			}
			if n := c.rec.counts()[iracing.CacheStale]; n != 21 {
				t.Errorf("observed %s", c.counts())
			}
			// Without an older answer the error is what there is.
			if fault.kind != iracing.Limited {
				if _, err := c.Get(t.Context(), request(t, "/data/series/get", nil)); err == nil {
					t.Error("an answer comes from nowhere")
				}
			}
			// After a little while iRacing is asked again.
			c.answers(good)
			c.pass(fault.rests - time.Second)
			if a, err := c.Get(t.Context(), car); err != nil || a.Stale == nil && fault.whole {
				t.Errorf("%+v, %v", a, err)
			}
			if fault.kind == iracing.Limited {
				return // the client has a clock of its own
			}
			c.pass(2 * time.Second)
			if a, err := c.Get(t.Context(), car); err != nil || a.Stale != nil {
				t.Errorf("%+v, %v", a, err)
			}
		})
	}
}

// One endpoint that fails is left alone by itself; when a second one fails, iRacing is.
func TestFailuresOfSeveral(t *testing.T) {
	c := newCached(t, answer(200, `[1]`))
	paths := []string{"/data/car/get", "/data/track/get", "/data/series/get", "/data/carclass/get"}
	for _, path := range paths {
		if _, err := c.Get(t.Context(), request(t, path, nil)); err != nil {
			t.Fatal(err)
		}
	}
	c.pass(25 * time.Hour)
	c.answers(answer(500, page))
	for i, want := range []int64{3, 6, 6, 6} {
		a, err := c.Get(t.Context(), request(t, paths[i], nil))
		if got := c.calls.Load() - 4; err != nil || a.Stale == nil || got != want {
			t.Errorf("%s: %v after %d requests", paths[i], err, got)
		}
	}
}

func TestWhatIsSaidOfTheRequestIsNoReasonForAnOldAnswer(t *testing.T) {
	c := newCached(t, answer(200, `{"subsession_id":1,"session_results":[{}]}`))
	r := request(t, "/data/results/get", iracing.Params{"subsession_id": "1"})
	if _, err := c.Get(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	c.pass(time.Hour)
	c.answers(answer(403, `{}`))
	for range 2 {
		var e *iracing.Error
		if _, err := c.Get(t.Context(), r); !errors.As(err, &e) || e.Kind != iracing.Forbidden {
			t.Errorf("error is %v", err)
		}
	}
	if c.calls.Load() != 2 {
		t.Errorf("%d requests", c.calls.Load())
	}
}

// Whoever asked first may go without taking the answer away from the others.
func TestTheFirstCallerGoes(t *testing.T) {
	release, asked := make(chan struct{}), make(chan struct{})
	c := newCached(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-release
		_, _ = w.Write([]byte(`[1]`))
	})
	r := request(t, "/data/car/get", nil)
	ctx, cancel := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	wait.Go(func() {
		if _, err := c.Get(ctx, r); !errors.Is(err, context.Canceled) {
			t.Errorf("the first caller's error is %v", err)
		}
	})
	<-asked
	wait.Go(func() {
		if a, err := c.Get(t.Context(), r); err != nil || string(a.Body) != "[1]" {
			t.Errorf("the second caller gets %v, %v", a, err)
		}
	})
	for c.Waiting(r) < 2 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	for c.Waiting(r) > 1 {
		time.Sleep(time.Millisecond)
	}
	close(release)
	wait.Wait()
	if c.calls.Load() != 1 {
		t.Errorf("%d requests", c.calls.Load())
	}
}

// When all have gone, the request ends; the next one starts anew.
func TestAllCallersGo(t *testing.T) {
	gone := make(chan struct{})
	c := newCached(t, inTurn(func(_ int, _ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		close(gone)
	}, answer(200, `[1]`)))
	r := request(t, "/data/car/get", nil)
	ctx, cancel := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	for range 10 {
		wait.Go(func() {
			if _, err := c.Get(ctx, r); !errors.Is(err, context.Canceled) {
				t.Errorf("error is %v", err)
			}
		})
	}
	for c.Waiting(r) < 10 || c.calls.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	wait.Wait()
	<-gone
	if got := c.rec.seen(); len(got) > 0 && got[0] != "car_get canceled" {
		t.Errorf("the request ended as %v", got)
	}
	if a, err := c.Get(t.Context(), r); err != nil || string(a.Body) != "[1]" {
		t.Errorf("%v, %v", a, err)
	}
}

// Where there is an old answer nobody waits long for the new one; it comes all the same.
func TestPatience(t *testing.T) {
	release := make(chan struct{})
	c := newCached(t, inTurn(answer(200, `[1]`), func(_ int, w http.ResponseWriter, _ *http.Request) {
		<-release
		_, _ = w.Write([]byte(`[2]`))
	}), func(o *iracing.CachedOptions) { o.Patience = 10 * time.Millisecond })
	r := request(t, "/data/car/get", nil)
	if _, err := c.Get(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	c.pass(25 * time.Hour)
	for range 20 {
		if a, err := c.Get(t.Context(), r); err != nil || string(a.Body) != "[1]" || a.Stale == nil {
			t.Fatalf("%+v, %v", a, err)
		}
	}
	close(release)
	for c.Waiting(r) > 0 {
		time.Sleep(time.Millisecond)
	}
	if a, err := c.Get(t.Context(), r); err != nil || string(a.Body) != "[2]" || a.Stale != nil || c.calls.Load() != 2 {
		t.Errorf("%+v, %v after %d requests", a, err, c.calls.Load())
	}
}

// The client sees the deadline of those who wait, though not their contexts.
// However many have been given an old answer meanwhile, a request that brings nothing does not go on for ever.
func TestARequestThatNobodyWaitsForEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan struct{})
		source := hangingSource(ended)
		memory := iracing.NewMemory(0)
		c := iracing.NewCached(source, memory, iracing.CachedOptions{})
		defer c.Close()
		r := request(t, "/data/stats/member_career", iracing.Params{"cust_id": "1"})
		old := &iracing.Entry{Body: []byte(`{"stats":[1]}`), Class: r.Endpoint.Class, At: time.Now(), Until: time.Now()}
		if err := memory.Save(t.Context(), r.Key(), old); err != nil {
			t.Fatal(err)
		}
		for _, at := range []time.Duration{0, 115 * time.Second} {
			time.Sleep(at)
			if a, err := c.Get(t.Context(), r); err != nil || a.Stale == nil {
				t.Fatalf("%v, %v", a, err)
			}
		}
		select {
		case <-ended:
		case <-time.After(time.Hour):
			t.Error("the request goes on after an hour")
		}
	})
}

// hangingSource answers when its request ends, of which it tells.
type hangingSource chan struct{}

func (s hangingSource) Get(ctx context.Context, _ iracing.Request) (*iracing.Answer, error) {
	<-ctx.Done()
	close(s)
	return nil, ctx.Err()
}

func TestDeadlineReachesTheClient(t *testing.T) {
	c := newCached(t, limited(429, "", 50))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	start := time.Now()
	var e *iracing.Error
	if _, err := c.Get(ctx, request(t, "/data/car/get", nil)); !errors.As(err, &e) || e.Kind != iracing.Limited || time.Since(start) > 10*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
	if len(c.rec.waits) != 0 {
		t.Errorf("waited %v", c.rec.waits)
	}
}

func TestClose(t *testing.T) {
	c := newCached(t, func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	r := request(t, "/data/car/get", nil)
	var wait sync.WaitGroup
	wait.Go(func() {
		if _, err := c.Get(t.Context(), r); !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
	})
	for c.calls.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	c.Close()
	wait.Wait()
	c.Close()
	if _, err := c.Get(t.Context(), r); !errors.Is(err, context.Canceled) || c.calls.Load() != 1 {
		t.Errorf("error is %v", err)
	}
}

// late is a cache whose second look comes back when another request has been answered.
type late struct {
	*iracing.Memory
	looks atomic.Int64
	saved chan struct{}
}

func (l *late) Load(ctx context.Context, key string) (*iracing.Entry, error) {
	e, err := l.Memory.Load(ctx, key)
	if l.looks.Add(1) == 1 {
		<-l.saved
	}
	return e, err
}

// An answer that comes between a look into the cache and the request is not asked for again.
func TestAnswerThatCameMeanwhile(t *testing.T) {
	s := newStand(t, answer(200, `[1]`), nil)
	client, _ := s.client(t)
	cache := &late{Memory: iracing.NewMemory(0), saved: make(chan struct{})}
	c := iracing.NewCached(client, cache, iracing.CachedOptions{})
	defer c.Close()
	r := request(t, "/data/car/get", nil)
	var wait sync.WaitGroup
	wait.Go(func() {
		if a, err := c.Get(t.Context(), r); err != nil || string(a.Body) != "[1]" {
			t.Errorf("%v, %v", a, err)
		}
	})
	for cache.looks.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	if _, err := c.Get(t.Context(), r); err != nil {
		t.Error(err)
	}
	close(cache.saved)
	wait.Wait()
	if s.calls.Load() != 1 {
		t.Errorf("%d requests", s.calls.Load())
	}
}

// sourceFunc is a source of the test's.
type sourceFunc func(context.Context, iracing.Request) (*iracing.Answer, error)

func (f sourceFunc) Get(ctx context.Context, r iracing.Request) (*iracing.Answer, error) {
	return f(ctx, r)
}

// picky is a cache that looks at its context.
type picky struct {
	*iracing.Memory
	saved chan error
}

func (p picky) Save(ctx context.Context, key string, e *iracing.Entry) error {
	p.saved <- ctx.Err()
	return p.Memory.Save(ctx, key, e)
}

// An answer that has come is kept even when nobody waits for it any more: it has been paid for.
func TestAnswerForNobodyIsKept(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cache := picky{iracing.NewMemory(0), make(chan error, 1)}
	c := iracing.NewCached(sourceFunc(func(own context.Context, _ iracing.Request) (*iracing.Answer, error) {
		cancel()
		<-own.Done()
		return &iracing.Answer{Body: []byte("[1]"), At: time.Now()}, nil
	}), cache, iracing.CachedOptions{})
	defer c.Close()
	r := request(t, "/data/car/get", nil)
	if _, err := c.Get(ctx, r); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	if err := <-cache.saved; err != nil {
		t.Errorf("it is to be kept in no time: %v", err)
	}
}

// broken is a cache that fails.
type broken struct{}

func (broken) Load(context.Context, string) (*iracing.Entry, error) {
	return nil, errors.New("disk on fire")
}

func (broken) Save(context.Context, string, *iracing.Entry) error { return errors.New("disk on fire") }

func TestBrokenCache(t *testing.T) {
	s := newStand(t, answer(200, `[1]`), nil)
	client, _ := s.client(t)
	var mu sync.Mutex
	warnings := map[string]int{}
	c := iracing.NewCached(client, broken{}, iracing.CachedOptions{Warn: func(err error) {
		mu.Lock()
		defer mu.Unlock()
		warnings[err.Error()]++
	}})
	defer c.Close()
	if a, err := c.Get(t.Context(), request(t, "/data/car/get", nil)); err != nil || string(a.Body) != "[1]" {
		t.Errorf("%v, %v", a, err)
	}
	if got := strings.Join(slices.Sorted(maps.Keys(warnings)), "; "); got != "read the response cache: disk on fire; write the response cache: disk on fire" {
		t.Errorf("warned of %s", got)
	}
}

func TestAnswersThatSayNothingAreNotKept(t *testing.T) {
	c := newCached(t, inTurn(answer(200, `{"success":true,"entries":[]}`), answer(200, `{"success":true,"entries":[{}]}`)))
	r := request(t, "/data/session/reg_drivers_list", iracing.Params{"subsession_id": "1"})
	for i, want := range []int64{1, 2, 2} {
		if _, err := c.Get(t.Context(), r); err != nil || c.calls.Load() != want {
			t.Errorf("request %d: %v after %d", i, err, c.calls.Load())
		}
	}
}

func BenchmarkHit(b *testing.B) {
	c := newCached(b, answer(200, `{"end_time":"2020-01-01T00:00:00Z","session_results":["`+strings.Repeat("x", 260_000)+`"]}`))
	r := request(b, "/data/results/get", iracing.Params{"subsession_id": "1"})
	if _, err := c.Get(b.Context(), r); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if a, err := c.Get(b.Context(), r); err != nil || !a.Cached {
			b.Fatal(err)
		}
	}
}

func BenchmarkJoin60Chunks(b *testing.B) {
	row := strings.Repeat(`{"subsession_id":82211702,"event_strength_of_field":1800,"session_name":"made up"},`, 500)
	parts := make([][]byte, 60)
	for i := range parts {
		parts[i] = []byte(row[:len(row)-1])
	}
	b.SetBytes(int64(60 * len(row)))
	b.ReportAllocs()
	for b.Loop() {
		iracing.JoinRows(parts)
	}
}
