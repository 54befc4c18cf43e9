package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// maxSecret is longer than any secret, and than any address that is pasted.
const maxSecret = 64 << 10

// typed are the lines of the standard input. They end with it, and with the program. The reading itself cannot be broken off
// at a terminal; it ends with the process.
func (c *console) typed() <-chan string {
	if c.lines != nil {
		return c.lines
	}
	lines := make(chan string)
	c.lines = lines
	go func() {
		defer close(lines)
		in := bufio.NewScanner(c.in)
		in.Buffer(nil, maxSecret)
		for in.Scan() {
			select {
			case lines <- in.Text():
			case <-c.ended:
				return
			}
		}
	}()
	return lines
}

// secret is where a secret may come from.
type secret struct {
	what string // it is: the client secret
	env  string // the variable that may hold it
	file string // that may hold it; "-" is the standard input
	flag string // that names the file
	// optional: nothing is a good answer.
	optional bool
}

// given finds the secret in its file or its variable. It is empty when neither is there.
func (c *console) given(ctx context.Context, s secret) (string, error) {
	if s.file == "-" {
		return c.nextLine(ctx, s)
	}
	if s.file == "" {
		return c.env(s.env), nil
	}
	text, err := readSecretFile(s.file)
	if err != nil {
		return "", fmt.Errorf("read the %s: %w", s.what, err)
	}
	if text == "" {
		return "", fmt.Errorf("read the %s: %s is empty", s.what, s.file)
	}
	return text, nil
}

// nextLine is the secret that stands in the next line of the standard input, also for who asks for it again.
func (c *console) nextLine(ctx context.Context, s secret) (string, error) {
	if text, ok := c.had[s.env]; ok {
		return text, nil
	}
	text, err := c.readLine(ctx, s)
	if err != nil {
		return "", err
	}
	if c.had == nil {
		c.had = map[string]string{}
	}
	c.had[s.env] = text
	return text, nil
}

// read finds the secret: in its file, its variable, or by asking at a terminal.
func (c *console) read(ctx context.Context, s secret) (string, error) {
	if text, err := c.given(ctx, s); text != "" || err != nil {
		return text, err
	}
	if f, ok := c.in.(*os.File); ok && isTerminal(f) {
		return c.ask(ctx, f, s)
	}
	if s.optional {
		return "", nil
	}
	return "", fmt.Errorf("there is no %s: set %s or give --%s", s.what, s.env, s.flag)
}

func readSecretFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return "", err
	}
	if len(b) > maxSecret {
		return "", fmt.Errorf("%s is too long for a secret", path)
	}
	// Editors end a file with a line break; all else belongs to the secret.
	return strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r"), nil
}

// ask asks at a terminal, which does not show the answer.
func (c *console) ask(ctx context.Context, terminal *os.File, s secret) (string, error) {
	show, err := hideTyping(terminal)
	if err != nil {
		return "", fmt.Errorf("the terminal would show the %s: set %s or give --%s", s.what, s.env, s.flag)
	}
	defer func() {
		_ = show()
		c.tell("")
	}()
	hint := ""
	if s.optional {
		hint = " (empty if there is none)"
	}
	_, _ = fmt.Fprintf(c.err, "%s%s: ", strings.ToUpper(s.what[:1])+s.what[1:], hint)
	return c.readLine(ctx, s)
}

func (c *console) readLine(ctx context.Context, s secret) (string, error) {
	select {
	case line, ok := <-c.typed():
		if !ok || line == "" && !s.optional {
			return "", errors.New("the " + s.what + " was not given")
		}
		return line, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
