package library

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// Recording is an open session: its file and its laps. It must be closed.
type Recording struct {
	Session Session
	Table   *analysis.Table
	File    *ibt.File
	release func() error
	bytes   func(context.Context) (Content, error)
}

// Close gives the recording back.
func (r *Recording) Close() error { return r.release() }

// SHA256 is the sum over the bytes of the file as it is now.
func (r *Recording) SHA256(ctx context.Context) (sum [32]byte, err error) {
	content, err := r.bytes(ctx)
	if err != nil {
		return sum, err
	}
	defer func() { _ = content.Close() }() // reading leaves nothing to lose
	size, err := content.Size()
	if err != nil {
		return sum, err
	}
	return sumOf(ctx, content, size)
}

// sumOf is the SHA-256 of the first size bytes.
func sumOf(ctx context.Context, r io.ReaderAt, size int64) (sum [32]byte, err error) {
	h := sha256.New()
	buf := make([]byte, 1<<20)
	for off := int64(0); off < size; {
		if err := ctx.Err(); err != nil {
			return sum, err
		}
		n, err := r.ReadAt(buf[:min(int64(len(buf)), size-off)], off)
		_, _ = h.Write(buf[:n]) // a hash takes everything
		off += int64(n)
		if off < size && err != nil {
			return sum, err
		}
	}
	return [32]byte(h.Sum(nil)), nil
}

// At is the time of an offset from the first record, as lap tables and time traces have it.
func (r *Recording) At(offset float64) time.Time {
	if !(offset > -1e8 && offset < 1e8) {
		return r.Session.Start
	}
	return r.Session.Start.Add(time.Duration(offset * float64(time.Second)))
}

// Open opens the session with an id, or the newest one for [Latest]. A file that has grown since it was last looked at
// is analysed again, so that what is open shows all records that are complete now.
func (l *Library) Open(ctx context.Context, id string) (*Recording, error) {
	session, err := l.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	if session.Problem != "" {
		return nil, fmt.Errorf("%s cannot be read: %s", session.File.Name, session.Problem)
	}
	held, err := l.hold(ctx, session.File.Name, session.File)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", session.File.Name, err)
	}
	table, err := l.tableOf(ctx, &session, held.file)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read the laps of %s: %w", session.File.Name, err), l.release(held))
	}
	return &Recording{
		Session: session, Table: table, File: held.file,
		release: func() error { return l.release(held) },
		bytes:   func(ctx context.Context) (Content, error) { return l.store.Bytes(ctx, session.File.Name) },
	}, nil
}

// tableOf is the lap table of a session, from the index if it has it.
func (l *Library) tableOf(ctx context.Context, s *Session, f *ibt.File) (*analysis.Table, error) {
	if table := l.knownTable(s, f.Len()); table != nil {
		return table, nil
	}
	// To read a file a second time takes longer than to wait for who reads it.
	finish, err := l.turn(ctx, s.File.Name)
	if err != nil {
		return nil, err
	}
	defer finish()
	if table := l.knownTable(s, f.Len()); table != nil {
		return table, nil
	}
	table, err := readLaps(ctx, f, s.File.Size)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.entries[s.File.Name]; e != nil && e.File.unchanged(s.File) {
		e.adopt(table)
		l.changes.note(s.File.Name)
		*s = e.Session
	}
	return table, nil
}

// knownTable is the lap table of a session if it is known for so many rows.
func (l *Library) knownTable(s *Session, rows int) *analysis.Table {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.entries[s.File.Name]
	if e == nil || e.Table == nil || e.Table.Rows != rows || !e.File.unchanged(s.File) {
		return nil
	}
	*s = e.Session
	return e.Table
}

// turn waits until nobody reads the laps of a file, and marks it as being read.
func (l *Library) turn(ctx context.Context, name string) (finish func(), err error) {
	for {
		l.mu.Lock()
		finish, other := l.begin(name)
		l.mu.Unlock()
		if finish != nil {
			return finish, nil
		}
		select {
		case <-other:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// openFiles keeps files open between queries, since opening and mapping one costs more than reading a lap.
type openFiles struct {
	limit int
	files []*heldFile // least recently used first
}

type heldFile struct {
	name  string
	info  FileInfo
	file  *ibt.File
	users int
	gone  bool // not in the list any more: the last user closes it
}

// hold returns the open file, opening it if it is not.
func (l *Library) hold(ctx context.Context, name string, info FileInfo) (*heldFile, error) {
	l.mu.Lock()
	for i, h := range l.open.files {
		if h.name == name && h.info.unchanged(info) {
			h.users++
			l.open.files = append(slices.Delete(l.open.files, i, i+1), h)
			l.mu.Unlock()
			return h, nil
		}
	}
	l.mu.Unlock()
	file, err := l.store.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	h := &heldFile{name: name, info: info, file: file, users: 1}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx.Err() != nil {
		h.gone = true // a closed library keeps no files
		return h, nil
	}
	l.open.drop(name)
	l.open.files = append(l.open.files, h)
	for i := 0; i < len(l.open.files) && len(l.open.files) > l.open.limit; {
		if l.open.files[i].users > 0 {
			i++
			continue
		}
		l.open.remove(i)
	}
	return h, nil
}

func (l *Library) release(h *heldFile) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	h.users--
	if h.gone && h.users == 0 {
		return h.file.Close()
	}
	return nil
}

// drop forgets every open file of that name.
func (o *openFiles) drop(name string) {
	for i, h := range slices.Backward(o.files) {
		if h.name == name {
			o.remove(i)
		}
	}
}

// remove takes a file out of the list and closes it unless it is in use.
func (o *openFiles) remove(i int) {
	h := o.files[i]
	o.files = slices.Delete(o.files, i, i+1)
	h.gone = true
	if h.users == 0 {
		_ = h.file.Close() // it was only read
	}
}

func (o *openFiles) closeAll() error {
	for len(o.files) > 0 {
		o.remove(len(o.files) - 1)
	}
	return nil
}
