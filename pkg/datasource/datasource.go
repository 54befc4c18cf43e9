// Package datasource is the face that Grafana sees: the settings of a data source, the kinds of queries and the frames
// that answer them, the pick lists of the editors and the health check.
//
// Each kind of query is one type in package models, one function here that turns it into frames ready to be drawn
// (units, decimals, names and value mappings are in the field config), and one section of the query editor. An answer
// without rows carries a notice that says why.
package datasource

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"sync"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/instancemgmt"
	"github.com/grafana/grafana-plugin-sdk-go/backend/log"
	"github.com/grafana/grafana-plugin-sdk-go/backend/resource/httpadapter"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/drivers"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/races"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/seasons"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
)

// PluginID is the id in plugin.json.
const PluginID = "apexobs-iracing-datasource"

// Datasource is one configured data source. Grafana makes a new one when its settings change and disposes the old one
// soon after, so what is in use is counted and closed by its last user.
type Datasource struct {
	backend.CallResourceHandler

	settings models.Settings
	secrets  models.Secrets
	cacheDir string
	web      *http.Client
	log      log.Logger
	kinds    ask.Kinds // over iRacing's API

	db         *database // nil without one
	dbErr      error     // why there is none although the settings name it
	account    *account  // nil when the settings are such that there cannot be one
	accountErr error     // says why

	use      sync.RWMutex // held for reading by every request, for writing by Dispose
	disposed bool

	mu  sync.Mutex
	lib *library.Library // nil until the telemetry folder could be opened
}

var (
	_ backend.QueryDataHandler      = (*Datasource)(nil)
	_ backend.CheckHealthHandler    = (*Datasource)(nil)
	_ backend.CallResourceHandler   = (*Datasource)(nil)
	_ instancemgmt.InstanceDisposer = (*Datasource)(nil)
)

// New makes a data source from its settings. Settings that cannot work are no error here: the health check and every
// query say what is wrong with them.
func New(ctx context.Context, s backend.DataSourceInstanceSettings) (instancemgmt.Instance, error) {
	d := &Datasource{cacheDir: library.DefaultDir(), log: log.DefaultLogger, kinds: ask.Kinds{}}
	for _, kinds := range []ask.Kinds{races.Kinds(), drivers.Kinds(), seasons.Kinds()} {
		maps.Copy(d.kinds, kinds)
	}
	if len(s.JSONData) > 0 {
		if err := json.Unmarshal(s.JSONData, &d.settings); err != nil {
			return nil, backend.DownstreamError(fmt.Errorf("the settings of the data source cannot be read: %w", err))
		}
	}
	secrets, err := readSecrets(s.DecryptedSecureJSONData)
	if err != nil {
		return nil, backend.DownstreamError(fmt.Errorf("the secrets of the data source cannot be read: %w", err))
	}
	d.secrets = secrets
	if d.web, err = httpClient(ctx, s); err != nil {
		return nil, backend.DownstreamError(err)
	}
	d.db, d.dbErr = openDatabase(ctx, s, d.settings, secrets, d.log)
	d.account, d.accountErr = newAccount(ctx, s, d.settings, secrets, d.db, d.web, d.cacheDir, d.log)
	d.CallResourceHandler = httpadapter.New(d.resources())
	return d, nil
}

// Dispose waits for the requests under way and closes what they used.
func (d *Datasource) Dispose() {
	d.use.Lock()
	defer d.use.Unlock()
	d.disposed = true
	if d.account != nil {
		if err := d.account.close(); err != nil {
			d.log.Warn("The sign-in was not ended cleanly", "error", err)
		}
	}
	if d.lib != nil {
		if err := d.lib.Close(); err != nil {
			d.log.Warn("The telemetry library was not closed cleanly", "error", err)
		}
	}
	if d.db != nil {
		d.db.Close()
	}
}

// enter marks a request as under way. The caller must call leave unless it got an error.
func (d *Datasource) enter() (leave func(), err error) {
	d.use.RLock()
	if d.disposed {
		d.use.RUnlock()
		return nil, errors.New("the data source's settings have just changed; try again")
	}
	return d.use.RUnlock, nil
}
