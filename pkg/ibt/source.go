package ibt

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"sync"
	"time"
)

// Source is where the bytes of a file come from: a file on disk, an object in a bucket, a slice. Size is asked when the
// file is opened and at each [File.Refresh].
type Source interface {
	io.ReaderAt
	Size() (int64, error)
}

// Bytes is a Source over a slice, which must not change while it is in use.
func Bytes(b []byte) Source { return memory(b) }

type memory []byte

func (m memory) Size() (int64, error) { return int64(len(m)), nil }

func (m memory) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= int64(len(m)) {
		return 0, io.EOF
	}
	n := copy(p, m[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (m memory) view(off, n int64, use func([]byte)) (bool, error) {
	if off < 0 || off+n > int64(len(m)) {
		return false, nil
	}
	use(m[off : off+n])
	return true, nil
}

// viewer is a Source whose bytes can be looked at in place. view calls use with n bytes from off on and reports
// whether it could; if not, ReadAt has to serve. The slice is valid during the call only.
type viewer interface {
	view(off, n int64, use func([]byte)) (bool, error)
}

// settleTime is how long a file must have been left alone before it is mapped: a mapping of a file that the sim still
// writes would keep it from being truncated or deleted on some systems and gains nothing at the growing end.
const settleTime = 10 * time.Second

// OpenFile opens the file at path. See [FromFile].
func OpenFile(path string) (*File, error) {
	// To open a pipe waits for someone to write to it.
	if st, err := os.Stat(path); err == nil && !st.Mode().IsRegular() {
		return nil, errNotRegular
	}
	f, err := openShared(path)
	if err != nil {
		return nil, err
	}
	return FromFile(f)
}

// FromFile opens telemetry in f and owns f from then on, also when it fails. A file that is no longer being written is
// mapped into memory where the system can do that, which costs no heap and reads at the speed of memory; others are
// read in pieces.
func FromFile(f *os.File) (*File, error) {
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = errNotRegular
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	src := &diskSource{file: f}
	if time.Since(st.ModTime()) > settleTime && st.Size() > 0 {
		// A file system that cannot map is no error: reading serves as well, only slower.
		src.data, _ = mapFile(f, st.Size())
	}
	file, err := Open(src)
	if err != nil {
		return nil, errors.Join(err, src.Close())
	}
	return file, nil
}

// diskSource is an open file, mapped while it has settled.
type diskSource struct {
	file *os.File

	mu   sync.RWMutex // held for reading while data is in use
	data []byte
}

func (s *diskSource) ReadAt(p []byte, off int64) (int, error) { return s.file.ReadAt(p, off) }

func (s *diskSource) Size() (int64, error) {
	st, err := s.file.Stat()
	if err != nil {
		return 0, err
	}
	if s.stale(st.Size()) {
		// The file changed after all; go on by reading it.
		if err := s.unmap(); err != nil {
			return 0, err
		}
	}
	return st.Size(), nil
}

func (s *diskSource) stale(size int64) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.data != nil && int64(len(s.data)) != size
}

func (s *diskSource) unmap() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	data := s.data
	s.data = nil
	if data == nil {
		return nil
	}
	return unmapFile(data)
}

func (s *diskSource) Close() error { return errors.Join(s.unmap(), s.file.Close()) }

// view turns a fault, which is what reading a mapping of a truncated file or of a dead network share yields, into an
// error.
func (s *diskSource) view(off, n int64, use func([]byte)) (ok bool, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if off < 0 || off+n > int64(len(s.data)) {
		return false, nil
	}
	defer func(old bool) {
		debug.SetPanicOnFault(old)
		if r := recover(); r != nil {
			fault, isFault := r.(interface{ Addr() uintptr })
			if !isFault {
				panic(r)
			}
			ok, err = false, fmt.Errorf("%w (fault at %#x)", errCut, fault.Addr())
		}
	}(debug.SetPanicOnFault(true))
	use(s.data[off : off+n])
	// No fault comes for the rest of the page in which the file ends now: it reads as zeros.
	st, err := s.file.Stat()
	if err == nil && st.Size() < off+n {
		err = errCut
	}
	return err == nil, err
}

var (
	errNotRegular = formatErrorf("it is not a regular file")
	errCut        = errors.New("the file was cut short or its disk went away while it was read")
)
