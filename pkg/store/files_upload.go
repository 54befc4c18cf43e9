package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/jackc/pgx/v5"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// uploadsLock makes those who announce files take turns, so that they see what the others take of the room.
const uploadsLock = 7212652

const uploadColumns = "upload_id, name, size_bytes, received_bytes, sha256, done, started_at, updated_at"

func scanUpload(row pgx.Row, more ...any) (u Upload, err error) {
	var sum []byte
	err = row.Scan(append([]any{&u.ID, &u.Name, &u.Size, &u.Received, &sum, &u.Done, &u.Started, &u.Updated}, more...)...)
	copy(u.SHA256[:], sum)
	return u, err
}

// BeginUpload announces a file. For a name and sum that are known already it answers the upload that is under way or done.
// What has stood still for 24 hours is dropped first. Errors are of type [*UploadError] or [*Error].
func (s *Store) BeginUpload(ctx context.Context, name string, size int64, sum [32]byte, limits UploadLimits) (Upload, error) {
	limits = limits.filled()
	switch reason := uploadName(name); {
	case reason != "":
		return Upload{}, refuse(UploadBad, "%s", reason)
	case size < 1:
		return Upload{}, refuse(UploadBad, "the file is empty")
	case size > limits.FileBytes:
		return Upload{}, refuse(UploadTooLarge, "the file has %s, and at most %s are taken", megabytes(size), megabytes(limits.FileBytes))
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id) // it never fails
	var u Upload
	err := s.tx(ctx, func(tx pgx.Tx) (err error) {
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock($1)", uploadsLock); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "delete from iracing.uploads where not done and updated_at < now() - $1::interval", staleUploads); err != nil {
			return err
		}
		u, err = scanUpload(tx.QueryRow(ctx, `update iracing.uploads set updated_at = case when done then updated_at else now() end
			where name = $1 and sha256 = $2 returning `+uploadColumns, name, sum[:]))
		if err == nil && u.Size != size {
			return refuse(UploadBad, "a file with this name and sum has %d bytes, not %d", u.Size, size)
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		var taken, files int64
		err = tx.QueryRow(ctx, "select coalesce(sum(size_bytes), 0)::bigint, count(*) from iracing.uploads").Scan(&taken, &files)
		switch {
		case err != nil:
			return err
		case taken+size > limits.TotalBytes:
			return refuse(UploadNoRoom, "the uploaded files have %s of at most %s, so there is no room for this one; delete some first",
				megabytes(taken), megabytes(limits.TotalBytes))
		case files >= maxUploads:
			return refuse(UploadNoRoom, "there are %d uploaded files, and no more are taken; delete some first", files)
		}
		u, err = scanUpload(tx.QueryRow(ctx, `insert into iracing.uploads (upload_id, name, sha256, size_bytes)
			values ($1, $2, $3, $4) returning `+uploadColumns, hex.EncodeToString(id), name, sum[:], size))
		return err
	})
	return u, err
}

// PutPart takes bytes of a file from an offset on, at most [MaxPart] and in order, and answers how many are there now. Bytes
// that were there before are passed over. The last part completes the file: its sum is checked, and that it is telemetry;
// if either fails, the upload is dropped and the error's problem is [UploadCorrupt]. A whole file takes the place of one of
// the same name that holds the beginning of the same recording. With [UploadGap] the upload is answered as well.
func (s *Store) PutPart(ctx context.Context, id string, offset int64, part []byte) (Upload, error) {
	if len(part) == 0 || len(part) > MaxPart || offset < 0 {
		return Upload{}, refuse(UploadBad, "a part has 1 to %d bytes, and its offset is not negative", MaxPart)
	}
	if !isUploadID(id) {
		return Upload{}, errNoUpload()
	}
	var u Upload
	var refused error // with the transaction committed, as it drops the upload
	err := s.tx(ctx, func(tx pgx.Tx) (err error) {
		var state []byte
		refused = nil
		u, err = scanUpload(tx.QueryRow(ctx, "select "+uploadColumns+", hashing from iracing.uploads where upload_id = $1 for update", id), &state)
		switch end := offset + int64(len(part)); {
		case errors.Is(err, pgx.ErrNoRows):
			return errNoUpload()
		case err != nil:
			return err
		case end > u.Size || end < offset:
			return refuse(UploadBad, "the file was announced with %d bytes, and this part reaches beyond them", u.Size)
		case offset > u.Received:
			return refuse(UploadGap, "the next part begins at byte %d, not %d", u.Received, offset)
		case end <= u.Received:
			return nil
		}
		refused, err = putPart(ctx, tx, &u, state, part[u.Received-offset:])
		if err != nil || refused == nil {
			return err
		}
		_, err = tx.Exec(ctx, "delete from iracing.uploads where upload_id = $1", id)
		return err
	})
	if err == nil {
		err = refused
	}
	return u, err
}

// isUploadID tells that an id is one as they are made up.
func isUploadID(id string) bool {
	_, err := hex.DecodeString(id)
	return err == nil && len(id) == 32
}

func errNoUpload() error {
	return refuse(UploadUnknown, "there is no such upload; it may have been deleted, or stood still for a day")
}

