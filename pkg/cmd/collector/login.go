package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/oauth"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/signin"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// loginCommand signs a person in.
type loginCommand struct {
	clientFlags `group:"client"`
	Username    string `env:"IRACING_USERNAME" placeholder:"EMAIL" group:"client" help:"The account's e-mail address, with --database: it tells accounts of one client apart."`

	Output        string `env:"IRACING_LOGIN_OUTPUT" placeholder:"FILE" group:"token" help:"Write the refresh token to this file, readable for you alone, in place of printing it."`
	Database      bool   `env:"IRACING_LOGIN_DATABASE" group:"token" help:"Keep the tokens in the database, encrypted, for the collectors and data sources that have the same key."`
	tokenFlags    `group:"token"`
	databaseFlags `group:"database"`

	Listen  string        `env:"IRACING_LOGIN_LISTEN" default:"127.0.0.1:0" placeholder:"ADDRESS" group:"browser" help:"Where the browser comes back to: 127.0.0.1 or [::1], and a port. Port 0 is any, which works for a client that is registered with it; for others, the port of the redirect address that they are registered with."`
	Path    string        `env:"IRACING_LOGIN_PATH" default:"/callback" placeholder:"PATH" group:"browser" help:"The path of the registered redirect address."`
	Browser bool          `env:"IRACING_LOGIN_BROWSER" negatable:"" default:"true" group:"browser" help:"Open the browser; the address is printed in any case."`
	Ask     bool          `env:"IRACING_LOGIN_ASK" group:"browser" help:"Have iRacing ask for the password even when the browser is signed in, for another account."`
	Timeout time.Duration `env:"IRACING_LOGIN_TIMEOUT" default:"10m" placeholder:"TIME" group:"browser" help:"How long to wait."`
	Verbose bool          `short:"v" group:"log" help:"Tell what is exchanged with iRacing. Tokens are never part of it."`
}

// Help is what login --help says beneath its first line.
func (loginCommand) Help() string {
	return `You need an OAuth client of your own, registered with iRacing as one that signs in through a browser. This command opens iRacing's page, waits for you to sign in, and prints the refresh token: paste it into the settings of the data source. Only the token goes to the standard output, so that it can be sent on to a file or another program.

A refresh token serves once. Whoever uses it gets the next one, and keeps that. So enter it in one place only: one data source or one collector. Used by two, it locks both out. What is kept with --database is different: all collectors and data sources with this database and the same key take turns, and nothing is pasted anywhere.

On a computer without a browser, open the address that is printed on another one. The browser will end on a page that cannot be loaded: paste that page's address here.

  collector login --client-id my-client
  collector login --client-id my-client --client-secret-file secret.txt --output token.txt
  collector login --client-id my-client --token-store /var/lib/iracing/tokens --token-key-file key.txt
  DATABASE_URL=postgres://… IRACING_TOKEN_KEY=… collector login --client-id my-client --database`
}

// open is what the tokens are to be kept in, and its name; nil when they are not.
func (l *loginCommand) open(ctx context.Context, c *console, cfg oauth.Config, log hclog.Logger) (kept oauth.TokenStore, where string, end func(), err error) {
	end = func() {}
	if l.TokenStore == "" && !l.Database {
		return nil, "", end, nil
	}
	var db *store.Store
	if l.Database {
		if db, err = l.must(ctx, c, log); err != nil {
			return nil, "", end, err
		}
	}
	key, err := c.read(ctx, l.key())
	switch {
	case err == nil && db == nil:
		kept, err = oauth.NewFile(l.TokenStore, []byte(key))
		return kept, l.TokenStore, end, err
	case err == nil:
		// A database that cannot be written to is found out before anybody has signed in.
		if err = db.Ready(ctx); err == nil {
			s := signin.Settings{Way: signin.Refresh, ClientID: cfg.ClientID, Username: l.Username}
			if l.OAuthURL != oauth.DefaultURL {
				s.OAuthURL = l.OAuthURL
			}
			return db.Tokens(s.Account(), []byte(key)), "the database", db.Close, nil
		}
	}
	if db != nil {
		db.Close()
	}
	return nil, "", end, err
}

