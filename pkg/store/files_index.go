package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// IndexRow is what a library has learned of one file.
type IndexRow struct {
	Name    string
	Size    int64
	ModTime time.Time // as exact as the database is: to the microsecond
	Entry   []byte
	// Partial rows take the place of no other row about the same state of the file, which may tell more. It is not kept.
	Partial bool
}

// maxIndexEntry bounds what is kept of one file.
const maxIndexEntry = 64 << 20

// LoadIndex reads what is known of the files of a place by the rules of a version: of all of them when names is nil, or else
// of those that are named. It ends with the error that row returns.
func (s *Store) LoadIndex(ctx context.Context, place string, version int, names []string, row func(IndexRow) error) error {
	return s.query(ctx, func(q querier) error {
		rows, err := q.Query(ctx, `select name, size_bytes, changed_at, entry from iracing.library_index
			where place = $1 and version = $2 and ($3::text[] is null or name = any($3))`, place, version, names)
		if err != nil {
			return err
		}
		var r IndexRow
		var packed []byte
		_, err = pgx.ForEachRow(rows, []any{&r.Name, &r.Size, &r.ModTime, &packed}, func() error {
			entry, err := unpack(packed, maxIndexEntry)
			if err != nil {
				return nil // the file is read again, and its row written anew
			}
			r.Entry = entry
			return row(r)
		})
		return err
	})
}

// SaveIndex keeps what was learned of files, and forgets those that are gone.
func (s *Store) SaveIndex(ctx context.Context, place string, version int, rows []IndexRow, gone []string) error {
	// By name, so that two who save the same files do not wait for each other in a circle.
	rows = slices.SortedFunc(slices.Values(rows), func(a, b IndexRow) int { return strings.Compare(a.Name, b.Name) })
	rows = slices.CompactFunc(rows, func(a, b IndexRow) bool { return a.Name == b.Name })
	gone = slices.Sorted(slices.Values(gone))
	whole := slices.DeleteFunc(slices.Clone(rows), func(r IndexRow) bool { return r.Partial })
	if len(gone) > 0 || len(whole) > 0 {
		if err := s.saveIndex(ctx, place, version, whole, false, gone); err != nil {
			return err
		}
	}
	if len(whole) == len(rows) {
		return nil
	}
	return s.saveIndex(ctx, place, version, slices.DeleteFunc(rows, func(r IndexRow) bool { return !r.Partial }), true, nil)
}

// saveIndex keeps rows that are all partial, or none of them, and forgets files.
func (s *Store) saveIndex(ctx context.Context, place string, version int, rows []IndexRow, partial bool, gone []string) error {
	names := make([]string, len(rows))
	sizes := make([]int64, len(rows))
	times := make([]time.Time, len(rows))
	entries := make([][]byte, len(rows))
	for i, r := range rows {
		names[i], sizes[i], times[i], entries[i] = r.Name, r.Size, r.ModTime, pack(r.Entry)
	}
	return s.tx(ctx, func(tx pgx.Tx) error {
		if len(gone) > 0 {
			_, err := tx.Exec(ctx, `delete from iracing.library_index where (place, name) in
				(select place, name from iracing.library_index where place = $1 and name = any($2) order by name for update)`, place, gone)
			if err != nil {
				return err
			}
		}
		if len(rows) == 0 {
			return nil
		}
		_, err := tx.Exec(ctx, `insert into iracing.library_index as i (place, name, version, size_bytes, changed_at, entry)
			select $1, n, $2, s, c, e from unnest($3::text[], $4::bigint[], $5::timestamptz[], $6::bytea[]) as t (n, s, c, e)
			on conflict (place, name) do update set version = excluded.version, size_bytes = excluded.size_bytes,
				changed_at = excluded.changed_at, entry = excluded.entry, saved_at = now()
			where (i.version, i.size_bytes, i.changed_at, i.entry) is distinct from
				(excluded.version, excluded.size_bytes, excluded.changed_at, excluded.entry)
				and (not $7 or (i.version, i.size_bytes, i.changed_at) is distinct from (excluded.version, excluded.size_bytes, excluded.changed_at))`,
			place, version, names, sizes, times, entries, partial)
		return err
	})
}
