package iracingtest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

// timing is what a row says of one session.
type timing struct {
	place, inClass, grid, gridInClass int16
	interval, classInterval           int32
	best, average                     int32
	bestNum, laps, led, incidents     int16
	qual                              int32
	qualNum                           int16
	qualAt                            time.Time
	run                               int32
	runNum                            int16
	reason                            world.Reason
	points                            int16
}

// never stands for a time that there is none of.
var never = time.Unix(0, 0)

// rows are the rows of one of a race's sessions.
func (q *query) rows(r *world.Race, number int, licences bool) []obj {
	type line struct {
		e *world.Entry
		t timing
	}
	var lines []line
	if number == 0 {
		for i := range r.Entries {
			e := &r.Entries[i]
			lines = append(lines, line{e, timing{
				place: e.Place, inClass: e.PlaceInClass, grid: e.Grid, gridInClass: e.GridInClass, interval: e.Interval, classInterval: e.ClassInterval,
				best: e.Best, average: e.Average, bestNum: e.BestLap, laps: e.Laps, led: e.Led, incidents: e.Incidents, qual: -1, qualNum: -1,
				qualAt: never, run: orNone(e.BestRun), runNum: int16(orNone(int32(e.BestRunLap))), reason: e.Reason, points: e.Points,
			}})
		}
	} else {
		laps := q.Laps(r, number)
		for i := range r.Entries {
			e := &r.Entries[i]
			lines = append(lines, line{e, timingOf(r, laps[e], number)})
		}
		slices.SortStableFunc(lines, func(a, b line) int {
			return cmp.Or(cmp.Compare(after(a.t.best), after(b.t.best)), cmp.Compare(a.e.Number, b.e.Number))
		})
		inClass := map[*world.Class]int16{}
		first := map[*world.Class]int32{}
		for i := range lines {
			l := &lines[i]
			class := l.e.Car.Class
			l.t.place, l.t.inClass = int16(i), inClass[class]
			inClass[class]++
			if i == 0 {
				l.t.interval, l.t.classInterval = 0, 0
			}
			if l.t.best < 0 {
				continue
			}
			if _, ok := first[class]; !ok {
				first[class] = l.t.best
			}
			l.t.interval, l.t.classInterval = l.t.best-lines[0].t.best, l.t.best-first[class]
		}
	}
	rows := make([]obj, 0, len(lines))
	for i := range lines {
		rows = append(rows, q.row(r, lines[i].e, &lines[i].t, number, licences))
	}
	return rows
}

func orNone(n int32) int32 {
	if n == 0 {
		return -1
	}
	return n
}

// after puts times that there are none of behind all others.
func after(t int32) int64 {
	if t < 0 {
		return 1 << 40
	}
	return int64(t)
}

// timingOf is what the laps of a session that times decide come to.
func timingOf(r *world.Race, laps []world.Lap, number int) timing {
	t := timing{grid: -1, gridInClass: -1, interval: -1, classInterval: -1, best: -1, bestNum: -1, qual: -1, qualNum: -1, qualAt: never, run: -1, runNum: -1}
	sum := int64(0)
	for _, l := range laps {
		if l.Number == 0 {
			continue
		}
		t.laps++
		t.incidents += int16(l.Points())
		sum += int64(l.Time)
		if l.Time > 0 && (t.best < 0 || l.Time < t.best) {
			t.best, t.bestNum = l.Time, int16(l.Number)
			if number == -1 {
				t.qual, t.qualNum = t.best, t.bestNum
				t.qualAt = r.Start.Add(r.PracticeLength() + time.Duration(l.Clock)*100*time.Microsecond).Truncate(time.Second)
			}
		}
	}
	if n := len(laps); n > 1 {
		t.average = int32((laps[n-1].Clock - laps[0].Clock) / int64(n-1))
	}
	return t
}

