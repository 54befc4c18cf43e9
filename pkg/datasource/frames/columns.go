package frames

import (
	"math"
	"strconv"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
)

// Columns makes the fields of a frame from a list of things, one row each. Fields of numbers may hold nulls whatever they
// happen to hold, so that the types of a frame do not change with its content.
type Columns[T any] struct {
	Rows   []T
	Fields []*data.Field
}

// Of begins the columns of some rows.
func Of[T any](rows []T) *Columns[T] { return &Columns[T]{Rows: rows} }

// Number is a column of numbers, shown as d tells; NaN is none.
func (c *Columns[T]) Number(name, title string, d Display, of func(*T) float64) *data.Field {
	values := make([]float64, len(c.Rows))
	for i := range c.Rows {
		values[i] = of(&c.Rows[i])
	}
	return c.Add(NullableNumbers(name, title, values, d))
}

// Count is a whole number that is always known.
func (c *Columns[T]) Count(name, title string, of func(*T) int) *data.Field {
	return c.Number(name, title, Count, func(row *T) float64 { return float64(of(row)) })
}

// Place is a position, or anything else that counts from 1; 0 is none.
func (c *Columns[T]) Place(name, title string, of func(*T) int) *data.Field {
	return c.Number(name, title, Count, func(row *T) float64 { return Place(of(row)) })
}

// Text is a column of texts.
func (c *Columns[T]) Text(name, title string, of func(*T) string) *data.Field {
	return c.Add(Column(name, title, gather(c.Rows, of)))
}

// Lap is a lap time in seconds twice: as drivers read it, and as a number to sort and compare by. What is not positive is
// none.
func (c *Columns[T]) Lap(name, title string, of func(*T) float64) {
	c.Twin(name, title, func(row *T) string { return LapTime(of(row)) }, func(row *T) float64 { return Positive(of(row)) })
}

// Twin is a time in seconds under a name, and before it a text that says the same to a reader.
func (c *Columns[T]) Twin(name, title string, text func(*T) string, seconds func(*T) float64) {
	c.Text(name+"Text", title, text)
	c.Number(name, title+", s", Seconds, seconds)
}

// Flag is a column of yes and no.
func (c *Columns[T]) Flag(name, title string, of func(*T) bool) *data.Field {
	return c.Add(Column(name, title, gather(c.Rows, of)))
}

// ID is iRacing's number for a thing that is no person, for links. It is a text, so that no panel draws, rounds or
// abbreviates it.
func (c *Columns[T]) ID(name, title string, of func(*T) int64) *data.Field {
	return c.Text(name, title, func(row *T) string { return ID(of(row)) })
}

// When is a time; the zero time is none.
func (c *Columns[T]) When(name, title string, of func(*T) time.Time) *data.Field {
	values := make([]*time.Time, len(c.Rows))
	for i := range c.Rows {
		if t := of(&c.Rows[i]).UTC(); !t.IsZero() {
			values[i] = &t
		}
	}
	field := data.NewField(name, nil, values)
	field.Config = &data.FieldConfig{DisplayNameFromDS: title}
	return c.Add(field)
}

// Axis is the time field of a time series or a log, where no time is missing.
func (c *Columns[T]) Axis(name string, of func(*T) time.Time) *data.Field {
	return c.Add(Column(name, "Time", gather(c.Rows, func(row *T) time.Time { return of(row).UTC() })))
}

// Add appends a field that was made elsewhere.
func (c *Columns[T]) Add(field *data.Field) *data.Field {
	c.Fields = append(c.Fields, field)
	return field
}

// Frame is a frame of the columns.
func (c *Columns[T]) Frame(name string, kind data.FrameType) *data.Frame {
	return New(name, kind, "", c.Fields...)
}

// Frames is the answer that is this one frame.
func (c *Columns[T]) Frames(name string, kind data.FrameType) data.Frames {
	return data.Frames{c.Frame(name, kind)}
}

func gather[T, V any](rows []T, of func(*T) V) []V {
	values := make([]V, len(rows))
	for i := range rows {
		values[i] = of(&rows[i])
	}
	return values
}

// Place is a position or a count from 1 as a number; NaN for none.
func Place(n int) float64 {
	if n < 1 {
		return math.NaN()
	}
	return float64(n)
}

// Counted is a number of things; NaN for -1, which says that nobody counted.
func Counted(n int) float64 {
	if n < 0 {
		return math.NaN()
	}
	return float64(n)
}

// Positive is a number above 0; NaN for all others.
func Positive(v float64) float64 {
	if v > 0 {
		return v
	}
	return math.NaN()
}

// LapTime is a lap time in seconds as drivers write it; empty for none.
func LapTime(seconds float64) string { return analysis.FormatLapTime(Positive(seconds)) }

// ID is a number that stands for a thing, as a text; empty for none.
func ID(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
