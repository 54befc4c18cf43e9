package collect

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

const (
	// mostWindows bounds the windows of one search; they reach back to before there was an iRacing.
	mostWindows = 100
	// keptAtOnce is about how many requests the store is asked for at once.
	keptAtOnce = 1000
	// settles is how long after its end a race has everything that it will ever have: protests are decided by then.
	settles = 48 * time.Hour
)

// found is a race that is to be collected.
type found struct {
	subsession int64
	start, end time.Time
	official   bool
	teams      bool
	own        []int64 // the own drivers who took part
}

// races is the job of that name.
func (c *Collector) races(ctx context.Context, w *work) error {
	since := c.Now().Add(-c.Lookback)
	list, err := w.search(ctx, since)
	if err != nil {
		return err
	}
	return w.collect(ctx, list)
}

// search finds the races of all drivers since a time, the newest first.
func (w *work) search(ctx context.Context, since time.Time) ([]found, error) {
	who, err := w.who(ctx)
	if err != nil {
		return nil, err
	}
	now := w.Now()
	ranges, _ := iracing.SearchRanges(since, now, now, mostWindows)
	byID := map[int64]*found{}
	for _, cust := range who.all() {
		for _, search := range []func(context.Context, int64, []iracing.SearchRange) ([]iracing.FoundRace, error){w.api().SearchSeries, w.api().SearchHosted} {
			races, err := search(ctx, cust, ranges)
			if err := w.leave(err); err != nil {
				return nil, err
			}
			for i := range races {
				r := &races[i]
				if r.Start.Before(since) || r.NoRace {
					continue
				}
				f := byID[r.Subsession]
				if f == nil {
					f = &found{subsession: r.Subsession, start: r.Start, end: r.End, official: r.Hosted == nil, teams: r.Teams}
					byID[r.Subsession] = f
				}
				if who.isOwn(cust) {
					f.own = append(f.own, cust)
				}
			}
		}
	}
	list := make([]found, 0, len(byID))
	for _, f := range byID {
		list = append(list, *f)
	}
	slices.SortFunc(list, func(a, b found) int {
		if d := b.start.Compare(a.start); d != 0 {
			return d
		}
		return int(b.subsession - a.subsession)
	})
	return list, nil
}

// collect takes races in that are not kept yet, a few at a time.
func (w *work) collect(ctx context.Context, list []found) error {
	list = slices.DeleteFunc(slices.Clone(list), func(f found) bool { return w.isSettled(f.subsession) })
	complete, err := w.complete(ctx, list)
	if err != nil {
		return err
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(w.Parallel)
	for i := range list {
		if complete[list[i].subsession] {
			continue
		}
		group.Go(func() error {
			if groupCtx.Err() != nil {
				return groupCtx.Err()
			}
			_, err := w.race(groupCtx, &list[i])
			return w.leave(err)
		})
	}
	return group.Wait()
}

// complete tells races of which everything is kept, as far as that can be told without their results: official races have
// a practice, a qualifying and a race at most. It asks the store for many at once.
func (w *work) complete(ctx context.Context, list []found) (map[int64]bool, error) {
	complete := map[int64]bool{}
	var asks []iracing.Request
	var of []int64
	flush := func() error {
		kept, err := w.Store.Kept(ctx, asks...)
		if err != nil {
			return err
		}
		for i, id := range of {
			before, known := complete[id]
			complete[id] = kept[i] && (before || !known)
		}
		asks, of = asks[:0], of[:0]
		return nil
	}
	for i := range list {
		f := &list[i]
		if !f.official || f.teams {
			continue
		}
		parts := []part{{0, true, f.own}, {-1, false, nil}, {-2, false, nil}}
		requests, err := w.lapRequests(f.subsession, parts)
		if err != nil {
			return nil, err
		}
		result, err := iracing.NewRequest("/data/results/get", iracing.Params{}.Set("subsession_id", f.subsession))
		if err != nil {
			return nil, err
		}
		for _, r := range append(requests, result) {
			asks, of = append(asks, r), append(of, f.subsession)
		}
		if len(asks) >= keptAtOnce {
			if err := flush(); err != nil {
				return nil, err
			}
		}
	}
	return complete, flush()
}

// part is a part of a subsession of which there are laps.
type part struct {
	number int
	race   bool    // events are asked for
	groups []int64 // drivers, or teams with a negative id, whose laps are asked for one by one, too
}

// lapRequests are the requests for the parts of a subsession that are worth making.
func (w *work) lapRequests(subsession int64, parts []part) ([]iracing.Request, error) {
	var list []iracing.Request
	var failed error
	add := func(path string, number int, more iracing.Params) {
		params := iracing.Params{}.Set("subsession_id", subsession).Set("simsession_number", number)
		maps.Copy(params, more)
		r, err := iracing.NewRequest(path, params)
		if err != nil {
			failed = errors.Join(failed, err)
		} else if w.Store.Keeps(r) {
			list = append(list, r)
		}
	}
	for _, p := range parts {
		add("/data/results/lap_chart_data", p.number, nil)
		if p.race {
			add("/data/results/event_log", p.number, nil)
		}
		for _, id := range p.groups {
			name := "cust_id"
			if id < 0 {
				name = "team_id"
			}
			add("/data/results/lap_data", p.number, iracing.Params{name: strconv.FormatInt(id, 10)})
		}
	}
	return list, failed
}

// race takes one race in: its result, and then, for each part in which somebody drove, the lap chart, and for a race the
// events and the own laps. known tells that nothing of it was new. What the database does not take is an error, after all
// else was tried; what iRacing does not show is none, as there is nothing more to be had.
func (w *work) race(ctx context.Context, f *found) (known bool, err error) {
	one := &tally{work: w}
	result, err := iracing.API{Source: one}.Result(ctx, f.subsession)
	if err != nil {
		return false, err
	}
	asks, err := w.lapRequests(f.subsession, partsOf(result, f.own))
	if err != nil {
		return false, err
	}
	kept, err := w.Store.Kept(ctx, asks...)
	if err != nil {
		return false, err
	}
	var lost error
	for i, r := range asks {
		if kept[i] {
			continue
		}
		_, err := one.Get(ctx, r)
		if notTaken(err) && lost == nil {
			lost = err
			continue // whoever called notes it
		}
		if w.leave(err) != nil {
			return false, err
		}
	}
	if lost != nil {
		return false, lost
	}
	if w.Now().Sub(result.End) > settles {
		w.settle(f.subsession)
	}
	return one.nothing(), nil
}

// partsOf are the parts of a result in which laps were driven.
func partsOf(r *iracing.Result, own []int64) []part {
	var parts []part
	for i := range r.Sessions {
		s := &r.Sessions[i]
		if !slices.ContainsFunc(s.Rows, func(row iracing.Row) bool { return row.Laps > 0 }) {
			continue
		}
		p := part{number: s.Number, race: s.Type == iracing.SimRace || s == r.Race()}
		if s == r.Race() {
			for _, cust := range own {
				if row := s.Of(cust); row != nil && row.Laps > 0 && !slices.Contains(p.groups, row.ID()) {
					p.groups = append(p.groups, row.ID())
				}
			}
		}
		parts = append(parts, p)
	}
	return parts
}

// settle remembers that nothing more is to be had of a race, so that what iRacing does not show of it is not looked for by
// each run. The next process asks once more, but for what the cache knows to be refused.
func (c *Collector) settle(subsession int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settled[subsession] = struct{}{}
}

func (c *Collector) isSettled(subsession int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.settled[subsession]
	return ok
}
