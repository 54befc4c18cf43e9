package races_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// bodies are a source's answers by endpoint; what is not there is the error of the empty path, or not found.
type bodies map[string]string

func (b bodies) Get(_ context.Context, r iracing.Request) (*iracing.Answer, error) {
	text, ok := b[r.Endpoint.Path]
	if !ok {
		kind := iracing.NotFound
		if b[""] != "" {
			kind = iracing.NoCredentials
		}
		return nil, &iracing.Error{Kind: kind, Endpoint: r.Endpoint.Path}
	}
	return &iracing.Answer{Body: []byte(text), At: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}, nil
}

const (
	resultPath = "/data/results/get"
	chartPath  = "/data/results/lap_chart_data"
	eventPath  = "/data/results/event_log"
)

// A made-up race of two classes: 11 and 12 in the quicker one, 13 and 14 in the other, of which 14 did not start. It
// began half an hour before noon, and the last crossed the line at noon.
func smallResult() string {
	row := func(cust, place, start, class, classPlace, laps int, more string) string {
		return fmt.Sprintf(`{"cust_id":%d,"display_name":"%s","finish_position":%d,"finish_position_in_class":%d,"starting_position":%d,"starting_position_in_class":%d,
			"car_class_id":%d,"car_class_name":"Class %d","car_id":%d,"car_name":"Car %d","laps_complete":%d,"livery":{"car_number":"%d"},
			"oldi_rating":%d,"newi_rating":%d,"old_license_level":18,"new_license_level":18,"old_sub_level":300,"new_sub_level":321%s}`,
			cust, everybody[int64(cust)], place, classPlace, start, start%2, class, class, class, class, laps, cust, 2000-100*place, 2000-100*place+10, more)
	}
	race := strings.Join([]string{
		row(11, 0, 1, 1, 0, 3, `,"interval":0,"class_interval":0,"incidents":2`), row(12, 1, 0, 1, 1, 3, `,"interval":50000,"class_interval":50000,"incidents":4`),
		row(13, 2, 2, 2, 0, 2, `,"interval":-1,"class_interval":0,"incidents":1`), row(14, 3, 3, 2, 1, 0, `,"interval":-1,"class_interval":-1`),
	}, ",")
	qualify := `{"cust_id":11,"finish_position":1,"best_lap_time":910000,"best_qual_lap_time":910000,"best_qual_lap_at":"2026-02-28T11:26:00Z"},{"cust_id":12,"finish_position":0,"best_lap_time":900000}`
	return `{"subsession_id":7,"event_type":5,"official_session":true,"start_time":"2026-02-28T11:00:00Z","end_time":"2026-02-28T12:00:00Z","event_strength_of_field":1800,
		"session_results":[{"simsession_number":0,"simsession_type":6,"results":[` + race + `]},{"simsession_number":-1,"simsession_type":4,"results":[` + qualify + `]}]}`
}

var everybody = map[int64]string{11: "Ada Example", 12: "Ben Example", 13: "Ben", 14: "Cleo Sample"}

// smallChart: 12 leads the first lap; 13 is lapped; the first lap has no time from line to line. The clock is at 1800 s
// when the last car is in.
func smallChart() string {
	lap := func(cust, lap, position int, at float64, flags int, more string) string {
		return fmt.Sprintf(`{"cust_id":%d,"display_name":"%s","car_number":"%d","lap_number":%d,"lap_position":%d,"session_time":%.0f,"flags":%d%s}`,
			cust, everybody[int64(cust)], cust, lap, position, at*1e4, flags, more)
	}
	return "[" + strings.Join([]string{
		lap(11, 0, 2, 1440, 0, ""), lap(11, 1, 2, 1551, 0x2000, `,"lap_time":1100000`), lap(11, 2, 1, 1670, 0, `,"lap_time":1190000,"personal_best_lap":true`), lap(11, 3, 1, 1790, 0x4000, `,"lap_time":1200000`),
		lap(12, 0, 1, 1440, 0, ""), lap(12, 1, 1, 1550, 0x2000, `,"lap_time":1100000`), lap(12, 2, 2, 1672, 0x4, `,"lap_time":1220000,"incident":true`), lap(12, 3, 2, 1795, 0x4000, `,"lap_time":1230000`),
		lap(13, 0, 3, 1440, 0, ""), lap(13, 1, 3, 1610, 0x2000, `,"lap_time":1700000`), lap(13, 2, 3, 1800, 0x4001, `,"lap_time":-1,"interval":-1,"interval_units":"lap"`),
		lap(14, 0, 0, 1440, 0, ""),
	}, ",") + "]"
}

