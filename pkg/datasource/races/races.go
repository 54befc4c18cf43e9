// Package races answers the kinds of queries about one race: its classification, positions and gaps lap by lap, lap
// times, pace, events, and what it does to the iRating.
package races

import (
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
)

// Kinds are the kinds of queries that this package answers.
func Kinds() ask.Kinds {
	return ask.Kinds{
		models.KindRaceResults:     ask.Kind(answerResults),
		models.KindLapChart:        ask.Kind(answerLapChart),
		models.KindGapChart:        ask.Kind(answerGapChart),
		models.KindRaceLaps:        ask.Kind(answerLaps),
		models.KindPaceRanking:     ask.Kind(answerPace),
		models.KindEventLog:        ask.Kind(answerEvents),
		models.KindIRatingEstimate: ask.Kind(answerEstimate),
	}
}
