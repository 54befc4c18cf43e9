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
	fields := []*data.Field{
		num("position", "Position", rows, number, func(r *iracing.LeagueStanding) float64 { return positive(r.Position) }),
		text("name", who, rows, func(r *iracing.LeagueStanding) string { return winner(q, cmp.Or(r.Team, r.Cust), r.Name) }),
		text("number", "Number", rows, func(r *iracing.LeagueStanding) string { return r.Number }),
		num("points", "Points", rows, points, func(r *iracing.LeagueStanding) float64 { return r.Points }),
		num("gap", "Behind", rows, points, func(r *iracing.LeagueStanding) float64 { return rows[0].Points - r.Points }),
		num("basePoints", "Race points", rows, points, func(r *iracing.LeagueStanding) float64 { return r.Base }),
		num("adjustment", "Adjustment", rows, points, func(r *iracing.LeagueStanding) float64 { return r.Adjusted }),
		num("wins", "Wins", rows, number, func(r *iracing.LeagueStanding) float64 { return float64(r.Wins) }),
		num("averageStart", "Average start", rows, average, func(r *iracing.LeagueStanding) float64 { return r.AvgStart }),
		num("averageFinish", "Average finish", rows, average, func(r *iracing.LeagueStanding) float64 { return r.AvgFinish }),
		yes("own", "Own", rows, func(r *iracing.LeagueStanding) bool { return own != 0 && r.Cust == own }),
		text("driverKey", who+" key", rows, func(r *iracing.LeagueStanding) string { return personKey(q, cmp.Or(r.Team, r.Cust)) }),
	}
	return table("standings", fields...), nil
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
	return table(
		"sessions",
		when("start", "Start", rows, func(r *iracing.LeagueRace) time.Time { return r.Launch }),
		text("state", "State", rows, state),
		text("track", "Track", rows, func(r *iracing.LeagueRace) string { return r.Track.String() }),
		text("length", "Race", rows, func(r *iracing.LeagueRace) string { return raceLength(r.Race, r.Laps) }),
		text("cars", "Cars", rows, func(r *iracing.LeagueRace) string { return names(r.Cars) }),
		text("winner", "Winner", rows, func(r *iracing.LeagueRace) string { return winner(q, r.Winner, r.WinnerName) }),
		num("practice", "Practice", rows, duration, func(r *iracing.LeagueRace) float64 { return long(r.Practice) }),
		num("qualifying", "Qualifying", rows, duration, func(r *iracing.LeagueRace) float64 { return long(r.Qualify) }),
		num("temperatureHigh", "Highest temperature", rows, temperature(q), func(r *iracing.LeagueRace) float64 { return r.Forecast.TempHigh }),
		num("precipitation", "Chance of rain", rows, share, func(r *iracing.LeagueRace) float64 { return r.Forecast.Precip }),
		yes("teams", "Teams", rows, func(r *iracing.LeagueRace) bool { return r.Teams }),
		key("subsession", "Subsession", rows, func(r *iracing.LeagueRace) int64 { return r.Subsession }),
		key("trackId", "Track id", rows, func(r *iracing.LeagueRace) int64 { return r.Track.ID }),
		text("winnerKey", "Winner key", rows, func(r *iracing.LeagueRace) string { return personKey(q, r.Winner) }),
	), nil
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
	return table("roster", rosterFields(ctx, q, limited(q, rows, maxStandings))...), nil
}

