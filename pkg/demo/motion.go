package demo

import "math"

// brakeHold is the pedal with which a standing car is held.
const brakeHold = 0.62

// drive moves the car by one tick on the road.
func (m *simulation) drive() {
	if m.watchMishaps() {
		return
	}
	m.control()
	m.change()
	before := m.v
	m.accel = m.longitudinal()
	m.v = math.Max(m.v+m.accel*dt, 0)
	if m.v == 0 && m.accel < 0 {
		m.accel = (m.v - before) / dt
	}
	m.follow((before + m.v) / 2 * dt)
}

// follow moves the car along its path and works out the geometry of its motion.
func (m *simulation) follow(way float64) {
	p := m.circuit.at(m.s)
	lean := m.heading(m.total) // angle between the path and the line
	along := way * math.Cos(lean) / (1 - m.offset*p.kappa)
	m.s += along
	m.total += along
	m.settle()
}

// settle puts the car where s and total say.
func (m *simulation) settle() {
	s := math.Mod(m.s, m.circuit.Length)
	p := m.circuit.at(s)
	const h = 2.5
	n0, n1, n2 := m.lateralAt(m.total-h), m.lateralAt(m.total), m.lateralAt(m.total+h)
	slope, curve := (n2-n0)/(2*h), (n2-2*n1+n0)/(h*h)
	m.offset, m.point = n1, p
	m.course = p.heading + math.Atan(slope/(1-n1*p.kappa))
	m.kappa = (p.kappa + curve) / (1 - n1*p.kappa)
	m.lateral = m.v * m.v * m.kappa
	m.x = p.x - n1*math.Sin(p.heading)
	m.y = p.y + n1*math.Cos(p.heading)
}

func (m *simulation) heading(total float64) float64 {
	const h = 2.5
	return math.Atan((m.lateralAt(total+h) - m.lateralAt(total-h)) / (2 * h))
}

// lateralAt is the offset from the line at a distance driven: the driver's scatter, the way through the pits, the place
// on the grid, and what went wrong.
func (m *simulation) lateralAt(total float64) float64 {
	n := m.line.at(total + m.circuit.Length)
	x := m.circuit.signed(m.s + total - m.total)
	if m.pitting {
		n += m.circuit.pit.lane(x) + m.circuit.pit.inStall(x)
		n -= m.line.at(total+m.circuit.Length) * 0.8 * ease(x, m.circuit.pit.split, m.circuit.pit.entry) *
			(1 - ease(x, m.circuit.pit.exit, m.circuit.pit.join))
	}
	if m.stint.Kind == Race && total < 300 {
		side := 2.6
		if m.stint.Grid%2 == 0 {
			side = -2.6
		}
		n += side * (1 - ease(total, 40, 280))
	}
	for _, d := range m.detours {
		n += d.at(total)
	}
	return n
}

// control turns the plan into pedals. The driver looks a little ahead, compares the speed that is planned there with his
// own, and asks for the plan's acceleration plus a correction. Feet have limited speed: a throttle is lifted in a sixth
// of a second and squeezed on over half a second or more; a brake is hit in a quarter of a second and trailed off.
func (m *simulation) control() {
	const look = 0.13 // s
	// A plan reaches past the line, so the distance need not be wrapped.
	d := m.s + math.Max(m.v*look, 0.15)
	target := m.plan.at(d)
	want := m.plan.slope(d) + 4.4*(target-(m.v+0.5*look*m.accel))
	k := m.conditions()
	resist := m.car.resist(m.v, k) + gravity*m.point.grade
	retard := m.car.retard(m.v, m.gear) / k.mass
	coast := -resist - retard

	limit := m.car.limit(m.v, m.point.crest, k)
	used := math.Min(math.Abs(m.lateral)/limit, 1)
	spare := math.Sqrt(1-used*used) * limit

	full := m.car.drive(math.Max(m.v, 4), m.gear)
	throttle := (want + resist + retard) * k.mass / (full + retard*k.mass)
	traction := spare * m.car.rearShare(m.v, 0.6*spare, k) * k.mass / full
	t := m.touch()
	throttle = math.Min(throttle, (t.exit+0.04)*traction)
	throttle = m.shapeThrottle(throttle, used)
	brake := 0.0
	if want < coast-0.3 && m.v > 0.3 {
		brake = (-want - resist - 0.6*retard) * k.mass / m.car.brakeForce
		if m.car.abs && brake > 0.45 {
			brake *= 1.10 // leans on the anti-lock system
		}
	}
	if m.limiter && m.v > m.circuit.PitSpeed-1.2 && brake < 0.05 && m.onPitRoad && want > -1 {
		throttle = 0.85 // the limiter does the work
	}
	if m.sliding > 0 && m.sliding < 1.25 {
		throttle, brake = 0, math.Max(brake, 0.12*ease(m.sliding, 0.1, 0.4))
	}
	if m.offTrack {
		throttle = math.Min(throttle, math.Max(0.22+0.11*m.pedalNoise[1].x, 0.03)) // feels for grip
	}

	throttle += 0.018 * m.pedalNoise[0].next(m.rng, dt, 0.35) * math.Min(throttle, 1)
	brake += 0.022 * m.pedalNoise[1].next(m.rng, dt, 0.22) * math.Min(brake, 1)
	throttle, brake = math.Min(math.Max(throttle, 0), 1), math.Min(math.Max(brake, 0), 1)
	if m.throttle > 0.45 {
		brake = math.Min(brake, 0.04)
	}
	if m.brake > 0.22 && m.v > 2 {
		throttle = 0
	}
	if m.clutch < 0.95 && m.gear == 1 && m.v < 18 {
		throttle = math.Min(throttle, 0.58) // lets the clutch bite
	}
	up := 1.7
	if m.throttle > 0.55 && used < 0.55 {
		up = 2.9
	}
	m.throttle = toward(m.throttle, throttle, up*dt, 6.2*dt)
	m.brake = toward(m.brake, brake, (1.4+5*math.Min(m.brake*3, 1))*dt, 3.4*dt)
}

