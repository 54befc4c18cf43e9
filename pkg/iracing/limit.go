package iracing

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rules of the rate limit. iRacing counts the requests of a member in windows of a minute and tells how many are left;
// the member's own use of the website may count too, so some are left to it.
const (
	limitWindow = time.Minute
	limitSpare  = 20
	limitMargin = time.Second
	// limitPatience is how long a request waits for iRacing's limit at most: a window and what clocks may differ by.
	limitPatience = limitWindow + 5*time.Second
	// limitHeld is for how long a refusal is believed at most.
	limitHeld = time.Hour
)

// limiter keeps the client below its own ceiling and stops it while iRacing's limit is nearly used up.
type limiter struct {
	rate  *rate.Limiter
	clock func() time.Time // the pace
	now   func() time.Time // the times that are told to others
	sleep func(context.Context, time.Duration) error

	mu   sync.Mutex
	held time.Time // no request before, by clock
}

func newLimiter(perSecond float64, burst int, now func() time.Time, sleep func(context.Context, time.Duration) error) *limiter {
	return &limiter{rate: rate.NewLimiter(rate.Limit(perSecond), burst), clock: time.Now, now: now, sleep: sleep}
}

// wait waits until a request may be sent. It ends at once with Limited when that is too far away for the context or for
// anybody.
func (l *limiter) wait(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := l.waitHeld(ctx); err != nil {
		return err
	}
	now := l.clock()
	res := l.rate.ReserveN(now, 1)
	d := res.DelayFrom(now)
	if err := l.pause(ctx, d, "this program's own ceiling"); err != nil {
		res.CancelAt(l.clock())
		return err
	}
	return l.waitHeld(ctx) // while it waited for its turn, others may have learned that iRacing's limit is used up
}

func (l *limiter) waitHeld(ctx context.Context) error {
	for range 3 { // what is learned while waiting may make it longer, but not for ever
		l.mu.Lock()
		d := l.held.Sub(l.clock())
		l.mu.Unlock()
		if d <= 0 {
			return nil
		}
		if d > limitPatience {
			return &Error{Kind: Limited, Until: l.now().Add(d)}
		}
		if err := l.pause(ctx, d, ""); err != nil {
			return err
		}
	}
	return nil
}

// waitingKey is where a context has whom to tell that a request waits.
type waitingKey struct{}

// longWait is what is worth telling.
const longWait = 5 * time.Second

// WithWaiting has f told when a request waits long for iRacing's rate limit or for the client's own ceiling, and until when
// about. f is called from the goroutine of the request.
func WithWaiting(ctx context.Context, f func(until time.Time)) context.Context {
	return context.WithValue(ctx, waitingKey{}, f)
}

func (l *limiter) pause(ctx context.Context, d time.Duration, why string) error {
	if d <= 0 {
		return nil
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < d {
		return &Error{Kind: Limited, Until: l.now().Add(d), Detail: why}
	}
	if tell, ok := ctx.Value(waitingKey{}).(func(time.Time)); ok && d >= longWait {
		tell(l.now().Add(d))
	}
	return l.sleep(ctx, d)
}

// hold stops all requests for a while.
func (l *limiter) hold(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until := l.clock().Add(d); until.After(l.held) {
		l.held = until
	}
}

// learn reads what an answer says of the limit.
func (l *limiter) learn(h http.Header, o Observer) {
	remaining, err := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	if err != nil {
		return
	}
	limit, err := strconv.Atoi(h.Get("X-RateLimit-Limit"))
	if err != nil || limit <= 0 {
		limit = 0
	}
	o.Limit(limit, remaining)
	spare := limitSpare
	if limit > 0 {
		spare = min(spare, limit/4) // of a small limit not everything can be left
	}
	if remaining < spare {
		l.hold(l.untilReset(h, limitPatience, 0))
	}
}

// refused is called when iRacing refused a request; without a word of when, a whole window is waited for.
func (l *limiter) refused(h http.Header) time.Time {
	d := l.untilReset(h, limitHeld, limitWindow+limitMargin)
	if s, err := strconv.Atoi(h.Get("Retry-After")); err == nil && s > 0 {
		d = max(d, min(time.Duration(min(s, 3600))*time.Second, limitHeld))
	}
	l.hold(d)
	return l.now().Add(d)
}

// untilReset is how long it takes to the reset of the limit, by iRacing's clock where the answer tells it, as this
// machine's may be wrong. A reset that is past or further away than most says nothing, and unknown is answered.
func (l *limiter) untilReset(h http.Header, most, unknown time.Duration) time.Duration {
	unix, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64)
	if err != nil {
		return unknown
	}
	now := l.now()
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	d := time.Unix(unix, 0).Sub(now) + limitMargin
	if d <= 0 || d > most {
		return unknown
	}
	return d
}
