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
