package demo

import (
	"context"
	"fmt"
	"math"
)

// Session flags and states, as the sim numbers them.
const (
	flagCheckered = 0x1
	flagWhite     = 0x2
	flagGreen     = 0x4
	flagYellow    = 0x8
	flagReady     = 0x20000000
	flagSet       = 0x40000000
	flagGo        = 0x80000000
	flagsAlways   = 0x10040000 // start lights hidden, car may be serviced
	flagsStarting = 0x00040000

	stateGetIn     = 1
	stateParade    = 3
	stateRacing    = 4
	stateCheckered = 5
	stateCoolDown  = 6
)

// run drives the stint to its end.
func (m *simulation) run(ctx context.Context) error {
	if err := m.begin(); err != nil {
		return err
	}
	for m.phase != ended {
		if m.tick%600 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		m.step()
		if err := m.record(); err != nil {
			return err
		}
		if m.crossed > m.stint.Laps+1 {
			return fmt.Errorf("the stint went on after its %d laps", m.stint.Laps)
		}
	}
	return nil
}

// begin puts the driver in the car, where the sim writes a blank record.
func (m *simulation) begin() error {
	if m.stint.Kind == Race {
		m.phase, m.state = onGrid, stateGetIn
		slot := gridSlot(m.stint.Grid)
		m.s, m.total = m.circuit.Length-slot, -slot
		m.lap = 0
		m.outLap = true
		m.armed = true
		m.engineOff()
		m.replan()
		m.settle()
	} else {
		m.toStall()
	}
	m.blank = true
	m.session()
	return m.record()
}

// spawn is a reset to the pits: the car is back in its stall, repaired and on fresh tyres.
func (m *simulation) spawn() {
	for i := range m.tyres {
		m.tyres[i].measure()
		m.tyres[i].refit(m.sky.air + 2)
	}
	m.blank = true
	m.clock.spoiled = true
	m.toStall()
}

func (m *simulation) toStall() {
	m.phase, m.since = parked, 0
	m.s = m.circuit.pit.stall
	m.total = float64(m.crossed)*m.circuit.Length + m.s
	m.v, m.accel, m.lateral = 0, 0, 0
	m.throttle, m.brake, m.steer = 0, 1, 0.04
	m.detours = m.detours[:0]
	m.sliding, m.offTrack = 0, false
	m.pitting, m.stopping, m.inStall = true, false, true
	m.outLap, m.armed = true, false
	m.clock.spoiled = true
	m.tape = nil
	m.service = service{flags: 0x1f}
	m.engineOff()
	m.replan()
	m.settle()
}

func (m *simulation) engineOff() {
	m.running, m.cranking, m.rpm = false, 0, 300
	m.gear, m.shownGear, m.changing = 1, 0, 0
	m.oilPress = 0
}

// step is one tick.
func (m *simulation) step() {
	m.tick++
	m.now = float64(m.tick) * dt
	m.since += dt
	m.blank = false
	m.sky.step(m.road, m.now, dt, m.circuit.altitudeStart)
	switch m.phase {
	case parked:
		m.getReady()
	case onGrid:
		m.awaitStart()
	case serving:
		m.serve()
	case driving:
		m.drive()
		m.cross()
		m.pits()
	case ended:
	}
	if m.phase != driving {
		m.throttleAtRest()
	}
	m.engineSpeed()
	m.ride()
	m.warm()
	m.place()
	m.timing()
	m.session()
}

// getReady is the first seconds in the stall: start the engine, select first gear, go.
func (m *simulation) getReady() {
	m.start(1.9, 3.0)
	if m.since > 3.6 {
		m.shownGear = 1
	}
	m.brake = toward(m.brake, 1-0.9*ease(m.since, 3.9, 4.6), dt, 2.2*dt)
	if m.since > 4.5 {
		m.phase, m.since = driving, 0
	}
}

func (m *simulation) start(crank, fire float64) {
	if m.since > crank && !m.running {
		m.cranking += dt
	}
	if m.since > fire && !m.running {
		m.running, m.cranking = true, 0
	}
}

func (m *simulation) awaitStart() {
	m.start(2.2, 3.3)
	if m.running && m.now > m.green-7 {
		m.shownGear = 1
	}
	if m.now >= m.green+0.21 {
		m.phase, m.since = driving, 0
	}
}

