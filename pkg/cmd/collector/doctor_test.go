package main

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
)

// Whoever does not answer is said to be away, in words, and may be back later.
func TestDoctorOfWhoDoesNotAnswer(t *testing.T) {
	s := newSetting(t)
	inside(t, s.env, "doctor").want(t, 0)
	defer s.fake.Fault(iracingtest.Fault{Kind: iracingtest.API, Do: iracingtest.Hang})()
	r := inside(t, s.env, "doctor", "--timeout", "500ms")
	r.want(t, exitLater, "FAIL  account      iRacing did not answer within 500ms; --timeout gives it longer.")
	if strings.Contains(r.out, "deadline") {
		t.Errorf("it says\n%s", r.out)
	}
}

// A key or an account that is not the one of the kept tokens is told as such, whoever looks and however often.
func TestTheWrongTokenKey(t *testing.T) {
	s := newIRacing(t)
	env := map[string]string{
		"DATABASE_URL": pgtest.New(t), "IRACING_CLIENT_ID": clientID, "IRACING_CLIENT_SECRET": clientSecret, "IRACING_TOKEN_KEY": "the key",
		"IRACING_API_URL": "http://127.0.0.1:1", "IRACING_PUBLIC_URL": "http://127.0.0.1:1", "LISTEN_ADDR": "off",
	}
	s.collector(t, env, none(), visit, "login", "--database").want(t, 0, "The tokens are in the database")
	// With the tokens it gets as far as the API.
	const reached = "FAIL  account      iRacing cannot be reached"
	look := func(key, user string) result {
		t.Helper()
		return s.collector(t, map[string]string{"IRACING_TOKEN_KEY": key, "IRACING_USERNAME": user}, none(), nil, "doctor")
	}
	look("the key", "").want(t, exitLater, reached)
	for range 3 {
		look("another key", "").want(t, 1, "FAIL  account", "encrypted with another token key", "set the former one again, or sign in anew")
	}
	s.collector(t, nil, none(), nil, "run", "--once", "--job", "me").want(t, 1, "encrypted with another token key")
	look("the key", "").want(t, exitLater, reached)
	for range 2 {
		look("the key", "alex@example.com").want(t, 1, "FAIL  account", "tokens of another account are kept", "user name")
	}
	look("the key", "").want(t, exitLater, reached)
	if s.calls != 1 {
		t.Errorf("%d exchanges of tokens", s.calls)
	}
}

// A secret of the standard input is one line, however many checks need it.
func TestDoctorOfASecretThatIsTyped(t *testing.T) {
	s := newSetting(t)
	for name, value := range s.with("IRACING_PASSWORD_FILE", "-", "BUCKET_SECRET_FILE", "-", "TELEMETRY_URL", recordings(t, 1)) {
		t.Setenv(name, value)
	}
	var out, messages terminal
	in := strings.NewReader(s.env["IRACING_PASSWORD"] + "\na secret of a bucket\n")
	code := run(t.Context(), []string{"doctor", "--to", t.TempDir()}, &console{in: in, out: &out, err: newScreen(&messages), env: os.Getenv})
	result{code, out.String(), messages.String()}.want(t, 0, "ok    account      Signed in by password as customer ", "ok    telemetry", "ok    upload")
}

func TestDoctorTellsThatThePasswordWasNotTried(t *testing.T) {
	s := newSetting(t)
	env := s.with("IRACING_TOKEN_KEY", "a key")
	inside(t, env, "doctor").want(t, 0, "ok    account      Signed in by password as customer ")
	env["IRACING_PASSWORD"] = "wrong"
	r := inside(t, env, "doctor")
	r.want(t, 0, "ok    account      Signed in by kept tokens as customer ", "the password was not tried")
	if n := s.fake.Count(iracingtest.Token, ""); n != 1 {
		t.Errorf("%d sign-ins", n)
	}
}

// Where somebody has to sign in, it says by which command.
func TestDoctorTellsHowToSignIn(t *testing.T) {
	s := newSetting(t)
	for name, c := range map[string]struct {
		change []string
		want   string
	}{
		"in the database": {[]string{"IRACING_TOKEN_KEY", "a key"}, `nobody has signed in yet): run "collector login --database" with these settings.`},
		"in a file":       {[]string{"IRACING_TOKEN_KEY", "a key", "IRACING_TOKEN_STORE", filepath.Join(t.TempDir(), "tokens")}, `nobody has signed in yet): run "collector login" with these settings.`},
	} {
		t.Run(name, func(t *testing.T) {
			inside(t, s.with(append(c.change, "IRACING_PASSWORD", "")...), "doctor").want(t, exitFailed, c.want)
		})
	}
}

// All files are looked at; what is wrong with one is told, and its name does nothing to the terminal.
func TestDoctorOpensTheFiles(t *testing.T) {
	dir := recordings(t, 3)
	for i, name := range []string{"old.ibt", "bad \x1b[31m.ibt"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("no telemetry"), 0o600); err != nil {
			t.Fatal(err)
		}
		if at := time.Now().Add(-time.Duration(2-i) * 72 * time.Hour); i == 0 && os.Chtimes(path, at, at) != nil {
			t.Fatal("the time of a file cannot be set")
		}
	}
	env := map[string]string{"LISTEN_ADDR": "off", "IRACING_PUBLIC_URL": "http://127.0.0.1:1", "IRACING_API_URL": "http://127.0.0.1:1"}
	r := inside(t, env, "doctor", "--telemetry-url", dir)
	r.want(t, 0, "warn  telemetry    5 files", "2 files cannot be read:", "old.ibt: ", `bad \x1b[31m.ibt`)
	if strings.Contains(r.out+r.err, "\x1b") {
		t.Errorf("the terminal is told %q", r.out+r.err)
	}
	inside(t, env, "doctor", "--telemetry-url", recordings(t, 2)).want(t, 0, "ok    telemetry    2 files")
}

// What PostgreSQL refuses is told in words.
func TestWhatTheDatabaseRefuses(t *testing.T) {
	dsn := pgtest.New(t)
	s := &setting{database: dsn}
	inside(t, map[string]string{"DATABASE_URL": dsn}, "migrate").want(t, 0)
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("options", "-c default_transaction_read_only=on")
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
	const why = "takes no changes just now: it is a standby, or somebody has set it so"
	readOnly := map[string]string{"DATABASE_URL": u.String(), "LISTEN_ADDR": "off", "IRACING_API_URL": "http://127.0.0.1:1", "IRACING_PUBLIC_URL": "http://127.0.0.1:1"}
	inside(t, readOnly, "doctor").want(t, exitLater, "FAIL  database", why)
	inside(t, readOnly, "drivers", "--forget", "1").want(t, exitLater, why)

	// The owner of the schema who may not make logins.
	name := "keeper" + strings.TrimPrefix(u.Path, "/")
	s.exec(t, "create role "+name+" login")
	defer func() { s.exec(t, "drop owned by "+name+"; drop role "+name) }()
	s.exec(t, "grant create on database "+strings.TrimPrefix(u.Path, "/")+" to "+name)
	s.exec(t, "drop schema iracing cascade")
	u.RawQuery, u.User = "", url.User(name)
	env := map[string]string{"DATABASE_URL": u.String(), "DATABASE_READER_PASSWORD": "a password"}
	inside(t, env, "migrate").want(t, 0)
	r := inside(t, env, "migrate", "--reader", "reader_of_"+name)
	r.want(t, 1, "CREATEROLE")
	if strings.Contains(r.err, "schema iracing") {
		t.Errorf("it says %s", r.err)
	}
}
