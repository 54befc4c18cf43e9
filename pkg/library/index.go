package library

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// Index is where a library keeps what it has learned of its files, so that no file is read twice, whoever reads it. Places
// are what [Store.String] says.
type Index interface {
	// Load reads what is known of the files of a place by the rules of a version: of all when names is nil, or else of
	// those that are named. It ends with the error that row returns.
	Load(ctx context.Context, place string, version int, names []string, row func(IndexRow) error) error
	// Save keeps rows and forgets the files that are gone.
	Save(ctx context.Context, place string, version int, rows []IndexRow, gone []string) error
}

// IndexRow is what is kept of one file.
type IndexRow = store.IndexRow

// StoreIndex is an index in PostgreSQL, which several processes share. The database stays its owner's.
func StoreIndex(st *store.Store) Index { return storeIndex{st} }

type storeIndex struct{ db *store.Store }

func (i storeIndex) Load(ctx context.Context, place string, version int, names []string, row func(IndexRow) error) error {
	return i.db.LoadIndex(ctx, place, version, names, row)
}

func (i storeIndex) Save(ctx context.Context, place string, version int, rows []IndexRow, gone []string) error {
	return i.db.SaveIndex(ctx, place, version, rows, gone)
}

// sharedIndex is an index and what a library knows of it.
type sharedIndex struct {
	index  Index
	place  string
	loaded bool            // guarded by Library.mu, as what follows
	next   time.Time       // before it the index is left alone, as it failed
	warned map[string]bool // by the warning: what can be read may not be writable
	lacks  bool            // something could not be kept
	again  time.Time       // when that is tried again
}

const (
	indexPatience = 10 * time.Second
	indexRest     = 10 * time.Second
	indexBatch    = 500         // files of one statement
	indexAgain    = time.Minute // until what could not be kept is tried again
)

// changes are what the index lacks.
type changes struct {
	changed, gone map[string]bool
}

func (c *changes) reset() { c.changed, c.gone = map[string]bool{}, map[string]bool{} }

func (c *changes) note(name string)   { c.changed[name] = true; delete(c.gone, name) }
func (c *changes) forget(name string) { c.gone[name] = true; delete(c.changed, name) }

// loadIndex reads the shared index, once. Without it the files are read.
func (l *Library) loadIndex() {
	if l.index == nil {
		return
	}
	l.mu.Lock()
	loaded := l.index.loaded
	l.mu.Unlock()
	if !loaded && l.ask(nil, func(c *cached) {
		if l.entries[c.File.Name] == nil {
			l.entries[c.File.Name] = &entry{cached: *c}
		}
	}) {
		l.mu.Lock()
		l.index.loaded = true
		l.mu.Unlock()
	}
}

// learned takes over what other processes have learned of files, and returns those of which nothing is known.
func (l *Library) learned(files []FileInfo) []FileInfo {
	if l.index == nil || len(files) == 0 {
		return files
	}
	unknown := make(map[string]FileInfo, len(files))
	for _, fi := range files {
		unknown[fi.Name] = fi
	}
	for batch := range slices.Chunk(files, indexBatch) {
		names := make([]string, 0, len(batch))
		for _, fi := range batch {
			names = append(names, fi.Name)
		}
		l.ask(names, func(c *cached) {
			if fi, ok := unknown[c.File.Name]; ok && c.File.unchanged(fi) {
				l.entries[fi.Name] = &entry{cached: *c}
				delete(unknown, fi.Name)
			}
		})
	}
	return slices.DeleteFunc(files, func(fi FileInfo) bool { _, ok := unknown[fi.Name]; return !ok })
}

// learnedTable takes over the lap table of a file if another process has read it meanwhile.
func (l *Library) learnedTable(fi FileInfo) bool {
	if l.index == nil {
		return false
	}
	found := false
	l.ask([]string{fi.Name}, func(c *cached) {
		if e := l.entries[fi.Name]; e != nil && e.File.unchanged(fi) && c.File.unchanged(fi) && c.Table != nil {
			e.adopt(c.Table)
			found = true
		}
	})
	return found
}

