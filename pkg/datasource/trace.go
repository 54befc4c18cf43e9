package datasource

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
)

// Bounds of one trace. Beyond them a panel is unreadable long before anything is slow.
const (
	maxChannels  = 64
	maxTraceLaps = 100
	maxValues    = 2_000_000 // in all columns together
)

// distanceEpoch is where a distance axis begins that poses as time. Grafana's map panel ignores a time of 0.
var distanceEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// trace is channels of chosen laps over distance or time.
func (d *Datasource) trace(ctx context.Context, r request[models.TraceQuery]) (data.Frames, error) {
	q := &r.query
	if q.X == "" {
		q.X = models.XDistance
	}
	if !slices.Contains([]models.XAxis{models.XDistance, models.XDistanceAsTime, models.XTime}, q.X) {
		return nil, frames.BadQuery("a trace is drawn over %s, %s or %s, not over %q", models.XDistance, models.XDistanceAsTime, models.XTime, q.X)
	}
	if len(q.Channels) > maxChannels {
		return nil, frames.BadQuery("a trace shows up to %d channels, %d are asked for", maxChannels, len(q.Channels))
	}
	if len(q.Channels) == 0 && (q.Reference == nil || q.X == models.XTime) {
		return nil, frames.BadQuery("choose at least one channel, such as Speed")
	}
	rec, err := d.open(ctx, q.Session)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rec.Close() }() // reading leaves nothing to lose
	t := tracing{d: d, ctx: ctx, rec: rec, request: r}
	if len(q.Laps) == 0 {
		q.Laps = models.StringList{models.LapBest}
	}
	if err := t.chooseLaps(q.Laps); err != nil {
		return nil, err
	}
	var frame *data.Frame
	if len(t.laps) > maxTraceLaps && q.X != models.XTime {
		t.notice("Only the first %d of %d laps are drawn.", maxTraceLaps, len(t.laps))
		t.laps = t.laps[:maxTraceLaps]
	}
	if q.X == models.XTime {
		frame, err = t.overTime()
	} else {
		frame, err = t.overDistance()
	}
	if err != nil {
		return nil, err
	}
	frames.Notice(frame, data.NoticeSeverityInfo, t.notices...)
	return data.Frames{frame}, nil
}

// tracing is one trace being made.
type tracing struct {
	d *Datasource
	request[models.TraceQuery]
	ctx     context.Context
	rec     *library.Recording
	laps    []*analysis.Lap
	notices []string
}

func (t *tracing) notice(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(t.notices, text) && len(t.notices) < 8 {
		t.notices = append(t.notices, text)
	}
}

// chooseLaps finds the laps with these names, in the order they were driven.
func (t *tracing) chooseLaps(names models.StringList) error {
	for _, name := range names {
		if strings.EqualFold(name, models.LapAll) {
			for i := range t.rec.Table.Laps {
				t.laps = append(t.laps, &t.rec.Table.Laps[i])
			}
			continue
		}
		lap, err := t.findLap(t.rec, name)
		if err != nil {
			return err
		}
		if lap != nil {
			t.laps = append(t.laps, lap)
		}
	}
	slices.SortFunc(t.laps, func(a, b *analysis.Lap) int { return a.From - b.From })
	t.laps = slices.Compact(t.laps)
	return nil
}

// findLap is the lap of a session that a number or a word names. It is nil, with a notice, in a session without laps.
func (t *tracing) findLap(rec *library.Recording, name string) (*analysis.Lap, error) {
	table := rec.Table
	if len(table.Laps) == 0 {
		t.notice("No lap was begun in this session.")
		return nil, nil
	}
	switch {
	case strings.EqualFold(name, models.LapBest):
		if best := table.Best(); best != nil {
			if !best.Valid() {
				t.notice("No lap of this session is valid; lap %s is the fastest (%s).", best.ID(), best.Notes())
			}
			return best, nil
		}
		longest := slices.MaxFunc(fromPointers(table.Laps), func(a, b *analysis.Lap) int { return (a.To - a.From) - (b.To - b.From) })
		t.notice("No lap of this session has a lap time; lap %s, the longest, is shown.", longest.ID())
		return longest, nil
	case strings.EqualFold(name, models.LapLast):
		return table.Last(), nil
	}
	if lap := table.Find(name); lap != nil {
		return lap, nil
	}
	return nil, frames.BadQuery("there is no lap %s in this session; it has %s, and the words %s, %s and %s", name, lapList(table),
		models.LapBest, models.LapLast, models.LapAll)
}

