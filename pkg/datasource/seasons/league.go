package seasons

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// league is one league, or leagues to be found.
func league(ctx context.Context, q *ask.Query, query models.LeagueQuery) (data.Frames, error) {
	switch query.View {
	case models.LeagueMine:
		return leagueMine(ctx, q)
	case models.LeagueDirectory:
		return leagueDirectory(ctx, q, query)
	case models.LeagueStandings, models.LeagueTeams, models.LeagueSessions, models.LeagueRoster, models.LeagueSeasons, models.LeaguePoints, "":
	default:
		return nil, unknownView(query.View, models.LeagueStandings, models.LeagueTeams, models.LeagueSessions, models.LeagueRoster,
			models.LeagueSeasons, models.LeaguePoints, models.LeagueMine, models.LeagueDirectory)
	}
	n, err := ask.Number("the league", query.League)
	if err != nil {
		return nil, err
	}
	switch query.View {
	case models.LeagueRoster:
		return leagueRoster(ctx, q, n)
	case models.LeagueSeasons:
		return leagueSeasons(ctx, q, n)
	case models.LeaguePoints:
		return leaguePoints(ctx, q, n)
	}
	season, err := leagueSeason(ctx, q, n, query.Season)
	if err != nil {
		return nil, err
	}
	if season == 0 {
		q.Info("This league has no season yet.")
	}
	if query.View == models.LeagueSessions {
		return leagueSessions(ctx, q, n, season)
	}
	return leagueStandings(ctx, q, query, n, season)
}

// leagueSeason is the season that a query names, or the newest that is not over; 0 where the league has none.
func leagueSeason(ctx context.Context, q *ask.Query, league int64, of models.ID) (int64, error) {
	if text := strings.TrimSpace(string(of)); text != "" && !strings.EqualFold(text, models.SeasonCurrent) {
		return ask.Number("the league's season", of)
	}
	for _, retired := range []bool{false, true} {
		list, err := q.API.LeagueSeasons(ctx, league, retired)
		if err != nil {
			return 0, err
		}
		for _, active := range []bool{true, false} {
			for _, s := range list {
				if s.Active == active && !s.Hidden {
					return s.ID, nil
				}
			}
		}
	}
	return 0, nil
}

// leagueStandings is the table of drivers, or of teams.
func leagueStandings(ctx context.Context, q *ask.Query, query models.LeagueQuery, league, season int64) (data.Frames, error) {
	class, err := optional("the car class", query.Class)
	if err != nil {
		return nil, err
	}
	var rows, teams []iracing.LeagueStanding
	if season != 0 {
		if rows, teams, err = q.API.LeagueStandings(ctx, league, season, class); err != nil {
			return nil, err
		}
	}
	ofTeams := query.View == models.LeagueTeams
	who := "Driver"
	if ofTeams {
		rows, who = teams, "Team"
	}
	if len(rows) == 0 && season != 0 {
		q.Info("The table is empty: the season has no results yet, gives no points to %ss, or is private.", strings.ToLower(who))
	}
	rows = limited(q, rows, maxStandings)
	own := me(ctx, q)
	cols := frames.Of(rows)
	cols.Place("position", "Position", func(r *iracing.LeagueStanding) int { return r.Position })
	cols.Text("name", who, func(r *iracing.LeagueStanding) string { return winner(q, cmp.Or(r.Team, r.Cust), r.Name) })
	cols.Text("number", "Number", func(r *iracing.LeagueStanding) string { return r.Number })
	cols.Number("points", "Points", frames.Points, func(r *iracing.LeagueStanding) float64 { return r.Points })
	cols.Number("gap", "Behind", frames.Points, func(r *iracing.LeagueStanding) float64 { return rows[0].Points - r.Points })
	cols.Number("basePoints", "Race points", frames.Points, func(r *iracing.LeagueStanding) float64 { return r.Base })
	cols.Number("adjustment", "Adjustment", frames.Points, func(r *iracing.LeagueStanding) float64 { return r.Adjusted })
	cols.Count("wins", "Wins", func(r *iracing.LeagueStanding) int { return r.Wins })
	cols.Number("averageStart", "Average start", frames.Mean, func(r *iracing.LeagueStanding) float64 { return r.AvgStart })
	cols.Number("averageFinish", "Average finish", frames.Mean, func(r *iracing.LeagueStanding) float64 { return r.AvgFinish })
	cols.Flag("own", "Mine", func(r *iracing.LeagueStanding) bool { return own != 0 && r.Cust == own })
	cols.Text("driverKey", who+" id", func(r *iracing.LeagueStanding) string { return personKey(q, cmp.Or(r.Team, r.Cust)) })
	return cols.Frames("standings", data.FrameTypeTable), nil
}

