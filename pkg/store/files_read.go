package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Uploads lists the files in the database and those on their way, the latest first, without what has stood still for 24
// hours.
func (s *Store) Uploads(ctx context.Context) ([]Upload, error) {
	var list []Upload
	err := s.query(ctx, func(q querier) error {
		rows, err := q.Query(ctx, "select "+uploadColumns+` from iracing.uploads
			where done or updated_at >= now() - $1::interval order by updated_at desc, upload_id`, staleUploads)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (Upload, error) { return scanUpload(row) })
		return err
	})
	return list, err
}

// StoredFile finds a whole file by its id. The problem of one that is not there is [UploadUnknown].
func (s *Store) StoredFile(ctx context.Context, id string) (Upload, error) {
	var u Upload
	if !isUploadID(id) {
		return u, errNoFile()
	}
	err := s.query(ctx, func(q querier) (err error) {
		u, err = scanUpload(q.QueryRow(ctx, "select "+uploadColumns+" from iracing.uploads where upload_id = $1 and done", id))
		if errors.Is(err, pgx.ErrNoRows) {
			return errNoFile()
		}
		return err
	})
	return u, err
}

func errNoFile() error { return refuse(UploadUnknown, "the file was deleted from the database") }

// DeleteUpload deletes a file, or ends its upload. The problem of one that is not there is [UploadUnknown].
func (s *Store) DeleteUpload(ctx context.Context, id string) error {
	if !isUploadID(id) {
		return errNoUpload()
	}
	return s.tx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "delete from iracing.uploads where upload_id = $1", id)
		if err == nil && tag.RowsAffected() == 0 {
			return errNoUpload()
		}
		return err
	})
}

// ReadUpload reads chunks of [FileChunk] bytes of a whole file, the last one shorter, and hands them on in order. They are
// the receiver's. The problem of a file that is gone is [UploadUnknown].
func (s *Store) ReadUpload(ctx context.Context, id string, first, count int, use func(chunk int, data []byte)) error {
	return s.query(ctx, func(q querier) error { return readChunks(ctx, q, id, first, count, use) })
}

func readChunks(ctx context.Context, q querier, id string, first, count int, use func(chunk int, data []byte)) error {
	rows, err := q.Query(ctx, `select chunk, data from iracing.file_chunks
		where upload_id = $1 and chunk >= $2 and chunk < $3 order by chunk`, id, first, first+count)
	if err != nil {
		return err
	}
	defer rows.Close()
	next := first
	for rows.Next() {
		var chunk int
		var packed []byte
		if err := rows.Scan(&chunk, &packed); err != nil {
			return err
		}
		data, err := unpack(packed, FileChunk)
		if err != nil {
			return fmt.Errorf("read chunk %d of an uploaded file: %w", chunk, err)
		}
		if chunk != next {
			break
		}
		use(chunk, data)
		next++
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		return err
	}
	if next < first+count {
		return errNoFile()
	}
	return nil
}
