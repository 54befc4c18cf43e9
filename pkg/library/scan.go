package library

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
)

const (
	// scanEvery is how old a listing may be before a folder is looked at again.
	scanEvery = time.Second
	// slowScan is how much longer than a listing took it lasts.
	slowScan = 10
	// maxRelist bounds for how long a listing lasts.
	maxRelist = time.Minute
	// listPatience is how long a query waits for a new listing when there is an older one, and headPatience how long it
	// waits for the heads of new files.
	listPatience = 5 * time.Second
	headPatience = 10 * time.Second
)

// scans is what the library knows of the listings of its store.
type scans struct {
	job     *scanJob // under way; nil when there is none
	at      time.Time
	lasts   time.Duration // from at on
	notices []string
	err     error
	once    bool // there was a listing that did not fail
}

// scanJob is a look at the store, which goes on when nobody waits for it any more.
type scanJob struct {
	listed chan struct{} // closed when the names are known
	done   chan struct{} // closed when the heads of new files are known too
}

// isFresh tells that the last listing still counts.
func (l *Library) isFresh() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.scans.err == nil && l.scans.fresh()
}

func (s *scans) fresh() bool { return time.Since(s.at) < s.lasts }

// scan brings the entries up to date with the store: heads of new and changed files, then their laps as far as patience
// reaches, newest first, and the rest in the background.
func (l *Library) scan(ctx context.Context) ([]string, error) {
	l.mu.Lock()
	if l.ctx.Err() != nil {
		l.mu.Unlock()
		return nil, fs.ErrClosed
	}
	if l.scans.fresh() {
		defer l.mu.Unlock()
		return l.scans.notices, l.scans.err
	}
	job, once := l.scans.job, l.scans.once
	if job == nil {
		job = &scanJob{listed: make(chan struct{}), done: make(chan struct{})}
		l.scans.job = job
		l.work.Go(func() { l.look(job) })
	}
	l.mu.Unlock()

	late := ""
	if !wait(ctx, job.listed, once, listPatience) {
		late = fmt.Sprintf("%s takes long to answer; this is what it held before.", l.store)
	} else if !wait(ctx, job.done, true, headPatience) {
		late = "New files are still being read; look again to see them."
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	notices, err := l.scans.notices, l.scans.err
	l.mu.Unlock()
	if late != "" {
		return append(slices.Clone(notices), late), nil
	}
	if err != nil {
		return nil, err
	}
	l.waitForTables(ctx)
	return notices, nil
}

// wait waits until done is closed, and tells whether it is: for as long as patience reaches if there is an alternative.
func wait(ctx context.Context, done <-chan struct{}, alternative bool, patience time.Duration) bool {
	var expired <-chan time.Time
	if alternative {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		expired = timer.C
	}
	select {
	case <-done:
		return true
	case <-expired:
	case <-ctx.Done():
	}
	return false
}

// look makes a listing and reads the heads of what is new.
func (l *Library) look(job *scanJob) {
	begin := time.Now()
	listed, notices, err := l.store.List(l.ctx)
	took := time.Since(begin)
	var heads []FileInfo
	gone := false
	if err == nil {
		l.loadIndex()
		heads, gone = l.compare(listed, len(notices) == 0)
		heads = l.learned(heads)
	}
	l.mu.Lock()
	s := &l.scans
	s.notices, s.err, s.once = notices, err, s.once || err == nil
	close(job.listed)
	l.mu.Unlock()
	if err == nil {
		l.readHeads(heads)
		l.markCopies()
	}
	l.mu.Lock()
	s.job, s.at = nil, time.Now()
	s.lasts = pacingOf(l.store).Relist
	if took > s.lasts/slowScan {
		s.lasts = max(s.lasts, min(slowScan*took, maxRelist))
	}
	if err != nil {
		s.lasts = min(s.lasts, 5*time.Second) // whoever mends it wants to see that
	}
	if err == nil {
		l.startTables()
	}
	close(job.done)
	l.mu.Unlock()
	if len(heads) > 0 || gone || l.owed() {
		l.save()
	}
}

// compare drops entries whose file is gone and returns the files that are new or have changed, newest first. What was
// learned of a file that is gone is forgotten unless the listing lacks something.
func (l *Library) compare(listed []FileInfo, whole bool) (changed []FileInfo, gone bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	there := make(map[string]bool, len(listed))
	for _, fi := range listed {
		there[fi.Name] = true
		if e := l.entries[fi.Name]; e == nil || e.passing && !now.Before(e.retryAt) || !e.File.unchanged(fi) {
			changed = append(changed, fi)
		}
	}
	for name := range l.entries {
		if !there[name] {
			delete(l.entries, name)
			l.open.drop(name)
			if whole {
				l.changes.forget(name)
			}
			gone = true
		}
	}
	slices.SortFunc(changed, func(a, b FileInfo) int { return b.ModTime.Compare(a.ModTime) })
	return changed, gone
}

// readHeads reads what the head of each file tells.
func (l *Library) readHeads(heads []FileInfo) {
	pace := pacingOf(l.store)
	// The error is that the library was closed.
	_ = each(l.ctx, pace.Heads, heads, func(fi FileInfo) {
		c, err := l.head(fi)
		if l.ctx.Err() != nil {
			return
		}
		failed(l.ctx, err)
		l.mu.Lock()
		defer l.mu.Unlock()
		if old := l.entries[fi.Name]; old != nil && old.Analysed && old.onlyClosed(&c) {
			// The sim has filled in the sub header and nothing else, so the laps stand.
			c.adopt(old.Table)
		}
		l.entries[fi.Name] = &entry{cached: c, passing: passing(err), retryAt: time.Now().Add(pace.Retry)}
		l.changes.note(fi.Name)
	})
}

// markCopies leaves one of several files with the same recording: the longest, as a shorter one is from when it was still
// under way.
func (l *Library) markCopies() {
	l.mu.Lock()
	defer l.mu.Unlock()
	best := make(map[string]*entry, len(l.entries))
	for _, e := range l.entries {
		if e.copied {
			e.Problem, e.ID, e.copied = "", e.Content, false
		}
		if e.Problem != "" {
			continue
		}
		if other := best[e.ID]; other == nil || e.before(other) {
			best[e.ID] = e
		}
	}
	for _, e := range l.entries {
		if other := best[e.ID]; e.Problem == "" && other != e {
			e.Problem, e.ID, e.copied = "it is a copy of "+other.File.Name, nameID(e.File.Name), true
			if e.File.Size < other.File.Size {
				e.Problem += ", which holds more of the recording"
			}
		}
	}
}

// before tells which of two files with one recording counts.
func (e *entry) before(other *entry) bool {
	if e.File.Size != other.File.Size {
		return e.File.Size > other.File.Size
	}
	return strings.Compare(e.File.Name, other.File.Name) < 0
}
