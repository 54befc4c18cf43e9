// Command collector is what runs beside Grafana: it signs in to iRacing, fills the database with races, ratings and
// telemetry on a schedule, and moves what is there to where it is wanted.
package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/oauth"
	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], &console{in: os.Stdin, out: os.Stdout, err: newScreen(os.Stderr), env: os.Getenv, browse: openBrowser})
	stop()
	os.Exit(code)
}

// commands are the commands of the command line; each is a type of its own.
type commands struct {
	Login    loginCommand    `cmd:"" group:"begin" help:"Sign in to iRacing through a browser and get the refresh token that a data source or a collector needs."`
	Doctor   doctorCommand   `cmd:"" group:"begin" help:"Check every connection, and say what is wrong and what to do about it."`
	Migrate  migrateCommand  `cmd:"" group:"begin" help:"Set up the database, or bring it up to date, and let a login read its views."`
	Run      runCommand      `cmd:"" group:"collect" help:"Collect on a schedule, or once: races, ratings, standings, leagues and telemetry."`
	Backfill backfillCommand `cmd:"" group:"collect" help:"Collect the races of years past."`
	Ingest   ingestCommand   `cmd:"" group:"collect" help:"Take telemetry files into the database."`
	Import   importCommand   `cmd:"" group:"collect" help:"Take race results into the database that were exported from iRacing's member site."`
	Upload   uploadCommand   `cmd:"" group:"move" help:"Send telemetry files from this computer to a bucket, a database or a Grafana elsewhere."`
	Export   exportCommand   `cmd:"" group:"move" help:"Write what is in the database as CSV or Parquet, and telemetry as OpenMetrics."`
	Drivers  driversCommand  `cmd:"" group:"move" help:"List the own and the followed drivers, or take one off the list."`
	Purge    purgeCommand    `cmd:"" group:"move" help:"Take a driver out of the database."`

	globals
	Version kong.VersionFlag `help:"Print the version and exit."`
}

const description = `Works beside the iRacing data source for Grafana: collects races, ratings and telemetry into PostgreSQL and Prometheus.

Begin with "collector doctor", which needs nothing and tells what is missing. Every flag that names an environment variable can be given by it instead. Secrets are never flags, as other users of a computer can read those: each comes from a variable, or from a file that a flag or a variable names (- is the next line of the standard input).

It ends with 0 when all went well, 1 when something has to be mended, 2 when the command line is wrong, 3 when iRacing or the database is away and the same may work later, and 130 when it was interrupted.`

// groups are the headings in help texts.
var groups = kong.ExplicitGroups([]kong.Group{
	{Key: "begin", Title: "To begin with"},
	{Key: "collect", Title: "Collecting"},
	{Key: "move", Title: "Moving and removing"},
	{Key: "client", Title: "The OAuth client"},
	{Key: "browser", Title: "The browser"},
	{Key: "token", Title: "Where the token goes"},
	{Key: "database", Title: "The database"},
	{Key: "reader", Title: "Who reads it"},
	{Key: "account", Title: "The iRacing account"},
	{Key: "drivers", Title: "Whose data this is"},
	{Key: "telemetry", Title: "Telemetry files"},
	{Key: "destination", Title: "Where they go"},
	{Key: "push", Title: "Pushing to Prometheus"},
	{Key: "serve", Title: "Metrics and health over HTTP"},
	{Key: "log", Title: "The log"},
})

// newParser makes the command line. exit ends it from within, after --help and --version.
func newParser(ctx context.Context, c *console, exit func(code int)) (*kong.Kong, error) {
	metrics.BuildInfo()
	var cmds commands
	c.flags = &cmds.globals
	return kong.New(&cmds,
		kong.Name("collector"), kong.Description(description), kong.Writers(c.out, c.err),
		kong.Vars{"version": metrics.Version(), "oauth_url": oauth.DefaultURL, "jobs": strings.Join(jobNames, ", ")},
		kong.ConfigureHelp(kong.HelpOptions{WrapUpperBound: 100, Compact: true}), kong.ValueFormatter(explain), groups, whens(time.Now), kong.Exit(exit),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(c), kong.Bind(&cmds.globals),
	)
}

// run is the program without its process.
func run(ctx context.Context, args []string, c *console) int {
	c.ended = ctx.Done()
	exited, code := false, exitOK
	parser, err := newParser(ctx, c, func(n int) { exited, code = true, n })
	if err != nil {
		return c.fail(err, exitFailed)
	}
	parsed, err := parser.Parse(args)
	if exited {
		return code
	}
	if err != nil {
		c.logFormatOf(args)
		c.tell("collector --help, and --help behind a command, tell what there is.")
		return c.fail(err, exitUsage)
	}
	err = parsed.Run()
	code = exitCode(ctx, err)
	switch {
	case code == exitOK:
		return exitOK
	case code == exitInterrupted:
		err = errors.New("interrupted")
	case errors.Is(err, errTold), errors.Is(err, errToldLater):
		return code
	}
	return c.fail(err, code)
}
