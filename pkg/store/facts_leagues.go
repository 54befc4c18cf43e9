package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

func readLeague(ctx context.Context, api iracing.API, r iracing.Request, at time.Time) (*facts, error) {
	l, err := api.League(ctx, param(r, "league_id"))
	if err != nil {
		return nil, err
	}
	l.ID = param(r, "league_id")
	n := newNames(at)
	n.driver(l.Owner.Cust, l.Owner.Name)
	seen := n.mates(l.Roster)
	return &facts{names: n, lock: "league " + id(l.ID), write: func(k *keeping) {
		b := listedOf("leagues", "league_id", []iracing.League{*l}, func(l *iracing.League) int64 { return l.ID }, func(l *iracing.League) string { return l.Name })
		b.id("owner_id", func(l *iracing.League) int64 { return k.cust(l.Owner.Cust) })
		b.at("created_at", func(l *iracing.League) time.Time { return l.Created })
		b.count("members", func(l *iracing.League) int { return l.Members })
		b.flag("recruiting", func(l *iracing.League) bool { return l.Recruiting })
		b.flag("member", func(l *iracing.League) bool { return l.Member })
		b.flag("admin", func(l *iracing.League) bool { return l.Admin })
		k.put("leagues", b)
		if len(l.Roster) == 0 {
			return // it is not shown
		}
		writeRoster(k, l.ID, l.Roster)
		writeLicences(k, seen, at)
	}}, nil
}

func readLeagueRoster(ctx context.Context, api iracing.API, r iracing.Request, at time.Time) (*facts, error) {
	league := param(r, "league_id")
	roster, _, err := api.LeagueRoster(ctx, league)
	if err != nil || len(roster) == 0 {
		return nil, err
	}
	n := newNames(at)
	n.league(iracing.Ref{ID: league})
	seen := n.mates(roster)
	return &facts{names: n, lock: "league " + id(league), write: func(k *keeping) {
		writeRoster(k, league, roster)
		writeLicences(k, seen, at)
	}}, nil
}

// writeRoster writes the members of a league and takes away those who left.
func writeRoster(k *keeping, league int64, roster []iracing.Mate) {
	roster = slices.DeleteFunc(slices.Clone(roster), func(m iracing.Mate) bool { return m.Cust <= 0 })
	custs := make([]int64, len(roster))
	for i := range roster {
		custs[i] = k.cust(roster[i].Cust)
	}
	k.do("league_members", "delete from iracing.league_members where league_id = $1 and cust_id <> all($2::bigint[])", league, custs)
	b := into("league_members", roster, func(m *iracing.Mate) int64 { return k.cust(m.Cust) })
	b.key("league_id", func(*iracing.Mate) int64 { return league })
	b.key("cust_id", func(m *iracing.Mate) int64 { return k.cust(m.Cust) })
	b.word("nick", func(m *iracing.Mate) string {
		if k.stand[m.Cust] != 0 {
			return ""
		}
		return tidy(m.Nick)
	})
	b.word("car_number", func(m *iracing.Mate) string { return m.Number })
	b.flag("owner", func(m *iracing.Mate) bool { return m.Owner })
	b.flag("admin", func(m *iracing.Mate) bool { return m.Admin })
	b.at("since", func(m *iracing.Mate) time.Time { return m.Since })
	k.put("league_members", b)
}

func readLeagueSeasons(ctx context.Context, api iracing.API, r iracing.Request, at time.Time) (*facts, error) {
	league := param(r, "league_id")
	seasons, err := api.LeagueSeasons(ctx, league, false)
	if err != nil {
		return nil, err
	}
	n := newNames(at)
	n.league(iracing.Ref{ID: league})
	b := into("league_seasons", seasons, func(s *iracing.LeagueSeason) int64 { return s.ID })
	b.key("league_id", func(*iracing.LeagueSeason) int64 { return league })
	b.key("league_season_id", func(s *iracing.LeagueSeason) int64 { return s.ID })
	b.listed(func(s *iracing.LeagueSeason) string { return s.Name })
	b.flag("active", func(s *iracing.LeagueSeason) bool { return s.Active })
	b.flag("hidden", func(s *iracing.LeagueSeason) bool { return s.Hidden })
	b.count("drops", func(s *iracing.LeagueSeason) int { return s.Drops })
	b.word("points_system", func(s *iracing.LeagueSeason) string { return tidy(s.Points.Name) })
	return tables(n, "league_seasons", b), nil
}

