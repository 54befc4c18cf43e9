package library

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// stored are the files in PostgreSQL. Their names begin with the id of their upload, as two drivers may have recorded files
// of one name.
type stored struct {
	db     *store.Store
	blocks *blocks
}

// Stored is the store of the files in PostgreSQL. The database stays its owner's.
func Stored(st *store.Store) Store {
	return &stored{db: st, blocks: newBlocks(store.FileChunk, func(err error) bool {
		own, ok := errors.AsType[*store.Error](err)
		return ok && own.Temporary()
	})}
}

func (s *stored) String() string { return "PostgreSQL" }

func (s *stored) Close() error {
	s.blocks.close()
	return nil
}

func (s *stored) List(ctx context.Context) ([]FileInfo, []string, error) {
	uploads, err := s.db.Uploads(ctx)
	if err != nil {
		return nil, nil, err
	}
	files := make([]FileInfo, 0, len(uploads))
	for _, u := range uploads {
		if u.Done {
			files = append(files, FileInfo{Name: u.ID + "/" + u.Name, Size: u.Size, ModTime: u.Updated})
		}
	}
	return files, nil, nil
}

func (s *stored) Open(ctx context.Context, name string) (*ibt.File, error) {
	return openRemote(ctx, func() (*remote, error) { return s.remote(ctx, name) })
}

// Bytes implements [Store].
func (s *stored) Bytes(ctx context.Context, name string) (Content, error) {
	r, err := s.remote(ctx, name)
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (s *stored) remote(ctx context.Context, name string) (*remote, error) {
	id, _, found := strings.Cut(name, "/")
	if !found {
		return nil, fs.ErrNotExist
	}
	u, err := s.db.StoredFile(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.blocks.open(ctx, func(ctx context.Context, off, n int64, found func(int64, string) error, w io.Writer) error {
		if err := found(u.Size, ""); err != nil { // what was taken whole never changes
			return err
		}
		first := int(off / store.FileChunk)
		last := int((min(off+n, u.Size) - 1) / store.FileChunk)
		skip := off % store.FileChunk // of a chunk that broke off
		var failed error
		err := s.db.ReadUpload(ctx, id, first, last-first+1, func(_ int, data []byte) {
			data = data[min(skip, int64(len(data))):]
			skip = 0
			if failed == nil {
				_, failed = w.Write(data)
			}
		})
		return errors.Join(err, failed)
	})
}

// Pacing implements [Paced].
func (s *stored) Pacing() Pacing {
	return Pacing{Relist: 2 * time.Second, Retry: 10 * time.Second, Heads: 4, Tables: 2}
}
