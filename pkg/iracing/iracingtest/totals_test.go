package iracingtest

import (
	"encoding/csv"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The rows of a search say what the results say, and the totals of a career are the sums over them.
func TestSearchResultsAndTotals(t *testing.T) {
	v := fake(t, nil)
	rows := v.history(5)
	if len(rows) < 30 {
		t.Fatalf("the search finds %d races", len(rows))
	}
	type total struct{ Starts, Wins, Top5, Poles, Laps, Led, Incidents int }
	sums, years := map[int]total{}, map[[2]int]total{}
	var last int64
	for i, row := range rows {
		if row.Subsession <= last {
			t.Fatal("the rows are not ordered by subsession_id")
		}
		last = row.Subsession
		if i%9 == 0 || i > len(rows)-10 {
			checkSearchRow(t, v, row)
		}
		if row.Changes && row.LapsDone == 0 && row.Incidents == 0 {
			continue // in the team, and not in the car
		}
		for _, s := range []struct {
			sum func(total)
			now total
		}{
			{func(n total) { sums[row.Category] = n }, sums[row.Category]},
			{func(n total) { years[[2]int{row.Category, row.Start.Year()}] = n }, years[[2]int{row.Category, row.Start.Year()}]},
		} {
			n := s.now
			n.Starts++
			n.Laps += row.LapsDone
			n.Led += row.Led
			n.Incidents += row.Incidents
			if row.PlaceClass == 0 {
				n.Wins++
			}
			if row.PlaceClass < 5 {
				n.Top5++
			}
			if row.GridClass == 0 {
				n.Poles++
			}
			s.sum(n)
		}
	}
	type line struct {
		Category  int     `json:"category_id"`
		Year      int     `json:"year"`
		Starts    int     `json:"starts"`
		Wins      int     `json:"wins"`
		Top5      int     `json:"top5"`
		Poles     int     `json:"poles"`
		Laps      int     `json:"laps"`
		Led       int     `json:"laps_led"`
		Incidents float64 `json:"avg_incidents"`
	}
	var career, yearly struct{ Stats []line }
	v.into("/data/stats/member_career", "", &career)
	v.into("/data/stats/member_yearly", "", &yearly)
	check := func(l line, want total) {
		got := total{l.Starts, l.Wins, l.Top5, l.Poles, l.Laps, l.Led, int(math.Round(l.Incidents * float64(l.Starts)))}
		if got != want {
			t.Errorf("category %d %d: %+v; the races say %+v", l.Category, l.Year, got, want)
		}
	}
	starts := 0
	for _, l := range career.Stats {
		check(l, sums[l.Category])
		starts += l.Starts
	}
	for _, l := range yearly.Stats {
		check(l, years[[2]int{l.Category, l.Year}])
		starts -= l.Starts
	}
	if starts != 0 || len(yearly.Stats) != len(years) {
		t.Errorf("career and years differ by %d starts", starts)
	}
	var summary struct {
		Year struct {
			Sessions int `json:"num_official_sessions"`
		} `json:"this_year"`
	}
	v.into("/data/stats/member_summary", "", &summary)
	year := 0
	for _, row := range rows {
		if row.Start.Year() == noon.Year() {
			year++
		}
	}
	if summary.Year.Sessions != year {
		t.Errorf("this year has %d sessions; the search has %d", summary.Year.Sessions, year)
	}
	var recap struct{ Stats line }
	v.into("/data/stats/member_recap", "year=2026&season=4", &recap)
	quarter := 0
	for _, row := range rows {
		if row.Year == 2026 && row.Quarter == 4 && (!row.Changes || row.LapsDone > 0 || row.Incidents > 0) {
			quarter++
		}
	}
	if recap.Stats.Starts != quarter || quarter == 0 {
		t.Errorf("the recap has %d starts; the search has %d", recap.Stats.Starts, quarter)
	}
}

// checkSearchRow checks a row of a search against the result.
func checkSearchRow(t *testing.T, v *visitor, row searchRecord) {
	t.Helper()
	r := v.result(row.Subsession)
	own, ok := r.of(v.me())
	if !ok {
		t.Fatalf("the result of %d has no row of the driver", row.Subsession)
	}
	winner := r.rows(0)[0]
	want := row
	want.Session, want.Start, want.End, want.Event, want.Season, want.Week, want.Category = r.Session, r.Start, r.End, r.Event, r.Season, r.Week, r.Category
	want.SoF, want.Best, want.Laps, want.LeadChanges, want.Cautions, want.Drivers = r.SoF, r.Best, r.Laps, r.LeadChanges, r.Cautions, r.Drivers
	want.Winner, want.Car, want.Grid, want.Place, want.Drop = winner.CustID+winner.TeamID, own.Car, own.Start, own.Finish, own.DropRace
	want.GridClass, want.PlaceClass, want.LapsDone, want.Led = own.StartInClass, own.FinishInClass, own.Laps, own.Led
	want.Incidents, want.Points = own.Incidents, own.Points
	if row != want {
		t.Errorf("the search says %+v; the result says %+v", row, want)
	}
}

// The histories of ratings move by the races and trials alone, and end where the licences are.
func TestRatingHistories(t *testing.T) {
	v := fake(t, nil)
	type point struct {
		When  string
		Value int
	}
	races := append(v.history(5), v.history(4)...)
	slices.SortFunc(races, func(a, b searchRecord) int { return a.End.Compare(b.End) })
	want := map[[2]int]map[string]int{}
	note := func(category, chart int, when string, value int) {
		key := [2]int{category, chart}
		if want[key] == nil {
			want[key] = map[string]int{}
		}
		want[key][when] = value
	}
	for _, race := range races {
		own, ok := v.result(race.Subsession).of(v.me())
		if !ok || own.NewIRating < 0 {
			continue
		}
		when := race.End.Format(time.DateOnly)
		note(race.Category, 1, when, own.NewIRating)
		note(race.Category, 2, when, own.NewTTRating)
		note(race.Category, 3, when, 1000*((own.NewLevel+3)/4)+own.NewSub)
	}
	var info struct {
		Since    string `json:"member_since"`
		Licenses map[string]struct {
			Category int     `json:"category_id"`
			IRating  int     `json:"irating"`
			TTRating int     `json:"tt_rating"`
			Safety   float64 `json:"safety_rating"`
			Group    string  `json:"group_name"`
			Level    int     `json:"license_level"`
		}
	}
	v.into("/data/member/info", "", &info)
	points := 0
	for _, l := range info.Licenses {
		now := map[int]int{1: l.IRating, 2: l.TTRating, 3: 1000*((l.Level+3)/4) + int(math.Round(100*l.Safety))}
		for chart, value := range now {
			var data struct{ Data []point }
			v.into("/data/member/chart_data", fmt.Sprintf("category_id=%d&chart_type=%d", l.Category, chart), &data)
			if n := len(data.Data); n == 0 || data.Data[n-1].Value != value {
				t.Fatalf("category %d chart %d ends with %v; the licence says %d", l.Category, chart, data.Data, value)
			}
			given := map[string]int{}
			for i, p := range data.Data {
				if i > 0 && p.When <= data.Data[i-1].When {
					t.Errorf("category %d chart %d has %s after %s", l.Category, chart, p.When, data.Data[i-1].When)
				}
				given[p.When] = p.Value
				moved, ok := want[[2]int{l.Category, chart}][p.When]
				if i > 0 && (!ok || moved != p.Value) {
					t.Errorf("category %d chart %d is %d on %s; the races say %d (%t)", l.Category, chart, p.Value, p.When, moved, ok)
				}
			}
			points += len(given)
			// A day without a point is one on which nothing changed.
			days := make([]string, 0, len(want[[2]int{l.Category, chart}]))
			for when := range want[[2]int{l.Category, chart}] {
				days = append(days, when)
			}
			slices.Sort(days)
			current := data.Data[0].Value
			for _, when := range days {
				if value, ok := given[when]; ok {
					current = value
				}
				if want[[2]int{l.Category, chart}][when] != current {
					t.Errorf("category %d chart %d lacks %s", l.Category, chart, when)
				}
			}
		}
	}
	if points < 60 {
		t.Errorf("the histories have %d points", points)
	}
	var legacy struct{ Data []point }
	v.into("/data/member/chart_data", "category_id=2&chart_type=1", &legacy)
	if len(legacy.Data) == 0 || legacy.Data[0].When != info.Since || legacy.Data[0].Value != 1350 {
		t.Errorf("the legacy history begins with %v; the account with %s", legacy.Data, info.Since)
	}
}

// The last races of a member count places from 1.
func TestRecentRaces(t *testing.T) {
	v := fake(t, nil)
	var recent struct {
		Races []struct {
			Subsession int64 `json:"subsession_id"`
			Start      int   `json:"start_position"`
			Finish     int   `json:"finish_position"`
			OldIRating int   `json:"oldi_rating"`
			NewIRating int   `json:"newi_rating"`
			Points     int   `json:"points"`
			Laps       int   `json:"laps"`
			SoF        int   `json:"strength_of_field"`
		}
	}
	v.into("/data/stats/member_recent_races", "", &recent)
	all := v.history(5)
	if len(recent.Races) != 10 || recent.Races[0].Subsession != all[len(all)-1].Subsession {
		t.Fatalf("there are %d recent races, the last %d; the search has %d", len(recent.Races), recent.Races[0].Subsession, all[len(all)-1].Subsession)
	}
	for _, race := range recent.Races {
		r := v.result(race.Subsession)
		own, _ := r.of(v.me())
		if race.Start != own.Start+1 || race.Finish != own.Finish+1 || race.NewIRating != own.NewIRating || race.OldIRating != own.OldIRating ||
			race.Points != own.Points || race.Laps != own.Laps || race.SoF != r.SoF {
			t.Errorf("%+v; the result says %+v", race, own)
		}
	}
}

// The file of all drivers is ordered by rating and speaks of the same licences.
func TestDriverStats(t *testing.T) {
	v := fake(t, nil)
	rows, err := csv.NewReader(strings.NewReader(v.get("/data/driver_stats_by_category/sports_car", "").csv)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) < 200 || rows[0][0] != "DRIVER" || rows[0][14] != "IRATING" {
		t.Fatalf("%d rows, the first %v", len(rows), rows[0])
	}
	for _, row := range rows[1:] {
		if row[1] != text(v.me()) {
			continue
		}
		var info struct {
			Licenses map[string]struct {
				IRating int     `json:"irating"`
				Safety  float64 `json:"safety_rating"`
			}
		}
		v.into("/data/member/info", "", &info)
		l := info.Licenses["sports_car"]
		if row[14] != strconv.Itoa(l.IRating) || !strings.HasSuffix(row[13], fmt.Sprintf(" %.2f", l.Safety)) {
			t.Errorf("%v; the licence says %+v", row, l)
		}
		return
	}
	t.Error("the account is not in the file")
}
