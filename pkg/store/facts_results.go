package store

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

var nan = math.NaN()

// nanFor is NaN for the value that stands for none.
func nanFor(v, none float64) float64 {
	if v == none {
		return nan
	}
	return v
}

// resultRow is a row of a classification with what is worked out from its neighbours.
type resultRow struct {
	iracing.Row
	subsession        int64
	part              int
	race              bool
	field, classField int
	down, classDown   int // laps; -1 where there is a gap
	qualify           float64
}

// car is its number; 0 where it is not known.
func (r *resultRow) car() int64 { return max(r.Car.ID, 0) }

// driverRow is one of the drivers of a team.
type driverRow struct {
	iracing.Row
	subsession int64
	part       int
	team       int64
}

// partRow is a part of a subsession.
type partRow struct {
	*iracing.SimSession
	subsession int64
	kind       string
	main       bool
	qualified  time.Time
}

func lockOf(subsession int64) string { return "subsession " + id(subsession) }

// result is a subsession's result, taken apart.
type result struct {
	*iracing.Result
	classes []foundClass
	parts   []partRow
	rows    []resultRow
	drivers []driverRow
}

// readResult reads what came of a subsession.
func readResult(ctx context.Context, api iracing.API, r iracing.Request, _ time.Time) (*facts, error) {
	res, err := api.Result(ctx, param(r, "subsession_id"))
	if err != nil {
		return nil, err
	}
	n := newNames(res.Start)
	n.season(res.Season, res.Series, res.Category, res.Year, res.Quarter)
	n.track(res.Track)
	if h := res.Hosted; h != nil {
		n.driver(h.Host, "")
		n.leagueSeason(h.League, h.LeagueSeason)
	}
	out := result{Result: res}
	for _, c := range res.Classes {
		n.class(c.Ref, c.Short)
		if c.ID != 0 {
			out.classes = append(out.classes, foundClass{res.Subsession, c})
		}
	}
	out.parts, out.rows, out.drivers = partsOf(res)
	for i := range out.rows {
		row := &out.rows[i]
		n.entrant(row.ID(), row.Name)
		n.car(row.Car)
		n.class(row.Class, "")
	}
	for i := range out.drivers {
		n.driver(out.drivers[i].Cust, out.drivers[i].Name)
	}
	return &facts{names: n, lock: lockOf(res.Subsession), result: &out}, nil
}

// writeResults writes the results of some subsessions at once.
func writeResults(ctx context.Context, tx pgx.Tx, k *keeping, results []*result) error {
	there, charted, err := resultsThere(ctx, tx, idsOf(results))
	if err != nil {
		return err
	}
	// Those that are there already are few, and cannot be copied.
	var found []found
	var fresh, again []*result
	for _, r := range results {
		found = append(found, foundOf(r.Result))
		if there[r.Subsession] {
			clearRows(k, r)
			again = append(again, r)
		} else {
			fresh = append(fresh, r)
		}
	}
	k.put("subsessions", foundBulk(found, k))
	k.put("subsession_classes", classBulk(all(results, func(r *result) []foundClass { return r.classes })))
	k.put("splits", splitBulk(results))
	k.put("parts", partBulk(all(results, func(r *result) []partRow { return r.parts })))
	putCars(k, results)
	rows, drivers := func(r *result) []resultRow { return r.rows }, func(r *result) []driverRow { return r.drivers }
	if len(again) > 0 {
		k.put("results", resultBulk(all(again, rows), k))
		k.put("team_results", driverBulk(all(again, drivers), k))
		clearCars(k, there)
	}
	const ofFresh = "subsession_id = any($1::bigint[])"
	if err := copyAll(ctx, tx, k, resultBulk(all(fresh, rows), k), ofFresh, idsOf(fresh)); err != nil {
		return err
	}
	if err := copyAll(ctx, tx, k, driverBulk(all(fresh, drivers), k), ofFresh, idsOf(fresh)); err != nil {
		return err
	}
	for _, subsession := range charted {
		rankLaps(k, subsession)
	}
	return nil
}

// idsOf are the numbers of the subsessions.
func idsOf(results []*result) []int64 {
	ids := make([]int64, len(results))
	for i, r := range results {
		ids[i] = r.Subsession
	}
	return ids
}

// all are rows of all results.
func all[T any](results []*result, rows func(*result) []T) []T {
	lists := make([][]T, len(results))
	for i, r := range results {
		lists[i] = rows(r)
	}
	return slices.Concat(lists...)
}

