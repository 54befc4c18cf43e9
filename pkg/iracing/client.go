package iracing

import (
	"context"
	"net/http"
	"net/url"
	"strings"
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
	// StatusURL and TimeAttackURL stand in for the public files: the address of status.json, and of the folder that holds
	// the time attack schedules. Empty means iRacing's.
	StatusURL     string
	TimeAttackURL string
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
	// Timeout bounds one HTTP exchange; 0 means a minute. The files of the whole membership get five times as long.
	Timeout time.Duration
	// MaxBytes bounds one answer; 0 means DefaultMaxBytes.
	MaxBytes int64
	// UserAgent names the program to iRacing.
	UserAgent string
	// Now is the clock, for tests; nil means the real one.
	Now func() time.Time
}

// Client asks iRacing. It is safe for concurrent use.
type Client struct {
	opts    Options
	base    *url.URL // nil when Options.URL is no address
	custom  bool     // base is not iRacing's
	http    *http.Client
	limiter *limiter
	wait    func(context.Context, time.Duration) error
}

// New makes a client. A wrong address shows with the first request.
func New(o Options) *Client {
	if o.URL == "" {
		o.URL = DefaultURL
	}
	if o.Observer == nil {
		o.Observer = nobody{}
	}
	if o.PerSecond <= 0 {
		o.PerSecond = 2
	}
	if o.Burst <= 0 {
		o.Burst = 10
	}
	if o.Timeout <= 0 {
		o.Timeout = time.Minute
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.UserAgent == "" {
		o.UserAgent = "iracing-grafana-observability"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &Client{opts: o, custom: strings.TrimRight(o.URL, "/") != DefaultURL, wait: sleep}
	if u, err := url.Parse(strings.TrimRight(o.URL, "/")); err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") {
		c.base = u
	}
	c.limiter = newLimiter(o.PerSecond, o.Burst, o.Now, func(ctx context.Context, d time.Duration) error { return c.wait(ctx, d) })
	// A copy, as the caller's client may serve others who do follow redirects or keep cookies.
	c.http = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if o.HTTP != nil {
		c.http.Transport = o.HTTP.Transport
	} else if t, ok := http.DefaultTransport.(*http.Transport); ok {
		c.http.Transport = t.Clone()
	}
	return c
}

// Close ends the connections that are kept open for later requests, unless they belong to Options.HTTP.
func (c *Client) Close() {
	if c.opts.HTTP == nil {
		c.http.CloseIdleConnections()
	}
}

// Bounds of one Get. Each reason to ask again has its own, and all together make at most maxCalls requests to the API.
const (
	maxCalls     = 4
	maxBackoffs  = 2 // iRacing failed
	maxLimited   = 2 // it refused for having been asked too often
	firstBackoff = 500 * time.Millisecond
)

// again says what a failed attempt asks for.
type again int

const (
	giveUp      again = iota
	afterPause        // iRacing failed; it may have recovered in a moment
	onceMore          // the answer was cut off, or its link had expired
	reconnect         // there was no connection
	newToken          // the access token was refused
	whenAllowed       // the rate limit: the limiter knows when
)

// failure is a failed attempt: what to tell the caller, and whether to try again first.
type failure struct {
	err   error
	again again
}

// Get asks iRacing, follows its links and joins chunks. It makes at most four requests to the API: it asks again after a
// refused token, an expired link, a cut answer and a rate limit that is over soon, and twice after a failure of iRacing's.
func (c *Client) Get(ctx context.Context, r Request) (*Answer, error) {
	switch {
	case r.Endpoint == nil:
		return nil, &Error{Kind: BadRequest, Detail: "it names no endpoint"}
	case r.Endpoint.URL == "" && c.base == nil:
		return nil, &Error{Kind: Unreachable, Endpoint: r.Endpoint.Path, Detail: "the API's address is not a web address"}
	case r.Endpoint.URL == "" && c.opts.Tokens == nil:
		return nil, &Error{Kind: NoCredentials, Endpoint: r.Endpoint.Path}
	}
	ask := c.ask
	if r.Endpoint.URL != "" {
		ask = c.public
	}
	var token, refused string
	var done [whenAllowed + 1]int
	for call := 1; ; call++ {
		a, f := ask(ctx, r, &token, refused)
		if f == nil {
			return a, nil
		}
		bound, pause := 1, time.Duration(0)
		switch f.again {
		case afterPause:
			bound, pause = maxBackoffs, jitter(firstBackoff<<done[afterPause])
		case reconnect:
			pause = jitter(firstBackoff)
		case whenAllowed:
			bound = maxLimited
		case newToken:
			refused = token
		}
		if done[f.again]++; f.again == giveUp || done[f.again] > bound || call == maxCalls {
			return nil, f.err
		}
		if !c.opts.worthWaiting(ctx, pause) || c.wait(ctx, pause) != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, f.err
		}
	}
}

// worthWaiting tells that there is time left for a wait and something after it.
func (o *Options) worthWaiting(ctx context.Context, d time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return !ok || time.Until(deadline) > d
}

// nobody observes nothing.
type nobody struct{}

func (nobody) Request(string, string, time.Duration) {}
func (nobody) Limit(int, int)                        {}
func (nobody) Limited()                              {}
func (nobody) TokenExpiry(_, _ time.Time)            {}
func (nobody) Login(string, string)                  {}
func (nobody) Cache(CacheResult)                     {}
