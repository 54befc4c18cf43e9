package frames_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

type entry struct {
	name    string
	place   int
	lap     float64
	change  float64
	id      int64
	at      time.Time
	licence iracing.Licence
}

// columns is a frame with a column of every kind.
func columns(rows []entry) *data.Frame {
	c := frames.Of(rows)
	c.Axis("time", func(e *entry) time.Time { return e.at })
	c.Text("driver", "Driver", func(e *entry) string { return e.name })
	c.Place("position", "Pos", func(e *entry) int { return e.place })
	c.Count("starts", "Starts", func(*entry) int { return 0 })
	c.Lap("bestLap", "Best lap", func(e *entry) float64 { return e.lap })
	frames.Signed(c.Number("change", "Change", frames.Mean, func(e *entry) float64 { return e.change }))
	frames.Slower(c.Number("delta", "Slower by", frames.Share, func(e *entry) float64 { return e.change / 100 }))
	c.Flag("own", "Mine", func(e *entry) bool { return e.place == 1 })
	c.ID("subsession", "Subsession", func(e *entry) int64 { return e.id })
	c.When("start", "Start", func(e *entry) time.Time { return e.at })
	c.Licence("licence", "Licence", func(e *entry) iracing.Licence { return e.licence })
	return c.Frame("entries", data.FrameTypeTable)
}

var someEntries = []entry{
	{name: "Ada Moss", place: 1, lap: 92.456, change: 12.5, id: 7, at: time.Date(2026, 5, 1, 14, 0, 0, 0, time.FixedZone("", 7200)), licence: iracing.Licence{Level: 18, SR: 4.32}},
	{name: "Ben Fell", lap: -1, change: -3},
	{name: "Cleo Birch", place: 3, lap: math.NaN(), change: math.NaN()},
}

func TestColumns(t *testing.T) {
	got := map[string][]string{}
	var names, titles []string
	f := columns(someEntries)
	for _, field := range f.Fields {
		names, titles = append(names, field.Name), append(titles, field.Config.DisplayNameFromDS)
		for i := range field.Len() {
			text := "-"
			if v, ok := field.ConcreteAt(i); ok {
				b, _ := json.Marshal(v)
				text = strings.Trim(string(b), `"`)
			}
			got[field.Name] = append(got[field.Name], text)
		}
	}
	for name, want := range map[string][]string{
		"position":    {"1", "-", "3"},
		"starts":      {"0", "0", "0"},
		"bestLapText": {"1:32.456", "", ""},
		"bestLap":     {"92.456", "-", "-"},
		"change":      {"12.5", "-3", "-"},
		"own":         {"true", "false", "false"},
		"subsession":  {"7", "", ""},
		"start":       {"2026-05-01T12:00:00Z", "-", "-"},
	} {
		if !slices.Equal(got[name], want) {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	// The text of a lap comes first and has its plain title, as that is what a table shows.
	if i := slices.Index(names, "bestLapText"); names[i+1] != "bestLap" || titles[i] != "Best lap" || titles[i+1] != "Best lap, s" {
		t.Errorf("the fields are %q with the titles %q", names, titles)
	}
}

// An alert rule that reads a frame must not break because a value came or went.
func TestColumnsKeepTheirTypes(t *testing.T) {
	full, none := columns(someEntries[:1]), columns(nil)
	for _, f := range []*data.Frame{none, columns(someEntries)} {
		for i, field := range f.Fields {
			if field.Type() != full.Fields[i].Type() {
				t.Errorf("%s is %v with %d rows and %v with one", field.Name, field.Type(), f.Rows(), full.Fields[i].Type())
			}
		}
	}
}

//nolint:misspell // the spelling of the SDK
func TestChangesAreSignedAndColoured(t *testing.T) {
	for _, c := range []struct {
		name string
		rows []entry
		want map[string]string
	}{
		{"both", someEntries, map[string]string{
			"change": `{"12.5":{"text":"+12.5","color":"green"}} {"to":-1e-09,"result":{"color":"red"}}`,
			"delta":  `{"0.125":{"text":"+12.5%","color":"red"}} {"to":-1e-09,"result":{"color":"green"}}`,
		}},
		{"a gain", someEntries[:1], map[string]string{"change": `{"12.5":{"text":"+12.5","color":"green"}}`}},
		{"neither", someEntries[2:], map[string]string{"change": "", "delta": ""}},
	} {
		f := columns(c.rows)
		for name, want := range c.want {
			field, _ := f.FieldByName(name)
			var told []string
			for _, m := range field.Config.Mappings {
				b, err := json.Marshal(m)
				if err != nil {
					t.Fatal(err)
				}
				told = append(told, string(b))
			}
			if got := strings.Join(told, " "); got != want {
				t.Errorf("%s: %s maps %s, want %s", c.name, name, got, want)
			}
		}
	}
}

//nolint:misspell // the spelling of the SDK
func TestLicencesHaveTheColourOfTheirClass(t *testing.T) {
	field, _ := columns(someEntries).FieldByName("licence")
	m, ok := field.Config.Mappings[0].(data.ValueMapper)
	if !ok || len(m) != 1 || m["A 4.32"].Color != frames.LicenceColour(someEntries[0].licence) || m["A 4.32"].Color == "" {
		t.Errorf("the licences are mapped so: %+v", field.Config.Mappings)
	}
	if got := frames.LicenceColour(iracing.Licence{}); got != "" {
		t.Errorf("no licence has the colour %q", got)
	}
}
