package iracingtest

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

// trials are the time trials of a table: by driver the best average, and what each week is worth.
func (t *table) trials(q *query) []*score {
	by := map[*world.Member]*score{}
	weeks := map[int]map[*world.Member]int32{}
	starts := map[*world.Member]int{}
	t.entries(q, world.TimeTrial, func(r *world.Race, e *world.Entry) {
		if e.BestRun <= 0 {
			return
		}
		if weeks[r.Week] == nil {
			weeks[r.Week] = map[*world.Member]int32{}
		}
		if old, ok := weeks[r.Week][e.Member]; !ok || e.BestRun < old {
			weeks[r.Week][e.Member] = e.BestRun
		}
		starts[e.Member]++
	})
	var list []*score
	for n := range world.Weeks {
		week := weeks[n]
		fastest := int32(math.MaxInt32)
		for _, run := range week {
			fastest = min(fastest, run)
		}
		for m, run := range week {
			s := by[m]
			if s == nil {
				s = &score{member: m, division: t.divisionOf(q, m), lap: run}
				s.t.starts = starts[m]
				by[m] = s
				list = append(list, s)
			}
			s.lap = min(s.lap, run)
			// The fastest has 100 points, who is a percent slower about 67.
			s.raw += math.Round(1e7*100*math.Exp(-40*(float64(run)/float64(fastest)-1))) / 1e7
			s.counted++
			if run == fastest {
				s.t.wins++
			}
		}
	}
	if t.division >= 0 {
		list = slices.DeleteFunc(list, func(s *score) bool { return s.division != t.division })
	}
	slices.SortFunc(list, func(a, b *score) int { return cmp.Compare(a.member.ID, b.member.ID) })
	rank(list)
	return list
}

// trialStandings answers the championship of the time trials.
func trialStandings(q *query) (*answer, error) {
	t, err := q.table()
	if err != nil {
		return nil, err
	}
	head := t.head(q)
	rows := []any{}
	for i, s := range t.trials(q) {
		if s.member == q.Me {
			head["customer_rank"] = i + 1
		}
		rows = append(rows, s.row(q, i+1, t, true))
	}
	return &answer{header: head, rows: found(rows), table: asCSV(rows)}, nil
}

// trialResults answers a week of time trials.
func trialResults(q *query) (*answer, error) {
	t, err := q.table()
	if err != nil {
		return nil, err
	}
	head := t.head(q)
	rows := []any{}
	for i, s := range t.trials(q) {
		if s.member == q.Me {
			head["customer_rank"] = i + 1
		}
		row := q.timeRow(t, s, i+1, true)
		row["division"], row["best_nlaps_time"], row["starts"], row["points"] = s.division, s.lap, s.t.starts, int(math.Ceil(s.raw))
		row["raw_points"] = float(s.raw)
		rows = append(rows, row)
	}
	return &answer{header: head, rows: found(rows), table: asCSV(rows)}, nil
}

// timeRow is a row of a table of times.
func (q *query) timeRow(t *table, s *score, place int, trial bool) obj {
	m := s.member
	category := t.season.Series.CategoryAt(t.season.Quarter)
	return flair(obj{
		"rank": place, "cust_id": m.ID, "display_name": m.Name, "country_code": m.Country.Code, "country": m.Country.Name,
		"license": smallLicence(q.Licence(m, category), category, trial), "helmet": helmet(m), "week": t.week,
	}, m.Country)
}

