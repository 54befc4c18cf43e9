package datasource

import (
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend/log"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/oauth"
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

// MovedTokens takes over tokens from where they were kept before.
func MovedTokens(to, from oauth.TokenStore) oauth.TokenStore { return &movedTokens{to: to, from: from} }
