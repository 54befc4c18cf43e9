package datasource_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/experimental"
	"go.uber.org/goleak"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
)

var update = flag.Bool("update", false, "write the golden frames anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var day = time.Date(2025, 3, 1, 14, 0, 0, 0, time.UTC)

// The folder that most tests query: two sessions on one track, one on another, and a file that is broken.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	ibttest.Drive{Start: day, Laps: []float64{25.5, 24.25, 26}, OffTrack: 3, Channels: []ibt.Var{
		{Name: "Voltage", Desc: "Engine voltage", Unit: "V", Type: ibt.TypeFloat},
	}}.Write(t, dir)
	ibttest.Drive{Start: day.Add(24 * time.Hour), Laps: []float64{24.5}}.Write(t, dir)
	ibttest.Drive{Start: day.Add(-24 * time.Hour), Track: "Other Ring", TrackID: 8, Car: "Other Car", Laps: []float64{30}}.Write(t, dir)
	broken := filepath.Join(dir, "broken.ibt")
	if err := os.WriteFile(broken, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	long := day.Add(-time.Hour * 24 * 365)
	if err := os.Chtimes(broken, long, long); err != nil {
		t.Fatal(err)
	}
	return dir
}

func open(t *testing.T, settings models.Settings) *datasource.Datasource {
	t.Helper()
	js, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	inst, err := datasource.New(t.Context(), backend.DataSourceInstanceSettings{JSONData: js})
	if err != nil {
		t.Fatal(err)
	}
	d := inst.(*datasource.Datasource)
	t.Cleanup(d.Dispose)
	return d
}

