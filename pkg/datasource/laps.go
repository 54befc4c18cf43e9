package datasource

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
)

// open opens a session; an empty id means the newest.
func (d *Datasource) open(ctx context.Context, id string) (*library.Recording, error) {
	lib, err := d.openLibrary()
	if err != nil {
		return nil, err
	}
	if id == "" {
		id = models.SessionLatest
	}
	return lib.Open(ctx, id)
}

// laps is the lap table of a session, one row a lap.
func (d *Datasource) laps(ctx context.Context, r request[models.LapsQuery]) (data.Frames, error) {
	switch r.query.Only {
	case "", models.LapsAll, models.LapsTimed, models.LapsValid:
	default:
		return nil, frames.BadQuery("a lap table shows %s, %s or %s laps, not %q", models.LapsAll, models.LapsTimed, models.LapsValid, r.query.Only)
	}
	rec, err := d.open(ctx, r.query.Session)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rec.Close() }() // reading leaves nothing to lose
	t := tracing{d: d, ctx: ctx, rec: rec}
	if len(r.query.Laps) > 0 {
		err = t.chooseLaps(r.query.Laps)
	} else {
		t.laps = fromPointers(rec.Table.Laps)
	}
	if err != nil {
		return nil, err
	}
	var laps []*analysis.Lap
	for _, l := range t.laps {
		if r.query.Only == models.LapsTimed && !l.Timed() || r.query.Only == models.LapsValid && !l.Valid() {
			continue
		}
		laps = append(laps, l)
	}
	frame := d.lapFrame(rec, laps)
	switch {
	case len(laps) > 0:
	case len(rec.Table.Laps) == 0:
		frames.Notice(frame, data.NoticeSeverityInfo, "No lap was begun in this session.")
	default:
		frames.Notice(frame, data.NoticeSeverityInfo, fmt.Sprintf("Of the %s of this session none is %s.", frames.Plural(len(rec.Table.Laps), "lap"), r.query.Only))
	}
	if rec.Table.Cut {
		frames.Notice(frame, data.NoticeSeverityWarning, "The file holds more laps than can be listed; the later ones are left out.")
	}
	frames.Notice(frame, data.NoticeSeverityInfo, t.notices...)
	frames.Notice(frame, data.NoticeSeverityWarning, rec.File.Warnings()...)
	return data.Frames{frame}, nil
}

func (d *Datasource) lapFrame(rec *library.Recording, laps []*analysis.Lap) *data.Frame {
	texts := func(get func(*analysis.Lap) string) []string { return gather(laps, get) }
	floats := func(get func(*analysis.Lap) float64) []float64 { return gather(laps, get) }
	shown := func(unit string) frames.Display { s, _ := frames.ByUnit(unit, d.settings.Units); return s }

	best := math.NaN()
	if b := rec.Table.Best(); b != nil {
		best = b.Time
	}
	trackEnd := float64(distanceEpoch.UnixMilli()) + math.Ceil(rec.Table.TrackLength)
	incidents := func(l *analysis.Lap) float64 {
		if l.Incidents < 0 {
			return math.NaN()
		}
		return float64(l.Incidents)
	}
	frame := frames.New("laps", data.FrameTypeTable,
		fmt.Sprintf("laps of %s (%d records)", rec.Session.File.Name, rec.Table.Rows),
		frames.Column("lap", "Lap", texts((*analysis.Lap).ID)),
		frames.Column("lapTimeText", "Lap time", texts(func(l *analysis.Lap) string { return analysis.FormatLapTime(l.Time) })),
		frames.Numbers("delta", "To best", floats(func(l *analysis.Lap) float64 { return l.Time - best }), frames.Seconds),
		frames.Column("kind", "Kind", texts(func(l *analysis.Lap) string { return l.Kind.String() })),
		frames.Column("valid", "Valid", gather(laps, (*analysis.Lap).Valid)),
		frames.Column("notes", "Notes", texts((*analysis.Lap).Notes)),
	)
	for k := range rec.Table.Info.Sectors {
		sector := func(l *analysis.Lap) float64 {
			if k < len(l.Sectors) {
				return l.Sectors[k]
			}
			return math.NaN()
		}
		frame.Fields = append(frame.Fields, frames.Numbers(fmt.Sprintf("sector%d", k+1), fmt.Sprintf("S%d", k+1), floats(sector), frames.Seconds))
	}
	frame.Fields = append(frame.Fields,
		frames.Numbers("fuelUsed", "Fuel used", floats(func(l *analysis.Lap) float64 { return l.FuelUsed }), shown("l")),
		frames.Numbers("fuelLevel", "Fuel at start", floats(func(l *analysis.Lap) float64 { return l.FuelStart }), shown("l")),
		frames.Numbers("topSpeed", "Top speed", floats(func(l *analysis.Lap) float64 { return l.TopSpeed }), shown("m/s")),
		frames.Numbers("minSpeed", "Slowest", floats(func(l *analysis.Lap) float64 { return l.MinSpeed }), shown("m/s")),
		frames.Numbers("incidents", "Incidents", floats(incidents), frames.Count),
		frames.Numbers("airTemp", "Air", floats(func(l *analysis.Lap) float64 { return l.AirTemp }), shown("C")),
		frames.Numbers("trackTemp", "Track", floats(func(l *analysis.Lap) float64 { return l.TrackTemp }), shown("C")),
		frames.Numbers("lapTime", "Lap time, s", floats(func(l *analysis.Lap) float64 { return l.Time }), frames.Seconds),
		frames.Numbers("number", "Lap number", floats(func(l *analysis.Lap) float64 { return float64(l.Number) }), frames.Number),
		frames.Numbers("run", "Run", floats(func(l *analysis.Lap) float64 { return float64(l.Run) }), frames.Number),
		frames.Column("sessionType", "Session", texts(func(l *analysis.Lap) string { return rec.Table.Info.SessionType(l.SessionNum) })),
		frames.Column("start", "Start", gather(laps, func(l *analysis.Lap) time.Time { return rec.At(l.Offset) })),
		frames.Column("session", "Session id", texts(func(*analysis.Lap) string { return rec.Session.ID })),
		// For links into charts over distance as time: where their time range ends.
		frames.Numbers("trackEnd", "Track end", floats(func(*analysis.Lap) float64 { return trackEnd }), frames.Count),
	)
	return frame
}

// gather is one value of each lap.
func gather[T any](laps []*analysis.Lap, get func(*analysis.Lap) T) []T {
	out := make([]T, len(laps))
	for i, l := range laps {
		out[i] = get(l)
	}
	return out
}
