package drivers

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis/race"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// Bounds of one query.
const (
	maxWindows = 24  // windows of 90 days that are searched for one driver: six years
	maxResults = 250 // results that are read at most
	maxImports = 250 // imported results that are read at most
	maxOutings = 5000
)

// eventRace is iRacing's number for races among the types of events. Hosted sessions have none.
const eventRace = 5

// outing is one race of the driver. Positions are from 1 and 0 where there is none, other numbers NaN where unknown.
type outing struct {
	subsession int64
	start, end time.Time
	category   int64
	series     iracing.Ref
	season     int64
	hosted     bool
	official   bool
	teams      bool
	track      iracing.TrackRef
	car, class iracing.Ref

	grid, classGrid   int
	place, classPlace int
	field, classField int // cars; 0 where unknown
	sof               float64
	laps, lapsLed     int
	best, average     float64 // s
	incidents, points float64
	dropped           bool

	irating  iracing.Change
	before   iracing.Licence
	licence  iracing.Licence // after the race
	read     bool            // its result was read
	finished bool            // somebody told what the driver made of it
}

// gained is the number of places gained in the race; NaN where unknown.
func (o *outing) gained() float64 {
	if o.grid < 1 || o.place < 1 {
		return math.NaN()
	}
	return float64(o.grid - o.place)
}

// percentile is that of the whole field, not of the car class.
func (o *outing) percentile() float64 { return race.FinishPercentile(o.place, o.field) }

// safetyChange is the change of the safety rating. Where the licence class changed as well, the rating begins at another
// number, which is no change of how safely somebody drove: NaN then.
func (o *outing) safetyChange() float64 {
	if o.before.Group() != o.licence.Group() {
		return math.NaN()
	}
	return o.licence.SR - o.before.SR
}

// filter keeps some of a driver's races.
type filter struct {
	category   int64
	series     int64
	car, track string
	hosted     bool
}

func (f *filter) keeps(o *outing) bool {
	return (f.category == 0 || o.category == f.category) && (f.series == 0 || o.series.ID == f.series) &&
		(f.car == "" || frames.Contains(o.car.Name, f.car)) && (f.track == "" || frames.Contains(o.track.String(), f.track))
}

// told is the filter in words, for an answer without races.
func (f *filter) told() string {
	var parts []string
	if f.category != 0 {
		parts = append(parts, "category "+iracing.CategoryName(f.category))
	}
	if f.series != 0 {
		parts = append(parts, "series "+strconv.FormatInt(f.series, 10))
	}
	if f.car != "" {
		parts = append(parts, "a car like "+strconv.Quote(f.car))
	}
	if f.track != "" {
		parts = append(parts, "a track like "+strconv.Quote(f.track))
	}
	if len(parts) == 0 {
		return ""
	}
	return " with " + list(parts)
}

// outings finds a driver's races within the time range, the newest first, and reads the results of so many of the newest.
// Without an account, it reads imported results.
func outings(ctx context.Context, q *ask.Query, driver int64, f filter, results int) ([]outing, error) {
	races, err := search(ctx, q, driver, f.hosted)
	if ask.Is(err, iracing.NoCredentials) && q.Imported != nil {
		return imported(ctx, q, driver, f, err)
	}
	if err != nil {
		return nil, err
	}
	races = slices.DeleteFunc(races, func(o outing) bool { return !f.keeps(&o) })
	if len(races) == 0 {
		q.Info("There is no race of this driver in the time range%s. Results appear some minutes after a race.", f.told())
		return nil, nil
	}
	if len(races) > maxOutings {
		q.Warn("Only the newest %d of %d races are shown.", maxOutings, len(races))
		races = races[:maxOutings]
	}
	if err := readResults(ctx, q, driver, races[:min(results, maxResults, len(races))]); err != nil {
		return nil, err
	}
	if err := recent(ctx, q, driver, races); err != nil {
		return nil, err
	}
	found := len(races)
	races = slices.DeleteFunc(races, func(o outing) bool { return !o.finished })
	if len(races) == 0 {
		q.Info("iRacing does not tell what the driver made of %s in the time range.", frames.Plural(found, "race"))
	}
	return races, nil
}