// resultsThere tells of which subsessions a result is there, and of which the laps of all cars.
func resultsThere(ctx context.Context, tx pgx.Tx, ids []int64) (there map[int64]bool, charted []int64, err error) {
	rows, err := tx.Query(ctx, `
		select id, exists (select from iracing.parts where subsession_id = id), exists (select from iracing.lap_charts where subsession_id = id)
		from unnest($1::bigint[]) as id`, ids)
	if err != nil {
		return nil, nil, err
	}
	there = map[int64]bool{}
	var id int64
	var result, chart bool
	_, err = pgx.ForEachRow(rows, []any{&id, &result, &chart}, func() error {
		if result {
			there[id] = true
		}
		if chart {
			charted = append(charted, id)
		}
		return nil
	})
	return there, charted, err
}

// clearRows takes away what is no longer in a classification.
func clearRows(k *keeping, r *result) {
	partIDs, ofPart, entrants, ofTeam, teams, custs := []int64{}, []int64{}, []int64{}, []int64{}, []int64{}, []int64{}
	for _, p := range r.parts {
		partIDs = append(partIDs, int64(p.Number))
	}
	for i := range r.rows {
		ofPart, entrants = append(ofPart, int64(r.rows[i].part)), append(entrants, k.entrant(r.rows[i].ID()))
	}
	for i := range r.drivers {
		d := &r.drivers[i]
		ofTeam, teams, custs = append(ofTeam, int64(d.part)), append(teams, d.team), append(custs, k.cust(d.Cust))
	}
	k.do("team_results", `delete from iracing.team_results where subsession_id = $1
		and (part, team_id, cust_id) not in (select * from unnest($2::bigint[], $3::bigint[], $4::bigint[]))`, r.Subsession, ofTeam, teams, custs)
	k.do("results", `delete from iracing.results where subsession_id = $1
		and (part, entrant_id) not in (select * from unnest($2::bigint[], $3::bigint[]))`, r.Subsession, ofPart, entrants)
	k.do("parts", "delete from iracing.parts where subsession_id = $1 and part <> all($2::bigint[])", r.Subsession, partIDs)
}

// putCars makes the rows that the rows of classifications refer to with their cars and classes.
func putCars(k *keeping, results []*result) {
	type car struct{ subsession, part, class, car int64 }
	seen := map[car]bool{}
	var subsessions, parts, classes, cars []int64
	for _, r := range results {
		for i := range r.rows {
			row := &r.rows[i]
			if c := (car{r.Subsession, int64(row.part), row.Class.ID, row.car()}); !seen[c] {
				seen[c] = true
				subsessions, parts, classes, cars = append(subsessions, c.subsession), append(parts, c.part), append(classes, c.class), append(cars, c.car)
			}
		}
	}
	if len(seen) == 0 {
		return
	}
	k.do("", `
		insert into iracing.part_cars (subsession_id, part, car_class_id, car_id)
		select s, p, nullif(k, 0), nullif(c, 0) from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) as u(s, p, k, c)
		on conflict do nothing`, subsessions, parts, classes, cars)
}

// clearCars takes away the cars that nobody in a classification has any more.
func clearCars(k *keeping, of map[int64]bool) {
	k.do("", `
		delete from iracing.part_cars c where subsession_id = any($1)
		and not exists (select from iracing.results r where (r.subsession_id, r.part, r.car_class_ref, r.car_ref) = (c.subsession_id, c.part, c.car_class_ref, c.car_ref))`,
		slices.Sorted(maps.Keys(of)))
}

// partsOf takes the parts of a result apart.
func partsOf(res *iracing.Result) (parts []partRow, rows []resultRow, drivers []driverRow) {
	race, qualify, practice := res.Race(), res.Qualify(), res.Practice()
	for i := range res.Sessions {
		s := &res.Sessions[i]
		p := partRow{SimSession: s, subsession: res.Subsession, kind: "other"}
		switch {
		case s == race || s.Type == iracing.SimRace:
			p.kind, p.main = "race", s == race
		case s.Type == iracing.SimLoneQualify || s.Type == iracing.SimOpenQualify:
			p.kind, p.main = "qualify", s == qualify
		case s.Type == iracing.SimPractice:
			p.kind, p.main = "practice", s == practice
		}
		inClass, leaders := map[int64]int{}, map[int64]int{} // laps of the first of each class
		leader := 0
		for j := range s.Rows {
			row := &s.Rows[j]
			if _, ok := leaders[row.Class.ID]; !ok {
				leaders[row.Class.ID] = row.Laps
			}
			if j == 0 {
				leader = row.Laps
			}
			inClass[row.Class.ID]++
		}
		for j := range s.Rows {
			row := &s.Rows[j]
			for _, d := range append([]iracing.Row{*row}, row.Drivers...) {
				if d.QualifyAt.After(p.qualified) {
					p.qualified = d.QualifyAt
				}
			}
			if row.ID() == 0 {
				continue // of the computer, and of no number
			}
			out := resultRow{
				Row: *row, subsession: res.Subsession, part: s.Number, race: s == race, field: len(s.Rows), classField: inClass[row.Class.ID], down: -1, classDown: -1, qualify: res.QualifyLap(row),
			}
			if s == race && math.IsNaN(row.Interval) {
				out.down = max(leader-row.Laps, 0)
			}
			if s == race && math.IsNaN(row.ClassInterval) {
				out.classDown = max(leaders[row.Class.ID]-row.Laps, 0)
			}
			rows = append(rows, out)
			for _, d := range row.Drivers {
				if row.Team != 0 && d.Cust > 0 {
					drivers = append(drivers, driverRow{d, res.Subsession, s.Number, row.Team})
				}
			}
		}
		parts = append(parts, p)
	}
	slices.SortStableFunc(rows, func(a, b resultRow) int { return cmp.Or(cmp.Compare(a.part, b.part), cmp.Compare(a.ID(), b.ID())) })
	return parts, rows, drivers
}

