package seasons

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"
	"golang.org/x/sync/errgroup"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis/race"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// scheduled is what is raced when.
func scheduled(ctx context.Context, q *ask.Query, query models.ScheduleQuery) (data.Frames, error) {
	switch query.View {
	case models.ScheduleWeek, "":
		return scheduleWeek(ctx, q, query)
	case models.ScheduleSeason:
		return scheduleSeason(ctx, q, query)
	case models.ScheduleGuide:
		return scheduleGuide(ctx, q, query)
	case models.ScheduleTimeAttack:
		return scheduleTimeAttack(ctx, q, query)
	}
	return nil, unknownView(query.View, models.ScheduleWeek, models.ScheduleSeason, models.ScheduleGuide, models.ScheduleTimeAttack)
}

// running are the seasons that run and pass the filter of a schedule.
func running(ctx context.Context, q *ask.Query, query models.ScheduleQuery) ([]iracing.Season, error) {
	of, err := category(query.Category)
	if err != nil {
		return nil, err
	}
	all, err := q.API.SeasonList(ctx, 0, 0)
	if err != nil {
		return nil, err
	}
	series, err := allSeries(ctx, q)
	if err != nil {
		return nil, err
	}
	var list []iracing.Season
	for _, s := range all {
		s.Series.Name = cmp.Or(s.Series.Name, series[s.Series.ID].Name)
		if (of == 0 || s.Category == of) && isSeries(&s, query.Series) {
			list = append(list, s)
		}
	}
	if len(list) == 0 {
		q.Info("Of the %s none passes the filter.", frames.Plural(len(all), "running season"))
	}
	return list, nil
}

// isSeries tells whether a season is of the series that is asked for by its id or a part of its name.
func isSeries(s *iracing.Season, series string) bool {
	text := strings.TrimSpace(series)
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n == s.Series.ID {
		return true
	}
	return contains(s.Name, text) || contains(s.Series.Name, text)
}

// allSeries are all series by their ids.
func allSeries(ctx context.Context, q *ask.Query) (map[int64]iracing.Series, error) {
	list, err := q.API.Series(ctx)
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]iracing.Series, len(list))
	for _, s := range list {
		byID[s.ID] = s
	}
	return byID, nil
}

// licenceNames are the classes of licences by their number.
var licenceNames = [...]string{"", "Rookie", "D", "C", "B", "A", "Pro", "Pro/WC"}

func licenceName(group int) string {
	if group < 0 || group >= len(licenceNames) {
		return ""
	}
	return licenceNames[group]
}

func setup(fixed bool) string {
	if fixed {
		return "fixed"
	}
	return "open"
}

// Bounds of the start times.
const (
	nextStarts  = 5
	fewSeasons  = 5 // so many schedules are asked for one by one, which is less than the file of all of them
	startsAhead = 8 * 24 * time.Hour
)

// seasonRow is a running season with its next starts.
type seasonRow struct {
	iracing.Season
	week   iracing.Week
	starts []time.Time
}

