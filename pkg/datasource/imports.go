package datasource

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

const (
	// importsAge is how old the database's list of imports may be: a query may ask for hundreds of results.
	importsAge = 5 * time.Second
	// importsPatience bounds the wait for what the database has of them, as answers never depend on it.
	importsPatience = 3 * time.Second
)

// imports are the results that were exported from the member site: the files of a folder, and what was handed over, which
// the database keeps where there is one, so that all who share it have them.
type imports struct {
	files *library.Results
	db    *database // nil without one

	mu     sync.Mutex
	known  []store.Import // in the database
	listed time.Time
}

func newImports(location, kept string, db *database) (*imports, error) {
	files, err := library.NewResults(location, kept)
	return &imports{files: files, db: db}, err
}

// list is what was imported, newest race first, and remarks on files that are no results. What the database has while it
// is away is missing; the health check tells that.
func (i *imports) list(ctx context.Context) ([]library.ResultInfo, []string, error) {
	list, remarks, err := i.files.List(ctx)
	if err != nil {
		return nil, nil, err
	}
	shared := i.inDatabase(ctx)
	if len(shared) == 0 {
		return list, remarks, nil
	}
	there := make(map[int64]bool, len(shared))
	all := make([]library.ResultInfo, 0, len(list)+len(shared))
	for _, s := range shared {
		there[s.Subsession] = true
		all = append(all, library.ResultInfo{Subsession: s.Subsession, Start: s.Start, Series: s.Series, Track: s.Track})
	}
	for _, info := range list {
		if !there[info.Subsession] {
			all = append(all, info)
		}
	}
	slices.SortFunc(all, func(a, b library.ResultInfo) int {
		return cmp.Or(b.Start.Compare(a.Start), cmp.Compare(b.Subsession, a.Subsession))
	})
	return all, remarks, nil
}

// inDatabase is the database's list, an older one while it is away.
func (i *imports) inDatabase(ctx context.Context) []store.Import {
	if i.db == nil {
		return nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if time.Since(i.listed) < importsAge {
		return i.known
	}
	within, cancel := context.WithTimeout(ctx, importsPatience)
	defer cancel()
	list, err := i.db.Imports(within)
	if ctx.Err() != nil {
		return i.known
	}
	i.listed = time.Now()
	if err == nil {
		i.known = list
	}
	return i.known
}

// add keeps a result: in the database and its tables, or in a folder where there is none or it fails.
func (i *imports) add(ctx context.Context, raw []byte) (library.ResultInfo, error) {
	if i.db == nil {
		return i.files.Add(raw)
	}
	if len(raw) > library.MaxResultBytes {
		return library.ResultInfo{}, fmt.Errorf("the file is larger than %d MB, which no exported result is", library.MaxResultBytes>>20)
	}
	info, body, err := library.ResultOf(raw)
	if err != nil {
		return info, err
	}
	if err := i.share(ctx, info, body); err != nil {
		i.db.log.Warn("An imported result is kept in a folder, as the database did not take it", "error", err)
		return i.files.Add(raw)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.listed = time.Time{} // whoever looks for it now finds it
	return info, nil
}

// share writes a result into the database: its facts, unless iRacing's own are there, and itself.
func (i *imports) share(ctx context.Context, info library.ResultInfo, body []byte) error {
	r, err := resultRequest(info.Subsession)
	if err != nil {
		return err
	}
	now := time.Now()
	kept, err := i.db.Kept(ctx, r)
	if err != nil {
		return err
	}
	if len(kept) == 1 && !kept[0] {
		if _, err := i.db.KeepImported(ctx, []store.Answered{{Request: r, Answer: &iracing.Answer{Body: body, At: now}}}); err != nil {
			return err
		}
	}
	return i.db.AddImport(ctx, store.Import{
		Subsession: info.Subsession, Start: info.Start, Series: info.Series, Track: info.Track, At: now,
	}, body)
}

// resultPath is the endpoint whose answer an exported result is.
const resultPath = "/data/results/get"

func resultRequest(subsession int64) (iracing.Request, error) {
	return iracing.NewRequest(resultPath, iracing.Params{"subsession_id": strconv.FormatInt(subsession, 10)})
}

// over answers results from a source, and from what was imported where the source has none to give or cannot be asked.
func (i *imports) over(source iracing.Source) iracing.Source {
	if i.db != nil {
		source = &sharedImports{i, source}
	}
	return i.files.Over(source)
}

type sharedImports struct {
	*imports
	source iracing.Source
}

// Get implements [iracing.Source].
func (s *sharedImports) Get(ctx context.Context, r iracing.Request) (*iracing.Answer, error) {
	a, err := s.source.Get(ctx, r)
	if err == nil || r.Endpoint.Path != resultPath || ctx.Err() != nil {
		return a, err
	}
	id, failed := strconv.ParseInt(r.Params["subsession_id"], 10, 64)
	if failed != nil || !slices.ContainsFunc(s.inDatabase(ctx), func(known store.Import) bool { return known.Subsession == id }) {
		return nil, err
	}
	within, cancel := context.WithTimeout(ctx, importsPatience)
	defer cancel()
	if shared, failed := s.db.ImportedResult(within, id); failed == nil && shared != nil {
		return shared, nil
	}
	return nil, err
}
