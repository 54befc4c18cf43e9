package store_test

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// recorded is a file of two laps with traces of three points.
func recorded(id string, cust int64, driver string) *store.Recording {
	start := time.Date(2025, 3, 1, 14, 0, 0, 0, time.UTC)
	lap := func(number int, time float64, reasons analysis.Reason, clock analysis.Clock) *analysis.Lap {
		nan := math.NaN()
		return &analysis.Lap{
			Run: 1, Number: number, Instance: 1, To: 100 * number, From: 100 * (number - 1), Start: 10, End: 20, Offset: float64(90 * number),
			Time: time, Clock: clock, Kind: analysis.Flying, Reasons: reasons, Sectors: []float64{time / 2, time / 2},
			FuelStart: 40, FuelUsed: nan, TopSpeed: 70, MinSpeed: math.Inf(1), Incidents: -1, AirTemp: 20, TrackTemp: nan,
		}
	}
	laps := []*analysis.Lap{lap(1, 91.5, 0, analysis.Official), lap(2, math.NaN(), analysis.NotTimed, analysis.NoClock)}
	r := &store.Recording{
		ID: id, Name: "folder/" + id + ".ibt", Size: 1000, ModTime: start, Start: start, End: start.Add(time.Hour), Car: "Test Car",
		Track: "Test Ring, Short", TrackConfig: "Short", TrackID: 7, TrackLength: 1200, Sectors: []float64{0, 0.5}, Cust: cust, Driver: driver,
		Type: "Race", TickRate: 60, Records: 200, Closed: true, Points: 3, Rules: 1,
		Channels: []store.RecordedChannel{{Name: "Speed", Title: "Speed", Unit: "m/s"}, {Name: "Gear", Title: "Gear"}},
	}
	copy(r.SHA256[:], id)
	for _, l := range laps {
		r.Laps = append(r.Laps, store.RecordedLap{Lap: l, SessionType: "Race", StartTime: start})
	}
	return r
}

func traces(all ...*store.LapTrace) iter.Seq2[*store.LapTrace, error] {
	return func(yield func(*store.LapTrace, error) bool) {
		for _, t := range all {
			if !yield(t, nil) {
				return
			}
		}
	}
}

func twoTraces() iter.Seq2[*store.LapTrace, error] {
	nan := math.NaN()
	return traces(
		&store.LapTrace{Lap: "1", Elapsed: []float64{0, 45, 91.5}, Values: [][]float64{{50, nan, 1e300}, {3, 4, 5}}},
		&store.LapTrace{Lap: "2", Elapsed: []float64{nan, 1, 2}, Values: [][]float64{{nan, 20, 30}, nil}},
	)
}

