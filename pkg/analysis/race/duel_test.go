package race_test

import (
	"math"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis/race"
)

func TestDuel(t *testing.T) {
	meetings := []race.Meeting{
		{
			Class: true, Entries: 20,
			Own:   race.Duellist{Place: 3, BestLap: 99, AverageLap: 101, Rating: 2000},
			Rival: race.Duellist{Place: 5, BestLap: 100, AverageLap: 100, Rating: 2000},
		},
		{
			Class: true, Entries: 10,
			Own:   race.Duellist{Place: 8, BestLap: 102, AverageLap: nan, Rating: 2000},
			Rival: race.Duellist{Place: 1, BestLap: 100, AverageLap: 103, Rating: 2000},
		},
		// In different classes nobody is ahead.
		{
			Own:   race.Duellist{Place: 1, BestLap: 90, AverageLap: 91, Rating: 2000},
			Rival: race.Duellist{Place: 7, BestLap: 100, AverageLap: 103, Rating: 2000},
		},
		// One was disqualified.
		{Class: true, Own: race.Duellist{Place: 4, BestLap: nan, AverageLap: nan, Rating: nan}, Rival: race.Duellist{BestLap: 90, AverageLap: nan, Rating: nan}},
	}
	running := race.Running(meetings)
	if len(running) != len(meetings) {
		t.Fatalf("%d scores of %d meetings", len(running), len(meetings))
	}
	// Of equals, the one ahead takes half of 200 points divided by the entries.
	for i, want := range []race.Score{
		{Meetings: 1, Ahead: 1, Share: 1, Places: 2, BestDelta: -0.01, AverageDelta: 0.01, Exchanged: 5},
		{Meetings: 2, Ahead: 1, Behind: 1, Share: 0.5, Places: -2.5, BestDelta: 0.005, AverageDelta: 0.01, Exchanged: -5},
		{Meetings: 2, Ahead: 1, Behind: 1, Share: 0.5, Places: -2.5, BestDelta: 0.005, AverageDelta: 0.01, Exchanged: -5},
		{Meetings: 3, Ahead: 1, Behind: 1, Share: 0.5, Places: -2.5, BestDelta: 0.005, AverageDelta: 0.01, Exchanged: -5},
	} {
		got := running[i]
		if got.Meetings != want.Meetings || got.Ahead != want.Ahead || got.Behind != want.Behind || !same(got.Share, want.Share) ||
			!same(got.Places, want.Places) || !same(got.BestDelta, want.BestDelta) || !same(got.AverageDelta, want.AverageDelta) || !same(got.Exchanged, want.Exchanged) {
			t.Errorf("after meeting %d: %+v, want %+v", i+1, got, want)
		}
	}
	if got := race.Duel(meetings); got != running[3] {
		t.Errorf("the whole duel is %+v, its end %+v", got, running[3])
	}
	if got := race.Duel(nil); got.Meetings != 0 || !math.IsNaN(got.Share) || !math.IsNaN(got.Exchanged) {
		t.Errorf("a duel without a meeting: %+v", got)
	}
}

// What one of the two wins the other loses.
func TestExchangedIsTakenFromTheRival(t *testing.T) {
	m := race.Meeting{Class: true, Entries: 24, Own: race.Duellist{Place: 9, Rating: 1450}, Rival: race.Duellist{Place: 11, Rating: 2600}}
	back := race.Meeting{Class: true, Entries: 24, Own: m.Rival, Rival: m.Own}
	if won, lost := m.Exchanged(), back.Exchanged(); !(won > 100.0/24) || math.Abs(won+lost) > 1e-9 {
		t.Errorf("the weaker one, who was ahead, took %v and the stronger one %v", won, lost)
	}
	m.Own.Rating = nan
	if got := m.Exchanged(); !math.IsNaN(got) {
		t.Errorf("%v was exchanged with somebody without a rating", got)
	}
}

// What all others are taken from is the estimate of the whole race, but for the correction for the place, which belongs to
// no rival. Who registered and did not start counts for what a point is worth.
func TestExchangesAddUpToTheEstimate(t *testing.T) {
	for _, absent := range []bool{false, true} {
		field := []race.Entrant{{1900, true}, {3100, true}, {1350, true}, {2400, true}, {2000, !absent}}
		starters, n := 5.0, 5.0
		if absent {
			starters = 4
		}
		changes := race.Changes(field)
		for i, own := range field[:4] {
			sum := 0.0
			for j, rival := range field {
				if i != j {
					sum += race.Exchanged(own.Rating, rival.Rating, i < j, len(field))
				}
			}
			correction := ((n-(n-starters)/2)/2 - float64(i+1)) / 100
			if want := changes[i] + correction*200/n; math.Abs(sum-want) > 1e-9 {
				t.Errorf("absent %v: entrant %d takes %v from the others, the estimate is %v", absent, i, sum, want)
			}
		}
	}
}
