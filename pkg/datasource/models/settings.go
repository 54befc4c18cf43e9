// Package models holds what is saved in Grafana: the settings of a data source and the queries of its panels. It is the
// one definition of both; src/models.gen.ts is made from it.
package models

// Settings are the data source's jsonData.
type Settings struct {
	// TelemetryURL is where the .ibt files are: a folder's path or a file:// URL.
	TelemetryURL string `json:"telemetryUrl,omitempty"`
	// Units are the units that speeds, distances and volumes are shown in; empty means metric.
	Units Units `json:"units,omitempty"`
}

// Units is a system of units.
type Units string

// The systems of units.
const (
	UnitsMetric   Units = "metric"   // km/h, litres, °C
	UnitsImperial Units = "imperial" // mph, gallons, °F
)

// Option is one entry of an editor's pick list.
type Option struct {
	Value       string `json:"value"`
	Label       string `json:"label"`
	Description string `json:"description,omitempty"`
}

// PickKind names a pick list of the editors and variables.
type PickKind string

// The pick lists; each is a resource of that name.
const (
	PickSessions PickKind = "sessions"
	PickLaps     PickKind = "laps"
	PickChannels PickKind = "channels"
)

// VariableQuery is a dashboard variable's query: one pick list.
type VariableQuery struct {
	// Kind names the pick list.
	Kind PickKind `json:"kind"`
	// Session is a session's id or the word latest, for laps and channels.
	Session string `json:"session,omitempty"`
}
