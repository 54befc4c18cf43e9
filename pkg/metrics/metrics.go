// Package metrics holds every Prometheus metric of the plugin and the collector, so that each name is written once.
// Labels take few values: never a session, a lap or a person.
package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Outcomes of what is counted.
const (
	OK     = "ok"
	Failed = "failed"
)

// The metrics of the plugin's queries. The kind is the query's queryType.
var (
	Queries = promauto.NewCounterVec(prometheus.CounterOpts{
		Name: "iracing_plugin_queries_total",
		Help: "Queries answered by the data source, by kind and outcome.",
	}, []string{"kind", "outcome"})

	QuerySeconds = promauto.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "iracing_plugin_query_duration_seconds",
		Help:    "Time that the data source took to answer a query, by kind.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"kind"})
)

// The metrics of telemetry files.
var (
	Files = promauto.NewCounterVec(prometheus.CounterOpts{
		Name: "iracing_ibt_files_total",
		Help: "Telemetry files whose laps were read, by outcome.",
	}, []string{"outcome"})

	FileSeconds = promauto.NewHistogram(prometheus.HistogramOpts{
		Name:    "iracing_ibt_decode_duration_seconds",
		Help:    "Time that the lap table of a telemetry file took.",
		Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	})

	FileBytes = promauto.NewCounter(prometheus.CounterOpts{
		Name: "iracing_ibt_bytes_total",
		Help: "Size of the telemetry files whose laps were read, in bytes.",
	})
)