// scheduleWeek is a row a running season: this week's track and when it is raced next.
func scheduleWeek(ctx context.Context, q *ask.Query, query models.ScheduleQuery) (data.Frames, error) {
	list, err := running(ctx, q, query)
	if err != nil {
		return nil, err
	}
	schedules, err := schedulesOf(ctx, q, list)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		q.Warn("The start times are missing: %s.", err)
	}
	now := q.Now()
	rows := make([]seasonRow, 0, len(list))
	for _, s := range list {
		row := seasonRow{Season: s}
		if w := s.Now(); w != nil {
			row.week = *w
		}
		var times []iracing.SessionTimes
		for _, w := range schedules[s.ID] {
			if w.End.IsZero() || !w.End.Before(now) {
				times = append(times, w.Sessions...)
			}
			if w.Number == row.week.Number {
				row.week.Forecast, row.week.Length, row.week.Laps = w.Forecast, w.Length, w.Laps
			}
		}
		row.starts = race.SessionStarts(times, now, now.Add(startsAhead), nextStarts)
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b seasonRow) int {
		return cmp.Or(cmp.Compare(order(a.Category), order(b.Category)), cmp.Compare(a.Licence, b.Licence), cmp.Compare(a.Name, b.Name))
	})
	return table(
		"schedule",
		text("series", "Series", rows, func(r *seasonRow) string { return cmp.Or(r.Series.Name, r.Name) }),
		text("season", "Season", rows, func(r *seasonRow) string { return r.Name }),
		text("category", "Category", rows, func(r *seasonRow) string { return iracing.CategoryName(r.Category) }),
		text("licence", "Licence", rows, func(r *seasonRow) string { return licenceName(r.Licence) }),
		num("week", "Week", rows, frames.Number, func(r *seasonRow) float64 { return positive(r.Week) }),
		num("weeks", "Weeks", rows, number, func(r *seasonRow) float64 { return positive(r.Weeks) }),
		text("track", "Track", rows, func(r *seasonRow) string { return r.week.Track.String() }),
		text("length", "Race", rows, func(r *seasonRow) string { return raceLength(r.week.Length, r.week.Laps) }),
		when("nextStart", "Next start", rows, func(r *seasonRow) time.Time {
			if len(r.starts) == 0 {
				return time.Time{}
			}
			return r.starts[0]
		}),
		text("nextStarts", "Next starts, UTC", rows, func(r *seasonRow) string { return startsInWords(r.starts, now) }),
		text("when", "Races", rows, func(r *seasonRow) string { return r.When }),
		num("registered", "Registered", rows, number, func(r *seasonRow) float64 { return float64(r.Registered) }),
		num("precipitation", "Chance of rain", rows, share, func(r *seasonRow) float64 { return r.week.Forecast.Precip }),
		text("setup", "Set-up", rows, func(r *seasonRow) string { return setup(r.Fixed) }),
		yes("teams", "Teams", rows, func(r *seasonRow) bool { return r.Teams }),
		yes("multiclass", "Multi-class", rows, func(r *seasonRow) bool { return r.Multiclass }),
		yes("official", "Official", rows, func(r *seasonRow) bool { return r.Official }),
		num("drops", "Drop weeks", rows, number, func(r *seasonRow) float64 { return float64(r.Drops) }),
		num("incidentLimit", "Incident limit", rows, number, func(r *seasonRow) float64 { return positive(r.Incidents) }),
		key("seasonId", "Season id", rows, func(r *seasonRow) int64 { return r.ID }),
		key("seriesId", "Series id", rows, func(r *seasonRow) int64 { return r.Series.ID }),
		key("trackId", "Track id", rows, func(r *seasonRow) int64 { return r.week.Track.ID }),
		text("classIds", "Car class ids", rows, func(r *seasonRow) string { return ids(r.Classes) }),
	), nil
}

// order sorts categories as the member site does.
func order(category int64) int {
	return slices.IndexFunc(iracing.LicenceCategories, func(c iracing.LicenceCategory) bool { return c.ID == category })
}

func ids(refs []iracing.Ref) string {
	list := make([]string, len(refs))
	for i, r := range refs {
		list[i] = id(r.ID)
	}
	return strings.Join(list, ",")
}

// startsInWords lists start times: 19:45, 21:45, Tue 00:45.
func startsInWords(starts []time.Time, now time.Time) string {
	list := make([]string, len(starts))
	day := now.UTC().YearDay()
	for i, t := range starts {
		t = t.UTC()
		if list[i] = t.Format("15:04"); t.YearDay() != day {
			list[i] = t.Format("Mon 15:04")
		}
		day = t.YearDay()
	}
	return strings.Join(list, ", ")
}

