package push

import (
	"context"
	"errors"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
)

var fourLaps = ibttest.Drive{Laps: []float64{62.5, 61.25, 63}, OffTrack: 3}

func TestSamplesOfADrive(t *testing.T) {
	rec := drive(t, fourLaps)
	got := collect(t, rec, SampleOptions{})

	speed := values(got[`iracing_telemetry_speed_meters_per_second{cust_id="0"}`])
	driven := fourLaps.Laps[0] + fourLaps.Laps[1] + fourLaps.Laps[2] + 30 + 5
	if n := float64(len(speed)); math.Abs(n-driven) > 1 {
		t.Errorf("%v samples of speed in %v s", n, driven)
	}
	for i, s := range speed {
		if i > 0 {
			if step := s.Time - speed[i-1].Time; step < 980 || step > 1020 {
				t.Errorf("sample %d comes %d ms after the one before", i, step)
			}
		}
		if s.Value < 5 || s.Value > 60 {
			t.Errorf("sample %d has a speed of %v", i, s.Value)
		}
	}
	// The first record is blank, 1/60 s before the car is there.
	if first := time.UnixMilli(speed[0].Time); first.Sub(rec.Session.Start) != 16*time.Millisecond {
		t.Errorf("the first sample is at %v, the recording begins at %v", first, rec.Session.Start)
	}

	laps := got[`iracing_lap_time_seconds{cust_id="0"}`]
	if len(laps) != 3 {
		t.Fatalf("%d lap times", len(laps))
	}
	at := rec.Session.Start.Add(30*time.Second + 17*time.Millisecond)
	for i, lap := range laps {
		at = at.Add(time.Duration(fourLaps.Laps[i] * float64(time.Second)))
		if lap.Value != fourLaps.Laps[i] {
			t.Errorf("lap %d took %v s", i+1, lap.Value)
		}
		if off := time.UnixMilli(lap.Time).Sub(at).Abs(); off > 40*time.Millisecond {
			t.Errorf("lap %d ended %v away from %v", i+1, off, at)
		}
		sum := 0.0
		for _, sector := range []string{"1", "2", "3"} {
			s := got[`iracing_lap_sector_time_seconds{cust_id="0",sector="`+sector+`"}`]
			if len(s) != 3 || s[i].Time != lap.Time {
				t.Fatalf("sector %s: %v", sector, s)
			}
			sum += s[i].Value
		}
		if math.Abs(sum-lap.Value) > 1e-6 {
			t.Errorf("the sectors of lap %d add up to %v", i+1, sum)
		}
	}
	// The out lap ended at the line too: it has no time and is not valid, but took fuel.
	var valid []float64
	for _, s := range got[`iracing_lap_valid{cust_id="0"}`] {
		valid = append(valid, s.Value)
	}
	if want := []float64{0, 1, 1, 0}; !slices.Equal(valid, want) {
		t.Errorf("valid laps: %v, want %v", valid, want)
	}
	fuel := got[`iracing_lap_fuel_used_liters{cust_id="0"}`]
	if len(fuel) != 4 || math.Abs(fuel[1].Value-62.5*0.02) > 0.01 {
		t.Errorf("fuel: %v", fuel)
	}
	info := got[`iracing_session_info{car="Test Car",cust_id="0",file="`+fourLaps.Name()+`",session_type="Offline Testing",subsession_id="0",track="Test Ring"}`]
	if len(info) != len(speed)+1 || info[0] != (Sample{speed[0].Time, 1}) {
		t.Errorf("%d samples tell what was driven: %v", len(info), got.names())
	}
	// Where the recording ends, the series do.
	for name, samples := range got {
		if end := samples[len(samples)-1]; end.Stale() == strings.HasPrefix(name, "iracing_lap_") {
			t.Errorf("%s ends with %v", name, end)
		}
	}
}

func TestSamplesHaveTheirUnitsAndLabels(t *testing.T) {
	rec := drive(t, ibttest.Drive{Laps: []float64{40}, Channels: []ibt.Var{
		{Name: "LFpressure", Unit: "kPa", Type: ibt.TypeFloat},
		{Name: "RRtempM", Unit: "C", Type: ibt.TypeFloat},
		{Name: "RRwearR", Unit: "%", Type: ibt.TypeFloat},
		{Name: "FuelUsePerHour", Unit: "kg/h", Type: ibt.TypeFloat},
	}})
	got := collect(t, rec, SampleOptions{})
	for _, name := range []string{
		`iracing_telemetry_tire_pressure_pascals{cust_id="0",wheel="left_front"}`,
		`iracing_telemetry_tire_temperature_celsius{cust_id="0",wheel="right_rear",zone="middle"}`,
		`iracing_telemetry_tire_tread_remaining_ratio{cust_id="0",wheel="right_rear",zone="right"}`,
		`iracing_telemetry_fuel_use_kilograms_per_hour{cust_id="0"}`,
	} {
		if len(got[name]) == 0 {
			t.Errorf("there is no %s among %v", name, got.names())
		}
	}
}

