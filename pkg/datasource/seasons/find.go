package seasons

import (
	"context"
	"slices"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// findSeason finds a season with what is known of it: one that runs with its weeks and drops, a past one with its classes
// and tracks.
func findSeason(ctx context.Context, q *ask.Query, of models.ID) (*iracing.Season, error) {
	n, err := ask.Number("the season", of)
	if err != nil {
		return nil, err
	}
	running, err := q.API.SeasonList(ctx, 0, 0)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(running, func(s iracing.Season) bool { return s.ID == n }); i >= 0 {
		return &running[i], nil
	}
	planned, err := q.API.SeasonSchedule(ctx, n)
	if ask.Is(err, iracing.NotFound) || err == nil && len(planned.Schedule) == 0 && planned.Series.ID == 0 {
		return nil, frames.BadQuery("iRacing knows no season %d; choose one of a series", n)
	}
	if err != nil {
		return nil, err
	}
	past, err := q.API.PastSeasons(ctx, planned.Series.ID)
	if ask.Is(err, iracing.NotFound) {
		return planned, nil
	}
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(past, func(s iracing.Season) bool { return s.ID == n }); i >= 0 {
		s := &past[i]
		s.Schedule = planned.Schedule
		return s, nil
	}
	return planned, nil
}

// findClass is the car class that a query names, or the first of the season.
func findClass(season func() (*iracing.Season, error), of models.ID) (int64, error) {
	if n, err := optional("the car class", of); n != 0 || err != nil {
		return n, err
	}
	s, err := season()
	if err != nil {
		return 0, err
	}
	if len(s.Classes) == 0 {
		return 0, frames.BadQuery("iRacing does not tell the car classes of %s; choose one", s.Name)
	}
	return s.Classes[0].ID, nil
}

// schedule fills in the weeks of a season that runs, of which the list of seasons knows only the one that runs. They are
// worth a remark and no failure.
func schedule(ctx context.Context, q *ask.Query, s *iracing.Season) {
	if len(s.Schedule) > 1 {
		return
	}
	planned, err := q.API.SeasonSchedule(ctx, s.ID)
	switch {
	case err != nil:
		q.Warn("The season's schedule is missing: %s.", err)
	case len(planned.Schedule) > 0:
		s.Schedule = planned.Schedule
		if s.Series.Name == "" {
			s.Series.Name = planned.Series.Name
		}
	}
}
