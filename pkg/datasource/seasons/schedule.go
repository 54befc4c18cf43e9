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
	return frames.Contains(s.Name, text) || frames.Contains(s.Series.Name, text)
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
	cols := frames.Of(rows)
	cols.Text("series", "Series", func(r *seasonRow) string { return cmp.Or(r.Series.Name, r.Name) })
	cols.Text("season", "Season", func(r *seasonRow) string { return r.Name })
	cols.Text("category", "Category", func(r *seasonRow) string { return iracing.CategoryName(r.Category) })
	cols.Text("licence", "Licence", func(r *seasonRow) string { return licenceName(r.Licence) })
	cols.Number("week", "Week", frames.Number, func(r *seasonRow) float64 { return frames.Place(r.Week) })
	cols.Place("weeks", "Weeks", func(r *seasonRow) int { return r.Weeks })
	cols.Text("track", "Track", func(r *seasonRow) string { return r.week.Track.String() })
	cols.Text("length", "Race", func(r *seasonRow) string { return raceLength(r.week.Length, r.week.Laps) })
	cols.When("nextStart", "Next start", func(r *seasonRow) time.Time {
		if len(r.starts) == 0 {
			return time.Time{}
		}
		return r.starts[0]
	})
	cols.Text("nextStarts", "Next starts, UTC", func(r *seasonRow) string { return startsInWords(r.starts, now) })
	cols.Text("when", "Races", func(r *seasonRow) string { return r.When })
	cols.Count("registered", "Registered", func(r *seasonRow) int { return r.Registered })
	cols.Number("precipitation", "Chance of rain", frames.Share.With(0), func(r *seasonRow) float64 { return r.week.Forecast.Precip })
	cols.Text("setup", "Set-up", func(r *seasonRow) string { return setup(r.Fixed) })
	cols.Flag("teams", "Teams", func(r *seasonRow) bool { return r.Teams })
	cols.Flag("multiclass", "Multi-class", func(r *seasonRow) bool { return r.Multiclass })
	cols.Flag("official", "Official", func(r *seasonRow) bool { return r.Official })
	cols.Count("drops", "Drop weeks", func(r *seasonRow) int { return r.Drops })
	cols.Place("incidentLimit", "Incident limit", func(r *seasonRow) int { return r.Incidents })
	cols.ID("seasonId", "Season id", func(r *seasonRow) int64 { return r.ID })
	cols.ID("seriesId", "Series id", func(r *seasonRow) int64 { return r.Series.ID })
	cols.ID("trackId", "Track id", func(r *seasonRow) int64 { return r.week.Track.ID })
	cols.Text("classIds", "Car class ids", func(r *seasonRow) string { return ids(r.Classes) })
	return cols.Frames("schedule", data.FrameTypeTable), nil
}

// order sorts categories as the member site does.
func order(category int64) int {
	return slices.IndexFunc(iracing.LicenceCategories, func(c iracing.LicenceCategory) bool { return c.ID == category })
}

