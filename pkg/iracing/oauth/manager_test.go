package oauth_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/oauth"
)

const (
	login   = "password_limited"
	refresh = "refresh_token"
)

func TestPasswordLimitedSignsInOnceAndThenLivesOnRefreshTokens(t *testing.T) {
	s := newService(t)
	m := s.manager(s.config(oauth.PasswordLimited))
	first := s.get(m, "")
	if again := s.get(m, ""); again != first {
		t.Error("a good token was replaced")
	}
	s.asked(login)
	if want := s.clock.Now().Add(10 * time.Minute); !s.said.expiry.Equal(want) {
		t.Errorf("the observer was told of expiry %v, want %v", s.said.expiry, want)
	}

	s.clock.forward(9*time.Minute - time.Second)
	if s.get(m, "") != first {
		t.Error("the token was replaced more than a minute before its expiry")
	}
	s.clock.forward(time.Second)
	if s.get(m, "") == first {
		t.Error("the token was not replaced a minute before its expiry")
	}
	s.asked(login, refresh)
	st := m.Status()
	if st.Grant != oauth.PasswordLimited || st.LastError != nil || !st.AccessExpiry.Equal(s.clock.Now().Add(10*time.Minute)) ||
		!st.RefreshExpiry.Equal(s.clock.Now().Add(7*24*time.Hour)) {
		t.Errorf("status %+v", st)
	}

	// More than seven days off: the refresh token is not even tried.
	s.clock.forward(8 * 24 * time.Hour)
	s.get(m, "")
	s.asked(login, refresh, login)
}

func TestLifetimesAreThoseOfTheAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		life any
		good time.Duration // for how long the token is handed out
	}{
		"an hour":   {3600, 59 * time.Minute},
		"short":     {20, 15 * time.Second},
		"a text":    {"600", 9 * time.Minute},
		"a float":   {600.0, 9 * time.Minute},
		"not said":  {nil, 45 * time.Second},
		"null":      {"null", 45 * time.Second},
		"nonsense":  {[]int{1}, 45 * time.Second},
		"negative":  {-5, 45 * time.Second},
		"very long": {1e300, 366*24*time.Hour - time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.life, s.refreshLife = c.life, nil
			m := s.manager(s.config(oauth.PasswordLimited))
			first := s.get(m, "")
			s.clock.forward(c.good - time.Second)
			if s.get(m, "") != first {
				t.Error("replaced too early")
			}
			s.clock.forward(time.Second)
			if s.get(m, "") == first {
				t.Error("replaced too late")
			}
			s.asked(login, refresh)
		})
	}
}

func TestARefusedTokenIsReplacedOnce(t *testing.T) {
	s := newService(t)
	m := s.manager(s.config(oauth.PasswordLimited))
	first := s.get(m, "")
	second := s.get(m, first)
	if s.get(m, first) != second || s.get(m, "") != second {
		t.Error("the replacement was replaced")
	}
	s.asked(login, refresh)
}

func TestAnAPIThatRefusesEverythingDoesNotMakeUsExchangeForEver(t *testing.T) {
	s := newService(t)
	m := s.manager(s.config(oauth.PasswordLimited))
	token := s.get(m, "")
	for range 3 {
		token = s.get(m, token)
	}
	for range 20 {
		e := s.why(m, token, iracing.Unavailable)
		if !e.Until.Equal(s.clock.Now().Add(10 * time.Minute)) {
			t.Fatalf("until %v", e.Until)
		}
		s.fail(m, "", iracing.Unavailable)
	}
	s.asked(login, refresh, refresh, refresh)
	s.clock.forward(10 * time.Minute)
	s.get(m, token)
}

func TestManyCallsMakeOneExchange(t *testing.T) {
	s := newService(t)
	begun, goOn := make(chan struct{}), make(chan struct{})
	s.answer = func(n int, _ string, _ http.ResponseWriter, _ *http.Request) bool {
		if n == 1 {
			close(begun)
		}
		<-goOn
		return false
	}
	m := s.manager(s.config(oauth.PasswordLimited))
	var wg sync.WaitGroup
	var mu sync.Mutex
	seen := map[string]int{}
	for range 100 {
		wg.Go(func() {
			token, err := m.Token(context.Background(), "")
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			seen[token]++
			mu.Unlock()
		})
	}
	<-begun
	close(goOn)
	wg.Wait()
	s.asked(login)
	if len(seen) != 1 {
		t.Errorf("%d different tokens", len(seen))
	}

	// All of them find it refused at the same time.
	for token := range seen {
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if again, err := m.Token(context.Background(), token); err != nil || again == token {
					t.Errorf("same %v, error %v", again == token, err)
				}
			})
		}
		wg.Wait()
	}
	s.asked(login, refresh)
}

