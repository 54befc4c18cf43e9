package picks

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// A list of races looks back for so long, and searches so many windows for them.
const (
	lookBack   = 90 * 24 * time.Hour
	maxWindows = 2
)

// raced is a race to choose.
type raced struct {
	subsession int64
	start      time.Time
	series     string
	track      string
	place      string
	note       string
}

// subsessions lists the own races of the last 90 days and those that were imported, the newest first.
func subsessions(ctx context.Context, q *ask.Query, v models.VariableQuery) ([]models.Option, error) {
	own, ownErr := ownRaces(ctx, q)
	var imported []ask.Import
	if q.Imported != nil {
		var err error
		if imported, err = q.Imported(ctx); err != nil && ownErr != nil {
			return nil, err
		}
	}
	if ownErr != nil && len(imported) == 0 {
		return nil, ownErr
	}
	for _, i := range imported {
		own = append(own, raced{subsession: i.Subsession, start: i.Start, series: i.Series, track: i.Track, note: "imported"})
	}
	slices.SortStableFunc(own, func(a, b raced) int {
		return cmp.Or(b.start.Compare(a.start), cmp.Compare(b.subsession, a.subsession))
	})
	seen := map[int64]bool{}
	var options []models.Option
	for _, r := range own {
		if seen[r.subsession] {
			continue
		}
		seen[r.subsession] = true
		options = append(options, models.Option{
			Value: id(r.subsession), Label: join(" · ", r.start.UTC().Format("2006-01-02 15:04"), r.series, r.track, r.place), Description: r.note,
		})
	}
	return filter(options, v.Search), nil
}

// ownRaces are the own races of the last 90 days. What iRacing keeps of the last ten is asked for as well: a race is
// there some time before a search finds it. One of the requests may fail.
func ownRaces(ctx context.Context, q *ask.Query) ([]raced, error) {
	me, err := q.Me(ctx)
	if err != nil {
		return nil, err
	}
	now := q.Now()
	ranges, _ := iracing.SearchRanges(now.Add(-lookBack), now, now, maxWindows)
	var recent []iracing.RecentRace
	var official, hosted []iracing.FoundRace
	var group errgroup.Group // without a context of its own, as one that fails must not end the others
	errs := make([]error, 3)
	group.Go(func() error { recent, errs[0] = q.API.RecentRaces(ctx, me); return nil })
	group.Go(func() error { official, errs[1] = q.API.SearchSeries(ctx, me, ranges); return nil })
	group.Go(func() error { hosted, errs[2] = q.API.SearchHosted(ctx, me, ranges); return nil })
	_ = group.Wait() // the errors are in errs
	var list []raced
	for _, f := range slices.Concat(official, hosted) {
		if f.NoRace || f.Start.Before(now.Add(-lookBack)) {
			continue
		}
		r := raced{subsession: f.Subsession, start: f.Start, series: f.Series.Name, track: f.Track.String(), place: place(f.Own.Position)}
		if f.Hosted != nil {
			r.series, r.note = cmp.Or(f.Hosted.League.Name, "Hosted race"), "hosted"
			// Who hosts a session often names it after himself.
			if q.People.Names || q.People.Own(f.Hosted.Host) {
				r.series = cmp.Or(f.Hosted.League.Name, f.Hosted.Name)
			}
			if f.Hosted.League.ID != 0 {
				r.note = "league"
			}
		}
		list = append(list, r)
	}
	for _, f := range recent {
		list = append(list, raced{subsession: f.Subsession, start: f.Start, series: f.Series.Name, track: f.Track.String(), place: place(f.Position)})
	}
	if len(list) == 0 {
		return nil, cmp.Or(errs[0], errs[1], errs[2])
	}
	return list, nil
}

func place(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf("P%d", n)
}

// result is the race that the entries of a list belong to.
func result(ctx context.Context, q *ask.Query, v models.VariableQuery) (*iracing.Result, error) {
	n, err := q.Subsession(ctx, v.Of)
	if err != nil {
		return nil, err
	}
	return q.API.Result(ctx, n)
}

