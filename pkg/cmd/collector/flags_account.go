package main

import (
	"context"
	"errors"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/oauth"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/signin"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// clientFlags name the OAuth client; every command that asks iRacing has them.
type clientFlags struct {
	ClientID         string `env:"IRACING_CLIENT_ID" placeholder:"ID" help:"The OAuth client's id, as iRacing has given it to you."`
	ClientSecretFile string `env:"IRACING_CLIENT_SECRET_FILE" placeholder:"FILE" help:"A file with the client secret; or IRACING_CLIENT_SECRET is the secret. A client may have none."`
	OAuthURL         string `name:"oauth-url" env:"IRACING_OAUTH_URL" default:"${oauth_url}" placeholder:"URL" help:"The address of the OAuth service."`
}

func (f clientFlags) client() secret {
	return secret{
		what: "client secret", env: "IRACING_CLIENT_SECRET", file: f.ClientSecretFile, flag: "client-secret-file", optional: true,
	}
}

// tokenFlags say what tokens are kept in.
type tokenFlags struct {
	TokenStore   string `env:"IRACING_TOKEN_STORE" placeholder:"FILE" help:"Keep the tokens in this encrypted file."`
	TokenKeyFile string `env:"IRACING_TOKEN_KEY_FILE" placeholder:"FILE" help:"A file with what the tokens are encrypted with: any text that is hard to guess; or IRACING_TOKEN_KEY is that text. Whoever shares the tokens needs the same one."`
}

func (f tokenFlags) key() secret {
	return secret{what: "key of the tokens", env: "IRACING_TOKEN_KEY", file: f.TokenKeyFile, flag: "token-key-file"}
}

// accountFlags say how to sign in to iRacing.
type accountFlags struct {
	SignIn string `env:"IRACING_SIGN_IN" enum:",none,password,refresh,access" default:"" placeholder:"WAY" help:"How to sign in: password, refresh (a refresh token, or what \"collector login\" has kept), access (an access token, which lasts ten minutes) or none. Left open, it follows from what else is given."`
	clientFlags
	Username          string  `env:"IRACING_USERNAME" placeholder:"EMAIL" help:"The account's e-mail address, for a sign-in by password. For refresh it only tells accounts of one client apart."`
	PasswordFile      string  `env:"IRACING_PASSWORD_FILE" placeholder:"FILE" help:"A file with the account's password; or IRACING_PASSWORD is the password."`
	RefreshTokenFile  string  `env:"IRACING_REFRESH_TOKEN_FILE" placeholder:"FILE" help:"A file with a refresh token that was never used; or IRACING_REFRESH_TOKEN is the token."`
	AccessTokenFile   string  `env:"IRACING_ACCESS_TOKEN_FILE" placeholder:"FILE" help:"A file with an access token; or IRACING_ACCESS_TOKEN is the token."`
	APIURL            string  `name:"api-url" env:"IRACING_API_URL" placeholder:"URL" help:"The address of a stand-in for iRacing's API."`
	PublicURL         string  `name:"public-url" env:"IRACING_PUBLIC_URL" placeholder:"URL" help:"The address of a stand-in for iRacing's public files."`
	RequestsPerSecond float64 `env:"IRACING_REQUESTS_PER_SECOND" default:"2" placeholder:"N" help:"The ceiling of requests to iRacing in a second. iRacing allows an account four, its website included."`
	tokenFlags
}

// settings reads the secrets and finds out which way to sign in is meant. It asks nobody for anything.
func (f *accountFlags) settings(ctx context.Context, c *console) (signin.Settings, error) {
	s := signin.Settings{
		Way: signin.Way(f.SignIn), ClientID: f.ClientID, Username: f.Username,
		APIURL: f.APIURL, PublicURL: f.PublicURL, PerSecond: f.RequestsPerSecond,
	}
	if f.OAuthURL != oauth.DefaultURL {
		s.OAuthURL = f.OAuthURL // which is empty in the settings of who uses iRacing's own
	}
	if f.RequestsPerSecond <= 0 || f.RequestsPerSecond > 4 && f.APIURL == "" {
		return s, usageError{errors.New("--requests-per-second is more than 0 and at most 4, as iRacing allows an account no more")}
	}
	var err error
	for _, one := range []struct {
		to *string
		secret
	}{
		{&s.ClientSecret, f.client()},
		{&s.Password, secret{what: "password", env: "IRACING_PASSWORD", file: f.PasswordFile}},
		{&s.RefreshToken, secret{what: "refresh token", env: "IRACING_REFRESH_TOKEN", file: f.RefreshTokenFile}},
		{&s.AccessToken, secret{what: "access token", env: "IRACING_ACCESS_TOKEN", file: f.AccessTokenFile}},
	} {
		if *one.to, err = c.given(ctx, one.secret); err != nil {
			return s, err
		}
	}
	if s.Way == "" {
		switch {
		case s.AccessToken != "" && s.RefreshToken == "" && s.Password == "":
			s.Way = signin.Access
		case s.Password != "":
			s.Way = signin.Password
		case s.ClientID != "":
			s.Way = signin.Refresh
		default:
			s.Way = signin.None
		}
	}
	// What another way needs must not become part of the account's name.
	if s.Way != signin.Refresh {
		s.RefreshToken = ""
	}
	return s, nil
}

// inDatabase is where tokens are kept that are in the database, in words.
const inDatabase = "the database"

// keep is where the tokens of the account are kept, and that place in words; nil is in memory.
func (f *accountFlags) keep(ctx context.Context, c *console, s signin.Settings, db *store.Store) (oauth.TokenStore, string, error) {
	if !s.Keeps() {
		return nil, "", nil
	}
	k := f.key()
	k.optional = true
	text, err := c.given(ctx, k)
	if err != nil {
		return nil, "", err
	}
	key, name := []byte(text), s.Account()
	if len(key) == 0 {
		// The plugin keeps what it has in the database under the shared key only. Without one this row is ours alone.
		key, name = s.Material(), name+"-collector"
	}
	switch {
	case f.TokenStore != "":
		if len(key) == 0 {
			return nil, "", errors.New("the tokens in --token-store need the key that they are encrypted with: set IRACING_TOKEN_KEY")
		}
		file, err := oauth.NewFile(f.TokenStore, key)
		return file, f.TokenStore, err
	case db != nil && len(key) > 0:
		return db.Tokens(name, key), inDatabase, nil
	}
	return nil, "", nil
}
