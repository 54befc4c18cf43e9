package library_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

func database(t testing.TB) *store.Store {
	t.Helper()
	url := pgtest.Copy(t, "migrated", func(dsn string) error {
		st, err := store.New(store.Config{URL: dsn})
		if err != nil {
			return err
		}
		defer st.Close()
		return st.Ready(context.Background())
	})
	st, err := store.New(store.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	return st
}

// grafana is a server that takes uploads as the plugin does, with what may lie between it and a sender.
type grafana struct {
	*httptest.Server
	db    *store.Store
	limit store.UploadLimits

	mu       sync.Mutex
	received int64 // bytes of parts
	parts    int
	between  func(w http.ResponseWriter, r *http.Request) bool // answers in its place
	after    func(parts int)
}

const uid = "abc-123"

func newGrafana(t testing.TB) *grafana {
	t.Helper()
	g := &grafana{db: database(t)}
	mux := http.NewServeMux()
	const base = "/grafana/api/datasources/uid/" + uid + "/resources/uploads"
	mux.HandleFunc("GET "+base, func(w http.ResponseWriter, r *http.Request) {
		list, err := g.db.Uploads(r.Context())
		g.answer(w, list, err)
	})
	mux.HandleFunc("POST "+base, func(w http.ResponseWriter, r *http.Request) {
		var file struct {
			Name   string
			Size   int64
			SHA256 store.Sum
		}
		if err := json.NewDecoder(r.Body).Decode(&file); err != nil {
			t.Error(err)
		}
		u, err := g.db.BeginUpload(r.Context(), file.Name, file.Size, file.SHA256, g.limit)
		g.answer(w, u, err)
	})
	mux.HandleFunc("PUT "+base+"/{id}", func(w http.ResponseWriter, r *http.Request) {
		part, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		offset, _ := strconv.ParseInt(r.URL.Query().Get("offset"), 10, 64)
		u, err := g.db.PutPart(context.WithoutCancel(r.Context()), r.PathValue("id"), offset, part)
		g.mu.Lock()
		g.received += int64(len(part))
		g.parts++
		parts, after := g.parts, g.after
		g.mu.Unlock()
		if after != nil {
			after(parts)
		}
		g.answer(w, u, err)
	})
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		between := g.between
		g.mu.Unlock()
		switch {
		case between != nil && between(w, r):
		case r.Header.Get("Authorization") != "Bearer "+secret:
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"message":"Invalid API key"}`)
		case !strings.Contains(r.URL.Path, uid):
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"message":"Data source not found"}`)
		default:
			mux.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(g.Close)
	return g
}

func (g *grafana) answer(w http.ResponseWriter, body any, err error) {
	if err != nil {
		status := http.StatusInternalServerError
		if up, ok := errors.AsType[*store.UploadError](err); ok {
			status = map[store.UploadProblem]int{
				store.UploadBad: 400, store.UploadUnknown: 404, store.UploadGap: 409, store.UploadTooLarge: 413, store.UploadNoRoom: 413, store.UploadCorrupt: 422,
			}[up.Problem]
		}
		w.WriteHeader(status)
		body = map[string]string{"message": err.Error() + "."}
	}
	_ = json.NewEncoder(w).Encode(body)
}

func (g *grafana) destination(t testing.TB) library.Destination {
	t.Helper()
	to, err := library.ToGrafana(library.Grafana{URL: g.URL + "/grafana/", UID: uid, Token: secret})
	if err != nil {
		t.Fatal(err)
	}
	library.TryAgainAtOnce(to)
	t.Cleanup(func() { _ = to.Close() })
	return to
}

// through lets requests pass that carry no more than a proxy allows.
func through(most int64) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.ContentLength <= most {
			return false
		}
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		_, _ = io.WriteString(w, "<html>413 Request Entity Too Large</html>")
		return true
	}
}

