package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/collect"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
)

// ingestCommand takes telemetry files into the database.
type ingestCommand struct {
	Path []string `arg:"" optional:"" name:"path" help:".ibt files, folders of them, or buckets (s3://…, gs://…, azblob://…). Without any, --telemetry-url and the uploads in the database."`

	Patience time.Duration `env:"COLLECTOR_PATIENCE" default:"15m" placeholder:"TIME" help:"How long to put up with a database or a Prometheus that is away."`

	databaseFlags  `group:"database"`
	ownFlags       `group:"drivers"`
	telemetryFlags `group:"telemetry"`
	pushFlags      `group:"push"`
}

// Help is what ingest --help says beneath its first line.
func (ingestCommand) Help() string {
	return `Writes what the files hold into the database: sessions, laps, sectors, and the channels of each lap by distance. With --remote-write-url the channels also go to Prometheus, at the time at which they were driven.

Doing it twice changes nothing, and a file that has not changed is passed over. "collector run" does the same with new files by itself.

  collector ingest ~/Documents/iRacing/telemetry
  collector ingest "testcar_testring 2025-03-01 14-00-00.ibt"`
}

// Run carries the command out.
func (i *ingestCommand) Run(ctx context.Context, c *console, g *globals) error {
	w := &works{console: c, log: g.logger(c.err)}
	defer w.close()
	err := w.open(ctx, &i.databaseFlags)
	if err == nil {
		err = i.places(ctx, w)
	}
	if err == nil {
		w.writer, err = i.writer(ctx, c, w.labels(ctx, i.CustID), w.log.Named("push"))
	}
	if err != nil {
		return err
	}
	notPushed := w.tryPush(ctx)
	collector, err := w.collector(ctx, &driverFlags{ownFlags: i.ownFlags}, func(c *collect.Config) { c.Patience = i.Patience })
	if err != nil {
		return err
	}
	libraries := make([]*library.Library, len(w.places))
	for i, p := range w.places {
		libraries[i] = p.Library
	}
	bar := newProgress("files", c.err, w.log)
	summary, err := collector.IngestFiles(ctx, libraries, nil, func(p collect.FilesProgress) {
		bar.set(amount{done: int64(p.Done + p.Failed), total: int64(p.Total), skipped: int64(p.Skipped), note: p.Name})
	})
	bar.end()
	for _, problem := range summary.Problems {
		c.tell("%s", problem)
	}
	if err != nil {
		return errors.Join(err, notPushed)
	}
	text := fmt.Sprintf("%s of %s files were taken in", number(summary.Done-summary.Skipped), number(summary.Total))
	if summary.Skipped > 0 {
		text += fmt.Sprintf(", %s were there before", number(summary.Skipped))
	}
	if summary.Failed > 0 {
		text += fmt.Sprintf(", %s failed", number(summary.Failed))
	}
	c.tell("%s. %s rows.", text, number(summary.Rows))
	switch {
	case summary.Failed > 0 || notPushed != nil:
		return errTold
	case summary.Total == 0:
		return errors.New("there are no telemetry files; their names end in .ibt")
	}
	return nil
}

// places opens what the arguments name. Of folders that are named by files in them only those files count.
func (i *ingestCommand) places(ctx context.Context, w *works) error {
	if len(i.Path) == 0 {
		if len(i.TelemetryURL) == 0 {
			w.log.Info("Taking in the uploads in the database, as neither a path nor --telemetry-url is given")
		}
		return w.telemetry(ctx, &i.telemetryFlags)
	}
	credentials, err := i.credentials(ctx, w.console)
	if err != nil {
		return err
	}
	folders, files := []string{}, map[string]map[string]bool{}
	for _, path := range i.Path {
		dir, name, err := ibtFile(path)
		switch {
		case err != nil:
			return err
		case name == "":
			folders = append(folders, path)
		case files[dir] == nil:
			files[dir] = map[string]bool{name: true}
		default:
			files[dir][name] = true
		}
	}
	for _, f := range folders {
		if err := w.place(f, credentials); err != nil {
			return err
		}
	}
	for dir, names := range files {
		s, err := openPlace(dir, credentials)
		if err != nil {
			return err
		}
		w.add(&someFiles{Store: s, names: names}, nil)
	}
	return nil
}

// someFiles are some of a folder's files.
type someFiles struct {
	library.Store
	names map[string]bool
}

func (s *someFiles) List(ctx context.Context) ([]library.FileInfo, []string, error) {
	all, notices, err := s.Store.List(ctx)
	var some []library.FileInfo
	for _, f := range all {
		if s.names[filepath.FromSlash(f.Name)] {
			some = append(some, f)
		}
	}
	return some, notices, err
}
