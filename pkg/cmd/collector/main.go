// Command collector is what runs beside Grafana: it signs in to iRacing for a data source.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/oauth"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], &console{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Getenv, browse: openBrowser})
	stop()
	os.Exit(code)
}

// commands are the commands of the command line; each is a type of its own.
type commands struct {
	Login   loginCommand     `cmd:"" help:"Sign in to iRacing through a browser and get the refresh token that a data source or a collector needs."`
	Version kong.VersionFlag `help:"Print the version and exit."`
}

const description = `Works beside the iRacing data source for Grafana.

Every flag that names an environment variable can be given by it instead. Secrets are never flags, as other users of a computer can read those: they come from an environment variable, from a file, or are asked for.`

// The exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// run is the program without its process.
func run(ctx context.Context, args []string, c *console) int {
	var cmds commands
	exited, code := false, exitOK
	parser, err := kong.New(&cmds,
		kong.Name("collector"), kong.Description(description), kong.Writers(c.out, c.err),
		kong.Vars{"version": version(), "oauth_url": oauth.DefaultURL}, kong.ConfigureHelp(kong.HelpOptions{WrapUpperBound: 100}),
		// --help and --version end the program from within the parser.
		kong.Exit(func(n int) { exited, code = true, n }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(c),
	)
	if err != nil {
		return c.fail(err, exitFailed)
	}
	parsed, err := parser.Parse(args)
	if exited {
		return code
	}
	if err != nil {
		_, _ = fmt.Fprintln(c.err, "collector --help and collector login --help tell what there is.")
		return c.fail(err, exitUsage)
	}
	err = parsed.Run()
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return c.fail(errors.New("interrupted"), exitInterrupted)
	}
	return c.fail(err, exitFailed)
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "unknown"
	}
	return info.Main.Version
}

// console is how a command talks with its user.
type console struct {
	in       io.Reader
	out, err io.Writer
	env      func(name string) string
	browse   func(address string) error

	lines <-chan string // what is typed, once somebody reads it
}

func (c *console) fail(err error, code int) int {
	_, _ = fmt.Fprintf(c.err, "collector: %v\n", err)
	return code
}

// tell prints for the user; what other programs may read goes to c.out.
func (c *console) tell(format string, args ...any) { _, _ = fmt.Fprintf(c.err, format+"\n", args...) }
