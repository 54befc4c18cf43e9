package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

// dist is the folder of the built plugin.
type dist struct {
	dir      string
	Manifest manifest
}

// manifest is what the preview reads of plugin.json; raw is all of it.
type manifest struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Executable string `json:"executable"`

	raw json.RawMessage
}

// openDist checks that the plugin is built for this machine.
func openDist(dir string) (*dist, error) {
	d := &dist{dir: dir}
	for _, file := range []string{"plugin.json", "module.js"} {
		if err := wantFile(filepath.Join(dir, file), "go tool mage build"); err != nil {
			return nil, err
		}
	}
	path := filepath.Join(dir, "plugin.json")
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &d.Manifest); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if d.Manifest.ID == "" || d.Manifest.Executable == "" {
		return nil, fmt.Errorf("%s: id or executable is missing", path)
	}
	d.Manifest.raw = raw
	if err := wantFile(d.binary(), "go tool mage build"); err != nil {
		return nil, err
	}
	return d, nil
}

// wantFile says in plain words what to run when a file has not been built.
func wantFile(path, command string) error {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is missing: run %s", path, command)
	}
	return err
}

// binary is the executable's path; Grafana finds it by the same name.
func (d *dist) binary() string {
	name := d.Manifest.Executable + "_" + runtime.GOOS + "_" + runtime.GOARCH
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(d.dir, name)
}

// dashboard is one dashboard file; raw is all of it.
type dashboard struct {
	UID         string   `json:"uid"`
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	Tags        []string `json:"tags,omitempty"`

	raw json.RawMessage
}

// dashboards reads the plugin's dashboards anew, so that one that was just written shows. Inputs that Grafana asks for
// on import are answered with the data source.
func (d *dist) dashboards(uid string) ([]dashboard, error) {
	files, err := filepath.Glob(filepath.Join(d.dir, "dashboards", "*.json"))
	if err != nil {
		return nil, err
	}
	all := make([]dashboard, 0, len(files))
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var board struct {
			dashboard
			Inputs []struct {
				Name string `json:"name"`
				Type string `json:"type"`
			} `json:"__inputs"`
		}
		if err := json.Unmarshal(raw, &board); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if board.UID == "" {
			return nil, fmt.Errorf("%s: the dashboard has no uid", file)
		}
		for _, in := range board.Inputs {
			if in.Type == "datasource" {
				raw = bytes.ReplaceAll(raw, []byte("${"+in.Name+"}"), []byte(uid))
			}
		}
		board.raw = raw
		all = append(all, board.dashboard)
	}
	return all, nil
}

func findDashboard(all []dashboard, uid string) (dashboard, bool) {
	i := slices.IndexFunc(all, func(b dashboard) bool { return b.UID == uid })
	if i < 0 {
		return dashboard{}, false
	}
	return all[i], true
}