// rosterFields are the columns of the members of a league or a team.
func rosterFields(ctx context.Context, q *ask.Query, rows []iracing.Mate) []*data.Field {
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
	fields := []*data.Field{
		text("name", "Driver", rows, func(m *iracing.Mate) string { return q.People.Driver(m.Cust, m.Name) }),
		text("number", "Number", rows, func(m *iracing.Mate) string { return m.Number }),
		text("role", "Role", rows, func(m *iracing.Mate) string {
			switch {
			case m.Owner:
				return "owner"
			case m.Admin:
				return "admin"
			}
			return "member"
		}),
		when("since", "Since", rows, func(m *iracing.Mate) time.Time { return m.Since }),
	}
	if slices.ContainsFunc(rows, func(m iracing.Mate) bool { return len(m.Licences) > 0 }) {
		for _, c := range iracing.LicenceCategories {
			if c.ID == iracing.Road {
				continue
			}
			fields = append(
				fields,
				num(camel(c.Key)+"IRating", c.Name+" iRating", rows, rating, func(m *iracing.Mate) float64 {
					if l := m.In(c.ID); l != nil {
						return l.IRating
					}
					return math.NaN()
				}),
				text(camel(c.Key)+"Licence", c.Name+" licence", rows, func(m *iracing.Mate) string {
					if l := m.In(c.ID); l != nil {
						return l.Licence.String()
					}
					return ""
				}),
			)
		}
	}
	return append(
		fields,
		yes("own", "Own", rows, func(m *iracing.Mate) bool { return own != 0 && m.Cust == own }),
		text("driverKey", "Driver key", rows, func(m *iracing.Mate) string { return personKey(q, m.Cust) }),
	)
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
	return table(
		"seasons",
		text("season", "Season", rows, func(s *iracing.LeagueSeason) string { return s.Name }),
		yes("active", "Active", rows, func(s *iracing.LeagueSeason) bool { return s.Active }),
		text("points", "Points system", rows, func(s *iracing.LeagueSeason) string { return s.Points.Name }),
		text("pointsAbout", "How points are given", rows, func(s *iracing.LeagueSeason) string { return s.PointsText }),
		num("drops", "Drop races", rows, number, func(s *iracing.LeagueSeason) float64 { return float64(s.Drops) }),
		text("cars", "Cars", rows, func(s *iracing.LeagueSeason) string { return names(s.Cars) }),
		text("classes", "Classes of drivers", rows, func(s *iracing.LeagueSeason) string { return names(s.Classes) }),
		text("teamClasses", "Classes of teams", rows, func(s *iracing.LeagueSeason) string { return names(s.TeamsOf) }),
		key("seasonId", "Season id", rows, func(s *iracing.LeagueSeason) int64 { return s.ID }),
	), nil
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
	return table(
		"points",
		text("name", "Points system", rows, func(p *iracing.PointsSystem) string { return p.Name }),
		text("about", "How points are given", rows, func(p *iracing.PointsSystem) string { return strings.ReplaceAll(p.About, `\n`, "\n") }),
		text("from", "From", rows, func(p *iracing.PointsSystem) string {
			if p.IRacing {
				return "iRacing"
			}
			return "the league"
		}),
		yes("retired", "Retired", rows, func(p *iracing.PointsSystem) bool { return p.Retired }),
		key("id", "Id", rows, func(p *iracing.PointsSystem) int64 { return p.ID }),
	), nil
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
	return table(
		"leagues",
		text("league", "League", rows, func(m *iracing.Membership) string { return m.Name }),
		text("role", "Role", rows, role),
		text("number", "Number", rows, func(m *iracing.Membership) string { return m.Number }),
		text("nick", "Nickname", rows, func(m *iracing.Membership) string { return m.Nick }),
		key("leagueId", "League id", rows, func(m *iracing.Membership) int64 { return m.ID }),
	), nil
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
	return table(
		"leagues",
		text("league", "League", rows, func(l *iracing.League) string { return q.People.Hide(l.Name, owners) }),
		num("members", "Members", rows, number, func(l *iracing.League) float64 { return float64(l.Members) }),
		yes("recruiting", "Recruiting", rows, func(l *iracing.League) bool { return l.Recruiting }),
		yes("member", "Member", rows, func(l *iracing.League) bool { return l.Member }),
		text("owner", "Owner", rows, func(l *iracing.League) string { return winner(q, l.Owner.Cust, l.Owner.Name) }),
		when("created", "Since", rows, func(l *iracing.League) time.Time { return l.Created }),
		key("leagueId", "League id", rows, func(l *iracing.League) int64 { return l.ID }),
		text("ownerKey", "Owner key", rows, func(l *iracing.League) string { return personKey(q, l.Owner.Cust) }),
	), nil
}
