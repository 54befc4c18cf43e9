package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/collect/push"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
)

// openMetrics writes the telemetry files that were driven in the time.
func (e *exportCommand) openMetrics(ctx context.Context, w *works) error {
	if len(e.View) > 0 || e.All || e.List {
		return usageError{errors.New("openmetrics is for telemetry files; views are exported as csv or parquet")}
	}
	if e.Every <= 0 {
		return usageError{errors.New("--every is more than 0")}
	}
	if err := e.checked(); err != nil {
		return err
	}
	db, err := e.open(ctx, w.console, w.log.Named("database"))
	if err != nil {
		return err
	}
	if db != nil {
		w.db = db
		w.later(db.Close)
	}
	if err := w.telemetry(ctx, &e.telemetryFlags); err != nil {
		return err
	}
	switch {
	case len(w.places) == 0:
		return usageError{errors.New("there are no telemetry files: give --telemetry-url")}
	case db == nil && len(e.CustID) == 0:
		return usageError{errors.New("it is not known who is to be told by customer id: give --cust-id, or a database, which knows that and has pseudonyms for others")}
	}
	out, keep, discard, err := w.console.output("export", e.Output)
	if err != nil {
		return err
	}
	defer discard()
	bar := w.exporting("files", e.Output)
	defer bar.end()
	x := &telemetryExport{exportCommand: e, works: w, bar: bar}
	if err := push.OpenMetrics(ctx, out, x.recordings(ctx), e.From.Time, e.To.Time, push.SampleOptions{Every: e.Every, CustID: w.labels(ctx, e.CustID)}); err != nil {
		return err
	}
	if err := keep(); err != nil {
		return err
	}
	bar.end()
	w.console.tell("%s", x.String())
	if x.failed > 0 {
		return errTold
	}
	return nil
}

// telemetryExport is an export of telemetry files and what has become of them.
type telemetryExport struct {
	*exportCommand
	*works
	bar *progress

	written, uploads int // files that were written, and those of them that are in the database
	others           int // that are left out as they are of other drivers
	future           int // that are left out as they begin in the future
	failed           int // that cannot be read
}

// String tells what has become of the files.
func (x *telemetryExport) String() string {
	text := "The samples of " + plural(x.written, "telemetry file") + " were written"
	if x.uploads > 0 {
		text += ", " + number(int64(x.uploads)) + " of them uploaded into the database"
	}
	text += "."
	if x.failed > 0 {
		text += " " + plural(x.failed, "file") + " could not be read."
	}
	if x.future > 0 {
		text += " Left out, as they lie in the future by a clock that was wrong: " + plural(x.future, "file") + "."
	}
	if x.others > 0 {
		text += " Left out, as only a database has pseudonyms for other drivers: " + plural(x.others, "file") + "."
	}
	return text
}

// exported is a file of a place.
type exported struct {
	*library.Library
	library.Session
	upload bool
}

// copyOf is how a library begins the problem of a file that another one has the content of.
const copyOf = "it is a copy of"

// list are the files that were driven in the time, the oldest first.
func (x *telemetryExport) list(ctx context.Context) ([]exported, error) {
	var all []exported
	for i, p := range x.places {
		sessions, notices, err := p.Library.Sessions(ctx)
		if err != nil {
			return nil, err
		}
		for _, n := range notices {
			x.log.Warn(n)
		}
		for _, s := range sessions {
			switch {
			case strings.HasPrefix(s.Problem, copyOf):
			case s.Problem != "":
				x.leave(fmt.Errorf("%s: %s", s.File.Name, s.Problem))
			case (x.To.IsZero() || s.Start.Before(x.To.Time)) && (x.From.IsZero() || !s.End.Before(x.From.Time)):
				all = append(all, exported{p.Library, s, x.db != nil && i == len(x.places)-1})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b exported) int {
		return cmp.Or(a.Start.Compare(b.Start), strings.Compare(a.ID, b.ID))
	})
	// The same file may be in a folder and among the uploads.
	all = slices.CompactFunc(all, func(a, b exported) bool { return a.ID == b.ID })
	listed, newest := len(all), time.Now().Add(push.Ahead)
	all = slices.DeleteFunc(all, func(e exported) bool { return e.Start.After(newest) })
	x.future = listed - len(all)
	return all, nil
}

// leave tells why a file is left out.
func (x *telemetryExport) leave(problem error) {
	x.failed++
	x.log.Warn("A file was left out", "error", problem)
}

// recordings are the files of the list, each open until the next.
func (x *telemetryExport) recordings(ctx context.Context) iter.Seq2[*library.Recording, error] {
	return func(yield func(*library.Recording, error) bool) {
		all, err := x.list(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		for i, s := range all {
			x.bar.set(amount{done: int64(i), total: int64(len(all))})
			rec, err := s.Open(ctx, s.ID)
			if err != nil {
				if ctx.Err() != nil {
					yield(nil, ctx.Err())
					return
				}
				x.leave(err)
				continue
			}
			if cust := rec.Table.Info.Cust; x.db == nil && cust > 0 && !slices.Contains(x.CustID, cust) {
				x.others++
				_ = rec.Close() // it was only read
				continue
			}
			x.written++
			if s.upload {
				x.uploads++
			}
			more := yield(rec, nil)
			_ = rec.Close() // it was only read
			if !more {
				return
			}
		}
	}
}
