package demo

import "math"

// leftSide is 1 for a wheel on the left and -1 for one on the right; frontEnd is 1 for a front wheel and -1 for a rear one.
func leftSide(wheel int) float64 { return 1 - 2*float64(wheel%2) }

func frontEnd(wheel int) float64 { return 1 - 2*float64(wheel/2) }

// ride works out what the motion does to the chassis: sideslip, wheel loads, suspension, attitude and steering.
func (m *simulation) ride() {
	m.sideslip()
	m.wheelLoads()
	m.suspension()
	m.steering()
}

// sideslip is the angle between heading and motion. A car turning slowly points outward of its path at the centre of
// gravity, by the distance to the rear axle times the curvature; with lateral force the rear tyres need a slip angle and
// it points inward.
func (m *simulation) sideslip() {
	compliance := 0.0018
	if m.car.mass > 1200 {
		compliance = 0.0033
	}
	target := m.car.wheelBase*m.car.frontWeight*m.kappa - compliance*m.lateral
	if m.catching > 0 {
		target -= 0.075 * m.slideSide * math.Sin(math.Pi*(0.55-m.catching)/0.55)
	}
	target += m.slideAngle()
	before := m.slip
	m.slip += (target - m.slip) * dt / 0.09
	if m.v < 0.5 {
		m.slip = before
	}
	m.slipRate = (m.slip - before) / dt
}

// yawRate is the rate of turn in rad/s, to the left.
func (m *simulation) yawRate() float64 {
	return m.v*m.kappa - m.slipRate + 0.0035*math.Min(m.v/30, 1.6)*m.sense[2].x
}

// wheelLoads splits the load on the wheels: weight and downforce by their places, transfer by the height of the centre
// of gravity.
func (m *simulation) wheelLoads() {
	k := m.conditions()
	weight := k.mass * (gravity + m.point.crest*m.v*m.v)
	down := k.air / 2 * m.car.lift * m.v * m.v
	front := weight*m.car.frontWeight + down*(1-m.car.liftBack) - k.mass*m.accel*m.car.cgHeight/m.car.wheelBase
	rear := weight + down - front
	across := k.mass * m.lateral * m.car.cgHeight / m.car.trackWidth
	for i := range m.load {
		axle, share := front, 0.52
		if frontEnd(i) < 0 {
			axle, share = rear, 0.48
		}
		m.load[i] = math.Max(axle/2-leftSide(i)*across*share, 0)
	}
}

// staticLoad is a wheel's load at rest.
func (m *simulation) staticLoad(i int) float64 {
	share := m.car.frontWeight
	if frontEnd(i) < 0 {
		share = 1 - share
	}
	return (m.car.mass + m.fuel*m.car.fuelDensity) * gravity * share / 2
}

// suspension lets each corner of the body swing on its spring and damper at 360 Hz, driven by the load on the wheel and
// by the road, whose roughness is noise that grows with speed, more on kerbs and much more on grass.
func (m *simulation) suspension() {
	omega := 2 * math.Pi * m.car.heave
	const damping = 0.55
	rough := 0.0011 * math.Min(m.v/25, 2.2)
	switch {
	case m.offTrack:
		rough *= 4.5
	case m.material >= 11:
		rough *= 2.6
	}
	h := dt / fine
	pitch, roll := m.pitch, m.roll
	for i := range m.deflection {
		target := (m.load[i] - m.staticLoad(i)) / m.car.springRate
		for range fine {
			bump := rough * m.bump[i].next(m.road, h, 0.018)
			m.deflectRate[i] += h * (omega*omega*(target+bump-m.deflection[i]) - 2*damping*omega*m.deflectRate[i])
			m.deflection[i] += h * m.deflectRate[i]
		}
	}
	d := &m.deflection
	// Nose down and leaning right are positive.
	m.pitch = (d[leftFront]+d[rightFront]-d[leftRear]-d[rightRear])/2/m.car.wheelBase + 0.006
	m.roll = (d[rightFront] + d[rightRear] - d[leftFront] - d[leftRear]) / 2 / m.car.trackWidth
	m.pitchRate, m.rollRate = (m.pitch-pitch)/dt, (m.roll-roll)/dt

	n := math.Min(m.v/35, 1.8)
	if m.offTrack {
		n *= 3
	} else if m.material >= 11 {
		n *= 1.8
	}
	var heave float64
	for i := range d {
		heave -= m.deflectRate[i] / wheels
	}
	m.vertical = gravity*math.Cos(math.Atan(m.point.grade)) + m.point.crest*m.v*m.v +
		0.75*n*m.sense[0].next(m.road, dt, 0.025) + 6*heave
	m.sense[1].next(m.road, dt, 0.03)
	m.sense[2].next(m.road, dt, 0.04)
}