func TestSamplesAreTheSameEachTime(t *testing.T) {
	rec := drive(t, fourLaps)
	once, twice := collect(t, rec, SampleOptions{}), collect(t, rec, SampleOptions{})
	if !same(once, twice) {
		t.Error("the samples differ")
	}
}

// same compares bit by bit, as the end of a series is a NaN.
func same(a, b collected) bool {
	return reflect.DeepEqual(a.names(), b.names()) && !slices.ContainsFunc(a.names(), func(name string) bool {
		return !slices.EqualFunc(a[name], b[name], func(x, y Sample) bool {
			return x.Time == y.Time && math.Float64bits(x.Value) == math.Float64bits(y.Value)
		})
	})
}

func TestSamplesMoreOftenAreExactRecords(t *testing.T) {
	rec := drive(t, fourLaps)
	for every, perSecond := range map[time.Duration]float64{100 * time.Millisecond: 10, time.Nanosecond: 60, 5 * time.Second: 0.2} {
		speed := values(collect(t, rec, SampleOptions{Every: every})[`iracing_telemetry_speed_meters_per_second{cust_id="0"}`])
		want := (30 + 62.5 + 61.25 + 63 + 5) * perSecond
		if math.Abs(float64(len(speed))-want) > want/100+1 {
			t.Errorf("every %v: %d samples, want %v", every, len(speed), want)
		}
		if !slices.IsSortedFunc(speed, func(a, b Sample) int { return int(a.Time - b.Time) }) {
			t.Errorf("every %v: the samples are not in order", every)
		}
	}
}

func TestSamplesHideWhoIsToBeHidden(t *testing.T) {
	rec := drive(t, fourLaps)
	rec = moved(rec, rec.Session.Start)
	table := *rec.Table
	table.Info.Cust, rec.Table = 123456, &table
	asked := int64(0)
	got := collect(t, rec, SampleOptions{CustID: func(cust int64) string { asked = cust; return "~key" }})
	for name := range got {
		if !strings.Contains(name, `cust_id="~key"`) || strings.Contains(name, "123456") || strings.Contains(name, "Tess") {
			t.Errorf("a series is called %s", name)
		}
	}
	if asked != 123456 {
		t.Errorf("customer %d was asked for", asked)
	}
}

