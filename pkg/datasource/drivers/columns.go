package drivers

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// columns makes the fields of a frame from a list of things, one row each.
type columns[T any] struct {
	rows   []T
	fields []*data.Field
}

func (c *columns[T]) number(name, title string, d frames.Display, of func(*T) float64) *data.Field {
	values := make([]float64, len(c.rows))
	for i := range c.rows {
		values[i] = of(&c.rows[i])
	}
	return c.add(nullable(frames.Numbers(name, title, values, d)))
}

// count is a whole number that is always known.
func (c *columns[T]) count(name, title string, of func(*T) int) *data.Field {
	return c.number(name, title, frames.Count, func(row *T) float64 { return float64(of(row)) })
}

// place is a position from 1; 0 is none.
func (c *columns[T]) place(name, title string, of func(*T) int) *data.Field {
	return c.number(name, title, frames.Count, func(row *T) float64 { return place(of(row)) })
}

func (c *columns[T]) text(name, title string, of func(*T) string) *data.Field {
	return c.add(column(name, title, c.rows, of))
}

// lap is a lap time twice: as drivers read it, and as a number to sort and compare by.
func (c *columns[T]) lap(name, title string, of func(*T) float64) {
	c.text(name, title, func(row *T) string { return analysis.FormatLapTime(positive(of(row))) })
	c.number(name+"Seconds", title+" (s)", frames.Seconds, func(row *T) float64 { return positive(of(row)) })
}

func (c *columns[T]) flag(name, title string, of func(*T) bool) *data.Field {
	return c.add(column(name, title, c.rows, of))
}

// id is iRacing's number for a thing that is no person, for links. It is a text, so that no panel draws it.
func (c *columns[T]) id(name, title string, of func(*T) int64) *data.Field {
	return c.text(name, title, func(row *T) string {
		if n := of(row); n != 0 {
			return strconv.FormatInt(n, 10)
		}
		return ""
	})
}

// when is a time; the zero time is none.
func (c *columns[T]) when(name, title string, of func(*T) time.Time) *data.Field {
	values := make([]*time.Time, len(c.rows))
	for i := range c.rows {
		if t := of(&c.rows[i]).UTC(); !t.IsZero() {
			values[i] = &t
		}
	}
	field := data.NewField(name, nil, values)
	field.Config = &data.FieldConfig{DisplayNameFromDS: title}
	return c.add(field)
}

// axis is the time field of a time series.
func (c *columns[T]) axis(of func(*T) time.Time) *data.Field {
	return c.add(column("time", "Time", c.rows, func(row *T) time.Time { return of(row).UTC() }))
}

func (c *columns[T]) add(field *data.Field) *data.Field {
	c.fields = append(c.fields, field)
	return field
}

func (c *columns[T]) frame(name string, kind data.FrameType) data.Frames {
	return data.Frames{frames.New(name, kind, "", c.fields...)}
}

func column[T any, V string | bool | int64 | time.Time](name, title string, rows []T, of func(*T) V) *data.Field {
	values := make([]V, len(rows))
	for i := range rows {
		values[i] = of(&rows[i])
	}
	return frames.Column(name, title, values)
}

// nullable makes a field of numbers that may be null, so that its type does not change with what it happens to hold.
func nullable(field *data.Field) *data.Field {
	if field.Nullable() {
		return field
	}
	values := make([]*float64, field.Len())
	for i := range values {
		v := field.At(i).(float64)
		values[i] = &v
	}
	out := data.NewField(field.Name, field.Labels, values)
	out.Config = field.Config
	return out
}

func place(n int) float64 {
	if n < 1 {
		return math.NaN()
	}
	return float64(n)
}

func positive(v float64) float64 {
	if v > 0 {
		return v
	}
	return math.NaN()
}

// The displays of this package's columns.
var (
	share   = frames.Display{Unit: "percentunit", Decimals: 1}
	means   = frames.Display{Unit: "none", Decimals: 1}
	ratings = frames.Display{Unit: "none", Decimals: 0}
	safety  = frames.Display{Unit: "none", Decimals: 2}
)

// signed shows a gain with its sign and green, a loss red.
func signed(field *data.Field) *data.Field { return shade(field, "green", "red") }

// slower shows what is more than the rival's with its sign and red, less green.
func slower(field *data.Field) *data.Field { return shade(field, "red", "green") }

// shade maps every number above 0 to a text with its sign and a colour, and those below 0 to another colour.
func shade(field *data.Field, above, below string) *data.Field {
	gains := data.ValueMapper{}
	decimals, scale, unit := 0, 1.0, ""
	if field.Config.Decimals != nil {
		decimals = int(*field.Config.Decimals)
	}
	if field.Config.Unit == "percentunit" {
		scale, unit = 100, "%"
	}
	for i := range field.Len() {
		v, _ := field.ConcreteAt(i)
		if n := v.(float64); n > 0 { // a null is 0 here
			gains[strconv.FormatFloat(n, 'f', -1, 64)] = mapped("+"+strconv.FormatFloat(n*scale, 'f', decimals, 64)+unit, above)
		}
	}
	if len(gains) > 0 {
		field.Config.Mappings = append(field.Config.Mappings, gains)
	}
	zero := data.ConfFloat64(-1e-9)
	field.Config.Mappings = append(field.Config.Mappings, data.RangeValueMapper{To: &zero, Result: mapped("", below)})
	return field
}

// mapped is what a value is shown as.
func mapped(text, colour string) data.ValueMappingResult {
	return data.ValueMappingResult{Text: text, Color: colour} //nolint:misspell // the spelling of the SDK
}

// licenceColours are iRacing's colours of the licence classes, rookie to world championship. The last two are black there,
// which cannot be read on a dark page.
var licenceColours = [...]string{"#fc0706", "#fc8a27", "#feec04", "#00c702", "#0153db", "#8e8e8e", "#8e8e8e"}

func licenceColour(l iracing.Licence) string {
	if g := l.Group(); g > 0 {
		return licenceColours[g-1]
	}
	return ""
}

// coloured colours licences by their class.
func coloured(field *data.Field, licences []iracing.Licence) *data.Field {
	m := data.ValueMapper{}
	for _, l := range licences {
		if colour := licenceColour(l); colour != "" {
			m[l.String()] = mapped(l.String(), colour)
		}
	}
	if len(m) > 0 {
		field.Config.Mappings = append(field.Config.Mappings, m)
	}
	return field
}

// licence is a column of licences such as A 4.32, coloured by their class.
func (c *columns[T]) licence(name, title string, of func(*T) iracing.Licence) *data.Field {
	licences := make([]iracing.Licence, len(c.rows))
	for i := range c.rows {
		licences[i] = of(&c.rows[i])
	}
	return coloured(c.text(name, title, func(row *T) string { return of(row).String() }), licences)
}

// list joins words for readers: a, b and c.
func list(words []string) string {
	switch len(words) {
	case 0:
		return "none"
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// contains compares as somebody who searches expects it.
func contains(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(strings.TrimSpace(part)))
}

// distinct counts different values.
func distinct[T any, K comparable](rows []T, of func(*T) K) []K {
	var keys []K
	for i := range rows {
		if k := of(&rows[i]); !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	return keys
}
