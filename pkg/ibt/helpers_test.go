package ibt_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
)

// allTypes are channels of every type, with both kinds of array; the record has an odd length as most real ones do.
var allTypes = []ibt.Var{
	{Name: "SessionTime", Type: ibt.TypeDouble, Unit: "s", Desc: "Seconds since session start"},
	{Name: "SessionNum", Type: ibt.TypeInt, Desc: "Session number"},
	{Name: "Lap", Type: ibt.TypeInt, Desc: "Laps started count"},
	{Name: "IsOnTrack", Type: ibt.TypeBool},
	{Name: "Speed", Type: ibt.TypeFloat, Unit: "m/s", Desc: "GPS vehicle speed"},
	{Name: "SessionFlags", Type: ibt.TypeBitField, Unit: "irsdk_Flags"},
	{Name: "SteeringWheelTorque", Type: ibt.TypeFloat, Unit: "N*m"},
	{Name: "SteeringWheelTorque_ST", Type: ibt.TypeFloat, Count: 6, CountAsTime: true, Unit: "N*m"},
	{Name: "Grade", Type: ibt.TypeChar},
	{Name: "Label", Type: ibt.TypeChar, Count: 3},
	{Name: "CarIdxLap", Type: ibt.TypeInt, Count: 4},
	{Name: "CarIdxFlags", Type: ibt.TypeBitField, Count: 2},
	{Name: "CarIdxOnPitRoad", Type: ibt.TypeBool, Count: 2},
	{Name: "CarIdxEstTime", Type: ibt.TypeDouble, Count: 2},
}

const sessionText = `---
WeekendInfo:
 TrackName: bristol
 TrackDisplayName: Bristol Motor Speedway
 WeekendOptions:
  NumStarters: 0
  Date: 2025-11-22
  TimeOfDay: 2:30 pm

SessionInfo:
 Sessions:
 - SessionNum: 0
   SessionType: Practice
   ResultsPositions:
 - SessionNum: 1
   SessionType: Race
   ResultsPositions:
   - Position: 1
     CarIdx: 7

DriverInfo:
 DriverCarIdx: 7
 Drivers:
 - CarIdx: 0
   UserName: Pace Car
   CarNumber: "0"
 - CarIdx: 7
   UserName: Ann Example
   TeamName: Team Example
   CarNumber: "07"

...
`

// record gives what row i of a synthetic file holds in the scalar channels.
func recordTime(i int) float64 { return 10 + float64(i)/60 }

// synthetic is a closed file of the given number of records over vars.
func synthetic(tb testing.TB, records int, vars []ibt.Var, session string) []byte {
	tb.Helper()
	m := &ibttest.Memory{}
	w, err := ibt.NewWriter(m, ibt.WriterOptions{
		Vars: vars, Session: []byte(session), StartDate: time.Unix(1_762_472_343, 0),
	})
	if err != nil {
		tb.Fatal(err)
	}
	writeRecords(tb, w, 0, records)
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return m.Data
}

// writeRecords writes rows from to to-1 with values that differ from row to row and from element to element.
func writeRecords(tb testing.TB, w *ibt.Writer, from, to int) {
	tb.Helper()
	for i := from; i < to; i++ {
		for c, v := range w.Vars() {
			for k := range v.Count {
				w.SetAt(c, k, cell(&v, i, k))
			}
		}
		if err := w.WriteRecord(); err != nil {
			tb.Fatal(err)
		}
	}
}

// cell is the value of element k of a channel in row i of a synthetic file. Every type can hold it exactly.
func cell(v *ibt.Var, i, k int) float64 {
	switch v.Name {
	case "SessionTime":
		return recordTime(i)
	case "SessionNum":
		return 0
	case "Lap":
		return float64(i / 100)
	case "SteeringWheelTorque":
		return float64(float32(i%997)) / 8
	case "SteeringWheelTorque_ST":
		return float64(i%997)/8 - float64(5-k)/64
	case "SessionFlags":
		return float64(uint32(0x80000000) + uint32(i))
	}
	switch v.Type {
	case ibt.TypeBool:
		return float64((i + k) % 2)
	case ibt.TypeChar:
		return float64((i + 7*k) % 251)
	case ibt.TypeFloat:
		return float64(i%4099)/4 - float64(k)
	case ibt.TypeDouble:
		return float64(i)/3 + float64(k)
	case ibt.TypeInt:
		return float64(10*i - k)
	case ibt.TypeBitField:
		return float64(uint32(10*i + k))
	}
	return math.NaN()
}

// readOnly hides that a source can be looked at in place.
type readOnly struct{ ibt.Source }

// sourceKinds open the same bytes in each way that a file can be held.
func sourceKinds(tb testing.TB, data []byte) map[string]*ibt.File {
	tb.Helper()
	files := make(map[string]*ibt.File)
	for name, src := range map[string]ibt.Source{
		"slice":    ibt.Bytes(data),
		"ReaderAt": readOnly{ibt.Bytes(data)},
	} {
		f, err := ibt.Open(src)
		if err != nil {
			tb.Fatalf("%s: %v", name, err)
		}
		files[name] = f
	}
	files["mapped"] = openSettled(tb, writeTemp(tb, data))
	fresh, err := ibt.OpenFile(writeTemp(tb, data))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = fresh.Close() })
	files["read"] = fresh
	return files
}

func writeTemp(tb testing.TB, data []byte) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "car_track 2025-11-06 17-39-03.ibt")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// settle makes a file look as if it had been left alone for long, which is when it is mapped.
func settle(tb testing.TB, path string) {
	tb.Helper()
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, old, old); err != nil {
		tb.Fatal(err)
	}
}

func openSettled(tb testing.TB, path string) *ibt.File {
	tb.Helper()
	settle(tb, path)
	f, err := ibt.OpenFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = f.Close() })
	return f
}

func open(tb testing.TB, data []byte) *ibt.File {
	tb.Helper()
	f, err := ibt.Open(ibt.Bytes(data))
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

// corpus are the real files in the folder that IBT_CORPUS names, by file name.
func corpus(tb testing.TB) map[string][]byte {
	tb.Helper()
	dir := os.Getenv("IBT_CORPUS")
	if dir == "" {
		tb.Skip("IBT_CORPUS names no folder with real files")
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.ibt"))
	if err != nil || len(paths) == 0 {
		tb.Fatalf("no files in %s: %v", dir, err)
	}
	files := make(map[string][]byte)
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			tb.Fatal(err)
		}
		files[filepath.Base(p)] = data
	}
	return files
}

// equalValues compares what two reads of the same channels gave, bit for bit.
func equalValues(a, b *ibt.Batch) error {
	if a.Rows != b.Rows || len(a.Cols) != len(b.Cols) {
		return fmt.Errorf("rows %v and %v, %d and %d columns", a.Rows, b.Rows, len(a.Cols), len(b.Cols))
	}
	for i := range a.Cols {
		x, y := &a.Cols[i], &b.Cols[i]
		same := x.Per == y.Per &&
			slices.EqualFunc(x.F64, y.F64, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) }) &&
			slices.EqualFunc(x.F32, y.F32, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) }) &&
			slices.Equal(x.I32, y.I32) && slices.Equal(x.U32, y.U32) &&
			slices.Equal(x.Bool, y.Bool) && slices.Equal(x.Char, y.Char)
		if !same {
			return fmt.Errorf("the values of %s differ", x.Var.Name)
		}
	}
	return nil
}