func TestSamplesEndWithTheirUser(t *testing.T) {
	rec := drive(t, fourLaps)
	enough := errors.New("enough")
	calls := 0
	err := Samples(t.Context(), rec, SampleOptions{}, func([]Series) error { calls++; return enough })
	if !errors.Is(err, enough) || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Samples(ctx, rec, SampleOptions{}, func([]Series) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

const weekendText = `---
WeekendInfo:
 TrackID: 7
 TrackDisplayName: Test Ring
 TrackConfigName: Grand "Prix"
 SubSessionID: 4711
 EventType: Race

SessionInfo:
 Sessions:
 - SessionNum: 0
   SessionType: Practice
 - SessionNum: 1
   SessionType: Race

DriverInfo:
 DriverCarIdx: 0
 Drivers:
 - CarIdx: 0
   UserName: Tess Driver
   UserID: 123456
   CarScreenName: Test Car

...
`

// weekend is a recording of a practice with a break of a minute in it, and a race behind it.
func weekend(t *testing.T) *library.Recording {
	t.Helper()
	dir := t.TempDir()
	f, err := os.Create(dir + "/weekend.ibt")
	if err != nil {
		t.Fatal(err)
	}
	w, err := ibt.NewWriter(f, ibt.WriterOptions{
		Vars: []ibt.Var{
			{Name: "SessionTime", Type: ibt.TypeDouble},
			{Name: "SessionNum", Type: ibt.TypeInt},
			{Name: "Lap", Type: ibt.TypeInt},
			{Name: "LapDistPct", Type: ibt.TypeFloat},
			{Name: "Speed", Type: ibt.TypeFloat},
			{Name: "RPM", Type: ibt.TypeFloat},
			{Name: "Lat", Type: ibt.TypeDouble},
		},
		Session: []byte(weekendText), StartDate: time.Date(2025, 3, 1, 14, 0, 0, 0, time.UTC),
	})
	if err != nil {
		t.Fatal(err)
	}
	stint := func(session int, begin, pct float64) {
		for i := range 20 * 60 {
			for name, v := range map[string]float64{
				"SessionTime": begin + float64(i)/60, "SessionNum": float64(session), "Lap": 1,
				"LapDistPct": pct + float64(i)/20/60/10, "Speed": 30, "RPM": math.NaN(), "Lat": 52,
			} {
				w.Set(w.Index(name), v)
			}
			if err := w.WriteRecord(); err != nil {
				t.Fatal(err)
			}
		}
	}
	stint(0, 100, 0.1)
	stint(0, 180, 0.5)
	stint(1, 5, 0.1)
	if err := errors.Join(w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return open(t, dir)[0]
}

func TestSamplesEndWhereNothingIsDriven(t *testing.T) {
	rec := weekend(t)
	got := collect(t, rec, SampleOptions{})
	seconds := func(samples []Sample, stale bool) []int64 {
		var out []int64
		for _, s := range samples {
			if s.Stale() == stale {
				out = append(out, (s.Time-rec.Session.Start.UnixMilli())/1000)
			}
		}
		return out
	}
	// Practice from 0 to 20 s and from 80 to 100 s, the race right behind it.
	speed := got[`iracing_telemetry_speed_meters_per_second{cust_id="123456"}`]
	if ends := seconds(speed, true); !slices.Equal(ends, []int64{20, 120}) {
		t.Errorf("the speed ends at %v s", ends)
	}
	session := func(kind string) []Sample {
		return got[`iracing_session_info{car="Test Car",cust_id="123456",file="weekend.ibt",session_type="`+kind+
			`",subsession_id="4711",track="Test Ring",track_config="Grand \"Prix\""}`]
	}
	practice, race := session("Practice"), session("Race")
	if ends := seconds(practice, true); !slices.Equal(ends, []int64{20, 100}) {
		t.Errorf("the practice ends at %v s (%v)", ends, got.names())
	}
	if ends := seconds(race, true); !slices.Equal(ends, []int64{120}) {
		t.Errorf("the race ends at %v s", ends)
	}
	if len(practice) == 0 || len(race) == 0 || race[0].Time != practice[len(practice)-1].Time {
		t.Error("the race does not begin where the practice ends")
	}
	if rpm, ok := got[`iracing_telemetry_engine_speed_rpm{cust_id="123456"}`]; ok {
		t.Errorf("what is no number became %v", rpm)
	}
}

func TestEveryPushedSeriesIsDefined(t *testing.T) {
	allowed := map[string][]string{}
	for _, m := range metrics.Telemetry() {
		allowed[m.Name] = append([]string{metrics.LabelCustID}, m.Labels...)
	}
	for _, rec := range corpus(t) {
		err := Samples(t.Context(), rec, SampleOptions{}, func(batch []Series) error {
			for i := range batch {
				s := &batch[i]
				labels, ok := allowed[s.Name()]
				if !ok {
					t.Errorf("%s is not defined", s.Name())
				}
				for _, l := range s.Labels[1:] {
					if !slices.Contains(labels, l.Name) {
						t.Errorf("%s has a label %s", s.Name(), l.Name)
					}
				}
			}
			if n := count(batch); n > batchSamples+100 {
				t.Errorf("a batch has %d samples", n)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// FuzzSamples reads files that are not as the sim writes them.
func FuzzSamples(f *testing.F) {
	file := ibttest.Drive{OutLap: 2, Laps: []float64{3}, InLap: 1, Channels: []ibt.Var{{Name: "LFpressure", Type: ibt.TypeFloat}}}.Bytes()
	f.Add(file, int64(0), int64(time.Second))
	f.Add(file, int64(5000), int64(1))
	f.Fuzz(func(t *testing.T, b []byte, start, every int64) {
		opened, err := ibt.Open(ibt.Bytes(b))
		if err != nil {
			return
		}
		table, err := analysis.Laps(t.Context(), opened)
		if err != nil {
			return
		}
		rec := &library.Recording{Session: library.Session{Start: time.UnixMilli(start % 1e13)}, Table: table, File: opened}
		last := make(map[string]int64)
		err = Samples(t.Context(), rec, SampleOptions{Every: time.Duration(every)}, func(batch []Series) error {
			for i := range batch {
				name := selector(&batch[i])
				for _, s := range batch[i].Samples {
					if before, ok := last[name]; ok && s.Time <= before {
						t.Fatalf("%s has a sample at %d behind one at %d", name, s.Time, before)
					}
					if last[name] = s.Time; !finite(s.Value) && !s.Stale() {
						t.Fatalf("%s is %v", name, s.Value)
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
