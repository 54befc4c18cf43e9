// Package library knows the telemetry files of a driver or a team: which there are, what each holds, and which are new
// or have changed. It opens them for others and keeps what it learned in a small file, so that a folder of a thousand
// recordings is listed at once when the process starts again.
//
// A file that cannot be read is listed with the reason and hides no other. Files are named by ids that are made from
// their content, never by a path that a query could choose.
package library

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// Latest stands for the id of the newest session.
const Latest = "latest"

// Store is where the files are kept. Names are relative paths with slashes.
type Store interface {
	// List reports every telemetry file. What could not be looked into is told in notices; the error is for a store
	// that cannot be read at all.
	List(ctx context.Context) (files []FileInfo, notices []string, err error)
	// Open opens a file that List reported, as far as ctx reaches; what is read later waits for as long as the store does.
	Open(ctx context.Context, name string) (*ibt.File, error)
	// Bytes opens it as the bytes that it is.
	Bytes(ctx context.Context, name string) (Content, error)
	// String names the store as the user configured it.
	String() string
	Close() error
}

// Content is the bytes of a file. It must be closed.
type Content interface {
	ibt.Source
	io.Closer
}

// FileInfo is what a store tells of a file without opening it.
type FileInfo struct {
	Name    string
	Size    int64
	ModTime time.Time
}

func (fi FileInfo) unchanged(other FileInfo) bool {
	return fi.Size == other.Size && fi.ModTime.Equal(other.ModTime)
}

// Session is one telemetry file.
type Session struct {
	ID      string
	File    FileInfo
	Problem string // why it cannot be read; "" if it can

	Car, Track, Driver string
	Type               string // of the last session number in the file, such as Race
	SubSession         int
	Start, End         time.Time
	Closed             bool // the sim has finished the file

	Analysed  bool    // the fields below are known
	Laps      int     // laps of any kind
	TimedLaps int     // laps with a lap time
	Best      float64 // s; NaN without a timed lap
	BestLap   string  // its id
}

// Options of a library.
type Options struct {
	// CacheDir is the folder for what the library learned; "" keeps it in memory.
	CacheDir string
	// Index keeps it instead, where several processes share it.
	Index Index
	// Patience is how long a listing waits for lap tables that are not known yet; it then goes on without them while
	// they are read in the background. 0 means 5 s.
	Patience time.Duration
	// Warn is told what went wrong without keeping the library from its work. nil ignores it.
	Warn func(text string, err error)
}

// Library lists and opens sessions. It is safe for use by several goroutines.
type Library struct {
	store    Store
	cache    *cacheFile
	index    *sharedIndex // nil keeps what was learned in cache
	patience time.Duration
	warn     func(string, error)

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	work   sync.WaitGroup
	saving sync.Mutex

	mu      sync.Mutex // guards the rest
	entries map[string]*entry
	open    openFiles
	scans   scans
	tables  tables
	changes changes
}

// New returns a library over store, which it owns from then on.
func New(store Store, o Options) *Library {
	l := &Library{store: store, patience: o.Patience, warn: o.Warn, entries: make(map[string]*entry)}
	if l.patience == 0 {
		l.patience = 5 * time.Second
	}
	if l.warn == nil {
		l.warn = func(string, error) {}
	}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.open.limit = 32
	l.tables.busy = make(map[string]chan struct{})
	l.tables.elsewhere, l.tables.patience = make(map[string]time.Time), claimPatience
	l.changes.reset()
	if o.Index != nil {
		l.index = &sharedIndex{index: o.Index, place: store.String(), warned: map[string]bool{}}
		return l
	}
	l.cache = newCacheFile(o.CacheDir, store.String())
	loaded, err := l.cache.load()
	if err != nil {
		l.warn("The index of the telemetry library is made anew", err)
	}
	for i := range loaded {
		l.entries[loaded[i].File.Name] = &entry{cached: loaded[i]}
	}
	return l
}

