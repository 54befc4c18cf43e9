package datasource

import (
	"strings"

	"github.com/apexobs/iracing-grafana-observability/pkg/library"
)

// openLibrary opens the telemetry library at its first use, and tries again at each use until it is there: a folder may be
// mounted later than Grafana starts.
func (d *Datasource) openLibrary() (*library.Library, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lib != nil {
		return d.lib, nil
	}
	files, err := d.openFiles()
	if err != nil {
		return nil, err
	}
	o := library.Options{CacheDir: d.cacheDir, Warn: func(text string, err error) { d.log.Warn(text, "error", err) }}
	if d.db != nil {
		o.Index = library.StoreIndex(d.db.Store)
	}
	d.lib = library.New(files, o)
	return d.lib, nil
}

// openFiles opens the place that the settings name, and with it the files that were uploaded into the database.
func (d *Datasource) openFiles() (library.Store, error) {
	credentials := library.Credentials{KeyID: d.settings.BucketKeyID, Secret: d.secrets.BucketSecret, HTTP: d.web}
	if scheme, _, _ := strings.Cut(strings.TrimSpace(d.settings.TelemetryURL), "://"); strings.EqualFold(scheme, "s3") {
		// The settings page shows these for S3 only: what was set once must not lead another bucket's key astray.
		credentials.Region, credentials.Endpoint = d.settings.BucketRegion, d.settings.BucketEndpoint
	}
	open := func() (library.Store, error) { return library.OpenURL(d.settings.TelemetryURL, credentials) }
	switch {
	case d.dbErr != nil && d.settings.TelemetryURL == "":
		return nil, d.dbErr
	case d.db == nil:
		return open()
	case d.settings.TelemetryURL == "":
		return library.Stored(d.db.Store), nil
	}
	// One of the two hides nothing of the other, whatever is wrong with it.
	return library.Union(library.Late(d.settings.TelemetryURL, open), library.Stored(d.db.Store)), nil
}
