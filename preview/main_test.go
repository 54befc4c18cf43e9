package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestRun plays what the page asks with a plugin that gives back what it is asked, in a process of its own.
func TestRun(t *testing.T) {
	dist, web := buildDist(t), t.TempDir()
	write(t, filepath.Join(web, "index.html"), "<title>Preview</title>")
	telemetry := t.TempDir()

	ctx, stop := context.WithCancel(t.Context())
	stdout, announced := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"-addr", ":0", "-dist", dist, "-web", web, "-telemetry", telemetry}, announced, os.Stderr)
	}()
	var base string
	if _, err := fmt.Fscan(stdout, &base); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(base, "http://127.0.0.1:") {
		t.Fatalf("listens on %s, want the loopback interface", base)
	}

	t.Run("pages and the plugin's files", func(t *testing.T) {
		for path, want := range map[string]string{
			"/":                                      "<title>Preview</title>",
			"/d/lap":                                 "<title>Preview</title>",
			"/datasources/edit/iracing":              "<title>Preview</title>",
			"/public/plugins/echo/module.js":         "define();",
			"/public/build/img/icons/unicons/no.svg": `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"/>`,
		} {
			if code, body := call(t, "GET", base+path, ""); code != http.StatusOK || body != want {
				t.Errorf("%s answers %d %s", path, code, body)
			}
		}
		if code, body := call(t, "GET", base+"/api/annotations", ""); code != http.StatusNotFound || !strings.Contains(body, "/api/annotations") {
			t.Errorf("what Grafana has and the preview lacks answers %d %s", code, body)
		}
	})

	t.Run("dashboards, with the data source they ask for", func(t *testing.T) {
		if _, body := call(t, "GET", base+"/api/search", ""); body != `[{"uid":"lap","title":"Lap","tags":["iracing"]}]` {
			t.Errorf("search answers %s", body)
		}
		if _, body := call(t, "GET", base+"/api/dashboards/uid/lap", ""); !strings.Contains(body, `"uid":"iracing"`) {
			t.Errorf("the dashboard is %s", body)
		}
		if code, _ := call(t, "GET", base+"/api/dashboards/uid/none", ""); code != http.StatusNotFound {
			t.Errorf("no dashboard answers %d", code)
		}
	})

	t.Run("settings, saved and tested", func(t *testing.T) {
		const own = "/api/datasources/uid/iracing"
		quoted, err := json.Marshal(map[string]string{"telemetryUrl": telemetry})
		if err != nil {
			t.Fatal(err)
		}
		if _, body := call(t, "GET", base+own+"/health", ""); !strings.Contains(body, `"details":`+string(quoted)) {
			t.Errorf("the plugin has the settings %s, want %s", body, quoted)
		}
		in := `{"jsonData":{"telemetryUrl":"elsewhere"},"secureJsonData":{"key":"secret"}}`
		if code, body := call(t, "PUT", base+own, in); code != http.StatusOK || strings.Contains(body, "secret") {
			t.Errorf("saving answers %d %s", code, body)
		}
		_, saved := call(t, "GET", base+own, "")
		if !strings.Contains(saved, `"telemetryUrl":"elsewhere"`) || !strings.Contains(saved, `"secureJsonFields":{"key":true}`) || strings.Contains(saved, "secret") {
			t.Errorf("saved is %s", saved)
		}
		if _, body := call(t, "GET", base+own+"/health", ""); !strings.Contains(body, "elsewhere") || !strings.Contains(body, "Echo secret") {
			t.Errorf("the plugin has the settings %s", body)
		}
	})

	t.Run("queries and resources", func(t *testing.T) {
		code, body := call(t, "POST", base+"/api/ds/query", `{"from":"0","to":"1","queries":[{"refId":"A","lap":12}]}`)
		if code != http.StatusOK || !strings.Contains(body, `"lap":12`) {
			t.Errorf("a query answers %d %s", code, body)
		}
		code, body = call(t, "POST", base+"/api/ds/query", `{"from":"0","to":"1","queries":[{"refId":"A","queryType":"bad"}]}`)
		if code != http.StatusBadRequest || !strings.Contains(body, "no such lap") {
			t.Errorf("a bad query answers %d %s", code, body)
		}
		code, body = call(t, "POST", base+"/api/ds/query", `{"from":"now","to":"1"}`)
		if code != http.StatusBadRequest || !strings.Contains(body, "milliseconds") {
			t.Errorf("a bad time answers %d %s", code, body)
		}
		code, body = call(t, "GET", base+"/api/datasources/uid/iracing/resources/laps/best?lap=12", "")
		if code != http.StatusTeapot || body != "/laps/best" {
			t.Errorf("a resource answers %d %s", code, body)
		}
		code, _ = call(t, "POST", base+"/api/datasources/uid/iracing/resources/laps", strings.Repeat("x", maxBody+1))
		if code != http.StatusRequestEntityTooLarge {
			t.Errorf("too large a body answers %d", code)
		}
	})

	t.Run("no other page", func(t *testing.T) {
		for name, change := range map[string]func(*http.Request){
			"host":       func(r *http.Request) { r.Host = "rebound.example" },
			"origin":     func(r *http.Request) { r.Header.Set("Origin", "http://elsewhere.example") },
			"null":       func(r *http.Request) { r.Header.Set("Origin", "null") },
			"cross site": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		} {
			if code, _ := call(t, "GET", base+"/api/search", "", change); code != http.StatusForbidden {
				t.Errorf("a foreign %s answers %d", name, code)
			}
		}
		same := func(r *http.Request) { r.Header.Set("Origin", base) }
		if code, _ := call(t, "GET", base+"/api/search", "", same); code != http.StatusOK {
			t.Errorf("its own page answers %d", code)
		}
	})

	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("stopping gave %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("does not stop")
	}
	if conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(base, "http://")); err == nil {
		_ = conn.Close()
		t.Error("still listens after it was stopped")
	}
}