// row is a row of a result.
func (q *query) row(r *world.Race, e *world.Entry, t *timing, session int, licences bool) obj {
	row := obj{
		"display_name": e.Name(), "aggregate_champ_points": e.Points, "ai": false, "average_lap": t.average, "best_lap_num": t.bestNum,
		"best_lap_time": t.best, "best_nlaps_num": t.runNum, "best_nlaps_time": t.run, "best_qual_lap_at": stamp(t.qualAt),
		"best_qual_lap_num": t.qualNum, "best_qual_lap_time": t.qual, "car_class_id": e.Car.Class.ID, "car_class_name": e.Car.Class.Name,
		"car_class_short_name": e.Car.Class.Short, "car_id": e.Car.ID, "car_name": e.Car.Name, "carcfg": -1, "champ_points": t.points,
		"class_interval": t.classInterval, "drop_race": false, "finish_position": t.place, "finish_position_in_class": t.inClass, "friend": false,
		"incidents": t.incidents, "interval": t.interval, "laps_complete": t.laps, "laps_lead": t.led, "league_agg_points": 0, "league_points": 0,
		"license_change_oval": -1, "license_change_road": -1, "livery": livery(entryStyle(e), e.Car, number(e)), "max_pct_fuel_fill": -1,
		"opt_laps_complete": 0, "position": t.place, "qual_lap_time": -1, "reason_out": t.reason.String(), "reason_out_id": int(t.reason),
		"starting_position": t.grid, "starting_position_in_class": t.gridInClass, "suit": suit(entryStyle(e)), "watched": false,
		"weight_penalty_kg": float(-1),
	}
	if r.Hosted != nil {
		row["car_class_id"], row["car_class_name"], row["car_class_short_name"] = 0, "Hosted All Cars Class", "Hosted All Cars"
		row["multiplier"] = 1
		if r.Hosted.League != nil && session == 0 {
			row["league_points"], row["league_agg_points"] = e.Points, e.Points
		}
	}
	if e.Team != nil {
		row["team_id"] = e.Team.ID
		flair(row, &world.Global)
		row["country_code"] = world.Global.Code
		row["division"] = -1
		rating(row, nil, nil)
		crew := []obj{}
		for i := range e.Drivers {
			crew = append(crew, q.crew(r, e, &e.Drivers[i], row, session, licences))
		}
		row["driver_results"] = crew
		return row
	}
	m := e.Member
	row["cust_id"], row["helmet"], row["country_code"] = m.ID, helmet(m), m.Country.Code
	flair(row, m.Country)
	row["division"] = e.Division
	if e.Division >= 0 {
		row["division_name"] = divisionName(int(e.Division))
	}
	rating(row, &e.Before, &e.After)
	if session == 0 && r.Season != nil {
		row["drop_race"] = q.dropped(m, r)
	}
	if licences {
		row["license"] = licence(&e.After, r.Category)
	}
	return row
}

// crew is the row of one of a team's drivers.
func (q *query) crew(r *world.Race, e *world.Entry, d *world.Drive, team obj, session int, licences bool) obj {
	row := obj{}
	maps.Copy(row, team)
	m := d.Member
	row["cust_id"], row["display_name"], row["helmet"], row["suit"] = m.ID, m.Name, helmet(m), suit(m.Style())
	row["country_code"], row["division"], row["division_name"] = m.Country.Code, d.Division, divisionName(int(d.Division))
	flair(row, m.Country)
	before, after := &d.Before, &d.After
	if d.Laps == 0 && d.Incidents == 0 {
		before, after = nil, nil // who did not drive has no ratings here
	}
	rating(row, before, after)
	if session == 0 {
		row["laps_complete"], row["laps_lead"], row["incidents"] = d.Laps, d.Led, d.Incidents
		row["best_lap_time"], row["best_lap_num"], row["average_lap"] = d.Best, d.BestLap, d.Average
	} else if m != e.Drivers[0].Member {
		row["laps_complete"], row["best_lap_time"], row["best_lap_num"], row["average_lap"] = 0, -1, -1, 0
		row["best_qual_lap_time"], row["best_qual_lap_num"], row["best_qual_lap_at"], row["incidents"] = -1, -1, stamp(never), 0
	}
	if licences && after != nil {
		row["license"] = licence(after, r.Category)
	}
	return row
}

// divisionName is the name of a division.
func divisionName(d int) string {
	if d == 10 {
		return "Rookie"
	}
	return fmt.Sprintf("Division %d", d+1)
}

// rating adds the ratings before and after; -1 where there are none.
func rating(row obj, before, after *world.Licence) {
	if before == nil || after == nil {
		for _, name := range []string{"cpi", "license_level", "sub_level", "ttrating"} {
			row["old_"+name], row["new_"+name] = -1, -1
		}
		row["oldi_rating"], row["newi_rating"] = -1, -1
		return
	}
	row["old_cpi"], row["new_cpi"] = cpi(before), cpi(after)
	row["old_license_level"], row["new_license_level"] = before.Level(), after.Level()
	row["old_sub_level"], row["new_sub_level"] = before.SubLevel, after.SubLevel
	row["old_ttrating"], row["new_ttrating"] = before.TTRating, after.TTRating
	row["oldi_rating"], row["newi_rating"] = before.IRating, after.IRating
}
