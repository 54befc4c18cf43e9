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
	cols := frames.Of(rows)
	cols.When("start", "Start", func(r *liveRow) time.Time { return r.Start })
	cols.Number("since", "Goes on for", frames.Duration, func(r *liveRow) float64 {
		if r.Start.IsZero() {
			return math.NaN()
		}
		return max(0, math.Round(now.Sub(r.Start).Seconds()))
	})
	cols.Text("event", "Session", func(r *liveRow) string { return iracing.EventName(r.EventType) })
	cols.Text("series", "Series", func(r *liveRow) string {
		return cmp.Or(r.season.Series.Name, r.season.Name, "Season "+frames.ID(r.Season))
	})
	cols.Text("track", "Track", func(r *liveRow) string { return track(r).String() })
	cols.Text("category", "Category", func(r *liveRow) string { return iracing.CategoryName(r.season.Category) })
	cols.Number("week", "Week", frames.Number, func(r *liveRow) float64 { return frames.Place(r.Week) })
	cols.ID("subsession", "Subsession", func(r *liveRow) int64 { return r.Subsession })
	cols.ID("session", "Session id", func(r *liveRow) int64 { return r.Session })
	cols.ID("seasonId", "Season id", func(r *liveRow) int64 { return r.Season })
	return cols.Frames("official", data.FrameTypeTable), nil
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
	cols := frames.Of(rows)
	cols.When("start", "Start", func(s *iracing.OpenSession) time.Time { return s.Launch })
	cols.Text("state", "State", func(s *iracing.OpenSession) string {
		if s.Open {
			return "goes on"
		}
		return "to come"
	})
	cols.Text("name", "Session", func(s *iracing.OpenSession) string { return q.People.Hide(s.Name, hosts) })
	cols.Text("league", "League", func(s *iracing.OpenSession) string { return q.People.Hide(s.League.Name, hosts) })
	cols.Text("track", "Track", func(s *iracing.OpenSession) string { return s.Track.String() })
	cols.Text("cars", "Cars", func(s *iracing.OpenSession) string { return names(s.Cars) })
	cols.Count("drivers", "Drivers", func(s *iracing.OpenSession) int { return s.Drivers })
	cols.Place("places", "Places", func(s *iracing.OpenSession) int { return s.Places })
	cols.Flag("password", "Password", func(s *iracing.OpenSession) bool { return s.Password })
	cols.Text("length", "Race", func(s *iracing.OpenSession) string { return raceLength(s.Race, s.Laps) })
	cols.Number("practice", "Practice", frames.Duration, func(s *iracing.OpenSession) float64 { return long(s.Practice) })
	cols.Number("qualifying", "Qualifying", frames.Duration, func(s *iracing.OpenSession) float64 { return long(s.Qualify) })
	cols.When("closes", "Registration closes", func(s *iracing.OpenSession) time.Time { return s.Closes })
	cols.Text("category", "Category", func(s *iracing.OpenSession) string { return iracing.CategoryName(s.Category) })
	cols.Text("licence", "Licence from", func(s *iracing.OpenSession) string {
		return iracing.Licence{Level: s.MinLicence, SR: math.NaN()}.Class()
	})
	cols.Text("setup", "Set-up", func(s *iracing.OpenSession) string { return setup(s.Fixed) })
	cols.Flag("teams", "Teams", func(s *iracing.OpenSession) bool { return s.Teams })
	cols.Text("host", "Host", func(s *iracing.OpenSession) string { return winner(q, s.Host.Cust, s.Host.Name) })
	cols.Text("farm", "Server farm", func(s *iracing.OpenSession) string { return s.Farm })
	cols.ID("subsession", "Subsession", func(s *iracing.OpenSession) int64 { return s.Subsession })
	cols.ID("leagueId", "League id", func(s *iracing.OpenSession) int64 { return s.League.ID })
	cols.ID("leagueSeasonId", "League season id", func(s *iracing.OpenSession) int64 { return s.LeagueSeason.ID })
	cols.ID("trackId", "Track id", func(s *iracing.OpenSession) int64 { return s.Track.ID })
	return cols.Frames("sessions", data.FrameTypeTable)
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
	cols := frames.Of(rows)
	cols.Text("name", "Driver", func(r *iracing.Registered) string { return q.People.Driver(r.Cust, r.Name) })
	cols.Number("irating", "iRating", frames.Rating, func(r *iracing.Registered) float64 { return r.IRating })
	cols.Text("licence", "Licence", func(r *iracing.Registered) string { return r.Licence.String() })
	cols.Number("safetyRating", "Safety rating", frames.SafetyRating, func(r *iracing.Registered) float64 { return r.Licence.SR })
	cols.Number("cpi", "Corners per incident", frames.Mean, func(r *iracing.Registered) float64 { return r.CPI })
	cols.Text("car", "Car", func(r *iracing.Registered) string { return r.Car.Name })
	cols.Text("class", "Class", func(r *iracing.Registered) string { return r.Class.Name })
	cols.Text("country", "Country", func(r *iracing.Registered) string { return r.Country })
	cols.Text("event", "Session", func(r *iracing.Registered) string { return iracing.EventName(r.Event) })
	cols.Text("farm", "Server farm", func(r *iracing.Registered) string { return r.Farm })
	cols.Flag("own", "Mine", func(r *iracing.Registered) bool { return own != 0 && r.Cust == own })
	cols.Text("driverKey", "Driver id", func(r *iracing.Registered) string { return personKey(q, r.Cust) })
	cols.ID("carId", "Car id", func(r *iracing.Registered) int64 { return r.Car.ID })
	return cols.Frames("entries", data.FrameTypeTable), nil
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
