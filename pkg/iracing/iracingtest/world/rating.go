package world

import "math"

// ratingScale is B of the formulas of iRating: the rating that makes a driver twice as strong is 1600 points away.
const ratingScale = 1600 / math.Ln2

// startRating is what a new member's iRating and time-trial rating begin with.
const startRating = 1350

// StrengthOfField is the strength of a field of iRatings: B ln(N / sum of e^(-r/B)). It is 0 for an empty field.
func StrengthOfField(ratings []float64) float64 {
	if len(ratings) == 0 {
		return 0
	}
	sum := 0.0
	for _, r := range ratings {
		sum += math.Exp(-r / ratingScale)
	}
	return ratingScale * math.Log(float64(len(ratings))/sum)
}

// RatingChanges are the changes of iRating of one class: ratings are in finishing order, started tells who took the
// start. The formula is the community's (Turbo87/irating-rs); the changes add up to zero.
func RatingChanges(ratings []float64, started []bool) []float64 {
	n := len(ratings)
	changes := make([]float64, n)
	weight := make([]float64, n) // e^(-r/B)
	starters := 0
	for i, r := range ratings {
		weight[i] = math.Exp(-r / ratingScale)
		if started[i] {
			starters++
		}
	}
	if n < 2 || starters == 0 {
		return changes
	}
	expected := make([]float64, n)
	absent := 0.0
	for i, a := range weight {
		sum := -0.5
		for _, b := range weight {
			ahead := (1 - a) * b
			sum += ahead / ((1-b)*a + ahead)
		}
		expected[i] = sum
		if !started[i] {
			absent += sum
		}
	}
	total := 0.0
	for i := range changes {
		if !started[i] {
			continue
		}
		rank := float64(i + 1)
		fudge := ((float64(n)-float64(n-starters)/2)/2 - rank) / 100
		changes[i] = (float64(n) - rank - expected[i] - fudge) * 200 / float64(starters)
		total += changes[i]
	}
	for i := range changes {
		if !started[i] && absent > 0 {
			changes[i] = -total * expected[i] / absent
		}
	}
	return changes
}

// Licence is a member's licence and ratings in one category at one moment.
type Licence struct {
	IRating  int32
	TTRating int32
	Group    int8  // 1 rookie, 2 D, 3 C, 4 B, 5 A, 6 pro
	SubLevel int16 // safety rating x 100 within the group
	Races    int16 // races and time trials since the last change of the group
	Trials   int16
	corners  float32 // driven lately, and the incidents in them
	incident float32
}

// newLicence is what every member starts with.
func newLicence() Licence {
	return Licence{IRating: startRating, TTRating: startRating, Group: 1, SubLevel: 250, corners: 400, incident: 40}
}

// Level is the licence level from 1 to 28: four to a group.
func (l Licence) Level() int {
	return 4*(int(l.Group)-1) + min(4, max(1, int(l.SubLevel)/100))
}

// CPI is corners per incident.
func (l Licence) CPI() float64 { return float64(l.corners) / math.Max(1, float64(l.incident)) }

// Safety is the safety rating.
func (l Licence) Safety() float64 { return float64(l.SubLevel) / 100 }

// Chart is the value of the safety rating in chart data: the group in the thousands.
func (l Licence) Chart() int { return 1000*int(l.Group) + int(l.SubLevel) }

// cpiOfGroup is the corners per incident that hold a safety rating of 0 in a group, by group.
var cpiOfGroup = [...]float64{1: 4.2, 2: 6.2, 3: 8.6, 4: 11.8, 5: 16.5, 6: 16.5}

// drive moves the safety rating for a distance and its incidents. A driver with 4.00 moves up a group, one below 1.00
// moves down.
func (l Licence) drive(corners, incidents float64) Licence {
	if corners <= 0 && incidents <= 0 {
		return l
	}
	l.corners = float32(0.86*float64(l.corners) + corners)
	l.incident = float32(0.86*float64(l.incident) + incidents)
	target := 275 * math.Log(l.CPI()/cpiOfGroup[l.Group])
	step := math.Max(-70, math.Min(45, 0.14*(target-float64(l.SubLevel))))
	l.SubLevel = int16(math.Round(math.Max(0, math.Min(499, float64(l.SubLevel)+step))))
	switch {
	case l.SubLevel >= 400 && l.Group < 5:
		l.Group++
		l.SubLevel -= 100
		l.Races, l.Trials = 0, 0
	case l.SubLevel < 100 && l.Group > 1:
		l.Group--
		l.SubLevel += 100
		l.Races, l.Trials = 0, 0
	}
	return l
}
