package oauth_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/oauth"
)

// tooOften is what iRacing answers to a client that has asked too often.
const tooOften = `{"error":"unauthorized_client"}` //nolint:misspell // the spelling of OAuth

// say answers every call alike.
func say(status int, header http.Header, body string) func(int, string, http.ResponseWriter, *http.Request) bool {
	return func(_ int, _ string, w http.ResponseWriter, _ *http.Request) bool {
		maps.Copy(w.Header(), header)
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, body)
		return true
	}
}

func sayCode(status int, code string) func(int, string, http.ResponseWriter, *http.Request) bool {
	return func(_ int, _ string, w http.ResponseWriter, _ *http.Request) bool {
		oauthError(w, status, code)
		return true
	}
}

// What iRacing refuses for good is asked once, by whoever shares the store, until the settings change.
func TestRefusalsAreRemembered(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(int, string, http.ResponseWriter, *http.Request) bool
		detail string
	}{
		"access_denied":             {sayCode(403, "access_denied"), "access_denied"},
		"insufficient_scope":        {sayCode(403, "insufficient_scope"), "insufficient_scope"},
		"invalid_client":            {sayCode(401, "invalid_client"), "invalid_client"},
		"invalid_grant":             {sayCode(400, "invalid_grant"), "invalid_grant"},
		"invalid_request":           {sayCode(400, "invalid_request"), "invalid_request"},
		"invalid_scope":             {sayCode(400, "invalid_scope"), "invalid_scope"},
		"unsupported_grant_type":    {sayCode(400, "unsupported_grant_type"), "unsupported_grant_type"},
		"unsupported_response_type": {sayCode(400, "unsupported_response_type"), "unsupported_response_type"},
		"no scope":                  {say(200, nil, `{"access_token":"a","token_type":"Bearer","expires_in":600}`), "not registered for this client"},
		"null scope":                {say(200, nil, `{"access_token":"a","expires_in":600,"scope":null}`), "not registered for this client"},
		"other scope":               {say(200, nil, `{"access_token":"a","expires_in":600,"scope":"iracing.profile iracing.auth2"}`), "do not allow iracing.auth"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.answer = c.answer
			cfg := s.config(oauth.PasswordLimited)
			cfg.Store = oauth.NewMemory()
			m := s.manager(cfg)
			for range 3 {
				e := s.why(m, "", iracing.BadCredentials)
				if !strings.Contains(e.Error(), c.detail) || !strings.Contains(e.Error(), "request-1") {
					t.Errorf("the error is %v", e)
				}
			}
			s.clock.forward(48 * time.Hour)
			s.fail(m, "", iracing.BadCredentials)
			s.fail(s.manager(cfg), "", iracing.BadCredentials)
			s.asked(login)

			s.use(func() { s.answer = nil })
			s.fail(m, "", iracing.BadCredentials)
			right := cfg
			cfg.Password += "!" // a wrong one, then the right one of a new account
			s.fail(s.manager(cfg), "", iracing.BadCredentials)
			s.asked(login, login)
			s.get(s.manager(right), "")
			s.asked(login, login, login)
			s.get(m, "") // finds the token that the other instance has brought
			s.asked(login, login, login)
		})
	}
}

