package iracing_test

import (
	"fmt"
	"math"
	"net/url"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

func TestRecordedRecentRaces(t *testing.T) {
	races, err := recorded(t).RecentRaces(t.Context(), 100230)
	if err != nil || len(races) != 10 {
		t.Fatal(len(races), err)
	}
	got := races[1]
	if want := time.Date(2025, 11, 16, 12, 30, 0, 0, time.UTC); !got.Start.Equal(want) {
		t.Errorf("the race began at %s, want %s", got.Start, want)
	}
	// In this answer alone positions count from 1.
	if got.Grid != 3 || got.Position != 2 || got.Laps != 8 || got.Points != 164 || got.SoF != 3209 || got.IRating.Diff() != 52 {
		t.Errorf("P%d to P%d, %d laps, %v points, SoF %v, iRating %+v", got.Grid, got.Position, got.Laps, got.Points, got.SoF, got.IRating)
	}
	if got.Licence.String() != "A 2.68" || !near(got.SR.New, 2.84) {
		t.Errorf("from %s to a safety rating of %v", got.Licence, got.SR.New)
	}
	// Each race begins with the ratings that the one before it left, as they are of one category.
	for i := 1; i < len(races); i++ {
		if newer, older := races[i-1], races[i]; newer.IRating.Old != older.IRating.New || !near(newer.SR.Old, older.SR.New) {
			t.Errorf("race %d begins with %v and %v, the one before ended with %v and %v", newer.Subsession, newer.IRating.Old, newer.SR.Old, older.IRating.New, older.SR.New)
		}
	}
}

func TestRecordedTotals(t *testing.T) {
	api := recorded(t)
	career, err := api.Career(t.Context(), 100230)
	if err != nil {
		t.Fatal(err)
	}
	if len(career) != 6 || career[0].Category != iracing.Oval || career[5].Category != iracing.Road {
		t.Fatalf("%+v", career)
	}
	road := career[5]
	if road.Starts != 769 || road.Wins != 73 || !near(road.WinShare, 73.0/769) || road.AvgFinish != 8 || !near(road.LapsPerInc, 16907/(769*5.7677)) {
		t.Errorf("road: %+v", road)
	}
	if dirt := career[3]; dirt.Starts != 0 || !math.IsNaN(dirt.AvgFinish) || !math.IsNaN(dirt.WinShare) || !math.IsNaN(dirt.LapsPerInc) {
		t.Errorf("a category without a start: %+v", dirt)
	}
	yearly, err := api.Yearly(t.Context(), 100230)
	if err != nil || yearly[0].Year != 2025 || yearly[len(yearly)-1].Year != 2015 {
		t.Errorf("the years are %d to %d, %v", yearly[0].Year, yearly[len(yearly)-1].Year, err)
	}
	r, err := api.Recap(t.Context(), 100230, 2025, 0)
	if err != nil {
		t.Fatal(err)
	}
	if r.Year != 2025 || r.Starts != 80 || r.Wins != 6 || r.Car == nil || r.Car.Name != "Global Mazda MX-5 Cup" || r.Track == nil || r.Track.ID != 554 || !math.IsNaN(r.Poles) {
		t.Errorf("the recap is %+v", r)
	}
	q, err := api.Recap(t.Context(), 100230, 2025, 4)
	if err != nil || q.Starts != 25 || q.Quarter != 4 {
		t.Errorf("the recap of a quarter is %+v, %v", q, err)
	}
	if s, err := api.Summary(t.Context(), 100230); err != nil || *s != (iracing.Summary{}) {
		t.Errorf("the summary is %+v, %v", s, err)
	}
}

func TestRecordedBests(t *testing.T) {
	b, err := recorded(t).Bests(t.Context(), 100230, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Cars) != 3 || b.Car != 170 || len(b.Laps) != 3 {
		t.Fatalf("%+v", b)
	}
	if l := b.Laps[1]; l.Lap != 104.0748 || l.Event != "Race" || l.Track.String() != "Autodromo Internazionale Enzo e Dino Ferrari, Grand Prix" || l.Quarter != 2 {
		t.Errorf("a lap is %+v", l)
	}
}

func TestRecordedWorldRecords(t *testing.T) {
	api := recorded(t)
	list, err := api.WorldRecords(t.Context(), 67, 449, 0, 0)
	if err != nil || len(list) != 5 {
		t.Fatal(len(list), err)
	}
	got := list[3]
	if got.Race.Lap != 97.4119 || !got.Race.Day.Equal(time.Date(2025, 1, 6, 0, 0, 0, 0, time.UTC)) || !math.IsNaN(got.Trial.Lap) || !got.Trial.Day.IsZero() ||
		!math.IsNaN(got.IRating) || got.Licence.String() != "R 2.50" {
		t.Errorf("a record is %+v", got)
	}
	// A car that nobody drove there.
	if list, err := api.WorldRecords(t.Context(), 23, 14, 2025, 3); err != nil || len(list) != 0 {
		t.Errorf("%d records, %v", len(list), err)
	}
}

func TestParametersOfStats(t *testing.T) {
	var asked []string
	api := apiBy(t, func(path string, p url.Values) string {
		asked = append(asked, path+"?"+p.Encode())
		if path == "/data/stats/world_records" {
			return `[]`
		}
		return `{}`
	})
	_, _ = api.Recap(t.Context(), 7, 2026, 0)
	_, _ = api.Recap(t.Context(), 7, 2026, 2)
	_, _ = api.Bests(t.Context(), 7, 0)
	_, _ = api.Bests(t.Context(), 7, 170)
	_, _ = api.WorldRecords(t.Context(), 1, 2, 0, 0)
	_, _ = api.WorldRecords(t.Context(), 1, 2, 2026, 3)
	want := []string{
		"/data/stats/member_recap?cust_id=7&year=2026",
		"/data/stats/member_recap?cust_id=7&season=2&year=2026",
		"/data/stats/member_bests?cust_id=7",
		"/data/stats/member_bests?car_id=170&cust_id=7",
		"/data/stats/world_records?car_id=1&track_id=2",
		"/data/stats/world_records?car_id=1&season_quarter=3&season_year=2026&track_id=2",
	}
	if fmt.Sprint(asked) != fmt.Sprint(want) {
		t.Errorf("asked for\n%v, want\n%v", asked, want)
	}
}
