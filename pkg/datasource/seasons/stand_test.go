package seasons_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/replay"
)

// The people of the tests.
const (
	me    = 700001
	rival = 700002
)

// The same as texts.
const (
	myself = "700001"
	other  = "700002"
)

var now = at("2026-05-20 12:10")

type (
	object = map[string]any
	status int
	answer = func(url.Values) any
)

// constant answers the same to every request.
func constant(body any) answer { return func(url.Values) any { return body } }

// stand answers as iRacing does, from functions by the path: nil is nothing known, a status refuses, a text is a CSV file
// and json.RawMessage goes out as it is.
func stand(t testing.TB, answers map[string]answer) *iracing.Client {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body any
		if of := answers[r.URL.Path]; of != nil {
			body = of(r.URL.Query())
		}
		switch b := body.(type) {
		case nil:
			w.WriteHeader(http.StatusNotFound)
			body = object{"error": "Not Found"}
		case status:
			w.WriteHeader(int(b))
			body = object{"error": http.StatusText(int(b))}
		case string:
			w.Header().Set("Content-Type", "text/csv")
			_, _ = w.Write([]byte(b))
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(body)
	}))
	t.Cleanup(srv.Close)
	client := iracing.New(replay.Options(srv.URL))
	t.Cleanup(client.Close)
	return client
}

// one is a source that answers one path, with names hidden.
func one(t testing.TB, path string, body any) *ask.Source {
	t.Helper()
	return source(stand(t, map[string]answer{path: constant(body)}), me, false, now)
}
