package push

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
)

const (
	defaultEvery = time.Second
	batchSamples = 2000 // of a batch that Samples yields, about
	chunkRows    = 2048
	maxLabel     = 512 // bytes of a label's value; targets take 1,024 or more
)

// SampleOptions tell how finely a recording is sampled.
type SampleOptions struct {
	// Every is the time from sample to sample. 0 means 1 s; less than the time between two records means every record.
	Every time.Duration
	// CustID is what stands in the label cust_id for a driver, such as a pseudonym for somebody else than the operator.
	// nil means the customer id itself.
	CustID func(cust int64) string
}

// Samples hands the series of a recording to yield, piece by piece in the order of time, at the times at which they
// were recorded: the first record of each interval of the time that the car was driven, and the values of each lap at
// its end. Where the car stops being driven, the series end with a sample that is [Sample.Stale]. The same recording
// yields the same samples each time.
//
// A batch and its slices are valid until yield returns. The first error of yield ends it and is returned.
func Samples(ctx context.Context, rec *library.Recording, o SampleOptions, yield func(batch []Series) error) error {
	s, picks := newSampler(rec, o)
	if s == nil {
		return ctx.Err()
	}
	var b ibt.Batch
	for from := 0; from < rec.Table.Rows; from += chunkRows {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows := ibt.Range{From: from, To: min(from+chunkRows, rec.Table.Rows)}
		if err := rec.File.Read(&b, rows, picks...); err != nil {
			return fmt.Errorf("read %s: %w", rec.Session.File.Name, err)
		}
		for i := range rows.Len() {
			if !s.row(&b, from+i, i) || s.samples < batchSamples {
				continue
			}
			if err := s.flush(yield); err != nil {
				return err
			}
		}
	}
	s.end()
	s.lapsUntil(math.MaxInt64)
	return s.flush(yield)
}

// sampler makes series as the rows go by.
type sampler struct {
	rec   *library.Recording
	table *analysis.Table
	every float64 // s

	channels []channelSeries
	sessions []Series
	session  []int // of each stretch of the table, as a place in sessions
	lapTime  Series
	fuel     Series
	valid    Series
	sectors  []Series

	stretch, lap int     // of the row at hand, as places in the table
	slot         float64 // interval of the sample before
	last         int64   // its time
	running      bool    // there was one, and the series have not ended since
	in           int     // its session

	nextLap int   // the first whose end was not reached yet
	lapEnd  int64 // of the lap before
	samples int   // since the batch before
}

// channelSeries is a series of a channel, which is that column of what is read.
type channelSeries struct {
	Series
	column int
	scale  float64
	alive  bool // it has a value since it began or ended
}

// newSampler prepares the series that a recording can fill. It is nil for one in which nothing was driven.
func newSampler(rec *library.Recording, o SampleOptions) (*sampler, []ibt.Pick) {
	t := rec.Table
	if len(t.Laps) == 0 || len(t.Sessions) == 0 {
		return nil, nil
	}
	if o.Every == 0 {
		o.Every = defaultEvery
	}
	s := &sampler{
		rec: rec, table: t, every: o.Every.Seconds(),
		slot: math.Inf(-1), last: math.MinInt64, lapEnd: math.MinInt64,
	}
	cust := Label{metrics.LabelCustID, strconv.FormatInt(t.Info.Cust, 10)}
	if o.CustID != nil && t.Info.Cust > 0 {
		cust.Value = text(o.CustID(t.Info.Cust))
	}
	picks := ibt.Floats("SessionTime")
	for _, m := range metrics.Telemetry() {
		for _, c := range m.Channels {
			k := slices.IndexFunc(c.Names, func(name string) bool { _, ok := rec.File.Var(name); return ok })
			if k < 0 {
				continue
			}
			s.channels = append(s.channels, channelSeries{
				Series: newSeries(m.Name, cust, Label{metrics.LabelWheel, c.Wheel}, Label{metrics.LabelZone, c.Zone}),
				column: len(picks), scale: c.Scale,
			})
			picks = append(picks, ibt.Pick{Name: c.Names[k], Float: true})
		}
	}
	s.lapTime, s.fuel, s.valid = newSeries(metrics.LapTime, cust), newSeries(metrics.LapFuelUsed, cust), newSeries(metrics.LapValid, cust)
	for k := range t.Info.Sectors {
		s.sectors = append(s.sectors, newSeries(metrics.LapSector, cust, Label{metrics.LabelSector, strconv.Itoa(k + 1)}))
	}
	s.describe(cust)
	return s, picks
}

// describe makes the series that tell what was driven, one for each type of session.
func (s *sampler) describe(cust Label) {
	in, places := &s.table.Info, make(map[string]int)
	for i := range s.table.Sessions {
		kind := s.table.Sessions[i].Type
		place, known := places[kind]
		if !known {
			place = len(s.sessions)
			places[kind] = place
			s.sessions = append(s.sessions, newSeries(metrics.SessionInfo, cust,
				Label{metrics.LabelSubsession, strconv.Itoa(in.SubSession)},
				Label{metrics.LabelSessionType, text(kind)},
				Label{metrics.LabelCar, text(s.rec.Session.Car)},
				Label{metrics.LabelTrack, text(cmp.Or(in.TrackName, s.rec.Session.Track))},
				Label{metrics.LabelTrackConfig, text(in.TrackConfig)},
				Label{metrics.LabelFile, text(path.Base(s.rec.Session.File.Name))}))
		}
		s.session = append(s.session, place)
	}
}

