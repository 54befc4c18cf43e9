package push

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
)

// spool keeps samples in a temporary file and gives them back series by series.
type spool struct {
	file   *os.File
	w      *bufio.Writer
	at     int64 // end of the file
	buf    []byte
	series map[string]*spooled // by their labels
}

// spooled is one series in a spool.
type spooled struct {
	labels  []Label
	pending []Sample // of the recording at hand, not in the file yet
	pieces  []piece
}

// piece is samples in the file, in the order of time.
type piece struct {
	at    int64 // where it begins in the file
	bytes int32
	first int64 // time of the first
}

const pieceSamples = 1024

func newSpool() (*spool, error) {
	f, err := os.CreateTemp("", "iracing-openmetrics-*")
	if err != nil {
		return nil, err
	}
	return &spool{file: f, w: bufio.NewWriterSize(f, 1<<16), series: make(map[string]*spooled)}, nil
}

// close removes the file.
func (sp *spool) close() error { return errors.Join(sp.file.Close(), os.Remove(sp.file.Name())) }

// add takes a batch in.
func (sp *spool) add(batch []Series) error {
	for i := range batch {
		key := labelKey(batch[i].Labels)
		s := sp.series[key]
		if s == nil {
			s = &spooled{labels: slices.Clone(batch[i].Labels)}
			sp.series[key] = s
		}
		s.pending = append(s.pending, batch[i].Samples...)
		if len(s.pending) >= pieceSamples {
			if err := sp.store(s); err != nil {
				return err
			}
		}
	}
	return nil
}

func labelKey(labels []Label) string {
	var b strings.Builder
	for _, l := range labels {
		fmt.Fprintf(&b, "%q=%q,", l.Name, l.Value)
	}
	return b.String()
}

// flush ends a recording: the next may be older.
func (sp *spool) flush() error {
	for _, s := range sp.series {
		if err := sp.store(s); err != nil {
			return err
		}
	}
	return nil
}

// store writes the pending samples of a series: the times as differences, which are small, and the values.
func (sp *spool) store(s *spooled) error {
	if len(s.pending) == 0 {
		return nil
	}
	b, before := sp.buf[:0], s.pending[0].Time
	for _, x := range s.pending {
		b = binary.AppendVarint(b, x.Time-before)
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x.Value))
		before = x.Time
	}
	s.pieces = append(s.pieces, piece{sp.at, int32(len(b)), s.pending[0].Time})
	sp.buf, s.pending = b, s.pending[:0]
	sp.at += int64(len(b))
	if _, err := sp.w.Write(b); err != nil {
		return fmt.Errorf("keep samples on disk: %w", err)
	}
	return nil
}

// of are the series of a metric, sorted by their labels.
func (sp *spool) of(name string) []*spooled {
	var out []*spooled
	for _, key := range slices.Sorted(maps.Keys(sp.series)) {
		if s := sp.series[key]; s.labels[0].Value == name {
			out = append(out, s)
		}
	}
	return out
}

// read gives a series back piece by piece, in the order of time and without a time that came before.
func (sp *spool) read(s *spooled, use func(*Series) error) error {
	if err := sp.w.Flush(); err != nil {
		return fmt.Errorf("keep samples on disk: %w", err)
	}
	slices.SortStableFunc(s.pieces, func(a, b piece) int { return cmp.Compare(a.first, b.first) })
	out, last := Series{Labels: s.labels}, int64(math.MinInt64)
	for _, p := range s.pieces {
		sp.buf = slices.Grow(sp.buf[:0], int(p.bytes))[:p.bytes]
		if _, err := io.ReadFull(io.NewSectionReader(sp.file, p.at, int64(p.bytes)), sp.buf); err != nil {
			return fmt.Errorf("read samples from disk: %w", err)
		}
		out.Samples = out.Samples[:0]
		for b, at := sp.buf, p.first; len(b) > 0; {
			difference, n := binary.Varint(b)
			at += difference
			if at > last {
				out.Samples = append(out.Samples, Sample{at, math.Float64frombits(binary.LittleEndian.Uint64(b[n:]))})
				last = at
			}
			b = b[n+8:]
		}
		if err := use(&out); err != nil {
			return err
		}
	}
	return nil
}
