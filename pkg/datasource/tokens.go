package datasource

import (
	"context"
	"path/filepath"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/oauth"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/signin"
)

// tokenStore is where the rotating refresh token is kept: in the database under the operator's key, so that all who share
// the sign-in take turns; else encrypted on disk, so that it outlives a restart; in memory where nothing can be written.
// lasts tells whether a restart leaves it.
func tokenStore(dir string, s signin.Settings, db *database, key string) (kept oauth.TokenStore, lasts bool) {
	var file oauth.TokenStore
	if material := s.Material(); dir != "" && s.Keeps() && len(material) > 0 {
		if f, err := oauth.NewFile(filepath.Join(dir, "token-"+s.Account()), material); err == nil {
			file = f
		}
	}
	switch {
	case db != nil && key != "" && s.Keeps():
		kept = db.Tokens(s.Account(), []byte(key))
		if file != nil {
			kept = &movedTokens{to: kept, from: file}
		}
		if s.Way == signin.Password {
			kept = &eitherTokens{first: kept, second: oauth.NewMemory()}
		}
		return kept, true
	case file != nil:
		return file, true
	}
	return oauth.NewMemory(), false
}

// movedTokens takes over tokens from where they were kept before there was a better place. Without that, a refresh token
// that was pasted long ago would be tried again, and it serves once.
type movedTokens struct{ to, from oauth.TokenStore }

// Update implements [oauth.TokenStore].
func (m *movedTokens) Update(ctx context.Context, f func(oauth.Stored) (oauth.Stored, error)) (oauth.Stored, error) {
	moved := false
	kept, err := m.to.Update(ctx, func(old oauth.Stored) (oauth.Stored, error) {
		if moved = len(old.Key) == 0 && old.Lost == nil; moved {
			before, err := m.from.Update(ctx, func(before oauth.Stored) (oauth.Stored, error) { return before, nil })
			if err != nil {
				return oauth.Stored{}, err // nobody knows what is there
			}
			if before.Lost == nil && before.RefreshToken != "" {
				old = before
			}
		}
		return f(old)
	})
	if err == nil && moved {
		// They are kept in one place from now on. What stays where it was does no harm, as it is not looked at again.
		_, _ = m.from.Update(ctx, func(oauth.Stored) (oauth.Stored, error) { return oauth.Stored{}, nil })
	}
	return kept, err
}

// eitherTokens keeps tokens in the second place while the first one is away. It is for a sign-in by password alone, which
// can be made anew at any time: a refresh token must have one owner.
type eitherTokens struct{ first, second oauth.TokenStore }

// Update implements [oauth.TokenStore].
func (e *eitherTokens) Update(ctx context.Context, f func(oauth.Stored) (oauth.Stored, error)) (oauth.Stored, error) {
	asked := false
	kept, err := e.first.Update(ctx, func(old oauth.Stored) (oauth.Stored, error) {
		asked = true
		return f(old)
	})
	if err == nil || asked || ctx.Err() != nil {
		return kept, err
	}
	return e.second.Update(ctx, f)
}
