// Package seasons answers the kinds of queries about more than one race: championships, schedules, leagues, teams, what
// goes on now, and any endpoint of the API.
package seasons

import (
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
)

// Kinds are the kinds of queries that this package answers.
func Kinds() ask.Kinds {
	return ask.Kinds{}
}
