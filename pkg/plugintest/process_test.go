package plugintest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/hashicorp/go-hclog"
)

func TestProcess(t *testing.T) {
	binary, err := build(t.Context(), "./testdata/plugin", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer // written by go-plugin's goroutine, which Kill waits for
	p, err := Start(t.Context(), Options{
		Binary: binary,
		Logger: hclog.New(&hclog.LoggerOptions{Output: &logged, Level: hclog.Info}),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Kill()
	instance := Instance{
		PluginID:       "echo-datasource",
		Name:           "Echo",
		JSONData:       map[string]string{"telemetryUrl": "here"},
		SecureJSONData: map[string]string{"key": "secret"},
	}
	pc := pluginContext(t, instance)

	t.Run("settings arrive and a change of them makes a new instance", func(t *testing.T) {
		for _, url := range []string{"here", "there"} {
			instance.JSONData = map[string]string{"telemetryUrl": url}
			res, err := p.CheckHealth(t.Context(), &backend.CheckHealthRequest{PluginContext: pluginContext(t, instance)})
			if err != nil {
				t.Fatal(err)
			}
			if want := `{"telemetryUrl":"` + url + `"}`; res.Message != "Echo secret" || string(res.JSONDetails) != want {
				t.Errorf("got %q %s, want %q %s", res.Message, res.JSONDetails, "Echo secret", want)
			}
		}
	})

	t.Run("a query's frames and another's error", func(t *testing.T) {
		res, err := p.QueryData(t.Context(), &backend.QueryDataRequest{PluginContext: pc, Queries: []backend.DataQuery{
			{RefID: "A", JSON: json.RawMessage(`{"lap":12}`)},
			{RefID: "B", QueryType: "bad", JSON: json.RawMessage(`{}`)},
		}})
		if err != nil {
			t.Fatal(err)
		}
		if got := res.Responses["A"].Frames[0].Fields[0].At(0).(json.RawMessage); string(got) != `{"lap":12}` {
			t.Errorf("A got %s", got)
		}
		if b := res.Responses["B"]; b.Error == nil || b.Error.Error() != "no such lap" || b.Status != backend.StatusBadRequest {
			t.Errorf("B got %v with status %d", b.Error, b.Status)
		}
	})

	t.Run("a resource with status, header and body", func(t *testing.T) {
		res, err := p.GetResource(t.Context(), pc, "laps/best?lap=12")
		if err != nil {
			t.Fatal(err)
		}
		if res.Status != 418 || res.Headers["X-Lap"][0] != "12" || string(res.Body) != "/laps/best" {
			t.Errorf("got %d %v %q", res.Status, res.Headers, res.Body)
		}
	})

	t.Run("metrics", func(t *testing.T) {
		res, err := p.CollectMetrics(t.Context(), &backend.CollectMetricsRequest{PluginContext: pc})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(res.PrometheusMetrics), "\nplugins_datasource_instances_total 3\n") {
			t.Errorf("want three instances made, got\n%s", res.PrometheusMetrics)
		}
	})

	t.Run("a live channel", func(t *testing.T) {
		sub, err := p.SubscribeStream(t.Context(), &backend.SubscribeStreamRequest{PluginContext: pc, Path: "sector"})
		if err != nil || sub.Status != backend.SubscribeStreamStatusNotFound {
			t.Errorf("subscribe got %v, %v", sub, err)
		}
		pub, err := p.PublishStream(t.Context(), &backend.PublishStreamRequest{PluginContext: pc, Path: "lap"})
		if err != nil || pub.Status != backend.PublishStreamStatusPermissionDenied {
			t.Errorf("publish got %v, %v", pub, err)
		}
		var got packets
		err = p.RunStream(t.Context(), &backend.RunStreamRequest{PluginContext: pc, Path: "lap"}, backend.NewStreamSender(&got))
		if err != nil || len(got) != 2 || string(got[1]) != `{"data":{"values":[[61.5]]}}` {
			t.Errorf("got %s, %v", got, err)
		}
	})

	if p.Exited() {
		t.Error("the process has ended before Kill")
	}
	p.Kill()
	if err := p.Wait(t.Context()); err != nil || !p.Exited() {
		t.Errorf("the process lives after Kill: %v", err)
	}
	if _, err := p.CheckHealth(t.Context(), &backend.CheckHealthRequest{PluginContext: pc}); err == nil {
		t.Error("a call after Kill gave no error")
	}
	if !strings.Contains(logged.String(), "instance made: uid=preview") {
		t.Errorf("the plugin's log did not arrive:\n%s", logged.String())
	}
}

func TestStartFails(t *testing.T) {
	if _, err := Start(t.Context(), Options{Binary: filepath.Join(t.TempDir(), "none")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without an executable got %v", err)
	}
	if runtime.GOOS == "windows" {
		t.Skip("wants a shell")
	}
	silent := filepath.Join(t.TempDir(), "silent")
	if err := os.WriteFile(silent, []byte("#!/bin/sh\nexec sleep 60\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := Start(ctx, Options{Binary: silent}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with a process that never serves got %v", err)
	}
}

func pluginContext(t *testing.T, i Instance) backend.PluginContext {
	t.Helper()
	pc, err := i.Context()
	if err != nil {
		t.Fatal(err)
	}
	return pc
}

type packets []json.RawMessage

func (p *packets) Send(packet *backend.StreamPacket) error {
	*p = append(*p, packet.Data)
	return nil
}
