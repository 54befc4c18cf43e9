package collect

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/apexobs/iracing-grafana-observability/pkg/collect/ingest"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// watched is a place of telemetry files with what is known of them.
type watched struct {
	Place
	watcher *library.Watcher
	by      *look // the look that is under way
	away    error // the last failure that may be over at the next try
	byName  map[string]library.Session
}

func (c *Collector) watch(p Place) *watched {
	w := &watched{Place: p, byName: map[string]library.Session{}}
	w.watcher = library.NewWatcher(p.Store, library.WatchOptions{
		Settle: c.Settle, Now: c.Now,
		Warn: func(text string, err error) { c.Log.Warn(text, "place", p.Store.String(), "error", err) },
	}, w.take)
	return w
}

// telemetry is the job of that name.
func (c *Collector) telemetry(ctx context.Context, w *work) error {
	c.looking.Lock()
	defer c.looking.Unlock()
	looking, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	l := &look{work: w, stop: stop}
	pending := 0
	var failed error
	for _, p := range c.watched {
		p.by = l
		state, err := p.watcher.Look(looking)
		pending += state.Growing + state.Failing + state.Waiting
		if looking.Err() != nil {
			failed = context.Cause(looking)
			break
		}
		if err == nil && state.Failing == 0 {
			p.away = nil
		}
		if err != nil {
			failed = errors.Join(failed, &namingError{fmt.Errorf("%s: %w", p.Store, err), placeProblem})
		}
	}
	if looking.Err() == nil {
		metrics.FilesPending(pending)
	}
	if failed == nil {
		failed = l.failure()
	}
	// A file that is broken fails the job when it is found to be, and one that cannot be kept for now until it is. The watcher
	// does not try either at each look.
	for _, p := range c.watched {
		if failed == nil {
			failed = p.away
		}
	}
	failed = l.end(ctx, failed)
	if ctx.Err() == nil {
		c.showNewest(ctx)
	}
	return failed
}

// look is one look at all places. The lock of the job is taken, and a run noted, when there is something to do, as a look
// every minute has nothing to do most of the time.
type look struct {
	*work
	lock   *store.Lock
	run    *store.Run
	stop   context.CancelCauseFunc // ends the look
	failed error                   // the first failure of a file
	files  int                     // that failed
}

// What a run says in place of errors that name places and files, which are for the operator.
const (
	placeProblem = "a place of telemetry files could not be listed; the log says which, and why"
	fileProblem  = "a telemetry file could not be taken in; the log says which, and why"
	filesProblem = "%d telemetry files could not be taken in; the log says which, and why"
)

// failure is what became of the files.
func (l *look) failure() error {
	if l.files <= 1 {
		return l.failed
	}
	return &namingError{l.failed, fmt.Sprintf(filesProblem, l.files)}
}

// begin answers the context to work with.
func (l *look) begin(ctx context.Context) (context.Context, error) {
	if l.lock != nil {
		return l.lock.Context(), nil
	}
	lock, err := l.Store.Lock(ctx, jobTelemetry, true)
	if err != nil {
		return nil, err
	}
	run, err := l.Store.BeginRun(lock.Context(), jobTelemetry)
	if err != nil {
		lock.Release()
		return nil, err
	}
	l.lock, l.run = lock, run
	return lock.Context(), nil
}

// end gives the lock back.
func (l *look) end(ctx context.Context, failed error) error {
	if l.lock == nil {
		return failed
	}
	defer l.lock.Release()
	outcome, problem := store.Succeeded, ""
	switch {
	case failed != nil && ctx.Err() != nil:
		outcome = store.Interrupted
	case failed != nil:
		outcome, problem = store.RunFailed, reason(failed)
	}
	ended := l.run.End(ctx, outcome, l.rows.Load(), 0, problem)
	if failed != nil {
		return failed
	}
	return ended
}

// take takes in a file that has settled.
func (p *watched) take(ctx context.Context, fi library.FileInfo) error {
	l := p.by
	locked, err := l.begin(ctx)
	if err != nil {
		l.stop(err) // no file is to blame, and the next one would not fare better
		return err
	}
	if err = p.file(locked, l, fi); err != nil && locked.Err() != nil {
		l.stop(context.Cause(locked)) // the lock is lost
	}
	if err != nil && ctx.Err() == nil {
		failed := ofFile(fi.Name, err)
		if l.files++; l.failed == nil {
			l.failed = failed
		}
		if temporary(err) {
			p.away = failed
		}
	}
	return err
}

// ofFile is an error with the name of the file that it is about.
func ofFile(name string, err error) error {
	return &namingError{fmt.Errorf("%s: %w", name, err), fileProblem}
}

// errNotListed is for a file that the watcher sees and the library does not, or not as it is now: the library's listing is
// older. The watcher forgets a file that is gone.
var errNotListed = errors.New("the library has not listed it yet")