// schedulesOf are the weeks of seasons by season: of a few asked for one by one, of many from the file of all of them.
func schedulesOf(ctx context.Context, q *ask.Query, list []iracing.Season) (map[int64][]iracing.Week, error) {
	weeks := map[int64][]iracing.Week{}
	switch {
	case len(list) == 0:
		return weeks, nil
	case len(list) > fewSeasons:
		all, err := q.API.Seasons(ctx, 0, 0)
		if err != nil {
			return weeks, err
		}
		for _, s := range all {
			weeks[s.ID] = s.Schedule
		}
		return weeks, nil
	}
	found := make([]*iracing.Season, len(list))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(parallelWeeks)
	for i := range list {
		group.Go(func() (err error) {
			found[i], err = q.API.SeasonSchedule(groupCtx, list[i].ID)
			return err
		})
	}
	err := group.Wait()
	for _, s := range found {
		if s != nil {
			weeks[s.ID] = s.Schedule
		}
	}
	return weeks, err
}

// scheduleSeason is a row a week of one season.
func scheduleSeason(ctx context.Context, q *ask.Query, query models.ScheduleQuery) (data.Frames, error) {
	season, err := ask.Number("the season", query.Season)
	if err != nil {
		return nil, err
	}
	s, err := q.API.SeasonSchedule(ctx, season)
	if err != nil {
		return nil, err
	}
	rows := s.Schedule
	if len(rows) == 0 {
		q.Info("iRacing tells no weeks of season %d.", season)
	}
	now := q.Now()
	state := func(w *iracing.Week) string {
		switch {
		case w.Start.IsZero():
			return ""
		case now.Before(w.Start):
			return "to come"
		case !w.End.IsZero() && now.After(w.End), w.End.IsZero() && now.After(w.Start.AddDate(0, 0, 7)):
			return "over"
		}
		return "now"
	}
	return table(
		"season",
		num("week", "Week", rows, frames.Number, func(w *iracing.Week) float64 { return positive(w.Number) }),
		text("state", "State", rows, state),
		when("start", "From", rows, func(w *iracing.Week) time.Time { return w.Start }),
		when("end", "Last session", rows, func(w *iracing.Week) time.Time { return w.End }),
		text("track", "Track", rows, func(w *iracing.Week) string { return w.Track.String() }),
		text("length", "Race", rows, func(w *iracing.Week) string { return raceLength(w.Length, w.Laps) }),
		num("duration", "Race time", rows, duration, func(w *iracing.Week) float64 { return long(w.Length) }),
		num("laps", "Laps", rows, number, func(w *iracing.Week) float64 { return positive(w.Laps) }),
		text("qualifying", "Qualifying", rows, func(w *iracing.Week) string { return raceLength(w.Qualify, w.QualLaps) }),
		when("nextStart", "Next start", rows, func(w *iracing.Week) time.Time {
			if next := race.SessionStarts(w.Sessions, now, now.AddDate(1, 0, 0), 1); len(next) > 0 {
				return next[0]
			}
			return time.Time{}
		}),
		text("skies", "Skies", rows, func(w *iracing.Week) string { return skies(w.Forecast) }),
		num("temperatureLow", "Lowest temperature", rows, temperature(q), func(w *iracing.Week) float64 { return w.Forecast.TempLow }),
		num("temperatureHigh", "Highest temperature", rows, temperature(q), func(w *iracing.Week) float64 { return w.Forecast.TempHigh }),
		num("precipitation", "Chance of rain", rows, share, func(w *iracing.Week) float64 { return w.Forecast.Precip }),
		text("rain", "Rain", rows, func(w *iracing.Week) string { return w.Forecast.Rain }),
		num("wind", "Wind up to", rows, speed(q), func(w *iracing.Week) float64 { return w.Forecast.WindHigh }),
		text("windFrom", "Wind from", rows, func(w *iracing.Week) string { return w.Forecast.WindFrom }),
		text("simulated", "Time in the sim", rows, func(w *iracing.Week) string {
			return strings.Replace(strings.TrimSuffix(w.Forecast.Started, ":00"), "T", " ", 1)
		}),
		key("trackId", "Track id", rows, func(w *iracing.Week) int64 { return w.Track.ID }),
	), nil
}