// personKey stands for the id of a driver or team; empty for none.
func personKey(q *ask.Query, id int64) string {
	if id == 0 {
		return ""
	}
	return q.People.Key(id)
}

// limited bounds rows and says so.
func limited[R any](q *ask.Query, rows []R, most int) []R {
	if len(rows) <= most {
		return rows
	}
	q.Info("There are %d rows; the first %d are shown.", len(rows), most)
	return rows[:most]
}

// leagueSessions is the calendar of a season.
func leagueSessions(ctx context.Context, q *ask.Query, league, season int64) (data.Frames, error) {
	var rows []iracing.LeagueRace
	var err error
	if season != 0 {
		if rows, err = q.API.LeagueRaces(ctx, league, season); err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			q.Info("The season has no sessions, or the league shows them to its members only.")
		}
	}
	rows = limited(q, rows, maxStandings)
	now := q.Now()
	state := func(r *iracing.LeagueRace) string {
		switch {
		case r.Done:
			return "over"
		case r.Launch.After(now):
			return "to come"
		}
		return "no results"
	}
	cols := frames.Of(rows)
	cols.When("start", "Start", func(r *iracing.LeagueRace) time.Time { return r.Launch })
	cols.Text("state", "State", state)
	cols.Text("track", "Track", func(r *iracing.LeagueRace) string { return r.Track.String() })
	cols.Text("length", "Race", func(r *iracing.LeagueRace) string { return raceLength(r.Race, r.Laps) })
	cols.Text("cars", "Cars", func(r *iracing.LeagueRace) string { return names(r.Cars) })
	cols.Text("winner", "Winner", func(r *iracing.LeagueRace) string { return winner(q, r.Winner, r.WinnerName) })
	cols.Number("practice", "Practice", frames.Duration, func(r *iracing.LeagueRace) float64 { return long(r.Practice) })
	cols.Number("qualifying", "Qualifying", frames.Duration, func(r *iracing.LeagueRace) float64 { return long(r.Qualify) })
	cols.Number("temperatureHigh", "Highest temperature", frames.Temperature(q.Units).With(0), func(r *iracing.LeagueRace) float64 { return r.Forecast.TempHigh })
	cols.Number("precipitation", "Chance of rain", frames.Share.With(0), func(r *iracing.LeagueRace) float64 { return r.Forecast.Precip })
	cols.Flag("teams", "Teams", func(r *iracing.LeagueRace) bool { return r.Teams })
	cols.ID("subsession", "Subsession", func(r *iracing.LeagueRace) int64 { return r.Subsession })
	cols.ID("trackId", "Track id", func(r *iracing.LeagueRace) int64 { return r.Track.ID })
	cols.Text("winnerKey", "Winner id", func(r *iracing.LeagueRace) string { return personKey(q, r.Winner) })
	return cols.Frames("sessions", data.FrameTypeTable), nil
}