// Close ends the background work, waits for it and closes the files. Recordings that are still in use are closed by
// their users.
func (l *Library) Close() error {
	l.cancel()
	l.work.Wait()
	l.mu.Lock()
	err := l.open.closeAll()
	l.mu.Unlock()
	return errors.Join(err, l.store.Close())
}

// String names the place of the library as the user configured it.
func (l *Library) String() string { return l.store.String() }

// Sessions lists what the store holds now, newest first, with remarks on what the list lacks.
func (l *Library) Sessions(ctx context.Context) ([]Session, []string, error) {
	notices, err := l.scan(ctx)
	if err != nil {
		return nil, nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	sessions := make([]Session, 0, len(l.entries))
	waiting := 0
	for _, e := range l.entries {
		sessions = append(sessions, e.Session)
		if e.Problem == "" && !e.Analysed {
			waiting++
		}
	}
	slices.SortFunc(sessions, newestFirst)
	if waiting > 0 {
		notices = append(slices.Clone(notices), fmt.Sprintf("The laps of %s are still being read; look again to see them.", files(waiting)))
	}
	return sessions, notices, nil
}

func files(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}

func newestFirst(a, b Session) int {
	if c := b.Start.Compare(a.Start); c != 0 {
		return c
	}
	return strings.Compare(a.File.Name, b.File.Name)
}

// NotFoundError says that no session has the id that was asked for.
type NotFoundError struct{ ID string }

func (e *NotFoundError) Error() string {
	if e.ID == Latest {
		return "there is no telemetry file yet"
	}
	return fmt.Sprintf("no telemetry file has the id %q; it may have been deleted or moved out of the library", e.ID)
}

// Find returns the session with an id, or the newest readable one for [Latest].
func (l *Library) Find(ctx context.Context, id string) (Session, error) {
	id = strings.TrimSpace(id)
	if s, ok := l.lookup(id); ok && id != Latest && l.isFresh() {
		return s, nil
	}
	if _, err := l.scan(ctx); err != nil {
		return Session{}, err
	}
	if s, ok := l.lookup(id); ok {
		return s, nil
	}
	return Session{}, &NotFoundError{ID: id}
}

func (l *Library) lookup(id string) (Session, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var best *entry
	for _, e := range l.entries {
		switch {
		case id != Latest:
			if e.ID == id {
				return e.Session, true
			}
		case e.Problem == "" && (best == nil || newestFirst(e.Session, best.Session) < 0):
			best = e
		}
	}
	if best == nil {
		return Session{}, false
	}
	return best.Session, true
}

// entry is what the library knows of a file.
type entry struct {
	cached
	copied  bool      // another file has the same content; Problem says which
	passing bool      // the problem may be over although the file has not changed
	retryAt time.Time // then it is looked at again
}

// each calls do for every item from n goroutines, or as many as there are processors if n is 0, and waits for them.
func each[T any](ctx context.Context, n int, items []T, do func(T)) error {
	if n == 0 {
		n = runtime.GOMAXPROCS(0)
	}
	var wait sync.WaitGroup
	next := make(chan T)
	for range min(n, len(items)) {
		wait.Go(func() {
			for item := range next {
				do(item)
			}
		})
	}
	var err error
	for _, item := range items {
		if err = ctx.Err(); err != nil {
			break
		}
		next <- item
	}
	close(next)
	wait.Wait()
	return err
}

// problem words an error for the list of sessions.
func problem(err error) string {
	if format, ok := errors.AsType[*ibt.FormatError](err); ok {
		return format.Reason
	}
	return err.Error()
}

// passing tells whether err may be over without a change of the file, as a lack of rights may, other than content that
// is not telemetry.
func passing(err error) bool {
	_, format := errors.AsType[*ibt.FormatError](err)
	_, channel := errors.AsType[*ibt.ChannelError](err)
	return err != nil && !format && !channel
}
