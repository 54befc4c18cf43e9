package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// console is how a command talks with its user.
type console struct {
	in     io.Reader
	out    io.Writer // what other programs may read
	err    *screen   // messages
	env    func(name string) string
	browse func(address string) error

	ended <-chan struct{}   // is closed when the program is to end
	lines <-chan string     // what is typed, once somebody reads it
	had   map[string]string // secrets that were lines of the standard input, by their variables
	flags *globals          // of the command line; nil before it was read
}

func (c *console) fail(err error, code int) int {
	log := c.messages()
	for _, line := range lines(err) {
		if log != nil {
			log.Error("The command failed", "error", line, "exit_code", code)
			continue
		}
		_, _ = fmt.Fprintf(c.err, "collector: %s\n", line)
	}
	return code
}

// tell prints for the user. Texts among args may come from anywhere, such as the names of files.
func (c *console) tell(format string, args ...any) {
	for i, arg := range args {
		switch arg := arg.(type) {
		case string:
			args[i] = printable(arg)
		case error:
			args[i] = printableLines(arg.Error())
		case fmt.Stringer:
			args[i] = printable(arg.String())
		}
	}
	if log := c.messages(); log != nil {
		log.Info(strings.TrimSpace(fmt.Sprintf(format, args...)))
		return
	}
	_, _ = fmt.Fprintf(c.err, format+"\n", args...)
}

// printable is a text of one line of which a terminal obeys nothing: what cannot be seen is written as Go writes it, such as
// \x1b.
func printable(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == utf8.RuneError && size == 1, !unicode.IsPrint(r):
			quoted := strconv.Quote(text[:size])
			b.WriteString(quoted[1 : len(quoted)-1])
		default:
			b.WriteString(text[:size])
		}
		text = text[size:]
	}
	return b.String()
}

// printableLines is printable for a text of several lines.
func printableLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = printable(line)
	}
	return strings.Join(lines, "\n")
}
