package iracingtest

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

// A championship is the sum of its best weeks, a week the mean of the best quarter of its races.
func TestStandingsAreWeeks(t *testing.T) {
	v := fake(t, nil)
	var season *world.Season
	shared().Read(noon, func(w *world.View) { season = w.Seasons(world.QuarterOf(noon).Add(-1))[7] })
	var list struct {
		Results []struct {
			Subsession int64 `json:"subsession_id"`
			Week       int   `json:"race_week_num"`
		} `json:"results_list"`
	}
	v.into("/data/results/season_results", fmt.Sprintf("season_id=%d&event_type=5", season.ID), &list)
	scores := map[int64]map[int][]int{}
	starts := map[int64]int{}
	for _, one := range list.Results {
		for _, row := range v.result(one.Subsession).rows(0) {
			if scores[row.CustID] == nil {
				scores[row.CustID] = map[int][]int{}
			}
			scores[row.CustID][one.Week] = append(scores[row.CustID][one.Week], row.Points)
			starts[row.CustID]++
		}
	}
	var table []struct {
		Rank    int     `json:"rank"`
		CustID  int64   `json:"cust_id"`
		Points  float64 `json:"raw_points"`
		Whole   int     `json:"points"`
		Weeks   int     `json:"weeks_counted"`
		Starts  int     `json:"starts"`
		Dropped bool    `json:"week_dropped"`
	}
	v.into("/data/stats/season_driver_standings", fmt.Sprintf("season_id=%d&car_class_id=%d", season.ID, season.Series.Classes[0].ID), &table)
	if len(table) != len(scores) || len(table) < 20 {
		t.Fatalf("the table has %d rows; %d drove", len(table), len(scores))
	}
	dropped := false
	for i, row := range table {
		var weeks []float64
		for _, points := range scores[row.CustID] {
			slices.Sort(points)
			slices.Reverse(points)
			n := (len(points) + 3) / 4
			sum := 0
			for _, p := range points[:n] {
				sum += p
			}
			weeks = append(weeks, float64(sum)/float64(n))
		}
		slices.Sort(weeks)
		slices.Reverse(weeks)
		count := min(len(weeks), 12-season.Series.Drops)
		sum := 0.0
		for _, p := range weeks[:count] {
			sum += p
		}
		if math.Abs(sum-row.Points) > 1e-9 || row.Whole != int(row.Points) || row.Weeks != count || row.Starts != starts[row.CustID] || row.Rank != i+1 || row.Dropped != (len(weeks) > count) {
			t.Errorf("%+v; the weeks say %.3f of %d weeks", row, sum, count)
		}
		if i > 0 && row.Points > table[i-1].Points {
			t.Errorf("rank %d has more points than the one before", row.Rank)
		}
		dropped = dropped || row.Dropped
	}
	if !dropped {
		t.Log("nobody drove enough weeks to drop one")
	}
}

// The tables of times and records are the best laps of the results.
func TestTimesAreBestLaps(t *testing.T) {
	v := fake(t, nil)
	rows := v.history(5)
	race := v.result(rows[len(rows)-1].Subsession)
	own, _ := race.of(v.me())
	type record struct {
		CustID int64 `json:"cust_id"`
		Race   int64 `json:"race_lap_time"`
	}
	var records []record
	v.into("/data/stats/world_records", fmt.Sprintf("car_id=%d&track_id=%d", own.Car, race.Track.ID), &records)
	best := int64(math.MaxInt64)
	for _, row := range rows {
		if row.Car != own.Car {
			continue
		}
		r := v.result(row.Subsession)
		if one, _ := r.of(v.me()); r.Track.ID == race.Track.ID && one.Best > 0 {
			best = min(best, one.Best)
		}
	}
	if !slices.Contains(records, record{v.me(), best}) {
		t.Errorf("the records have %v; the best race lap is %d", records, best)
	}
	var bests struct {
		Bests []struct {
			Event string `json:"event_type"`
			Lap   int64  `json:"best_lap_time"`
			Track struct {
				ID int `json:"track_id"`
			}
		}
	}
	v.into("/data/stats/member_bests", fmt.Sprintf("car_id=%d", own.Car), &bests)
	found := false
	for _, b := range bests.Bests {
		if b.Event == "Race" && b.Track.ID == race.Track.ID {
			found = b.Lap == best
		}
	}
	if !found {
		t.Errorf("the bests have %v; the best race lap is %d", bests.Bests, best)
	}
}

// A league's table is the sum of its races' points, with the worst dropped.
func TestLeagueStandings(t *testing.T) {
	v := fake(t, nil)
	var leagues []struct {
		ID int64 `json:"league_id"`
	}
	v.into("/data/league/membership", "", &leagues)
	var seasons struct {
		Seasons []struct {
			ID    int64 `json:"season_id"`
			Drops int   `json:"num_drops"`
		}
	}
	league := leagues[0].ID
	v.into("/data/league/seasons", fmt.Sprintf("league_id=%d&retired=true", league), &seasons)
	season := seasons.Seasons[len(seasons.Seasons)-1] // the first of all
	query := fmt.Sprintf("league_id=%d&season_id=%d", league, season.ID)
	var sessions struct {
		Sessions []struct {
			Subsession int64 `json:"subsession_id"`
			Winner     int64 `json:"winner_id"`
			Results    bool  `json:"has_results"`
		}
	}
	v.into("/data/league/season_sessions", query, &sessions)
	points := map[int64][]int{}
	for _, s := range sessions.Sessions {
		if !s.Results {
			continue
		}
		rows := v.result(s.Subsession).rows(0)
		if rows[0].CustID != s.Winner {
			t.Errorf("%d won %d; the calendar says %d", rows[0].CustID, s.Subsession, s.Winner)
		}
		for _, row := range rows {
			points[row.CustID] = append(points[row.CustID], row.LeaguePoints)
		}
	}
	var table struct {
		Standings struct {
			Drivers []struct {
				Position int
				Driver   struct {
					CustID int64 `json:"cust_id"`
				}
				Total int `json:"total_points"`
			} `json:"driver_standings"`
		}
	}
	v.into("/data/league/season_standings", query, &table)
	if len(table.Standings.Drivers) == 0 {
		t.Fatal("the table is empty")
	}
	for i, row := range table.Standings.Drivers {
		list := points[row.Driver.CustID]
		slices.Sort(list)
		slices.Reverse(list)
		sum := 0
		for j, p := range list {
			if j < len(sessions.Sessions)-season.Drops {
				sum += p
			}
		}
		if row.Total != sum || row.Position != i+1 {
			t.Errorf("place %d has %d points; the races say %d", row.Position, row.Total, sum)
		}
	}
}
