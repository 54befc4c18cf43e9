// Package oauth signs in to iRacing. A [Manager] hands out access tokens for one account and renews them; a [TokenStore]
// keeps what must outlive it, and [Login] is the way in through a browser.
//
// iRacing's refresh tokens serve once: each exchange answers the next one, and a lost answer or a second holder of the
// same token ends in a new sign-in by a person. Everything here follows from that. Whoever exchanges a token holds the
// store's lock from reading the old record until the new one is written, so that others wait and then find a fresh
// access token. An exchange that has begun runs to its end, whether or not somebody still waits for it. And what iRacing
// has refused for good is remembered with the settings that it refused, and is not asked again until they change.
//
// Nothing that was sent to or answered by the token endpoint is ever part of a log line or an error.
package oauth

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// DefaultURL is the address of iRacing's OAuth service.
const DefaultURL = "https://oauth.iracing.com/oauth2"

// Scope is what a token must allow for the /data API.
const Scope = "iracing.auth"

// Grant is a way to sign in.
type Grant string

// The ways to sign in.
const (
	// None: nobody signs in; only what needs no account works.
	None Grant = ""
	// PasswordLimited signs in with the account's password. It works for the few accounts that are registered with the
	// client, and needs nobody at the keyboard.
	PasswordLimited Grant = "password_limited"
	// AuthorizationCode lives on what [Login] put into the store.
	AuthorizationCode Grant = "authorization_code"
	// RefreshToken lives on a refresh token that a user has pasted.
	RefreshToken Grant = "refresh_token"
	// AccessToken uses an access token that a user has pasted, for the minutes that it is good for.
	AccessToken Grant = "access_token"
)

// Config says how to sign in. It prints without its secrets.
type Config struct {
	Grant Grant
	// URL is the address of the OAuth service, the part before /token; empty means DefaultURL.
	URL string
	// ClientID names the OAuth client, which everybody has to bring along. ClientSecret is empty for a client without one.
	ClientID     string
	ClientSecret string `json:"-"`
	// Username is the account's e-mail address, for PasswordLimited.
	Username string `json:"-"`
	Password string `json:"-"`
	// RefreshToken is the one that a user has pasted. It serves once: what is in the store comes after it, until another
	// one is pasted.
	RefreshToken string `json:"-"`
	// AccessToken is the one that a user has pasted.
	AccessToken string `json:"-"`

	// Store keeps the tokens; nil means in memory, for this Manager alone. Two sign-ins must not share one.
	Store TokenStore `json:"-"`
	// HTTP sends the requests; nil means a client of its own. Redirects are not followed.
	HTTP *http.Client `json:"-"`
	// Observer is told of each exchange and of the access token's expiry; nil means nobody.
	Observer iracing.Observer `json:"-"`
	// Log is told what happens; nil means nobody.
	Log Logger `json:"-"`
	// Now is the clock; nil means the real one.
	Now func() time.Time `json:"-"`
	// Timeout bounds one exchange; 0 means 30 s. iRacing answers slowly on purpose, after 2 s or more.
	Timeout time.Duration
	// Backoff is the pause before the second try of an exchange, which doubles with each. 0 means half a second. After a
	// failed round of tries the next one waits for at least four times as long.
	Backoff time.Duration
}

// Logger is where a log goes to; a [slog.Logger] is one, and so are those of Grafana's SDK.
type Logger interface {
	Debug(msg string, args ...any)
	Info(msg string, args ...any)
	Warn(msg string, args ...any)
	Error(msg string, args ...any)
}

