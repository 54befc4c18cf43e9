package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// maxAnswer bounds what a row may claim to be before compression. iRacing's largest answers are files of the whole
// membership, of some 40 MB.
const maxAnswer = 512 << 20

// How long rows stay that nobody needs.
const (
	pruneAnswers = "1 month"
	pruneRuns    = "1 year"
	pruneAside   = "3 months"
	pruneBatch   = 1000
)

// Cache is the response cache in the table answers. Its bodies are compressed. What cannot be read is as good as not there:
// Config.Warn is told, and it is replaced by what is saved next.
func (s *Store) Cache() iracing.Cache { return (*cache)(s) }

type cache Store

// refusals are the kinds of refusals that are kept, by how the table calls them.
var refusals = map[string]iracing.Kind{"forbidden": iracing.Forbidden, "not_found": iracing.NotFound}

// Load implements [iracing.Cache].
func (c *cache) Load(ctx context.Context, key string) (*iracing.Entry, error) {
	s := (*Store)(c)
	row, err := s.loadAnswer(ctx, requestKey(key))
	if row == nil || err != nil {
		return nil, err
	}
	e, err := row.entry()
	if err != nil {
		s.config.Warn("An answer in the database is damaged and asked for again", fmt.Errorf("%.200q: %w", key, err))
		return nil, nil
	}
	return e, nil
}

// Save implements [iracing.Cache]. An answer that is older than the one in the table is not written.
func (c *cache) Save(ctx context.Context, key string, e *iracing.Entry) error {
	row := &answerRow{
		request: requestKey(key), class: string(e.Class), csv: e.CSV, size: int64(len(e.Header)) + int64(len(e.Body)),
		body: pack(e.Body), at: e.At,
	}
	if e.Header != nil {
		row.header = pack(e.Header)
	}
	if !e.Until.IsZero() {
		row.until = &e.Until
	}
	for name, kind := range refusals {
		if kind == e.Refused {
			row.refused = &name
		}
	}
	if e.Refused != 0 && row.refused == nil {
		return nil // such refusals are not for keeping
	}
	return (*Store)(c).saveAnswer(ctx, row)
}

// answerRow is a row of the table answers.
type answerRow struct {
	request, class string
	refused        *string
	csv            bool
	header, body   []byte
	size           int64
	at             time.Time
	until          *time.Time
}

func (r *answerRow) entry() (*iracing.Entry, error) {
	e := &iracing.Entry{Class: iracing.Class(r.class), CSV: r.csv, At: r.at.UTC()}
	if r.until != nil {
		e.Until = r.until.UTC()
	}
	if r.refused != nil {
		kind, ok := refusals[*r.refused]
		if !ok {
			return nil, fmt.Errorf("there is no refusal %.40q", *r.refused)
		}
		e.Refused = kind
		return e, nil
	}
	if r.size < 0 || r.size > maxAnswer {
		return nil, fmt.Errorf("its size is %d", r.size)
	}
	var err error
	if r.header != nil {
		if e.Header, err = unpack(r.header, r.size); err != nil {
			return nil, err
		}
	}
	if e.Body, err = unpack(r.body, r.size-int64(len(e.Header))); err != nil {
		return nil, err
	}
	if n := int64(len(e.Header) + len(e.Body)); n != r.size {
		return nil, fmt.Errorf("it has %d bytes of %d", n, r.size)
	}
	return e, nil
}

// loadAnswer reads a row and notes, once a day, that it is in use; nil when there is none.
func (s *Store) loadAnswer(ctx context.Context, request string) (*answerRow, error) {
	row := &answerRow{request: request}
	err := s.query(ctx, func(q querier) error {
		var seen bool
		err := q.QueryRow(ctx, `
			select class, refused, csv, header, body, size, fetched_at, fresh_until, used_on >= current_date
			from iracing.answers where request = $1`, request).
			Scan(&row.class, &row.refused, &row.csv, &row.header, &row.body, &row.size, &row.at, &row.until, &seen)
		if err != nil || seen {
			return err
		}
		// A database that takes no changes still answers.
		_, _ = q.Exec(ctx, "update iracing.answers set used_on = current_date where request = $1 and used_on < current_date", request)
		return nil
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return row, nil
}

// saveAnswer writes a row, unless there is a newer one. A clock that was wrong once must not keep others out for good.
func (s *Store) saveAnswer(ctx context.Context, r *answerRow) error {
	return s.query(ctx, func(q querier) error {
		_, err := q.Exec(ctx, `
			insert into iracing.answers as kept (request, class, refused, csv, header, body, size, fetched_at, fresh_until)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			on conflict (request) do update set
				class = excluded.class, refused = excluded.refused, csv = excluded.csv, header = excluded.header, body = excluded.body,
				size = excluded.size, fetched_at = excluded.fetched_at, fresh_until = excluded.fresh_until, used_on = current_date
			where kept.fetched_at <= excluded.fetched_at or kept.fetched_at > now() + interval '1 hour'`,
			r.request, r.class, r.refused, r.csv, r.header, r.body, r.size, r.at, r.until)
		return err
	})
}

// maxKey is the length of a key that fits into an index whatever it is made of.
const maxKey = 2000

// requestKey is the text under which a request's key stands in a table: the key itself, or, where that is too long for an
// index or no text for PostgreSQL, its beginning and a digest.
func requestKey(key string) string {
	if len(key) <= maxKey && utf8.ValidString(key) && strings.IndexByte(key, 0) < 0 {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	begin := strings.ToValidUTF8(key[:min(len(key), maxKey/2)], "?")
	return strings.ReplaceAll(begin, "\x00", "?") + "#" + hex.EncodeToString(sum[:])
}

// Prune deletes what nobody needs any more, and answers how many rows that were: answers that are out of date and were not
// asked for in a month, runs of jobs from more than a year ago, and tokens that could not be read for three months.
func (s *Store) Prune(ctx context.Context) (rows int64, err error) {
	for _, sql := range []string{
		// The last run of each job stays, and the last one that succeeded.
		`delete from iracing.job_runs where run_id in (
			select run_id from iracing.job_runs r
			where started_at < now() - interval '` + pruneRuns + `' and exists (
				select from iracing.job_runs later where later.job = r.job and later.run_id > r.run_id and later.outcome = 'ok')
			limit $1)`,
		`delete from iracing.tokens_unreadable where (name, set_aside_at) in (
			select name, set_aside_at from iracing.tokens_unreadable where set_aside_at < now() - interval '` + pruneAside + `' limit $1)`,
		`delete from iracing.answers where request in (
			select request from iracing.answers
			where fresh_until < now() - interval '` + pruneAnswers + `' and used_on < current_date - interval '` + pruneAnswers + `'
			limit $1)`,
	} {
		// A few rows at a time, so that nobody waits for long.
		for n := int64(pruneBatch); n == pruneBatch; rows += n {
			err := s.query(ctx, func(q querier) error {
				tag, err := q.Exec(ctx, sql, pruneBatch)
				n = tag.RowsAffected()
				return err
			})
			if err != nil {
				return rows, err
			}
		}
	}
	return rows, nil
}