func partBulk(parts []partRow) *bulk[partRow] {
	type key struct {
		subsession int64
		part       int
	}
	b := into("parts", parts, func(p *partRow) key { return key{p.subsession, p.Number} })
	b.key("subsession_id", func(p *partRow) int64 { return p.subsession })
	b.key("part", func(p *partRow) int64 { return int64(p.Number) })
	b.count("type", func(p *partRow) int { return int(p.Type) })
	b.text("kind", func(p *partRow) string { return p.kind })
	b.flag("main", func(p *partRow) bool { return p.main })
	b.word("name", func(p *partRow) string { return tidy(p.Name) })
	b.number("air_celsius", func(p *partRow) float64 { return p.Weather.Air })
	b.number("air_min_celsius", func(p *partRow) float64 { return p.Weather.AirMin })
	b.number("air_max_celsius", func(p *partRow) float64 { return p.Weather.AirMax })
	b.number("humidity_share", func(p *partRow) float64 { return p.Weather.Humidity })
	b.number("wind_meters_per_second", func(p *partRow) float64 { return p.Weather.Wind })
	b.word("wind_from", func(p *partRow) string { return p.Weather.WindFrom })
	b.number("cloud_share", func(p *partRow) float64 { return p.Weather.Cloud })
	b.word("skies", func(p *partRow) string { return p.Weather.Skies })
	b.number("wet_share", func(p *partRow) float64 { return p.Weather.WetShare })
	b.number("rain_millimeters", func(p *partRow) float64 { return p.Weather.Rain }) //nolint:misspell // units are spelled as in names of metrics
	b.simTime("sim_started_at", func(p *partRow) string { return p.Weather.Started })
	b.at("qualified_at", func(p *partRow) time.Time { return p.qualified })
	return b
}

func resultBulk(rows []resultRow, k *keeping) *bulk[resultRow] {
	type key struct {
		subsession int64
		part       int
		id         int64
	}
	b := into("results", rows, func(r *resultRow) key { return key{r.subsession, r.part, k.entrant(r.ID())} })
	b.key("subsession_id", func(r *resultRow) int64 { return r.subsession })
	b.key("part", func(r *resultRow) int64 { return int64(r.part) })
	b.key("entrant_id", func(r *resultRow) int64 { return k.entrant(r.ID()) })
	b.id("cust_id", func(r *resultRow) int64 {
		if r.Team != 0 {
			return 0
		}
		return k.cust(r.Cust)
	})
	b.id("team_id", func(r *resultRow) int64 { return r.Team })
	b.flag("race", func(r *resultRow) bool { return r.race })
	b.flag("ai", func(r *resultRow) bool { return r.AI })
	b.place("position", func(r *resultRow) int { return r.Position })
	b.place("class_position", func(r *resultRow) int { return r.ClassPosition })
	b.place("grid", func(r *resultRow) int { return r.Start })
	b.place("class_grid", func(r *resultRow) int { return r.ClassStart })
	b.count("field", func(r *resultRow) int { return r.field })
	b.count("class_field", func(r *resultRow) int { return r.classField })
	b.id("car_class_id", func(r *resultRow) int64 { return r.Class.ID })
	b.id("car_id", (*resultRow).car)
	b.word("car_number", func(r *resultRow) string { return r.Number })
	b.number("gap_seconds", func(r *resultRow) float64 { return r.Interval })
	b.number("class_gap_seconds", func(r *resultRow) float64 { return r.ClassInterval })
	b.counted("laps_down", func(r *resultRow) int { return r.down })
	b.counted("class_laps_down", func(r *resultRow) int { return r.classDown })
	b.number("qualify_lap_seconds", func(r *resultRow) float64 { return r.qualify })
	b.word("reason_out", func(r *resultRow) string { return r.ReasonOut })
	b.number("ballast_kilograms", func(r *resultRow) float64 { return nanFor(r.WeightKg, 0) })
	b.number("fuel_share", func(r *resultRow) float64 { return r.FuelShare })
	driven(b, func(r *resultRow) *iracing.Row { return &r.Row })
	return b
}

