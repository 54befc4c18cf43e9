package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/tern/v2/migrate"
)

//go:embed migrations/*.sql
var migrations embed.FS

// versionTable is where the number of the last migration is kept.
const versionTable = "iracing.schema_version"

// Ready connects and brings the schema up to date, once; later calls cost nothing. Every method calls it, so that a
// database which comes up after the program is used from then on.
func (s *Store) Ready(ctx context.Context) error {
	s.ready.Lock()
	defer s.ready.Unlock()
	if s.isReady {
		return nil
	}
	if _, _, err := s.Migrate(ctx); err != nil {
		return err
	}
	s.isReady = true
	return nil
}

// Migrate brings the schema up to date and tells the versions before and after. Several processes may do that at once: one
// does it, and the others wait.
func (s *Store) Migrate(ctx context.Context) (from, to int, err error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return 0, 0, wrap(ctx, err)
	}
	defer conn.Release()
	m, err := migrator(ctx, conn.Conn())
	if err != nil {
		return 0, 0, wrap(ctx, err)
	}
	now, err := m.GetCurrentVersion(ctx)
	if err != nil {
		return 0, 0, wrap(ctx, err)
	}
	if int(now) > len(m.Migrations) {
		return int(now), int(now), &Error{Kind: NewerSchema, Detail: fmt.Sprintf("its schema has version %d, and this program knows %d", now, len(m.Migrations))}
	}
	if int(now) < len(m.Migrations) {
		if err := m.Migrate(ctx); err != nil {
			return int(now), int(now), wrap(ctx, err)
		}
	}
	return int(now), len(m.Migrations), nil
}

func migrator(ctx context.Context, conn *pgx.Conn) (*migrate.Migrator, error) {
	// Two processes may both find that there is none.
	if _, err := conn.Exec(ctx, "select pg_advisory_lock(7212651)"); err != nil {
		return nil, err
	}
	_, err := conn.Exec(ctx, `do $$ begin
		if to_regnamespace('iracing') is null then create schema iracing; end if;
	end $$`)
	if _, unlock := conn.Exec(context.WithoutCancel(ctx), "select pg_advisory_unlock(7212651)"); err == nil {
		err = unlock
	}
	if err != nil {
		return nil, err
	}
	m, err := migrate.NewMigrator(ctx, conn, versionTable)
	if err != nil {
		return nil, err
	}
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	for _, file := range files { // in the order of their numbers
		sql, err := migrations.ReadFile(file)
		if err != nil {
			return nil, err
		}
		m.AppendMigration(file, string(sql), "")
	}
	return m, nil
}
