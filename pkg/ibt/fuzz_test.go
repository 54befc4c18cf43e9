package ibt_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// seeds are small files of every shape to begin with.
func seeds(f *testing.F) [][]byte {
	f.Helper()
	base := synthetic(f, 5, allTypes, sessionText)
	sessions, _, _ := drops(f, 4)
	small := synthetic(f, 3, allTypes[:3], "A:\n B: c\n")
	return [][]byte{
		base, base[:len(base)-7], small, sessions,
		patched(base, atRecords, 0),
		patched(base, atVersion, 1),
		patched(base, atNumBuf, 3),
		patched(base, atNumVars, 2_000_000_000),
		patched(base, atBufLen, 1),
		patched(small, atBufLen, 0),
		patched(small, atSessionLen, -1),
		patched(small, atVars+8, math.MaxInt32),
		[]byte("version https://git-lfs.github.com/spec/v1\n"),
		nil,
	}
}

// FuzzOpen opens arbitrary bytes and does all that can be done with a file.
func FuzzOpen(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<20 {
			return
		}
		var file *ibt.File
		var err error
		// Whatever the numbers say: a few bytes for each byte of the file, and some for every file.
		if got := allocated(func() { file, err = ibt.Open(readOnly{ibt.Bytes(data)}) }); got > uint64(64<<10+16*len(data)) {
			t.Errorf("%d bytes are allocated for a file of %d", got, len(data))
		}
		if err != nil {
			if _, ok := errors.AsType[*ibt.FormatError](err); !ok {
				t.Errorf("got the error %v", err)
			}
			return
		}
		if h := file.Header(); h.BufOffset+file.Len()*h.BufLen > len(data) {
			t.Fatalf("%d rows of %d bytes in %d bytes", file.Len(), h.BufLen, len(data))
		}
		if len(file.Vars()) == 0 || len(file.Warnings()) > 8 {
			t.Errorf("got %d channels and %d warnings", len(file.Vars()), len(file.Warnings()))
		}
		s, err := file.Session()
		if err != nil || !utf8.ValidString(s.Text()) {
			t.Errorf("got the text %q, %v", s.Text(), err)
		}
		s.Driver()
		rows := ibt.Range{From: 0, To: min(file.Len(), 1000)}
		mapped := open(t, data)
		for i := range file.Vars() {
			if i > 100 {
				break
			}
			v := &file.Vars()[i]
			if !utf8.ValidString(v.Name) || v.Name == "" {
				t.Errorf("got the name %q", v.Name)
			}
			if v.Count*rows.Len() > 1<<20 {
				rows.To = 1
			}
			var a, b ibt.Batch
			picks := []ibt.Pick{
				{Name: v.Name, Float: true},
				{Name: v.Name},
				{Name: v.Name, Array: ibt.ArrayExpand},
				{Name: v.Name, Array: ibt.ArrayExpand, Float: true},
			}
			if err := errors.Join(file.Read(&a, rows, picks...), mapped.Read(&b, rows, picks...), equalValues(&a, &b)); err != nil {
				t.Fatal(err)
			}
			if rows.Len() > 0 {
				last := a.Cols[0].F64[rows.Len()-1]
				if x, err := file.Value(rows.To-1, v); err != nil || math.Float64bits(x) != math.Float64bits(last) && !math.IsNaN(x) {
					t.Errorf("%s is %v or %v, %v", v.Name, x, last, err)
				}
			}
		}
		for session := range 3 {
			r, err := file.RowsForTime(session, 10, 11)
			var channel *ibt.ChannelError
			if err != nil && !errors.As(err, &channel) {
				t.Error(err)
			}
			if r.From < 0 || r.To < r.From || r.To > file.Len() {
				t.Errorf("got the rows %v of %d", r, file.Len())
			}
		}
		if err := file.Refresh(); err != nil {
			t.Error(err)
		}
	})
}

