package library_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
)

// secret is in all credentials of the tests, and must never be seen again.
const secret = "hidden0123456789"

// s3 is a server that speaks the language of S3, with what can go wrong in between.
type s3 struct {
	*s3mem.Backend
	url string

	mu       sync.Mutex
	gets     int // requests for bytes of an object
	lists    int
	sent     int64
	meddle   func(w http.ResponseWriter, r *http.Request) bool // answers in place of the server
	afterGet func()
}

func newS3(t testing.TB) *s3 {
	t.Helper()
	f := &s3{Backend: s3mem.New()}
	inner := gofakes3.New(f.Backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		get := r.Method == http.MethodGet
		object := get && strings.Count(r.URL.Path, "/") > 1 && !strings.HasSuffix(r.URL.Path, "/")
		switch {
		case object:
			f.gets++
		case get:
			f.lists++
		}
		meddle, after := f.meddle, f.afterGet
		f.mu.Unlock()
		if meddle != nil && meddle(w, r) {
			return
		}
		inner.ServeHTTP(&countingWriter{w, f}, r)
		if object && after != nil {
			after()
		}
	}))
	t.Cleanup(server.Close)
	f.url = server.URL
	if err := f.CreateBucket("team"); err != nil {
		t.Fatal(err)
	}
	return f
}

type countingWriter struct {
	http.ResponseWriter
	s3 *s3
}

func (w *countingWriter) Write(p []byte) (int, error) {
	w.s3.mu.Lock()
	w.s3.sent += int64(len(p))
	w.s3.mu.Unlock()
	return w.ResponseWriter.Write(p)
}

// counts are the requests since the last call.
func (f *s3) counts() (gets, lists int, sent int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	gets, lists, sent = f.gets, f.lists, f.sent
	f.gets, f.lists, f.sent = 0, 0, 0
	return gets, lists, sent
}

func (f *s3) set(meddle func(http.ResponseWriter, *http.Request) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.meddle = meddle
}

func (f *s3) put(t testing.TB, key string, content []byte) {
	t.Helper()
	if _, err := f.PutObject("team", key, map[string]string{"Last-Modified": day.Format(http.TimeFormat)}, bytes.NewReader(content), int64(len(content)), nil); err != nil {
		t.Fatal(err)
	}
}

func (f *s3) credentials() library.Credentials {
	return library.Credentials{KeyID: "id", Secret: secret, Region: "eu-west-1", Endpoint: f.url}
}

func (f *s3) store(t testing.TB, location string) library.Store {
	t.Helper()
	store, err := library.OpenURL(location, f.credentials())
	if err != nil {
		t.Fatal(err)
	}
	library.TryAgainAtOnce(store)
	return store
}

func (f *s3) library(t testing.TB, location string, o library.Options) *library.Library {
	t.Helper()
	lib := library.New(f.store(t, location), o)
	t.Cleanup(func() {
		if err := lib.Close(); err != nil {
			t.Error(err)
		}
	})
	return lib
}

// long is a recording of about 1 MB.
func long() ibttest.Drive {
	return ibttest.Drive{Start: day, Laps: []float64{15, 14.5, 16, 15.25, 17, 13}}
}

