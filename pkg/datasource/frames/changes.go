package frames

import (
	"strconv"

	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// Signed shows a gain with its sign and green, a loss red. The values stay numbers, for sorting.
func Signed(field *data.Field) *data.Field { return shade(field, "green", "red") }

// Slower shows what is more than somebody else's with its sign and red, less green.
func Slower(field *data.Field) *data.Field { return shade(field, "red", "green") }

// shade maps every number above 0 to a text with its sign and a colour, and those below 0 to another colour. Where there
// are none, there is no mapping, so that a panel may have its own.
func shade(field *data.Field, above, below string) *data.Field {
	gains, losses := data.ValueMapper{}, false
	decimals, scale, unit := 0, 1.0, ""
	if field.Config.Decimals != nil {
		decimals = int(*field.Config.Decimals)
	}
	if field.Config.Unit == "percentunit" {
		scale, unit = 100, "%"
	}
	for i := range field.Len() {
		n, err := field.FloatAt(i) // NaN where there is none
		switch {
		case err != nil:
		case n > 0:
			gains[strconv.FormatFloat(n, 'f', -1, 64)] = Mapped("+"+strconv.FormatFloat(n*scale, 'f', decimals, 64)+unit, above)
		case n < 0:
			losses = true
		}
	}
	if len(gains) > 0 {
		field.Config.Mappings = append(field.Config.Mappings, gains)
	}
	if losses {
		zero := data.ConfFloat64(-1e-9)
		field.Config.Mappings = append(field.Config.Mappings, data.RangeValueMapper{To: &zero, Result: Mapped("", below)})
	}
	return field
}

// Mapped is what a value is shown as.
func Mapped(text, colour string) data.ValueMappingResult {
	return data.ValueMappingResult{Text: text, Color: colour} //nolint:misspell // the spelling of the SDK
}