// Mask is what iRacing wants in place of a secret: the standard base64 of the SHA-256 of the secret and the trimmed,
// lower-case id. A client secret is masked with the client id, a password with the username.
func Mask(secret, id string) string {
	sum := sha256.Sum256([]byte(secret + strings.ToLower(strings.TrimSpace(id))))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// complete fills in what was left open and says what is missing or wrong. Pasted tokens and names lose the blanks around
// them, secrets do not.
func (c Config) complete() (Config, error) {
	c.URL = strings.TrimRight(cmp.Or(strings.TrimSpace(c.URL), DefaultURL), "/")
	for _, s := range []*string{&c.ClientID, &c.Username, &c.RefreshToken, &c.AccessToken} {
		*s = strings.TrimSpace(*s)
	}
	if scheme, rest, ok := strings.Cut(c.AccessToken, " "); ok && strings.EqualFold(scheme, "Bearer") {
		c.AccessToken = strings.TrimSpace(rest)
	}
	if c.Store == nil {
		c.Store = NewMemory()
	}
	if c.Observer == nil {
		c.Observer = noObserver{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Timeout = cmp.Or(c.Timeout, 30*time.Second)
	c.Backoff = cmp.Or(c.Backoff, 500*time.Millisecond)
	c.HTTP = withoutRedirects(c.HTTP)
	return c, c.check()
}

func (c Config) check() error {
	missing := func(what string) error {
		return &iracing.Error{Kind: iracing.NoCredentials, Detail: "the " + what + " is missing"}
	}
	switch c.Grant {
	case None:
		return nil
	case AccessToken:
		if c.AccessToken == "" {
			return missing("access token")
		}
		return nil
	case PasswordLimited:
		switch "" {
		case c.ClientSecret:
			return missing("client secret")
		case c.Username:
			return missing("account's e-mail address")
		case c.Password:
			return missing("account's password")
		}
	case AuthorizationCode, RefreshToken:
	default:
		return &iracing.Error{Kind: iracing.NoCredentials, Detail: fmt.Sprintf("there is no way %.40q to sign in", string(c.Grant))}
	}
	if c.ClientID == "" {
		return missing("client id")
	}
	return checkURL(c.URL)
}

// checkURL refuses addresses that secrets must not be sent to. A stand-in may be asked in the clear, iRacing not.
func checkURL(address string) error {
	bad := func(why string) error {
		return &iracing.Error{Kind: iracing.NoCredentials, Detail: "the address of the OAuth service " + why}
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return bad("cannot be read")
	case u.Scheme != "https" && u.Scheme != "http", u.Hostname() == "":
		return bad("is not an https:// address")
	case u.User != nil, u.RawQuery != "", u.Fragment != "":
		return bad("has more to it than a host and a path")
	case u.Scheme == "http" && (strings.EqualFold(u.Hostname(), "iracing.com") || strings.HasSuffix(strings.ToLower(u.Hostname()), ".iracing.com")):
		return bad("must begin with https://, as secrets are sent there")
	}
	return nil
}

// inTheClear tells that secrets leave this machine unencrypted.
func inTheClear(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return !strings.EqualFold(u.Hostname(), "localhost") && (ip == nil || !ip.IsLoopback())
}

// withoutRedirects copies a client: a redirect would carry the secrets to wherever it points.
func withoutRedirects(c *http.Client) *http.Client {
	client := http.Client{}
	if c != nil {
		client = *c
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

// String tells how to sign in, and of secrets only whether they are there.
func (c Config) String() string {
	set := func(s string) string {
		if s == "" {
			return "none"
		}
		return "set"
	}
	return fmt.Sprintf("{grant %s, url %s, client id %s, client secret %s, username %s, password %s, refresh token %s, access token %s}",
		cmp.Or(string(c.Grant), "none"), redactURL(cmp.Or(c.URL, DefaultURL)), set(c.ClientID), set(c.ClientSecret),
		set(c.Username), set(c.Password), set(c.RefreshToken), set(c.AccessToken))
}

func redactURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "(not readable)"
	}
	return u.Scheme + "://" + u.Host + u.Path
}

// GoString is String.
func (c Config) GoString() string { return c.String() }

// LogValue is String.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Format prints String whatever the verb, as %d or %x would otherwise print the fields.
func (c Config) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(c.String())) }

type noObserver struct{}

func (noObserver) Request(string, string, time.Duration) {}
func (noObserver) Limit(int, int)                        {}
func (noObserver) Limited()                              {}
func (noObserver) TokenExpiry(_, _ time.Time)            {}
func (noObserver) Login(string, string)                  {}
func (noObserver) Cache(iracing.CacheResult)             {}