// classes lists the car classes of one subsession.
func classes(ctx context.Context, q *ask.Query, v models.VariableQuery) ([]models.Option, error) {
	r, err := result(ctx, q, v)
	if err != nil {
		return nil, err
	}
	options := make([]models.Option, 0, len(r.Classes))
	for _, c := range r.Classes {
		o := models.Option{Value: id(c.ID), Label: cmp.Or(c.Short, c.Name)}
		if c.Entries > 0 {
			o.Description = frames.Plural(c.Entries, "car")
		}
		options = append(options, o)
	}
	return filter(options, v.Search), nil
}

// entrants lists the drivers of one subsession in the order in which they finished. Where names are hidden, keys stand
// for their ids.
func entrants(ctx context.Context, q *ask.Query, v models.VariableQuery) ([]models.Option, error) {
	r, err := result(ctx, q, v)
	if err != nil {
		return nil, err
	}
	main := r.Race()
	for i := len(r.Sessions) - 1; main == nil && i >= 0; i-- {
		main = &r.Sessions[i] // a practice or a qualifying on its own
	}
	if main == nil {
		return nil, nil
	}
	var options []models.Option
	for i := range main.Rows {
		row := &main.Rows[i]
		of := []iracing.Row{*row}
		team := ""
		if row.Team != 0 {
			of, team = row.Drivers, q.People.Team(row.Team, row.Name)
		}
		number := ""
		if row.Number != "" {
			number = "#" + row.Number
		}
		for _, d := range of {
			if d.Cust == 0 {
				continue
			}
			options = append(options, models.Option{
				Value: q.People.Key(d.Cust), Label: join(" · ", place(row.Position), q.People.Driver(d.Cust, d.Name), number),
				Description: join(", ", team, row.Class.Name, row.Car.Name),
			})
		}
	}
	return filter(options, v.Search), nil
}

// minSearch is how many letters of a name iRacing wants to be told.
const minSearch = 3

// drivers searches for drivers by name. Where names are hidden, there is nobody to be found but the own driver and
// whomever a customer id names.
func drivers(ctx context.Context, q *ask.Query, v models.VariableQuery) ([]models.Option, error) {
	search := strings.TrimSpace(v.Search)
	own, err := ownDriver(ctx, q)
	if err != nil {
		return nil, err
	}
	n, notNumber := ask.Number("the driver", models.ID(search))
	switch {
	case search == "" || strings.EqualFold(search, models.DriverMe):
		return own, nil
	case notNumber == nil && n > 0:
		o := models.Option{Value: id(n), Label: q.People.Driver(n, ""), Description: "Customer id " + id(n)}
		if q.People.Names {
			if m, err := q.API.Member(ctx, n); err == nil && m != nil {
				o.Label = q.People.Driver(n, m.Name)
			}
		}
		return append(own, o), nil
	case !q.People.Names:
		if found := filter(slices.Clone(own), search); len(found) > 0 {
			return found, nil
		}
		return nil, frames.BadQuery("names are hidden, so drivers cannot be searched by name: enter a customer id, or let the data source's settings show names")
	case len([]rune(search)) < minSearch:
		return own, nil
	}
	list, err := q.API.Drivers(ctx, search)
	if err != nil {
		return nil, err
	}
	options := make([]models.Option, 0, len(list))
	for _, f := range list {
		options = append(options, models.Option{Value: id(f.Cust), Label: q.People.Driver(f.Cust, f.Name), Description: "Customer id " + id(f.Cust)})
	}
	byLabel(options)
	return options, nil
}

// ownDriver is the own driver's entry; none where nobody knows who that is.
func ownDriver(ctx context.Context, q *ask.Query) ([]models.Option, error) {
	me, err := q.Me(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, nil
	}
	o := models.Option{Value: id(me), Label: q.People.Driver(me, ""), Description: "You"}
	if m, err := q.API.Member(ctx, me); err == nil && m != nil {
		o.Label = q.People.Driver(me, m.Name)
	}
	return []models.Option{o}, nil
}
