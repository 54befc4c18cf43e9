package oauth

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// LoginOptions say how a person signs in.
type LoginOptions struct {
	// Config has the client, and the store that the tokens are put into. Its Grant and what belongs to other grants count
	// for nothing.
	Config Config
	// Listen is the address of this machine that the browser comes back to, 127.0.0.1 or [::1] and a port. Empty means
	// 127.0.0.1:0, any free port, which iRacing allows for clients that are registered with port 0. Other clients need the
	// port of their registered redirect address, and its Path.
	Listen string
	// Path is the path that the browser comes back to; empty means /callback.
	Path string
	// Verify has iRacing ask for the password even when the browser is signed in.
	Verify bool
	// Open is called once, with the address that the user has to open in a browser. It must not wait for the browser.
	Open func(ctx context.Context, address string) error
	// Paste brings what the user pastes when the browser runs on another machine: the whole address that it was sent back
	// to, or the code in it. nil means nothing is pasted.
	Paste <-chan string
	// Tell is called with a sentence when what was pasted is of no use; nil means nobody is told.
	Tell func(text string)
	// Timeout bounds the time that the user takes; 0 means ten minutes.
	Timeout time.Duration
}

// TokenSet is what a login brings. It prints without its secrets.
type TokenSet struct {
	AccessToken  string    `json:"-"`
	AccessExpiry time.Time `json:"access_expiry"`
	// RefreshToken is empty when iRacing gave none.
	RefreshToken string `json:"-"`
	// RefreshExpiry is zero when iRacing did not say.
	RefreshExpiry time.Time `json:"refresh_expiry"`
}

func (t TokenSet) stored() Stored {
	return Stored{AccessToken: t.AccessToken, AccessExpiry: t.AccessExpiry, RefreshToken: t.RefreshToken, RefreshExpiry: t.RefreshExpiry}
}

// String tells what there is, and nothing of the tokens.
func (t TokenSet) String() string { return t.stored().String() }

// GoString is String.
func (t TokenSet) GoString() string { return t.String() }

// LogValue is String.
func (t TokenSet) LogValue() slog.Value { return slog.StringValue(t.String()) }

// Format prints String whatever the verb.
func (t TokenSet) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(t.String())) }

// Login signs a person in through a browser: the authorization code flow with PKCE, on a port of this machine. The tokens
// are in the store of the options when it returns. When only keeping them has failed, it answers them with the error, as
// they serve all the same.
func Login(ctx context.Context, o LoginOptions) (TokenSet, error) {
	o.Config.Grant = AuthorizationCode
	o.Config.RefreshToken, o.Config.AccessToken, o.Config.Username, o.Config.Password = "", "", "", ""
	cfg, err := o.Config.complete()
	if err != nil {
		return TokenSet{}, err
	}
	if inTheClear(cfg.URL) {
		cfg.Log.Warn("The OAuth service is asked without encryption: use that for a stand-in only")
	}
	timeout := cmp.Or(o.Timeout, 10*time.Minute)
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	s := &signIn{exchanger: exchanger{cfg}, now: cfg.Now, wait: wait}
	// Nobody should type a password for a client that is locked out.
	if err := s.mayLogIn(ctx); err != nil {
		return TokenSet{}, err
	}

	back, err := listen(ctx, o.Listen, o.Path, rand.Text()+rand.Text())
	if err != nil {
		return TokenSet{}, err
	}
	defer back.close()
	verifier := oauth2.GenerateVerifier()
	client := oauth2.Config{
		ClientID: cfg.ClientID, RedirectURL: back.redirect, Scopes: []string{Scope},
		Endpoint: oauth2.Endpoint{AuthURL: cfg.URL + "/authorize"},
	}
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(verifier)}
	if o.Verify {
		options = append(options, oauth2.SetAuthURLParam("prompt", "verify"))
	}
	if o.Open != nil {
		if err := o.Open(ctx, client.AuthCodeURL(back.state, options...)); err != nil {
			return TokenSet{}, fmt.Errorf("show the address to sign in at: %w", err)
		}
	}
	code, err := o.await(ctx, back)
	if err != nil {
		back.finish(false)
		if errors.Is(ctx.Err(), context.DeadlineExceeded) && errors.Is(err, ctx.Err()) {
			err = fmt.Errorf("nobody has signed in within %s: %w", timeout, err)
		}
		return TokenSet{}, err
	}
	set, err := s.redeem(ctx, code, back.redirect, verifier)
	back.finish(set.AccessToken != "")
	return set, err
}

