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
