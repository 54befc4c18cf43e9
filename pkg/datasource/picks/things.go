package picks

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// cars lists all cars, those that can still be driven first.
func cars(ctx context.Context, q *ask.Query, v models.VariableQuery) ([]models.Option, error) {
	list, err := q.API.Cars(ctx)
	if err != nil {
		return nil, err
	}
	var now, retired []models.Option
	for _, c := range list {
		o := models.Option{Value: id(c.ID), Label: c.Name}
		var in []string
		for _, known := range iracing.LicenceCategories {
			if slices.Contains(c.Categories, known.Key) {
				in = append(in, known.Name)
			}
		}
		o.Description = strings.Join(in, ", ")
		if c.Retired {
			o.Description = join(", ", o.Description, "retired")
			retired = append(retired, o)
		} else {
			now = append(now, o)
		}
	}
	byLabel(now)
	byLabel(retired)
	return filter(append(now, retired...), v.Search), nil
}

// tracks lists all tracks with their layouts, those that can still be driven first.
func tracks(ctx context.Context, q *ask.Query, v models.VariableQuery) ([]models.Option, error) {
	list, err := q.API.Tracks(ctx)
	if err != nil {
		return nil, err
	}
	var now, retired []models.Option
	for _, t := range list {
		o := models.Option{Value: id(t.ID), Label: t.String(), Description: t.Type}
		if !math.IsNaN(t.Length) {
			length := fmt.Sprintf("%.2f km", t.Length/1000)
			if q.Units == models.UnitsImperial {
				length = fmt.Sprintf("%.2f mi", t.Length/1609.344)
			}
			o.Description = join(", ", o.Description, length)
		}
		if t.Retired {
			o.Description = join(", ", o.Description, "retired")
			retired = append(retired, o)
		} else {
			now = append(now, o)
		}
	}
	byLabel(now)
	byLabel(retired)
	return filter(append(now, retired...), v.Search), nil
}

// leagues lists the leagues that the own account is in.
func leagues(ctx context.Context, q *ask.Query, v models.VariableQuery) ([]models.Option, error) {
	list, err := q.API.Memberships(ctx, 0)
	if err != nil {
		return nil, err
	}
	return memberships(list, v), nil
}

// teams lists the teams that the own account is in.
func teams(ctx context.Context, q *ask.Query, v models.VariableQuery) ([]models.Option, error) {
	list, err := q.API.Teams(ctx)
	if err != nil {
		return nil, err
	}
	return memberships(list, v), nil
}

func memberships(list []iracing.Membership, v models.VariableQuery) []models.Option {
	options := make([]models.Option, 0, len(list))
	for _, m := range list {
		o := models.Option{Value: id(m.ID), Label: m.Name}
		switch {
		case m.Owner:
			o.Description = "You own it"
		case m.Admin:
			o.Description = "You are an admin"
		}
		if m.Default {
			o.Description = join(", ", o.Description, "Your default team")
		}
		options = append(options, o)
	}
	byLabel(options)
	return filter(options, v.Search)
}

// leagueSeasons lists the seasons of one league.
func leagueSeasons(ctx context.Context, q *ask.Query, v models.VariableQuery) ([]models.Option, error) {
	n, err := of("the league", v)
	if err != nil {
		return nil, err
	}
	list, err := q.API.LeagueSeasons(ctx, n, true)
	if err != nil {
		return nil, err
	}
	var options []models.Option
	for _, s := range list {
		o := models.Option{Value: id(s.ID), Label: s.Name}
		if !s.Active {
			o.Description = "over"
		}
		options = append(options, o)
	}
	return filter(options, v.Search), nil
}