func fromPointers(laps []analysis.Lap) []*analysis.Lap {
	out := make([]*analysis.Lap, len(laps))
	for i := range laps {
		out[i] = &laps[i]
	}
	return out
}

// lapList names the laps of a table, a dozen at most.
func lapList(t *analysis.Table) string {
	ids := make([]string, 0, 12)
	for i := range t.Laps {
		if len(ids) == 12 {
			ids = append(ids, "…")
			break
		}
		ids = append(ids, t.Laps[i].ID())
	}
	return "laps " + strings.Join(ids, ", ")
}

// signals finds the channels of the query in a file. One that the file lacks is an error, or with lenient a notice, and
// its signal then has no name.
func (t *tracing) signals(rec *library.Recording, lenient bool) ([]analysis.Signal, error) {
	out := make([]analysis.Signal, len(t.query.Channels))
	for i, name := range t.query.Channels {
		s, err := analysis.FindSignal(rec.File, &rec.Table.Info, name)
		_, missing := errors.AsType[*ibt.ChannelError](err)
		switch {
		case err == nil:
			out[i] = s
		case !missing:
			return nil, err
		case lenient:
			t.notice("The reference lap has no channel %s.", name)
		default:
			return nil, frames.BadQuery("this session has no channel %s%s", name, similar(rec.File, name))
		}
	}
	return out, nil
}

// similar suggests channels whose name resembles one that is not there.
func similar(f *ibt.File, name string) string {
	var close []string
	for i := range f.Vars() {
		v := f.Vars()[i].Name
		if strings.EqualFold(v, name) {
			return "; did you mean " + v + "?"
		}
		if contains(v, name) || contains(name, v) || contains(analysis.ChannelTitle(v), name) {
			close = append(close, v)
		}
	}
	if len(close) == 0 {
		return "; channels differ from car to car, and the editor lists them"
	}
	return "; did you mean " + strings.Join(close[:min(len(close), 5)], ", ") + "?"
}

// drawn is one lap of a trace over distance.
type drawn struct {
	rec       *library.Recording
	lap       *analysis.Lap
	signals   []analysis.Signal // of the query's channels; one without a name is missing
	trace     *analysis.Trace   // of those that are there
	reference bool
	other     bool // from another session than the query's
}

// labels tell the fields of one lap from those of another.
func (l *drawn) labels() data.Labels {
	labels := data.Labels{"lap": l.lap.ID()}
	if l.reference {
		labels["reference"] = "true"
	}
	if l.other {
		labels["session"] = l.rec.Session.ID
	}
	return labels
}

// words name the lap in a legend.
func (l *drawn) words() string {
	s := "Lap " + l.lap.ID()
	if l.other {
		s += " of " + l.rec.Session.Start.Format("2006-01-02 15:04")
	}
	if l.reference {
		s += " (reference)"
	}
	return s
}

// overDistance is a wide frame of all laps over one axis.
func (t *tracing) overDistance() (*data.Frame, error) {
	signals, err := t.signals(t.rec, false)
	if err != nil {
		return nil, err
	}
	laps := make([]*drawn, 0, len(t.laps)+1)
	for _, lap := range t.laps {
		laps = append(laps, &drawn{rec: t.rec, lap: lap, signals: signals})
	}
	ref, closeRef, err := t.reference()
	if err != nil {
		return nil, err
	}
	defer closeRef()
	if ref != nil {
		laps = append(laps, ref)
	}
	length := t.rec.Table.TrackLength
	if math.IsNaN(length) && len(laps) > 0 {
		t.notice("The length of the track is not known, so nothing can be drawn over distance; draw it over time.")
	}
	if math.IsNaN(length) || len(laps) == 0 {
		return frames.New("trace", "", t.read(laps), frames.Numbers("distance", "Distance", nil, frames.Metres)), nil
	}
	axis := analysis.NewAxis(length, t.pointsFor(len(laps)*(len(t.query.Channels)+1), length))
	for _, l := range laps {
		found := slices.DeleteFunc(slices.Clone(l.signals), func(s analysis.Signal) bool { return s.Name == "" })
		if l.trace, err = analysis.TraceLap(t.ctx, l.rec.File, l.lap, axis, found); err != nil {
			return nil, fmt.Errorf("read lap %s: %w", l.lap.ID(), err)
		}
	}
	frame := frames.New("trace", "", t.read(laps), t.axisField(axis))
	if t.query.X == models.XDistanceAsTime {
		frame.Meta.Type, frame.Meta.TypeVersion = data.FrameTypeTimeSeriesWide, data.FrameTypeVersion{0, 1}
	}
	frame.Fields = append(frame.Fields, t.deltas(laps, ref)...)
	for i, name := range t.query.Channels {
		for _, l := range laps {
			if f := l.field(name, i, t.d.settings.Units); f != nil {
				frame.Fields = append(frame.Fields, f)
			}
		}
	}
	squareMap(frame)
	return frame, nil
}

