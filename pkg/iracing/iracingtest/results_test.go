package iracingtest

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

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
