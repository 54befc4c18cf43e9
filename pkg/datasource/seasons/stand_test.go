package seasons_test

import (
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
	object = replay.Object
	status = replay.Status
	answer = func(url.Values) any
)

// constant answers the same to every request.
func constant(body any) answer { return replay.Constant(body) }

// stand answers as iRacing does, from functions by the path.
func stand(t testing.TB, answers map[string]answer) *iracing.Client {
	t.Helper()
	return replay.Answers(answers).Client(t)
}

// one is a source that answers one path, with names hidden.
func one(t testing.TB, path string, body any) *ask.Source {
	t.Helper()
	return source(stand(t, map[string]answer{path: constant(body)}), me, false, now)
}
