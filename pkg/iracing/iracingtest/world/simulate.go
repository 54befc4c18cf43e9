package world

import (
	"math"
	"math/rand/v2"
	"slices"
)

// runner is a car in a simulated race.
type runner struct {
	entry  *Entry
	laps   []Lap
	base   []float64 // seconds of a lap, by driver
	spread []float64
	risk   []float64
	drive  int8
	clock  int64
	tank   int // laps a tank lasts
	stint  int
	repair bool // has to be repaired
	out    bool
	why    Reason
	inc    int
	down   int // laps behind the leader when the pace car came out
}

func (c *runner) number() int { return int(c.entry.Number) }

// simulation runs races. It can be used again and again, by one goroutine.
type simulation struct {
	pool     []runner
	cars     []runner  // of this race, by number
	order    []*runner // who is still going, as they crossed the line last
	leaders  []*runner // by lap, from the first
	events   []Event
	green    int64
	laps     int // of the leader
	cautions int
	slow     int // laps under caution
	finish   int64
}

const ticks = 10000 // in a second

// run drives a race. The entries are taken in the order of their numbers, so that the race comes out the same when it
// is driven again from its result.
func (s *simulation) run(w *World, r *Race) {
	rnd := w.rng(rngRace, r.ID)
	s.line(w, r, rnd)
	limitLaps, minutes := r.Limits()
	limit := int64(minutes) * 60 * ticks
	maximum := limitLaps
	if maximum == 0 {
		maximum = 2000
	}
	s.laps, s.cautions, s.slow = 0, 0, 0
	yellow, since, started := 0, 0, false // laps left of a caution, laps since the last, whether it has just begun
	for lap := 1; lap <= maximum; lap++ {
		s.order = slices.DeleteFunc(s.order, func(c *runner) bool { return c.out })
		if len(s.order) == 0 {
			break
		}
		wreck := false
		if yellow > 0 {
			yellow--
			s.pace(r, lap, started, yellow == 0, rnd)
			started = false
			s.slow++
			if yellow == 0 {
				s.events = append(s.events, Event{Code: Caution, Clock: s.order[0].clock + ticks/2, Lap: lap, Text: "Green flag"})
				since = 0
			}
		} else {
			wreck = s.race(r, lap, rnd)
			since++
		}
		if len(s.order) == 0 {
			break
		}
		s.rank(lap)
		s.laps = lap
		leader := s.order[0].clock
		if lap == maximum || limit > 0 && leader-s.green >= limit {
			break
		}
		if wreck && since > 3 && yellow == 0 && lap < maximum-5 && r.cautions() {
			yellow, started = 3+rnd.IntN(3), true
			s.cautions++
			s.events = append(s.events, Event{Code: Caution, Clock: leader + ticks/4, Lap: lap, Text: "Full course caution"})
		}
	}
	s.flag()
}

// line puts the cars on the grid.
func (s *simulation) line(w *World, r *Race, rnd *rand.Rand) {
	s.events, s.order, s.leaders = s.events[:0], s.order[:0], s.leaders[:0]
	for len(s.pool) < len(r.Entries) {
		s.pool = append(s.pool, runner{})
	}
	s.cars = s.pool[:len(r.Entries)]
	byNumber := make([]int, len(r.Entries))
	for i := range r.Entries {
		byNumber[r.Entries[i].Number-1] = i
	}
	s.green = int64(1500000 + 10*rnd.IntN(60000))
	oval := r.Track.IsOval()
	for number, i := range byNumber {
		e := &r.Entries[i]
		c := &s.cars[number]
		*c = runner{entry: e, laps: c.laps[:0], base: c.base[:0], spread: c.spread[:0], risk: c.risk[:0]}
		lap := r.Track.Lap(e.Car.Class) * (1 - e.Car.balance) * conditions(r)
		drivers := max(1, len(e.Drivers))
		for d := range drivers {
			m := e.driver(int8(d))
			rating := m.rating(r.Category, r.Start)
			c.base = append(c.base, lap*(1+paceOf(rating, oval)))
			c.spread = append(c.spread, lap*spreadOf(rating, oval)*m.steady)
			c.risk = append(c.risk, 0.072*m.clean*(0.6+0.8*math.Exp(-rating/1500)))
		}
		// The form of the day.
		form := 1 + 0.008*rnd.NormFloat64()
		for d := range c.base {
			c.base[d] *= form
		}
		c.tank = max(4, int(e.Car.Class.stops*60/lap))
		c.stint = rnd.IntN(3)
		c.clock = s.green + 10*int64(e.Grid)
		c.laps = append(c.laps, Lap{Driver: e.driver(0), Time: -1, Clock: c.clock, Place: int(e.Grid) + 1})
		if w.absent(r, e) {
			c.out, c.why = true, Disconnected
			c.laps[0].Place = 0
			continue
		}
		s.order = append(s.order, c)
	}
	s.rank(0)
}

