package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/plugintest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// The tokens of the service accounts, which must turn up nowhere.
const (
	editorToken = "glsa_canary-Editor-1"
	viewerToken = "glsa_canary-Viewer-2"
	nobodyToken = "glsa_canary-Nobody-3"
)

// grafanaServer is a web server that does with requests for a data source what Grafana does: it knows service accounts and
// data sources, and hands the request to the compiled plugin.
type grafanaServer struct {
	*httptest.Server
	t      *testing.T
	plugin *plugintest.Process

	mu       sync.Mutex
	sources  map[string]backend.PluginContext // by uid
	requests int
	received int64                                             // bytes of parts that came through
	between  func(w http.ResponseWriter, r *http.Request) bool // answers in place of Grafana
}

func newGrafanaServer(t *testing.T, binary string) *grafanaServer {
	t.Helper()
	g := &grafanaServer{t: t, sources: map[string]backend.PluginContext{}}
	var err error
	if g.plugin, err = plugintest.Start(t.Context(), plugintest.Options{Binary: binary, Env: []string{"XDG_CACHE_HOME=" + t.TempDir()}}); err != nil {
		t.Fatal(err)
	}
	g.Server = httptest.NewServer(g)
	t.Cleanup(func() { g.Close(); g.plugin.Kill() })
	return g
}

// source sets a data source up with a database. Files of at most 3 MB are taken, and 6 MB together.
func (g *grafanaServer) source(uid, dsn string, change func(*models.Settings)) {
	g.t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		g.t.Fatal(err)
	}
	settings := models.Settings{
		DatabaseHost: u.Host, DatabaseName: strings.TrimPrefix(u.Path, "/"), DatabaseUser: u.User.Username(), DatabaseTLS: models.DatabaseTLSDisable,
		Uploads: true, UploadFileMB: 3, UploadTotalMB: 6,
	}
	secrets := map[string]string{"tokenKey": "a key"}
	if p, ok := u.User.Password(); ok {
		secrets["databasePassword"] = p
	}
	if change != nil {
		change(&settings)
	}
	pc, err := plugintest.Instance{PluginID: datasource.PluginID, UID: uid, JSONData: settings, SecureJSONData: secrets}.Context()
	if err != nil {
		g.t.Fatal(err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sources[uid] = pc
}

// put sets what stands between the collector and Grafana; nil is nothing.
func (g *grafanaServer) put(between func(w http.ResponseWriter, r *http.Request) bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.between, g.requests, g.received = between, 0, 0
}

// counted is how many requests came, and bytes of parts, since put.
func (g *grafanaServer) counted() (requests int, received int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.requests, g.received
}

func (g *grafanaServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	g.requests++
	between := g.between
	g.mu.Unlock()
	if between != nil && between(w, r) {
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the collector has gone
	}
	role, known := map[string]string{"Bearer " + editorToken: "Editor", "Bearer " + viewerToken: "Viewer"}[r.Header.Get("Authorization")]
	if !known {
		grafanaSays(w, http.StatusUnauthorized, "Invalid API key")
		return
	}
	rest, ok := strings.CutPrefix(r.URL.RequestURI(), "/grafana/api/datasources/uid/")
	uid, resource, ok2 := strings.Cut(rest, "/resources/")
	if !ok || !ok2 {
		grafanaSays(w, http.StatusNotFound, "Not found")
		return
	}
	g.mu.Lock()
	pc, known := g.sources[uid]
	if known && r.Method == http.MethodPut {
		g.received += int64(len(body))
	}
	g.mu.Unlock()
	if !known {
		grafanaSays(w, http.StatusInternalServerError, "Unable to load datasource metadata")
		return
	}
	pc.User = &backend.User{Login: "sa-1-pit-wall", Role: role}
	headers := maps.Clone(r.Header)
	headers.Del("Authorization") // as Grafana does: it is not the plugin's business
	path, _, _ := strings.Cut(resource, "?")
	begun := false
	err = g.plugin.CallResource(r.Context(), &backend.CallResourceRequest{
		PluginContext: pc, Method: r.Method, Path: path, URL: resource, Body: body, Headers: headers,
	}, backend.CallResourceResponseSenderFunc(func(part *backend.CallResourceResponse) error {
		if !begun {
			begun = true
			maps.Copy(w.Header(), part.Headers)
			w.WriteHeader(part.Status)
		}
		_, err := w.Write(part.Body)
		return err
	}))
	if err != nil && !begun {
		grafanaSays(w, http.StatusInternalServerError, "Plugin request failed")
	}
}

func grafanaSays(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": message})
}

// parts lets requests through that are no larger than a proxy allows.
func parts(most int64) func(w http.ResponseWriter, r *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.ContentLength <= most {
			return false
		}
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		_, _ = io.WriteString(w, "<html><h1>413 Request Entity Too Large</h1></html>")
		return true
	}
}

