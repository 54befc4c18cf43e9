package store_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/oauth"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

var key = []byte("what the tokens are sealed with")

// count adds one to a record.
func count(old oauth.Stored) (oauth.Stored, error) {
	old.Generation++
	return old, nil
}

// hasty is a store that does not wait for long.
func hasty(t *testing.T, url string) *store.Store {
	t.Helper()
	s := openAt(t, store.Config{URL: url})
	s.Hasten(2*time.Second, 10*time.Second, 50*time.Millisecond)
	return s
}

func update(t *testing.T, tokens oauth.TokenStore, f func(old oauth.Stored) (oauth.Stored, error)) oauth.Stored {
	t.Helper()
	r, err := tokens.Update(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTokensAreKeptAsTheyAre(t *testing.T) {
	url := fresh(t)
	tokens := func() oauth.TokenStore { return hasty(t, url).Tokens("account", key) }
	want := oauth.Stored{
		Generation: 7, Key: []byte{1}, Account: "a", Spent: []string{"s"}, AccessToken: "the access token", AccessIssued: at, AccessExpiry: at,
		RefreshToken: "the refresh token", RefreshExpiry: at, Refused: []time.Time{at},
		Failure: &oauth.Failure{Kind: iracing.SignInAgain, Until: at, Detail: "d", RequestID: "r", Settings: "f"},
		Hold:    oauth.Hold{Client: "c", Until: at, Logins: []time.Time{at}},
	}
	got := update(t, tokens(), func(old oauth.Stored) (oauth.Stored, error) {
		if !reflect.DeepEqual(old, oauth.Stored{}) {
			t.Errorf("a new store has %v, lost %v", old, old.Lost)
		}
		return want, nil
	})
	if got.RefreshToken != want.RefreshToken {
		t.Errorf("update answered %v", got)
	}
	no := errors.New("no")
	if _, err := tokens().Update(t.Context(), func(oauth.Stored) (oauth.Stored, error) { return oauth.Stored{}, no }); err != no { //nolint:errorlint // as it is
		t.Errorf("error %v", err)
	}
	for range 2 {
		update(t, tokens(), func(old oauth.Stored) (oauth.Stored, error) {
			if !reflect.DeepEqual(old, want) {
				t.Errorf("kept %v, want %v", old, want)
			}
			return old, nil
		})
	}
	// Another sign-in has another row.
	update(t, openAt(t, store.Config{URL: url}).Tokens("other", key), func(old oauth.Stored) (oauth.Stored, error) {
		if old.Generation != 0 {
			t.Error("two sign-ins share a row")
		}
		return count(old)
	})
	sealed := ask[[]byte](t, url, "select sealed from iracing.tokens where name = 'account'")
	if len(sealed) == 0 || strings.Contains(string(sealed), "refresh token") || strings.Contains(string(sealed), "access token") {
		t.Errorf("the row holds %q", sealed)
	}
	if busy := ask[bool](t, url, "select exists (select from iracing.tokens where holder is not null)"); busy {
		t.Error("a lease is left behind")
	}
	_, err := openAt(t, store.Config{URL: url}).Tokens("account", nil).Update(t.Context(), count)
	is(t, err, store.BadSettings, "key")
}

func TestTokensOneAfterTheOther(t *testing.T) {
	url := fresh(t)
	stores := []*store.Store{hasty(t, url), hasty(t, url)}
	var wait sync.WaitGroup
	inside := make(chan struct{}, 1)
	for i := range 20 {
		wait.Go(func() {
			_, err := stores[i%2].Tokens("account", key).Update(context.Background(), func(old oauth.Stored) (oauth.Stored, error) {
				select {
				case inside <- struct{}{}:
					defer func() { <-inside }()
				default:
					t.Error("two are inside at once")
				}
				return count(old)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if r := update(t, stores[0].Tokens("account", key), count); r.Generation != 21 {
		t.Errorf("%v after 21 updates", r)
	}
}

func TestTokensAndTheEndOfACaller(t *testing.T) {
	url := fresh(t)
	a, b := hasty(t, url).Tokens("account", key), hasty(t, url).Tokens("account", key)
	// Who waits can go away, whether it waits in this process or in another one.
	for _, waiting := range []oauth.TokenStore{a, b} {
		update(t, a, func(old oauth.Stored) (oauth.Stored, error) {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if _, err := waiting.Update(ctx, count); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v", err)
			}
			return count(old)
		})
	}
	// Who is inside is not disturbed.
	ctx, cancel := context.WithCancel(t.Context())
	r, err := a.Update(ctx, func(old oauth.Stored) (oauth.Stored, error) { cancel(); return count(old) })
	if err != nil || r.Generation != 3 {
		t.Errorf("%v, error %v", r, err)
	}
	if r := update(t, b, count); r.Generation != 4 {
		t.Errorf("%v", r)
	}
}

func TestTokensThatCannotBeRead(t *testing.T) {
	url := fresh(t)
	a := hasty(t, url).Tokens("account", key)
	first := func(old oauth.Stored) (oauth.Stored, error) {
		old.RefreshToken, old.Hold.Client = "first", "held"
		return count(old)
	}
	update(t, a, first)
	// A key is mistyped. The tokens are not there, and not lost.
	wrong := hasty(t, url).Tokens("account", []byte("another key"))
	update(t, wrong, func(old oauth.Stored) (oauth.Stored, error) {
		if !errors.Is(old.Lost, oauth.ErrOtherKey) || old.Hold.Client != "held" || old.RefreshToken != "" {
			t.Errorf("found %v, lost %v", old, old.Lost)
		}
		old.Hold.Client = "held again"
		return count(old)
	})
	// Whoever looks again, with a record of the wrong key by now, is told the same.
	for i := range 2 {
		update(t, wrong, func(old oauth.Stored) (oauth.Stored, error) {
			if !errors.Is(old.Lost, oauth.ErrOtherKey) || old.Generation != 1 {
				t.Errorf("time %d: found %v, lost %v", i, old, old.Lost)
			}
			return old, nil
		})
	}
	// It is corrected, and everything is as it was but the hold, which is as it was found last.
	for i := range 2 {
		update(t, a, func(old oauth.Stored) (oauth.Stored, error) {
			if old.Lost != nil || old.RefreshToken != "first" || old.Hold.Client != "held again" {
				t.Errorf("time %d: found %v, lost %v", i, old, old.Lost)
			}
			return old, nil
		})
	}
	if n := ask[int](t, url, "select count(*) from iracing.tokens_unreadable"); n != 1 {
		t.Errorf("%d records are set aside, want that of the other key", n)
	}
	for name, damage := range map[string]string{
		"cut off": "sealed = substr(sealed, 1, 90)", "nothing": "sealed = ''", "a bit": "sealed = set_bit(sealed, 1000, 1 - get_bit(sealed, 1000))",
	} {
		sql(t, url, "update iracing.tokens set "+damage+" where name = 'account'")
		update(t, a, func(old oauth.Stored) (oauth.Stored, error) {
			if !errors.Is(old.Lost, oauth.ErrDamaged) || old.RefreshToken != "" {
				t.Errorf("%s: found %v, lost %v", name, old, old.Lost)
			}
			return first(oauth.Stored{})
		})
	}
}

// Whoever has no tokens learns that there are some of another account under the same key.
func TestTokensOfOtherAccounts(t *testing.T) {
	url := fresh(t)
	s := hasty(t, url)
	look := func(name string, key []byte, others bool) {
		t.Helper()
		update(t, s.Tokens(name, key), func(old oauth.Stored) (oauth.Stored, error) {
			if old.Lost != nil || old.Others != others {
				t.Errorf("%s finds %v, others %t, lost %v", name, old, old.Others, old.Lost)
			}
			return old, nil
		})
	}
	look("with a name", key, false)
	update(t, s.Tokens("without a name", key), func(old oauth.Stored) (oauth.Stored, error) {
		old.RefreshToken = "a token"
		return count(old)
	})
	look("with a name", key, true)
	look("another one", key, true)
	look("without a name", key, false)
	look("somebody else's", []byte("another key"), false)
}

func TestTokensOverALostConnection(t *testing.T) {
	url := fresh(t)
	a, b := hasty(t, url).Tokens("account", key), hasty(t, url).Tokens("account", key)
	update(t, a, count)
	var wait sync.WaitGroup
	for round := range 3 {
		inside := true
		r := update(t, a, func(old oauth.Stored) (oauth.Stored, error) {
			sql(t, url, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")
			// Another process sees the lock free, and must not take the refresh token that is being used.
			wait.Go(func() {
				update(t, b, func(old oauth.Stored) (oauth.Stored, error) {
					if inside {
						t.Error("two are inside at once")
					}
					return count(old)
				})
			})
			time.Sleep(300 * time.Millisecond)
			inside = false
			return count(old)
		})
		if want := uint64(2 + 2*round); r.Generation != want {
			t.Errorf("%v, want generation %d", r, want)
		}
		wait.Wait()
	}
	if r := update(t, b, count); r.Generation != 8 {
		t.Errorf("%v after 8 updates", r)
	}
}

func TestTheLeaseIsRenewed(t *testing.T) {
	url := fresh(t)
	tokens := hasty(t, url).Tokens("account", key)
	until := func() time.Time {
		return ask[time.Time](t, url, "select coalesce(held_until, '2020-01-01') from iracing.tokens")
	}
	update(t, tokens, func(old oauth.Stored) (oauth.Stored, error) {
		sql(t, url, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")
		first := until()
		soon(t, "the lease is renewed on another connection", func() bool { return until().After(first) })
		return count(old)
	})
	if until().Year() != 2020 {
		t.Error("the lease is left behind")
	}
}

func TestTokensThatOthersTouchMeanwhile(t *testing.T) {
	url := fresh(t)
	tokens := hasty(t, url).Tokens("account", key)
	sealed := func(r oauth.Stored) []byte {
		b, err := oauth.Seal(key, r)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	seal := func(generation uint64) []byte {
		return sealed(oauth.Stored{Generation: generation, RefreshToken: "another process's"})
	}
	for _, c := range []struct {
		name, touch  string
		args         []any
		want         uint64 // the generation that is kept at the end
		renewed      bool   // after that, the lease is taken anew
		wantOvertake bool
	}{
		{name: "nobody", touch: "select", want: 3},
		{name: "the row is deleted", touch: "delete from iracing.tokens", want: 3},
		{name: "newer ones", touch: "update iracing.tokens set sealed = $1, holder = null", args: []any{seal(9)}, want: 9, wantOvertake: true},
		{name: "newer ones, and they went", touch: "update iracing.tokens set sealed = $1, holder = null", args: []any{seal(9)}, renewed: true, want: 9, wantOvertake: true},
		{name: "as new ones", touch: "update iracing.tokens set sealed = $1, holder = null", args: []any{seal(3)}, want: 3, wantOvertake: true},
		{name: "our refresh token was found used up", touch: "update iracing.tokens set sealed = $1, holder = null", args: []any{
			sealed(oauth.Stored{Generation: 3, Failure: &oauth.Failure{Kind: iracing.SignInAgain}}),
		}, want: 3},
		{name: "older ones", touch: "update iracing.tokens set sealed = $1, holder = null", args: []any{seal(2)}, want: 3},
		{name: "somebody is inside", touch: "update iracing.tokens set sealed = $1, holder = 'x', held_until = now() + interval '1 hour'", args: []any{seal(2)}, want: 2, wantOvertake: true},
		{name: "others that cannot be read", touch: "update iracing.tokens set sealed = 'x', holder = null", wantOvertake: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			sql(t, url, "delete from iracing.tokens")
			update(t, tokens, func(old oauth.Stored) (oauth.Stored, error) { old.Generation = 2; return old, nil })
			_, err := tokens.Update(t.Context(), func(old oauth.Stored) (oauth.Stored, error) {
				sql(t, url, c.touch, c.args...)
				if c.renewed {
					soon(t, "the lease is ours again", func() bool {
						return ask[bool](t, url, "select exists (select from iracing.tokens where holder is not null)")
					})
				}
				old.RefreshToken = "ours"
				return count(old)
			})
			if overtaken := err != nil && strings.Contains(err.Error(), "another process"); overtaken != c.wantOvertake || err != nil && !overtaken {
				t.Errorf("the error is %v", err)
			}
			r, err := oauth.Unseal(key, ask[[]byte](t, url, "select sealed from iracing.tokens"))
			if c.want > 0 && (err != nil || r.Generation != c.want || (r.RefreshToken == "ours") == c.wantOvertake) {
				t.Errorf("kept is %v, want generation %d; error %v", r, c.want, err)
			}
		})
	}
}

func TestTokensOverARestart(t *testing.T) {
	server := pgtest.Start(t)
	a, b := hasty(t, server.URL).Tokens("account", key), hasty(t, server.URL).Tokens("account", key)
	update(t, a, count)
	var wait sync.WaitGroup
	r := update(t, a, func(old oauth.Stored) (oauth.Stored, error) {
		server.StopServer(t)
		wait.Go(func() { // it is back while the record is to be written
			time.Sleep(300 * time.Millisecond)
			server.StartServer(t)
		})
		return count(old)
	})
	wait.Wait()
	if r.Generation != 2 {
		t.Errorf("%v", r)
	}
	if r := update(t, b, count); r.Generation != 3 {
		t.Errorf("the other process found %v", r)
	}

	// It does not come back in time: the caller is told, and what it got is for it to keep.
	s := openAt(t, store.Config{URL: server.URL})
	s.Hasten(2*time.Second, 300*time.Millisecond, 50*time.Millisecond)
	_, err := s.Tokens("account", key).Update(t.Context(), func(old oauth.Stored) (oauth.Stored, error) {
		server.StopServer(t)
		return count(old)
	})
	is(t, err, store.Unreachable)
	if !strings.Contains(err.Error(), "write the tokens") {
		t.Errorf("the error is %v", err)
	}
	_, err = s.Tokens("account", key).Update(t.Context(), func(oauth.Stored) (oauth.Stored, error) {
		t.Error("a refresh token would be used up that cannot be kept")
		return oauth.Stored{}, nil
	})
	is(t, err, store.Unreachable)
	server.StartServer(t)
	soon(t, "the tokens can be kept again", func() bool {
		r, err := s.Tokens("account", key).Update(t.Context(), count)
		return err == nil && r.Generation == 4
	})
}

func TestTokensOnADatabaseThatTakesNoChanges(t *testing.T) {
	server := pgtest.Start(t)
	tokens := hasty(t, server.URL).Tokens("account", key)
	update(t, tokens, count)
	server.Exec(t, "alter system set default_transaction_read_only = on")
	server.Exec(t, "select pg_reload_conf()")
	soon(t, "the database takes no changes", func() bool {
		_, err := tokens.Update(t.Context(), func(old oauth.Stored) (oauth.Stored, error) {
			if v := ask[string](t, server.URL, "show default_transaction_read_only"); v == "on" {
				t.Error("a refresh token would be used up that cannot be kept")
			}
			return old, nil
		})
		if err != nil {
			is(t, err, store.ReadOnly)
		}
		return err != nil
	})
}

func TestAProcessThatDiesWithTheTokens(t *testing.T) {
	url := fresh(t)
	tokens := hasty(t, url).Tokens("account", key)
	update(t, tokens, count)
	dying := child(t, "tokens", "AT="+url, "DIES=1")
	if out, err := dying.CombinedOutput(); err == nil {
		t.Fatalf("it lives\n%s", out)
	}
	begun := time.Now()
	if r := update(t, tokens, count); r.Generation != 2 {
		t.Errorf("%v", r)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("the others waited %v for one that is dead", took)
	}
}

// childRotates signs in again and again, ten minutes apart by its clock.
func childRotates(t *testing.T) {
	s := hasty(t, os.Getenv("AT"))
	tokens := s.Tokens("account", key)
	if os.Getenv("DIES") != "" {
		_, _ = tokens.Update(context.Background(), func(oauth.Stored) (oauth.Stored, error) { os.Exit(9); return oauth.Stored{}, nil })
	}
	now := time.Now()
	m, err := oauth.New(oauth.Config{
		Grant: oauth.RefreshToken, URL: os.Getenv("OAUTH"), ClientID: os.Getenv("CLIENT"), ClientSecret: os.Getenv("SECRET"),
		RefreshToken: os.Getenv("SEED"), Store: tokens, HTTP: &http.Client{}, Now: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.Close() }()
	for range rotations {
		for try := 0; ; try++ {
			_, err := m.Token(context.Background(), "")
			var e *iracing.Error
			if err == nil {
				break
			}
			if !errors.As(err, &e) || e.Kind != iracing.NotKept || try == 500 {
				t.Fatal(err)
			}
			now = now.Add(5 * time.Second) // it pauses when the connection was cut again and again
			time.Sleep(5 * time.Millisecond)
		}
		now = now.Add(10 * time.Minute)
	}
}

const rotations = 15

func TestTwoProcessesRotateOneRefreshToken(t *testing.T) {
	url := fresh(t)
	fake, err := iracingtest.New(iracingtest.Options{Races: 1, TokensPerMinute: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = fake.Close() })
	c := fake.Credentials
	env := []string{"AT=" + url, "OAUTH=" + fake.OAuthURL, "CLIENT=" + c.ClientID, "SECRET=" + c.ClientSecret, "SEED=" + c.NewRefreshToken()}
	// Their connections are cut all the time.
	ctx, cancel := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	conn := connect(t, url)
	wait.Go(func() {
		for ctx.Err() == nil {
			time.Sleep(100 * time.Millisecond)
			_, err := conn.Exec(context.Background(), `select pg_terminate_backend(pid) from pg_stat_activity
				where datname = current_database() and pid <> pg_backend_pid() order by random() limit 1`)
			if err != nil {
				t.Error(err)
			}
		}
	})
	all := []*exec.Cmd{child(t, "tokens", env...), child(t, "tokens", env...)}
	run(t, all...)
	cancel()
	wait.Wait()
	exchanges := 0
	for _, r := range fake.Log() {
		if r.Kind != iracingtest.Token {
			continue
		}
		exchanges++
		if r.Status != http.StatusOK {
			t.Errorf("an exchange was answered %d: a token was used twice", r.Status)
		}
	}
	if exchanges < rotations || exchanges > 2*rotations {
		t.Errorf("%d exchanges for %d rotations of two processes", exchanges, rotations)
	}
	sealed := ask[[]byte](t, url, "select sealed from iracing.tokens")
	r, err := oauth.Unseal(key, sealed)
	if err != nil || int(r.Generation) < exchanges {
		t.Errorf("kept is %v after %d exchanges, error %v", r, exchanges, err)
	}
	if text := fmt.Sprintf("%+v", r); strings.Contains(text, r.RefreshToken) {
		t.Error("a record prints its secrets")
	}
}
