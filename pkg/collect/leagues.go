package collect

import (
	"context"
	"errors"
	"slices"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// leagues is the job of that name.
func (c *Collector) leagues(ctx context.Context, w *work) error {
	who, err := w.who(ctx)
	if err != nil {
		return err
	}
	var ids []int64
	for _, cust := range who.own {
		list, err := w.api().Memberships(ctx, cust)
		if err := w.leave(err); err != nil {
			return err
		}
		for _, m := range list {
			if m.ID > 0 && !slices.Contains(ids, m.ID) {
				ids = append(ids, m.ID)
			}
		}
	}
	var races []found
	for _, id := range ids {
		list, err := w.league(ctx, id)
		if err != nil {
			return err
		}
		races = append(races, list...)
	}
	if err := w.teams(ctx, who); err != nil {
		return err
	}
	if len(races) == 0 {
		return nil
	}
	// Races are collected under their own lock, as the own ones are found by their own job, too.
	err = c.locked(ctx, jobRaces, w.wait, func(ctx context.Context) error { return w.collect(ctx, races) })
	if _, held := errors.AsType[*store.HeldError](err); held {
		c.Log.Debug("Left the races of leagues to the next run, as another collector collects races")
		return nil
	}
	return err
}

// league takes in one league and its running seasons, and answers their last races.
func (w *work) league(ctx context.Context, id int64) ([]found, error) {
	ofLeague := func() iracing.Params { return iracing.Params{}.Set("league_id", id) }
	for _, path := range []string{"/data/league/get", "/data/league/roster"} {
		if err := w.ask(ctx, path, ofLeague().Set("include_licenses", true)); err != nil {
			return nil, err
		}
	}
	seasons, err := w.api().LeagueSeasons(ctx, id, true)
	if err != nil {
		return nil, w.leave(err)
	}
	var races []found
	since := w.Now().Add(-w.Lookback)
	for i := range seasons {
		s := &seasons[i]
		if !s.Active {
			continue
		}
		classes := []int64{0} // all cars
		for _, class := range slices.Concat(s.Classes, s.TeamsOf) {
			if !slices.Contains(classes, class.ID) {
				classes = append(classes, class.ID)
			}
		}
		for _, class := range classes {
			p := ofLeague().Set("season_id", s.ID)
			if class != 0 {
				p.Set("car_class_id", class)
			}
			if err := w.ask(ctx, "/data/league/season_standings", p); err != nil {
				return nil, err
			}
		}
		calendar, err := w.api().LeagueRaces(ctx, id, s.ID)
		if err := w.leave(err); err != nil {
			return nil, err
		}
		for _, r := range calendar {
			if r.Done && r.Subsession > 0 && !r.Launch.Before(since) {
				races = append(races, found{subsession: r.Subsession, start: r.Launch, teams: r.Teams})
			}
		}
	}
	return races, nil
}

// teams takes in the teams of the account.
func (w *work) teams(ctx context.Context, who *drivers) error {
	if !who.account {
		return nil // iRacing tells the account's own teams only
	}
	list, err := w.api().Teams(ctx)
	if err := w.leave(err); err != nil {
		return err
	}
	for _, m := range list {
		if err := w.ask(ctx, "/data/team/get", iracing.Params{}.Set("team_id", m.ID).Set("include_licenses", true)); err != nil {
			return err
		}
	}
	return nil
}
