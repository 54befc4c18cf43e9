package oauth_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/oauth"
)

// browser visits addresses and notes what it was shown.
type browser struct {
	s      *service
	client *http.Client
}

func (s *service) browser() browser {
	transport := &http.Transport{}
	s.t.Cleanup(transport.CloseIdleConnections)
	return browser{s, &http.Client{Transport: transport}}
}

// sentTo is where iRacing sends the browser back to.
func (b browser) sentTo(address string) *url.URL {
	b.s.t.Helper()
	c := *b.client
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := c.Get(address)
	if err != nil {
		b.s.t.Error(err)
		return &url.URL{}
	}
	defer func() { _ = resp.Body.Close() }()
	back, err := resp.Location()
	if err != nil {
		b.s.t.Error(err)
		return &url.URL{}
	}
	return back
}

// visit answers the status and the page.
func (b browser) visit(u *url.URL) (int, string) {
	b.s.t.Helper()
	resp, err := b.client.Get(u.String())
	if err != nil {
		b.s.t.Error(err)
		return 0, ""
	}
	defer func() { _ = resp.Body.Close() }()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		b.s.t.Error(err)
	}
	if resp.Header.Get("Cache-Control") != "no-store" || resp.Header.Get("Referrer-Policy") != "no-referrer" {
		b.s.t.Errorf("the page has headers %v", resp.Header)
	}
	b.s.said.say("%s", page)
	return resp.StatusCode, string(page)
}

// with is the address with another query.
func with(u *url.URL, change func(q url.Values)) *url.URL {
	other, q := *u, u.Query()
	change(q)
	other.RawQuery = q.Encode()
	return &other
}

// login runs a login while a person does what he does with the address. It waits for both.
func (s *service) login(o oauth.LoginOptions, person func(address string)) (oauth.TokenSet, error) {
	s.t.Helper()
	done := make(chan struct{})
	opened := false
	o.Open = func(_ context.Context, address string) error {
		opened = true
		go func() {
			defer close(done)
			person(address)
		}()
		return nil
	}
	if o.Config.ClientID == "" {
		o.Config = s.config(oauth.AuthorizationCode)
	}
	set, err := oauth.Login(s.t.Context(), o)
	if opened {
		<-done
	}
	s.said.say("%v %+v", set, o)
	s.said.sayError(err)
	return set, err
}

func TestLoginThroughTheBrowser(t *testing.T) {
	for name, secretless := range map[string]bool{"with a secret": false, "without a secret": true} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.secretless = secretless
			b := s.browser()
			cfg := s.config(oauth.AuthorizationCode)
			cfg.Store = file(t, filepath.Join(t.TempDir(), "tokens"), key)
			set, err := s.login(oauth.LoginOptions{Config: cfg, Verify: true}, func(address string) {
				u, err := url.Parse(address)
				if err != nil || u.Query().Get("prompt") != "verify" || len(u.Query().Get("state")) < 32 {
					t.Errorf("the address is %s", address)
				}
				back := b.sentTo(address)
				if back.Hostname() != "127.0.0.1" || back.Path != "/callback" {
					t.Errorf("the browser was sent to %s", back)
				}
				// What else comes changes nothing.
				icon := *back
				icon.Path, icon.RawQuery = "/favicon.ico", ""
				if status, _ := b.visit(&icon); status != 404 {
					t.Errorf("favicon: %d", status)
				}
				for _, change := range []func(q url.Values){
					func(q url.Values) { q.Set("state", "guessed") },
					func(q url.Values) { q.Del("state") },
					func(q url.Values) { q.Del("code") },
					func(q url.Values) { q.Set("error", "access_denied"); q.Set("state", "") },
				} {
					if status, page := b.visit(with(back, change)); status != 400 || !strings.Contains(page, "Not this login") {
						t.Errorf("status %d: %s", status, page)
					}
				}
				resp, err := b.client.Post(back.String(), "text/plain", nil)
				if err != nil || resp.StatusCode != http.StatusMethodNotAllowed {
					t.Errorf("post: %v", err)
				}
				_ = resp.Body.Close()
				if status, page := b.visit(back); status != 200 || !strings.Contains(page, "Signed in") {
					t.Errorf("status %d: %s", status, page)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			if !s.access[set.AccessToken] || !s.live[set.RefreshToken] || !set.RefreshExpiry.Equal(s.clock.Now().Add(7*24*time.Hour)) {
				t.Errorf("the tokens are %v", set)
			}
			// A data source with the same store goes on with them.
			m := s.manager(cfg)
			if s.get(m, "") != set.AccessToken {
				t.Error("the data source has another token")
			}
			s.clock.forward(time.Hour)
			s.get(m, "")
			s.asked("authorization_code", refresh)
		})
	}
}

