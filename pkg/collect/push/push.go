// Package push brings telemetry to Prometheus with the time at which it was driven: by remote write while the target
// takes samples of that age, and as an OpenMetrics file for what is older. The names, the labels and the channels behind
// them stand in [metrics.Telemetry].
package push