// leagueRoster is a row a member.
func leagueRoster(ctx context.Context, q *ask.Query, league int64) (data.Frames, error) {
	rows, private, err := q.API.LeagueRoster(ctx, league)
	if ask.Is(err, iracing.NotFound) {
		var l *iracing.League
		if l, err = q.API.League(ctx, league); err == nil {
			rows, private = l.Roster, l.PrivateRoster
		}
	}
	if err != nil {
		return nil, err
	}
	switch {
	case len(rows) == 0 && private:
		q.Info("This league shows its members to nobody else.")
	case len(rows) == 0:
		q.Info("iRacing tells no members of this league.")
	}
	return roster(ctx, q, limited(q, rows, maxStandings)), nil
}

// roster is a row for each member of a league or a team.
func roster(ctx context.Context, q *ask.Query, rows []iracing.Mate) data.Frames {
	own := me(ctx, q)
	best := func(m *iracing.Mate) float64 {
		v := math.NaN()
		for _, l := range m.Licences {
			if !(v >= l.IRating) && l.Category != iracing.Road {
				v = l.IRating
			}
		}
		return v
	}
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b iracing.Mate) int {
		return cmp.Or(cmp.Compare(best(&b), best(&a)), cmp.Compare(a.Cust, b.Cust))
	})
	cols := frames.Of(rows)
	cols.Text("name", "Driver", func(m *iracing.Mate) string { return q.People.Driver(m.Cust, m.Name) })
	cols.Text("number", "Number", func(m *iracing.Mate) string { return m.Number })
	cols.Text("role", "Role", func(m *iracing.Mate) string {
		switch {
		case m.Owner:
			return "owner"
		case m.Admin:
			return "admin"
		}
		return "member"
	})
	cols.When("since", "Since", func(m *iracing.Mate) time.Time { return m.Since })
	if slices.ContainsFunc(rows, func(m iracing.Mate) bool { return len(m.Licences) > 0 }) {
		for _, c := range iracing.LicenceCategories {
			if c.ID == iracing.Road {
				continue
			}
			cols.Number(camel(c.Key)+"Irating", c.Name+" iRating", frames.Rating, func(m *iracing.Mate) float64 {
				if l := m.In(c.ID); l != nil {
					return l.IRating
				}
				return math.NaN()
			})
			cols.Text(camel(c.Key)+"Licence", c.Name+" licence", func(m *iracing.Mate) string {
				if l := m.In(c.ID); l != nil {
					return l.Licence.String()
				}
				return ""
			})
		}
	}
	cols.Flag("own", "Mine", func(m *iracing.Mate) bool { return own != 0 && m.Cust == own })
	cols.Text("driverKey", "Driver id", func(m *iracing.Mate) string { return personKey(q, m.Cust) })
	return cols.Frames("roster", data.FrameTypeTable)
}

// camel turns sports_car into sportsCar.
func camel(key string) string {
	first, rest, found := strings.Cut(key, "_")
	if !found || rest == "" {
		return first
	}
	return first + strings.ToUpper(rest[:1]) + rest[1:]
}

// leagueSeasons is a row a season, the newest first.
func leagueSeasons(ctx context.Context, q *ask.Query, league int64) (data.Frames, error) {
	rows, err := q.API.LeagueSeasons(ctx, league, true)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		q.Info("This league has no season yet.")
	}
	rows = limited(q, rows, maxStandings)
	cols := frames.Of(rows)
	cols.Text("season", "Season", func(s *iracing.LeagueSeason) string { return s.Name })
	cols.Flag("active", "Active", func(s *iracing.LeagueSeason) bool { return s.Active })
	cols.Text("points", "Points system", func(s *iracing.LeagueSeason) string { return s.Points.Name })
	cols.Text("pointsAbout", "How points are given", func(s *iracing.LeagueSeason) string { return s.PointsText })
	cols.Count("drops", "Drop races", func(s *iracing.LeagueSeason) int { return s.Drops })
	cols.Text("cars", "Cars", func(s *iracing.LeagueSeason) string { return names(s.Cars) })
	cols.Text("classes", "Classes of drivers", func(s *iracing.LeagueSeason) string { return names(s.Classes) })
	cols.Text("teamClasses", "Classes of teams", func(s *iracing.LeagueSeason) string { return names(s.TeamsOf) })
	cols.ID("seasonId", "Season id", func(s *iracing.LeagueSeason) int64 { return s.ID })
	return cols.Frames("seasons", data.FrameTypeTable), nil
}

