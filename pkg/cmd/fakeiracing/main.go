// Command fakeiracing runs a fake iRacing, for developers without an account: it signs in, and answers the /data API with
// a made-up season of racing. It says what to enter on the data source's page.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "fakeiracing:", err)
		os.Exit(1)
	}
}

// run is the program without its process: it serves until the context ends.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("fakeiracing", flag.ContinueOnError)
	flags.SetOutput(out)
	addr := flags.String("addr", "127.0.0.1:8400", "the `address` to listen at, for everything")
	public := flags.String("public", "", "the `host:port` under which clients reach it, where that is another, as in a container")
	seed := flags.Uint64("seed", 1, "the number that the made-up world follows from")
	races := flags.Int("races", 0, "about how many races the account has driven; 0 is 250")
	limit := flags.Int("limit", 0, "how many requests a minute the API answers; 0 is 240, less than 0 without end")
	var faults []iracingtest.Fault
	flags.Func("faults", "what goes wrong, such as maintenance or 429-text:/data/results/:3:10 (what, path, how often, after how many); several with commas", func(text string) error {
		for one := range strings.SplitSeq(text, ",") {
			f, err := iracingtest.ParseFault(strings.TrimSpace(one))
			if err != nil {
				return fmt.Errorf("reading the faults: %w", err)
			}
			faults = append(faults, f)
		}
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("reading the flags: %w", err)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("there is nothing to do with %q", flags.Arg(0))
	}
	fake, err := iracingtest.New(iracingtest.Options{Addr: *addr, Seed: *seed, Races: *races, PerMinute: *limit, OneHost: true, Public: *public})
	if err != nil {
		return fmt.Errorf("starting: %w", err)
	}
	for _, f := range faults {
		fake.Fault(f)
	}
	begin := time.Now()
	fake.World()
	tell(out, fake, time.Since(begin))
	<-ctx.Done()
	if err := fake.Close(); err != nil {
		return fmt.Errorf("ending: %w", err)
	}
	return nil
}

// tell says how to use the server. None of what it tells is a secret: it opens nothing but this fake.
func tell(out io.Writer, fake *iracingtest.Server, took time.Duration) {
	c := fake.Credentials
	_, _ = fmt.Fprintf(out, `A fake iRacing listens at %[1]s (its world was made in %[2]s). On the data source's page, enter

  Sign-in            client and password
  Client id          %[3]s
  Client secret      %[4]s
  E-mail             %[5]s
  Password           %[6]s
  Addresses          API %[1]s, OAuth %[7]s, public files %[1]s

or, where a file sets it up,

  jsonData:
    signIn: password
    clientId: %[3]s
    username: %[5]s
    apiUrl: %[1]s
    oauthUrl: %[7]s
    publicUrl: %[1]s
  secureJsonData:
    clientSecret: %[4]s
    password: %[6]s

In place of the password a refresh token does, once: %[8]s
To ask by hand, for ten minutes:

  curl -H 'Authorization: Bearer %[9]s' %[1]s/data/member/info

It ends with Ctrl+C.
`, fake.URL, took.Round(time.Millisecond), c.ClientID, c.ClientSecret, c.Username, c.Password, fake.OAuthURL, c.NewRefreshToken(), c.NewAccessToken())
}
