package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// bulk writes many rows of one table with one statement: each column goes to the server as one array. Rows that are there
// already and are the same are neither rewritten nor locked, so that processes which write the same cars and tracks do
// not wait for each other.
type bulk[T any] struct {
	table string
	rows  []T
	keys  []string
	cols  []bulkColumn
	// guard keeps rows as they are unless it holds; it names the row that is there old and the one that comes new.
	guard string
	// insert writes new rows only.
	insert bool
}

type bulkColumn struct {
	name   string
	array  string // the type that it goes to the server as
	expr   string // what comes of a value; %s is it
	merge  string // what comes of the values @old and @new; empty for the new one
	fixed  bool   // a row that is there keeps its value
	values any
	at     func(i int) any // one value as a copy takes it
}

// into begins a write of rows into a table. Rows of equal keys but the last are dropped.
func into[T any, K comparable](table string, rows []T, key func(*T) K) *bulk[T] {
	return &bulk[T]{table: table, rows: lastOf(rows, key)}
}

// lastOf drops all rows of equal keys but the last.
func lastOf[T any, K comparable](rows []T, key func(*T) K) []T {
	at := make(map[K]int, len(rows))
	for i := range rows {
		at[key(&rows[i])] = i
	}
	if len(at) == len(rows) {
		return rows
	}
	out := make([]T, 0, len(at))
	for i := range rows {
		if at[key(&rows[i])] == i {
			out = append(out, rows[i])
		}
	}
	return out
}

func column[T, V any](b *bulk[T], name, array, expr string, value func(*T) V) *bulkColumn {
	return columnOr(b, name, array, expr, value, func(v V) any { return v })
}

// columnOr adds a column; plain is a value as a copy takes it, where expr does not say that.
func columnOr[T, V any](b *bulk[T], name, array, expr string, value func(*T) V, plain func(V) any) *bulkColumn {
	values := make([]V, len(b.rows))
	for i := range b.rows {
		values[i] = value(&b.rows[i])
	}
	b.cols = append(b.cols, bulkColumn{name: name, array: array, expr: expr, values: values, at: func(i int) any { return plain(values[i]) }})
	return &b.cols[len(b.cols)-1]
}

// unless is a value, or null where it is the one that stands for none.
func unless[V comparable](none V) func(V) any {
	return func(v V) any {
		if v == none {
			return nil
		}
		return v
	}
}

// key adds a column of the primary key.
func (b *bulk[T]) key(name string, value func(*T) int64) {
	b.keys = append(b.keys, name)
	column(b, name, "bigint", "%s", value)
}

// textKey adds a column of the primary key that is a text.
func (b *bulk[T]) textKey(name string, value func(*T) string) {
	b.keys = append(b.keys, name)
	column(b, name, "text", "%s", func(r *T) string { return plain(value(r)) })
}

// dayKey adds a column of the primary key that is a day.
func (b *bulk[T]) dayKey(name string, value func(*T) time.Time) {
	b.keys = append(b.keys, name)
	column(b, name, "date", "%s", func(r *T) pgtype.Date { return day(value(r)) })
}

// id adds a column of numbers of which 0 stands for none.
func (b *bulk[T]) id(name string, value func(*T) int64) *bulkColumn {
	return columnOr(b, name, "bigint", "nullif(%s, 0)", value, unless(int64(0)))
}

// count adds a column of numbers of which 0 is one.
func (b *bulk[T]) count(name string, value func(*T) int) *bulkColumn {
	return column(b, name, "bigint", "%s", func(r *T) int64 { return int64(value(r)) })
}

// place adds a column of numbers of which 0 stands for none.
func (b *bulk[T]) place(name string, value func(*T) int) *bulkColumn {
	return columnOr(b, name, "bigint", "nullif(%s, 0)", func(r *T) int64 { return int64(value(r)) }, unless(int64(0)))
}

// counted adds a column of numbers of which -1 stands for none.
func (b *bulk[T]) counted(name string, value func(*T) int) *bulkColumn {
	return columnOr(b, name, "bigint", "nullif(%s, -1)", func(r *T) int64 { return int64(value(r)) }, unless(int64(-1)))
}

// number adds a column of numbers of which NaN stands for none.
func (b *bulk[T]) number(name string, value func(*T) float64) *bulkColumn {
	return columnOr(b, name, "double precision", "nullif(%s, 'NaN')", func(r *T) float64 {
		v := value(r)
		if math.IsInf(v, 0) {
			return math.NaN()
		}
		return v
	}, numberOrNull)
}