func upload(t testing.TB, to library.Destination, from library.Store, o library.UploaderOptions) library.UploadSummary {
	t.Helper()
	sum, err := library.NewUploader(to, o).Upload(t.Context(), from)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// All ways lead to a library that shows what the folder shows.
func TestUploadedFilesAreALibrary(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	long().Write(t, dir)
	d := long()
	d.Start = day.Add(time.Hour)
	if err := os.Mkdir(filepath.Join(dir, "deep"), 0o755); err != nil {
		t.Fatal(err)
	}
	d.Write(t, filepath.Join(dir, "deep"))
	write(t, filepath.Join(dir, "broken.ibt"), bytes.Repeat([]byte("no telemetry "), 100))
	from := mustStore(t, dir)
	defer func() { _ = from.Close() }()
	f := newS3(t)
	g := newGrafana(t)
	db := database(t)
	bucket, err := library.ToBucket(t.Context(), "s3://team/up", f.credentials())
	if err != nil {
		t.Fatal(err)
	}
	folder, err := library.ToBucket(t.Context(), other, library.Credentials{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		to     library.Destination
		there  func() library.Store
		failed int // what is no telemetry is refused, where somebody looks
	}{
		{bucket, func() library.Store { return f.store(t, "s3://team/up") }, 0},
		{folder, func() library.Store { return mustStore(t, other) }, 0},
		{library.ToStore(db, store.UploadLimits{}), func() library.Store { return library.Stored(db) }, 1},
		{g.destination(t), func() library.Store { return library.Stored(g.db) }, 1},
	} {
		var last library.UploadProgress
		sum := upload(t, c.to, from, library.UploaderOptions{Progress: func(p library.UploadProgress) {
			if p.Sent < last.Sent || p.Sent > p.Bytes || p.FileSent > p.FileBytes || p.Done > p.Files {
				t.Errorf("%s: %+v after %+v", c.to, p, last)
			}
			last = p
		}})
		if sum.Sent != 3-c.failed || sum.Failed != c.failed || sum.There != 0 || last.Done != 3 || last.Sent != last.Bytes || last.Files != 3 {
			t.Errorf("%s: %+v, last %+v", c.to, sum, last)
		}
		if c.failed > 0 && (len(sum.Notices) != 1 || !strings.Contains(sum.Notices[0], "broken.ibt: the file is no telemetry")) {
			t.Errorf("%s: notices %q", c.to, sum.Notices)
		}
		again := upload(t, c.to, from, library.UploaderOptions{})
		if again.Sent != 0 || again.There != 3-c.failed {
			t.Errorf("%s: the second time %+v", c.to, again)
		}
		if checked := upload(t, c.to, from, library.UploaderOptions{Check: true}); checked.Failed != c.failed || checked.Sent != 3-c.failed {
			t.Errorf("%s: with a check %+v", c.to, checked)
		}
		lib := library.New(c.there(), library.Options{})
		list, _ := sessions(t, lib)
		good := 0
		for _, s := range list {
			if s.Problem == "" && s.TimedLaps == 6 && len(read(t, lib, s.ID)) > 0 {
				good++
			}
		}
		if good != 2 || len(list) != 3-c.failed {
			t.Errorf("%s: %d sessions, %d of them good: %+v", c.to, len(list), good, list)
		}
		rec, err := lib.Open(t.Context(), library.Latest)
		if err != nil {
			t.Fatal(err)
		}
		if sum, err := rec.SHA256(t.Context()); err != nil || sum != sha256.Sum256(d.Bytes()) {
			t.Errorf("%s: the sum of the file is %x, %v", c.to, sum, err)
		}
		if err := errors.Join(rec.Close(), lib.Close(), c.to.Close()); err != nil {
			t.Error(err)
		}
		if strings.Contains(c.to.String(), secret) {
			t.Errorf("%s tells the secret", c.to)
		}
	}
	if left, err := filepath.Glob(filepath.Join(other, "*.part")); err != nil || len(left) > 0 {
		t.Errorf("%q are left, %v", left, err)
	}
}

// A Grafana behind proxies, busy and restarted, gets the file in the end.
func TestAnUploadThroughTrouble(t *testing.T) {
	g := newGrafana(t)
	dir := t.TempDir()
	path := long().Write(t, dir)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	from := mustStore(t, dir)
	defer func() { _ = from.Close() }()
	n := 0
	small := through(300_000)
	g.between = func(w http.ResponseWriter, r *http.Request) bool {
		g.mu.Lock()
		n++
		turn := n
		g.mu.Unlock()
		switch turn % 5 {
		case 1:
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusBadGateway)
			return true
		case 2:
			panic(http.ErrAbortHandler) // the connection breaks before the request was heard
		}
		return small(w, r)
	}
	lost := 0
	g.after = func(parts int) { // and after it was heard
		if parts%3 == 1 {
			lost++
			panic(http.ErrAbortHandler)
		}
	}
	sum := upload(t, g.destination(t), from, library.UploaderOptions{})
	list, err := g.db.Uploads(t.Context())
	if err != nil || sum.Sent != 1 || len(list) != 1 || !list[0].Done || list[0].SHA256 != sha256.Sum256(content) || lost == 0 {
		t.Errorf("%+v, %+v, %v; %d answers were lost", sum, list, err, lost)
	}
	if g.received > int64(len(content)) {
		t.Errorf("%d bytes came of a file of %d", g.received, len(content))
	}
}

func TestWhatIsWrongWithAGrafana(t *testing.T) {
	for _, c := range []struct {
		g    library.Grafana
		want string
	}{
		{library.Grafana{URL: "grafana.example.com", UID: uid, Token: secret}, "the address of Grafana is not one"},
		{library.Grafana{URL: "https://me:" + secret + "@x", UID: uid, Token: secret}, "credentials do not belong"},
		{library.Grafana{URL: "https://x", UID: "../x", Token: secret}, "is no UID"},
		{library.Grafana{URL: "https://x", UID: uid}, "the token of the service account is missing"},
		{library.Grafana{URL: "https://x", UID: uid, Token: secret + "\r\nX: y"}, "the token of the service account is missing"},
	} {
		if _, err := library.ToGrafana(c.g); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%q: %v; want %q", c.g.URL, err, c.want)
		}
	}
	dir := t.TempDir()
	long().Write(t, dir)
	from := mustStore(t, dir)
	defer func() { _ = from.Close() }()
	status := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://elsewhere.example.com/")
			w.WriteHeader(code)
			_, _ = io.WriteString(w, body)
		}
	}
	listed := func(then http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				_, _ = io.WriteString(w, "[]")
				return
			}
			then(w, r)
		}
	}
	for _, c := range []struct {
		answer http.HandlerFunc
		want   string
		one    bool // it concerns the file alone
	}{
		{status(401, `{"message":"no"}`), "does not know the token", false},
		{status(403, `{"message":"no"}`), "give it the role Editor", false},
		{status(404, `{"message":"Data source not found"}`), "no data source with the UID abc-123", false},
		{status(404, `{"message":"Not found"}`), "no data source with the UID abc-123", false},
		{status(404, "<html>"), "no data source with the UID abc-123", false},
		{status(500, `{"message":"Unable to load datasource metadata","traceID":""}`), "no data source with the UID abc-123", false},
		{status(405, `{"message":"uploads are not turned on."}`), "takes no uploads: uploads are not turned on", false},
		{status(405, "<html>"), "no data source with the UID abc-123", false},
		{status(500, `{"message":"who is `+secret+`?"}`), "who is …?", false},
		{listed(status(400, `{"message":"what does `+secret+` mean?"}`)), "what does … mean?", true},
		{status(301, ""), "leads elsewhere", false},
		{status(200, "<html>"), "does not answer as a Grafana", false},
		{status(500, `{"message":"broken `+strings.Repeat("x", 5000)+`"}`), "broken xxx", false},
		{listed(status(400, `{"message":"the name of the file is not one."}`)), "the name of the file is not one", true},
		{listed(status(413, `{"message":"the file has 900 MB, and at most 512 MB are taken."}`)), "at most 512 MB", true},
		{listed(status(413, "<html>")), "client_max_body_size", false},
		{listed(status(200, `{"id":"x","received":1000000000}`)), "claims to have more of it than there is", true},
		{listed(status(200, `{"id":"x","received":0}`)), "takes no bytes", false},
	} {
		server := httptest.NewServer(c.answer)
		to, err := library.ToGrafana(library.Grafana{URL: server.URL, UID: uid, Token: secret})
		if err != nil {
			t.Fatal(err)
		}
		library.TryAgainAtOnce(to)
		sum, err := library.NewUploader(to, library.UploaderOptions{}).Upload(t.Context(), from)
		text := fmt.Sprint(err)
		if c.one {
			text = strings.Join(sum.Notices, " ")
		}
		if (err == nil) != c.one || !strings.Contains(text, c.want) || strings.Contains(text, secret) || len(text) > 600 {
			t.Errorf("%+v, %v; want %q", sum, err, c.want)
		}
		if err := to.Close(); err != nil {
			t.Error(err)
		}
		server.Close()
	}
}