func (p *watched) file(ctx context.Context, l *look, fi library.FileInfo) error {
	s, ok := p.byName[fi.Name]
	if !ok || !sameState(s.File, fi) {
		list, _, err := p.Library.Sessions(ctx)
		if err != nil {
			return err
		}
		clear(p.byName)
		for _, s := range list {
			p.byName[s.File.Name] = s
		}
		if s, ok = p.byName[fi.Name]; !ok || !sameState(s.File, fi) {
			return errNotListed
		}
	}
	_, err := l.ingest(ctx, p.Library, &s)
	return err
}

// sameState tells that a file has not changed between two listings.
func sameState(a, b library.FileInfo) bool { return a.Size == b.Size && a.ModTime.Equal(b.ModTime) }

// copyOf is how the library begins the problem of a file that another one has the content of.
const copyOf = "it is a copy of"

// ingest takes one file in, and pushes its samples where they were not yet. unchanged tells that there was nothing to do.
func (w *work) ingest(ctx context.Context, lib *library.Library, s *library.Session) (unchanged bool, err error) {
	if strings.HasPrefix(s.Problem, copyOf) {
		return true, nil
	}
	if s.Problem != "" {
		return false, errors.New(s.Problem)
	}
	rec, err := lib.Open(ctx, s.ID)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, rec.Close()) }()
	out, err := ingest.File(ctx, w.Store, rec)
	w.wrote(out.Rows)
	if err != nil {
		return false, err
	}
	pushed, err := w.push(ctx, rec)
	return out.Unchanged && !pushed, err
}

// push sends the samples of a recording to Prometheus unless that was done.
func (w *work) push(ctx context.Context, rec *library.Recording) (pushed bool, err error) {
	if w.Push == nil {
		return false, nil
	}
	state, err := w.Store.RecordingState(ctx, rec.Session.ID)
	if err != nil || !state.ExportedAt[w.Push.Target()].IsZero() {
		return false, err
	}
	out, err := w.Push.Push(ctx, rec)
	if err != nil {
		return false, &pushError{err}
	}
	if out.TooOld > 0 || out.Rejected > 0 {
		w.Log.Warn("Prometheus did not take all samples of a file", "file", rec.Session.File.Name, "sent", out.Sent, "too_old", out.TooOld, "rejected", out.Rejected)
	}
	return true, w.Store.MarkExported(ctx, rec.Session.ID, w.Push.Target(), out.Sent)
}

// FilesProgress is how far an ingestion of telemetry files has come.
type FilesProgress struct {
	Total   int
	Done    int // files, with those that were known
	Skipped int // of Done, those that were known and have not changed
	Failed  int
	Name    string // of the file that was looked at last
	Rows    int64
}

// FilesSummary is what an ingestion of telemetry files did.
type FilesSummary struct {
	FilesProgress
	Problems []string // what is wrong with files that failed
}

// IngestFiles takes the telemetry files of libraries into the database and pushes their samples where that is set up,
// whether they have settled or not. Files for which only answers false are left out; nil means none is.
func (c *Collector) IngestFiles(ctx context.Context, libraries []*library.Library, only func(library.Session) bool, progress func(FilesProgress)) (FilesSummary, error) {
	if progress == nil {
		progress = func(FilesProgress) {}
	}
	w := &work{Collector: c}
	var sum FilesSummary
	done := map[string]bool{}
	waits := func(why error) {
		if why != nil {
			c.Log.Warn("The ingestion pauses", "reason", why)
		}
	}
	err := c.persist(ctx, func() int64 { return int64(len(done)) }, waits, func(ctx context.Context) error {
		return c.locked(ctx, jobTelemetry, true, func(ctx context.Context) error {
			return w.record(ctx, jobTelemetry, func(ctx context.Context, w *work) error {
				return w.ingestAll(ctx, libraries, only, done, &sum, progress)
			})
		})
	})
	return sum, err
}

// ingestAll takes the files of libraries in, but for those that are done.
func (w *work) ingestAll(ctx context.Context, libraries []*library.Library, only func(library.Session) bool, done map[string]bool, sum *FilesSummary, progress func(FilesProgress)) error {
	type file struct {
		lib     *library.Library
		session library.Session
	}
	var files []file
	for _, lib := range libraries {
		list, notices, err := lib.Sessions(ctx)
		if err != nil {
			return &namingError{err, placeProblem}
		}
		for _, n := range notices {
			w.Log.Info(n, "place", lib.String())
		}
		for _, s := range list {
			if only == nil || only(s) {
				files = append(files, file{lib, s})
			}
		}
	}
	sum.Total = len(files)
	progress(sum.FilesProgress)
	for i := range files {
		f := &files[i]
		key := f.lib.String() + "\x00" + f.session.File.Name
		if done[key] {
			continue
		}
		unchanged, err := w.ingest(ctx, f.lib, &f.session)
		switch {
		case err == nil:
			sum.Done++
			if unchanged {
				sum.Skipped++
			}
		case ctx.Err() != nil:
			return err
		case temporary(err):
			return ofFile(f.session.File.Name, err)
		default:
			sum.Failed++
			sum.Problems = append(sum.Problems, fmt.Sprintf("%s: %v", f.session.File.Name, err))
		}
		done[key] = true
		sum.Name, sum.Rows = f.session.File.Name, w.rows.Load()
		progress(sum.FilesProgress)
	}
	return nil
}
