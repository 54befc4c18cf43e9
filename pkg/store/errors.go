package store

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/puddle/v2"

	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
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
	Roles       Kind = "roles"        // the user may not make or change logins
	NewerSchema Kind = "newer_schema" // a newer version of these programs was here
	OtherRealm  Kind = "other_realm"  // it has facts of iRacing, and is to get some of a stand-in, or the other way round
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
	Busy:        "PostgreSQL cannot serve just now",
	ReadOnly:    "the PostgreSQL database takes no changes just now",
	Rights:      "the PostgreSQL user lacks rights in the schema iracing; make it the owner of the database, or grant it to create that schema",
	Roles:       "the PostgreSQL user may not make or change logins; give it the attribute CREATEROLE, or have that done once by a user who has it",
	NewerSchema: "the PostgreSQL database was set up by a newer version; update this program",
	OtherRealm:  "the PostgreSQL database keeps races of another origin, and a mixture could not be taken apart; use another database, or drop the schema iracing with all that is in it",
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

// fail is wrap, and counts the error.
func (s *Store) fail(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	err = wrap(ctx, err)
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	metrics.StoreErrors.WithLabelValues(string(e.Kind)).Inc()
	var pg *pgconn.PgError
	if errors.As(e.Err, &pg) && (pg.Code == "42P01" || pg.Code == "3F000") {
		s.isReady.Store(false) // somebody dropped the schema; the next call makes it anew
		s.realm.forget()
	}
	return err
}

// wrap makes an [*Error] of what the driver says. A done context stays what it is, and so does what is not the driver's.
func wrap(ctx context.Context, err error) error {
	var own *Error
	var pg *pgconn.PgError
	switch {
	case err == nil || errors.As(err, &own):
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &pg):
		kind, detail := readPg(pg)
		return &Error{Kind: kind, Detail: detail, Err: err}
	case errors.Is(err, puddle.ErrClosedPool):
		return &Error{Kind: Unreachable, Detail: "the program is ending", Err: err}
	}
	kind, detail := readNetwork(err)
	if kind == "" {
		return err
	}
	return &Error{Kind: kind, Detail: detail, Err: err}
}

// readOnly is why a database takes no changes that would not even let a transaction begin one.
const readOnly = "it is a standby, or somebody has set it so"

// NewReadOnly is the error of a database that says of itself that it takes no changes.
func NewReadOnly() *Error { return &Error{Kind: ReadOnly, Detail: readOnly} }

// words are what some SQLSTATEs mean.
var words = map[string]string{
	"25006": readOnly,
	"25P03": "it ended a transaction that was idle for too long",
	"28P01": "the password is wrong",
	"3D000": "there is no such database",
	"40001": "others changed the same rows at the same time, again and again",
	"40P01": "others changed the same rows at the same time, again and again",
	"53100": "its disk is full",
	"53200": "it has no memory left",
	"53300": "all connections that it, this user or this database may have are taken; end programs that hold some, or raise max_connections",
	"53400": "a limit in its configuration is reached",
	"55P03": "somebody else holds a lock for too long",
	"57014": "it took too long, or somebody cancelled it",
	"57P01": "it ended the connection",
	"57P02": "it ended the connection",
	"57P03": "it is starting or stopping",
	"57P05": "it ended a connection that was idle for too long",
	"58000": "its operating system failed it",
	"58030": "it cannot read or write its files",
}

// classes are what the classes of SQLSTATEs mean, which are their first two characters.
var classes = map[string]string{
	"08": "the connection broke",
	"22": "it cannot take a value",
	"40": "it rolled the change back",
	"53": "it has too little of something",
	"58": "its operating system failed it",
}

