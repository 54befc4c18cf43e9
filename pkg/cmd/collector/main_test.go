package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/oauth"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
)

func TestMain(m *testing.M) {
	if os.Getenv(asBinary) != "" {
		main() // this is the collector, started by a test
	}
	goleak.VerifyTestMain(withDatabases{m})
}

// withDatabases ends the PostgreSQL that tests have used.
type withDatabases struct{ *testing.M }

func (w withDatabases) Run() int {
	defer func() { removeBuilt() }()
	return pgtest.Main(w.M)
}

const (
	refreshToken = "rt+the/refresh=token"
	accessToken  = "at+the/access=token"
	clientID     = "pit-wall"
	clientSecret = "the client's secret "
)

// signInService is an OAuth service that signs everybody in who has the right client.
type signInService struct {
	*httptest.Server
	mu        sync.Mutex
	challenge string
	calls     int
	secret    string // that the client must have
	noRefresh bool
}

func newIRacing(t *testing.T) *signInService {
	s := &signInService{secret: clientSecret}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		q := r.URL.Query()
		s.challenge = q.Get("code_challenge")
		http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"code": {"the-code"}, "state": {q.Get("state")}}.Encode(), http.StatusFound)
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.calls++
		masked := ""
		if s.secret != "" {
			masked = oauth.Mask(s.secret, clientID)
		}
		sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
		if r.PostFormValue("client_id") != clientID || r.PostFormValue("client_secret") != masked ||
			base64.RawURLEncoding.EncodeToString(sum[:]) != s.challenge || r.PostFormValue("code") != "the-code" {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"error":"invalid_client"}`)
			return
		}
		answer := map[string]any{"access_token": accessToken, "expires_in": 600, "scope": "iracing.auth"}
		if !s.noRefresh {
			answer["refresh_token"], answer["refresh_token_expires_in"] = refreshToken, 604800
		}
		_ = json.NewEncoder(w).Encode(answer)
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(func() {
		s.Close()
		http.DefaultClient.CloseIdleConnections()
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	})
	return s
}

// terminal is what a user sees, and where he types.
type terminal struct {
	mu  sync.Mutex
	buf bytes.Buffer
	// said, when set, is called with all that was printed.
	said func(all string)
}

func (w *terminal) Write(b []byte) (int, error) {
	w.mu.Lock()
	_, _ = w.buf.Write(b)
	all, said := w.buf.String(), w.said
	w.mu.Unlock()
	if said != nil {
		said(all)
	}
	return len(b), nil
}

func (w *terminal) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.String()
}

// visit is a browser: it goes where it is sent.
func visit(address string) error {
	go func() {
		resp, err := http.Get(address)
		if err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
	}()
	return nil
}

// result is what a command came to.
type result struct {
	code     int
	out, err string
}

func (s *signInService) collector(t *testing.T, env map[string]string, in io.Reader, browse func(string) error, args ...string) result {
	t.Helper()
	var out, err terminal
	for name, value := range env {
		t.Setenv(name, value)
	}
	t.Setenv("IRACING_OAUTH_URL", s.URL)
	code := run(t.Context(), args, &console{in: in, out: &out, err: newScreen(&err), env: os.Getenv, browse: browse})
	r := result{code, out.String(), err.String()}
	for _, secret := range []string{clientSecret, oauth.Mask(clientSecret, clientID), accessToken} {
		if strings.Contains(r.out+r.err, secret) {
			t.Errorf("a secret was printed: %s%s", r.out, r.err)
		}
	}
	if strings.Contains(r.err, refreshToken) {
		t.Error("the refresh token was printed among the messages")
	}
	return r
}

func none() io.Reader { return strings.NewReader("") }

func TestLoginPrintsTheRefreshToken(t *testing.T) {
	s := newIRacing(t)
	r := s.collector(t, map[string]string{"IRACING_CLIENT_SECRET": clientSecret}, none(), visit, "login", "--client-id", clientID, "--verbose")
	if r.code != 0 || r.out != refreshToken+"\n" {
		t.Fatalf("%+v", r)
	}
	for _, want := range []string{s.URL + "/authorize?", "It expires on ", "one place only", "outcome=ok"} {
		if !strings.Contains(r.err, want) {
			t.Errorf("the user is not told %q:\n%s", want, r.err)
		}
	}
}

func TestTheClientSecretComesFrom(t *testing.T) {
	dir := t.TempDir()
	secretFile := filepath.Join(dir, "secret")
	if err := os.WriteFile(secretFile, []byte(clientSecret+"\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		env   map[string]string
		args  []string
		input string
		noOne bool // the client has no secret
	}{
		"the environment": {env: map[string]string{"IRACING_CLIENT_SECRET": clientSecret}},
		"a file":          {args: []string{"--client-secret-file", secretFile}, env: map[string]string{"IRACING_CLIENT_SECRET": "another"}},
		"a file by env":   {env: map[string]string{"IRACING_CLIENT_SECRET_FILE": secretFile}},
		"standard input":  {args: []string{"--client-secret-file=-"}, input: clientSecret + "\n"},
		"nowhere":         {noOne: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newIRacing(t)
			if c.noOne {
				s.secret = ""
			}
			env := map[string]string{"IRACING_CLIENT_ID": clientID}
			maps.Copy(env, c.env)
			if r := s.collector(t, env, strings.NewReader(c.input), visit, append([]string{"login"}, c.args...)...); r.code != 0 || r.out != refreshToken+"\n" {
				t.Errorf("%+v", r)
			}
		})
	}
}

var addressOf = regexp.MustCompile(`http://\S+/authorize\?\S+`)

