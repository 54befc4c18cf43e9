package picks

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// categories lists the licence categories.
func categories(_ context.Context, _ *ask.Query, v models.VariableQuery) ([]models.Option, error) {
	var options []models.Option
	for _, c := range iracing.LicenceCategories {
		o := models.Option{Value: c.Key, Label: c.Name}
		if c.ID == iracing.Road {
			o.Description = "History before it was split into sports car and formula car"
		}
		options = append(options, o)
	}
	return filter(options, v.Search), nil
}

// series lists the official series that run.
func series(ctx context.Context, q *ask.Query, v models.VariableQuery) ([]models.Option, error) {
	list, err := q.API.Series(ctx)
	if err != nil {
		return nil, err
	}
	options := make([]models.Option, 0, len(list))
	for _, s := range list {
		o := models.Option{Value: id(s.ID), Label: s.Name, Description: iracing.CategoryName(s.Category)}
		if s.MinLicence > 0 {
			o.Description = join(", ", o.Description, "licence from "+iracing.Licence{Level: s.MinLicence}.Class())
		}
		options = append(options, o)
	}
	byLabel(options)
	return filter(options, v.Search), nil
}

// seasons lists the seasons of one series, the newest first, or all that run.
func seasons(ctx context.Context, q *ask.Query, v models.VariableQuery) ([]models.Option, error) {
	var options []models.Option
	if v.Of != "" {
		n, err := of("the series", v)
		if err != nil {
			return nil, err
		}
		list, err := q.API.PastSeasons(ctx, n)
		if err != nil {
			return nil, err
		}
		slices.SortStableFunc(list, func(a, b iracing.Season) int {
			return cmp.Or(cmp.Compare(b.Year, a.Year), cmp.Compare(b.Quarter, a.Quarter), cmp.Compare(b.ID, a.ID))
		})
		for i := range list {
			s := &list[i]
			o := models.Option{Value: id(s.ID), Label: cmp.Or(s.Short, s.Name), Description: s.Name}
			if s.Active {
				o.Description = join(", ", o.Description, "running")
			}
			options = append(options, o)
		}
		return filter(options, v.Search), nil
	}
	list, err := q.API.SeasonList(ctx, 0, 0)
	if err != nil {
		return nil, err
	}
	for i := range list {
		s := &list[i]
		o := models.Option{Value: id(s.ID), Label: s.Name, Description: iracing.CategoryName(s.Category)}
		if now := s.Now(); now != nil {
			o.Description = join(", ", o.Description, now.Track.String())
		}
		options = append(options, o)
	}
	byLabel(options)
	return filter(options, v.Search), nil
}

// weeks lists the race weeks of one season.
func weeks(ctx context.Context, q *ask.Query, v models.VariableQuery) ([]models.Option, error) {
	n, err := of("the season", v)
	if err != nil {
		return nil, err
	}
	s, err := q.API.SeasonSchedule(ctx, n)
	if err != nil {
		return nil, err
	}
	options := make([]models.Option, 0, len(s.Schedule))
	for i := range s.Schedule {
		w := &s.Schedule[i]
		o := models.Option{Value: strconv.Itoa(w.Number), Label: join(" · ", "Week "+strconv.Itoa(w.Number), w.Track.String())}
		if !w.Start.IsZero() {
			o.Description = "From " + w.Start.Format("2 January 2006")
		}
		options = append(options, o)
	}
	return filter(options, v.Search), nil
}

// carClasses lists the car classes of one season, or all.
func carClasses(ctx context.Context, q *ask.Query, v models.VariableQuery) ([]models.Option, error) {
	all, err := q.API.CarClasses(ctx)
	if err != nil {
		return nil, err
	}
	var keep func(id int64) bool
	if v.Of != "" {
		n, err := of("the season", v)
		if err != nil {
			return nil, err
		}
		ids, err := classesOf(ctx, q, n)
		if err != nil {
			return nil, err
		}
		keep = func(id int64) bool { return slices.Contains(ids, id) }
	}
	var options []models.Option
	for _, c := range all {
		// Class 0 is what hosted sessions call all cars.
		if c.ID == 0 || keep != nil && !keep(c.ID) {
			continue
		}
		o := models.Option{Value: id(c.ID), Label: cmp.Or(c.Name, c.Short), Description: frames.Plural(len(c.Cars), "car")}
		if c.Short != "" && c.Short != c.Name {
			o.Description = c.Short + ", " + o.Description
		}
		options = append(options, o)
	}
	byLabel(options)
	return filter(options, v.Search), nil
}

// classesOf are the ids of the car classes of a season, one that runs or a past one.
func classesOf(ctx context.Context, q *ask.Query, season int64) ([]int64, error) {
	find := func(list []iracing.Season) []int64 {
		var ids []int64
		for _, s := range list {
			if s.ID == season {
				for _, c := range s.Classes {
					ids = append(ids, c.ID)
				}
			}
		}
		return ids
	}
	list, err := q.API.SeasonList(ctx, 0, 0)
	if err != nil {
		return nil, err
	}
	if ids := find(list); ids != nil {
		return ids, nil
	}
	s, err := q.API.SeasonSchedule(ctx, season)
	if err != nil {
		return nil, err
	}
	if list, err = q.API.PastSeasons(ctx, s.Series.ID); err != nil {
		return nil, err
	}
	return find(list), nil
}
