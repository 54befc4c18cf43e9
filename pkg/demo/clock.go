package demo

import (
	"math"
	"math/rand/v2"
)

// lapClock tells lap times the way the sim does. The official time of a crossing lies inside a tick, a little before the
// one that positions alone would give. For half a second to two seconds after the line the channels still count the old
// lap; then, in one record, the running time jumps to the new lap and the last lap time appears. From then on session
// time minus running time is the official crossing, to the precision of the channels.
type lapClock struct {
	rng *rand.Rand

	start   float64 // official start of the running lap
	began   bool    // some lap was started at the line
	spoiled bool    // the running lap will not be timed: out lap, or reset

	pending      int // records until the channels change; 0 is none
	pendingStart float64
	pendingLast  float64
	pendingLap   int
	shownStart   float64
	shownBegan   bool

	last, best float64 // as the channels show them
	bestLap    int
}

// bias is how much earlier than by position the official crossing is, in seconds.
const bias = 0.0145

// cross ends the lap with a number at a time found from positions. It returns the lap time, or -1 when it is not timed.
func (c *lapClock) cross(at float64, lap int) float64 {
	official := at - bias + 0.0007*c.rng.NormFloat64()
	time := -1.0
	if c.began && !c.spoiled {
		time = official - c.start
	}
	c.start, c.began, c.spoiled = official, true, false
	c.pending = 30 + c.rng.IntN(81)
	c.pendingStart, c.pendingLast, c.pendingLap = official, time, lap
	return time
}

// tick comes once a record, after cross.
func (c *lapClock) tick() {
	if c.pending == 0 {
		return
	}
	if c.pending--; c.pending > 0 {
		return
	}
	c.shownStart, c.shownBegan, c.last = c.pendingStart, true, c.pendingLast
	if c.last > 0 && (c.best == 0 || c.last < c.best) {
		c.best, c.bestLap = c.last, c.pendingLap
	}
}

func (c *lapClock) current(now float64) float64 {
	if !c.shownBegan {
		return 0
	}
	return now - c.shownStart
}

// tape is when each of many points of a lap was passed, in seconds after its start: what a delta is measured against.
type tape [deltaPoints + 1]float64

const deltaPoints = 600

// at interpolates the tape at a share of the lap.
func (t *tape) at(pct float64) float64 {
	f := math.Min(math.Max(pct, 0), 1) * deltaPoints
	i := min(int(f), deltaPoints-1)
	return t[i] + (f-float64(i))*(t[i+1]-t[i])
}

// deltaMeter compares the running lap with a reference. The sim trusts it only from the middle of the first lap of a run
// on; an out lap counts from there.
type deltaMeter struct {
	value, rate float64
	ok          bool
	from        float64 // delta that was there when an out lap reached its middle
}

func (m *deltaMeter) step(ref *tape, now, pct, dt float64, armed, outLap bool) {
	switch {
	case ref == nil || !armed || pct < 0.5 && outLap:
		*m = deltaMeter{}
		return
	case !m.ok && outLap:
		m.from = now - ref.at(pct)
	case !outLap:
		m.from = 0
	}
	value := now - ref.at(pct) - m.from
	if m.ok {
		keep := math.Exp(-dt / 0.3)
		m.rate = keep*m.rate + (1-keep)*math.Max(math.Min((value-m.value)/dt, 1), -1)
	}
	m.value, m.ok = value, true
}
