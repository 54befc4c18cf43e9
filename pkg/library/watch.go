package library

import (
	"context"
	"slices"
	"time"
)

const (
	defaultEvery  = 10 * time.Second
	defaultSettle = time.Minute
	firstRetry    = time.Minute
	lastRetry     = time.Hour
)

// WatchOptions say how a store is watched.
type WatchOptions struct {
	// Every is how often the store is listed; 0 means 10 s.
	Every time.Duration
	// Settle is for how long a file's size and time must have stood still; 0 means 1 min. A file that the sim still
	// writes grows every second.
	Settle time.Duration
	// Handled tells that a file was handed over before this process began. nil means that none was.
	Handled func(FileInfo) bool
	// Report is told the state after each look. nil ignores it.
	Report func(WatchState)
	// Warn is told what went wrong. nil ignores it.
	Warn func(text string, err error)
	// Now is the clock; nil means the system's.
	Now func() time.Time
}

// WatchState is what a look at the store found.
type WatchState struct {
	Files   int // in the store
	Growing int // not settled yet
	Waiting int // settled, and not handed over yet
	Failing int // handed over in vain, to be tried again later
	Handled int // handed over at this look and taken
}

// Watcher hands over the files of a store once they have settled, each state of a file once. It is for one goroutine.
type Watcher struct {
	store  Store
	o      WatchOptions
	handle func(context.Context, FileInfo) error
	seen   map[string]*watched
	failed bool // the last listing
}

// watched is what is known of a file in the state it is in.
type watched struct {
	info     FileInfo
	since    time.Time // it is in that state, as far as is known
	handled  bool
	failures int
	retryAt  time.Time
}

// NewWatcher returns a watcher that hands files to f. An error of f makes it try that file again later, after a minute at
// first and after up to an hour in the end, or when it has changed.
func NewWatcher(store Store, o WatchOptions, f func(ctx context.Context, file FileInfo) error) *Watcher {
	if o.Every <= 0 {
		o.Every = defaultEvery
	}
	if o.Settle <= 0 {
		o.Settle = defaultSettle
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Handled == nil {
		o.Handled = func(FileInfo) bool { return false }
	}
	if o.Report == nil {
		o.Report = func(WatchState) {}
	}
	if o.Warn == nil {
		o.Warn = func(string, error) {}
	}
	return &Watcher{store: store, o: o, handle: f, seen: make(map[string]*watched)}
}

// Look lists the store once and hands over all that has settled, newest first. The error is that the store cannot be listed,
// or that ctx has ended.
func (w *Watcher) Look(ctx context.Context) (WatchState, error) { return w.look(ctx, 0) }

// look is Look that leaves the rest for the next one after a while, unless that is 0: a file that has settled since goes
// before what is older.
func (w *Watcher) look(ctx context.Context, while time.Duration) (WatchState, error) {
	files, notices, err := w.store.List(ctx)
	if err != nil {
		return WatchState{}, err
	}
	now := w.o.Now()
	var state WatchState
	ready := w.sort(files, now, &state)
	if len(notices) == 0 {
		w.forget(files)
	}
	state.Waiting = len(ready)
	for _, f := range ready {
		if while > 0 && w.o.Now().Sub(now) > while {
			break
		}
		if err := ctx.Err(); err != nil {
			return state, err
		}
		state.Waiting--
		err := w.handle(ctx, f.info)
		switch {
		case err == nil:
			f.handled, f.failures = true, 0
			state.Handled++
		case ctx.Err() != nil:
			return state, ctx.Err()
		default:
			f.retryAt = w.o.Now().Add(min(firstRetry<<min(f.failures, 10), lastRetry))
			f.failures++
			state.Failing++
			w.o.Warn("A telemetry file will be tried again later: "+f.info.Name, err)
		}
	}
	w.o.Report(state)
	return state, nil
}

// sort takes note of the files and returns those to hand over, newest first.
func (w *Watcher) sort(files []FileInfo, now time.Time, state *WatchState) (ready []*watched) {
	for _, fi := range files {
		f := w.seen[fi.Name]
		switch {
		case f == nil:
			f = &watched{info: fi, since: now, handled: w.o.Handled(fi)}
			if fi.ModTime.Before(now) {
				f.since = fi.ModTime // nobody saw it grow
			}
			w.seen[fi.Name] = f
		case !f.info.unchanged(fi):
			*f = watched{info: fi, since: now}
		}
		state.Files++
		switch {
		case f.handled:
		case now.Sub(f.since) < w.o.Settle:
			state.Growing++
		case now.Before(f.retryAt):
			state.Failing++
		default:
			ready = append(ready, f)
		}
	}
	slices.SortStableFunc(ready, func(a, b *watched) int { return b.info.ModTime.Compare(a.info.ModTime) })
	return ready
}

// forget drops what is known of files that are gone.
func (w *Watcher) forget(files []FileInfo) {
	if len(w.seen) <= len(files) {
		return
	}
	there := make(map[string]bool, len(files))
	for _, fi := range files {
		there[fi.Name] = true
	}
	for name := range w.seen {
		if !there[name] {
			delete(w.seen, name)
		}
	}
}

// Watch looks at a store again and again until ctx ends, which is the only error. See [NewWatcher].
func Watch(ctx context.Context, store Store, o WatchOptions, f func(ctx context.Context, file FileInfo) error) error {
	w := NewWatcher(store, o, f)
	for {
		state, err := w.look(ctx, w.o.Every)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil && !w.failed {
			w.o.Warn("The telemetry files cannot be listed; this is tried again and again", err)
		}
		w.failed = err != nil
		if state.Waiting > 0 {
			continue
		}
		if !sleep(ctx, w.o.Every) {
			return ctx.Err()
		}
	}
}
