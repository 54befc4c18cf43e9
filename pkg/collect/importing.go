package collect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// Imported is what came of one file of an exported result.
type Imported struct {
	Name       string // of the file
	Subsession int64
	Err        error // why it was left out
}

// importAtOnce bounds the bytes of results that are kept in one transaction.
const importAtOnce = 8 << 20

// Import keeps the results in files that drivers exported from iRacing's member site: their facts, and the results
// themselves, which the plugin shows where it has none from iRacing. It tells what came of each file, and how many rows were
// written. The error is for a database that failed; what is wrong with a file is in its own.
func (c *Collector) Import(ctx context.Context, files ...string) (list []Imported, rows int64, err error) {
	w := &work{Collector: c}
	for len(files) > 0 && err == nil {
		var some []*export
		for size := 0; len(files) > 0 && size < importAtOnce; files = files[1:] {
			e := readExport(files[0], w.Now())
			some, size = append(some, e), size+len(e.body)
		}
		if err = w.keepExports(ctx, some); err == nil {
			for _, e := range some {
				list = append(list, Imported{Name: e.name, Subsession: e.info.Subsession, Err: e.err})
			}
		}
	}
	return list, w.rows.Load(), err
}

// export is a result in a file.
type export struct {
	name string // of the file
	info library.ResultInfo
	body []byte // as iRacing's API would have answered it
	at   time.Time
	err  error // why it cannot be imported
}

func readExport(path string, now time.Time) *export {
	e := &export{name: filepath.Base(path)}
	e.err = e.read(path)
	if e.at.After(now) {
		e.at = now // a clock was wrong
	}
	return e
}

func (e *export) read(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return errors.New("it cannot be read")
	}
	defer func() { _ = f.Close() }() // reading leaves nothing to lose
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() {
		return errors.New("it is no file")
	}
	raw, err := io.ReadAll(io.LimitReader(f, library.MaxResultBytes+1))
	if err != nil {
		return errors.New("it cannot be read")
	}
	if len(raw) > library.MaxResultBytes {
		return fmt.Errorf("it is larger than %d MB, which no result is", library.MaxResultBytes>>20)
	}
	e.at = st.ModTime()
	e.info, e.body, err = library.ResultOf(raw)
	return err
}

// answered is the result as an answer of iRacing's. A later export, or iRacing's own answer, tells what was decided since.
func (e *export) answered() (store.Answered, error) {
	r, err := iracing.NewRequest("/data/results/get", iracing.Params{}.Set("subsession_id", e.info.Subsession))
	return store.Answered{Request: r, Answer: &iracing.Answer{Body: e.body, At: e.at}}, err
}

// keepExports keeps results at once, or one by one if one of them cannot be kept, which is noted with it.
func (w *work) keepExports(ctx context.Context, some []*export) error {
	var list []store.Answered
	var of []*export
	for _, e := range some {
		if e.err != nil {
			continue
		}
		var a store.Answered
		if a, e.err = e.answered(); e.err == nil {
			list, of = append(list, a), append(of, e)
		}
	}
	rows, err := w.Store.KeepImported(ctx, list)
	switch {
	case err == nil:
		w.wrote(rows)
	case ctx.Err() != nil || temporary(err):
		return err
	default:
		for i, a := range list {
			rows, err := w.Store.KeepImported(ctx, []store.Answered{a})
			if err != nil && (ctx.Err() != nil || temporary(err)) {
				return err
			}
			of[i].err = err
			w.wrote(rows)
		}
	}
	for _, e := range of {
		if e.err != nil {
			continue
		}
		e.err = w.Store.AddImport(ctx, store.Import{
			Subsession: e.info.Subsession, Start: e.info.Start, Series: e.info.Series, Track: e.info.Track, At: w.Now(),
		}, e.body)
		if e.err != nil && (ctx.Err() != nil || temporary(e.err)) {
			return e.err
		}
	}
	return nil
}