func mustPut(t *testing.T, s *store.Store, r *store.Recording) store.Rows {
	t.Helper()
	rows, err := s.PutRecording(t.Context(), r, twoTraces())
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// list is the rows of a query, each as its columns with | between them; ~ stands for null.
func list(t *testing.T, conn *pgx.Conn, sql string, args ...any) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		values, err := row.Values()
		var b strings.Builder
		for i, v := range values {
			if i > 0 {
				b.WriteByte('|')
			}
			if v == nil {
				v = "~"
			}
			_, _ = fmt.Fprint(&b, v)
		}
		return b.String(), err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func expect(t *testing.T, conn *pgx.Conn, sql string, want ...string) {
	t.Helper()
	if got := list(t, conn, sql); !reflect.DeepEqual(got, want) {
		t.Errorf("%s\ngot  %q\nwant %q", sql, got, want)
	}
}

func TestRecordingInTheViews(t *testing.T) {
	s, conn := openFacts(t)
	want := store.Rows{"telemetry_files": 1, "telemetry_laps": 2, "telemetry_sectors": 2, "telemetry_channels": 2, "lap_trace": 3}
	if rows := mustPut(t, s, recorded("aaaa", 0, "")); !reflect.DeepEqual(rows, want) {
		t.Errorf("%v rows, want %v", rows, want)
	}
	if rows := mustPut(t, s, recorded("aaaa", 0, "")); len(rows) > 0 {
		t.Errorf("the same content wrote %v", rows)
	}
	expect(t, conn, `select car, track, track_config, session_type, subsession_id, laps, timed_laps, valid_laps, best_lap, best_lap_seconds, file_name, duration_seconds
		from iracing.v_telemetry_sessions`, "Test Car|Test Ring, Short|Short|Race|~|2|1|1|1|91.5|aaaa.ibt|3600")
	expect(t, conn, `select lap, lap_order, lap_time_seconds, delta_seconds, valid, notes, clock, fuel_start_liters, fuel_used_liters, min_speed_meters_per_second,
		incidents, track_temperature_celsius, wetness, car from iracing.v_telemetry_laps order by lap_order`,
		"1|1|91.5|0|true||official|40|~|~|~|~|~|Test Car", "2|2|~|~|false|not timed|~|40|~|~|~|~|~|Test Car")
	expect(t, conn, "select lap, sector, sector_time_seconds, delta_seconds, start_meters, end_meters from iracing.v_telemetry_sectors order by lap, sector",
		"1|1|45.75|0|0|600", "1|2|45.75|0|600|1200")
	expect(t, conn, "select lap, channel, point, distance_meters, elapsed_seconds, value from iracing.v_lap_trace order by lap, channel, point",
		"1|Gear|1|0|0|3", "1|Gear|2|600|45|4", "1|Gear|3|1200|91.5|5",
		"1|Speed|1|0|0|50", "1|Speed|2|600|45|~", "1|Speed|3|1200|91.5|~",
		"2|Speed|2|600|1|20", "2|Speed|3|1200|2|30")
	expect(t, conn, "select lap, point, distance_meters, elapsed_seconds, speed_meters_per_second, gear, throttle, latitude from iracing.v_lap_trace_main order by lap, point",
		"1|1|0|0|50|3|~|~", "1|2|600|45|~|4|~|~", "1|3|1200|91.5|~|5|~|~", "2|2|600|1|20|~|~|~", "2|3|1200|2|30|~|~|~")
	expect(t, conn, "select channel, title, unit from iracing.v_telemetry_channels order by 1", "Gear|Gear|", "Speed|Speed|m/s")
}

func TestNewContentReplacesOld(t *testing.T) {
	s, conn := openFacts(t)
	r := recorded("aaaa", 0, "")
	mustPut(t, s, r)
	moved := *r
	moved.Name = "elsewhere/aaaa.ibt"
	if rows := mustPut(t, s, &moved); !reflect.DeepEqual(rows, store.Rows{"telemetry_files": 1}) {
		t.Errorf("a file that was moved wrote %v", rows)
	}
	for name, change := range map[string]func(*store.Recording){
		"content": func(r *store.Recording) { r.SHA256[31]++ },
		"rules":   func(r *store.Recording) { r.Rules++ },
	} {
		change(&moved)
		moved.Laps = moved.Laps[:2]
		if rows := mustPut(t, s, &moved); rows["telemetry_laps"] != 2 || rows["lap_trace"] != 3 {
			t.Errorf("other %s wrote %v", name, rows)
		}
	}
	moved.Laps, moved.Rules = moved.Laps[:1], 9
	if _, err := s.PutRecording(t.Context(), &moved, nil); err != nil {
		t.Fatal(err)
	}
	expect(t, conn, "select (select count(*) from iracing.telemetry_laps), (select count(*) from iracing.lap_trace)", "1|0")
	all, err := s.Recordings(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("%v, %v", all, err)
	}
	want := moved
	want.Laps, want.Channels = nil, nil
	if !reflect.DeepEqual(all[0], want) {
		t.Errorf("the recording came back as\n%+v, want\n%+v", all[0], want)
	}
	if none, err := s.RecordingState(t.Context(), "bbbb"); err != nil || none.Known {
		t.Errorf("an unknown file has the state %+v (%v)", none, err)
	}
}

func TestTracesThatDoNotFit(t *testing.T) {
	s, conn := openFacts(t)
	spoiled := errors.New("the disk is gone")
	three := []float64{1, 2, 3}
	for name, of := range map[string]iter.Seq2[*store.LapTrace, error]{
		"too few points":   traces(&store.LapTrace{Lap: "1", Elapsed: three[:2], Values: [][]float64{three, three}}),
		"too few values":   traces(&store.LapTrace{Lap: "1", Elapsed: three, Values: [][]float64{three[:2], three}}),
		"too few channels": traces(&store.LapTrace{Lap: "1", Elapsed: three, Values: [][]float64{three}}),
		"no such lap":      traces(&store.LapTrace{Lap: "9", Elapsed: three, Values: [][]float64{three, three}}),
		"a lap twice": traces(
			&store.LapTrace{Lap: "1", Elapsed: three, Values: [][]float64{three, three}},
			&store.LapTrace{Lap: "1", Elapsed: three, Values: [][]float64{three, three}},
		),
		"the file breaks": func(yield func(*store.LapTrace, error) bool) {
			for t, err := range twoTraces() {
				if !yield(t, err) {
					return
				}
			}
			yield(nil, spoiled)
		},
	} {
		_, err := s.PutRecording(t.Context(), recorded("aaaa", 0, ""), of)
		var own *store.Error
		if err == nil || errors.As(err, &own) || name == "the file breaks" && !errors.Is(err, spoiled) {
			t.Errorf("%s: %v", name, err)
		}
	}
	expect(t, conn, "select (select count(*) from iracing.telemetry_files), (select count(*) from iracing.telemetry_laps)", "0|0")
}

// Whoever drove, only the own driver's name and number are to be seen.
func TestOtherDriversInTelemetry(t *testing.T) {
	s, conn := openFacts(t)
	mustPut(t, s, recorded("aaaa", 111, "Tess Own"))
	mustPut(t, s, recorded("bbbb", 222, "Otto Other"))
	mustPut(t, s, recorded("cccc", 0, "Nils Numberless"))
	if _, err := conn.Exec(t.Context(), "update iracing.drivers set own = true where cust_id = 111"); err != nil {
		t.Fatal(err)
	}
	people, err := s.People(t.Context(), 111)
	if err != nil {
		t.Fatal(err)
	}
	const of = "select driver, driver_key from iracing.v_telemetry_sessions order by file_id"
	hidden := []string{"Tess Own|111", people.Driver(222, "") + "|" + people.Key(222), "~|~"}
	expect(t, conn, of, hidden...)
	expect(t, conn, "select distinct on (file_id) driver, driver_key from iracing.v_telemetry_laps order by file_id", hidden...)
	for _, view := range []string{
		"v_telemetry_sessions", "v_telemetry_laps", "v_telemetry_sectors", "v_telemetry_channels", "v_lap_trace", "v_lap_trace_main",
	} {
		for _, row := range list(t, conn, "select v::text from iracing."+view+" v") {
			if strings.Contains(row, "222") || strings.Contains(row, "Otto") || strings.Contains(row, "Nils") {
				t.Errorf("%s tells of somebody: %s", view, row)
			}
		}
	}
	if err := s.SetShowNames(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	expect(t, conn, of, "Tess Own|111", "Otto Other|222", "Nils Numberless|~")

	// Who was taken out is nobody from then on, though the file be there still.
	if rows, err := s.PurgeDriver(t.Context(), 222); err != nil || rows["telemetry_files"] != 1 {
		t.Fatalf("purged %v (%v)", rows, err)
	}
	mustPut(t, s, recorded("bbbb", 222, "Otto Other"))
	for _, row := range append(list(t, conn, of), list(t, conn, "select f::text from iracing.telemetry_files f")...) {
		if strings.Contains(row, "Otto") || strings.Contains(row, "222") {
			t.Errorf("after the purge there is %s", row)
		}
	}
}

// The examples in the manual work.
func TestSQLInTheManual(t *testing.T) {
	_, conn := openFacts(t)
	text, err := os.ReadFile("../../docs/telemetry.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "```sql\n")[1:]
	if len(blocks) < 4 {
		t.Fatalf("the manual has %d examples", len(blocks))
	}
	for _, block := range blocks {
		sql, _, _ := strings.Cut(block, "```")
		list(t, conn, sql)
	}
}

// A dashboard asks for one lap of very many: nothing else may be read.
func TestViewsOfTracesReadOneLap(t *testing.T) {
	s, conn := openFacts(t)
	for i := range 40 {
		mustPut(t, s, recorded(fmt.Sprintf("file%02d", i), 0, ""))
	}
	if _, err := conn.Exec(t.Context(), "analyse"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "set enable_seqscan = off"); err != nil { // so small a table would be read whole
		t.Fatal(err)
	}
	for _, sql := range []string{
		"select * from iracing.v_lap_trace where file_id = 'file07' and lap = '1' and channel in ('Speed', 'Gear')",
		"select * from iracing.v_lap_trace_main where file_id = 'file07' and lap in ('1', '2')",
		"select a.elapsed_seconds - b.elapsed_seconds from iracing.v_lap_trace_main a join iracing.v_lap_trace_main b using (file_id, point) where file_id = 'file07' and a.lap = '1' and b.lap = '2'",
	} {
		plan := strings.Join(list(t, conn, "explain "+sql), "\n")
		if strings.Contains(plan, "Seq Scan") || !strings.Contains(plan, "lap_trace_pkey") {
			t.Errorf("%s\n%s", sql, plan)
		}
	}
}
