package library

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// How parts that do not arrive are sent again.
const (
	partTries    = 8 // without a byte more being there
	partBackoff  = 500 * time.Millisecond
	partRest     = 30 * time.Second
	smallestPart = 256 << 10
)

// parts is a destination that takes files in parts.
type parts interface {
	begin(ctx context.Context, name string, size int64, sum store.Sum) (store.Upload, error)
	part(ctx context.Context, id string, offset int64, part []byte) (store.Upload, error)
}

// partError is why a part or an announcement was not taken, as far as that matters for what to do about it.
type partError struct {
	reason  string
	again   bool          // it may be taken later
	after   time.Duration // not before
	file    bool          // it concerns this file alone
	resume  bool          // what is there is not what the sender thinks
	smaller bool          // parts are too large on the way
	err     error
}

func (e *partError) Error() string { return e.reason }

func (e *partError) Unwrap() error { return e.err }

// Temporary tells that the same may work later without anybody doing anything.
func (e *partError) Temporary() bool { return e.again }

// sender sends one file in parts.
type sender struct {
	to   parts
	file FileInfo
	sum  store.Sum
	sent func(int64)
	max  int // bytes of a part
	retries
	tries int
	since time.Time // of the first one that failed; only of use when tries > 0
}

// retries say how parts that do not arrive are sent again.
type retries struct {
	rest     time.Duration // until the second try; twice as long until each one after it
	patience time.Duration // for how long to go on; 0 means [partTries]
	warn     func(error)   // is told why there is a second try; nil ignores it
}

// putParts sends a file in parts, and goes on where an earlier attempt was broken off.
func putParts(ctx context.Context, to parts, file FileInfo, content io.ReaderAt, sent func(int64), size *int, again retries) error {
	sum, err := sumOf(ctx, content, file.Size)
	if err != nil {
		return unreadable(ctx, file, err)
	}
	s := &sender{to: to, file: file, sum: sum, sent: sent, max: *size, retries: again}
	defer func() { *size = s.max }()
	u, err := s.begin(ctx)
	for err == nil && !u.Done {
		n := int(min(int64(s.max), file.Size-u.Received))
		if n <= 0 {
			return &FileError{Name: file.Name, Reason: "the destination claims to have more of it than there is"}
		}
		buf := make([]byte, n) // of its own, as HTTP may still read the last one after its answer
		if _, err := content.ReadAt(buf, u.Received); err != nil && !errors.Is(err, io.EOF) {
			return unreadable(ctx, file, err)
		}
		u, err = s.part(ctx, u, buf)
	}
	return err
}

// begin announces the file until that is taken.
func (s *sender) begin(ctx context.Context) (store.Upload, error) {
	for {
		u, err := s.to.begin(ctx, s.file.Name, s.file.Size, s.sum)
		if err == nil {
			s.sent(u.Received)
			return u, nil
		}
		if err := s.pause(ctx, err); err != nil {
			return u, err
		}
	}
}

// part sends the next bytes of u, or finds out where to go on.
func (s *sender) part(ctx context.Context, u store.Upload, part []byte) (store.Upload, error) {
	now, err := s.to.part(ctx, u.ID, u.Received, part)
	if err == nil && (now.Received > u.Received || now.Done) {
		s.tries = 0
		s.sent(now.Received)
		return now, nil
	}
	if err == nil {
		err = &partError{reason: "the destination takes no bytes", again: true}
	}
	if p, ok := errors.AsType[*partError](err); ok && p.smaller && s.max > smallestPart {
		s.max /= 2
		return u, nil
	}
	if err := s.pause(ctx, err); err != nil {
		return u, err
	}
	// The part may have come although its answer did not.
	next, err := s.begin(ctx)
	if err == nil && (next.Received > u.Received || next.Done) {
		s.tries = 0
	}
	return next, err
}

// pause waits until to try again after err, or returns why not to.
func (s *sender) pause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	p, ok := errors.AsType[*partError](err)
	if !ok {
		return err
	}
	if s.tries++; s.tries == 1 {
		s.since = time.Now()
	}
	rest := max(min(s.rest<<min(s.tries-1, 10), partRest), min(p.after, 2*time.Minute))
	if (p.again || p.resume) && s.patient(rest) {
		if s.tries == 1 && p.again && s.warn != nil {
			s.warn(err)
		}
		if !sleep(ctx, rest) {
			return ctx.Err()
		}
		return nil
	}
	if p.file {
		return &FileError{Name: s.file.Name, Reason: p.reason, Err: err}
	}
	return err
}

// patient tells whether there is one more try after a rest.
func (s *sender) patient(rest time.Duration) bool {
	if s.patience <= 0 {
		return s.tries < partTries
	}
	return time.Since(s.since)+rest <= s.patience
}

// ToStore uploads into PostgreSQL. The database stays its owner's.
func ToStore(st *store.Store, limits store.UploadLimits) Destination {
	return &toStore{db: st, limits: limits}
}

type toStore struct {
	db     *store.Store
	limits store.UploadLimits
}

func (t *toStore) String() string { return "PostgreSQL" }

func (t *toStore) Close() error { return nil }

// Held implements [Destination].
func (t *toStore) Held(ctx context.Context) (func(FileInfo) bool, error) {
	list, err := t.db.Uploads(ctx)
	if err != nil {
		return nil, err
	}
	return heldIn(uploaded(list)), nil
}

// uploaded are the whole files of a list of uploads.
func uploaded(list []store.Upload) []FileInfo {
	var files []FileInfo
	for _, u := range list {
		if u.Done {
			files = append(files, FileInfo{Name: u.Name, Size: u.Size, ModTime: u.Started})
		}
	}
	return files
}

// Put implements [Destination].
func (t *toStore) Put(ctx context.Context, file FileInfo, content io.ReaderAt, sent func(int64)) error {
	size := store.MaxPart
	return putParts(ctx, t, file, content, sent, &size, retries{rest: partBackoff})
}

func (t *toStore) begin(ctx context.Context, name string, size int64, sum store.Sum) (store.Upload, error) {
	u, err := t.db.BeginUpload(ctx, name, size, sum, t.limits)
	return u, storeProblem(err)
}

func (t *toStore) part(ctx context.Context, id string, offset int64, part []byte) (store.Upload, error) {
	u, err := t.db.PutPart(ctx, id, offset, part)
	return u, storeProblem(err)
}

// storeProblem says what to do about an error of the database.
func storeProblem(err error) error {
	if db, ok := errors.AsType[*store.Error](err); ok {
		return &partError{reason: db.Error(), again: db.Temporary(), err: err}
	}
	if up, ok := errors.AsType[*store.UploadError](err); ok {
		p := &partError{reason: up.Reason, file: true, err: err}
		switch up.Problem {
		case store.UploadGap, store.UploadUnknown:
			p.resume = true
		case store.UploadNoRoom:
			p.file = false
		}
		return p
	}
	return err
}
