package store

import (
	"context"
	"errors"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
)

// Kind says what went wrong.
type Kind string

// The kinds of errors.
const (
	BadSettings Kind = "bad_settings" // the connection string or a certificate is not one
	Unreachable Kind = "unreachable"  // nobody answers, or the connection broke
	SignIn      Kind = "sign_in"      // the server refuses the user, the password or the database
	Insecure    Kind = "insecure"     // TLS failed
	Busy        Kind = "busy"         // there are too many connections, or the server starts or stops
	ReadOnly    Kind = "read_only"    // the database takes no changes: a standby, or one whose disk is full
	Rights      Kind = "rights"       // the user may not do that
	NewerSchema Kind = "newer_schema" // a newer version of these programs was here
	Timeout     Kind = "timeout"
	Failed      Kind = "failed" // anything else
)

// Error is what a store's methods fail with. Its text says what to do and holds no secret.
type Error struct {
	Kind   Kind
	Detail string
	Err    error
}

func (e *Error) Unwrap() error { return e.Err }

// Temporary tells that the same may work later without anybody changing settings.
func (e *Error) Temporary() bool {
	switch e.Kind {
	case Unreachable, Busy, ReadOnly, Timeout:
		return true
	}
	return false
}

var advice = map[Kind]string{
	BadSettings: "the settings of the PostgreSQL database are wrong",
	Unreachable: "the PostgreSQL database cannot be reached; check the host and the port, and whether it runs",
	SignIn:      "PostgreSQL refuses the user, the password or the name of the database",
	Insecure:    "the connection to PostgreSQL cannot be secured; check the TLS mode and the certificate",
	Busy:        "PostgreSQL takes no more connections just now",
	ReadOnly:    "the PostgreSQL database takes no changes just now",
	Rights:      "the PostgreSQL user lacks rights in the schema iracing; make it the owner of the database, or grant it to create that schema",
	NewerSchema: "the PostgreSQL database was set up by a newer version; update this program",
	Timeout:     "PostgreSQL did not answer in time",
	Failed:      "PostgreSQL failed",
}

func (e *Error) Error() string {
	text := advice[e.Kind]
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// wrap makes an [*Error] of what the driver says. A done context stays what it is.
func wrap(ctx context.Context, err error) error {
	var own *Error
	var pg *pgconn.PgError
	var network net.Error
	switch {
	case err == nil || errors.As(err, &own):
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &pg):
		return &Error{Kind: kindOf(pg.Code), Detail: pg.Code, Err: err}
	case errors.As(err, &network) && network.Timeout():
		return &Error{Kind: Timeout, Err: err}
	}
	return &Error{Kind: Unreachable, Err: err}
}

// kindOf reads an SQLSTATE.
func kindOf(code string) Kind {
	switch code {
	case "28000", "28P01", "3D000":
		return SignIn
	case "53300", "57P01", "57P02", "57P03":
		return Busy
	case "25006", "53100":
		return ReadOnly
	case "42501":
		return Rights
	case "57014":
		return Timeout
	}
	if len(code) == 5 && code[:2] == "08" {
		return Unreachable
	}
	return Failed
}
