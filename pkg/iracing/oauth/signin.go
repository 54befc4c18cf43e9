package oauth

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// The bounds of our own.
const (
	// margin is how long before its expiry an access token is renewed; a quarter of its life where that is shorter.
	margin = time.Minute
	// tries is how often an exchange that came to nothing is made in one round.
	tries = 3
	// maxLogins is how many full logins are made in an hour. iRacing locks a client out after about twelve.
	maxLogins = 10
	// maxRefused is how many refused access tokens are replaced in refusedSpan: an API that refuses whatever it is given
	// must not make us exchange for ever.
	maxRefused  = 3
	refusedSpan = 10 * time.Minute
	// doubtPause is the time until a refresh token is tried again whose answers were lost.
	doubtPause = 5 * time.Minute
	// maxSpent is how many pasted refresh tokens are remembered as used.
	maxSpent = 32
)

// signIn is what is done with a record while the store is locked.
type signIn struct {
	exchanger
	refused []string // access tokens that the API has refused
	now     func() time.Time
	wait    func(ctx context.Context, d time.Duration) bool
	lost    bool // an answer was lost in this round
}

// step makes of a record one with a fresh access token. With an error it answers the record as it is to be kept all the
// same.
func (s *signIn) step(ctx context.Context, r Stored) (Stored, *iracing.Error) {
	seed := s.adopt(&r)
	now := s.now()
	if r.fresh(now) && !slices.Contains(s.refused, r.AccessToken) {
		return r, nil
	}
	if f := r.Failure; f != nil && (f.Until.IsZero() || now.Before(f.Until)) {
		return r, f.err()
	}
	if err := r.held(now); err != nil {
		return r, err
	}
	if r.fresh(now) { // and refused
		r.Refused = within(r.Refused, now, refusedSpan)
		if len(r.Refused) >= maxRefused {
			return r, &iracing.Error{
				Kind: iracing.Unavailable, Until: r.Refused[0].Add(refusedSpan), Detail: "iRacing's API refuses the tokens that it was just given",
			}
		}
		r.Refused = append(r.Refused, now)
	}
	switch {
	case r.RefreshToken != "" && (r.RefreshExpiry.IsZero() || now.Before(r.RefreshExpiry)):
		return s.refresh(ctx, r, seed)
	case s.cfg.Grant == PasswordLimited:
		return s.login(ctx, r)
	case r.RefreshToken != "":
		return r, &iracing.Error{
			Kind: iracing.SignInAgain, Detail: "the refresh token expired on " + r.RefreshExpiry.UTC().Format("2 January 2006 15:04 UTC"),
		}
	case errors.Is(r.Lost, ErrOtherKey):
		return r, &iracing.Error{Kind: iracing.SignInAgain, Detail: otherKey, Err: r.Lost}
	case r.Lost != nil:
		return r, &iracing.Error{Kind: iracing.SignInAgain, Detail: "the kept tokens are damaged", Err: r.Lost}
	}
	if s.cfg.RefreshToken != "" {
		return r, &iracing.Error{Kind: iracing.SignInAgain, Detail: "the refresh token that was entered is used up; enter a new one"}
	}
	detail := "nobody has signed in yet"
	if r.Others {
		detail = otherAccount
	}
	return r, &iracing.Error{Kind: iracing.SignInAgain, Detail: detail}
}

// What the settings may have wrong where nobody is signed in.
const (
	otherKey     = "the kept tokens were encrypted with another token key than the one in the settings; set the former one again, or sign in anew"
	otherAccount = "nobody has signed in with these settings yet, but tokens of another account are kept: check the client id, the user name and the way to sign in"
)

