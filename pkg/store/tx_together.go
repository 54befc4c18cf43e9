package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// togetherFrom is from how many rows on it pays to check their foreign keys together: to switch the server's own checks off
// and on makes it plan its statements anew.
const togetherFrom = 1000

// newRows are the rows that a transaction adds to a table of the schema: all of those for which a condition holds.
type newRows struct {
	table, where string
	args         []any
}

// together runs write, which adds the rows, with their foreign keys checked by one statement for each key behind it. The
// server would check row after row, which takes twice as long as writing them.
//
// That is for who may set session_replication_role: a superuser, or another user who was granted it. The rows of others are
// checked by the server, and so are those of tables with triggers that somebody added, which would be left out as well.
func (n newRows) together(ctx context.Context, tx pgx.Tx, write func() error) error {
	keys, err := n.foreignKeys(ctx, tx)
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		return write()
	}
	if _, err := tx.Exec(ctx, "set local session_replication_role = replica"); err != nil {
		return err
	}
	if err := write(); err != nil {
		return err // the setting ends with the transaction
	}
	var b pgx.Batch
	b.Queue("set local session_replication_role = origin")
	for i := range keys {
		b.Queue(keys[i].missing(n), n.args...).QueryRow(func(row pgx.Row) error {
			var missing int64
			if err := row.Scan(&missing); err != nil || missing == 0 {
				return err
			}
			return &Error{Kind: Failed, Detail: fmt.Sprintf("rows refer by %s to %d others that are not there (SQLSTATE %s)", keys[i].name, missing, noParent)}
		})
	}
	return tx.SendBatch(ctx, &b).Close()
}

// noParent is the SQLSTATE of a row that refers to another which is not there.
const noParent = "23503"

// foreignKey is a reference to another table, with its columns in SQL.
type foreignKey struct {
	name, parent      string
	columns, refersTo []string
}

// foreignKeys are those of the table; none where they are to be checked by the server.
func (n newRows) foreignKeys(ctx context.Context, tx pgx.Tx) ([]foreignKey, error) {
	if major(tx.Conn()) < 15 {
		return nil, nil // which cannot tell who may set what
	}
	rows, err := tx.Query(ctx, `
		select conname, confrelid::regclass::text,
			array(select quote_ident(attname) from unnest(conkey) with ordinality as k(n, i) join pg_attribute on attrelid = conrelid and attnum = n order by i),
			array(select quote_ident(attname) from unnest(confkey) with ordinality as k(n, i) join pg_attribute on attrelid = confrelid and attnum = n order by i)
		from pg_constraint
		where conrelid = ('iracing.' || quote_ident($1))::regclass and contype = 'f'
		and has_parameter_privilege('session_replication_role', 'set') and current_setting('session_replication_role') = 'origin'
		and not exists (select from pg_trigger where tgrelid = conrelid and not tgisinternal)
		order by conname`, n.table)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (k foreignKey, err error) {
		return k, row.Scan(&k.name, &k.parent, &k.columns, &k.refersTo)
	})
}

// major is the version of the server; 0 where it is not known.
func major(c *pgx.Conn) int {
	version := c.PgConn().ParameterStatus("server_version")
	digits := len(version) - len(strings.TrimLeft(version, "0123456789"))
	n, _ := strconv.Atoi(version[:digits])
	return n
}

// missing is a statement that counts the rows which new rows refer to and which are not there. It keeps the others from being
// deleted before the transaction ends, as the server's own check does.
func (k *foreignKey) missing(n newRows) string {
	return fmt.Sprintf(`
		with wanted as (
			select distinct %[1]s from iracing.%[2]s where (%[3]s) and %[4]s is not null
		), there as (
			select %[5]s from %[6]s where (%[5]s) in (select * from wanted) order by %[5]s for key share
		)
		select (select count(*) from wanted) - (select count(*) from there)`,
		strings.Join(k.columns, ", "), n.table, n.where, strings.Join(k.columns, " is not null and "), strings.Join(k.refersTo, ", "), k.parent)
}
