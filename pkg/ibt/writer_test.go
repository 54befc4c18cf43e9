package ibt_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
)

func TestWriterRoundTrip(t *testing.T) {
	start := time.Unix(1_762_472_343, 0)
	m := &ibttest.Memory{}
	w, err := ibt.NewWriter(m, ibt.WriterOptions{
		Version: 1, TickRate: 360, Vars: allTypes, Session: []byte(sessionText), StartDate: start,
	})
	if err != nil {
		t.Fatal(err)
	}
	writeRecords(t, w, 0, 100)

	// Not closed yet: as the sim would leave it behind.
	crashed := open(t, bytes.Clone(m.Data))
	if crashed.Closed() || crashed.Len() != 100 || crashed.DiskHeader() != (ibt.DiskHeader{}) {
		t.Errorf("got %d rows and %+v", crashed.Len(), crashed.DiskHeader())
	}
	checkValues(t, crashed)

	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f := open(t, m.Data)
	if h := f.Header(); h.Version != 1 || h.TickRate != 360 || h.NumVars != len(allTypes) || h.NumBuf != 1 || h.Status != 1 {
		t.Errorf("got the header %+v", h)
	}
	if d := f.DiskHeader(); !d.StartDate.Equal(start) || d.Records != 100 {
		t.Errorf("got the sub header %+v", d)
	}
	offset := 0
	for i, v := range f.Vars() {
		want := allTypes[i]
		want.Count = max(want.Count, 1)
		want.Offset = offset
		if v != want || w.Vars()[i] != want || w.Index(v.Name) != i {
			t.Errorf("got %+v, want %+v", v, want)
		}
		offset += v.Count * v.Type.Size()
	}
	if offset != f.Header().BufLen {
		t.Errorf("records have %d bytes, want %d", f.Header().BufLen, offset)
	}
	if s, err := f.Session(); err != nil || s.Text() != sessionText {
		t.Errorf("got the session %v, %v", s, err)
	}
	checkValues(t, f)

	// It can go on after Close, as the file stands at its end again.
	writeRecords(t, w, 100, 120)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if f := open(t, m.Data); f.Len() != 120 || f.DiskHeader().Records != 120 {
		t.Errorf("got %d rows", f.Len())
	}
}

func TestWriterRefuses(t *testing.T) {
	speed := ibt.Var{Name: "Speed", Type: ibt.TypeFloat}
	with := func(v ibt.Var) ibt.WriterOptions { return ibt.WriterOptions{Vars: []ibt.Var{speed, v}} }
	many := make([]ibt.Var, 5001)
	for i := range many {
		many[i] = ibt.Var{Name: strings.Repeat("v", i%30+1) + string(rune('A'+i/30%26)) + string(rune('A'+i/780)), Type: ibt.TypeBool}
	}
	for _, c := range []struct {
		name, says string
		options    ibt.WriterOptions
	}{
		{"no channels", "0 channels", ibt.WriterOptions{}},
		{"too many channels", "5001 channels", ibt.WriterOptions{Vars: many}},
		{"no name", "no name", with(ibt.Var{Type: ibt.TypeInt})},
		{"a blank name", "no name", with(ibt.Var{Name: " Lap", Type: ibt.TypeInt})},
		{"long name", "its field 32", with(ibt.Var{Name: strings.Repeat("x", 33)})},
		{"long description", "its field 64", with(ibt.Var{Name: "x", Desc: strings.Repeat("x", 65)})},
		{"long unit", "its field 32", with(ibt.Var{Name: "x", Unit: strings.Repeat("x", 33)})},
		{"unknown letters", "Windows-1252", with(ibt.Var{Name: "x", Desc: "山田"})},
		{"NUL", "Windows-1252", with(ibt.Var{Name: "x", Desc: "a\x00b"})},
		{"twice", "comes twice", with(speed)},
		{"unknown type", "unknown type 6", with(ibt.Var{Name: "x", Type: 6})},
		{"long record", "records of 1048580 bytes", with(ibt.Var{Name: "x", Type: ibt.TypeChar, Count: 1 << 20})},
		{"endless record", "do not fit into a record", with(ibt.Var{Name: "x", Type: ibt.TypeDouble, Count: math.MaxInt})},
		{"long session text", "bytes of session text", ibt.WriterOptions{Vars: []ibt.Var{speed}, Session: make([]byte, 16<<20+1)}},
		{"version", "version 1001", ibt.WriterOptions{Vars: []ibt.Var{speed}, Version: 1001}},
		{"negative version", "version -1", ibt.WriterOptions{Vars: []ibt.Var{speed}, Version: -1}},
		{"tick rate", "10001 records a second", ibt.WriterOptions{Vars: []ibt.Var{speed}, TickRate: 10_001}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &ibttest.Memory{}
			if _, err := ibt.NewWriter(m, c.options); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got the error %v, want one that says %q", err, c.says)
			}
			if len(m.Data) > 0 {
				t.Error("something was written")
			}
		})
	}
}