func TestACallThatIsCancelledLosesNoTokenForTheOthers(t *testing.T) {
	s := newService(t)
	begun, goOn := make(chan struct{}), make(chan struct{})
	s.answer = func(n int, _ string, _ http.ResponseWriter, r *http.Request) bool {
		if n == 1 {
			close(begun)
			select {
			case <-goOn:
			case <-r.Context().Done():
				t.Error("the exchange was broken off")
			}
		}
		return false
	}
	m := s.manager(s.config(oauth.PasswordLimited))
	ctx, cancel := context.WithCancel(context.Background())
	gone := make(chan error, 1)
	go func() {
		_, err := m.Token(ctx, "")
		gone <- err
	}()
	<-begun
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("the cancelled call answered %v", err)
	} else {
		s.isError("", err, iracing.Unreachable)
	}
	close(goOn)
	s.get(m, "")
	s.asked(login)
}

func TestCloseWaitsForTheExchange(t *testing.T) {
	s := newService(t)
	begun, goOn := make(chan struct{}), make(chan struct{})
	s.answer = func(int, string, http.ResponseWriter, *http.Request) bool {
		close(begun)
		<-goOn
		return false
	}
	cfg := s.config(oauth.PasswordLimited)
	cfg.Store = oauth.NewMemory()
	m := s.manager(cfg)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-begun; cancel() }()
	if _, err := m.Token(ctx, ""); err == nil {
		t.Fatal("a token without an exchange")
	}
	closed := make(chan struct{})
	go func() { _ = m.Close(); close(closed) }()
	select {
	case <-closed:
		t.Fatal("Close did not wait")
	case <-time.After(20 * time.Millisecond):
	}
	close(goOn)
	<-closed
	s.fail(m, "", iracing.Unreachable)

	// What the exchange brought is kept: the next instance of the data source finds it.
	s.use(func() { s.answer = nil })
	s.get(s.manager(cfg), "")
	s.asked(login)
}

func TestCloseEndsAPause(t *testing.T) {
	s := newService(t)
	failed := make(chan struct{}, 3)
	s.answer = func(_ int, _ string, w http.ResponseWriter, _ *http.Request) bool {
		oauthError(w, 500, "server_error")
		failed <- struct{}{}
		return true
	}
	cfg := s.config(oauth.PasswordLimited)
	cfg.Backoff = time.Hour
	m := s.manager(cfg)
	go func() { <-failed; _ = m.Close() }()
	s.fail(m, "", iracing.Unavailable)
	s.asked(login)
}

func TestRefreshTokenFromTheSettings(t *testing.T) {
	s := newService(t)
	cfg := s.config(oauth.RefreshToken)
	cfg.Store, cfg.RefreshToken = oauth.NewMemory(), "  "+s.seed()+"\n"
	m := s.manager(cfg)
	first := s.get(m, "")
	s.asked(refresh)
	if st := m.Status(); !st.RefreshExpiry.Equal(s.clock.Now().Add(7 * 24 * time.Hour)) {
		t.Errorf("status %+v", st)
	}

	// Another instance has the same settings: what is in the store comes after them.
	again := s.manager(cfg)
	if s.get(again, "") != first {
		t.Error("the second instance did not use the first one's token")
	}
	s.clock.forward(time.Hour)
	s.get(again, "")
	s.get(m, "")
	s.asked(refresh, refresh)

	// A new refresh token is entered: the old one must not win.
	cfg.RefreshToken = s.seed()
	newest := s.get(s.manager(cfg), "")
	s.asked(refresh, refresh, refresh)
	if s.get(m, s.get(m, "")) != newest {
		t.Error("the instance with the old settings did not take over the new sign-in")
	}
	// One that is no refresh token at all.
	cfg.RefreshToken = "mistyped"
	e := s.why(s.manager(cfg), "", iracing.SignInAgain)
	if !strings.Contains(e.Error(), "the refresh token that was entered is used up or revoked") {
		t.Errorf("the error is %v", e)
	}
	if s.reused != 0 {
		t.Errorf("a used refresh token was sent %d times", s.reused)
	}
}