// await waits for the browser or for what is pasted.
func (o LoginOptions) await(ctx context.Context, back *callback) (code string, err error) {
	paste := o.Paste
	for {
		select {
		case r := <-back.got:
			return r.code, r.err
		case text, ok := <-paste:
			if !ok {
				paste = nil
				continue
			}
			if strings.TrimSpace(text) == "" {
				continue
			}
			r, problem := back.pasted(text)
			if problem == "" {
				return r.code, r.err
			}
			if o.Tell != nil {
				o.Tell(problem)
			}
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// mayLogIn says why the client must not ask for tokens now.
func (s *signIn) mayLogIn(ctx context.Context) error {
	var held *iracing.Error
	_, err := s.cfg.Store.Update(ctx, func(old Stored) (Stored, error) {
		if old.Hold.Client == s.cfg.client() {
			held = old.held(s.now())
		}
		return Stored{}, errLookOnly
	})
	switch {
	case held != nil:
		return held
	case errors.Is(err, errLookOnly):
		return nil
	}
	return fmt.Errorf("look into the token store: %w", err)
}

var errLookOnly = errors.New("nothing is to be kept")

// redeem exchanges the code for tokens and keeps them.
func (s *signIn) redeem(ctx context.Context, code, redirect, verifier string) (TokenSet, error) {
	var set TokenSet
	var failure *iracing.Error
	_, err := s.cfg.Store.Update(ctx, func(old Stored) (Stored, error) {
		r := old.clone()
		s.adopt(&r)
		if failure = r.held(s.now()); failure != nil {
			return r, errLookOnly
		}
		a := s.exchangeCode(ctx, s.codeForm(code, redirect, verifier))
		switch a.result {
		case granted:
			r = s.grant(r.withoutTokens(), a)
			r.Refused = nil
			set = TokenSet{
				AccessToken: r.AccessToken, AccessExpiry: r.AccessExpiry, RefreshToken: r.RefreshToken, RefreshExpiry: r.RefreshExpiry,
			}
		case lockedOut:
			failure, r.Hold.Until = a.err(), a.until
		default:
			failure = a.err()
			return r, errLookOnly
		}
		r.Generation, r.Lost = r.Generation+1, nil
		return r, nil
	})
	switch {
	case failure != nil:
		return TokenSet{}, failure
	case err != nil:
		return set, fmt.Errorf("the tokens cannot be kept: %w", err)
	}
	s.cfg.Observer.TokenExpiry(set.AccessExpiry, set.RefreshExpiry)
	return set, nil
}

// exchangeCode tries until there is an answer. A code serves once: when the answer is lost, so is the code.
func (s *signIn) exchangeCode(ctx context.Context, form map[string][]string) answer {
	for try := 1; ; try++ {
		a := s.post(ctx, form)
		switch a.result {
		case lost:
			a.detail += "; sign in once more"
			return a
		case invalidGrant:
			a.kind, a.detail = iracing.SignInAgain, "the code is used up or too old; sign in once more"
			return a
		case failed:
			if try < tries && s.backOff(ctx, try) {
				continue
			}
		}
		return a
	}
}

// loopback checks the address to listen on. iRacing refuses the name localhost.
func loopback(address string) (string, error) {
	address = cmp.Or(address, "127.0.0.1:0")
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", fmt.Errorf("%.60q is not an address such as 127.0.0.1:8765", address)
	}
	if host != "127.0.0.1" && host != "::1" {
		return "", fmt.Errorf("the browser must come back to 127.0.0.1 or [::1], which is what iRacing allows, not to %.60q", host)
	}
	return net.JoinHostPort(host, port), nil
}

// headersOf sets what every page of ours has: nothing of it is kept, framed, or passed on to another site.
func headersOf(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
}