func skies(f iracing.Forecast) string {
	if f.SkiesLow == f.SkiesHigh || f.SkiesHigh == "" {
		return f.SkiesLow
	}
	return f.SkiesLow + " to " + f.SkiesHigh
}

// guideRow is a planned session with what is known of its season.
type guideRow struct {
	iracing.Planned
	season iracing.Season
}

// scheduleGuide is a row for each official session of the next three hours.
func scheduleGuide(ctx context.Context, q *ask.Query, query models.ScheduleQuery) (data.Frames, error) {
	of, err := category(query.Category)
	if err != nil {
		return nil, err
	}
	var guide []iracing.Planned
	var list []iracing.Season
	var series map[int64]iracing.Series
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { guide, err = q.API.RaceGuide(groupCtx); return err })
	group.Go(func() (err error) { list, err = q.API.SeasonList(groupCtx, 0, 0); return err })
	group.Go(func() (err error) { series, err = allSeries(groupCtx, q); return err })
	if err := group.Wait(); err != nil {
		return nil, err
	}
	byID := make(map[int64]iracing.Season, len(list))
	for _, s := range list {
		byID[s.ID] = s
	}
	rows := make([]guideRow, 0, len(guide))
	for _, p := range guide {
		row := guideRow{Planned: p, season: byID[p.Season]}
		row.season.Series = iracing.Ref{ID: p.Series, Name: cmp.Or(series[p.Series].Name, row.season.Series.Name, row.season.Name, "Series "+id(p.Series))}
		row.season.Category = cmp.Or(row.season.Category, series[p.Series].Category)
		if (of == 0 || row.season.Category == of) && isSeries(&row.season, query.Series) {
			rows = append(rows, row)
		}
	}
	slices.SortStableFunc(rows, func(a, b guideRow) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(b.Entries, a.Entries), cmp.Compare(a.season.Series.Name, b.season.Series.Name))
	})
	if len(rows) == 0 {
		q.Info("Of the %s of the next three hours none passes the filter.", frames.Plural(len(guide), "session"))
	}
	now := q.Now()
	track := func(r *guideRow) *iracing.Week {
		if w := r.season.Now(); w != nil && (w.Number == r.Week || r.Week == 0) {
			return w
		}
		return &iracing.Week{}
	}
	return table(
		"guide",
		when("start", "Start", rows, func(r *guideRow) time.Time { return r.Start }),
		num("in", "Starts in", rows, duration, func(r *guideRow) float64 {
			if r.Start.IsZero() {
				return math.NaN()
			}
			return max(0, math.Round(r.Start.Sub(now).Seconds()))
		}),
		text("series", "Series", rows, func(r *guideRow) string { return r.season.Series.Name }),
		text("track", "Track", rows, func(r *guideRow) string { return track(r).Track.String() }),
		num("entries", "Entries", rows, number, func(r *guideRow) float64 { return counted(r.Entries) }),
		text("category", "Category", rows, func(r *guideRow) string { return iracing.CategoryName(r.season.Category) }),
		text("licence", "Licence", rows, func(r *guideRow) string { return licenceName(r.season.Licence) }),
		text("length", "Race", rows, func(r *guideRow) string { return raceLength(track(r).Length, track(r).Laps) }),
		num("duration", "Session", rows, duration, func(r *guideRow) float64 {
			if r.Start.IsZero() || r.End.IsZero() {
				return math.NaN()
			}
			return long(r.End.Sub(r.Start))
		}),
		num("week", "Week", rows, frames.Number, func(r *guideRow) float64 { return positive(r.Week) }),
		yes("superSession", "Super session", rows, func(r *guideRow) bool { return r.Super }),
		key("session", "Session id", rows, func(r *guideRow) int64 { return r.Session }),
		key("seasonId", "Season id", rows, func(r *guideRow) int64 { return r.Season }),
		key("seriesId", "Series id", rows, func(r *guideRow) int64 { return r.Series }),
	), nil
}

