package library_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
)

// clock is set by hand.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func TestAWatcherWaitsUntilAFileHasSettled(t *testing.T) {
	dir := t.TempDir()
	store := mustStore(t, dir)
	defer func() { _ = store.Close() }()
	c := &clock{now: day}
	var handed []string
	var failing error
	w := library.NewWatcher(store, library.WatchOptions{
		Now: c.Now, Handled: func(fi library.FileInfo) bool { return fi.Name == "known.ibt" },
	}, func(_ context.Context, fi library.FileInfo) error {
		handed = append(handed, fi.Name)
		return failing
	})
	put := func(name string, size int, at time.Time) {
		t.Helper()
		path := filepath.Join(dir, name)
		write(t, path, make([]byte, size))
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	look := func(after time.Duration, want ...string) library.WatchState {
		t.Helper()
		c.now = c.now.Add(after)
		handed = nil
		state, err := w.Look(t.Context())
		if err != nil || !slices.Equal(handed, want) {
			t.Errorf("at %s: handed over %q, want %q (%v)", c.now.Format(time.TimeOnly), handed, want, err)
		}
		return state
	}
	// What is old is handed over at once, the newest first; what somebody knows is not.
	put("old.ibt", 10, day.Add(-24*time.Hour))
	put("older.ibt", 10, day.Add(-48*time.Hour))
	put("known.ibt", 10, day.Add(-time.Hour))
	put("notes.txt", 10, day.Add(-time.Hour))
	if state := look(0, "old.ibt", "older.ibt"); state.Files != 3 || state.Handled != 2 {
		t.Errorf("the state is %+v", state)
	}
	// A file that grows is waited for, also when its time lies in the future or stands still.
	put("new.ibt", 10, c.now.Add(time.Hour))
	if state := look(time.Second); state.Growing != 1 {
		t.Errorf("the state is %+v", state)
	}
	put("new.ibt", 20, c.now.Add(time.Hour))
	look(59 * time.Second)
	put("new.ibt", 30, c.now.Add(-time.Hour))
	look(time.Second)
	look(59 * time.Second)
	look(time.Second, "new.ibt")
	look(time.Hour)
	// Whatever fails is tried again, later and later, and at once when it has changed.
	put("bad.ibt", 10, c.now.Add(-time.Hour))
	failing = errors.New("no")
	if state := look(0, "bad.ibt"); state.Failing != 1 {
		t.Errorf("the state is %+v", state)
	}
	look(59 * time.Second)
	look(time.Second, "bad.ibt")
	look(119 * time.Second)
	look(time.Second, "bad.ibt")
	put("bad.ibt", 11, c.now)
	look(time.Second)
	failing = nil
	look(time.Minute, "bad.ibt")
	look(24 * time.Hour)
	// The same name again is another file.
	if err := os.Remove(filepath.Join(dir, "old.ibt")); err != nil {
		t.Fatal(err)
	}
	look(time.Second)
	put("old.ibt", 10, day.Add(-24*time.Hour))
	look(time.Second, "old.ibt")

	if err := os.Rename(dir, dir+"-away"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Look(t.Context()); err == nil {
		t.Error("a folder that went away is looked at without an error")
	}
	if err := os.Rename(dir+"-away", dir); err != nil {
		t.Fatal(err)
	}
	look(time.Second)
}

func TestWatchGoesOnUntilItsContextEnds(t *testing.T) {
	dir := t.TempDir()
	for i := range 3 {
		ibttest.Drive{Start: day.Add(time.Duration(i) * time.Hour)}.Write(t, dir)
	}
	store := mustStore(t, dir)
	defer func() { _ = store.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	err := library.Watch(ctx, store, library.WatchOptions{Every: time.Millisecond}, func(context.Context, library.FileInfo) error {
		switch n++; n {
		case 1:
			// More files come while the first ones are handled.
			ibttest.Drive{Start: day.Add(9 * time.Hour)}.Write(t, dir)
		case 4:
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || n != 4 {
		t.Errorf("%d files, %v", n, err)
	}
}