// rank puts the cars into the order in which they crossed the line and notes their places. They were nearly in it.
func (s *simulation) rank(lap int) {
	for i := 1; i < len(s.order); i++ {
		c := s.order[i]
		j := i
		for ; j > 0 && s.order[j-1].clock > c.clock; j-- {
			s.order[j] = s.order[j-1]
		}
		s.order[j] = c
	}
	if lap == 0 || len(s.order) == 0 {
		return
	}
	for i, c := range s.order {
		c.laps[lap].Place = i + 1
	}
	s.leaders = append(s.leaders, s.order[0])
}

// conditions is what the day does to everybody's laps.
func conditions(r *Race) float64 { return 1 + 0.004*math.Sin(float64(r.Session)*1.7) }

// race drives one lap at racing speed and tells whether somebody crashed.
func (s *simulation) race(r *Race, number int, rnd *rand.Rand) (wreck bool) {
	ahead := int64(0) // when the car in front crosses the line
	left := s.order[:0]
	oval := r.Track.IsOval()
	for place, c := range s.order {
		d := c.drive
		lap := Lap{Number: number, drive: d}
		// A full tank costs half a percent, old tyres somewhat more.
		use := float64(c.stint) / float64(c.tank)
		seconds := c.base[d]*(1+0.005*(1-use)+0.0075*use*use) + c.spread[d]*rnd.NormFloat64()
		risk := c.risk[d]
		if oval {
			risk *= 0.5
		}
		if number == 1 {
			lap.Flags |= FlagFirst
			seconds += 1.2 + 0.32*float64(place)
			risk *= 3
		}
		near := place > 0 && c.clock-s.order[place-1].clock < 9*ticks/10
		if near {
			risk *= 1.5
		}
		c.stint++
		if u := rnd.Float64(); u < risk {
			wreck = s.trouble(c, &lap, &seconds, u/risk, place, near, rnd) || wreck
		}
		if c.repair && lap.Flags&FlagTow == 0 && rnd.Float64() < 0.7 {
			lap.Flags |= FlagPitted
			seconds += 28 + 25*rnd.Float64()
			c.repair, c.stint = false, 0
			s.events = append(s.events, Event{Code: PenaltyCleared, Clock: c.clock + int64(seconds*ticks*0.6), Lap: number, Car: c.number(), Text: "Repairs needed"})
		} else if c.stint > c.tank || c.stint > c.tank-3 && rnd.IntN(3) == 0 {
			lap.Flags |= FlagPitted
			seconds += 24 + 9*rnd.Float64() + 0.1*c.base[d]
			c.stint = 0
			if n := len(c.entry.Drivers); n > 1 && rnd.IntN(10) < 8 {
				c.drive = int8((int(d) + 1) % n)
				lap.drive, lap.Flags = c.drive, lap.Flags|FlagInvalid
				seconds += 16
			}
		}
		lap.Driver = c.entry.driver(lap.drive)
		clock := c.clock + int64(math.Round(seconds*ticks))
		// Who catches a car passes it, or waits behind it.
		if gap := ticks * 12 / 100; lap.Flags&(FlagPitted|FlagTow) == 0 && clock < ahead+int64(gap) {
			if pass := 0.3 + float64(ahead-clock)/(1.6*ticks); clock >= ahead || rnd.Float64() > pass {
				clock = ahead + int64(gap) + rnd.Int64N(ticks*4/10)
			}
		}
		if rnd.Float64() < 0.0011 {
			c.out, c.why = true, Disconnected
		}
		if c.out && c.why == Disconnected {
			continue
		}
		lap.Time = int32(clock - c.clock)
		if lap.Flags&FlagDiscontinuity != 0 {
			lap.Time = -1
		}
		c.clock, lap.Clock = clock, clock
		c.inc += int(lap.points)
		c.laps = append(c.laps, lap)
		if limit := r.Limit(); limit > 0 && c.inc >= limit {
			c.out, c.why = true, Disqualified
			s.events = append(s.events, Event{Code: PenaltyApplied, Clock: clock, Lap: number, Car: c.number(), Text: "Incident limit, Disqualified"})
		}
		if lap.Flags&FlagPitted == 0 {
			ahead = max(ahead, clock)
		}
		left = append(left, c)
	}
	s.order = left
	return wreck
}

