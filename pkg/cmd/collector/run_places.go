package main

import (
	"context"
	"errors"
	"io/fs"
	"sync"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
)

// places opens the places of telemetry files, and the uploads in the database. A folder that is not there is looked for
// again and again by the job that reads it, which fails until then, and keeps no other job from its work. An address that
// nobody understands ends the command.
func (r *runCommand) places(ctx context.Context, w *works) error {
	credentials, err := r.credentials(ctx, w.console)
	if err != nil {
		return err
	}
	for _, location := range r.TelemetryURL {
		open := func() (library.Store, error) { return openPlace(location, credentials) }
		place, err := open()
		if err != nil {
			path, wrong := library.FolderPath(location)
			if wrong != nil {
				return asUsage(err)
			}
			place = &absentPlace{open: open, path: path}
		}
		w.add(place, w.index())
	}
	w.add(library.Stored(w.db), w.index())
	return nil
}

// asUsage is an error of the command line.
func asUsage(err error) error {
	if usage, ok := errors.AsType[usageError](err); ok {
		return usage
	}
	return usageError{err}
}

// absentPlace is a folder of telemetry files that could not be opened, and is opened as soon as it can be.
type absentPlace struct {
	open func() (library.Store, error)
	path string

	mu     sync.Mutex
	folder library.Store // once it is there
	closed bool
}

var _ library.Store = (*absentPlace)(nil)

// there is the folder, or why it cannot be opened.
func (a *absentPlace) there() (library.Store, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return nil, fs.ErrClosed
	}
	if a.folder == nil {
		folder, err := a.open()
		if err != nil {
			return nil, err
		}
		a.folder = folder
	}
	return a.folder, nil
}

// List implements [library.Store].
func (a *absentPlace) List(ctx context.Context) ([]library.FileInfo, []string, error) {
	folder, err := a.there()
	if err != nil {
		return nil, nil, err
	}
	return folder.List(ctx)
}

// Open implements [library.Store].
func (a *absentPlace) Open(ctx context.Context, name string) (*ibt.File, error) {
	folder, err := a.there()
	if err != nil {
		return nil, err
	}
	return folder.Open(ctx, name)
}

// Bytes implements [library.Store].
func (a *absentPlace) Bytes(ctx context.Context, name string) (library.Content, error) {
	folder, err := a.there()
	if err != nil {
		return nil, err
	}
	return folder.Bytes(ctx, name)
}

// String implements [library.Store].
func (a *absentPlace) String() string { return a.path }

// Close implements [library.Store].
func (a *absentPlace) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	if a.folder == nil {
		return nil
	}
	return a.folder.Close()
}
