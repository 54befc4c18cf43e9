package world

import (
	"slices"
	"sort"
	"time"
)

// View is the world as it is at a moment.
type View struct {
	*World
	Now time.Time
}

// processing is how long after a race its result is there.
const processing = 2 * time.Minute

// Over tells that a race has ended and its result is there.
func (v *View) Over(r *Race) bool { return !r.End.Add(processing).After(v.Now) }

// Live tells that a race is going on.
func (v *View) Live(r *Race) bool { return !r.Start.After(v.Now) && r.End.After(v.Now) }

// Races are all races whose results are there, by id.
func (v *View) Races(keep func(r *Race) bool) []*Race {
	var list []*Race
	for _, r := range v.races {
		if r.Start.After(v.Now) {
			break
		}
		if v.Over(r) && keep(r) {
			list = append(list, r)
		}
	}
	return list
}

// Running are the sessions that are going on.
func (v *View) Running() []*Race {
	// No session lasts longer than half a day.
	from := sort.Search(len(v.races), func(i int) bool { return v.races[i].Start.After(v.Now.Add(-12 * time.Hour)) })
	var list []*Race
	for _, r := range v.races[from:] {
		if r.Start.After(v.Now) {
			break
		}
		if v.Live(r) {
			list = append(list, r)
		}
	}
	return list
}

// Coming are the sessions that start between two moments.
func (v *View) Coming(from, to time.Time) []*Race {
	a := sort.Search(len(v.races), func(i int) bool { return !v.races[i].Start.Before(from) })
	b := sort.Search(len(v.races), func(i int) bool { return !v.races[i].Start.Before(to) })
	return v.races[a:max(a, b)]
}

// Race finds a race by its id; nil when there is none yet. It may still be going on.
func (v *View) Race(id int64) *Race {
	i := sort.Search(len(v.races), func(i int) bool { return v.races[i].ID >= id })
	if i == len(v.races) || v.races[i].ID != id || v.races[i].Start.After(v.Now) {
		return nil
	}
	return v.races[i]
}

// Member finds a member; nil when there is none.
func (v *View) Member(id int64) *Member {
	m := v.byMember[id]
	if m == nil || m.Since.After(v.Now) {
		return nil
	}
	return m
}

// Members are all members, the own account first.
func (v *View) Members() []*Member {
	return slices.DeleteFunc(slices.Clone(v.members), func(m *Member) bool { return m.Since.After(v.Now) })
}

// Team finds a team by its id, which is negative; nil when there is none.
func (v *View) Team(id int64) *Team {
	for _, t := range v.teams {
		if t.ID == id {
			return t
		}
	}
	return nil
}

// Teams are all teams.
func (v *View) Teams() []*Team { return v.teams }

// Leagues are all leagues.
func (v *View) Leagues() []*League { return v.leagues }

// League finds a league; nil when there is none.
func (v *View) League(id int64) *League {
	for _, l := range v.leagues {
		if l.ID == id {
			return l
		}
	}
	return nil
}

// Seasons are the seasons of a quarter, in the order of the table of series.
func (v *View) Seasons(q Quarter) []*Season { return v.seasonsOf(q) }

// Season finds a season; nil when there is none.
func (v *View) Season(id int64) *Season {
	for _, s := range v.seasons {
		if s.ID == id {
			return s
		}
	}
	return nil
}

// First is the quarter that the world begins with.
func (v *View) First() Quarter { return QuarterOf(v.begin) }

// Starts are the sessions a member has taken part in and whose results are there, in order of time.
func (v *View) Starts(m *Member, keep func(s Start) bool) []Start {
	var list []Start
	for _, s := range m.starts {
		if v.Over(s.Race) && (keep == nil || keep(s)) {
			list = append(list, s)
		}
	}
	return list
}

// Official tells a race that counts for ratings and statistics.
func (s Start) Official() bool { return s.Race.Event == RaceEvent && s.Race.Season != nil }

// Licence is a member's licence in a category; it is nil for a category the member has none in.
func (v *View) Licence(m *Member, category int) *Licence { return m.licenceAt(category, v.Now) }

func (m *Member) licenceAt(category int, at time.Time) *Licence {
	points := m.points[category]
	// Points are in order of the starts of their races, and a member drives one at a time.
	i := sort.Search(len(points), func(i int) bool { return points[i].At.After(at) })
	if i == 0 {
		return nil
	}
	l := points[i-1].Licence
	return &l
}

// LicenceAt is a member's licence at some moment.
func (v *View) LicenceAt(m *Member, category int, at time.Time) *Licence {
	if at.After(v.Now) {
		at = v.Now
	}
	return m.licenceAt(category, at)
}

// History are the moments at which a member's licence in a category changed.
func (v *View) History(m *Member, category int) []Point {
	points := m.points[category]
	i := sort.Search(len(points), func(i int) bool { return points[i].At.After(v.Now) })
	return points[:i]
}

// Laps are the laps of the entries of a simsession, by the entries' order: 0 the race, -1 qualifying, -2 practice.
func (v *View) Laps(r *Race, simsession int) map[*Entry][]Lap {
	laps := map[*Entry][]Lap{}
	var runs [][]Lap
	switch {
	case r.Event == TimeTrial && simsession == 0:
		runs = v.trial(r)
	case r.Event == Practice && simsession == 0:
		runs = v.practice(r)
	case r.Event != RaceEvent:
	case simsession == -1:
		runs = v.qualifying(r)
	case simsession == -2:
		runs = v.practice(r)
	case simsession == 0:
		s := &simulation{}
		s.run(v.World, r)
		for i := range s.cars {
			laps[s.cars[i].entry] = s.cars[i].laps
		}
		return laps
	}
	for i, e := range r.byNumber() {
		if i < len(runs) {
			laps[e] = runs[i]
		}
	}
	return laps
}

// Events is the event log of the race.
func (v *View) Events(r *Race) []Event {
	if r.Event != RaceEvent {
		return nil
	}
	s := &simulation{}
	s.run(v.World, r)
	return s.events
}