func small() bodies {
	return bodies{resultPath: smallResult(), chartPath: smallChart(), eventPath: `[
		{"event_seq":1,"event_code":4,"session_time":15000000,"lap_number":1,"group_id":12,"display_name":"Ben Example","description":"Penalty Applied","message":"Penalty: #12 Ben Example, not Ben"},
		{"event_seq":2,"event_code":6,"session_time":16000000,"lap_number":2,"group_id":0,"description":"Caution","message":"Caution: full course yellow"},
		{"event_seq":3,"event_code":7,"session_time":16700000,"lap_number":2,"group_id":11,"cust_id":11,"description":"Lead Change","message":"Lead change: #11 Ada Example takes over from #12 Ben Example"},
		{"event_seq":5,"event_code":6,"session_time":17000000,"lap_number":2,"group_id":0,"description":"Caution","message":"Green flag"},
		{"event_seq":9,"event_code":99,"session_time":17500000,"lap_number":3,"group_id":13,"description":"Brand new","message":"Something about Ben"}]`}
}

func field(t testing.TB, f *data.Frame, name string) *data.Field {
	t.Helper()
	got, i := f.FieldByName(name)
	if i < 0 {
		t.Fatalf("the frame %s has no field %s", f.Name, name)
	}
	return got
}

func floats(t testing.TB, f *data.Frame, name string) []float64 {
	t.Helper()
	col := field(t, f, name)
	out := make([]float64, col.Len())
	for i := range out {
		if v, err := col.NullableFloatAt(i); err == nil && v != nil {
			out[i] = *v
		} else {
			out[i] = math.NaN()
		}
	}
	return out
}

func texts(t testing.TB, f *data.Frame, name string) []string {
	t.Helper()
	col := field(t, f, name)
	out := make([]string, col.Len())
	for i := range out {
		out[i], _ = col.At(i).(string)
	}
	return out
}

func same(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.IsNaN(x) && math.IsNaN(y) || math.Abs(x-y) < 1e-6 })
}

func notices(f *data.Frame) string {
	var all []string
	for _, n := range f.Meta.Notices {
		all = append(all, n.Text)
	}
	return strings.Join(all, "\n")
}

var nan = math.NaN()

