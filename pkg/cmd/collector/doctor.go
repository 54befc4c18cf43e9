package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/sync/errgroup"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/oauth"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/signin"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// doctorCommand checks every connection.
type doctorCommand struct {
	Timeout time.Duration `env:"DOCTOR_TIMEOUT" default:"30s" placeholder:"TIME" help:"How long each check may take."`
	Listen  string        `env:"LISTEN_ADDR" default:"127.0.0.1:9464" placeholder:"ADDRESS" group:"serve" help:"Where /metrics, /healthz and /readyz are served; off for nowhere. Others can reach it at 0.0.0.0:9464; it knows no passwords."`

	databaseFlags    `group:"database"`
	accountFlags     `group:"account"`
	telemetryFlags   `group:"telemetry"`
	ResultsURL       string `name:"results-url" env:"RESULTS_URL" placeholder:"URL" group:"telemetry" help:"A folder of results that were exported from iRacing's member site."`
	pushFlags        `group:"push"`
	destinationFlags `group:"destination"`
}

// Help is what doctor --help says beneath its first line.
func (doctorCommand) Help() string {
	return `Takes the same flags and variables as the other commands, tries what they name, and tells for each whether it works, what it holds, and what to do if not. It changes nothing, except that it sets up the database, as every command does, and that signing in to iRacing renews the tokens where they are kept.

  ok    works
  FAIL  does not work, and why
  warn  works, and something about it needs a look
  -     is not set up, and what that would bring

It ends with 0 when nothing failed, 1 when something has to be mended, and 3 when all that failed may work again by itself.`
}

// The outcomes of checks.
const (
	fine   = "ok"
	fails  = "FAIL"
	warns  = "warn"
	absent = "-"
)

// doctor is a visit: it prints what it finds.
type doctor struct {
	*works
	out     io.Writer
	timeout time.Duration
	late    func() bool // tells that the time of the check under way is over
	errs    []error     // what failed
}

// report prints one finding. Lines after the first stand beneath it.
func (d *doctor) report(outcome, what, text string) {
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if i > 0 {
			outcome, what = "", ""
		}
		_, _ = fmt.Fprintf(d.out, "%-5s %-12s %s\n", outcome, what, printable(line))
	}
}

// fail prints what does not work.
func (d *doctor) fail(what string, err error) {
	err = d.why(what, err)
	d.errs = append(d.errs, err)
	d.report(fails, what, sentence(err.Error()))
}

// why is an error, or that there was no answer in the time that a check may take, which errors tell in words of programmers.
func (d *doctor) why(what string, err error) error {
	if !d.late() {
		return err
	}
	return &lateError{who: answers[what], within: d.timeout, err: err}
}

// answers are those who have to answer, by checks.
var answers = map[string]string{
	"database": "PostgreSQL", "jobs": "PostgreSQL", "races": "PostgreSQL", "uploads": "PostgreSQL",
	"iRacing": "its status page", "account": "iRacing", "telemetry": "the place of the telemetry files", "results": "the folder of results",
	"push": "the target of remote write", "upload": "the place that files are uploaded to", "metrics": "what is there",
}

// lateError is the end of the time that somebody had to answer.
type lateError struct {
	who    string
	within time.Duration
	err    error
}

func (e *lateError) Error() string {
	return fmt.Sprintf("%s did not answer within %s; --timeout gives it longer", e.who, e.within)
}

func (e *lateError) Unwrap() error { return e.err }

// Temporary tells that it may answer later.
func (e *lateError) Temporary() bool { return true }

