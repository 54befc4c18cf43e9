package push

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/apexobs/iracing-grafana-observability/pkg/promtest"
)

// ownMetrics are those of a run that did one job, which failed.
func ownMetrics() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	with := promauto.With(registry)
	with.NewCounterVec(prometheus.CounterOpts{Name: "iracing_test_runs_total"}, []string{"job", "outcome"}).WithLabelValues("races", "failed").Inc()
	with.NewGauge(prometheus.GaugeOpts{Name: "iracing_test_rating"}).Set(2345)
	with.NewHistogram(prometheus.HistogramOpts{Name: "iracing_test_seconds", Buckets: []float64{.5, 10}}).Observe(3)
	with.NewGauge(prometheus.GaugeOpts{Name: "go_test"}).Set(1)
	return registry
}

func TestPushMetricsLooksLikeAScrape(t *testing.T) {
	now := time.Date(2026, 3, 1, 14, 0, 0, 0, time.UTC)
	r := receive(t)
	w := writer(t, r.URL, Config{Batch: 3, Now: func() time.Time { return now }})
	if err := w.PushMetrics(t.Context(), OwnMetrics{Gather: ownMetrics(), Instance: "pc", Started: now.Add(-time.Minute)}); err != nil {
		t.Fatal(err)
	}
	begin, end := now.Add(-time.Minute).UnixMilli(), now.UnixMilli()
	counted := func(v float64) []Sample { return []Sample{{begin, 0}, {end, v}} }
	want := collected{
		`iracing_test_runs_total{exported_job="races",instance="pc",job="iracing-collector",outcome="failed"}`: counted(1),
		`iracing_test_rating{instance="pc",job="iracing-collector"}`:                                           {{end, 2345}},
		`iracing_test_seconds_bucket{instance="pc",job="iracing-collector",le="0.5"}`:                          counted(0),
		`iracing_test_seconds_bucket{instance="pc",job="iracing-collector",le="10"}`:                           counted(1),
		`iracing_test_seconds_bucket{instance="pc",job="iracing-collector",le="+Inf"}`:                         counted(1),
		`iracing_test_seconds_sum{instance="pc",job="iracing-collector"}`:                                      counted(3),
		`iracing_test_seconds_count{instance="pc",job="iracing-collector"}`:                                    counted(1),
	}
	if !same(r.taken, want) {
		t.Errorf("%v, want %v", r.taken, want)
	}
}

func TestPushMetricsShowsARiseInEachRun(t *testing.T) {
	server := promtest.Start(t, promtest.Options{OutOfOrder: "1h"})
	now := time.Now()
	w := writer(t, server.WriteURL(), Config{Now: func() time.Time { return now }})
	for range 2 {
		if err := w.PushMetrics(t.Context(), OwnMetrics{Gather: ownMetrics(), Instance: "pc", Started: now.Add(-10 * time.Second)}); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Minute)
	}
	got := server.Query(t, `increase(iracing_test_runs_total{exported_job="races"}[5m])`, now)
	if len(got) != 1 || math.Round(got[0].Points[0].Value) < 2 {
		t.Errorf("two runs are an increase of %v", got)
	}
}

func TestPushMetricsTellsWhatIsWrong(t *testing.T) {
	r := receive(t)
	r.answer = func(int, []Series, http.ResponseWriter) (int, string) { return http.StatusUnauthorized, "no" }
	err := writer(t, r.URL, Config{}).PushMetrics(t.Context(), OwnMetrics{Gather: ownMetrics()})
	if err == nil || !strings.Contains(err.Error(), "does not take the credentials") {
		t.Error(err)
	}
}
