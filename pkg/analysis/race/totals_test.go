package race_test

import (
	"math"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis/race"
)

var nan = math.NaN()

func same(a, b float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) < 1e-9
}

func TestFinishPercentile(t *testing.T) {
	for _, c := range []struct {
		place, field int
		want         float64
	}{
		{1, 2, 1},
		{2, 2, 0},
		{1, 21, 1},
		{11, 21, 0.5},
		{21, 21, 0},
		{0, 20, nan},  // no place
		{1, 1, nan},   // nobody else
		{5, 0, nan},   // an unknown field
		{22, 21, nan}, // a place that the field does not have
	} {
		if got := race.FinishPercentile(c.place, c.field); !same(got, c.want) {
			t.Errorf("P%d of %d: %v, want %v", c.place, c.field, got, c.want)
		}
	}
}

func TestTotal(t *testing.T) {
	day := time.Date(2026, 5, 1, 18, 0, 0, 0, time.UTC)
	got := race.Total([]race.Start{
		{At: day.Add(48 * time.Hour), Grid: 1, Place: 1, Field: 11, Laps: 20, LapsLed: 18, Incidents: 0, Points: 120, BestLap: 92.5, IRating: 60},
		{At: day, Grid: 5, Place: 3, Field: 11, Laps: 20, Incidents: 4, Points: 80, BestLap: 91.25, IRating: -12},
		// A race whose result was not read, and which was started from the pits.
		{At: day.Add(24 * time.Hour), Place: 6, Laps: 10, Incidents: 8, Points: nan, BestLap: nan, IRating: nan},
		// One that was not finished.
		{At: day.Add(-time.Hour), Grid: 2, Laps: 0, Incidents: nan, Points: nan, BestLap: nan, IRating: nan},
	})
	for _, c := range []struct {
		what      string
		got, want float64
	}{
		{"starts", float64(got.Starts), 4},
		{"wins", float64(got.Wins), 1},
		{"podiums", float64(got.Podiums), 2},
		{"top 5", float64(got.Top5), 2},
		{"poles", float64(got.Poles), 1},
		{"laps", float64(got.Laps), 50},
		{"laps led", float64(got.LapsLed), 18},
		{"grid", got.Grid, 8.0 / 3},
		{"place", got.Place, 10.0 / 3},
		{"gained", got.Gained, 1},
		{"percentile", got.Percentile, 0.9},
		{"incidents", got.Incidents, 4},
		{"laps to an incident", got.LapsToIncident, 50.0 / 12},
		{"points", got.Points, 200},
		{"best lap", got.BestLap, 91.25},
		{"iRating", got.IRating, 48},
		{"rated", float64(got.Rated), 2},
	} {
		if !same(c.got, c.want) {
			t.Errorf("%s: %v, want %v", c.what, c.got, c.want)
		}
	}
	if want := day.Add(48 * time.Hour); !got.Last.Equal(want) {
		t.Errorf("last raced %s, want %s", got.Last, want)
	}
}

func TestTotalOfNothing(t *testing.T) {
	got := race.Total(nil)
	for what, v := range map[string]float64{
		"grid": got.Grid, "place": got.Place, "percentile": got.Percentile, "incidents": got.Incidents,
		"laps to an incident": got.LapsToIncident, "points": got.Points, "best lap": got.BestLap, "iRating": got.IRating,
	} {
		if !math.IsNaN(v) {
			t.Errorf("%s is %v where nobody raced", what, v)
		}
	}
	clean := race.Total([]race.Start{{Place: 1, Laps: 10, Points: nan, BestLap: nan, IRating: nan}})
	if !math.IsNaN(clean.LapsToIncident) || clean.Incidents != 0 {
		t.Errorf("a clean race: %v laps to an incident, %v incidents", clean.LapsToIncident, clean.Incidents)
	}
}
