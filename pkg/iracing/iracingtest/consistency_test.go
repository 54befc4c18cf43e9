package iracingtest

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

// The parts of answers that these tests look at.
type (
	resultRow struct {
		CustID         int64       `json:"cust_id"`
		TeamID         int64       `json:"team_id"`
		Finish         int         `json:"finish_position"`
		FinishInClass  int         `json:"finish_position_in_class"`
		Start          int         `json:"starting_position"`
		StartInClass   int         `json:"starting_position_in_class"`
		Interval       int64       `json:"interval"`
		ClassInterval  int64       `json:"class_interval"`
		Class          int         `json:"car_class_id"`
		Car            int         `json:"car_id"`
		Laps           int         `json:"laps_complete"`
		Led            int         `json:"laps_lead"`
		Best           int64       `json:"best_lap_time"`
		BestNum        int         `json:"best_lap_num"`
		Average        int64       `json:"average_lap"`
		Incidents      int         `json:"incidents"`
		OldIRating     int         `json:"oldi_rating"`
		NewIRating     int         `json:"newi_rating"`
		OldSub         int         `json:"old_sub_level"`
		NewSub         int         `json:"new_sub_level"`
		NewLevel       int         `json:"new_license_level"`
		NewTTRating    int         `json:"new_ttrating"`
		Points         int         `json:"champ_points"`
		LeaguePoints   int         `json:"league_points"`
		Reason         string      `json:"reason_out"`
		Drivers        []resultRow `json:"driver_results"`
		BestQual       int64       `json:"best_qual_lap_time"`
		DropRace       bool        `json:"drop_race"`
		BestNLaps      int64       `json:"best_nlaps_time"`
		DivisionNumber int         `json:"division"`
	}
	result struct {
		Subsession  int64     `json:"subsession_id"`
		Session     int64     `json:"session_id"`
		Start       time.Time `json:"start_time"`
		End         time.Time `json:"end_time"`
		SoF         int       `json:"event_strength_of_field"`
		Laps        int       `json:"event_laps_complete"`
		Best        int64     `json:"event_best_lap_time"`
		Average     int64     `json:"event_average_lap"`
		LeadChanges int       `json:"num_lead_changes"`
		Cautions    int       `json:"num_cautions"`
		CautionLaps int       `json:"num_caution_laps"`
		Drivers     int       `json:"num_drivers"`
		Category    int       `json:"license_category_id"`
		Season      int64     `json:"season_id"`
		Week        int       `json:"race_week_num"`
		Event       int       `json:"event_type"`
		Official    bool      `json:"official_session"`
		Splits      []struct {
			Subsession int64 `json:"subsession_id"`
			SoF        int   `json:"event_strength_of_field"`
		} `json:"session_splits"`
		Classes []struct {
			Class   int `json:"car_class_id"`
			SoF     int `json:"strength_of_field"`
			Entries int `json:"num_entries"`
		} `json:"car_classes"`
		Track struct {
			ID int `json:"track_id"`
		} `json:"track"`
		Sessions []struct {
			Number int         `json:"simsession_number"`
			Rows   []resultRow `json:"results"`
		} `json:"session_results"`
	}
	lapRecord struct {
		Group    int64    `json:"group_id"`
		CustID   int64    `json:"cust_id"`
		Lap      int      `json:"lap_number"`
		Flags    int      `json:"flags"`
		Incident bool     `json:"incident"`
		Clock    int64    `json:"session_time"`
		Time     int64    `json:"lap_time"`
		Place    int      `json:"lap_position"`
		Interval *int64   `json:"interval"`
		Units    *string  `json:"interval_units"`
		Personal bool     `json:"personal_best_lap"`
		Fastest  bool     `json:"fastest_lap"`
		Events   []string `json:"lap_events"`
	}
	searchRecord struct {
		Subsession  int64     `json:"subsession_id"`
		Session     int64     `json:"session_id"`
		Start       time.Time `json:"start_time"`
		End         time.Time `json:"end_time"`
		Event       int       `json:"event_type"`
		Season      int64     `json:"season_id"`
		Week        int       `json:"race_week_num"`
		Year        int       `json:"season_year"`
		Quarter     int       `json:"season_quarter"`
		Category    int       `json:"license_category_id"`
		SoF         int       `json:"event_strength_of_field"`
		Best        int64     `json:"event_best_lap_time"`
		Laps        int       `json:"event_laps_complete"`
		LeadChanges int       `json:"num_lead_changes"`
		Cautions    int       `json:"num_cautions"`
		Drivers     int       `json:"num_drivers"`
		Winner      int64     `json:"winner_group_id"`
		Car         int       `json:"car_id"`
		Grid        int       `json:"starting_position"`
		Place       int       `json:"finish_position"`
		GridClass   int       `json:"starting_position_in_class"`
		PlaceClass  int       `json:"finish_position_in_class"`
		LapsDone    int       `json:"laps_complete"`
		Led         int       `json:"laps_led"`
		Incidents   int       `json:"incidents"`
		Points      int       `json:"champ_points"`
		Drop        bool      `json:"drop_race"`
		Changes     bool      `json:"driver_changes"`
	}
)

