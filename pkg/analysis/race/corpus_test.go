package race_test

import (
	"math"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis/race"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/replay"
)

func recorded(t *testing.T) iracing.API {
	t.Helper()
	srv := httptest.NewServer(replay.New(replay.Dir(t)))
	t.Cleanup(srv.Close)
	client := iracing.New(replay.Options(srv.URL))
	t.Cleanup(client.Close)
	return iracing.API{Source: client}
}

// The gaps of real races are iRacing's own intervals, which are cut to milliseconds.
func TestGapsAreTheRecordedIntervals(t *testing.T) {
	api := recorded(t)
	for _, subsession := range []int64{82263872, 43625377} {
		laps, err := api.LapChart(t.Context(), subsession, 0)
		if err != nil {
			t.Fatal(err)
		}
		c := race.NewChart(laps)
		checked, worst := 0, 0.0
		for i := range c.Cars {
			gaps := c.ToLeader(&c.Cars[i])
			for _, l := range c.Cars[i].Laps {
				switch {
				case l.Interval > 0:
					checked++
					worst = max(worst, math.Abs(gaps[l.Lap]-l.Interval))
				case l.Lap > 0 && l.LapsDown == 0 && gaps[l.Lap] != 0:
					t.Errorf("race %d, lap %d of %d: without an interval, but %.3f s behind", subsession, l.Lap, l.ID, gaps[l.Lap])
				}
			}
		}
		t.Logf("race %d: %d intervals, worst difference %.4f s", subsession, checked, worst)
		if checked < 200 || worst > 0.002 {
			t.Errorf("race %d: of %d intervals one differs by %.4f s", subsession, checked, worst)
		}
		// Positions are the order in which cars end a lap.
		for lap := 1; lap <= c.Last; lap++ {
			cars := slices.Clone(c.Cars)
			slices.SortFunc(cars, func(a, b race.Car) int { return a.Position(lap) - b.Position(lap) })
			for i := 1; i < len(cars); i++ {
				if cars[i-1].Position(lap) > 0 && !(cars[i-1].At(lap) < cars[i].At(lap)) {
					t.Errorf("race %d, lap %d: P%d ended it after P%d", subsession, lap, cars[i-1].Position(lap), cars[i].Position(lap))
				}
			}
		}
	}
}

func TestTheChartEndsInTheClassification(t *testing.T) {
	api := recorded(t)
	r, err := api.Result(t.Context(), 82263872)
	if err != nil {
		t.Fatal(err)
	}
	laps, err := api.LapChart(t.Context(), 82263872, 0)
	if err != nil {
		t.Fatal(err)
	}
	c := race.NewChart(laps)
	onLeadLap := 0
	for i, row := range r.Race().Rows {
		if math.IsNaN(row.Interval) {
			continue
		}
		onLeadLap++
		car := c.Cars[i]
		if car.ID != row.ID() || car.Position(car.Last()) != row.Position {
			t.Errorf("P%d is %d, but the chart has %d there, in position %d", row.Position, row.ID(), car.ID, car.Position(car.Last()))
		}
		if gap := c.ToLeader(&car)[c.Last]; math.Abs(gap-row.Interval) > 0.002 {
			t.Errorf("P%d finished %.4f s behind, by the chart %.4f s", row.Position, row.Interval, gap)
		}
		if got := car.Last(); got != row.Laps {
			t.Errorf("P%d has %d laps, by the chart %d", row.Position, row.Laps, got)
		}
		best := math.Inf(1)
		for _, l := range car.Laps {
			if l.Flags&(iracing.LapFirst|iracing.LapOffTrack) == 0 && l.Time < best {
				best = l.Time
			}
		}
		if best != row.BestLap {
			t.Errorf("P%d has a best lap of %.4f s, by the chart %.4f s", row.Position, row.BestLap, best)
		}
	}
	if onLeadLap != 23 {
		t.Errorf("%d cars on the lead lap", onLeadLap)
	}
	if winner := r.Race().Rows[0]; math.Abs(c.Pace(c.Car(winner.ID()))-winner.AverageLap) > 0.001 {
		t.Errorf("the winner's average lap is %.4f s, by the chart %.4f s", winner.AverageLap, c.Pace(c.Car(winner.ID())))
	}
}

// Estimates against what iRacing's own formula did in one solo race, and in the three classes of a team race.
func TestEstimateOfRecordedRaces(t *testing.T) {
	api := recorded(t)
	for _, subsession := range []int64{82263872, 82799850} {
		r, err := api.Result(t.Context(), subsession)
		if err != nil {
			t.Fatal(err)
		}
		for _, class := range r.Classes {
			var rows []iracing.Row
			var field []race.Entrant
			for _, row := range r.Race().Rows {
				if row.Class.ID != class.ID {
					continue
				}
				rating, laps := row.IRating.Old, row.Laps
				if row.Team != 0 {
					rating, laps = race.TeamRating(stints(row)), 0
					for _, d := range row.Drivers {
						laps += d.Laps
					}
				}
				rows, field = append(rows, row), append(field, race.Entrant{Rating: rating, Started: laps > 0})
			}
			ratings := make([]float64, len(field))
			for i := range field {
				ratings[i] = field[i].Rating
			}
			ours := residuals(rows, race.Changes(field))
			theirs := residuals(rows, race.CommunityChanges(field))
			t.Logf("%s: %d ratings, mean off by %.2f, worst %.1f; the community's formula %.2f, %.1f; strength of field %.0f, declared %.0f",
				class.Name, len(ours), average(ours), slices.Max(ours), average(theirs), slices.Max(theirs), race.SoF(ratings), class.SoF)
			if average(ours) > 0.7 || slices.Max(ours) > 3.5 {
				t.Errorf("%s: the estimate is off by %.2f on average, by %.1f at worst", class.Name, average(ours), slices.Max(ours))
			}
			if !r.Teams && math.Abs(race.SoF(ratings)-class.SoF) > 5 {
				t.Errorf("%s: strength of field %.0f, declared %.0f", class.Name, race.SoF(ratings), class.SoF)
			}
		}
	}
}

func stints(row iracing.Row) []race.Stint {
	var list []race.Stint
	for _, d := range row.Drivers {
		list = append(list, race.Stint{Rating: d.IRating.Old, Laps: d.Laps})
	}
	return list
}

func residuals(rows []iracing.Row, changes []float64) []float64 {
	var off []float64
	for i, row := range rows {
		if row.Team == 0 {
			off = append(off, math.Abs(changes[i]-row.IRating.Diff()))
			continue
		}
		for j, share := range race.TeamShares(changes[i], stints(row)) {
			if !math.IsNaN(share) {
				off = append(off, math.Abs(share-row.Drivers[j].IRating.Diff()))
			}
		}
	}
	return off
}

func average(values []float64) float64 { return sum(values) / float64(len(values)) }