// lateralAccel and longAccel are what accelerometers fixed to the body read: gravity adds where the body leans.
func (m *simulation) lateralAccel() float64 {
	jolt := 0.0
	if m.jolt > 0 {
		jolt = 7
	}
	return m.lateral + gravity*math.Sin(m.roll) + jolt + (0.12+0.3*math.Min(m.v/40, 1.5))*m.sense[2].x*math.Min(m.v/5, 1)
}

func (m *simulation) longAccel() float64 {
	return m.accel - gravity*math.Sin(m.pitch-math.Atan(m.point.grade)) + 0.22*math.Min(m.v/40, 1.5)*m.sense[1].x
}

// steering is the angle that the path asks for, wheelbase times curvature plus understeer, with the small corrections of
// a driver at the limit, which come a little less than twice a second, and larger ones against a slide.
func (m *simulation) steering() {
	limit := m.car.limit(m.v, m.point.crest, m.conditions())
	used := math.Min(math.Abs(m.lateral)/limit, 1)
	angle := math.Atan(m.car.wheelBase*m.kappa) + m.car.understeer*m.lateral
	busy := 0.0016 + 0.0075*used*used
	quick := m.tremor[0].next(m.rng, dt, 0.11)
	m.tremor[1].x += (quick - m.tremor[1].x) * dt / 0.07
	angle += busy * m.tremor[1].x * math.Min(m.v/8, 1)
	if m.catching > 0 {
		angle -= 0.045 * m.slideSide * math.Sin(math.Pi*math.Min((0.55-m.catching)/0.40, 1))
	}
	angle += 0.8 * m.slideAngle()
	want := angle * m.car.steerRatio
	before := m.steer
	m.steer = toward(m.steer, want, 9*dt, 9*dt)

	// The rim's torque: the front tyres' self-aligning torque, which fades as they near their limit, against the turn;
	// the road shakes it.
	hold := -m.car.steerForce * m.lateral * (1 - 0.28*used*used)
	for i := range m.torque {
		shake := 0.5 * math.Min(m.v/30, 1.6) * m.torqueNoise.next(m.road, dt/fine, 0.012)
		if m.material >= 11 || m.offTrack {
			shake *= 2.5
		}
		f := float64(i+1) / fine
		m.steerLag += (hold - m.steerLag) * dt / fine / 0.035
		m.torque[i] = m.steerLag + shake - 0.25*(m.steer-before)*f/dt
	}
}

// warm moves temperatures, fuel and tyres by one tick.
func (m *simulation) warm() {
	c := m.car
	kw := 0.0
	switch {
	case !m.running:
		m.flow = 0
	case m.phase != driving:
		m.flow = c.idleBurn
	default:
		rpm := m.shownRPM()
		kw = m.applied * c.torqueAt(rpm) * rpm * math.Pi / 30 / 1000
		m.flow = c.idleBurn*0.3 + 0.25*rpm/1000 + c.burn*kw
	}
	m.fuel = math.Max(m.fuel-m.flow/c.fuelDensity/3600*dt, 0)

	heat := kw / 400
	air := 0.35 + math.Min(m.v/50, 1.3)
	m.water += dt * (0.62*heat + 0.05 - 0.0062*air*math.Max(m.water-m.sky.air-18, 0)*(0.25+0.75*ease(m.water, 72, 88)))
	m.oil += dt * (0.60*heat + 0.03 - 0.0048*air*math.Max(m.oil-m.sky.air-22, 0)*(0.25+0.75*ease(m.oil, 80, 102)))
	pressure := 0.0
	if m.running {
		pressure = math.Min(1.4+4.6*m.shownRPM()/c.redline, 5.5) * (1 - 0.0035*(m.oil-90))
	}
	m.oilPress += (math.Min(pressure, 6.2) - m.oilPress) * dt / 0.25

	k := m.conditions()
	limit := c.limit(m.v, m.point.crest, k)
	across := m.lateral / limit
	along := m.accel / limit
	for i := range m.tyres {
		load := m.load[i]
		share := load / (k.mass * gravity)
		side := math.Abs(m.lateral) * k.mass * share
		forward := 0.0
		if m.accel < 0 {
			forward = m.brake * c.brakeForce * (1 - m.absCut)
			if frontEnd(i) > 0 {
				forward *= c.brakeBias / 2
			} else {
				forward *= (1 - c.brakeBias) / 2
			}
		} else if frontEnd(i) < 0 {
			forward = math.Max(m.accel, 0) * k.mass / 2
		}
		sliding := 0.25 * math.Abs(math.Sin(m.slideAngle()))
		power := (side*(0.012+0.055*across*across+sliding) + forward*(0.008+0.045*along*along)) * m.v / 1000
		m.tyres[i].step(c, rub{
			dt: dt, speed: m.v, power: power, flex: load / m.staticLoad(i),
			lean: math.Max(math.Min(across, 1), -1), inner: leftSide(i),
			air: m.sky.air, track: m.sky.track,
		})
	}
}
