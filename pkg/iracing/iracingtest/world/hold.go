package world

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// favourite is a member who may be found in a series.
type favourite struct {
	member *Member
	weight float64
}

// candidate is a member who would take part; the smallest keys do.
type candidate struct {
	member *Member
	key    float64
}

// pool are the members who may be found in a series.
func (w *World) pool(s *Series) []favourite {
	if pool, ok := w.pools[s]; ok {
		return pool
	}
	var pool []favourite
	r := w.rng(rngField, int64(s.ID))
	for _, m := range w.members[1:] {
		fancy := m.fancy[s.Category]
		if s.legacy {
			fancy = math.Max(fancy, 0.3*m.fancy[Road])
		}
		// Some turn up week after week and most hardly ever.
		weight := fancy * (0.05 + math.Pow(r.Float64(), 3))
		if s.Group > 1 && m.skill[s.Category] < 550+220*float64(s.Group) || s.Group == 1 && m.skill[s.Category] > 2600 {
			weight = 0
		}
		if weight > 0.02 {
			pool = append(pool, favourite{m, weight})
		}
	}
	w.pools[s] = pool
	return pool
}

// field draws the members of a start.
func (w *World) field(st *start, want int, r *rand.Rand) []*Member {
	w.keys = w.keys[:0]
	for _, f := range w.pool(st.season.Series) {
		key := r.ExpFloat64() / f.weight
		if f.member.busy.After(st.at) || f.member.Since.After(st.at) {
			continue
		}
		w.keys = append(w.keys, candidate{f.member, key})
	}
	slices.SortFunc(w.keys, func(a, b candidate) int { return cmp.Compare(a.key, b.key) })
	var field []*Member
	if st.own && !w.Me.busy.After(st.at) {
		field = append(field, w.Me)
	}
	for _, k := range w.keys {
		if len(field) >= want {
			break
		}
		field = append(field, k.member)
	}
	return field
}

// hold holds a session: it draws who comes, splits them by strength and drives each split.
func (w *World) hold(st *start) {
	w.session++
	r := w.rng(rngField, w.session)
	switch {
	case st.hosted != nil:
		w.holdHosted(st)
	case st.event == TimeTrial:
		w.holdTrial(st, r)
	case st.event == Practice:
		w.holdPractice(st, r)
	case st.season.Series.Team:
		w.holdTeams(st, r)
	default:
		w.holdRace(st, r)
	}
}

// add makes a race known under the next id.
func (w *World) add(r *Race) {
	w.nextID += 1 + int64(mix(uint64(w.nextID))%3)
	r.ID = w.nextID
	w.races = append(w.races, r)
}

func (w *World) newRace(st *start) *Race {
	q := st.season.Quarter
	n := weekOf(st.at)
	return &Race{
		Session: w.session, Season: st.season, Week: n, Event: st.event, Start: st.at, Track: st.season.Tracks[n],
		Category: st.season.Series.CategoryAt(q), SoF: -1, Laps: -1, LeadChanges: -1, Cautions: -1, CautionLaps: -1, Average: -1, Best: -1,
	}
}

func (w *World) holdRace(st *start, r *rand.Rand) {
	series := st.season.Series
	category := series.CategoryAt(st.season.Quarter)
	full := 0.65 + 0.5*r.Float64()
	field := w.field(st, min(st.splits*series.Field, int(math.Ceil(float64(st.splits*series.Field)*full))), r)
	if len(field) < 5 {
		return
	}
	slices.SortStableFunc(field, func(a, b *Member) int { return cmp.Compare(b.licence[category].IRating, a.licence[category].IRating) })
	splits := (len(field) + series.Field - 1) / series.Field
	var races []*Race
	for i := range splits {
		race := w.newRace(st)
		from, to := i*len(field)/splits, (i+1)*len(field)/splits
		race.Entries = make([]Entry, to-from)
		for j, m := range field[from:to] {
			race.Entries[j] = Entry{
				Member: m, Car: w.carOf(m, series), Number: int16(j + 1), Before: m.licence[category], Division: m.band[category],
			}
		}
		w.add(race)
		races = append(races, race)
	}
	for _, race := range races {
		race.Splits = races
		w.drive(race)
		w.settle(race)
		w.note(race)
	}
}

// carOf is the car a member drives in a series.
func (w *World) carOf(m *Member, s *Series) *Car {
	h := mix(m.style ^ uint64(s.ID))
	class := s.Classes[int(h%uint64(len(s.Classes)))]
	if len(s.Classes) == 3 && m == w.Me {
		class = s.Classes[2]
	}
	return class.Cars[int(h>>20%uint64(len(class.Cars)))]
}

// drive drives qualifying and the race.
func (w *World) drive(race *Race) {
	race.grid(w)
	w.sim.run(w, race)
	w.sim.result(race)
	race.End = race.Start.Add(race.PracticeLength() + race.QualifyLength() + clockTime(w.sim.finish) + 90*time.Second).Truncate(time.Second)
	race.measure()
}

