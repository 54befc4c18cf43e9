package ibt_test

import (
	"bytes"
	"math"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
)

func TestCorpus(t *testing.T) {
	for name, data := range corpus(t) {
		t.Run(name, func(t *testing.T) {
			f := open(t, data)
			if w := f.Warnings(); len(w) > 0 {
				t.Errorf("got the warnings %q", w)
			}
			d := f.DiskHeader()
			if !f.Closed() || f.Len() != d.Records || len(f.Vars()) != f.Header().NumVars {
				t.Errorf("got %d rows and %d channels, the headers say %d and %d", f.Len(), len(f.Vars()), d.Records, f.Header().NumVars)
			}
			s, err := f.Session()
			if err != nil || s.Driver() == nil || s.Get("WeekendInfo", "TrackDisplayName") == "" || s.Node("SplitTimeInfo", "Sectors") == nil {
				t.Errorf("the session text lacks what every one has: %v", err)
			}

			var b ibt.Batch
			all := ibt.Range{From: 0, To: f.Len()}
			if err := f.Read(&b, all, ibt.Floats("SessionTime", "LapDistPct", "Speed", "RPM")...); err != nil {
				t.Fatal(err)
			}
			times := b.Cols[0].F64
			if times[0] != d.StartTime || times[len(times)-1] != d.EndTime {
				t.Errorf("it goes from %v to %v, the sub header says %v to %v", times[0], times[len(times)-1], d.StartTime, d.EndTime)
			}
			for i := range times {
				if i > 0 && times[i] <= times[i-1] {
					t.Fatalf("the time goes back in row %d", i)
				}
				if pct, speed := b.Cols[1].F64[i], b.Cols[2].F64[i]; pct < -0.01 || pct > 1.01 || speed < 0 || speed > 130 {
					t.Fatalf("row %d: at %v of the lap with %v m/s", i, pct, speed)
				}
			}
			mid, err := f.RowsForTime(0, times[len(times)/3], times[len(times)/2])
			if err != nil || mid != (ibt.Range{From: len(times) / 3, To: len(times) / 2}) {
				t.Errorf("got the rows %v, %v", mid, err)
			}

			// The sixth sample of a tick is the one of the record's time.
			if _, ok := f.Var("SteeringWheelTorque_ST"); !ok {
				return
			}
			err = f.Read(&b, all, ibt.Floats("SteeringWheelTorque", "SteeringWheelTorque_ST")[0],
				ibt.Pick{Name: "SteeringWheelTorque_ST", Float: true},
				ibt.Pick{Name: "SteeringWheelTorque_ST", Float: true, Array: ibt.ArrayElement, Element: 5},
				ibt.Pick{Name: "SteeringWheelTorque_ST", Float: true, Array: ibt.ArrayExpand})
			if err != nil {
				t.Fatal(err)
			}
			for i, torque := range b.Cols[0].F64 {
				if b.Cols[1].F64[i] != torque || b.Cols[2].F64[i] != torque || b.Cols[3].F64[6*i+5] != torque {
					t.Fatalf("row %d: the last sample is not the torque", i)
				}
			}
		})
	}
}

// TestCorpusRewritten writes real files anew, value by value, and compares the bytes. Two things differ by design: the
// tick count of the last record in the header, which only the sim knows, and blanks around a unit.
func TestCorpusRewritten(t *testing.T) {
	for name, data := range corpus(t) {
		t.Run(name, func(t *testing.T) {
			f := open(t, data)
			h := f.Header()
			m := &ibttest.Memory{}
			w, err := ibt.NewWriter(m, ibt.WriterOptions{
				Version: h.Version, TickRate: h.TickRate, Vars: f.Vars(), StartDate: f.DiskHeader().StartDate,
				Session: data[h.SessionInfoOffset : h.SessionInfoOffset+h.SessionInfoLen],
			})
			if err != nil {
				t.Fatal(err)
			}
			var picks []ibt.Pick
			for _, v := range f.Vars() {
				picks = append(picks, ibt.Pick{Name: v.Name, Float: true, Array: ibt.ArrayExpand})
			}
			var b ibt.Batch
			if err := f.Read(&b, ibt.Range{From: 0, To: f.Len()}, picks...); err != nil {
				t.Fatal(err)
			}
			for row := range f.Len() {
				for i := range b.Cols {
					c := &b.Cols[i]
					for k := range c.Per {
						if x := c.F64[row*c.Per+k]; !math.IsNaN(x) {
							w.SetAt(i, k, x)
						} else {
							t.Fatalf("%s is no number in row %d", c.Var.Name, row)
						}
					}
				}
				if err := w.WriteRecord(); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}

			want := patched(data, 48, 0)
			for i := range h.NumVars {
				unit := want[atVars+varHeader*i+112:][:32]
				if len(bytes.Trim(unit, " \x00")) == 0 {
					clear(unit)
				}
			}
			if len(m.Data) != len(want) {
				t.Fatalf("got %d bytes, want %d", len(m.Data), len(want))
			}
			for i := range want {
				if m.Data[i] != want[i] {
					t.Fatalf("byte %d is %#x, want %#x (records begin at %d)", i, m.Data[i], want[i], h.BufOffset)
				}
			}
		})
	}
}
