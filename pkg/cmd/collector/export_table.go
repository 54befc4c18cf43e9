package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// table is a file of rows. begin comes first, once.
type table interface {
	begin(view string, columns []store.Column) error
	row(values []any) error
	end() error
}

// asDates writes days as days and not as the moment that they begin.
func asDates(columns []store.Column) (dates []bool) {
	for _, c := range columns {
		dates = append(dates, c.Type == "date")
	}
	return dates
}

// newTable makes a table in one of the formats of --format.
func newTable(format string, w io.Writer) table {
	if format == "parquet" {
		return &parquetTable{w: w}
	}
	return &csvTable{w: csv.NewWriter(w)}
}

// csvTable is comma-separated text with the names of the columns in its first line. Times are in RFC 3339 and UTC, lists
// are JSON, and what is not known is empty.
type csvTable struct {
	w      *csv.Writer
	record []string
	dates  []bool // columns of days
}

func (t *csvTable) begin(_ string, columns []store.Column) error {
	t.record, t.dates = make([]string, len(columns)), asDates(columns)
	for i, c := range columns {
		t.record[i] = c.Name
	}
	return t.w.Write(t.record)
}

func (t *csvTable) row(values []any) error {
	for i, v := range values {
		var err error
		if day, ok := v.(time.Time); ok && t.dates[i] {
			t.record[i] = day.Format(time.DateOnly)
		} else if t.record[i], err = csvText(v); err != nil {
			return err
		}
	}
	return t.w.Write(t.record)
}

func (t *csvTable) end() error {
	t.w.Flush()
	return t.w.Error()
}

// isNaN tells a number that is not known.
func isNaN(v any) bool {
	switch v := v.(type) {
	case float32:
		return math.IsNaN(float64(v))
	case float64:
		return math.IsNaN(v)
	}
	return false
}

func csvText(v any) (string, error) {
	if isNaN(v) {
		return "", nil
	}
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano), nil
	case float32:
		return strconv.FormatFloat(float64(v), 'g', -1, 32), nil
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), nil
	case bool, int16, int32, int64:
		return fmt.Sprint(v), nil
	}
	b, err := json.Marshal(v)
	return string(b), err
}

// rowGroup is how many rows of a Parquet file stand together; what is read of a file is at least one such group.
const rowGroup = 100_000

// parquetTable is a Parquet file, compressed with zstd, whose columns may all be null and carry their comments in the
// file's metadata as the comment of the column.
type parquetTable struct {
	w      io.Writer
	model  reflect.Type
	schema *parquet.Schema
	file   *parquet.GenericWriter[any]
	batch  []parquet.Row
	n      int64
}

// parquetTypes are the types of a view's columns by what PostgreSQL calls them, with what their tag says more.
var parquetTypes = map[string]struct {
	of  reflect.Type
	tag string
}{
	"boolean":                     {reflect.TypeFor[bool](), ""},
	"smallint":                    {reflect.TypeFor[int32](), ""},
	"integer":                     {reflect.TypeFor[int32](), ""},
	"bigint":                      {reflect.TypeFor[int64](), ""},
	"real":                        {reflect.TypeFor[float32](), ""},
	"double precision":            {reflect.TypeFor[float64](), ""},
	"numeric":                     {reflect.TypeFor[float64](), ""},
	"timestamp with time zone":    {reflect.TypeFor[int64](), ",timestamp(microsecond)"},
	"timestamp without time zone": {reflect.TypeFor[int64](), ",timestamp(microsecond)"},
	"date":                        {reflect.TypeFor[int32](), ",date"},
}

func (t *parquetTable) begin(view string, columns []store.Column) error {
	fields := make([]reflect.StructField, len(columns))
	for i, c := range columns {
		// Names of fields are ours; those of columns are in the tags.
		f := reflect.StructField{Name: fmt.Sprintf("C%d", i)}
		if element, ok := strings.CutSuffix(c.Type, "[]"); ok {
			known, ok := parquetTypes[element]
			if !ok || known.tag != "" {
				known.of = reflect.TypeFor[string]()
			}
			f.Type, f.Tag = reflect.SliceOf(known.of), reflect.StructTag(fmt.Sprintf(`parquet:"%s,list,optional,zstd"`, c.Name))
		} else {
			known, ok := parquetTypes[c.Type]
			if !ok {
				known.of, known.tag = reflect.TypeFor[string](), ",dict"
			}
			f.Type, f.Tag = reflect.PointerTo(known.of), reflect.StructTag(fmt.Sprintf(`parquet:"%s,optional,zstd%s"`, c.Name, known.tag))
		}
		fields[i] = f
	}
	t.model = reflect.StructOf(fields)
	t.schema = parquet.NewSchema(view, parquet.SchemaOf(reflect.New(t.model).Interface()))
	options := []parquet.WriterOption{t.schema}
	for _, c := range columns {
		if c.About != "" {
			options = append(options, parquet.KeyValueMetadata("comment."+c.Name, c.About))
		}
	}
	t.file = parquet.NewGenericWriter[any](t.w, options...)
	return nil
}

func (t *parquetTable) row(values []any) error {
	row := reflect.New(t.model)
	for i, v := range values {
		if v == nil {
			continue
		}
		if err := setParquet(row.Elem().Field(i), v); err != nil {
			return err
		}
	}
	t.batch = append(t.batch, t.schema.Deconstruct(nil, row.Interface()))
	if len(t.batch) < 1000 {
		return nil
	}
	return t.flush()
}

func (t *parquetTable) flush() error {
	if _, err := t.file.WriteRows(t.batch); err != nil {
		return err
	}
	t.n += int64(len(t.batch))
	t.batch = t.batch[:0]
	if t.n >= rowGroup {
		t.n = 0
		return t.file.Flush()
	}
	return nil
}

func (t *parquetTable) end() error {
	if t.file == nil {
		return nil
	}
	if err := t.flush(); err != nil {
		return err
	}
	return t.file.Close()
}

// setParquet puts a value of a view into a field of the model.
func setParquet(field reflect.Value, v any) error {
	if field.Kind() == reflect.Slice {
		from := reflect.ValueOf(v)
		if from.Kind() != reflect.Slice {
			return fmt.Errorf("a list holds %T", v)
		}
		list := reflect.MakeSlice(field.Type(), from.Len(), from.Len())
		for i := range from.Len() {
			if err := assign(list.Index(i), from.Index(i).Interface()); err != nil {
				return err
			}
		}
		field.Set(list)
		return nil
	}
	if isNaN(v) {
		return nil
	}
	p := reflect.New(field.Type().Elem())
	if err := assign(p.Elem(), v); err != nil {
		return err
	}
	field.Set(p)
	return nil
}

func assign(to reflect.Value, v any) error {
	from := reflect.ValueOf(v)
	if at, ok := v.(time.Time); ok {
		switch to.Kind() {
		case reflect.Int64:
			to.SetInt(at.UnixMicro())
			return nil
		case reflect.Int32: // days since 1970
			to.SetInt(int64(math.Floor(float64(at.Unix()) / 86400)))
			return nil
		}
		v = at.UTC().Format(time.RFC3339Nano)
		from = reflect.ValueOf(v)
	}
	switch {
	case to.Kind() == reflect.String && from.Kind() != reflect.String:
		text, err := csvText(v)
		to.SetString(text)
		return err
	case v == nil:
		return nil // a list holds no nulls; numbers are 0 in their place
	case from.CanConvert(to.Type()):
		to.Set(from.Convert(to.Type()))
		return nil
	}
	return fmt.Errorf("a column of %s holds %T", to.Type(), v)
}
