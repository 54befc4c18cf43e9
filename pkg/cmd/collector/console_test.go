package main

import (
	"errors"
	"strings"
	"testing"
	"unicode"
)

func TestConsoleObeysNobody(t *testing.T) {
	var messages terminal
	c := &console{err: newScreen(&messages)}
	c.tell("%s: %v, %d\n", "a\x1b]0;title\x07\nb", errors.New("no \u202e\xff\r file\nat all"), 7)
	c.fail(errors.New("é 東京 \u009b31m"), 1)
	want := `a\x1b]0;title\a\nb: no \u202e\xff\r file` + "\nat all, 7\n\ncollector: é 東京 \\u009b31m\n"
	if got := messages.String(); got != want {
		t.Errorf("%q, not %q", got, want)
	}
}

func FuzzPrintable(f *testing.F) {
	f.Add("a file.ibt")
	f.Add("\x1b[31m\xff\u202e\ufffd\n")
	f.Fuzz(func(t *testing.T, text string) {
		got := printable(text)
		if i := strings.IndexFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("%q becomes %q", text, got)
		}
		if printable(got) != got {
			t.Errorf("%q is changed again", got)
		}
	})
}
