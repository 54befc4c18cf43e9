package main

import (
	"encoding/json"
	"maps"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/plugintest"
)

// sourceUID is the uid of the preview's one data source.
const sourceUID = "iracing"

// dataSource is the preview's one data source. What the config editor saves lives as long as the preview runs.
type dataSource struct {
	pluginID string
	name     string

	mu       sync.Mutex
	jsonData json.RawMessage
	secrets  map[string]string
	version  int
}

// sourceJSON is a data source as Grafana's HTTP API reads and writes it. Secrets are written, never read: of those that
// are set only the names leave.
type sourceJSON struct {
	ID               int               `json:"id"`
	UID              string            `json:"uid"`
	OrgID            int               `json:"orgId"`
	Name             string            `json:"name"`
	Type             string            `json:"type"`
	TypeName         string            `json:"typeName"`
	Access           string            `json:"access"`
	URL              string            `json:"url"`
	IsDefault        bool              `json:"isDefault"`
	ReadOnly         bool              `json:"readOnly"`
	Version          int               `json:"version"`
	JSONData         json.RawMessage   `json:"jsonData"`
	SecureJSONData   map[string]string `json:"secureJsonData,omitempty"`
	SecureJSONFields map[string]bool   `json:"secureJsonFields"`
}

// telemetrySettings takes the folder or URL of the telemetry files; empty leaves the setting out.
func telemetrySettings(telemetry string) (models.Settings, error) {
	if telemetry != "" && !strings.Contains(telemetry, "://") {
		abs, err := filepath.Abs(telemetry)
		if err != nil {
			return models.Settings{}, err
		}
		telemetry = abs
	}
	return models.Settings{TelemetryURL: telemetry}, nil
}

// signIn sets the data source up as a user would who has an account with a made-up iRacing.
func signIn(s *models.Settings, secrets map[string]string, fake *iracingtest.Server) {
	s.SignIn = models.SignInPassword
	s.ClientID, s.Username = fake.Credentials.ClientID, fake.Credentials.Username
	secrets["clientSecret"], secrets["password"] = fake.Credentials.ClientSecret, fake.Credentials.Password
	s.APIURL, s.OAuthURL, s.PublicURL = fake.URL, fake.OAuthURL, fake.URL
	// Nobody has to be spared.
	s.RequestsPerSecond = 200
}

// keepIn sets the data source up with a database, and uploads into it.
func keepIn(s *models.Settings, database *pgtest.Server) {
	s.DatabaseHost, s.DatabaseTLS = net.JoinHostPort(database.Host, strconv.Itoa(database.Port)), models.DatabaseTLSDisable
	s.DatabaseName, s.DatabaseUser = "postgres", "postgres"
	s.Uploads = true
}

// newDataSource is a data source as somebody has saved it.
func newDataSource(m manifest, settings models.Settings, secrets map[string]string) (*dataSource, error) {
	raw, err := json.Marshal(settings)
	if err != nil {
		return nil, err
	}
	return &dataSource{pluginID: m.ID, name: m.Name, jsonData: raw, secrets: secrets, version: 1}, nil
}

// get is the data source as the config editor loads it.
func (s *dataSource) get() sourceJSON {
	s.mu.Lock()
	defer s.mu.Unlock()
	fields := map[string]bool{}
	for key := range s.secrets {
		fields[key] = true
	}
	return sourceJSON{
		ID: 1, UID: sourceUID, OrgID: 1, Name: s.name, Type: s.pluginID, TypeName: s.name, Access: "proxy",
		IsDefault: true, Version: s.version, JSONData: s.jsonData, SecureJSONFields: fields,
	}
}

// put saves what the config editor sends: the settings as they are now, and the secrets that were typed anew.
func (s *dataSource) put(in sourceJSON) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jsonData = in.JSONData
	for key := range s.secrets {
		if set, sent := in.SecureJSONFields[key]; sent && !set {
			delete(s.secrets, key)
		}
	}
	maps.Copy(s.secrets, in.SecureJSONData)
	s.version++
}

// pluginContext is what Grafana sends along with every call.
func (s *dataSource) pluginContext() (backend.PluginContext, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return plugintest.Instance{
		PluginID: s.pluginID, UID: sourceUID, Name: s.name,
		JSONData: s.jsonData, SecureJSONData: maps.Clone(s.secrets),
	}.Context()
}