// leaguePoints is a row a points system.
func leaguePoints(ctx context.Context, q *ask.Query, league int64) (data.Frames, error) {
	rows, err := q.API.PointsSystems(ctx, league)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		q.Info("iRacing tells no points systems of this league.")
	}
	cols := frames.Of(rows)
	cols.Text("name", "Points system", func(p *iracing.PointsSystem) string { return p.Name })
	cols.Text("about", "How points are given", func(p *iracing.PointsSystem) string { return strings.ReplaceAll(p.About, `\n`, "\n") })
	cols.Text("from", "From", func(p *iracing.PointsSystem) string {
		if p.IRacing {
			return "iRacing"
		}
		return "the league"
	})
	cols.Flag("retired", "Retired", func(p *iracing.PointsSystem) bool { return p.Retired })
	cols.ID("id", "Id", func(p *iracing.PointsSystem) int64 { return p.ID })
	return cols.Frames("points", data.FrameTypeTable), nil
}

// leagueMine is a row for each league that the own account is in.
func leagueMine(ctx context.Context, q *ask.Query) (data.Frames, error) {
	rows, err := q.API.Memberships(ctx, 0)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		q.Info("You are in no league.")
	}
	cols := frames.Of(rows)
	cols.Text("league", "League", func(m *iracing.Membership) string { return m.Name })
	cols.Text("role", "Role", role)
	cols.Text("number", "Number", func(m *iracing.Membership) string { return m.Number })
	cols.Text("nick", "Nickname", func(m *iracing.Membership) string { return m.Nick })
	cols.ID("leagueId", "League id", func(m *iracing.Membership) int64 { return m.ID })
	return cols.Frames("leagues", data.FrameTypeTable), nil
}

// role is what the account is in a league or a team.
func role(m *iracing.Membership) string {
	switch {
	case m.Owner:
		return "owner"
	case m.Admin:
		return "admin"
	}
	return "member"
}

// directoryRows is how many leagues a search lists.
const directoryRows = 100

// leagueDirectory is a row a league that a search finds; without a text the largest ones.
func leagueDirectory(ctx context.Context, q *ask.Query, query models.LeagueQuery) (data.Frames, error) {
	rows, all, err := q.API.LeagueDirectory(ctx, strings.TrimSpace(query.Search), 1, directoryRows)
	if err != nil {
		return nil, err
	}
	switch {
	case len(rows) == 0:
		q.Info("No league is found.")
	case all > len(rows):
		q.Info("There are %d leagues; %s shown.", all, frames.Plural(len(rows), "league"))
	}
	// Some leagues carry their owner's name.
	owners := map[int64]string{}
	for i := range rows {
		owners[rows[i].Owner.Cust] = rows[i].Owner.Name
	}
	cols := frames.Of(rows)
	cols.Text("league", "League", func(l *iracing.League) string { return q.People.Hide(l.Name, owners) })
	cols.Count("members", "Members", func(l *iracing.League) int { return l.Members })
	cols.Flag("recruiting", "Recruiting", func(l *iracing.League) bool { return l.Recruiting })
	cols.Flag("member", "Member", func(l *iracing.League) bool { return l.Member })
	cols.Text("owner", "Owner", func(l *iracing.League) string { return winner(q, l.Owner.Cust, l.Owner.Name) })
	cols.When("created", "Since", func(l *iracing.League) time.Time { return l.Created })
	cols.ID("leagueId", "League id", func(l *iracing.League) int64 { return l.ID })
	cols.Text("ownerKey", "Owner id", func(l *iracing.League) string { return personKey(q, l.Owner.Cust) })
	return cols.Frames("leagues", data.FrameTypeTable), nil
}
