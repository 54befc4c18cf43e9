package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

var tableColumns = []store.Column{
	{Name: "time", Type: "timestamp with time zone", About: "when it was"},
	{Name: "driver", Type: "text"},
	{Name: "position", Type: "smallint"},
	{Name: "cust_id", Type: "bigint"},
	{Name: "gap_seconds", Type: "double precision"},
	{Name: "share", Type: "real"},
	{Name: "own", Type: "boolean"},
	{Name: "day", Type: "date"},
	{Name: "sectors", Type: "double precision[]"},
	{Name: "names", Type: "text[]"},
}

var tableRows = [][]any{
	{
		time.Date(2026, 11, 1, 18, 4, 52, 123456000, time.FixedZone("here", 3600)), "Driver 48213", int16(3), int64(990191), 12.5, float32(0.25), true,
		time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
		[]any{1.5, 2.5},
		[]any{"a,b", `c"d`},
	},
	{nil, nil, nil, nil, nil, nil, nil, nil, nil, nil},
	{time.Unix(0, 0), "", int16(0), int64(0), math.NaN(), float32(0), false, time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC), []any{}, []any{}},
}

func writeTable(t *testing.T, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	table := newTable(format, &b)
	err := table.begin("v_test", tableColumns)
	for _, row := range tableRows {
		err = errors.Join(err, table.row(row))
	}
	if err = errors.Join(err, table.end()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCSV(t *testing.T) {
	rows, err := csv.NewReader(bytes.NewReader(writeTable(t, "csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"time", "driver", "position", "cust_id", "gap_seconds", "share", "own", "day", "sectors", "names"},
		{"2026-11-01T17:04:52.123456Z", "Driver 48213", "3", "990191", "12.5", "0.25", "true", "2026-11-01", "[1.5,2.5]", `["a,b","c\"d"]`},
		{"", "", "", "", "", "", "", "", "", ""},
		{"1970-01-01T00:00:00Z", "", "0", "0", "", "0", "false", "1969-12-31", "[]", "[]"},
	}
	for i := range want {
		for j := range want[i] {
			if rows[i][j] != want[i][j] {
				t.Errorf("row %d, %s: %q, not %q", i, want[0][j], rows[i][j], want[i][j])
			}
		}
	}
}

// What another program reads out of the Parquet file is what went in.
func TestParquet(t *testing.T) {
	type row struct {
		Time     *time.Time `parquet:"time,optional,timestamp(microsecond)"`
		Driver   *string    `parquet:"driver,optional"`
		Position *int32     `parquet:"position,optional"`
		Cust     *int64     `parquet:"cust_id,optional"`
		Gap      *float64   `parquet:"gap_seconds,optional"`
		Share    *float32   `parquet:"share,optional"`
		Own      *bool      `parquet:"own,optional"`
		Day      *int32     `parquet:"day,optional,date"`
		Sectors  []float64  `parquet:"sectors,list,optional"`
		Names    []string   `parquet:"names,list,optional"`
	}
	raw := writeTable(t, "parquet")
	file, err := parquet.OpenFile(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	if about, _ := file.Lookup("comment.time"); about != "when it was" {
		t.Errorf("the comment of a column is %q", about)
	}
	got := make([]row, 3)
	if n, err := parquet.NewGenericReader[row](file).Read(got); n != 3 || err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(n, err)
	}
	a := got[0]
	if !a.Time.Equal(tableRows[0][0].(time.Time)) || *a.Driver != "Driver 48213" || *a.Position != 3 || *a.Cust != 990191 || *a.Gap != 12.5 || *a.Share != 0.25 || !*a.Own ||
		*a.Day != 20758 || len(a.Sectors) != 2 || a.Sectors[1] != 2.5 || len(a.Names) != 2 || a.Names[1] != `c"d` {
		t.Errorf("the first row is %+v", a)
	}
	if b := got[1]; b.Time != nil || b.Driver != nil || b.Position != nil || b.Cust != nil || b.Gap != nil || b.Share != nil || b.Own != nil || b.Day != nil || len(b.Sectors)+len(b.Names) > 0 {
		t.Errorf("a row of nulls is %+v", b)
	}
	if c := got[2]; c.Time == nil || c.Driver == nil || *c.Driver != "" || c.Position == nil || *c.Position != 0 || c.Gap != nil || c.Own == nil || *c.Own || *c.Day != -1 || len(c.Sectors) != 0 {
		t.Errorf("a row of zeros is %+v", c)
	}
	var empty bytes.Buffer
	table := newTable("parquet", &empty)
	if err := errors.Join(table.begin("v_test", tableColumns), table.end()); err != nil {
		t.Fatal(err)
	}
	if file, err := parquet.OpenFile(bytes.NewReader(empty.Bytes()), int64(empty.Len())); err != nil || file.NumRows() != 0 {
		t.Errorf("a table without rows: %v", err)
	}
}