// search finds a driver's races within the time range as far as searches tell of them.
func search(ctx context.Context, q *ask.Query, driver int64, hosted bool) ([]outing, error) {
	from, to, now := q.Range.From.UTC(), q.Range.To.UTC(), q.Now().UTC()
	ranges, more := iracing.SearchRanges(from, to, now, maxWindows)
	if len(ranges) > 1 {
		// Nobody raced before becoming a member. Where that cannot be read, there is only more to search.
		m, err := q.API.Member(ctx, driver)
		switch {
		case ask.Is(err, iracing.NoCredentials):
			return nil, err
		case err == nil && m != nil && m.Since.After(from):
			from = m.Since
			ranges, more = iracing.SearchRanges(from, to, now, maxWindows)
		}
	}
	if len(ranges) == 0 {
		return nil, nil
	}
	if more {
		from = ranges[len(ranges)-1].From
		q.Warn("Only races since %s are looked at, as one query makes at most %d searches of 90 days each; choose a shorter time range for older ones.",
			from.Format("2 January 2006"), maxWindows)
	}
	var found [2][]iracing.FoundRace
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		found[0], err = q.API.SearchSeries(groupCtx, driver, ranges)
		return err
	})
	if hosted {
		group.Go(func() (err error) {
			found[1], err = q.API.SearchHosted(groupCtx, driver, ranges)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var races []outing
	for _, r := range slices.Concat(found[:]...) {
		// The borders of a window lie beyond those of the time range.
		if !r.Start.Before(from) && !r.Start.After(to) && !r.NoRace && (r.EventType == 0 || r.EventType == eventRace) {
			races = append(races, outingOf(q, &r))
		}
	}
	slices.SortStableFunc(races, newest)
	return races, nil
}

func newest(a, b outing) int {
	return cmp.Or(b.start.Compare(a.start), cmp.Compare(b.subsession, a.subsession))
}

func blank(subsession int64, start time.Time) outing {
	nan := math.NaN()
	none := iracing.Licence{SR: nan}
	return outing{
		subsession: subsession, start: start, sof: nan, best: nan, average: nan, incidents: nan, points: nan,
		irating: iracing.Change{Old: nan, New: nan}, before: none, licence: none,
	}
}

func outingOf(q *ask.Query, r *iracing.FoundRace) outing {
	o := blank(r.Subsession, r.Start)
	o.end, o.category, o.series, o.season, o.official = r.End, r.Category, r.Series, r.Season, r.Official
	o.track, o.sof, o.teams = r.Track, r.SoF, r.Teams
	if !r.Teams {
		// In a team event this counts people, not cars.
		o.field = r.Drivers
	}
	if r.Hosted != nil {
		o.hosted = true
		o.series.Name = hostedName(q, r.Hosted, r.HostName)
	}
	if p := &r.Own; p.Known {
		o.finished = true
		o.car, o.class = p.Car, p.Class
		o.grid, o.classGrid, o.place, o.classPlace = p.Grid, p.ClassGrid, p.Position, p.ClassPosition
		o.laps, o.lapsLed, o.incidents, o.points, o.dropped = p.Laps, p.LapsLed, p.Incidents, p.Points, p.Dropped
	}
	o.finished = o.finished && !o.watched()
	o.tidy()
	return o
}

// watched tells that the driver of a team never drove, which is no start.
func (o *outing) watched() bool { return o.teams && o.laps == 0 && !(o.incidents > 0) }

// tidy takes the spaces off that iRacing leaves at the ends of some names.
func (o *outing) tidy() {
	for _, s := range []*string{&o.series.Name, &o.track.Name, &o.track.Config, &o.car.Name, &o.class.Name} {
		*s = strings.TrimSpace(*s)
	}
}

// hostedName is what a hosted race or one of a league is called. Hosts name their sessions after themselves, so those of
// others have no name unless names are shown.
func hostedName(q *ask.Query, h *iracing.Hosted, host string) string {
	switch {
	case h.League.Name != "":
		return q.People.Hide("League: "+h.League.Name, map[int64]string{h.Host: host})
	case h.Name != "" && (q.People.Names || q.People.Own(h.Host)):
		return "Hosted: " + h.Name
	}
	return "Hosted session"
}

// readResults completes races with what only their results tell. A result that cannot be read is no reason to fail.
func readResults(ctx context.Context, q *ask.Query, driver int64, races []outing) error {
	failures := make([]error, len(races))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for i := range races {
		group.Go(func() error {
			r, err := q.API.Result(groupCtx, races[i].subsession)
			if err == nil {
				races[i].complete(r, driver)
				return nil
			}
			failures[i] = err
			return groupCtx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	failed := slices.DeleteFunc(failures, func(err error) bool { return err == nil || ask.Is(err, iracing.NotFound, iracing.Forbidden) })
	if len(failed) > 0 {
		q.Warn("Best laps and rating changes are missing for %s: %s", frames.Plural(len(failed), "race"), frames.Sentence(failed[0].Error()))
	}
	return nil
}

// complete adds what a result tells of the driver's race.
func (o *outing) complete(r *iracing.Result, driver int64) {
	main := r.Race()
	if main == nil {
		// A hosted session without a race.
		o.finished = o.finished && !o.hosted
		return
	}
	row := main.Of(driver)
	if row == nil {
		return
	}
	o.read, o.finished = true, true
	o.end, o.category, o.track, o.official, o.teams = r.End, r.Category, r.Track, r.Official, r.Teams
	o.sof = r.SoF
	o.field, o.classField = len(main.Rows), 0
	for i := range main.Rows {
		if main.Rows[i].Class.ID == row.Class.ID {
			o.classField++
		}
	}
	o.car, o.class = row.Car, row.Class
	o.grid, o.classGrid, o.place, o.classPlace = row.Start, row.ClassStart, row.Position, row.ClassPosition
	own := row
	for i := range row.Drivers {
		if row.Drivers[i].Cust == driver {
			own = &row.Drivers[i]
		}
	}
	o.laps, o.lapsLed, o.best, o.average = own.Laps, own.LapsLed, own.BestLap, own.AverageLap
	o.incidents, o.points, o.dropped = own.Incidents, max(own.Points, row.Points), own.Dropped
	o.irating, o.before, o.licence = own.IRating, own.OldLicence, own.NewLicence
	o.finished = !o.watched()
	o.tidy()
}

// recent fills ratings in from the driver's last ten official races, where results did not tell them: of a race that has
// just ended, or one whose result the account may not see.
func recent(ctx context.Context, q *ask.Query, driver int64, races []outing) error {
	unrated := func(o outing) bool { return o.official && !o.read }
	if !slices.ContainsFunc(races[:min(len(races), 10)], unrated) {
		return nil
	}
	list, err := q.API.RecentRaces(ctx, driver)
	if err != nil {
		return ctx.Err() // the table is worth showing without
	}
	for _, r := range list {
		i := slices.IndexFunc(races, func(o outing) bool { return o.subsession == r.Subsession })
		if i < 0 || !unrated(races[i]) {
			continue
		}
		o := &races[i]
		o.irating, o.before = r.IRating, r.Licence
		// The answer tells the licence class before the race only. It stays the same but for a promotion or demotion, after
		// which the rating is another by a whole class: then better nothing.
		if math.Abs(r.SR.New-r.SR.Old) < 0.9 {
			o.licence = iracing.Licence{Level: r.Licence.Level, SR: r.SR.New}
		}
		if !o.finished {
			o.grid, o.place, o.laps, o.lapsLed, o.incidents, o.points = r.Grid, r.Position, r.Laps, r.LapsLed, r.Incidents, r.Points
			o.finished = !o.watched()
		}
	}
	return nil
}

// imported finds a driver's races among the imported results.
func imported(ctx context.Context, q *ask.Query, driver int64, f filter, cause error) ([]outing, error) {
	imports, err := q.Imported(ctx)
	if err != nil {
		return nil, err
	}
	if len(imports) == 0 {
		return nil, cause
	}
	total := len(imports)
	var races []outing
	for _, i := range imports {
		if !i.Start.Before(q.Range.From) && !i.Start.After(q.Range.To) {
			races = append(races, blank(i.Subsession, i.Start))
		}
	}
	slices.SortStableFunc(races, newest)
	if len(races) > maxImports {
		q.Warn("Only the newest %d of %d imported results are read.", maxImports, len(races))
		races = races[:maxImports]
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for i := range races {
		group.Go(func() error {
			r, err := q.API.Result(groupCtx, races[i].subsession)
			if err != nil {
				return groupCtx.Err()
			}
			o := &races[i]
			o.series, o.season = r.Series, r.Season.ID
			if r.Hosted != nil {
				o.hosted = true
				o.series.Name = hostedName(q, r.Hosted, hostName(r))
			}
			o.complete(r, driver)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	races = slices.DeleteFunc(races, func(o outing) bool { return !o.finished || !f.keeps(&o) })
	q.Info("No iRacing account is set up, so these are the imported results in which the driver takes part: %d of %s.",
		len(races), frames.Plural(total, "result"))
	if len(races) == 0 {
		q.Info("Widen the time range, or import more results of this driver.")
	}
	return races, nil
}

// hostName is the host's name where the host took part.
func hostName(r *iracing.Result) string {
	for i := range r.Sessions {
		if row := r.Sessions[i].Find(r.Hosted.Host); row != nil {
			return row.Name
		}
	}
	return ""
}

// asked reads what several kinds of queries have in common.
func asked(ctx context.Context, q *ask.Query, driver models.ID, category models.Category) (id, in int64, err error) {
	if in, err = categoryOf(category); err != nil {
		return 0, 0, err
	}
	id, err = q.Driver(ctx, driver)
	return id, in, err
}
