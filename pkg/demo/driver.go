package demo

import (
	"math"
	"math/rand/v2"
)

// touch is how one corner is taken on one lap.
type touch struct {
	grip     float64 // share of the grip circle the driver dares to use sideways
	brake    float64 // the same under braking: a low share means braking early
	exit     float64 // the same on the throttle
	hesitate float64 // s for which the driver waits before full throttle
	wide     float64 // m that the car runs out of its line at the exit
	caught   bool    // the rear steps out at the exit and is caught
}

// mood is how well the driver goes on one lap, before the differences from corner to corner.
type mood struct {
	pace    float64 // 1 is the driver's usual
	scatter float64 // 1 is the driver's usual
}

// touches draws how each corner of a lap is taken. Errors come in the order in which drivers make them: a touch less or
// more speed everywhere, braking a little early or late, now and then a late one that costs the exit, a hesitation on
// the throttle, a slide that is caught.
func touches(rng *rand.Rand, corners int, m mood) []touch {
	out := make([]touch, corners)
	for i := range out {
		t := touch{
			grip:  (0.945 + 0.015*m.scatter*rng.NormFloat64()) * m.pace,
			brake: math.Min(0.87*m.pace+0.038*m.scatter*rng.NormFloat64(), 0.97),
			exit:  math.Min(0.90*m.pace+0.035*m.scatter*rng.NormFloat64(), 0.97),
			wide:  0.3 * m.scatter * rng.NormFloat64(),
		}
		switch p := rng.Float64(); {
		case p < 0.035*m.scatter: // in too deep
			t.brake, t.grip, t.hesitate, t.wide = 0.985, t.grip*0.975, 0.45, 1.5
		case p < 0.09*m.scatter:
			t.hesitate = 0.15 + 0.35*rng.Float64()
		case p < 0.12*m.scatter:
			t.caught = true
		}
		out[i] = t
	}
	return out
}

// plan is the speed a driver aims for along a lap and the first part of the next. It is quasi-steady-state: at every
// metre the car could hold its speed, as in the classic lap time simulation. Three limits meet in it: what the curvature
// allows, v² |κ| ≤ g·limit; what braking with the rest of the grip circle still reaches, worked out backwards; and what
// the driven axle can transmit out of a corner, worked out forwards. The engine is not among them: where the plan rises
// faster than the car can, the driver is simply at full throttle.
type plan struct {
	step float64
	v    []float64
}

const planAhead = 900 // m that a plan reaches into the next lap

// outline is what a plan is made for.
type outline struct {
	circuit    *Circuit
	car        *Car
	conditions conditions
	now, next  []touch
	cap        func(d float64) float64 // speed limit d metres after the line, d up to length+planAhead; nil is none
	swerve     func(d float64) float64 // curvature that leaving the line adds; nil is none
}

func newPlan(o outline) *plan {
	c, car, k := o.circuit, o.car, o.conditions
	n := len(c.line) - 1
	m := n + int(planAhead/c.step)
	v := make([]float64, m)
	kappa := make([]float64, m)
	style := func(i int) *touch {
		if i < n {
			return &o.now[c.zone[i]]
		}
		return &o.next[c.zone[i-n]]
	}
	for i := range v {
		p := &c.line[i%n]
		kappa[i] = p.kappa
		if o.swerve != nil {
			kappa[i] += o.swerve(float64(i) * c.step)
		}
		v[i] = cornerSpeed(car, k, math.Abs(kappa[i]), p.crest, style(i).grip)
		if o.cap != nil {
			v[i] = math.Min(v[i], o.cap(float64(i)*c.step))
		}
	}
	spare := func(i int) (share, limit float64) {
		limit = car.limit(v[i], c.line[i%n].crest, k)
		used := v[i] * v[i] * math.Abs(kappa[i]) / limit
		return math.Sqrt(math.Max(1-used*used, 0)), limit
	}
	for i := m - 2; i >= 0; i-- {
		share, limit := spare(i + 1)
		a := share*limit*style(i).brake + car.resist(v[i+1], k) + gravity*c.line[(i+1)%n].grade
		v[i] = math.Min(v[i], math.Sqrt(v[i+1]*v[i+1]+2*math.Max(a, 0)*c.step))
	}
	for i := 1; i < m; i++ {
		share, limit := spare(i - 1)
		t := style(i)
		a := share*limit*t.exit*car.rearShare(v[i-1], 0.7*share*limit, k) - car.resist(v[i-1], k) - gravity*c.line[(i-1)%n].grade
		v[i] = math.Min(v[i], math.Sqrt(math.Max(v[i-1]*v[i-1]+2*a*c.step, 1)))
	}
	v = smooth(v, 5)
	if o.cap != nil {
		for i := range v {
			v[i] = math.Min(v[i], o.cap(float64(i)*c.step))
		}
	}
	return &plan{step: c.step, v: v}
}

