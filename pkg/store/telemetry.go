package store

import (
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
)

// Recording is a telemetry file as the database has it. Strings are empty and numbers 0 or NaN where nobody knows.
type Recording struct {
	ID      string // of the session in the library
	Name    string // path within the library
	Size    int64
	SHA256  [32]byte // of the file
	ModTime time.Time

	Start, End  time.Time
	Car         string
	CarID       int
	Track       string // with the layout
	TrackConfig string // the layout
	TrackID     int
	TrackLength float64      // m, by the positions; NaN if unknown
	Origin      analysis.Geo // of the track map
	Sectors     []float64    // where each begins, as a share of the lap
	Cust        int64
	Driver      string
	Subsession  int64
	Type        string // of the last session in the file, such as Race
	TickRate    int    // records a second
	Records     int
	Closed      bool

	Laps     []RecordedLap
	Channels []RecordedChannel // what the laps have traces of
	Points   int               // of each trace, evenly spaced from line to line
	// Rules is the version of the rules by which laps were told apart and traces drawn. What older ones yielded is
	// replaced, though the file be the same.
	Rules int
}

// RecordedLap is a lap of a recording.
type RecordedLap struct {
	*analysis.Lap
	SessionType string    // such as Race
	StartTime   time.Time // when it began
}

// RecordedChannel is a channel that laps have traces of.
type RecordedChannel struct{ Name, Title, Unit string }

// LapTrace is the channels of one lap over distance. Its slices have as many values as the recording has points; NaN
// stands where the lap has no records. Who is given one may keep it.
type LapTrace struct {
	Lap     string      // the lap's id
	Elapsed []float64   // s since the line, or since the first record of a lap that did not begin there
	Values  [][]float64 // of the recording's channels in their order; nil for one that the lap has nothing of
}

// RecordingState is what is known of a telemetry file.
type RecordingState struct {
	Known   bool
	Name    string
	SHA256  [32]byte
	Size    int64
	ModTime time.Time // to the microsecond
	Records int
	Closed  bool
	Rules   int
	// ExportedAt is when the metrics of this very content were sent, by target.
	ExportedAt map[string]time.Time
}
