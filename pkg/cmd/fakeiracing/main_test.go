package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// output is what the program has written so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// What the program tells to do works.
func TestRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out output
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"-addr", "127.0.0.1:0", "-races", "10", "-faults", "503-nothing"}, &out)
	}()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "maintenance") {
		t.Errorf("a fault there is not: %v", err)
	}
	go func() {
		ended <- run(ctx, []string{"-addr", "127.0.0.1:0", "-races", "10", "-faults", "maintenance:/data/car/,404:/data/track/:1"}, &out)
	}()
	command := regexp.MustCompile(`curl -H 'Authorization: (Bearer \S+)' (\S+)`)
	var told []string
	for deadline := time.Now().Add(20 * time.Second); told == nil && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		told = command.FindStringSubmatch(out.String())
	}
	if told == nil {
		t.Fatalf("it tells no command: %s", out.String())
	}
	client := http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	get := func(address string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", told[1])
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(body)
	}
	if status, body := get(told[2]); status != http.StatusOK || !strings.Contains(body, `"link"`) {
		t.Errorf("the command answers %d %s", status, body)
	}
	car := strings.Replace(told[2], "/data/member/info", "/data/car/get", 1)
	if status, _ := get(car); status != http.StatusServiceUnavailable {
		t.Errorf("with maintenance it answers %d", status)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
