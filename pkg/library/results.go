package library

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

const (
	// MaxResultBytes bounds one exported result.
	MaxResultBytes = iracing.MaxExport
	maxResults     = 5_000
)

// Results are race results that drivers exported from iRacing's member site, which takes no client of its API: the files
// of a folder, and those that were handed over one by one, which are kept in a folder of their own.
type Results struct {
	location string // the operator's folder; "" for none
	kept     string // where Add writes; "" for nowhere

	mu     sync.Mutex
	known  map[string]knownResult // by path
	paths  map[int64]string       // by subsession, as of the last listing
	listed time.Time
}

// ResultInfo is one imported result.
type ResultInfo struct {
	Subsession int64
	Start      time.Time
	Series     string // of a hosted race its league's name, or that it is one: who hosts it often named it after himself
	Track      string
	path       string
}

// Title names the race in one line.
func (i *ResultInfo) Title() string {
	return strings.Join([]string{i.Start.Format("2006-01-02 15:04"), i.Series, i.Track}, " · ")
}

type knownResult struct {
	size    int64
	modTime time.Time
	info    ResultInfo
	problem string
}

// NewResults makes the results of a folder, as a path or a file:// URL, and of a folder for what [Results.Add] is given;
// either may be empty.
func NewResults(location, kept string) (*Results, error) {
	r := &Results{kept: kept, known: map[string]knownResult{}}
	if strings.TrimSpace(location) != "" {
		dir, err := FolderPath(location)
		if err != nil {
			return nil, err
		}
		r.location = dir
	}
	return r, nil
}

// List is what was imported, newest race first. Files that are no results are told in the remarks.
func (r *Results) List(ctx context.Context) ([]ResultInfo, []string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.list(ctx)
}

// list is List for who holds the mutex.
func (r *Results) list(ctx context.Context) ([]ResultInfo, []string, error) {
	seen := map[string]bool{}
	var remarks []string
	for _, dir := range []string{r.location, r.kept} {
		if dir == "" {
			continue
		}
		entries, err := os.ReadDir(dir)
		switch {
		case errors.Is(err, fs.ErrNotExist) && dir == r.kept:
			continue // nothing was handed over yet
		case errors.Is(err, fs.ErrNotExist):
			return nil, nil, missing(resultsFolder, dir)
		case errors.Is(err, fs.ErrPermission):
			return nil, nil, mayNot(resultsFolder, dir)
		case err != nil:
			return nil, nil, fmt.Errorf("read %s %s: %w", resultsFolder, dir, unwrapPath(err))
		}
		for _, e := range entries {
			if err := ctx.Err(); err != nil {
				return nil, nil, err
			}
			if !strings.EqualFold(filepath.Ext(e.Name()), ".json") {
				continue
			}
			// A link to a file is as good as a file; opening a pipe would wait for somebody to write to it.
			st, err := os.Stat(filepath.Join(dir, e.Name()))
			if err != nil || !st.Mode().IsRegular() {
				continue
			}
			if len(seen) == maxResults {
				remarks = append(remarks, fmt.Sprintf("Only %d exported results are read.", maxResults))
				break
			}
			path := filepath.Join(dir, e.Name())
			seen[path] = true
			if problem := r.look(path, st); problem != "" && len(remarks) < maxNotices {
				remarks = append(remarks, fmt.Sprintf("%s: %s", e.Name(), problem))
			}
		}
	}
	newest := map[int64]ResultInfo{}
	for path, k := range r.known {
		if !seen[path] {
			delete(r.known, path)
			continue
		}
		// The same race may have been exported twice; the later file holds what was decided since.
		old, twice := newest[k.info.Subsession]
		before := r.known[old.path].modTime
		if k.problem == "" && (!twice || before.Before(k.modTime) || before.Equal(k.modTime) && old.path < path) {
			newest[k.info.Subsession] = k.info
		}
	}
	list := make([]ResultInfo, 0, len(newest))
	for _, info := range newest {
		list = append(list, info)
	}
	slices.SortFunc(list, func(a, b ResultInfo) int {
		return cmp.Or(b.Start.Compare(a.Start), cmp.Compare(b.Subsession, a.Subsession))
	})
	r.paths, r.listed = make(map[int64]string, len(list)), time.Now()
	for _, info := range list {
		r.paths[info.Subsession] = info.path
	}
	return list, remarks, nil
}