func TestResults(t *testing.T) {
	s := source(small(), 11, true)
	f := mustRun(t, s, models.KindRaceResults, `{"subsession":7}`)
	if got := texts(t, f, "gapText"); !slices.Equal(got, []string{"", "+5.000", "+1 lap", "+3 laps"}) {
		t.Errorf("gaps %q", got)
	}
	if got := floats(t, f, "gained"); !same(got, []float64{1, -1, 0, 0}) {
		t.Errorf("places gained %v", got)
	}
	if got := texts(t, f, "qualifyLapText"); !slices.Equal(got, []string{"1:31.000", "1:30.000", "", ""}) {
		t.Errorf("qualifying laps %q", got)
	}
	if got := texts(t, f, "licence"); got[0] != "A 3.21" {
		t.Errorf("licences %q", got)
	}
	if m := field(t, f, "iratingChange").Config.Mappings; len(m) != 1 {
		t.Error("a gain has no plus sign")
	}
	class := mustRun(t, s, models.KindRaceResults, `{"subsession":"7","class":"class 2"}`)
	if got := texts(t, class, "gapText"); !slices.Equal(got, []string{"", "+2 laps"}) {
		t.Errorf("gaps in a class %q", got)
	}
	if got := texts(t, class, "driver"); !slices.Equal(got, []string{"Ben", "Cleo Sample"}) {
		t.Errorf("drivers of a class %q", got)
	}
	summary := mustRun(t, s, models.KindRaceResults, `{"subsession":7,"view":"summary"}`)
	if got := texts(t, summary, "winner"); got[0] != "Ada Example" || floats(t, summary, "ownGained")[0] != 1 {
		t.Errorf("%s won, I gained %v", got, floats(t, summary, "ownGained"))
	}
	if f := mustRun(t, s, models.KindRaceResults, `{"subsession":7,"part":"practice"}`); f.Rows() != 0 || !strings.Contains(notices(f), "no practice") {
		t.Errorf("a part that was not held: %s", notices(f))
	}
	if f := mustRun(t, s, models.KindRaceResults, `{"subsession":7,"view":"splits"}`); f.Rows() != 0 || notices(f) == "" {
		t.Error("a race without splits")
	}
	if f := mustRun(t, s, models.KindRaceResults, `{"subsession":7,"view":"drivers"}`); f.Rows() != 4 || notices(f) == "" {
		t.Error("the drivers of a race without teams")
	}
}

func TestCharts(t *testing.T) {
	s := source(small(), 12, true)
	f := mustRun(t, s, models.KindLapChart, `{"subsession":7}`)
	if !same(floats(t, f, "lap"), []float64{0, 1, 2, 3}) || !same(floats(t, f, "car11"), []float64{-2, -2, -1, -1}) || !same(floats(t, f, "car13"), []float64{-3, -3, -3, nan}) {
		t.Errorf("positions %v %v", floats(t, f, "car11"), floats(t, f, "car13"))
	}
	if !same(floats(t, f, "car14"), []float64{nan, nan, nan, nan}) {
		t.Errorf("who did not start is in position %v", floats(t, f, "car14"))
	}
	own := field(t, f, "car12").Config
	if own.Color["fixedColor"] == nil || own.DisplayNameFromDS != "Ben Example" || *own.Min != -3 || *own.Max != -1 || field(t, f, "car11").Config.Color != nil { //nolint:misspell // the spelling of the SDK
		t.Errorf("the own line: %+v", own)
	}
	class := mustRun(t, s, models.KindLapChart, `{"subsession":7,"class":"2"}`)
	if len(class.Fields) != 3 || !same(floats(t, class, "car13"), []float64{-1, -1, -1}) {
		t.Errorf("positions in class %v", floats(t, class, "car13"))
	}
	for _, c := range []struct {
		query, car string
		want       []float64
	}{
		{`{"subsession":7}`, "car11", []float64{1, 0, 0}},
		{`{"subsession":7}`, "car13", []float64{60, 130, nan}},
		{`{"subsession":7,"to":"driver"}`, "car11", []float64{1, -2, -5}},
		{`{"subsession":7,"to":"driver","driver":13,"drivers":["11"]}`, "car11", []float64{-59, -130, nan}},
		{`{"subsession":7,"to":"pace"}`, "car11", []float64{350.0/3 - 111, 700.0/3 - 230, 0}},
		{`{"subsession":7,"to":"pace"}`, "car12", []float64{350.0/3 - 110, 700.0/3 - 232, -5}},
		{`{"subsession":7,"top":1}`, "car12", []float64{0, 2, 5}}, // the own one stays
	} {
		f := mustRun(t, s, models.KindGapChart, c.query)
		if got := floats(t, f, c.car); !same(got, c.want) || !same(floats(t, f, "lap"), []float64{1, 2, 3}) {
			t.Errorf("%s: %s %v, not %v", c.query, c.car, got, c.want)
		}
		if d := field(t, f, c.car).Config.Description; !strings.HasPrefix(d, "Behind") && !strings.HasPrefix(d, "Ahead") {
			t.Errorf("%s: the sign is not told: %q", c.query, d)
		}
	}
	if f := mustRun(t, s, models.KindGapChart, `{"subsession":7,"drivers":["13","999"]}`); len(f.Fields) != 2 || !strings.Contains(notices(f), "1 driver of those") {
		t.Errorf("a driver who did not take part: %s", notices(f))
	}
}

