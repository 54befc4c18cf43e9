package oauth_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/oauth"
)

var key = []byte("what the tokens are sealed with")

func file(t *testing.T, path string, key []byte) *oauth.File {
	t.Helper()
	f, err := oauth.NewFile(path, key)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// count adds one to a record.
func count(old oauth.Stored) (oauth.Stored, error) {
	old.Generation++
	return old, nil
}

func TestStoresKeepWhatTheyAreGiven(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "tokens")
	for name, reopen := range map[string]func() oauth.TokenStore{
		"memory": func() func() oauth.TokenStore { m := oauth.NewMemory(); return func() oauth.TokenStore { return m } }(),
		"file":   func() oauth.TokenStore { return file(t, path, key) },
	} {
		t.Run(name, func(t *testing.T) {
			at := time.Date(2026, 5, 9, 18, 30, 0, 5, time.UTC)
			want := oauth.Stored{
				Generation: 7, Key: []byte{1}, Account: "a", Spent: []string{"s"}, AccessToken: "at", AccessIssued: at, AccessExpiry: at,
				RefreshToken: "rt", RefreshExpiry: at, Refused: []time.Time{at},
				Failure: &oauth.Failure{Kind: iracing.SignInAgain, Until: at, Detail: "d", RequestID: "r", Settings: "f"},
				Hold:    oauth.Hold{Client: "c", Until: at, Logins: []time.Time{at}},
			}
			got, err := reopen().Update(t.Context(), func(old oauth.Stored) (oauth.Stored, error) {
				if old.Generation != 0 || old.Lost != nil {
					t.Errorf("a new store has %v, lost %v", old, old.Lost)
				}
				return want, nil
			})
			if err != nil || got.RefreshToken != "rt" {
				t.Fatalf("update answered %v, %v", got, err)
			}
			sentinel := errors.New("no")
			if _, err := reopen().Update(t.Context(), func(oauth.Stored) (oauth.Stored, error) { return oauth.Stored{}, sentinel }); !errors.Is(err, sentinel) {
				t.Errorf("error %v", err)
			}
			_, err = reopen().Update(t.Context(), func(old oauth.Stored) (oauth.Stored, error) {
				if !oauth.Same(old, want) {
					t.Errorf("kept %v, want %v", old, want)
				}
				old.Spent[0], old.Failure.Detail = "changed", "changed" // what fails must not show
				return old, sentinel
			})
			if !errors.Is(err, sentinel) {
				t.Errorf("error %v", err)
			}
			_, err = reopen().Update(t.Context(), func(old oauth.Stored) (oauth.Stored, error) {
				if !oauth.Same(old, want) {
					t.Errorf("a failed update changed the record")
				}
				return old, nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestUpdatesWaitForEachOther(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens")
	memory := oauth.NewMemory()
	for name, open := range map[string]func() oauth.TokenStore{
		"memory": func() oauth.TokenStore { return memory },
		"file":   func() oauth.TokenStore { return file(t, path, key) },
	} {
		t.Run(name, func(t *testing.T) {
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() {
					if _, err := open().Update(context.Background(), count); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if r, err := open().Update(t.Context(), count); err != nil || r.Generation != 21 {
				t.Errorf("%v after 21 updates, error %v", r, err)
			}

			// Who waits can go away.
			inside, goOn := make(chan struct{}), make(chan struct{})
			wg.Go(func() {
				_, err := open().Update(context.Background(), func(old oauth.Stored) (oauth.Stored, error) {
					close(inside)
					<-goOn
					return count(old)
				})
				if err != nil {
					t.Error(err)
				}
			})
			<-inside
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			if _, err := open().Update(ctx, count); !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
			close(goOn)
			wg.Wait()
			// And who is inside is not disturbed.
			ctx, cancel = context.WithCancel(context.Background())
			r, err := open().Update(ctx, func(old oauth.Stored) (oauth.Stored, error) { cancel(); return count(old) })
			if err != nil || r.Generation != 23 {
				t.Errorf("%v, error %v", r, err)
			}
			if r, err := open().Update(t.Context(), count); err != nil || r.Generation != 24 {
				t.Errorf("%v, error %v", r, err)
			}
		})
	}
}

func TestTheFileIsSealedAndForItsOwnerOnly(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "tokens")
	if err := os.WriteFile(path+".new", []byte("what a crash has left"), 0o644); err != nil {
		t.Fatal(err)
	}
	put := func() []byte {
		_, err := file(t, path, key).Update(t.Context(), func(old oauth.Stored) (oauth.Stored, error) {
			old.RefreshToken, old.Account = "the refresh token", "the account"
			return count(old)
		})
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	first, second := put(), put()
	if bytes.Contains(first, []byte("refresh")) || bytes.Contains(first, []byte("the account")) || bytes.Equal(first[60:], second[60:]) {
		t.Error("the file is not sealed anew each time")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", e.Name(), info.Mode())
		}
		if e.Name() != "tokens" && e.Name() != "tokens.lock" {
			t.Errorf("%s was left behind", e.Name())
		}
	}
	if _, err := oauth.NewFile(path, nil); err == nil {
		t.Error("a file without a key")
	}
}

// asides are the files that were set aside.
func asides(t *testing.T, path string) []string {
	t.Helper()
	found, err := filepath.Glob(path + ".unreadable-*")
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestADamagedFileIsSetAsideAndPasswordLimitedSignsInAgain(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"empty":         func([]byte) []byte { return nil },
		"cut off":       func(b []byte) []byte { return b[:len(b)-10] },
		"one bit":       func(b []byte) []byte { b[len(b)-5] ^= 4; return b },
		"the hold":      func(b []byte) []byte { return bytes.Replace(b, []byte(`"until":"2`), []byte(`"until":"3`), 1) },
		"something":     func([]byte) []byte { return []byte("[grafana]\nsecret=1\n") },
		"far too large": func(b []byte) []byte { return append(b, make([]byte, 1<<20)...) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			path := filepath.Join(t.TempDir(), "to[k]ens")
			cfg := s.config(oauth.PasswordLimited)
			cfg.Store = file(t, path, key)
			_, err := cfg.Store.Update(t.Context(), func(old oauth.Stored) (oauth.Stored, error) {
				old.Hold.Until = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
				return count(old)
			})
			if err != nil {
				t.Fatal(err)
			}
			good, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			bad := damage(bytes.Clone(good))
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			s.get(s.manager(cfg), "")
			s.get(s.manager(cfg), "")
			s.asked(login)
			found, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*.unreadable-*"))
			if err != nil || len(found) != 1 {
				t.Fatalf("set aside: %q, %v", found, err)
			}
			if b, err := os.ReadFile(found[0]); err != nil || !bytes.Equal(b, bad) {
				t.Errorf("the damaged file was changed, %v", err)
			}
			if !strings.Contains(s.said.String(), "damaged") {
				t.Error("the log does not tell of it")
			}
		})
	}
}

func TestAFileOfAnotherKey(t *testing.T) {
	s := newService(t)
	path := filepath.Join(t.TempDir(), "tokens")
	cfg := s.config(oauth.RefreshToken)
	cfg.Store, cfg.RefreshToken = file(t, path, key), s.seed()
	first := s.get(s.manager(cfg), "")

	// A secret is mistyped, and the key with it: the tokens are not there, and not lost.
	wrong := cfg
	wrong.RefreshToken, wrong.Store = "", file(t, path, []byte("another"))
	for run := range 3 {
		e := s.why(s.manager(wrong), "", iracing.SignInAgain)
		if !errors.Is(e, oauth.ErrOtherKey) || !strings.Contains(e.Error(), "another token key") {
			t.Errorf("in run %d the error is %v", run, e)
		}
	}
	if n := len(asides(t, path)); n != 1 {
		t.Errorf("%d files were set aside", n)
	}
	s.asked(refresh)

	// The secret is corrected, and everything is as it was.
	if s.get(s.manager(cfg), "") != first {
		t.Error("the tokens did not come back")
	}
	s.clock.forward(time.Hour)
	s.get(s.manager(cfg), "")
	s.asked(refresh, refresh)
	if s.reused != 0 {
		t.Errorf("%d used refresh tokens were sent", s.reused)
	}
}

func TestAnotherKeyDoesNotEndALockOut(t *testing.T) {
	s := newService(t)
	path := filepath.Join(t.TempDir(), "tokens")
	cfg := s.config(oauth.PasswordLimited)
	cfg.Store = file(t, path, key)
	s.answer = say(429, nil, "")
	s.fail(s.manager(cfg), "", iracing.LockedOut)
	for i := range 3 {
		cfg.Password += "?"
		cfg.Store = file(t, path, fmt.Appendf(nil, "key %d", i))
		s.fail(s.manager(cfg), "", iracing.LockedOut)
	}
	s.asked(login)
}

func TestTokensThatCannotBeKeptAreNotUsedAndNotLost(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a file that is open cannot be removed there")
	}
	s := newService(t)
	dir := filepath.Join(t.TempDir(), "folder")
	path := filepath.Join(dir, "tokens")
	cfg := s.config(oauth.RefreshToken)
	cfg.Store, cfg.RefreshToken = file(t, path, key), s.seed()
	m := s.manager(cfg)
	first := s.get(m, "")
	s.clock.forward(time.Hour)
	// While the service answers, a folder takes the place of the file that is written first.
	s.after = func(int, string, http.ResponseWriter, []byte) bool {
		if err := errors.Join(os.Remove(path+".new"), os.MkdirAll(filepath.Join(path+".new", "full"), 0o700)); err != nil {
			t.Error(err)
		}
		return false
	}
	e := s.why(m, "", iracing.NotKept)
	if !strings.Contains(e.Error(), "cannot be read or kept") {
		t.Errorf("the error is %v", e)
	}
	s.clock.forward(e.Until.Sub(s.clock.Now()))
	e = s.why(m, "", iracing.NotKept)
	s.asked(refresh, refresh)

	// There is room again: what the exchange brought is written and used.
	if err := os.RemoveAll(path + ".new"); err != nil {
		t.Fatal(err)
	}
	s.clock.forward(e.Until.Sub(s.clock.Now()))
	second := s.get(m, "")
	s.asked(refresh, refresh)
	if second == first || s.get(s.manager(cfg), "") != second {
		t.Error("the new token was not kept")
	}

	// The file goes while the manager runs: what it has in memory serves.
	s.use(func() { s.after = nil })
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	s.clock.forward(time.Hour)
	s.get(m, "")
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	if s.reused != 0 {
		t.Errorf("%d used refresh tokens were sent", s.reused)
	}
}

func TestAFileThatCannotBeReadIsNoSignIn(t *testing.T) {
	s := newService(t)
	path := filepath.Join(t.TempDir(), "tokens")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	cfg := s.config(oauth.PasswordLimited)
	cfg.Store = file(t, path, key)
	s.fail(s.manager(cfg), "", iracing.NotKept)
	s.asked()
}

func TestTwoManagersOnOneFile(t *testing.T) {
	s := newService(t)
	path := filepath.Join(t.TempDir(), "tokens")
	cfg := s.config(oauth.RefreshToken)
	cfg.RefreshToken = s.seed()
	var managers []*oauth.Manager
	for range 2 {
		cfg.Store = file(t, path, key)
		managers = append(managers, s.manager(cfg))
	}
	const rounds = 20
	for range rounds {
		var wg sync.WaitGroup
		for _, m := range managers {
			for range 3 {
				wg.Go(func() {
					if _, err := m.Token(context.Background(), ""); err != nil {
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
		s.clock.forward(10 * time.Minute)
	}
	if n := len(s.called()); n != rounds || s.reused != 0 {
		t.Errorf("%d exchanges in %d rounds, %d of them with a used token", n, rounds, s.reused)
	}
}

// The test binary is its own second process.
const (
	childMode  = "OAUTH_TEST_CHILD"
	childURL   = "OAUTH_TEST_URL"
	childPath  = "OAUTH_TEST_PATH"
	childSeed  = "OAUTH_TEST_SEED"
	childRuns  = 12
	childDies  = "dies"
	childTurns = "turns"
)

// child is what the second process does.
func child() int {
	store, err := oauth.NewFile(os.Getenv(childPath), key)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	now := &clock{now: time.Now()}
	cfg := oauth.Config{
		Grant: oauth.RefreshToken, URL: os.Getenv(childURL), ClientID: clientID, ClientSecret: clientSecret,
		RefreshToken: os.Getenv(childSeed), Store: store, Now: now.Now, HTTP: &http.Client{},
	}
	if cfg.RefreshToken == "" {
		cfg.Grant, cfg.Username, cfg.Password = oauth.PasswordLimited, username, password
	}
	if os.Getenv(childMode) == childDies {
		cfg.HTTP.Transport = dies{}
	}
	m, err := oauth.New(cfg)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	for range childRuns {
		if _, err := m.Token(context.Background(), ""); err != nil {
			fmt.Println(err)
			return 1
		}
		now.forward(10 * time.Minute)
	}
	return 0
}

// dies ends the process when the answer is there and before anything is made of it.
type dies struct{}

func (dies) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		os.Exit(9)
	}
	return resp, err
}

// spawn starts the second process.
func (s *service) spawn(mode, path, seed string) *exec.Cmd {
	s.t.Helper()
	self, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	c := exec.CommandContext(s.t.Context(), self)
	c.Env = append(os.Environ(), childMode+"="+mode, childURL+"="+s.URL+"/oauth2", childPath+"="+path, childSeed+"="+seed)
	return c
}

func TestTwoProcessesOnOneFile(t *testing.T) {
	s := newService(t)
	path, seed := filepath.Join(t.TempDir(), "tokens"), s.seed()
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if out, err := s.spawn(childTurns, path, seed).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	wg.Wait()
	if n := len(s.called()); n < childRuns || n > 2*childRuns || s.reused != 0 {
		t.Errorf("%d exchanges, %d of them with a used token", n, s.reused)
	}
}

func TestACrashBetweenTheExchangeAndTheWrite(t *testing.T) {
	for name, c := range map[string]struct {
		grant oauth.Grant
		asked []string
	}{
		"password_limited": {oauth.PasswordLimited, []string{login, refresh, refresh, login}},
		"refresh_token":    {oauth.RefreshToken, []string{refresh, refresh, refresh}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.clock.now = time.Now().Add(-time.Hour)
			path := filepath.Join(t.TempDir(), "tokens")
			cfg := s.config(c.grant)
			cfg.Store = file(t, path, key)
			if c.grant == oauth.RefreshToken {
				cfg.RefreshToken = s.seed()
			}
			s.get(s.manager(cfg), "")
			out, err := s.spawn(childDies, path, cfg.RefreshToken).CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 9 {
				t.Fatalf("%v: %s", err, out)
			}
			s.clock.forward(time.Hour)
			m := s.manager(cfg)
			if c.grant == oauth.PasswordLimited {
				s.get(m, "")
			} else {
				s.fail(m, "", iracing.SignInAgain)
				s.fail(m, "", iracing.SignInAgain)
			}
			s.asked(c.asked...)
			if _, err := os.Stat(path + ".new"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a file was left behind: %v", err)
			}
		})
	}
}

// What serves once is not used where what comes for it has no place.
func TestNothingIsUsedUpWhereTheFileCannotBeWritten(t *testing.T) {
	s := newService(t)
	path := filepath.Join(t.TempDir(), "tokens")
	cfg := s.config(oauth.RefreshToken)
	cfg.Store, cfg.RefreshToken = file(t, path, key), s.seed()
	m := s.manager(cfg)
	s.get(m, "")
	s.clock.forward(time.Hour)
	if err := os.MkdirAll(filepath.Join(path+".new", "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	e := s.why(m, "", iracing.NotKept)
	s.asked(refresh)
	if err := os.RemoveAll(path + ".new"); err != nil {
		t.Fatal(err)
	}
	s.clock.forward(e.Until.Sub(s.clock.Now()))
	s.get(m, "")
	s.asked(refresh, refresh)
	if left, err := filepath.Glob(path + ".new*"); err != nil || len(left) > 0 {
		t.Errorf("%q is left behind, error %v", left, err)
	}
}

// A file that has two names is one file.
func TestAFileBehindALink(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need rights there")
	}
	s := newService(t)
	path := filepath.Join(t.TempDir(), "tokens")
	link := filepath.Join(t.TempDir(), "link")
	cfg := s.config(oauth.RefreshToken)
	cfg.RefreshToken = s.seed()
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for _, at := range []string{link, path} {
			cfg.Store = file(t, at, key)
			s.get(s.manager(cfg), "")
			s.clock.forward(time.Hour)
		}
	}
	if s.reused != 0 {
		t.Errorf("%d used refresh tokens were sent", s.reused)
	}
	if at, err := os.Readlink(link); err != nil || at != path {
		t.Errorf("the link leads to %q, error %v", at, err)
	}
}
