package datasource

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
)

func isNotFound(err error) bool {
	_, missing := errors.AsType[*library.NotFoundError](err)
	return missing
}

// sessions lists the telemetry files, one row each.
func (d *Datasource) sessions(ctx context.Context, r request[models.SessionsQuery]) (data.Frames, error) {
	lib, err := d.openLibrary()
	if err != nil {
		return nil, err
	}
	all, notices, err := lib.Sessions(ctx)
	if err != nil {
		return nil, err
	}
	var shown []library.Session
	for _, s := range all {
		inRange := !r.query.InRange || !s.End.Before(r.rng.From) && !s.Start.After(r.rng.To)
		if inRange && contains(s.Car, r.query.Car) && contains(s.Track, r.query.Track) {
			shown = append(shown, s)
		}
	}
	n := len(shown)
	ids, names, cars, tracks := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	drivers, types, bestText, status := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	starts, ends := make([]time.Time, n), make([]time.Time, n)
	lengths, laps, best, sizes := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for i, s := range shown {
		ids[i], names[i], cars[i], tracks[i] = s.ID, path.Base(s.File.Name), s.Car, s.Track
		drivers[i], types[i], bestText[i], status[i] = s.Driver, s.Type, analysis.FormatLapTime(s.Best), "ok"
		starts[i], ends[i] = s.Start, s.End
		lengths[i], laps[i], best[i], sizes[i] = s.End.Sub(s.Start).Seconds(), float64(s.TimedLaps), s.Best, float64(s.File.Size)
		switch {
		case s.Problem != "":
			status[i] = s.Problem
			lengths[i], laps[i] = math.NaN(), math.NaN()
		case !s.Analysed:
			laps[i] = math.NaN()
		case !s.Closed:
			status[i] = "not closed by the sim"
		}
	}
	frame := frames.New("sessions", data.FrameTypeTable, "all telemetry files",
		frames.Column("start", "Start", starts),
		frames.Column("car", "Car", cars),
		frames.Column("track", "Track", tracks),
		frames.Column("type", "Session", types),
		frames.Numbers("laps", "Timed laps", laps, frames.Count),
		frames.Column("bestLapText", "Best lap", bestText),
		frames.Numbers("bestLap", "Best lap, s", best, frames.Seconds),
		frames.Numbers("duration", "Length", lengths, frames.Duration),
		frames.Column("driver", "Driver", drivers),
		frames.Column("end", "End", ends),
		frames.Column("fileName", "File", names),
		frames.Numbers("sizeBytes", "Size", sizes, frames.Bytes),
		frames.Column("status", "Status", status),
		frames.Column("id", "Session id", ids),
	)
	frame.Meta.UniqueRowIDFields = []int{13}
	frames.Notice(frame, data.NoticeSeverityInfo, notices...)
	switch {
	case n > 0:
	case len(all) == 0:
		place := "the telemetry folder"
		if d.settings.TelemetryURL == "" {
			place = "the database"
		}
		frames.Notice(frame, data.NoticeSeverityInfo, noFiles(place))
	default:
		frames.Notice(frame, data.NoticeSeverityInfo, fmt.Sprintf("Of the %s none passes the filter.", frames.Plural(len(all), "session")))
	}
	return data.Frames{frame}, nil
}

// noFiles tells a driver how telemetry comes about.
func noFiles(place string) string {
	return fmt.Sprintf("There are no .ibt files in %s. iRacing records one each time you drive with telemetry logging on: "+
		"press Alt+L in the car, or set irsdkEnableDisk=1 in app.ini; it writes to Documents/iRacing/telemetry.", place)
}

func contains(s, part string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(strings.TrimSpace(part)))
}