func TestALockOutIsSatOut(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		header http.Header
		body   string
		wait   time.Duration
	}{
		"seconds":        {400, http.Header{"Retry-After": {"1800"}}, tooOften, 30 * time.Minute},
		"a date":         {400, http.Header{"Retry-After": {"Sat, 09 May 2026 19:00:00 GMT"}}, tooOften, 30 * time.Minute},
		"a past date":    {400, http.Header{"Retry-After": {"Sat, 09 May 2020 19:00:00 GMT"}}, tooOften, time.Second},
		"reset":          {400, http.Header{"Ratelimit-Remaining": {"0"}, "Ratelimit-Reset": {"90"}}, tooOften, 90 * time.Second},
		"reset at":       {400, http.Header{"Ratelimit-Remaining": {"0"}, "Ratelimit-Reset": {"1778353200"}}, tooOften, 30 * time.Minute},
		"not said":       {400, nil, tooOften, 15 * time.Minute},
		"nonsense":       {400, http.Header{"Retry-After": {"soon"}}, tooOften, 15 * time.Minute},
		"for ever":       {400, http.Header{"Retry-After": {"1e300"}}, tooOften, 24 * time.Hour},
		"429":            {429, http.Header{"Retry-After": {"60"}}, `Rate limit exceeded`, time.Minute},
		"429 not said":   {429, nil, ``, 15 * time.Minute},
		"401 with pause": {401, http.Header{"Retry-After": {"60"}}, tooOften, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.answer = say(c.status, c.header, c.body)
			cfg := s.config(oauth.PasswordLimited)
			cfg.Store = oauth.NewMemory()
			m := s.manager(cfg)
			for range 3 {
				if e := s.why(m, "", iracing.LockedOut); !e.Until.Equal(s.clock.Now().Add(c.wait)) {
					t.Errorf("until %v, want in %v", e.Until, c.wait)
				}
			}
			// Other instances know, and other secrets do not help.
			other := s.manager(cfg)
			s.fail(other, "", iracing.LockedOut)
			cfg.Password += "!"
			s.fail(s.manager(cfg), "", iracing.LockedOut)
			s.asked(login)
			s.use(func() { s.answer = nil })
			s.clock.forward(c.wait - time.Millisecond)
			s.fail(m, "", iracing.LockedOut)
			s.asked(login)
			s.clock.forward(time.Millisecond)
			s.get(m, "")
			s.get(other, "")
			s.asked(login, login)
		})
	}
}

func TestALockOutOfOneClientIsNotAnothers(t *testing.T) {
	s := newService(t)
	s.answer = say(429, nil, "")
	cfg := s.config(oauth.PasswordLimited)
	cfg.Store = oauth.NewMemory()
	s.fail(s.manager(cfg), "", iracing.LockedOut)
	cfg.ClientID = "Another-Client"
	s.use(func() { s.answer = sayCode(400, "invalid_client") })
	s.fail(s.manager(cfg), "", iracing.BadCredentials)
}

func TestALockOutLeavesAGoodTokenGood(t *testing.T) {
	s := newService(t)
	m := s.manager(s.config(oauth.PasswordLimited))
	first := s.get(m, "")
	s.clock.forward(9*time.Minute + 30*time.Second)
	s.use(func() { s.answer = say(429, http.Header{"Retry-After": {"3600"}}, "") })
	if s.get(m, "") != first {
		t.Error("another token")
	}
	if e := m.Status().LastError; e == nil || e.Kind != iracing.LockedOut {
		t.Errorf("the status is %v", e)
	}
	s.clock.forward(26 * time.Second)
	s.fail(m, "", iracing.LockedOut)
	s.asked(login, refresh)
}

// What passes by itself is tried three times, and then left alone for a while.
func TestPassingFailures(t *testing.T) {
	const html = "<!DOCTYPE html><html><body>504 ERROR</body></html>"
	for name, c := range map[string]struct {
		answer func(int, string, http.ResponseWriter, *http.Request) bool
		kind   iracing.Kind
		tries  int
	}{
		"server_error":            {sayCode(500, "server_error"), iracing.Unavailable, 3},
		"server_error with 400":   {sayCode(400, "server_error"), iracing.Unavailable, 3},
		"temporarily_unavailable": {sayCode(503, "temporarily_unavailable"), iracing.Unavailable, 3},
		"a web page":              {say(504, nil, html), iracing.Unavailable, 3},
		"a web page with 200":     {say(200, nil, html), iracing.Unavailable, 3},
		"a web page with 403":     {say(403, nil, html), iracing.Unavailable, 3},
		"nothing":                 {say(502, nil, ""), iracing.Unavailable, 3},
		"with a time":             {say(503, http.Header{"Retry-After": {"120"}}, ""), iracing.Unavailable, 1},
		"maintenance":             {say(503, nil, `{"error":"Site Maintenance","note":"Back soon"}`), iracing.Maintenance, 1},
		"a redirect":              {say(307, http.Header{"Location": {"/oauth2/token"}}, ""), iracing.Unavailable, 1},
		"a new error":             {say(400, nil, `{"error":"full_moon"}`), iracing.Unavailable, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.answer = c.answer
			m := s.manager(s.config(oauth.PasswordLimited))
			e := s.why(m, "", c.kind)
			if !e.Temporary() || !e.Until.After(s.clock.Now()) {
				t.Errorf("temporary %v, until %v", e.Temporary(), e.Until)
			}
			s.fail(m, "", c.kind)
			if n := len(s.called()); n != c.tries {
				t.Errorf("%d calls, want %d", n, c.tries)
			}
			s.use(func() { s.answer = nil })
			s.clock.forward(e.Until.Sub(s.clock.Now()))
			s.get(m, "")
		})
	}
}

