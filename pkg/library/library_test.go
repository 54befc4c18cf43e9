package library_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
)

func TestMain(m *testing.M) {
	if to := os.Getenv(uploadVariable); to != "" {
		os.Exit(uploadChild(to))
	}
	goleak.VerifyTestMain(run(func() int { return pgtest.Main(m) }))
}

// run is a function as goleak takes tests.
type run func() int

func (r run) Run() int { return r() }

var day = time.Date(2025, 3, 1, 14, 0, 0, 0, time.UTC)

func open(t *testing.T, dir string, o library.Options) *library.Library {
	t.Helper()
	store, err := library.OpenURL(dir)
	if err != nil {
		t.Fatal(err)
	}
	lib := library.New(store, o)
	t.Cleanup(func() {
		if err := lib.Close(); err != nil {
			t.Error(err)
		}
	})
	return lib
}

// sessions lists after the throttle of scans has passed.
func sessions(t *testing.T, lib *library.Library) ([]library.Session, []string) {
	t.Helper()
	library.Expire(lib)
	list, notices, err := lib.Sessions(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return list, notices
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestSessionsTellWhatAFolderHolds(t *testing.T) {
	dir := t.TempDir()
	ibttest.Drive{Start: day, Laps: []float64{25.5, 24.25}}.Write(t, dir)
	deep := filepath.Join(dir, "2025", "March")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	ibttest.Drive{Start: day.Add(48 * time.Hour), Car: "Other Car"}.Write(t, deep)
	write(t, filepath.Join(dir, "notes.txt"), []byte("not telemetry"))
	write(t, filepath.Join(dir, "setup.sto"), nil)

	list, notices := sessions(t, open(t, dir, library.Options{}))
	if len(list) != 2 || len(notices) != 0 {
		t.Fatalf("%d sessions, notices %q", len(list), notices)
	}
	newest, oldest := list[0], list[1]
	if newest.Car != "Other Car" || newest.TimedLaps != 0 || !math.IsNaN(newest.Best) || newest.BestLap != "" {
		t.Errorf("the newest session is %+v", newest)
	}
	if oldest.Track != "Test Ring" || oldest.Driver != "Tess Driver" || oldest.Type != "Offline Testing" ||
		oldest.TimedLaps != 2 || oldest.Laps != 4 || math.Abs(oldest.Best-24.25) > 1e-4 || oldest.BestLap != "3" ||
		!oldest.Start.Equal(day) || !oldest.Closed || oldest.Problem != "" {
		t.Errorf("the oldest session is %+v", oldest)
	}
	if d := oldest.End.Sub(oldest.Start).Seconds(); math.Abs(d-84.75) > 0.1 {
		t.Errorf("it lasts %.2f s, want 84.75 s", d)
	}
}

func TestABrokenFileHidesNoOther(t *testing.T) {
	dir := t.TempDir()
	good := ibttest.Drive{Start: day, Laps: []float64{24}}
	good.Write(t, dir)
	whole := good.Bytes()
	dump := append([]byte(nil), whole...)
	dump[32] = 3
	for name, content := range map[string][]byte{
		"empty.ibt":     nil,
		"text.ibt":      []byte(strings.Repeat("this is no telemetry ", 100)),
		"pointer.ibt":   []byte("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
		"dump.ibt":      dump,
		"cut short.ibt": whole[:4000],
	} {
		write(t, filepath.Join(dir, name), content)
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.ibt"), 0o755); err != nil {
		t.Fatal(err)
	}
	list, _ := sessions(t, open(t, dir, library.Options{}))
	problems := map[string]string{}
	for _, s := range list {
		problems[s.File.Name] = s.Problem
	}
	for name, want := range map[string]string{
		good.Name(): "", "empty.ibt": "empty", "text.ibt": "does not begin like telemetry", "pointer.ibt": "Git LFS",
		"dump.ibt": "live memory", "cut short.ibt": "its records would begin",
	} {
		if got, ok := problems[name]; !ok || want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: problem %q, want %q", name, got, want)
		}
	}
	if len(list) != 6 {
		t.Errorf("%d entries, want 6", len(list))
	}
}

func TestNewChangedAndDeletedFilesAreSeen(t *testing.T) {
	dir := t.TempDir()
	lib := open(t, dir, library.Options{})
	if list, _ := sessions(t, lib); len(list) != 0 {
		t.Fatalf("an empty folder lists %d sessions", len(list))
	}
	if _, err := lib.Find(context.Background(), library.Latest); err == nil || !strings.Contains(err.Error(), "no telemetry file yet") {
		t.Errorf("the latest of an empty folder: %v", err)
	}

	// A file that the sim is writing: no sub header, the last record cut.
	drive := ibttest.Drive{Start: day, Laps: []float64{24, 25}, Open: true}
	all := drive.Bytes()
	path := filepath.Join(dir, drive.Name())
	write(t, path, all[:len(all)*2/3+5])
	list, _ := sessions(t, lib)
	if len(list) != 1 || list[0].Closed || list[0].TimedLaps != 1 {
		t.Fatalf("the growing file is %+v", list)
	}
	id := list[0].ID

	write(t, path, all)
	list, _ = sessions(t, lib)
	if list[0].ID != id || list[0].TimedLaps != 2 {
		t.Errorf("after it grew: id %s (was %s), %d timed laps", list[0].ID, id, list[0].TimedLaps)
	}

	// Closed: the same records, the sub header filled in, another time of change.
	drive.Open = false
	write(t, path, drive.Bytes())
	if err := os.Chtimes(path, day, day.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	list, _ = sessions(t, lib)
	if list[0].ID != id || !list[0].Closed || list[0].TimedLaps != 2 || !list[0].Start.Equal(day) {
		t.Errorf("after it was closed: %+v", list[0])
	}

	// Moved to another folder it keeps its id.
	if err := os.Mkdir(filepath.Join(dir, "old"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, filepath.Join(dir, "old", drive.Name())); err != nil {
		t.Fatal(err)
	}
	list, _ = sessions(t, lib)
	if len(list) != 1 || list[0].ID != id {
		t.Errorf("after it moved: %+v, want id %s", list, id)
	}

	if err := os.RemoveAll(filepath.Join(dir, "old")); err != nil {
		t.Fatal(err)
	}
	if list, _ = sessions(t, lib); len(list) != 0 {
		t.Errorf("a deleted file is listed: %+v", list)
	}
	var missing *library.NotFoundError
	if _, err := lib.Open(context.Background(), id); !errors.As(err, &missing) || !strings.Contains(err.Error(), id) {
		t.Errorf("opening a deleted session: %v", err)
	}
}

func TestACopyIsNamedAsOne(t *testing.T) {
	dir := t.TempDir()
	drive := ibttest.Drive{Start: day, Laps: []float64{24}}
	drive.Write(t, dir)
	backup := filepath.Join(dir, "backup")
	if err := os.Mkdir(backup, 0o755); err != nil {
		t.Fatal(err)
	}
	drive.Write(t, backup)
	lib := open(t, dir, library.Options{})
	list, _ := sessions(t, lib)
	ids := map[string]bool{}
	copies := 0
	for _, s := range list {
		ids[s.ID] = true
		if strings.Contains(s.Problem, "copy of") {
			copies++
		}
	}
	if len(ids) != 2 || copies != 1 {
		t.Errorf("%d ids, %d copies: %+v", len(ids), copies, list)
	}
	// Without the other it is no copy any more.
	if err := os.RemoveAll(backup); err != nil {
		t.Fatal(err)
	}
	if list, _ = sessions(t, lib); len(list) != 1 || list[0].Problem != "" {
		t.Errorf("after the copy was deleted: %+v", list)
	}
}

func TestIDsLeadNowhereElse(t *testing.T) {
	outside := t.TempDir()
	drive := ibttest.Drive{Start: day, Laps: []float64{24}}
	secret := drive.Write(t, outside)
	dir := t.TempDir()
	if runtime.GOOS != "windows" {
		if err := os.Symlink(secret, filepath.Join(dir, "link.ibt")); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(outside, filepath.Join(dir, "linked")); err != nil {
			t.Fatal(err)
		}
	}
	lib := open(t, dir, library.Options{})
	if list, _ := sessions(t, lib); len(list) != 0 {
		t.Errorf("links lead out of the folder: %+v", list)
	}
	for _, id := range []string{"", "../" + filepath.Base(outside), secret, "link.ibt", "..%2f..", "\x00", strings.Repeat("a", 1<<16)} {
		if rec, err := lib.Open(context.Background(), id); err == nil {
			t.Errorf("the id %.40q opens %s", id, rec.Session.File.Name)
		}
	}
}

// A second start finds everything in the cache, also when the files cannot be read at all any more.
func TestASecondStartReadsNoFile(t *testing.T) {
	dir, cache := t.TempDir(), t.TempDir()
	for i := range 5 {
		ibttest.Drive{Start: day.Add(time.Duration(i) * time.Hour), Laps: []float64{24 + float64(i)}}.Write(t, dir)
	}
	store, err := library.OpenURL(dir)
	if err != nil {
		t.Fatal(err)
	}
	first := library.New(store, library.Options{CacheDir: cache})
	before, _ := sessions(t, first)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	counting := &countingStore{Store: mustStore(t, dir)}
	second := library.New(counting, library.Options{CacheDir: cache})
	after, notices := sessions(t, second)
	if counting.opened != 0 || len(notices) != 0 {
		t.Errorf("the second start opened %d files, notices %q", counting.opened, notices)
	}
	if len(after) != len(before) {
		t.Fatalf("%d sessions, %d before", len(after), len(before))
	}
	for i := range after {
		if after[i].ID != before[i].ID || after[i].Best != before[i].Best || after[i].Car != before[i].Car {
			t.Errorf("session %d is %+v, was %+v", i, after[i], before[i])
		}
	}
	rec, err := second.Open(context.Background(), library.Latest)
	if err != nil {
		t.Fatal(err)
	}
	if rec.Table.Best() == nil || rec.Table.Best().Time != 28 || rec.Table.Info.SessionType(0) != "Offline Testing" {
		t.Errorf("the lap table from the cache is %+v", rec.Table)
	}
	if err := errors.Join(rec.Close(), second.Close()); err != nil {
		t.Fatal(err)
	}

	// A damaged cache is made anew.
	files, err := filepath.Glob(filepath.Join(cache, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("cache files %v, %v", files, err)
	}
	for _, garbage := range [][]byte{nil, []byte("garbage"), make([]byte, 1000)} {
		write(t, files[0], garbage)
		var warned []string
		lib := library.New(mustStore(t, dir), library.Options{CacheDir: cache, Warn: func(s string, _ error) { warned = append(warned, s) }})
		if list, _ := sessions(t, lib); len(list) != 5 || len(warned) != 1 {
			t.Errorf("with a cache of %.10q: %d sessions, warnings %q", garbage, len(list), warned)
		}
		if err := lib.Close(); err != nil {
			t.Error(err)
		}
	}
}

func mustStore(t testing.TB, dir string) library.Store {
	t.Helper()
	s, err := library.OpenURL(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

type countingStore struct {
	library.Store
	mu     sync.Mutex
	opened int
	slow   time.Duration
}

func (s *countingStore) Open(ctx context.Context, name string) (*ibt.File, error) {
	s.mu.Lock()
	s.opened++
	s.mu.Unlock()
	time.Sleep(s.slow)
	return s.Store.Open(ctx, name)
}

func TestAListingDoesNotWaitForAllLaps(t *testing.T) {
	dir := t.TempDir()
	for i := range 8 {
		ibttest.Drive{Start: day.Add(time.Duration(i) * time.Hour), Laps: []float64{24}}.Write(t, dir)
	}
	lib := library.New(&countingStore{Store: mustStore(t, dir), slow: 30 * time.Millisecond}, library.Options{Patience: time.Millisecond})
	list, notices := sessions(t, lib)
	if len(list) != 8 || len(notices) != 1 || !strings.Contains(notices[0], "still being read") {
		t.Errorf("%d sessions, notices %q", len(list), notices)
	}
	if list[0].Car != "Test Car" {
		t.Errorf("without its laps a session is %+v", list[0])
	}
	deadline := time.Now().Add(10 * time.Second)
	for len(notices) > 0 && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
		list, notices = sessions(t, lib)
	}
	for _, s := range list {
		if !s.Analysed || s.TimedLaps != 1 {
			t.Errorf("in the end a session is %+v", s)
		}
	}
	if err := lib.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsWrongWithTheFolder(t *testing.T) {
	dir := t.TempDir()
	file := ibttest.Drive{Start: day}.Write(t, dir)
	for _, c := range []struct{ url, want string }{
		{"", "no telemetry folder is set"},
		{filepath.Join(dir, "missing"), "does not exist"},
		{file, "is a file"},
		{"http://example.com/telemetry", "cannot be read from http://"},
		{"file://", "names no folder"},
		{"file://\x7f", "not a file:// URL"},
	} {
		if _, err := library.OpenURL(c.url); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("OpenURL(%q): %v; want %q", c.url, err, c.want)
		}
	}
	if runtime.GOOS != "windows" {
		store, err := library.OpenURL("file://" + strings.ReplaceAll(dir, " ", "%20"))
		if err != nil {
			t.Fatal(err)
		}
		if store.String() != dir {
			t.Errorf("the folder is %s, want %s", store, dir)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}

	// A folder that goes away is an error that says so, and is found again when it is back.
	lib := open(t, dir, library.Options{})
	sessions(t, lib)
	moved := dir + "-away"
	if err := os.Rename(dir, moved); err != nil {
		t.Fatal(err)
	}
	library.Expire(lib)
	if _, _, err := lib.Sessions(context.Background()); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("listing a folder that went away: %v", err)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	ibttest.Drive{Start: day.Add(time.Hour)}.Write(t, dir)
	list, _ := sessions(t, lib)
	if len(list) != 1 || !list[0].Start.Equal(day.Add(time.Hour)) {
		t.Errorf("a new folder in its place lists %+v", list)
	}
	if err := os.RemoveAll(moved); err != nil {
		t.Fatal(err)
	}
}

func TestAFileWithoutRightsIsReadOnceItMayBe(t *testing.T) {
	if os.Getuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("this user may read every file")
	}
	dir := t.TempDir()
	path := ibttest.Drive{Start: day}.Write(t, dir)
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	lib := open(t, dir, library.Options{CacheDir: t.TempDir()})
	if list, _ := sessions(t, lib); len(list) != 1 || !strings.Contains(list[0].Problem, "permission denied") {
		t.Fatalf("without rights: %+v", list)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if list, _ := sessions(t, lib); list[0].Problem != "" {
		t.Errorf("with rights: %s", list[0].Problem)
	}
}

// Many readers at once, while the library closes files to stay within its limit.
func TestManyReadersAtOnce(t *testing.T) {
	dir := t.TempDir()
	for i := range 40 {
		ibttest.Drive{Start: day.Add(time.Duration(i) * time.Hour), Laps: []float64{20}}.Write(t, dir)
	}
	lib := open(t, dir, library.Options{})
	list, _ := sessions(t, lib)
	var wait sync.WaitGroup
	for g := range 8 {
		wait.Go(func() {
			var b ibt.Batch
			for i := range list {
				rec, err := lib.Open(context.Background(), list[(i*7+g)%len(list)].ID)
				if err != nil {
					t.Error(err)
					return
				}
				err = rec.File.Read(&b, ibt.Range{From: 0, To: rec.File.Len()}, ibt.Floats("Speed")...)
				if err = errors.Join(err, rec.Close()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
}

// All real files are listed, and each lap of each can be opened by the id it is listed under.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("IBT_CORPUS")
	if dir == "" {
		t.Skip("IBT_CORPUS names no folder with real recordings")
	}
	lib := open(t, dir, library.Options{})
	list, notices := sessions(t, lib)
	if len(list) != 12 || len(notices) != 0 {
		t.Errorf("%d sessions, notices %q", len(list), notices)
	}
	for _, s := range list {
		if s.Problem != "" || s.Car == "" || s.Track == "" || s.Start.Year() < 2015 || !s.End.After(s.Start) {
			t.Errorf("%s: %+v", s.File.Name, s)
		}
		rec, err := lib.Open(context.Background(), s.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got := rec.At(0); !got.Equal(s.Start) {
			t.Errorf("%s begins at %s, want %s", s.File.Name, got, s.Start)
		}
		if err := rec.Close(); err != nil {
			t.Error(err)
		}
	}
}

// BenchmarkSecondStart lists a thousand files from the cache, with the share of it that reading the cache's bytes takes.
func BenchmarkSecondStart(b *testing.B) {
	dir, cache := b.TempDir(), b.TempDir()
	content := ibttest.Drive{Start: day, Laps: []float64{24, 25, 24.5}}.Bytes()
	for i := range 1000 {
		name := fmt.Sprintf("testcar_testring %s.ibt", day.Add(time.Duration(i)*time.Minute).Format("2006-01-02 15-04-05"))
		if err := os.WriteFile(filepath.Join(dir, name), content[:60_000], 0o600); err != nil {
			b.Fatal(err)
		}
	}
	list := func() time.Duration {
		begin := time.Now()
		store, err := library.OpenURL(dir)
		if err != nil {
			b.Fatal(err)
		}
		lib := library.New(store, library.Options{CacheDir: cache, Patience: time.Minute})
		if s, _, err := lib.Sessions(context.Background()); err != nil || len(s) != 1000 {
			b.Fatalf("%d sessions, %v", len(s), err)
		}
		spent := time.Since(begin)
		if err := lib.Close(); err != nil {
			b.Fatal(err)
		}
		return spent
	}
	first := list()
	for b.Loop() {
		list()
	}
	b.ReportMetric(float64(first.Milliseconds()), "ms-first-start")
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms-second-start")
	b.ReportMetric(first.Seconds()*float64(b.N)/b.Elapsed().Seconds(), "times-faster")
}
