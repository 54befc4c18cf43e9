// Package picks makes the pick lists of the editors and the variables that iRacing's API feeds: series, seasons, cars,
// tracks, own races, drivers and the rest. Each list is bounded and sorted as a person looks through it; the value of an
// entry is an id that queries understand.
package picks

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
)

// List makes one pick list.
type List = func(ctx context.Context, q *ask.Query, v models.VariableQuery) ([]models.Option, error)

// Lists are the pick lists of this package.
func Lists() map[models.PickKind]List {
	lists := map[models.PickKind]List{
		models.PickDrivers:       drivers,
		models.PickCategories:    categories,
		models.PickSeries:        series,
		models.PickSeasons:       seasons,
		models.PickWeeks:         weeks,
		models.PickSubsessions:   subsessions,
		models.PickCars:          cars,
		models.PickCarClasses:    carClasses,
		models.PickClasses:       classes,
		models.PickEntrants:      entrants,
		models.PickTracks:        tracks,
		models.PickLeagues:       leagues,
		models.PickLeagueSeasons: leagueSeasons,
		models.PickTeams:         teams,
		models.PickEndpoints:     endpoints,
	}
	for kind, list := range lists {
		lists[kind] = func(ctx context.Context, q *ask.Query, v models.VariableQuery) ([]models.Option, error) {
			options, err := list(ctx, q, v)
			return options[:min(len(options), maxOptions)], err
		}
	}
	return lists
}

// maxOptions bounds a pick list.
const maxOptions = 2000

// filter keeps the options whose label or description contains every word of a search.
func filter(options []models.Option, search string) []models.Option {
	return slices.DeleteFunc(options, func(o models.Option) bool { return !contains(o.Label+" "+o.Description, search) })
}

// byLabel sorts options by their labels without regard to case. Names such as "[Legacy] Phoenix Raceway" go last.
func byLabel(options []models.Option) {
	legacy := func(o models.Option) int { return strings.Count(o.Label[:min(1, len(o.Label))], "[") }
	slices.SortStableFunc(options, func(a, b models.Option) int {
		return cmp.Or(legacy(a)-legacy(b), strings.Compare(strings.ToLower(a.Label), strings.ToLower(b.Label)), strings.Compare(a.Value, b.Value))
	})
}

// contains tells whether every word of the search is in a text, in any case; an empty search is in all.
func contains(text, search string) bool {
	text = strings.ToLower(text)
	for word := range strings.FieldsSeq(strings.ToLower(search)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// of is the id of what the entries of a list belong to.
func of(what string, v models.VariableQuery) (int64, error) {
	if strings.TrimSpace(string(v.Of)) == "" {
		return 0, frames.BadQuery("choose %s first", what)
	}
	return ask.Number(what, v.Of)
}

func id(n int64) string { return strconv.FormatInt(n, 10) }

// join puts the parts of a label together and leaves empty ones out.
func join(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), sep)
}