func TestLaps(t *testing.T) {
	s := source(small(), 12, true)
	f := mustRun(t, s, models.KindRaceLaps, `{"subsession":7}`)
	if f.Rows() != 3 || !same(floats(t, f, "lapTime"), []float64{110, 122, 123}) || !same(floats(t, f, "delta"), []float64{-13, -1, 0}) {
		t.Errorf("my laps: %v, to my best %v", floats(t, f, "lapTime"), floats(t, f, "delta"))
	}
	if got := texts(t, f, "events"); !slices.Equal(got, []string{"first lap", "off track", "chequered flag"}) {
		t.Errorf("%q", got)
	}
	if f := mustRun(t, s, models.KindRaceLaps, `{"subsession":7,"clean":true}`); f.Rows() != 1 {
		t.Errorf("%d clean laps", f.Rows())
	}
	lapped := mustRun(t, s, models.KindRaceLaps, `{"subsession":7,"drivers":"13"}`)
	if !same(floats(t, lapped, "lapTime"), []float64{170, 190}) || !slices.Equal(texts(t, lapped, "gapText"), []string{"+1:00.000", "+1 lap"}) || !same(floats(t, lapped, "since"), []float64{170, 360}) {
		t.Errorf("a lapped driver's: %v %q %v", floats(t, lapped, "lapTime"), texts(t, lapped, "gapText"), floats(t, lapped, "since"))
	}
	chart := mustRun(t, s, models.KindRaceLaps, `{"subsession":7,"as":"chart","clean":true}`)
	if len(chart.Fields) != 5 || !same(floats(t, chart, "car11"), []float64{nan, 119_000, 120_000}) {
		t.Errorf("%d lines, clean laps %v", len(chart.Fields)-1, floats(t, chart, "car11"))
	}
	if f := mustRun(t, source(small(), 99, true), models.KindRaceLaps, `{"subsession":7}`); f.Rows() != 0 || !strings.Contains(notices(f), "You did not drive") {
		t.Errorf("laps of somebody else's race: %s", notices(f))
	}
	pace := mustRun(t, s, models.KindPaceRanking, `{"subsession":7}`)
	if got := texts(t, pace, "driver"); !slices.Equal(got[:2], []string{"Ada Example", "Ben Example"}) || !same(floats(t, pace, "median")[:2], []float64{119.5, 123}) ||
		!same(floats(t, pace, "delta")[:2], []float64{0, 3.5}) || !same(floats(t, pace, "best")[:2], []float64{119, 123}) {
		t.Errorf("%q with medians %v", got, floats(t, pace, "median"))
	}
}

