package world

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"time"
)

// Hosted is a session that a member or a league has set up.
type Hosted struct {
	PrivateID int64
	Name      string
	Host      *Member
	Created   time.Time
	At        time.Time
	Track     *Track
	Car       *Car
	Practice  int // minutes
	Qualify   int
	Laps      int // of the race; 0 where minutes end it
	Minutes   int
	Password  bool
	Fixed     bool
	League    *LeagueSeason // nil for a session of no league
	Race      *Race         // what has come of it; nil when nobody came
	drivers   []*Member
}

// League is a league of members.
type League struct {
	ID      int64
	Name    string
	About   string
	Owner   *Member
	Created time.Time
	Roster  []LeagueMember
	Seasons []*LeagueSeason
	Private bool // only its members see its results
	Open    bool // takes new members
	car     *Car
	weekday time.Weekday
	hour    int
}

// LeagueMember is a member of a league.
type LeagueMember struct {
	Member *Member
	Since  time.Time
	Admin  bool
	Number string
}

// Member finds a member of the league; nil when it is none of its.
func (l *League) Member(m *Member) *LeagueMember {
	for i := range l.Roster {
		if l.Roster[i].Member == m {
			return &l.Roster[i]
		}
	}
	return nil
}

// LeagueSeason is a season of a league.
type LeagueSeason struct {
	ID       int64
	League   *League
	Name     string
	Quarter  Quarter
	System   *PointsSystem
	Car      *Car
	Drops    int
	Sessions []*Hosted
}

// Over tells that the season's last race is past.
func (s *LeagueSeason) Over(now time.Time) bool {
	return len(s.Sessions) == 0 || s.Sessions[len(s.Sessions)-1].At.Add(3*time.Hour).Before(now)
}

// PointsSystem says what a place is worth.
type PointsSystem struct {
	ID          int
	Name        string
	Description string
	Points      []int
}

// PointsSystems are the systems that a league can choose from.
var PointsSystems = []PointsSystem{
	{1, "None", "No points are awarded; an administrator assigns them.", nil},
	{4, "Grand Prix", "The first ten are awarded 25, 18, 15, 12, 10, 8, 6, 4, 2 and 1 points.", []int{25, 18, 15, 12, 10, 8, 6, 4, 2, 1}},
	{8, "Club Racing", "The first twenty are awarded points, from 20 down to 1.", []int{20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}},
	{14, "Endurance", "The first eight are awarded 30, 24, 20, 17, 15, 13, 11 and 10 points.", []int{30, 24, 20, 17, 15, 13, 11, 10}},
}

// Award is what a place, from 0, is worth.
func (s *PointsSystem) Award(place int) int {
	if place < 0 || place >= len(s.Points) {
		return 0
	}
	return s.Points[place]
}

var leagueRows = []struct {
	name, about string
	car         int // of the table of cars
	weekday     time.Weekday
	hour        int
	size        int
	own         bool
	private     bool
	open        bool
}{
	{"Sundown GT League", "Wednesday evenings, clean racing, all welcome.", 4, time.Wednesday, 19, 18, true, false, true},
	{"Copperfield Formula Club", "Three seasons a year in small formula cars.", 18, time.Sunday, 19, 14, true, false, false},
	{"Lantern Oval Association", "Stock cars on short tracks.", 22, time.Friday, 20, 16, false, true, false},
	{"Tundra Rally Friends", "Rallycross for fun.", 26, time.Monday, 18, 9, false, false, true},
}

