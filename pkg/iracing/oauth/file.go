package oauth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/apexobs/iracing-grafana-observability/pkg/keylock"
)

// File keeps a record in an encrypted file. Several processes of one machine may use it at once.
type File struct {
	path string
	key  []byte
}

// NewFile is a store in the file path, which need not exist. key is what the file is encrypted with: secret material of
// any length that is hard to guess, such as the client secret. Beside the file there will be one that ends in .lock,
// which only serves to wait for each other, and files that end in .unreadable and a time, each of which is a token file
// that was damaged or made with another key.
func NewFile(path string, key []byte) (*File, error) {
	if len(key) == 0 {
		return nil, errors.New("a token file needs a secret to be encrypted with")
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("token file: %w", err)
	}
	return &File{path: followed(abs), key: bytes.Clone(key)}, nil
}

// followed is where links lead to. Two names of one file must have one lock, and a file that is replaced stays where it is.
func followed(path string) string {
	for range 16 {
		to, err := os.Readlink(path)
		if err != nil {
			break // it is no link, or not there yet
		}
		if !filepath.IsAbs(to) {
			dir, err := filepath.EvalSymlinks(filepath.Dir(path))
			if err != nil {
				break
			}
			to = filepath.Join(dir, to)
		}
		path = to
	}
	return path
}

// String is the file's path.
func (s *File) String() string { return s.path }

// GoString is String; the key is nobody's business.
func (s *File) GoString() string { return s.path }

// Format prints String whatever the verb.
func (s *File) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.path)) }

// Update implements [TokenStore].
func (s *File) Update(ctx context.Context, f func(old Stored) (Stored, error)) (Stored, error) {
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return Stored{}, fmt.Errorf("token file: %w", err)
	}
	release, err := lockFile(ctx, s.path)
	if err != nil {
		return Stored{}, err
	}
	defer release()
	old, err := s.read(s.path)
	if err != nil {
		return Stored{}, err
	}
	unreadable, recovered := old.Lost != nil, ""
	switch {
	case errors.Is(old.Lost, ErrOtherKey):
		old, recovered = s.recover(old)
	case !unreadable && old.RefreshToken == "" && s.sealedOtherwise():
		old.Lost = fmt.Errorf("token file %s: %w", s.path, ErrOtherKey)
	}
	next, err := s.begin()
	if err != nil {
		return Stored{}, fmt.Errorf("write the token file: %w", err)
	}
	defer next.discard()
	record, err := f(old.clone())
	if err != nil {
		return Stored{}, err
	}
	if !unreadable && record.same(old) {
		return record, nil
	}
	record.Lost, record.Others = nil, false
	if err := s.write(next, record, unreadable); err != nil {
		return Stored{}, fmt.Errorf("write the token file: %w", err)
	}
	if recovered != "" {
		// It would be out of date the next time. The new file is there, whether or not this works.
		_ = os.Remove(recovered)
	}
	return record, nil
}

// read answers the zero record when there is no file, and one with Lost when it cannot be made sense of. Errors are of
// the disk.
func (s *File) read(path string) (Stored, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Stored{}, nil
	}
	if err != nil {
		return Stored{}, fmt.Errorf("token file: %w", err)
	}
	defer func() { _ = f.Close() }()
	sealed, err := io.ReadAll(io.LimitReader(f, maxSealed+1))
	if err != nil {
		return Stored{}, fmt.Errorf("token file: %w", err)
	}
	record, err := Unseal(s.key, sealed)
	if err != nil {
		record.Lost = fmt.Errorf("token file %s: %w", path, err)
	}
	return record, nil
}

// recover looks for the newest record with our key among those that were set aside: a secret was changed by mistake, and
// then back. Nobody can have used its tokens meanwhile. The hold is the one that was found last.
func (s *File) recover(unreadable Stored) (Stored, string) {
	best, from := unreadable, ""
	for _, path := range s.asides() {
		if r, err := s.read(path); err == nil && r.Lost == nil && r.RefreshToken != "" && (from == "" || r.Generation > best.Generation) {
			best, from = r, path
		}
	}
	if from != "" {
		best.Hold = unreadable.Hold
	}
	return best, from
}

