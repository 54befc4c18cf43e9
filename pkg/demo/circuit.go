package demo

import (
	"errors"
	"fmt"
	"math"
)

// Circuit is a made-up race track, described by the line that a good driver takes around it. Distances along that line
// are what the files call LapDist. The line is closed in position and heading.
type Circuit struct {
	ID            int    // the sim's TrackID
	Name          string // TrackName, as in the name of a file
	DisplayName   string
	ConfigName    string
	City          string
	Country       string
	Lat, Lon      float64   // degrees, of the start line
	Sectors       []float64 // where sectors begin, as fractions of the lap; the first is 0
	PitSpeed      float64   // m/s
	Length        float64   // m, in whole decimetres as the session text tells it
	Corners       []Corner  // in driving order
	pit           pitLane
	zone          []int       // of each point of the line: the corner it belongs to, changing midway between two
	line          []linePoint // one a step, the last equals the first but for the heading
	step          float64     // m, about 1
	startHeading  float64     // rad, counter-clockwise from east
	metresPerLat  float64     // per degree
	metresPerLon  float64
	altitudeStart float64
}

// Corner is a bend of the line: where it begins, is tightest and ends, in metres from the start line.
type Corner struct {
	Start, Apex, End float64
	Left             bool
}

// pitLane runs beside the start line. Distances are in metres from the start line; those before it are negative.
type pitLane struct {
	split, entry float64 // where the way in leaves the line, where the speed limit begins
	stall        float64 // where the crew waits
	exit, join   float64 // where the limit ends, where the way out meets the line
	offset       float64 // m to the left of the line; negative is to the right
	stallOffset  float64 // m between the lane and the stall
}

type linePoint struct {
	x, y    float64 // m east and north of the start line
	heading float64 // rad counter-clockwise from east, without jumps
	kappa   float64 // 1/m, positive in a left turn
	alt     float64 // m
	grade   float64 // m/m, positive uphill
	crest   float64 // 1/m, second derivative of the altitude: negative over a crest
}

// element is one piece of a layout: a straight, or a bend whose curvature swells from 0 to 1/radius over in metres,
// stays there, and fades over out metres. Swelling and fading follow 3t²-2t³, so that steering moves without jerks.
type element struct {
	length  float64 // of a straight
	angle   float64 // deg, positive to the left
	radius  float64
	in, out float64
	fixed   bool // a straight that closing the loop leaves as it is
}

func straight(length float64) element { return element{length: length} }

func bend(angle, radius, in, out float64) element {
	return element{angle: angle, radius: radius, in: in, out: out}
}

func (e element) flexible() bool { return e.radius == 0 && !e.fixed }

func (e element) size() float64 {
	if e.radius == 0 {
		return e.length
	}
	return math.Abs(e.angle)*math.Pi/180*e.radius + (e.in+e.out)/2
}

// at gives the heading gained (rad) and the curvature (1/m) d metres into the element.
func (e element) at(d float64) (heading, kappa float64) {
	if e.radius == 0 {
		return 0, 0
	}
	full := math.Copysign(1/e.radius, e.angle)
	size := e.size()
	ramp := func(t float64) float64 { return t*t*t - t*t*t*t/2 } // the integral of 3t²-2t³
	switch {
	case d < e.in:
		t := d / e.in
		return full * e.in * ramp(t), full * t * t * (3 - 2*t)
	case d <= size-e.out:
		return full * (e.in/2 + d - e.in), full
	default:
		t := (size - d) / e.out
		return e.angle*math.Pi/180 - full*e.out*ramp(t), full * t * t * (3 - 2*t)
	}
}

