package ibt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/encoding/charmap"
)

// WriterOptions describe the file that a [Writer] makes.
type WriterOptions struct {
	Version  int   // 0 means 2
	TickRate int   // 0 means 60
	Vars     []Var // the writer sets their offsets; a Count of 0 means 1
	// Session is the session text, encoded as it shall stand in the file.
	Session []byte
	// StartDate is when the recording began.
	StartDate time.Time
}

// Writer writes telemetry as the sim does: the headers with an empty sub header and the session text first, then a
// record at a time, and at Close the sub header, in place. So a file that was never closed looks like one that the sim
// left behind when it crashed.
type Writer struct {
	w       io.WriteSeeker
	vars    []Var
	byName  map[string]int
	record  []byte
	start   time.Time
	time    int // index of SessionTime, or -1
	lap     int // index of Lap, or -1
	first   float64
	last    float64
	laps    map[int64]struct{} // the values of Lap so far
	records int
}

// NewWriter writes the head of a file to w. It returns an error for options that no reader would accept, or what w
// returned.
func NewWriter(w io.WriteSeeker, o WriterOptions) (*Writer, error) {
	if o.Version == 0 {
		o.Version = 2
	}
	if o.TickRate == 0 {
		o.TickRate = 60
	}
	if o.Version < 1 || o.Version > maxVersion || o.TickRate < 1 || o.TickRate > maxTickRate {
		return nil, fmt.Errorf("version %d at %d records a second: a file has a version of 1 to %d and a rate of 1 to %d",
			o.Version, o.TickRate, maxVersion, maxTickRate)
	}
	out := &Writer{
		w: w, vars: slices.Clone(o.Vars), byName: make(map[string]int), start: o.StartDate,
		laps: make(map[int64]struct{}),
	}
	bufLen := 0
	for i := range out.vars {
		v := &out.vars[i]
		v.Count = max(v.Count, 1)
		v.Offset = bufLen
		_, twice := out.byName[v.Name]
		switch {
		case v.Name == "" || v.Name != strings.TrimSpace(v.Name):
			return nil, fmt.Errorf("channel %q: that is no name", v.Name)
		case twice:
			return nil, fmt.Errorf("channel %q comes twice", v.Name)
		case v.Type.Size() == 0:
			return nil, fmt.Errorf("channel %q: unknown %v", v.Name, v.Type)
		case v.Count > maxBufLen:
			return nil, fmt.Errorf("channel %q: %d values do not fit into a record", v.Name, v.Count)
		}
		out.byName[v.Name] = i
		bufLen += v.size()
	}
	if len(out.vars) == 0 || len(out.vars) > maxVars || bufLen > maxBufLen || len(o.Session) > maxSession {
		return nil, fmt.Errorf("%d channels in records of %d bytes and %d bytes of session text: a file has 1 to %d "+
			"channels, at most %d and at most %d bytes", len(out.vars), bufLen, len(o.Session), maxVars, maxBufLen, maxSession)
	}
	out.record = make([]byte, bufLen)
	out.time, out.lap = out.Index("SessionTime"), out.Index("Lap")

	sessionOffset := fixedLen + varHeaderLen*len(out.vars)
	head := make([]byte, sessionOffset, sessionOffset+len(o.Session))
	put := func(off, v int) { binary.LittleEndian.PutUint32(head[off:], uint32(int32(v))) }
	for off, v := range map[int]int{
		0: o.Version, 4: 1, 8: o.TickRate, 16: len(o.Session), 20: sessionOffset, 24: len(out.vars),
		28: fixedLen, 32: 1, 36: bufLen, 52: sessionOffset + len(o.Session),
	} {
		put(off, v)
	}
	for i := range out.vars {
		v, at := &out.vars[i], fixedLen+i*varHeaderLen
		put(at, int(v.Type))
		put(at+4, v.Offset)
		put(at+8, v.Count)
		if v.CountAsTime {
			head[at+12] = 1
		}
		for _, field := range []struct {
			text    string
			at, len int
		}{{v.Name, nameAt, nameLen}, {v.Desc, descAt, descLen}, {v.Unit, unitAt, unitLen}} {
			if err := putText(head[at+field.at:at+field.at+field.len], field.text); err != nil {
				return nil, fmt.Errorf("channel %q: %w", v.Name, err)
			}
		}
	}
	if _, err := w.Write(append(head, o.Session...)); err != nil {
		return nil, fmt.Errorf("write the head of the file: %w", err)
	}
	return out, nil
}

