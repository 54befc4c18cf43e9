package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

func TestKindsOfErrors(t *testing.T) {
	for code, want := range map[string]store.Kind{
		"28P01": store.SignIn, "28000": store.SignIn, "3D000": store.SignIn, "53300": store.Busy, "57P03": store.Busy, "25006": store.ReadOnly,
		"53100": store.ReadOnly, "42501": store.Rights, "57014": store.Timeout, "08006": store.Unreachable, "23505": store.Failed, "": store.Failed,
	} {
		err := store.Wrap(context.Background(), fmt.Errorf("while writing: %w", &pgconn.PgError{Code: code, Message: "said the server"}))
		if kindOf(err) != want {
			t.Errorf("%s is %s, want %s", code, kindOf(err), want)
		}
		var e *store.Error
		if errors.As(err, &e) && e.Temporary() != (want == store.Busy || want == store.ReadOnly || want == store.Timeout || want == store.Unreachable) {
			t.Errorf("%s passes by itself: %t", code, e.Temporary())
		}
	}
}

// What a user reads is words; a code stands behind those that are the server's own.
func TestErrorsAreWords(t *testing.T) {
	for _, c := range []struct{ code, message, want string }{
		{"25006", "cannot execute INSERT in a read-only transaction", "the PostgreSQL database takes no changes just now: it is a standby, or somebody has set it so"},
		{"53300", "sorry, too many clients already", "PostgreSQL cannot serve just now: all connections that it, this user or this database may have are taken; end programs that hold some, or raise max_connections"},
		{"40P01", "deadlock detected", "PostgreSQL cannot serve just now: others changed the same rows at the same time, again and again"},
		{"42P07", `relation "a" already exists`, `PostgreSQL failed: relation "a" already exists (SQLSTATE 42P07)`},
		{"22P02", "invalid input syntax: secret", "PostgreSQL failed: it cannot take a value (SQLSTATE 22P02)"},
		{"57014", "canceling statement due to statement timeout", "PostgreSQL did not answer in time: it took too long, or somebody cancelled it"},
		{"42501", "permission denied to create role", "the PostgreSQL user may not make or change logins; give it the attribute CREATEROLE, or have that done once by a user who has it"},
		{"42501", `must have admin option on role "iracing_reader"`, "the PostgreSQL user may not make or change logins; give it the attribute CREATEROLE, or have that done once by a user who has it"},
		{"42501", "permission denied for schema iracing", "the PostgreSQL user lacks rights in the schema iracing; make it the owner of the database, or grant it to create that schema: permission denied for schema iracing"},
	} {
		err := store.Wrap(context.Background(), &pgconn.PgError{Code: c.code, Message: c.message})
		if err.Error() != c.want {
			t.Errorf("%s:\n%s\nnot\n%s", c.code, err, c.want)
		}
	}
	if got, want := store.NewReadOnly().Error(), store.Wrap(context.Background(), &pgconn.PgError{Code: "25006"}).Error(); got != want {
		t.Errorf("a database that takes no changes says %q and %q", got, want)
	}
}

// What the server says of values stays out of errors' texts; only what it says of names may be told.
func FuzzErrors(f *testing.F) {
	f.Add("22P02", `invalid input syntax for type integer: "secret"`)
	f.Add("23505", "duplicate key value violates unique constraint \"a\"")
	f.Add("28000", `no pg_hba.conf entry for host "10.0.0.1", user "u", database "d", no encryption`)
	f.Add("\xff", "\x00")
	f.Fuzz(func(t *testing.T, code, message string) {
		err := store.Wrap(context.Background(), &pgconn.PgError{Code: code, Message: message, Detail: "secret detail", Hint: "secret hint"})
		if kindOf(err) == "" {
			t.Fatalf("%v has no kind", err)
		}
		text := err.Error()
		if strings.Contains(text, "secret detail") || strings.Contains(text, "secret hint") {
			t.Errorf("it tells %q", text)
		}
		if strings.HasPrefix(code, "22") && len(message) > 60 && strings.Contains(text, message) {
			t.Errorf("it tells %q", text)
		}
		if len(text) > 2000 {
			t.Errorf("it has %d bytes", len(text))
		}
	})
}

func FuzzUnpack(f *testing.F) {
	f.Add(store.Pack([]byte("an answer")), int64(9))
	f.Add(store.Pack(nil), int64(0))
	f.Add([]byte("\x28\xb5\x2f\xfd\xa4\xff\xff\xff\xff\xff\xff\xff\x7f"), int64(1<<40))
	f.Fuzz(func(t *testing.T, b []byte, limit int64) {
		limit = min(limit, 1<<20)
		out, err := store.Unpack(b, limit)
		if err != nil {
			return
		}
		if int64(len(out)) > limit {
			t.Errorf("%d bytes, of at most %d", len(out), limit)
		}
		again, err := store.Unpack(store.Pack(out), int64(len(out)))
		if err != nil || string(again) != string(out) {
			t.Errorf("packing does not keep: %v", err)
		}
	})
}

func FuzzRequestKey(f *testing.F) {
	f.Add("/data/results/get?subsession_id=1", "/data/results/get?subsession_id=2")
	f.Add(strings.Repeat("x", 5000), strings.Repeat("x", 5001))
	f.Add("\x00", "?")
	f.Fuzz(func(t *testing.T, a, b string) {
		ka, kb := store.RequestKey(a), store.RequestKey(b)
		if len(ka) > 2000 || !utf8.ValidString(ka) || strings.Contains(ka, "\x00") {
			t.Errorf("%q becomes %q", a, ka)
		}
		if a != b && ka == kb {
			t.Errorf("%q and %q are one", a, b)
		}
	})
}

func FuzzScram(f *testing.F) {
	f.Add("pass word")
	f.Add("\xff\x00'")
	f.Fuzz(func(t *testing.T, password string) {
		v, err := store.Scram(password)
		if err != nil {
			t.Skip("a password that is refused")
		}
		if strings.ContainsAny(v, "'\\\x00") {
			t.Errorf("%q cannot stand in a statement", v)
		}
		if (v == "") != (password == "") {
			t.Errorf("%q becomes %q", password, v)
		}
	})
}