// FuzzSession parses arbitrary text.
func FuzzSession(f *testing.F) {
	f.Add([]byte(sessionText))
	f.Add([]byte("---\nVRS-TelemetryLogger: 3.1\n---\nEncoding: UTF8\nDriverInfo:\n DriverCarIdx: 1\n Drivers:\n - CarIdx: 1\n   UserName: Jörg\n"))
	f.Add([]byte("A:\n B: a\nb\n: c\n - D: \"\"\n   E:\n   - F: \"x\n...\n---\n\x81\xff\t:\r\n"))
	f.Add([]byte(strings.Repeat(" ", 300) + "a:\n- a: b"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s := ibt.ParseSession(text)
		if !utf8.ValidString(s.Text()) {
			t.Errorf("got the text %q", s.Text())
		}
		lines := bytes.Count(text, []byte("\n")) + 1
		if n := entries(t, s.Node()); n > 2*lines {
			t.Errorf("got %d entries from %d lines", n, lines)
		}
		if deepest(s.Node()) > 40 {
			t.Error("entries are nested without end")
		}
		s.Driver()
		if again := ibt.ParseSession(text); again.Text() != s.Text() {
			t.Error("a second look gives something else")
		}
	})
}

func entries(t *testing.T, n *ibt.Node) int {
	t.Helper()
	count := 0
	for _, kid := range n.Kids {
		if strings.ContainsAny(kid.Key+kid.Value, "\n\t\x00") || strings.Contains(kid.Key, " ") {
			t.Errorf("got the entry %q: %q", kid.Key, kid.Value)
		}
		count += 1 + entries(t, kid)
	}
	return count
}

// FuzzReadRange reads arbitrary picks over arbitrary rows of a good file and compares with what was written.
func FuzzReadRange(f *testing.F) {
	const records = 700
	data := synthetic(f, records, allTypes, "")
	seen, streamed := open(f, data), func() *ibt.File {
		file, err := ibt.Open(readOnly{ibt.Bytes(data)})
		if err != nil {
			f.Fatal(err)
		}
		return file
	}()
	f.Add(0, records, []byte{0, 1, 2, 3, 4, 5, 6, 7}, 0)
	f.Add(5, 5, []byte{4, 4, 4, 4, 4}, 5)
	f.Add(699, 701, []byte{}, -1)
	f.Add(-1, 1, []byte{0x80, 0x97, 0x47, 0xff}, 1)
	var a, b ibt.Batch
	f.Fuzz(func(t *testing.T, from, to int, chosen []byte, element int) {
		var picks []ibt.Pick
		bad := from < 0 || to < from || to > records
		for _, c := range chosen[:min(len(chosen), 20)] {
			v := allTypes[int(c&0xf)%len(allTypes)]
			p := ibt.Pick{Name: v.Name, Array: ibt.ArrayMode(c >> 4 & 3), Float: c&0x80 == 0, Element: element}
			bad = bad || p.Array == ibt.ArrayElement && (element < 0 || element >= max(v.Count, 1))
			picks = append(picks, p)
		}
		rows := ibt.Range{From: from, To: to}
		err := seen.Read(&a, rows, picks...)
		if bad != (err != nil) {
			t.Fatalf("rows %v, picks %+v: got the error %v", rows, picks, err)
		}
		if err := streamed.Read(&b, rows, picks...); bad != (err != nil) {
			t.Fatalf("rows %v, picks %+v: got the error %v", rows, picks, err)
		}
		if bad {
			return
		}
		if err := equalValues(&a, &b); err != nil {
			t.Fatal(err)
		}
		for i, p := range picks {
			c := &a.Cols[i]
			first := c.Var.Count - 1
			switch p.Array {
			case ibt.ArrayElement:
				first = element
			case ibt.ArrayExpand:
				first = 0
			}
			for k, got := range floats(t, c, p.Float) {
				if want := cell(c.Var, from+k/c.Per, first+k%c.Per); got != want {
					t.Fatalf("pick %+v gives %v in row %d, want %v", p, got, from+k/c.Per, want)
				}
			}
		}
	})
}
