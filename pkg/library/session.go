package library

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// cached is what is kept of a file, on disk too.
type cached struct {
	Session
	Content string // the id that the content yields
	Header  ibt.Header
	Disk    ibt.DiskHeader
	Table   *analysis.Table // nil until analysed
}

// head reads what a file tells without its records.
func (l *Library) head(fi FileInfo) (cached, error) {
	c := cached{Session: Session{ID: nameID(fi.Name), File: fi, Best: math.NaN(), Start: fi.ModTime, End: fi.ModTime}}
	file, err := l.store.Open(l.ctx, fi.Name)
	if err != nil {
		c.Problem = problem(err)
		return c, err
	}
	defer func() { _ = file.Close() }() // reading leaves nothing to lose
	text, err := file.Session()
	if err != nil {
		c.Problem = problem(err)
		return c, err
	}
	c.Header, c.Disk = file.Header(), file.DiskHeader()
	c.Content = contentID(fi.Name, c.Header, text.Text())
	c.ID = c.Content
	in := analysis.ReadInfo(text)
	c.Car, c.Track, c.Driver, c.SubSession, c.Type = in.Car, in.Track, in.Driver, in.SubSession, in.EventType
	if c.Car == "" || c.Track == "" {
		c.nameFromFile(fi.Name)
	}
	c.Closed = file.Closed()
	c.Start = startTime(fi, c.Disk, file)
	c.End = c.Start.Add(duration(file))
	return c, nil
}

// adopt takes over what the lap table tells.
func (c *cached) adopt(t *analysis.Table) {
	c.Table, c.Analysed = t, true
	c.Laps, c.TimedLaps = len(t.Laps), 0
	for i := range t.Laps {
		if t.Laps[i].Timed() {
			c.TimedLaps++
		}
	}
	c.Best, c.BestLap = math.NaN(), ""
	if best := t.Best(); best != nil {
		c.Best, c.BestLap = best.Time, best.ID()
	}
	if n := len(t.Sessions); n > 0 {
		last := t.Sessions[n-1]
		c.End = c.Start.Add(seconds(last.Offset + last.End - last.Start))
		if last.Type != "" {
			c.Type = last.Type
		}
	}
}

// onlyClosed tells whether now is the same recording of the same length, with the sub header filled in since.
func (c *cached) onlyClosed(now *cached) bool {
	return c.ID == now.ID && c.File.Size == now.File.Size && c.Disk == (ibt.DiskHeader{}) && now.Closed
}

// contentID names a recording by what never changes in it, and by its file's name, since recordings of one event can
// begin with the same text. It survives a move to another folder.
func contentID(name string, h ibt.Header, session string) string {
	return digest(path.Base(name), fmt.Sprint(h), session)
}

// nameID names a file that cannot be read.
func nameID(name string) string { return digest("unreadable", name) }

func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		_, _ = fmt.Fprintf(h, "%d:%s", len(p), p) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// fileName is a name as the sim makes it: the car's path and the track's, the local time of the driver's PC.
var fileName = regexp.MustCompile(`(?i)^(.+?)_(.+) (\d{4}-\d{2}-\d{2} \d{2}-\d{2}-\d{2})[^/]*\.ibt$`)

// nameFromFile fills in the car and the track when the session text has none.
func (c *cached) nameFromFile(name string) {
	m := fileName.FindStringSubmatch(path.Base(name))
	if m == nil {
		m = []string{"", strings.TrimSuffix(path.Base(name), path.Ext(name)), "", ""}
	}
	if c.Car == "" {
		c.Car = m[1]
	}
	if c.Track == "" {
		c.Track = m[2]
	}
}

// startTime is when the recording began: by its sub header, or while that is empty by its name, or by the time of its
// last change.
func startTime(fi FileInfo, d ibt.DiskHeader, f *ibt.File) time.Time {
	if !d.StartDate.IsZero() {
		return d.StartDate
	}
	if m := fileName.FindStringSubmatch(path.Base(fi.Name)); m != nil {
		if t, err := time.ParseInLocation("2006-01-02 15-04-05", m[3], time.Local); err == nil {
			return t.UTC()
		}
	}
	return fi.ModTime.Add(-duration(f)).UTC()
}

// duration is how long the records last at their rate; ticks that were dropped make it a little short.
func duration(f *ibt.File) time.Duration {
	return seconds(float64(f.Len()) / float64(f.Header().TickRate))
}

func seconds(s float64) time.Duration {
	if !(s > 0) || s > 1e8 {
		return 0
	}
	return time.Duration(s * float64(time.Second))
}