// adopt makes the record one of the settings. It answers the fingerprint of the pasted refresh token when that is what
// the record now has.
func (s *signIn) adopt(r *Stored) (seed string) {
	c := s.cfg
	if len(r.Key) == 0 {
		r.Key = make([]byte, 32)
		_, _ = rand.Read(r.Key) // never fails
	}
	account := c.account(r.Key)
	if r.Account != account {
		*r = Stored{Generation: r.Generation, Key: r.Key, Account: account, Hold: r.Hold, Lost: r.Lost, Others: r.Others}
	}
	if client := c.client(); r.Hold.Client != client {
		r.Hold = Hold{Client: client}
	}
	if r.Failure != nil && r.Failure.Settings != c.settings(r.Key) {
		r.Failure = nil
	}
	if c.RefreshToken == "" || c.Grant == PasswordLimited {
		return ""
	}
	seed = fingerprint(r.Key, "seed", c.RefreshToken)
	if slices.Contains(r.Spent, seed) {
		return ""
	}
	r.RefreshToken, r.RefreshExpiry = c.RefreshToken, time.Time{}
	r.AccessToken, r.AccessIssued, r.AccessExpiry = "", time.Time{}, time.Time{}
	return seed
}

// refresh exchanges the refresh token.
func (s *signIn) refresh(ctx context.Context, r Stored, seed string) (Stored, *iracing.Error) {
	if seed != "" {
		r.Spent = append(r.Spent, seed)
		r.Spent = r.Spent[max(0, len(r.Spent)-maxSpent):]
	}
	for try := 1; ; try++ {
		a := s.post(ctx, s.refreshForm(r.RefreshToken))
		switch a.result {
		case granted:
			return s.grant(r, a), nil
		case refused, lockedOut, notNow:
			return s.stop(r, a)
		case invalidGrant:
			dead := r.RefreshToken
			r = r.withoutTokens()
			if s.cfg.Grant == PasswordLimited {
				return s.login(ctx, r)
			}
			a.kind = iracing.SignInAgain
			switch {
			case s.lost:
				a.detail = "the answer to an earlier exchange was lost, and the refresh token with it"
			case dead == s.cfg.RefreshToken:
				a.detail = "the refresh token that was entered is used up or revoked"
			}
			return s.stop(r, a)
		case lost:
			if s.cfg.Grant == PasswordLimited {
				s.lost = true
				return s.login(ctx, r.withoutTokens())
			}
			if s.lost {
				// The exchange may not have happened at all: that is found out later, and rarely.
				a.result, a.kind, a.until = notNow, iracing.SignInAgain, s.now().Add(doubtPause)
				a.detail = "two answers to the exchange of the refresh token were lost; it may be used up"
				return s.stop(r, a)
			}
			s.lost = true
		}
		if try >= tries || !s.backOff(ctx, try) {
			return r, a.err()
		}
	}
}

// login signs in with the password.
func (s *signIn) login(ctx context.Context, r Stored) (Stored, *iracing.Error) {
	for try := 1; ; try++ {
		now := s.now()
		r.Hold.Logins = within(r.Hold.Logins, now, time.Hour)
		if len(r.Hold.Logins) >= maxLogins {
			return r, &iracing.Error{
				Kind: iracing.LockedOut, Until: r.Hold.Logins[0].Add(time.Hour), Detail: "there were too many logins in the last hour; iRacing was not asked",
			}
		}
		r.Hold.Logins = append(r.Hold.Logins, now)
		a := s.post(ctx, s.passwordForm())
		switch a.result {
		case granted:
			return s.grant(r, a), nil
		case refused, lockedOut, notNow, invalidGrant:
			return s.stop(r, a)
		case lost:
			if s.lost {
				return r, a.err()
			}
			s.lost = true
		}
		if try >= tries || !s.backOff(ctx, try) {
			return r, a.err()
		}
	}
}

// grant puts new tokens into the record.
func (s *signIn) grant(r Stored, a answer) Stored {
	now := s.now()
	r = r.withTokens(a.tokens, now)
	r.Failure, r.Hold.Until = nil, time.Time{}
	return r
}

// withTokens is the record with the tokens of an answer. Where there is no new refresh token the old one stays.
func (r Stored) withTokens(t tokens, now time.Time) Stored {
	r.AccessToken, r.AccessIssued, r.AccessExpiry = t.access, now, now.Add(t.accessLife())
	if t.refresh != "" {
		r.RefreshToken, r.RefreshExpiry = t.refresh, time.Time{}
		if t.refreshLife > 0 {
			r.RefreshExpiry = now.Add(t.refreshLife)
		}
	}
	return r
}

