// Package keylock keeps goroutines of one process apart by name, before they wait for what keeps processes apart: a file's
// lock or a database's.
package keylock

import (
	"context"
	"sync"
)

// Locks are locks by name. The zero value has none held. It must not be copied.
type Locks struct {
	mu    sync.Mutex
	locks map[string]*lock
}

type lock struct {
	held  chan struct{} // holds one value while somebody has the lock
	users int           // who have it or wait for it
}

// Lock waits for the lock of a name, and answers how to give it back. The error is the cause of ctx's end.
func (l *Locks) Lock(ctx context.Context, name string) (release func(), err error) {
	l.mu.Lock()
	if l.locks == nil {
		l.locks = make(map[string]*lock)
	}
	one := l.locks[name]
	if one == nil {
		one = &lock{held: make(chan struct{}, 1)}
		l.locks[name] = one
	}
	one.users++
	l.mu.Unlock()
	leave := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if one.users--; one.users == 0 {
			delete(l.locks, name)
		}
	}
	select {
	case one.held <- struct{}{}:
		return func() { <-one.held; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, context.Cause(ctx)
	}
}
