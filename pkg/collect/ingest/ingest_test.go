package ingest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/collect/ingest"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

func TestMain(m *testing.M) {
	code := pgtest.Main(m)
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// database is an empty one, with a connection to look into it.
func database(t testing.TB) (*store.Store, *pgx.Conn) {
	t.Helper()
	url := pgtest.New(t)
	st, err := store.New(store.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	if err := st.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return st, conn
}

func openLibrary(t testing.TB, dir string) *library.Library {
	t.Helper()
	folder, err := library.OpenURL(dir)
	if err != nil {
		t.Fatal(err)
	}
	lib := library.New(folder, library.Options{})
	t.Cleanup(func() { _ = lib.Close() })
	return lib
}

func recording(t testing.TB, lib *library.Library, id string) *library.Recording {
	t.Helper()
	rec, err := lib.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rec.Close() })
	return rec
}

func put(t testing.TB, st *store.Store, rec *library.Recording) ingest.Outcome {
	t.Helper()
	out, err := ingest.File(t.Context(), st, rec)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var tables = []string{"telemetry_files", "telemetry_laps", "telemetry_sectors", "telemetry_channels", "lap_trace", "telemetry_exports"}

// contents is every row of the tables of telemetry, with when and by which transaction it was written.
func contents(t testing.TB, conn *pgx.Conn) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, table := range tables {
		all[table] = texts(t, conn, "select xmin::text || row(t)::text from iracing."+table+" t order by 1")
	}
	return all
}

func texts(t testing.TB, conn *pgx.Conn, sql string, args ...any) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func number(t testing.TB, conn *pgx.Conn, sql string, args ...any) float64 {
	t.Helper()
	var x *float64
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&x); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if x == nil {
		return math.NaN()
	}
	return *x
}