// cornerSpeed solves v²κ = use·limit(v) by iteration.
func cornerSpeed(car *Car, k conditions, kappa, crest, use float64) float64 {
	const most = 120.0
	if kappa < 1e-5 {
		return most
	}
	v := 40.0
	for range 12 {
		next := math.Min(math.Sqrt(use*car.limit(v, crest, k)/kappa), most)
		if math.Abs(next-v) < 0.01 {
			return next
		}
		v = next
	}
	return v
}

// smooth is a moving mean over 2·reach+1 points.
func smooth(v []float64, reach int) []float64 {
	out := make([]float64, len(v))
	for i := range v {
		r := min(reach, i, len(v)-1-i)
		var sum float64
		for _, x := range v[i-r : i+r+1] {
			sum += x
		}
		out[i] = sum / float64(2*r+1)
	}
	return out
}

func (p *plan) at(d float64) float64 {
	f := d / p.step
	i := min(max(int(f), 0), len(p.v)-2)
	f -= float64(i)
	return p.v[i] + f*(p.v[i+1]-p.v[i])
}

// slope is the acceleration the plan asks for at d: d(v²/2)/ds.
func (p *plan) slope(d float64) float64 {
	const reach = 4.0
	a, b := p.at(d-reach), p.at(d+reach)
	return (b*b - a*a) / (4 * reach)
}

// lap is the quasi-steady-state lap with the engine as a further limit: the time in seconds at which each metre of the
// line is passed, at full speed over the start line. It is the shape of everyone's lap in the field.
func (p *plan) lap(c *Circuit, car *Car, k conditions) []float64 {
	n := len(c.line) - 1
	times := make([]float64, n+1)
	var v float64
	for round := range 2 { // the first round finds the speed over the line
		if round == 0 {
			v = 30
		}
		for i := range n {
			gear := car.bestGear(v)
			a := car.drive(v, gear)/k.mass*0.97 - car.resist(v, k) - gravity*c.line[i].grade
			next := math.Min(p.v[i+1], math.Sqrt(math.Max(v*v+2*a*c.step, 1)))
			times[i+1] = times[i] + 2*c.step/(v+next)
			v = next
		}
	}
	return times
}

// wander is the driver's lateral scatter: a cubic B-spline over the distance driven, with random control points. It has
// continuous curvature, so it may be driven, and no two laps have the same line.
type wander struct {
	rng    *rand.Rand
	knots  []float64
	spread float64
}

const wanderKnot = 110.0 // m between control points

func (w *wander) at(d float64) float64 {
	f := math.Max(d/wanderKnot, 0)
	i := int(f)
	for len(w.knots) < i+4 {
		w.knots = append(w.knots, w.spread*w.rng.NormFloat64())
	}
	t := f - float64(i)
	k := w.knots[i : i+4]
	u := 1 - t
	return (u*u*u*k[0] + (3*t*t*t-6*t*t+4)*k[1] + (3*u*u*u-6*u*u+4)*k[2] + t*t*t*k[3]) / 6
}

// drift is a random process with a mean of 0, a standard deviation of 1 and a time constant: white noise through a
// low-pass filter (Ornstein-Uhlenbeck).
type drift struct{ x float64 }

func (d *drift) next(rng *rand.Rand, dt, tau float64) float64 {
	keep := math.Exp(-dt / tau)
	d.x = keep*d.x + math.Sqrt(1-keep*keep)*rng.NormFloat64()
	return d.x
}

// toward moves x to a target by at most down or up.
func toward(x, target, up, down float64) float64 {
	return x + math.Min(math.Max(target-x, -down), up)
}
