package ibt_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
)

// TestReadEveryType reads every channel in every way from every kind of source and compares each value with what was
// written. The rows begin within a tile and go over several.
func TestReadEveryType(t *testing.T) {
	const records = 3000
	files := sourceKinds(t, synthetic(t, records, allTypes, sessionText))
	rows := ibt.Range{From: 17, To: 2990}
	for name, f := range files {
		for _, float := range []bool{true, false} {
			var picks []ibt.Pick
			for _, v := range f.Vars() {
				for k := range v.Count {
					picks = append(picks, ibt.Pick{Name: v.Name, Array: ibt.ArrayElement, Element: k, Float: float})
				}
				picks = append(picks,
					ibt.Pick{Name: v.Name, Float: float},
					ibt.Pick{Name: v.Name, Array: ibt.ArrayExpand, Float: float})
			}
			var b ibt.Batch
			if err := f.Read(&b, rows, picks...); err != nil {
				t.Fatal(err)
			}
			if b.Rows != rows || len(b.Cols) != len(picks) {
				t.Fatalf("%s: got rows %v and %d columns", name, b.Rows, len(b.Cols))
			}
			for i, p := range picks {
				c := &b.Cols[i]
				per, first := 1, c.Var.Count-1
				switch p.Array {
				case ibt.ArrayElement:
					first = p.Element
				case ibt.ArrayExpand:
					per, first = c.Var.Count, 0
				}
				if c.Var.Name != p.Name || c.Per != per {
					t.Fatalf("%s: pick %+v gives %s with %d values a row", name, p, c.Var.Name, c.Per)
				}
				values := floats(t, c, float)
				if len(values) != rows.Len()*per {
					t.Fatalf("%s: pick %+v gives %d values", name, p, len(values))
				}
				for k, got := range values {
					if want := cell(c.Var, rows.From+k/per, first+k%per); got != want {
						t.Fatalf("%s: pick %+v gives %v in row %d, want %v", name, p, got, rows.From+k/per, want)
					}
				}
			}
		}
	}
}

// floats are the values of a column, which must be in the slice of its type and in no other.
func floats(t *testing.T, c *ibt.Column, float bool) []float64 {
	t.Helper()
	var out []float64
	filled := 0
	for slice, n := range map[string]int{
		"F64": len(c.F64), "F32": len(c.F32), "I32": len(c.I32), "U32": len(c.U32), "Bool": len(c.Bool), "Char": len(c.Char),
	} {
		if n > 0 {
			filled++
			want := map[ibt.Type]string{
				ibt.TypeChar: "Char", ibt.TypeBool: "Bool", ibt.TypeInt: "I32", ibt.TypeBitField: "U32",
				ibt.TypeFloat: "F32", ibt.TypeDouble: "F64",
			}[c.Var.Type]
			if float {
				want = "F64"
			}
			if slice != want {
				t.Errorf("%s fills %s, want %s", c.Var.Name, slice, want)
			}
		}
	}
	if filled > 1 {
		t.Errorf("%s fills %d slices", c.Var.Name, filled)
	}
	out = append(out, c.F64...)
	for _, x := range c.F32 {
		out = append(out, float64(x))
	}
	for _, x := range c.I32 {
		out = append(out, float64(x))
	}
	for _, x := range c.U32 {
		out = append(out, float64(x))
	}
	for _, x := range c.Bool {
		if x {
			out = append(out, 1)
		} else {
			out = append(out, 0)
		}
	}
	for _, x := range c.Char {
		out = append(out, float64(x))
	}
	return out
}

// TestSourcesAgree reads ranges of all lengths, also around the length of a tile, from every kind of source.
func TestSourcesAgree(t *testing.T) {
	files := sourceKinds(t, synthetic(t, 5000, allTypes, sessionText))
	tile := (128 << 10) / files["slice"].Header().BufLen
	picks := ibt.Floats("Speed", "SteeringWheelTorque", "SteeringWheelTorque_ST", "CarIdxLap", "SessionTime", "Speed", "Speed", "Speed", "Speed")
	for _, rows := range []ibt.Range{{}, {0, 1}, {4999, 5000}, {5000, 5000}, {1, tile}, {0, tile}, {0, tile + 1}, {3, 2*tile + 3}, {0, 5000}} {
		var want ibt.Batch
		if err := files["slice"].Read(&want, rows, picks...); err != nil {
			t.Fatal(err)
		}
		for name, f := range files {
			var got ibt.Batch
			if err := f.Read(&got, rows, picks...); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := equalValues(&want, &got); err != nil {
				t.Errorf("%s: rows %v: %v", name, rows, err)
			}
		}
	}
}

