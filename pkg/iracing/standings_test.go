package iracing_test

import (
	"math"
	"net/url"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

func TestRecordedStandings(t *testing.T) {
	api := recorded(t)
	s, err := api.Standings(t.Context(), iracing.Table{Of: iracing.DriverStandings, Season: 4183, Class: 4013})
	if err != nil {
		t.Fatal(err)
	}
	if s.OwnRank != 45 || s.Season.ID != 4183 || s.Series.Name != "Formula A - Grand Prix Series - Fixed" || s.Updated.Year() != 2024 || len(s.Rows) != 211 {
		t.Errorf("the table: %+v, rank %d, %d rows", s.Season, s.OwnRank, len(s.Rows))
	}
	r := s.Rows[0]
	if r.Rank != 1 || r.Cust != 101262 || r.Team != 0 || r.Division != 2 || r.Licence.String() != "A 3.81" || r.IRating != 2204 || r.Points != 1018 || r.Weeks != 8 || r.Starts != 31 || r.AvgStart != 4 {
		t.Errorf("the leader: %+v", r)
	}
	for i := 1; i < len(s.Rows); i++ {
		if s.Rows[i].Rank < s.Rows[i-1].Rank {
			t.Fatalf("rank %d comes after %d", s.Rows[i].Rank, s.Rows[i-1].Rank)
		}
	}
	s, err = api.Standings(t.Context(), iracing.Table{Of: iracing.TeamStandings, Season: 3591, Class: 2742, Week: 1})
	if err != nil {
		t.Fatal(err)
	}
	r = s.Rows[0]
	if r.Team != -500069 || r.Cust != 0 || len(r.Drivers) != 2 || !r.Has(103046) || r.Has(0) || r.ID() != r.Team || len(r.Cars) != 1 || r.Cars[0] != 132 {
		t.Errorf("the first team: %+v", r)
	}
	s, err = api.Standings(t.Context(), iracing.Table{Of: iracing.TimeTrialResults, Season: 5935, Class: 4029, Week: 1})
	if err != nil {
		t.Fatal(err)
	}
	if r = s.Rows[0]; !near(r.BestLap, 95.5581) || r.RaceWeek != 1 || r.Points != 100 || !math.IsNaN(r.AvgStart) || r.TTRating <= 0 {
		t.Errorf("the first of a time trial: %+v", r)
	}
	s, err = api.Standings(t.Context(), iracing.Table{Of: iracing.QualifyResults, Season: 5935, Class: 4029, Week: 2})
	if err != nil {
		t.Fatal(err)
	}
	if r = s.Rows[0]; !near(r.BestLap, 419.7869) || r.RaceWeek != 2 || r.Division != 0 {
		t.Errorf("the first of a qualifying: %+v", r)
	}
}

// Weeks and divisions count from 0 in requests, and 0 is sent.
func TestStandingsRequest(t *testing.T) {
	var asked url.Values
	api := apiBy(t, func(_ string, q url.Values) string { asked = q; return "[]" })
	for _, c := range []struct {
		table          iracing.Table
		week, division string
	}{
		{iracing.Table{Of: iracing.DriverStandings, Season: 1, Class: 2}, "", ""},
		{iracing.Table{Of: iracing.DriverStandings, Season: 1, Class: 2, Week: 1, Division: 1}, "0", "0"},
		{iracing.Table{Of: iracing.TimeTrialStandings, Season: 1, Class: 2, Week: 12, Division: 11}, "11", "10"},
		{iracing.Table{Of: iracing.TeamStandings, Season: 1, Class: 2, Week: 2, Division: 3}, "1", ""},
	} {
		if _, err := api.Standings(t.Context(), c.table); err != nil {
			t.Fatal(err)
		}
		if asked.Get("race_week_num") != c.week || asked.Get("division") != c.division || asked.Get("season_id") != "1" || asked.Get("car_class_id") != "2" {
			t.Errorf("%+v asks for %v", c.table, asked)
		}
	}
}
