package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Status is how the database stands, for a health check.
type Status struct {
	// Server is its version, as in 17.2.
	Server         string
	Database, User string
	// Schema is the version of the schema.
	Schema int
	// ReadOnly tells that it takes no changes.
	ReadOnly bool
	// Encrypted tells that the connection is.
	Encrypted bool
	// Connections are those of the server that are in use, as far as this user may see them, and MaxConnections those that
	// it takes.
	Connections, MaxConnections int
	// Bytes is the size of the schema on disk.
	Bytes int64
	// Rows are about how many rows its tables hold, by their names.
	Rows map[string]int64
	// Took is how long the answer took.
	Took time.Duration
}

// Status asks the database how it stands. It is cheap: rows are estimates.
func (s *Store) Status(ctx context.Context) (Status, error) {
	st := Status{Rows: map[string]int64{}}
	err := s.query(ctx, func(q querier) error {
		begun := time.Now()
		err := q.QueryRow(ctx, `
			select split_part(current_setting('server_version'), ' ', 1), current_database(), current_user,
				(select version from iracing.schema_version), current_setting('transaction_read_only') = 'on',
				coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false),
				(select count(*) from pg_stat_activity where backend_type = 'client backend'),
				current_setting('max_connections')::integer`).
			Scan(&st.Server, &st.Database, &st.User, &st.Schema, &st.ReadOnly, &st.Encrypted, &st.Connections, &st.MaxConnections)
		if err != nil {
			return err
		}
		st.Took = time.Since(begun)
		rows, err := q.Query(ctx, `
			select c.relname, greatest(c.reltuples::bigint, pg_stat_get_live_tuples(c.oid), 0), pg_total_relation_size(c.oid)
			from pg_class c where c.relnamespace = 'iracing'::regnamespace and c.relkind = 'r'`)
		if err != nil {
			return err
		}
		var name string
		var n, size int64
		st.Bytes = 0
		_, err = pgx.ForEachRow(rows, []any{&name, &n, &size}, func() error {
			st.Rows[name] = n
			st.Bytes += size
			return nil
		})
		return err
	})
	return st, err
}
