package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
)

// objects reads a log that is one JSON object a line.
func objects(t *testing.T, log string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(log) {
		var o map[string]any
		if err := json.Unmarshal([]byte(line), &o); err != nil || o["@message"] == "" || o["@level"] == "" {
			t.Errorf("a line is no object of the log: %q, %v", line, err)
		}
		all = append(all, o)
	}
	return all
}

// Whatever a command tells is JSON where that is asked for: its log, its summary, and why it failed.
func TestAllIsJSON(t *testing.T) {
	s := newSetting(t)
	asJSON := func(changes ...string) map[string]string { return s.with(append(changes, "LOG_FORMAT", "json")...) }
	r := collector(t, asJSON(), "run", "--once", "--job", "reference")
	r.want(t, 0)
	timed := 0
	for _, o := range objects(t, r.err) {
		if seconds, ok := o["took_seconds"].(float64); ok && seconds > 0 && seconds < 60 {
			timed++
		}
		if took, ok := o["took"]; ok {
			t.Errorf("took is %v, of which nobody knows the unit", took)
		}
	}
	if timed != 2 { // of the job, and of all
		t.Errorf("%d lines tell how many seconds it took:\n%s", timed, r.err)
	}
	collector(t, s.env, "run", "--once", "--job", "reference").want(t, 0, "took=")

	for name, c := range map[string]struct {
		env  map[string]string
		args []string
		code int
		want string
	}{
		"a wrong password":   {asJSON("IRACING_PASSWORD", "wrong", "IRACING_TOKEN_KEY", "k"), []string{"run", "--once", "--job", "me", "--job", "reference"}, 1, "me: iRacing refused"},
		"a wrong flag":       {asJSON(), []string{"run", "--no-such-flag"}, 2, "unknown flag"},
		"by a flag":          {s.env, []string{"run", "--log-format", "json", "--job", "dance"}, 2, "there is no job"},
		"by a flag in vain":  {s.env, []string{"run", "--no-such-flag", "--log-format=json"}, 2, "unknown flag"},
		"before the command": {s.env, []string{"--log-format", "json", "dance"}, 2, "dance"},
		"at no level":        {asJSON("LOG_LEVEL", "off"), []string{"backfill", "--since", "soon"}, 2, "is no time"},
		"a summary":          {asJSON(), []string{"backfill", "--since", "1d"}, 0, "races were collected in"},
	} {
		t.Run(name, func(t *testing.T) {
			r := collector(t, c.env, c.args...)
			if r.code != c.code {
				t.Errorf("it ended with %d", r.code)
			}
			found := false
			for _, o := range objects(t, r.err) {
				found = found || strings.Contains(fmt.Sprint(o["error"], o["@message"]), c.want)
				if o["@level"] == "error" && o["exit_code"] != float64(c.code) {
					t.Errorf("%v does not tell the exit code", o)
				}
			}
			if !found {
				t.Errorf("nothing tells %q:\n%s", c.want, r.err)
			}
		})
	}
}

// What others have written, such as the name of a file, neither forges a line nor makes a terminal do anything.
func TestNamesForgeNothing(t *testing.T) {
	const name = "ev\x1b[31mil\n2026-01-01 00:00:00 [INFO]  forged.ibt"
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("this is no telemetry"), 0o600); err != nil {
		t.Skipf("there can be no such file here: %v", err)
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(dir, name), old, old); err != nil {
		t.Fatal(err)
	}
	s := newSetting(t)
	for _, args := range [][]string{{"ingest", dir}, {"run", "--once", "--job", "telemetry", "--telemetry-url", dir}} {
		for _, format := range []string{"text", "json"} {
			r := collector(t, s.with("LOG_FORMAT", format), args...)
			r.want(t, 1, "forged.ibt")
			for line := range strings.Lines(r.err) {
				if strings.ContainsAny(strings.TrimSuffix(line, "\n"), "\x1b\r\x07") || strings.HasPrefix(line, "2026-01-01 00:00:00 [INFO]  forged") {
					t.Errorf("%s as %s: a line is %q", args[0], format, line)
				}
			}
		}
	}
}

func TestTheLogIsPrintable(t *testing.T) {
	var b bytes.Buffer
	log := newLog(&b, hclog.Info, false).Named("part").With("place", "a\nb")
	log.Warn("about x\x1b[2J\ny", "error", errors.New("1\n2"), "took", 90*time.Second, "n", 3)
	if got := b.String(); strings.Count(got, "\n") != 1 || strings.Contains(got, "\x1b") || !strings.Contains(got, "took=1m30s") || !strings.Contains(got, "collector.part: about x") {
		t.Errorf("it writes %q", got)
	}
	c := &console{err: newScreen(&b)}
	b.Reset()
	c.fail(errors.Join(errors.New("first"), fmt.Errorf("second: %w", errors.New("a\nb"))), 1)
	if got := b.String(); got != "collector: first\ncollector: second: a\\nb\n" {
		t.Errorf("it tells %q", got)
	}
}
