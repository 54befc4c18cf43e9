// Package ingest brings telemetry files into the database: what each is, its laps as the plugin shows them, and the
// traces of its laps over distance.
//
// A file goes in whole or not at all, and only once: the same content changes nothing, and of a file that has grown
// everything is made anew.
package ingest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// Rules is the version of how laps are told apart, here and in the package analysis, and of how their traces are drawn. Raise
// it when that changes: files are then ingested again.
const Rules = 1

// Outcome is what became of a file.
type Outcome struct {
	Unchanged bool       // it was there already
	Rows      store.Rows // that were written
	Laps      int        // of the file
}

// File keeps a recording in the database, unless it is there. An unchanged file is not even read.
func File(ctx context.Context, st *store.Store, rec *library.Recording) (Outcome, error) {
	out := Outcome{Laps: len(rec.Table.Laps)}
	known, err := st.RecordingState(ctx, rec.Session.ID)
	if err != nil {
		return out, err
	}
	if upToDate(&known, rec) {
		out.Unchanged = true
		return out, nil
	}
	r, err := Recording(ctx, rec)
	if err != nil {
		return out, err
	}
	out.Unchanged = known.Known && known.SHA256 == r.SHA256 && known.Rules == r.Rules
	out.Rows, err = st.PutRecording(ctx, r, Traces(ctx, rec, r))
	return out, err
}

// upToDate tells whether the database has the recording as it is, by what the library knows without reading the file.
func upToDate(known *store.RecordingState, rec *library.Recording) bool {
	file := rec.Session.File
	return known.Known && known.Name == clean(file.Name) && known.Size == file.Size && known.Records == rec.Table.Rows &&
		known.Closed == rec.Session.Closed && known.Rules == Rules && sameTime(known.ModTime, file.ModTime)
}

// sameTime compares times as the database keeps them, to the microsecond.
func sameTime(a, b time.Time) bool { return a.UnixMicro() == b.UnixMicro() }

// Recording is what the database keeps of a recording but for its traces. It reads the whole file for its digest.
func Recording(ctx context.Context, rec *library.Recording) (*store.Recording, error) {
	sum, err := digest(ctx, rec)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", rec.Session.File.Name, err)
	}
	s, in := &rec.Session, &rec.Table.Info
	r := &store.Recording{
		ID: s.ID, Name: clean(s.File.Name), Size: s.File.Size, SHA256: sum, ModTime: s.File.ModTime,
		Start: s.Start, End: s.End, Car: clean(s.Car), CarID: id(in.CarID),
		Track: clean(s.Track), TrackConfig: clean(in.TrackConfig), TrackID: id(in.TrackID), TrackLength: rec.Table.TrackLength,
		Origin: in.Origin, Sectors: in.Sectors, Cust: in.Cust, Driver: clean(s.Driver), Subsession: int64(max(s.SubSession, 0)),
		Type: clean(s.Type), TickRate: rec.File.Header().TickRate, Records: rec.Table.Rows, Closed: s.Closed, Rules: Rules,
	}
	for i := range rec.Table.Laps {
		l := &rec.Table.Laps[i]
		r.Laps = append(r.Laps, store.RecordedLap{Lap: l, SessionType: clean(in.SessionType(l.SessionNum)), StartTime: rec.At(l.Offset)})
	}
	if axis, ok := axisOf(rec.Table); ok {
		signals, err := tracedSignals(rec)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", rec.Session.File.Name, err)
		}
		r.Points = 2*axis.Buckets + 1
		for i := range signals {
			r.Channels = append(r.Channels, channelOf(&signals[i]))
		}
	}
	return r, nil
}

// digest is the SHA-256 of the file as long as the library saw it.
func digest(ctx context.Context, rec *library.Recording) (sum [sha256.Size]byte, err error) {
	content, err := rec.File.Content()
	if err != nil {
		return sum, err
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.LimitReader(&patient{ctx, content}, rec.Session.File.Size)); err != nil {
		return sum, err
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}

// patient reads until its context ends.
type patient struct {
	ctx context.Context
	r   io.Reader
}

func (p *patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.r.Read(b)
}

// clean is a text as PostgreSQL takes it, which what a file says need not be.
func clean(s string) string { return strings.ReplaceAll(strings.ToValidUTF8(s, "�"), "\x00", "") }

// id is one of iRacing's numbers of cars and tracks, and 0 for what cannot be one.
func id(n int) int {
	if n < 0 || n > math.MaxInt32 {
		return 0
	}
	return n
}
