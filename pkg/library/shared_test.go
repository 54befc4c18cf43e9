package library_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// What one process has read, another one does not read again.
func TestTheIndexInPostgreSQLIsShared(t *testing.T) {
	dir := t.TempDir()
	st := database(t)
	for i := range 4 {
		ibttest.Drive{Start: day.Add(time.Duration(i) * time.Hour), Laps: []float64{24 + float64(i)}}.Write(t, dir)
	}
	start := func() (*library.Library, *countingStore) {
		counting := &countingStore{Store: mustStore(t, dir)}
		lib := library.New(counting, library.Options{Index: library.StoreIndex(st), Warn: func(text string, err error) { t.Error(text, err) }})
		return lib, counting
	}
	opened := func(c *countingStore) int {
		c.mu.Lock()
		defer c.mu.Unlock()
		n := c.opened
		c.opened = 0
		return n
	}
	first, firstStore := start()
	before, _ := sessions(t, first)
	if n := opened(firstStore); n != 8 { // a head and the laps of each
		t.Errorf("the first process opened %d files", n)
	}
	settled(t, st, dir, 4)
	second, secondStore := start()
	after, notices := sessions(t, second)
	if n := opened(secondStore); n != 0 || len(notices) != 0 || len(after) != len(before) {
		t.Errorf("the second process opened %d files and lists %d, notices %q", n, len(after), notices)
	}
	for i := range after {
		if after[i].ID != before[i].ID || after[i].Best != before[i].Best || !after[i].File.ModTime.Equal(before[i].File.ModTime) {
			t.Errorf("session %d is %+v, was %+v", i, after[i], before[i])
		}
	}
	// A new file that one of two running processes has read already.
	ibttest.Drive{Start: day.Add(9 * time.Hour), Laps: []float64{22}}.Write(t, dir)
	sessions(t, second)
	settled(t, st, dir, 5)
	if n := opened(secondStore); n != 2 {
		t.Errorf("the new file was opened %d times by the second process", n)
	}
	if list, _ := sessions(t, first); len(list) != 5 || list[0].Best != 22 || opened(firstStore) != 0 {
		t.Errorf("the first process lists %+v", list)
	}
	// A file that is gone is forgotten by all.
	if err := os.Remove(filepath.Join(dir, before[0].File.Name)); err != nil {
		t.Fatal(err)
	}
	sessions(t, first)
	settled(t, st, dir, 4)
	if err := errors.Join(first.Close(), second.Close()); err != nil {
		t.Error(err)
	}
}

// settled waits until so many rows are in the index with their laps.
func settled(t *testing.T, st *store.Store, place string, want int) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		n := library.Indexed(t.Context(), st, place)
		if n == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d files are indexed, want %d", n, want)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// While the database is away everything answers, and what was learned meanwhile is kept when it is back.