func TestEvents(t *testing.T) {
	s := source(small(), 11, false)
	f := mustRun(t, s, models.KindEventLog, `{"subsession":7}`)
	if got := texts(t, f, "kind"); !slices.Equal(got, []string{"penalty", "caution", "leadChange", "other"}) {
		t.Fatalf("%q", got)
	}
	// Noon is when the last car crossed the line, 1800 s on the clock.
	if at := field(t, f, "time").At(0).(*time.Time); !at.Equal(time.Date(2026, 2, 28, 11, 55, 0, 0, time.UTC)) || !strings.Contains(notices(f), "4 minutes at most") {
		t.Errorf("the first was at %s; %s", at, notices(f))
	}
	if !same(floats(t, f, "lasted"), []float64{nan, 100, nan, nan}) {
		t.Errorf("the caution lasted %v", floats(t, f, "lasted"))
	}
	ben, longBen := s.People.Driver(13, ""), s.People.Driver(12, "")
	if got := texts(t, f, "message"); got[0] != "Penalty: #12 "+longBen+", not "+ben || got[2] != "Lead change: #11 Ada Example takes over from #12 "+longBen {
		t.Errorf("%q", got)
	}
	marks := mustRun(t, s, models.KindEventLog, `{"subsession":7,"as":"annotations","events":["caution"]}`)
	if end := field(t, marks, "timeEnd").At(0).(*time.Time); marks.Rows() != 1 || end.Sub(field(t, marks, "time").At(0).(time.Time)) != 100*time.Second {
		t.Errorf("the caution ended at %s", end)
	}
	logs := mustRun(t, s, models.KindEventLog, `{"subsession":7,"as":"logs"}`)
	if logs.Meta.Type != data.FrameTypeLogLines || logs.Rows() != 4 || !slices.Equal(texts(t, logs, "severity"), []string{"warning", "warning", "info", "debug"}) {
		t.Errorf("%d lines, %q", logs.Rows(), texts(t, logs, "severity"))
	}
	bodies := small()
	bodies[eventPath] = `[{"event_seq":1,"event_code":6,"session_time":16000000,"description":"Caution","message":"Caution: full course yellow"}]`
	if f := mustRun(t, source(bodies, 11, false), models.KindEventLog, `{"subsession":7}`); !same(floats(t, f, "lasted"), []float64{200}) {
		t.Errorf("a caution to the end lasted %v", floats(t, f, "lasted"))
	}
	bodies[resultPath] = strings.Replace(bodies[resultPath], "2026-02-28T12:00:00Z", "", 1)
	if f := mustRun(t, source(bodies, 11, false), models.KindEventLog, `{"subsession":7,"as":"logs"}`); f.Rows() != 1 || !strings.Contains(notices(f), "does not tell when") {
		t.Errorf("no end is known: %d lines, %s", f.Rows(), notices(f))
	}
}

func TestEstimates(t *testing.T) {
	s := source(small(), 11, true)
	f := mustRun(t, s, models.KindIRatingEstimate, `{"subsession":7,"class":"1"}`)
	estimate, actual, residual := floats(t, f, "estimate"), floats(t, f, "actual"), floats(t, f, "residual")
	if f.Rows() != 2 || !same(actual, []float64{10, 10}) || math.Abs(residual[0]-(estimate[0]-10)) > 1e-3 || estimate[0] < 40 || estimate[1] > -40 {
		t.Errorf("estimates %v, residuals %v", estimate, residual)
	}
	dns := mustRun(t, s, models.KindIRatingEstimate, `{"subsession":7,"class":"2"}`)
	if started := field(t, dns, "started"); started.At(0) != true || started.At(1) != false {
		t.Error("who did not start")
	}
	curve := mustRun(t, s, models.KindIRatingEstimate, `{"subsession":7,"view":"whatIf"}`)
	if !same(floats(t, curve, "position"), []float64{1, 2}) || !same(floats(t, curve, "actual"), []float64{10, nan}) || math.Abs(floats(t, curve, "estimate")[0]-estimate[0]) > 1e-3 {
		t.Errorf("what if: %v, actual %v", floats(t, curve, "estimate"), floats(t, curve, "actual"))
	}
	if f := mustRun(t, s, models.KindIRatingEstimate, `{"subsession":7,"view":"whatIf","driver":99}`); f.Rows() != 0 || notices(f) == "" {
		t.Error("a curve for somebody else")
	}
	entries := bodies{"/data/session/reg_drivers_list": `{"entries":[{"cust_id":11,"car_class_id":1,"license":{"irating":1500}},{"cust_id":12,"car_class_id":1,"license":{"irating":1700}},
		{"cust_id":13,"car_class_id":1,"license":{}},{"cust_id":14,"car_class_id":2,"license":{"irating":4000}}]}`}
	f = mustRun(t, source(entries, 11, true), models.KindIRatingEstimate, `{"subsession":7,"view":"entries"}`)
	if f.Rows() != 2 || math.Abs(floats(t, f, "irating")[0]-1500-floats(t, f, "estimate")[0]) > 0.01 || !strings.Contains(notices(f), "1 driver without an iRating") {
		t.Errorf("%d places, %s", f.Rows(), notices(f))
	}
	entries["/data/session/reg_drivers_list"] = `{"entries":[]}`
	if f := mustRun(t, source(entries, 11, true), models.KindIRatingEstimate, `{"subsession":7,"view":"entries"}`); f.Rows() != 0 || len(f.Fields) != 3 || notices(f) == "" {
		t.Error("nobody is registered")
	}
}

