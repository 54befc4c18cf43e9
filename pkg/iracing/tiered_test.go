package iracing_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// behind is a cache that can be made to fail or to hang. It keeps what is newest, as the one in PostgreSQL does.
type behind struct {
	mu            sync.Mutex
	entries       map[string]iracing.Entry
	loads, saves  int // that came through
	readErr       error
	writeErr      error
	hang          bool
	refuse        string // a key that it does not take
	tries, waited int
}

func newBehind() *behind { return &behind{entries: map[string]iracing.Entry{}} }

func (b *behind) set(f func(b *behind)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f(b)
}

func (b *behind) wait(ctx context.Context, err error) error {
	b.mu.Lock()
	b.tries++
	hang := b.hang
	b.mu.Unlock()
	if hang {
		<-ctx.Done()
		b.set(func(b *behind) { b.waited++ })
		return fmt.Errorf("no answer: %w", ctx.Err())
	}
	return err
}

func (b *behind) Load(ctx context.Context, key string) (*iracing.Entry, error) {
	b.mu.Lock()
	err := b.readErr
	b.mu.Unlock()
	if err := b.wait(ctx, err); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.loads++
	e, ok := b.entries[key]
	if !ok {
		return nil, nil
	}
	return &e, nil
}

func (b *behind) Save(ctx context.Context, key string, e *iracing.Entry) error {
	b.mu.Lock()
	err := b.writeErr
	if key == b.refuse {
		err = errors.New("it is no text")
	}
	b.mu.Unlock()
	if err := b.wait(ctx, err); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.saves++
	if old, ok := b.entries[key]; !ok || !old.At.After(e.At) {
		b.entries[key] = *e
	}
	return nil
}

// down passes by itself, as it says.
type down struct{}

func (down) Error() string   { return "the database is down" }
func (down) Temporary() bool { return true }

// tier is a Tiered over a cache, and what it warned of.
func tier(t *testing.T, b *behind, o iracing.TieredOptions) (*iracing.Tiered, func() []string) {
	t.Helper()
	var mu sync.Mutex
	var said []string
	o.Warn = func(err error) {
		mu.Lock()
		defer mu.Unlock()
		said = append(said, err.Error())
	}
	c := iracing.NewTiered(iracing.NewMemory(1<<20), b, o)
	t.Cleanup(c.Close)
	return c, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return said
	}
}

func entry(body string, at time.Time) *iracing.Entry {
	return &iracing.Entry{Body: []byte(body), Class: iracing.Final, At: at}
}

// has asserts what a cache answers; "" for nothing.
func has(t *testing.T, c iracing.Cache, key, want string) {
	t.Helper()
	e, err := c.Load(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	if e != nil {
		got = string(e.Body)
	}
	if got != want {
		t.Errorf("%s holds %q, want %q", key, got, want)
	}
}

func keep(t *testing.T, c iracing.Cache, key, body string) {
	t.Helper()
	if err := c.Save(t.Context(), key, entry(body, time.Now())); err != nil {
		t.Fatal(err)
	}
}

func TestTiered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBehind()
		c, said := tier(t, b, iracing.TieredOptions{})
		has(t, c, "a", "")
		keep(t, c, "a", "one")
		has(t, c, "a", "one")
		if b.loads != 1 || b.saves != 1 {
			t.Errorf("%d looks and %d writes behind, want one of each", b.loads, b.saves)
		}
		// A second process finds it, and then has it in front.
		other, _ := tier(t, b, iracing.TieredOptions{})
		has(t, other, "a", "one")
		has(t, other, "a", "one")
		if b.loads != 2 {
			t.Errorf("%d looks behind, want 2", b.loads)
		}
		// What is out of date in front is looked for behind, where another process may have put a newer one.
		old := entry("stale", time.Now())
		old.Until = time.Now().Add(time.Minute)
		if err := c.Save(t.Context(), "b", old); err != nil {
			t.Fatal(err)
		}
		has(t, other, "b", "stale")
		time.Sleep(2 * time.Minute)
		has(t, other, "b", "stale")
		keep(t, c, "b", "fresh")
		has(t, other, "b", "fresh")
		if s := c.State(); s != (iracing.TieredState{}) || len(said()) != 0 {
			t.Errorf("the state is %+v, and it said %q", s, said())
		}
	})
}