// sealedOtherwise tells that a record was set aside that was sealed with another key.
func (s *File) sealedOtherwise() bool {
	return slices.ContainsFunc(s.asides(), func(path string) bool {
		r, err := s.read(path)
		return err == nil && errors.Is(r.Lost, ErrOtherKey)
	})
}

// asides are the newest records that were set aside.
func (s *File) asides() []string {
	all, err := filepath.Glob(globEscape(s.path) + asideMark + "*")
	if err != nil {
		return nil
	}
	return all[max(0, len(all)-maxAsides):]
}

const (
	asideMark = ".unreadable-"
	maxAsides = 16 // that are looked into
)

// globEscape makes a path mean itself in a pattern.
func globEscape(path string) string {
	if filepath.Separator == '\\' {
		return path // where patterns have no escapes
	}
	return globMeta.Replace(path)
}

var globMeta = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)

// setAside moves a file that cannot be read out of the way: somebody may still have the key.
func (s *File) setAside() error {
	for i := range 100 {
		aside := s.path + asideMark + time.Now().UTC().Format("20060102-150405")
		if i > 0 {
			aside += fmt.Sprintf("-%d", i)
		}
		if _, err := os.Lstat(aside); err == nil {
			continue
		}
		if err := os.Rename(s.path, aside); err != nil {
			return fmt.Errorf("set the unreadable one aside: %w", err)
		}
		return nil
	}
	return errors.New("set the unreadable one aside: there are too many of them")
}

// newFile is the file that takes the place of the old one.
type newFile struct {
	*os.File
	kept bool
}

// room is what a new file takes on the disk before it is known what comes into it. Records are smaller.
const room = 16 << 10

// begin makes the new file, with room on the disk, before anything is used up: what comes for it must have a place.
func (s *File) begin() (*newFile, error) {
	// The name is always the same, as only the holder of the lock writes here; what a crash left behind goes.
	temp := s.path + ".new"
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	n := &newFile{File: f}
	_, err = f.Write(make([]byte, room))
	if err = errors.Join(err, f.Sync()); err != nil {
		n.discard()
		return nil, err
	}
	return n, nil
}

// discard leaves nothing behind but a file that was kept.
func (n *newFile) discard() {
	if !n.kept {
		_ = n.Close() // a second time is no harm
		_ = os.Remove(n.Name())
	}
}

// write replaces the file in one step: a crash leaves the old one or the new one. keepOld sets the old one aside.
func (s *File) write(next *newFile, record Stored, keepOld bool) error {
	sealed, err := Seal(s.key, record)
	if err != nil {
		return err
	}
	_, err = next.WriteAt(sealed, 0)
	err = errors.Join(err, next.Truncate(int64(len(sealed))), next.Sync(), next.Close())
	if err == nil && keepOld {
		err = s.setAside()
	}
	if err == nil {
		err = os.Rename(next.Name(), s.path)
	}
	if err != nil {
		return err
	}
	next.kept = true
	return syncDir(filepath.Dir(s.path))
}

// syncDir makes a rename durable. Windows has no such thing.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// pathLocks are the locks of this process by path. Locks on files do not keep goroutines of one process apart on every
// file system.
var pathLocks keylock.Locks

// lockEvery is how often a lock that another process holds is tried.
const lockEvery = 20 * time.Millisecond

// lockFile waits until nobody else, in this process or another, has the lock of a path.
func lockFile(ctx context.Context, path string) (release func(), err error) {
	real := path
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		real = filepath.Join(dir, filepath.Base(path))
	}
	leave, err := pathLocks.Lock(ctx, real)
	if err != nil {
		return nil, fmt.Errorf("wait for the token file: %w", err)
	}
	// The lock is on a file of its own, which stays: the token file itself is replaced with each write.
	l := flock.New(real+".lock", flock.SetPermissions(0o600))
	if ok, err := l.TryLockContext(ctx, lockEvery); !ok || err != nil {
		_ = l.Close()
		leave()
		if ctx.Err() != nil {
			err = fmt.Errorf("another process has it: %w", context.Cause(ctx))
		}
		return nil, fmt.Errorf("lock the token file: %w", err)
	}
	return func() { _ = l.Close(); leave() }, nil
}