func (r *result) rows(number int) []resultRow {
	for _, s := range r.Sessions {
		if s.Number == number {
			return s.Rows
		}
	}
	return nil
}

// results are the results that were asked for before: they are final.
var results sync.Map

func (v *visitor) result(id int64) *result {
	v.t.Helper()
	if known, ok := results.Load(id); ok {
		return known.(*result)
	}
	var r result
	v.into("/data/results/get", fmt.Sprintf("subsession_id=%d", id), &r)
	results.Store(id, &r)
	return &r
}

// history are the own sessions of a type that the API's search finds, walked in windows of 90 days.
func (v *visitor) history(event int) []searchRecord {
	v.t.Helper()
	var all []searchRecord
	for from := noon.AddDate(-4, 0, 0); from.Before(noon); from = from.AddDate(0, 0, 90) {
		to := from.AddDate(0, 0, 90)
		var rows []searchRecord
		v.into("/data/results/search_series", params("cust_id", fmt.Sprint(v.me()), "event_types", fmt.Sprint(event),
			"start_range_begin", from.Format("2006-01-02T15:04Z"), "start_range_end", to.Format("2006-01-02T15:04Z")), &rows)
		all = append(all, rows...)
	}
	return all
}

func (v *visitor) me() int64 {
	id := int64(0)
	v.World().Read(noon, func(w *world.View) { id = w.Me.ID })
	return id
}

// sample are races of all kinds, by what they are.
func sample() map[string]int64 {
	races := map[string]int64{}
	shared().Read(noon, func(v *world.View) {
		for _, r := range v.Races(func(r *world.Race) bool { return r.Event == world.RaceEvent }) {
			switch {
			case r.IsTeam():
				races["team"] = r.ID
			case r.Hosted != nil && r.Hosted.League != nil && !r.Hosted.League.League.Private:
				races["league"] = r.ID
			case r.Hosted != nil && r.Hosted.League == nil:
				races["hosted"] = r.ID
			case r.Cautions > 0:
				races["cautions"] = r.ID
			case len(r.Fields) > 1:
				races["multiclass"] = r.ID
			case len(r.Splits) > 2:
				races["splits"] = r.ID
			case r.Track.Type == world.DirtOvalTrack:
				races["dirt"] = r.ID
			default:
				races[fmt.Sprint("race ", r.ID%2)] = r.ID
			}
		}
	})
	return races
}