// An imported result answers what it can; laps and events say why they cannot.
func TestImportWithoutAccount(t *testing.T) {
	api := bodies{resultPath: smallResult(), "": "no account"}
	s := source(api, 0, false)
	s.Imported = func(context.Context) ([]ask.Import, error) {
		return []ask.Import{{Subsession: 7, Start: time.Date(2026, 2, 28, 11, 0, 0, 0, time.UTC)}}, nil
	}
	for _, c := range every(`"latest"`) {
		if c.name == "gaps-me" || c.name == "estimate-what-if" {
			c.query = strings.Replace(c.query, "}", `,"driver":11}`, 1)
		}
		f := mustRun(t, s, c.kind, c.query)
		switch c.kind {
		case models.KindRaceResults, models.KindIRatingEstimate:
		default:
			if f.Rows() != 0 || len(f.Fields) == 0 || !strings.Contains(notices(f), "An imported result has no") && !strings.Contains(notices(f), "had no") {
				t.Errorf("%s: %d rows, %s", c.name, f.Rows(), notices(f))
			}
		}
	}
	if f := mustRun(t, s, models.KindRaceResults, `{}`); f.Rows() != 4 {
		t.Errorf("%d rows", f.Rows())
	}
}

func TestLapsThatAreNotThere(t *testing.T) {
	for name, chart := range map[string]string{"refused": "", "empty": "[]", "absurd": `[{"cust_id":11,"lap_number":99999999}]`} {
		api := bodies{resultPath: smallResult()}
		if chart != "" {
			api[chartPath] = chart
		}
		for _, kind := range []models.Kind{models.KindLapChart, models.KindGapChart, models.KindRaceLaps, models.KindPaceRanking} {
			if f := mustRun(t, source(api, 11, false), kind, `{"subsession":7}`); f.Rows() != 0 || notices(f) == "" {
				t.Errorf("%s, %s: %d rows, %s", name, kind, f.Rows(), notices(f))
			}
		}
	}
	_, err := run(t, source(bodies{}, 11, false), models.KindLapChart, `{"subsession":7}`)
	if !ask.Is(err, iracing.NotFound) {
		t.Errorf("a race that does not exist: %v", err)
	}
}

// A long race of 60 teams is shown lap by lap; one that is longer than any is thinned out.
func TestLongRaces(t *testing.T) {
	const cars, length = 60, 300
	var rows, laps strings.Builder
	for car := 1; car <= cars; car++ {
		fmt.Fprintf(&rows, `,{"team_id":-%d,"finish_position":%d,"livery":{"car_number":"%d"},"driver_results":[{"cust_id":%d}]}`, car, car-1, car, car)
		for lap := range length + 1 {
			fmt.Fprintf(&laps, `,{"group_id":-%d,"cust_id":%d,"lap_number":%d,"session_time":%d,"lap_time":%d,"lap_position":%d}`, car, car, lap, 1_000_000+lap*(970_000+car*1234), 970_000+car*1234, car)
		}
	}
	result := func(rows string) string {
		return `{"subsession_id":7,"event_type":5,"driver_changes":true,"session_results":[{"simsession_number":0,"simsession_type":6,"results":[` + rows[1:] + `]}]}`
	}
	s := source(bodies{resultPath: result(rows.String()), chartPath: "[" + laps.String()[1:] + "]"}, 5, false)
	f := mustRun(t, s, models.KindGapChart, `{"subsession":7}`)
	if size := len(marshal(t, f)); f.Rows() != length || len(f.Fields) != cars+1 || size > 300_000 || notices(f) != "" {
		t.Errorf("%d laps of %d cars in %d bytes; %s", f.Rows(), len(f.Fields)-1, size, notices(f))
	}
	rows.Reset()
	laps.Reset()
	for car := 1; car <= 10; car++ {
		fmt.Fprintf(&rows, `,{"cust_id":%d,"finish_position":%d,"livery":{"car_number":"%d"}}`, car, car-1, car)
		fmt.Fprintf(&laps, `,{"cust_id":%d,"lap_number":19999,"lap_position":%d}`, car, car)
	}
	s = source(bodies{resultPath: result(rows.String()), chartPath: "[" + laps.String()[1:] + "]"}, 5, false)
	f = mustRun(t, s, models.KindLapChart, `{"subsession":7}`)
	if at := floats(t, f, "lap"); f.Rows() > 10_002 || at[len(at)-1] != 19999 || floats(t, f, "car4")[len(at)-1] != -4 || !strings.Contains(notices(f), "Every second lap") {
		t.Errorf("%d laps to lap %v; %s", f.Rows(), at[len(at)-1], notices(f))
	}
}

