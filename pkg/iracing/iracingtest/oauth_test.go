package iracingtest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

const formType = "application/x-www-form-urlencoded"

// tokens is an answer of the token endpoint.
type tokens struct {
	Access  string  `json:"access_token"`
	Type    string  `json:"token_type"`
	Life    int     `json:"expires_in"`
	Refresh string  `json:"refresh_token"`
	Longer  int     `json:"refresh_token_expires_in"`
	Scope   *string `json:"scope"`
	Error   string  `json:"error"`
	status  int
	header  http.Header
}

func (v *visitor) exchange(values url.Values) tokens {
	v.t.Helper()
	return v.post(values.Encode(), formType)
}

func (v *visitor) post(form, kind string) tokens {
	v.t.Helper()
	r := v.do(http.MethodPost, v.OAuthURL+"/token", "", strings.NewReader(form), "Content-Type", kind)
	var got tokens
	if err := json.Unmarshal(r.body, &got); err != nil {
		v.t.Fatalf("%v in %s", err, r.body)
	}
	got.status, got.header = r.status, r.header
	return got
}

// mask is how a client masks a secret.
func mask(secret, id string) string {
	sum := sha256.Sum256([]byte(secret + strings.ToLower(strings.TrimSpace(id))))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// form is a form with the client's credentials, changed by pairs: an empty value takes a field away.
func (v *visitor) form(pairs ...string) url.Values {
	c := v.Credentials
	values := url.Values{"client_id": {c.ClientID}, "client_secret": {mask(c.ClientSecret, c.ClientID)}}
	for i := 0; i+1 < len(pairs); i += 2 {
		if values.Set(pairs[i], pairs[i+1]); pairs[i+1] == "" {
			values.Del(pairs[i])
		}
	}
	return values
}

func (v *visitor) password(pairs ...string) url.Values {
	c := v.Credentials
	return v.form(append([]string{
		"grant_type", "password_limited", "username", c.Username, "password", mask(c.Password, c.Username), "scope", "iracing.auth",
	}, pairs...)...)
}

// The vectors that iRacing's employees and the clients' tests agree on.
func TestMask(t *testing.T) {
	for _, c := range [][3]string{
		{"red4life", "louis@ferrari.com", "K3j4XfB2QoZYXLJH9eo5ZY2aC2fJ16MVwt7DD2uZJtw="},
		{"SuperSecretPassword", "test.user@example.com", "nXmEFCdpHheD1R3XBVkm6VQavR7ZLbW7SRmzo/MfFso="},
		{"Secret-Client-Password", "UnitTestApp", "D2GfmYK/nC8zeQPkpV2uGkk13hL0/LTQH44hiJKawCo="},
		{"my-client-secret", "  My-Client-ID ", "KByo51Pzs3vcAT5DvpFPJnMMi37+m+woMvfcq0qudkA="},
	} {
		if got := masked(c[0], c[1]); got != c[2] {
			t.Errorf("%q with %q is %s", c[0], c[1], got)
		}
	}
}

func TestPasswordLimited(t *testing.T) {
	v := fake(t, nil)
	got := v.exchange(v.password())
	if got.status != 200 || got.Type != "Bearer" || got.Life != 600 || got.Longer != 604800 || got.Scope == nil || *got.Scope != "iracing.auth" {
		t.Fatalf("%+v", got)
	}
	if got.header.Get("RateLimit-Limit") == "" || got.header.Get("RateLimit-Remaining") == "" || got.header.Get("X-Request-Id") == "" {
		t.Errorf("the headers are %v", got.header)
	}
	if r := v.do(http.MethodGet, v.URL+"/data/constants/divisions", got.Access, nil); r.status != 200 {
		t.Errorf("the token lets nobody in: %d", r.status)
	}
	c := v.Credentials
	for name, wrong := range map[string]struct {
		form  url.Values
		error string
	}{
		"a wrong password":         {v.password("password", mask("wrong", c.Username)), "invalid_grant"},
		"a password not masked":    {v.password("password", c.Password), "invalid_grant"},
		"a secret not masked":      {v.password("client_secret", c.ClientSecret), "invalid_client"},
		"a secret masked for URLs": {v.password("client_secret", strings.NewReplacer("+", "-", "/", "_").Replace(mask(c.ClientSecret, c.ClientID))+"="), "invalid_client"},
		"no secret":                {v.password("client_secret", ""), "invalid_client"},
		"another client":           {v.password("client_id", "nobody"), "invalid_client"},
		"another user":             {v.password("username", "nobody@example.com"), "invalid_grant"},
		"an unknown scope":         {v.password("scope", "everything"), "invalid_scope"},
		"no grant":                 {v.password("grant_type", ""), "invalid_request"},
		"an unknown grant":         {v.password("grant_type", "client_credentials"), "unsupported_grant_type"},
		"a client without secret":  {v.password("client_id", c.PublicClientID, "client_secret", ""), "unauthorized_client"}, //nolint:misspell // the spelling of the API
	} {
		if got := v.exchange(wrong.form); got.Error != wrong.error || got.status < 400 || got.Access != "" {
			t.Errorf("%s: %d %q; want %q", name, got.status, got.Error, wrong.error)
		}
	}
	if got := v.post(v.password().Encode(), "x-www-form-urlencoded"); got.Error != "invalid_request" {
		t.Errorf("a wrong content type: %+v", got)
	}
	// A + that is not escaped is a space.
	unescaped := strings.ReplaceAll(v.password().Encode(), "%2B", "+")
	if got := v.post(unescaped, formType); strings.Contains(v.password().Encode(), "%2B") && got.status == 200 {
		t.Errorf("a form that is not escaped: %+v", got)
	}
}

func TestRefreshTokens(t *testing.T) {
	now := noon
	v := fake(t, func(o *Options) { o.Now = func() time.Time { return now } })
	first := v.Credentials.NewRefreshToken()
	refresh := func(token string) tokens {
		return v.exchange(v.form("grant_type", "refresh_token", "refresh_token", token))
	}
	second := refresh(first)
	if second.status != 200 || second.Refresh == "" || second.Refresh == first {
		t.Fatalf("%+v", second)
	}
	if got := refresh(first); got.Error != "invalid_grant" {
		t.Errorf("the same token again: %+v", got)
	}
	third := refresh(second.Refresh)
	if third.status != 200 {
		t.Errorf("the token that came: %+v", third)
	}
	now = now.Add(8 * 24 * time.Hour)
	if got := refresh(third.Refresh); got.Error != "invalid_grant" {
		t.Errorf("after a week: %+v", got)
	}
	v.Fault(Fault{Do: Lost, Count: 1})
	token := v.Credentials.NewRefreshToken()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.OAuthURL+"/token", strings.NewReader(v.form("grant_type", "refresh_token", "refresh_token", token).Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", formType)
	if res, err := v.http.Do(r); err == nil {
		_ = res.Body.Close()
		t.Error("the answer was not lost")
	}
	if got := refresh(token); got.Error != "invalid_grant" {
		t.Errorf("a token whose answer was lost is good: %+v", got)
	}
	token = v.Credentials.NewRefreshToken()
	v.RevokeRefreshTokens()
	if got := refresh(token); got.Error != "invalid_grant" {
		t.Errorf("a revoked token: %+v", got)
	}
}

func TestAuthorizationCode(t *testing.T) {
	now := noon
	v := fake(t, func(o *Options) { o.Now = func() time.Time { return now } })
	c := v.Credentials
	verifier := strings.Repeat("verifier-", 6)
	sum := sha256.Sum256([]byte(verifier))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	const redirect = "http://127.0.0.1:53682/callback"
	authorize := func(pairs ...string) url.Values {
		t.Helper()
		values := url.Values{
			"client_id": {c.PublicClientID}, "redirect_uri": {redirect}, "response_type": {"code"}, "code_challenge": {challenge},
			"code_challenge_method": {"S256"}, "state": {"st4te"}, "scope": {"iracing.auth iracing.profile"},
		}
		for i := 0; i+1 < len(pairs); i += 2 {
			if values.Set(pairs[i], pairs[i+1]); pairs[i+1] == "" {
				values.Del(pairs[i])
			}
		}
		r := v.do(http.MethodGet, v.OAuthURL+"/authorize?"+values.Encode(), "", nil)
		if r.status != http.StatusFound {
			return url.Values{"status": {http.StatusText(r.status)}}
		}
		u, err := url.Parse(r.header.Get("Location"))
		if err != nil || !strings.HasPrefix(u.String(), values.Get("redirect_uri")) {
			t.Fatalf("it leads back to %s", r.header.Get("Location"))
		}
		return u.Query()
	}
	exchange := func(code string, pairs ...string) tokens {
		values := url.Values{"grant_type": {"authorization_code"}, "client_id": {c.PublicClientID}, "code": {code}, "redirect_uri": {redirect}, "code_verifier": {verifier}}
		for i := 0; i+1 < len(pairs); i += 2 {
			values.Set(pairs[i], pairs[i+1])
		}
		return v.exchange(values)
	}
	back := authorize()
	if back.Get("state") != "st4te" || back.Get("code") == "" {
		t.Fatalf("it answers %v", back)
	}
	got := exchange(back.Get("code"))
	if got.status != 200 || *got.Scope != "iracing.auth iracing.profile" {
		t.Fatalf("%+v", got)
	}
	if again := exchange(back.Get("code")); again.Error != "invalid_grant" {
		t.Errorf("the code is good twice: %+v", again)
	}
	profile := v.do(http.MethodGet, v.OAuthURL+"/iracing/profile", got.Access, nil)
	if profile.status != 200 || !strings.Contains(string(profile.body), "Alex Example") {
		t.Errorf("profile: %d %s", profile.status, profile.body)
	}
	if r := v.do(http.MethodGet, v.OAuthURL+"/iracing/profile", v.token, nil); r.status != 403 {
		t.Errorf("profile without its scope: %d", r.status)
	}
	for name, pairs := range map[string][]string{
		"a wrong verifier":  {"code_verifier", strings.Repeat("x", 50)},
		"a short verifier":  {"code_verifier", "short"},
		"another address":   {"redirect_uri", "http://127.0.0.1:1/callback"},
		"another client":    {"client_id", c.ClientID, "client_secret", mask(c.ClientSecret, c.ClientID)},
		"a code of no kind": {"code", "nothing"},
	} {
		if got := exchange(authorize().Get("code"), pairs...); got.Error != "invalid_grant" {
			t.Errorf("%s: %+v", name, got)
		}
	}
	late := authorize().Get("code")
	now = now.Add(2 * time.Minute)
	if got := exchange(late); got.Error != "invalid_grant" {
		t.Errorf("a late code: %+v", got)
	}
	for name, c := range map[string]struct {
		pairs []string
		want  string
	}{
		"no PKCE":          {[]string{"code_challenge", "", "code_challenge_method", ""}, "invalid_request"},
		"an unknown scope": {[]string{"scope", "all"}, "invalid_scope"},
		"a token at once":  {[]string{"response_type", "token"}, "unsupported_response_type"},
	} {
		if got := authorize(c.pairs...); got.Get("error") != c.want || got.Get("state") != "st4te" {
			t.Errorf("%s: %v", name, got)
		}
	}
	for name, pairs := range map[string][]string{
		"localhost": {"redirect_uri", "http://localhost:53682/callback"}, "elsewhere": {"redirect_uri", "https://example.com/"}, "another client": {"client_id", "nobody"},
	} {
		if got := authorize(pairs...); got.Get("status") != "Bad Request" {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestTokenLimit(t *testing.T) {
	now := noon
	v := fake(t, func(o *Options) { o.TokensPerMinute, o.Now = 2, func() time.Time { return now } })
	for range 2 {
		if got := v.exchange(v.password()); got.status != 200 {
			t.Errorf("%+v", got)
		}
	}
	got := v.exchange(v.password())
	if got.status != 400 || got.Error != "unauthorized_client" || got.header.Get("Retry-After") != "60" || got.header.Get("RateLimit-Remaining") != "0" { //nolint:misspell // the spelling of the API
		t.Errorf("%+v", got)
	}
	now = now.Add(time.Minute)
	if got := v.exchange(v.password()); got.status != 200 {
		t.Errorf("in the next minute: %+v", got)
	}
}

func TestTokenFaults(t *testing.T) {
	v := fake(t, nil)
	for does, want := range map[Does]string{
		LockedOut: "unauthorized_client", InvalidClient: "invalid_client", InvalidGrant: "invalid_grant", InvalidScope: "invalid_scope", ServerError: "server_error", //nolint:misspell // the spelling of the API
	} {
		off := v.Fault(Fault{Do: does, Delay: 90 * time.Second})
		got := v.exchange(v.password())
		if got.Error != want || does == LockedOut && got.header.Get("Retry-After") != "90" {
			t.Errorf("%s: %+v", does, got)
		}
		off()
	}
	off := v.Fault(Fault{Do: NullScope})
	if got := v.exchange(v.password()); got.status != 200 || got.Scope != nil {
		t.Errorf("%+v", got)
	}
	off()
	defer v.Fault(Fault{Kind: Token, Do: GatewayHTML})()
	if r := v.do(http.MethodPost, v.OAuthURL+"/token", "", strings.NewReader(v.password().Encode()), "Content-Type", formType); r.status != 504 {
		t.Errorf("%d", r.status)
	}
}