// closeLoop changes the straights so that the end of the layout meets its beginning. With fixed bends the heading of
// every straight is known and the gap is a linear function of their lengths; of all solutions it takes the one with the
// smallest changes, where a long straight gives more easily than a short one.
func closeLoop(layout []element, heading float64) ([]element, error) {
	out := append([]element(nil), layout...)
	var gapX, gapY, turned float64
	var a, b, c float64 // the normal matrix
	type way struct{ cos, sin float64 }
	ways := make([]way, len(out))
	for i, e := range out {
		ways[i] = way{math.Cos(heading + turned), math.Sin(heading + turned)}
		dx, dy := e.travel(heading + turned)
		gapX, gapY = gapX+dx, gapY+dy
		turned += e.angle * math.Pi / 180
		if e.flexible() {
			a += e.length * ways[i].cos * ways[i].cos
			b += e.length * ways[i].cos * ways[i].sin
			c += e.length * ways[i].sin * ways[i].sin
		}
	}
	if math.Abs(math.Abs(turned)-2*math.Pi) > 1e-9 {
		return nil, fmt.Errorf("the bends turn by %.3f°, not by a full turn", turned*180/math.Pi)
	}
	det := a*c - b*b
	if det < 1 {
		return nil, errors.New("the straights all run in one direction: the layout cannot be closed")
	}
	mx, my := (c*gapX-b*gapY)/det, (a*gapY-b*gapX)/det
	for i, e := range out {
		if !e.flexible() {
			continue
		}
		out[i].length -= e.length * (ways[i].cos*mx + ways[i].sin*my)
		if out[i].length < 1 {
			return nil, fmt.Errorf("straight %d would have to be %.1f m long", i, out[i].length)
		}
	}
	return out, nil
}

// travel is how far the element leads east and north when entered at a heading.
func (e element) travel(heading float64) (dx, dy float64) {
	size := e.size()
	if e.radius == 0 {
		return size * math.Cos(heading), size * math.Sin(heading)
	}
	n := int(math.Ceil(size / 0.25))
	h := size / float64(n)
	for i := range n {
		turn, _ := e.at((float64(i) + 0.5) * h)
		dx += h * math.Cos(heading+turn)
		dy += h * math.Sin(heading+turn)
	}
	return dx, dy
}

// build lays the elements out from the start line.
func (c *Circuit) build(layout []element, heading float64) error {
	layout, err := closeLoop(layout, heading)
	if err != nil {
		return fmt.Errorf("lay out %s: %w", c.Name, err)
	}
	var natural float64
	for _, e := range layout {
		natural += e.size()
	}
	c.Length = math.Round(natural*10) / 10
	scale := c.Length / natural // within a hundred-thousandth: makes the length a whole number of decimetres
	n := int(math.Round(c.Length))
	c.step = c.Length / float64(n)
	c.startHeading = heading
	c.line = make([]linePoint, n+1)

	const fine = 8 // sub-steps of the integration
	var x, y, start, turned float64
	at := 0
	piece := func(d float64) (float64, float64) { // heading and curvature d natural metres from the start line
		for at < len(layout)-1 && d > start+layout[at].size() {
			start += layout[at].size()
			turned += layout[at].angle * math.Pi / 180
			at++
		}
		t, k := layout[at].at(d - start)
		return heading + turned + t, k
	}
	for i := range c.line {
		d := float64(i) * c.step / scale
		h, k := piece(d)
		c.line[i] = linePoint{x: x, y: y, heading: h, kappa: k / scale}
		for j := range fine {
			h, _ := piece(d + (float64(j)+0.5)*c.step/scale/fine)
			x += c.step / fine * math.Cos(h)
			y += c.step / fine * math.Sin(h)
		}
	}
	// What numerical integration left open, a few millimetres, is spread over the lap.
	ex, ey := c.line[n].x, c.line[n].y
	for i := range c.line {
		f := float64(i) / float64(n)
		c.line[i].x -= f * ex
		c.line[i].y -= f * ey
	}
	c.markCorners(layout, scale)
	c.raise()

	// Length of a degree on the WGS 84 ellipsoid at the circuit's latitude.
	const a, e2 = 6378137.0, 0.00669437999014
	lat := c.Lat * math.Pi / 180
	w := math.Sqrt(1 - e2*math.Sin(lat)*math.Sin(lat))
	c.metresPerLat = math.Pi / 180 * a * (1 - e2) / (w * w * w)
	c.metresPerLon = math.Pi / 180 * a * math.Cos(lat) / w
	return nil
}

