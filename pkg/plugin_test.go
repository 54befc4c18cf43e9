package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/hashicorp/go-hclog"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/plugintest"
)

// plugin is the compiled plugin, started once for all tests as Grafana starts it.
var plugin *plugintest.Process

// binary is the compiled plugin's path.
var binary string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		dir, err := os.MkdirTemp("", "plugin")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer func() { _ = os.RemoveAll(dir) }() // a leftover in the temporary folder harms nobody
		if binary, err = plugintest.Build(ctx, dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		// The cache goes into the test's folder, not into the user's.
		if plugin, err = plugintest.Start(ctx, plugintest.Options{
			Binary: binary, Env: []string{"XDG_CACHE_HOME=" + dir},
			Logger: hclog.New(&hclog.LoggerOptions{Output: &logged, Level: hclog.Trace}),
		}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer plugin.Kill()
		return pgtest.Main(m)
	}())
}

// source is the context of a data source over a folder.
func source(t *testing.T, folder string) backend.PluginContext {
	t.Helper()
	pc, err := plugintest.Instance{
		PluginID: datasource.PluginID, UID: t.Name(), JSONData: models.Settings{TelemetryURL: folder},
	}.Context()
	if err != nil {
		t.Fatal(err)
	}
	return pc
}

func query(t *testing.T, pc backend.PluginContext, kind models.Kind, q any) *data.Frame {
	t.Helper()
	body, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	res, err := plugin.QueryData(t.Context(), &backend.QueryDataRequest{PluginContext: pc, Queries: []backend.DataQuery{{
		RefID: "A", QueryType: string(kind), JSON: body, MaxDataPoints: 1000,
		TimeRange: backend.TimeRange{From: time.Now().Add(-time.Hour), To: time.Now()},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Responses["A"].Error; err != nil {
		t.Fatalf("%s %s: %v", kind, body, err)
	}
	return res.Responses["A"].Frames[0]
}

func field(t *testing.T, f *data.Frame, name string) *data.Field {
	t.Helper()
	x, i := f.FieldByName(name)
	if i < 0 {
		t.Fatalf("frame %s has no field %s", f.Name, name)
	}
	return x
}

// number is a value that may be missing.
func number(t *testing.T, f *data.Field, row int) float64 {
	t.Helper()
	v, err := f.FloatAt(row)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func options(t *testing.T, pc backend.PluginContext, url string) []models.Option {
	t.Helper()
	res, err := plugin.GetResource(t.Context(), pc, url)
	if err != nil {
		t.Fatal(err)
	}
	var list []models.Option
	if err := json.Unmarshal(res.Body, &list); res.Status != 200 || err != nil {
		t.Fatalf("%s: status %d, %s", url, res.Status, res.Body)
	}
	return list
}

func TestThePluginAnswersOverGRPC(t *testing.T) {
	dir := t.TempDir()
	ibttest.Drive{Laps: []float64{25.5, 24.25}}.Write(t, dir)
	pc := source(t, dir)
	health, err := plugin.CheckHealth(t.Context(), &backend.CheckHealthRequest{PluginContext: pc})
	if err != nil {
		t.Fatal(err)
	}
	if health.Status != backend.HealthStatusOk || !strings.Contains(health.Message, "1 telemetry session in "+dir) {
		t.Errorf("health: %s %q", health.Status, health.Message)
	}
	if list := options(t, pc, "laps?session=latest"); len(list) != 4 || list[2].Label != "Lap 3 · 0:24.250" {
		t.Errorf("laps: %+v", list)
	}
	frame := query(t, pc, models.KindTrace, models.TraceQuery{Channels: models.StringList{"Speed", "Throttle", "Brake"}})
	if frame.Rows() < 900 || frame.Rows() > 1001 || len(frame.Fields) != 4 {
		t.Errorf("the first query of the editor yields %d fields of %d rows", len(frame.Fields), frame.Rows())
	}
	m, err := plugin.CollectMetrics(t.Context(), &backend.CollectMetricsRequest{PluginContext: pc})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`iracing_plugin_queries_total{kind="trace",outcome="ok"}`, `iracing_ibt_files_total{outcome="ok"}`} {
		if !strings.Contains(string(m.PrometheusMetrics), want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if strings.Contains(string(m.PrometheusMetrics), "Tess") {
		t.Error("the metrics name a driver")
	}
}

// Another folder in the settings is another instance: both answer for themselves.
func TestChangedSettingsTakeEffect(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	ibttest.Drive{Car: "First"}.Write(t, first)
	ibttest.Drive{Car: "Second"}.Write(t, second)
	for _, c := range []struct{ dir, car string }{{first, "First"}, {second, "Second"}, {first, "First"}} {
		pc := source(t, c.dir)
		if car := field(t, query(t, pc, models.KindSessions, struct{}{}), "car").At(0); car != c.car {
			t.Errorf("%s lists %s", c.dir, car)
		}
	}
}

// Every real recording passes through the real process, and what it answers fits together.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("IBT_CORPUS")
	if dir == "" {
		t.Skip("IBT_CORPUS names no folder with real recordings")
	}
	pc := source(t, dir)
	health, err := plugin.CheckHealth(t.Context(), &backend.CheckHealthRequest{PluginContext: pc})
	if err != nil || health.Status != backend.HealthStatusOk {
		t.Fatalf("health: %v, %v", health, err)
	}
	sessions := query(t, pc, models.KindSessions, struct{}{})
	files, err := filepath.Glob(filepath.Join(dir, "*.ibt"))
	if err != nil || sessions.Rows() != len(files) || len(files) != 12 {
		t.Fatalf("%d sessions of %d files, %v", sessions.Rows(), len(files), err)
	}
	timed := 0
	for row := range sessions.Rows() {
		id := field(t, sessions, "id").At(row).(string)
		name := field(t, sessions, "fileName").At(row).(string)
		if status := field(t, sessions, "status").At(row); status != "ok" {
			t.Errorf("%s: %v", name, status)
		}
		if list := options(t, pc, "channels?session="+id); len(list) < 140 || list[0].Value != "Speed" {
			t.Errorf("%s offers %d channels", name, len(list))
		}
		laps := query(t, pc, models.KindLaps, models.LapsQuery{Session: id})
		picked := options(t, pc, "laps?session="+id)
		if len(picked) != laps.Rows() {
			t.Errorf("%s: %d laps in the table, %d to pick from", name, laps.Rows(), len(picked))
		}
		times := map[string]float64{}
		for i := range laps.Rows() {
			if v := number(t, field(t, laps, "lapTime"), i); !math.IsNaN(v) {
				times[field(t, laps, "lap").At(i).(string)] = v
			}
		}
		timed += len(times)

		trace := query(t, pc, models.KindTrace, models.TraceQuery{
			Session: id, Laps: models.StringList{models.LapAll}, Channels: models.StringList{"Speed"},
			Reference: &models.LapRef{Lap: models.LapBest},
		})
		var best float64
		for _, v := range times {
			if best == 0 || v < best {
				best = v
			}
		}
		for _, f := range trace.Fields {
			v, isTimed := times[f.Labels["lap"]]
			if f.Name != "delta" || !isTimed {
				continue
			}
			if end := number(t, f, f.Len()-1); math.Abs(end-(v-best)) > 0.001 {
				t.Errorf("%s lap %s: delta ends at %.4f s, the lap times differ by %.4f s", name, f.Labels["lap"], end, v-best)
			}
		}
		for _, x := range []models.XAxis{models.XTime, models.XDistanceAsTime} {
			f := query(t, pc, models.KindTrace, models.TraceQuery{Session: id, Laps: models.StringList{models.LapLast}, X: x, Channels: models.StringList{"Speed", "Gear", "TrackX"}})
			if f.Rows() == 0 {
				t.Errorf("%s over %s is empty", name, x)
			}
		}
	}
	if timed != 10 {
		t.Errorf("%d timed laps, want 10", timed)
	}
}
