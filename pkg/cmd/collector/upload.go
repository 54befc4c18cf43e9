package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// destinationFlags say where uploads go.
type destinationFlags struct {
	To               string `name:"to" env:"UPLOAD_TO" placeholder:"URL" help:"A bucket (s3://bucket/path, gs://bucket/path, azblob://container/path), a folder, or the word database."`
	Grafana          string `env:"GRAFANA_URL" placeholder:"URL" help:"In place of --to: a Grafana whose data source takes uploads, such as https://grafana.example."`
	GrafanaUID       string `name:"grafana-uid" env:"GRAFANA_DATASOURCE_UID" placeholder:"UID" help:"The uid of the data source there; it is in the address of its page."`
	GrafanaTokenFile string `env:"GRAFANA_TOKEN_FILE" placeholder:"FILE" help:"A file with the token of a service account there that is an editor; or GRAFANA_TOKEN is the token."`

	// patience is for how long a Grafana is asked again that does not answer. Who only looks asks once.
	patience time.Duration `kong:"-"`
}

// uploadCommand sends telemetry files to where a Grafana finds them.
type uploadCommand struct {
	Folder string `arg:"" optional:"" name:"folder" help:"The telemetry folder. Without it, the first of --telemetry-url."`

	destinationFlags `group:"destination"`
	Check            bool          `env:"UPLOAD_CHECK" group:"destination" help:"Compare the content of files that seem to be there already; to a bucket they are sent anew."`
	Watch            bool          `env:"UPLOAD_WATCH" group:"destination" help:"Keep running, and send each new file once it has settled."`
	Patience         time.Duration `env:"UPLOAD_PATIENCE" default:"1m" placeholder:"TIME" group:"destination" help:"How long to put up with a Grafana that is away."`

	TelemetryURL  []string `name:"telemetry-url" env:"TELEMETRY_URL" sep:"," placeholder:"URL" group:"telemetry" help:"Where the .ibt files are."`
	settleFlags   `group:"telemetry"`
	bucketFlags   `group:"destination"`
	databaseFlags `group:"database"`
}

// Help is what upload --help says beneath its first line.
func (uploadCommand) Help() string {
	return `For a Grafana that does not run on the computer you drive on. Files that are there already are passed over, and one that was broken off goes on where it was.

For a Grafana elsewhere: switch uploads on in the settings of its data source, which needs a database there, and make a service account with the role Editor (Administration, Users and access, Service accounts). On Windows, the task scheduler can run this with --watch when you log on. A Grafana that does not answer is asked again for as long as --patience says; then this ends with 3, and goes on from there when it is started again.

  collector upload "C:\Users\me\Documents\iRacing\telemetry" --grafana https://grafana.example --grafana-uid abc123 --watch
  collector upload ~/iRacing/telemetry --to s3://team-telemetry/me --bucket-region eu-central-1
  DATABASE_URL=postgres://… collector upload ~/iRacing/telemetry --to database`
}

