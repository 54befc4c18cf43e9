package iracing

import (
	"context"
	"net/http"
	"time"
)

// Tokens hands out access tokens; package oauth has one for each way to sign in.
type Tokens interface {
	// Token answers an access token that is valid for some time yet. refused, when not empty, is a token that iRacing has
	// just refused: it must not be answered again. Errors are of type [*Error].
	Token(ctx context.Context, refused string) (string, error)
}

// The addresses of iRacing's services.
const (
	DefaultURL = "https://members-ng.iracing.com"
	// DefaultMaxBytes bounds one answer, all its chunks together.
	DefaultMaxBytes = 128 << 20
)

// Options are the settings of a client. The zero value of each field but Tokens is a good one.
type Options struct {
	// URL is the address of the API; empty means iRacing's. A link in an answer must lead to one of iRacing's asset hosts
	// over TLS; where this is another address than iRacing's, to the same scheme, host and port, or to LinkHosts.
	URL string
	// LinkHosts are more hosts (host or host:port) that links may lead to, for a stand-in of iRacing.
	LinkHosts []string
	// HTTP sends the requests; nil means a client of its own. Redirects are not followed.
	HTTP *http.Client
	// Tokens signs the requests in; nil means nobody is signed in and only public files can be fetched.
	Tokens Tokens
	// Observer is told what happens; nil means nobody.
	Observer Observer
	// PerSecond is the client's own ceiling of requests to the API in a second, Burst how many may come at once. 0 means
	// 2 and 10. Links and chunks do not count.
	PerSecond float64
	Burst     int
	// Timeout bounds one HTTP exchange; 0 means a minute.
	Timeout time.Duration
	// MaxBytes bounds one answer; 0 means DefaultMaxBytes.
	MaxBytes int64
	// UserAgent names the program to iRacing.
	UserAgent string
	// Now is the clock, for tests; nil means the real one.
	Now func() time.Time
}
