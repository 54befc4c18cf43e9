package collect

import (
	"context"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// reference is the job of that name.
func (c *Collector) reference(ctx context.Context, w *work) error {
	for _, path := range []string{
		"/data/car/get", "/data/carclass/get", "/data/track/get", "/data/series/get", "/data/lookup/licenses", "/data/lookup/current_season",
	} {
		if err := w.ask(ctx, path, nil); err != nil {
			return err
		}
	}
	return nil
}

// schedules is the job of that name.
func (c *Collector) schedules(ctx context.Context, w *work) error {
	for _, path := range []string{"/data/series/season_list", "/data/series/seasons"} {
		if err := w.ask(ctx, path, nil); err != nil {
			return err
		}
	}
	return nil
}

// standings is the job of that name.
func (c *Collector) standings(ctx context.Context, w *work) error {
	running, err := w.api().SeasonList(ctx, 0, 0)
	if err != nil {
		return err
	}
	seasons := make(map[int64]*iracing.Season, len(running))
	for i := range running {
		seasons[running[i].ID] = &running[i]
	}
	tables, err := w.raced(ctx, seasons)
	if err != nil {
		return err
	}
	for _, t := range tables {
		s := seasons[t.Season]
		t.Of = iracing.DriverStandings
		if err := w.table(ctx, t); err != nil {
			return err
		}
		if s.Teams {
			t.Of = iracing.TeamStandings
			if err := w.table(ctx, t); err != nil {
				return err
			}
		}
		if s.Week > 0 {
			t.Of, t.Week = iracing.QualifyResults, s.Week
			if err := w.table(ctx, t); err != nil {
				return err
			}
		}
	}
	return nil
}

// raced are the running seasons that the drivers have raced in, with the car classes in which they did.
func (w *work) raced(ctx context.Context, running map[int64]*iracing.Season) ([]iracing.Table, error) {
	who, err := w.who(ctx)
	if err != nil {
		return nil, err
	}
	// A season runs for twelve weeks, which may lie in two windows.
	now := w.Now()
	ranges, _ := iracing.SearchRanges(now.Add(-iracing.SearchWindow), now, now, mostWindows)
	var tables []iracing.Table
	seen := map[iracing.Table]bool{}
	for _, cust := range who.all() {
		races, err := w.api().SearchSeries(ctx, cust, ranges)
		if err := w.leave(err); err != nil {
			return nil, err
		}
		for i := range races {
			t := iracing.Table{Season: races[i].Season, Class: races[i].Own.Class.ID}
			if running[t.Season] == nil || t.Class == 0 || seen[t] {
				continue
			}
			seen[t] = true
			tables = append(tables, t)
		}
	}
	return tables, nil
}

// table asks for a table of a season for the sake of its facts.
func (w *work) table(ctx context.Context, t iracing.Table) error {
	p := iracing.Params{}.Set("season_id", t.Season).Set("car_class_id", t.Class)
	if t.Week > 0 {
		p.Set("race_week_num", t.Week-1)
	}
	return w.ask(ctx, "/data/stats/"+string(t.Of), p)
}
