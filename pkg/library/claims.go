package library

import (
	"context"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// Claimer is an [Index] that tells processes apart which begin to read the same file. Each file is then read by one of them,
// and the others take over what that one has learned.
type Claimer interface {
	// Claims are for the files of a place. They must be closed.
	Claims(place string) Claims
}

// Claims are the files that a process reads. Its methods are called by several goroutines.
type Claims interface {
	// Try claims a file unless another process has. It does not wait for that. release is to be called if ok is true.
	Try(ctx context.Context, name string) (release func(), ok bool, err error)
	Close()
}

// Claims implements [Claimer].
func (i storeIndex) Claims(place string) Claims { return storeClaims{place, i.db.Claims()} }

type storeClaims struct {
	place string
	*store.Claims
}

// Try implements [Claims].
func (c storeClaims) Try(ctx context.Context, name string) (release func(), ok bool, err error) {
	return c.Claims.Try(ctx, "file "+digest(c.place, name))
}

const (
	// claimEvery is how often is looked whether another process has read a file.
	claimEvery = 300 * time.Millisecond
	// claimPatience is for how long a file is left to the process that claimed it: that may hang.
	claimPatience = 2 * time.Minute
)

// claims begins to claim files; nil when nobody else could read them.
func (l *Library) claims() Claims {
	if l.index == nil {
		return nil
	}
	claimer, ok := l.index.index.(Claimer)
	if !ok {
		return nil
	}
	return claimer.Claims(l.index.place)
}

// claim claims a file. Without the index it is read, as if nobody else did.
func (l *Library) claim(c Claims, name string) (release func(), ok bool) {
	free := func() {}
	if c == nil || !l.mayAsk() {
		return free, true
	}
	ctx, cancel := context.WithTimeout(l.ctx, indexPatience)
	defer cancel()
	release, ok, err := c.Try(ctx, name)
	switch {
	case err != nil:
		l.answered(err, "The files that other processes read cannot be told; all are read")
		return free, true
	case ok:
		return release, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	since, known := l.tables.elsewhere[name]
	if !known {
		since = time.Now()
		l.tables.elsewhere[name] = since
	}
	return free, time.Since(since) > l.tables.patience
}

// awaitOthers waits a little for the files that other processes read, and then has all files read that still lack their laps.
// The caller holds the mutex, which is given up meanwhile.
func (l *Library) awaitOthers() {
	t := &l.tables
	if len(t.queue) > 0 || len(t.elsewhere) == 0 {
		return
	}
	l.mu.Unlock()
	sleep(l.ctx, claimEvery)
	l.mu.Lock()
	t.queue = l.unanalysed()
	lack := make(map[string]time.Time, len(t.elsewhere))
	for _, fi := range t.queue {
		if since, ok := t.elsewhere[fi.Name]; ok {
			lack[fi.Name] = since
		}
	}
	t.elsewhere = lack
}