// putText writes text to a NUL padded field.
func putText(field []byte, text string) error {
	b, err := charmap.Windows1252.NewEncoder().String(text)
	if err != nil || strings.ContainsRune(b, 0) {
		return fmt.Errorf("%q cannot be written in Windows-1252", text)
	}
	if len(b) > len(field) {
		return fmt.Errorf("%q has %d bytes, its field %d", text, len(b), len(field))
	}
	copy(field, b)
	return nil
}

// Vars lists the channels with the offsets they were given.
func (w *Writer) Vars() []Var { return w.vars }

// Index is the number of the channel called name, or -1.
func (w *Writer) Index(name string) int {
	if i, ok := w.byName[name]; ok {
		return i
	}
	return -1
}

// Set gives channel i a value, converted to its type, which it keeps in later records until it is set again. All
// elements of an array get it. A negative i, as Index returns for a channel that is not there, does nothing.
func (w *Writer) Set(i int, value float64) {
	if i < 0 {
		return
	}
	for k := range w.vars[i].Count {
		w.SetAt(i, k, value)
	}
}

// SetAt gives element k of channel i a value. An element that the channel has not is left alone.
func (w *Writer) SetAt(i, k int, value float64) {
	if i < 0 {
		return
	}
	v := &w.vars[i]
	if k < 0 || k >= v.Count {
		return
	}
	p := w.record[v.Offset+k*v.Type.Size():]
	switch v.Type {
	case TypeFloat:
		binary.LittleEndian.PutUint32(p, math.Float32bits(float32(value)))
	case TypeDouble:
		binary.LittleEndian.PutUint64(p, math.Float64bits(value))
	case TypeInt, TypeBitField:
		binary.LittleEndian.PutUint32(p, uint32(int64(value)))
	case TypeBool:
		p[0] = 0
		if value != 0 {
			p[0] = 1
		}
	case TypeChar:
		p[0] = byte(int64(value))
	}
}

func (w *Writer) value(i int) float64 {
	if i < 0 {
		return 0
	}
	return w.vars[i].Type.float64(w.record[w.vars[i].Offset:])
}

// WriteRecord writes the record as the channels stand.
func (w *Writer) WriteRecord() error {
	if _, err := w.w.Write(w.record); err != nil {
		return fmt.Errorf("write record %d: %w", w.records, err)
	}
	w.last = w.value(w.time)
	if w.records == 0 {
		w.first = w.last
	}
	w.laps[int64(w.value(w.lap))] = struct{}{}
	w.records++
	return nil
}

// Close fills the sub header. It does not close the underlying file.
func (w *Writer) Close() error {
	var b [diskHeaderLen]byte
	if !w.start.IsZero() {
		binary.LittleEndian.PutUint64(b[0:], uint64(w.start.Unix()))
	}
	binary.LittleEndian.PutUint64(b[8:], math.Float64bits(w.first))
	binary.LittleEndian.PutUint64(b[16:], math.Float64bits(w.last))
	binary.LittleEndian.PutUint32(b[24:], uint32(int32(len(w.laps))))
	binary.LittleEndian.PutUint32(b[28:], uint32(int32(w.records)))
	if _, err := w.w.Seek(headerLen, io.SeekStart); err != nil {
		return fmt.Errorf("write the sub header: %w", err)
	}
	_, err := w.w.Write(b[:])
	_, seekErr := w.w.Seek(0, io.SeekEnd)
	if err := errors.Join(err, seekErr); err != nil {
		return fmt.Errorf("write the sub header: %w", err)
	}
	return nil
}