// plugin is the data source over the folder.
func plugin(t *testing.T, dir string) *datasource.Datasource {
	t.Helper()
	js, err := json.Marshal(models.Settings{TelemetryURL: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	inst, err := datasource.New(t.Context(), backend.DataSourceInstanceSettings{JSONData: js})
	if err != nil {
		t.Fatal(err)
	}
	d := inst.(*datasource.Datasource)
	t.Cleanup(d.Dispose)
	return d
}

// ask is the one frame that answers a query.
func ask(t *testing.T, d *datasource.Datasource, kind string, query map[string]any) *data.Frame {
	t.Helper()
	js, err := json.Marshal(query)
	if err != nil {
		t.Fatal(err)
	}
	res, err := d.QueryData(t.Context(), &backend.QueryDataRequest{Queries: []backend.DataQuery{{
		RefID: "A", QueryType: kind, JSON: js, MaxDataPoints: 100_000,
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Responses["A"].Error; err != nil {
		t.Fatal(err)
	}
	return res.Responses["A"].Frames[0]
}

// theSame ingests every file of a folder twice, and holds what SQL yields against what the plugin shows.
func theSame(t *testing.T, dir string) {
	st, conn := database(t)
	lib, d := openLibrary(t, dir), plugin(t, dir)
	sessions, _, err := lib.Sessions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, s := range sessions {
		if s.Problem != "" {
			continue
		}
		read++
		rec := recording(t, lib, s.ID)
		out := put(t, st, rec)
		if out.Unchanged || out.Laps != len(rec.Table.Laps) || out.Rows["telemetry_laps"] != int64(out.Laps) {
			t.Errorf("%s went in as %+v with %d laps", s.File.Name, out, len(rec.Table.Laps))
		}
		sameSession(t, conn, d, s.ID)
		sameLaps(t, conn, d, s.ID)
		sameTraces(t, conn, d, rec)
	}
	if read == 0 {
		t.Fatal("the folder holds no file that can be read")
	}
	before := contents(t, conn)
	for _, s := range sessions {
		if s.Problem != "" {
			continue
		}
		rec := recording(t, lib, s.ID)
		if out := put(t, st, rec); !out.Unchanged || len(out.Rows) > 0 {
			t.Errorf("%s went in again as %+v", s.File.Name, out)
		}
		// Nor does it when the library cannot tell without reading.
		r, err := ingest.Recording(t.Context(), rec)
		if err != nil {
			t.Fatal(err)
		}
		if rows, err := st.PutRecording(t.Context(), r, ingest.Traces(t.Context(), rec, r)); err != nil || len(rows) > 0 {
			t.Errorf("%s was written again: %v, %v", s.File.Name, rows, err)
		}
	}
	if after := contents(t, conn); !reflect.DeepEqual(before, after) {
		t.Error("ingesting all files again changed rows")
	}
}

// word is a value as text; nothing is empty.
func word(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		return fmt.Sprintf("%.9g", v)
	case time.Time:
		return v.UTC().Format("2006-01-02 15:04:05.00000")
	default:
		return fmt.Sprint(v)
	}
}

// alike tells whether two columns are the same but for the digits that the plugin does not show.
func alike(a, b []string) bool {
	return slices.EqualFunc(a, b, func(a, b string) bool {
		x, notX := strconv.ParseFloat(a, 64)
		y, notY := strconv.ParseFloat(b, 64)
		return a == b || notX == nil && notY == nil && math.Abs(x-y) <= max(6e-5, 1e-5*math.Abs(x))
	})
}

// column is a column of a frame.
func column(t *testing.T, f *data.Frame, name string) []string {
	t.Helper()
	field, i := f.FieldByName(name)
	if i < 0 {
		t.Fatalf("the frame has no field %s", name)
	}
	out := make([]string, field.Len())
	for i := range out {
		if v, ok := field.ConcreteAt(i); ok {
			out[i] = word(v)
		}
	}
	return out
}

// sqlColumn is the same of a column of SQL.
func sqlColumn(t *testing.T, conn *pgx.Conn, from, expression, where string, args ...any) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), "select "+expression+" from "+from+" where "+where, args...)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		values, err := row.Values()
		if err != nil {
			return "", err
		}
		return word(values[0]), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func sameSession(t *testing.T, conn *pgx.Conn, d *datasource.Datasource, id string) {
	t.Helper()
	frame := ask(t, d, "sessions", map[string]any{})
	at := -1
	for i, other := range column(t, frame, "id") {
		if other == id {
			at = i
		}
	}
	for field, sql := range map[string]string{
		"start": "started_at", "end": "ended_at", "car": "car", "track": "track", "type": "session_type",
		"laps": "timed_laps::float8", "bestLap": "best_lap_seconds", "duration": "round(duration_seconds::numeric, 3)::float8",
		"fileName": "file_name", "sizeBytes": "size_bytes::float8",
	} {
		want, got := column(t, frame, field)[at], sqlColumn(t, conn, "iracing.v_telemetry_sessions", sql, "file_id = $1", id)
		if !alike(got, []string{want}) {
			t.Errorf("%s: %s is %q in SQL, %q in the plugin", id, sql, got, want)
		}
	}
}

func sameLaps(t *testing.T, conn *pgx.Conn, d *datasource.Datasource, id string) {
	t.Helper()
	frame := ask(t, d, "laps", map[string]any{"session": id})
	for field, sql := range map[string]string{
		"lap": "lap", "delta": "delta_seconds", "kind": "kind", "valid": "valid", "notes": "notes",
		"fuelUsed": "fuel_used_liters", "fuelLevel": "fuel_start_liters",
		"topSpeed": "top_speed_meters_per_second * 3.6", "minSpeed": "min_speed_meters_per_second * 3.6", // km/h
		"incidents": "incidents::float8", "airTemp": "air_temperature_celsius", "trackTemp": "track_temperature_celsius",
		"lapTime": "lap_time_seconds", "number": "lap_number::float8", "run": "run::float8",
		"sessionType": "session_type", "start": "started_at", "session": "file_id",
	} {
		want := column(t, frame, field)
		got := sqlColumn(t, conn, "iracing.v_telemetry_laps", sql, "file_id = $1 order by lap_order", id)
		if !alike(got, want) {
			t.Errorf("%s: %s is\n%q in SQL,\n%q in the plugin", id, sql, got, want)
		}
	}
	for k := 1; ; k++ {
		name := fmt.Sprintf("sector%d", k)
		if _, i := frame.FieldByName(name); i < 0 {
			break
		}
		want := column(t, frame, name)
		got := sqlColumn(t, conn, "iracing.v_telemetry_laps left join iracing.v_telemetry_sectors s using (file_id, lap)",
			"s.sector_time_seconds", "file_id = $1 and sector = $2 order by lap_order", id, k)
		if some := nonEmpty(want); !alike(got, some) {
			t.Errorf("%s: sector %d is %q in SQL, %q in the plugin", id, k, got, some)
		}
	}
}

func nonEmpty(s []string) []string {
	out := []string{}
	for _, x := range s {
		if x != "" {
			out = append(out, x)
		}
	}
	return out
}

// sameTraces compares the best lap, or whichever the plugin shows instead.
func sameTraces(t *testing.T, conn *pgx.Conn, d *datasource.Datasource, rec *library.Recording) {
	t.Helper()
	id := rec.Session.ID
	for _, lap := range rec.Table.Laps {
		points := int(number(t, conn, "select trace_points::float8 from iracing.telemetry_files where file_id = $1", id))
		rows := number(t, conn, "select count(*)::float8 from iracing.v_lap_trace where file_id = $1 and lap = $2 and channel = 'Speed'", id, lap.ID())
		if rows < 3 {
			continue // too short to have a shape
		}
		if timed := lap.Timed(); timed {
			end := number(t, conn, "select max(elapsed_seconds) from iracing.v_lap_trace where file_id = $1 and lap = $2 and channel = 'Speed'", id, lap.ID())
			if math.Abs(end-lap.Time) > 0.001 || int(rows) != points {
				t.Errorf("%s: the trace of lap %s ends after %.4f s with %v of %d points; the lap took %.4f s", id, lap.ID(), end, rows, points, lap.Time)
			}
		}
		// The plugin draws on the same axis when it is asked for as many points.
		for _, together := range [][]traced{
			{
				{"Speed", "v_lap_trace where channel = 'Speed' and", "value * 3.6", 1e-4}, // km/h
				{"Gear", "v_lap_trace where channel = 'Gear' and", "value", 0},
				{"Throttle", "v_lap_trace where channel = 'Throttle' and", "value", 6e-4},
				{"RPM", "v_lap_trace_main where", "rpm", 1e-2},
			},
			// Where the car was; a metre is 9e-6 degrees.
			{{"Lat", "v_lap_trace_main where", "latitude", 1e-6}, {"Lon", "v_lap_trace_main where", "longitude", 2e-6}},
		} {
			query := map[string]any{"session": id, "laps": []string{lap.ID()}, "channels": names(together)}
			frame := askPoints(t, d, points, query)
			for k, c := range together {
				if c.name == "Lat" && rec.Table.Info.Origin == (analysis.Geo{}) || c.name == "Lon" && rec.Table.Info.Origin == (analysis.Geo{}) {
					continue // SQL knows metres only
				}
				same(t, conn, frame.Fields[1+k], c, points, id, lap.ID())
			}
		}
	}
}

// traced is a channel and where SQL has it, with by how much it may differ for the digits that the plugin cuts off.
type traced struct {
	name, from, value string
	tolerance         float64
}

func names(channels []traced) []string {
	var out []string
	for _, c := range channels {
		out = append(out, c.name)
	}
	return out
}

func same(t *testing.T, conn *pgx.Conn, field *data.Field, c traced, points int, id, lap string) {
	t.Helper()
	values := map[int]float64{}
	q, err := conn.Query(t.Context(), "select point, "+c.value+" from iracing."+c.from+" file_id = $1 and lap = $2", id, lap)
	if err != nil {
		t.Fatal(err)
	}
	var point int
	var value *float64
	if _, err := pgx.ForEachRow(q, []any{&point, &value}, func() error {
		if value != nil {
			values[point] = *value
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if field.Len() != points {
		t.Fatalf("%s: the plugin draws %d points, SQL has %d", id, field.Len(), points)
	}
	for i := range points {
		want, err := field.FloatAt(i)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := values[i+1]
		if ok == math.IsNaN(want) || ok && math.Abs(got-want) > max(c.tolerance, 2e-7*math.Abs(want)) {
			t.Fatalf("%s lap %s: %s at point %d is %v (%v) in SQL, %v in the plugin", id, lap, c.name, i+1, got, ok, want)
		}
	}
}

func askPoints(t *testing.T, d *datasource.Datasource, points int, query map[string]any) *data.Frame {
	t.Helper()
	js, err := json.Marshal(query)
	if err != nil {
		t.Fatal(err)
	}
	res, err := d.QueryData(t.Context(), &backend.QueryDataRequest{Queries: []backend.DataQuery{{
		RefID: "A", QueryType: "trace", JSON: js, MaxDataPoints: int64(points),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Responses["A"].Error; err != nil {
		t.Fatal(err)
	}
	return res.Responses["A"].Frames[0]
}

// madeUp are drives with every sort of thing in them.
func madeUp(t testing.TB, dir string) {
	t.Helper()
	start := time.Date(2025, 3, 1, 14, 0, 0, 0, time.UTC)
	ibttest.Drive{Start: start, Laps: []float64{25.5, 24.25, 26}, OffTrack: 3}.Write(t, dir)
	ibttest.Drive{Start: start.Add(time.Hour), Laps: []float64{24.5}, Open: true}.Write(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "broken.ibt"), []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestSQLShowsWhatThePluginShows(t *testing.T) {
	dir := t.TempDir()
	madeUp(t, dir)
	theSame(t, dir)
}

func TestRealFiles(t *testing.T) {
	dir := os.Getenv("IBT_CORPUS")
	if dir == "" {
		t.Skip("IBT_CORPUS names no folder with real recordings")
	}
	theSame(t, dir)
}

// A recording that is looked at while it is being made grows in the database, too, and is whole in the end.
func TestFileThatGrows(t *testing.T) {
	st, conn := database(t)
	dir := t.TempDir()
	path := ibttest.Drive{Laps: []float64{25.5, 24.25, 26}}.Write(t, dir)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string][]string
	for _, part := range []int{2, 3, 1, 1} {
		if err := os.WriteFile(path, whole[:len(whole)/part], 0o600); err != nil {
			t.Fatal(err)
		}
		if part == 1 {
			at := time.Date(2025, 3, 1, 15, 0, 0, len(rows)*1000, time.UTC)
			if err := os.Chtimes(path, at, at); err != nil {
				t.Fatal(err)
			}
		}
		out := put(t, st, recording(t, openLibrary(t, dir), library.Latest))
		if out.Unchanged != (len(rows) == 3) {
			t.Errorf("content %d: %+v", len(rows), out)
		}
		rows = append(rows, contents(t, conn))
	}
	if got := number(t, conn, "select count(*)::float8 from iracing.telemetry_files"); got != 1 {
		t.Errorf("%v files", got)
	}
	if got := number(t, conn, "select min(lap_time_seconds) from iracing.v_telemetry_laps where valid"); math.Abs(got-24.25) > 1e-4 {
		t.Errorf("the best lap is %v", got)
	}
	for _, table := range []string{"telemetry_laps", "telemetry_sectors", "lap_trace"} {
		if !reflect.DeepEqual(rows[2][table], rows[3][table]) {
			t.Errorf("a new time of the file alone wrote %s anew", table)
		}
	}
}

// An export counts for the content that was sent.
func TestExportOfAFileThatGrew(t *testing.T) {
	st, _ := database(t)
	dir := t.TempDir()
	path := ibttest.Drive{Laps: []float64{25.5}}.Write(t, dir)
	rec := recording(t, openLibrary(t, dir), library.Latest)
	id := rec.Session.ID
	if err := st.MarkExported(t.Context(), id, "a", 7); err == nil {
		t.Error("a file that is not there was marked as sent")
	}
	put(t, st, rec)
	for range 2 {
		if err := st.MarkExported(t.Context(), id, "a", 7); err != nil {
			t.Fatal(err)
		}
	}
	state, err := st.RecordingState(t.Context(), id)
	if err != nil || !state.Known || len(state.ExportedAt) != 1 || time.Since(state.ExportedAt["a"]) > time.Minute {
		t.Errorf("state %+v, %v", state, err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	put(t, st, recording(t, openLibrary(t, dir), library.Latest))
	if state, err = st.RecordingState(t.Context(), id); err != nil || len(state.ExportedAt) > 0 {
		t.Errorf("other content counts as sent: %+v, %v", state, err)
	}
}

func TestTwoCollectorsIngestAtOnce(t *testing.T) {
	st, conn := database(t)
	dir := t.TempDir()
	madeUp(t, dir)
	lib := openLibrary(t, dir)
	rec := recording(t, lib, library.Latest)
	const many = 6
	outs, errs := make([]ingest.Outcome, many), make(chan error, many)
	for i := range many {
		go func() {
			var err error
			outs[i], err = ingest.File(t.Context(), st, rec)
			errs <- err
		}()
	}
	for range many {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	wrote := 0
	for _, out := range outs {
		if out.Rows["telemetry_laps"] > 0 {
			wrote++
		}
	}
	if laps := number(t, conn, "select count(*)::float8 from iracing.telemetry_laps"); wrote != 1 || int(laps) != len(rec.Table.Laps) {
		t.Errorf("%d of %d wrote %v laps", wrote, many, laps)
	}
}

// What goes wrong on the way leaves nothing behind.
func TestAllOrNothing(t *testing.T) {
	st, conn := database(t)
	dir := t.TempDir()
	madeUp(t, dir)
	rec := recording(t, openLibrary(t, dir), library.Latest)
	r, err := ingest.Recording(t.Context(), rec)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	laps := 0
	_, err = st.PutRecording(ctx, r, func(yield func(*store.LapTrace, error) bool) {
		for trace, err := range ingest.Traces(ctx, rec, r) {
			if !yield(trace, err) {
				return
			}
			if laps++; laps == 1 {
				cancel()
			}
		}
	})
	if err == nil || laps != 1 {
		t.Errorf("cancelled after %d laps: %v", laps, err)
	}
	for table, rows := range contents(t, conn) {
		if len(rows) > 0 && table != "telemetry_channels" { // which other files may have, too
			t.Errorf("%s has %d rows", table, len(rows))
		}
	}
	if out := put(t, st, rec); out.Unchanged {
		t.Error("what was cancelled counts as there")
	}
}

// What a file says need not be text, nor numbers that fit.
func TestHostileTexts(t *testing.T) {
	st, conn := database(t)
	dir := t.TempDir()
	drive := ibttest.Drive{Laps: []float64{25.5}, Car: "a\x00b\xff'; drop schema iracing", Track: strings.Repeat("€", 1000), TrackID: 1 << 40}
	drive.Write(t, dir)
	rec := recording(t, openLibrary(t, dir), library.Latest)
	put(t, st, rec)
	if out := put(t, st, rec); !out.Unchanged {
		t.Errorf("again: %+v", out)
	}
	if got := texts(t, conn, "select car || coalesce(track_id::text, '') from iracing.v_telemetry_sessions"); len(got) != 1 || !strings.HasPrefix(got[0], "a") || strings.Contains(got[0], "1099511627776") {
		t.Errorf("%q", got)
	}
}

// A file without the channels that make a lap table, or a track of no length, has no traces and is no error.
func TestFileWithoutPositions(t *testing.T) {
	st, conn := database(t)
	dir := t.TempDir()
	var mem ibttest.Memory
	w, err := ibt.NewWriter(&mem, ibt.WriterOptions{Vars: []ibt.Var{
		{Name: "SessionTime", Type: ibt.TypeDouble}, {Name: "Lap", Type: ibt.TypeInt}, {Name: "LapDistPct", Type: ibt.TypeFloat}, {Name: "Speed", Type: ibt.TypeFloat},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 600 {
		w.Set(0, float64(i)/60)
		w.Set(1, 1)
		w.Set(2, float64(i)/1200)
		w.Set(3, 30)
		if err := w.WriteRecord(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "plain.ibt"), mem.Data, 0o600); err != nil {
		t.Fatal(err)
	}
	out := put(t, st, recording(t, openLibrary(t, dir), library.Latest))
	if out.Rows["telemetry_files"] != 1 || out.Rows["lap_trace"] != 0 {
		t.Errorf("%+v", out)
	}
	if n := number(t, conn, "select count(*)::float8 from iracing.v_lap_trace"); n != 0 {
		t.Errorf("%v points", n)
	}
}
