package datasource_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/log"
	"github.com/jackc/pgx/v5"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
)

// A data source with a database leaves no connection and no goroutine behind, whether the database works, dies or was never
// there; queries that are under way when it ends are answered, and it ends soon after the last of them.
func TestDisposeEndsTheDatabase(t *testing.T) {
	server := pgtest.Start(t)
	open := sourceWith(t, server, models.Settings{TelemetryURL: folder(t)})
	for _, state := range []string{"up", "dying", "down"} {
		d := open()
		var mu sync.Mutex
		answered := time.Now()
		var wait sync.WaitGroup
		begun := make(chan struct{}, 8)
		for i := range cap(begun) {
			wait.Go(func() {
				kind := []string{"sessions", "raceHistory"}[i%2]
				begun <- struct{}{}
				res, err := d.QueryData(t.Context(), &backend.QueryDataRequest{Queries: []backend.DataQuery{{
					RefID: "A", QueryType: kind, JSON: []byte("{}"),
					TimeRange: backend.TimeRange{From: time.Now().AddDate(-1, 0, 0), To: time.Now()},
				}}})
				if err != nil {
					if !strings.Contains(err.Error(), "settings have just changed") {
						t.Errorf("%s while the database is %s: %v", kind, state, err)
					}
					return // it came after the end
				}
				mu.Lock()
				answered = time.Now()
				mu.Unlock()
				if res.Responses["A"].Error != nil {
					t.Errorf("%s while the database is %s: %v", kind, state, res.Responses["A"].Error)
				}
			})
		}
		for range cap(begun) {
			<-begun
		}
		if state == "dying" {
			server.StopServer(t)
		}
		d.Dispose()
		ended := time.Now()
		wait.Wait()
		if took := ended.Sub(answered); took > 10*time.Second {
			t.Errorf("the data source took %s to end after its last answer while the database is %s", took, state)
		}
		if state == "up" {
			nobodyIsConnected(t, server)
		}
	}
}

// sourceWith makes data sources with a database and an account of a few races.
func sourceWith(t *testing.T, server *pgtest.Server, settings models.Settings) func() *datasource.Datasource {
	t.Helper()
	fake := iracingtest.Start(t, iracingtest.Options{OneHost: true, PerMinute: -1, TokensPerMinute: -1, Races: 3})
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	settings.DatabaseHost = net.JoinHostPort(server.Host, strconv.Itoa(server.Port))
	settings.DatabaseName, settings.DatabaseUser, settings.DatabaseTLS = "postgres", "postgres", models.DatabaseTLSDisable
	settings.SignIn, settings.ClientID, settings.Username = models.SignInPassword, fake.Credentials.ClientID, fake.Credentials.Username
	settings.APIURL, settings.OAuthURL, settings.PublicURL, settings.RequestsPerSecond = fake.URL, fake.OAuthURL, fake.URL, 500
	js, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	return func() *datasource.Datasource {
		t.Helper()
		instance, err := datasource.New(t.Context(), backend.DataSourceInstanceSettings{UID: "a", JSONData: js, DecryptedSecureJSONData: map[string]string{
			"clientSecret": fake.Credentials.ClientSecret, "password": fake.Credentials.Password, "tokenKey": "some key",
		}})
		if err != nil {
			t.Fatal(err)
		}
		return instance.(*datasource.Datasource)
	}
}

