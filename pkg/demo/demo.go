// Package demo writes telemetry files of a driver who does not exist, so that a first look at the product needs neither
// the sim nor an account. The files are real .ibt files, made by [ibt.Writer], of made-up cars on a made-up circuit:
// [Write] fills a folder with some days of driving, [Drive] makes one file.
//
// What is in them is simulated rather than drawn. A circuit is a line built from straights and bends and closed by
// adjusting the straights. For every lap a driver plans a speed for every metre, the quasi-steady-state method of lap
// time simulation: what the grip circle allows in the bends, worked out backwards under braking and forwards under power.
// He then follows his plan sixty times a second with pedals that take time, a little differently in every corner of every
// lap. A point mass with engine, gears, air and tyres obeys the pedals; wheel loads, suspension, temperatures, pressures,
// wear and fuel follow from its motion. Rivals drive laps of the same shape. What the sim itself does to its files is
// there too: the blank record of a spawn, a lap clock that lags behind the line, ticks that are lost.
//
// The same options give the same bytes on one kind of processor; others may round differently.
package demo

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// contentVersion changes whenever the same options would give other files.
const contentVersion = 3

// markerName is the file in which Write notes what it wrote.
const markerName = ".iracing-demo.json"

// marker says which files of a folder are the demo's, by name.
type marker struct {
	Files map[string]markedFile `json:"files"`
}

type markedFile struct {
	Content string `json:"content"` // what it was made from
	Size    int64  `json:"size"`
}

// Write makes the demo's files in a folder, which it creates when it is missing, and returns their paths, oldest session
// first. A file appears under its name only when it is complete. Files that an earlier call made from the same options
// stay as they are, those that it made from other options go, and no other file is touched. It returns an error when the
// folder cannot be written or when ctx ends.
func Write(ctx context.Context, dir string, o Options) ([]string, error) {
	stints, err := Stints(o)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder of the demo: %w", err)
	}
	had := readMarker(dir)
	has := marker{Files: make(map[string]markedFile)}
	var paths []string
	for i := range stints {
		st := &stints[i]
		name := st.Name()
		path := filepath.Join(dir, name)
		content := o.content(i)
		if f, ok := had.Files[name]; ok && f.Content == content && sizeOf(path) == f.Size {
			has.Files[name] = f
		} else {
			size, err := writeFile(ctx, path, *st)
			if err != nil {
				return paths, err
			}
			has.Files[name] = markedFile{content, size}
		}
		paths = append(paths, path)
	}
	for name := range had.Files {
		if _, ok := has.Files[name]; ok || filepath.Base(name) != name || filepath.Ext(name) != ".ibt" {
			continue
		}
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return paths, fmt.Errorf("remove a file of an earlier demo: %w", err)
		}
	}
	return paths, has.write(dir)
}

// content names what the file of a stint is made from.
func (o Options) content(stint int) string {
	o = o.withDefaults()
	return fmt.Sprintf("v%d seed %d end %s laps %d stint %d", contentVersion, o.Seed, o.End.Format(time.RFC3339), o.RaceLaps, stint)
}

// readMarker returns an empty marker when there is none or none that can be read: everything is then written anew.
func readMarker(dir string) marker {
	var m marker
	if b, err := os.ReadFile(filepath.Join(dir, markerName)); err != nil || json.Unmarshal(b, &m) != nil {
		return marker{}
	}
	return m
}

func (m marker) write(dir string) error {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("note the demo's files: %w", err)
	}
	return replace(filepath.Join(dir, markerName), func(f *os.File) error {
		_, err := f.Write(append(b, '\n'))
		return err
	})
}

// sizeOf is the size of a file, -1 when there is none.
func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return -1
	}
	return info.Size()
}

// writeFile makes the file of one stint. Its modification time is when the driver got out of the car: a file that has
// just changed would look like one that is being driven.
func writeFile(ctx context.Context, path string, st Stint) (int64, error) {
	var over time.Time
	err := replace(path, func(f *os.File) error {
		var err error
		over, err = drive(ctx, f, st)
		return err
	})
	if err != nil {
		return 0, err
	}
	if err := os.Chtimes(path, over, over); err != nil {
		return 0, fmt.Errorf("date a file of the demo: %w", err)
	}
	return sizeOf(path), nil
}

// replace writes a file under another name and gives it its own when it is complete.
func replace(path string, write func(*os.File) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".iracing-demo-*.tmp")
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	err = errors.Join(write(f), f.Chmod(0o644), f.Close())
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("put %s in place: %w", filepath.Base(path), err)
	}
	return nil
}

// Drive drives a stint and writes its file to w, which is left at the end of the file. It returns an error of w, of a
// stint that cannot be driven, or of ctx.
func Drive(ctx context.Context, w io.WriteSeeker, st Stint) error {
	_, err := drive(ctx, w, st)
	return err
}

// drive also tells when the driver got out of the car.
func drive(ctx context.Context, w io.WriteSeeker, st Stint) (time.Time, error) {
	if err := st.check(); err != nil {
		return time.Time{}, err
	}
	m := newSimulation(&st)
	buffered := &seekBuffer{w: w, b: bufio.NewWriterSize(w, 1<<20)}
	writer, err := ibt.NewWriter(buffered, ibt.WriterOptions{Vars: vars(st.Car), Session: m.sessionText(), StartDate: st.Start})
	if err != nil {
		return time.Time{}, fmt.Errorf("begin the file: %w", err)
	}
	m.out = newRecorder(m.car, writer)
	if err := m.run(ctx); err != nil {
		return time.Time{}, fmt.Errorf("drive the stint: %w", err)
	}
	if err := writer.Close(); err != nil {
		return time.Time{}, fmt.Errorf("end the file: %w", err)
	}
	if err := buffered.b.Flush(); err != nil {
		return time.Time{}, fmt.Errorf("end the file: %w", err)
	}
	return st.Start.Add(time.Duration((m.now - st.Clock) * float64(time.Second))), nil
}

// seekBuffer gathers small writes: a record is a few hundred bytes, and there are sixty a second.
type seekBuffer struct {
	w io.WriteSeeker
	b *bufio.Writer
}

func (s *seekBuffer) Write(p []byte) (int, error) { return s.b.Write(p) }

func (s *seekBuffer) Seek(offset int64, whence int) (int64, error) {
	if err := s.b.Flush(); err != nil {
		return 0, err
	}
	return s.w.Seek(offset, whence)
}
