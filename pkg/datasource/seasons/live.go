package seasons

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"
	"golang.org/x/sync/errgroup"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis/race"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// live is what goes on right now.
func live(ctx context.Context, q *ask.Query, query models.LiveSessionsQuery) (data.Frames, error) {
	switch query.View {
	case models.LiveOfficial, "":
		return liveOfficial(ctx, q, query)
	case models.LiveHosted:
		sessions, err := q.API.HostedSessions(ctx)
		if err != nil {
			return nil, err
		}
		return openSessions(q, sessions, "hosted session"), nil
	case models.LiveLeague:
		sessions, err := q.API.LeagueSessions(ctx)
		if err != nil {
			return nil, err
		}
		return openSessions(q, sessions, "league session"), nil
	case models.LiveEntries:
		return liveEntries(ctx, q, query)
	}
	return nil, unknownView(query.View, models.LiveOfficial, models.LiveHosted, models.LiveLeague, models.LiveEntries)
}

// liveRow is a session that goes on with the season it belongs to.
type liveRow struct {
	iracing.Live
	season iracing.Season
}

// liveOfficial is a row for each official session that can be watched.
func liveOfficial(ctx context.Context, q *ask.Query, query models.LiveSessionsQuery) (data.Frames, error) {
	season, err := optional("the season", query.Season)
	if err != nil {
		return nil, err
	}
	var sessions []iracing.Live
	var list []iracing.Season
	var series map[int64]iracing.Series
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { sessions, err = q.API.LiveSessions(groupCtx, season); return err })
	group.Go(func() (err error) { list, err = q.API.SeasonList(groupCtx, 0, 0); return err })
	group.Go(func() (err error) { series, err = allSeries(groupCtx, q); return err })
	if err := group.Wait(); err != nil {
		return nil, err
	}
	byID := make(map[int64]iracing.Season, len(list))
	for _, s := range list {
		s.Series.Name = cmp.Or(s.Series.Name, series[s.Series.ID].Name)
		byID[s.ID] = s
	}
	var rows []liveRow
	for _, s := range sessions {
		if season == 0 || s.Season == season {
			rows = append(rows, liveRow{s, byID[s.Season]})
		}
	}
	// Races first, as people watch those.
	slices.SortStableFunc(rows, func(a, b liveRow) int {
		return cmp.Or(cmp.Compare(b.EventType, a.EventType), b.Start.Compare(a.Start), cmp.Compare(a.Subsession, b.Subsession))
	})
	if len(rows) == 0 {
		q.Info("No official session goes on that can be watched.")
	}
	rows = limited(q, rows, maxStandings)
	now := q.Now()
	track := func(r *liveRow) iracing.TrackRef {
		if w := r.season.Now(); w != nil && w.Number == r.Week {
			return w.Track
		}
		return iracing.TrackRef{}
	}
	return table(
		"official",
		when("start", "Start", rows, func(r *liveRow) time.Time { return r.Start }),
		num("since", "Goes on for", rows, duration, func(r *liveRow) float64 {
			if r.Start.IsZero() {
				return math.NaN()
			}
			return max(0, math.Round(now.Sub(r.Start).Seconds()))
		}),
		text("event", "Session", rows, func(r *liveRow) string { return iracing.EventName(r.EventType) }),
		text("series", "Series", rows, func(r *liveRow) string {
			return cmp.Or(r.season.Series.Name, r.season.Name, "Season "+id(r.Season))
		}),
		text("track", "Track", rows, func(r *liveRow) string { return track(r).String() }),
		text("category", "Category", rows, func(r *liveRow) string { return iracing.CategoryName(r.season.Category) }),
		num("week", "Week", rows, frames.Number, func(r *liveRow) float64 { return positive(r.Week) }),
		key("subsession", "Subsession", rows, func(r *liveRow) int64 { return r.Subsession }),
		key("session", "Session id", rows, func(r *liveRow) int64 { return r.Session }),
		key("seasonId", "Season id", rows, func(r *liveRow) int64 { return r.Season }),
	), nil
}

