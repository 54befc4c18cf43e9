package push

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
)

// OpenMetrics writes the samples of recordings from a time on and before another (a zero time is no bound) as an
// OpenMetrics file, which promtool tsdb create-blocks-from openmetrics makes blocks of. Recordings may come in any order,
// and are used only until the next is asked for, so that recs may close them then. Where recordings overlap, as copies
// do, a series has one sample for each time. Samples that lie further in the future than [Ahead] are left out, as a block
// with them would do to a Prometheus what pushing them does.
//
// The format has no sign that a series has ended. [metrics.SessionInfo] ends with a 0 instead.
//
// The format wants each series in one piece, while recordings hold all of them side by side: a temporary file of some
// twelve bytes a sample keeps them until the last has come.
func OpenMetrics(ctx context.Context, w io.Writer, recs iter.Seq2[*library.Recording, error], from, to time.Time, o SampleOptions) (err error) {
	first, end := int64(math.MinInt64), latest(time.Now())+1
	if !from.IsZero() {
		first = ceilMilli(from)
	}
	if !to.IsZero() {
		end = min(end, ceilMilli(to))
	}
	sp, err := newSpool()
	if err != nil {
		return fmt.Errorf("keep samples on disk: %w", err)
	}
	defer func() { err = errors.Join(err, sp.close()) }()
	for rec, err := range recs {
		if err != nil {
			return err
		}
		if outside(rec, first, end) {
			continue
		}
		err := Samples(ctx, rec, o, func(batch []Series) error {
			_, batch = cut(batch, first)
			batch, _ = cut(batch, end)
			return sp.add(batch)
		})
		if err = cmp.Or(err, sp.flush()); err != nil {
			return err
		}
	}
	return expose(ctx, w, sp)
}

// expose writes what a spool holds.
func expose(ctx context.Context, w io.Writer, sp *spool) error {
	e := exposition{w: bufio.NewWriterSize(w, 1<<16)}
	for _, m := range metrics.Telemetry() {
		all := sp.of(m.Name)
		if len(all) > 0 {
			e.head(&m)
		}
		for _, series := range all {
			err := sp.read(series, func(s *Series) error {
				e.series(s)
				return ctx.Err()
			})
			if err != nil {
				return err
			}
		}
	}
	// What could not be written, the buffered writer tells at its end.
	_, _ = e.w.WriteString("# EOF\n")
	return e.w.Flush()
}

// ceilMilli is the first whole millisecond that is not before t.
func ceilMilli(t time.Time) int64 { return t.Add(time.Millisecond - 1).UnixMilli() }

// outside tells whether a recording has no sample in a range of time, without reading it.
func outside(rec *library.Recording, first, end int64) bool {
	n := len(rec.Table.Sessions)
	if n == 0 {
		return true
	}
	st := rec.Table.Sessions[n-1]
	const margin = 3600_000 // ms, for the samples that end a series
	return rec.Session.Start.UnixMilli() >= end || rec.At(st.Offset+st.End-st.Start).UnixMilli()+margin < first
}

// exposition writes series as text. An error of its writer comes with the last flush.
type exposition struct {
	w    *bufio.Writer
	line []byte
}

// head begins a metric.
func (e *exposition) head(m *metrics.Pushed) {
	_, _ = fmt.Fprintf(e.w, "# TYPE %s gauge\n# HELP %s %s\n", m.Name, m.Name, escape(m.Help))
}

// series writes samples of one series.
func (e *exposition) series(s *Series) {
	e.line = append(append(e.line[:0], s.Name()...), '{')
	for i, l := range s.Labels[1:] {
		if i > 0 {
			e.line = append(e.line, ',')
		}
		e.line = append(append(e.line, l.Name...), '=', '"')
		e.line = append(append(e.line, escape(l.Value)...), '"')
	}
	e.line = append(e.line, '}', ' ')
	labels := len(e.line)
	for _, x := range s.Samples {
		if x.Stale() {
			if s.Name() != metrics.SessionInfo {
				continue
			}
			x.Value = 0
		}
		e.line = strconv.AppendFloat(e.line[:labels], x.Value, 'g', -1, 64)
		e.line = appendSeconds(append(e.line, ' '), x.Time)
		_, _ = e.w.Write(append(e.line, '\n'))
	}
}

// appendSeconds writes milliseconds as seconds, exactly.
func appendSeconds(b []byte, ms int64) []byte {
	if ms < 0 {
		b, ms = append(b, '-'), -ms
	}
	b = strconv.AppendInt(b, ms/1000, 10)
	if ms %= 1000; ms != 0 {
		b = append(b, '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10))
	}
	return b
}

var escaper = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

func escape(s string) string { return escaper.Replace(s) }
