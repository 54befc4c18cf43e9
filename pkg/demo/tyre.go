package demo

import "math"

// The wheels in the order of the arrays.
const (
	leftFront = iota
	rightFront
	leftRear
	rightRear
	wheels
)

// tyre is one tyre: three strips across its width, seen from behind the left, the middle and the right one.
//
// Heat: the sliding power of the contact patch, force times sliding speed, warms the surface; the surface gives heat to
// the air (more at speed), to the road and to the carcass; the carcass is also warmed by being flexed. Pressure follows
// the gas law with a gas that is between the carcass and the rim in temperature. Tread wears with sliding work.
type tyre struct {
	surface, carcass [3]float64 // °C
	tread            [3]float64 // share that is left
	rolled           float64    // m since it was fitted
	cold             float64    // kPa at coldTemp
	coldTemp         float64    // °C

	// What the crew measured last: the sim shows these only once the car stands in its stall.
	shownCarcass, shownTread [3]float64
}

func newTyre(cold, temp float64) tyre {
	t := tyre{cold: cold, coldTemp: temp}
	for i := range 3 {
		t.surface[i], t.carcass[i], t.tread[i] = temp, temp, 1
		t.shownCarcass[i], t.shownTread[i] = temp, 1
	}
	return t
}

// refit replaces the tyre but keeps what was measured on the old one.
func (t *tyre) refit(temp float64) {
	carcass, tread := t.shownCarcass, t.shownTread
	*t = newTyre(t.cold, temp)
	t.shownCarcass, t.shownTread = carcass, tread
}

func (t *tyre) measure() { t.shownCarcass, t.shownTread = t.carcass, t.tread }

// rub is what the road does to a tyre during one step.
type rub struct {
	dt, speed  float64
	power      float64 // kW of sliding
	flex       float64 // load as a share of that of the standing car
	lean       float64 // -1 to 1: how far the load moves to the right strip
	inner      float64 // -1 to 1: the strip that camber loads, -1 the left one
	air, track float64 // °C
}

func (t *tyre) step(c *Car, r rub) {
	weights := [3]float64{
		1.0/3 - 0.10*r.lean - 0.045*r.inner, 1.0 / 3, 1.0/3 + 0.10*r.lean + 0.045*r.inner,
	}
	for i, w := range weights {
		s, k := &t.surface[i], &t.carcass[i]
		flow := 0.075 * (*s - *k)
		*s += r.dt * (3*w*c.tyreHeat*r.power - flow - (0.004+0.00042*r.speed)*(*s-r.air) - 0.010*math.Min(r.speed/20, 1)*(*s-r.track))
		*k += r.dt * (0.35*flow + 0.16*r.flex*math.Min(r.speed/60, 1.3) - 0.0035*(*k-r.air))
		t.tread[i] -= r.dt * r.power * 1e-3 * 3 * w * c.tyreWear
	}
	t.rolled += r.dt * r.speed
}

func mean3(v [3]float64) float64 { return (v[0] + v[1] + v[2]) / 3 }

// pressure is the running pressure in kPa.
func (t *tyre) pressure(air float64) float64 {
	const atmosphere, zero = 101.3, 273.15
	gas := air + 0.45*(mean3(t.carcass)-air)
	return (t.cold+atmosphere)*(gas+zero)/(t.coldTemp+zero) - atmosphere
}

// friction is the share of its best friction that the tyre offers: rubber has a temperature it likes, and less tread
// grips less.
func (t *tyre) friction() float64 {
	const best = 88.0 // °C
	d := 0.6*mean3(t.surface) + 0.4*mean3(t.carcass) - best
	return 1 - math.Min(1.1e-5*d*d, 0.06) - 0.10*(1-mean3(t.tread))
}
