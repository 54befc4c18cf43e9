package iracingtest

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

// Credentials are what the server knows its one account by.
type Credentials struct {
	// ClientID and ClientSecret are those of a client that may use every grant. The secret is the one before masking.
	ClientID, ClientSecret string
	// PublicClientID is that of a client without a secret: it must prove itself with PKCE.
	PublicClientID string
	// Username and Password are the account's, the password before masking.
	Username, Password string
	// NewRefreshToken makes a refresh token of the first client, as if somebody had signed in.
	NewRefreshToken func() string
	// NewAccessToken makes an access token.
	NewAccessToken func() string
}

// scopes that the service knows.
const (
	scopeAuth    = "iracing.auth"
	scopeProfile = "iracing.profile"
)

// accounts is what the OAuth service remembers.
type accounts struct {
	mu      sync.Mutex
	access  map[string]grant
	refresh map[string]grant
	codes   map[string]code
	used    map[string]bool // refresh tokens that were exchanged
}

type grant struct {
	client, scope string
	until         time.Time
}

type code struct {
	grant
	redirect, challenge, method string
}

func (a *accounts) init() {
	a.access, a.refresh, a.codes, a.used = map[string]grant{}, map[string]grant{}, map[string]code{}, map[string]bool{}
}

func (a *accounts) credentials(s *Server) Credentials {
	return Credentials{
		ClientID: "Garage-Client", ClientSecret: "Garage/Secret+1", PublicClientID: "garage-native",
		Username: "Alex.Example@example.com", Password: "pa55 Word/",
		NewRefreshToken: func() string {
			_, token := s.accounts.issue(s, "Garage-Client", scopeAuth)
			return token
		},
		NewAccessToken: func() string {
			token, _ := s.accounts.issue(s, "Garage-Client", scopeAuth)
			return token
		},
	}
}

// random is a text of some length that nobody guesses. Tokens do not follow from the seed: what one server has given is
// nothing to another.
func random(n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(rand.Text())
	}
	return b.String()[:n]
}

// issue makes a pair of tokens.
func (a *accounts) issue(s *Server, client, scope string) (access, refresh string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := s.now()
	// It looks like a JWT, and is not to be read like one.
	access = "eyJhbGciOiJub25lIn0." + random(120) + "." + random(43)
	refresh = random(86)
	a.access[access] = grant{client, scope, now.Add(s.options.AccessLife)}
	a.refresh[refresh] = grant{client, scope, now.Add(s.options.RefreshLife)}
	return access, refresh
}

// valid tells whether an access token lets its bearer in.
func (a *accounts) valid(s *Server, token string) (grant, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	g, ok := a.access[token]
	return g, ok && s.now().Before(g.until)
}

// ExpireAccessTokens makes all access tokens that were handed out so far invalid.
func (s *Server) ExpireAccessTokens() {
	s.accounts.mu.Lock()
	defer s.accounts.mu.Unlock()
	clear(s.accounts.access)
}

// RevokeRefreshTokens makes all refresh tokens that were handed out so far invalid.
func (s *Server) RevokeRefreshTokens() {
	s.accounts.mu.Lock()
	defer s.accounts.mu.Unlock()
	clear(s.accounts.refresh)
}

// masked is how a secret is sent: base64 of the SHA-256 of the secret with the trimmed, lower-case id behind it.
func masked(secret, id string) string {
	sum := sha256.Sum256([]byte(secret + strings.ToLower(strings.Trim(id, " \t\r\n"))))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// bearer is the token of an Authorization header.
func bearer(r *http.Request) (string, bool) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	return token, ok && strings.EqualFold(scheme, "bearer") && token != ""
}

// serveOAuth answers for the OAuth service.
func (s *Server) serveOAuth(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Request-Id", requestID(r.URL.Path, s.now()))
	switch {
	case r.URL.Path == "/oauth2/token" && r.Method == http.MethodPost:
		s.serveToken(w, r)
	case r.URL.Path == "/oauth2/authorize" && r.Method == http.MethodGet:
		s.serveAuthorize(w, r)
	case r.URL.Path == "/oauth2/iracing/profile" && r.Method == http.MethodGet:
		s.serveProfile(w, r)
	case r.URL.Path == "/oauth2/sessions" && r.Method == http.MethodGet:
		token, _ := bearer(r)
		if g, ok := s.accounts.valid(s, token); ok {
			writeJSON(w, http.StatusOK, obj{"sessions": []any{obj{"client_id": g.client, "scope": g.scope}}})
			return
		}
		oauthError(w, http.StatusUnauthorized, "invalid_token", "the access token is not valid")
	case strings.HasPrefix(r.URL.Path, "/oauth2/revoke/") && r.Method == http.MethodPost:
		s.ExpireAccessTokens()
		s.RevokeRefreshTokens()
		writeJSON(w, http.StatusOK, obj{"success": true})
	case r.URL.Path == "/oauth2/token" || r.URL.Path == "/oauth2/authorize":
		oauthError(w, http.StatusMethodNotAllowed, "invalid_request", "this method is not allowed")
	default:
		oauthError(w, http.StatusNotFound, "invalid_request", "there is no such page")
	}
}