// A file that changes while it is sent is refused, and sent whole the next time.
func TestAFileThatChangesWhileItIsSent(t *testing.T) {
	g := newGrafana(t)
	dir := t.TempDir()
	path := long().Write(t, dir)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	from := mustStore(t, dir)
	defer func() { _ = from.Close() }()
	g.between = through(300_000)
	for _, change := range []func(){
		func() { write(t, path, content[:len(content)/2]) },
		func() { write(t, path, append(content[:len(content)-1:len(content)-1], 7)) },
	} {
		write(t, path, content)
		var once sync.Once
		g.after = func(int) { once.Do(change) }
		sum := upload(t, g.destination(t), from, library.UploaderOptions{})
		if sum.Failed != 1 || len(sum.Notices) != 1 {
			t.Errorf("a file that changed: %+v", sum)
		}
	}
	g.after = nil
	if sum := upload(t, g.destination(t), from, library.UploaderOptions{}); sum.Sent != 1 {
		t.Errorf("afterwards: %+v", sum)
	}
}

const uploadVariable = "IRACING_TEST_UPLOAD_TO"

// uploadChild is the process that is killed: it uploads the folder that is named behind the address.
func uploadChild(arg string) int {
	address, dir, _ := strings.Cut(arg, " ")
	from, err := library.OpenURL(dir)
	if err != nil {
		return 2
	}
	to, err := library.ToGrafana(library.Grafana{URL: address, UID: uid, Token: secret})
	if err != nil {
		return 2
	}
	if _, err := library.NewUploader(to, library.UploaderOptions{}).Upload(context.Background(), from); err != nil {
		return 1
	}
	return 0
}