func (c *Circuit) markCorners(layout []element, scale float64) {
	var d float64
	for _, e := range layout {
		size := e.size() * scale
		if e.radius != 0 {
			c.Corners = append(c.Corners, Corner{
				Start: d, Apex: d + (e.in*scale+size-e.out*scale)/2, End: d + size, Left: e.angle > 0,
			})
		}
		d += size
	}
	c.zone = make([]int, len(c.line))
	for i := range c.zone {
		d := float64(i) * c.step
		for j := range c.Corners {
			if j+1 == len(c.Corners) || d < (c.Corners[j].End+c.Corners[j+1].Start)/2 {
				c.zone[i] = j
				break
			}
		}
	}
}

// raise lays the line over the ground, a sum of plane waves: so the altitude depends on the place alone, which closes
// the profile and lets the pit lane and other layouts fit in.
func (c *Circuit) raise() {
	n := len(c.line) - 1
	for i := range c.line {
		c.line[i].alt = ground(c.line[i].x, c.line[i].y)
	}
	c.altitudeStart = c.line[0].alt
	const reach = 12 // points to either side: smooths the crests to what a road would have
	for i := range c.line {
		back, ahead := c.line[(i-reach+n)%n].alt, c.line[(i+reach)%n].alt
		h := reach * c.step
		c.line[i].grade = (ahead - back) / (2 * h)
		c.line[i].crest = (ahead - 2*c.line[i].alt + back) / (h * h)
	}
}

// ground is the altitude in metres x metres east and y metres north of the start line.
func ground(x, y float64) float64 {
	wave := func(height, dx, dy, length, phase float64) float64 {
		return height * math.Sin(2*math.Pi*(dx*x+dy*y)/length+phase)
	}
	return 118 + wave(9, 0.8, 0.6, 1250, 0.4) + wave(5, -0.5, 0.866, 820, 1.9) + wave(1.3, 0.94, -0.34, 430, 2.7)
}

// at interpolates the line d metres from the start line, d between 0 and the length.
func (c *Circuit) at(d float64) linePoint {
	f := d / c.step
	i := min(max(int(f), 0), len(c.line)-2)
	f -= float64(i)
	p, q := &c.line[i], &c.line[i+1]
	mix := func(a, b float64) float64 { return a + f*(b-a) }
	return linePoint{
		x: mix(p.x, q.x), y: mix(p.y, q.y), heading: mix(p.heading, q.heading), kappa: mix(p.kappa, q.kappa),
		alt: mix(p.alt, q.alt), grade: mix(p.grade, q.grade), crest: mix(p.crest, q.crest),
	}
}

// wrap brings a distance into [0, length).
func (c *Circuit) wrap(d float64) float64 {
	d = math.Mod(d, c.Length)
	if d < 0 {
		d += c.Length
	}
	return d
}

// signed is d in (-length/2, length/2], which is how distances near the pits are told.
func (c *Circuit) signed(d float64) float64 {
	d = c.wrap(d)
	if d > c.Length/2 {
		d -= c.Length
	}
	return d
}

// place is a position as GPS would tell it.
func (c *Circuit) place(x, y float64) (lat, lon float64) {
	return c.Lat + y/c.metresPerLat, c.Lon + x/c.metresPerLon
}

// NorthOffset is the compass direction (rad, clockwise from north) in which the channel Yaw is 0.
func (c *Circuit) NorthOffset() float64 { return compass(c.startHeading) }

// compass turns a heading counter-clockwise from east into one clockwise from north in [0, 2π).
func compass(heading float64) float64 {
	return math.Mod(math.Mod(math.Pi/2-heading, 2*math.Pi)+2*math.Pi, 2*math.Pi)
}

// ease goes from 0 to 1 while d goes from from to to, with first and second derivatives of 0 at both ends.
func ease(d, from, to float64) float64 {
	t := (d - from) / (to - from)
	switch {
	case t <= 0:
		return 0
	case t >= 1:
		return 1
	}
	return t * t * t * (10 + t*(6*t-15))
}

// lane is the offset of the pit lane from the line at d, in metres to the left.
func (p pitLane) lane(d float64) float64 {
	return p.offset * ease(d, p.split, p.entry) * (1 - ease(d, p.exit, p.join))
}

// inStall is the further offset of a car that stops at the stall.
func (p pitLane) inStall(d float64) float64 {
	const swing = 32 // m
	return p.stallOffset * ease(d, p.stall-swing, p.stall-2) * (1 - ease(d, p.stall+2, p.stall+swing))
}
