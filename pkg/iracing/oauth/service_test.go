package oauth_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/oauth"
)

func TestMain(m *testing.M) {
	if os.Getenv(childMode) != "" {
		os.Exit(child())
	}
	goleak.VerifyTestMain(m)
}

const (
	clientID     = "Pit-Wall-Client"
	clientSecret = "Klammer+Affe/=&%secret"
	username     = "Rosa.Kuhn@example.org"
	password     = "p4ss wörd+&="
)

// service is an OAuth service that keeps the rules of iRacing's: masks, forms, tokens that serve once, slow answers where
// a test wants them.
type service struct {
	*httptest.Server
	t     *testing.T
	clock *clock
	said  *witness

	mu          sync.Mutex
	secretless  bool            // the client has no secret
	life        any             // expires_in of what is granted; nil leaves it out
	refreshLife any             // refresh_token_expires_in
	scope       any             // scope of what is granted
	rotate      bool            // refresh tokens serve once
	live        map[string]bool // refresh tokens: false once used
	access      map[string]bool // access tokens that were given
	codes       map[string]issued
	secrets     []string // all that nobody may read
	calls       []string // the grants that were asked for
	reused      int      // how often a used refresh token came
	// answer, when set, may answer the n-th call (from 1) in place of the service; it says whether it did.
	answer func(n int, grant string, w http.ResponseWriter, r *http.Request) bool
	// after, when set, may do something else with the answer of a call that was carried out.
	after func(n int, grant string, w http.ResponseWriter, body []byte) bool
}

type issued struct{ challenge, redirect string }

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{
		t: t, clock: &clock{now: time.Date(2026, 5, 9, 18, 30, 0, 0, time.UTC)}, said: &witness{},
		life: 600, refreshLife: 604800, scope: "iracing.profile iracing.auth", rotate: true,
		live: map[string]bool{}, access: map[string]bool{}, codes: map[string]issued{},
	}
	s.secrets = []string{
		clientSecret, password, username, strings.ToLower(username),
		oauth.Mask(clientSecret, clientID), oauth.Mask(password, username),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oauth2/token", s.token)
	mux.HandleFunc("GET /oauth2/authorize", s.authorize)
	s.Server = httptest.NewServer(mux)
	t.Cleanup(func() {
		s.Client().CloseIdleConnections()
		s.Close()
		s.checkSecrets()
	})
	return s
}

// secret makes a token that has what base64 has.
func (s *service) secret(kind string) string {
	token := kind + "+/=" + rand.Text()
	s.secrets = append(s.secrets, token)
	return token
}

func (s *service) token(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if got := r.Header.Get("Content-Type"); got != "application/x-www-form-urlencoded" {
		s.t.Errorf("Content-Type %q", got)
	}
	if err := r.ParseForm(); err != nil || len(r.URL.RawQuery) > 0 {
		s.t.Errorf("form %v, query %q", err, r.URL.RawQuery)
	}
	f := r.PostForm
	grant := f.Get("grant_type")
	s.calls = append(s.calls, grant)
	w.Header().Set("X-Request-Id", fmt.Sprintf("request-%d", len(s.calls)))
	if s.answer != nil && s.answer(len(s.calls), grant, w, r) {
		return
	}
	wantSecret := []string{oauth.Mask(clientSecret, clientID)}
	if s.secretless {
		wantSecret = nil
	}
	if f.Get("client_id") != clientID || !slices.Equal(f["client_secret"], wantSecret) {
		oauthError(w, 401, "invalid_client")
		return
	}
	switch grant {
	case "password_limited":
		if f.Get("username") != username || f.Get("password") != oauth.Mask(password, username) || f.Get("scope") != "iracing.auth" {
			oauthError(w, 400, "invalid_grant")
			return
		}
	case "refresh_token":
		token := f.Get("refresh_token")
		live, known := s.live[token]
		if !live {
			if known {
				s.reused++
			}
			oauthError(w, 400, "invalid_grant")
			return
		}
		if s.rotate {
			s.live[token] = false
		}
	case "authorization_code":
		l, ok := s.codes[f.Get("code")]
		delete(s.codes, f.Get("code"))
		sum := sha256.Sum256([]byte(f.Get("code_verifier")))
		if n := len(f.Get("code_verifier")); n < 43 || n > 128 {
			s.t.Errorf("a verifier of %d characters", n)
		}
		if !ok || base64.RawURLEncoding.EncodeToString(sum[:]) != l.challenge || f.Get("redirect_uri") != l.redirect {
			oauthError(w, 400, "invalid_grant")
			return
		}
	default:
		oauthError(w, 400, "unsupported_grant_type")
		return
	}
	body := s.grant()
	if s.after != nil && s.after(len(s.calls), grant, w, body) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
}

// grant is the body of a new pair of tokens.
func (s *service) grant() []byte {
	a := map[string]any{"access_token": s.secret("at"), "token_type": "Bearer"}
	s.access[a["access_token"].(string)] = true
	if s.rotate {
		refresh := s.secret("rt")
		s.live[refresh] = true
		a["refresh_token"] = refresh
	}
	for name, value := range map[string]any{"expires_in": s.life, "refresh_token_expires_in": s.refreshLife, "scope": s.scope} {
		if value != nil {
			a[name] = value
		}
	}
	body, err := json.Marshal(a)
	if err != nil {
		s.t.Error(err)
	}
	return body
}