// TestLongRecords reads records that are longer than a tile.
func TestLongRecords(t *testing.T) {
	vars := []ibt.Var{{Name: "Long", Type: ibt.TypeDouble, Count: 20_000}, {Name: "Speed", Type: ibt.TypeFloat}}
	for name, f := range sourceKinds(t, synthetic(t, 7, vars, "")) {
		t.Run(name, func(t *testing.T) { checkValues(t, f) })
	}
}

func TestBatchIsReused(t *testing.T) {
	f := open(t, synthetic(t, 1000, allTypes, sessionText))
	eight := ibt.Floats("Speed", "SteeringWheelTorque", "Speed", "Speed", "Lap", "SessionTime", "IsOnTrack", "SessionFlags")
	var b ibt.Batch
	rows := ibt.Range{From: 0, To: 1000}
	read := func() {
		if err := f.Read(&b, rows, eight...); err != nil {
			t.Error(err)
		}
	}
	read()
	if n := testing.AllocsPerRun(10, read); n > 1 {
		t.Errorf("a read into a used batch allocates %v times", n)
	}
	first := &b.Cols[0].F64[0]

	// Fewer columns and rows of other types: nothing of the read before shows.
	if err := f.Read(&b, ibt.Range{From: 5, To: 8}, ibt.Pick{Name: "Lap"}, ibt.Pick{Name: "CarIdxOnPitRoad", Array: ibt.ArrayExpand}); err != nil {
		t.Fatal(err)
	}
	lap, pit := &b.Cols[0], &b.Cols[1]
	if len(b.Cols) != 2 || len(lap.I32) != 3 || lap.F64 == nil || len(lap.F64) != 0 || len(pit.Bool) != 6 || len(pit.F64) != 0 {
		t.Errorf("got %+v", b)
	}
	read()
	if &b.Cols[0].F64[0] != first {
		t.Error("the memory of a column was not kept")
	}
}

func TestReadErrors(t *testing.T) {
	f := open(t, synthetic(t, 10, allTypes, sessionText))
	var b ibt.Batch
	for _, rows := range []ibt.Range{{-1, 5}, {0, 11}, {6, 5}, {11, 11}, {math.MinInt, math.MaxInt}} {
		if err := f.Read(&b, rows, ibt.Floats("Speed")...); err == nil || !strings.Contains(err.Error(), "the file has 10") {
			t.Errorf("rows %v give %v", rows, err)
		}
	}
	var channel *ibt.ChannelError
	err := f.Read(&b, ibt.Range{From: 0, To: 10}, ibt.Floats("Speed", "Spede")...)
	if !errors.As(err, &channel) || channel.Name != "Spede" || !strings.Contains(err.Error(), `no channel "Spede"`) {
		t.Errorf("an unknown channel gives %v", err)
	}
	for _, k := range []int{-1, 6} {
		err := f.Read(&b, ibt.Range{From: 0, To: 10}, ibt.Pick{Name: "SteeringWheelTorque_ST", Array: ibt.ArrayElement, Element: k})
		if err == nil || !strings.Contains(err.Error(), "has 6 elements") {
			t.Errorf("element %d gives %v", k, err)
		}
	}
	speed, _ := f.Var("Speed")
	for _, row := range []int{-1, 10} {
		if _, err := f.Value(row, speed); err == nil {
			t.Errorf("row %d can be read", row)
		}
	}
	if n := (ibt.Range{From: 3, To: 1}).Len(); n != 0 {
		t.Errorf("a range that ends before it begins has %d rows", n)
	}
}