// putPart appends bytes to what is there. refused is why the upload has to be dropped.
func putPart(ctx context.Context, tx pgx.Tx, u *Upload, state, part []byte) (refused, err error) {
	sum := sha256.New()
	if u.Received > 0 {
		if err := sum.(encoding.BinaryUnmarshaler).UnmarshalBinary(state); err != nil {
			return refuse(UploadCorrupt, "the upload was begun by another version; begin it anew"), nil
		}
	} else if reason := notTelemetry(u.Size, part); reason != "" {
		return refuse(UploadCorrupt, "the file is no telemetry: %s", reason), nil
	}
	_, _ = sum.Write(part) // a hash takes everything
	if err := appendChunks(ctx, tx, u, part); err != nil {
		return nil, err
	}
	u.Received += int64(len(part))
	if u.Received < u.Size {
		state, err := sum.(encoding.BinaryMarshaler).MarshalBinary()
		if err != nil {
			return nil, err
		}
		return nil, tx.QueryRow(ctx, `update iracing.uploads set received_bytes = $2, hashing = $3, updated_at = now()
			where upload_id = $1 returning updated_at`, u.ID, u.Received, state).Scan(&u.Updated)
	}
	return finishUpload(ctx, tx, u, sum)
}

// appendChunks writes bytes behind what is there.
func appendChunks(ctx context.Context, tx pgx.Tx, u *Upload, part []byte) error {
	first, fill := int(u.Received/FileChunk), int(u.Received%FileChunk)
	var tail []byte
	if fill > 0 {
		var packed []byte
		err := tx.QueryRow(ctx, "select data from iracing.file_chunks where upload_id = $1 and chunk = $2", u.ID, first).Scan(&packed)
		if err != nil {
			return err
		}
		if tail, err = unpack(packed, FileChunk); err != nil {
			return fmt.Errorf("read the end of what was uploaded: %w", err)
		}
	}
	var numbers []int
	var rows [][]byte
	for chunk := first; len(part) > 0; chunk++ {
		n := min(FileChunk-len(tail), len(part))
		data := part[:n]
		if len(tail) > 0 {
			data = append(tail, data...)
			tail = nil
		}
		part = part[n:]
		numbers, rows = append(numbers, chunk), append(rows, pack(data))
	}
	_, err := tx.Exec(ctx, `insert into iracing.file_chunks (upload_id, chunk, data)
		select $1, n, d from unnest($2::integer[], $3::bytea[]) as t (n, d)
		on conflict (upload_id, chunk) do update set data = excluded.data`, u.ID, numbers, rows)
	return err
}

// finishUpload checks a whole file.
func finishUpload(ctx context.Context, tx pgx.Tx, u *Upload, sum hash.Hash) (refused, err error) {
	if Sum(sum.Sum(nil)) != u.SHA256 {
		return refuse(UploadCorrupt, "what came is not the file that was announced: its sum differs; upload it again, and if it was still being recorded, once the sim has closed it"), nil
	}
	recording, err := recordingOf(&uploadSource{ctx: ctx, q: tx, upload: u})
	if _, format := errors.AsType[*ibt.FormatError](err); format {
		return refuse(UploadCorrupt, "the file is no telemetry: %s", err), nil
	}
	if err != nil {
		return nil, err
	}
	err = tx.QueryRow(ctx, `update iracing.uploads set received_bytes = size_bytes, hashing = null, recording = $2, done = true,
		updated_at = now() where upload_id = $1 returning updated_at`, u.ID, recording).Scan(&u.Updated)
	if err != nil {
		return nil, err
	}
	u.Done = true
	_, err = tx.Exec(ctx, `delete from iracing.uploads where name = $1 and recording = $2 and size_bytes <= $3 and done and upload_id <> $4`,
		u.Name, recording, u.Size, u.ID)
	return nil, err
}

// recordingOf digests what never changes in a recording: its header and its session text.
func recordingOf(src ibt.Source) ([]byte, error) {
	f, err := ibt.Open(src)
	if err != nil {
		return nil, err
	}
	text, err := f.Session()
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	_, _ = fmt.Fprintf(sum, "%v\n%s", f.Header(), text.Text()) // a hash takes everything
	return sum.Sum(nil), nil
}

// notTelemetry tells early why a file is none, from its first part, or "" as far as that shows.
func notTelemetry(size int64, part []byte) string {
	_, err := ibt.Open(beginning{size, part})
	if format, ok := errors.AsType[*ibt.FormatError](err); ok {
		return format.Reason
	}
	return ""
}

// beginning is a file of which only the first bytes are known.
type beginning struct {
	size  int64
	bytes []byte
}

func (b beginning) Size() (int64, error) { return b.size, nil }

func (b beginning) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off+int64(len(p)) > int64(len(b.bytes)) {
		return 0, errBeyond
	}
	return copy(p, b.bytes[off:]), nil
}

var errBeyond = errors.New("that part of the file is not there yet")

// uploadSource reads a file from within a transaction.
type uploadSource struct {
	ctx    context.Context // a Source has none of its own, and this one lives within a call
	q      querier
	upload *Upload
}

func (s *uploadSource) Size() (int64, error) { return s.upload.Size, nil }

func (s *uploadSource) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= s.upload.Size {
		return 0, io.EOF
	}
	n, want := 0, int(min(int64(len(p)), s.upload.Size-off))
	first, last := int(off/FileChunk), int((off+int64(want)-1)/FileChunk)
	err := readChunks(s.ctx, s.q, s.upload.ID, first, last-first+1, func(chunk int, data []byte) {
		begin := max(off-int64(chunk)*FileChunk, 0)
		if begin < int64(len(data)) {
			n += copy(p[n:want], data[begin:])
		}
	})
	if err == nil && n < len(p) {
		err = io.EOF
	}
	return n, err
}