func readLeagueRaces(ctx context.Context, api iracing.API, r iracing.Request, at time.Time) (*facts, error) {
	league, season := param(r, "league_id"), param(r, "season_id")
	races, err := api.LeagueRaces(ctx, league, season)
	if err != nil {
		return nil, err
	}
	n := newNames(at)
	n.leagueSeason(iracing.Ref{ID: league}, iracing.Ref{ID: season})
	races = slices.DeleteFunc(races, func(l iracing.LeagueRace) bool { return l.Private == 0 })
	for i := range races {
		n.track(races[i].Track)
		n.entrant(races[i].Winner, races[i].WinnerName)
		for _, c := range races[i].Cars {
			n.car(c)
		}
	}
	return &facts{names: n, lock: "league season " + id(league) + " " + id(season), write: func(k *keeping) {
		if r.Params["results_only"] != "true" {
			there := make([]int64, len(races))
			for i := range races {
				there[i] = races[i].Private
			}
			k.do("league_races", "delete from iracing.league_races where league_id = $1 and league_season_id = $2 and private_session_id <> all($3::bigint[])", league, season, there)
		}
		b := into("league_races", races, func(l *iracing.LeagueRace) int64 { return l.Private })
		b.key("league_id", func(*iracing.LeagueRace) int64 { return league })
		b.key("league_season_id", func(*iracing.LeagueRace) int64 { return season })
		b.key("private_session_id", func(l *iracing.LeagueRace) int64 { return l.Private })
		b.at("launch_at", func(l *iracing.LeagueRace) time.Time { return l.Launch })
		b.flag("done", func(l *iracing.LeagueRace) bool { return l.Done })
		b.id("subsession_id", func(l *iracing.LeagueRace) int64 { return max(l.Subsession, 0) })
		b.id("track_id", func(l *iracing.LeagueRace) int64 { return max(l.Track.ID, 0) })
		list(b, "car_ids", "integer[]", func(l *iracing.LeagueRace) []int64 {
			var ids []int64
			for _, c := range l.Cars {
				ids = append(ids, c.ID)
			}
			return ids
		})
		b.flag("team_event", func(l *iracing.LeagueRace) bool { return l.Teams })
		long := func(d time.Duration) float64 { return nanFor(d.Seconds(), 0) }
		b.number("practice_seconds", func(l *iracing.LeagueRace) float64 { return long(l.Practice) })
		b.number("qualify_seconds", func(l *iracing.LeagueRace) float64 { return long(l.Qualify) })
		b.number("race_seconds", func(l *iracing.LeagueRace) float64 { return long(l.Race) })
		b.place("race_laps", func(l *iracing.LeagueRace) int { return l.Laps })
		b.count("entries", func(l *iracing.LeagueRace) int { return l.Entries })
		b.flag("password", func(l *iracing.LeagueRace) bool { return l.Password })
		b.id("winner_id", func(l *iracing.LeagueRace) int64 { return k.entrant(l.Winner) })
		b.number("temperature_low_celsius", func(l *iracing.LeagueRace) float64 { return l.Forecast.TempLow })
		b.number("temperature_high_celsius", func(l *iracing.LeagueRace) float64 { return l.Forecast.TempHigh })
		b.number("rain_share", func(l *iracing.LeagueRace) float64 { return l.Forecast.Precip })
		k.put("league_races", b)
	}}, nil
}

func readLeagueStandings(ctx context.Context, api iracing.API, r iracing.Request, at time.Time) (*facts, error) {
	league, season, class := param(r, "league_id"), param(r, "season_id"), param(r, "car_class_id")
	if r.Params["car_id"] != "" {
		return nil, nil
	}
	drivers, teams, err := api.LeagueStandings(ctx, league, season, class)
	if err != nil {
		return nil, err
	}
	n := newNames(at)
	n.leagueSeason(iracing.Ref{ID: league}, iracing.Ref{ID: season})
	entrant := func(s *iracing.LeagueStanding) int64 { return cmp.Or(min(s.Team, 0), max(s.Cust, 0)) }
	rows := slices.DeleteFunc(slices.Concat(drivers, teams), func(s iracing.LeagueStanding) bool { return entrant(&s) == 0 })
	for i := range rows {
		n.entrant(entrant(&rows[i]), rows[i].Name)
	}
	return &facts{names: n, write: func(k *keeping) {
		there := make([]int64, len(rows))
		for i := range rows {
			there[i] = k.entrant(entrant(&rows[i]))
		}
		k.do("league_standings", "delete from iracing.league_standings where league_id = $1 and league_season_id = $2 and car_class_id = $3 and entrant_id <> all($4::bigint[])",
			league, season, class, there)
		b := into("league_standings", rows, func(s *iracing.LeagueStanding) int64 { return k.entrant(entrant(s)) })
		b.key("league_id", func(*iracing.LeagueStanding) int64 { return league })
		b.key("league_season_id", func(*iracing.LeagueStanding) int64 { return season })
		b.key("car_class_id", func(*iracing.LeagueStanding) int64 { return class })
		b.key("entrant_id", func(s *iracing.LeagueStanding) int64 { return k.entrant(entrant(s)) })
		b.id("cust_id", func(s *iracing.LeagueStanding) int64 { return max(k.entrant(entrant(s)), 0) })
		b.id("team_id", func(s *iracing.LeagueStanding) int64 { return min(entrant(s), 0) })
		b.place("position", func(s *iracing.LeagueStanding) int { return s.Position })
		b.word("car_number", func(s *iracing.LeagueStanding) string { return s.Number })
		b.count("wins", func(s *iracing.LeagueStanding) int { return s.Wins })
		b.number("average_start", func(s *iracing.LeagueStanding) float64 { return s.AvgStart })
		b.number("average_finish", func(s *iracing.LeagueStanding) float64 { return s.AvgFinish })
		b.number("base_points", func(s *iracing.LeagueStanding) float64 { return s.Base })
		b.number("adjusted_points", func(s *iracing.LeagueStanding) float64 { return s.Adjusted })
		b.number("points", func(s *iracing.LeagueStanding) float64 { return s.Points })
		k.put("league_standings", b)
	}}, nil
}