// qualifyResults answers the best qualifying laps of a week.
func qualifyResults(q *query) (*answer, error) {
	t, err := q.table()
	if err != nil {
		return nil, err
	}
	by := map[*world.Member]*score{}
	var list []*score
	t.entries(q, world.RaceEvent, func(_ *world.Race, e *world.Entry) {
		if e.Qual <= 0 || e.Team != nil {
			return
		}
		s := by[e.Member]
		if s == nil {
			s = &score{member: e.Member, lap: e.Qual, division: t.divisionOf(q, e.Member)}
			by[e.Member] = s
			list = append(list, s)
		}
		s.lap = min(s.lap, e.Qual)
	})
	if t.division >= 0 {
		list = slices.DeleteFunc(list, func(s *score) bool { return s.division != t.division })
	}
	slices.SortStableFunc(list, func(a, b *score) int { return cmp.Or(cmp.Compare(a.lap, b.lap), cmp.Compare(id(a), id(b))) })
	head := t.head(q)
	rows := []any{}
	for i, s := range list {
		if s.member == q.Me {
			head["customer_rank"] = i + 1
		}
		row := q.timeRow(t, s, i+1, false)
		row["best_qual_lap_time"] = s.lap
		rows = append(rows, row)
	}
	return &answer{header: head, rows: found(rows), table: asCSV(rows)}, nil
}

// record is a driver's best laps with a car at a track, by type of event.
type record struct {
	member *world.Member
	time   map[int]int32
	when   map[int]time.Time
}

func (r *record) take(event int, lap int32, when time.Time) {
	if lap > 0 && (r.time[event] == 0 || lap < r.time[event]) {
		r.time[event], r.when[event] = lap, when
	}
}

// worldRecords answers the best laps of all drivers with a car at a track.
func worldRecords(q *query) (*answer, error) {
	car, track := q.int("car_id", 0), q.int("track_id", 0)
	by := map[*world.Member]*record{}
	var list []*record
	category := world.SportsCar
	for _, r := range q.Races(func(r *world.Race) bool {
		return r.Season != nil && int64(r.Track.ID) == track &&
			(!q.has("season_year") || int64(r.Season.Quarter.Year) == q.int("season_year", 0)) &&
			(!q.has("season_quarter") || int64(r.Season.Quarter.Number) == q.int("season_quarter", 0))
	}) {
		for i := range r.Entries {
			e := &r.Entries[i]
			if int64(e.Car.ID) != car {
				continue
			}
			category = r.Category
			take := func(m *world.Member, best int32) {
				if by[m] == nil {
					by[m] = &record{m, map[int]int32{}, map[int]time.Time{}}
					list = append(list, by[m])
				}
				by[m].take(r.Event, best, r.Start)
			}
			if e.Team == nil {
				take(e.Member, e.Best)
				by[e.Member].take(world.Qualify, e.Qual, r.Start)
			}
			for j := range e.Drivers {
				take(e.Drivers[j].Member, e.Drivers[j].Best)
			}
		}
	}
	head := obj{"success": true, "car_id": car, "track_id": track, "last_updated": stamp(q.Now)}
	for _, name := range []string{"season_year", "season_quarter"} {
		if q.has(name) {
			head[name] = q.int(name, 0)
		}
	}
	rows := []any{}
	slices.SortFunc(list, func(a, b *record) int { return cmp.Compare(a.member.ID, b.member.ID) })
	for _, one := range list {
		m := one.member
		lic := smallLicence(q.Licence(m, category), category, true)
		lic["category"] = world.CategoryName(category)
		delete(lic, "color") //nolint:misspell // the spelling of the API
		row := obj{
			"cust_id": m.ID, "display_name": m.Name, "car_id": car, "track_id": track, "season_year": nil, "season_quarter": nil,
			"country_code": m.Country.Code, "region": m.Country.Region(), "license": lic,
		}
		if q.has("season_year") {
			row["season_year"] = q.int("season_year", 0)
		}
		if q.has("season_quarter") {
			row["season_quarter"] = q.int("season_quarter", 0)
		}
		for event, name := range map[int]string{world.Practice: "practice", world.Qualify: "qualify", world.TimeTrial: "tt", world.RaceEvent: "race"} {
			row[name+"_lap_time"], row[name+"_date"] = nil, nil
			if one.time[event] > 0 {
				row[name+"_lap_time"], row[name+"_date"] = one.time[event], date(one.when[event])
			}
		}
		rows = append(rows, row)
	}
	return &answer{header: head, rows: found(rows), size: 2000}, nil
}