func TestLoginEndsAnEarlierRefusal(t *testing.T) {
	s := newService(t)
	cfg := s.config(oauth.RefreshToken)
	cfg.Store, cfg.RefreshToken = oauth.NewMemory(), s.seed()
	m := s.manager(cfg)
	s.get(m, "")
	s.clock.forward(time.Hour)
	s.use(func() { clear(s.live) })
	s.fail(m, "", iracing.SignInAgain)
	b := s.browser()
	if _, err := s.login(oauth.LoginOptions{Config: cfg}, func(address string) { b.visit(b.sentTo(address)) }); err != nil {
		t.Fatal(err)
	}
	s.get(m, "")
	s.clock.forward(time.Hour)
	s.get(m, "")
	s.asked(refresh, refresh, "authorization_code", refresh)
}

func TestLoginThatIsRefused(t *testing.T) {
	s := newService(t)
	b := s.browser()
	_, err := s.login(oauth.LoginOptions{}, func(address string) {
		back := with(b.sentTo(address), func(q url.Values) {
			q.Del("code")
			q.Set("error", "access_denied")
			q.Set("error_description", password)
		})
		if _, page := b.visit(back); !strings.Contains(page, "Not signed in") {
			t.Errorf("the page is %s", page)
		}
	})
	e := s.errorOf("", err, iracing.BadCredentials)
	if !strings.Contains(e.Error(), "access_denied") {
		t.Errorf("the error is %v", e)
	}
	s.asked()
}

func TestLoginWithAStolenCodeFails(t *testing.T) {
	s := newService(t)
	b := s.browser()
	_, err := s.login(oauth.LoginOptions{}, func(address string) {
		// The code of a login that somebody else has begun: our verifier does not fit it.
		other, err := url.Parse(address)
		if err != nil {
			t.Error(err)
			return
		}
		stolen := b.sentTo(with(other, func(q url.Values) { q.Set("code_challenge", "bm90IG91cnM") }).String())
		b.visit(stolen)
	})
	s.isError("", err, iracing.SignInAgain)
}

func TestLoginByPasting(t *testing.T) {
	for name, c := range map[string]struct {
		text    func(back *url.URL) string
		problem string // of what is pasted first, when it is of no use
	}{
		"the address": {func(back *url.URL) string { return "  " + back.String() + "\n" }, ""},
		"in quotes":   {func(back *url.URL) string { return `"` + back.String() + `"` }, ""},
		"its query":   {func(back *url.URL) string { return back.RawQuery }, ""},
		"the code":    {func(back *url.URL) string { return back.Query().Get("code") }, ""},
		"another state": {
			func(back *url.URL) string {
				return with(back, func(q url.Values) { q.Set("state", "another") }).String()
			}, "does not belong to this login",
		},
		"no state": {
			func(back *url.URL) string {
				return with(back, func(q url.Values) { q.Del("state") }).String()
			}, "does not belong to this login",
		},
		"something":       {func(*url.URL) string { return "what am I to paste?" }, "neither the address"},
		"another address": {func(*url.URL) string { return "https://example.org/callback" }, "neither the address"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			b := s.browser()
			paste, told := make(chan string), make(chan string, 1)
			set, err := s.login(oauth.LoginOptions{Paste: paste, Tell: func(text string) { told <- text }}, func(address string) {
				back := b.sentTo(address)
				paste <- "\n"
				paste <- c.text(back)
				if c.problem != "" {
					if text := <-told; !strings.Contains(text, c.problem) {
						t.Errorf("the user was told %q", text)
					}
					paste <- back.String()
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			s.use(func() {
				if !s.live[set.RefreshToken] {
					t.Error("no refresh token")
				}
			})
		})
	}
}

func TestLoginWhoseTerminalIsClosedWaitsForTheBrowser(t *testing.T) {
	s := newService(t)
	b := s.browser()
	paste := make(chan string)
	close(paste)
	if _, err := s.login(oauth.LoginOptions{Paste: paste}, func(address string) { b.visit(b.sentTo(address)) }); err != nil {
		t.Fatal(err)
	}
}

func TestALoginIsAnsweredOnce(t *testing.T) {
	s := newService(t)
	b := s.browser()
	begun, goOn := make(chan struct{}), make(chan struct{})
	s.answer = func(int, string, http.ResponseWriter, *http.Request) bool {
		close(begun)
		<-goOn
		return false
	}
	_, err := s.login(oauth.LoginOptions{}, func(address string) {
		back := b.sentTo(address)
		first := make(chan struct{})
		go func() { defer close(first); b.visit(back) }()
		<-begun
		if status, page := b.visit(back); status != 409 || !strings.Contains(page, "Already used") {
			t.Errorf("status %d: %s", status, page)
		}
		close(goOn)
		<-first
	})
	if err != nil {
		t.Fatal(err)
	}
	s.asked("authorization_code")
}

func TestNobodyComesToTheLogin(t *testing.T) {
	s := newService(t)
	_, err := s.login(oauth.LoginOptions{Timeout: 20 * time.Millisecond}, func(string) {})
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "nobody has signed in within 20ms") {
		t.Errorf("error %v", err)
	}
}

func TestLoginFailures(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(int, string, http.ResponseWriter, *http.Request) bool
		kind   iracing.Kind
		calls  int
	}{
		"locked out":     {say(400, http.Header{"Retry-After": {"60"}}, tooOften), iracing.LockedOut, 1},
		"invalid client": {sayCode(401, "invalid_client"), iracing.BadCredentials, 1},
		"no scope":       {say(200, nil, `{"access_token":"a"}`), iracing.BadCredentials, 1},
		"down":           {sayCode(503, "temporarily_unavailable"), iracing.Unavailable, 3},
		"lost":           {func(_ int, _ string, w http.ResponseWriter, _ *http.Request) bool { cut(w); return true }, iracing.Unreachable, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.answer = c.answer
			b := s.browser()
			cfg := s.config(oauth.AuthorizationCode)
			cfg.Store = oauth.NewMemory()
			_, err := s.login(oauth.LoginOptions{Config: cfg}, func(address string) {
				if _, page := b.visit(b.sentTo(address)); !strings.Contains(page, "Not signed in") {
					t.Errorf("the page is %s", page)
				}
			})
			s.isError("", err, c.kind)
			if n := len(s.called()); n != c.calls {
				t.Errorf("%d calls, want %d", n, c.calls)
			}
			if c.kind == iracing.LockedOut {
				_, err := s.login(oauth.LoginOptions{Config: cfg}, func(string) { t.Error("the browser was opened for a client that is locked out") })
				s.isError("", err, c.kind)
			}
		})
	}
}

