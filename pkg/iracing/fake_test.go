package iracing_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/oauth"
)

// These tests run the whole way to iRacing, sign-in, client and cache, against the fake.

// way is a signed-in client of a fake iRacing, and what it logged.
type way struct {
	fake   *iracingtest.Server
	client *iracing.Client
	log    *bytes.Buffer
	seen   *observed
}

// observed collects what an observer is told, to look for secrets in it.
type observed struct {
	mu    sync.Mutex
	texts []string
	cache map[iracing.CacheResult]int
}

func (o *observed) note(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.texts = append(o.texts, fmt.Sprintf(format, args...))
}

func (o *observed) Request(endpoint, code string, _ time.Duration) { o.note("%s %s", endpoint, code) }

func (o *observed) Limit(limit, remaining int)      { o.note("%d of %d", remaining, limit) }
func (o *observed) Limited()                        {}
func (o *observed) TokenExpiry(access, _ time.Time) { o.note("%s", access) }
func (o *observed) Login(grant, outcome string)     { o.note("%s %s", grant, outcome) }

func (o *observed) Cache(result iracing.CacheResult) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.cache[result]++
}

func signedIn(t *testing.T, fake *iracingtest.Server, change func(*oauth.Config, *iracing.Options)) way {
	t.Helper()
	w := way{fake: fake, log: &bytes.Buffer{}, seen: &observed{cache: map[iracing.CacheResult]int{}}}
	config := oauth.Config{
		Grant: oauth.PasswordLimited, URL: fake.OAuthURL, ClientID: fake.Credentials.ClientID, ClientSecret: fake.Credentials.ClientSecret,
		Username: fake.Credentials.Username, Password: fake.Credentials.Password, Observer: w.seen, Backoff: time.Millisecond,
		Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	options := iracing.Options{URL: fake.URL, LinkHosts: fake.LinkHosts, Observer: w.seen, PerSecond: 1000, Burst: 1000, Timeout: 2 * time.Second, MaxBytes: 8 << 20}
	if change != nil {
		change(&config, &options)
	}
	manager, err := oauth.New(config)
	if err != nil {
		t.Fatal(err)
	}
	options.Tokens = manager
	w.client = iracing.New(options)
	t.Cleanup(func() {
		w.client.Close()
		if err := manager.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// race is a race of the fake's account, newest first by i.
func race(t *testing.T, w way, i int) int64 {
	t.Helper()
	a, err := w.client.Get(t.Context(), request(t, "/data/stats/member_recent_races", nil))
	if err != nil {
		t.Fatal(err)
	}
	var recent struct {
		Races []struct {
			Subsession int64 `json:"subsession_id"`
		} `json:"races"`
	}
	if err := json.Unmarshal(a.Body, &recent); err != nil || len(recent.Races) <= i {
		t.Fatalf("%d recent races, %v", len(recent.Races), err)
	}
	return recent.Races[i].Subsession
}

func TestFaultsOfIRacing(t *testing.T) {
	fake := iracingtest.Start(t, iracingtest.Options{Races: 10, PerMinute: -1, TokensPerMinute: -1})
	before := signedIn(t, fake, nil)
	subsession := race(t, before, 0)
	chart := iracing.Params{}.Set("subsession_id", subsession).Set("simsession_number", 0)
	for _, c := range []struct {
		fault iracingtest.Fault
		want  iracing.Kind // 0: the answer comes after all
		most  int          // requests to the API
	}{
		{fault: iracingtest.Fault{Do: iracingtest.BadRequest}, want: iracing.BadRequest, most: 1},
		{fault: iracingtest.Fault{Do: iracingtest.Expired, Count: 1}, most: 2},
		{fault: iracingtest.Fault{Do: iracingtest.Unauthorized}, want: iracing.SignInAgain, most: 2}, //nolint:misspell // HTTP spells it so
		{fault: iracingtest.Fault{Do: iracingtest.Forbidden}, want: iracing.Forbidden, most: 1},
		{fault: iracingtest.Fault{Do: iracingtest.NotFound}, want: iracing.NotFound, most: 1},
		{fault: iracingtest.Fault{Do: iracingtest.LimitText}, want: iracing.Limited, most: 1},
		{fault: iracingtest.Fault{Do: iracingtest.LimitJSON}, want: iracing.Limited, most: 1},
		{fault: iracingtest.Fault{Do: iracingtest.LimitHidden}, want: iracing.Limited, most: 1},
		{fault: iracingtest.Fault{Do: iracingtest.Maintenance}, want: iracing.Maintenance, most: 1},
		{fault: iracingtest.Fault{Do: iracingtest.Failed}, want: iracing.Unavailable, most: 3},
		{fault: iracingtest.Fault{Do: iracingtest.Failed, Count: 1}, most: 2},
		{fault: iracingtest.Fault{Do: iracingtest.GatewayHTML}, want: iracing.Unavailable, most: 3},
		{fault: iracingtest.Fault{Do: iracingtest.PageHTML}, want: iracing.BadAnswer, most: 4},
		{fault: iracingtest.Fault{Do: iracingtest.NotJSON}, want: iracing.BadAnswer, most: 4},
		{fault: iracingtest.Fault{Do: iracingtest.Empty}, most: 1}, /* nothing is an answer, which is not kept */
		{fault: iracingtest.Fault{Do: iracingtest.CutBody}, want: iracing.BadAnswer, most: 4},
		{fault: iracingtest.Fault{Do: iracingtest.CutBody, Count: 1}, most: 2},
		{fault: iracingtest.Fault{Do: iracingtest.HugeBody}, want: iracing.BadAnswer, most: 1},
		{fault: iracingtest.Fault{Do: iracingtest.HugeBody, Kind: iracingtest.Asset}, want: iracing.BadAnswer, most: 4},
		{fault: iracingtest.Fault{Do: iracingtest.Slow, Kind: iracingtest.Asset, Delay: time.Minute}, want: iracing.Unreachable, most: 4},
		{fault: iracingtest.Fault{Do: iracingtest.Hang}, want: iracing.Unreachable, most: 3},
		{fault: iracingtest.Fault{Do: iracingtest.Drop}, want: iracing.Unreachable, most: 4},
		{fault: iracingtest.Fault{Do: iracingtest.Redirect, Link: "http://169.254.169.254/latest/"}, want: iracing.BadAnswer, most: 4},
		{fault: iracingtest.Fault{Do: iracingtest.Signed, Count: 1}, most: 2},
		{fault: iracingtest.Fault{Do: iracingtest.Signed}, want: iracing.BadAnswer, most: 2},
		{fault: iracingtest.Fault{Do: iracingtest.LeadsTo, Link: "http://127.0.0.1:9/secret"}, want: iracing.BadAnswer, most: 1},
		{fault: iracingtest.Fault{Do: iracingtest.LeadsTo, Link: "http://169.254.169.254/latest/meta-data/"}, want: iracing.BadAnswer, most: 1},
		{fault: iracingtest.Fault{Do: iracingtest.LeadsTo, Link: "http://metadata.google.internal/"}, want: iracing.BadAnswer, most: 1},
		{fault: iracingtest.Fault{Do: iracingtest.LeadsTo, Link: "file:///etc/passwd"}, want: iracing.BadAnswer, most: 1},
		{fault: iracingtest.Fault{Do: iracingtest.NullChunks}, most: 1},
		{fault: iracingtest.Fault{Do: iracingtest.NoChunk}, want: iracing.BadAnswer, most: 4},
		{fault: iracingtest.Fault{Do: iracingtest.WrongChunk}, want: iracing.BadAnswer, most: 4},

		// The OAuth service.
		{fault: iracingtest.Fault{Do: iracingtest.Lost, Count: 1}, most: 1},
		{fault: iracingtest.Fault{Do: iracingtest.LockedOut}, want: iracing.LockedOut},
		{fault: iracingtest.Fault{Do: iracingtest.InvalidClient}, want: iracing.BadCredentials},
		{fault: iracingtest.Fault{Do: iracingtest.InvalidGrant}, want: iracing.BadCredentials},
		{fault: iracingtest.Fault{Do: iracingtest.InvalidScope}, want: iracing.BadCredentials},
		{fault: iracingtest.Fault{Do: iracingtest.NullScope}, want: iracing.BadCredentials},
		{fault: iracingtest.Fault{Do: iracingtest.ServerError}, want: iracing.Unavailable},
		{fault: iracingtest.Fault{Do: iracingtest.ServerError, Count: 1}, most: 1},
		{fault: iracingtest.Fault{Do: iracingtest.GatewayHTML, Kind: iracingtest.Token}, want: iracing.Unavailable},
	} {
		t.Run(fmt.Sprintf("%s %s %d %s", c.fault.Kind, c.fault.Do, c.fault.Count, c.fault.Link), func(t *testing.T) {
			fake.ResetLog()
			defer fake.Fault(c.fault)()
			w := signedIn(t, fake, nil)
			if c.fault.Do == iracingtest.NoChunk {
				// The fake hands out what it once made, so this takes a race that nobody has asked for.
				chart.Set("subsession_id", race(t, before, 1))
			}
			ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
			defer cancel()
			_, err := w.client.Get(ctx, request(t, "/data/results/lap_chart_data", chart))
			var e *iracing.Error
			switch {
			case c.want == 0 && err != nil:
				t.Errorf("it fails for good: %v", err)
			case c.want != 0 && (!errors.As(err, &e) || e.Kind != c.want):
				t.Errorf("the error is %v; want %s", err, c.want)
			}
			if n := fake.Count(iracingtest.API, ""); n > c.most {
				t.Errorf("it asked the API %d times; at most %d are right", n, c.most)
			}
			if n := fake.Count(iracingtest.Token, ""); n > 3 {
				t.Errorf("it asked the OAuth service %d times", n)
			}
			told := w.log.String() + strings.Join(w.seen.texts, "\n")
			if err != nil {
				told += err.Error()
			}
			credentials := fake.Credentials
			for _, secret := range []string{
				credentials.ClientSecret, credentials.Password, credentials.Username, oauth.Mask(credentials.Password, credentials.Username),
				oauth.Mask(credentials.ClientSecret, credentials.ClientID), "access_token", "refresh_token=", "Signature", "169.254", "/secret", "passwd",
			} {
				if strings.Contains(told, secret) {
					t.Errorf("%q is told in %s", secret, told)
				}
			}
		})
	}
}

func TestEqualQueriesAreOneRequest(t *testing.T) {
	fake := iracingtest.Start(t, iracingtest.Options{Races: 10, PerMinute: -1})
	w := signedIn(t, fake, nil)
	cached := iracing.NewCached(w.client, iracing.NewMemory(1<<24), iracing.CachedOptions{Observer: w.seen})
	defer cached.Close()
	subsession := race(t, w, 0)
	fake.ResetLog()
	defer fake.Fault(iracingtest.Fault{Do: iracingtest.Late, Delay: 200 * time.Millisecond})()
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if _, err := (iracing.API{Source: cached}).Result(t.Context(), subsession); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := fake.Count(iracingtest.API, ""); n != 1 {
		t.Errorf("100 equal queries made %d requests", n)
	}
}

// A back-fill runs as fast as the ceiling allows, and no faster.
func TestBackfillAtTheCeiling(t *testing.T) {
	const perSecond, burst, requests = 50, 5, 155
	fake := iracingtest.Start(t, iracingtest.Options{Races: 10, PerMinute: -1})
	w := signedIn(t, fake, func(_ *oauth.Config, o *iracing.Options) { o.PerSecond, o.Burst = perSecond, burst })
	race(t, w, 0)                      // makes the world, which takes its time
	time.Sleep(200 * time.Millisecond) // the burst is there again
	fake.ResetLog()
	begin := time.Now()
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := worker; i < requests; i += 8 {
				if _, err := w.client.Get(t.Context(), request(t, "/data/constants/divisions", nil)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	took := time.Since(begin)
	// Requests that left on time may arrive close to each other, so a single second is measured with some room.
	if most := fake.MaxRate(time.Second); most > perSecond+burst+perSecond/10 {
		t.Errorf("%d requests came within a second; the ceiling is %d and %d at once", most, perSecond, burst)
	}
	if sent := float64(fake.Count(iracingtest.API, "")); sent > perSecond*took.Seconds()+burst {
		t.Errorf("%.0f requests were sent in %s; the ceiling is %d a second and %d at once", sent, took, perSecond, burst)
	}
	used := float64(requests-burst) / perSecond / took.Seconds()
	t.Logf("%d requests in %s: %.1f %% of the ceiling", requests, took, 100*used)
	if used < 0.95 {
		t.Errorf("the back-fill used %.1f %% of its ceiling", 100*used)
	}
}
