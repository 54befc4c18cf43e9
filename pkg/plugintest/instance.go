package plugintest

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/config"
)

// Instance is a data source as a Grafana server has it configured.
type Instance struct {
	// PluginID is the plugin's id, as in plugin.json.
	PluginID string
	// UID tells data sources apart; empty means "preview".
	UID string
	// Name is the data source's name; empty means the UID.
	Name string
	// JSONData are the settings: a struct or map that marshals to the jsonData object, or raw JSON. Nil means {}.
	JSONData any
	// SecureJSONData are the decrypted secrets by key.
	SecureJSONData map[string]string
}

// Context is what Grafana sends along with every call for this data source. Equal settings give equal contexts, and
// changed settings make the plugin drop the old instance, as saving them in Grafana does.
func (i Instance) Context() (backend.PluginContext, error) {
	settings := []byte("{}")
	if i.JSONData != nil {
		var err error
		if settings, err = json.Marshal(i.JSONData); err != nil {
			return backend.PluginContext{}, fmt.Errorf("encode jsonData: %w", err)
		}
	}
	uid := i.UID
	if uid == "" {
		uid = "preview"
	}
	name := i.Name
	if name == "" {
		name = uid
	}
	return backend.PluginContext{
		Namespace:     "default",
		PluginID:      i.PluginID,
		PluginVersion: "1.0.0",
		User:          &backend.User{Login: "admin", Name: "Admin", Role: "Admin"},
		GrafanaConfig: config.NewGrafanaCfg(map[string]string{
			"GF_APP_URL":                "http://localhost:3000/",
			"GF_CONCURRENT_QUERY_COUNT": "10",
		}),
		DataSourceInstanceSettings: &backend.DataSourceInstanceSettings{
			ID:                      1,
			UID:                     uid,
			Type:                    i.PluginID,
			Name:                    name,
			JSONData:                settings,
			DecryptedSecureJSONData: i.SecureJSONData,
			Updated:                 revision(settings, i.SecureJSONData),
		},
	}, nil
}

// revision stands for the time of the last change, by which the SDK tells whether an instance is out of date: a time that
// is the same for the same settings and, but for a hash collision, another for any other.
func revision(settings []byte, secrets map[string]string) time.Time {
	h := fnv.New32a()
	_, _ = h.Write(settings)
	for _, k := range slices.Sorted(maps.Keys(secrets)) {
		_, _ = h.Write([]byte("\x00" + k + "\x00" + secrets[k]))
	}
	return time.Unix(int64(h.Sum32()), 0).UTC()
}

// resourcePath is a resource's URL without its query.
func resourcePath(url string) string {
	path, _, _ := strings.Cut(url, "?")
	return path
}