// deltas are the fields of each lap against the reference, if the query wants them.
func (t *tracing) deltas(laps []*drawn, ref *drawn) []*data.Field {
	if ref == nil || t.query.Delta != nil && !*t.query.Delta {
		return nil
	}
	var fields []*data.Field
	for _, l := range laps {
		if l == ref {
			continue
		}
		field := frames.Numbers("delta", "Delta · "+l.words(), analysis.Delta(l.trace, ref.trace), frames.Seconds)
		field.Labels = l.labels()
		fields = append(fields, field)
		if l.lap == ref.lap {
			t.notice("Lap %s is the reference itself; choose another one to compare.", l.lap.ID())
		}
	}
	return fields
}

// field is channel i of the query in this lap, or nil if its file lacks it.
func (l *drawn) field(name string, i int, units models.Units) *data.Field {
	s := &l.signals[i]
	if s.Name == "" {
		return nil
	}
	column := 0
	for j := range i {
		if l.signals[j].Name != "" {
			column++
		}
	}
	f := frames.Numbers(name, analysis.ChannelTitle(name)+" · "+l.words(), l.trace.Values[column], displaySignal(s, units))
	f.Labels = l.labels()
	if s.Var != nil {
		f.Config.Description = s.Var.Desc
	}
	return f
}

// reference is the lap that the query compares with, or nil. The caller must call done.
func (t *tracing) reference() (ref *drawn, done func(), err error) {
	want := t.query.Reference
	done = func() {}
	if want == nil || want.Lap == "" && want.Session == "" {
		return nil, done, nil
	}
	rec := t.rec
	if want.Session != "" {
		if rec, err = t.d.open(t.ctx, want.Session); err != nil {
			return nil, done, fmt.Errorf("the reference lap: %w", err)
		}
		opened := rec
		done = func() { _ = opened.Close() } // reading leaves nothing to lose
	}
	ref, err = t.referenceIn(rec)
	if err != nil {
		done()
		return nil, func() {}, err
	}
	return ref, done, nil
}

func (t *tracing) referenceIn(rec *library.Recording) (*drawn, error) {
	name := t.query.Reference.Lap
	if name == "" {
		name = models.LapBest
	}
	if strings.EqualFold(name, models.LapAll) {
		return nil, frames.BadQuery("the reference is a single lap: give its number or one of the words %s and %s", models.LapBest, models.LapLast)
	}
	other := rec.Session.ID != t.rec.Session.ID
	if other && !sameTrack(&rec.Table.Info, &t.rec.Table.Info) {
		return nil, frames.BadQuery("the reference lap was driven on %s and this session on %s; a comparison needs the same track and layout",
			rec.Session.Track, t.rec.Session.Track)
	}
	lap, err := t.findLap(rec, name)
	if err != nil || lap == nil {
		return nil, err
	}
	if !other {
		// The same session opened twice has the same laps; take those of the query, so that they can be compared.
		lap = t.rec.Table.Find(lap.ID())
		rec = t.rec
	}
	d := &drawn{rec: rec, lap: lap, reference: true, other: other}
	d.signals, err = t.signals(rec, other)
	return d, err
}

func sameTrack(a, b *analysis.Info) bool {
	if a.TrackID != 0 && b.TrackID != 0 {
		return a.TrackID == b.TrackID
	}
	return a.Track == b.Track
}

// pointsFor is how many points each of n columns gets.
func (t *tracing) pointsFor(n int, length float64) int {
	points := min(t.points, maxValues/max(n, 1))
	if t.query.X == models.XDistanceAsTime {
		points = min(points, int(length)) // a millisecond, so a metre, is the finest step of a time axis
	}
	return points
}

// axisField is the first field of a trace over distance.
func (t *tracing) axisField(axis analysis.Axis) *data.Field {
	x := axis.X()
	if t.query.X != models.XDistanceAsTime {
		return frames.Numbers("distance", "Distance", x, frames.Metres)
	}
	times := make([]time.Time, len(x))
	for i, d := range x {
		times[i] = distanceEpoch.Add(time.Duration(math.Round(d)) * time.Millisecond)
	}
	return frames.Column("time", "Distance", times)
}