func (w *World) makeLeagues() {
	r := w.rng(rngLeague)
	for i, row := range leagueRows {
		l := &League{
			ID: int64(5200 + 37*i), Name: row.name, About: row.about, Created: w.begin.Add(-time.Duration(100+r.IntN(900)) * day), car: w.Cars[row.car],
			weekday: row.weekday, hour: row.hour, Private: row.private, Open: row.open,
		}
		var pool []*Member
		for _, m := range w.members[1:] {
			if m.fancy[l.car.Category] >= 0.3 && m.Since.Before(w.begin) {
				pool = append(pool, m)
			}
		}
		r.Shuffle(len(pool), func(i, j int) { pool[i], pool[j] = pool[j], pool[i] })
		for j, m := range pool[:min(len(pool), row.size)] {
			l.Roster = append(l.Roster, LeagueMember{Member: m, Since: l.Created.Add(time.Duration(j*r.IntN(9)) * day), Admin: j < 2, Number: strconv.Itoa(2 + j*3)})
		}
		l.Owner = l.Roster[0].Member
		if row.own {
			l.Roster = append(l.Roster, LeagueMember{Member: w.Me, Since: w.Me.Since.Add(30 * day), Number: "07"})
		}
		w.leagues = append(w.leagues, l)
	}
}

// openLeagues makes the leagues' seasons of a quarter.
func (w *World) openLeagues(q Quarter) {
	for i, l := range w.leagues {
		if q.Add(1).Start().Before(w.busy) || i > 1 && q.index() < QuarterOf(w.made).index()-3 {
			continue // the leagues are younger
		}
		r := w.rng(rngLeague, l.ID, int64(q.index()))
		s := &LeagueSeason{
			ID: int64(120000 + 10*(q.index()+40) + i), League: l, Name: fmt.Sprintf("%d Round %d", q.Year, q.Number), Quarter: q,
			System: &PointsSystems[1+i%3], Car: l.car, Drops: 2,
		}
		var tracks []*Track
		for _, series := range w.Series {
			if slices.Contains(series.Classes, l.car.Class) {
				tracks = series.Tracks
			}
		}
		for n := range 12 {
			at := q.Week(n)
			for at.Weekday() != l.weekday {
				at = at.Add(day)
			}
			w.private += 1 + r.Int64N(40)
			h := &Hosted{
				PrivateID: w.private, Name: l.Name + " " + s.Name, Host: l.Owner, At: at.Add(time.Duration(l.hour) * time.Hour), Created: q.Start(),
				Track: tracks[r.IntN(len(tracks))], Car: l.car, Practice: 20, Qualify: 10, Minutes: 30 + 15*(i%2), Password: true, League: s,
			}
			for _, m := range l.Roster {
				if r.IntN(10) < 8 {
					h.drivers = append(h.drivers, m.Member)
				}
			}
			s.Sessions = append(s.Sessions, h)
		}
		l.Seasons = append(l.Seasons, s)
	}
}

// planHosted are the hosted sessions of a day: the leagues' and some others.
func (w *World) planHosted(date time.Time) []start {
	var plan []start
	for _, l := range w.leagues {
		for i := len(l.Seasons) - 1; i >= 0 && i > len(l.Seasons)-3; i-- {
			for _, h := range l.Seasons[i].Sessions {
				if !h.At.Before(date) && h.At.Before(date.Add(day)) {
					plan = append(plan, start{at: h.At, hosted: h, event: RaceEvent})
				}
			}
		}
	}
	r := w.rng(rngDay, date.Unix(), -1)
	count := 0
	if r.IntN(4) == 0 && !date.Before(w.busy) {
		count = 1
	}
	if !date.Before(w.dense) {
		count = 40
	}
	for range count {
		at := date.Add(time.Duration(r.IntN(24*3600)) * time.Second)
		host := w.members[1+r.IntN(len(w.members)-1)]
		series := w.Series[r.IntN(len(w.Series))]
		class := series.Classes[0]
		w.private += 1 + r.Int64N(60)
		h := &Hosted{
			PrivateID: w.private, Name: teamHeads[r.IntN(len(teamHeads))] + " fun race", Host: host, At: at, Created: at.Add(-5 * time.Second),
			Track: series.Tracks[r.IntN(len(series.Tracks))], Car: class.Cars[r.IntN(len(class.Cars))], Practice: 10, Qualify: 8, Fixed: r.IntN(2) == 0,
			Minutes: 20, Password: r.IntN(3) == 0,
		}
		if r.IntN(2) == 0 {
			h.Minutes, h.Laps = 0, max(5, int(12*60/h.Track.Lap(class)))
		}
		if r.IntN(10) == 0 {
			h.Host, host = w.Me, w.Me
		}
		h.drivers = append(h.drivers, host)
		for range 3 + r.IntN(12) {
			if m := w.members[1+r.IntN(len(w.members)-1)]; !slices.Contains(h.drivers, m) {
				h.drivers = append(h.drivers, m)
			}
		}
		if r.IntN(5) == 0 && host != w.Me {
			h.drivers = append(h.drivers, w.Me)
		}
		plan = append(plan, start{at: at, hosted: h, event: RaceEvent})
	}
	return plan
}

