package iracing_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

func TestRecordedLeagues(t *testing.T) {
	api := recorded(t)
	l, err := api.League(t.Context(), 13561)
	if err != nil || l.ID != 13561 || l.Owner.Cust != 100127 || l.Members != 45 || len(l.Roster) == 0 || !l.Roster[0].Owner || l.Roster[0].Number != "500" {
		t.Fatalf("a league: %+v, %v", l, err)
	}
	mates, private, err := api.LeagueRoster(t.Context(), 7058)
	if err != nil || private || len(mates) == 0 || mates[0].Since.IsZero() {
		t.Errorf("a roster of %d, %v", len(mates), err)
	}
	found, all, err := api.LeagueDirectory(t.Context(), "x", 1, 5)
	if err != nil || len(found) != 5 || all != 10692 || !found[0].Member || found[0].Owner.Cust == 0 {
		t.Errorf("%d leagues of %d, %v", len(found), all, err)
	}
	mine, err := api.Memberships(t.Context(), 0)
	if err != nil || len(mine) != 3 || mine[2].Number != "56" {
		t.Errorf("the own leagues: %+v, %v", mine, err)
	}
	seasons, err := api.LeagueSeasons(t.Context(), 637, false)
	if err != nil || len(seasons) == 0 || seasons[0].ID != 128114 || !seasons[0].Active || seasons[0].Drops != 2 || seasons[0].Cars[0].Name != "Super Formula Lights" {
		t.Errorf("seasons: %+v, %v", seasons, err)
	}
	drivers, teams, err := api.LeagueStandings(t.Context(), 637, 128114, 0)
	if err != nil || len(drivers) != 48 || len(teams) != 0 || drivers[0].Points != 84 || drivers[0].Number != "18" || drivers[0].Position != 1 {
		t.Errorf("%d drivers and %d teams, %v", len(drivers), len(teams), err)
	}
	races, err := api.LeagueRaces(t.Context(), 637, 128114)
	if err != nil || len(races) == 0 || !races[0].Done || races[0].Subsession != 82074245 || races[0].Laps != 22 || races[0].Race != time.Hour || races[0].Winner == 0 {
		t.Errorf("races: %+v, %v", races, err)
	}
	systems, err := api.PointsSystems(t.Context(), 13561)
	if err != nil || len(systems) == 0 || !systems[0].IRacing {
		t.Errorf("points systems: %+v, %v", systems, err)
	}
	team, err := api.Team(t.Context(), -500259)
	if err != nil || team.ID != -500259 || team.Owner.Cust != 100230 || team.Members != 17 || len(team.Roster) != 1 {
		t.Errorf("a team: %+v, %v", team, err)
	}
	own, err := api.Teams(t.Context())
	if err != nil || len(own) != 2 || !own[0].Owner {
		t.Errorf("the own teams: %+v, %v", own, err)
	}
}

// Team standings come with the team in the row or below it.
func TestLeagueTeams(t *testing.T) {
	api := apiOf(t, map[string]string{"/data/league/season_standings": `{"standings":{"team_standings":[
		{"position":2,"team":{"team_id":-5,"team_name":"Blue"},"total_points":10},{"rownum":1,"team_id":-6,"team_name":"Red","total_points":20}]}}`})
	_, teams, err := api.LeagueStandings(t.Context(), 1, 2, 3)
	if err != nil || len(teams) != 2 || teams[0].Name != "Red" || teams[0].Team != -6 || teams[1].Name != "Blue" || teams[1].Team != -5 {
		t.Errorf("teams: %+v, %v", teams, err)
	}
}

func TestTeamRaces(t *testing.T) {
	var asked url.Values
	api := apiBy(t, func(_ string, q url.Values) string {
		asked = q
		return `[{"subsession_id":9,"start_time":"2026-05-01T12:00:00Z"}]`
	})
	races, err := api.TeamRaces(t.Context(), -31, []iracing.SearchRange{{From: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)}})
	if err != nil || len(races) != 1 || asked.Get("team_id") != "-31" || asked.Get("cust_id") != "" {
		t.Errorf("%v asks for %v, %v", races, asked, err)
	}
}