func TestTieredWhileTheCacheBehindIsDown(t *testing.T) {
	for name, fail := range map[string]func(b *behind){
		"it fails": func(b *behind) { b.readErr, b.writeErr = down{}, down{} },
		"it hangs": func(b *behind) { b.hang = true },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBehind()
				c, said := tier(t, b, iracing.TieredOptions{Patience: 3 * time.Second, Rest: 5 * time.Second})
				keep(t, c, "before", "x")
				b.set(fail)
				begun := time.Now()
				for i := range 100 {
					key := fmt.Sprintf("key %d", i)
					has(t, c, key, "")
					keep(t, c, key, key)
					has(t, c, key, key)
				}
				has(t, c, "before", "x")
				if took := time.Since(begun); took > 6*time.Second {
					t.Errorf("300 calls took %v", took)
				}
				if b.tries > 3+1 {
					t.Errorf("it was tried %d times", b.tries)
				}
				if s := c.State(); s.Pending != 100 || s.Err == nil || s.Dropped != 0 {
					t.Errorf("the state is %+v", s)
				}
				before := len(said())
				time.Sleep(time.Minute)
				synctest.Wait()
				if n := len(said()) - before; n < 2 || n > 15 {
					t.Errorf("it complained %d times in a minute", n)
				}
				b.set(func(b *behind) { b.readErr, b.writeErr, b.hang = nil, nil, false })
				time.Sleep(20 * time.Second)
				synctest.Wait()
				if len(b.entries) != 101 {
					t.Errorf("%d entries are behind, want 101", len(b.entries))
				}
				has(t, c, "elsewhere", "") // one more look, which finds that reading works
				if s := c.State(); s.Pending != 0 || s.Bytes != 0 || s.Err != nil {
					t.Errorf("the state is %+v", s)
				}
			})
		})
	}
}

func TestTieredOneCallerTriesForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBehind()
		c, _ := tier(t, b, iracing.TieredOptions{})
		b.set(func(b *behind) { b.hang = true })
		has(t, c, "a", "")
		time.Sleep(6 * time.Second)
		// A dashboard of fifty panels.
		var wait sync.WaitGroup
		var mu sync.Mutex
		slow := 0
		for i := range 50 {
			wait.Go(func() {
				begun := time.Now()
				has(t, c, strconv.Itoa(i), "")
				if time.Since(begun) > 0 {
					mu.Lock()
					slow++
					mu.Unlock()
				}
			})
		}
		wait.Wait()
		if slow != 1 {
			t.Errorf("%d callers waited, want one", slow)
		}
	})
}

func TestTieredOverACacheThatTakesNoChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBehind()
		at := time.Now()
		for i := range 20 {
			b.entries[strconv.Itoa(i)] = *entry("kept", at)
		}
		c, _ := tier(t, b, iracing.TieredOptions{})
		b.set(func(b *behind) { b.writeErr = down{} })
		for i := range 20 {
			keep(t, c, "new", "new")
			has(t, c, strconv.Itoa(i), "kept")
		}
		if s := c.State(); s.Pending != 1 || s.Err == nil {
			t.Errorf("the state is %+v", s)
		}
	})
}

func TestTieredRemembersNoMoreThanItMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBehind()
		c, said := tier(t, b, iracing.TieredOptions{Pending: 10_000})
		b.set(func(b *behind) { b.writeErr = down{} })
		for i := range 20 {
			keep(t, c, fmt.Sprintf("%02d", i), strings.Repeat("x", 1000))
		}
		keep(t, c, "large", strings.Repeat("x", 20_000))
		s := c.State()
		if s.Pending != 7 || s.Bytes > 10_000 || s.Dropped != 14 {
			t.Errorf("the state is %+v", s)
		}
		if text := strings.Join(said(), "\n"); !strings.Contains(text, "will not be written") {
			t.Errorf("it said %q", text)
		}
		b.set(func(b *behind) { b.writeErr = nil })
		if err := c.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, ok := b.entries["19"]; !ok || len(b.entries) != 7 {
			t.Errorf("%d entries are behind, and not the newest", len(b.entries))
		}
	})
}

func TestTieredGivesUpWhatIsNotTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBehind()
		c, said := tier(t, b, iracing.TieredOptions{})
		b.set(func(b *behind) { b.refuse = "bad" })
		keep(t, c, "bad", "x")
		for i := range 10 {
			keep(t, c, strconv.Itoa(i), "x")
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if s := c.State(); s.Pending != 0 || s.Dropped != 1 || s.Err != nil && b.saves != 10 {
			t.Errorf("the state is %+v after %d writes", s, b.saves)
		}
		if text := strings.Join(said(), "\n"); !strings.Contains(text, "an answer will not be written") {
			t.Errorf("it said %q", text)
		}
	})
}

func TestTieredEndOfTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBehind()
		c, said := tier(t, b, iracing.TieredOptions{})
		b.set(func(b *behind) { b.hang = true })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.Load(ctx, "a"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if s := c.State(); s.Err != nil || len(said()) != 0 {
			t.Errorf("that a caller left is held against the cache: %+v, %q", s, said())
		}
		if err := c.Save(ctx, "a", entry("x", time.Now())); err != nil {
			t.Errorf("error %v", err)
		}
		b.set(func(b *behind) { b.hang = false })
		if err := c.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		if _, ok := b.entries["a"]; !ok {
			t.Error("what was saved as its caller left is lost")
		}
	})
}

func TestTieredFlushAndClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBehind()
		c, _ := tier(t, b, iracing.TieredOptions{})
		b.set(func(b *behind) { b.hang = true })
		keep(t, c, "a", "x")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := c.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		time.Sleep(5 * time.Second) // it tries again by itself
		begun := time.Now()
		c.Close()
		if took := time.Since(begun); took > 0 {
			t.Errorf("it closed after %v", took)
		}
		if s := c.State(); s.Pending != 1 {
			t.Errorf("the state is %+v", s)
		}
		b.set(func(b *behind) { b.hang = false })
		keep(t, c, "after", "y") // what still is under way goes on
		if _, ok := b.entries["after"]; !ok {
			t.Error("nothing is written after Close")
		}
	})
}

// Whatever happens, the newest entry of each key ends up behind.
func TestTieredLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBehind()
		c, _ := tier(t, b, iracing.TieredOptions{})
		r := rand.New(rand.NewPCG(1, 2))
		var wait sync.WaitGroup
		want := make([]string, 8)
		for w := range 8 { // each has keys of its own
			rnd := rand.New(rand.NewPCG(uint64(w), 3))
			wait.Go(func() {
				for i := range 200 {
					time.Sleep(time.Duration(rnd.IntN(300)) * time.Millisecond)
					want[w] = fmt.Sprintf("%d of %d", i, w)
					keep(t, c, strconv.Itoa(w), want[w])
					has(t, c, strconv.Itoa(w), want[w])
				}
			})
		}
		wait.Go(func() {
			for range 30 {
				time.Sleep(time.Duration(r.IntN(1000)) * time.Millisecond)
				b.set(func(b *behind) {
					b.hang, b.writeErr, b.readErr = r.IntN(3) == 0, nil, nil
					if r.IntN(2) == 0 {
						b.writeErr = down{}
					}
					if r.IntN(3) == 0 {
						b.readErr = down{}
					}
				})
			}
			b.set(func(b *behind) { b.hang, b.writeErr, b.readErr = false, nil, nil })
		})
		wait.Wait()
		time.Sleep(time.Minute)
		synctest.Wait()
		for w := range 8 {
			if e := b.entries[strconv.Itoa(w)]; !bytes.Equal(e.Body, []byte(want[w])) {
				t.Errorf("behind is %q, want %q", e.Body, want[w])
			}
		}
		if s := c.State(); s.Pending != 0 {
			t.Errorf("the state is %+v", s)
		}
	})
}
