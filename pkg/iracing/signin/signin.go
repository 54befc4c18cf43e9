// Package signin is how a program of ours comes to iRacing: which way it signs in, whose tokens those are, what they are
// kept under, and the client that goes with them. The plugin and the collector share it, so that the same settings mean
// the same sign-in, the same row of tokens and the same keys in the cache of answers to both.
package signin

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/oauth"
)

// Way is a way to sign in, as settings and flags call it. The empty one is None.
type Way string

// The ways to sign in.
const (
	None     Way = "none"     // not at all: public files and imported results only
	Password Way = "password" // client id and secret, e-mail and password
	Refresh  Way = "refresh"  // a client and a refresh token: a pasted one, or what a login through a browser has kept
	Access   Way = "access"   // an access token, for the minutes that it is good for
)

var grants = map[Way]oauth.Grant{
	"":       oauth.None,
	None:     oauth.None,
	Password: oauth.PasswordLimited,
	Refresh:  oauth.RefreshToken,
	Access:   oauth.AccessToken,
}

// Settings are what a user says of an account. They print without their secrets.
type Settings struct {
	Way          Way
	ClientID     string
	ClientSecret string `json:"-"`
	// Username is the account's e-mail address, for Password. With Refresh it tells accounts of one client apart.
	Username     string `json:"-"`
	Password     string `json:"-"`
	RefreshToken string `json:"-"`
	AccessToken  string `json:"-"`
	// OAuthURL, APIURL and PublicURL are addresses of a stand-in for iRacing; empty means iRacing's own. The last is that
	// of the public files.
	OAuthURL, APIURL, PublicURL string
	// PerSecond is the ceiling of requests to the API in a second; 0 means the client's own.
	PerSecond float64
}

// SignsIn tells whether there is an account at all.
func (s Settings) SignsIn() bool { return s.Way != "" && s.Way != None }

// Account names the account by what is said of it, without telling that. It is part of the keys of what only this
// account may see, and the name under which its tokens are kept.
func (s Settings) Account() string {
	return Fingerprint(string(s.Way), s.ClientID, strings.ToLower(s.Username), s.RefreshToken, s.OAuthURL)
}

// Realm tells a stand-in for iRacing from iRacing, as both may have answers in one cache. It is empty for iRacing.
func (s Settings) Realm() string {
	u, err := url.Parse(strings.TrimRight(s.APIURL, "/"))
	if s.APIURL == "" || err != nil || strings.TrimRight(s.APIURL, "/") == iracing.DefaultURL {
		return ""
	}
	return u.Host
}

// Material is what tokens are sealed with where nobody gave a key for that: the secrets that this way to sign in needs,
// and no other, as a changed one makes what was kept unreadable. It is empty where these tell nothing hard to guess.
func (s Settings) Material() []byte {
	switch s.Way {
	case Password:
		if s.ClientSecret+s.Password == "" {
			return nil
		}
		return []byte(s.ClientSecret + "\x00" + s.Password)
	case Refresh:
		return []byte(s.RefreshToken)
	}
	return nil
}

// Keeps tells that this way to sign in has tokens that must outlive the process.
func (s Settings) Keeps() bool { return s.Way == Password || s.Way == Refresh }

// String tells the way and the client, and of secrets nothing.
func (s Settings) String() string {
	if !s.SignsIn() {
		return "no sign-in"
	}
	return fmt.Sprintf("sign-in by %s with the client %.60q", s.Way, s.ClientID)
}

// GoString is String.
func (s Settings) GoString() string { return s.String() }

// Format prints String whatever the verb, as %d or %x would otherwise print the fields.
func (s Settings) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// Fingerprint names a set of texts without telling them.
func Fingerprint(texts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(texts, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// Options are what the program brings along.
type Options struct {
	// Store keeps the tokens; nil means in memory.
	Store oauth.TokenStore
	// HTTP sends all requests; nil means clients of their own.
	HTTP *http.Client
	// Observer is told of requests and sign-ins; nil means nobody.
	Observer iracing.Observer
	// Log is told of sign-ins; nil means nobody.
	Log oauth.Logger
	// UserAgent names the program to iRacing.
	UserAgent string
}

// Account is a way to iRacing: a sign-in and the client that uses it. It must be closed.
type Account struct {
	Settings Settings
	// Manager has the tokens. It is nil when the settings lack something; Err says what.
	Manager *oauth.Manager
	// Err is why nobody can sign in. What needs no account works all the same.
	Err error
	// Client asks iRacing.
	Client *iracing.Client

	observer iracing.Observer
}

// New makes the account. It asks nobody anything yet. The error is for a way to sign in that there is not.
func New(s Settings, o Options) (*Account, error) {
	grant, ok := grants[s.Way]
	if !ok {
		return nil, fmt.Errorf("there is no way to sign in that is called %.40q", string(s.Way))
	}
	a := &Account{Settings: s, observer: o.Observer}
	a.Manager, a.Err = oauth.New(oauth.Config{
		Grant: grant, URL: s.OAuthURL,
		ClientID: s.ClientID, ClientSecret: s.ClientSecret,
		Username: s.Username, Password: s.Password,
		RefreshToken: s.RefreshToken, AccessToken: s.AccessToken,
		Store: o.Store, HTTP: o.HTTP, Observer: o.Observer, Log: o.Log,
	})
	var tokens iracing.Tokens = a.Manager
	if a.Err != nil {
		a.Manager, tokens = nil, unable{a.Err}
	}
	options := iracing.Options{
		URL: s.APIURL, HTTP: o.HTTP, Tokens: tokens, Observer: o.Observer,
		PerSecond: s.PerSecond, UserAgent: o.UserAgent,
	}
	if s.PublicURL != "" {
		base := strings.TrimRight(s.PublicURL, "/")
		options.StatusURL, options.TimeAttackURL = base+"/status.json", base+"/public/time-attack/schedules/"
	}
	a.Client = iracing.New(options)
	return a, nil
}

// Cached puts a cache in front of the client, with keys that are this account's. warn is told when the cache fails; nil
// means nobody. The answer must be closed before the account.
func (a *Account) Cached(cache iracing.Cache, warn func(error)) *iracing.Cached {
	who := a.Settings.Account()
	return iracing.NewCached(a.Client, cache, iracing.CachedOptions{
		Account: func() string { return who }, Realm: a.Settings.Realm(), Observer: a.observer, Warn: warn,
	})
}

// Close waits for an exchange of tokens that is under way and ends the connections.
func (a *Account) Close() error {
	a.Client.Close()
	if a.Manager == nil {
		return nil
	}
	return a.Manager.Close()
}
