package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/tern/v2/migrate"
)

//go:embed migrations/*.sql
var migrations embed.FS

// versionTable is where the number of the last migration is kept.
const versionTable = "iracing.schema_version"

// migrateFor bounds all migrations together. They may take long on a large database, and others wait for them.
const migrateFor = time.Hour

// readying is one attempt to bring the schema up to date.
type readying struct {
	done chan struct{} // closed when err is there
	err  error
}

// Ready connects and brings the schema up to date, once; later calls cost nothing. Every method calls it, so that a
// database which comes up after the program is used from then on. The end of ctx does not break migrations off, only the
// waiting for them.
func (s *Store) Ready(ctx context.Context) error {
	if s.isReady.Load() {
		return nil
	}
	r := s.beginReadying()
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// beginReadying joins the attempt that is under way, or begins one.
func (s *Store) beginReadying() *readying {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.readying != nil {
		return s.readying
	}
	r := &readying{done: make(chan struct{})}
	if s.life.Err() != nil {
		r.err = &Error{Kind: Unreachable, Detail: "the program is ending"}
		close(r.done)
		return r
	}
	s.readying = r
	s.work.Go(func() {
		_, _, err := s.Migrate(s.life)
		if err != nil && s.life.Err() == nil {
			s.breaker.trip(err) // whatever it is, it takes more than a moment to mend
		}
		s.mu.Lock()
		s.readying = nil
		s.mu.Unlock()
		r.err = err
		close(r.done)
	})
	return r
}

// Migrate brings the schema up to date and tells the versions before and after. Several processes may do that at once: one
// does it, and the others wait. It needs no rights where there is nothing to do.
func (s *Store) Migrate(ctx context.Context) (from, to int, err error) {
	want, err := steps()
	if err != nil {
		return 0, 0, err
	}
	err = s.bare(ctx, func(q querier) (err error) {
		from, err = version(ctx, q)
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	to = from
	if from < len(want) {
		if from, to, err = s.migrate(ctx, want); err != nil {
			return from, from, s.fail(ctx, err)
		}
	}
	if from > len(want) {
		return from, from, s.fail(ctx, newer(from, len(want)))
	}
	s.regrant(ctx)
	s.isReady.Store(true)
	return from, to, nil
}

func newer(there, known int) error {
	return &Error{Kind: NewerSchema, Detail: fmt.Sprintf("its schema has version %d, and this program knows %d", there, known)}
}

// version is that of the schema; 0 when there is none.
func version(ctx context.Context, q querier) (v int, err error) {
	err = q.QueryRow(ctx, "select version from "+versionTable).Scan(&v)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && (pg.Code == "42P01" || pg.Code == "3F000") || errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return v, err
}

// step is one migration.
type step struct{ name, sql string }

// steps are all migrations in the order of their numbers.
func steps() ([]step, error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	all := make([]step, len(files))
	for i, file := range files {
		sql, err := migrations.ReadFile(file)
		if err != nil {
			return nil, err
		}
		all[i] = step{file, string(sql)}
	}
	return all, nil
}

// longSession is a connection of its own for statements that may take long.
func (s *Store) longSession(ctx context.Context) (*pgx.Conn, error) {
	cc := s.pool.Config().ConnConfig
	dial := s.config.Dial
	if dial == nil {
		dial = (&net.Dialer{KeepAlive: 15 * time.Second}).DialContext
	}
	cc.DialFunc = impatient(dial, migrateFor)
	return s.sessionOf(ctx, cc)
}

// migrate runs what is missing while nobody else does.
func (s *Store) migrate(ctx context.Context, want []step) (from, to int, err error) {
	conn, err := s.longSession(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer end(conn)
	if err := waitAdvisory(ctx, conn, lockKey("migrate")); err != nil {
		return 0, 0, err
	}
	if from, err = version(ctx, conn); err != nil || from >= len(want) {
		return from, from, err // another process was quicker
	}
	// A migration that has begun is not broken off because who wanted it has gone: the next one would begin it again.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), migrateFor)
	defer cancel()
	for _, sql := range []string{
		"set statement_timeout = 0", "set lock_timeout = 0",
		// Where somebody made the schema for this user, the user need not be allowed to make one.
		`do $$ begin
			if to_regnamespace('iracing') is null then
				create schema iracing;
				comment on schema iracing is 'iRacing''s results and telemetry. The views v_* are for dashboards.';
			end if;
		end $$`,
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return from, from, err
		}
	}
	m, err := migrate.NewMigrator(ctx, conn, versionTable)
	if err != nil {
		return from, from, err
	}
	for _, st := range want {
		m.AppendMigration(st.name, st.sql, "")
	}
	if err := m.Migrate(ctx); err != nil {
		return from, from, err
	}
	return from, len(want), nil
}
