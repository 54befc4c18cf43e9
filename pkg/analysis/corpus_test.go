package analysis_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// corpusFile is what is known of a real file.
type corpusFile struct {
	name   string // as it begins
	length float64
	laps   []string // as list writes them
}

// The laps agree with the rows in which the files' Lap, OnPitRoad and LapLastLapTime change.
var corpusFiles = []corpusFile{
	{
		"mercedesamggt4_sebring 2025-11-20 18-37-52", 5793.75,
		[]string{"8.1 run 1 partial (partial lap, not timed)", "8.2 run 2 partial (partial lap, not timed)"},
	},
	{
		"mercedesw13_redbullring 2024-06-24 19-45-36", 4283.36,
		[]string{"9 run 1 partial (partial lap, not timed)"},
	},
	{
		"skmodified tour_martinsville 2015-05-30 20-32-44", 785.97,
		[]string{
			"31 run 1 out (out lap, not timed)", "32 run 1 flying 19.3010", "33 run 1 flying 19.5457",
			"34 run 1 partial (partial lap, not timed)",
		},
	},
	{
		"skmodified_langley 2015-05-28 14-45-12", 576.28,
		[]string{"172 run 1 partial (partial lap, not timed)"},
	},
	{
		"skmodified_langley 2015-05-28 14-45-28", 576.28,
		[]string{"172 run 1 out (out lap, not timed)", "173 run 1 partial (partial lap, not timed)"},
	},
	{
		"skmodified_langley 2015-05-28 14-46-23", 576.28,
		[]string{
			"173 run 1 out (out lap, not timed)", "174 run 1 flying 15.1871", "175 run 1 flying 15.0988",
			"176 run 1 partial (partial lap, not timed)",
		},
	},
	{
		"skmodified_langley 2015-05-28 14-47-39", 576.28,
		[]string{
			"176 run 1 out (out lap, not timed)", "177 run 1 flying 15.0707", "178 run 1 partial (partial lap, not timed)",
		},
	},
	{
		"skmodified_langley 2015-05-28 14-48-39", 576.28,
		[]string{
			"178 run 1 out (out lap, not timed)", "179 run 1 flying 15.1757", "180 run 1 flying 15.2033",
			"181 run 1 partial (partial lap, not timed)",
		},
	},
	{
		"skmodified_langley 2015-08-24 20-48-50", 576.28,
		[]string{"5 run 1 out (out lap, not timed)", "6 run 1 flying 15.2395", "7 run 1 in (in lap, not timed)"},
	},
	// These two never leave the stall.
	{"skmodified_newsmyrna 2015-10-26 22-04-32", 781.18, []string{"0 run 1 partial (partial lap, not timed)"}},
	{"skmodified_newsmyrna 2015-10-26 22-28-24", 781.18, []string{"0 run 1 partial (partial lap, not timed)"}},
	{
		"trucks silverado2019_bristol 2025-11-06 17-39-03", 828.22,
		[]string{
			"170 run 1 out (out lap, not timed)", "171 run 1 flying 15.2255", "172 run 1 flying 15.0667",
			"173 run 1 partial (partial lap, not timed, incident)",
		},
	},
}

// corpusTimed is how many laps with a time the files have together.
const corpusTimed = 10

