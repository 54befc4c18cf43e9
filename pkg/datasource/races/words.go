package races

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// gapText is a gap as a classification writes it: +12.345, +1:02.345, +1 lap; empty for the leader and where there is none.
func gapText(seconds float64, lapsDown int) string {
	switch {
	case seconds >= 60:
		return "+" + frames.LapTime(seconds)
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
		field := frames.NullableNumbers(name, title, values, d)
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
