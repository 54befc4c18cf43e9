package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

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
	c := &console{in: term, err: prompt, env: func(string) string { return "" }}
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