// Whoever kills the sender costs a part, and nothing else.
func TestAnUploadThatIsKilledGoesOn(t *testing.T) {
	g := newGrafana(t)
	dir := t.TempDir()
	want := map[store.Sum]bool{}
	var size int64
	for i := range 2 {
		d := ibttest.Drive{Start: day.Add(time.Duration(i) * time.Hour), Laps: []float64{40, 40, 40}}
		d.Write(t, dir)
		want[sha256.Sum256(d.Bytes())] = true
		size += int64(len(d.Bytes()))
	}
	const part = 256 << 10 // what is let through
	g.between = through(part + 1000)
	for kills := 0; ; kills++ {
		if kills > 20 {
			t.Fatal("it never ends")
		}
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), uploadVariable+"="+g.URL+"/grafana "+dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		g.mu.Lock()
		last := g.parts + 2
		g.after = func(parts int) {
			if parts >= last {
				_ = cmd.Process.Kill() // it may have ended
			}
		}
		g.mu.Unlock()
		if cmd.Wait() == nil {
			t.Logf("%d kills", kills)
			if kills < 3 {
				t.Errorf("it was killed %d times only", kills)
			}
			if most := size + int64(kills)*part; g.received > most {
				t.Errorf("%d bytes came, of files of %d and %d kills", g.received, size, kills)
			}
			break
		}
	}
	list, err := g.db.Uploads(t.Context())
	if err != nil || len(list) != 2 {
		t.Fatalf("%d uploads, %v", len(list), err)
	}
	for _, u := range list {
		if !u.Done || !want[u.SHA256] {
			t.Errorf("%+v", u)
		}
	}
}