func TestValue(t *testing.T) {
	data := synthetic(t, 20, allTypes, sessionText)
	at := get32(data, atBufOffset)
	for name, f := range sourceKinds(t, data) {
		for i := range f.Vars() {
			v := &f.Vars()[i]
			got, err := f.Value(19, v)
			if want := cell(v, 19, v.Count-1); err != nil || got != want {
				t.Errorf("%s: %s is %v, %v, want %v", name, v.Name, got, err, want)
			}
		}
	}
	// A bool that is neither 0 nor 1 on disk is the same in every way of reading it.
	f := open(t, data)
	on, _ := f.Var("IsOnTrack")
	data[at+on.Offset] = 7
	var b ibt.Batch
	if err := f.Read(&b, ibt.Range{From: 0, To: 1}, ibt.Pick{Name: "IsOnTrack"}, ibt.Pick{Name: "IsOnTrack", Float: true}); err != nil {
		t.Fatal(err)
	}
	value, err := f.Value(0, on)
	if err != nil || value != 1 || !b.Cols[0].Bool[0] || b.Cols[1].F64[0] != 1 {
		t.Errorf("got %v, %v, %v", value, b.Cols[0].Bool, b.Cols[1].F64)
	}
	if v, err := f.Value(0, &ibt.Var{Name: "Made up", Type: 9, Count: 1}); err != nil || !math.IsNaN(v) {
		t.Errorf("a type that does not exist gives %v, %v", v, err)
	}
}

func TestTypes(t *testing.T) {
	for typ, want := range map[ibt.Type]struct {
		size int
		name string
	}{
		ibt.TypeChar: {1, "char"}, ibt.TypeBool: {1, "bool"}, ibt.TypeInt: {4, "int"}, ibt.TypeBitField: {4, "bitField"},
		ibt.TypeFloat: {4, "float"}, ibt.TypeDouble: {8, "double"}, 6: {0, "type 6"}, -1: {0, "type -1"},
	} {
		if typ.Size() != want.size || typ.String() != want.name {
			t.Errorf("got %v of %d bytes, want %s of %d", typ, typ.Size(), want.name, want.size)
		}
	}
}

// TestFileCutWhileMapped truncates a file on disk under an open one, also so that the cut leaves part of a page, which
// raises no fault.
func TestFileCutWhileMapped(t *testing.T) {
	data := synthetic(t, 20_000, allTypes, sessionText)
	bufLen, bufOffset := get32(data, atBufLen), get32(data, atBufOffset)
	for name, left := range map[string]int{
		"far":              len(data) / 3,
		"at a page":        len(data) / 2 &^ 4095,
		"by a record":      len(data) - bufLen,
		"by a byte":        len(data) - 1,
		"to the first row": bufOffset,
	} {
		t.Run(name, func(t *testing.T) {
			path := writeTemp(t, data)
			f := openSettled(t, path)
			var b ibt.Batch
			all := ibt.Range{From: 0, To: f.Len()}
			if err := f.Read(&b, all, ibt.Floats("Speed")...); err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			for range 3 {
				wg.Go(func() {
					var b ibt.Batch
					for err := error(nil); err == nil; {
						err = f.Read(&b, all, ibt.Floats("Speed", "Lap")...)
					}
				})
			}
			if err := os.Truncate(path, int64(left)); err != nil {
				t.Fatal(err)
			}
			wg.Wait() // they end by an error
			var format *ibt.FormatError
			err := f.Read(&b, all, ibt.Floats("Speed")...)
			if err == nil || errors.As(err, &format) {
				t.Fatalf("got the error %v", err)
			}
			// What is left can be had after a second look.
			if err := f.Refresh(); err != nil {
				t.Fatal(err)
			}
			if want := (left - bufOffset) / bufLen; f.Len() != want {
				t.Fatalf("got %d rows, want %d", f.Len(), want)
			}
			checkValues(t, f)
		})
	}
}