func (r Stored) withoutTokens() Stored {
	r.AccessToken, r.AccessIssued, r.AccessExpiry = "", time.Time{}, time.Time{}
	r.RefreshToken, r.RefreshExpiry = "", time.Time{}
	return r
}

// stop notes a refusal in the record, so that nobody asks again before it makes sense.
func (s *signIn) stop(r Stored, a answer) (Stored, *iracing.Error) {
	err := a.err()
	switch {
	case a.result == lockedOut:
		r.Hold.Until = a.until
	case a.result == notNow && a.kind != iracing.SignInAgain:
		// The Manager pauses by itself.
	default:
		if a.tokens.access != "" {
			// Tokens that allow nothing: the refresh token has rotated all the same.
			r = r.withTokens(a.tokens, s.now())
			r.AccessToken, r.AccessIssued, r.AccessExpiry = "", time.Time{}, time.Time{}
		}
		r.Failure = &Failure{Kind: a.kind, Until: a.until, Detail: a.detail, RequestID: a.requestID, Settings: s.cfg.settings(r.Key)}
	}
	return r, err
}

// backOff waits before the next try, for a random part of a time that doubles.
func (s *signIn) backOff(ctx context.Context, try int) bool {
	d := s.cfg.Backoff << (try - 1)
	return s.wait(ctx, d/2+mathrand.N(d/2+1))
}

// held is the lock-out that is under way; nil when there is none. One that is further away than iRacing's can be is from
// a wrong clock.
func (r Stored) held(now time.Time) *iracing.Error {
	if !now.Before(r.Hold.Until) || r.Hold.Until.Sub(now) > maxPause {
		return nil
	}
	return &iracing.Error{Kind: iracing.LockedOut, Until: r.Hold.Until}
}

// fresh tells that the access token is good for some time yet.
func (r Stored) fresh(now time.Time) bool {
	return r.AccessToken != "" && r.AccessExpiry.Sub(now) > min(margin, r.AccessExpiry.Sub(r.AccessIssued)/4)
}

// aheadOf tells that r, which a Manager has in memory, is newer than what the store has: writing it failed, or the store
// has lost it. A record with another key is another sign-in, and the store's is the one that counts.
func (r Stored) aheadOf(kept Stored) bool {
	good := r.RefreshToken != "" && r.Failure == nil
	switch {
	case len(kept.Key) == 0:
		return good
	case !bytes.Equal(r.Key, kept.Key):
		return false
	case r.Generation == kept.Generation:
		// Both come from the same record. Whoever has tokens is right.
		return good && kept.Failure != nil
	}
	return r.Generation > kept.Generation
}

// within are the times that lie in the span before now.
func within(times []time.Time, now time.Time, span time.Duration) []time.Time {
	return slices.DeleteFunc(slices.Clone(times), func(t time.Time) bool { return now.Sub(t) >= span || t.After(now) })
}

// fingerprint is a keyed digest of some texts. Their lengths are part of it, so that they cannot be cut differently.
func fingerprint(key []byte, texts ...string) string {
	h := hmac.New(sha256.New, key)
	for _, t := range texts {
		_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(t))))
		_, _ = h.Write([]byte(t))
	}
	return base64.RawStdEncoding.EncodeToString(h.Sum(nil)[:18])
}

// account is a fingerprint of whose tokens these are, as far as the settings tell.
func (c Config) account(key []byte) string {
	user := ""
	if c.Grant == PasswordLimited {
		user = strings.ToLower(c.Username)
	}
	return fingerprint(key, "account", c.URL, c.ClientID, user)
}

// settings is a fingerprint of all that iRacing may refuse.
func (c Config) settings(key []byte) string {
	return fingerprint(key, "settings", string(c.Grant), c.URL, c.ClientID, c.ClientSecret, c.Username, c.Password, c.RefreshToken)
}

// client is a digest of the client, which is no secret.
func (c Config) client() string { return fingerprint(nil, "client", c.URL, c.ClientID) }
