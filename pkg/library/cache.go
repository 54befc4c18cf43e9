package library

import (
	"bufio"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// cacheVersion changes with what is kept or with how laps are told apart, so that nothing old is believed.
const cacheVersion = 3

const maxCacheBytes = 512 << 20

// cacheFile is the index of one library on disk. A zero path keeps nothing.
type cacheFile struct {
	path  string
	place string // of the library, against a file that was copied

	mu sync.Mutex // one writer at a time
}

type cacheHead struct {
	Version int
	Place   string
	Entries int
}

func newCacheFile(dir, place string) *cacheFile {
	c := &cacheFile{place: place}
	if dir != "" {
		c.path = filepath.Join(dir, "library-"+digest(place)+".gob")
	}
	return c
}

// DefaultDir is the folder in which the plugin keeps what it has learned and what it must not lose, or "" if there is none
// that only this user can write to. Grafana starts plugins without a home, so beside the user's own cache it is a folder
// in Grafana's data folder, next to that of the plugins, or as the last resort one among the temporary files.
func DefaultDir() string {
	const name = "apexobs-iracing-datasource"
	var candidates []string
	if base, err := os.UserCacheDir(); err == nil {
		candidates = append(candidates, filepath.Join(base, name))
	}
	if exe, err := os.Executable(); err == nil {
		if plugins := filepath.Dir(filepath.Dir(exe)); filepath.Base(plugins) == "plugins" {
			candidates = append(candidates, filepath.Join(filepath.Dir(plugins), name))
		}
	}
	candidates = append(candidates, filepath.Join(os.TempDir(), fmt.Sprintf("%s-%d", name, os.Getuid())))
	for _, dir := range candidates {
		if private(dir) {
			return dir
		}
	}
	return ""
}

// private makes a folder, and tells whether it belongs to this user alone and can be written to.
func private(dir string) bool {
	if os.MkdirAll(dir, 0o700) != nil {
		return false
	}
	st, err := os.Lstat(dir)
	if err != nil || !st.IsDir() || !ownedByUser(st) || filepath.Separator == '/' && st.Mode().Perm()&0o022 != 0 {
		return false
	}
	probe, err := os.CreateTemp(dir, "probe-*")
	if err != nil {
		return false
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name())) == nil
}

// load reads the index; none is no error.
func (c *cacheFile) load() (entries []cached, err error) {
	if c.path == "" {
		return nil, nil
	}
	f, err := os.Open(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	in := gob.NewDecoder(bufio.NewReaderSize(io.LimitReader(f, maxCacheBytes), 1<<20))
	var head cacheHead
	if err := in.Decode(&head); err != nil {
		return nil, err
	}
	if head.Version != cacheVersion || head.Place != c.place {
		return nil, nil
	}
	for range head.Entries {
		var e cached
		if err := in.Decode(&e); err != nil {
			return nil, err
		}
		e.Analysed = e.Table != nil
		entries = append(entries, e)
	}
	return entries, nil
}

// save writes the index whole or not at all.
func (c *cacheFile) save(entries []cached) (err error) {
	if c.path == "" {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	f, err := os.CreateTemp(filepath.Dir(c.path), filepath.Base(c.path)+".*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	out := gob.NewEncoder(w)
	err = out.Encode(cacheHead{Version: cacheVersion, Place: c.place, Entries: len(entries)})
	for i := range entries {
		if err == nil {
			err = out.Encode(&entries[i])
		}
	}
	if err = errors.Join(err, w.Flush(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), c.path)
}