func TestLoginByPasting(t *testing.T) {
	s := newIRacing(t)
	in, typing := io.Pipe()
	var out, messages terminal
	var once sync.Once
	var typist sync.WaitGroup
	messages.said = func(all string) {
		address := addressOf.FindString(all)
		if address == "" || !strings.Contains(all, "paste") {
			return
		}
		once.Do(func() {
			typist.Go(func() {
				c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
				resp, err := c.Get(address)
				if err != nil {
					t.Error(err)
					return
				}
				_ = resp.Body.Close()
				_, _ = io.WriteString(typing, "\nwhat?\n"+resp.Header.Get("Location")+"\n")
				_ = typing.Close()
			})
		})
	}
	t.Setenv("IRACING_CLIENT_SECRET", clientSecret)
	code := run(t.Context(), []string{"login", "--client-id", clientID, "--no-browser", "--oauth-url", s.URL},
		&console{in: in, out: &out, err: newScreen(&messages), env: os.Getenv, browse: func(string) error { t.Error("the browser was opened"); return nil }})
	typist.Wait()
	if code != 0 || out.String() != refreshToken+"\n" {
		t.Errorf("code %d, %s", code, messages.String())
	}
	if !strings.Contains(messages.String(), "neither the address") {
		t.Errorf("the user was not told of what was mistyped:\n%s", messages.String())
	}
}