// touch is how the corner that the car is in is taken.
func (m *simulation) touch() *touch {
	i := int(m.s / m.circuit.step)
	if i >= len(m.circuit.zone) {
		return &m.nextLap[0]
	}
	return &m.thisLap[m.circuit.zone[i]]
}

// shapeThrottle adds what makes a foot human: waiting after the apex, and lifting when the rear steps out.
func (m *simulation) shapeThrottle(throttle, used float64) float64 {
	i := min(int(m.s/m.circuit.step), len(m.circuit.zone)-1)
	zone := m.circuit.zone[i]
	corner, t := m.circuit.Corners[zone], m.thisLap[zone]
	id := m.lap*100 + zone
	past := m.s > corner.Apex && m.s < corner.End+60
	if past && throttle > 0.35 && t.hesitate > 0 && m.hesitated != id {
		m.hesitated, m.hesitating = id, t.hesitate
	}
	if m.hesitating > 0 {
		m.hesitating -= dt
		throttle = math.Min(throttle, 0.34)
	}
	if past && t.caught && m.caughtAt != id && m.throttle > 0.5 && used > 0.45 {
		m.caughtAt, m.catching = id, 0.55
		m.slideSide = -1
		if corner.Left {
			m.slideSide = 1
		}
	}
	if m.catching > 0 {
		m.catching -= dt
		if m.catching > 0.25 {
			throttle = math.Min(throttle, 0.42)
		}
	}
	return throttle
}

// change works the gearbox: up at the shift lights, down under braking as soon as the lower gear does not over-rev.
func (m *simulation) change() {
	m.sinceShift += dt
	if m.changing > 0 {
		m.changing--
		m.shownGear = m.gear
		if m.changing >= 2 {
			m.shownGear = 0
		}
	} else {
		m.shownGear = m.gear
		wheel := m.car.rpmAt(m.v, m.gear)
		switch {
		case m.gear < len(m.car.gears) && wheel > m.car.shift*(1-0.012*float64(m.gear%2)) && m.throttle > 0.25 && m.sinceShift > 0.25:
			m.shift(m.gear+1, true)
		case m.gear > 1 && m.sinceShift > 0.19 && m.throttle < 0.3 && m.brake > 0.06 &&
			m.car.rpmAt(m.v, m.gear-1) < 0.90*m.car.redline:
			m.shift(m.gear-1, false)
		case m.gear > 1 && m.sinceShift > 0.5 && wheel < 0.52*m.car.redline && m.car.rpmAt(m.v, m.gear-1) < 0.86*m.car.redline:
			m.shift(m.gear-1, false)
		}
	}
	m.applied = m.throttle
	if m.changing > 0 {
		switch {
		case m.changeUp && m.car.cutOnShift:
			m.applied *= [...]float64{1, 0.72, 0.38, 0.30, 0.30}[m.changing]
		case !m.changeUp:
			m.applied = math.Max(m.applied, [...]float64{0, 0.23, 0.75, 0.75, 0.75}[m.changing])
		}
	}
}