func TestLoginThatCannotBegin(t *testing.T) {
	s := newService(t)
	for name, c := range map[string]struct {
		options oauth.LoginOptions
		want    string
	}{
		"localhost":    {oauth.LoginOptions{Listen: "localhost:8765"}, "127.0.0.1 or [::1]"},
		"every host":   {oauth.LoginOptions{Listen: ":8765"}, "127.0.0.1 or [::1]"},
		"no port":      {oauth.LoginOptions{Listen: "127.0.0.1"}, "not an address such as"},
		"port in use":  {oauth.LoginOptions{Listen: s.Listener.Addr().String()}, "wait for the browser"},
		"path":         {oauth.LoginOptions{Path: "/callback?x=1"}, "not a path"},
		"no client id": {oauth.LoginOptions{Config: oauth.Config{ClientSecret: "x", URL: s.URL}}, "client id is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "no client id" {
				_, err := oauth.Login(t.Context(), c.options)
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error %v, want %q", err, c.want)
				}
				return
			}
			_, err := s.login(c.options, func(string) { t.Error("it began") })
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
	sentinel := errors.New("no terminal")
	_, err := oauth.Login(t.Context(), oauth.LoginOptions{
		Config: s.config(oauth.AuthorizationCode), Open: func(context.Context, string) error { return sentinel },
	})
	if !errors.Is(err, sentinel) {
		t.Errorf("error %v", err)
	}
}

func TestTokensThatCannotBeKeptAreAnsweredWithTheError(t *testing.T) {
	s := newService(t)
	b := s.browser()
	cfg := s.config(oauth.AuthorizationCode)
	sentinel := errors.New("no room")
	cfg.Store = full{oauth.NewMemory(), sentinel}
	set, err := s.login(oauth.LoginOptions{Config: cfg}, func(address string) { b.visit(b.sentTo(address)) })
	if !errors.Is(err, sentinel) || set.RefreshToken == "" {
		t.Errorf("error %v, tokens %v", err, set)
	}
}

// full is a store that cannot write.
type full struct {
	*oauth.Memory
	err error
}

func (f full) Update(ctx context.Context, update func(oauth.Stored) (oauth.Stored, error)) (oauth.Stored, error) {
	if r, err := f.Memory.Update(ctx, update); err != nil {
		return r, err
	}
	return oauth.Stored{}, f.err
}