// oauthError answers an error of the OAuth service.
func oauthError(w http.ResponseWriter, status int, code, description string) {
	writeJSON(w, status, obj{
		"status": status, "status_reason": http.StatusText(status), "error": code, "error_description": description,
		"error_uri": "https://oauth.iracing.com/oauth2/book/token_endpoint.html",
	})
}

// serveToken exchanges credentials, codes and refresh tokens for tokens.
func (s *Server) serveToken(w http.ResponseWriter, r *http.Request) {
	left, reset, ok := s.tokens.take(s.now())
	seconds := max(1, int(reset.Sub(s.now()).Seconds()+0.999))
	w.Header().Set("RateLimit-Limit", strconv.Itoa(s.tokens.shown()))
	w.Header().Set("RateLimit-Remaining", strconv.Itoa(max(0, left)))
	w.Header().Set("RateLimit-Reset", strconv.Itoa(seconds))
	w.Header().Set("Cache-Control", "no-store")
	if !ok {
		// The service does not answer 429.
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		oauthError(w, http.StatusBadRequest, "unauthorized_client", "the rate limit of this client is exceeded") //nolint:misspell // the spelling of the API
		return
	}
	if r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		oauthError(w, http.StatusBadRequest, "invalid_request", "the content type must be application/x-www-form-urlencoded")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil || r.URL.RawQuery != "" {
		oauthError(w, http.StatusBadRequest, "invalid_request", "the form cannot be read")
		return
	}
	form := r.PostForm
	for name, values := range form {
		if len(values) > 1 {
			oauthError(w, http.StatusBadRequest, "invalid_request", "the parameter "+name+" is given more than once")
			return
		}
	}
	public, known := s.accounts.client(s, form)
	if !known {
		oauthError(w, http.StatusUnauthorized, "invalid_client", "the client is not known or its secret is wrong")
		return
	}
	var g grant
	switch form.Get("grant_type") {
	case "password_limited":
		g, ok = s.byPassword(w, form, public)
	case "authorization_code":
		g, ok = s.byCode(w, form, public)
	case "refresh_token":
		g, ok = s.byRefresh(w, form)
	case "":
		oauthError(w, http.StatusBadRequest, "invalid_request", "grant_type is missing")
		return
	default:
		oauthError(w, http.StatusBadRequest, "unsupported_grant_type", "this grant is not supported")
		return
	}
	if !ok {
		return
	}
	access, refresh := s.accounts.issue(s, g.client, g.scope)
	answer := obj{
		"access_token": access, "token_type": "Bearer", "expires_in": int(s.options.AccessLife.Seconds()), "refresh_token": refresh,
		"refresh_token_expires_in": int(s.options.RefreshLife.Seconds()), "scope": g.scope,
	}
	if s.faults.token(w, r, answer) {
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

// client finds the client of a request and checks its secret.
func (a *accounts) client(s *Server, form url.Values) (public, known bool) {
	c := s.Credentials
	switch id := form.Get("client_id"); {
	case id == c.PublicClientID:
		return true, form.Get("client_secret") == ""
	case strings.EqualFold(id, c.ClientID):
		want := masked(c.ClientSecret, c.ClientID)
		return false, subtle.ConstantTimeCompare([]byte(form.Get("client_secret")), []byte(want)) == 1
	}
	return false, false
}

func (s *Server) byPassword(w http.ResponseWriter, form url.Values, public bool) (grant, bool) {
	c := s.Credentials
	if public {
		oauthError(w, http.StatusBadRequest, "unauthorized_client", "this client may not use the grant") //nolint:misspell // the spelling of the API
		return grant{}, false
	}
	user := strings.TrimSpace(form.Get("username"))
	if !strings.EqualFold(user, c.Username) || form.Get("password") != masked(c.Password, c.Username) {
		oauthError(w, http.StatusBadRequest, "invalid_grant", "the user name or the password is wrong")
		return grant{}, false
	}
	return scoped(w, grant{client: c.ClientID, scope: form.Get("scope")})
}

func scoped(w http.ResponseWriter, g grant) (grant, bool) {
	if g.scope == "" {
		g.scope = scopeAuth
	}
	for scope := range strings.FieldsSeq(g.scope) {
		if scope != scopeAuth && scope != scopeProfile {
			oauthError(w, http.StatusBadRequest, "invalid_scope", "the scope is not known")
			return grant{}, false
		}
	}
	return g, true
}

func (s *Server) byCode(w http.ResponseWriter, form url.Values, public bool) (grant, bool) {
	a := &s.accounts
	a.mu.Lock()
	c, ok := a.codes[form.Get("code")]
	delete(a.codes, form.Get("code"))
	a.mu.Unlock()
	verifier := form.Get("code_verifier")
	switch {
	case !ok || !s.now().Before(c.until) || !strings.EqualFold(c.client, form.Get("client_id")):
		oauthError(w, http.StatusBadRequest, "invalid_grant", "the code is not valid")
	case c.redirect != form.Get("redirect_uri"):
		oauthError(w, http.StatusBadRequest, "invalid_grant", "redirect_uri is not the one of the authorization")
	case public && c.challenge == "":
		oauthError(w, http.StatusBadRequest, "invalid_grant", "this client needs PKCE")
	case c.challenge != "" && !proves(verifier, c.challenge, c.method):
		oauthError(w, http.StatusBadRequest, "invalid_grant", "the code verifier is wrong")
	default:
		return c.grant, true
	}
	return grant{}, false
}

// proves checks a code verifier.
func proves(verifier, challenge, method string) bool {
	if len(verifier) < 43 || len(verifier) > 128 {
		return false
	}
	if method == "S256" {
		sum := sha256.Sum256([]byte(verifier))
		verifier = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return subtle.ConstantTimeCompare([]byte(verifier), []byte(challenge)) == 1
}

func (s *Server) byRefresh(w http.ResponseWriter, form url.Values) (grant, bool) {
	a := &s.accounts
	token := form.Get("refresh_token")
	a.mu.Lock()
	defer a.mu.Unlock()
	g, ok := a.refresh[token]
	delete(a.refresh, token) // good for once
	if !ok || !s.now().Before(g.until) || !strings.EqualFold(g.client, form.Get("client_id")) {
		description := "the refresh token is not valid"
		if a.used[token] {
			description = "the refresh token was used before"
		}
		oauthError(w, http.StatusBadRequest, "invalid_grant", description)
		return grant{}, false
	}
	a.used[token] = true
	return g, true
}

// serveAuthorize lets a known client in at once: there is nobody to ask.
func (s *Server) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	client, c := q.Get("client_id"), s.Credentials
	redirect, err := url.Parse(q.Get("redirect_uri"))
	// A native client may use any port of a loopback address; the name localhost is refused.
	loopback := err == nil && redirect.Scheme == "http" && (redirect.Hostname() == "127.0.0.1" || redirect.Hostname() == "::1")
	switch {
	case client != c.PublicClientID && !strings.EqualFold(client, c.ClientID):
		oauthError(w, http.StatusBadRequest, "invalid_client", "the client is not known")
		return
	case !loopback || redirect.Fragment != "":
		oauthError(w, http.StatusBadRequest, "invalid_request", "redirect_uri is not registered")
		return
	}
	back := redirect.Query()
	if state := q.Get("state"); state != "" {
		back.Set("state", state)
	}
	method := q.Get("code_challenge_method")
	if method == "" && q.Get("code_challenge") != "" {
		method = "plain"
	}
	scope := q.Get("scope")
	if scope == "" {
		scope = scopeAuth
	}
	known := !slices.ContainsFunc(strings.Fields(scope), func(one string) bool { return one != scopeAuth && one != scopeProfile })
	switch {
	case q.Get("response_type") != "code":
		back.Set("error", "unsupported_response_type")
	case method != "" && method != "S256" && method != "plain", client == c.PublicClientID && method == "":
		back.Set("error", "invalid_request")
	case !known:
		back.Set("error", "invalid_scope")
	default:
		a := &s.accounts
		a.mu.Lock()
		text := random(48)
		a.codes[text] = code{
			grant:    grant{client: client, scope: scope, until: s.now().Add(time.Minute)},
			redirect: q.Get("redirect_uri"), challenge: q.Get("code_challenge"), method: method,
		}
		a.mu.Unlock()
		back.Set("code", text)
		back.Set("iss", s.OAuthURL)
	}
	redirect.RawQuery = back.Encode()
	http.Redirect(w, r, redirect.String(), http.StatusFound)
}

// serveProfile tells who has signed in.
func (s *Server) serveProfile(w http.ResponseWriter, r *http.Request) {
	token, _ := bearer(r)
	g, ok := s.accounts.valid(s, token)
	switch {
	case !ok:
		oauthError(w, http.StatusUnauthorized, "invalid_token", "the access token is not valid")
	case !slices.Contains(strings.Fields(g.scope), scopeProfile):
		oauthError(w, http.StatusForbidden, "insufficient_scope", "the scope iracing.profile is missing")
	default:
		var me *world.Member
		s.world().Read(s.now(), func(v *world.View) { me = v.Me })
		writeJSON(w, http.StatusOK, obj{"iracing_name": me.Name, "iracing_cust_id": me.ID})
	}
}

// obj is a JSON object.
type obj = map[string]any

// writeJSON answers a JSON value.
func writeJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		http.Error(w, fmt.Sprintf("encoding an answer: %v", err), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