// A result is what its laps come to.
func TestResultsAreTheirLaps(t *testing.T) {
	v := fake(t, nil)
	for name, id := range sample() {
		t.Run(name, func(t *testing.T) {
			v := *v
			v.t = t
			r := v.result(id)
			var chart []lapRecord
			v.into("/data/results/lap_chart_data", fmt.Sprintf("subsession_id=%d&simsession_number=0", id), &chart)
			by := map[int64][]lapRecord{}
			for _, l := range chart {
				by[l.Group] = append(by[l.Group], l)
			}
			rows := r.rows(0)
			lead := map[int]int64{}
			for _, l := range chart {
				if l.Place == 1 {
					lead[l.Lap] = l.Clock
				}
			}
			last := map[int64]int64{}
			classLeader := map[int]*resultRow{}
			for i := range rows {
				row := &rows[i]
				group := row.CustID + row.TeamID
				laps := by[group]
				if row.Finish != i {
					t.Fatalf("row %d has place %d", i, row.Finish)
				}
				if len(laps) != row.Laps+1 {
					t.Fatalf("%d has %d rows of laps for %d laps", group, len(laps), row.Laps)
				}
				checkLaps(t, row, laps)
				last[group] = laps[row.Laps].Clock
				if classLeader[row.Class] == nil {
					classLeader[row.Class] = row
				}
				for _, to := range []struct {
					leader *resultRow
					gap    int64
				}{{&rows[0], row.Interval}, {classLeader[row.Class], row.ClassInterval}} {
					want := last[group] - last[to.leader.CustID+to.leader.TeamID]
					if row.Laps != to.leader.Laps || row.Laps == 0 {
						want = -1
					}
					if to.gap != want && !(row.Reason != "Running" && to.gap == -1) {
						t.Errorf("%d is %d behind; its laps say %d", group, to.gap, want)
					}
				}
				if i > 0 && (row.Laps > rows[i-1].Laps || row.Laps == rows[i-1].Laps && last[group] < last[rows[i-1].CustID+rows[i-1].TeamID]) {
					t.Errorf("%d is behind one who drove less", group)
				}
				if l := laps[row.Laps]; row.Reason == "Running" && row.Laps > 0 && l.Place != row.Finish+1 {
					t.Errorf("%d crossed the line last in place %d and finished in %d", group, l.Place, row.Finish+1)
				}
			}
			checkPlaces(t, chart, lead)
			if r.Laps != rows[0].Laps || r.Average != rows[0].Average {
				t.Errorf("the race has %d laps of %d, its winner %d of %d", r.Laps, r.Average, rows[0].Laps, rows[0].Average)
			}
			best := int64(math.MaxInt64)
			for i := range rows {
				if rows[i].Best > 0 {
					best = min(best, rows[i].Best)
				}
			}
			if r.Best != best {
				t.Errorf("the best lap is %d; its rows say %d", r.Best, best)
			}
			checkEvents(t, &v, r, chart)
			checkRatings(t, r)
			checkGrid(t, &v, r)
		})
	}
}