func ask(t *testing.T, d *datasource.Datasource, kind, query string, points int64) backend.DataResponse {
	t.Helper()
	res, err := d.QueryData(t.Context(), &backend.QueryDataRequest{Queries: []backend.DataQuery{{
		RefID: "A", QueryType: kind, JSON: []byte(query), MaxDataPoints: points,
		TimeRange: backend.TimeRange{From: day.Add(-time.Hour), To: day.Add(time.Hour)},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return res.Responses["A"]
}

// session finds the id of the session that began at a time.
func session(t *testing.T, d *datasource.Datasource, start time.Time) string {
	t.Helper()
	frame := ask(t, d, "sessions", `{}`, 0).Frames[0]
	starts, ids := column(t, frame, "start"), column(t, frame, "id")
	for i := range starts.Len() {
		if starts.At(i).(time.Time).Equal(start) {
			return ids.At(i).(string)
		}
	}
	t.Fatalf("no session began at %s", start)
	return ""
}

func column(t *testing.T, f *data.Frame, name string) *data.Field {
	t.Helper()
	field, i := f.FieldByName(name)
	if i < 0 {
		t.Fatalf("the frame has no field %s", name)
	}
	return field
}

// The shapes of all answers, with units, names, labels and notices. `go test ./pkg/datasource -update` writes them anew.
func TestGoldenFrames(t *testing.T) {
	d := open(t, models.Settings{TelemetryURL: folder(t)})
	imperial := open(t, models.Settings{TelemetryURL: folder(t), Units: models.UnitsImperial})
	first, second := session(t, d, day), session(t, d, day.Add(24*time.Hour))
	for _, c := range []struct {
		name, kind, query string
		source            *datasource.Datasource
	}{
		{"sessions", "sessions", `{}`, d},
		{"sessions-filtered", "sessions", `{"car":"other"}`, d},
		{"sessions-in-range", "sessions", `{"inRange":true}`, d},
		{"sessions-none", "sessions", `{"track":"nowhere"}`, d},
		{"laps", "laps", `{"session":"` + first + `"}`, d},
		{"laps-imperial", "laps", `{"session":"` + first + `"}`, imperial},
		{"laps-valid", "laps", `{"session":"` + first + `","only":"valid"}`, d},
		{"trace-distance", "trace", `{"session":"` + first + `","channels":["Speed","Throttle","Gear"]}`, d},
		{"trace-reference", "trace", `{"session":"` + first + `","laps":["last"],"channels":["Speed"],"reference":{"lap":"best"}}`, d},
		{"trace-delta-only", "trace", `{"session":"` + first + `","laps":"2,3","x":"distanceAsTime","reference":{"lap":"best"}}`, d},
		{"trace-other-session", "trace", `{"session":"` + second + `","channels":["Speed","Voltage"],"reference":{"session":"` + first + `"}}`, d},
		{"trace-time", "trace", `{"session":"` + first + `","laps":[2,4],"channels":["Speed","OnPitRoad","PlayerTrackSurface","SessionFlags"],"x":"time"}`, d},
		{"trace-map", "trace", `{"session":"` + first + `","channels":["TrackX","TrackY","Speed"]}`, d},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "trace-other-session" {
				// The older car has a channel that the newer lacks, which is an error this way round.
				if res := ask(t, c.source, c.kind, c.query, 32); res.Error == nil || !strings.Contains(res.Error.Error(), "no channel Voltage") {
					t.Fatalf("a channel that the session lacks: %v", res.Error)
				}
				c.query = `{"session":"` + first + `","channels":["Speed","Voltage"],"reference":{"session":"` + second + `"}}`
			}
			res := ask(t, c.source, c.kind, c.query, 32)
			if res.Error != nil {
				t.Fatal(res.Error)
			}
			experimental.CheckGoldenJSONResponse(t, "../../testdata/golden", c.name, &res, *update)
		})
	}
}

func TestDeltaEndsAtTheDifferenceOfTheLapTimes(t *testing.T) {
	d := open(t, models.Settings{TelemetryURL: folder(t)})
	res := ask(t, d, "trace", `{"session":"`+session(t, d, day)+`","laps":["all"],"reference":{"lap":"best"}}`, 500)
	if res.Error != nil {
		t.Fatal(res.Error)
	}
	want := map[string]float64{"2": 1.25, "3": 0, "4": 1.75}
	for _, f := range res.Frames[0].Fields {
		lap := f.Labels["lap"]
		w, ok := want[lap]
		if !ok {
			continue
		}
		end, err := f.FloatAt(f.Len() - 1)
		if err != nil || math.Abs(end-w) > 0.001 {
			t.Errorf("lap %s ends %.4f s behind the reference, want %.4f s (%v)", lap, end, w, err)
		}
		delete(want, lap)
	}
	if len(want) > 0 {
		t.Errorf("there is no delta of the laps %v", want)
	}
}

// However few points a panel has, the fastest and the slowest moment are in them.
func TestNoPeakIsLost(t *testing.T) {
	d := open(t, models.Settings{TelemetryURL: folder(t)})
	id := session(t, d, day)
	for _, x := range []string{"distance", "distanceAsTime", "time"} {
		var lo, hi float64
		for i, points := range []int64{20_000, 32, 100, 333, 1_000, -5, math.MaxInt64} {
			res := ask(t, d, "trace", fmt.Sprintf(`{"session":%q,"channels":["Speed"],"x":%q}`, id, x), points)
			if res.Error != nil {
				t.Fatal(res.Error)
			}
			f := column(t, res.Frames[0], "Speed")
			low, high := math.Inf(1), math.Inf(-1)
			for i := range f.Len() {
				v, err := f.FloatAt(i)
				if err != nil {
					t.Fatal(err)
				}
				if !math.IsNaN(v) {
					low, high = min(low, v), max(high, v)
				}
			}
			if i == 0 {
				lo, hi = low, high
			}
			if low != lo || high != hi {
				t.Errorf("over %s with %d points the speed is %.4f to %.4f km/h, with many %.4f to %.4f", x, points, low, high, lo, hi)
			}
			if f.Len() > 20_001 {
				t.Errorf("%d points are answered with %d", points, f.Len())
			}
		}
	}
}

// A trace over time shows what the panel's time range covers, in more detail the narrower it is.
func TestZoomingInShowsMoreDetail(t *testing.T) {
	d := open(t, models.Settings{TelemetryURL: folder(t)})
	query := `{"session":"` + session(t, d, day) + `","laps":["all"],"channels":["Speed"],"x":"time"}`
	zoom := func(from, to time.Duration) (first, last time.Time, rows int) {
		res, err := d.QueryData(t.Context(), &backend.QueryDataRequest{Queries: []backend.DataQuery{{
			RefID: "A", QueryType: "trace", JSON: []byte(query), MaxDataPoints: 400,
			TimeRange: backend.TimeRange{From: day.Add(from), To: day.Add(to)},
		}}})
		if err != nil || res.Responses["A"].Error != nil {
			t.Fatal(err, res.Responses["A"].Error)
		}
		times := column(t, res.Responses["A"].Frames[0], "time")
		return times.At(0).(time.Time), times.At(times.Len() - 1).(time.Time), times.Len()
	}
	first, last, rows := zoom(40*time.Second, 44*time.Second)
	if first.Before(day.Add(39900*time.Millisecond)) || last.After(day.Add(44100*time.Millisecond)) || rows < 240 || rows > 244 {
		t.Errorf("4 s yield %d rows from %s to %s", rows, first, last)
	}
	_, _, rows = zoom(-time.Hour, time.Hour)
	if rows < 300 || rows > 401 {
		t.Errorf("the whole session yields %d rows", rows)
	}
}

func TestQueriesThatCannotBeAnsweredSayWhy(t *testing.T) {
	d := open(t, models.Settings{TelemetryURL: folder(t)})
	id := session(t, d, day)
	for _, c := range []struct {
		kind, query string
		status      backend.Status
		want        string
	}{
		{"nonsense", `{}`, backend.StatusBadRequest, `no query kind "nonsense"`},
		{"laps", `{"session":"gone"}`, backend.StatusNotFound, `no telemetry file has the id "gone"`},
		{"laps", `{"session":"../../etc/passwd"}`, backend.StatusNotFound, "no telemetry file has the id"},
		{"laps", `{"session":"` + id + `","only":"fast"}`, backend.StatusBadRequest, `not "fast"`},
		{"laps", `{"session":17}`, backend.StatusBadRequest, "session is a number"},
		{"laps", `{"session":`, backend.StatusBadRequest, "cannot be read"},
		{"laps", `[]`, backend.StatusBadRequest, "an object is wanted"},
		{"trace", `"latest"`, backend.StatusBadRequest, "an object is wanted"},
		{"trace", `{}`, backend.StatusBadRequest, "choose at least one channel"},
		{"trace", `{"channels":["Sped"]}`, backend.StatusBadRequest, "no channel Sped"},
		{"trace", `{"channels":["speed"]}`, backend.StatusBadRequest, "did you mean Speed?"},
		{"trace", `{"channels":["Speed"],"x":"laps"}`, backend.StatusBadRequest, `not over "laps"`},
		{"trace", `{"session":"` + id + `","channels":["Speed"],"laps":["99"]}`, backend.StatusBadRequest, "there is no lap 99 in this session; it has laps 1, 2, 3, 4, 5"},
		{"trace", `{"session":"` + id + `","channels":["Speed"],"laps":{"a":1}}`, backend.StatusBadRequest, "laps"},
		{"trace", `{"session":"` + id + `","channels":[["Speed"]]}`, backend.StatusBadRequest, "lists of texts and numbers"},
		{"trace", `{"session":"` + id + `","channels":["Speed"],"reference":{"lap":"all"}}`, backend.StatusBadRequest, "the reference is a single lap"},
		{"trace", `{"session":"` + id + `","channels":["Speed"],"reference":{"session":"gone","lap":"1"}}`, backend.StatusNotFound, "the reference lap"},
		{"trace", `{"session":"` + id + `","channels":["Speed"],"reference":{"session":"` + session(t, d, day.Add(-24*time.Hour)) + `"}}`, backend.StatusBadRequest, "the same track"},
		{"trace", `{"channels":["` + strings.Repeat(`Speed","`, 64) + `Gear"]}`, backend.StatusBadRequest, "up to 64 channels"},
	} {
		res := ask(t, d, c.kind, c.query, 100)
		if res.Error == nil || !strings.Contains(res.Error.Error(), c.want) || res.Status != c.status || res.ErrorSource != backend.ErrorSourceDownstream {
			t.Errorf("%s %.60s: status %d, %s, error %v; want status %d, %q", c.kind, c.query, res.Status, res.ErrorSource, res.Error, c.status, c.want)
		}
	}
}

// One bad query does not take the others of its panel with it.
func TestABadQueryLeavesTheOthers(t *testing.T) {
	d := open(t, models.Settings{TelemetryURL: folder(t)})
	res, err := d.QueryData(t.Context(), &backend.QueryDataRequest{Queries: []backend.DataQuery{
		{RefID: "A", QueryType: "laps", JSON: []byte(`{`)}, {RefID: "B", QueryType: "laps", JSON: []byte(`{}`)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if res.Responses["A"].Error == nil || res.Responses["B"].Error != nil || res.Responses["B"].Frames[0].Rows() == 0 {
		t.Errorf("the bad query: %v; the good one: %v", res.Responses["A"].Error, res.Responses["B"].Error)
	}
}

func TestAnEmptyAnswerSaysWhy(t *testing.T) {
	dir := t.TempDir()
	d := open(t, models.Settings{TelemetryURL: dir})
	notice := func(res backend.DataResponse) string {
		if res.Error != nil {
			return "error: " + res.Error.Error()
		}
		texts := make([]string, 0, 1)
		for _, n := range res.Frames[0].Meta.Notices {
			texts = append(texts, n.Text)
		}
		return strings.Join(texts, " ")
	}
	if got := notice(ask(t, d, "sessions", `{}`, 0)); !strings.Contains(got, "Alt+L") {
		t.Errorf("an empty folder: %q", got)
	}
	if got := notice(ask(t, d, "laps", `{}`, 0)); !strings.Contains(got, "no telemetry file yet") {
		t.Errorf("the laps of an empty folder: %q", got)
	}
	ibttest.Drive{Start: day}.Write(t, dir)
	time.Sleep(1100 * time.Millisecond) // a listing is kept for a second
	for _, c := range []struct{ kind, query, want string }{
		{"laps", `{"only":"valid"}`, "Of the 2 laps of this session none is valid"},
		{"trace", `{"channels":["Speed"]}`, "No lap of this session has a lap time; lap 1, the longest, is shown."},
		{"trace", `{"channels":["Speed"],"laps":["1"],"reference":{"lap":"1"}}`, "Lap 1 is the reference itself"},
		{"trace", `{"channels":["Speed"],"x":"time","laps":["2"]}`, ""},
	} {
		if got := notice(ask(t, d, c.kind, c.query, 0)); !strings.Contains(got, c.want) {
			t.Errorf("%s %s: %q, want %q", c.kind, c.query, got, c.want)
		}
	}
}

func TestHealthSaysWhatIsWrongAndWhatToDo(t *testing.T) {
	empty, onlyBroken, good := t.TempDir(), t.TempDir(), folder(t)
	if err := os.WriteFile(filepath.Join(onlyBroken, "a.ibt"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		url    string
		status backend.HealthStatus
		want   string
	}{
		{"", backend.HealthStatusError, "Nothing is set up yet"},
		{filepath.Join(empty, "missing"), backend.HealthStatusError, "must be mounted"},
		{"ftp://bucket", backend.HealthStatusError, "cannot be read from ftp://"},
		{empty, backend.HealthStatusError, "press Alt+L in the car"},
		{onlyBroken, backend.HealthStatusError, "Of the 1 .ibt file in"},
		{good, backend.HealthStatusOk, "3 telemetry sessions in " + good + ". The newest is Test Car on Test Ring, 2 March 2025 14:00 UTC. 1 file cannot be read"},
	} {
		res, err := open(t, models.Settings{TelemetryURL: c.url}).CheckHealth(t.Context(), &backend.CheckHealthRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if res.Status != c.status || !strings.Contains(res.Message, c.want) {
			t.Errorf("%q: %s %q, want %s %q", c.url, res.Status, res.Message, c.status, c.want)
		}
	}
	if _, err := datasource.New(t.Context(), backend.DataSourceInstanceSettings{JSONData: []byte(`{"telemetryUrl":1}`)}); err == nil {
		t.Error("settings of the wrong shape are taken")
	}
}

func TestPickLists(t *testing.T) {
	d := open(t, models.Settings{TelemetryURL: folder(t)})
	get := func(url string) (status int, options []models.Option, message string) {
		path, _, _ := strings.Cut(url, "?")
		err := d.CallResource(t.Context(), &backend.CallResourceRequest{Method: http.MethodGet, Path: path, URL: url},
			backend.CallResourceResponseSenderFunc(func(r *backend.CallResourceResponse) error {
				status = r.Status
				var problem struct{ Message string }
				if json.Unmarshal(r.Body, &options) != nil {
					if err := json.Unmarshal(r.Body, &problem); err != nil {
						return err
					}
				}
				message = problem.Message
				return nil
			}))
		if err != nil {
			t.Fatal(err)
		}
		return status, options, message
	}
	status, sessions, _ := get("sessions")
	if status != http.StatusOK || len(sessions) != 3 || sessions[1].Label != "2025-03-01 14:00 · Test Car · Test Ring" ||
		sessions[1].Description != "Offline Testing, 3 timed laps, best 0:24.250" {
		t.Errorf("sessions: %d %+v", status, sessions)
	}
	status, laps, _ := get("laps?session=" + sessions[1].Value)
	if status != http.StatusOK || len(laps) != 5 || laps[2] != (models.Option{Value: "3", Label: "Lap 3 · 0:24.250", Description: "fastest"}) ||
		laps[3].Description != "off track, incident" || laps[0].Label != "Lap 1 · out" {
		t.Errorf("laps: %d %+v", status, laps)
	}
	status, channels, _ := get("channels?session=latest")
	if status != http.StatusOK || len(channels) != 25 || channels[0] != (models.Option{Value: "Speed", Label: "Speed", Description: "GPS vehicle speed (m/s)"}) {
		t.Errorf("channels: %d, %d of them, %+v", status, len(channels), channels[0])
	}
	for url, want := range map[string]int{"laps?session=gone": 404, "nonsense": 404} {
		if status, _, message := get(url); status != want || message == "" {
			t.Errorf("%s: status %d, message %q; want %d", url, status, message, want)
		}
	}
}

// A disposed data source answers no more, and waits for what it is answering.
func TestDispose(t *testing.T) {
	dir := folder(t)
	js, err := json.Marshal(models.Settings{TelemetryURL: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	inst, err := datasource.New(context.Background(), backend.DataSourceInstanceSettings{JSONData: js})
	if err != nil {
		t.Fatal(err)
	}
	d := inst.(*datasource.Datasource)
	done := make(chan error, 8)
	for range cap(done) {
		go func() {
			res, err := d.QueryData(context.Background(), &backend.QueryDataRequest{Queries: []backend.DataQuery{{RefID: "A", QueryType: "laps"}}})
			if err == nil {
				err = res.Responses["A"].Error
			}
			done <- err
		}()
	}
	d.Dispose()
	for range cap(done) {
		if err := <-done; err != nil && !strings.Contains(err.Error(), "settings have just changed") {
			t.Error(err)
		}
	}
	if _, err := d.QueryData(context.Background(), &backend.QueryDataRequest{}); err == nil {
		t.Error("a disposed data source answers")
	}
}
