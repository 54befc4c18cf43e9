package store

import (
	"context"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Column is a column of a view.
type Column struct {
	Name  string
	Type  string // as PostgreSQL calls it: double precision, timestamp with time zone
	About string // its comment
}

var viewMade = regexp.MustCompile(`(?m)^create (?:or replace )?view iracing\.(v_\w+)`)

// Views are the names of the views for dashboards and people, in order.
func Views() []string {
	var views []string
	files, _ := fs.Glob(migrations, "migrations/*.sql") // the pattern is right
	for _, file := range files {
		sql, _ := migrations.ReadFile(file) // it is there
		for _, m := range viewMade.FindAllSubmatch(sql, -1) {
			views = append(views, string(m[1]))
		}
	}
	slices.Sort(views)
	return slices.Compact(views)
}

// Columns describes a view.
func (s *Store) Columns(ctx context.Context, view string) (about string, cols []Column, err error) {
	if !slices.Contains(Views(), view) {
		return "", nil, noView(view)
	}
	err = s.query(ctx, func(q querier) error {
		about, cols, err = describe(ctx, q, view)
		return err
	})
	return about, cols, err
}

func noView(view string) error {
	return fmt.Errorf("there is no view %.60q; there are %s", view, strings.Join(Views(), ", "))
}

func describe(ctx context.Context, q querier, view string) (about string, cols []Column, err error) {
	err = q.QueryRow(ctx, "select coalesce(obj_description(to_regclass('iracing.' || quote_ident($1)), 'pg_class'), '')", view).Scan(&about)
	if err != nil {
		return "", nil, err
	}
	rows, err := q.Query(ctx, `
		select attname::text, format_type(atttypid, atttypmod), coalesce(col_description(attrelid, attnum), '')
		from pg_attribute where attrelid = to_regclass('iracing.' || quote_ident($1)) and attnum > 0 and not attisdropped order by attnum`, view)
	if err != nil {
		return "", nil, err
	}
	cols, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Column])
	return about, cols, err
}

// timeColumns are the columns by which views are bounded and ordered; the first that a view has.
var timeColumns = []string{"time", "happened_at", "started_at", "start_at", "starts_at", "launch_at", "day", "answered_at", "modified_at"}

// Export hands the rows of a view to a function, in the order of their time. Views that have a time are bounded by from,
// inclusive, and to, exclusive, where these are not zero; rows whose time is not known are then left out. The values are
// int16, int32, int64, float32, float64, string, bool, time.Time, []any of these, or nil; they are the function's until it
// returns. The rows are those of one moment. An error of the function ends it and is the answer.
func (s *Store) Export(ctx context.Context, view string, from, to time.Time, row func(cols []Column, values []any) error) error {
	if !slices.Contains(Views(), view) {
		return noView(view)
	}
	if err := s.Ready(ctx); err != nil {
		return err
	}
	// A view of many rows takes its time, all the more where its reader is slow: it gets a connection of its own, which ends
	// with it, so that what nobody wants any more is not waited for.
	conn, err := s.longSession(ctx)
	if err != nil {
		return err
	}
	defer end(conn)
	var failed error
	err = func() error {
		for _, sql := range []string{"set statement_timeout = 0", "begin isolation level repeatable read read only"} {
			if _, err := conn.Exec(ctx, sql); err != nil {
				return err
			}
		}
		_, cols, err := describe(ctx, conn, view)
		if err != nil {
			return err
		}
		reading, stop := context.WithCancel(ctx)
		defer stop()
		sql, args := exportSQL(view, cols, from, to)
		rows, err := conn.Query(reading, sql, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			values, err := rows.Values()
			if err != nil {
				return err
			}
			if failed = row(cols, values); failed != nil {
				stop()
				return nil
			}
		}
		return rows.Err()
	}()
	if failed != nil {
		return failed
	}
	if err != nil {
		return s.fail(ctx, err)
	}
	return nil
}

func exportSQL(view string, cols []Column, from, to time.Time) (sql string, args []any) {
	at, list := "", make([]string, len(cols))
	for i, c := range cols {
		list[i] = inQuotes(c.Name)
	}
	for _, name := range timeColumns {
		if slices.ContainsFunc(cols, func(c Column) bool { return c.Name == name }) {
			at = inQuotes(name)
			break
		}
	}
	sql = "select " + strings.Join(list, ", ") + " from iracing." + inQuotes(view)
	if at == "" {
		return sql, nil
	}
	var where []string
	for _, bound := range []struct {
		op string
		at time.Time
	}{{">=", from}, {"<", to}} {
		if !bound.at.IsZero() {
			args = append(args, bound.at)
			where = append(where, fmt.Sprintf("%s %s $%d", at, bound.op, len(args)))
		}
	}
	if len(where) > 0 {
		sql += " where " + strings.Join(where, " and ")
	}
	return sql + " order by " + at, args
}

func inQuotes(name string) string { return pgx.Identifier{name}.Sanitize() } //nolint:misspell // the spelling of the driver