// env is the environment of a collector that uploads to a data source.
func (g *grafanaServer) env(uid, token string) map[string]string {
	return map[string]string{"GRAFANA_URL": g.URL + "/grafana/", "GRAFANA_DATASOURCE_UID": uid, "GRAFANA_TOKEN": token, "LOG_LEVEL": "trace"}
}

// uploads runs an upload to its end, and looks whether it tells a token.
func (g *grafanaServer) uploads(t *testing.T, env map[string]string, args ...string) result {
	t.Helper()
	return keptSecret(t, collector(t, env, append([]string{"upload"}, args...)...))
}

func keptSecret(t *testing.T, r result) result {
	t.Helper()
	for _, token := range []string{editorToken, viewerToken, nobodyToken} {
		if strings.Contains(r.out+r.err, token) {
			t.Errorf("a token is told:\n%s%s", r.out, r.err)
		}
	}
	return r
}

// sessions is how many sessions a data source lists.
func (g *grafanaServer) sessions(uid string) int {
	g.t.Helper()
	g.mu.Lock()
	pc := g.sources[uid]
	g.mu.Unlock()
	res, err := g.plugin.GetResource(g.t.Context(), pc, "sessions")
	var list []models.Option
	if err != nil || json.Unmarshal(res.Body, &list) != nil {
		g.t.Fatalf("the sessions are %s, %v", res.Body, err)
	}
	return len(list)
}

// files is how many whole files a data source has.
func (g *grafanaServer) files(uid string) (n int) {
	g.t.Helper()
	g.mu.Lock()
	pc := g.sources[uid]
	g.mu.Unlock()
	res, err := g.plugin.GetResource(g.t.Context(), pc, "uploads")
	var list []models.Upload
	if err != nil || json.Unmarshal(res.Body, &list) != nil {
		g.t.Fatalf("the uploads are %s, %v", res.Body, err)
	}
	for _, u := range list {
		if u.Done {
			n++
		}
	}
	return n
}

// migrated is a database with the schema and nothing in it.
func migrated(t *testing.T) string {
	t.Helper()
	return pgtest.Copy(t, "migrated", func(dsn string) error {
		st, err := store.New(store.Config{URL: dsn})
		if err != nil {
			return err
		}
		defer st.Close()
		return st.Ready(context.Background())
	})
}

// drives writes recordings of a minute and a half, of more than 1 MB each.
func drives(t *testing.T, n int) (dir string, size int64) {
	t.Helper()
	dir = t.TempDir()
	for i := range n {
		path := ibttest.Drive{Start: time.Date(2025, 4, 1+i, 12, 0, 0, 0, time.UTC), Laps: []float64{40, 40, 40}}.Write(t, dir)
		st, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		size += st.Size()
	}
	return dir, size
}

