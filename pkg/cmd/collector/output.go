package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// outputFile is a file that appears under its name when its content is whole.
type outputFile struct {
	*bufio.Writer
	what, path string
	temp       *os.File
	done       bool
}

// newOutputFile begins a file that is readable for its owner only. what it holds is for errors.
func newOutputFile(what, path string) (*outputFile, error) {
	if st, err := os.Stat(path); err == nil && !st.Mode().IsRegular() {
		return nil, fmt.Errorf("write the %s: %s is not a file", what, path)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return nil, fmt.Errorf("write the %s: %w", what, err)
	}
	return &outputFile{Writer: bufio.NewWriterSize(temp, 1<<16), what: what, path: path, temp: temp}, nil
}

// keep ends the file and gives it its name. shared makes it as readable as other files are.
func (o *outputFile) keep(shared bool) error {
	err := o.Flush()
	if shared && err == nil {
		err = o.temp.Chmod(0o644)
	}
	err = errors.Join(err, o.temp.Sync(), o.temp.Close())
	if err == nil {
		err = os.Rename(o.temp.Name(), o.path)
	}
	if err != nil {
		return fmt.Errorf("write the %s: %w", o.what, err)
	}
	o.done = true
	return nil
}

// discard leaves nothing behind but a file that was kept.
func (o *outputFile) discard() {
	if !o.done {
		_ = o.temp.Close()
		_ = os.Remove(o.temp.Name())
	}
}

// output is where a command writes what it makes: the standard output, or a file.
func (c *console) output(what, path string) (w io.Writer, keep func() error, discard func(), err error) {
	if path == "" || path == "-" {
		b := bufio.NewWriterSize(c.out, 1<<16)
		return b, b.Flush, func() {}, nil
	}
	f, err := newOutputFile(what, path)
	if err != nil {
		return nil, nil, nil, err
	}
	return f, func() error { return f.keep(true) }, f.discard, nil
}
