package world

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// start is a session that is to be held: all splits of it.
type start struct {
	at     time.Time
	season *Season
	hosted *Hosted
	event  int
	own    bool // the own driver takes part
	splits int
}

// openQuarter makes what begins with a quarter: its seasons, the members' divisions, the leagues' seasons.
func (w *World) openQuarter(q Quarter) {
	if q.index() == splitQuarter || q.index() > splitQuarter && w.begin.Equal(q.Start()) {
		for _, m := range w.members {
			m.split(q.Start())
		}
	}
	for ; len(w.seasons) == 0 || w.seasons[len(w.seasons)-1].Quarter.index() <= q.index(); w.addSeasons() {
	}
	for _, m := range w.members {
		for category := range m.band {
			m.band[category] = division(m.licence[category])
		}
	}
	w.openLeagues(q)
}

// addSeasons makes the seasons of the next quarter; the calendar is known a quarter ahead.
func (w *World) addSeasons() {
	q := QuarterOf(w.begin)
	if n := len(w.seasons); n > 0 {
		q = w.seasons[n-1].Quarter.Add(1)
	}
	for i, series := range w.Series {
		s := &Season{ID: int64(6000 + 20*q.index() + i), Series: series, Quarter: q}
		r := w.rng(rngSeason, s.ID)
		var order []*Track
		for n := range s.Tracks {
			if len(order) == 0 {
				order = append(order, series.Tracks...)
				r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
				if n > 0 && order[0] == s.Tracks[n-1] && len(order) > 1 {
					order[0], order[1] = order[1], order[0]
				}
			}
			s.Tracks[n], order = order[0], order[1:]
		}
		w.seasons = append(w.seasons, s)
	}
}

// seasonsOf are the seasons of a quarter, in the order of the table of series.
func (w *World) seasonsOf(q Quarter) []*Season {
	if len(w.seasons) == 0 {
		return nil
	}
	from := (q.index() - w.seasons[0].Quarter.index()) * len(w.Series)
	if from < 0 || from+len(w.Series) > len(w.seasons) {
		return nil
	}
	return w.seasons[from : from+len(w.Series)]
}

// Slots are the moments at which a series starts a session on a day.
func (s *Series) Slots(date time.Time) []time.Time {
	var slots []time.Time
	for minute := s.First; minute < 24*60; minute += s.Repeat {
		if s.Team && date.Weekday() != time.Saturday {
			break
		}
		slots = append(slots, date.Add(time.Duration(minute)*time.Minute))
	}
	return slots
}

// plan is what is held on a day.
func (w *World) plan(date time.Time) []start {
	q, n := QuarterOf(date), weekOf(date)
	var plan []start
	if n < Weeks {
		monday := q.Week(n)
		weekday := int(date.Sub(monday) / day)
		r := w.rng(rngWeek, monday.Unix())
		recent := !date.Before(w.busy)
		for _, season := range w.seasonsOf(q) {
			plan = append(plan, w.weekOf(season, r, date, weekday, recent)...)
		}
		plan = w.addOwn(plan, q, n, date, weekday)
		if !date.Before(w.dense) {
			plan = w.addDense(plan, q, date)
		}
	}
	for i := range plan {
		plan[i].splits = max(1, plan[i].splits)
	}
	return append(plan, w.planHosted(date)...)
}

// weekOf is what a season holds on a day of a week by itself. It draws the whole week, so that each day of it comes out
// of the same numbers.
func (w *World) weekOf(season *Season, r *rand.Rand, date time.Time, weekday int, recent bool) []start {
	var plan []start
	mean := 0.85 * season.Series.Popular
	if !recent {
		if mean = 0.12 * season.Series.Popular; w.small {
			mean /= 3
		}
	}
	count := int(mean + r.Float64())
	if season.Series.Team {
		count = 0
		if recent && r.IntN(10) < 7 {
			count = 1
		}
	}
	for range count {
		on, slot, splits := r.IntN(7), r.Float64(), 1+r.IntN(4)/3
		if season.Series.Team {
			on = 4 // Saturday
		}
		if slots := season.Series.Slots(date); on == weekday && len(slots) > 0 {
			plan = append(plan, start{at: slots[evening(slot, len(slots))], season: season, event: RaceEvent, splits: splits})
		}
	}
	if on, slot, held := r.IntN(7), r.Float64(), r.IntN(10); recent && on == weekday && held < 4 && !season.Series.Team {
		at := date.Add(time.Duration(6*60+slot*17*60) * time.Minute)
		plan = append(plan, start{at: at, season: season, event: TimeTrial, own: held == 0 && w.likes(season)})
	}
	if on, slot, held := r.IntN(7), r.Float64(), r.IntN(10); recent && on == weekday && held < 2 && !season.Series.Team {
		at := date.Add(time.Duration(9*60+slot*13*60) * time.Minute).Add(time.Duration(slot*40) * time.Second)
		plan = append(plan, start{at: at, season: season, event: Practice, own: held == 0 && w.likes(season)})
	}
	return plan
}

