package datasource_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
)

// A data source with a database leaves no connection and no goroutine behind, whether the database works, dies or was never
// there; queries that are under way when it ends are answered.
func TestDisposeEndsTheDatabase(t *testing.T) {
	server := pgtest.Start(t)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	fake := iracingtest.Start(t, iracingtest.Options{OneHost: true, PerMinute: -1, TokensPerMinute: -1, Races: 10})
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	settings, err := json.Marshal(models.Settings{
		TelemetryURL: folder(t), DatabaseHost: u.Host, DatabaseName: "postgres", DatabaseUser: "postgres", DatabaseTLS: models.DatabaseTLSDisable,
		SignIn: models.SignInPassword, ClientID: fake.Credentials.ClientID, Username: fake.Credentials.Username,
		APIURL: fake.URL, OAuthURL: fake.OAuthURL, PublicURL: fake.URL, RequestsPerSecond: 500,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range []string{"up", "dying", "down"} {
		instance, err := datasource.New(t.Context(), backend.DataSourceInstanceSettings{UID: "a", JSONData: settings, DecryptedSecureJSONData: map[string]string{
			"clientSecret": fake.Credentials.ClientSecret, "password": fake.Credentials.Password, "tokenKey": "some key",
		}})
		if err != nil {
			t.Fatal(err)
		}
		d := instance.(*datasource.Datasource)
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
				if err != nil && !strings.Contains(err.Error(), "settings have just changed") {
					t.Errorf("%s while the database is %s: %v", kind, state, err)
				}
				if err == nil && res.Responses["A"].Error != nil {
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
		end := time.Now()
		d.Dispose()
		if took := time.Since(end); took > 20*time.Second {
			t.Errorf("the data source took %s to end while the database is %s", took, state)
		}
		wait.Wait()
	}
}
