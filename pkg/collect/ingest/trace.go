package ingest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

const (
	pointGap  = 2.5 // m between the points of a trace, about
	maxPoints = 4001
)

// axisOf is the axis of all traces of a file; there is none when the length of the track is not known.
//
// The number of its points goes by the length that the session text gives, which is the same in all files of a track, so
// that the points of two files can be compared one by one. The length by the positions differs a little between files.
func axisOf(t *analysis.Table) (analysis.Axis, bool) {
	if math.IsNaN(t.TrackLength) {
		return analysis.Axis{}, false
	}
	length := t.Info.TrackLength
	if !(math.Abs(length-t.TrackLength) < 0.05*t.TrackLength) {
		length = t.TrackLength
	}
	length = math.Round(length/10) * 10 // as the text of old files has it
	buckets := int(math.Round(length / (2 * pointGap)))
	return analysis.NewAxis(t.TrackLength, min(2*buckets+1, maxPoints)), true
}

// tracedSignals are the main channels that the file has and that are worth drawing.
func tracedSignals(rec *library.Recording) ([]analysis.Signal, error) {
	var out []analysis.Signal
	for _, c := range analysis.MainChannels() {
		if !c.Traced {
			continue
		}
		s, err := analysis.FindSignal(rec.File, &rec.Table.Info, c.Name)
		if _, missing := errors.AsType[*ibt.ChannelError](err); missing {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// channelOf describes a signal. Shares have the unit % in files, though they go from 0 to 1.
func channelOf(s *analysis.Signal) store.RecordedChannel {
	c := store.RecordedChannel{Name: s.Name, Title: analysis.ChannelTitle(s.Name), Unit: "m"}
	if s.Var == nil {
		return c
	}
	unit, _, _ := strings.Cut(s.Var.Unit, " or ") // "l or kWh" is l in a car with a tank
	switch {
	case unit == "%":
		c.Unit = "share"
	case strings.HasPrefix(unit, "irsdk_"):
		c.Unit = ""
	default:
		c.Unit = clean(unit)
	}
	return c
}

// Traces are the laps of a recording over distance, drawn one after the other as they are asked for. r is what [Recording]
// made of the same recording. A lap that no point is known of is left out.
func Traces(ctx context.Context, rec *library.Recording, r *store.Recording) iter.Seq2[*store.LapTrace, error] {
	return func(yield func(*store.LapTrace, error) bool) {
		axis, ok := axisOf(rec.Table)
		if !ok {
			return
		}
		signals, err := tracedSignals(rec)
		if err != nil {
			yield(nil, fmt.Errorf("read %s: %w", rec.Session.File.Name, err))
			return
		}
		d := drawing{rec: rec, axis: axis, signals: signals}
		for i := range r.Laps {
			t, err := d.lap(ctx, r.Laps[i].Lap)
			if err != nil {
				yield(nil, fmt.Errorf("read lap %s of %s: %w", r.Laps[i].ID(), rec.Session.File.Name, err))
				return
			}
			if t != nil && !yield(t, nil) {
				return
			}
		}
	}
}

// drawing draws the laps of a recording.
type drawing struct {
	rec     *library.Recording
	axis    analysis.Axis
	signals []analysis.Signal
}

// lap draws a lap. Places are drawn on their own: they must not have their peaks put in place, and all others must.
func (d *drawing) lap(ctx context.Context, l *analysis.Lap) (*store.LapTrace, error) {
	t := &store.LapTrace{Lap: l.ID(), Values: make([][]float64, len(d.signals))}
	for _, places := range []bool{false, true} {
		var some []analysis.Signal
		var at []int
		for i, s := range d.signals {
			if s.Place == places {
				some, at = append(some, s), append(at, i)
			}
		}
		drawn, err := analysis.TraceLap(ctx, d.rec.File, l, d.axis, some)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(drawn.Elapsed, known) {
			return nil, nil
		}
		t.Elapsed = drawn.Elapsed
		for k, values := range drawn.Values {
			if slices.ContainsFunc(values, known) {
				t.Values[at[k]] = values
			}
		}
	}
	return t, nil
}

func known(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
