package world

import (
	"cmp"
	"math"
	"slices"
)

// flag ends the race: a car's last lap is the first that ends after the winner's, and nothing after it has happened.
func (s *simulation) flag() {
	s.finish = math.MaxInt64
	for i := range s.cars {
		c := &s.cars[i]
		if s.laps > 0 && len(c.laps) > s.laps {
			s.finish = min(s.finish, c.laps[s.laps].Clock)
		}
	}
	if s.laps == 0 {
		s.finish = s.green // nobody got round
	}
	cut := s.laps + 1 // the first lap that some car has not driven after all
	for i := range s.cars {
		c := &s.cars[i]
		for n := 1; n < len(c.laps); n++ {
			if c.laps[n].Clock >= s.finish {
				if n+1 < len(c.laps) {
					cut = min(cut, n+1)
				}
				c.laps = c.laps[:n+1]
				c.laps[n].Flags |= FlagCheckered
				c.out, c.why = false, Running
				break
			}
		}
	}
	for n := cut; n <= s.laps; n++ {
		s.order = s.order[:0]
		for i := range s.cars {
			if c := &s.cars[i]; n < len(c.laps) {
				s.order = append(s.order, c)
			}
		}
		slices.SortStableFunc(s.order, func(a, b *runner) int { return cmp.Compare(a.laps[n].Clock, b.laps[n].Clock) })
		for i, c := range s.order {
			c.laps[n].Place = i + 1
		}
	}
	led := s.pole()
	for i, c := range s.leaders[:s.laps] {
		if c == led {
			continue
		}
		from, to := c.laps[i].Clock, c.laps[i+1].Clock
		s.events = append(s.events, Event{Code: LeadChange, Clock: to - (to-from)*37/100, Lap: i + 1, Car: c.number(), Other: led.number()})
		led = c
	}
	s.events = slices.DeleteFunc(s.events, func(e Event) bool { return e.Clock > s.finish && e.Code != LeadChange })
	slices.SortStableFunc(s.events, func(a, b Event) int { return cmp.Compare(a.Clock, b.Clock) })
}

// pole is the car that started first.
func (s *simulation) pole() *runner {
	var first *runner
	for i := range s.cars {
		if c := &s.cars[i]; c.laps[0].Place > 0 && (first == nil || c.laps[0].Place < first.laps[0].Place) {
			first = c
		}
	}
	return first
}

// result writes what the race came to into its entries and puts them into their order.
func (s *simulation) result(r *Race) {
	n := len(r.Entries)
	r.LeadChanges, r.Cautions, r.CautionLaps = 0, s.cautions, s.slow
	for _, e := range s.events {
		if e.Code == LeadChange {
			r.LeadChanges++
		}
	}
	r.Laps, r.Best, r.Average = s.laps, -1, -1
	for i := range n {
		c := &s.cars[i]
		e := c.entry
		e.Laps = int16(len(c.laps) - 1)
		e.Reason = c.why
		e.Best, e.BestLap, e.Average, e.Led, e.Incidents = -1, -1, 0, 0, 0
		for d := range e.Drivers {
			v := &e.Drivers[d]
			v.Laps, v.Led, v.BestLap, v.Incidents, v.Best, v.Average = 0, 0, -1, 0, -1, 0
		}
		sums := [8]int64{}
		for j := range c.laps {
			l := &c.laps[j]
			if j == 0 {
				continue
			}
			e.Incidents += int16(l.points)
			if l.Place == 1 {
				e.Led++
			}
			if l.valid() && (e.Best < 0 || l.Time < e.Best) {
				e.Best, e.BestLap = l.Time, int16(j)
			}
			if e.Team != nil {
				v := &e.Drivers[l.drive]
				v.Laps++
				sums[l.drive] += l.Clock - c.laps[j-1].Clock
				v.Incidents += int16(l.points)
				if l.Place == 1 {
					v.Led++
				}
				if l.valid() && (v.Best < 0 || l.Time < v.Best) {
					v.Best, v.BestLap = l.Time, int16(j)
				}
			}
		}
		for d := range e.Drivers {
			if v := &e.Drivers[d]; v.Laps > 0 {
				v.Average = int32(math.Round(float64(sums[d]) / float64(v.Laps)))
			}
		}
		if e.Laps > 0 {
			e.Average = int32(math.Round(float64(c.laps[e.Laps].Clock-c.laps[0].Clock) / float64(e.Laps)))
			if e.Best > 0 && (r.Best < 0 || e.Best < r.Best) {
				r.Best = e.Best
			}
		}
	}
	s.classify(r)
}

// classify puts the entries into their order: by laps, then by the clock, those who did not start last.
func (s *simulation) classify(r *Race) {
	cars := make([]*runner, len(r.Entries))
	for i := range cars {
		cars[i] = &s.cars[i]
	}
	last := func(c *runner) int64 { return c.laps[len(c.laps)-1].Clock }
	slices.SortStableFunc(cars, func(a, b *runner) int {
		return cmp.Or(cmp.Compare(len(b.laps), len(a.laps)), cmp.Compare(last(a), last(b)))
	})
	first := map[*Class]*runner{}
	count := map[*Class]int16{}
	sorted := make([]Entry, len(cars))
	for i, c := range cars {
		e := c.entry
		class := e.Car.Class
		if first[class] == nil {
			first[class] = c
		}
		e.Place, e.PlaceInClass = int16(i), count[class]
		count[class]++
		gap := func(to *runner) int32 {
			if len(c.laps) < 2 || len(c.laps) != len(to.laps) || c.out {
				return -1
			}
			return int32(last(c) - last(to))
		}
		e.Interval, e.ClassInterval = gap(cars[0]), gap(first[class])
		sorted[i] = *e
	}
	copy(r.Entries, sorted)
	for i, c := range cars {
		c.entry = &r.Entries[i]
	}
	if len(sorted) > 0 && sorted[0].Laps > 0 {
		r.Average = sorted[0].Average
	}
}
