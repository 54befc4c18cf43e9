package world

import (
	"math"
	"math/rand/v2"
	"sort"
	"time"
)

// Member is one account.
type Member struct {
	ID      int64
	Name    string
	Country *Country
	Since   time.Time // the day the account was made

	skill   [7]float64 // the iRating that the pace is worth, by category
	growth  [7]float64 // by how much it has risen once the account has raced for long
	clean   float64    // how often something goes wrong, against the average
	steady  float64    // spread of the laps, against the average
	fancy   [7]float64 // how much the member likes a category
	style   uint64     // colours and patterns
	licence [7]Licence // as of the end of what is made
	points  [7][]Point
	starts  []Start
	band    [7]int8 // division in the quarter that is being made
	busy    time.Time
	index   int
}

// Point is a member's licence from a moment on.
type Point struct {
	At      time.Time
	Race    *Race // nil for the account's start and for the split of road
	Licence Licence
}

// Start is one session a member took part in.
type Start struct {
	Race  *Race
	Entry int // index of the entry
	Drive int // index of the driver within a team; -1 for one who drives alone
}

// Result is the row of the session's result.
func (s Start) Result() *Entry { return &s.Race.Entries[s.Entry] }

// Before and After are the member's licence before and after the session.
func (s Start) Before() Licence {
	if s.Drive >= 0 {
		return s.Result().Drivers[s.Drive].Before
	}
	return s.Result().Before
}

// After is the member's licence after the session.
func (s Start) After() Licence {
	if s.Drive >= 0 {
		return s.Result().Drivers[s.Drive].After
	}
	return s.Result().After
}

// rating is the iRating that the member's pace is worth at a time.
func (m *Member) rating(category int, at time.Time) float64 {
	years := at.Sub(m.Since).Hours() / (24 * 365)
	return m.skill[category] + m.growth[category]*(1-math.Exp(-years/0.9))
}

// Style is a number that the colours of car, helmet and suit are made from.
func (m *Member) Style() uint64 { return m.style }

// ownName is the name of the account's own driver.
const ownName = "Alex Example"

// memberCount is how many members there are, the own account among them.
const memberCount = 320

func (w *World) makeMembers() {
	r := w.rng(rngMembers)
	taken := map[string]bool{ownName: true}
	for i := range memberCount {
		m := &Member{Country: pickCountry(r), index: i, style: r.Uint64()}
		for m.Name = personName(r); taken[m.Name]; m.Name = personName(r) {
		}
		taken[m.Name] = true
		// Accounts are older than the world but for a fifth of them.
		m.Since = w.begin.Add(-time.Duration(1+r.Int64N(3200)) * day)
		if r.IntN(5) == 0 {
			m.Since = w.begin.Add(time.Duration(r.Int64N(int64(w.made.Sub(w.begin)/day)-60)) * day)
		}
		talent := r.NormFloat64()
		main := [...]int{SportsCar, SportsCar, SportsCar, SportsCar, FormulaCar, FormulaCar, Oval, Oval, Oval, DirtOval, DirtRoad}[r.IntN(11)]
		for category := Oval; category <= FormulaCar; category++ {
			s := 1500 * math.Exp(0.42*talent+0.18*r.NormFloat64())
			if category != main {
				s *= 0.75 + 0.2*r.Float64()
			}
			m.skill[category] = math.Max(500, math.Min(8200, s))
			m.fancy[category] = 0.04
			if r.IntN(5) == 0 {
				m.fancy[category] = 0.35
			}
		}
		m.fancy[main] = 1
		m.clean = math.Exp(0.45 * r.NormFloat64())
		m.steady = 0.75 + 0.5*r.Float64()
		if i == 0 {
			w.makeOwn(m, r)
		}
		m.skill[Road] = math.Max(m.skill[SportsCar], m.skill[FormulaCar])
		m.fancy[Road] = math.Max(m.fancy[SportsCar], m.fancy[FormulaCar])
		w.members = append(w.members, m)
	}
	// Ids rise with the age of the account.
	byAge := append([]*Member(nil), w.members...)
	sort.SliceStable(byAge, func(i, j int) bool { return byAge[i].Since.Before(byAge[j].Since) })
	id := int64(900100)
	for _, m := range byAge {
		id += 1 + r.Int64N(700)
		m.ID = id
		w.byMember[id] = m
	}
	for _, m := range w.members {
		m.settle(w.begin, w.rng(rngMembers, m.ID))
	}
	w.Me = w.members[0]
}

