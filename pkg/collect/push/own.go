package push

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// OwnJob is the value of the label job by which a Prometheus that scrapes the collector should call it, and by which
// [Writer.PushMetrics] does.
const OwnJob = "iracing-collector"

// OwnMetrics tell how a process pushes its own metrics.
type OwnMetrics struct {
	// Gather reads the metrics. nil means those of the process. Only names that begin with iracing_ are sent.
	Gather prometheus.Gatherer
	// Instance tells this collector from others, as the address of a scraped one does.
	Instance string
	// Started is when the process began to count. It gets a sample of 0 for each counter, so that a rise is seen although
	// each run begins at 0. The zero time sends none.
	Started time.Time
}

// PushMetrics sends the metrics of the process itself, as they are now, in place of a scrape: for a program that ends
// before anybody could scrape it. Labels are those that a scrape would give, so that rules need not tell the two apart: a
// label job of a metric becomes exported_job.
func (w *Writer) PushMetrics(ctx context.Context, o OwnMetrics) error {
	if o.Gather == nil {
		o.Gather = prometheus.DefaultGatherer
	}
	batch, err := o.series(w.config.Now().UnixMilli())
	if err != nil {
		return err
	}
	for rest := batch; len(rest) > 0; {
		// A series has two samples at most.
		n := min(len(rest), max(w.config.Batch/2, 1))
		if err := w.limit.WaitN(ctx, min(count(rest[:n]), w.limit.Burst())); err != nil {
			return errors.Join(ctx.Err(), fmt.Errorf("push the collector's metrics: %w", err))
		}
		if err := w.target.send(ctx, rest[:n], func(reason string) {
			w.config.Log.Warn("The remote write target is asked again", "reason", reason)
		}); err != nil {
			return fmt.Errorf("push the collector's metrics: %w", err)
		}
		rest = rest[n:]
	}
	return nil
}

// series are the metrics with one sample each, and those that count with their beginning.
func (o *OwnMetrics) series(now int64) ([]Series, error) {
	families, err := o.Gather.Gather()
	if err != nil {
		return nil, fmt.Errorf("read the collector's metrics: %w", err)
	}
	var out []Series
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "iracing_") {
			continue
		}
		for _, m := range f.GetMetric() {
			labels := []Label{{"job", OwnJob}, {"instance", o.Instance}}
			for _, l := range m.GetLabel() {
				name := l.GetName()
				if name == "job" || name == "instance" {
					name = "exported_" + name
				}
				labels = append(labels, Label{name, text(l.GetValue())})
			}
			add := func(name string, value float64, counts bool, more ...Label) {
				s := newSeries(name, slices.Concat(labels, more)...)
				if began := o.Started.UnixMilli(); counts && !o.Started.IsZero() && began < now {
					s.Samples = append(s.Samples, Sample{began, 0})
				}
				s.Samples = append(s.Samples, Sample{now, value})
				out = append(out, s)
			}
			switch {
			case m.GetCounter() != nil:
				add(f.GetName(), m.GetCounter().GetValue(), true)
			case m.GetGauge() != nil:
				add(f.GetName(), m.GetGauge().GetValue(), false)
			case m.GetHistogram() != nil:
				h := m.GetHistogram()
				for _, b := range h.GetBucket() {
					if !math.IsInf(b.GetUpperBound(), 1) {
						le := strconv.FormatFloat(b.GetUpperBound(), 'g', -1, 64)
						add(f.GetName()+"_bucket", float64(b.GetCumulativeCount()), true, Label{"le", le})
					}
				}
				add(f.GetName()+"_bucket", float64(h.GetSampleCount()), true, Label{"le", "+Inf"})
				add(f.GetName()+"_sum", h.GetSampleSum(), true)
				add(f.GetName()+"_count", float64(h.GetSampleCount()), true)
			}
		}
	}
	return out, nil
}
