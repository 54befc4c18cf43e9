package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/sys/unix"
)

// pty is a terminal of our own: what is written to the keyboard is typed, and what is read from it is on the screen.
func pty(t *testing.T) (keyboard, term *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("this needs a pseudo terminal: ", err)
	}
	t.Cleanup(func() { _ = keyboard.Close() })
	if err := unix.IoctlSetPointerInt(int(keyboard.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Skip("this needs a pseudo terminal: ", err)
	}
	n, err := unix.IoctlGetInt(int(keyboard.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Skip("this needs a pseudo terminal: ", err)
	}
	term, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("this needs a pseudo terminal: ", err)
	}
	t.Cleanup(func() { _ = term.Close() })
	return keyboard, term
}

func TestASecretThatIsTypedIsNotShown(t *testing.T) {
	keyboard, term := pty(t)
	if f, err := os.Open(os.DevNull); err != nil || isTerminal(f) {
		t.Errorf("no terminal is taken for one, %v", err)
	}
	before, err := unix.IoctlGetTermios(int(term.Fd()), getTermios)
	if err != nil {
		t.Fatal(err)
	}
	prompt := &terminal{}
	typed := false
	prompt.said = func(all string) {
		if strings.HasSuffix(all, ": ") && !typed {
			typed = true
			_, _ = keyboard.WriteString("the secret\n")
		}
	}
	c := &console{in: term, err: newScreen(prompt), env: func(string) string { return "" }}
	got, err := c.read(t.Context(), secret{what: "client secret", env: "X", optional: true})
	if err != nil || got != "the secret" {
		t.Fatalf("got %q, %v", got, err)
	}
	if !strings.HasPrefix(prompt.String(), "Client secret (empty if there is none): ") {
		t.Errorf("the prompt is %q", prompt.String())
	}
	after, err := unix.IoctlGetTermios(int(term.Fd()), getTermios)
	if err != nil || *after != *before {
		t.Errorf("the terminal is not as it was, %v", err)
	}
	// What is typed next is shown, and it is all that is on the screen.
	_, _ = keyboard.WriteString("shown")
	var screen strings.Builder
	for part := make([]byte, 100); !strings.Contains(screen.String(), "shown"); {
		n, err := keyboard.Read(part)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = screen.Write(part[:n])
	}
	if strings.Contains(screen.String(), "secret") {
		t.Errorf("the screen shows %q", screen.String())
	}
	if _, err := keyboard.WriteString("\n\x04"); err != nil { // the end of what is typed, for who reads it
		t.Error(err)
	}
	for range c.lines { //nolint:revive // until the end
	}
}

// onTerminal runs a collector at a terminal of some columns, and answers its exit code and what the screen got. What is typed
// is the answer to the first question.
func onTerminal(t *testing.T, env map[string]string, columns int, typed string, args ...string) (code int, screen string) {
	t.Helper()
	keyboard, term := pty(t)
	if err := unix.IoctlSetWinsize(int(term.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 40, Col: uint16(columns)}); err != nil {
		t.Fatal(err)
	}
	binary, err := built()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, args...)
	cmd.Env = append(cmd.Environ(), asBinary+"=1", "TERM=xterm")
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = term, term, term
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	shown := &terminal{}
	asked := false
	shown.said = func(all string) {
		if !asked && typed != "" && strings.HasSuffix(all, ": ") {
			asked = true
			if _, err := keyboard.WriteString(typed); err != nil {
				t.Error(err)
			}
		}
	}
	var reader sync.WaitGroup
	reader.Go(func() { _, _ = io.Copy(shown, keyboard) }) // it fails when nobody has the terminal any more
	if err := cmd.Wait(); err != nil {
		if e, ok := errors.AsType[*exec.ExitError](err); !ok || e.ExitCode() < 0 {
			t.Error(err)
		}
	}
	_ = term.Close() // the last holder: now the reader ends
	reader.Wait()
	return cmd.ProcessState.ExitCode(), shown.String()
}

func TestABackfillShowsABar(t *testing.T) {
	s := newSetting(t)
	code, screen := onTerminal(t, s.env, 100, "", "backfill", "--since", years)
	if code != 0 {
		t.Fatalf("it ended with %d:\n%q", code, screen)
	}
	bars := regexp.MustCompile(`races \[=*>? *\] [\d,]+ of [\d,]+`).FindAllString(screen, -1)
	if len(bars) < 2 {
		t.Errorf("%d bars were drawn:\n%q", len(bars), screen)
	}
	for line := range strings.SplitSeq(screen, eraseLine) {
		if shown, _, _ := strings.Cut(line, "\r\n"); strings.HasPrefix(shown, "races") && len([]rune(shown)) > 99 {
			t.Errorf("a bar is wider than the terminal: %q", shown)
		}
	}
	// The bar is gone in the end, and each line of the log stands by itself.
	after := screen[strings.LastIndex(screen, eraseLine)+len(eraseLine):]
	if strings.Contains(after, "races [") || !strings.Contains(after, "races were collected in") {
		t.Errorf("the screen ends with %q", after)
	}
	for line := range strings.SplitSeq(screen, "\r\n") {
		if i := strings.Index(line, "[INFO]"); i > 0 && strings.Contains(line[:i], "races") && !strings.Contains(line[:i], eraseLine) {
			t.Errorf("a line of the log stands behind the bar: %q", line)
		}
	}
}

func TestPurgeAsksAtATerminal(t *testing.T) {
	env := map[string]string{"DATABASE_URL": migrated(t)}
	if code, screen := onTerminal(t, env, 100, "124\n", "purge", "--driver", "123"); code != 1 || !strings.Contains(screen, "nothing was done") {
		t.Errorf("another id was typed: %d, %q", code, screen)
	}
	if code, screen := onTerminal(t, env, 100, "123\n", "purge", "--driver", "123"); code != 0 || !strings.Contains(screen, "Nobody with the customer id 123") {
		t.Errorf("the id was typed: %d, %q", code, screen)
	}
}

func TestAnExportToTheTerminalShowsNoBar(t *testing.T) {
	_, term := pty(t)
	at := func(out io.Writer, path string) string {
		shown := &terminal{}
		screen := newScreen(shown)
		screen.width = func() int { return 80 }
		w := works{console: &console{out: out, err: screen}, log: hclog.NewNullLogger()}
		bar := w.exporting("rows", path)
		bar.set(amount{done: 1000})
		bar.end()
		return shown.String()
	}
	for _, path := range []string{"", "-"} {
		if screen := at(term, path); screen != "" {
			t.Errorf("among the rows that go to %q stands %q", path, screen)
		}
	}
	if at(term, "laps.csv") == "" || at(io.Discard, "") == "" {
		t.Error("an export into a file shows no bar")
	}
}