func driverBulk(rows []driverRow, k *keeping) *bulk[driverRow] {
	type key struct {
		subsession int64
		part       int
		team, cust int64
	}
	b := into("team_results", rows, func(r *driverRow) key { return key{r.subsession, r.part, r.team, k.cust(r.Cust)} })
	b.key("subsession_id", func(r *driverRow) int64 { return r.subsession })
	b.key("part", func(r *driverRow) int64 { return int64(r.part) })
	b.key("team_id", func(r *driverRow) int64 { return r.team })
	b.key("cust_id", func(r *driverRow) int64 { return k.cust(r.Cust) })
	b.number("qualify_lap_seconds", func(r *driverRow) float64 { return r.QualifyLap })
	driven(b, func(r *driverRow) *iracing.Row { return &r.Row })
	return b
}

// driven adds the columns that rows of cars and of their drivers have in common.
func driven[T any](b *bulk[T], row func(*T) *iracing.Row) {
	count := func(name string, v func(*iracing.Row) int) { b.count(name, func(r *T) int { return v(row(r)) }) }
	place := func(name string, v func(*iracing.Row) int) { b.place(name, func(r *T) int { return v(row(r)) }) }
	number := func(name string, v func(*iracing.Row) float64) {
		b.number(name, func(r *T) float64 { return v(row(r)) })
	}
	word := func(name string, v func(*iracing.Row) string) { b.word(name, func(r *T) string { return v(row(r)) }) }
	count("laps", func(r *iracing.Row) int { return r.Laps })
	count("laps_led", func(r *iracing.Row) int { return r.LapsLed })
	number("average_lap_seconds", func(r *iracing.Row) float64 { return r.AverageLap })
	number("best_lap_seconds", func(r *iracing.Row) float64 { return r.BestLap })
	place("best_lap", func(r *iracing.Row) int { return r.BestLapNumber })
	number("incidents", func(r *iracing.Row) float64 { return r.Incidents })
	number("irating_old", func(r *iracing.Row) float64 { return r.IRating.Old })
	number("irating_new", func(r *iracing.Row) float64 { return r.IRating.New })
	number("tt_rating_old", func(r *iracing.Row) float64 { return r.TTRating.Old })
	number("tt_rating_new", func(r *iracing.Row) float64 { return r.TTRating.New })
	number("cpi_old", func(r *iracing.Row) float64 { return r.CPI.Old })
	number("cpi_new", func(r *iracing.Row) float64 { return r.CPI.New })
	place("licence_level_old", func(r *iracing.Row) int { return r.OldLicence.Level })
	place("licence_level_new", func(r *iracing.Row) int { return r.NewLicence.Level })
	number("safety_rating_old", func(r *iracing.Row) float64 { return r.OldLicence.SR })
	number("safety_rating_new", func(r *iracing.Row) float64 { return r.NewLicence.SR })
	number("points", func(r *iracing.Row) float64 { return r.Points })
	number("league_points", func(r *iracing.Row) float64 { return r.LeaguePoints })
	b.flag("dropped", func(r *T) bool { return row(r).Dropped })
	place("division", func(r *iracing.Row) int { return r.Division })
	word("flair", func(r *iracing.Row) string { return r.Flair })
	word("country", func(r *iracing.Row) string { return r.Country })
}

func splitBulk(results []*result) *bulk[splitRow] {
	var list []splitRow
	for _, r := range results {
		for i, s := range r.Splits {
			if r.Session > 0 && s.Subsession > 0 {
				list = append(list, splitRow{s, r.Session, i + 1})
			}
		}
	}
	type key struct{ session, subsession int64 }
	b := into("splits", list, func(s *splitRow) key { return key{s.session, s.Subsession} })
	b.key("session_id", func(s *splitRow) int64 { return s.session })
	b.key("subsession_id", func(s *splitRow) int64 { return s.Subsession })
	b.count("split", func(s *splitRow) int { return s.number })
	b.number("sof", func(s *splitRow) float64 { return s.SoF })
	return b
}

type splitRow struct {
	iracing.Split
	session int64
	number  int
}