func ids(refs []iracing.Ref) string {
	list := make([]string, len(refs))
	for i, r := range refs {
		list[i] = frames.ID(r.ID)
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
	cols := frames.Of(rows)
	cols.Number("week", "Week", frames.Number, func(w *iracing.Week) float64 { return frames.Place(w.Number) })
	cols.Text("state", "State", state)
	cols.When("start", "From", func(w *iracing.Week) time.Time { return w.Start })
	cols.When("end", "Last session", func(w *iracing.Week) time.Time { return w.End })
	cols.Text("track", "Track", func(w *iracing.Week) string { return w.Track.String() })
	cols.Text("length", "Race", func(w *iracing.Week) string { return raceLength(w.Length, w.Laps) })
	cols.Number("duration", "Race time", frames.Duration, func(w *iracing.Week) float64 { return long(w.Length) })
	cols.Place("laps", "Laps", func(w *iracing.Week) int { return w.Laps })
	cols.Text("qualifying", "Qualifying", func(w *iracing.Week) string { return raceLength(w.Qualify, w.QualLaps) })
	cols.When("nextStart", "Next start", func(w *iracing.Week) time.Time {
		if next := race.SessionStarts(w.Sessions, now, now.AddDate(1, 0, 0), 1); len(next) > 0 {
			return next[0]
		}
		return time.Time{}
	})
	cols.Text("skies", "Skies", func(w *iracing.Week) string { return skies(w.Forecast) })
	cols.Number("temperatureLow", "Lowest temperature", frames.Temperature(q.Units).With(0), func(w *iracing.Week) float64 { return w.Forecast.TempLow })
	cols.Number("temperatureHigh", "Highest temperature", frames.Temperature(q.Units).With(0), func(w *iracing.Week) float64 { return w.Forecast.TempHigh })
	cols.Number("precipitation", "Chance of rain", frames.Share.With(0), func(w *iracing.Week) float64 { return w.Forecast.Precip })
	cols.Text("rain", "Rain", func(w *iracing.Week) string { return w.Forecast.Rain })
	cols.Number("wind", "Wind up to", frames.Wind(q.Units), func(w *iracing.Week) float64 { return w.Forecast.WindHigh })
	cols.Text("windFrom", "Wind from", func(w *iracing.Week) string { return w.Forecast.WindFrom })
	cols.Text("simulated", "Time in the sim", func(w *iracing.Week) string {
		return strings.Replace(strings.TrimSuffix(w.Forecast.Started, ":00"), "T", " ", 1)
	})
	cols.ID("trackId", "Track id", func(w *iracing.Week) int64 { return w.Track.ID })
	return cols.Frames("season", data.FrameTypeTable), nil
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
		row.season.Series = iracing.Ref{ID: p.Series, Name: cmp.Or(series[p.Series].Name, row.season.Series.Name, row.season.Name, "Series "+frames.ID(p.Series))}
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
	cols := frames.Of(rows)
	cols.When("start", "Start", func(r *guideRow) time.Time { return r.Start })
	cols.Number("in", "Starts in", frames.Duration, func(r *guideRow) float64 {
		if r.Start.IsZero() {
			return math.NaN()
		}
		return max(0, math.Round(r.Start.Sub(now).Seconds()))
	})
	cols.Text("series", "Series", func(r *guideRow) string { return r.season.Series.Name })
	cols.Text("track", "Track", func(r *guideRow) string { return track(r).Track.String() })
	cols.Number("entries", "Entries", frames.Count, func(r *guideRow) float64 { return frames.Counted(r.Entries) })
	cols.Text("category", "Category", func(r *guideRow) string { return iracing.CategoryName(r.season.Category) })
	cols.Text("licence", "Licence", func(r *guideRow) string { return licenceName(r.season.Licence) })
	cols.Text("length", "Race", func(r *guideRow) string { return raceLength(track(r).Length, track(r).Laps) })
	cols.Number("duration", "Session", frames.Duration, func(r *guideRow) float64 {
		if r.Start.IsZero() || r.End.IsZero() {
			return math.NaN()
		}
		return long(r.End.Sub(r.Start))
	})
	cols.Number("week", "Week", frames.Number, func(r *guideRow) float64 { return frames.Place(r.Week) })
	cols.Flag("superSession", "Super session", func(r *guideRow) bool { return r.Super })
	cols.ID("session", "Session id", func(r *guideRow) int64 { return r.Session })
	cols.ID("seasonId", "Season id", func(r *guideRow) int64 { return r.Season })
	cols.ID("seriesId", "Series id", func(r *guideRow) int64 { return r.Series })
	return cols.Frames("guide", data.FrameTypeTable), nil
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
		if (of == 0 || c.Category == of || c.Category == iracing.Road && (of == iracing.SportsCar || of == iracing.FormulaCar)) && frames.Contains(c.Name, query.Series) {
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
	cols := frames.Of(rows)
	cols.Text("competition", "Competition", func(c *iracing.Competition) string { return c.Name })
	cols.Text("state", "State", state)
	cols.When("start", "From", func(c *iracing.Competition) time.Time { return c.Start })
	cols.When("end", "Until", func(c *iracing.Competition) time.Time { return c.End })
	cols.Text("category", "Category", func(c *iracing.Competition) string { return iracing.CategoryName(c.Category) })
	cols.Text("class", "Car class", func(c *iracing.Competition) string { return cmp.Or(classes[c.Class], frames.ID(c.Class)) })
	cols.Text("setup", "Set-up", func(c *iracing.Competition) string { return setup(c.Fixed) })
	cols.Count("trackCount", "Tracks", func(c *iracing.Competition) int { return len(c.Tracks) })
	cols.Text("tracks", "Names of the tracks", func(c *iracing.Competition) string {
		names := make([]string, len(c.Tracks))
		for i, t := range c.Tracks {
			names[i] = cmp.Or(tracks[t], frames.ID(t))
		}
		return strings.Join(names, " · ")
	})
	cols.ID("competitionId", "Competition id", func(c *iracing.Competition) int64 { return c.ID })
	cols.ID("competitionSeasonId", "Competition season id", func(c *iracing.Competition) int64 { return c.Season })
	cols.ID("classId", "Car class id", func(c *iracing.Competition) int64 { return c.Class })
	return cols.Frames("timeAttack", data.FrameTypeTable), nil
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
