package iracingtest

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

// weekPoints are the points of a week: the mean of the best quarter of its races, of one at least. It also answers the
// least score that counts.
func weekPoints(scores []int) (points float64, least int) {
	slices.SortFunc(scores, func(a, b int) int { return cmp.Compare(b, a) })
	n := (len(scores) + 3) / 4
	sum := 0
	for _, p := range scores[:n] {
		sum += p
	}
	return float64(sum) / float64(n), scores[n-1]
}

// dropped tells whether a race does not count for its week: it is not among the best quarter of the driver's.
func (q *query) dropped(m *world.Member, r *world.Race) bool {
	if r.Season == nil || r.Event != world.RaceEvent {
		return false
	}
	var scores []int
	own := 0
	for _, s := range q.Starts(m, func(s world.Start) bool {
		return s.Race.Season == r.Season && s.Race.Week == r.Week && s.Race.Event == world.RaceEvent
	}) {
		scores = append(scores, int(s.Result().Points))
		if s.Race == r {
			own = int(s.Result().Points)
		}
	}
	if len(scores) == 0 {
		return false
	}
	_, least := weekPoints(scores)
	return own < least
}

// score is a driver's or team's season: totals, and what the weeks are worth.
type score struct {
	member           *world.Member
	team             *world.Team
	car              *world.Car
	t                totals
	best25, fieldSum int
	weeks            map[int][]int
	lap              int32 // best of the session
	raw              float64
	counted, drops   int
	division         int
}

// close works out the points: the best weeks of a season count.
func (s *score) close(drops int) {
	var list []float64
	for _, scores := range s.weeks {
		p, _ := weekPoints(scores)
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b float64) int { return cmp.Compare(b, a) })
	s.counted = min(len(list), world.Weeks-drops)
	s.drops = len(list) - s.counted
	for _, p := range list[:s.counted] {
		s.raw += p
	}
}

// table is what the standings of a season are asked for.
type table struct {
	season   *world.Season
	class    *world.Class
	week     int // -1 is all of the season
	division int // -1 is all
}

// table reads the parameters of the standings.
func (q *query) table() (*table, error) {
	t := &table{season: q.Season(q.int("season_id", 0)), week: int(q.int("race_week_num", -1)), division: int(q.int("division", -1))}
	if t.season == nil {
		return nil, errNotFound
	}
	for _, c := range t.season.Series.Classes {
		if int64(c.ID) == q.int("car_class_id", 0) {
			t.class = c
		}
	}
	if t.class == nil {
		return nil, errNotFound
	}
	return t, nil
}

// head is the head of the standings.
func (t *table) head(q *query) obj {
	s := t.season
	return obj{
		"success": true, "season_id": s.ID, "season_name": s.Name(), "season_short_name": s.Quarter.String(), "series_id": s.Series.ID,
		"series_name": s.Series.Name, "car_class_id": t.class.ID, "race_week_num": t.week, "division": t.division, "club_id": -1, "customer_rank": -1,
		"last_updated": q.Now.Format(time.RFC3339Nano),
	}
}

// entries calls for each entry of the season's sessions of a type that is in the table.
func (t *table) entries(q *query, event int, each func(r *world.Race, e *world.Entry)) {
	for _, r := range q.Races(func(r *world.Race) bool {
		return r.Season == t.season && r.Event == event && (t.week < 0 || r.Week == t.week)
	}) {
		for i := range r.Entries {
			if e := &r.Entries[i]; e.Car.Class == t.class {
				each(r, e)
			}
		}
	}
}

// divisionOf is a member's division in the season.
func (t *table) divisionOf(q *query, m *world.Member) int {
	return world.DivisionOf(q.LicenceAt(m, t.season.Series.CategoryAt(t.season.Quarter), t.season.Quarter.Start()))
}

// rank orders scores by points.
func rank(list []*score) {
	slices.SortStableFunc(list, func(a, b *score) int {
		return cmp.Or(cmp.Compare(b.raw, a.raw), cmp.Compare(b.t.wins, a.t.wins), cmp.Compare(id(a), id(b)))
	})
}

func id(s *score) int64 {
	if s.team != nil {
		return s.team.ID
	}
	return s.member.ID
}

// drivers are the scores of the drivers of a table, by rank.
func (t *table) drivers(q *query) []*score {
	by := map[*world.Member]*score{}
	var list []*score
	get := func(m *world.Member) *score {
		s := by[m]
		if s == nil {
			s = &score{member: m, weeks: map[int][]int{}, division: t.divisionOf(q, m)}
			by[m] = s
			list = append(list, s)
		}
		return s
	}
	t.entries(q, world.RaceEvent, func(r *world.Race, e *world.Entry) {
		index := slices.IndexFunc(r.Entries, func(other world.Entry) bool { return other.Number == e.Number })
		if e.Team == nil {
			get(e.Member).race(shareOf(world.Start{Race: r, Entry: index, Drive: -1}))
		}
		for i := range e.Drivers {
			if d := &e.Drivers[i]; d.Laps > 0 {
				get(d.Member).race(shareOf(world.Start{Race: r, Entry: index, Drive: i}))
			}
		}
	})
	if t.division >= 0 {
		list = slices.DeleteFunc(list, func(s *score) bool { return s.division != t.division })
	}
	for _, s := range list {
		s.close(t.season.Series.Drops)
	}
	rank(list)
	return list
}

// race adds a race to a score.
func (s *score) race(p share) {
	s.t.add(p)
	s.fieldSum += p.ofField
	if p.place <= max(1, p.ofField/4) {
		s.best25++
	}
	w := p.start.Race.Week
	s.weeks[w] = append(s.weeks[w], p.points)
}

// average is a mean that is always written as a float.
func average(sum, n int) float {
	if n == 0 {
		return 0
	}
	return float(float64(sum) / float64(n))
}

