package race

import (
	"math"
	"time"
)

// Meeting is one race that a driver and a rival both drove. Laps are seconds and NaN where unknown, as are ratings.
type Meeting struct {
	At time.Time
	// Class tells that both drove in one car class and in cars of their own: only then one can be ahead of the other.
	Class bool
	// Entries is how many with an iRating were registered in the class, whether they started or not; 0 where unknown.
	Entries    int
	Own, Rival Duellist
}

// Duellist is what one of the two made of a meeting.
type Duellist struct {
	Place      int     // within the car class, from 1; 0 where there is none
	BestLap    float64 // s
	AverageLap float64 // s
	Rating     float64 // iRating before the race
}

// Ahead is 1 where the driver finished ahead of the rival, -1 behind, and 0 where that cannot be told.
func (m *Meeting) Ahead() int {
	switch {
	case !m.Class || m.Own.Place < 1 || m.Rival.Place < 1 || m.Own.Place == m.Rival.Place:
		return 0
	case m.Own.Place < m.Rival.Place:
		return 1
	}
	return -1
}

// Places is how many places the driver finished ahead of the rival; NaN where that cannot be told.
func (m *Meeting) Places() float64 {
	if m.Ahead() == 0 {
		return math.NaN()
	}
	return float64(m.Rival.Place - m.Own.Place)
}

// BestDelta is by what share of the rival's best lap the driver's was slower: 0.01 is one per cent, less than 0 faster.
func (m *Meeting) BestDelta() float64 { return m.delta(m.Own.BestLap, m.Rival.BestLap) }

// AverageDelta is the same of the average laps.
func (m *Meeting) AverageDelta() float64 { return m.delta(m.Own.AverageLap, m.Rival.AverageLap) }

func (m *Meeting) delta(own, rival float64) float64 {
	if !m.Class || !(own > 0 && rival > 0) {
		return math.NaN()
	}
	return own/rival - 1
}

// Exchanged is the iRating that the driver took from the rival in this race (see [Exchanged]). NaN where a rating is
// unknown, or how many registered.
func (m *Meeting) Exchanged() float64 {
	ahead := m.Ahead()
	if ahead == 0 || m.Entries < 2 || !(m.Own.Rating > 0 && m.Rival.Rating > 0) {
		return math.NaN()
	}
	return Exchanged(m.Own.Rating, m.Rival.Rating, ahead > 0, m.Entries)
}

// Score is what several meetings come to. Means are NaN where nothing is known to take them of.
type Score struct {
	Meetings      int // in one class
	Ahead, Behind int
	Share         float64 // of the meetings in which the driver was ahead, 0 to 1
	Places        float64 // the mean number of places ahead
	BestDelta     float64 // the mean share by which the best lap was slower
	AverageDelta  float64 // the same of the average lap
	Exchanged     float64 // the sum of the iRating taken from the rival
}

// Running adds meetings up one after the other: the score after each of them.
func Running(meetings []Meeting) []Score {
	scores := make([]Score, 0, len(meetings))
	var s Score
	var places, best, average, exchanged mean
	for i := range meetings {
		m := &meetings[i]
		s.Meetings += one(m.Class)
		s.Ahead += one(m.Ahead() > 0)
		s.Behind += one(m.Ahead() < 0)
		places.add(m.Places())
		best.add(m.BestDelta())
		average.add(m.AverageDelta())
		exchanged.add(m.Exchanged())
		s.Share = float64(s.Ahead) / float64(s.Ahead+s.Behind) // 0/0 is NaN
		s.Places, s.BestDelta, s.AverageDelta, s.Exchanged = places.value(), best.value(), average.value(), math.NaN()
		if exchanged.n > 0 {
			s.Exchanged = exchanged.sum
		}
		scores = append(scores, s)
	}
	return scores
}

// Duel is the score of all meetings.
func Duel(meetings []Meeting) Score {
	if len(meetings) == 0 {
		nan := math.NaN()
		return Score{Share: nan, Places: nan, BestDelta: nan, AverageDelta: nan, Exchanged: nan}
	}
	return Running(meetings)[len(meetings)-1]
}
