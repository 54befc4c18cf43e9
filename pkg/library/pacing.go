package library

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// Pacing is how a store wants to be used.
type Pacing struct {
	Relist time.Duration // how old a listing may be before the store is asked again
	Retry  time.Duration // until a file that could not be read for a reason that may pass is tried again
	Heads  int           // files of which the head is read at once; 0 means as many as there are processors
	Tables int           // files of which the laps are read at once; 0 means as many as there are processors
}

// Paced is a store that is not a folder on a disk, or holds one.
type Paced interface{ Pacing() Pacing }

func pacingOf(s Store) Pacing {
	if p, ok := s.(Paced); ok {
		return p.Pacing()
	}
	return Pacing{Relist: scanEvery}
}

// Late is a store that open opens at its first use, and tries to at each use until it is there, as a folder may be mounted
// later than this program starts. Until then it says so.
func Late(name string, open func() (Store, error)) Store { return &late{name: name, open: open} }

type late struct {
	name string
	open func() (Store, error)

	mu    sync.Mutex
	store Store                  // nil until it could be opened
	pace  atomic.Pointer[Pacing] // of the store; nil until then
}

func (l *late) get() (Store, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.store == nil {
		s, err := l.open()
		if err != nil {
			return nil, err
		}
		pace := pacingOf(s)
		l.store = s
		l.pace.Store(&pace)
	}
	return l.store, nil
}

func (l *late) List(ctx context.Context) ([]FileInfo, []string, error) {
	s, err := l.get()
	if err != nil {
		return nil, nil, err
	}
	return s.List(ctx)
}

func (l *late) Open(ctx context.Context, name string) (*ibt.File, error) {
	s, err := l.get()
	if err != nil {
		return nil, err
	}
	return s.Open(ctx, name)
}

// Bytes implements [Store].
func (l *late) Bytes(ctx context.Context, name string) (Content, error) {
	s, err := l.get()
	if err != nil {
		return nil, err
	}
	return s.Bytes(ctx, name)
}

func (l *late) String() string { return l.name }

func (l *late) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.store == nil {
		return nil
	}
	return l.store.Close()
}

// Pacing implements [Paced]. It does not wait for the store to be opened, which a share that is away can hold up.
func (l *late) Pacing() Pacing {
	if p := l.pace.Load(); p != nil {
		return *p
	}
	return Pacing{Relist: scanEvery}
}
