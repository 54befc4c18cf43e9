package demo

import (
	"math"
	"math/rand/v2"
	"slices"
)

const (
	tickRate = 60
	dt       = 1.0 / tickRate
	fine     = 6 // sub-steps of suspension and steering torque: 360 Hz
)

// phase is what the car is doing.
type phase int

const (
	parked  phase = iota // stands in the stall, the driver getting ready
	onGrid               // stands on the grid until the lights go out
	driving              // on the move
	serving              // stands in the stall while the crew works
	ended                // the driver is out of the car
)

// simulation is one stint being driven. One step is one tick of the sim. The car follows a path, the circuit's line plus
// a lateral offset, as a point mass: the driver's pedals, the engine, the air and the grip circle decide how fast; the
// path decides yaw and lateral acceleration. Wheel loads, suspension, tyres and temperatures follow from the motion.
type simulation struct {
	stint   *Stint
	car     *Car
	circuit *Circuit
	field   *field
	sky     weather
	out     *recorder

	rng  *rand.Rand // the driver
	road *rand.Rand // noise of the road and of the sensors
	pace *rand.Rand // how each lap is taken
	line wander

	tick  int // since the session began
	now   float64
	phase phase
	since float64 // s in this phase

	// Place and motion.
	lap      int     // the channel Lap
	crossed  int     // crossings of the line in this file
	s        float64 // m after the line
	total    float64 // m driven along the line
	v, accel float64 // m/s and m/s² along the path
	offset   float64 // m left of the line
	course   float64 // rad, direction of motion counter-clockwise from east
	kappa    float64 // 1/m of the path
	lateral  float64 // m/s² to the left
	slip     float64 // rad, course minus heading: sideslip
	slipRate float64
	point    linePoint
	x, y     float64

	// Driver.
	plan             *plan
	thisLap, nextLap []touch
	throttle         float64 // pedals
	brake            float64
	applied          float64 // throttle after the shift's cut or blip
	steer            float64
	tremor           [2]drift
	pedalNoise       [2]drift
	hesitating       float64 // s left
	hesitated        int     // lap and corner for which the driver has hesitated
	catching         float64 // s left of catching a slide
	caughtAt         int
	sliding          float64 // s since a loss of control began, 0 is none
	slideSide        float64
	jolt             float64 // s left of a contact
	detours          []detour
	offTrack         bool
	stopped          float64 // s standing before a reset
	mishapsLeft      []Event

	// Engine and gears.
	gear       int // engaged; the channel shows 0 while it changes
	shownGear  int
	changing   int // ticks left of a gear change
	changeUp   bool
	sinceShift float64
	rpm        float64
	ring       float64 // rev/min amplitude of the driveline's oscillation after a change
	ringPhase  float64
	clutch     float64
	running    bool
	cranking   float64
	limiter    bool    // pit speed limiter
	absCut     float64 // share of the brake force that the anti-lock system takes away

	// Pits.
	pitting   bool // on the way in, in the lane, or on the way out
	stopping  bool // will stop at the stall
	inStall   bool
	onPitRoad bool
	service   service

	// Car state.
	fuel        float64
	flow        float64 // kg/h
	water, oil  float64
	oilPress    float64
	tyres       [wheels]tyre
	load        [wheels]float64
	deflection  [wheels]float64
	deflectRate [wheels]float64
	bump        [wheels]drift
	pitch, roll float64
	pitchRate   float64
	rollRate    float64
	vertical    float64
	sense       [3]drift // noise of the accelerometers
	torque      [fine]float64
	torqueNoise drift
	steerLag    float64

	// Timing.
	clock       lapClock
	tape        *tape
	taped       int
	tapeStart   float64
	bestTape    *tape
	bestSectors []float64
	bestParts   []*tape
	optimal     *tape
	sessionTape *tape
	delta       [3]deltaMeter // to best, optimal, session best
	outLap      bool
	armed       bool

	// Session.
	state      int
	flags      uint32
	green      float64 // session time of a race's start
	position   int
	ahead      float64
	behind     float64
	incidents  int
	incident   int // the channel PlayerIncidents, for one record
	finished   bool
	lineSpeed  float64 // m/s over the line at the finish
	surface    int
	material   int
	blank      bool
	frameRate  drift
	cpu, gpu   drift
	latency    drift
	yellowTill float64
}