func TestRunSaysWhatIsMissing(t *testing.T) {
	dist := t.TempDir()
	write(t, filepath.Join(dist, "plugin.json"), "{}")
	for want, args := range map[string][]string{
		"module.js is missing: run go tool mage build":                         {"-dist", dist},
		"the preview listens on the loopback interface only":                   {"-addr", "0.0.0.0:3400"},
		"want host:port, such as 127.0.0.1:3400":                               {"-addr", "3400"},
		`there is nothing to do with "dashboards"`:                             {"dashboards"},
		"index.html is missing: run npm --prefix preview run build":            {"-web", t.TempDir()},
		"127.0.0.1:0 takes a free port":                                        {"-addr", taken(t)},
		filepath.Join("none", "plugin.json") + " is missing: run go tool mage": {"-dist", "none"},
	} {
		t.Run(want, func(t *testing.T) {
			if strings.HasPrefix(args[0], "-addr") || args[0] == "-web" {
				whole, web := completeDist(t), t.TempDir()
				write(t, filepath.Join(web, "index.html"), "")
				args = append([]string{"-dist", whole, "-web", web}, args...)
			}
			err := run(t.Context(), args, io.Discard, io.Discard)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// completeDist has every file of a built plugin; the executable is empty.
func completeDist(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "plugin.json"), `{"id":"echo","name":"Echo","executable":"gpx_echo"}`)
	write(t, filepath.Join(dir, "module.js"), "define();")
	write(t, filepath.Join(dir, "dashboards", "lap.json"), `{"uid":"lap","title":"Lap","tags":["iracing"],`+
		`"__inputs":[{"name":"DS_IRACING","type":"datasource"}],"panels":[{"datasource":{"uid":"${DS_IRACING}"}}]}`)
	name := "gpx_echo_" + runtime.GOOS + "_" + runtime.GOARCH
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	write(t, filepath.Join(dir, name), "")
	return dir
}

// buildDist has a real executable: the plugin of the tests of plugintest.
func buildDist(t *testing.T) string {
	t.Helper()
	dir := completeDist(t)
	built, err := openDist(dir)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", built.binary(), "../pkg/plugintest/testdata/plugin").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

func taken(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func call(t *testing.T, method, url, body string, changes ...func(*http.Request)) (status int, answer string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range changes {
		change(req)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(raw)
}
