package seasons

import (
	"context"
	"strconv"
	"strings"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// week reads a race week from 1; 0 for none.
func week(w models.ID) (int, error) {
	text := strings.TrimSpace(strings.TrimPrefix(strings.ToLower(string(w)), "week"))
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 60 {
		return 0, frames.BadQuery("the week is %.40q; weeks count from 1, and empty is the whole season", string(w))
	}
	return n, nil
}

// category reads a licence category; 0 for none.
func category(c models.Category) (int64, error) {
	if c == "" {
		return 0, nil
	}
	var keys []string
	for _, known := range iracing.LicenceCategories {
		if known.Key == string(c) {
			return known.ID, nil
		}
		keys = append(keys, known.Key)
	}
	return 0, frames.BadQuery("there is no category %.40q; choose one of %s", c, strings.Join(keys, ", "))
}

// optional is an id that may be left out: 0 then.
func optional(what string, n models.ID) (int64, error) {
	if strings.TrimSpace(string(n)) == "" {
		return 0, nil
	}
	return ask.Number(what, n)
}

// me is the own driver; 0 where nobody knows.
func me(ctx context.Context, q *ask.Query) int64 {
	own, err := q.Me(ctx)
	if err != nil {
		return 0
	}
	return own
}

// unknownView is the error of a view that does not exist.
func unknownView[V ~string](view V, known ...V) error {
	list := make([]string, len(known))
	for i, v := range known {
		list[i] = string(v)
	}
	return frames.BadQuery("there is no view %.40q; choose one of %s", view, strings.Join(list, ", "))
}