func TestWrongQueries(t *testing.T) {
	s := source(small(), 11, false)
	for _, c := range []struct {
		kind       models.Kind
		query, err string
	}{
		{models.KindRaceResults, `{"subsession":"abc"}`, "not a number"},
		{models.KindRaceResults, `{"subsession":7,"part":"warmup"}`, "choose race, qualify or practice"},
		{models.KindRaceResults, `{"subsession":7,"class":"GT9"}`, "it has Class 1, Class 2"},
		{models.KindRaceResults, `{"subsession":7,"view":"podium"}`, "choose rows, summary, drivers or splits"},
		{models.KindLapChart, `{"subsession":7,"top":-1}`, "top is -1"},
		{models.KindLapChart, `{"subsession":7,"drivers":["Ada"]}`, "not a number"},
		{models.KindLapChart, `{"subsession":7,"drivers":["~abc"]}`, "not known any more"},
		{models.KindGapChart, `{"subsession":7,"to":"moon"}`, "choose leader, driver or pace"},
		{models.KindGapChart, `{"subsession":7,"to":"driver","driver":99}`, "choose another"},
		{models.KindRaceLaps, `{"subsession":7,"as":"pie"}`, "choose table or chart"},
		{models.KindEventLog, `{"subsession":7,"as":"pie"}`, "choose table, logs or annotations"},
		{models.KindEventLog, `{"subsession":7,"events":["rain"]}`, "choose penalty, caution, leadChange or other"},
		{models.KindIRatingEstimate, `{"subsession":7,"view":"pie"}`, "choose drivers, whatIf or entries"},
		{models.KindIRatingEstimate, `{"view":"entries"}`, "choose its subsession"},
		{models.KindPaceRanking, `{"subsession":[]}`, "cannot be read"},
	} {
		_, err := run(t, s, c.kind, c.query)
		if bad, ok := errors.AsType[*frames.QueryError](err); !ok || !strings.Contains(bad.Error(), c.err) {
			t.Errorf("%s %s: %v", c.kind, c.query, err)
		}
	}
}

// Nobody's name or id but the own is in an answer unless the operator turned names on.
func TestOthersStayUnnamed(t *testing.T) {
	s := source(small(), 11, false)
	for _, c := range every("7") {
		f := mustRun(t, s, c.kind, c.query)
		text := marshal(t, f)
		for id, name := range everybody {
			if id == 11 {
				continue
			}
			// Car numbers, which are the same here, are no secret.
			if strings.Contains(text, `"`+name) || strings.Contains(text, " "+name) {
				t.Errorf("%s names %s", c.name, name)
			}
		}
	}
	key := texts(t, mustRun(t, s, models.KindRaceResults, `{"subsession":7}`), "driverKey")[1]
	if f := mustRun(t, s, models.KindGapChart, `{"subsession":7,"drivers":["`+key+`"]}`); len(f.Fields) != 2 || f.Fields[1].Name != "car12" {
		t.Error("a key of one answer is not understood by another query")
	}
}

