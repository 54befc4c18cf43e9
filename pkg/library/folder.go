package library

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

const (
	maxFiles   = 100_000   // of telemetry
	maxEntries = 2_000_000 // of anything that a folder is searched through for them
	maxNotices = 5

	openDay = 30 * time.Hour // longer than any recording, from when its file was made
)

// folder is a Store on disk. All access goes through an os.Root, so neither a name nor a link leads out of it.
type folder struct {
	path string

	mu   sync.RWMutex
	root *os.Root
}

// openFolder opens the folder that a path or a file:// URL names.
func openFolder(location string) (Store, error) {
	dir, err := telemetryPath(location)
	if err != nil {
		return nil, err
	}
	root, err := openRoot(dir)
	if err != nil {
		return nil, err
	}
	return &folder{path: dir, root: root}, nil
}

// openRoot opens a folder, or says what is wrong with it and what to do.
func openRoot(dir string) (*os.Root, error) {
	st, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, missing(telemetryFolder, dir)
	case errors.Is(err, fs.ErrPermission):
		return nil, mayNot(telemetryFolder, dir)
	case err != nil:
		return nil, fmt.Errorf("open the telemetry folder: %w", err)
	case !st.IsDir():
		return nil, fmt.Errorf("%s is a file; name the folder it is in", dir)
	}
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrPermission) {
		return nil, mayNot(telemetryFolder, dir)
	}
	if err != nil {
		return nil, fmt.Errorf("open the telemetry folder: %w", err)
	}
	return root, nil
}

// What the errors below call a folder.
const (
	telemetryFolder = "the telemetry folder"
	resultsFolder   = "the folder of exported results"
)

// missing and mayNot say what is wrong with a folder. They are read in Grafana and at the terminal of a collector, by people
// who may sit at another machine than the one that looks for the folder.
func missing(what, dir string) error {
	return fmt.Errorf("%s %s does not exist on the machine that looks for it, which may not be the one you sit at; "+
		"if it looks from within a container, the folder must be mounted into that", what, dir)
}

func mayNot(what, dir string) error {
	return fmt.Errorf("%s %s may not be read by the user that this program runs as; grant it that right", what, dir)
}

// current is the folder that stands at the path now: a disk can be plugged in again or a share mounted anew.
func (f *folder) current() (*os.Root, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now, err := os.Stat(f.path)
	if err == nil {
		if held, heldErr := f.root.Stat("."); heldErr == nil && os.SameFile(now, held) {
			return f.root, nil
		}
	}
	root, err := openRoot(f.path)
	if err != nil {
		return nil, err
	}
	_ = f.root.Close() // nothing was written to it
	f.root = root
	return root, nil
}

// schemeError says that an address is no folder's.
type schemeError struct{ scheme string }

func (e *schemeError) Error() string {
	return fmt.Sprintf("a folder is named by its path or by a file:// URL, not by an address with %s://", e.scheme)
}

// telemetryPath is [FolderPath] for a place of telemetry, which need not be a folder.
func telemetryPath(location string) (string, error) {
	dir, err := FolderPath(location)
	if other, ok := errors.AsType[*schemeError](err); ok {
		return "", fmt.Errorf("telemetry cannot be read from %s:// locations; give a folder's path, a file:// URL, or a bucket as s3://, gs:// or azblob://", other.scheme)
	}
	return dir, err
}

// FolderPath turns a path or a file:// URL into a path of this machine.
func FolderPath(location string) (string, error) {
	location = strings.TrimSpace(location)
	if location == "" {
		return "", errors.New("no telemetry folder is set; name the folder with your .ibt files")
	}
	scheme, _, found := strings.Cut(location, "://")
	if !found {
		return filepath.Clean(location), nil
	}
	if !strings.EqualFold(scheme, "file") {
		return "", &schemeError{scheme}
	}
	u, err := url.Parse(location)
	if err != nil {
		return "", fmt.Errorf("%q is not a file:// URL such as file:///home/me/telemetry", location)
	}
	dir := u.Path
	switch {
	case u.Host != "" && u.Host != "localhost" && runtime.GOOS == "windows":
		dir = `\\` + u.Host + dir // a share
	case u.Host != "" && u.Host != "localhost":
		return "", fmt.Errorf("%q names the machine %q; a local folder has three slashes, as in file:///home/me/telemetry", location, u.Host)
	case runtime.GOOS == "windows":
		dir = strings.TrimPrefix(dir, "/") // file:///C:/Users
	}
	if dir == "" {
		return "", fmt.Errorf("%q names no folder", location)
	}
	return filepath.Clean(filepath.FromSlash(dir)), nil
}

func (f *folder) String() string { return f.path }

func (f *folder) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.root.Close()
}

// Open implements [Store]. A disk answers at once, so the context does not matter.
func (f *folder) Open(_ context.Context, name string) (*ibt.File, error) {
	file, err := f.open(name)
	if err != nil {
		return nil, err
	}
	return ibt.FromFile(file)
}

// Bytes implements [Store].
func (f *folder) Bytes(_ context.Context, name string) (Content, error) {
	file, err := f.open(name)
	if err != nil {
		return nil, err
	}
	return diskContent{file}, nil
}

// diskContent is a file of a folder.
type diskContent struct{ *os.File }

func (c diskContent) Size() (int64, error) {
	st, err := c.Stat()
	if err != nil {
		return 0, err
	}
	return st.Size(), nil
}

func (f *folder) open(name string) (*os.File, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	local := filepath.FromSlash(name)
	// Opening a pipe would wait for somebody to write to it.
	if st, err := f.root.Stat(local); err == nil && !st.Mode().IsRegular() {
		return nil, &ibt.FormatError{Reason: "it is not a regular file"}
	}
	file, err := f.root.Open(local)
	if err != nil {
		return nil, unwrapPath(err) // whoever reads this knows the path
	}
	return file, nil
}

// List walks the folder and those below it.
func (f *folder) List(ctx context.Context) ([]FileInfo, []string, error) {
	root, err := f.current()
	if err != nil {
		return nil, nil, err
	}
	var found []FileInfo
	var notices []string
	notice := func(text string) {
		if len(notices) < maxNotices {
			notices = append(notices, text)
		}
	}
	entries := 0
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if entries++; entries > maxEntries || len(found) >= maxFiles {
			notice(fmt.Sprintf("The folder holds more than can be listed; the first %d telemetry files are shown.", len(found)))
			return fs.SkipAll
		}
		switch {
		case err != nil && name == "." && errors.Is(err, fs.ErrPermission):
			return mayNot(telemetryFolder, f.path)
		case err != nil && name == ".":
			return fmt.Errorf("read the telemetry folder %s: %w", f.path, err)
		case err != nil:
			notice(fmt.Sprintf("The folder %s cannot be read: %v.", name, unwrapPath(err)))
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case !d.Type().IsRegular() || !strings.EqualFold(path.Ext(name), ".ibt"):
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return nil // it was deleted while the folder was read
		}
		if runtime.GOOS == "windows" && time.Since(info.ModTime()) < openDay {
			// The folder itself learns the size and time of a file that is being written only when that is closed.
			if now, err := root.Stat(filepath.FromSlash(name)); err == nil {
				info = now
			}
		}
		found = append(found, FileInfo{Name: name, Size: info.Size(), ModTime: info.ModTime()})
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return found, notices, nil
}

// unwrapPath is an error without the path that it repeats.
func unwrapPath(err error) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err
	}
	return err
}