// openSessions is a row for each hosted or league session. Their names are free texts, in which hosts like to put their
// own.
func openSessions(q *ask.Query, rows []iracing.OpenSession, what string) data.Frames {
	if len(rows) == 0 {
		q.Info("There is no %s that this account can see.", what)
	}
	rows = limited(q, rows, maxStandings)
	hosts := map[int64]string{}
	for i := range rows {
		hosts[rows[i].Host.Cust] = rows[i].Host.Name
	}
	return table(
		"sessions",
		when("start", "Start", rows, func(s *iracing.OpenSession) time.Time { return s.Launch }),
		text("state", "State", rows, func(s *iracing.OpenSession) string {
			if s.Open {
				return "goes on"
			}
			return "to come"
		}),
		text("name", "Session", rows, func(s *iracing.OpenSession) string { return q.People.Hide(s.Name, hosts) }),
		text("league", "League", rows, func(s *iracing.OpenSession) string { return q.People.Hide(s.League.Name, hosts) }),
		text("track", "Track", rows, func(s *iracing.OpenSession) string { return s.Track.String() }),
		text("cars", "Cars", rows, func(s *iracing.OpenSession) string { return names(s.Cars) }),
		num("drivers", "Drivers", rows, number, func(s *iracing.OpenSession) float64 { return float64(s.Drivers) }),
		num("places", "Places", rows, number, func(s *iracing.OpenSession) float64 { return positive(s.Places) }),
		yes("password", "Password", rows, func(s *iracing.OpenSession) bool { return s.Password }),
		text("length", "Race", rows, func(s *iracing.OpenSession) string { return raceLength(s.Race, s.Laps) }),
		num("practice", "Practice", rows, duration, func(s *iracing.OpenSession) float64 { return long(s.Practice) }),
		num("qualifying", "Qualifying", rows, duration, func(s *iracing.OpenSession) float64 { return long(s.Qualify) }),
		when("closes", "Registration closes", rows, func(s *iracing.OpenSession) time.Time { return s.Closes }),
		text("category", "Category", rows, func(s *iracing.OpenSession) string { return iracing.CategoryName(s.Category) }),
		text("licence", "Licence from", rows, func(s *iracing.OpenSession) string {
			return iracing.Licence{Level: s.MinLicence, SR: math.NaN()}.Class()
		}),
		text("setup", "Set-up", rows, func(s *iracing.OpenSession) string { return setup(s.Fixed) }),
		yes("teams", "Teams", rows, func(s *iracing.OpenSession) bool { return s.Teams }),
		text("host", "Host", rows, func(s *iracing.OpenSession) string { return winner(q, s.Host.Cust, s.Host.Name) }),
		text("farm", "Server farm", rows, func(s *iracing.OpenSession) string { return s.Farm }),
		key("subsession", "Subsession", rows, func(s *iracing.OpenSession) int64 { return s.Subsession }),
		key("leagueId", "League id", rows, func(s *iracing.OpenSession) int64 { return s.League.ID }),
		key("leagueSeasonId", "League season id", rows, func(s *iracing.OpenSession) int64 { return s.LeagueSeason.ID }),
		key("trackId", "Track id", rows, func(s *iracing.OpenSession) int64 { return s.Track.ID }),
	)
}

// liveEntries is a row for each driver who is registered in a subsession, the highest iRating first.
func liveEntries(ctx context.Context, q *ask.Query, query models.LiveSessionsQuery) (data.Frames, error) {
	n, err := ask.Number("the subsession", query.Subsession)
	if err != nil {
		return nil, err
	}
	rows, err := q.API.RegisteredDrivers(ctx, n)
	if err != nil && !ask.Is(err, iracing.NotFound) {
		return nil, err
	}
	slices.SortStableFunc(rows, func(a, b iracing.Registered) int {
		return cmp.Or(cmp.Compare(b.IRating, a.IRating), cmp.Compare(a.Cust, b.Cust))
	})
	if len(rows) == 0 {
		q.Info("iRacing lists nobody in subsession %d: it has not opened yet, or is over.", n)
	}
	remarkSoF(q, rows)
	own := me(ctx, q)
	return table(
		"entries",
		text("name", "Driver", rows, func(r *iracing.Registered) string { return q.People.Driver(r.Cust, r.Name) }),
		num("iRating", "iRating", rows, rating, func(r *iracing.Registered) float64 { return r.IRating }),
		text("licence", "Licence", rows, func(r *iracing.Registered) string { return r.Licence.String() }),
		num("safetyRating", "Safety rating", rows, safety, func(r *iracing.Registered) float64 { return r.Licence.SR }),
		num("cpi", "Corners per incident", rows, average, func(r *iracing.Registered) float64 { return r.CPI }),
		text("car", "Car", rows, func(r *iracing.Registered) string { return r.Car.Name }),
		text("class", "Class", rows, func(r *iracing.Registered) string { return r.Class.Name }),
		text("country", "Country", rows, func(r *iracing.Registered) string { return r.Country }),
		text("event", "Session", rows, func(r *iracing.Registered) string { return iracing.EventName(r.Event) }),
		text("farm", "Server farm", rows, func(r *iracing.Registered) string { return r.Farm }),
		yes("own", "Own", rows, func(r *iracing.Registered) bool { return own != 0 && r.Cust == own }),
		text("driverKey", "Driver key", rows, func(r *iracing.Registered) string { return personKey(q, r.Cust) }),
		key("carId", "Car id", rows, func(r *iracing.Registered) int64 { return r.Car.ID }),
	), nil
}

// remarkSoF says how strong the field is, class by class.
func remarkSoF(q *ask.Query, rows []iracing.Registered) {
	byClass := map[int64][]float64{}
	var classes []iracing.Ref
	for i := range rows {
		r := &rows[i]
		if byClass[r.Class.ID] == nil {
			classes = append(classes, r.Class)
		}
		byClass[r.Class.ID] = append(byClass[r.Class.ID], r.IRating)
	}
	for _, c := range classes {
		rated := slices.DeleteFunc(slices.Clone(byClass[c.ID]), math.IsNaN)
		sof := race.SoF(rated)
		if math.IsNaN(sof) {
			continue
		}
		where := ""
		if len(classes) > 1 {
			where = " in " + c.Name
		}
		q.Info("The strength of field%s is about %.0f with %s.", where, sof, frames.Plural(len(byClass[c.ID]), "driver"))
	}
}
