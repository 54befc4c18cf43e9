package race_test

import (
	"math"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis/race"
)

func field(started int, ratings ...float64) []race.Entrant {
	list := make([]race.Entrant, len(ratings))
	for i, r := range ratings {
		list[i] = race.Entrant{Rating: r, Started: i < started}
	}
	return list
}

func sum(values []float64) (total float64) {
	for _, v := range values {
		total += v
	}
	return total
}

// The published vector: five finishers and one who did not start.
func TestCommunityChanges(t *testing.T) {
	ratings := []float64{2400, 1800, 2100, 1500, 1300, 2000}
	got := race.CommunityChanges(field(5, ratings...))
	for i, want := range []float64{75.16, 60.90, 7.94, -3.43, -32.19, -108.37} {
		if math.Abs(got[i]-want) > 0.005 {
			t.Errorf("place %d: %.3f, not %.2f", i+1, got[i], want)
		}
	}
	if sof := race.SoF(ratings); math.Abs(sof-1820.53) > 0.005 {
		t.Errorf("strength of field %.3f, not 1820.53", sof)
	}
}

func TestChanges(t *testing.T) {
	full := field(4, 3000, 2000, 1500, 1000)
	community := race.CommunityChanges(full)
	for i, c := range race.Changes(full) {
		if math.Abs(c-community[i]) > 1e-9 {
			t.Errorf("when everybody starts, the two formulas differ: %.3f and %.3f", c, community[i])
		}
	}
	for _, f := range [][]race.Entrant{full, field(5, 2400, 1800, 2100, 1500, 1300, 2000), field(2, 1000, 9000, 1500, 800), field(1, 1350), nil} {
		if total := sum(race.Changes(f)); math.Abs(total) > 1+1e-9 {
			t.Errorf("the changes of %d entrants sum up to %v", len(f), total)
		}
	}
	dns := race.Changes(field(3, 3000, 2000, 1000, 1500, 2500))
	if total := sum(dns); dns[3] != dns[4] || dns[3] >= 0 || math.Abs(total) > 1e-9 {
		t.Errorf("those who did not start share what the others gained: %.1f", dns)
	}
	even := race.Changes(field(2, 2000, 2000))
	if math.Abs(even[0]-50) > 1 || math.Abs(even[1]+50) > 1 {
		t.Errorf("two equals exchange %v", even)
	}
	if c := race.Chance(2000, 2000); math.Abs(c-0.5) > 1e-12 {
		t.Errorf("the chance against an equal is %v", c)
	}
	if a, b := race.Chance(3000, 1000), race.Chance(1000, 3000); math.Abs(a+b-1) > 1e-12 || a < 0.8 {
		t.Errorf("chances of 3000 against 1000: %v and %v", a, b)
	}
}

func TestWhatIf(t *testing.T) {
	f := field(4, 3000, 2000, 1500, 1000, 1200)
	curve := race.WhatIf(f, 2)
	if len(curve) != 4 {
		t.Fatalf("%d places for four starters", len(curve))
	}
	if got, want := curve[2], race.Changes(f)[2]; math.Abs(got-want) > 1e-9 {
		t.Errorf("in the place that it was: %v, not %v", got, want)
	}
	for i := 1; i < len(curve); i++ {
		if curve[i] >= curve[i-1] {
			t.Errorf("place %d is worth %.1f, the one before %.1f", i+1, curve[i], curve[i-1])
		}
	}
	if n := len(race.WhatIf(f, 4)); n != 5 {
		t.Errorf("who did not start has %d places", n)
	}
	if race.WhatIf(f, 9) != nil || race.WhatIf(nil, 0) != nil {
		t.Error("a curve of nobody")
	}
}

func TestTeams(t *testing.T) {
	crew := []race.Stint{{Rating: 3000, Laps: 75}, {Rating: 1000, Laps: 25}, {Rating: nan, Laps: 0}}
	if r := race.TeamRating(crew); r != 2500 {
		t.Errorf("the team counts with %v", r)
	}
	shares := race.TeamShares(80, crew)
	if shares[0] != 60 || shares[1] != 20 || !math.IsNaN(shares[2]) {
		t.Errorf("shares %v", shares)
	}
	if r := race.TeamRating([]race.Stint{{Rating: 3000}, {Rating: 1000}}); r != 2000 {
		t.Errorf("a team that did not drive counts with %v", r)
	}
	if !math.IsNaN(race.TeamRating(nil)) || !math.IsNaN(race.TeamShares(80, []race.Stint{{Rating: 1500}})[0]) {
		t.Error("a team without drivers or laps")
	}
}