func marshal(t testing.TB, f *data.Frame) string {
	t.Helper()
	js, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(js)
}

func TestRecordedPeopleStayUnnamed(t *testing.T) {
	client := recorded(t)
	number, named := regexp.MustCompile(`[0-9.]+`), regexp.MustCompile(`(?:Driver|Team) [0-9]+`)
	for subsession, own := range map[string]int64{solo: me, teams: 100450, league: 100298} {
		s := source(client, own, false)
		r, err := iracing.API{Source: client}.Result(t.Context(), mustInt(subsession))
		if err != nil {
			t.Fatal(err)
		}
		ids, names := map[string]bool{}, map[string]bool{}
		add := func(id int64, name string) {
			if id != own && id != 0 {
				ids[strings.TrimPrefix(strconv.FormatInt(id, 10), "-")], names[name] = true, true
			}
		}
		for _, part := range r.Sessions {
			for _, row := range part.Rows {
				add(row.ID(), row.Name)
				for _, d := range row.Drivers {
					add(d.Cust, d.Name)
				}
			}
		}
		for _, c := range every(subsession) {
			if subsession != solo && c.kind != models.KindRaceResults && c.kind != models.KindIRatingEstimate {
				continue // of these, the result was recorded only
			}
			f := mustRun(t, s, c.kind, c.query)
			text := marshal(t, f)
			// Recorded names are a word and a number, such as Driver 100001.
			for _, n := range named.FindAllString(text, -1) {
				if names[n] {
					t.Errorf("%s of %s names %s", c.name, subsession, n)
				}
			}
			for _, n := range number.FindAllString(text, -1) {
				if ids[n] {
					t.Errorf("%s of %s holds the id %s", c.name, subsession, n)
				}
			}
		}
	}
}

func mustInt(text string) (n int64) {
	_, _ = fmt.Sscan(text, &n)
	return n
}

func FuzzQuery(f *testing.F) {
	for _, c := range every("7") {
		f.Add(string(c.kind), c.query)
	}
	f.Add("gapChart", `{"subsession":"latest","drivers":"me,~x,$__all","to":"driver","top":99999999999}`)
	api := small()
	f.Fuzz(func(t *testing.T, kind, query string) {
		if len(query) > 4096 {
			return
		}
		answer := map[bool]ask.Answer{}
		for k, a := range kindsOf() {
			answer[string(k) == kind] = a
		}
		if answer[true] == nil {
			return
		}
		got, err := source(api, 11, false).Run(t.Context(), answer[true], rangeOf(), []byte(query))
		if err == nil && len(got) == 0 {
			t.Fatal("neither frames nor an error")
		}
		for _, frame := range got {
			if _, err := json.Marshal(frame); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Whatever iRacing answers, a query ends in frames that can be written or in an error.
func FuzzAnswers(f *testing.F) {
	api := small()
	f.Add(api[resultPath], api[chartPath], api[eventPath])
	f.Add(api[resultPath], `[{"cust_id":12,"lap_number":19999,"session_time":-5,"lap_position":1e9},{"cust_id":11,"lap_number":1,"session_time":1e300}]`, `[{"event_code":6,"session_time":1e300}]`)
	f.Fuzz(func(t *testing.T, result, chart, events string) {
		if len(result)+len(chart)+len(events) > 64<<10 {
			return
		}
		s := source(bodies{resultPath: result, chartPath: chart, eventPath: events}, 11, false)
		for _, c := range every("7") {
			answer, err := s.Run(t.Context(), kindsOf()[c.kind], rangeOf(), []byte(c.query))
			if err != nil {
				continue
			}
			for _, frame := range answer {
				if js, err := json.Marshal(frame); err != nil || len(js) > 8<<20 {
					t.Fatalf("%s: %d bytes, %v", c.name, len(js), err)
				}
			}
		}
	})
}