func TestABucketIsReadLikeAFolder(t *testing.T) {
	f, dir := newS3(t), t.TempDir()
	for i, key := range []string{"2025/a.ibt", "b.IBT", "c d + ä.ibt"} {
		d := long()
		d.Start = day.Add(time.Duration(i) * time.Hour)
		f.put(t, "me/"+key, d.Bytes())
		write(t, filepath.Join(dir, filepath.FromSlash(key)), d.Bytes())
	}
	f.put(t, "me/notes.txt", []byte("no telemetry"))
	f.put(t, "me/broken.ibt", []byte(strings.Repeat("no telemetry ", 100)))
	f.put(t, "me/empty.ibt", nil)
	f.put(t, "other/d.ibt", long().Bytes())
	write(t, filepath.Join(dir, "broken.ibt"), []byte(strings.Repeat("no telemetry ", 100)))
	write(t, filepath.Join(dir, "empty.ibt"), nil)

	bucket := f.library(t, "s3://team/me", library.Options{})
	if want := "s3://team/me?endpoint=" + url.QueryEscape(f.url); bucket.String() != want {
		t.Errorf("the library is %s, want %s", bucket, want)
	}
	folder := open(t, dir, library.Options{})
	got, notices := sessions(t, bucket)
	want, _ := sessions(t, folder)
	if len(got) != len(want) || len(notices) != 0 {
		t.Fatalf("%d sessions in the bucket, %d in the folder, notices %q", len(got), len(want), notices)
	}
	byName := map[string]library.Session{}
	for _, s := range want {
		byName[s.File.Name] = s
	}
	for _, g := range got {
		w := byName[g.File.Name]
		if g.Problem != w.Problem || g.ID != w.ID || g.TimedLaps != w.TimedLaps || g.BestLap != w.BestLap || g.File.Size != w.File.Size {
			t.Errorf("%s is %+v in the bucket, %+v in the folder", g.File.Name, g, w)
		}
		if g.Problem != "" {
			continue
		}
		a, b := read(t, bucket, g.ID), read(t, folder, g.ID)
		if !slices.Equal(a, b) {
			t.Errorf("%s: the speeds differ", g.File.Name)
		}
	}
}

// read reads the speed over a whole file.
func read(t testing.TB, lib *library.Library, id string) []float64 {
	t.Helper()
	rec, err := lib.Open(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	var b ibt.Batch
	err = rec.File.Read(&b, ibt.Range{To: rec.File.Len()}, ibt.Floats("Speed")...)
	if err = errors.Join(err, rec.Close()); err != nil {
		t.Fatal(err)
	}
	return slices.Clone(b.Cols[0].F64)
}

// A bucket costs money and time by the request.
func TestRequestsOfABucket(t *testing.T) {
	f := newS3(t)
	var d ibttest.Drive
	for range 10 {
		d.Laps = append(d.Laps, 90)
	}
	content := d.Bytes()
	f.put(t, "a.ibt", content)
	lib := f.library(t, "s3://team", library.Options{Patience: time.Minute})
	list, _ := sessions(t, lib)
	gets, lists, sent := f.counts()
	t.Logf("listing %d MB and its laps: %d gets, %d lists, %d MB", len(content)>>20, gets, lists, sent>>20)
	if lists != 1 || gets > 8 || sent > int64(len(content))*11/10 {
		t.Errorf("to list one file of %d MB took %d gets, %d lists and %d MB", len(content)>>20, gets, lists, sent>>20)
	}
	rec, err := lib.Open(t.Context(), list[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rec.Close() }()
	if gets, lists, _ := f.counts(); gets != 1 || lists != 0 {
		t.Errorf("to open it took %d gets and %d lists, want 1 and 0", gets, lists)
	}
	var b ibt.Batch
	lap := &rec.Table.Laps[5]
	again := 0
	for i := range 3 {
		if err := rec.File.Read(&b, ibt.Range{From: lap.From, To: lap.To}, ibt.Floats("Speed", "RPM")...); err != nil {
			t.Fatal(err)
		}
		gets, _, sent := f.counts()
		t.Logf("reading a lap of %d kB: %d gets, %d kB", (lap.To-lap.From)*rec.File.Header().BufLen>>10, gets, sent>>10)
		if i == 0 && (gets > 4 || gets == 0) {
			t.Errorf("reading a lap took %d gets", gets)
		}
		if i > 0 {
			again += gets
		}
	}
	if again > 1 { // what was fetched ahead may be counted late
		t.Errorf("reading it again took %d gets", again)
	}
	if library.Expire(lib); true {
		if _, _, err := lib.Sessions(t.Context()); err != nil {
			t.Error(err)
		}
		if gets, lists, _ := f.counts(); again+gets > 1 || lists != 1 {
			t.Errorf("a second listing took %d gets and %d lists", gets, lists)
		}
		if _, _, err := lib.Sessions(t.Context()); err != nil {
			t.Error(err)
		}
		if _, lists, _ := f.counts(); lists != 0 {
			t.Errorf("a third listing at once took %d requests", lists)
		}
	}
}

func TestSeveralReadersOfOneLapFetchItOnce(t *testing.T) {
	f := newS3(t)
	f.put(t, "a.ibt", long().Bytes())
	lib := f.library(t, "s3://team", library.Options{})
	list, _ := sessions(t, lib)
	rec, err := lib.Open(t.Context(), list[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rec.Close() }()
	f.counts()
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			var b ibt.Batch
			if err := rec.File.Read(&b, ibt.Range{To: rec.File.Len()}, ibt.Floats("Speed")...); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if gets, _, sent := f.counts(); gets > 5 || sent > 4<<20 {
		t.Errorf("eight readers took %d gets and %d kB", gets, sent>>10)
	}
}

// hostile answers for objects; the rest is the server's.
func hostile(answer http.HandlerFunc) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, ".ibt") {
			return false
		}
		answer(w, r)
		return true
	}
}

