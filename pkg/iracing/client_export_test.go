package iracing

import (
	"context"
	"time"
)

// SetWait replaces the client's waiting, so that tests of pauses need none.
func (c *Client) SetWait(wait func(context.Context, time.Duration) error) { c.wait = wait }

// SetClock replaces the clock of the client's pace.
func (c *Client) SetClock(clock func() time.Time) { c.limiter.clock = clock }

// Link is how an address in an answer would be asked for: the URL and the text of the request line; empty when it would
// not.
func (c *Client) Link(text string) (address, line string) {
	u := c.link(text)
	if u == nil {
		return "", ""
	}
	return u.Scheme + "://" + u.Host, u.RequestURI()
}

// JoinRows joins the rows of chunks.
func JoinRows(parts [][]byte) []byte { return joinRows(parts) }

// Limiter is a limiter on a clock of the test's.
type Limiter = limiter

func NewLimiter(perSecond float64, burst int, clock func() time.Time, sleep func(context.Context, time.Duration) error) *Limiter {
	l := newLimiter(perSecond, burst, clock, sleep)
	l.clock = clock
	return l
}

func (l *limiter) Hold(d time.Duration) { l.hold(d) }

func (l *limiter) Wait(ctx context.Context) error { return l.wait(ctx) }

// Waiting is how many wait for a request that is under way.
func (c *Cached) Waiting(r Request) int {
	key, _ := c.keys(r)
	c.flights.mu.Lock()
	defer c.flights.mu.Unlock()
	if f := c.flights.byKey[key]; f != nil {
		return f.waiting
	}
	return 0
}
