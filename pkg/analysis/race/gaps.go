package race

import "math"

// A gap is a difference of times at the end of the same lap: both cars have driven equally far. A car that was lapped is
// therefore some minutes behind, more than the distance on the road would tell; a gap falls when a car is faster and never
// jumps when it is lapped. iRacing's own intervals are the same up to the point where it counts laps instead.
//
// Lap 0 is the grid, where nobody has a gap yet.

// ToLeader is the gap of a car to whoever ends each lap first, by lap number; the leader's is 0.
func (c *Chart) ToLeader(car *Car) []float64 {
	return c.each(car, c.leader)
}

// ToCar is the gap of a car to another one, by lap number. It is negative where the car is ahead of the other.
func (c *Chart) ToCar(car, other *Car) []float64 {
	return c.each(car, other.At)
}

// ToPace is the race trace: how far a car is ahead of one that drives every lap in the same time, by lap number. Behind is
// negative, so that up is ahead.
func (c *Chart) ToPace(car *Car, lap float64) []float64 {
	gaps := c.each(car, func(n int) float64 { return c.Start + float64(n)*lap })
	for i := range gaps {
		gaps[i] = -gaps[i]
	}
	return gaps
}

// Pace is the average lap of a car from the race's start to its last lap, the pit stops included; NaN where that is not
// known.
func (c *Chart) Pace(car *Car) float64 {
	for n := car.Last(); n > 0; n-- {
		if took := car.At(n) - c.Start; took > 0 {
			return took / float64(n)
		}
	}
	return math.NaN()
}

func (c *Chart) each(car *Car, reference func(lap int) float64) []float64 {
	gaps := make([]float64, c.Last+1)
	gaps[0] = math.NaN()
	for n := 1; n <= c.Last; n++ {
		gaps[n] = car.At(n) - reference(n)
	}
	return gaps
}

// leader is when the first car ended a lap.
func (c *Chart) leader(lap int) float64 {
	first := math.NaN()
	for i := range c.Cars {
		if t := c.Cars[i].At(lap); !(first <= t) && !math.IsNaN(t) {
			first = t
		}
	}
	return first
}