// What is wrong with the settings of a database is said in words that help, and never with what may be a password.
func TestHealthSaysWhatIsWrongWithTheDatabase(t *testing.T) {
	closed, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.Addr().String()
	_ = closed.Close() // so that nobody listens there
	server := pgtest.Start(t)
	guarded := net.JoinHostPort(server.Host, strconv.Itoa(server.Port))
	for _, c := range []struct {
		name     string
		settings models.Settings
		want     []string
	}{
		{"a whole address", models.Settings{DatabaseHost: "postgres://driver:hidden@" + nobody + "/iracing"}, []string{"have fields of their own"}},
		{
			"a certificate that the mode does not look at",
			models.Settings{DatabaseHost: nobody, DatabaseTLS: models.DatabaseTLSRequire, DatabaseCA: "hidden"},
			[]string{"cannot be reached", "Panels answer without it, but uploaded recordings cannot be read."},
		},
		{
			"a certificate that is none",
			models.Settings{DatabaseHost: nobody, DatabaseCA: "hidden"},
			[]string{"-----BEGIN CERTIFICATE-----"},
		},
		{
			"no such user, and no password",
			models.Settings{DatabaseHost: guarded, DatabaseUser: "hidden", DatabaseTLS: models.DatabaseTLSDisable},
			[]string{"PostgreSQL refuses the user", "No password is set."},
		},
		{
			"a folder beside it",
			models.Settings{DatabaseHost: nobody, DatabaseTLS: models.DatabaseTLSDisable, TelemetryURL: folder(t)},
			[]string{"Panels answer without it. 3 telemetry sessions"},
		},
	} {
		d := open(t, c.settings)
		res, err := d.CheckHealth(t.Context(), &backend.CheckHealthRequest{})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if res.Status != backend.HealthStatusError || !strings.Contains(res.Message, want) || strings.Contains(res.Message, "hidden") {
				t.Errorf("%s: %s %q, want %q", c.name, res.Status, res.Message, want)
			}
		}
		if c.settings.TelemetryURL != "" {
			continue
		}
		if answer := ask(t, d, "sessions", "{}", 0); answer.Error == nil || !strings.Contains(answer.Error.Error(), "PostgreSQL") {
			t.Errorf("%s: the sessions that would be in the database: %v", c.name, answer.Error)
		}
	}
}

// nobodyIsConnected fails while a data source has a connection, as far as the server does not just notice its end.
func nobodyIsConnected(t *testing.T, server *pgtest.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	for {
		var n int
		if err := conn.QueryRow(ctx, "select count(*) from pg_stat_activity where application_name = $1", datasource.PluginID).Scan(&n); err != nil {
			t.Fatalf("the data source still has connections: %v", err)
		}
		if n == 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// The own races are listed although the database does not answer about those that were imported, as while it is changed.
func TestADatabaseThatHangsHoldsNobodyUp(t *testing.T) {
	server := pgtest.Start(t)
	d := sourceWith(t, server, models.Settings{})()
	defer d.Dispose()
	races := func() (status, found int) {
		t.Helper()
		err := d.CallResource(t.Context(), &backend.CallResourceRequest{Method: http.MethodGet, Path: "subsessions", URL: "subsessions"},
			backend.CallResourceResponseSenderFunc(func(r *backend.CallResourceResponse) error {
				var options []models.Option
				status = r.Status
				err := json.Unmarshal(r.Body, &options)
				found = len(options)
				return err
			}))
		if err != nil {
			t.Fatal(err)
		}
		return status, found
	}
	status, before := races()
	if status != http.StatusOK || before == 0 {
		t.Fatalf("status %d, %d races", status, before)
	}
	conn, err := pgx.Connect(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(t.Context(), "begin; lock table iracing.imports"); err != nil {
		t.Fatal(err)
	}
	datasource.ForgetImports(d)
	begin := time.Now()
	if status, found := races(); status != http.StatusOK || found != before {
		t.Errorf("while the imports are locked: status %d, %d races, want %d", status, found, before)
	}
	if took := time.Since(begin); took > 15*time.Second {
		t.Errorf("while the imports are locked the list took %s", took)
	}
}

// While the database is down each reason is logged once, however many things fail in turn.
func TestReasonsAreLoggedOnce(t *testing.T) {
	var lines lines
	warn := datasource.Warner(&lines, "The cache failed")
	for range 10 {
		warn(errors.New("read it: nobody answers"))
		warn(errors.New("write to it: nobody answers"))
	}
	if len(lines.warnings) != 2 {
		t.Errorf("logged: %q", lines.warnings)
	}
}

type lines struct {
	log.Logger

	warnings []string
}

func (l *lines) Warn(text string, _ ...any) { l.warnings = append(l.warnings, text) }