func TestCloseWhileReading(t *testing.T) {
	data := synthetic(t, 20_000, allTypes, sessionText)
	for name, open := range map[string]func() *ibt.File{
		"mapped": func() *ibt.File { return openSettled(t, writeTemp(t, data)) },
		"read": func() *ibt.File {
			f, err := ibt.OpenFile(writeTemp(t, data))
			if err != nil {
				t.Fatal(err)
			}
			return f
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := open()
			var wg sync.WaitGroup
			started := make(chan struct{}, 100)
			for range 4 {
				wg.Go(func() {
					var b ibt.Batch
					for {
						err := f.Read(&b, ibt.Range{From: 0, To: f.Len()}, ibt.Floats("Speed", "Lap")...)
						if err != nil {
							if !errors.Is(err, os.ErrClosed) {
								t.Errorf("got the error %v", err)
							}
							return
						}
						select {
						case started <- struct{}{}:
						default:
						}
						_ = f.Refresh()
						_, _ = f.Session()
						_, _ = f.RowsForTime(0, 11, 12)
					}
				})
			}
			<-started
			if err := f.Close(); err != nil {
				t.Error(err)
			}
			wg.Wait()
			if err := f.Refresh(); !errors.Is(err, os.ErrClosed) {
				t.Errorf("a closed file can be refreshed: %v", err)
			}
		})
	}
}

