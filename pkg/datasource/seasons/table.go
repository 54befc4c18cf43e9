package seasons

import (
	"context"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// Displays of what only seasons have.
var (
	points   = frames.Display{Unit: "none", Decimals: 0}
	rating   = frames.Display{Unit: "none", Decimals: 0}
	safety   = frames.Display{Unit: "none", Decimals: 2}
	average  = frames.Display{Unit: "none", Decimals: 1}
	share    = frames.Display{Unit: "percentunit", Decimals: 0}
	lapTime  = frames.Seconds
	duration = frames.Duration
	number   = frames.Count
)

// text is a column of texts, one of each row.
func text[R any](name, title string, rows []R, of func(*R) string) *data.Field {
	values := make([]string, len(rows))
	for i := range rows {
		values[i] = of(&rows[i])
	}
	return frames.Column(name, title, values)
}

// num is a column of numbers; NaN becomes null.
func num[R any](name, title string, rows []R, d frames.Display, of func(*R) float64) *data.Field {
	values := make([]float64, len(rows))
	for i := range rows {
		values[i] = of(&rows[i])
	}
	return nullable(frames.Numbers(name, title, values, d))
}

// nullable makes a column of numbers one that may hold nulls, so that its type does not depend on the rows.
func nullable(f *data.Field) *data.Field {
	if f.Nullable() {
		return f
	}
	values := make([]*float64, f.Len())
	for i := range values {
		v := f.At(i).(float64)
		values[i] = &v
	}
	out := data.NewField(f.Name, f.Labels, values)
	out.Config = f.Config
	return out
}

// yes is a column of yes and no.
func yes[R any](name, title string, rows []R, of func(*R) bool) *data.Field {
	values := make([]bool, len(rows))
	for i := range rows {
		values[i] = of(&rows[i])
	}
	return frames.Column(name, title, values)
}

// when is a column of times; a zero time becomes null.
func when[R any](name, title string, rows []R, of func(*R) time.Time) *data.Field {
	values := make([]*time.Time, len(rows))
	for i := range rows {
		if t := of(&rows[i]); !t.IsZero() {
			t = t.UTC()
			values[i] = &t
		}
	}
	f := data.NewField(name, nil, values)
	f.Config = &data.FieldConfig{DisplayNameFromDS: title}
	return f
}

// table is the answer of one table.
func table(name string, fields ...*data.Field) data.Frames {
	return data.Frames{frames.New(name, data.FrameTypeTable, "", fields...)}
}

// key is the column of an id that links between dashboards need.
func key[R any](name, title string, rows []R, of func(*R) int64) *data.Field {
	return text(name, title, rows, func(r *R) string { return id(of(r)) })
}

// id is an id as a text; empty for none.
func id(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// positive is a count that is NaN where there is none.
func positive(n int) float64 {
	if n <= 0 {
		return math.NaN()
	}
	return float64(n)
}

// counted is a count that is NaN where nobody counted.
func counted(n int) float64 {
	if n < 0 {
		return math.NaN()
	}
	return float64(n)
}

// lap is a lap time as a driver reads it; empty for none.
func lap(s float64) string {
	if !(s > 0) {
		return ""
	}
	return analysis.FormatLapTime(s)
}

// long is a duration in seconds; NaN for none.
func long(d time.Duration) float64 {
	if d <= 0 {
		return math.NaN()
	}
	return d.Seconds()
}

// raceLength is the length of a race in words: 45 min, 30 laps.
func raceLength(d time.Duration, laps int) string {
	var parts []string
	if laps > 0 {
		parts = append(parts, frames.Plural(laps, "lap"))
	}
	if d > 0 {
		if h := d.Hours(); d%time.Hour == 0 && h >= 3 {
			parts = append(parts, strconv.Itoa(int(h))+" h")
		} else {
			parts = append(parts, strconv.Itoa(int(d.Minutes()))+" min")
		}
	}
	return strings.Join(parts, " or ")
}

// temperature shows °C in the unit of the data source.
func temperature(q *ask.Query) frames.Display {
	if q.Units == models.UnitsImperial {
		return frames.Display{Unit: "fahrenheit", Decimals: 0, Scale: 1.8, Shift: 32}
	}
	return frames.Display{Unit: "celsius", Decimals: 0}
}

// speed shows m/s in the unit of the data source.
func speed(q *ask.Query) frames.Display {
	if q.Units == models.UnitsImperial {
		return frames.Display{Unit: "velocitymph", Decimals: 0, Scale: 3600 / 1609.344}
	}
	return frames.Display{Unit: "velocitykmh", Decimals: 0, Scale: 3.6}
}

// names joins the names of things.
func names(refs []iracing.Ref) string {
	list := make([]string, len(refs))
	for i, r := range refs {
		list[i] = r.Name
	}
	return strings.Join(list, ", ")
}

// contains tells whether a text holds a part of another, in any case.
func contains(s, part string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(strings.TrimSpace(part)))
}

// week reads a race week from 1; 0 for none.
func week(w models.ID) (int, error) {
	text := strings.TrimSpace(strings.TrimPrefix(strings.ToLower(string(w)), "week"))
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 60 {
		return 0, frames.BadQuery("the week is %.40q; weeks count from 1, and empty is the whole season", string(w))
	}
	return n, nil
}

// category reads a licence category; 0 for none.
func category(c models.Category) (int64, error) {
	if c == "" {
		return 0, nil
	}
	var keys []string
	for _, known := range iracing.LicenceCategories {
		if known.Key == string(c) {
			return known.ID, nil
		}
		keys = append(keys, known.Key)
	}
	return 0, frames.BadQuery("there is no category %.40q; choose one of %s", c, strings.Join(keys, ", "))
}

// optional is an id that may be left out: 0 then.
func optional(what string, n models.ID) (int64, error) {
	if strings.TrimSpace(string(n)) == "" {
		return 0, nil
	}
	return ask.Number(what, n)
}

// me is the own driver; 0 where nobody knows.
func me(ctx context.Context, q *ask.Query) int64 {
	own, err := q.Me(ctx)
	if err != nil {
		return 0
	}
	return own
}

// unknownView is the error of a view that does not exist.
func unknownView[V ~string](view V, known ...V) error {
	list := make([]string, len(known))
	for i, v := range known {
		list[i] = string(v)
	}
	return frames.BadQuery("there is no view %.40q; choose one of %s", view, strings.Join(list, ", "))
}