// look reads what a file is unless that is known.
func (r *Results) look(path string, st fs.FileInfo) (problem string) {
	if k, ok := r.known[path]; ok && k.size == st.Size() && k.modTime.Equal(st.ModTime()) {
		return k.problem
	}
	k := knownResult{size: st.Size(), modTime: st.ModTime()}
	if raw, err := readResult(path); err != nil {
		k.problem = err.Error()
	} else if info, _, err := ResultOf(raw); err != nil {
		k.problem = err.Error()
	} else {
		info.path = path
		k.info = info
	}
	r.known[path] = k
	return k.problem
}

func readResult(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.New("it cannot be read")
	}
	defer func() { _ = f.Close() }() // reading leaves nothing to lose
	raw, err := io.ReadAll(io.LimitReader(f, MaxResultBytes+1))
	if err != nil {
		return nil, errors.New("it cannot be read")
	}
	if len(raw) > MaxResultBytes {
		return nil, fmt.Errorf("it is larger than %d MB", MaxResultBytes>>20)
	}
	return raw, nil
}

// ResultOf reads a result that was exported from the member site: what it is, and the body that iRacing's API would have
// answered.
func ResultOf(raw []byte) (ResultInfo, []byte, error) {
	result, body, err := iracing.ParseExport(raw)
	if err != nil {
		return ResultInfo{}, nil, err
	}
	series := result.Series.Name
	if h := result.Hosted; h != nil {
		series = cmp.Or(h.League.Name, "Hosted race")
	}
	return ResultInfo{Subsession: result.Subsession, Start: result.Start, Series: series, Track: result.Track.String()}, body, nil
}

// Add keeps a result that somebody exported. What is no result is an error that says so.
func (r *Results) Add(raw []byte) (info ResultInfo, err error) {
	if len(raw) > MaxResultBytes {
		return info, fmt.Errorf("the file is larger than %d MB, which no exported result is", MaxResultBytes>>20)
	}
	if info, _, err = ResultOf(raw); err != nil {
		return info, err
	}
	if r.kept == "" {
		return info, errors.New("there is no folder of its own where the plugin could keep results; put the file into the folder of exported results instead")
	}
	if err := os.MkdirAll(r.kept, 0o700); err != nil {
		return info, fmt.Errorf("the result cannot be kept: %w", unwrapPath(err))
	}
	if there, err := os.ReadDir(r.kept); err == nil && len(there) >= maxResults {
		return info, fmt.Errorf("there are %d imported results, and no more are kept; put the file into the folder of exported results instead", len(there))
	}
	info.path = filepath.Join(r.kept, strconv.FormatInt(info.Subsession, 10)+".json")
	temp, err := os.CreateTemp(r.kept, "result-*")
	if err != nil {
		return info, fmt.Errorf("the result cannot be kept: %w", unwrapPath(err))
	}
	_, err = temp.Write(raw)
	if err == nil {
		err = temp.Sync()
	}
	if closing := temp.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(temp.Name(), info.path)
	}
	if err != nil {
		_ = os.Remove(temp.Name()) // it may be gone already
		return info, fmt.Errorf("the result cannot be kept: %w", unwrapPath(err))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.listed = time.Time{} // whoever looks for it now finds it
	return info, nil
}

// Over answers results from the API, and from what was imported where the API has none to give or cannot be asked.
func (r *Results) Over(api iracing.Source) iracing.Source { return &overResults{Results: r, api: api} }

type overResults struct {
	*Results
	api iracing.Source
}

func (o *overResults) Get(ctx context.Context, req iracing.Request) (*iracing.Answer, error) {
	a, err := o.api.Get(ctx, req)
	if err == nil || req.Endpoint.Path != "/data/results/get" || ctx.Err() != nil {
		return a, err
	}
	id, parseErr := strconv.ParseInt(req.Params["subsession_id"], 10, 64)
	if parseErr != nil {
		return nil, err
	}
	path, at, ok := o.find(ctx, id)
	if !ok {
		return nil, err
	}
	raw, readErr := readResult(path)
	if readErr != nil {
		return nil, err
	}
	_, body, parseErr := ResultOf(raw)
	if parseErr != nil {
		return nil, err
	}
	return &iracing.Answer{Body: body, At: at, Cached: true}, nil
}

// relist is how old a listing may be that a result is looked for in: a query may ask for hundreds.
const relist = 5 * time.Second

// find is the file of a result, and when it was written.
func (r *Results) find(ctx context.Context, subsession int64) (path string, at time.Time, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.listed) > relist {
		if _, _, err := r.list(ctx); err != nil {
			return "", time.Time{}, false
		}
	}
	path, ok = r.paths[subsession]
	return path, r.known[path].modTime, ok
}
