package iracing

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// CachedOptions are the settings of a [Cached]. The zero value is a good one for a program with one account.
type CachedOptions struct {
	// Account tells accounts apart that share a cache: a fingerprint, no name. It goes into the keys of what depends on
	// who asks; see [Endpoint.Personal].
	Account func() string
	// Realm tells services apart that share a cache, such as a stand-in of iRacing; empty means iRacing.
	Realm string
	// Observer is told of each look into the cache; nil means nobody.
	Observer Observer
	// Now is the clock; nil means the real one.
	Now func() time.Time
	// Warn is told when the cache fails; nil means nobody. Answers then come from iRacing.
	Warn func(error)
	// Patience is how long a request waits for a new answer where there is an old one; the new one is then fetched
	// without it. 0 means ten seconds.
	Patience time.Duration
}

// How long iRacing is left alone after a failure by those who have an older answer.
const (
	restAfterFailure = 30 * time.Second
	longestRest      = time.Hour
	// saveTimeout bounds the writing of an answer, which those who wait for it wait for.
	saveTimeout = 10 * time.Second
)

// Cached keeps the answers of a source for as long as they are fresh ([FreshUntil]). Equal requests at one time are one
// request. While iRacing fails, an older answer is given with the reason in [Answer.Stale], and iRacing is left alone for
// a little while, so that a dashboard of many panels does not wait for each of them. Refusals are kept, too.
//
// The bodies of its answers are those in the cache: nobody may change them. It is safe for concurrent use.
type Cached struct {
	src   Source
	cache Cache
	opts  CachedOptions

	flights flights

	mu       sync.Mutex
	rest     rest            // all of the API
	restKeys map[string]rest // one request
	failed   string          // the request that failed last, if none succeeded since
}

// rest is why and until when iRacing is left alone.
type rest struct {
	until time.Time
	err   error
}

// NewCached puts a cache in front of a source. Close it when it is no longer used.
func NewCached(src Source, cache Cache, o CachedOptions) *Cached {
	if o.Observer == nil {
		o.Observer = nobody{}
	}
	if o.Account == nil {
		o.Account = func() string { return "" }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Warn == nil {
		o.Warn = func(error) {}
	}
	if o.Patience <= 0 {
		o.Patience = 10 * time.Second
	}
	return &Cached{src: src, cache: cache, opts: o, restKeys: map[string]rest{}}
}

// Close ends the requests that are under way and waits for them. Later ones end at once.
func (c *Cached) Close() { c.flights.close() }

// Get answers from the cache, or asks the source.
func (c *Cached) Get(ctx context.Context, r Request) (*Answer, error) {
	if r.Endpoint == nil {
		return nil, &Error{Kind: BadRequest, Detail: "it names no endpoint"}
	}
	key, refusals := c.keys(r)
	old, a, err := c.look(ctx, r, key, refusals)
	if a != nil || err != nil {
		c.opts.Observer.Cache(CacheHit)
		return a, err
	}
	if old != nil {
		if err := c.resting(r, key); err != nil {
			return c.stale(old, err), nil
		}
	}
	return c.fetch(ctx, r, key, refusals, old)
}

// fetch asks the source, together with all who ask the same.
func (c *Cached) fetch(ctx context.Context, r Request, key, refusals string, old *Entry) (*Answer, error) {
	f, first := c.flights.join(ctx, key, func(ctx context.Context) (*Answer, error) {
		// Somebody may have fetched it between the look and here.
		if _, a, err := c.look(ctx, r, key, refusals); a != nil || err != nil {
			return a, err
		}
		a, err := c.src.Get(ctx, r)
		c.learn(ctx, r, key, err)
		return a, c.save(ctx, r, key, refusals, a, err)
	})
	var enough <-chan time.Time
	if old != nil {
		t := time.NewTimer(c.patience(ctx))
		defer t.Stop()
		enough = t.C
	}
	result := CacheShared
	if first {
		result = CacheMiss
	}
	select {
	case <-f.done:
		c.flights.leave(f)
		if old != nil && f.err != nil && mayServeOld(f.err) {
			return c.stale(old, f.err), nil
		}
		c.opts.Observer.Cache(result)
		if f.answer == nil {
			return nil, f.err
		}
		a := *f.answer // each caller's own; the bodies are shared
		return &a, f.err
	case <-ctx.Done():
		c.flights.leave(f)
		c.opts.Observer.Cache(result)
		return nil, ctx.Err()
	case <-enough:
		c.flights.leaveRunning(f)
		e := r.fail(Unreachable, 0, "there is no new answer yet")
		c.restKey(key, e)
		return c.stale(old, e), nil
	}
}

// patience is how long to wait where there is an old answer: some of the time that is left is for handing that out.
func (c *Cached) patience(ctx context.Context) time.Duration {
	d := c.opts.Patience
	if deadline, ok := ctx.Deadline(); ok {
		d = min(d, time.Until(deadline)*3/4)
	}
	return d
}

// keys are the keys of a request's answer and of its refusal. What one account may not see another may, so a refusal is
// always an account's own.
func (c *Cached) keys(r Request) (key, refusals string) {
	key = r.Key()
	if c.opts.Realm != "" {
		key = c.opts.Realm + " " + key
	}
	account := " " + c.opts.Account()
	refusals = key + " refused" + account
	if r.Endpoint.Personal(r.Params) {
		key += account
	}
	return key, refusals
}

// look looks into the cache: a fresh answer, a fresh refusal as an error, or an entry that is too old.
func (c *Cached) look(ctx context.Context, r Request, key, refusals string) (old *Entry, a *Answer, err error) {
	now := c.opts.Now()
	e := c.load(ctx, key)
	if e != nil && e.Refused == 0 {
		if e.Until.IsZero() || now.Before(e.Until) {
			return nil, e.answer(), nil
		}
		old = e
	}
	if e := c.load(ctx, refusals); e != nil && e.Refused != 0 && now.Before(e.Until) {
		err := r.fail(e.Refused, http.StatusForbidden, "")
		if e.Refused == NotFound {
			err.Status = http.StatusNotFound
		}
		err.Until = e.Until
		return nil, nil, err
	}
	return old, nil, nil
}

func (c *Cached) load(ctx context.Context, key string) *Entry {
	e, err := c.cache.Load(ctx, key)
	if err != nil && ctx.Err() == nil {
		c.opts.Warn(fmt.Errorf("read the response cache: %w", err))
	}
	if err != nil {
		return nil
	}
	return e
}

func (e *Entry) answer() *Answer {
	return &Answer{Header: e.Header, Body: e.Body, CSV: e.CSV, At: e.At, Cached: true}
}

// save keeps what came of a request. It answers the request's own error.
func (c *Cached) save(ctx context.Context, r Request, key, refusals string, a *Answer, err error) error {
	var e *Error
	entry := &Entry{Class: r.Endpoint.Class, At: c.opts.Now()}
	switch {
	case err == nil:
		until, keep := FreshUntil(r, a)
		if !keep {
			if until = nothingUntil(r, a); until.IsZero() {
				return nil
			}
		}
		entry.Header, entry.Body, entry.CSV, entry.At, entry.Until = a.Header, a.Body, a.CSV, a.At, until
	case errors.As(err, &e) && (e.Kind == Forbidden || e.Kind == NotFound):
		now := entry.At
		if before := c.load(ctx, refusals); before != nil && before.Refused == e.Kind && now.Sub(before.Until) < keepReference {
			entry.At = before.At // since when it has been refused
		}
		key, entry.Refused, entry.Until = refusals, e.Kind, now.Add(refusedFor(e.Kind, now.Sub(entry.At)))
	default:
		return err
	}
	// An answer that has come is kept even when those who asked for it have gone.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	if failed := c.cache.Save(ctx, key, entry); failed != nil {
		c.opts.Warn(fmt.Errorf("write the response cache: %w", failed))
	}
	return err
}

