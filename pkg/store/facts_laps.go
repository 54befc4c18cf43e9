package store

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis/race"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// lapRow is one lap with what is worked out about it.
type lapRow struct {
	iracing.Lap
	took, at, gap float64 // s
	clean         bool

	place    int // in class
	classGap float64
}

// lapRows are the laps of a part, with crossing times that are in step, gaps to the leader and whether they are clean: what
// the plugin shows of them.
func lapRows(c *race.Chart) []lapRow {
	var rows []lapRow
	for i := range c.Cars {
		car := &c.Cars[i]
		gaps, clean := c.ToLeader(car), race.CleanLaps(car.Laps)
		for j := range car.Laps {
			l := &car.Laps[j]
			row := lapRow{Lap: *l, at: car.At(l.Lap), gap: gaps[l.Lap], took: l.Time, clean: clean[j] && l.Lap > 0, classGap: nan}
			if l.Lap > 0 {
				row.took = car.Took(l)
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// rankIn works out positions and gaps within car classes.
func rankIn(c *race.Chart, rows []lapRow, classes map[int64]int64) {
	type key struct {
		id  int64
		lap int
	}
	at := make(map[key]*lapRow, len(rows))
	for i := range rows {
		at[key{rows[i].ID, rows[i].Lap.Lap}] = &rows[i]
	}
	seen := map[int64]bool{}
	for i := range c.Cars {
		class, ok := classes[c.Cars[i].ID]
		if !ok || seen[class] {
			continue // it is not in the result, or its class had its turn
		}
		seen[class] = true
		only := c.Only(func(id int64) bool { of, ok := classes[id]; return ok && of == class })
		for j := range only.Cars {
			car := &only.Cars[j]
			gaps := only.ToLeader(car)
			for _, l := range car.Laps {
				row := at[key{car.ID, l.Lap}]
				row.place, row.classGap = car.Position(l.Lap), gaps[l.Lap]
			}
		}
	}
}

func lapNames(laps []iracing.Lap, at time.Time) *names {
	n := newNames(at)
	for i := range laps {
		l := &laps[i]
		n.entrant(l.ID, l.Name)
		n.driver(l.Cust, l.Driver)
	}
	return n
}

// stub makes the row of a subsession of which nothing else is known yet.
func stub(k *keeping, subsession int64) {
	k.do("", "insert into iracing.subsessions (subsession_id) values ($1) on conflict do nothing", subsession)
}

// readLapChart reads the laps of all cars. They are of whoever was driving then, but nothing in them tells when that was, so
// names that come from elsewhere hold against theirs.
func readLapChart(ctx context.Context, api iracing.API, r iracing.Request, _ time.Time) (*facts, error) {
	subsession, part := param(r, "subsession_id"), param(r, "simsession_number")
	laps, err := api.LapChart(ctx, subsession, int(part))
	if err != nil {
		return nil, err
	}
	c := race.NewChart(laps)
	rows := lapRows(c)
	slices.SortStableFunc(rows, func(a, b lapRow) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Lap.Lap, b.Lap.Lap))
	})
	return &facts{names: lapNames(laps, time.Time{}), lock: lockOf(subsession), read: func(ctx context.Context, tx pgx.Tx, k *keeping) error {
		classes, err := classesOf(ctx, tx, subsession, part)
		if err != nil {
			return err
		}
		for id := range k.stand {
			if class, ok := classes[k.entrant(id)]; ok {
				classes[id] = class
			}
		}
		rankIn(c, rows, classes)
		stub(k, subsession)
		k.put("lap_charts", chartBulk(subsession, part, c))
		k.put("lap_cars", carBulk(subsession, part, rows, k, true))
		var there bool
		if err := tx.QueryRow(ctx, "select exists (select from iracing.laps where subsession_id = $1 and part = $2)", subsession, part).Scan(&there); err != nil {
			return err
		}
		if !there { // as nearly always: copying is the quickest way
			return copyAll(ctx, tx, k, lapBulk(subsession, part, rows, k), "subsession_id = $1 and part = $2", subsession, part)
		}
		entrants, numbers := make([]int64, len(rows)), make([]int64, len(rows))
		for i := range rows {
			entrants[i], numbers[i] = k.entrant(rows[i].ID), int64(rows[i].Lap.Lap)
		}
		k.do("laps", `
			delete from iracing.laps where subsession_id = $1 and part = $2
			and (entrant_id, lap) not in (select * from unnest($3::bigint[], $4::bigint[]))`, subsession, part, entrants, numbers)
		k.do("lap_cars", "delete from iracing.lap_cars where subsession_id = $1 and part = $2 and entrant_id <> all($3::bigint[])", subsession, part, entrants)
		k.put("laps", lapBulk(subsession, part, rows, k))
		return nil
	}}, nil
}

// classesOf are the car classes of the cars of a part, as far as its result is there. In hosted sessions that is 0 for all.
func classesOf(ctx context.Context, tx pgx.Tx, subsession, part int64) (map[int64]int64, error) {
	rows, err := tx.Query(ctx, "select entrant_id, coalesce(car_class_id, 0) from iracing.results where subsession_id = $1 and part = $2", subsession, part)
	if err != nil {
		return nil, err
	}
	classes := map[int64]int64{}
	var entrant, class int64
	_, err = pgx.ForEachRow(rows, []any{&entrant, &class}, func() error {
		classes[entrant] = class
		return nil
	})
	return classes, err
}

func chartBulk(subsession, part int64, c *race.Chart) *bulk[*race.Chart] {
	last := nan
	for i := range c.Cars {
		for _, l := range c.Cars[i].Laps {
			if t := c.Cars[i].At(l.Lap); !(last >= t) && !math.IsNaN(t) {
				last = t
			}
		}
	}
	b := into("lap_charts", []*race.Chart{c}, func(**race.Chart) int { return 0 })
	b.key("subsession_id", func(**race.Chart) int64 { return subsession })
	b.key("part", func(**race.Chart) int64 { return part })
	b.count("cars", func(c **race.Chart) int { return len((*c).Cars) })
	b.count("last_lap", func(c **race.Chart) int { return (*c).Last })
	b.number("start_seconds", func(c **race.Chart) float64 { return (*c).Start })
	b.number("end_seconds", func(**race.Chart) float64 { return last })
	return b
}

// carBulk are the cars that laps are of.
func carBulk(subsession, part int64, rows []lapRow, k *keeping, charted bool) *bulk[lapRow] {
	b := into("lap_cars", rows, func(l *lapRow) int64 { return k.entrant(l.ID) })
	b.key("subsession_id", func(*lapRow) int64 { return subsession })
	b.key("part", func(*lapRow) int64 { return part })
	b.key("entrant_id", func(l *lapRow) int64 { return k.entrant(l.ID) })
	b.id("cust_id", func(l *lapRow) int64 { return max(k.entrant(l.ID), 0) })
	b.id("team_id", func(l *lapRow) int64 { return min(l.ID, 0) })
	b.word("car_number", func(l *lapRow) string { return l.Number })
	b.flag("charted", func(*lapRow) bool { return charted })
	return b
}

// driverOf is who drove a lap of a team; 0 for who drives alone.
func driverOf(l *lapRow, k *keeping) int64 {
	if l.ID > 0 {
		return 0
	}
	return k.cust(l.Cust)
}

func orNull(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}

func numberOrNull(v float64) any {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return v
}

func lapBulk(subsession, part int64, rows []lapRow, k *keeping) *bulk[lapRow] {
	type key struct {
		id  int64
		lap int
	}
	b := into("laps", rows, func(l *lapRow) key { return key{k.entrant(l.ID), l.Lap.Lap} })
	b.key("subsession_id", func(*lapRow) int64 { return subsession })
	b.key("part", func(*lapRow) int64 { return part })
	b.key("entrant_id", func(l *lapRow) int64 { return k.entrant(l.ID) })
	b.key("lap", func(l *lapRow) int64 { return int64(l.Lap.Lap) })
	b.id("driver_id", func(l *lapRow) int64 { return driverOf(l, k) })
	b.number("time_seconds", func(l *lapRow) float64 { return l.Time })
	b.number("took_seconds", func(l *lapRow) float64 { return l.took })
	b.number("at_seconds", func(l *lapRow) float64 { return l.at })
	b.place("position", func(l *lapRow) int { return l.Position })
	b.place("class_position", func(l *lapRow) int { return l.place })
	b.number("gap_seconds", func(l *lapRow) float64 { return l.gap })
	b.number("class_gap_seconds", func(l *lapRow) float64 { return l.classGap })
	b.place("laps_down", func(l *lapRow) int { return l.LapsDown })
	b.count("flags", func(l *lapRow) int { return int(int32(l.Flags)) })
	b.flag("clean", func(l *lapRow) bool { return l.clean })
	b.flag("incident", func(l *lapRow) bool { return l.Incident })
	b.flag("best", func(l *lapRow) bool { return l.Best })
	b.flag("fastest", func(l *lapRow) bool { return l.Fastest })
	return b
}

// readLapData reads the laps of one car. The chart of all cars knows more of them and holds against these.
func readLapData(ctx context.Context, api iracing.API, r iracing.Request, _ time.Time) (*facts, error) {
	subsession, part := param(r, "subsession_id"), param(r, "simsession_number")
	laps, err := api.LapData(ctx, subsession, int(part), cmp.Or(param(r, "team_id"), param(r, "cust_id")))
	if err != nil {
		return nil, err
	}
	rows := lapRows(race.NewChart(laps))
	for i := range rows {
		rows[i].gap = nan // there is nobody to compare with
	}
	return &facts{names: lapNames(laps, time.Time{}), lock: lockOf(subsession), read: func(ctx context.Context, tx pgx.Tx, k *keeping) error {
		var charted bool
		err := tx.QueryRow(ctx, "select exists (select from iracing.lap_charts where subsession_id = $1 and part = $2)", subsession, part).Scan(&charted)
		if err != nil || charted {
			return err
		}
		stub(k, subsession)
		k.put("lap_cars", carBulk(subsession, part, rows, k, false))
		k.put("laps", lapBulk(subsession, part, rows, k))
		return nil
	}}, nil
}

// rankLaps works out the places and gaps within car classes of laps that were kept before the result that tells the classes.
// It does what rankIn does.
func rankLaps(k *keeping, subsession int64) {
	k.do("laps", `
		with ranked as (
			select l.part, l.entrant_id, l.lap,
				case when l.position is not null then row_number() over (partition by l.part, r.car_class_id, l.lap, l.position is null order by l.position, l.entrant_id) end as place,
				case when l.lap > 0 then l.at_seconds - min(l.at_seconds) over (partition by l.part, r.car_class_id, l.lap) end as gap
			from iracing.laps l
			join iracing.lap_charts c using (subsession_id, part)
			join iracing.results r using (subsession_id, part, entrant_id)
			where l.subsession_id = $1
		)
		update iracing.laps l set class_position = ranked.place, class_gap_seconds = ranked.gap
		from ranked
		where l.subsession_id = $1 and l.part = ranked.part and l.entrant_id = ranked.entrant_id and l.lap = ranked.lap
		and (l.class_position, l.class_gap_seconds) is distinct from (ranked.place, ranked.gap)`, subsession)
}

// readEventLog reads what happened in a part.
func readEventLog(ctx context.Context, api iracing.API, r iracing.Request, _ time.Time) (*facts, error) {
	subsession, part := param(r, "subsession_id"), param(r, "simsession_number")
	events, err := api.EventLog(ctx, subsession, int(part))
	if err != nil {
		return nil, err
	}
	n := newNames(time.Time{})
	who := map[int64]string{}
	for i := range events {
		e := &events[i]
		n.entrant(e.ID, e.Name)
		n.driver(e.Cust, "")
		who[e.ID] = e.Name
	}
	return &facts{names: n, lock: lockOf(subsession), write: func(k *keeping) {
		stub(k, subsession)
		b := into("events", events, func(e *iracing.Event) int64 { return e.Seq })
		b.key("subsession_id", func(*iracing.Event) int64 { return subsession })
		b.key("part", func(*iracing.Event) int64 { return part })
		b.key("seq", func(e *iracing.Event) int64 { return e.Seq })
		b.count("code", func(e *iracing.Event) int { return int(e.Code) })
		b.number("at_seconds", func(e *iracing.Event) float64 { return e.At })
		b.place("lap", func(e *iracing.Event) int { return e.Lap })
		b.id("cust_id", func(e *iracing.Event) int64 { return k.cust(cmp.Or(max(e.Cust, 0), max(e.ID, 0))) })
		b.id("team_id", func(e *iracing.Event) int64 { return min(e.ID, 0) })
		b.text("about", func(e *iracing.Event) string { return tidy(e.About) })
		b.text("message", func(e *iracing.Event) string { return k.hide(e.Message, who) })
		k.put("events", b)
	}}, nil
}