// TestGrowingFile follows a file as the sim writes it.
func TestGrowingFile(t *testing.T) {
	path := writeTemp(t, nil)
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	w, err := ibt.NewWriter(file, ibt.WriterOptions{Vars: allTypes, Session: []byte(sessionText)})
	if err != nil {
		t.Fatal(err)
	}
	f, err := ibt.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	expect := func(rows int, closed bool) {
		t.Helper()
		if err := f.Refresh(); err != nil {
			t.Fatal(err)
		}
		if f.Len() != rows || f.Closed() != closed {
			t.Fatalf("got %d rows, closed: %t, want %d, %t", f.Len(), f.Closed(), rows, closed)
		}
		checkValues(t, f)
	}
	expect(0, false)
	writeRecords(t, w, 0, 10)
	expect(10, false)

	// The sim's buffer ends where it ends, mostly within a record.
	whole := synthetic(t, 12, allTypes, sessionText)
	bufLen, bufOffset := f.Header().BufLen, f.Header().BufOffset
	if _, err := file.Write(whole[bufOffset+10*bufLen : bufOffset+11*bufLen-7]); err != nil {
		t.Fatal(err)
	}
	expect(10, false)
	if _, err := file.Write(whole[bufOffset+11*bufLen-7 : bufOffset+11*bufLen+1]); err != nil {
		t.Fatal(err)
	}
	expect(11, false)
	if err := file.Truncate(int64(bufOffset + 11*bufLen)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	expect(11, true)
	if d := f.DiskHeader(); d.Records != 10 || d.EndTime != recordTime(9) {
		t.Errorf("got the sub header %+v", d)
	}
}

// TestGrowsWhileMapped lets a file that was mapped grow after all.
func TestGrowsWhileMapped(t *testing.T) {
	data := synthetic(t, 500, allTypes, sessionText)
	cut := get32(data, atBufOffset) + 200*get32(data, atBufLen)
	path := writeTemp(t, data[:cut])
	f := openSettled(t, path)
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(data[cut:]); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if f.Len() != 200 {
		t.Errorf("got %d rows before a second look", f.Len())
	}
	if err := f.Refresh(); err != nil {
		t.Fatal(err)
	}
	if f.Len() != 500 {
		t.Errorf("got %d rows", f.Len())
	}
	checkValues(t, f)
}

func TestRefreshNoticesAnotherFile(t *testing.T) {
	base := synthetic(t, 20, allTypes, sessionText)
	progress := patched(base, atRecords, 0)
	for name, c := range map[string]struct{ before, after []byte }{
		"other channels":       {base, synthetic(t, 20, allTypes[:5], sessionText)},
		"other recording":      {base, patched(base, atStartDate, 1)},
		"shorter than headers": {base, base[:100]},
		"empty":                {progress, nil},
	} {
		t.Run(name, func(t *testing.T) {
			path := writeTemp(t, c.before)
			f, err := ibt.OpenFile(path)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			if err := os.WriteFile(path, c.after, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := f.Refresh(); err == nil {
				t.Error("it was not noticed")
			}
		})
	}
}

// drops is a file of three sessions, numbered 0, 1 and 3, in each of which SessionTime begins anew, with ticks missing.
func drops(tb testing.TB, records int) (data []byte, num []int, times []float64) {
	tb.Helper()
	m := &ibttest.Memory{}
	w, err := ibt.NewWriter(m, ibt.WriterOptions{Vars: allTypes})
	if err != nil {
		tb.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for s, session := range []int{0, 1, 3} {
		tick := 100 * (2 - s)
		for range records {
			tick++
			for rng.IntN(20) == 0 {
				tick++
			}
			num, times = append(num, session), append(times, float64(tick)/60)
			w.Set(0, float64(tick)/60)
			w.Set(1, float64(session))
			if err := w.WriteRecord(); err != nil {
				tb.Fatal(err)
			}
		}
	}
	return m.Data, num, times
}

func TestRowsForTime(t *testing.T) {
	data, num, times := drops(t, 400)
	f := open(t, data)
	want := func(session int, from, to float64) (r ibt.Range) {
		for i := range times {
			if num[i] == session && times[i] >= from && times[i] < to {
				if r.Len() == 0 {
					r.From = i
				}
				r.To = i + 1
			}
		}
		return r
	}
	rng := rand.New(rand.NewPCG(5, 6))
	bound := func() float64 {
		x := -1 + 11*rng.Float64()
		if rng.IntN(2) == 0 {
			x = times[rng.IntN(len(times))]
		}
		return x
	}
	for range 2000 {
		session, from, to := rng.IntN(5)-1, bound(), bound()
		got, err := f.RowsForTime(session, from, to)
		if err != nil {
			t.Fatal(err)
		}
		if w := want(session, from, to); got.Len() != w.Len() || got.Len() > 0 && got != w {
			t.Fatalf("session %d from %v to %v gives %v, want %v", session, from, to, got, w)
		}
		if got.From < 0 || got.To < got.From || got.To > f.Len() {
			t.Fatalf("got the rows %v of %d", got, f.Len())
		}
	}
	for _, c := range []struct {
		session  int
		from, to float64
		rows     int
	}{
		{0, math.Inf(-1), math.Inf(1), 400},
		{3, 0, math.Inf(1), 400},
		{2, math.Inf(-1), math.Inf(1), 0},
		{-1, math.Inf(-1), math.Inf(1), 0},
		{math.MaxInt, math.Inf(-1), math.Inf(1), 0},
		{0, math.NaN(), math.Inf(1), 0},
		{0, math.NaN(), math.NaN(), 0},
		{0, math.Inf(1), math.Inf(-1), 0},
	} {
		got, err := f.RowsForTime(c.session, c.from, c.to)
		if err != nil || got.Len() != c.rows {
			t.Errorf("session %d from %v to %v gives %v, %v", c.session, c.from, c.to, got, err)
		}
	}
}

func TestRowsForTimeOfOddFiles(t *testing.T) {
	// No session number, as in none that was seen: the times alone count.
	f := open(t, synthetic(t, 60, []ibt.Var{{Name: "SessionTime", Type: ibt.TypeDouble}}, ""))
	if r, err := f.RowsForTime(7, recordTime(10), recordTime(20)); err != nil || r != (ibt.Range{From: 10, To: 20}) {
		t.Errorf("got %v, %v", r, err)
	}
	f = open(t, synthetic(t, 60, []ibt.Var{{Name: "SessionNum", Type: ibt.TypeInt}}, ""))
	var channel *ibt.ChannelError
	if _, err := f.RowsForTime(0, 0, 1); !errors.As(err, &channel) || channel.Name != "SessionTime" {
		t.Errorf("got the error %v", err)
	}
	// Times that are no numbers: any rows will do, if they are in the file.
	m := &ibttest.Memory{}
	w, err := ibt.NewWriter(m, ibt.WriterOptions{Vars: []ibt.Var{{Name: "SessionTime", Type: ibt.TypeDouble}}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		x := float64(i)
		if i%3 == 0 {
			x = math.NaN()
		}
		w.Set(0, x)
		if err := w.WriteRecord(); err != nil {
			t.Fatal(err)
		}
	}
	f = open(t, m.Data)
	if r, err := f.RowsForTime(0, 20, 40); err != nil || r.From < 0 || r.To < r.From || r.To > 100 {
		t.Errorf("got %v, %v", r, err)
	}
}