func TestALibraryOutlivesItsDatabase(t *testing.T) {
	server := pgtest.Start(t)
	st, err := store.New(store.Config{URL: server.URL, ConnectTimeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	dir := t.TempDir()
	long().Write(t, dir)
	content := long()
	content.Start = day.Add(time.Hour)
	path := content.Write(t, t.TempDir())
	from := mustStore(t, filepath.Dir(path))
	upload(t, library.ToStore(st, store.UploadLimits{}), from, library.UploaderOptions{})
	if err := from.Close(); err != nil {
		t.Error(err)
	}
	var mu sync.Mutex
	var warned []string
	lib := library.New(library.Union(mustStore(t, dir), library.Stored(st)), library.Options{
		Index: library.StoreIndex(st), Warn: func(text string, err error) {
			mu.Lock()
			defer mu.Unlock()
			warned = append(warned, text+": "+err.Error())
		},
	})
	list, notices := sessions(t, lib)
	if len(list) != 2 || len(notices) != 0 || !strings.HasPrefix(list[0].File.Name, "postgresql:/") {
		t.Fatalf("%+v, notices %q", list, notices)
	}
	uploaded := list[0].ID
	read(t, lib, uploaded)

	server.StopServer(t)
	ibttest.Drive{Start: day.Add(2 * time.Hour), Laps: []float64{20}}.Write(t, dir)
	library.Forget(lib)
	begin := time.Now()
	list, notices = sessions(t, lib)
	if len(list) != 3 || len(notices) == 0 || !strings.Contains(strings.Join(notices, " "), "PostgreSQL") || list[0].TimedLaps != 1 {
		t.Errorf("without the database: %+v, notices %q", list, notices)
	}
	if took := time.Since(begin); took > 20*time.Second {
		t.Errorf("without the database a listing takes %s", took)
	}
	read(t, lib, list[0].ID)
	server.StartServer(t)
	deadline := time.Now().Add(30 * time.Second)
	for len(notices) > 0 && time.Now().Before(deadline) {
		time.Sleep(50 * time.Millisecond)
		list, notices = sessions(t, lib)
	}
	if len(list) != 3 || len(notices) != 0 {
		t.Errorf("with the database again: %+v, notices %q", list, notices)
	}
	read(t, lib, uploaded)
	library.Forget(lib)
	sessions(t, lib)
	settled(t, st, lib.String(), 3)
	if err := lib.Close(); err != nil {
		t.Error(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(warned) > 3 {
		t.Errorf("it warned %d times: %q", len(warned), warned)
	}
}

// flaky is a store whose listing fails when told to.
type flaky struct {
	library.Store
	mu   sync.Mutex
	fail error
	hang chan struct{}
}

func (f *flaky) List(ctx context.Context) ([]library.FileInfo, []string, error) {
	f.mu.Lock()
	fail, hang := f.fail, f.hang
	f.mu.Unlock()
	if hang != nil {
		select {
		case <-hang:
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
	if fail != nil {
		return nil, nil, fail
	}
	return f.Store.List(ctx)
}

func (f *flaky) set(err error, hang chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail, f.hang = err, hang
}

func TestAUnionShowsWhatIsThere(t *testing.T) {
	one, two := t.TempDir(), t.TempDir()
	write(t, filepath.Join(one, "a.ibt"), []byte("1"))
	write(t, filepath.Join(two, "a.ibt"), []byte("22"))
	write(t, filepath.Join(two, "b.ibt"), []byte("333"))
	a, b := &flaky{Store: mustStore(t, one)}, &flaky{Store: mustStore(t, two)}
	u := library.Union(a, b)
	list := func(want ...string) string {
		t.Helper()
		library.ForgetListings(u)
		files, notices, err := u.List(t.Context())
		var names []string
		for _, f := range files {
			names = append(names, f.Name)
		}
		if err != nil || !slices.Equal(names, want) {
			t.Errorf("it lists %q, %v; want %q", names, err, want)
		}
		return strings.Join(notices, " ")
	}
	if n := list("a.ibt", "2:/a.ibt", "2:/b.ibt"); n != "" {
		t.Errorf("notices %q", n)
	}
	for name, size := range map[string]int64{"a.ibt": 1, "2:/a.ibt": 2, "2:/b.ibt": 3} {
		c, err := u.Bytes(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := c.Size(); err != nil || n != size {
			t.Errorf("%s has %d bytes, %v", name, n, err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	b.set(errors.New("it burns"), nil)
	if n := list("a.ibt", "2:/a.ibt", "2:/b.ibt"); !strings.Contains(n, "it burns") {
		t.Errorf("notices %q", n)
	}
	hang := make(chan struct{})
	b.set(nil, hang)
	if n := list("a.ibt", "2:/a.ibt", "2:/b.ibt"); n == "" {
		t.Error("no notice of a store that hangs")
	}
	close(hang)
	b.set(errors.New("it burns"), nil)
	a.set(errors.New("it is flooded"), nil)
	deadline := time.Now().Add(10 * time.Second)
	for {
		library.ForgetListings(u)
		_, _, err := u.List(t.Context())
		if err != nil {
			if !strings.Contains(err.Error(), "it burns") || !strings.Contains(err.Error(), "it is flooded") {
				t.Errorf("both failing: %v", err)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("two failing stores make a listing")
		}
		time.Sleep(time.Millisecond)
	}
	if _, err := u.Open(t.Context(), "2:/../a.ibt"); err == nil {
		t.Error("a name leads out of its store")
	}
	if err := u.Close(); err != nil {
		t.Error(err)
	}
}

// The longer of two states of one recording counts, wherever it is.
func TestTheLongestStateOfARecordingCounts(t *testing.T) {
	dir := t.TempDir()
	d := ibttest.Drive{Start: day, Laps: []float64{24, 23}, Open: true}
	all := d.Bytes()
	write(t, filepath.Join(dir, "a", d.Name()), all[:len(all)*2/3])
	write(t, filepath.Join(dir, "b", d.Name()), all)
	write(t, filepath.Join(dir, "c", d.Name()), all)
	list, _ := sessions(t, open(t, dir, library.Options{}))
	problems := map[string]string{}
	for _, s := range list {
		problems[s.File.Name[:1]] = s.Problem
	}
	if problems["b"] != "" || !strings.Contains(problems["a"], "holds more") || !strings.HasPrefix(problems["c"], "it is a copy of b/") {
		t.Errorf("%q", problems)
	}
}

// A store may be there later than the library.
func TestALateStore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "later")
	lib := library.New(library.Late(dir, func() (library.Store, error) { return library.OpenURL(dir) }), library.Options{})
	if _, _, err := lib.Sessions(t.Context()); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("before it is there: %v", err)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	long().Write(t, dir)
	list, _ := sessions(t, lib)
	if len(list) != 1 || len(read(t, lib, list[0].ID)) == 0 {
		t.Errorf("it lists %+v", list)
	}
	if err := lib.Close(); err != nil {
		t.Error(err)
	}
	if _, _, err := lib.Sessions(t.Context()); err == nil {
		t.Error("a closed library lists")
	}
}

// A database that can be read only is told of once, however often it is read in between.
func TestAnIndexThatCannotBeWrittenIsToldOfOnce(t *testing.T) {
	server := pgtest.Start(t)
	first, err := store.New(store.Config{URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	first.Close()
	server.Exec(t, "alter database postgres set default_transaction_read_only = on")
	st, err := store.New(store.Config{URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	var mu sync.Mutex
	var warned []string
	dir := t.TempDir()
	lib := library.New(mustStore(t, dir), library.Options{Index: library.StoreIndex(st), Warn: func(text string, err error) {
		mu.Lock()
		defer mu.Unlock()
		warned = append(warned, text+": "+err.Error())
	}})
	for i := range 3 {
		ibttest.Drive{Start: day.Add(time.Duration(i) * time.Hour), Laps: []float64{24 + float64(i)}}.Write(t, dir)
		library.Forget(lib)
		if list, _ := sessions(t, lib); len(list) != i+1 {
			t.Errorf("%d files are listed, want %d", len(list), i+1)
		}
	}
	if err := lib.Close(); err != nil {
		t.Error(err)
	}
	if len(warned) != 1 || !strings.Contains(warned[0], "cannot be written") {
		t.Errorf("the warnings are %q", warned)
	}
}