func (m *simulation) shift(to int, up bool) {
	m.ring = 0.16 * (m.car.rpmAt(m.v, m.gear) - m.car.rpmAt(m.v, to))
	m.ringPhase = 0
	m.gear, m.changeUp, m.sinceShift = to, up, 0
	m.changing = 3
	if !up {
		m.changing = 4
	}
	m.shownGear = 0
}

// longitudinal is the acceleration along the path in m/s²: drive, brakes, air, rolling, cornering drag and the slope.
func (m *simulation) longitudinal() float64 {
	c, k := m.car, m.conditions()
	limit := c.limit(m.v, m.point.crest, k)
	used := math.Min(math.Abs(m.lateral)/limit, 1)
	spare := math.Sqrt(math.Max(1-used*used, 0.03)) * limit
	if m.offTrack {
		spare *= 0.42
	}

	throttle := m.throttle
	if m.changing >= 2 {
		throttle = 0
	} else if m.changing == 1 {
		throttle *= 0.5
	}
	slipping := m.rpmFloor() > c.rpmAt(m.v, m.gear)
	engine := 0.0
	switch {
	case slipping: // the clutch slips: the engine gives what it has at its own speed
		engine = throttle * c.torqueAt(m.rpmFloor()) * c.ratio(1) * 0.93 * m.clutch
	case m.changing < 2:
		engine = throttle*c.drive(m.v, m.gear) - (1-throttle)*c.retard(m.v, m.gear)
	}
	if c.rpmAt(m.v, m.gear) > c.redline {
		engine = -c.retard(m.v, m.gear)
	}
	m.limiter = m.onPitRoad
	if m.limiter && m.v > m.circuit.PitSpeed-0.35 && engine > 0 {
		engine = math.Min(engine, (c.resist(m.v, k)+gravity*m.point.grade)*k.mass*math.Max(1+(m.circuit.PitSpeed-0.2-m.v)*8, -1))
	}
	m.absCut = 0
	if most := spare * c.rearShare(m.v, 0.6*spare, k) * k.mass; engine > most {
		engine = most // traction control
	}
	brake := m.brake * c.brakeForce
	if most := spare * 0.985 * k.mass; brake > most {
		m.absCut = 1 - most/brake
		brake = most
	}
	if m.v < 0.2 {
		brake = 0
	}
	a := (engine-brake)/k.mass/m.inertia() - c.resist(m.v, k) - gravity*m.point.grade
	a -= 0.022 * m.lateral * m.lateral / gravity // tyres at an angle drag
	if m.offTrack {
		a -= 2.6 * math.Min(m.v/12, 1)
	}
	if m.sliding > 0 {
		a -= 9 * math.Abs(math.Sin(m.slideAngle()))
	}
	if m.jolt > 0 {
		a -= 6
	}
	return a
}

// inertia is the factor by which the spinning parts make the car heavier.
func (m *simulation) inertia() float64 {
	r := m.car.ratio(m.gear)
	return 1.02 + 0.12*r*r/m.car.mass
}

// rpmFloor is the engine speed that the clutch keeps while the car is too slow for its first gear.
func (m *simulation) rpmFloor() float64 {
	if m.gear > 1 {
		return 0
	}
	return m.car.idle + (0.52*m.car.redline-m.car.idle)*math.Min(m.throttle*1.6, 1)
}

// engineSpeed moves rev counter and clutch.
func (m *simulation) engineSpeed() {
	switch {
	case !m.running:
		target := 300.0
		if m.cranking > 0 {
			target = m.car.idle * 1.25
		}
		m.rpm += (target - m.rpm) * math.Min(dt/0.12, 1)
		if m.cranking == 0 {
			m.rpm = 300
		}
		m.clutch = 0
		return
	case m.phase != driving:
		target := m.car.idle
		if m.phase == onGrid && m.now > m.green-4 {
			target = m.car.idle + 0.4*(m.car.redline-m.car.idle)
		}
		m.rpm += (target + 12*m.sense[0].x - m.rpm) * dt / 0.25
		m.clutch = 0
		return
	}
	wheel := m.car.rpmAt(m.v*(1+m.wheelSlip()), max(m.gear, 1))
	floor := m.rpmFloor()
	target := math.Max(wheel, floor)
	if m.changing >= 3 && m.changeUp {
		target = m.rpm * 1.02
	}
	m.rpm += (target - m.rpm) * math.Min(dt/0.028, 1)
	m.ring *= math.Exp(-dt / 0.11)
	m.ringPhase += 2 * math.Pi * 7.5 * dt
	if wheel >= floor {
		m.clutch = 1
	} else {
		m.clutch = toward(m.clutch, math.Max(math.Min(wheel/floor*1.15, 1), 0.62*math.Min(m.throttle*3, 1)), 1.3*dt, 6*dt)
		if m.throttle < 0.02 && m.v < 3 {
			m.clutch = 0
		}
	}
}