func TestARoundIsCarriedOnAfterAFailure(t *testing.T) {
	s := newService(t)
	s.answer = func(n int, _ string, w http.ResponseWriter, _ *http.Request) bool {
		if n < 3 {
			oauthError(w, 503, "temporarily_unavailable")
		}
		return n < 3
	}
	s.get(s.manager(s.config(oauth.PasswordLimited)), "")
	s.asked(login, login, login)
	if want := []string{login + " unavailable", login + " unavailable", login + " ok"}; !slices.Equal(s.said.logins, want) {
		t.Errorf("the observer was told %q", s.said.logins)
	}
}

// seeded has a refresh token that a user has pasted.
func seeded(s *service) oauth.Config {
	cfg := s.config(oauth.RefreshToken)
	cfg.RefreshToken = s.seed()
	return cfg
}

func TestPausesGrow(t *testing.T) {
	s := newService(t)
	s.answer = sayCode(500, "server_error")
	m := s.manager(seeded(s))
	var last time.Duration
	for range 10 {
		e := s.why(m, "", iracing.Unavailable)
		pause := e.Until.Sub(s.clock.Now())
		if pause < last || pause > 120*time.Millisecond {
			t.Errorf("a pause of %v after one of %v", pause, last)
		}
		last = pause
		s.clock.forward(pause)
	}
	if last != 120*time.Millisecond {
		t.Errorf("the last pause is %v", last)
	}
}

func TestAnOutageLeavesAGoodTokenGood(t *testing.T) {
	s := newService(t)
	m := s.manager(s.config(oauth.PasswordLimited))
	first := s.get(m, "")
	s.clock.forward(9*time.Minute + 30*time.Second)
	s.use(func() { s.answer = sayCode(500, "server_error") })
	for range 3 {
		if s.get(m, "") != first {
			t.Error("another token")
		}
	}
	s.asked(login, refresh, refresh, refresh)
	s.fail(m, first, iracing.Unavailable) // but not when the API refuses it
	s.fail(m, "", iracing.Unavailable)
}

func TestNobodyThere(t *testing.T) {
	s := newService(t)
	dead := httptest.NewServer(nil)
	dead.Close()
	cfg := s.config(oauth.PasswordLimited)
	cfg.URL = dead.URL
	e := s.why(s.manager(cfg), "", iracing.Unreachable)
	if !strings.Contains(e.Error(), "no connection") {
		t.Errorf("the error is %v", e)
	}
	if len(s.said.logins) != 3 {
		t.Errorf("%d tries", len(s.said.logins))
	}
}

func TestNoAnswerInTime(t *testing.T) {
	s := newService(t)
	s.answer = func(_ int, _ string, _ http.ResponseWriter, r *http.Request) bool {
		<-r.Context().Done()
		return true
	}
	cfg := s.config(oauth.PasswordLimited)
	cfg.Timeout = 50 * time.Millisecond
	e := s.why(s.manager(cfg), "", iracing.Unreachable)
	if !strings.Contains(e.Error(), "no answer in time") {
		t.Errorf("the error is %v", e)
	}
	s.asked(login, login) // a lost answer: once more
}

// lose carries out the calls of the numbers, and cuts the connection in place of the answer.
func (s *service) lose(numbers ...int) {
	s.after = func(n int, _ string, w http.ResponseWriter, _ []byte) bool {
		if slices.Contains(numbers, n) {
			cut(w)
			return true
		}
		return false
	}
}

func TestPasswordLimitedSignsInAgainWhenAnAnswerIsLost(t *testing.T) {
	s := newService(t)
	m := s.manager(s.config(oauth.PasswordLimited))
	s.get(m, "")
	s.clock.forward(time.Hour)
	s.lose(2)
	s.get(m, "")
	s.asked(login, refresh, login)

	// The login's answer is lost too: that is left alone for a while, and done once more later.
	s.clock.forward(time.Hour)
	s.lose(4, 5)
	e := s.why(m, "", iracing.Unreachable)
	s.asked(login, refresh, login, refresh, login)
	s.clock.forward(e.Until.Sub(s.clock.Now()))
	s.get(m, "")
	s.asked(login, refresh, login, refresh, login, login)
	if s.reused != 0 {
		t.Errorf("%d used refresh tokens were sent", s.reused)
	}
}

