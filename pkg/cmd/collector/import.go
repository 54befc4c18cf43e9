package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/apexobs/iracing-grafana-observability/pkg/collect"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
)

// importCommand takes exported results into the database.
type importCommand struct {
	File       []string `arg:"" optional:"" name:"file" help:"Results that were exported as JSON, or folders of them. Without any, --results-url."`
	ResultsURL string   `name:"results-url" env:"RESULTS_URL" placeholder:"URL" help:"A folder of exported results."`

	databaseFlags `group:"database"`
	ownFlags      `group:"drivers"`
}

// Help is what import --help says beneath its first line.
func (importCommand) Help() string {
	return `On iRacing's member site, the page of a result has a button that exports it as JSON. Such a file needs no account. It holds the classification of every session of the race, and no laps. Importing a file twice changes nothing.

  collector import ~/Downloads/eventresult-*.json`
}

// Run carries the command out.
func (i *importCommand) Run(ctx context.Context, c *console, g *globals) error {
	w := &works{console: c, log: g.logger(c.err)}
	defer w.close()
	files, err := i.files()
	if err != nil {
		return err
	}
	if err := w.open(ctx, &i.databaseFlags); err != nil {
		return err
	}
	collector, err := w.collector(ctx, &driverFlags{ownFlags: i.ownFlags}, nil)
	if err != nil {
		return err
	}
	done, failed := 0, 0
	var rows int64
	// A few at a time, so that it can be seen how far it is.
	bar := newProgress("results", c.err, w.log)
	for batch := range slices.Chunk(files, 20) {
		list, wrote, err := collector.Import(ctx, batch...)
		rows += wrote
		for _, one := range list {
			if one.Err != nil {
				failed++
				c.tell("%s: %v", one.Name, one.Err)
				continue
			}
			done++
		}
		if err != nil {
			bar.end()
			return err
		}
		bar.set(amount{done: int64(done + failed), total: int64(len(files))})
	}
	bar.end()
	c.tell("%s imported, %s rows.", plural(done, "result"), number(rows))
	if failed > 0 {
		return errTold
	}
	return nil
}

// files are those of the arguments, with folders opened.
func (i *importCommand) files() ([]string, error) {
	places := i.File
	if len(places) == 0 && i.ResultsURL != "" {
		dir, err := library.FolderPath(i.ResultsURL)
		if err != nil {
			return nil, err
		}
		places = []string{dir}
	}
	if len(places) == 0 {
		return nil, usageError{errors.New("name the files to import, or their folder")}
	}
	var files []string
	for _, place := range places {
		st, err := os.Stat(place)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s cannot be found", place)
		case !st.IsDir():
			files = append(files, place)
			continue
		}
		found, err := resultFiles(place)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("there are no .json files in %s", place)
		}
		for _, f := range found {
			files = append(files, f.path)
		}
	}
	return files, nil
}

// resultFile is a file that may hold a result, and what tells whether it has changed.
type resultFile struct {
	path string
	size int64
	at   time.Time
}

// resultFiles are the .json files of a folder.
func resultFiles(dir string) ([]resultFile, error) {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("the folder of exported results, %s, does not exist", dir)
	case err != nil:
		return nil, fmt.Errorf("the folder of exported results, %s, cannot be read", dir)
	}
	var list []resultFile
	for _, e := range entries {
		if !strings.EqualFold(filepath.Ext(e.Name()), ".json") {
			continue
		}
		path := filepath.Join(dir, e.Name())
		// A link to a file is as good as a file; opening a pipe would wait for somebody to write to it.
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() {
			list = append(list, resultFile{path, st.Size(), st.ModTime()})
		}
	}
	return list, nil
}

// importEvery is how often a folder of exported results is looked into.
const importEvery = 5 * time.Minute

// importer imports what is new in a folder of exported results.
type importer struct {
	collector *collect.Collector
	log       hclog.Logger
	location  string // of the folder; "" for none
	seen      map[resultFile]bool
}

// watch looks into the folder until ctx ends.
func (i *importer) watch(ctx context.Context) error {
	if i.location == "" {
		return nil
	}
	tick := time.NewTicker(importEvery)
	defer tick.Stop()
	for {
		if err := i.look(ctx); err != nil && ctx.Err() == nil {
			i.log.Warn("Exported results could not be imported; they are tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// look imports the files that were not seen before as they are now.
func (i *importer) look(ctx context.Context) error {
	if i.location == "" {
		return nil
	}
	dir, err := library.FolderPath(i.location)
	if err != nil {
		return err
	}
	files, err := resultFiles(dir)
	if err != nil {
		return err
	}
	seen := make(map[resultFile]bool, len(files))
	var rows int64
	imported := 0
	for _, f := range files {
		if i.seen[f] {
			seen[f] = true
			continue
		}
		list, wrote, err := i.collector.Import(ctx, f.path)
		rows += wrote
		if err != nil {
			i.seen = seen
			return err
		}
		seen[f] = true
		for _, one := range list {
			if one.Err != nil {
				i.log.Warn("A file is no exported result", "file", filepath.Base(one.Name), "error", one.Err)
				continue
			}
			imported++
		}
	}
	i.seen = seen
	if rows > 0 {
		i.log.Info("Imported exported results", "results", imported, "rows", rows)
	}
	return nil
}