// text adds a column of texts.
func (b *bulk[T]) text(name string, value func(*T) string) *bulkColumn {
	return column(b, name, "text", "%s", func(r *T) string { return plain(value(r)) })
}

// word adds a column of texts of which the empty one stands for none.
func (b *bulk[T]) word(name string, value func(*T) string) *bulkColumn {
	return columnOr(b, name, "text", "nullif(%s, '')", func(r *T) string { return plain(value(r)) }, unless(""))
}

// flag adds a column of truths.
func (b *bulk[T]) flag(name string, value func(*T) bool) *bulkColumn {
	return column(b, name, "boolean", "%s", value)
}

// maybe adds a column of truths that are null where nothing is known.
func (b *bulk[T]) maybe(name string, value func(*T) *bool) *bulkColumn {
	return column(b, name, "boolean", "%s", value)
}

// at adds a column of times; the zero time stands for none.
func (b *bulk[T]) at(name string, value func(*T) time.Time) *bulkColumn {
	return column(b, name, "timestamptz", "%s", func(r *T) pgtype.Timestamptz { return moment(value(r)) })
}

// simTime adds a column of times in the sim as iRacing writes them, 2026-04-01T18:55:00, which have no zone.
func (b *bulk[T]) simTime(name string, value func(*T) string) *bulkColumn {
	return column(b, name, "timestamp", "%s", func(r *T) pgtype.Timestamp {
		for _, layout := range []string{"2006-01-02T15:04:05", time.RFC3339Nano} {
			if t, err := time.Parse(layout, value(r)); err == nil && moment(t).Valid {
				return pgtype.Timestamp{Time: t, Valid: true}
			}
		}
		return pgtype.Timestamp{}
	})
}

// day adds a column of days; the zero time stands for none.
func (b *bulk[T]) day(name string, value func(*T) time.Time) *bulkColumn {
	return column(b, name, "date", "%s", func(r *T) pgtype.Date { return day(value(r)) })
}

// list adds a column of arrays, of the type array.
func list[T any, V int | int64](b *bulk[T], name, array string, value func(*T) []V) *bulkColumn {
	return column(b, name, "text", "(%s)::"+array, func(r *T) string {
		texts := []string{}
		for _, v := range value(r) {
			texts = append(texts, strconv.FormatInt(int64(v), 10))
		}
		return "{" + strings.Join(texts, ",") + "}"
	})
}

// known lets a value that is known stand where the new one is not.
func (c *bulkColumn) known() {
	c.merge = "coalesce(@new, @old)"
	if c.array == "text" && c.expr == "%s" {
		c.merge = "coalesce(nullif(@new, ''), @old)"
	}
}

// either keeps a truth once it holds.
func (c *bulkColumn) either() { c.merge = "(@old or @new)" }

// statement is the write as a statement; empty where there are no rows.
func (b *bulk[T]) statement() (sql string, args []any) {
	if len(b.rows) == 0 {
		return "", nil
	}
	args = make([]any, len(b.cols))
	for i, c := range b.cols {
		args[i] = c.values
	}
	return b.sql(), args
}

// copyTo copies the rows into the table, which is by far the quickest way, but works only where none of them is there yet.
func (b *bulk[T]) copyTo(ctx context.Context, q querier) (int64, error) {
	if len(b.rows) == 0 {
		return 0, nil
	}
	names := make([]string, len(b.cols))
	for i, c := range b.cols {
		names[i] = c.name
	}
	values := make([]any, len(b.cols))
	n, err := q.CopyFrom(ctx, pgx.Identifier{"iracing", b.table}, names, pgx.CopyFromSlice(len(b.rows), func(i int) ([]any, error) {
		for j := range b.cols {
			values[j] = b.cols[j].at(i)
		}
		return values, nil
	}))
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg) && pg.Code == "57014" && strings.HasPrefix(pg.Message, "COPY"):
		// The driver gave up on a value that the column does not hold, and the server calls that cancelled.
		return 0, &Error{Kind: Failed, Detail: outOfRange, Err: err}
	case err != nil:
		return 0, fmt.Errorf("copy into %s: %w", b.table, err)
	}
	return n, nil
}