// detour is a departure from the line between two distances driven: offset metres to the left, reached over the first
// third and left over the last one.
type detour struct{ from, to, offset float64 }

func (d detour) at(total float64) float64 {
	third := (d.to - d.from) / 3
	return d.offset * ease(total, d.from, d.from+third) * (1 - ease(total, d.to-third, d.to))
}

// service is a pit stop in progress.
type service struct {
	flags   int
	elapsed float64
	status  int
	active  bool
	toAdd   float64
}

func newSimulation(st *Stint) *simulation {
	stream := func(n uint64) *rand.Rand { return rand.New(rand.NewPCG(st.Seed, n)) }
	m := &simulation{
		stint: st, car: st.Car, circuit: st.Circuit, rng: stream(1), road: stream(2), pace: stream(3),
		line: wander{rng: stream(4), spread: 0.75},
		sky: weather{
			air0: st.Weather.Air, perHour: st.Weather.PerHour, sun: st.Weather.Sun, humidity0: st.Weather.Humidity,
			wind0: st.Weather.Wind, from0: st.Weather.From, skies: st.Weather.Skies, phase: float64(st.Seed % 7),
		},
		clock: lapClock{rng: stream(5)}, tick: int(math.Round(st.Clock * tickRate)),
		fuel: st.Fuel, incidents: st.Session.IncidentsBefore, mishapsLeft: slices.Clone(st.Events),
		bestSectors: make([]float64, len(st.Circuit.Sectors)), bestParts: make([]*tape, len(st.Circuit.Sectors)),
		service: service{flags: 0x1f}, state: 4, pitch: 0.006, hesitated: -1, caughtAt: -1,
	}
	m.now = float64(m.tick) * dt
	m.sky.step(m.road, m.now, dt, m.circuit.altitudeStart)
	m.water, m.oil = m.sky.air+48, m.sky.air+46
	for i := range m.tyres {
		m.tyres[i] = newTyre(m.car.coldPress, m.sky.air+2)
	}
	m.thisLap, m.nextLap = m.draw(), m.draw()
	m.replan()
	m.setField(stream(6))
	return m
}

// setField puts the others on track and, where a rival's best lap counts, its tape.
func (m *simulation) setField(rng *rand.Rand) {
	st := m.stint
	times := m.referenceLap()
	m.field = newField(rng, st.Rivals, times, m.circuit.Length)
	if st.Kind == Race {
		m.green = m.now + 16 + 3*rng.Float64()
		m.field.race(rng, m.green, st.Laps-1, st.Grid, 1.018, 0.024, 43.5)
		return
	}
	m.field.practice(rng, m.now, m.now+1800, 1.011, 0.03)
	if best := m.sessionBest(); best > 0 {
		m.sessionTape = new(tape)
		for i := range m.sessionTape {
			j := i * (len(times) - 1) / deltaPoints
			m.sessionTape[i] = times[j] * best / times[len(times)-1]
		}
	}
}

// sessionBest is the best lap of the others, 0 for none.
func (m *simulation) sessionBest() float64 {
	var best float64
	for i := range m.field.rivals {
		if b := m.field.rivals[i].best; b > 0 && (best == 0 || b < best) {
			best = b
		}
	}
	return best
}

// referenceLap is the quasi-steady-state lap of the car without errors, on warm tyres.
func (m *simulation) referenceLap() []float64 {
	usual := make([]touch, len(m.circuit.Corners))
	for i := range usual {
		usual[i] = touch{grip: 0.945, brake: 0.87, exit: 0.90}
	}
	k := m.conditions()
	k.tyres, k.wind = 0.985, 0
	p := newPlan(outline{circuit: m.circuit, car: m.car, conditions: k, now: usual, next: usual})
	return p.lap(m.circuit, m.car, k)
}

