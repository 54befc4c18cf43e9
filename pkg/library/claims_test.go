package library_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// gate is a store that does not get on with the laps of one file until it may.
type gate struct {
	library.Store
	slow  time.Duration // what opening takes
	stops string        // the file; "" for none
	there chan struct{} // closed when its laps are to be read
	open  chan struct{} // closed when they may be

	mu     sync.Mutex
	opened map[string]int
}

func (g *gate) Open(ctx context.Context, name string) (*ibt.File, error) {
	g.mu.Lock()
	if g.opened == nil {
		g.opened = map[string]int{}
	}
	g.opened[name]++
	n := g.opened[name]
	g.mu.Unlock()
	time.Sleep(g.slow)
	if name == g.stops && n == 2 {
		close(g.there)
		select {
		case <-g.open:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return g.Store.Open(ctx, name)
}

func (g *gate) times(name string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.opened[name]
}

// process is a library that shares its index with others, as a replica of the plugin does or a collector.
func process(t *testing.T, st *store.Store, g *gate) *library.Library {
	t.Helper()
	return library.New(g, library.Options{
		Index: library.StoreIndex(st), Patience: time.Millisecond, Warn: func(text string, err error) { t.Error(text, err) },
	})
}

// analysed waits until the laps of so many files are known.
func analysed(t *testing.T, lib *library.Library, want int) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		list, _ := sessions(t, lib)
		n := 0
		for _, s := range list {
			if s.Analysed && s.TimedLaps > 0 {
				n++
			}
		}
		if n == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the laps of %d files are known, want %d", n, want)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Two that start at the same time read each file once between them.
func TestTwoProcessesReadEachFileOnce(t *testing.T) {
	st, dir := database(t), t.TempDir()
	const n = 8
	for i := range n {
		ibttest.Drive{Start: day.Add(time.Duration(i) * time.Hour), Laps: []float64{24}}.Write(t, dir)
	}
	before := testutil.ToFloat64(metrics.Files.WithLabelValues(metrics.OK))
	var libs []*library.Library
	var wait sync.WaitGroup
	for range 2 {
		lib := process(t, st, &gate{Store: mustStore(t, dir), slow: 10 * time.Millisecond})
		libs = append(libs, lib)
		wait.Go(func() { analysed(t, lib, n) })
	}
	wait.Wait()
	if read := testutil.ToFloat64(metrics.Files.WithLabelValues(metrics.OK)) - before; read != n {
		t.Errorf("the laps of %d files were read %v times", n, read)
	}
	for _, lib := range libs {
		if err := lib.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A file that another process reads is waited for, but not for ever: who ends or hangs holds up nobody.
func TestAFileThatAnotherProcessReads(t *testing.T) {
	const others = 3
	for name, c := range map[string]struct {
		then  func(t *testing.T, first, second *library.Library, g *gate)
		reads bool // the second reads it itself
	}{
		"in the end": {func(_ *testing.T, _, _ *library.Library, g *gate) { close(g.open) }, false},
		"and is ended": {func(t *testing.T, first, _ *library.Library, _ *gate) {
			if err := first.Close(); err != nil {
				t.Error(err)
			}
		}, true},
		"and hangs": {func(_ *testing.T, _, second *library.Library, _ *gate) { library.LeaveToOthers(second, 0) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			st, dir := database(t), t.TempDir()
			for i := range others {
				ibttest.Drive{Start: day.Add(time.Duration(i) * time.Hour), Laps: []float64{24}}.Write(t, dir)
			}
			newest := filepath.Base(ibttest.Drive{Start: day.Add(24 * time.Hour), Laps: []float64{24}}.Write(t, dir))
			g := &gate{Store: mustStore(t, dir), stops: newest, there: make(chan struct{}), open: make(chan struct{})}
			first := process(t, st, g)
			sessions(t, first)
			<-g.there
			other := &gate{Store: mustStore(t, dir)}
			second := process(t, st, other)
			analysed(t, second, others) // the newest first, so that one was asked for
			head := other.times(newest)
			if head > 1 {
				t.Errorf("it was opened %d times while another process reads it", head)
			}
			c.then(t, first, second, g)
			analysed(t, second, others+1)
			if reads := other.times(newest) > head; reads != c.reads {
				t.Errorf("the second process opened it %d times, and %d times before", other.times(newest), head)
			}
			if err := errors.Join(first.Close(), second.Close()); err != nil && name != "and is ended" {
				t.Error(err)
			}
		})
	}
}