// The command, as it is started on a driver's PC, against the plugin, as Grafana runs it.
func TestUploadToAGrafana(t *testing.T) {
	binary, err := plugintest.Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	g := newGrafanaServer(t, binary)
	t.Run("all goes well", func(t *testing.T) {
		g.source("well", migrated(t), nil)
		g.put(nil)
		dir, size := drives(t, 2)
		env := g.env("well", "")
		file := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(file, []byte(editorToken+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		env["GRAFANA_TOKEN_FILE"], env["TELEMETRY_URL"] = file, dir
		g.uploads(t, env).want(t, 0, "2 files (", " sent to "+g.URL+"/grafana in ")
		if _, received := g.counted(); received != size {
			t.Errorf("%d bytes were sent of files of %d", received, size)
		}
		if n := g.sessions("well"); n != 2 {
			t.Errorf("Grafana lists %d sessions", n)
		}
		g.uploads(t, g.env("well", editorToken), dir).want(t, 0, "0 files (0 B) sent", "2 there before")
		g.uploads(t, g.env("well", editorToken), dir, "--check").want(t, 0, "2 files (", " compared at "+g.URL+"/grafana in ")
		if _, received := g.counted(); received != size {
			t.Errorf("what was there is sent again: %d bytes of %d", received, size)
		}
		doctor := g.env("well", editorToken)
		doctor["IRACING_PUBLIC_URL"], doctor["LISTEN_ADDR"] = g.URL, "off"
		keptSecret(t, collector(t, doctor, "doctor")).want(t, 0, "ok    upload", g.URL+"/grafana can be asked what it holds")
	})
	t.Run("it is broken off", func(t *testing.T) { g.brokenOff(t) })
	t.Run("files that come later", func(t *testing.T) { g.watched(t) })
	t.Run("it comes back", func(t *testing.T) {
		g.source("back", migrated(t), nil)
		dir, _ := drives(t, 1)
		var mu sync.Mutex
		away := 1
		g.put(func(w http.ResponseWriter, _ *http.Request) bool {
			mu.Lock()
			defer mu.Unlock()
			if away--; away < 0 {
				return false
			}
			w.WriteHeader(http.StatusBadGateway)
			return true
		})
		g.uploads(t, g.env("back", editorToken), dir).want(t, 0, "Grafana is asked again", "answers with status 502", "1 file (")
	})
	t.Run("it is refused", func(t *testing.T) { g.refused(t) })
	t.Run("files are refused", func(t *testing.T) { g.filesRefused(t) })
}

// brokenOff is an upload that is interrupted, then killed, then done.
func (g *grafanaServer) brokenOff(t *testing.T) {
	g.source("off", migrated(t), nil)
	dir, size := drives(t, 2)
	const part = 256 << 10 // what is let through
	small := parts(part + 1000)
	for _, c := range []struct {
		signal syscall.Signal
		code   int
		want   string
	}{{os.Interrupt.(syscall.Signal), 130, "collector: interrupted\n"}, {syscall.SIGKILL, -1, ""}, {syscall.SIGTERM, 130, "collector: interrupted\n"}} {
		// The second part stays on its way until the collector has gone.
		var mu sync.Mutex
		n := 0
		arrived, gone := make(chan struct{}), make(chan struct{})
		g.put(func(w http.ResponseWriter, r *http.Request) bool {
			if small(w, r) || r.Method != http.MethodPut {
				return r.ContentLength > part+1000
			}
			mu.Lock()
			n++
			last := n == 2
			mu.Unlock()
			if last {
				close(arrived)
				<-gone
			}
			return last
		})
		p := start(t, g.env("off", editorToken), nil, "upload", dir)
		select {
		case <-arrived:
		case <-p.done:
			t.Fatalf("it ended before a second part:\n%s", p.err.String())
		}
		if list := p.cmdline(); strings.Contains(list, editorToken) {
			t.Errorf("the list of processes tells the token: %s", list)
		}
		r := keptSecret(t, p.end(c.signal))
		close(gone)
		r.want(t, c.code, c.want)
		if _, received := g.counted(); received != part {
			t.Errorf("%d bytes came before the signal", received)
		}
	}
	g.put(small)
	g.uploads(t, g.env("off", editorToken), dir).want(t, 0, "2 files (")
	if _, received := g.counted(); received != size-3*part {
		t.Errorf("it did not go on where it was: %d bytes of %d came", received, size)
	}
	if n := g.sessions("off"); n != 2 {
		t.Errorf("Grafana lists %d sessions", n)
	}
}

// watched is a command that stays and sends what is driven meanwhile.
func (g *grafanaServer) watched(t *testing.T) {
	g.source("later", migrated(t), nil)
	g.put(nil)
	dir, _ := drives(t, 1)
	p := start(t, g.env("later", editorToken), nil, "upload", dir, "--watch", "--settle", "1ns")
	p.until("the first file", func() bool { return strings.Contains(p.err.String(), "A file is there") })
	keptSecret(t, p.end(syscall.SIGTERM)).want(t, 0, "Watching for telemetry files")
	if n := g.sessions("later"); n != 1 {
		t.Errorf("Grafana lists %d sessions", n)
	}
}

// refused is all that ends an upload: each tells what to do, and what nobody has to mend ends with a code of its own.
func (g *grafanaServer) refused(t *testing.T) {
	dsn := migrated(t)
	g.source("right", dsn, nil)
	g.source("turned-off", dsn, func(s *models.Settings) { s.Uploads = false })
	g.source("nowhere", dsn, func(s *models.Settings) { s.DatabaseHost = "" })
	g.source("dark", "postgres://nobody@127.0.0.1:1/x", nil)
	dir, _ := drives(t, 1)
	answers := func(status int, body string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
			return true
		}
	}
	for name, c := range map[string]struct {
		uid, token string
		change     map[string]string
		args       []string
		between    func(http.ResponseWriter, *http.Request) bool
		code       int
		want       string
		requests   int // how often Grafana is asked at most: nothing is tried again that cannot work
	}{
		"a token that is not known":  {uid: "right", token: nobodyToken, code: 1, want: "does not know the token; it may have expired or been deleted", requests: 1},
		"a viewer":                   {uid: "right", token: viewerToken, code: 1, want: "does not let this service account upload; give it the role Editor", requests: 1},
		"another data source":        {uid: "another", token: editorToken, code: 1, want: "has no data source with the UID another that takes uploads", requests: 1},
		"uploads are turned off":     {uid: "turned-off", token: editorToken, code: 1, want: "takes no uploads: Uploads are not turned on", requests: 1},
		"there is no database":       {uid: "nowhere", token: editorToken, code: 1, want: "takes no uploads: Uploaded files are kept in a database", requests: 1},
		"the database is away":       {uid: "dark", token: editorToken, args: []string{"--patience", "1ns"}, code: 3, want: "database cannot be reached", requests: 1},
		"nobody listens":             {uid: "right", token: editorToken, args: []string{"--patience", "1ns", "--grafana", "http://127.0.0.1:1"}, code: 3, want: "Grafana at http://127.0.0.1:1 cannot be reached: nobody answers"},
		"https where there is none":  {uid: "right", token: editorToken, args: []string{"--grafana", strings.Replace(g.URL, "http:", "https:", 1)}, code: 1, want: "it does not speak TLS"},
		"a page of something else":   {uid: "right", token: editorToken, between: answers(200, "<html>welcome</html>"), code: 1, want: "does not answer as a Grafana with this plugin does", requests: 1},
		"a proxy that is overloaded": {uid: "right", token: editorToken, args: []string{"--patience", "1ns"}, between: answers(503, "<html>busy</html>"), code: 3, want: "answers with status 503", requests: 1},
		"an answer with the token":   {uid: "right", token: editorToken, between: answers(507, `{"message":"no room for `+editorToken+`"}`), code: 1, want: "no room for …", requests: 1},
		"another path":               {uid: "right", token: editorToken, change: map[string]string{"GRAFANA_URL": g.URL}, code: 1, want: "has no data source with the UID right", requests: 1},
		"no address":                 {uid: "right", token: editorToken, change: map[string]string{"GRAFANA_URL": "grafana.example"}, code: 1, want: "it looks like https://grafana.example.com"},
		"a token in the address":     {uid: "right", token: editorToken, change: map[string]string{"GRAFANA_URL": "https://api:" + editorToken + "@grafana.example"}, code: 2, want: "without credentials"},
		"a path for a uid":           {uid: "../../x", token: editorToken, code: 1, want: "is no UID of a data source"},
		"no token":                   {uid: "right", code: 2, want: "GRAFANA_TOKEN"},
		"a token that is none":       {uid: "right", token: editorToken + "\nX-Evil: 1", code: 1, want: "the token of the service account is missing, or is none"},
		"no uid":                     {token: editorToken, code: 2, want: "--grafana-uid"},
		"a bucket, too":              {uid: "right", token: editorToken, args: []string{"--to", "database"}, code: 2, want: "exclude each other"},
	} {
		t.Run(name, func(t *testing.T) {
			g.put(c.between)
			env := g.env(c.uid, c.token)
			maps.Copy(env, c.change)
			if name == "a bucket, too" {
				env["DATABASE_URL"] = dsn
			}
			g.uploads(t, env, append([]string{dir}, c.args...)...).want(t, c.code, c.want)
			if requests, received := g.counted(); requests > c.requests || received > 0 {
				t.Errorf("%d requests and %d bytes came", requests, received)
			}
		})
	}
	const gone = "/nowhere/at/all"
	r := g.uploads(t, g.env("right", editorToken), gone)
	r.want(t, 1, "the telemetry folder "+gone+" does not exist on the machine that looks for it")
	if strings.Contains(r.err, "Grafana") {
		t.Errorf("it blames Grafana for a folder of its own:\n%s", r.err)
	}
	if n := g.sessions("right"); n != 0 {
		t.Errorf("Grafana lists %d sessions", n)
	}
}

// filesRefused is what is wrong with files, or with how many there are, and leaves the others alone.
func (g *grafanaServer) filesRefused(t *testing.T) {
	g.source("small", migrated(t), nil)
	dir, _ := drives(t, 2)
	large := filepath.Join(dir, "large.ibt")
	if err := os.WriteFile(large, bytes.Repeat([]byte("large"), 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "broken.ibt"), bytes.Repeat([]byte("no telemetry "), 100), 0o600); err != nil {
		t.Fatal(err)
	}
	g.put(nil)
	g.uploads(t, g.env("small", editorToken), dir).want(t, 1, "2 files (", "2 failed",
		"large.ibt: The file has 5 MB, and at most 3 MB are taken", "broken.ibt: The file is no telemetry")
	if n := g.sessions("small"); n != 2 {
		t.Errorf("Grafana lists %d sessions", n)
	}
	more, _ := drives(t, 8)
	for _, name := range []string{large, filepath.Join(dir, "broken.ibt")} {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	g.uploads(t, g.env("small", editorToken), more).want(t, 1, "so there is no room for this one; delete some first")
	if n := g.files("small"); n != 5 {
		t.Errorf("Grafana has %d files", n)
	}
	// A proxy that lets nothing through at all.
	g.put(parts(1000))
	g.uploads(t, g.env("small", editorToken), dir, "--check").want(t, 0, "2 files")
	other := t.TempDir()
	ibttest.Drive{Start: time.Date(2025, 5, 1, 12, 0, 0, 0, time.UTC), Laps: []float64{20}}.Write(t, other)
	g.source("small", migrated(t), nil)
	g.put(parts(1000))
	g.uploads(t, g.env("small", editorToken), other).want(t, 1, "client_max_body_size")
}
