// Package promtest runs the installed Prometheus and its promtool for tests: on loopback, with a database of its own,
// ended with the test.
package promtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Options of a server.
type Options struct {
	OutOfOrder string   // how far behind the newest sample others are taken, such as 90d; "" means not at all
	Retention  string   // "" means 30y
	Data       string   // folder of the database, such as one that has blocks; "" means a new one
	Rules      []string // files of rules
	Scrape     []string // host:port of what it scrapes every second
	Features   []string // that are switched on, such as native-histograms
}

// Server is a running Prometheus.
type Server struct {
	URL  string // such as http://127.0.0.1:12345
	Data string // the folder of its database
}

// WriteURL is where it takes remote write.
func (s *Server) WriteURL() string { return s.URL + "/api/v1/write" }

// Start starts a server that takes remote write, and waits until it is ready. It is stopped when the test ends.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	dir := t.TempDir()
	s := &Server{Data: o.Data}
	if s.Data == "" {
		s.Data = filepath.Join(dir, "data")
	}
	o.Rules = slices.Clone(o.Rules)
	if o.Retention == "" {
		o.Retention = "30y"
	}
	for i, file := range o.Rules {
		path, err := filepath.Abs(file)
		if err != nil {
			t.Fatal(err)
		}
		o.Rules[i] = path // the server looks for them beside its configuration
	}
	config := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(config, []byte(o.yaml()), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{
		"--config.file=" + config, "--storage.tsdb.path=" + s.Data, "--storage.tsdb.retention.time=" + o.Retention,
		"--web.enable-remote-write-receiver",
	}
	if len(o.Features) > 0 {
		args = append(args, "--enable-feature="+strings.Join(o.Features, ","))
	}
	var err error
	for range 3 { // another process may take the port between the moment that it is found free and the start
		if err = s.run(t, args); err == nil {
			return s
		}
	}
	t.Fatal(err)
	return nil
}

// yaml is the configuration.
func (o *Options) yaml() string {
	var b strings.Builder
	b.WriteString("global:\n  scrape_interval: 1s\n  evaluation_interval: 1s\n")
	if o.OutOfOrder != "" {
		fmt.Fprintf(&b, "storage:\n  tsdb:\n    out_of_order_time_window: %s\n", o.OutOfOrder)
	}
	if len(o.Rules) > 0 {
		b.WriteString("rule_files:\n")
		for _, file := range o.Rules {
			fmt.Fprintf(&b, "  - %s\n", strconv.Quote(file))
		}
	}
	if len(o.Scrape) > 0 {
		b.WriteString("scrape_configs:\n  - job_name: test\n    static_configs:\n      - targets:\n")
		for _, address := range o.Scrape {
			fmt.Fprintf(&b, "          - %s\n", strconv.Quote(address))
		}
	}
	return b.String()
}

// run starts the server once.
func (s *Server) run(t testing.TB, args []string) error {
	address, err := freeAddress()
	if err != nil {
		return err
	}
	path := find(t, "prometheus")
	var log output
	cmd := exec.Command(path, append(args, "--web.listen-address="+address)...)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		return err
	}
	// Whoever ends the server waits for it: what follows, or the cleanup.
	ended := make(chan struct{})
	var end error
	go func() { defer close(ended); end = cmd.Wait() }()
	s.URL = "http://" + address
	deadline := time.Now().Add(30 * time.Second)
	for !ready(s.URL) {
		select {
		case <-ended:
			return fmt.Errorf("prometheus ended at its start: %w\n%s", end, log.String())
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			_ = cmd.Process.Kill()
			<-ended
			return fmt.Errorf("prometheus is not ready after 30 s\n%s", log.String())
		}
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(30 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
		if t.Failed() {
			t.Logf("what Prometheus wrote:\n%s", log.String())
		}
	})
	return nil
}

func ready(url string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, err := get(ctx, url+"/-/ready")
	return err == nil
}

// Tool runs promtool with a standard input and answers what it writes.
func Tool(t testing.TB, stdin string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(find(t, "promtool"), args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// find is the path of an installed program of Prometheus. A test that lacks it is skipped, but where changes are checked.
func find(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
	case os.Getenv("CI") == "":
		t.Skipf("%s is not installed; install Prometheus (Debian: apt install prometheus)", name)
	default:
		t.Fatalf("%s is not installed; install Prometheus (Debian: apt install prometheus)", name)
	}
	return path
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}

func get(ctx context.Context, url string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", answer.Status, body)
	}
	return body, err
}

// output keeps what the server writes, which it does while a test reads it.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}