// clockTime is a session clock as a duration.
func clockTime(clock int64) time.Duration { return time.Duration(clock) * 100 * time.Microsecond }

// measure works out the strengths of the field and of its classes.
func (r *Race) measure() {
	var all []float64
	ratings := map[*Class][]float64{}
	var order []*Class
	for i := range r.Entries {
		e := &r.Entries[i]
		rating := float64(e.Before.IRating)
		if e.Team != nil {
			rating = e.strength()
		}
		all = append(all, rating)
		class := e.Car.Class
		if ratings[class] == nil {
			order = append(order, class)
		}
		ratings[class] = append(ratings[class], rating)
	}
	r.SoF = int(StrengthOfField(all))
	slices.SortStableFunc(order, func(a, b *Class) int { return cmp.Compare(b.Speed, a.Speed) })
	for _, class := range order {
		r.Fields = append(r.Fields, Field{Class: class, SoF: int(StrengthOfField(ratings[class])), Cars: len(ratings[class])})
	}
}

// strength is the rating of a team: the mean of its drivers'.
func (e *Entry) strength() float64 {
	sum := 0.0
	for _, d := range e.Drivers {
		sum += float64(d.Before.IRating)
	}
	return sum / float64(len(e.Drivers))
}

// settle changes ratings and hands out points by the result.
func (w *World) settle(race *Race) {
	for _, field := range race.Fields {
		var rows []*Entry
		var ratings []float64
		var started []bool
		for i := range race.Entries {
			e := &race.Entries[i]
			if e.Car.Class != field.Class {
				continue
			}
			rating := float64(e.Before.IRating)
			if e.Team != nil {
				rating = e.strength()
			}
			rows, ratings, started = append(rows, e), append(ratings, rating), append(started, e.Started())
		}
		changes := RatingChanges(ratings, started)
		for i, e := range rows {
			if e.Started() {
				e.Points = int16(points(field.SoF, field.Cars, int(e.PlaceInClass)))
			}
			if e.Team != nil {
				w.settleTeam(race, e, changes[i])
				continue
			}
			l := e.Before.drive(float64(int(e.Laps)*race.Track.Corners), float64(e.Incidents))
			l.IRating = max(1, l.IRating+int32(math.Round(changes[i])))
			l.Races++
			e.After = l
			e.Member.move(race, l)
		}
	}
}

// settleTeam shares the change of a team's rating among those who drove, by their laps.
func (w *World) settleTeam(race *Race, e *Entry, change float64) {
	for i := range e.Drivers {
		d := &e.Drivers[i]
		d.After = d.Before
		if d.Laps == 0 && d.Incidents == 0 {
			continue
		}
		l := d.Before.drive(float64(int(d.Laps)*race.Track.Corners), float64(d.Incidents))
		l.IRating = max(1, l.IRating+int32(math.Round(change*float64(d.Laps)/math.Max(1, float64(e.Laps)))))
		l.Races++
		d.After = l
		d.Member.move(race, l)
	}
}

// note tells the members what they have taken part in.
func (w *World) note(race *Race) {
	for i := range race.Entries {
		e := &race.Entries[i]
		if e.Team == nil {
			e.Member.starts = append(e.Member.starts, Start{race, i, -1})
			e.Member.busy = race.End.Add(2 * time.Minute)
		}
		for j := range e.Drivers {
			m := e.Drivers[j].Member
			m.starts = append(m.starts, Start{race, i, j})
			m.busy = race.End.Add(2 * time.Minute)
		}
	}
}

// holdTeams holds a race of teams: all of them come that are free, in one or two splits.
func (w *World) holdTeams(st *start, r *rand.Rand) {
	series := st.season.Series
	category := series.CategoryAt(st.season.Quarter)
	var field []*Team
	for i, t := range w.teams {
		free := i == 0 == st.own || i > 0
		for _, m := range t.Drivers {
			free = free && !m.busy.After(st.at) && !m.Since.After(st.at)
		}
		if free && (i == 0 || r.IntN(10) < 8) {
			field = append(field, t)
		}
	}
	if len(field) < 5 {
		return
	}
	race := w.newRace(st)
	race.Entries = make([]Entry, len(field))
	for i, t := range field {
		class := series.Classes[t.Car%len(series.Classes)]
		e := &race.Entries[i]
		*e = Entry{Team: t, Car: class.Cars[t.Car%len(class.Cars)], Division: -1}
		for _, m := range t.Drivers {
			e.Drivers = append(e.Drivers, Drive{Member: m, Before: m.licence[category], Division: m.band[category]})
		}
	}
	slices.SortStableFunc(race.Entries, func(a, b Entry) int { return cmp.Compare(b.strength(), a.strength()) })
	for i := range race.Entries {
		race.Entries[i].Number = int16(i + 1)
	}
	w.add(race)
	race.Splits = []*Race{race}
	w.drive(race)
	w.settle(race)
	w.note(race)
}