// checkLaps checks a row against its laps.
func checkLaps(t *testing.T, row *resultRow, laps []lapRecord) {
	t.Helper()
	best, bestNum, led, incidents, flagged := int64(-1), -1, 0, false, 0
	for i, l := range laps {
		if l.Lap != i {
			t.Fatalf("lap %d has number %d", i, l.Lap)
		}
		if i == 0 {
			if l.Time != -1 || l.Place != 0 && l.Place != row.Start+1 {
				t.Errorf("on the grid it has time %d and place %d; it started in %d", l.Time, l.Place, row.Start+1)
			}
			continue
		}
		if l.Clock <= laps[i-1].Clock {
			t.Errorf("lap %d ends before it begins", i)
		}
		if l.Time != -1 && l.Time != l.Clock-laps[i-1].Clock {
			t.Errorf("lap %d takes %d; the clock says %d", i, l.Time, l.Clock-laps[i-1].Clock)
		}
		if l.Place == 1 {
			led++
		}
		if l.Time > 0 && l.Flags&0x2001 == 0 && (best < 0 || l.Time < best) {
			best, bestNum = l.Time, i
		}
		if l.Personal {
			flagged = i
		}
		incidents = incidents || l.Incident
		if l.Flags&0x4000 != 0 && i != len(laps)-1 {
			t.Errorf("the flag falls on lap %d of %d", i, len(laps)-1)
		}
		if clean := l.Flags&^(0x2000|0x4000) == 0; clean != (len(l.Events) == 0) {
			t.Errorf("lap %d has flags %#x and events %v", i, l.Flags, l.Events)
		}
	}
	n := int64(len(laps) - 1)
	average := int64(0)
	if n > 0 {
		average = int64(math.Round(float64(laps[n].Clock-laps[0].Clock) / float64(n)))
	}
	if row.Best != best || row.BestNum != bestNum || row.Led != led || row.Average != average || bestNum > 0 && flagged != bestNum {
		t.Errorf("best %d on %d, led %d, average %d; the laps say %d on %d (marked %d), %d, %d", row.Best, row.BestNum, row.Led, row.Average, best, bestNum, flagged, led, average)
	}
	if incidents != (row.Incidents > 0) {
		t.Errorf("it has %d incidents; its laps say %t", row.Incidents, incidents)
	}
	if len(row.Drivers) == 0 {
		return
	}
	var done, points int
	for _, d := range row.Drivers {
		done += d.Laps
		points += d.Incidents
	}
	if done != row.Laps || points != row.Incidents {
		t.Errorf("the team has %d laps and %d incidents, its drivers %d and %d", row.Laps, row.Incidents, done, points)
	}
}

// checkPlaces checks that each lap has its places once, in the order of crossing, and the gaps to the leader.
func checkPlaces(t *testing.T, chart []lapRecord, lead map[int]int64) {
	t.Helper()
	place := map[int]int{}
	for _, l := range chart {
		if l.Place == 0 {
			continue
		}
		place[l.Lap]++
		if l.Place != place[l.Lap] {
			t.Fatalf("in lap %d place %d comes where %d should", l.Lap, l.Place, place[l.Lap])
		}
		switch {
		case l.Lap == 0 || l.Place == 1:
			if l.Interval != nil || l.Units != nil {
				t.Errorf("the leader of lap %d has a gap", l.Lap)
			}
		case *l.Units == "ms":
			if want := -(l.Clock - lead[l.Lap]) / 10; *l.Interval != want {
				t.Errorf("lap %d place %d is %d ms behind; the clock says %d", l.Lap, l.Place, *l.Interval, want)
			}
		case *l.Units == "lap":
			if next := lead[l.Lap-int(*l.Interval)]; next == 0 || next > l.Clock {
				t.Errorf("lap %d place %d is not %d laps down", l.Lap, l.Place, *l.Interval)
			}
		}
	}
}

// checkEvents checks the event log against the laps and the counts of the result.
func checkEvents(t *testing.T, v *visitor, r *result, chart []lapRecord) {
	t.Helper()
	type event struct {
		Code    int    `json:"event_code"`
		Group   int64  `json:"group_id"`
		Clock   int64  `json:"session_time"`
		Seq     int    `json:"event_seq"`
		Lap     int    `json:"lap_number"`
		Message string `json:"message"`
	}
	var events []event
	v.into("/data/results/event_log", fmt.Sprintf("subsession_id=%d&simsession_number=0", r.Subsession), &events)
	leaders := map[int]int64{}
	for _, l := range chart {
		if l.Place == 1 {
			leaders[l.Lap] = l.Group
		}
	}
	changes, cautions := 0, 0
	for lap := 1; lap <= r.Laps; lap++ {
		if leaders[lap] != leaders[lap-1] {
			changes++
		}
	}
	seen := 0
	for i, e := range events {
		if i > 0 && (e.Clock < events[i-1].Clock || e.Seq <= events[i-1].Seq) {
			t.Errorf("event %d is out of order", i)
		}
		switch e.Code {
		case 7:
			seen++
			if leaders[e.Lap] != e.Group {
				t.Errorf("the log has a lead change to %d in lap %d; %d led", e.Group, e.Lap, leaders[e.Lap])
			}
		case 6:
			if strings.Contains(e.Message, "caution") {
				cautions++
			}
		}
	}
	if changes != r.LeadChanges || seen != changes || cautions != r.Cautions {
		t.Errorf("%d lead changes and %d cautions; the laps have %d, the log %d and %d", r.LeadChanges, r.Cautions, changes, seen, cautions)
	}
}