// scheduleTimeAttack is a row for each time attack competition, from public files.
func scheduleTimeAttack(ctx context.Context, q *ask.Query, query models.ScheduleQuery) (data.Frames, error) {
	of, err := category(query.Category)
	if err != nil {
		return nil, err
	}
	list, err := q.API.TimeAttack(ctx)
	if err != nil {
		return nil, err
	}
	now := q.Now()
	rows := make([]iracing.Competition, 0, len(list))
	for _, c := range list {
		if (of == 0 || c.Category == of || c.Category == iracing.Road && (of == iracing.SportsCar || of == iracing.FormulaCar)) && contains(c.Name, query.Series) {
			rows = append(rows, c)
		}
	}
	state := func(c *iracing.Competition) string {
		switch {
		case now.Before(c.Start):
			return "to come"
		case !c.End.IsZero() && now.After(c.End):
			return "over"
		}
		return "now"
	}
	rank := map[string]int{"now": 0, "to come": 1, "over": 2}
	slices.SortStableFunc(rows, func(a, b iracing.Competition) int {
		return cmp.Or(rank[state(&a)]-rank[state(&b)], a.Start.Compare(b.Start), cmp.Compare(a.Name, b.Name))
	})
	if len(rows) == 0 {
		q.Info("Of the %s none passes the filter.", frames.Plural(len(list), "time attack competition"))
	}
	tracks, classes := timeAttackNames(ctx, q)
	return table(
		"timeAttack",
		text("competition", "Competition", rows, func(c *iracing.Competition) string { return c.Name }),
		text("state", "State", rows, state),
		when("start", "From", rows, func(c *iracing.Competition) time.Time { return c.Start }),
		when("end", "Until", rows, func(c *iracing.Competition) time.Time { return c.End }),
		text("category", "Category", rows, func(c *iracing.Competition) string { return iracing.CategoryName(c.Category) }),
		text("class", "Car class", rows, func(c *iracing.Competition) string { return cmp.Or(classes[c.Class], id(c.Class)) }),
		text("setup", "Set-up", rows, func(c *iracing.Competition) string { return setup(c.Fixed) }),
		num("trackCount", "Tracks", rows, number, func(c *iracing.Competition) float64 { return float64(len(c.Tracks)) }),
		text("tracks", "Names of the tracks", rows, func(c *iracing.Competition) string {
			names := make([]string, len(c.Tracks))
			for i, t := range c.Tracks {
				names[i] = cmp.Or(tracks[t], id(t))
			}
			return strings.Join(names, " · ")
		}),
		key("competitionId", "Competition id", rows, func(c *iracing.Competition) int64 { return c.ID }),
		key("competitionSeasonId", "Competition season id", rows, func(c *iracing.Competition) int64 { return c.Season }),
		key("classId", "Car class id", rows, func(c *iracing.Competition) int64 { return c.Class }),
	), nil
}

// timeAttackNames are the names of tracks and car classes, which take an account; without one, ids stand in for them.
func timeAttackNames(ctx context.Context, q *ask.Query) (tracks, classes map[int64]string) {
	tracks, classes = map[int64]string{}, map[int64]string{}
	allTracks, err := q.API.Tracks(ctx)
	if err == nil {
		for _, t := range allTracks {
			tracks[t.ID] = t.String()
		}
		var allClasses []iracing.CarClass
		if allClasses, err = q.API.CarClasses(ctx); err == nil {
			for _, c := range allClasses {
				classes[c.ID] = c.Name
			}
		}
	}
	switch {
	case ask.Is(err, iracing.NoCredentials):
		q.Info("Without an iRacing account, tracks and car classes are shown by their ids.")
	case err != nil:
		q.Warn("Tracks and car classes are shown by their ids: %s.", err)
	}
	return tracks, classes
}
