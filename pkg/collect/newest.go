package collect

import (
	"context"
	"math"
	"strconv"

	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
)

// showNewest sets the gauges of the newest telemetry file, if it is another one than before.
func (c *Collector) showNewest(ctx context.Context) {
	c.mu.Lock()
	who := c.drivers
	c.mu.Unlock()
	switch {
	case who == nil && len(c.Own) == 0 && c.Source != nil:
		return // whose account it is is not known before the first job that asks
	case who == nil:
		who = &drivers{own: c.Own}
	}
	var lib *library.Library
	var newest library.Session
	for _, p := range c.watched {
		s, err := p.Library.Find(ctx, library.Latest)
		if err == nil && (lib == nil || s.Start.After(newest.Start)) {
			lib, newest = p.Library, s
		}
	}
	if lib == nil || newest.File == c.newest {
		return
	}
	rec, err := lib.Open(ctx, newest.ID)
	if err != nil {
		return // the job tells what is wrong with files
	}
	defer func() { _ = rec.Close() }() // reading leaves nothing to lose
	c.newest = newest.File
	cust := rec.Table.Info.Cust
	if cust == 0 || !who.isOwn(cust) {
		return // another driver's file, whose id is nobody's concern
	}
	showRecording(rec, strconv.FormatInt(cust, 10))
}

// showRecording sets the gauges of a recording. What it does not tell has none.
func showRecording(rec *library.Recording, cust string) {
	last, fuel, timed, incidents, known := math.NaN(), 0.0, 0, 0, false
	for i := range rec.Table.Laps {
		l := &rec.Table.Laps[i]
		if l.Incidents >= 0 {
			incidents, known = incidents+l.Incidents, true
		}
		if !l.Timed() {
			continue
		}
		last = l.Time
		if !math.IsNaN(l.FuelUsed) {
			fuel, timed = fuel+l.FuelUsed, timed+1
		}
	}
	best := math.NaN()
	if l := rec.Table.Best(); l != nil {
		best = l.Time
	}
	total := math.NaN()
	if known {
		total = float64(incidents)
	}
	metrics.BestLap.Reset()
	metrics.LastLap.Reset()
	metrics.FuelPerLap.Reset()
	metrics.SessionIncidents.Reset()
	show := func(value float64, set func(float64)) {
		if !math.IsNaN(value) {
			set(value)
		}
	}
	show(best, func(v float64) { metrics.BestLap.WithLabelValues(cust).Set(v) })
	show(last, func(v float64) { metrics.LastLap.WithLabelValues(cust).Set(v) })
	show(fuel/float64(timed), func(v float64) { metrics.FuelPerLap.WithLabelValues(cust).Set(v) }) // NaN for no lap
	show(total, func(v float64) { metrics.SessionIncidents.WithLabelValues(cust).Set(v) })
}
