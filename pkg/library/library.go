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
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
)

// Latest stands for the id of the newest session.
const Latest = "latest"

// Store is where the files are kept. Names are relative paths with slashes.
type Store interface {
	// List reports every telemetry file. What could not be looked into is told in notices; the error is for a store
	// that cannot be read at all.
	List(ctx context.Context) (files []FileInfo, notices []string, err error)
	// Open opens a file that List reported.
	Open(name string) (*ibt.File, error)
	// String names the store as the user configured it.
	String() string
	Close() error
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
	patience time.Duration
	warn     func(string, error)

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	work   sync.WaitGroup

	scanning sync.Mutex // one scan at a time; guards scanned and notices
	scanned  time.Time
	notices  []string

	mu      sync.Mutex // guards the rest
	entries map[string]*entry
	open    openFiles
	pending chan struct{} // closed when the background work that is under way ends; nil when there is none
}

// scanEvery is how old a listing may be before the store is asked again.
const scanEvery = time.Second

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
	defer l.mu.Unlock()
	return errors.Join(l.open.closeAll(), l.store.Close())
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
		notices = append(slices.Clone(notices), fmt.Sprintf("The laps of %s are still being read; refresh to see them.", files(waiting)))
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
	if s, ok := l.lookup(id); ok && id != Latest && l.fresh() {
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

func (l *Library) fresh() bool {
	l.scanning.Lock()
	defer l.scanning.Unlock()
	return time.Since(l.scanned) < scanEvery
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
	copied bool // another file has the same content; Problem says which
	retry  bool // the problem may be over at the next look, although the file has not changed
}

// scan brings the entries up to date with the store: heads of new and changed files at once, their laps as far as
// patience reaches, newest first, and the rest in the background.
func (l *Library) scan(ctx context.Context) ([]string, error) {
	l.scanning.Lock()
	defer l.scanning.Unlock()
	if time.Since(l.scanned) < scanEvery {
		return l.notices, nil
	}
	listed, notices, err := l.store.List(ctx)
	if err != nil {
		return nil, err
	}
	heads, gone := l.compare(listed)
	if err := l.readHeads(ctx, heads); err != nil {
		return nil, err
	}
	l.markCopies()
	l.scanned, l.notices = time.Now(), notices
	if len(heads) > 0 || gone {
		l.save()
	}
	l.analyse(ctx)
	return notices, nil
}

// compare drops entries whose file is gone and returns the files that are new or have changed.
func (l *Library) compare(listed []FileInfo) (changed []FileInfo, gone bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	there := make(map[string]bool, len(listed))
	for _, fi := range listed {
		there[fi.Name] = true
		if e := l.entries[fi.Name]; e == nil || e.retry || !e.File.unchanged(fi) {
			changed = append(changed, fi)
		}
	}
	for name := range l.entries {
		if !there[name] {
			delete(l.entries, name)
			l.open.drop(name)
			gone = true
		}
	}
	return changed, gone
}

// readHeads reads what the head of each file tells.
func (l *Library) readHeads(ctx context.Context, heads []FileInfo) error {
	return each(ctx, heads, func(fi FileInfo) {
		c, err := l.head(fi)
		l.mu.Lock()
		defer l.mu.Unlock()
		if old := l.entries[fi.Name]; old != nil && old.Analysed && old.onlyClosed(&c) {
			// The sim has filled in the sub header and nothing else, so the laps stand.
			c.adopt(old.Table)
		}
		l.entries[fi.Name] = &entry{cached: c, retry: passing(err)}
	})
}

// markCopies leaves one of several files with the same content.
func (l *Library) markCopies() {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := make(map[string]string, len(l.entries))
	for _, name := range slices.Sorted(maps.Keys(l.entries)) {
		e := l.entries[name]
		if e.copied {
			e.Problem, e.ID, e.copied = "", e.Content, false
		}
		if e.Problem != "" {
			continue
		}
		if other, twice := first[e.ID]; twice {
			e.Problem, e.ID, e.copied = "it is a copy of "+other, nameID(name), true
			continue
		}
		first[e.ID] = name
	}
}

// analyse starts the reading of lap tables, if there are any to read, and waits for it as long as patience reaches.
func (l *Library) analyse(ctx context.Context) {
	l.mu.Lock()
	if l.pending == nil {
		if queue := l.unanalysed(); len(queue) > 0 && l.ctx.Err() == nil {
			done := make(chan struct{})
			l.pending = done
			l.work.Go(func() {
				l.readTables(queue)
				l.mu.Lock()
				l.pending = nil
				l.mu.Unlock()
				l.save()
				close(done)
			})
		}
	}
	pending := l.pending
	l.mu.Unlock()
	if pending == nil {
		return
	}
	timer := time.NewTimer(l.patience)
	defer timer.Stop()
	select {
	case <-pending:
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (l *Library) unanalysed() []FileInfo {
	var queue []Session
	for _, e := range l.entries {
		if e.Problem == "" && !e.Analysed {
			queue = append(queue, e.Session)
		}
	}
	slices.SortFunc(queue, newestFirst)
	out := make([]FileInfo, len(queue))
	for i := range queue {
		out[i] = queue[i].File
	}
	return out
}

func (l *Library) readTables(queue []FileInfo) {
	// The error is that the library was closed.
	_ = each(l.ctx, queue, func(fi FileInfo) {
		file, err := l.store.Open(fi.Name)
		if err != nil {
			l.fail(fi, err)
			return
		}
		defer func() { _ = file.Close() }() // reading leaves nothing to lose
		table, err := readLaps(l.ctx, file, fi.Size)
		if err != nil {
			l.fail(fi, err)
			return
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if e := l.entries[fi.Name]; e != nil && e.File.unchanged(fi) {
			e.adopt(table)
		}
	})
}

// readLaps reads the lap table of a file and counts that it did.
func readLaps(ctx context.Context, f *ibt.File, size int64) (*analysis.Table, error) {
	begin := time.Now()
	table, err := analysis.Laps(ctx, f)
	if err != nil {
		metrics.Files.WithLabelValues(metrics.Failed).Inc()
		return nil, err
	}
	metrics.Files.WithLabelValues(metrics.OK).Inc()
	metrics.FileSeconds.Observe(time.Since(begin).Seconds())
	metrics.FileBytes.Add(float64(size))
	return table, nil
}

// fail notes why a file cannot be read.
func (l *Library) fail(fi FileInfo, err error) {
	if l.ctx.Err() != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.entries[fi.Name]; e != nil && e.File.unchanged(fi) {
		e.Problem, e.retry = problem(err), passing(err)
	}
}

// save writes the index; that it cannot be written costs time at the next start and nothing else.
func (l *Library) save() {
	l.mu.Lock()
	entries := make([]cached, 0, len(l.entries))
	for _, e := range l.entries {
		if !e.copied && !e.retry {
			entries = append(entries, e.cached)
		}
	}
	l.mu.Unlock()
	if err := l.cache.save(entries); err != nil {
		l.warn("The index of the telemetry library cannot be kept on disk", err)
	}
}

// each calls do for every item from as many goroutines as there are processors, and waits for them.
func each[T any](ctx context.Context, items []T, do func(T)) error {
	var wait sync.WaitGroup
	next := make(chan T)
	for range min(runtime.GOMAXPROCS(0), len(items)) {
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