// squareMap gives the two fields of a track map ranges of the same length, so that a square panel shows its true shape.
func squareMap(frame *data.Frame) {
	lo, hi := map[string]float64{}, map[string]float64{}
	var fields []*data.Field
	for _, f := range frame.Fields {
		if f.Name != analysis.TrackX && f.Name != analysis.TrackY {
			continue
		}
		fields = append(fields, f)
		for i := range f.Len() {
			v, err := f.FloatAt(i)
			if err != nil || math.IsNaN(v) {
				continue
			}
			if _, ok := lo[f.Name]; !ok {
				lo[f.Name], hi[f.Name] = v, v
			}
			lo[f.Name], hi[f.Name] = min(lo[f.Name], v), max(hi[f.Name], v)
		}
	}
	half := 0.0
	for name := range lo {
		half = max(half, (hi[name]-lo[name])/2*1.05)
	}
	for _, f := range fields {
		if _, ok := lo[f.Name]; ok && half > 0 {
			middle := (lo[f.Name] + hi[f.Name]) / 2
			f.Config.SetMin(math.Floor(middle - half)).SetMax(math.Ceil(middle + half))
		}
	}
}

// overTime is a frame of the time at which the laps were driven and the channels then.
func (t *tracing) overTime() (*data.Frame, error) {
	signals, err := t.signals(t.rec, false)
	if err != nil {
		return nil, err
	}
	if t.query.Reference != nil && t.query.Reference.Lap != "" {
		t.notice("A reference lap is drawn over distance only.")
	}
	rows, err := t.visibleRows()
	if err != nil {
		return nil, err
	}
	points := min(t.points, maxValues/(len(signals)+1))
	tt, err := analysis.TraceTime(t.ctx, t.rec.File, t.rec.Table, rows, signals, points)
	if err != nil {
		return nil, fmt.Errorf("read the laps: %w", err)
	}
	times := make([]time.Time, len(tt.Offset))
	for i, offset := range tt.Offset {
		times[i] = t.rec.At(offset)
	}
	frame := frames.New("trace", data.FrameTypeTimeSeriesWide, t.read(nil), frames.Column("time", "Time", times))
	for k := range signals {
		f := frames.Numbers(signals[k].Name, analysis.ChannelTitle(signals[k].Name), tt.Values[k], displaySignal(&signals[k], t.d.settings.Units))
		if v := signals[k].Var; v != nil {
			f.Config.Description = v.Desc
		}
		frame.Fields = append(frame.Fields, f)
	}
	squareMap(frame)
	return frame, nil
}

// visibleRows are the rows of the laps that lie in the dashboard's time range, so that zooming in shows more detail, or
// all of them if none does: the panel then offers to go there.
func (t *tracing) visibleRows() ([]ibt.Range, error) {
	var all, visible []ibt.Range
	for _, lap := range t.laps {
		all = append(all, ibt.Range{From: lap.From, To: lap.To})
	}
	for _, st := range t.rec.Table.Sessions {
		origin := t.rec.At(st.Offset)
		in, err := t.rec.File.RowsForTime(st.SessionNum, st.Start+t.rng.From.Sub(origin).Seconds(), st.Start+t.rng.To.Sub(origin).Seconds())
		if err != nil {
			return nil, fmt.Errorf("find the time range in the file: %w", err)
		}
		// One row more on either side lets the line reach the edge of the panel.
		in = ibt.Range{From: max(in.From-1, st.From), To: min(in.To+1, st.To)}
		for _, r := range all {
			if cut := (ibt.Range{From: max(r.From, in.From), To: min(r.To, in.To)}); cut.Len() > 2 {
				visible = append(visible, cut)
			}
		}
	}
	if len(visible) > 0 {
		return visible, nil
	}
	if len(all) > 0 {
		t.notice("These laps were driven on %s, outside of the dashboard's time range.", t.rec.Session.Start.Format("2 January 2006 from 15:04 UTC"))
	}
	return all, nil
}

// read tells what was read for the query inspector.
func (t *tracing) read(laps []*drawn) string {
	channels := strings.Join(t.query.Channels, ", ")
	if laps == nil {
		return fmt.Sprintf("%s over time of %s (%d laps)", channels, t.rec.Session.File.Name, len(t.laps))
	}
	parts := make([]string, 0, len(laps))
	for _, l := range laps {
		parts = append(parts, fmt.Sprintf("%s of %s, records %d to %d", strings.ToLower(l.words()), l.rec.Session.File.Name, l.lap.From, l.lap.To-1))
	}
	return strings.TrimSpace(channels + " over distance: " + strings.Join(parts, "; "))
}