// conditions are those that the car meets now.
func (m *simulation) conditions() conditions {
	k := conditions{mass: m.car.mass + m.fuel*m.car.fuelDensity, air: m.sky.density}
	for i := range m.tyres {
		k.tyres += m.tyres[i].friction() / wheels
	}
	// Along the course, what blows from ahead.
	k.wind = m.sky.wind * math.Cos(compass(m.course)-m.sky.from)
	return k
}

// draw decides how the next lap is taken.
func (m *simulation) draw() []touch {
	mo := mood{pace: 1, scatter: 1}
	learnt := math.Exp(-float64(m.crossed) / 1.6)
	mo.pace -= m.stint.Slow * learnt
	mo.pace += 0.002 * m.pace.NormFloat64()
	return touches(m.pace, len(m.circuit.Corners), mo)
}

// replan makes the plan for the lap that is being driven.
func (m *simulation) replan() {
	k := m.conditions()
	k.wind = 0
	pit, length := m.circuit.pit, m.circuit.Length
	comesIn := m.comesIn(m.lap)
	laneOut, laneIn := m.pitting, comesIn
	mishaps := m.mishaps()
	limit := m.circuit.PitSpeed - 0.25
	o := outline{circuit: m.circuit, car: m.car, conditions: k, now: m.thisLap, next: m.nextLap}
	o.cap = func(d float64) float64 {
		most := 150.0
		if laneOut && d < pit.exit {
			most = limit
			if m.stopping && d < pit.stall+8 {
				most = math.Min(most, stopSpeed(pit.stall-d, 6.5))
			}
		}
		if x := d - length; laneIn && x > pit.entry && x < pit.exit {
			most = limit
			if x < pit.stall+8 {
				most = math.Min(most, stopSpeed(pit.stall-x, 6.5))
			}
		}
		if m.finished {
			most = math.Min(most, math.Max(0.55*m.lineSpeed, math.Sqrt(math.Max(m.lineSpeed*m.lineSpeed-6*d, 0))))
		}
		for _, e := range mishaps {
			most = math.Min(most, e(d))
		}
		return most
	}
	o.swerve = func(d float64) float64 {
		const h = 3.0
		var bend float64
		if laneOut && d < pit.join+5 {
			bend += (pit.lane(d-h) - 2*pit.lane(d) + pit.lane(d+h)) / (h * h)
		}
		if x := d - length; laneIn && x > pit.split-5 {
			bend += (pit.lane(x-h) - 2*pit.lane(x) + pit.lane(x+h)) / (h * h)
		}
		return bend
	}
	m.plan = newPlan(o)
}

// stopSpeed is the speed from which a car that brakes at a stops in a distance.
func stopSpeed(distance, a float64) float64 {
	return math.Sqrt(2*a*math.Max(distance, 0) + 0.09)
}

// comesIn tells whether the lap with a number ends in the pits.
func (m *simulation) comesIn(lap int) bool {
	if slices.Contains(m.stint.Stops, lap) {
		return true
	}
	return m.stint.ToPits && m.crossed == m.stint.Laps-1
}

// mishaps lists the speed limits that this lap's events bring, as functions of the distance from the line, and shapes
// the corners at which they happen.
func (m *simulation) mishaps() []func(d float64) float64 {
	var out []func(d float64) float64
	for _, e := range m.mishapsLeft {
		if e.Lap != m.lap {
			continue
		}
		c := m.circuit.Corners[e.Corner-1]
		t := &m.thisLap[e.Corner-1]
		switch e.Mishap {
		case OffTrack:
			t.brake, t.grip = 0.985, 1.0
		case LossControl:
			t.exit, t.caught = 0.97, false
		case Reset:
			end := c.End + 60
			out = append(out, func(d float64) float64 { return stopSpeed(math.Max(end-d, 0), 9) })
		}
	}
	return out
}
