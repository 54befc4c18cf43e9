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
	out := make([]float64, len(values))
	gaps := false
	// Digits far behind the ones that are shown only make the answer longer.
	precision := math.Pow10(int(d.Decimals) + 3)
	for i, v := range values {
		out[i] = math.Round(d.Value(v)*precision) / precision
		gaps = gaps || math.IsNaN(out[i]) || math.IsInf(out[i], 0)
	}
	var field *data.Field
	if gaps {
		nullable := make([]*float64, len(out))
		for i := range out {
			if !math.IsNaN(out[i]) && !math.IsInf(out[i], 0) {
				nullable[i] = &out[i]
			}
		}
		field = data.NewField(name, nil, nullable)
	} else {
		field = data.NewField(name, nil, out)
	}
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
