package races

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// Displays of what only races have.
var (
	rating  = frames.Count
	safety  = frames.Display{Unit: "none", Decimals: 2}
	share   = frames.Display{Unit: "percentunit", Decimals: 1}
	change1 = frames.Display{Unit: "none", Decimals: 1} // of a rating, estimated
)

func numbers[T any](rows []T, name, title string, d frames.Display, of func(*T) float64) *data.Field {
	values := make([]float64, len(rows))
	for i := range rows {
		values[i] = of(&rows[i])
	}
	return frames.Numbers(name, title, values, d)
}

func column[R any, T string | bool | int64](rows []R, name, title string, of func(*R) T) *data.Field {
	values := make([]T, len(rows))
	for i := range rows {
		values[i] = of(&rows[i])
	}
	return frames.Column(name, title, values)
}

// changes is a field of whole numbers that carry their sign: +12. They stay numbers, for sorting and colours.
func changes[T any](rows []T, name, title string, of func(*T) float64) *data.Field {
	field := numbers(rows, name, title, frames.Count, of)
	signed := map[int64]string{}
	for i := range rows {
		if v := math.Round(of(&rows[i])); v > 0 {
			signed[int64(v)] = fmt.Sprintf("+%.0f", v)
		}
	}
	if len(signed) > 0 {
		field.Config.Mappings = frames.MapValues(signed)
	}
	return field
}

// whole is a count or a position as a number; 0 is none.
func whole(n int) float64 {
	if n == 0 {
		return math.NaN()
	}
	return float64(n)
}

// lapTime is a lap time as drivers write it; empty where there is none.
func lapTime(seconds float64) string { return analysis.FormatLapTime(seconds) }

// gapText is a gap as a classification writes it: +12.345, +1:02.345, +1 lap; empty for the leader and where there is none.
func gapText(seconds float64, lapsDown int) string {
	switch {
	case seconds >= 60:
		return "+" + lapTime(seconds)
	case seconds > 0:
		return "+" + strconv.FormatFloat(seconds, 'f', 3, 64)
	case lapsDown > 0:
		return "+" + frames.Plural(lapsDown, "lap")
	}
	return ""
}

// division is 1 to 10, or Rookie.
func division(n int) string {
	switch {
	case n == 0:
		return ""
	case n > 10:
		return "Rookie"
	}
	return strconv.Itoa(n)
}

// windDisplay is how a speed of the wind in m/s is shown.
func windDisplay(u models.Units) frames.Display {
	d, _ := frames.ByUnit("m/s", u)
	return d.With(0)
}

// airDisplay is how a temperature in °C is shown.
func airDisplay(u models.Units) frames.Display {
	d, _ := frames.ByUnit("C", u)
	return d
}

// ownColor is the colour of the own driver's lines.
const ownColor = "orange"

// series are the fields of a chart with a line for each car: their names, which last as long as car numbers do, and what
// their cars are called, each in another way.
func (v *view) series(rows []iracing.Row) func(row *iracing.Row, values []float64, d frames.Display) *data.Field {
	times := map[string]int{}
	for i := range rows {
		times[v.name(&rows[i])]++
	}
	used := map[string]int{}
	return func(row *iracing.Row, values []float64, d frames.Display) *data.Field {
		name, title := "car"+row.Number, v.name(row)
		if used[name]++; used[name] > 1 {
			name += "_" + strconv.Itoa(used[name])
		}
		if times[title] > 1 {
			title += " #" + row.Number
		}
		field := frames.Numbers(name, title, values, d)
		if v.own(row) {
			field.Config.Color = map[string]any{"mode": "fixed", "fixedColor": ownColor} //nolint:misspell // the spelling of the SDK
			field.Config.Custom = map[string]any{"lineWidth": 3}
		}
		return field
	}
}

// crew is the drivers of a team, in a list.
func (v *view) crew(row *iracing.Row) string {
	names := make([]string, len(row.Drivers))
	for i, d := range row.Drivers {
		names[i] = v.People.Driver(d.Cust, d.Name)
	}
	return strings.Join(names, ", ")
}

// hider replaces all names in a text by what their bearers are called. Longer ones go first, as one may be a part of
// another.
func (v *view) hider(names map[int64]string) *strings.Replacer {
	ids := slices.SortedFunc(maps.Keys(names), func(a, b int64) int {
		return cmp.Or(cmp.Compare(len(names[b]), len(names[a])), cmp.Compare(a, b))
	})
	var pairs []string
	for _, id := range ids {
		if name := strings.TrimSpace(names[id]); name != "" && id != 0 {
			pairs = append(pairs, name, v.nameOf(id, name))
		}
	}
	return strings.NewReplacer(pairs...)
}
