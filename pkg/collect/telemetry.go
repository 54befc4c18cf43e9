package collect

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/apexobs/iracing-grafana-observability/pkg/collect/ingest"
	"github.com/apexobs/iracing-grafana-observability/pkg/collect/push"
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
	future  map[string]future // files that begin or end in the future, by name
}

// future is a file whose samples cannot all be pushed before a time.
type future struct {
	info library.FileInfo
	at   time.Time
}

func (c *Collector) watch(p Place) *watched {
	w := &watched{Place: p, byName: map[string]library.Session{}, future: map[string]future{}}
	w.watcher = library.NewWatcher(p.Store, library.WatchOptions{Settle: c.Settle, Now: c.Now}, w.take)
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
			p.pushFuture(looking)
		}
		if err != nil {
			failed = errors.Join(failed, p.problem(err))
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
	w.tellOld()
	if ctx.Err() == nil {
		c.showNewest(ctx)
	}
	return failed
}

// problem is an error with the place that it is about.
func (p *watched) problem(err error) error {
	return &namingError{fmt.Errorf("%s: %w", p.Store, err), placeProblem}
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

// begin answers the context to work with. Without wait, it is an error that another collector has the lock.
func (l *look) begin(ctx context.Context, wait bool) (context.Context, error) {
	if l.lock != nil {
		return l.lock.Context(), nil
	}
	lock, err := l.Store.Lock(ctx, jobTelemetry, wait)
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

// notedLook is what became of a look that was noted as a run.
type notedLook struct {
	problem string
	at      time.Time
}

// noteAgain is how often a run is noted of looks that fail one like the other.
const noteAgain = time.Hour

// worthNoting tells that a look that took in no file is noted as a run: the first one of a process, one that fails in
// another way than the last or after a long time, and the first one that works again.
func (l *look) worthNoting(ctx context.Context, failed error) bool {
	if _, away := errors.AsType[*store.Error](failed); away || ctx.Err() != nil {
		return false
	}
	switch n := l.noted; {
	case n == nil:
		return true
	case failed == nil:
		return n.problem != ""
	default:
		return n.problem != failed.Error() || time.Since(n.at) > noteAgain
	}
}

// end notes what became of the look, and gives the lock back.
func (l *look) end(ctx context.Context, failed error) error {
	if l.lock == nil {
		if !l.worthNoting(ctx, failed) {
			return failed
		}
		if _, err := l.begin(ctx, false); err != nil {
			if _, held := errors.AsType[*store.HeldError](err); held || failed != nil {
				return failed // another collector notes its own
			}
			return err
		}
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
	if ended == nil && outcome != store.Interrupted {
		l.noted = &notedLook{at: time.Now()}
		if failed != nil {
			l.noted.problem = failed.Error()
		}
	}
	if failed != nil {
		return failed
	}
	return ended
}

// take takes in a file that has settled.
func (p *watched) take(ctx context.Context, fi library.FileInfo) error {
	l := p.by
	locked, err := l.begin(ctx, true)
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
		l.Log.Warn("A telemetry file could not be taken in; it is tried again later", "place", p.Store.String(), "file", fi.Name, "error", err)
	}
	return err
}

// pushFuture pushes files whose time has come. The watcher has handed them over.
func (p *watched) pushFuture(ctx context.Context) {
	for name, f := range p.future {
		if ctx.Err() != nil {
			return
		}
		if p.by.Now().Before(f.at) {
			continue
		}
		if err := p.take(ctx, f.info); err == nil || errors.Is(err, errNotListed) { // or it has gone
			delete(p.future, name)
		}
	}
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
			// The library's listing is older, and the place has just come back: no file is to blame.
			err = p.problem(err)
			l.stop(err)
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
	if at := pushable(s.End); err == nil && l.Push != nil && l.Now().Before(at) {
		p.future[fi.Name] = future{fi, at}
	}
	return err
}

// pushable is when all samples of a recording that ends at a time can be pushed.
func pushable(end time.Time) time.Time { return end.Add(-push.Ahead) }

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

// push sends the samples of a recording to Prometheus unless that was done. A file that lies in the future counts as done,
// too, so that it is not read again and again; it is pushed once more when all of its samples can be.
func (w *work) push(ctx context.Context, rec *library.Recording) (pushed bool, err error) {
	if w.Push == nil {
		return false, nil
	}
	state, err := w.Store.RecordingState(ctx, rec.Session.ID)
	if err != nil {
		return false, err
	}
	whole := pushable(rec.Session.End)
	if at := state.ExportedAt[w.Push.Target()]; !at.IsZero() && (at.After(whole) || w.Now().Before(whole)) {
		return false, nil
	}
	out, err := w.Push.Push(ctx, rec)
	if err != nil {
		return false, &pushError{err}
	}
	level := hclog.Debug
	if out.Rejected > 0 {
		level = hclog.Warn
	}
	if out.TooOld > 0 || out.TooNew > 0 || out.Rejected > 0 {
		w.Log.Log(level, "Prometheus did not take all samples of a file", "file", rec.Session.File.Name,
			"sent", out.Sent, "too_old", out.TooOld, "too_new", out.TooNew, "rejected", out.Rejected)
	}
	if out.TooOld > 0 {
		w.old.files++
		w.old.samples += out.TooOld
	}
	return true, w.Store.MarkExported(ctx, rec.Session.ID, w.Push.Target(), out.Sent)
}

// tellOld tells of all files that are too old for Prometheus at once, as a first ingestion may find hundreds.
func (w *work) tellOld() {
	if w.old.files == 0 {
		return
	}
	w.Log.Warn("Telemetry files are older than Prometheus takes samples; \"collector export --format openmetrics\" writes them for promtool, which makes blocks of them for a Prometheus of your own",
		"files", w.old.files, "samples", w.old.samples)
	w.old.files, w.old.samples = 0, 0
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
	err := c.persist(ctx, "The ingestion pauses", func() int64 { return int64(len(done)) }, nobody, func(ctx context.Context) error {
		return c.locked(ctx, jobTelemetry, true, func(ctx context.Context) error {
			return w.record(ctx, jobTelemetry, func(ctx context.Context, w *work) error {
				return w.ingestAll(ctx, libraries, only, done, &sum, progress)
			})
		})
	})
	w.tellOld()
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