// shownRPM is the engine speed with the oscillation of the driveline.
func (m *simulation) shownRPM() float64 {
	if !m.running || m.phase != driving {
		return m.rpm
	}
	return math.Min(m.rpm-m.ring*math.Sin(m.ringPhase)+0.0016*m.rpm*m.sense[1].x, m.car.redline+60)
}

// wheelSlip is by how much the driven wheels turn faster than the road passes.
func (m *simulation) wheelSlip() float64 {
	if m.v < 1 {
		return 0
	}
	limit := m.car.grip * gravity
	if m.accel > 0 {
		return 0.022 * math.Min(m.accel/limit, 1) * math.Min(m.throttle*1.3, 1)
	}
	return 0.028 * math.Max(m.accel/limit, -1.2) * math.Min(m.brake*1.5, 1)
}

// slideAngle is the extra sideslip of a loss of control: thrown out in a third of a second, caught over one and a half.
func (m *simulation) slideAngle() float64 {
	if m.sliding <= 0 {
		return 0
	}
	t := m.sliding
	return -m.slideSide * 0.62 * ease(t, 0, 0.5) * (1 - ease(t, 0.75, 2.0)) * (1 + 0.25*math.Sin(5*t))
}

// watchMishaps starts this lap's mishaps where they happen. It tells whether the car was reset to the pits.
func (m *simulation) watchMishaps() (reset bool) {
	m.incident = 0
	if m.sliding > 0 {
		if m.sliding += dt; m.sliding > 2.1 {
			m.sliding = 0
		}
	}
	m.jolt = math.Max(m.jolt-dt, 0)
	wasOff := m.offTrack
	m.offTrack = false
	for _, d := range m.detours {
		if math.Abs(d.at(m.total)) > 4.6 {
			m.offTrack = true
		}
	}
	if m.offTrack && !wasOff {
		m.incidents++
		m.incident = 0x202 // off track, 1x
	}
	for i := 0; i < len(m.mishapsLeft); i++ {
		e := m.mishapsLeft[i]
		c := m.circuit.Corners[e.Corner-1]
		if e.Lap != m.lap || m.s < c.Apex {
			continue
		}
		outside := 1.0
		if c.Left {
			outside = -1
		}
		switch e.Mishap {
		case OffTrack:
			m.detours = append(m.detours, detour{from: m.total + 1, to: m.total + 330, offset: outside * 8.2})
		case LossControl:
			if m.s < (c.Apex+c.End)/2 {
				continue
			}
			m.sliding, m.slideSide = dt, -outside
			m.incidents += 2
			m.incident = 0x301 // out of control, 2x
		case Contact:
			m.jolt = 0.07
			m.incident = 0x107 // contact with a car, 0x
		case Reset:
			if m.v > 0.4 {
				continue
			}
			m.stopped += dt
			if m.stopped < 1.6 {
				continue
			}
			m.stopped = 0
			m.mishapsLeft = append(m.mishapsLeft[:i], m.mishapsLeft[i+1:]...)
			m.spawn()
			return true
		}
		m.mishapsLeft = append(m.mishapsLeft[:i], m.mishapsLeft[i+1:]...)
		i--
	}
	if t := m.touch(); t.wide != 0 && m.s > m.zoneCorner().Apex-50 && m.s < m.zoneCorner().Apex {
		outside := 1.0
		if m.zoneCorner().Left {
			outside = -1
		}
		m.detours = append(m.detours, detour{from: m.total + 1, to: m.total + 170, offset: outside * math.Min(math.Max(t.wide, -0.6), 1.8)})
		t.wide = 0
	}
	for len(m.detours) > 0 && m.detours[0].to < m.total-20 {
		m.detours = m.detours[1:]
	}
	return false
}

func (m *simulation) zoneCorner() Corner {
	i := min(int(m.s/m.circuit.step), len(m.circuit.zone)-1)
	return m.circuit.Corners[m.circuit.zone[i]]
}
