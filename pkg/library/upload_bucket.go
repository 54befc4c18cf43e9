package library

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"time"

	"gocloud.dev/blob"
)

// ToBucket uploads to a bucket, or into a folder, by its URL. A file that is broken off leaves nothing there and begins anew.
func ToBucket(_ context.Context, location string, c Credentials) (Destination, error) {
	if isBucket(location) {
		b, err := openBucket(location, c)
		if err != nil {
			return nil, err
		}
		if b.own {
			b.http.Transport.(*http.Transport).ResponseHeaderTimeout = partPatience
		}
		return &toBucket{b, bucketIdle}, nil
	}
	dir, err := telemetryPath(location)
	if err != nil {
		return nil, err
	}
	root, err := openRoot(dir)
	if err != nil {
		return nil, err
	}
	return &toFolder{&folder{path: dir, root: root}}, nil
}

// heldIn tells of files whether a list has them: of the same name and size, and not older.
func heldIn(files []FileInfo) func(FileInfo) bool {
	there := make(map[string]FileInfo, len(files))
	for _, fi := range files {
		there[fi.Name] = fi
	}
	return func(fi FileInfo) bool {
		other, ok := there[fi.Name]
		// Some services tell times to the second.
		return ok && other.Size == fi.Size && !other.ModTime.Before(fi.ModTime.Truncate(time.Second))
	}
}

type toBucket struct {
	*bucket
	idle time.Duration
}

// Held implements [Destination].
func (t *toBucket) Held(ctx context.Context) (func(FileInfo) bool, error) {
	files, _, err := t.List(ctx)
	if err != nil {
		return nil, err
	}
	return heldIn(files), nil
}

const (
	// bucketBuffer is how many bytes a part of a file has. Some parts are in memory while they are sent.
	bucketBuffer = 8 << 20
	// bucketIdle is how long nothing more of a file may be read: what is in memory takes that long on a slow line.
	bucketIdle = 10 * time.Minute
)

// Put implements [Destination].
func (t *toBucket) Put(ctx context.Context, file FileInfo, content io.ReaderAt, sent func(int64)) (err error) {
	if !plainName(file.Name) {
		return &FileError{Name: fmt.Sprintf("%.100q", file.Name), Reason: "its name cannot be one in a bucket"}
	}
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	// Only the end of its context keeps a broken upload from becoming an object.
	sending, touch, stop := withIdle(ctx, t.idle)
	defer stop()
	defer func() {
		if err = t.recovered(err, recover()); err != nil {
			if _, one := errors.AsType[*FileError](err); !one {
				err = t.explain(ctx, orIdle(sending, err))
			}
		}
	}()
	w, err := client.NewWriter(sending, t.at.prefix+file.Name, &blob.WriterOptions{
		ContentType: "application/octet-stream", BufferSize: bucketBuffer, MaxConcurrency: 2,
	})
	if err != nil {
		return err
	}
	from := &section{ctx: sending, file: file, ReaderAt: content, sent: func(n int64) { touch(); sent(n) }}
	_, err = io.Copy(w, struct{ io.Reader }{from})
	if err != nil {
		stop()
	}
	if closing := w.Close(); err == nil {
		err = closing
	}
	if from.err != nil {
		return from.err
	}
	if err == nil {
		sent(file.Size)
	}
	return err
}

type toFolder struct{ *folder }

// Held implements [Destination].
func (t *toFolder) Held(ctx context.Context) (func(FileInfo) bool, error) {
	files, _, err := t.List(ctx)
	if err != nil {
		return nil, err
	}
	return heldIn(files), nil
}

// Put implements [Destination].
func (t *toFolder) Put(ctx context.Context, file FileInfo, content io.ReaderAt, sent func(int64)) error {
	root, err := t.current()
	if err != nil {
		return err
	}
	name := filepath.FromSlash(file.Name)
	if !filepath.IsLocal(name) {
		return &FileError{Name: fmt.Sprintf("%.100q", file.Name), Reason: "its name leads out of the folder"}
	}
	if dir := path.Dir(file.Name); dir != "." {
		if err := root.MkdirAll(filepath.FromSlash(dir), 0o755); err != nil {
			return t.failed(err)
		}
	}
	part := name + ".part"
	out, err := root.OpenFile(part, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return t.failed(err)
	}
	from := &section{ctx: ctx, file: file, ReaderAt: content, sent: sent}
	_, err = io.CopyBuffer(struct{ io.Writer }{out}, struct{ io.Reader }{from}, make([]byte, 1<<20))
	if err == nil {
		err = out.Sync()
	}
	if closing := out.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = root.Rename(part, name)
	}
	switch {
	case err == nil:
		sent(file.Size)
		return nil
	case ctx.Err() != nil:
		err = ctx.Err()
	case from.err != nil:
		err = from.err
	default:
		err = t.failed(err)
	}
	_ = root.Remove(part) // it may not be there
	return err
}

// failed words that the folder cannot be written.
func (t *toFolder) failed(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("the folder %s may not be written by the user that this program runs as; grant it that right", t.path)
	}
	return fmt.Errorf("write into the folder %s: %w", t.path, unwrapPath(err))
}
