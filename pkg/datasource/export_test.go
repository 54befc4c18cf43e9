package datasource

import (
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend/log"
)

// ForgetImports makes the next query ask the database again what was imported.
func ForgetImports(d *Datasource) {
	i := d.account.imports
	i.mu.Lock()
	defer i.mu.Unlock()
	i.listed = time.Time{}
}

// Warner logs why something could not be done with the database.
func Warner(l log.Logger, what string) func(error) { return (&database{log: l}).warn(what) }