func oauthError(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{
		"status": status, "status_reason": http.StatusText(status), "error": code,
		"error_description": "A description that names " + password,
	})
}

// authorize is the page on which a person signs in; this one has signed in already.
func (s *service) authorize(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := r.URL.Query()
	redirect, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || q.Get("client_id") != clientID || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" ||
		q.Get("scope") != "iracing.auth" || redirect.Hostname() == "localhost" {
		s.t.Errorf("authorize was asked %v", q)
		oauthError(w, 400, "invalid_request")
		return
	}
	code := s.secret("code")
	s.codes[code] = issued{q.Get("code_challenge"), q.Get("redirect_uri")}
	s.secrets = append(s.secrets, q.Get("state"))
	redirect.RawQuery = url.Values{"code": {code}, "state": {q.Get("state")}}.Encode()
	http.Redirect(w, r, redirect.String(), http.StatusFound)
}

// seed is a refresh token as a user would paste it.
func (s *service) seed() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	token := s.secret("seed")
	s.live[token] = true
	return token
}

// use changes the service while it runs.
func (s *service) use(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func (s *service) called() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// cut ends the connection without an answer.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

func (s *service) config(grant oauth.Grant) oauth.Config {
	c := oauth.Config{
		Grant: grant, URL: s.URL + "/oauth2", ClientID: clientID, HTTP: s.Client(), Observer: s.said,
		Log: slog.New(slog.NewTextHandler(s.said, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: s.clock.Now,
		Backoff: time.Millisecond,
	}
	if !s.secretless {
		c.ClientSecret = clientSecret
	}
	if grant == oauth.PasswordLimited {
		c.Username, c.Password = username, password
	}
	return c
}

func (s *service) manager(c oauth.Config) *oauth.Manager {
	s.t.Helper()
	m, err := oauth.New(c)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		s.said.say("%v %+v %#v %v", m, m, m, m.Status())
		if err := m.Close(); err != nil {
			s.t.Error(err)
		}
	})
	return m
}

// get is a token that the service has given.
func (s *service) get(m *oauth.Manager, refused string) string {
	s.t.Helper()
	token, err := m.Token(context.Background(), refused)
	if err != nil {
		s.t.Fatalf("no token: %v", err)
	}
	s.use(func() {
		if !s.access[token] {
			s.t.Fatal("the token is none that was given")
		}
	})
	if token == refused {
		s.t.Fatal("the refused token came again")
	}
	return token
}

// fail makes a call that must have an error of a kind.
func (s *service) fail(m *oauth.Manager, refused string, kind iracing.Kind) {
	s.t.Helper()
	_ = s.why(m, refused, kind)
}

// why is the error of a call that must have one of a kind.
func (s *service) why(m *oauth.Manager, refused string, kind iracing.Kind) *iracing.Error {
	s.t.Helper()
	token, err := m.Token(context.Background(), refused)
	return s.errorOf(token, err, kind)
}

func (s *service) isError(token string, err error, kind iracing.Kind) {
	s.t.Helper()
	_ = s.errorOf(token, err, kind)
}

func (s *service) errorOf(token string, err error, kind iracing.Kind) *iracing.Error {
	s.t.Helper()
	s.said.sayError(err)
	var e *iracing.Error
	if !errors.As(err, &e) || e.Kind != kind || token != "" {
		s.t.Fatalf("error %v (%T), want one of kind %v", err, err, kind)
	}
	return e
}

// asked fails when the service was asked for other grants than these since the start.
func (s *service) asked(want ...string) {
	s.t.Helper()
	if got := s.called(); !slices.Equal(got, want) {
		s.t.Fatalf("the service was asked for %q, want %q", got, want)
	}
}

// checkSecrets looks for all secrets in all that was logged, observed or answered as an error.
func (s *service) checkSecrets() {
	said := s.said.String()
	for _, secret := range s.secrets {
		for _, form := range []string{secret, url.QueryEscape(secret), fmt.Sprintf("%x", secret), strings.Trim(fmt.Sprintf("%q", secret), `"`)} {
			if strings.Contains(said, form) {
				s.t.Errorf("a secret (%.2s…) was let out", secret)
			}
		}
	}
}

// witness notes all that is said of a sign-in. It is an observer and where the log goes to.
type witness struct {
	mu     sync.Mutex
	text   bytes.Buffer
	logins []string
	expiry time.Time
}

func (w *witness) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(b)
}

func (w *witness) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

func (w *witness) say(format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) }

// sayError notes an error and all that it wraps, however it is printed.
func (w *witness) sayError(err error) {
	for ; err != nil; err = errors.Unwrap(err) {
		w.say("%v %+v %#v", err, err, err)
		b, _ := json.Marshal(err)
		w.say("%s", b)
	}
}

func (w *witness) TokenExpiry(at, _ time.Time) {
	w.say("expiry %v", at)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.expiry = at
}

func (w *witness) Login(grant, outcome string) {
	w.say("login %s %s", grant, outcome)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.logins = append(w.logins, grant+" "+outcome)
}
func (w *witness) Request(string, string, time.Duration) {}
func (w *witness) Limit(int, int)                        {}
func (w *witness) Limited()                              {}
func (w *witness) Cache(iracing.CacheResult)             {}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
