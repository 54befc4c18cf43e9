// Package frames builds the frames that every kind of query answers in: fields with their names, units and decimals in
// the field config, so that a panel needs no set-up of its own.
package frames

import (
	"math"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// Numbers is a field of floats, shown as d tells. NaN, which no panel draws well, becomes null.
func Numbers(name, title string, values []float64, d Display) *data.Field {
	out, gaps := shown(values, d)
	if gaps {
		return numbers(name, title, nullable(out), d)
	}
	return numbers(name, title, out, d)
}

// NullableNumbers is the same of a type that does not depend on whether there are gaps.
func NullableNumbers(name, title string, values []float64, d Display) *data.Field {
	out, _ := shown(values, d)
	return numbers(name, title, nullable(out), d)
}

// shown are values in the unit that is shown, and whether some of them are none.
func shown(values []float64, d Display) (out []float64, gaps bool) {
	out = make([]float64, len(values))
	// Digits far behind the ones that are shown only make the answer longer.
	precision := math.Pow10(int(d.Decimals) + 3)
	for i, v := range values {
		out[i] = math.Round(d.Value(v)*precision) / precision
		gaps = gaps || !finite(out[i])
	}
	return out, gaps
}

func nullable(values []float64) []*float64 {
	out := make([]*float64, len(values))
	for i := range values {
		if finite(values[i]) {
			out[i] = &values[i]
		}
	}
	return out
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func numbers[T float64 | *float64](name, title string, values []T, d Display) *data.Field {
	field := data.NewField(name, nil, values)
	field.Config = d.Config()
	field.Config.DisplayNameFromDS = title
	return field
}

// Column is a field of anything else.
func Column[T string | bool | int64 | time.Time](name, title string, values []T) *data.Field {
	field := data.NewField(name, nil, values)
	field.Config = &data.FieldConfig{DisplayNameFromDS: title}
	return field
}

// Notice adds remarks to a frame, which Grafana shows at the corner of the panel.
func Notice(frame *data.Frame, severity data.NoticeSeverity, texts ...string) {
	for _, text := range texts {
		frame.AppendNotices(data.Notice{Severity: severity, Text: text})
	}
}

// New is a frame of one kind with what was read to make it.
func New(name string, kind data.FrameType, read string, fields ...*data.Field) *data.Frame {
	frame := data.NewFrame(name, fields...)
	frame.Meta = &data.FrameMeta{Type: kind, ExecutedQueryString: read}
	if kind != "" {
		frame.Meta.TypeVersion = data.FrameTypeVersion{0, 1}
	}
	return frame
}
