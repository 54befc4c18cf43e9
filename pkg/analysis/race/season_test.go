package race

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

func TestCounted(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name   string
		points []float64
		best   int
		counts []bool
		total  float64
	}{
		{"no week yet", nil, 8, []bool{}, 0},
		{"fewer than count", []float64{90, nan, 70}, 8, []bool{true, false, true}, 160},
		{"the worst two are dropped", []float64{50, 120, 80, 110, 60}, 3, []bool{false, true, true, true, false}, 310},
		{"of equal weeks the later is dropped", []float64{70, 90, 70}, 2, []bool{true, true, false}, 160},
		{"a week of nothing is dropped before one of something", []float64{0, 5, nan}, 1, []bool{false, true, false}, 5},
		{"a season without drops", []float64{1, 2, 3}, 0, []bool{true, true, true}, 6},
		{"twelve weeks, four drops", []float64{100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111}, 8, []bool{false, false, false, false, true, true, true, true, true, true, true, true}, 860},
	} {
		counts, total := Counted(c.points, c.best)
		if !slices.Equal(counts, c.counts) || total != c.total {
			t.Errorf("%s: %v and %v points, want %v and %v", c.name, counts, total, c.counts, c.total)
		}
	}
}

func at(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestSessionStarts(t *testing.T) {
	everyTwoHours := iracing.SessionTimes{
		From: at("2025-12-16 00:00"), Days: []int{0, 1, 2, 3, 4, 5, 6}, First: 45 * time.Minute, Every: 2 * time.Hour,
	}
	fixed := iracing.SessionTimes{At: []time.Time{at("2025-02-13 19:00"), at("2025-02-13 02:00"), at("2025-02-15 02:00")}}
	for _, c := range []struct {
		name     string
		times    []iracing.SessionTimes
		from, to string
		most     int
		want     []string
	}{
		{
			"the next of a repeating session",
			[]iracing.SessionTimes{everyTwoHours},
			"2025-12-17 12:46", "2025-12-30 00:00", 3,
			[]string{"2025-12-17 14:45", "2025-12-17 16:45", "2025-12-17 18:45"},
		},
		{"one that starts now counts", []iracing.SessionTimes{everyTwoHours}, "2025-12-17 12:45", "2025-12-17 12:46", 3, []string{"2025-12-17 12:45"}},
		{
			"across midnight the first time of the day holds",
			[]iracing.SessionTimes{everyTwoHours},
			"2025-12-17 22:00", "2025-12-18 01:00", 9,
			[]string{"2025-12-17 22:45", "2025-12-18 00:45"},
		},
		{"the last of the week is followed by none", []iracing.SessionTimes{everyTwoHours}, "2025-12-22 22:46", "2026-01-30 00:00", 9, nil},
		{"before the week its first", []iracing.SessionTimes{everyTwoHours}, "2025-12-01 00:00", "2026-01-30 00:00", 1, []string{"2025-12-16 00:45"}},
		{
			"fixed times in order",
			[]iracing.SessionTimes{fixed},
			"2025-02-13 00:00", "2025-02-16 00:00", 9,
			[]string{"2025-02-13 02:00", "2025-02-13 19:00", "2025-02-15 02:00"},
		},
		{"both", []iracing.SessionTimes{fixed, everyTwoHours}, "2025-02-15 00:00", "2026-01-01 00:00", 2, []string{"2025-02-15 02:00", "2025-12-16 00:45"}},
		{"a time that is named twice", []iracing.SessionTimes{fixed, fixed}, "2025-02-14 00:00", "2025-02-16 00:00", 9, []string{"2025-02-15 02:00"}},
		{
			"some days only",
			[]iracing.SessionTimes{{From: at("2025-12-16 00:00"), Days: []int{4, 5}, First: 19 * time.Hour}},
			"2025-12-16 00:00", "2026-01-01 00:00", 9,
			[]string{"2025-12-20 19:00", "2025-12-21 19:00"},
		},
		{"nonsense", []iracing.SessionTimes{{From: at("2025-12-16 00:00"), Days: []int{-1, 1 << 40}, Every: -time.Hour}}, "2025-01-01 00:00", "2027-01-01 00:00", 9, nil},
		{"none wanted", []iracing.SessionTimes{fixed}, "2025-01-01 00:00", "2027-01-01 00:00", -1, nil},
	} {
		var got []string
		for _, s := range SessionStarts(c.times, at(c.from), at(c.to), c.most) {
			got = append(got, s.Format("2006-01-02 15:04"))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestSplits(t *testing.T) {
	nan := math.NaN()
	races := []iracing.SeasonRace{
		{Subsession: 12, Session: 1, SoF: 1400, Drivers: 20},
		{Subsession: 11, Session: 1, SoF: 3200, Drivers: 22},
		{Subsession: 13, Session: 1, SoF: 2100, Drivers: 21},
		{Subsession: 21, Session: 2, SoF: nan, Drivers: 9},
		{Subsession: 20, Session: 2, SoF: 1800, Drivers: 10},
		{Subsession: 30, SoF: 1500, Drivers: 7},
	}
	want := []Split{{3, 3, 63}, {1, 3, 63}, {2, 3, 63}, {2, 2, 19}, {1, 2, 19}, {1, 1, 7}}
	if got := Splits(races); !slices.Equal(got, want) {
		t.Errorf("splits are %v, want %v", got, want)
	}
}

func TestSlotsBy(t *testing.T) {
	monday, sunday := at("2026-03-02 19:30"), at("2026-03-08 19:05")
	races := []iracing.SeasonRace{
		{Subsession: 1, Session: 1, Start: monday, SoF: 3000, Drivers: 20},
		{Subsession: 2, Session: 1, Start: monday, SoF: 1500, Drivers: 18},
		{Subsession: 3, Session: 2, Start: monday.AddDate(0, 0, 7), SoF: 2000, Drivers: 12},
		{Subsession: 4, Session: 3, Start: sunday, SoF: math.NaN(), Drivers: 6},
	}
	slots := SlotsBy(races, func(r *iracing.SeasonRace) int { return HourOfWeek(r.Start) })
	if got, want := slots[19], (Slot{Starts: 2, Splits: 1.5, Entries: 25, SoF: 2500, Low: 2250, High: 2750, Best: 3000, Drivers: 50}); got != want {
		t.Errorf("Monday 19:00 is %+v, want %+v", got, want)
	}
	if got := slots[6*24+19]; got.Starts != 1 || got.Entries != 6 || !math.IsNaN(got.SoF) || !math.IsNaN(got.Best) {
		t.Errorf("Sunday 19:00 is %+v", got)
	}
	if len(slots) != 2 {
		t.Errorf("there are %d slots, want 2", len(slots))
	}
}