// Run carries the command out.
func (u *uploadCommand) Run(ctx context.Context, c *console, g *globals) error {
	w := &works{console: c, log: g.logger(c.err)}
	defer w.close()
	folder := u.Folder
	if folder == "" && len(u.TelemetryURL) > 0 {
		folder = u.TelemetryURL[0]
	}
	switch {
	case folder == "":
		return usageError{errors.New("name the telemetry folder")}
	case u.To == "" && u.Grafana == "":
		return usageError{errors.New("say where to: give --to or --grafana")}
	}
	from, err := openPlace(folder, library.Credentials{})
	if err != nil {
		return err
	}
	w.later(func() { _ = from.Close() })
	if u.To == "database" {
		if err := w.open(ctx, &u.databaseFlags); err != nil {
			return err
		}
	}
	u.patience = u.Patience
	to, err := u.destination(ctx, w, &u.bucketFlags)
	if err != nil {
		return err
	}
	w.later(func() { _ = to.Close() })
	bar := newProgress("upload", c.err, w.log)
	bar.bytes = true
	uploader := library.NewUploader(to, library.UploaderOptions{Check: u.Check, Progress: func(p library.UploadProgress) {
		if p.FileFailure != nil {
			w.log.Warn("A file could not be sent", "file", p.File, "error", p.FileFailure)
		}
		bar.set(amount{done: p.Sent, total: p.Bytes, note: fmt.Sprintf("%d of %d files  %s", p.Done, p.Files, p.File)})
	}})
	if u.Watch {
		return u.watch(ctx, w, uploader, from, to)
	}
	begin := time.Now()
	summary, err := uploader.Upload(ctx, from)
	bar.end()
	for _, n := range summary.Notices {
		c.tell("%s", n)
	}
	if err != nil {
		return err
	}
	done, more := "sent to", ""
	if u.Check && (u.To == "database" || u.Grafana != "") {
		done, more = "compared at", "; those that differed were sent" // which they were is not told
	}
	text := fmt.Sprintf("%s (%s) %s %s in %s%s", plural(summary.Sent, "file"), size(summary.Bytes), done, to, shortDuration(time.Since(begin)), more)
	if summary.There > 0 {
		text += fmt.Sprintf(", %s there before", number(summary.There))
	}
	if summary.Failed > 0 {
		c.tell("%s, %d failed.", text, summary.Failed)
		return errTold
	}
	c.tell("%s.", text)
	return nil
}

// watch sends files as they settle, until ctx ends.
func (u *uploadCommand) watch(ctx context.Context, w *works, uploader *library.Uploader, from library.Store, to library.Destination) error {
	w.log.Info("Watching for telemetry files", "from", from.String(), "to", to.String())
	err := library.Watch(ctx, from, library.WatchOptions{
		Settle: u.Settle, Warn: func(text string, err error) { w.log.Warn(text, "error", err) },
	}, func(ctx context.Context, file library.FileInfo) error {
		if there, err := uploader.Holds(ctx, file); there || err != nil {
			return err // what is there is not sent again at each start
		}
		begin := time.Now()
		if err := uploader.UploadFile(ctx, from, file); err != nil {
			return err
		}
		w.console.err.draw("")
		w.log.Info("A file is there", "file", file.Name, "size", size(file.Size), "took", time.Since(begin).Round(time.Millisecond))
		return nil
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// destination is where uploads go. A database has to be open already.
func (f *destinationFlags) destination(ctx context.Context, w *works, b *bucketFlags) (library.Destination, error) {
	switch {
	case f.To != "" && f.Grafana != "":
		return nil, usageError{errors.New("--to and --grafana exclude each other")}
	case f.Grafana != "":
		if a, err := url.Parse(f.Grafana); err != nil || a.User != nil {
			return nil, usageError{errors.New("--grafana is an address such as https://grafana.example, without credentials: use GRAFANA_TOKEN for them")}
		}
		token, err := w.console.given(ctx, secret{what: "token for Grafana", env: "GRAFANA_TOKEN", file: f.GrafanaTokenFile})
		if err != nil {
			return nil, err
		}
		if token == "" || f.GrafanaUID == "" {
			return nil, usageError{errors.New("--grafana needs --grafana-uid, and the token of a service account in GRAFANA_TOKEN or --grafana-token-file")}
		}
		return library.ToGrafana(library.Grafana{
			URL: f.Grafana, UID: f.GrafanaUID, Token: token, Patience: max(f.patience, time.Nanosecond),
			Warn: func(err error) { w.log.Warn("Grafana is asked again", "error", err) },
		})
	case f.To == "database":
		return library.ToStore(w.db, store.UploadLimits{}), nil
	}
	if err := noUserInfo(f.To); err != nil {
		return nil, err
	}
	credentials, err := b.credentials(ctx, w.console)
	if err != nil {
		return nil, err
	}
	return library.ToBucket(ctx, f.To, credentials)
}
