package iracing

import (
	"sync"
	"time"
)

// gate keeps callers from something that fails. After each rest one of them may try; the others stay out until it is known
// what came of it.
type gate struct {
	rest   time.Duration
	opened func() // is called when the one who tried had success; nil for nothing
	waken  func() // is called when somebody may try again; nil for nothing

	mu     sync.Mutex
	state  gateState
	err    error // why it is not open
	timer  *time.Timer
	closed bool
}

type gateState int

const (
	gateOpen gateState = iota
	gateShut
	gateTrial  // the next one may try
	gateTrying // one tries
)

// enter tells whether to go on. Who may calls leave afterwards.
func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch g.state {
	case gateOpen:
		return true
	case gateTrial:
		g.state = gateTrying
		return true
	}
	return false
}

// leave tells what came of it. known is false for an attempt that was given up; first, that it is the failure that shut the
// gate.
func (g *gate) leave(err error, known bool) (first bool) {
	g.mu.Lock()
	reopened := false
	switch {
	case !known:
		if g.state == gateTrying {
			g.state = gateTrial
		}
	case err == nil:
		reopened = g.state != gateOpen
		g.state, g.err = gateOpen, nil
	default:
		first = g.shut(err)
	}
	g.mu.Unlock()
	if reopened && g.opened != nil {
		g.opened()
	}
	return first
}

// shut begins a rest. The caller holds the lock.
func (g *gate) shut(err error) bool {
	if g.state == gateShut || g.closed {
		return false
	}
	g.state, g.err = gateShut, err
	g.timer = time.AfterFunc(g.rest, func() {
		g.mu.Lock()
		trial := g.state == gateShut
		if trial {
			g.state = gateTrial
		}
		g.mu.Unlock()
		if trial && g.waken != nil {
			g.waken()
		}
	})
	return true
}

// why is the error that keeps callers out; nil while the gate is open.
func (g *gate) why() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.err
}

// close ends the timer. Callers go through from then on.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed, g.state = true, gateOpen
	if g.timer != nil {
		g.timer.Stop()
	}
}