// readPg reads what the server says. Its texts tell names of tables and roles, and in some classes values.
func readPg(pg *pgconn.PgError) (Kind, string) {
	kind := kindOf(pg.Code)
	switch {
	case strings.Contains(pg.Message, "no pg_hba.conf entry") && strings.HasSuffix(pg.Message, "no encryption"):
		return Insecure, "the server's pg_hba.conf has no entry for this host, user and database without TLS"
	case strings.Contains(pg.Message, "no pg_hba.conf entry"):
		return kind, "the server's pg_hba.conf has no entry for this host, user and database"
	case pg.Code == "28000" && strings.Contains(pg.Message, "client certificate"):
		return kind, "the server wants a client's certificate"
	case pg.Code == "28000" && strings.HasSuffix(pg.Message, "does not exist"):
		return kind, "there is no such user"
	case kind == Rights && ofRoles(pg.Message):
		return Roles, ""
	case kind == Rights:
		return kind, fmt.Sprintf("%.160s", pg.Message)
	}
	if text, ok := words[pg.Code]; ok {
		return kind, text
	}
	text := fmt.Sprintf("%.160s", pg.Message)
	if class, ok := classes[pg.Code[:min(2, len(pg.Code))]]; ok || text == "" {
		text = class // and nothing of values
	}
	if pg.Code == "" {
		return kind, text
	}
	return kind, strings.TrimSpace(fmt.Sprintf("%s (SQLSTATE %.5s)", text, pg.Code))
}

// ofRoles tells that a right is lacking to make a role, to change one, or to let one be a member of another. What the server
// says of it differs between its versions, and it says it in English only where its messages are in English.
func ofRoles(message string) bool {
	return strings.HasPrefix(message, "must have ") && strings.Contains(message, "role") ||
		strings.HasPrefix(message, "permission denied to ") && strings.Contains(message, " role")
}

// kindOf reads an SQLSTATE.
func kindOf(code string) Kind {
	switch code {
	case "28000", "28P01", "3D000":
		return SignIn
	case "25P03", "55P03", "57P01", "57P02", "57P03", "57P05":
		return Busy
	case "25006", "53100":
		return ReadOnly
	case "42501":
		return Rights
	case "57014":
		return Timeout
	}
	if len(code) != 5 {
		return Failed
	}
	switch code[:2] {
	case "08":
		return Unreachable
	case "40", "53", "58": // it lost against others again and again, or the server lacks something
		return Busy
	}
	return Failed
}

// readNetwork reads an error of the connection; the kind is empty for an error that is none.
func readNetwork(err error) (kind Kind, detail string) {
	var (
		network   net.Error
		dns       *net.DNSError
		connect   *pgconn.ConnectError
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		alert     tls.AlertError
		record    tls.RecordHeaderError
		retryable interface{ SafeToRetry() bool }
	)
	switch {
	case errors.As(err, &authority):
		return Insecure, "the server's certificate is of an authority that is not trusted"
	case errors.As(err, &host):
		return Insecure, "the server's certificate is made out to another host"
	case errors.As(err, &invalid):
		return Insecure, "the server's certificate is not valid, or not any more"
	case errors.As(err, &alert):
		return Insecure, "the server breaks off: " + alert.Error()
	case errors.As(err, &record):
		return Insecure, "the server does not speak TLS"
	case errors.As(err, &connect) && strings.Contains(err.Error(), "server refused TLS connection"):
		return Insecure, "the server has TLS switched off"
	case errors.As(err, &dns) && dns.IsNotFound:
		return Unreachable, "there is no host of that name"
	case errors.As(err, &network) && network.Timeout(), pgconn.Timeout(err):
		return Timeout, ""
	case errors.Is(err, syscall.ECONNREFUSED):
		return Unreachable, "connection refused"
	case errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return Unreachable, ""
	case errors.As(err, &connect) && strings.Contains(err.Error(), "tls error"):
		return Insecure, ""
	case errors.As(err, &connect) && strings.Contains(err.Error(), "failed SASL auth"):
		return SignIn, ""
	case errors.As(err, &connect), errors.Is(err, pgconn.ErrConnClosed), errors.As(err, &retryable):
		return Unreachable, ""
	}
	return "", ""
}