// Run carries the command out.
func (l *loginCommand) Run(ctx context.Context, c *console, g *globals) error {
	places := 0
	for _, given := range []bool{l.Output != "", l.TokenStore != "", l.Database} {
		if given {
			places++
		}
	}
	switch {
	case l.ClientID == "":
		return usageError{errors.New("there is no client: give --client-id, or set IRACING_CLIENT_ID")}
	case places > 1:
		return usageError{errors.New("--output, --token-store and --database exclude each other, as the token serves once")}
	}
	log := g.logger(c.err)
	clientSecret, err := c.read(ctx, l.client())
	if err != nil {
		return err
	}
	cfg := oauth.Config{URL: l.OAuthURL, ClientID: l.ClientID, ClientSecret: clientSecret}
	kept, where, end, err := l.open(ctx, c, cfg, log)
	if err != nil {
		return err
	}
	defer end()
	cfg.Store = kept
	if l.Verbose {
		cfg.Log = log
	}
	// A token that cannot be written is found out before anybody has signed in.
	var out *outputFile
	if l.Output != "" {
		if out, err = newOutputFile("refresh token", l.Output); err != nil {
			return err
		}
		defer out.discard()
	}
	set, err := oauth.Login(ctx, oauth.LoginOptions{
		Config: cfg, Listen: l.Listen, Path: l.Path, Verify: l.Ask, Timeout: l.Timeout,
		Open:  func(_ context.Context, address string) error { return l.show(c, address) },
		Paste: c.typed(),
		Tell:  func(text string) { c.tell("%s", text) },
	})
	switch {
	case err != nil && set.RefreshToken == "":
		return err
	case set.RefreshToken == "":
		return errors.New("iRacing gave no refresh token: this client may sign in, but not stay signed in")
	}
	c.tell("\nSigned in.")
	until := ""
	if !set.RefreshExpiry.IsZero() {
		until = " It expires on " + set.RefreshExpiry.Local().Format("Monday, 2 January 2006, 15:04 MST") + " when it is not used before."
	}
	switch {
	case err == nil && out != nil:
		_, err = out.WriteString(set.RefreshToken + "\n")
		if err = errors.Join(err, out.keep(false)); err == nil {
			c.tell("The refresh token is in %s.%s", l.Output, until)
			break
		}
		fallthrough
	case err != nil:
		// The tokens exist, and nobody would find them otherwise.
		c.tell("The tokens could not be kept, so here is the refresh token.%s", until)
		_, printErr := fmt.Fprintln(c.out, set.RefreshToken)
		return errors.Join(err, printErr)
	case kept != nil:
		c.tell("The tokens are in %s.%s Whatever runs with it and the same key renews them there.", where, until)
		return nil
	default:
		c.tell("This is the refresh token to paste into the settings.%s\n", until)
		if _, err := fmt.Fprintln(c.out, set.RefreshToken); err != nil {
			return fmt.Errorf("print the refresh token: %w", err)
		}
	}
	c.tell("\nIt serves once: enter it in one place only, one data source or one collector, which keeps the ones that follow.")
	return nil
}

// show tells where to sign in, and opens the browser when there is one.
func (l *loginCommand) show(c *console, address string) error {
	opened := false
	if l.Browser && c.browse != nil {
		err := c.browse(address)
		opened = err == nil
		if err != nil && l.Verbose {
			c.tell("The browser cannot be opened: %v", err)
		}
	}
	if opened {
		c.tell("Sign in to iRacing in your browser. If it has not opened, this is the address:")
	} else {
		c.tell("Open this address in a browser and sign in to iRacing:")
	}
	c.tell("\n  %s\n", address)
	c.tell("If the browser ends on a page that cannot be loaded, paste the address of that page here.")
	return nil
}
