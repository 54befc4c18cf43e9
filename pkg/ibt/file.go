package ibt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// File is open telemetry. It is safe for use by several goroutines.
type File struct {
	src      Source
	header   Header
	vars     []Var
	byName   map[string]int
	warnings []string
	rows     atomic.Int64

	mu  sync.Mutex
	raw [fixedLen]byte // the headers when last looked at

	sessionMu sync.Mutex
	session   *Session // nil until it was read
}

// Open reads the headers of a file. The error is a [*FormatError] if src holds something else than telemetry, or what
// src returned. The file owns src from then on if src can be closed; when Open fails, the caller does.
func Open(src Source) (*File, error) {
	size, err := src.Size()
	if err != nil {
		return nil, fmt.Errorf("find the size of the file: %w", err)
	}
	f := &File{src: src}
	if err := f.readHeader(size); err != nil {
		return nil, err
	}
	if err := f.readVars(); err != nil {
		return nil, err
	}
	f.setRows(size)
	return f, nil
}

func (f *File) setRows(size int64) {
	f.rows.Store(max(size-int64(f.header.BufOffset), 0) / int64(f.header.BufLen))
}

func (f *File) readHeader(size int64) error {
	var b [fixedLen]byte
	n, err := f.src.ReadAt(b[:min(size, fixedLen)], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the header: %w", err)
	}
	switch head := b[:n]; {
	case size == 0:
		return formatErrorf("it is empty")
	case bytes.HasPrefix(head, []byte("version https://git-lfs")):
		return formatErrorf("it is a Git LFS pointer; fetch the real file with git lfs pull")
	case n < fixedLen:
		return formatErrorf("it has %d bytes, fewer than its header needs", size)
	}
	f.raw = b
	i32 := func(off int) int { return int(int32(binary.LittleEndian.Uint32(b[off:]))) }
	f.header = Header{
		Version: i32(0), Status: i32(4), TickRate: i32(8),
		SessionInfoLen: i32(16), SessionInfoOffset: i32(20),
		NumVars: i32(24), VarHeaderOffset: i32(28),
		NumBuf: i32(32), BufLen: i32(36), BufOffset: i32(52),
	}

	h := &f.header
	switch {
	case h.Version < 1 || h.Version > maxVersion:
		return formatErrorf("it does not begin like telemetry")
	case h.NumBuf > 1 && h.NumBuf <= 4:
		return formatErrorf("it is a dump of the sim's live memory (%d buffers), not a telemetry file", h.NumBuf)
	case h.NumBuf != 1:
		return formatErrorf("it claims %d buffers where a file has 1", h.NumBuf)
	case h.NumVars < 1 || h.NumVars > maxVars:
		return formatErrorf("it claims %d channels", h.NumVars)
	case h.VarHeaderOffset < fixedLen || int64(h.VarHeaderOffset)+int64(h.NumVars)*varHeaderLen > size:
		return formatErrorf("its list of %d channels does not fit into its %d bytes", h.NumVars, size)
	case h.BufLen < 1 || h.BufLen > maxBufLen:
		return formatErrorf("it claims records of %d bytes", h.BufLen)
	case h.BufOffset < fixedLen || int64(h.BufOffset) > size:
		return formatErrorf("its records would begin at byte %d of %d", h.BufOffset, size)
	}
	if h.Version > 2 {
		f.warnf("format version %d is newer than the ones known", h.Version)
	}
	if h.TickRate < 1 || h.TickRate > maxTickRate {
		f.warnf("a rate of %d records a second is taken for 60", h.TickRate)
		h.TickRate = 60
	}
	off, l := h.SessionInfoOffset, h.SessionInfoLen
	if off < 0 || l < 0 || int64(off)+int64(l) > size || l > maxSession {
		f.warnf("the session text (%d bytes at %d) is left out: it does not fit into the file", l, off)
		h.SessionInfoOffset, h.SessionInfoLen = 0, 0
	}
	return nil
}

func parseDiskHeader(b []byte) DiskHeader {
	d := DiskHeader{
		StartTime: math.Float64frombits(binary.LittleEndian.Uint64(b[8:])),
		EndTime:   math.Float64frombits(binary.LittleEndian.Uint64(b[16:])),
		LapCount:  int(int32(binary.LittleEndian.Uint32(b[24:]))),
		Records:   int(int32(binary.LittleEndian.Uint32(b[28:]))),
	}
	// iRacing opened in 2008; beyond 2100 lies nonsense.
	if s := int64(binary.LittleEndian.Uint64(b)); s > 1_199_145_600 && s < 4_102_444_800 {
		d.StartDate = time.Unix(s, 0).UTC()
	}
	return d
}