// sentence begins with a capital letter, unless with a name that has none, and ends with a full stop.
func sentence(text string) string {
	if text == "" {
		return text
	}
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	if strings.HasPrefix(text, "iRacing") {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// Run carries the command out.
func (c *doctorCommand) Run(ctx context.Context, console *console, g *globals) error {
	log := g.logger(console.err)
	if g.LogLevel == "info" {
		// What goes wrong is in the findings.
		log.SetLevel(hclog.Off)
	}
	d := &doctor{works: &works{console: console, log: log}, out: console.out, timeout: c.Timeout}
	defer d.close()
	for _, check := range []func(context.Context, *doctor){
		c.database, c.service, c.signsIn, c.telemetryPlaces, c.results, c.push, c.uploads, c.listens,
	} {
		checking, cancel := context.WithTimeout(ctx, c.Timeout)
		d.late = func() bool { return checking.Err() != nil }
		check(checking, d)
		cancel()
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	switch {
	case len(d.errs) == 0:
		return nil
	case later(errors.Join(d.errs...)):
		return errToldLater
	}
	return errTold
}

func (c *doctorCommand) database(ctx context.Context, d *doctor) {
	const what = "database"
	db, err := c.factsOf(&c.accountFlags).open(ctx, d.console, d.log)
	switch {
	case err != nil:
		d.fail(what, err)
		return
	case db == nil:
		d.report(absent, what, "None is set up: set DATABASE_URL. Everything that is collected is kept in it.")
		return
	}
	d.later(db.Close)
	status, err := db.Status(ctx)
	if err != nil {
		d.fail(what, err)
		return
	}
	d.db = db
	secured := "without encryption"
	if status.Encrypted {
		secured = "encrypted"
	}
	text := fmt.Sprintf("PostgreSQL %s, database %s as %s, %s.", status.Server, status.Database, status.User, secured)
	if status.ReadOnly {
		d.fail(what, store.NewReadOnly())
		return
	}
	text += fmt.Sprintf("\nSchema version %d, %s.", status.Schema, size(status.Bytes))
	var held []string
	for _, one := range []struct{ table, what string }{
		{"subsessions", "races"}, {"results", "result rows"}, {"laps", "laps"}, {"drivers", "drivers"}, {"telemetry_sessions", "telemetry files"},
	} {
		if n := status.Rows[one.table]; n > 0 {
			held = append(held, "about "+number(n)+" "+one.what)
		}
	}
	if len(held) > 0 {
		text += " It holds " + strings.Join(held, ", ") + "."
	}
	d.report(fine, what, text)
	c.jobs(ctx, d)
}

// staleAfter is for how long a job may not have succeeded. The longest schedule is a day.
const staleAfter = 26 * time.Hour

// jobs tells how the last runs went.
func (c *doctorCommand) jobs(ctx context.Context, d *doctor) {
	const what = "jobs"
	runs, err := d.db.LastRuns(ctx)
	switch {
	case err != nil:
		d.fail(what, err)
		return
	case len(runs) == 0:
		d.report(absent, what, "None has run yet: start \"collector run\".")
		return
	}
	var bad []string
	newest := time.Time{}
	for _, r := range runs {
		if r.Success.After(newest) {
			newest = r.Success
		}
		switch {
		case r.Outcome == store.RunFailed:
			bad = append(bad, fmt.Sprintf("%s failed %s: %s", r.Job, ago(r.Ended), firstLine(r.Problem)))
		case r.Outcome != store.Running && slices.Contains(jobNames, r.Job) && time.Since(r.Success) > staleAfter:
			bad = append(bad, fmt.Sprintf("%s has not succeeded since %s", r.Job, since(r.Success)))
		}
	}
	if len(bad) > 0 {
		d.report(warns, what, strings.Join(bad, "\n"))
		return
	}
	d.report(fine, what, fmt.Sprintf("%d have run; the last success was %s.", len(runs), ago(newest)))
}

func since(at time.Time) string {
	if at.IsZero() {
		return "ever"
	}
	return at.Local().Format("2 January 15:04")
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// service asks iRacing's status page, which needs no account.
func (c *doctorCommand) service(ctx context.Context, d *doctor) {
	const what = "iRacing"
	account, err := signin.New(signin.Settings{APIURL: c.APIURL, PublicURL: c.PublicURL}, signin.Options{UserAgent: userAgent})
	if err != nil {
		d.fail(what, err)
		return
	}
	defer func() { _ = account.Close() }()
	if _, err := (iracing.API{Source: account.Client}).ServiceStatus(ctx); err != nil {
		if err := d.why(what, err); d.late() {
			d.report(warns, what, sentence(err.Error()))
			return
		}
		d.report(warns, what, sentence("its status page does not answer: "+err.Error()))
		return
	}
	d.report(fine, what, "Its status page answers.")
}

// signsIn signs in and asks for as little as can be: who the account is.
func (c *doctorCommand) signsIn(ctx context.Context, d *doctor) {
	const what = "account"
	settings, err := c.settings(ctx, d.console)
	switch {
	case err != nil:
		d.fail(what, err)
		return
	case !settings.SignsIn():
		d.report(absent, what, "None is set up: give --client-id and a way to sign in. Races, ratings and leagues come from it.")
		return
	}
	if d.db != nil {
		if err := d.db.CheckRealm(ctx); err != nil {
			d.fail("races", err)
		}
	}
	seen := &logins{Observer: metrics.API{}}
	d.watches = seen
	if err := d.signIn(ctx, &c.accountFlags); err != nil {
		d.fail(what, err)
		return
	}
	id, err := signin.WhoAmI(ctx, d.account.Client)
	if e, ok := errors.AsType[*iracing.Error](err); ok && e.Kind == iracing.SignInAgain && settings.Way == signin.Refresh {
		how := "collector login"
		if d.keeps == inDatabase {
			how += " --database"
		}
		err = fmt.Errorf("%w: run %q with these settings", err, how)
	}
	if err != nil {
		d.fail(what, err)
		return
	}
	text := fmt.Sprintf("Signed in by %s as customer %d.", settings.Way, id)
	if settings.Way == signin.Password && !seen.password.Load() {
		// It is not tried on purpose: iRacing locks out who signs in too often.
		text = fmt.Sprintf("Signed in by kept tokens as customer %d; the password was not tried.", id)
	}
	status := d.account.Manager.Status()
	switch {
	case settings.Way == signin.Access:
		d.report(warns, what, text+" The access token lasts about ten minutes; this way is for a look only.")
		return
	case d.keeps == "":
		text += "\nThe tokens are kept in memory only: each start signs in anew, and iRacing locks out who does that too often. Give a database or --token-store."
		d.report(warns, what, text)
		return
	}
	text += " The tokens are kept in " + d.keeps + "."
	if !status.RefreshExpiry.IsZero() && settings.Way == signin.Refresh {
		text += "\nWithout a run until " + status.RefreshExpiry.Local().Format("2 January 15:04 MST") + ", somebody has to sign in again."
	}
	d.report(fine, what, text)
}

// logins is an observer that knows whether the password was used.
type logins struct {
	iracing.Observer
	password atomic.Bool
}

// Login notes an exchange of the password for tokens.
func (l *logins) Login(grant, outcome string) {
	if grant == string(oauth.PasswordLimited) {
		l.password.Store(true)
	}
	l.Observer.Login(grant, outcome)
}

func (c *doctorCommand) telemetryPlaces(ctx context.Context, d *doctor) {
	const what = "telemetry"
	if len(c.TelemetryURL) == 0 {
		d.report(absent, what, "No folder or bucket is set up: give --telemetry-url. Laps and traces come from it.")
	}
	credentials, err := c.credentials(ctx, d.console)
	if err != nil {
		d.fail(what, err)
		return
	}
	for _, location := range c.TelemetryURL {
		if s, err := openPlace(location, credentials); err != nil {
			d.fail(what, err)
		} else {
			d.later(func() { _ = s.Close() })
			d.files(ctx, what, s)
		}
	}
	if d.db != nil {
		d.files(ctx, "uploads", library.Stored(d.db))
	}
}

// files tells what a place holds, and which of its files cannot be read.
func (d *doctor) files(ctx context.Context, what string, s library.Store) {
	files, notices, err := s.List(ctx)
	if err != nil {
		d.fail(what, err)
		return
	}
	if len(files) == 0 {
		if what == "telemetry" {
			d.report(warns, what, fmt.Sprintf("There are no .ibt files in %s.", s))
		}
		return
	}
	slices.SortFunc(files, func(a, b library.FileInfo) int { return b.ModTime.Compare(a.ModTime) })
	var bytes int64
	for _, f := range files {
		bytes += f.Size
	}
	text := fmt.Sprintf("%s, %s, in %s. The newest is %s from %s.", plural(len(files), "file"), size(bytes), s, printable(files[0].Name),
		files[0].ModTime.Local().Format("2 January 2006 15:04"))
	opened, problems := d.open(ctx, s, files)
	outcome := fine
	if len(problems) > 0 {
		outcome = warns
		lines := []string{text, plural(len(problems), "file") + " cannot be read:"}
		for _, p := range problems[:min(len(problems), maxProblems)] {
			lines = append(lines, printable(p))
		}
		if more := len(problems) - maxProblems; more > 0 {
			lines = append(lines, "and "+number(more)+" more")
		}
		text = strings.Join(lines, "\n")
	}
	if opened < len(files) {
		text += fmt.Sprintf("\nThe newest %s were opened; there was no time for the others.", plural(opened, "file"))
	}
	if len(notices) > 0 {
		outcome, text = warns, text+"\n"+strings.Join(notices, "\n")
	}
	d.report(outcome, what, text)
}

const (
	maxProblems = 3 // that are told
	openAtOnce  = 8 // files, as a bucket answers slowly
)

// open opens files in their order, in half of the time that is left, and answers how many it came to and what is wrong with
// them.
func (d *doctor) open(ctx context.Context, s library.Store, files []library.FileInfo) (opened int, problems []string) {
	if end, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(end)/2)
		defer cancel()
	}
	for some := range slices.Chunk(files, openAtOnce) {
		errs := make([]error, len(some))
		var group errgroup.Group
		for i, f := range some {
			group.Go(func() error {
				opened, err := s.Open(ctx, f.Name)
				if errs[i] = err; err == nil {
					_ = opened.Close() // it was only read
				}
				return nil
			})
		}
		_ = group.Wait() // none answers an error
		if ctx.Err() != nil {
			return opened, problems
		}
		opened += len(some)
		for i, err := range errs {
			if err != nil {
				problems = append(problems, fmt.Sprintf("%s: %v", some[i].Name, err))
			}
		}
	}
	return opened, problems
}

func (c *doctorCommand) results(_ context.Context, d *doctor) {
	if c.ResultsURL == "" {
		return
	}
	const what = "results"
	dir, err := library.FolderPath(c.ResultsURL)
	if err != nil {
		d.fail(what, err)
		return
	}
	files, err := resultFiles(dir)
	if err != nil {
		d.fail(what, err)
		return
	}
	d.report(fine, what, fmt.Sprintf("%s in %s.", plural(len(files), "exported result"), dir))
}

func (c *doctorCommand) push(ctx context.Context, d *doctor) {
	const what = "push"
	writer, err := c.writer(ctx, d.console, nil, d.log)
	switch {
	case err != nil:
		d.fail(what, err)
	case writer == nil:
		d.report(absent, what, "No remote write is set up: give --remote-write-url. Telemetry then also goes to Prometheus.")
	default:
		if err := writer.Check(ctx); err != nil {
			d.fail(what, err)
			return
		}
		d.report(fine, what, "The target takes remote write.")
	}
}

func (c *doctorCommand) uploads(ctx context.Context, d *doctor) {
	if c.To == "" && c.Grafana == "" || c.To == "database" && d.db == nil {
		return
	}
	const what = "upload"
	to, err := c.destination(ctx, d.works, &c.bucketFlags)
	if err != nil {
		d.fail(what, err)
		return
	}
	d.later(func() { _ = to.Close() })
	if _, err := to.Held(ctx); err != nil {
		d.fail(what, err)
		return
	}
	d.report(fine, what, fmt.Sprintf("%s can be asked what it holds.", to))
}

// listens tells whether the address is free, or who is there.
func (c *doctorCommand) listens(ctx context.Context, d *doctor) {
	if c.Listen == "" || c.Listen == "off" {
		return
	}
	const what = "metrics"
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err == nil {
		_ = l.Close() // nobody has connected
		d.report(fine, what, c.Listen+" is free for \"collector run\".")
		return
	}
	host, port, split := net.SplitHostPort(c.Listen)
	if split != nil {
		d.fail(what, fmt.Errorf("--listen is an address such as 127.0.0.1:9464: %w", split))
		return
	}
	if host == "" || host == "0.0.0.0" || host == "::" {
		host = "localhost"
	}
	base := "http://" + net.JoinHostPort(host, port)
	if code, body := get(ctx, base+"/readyz"); code == http.StatusOK {
		d.report(fine, what, "A collector runs at "+base+" and is ready.")
		return
	} else if code == http.StatusServiceUnavailable {
		d.report(warns, what, "A collector runs at "+base+" and is not ready:\n"+body)
		return
	}
	d.fail(what, fmt.Errorf("%s cannot be listened at, and no collector answers there: %w", c.Listen, err))
}

// get asks a web address; the code is 0 when nobody answers.
func get(ctx context.Context, address string) (code int, body string) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, ""
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		return 0, ""
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	if err != nil {
		return 0, ""
	}
	return resp.StatusCode, string(b)
}