// A bucket that breaks off in the middle of a file keeps nothing of it.
func TestABrokenUploadLeavesNoObject(t *testing.T) {
	f := newS3(t)
	dir := t.TempDir()
	path := long().Write(t, dir)
	from := mustStore(t, dir)
	defer func() { _ = from.Close() }()
	to, err := library.ToBucket(t.Context(), "s3://team", f.credentials())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = to.Close() }()
	library.TryAgainAtOnce(to)
	f.set(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut || r.Method == http.MethodPost {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, "<Error><Code>AccessDenied</Code><Message>m</Message></Error>")
			return true
		}
		return false
	})
	_, err = library.NewUploader(to, library.UploaderOptions{}).Upload(t.Context(), from)
	tellsWell(t, err, "access is denied")
	f.set(nil)
	// The file is cut while it is sent.
	files, _, err := from.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 1000); err != nil {
		t.Fatal(err)
	}
	if _, one := errors.AsType[*library.FileError](library.NewUploader(to, library.UploaderOptions{}).UploadFile(t.Context(), from, files[0])); !one {
		t.Error("a file that was cut is sent")
	}
	if held, err := to.Held(t.Context()); err != nil || held(files[0]) {
		t.Errorf("it is there, %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := library.NewUploader(to, library.UploaderOptions{}).UploadFile(ctx, from, files[0]); !errors.Is(err, context.Canceled) {
		t.Errorf("an upload that was given up: %v", err)
	}
	store := f.store(t, "s3://team")
	if list, _, err := store.List(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("the bucket holds %+v, %v", list, err)
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
}

// Who watches a folder sends what the destination lacks, however often it is started.
func TestAWatcherSendsWhatIsNotThere(t *testing.T) {
	dir := t.TempDir()
	long().Write(t, dir)
	from := mustStore(t, dir)
	defer func() { _ = from.Close() }()
	to, err := library.ToBucket(t.Context(), t.TempDir(), library.Credentials{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = to.Close() }()
	start := func(o library.UploaderOptions) (sent int) {
		u := library.NewUploader(to, o)
		w := library.NewWatcher(from, library.WatchOptions{Settle: time.Nanosecond}, func(ctx context.Context, file library.FileInfo) error {
			if there, err := u.Holds(ctx, file); there || err != nil {
				return err
			}
			sent++
			return u.UploadFile(ctx, from, file)
		})
		if _, err := w.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		return sent
	}
	if first, again, checked := start(library.UploaderOptions{}), start(library.UploaderOptions{}), start(library.UploaderOptions{Check: true}); first != 1 || again != 0 || checked != 1 {
		t.Errorf("sent at first %d, again %d, with a check %d", first, again, checked)
	}
	d := long()
	d.Start = day.Add(time.Hour)
	d.Write(t, dir)
	if sent := start(library.UploaderOptions{}); sent != 1 {
		t.Errorf("of a new file %d were sent", sent)
	}
}

// A bucket that takes requests and says nothing is given up, and the person is told where to look.
func TestABucketThatSaysNothing(t *testing.T) {
	f := newS3(t)
	dir := t.TempDir()
	long().Write(t, dir)
	from := mustStore(t, dir)
	defer func() { _ = from.Close() }()
	to, err := library.ToBucket(t.Context(), "s3://team", f.credentials())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = to.Close() }()
	store := f.store(t, "s3://team")
	defer func() { _ = store.Close() }()
	library.Impatient(to)
	library.Impatient(store)
	f.set(func(_ http.ResponseWriter, r *http.Request) bool {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
		return true
	})
	_, _, err = store.List(t.Context())
	tellsWell(t, err, "nobody answers")
	_, err = library.NewUploader(to, library.UploaderOptions{Check: true}).Upload(t.Context(), from)
	tellsWell(t, err, "nobody answers")
}
