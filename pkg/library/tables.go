package library

import (
	"context"
	"runtime"
	"slices"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
)

// saveEvery is how often what is learned is kept while the laps of many files are read.
const saveEvery = 20 * time.Second

// tables is the reading of lap tables in the background.
type tables struct {
	queue   []FileInfo               // the newest at the end
	pending chan struct{}            // closed when the work that is under way ends; nil when there is none
	busy    map[string]chan struct{} // files whose laps are being read, by the background or by who opened them
	saved   time.Time

	elsewhere map[string]time.Time // files that other processes read, and since when that is known
	patience  time.Duration        // with these
}

// startTables has the laps of all files read that lack them. The caller holds the mutex.
func (l *Library) startTables() {
	t := &l.tables
	t.queue = l.unanalysed()
	if t.pending != nil || len(t.queue) == 0 || l.ctx.Err() != nil {
		return
	}
	done := make(chan struct{})
	t.pending, t.saved = done, time.Now()
	l.work.Go(func() {
		defer close(done)
		n := pacingOf(l.store).Tables
		if n == 0 {
			n = runtime.GOMAXPROCS(0)
		}
		claims := l.claims()
		if claims != nil {
			defer claims.Close()
		}
		for l.more() {
			// The error is that the library was closed.
			_ = each(l.ctx, n, make([]struct{}, n), func(struct{}) { l.readTables(claims) })
			l.save()
		}
	})
}

// more tells whether there is a file left to read, and else ends the work.
func (l *Library) more() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.awaitOthers()
	if len(l.tables.queue) > 0 && l.ctx.Err() == nil {
		return true
	}
	l.tables.pending = nil
	return false
}

// waitForTables waits for the lap tables that are being read as long as patience reaches.
func (l *Library) waitForTables(ctx context.Context) {
	l.mu.Lock()
	pending := l.tables.pending
	l.mu.Unlock()
	if pending != nil {
		wait(ctx, pending, true, l.patience)
	}
}

// unanalysed lists the files whose laps are not known, the newest last.
func (l *Library) unanalysed() []FileInfo {
	var queue []Session
	for name, e := range l.entries {
		if e.Problem == "" && !e.Analysed && l.tables.busy[name] == nil {
			queue = append(queue, e.Session)
		}
	}
	slices.SortFunc(queue, newestFirst)
	slices.Reverse(queue)
	out := make([]FileInfo, len(queue))
	for i := range queue {
		out[i] = queue[i].File
	}
	return out
}

// readTables reads the laps of one file after the other until none is left but those that other processes read.
func (l *Library) readTables(claims Claims) {
	for l.ctx.Err() == nil {
		l.mu.Lock()
		t := &l.tables
		if len(t.queue) == 0 {
			l.mu.Unlock()
			return
		}
		fi := t.queue[len(t.queue)-1]
		t.queue = t.queue[:len(t.queue)-1]
		finish, _ := l.begin(fi.Name)
		save := time.Since(t.saved) > saveEvery
		if save {
			t.saved = time.Now()
		}
		l.mu.Unlock()
		if finish == nil {
			continue // somebody has opened it and reads it
		}
		release, mine := l.claim(claims, fi.Name)
		if mine {
			l.readTable(fi)
		}
		finish()
		if save || mine && claims != nil {
			l.save() // before others may read the file
		}
		release()
	}
}

// begin marks a file as being read, or returns what to wait for. The caller holds the mutex.
func (l *Library) begin(name string) (finish func(), other <-chan struct{}) {
	if busy := l.tables.busy[name]; busy != nil {
		return nil, busy
	}
	done := make(chan struct{})
	l.tables.busy[name] = done
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.tables.busy, name)
		close(done)
	}, nil
}

func (l *Library) readTable(fi FileInfo) {
	if l.learnedTable(fi) {
		return
	}
	file, err := l.store.Open(l.ctx, fi.Name)
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
		l.changes.note(fi.Name)
	}
}

// readLaps reads the lap table of a file and counts that it did.
func readLaps(ctx context.Context, f *ibt.File, size int64) (*analysis.Table, error) {
	begin := time.Now()
	table, err := analysis.Laps(ctx, f)
	if err != nil {
		failed(ctx, err)
		return nil, err
	}
	metrics.Files.WithLabelValues(metrics.OK).Inc()
	metrics.FileSeconds.Observe(time.Since(begin).Seconds())
	metrics.FileBytes.Add(float64(size))
	return table, nil
}

// failed counts a file that could not be read, unless somebody gave the reading up.
func failed(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		metrics.Files.WithLabelValues(metrics.Failed).Inc()
	}
}

// fail notes why a file cannot be read.
func (l *Library) fail(fi FileInfo, err error) {
	if l.ctx.Err() != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.entries[fi.Name]; e != nil && e.File.unchanged(fi) {
		e.Problem, e.passing, e.retryAt = problem(err), passing(err), time.Now().Add(pacingOf(l.store).Retry)
		l.changes.note(fi.Name)
	}
}