// outOfRange is the SQLSTATE of a number that a column does not hold.
const outOfRange = "22003"

// pipe gathers statements that go to the server at once.
type pipe struct {
	batch  pgx.Batch
	tables []string // that the statements write
}

// do adds a statement; its rows count as written to the table, unless that is empty.
func (p *pipe) do(table, sql string, args ...any) {
	p.batch.Queue(sql, args...)
	p.tables = append(p.tables, table)
}

// put adds a write of many rows.
func (p *pipe) put(table string, rows interface{ statement() (string, []any) }) {
	if sql, args := rows.statement(); sql != "" {
		p.do(table, sql, args...)
	}
}

// send runs the statements in their order and counts the rows.
func (p *pipe) send(ctx context.Context, q querier, rows Rows) error {
	if len(p.tables) == 0 {
		return nil
	}
	defer func() { *p = pipe{} }()
	results := q.SendBatch(ctx, &p.batch)
	for _, table := range p.tables {
		tag, err := results.Exec()
		if err != nil {
			_ = results.Close()
			return fmt.Errorf("write %s: %w", table, err)
		}
		if n := tag.RowsAffected(); n > 0 && table != "" {
			rows[table] += n
		}
	}
	return results.Close()
}

func (b *bulk[T]) sql() string {
	var names, arrays, units, exprs, olds []string
	for i, c := range b.cols {
		unit := "c" + strconv.Itoa(i+1)
		names = append(names, c.name)
		arrays = append(arrays, fmt.Sprintf("$%d::%s[]", i+1, c.array))
		units = append(units, unit)
		exprs = append(exprs, fmt.Sprintf(c.expr, "u."+unit)+" as "+c.name)
	}
	var on []string
	for _, k := range b.keys {
		on = append(on, "old."+k+" = new."+k)
	}
	// changed tells that the row which comes is another than the one that is there.
	changed := func(source string) string {
		olds = olds[:0]
		var news []string
		for _, c := range b.cols {
			if !c.fixed && !slices.Contains(b.keys, c.name) {
				olds, news = append(olds, "old."+c.name), append(news, c.merged(source))
			}
		}
		if len(olds) == 0 || b.insert {
			return "false"
		}
		text := "(" + strings.Join(olds, ", ") + ", 0) is distinct from (" + strings.Join(news, ", ") + ", 0)"
		if b.guard != "" {
			text += " and (" + strings.ReplaceAll(b.guard, "new.", source+".") + ")"
		}
		return text
	}
	sql := "insert into iracing." + b.table + " as old (" + strings.Join(names, ", ") + ")\n" +
		"select new." + strings.Join(names, ", new.") + "\n" +
		"from (select " + strings.Join(exprs, ", ") + " from unnest(" + strings.Join(arrays, ", ") + ") as u(" + strings.Join(units, ", ") + ")) as new\n" +
		"left join iracing." + b.table + " as old on " + strings.Join(on, " and ") + "\n" +
		"where old." + b.keys[0] + " is null or " + changed("new") + "\n" +
		"order by new." + strings.Join(b.keys, ", new.") + "\n" +
		"on conflict (" + strings.Join(b.keys, ", ") + ") do "
	if b.insert {
		return sql + "nothing"
	}
	var sets []string
	for _, c := range b.cols {
		if !c.fixed && !slices.Contains(b.keys, c.name) {
			sets = append(sets, c.name+" = "+c.merged("excluded"))
		}
	}
	if len(sets) == 0 {
		return sql + "nothing"
	}
	return sql + "update set " + strings.Join(sets, ", ") + " where " + changed("excluded")
}

func (c *bulkColumn) merged(source string) string {
	if c.merge == "" {
		return source + "." + c.name
	}
	return strings.NewReplacer("@old", "old."+c.name, "@new", source+"."+c.name, "new.", source+".").Replace(c.merge)
}

// plain is a text that PostgreSQL takes.
func plain(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	return strings.ToValidUTF8(s, "\ufffd")
}

// moment is a time as PostgreSQL takes it; not valid for the zero time and for one that no clock shows.
func moment(t time.Time) pgtype.Timestamptz {
	return pgtype.Timestamptz{Time: t, Valid: t.Year() >= 1900 && t.Year() < 10000}
}

func day(t time.Time) pgtype.Date {
	return pgtype.Date{Time: time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC), Valid: moment(t).Valid}
}
