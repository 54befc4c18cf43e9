package demo

import "math"

const (
	gravity    = 9.80665 // m/s²
	airNominal = 1.205   // kg/m³
)

// Car is a made-up car. Forces are in newtons, lengths in metres, masses in kilograms unless a comment says otherwise.
type Car struct {
	ID, ClassID     int
	Path            string // CarPath, as in the name of a file
	Name, ClassName string
	SetupName       string

	mass        float64 // with the driver, without fuel
	wheelBase   float64
	trackWidth  float64
	cgHeight    float64
	frontWeight float64 // share of the weight on the front axle at rest
	tyreRadius  float64

	grip     float64 // friction of the tyres at the load of a standing car
	gripFade float64 // share of the friction lost when the load doubles
	lift     float64 // m², downforce area: coefficient times frontal area
	liftBack float64 // share of the downforce on the rear axle
	drag     float64 // m²

	torque     []rpmTorque // N·m at full throttle
	idle       float64     // 1/min
	shift      float64
	redline    float64
	cylinders  int
	boost      float64   // bar of manifold pressure at full throttle
	gears      []float64 // top speed (m/s) of each gear at the redline
	overrun    float64   // N·m of engine braking at the redline
	idleBurn   float64   // kg/h
	burn       float64   // kg/kWh
	cutOnShift bool      // the throttle channel shows the cut of an upshift

	brakeForce  float64 // at full pedal
	brakeBias   float64 // share of the front
	linePress   float64 // bar at full pedal, front
	abs         bool
	steerRatio  float64
	understeer  float64 // rad of front wheel per m/s²
	steerForce  float64 // N·m at the wheel per m/s² of lateral acceleration
	springRate  float64 // N/m at the wheel
	heave       float64 // Hz, natural frequency of the body on its springs
	frontHeight float64
	rearHeight  float64

	fuelMax     float64 // l
	fuelDensity float64 // kg/l
	coldPress   float64 // kPa
	tyreHeat    float64 // K/s of surface heating per kW of sliding
	tyreWear    float64 // share of the tread per MJ of sliding

	wing, toe, camber float64 // shown in the setup only

	manyChannels bool // its files have the rarer channels too
}

type rpmTorque struct{ rpm, nm float64 }

// prototype is a closed prototype with much downforce and no ABS: 530 kW, a little less than a tonne.
func prototype() *Car {
	return &Car{
		ID: 901, ClassID: 9010, Path: "aurexp1", Name: "Aurex P1-04", ClassName: "P1", SetupName: "silverbrook_gp_race_v3",
		mass: 965, wheelBase: 3.00, trackWidth: 1.62, cgHeight: 0.34, frontWeight: 0.47, tyreRadius: 0.345,
		grip: 1.73, gripFade: 0.10, lift: 4.7, liftBack: 0.56, drag: 1.13,
		torque: []rpmTorque{{1000, 290}, {3000, 490}, {4500, 590}, {6000, 655}, {7000, 668}, {8000, 642}, {8800, 595}, {9200, 520}},
		idle:   1800, shift: 8750, redline: 9000, cylinders: 8, boost: 1.46, gears: []float64{28.5, 38, 48.5, 60, 73, 89},
		overrun: 95, idleBurn: 3.1, burn: 0.245, cutOnShift: true,
		brakeForce: 27500, brakeBias: 0.535, linePress: 78, steerRatio: 11.5, understeer: 0.00035, steerForce: 0.5,
		springRate: 230e3, heave: 4.6, frontHeight: 0.052, rearHeight: 0.066,
		fuelMax: 75, fuelDensity: 0.75, coldPress: 138, tyreHeat: 0.25, tyreWear: 0.0085,
		wing: 9, toe: -1.2, camber: -2.6,
	}
}

