package main

import (
	"fmt"
	"io"
)

// console is how a command talks with its user.
type console struct {
	in     io.Reader
	out    io.Writer // what other programs may read
	err    *screen   // messages
	env    func(name string) string
	browse func(address string) error

	lines <-chan string // what is typed, once somebody reads it
}

func (c *console) fail(err error, code int) int {
	_, _ = fmt.Fprintf(c.err, "collector: %v\n", err)
	return code
}

// tell prints for the user.
func (c *console) tell(format string, args ...any) {
	_, _ = fmt.Fprintf(c.err, format+"\n", args...)
}