func TestLoginWritesAFileForItsOwnerOnly(t *testing.T) {
	s := newIRacing(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "token.txt")
	if err := os.WriteFile(path, []byte("an old one, for all to read"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := s.collector(t, map[string]string{"IRACING_CLIENT_SECRET": clientSecret}, none(), visit, "login", "--client-id", clientID, "--output", path)
	b, err := os.ReadFile(path)
	if r.code != 0 || r.out != "" || err != nil || string(b) != refreshToken+"\n" {
		t.Fatalf("%+v, %v", r, err)
	}
	if st, err := os.Stat(path); err != nil || os.PathSeparator == '/' && st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%v was left behind, %v", entries, err)
	}
}

func TestLoginIntoATokenFile(t *testing.T) {
	s := newIRacing(t)
	path := filepath.Join(t.TempDir(), "tokens")
	env := map[string]string{"IRACING_CLIENT_SECRET": clientSecret, "IRACING_TOKEN_KEY": "what it is sealed with"}
	r := s.collector(t, env, none(), visit, "login", "--client-id", clientID, "--token-store", path)
	if r.code != 0 || r.out != "" || !strings.Contains(r.err, "The tokens are in "+path) {
		t.Fatalf("%+v", r)
	}
	// Whoever has the file and the key goes on with them.
	store, err := oauth.NewFile(path, []byte("what it is sealed with"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := oauth.New(oauth.Config{
		Grant: oauth.AuthorizationCode, URL: s.URL, ClientID: clientID, ClientSecret: clientSecret, Store: store,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.Close() }()
	if token, err := m.Token(t.Context(), ""); err != nil || token != accessToken || s.calls != 1 {
		t.Errorf("token right %v, error %v, %d calls", token == accessToken, err, s.calls)
	}
}

func TestATokenThatCannotBeKeptIsPrinted(t *testing.T) {
	s := newIRacing(t)
	dir := filepath.Join(t.TempDir(), "gone")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	gone := func(address string) error {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
		return visit(address)
	}
	r := s.collector(t, map[string]string{"IRACING_CLIENT_SECRET": clientSecret}, none(), gone,
		"login", "--client-id", clientID, "--output", filepath.Join(dir, "token.txt"))
	if r.code != 1 || r.out != refreshToken+"\n" || !strings.Contains(r.err, "could not be kept") {
		t.Errorf("%+v", r)
	}
}

func TestLoginThatFails(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"no client id":        {[]string{"login"}, 2, "--client-id"},
		"no command":          {nil, 2, "login"},
		"another command":     {[]string{"dance"}, 2, "dance"},
		"wrong secret":        {[]string{"login", "--client-id", clientID}, 1, "invalid_client"},
		"no secret file":      {[]string{"login", "--client-id", clientID, "--client-secret-file", filepath.Join(dir, "none")}, 1, "read the client secret"},
		"empty secret file":   {[]string{"login", "--client-id", clientID, "--client-secret-file", empty}, 1, "is empty"},
		"no key":              {[]string{"login", "--client-id", clientID, "--token-store", filepath.Join(dir, "tokens")}, 1, "IRACING_TOKEN_KEY"},
		"no folder":           {[]string{"login", "--client-id", clientID, "--output", filepath.Join(dir, "none", "token")}, 1, "write the refresh token"},
		"a folder":            {[]string{"login", "--client-id", clientID, "--output", dir}, 1, "is not a file"},
		"both":                {[]string{"login", "--client-id", clientID, "--output", "a", "--token-store", "b"}, 2, "exclude each other"},
		"nobody comes":        {[]string{"login", "--client-id", clientID, "--no-browser", "--timeout", "20ms"}, 1, "nobody has signed in within 20ms"},
		"not this computer":   {[]string{"login", "--client-id", clientID, "--listen", "0.0.0.0:80"}, 1, "127.0.0.1 or [::1]"},
		"secrets as flags":    {[]string{"login", "--client-id", clientID, "--client-secret", "x"}, 2, "unknown flag"},
		"a time that is none": {[]string{"login", "--client-id", clientID, "--timeout", "soon"}, 2, "timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newIRacing(t)
			r := s.collector(t, nil, none(), visit, c.args...)
			if r.code != c.code || r.out != "" || !strings.Contains(r.err, c.want) {
				t.Errorf("%+v", r)
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
				t.Errorf("%v was left behind, %v", entries, err)
			}
		})
	}
}

func TestAClientThatMayNotStaySignedIn(t *testing.T) {
	s := newIRacing(t)
	s.noRefresh = true
	r := s.collector(t, map[string]string{"IRACING_CLIENT_SECRET": clientSecret}, none(), visit, "login", "--client-id", clientID)
	if r.code != 1 || !strings.Contains(r.err, "no refresh token") {
		t.Errorf("%+v", r)
	}
}

func TestCtrlCEndsTheLogin(t *testing.T) {
	s := newIRacing(t)
	ctx, cancel := context.WithCancel(t.Context())
	var out, messages terminal
	messages.said = func(all string) {
		if addressOf.MatchString(all) {
			cancel()
		}
	}
	code := run(ctx, []string{"login", "--client-id", clientID, "--oauth-url", s.URL, "--no-browser"},
		&console{in: none(), out: &out, err: newScreen(&messages), env: os.Getenv})
	if code != exitInterrupted || !strings.HasSuffix(messages.String(), "collector: interrupted\n") {
		t.Errorf("code %d: %s", code, messages.String())
	}
}

func TestHelpAndVersion(t *testing.T) {
	s := newIRacing(t)
	for args, want := range map[string]string{
		"--help":       "Secrets are never flags",
		"login --help": "A refresh token serves once",
		"--version":    "\n",
	} {
		if r := s.collector(t, nil, none(), visit, strings.Fields(args)...); r.code != 0 || !strings.Contains(r.out, want) || r.err != "" {
			t.Errorf("%s: %+v", args, r)
		}
	}
}