// checkRatings checks the strengths of the fields and the changes of ratings against the formulas.
func checkRatings(t *testing.T, r *result) {
	t.Helper()
	var all []float64
	for _, row := range r.rows(0) {
		rating := float64(row.OldIRating)
		if len(row.Drivers) > 0 {
			return // of teams not all drivers' ratings are given
		}
		all = append(all, rating)
	}
	if want := int(1600 / math.Ln2 * math.Log(float64(len(all))/sumExp(all))); r.SoF != want {
		t.Errorf("the strength of the field is %d; the ratings say %d", r.SoF, want)
	}
	for i, s := range r.Splits {
		if i > 0 && s.SoF > r.Splits[i-1].SoF {
			t.Errorf("split %d is stronger than the one before", i)
		}
	}
	if !r.Official {
		for _, row := range r.rows(0) {
			if row.OldIRating != row.NewIRating || row.OldSub != row.NewSub {
				t.Error("a rating moved in a hosted race")
			}
		}
		return
	}
	for _, class := range r.Classes {
		var rows []resultRow
		var ratings []float64
		var started []bool
		for _, row := range r.rows(0) {
			if row.Class == class.Class {
				rows, ratings, started = append(rows, row), append(ratings, float64(row.OldIRating)), append(started, row.Laps > 0 || row.Incidents > 0)
			}
		}
		if len(rows) != class.Entries {
			t.Errorf("class %d has %d cars; %d are listed", class.Class, class.Entries, len(rows))
		}
		for i, change := range world.RatingChanges(ratings, started) {
			if got := rows[i].NewIRating - rows[i].OldIRating; got != int(math.Round(change)) && rows[i].NewIRating > 1 {
				t.Errorf("place %d of class %d changes by %d; the formula says %.1f", i, class.Class, got, change)
			}
			if i > 0 && rows[i].Points > rows[i-1].Points {
				t.Errorf("place %d has more points than the one before", i)
			}
		}
	}
}

func sumExp(ratings []float64) float64 {
	sum := 0.0
	for _, r := range ratings {
		sum += math.Exp(-r / (1600 / math.Ln2))
	}
	return sum
}

// checkGrid checks that the grid is the order of qualifying, class by class.
func checkGrid(t *testing.T, v *visitor, r *result) {
	t.Helper()
	grid := slices.Clone(r.rows(0))
	slices.SortFunc(grid, func(a, b resultRow) int { return cmp.Compare(a.Start, b.Start) })
	best := map[int64]int64{}
	for _, row := range r.rows(-1) {
		best[row.CustID+row.TeamID] = row.Best
		if row.BestQual != row.Best {
			t.Errorf("the best lap of qualifying is %d and %d", row.BestQual, row.Best)
		}
	}
	for i := 1; i < len(grid); i++ {
		a, b := best[grid[i-1].CustID+grid[i-1].TeamID], best[grid[i].CustID+grid[i].TeamID]
		if grid[i].Start != i || grid[i-1].Class == grid[i].Class && b > 0 && (a < 0 || a > b) {
			t.Errorf("grid place %d has %d behind %d", i, b, a)
		}
	}
	var laps []lapRecord
	v.into("/data/results/lap_chart_data", fmt.Sprintf("subsession_id=%d&simsession_number=-1", r.Subsession), &laps)
	fastest := map[int64]int64{}
	for _, l := range laps {
		if l.Time > 0 && (fastest[l.Group] == 0 || l.Time < fastest[l.Group]) {
			fastest[l.Group] = l.Time
		}
	}
	for group, lap := range best {
		if lap > 0 && fastest[group] != lap {
			t.Errorf("%d qualified with %d; its laps say %d", group, lap, fastest[group])
		}
	}
}