func TestARefreshTokenThatIsUsedUpIsNotSentTwice(t *testing.T) {
	s := newService(t)
	cfg := s.config(oauth.RefreshToken)
	cfg.Store, cfg.RefreshToken = oauth.NewMemory(), s.seed()
	s.live[cfg.RefreshToken] = false
	m := s.manager(cfg)
	for range 5 {
		s.fail(m, "", iracing.SignInAgain)
	}
	s.fail(s.manager(cfg), "", iracing.SignInAgain)
	s.clock.forward(30 * 24 * time.Hour)
	s.fail(m, "", iracing.SignInAgain)
	s.asked(refresh)
	if m.Status().LastError == nil || m.Status().LastError.Kind != iracing.SignInAgain {
		t.Errorf("status %+v", m.Status())
	}

	cfg.RefreshToken = s.seed()
	s.get(s.manager(cfg), "")
	s.asked(refresh, refresh)
}

func TestAnExpiredRefreshTokenIsNotSent(t *testing.T) {
	s := newService(t)
	cfg := s.config(oauth.RefreshToken)
	cfg.RefreshToken = s.seed()
	m := s.manager(cfg)
	s.get(m, "")
	s.clock.forward(7 * 24 * time.Hour)
	e := s.why(m, "", iracing.SignInAgain)
	if !strings.Contains(e.Error(), "expired on 16 May 2026") {
		t.Errorf("the error is %v", e)
	}
	s.asked(refresh)
}

func TestARefreshTokenThatDoesNotRotateStays(t *testing.T) {
	s := newService(t)
	s.rotate = false
	cfg := s.config(oauth.RefreshToken)
	cfg.RefreshToken = s.seed()
	m := s.manager(cfg)
	for range 4 {
		s.get(m, "")
		s.clock.forward(time.Hour)
	}
	s.asked(refresh, refresh, refresh, refresh)
}

func TestAClientWithoutASecretSendsNone(t *testing.T) {
	s := newService(t)
	s.secretless = true
	cfg := s.config(oauth.AuthorizationCode)
	cfg.RefreshToken = s.seed()
	s.get(s.manager(cfg), "")
}

func TestPastedAccessToken(t *testing.T) {
	s := newService(t)
	m := s.manager(oauth.Config{Grant: oauth.AccessToken, AccessToken: " Bearer pasted-token\n"})
	s.secrets = append(s.secrets, "pasted-token")
	for range 2 {
		if token, err := m.Token(context.Background(), ""); err != nil || token != "pasted-token" {
			t.Fatalf("token %q, error %v", token, err)
		}
	}
	s.fail(m, "pasted-token", iracing.SignInAgain)
	s.fail(m, "", iracing.SignInAgain)
	s.asked()
}

func TestNobodySignsIn(t *testing.T) {
	s := newService(t)
	s.fail(s.manager(oauth.Config{}), "", iracing.NoCredentials)
	e := s.why(s.manager(s.config(oauth.AuthorizationCode)), "", iracing.SignInAgain)
	if !strings.Contains(e.Error(), "nobody has signed in yet") {
		t.Errorf("the error is %v", e)
	}
	s.asked()
}

func TestACallThatIsCancelledInAPauseLeavesTheRoundToTheOthers(t *testing.T) {
	s := newService(t)
	ctx, cancel := context.WithCancel(context.Background())
	gone := make(chan struct{})
	s.answer = func(n int, _ string, w http.ResponseWriter, _ *http.Request) bool {
		if n == 1 {
			cancel()
			oauthError(w, 503, "temporarily_unavailable")
			return true
		}
		<-gone
		return false
	}
	m := s.manager(s.config(oauth.PasswordLimited))
	_, err := m.Token(ctx, "")
	close(gone)
	s.isError("", err, iracing.Unreachable)
	s.get(m, "")
	s.asked(login, login)
}

func TestATokenThatIsRefusedWhileItIsFetchedIsNotAnswered(t *testing.T) {
	s := newService(t)
	cfg := s.config(oauth.PasswordLimited)
	cfg.Store = oauth.NewMemory()
	kept := s.get(s.manager(cfg), "")
	m := s.manager(cfg)
	inside, goOn := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := cfg.Store.Update(context.Background(), func(old oauth.Stored) (oauth.Stored, error) {
			close(inside)
			<-goOn
			return old, nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-inside
	// The first call is about to find the kept token, which the second one knows to be refused.
	for _, refused := range []string{"", kept} {
		wg.Go(func() {
			if token, err := m.Token(context.Background(), refused); err != nil || token == refused {
				t.Errorf("the refused token %v, error %v", token == refused, err)
			}
		})
		time.Sleep(10 * time.Millisecond) // so that it waits; if it does not, there is nothing to see
	}
	close(goOn)
	wg.Wait()
	s.asked(login, refresh)
}