// stale is an old answer and why it is given.
func (c *Cached) stale(old *Entry, err error) *Answer {
	c.opts.Observer.Cache(CacheStale)
	a := old.answer()
	a.Stale = err
	return a
}

// mayServeOld tells the errors that say nothing about what was asked for.
func mayServeOld(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Temporary() || isSignIn(e.Kind))
}

func isSignIn(k Kind) bool { return k == NoCredentials || k == BadCredentials || k == SignInAgain }

// learn decides whom to leave alone after a request.
func (c *Cached) learn(ctx context.Context, r Request, key string, err error) {
	if ctx.Err() != nil {
		return // those who asked have gone; that says nothing of iRacing
	}
	var e *Error
	c.mu.Lock()
	defer c.mu.Unlock()
	switch api := r.Endpoint.URL == ""; {
	case !errors.As(err, &e) || !mayServeOld(err):
		delete(c.restKeys, key)
		if err == nil && api {
			c.rest, c.failed = rest{}, ""
		}
	case !api || e.Kind == BadAnswer:
		c.putRest(key, e)
	case e.Kind == Unavailable && (c.failed == "" || c.failed == key):
		// One endpoint may fail alone; when another one fails, too, it is all of them.
		c.failed = key
		c.putRest(key, e)
	default:
		c.rest = c.restFor(e)
	}
}

func (c *Cached) restFor(e *Error) rest {
	now := c.opts.Now()
	until := now.Add(restAfterFailure)
	if e.Until.After(until) {
		until = e.Until
	}
	if longest := now.Add(longestRest); until.After(longest) {
		until = longest
	}
	return rest{until, e}
}

func (c *Cached) restKey(key string, e *Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.putRest(key, e)
}

func (c *Cached) putRest(key string, e *Error) {
	if len(c.restKeys) >= 1000 {
		clear(c.restKeys) // asking once too often does no harm
	}
	c.restKeys[key] = c.restFor(e)
}

// resting is why iRacing should not be asked just now; nil when it may.
func (c *Cached) resting(r Request, key string) error {
	now := c.opts.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if k, ok := c.restKeys[key]; ok && now.Before(k.until) {
		return k.err
	}
	if r.Endpoint.URL == "" && now.Before(c.rest.until) {
		return c.rest.err
	}
	return nil
}