// holdHosted holds a hosted session: nobody's rating moves.
func (w *World) holdHosted(st *start) {
	h := st.hosted
	race := &Race{
		Session: w.session, Hosted: h, Event: RaceEvent, Start: st.at, Track: h.Track, Category: h.Car.Category, SoF: -1, Laps: -1,
		LeadChanges: -1, Cautions: -1, CautionLaps: -1, Average: -1, Best: -1,
	}
	if race.Category != Oval && QuarterOf(st.at).index() < splitQuarter && (race.Category == SportsCar || race.Category == FormulaCar) {
		race.Category = Road
	}
	for _, m := range h.drivers {
		if m.busy.After(st.at) || m.Since.After(st.at) {
			continue
		}
		race.Entries = append(race.Entries, Entry{Member: m, Car: h.Car, Before: m.licence[race.Category], After: m.licence[race.Category], Division: -1})
	}
	if len(race.Entries) < 3 {
		return
	}
	slices.SortStableFunc(race.Entries, func(a, b Entry) int { return cmp.Compare(b.Before.IRating, a.Before.IRating) })
	for i := range race.Entries {
		race.Entries[i].Number = int16(i + 1)
	}
	w.add(race)
	race.Splits = []*Race{race}
	w.drive(race)
	if h.League != nil {
		for i := range race.Entries {
			if e := &race.Entries[i]; e.Started() {
				e.Points = int16(h.League.System.Award(i))
			}
		}
	}
	h.Race = race
	w.note(race)
}

// Standing is a row of a league's table.
type Standing struct {
	Member        *Member
	Wins, Races   int
	Start, Finish float64 // averages, from 1
	Points        int
	Counted       int // points with the worst races dropped
}

// Standings are the league season's table at a moment.
func (s *LeagueSeason) Standings(v *View) []Standing {
	rows := map[*Member]*Standing{}
	scores := map[*Member][]int{}
	for _, h := range s.Sessions {
		if h.Race == nil || !v.Over(h.Race) {
			continue
		}
		for i := range h.Race.Entries {
			e := &h.Race.Entries[i]
			row := rows[e.Member]
			if row == nil {
				row = &Standing{Member: e.Member}
				rows[e.Member] = row
			}
			row.Races++
			row.Start += float64(e.Grid + 1)
			row.Finish += float64(e.Place + 1)
			row.Points += int(e.Points)
			if e.Place == 0 {
				row.Wins++
			}
			scores[e.Member] = append(scores[e.Member], int(e.Points))
		}
	}
	table := make([]Standing, 0, len(rows))
	for m, row := range rows {
		n := float64(row.Races)
		row.Start, row.Finish = math.Round(row.Start/n), math.Round(row.Finish/n)
		list := scores[m]
		sort.Sort(sort.Reverse(sort.IntSlice(list)))
		for i, p := range list {
			if i < len(s.Sessions)-s.Drops {
				row.Counted += p
			}
		}
		table = append(table, *row)
	}
	slices.SortFunc(table, func(a, b Standing) int {
		return cmp.Or(cmp.Compare(b.Counted, a.Counted), cmp.Compare(b.Wins, a.Wins), cmp.Compare(a.Finish, b.Finish), cmp.Compare(a.Member.ID, b.Member.ID))
	})
	return table
}