// readLeagueMembership reads the leagues of somebody. Whose they are is not always told.
func readLeagueMembership(ctx context.Context, api iracing.API, r iracing.Request, at time.Time) (*facts, error) {
	cust := param(r, "cust_id")
	list, err := api.Memberships(ctx, cust)
	if err != nil {
		return nil, err
	}
	n := newNames(at)
	n.driver(cust, "")
	for _, m := range list {
		n.league(m.Ref)
	}
	if cust == 0 {
		return &facts{names: n}, nil
	}
	list = slices.DeleteFunc(list, func(m iracing.Membership) bool { return m.ID <= 0 })
	slices.SortStableFunc(list, func(a, b iracing.Membership) int { return cmp.Compare(a.ID, b.ID) })
	return &facts{names: n, write: func(k *keeping) {
		ids := make([]int64, len(list))
		for i := range list {
			ids[i] = list[i].ID
		}
		// The list is whole: leagues that are not in it were left.
		k.do("league_members", "delete from iracing.league_members where cust_id = $1 and league_id <> all($2::bigint[])", k.cust(cust), ids)
		b := into("league_members", list, func(m *iracing.Membership) int64 { return m.ID })
		b.key("league_id", func(m *iracing.Membership) int64 { return m.ID })
		b.key("cust_id", func(*iracing.Membership) int64 { return k.cust(cust) })
		b.word("nick", func(m *iracing.Membership) string {
			if k.stand[cust] != 0 {
				return ""
			}
			return tidy(m.Nick)
		}).known()
		b.word("car_number", func(m *iracing.Membership) string { return m.Number }).known()
		b.flag("owner", func(m *iracing.Membership) bool { return m.Owner })
		b.flag("admin", func(m *iracing.Membership) bool { return m.Admin })
		k.put("league_members", b)
	}}, nil
}

func readTeam(ctx context.Context, api iracing.API, r iracing.Request, at time.Time) (*facts, error) {
	t, err := api.Team(ctx, param(r, "team_id"))
	if err != nil {
		return nil, err
	}
	t.ID = param(r, "team_id")
	if t.ID >= 0 {
		return nil, nil
	}
	n := newNames(at)
	n.team(t.ID, t.Name)
	n.driver(t.Owner.Cust, t.Owner.Name)
	seen := n.mates(t.Roster)
	roster := slices.DeleteFunc(slices.Clone(t.Roster), func(m iracing.Mate) bool { return m.Cust <= 0 })
	return &facts{names: n, lock: "team " + id(t.ID), write: func(k *keeping) {
		k.do("teams", `
			update iracing.teams set owner_id = $2, created_at = $3, members = $4
			where team_id = $1 and (owner_id, created_at, members) is distinct from ($2, $3, $4)`,
			t.ID, orNull(k.cust(t.Owner.Cust)), moment(t.Created), t.Members)
		there := make([]int64, len(roster))
		for i := range roster {
			there[i] = k.cust(roster[i].Cust)
		}
		if len(there) > 0 {
			k.do("team_members", "delete from iracing.team_members where team_id = $1 and cust_id <> all($2::bigint[])", t.ID, there)
		}
		b := into("team_members", roster, func(m *iracing.Mate) int64 { return k.cust(m.Cust) })
		b.key("team_id", func(*iracing.Mate) int64 { return t.ID })
		b.key("cust_id", func(m *iracing.Mate) int64 { return k.cust(m.Cust) })
		b.flag("owner", func(m *iracing.Mate) bool { return m.Owner })
		b.flag("admin", func(m *iracing.Mate) bool { return m.Admin })
		k.put("team_members", b)
		writeLicences(k, seen, at)
	}}, nil
}

// readTeamMembership reads the teams that the account is in.
func readTeamMembership(ctx context.Context, api iracing.API, _ iracing.Request, at time.Time) (*facts, error) {
	list, err := api.Teams(ctx)
	if err != nil {
		return nil, err
	}
	n := newNames(at)
	ids := []int64{}
	for _, m := range list {
		n.team(m.ID, m.Name)
		ids = append(ids, m.ID)
	}
	return &facts{names: n, write: func(k *keeping) {
		k.do("teams", "update iracing.teams set mine = team_id = any($1::bigint[]) where mine <> (team_id = any($1::bigint[]))", ids)
	}}, nil
}