func (m *simulation) throttleAtRest() {
	target := 0.0
	if m.phase == onGrid && m.now > m.green-4 {
		target = 0.34
	}
	m.throttle = toward(m.throttle, target, 0.8*dt, 5*dt)
	m.applied = m.throttle
	if m.phase == onGrid || m.phase == serving {
		m.brake = toward(m.brake, brakeHold, 2*dt, 2*dt)
	}
	m.v, m.accel, m.lateral = 0, 0, 0
}

// cross counts the lap when the car passes the start line.
func (m *simulation) cross() {
	if m.s < m.circuit.Length {
		return
	}
	m.s -= m.circuit.Length
	way := math.Max(m.v*dt, 1e-6)
	at := m.now - dt*math.Min(m.s/way, 1)
	if m.tape != nil {
		m.fill(deltaPoints, at)
	}
	time := m.clock.cross(at, m.lap)
	m.keepTape(time)
	m.lap++
	m.crossed++
	m.outLap = m.pitting
	m.thisLap, m.nextLap = m.nextLap, m.draw()
	m.tape, m.taped, m.tapeStart = new(tape), 0, at-bias
	if m.crossed == m.stint.Laps && !m.stint.ToPits {
		m.finished, m.lineSpeed = true, m.v
	}
	m.replan()
}

// pits follows the car through the pit lane.
func (m *simulation) pits() {
	p := m.circuit.pit
	x := m.circuit.signed(m.s)
	switch {
	case !m.pitting && x < 0 && x > p.split-40 && x < p.split && m.comesIn(m.lap):
		m.pitting, m.stopping = true, true
	case m.pitting && !m.stopping && x > p.join+5 && x < p.join+200:
		m.pitting = false
	}
	m.onPitRoad = m.pitting && x >= p.entry && x <= p.exit
	m.inStall = m.pitting && math.Abs(x-p.stall) < 2.2
	if m.stopping && m.inStall && m.v < 0.45 {
		m.v, m.accel = 0, 0
		m.stopping = false
		m.arrive()
	}
}

// arrive is the car at rest in its stall: the crew measures the tyres and works.
func (m *simulation) arrive() {
	m.phase, m.since = serving, 0
	m.shownGear = 0
	for i := range m.tyres {
		m.tyres[i].measure()
	}
	m.service.elapsed, m.service.status, m.service.active = 0, 0, false
	if m.stint.ToPits && m.crossed >= m.stint.Laps {
		return
	}
	m.service.status, m.service.active = 1, true
	m.service.toAdd = math.Min(m.stint.Refuel, m.car.fuelMax-m.fuel)
}

// serve refuels, then changes the tyres left to right, and sends the car out.
func (m *simulation) serve() {
	s := &m.service
	s.elapsed += dt
	if !s.active {
		if s.elapsed > 2.5 {
			m.phase = ended
		}
		return
	}
	const litresPerSecond, perTyre = 2.5, 3.4
	if s.toAdd > 0 {
		add := math.Min(litresPerSecond*dt, s.toAdd)
		m.fuel += add
		if s.toAdd -= add; s.toAdd <= 0 {
			s.flags &^= 0x10
			s.elapsed = 0
		}
		return
	}
	if done := int(s.elapsed / perTyre); done > 0 {
		for i := range min(done, wheels) {
			if s.flags&(1<<i) != 0 {
				s.flags &^= 1 << i
				m.tyres[i].refit(m.sky.air + 18)
			}
		}
	}
	if s.elapsed > wheels*perTyre+0.4 {
		s.status, s.active, s.flags = 2, false, 0
		m.phase, m.since = driving, 0
		m.gear = 1
		m.replan()
	}
}

// place works out what the car stands on.
func (m *simulation) place() {
	x := m.circuit.signed(m.s)
	p := m.circuit.pit
	m.surface, m.material = 3, 1
	switch {
	case m.offTrack:
		m.surface, m.material = 0, 15
	case m.inStall && m.v < 3:
		m.surface, m.material = 1, 5
	case m.pitting && x > p.split+30 && x < p.join:
		m.surface, m.material = 2, 2
		if m.onPitRoad {
			m.material = 5
		}
	default:
		c := m.zoneCorner()
		inside := -m.offset
		if c.Left {
			inside = m.offset
		}
		if m.s > c.Apex-14 && m.s < c.Apex+16 && inside > 0.18 {
			m.material = 11 // rides the kerb
		}
	}
	m.onPitRoad = m.pitting && x >= p.entry && x <= p.exit
}

