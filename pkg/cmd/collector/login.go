package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/oauth"
)

// clientFlags name the OAuth client; every command that asks iRacing has them.
type clientFlags struct {
	ClientID         string `env:"IRACING_CLIENT_ID" required:"" placeholder:"ID" help:"The OAuth client's id, as iRacing has given it to you."`
	ClientSecretFile string `env:"IRACING_CLIENT_SECRET_FILE" placeholder:"FILE" help:"A file with the client secret, or - for the first line of the standard input. Without it the secret is taken from the variable IRACING_CLIENT_SECRET, or asked for. A client may have none."`
	OAuthURL         string `name:"oauth-url" env:"IRACING_OAUTH_URL" default:"${oauth_url}" placeholder:"URL" help:"The address of the OAuth service."`
}

func (f clientFlags) config(ctx context.Context, c *console) (oauth.Config, error) {
	clientSecret, err := c.read(ctx, secret{
		what: "client secret", env: "IRACING_CLIENT_SECRET", file: f.ClientSecretFile, flag: "client-secret-file", optional: true,
	})
	return oauth.Config{URL: f.OAuthURL, ClientID: f.ClientID, ClientSecret: clientSecret}, err
}

// storeFlags name the encrypted file that the tokens are kept in.
type storeFlags struct {
	Store        string `env:"IRACING_TOKEN_STORE" placeholder:"FILE" help:"An encrypted file to keep the tokens in."`
	StoreKeyFile string `env:"IRACING_TOKEN_STORE_KEY_FILE" placeholder:"FILE" help:"A file with what the token file is encrypted with: any text that is hard to guess. Without it that is taken from the variable IRACING_TOKEN_STORE_KEY, or asked for."`
}

// open answers nil when no file is named.
func (f storeFlags) open(ctx context.Context, c *console) (oauth.TokenStore, error) {
	if f.Store == "" {
		return nil, nil
	}
	key, err := c.read(ctx, secret{
		what: "key of the token file", env: "IRACING_TOKEN_STORE_KEY", file: f.StoreKeyFile, flag: "store-key-file",
	})
	if err != nil {
		return nil, err
	}
	return oauth.NewFile(f.Store, []byte(key))
}

// loginCommand signs a person in.
type loginCommand struct {
	clientFlags `group:"The OAuth client"`
	Output      string `env:"IRACING_LOGIN_OUTPUT" placeholder:"FILE" group:"Where the token goes" help:"Write the refresh token to this file, readable for you alone, in place of printing it."`
	storeFlags  `group:"Where the token goes"`

	Listen  string        `env:"IRACING_LOGIN_LISTEN" default:"127.0.0.1:0" placeholder:"ADDRESS" group:"The browser" help:"Where the browser comes back to: 127.0.0.1 or [::1], and a port. Port 0 is any, which works for a client that is registered with it; for others, the port of the redirect address that they are registered with."`
	Path    string        `env:"IRACING_LOGIN_PATH" default:"/callback" placeholder:"PATH" group:"The browser" help:"The path of the registered redirect address."`
	Browser bool          `env:"IRACING_LOGIN_BROWSER" negatable:"" default:"true" group:"The browser" help:"Open the browser; the address is printed in any case."`
	Ask     bool          `env:"IRACING_LOGIN_ASK" group:"The browser" help:"Have iRacing ask for the password even when the browser is signed in, for another account."`
	Timeout time.Duration `env:"IRACING_LOGIN_TIMEOUT" default:"10m" group:"The browser" help:"How long to wait."`
	Verbose bool          `short:"v" help:"Tell what is exchanged with iRacing. Tokens are never part of it."`
}

// Help is what login --help says beneath its first line.
func (loginCommand) Help() string {
	return `You need an OAuth client of your own, registered with iRacing as one that signs in through a browser. This command opens iRacing's page, waits for you to sign in, and prints the refresh token: paste it into the settings of the data source. Only the token goes to the standard output, so that it can be sent on to a file or another program.

A refresh token serves once. Whoever uses it gets the next one, and keeps that. So enter it in one place only: one data source or one collector. Used by two, it locks both out.

On a computer without a browser, open the address that is printed on another one. The browser will end on a page that cannot be loaded: paste that page's address here.

  collector login --client-id my-client
  collector login --client-id my-client --client-secret-file secret.txt --output token.txt
  IRACING_CLIENT_ID=my-client collector login --store /var/lib/iracing/tokens --store-key-file key.txt`
}

// Run carries the command out.
func (l *loginCommand) Run(ctx context.Context, c *console) error {
	if l.Output != "" && l.Store != "" {
		return errors.New("--output and --store exclude each other, as the token serves once")
	}
	cfg, err := l.config(ctx, c)
	if err != nil {
		return err
	}
	if cfg.Store, err = l.open(ctx, c); err != nil {
		return err
	}
	if l.Verbose {
		cfg.Log = slog.New(slog.NewTextHandler(c.err, nil))
	}
	// A token that cannot be written is found out before anybody has signed in.
	var out *outputFile
	if l.Output != "" {
		if out, err = newOutputFile(l.Output); err != nil {
			return err
		}
		defer out.discard()
	}
	set, err := oauth.Login(ctx, oauth.LoginOptions{
		Config: cfg, Listen: l.Listen, Path: l.Path, Verify: l.Ask, Timeout: l.Timeout,
		Open:  func(_ context.Context, address string) error { return l.show(c, address) },
		Paste: c.typed(ctx),
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
		if err = out.write(set.RefreshToken); err == nil {
			c.tell("The refresh token is in %s.%s", l.Output, until)
			break
		}
		fallthrough
	case err != nil:
		// The tokens exist, and nobody would find them otherwise.
		c.tell("The tokens could not be kept, so here is the refresh token.%s", until)
		_, printErr := fmt.Fprintln(c.out, set.RefreshToken)
		return errors.Join(err, printErr)
	case cfg.Store != nil:
		c.tell("The tokens are in %s.%s Whatever runs with this file renews them in it.", l.Store, until)
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

// outputFile is a file that appears when its content is there.
type outputFile struct {
	path string
	temp *os.File
}

func newOutputFile(path string) (*outputFile, error) {
	if st, err := os.Stat(path); err == nil && !st.Mode().IsRegular() {
		return nil, fmt.Errorf("write the refresh token: %s is not a file", path)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // for its owner only
	if err != nil {
		return nil, fmt.Errorf("write the refresh token: %w", err)
	}
	return &outputFile{path, temp}, nil
}

func (o *outputFile) write(token string) error {
	_, err := io.WriteString(o.temp, token+"\n")
	err = errors.Join(err, o.temp.Sync(), o.temp.Close())
	if err == nil {
		err = os.Rename(o.temp.Name(), o.path)
	}
	if err != nil {
		return fmt.Errorf("write the refresh token: %w", err)
	}
	return nil
}

// discard leaves nothing behind but a file that was written.
func (o *outputFile) discard() {
	_ = o.temp.Close()
	_ = os.Remove(o.temp.Name())
}
