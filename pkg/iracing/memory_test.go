package iracing_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

func load(t *testing.T, m *iracing.Memory, key string) *iracing.Entry {
	t.Helper()
	e, err := m.Load(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func save(t *testing.T, m *iracing.Memory, key string, size int) {
	t.Helper()
	if err := m.Save(t.Context(), key, &iracing.Entry{Body: make([]byte, size)}); err != nil {
		t.Fatal(err)
	}
}

func TestMemory(t *testing.T) {
	m := iracing.NewMemory(10_000)
	if load(t, m, "a") != nil {
		t.Error("it has what it was not given")
	}
	for _, key := range []string{"a", "b", "c", "d"} {
		save(t, m, key, 2000)
	}
	load(t, m, "a")
	save(t, m, "e", 2000) // b is the one not used for longest
	for key, want := range map[string]bool{"a": true, "b": false, "c": true, "d": true, "e": true} {
		if (load(t, m, key) != nil) != want {
			t.Errorf("%s is kept: %v", key, !want)
		}
	}
	// Too large to be kept; the one before is outdated all the same.
	save(t, m, "a", 2500)
	if load(t, m, "a") != nil {
		t.Error("an entry of a quarter of the bound is kept, or an old one in its place")
	}
	// An entry in place of another takes its room.
	for i := range 1000 {
		save(t, m, "c", 1000+i%2)
	}
	if load(t, m, "d") == nil || load(t, m, "e") == nil {
		t.Error("one entry that changes often drives out the others")
	}
	e := load(t, m, "c")
	e.Refused, e.Body = iracing.Forbidden, nil
	if again := load(t, m, "c"); again.Refused != 0 || len(again.Body) != 1001 {
		t.Error("an entry that was handed out can be changed")
	}
}

func TestMemoryBound(t *testing.T) {
	const bound = 8 << 20
	m := iracing.NewMemory(bound)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var wait sync.WaitGroup
	for w := range 4 {
		wait.Go(func() {
			for i := range 2000 {
				key := fmt.Sprintf("/data/results/get?subsession_id=%d", (i*7+w)%3000)
				if e, _ := m.Load(context.Background(), key); e == nil {
					_ = m.Save(context.Background(), key, &iracing.Entry{Body: make([]byte, i%20*1000)})
				}
			}
		})
	}
	wait.Wait()
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > bound*5/4 {
		t.Errorf("%d MB are kept, the bound is %d MB", grown>>20, bound>>20)
	}
	runtime.KeepAlive(m)
}