func TestWriterTakesWhatFits(t *testing.T) {
	vars := []ibt.Var{{
		Name: strings.Repeat("n", 32), Desc: strings.Repeat("d", 62) + "é€", Unit: strings.Repeat("u", 31) + "°",
		Type: ibt.TypeChar, Count: 1 << 20,
	}}
	f := open(t, synthetic(t, 1, vars, ""))
	if got := f.Vars()[0]; got != vars[0] {
		t.Errorf("got %+v", got)
	}
}

// TestWriterValues puts values that a type cannot hold: the result is the same on every machine.
func TestWriterValues(t *testing.T) {
	m := &ibttest.Memory{}
	w, err := ibt.NewWriter(m, ibt.WriterOptions{Vars: allTypes})
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]float64{
		"SessionFlags": -2147483648, "Lap": 4294967295, "Grade": 300, "IsOnTrack": -0.5, "SessionNum": math.NaN(),
	} {
		w.Set(w.Index(name), value)
	}
	w.Set(w.Index("CarIdxLap"), 3)
	w.SetAt(w.Index("CarIdxLap"), 2, -9)
	// None of these is there, and nothing else may change.
	w.Set(w.Index("None"), 1)
	w.SetAt(-1, 0, 1)
	w.SetAt(w.Index("CarIdxLap"), -1, 77)
	w.SetAt(w.Index("CarIdxLap"), 4, 77)
	if err := w.WriteRecord(); err != nil {
		t.Fatal(err)
	}
	f := open(t, m.Data)
	for name, want := range map[string]float64{
		"SessionFlags": 0x80000000, "Lap": -1, "Grade": 44, "IsOnTrack": 1, "SessionNum": 0, "CarIdxLap": 3, "CarIdxFlags": 0,
	} {
		v, _ := f.Var(name)
		if got, err := f.Value(0, v); got != want || err != nil {
			t.Errorf("%s is %v, %v, want %v", name, got, err, want)
		}
	}
	var b ibt.Batch
	if err := f.Read(&b, ibt.Range{From: 0, To: 1}, ibt.Pick{Name: "CarIdxLap", Array: ibt.ArrayExpand}); err != nil {
		t.Fatal(err)
	}
	if got := b.Cols[0].I32; got[0] != 3 || got[1] != 3 || got[2] != -9 || got[3] != 3 {
		t.Errorf("got %v", got)
	}
}

// TestWriterLapCount counts the values that Lap had, not how often it changed: after a reset it falls to 0 for a record
// and comes back.
func TestWriterLapCount(t *testing.T) {
	for _, c := range []struct {
		laps []float64
		typ  ibt.Type
		want int
	}{
		{nil, ibt.TypeInt, 0},
		{[]float64{0}, ibt.TypeInt, 1},
		{[]float64{0, 1, 1, 2}, ibt.TypeInt, 3},
		{[]float64{0, 186, 186, 0, 186, 187}, ibt.TypeInt, 3},
		{[]float64{3, 4}, ibt.TypeChar, 2},
		{[]float64{3, 4}, ibt.TypeDouble, 2},
	} {
		m := &ibttest.Memory{}
		w, err := ibt.NewWriter(m, ibt.WriterOptions{Vars: []ibt.Var{{Name: "Lap", Type: c.typ}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, lap := range c.laps {
			w.Set(0, lap)
			if err := w.WriteRecord(); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if d := open(t, m.Data).DiskHeader(); d.LapCount != c.want {
			t.Errorf("laps %v count as %d, want %d", c.laps, d.LapCount, c.want)
		}
	}
}

// fullDisk fails after so many bytes, or at the first Seek.
type fullDisk struct {
	ibttest.Memory
	room   int
	noSeek bool
}

var errFull = errors.New("the disk is full")

func (d *fullDisk) Write(p []byte) (int, error) {
	if len(p) > d.room {
		return 0, errFull
	}
	d.room -= len(p)
	return d.Memory.Write(p)
}

func (d *fullDisk) Seek(off int64, whence int) (int64, error) {
	if d.noSeek {
		return 0, errFull
	}
	return d.Memory.Seek(off, whence)
}

func TestWriterErrors(t *testing.T) {
	options := ibt.WriterOptions{Vars: allTypes}
	if _, err := ibt.NewWriter(&fullDisk{}, options); !errors.Is(err, errFull) {
		t.Errorf("got the error %v", err)
	}
	d := &fullDisk{room: 1 << 20}
	w, err := ibt.NewWriter(d, options)
	if err != nil {
		t.Fatal(err)
	}
	d.room = 0
	if err := w.WriteRecord(); !errors.Is(err, errFull) || !strings.Contains(err.Error(), "record 0") {
		t.Errorf("got the error %v", err)
	}
	if err := w.Close(); !errors.Is(err, errFull) {
		t.Errorf("got the error %v", err)
	}
	d.noSeek = true
	if err := w.Close(); !errors.Is(err, errFull) {
		t.Errorf("got the error %v", err)
	}
	if pos, _ := d.Memory.Seek(0, io.SeekCurrent); pos != int64(len(d.Data)) {
		t.Errorf("the file stands at %d of %d after an error", pos, len(d.Data))
	}
}