func TestALostAnswerToARefreshToken(t *testing.T) {
	t.Run("that is used up", func(t *testing.T) {
		s := newService(t)
		cfg := seeded(s)
		m := s.manager(cfg)
		s.get(m, "")
		s.clock.forward(time.Hour)
		s.lose(2)
		for range 3 {
			e := s.why(m, "", iracing.SignInAgain)
			if !strings.Contains(e.Error(), "was lost") || !e.Until.IsZero() {
				t.Errorf("the error is %v", e)
			}
		}
		s.asked(refresh, refresh, refresh)
	})
	t.Run("that is still good", func(t *testing.T) {
		s := newService(t)
		cfg := seeded(s)
		s.answer = func(n int, _ string, w http.ResponseWriter, _ *http.Request) bool {
			if n == 1 || n == 3 || n == 4 {
				cut(w)
				return true
			}
			return false
		}
		m := s.manager(cfg)
		s.get(m, "")
		s.asked(refresh, refresh)
		// Twice: a person may have to sign in, but it is tried again, rarely.
		s.clock.forward(time.Hour)
		e := s.why(m, "", iracing.SignInAgain)
		if !e.Until.Equal(s.clock.Now().Add(5 * time.Minute)) {
			t.Errorf("until %v", e.Until)
		}
		s.fail(m, "", iracing.SignInAgain)
		s.asked(refresh, refresh, refresh, refresh)
		s.clock.forward(5 * time.Minute)
		s.get(m, "")
	})
}

func TestAnswersThatCannotBeReadAreLost(t *testing.T) {
	for name, spoil := range map[string]func(w http.ResponseWriter, body []byte){
		"cut off": func(w http.ResponseWriter, body []byte) {
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			_, _ = w.Write(body[:len(body)/2])
		},
		"not JSON": func(w http.ResponseWriter, body []byte) { _, _ = w.Write(append([]byte("x"), body...)) },
		"too long": func(w http.ResponseWriter, body []byte) {
			_, _ = w.Write(append([]byte(strings.Repeat(" ", 1<<17)), body...))
		},
		"no token": func(w http.ResponseWriter, _ []byte) {
			_, _ = w.Write([]byte(`{"token_type":"Bearer","scope":"iracing.auth"}`))
		},
		"other type": func(w http.ResponseWriter, _ []byte) {
			_, _ = w.Write([]byte(`{"access_token":"a","token_type":"mac","scope":"iracing.auth"}`))
		},
		"a line break": func(w http.ResponseWriter, _ []byte) {
			_, _ = w.Write([]byte(`{"access_token":"a\r\nb","scope":"iracing.auth"}`))
		},
		"empty": func(http.ResponseWriter, []byte) {},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			m := s.manager(s.config(oauth.PasswordLimited))
			s.get(m, "")
			s.clock.forward(time.Hour)
			s.after = func(n int, _ string, w http.ResponseWriter, body []byte) bool {
				if n == 2 {
					spoil(w, body)
				}
				return n == 2
			}
			s.get(m, "")
			s.asked(login, refresh, login)
			if s.reused != 0 {
				t.Errorf("%d used refresh tokens were sent", s.reused)
			}
		})
	}
}

func TestARevokedRefreshTokenMakesPasswordLimitedSignIn(t *testing.T) {
	s := newService(t)
	m := s.manager(s.config(oauth.PasswordLimited))
	s.get(m, "")
	s.clock.forward(time.Hour)
	s.use(func() { clear(s.live) })
	s.get(m, "")
	s.asked(login, refresh, login)
}

func TestLoginsHaveACeiling(t *testing.T) {
	s := newService(t)
	s.rotate = false // no refresh tokens: every token is a full login
	cfg := s.config(oauth.PasswordLimited)
	cfg.Store = oauth.NewMemory()
	s.life = 60
	start := s.clock.Now()
	for range 10 {
		s.get(s.manager(cfg), "")
		s.clock.forward(5 * time.Minute)
	}
	e := s.why(s.manager(cfg), "", iracing.LockedOut)
	if !e.Until.Equal(start.Add(time.Hour)) {
		t.Errorf("until %v, want %v", e.Until, start.Add(time.Hour))
	}
	if n := len(s.called()); n != 10 {
		t.Errorf("%d logins in an hour", n)
	}
	s.clock.forward(e.Until.Sub(s.clock.Now()))
	s.get(s.manager(cfg), "")
}

