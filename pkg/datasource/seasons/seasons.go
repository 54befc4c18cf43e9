// Package seasons answers the kinds of queries about more than one race: championships, schedules, leagues, teams, what
// goes on now, and any endpoint of the API.
package seasons

import (
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
)

// Kinds are the kinds of queries that this package answers.
func Kinds() ask.Kinds {
	return ask.Kinds{
		models.KindStandings:     ask.Kind(standings),
		models.KindSeasonResults: ask.Kind(seasonResults),
		models.KindSchedule:      ask.Kind(scheduled),
		models.KindLeague:        ask.Kind(league),
		models.KindTeam:          ask.Kind(team),
		models.KindLiveSessions:  ask.Kind(live),
		models.KindServiceStatus: ask.Kind(serviceStatus),
		models.KindEndpoint:      ask.Kind(endpoint),
	}
}