// lap_data is lap_chart_data of one driver, in chunks where they are many.
func TestLapsOfOne(t *testing.T) {
	v := fake(t, nil)
	races := sample()
	for _, name := range []string{"splits", "team"} {
		r := v.result(races[name])
		row := r.rows(0)[0]
		query := fmt.Sprintf("subsession_id=%d&simsession_number=0", r.Subsession)
		one := query + fmt.Sprintf("&cust_id=%d", row.CustID)
		if row.TeamID != 0 {
			one = query + fmt.Sprintf("&team_id=%d", row.TeamID)
		}
		var chart, laps []lapRecord
		v.into("/data/results/lap_chart_data", query, &chart)
		v.into("/data/results/lap_data", one, &laps)
		chart = slices.DeleteFunc(chart, func(l lapRecord) bool { return l.Group != row.CustID+row.TeamID })
		if len(chart) != len(laps) {
			t.Fatalf("%s: %d laps; the chart has %d", name, len(laps), len(chart))
		}
		for i := range laps {
			if laps[i].Clock != chart[i].Clock || laps[i].Flags != chart[i].Flags || laps[i].Time != chart[i].Time || laps[i].CustID != chart[i].CustID {
				t.Errorf("%s: lap %d differs", name, i)
			}
		}
		if row.TeamID == 0 {
			continue
		}
		drove := map[int64]int{}
		for _, l := range laps[1:] {
			drove[l.CustID]++
		}
		for _, d := range row.Drivers {
			if drove[d.CustID] != d.Laps {
				t.Errorf("%d drove %d laps; the laps say %d", d.CustID, d.Laps, drove[d.CustID])
			}
		}
		narrow := v.get("/data/results/lap_data", one+fmt.Sprintf("&cust_id=%d", row.Drivers[0].CustID))
		if n := row.Drivers[0].Laps; len(narrow.rows) != n+1 && len(narrow.rows) != n {
			t.Errorf("narrowed to one driver there are %d rows for %d laps", len(narrow.rows), n)
		}
	}
}

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
	v.into("/data/stats/member_recap", "year=2026&season=2", &recap)
	quarter := 0
	for _, row := range rows {
		if row.Year == 2026 && row.Quarter == 2 && (!row.Changes || row.LapsDone > 0 || row.Incidents > 0) {
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

// of is the row of a driver, in a team or alone.
func (r *result) of(cust int64) (resultRow, bool) {
	for _, row := range r.rows(0) {
		if row.CustID == cust {
			return row, true
		}
		for _, d := range row.Drivers {
			if d.CustID == cust {
				return d, true
			}
		}
	}
	return resultRow{}, false
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

// A championship is the sum of its best weeks, a week the mean of the best quarter of its races.
func TestStandingsAreWeeks(t *testing.T) {
	v := fake(t, nil)
	var season *world.Season
	shared().Read(noon, func(w *world.View) { season = w.Seasons(world.QuarterOf(noon).Add(-1))[3] })
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

// What is live now can be found by all its ways.
func TestLive(t *testing.T) {
	v := fake(t, nil)
	var ids struct {
		IDs []int64 `json:"subsession_ids"`
	}
	v.into("/data/season/spectator_subsessionids", "event_types=5", &ids)
	if len(ids.IDs) == 0 {
		t.Fatal("nothing is live")
	}
	with := 0
	for _, id := range ids.IDs {
		if r := v.api("/data/results/get", fmt.Sprintf("subsession_id=%d", id)); r.status != 404 {
			t.Errorf("a race that goes on has a result: %d", r.status)
		}
		var entries struct {
			Entries []struct {
				License struct {
					IRating int `json:"irating"`
				}
			}
		}
		v.into("/data/session/reg_drivers_list", fmt.Sprintf("subsession_id=%d", id), &entries)
		with += len(entries.Entries)
	}
	if with == 0 {
		t.Error("nobody is in the races")
	}
	var guide struct {
		Sessions []struct {
			Start   time.Time `json:"start_time"`
			Session int64     `json:"session_id"`
			Entries int       `json:"entry_count"`
		}
		Begin time.Time `json:"block_begin_time"`
		End   time.Time `json:"block_end_time"`
	}
	v.into("/data/season/race_guide", "", &guide)
	known := 0
	for _, s := range guide.Sessions {
		if s.Start.Before(guide.Begin) || !s.Start.Before(guide.End) {
			t.Errorf("%s is outside the block", s.Start)
		}
		if s.Session != 0 {
			known++
			if s.Start.Sub(noon) > 30*time.Minute || s.Entries == 0 {
				t.Errorf("a session of %s has id and %d entries", s.Start, s.Entries)
			}
		}
	}
	if len(guide.Sessions) < 20 || known == 0 || !guide.Begin.Equal(noon) || guide.End.Sub(guide.Begin) != 3*time.Hour {
		t.Errorf("the guide has %d sessions, %d of them with entries, from %s to %s", len(guide.Sessions), known, guide.Begin, guide.End)
	}
	// The world goes on: an hour later other races are live, and what was live has a result.
	later := fake(t, func(o *Options) { o.Now = func() time.Time { return noon.Add(3 * time.Hour) } })
	var r result
	later.into("/data/results/get", fmt.Sprintf("subsession_id=%d", ids.IDs[len(ids.IDs)-1]), &r)
	if len(r.rows(0)) == 0 {
		t.Error("the race has no result three hours later")
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
		if row[1] != fmt.Sprint(v.me()) {
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
		if row[14] != fmt.Sprint(l.IRating) || !strings.HasSuffix(row[13], fmt.Sprintf(" %.2f", l.Safety)) {
			t.Errorf("%v; the licence says %+v", row, l)
		}
		return
	}
	t.Error("the account is not in the file")
}

// Two worlds of one seed answer the same bytes, two of different seeds do not.
func TestSeeds(t *testing.T) {
	answers := func(s *world.World) string {
		v := fake(t, func(o *Options) { o.World, o.OneHost = s, true })
		text := ""
		var recent struct {
			Races []struct {
				Subsession int64 `json:"subsession_id"`
			}
		}
		v.into("/data/stats/member_recent_races", "", &recent)
		for _, query := range [][2]string{
			{"/data/member/info", ""},
			{"/data/series/season_list", ""},
			{"/data/results/get", fmt.Sprintf("subsession_id=%d", recent.Races[0].Subsession)},
			{"/data/results/lap_chart_data", fmt.Sprintf("subsession_id=%d&simsession_number=0", recent.Races[0].Subsession)},
			{"/data/stats/member_career", ""},
			{"/data/results/search_series", "season_year=2026&season_quarter=4"},
		} {
			a := v.get(query[0], query[1])
			text += strings.ReplaceAll(fmt.Sprint(a.body, a.rows), strings.TrimPrefix(v.URL, "http://"), "host")
		}
		return text
	}
	seven := func() *world.World { return world.New(world.Options{Seed: 7, Now: noon, Races: 10}) }
	one, again, other := answers(seven()), answers(seven()), answers(shared())
	if one != again {
		t.Error("two worlds of one seed differ")
	}
	if one == other {
		t.Error("two worlds of different seeds are the same")
	}
}
