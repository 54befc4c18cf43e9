package library

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Destination is where files are uploaded to.
type Destination interface {
	// Held asks what the destination holds, and returns a function that tells whether a file is among it as far as its
	// name, size and time tell.
	Held(ctx context.Context) (func(FileInfo) bool, error)
	// Put sends the first file.Size bytes of a file. Where the destination can, it goes on at the place where an earlier
	// attempt was broken off. sent is told the bytes that are there, and called from one goroutine. An error of type
	// [*FileError] concerns that file alone.
	Put(ctx context.Context, file FileInfo, content io.ReaderAt, sent func(bytes int64)) error
	// String names the destination without any secret.
	String() string
	Close() error
}

// FileError is why one file could not be uploaded while others may be.
type FileError struct {
	Name   string
	Reason string
	Err    error
}

func (e *FileError) Error() string { return e.Name + ": " + e.Reason }

func (e *FileError) Unwrap() error { return e.Err }

// UploaderOptions are for [NewUploader].
type UploaderOptions struct {
	// Check sends also what the destination seems to hold. A database and a Grafana then compare the sums of the files; a
	// bucket takes them anew.
	Check bool
	// Progress is told how far the upload is, from one goroutine. nil ignores it.
	Progress func(UploadProgress)
}

// UploadProgress is how far an upload is.
type UploadProgress struct {
	File        string // under way
	Files       int    // of the store
	Done        int    // files that are there, whether sent now or before, or were given up
	Bytes       int64  // of all files
	Sent        int64  // bytes of those that are there or were given up, and of the file under way
	FileBytes   int64  // of the file under way
	FileSent    int64
	FileFailure error // why the file named in File was given up; nil while it goes well
}

// UploadSummary is what an upload did.
type UploadSummary struct {
	Sent    int   // files that were sent
	There   int   // files that were there before
	Failed  int   // files that were refused or cannot be read
	Bytes   int64 // of the files that were sent
	Notices []string
}

// Uploader sends files to a destination. It is for one goroutine.
type Uploader struct {
	to   Destination
	o    UploaderOptions
	held func(FileInfo) bool // nil until the destination was asked
}

// NewUploader returns an uploader to a destination, which stays its owner's.
func NewUploader(to Destination, o UploaderOptions) *Uploader {
	if o.Progress == nil {
		o.Progress = func(UploadProgress) {}
	}
	return &Uploader{to: to, o: o}
}

// Upload sends the files of a store that the destination lacks, oldest first. A file that fails hides no other; the error is
// that the store cannot be listed, that the destination takes no files at all, or that ctx has ended.
func (u *Uploader) Upload(ctx context.Context, from Store) (UploadSummary, error) {
	files, notices, err := from.List(ctx)
	sum := UploadSummary{Notices: notices}
	if err != nil {
		return sum, err
	}
	u.held = nil
	slices.SortFunc(files, func(a, b FileInfo) int {
		if c := a.ModTime.Compare(b.ModTime); c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	p := UploadProgress{Files: len(files)}
	for _, fi := range files {
		p.Bytes += fi.Size
	}
	for _, fi := range files {
		if err := ctx.Err(); err != nil {
			return sum, err
		}
		there, err := u.Holds(ctx, fi)
		if err != nil {
			return sum, err
		}
		if there {
			sum.There++
		} else if err := u.send(ctx, from, fi, &p); err == nil {
			sum.Sent++
			sum.Bytes += fi.Size
		} else if _, one := errors.AsType[*FileError](err); one && ctx.Err() == nil {
			sum.Failed++
			if len(sum.Notices) < 4*maxNotices {
				sum.Notices = append(sum.Notices, err.Error()+".")
			}
		} else {
			return sum, err
		}
		p.Done++
		p.Sent += fi.Size
		p.FileSent, p.FileFailure = 0, nil
	}
	p.File, p.FileBytes = "", 0
	u.o.Progress(p)
	return sum, nil
}

// Holds tells that the destination holds a file already, as far as it told when it was first asked. With Check nothing is.
func (u *Uploader) Holds(ctx context.Context, file FileInfo) (there bool, err error) {
	if u.o.Check {
		return false, nil
	}
	if u.held == nil {
		if u.held, err = u.to.Held(ctx); err != nil {
			return false, err
		}
	}
	return u.held(file), nil
}

// UploadFile sends one file of a store, as a watcher hands it over.
func (u *Uploader) UploadFile(ctx context.Context, from Store, file FileInfo) error {
	return u.send(ctx, from, file, &UploadProgress{Files: 1, Bytes: file.Size})
}

// send sends one file, of which the progress is told on top of p.
func (u *Uploader) send(ctx context.Context, from Store, file FileInfo, p *UploadProgress) error {
	p.File, p.FileBytes, p.FileSent, p.FileFailure = file.Name, file.Size, 0, nil
	u.o.Progress(*p)
	err := u.put(ctx, from, file, func(n int64) {
		now := *p
		now.FileSent = n
		now.Sent += n
		u.o.Progress(now)
	})
	if err != nil && ctx.Err() == nil {
		p.FileFailure = err
		u.o.Progress(*p)
	}
	return err
}

func (u *Uploader) put(ctx context.Context, from Store, file FileInfo, sent func(int64)) error {
	content, err := from.Bytes(ctx, file.Name)
	if err != nil {
		return unreadable(ctx, file, err)
	}
	err = u.to.Put(ctx, file, content, sent)
	return errors.Join(err, content.Close())
}

// unreadable is the error of a file that could not be read here.
func unreadable(ctx context.Context, file FileInfo, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &FileError{Name: file.Name, Reason: "it became shorter while it was read", Err: err}
	}
	return &FileError{Name: file.Name, Reason: fmt.Sprintf("it cannot be read: %v", err), Err: err}
}

// section reads the bytes of a file for a destination, and tells errors of reading from those of sending.
type section struct {
	ctx  context.Context // an io.Reader has none of its own, and this one lives within a call
	file FileInfo
	io.ReaderAt
	off  int64
	sent func(int64)
	err  error // of reading
}

// Read implements [io.Reader] over the first Size bytes of the file.
func (s *section) Read(p []byte) (int, error) {
	if s.sent != nil {
		s.sent(s.off)
	}
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	rest := s.file.Size - s.off
	if rest <= 0 {
		return 0, io.EOF
	}
	n, err := s.ReadAt(p[:min(int64(len(p)), rest)], s.off)
	s.off += int64(n)
	if n > 0 {
		return n, nil
	}
	s.err = unreadable(s.ctx, s.file, err)
	return 0, s.err
}