func (f *File) readVars() error {
	h := &f.header
	b := make([]byte, h.NumVars*varHeaderLen) // checked to fit into the file
	if err := f.readFull(b, int64(h.VarHeaderOffset)); err != nil {
		return fmt.Errorf("read the list of channels: %w", err)
	}
	f.vars = make([]Var, 0, h.NumVars)
	f.byName = make(map[string]int, h.NumVars)
	text := string(b) // of which the names are pieces
	for ; len(b) > 0; b, text = b[varHeaderLen:], text[varHeaderLen:] {
		i32 := func(off int) int { return int(int32(binary.LittleEndian.Uint32(b[off:]))) }
		v := Var{
			Type: Type(i32(0)), Offset: i32(4), Count: i32(8), CountAsTime: b[12] != 0,
			Name: fixedText(text[nameAt : nameAt+nameLen]),
			Desc: fixedText(text[descAt : descAt+descLen]),
			Unit: fixedText(text[unitAt : unitAt+unitLen]),
		}
		_, twice := f.byName[v.Name]
		switch size := int64(v.Type.Size()); {
		case v.Name == "":
			f.warnf("a channel without a name is left out")
		case twice:
			f.warnf("channel %q comes twice; the first counts", v.Name)
		case size == 0:
			f.warnf("channel %q is left out: its type %d is unknown", v.Name, int32(v.Type))
		case v.Count < 1 || v.Offset < 0 || int64(v.Offset)+int64(v.Count)*size > int64(h.BufLen):
			f.warnf("channel %q is left out: it lies outside the record", v.Name)
		default:
			f.byName[v.Name] = len(f.vars)
			f.vars = append(f.vars, v)
		}
	}
	if len(f.vars) == 0 {
		return formatErrorf("none of its %d channels can be read (%s)", h.NumVars, f.warnings[len(f.warnings)-1])
	}
	return nil
}

// fixedText is the text of a NUL padded field.
func fixedText(s string) string {
	s, _, _ = strings.Cut(s, "\x00")
	if !isPlain(s) {
		s = decodeText([]byte(s), false)
	}
	return strings.TrimSpace(s)
}

// readFull fills b from off on.
func (f *File) readFull(b []byte, off int64) error {
	n, err := f.src.ReadAt(b, off)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// warnf keeps a remark about the file. What a hostile file can repeat is said a few times only.
func (f *File) warnf(format string, args ...any) {
	if len(f.warnings) < 8 {
		f.warnings = append(f.warnings, fmt.Sprintf(format, args...))
	}
}

// Close releases the source. Reads under way end first or fail, later ones fail.
func (f *File) Close() error {
	if c, ok := f.src.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// Refresh looks at the file again and makes the complete records that it has gained readable. It returns an error if
// the file is not the one that was opened any more; open it anew then.
func (f *File) Refresh() error {
	size, err := f.src.Size()
	if err != nil {
		return fmt.Errorf("find the size of the file: %w", err)
	}
	var b [fixedLen]byte
	if err := f.readFull(b[:], 0); err != nil {
		return fmt.Errorf("read the header again: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	// The sub header is filled once, when the file is closed.
	same := f.raw[:headerLen]
	if parseDiskHeader(f.raw[headerLen:]).Records > 0 {
		same = f.raw[:]
	}
	if !bytes.HasPrefix(b[:], same) {
		return errors.New("another file has taken this one's place")
	}
	f.raw = b
	f.setRows(size)
	return nil
}

// Len is the number of complete records. The size of the file tells it, not the header, which is right only in a file
// that was closed properly.
func (f *File) Len() int { return int(f.rows.Load()) }

// Header returns the file header.
func (f *File) Header() Header { return f.header }

// DiskHeader returns the sub header as it was when the file was opened or last refreshed.
func (f *File) DiskHeader() DiskHeader {
	f.mu.Lock()
	defer f.mu.Unlock()
	return parseDiskHeader(f.raw[headerLen:])
}

// Closed tells whether the sim has finished the file: its sub header is filled.
func (f *File) Closed() bool { return f.DiskHeader().Records > 0 }

// Warnings tells what of the file was left out or taken with a grain of salt, a few sentences at most.
func (f *File) Warnings() []string { return f.warnings }

// Vars lists the channels in the file's order. The slice must not be changed.
func (f *File) Vars() []Var { return f.vars }

// Var finds a channel by its name, exactly as the file has it.
func (f *File) Var(name string) (*Var, bool) {
	i, ok := f.byName[name]
	if !ok {
		return nil, false
	}
	return &f.vars[i], true
}

// Session returns the session text, read at the first call. It is never nil; after an error it is empty.
func (f *File) Session() (*Session, error) {
	f.sessionMu.Lock()
	defer f.sessionMu.Unlock()
	if f.session == nil {
		b := make([]byte, f.header.SessionInfoLen) // checked to fit into the file
		if err := f.readFull(b, int64(f.header.SessionInfoOffset)); err != nil {
			return ParseSession(nil), fmt.Errorf("read the session text: %w", err)
		}
		f.session = ParseSession(b)
	}
	return f.session, nil
}