// trouble is what goes wrong on a lap: u from 0 to 1 says what.
func (s *simulation) trouble(c *runner, lap *Lap, seconds *float64, u float64, place int, near bool, rnd *rand.Rand) (wreck bool) {
	heavy := 0.0 // how likely the car is damaged
	switch {
	case u < 0.6 || u < 0.72 && !near:
		lap.Flags |= FlagOffTrack
		lap.points = 1
		*seconds += 0.15 + 0.9*rnd.Float64()
		if rnd.IntN(6) == 0 {
			lap.Flags |= FlagInvalid
		}
	case u < 0.8:
		lap.Flags |= FlagLostControl
		lap.points = 2
		if rnd.IntN(2) == 0 {
			lap.Flags |= FlagOffTrack
		}
		*seconds += 2.5 + 6*rnd.Float64()
		heavy = 0.1
	case u < 0.86 || !near:
		lap.Flags |= FlagContact
		lap.points = 2
		*seconds += 0.5 + 2*rnd.Float64()
		heavy = 0.15
	default:
		lap.Flags |= FlagCarContact
		lap.points = 4
		*seconds += 0.4 + 3.5*rnd.Float64()
		heavy = 0.2
		if other := s.order[place-1]; len(other.laps) > 0 {
			if l := &other.laps[len(other.laps)-1]; l.Number == lap.Number && l.points == 0 {
				l.Flags |= FlagCarContact
				l.points = 4
				other.inc += 4
			}
		}
	}
	if rnd.Float64() >= heavy {
		return false
	}
	switch rnd.IntN(6) {
	case 0:
		c.out, c.why = true, Disconnected
	case 1:
		lap.Flags |= FlagInvalid | FlagPitted | FlagDiscontinuity | FlagTow
		*seconds += 60 + 60*rnd.Float64()
		c.stint = 0
	default:
		if !c.repair {
			c.repair = true
			s.events = append(s.events, Event{Code: PenaltyApplied, Clock: c.clock + int64(*seconds*ticks/2), Lap: lap.Number, Car: c.number(), Text: "Repairs needed, Repair"})
		}
		*seconds += 2 + 4*rnd.Float64()
	}
	return true
}

// pace drives one lap behind the pace car: the field closes up. A car that is laps down stays so.
func (s *simulation) pace(r *Race, number int, first, last bool, rnd *rand.Rand) {
	leader := s.order[0]
	lap := int64(ticks * r.Track.Lap(leader.entry.Car.Class))
	slow := lap * 7 / 4
	front := leader.clock + slow
	behind := slow
	if last {
		behind = lap // the next lap is a fast one again
	}
	for place, c := range s.order {
		l := Lap{Number: number, drive: c.drive, Driver: c.entry.driver(c.drive)}
		if first {
			c.down = int((c.clock - leader.clock) / lap)
		}
		clock := front + int64(c.down)*behind + int64(place)*ticks*8/10 + rnd.Int64N(ticks/10)
		if c.repair || first && c.stint > c.tank/3 && rnd.IntN(2) == 0 {
			l.Flags |= FlagPitted
			clock += int64(ticks * 8 / 10 * len(s.order))
			c.stint = 0
			if c.repair {
				c.repair = false
				s.events = append(s.events, Event{Code: PenaltyCleared, Clock: clock - ticks, Lap: number, Car: c.number(), Text: "Repairs needed"})
			}
		}
		clock = max(clock, c.clock+lap*6/5)
		c.stint++
		l.Time = int32(clock - c.clock)
		c.clock, l.Clock = clock, clock
		c.laps = append(c.laps, l)
	}
}