// tourer is a road-based racing car with ABS: 345 kW, about one and a half tonnes.
func tourer() *Car {
	return &Car{
		ID: 902, ClassID: 9020, Path: "corvanegt4", Name: "Corvane GT4", ClassName: "GT4", SetupName: "silverbrook_nat_quali",
		mass: 1490, wheelBase: 2.63, trackWidth: 1.66, cgHeight: 0.47, frontWeight: 0.48, tyreRadius: 0.345,
		grip: 1.315, gripFade: 0.10, lift: 0.75, liftBack: 0.6, drag: 0.93,
		torque: []rpmTorque{{1000, 240}, {2500, 480}, {3500, 575}, {4800, 590}, {5600, 570}, {6300, 520}, {6900, 455}, {7200, 390}},
		idle:   1100, shift: 6700, redline: 6950, cylinders: 8, boost: 1.72, gears: []float64{26.9, 35.2, 44.6, 54.5, 65, 77},
		overrun: 110, idleBurn: 1.42, burn: 0.238,
		brakeForce: 22500, brakeBias: 0.587, linePress: 116, abs: true, steerRatio: 14.8, understeer: 0.0007, steerForce: 1.0,
		springRate: 118e3, heave: 3.3, frontHeight: 0.113, rearHeight: 0.134,
		fuelMax: 75, fuelDensity: 0.75, coldPress: 175.8, tyreHeat: 0.48, tyreWear: 0.0080,
		wing: 8, toe: -1.6, camber: -3.5, manyChannels: true,
	}
}

// torqueAt is the engine's torque at full throttle, by straight lines between the points of its curve.
func (c *Car) torqueAt(rpm float64) float64 {
	t := c.torque
	if rpm <= t[0].rpm {
		return t[0].nm
	}
	for i := 1; i < len(t); i++ {
		if rpm <= t[i].rpm {
			f := (rpm - t[i-1].rpm) / (t[i].rpm - t[i-1].rpm)
			return t[i-1].nm + f*(t[i].nm-t[i-1].nm)
		}
	}
	return math.Max(0, t[len(t)-1].nm-(rpm-t[len(t)-1].rpm))
}

// ratio is engine speed (rad/s) per road speed (m/s) in a gear, 1 being the first.
func (c *Car) ratio(gear int) float64 {
	return c.redline * math.Pi / 30 / c.gears[gear-1]
}

// rpmAt is the engine speed without slip.
func (c *Car) rpmAt(v float64, gear int) float64 { return v * c.ratio(gear) * 30 / math.Pi }

// drive is the force at the wheels at full throttle, after losses.
func (c *Car) drive(v float64, gear int) float64 {
	const efficiency = 0.93
	return c.torqueAt(c.rpmAt(v, gear)) * c.ratio(gear) * efficiency
}

// retard is the force of the engine at closed throttle.
func (c *Car) retard(v float64, gear int) float64 {
	share := math.Min(c.rpmAt(v, gear)/c.redline, 1)
	return c.overrun * (0.25 + 0.75*share) * c.ratio(gear)
}

// bestGear is the one with the most force at a speed.
func (c *Car) bestGear(v float64) int {
	best, force := 1, -1.0
	for g := 1; g <= len(c.gears); g++ {
		if c.rpmAt(v, g) > c.shift {
			continue
		}
		if f := c.drive(v, g); f > force {
			best, force = g, f
		}
	}
	if force < 0 {
		return len(c.gears)
	}
	return best
}

// conditions are what the limits of a car depend on besides its speed.
type conditions struct {
	mass  float64 // kg, with fuel
	air   float64 // kg/m³
	wind  float64 // m/s, head wind
	tyres float64 // share of the friction that the tyres offer now: temperature and wear
}

// load is the vertical acceleration that presses the car onto the road, in m/s²: gravity, the curvature of the road
// (crest, 1/m) and downforce, ρ/2·ClA·v²/m.
func (c *Car) load(v, crest float64, k conditions) float64 {
	return math.Max(gravity+crest*v*v+k.air/2*c.lift*v*v/k.mass, 0.3*gravity)
}

// limit is the radius of the grip circle in m/s². Friction falls with load, as that of tyres does: this is why
// downforce helps less than it weighs.
func (c *Car) limit(v, crest float64, k conditions) float64 {
	n := c.load(v, crest, k)
	return c.grip * (1 - c.gripFade*(n/gravity-1)) * k.tyres * n
}

// rearShare is the part of the grip that the driven axle has under acceleration, with weight moved back by ax.
func (c *Car) rearShare(v, ax float64, k conditions) float64 {
	down := k.air / 2 * c.lift * v * v / k.mass
	rear := gravity*(1-c.frontWeight) + down*c.liftBack + math.Max(ax, 0)*c.cgHeight/c.wheelBase
	return math.Min(rear/(gravity+down), 0.92)
}

// resist is the deceleration by air and rolling, in m/s².
func (c *Car) resist(v float64, k conditions) float64 {
	air := v + k.wind
	return k.air/2*c.drag*air*math.Abs(air)/k.mass + 0.012*gravity
}
