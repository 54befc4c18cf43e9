package datasource_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/jackc/pgx/v5"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// A data source over a stand-in for iRacing leaves a database of real races as it is, says so, and answers all the same.
func TestADatabaseOfAnotherRealm(t *testing.T) {
	dsn := pgtest.Start(t).URL
	s, err := store.New(store.Config{URL: dsn})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	exec := func(sql string) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	count := func() (n int) {
		t.Helper()
		const sql = "select (select count(*) from iracing.drivers) + (select count(*) from iracing.kept) + (select count(*) from iracing.subsessions)"
		if err := conn.QueryRow(t.Context(), sql).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	fake := iracingtest.Start(t, iracingtest.Options{OneHost: true, PerMinute: -1, TokensPerMinute: -1, Races: 8})
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	visit := func(signIn models.SignIn, kinds ...string) *backend.CheckHealthResult {
		t.Helper()
		settings, err := json.Marshal(models.Settings{
			DatabaseHost: u.Host, DatabaseName: strings.TrimPrefix(u.Path, "/"), DatabaseUser: u.User.Username(), DatabaseTLS: models.DatabaseTLSDisable,
			SignIn: signIn, ClientID: fake.Credentials.ClientID, Username: fake.Credentials.Username, CustID: "1001",
			APIURL: fake.URL, OAuthURL: fake.OAuthURL, PublicURL: fake.URL, RequestsPerSecond: 500,
		})
		if err != nil {
			t.Fatal(err)
		}
		instance, err := datasource.New(t.Context(), backend.DataSourceInstanceSettings{UID: "a", JSONData: settings, DecryptedSecureJSONData: map[string]string{
			"clientSecret": fake.Credentials.ClientSecret, "password": fake.Credentials.Password,
		}})
		if err != nil {
			t.Fatal(err)
		}
		d := instance.(*datasource.Datasource)
		defer d.Dispose() // which writes what is left
		for _, kind := range kinds {
			res, err := d.QueryData(t.Context(), &backend.QueryDataRequest{Queries: []backend.DataQuery{{
				RefID: "A", QueryType: kind, JSON: []byte("{}"), TimeRange: backend.TimeRange{From: time.Now().AddDate(-1, 0, 0), To: time.Now()},
			}}})
			if err != nil || res.Responses["A"].Error != nil {
				t.Fatalf("%s: %v, %v", kind, err, res.Responses["A"].Error)
			}
		}
		h, err := d.CheckHealth(t.Context(), &backend.CheckHealthRequest{})
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	exec("update iracing.settings set realm = 'iracing'")
	h := visit(models.SignInPassword, "raceHistory")
	if h.Status != backend.HealthStatusError || !strings.Contains(h.Message, "use another database, or drop the schema iracing") ||
		!strings.Contains(h.Message, "Signed in to iRacing") {
		t.Errorf("%s: %s", h.Status, h.Message)
	}
	if n := count(); n != 0 {
		t.Errorf("%d rows of a stand-in's are among iRacing's", n)
	}
	// Who has no account asks nobody, and mixes nothing.
	if h := visit(models.SignInNone); h.Status != backend.HealthStatusOk {
		t.Errorf("%s: %s", h.Status, h.Message)
	}
	exec("update iracing.settings set realm = null")
	if h := visit(models.SignInPassword, "raceHistory"); h.Status != backend.HealthStatusOk {
		t.Errorf("%s: %s", h.Status, h.Message)
	}
	if n := count(); n < 2 {
		t.Errorf("%d rows were kept", n)
	}
	var realm string
	if err := conn.QueryRow(t.Context(), "select coalesce(realm, '') from iracing.settings").Scan(&realm); err != nil || realm != string(store.RealmElsewhere) {
		t.Errorf("the database is of the realm %q, %v", realm, err)
	}
}
