package store

import (
	"cmp"
	"context"
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
	part              int
	race              bool
	field, classField int
	down, classDown   int // laps; -1 where there is a gap
	qualify           float64
}

// driverRow is one of the drivers of a team.
type driverRow struct {
	iracing.Row
	part int
	team int64
}

// partRow is a part of a subsession.
type partRow struct {
	*iracing.SimSession
	kind      string
	main      bool
	qualified time.Time
}

func lockOf(subsession int64) string { return "subsession " + id(subsession) }

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
	var classes []foundClass
	for _, c := range res.Classes {
		n.class(c.Ref, c.Short)
		if c.ID != 0 {
			classes = append(classes, foundClass{res.Subsession, c})
		}
	}
	parts, rows, drivers := partsOf(res)
	for i := range rows {
		row := &rows[i]
		n.entrant(row.ID(), row.Name)
		n.car(row.Car)
		n.class(row.Class, "")
	}
	for i := range drivers {
		n.driver(drivers[i].Cust, drivers[i].Name)
	}
	return &facts{names: n, lock: lockOf(res.Subsession), read: func(ctx context.Context, tx pgx.Tx, k *keeping) error {
		var there, charts bool
		err := tx.QueryRow(ctx, `
			select exists (select from iracing.parts where subsession_id = $1), exists (select from iracing.lap_charts where subsession_id = $1)`,
			res.Subsession).Scan(&there, &charts)
		if err != nil {
			return err
		}
		k.put("subsessions", foundBulk([]found{foundOf(res)}, k))
		k.put("subsession_classes", classBulk(classes))
		k.put("splits", splitBulk(res))
		if there {
			clearRows(k, res.Subsession, parts, rows, drivers)
		}
		k.put("parts", partBulk(res.Subsession, parts))
		ofCars, ofDrivers := resultBulk(res.Subsession, rows, k), driverBulk(res.Subsession, drivers, k)
		if there {
			k.put("results", ofCars)
			k.put("team_results", ofDrivers)
		} else { // as nearly always
			if err := copyAll(ctx, tx, k, ofCars); err != nil {
				return err
			}
			if err := copyAll(ctx, tx, k, ofDrivers); err != nil {
				return err
			}
		}
		if charts {
			rankLaps(k, res.Subsession)
		}
		return nil
	}}, nil
}

// clearRows takes away what is no longer in a classification.
func clearRows(k *keeping, subsession int64, parts []partRow, rows []resultRow, drivers []driverRow) {
	partIDs, ofPart, entrants, ofTeam, teams, custs := []int64{}, []int64{}, []int64{}, []int64{}, []int64{}, []int64{}
	for _, p := range parts {
		partIDs = append(partIDs, int64(p.Number))
	}
	for i := range rows {
		ofPart, entrants = append(ofPart, int64(rows[i].part)), append(entrants, k.entrant(rows[i].ID()))
	}
	for i := range drivers {
		ofTeam, teams, custs = append(ofTeam, int64(drivers[i].part)), append(teams, drivers[i].team), append(custs, k.cust(drivers[i].Cust))
	}
	k.do("team_results", `delete from iracing.team_results where subsession_id = $1
		and (part, team_id, cust_id) not in (select * from unnest($2::bigint[], $3::bigint[], $4::bigint[]))`, subsession, ofTeam, teams, custs)
	k.do("results", `delete from iracing.results where subsession_id = $1
		and (part, entrant_id) not in (select * from unnest($2::bigint[], $3::bigint[]))`, subsession, ofPart, entrants)
	k.do("parts", "delete from iracing.parts where subsession_id = $1 and part <> all($2::bigint[])", subsession, partIDs)
}

// partsOf takes the parts of a result apart.
func partsOf(res *iracing.Result) (parts []partRow, rows []resultRow, drivers []driverRow) {
	race, qualify, practice := res.Race(), res.Qualify(), res.Practice()
	for i := range res.Sessions {
		s := &res.Sessions[i]
		p := partRow{SimSession: s, kind: "other"}
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
				Row: *row, part: s.Number, race: s == race, field: len(s.Rows), classField: inClass[row.Class.ID], down: -1, classDown: -1, qualify: res.QualifyLap(row),
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
					drivers = append(drivers, driverRow{d, s.Number, row.Team})
				}
			}
		}
		parts = append(parts, p)
	}
	slices.SortStableFunc(rows, func(a, b resultRow) int { return cmp.Or(cmp.Compare(a.part, b.part), cmp.Compare(a.ID(), b.ID())) })
	return parts, rows, drivers
}

func partBulk(subsession int64, parts []partRow) *bulk[partRow] {
	b := into("parts", parts, func(p *partRow) int { return p.Number })
	b.key("subsession_id", func(*partRow) int64 { return subsession })
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

func resultBulk(subsession int64, rows []resultRow, k *keeping) *bulk[resultRow] {
	type key struct {
		part int
		id   int64
	}
	b := into("results", rows, func(r *resultRow) key { return key{r.part, k.entrant(r.ID())} })
	b.key("subsession_id", func(*resultRow) int64 { return subsession })
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
	b.id("car_id", func(r *resultRow) int64 { return max(r.Car.ID, 0) })
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

func driverBulk(subsession int64, rows []driverRow, k *keeping) *bulk[driverRow] {
	type key struct {
		part       int
		team, cust int64
	}
	b := into("team_results", rows, func(r *driverRow) key { return key{r.part, r.team, k.cust(r.Cust)} })
	b.key("subsession_id", func(*driverRow) int64 { return subsession })
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

func splitBulk(res *iracing.Result) *bulk[splitRow] {
	var list []splitRow
	for i, s := range res.Splits {
		if res.Session > 0 && s.Subsession > 0 {
			list = append(list, splitRow{s, i + 1})
		}
	}
	b := into("splits", list, func(s *splitRow) int64 { return s.Subsession })
	b.key("session_id", func(*splitRow) int64 { return res.Session })
	b.key("subsession_id", func(s *splitRow) int64 { return s.Subsession })
	b.count("split", func(s *splitRow) int { return s.number })
	b.number("sof", func(s *splitRow) float64 { return s.SoF })
	return b
}

type splitRow struct {
	iracing.Split
	number int
}
