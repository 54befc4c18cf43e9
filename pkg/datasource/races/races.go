// Package races answers the kinds of queries about one race: its classification, positions and gaps lap by lap, lap
// times, pace, events, and what it does to the iRating.
package races

import (
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
)

// Kinds are the kinds of queries that this package answers.
func Kinds() ask.Kinds {
	return ask.Kinds{}
}