// text is a label's value that every target takes.
func text(s string) string {
	s = strings.ToValidUTF8(s, "�")
	if len(s) > maxLabel {
		s = strings.ToValidUTF8(s[:maxLabel], "")
	}
	return s
}

// row takes row i of the batch in, and tells whether it became a sample.
func (s *sampler) row(b *ibt.Batch, row, i int) bool {
	for s.lap < len(s.table.Laps) && row >= s.table.Laps[s.lap].To {
		s.lap++
	}
	if s.lap == len(s.table.Laps) || row < s.table.Laps[s.lap].From {
		return false // the car is not in the world, or this is the blank record that the sim writes then
	}
	for s.stretch < len(s.table.Sessions)-1 && row >= s.table.Sessions[s.stretch].To {
		s.stretch++
	}
	st := &s.table.Sessions[s.stretch]
	offset := st.Offset + b.Cols[0].F64[i] - st.Start
	slot := offset
	if s.every > 0 {
		slot = math.Floor(offset / s.every)
	}
	at := s.rec.At(offset).UnixMilli()
	if !(slot > s.slot) || at <= s.last {
		return false
	}
	if s.running && at-s.last > s.hole() {
		s.end()
	}
	s.lapsUntil(at)
	s.sample(b, i, at)
	s.slot, s.last, s.running = slot, at, true
	return true
}

// sample adds the values of row i of the batch.
func (s *sampler) sample(b *ibt.Batch, i int, at int64) {
	in := s.session[s.stretch]
	if s.running && in != s.in {
		s.add(&s.sessions[s.in], stale(at))
	}
	s.in = in
	s.add(&s.sessions[in], Sample{at, 1})
	for k := range s.channels {
		c := &s.channels[k]
		if v := b.Cols[c.column].F64[i] * c.scale; finite(v) {
			s.add(&c.Series, Sample{at, v})
			c.alive = true
		}
	}
}

func (s *sampler) add(to *Series, x Sample) {
	to.Samples = append(to.Samples, x)
	s.samples++
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// step is the time from sample to sample, in ms.
func (s *sampler) step() int64 {
	tick := 1 / float64(s.rec.File.Header().TickRate)
	return int64(math.Ceil(max(s.every, tick) * 1000))
}

// hole is how long no sample may come before the series end, in ms: ticks that the sim dropped do not end them.
func (s *sampler) hole() int64 { return 3*s.step() + 2000 }

// end ends the series behind the last sample.
func (s *sampler) end() {
	if !s.running {
		return
	}
	at := s.last + s.step()
	s.running = false
	s.add(&s.sessions[s.in], stale(at))
	for k := range s.channels {
		if c := &s.channels[k]; c.alive {
			s.add(&c.Series, stale(at))
			c.alive = false
		}
	}
}

// lapsUntil adds the laps that ended at a time or before it.
func (s *sampler) lapsUntil(at int64) {
	for ; s.nextLap < len(s.table.Laps); s.nextLap++ {
		l := &s.table.Laps[s.nextLap]
		offset := l.Offset + l.End - l.Start
		end := s.rec.At(offset).UnixMilli()
		if end > at {
			return
		}
		if !finite(offset) || !l.Timed() && math.IsNaN(l.CrossEnd) || end <= s.lapEnd {
			continue // it did not end at the line
		}
		s.lapEnd = end
		value := func(to *Series, v float64) {
			if finite(v) {
				s.add(to, Sample{end, v})
			}
		}
		value(&s.valid, 0)
		if l.Valid() {
			s.valid.Samples[len(s.valid.Samples)-1].Value = 1
		}
		if l.Kind != analysis.Partial {
			value(&s.fuel, l.FuelUsed)
		}
		if !l.Timed() {
			continue
		}
		value(&s.lapTime, l.Time)
		for k := range min(len(l.Sectors), len(s.sectors)) {
			value(&s.sectors[k], l.Sectors[k])
		}
	}
}

// flush yields what has come together.
func (s *sampler) flush(yield func([]Series) error) error {
	if s.samples == 0 {
		return nil
	}
	s.samples = 0
	all := s.all()
	batch := make([]Series, 0, len(all))
	for _, x := range all {
		if len(x.Samples) > 0 {
			batch = append(batch, *x)
		}
	}
	err := yield(batch)
	for _, x := range all {
		x.Samples = x.Samples[:0]
	}
	return err
}

func (s *sampler) all() []*Series {
	all := []*Series{&s.lapTime, &s.fuel, &s.valid}
	for k := range s.channels {
		all = append(all, &s.channels[k].Series)
	}
	for k := range s.sessions {
		all = append(all, &s.sessions[k])
	}
	for k := range s.sectors {
		all = append(all, &s.sectors[k])
	}
	return all
}
