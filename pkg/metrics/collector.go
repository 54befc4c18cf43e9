package metrics

import (
	"runtime"
	"runtime/debug"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// More outcomes of a job's run.
const (
	Skipped     = "skipped"     // another collector runs it
	Interrupted = "interrupted" // the process was told to end
)

// The metrics of the collector's jobs.
var (
	Runs = promauto.NewCounterVec(prometheus.CounterOpts{
		Name: "iracing_collector_runs_total",
		Help: "Runs of the collector's jobs, by job and outcome.",
	}, []string{"job", "outcome"})

	LastSuccess = promauto.NewGaugeVec(prometheus.GaugeOpts{
		Name: "iracing_collector_last_success_timestamp_seconds",
		Help: "When a run of the job last succeeded, in seconds since 1970, whichever collector it ran in.",
	}, []string{"job"})

	RunSeconds = promauto.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "iracing_collector_run_duration_seconds",
		Help:    "Time that a run of the job took.",
		Buckets: []float64{.1, .5, 1, 5, 15, 60, 300, 900, 3600, 14400},
	}, []string{"job"})

	IngestedRows = promauto.NewCounterVec(prometheus.CounterOpts{
		Name: "iracing_ingested_rows_total",
		Help: "Rows that were written to the database, by table.",
	}, []string{"table"})

	// Without children until a library is watched, as the plugin has none of its own.
	filesPending = promauto.NewGaugeVec(prometheus.GaugeOpts{
		Name: "iracing_ibt_files_pending",
		Help: "Telemetry files that are not in the database yet: those that still grow or could not be read.",
	}, nil)

	buildInfo = promauto.NewGaugeVec(prometheus.GaugeOpts{
		Name: "iracing_build_info",
		Help: "1, with the version of the program and of Go.",
	}, []string{"version", "goversion"})
)

// FilesPending sets how many telemetry files are not in the database yet.
func FilesPending(n int) { filesPending.WithLabelValues().Set(float64(n)) }

// BuildInfo tells the version of the program.
func BuildInfo() { buildInfo.WithLabelValues(Version(), runtime.Version()).Set(1) }

// Version is the program's, or "unknown".
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "unknown"
	}
	return info.Main.Version
}

// The state of the own drivers, as it was last collected. Categories are those of licences: sports_car.
var (
	IRating = promauto.NewGaugeVec(prometheus.GaugeOpts{
		Name: "iracing_driver_irating",
		Help: "The own driver's iRating in a category.",
	}, []string{"cust_id", "category"})

	SafetyRating = promauto.NewGaugeVec(prometheus.GaugeOpts{
		Name: "iracing_driver_safety_rating",
		Help: "The own driver's safety rating within the licence class, 0 to 4.99.",
	}, []string{"cust_id", "category"})

	LicenceClass = promauto.NewGaugeVec(prometheus.GaugeOpts{
		Name: "iracing_driver_license_class",
		Help: "The own driver's licence class: 1 rookie, 2 D, 3 C, 4 B, 5 A, 6 pro, 7 world championship.",
	}, []string{"cust_id", "category"})

	BestLap = promauto.NewGaugeVec(prometheus.GaugeOpts{
		Name: "iracing_last_session_best_lap_seconds",
		Help: "The best lap time of the newest telemetry file.",
	}, []string{"cust_id"})

	LastLap = promauto.NewGaugeVec(prometheus.GaugeOpts{
		Name: "iracing_last_session_last_lap_seconds",
		Help: "The last timed lap of the newest telemetry file.",
	}, []string{"cust_id"})

	FuelPerLap = promauto.NewGaugeVec(prometheus.GaugeOpts{
		Name: "iracing_last_session_fuel_per_lap_liters",
		Help: "Fuel used in a timed lap of the newest telemetry file, the average.",
	}, []string{"cust_id"})

	SessionIncidents = promauto.NewGaugeVec(prometheus.GaugeOpts{
		Name: "iracing_last_session_incidents",
		Help: "Incident points of the newest telemetry file.",
	}, []string{"cust_id"})
)
