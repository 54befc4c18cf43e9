package store

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/text/secure/precis"
)

// readers is the group of those who may read the views and no table.
const readers = "iracing_reader"

// readerSettings are settings that a reader's connections to this database begin with. They guard against mistakes, and not
// against a reader who means it: anybody may change them for a connection.
var readerSettings = []struct{ name, value string }{
	{"default_transaction_read_only", "on"},
	{"statement_timeout", "60s"},
	// Compiling the expressions of a view takes longer than reading a few races by it.
	{"jit", "off"},
}

// MakeReader lets the role login read the views, and no table: it becomes a member of the role iracing_reader. Both are
// made when they are not there. The password of a login that is a member already is changed, unless it is empty; a login
// that was made elsewhere keeps its own. What PostgreSQL lets everybody do, such as make temporary tables and connect to
// other databases, it lets the reader do.
//
// In this database the login's transactions only read and its statements end after a minute, unless somebody has set that
// for the login already. Where that takes a right that is missing, the login stays without and Config.Warn is told.
//
// It needs the right to make roles. The password leaves this process only as what the server keeps of it.
func (s *Store) MakeReader(ctx context.Context, login, password string) error {
	if login == "" || len(login) > 63 || strings.ContainsRune(login, 0) || login == readers {
		return &Error{Kind: BadSettings, Detail: fmt.Sprintf("%.70q cannot be the name of a login", login)}
	}
	verifier, err := scram(password)
	if err != nil {
		return err
	}
	// Roles are those of all databases of a server, where another process may make the same one at this time.
	const tries = 5
	for try := 1; ; try++ {
		err := s.makeReader(ctx, login, verifier)
		if try == tries || !madeAtOnce(err) || !pause(ctx, txBackoff) {
			return err
		}
	}
}

// madeAtOnce tells the errors of those who lost a race for a role.
func madeAtOnce(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) &&
		(pg.Code == "42710" || pg.Code == "23505" || pg.Code == "XX000" && strings.Contains(pg.Message, "concurrently"))
}

func (s *Store) makeReader(ctx context.Context, login, verifier string) error {
	name := quoted(login)
	return s.tx(ctx, func(tx pgx.Tx) error {
		// Two of these at once would run into each other.
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock($1)", lockKey("roles")); err != nil {
			return err
		}
		var group, there, powerful, member bool
		err := tx.QueryRow(ctx, `
			select exists (select from pg_roles where rolname = $1),
				coalesce(bool_or(true), false),
				coalesce(bool_or(rolsuper or rolname = current_user or oid = n.nspowner), false),
				coalesce(bool_or(exists (
					select from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = r.oid and g.rolname = $1)), false)
			from pg_roles r cross join (select nspowner from pg_namespace where nspname = 'iracing') n
			where rolname = $2`, readers, login).Scan(&group, &there, &powerful, &member)
		if err != nil {
			return err
		}
		if powerful {
			return &Error{Kind: BadSettings, Detail: fmt.Sprintf("%q may do more than read already; take another name for the reader", login)}
		}
		var sqls []string
		if !group {
			sqls = append(sqls, "create role "+readers+" nologin")
		}
		switch {
		case !there && verifier == "":
			return &Error{Kind: BadSettings, Detail: fmt.Sprintf("the role %q is not there, and there is no password to make it with", login)}
		case !there:
			sqls = append(sqls, "create role "+name+" login password '"+verifier+"'")
		case member && verifier != "":
			sqls = append(sqls, "alter role "+name+" password '"+verifier+"'")
		}
		if !member {
			sqls = append(sqls, "grant "+readers+" to "+name)
		}
		for _, sql := range sqls {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		}
		if err := s.guardReader(ctx, tx, login); err != nil {
			return err
		}
		return grantReaders(ctx, tx)
	})
}

// guardReader gives a login those of the settings of readers that nobody has given it for this database or for all.
func (s *Store) guardReader(ctx context.Context, tx pgx.Tx, login string) error {
	var database string
	var set []string
	err := tx.QueryRow(ctx, `
		select current_database()::text, coalesce((
			select array_agg(split_part(c, '=', 1)) from pg_db_role_setting s join pg_roles r on r.oid = s.setrole
			cross join unnest(s.setconfig) as c
			where r.rolname = $1 and s.setdatabase in (0, (select oid from pg_database where datname = current_database()))), '{}')`, login).
		Scan(&database, &set)
	if err != nil {
		return err
	}
	var sqls []string
	for _, v := range readerSettings {
		if !slices.Contains(set, v.name) {
			sqls = append(sqls, fmt.Sprintf("alter role %s in database %s set %s = '%s'", quoted(login), quoted(database), v.name, v.value))
		}
	}
	if len(sqls) == 0 {
		return nil
	}
	// A login that somebody else has made may be theirs alone to change.
	err = pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, strings.Join(sqls, ";\n"))
		return err
	})
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "42501" {
		s.config.Warn(fmt.Sprintf("The login %q could not be held to reading for a minute at a time", login), wrap(ctx, err))
		return nil
	}
	return err
}

// regrant gives the readers what they lack: views that are new, also when the process that made them died before it came
// to that.
func (s *Store) regrant(ctx context.Context) {
	err := s.bare(ctx, func(q querier) error {
		var lacking bool
		err := q.QueryRow(ctx, `
			select exists (
				select from pg_roles r cross join pg_class c
				where r.rolname = $1 and c.relnamespace = 'iracing'::regnamespace and c.relkind in ('v', 'm')
					and starts_with(c.relname, 'v_') and not has_table_privilege(r.oid, c.oid, 'select'))`, readers).Scan(&lacking)
		if err != nil || !lacking {
			return err
		}
		return grantReaders(ctx, q)
	})
	if err != nil && ctx.Err() == nil {
		s.config.Warn("The role "+readers+" could not be given the rights to the views that are new", err)
	}
}

// grantReaders gives the readers what they may, if there are any.
func grantReaders(ctx context.Context, q querier) error {
	var oid uint32
	err := q.QueryRow(ctx, "select oid from pg_roles where rolname = $1", readers).Scan(&oid)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	rows, err := q.Query(ctx, `
		select relname::text from pg_class
		where relnamespace = 'iracing'::regnamespace and relkind in ('v', 'm') and starts_with(relname, 'v_') order by 1`)
	if err != nil {
		return err
	}
	views, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	sql := []string{"grant usage on schema iracing to " + readers}
	for _, v := range views {
		sql = append(sql, "grant select on "+quoted("iracing", v)+" to "+readers)
	}
	_, err = q.Exec(ctx, strings.Join(sql, ";\n"))
	return err
}

// quoted makes a name fit for a statement.
func quoted(name ...string) string { return pgx.Identifier(name).Sanitize() } //nolint:misspell // the driver's word

const scramRounds = 4096

// scram is what PostgreSQL keeps of a password (RFC 5803), so that the password is in no statement and no log of the
// server's; empty for an empty one.
func scram(password string) (string, error) {
	if password == "" {
		return "", nil
	}
	text := password
	if p, err := precis.OpaqueString.String(password); err == nil {
		text = p // what clients make of it, too
	}
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	salted, err := pbkdf2.Key(sha256.New, text, salt, scramRounds, sha256.Size)
	if err != nil {
		return "", fmt.Errorf("make a password: %w", err)
	}
	mac := func(text string) []byte {
		m := hmac.New(sha256.New, salted)
		m.Write([]byte(text))
		return m.Sum(nil)
	}
	stored := sha256.Sum256(mac("Client Key"))
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", scramRounds, b64(salt), b64(stored[:]), b64(mac("Server Key"))), nil
}
