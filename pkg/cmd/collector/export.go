package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// exportCommand writes what is kept as files for other programs.
type exportCommand struct {
	View []string `arg:"" optional:"" name:"view" help:"What to export: a view of the database such as results or v_results. --list tells which there are."`

	Format string        `env:"EXPORT_FORMAT" enum:"csv,parquet,openmetrics" default:"csv" placeholder:"FORMAT" help:"csv, parquet, or openmetrics: the telemetry files as samples for Prometheus."`
	List   bool          `help:"List the views with their columns and what they mean."`
	All    bool          `env:"EXPORT_ALL" help:"Export all views, each into a file of its own in the folder --output."`
	From   when          `env:"EXPORT_FROM" placeholder:"TIME" help:"From when on: a day such as 2026-01-31, a moment such as 2026-01-31T18:00:00Z, or how long ago such as 90d."`
	To     when          `env:"EXPORT_TO" placeholder:"TIME" help:"Until before when."`
	Output string        `short:"o" env:"EXPORT_OUTPUT" placeholder:"FILE" help:"The file to write, or the folder for more than one view; without it, the standard output."`
	Every  time.Duration `env:"EXPORT_EVERY" default:"1s" placeholder:"TIME" help:"With openmetrics: the time from one sample to the next."`

	databaseFlags  `group:"database"`
	ownFlags       `group:"drivers"`
	telemetryFlags `group:"telemetry"`
}

// Help is what export --help says beneath its first line.
func (exportCommand) Help() string {
	return `The views are what dashboards read: times are in UTC, durations in seconds, laps and positions count from 1, and other drivers are called by pseudonyms unless the database shows names.

OpenMetrics is for telemetry that is older than Prometheus takes by remote write: the files at --telemetry-url and, with a database, those that were uploaded into it. promtool makes blocks of it in the folder of Prometheus' data (--storage.tsdb.path), where Prometheus finds them by itself within two minutes:

  collector export --format openmetrics --telemetry-url ~/iRacing/telemetry --to 90d --output old.om
  promtool tsdb create-blocks-from openmetrics old.om /path/of/storage.tsdb.path

In the label cust_id own drivers have their customer ids and others pseudonyms, as in what "collector run" pushes. Pseudonyms come from the database: without one, --cust-id has to say who you are, and files of others are left out.

  collector export results --from 2026-01-01 > results.csv
  collector export --all --format parquet --output exports`
}

// Run carries the command out.
func (e *exportCommand) Run(ctx context.Context, c *console, g *globals) error {
	w := &works{console: c, log: g.logger(c.err)}
	defer w.close()
	if !e.To.IsZero() && !e.From.IsZero() && !e.From.Before(e.To.Time) {
		return usageError{errors.New("--from is not before --to")}
	}
	if e.Format == "openmetrics" {
		return e.openMetrics(ctx, w)
	}
	if err := w.open(ctx, &e.databaseFlags); err != nil {
		return err
	}
	if e.List {
		return e.list(ctx, w)
	}
	views, err := e.views()
	if err != nil {
		return err
	}
	many := e.All || len(views) > 1
	switch {
	case many && (e.Output == "" || e.Output == "-"):
		return usageError{errors.New("more than one view needs a folder to go into: give --output")}
	case many:
		if err := os.MkdirAll(e.Output, 0o755); err != nil {
			return fmt.Errorf("make the folder for the exports: %w", err)
		}
	}
	if f, ok := c.out.(*os.File); ok && e.Output == "" && e.Format == "parquet" && isTerminal(f) {
		return usageError{errors.New("a terminal cannot show Parquet: give --output, or send it on to a file")}
	}
	for _, view := range views {
		path := e.Output
		if many {
			path = filepath.Join(e.Output, strings.TrimPrefix(view, "v_")+"."+e.Format)
		}
		if err := e.view(ctx, w, view, path); err != nil {
			return err
		}
	}
	return nil
}

// views are the names of the views to export.
func (e *exportCommand) views() ([]string, error) {
	all := store.Views()
	if e.All {
		if len(e.View) > 0 {
			return nil, usageError{errors.New("--all and the names of views exclude each other")}
		}
		return all, nil
	}
	if len(e.View) == 0 {
		return nil, usageError{errors.New("name the view to export; \"collector export --list\" lists them")}
	}
	var views []string
	for _, name := range e.View {
		if !strings.HasPrefix(name, "v_") {
			name = "v_" + name
		}
		if !slices.Contains(all, name) {
			return nil, usageError{fmt.Errorf("there is no view %.40q; \"collector export --list\" lists them", name)}
		}
		views = append(views, name)
	}
	return views, nil
}

// view writes one view into a file, or to the standard output.
func (e *exportCommand) view(ctx context.Context, w *works, view, path string) (err error) {
	out, keep, discard, err := w.console.output("export", path)
	if err != nil {
		return err
	}
	defer discard()
	_, columns, err := w.db.Columns(ctx, view)
	if err != nil {
		return err
	}
	t := newTable(e.Format, out)
	if err := t.begin(view, columns); err != nil {
		return err
	}
	var rows int64
	bar := w.exporting("rows of "+view, path)
	defer bar.end()
	err = w.db.Export(ctx, view, e.From.Time, e.To.Time, func(_ []store.Column, values []any) error {
		rows++
		if rows%1000 == 0 {
			bar.set(amount{done: rows})
		}
		return t.row(values)
	})
	if err == nil {
		err = t.end()
	}
	if err != nil {
		return err
	}
	if err := keep(); err != nil {
		return err
	}
	bar.end()
	if path != "" && path != "-" {
		w.console.tell("%s: %s rows.", path, number(rows))
	}
	return nil
}

// exporting tells how far an export to a path has come, unless what is exported is seen at the terminal itself.
func (w *works) exporting(what, path string) *progress {
	if f, ok := w.console.out.(*os.File); ok && isTerminal(f) && (path == "" || path == "-") {
		return newProgress(what, newScreen(io.Discard), hclog.NewNullLogger())
	}
	return newProgress(what, w.console.err, w.log)
}

// list tells what there is to export.
func (e *exportCommand) list(ctx context.Context, w *works) error {
	for _, view := range store.Views() {
		about, columns, err := w.db.Columns(ctx, view)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(w.console.out, "%s: %s\n", view, about)
		for _, c := range columns {
			_, _ = fmt.Fprintf(w.console.out, "  %-28s %-26s %s\n", c.Name, c.Type, c.About)
		}
		_, _ = fmt.Fprintln(w.console.out)
	}
	return nil
}