// evening picks one of n slots of a day: most race in the evening.
func evening(u float64, n int) int {
	u = math.Sqrt(u) // towards the end of the day
	return min(n-1, int(u*float64(n)*0.96))
}

// likes tells a series in which the own driver is at home.
func (w *World) likes(s *Season) bool {
	return s.Series.ID == 603 || s.Series.ID == 604 || s.Series.ID == 609 || s.Series.ID == 612
}

// addOwn adds the own driver's races of a day.
func (w *World) addOwn(plan []start, q Quarter, n int, date time.Time, weekday int) []start {
	r := w.rng(rngWeek, date.Add(-time.Duration(weekday)*day).Unix(), w.Me.ID)
	rate := 0.5
	if w.small {
		rate = 0
	}
	if !date.Before(w.regular) {
		rate = w.weekly / 0.84 // there are weeks without
	}
	count := int(math.Max(0, math.Round(rate+0.9*r.NormFloat64())))
	if r.IntN(100) < 16 || rate == 0 {
		count = 0
	}
	experience := date.Sub(w.Me.Since)
	for range count {
		on, slot, splits := r.IntN(7), r.Float64(), 2+r.IntN(3)
		id := w.ownSeries(r, experience)
		if on != weekday || experience < 0 {
			continue
		}
		for _, season := range w.seasonsOf(q) {
			if slots := season.Series.Slots(date); season.Series.ID == id && len(slots) > 0 {
				plan = book(plan, start{at: slots[evening(0.4+0.6*slot, len(slots))], season: season, event: RaceEvent, own: true, splits: splits})
			}
		}
	}
	// The own team meets for an endurance race every fourth week.
	if n%4 == 2 && date.Weekday() == time.Saturday && !date.Before(w.regular) {
		for _, season := range w.seasonsOf(q) {
			if slots := season.Series.Slots(date); season.Series.Team && len(slots) > 0 {
				plan = book(plan, start{at: slots[0], season: season, event: RaceEvent, own: true, splits: 1})
			}
		}
	}
	return plan
}

// ownSeries is the series of one of the own driver's races: the rookie ones first.
func (w *World) ownSeries(r *rand.Rand, experience time.Duration) int {
	u := r.Float64()
	rookie, novice := experience < 100*day, experience < 320*day
	switch {
	case u < 0.6:
		switch v := r.Float64(); {
		case rookie:
			return 601
		case novice || v < 0.45:
			return 603
		default:
			return 604
		}
	case u < 0.86:
		if rookie || novice {
			return 608
		}
		return 609
	case rookie:
		return 611
	}
	return 612
}

// book adds a start, or makes one that is there already one with the own driver in it.
func book(plan []start, s start) []start {
	for i := range plan {
		if plan[i].season == s.season && plan[i].at.Equal(s.at) && plan[i].event == s.event {
			plan[i].own = true
			plan[i].splits = max(plan[i].splits, s.splits)
			return plan
		}
	}
	return append(plan, s)
}

// addDense fills the days around now, so that there is always a race going on.
func (w *World) addDense(plan []start, q Quarter, date time.Time) []start {
	for _, season := range w.seasonsOf(q) {
		slots := season.Series.Slots(date)
		r := w.rng(rngDay, date.Unix(), season.ID)
		for _, at := range slots {
			if r.Float64()*float64(len(slots)) < 4.5*season.Series.Popular {
				plan = book(plan, start{at: at, season: season, event: RaceEvent, splits: 1 + r.IntN(3)/2})
			}
		}
		if !season.Series.Team {
			at := date.Add(time.Duration(r.IntN(24*3600)) * time.Second)
			plan = append(plan, start{at: at, season: season, event: Practice})
		}
	}
	// No half an hour is without a race.
	const window = 30 * time.Minute
	r := w.rng(rngDay, date.Unix(), -2)
	for from := date; from.Before(date.Add(day)); from = from.Add(window) {
		in := func(at time.Time) bool { return !at.Before(from) && at.Before(from.Add(window)) }
		if slices.ContainsFunc(plan, func(s start) bool { return s.event == RaceEvent && in(s.at) }) {
			continue
		}
		var choice []start
		for _, season := range w.seasonsOf(q) {
			for _, at := range season.Series.Slots(date) {
				if in(at) && !season.Series.Team {
					choice = append(choice, start{at: at, season: season, event: RaceEvent})
				}
			}
		}
		if len(choice) > 0 {
			plan = append(plan, choice[r.IntN(len(choice))])
		}
	}
	return plan
}