// timing moves the lap clock and the deltas.
func (m *simulation) timing() {
	m.clock.tick()
	pct := m.s / m.circuit.Length
	if m.tape != nil {
		m.fill(int(pct*deltaPoints), m.now)
	}
	if pct > 0.5 && pct < 0.9 && m.phase == driving {
		m.armed = true
	}
	running := m.now - m.tapeStart
	if m.tape == nil {
		running = m.now
	}
	outLap := m.outLap || m.tape == nil
	session := m.bestTape
	if m.sessionTape != nil && (session == nil || m.sessionTape[deltaPoints] < session[deltaPoints]) {
		session = m.sessionTape
	}
	for i, ref := range []*tape{m.bestTape, m.optimal, session} {
		m.delta[i].step(ref, running, pct, dt, m.armed && m.phase == driving, outLap)
	}
}

// fill notes when the points of the lap up to upTo were passed.
func (m *simulation) fill(upTo int, at float64) {
	for m.taped < upTo && m.taped < deltaPoints {
		m.taped++
		m.tape[m.taped] = at - m.tapeStart
	}
}

// keepTape keeps what a timed lap is worth: as the best lap, and its sectors for the optimal one.
func (m *simulation) keepTape(time float64) {
	if time <= 0 || m.tape == nil {
		return
	}
	lap := m.tape
	if m.bestTape == nil || lap[deltaPoints] < m.bestTape[deltaPoints] {
		m.bestTape = lap
	}
	sectors := m.circuit.Sectors
	border := func(i int) int {
		if i == len(sectors) {
			return deltaPoints
		}
		return int(sectors[i] * deltaPoints)
	}
	for i := range sectors {
		if took := lap[border(i+1)] - lap[border(i)]; m.bestParts[i] == nil || took < m.bestSectors[i] {
			m.bestSectors[i], m.bestParts[i] = took, lap
		}
	}
	best := new(tape)
	for i, part := range m.bestParts {
		for j := border(i) + 1; j <= border(i+1); j++ {
			best[j] = best[j-1] + part[j] - part[j-1]
		}
	}
	m.optimal = best
}

// session works out what the session tells: flags, state, positions, the end.
func (m *simulation) session() {
	distance := float64(max(m.lap-1, 0))*m.circuit.Length + m.s
	if m.lap == 0 && m.stint.Kind == Race {
		distance = m.s - m.circuit.Length
	}
	m.field.update(m.now)
	m.ahead, m.behind = m.field.around(distance)
	m.flags = flagsAlways
	if m.stint.Kind != Race {
		m.state = stateRacing
		m.position = m.field.timePosition(m.clock.best)
		if m.finished && m.s > 0.16*m.circuit.Length {
			m.phase = ended
		}
		return
	}
	if !m.finished {
		m.position = m.field.racePosition(distance)
	}
	left := m.green - m.now
	switch {
	case left > 9:
		m.state = stateGetIn
		m.position = m.stint.Grid
	case left > 5:
		m.state, m.flags = stateParade, flagsStarting|flagReady
		m.position = m.stint.Grid
	case left > 0:
		m.state, m.flags = stateParade, flagsStarting|flagSet
		m.position = m.stint.Grid
	case left > -3:
		m.state, m.flags = stateRacing, flagsStarting|flagGo|flagGreen
	case m.finished:
		m.state = stateCheckered
		m.flags |= flagCheckered
		if m.s > 0.10*m.circuit.Length {
			m.state = stateCoolDown
		}
		if m.s > 0.20*m.circuit.Length {
			m.phase = ended
		}
	default:
		m.state = stateRacing
		if m.crossed == m.stint.Laps-1 {
			m.flags |= flagWhite
		}
		if left > -12 {
			m.flags |= flagGreen
		}
	}
	if m.offTrack || m.sliding > 0 {
		m.yellowTill = m.now + 4
	}
	if m.now < m.yellowTill && m.state == stateRacing {
		m.flags |= flagYellow
	}
}