// eachCorpusFile runs a test over each real file, if there are any.
func eachCorpusFile(t *testing.T, test func(t *testing.T, want corpusFile, f *ibt.File)) {
	dir := os.Getenv("IBT_CORPUS")
	if dir == "" {
		t.Skip("set IBT_CORPUS to a folder of real .ibt files to run this")
	}
	for _, want := range corpusFiles {
		path := filepath.Join(dir, want.name+".ibt")
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s: %v", want.name, err)
			continue
		}
		t.Run(want.name, func(t *testing.T) {
			f, err := ibt.OpenFile(path)
			if err != nil {
				t.Fatal(err)
			}
			test(t, want, f)
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// columns reads whole channels.
func columns(t *testing.T, f *ibt.File, names ...string) [][]float64 {
	t.Helper()
	var b ibt.Batch
	if err := f.Read(&b, ibt.Range{To: f.Len()}, ibt.Floats(names...)...); err != nil {
		t.Fatal(err)
	}
	out := make([][]float64, len(names))
	for i := range out {
		out[i] = b.Cols[i].F64
	}
	return out
}

func TestCorpusLaps(t *testing.T) {
	timed := 0
	eachCorpusFile(t, func(t *testing.T, want corpusFile, f *ibt.File) {
		table := lapsOf(t, f)
		wantLaps(t, table, 4, want.laps...)
		if math.Abs(table.TrackLength-want.length) > 0.01 {
			t.Errorf("the track is %.3f m long, want %.2f", table.TrackLength, want.length)
		}
		checkTable(t, table, f.Len())
		for i := range table.Laps {
			if table.Laps[i].Timed() {
				timed++
			}
			checkFuel(t, &table.Laps[i])
			checkEnds(t, &table.Laps[i], columns(t, f, "SessionTime")[0])
		}
		if len(table.Sessions) != 1 || table.Sessions[0].From != 0 || table.Sessions[0].To != f.Len() {
			t.Errorf("sessions %+v of %d rows", table.Sessions, f.Len())
		}
	})
	if os.Getenv("IBT_CORPUS") != "" && timed != corpusTimed {
		t.Errorf("%d laps are timed, want %d", timed, corpusTimed)
	}
}

func checkFuel(t *testing.T, l *analysis.Lap) {
	t.Helper()
	if !(l.FuelStart > 0 && l.FuelUsed >= 0 && l.FuelUsed < 2) {
		t.Errorf("lap %s: %g l at its start and %g l used", l.ID(), l.FuelStart, l.FuelUsed)
	}
	if l.Valid() && !(l.FuelUsed > 0.15 && l.FuelUsed < 0.5) {
		t.Errorf("lap %s of an oval used %g l", l.ID(), l.FuelUsed)
	}
}

// checkEnds compares the ends of a lap that do not lie at the line with the times of its rows.
func checkEnds(t *testing.T, l *analysis.Lap, time []float64) {
	t.Helper()
	if math.IsNaN(l.CrossStart) && l.Start != time[l.From] || math.IsNaN(l.CrossEnd) && l.End != time[l.To-1] {
		t.Errorf("lap %s from %g to %g s has rows from %g to %g", l.ID(), l.Start, l.End, time[l.From], time[l.To-1])
	}
}

// TestCorpusClock finds the official lap times again without the lap table: where LapCurrentLapTime falls, the sim has
// put the time of the lap before into LapLastLapTime.
func TestCorpusClock(t *testing.T) {
	eachCorpusFile(t, func(t *testing.T, _ corpusFile, f *ibt.File) {
		table := lapsOf(t, f)
		cols := columns(t, f, "SessionTime", "LapCurrentLapTime", "LapLastLapTime")
		time, clock, last := cols[0], cols[1], cols[2]
		var restarts []int
		for i := 1; i < f.Len(); i++ {
			if clock[i] < clock[i-1]-1 {
				restarts = append(restarts, i)
			}
		}
		found := 0
		for n, k := range restarts {
			if last[k] <= 0 {
				continue
			}
			found++
			var lap *analysis.Lap
			for i := range table.Laps {
				// The clock restarts within the first two seconds of the lap behind.
				if l := &table.Laps[i]; l.To <= k && k < l.To+120 {
					lap = l
				}
			}
			switch {
			case lap == nil || lap.Clock != analysis.Official:
				t.Errorf("row %d: the lap of %.4f s is not timed", k, last[k])
				continue
			case math.Abs(lap.Time-last[k]) > 1e-4:
				t.Errorf("lap %s takes %.5f s, the sim says %.5f", lap.ID(), lap.Time, last[k])
			}
			if n == 0 {
				t.Errorf("row %d: a lap is timed that did not begin in the file", k)
				continue
			}
			from := restarts[n-1]
			took := (time[k] - clock[k]) - (time[from] - clock[from])
			if math.Abs(lap.Time-took) > 1e-4 || math.Abs(lap.End-lap.Start-took) > 1e-4 {
				t.Errorf("lap %s takes %.5f s and lasts %.5f, between the crossings lie %.5f", lap.ID(), lap.Time,
					lap.End-lap.Start, took)
			}
			if d := lap.CrossEnd - lap.End; d < -0.001 || d > 0.025 {
				t.Errorf("lap %s: the crossing by position is %.1f ms after the official one", lap.ID(), d*1000)
			}
		}
		timed := 0
		for i := range table.Laps {
			if table.Laps[i].Timed() {
				timed++
			}
		}
		if timed != found {
			t.Errorf("%d laps are timed, the sim timed %d", timed, found)
		}
	})
}

func TestCorpusBlankRecords(t *testing.T) {
	eachCorpusFile(t, func(t *testing.T, want corpusFile, f *ibt.File) {
		table := lapsOf(t, f)
		cols := columns(t, f, "Lap", "LapDistPct", "Lat", "Speed")
		blanks := 0
		for i := range f.Len() {
			if cols[0][i] != 0 || cols[1][i] != 0 || cols[2][i] != 0 || cols[3][i] != 0 {
				continue
			}
			blanks++
			for k := range table.Laps {
				if l := &table.Laps[k]; i >= l.From && i < l.To {
					t.Errorf("row %d is blank and in lap %s", i, l.ID())
				}
			}
		}
		switch {
		case strings.Contains(want.name, "sebring"):
			if blanks != 2 {
				t.Errorf("%d blank records, want 2", blanks)
			}
			ranges := fmt.Sprint(table.Laps[0].From, table.Laps[0].To, table.Laps[1].From, table.Laps[1].To)
			if ranges != "1 2405 2406 2683" {
				t.Errorf("the laps are rows %s, want 1 2405 2406 2683", ranges)
			}
		case strings.Contains(want.name, "newsmyrna"), strings.Contains(want.name, "redbullring"):
			if blanks != 0 {
				t.Errorf("%d blank records, want none", blanks)
			}
		default:
			if blanks != 1 {
				t.Errorf("%d blank records, want 1", blanks)
			}
		}
	})
}

// TestCorpusTraces compares every pair of timed laps of a file.
func TestCorpusTraces(t *testing.T) {
	eachCorpusFile(t, func(t *testing.T, _ corpusFile, f *ibt.File) {
		table := lapsOf(t, f)
		signals := signalsOf(t, f, table, "Speed", "Gear", "Brake")
		for i := range table.Laps {
			for _, points := range []int{20, 500, 100_000} {
				l := &table.Laps[i]
				axis := analysis.NewAxis(table.TrackLength, points)
				tr, err := analysis.TraceLap(context.Background(), f, l, axis, signals)
				if err != nil {
					t.Fatal(err)
				}
				checkTrace(t, f, l, axis, signals, tr)
				for k := range table.Laps {
					other := &table.Laps[k]
					if !l.Timed() || !other.Timed() {
						continue
					}
					ref, err := analysis.TraceLap(context.Background(), f, other, axis, nil)
					if err != nil {
						t.Fatal(err)
					}
					delta := analysis.Delta(tr, ref)
					if got, want := delta[len(delta)-1], l.Time-other.Time; math.Abs(got-want) > 0.0005 {
						t.Errorf("lap %s against %s: %.5f s at the end, the lap times differ by %.5f", l.ID(), other.ID(), got, want)
					}
					if math.Abs(delta[0]) > 0.0005 {
						t.Errorf("lap %s against %s: %.5f s at the line", l.ID(), other.ID(), delta[0])
					}
				}
			}
		}
	})
}
