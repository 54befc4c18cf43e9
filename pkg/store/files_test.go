package store_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// telemetry is a recording of so many laps, about 320 kB each.
func telemetry(laps int) []byte {
	d := ibttest.Drive{}
	for i := range laps {
		d.Laps = append(d.Laps, 30+float64(i%7)/10)
	}
	return d.Bytes()
}

// problemOf is what is wrong with an upload, or "".
func problemOf(t *testing.T, err error) store.UploadProblem {
	t.Helper()
	if err == nil {
		return ""
	}
	up, ok := errors.AsType[*store.UploadError](err)
	if !ok {
		t.Fatalf("the error is no *store.UploadError: %v", err)
	}
	if up.Reason == "" {
		t.Errorf("the problem %s has no reason", up.Problem)
	}
	return up.Problem
}

// send uploads a file in parts of random sizes.
func send(t testing.TB, s *store.Store, name string, content []byte, largest int) store.Upload {
	t.Helper()
	u, err := s.BeginUpload(t.Context(), name, int64(len(content)), sha256.Sum256(content), store.UploadLimits{})
	random := rand.New(rand.NewPCG(1, 2))
	for err == nil && !u.Done {
		n := min(1+random.IntN(largest), len(content)-int(u.Received))
		u, err = s.PutPart(t.Context(), u.ID, u.Received, content[u.Received:int(u.Received)+n])
	}
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// content reads a file back.
func content(t testing.TB, s *store.Store, u store.Upload) []byte {
	t.Helper()
	var out []byte
	chunks := int((u.Size + store.FileChunk - 1) / store.FileChunk)
	if err := s.ReadUpload(t.Context(), u.ID, 0, chunks, func(_ int, data []byte) { out = append(out, data...) }); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestUploadedFilesComeBackAsTheyWere(t *testing.T) {
	s := open(t)
	file := telemetry(2)
	for _, largest := range []int{70_000, store.FileChunk, store.MaxPart} {
		name := fmt.Sprintf("parts of %d.ibt", largest)
		u := send(t, s, name, file, largest)
		if !u.Done || u.Received != u.Size || u.Name != name {
			t.Errorf("%s: %+v", name, u)
		}
		if !bytes.Equal(content(t, s, u), file) {
			t.Errorf("%s: the bytes differ", name)
		}
		again, err := s.BeginUpload(t.Context(), name, u.Size, u.SHA256, store.UploadLimits{})
		if err != nil || again.ID != u.ID || !again.Done {
			t.Errorf("announced again: %+v, %v", again, err)
		}
	}
	list, err := s.Uploads(t.Context())
	if err != nil || len(list) != 3 {
		t.Fatalf("%d uploads, %v", len(list), err)
	}
	for _, u := range list {
		if err := s.DeleteUpload(t.Context(), u.ID); err != nil {
			t.Error(err)
		}
		if err := s.ReadUpload(t.Context(), u.ID, 0, 1, func(int, []byte) {}); problemOf(t, err) != store.UploadUnknown {
			t.Errorf("a deleted file reads: %v", err)
		}
		if err := s.DeleteUpload(t.Context(), u.ID); problemOf(t, err) != store.UploadUnknown {
			t.Errorf("a deleted file is deleted: %v", err)
		}
	}
}

// Every answer may be lost on its way, so everything may come twice and from anywhere.
func TestAnUploadGoesOnWhereItWas(t *testing.T) {
	s := open(t)
	file := telemetry(3)
	sum := sha256.Sum256(file)
	u, err := s.BeginUpload(t.Context(), "a.ibt", int64(len(file)), sum, store.UploadLimits{})
	if err != nil {
		t.Fatal(err)
	}
	put := func(from, to int, want int64, problem store.UploadProblem) {
		t.Helper()
		now, err := s.PutPart(t.Context(), u.ID, int64(from), file[from:to])
		if got := problemOf(t, err); got != problem || (problem == "" || problem == store.UploadGap) && now.Received != want {
			t.Errorf("bytes %d to %d: %d received, problem %q; want %d, %q", from, to, now.Received, got, want, problem)
		}
	}
	const part = 300_000
	put(0, part, part, "")
	put(0, part, part, "")                        // again
	put(100, 200, part, "")                       // a piece of it
	put(2*part, 2*part+10, part, store.UploadGap) // too early
	put(part/2, part+part/2, part+part/2, "")     // overlapping
	resumed, err := s.BeginUpload(t.Context(), "a.ibt", int64(len(file)), sum, store.UploadLimits{})
	if err != nil || resumed.ID != u.ID || resumed.Received != part+part/2 || resumed.Done {
		t.Errorf("announced again: %+v, %v", resumed, err)
	}
	put(part+part/2, len(file), int64(len(file)), "")
	put(0, part, int64(len(file)), "") // after the end
	done, err := s.StoredFile(t.Context(), u.ID)
	if err != nil || !done.Done || !bytes.Equal(content(t, s, done), file) {
		t.Errorf("in the end: %+v, %v", done, err)
	}
}

// Two senders of the same file do not disturb each other.
func TestTwoSendersOfOneFile(t *testing.T) {
	s := open(t)
	file := telemetry(6)
	sum := sha256.Sum256(file)
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() {
			u, err := s.BeginUpload(t.Context(), "a.ibt", int64(len(file)), sum, store.UploadLimits{})
			for err == nil && !u.Done {
				n := min(100_000, len(file)-int(u.Received))
				u, err = s.PutPart(t.Context(), u.ID, u.Received, file[u.Received:int(u.Received)+n])
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	list, err := s.Uploads(t.Context())
	if err != nil || len(list) != 1 || !bytes.Equal(content(t, s, list[0]), file) {
		t.Errorf("%d files, %v", len(list), err)
	}
}

func TestWhatIsNoUpload(t *testing.T) {
	s := open(t)
	file := telemetry(1)
	size := int64(len(file))
	sum := sha256.Sum256(file)
	limits := store.UploadLimits{FileBytes: 2 << 20, TotalBytes: 3 << 20}
	for _, c := range []struct {
		name string
		size int64
		want store.UploadProblem
	}{
		{"a.ibt", 0, store.UploadBad},
		{"a.ibt", -1, store.UploadBad},
		{"a.ibt", 3 << 20, store.UploadTooLarge},
		{"a.ibt", 1 << 62, store.UploadTooLarge},
		{"a.txt", size, store.UploadBad},
		{"", size, store.UploadBad},
		{"../a.ibt", size, store.UploadBad},
		{"/etc/a.ibt", size, store.UploadBad},
		{"b/../../a.ibt", size, store.UploadBad},
		{`..\a.ibt`, size, store.UploadBad},
		{"a\x00.ibt", size, store.UploadBad},
		{"a\nb.ibt", size, store.UploadBad},
		{"\xff.ibt", size, store.UploadBad},
		{strings.Repeat("a", 600) + ".ibt", size, store.UploadBad},
		{"2025/March/ähm €.IBT", size, ""},
	} {
		_, err := s.BeginUpload(t.Context(), c.name, c.size, sum, limits)
		if got := problemOf(t, err); got != c.want {
			t.Errorf("%.40q of %d bytes: %q, want %q (%v)", c.name, c.size, got, c.want, err)
		}
	}
	// The room is taken when a file is announced.
	other := sha256.Sum256([]byte("other"))
	if _, err := s.BeginUpload(t.Context(), "other.ibt", 2<<20, other, limits); err != nil {
		t.Error(err)
	}
	_, err := s.BeginUpload(t.Context(), "third.ibt", 2<<20, other, limits)
	if problemOf(t, err) != store.UploadNoRoom {
		t.Errorf("beyond all room: %v", err)
	}
	// A known name and sum with another size is a lie.
	if _, err := s.BeginUpload(t.Context(), "other.ibt", 1<<20, other, limits); problemOf(t, err) != store.UploadBad {
		t.Errorf("another size: %v", err)
	}
	for _, part := range [][]byte{nil, make([]byte, store.MaxPart+1)} {
		if _, err := s.PutPart(t.Context(), "x", 0, part); problemOf(t, err) != store.UploadBad {
			t.Errorf("a part of %d bytes: %v", len(part), err)
		}
	}
	for _, id := range []string{"", "x", "'; drop table iracing.uploads; --", "\xff\xfe"} {
		if _, err := s.PutPart(t.Context(), id, 0, file[:10]); problemOf(t, err) != store.UploadUnknown {
			t.Errorf("the upload %q: %v", id, err)
		}
	}
}

func TestWhatIsNotWhatWasAnnouncedIsDropped(t *testing.T) {
	s := open(t)
	file := telemetry(1)
	broken := bytes.Clone(file)
	broken[len(broken)/2] ^= 1
	for _, c := range []struct {
		what    string
		content []byte
		sum     [32]byte
		size    int64
		want    store.UploadProblem
		reason  string
		there   bool
	}{
		{"another sum", broken, sha256.Sum256(file), int64(len(file)), store.UploadCorrupt, "sum differs", false},
		{"text", bytes.Repeat([]byte("text "), 1000), sha256.Sum256(bytes.Repeat([]byte("text "), 1000)), 5000, store.UploadCorrupt, "does not begin like telemetry", false},
		{"a small text", []byte("text"), sha256.Sum256([]byte("text")), 4, store.UploadCorrupt, "fewer than its header needs", false},
		{"more than announced", file, sha256.Sum256(file), 1000, store.UploadBad, "reaches beyond", true},
		{"less than announced", file, sha256.Sum256(file), int64(len(file)) + 1, "", "", true},
	} {
		u, err := s.BeginUpload(t.Context(), c.what+".ibt", c.size, c.sum, store.UploadLimits{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.PutPart(t.Context(), u.ID, 0, c.content)
		if got := problemOf(t, err); got != c.want || c.want != "" && !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: %q, want %q: %v", c.what, got, c.want, err)
		}
		list, err := s.Uploads(t.Context())
		there := false
		for _, l := range list {
			there = there || l.ID == u.ID && !l.Done
		}
		if err != nil || there != c.there {
			t.Errorf("%s: it is there %v, want %v", c.what, there, c.there)
		}
	}
}

// A file that was uploaded while it grew gives way to the whole one, and to nothing else.
func TestALongerStateOfARecordingTakesThePlaceOfAShorter(t *testing.T) {
	s := open(t)
	whole := telemetry(3)
	half := whole[:len(whole)/2]
	other := ibttest.Drive{Driver: "Somebody Else", Laps: []float64{30}}.Bytes()
	const name = "car_track 2025-03-01 14-00-00.ibt"
	first := send(t, s, name, half, store.MaxPart)
	stranger := send(t, s, name, other, store.MaxPart)
	elsewhere := send(t, s, "copy/"+name, half, store.MaxPart)
	last := send(t, s, name, whole, store.MaxPart)
	want := map[string]bool{stranger.ID: true, elsewhere.ID: true, last.ID: true}
	list, err := s.Uploads(t.Context())
	if err != nil || len(list) != len(want) {
		t.Errorf("%d files, %v", len(list), err)
	}
	for _, u := range list {
		if !want[u.ID] || u.ID == first.ID {
			t.Errorf("%+v is there", u)
		}
	}
}

func TestUploadsThatStandStillAreDropped(t *testing.T) {
	url := pgtest.New(t)
	s, err := store.New(store.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	file := telemetry(1)
	send(t, s, "done.ibt", file, store.MaxPart)
	u, err := s.BeginUpload(t.Context(), "left.ibt", int64(len(file)), sha256.Sum256(file), store.UploadLimits{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.PutPart(t.Context(), u.ID, 0, file[:1000]); err != nil {
		t.Fatal(err)
	}
	execute(t, url, "update iracing.uploads set updated_at = now() - interval '25 hours'")
	if list, err := s.Uploads(t.Context()); err != nil || len(list) != 1 || list[0].Name != "done.ibt" {
		t.Errorf("after a day: %+v, %v", list, err)
	}
	if _, err := s.BeginUpload(t.Context(), "new.ibt", 1000, sha256.Sum256(nil), store.UploadLimits{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.PutPart(t.Context(), u.ID, 1000, file[1000:]); problemOf(t, err) != store.UploadUnknown {
		t.Errorf("a day later it goes on: %v", err)
	}
}

func execute(t testing.TB, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(context.Background(), sql); err != nil {
		t.Fatal(err)
	}
}

func TestTheIndexIsSharedAndForgets(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	at := time.Date(2025, 3, 1, 14, 0, 0, 123_456_000, time.UTC)
	rows := []store.IndexRow{
		{Name: "b.ibt", Size: 2, ModTime: at, Entry: []byte("bee")},
		{Name: "a/ä.ibt", Size: 1, ModTime: at, Entry: bytes.Repeat([]byte("a"), 100_000)},
		{Name: "c.ibt", Size: 3, ModTime: at, Entry: []byte{}},
	}
	load := func(place string, version int, names ...string) map[string]store.IndexRow {
		t.Helper()
		got := map[string]store.IndexRow{}
		if err := s.LoadIndex(ctx, place, version, names, func(r store.IndexRow) error { got[r.Name] = r; return nil }); err != nil {
			t.Fatal(err)
		}
		return got
	}
	for range 2 { // the second time changes nothing
		if err := s.SaveIndex(ctx, "here", 1, rows, nil); err != nil {
			t.Fatal(err)
		}
	}
	got := load("here", 1)
	for _, want := range rows {
		r := got[want.Name]
		if r.Size != want.Size || !r.ModTime.Equal(want.ModTime) || !bytes.Equal(r.Entry, want.Entry) {
			t.Errorf("%s: %d bytes, %s, entry of %d", want.Name, r.Size, r.ModTime, len(r.Entry))
		}
	}
	if n := len(load("here", 1, "b.ibt", "x.ibt")); n != 1 {
		t.Errorf("%d rows by name, want 1", n)
	}
	if n := len(load("here", 2)) + len(load("there", 1)); n != 0 {
		t.Errorf("%d rows of another version or place", n)
	}
	if err := s.SaveIndex(ctx, "here", 2, rows[:1], []string{"c.ibt", "none.ibt"}); err != nil {
		t.Fatal(err)
	}
	if a, b := len(load("here", 1)), len(load("here", 2)); a != 1 || b != 1 {
		t.Errorf("%d old rows and %d new, want 1 and 1", a, b)
	}
	// Many writers of the same rows.
	var wait sync.WaitGroup
	for i := range 6 {
		wait.Go(func() {
			mine := []store.IndexRow{rows[i%3], rows[(i+1)%3], rows[(i+2)%3]}
			for range 20 {
				if err := s.SaveIndex(ctx, "busy", i, mine, []string{"z.ibt", "y.ibt"}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
}

// BenchmarkUpload sends a file of 64 MB in parts of 4 MiB and reads it back.
func BenchmarkUpload(b *testing.B) {
	s := open(b)
	file := telemetry(200)
	b.SetBytes(int64(len(file)))
	var reading time.Duration
	for b.Loop() {
		u := send(b, s, "a.ibt", file, store.MaxPart)
		begin := time.Now()
		content(b, s, u)
		reading += time.Since(begin)
		if err := s.DeleteUpload(context.Background(), u.ID); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(file))*float64(b.N)/reading.Seconds()/1e6, "MB/s-read")
}
