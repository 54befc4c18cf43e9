package seasons

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
)

// converter turns columns into fields. A column is of times, numbers or booleans when all its values are, and else of
// texts. Names tell units, as the answers themselves do not:
//
//   - lap times and session times come in 1/10000 s and are shown in seconds; what is not positive is no lap time. The
//     interval of a lap chart stays as it is, as it is milliseconds or laps from row to row;
//   - lengths of sessions are minutes;
//   - positions count from 0 in results and profiles, and from 1 elsewhere; here they count from 1. Weeks and divisions
//     stay as they are, as parameters count from 0 as well;
//   - ids of people are texts.
type converter struct {
	csv      bool // numbers are written as texts
	fromZero bool // positions of drivers count from 0
	result   bool // so does what is called position
}

var (
	lapTimes     = regexp.MustCompile(`(^|_)(lap_time|best_lap|average_lap|nlaps_time|qualifying_time)$|^time_behind_`)
	sessionTimes = regexp.MustCompile(`^session_(start_)?time$`)
	intervals    = regexp.MustCompile(`^(class_)?interval$`)
	positions    = regexp.MustCompile(`^(start|starting|finish|finishing)_position(_in_class)?$`)
	minutesLong  = regexp.MustCompile(`^(practice|qualify|race|warmup)_length$|^(race_)?time_limit$|^op_duration$|_minutes$`)
	percentages  = regexp.MustCompile(`_percentage$|_pct$|^(avg_|max_)?(rel_)?humidity$|^precip_chance$`)
	countsFrom0  = regexp.MustCompile(`^(race_week_num|race_week|division)$`)
)

// unit is what becomes of the numbers of a column.
type unit struct {
	display frames.Display
	of      func(v float64) float64
	note    string
}

// plain are numbers without a unit, with as many decimals as they have.
var plain = frames.Display{Unit: "none", Auto: true}

// from are the numbers that are not less than a least one, in another unit.
func from(least float64, of func(v float64) float64) func(v float64) float64 {
	return func(v float64) float64 {
		if v < least {
			return math.NaN()
		}
		return of(v)
	}
}

func asIs(v float64) float64    { return v }
func ticks(v float64) float64   { return v / 1e4 }
func fromOne(v float64) float64 { return v + 1 }

func (c *converter) unit(col *column) unit {
	switch leaf := strings.ToLower(col.leaf); {
	case leaf == "nominal_lap_time": // of a track, the one lap time that comes in seconds
		return unit{frames.Seconds, asIs, "seconds"}
	case lapTimes.MatchString(leaf):
		return unit{frames.Seconds, from(1, ticks), "seconds"}
	case sessionTimes.MatchString(leaf):
		return unit{frames.Seconds, ticks, "seconds since the session began"}
	case intervals.MatchString(leaf) && !col.beside("interval_units"):
		return unit{frames.Seconds, from(0, ticks), "seconds; none for laps down"}
	case c.fromZero && positions.MatchString(leaf), c.result && leaf == "position":
		return unit{frames.Count, from(0, fromOne), "from 1"}
	case minutesLong.MatchString(leaf):
		return unit{frames.Display{Unit: "m", Auto: true}, asIs, "minutes"}
	case leaf == "percent_rank":
		return unit{frames.Display{Unit: "percentunit", Decimals: 1}, from(0, asIs), ""}
	case percentages.MatchString(leaf):
		return unit{frames.Display{Unit: "percent", Auto: true}, asIs, "percent"}
	case countsFrom0.MatchString(leaf):
		return unit{plain, asIs, counting}
	}
	return unit{plain, asIs, ""}
}

// counting is the note on what is counted from 0.
const counting = "counts from 0"

// beside tells that a neighbour of the column's cells is there.
func (col *column) beside(key string) bool {
	for _, n := range col.of {
		if n.get(key) != nil {
			return true
		}
	}
	return false
}

