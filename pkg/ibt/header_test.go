package ibt_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// Where the fields of the header lie.
const (
	atVersion       = 0
	atTickRate      = 8
	atSessionLen    = 16
	atSessionOffset = 20
	atNumVars       = 24
	atVarOffset     = 28
	atNumBuf        = 32
	atBufLen        = 36
	atBufOffset     = 52
	atStartDate     = 112
	atEndTime       = 128
	atRecords       = 140
	atVars          = 144 // type, offset, count, countAsTime, name at 16

	subHeader, varHeader = 112, 144
)

func get32(data []byte, off int) int { return int(int32(binary.LittleEndian.Uint32(data[off:]))) }

// patched is a copy of data with int32 values put at offsets.
func patched(data []byte, offsetsAndValues ...int) []byte {
	data = bytes.Clone(data)
	for i := 0; i < len(offsetsAndValues); i += 2 {
		binary.LittleEndian.PutUint32(data[offsetsAndValues[i]:], uint32(int32(offsetsAndValues[i+1])))
	}
	return data
}

func TestHeaderRules(t *testing.T) {
	const records = 50
	base := synthetic(t, records, allTypes, sessionText)
	size, bufLen, bufOffset := len(base), get32(base, atBufLen), get32(base, atBufOffset)
	last := atVars + varHeader*(len(allTypes)-1) // the header of CarIdxEstTime, two doubles
	text := func(off int, s string) []byte {
		data := bytes.Clone(base)
		copy(data[off:], s)
		return data
	}

	for _, c := range []struct {
		name    string
		data    []byte
		refused string // what the error says, or ""
		warning string // what a warning says, or "" for no warnings
		lost    string // the channel that is left out
	}{
		{name: "as it is", data: base},
		{name: "nothing", data: nil, refused: "it is empty"},
		{name: "shorter than the headers", data: base[:143], refused: "it has 143 bytes, fewer than"},
		{name: "only the headers", data: base[:144], refused: "list of 14 channels does not fit into its 144 bytes"},
		{name: "LFS pointer", data: []byte("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3021147\n"), refused: "git lfs pull"},
		{name: "text", data: bytes.Repeat([]byte("hello "), 100), refused: "does not begin like telemetry"},

		{name: "version 1", data: patched(base, atVersion, 1)},
		{name: "version 0", data: patched(base, atVersion, 0), refused: "does not begin like telemetry"},
		{name: "version -1", data: patched(base, atVersion, -1), refused: "does not begin like telemetry"},
		{name: "version 3", data: patched(base, atVersion, 3), warning: "format version 3 is newer"},
		{name: "version 1001", data: patched(base, atVersion, 1001), refused: "does not begin like telemetry"},

		{name: "no buffer", data: patched(base, atNumBuf, 0), refused: "it claims 0 buffers"},
		{name: "live memory", data: patched(base, atNumBuf, 3), refused: "live memory (3 buffers)"},
		{name: "live memory of 4", data: patched(base, atNumBuf, 4), refused: "live memory (4 buffers)"},
		{name: "5 buffers", data: patched(base, atNumBuf, 5), refused: "it claims 5 buffers"},

		{name: "tick rate 0", data: patched(base, atTickRate, 0), warning: "a rate of 0 records a second is taken for 60"},
		{name: "tick rate 1e6", data: patched(base, atTickRate, 1_000_000), warning: "taken for 60"},

		{name: "no channels", data: patched(base, atNumVars, 0), refused: "it claims 0 channels"},
		{name: "-1 channels", data: patched(base, atNumVars, -1), refused: "it claims -1 channels"},
		{name: "5001 channels", data: patched(base, atNumVars, 5001), refused: "it claims 5001 channels"},
		{name: "more channels than fit", data: patched(base, atNumVars, 5000), refused: "does not fit"},
		{name: "2e9 channels", data: patched(base, atNumVars, 2_000_000_000), refused: "it claims 2000000000 channels"},
		{name: "channels within the header", data: patched(base, atVarOffset, 143), refused: "does not fit"},
		{name: "channels before the file", data: patched(base, atVarOffset, -1), refused: "does not fit"},
		{name: "channels behind the file", data: patched(base, atVarOffset, math.MaxInt32), refused: "does not fit"},

		{name: "records of nothing", data: patched(base, atBufLen, 0), refused: "records of 0 bytes"},
		{name: "records of -1", data: patched(base, atBufLen, -1), refused: "records of -1 bytes"},
		{name: "records beyond 1 MiB", data: patched(base, atBufLen, 1<<20+1), refused: "records of 1048577 bytes"},
		{name: "records within the header", data: patched(base, atBufOffset, 143), refused: "begin at byte 143"},
		{name: "records before the file", data: patched(base, atBufOffset, -1), refused: "begin at byte -1"},
		{name: "records behind the file", data: patched(base, atBufOffset, size+1), refused: "records would begin"},

		{name: "session text of -1", data: patched(base, atSessionLen, -1), warning: "the session text (-1 bytes"},
		{name: "session text before the file", data: patched(base, atSessionOffset, -1), warning: "the session text"},
		{name: "session text behind the file", data: patched(base, atSessionOffset, size), warning: "the session text"},
		{name: "session text beyond the file", data: patched(base, atSessionLen, size), warning: "the session text"},
		{
			name: "session text of numbers that overflow",
			data: patched(base, atSessionLen, math.MaxInt32, atSessionOffset, math.MaxInt32), warning: "the session text",
		},

		{name: "unknown type", data: patched(base, last, 6), warning: "its type 6 is unknown", lost: "CarIdxEstTime"},
		{name: "type -1", data: patched(base, last, -1), warning: "its type -1 is unknown", lost: "CarIdxEstTime"},
		{name: "negative offset", data: patched(base, last+4, -1), warning: "lies outside the record", lost: "CarIdxEstTime"},
		{name: "offset at the end", data: patched(base, last+4, bufLen-15), warning: "lies outside the record", lost: "CarIdxEstTime"},
		{name: "no values", data: patched(base, last+8, 0), warning: "lies outside the record", lost: "CarIdxEstTime"},
		{name: "too many values", data: patched(base, last+8, 3), warning: "lies outside the record", lost: "CarIdxEstTime"},
		{name: "2e9 values", data: patched(base, last+8, math.MaxInt32), warning: "lies outside the record", lost: "CarIdxEstTime"},
		{name: "no name", data: patched(base, last+16, 0), warning: "a channel without a name", lost: "CarIdxEstTime"},
		{name: "the same name", data: text(last+16, "Speed\x00"), warning: `channel "Speed" comes twice`, lost: "CarIdxEstTime"},
		{
			name: "no channel left", data: patched(base, atNumVars, 1, atVars, 7),
			refused: "none of its 1 channels can be read (channel \"SessionTime\" is left out",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := ibt.Open(ibt.Bytes(c.data))
			if c.refused != "" {
				var format *ibt.FormatError
				if !errors.As(err, &format) || !strings.Contains(err.Error(), c.refused) {
					t.Fatalf("got the error %v, want one that says %q", err, c.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			warnings := strings.Join(f.Warnings(), "; ")
			if !strings.Contains(warnings, c.warning) || (c.warning == "") != (warnings == "") {
				t.Errorf("got the warnings %q, want one that says %q", warnings, c.warning)
			}
			if f.Len() != records {
				t.Errorf("got %d rows", f.Len())
			}
			if f.Header().TickRate != 60 {
				t.Errorf("got a tick rate of %d", f.Header().TickRate)
			}
			s, err := f.Session()
			if err != nil {
				t.Error(err)
			}
			if whole := !strings.Contains(c.warning, "session text"); whole != (s.Get("WeekendInfo", "TrackName") == "bristol") {
				t.Errorf("got the session text %q", s.Text())
			}
			for _, v := range allTypes {
				if _, ok := f.Var(v.Name); ok == (v.Name == c.lost) {
					t.Errorf("channel %s is there: %t", v.Name, ok)
				}
			}
			checkValues(t, f)
		})
	}

	t.Run("no record", func(t *testing.T) {
		f := open(t, base[:bufOffset])
		if f.Len() != 0 {
			t.Errorf("got %d rows", f.Len())
		}
		var b ibt.Batch
		if err := f.Read(&b, ibt.Range{}, ibt.Floats("Speed")...); err != nil || len(b.Cols[0].F64) != 0 {
			t.Errorf("got %v, %v", b.Cols, err)
		}
	})
	t.Run("a name that fills its field", func(t *testing.T) {
		name := strings.Repeat("n", 32)
		f := open(t, text(last+16, name))
		if v, ok := f.Var(name); !ok || v.Unit != "" {
			t.Errorf("got %v, %t", v, ok)
		}
	})
	t.Run("many warnings", func(t *testing.T) {
		data := base
		for i := range allTypes[1:] {
			data = patched(data, atVars+varHeader*(i+1), 99)
		}
		if n := len(open(t, data).Warnings()); n != 8 {
			t.Errorf("got %d warnings", n)
		}
	})
}

// checkValues compares every value of a synthetic file with what was written.
func checkValues(t *testing.T, f *ibt.File) {
	t.Helper()
	var picks []ibt.Pick
	for _, v := range f.Vars() {
		picks = append(picks, ibt.Pick{Name: v.Name, Float: true, Array: ibt.ArrayExpand})
	}
	var b ibt.Batch
	if err := f.Read(&b, ibt.Range{From: 0, To: f.Len()}, picks...); err != nil {
		t.Fatal(err)
	}
	for _, c := range b.Cols {
		for i, got := range c.F64 {
			if want := cell(c.Var, i/c.Per, i%c.Per); got != want {
				t.Fatalf("%s[%d] in row %d is %v, want %v", c.Var.Name, i%c.Per, i/c.Per, got, want)
			}
		}
	}
}

func TestSubHeader(t *testing.T) {
	base := synthetic(t, 250, allTypes, sessionText)
	d := open(t, base).DiskHeader()
	want := ibt.DiskHeader{
		StartDate: time.Unix(1_762_472_343, 0).UTC(),
		StartTime: recordTime(0), EndTime: recordTime(249), LapCount: 3, Records: 250,
	}
	if d != want {
		t.Errorf("got %+v, want %+v", d, want)
	}
	for _, seconds := range []int64{0, -1, 1, 4_200_000_000, math.MaxInt64, math.MinInt64} {
		data := bytes.Clone(base)
		binary.LittleEndian.PutUint64(data[atStartDate:], uint64(seconds))
		if d := open(t, data).DiskHeader().StartDate; !d.IsZero() {
			t.Errorf("the date %d is taken for %v", seconds, d)
		}
	}
	if open(t, patched(base, atRecords, 0)).Closed() {
		t.Error("a file without a sub header is called closed")
	}
}

func TestNotAFile(t *testing.T) {
	dir := t.TempDir()
	var format *ibt.FormatError
	if _, err := ibt.OpenFile(dir); !errors.As(err, &format) {
		t.Errorf("a folder gives %v", err)
	}
	d, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ibt.FromFile(d); !errors.As(err, &format) {
		t.Errorf("an open folder gives %v", err)
	}
	if err := d.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the folder was left open: %v", err)
	}
	if _, err := ibt.OpenFile(filepath.Join(dir, "none.ibt")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file gives %v", err)
	}
	if _, err := ibt.OpenFile(writeTemp(t, nil)); !errors.As(err, &format) {
		t.Errorf("an empty file gives %v", err)
	}
	closed, err := os.Open(writeTemp(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	if _, err := ibt.FromFile(closed); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a closed file gives %v", err)
	}
}

// allocated is how many bytes run allocates.
func allocated(run func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestNumbersDriveNoAllocation puts hostile numbers everywhere in the header: what is allocated follows the size of the
// file, whatever it says about itself.
func TestNumbersDriveNoAllocation(t *testing.T) {
	base := synthetic(t, 3, allTypes, sessionText)
	hostile := []int{-1, 0, 1, 143, 4_999, 1 << 20, 16 << 20, math.MaxInt32 - 143, math.MaxInt32, math.MinInt32}
	open := func(data []byte) {
		if f, err := ibt.Open(ibt.Bytes(data)); err == nil {
			_, _ = f.Session()
			if v, ok := f.Var("SessionTime"); ok && f.Len() > 0 {
				_, _ = f.Value(f.Len()-1, v)
			}
			_, _ = f.RowsForTime(0, 0, 1)
		}
	}
	limit := uint64(64<<10 + 8*len(base))
	for at := 0; at < atVars+varHeader; at += 4 {
		for _, x := range hostile {
			data := patched(base, at, x)
			if got := allocated(func() { open(data) }); got > limit {
				t.Errorf("%d at byte %d makes it allocate %d bytes for a file of %d", x, at, got, len(base))
			}
		}
	}
}

// hugeSource is a file of the given head and zeros behind it.
type hugeSource struct {
	head []byte
	size int64
}

func (h hugeSource) Size() (int64, error) { return h.size, nil }

func (h hugeSource) ReadAt(p []byte, off int64) (int, error) {
	n := int(min(int64(len(p)), max(h.size-off, 0)))
	clear(p[:n])
	if off < int64(len(h.head)) {
		copy(p[:n], h.head[off:])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func TestHugeFile(t *testing.T) {
	const size = int64(2<<30 + 12_345)
	head := synthetic(t, 10, allTypes, sessionText)
	path := writeTemp(t, head)
	if err := os.Truncate(path, size); err != nil {
		t.Skipf("no sparse file here: %v", err)
	}
	fresh, err := ibt.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = fresh.Close() }()
	synthesised, err := ibt.Open(hugeSource{head, size})
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]*ibt.File{"read": fresh, "source": synthesised, "mapped": openSettled(t, path)} {
		want := int((size - int64(get32(head, atBufOffset))) / int64(get32(head, atBufLen)))
		if f.Len() != want {
			t.Fatalf("%s: got %d rows, want %d", name, f.Len(), want)
		}
		var b ibt.Batch
		got := allocated(func() {
			rows := ibt.Range{From: f.Len() - 5400, To: f.Len()}
			if err := f.Read(&b, rows, ibt.Floats("SessionTime", "Speed", "SteeringWheelTorque")...); err != nil {
				t.Error(err)
			}
			if _, err := f.RowsForTime(0, 0, 1e9); err != nil {
				t.Error(err)
			}
		})
		if got > 1<<20 {
			t.Errorf("%s: a lap took %d bytes", name, got)
		}
	}
}

// brokenSource fails where the test tells it to.
type brokenSource struct {
	ibt.Source
	sizeErr error
	failAt  func(off int64, n int) error
}

func (s *brokenSource) Size() (int64, error) {
	if s.sizeErr != nil {
		return 0, s.sizeErr
	}
	return s.Source.Size()
}

func (s *brokenSource) ReadAt(p []byte, off int64) (int, error) {
	if s.failAt != nil {
		if err := s.failAt(off, len(p)); err != nil {
			return 0, err
		}
	}
	return s.Source.ReadAt(p, off)
}

// TestSourceErrors lets the source fail at every step: the error comes through, and says what was being done.
func TestSourceErrors(t *testing.T) {
	base := synthetic(t, 20, allTypes, sessionText)
	gone := errors.New("the network is gone")
	failIn := func(from, to int) func(int64, int) error {
		return func(off int64, n int) error {
			if int(off) < to && int(off)+n > from {
				return gone
			}
			return nil
		}
	}
	check := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, gone) || !strings.Contains(err.Error(), what) {
			t.Errorf("got the error %v, want one about %q", err, what)
		}
	}

	_, err := ibt.Open(&brokenSource{Source: ibt.Bytes(base), sizeErr: gone})
	check("find the size", err)
	_, err = ibt.Open(&brokenSource{Source: ibt.Bytes(base), failAt: failIn(0, 1)})
	check("read the header", err)
	_, err = ibt.Open(&brokenSource{Source: ibt.Bytes(base), failAt: failIn(144, 145)})
	check("read the list of channels", err)

	src := &brokenSource{Source: ibt.Bytes(base)}
	f, err := ibt.Open(src)
	if err != nil {
		t.Fatal(err)
	}
	src.failAt = failIn(0, len(base))
	s, err := f.Session()
	check("read the session text", err)
	if s == nil || s.Text() != "" {
		t.Errorf("got the session %v", s)
	}
	var b ibt.Batch
	check("read rows 3 to 9", f.Read(&b, ibt.Range{From: 3, To: 9}, ibt.Floats("Speed")...))
	_, err = f.RowsForTime(0, 0, 1)
	check("read rows", err)
	check("read the header again", f.Refresh())
	src.sizeErr = gone
	check("find the size", f.Refresh())

	src.failAt, src.sizeErr = nil, nil
	if s, err := f.Session(); err != nil || s.Get("WeekendInfo", "TrackName") != "bristol" {
		t.Errorf("the session stays unreadable when the network is back: %v", err)
	}

	// A source that has fewer bytes than it said.
	short, err := ibt.Open(&brokenSource{Source: readOnly{ibt.Bytes(base)}, failAt: func(off int64, _ int) error {
		if off >= int64(get32(base, atBufOffset)) {
			return io.EOF
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := short.Read(&b, ibt.Range{From: 0, To: 1}, ibt.Floats("Speed")...); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got the error %v", err)
	}
}
