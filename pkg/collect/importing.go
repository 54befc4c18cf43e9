package collect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// Imported is what came of one file of an exported result.
type Imported struct {
	Name       string // of the file
	Subsession int64
	Rows       int64
	Err        error // why it was left out
}

// Import keeps the results in files that drivers exported from iRacing's member site: their facts, and the results
// themselves, which the plugin shows where it has none from iRacing. The error is for a database that
// failed; what is wrong with a file is in its own.
func (c *Collector) Import(ctx context.Context, files ...string) ([]Imported, error) {
	w := &work{Collector: c}
	list := make([]Imported, 0, len(files))
	for _, file := range files {
		before := w.rows.Load()
		id, err := w.importFile(ctx, file)
		if err != nil && (ctx.Err() != nil || temporary(err)) {
			return list, err
		}
		list = append(list, Imported{Name: filepath.Base(file), Subsession: id, Rows: w.rows.Load() - before, Err: err})
	}
	return list, nil
}

func (w *work) importFile(ctx context.Context, path string) (subsession int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, errors.New("it cannot be read")
	}
	defer func() { _ = f.Close() }() // reading leaves nothing to lose
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() {
		return 0, errors.New("it is no file")
	}
	raw, err := io.ReadAll(io.LimitReader(f, library.MaxResultBytes+1))
	if err != nil {
		return 0, errors.New("it cannot be read")
	}
	if len(raw) > library.MaxResultBytes {
		return 0, fmt.Errorf("it is larger than %d MB, which no result is", library.MaxResultBytes>>20)
	}
	info, body, err := library.ResultOf(raw)
	if err != nil {
		return 0, err
	}
	r, err := iracing.NewRequest("/data/results/get", iracing.Params{}.Set("subsession_id", info.Subsession))
	if err != nil {
		return 0, err
	}
	at := st.ModTime()
	if now := w.Now(); at.After(now) {
		at = now // a clock was wrong
	}
	// A later export, or iRacing's own answer, tells what was decided since.
	if err := w.keep(ctx, r, &iracing.Answer{Body: body, At: at}); err != nil {
		return info.Subsession, err
	}
	return info.Subsession, w.Store.AddImport(ctx, store.Import{
		Subsession: info.Subsession, Start: info.Start, Series: info.Series, Track: info.Track, At: w.Now(),
	}, body)
}