func TestTokensWithoutTheScopeStillRotate(t *testing.T) {
	s := newService(t)
	cfg := seeded(s)
	cfg.Store = oauth.NewMemory()
	s.scope = nil
	s.fail(s.manager(cfg), "", iracing.BadCredentials)
	// iRacing has registered the account since. The user saves the settings with another client secret.
	s.use(func() { s.scope = "iracing.auth" })
	s.fail(s.manager(cfg), "", iracing.BadCredentials)
	s.asked(refresh)
	cfg.ClientSecret = " " + clientSecret
	s.fail(s.manager(cfg), "", iracing.BadCredentials)
	cfg.ClientSecret = clientSecret
	s.get(s.manager(cfg), "")
	if s.reused != 0 {
		t.Errorf("%d used refresh tokens were sent", s.reused)
	}
}

func TestAWrongClientIDDoesNotCostTheRefreshToken(t *testing.T) {
	s := newService(t)
	cfg := seeded(s)
	cfg.Store = oauth.NewMemory()
	wrong := cfg
	wrong.ClientID = "Pit-Wal-Client"
	s.fail(s.manager(wrong), "", iracing.BadCredentials)
	s.get(s.manager(cfg), "")
	s.asked(refresh, refresh)
}

// Whatever comes from the other side may have in it what was sent there.
func TestAServiceThatEchoesWhatItWasSent(t *testing.T) {
	for name, answer := range map[string]func(w http.ResponseWriter, sent string){
		"in the request id": func(w http.ResponseWriter, sent string) {
			w.Header().Set("X-Request-Id", sent)
			oauthError(w, 400, "invalid_grant")
		},
		"in the error": func(w http.ResponseWriter, sent string) { oauthError(w, 400, sent) },
		"in the page":  func(w http.ResponseWriter, sent string) { _, _ = fmt.Fprintf(w, "<p>%s</p>", sent) },
		"in a redirect": func(w http.ResponseWriter, sent string) {
			w.Header().Set("Location", "https://example.org/?"+sent)
			w.WriteHeader(http.StatusFound)
		},
		"in Retry-After": func(w http.ResponseWriter, sent string) {
			w.Header().Set("Retry-After", sent)
			w.WriteHeader(http.StatusTooManyRequests)
		},
		"in what is no HTTP": func(w http.ResponseWriter, sent string) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = fmt.Fprintf(conn, "HTTP/1.1 %s %s\r\n%s\r\n\r\n", sent, sent, sent)
				_ = conn.Close()
			}
		},
		"in a bad header": func(w http.ResponseWriter, sent string) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\n%s\r\nTransfer-Encoding: %s\r\n\r\n", sent, sent)
				_ = conn.Close()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, field := range []string{"password", "client_secret", "refresh_token"} {
				s := newService(t)
				cfg := s.config(oauth.PasswordLimited)
				if field == "refresh_token" {
					// Of the kind that may be in a request id.
					cfg = s.config(oauth.RefreshToken)
					cfg.RefreshToken = "plain-token-of-letters"
					s.secrets = append(s.secrets, cfg.RefreshToken)
				}
				s.answer = func(_ int, _ string, w http.ResponseWriter, r *http.Request) bool {
					answer(w, r.PostForm.Get(field))
					return true
				}
				m := s.manager(cfg)
				_, err := m.Token(t.Context(), "")
				if err == nil {
					t.Error("a token")
				}
				s.said.sayError(err)
			}
		})
	}
}

func TestTheLogTellsOfEachExchange(t *testing.T) {
	s := newService(t)
	m := s.manager(s.config(oauth.PasswordLimited))
	s.get(m, "")
	s.clock.forward(time.Hour)
	s.use(func() { s.answer = sayCode(401, "invalid_client") })
	s.fail(m, "", iracing.BadCredentials)
	for _, want := range []string{
		`msg="Signed in to iRacing" grant=password_limited outcome=ok request_id=request-1 expires=2026-05-09T18:40:00Z`,
		`msg="iRacing gave no tokens" grant=refresh_token outcome=bad_credentials request_id=request-2 status=401 detail=invalid_client`,
	} {
		if !strings.Contains(s.said.String(), want) {
			t.Errorf("the log has no %q:\n%s", want, s.said.String())
		}
	}
}
