// Package drivers answers the kinds of queries about one driver: races, ratings, totals, rivals, and where a lap stands
// among all others.
package drivers

import (
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
)

// Kinds are the kinds of queries that this package answers.
func Kinds() ask.Kinds {
	return ask.Kinds{}
}
