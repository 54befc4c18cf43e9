package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

const (
	// maxImports bounds how many results are kept that somebody handed over.
	maxImports = 5_000
	// importPrefix tells what was handed over from what iRacing answered, in the keys of answers.
	importPrefix = "import "
)

// Import is a result that was exported from the member site and handed over.
type Import struct {
	Subsession int64
	Start      time.Time
	Series     string // of a hosted race its league's name, or that it is one: who hosts it often named it after himself
	Track      string
	At         time.Time // when it was handed over
}

// AddImport keeps the body of an exported result, as iRacing's API would have answered it. One that is there already is
// replaced.
func (s *Store) AddImport(ctx context.Context, i Import, body []byte) error {
	key := requestKey(importPrefix + strconv.FormatInt(i.Subsession, 10))
	packed := pack(body)
	return s.tx(ctx, func(tx pgx.Tx) error {
		var others int
		if err := tx.QueryRow(ctx, "select count(*) from iracing.imports where subsession_id <> $1", i.Subsession).Scan(&others); err != nil {
			return err
		}
		if others >= maxImports {
			return fmt.Errorf("there are %d imported results in the database, and no more are kept", others)
		}
		if _, err := tx.Exec(ctx, `
			insert into iracing.answers (request, class, body, size, fetched_at)
			values ($1, 'final', $2, $3, $4)
			on conflict (request) do update set body = excluded.body, size = excluded.size, fetched_at = excluded.fetched_at, used_on = current_date`,
			key, packed, len(body), i.At); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			insert into iracing.imports (subsession_id, request, starts_at, series, track, imported_at)
			values ($1, $2, $3, $4, $5, $6)
			on conflict (subsession_id) do update set
				starts_at = excluded.starts_at, series = excluded.series, track = excluded.track, imported_at = excluded.imported_at`,
			i.Subsession, key, i.Start, i.Series, i.Track, i.At)
		return err
	})
}

// Imports lists what was handed over, newest race first.
func (s *Store) Imports(ctx context.Context) ([]Import, error) {
	var list []Import
	err := s.query(ctx, func(q querier) error {
		rows, err := q.Query(ctx, `
			select subsession_id, starts_at, series, track, imported_at from iracing.imports
			order by starts_at desc, subsession_id desc`)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Import])
		return err
	})
	return list, err
}

// ImportedResult is a result that was handed over; nil when there is none of that race.
func (s *Store) ImportedResult(ctx context.Context, subsession int64) (*iracing.Answer, error) {
	a := &iracing.Answer{Cached: true}
	var packed []byte
	err := s.query(ctx, func(q querier) error {
		err := q.QueryRow(ctx, `
			select body, fetched_at from iracing.imports join iracing.answers using (request) where subsession_id = $1`,
			subsession).Scan(&packed, &a.At)
		if errors.Is(err, pgx.ErrNoRows) {
			packed = nil
			return nil
		}
		return err
	})
	if err != nil || packed == nil {
		return nil, err
	}
	if a.Body, err = unpack(packed, iracing.MaxExport); err != nil {
		return nil, &Error{Kind: Failed, Detail: "a result that was handed over is damaged", Err: err}
	}
	return a, nil
}