// ask reads rows of the shared index. use is called with the mutex held. A row that cannot be read is left out: its file is
// read anew.
func (l *Library) ask(names []string, use func(*cached)) bool {
	if names != nil {
		names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !utf8.ValidString(n) })
		if len(names) == 0 {
			return true
		}
	}
	if !l.mayAsk() {
		return false
	}
	ctx, cancel := context.WithTimeout(l.ctx, indexPatience)
	defer cancel()
	err := l.index.index.Load(ctx, l.index.place, cacheVersion, names, func(row IndexRow) error {
		c := new(cached)
		if err := gob.NewDecoder(bytes.NewReader(row.Entry)).Decode(c); err != nil {
			return nil // it is written anew
		}
		c.Analysed = c.Table != nil
		l.mu.Lock()
		defer l.mu.Unlock()
		use(c)
		return nil
	})
	l.answered(err, notRead)
	return err == nil
}

// mayAsk tells that the index has not just failed.
func (l *Library) mayAsk() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !time.Now().Before(l.index.next)
}

// Warnings of the index.
const (
	notRead    = "The shared index of the telemetry library cannot be read; the files are"
	notWritten = "The shared index of the telemetry library cannot be written"
)

// answered notes how the index fares, and warns when it begins to fail.
func (l *Library) answered(err error, warning string) {
	l.mu.Lock()
	warn := err != nil && !l.index.warned[warning] && l.ctx.Err() == nil
	l.index.warned[warning] = err != nil
	l.index.next = time.Time{}
	if err != nil {
		l.index.next = time.Now().Add(indexRest)
	}
	l.mu.Unlock()
	if warn {
		l.warn(warning, err)
	}
}

// save keeps what was learned; that it cannot be kept costs time at the next start and nothing else.
func (l *Library) save() {
	// One at a time, or what is known less of would be written last.
	l.saving.Lock()
	defer l.saving.Unlock()
	if l.index != nil {
		l.saveShared()
		return
	}
	l.mu.Lock()
	entries := make([]cached, 0, len(l.entries))
	for _, e := range l.entries {
		if e.lasting() {
			entries = append(entries, e.cached)
		}
	}
	l.changes.reset()
	l.mu.Unlock()
	if err := l.cache.save(entries); err != nil {
		l.warn("The index of the telemetry library cannot be kept on disk", err)
	}
}

// lasting tells that what is known of a file is worth keeping.
func (e *entry) lasting() bool { return !e.copied && !e.passing }

// saveShared keeps what has changed since it was last kept.
func (l *Library) saveShared() {
	if !l.mayAsk() {
		l.lacking(true)
		return
	}
	l.mu.Lock()
	noted := l.changes
	l.changes.reset()
	var entries []cached
	for name := range noted.changed {
		if e := l.entries[name]; e != nil && e.lasting() && utf8.ValidString(name) {
			entries = append(entries, e.cached)
		}
	}
	l.mu.Unlock()
	gone := slices.DeleteFunc(slices.Collect(maps.Keys(noted.gone)), func(n string) bool { return !utf8.ValidString(n) })
	if err := l.writeShared(entries, gone); err != nil {
		l.mu.Lock()
		for name := range noted.changed {
			l.changes.changed[name] = true
		}
		for name := range noted.gone {
			if l.entries[name] == nil {
				l.changes.gone[name] = true
			}
		}
		l.mu.Unlock()
		l.answered(err, notWritten)
		l.lacking(true)
		return
	}
	l.answered(nil, notWritten)
	l.lacking(false)
}

// lacking notes whether the index lacks something that could not be kept.
func (l *Library) lacking(something bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.index.lacks, l.index.again = something, time.Now().Add(indexAgain)
}

// owed tells that something is to be kept that could not be before.
func (l *Library) owed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.index != nil && l.index.lacks && !time.Now().Before(l.index.again)
}

func (l *Library) writeShared(entries []cached, gone []string) error {
	// What was learned is kept also when the library is being closed.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(l.ctx), indexPatience)
	defer cancel()
	var err error
	for batch := range slices.Chunk(entries, indexBatch) {
		rows := make([]IndexRow, len(batch))
		for i := range batch {
			var b bytes.Buffer
			if err := gob.NewEncoder(&b).Encode(&batch[i]); err != nil {
				return err
			}
			rows[i] = IndexRow{Name: batch[i].File.Name, Size: batch[i].File.Size, ModTime: batch[i].File.ModTime, Entry: b.Bytes()}
			// Another process may know the laps already of a file of which this one knows the head.
			rows[i].Partial = batch[i].Problem == "" && batch[i].Table == nil
		}
		if err = l.index.index.Save(ctx, l.index.place, cacheVersion, rows, nil); err != nil {
			return err
		}
	}
	if len(gone) > 0 {
		err = errors.Join(err, l.index.index.Save(ctx, l.index.place, cacheVersion, nil, gone))
	}
	return err
}
