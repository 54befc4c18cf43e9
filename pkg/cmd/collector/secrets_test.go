package main

import (
	"context"
	"fmt"
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
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/oauth"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
)

// canaries are secrets that must turn up nowhere. Some are only there to fail with.
type canaries struct {
	mu   sync.Mutex
	seen map[string]string // what for, by text
}

func (c *canaries) add(text, what string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil {
		c.seen = map[string]string{}
	}
	c.seen[text] = what
	return text
}

// check fails the test where one of them turns up, plain or as it stands in an address.
func (c *canaries) check(t *testing.T, where, text string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for secret, what := range c.seen {
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
			if strings.Contains(text, form) {
				t.Errorf("%s is in %s:\n%.2000s", what, where, text)
				break
			}
		}
	}
}

// spied is a fake iRacing behind which tokens are noted as they are handed out.
func (s *setting) spied(t *testing.T, c *canaries) {
	t.Helper()
	token := regexp.MustCompile(`"(access_token|refresh_token)"\s*:\s*"([^"]+)"`)
	target := s.fake.OAuthURL
	proxy := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		out, err := http.NewRequestWithContext(r.Context(), r.Method, strings.TrimSuffix(target, "/oauth2")+r.URL.String(), r.Body)
		if err != nil {
			rw.WriteHeader(http.StatusBadGateway)
			return
		}
		out.Header = r.Header.Clone()
		resp, err := http.DefaultClient.Do(out)
		if err != nil {
			rw.WriteHeader(http.StatusBadGateway)
			return
		}
		defer func() { _ = resp.Body.Close() }()
		b, _ := io.ReadAll(resp.Body)
		for _, m := range token.FindAllStringSubmatch(string(b), -1) {
			c.add(m[2], "the "+m[1])
		}
		maps.Copy(rw.Header(), resp.Header)
		rw.WriteHeader(resp.StatusCode)
		_, _ = rw.Write(b)
	}))
	t.Cleanup(func() {
		proxy.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	s.env["IRACING_OAUTH_URL"] = proxy.URL + "/oauth2"
}

// withPassword makes a login of the database whose password is a canary.
func (s *setting) withPassword(t *testing.T, c *canaries) {
	t.Helper()
	server := pgtest.Start(t, "password_encryption = 'scram-sha-256'")
	password := c.add("canary:database/password", "the database's password")
	server.Exec(t, "create role keeper login password '"+password+"' superuser")
	server.Exec(t, "create database kept owner keeper")
	server.Put(t, "pg_hba.conf", "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
	server.Exec(t, "select pg_reload_conf()")
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	u.Path, u.User = "/kept", url.UserPassword("keeper", password)
	s.database = u.String()
	s.env["DATABASE_URL"] = s.database
}

// everything is the text of all rows of all tables.
func (s *setting) everything(t *testing.T) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	rows, err := conn.Query(t.Context(), "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')")
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, table := range tables {
		rows, err := conn.Query(t.Context(), "select x::text from "+table+" x")
		if err != nil {
			t.Fatal(err)
		}
		var text string
		if _, err := pgx.ForEachRow(rows, []any{&text}, func() error {
			_, err := fmt.Fprintln(&all, text)
			return err
		}); err != nil {
			t.Fatal(table, err)
		}
	}
	return all.String()
}

// No secret is in a log, an error, a metric, the list of processes or the database in clear.
func TestNoSecretTurnsUp(t *testing.T) {
	s, c := newSetting(t), &canaries{}
	s.spied(t, c)
	s.withPassword(t, c)
	for name, what := range map[string]string{
		"IRACING_CLIENT_SECRET": "the client secret", "IRACING_PASSWORD": "the account's password", "DATABASE_URL": "the connection string",
	} {
		c.add(s.env[name], what)
	}
	c.add(oauth.Mask(s.env["IRACING_CLIENT_SECRET"], s.env["IRACING_CLIENT_ID"]), "the masked client secret")
	c.add(oauth.Mask(s.env["IRACING_PASSWORD"], s.env["IRACING_USERNAME"]), "the masked password")
	s.env["IRACING_TOKEN_KEY"] = c.add("canary+token/key", "the key of the tokens")
	s.env["REMOTE_WRITE_USER"] = "pusher"
	s.env["REMOTE_WRITE_PASSWORD"] = c.add("canary+remote/write", "the password for remote write")
	refuses := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		_, password, _ := r.BasicAuth()
		http.Error(rw, "not with "+password, http.StatusUnauthorized) // there are such services
	}))
	t.Cleanup(refuses.Close)
	s.env["REMOTE_WRITE_URL"] = refuses.URL
	s.env["BUCKET_SECRET"] = c.add("canary+bucket/secret", "the bucket's secret")
	s.env["DATABASE_READER_PASSWORD"] = c.add("canary+reader/password", "the reader's password")
	s.env["LOG_LEVEL"] = "trace"
	telemetry := recordings(t, 1)

	watch := func(p *process) result {
		t.Helper()
		c.check(t, "the list of processes", p.cmdline())
		r := p.wait()
		c.check(t, "what is printed by "+strings.Join(p.cmd.Args[1:], " "), r.out+r.err)
		return r
	}
	watch(startBuilt(t, s.env, "migrate", "--reader", "grafana_reader")).want(t, 0, "may read the views")
	watch(startBuilt(t, s.env, "backfill", "--since", years, "--log-format", "json")).want(t, 0)
	watch(startBuilt(t, s.with("TELEMETRY_URL", telemetry), "doctor")).want(t, 1, "FAIL  push")
	watch(startBuilt(t, s.with("TELEMETRY_URL", telemetry), "ingest")).want(t, 1)

	// While it runs, its metrics and its state can be read by others.
	p := startBuilt(t, s.env, "run")
	base := p.serving()
	p.until("a job", func() bool { return strings.Contains(p.err.String(), "A job is done") })
	for _, path := range []string{"/metrics", "/readyz", "/healthz"} {
		code, body := get(t.Context(), base+path)
		if code == 0 || path == "/metrics" && body == "" {
			t.Errorf("%s answers %d", path, code)
		}
		c.check(t, path, body)
	}
	c.check(t, "the list of processes", p.cmdline())
	p.end(syscall.SIGTERM).want(t, 0, "Ended")
	c.check(t, "the log", p.out.String()+p.err.String())
	c.check(t, "the database", s.everything(t))

	// What fails must not tell either.
	wrong, err := url.Parse(s.database)
	if err != nil {
		t.Fatal(err)
	}
	wrong.User = url.UserPassword("keeper", c.add("canary-wrong", "a wrong password"))
	bad := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(bad, []byte("postgres://keeper:"+c.add("canary-bad", "the password in a bad connection string")+"@127.0.0.1:port/x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, one := range map[string]struct {
		env  map[string]string
		args []string
		code int
	}{
		"wrong database password": {s.with("DATABASE_URL", wrong.String()), []string{"migrate"}, 1},
		"nobody listens":          {s.with("DATABASE_URL", "postgres://keeper:"+c.add("canary-nobody", "a password")+"@127.0.0.1:1/x"), []string{"migrate"}, 3},
		"no connection string":    {s.with("DATABASE_URL", "", "DATABASE_URL_FILE", bad), []string{"migrate"}, 1},
		"wrong client secret":     {s.with("IRACING_CLIENT_SECRET", c.add("canary-client", "a client secret"), "IRACING_TOKEN_KEY", c.add("canary-key", "a key")), []string{"run", "--once", "--job", "me", "--patience", "1s"}, 1},
		"secrets in an address":   {s.with("REMOTE_WRITE_URL", "http://u:"+c.add("canary-write", "a password")+"@127.0.0.1:1/"), []string{"doctor"}, 1},
		"secrets in a header":     {s.with("REMOTE_WRITE_HEADER", "Authorization=Bearer "+c.add("canary-header", "a header")), []string{"run", "--once"}, 2},
		"secrets of a bucket":     {s.with("TELEMETRY_URL", "s3://k:"+c.add("canary-bucket", "a key")+"@bucket/x"), []string{"run", "--once"}, 2},
		"secrets of a Grafana":    {s.with("GRAFANA_URL", "https://u:"+c.add("canary-grafana", "a password")+"@127.0.0.1:1", "GRAFANA_TOKEN", c.add("canary-token", "a token")), []string{"upload", telemetry}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			p := startBuilt(t, one.env, one.args...)
			r := p.wait()
			c.check(t, "what is printed", r.out+r.err)
			r.want(t, one.code)
		})
	}
}
