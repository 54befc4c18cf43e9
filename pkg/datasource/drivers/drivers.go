// Package drivers answers the kinds of queries about one driver: races, ratings, totals, rivals, and where a lap stands
// among all others.
//
// Races come from iRacing's searches, which tell what the driver made of each, and for the newest ones from their
// results, which tell the rest: best laps, ratings, the size of the car class. Without an account they come from imported
// results.
package drivers

import (
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// Kinds are the kinds of queries that this package answers.
func Kinds() ask.Kinds {
	return ask.Kinds{
		models.KindRaceHistory:   ask.Kind(raceHistory),
		models.KindRatingHistory: ask.Kind(ratingHistory),
		models.KindCareer:        ask.Kind(career),
		models.KindPerCar:        ask.Kind(perCar),
		models.KindPerTrack:      ask.Kind(perTrack),
		models.KindHeadToHead:    ask.Kind(headToHead),
		models.KindLeaderboard:   ask.Kind(leaderboard),
	}
}

// parallel is how many requests one query makes at once.
const parallel = 4

// categoryOf finds a licence category; 0 for none chosen.
func categoryOf(c models.Category) (int64, error) {
	if c == "" {
		return 0, nil
	}
	for _, known := range iracing.LicenceCategories {
		if known.Key == string(c) {
			return known.ID, nil
		}
	}
	return 0, unknown("category", string(c), categoryKeys())
}

func categoryKeys() []string {
	keys := make([]string, 0, len(iracing.LicenceCategories))
	for _, c := range iracing.LicenceCategories {
		keys = append(keys, c.Key)
	}
	return keys
}

// unknown is the error for a word that a query may not hold.
func unknown(what, word string, words []string) error {
	return frames.BadQuery("there is no %s that is called %.40q; there are %s", what, word, list(words))
}

// choose fills in the default of a choice and checks the others.
func choose[T ~string](what string, chosen T, choices ...T) (T, error) {
	if chosen == "" {
		return choices[0], nil
	}
	words := make([]string, 0, len(choices))
	for _, c := range choices {
		if c == chosen {
			return c, nil
		}
		words = append(words, string(c))
	}
	return "", unknown(what, string(chosen), words)
}