// A service that lies, breaks off or is no bucket must yield an error, soon, and nothing else.
func TestHostileBuckets(t *testing.T) {
	whole := long().Bytes()
	ranged := func(w http.ResponseWriter, r *http.Request, total string) (from, to int) {
		_, _ = fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &from, &to)
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%s", from, to, total))
		w.Header().Set("ETag", `"x"`)
		w.Header().Set("Last-Modified", day.Format(http.TimeFormat))
		return from, min(to, len(whole)-1)
	}
	for _, c := range []struct {
		what   string
		answer http.HandlerFunc
		want   string // in the problem of the file
	}{
		{"an exabyte", func(w http.ResponseWriter, r *http.Request) {
			from, to := ranged(w, r, "1152921504606846976")
			w.WriteHeader(http.StatusPartialContent)
			if from < len(whole) {
				_, _ = w.Write(whole[from : to+1])
			}
		}, "broke off"},
		{"a negative size", func(w http.ResponseWriter, r *http.Request) {
			from, to := ranged(w, r, "-5")
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write(whole[from : to+1])
		}, "does not answer as a bucket does"},
		{"too few bytes", func(w http.ResponseWriter, r *http.Request) {
			from, to := ranged(w, r, strconv.Itoa(len(whole)))
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write(whole[from:min(to+1, from+(to-from)/2+20_000)])
		}, ""}, // each attempt brings half of what is left: slow, but it comes
		{"no bytes", func(w http.ResponseWriter, r *http.Request) {
			ranged(w, r, strconv.Itoa(len(whole)))
			w.WriteHeader(http.StatusPartialContent)
		}, "broke off"},
		{"bytes from elsewhere", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"x"`)
			w.Header().Set("Last-Modified", day.Format(http.TimeFormat))
			w.Header().Set("Content-Length", strconv.Itoa(len(whole)))
			_, _ = w.Write(whole) // as if there were no range
		}, "other bytes than it was asked for"},
		{"garbage", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>welcome</html>") }, "fewer than its header needs"},
		{"an internal error", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, "overloaded or out of order"},
		{"an archive", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, "<Error><Code>InvalidObjectState</Code><Message>m</Message></Error>")
		}, "restored first"},
		{"no right to read", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, "<Error><Code>AccessDenied</Code><Message>m</Message></Error>")
		}, "access is denied"},
		{"a file that is gone", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, "<Error><Code>NoSuchKey</Code><Message>m</Message></Error>")
		}, "not there any more"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			f := newS3(t)
			f.put(t, "a.ibt", whole)
			f.set(hostile(c.answer))
			lib := f.library(t, "s3://team", library.Options{Patience: 20 * time.Second})
			list, _ := sessions(t, lib)
			if len(list) != 1 {
				t.Fatalf("%d sessions", len(list))
			}
			if c.want == "" && list[0].Problem != "" || !strings.Contains(list[0].Problem, c.want) {
				t.Errorf("%d sessions, problem %q, want %q", len(list), list[0].Problem, c.want)
			}
			if strings.Contains(fmt.Sprint(list), secret) {
				t.Error("the secret is told")
			}
		})
	}
}

// What changes while it is read is told, and read as it is from then on.
func TestAnObjectThatChangesWhileItIsRead(t *testing.T) {
	f := newS3(t)
	whole := long().Bytes()
	f.put(t, "a.ibt", whole)
	lib := f.library(t, "s3://team", library.Options{})
	list, _ := sessions(t, lib)
	rec, err := lib.Open(t.Context(), list[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	rows := rec.File.Len()
	for _, shorter := range [][]byte{whole[:len(whole)/2], whole[:100], append(slices.Clone(whole), whole...)} {
		f.put(t, "a.ibt", shorter)
		var b ibt.Batch
		err = rec.File.Read(&b, ibt.Range{From: rows - 10, To: rows}, ibt.Floats("Speed")...)
		if err == nil || !strings.Contains(err.Error(), "has changed since it was opened") {
			t.Errorf("with %d bytes: %v", len(shorter), err)
		}
	}
	if err := rec.Close(); err != nil {
		t.Error(err)
	}
	f.put(t, "a.ibt", whole[:len(whole)/2])
	list, _ = sessions(t, lib)
	if got := len(read(t, lib, list[0].ID)); got < rows/3 || got >= rows {
		t.Errorf("afterwards it has %d rows, of %d before", got, rows)
	}
	if err := f.ForceDeleteBucket("team"); err != nil {
		t.Fatal(err)
	}
	library.Expire(lib)
	if _, _, err := lib.Sessions(t.Context()); err == nil || !strings.Contains(err.Error(), "there is none of that name") {
		t.Errorf("a bucket that is gone lists: %v", err)
	}
	if err := f.CreateBucket("team"); err != nil {
		t.Fatal(err)
	}
	if list, _ := sessions(t, lib); len(list) != 0 {
		t.Errorf("a new bucket in its place lists %d files", len(list))
	}
}

func TestOddNamesInABucket(t *testing.T) {
	f := newS3(t)
	names := []string{"../a.ibt", "x/../../b.ibt", "/c.ibt", "d//e.ibt", "line\nbreak.ibt", "./f.ibt", "good.ibt", strings.Repeat("n", 900) + ".ibt"}
	for i, name := range names {
		d := ibttest.Drive{Start: day.Add(time.Duration(i) * time.Hour)}
		f.put(t, "me/"+name, d.Bytes())
	}
	f.put(t, "me.ibt", long().Bytes())
	f.put(t, "me/.ibt/", nil)
	list, notices := sessions(t, f.library(t, "s3://team/me/", library.Options{}))
	var got []string
	for _, s := range list {
		got = append(got, s.File.Name)
		if s.Problem != "" {
			t.Errorf("%.40q: %s", s.File.Name, s.Problem)
		}
	}
	slices.Sort(got)
	if len(got) != 2 || got[0] != "good.ibt" || len(notices) != 1 || !strings.Contains(notices[0], "6 files were left out") {
		t.Errorf("%d sessions %.60q, notices %q", len(list), got, notices)
	}
}

// A service that does not answer holds nobody up for longer than he waits, and loses nothing.
func TestASlowBucket(t *testing.T) {
	f := newS3(t)
	f.put(t, "a.ibt", long().Bytes())
	release := make(chan struct{})
	var once sync.Once
	free := func() { once.Do(func() { close(release) }) }
	defer free()
	f.set(func(http.ResponseWriter, *http.Request) bool { <-release; return false })
	lib := f.library(t, "s3://team", library.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, _, err := lib.Sessions(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the listing that was given up: %v", err)
	}
	if _, err := lib.Open(ctx, library.Latest); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the opening that was given up: %v", err)
	}
	free()
	list, _ := sessions(t, lib)
	if len(list) != 1 || list[0].Problem != "" {
		t.Errorf("afterwards: %+v", list)
	}
	if _, lists, _ := f.counts(); lists > 2 {
		t.Errorf("it was listed %d times", lists)
	}
	// And an opening that hangs.
	again := make(chan struct{})
	f.set(hostile(func(http.ResponseWriter, *http.Request) { <-again }))
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := lib.Open(ctx, list[0].ID); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the opening that hangs: %v", err)
	}
	close(again)
}

func TestALargeBucket(t *testing.T) {
	f := newS3(t)
	const pages, each, most = 11, 1000, 10_000
	f.set(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("list-type") != "2" {
			return false
		}
		page := 0
		_, _ = fmt.Sscan(r.URL.Query().Get("continuation-token"), &page)
		var b strings.Builder
		b.WriteString(`<?xml version="1.0"?><ListBucketResult><Name>team</Name>`)
		if page+1 < pages {
			fmt.Fprintf(&b, "<IsTruncated>true</IsTruncated><NextContinuationToken>%d</NextContinuationToken>", page+1)
		}
		for i := range each {
			fmt.Fprintf(&b, `<Contents><Key>%06d.ibt</Key><Size>1000</Size><ETag>"e"</ETag><LastModified>2025-03-01T14:00:00Z</LastModified></Contents>`, page*each+i)
		}
		b.WriteString("</ListBucketResult>")
		w.Header().Set("Content-Type", "application/xml")
		_, _ = io.WriteString(w, b.String())
		return true
	})
	store := f.store(t, "s3://team")
	library.ListAtMost(store, most)
	files, notices, err := store.List(t.Context())
	if err != nil || len(files) != most || len(notices) != 1 || !strings.Contains(notices[0], "first 10000 telemetry files") {
		t.Errorf("%d files, notices %q, %v", len(files), notices, err)
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
}

// What is wrong with a bucket is told in words that help, without the secret.
func TestWhatIsWrongWithABucket(t *testing.T) {
	for location, want := range map[string]string{
		"s3://":                                "names none",
		"s3:///prefix":                         "names none",
		"s3://id:key@team/x":                   "keys do not belong into the address",
		"s3://team?secret=" + secret:           "no parameter",
		"s3://team?storage_account=x":          "no parameter",
		"gs://team?region=x":                   "no parameter",
		"s3://team?anonymous=perhaps":          "anonymous is true or false",
		"s3://te am":                           "is not one",
		"s3://team:443/x":                      "is no name of a bucket",
		"s3://team?endpoint=minio:9000":        "the endpoint",
		"s3://team?endpoint=ftp://x":           "the endpoint",
		"s3://team?endpoint=http://a:b@x":      "the endpoint",
		"s3://team?" + strings.Repeat("%", 10): "cannot be read",
		"gopher://team":                        "a bucket as s3://, gs:// or azblob://",
	} {
		if _, err := library.OpenURL(location); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v; want %q", location, err, want)
		}
	}
	xml := func(status int, code string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(status)
			_, _ = fmt.Fprintf(w, `<?xml version="1.0"?><Error><Code>%s</Code><Message>%s %s</Message></Error>`, code, r.URL.Path, secret)
		}
	}
	for _, c := range []struct {
		answer http.HandlerFunc
		want   string
	}{
		{xml(403, "AccessDenied"), "access is denied"},
		{xml(403, "InvalidAccessKeyId"), "the id of the access key is not known"},
		{xml(403, "SignatureDoesNotMatch"), "the secret does not belong to the access key"},
		{xml(400, "ExpiredToken"), "have expired"},
		{xml(403, "RequestTimeTooSkewed"), "the clock of this machine"},
		{xml(301, "PermanentRedirect"), "set the region"},
		{xml(400, "AuthorizationHeaderMalformed"), "set the region"},
		{xml(404, "NoSuchBucket"), "there is none of that name"},
		{xml(503, "SlowDown"), "overloaded"},
		{func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>not a bucket") }, "does not answer as a bucket does"},
		{func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }, "broke off"},
	} {
		server := httptest.NewServer(c.answer)
		store, err := library.OpenURL("s3://team", library.Credentials{KeyID: "id", Secret: secret, Endpoint: server.URL})
		if err != nil {
			t.Fatal(err)
		}
		library.TryAgainAtOnce(store)
		_, _, err = store.List(t.Context())
		tellsWell(t, err, c.want)
		if err := store.Close(); err != nil {
			t.Error(err)
		}
		server.Close()
	}
	for _, c := range []struct {
		location string
		creds    library.Credentials
		want     string
	}{
		{"s3://team", library.Credentials{KeyID: "id", Secret: secret, Endpoint: "http://127.0.0.1:1"}, "nobody answers"},
		{"s3://team", library.Credentials{KeyID: "id", Secret: secret, Endpoint: "http://no-such-host.invalid"}, "its host is not known"},
		{"s3://team", library.Credentials{Secret: secret}, "an access key has two parts"},
		{"gs://team", library.Credentials{Secret: secret}, "not the JSON of a service account's key"},
		{"azblob://team", library.Credentials{Secret: secret}, "the name of its storage account is not set"},
		{"azblob://team", library.Credentials{KeyID: "acc", Secret: "%%" + secret}, "neither an account's key nor a SAS token"},
	} {
		store, err := library.OpenURL(c.location, c.creds)
		if err != nil {
			t.Fatal(err)
		}
		library.TryAgainAtOnce(store)
		_, _, err = store.List(t.Context())
		tellsWell(t, err, c.want)
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
}

func tellsWell(t *testing.T, err error, want string) {
	t.Helper()
	own, ok := errors.AsType[*library.BucketError](err)
	if !ok || !strings.Contains(own.Error(), want) || strings.Contains(own.Error(), secret) || strings.Contains(own.Error(), "RequestID") {
		t.Errorf("%v; want %q", err, want)
	}
}

// Without credentials of its own the store takes the environment's.
func TestCredentialsOfTheEnvironment(t *testing.T) {
	f := newS3(t)
	f.put(t, "a.ibt", long().Bytes())
	t.Setenv("AWS_ACCESS_KEY_ID", "from-the-environment")
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
	var mu sync.Mutex
	signed := ""
	f.set(func(_ http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		signed = r.Header.Get("Authorization")
		return false
	})
	list := func(location, want string) {
		t.Helper()
		store, err := library.OpenURL(location)
		if err != nil {
			t.Fatal(err)
		}
		files, _, err := store.List(t.Context())
		mu.Lock()
		defer mu.Unlock()
		if err != nil || len(files) != 1 || !strings.Contains(signed, want) || want == "" && signed != "" {
			t.Errorf("%s: %d files, signed %q, %v", location, len(files), signed, err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
	endpoint := "endpoint=" + url.QueryEscape(f.url)
	list("s3://team?"+endpoint, "from-the-environment")
	list("s3://team?region=eu-north-1&"+endpoint, "eu-north-1")
	list("s3://team?anonymous=true&"+endpoint, "")
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	store, err := library.OpenURL("s3://team?" + endpoint)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = store.List(t.Context())
	tellsWell(t, err, "no credentials are set")
	if err := store.Close(); err != nil {
		t.Error(err)
	}
}