// makeOwn makes the account's own driver: one who began shortly after the world did and got better with the races.
func (w *World) makeOwn(m *Member, r *rand.Rand) {
	m.Name = ownName
	m.Country = &countries[len(countries)-3]
	m.Since = w.begin.Add(time.Duration(9+r.IntN(5)) * day)
	m.clean, m.steady = 1.15, 0.85
	m.skill = [7]float64{Oval: 1150, DirtOval: 1200, DirtRoad: 1250, SportsCar: 1400, FormulaCar: 1300}
	m.growth = [7]float64{Oval: 350, Road: 600, SportsCar: 1250, FormulaCar: 700}
}

// settle gives the account the licences it has when the world begins: what it began with, or what it has driven for
// before.
func (m *Member) settle(begin time.Time, r *rand.Rand) {
	for category := Oval; category <= FormulaCar; category++ {
		l := newLicence()
		m.licence[category] = l
		if category == SportsCar || category == FormulaCar {
			continue // they come from road
		}
		m.points[category] = append(m.points[category], Point{At: m.Since, Licence: l})
		if !m.Since.Before(begin) || m.fancy[category] < 0.3 {
			continue
		}
		s := m.skill[category]
		l.IRating = int32(s * (0.9 + 0.2*r.Float64()))
		l.TTRating = int32(startRating + 0.25*(s-startRating)*r.Float64())
		l.Group = int8(min(5, 2+int(s/850)))
		l.corners = float32(600 * math.Exp(0.15*r.NormFloat64()) * cpiOfGroup[l.Group] / 6)
		l.incident = float32(float64(l.corners) / (cpiOfGroup[l.Group] * math.Exp((1.6+1.8*r.Float64())*100/275)))
		l.SubLevel = int16(math.Max(110, math.Min(395, 275*math.Log(l.CPI()/cpiOfGroup[l.Group]))))
		if l.Group == 5 {
			l.SubLevel = min(499, l.SubLevel+40)
		}
		m.licence[category] = l
		m.points[category] = append(m.points[category], Point{At: begin, Licence: l})
	}
}

// split makes the categories sports car and formula car out of road.
func (m *Member) split(at time.Time) {
	for _, category := range []int{SportsCar, FormulaCar} {
		from := at
		l := m.licence[Road]
		if m.Since.After(at) {
			from, l = m.Since, newLicence()
		}
		m.licence[category] = l
		m.points[category] = append(m.points[category], Point{At: from, Licence: l})
	}
}

// divisionFloors are the least iRatings of the divisions 1 to 9.
var divisionFloors = [...]int32{4000, 3200, 2700, 2300, 2000, 1750, 1500, 1300, 1100}

// division is the division, from 0, that a licence falls into; 10 is for rookies.
func division(l Licence) int8 {
	if l.Group == 1 {
		return 10
	}
	for i, floor := range divisionFloors {
		if l.IRating >= floor {
			return int8(i)
		}
	}
	return 9
}

// move notes a licence that a session has changed.
func (m *Member) move(r *Race, l Licence) {
	m.licence[r.Category] = l
	m.points[r.Category] = append(m.points[r.Category], Point{At: r.End, Race: r, Licence: l})
}

// Team is a team of members.
type Team struct {
	ID      int64 // negative
	Name    string
	Owner   *Member
	Drivers []*Member
	Created time.Time
	Car     int
	style   uint64
}

// Style is a number that the colours of the car are made from.
func (t *Team) Style() uint64 { return t.style }

func (w *World) makeTeams() {
	r := w.rng(rngTeams)
	var pool []*Member
	for _, m := range w.members[1:] {
		if m.fancy[SportsCar] >= 0.3 && m.Since.Before(w.begin) {
			pool = append(pool, m)
		}
	}
	for i := range 22 {
		t := &Team{
			ID: -int64(70010 + 13*i), Name: teamHeads[i] + " " + teamTails[r.IntN(len(teamTails))], Created: w.begin.Add(-time.Duration(r.IntN(900)) * day),
			Car: r.IntN(64), style: r.Uint64(),
		}
		size := 2 + r.IntN(2)
		if i == 0 {
			t.Drivers = append(t.Drivers, w.Me)
			t.Created = w.Me.Since.Add(40 * day)
		}
		for len(t.Drivers) < size && len(pool) > 0 {
			j := r.IntN(len(pool))
			t.Drivers = append(t.Drivers, pool[j])
			pool[j] = pool[len(pool)-1]
			pool = pool[:len(pool)-1]
		}
		if len(t.Drivers) < 2 {
			break
		}
		t.Owner = t.Drivers[len(t.Drivers)-1]
		w.teams = append(w.teams, t)
	}
}

// DivisionOf is the division, from 0, that a licence falls into: 10 is for rookies and for those without a licence.
func DivisionOf(l *Licence) int {
	if l == nil {
		return 10
	}
	return int(division(*l))
}