// field makes a field of a column.
func (c *converter) field(col *column) *data.Field {
	of := map[kind]int{}
	for _, n := range col.cells {
		if n != nil && n.kind != null && n.text != "" {
			of[n.kind]++
		}
	}
	title := titleOf(col.name)
	switch {
	case len(of) != 1, personID.MatchString(strings.ToLower(col.leaf)):
	case of[numeric] > 0, c.csv && col.all(isNumber):
		return c.numbers(col, title)
	case of[boolean] > 0:
		return cellsOf(col, title, func(n *node) (bool, bool) { return n.text == "true", true })
	case col.all(isTime):
		return cellsOf(col, title, func(n *node) (time.Time, bool) {
			t, ok := timeOf(n.text)
			return t, ok && !t.Equal(never)
		})
	}
	return cellsOf(col, title, func(n *node) (string, bool) { return n.text, true })
}

// all tells that something holds for all values of a column.
func (col *column) all(holds func(*node) bool) bool {
	for _, n := range col.cells {
		if n != nil && n.kind != null && n.text != "" && !holds(n) {
			return false
		}
	}
	return true
}

// cellsOf is a field of values that may be missing.
func cellsOf[T string | bool | time.Time](col *column, title string, of func(*node) (T, bool)) *data.Field {
	values := make([]*T, len(col.cells))
	for i, n := range col.cells {
		if n == nil || n.kind == null {
			continue
		}
		if v, ok := of(n); ok {
			values[i] = &v
		}
	}
	f := data.NewField(col.name, nil, values)
	f.Config = &data.FieldConfig{DisplayNameFromDS: title}
	return f
}

func (c *converter) numbers(col *column, title string) *data.Field {
	u := c.unit(col)
	values := make([]*float64, len(col.cells))
	for i, n := range col.cells {
		if n == nil || n.kind == null {
			continue
		}
		if v, err := strconv.ParseFloat(n.text, 64); err == nil {
			if v = u.of(v); !math.IsNaN(v) && !math.IsInf(v, 0) {
				values[i] = &v
			}
		}
	}
	if u.note == counting {
		title += " (from 0)"
	}
	f := data.NewField(col.name, nil, values)
	f.Config = u.display.Config()
	f.Config.DisplayNameFromDS, f.Config.Description = title, u.note
	return f
}

func isNumber(n *node) bool {
	_, err := strconv.ParseFloat(n.text, 64)
	return err == nil
}

func isTime(n *node) bool {
	_, ok := timeOf(n.text)
	return ok
}

// timeOf reads a time in UTC, or a date as midnight.
func timeOf(text string) (time.Time, bool) {
	if len(text) < len(time.DateOnly) || text[4] != '-' {
		return time.Time{}, false
	}
	layout := time.RFC3339Nano
	if len(text) == len(time.DateOnly) {
		layout = time.DateOnly
	}
	t, err := time.Parse(layout, text)
	// JSON has no years beyond these, and neither has racing.
	return t.UTC(), err == nil && t.Year() > 0 && t.Year() < 10000
}

// never is how some answers write that something has not happened.
var never = time.Unix(0, 0).UTC()

// titleOf makes a title of a field's name: track.track_name becomes Track · track name.
func titleOf(name string) string {
	title := strings.ReplaceAll(strings.ReplaceAll(name, ".", " · "), "_", " ")
	r, size := utf8.DecodeRuneInString(title)
	if size == 0 {
		return name
	}
	return string(unicode.ToUpper(r)) + title[size:]
}

// parseCSV reads a file of rows with a line of names before them. Only so many rows are read; the second answer is how
// many there are.
func parseCSV(body []byte, most int) (*node, int, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff"))))
	r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord = -1, true, true
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return &node{kind: list}, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	keys := make([]string, 0, len(header))
	for i, name := range header {
		if name = strings.TrimSpace(name); name == "" {
			name = "column" + strconv.Itoa(i+1)
		}
		keys = append(keys, name)
	}
	root := &node{kind: list}
	for total := 0; ; total++ {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return root, total, nil
		}
		if err != nil {
			return nil, 0, err
		}
		if total >= most {
			continue
		}
		item := &node{kind: object}
		for i, text := range record[:min(len(record), len(keys))] {
			item.keys = append(item.keys, keys[i])
			item.items = append(item.items, &node{kind: textual, text: strings.Clone(text)})
		}
		root.items = append(root.items, item)
	}
}
