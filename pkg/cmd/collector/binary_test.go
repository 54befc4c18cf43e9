package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// asBinary makes the test binary be the collector: what tests start is a process of its own, with its own arguments,
// variables and signals.
const asBinary = "COLLECTOR_AS_BINARY"

// process is a collector that a test has started.
type process struct {
	t        *testing.T
	cmd      *exec.Cmd
	out, err terminal
	done     chan struct{}
}

// built is the collector's executable without the race detector, which is made once. A test binary without it is as good.
var built = sync.OnceValues(func() (string, error) {
	if info, ok := debug.ReadBuildInfo(); ok && !slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		return os.Executable()
	}
	dir, err := os.MkdirTemp("", "collector")
	if err != nil {
		return "", err
	}
	removeBuilt = func() { _ = os.RemoveAll(dir) }
	binary := filepath.Join(dir, "collector")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the collector: %w\n%s", err, out)
	}
	return binary, nil
})

// removeBuilt is called when all tests have ended.
var removeBuilt = func() {}

// start starts a collector with nothing in its environment but env. It is the test binary, and so has the race detector
// where that has it.
func start(t *testing.T, env map[string]string, in io.Reader, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return startAs(t, self, env, in, args...)
}

func startAs(t *testing.T, binary string, env map[string]string, in io.Reader, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(binary, args...), done: make(chan struct{})}
	p.cmd.Env = []string{asBinary + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "GORACE=" + os.Getenv("GORACE"), "TZ=UTC"}
	for name, value := range env {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = in, &p.out, &p.err
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // the exit code tells
		close(p.done)
	}()
	t.Cleanup(func() { p.end(syscall.SIGKILL) })
	return p
}

// end sends a signal and waits for the end.
func (p *process) end(signal syscall.Signal) result {
	select {
	case <-p.done:
	default:
		_ = p.cmd.Process.Signal(signal) // it may have ended meanwhile
	}
	return p.wait()
}

// wait waits for the end.
func (p *process) wait() result {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(2 * time.Minute):
		_ = p.cmd.Process.Kill()
		<-p.done
		p.t.Errorf("%s did not end", p.cmd.Args)
	}
	return result{p.cmd.ProcessState.ExitCode(), p.out.String(), p.err.String()}
}

// until waits for something to become true.
func (p *process) until(what string, f func() bool) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	for !f() {
		select {
		case <-p.done:
			if f() {
				return
			}
			p.t.Fatalf("it ended before %s:\n%s%s", what, p.out.String(), p.err.String())
		case <-ctx.Done():
			p.t.Fatalf("a minute went by without %s:\n%s%s", what, p.out.String(), p.err.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// startBuilt starts a collector as users have it: built, and without the race detector, with which each takes ten times as
// long.
func startBuilt(t *testing.T, env map[string]string, args ...string) *process {
	t.Helper()
	binary, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return startAs(t, binary, env, nil, args...)
}

// collector runs a command to its end, as users have it.
func collector(t *testing.T, env map[string]string, args ...string) result {
	t.Helper()
	return startBuilt(t, env, args...).wait()
}

// want fails the test unless the command ended with a code and said all of some texts.
func (r result) want(t *testing.T, code int, texts ...string) {
	t.Helper()
	if r.code != code {
		t.Fatalf("it ended with %d and not %d:\n%s%s", r.code, code, r.out, r.err)
	}
	for _, text := range texts {
		if !strings.Contains(r.out+r.err, text) {
			t.Errorf("it does not say %q:\n%s%s", text, r.out, r.err)
		}
	}
}

// cmdline is what the list of processes shows, on Linux.
func (p *process) cmdline() string {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/cmdline")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		p.t.Error(err)
	}
	return string(bytes.ReplaceAll(b, []byte{0}, []byte{' '}))
}
