package race

import "math"

// ratingScale is the B of the formulas.
const ratingScale = 1600 / math.Ln2

// SoF is the strength of a field: B ln(N / sum of e^(-r/B)) with B = 1600 / ln 2, which gives weak drivers more weight than
// their average would. It is NaN without ratings.
func SoF(ratings []float64) float64 {
	sum := 0.0
	for _, r := range ratings {
		sum += math.Exp(-r / ratingScale)
	}
	return ratingScale * math.Log(float64(len(ratings))/sum)
}

// Entrant is who a rating estimate is made for.
type Entrant struct {
	Rating  float64 // iRating before the race, above 0
	Started bool
}

// Changes estimates what a race does to the iRatings of one class, given in finishing order. The formula is the
// community's (the spreadsheet that Turbo87's irating-rs follows) but for two points in which real results differ as soon
// as somebody did not start: the points are shared among all who registered and not among the starters, and those who did
// not start all lose the same. In the one solo race and the three classes of a team race that this was checked against,
// it is 0.4 to 0.6 points off on average, most of which is rounding; dividing by the starters is 2.9 points off.
//
// Nothing but the order and the ratings counts. What is gained is lost by others, but for one point of the whole field when
// everybody started.
func Changes(field []Entrant) []float64 {
	changes, starters := estimate(field, len(field))
	if starters == len(field) {
		return changes
	}
	sum := 0.0
	for i, e := range field {
		if e.Started {
			sum += changes[i]
		}
	}
	for i, e := range field {
		if !e.Started {
			changes[i] = -sum / float64(len(field)-starters)
		}
	}
	return changes
}

// CommunityChanges is the community's formula as it is written: the points are shared among the starters, and those who did
// not start lose in proportion to what was expected of them.
func CommunityChanges(field []Entrant) []float64 {
	starters := 0
	for _, e := range field {
		if e.Started {
			starters++
		}
	}
	changes, _ := estimate(field, starters)
	expected := expectations(field)
	sum, absent := 0.0, 0.0
	for i, e := range field {
		if e.Started {
			sum += changes[i]
		} else {
			absent += expected[i]
		}
	}
	for i, e := range field {
		if !e.Started {
			changes[i] = -sum * expected[i] / absent
		}
	}
	return changes
}

// estimate is the changes of the starters, and their number.
func estimate(field []Entrant, divisor int) (changes []float64, starters int) {
	expected := expectations(field)
	for _, e := range field {
		if e.Started {
			starters++
		}
	}
	changes = make([]float64, len(field))
	for i, e := range field {
		if e.Started {
			changes[i] = gain(len(field), starters, i+1, expected[i], divisor)
		}
	}
	return changes, starters
}

// gain is the change of one starter: with N registered of whom M did not start, rank k, expected score e and divisor d it
// is (N - k - e - f) 200/d, where f = ((N - M/2)/2 - k)/100.
func gain(registered, starters, rank int, expected float64, divisor int) float64 {
	n, k := float64(registered), float64(rank)
	absent := n - float64(starters)
	correction := ((n-absent/2)/2 - k) / 100
	return (n - k - expected - correction) * stake(divisor)
}

// stake is what one point of a score is worth: 200 shared among so many entrants.
func stake(entrants int) float64 { return 200 / float64(entrants) }

// Exchanged is what one starter takes from another in a race for which so many registered in the class, the part of
// [Changes] that is between those two: 1 ahead and 0 behind, less the chance there was.
func Exchanged(own, rival float64, ahead bool, registered int) float64 {
	return (float64(one(ahead)) - Chance(own, rival)) * stake(registered)
}

// expectations are the expected scores: the sum of the chances against every other entrant.
func expectations(field []Entrant) []float64 {
	expected := make([]float64, len(field))
	for i, a := range field {
		for j, b := range field {
			if i != j {
				expected[i] += Chance(a.Rating, b.Rating)
			}
		}
	}
	return expected
}

// Chance is how likely a driver finishes ahead of another.
func Chance(a, b float64) float64 {
	ea, eb := math.Exp(-a/ratingScale), math.Exp(-b/ratingScale)
	return (1 - ea) * eb / ((1-eb)*ea + (1-ea)*eb)
}

// WhatIf is what the race would have done to one entrant's iRating in each finishing position, from the first to the last
// of the starters, with the others in their order. The entrant is taken to have started.
func WhatIf(field []Entrant, who int) []float64 {
	if who < 0 || who >= len(field) {
		return nil
	}
	expected, starters := 0.0, 1
	for i, e := range field {
		if i == who {
			continue
		}
		expected += Chance(field[who].Rating, e.Rating)
		if e.Started {
			starters++
		}
	}
	changes := make([]float64, starters)
	for i := range changes {
		changes[i] = gain(len(field), starters, i+1, expected, len(field))
	}
	return changes
}

// Stint is the part that one driver had in a team's race.
type Stint struct {
	Rating float64 // iRating before the race; NaN for a driver without one
	Laps   int
}

// TeamRating is the iRating that a team counts with: the average of its drivers', weighted by their laps, or plain where
// nobody drove; NaN where nobody has one. Neither this nor [TeamShares] is documented; they are what the results of a
// 24-hour race show.
func TeamRating(drivers []Stint) float64 {
	sum, laps, plain, n := 0.0, 0, 0.0, 0
	for _, d := range drivers {
		if d.Rating > 0 {
			sum, laps = sum+d.Rating*float64(d.Laps), laps+d.Laps
			plain, n = plain+d.Rating, n+1
		}
	}
	if laps > 0 {
		return sum / float64(laps)
	}
	return plain / float64(n) // NaN without drivers
}

// TeamShares divides the change of a team among its drivers by their laps.
func TeamShares(change float64, drivers []Stint) []float64 {
	laps := 0
	for _, d := range drivers {
		laps += d.Laps
	}
	shares := make([]float64, len(drivers))
	for i, d := range drivers {
		shares[i] = math.NaN()
		if d.Rating > 0 && laps > 0 {
			shares[i] = change * float64(d.Laps) / float64(laps)
		}
	}
	return shares
}
