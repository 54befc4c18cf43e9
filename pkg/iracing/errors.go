package iracing

import (
	"fmt"
	"strings"
	"time"
)

// Kind is what went wrong with a request, told apart by what its reader should do.
type Kind int

// The kinds of errors.
const (
	// NoCredentials: nobody has said how to sign in.
	NoCredentials Kind = iota + 1
	// BadCredentials: iRacing refused the client, the account or the password. Asking again makes it worse.
	BadCredentials
	// SignInAgain: the refresh token is used up, expired or revoked; a person has to sign in.
	SignInAgain
	// LockedOut: iRacing refuses to exchange tokens for some time, as it was asked too often.
	LockedOut
	// Maintenance: iRacing is down on purpose.
	Maintenance
	// Unreachable: no answer came: no network, a wrong address, a timeout, a cut connection.
	Unreachable
	// Limited: the rate limit is used up.
	Limited
	// Unavailable: iRacing or what stands before it failed.
	Unavailable
	// Forbidden: the account may not see it, as with results of a private league.
	Forbidden
	// NotFound: there is no such thing, or not yet: results appear some minutes after a race.
	NotFound
	// BadRequest: a parameter is wrong or missing.
	BadRequest
	// BadAnswer: iRacing answered with what cannot be read: not JSON, cut off, too large, or a link to elsewhere.
	BadAnswer
	// NotKept: the tokens of the sign-in cannot be read or kept where they must be.
	NotKept
)

// String is a short word for the kind, for metrics and logs.
func (k Kind) String() string {
	switch k {
	case NoCredentials:
		return "no_credentials"
	case BadCredentials:
		return "bad_credentials"
	case SignInAgain:
		return "sign_in_again"
	case LockedOut:
		return "locked_out"
	case Maintenance:
		return "maintenance"
	case Unreachable:
		return "unreachable"
	case Limited:
		return "limited"
	case Unavailable:
		return "unavailable"
	case Forbidden:
		return "forbidden"
	case NotFound:
		return "not_found"
	case BadRequest:
		return "bad_request"
	case BadAnswer:
		return "bad_answer"
	case NotKept:
		return "not_kept"
	}
	return "unknown"
}

// Error is a request that was not answered. Its text is for users: it says what to do, and never holds a secret, a
// token, a presigned link or a name.
type Error struct {
	Kind Kind
	// Endpoint is the path that was asked; empty when it did not get that far.
	Endpoint string
	// Status is the HTTP status; 0 when there was none.
	Status int
	// Until is when asking again makes sense; zero when nobody said.
	Until time.Time
	// RequestID is iRacing's own name for the request, for its support.
	RequestID string
	// Detail says more in a few words; it comes from this package or is a short word of iRacing's, never a body.
	Detail string
	// Err is the cause, if there is one that holds no secret.
	Err error
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.advice())
	if e.Detail != "" {
		b.WriteString(" (" + e.Detail + ")")
	}
	if !e.Until.IsZero() {
		fmt.Fprintf(&b, "; not before %s", e.Until.UTC().Format("15:04:05 UTC"))
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " [iRacing's request id %s]", e.RequestID)
	}
	return b.String()
}

func (e *Error) advice() string {
	of := ""
	if e.Endpoint != "" {
		of = " of " + e.Endpoint
	}
	switch e.Kind {
	case NoCredentials:
		return "no iRacing account is set up: enter how to sign in on the data source's page, or import results"
	case BadCredentials:
		return "iRacing refused the sign-in: check the client id, client secret, account and password; nothing is tried again until they change"
	case SignInAgain:
		if e.Detail != "" {
			return "iRacing wants a new sign-in"
		}
		return "iRacing wants a new sign-in: the refresh token is used up, expired or revoked"
	case LockedOut:
		return "iRacing refuses to sign in for now, as it was asked too often; it is tried again by itself"
	case Maintenance:
		return "iRacing is down for maintenance; it is tried again by itself"
	case Unreachable:
		return "iRacing cannot be reached: check the network, a proxy and the address"
	case Limited:
		return "iRacing's rate limit for this account is used up; it is tried again by itself"
	case Unavailable:
		return "iRacing's service failed; try again later"
	case Forbidden:
		return "this account may not see the answer" + of
	case NotFound:
		return "iRacing knows nothing of what was asked" + of + "; results appear some minutes after a race"
	case BadRequest:
		return "the request" + of + " is not right"
	case BadAnswer:
		return "the answer" + of + " cannot be read"
	case NotKept:
		return "the tokens of the sign-in cannot be read or kept where they should be; it is tried again by itself"
	}
	return "the request" + of + " failed"
}

func (e *Error) Unwrap() error { return e.Err }

// Temporary tells that the same request may succeed later without anybody doing anything.
func (e *Error) Temporary() bool {
	switch e.Kind {
	case LockedOut, Maintenance, Unreachable, Limited, Unavailable, BadAnswer, NotKept:
		return true
	}
	return false
}