// row is a score as the tables of drivers write it.
func (s *score) row(q *query, place int, t *table, trial bool) obj {
	m := s.member
	category := t.season.Series.CategoryAt(t.season.Quarter)
	row := flair(obj{
		"rank": place, "cust_id": m.ID, "display_name": m.Name, "division": s.division, "country_code": m.Country.Code, "country": m.Country.Name,
		"license": smallLicence(q.Licence(m, category), category, trial), "helmet": helmet(m), "weeks_counted": s.counted, "starts": s.t.starts,
		"wins": s.t.wins, "top5": s.t.top5, "top25_percent": s.best25, "poles": s.t.poles, "avg_start_position": average(s.t.grid, s.t.starts),
		"avg_finish_position": average(s.t.place, s.t.starts), "avg_field_size": average(s.fieldSum, s.t.starts), "laps": s.t.laps, "laps_led": s.t.led,
		"incidents": s.t.inc, "points": int(math.Floor(s.raw)), "raw_points": float(s.raw), "week_dropped": s.drops > 0,
	}, m.Country)
	return row
}

// driverStandings answers the championship of a season, or a week of it.
func driverStandings(q *query) (*answer, error) {
	t, err := q.table()
	if err != nil {
		return nil, err
	}
	head := t.head(q)
	rows := []any{}
	for i, s := range t.drivers(q) {
		if s.member == q.Me {
			head["customer_rank"] = i + 1
		}
		rows = append(rows, s.row(q, i+1, t, false))
	}
	return &answer{header: head, rows: found(rows), table: asCSV(rows)}, nil
}

// superStandings answers the championship of super sessions, of which the world has none.
func superStandings(q *query) (*answer, error) {
	t, err := q.table()
	if err != nil {
		return nil, err
	}
	return &answer{header: t.head(q)}, nil
}

// asCSV is a table as CSV.
func asCSV(rows []any) string {
	columns := []string{"rank", "display_name", "points", "weeks_counted", "starts", "wins", "top5", "poles", "laps", "laps_led", "incidents"}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(columns)
	for _, row := range rows {
		o, _ := row.(obj)
		var line []string
		for _, c := range columns {
			switch v := o[c].(type) {
			case string:
				line = append(line, v)
			case int:
				line = append(line, strconv.Itoa(v))
			}
		}
		_ = w.Write(line)
	}
	w.Flush()
	return b.String()
}

// teamStandings answers the championship of the teams.
func teamStandings(q *query) (*answer, error) {
	t, err := q.table()
	if err != nil {
		return nil, err
	}
	by := map[*world.Team]*score{}
	crews := map[*world.Team]map[*world.Member]*score{}
	var list []*score
	t.entries(q, world.RaceEvent, func(r *world.Race, e *world.Entry) {
		if e.Team == nil {
			return
		}
		s := by[e.Team]
		if s == nil {
			s = &score{team: e.Team, car: e.Car, weeks: map[int][]int{}}
			by[e.Team] = s
			crews[e.Team] = map[*world.Member]*score{}
			list = append(list, s)
		}
		index := slices.IndexFunc(r.Entries, func(other world.Entry) bool { return other.Number == e.Number })
		s.race(shareOf(world.Start{Race: r, Entry: index, Drive: -1}))
		for i := range e.Drivers {
			d := &e.Drivers[i]
			if d.Laps == 0 {
				continue
			}
			one := crews[e.Team][d.Member]
			if one == nil {
				one = &score{member: d.Member, weeks: map[int][]int{}}
				crews[e.Team][d.Member] = one
			}
			one.race(shareOf(world.Start{Race: r, Entry: index, Drive: i}))
		}
	})
	for _, s := range list {
		s.close(t.season.Series.Drops)
	}
	rank(list)
	rows := []any{}
	for i, s := range list {
		row := s.teamRow(i + 1)
		row["cust_id"], row["display_name"], row["team_id"] = s.team.ID, s.team.Name, s.team.ID
		row["cars"] = []obj{{"carclassid": s.car.Class.ID, "carid": s.car.ID}}
		drivers := []obj{}
		for _, m := range s.team.Drivers {
			one := crews[s.team][m]
			if one == nil {
				continue
			}
			one.close(t.season.Series.Drops)
			d := one.teamRow(i + 1)
			d["cust_id"], d["display_name"] = m.ID, m.Name
			category := t.season.Series.CategoryAt(t.season.Quarter)
			lic := smallLicence(q.Licence(m, category), category, false)
			delete(lic, "irating")
			d["license"] = lic
			drivers = append(drivers, d)
		}
		row["drivers"] = drivers
		rows = append(rows, row)
	}
	head := t.head(q)
	for _, name := range []string{"division", "club_id", "customer_rank"} {
		delete(head, name)
	}
	return &answer{header: head, rows: found(rows), public: "/public/standings/season/" + text(t.season.ID) + "/season-team/" + strconv.Itoa(t.class.ID) + "/" + strconv.Itoa(t.week) + "/"}, nil
}

// teamRow is a score as the table of teams writes it.
func (s *score) teamRow(place int) obj {
	return obj{
		"rank": place, "weeks_counted": s.counted, "starts": s.t.starts, "wins": s.t.wins, "top5": s.t.top5, "top25_percent": s.best25,
		"poles": s.t.poles, "avg_start_position": mean(s.t.grid, s.t.starts), "avg_finish_position": mean(s.t.place, s.t.starts),
		"avg_field_size": mean(s.fieldSum, s.t.starts), "laps": s.t.laps, "laps_led": s.t.led, "incidents": s.t.inc,
		"points": int(math.Floor(s.raw)), "week_dropped": s.drops > 0,
	}
}

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
		delete(lic, "color")
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
