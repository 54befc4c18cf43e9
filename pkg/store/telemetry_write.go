package store

import (
	"context"
	"fmt"
	"iter"
	"math"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
)

// PutRecording keeps a telemetry file with its laps and traces, all or nothing. A file whose content is there already, by the
// same rules, only takes a new name. Of one that has grown, everything is replaced.
//
// traces may be nil, and is gone through again when the transaction has to be; its first error ends everything and is
// returned as it is. Errors of the database are [*Error].
func (s *Store) PutRecording(ctx context.Context, r *Recording, traces iter.Seq2[*LapTrace, error]) (Rows, error) {
	// Drivers and channels belong to other files, too. Their rows are there before the long transaction begins, so that
	// nobody waits for it.
	cust, err := s.putRecordingDriver(ctx, r)
	if err != nil {
		return nil, err
	}
	channels, err := s.putChannels(ctx, r.Channels)
	if err != nil {
		return nil, err
	}
	var rows Rows
	err = s.tx(ctx, func(tx pgx.Tx) error {
		rows = Rows{}
		w := recordingWriter{tx: tx, r: r, cust: cust, rows: rows}
		w.count("telemetry_channels", channels)
		changed, err := w.file(ctx)
		if err != nil || !changed {
			return err
		}
		if err := w.laps(ctx); err != nil {
			return err
		}
		return w.traces(ctx, traces)
	})
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// putRecordingDriver answers the number that the driver of a file has in the tables; 0 for nobody.
func (s *Store) putRecordingDriver(ctx context.Context, r *Recording) (cust int64, err error) {
	if r.Cust <= 0 {
		return 0, nil
	}
	// Before the transaction, as it may take a connection of its own.
	p, secret, err := s.aliases(ctx)
	if err != nil {
		return 0, err
	}
	err = s.tx(ctx, func(tx pgx.Tx) error {
		cust, err = putDriver(ctx, tx, p, secret, r.Cust, r.Driver, r.Start)
		return err
	})
	return cust, err
}

// putChannels writes those that are new or have another title or unit, in the order of their names, so that two of these
// transactions never wait for each other.
func (s *Store) putChannels(ctx context.Context, channels []RecordedChannel) (written int64, err error) {
	names, titles, units := []string{}, []string{}, []string{}
	for _, c := range channels {
		names, titles, units = append(names, c.Name), append(titles, c.Title), append(units, c.Unit)
	}
	err = s.tx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			insert into iracing.telemetry_channels as old (channel, title, unit)
			select channel, title, unit from unnest($1::text[], $2::text[], $3::text[]) as new (channel, title, unit)
			except select channel, title, unit from iracing.telemetry_channels
			order by channel
			on conflict (channel) do update set title = excluded.title, unit = excluded.unit
			where (old.title, old.unit) is distinct from (excluded.title, excluded.unit)`, names, titles, units)
		written = tag.RowsAffected()
		return err
	})
	return written, err
}

// recordingWriter writes one recording in one transaction.
type recordingWriter struct {
	tx   pgx.Tx
	r    *Recording
	cust int64
	rows Rows
}

// file writes the row of the file and empties what hangs on it, unless the content is there already. A second process with
// the same file waits here for the first.
func (w *recordingWriter) file(ctx context.Context) (changed bool, err error) {
	r := w.r
	var driver string
	if w.cust == 0 {
		driver = r.Driver // who has a number has the name there
	}
	columns, values := []string{}, []any{}
	for _, c := range []struct {
		column string
		value  any
	}{
		{"file_id", r.ID},
		{"name", r.Name},
		{"size_bytes", r.Size},
		{"sha256", r.SHA256[:]},
		{"modified_at", r.ModTime},
		{"started_at", r.Start},
		{"ended_at", r.End},
		{"closed", r.Closed},
		{"car", r.Car},
		{"car_id", some(r.CarID)},
		{"track", r.Track},
		{"track_config", some(r.TrackConfig)},
		{"track_id", some(r.TrackID)},
		{"track_length_meters", finite(r.TrackLength)},
		{"origin_latitude", degrees(r.Origin, r.Origin.Lat)},
		{"origin_longitude", degrees(r.Origin, r.Origin.Lon)},
		{"sector_starts", append([]float64{}, r.Sectors...)},
		{"cust_id", some(w.cust)},
		{"driver", some(driver)},
		{"subsession_id", some(r.Subsession)},
		{"session_type", some(r.Type)},
		{"tick_rate", r.TickRate},
		{"records", r.Records},
		{"trace_points", r.Points},
		{"rules", r.Rules},
	} {
		columns, values = append(columns, c.column), append(values, c.value)
	}
	n, err := w.exec(ctx, fmt.Sprintf(`
		insert into iracing.telemetry_files as old (%s) values (%s)
		on conflict (file_id) do update set (%s, kept_at) = (excluded.%s, now())
		where (old.sha256, old.rules) is distinct from (excluded.sha256, excluded.rules)`,
		strings.Join(columns, ", "), parameters(len(columns)), strings.Join(columns[1:], ", "), strings.Join(columns[1:], ", excluded.")), values...)
	if err != nil {
		return false, err
	}
	if n > 0 {
		w.count("telemetry_files", n)
		_, err = w.exec(ctx, "delete from iracing.telemetry_laps where file_id = $1", r.ID)
		return true, err
	}
	n, err = w.exec(ctx, `
		update iracing.telemetry_files set name = $2, modified_at = $3
		where file_id = $1 and (name, modified_at) is distinct from ($2, $3::timestamptz)`, r.ID, r.Name, r.ModTime)
	w.count("telemetry_files", n)
	return false, err
}

func (w *recordingWriter) laps(ctx context.Context) error {
	r := w.r
	laps, sectors := make([][]any, 0, len(r.Laps)), [][]any{}
	for i, l := range r.Laps {
		var clock any
		switch l.Clock {
		case analysis.Official:
			clock = "official"
		case analysis.Position:
			clock = "position"
		}
		laps = append(laps, []any{
			r.ID, l.ID(), i + 1, l.Number, l.Instance, l.Run, l.SessionNum, some(l.SessionType),
			l.Kind.String(), l.Valid(), l.Notes(), finite(l.Time), clock, l.StartTime, finite(l.Offset),
			finite(l.FuelStart), finite(l.FuelUsed), finite(l.TopSpeed), finite(l.MinSpeed), atLeast(l.Incidents, 0),
			finite(l.AirTemp), finite(l.TrackTemp), atLeast(l.Wetness, 1), l.From + 1, l.To,
		})
		for k, t := range l.Sectors {
			if x := finite(t); x != nil {
				sectors = append(sectors, []any{r.ID, l.ID(), k + 1, x})
			}
		}
	}
	if err := w.copy(ctx, "telemetry_laps", laps, "file_id", "lap", "lap_order", "lap_number", "instance", "run", "session_number", "session_type",
		"kind", "valid", "notes", "lap_time_seconds", "clock", "started_at", "offset_seconds",
		"fuel_start_liters", "fuel_used_liters", "top_speed_meters_per_second", "min_speed_meters_per_second", "incidents",
		"air_temperature_celsius", "track_temperature_celsius", "wetness", "first_record", "last_record"); err != nil {
		return err
	}
	return w.copy(ctx, "telemetry_sectors", sectors, "file_id", "lap", "sector", "sector_time_seconds")
}

// traceBatch is how many values of traces go to the server at once, about. A lap has some 50,000.
const traceBatch = 1 << 19

func (w *recordingWriter) traces(ctx context.Context, traces iter.Seq2[*LapTrace, error]) error {
	if traces == nil {
		return nil
	}
	laps := make(map[string]bool, len(w.r.Laps)) // that have no trace yet
	for _, l := range w.r.Laps {
		laps[l.ID()] = true
	}
	b := pgx.Batch{}
	var rows [][]any
	for t, err := range traces {
		if err != nil {
			return err
		}
		if err := w.fits(t); err != nil {
			return err
		}
		if !laps[t.Lap] {
			return fmt.Errorf("there is a trace of lap %s too many", t.Lap)
		}
		laps[t.Lap] = false
		b.Queue("update iracing.telemetry_laps set elapsed_seconds = $3 where file_id = $1 and lap = $2", w.r.ID, t.Lap, reals(t.Elapsed))
		for i, values := range t.Values {
			if values != nil {
				rows = append(rows, []any{w.r.ID, t.Lap, w.r.Channels[i].Name, reals(values)})
			}
		}
		if len(rows)*w.r.Points >= traceBatch {
			if err := w.send(ctx, &b, rows); err != nil {
				return err
			}
			b, rows = pgx.Batch{}, nil
		}
	}
	return w.send(ctx, &b, rows)
}

// fits looks whether a trace has the shape that the recording tells.
func (w *recordingWriter) fits(t *LapTrace) error {
	if len(t.Elapsed) != w.r.Points || len(t.Values) != len(w.r.Channels) {
		return fmt.Errorf("the trace of lap %s has %d points and %d channels, its file %d and %d",
			t.Lap, len(t.Elapsed), len(t.Values), w.r.Points, len(w.r.Channels))
	}
	for _, values := range t.Values {
		if values != nil && len(values) != w.r.Points {
			return fmt.Errorf("the channels of lap %s have different lengths", t.Lap)
		}
	}
	return nil
}

// send writes the traces of some laps.
func (w *recordingWriter) send(ctx context.Context, laps *pgx.Batch, rows [][]any) error {
	if laps.Len() == 0 {
		return nil
	}
	if err := w.tx.SendBatch(ctx, laps).Close(); err != nil {
		return err
	}
	return w.copy(ctx, "lap_trace", rows, "file_id", "lap", "channel", "points")
}

// exec tells how many rows a statement wrote.
func (w *recordingWriter) exec(ctx context.Context, sql string, args ...any) (int64, error) {
	tag, err := w.tx.Exec(ctx, sql, args...)
	return tag.RowsAffected(), err
}

func (w *recordingWriter) copy(ctx context.Context, table string, rows [][]any, columns ...string) error {
	n, err := w.tx.CopyFrom(ctx, pgx.Identifier{"iracing", table}, columns, pgx.CopyFromRows(rows))
	w.count(table, n)
	return err
}

func (w *recordingWriter) count(table string, n int64) {
	if n > 0 {
		w.rows[table] += n
	}
}

// MarkExported notes that the metrics of a telemetry file, as the database has it, were sent to a target.
func (s *Store) MarkExported(ctx context.Context, id, target string, samples int64) error {
	return s.tx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			insert into iracing.telemetry_exports (file_id, target, sha256, samples)
			select file_id, $2, sha256, $3 from iracing.telemetry_files where file_id = $1
			on conflict (file_id, target) do update
			set sha256 = excluded.sha256, samples = excluded.samples, exported_at = excluded.exported_at`, id, target, samples)
		if err == nil && tag.RowsAffected() == 0 {
			return fmt.Errorf("the database has no telemetry file %s", id)
		}
		return err
	})
}

// parameters are $1 to $n.
func parameters(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = "$" + strconv.Itoa(i+1)
	}
	return strings.Join(list, ", ")
}

// some is nil for what nobody knows.
func some[T int | int64 | string](v T) any {
	var unknown T
	if v == unknown {
		return nil
	}
	return v
}

// atLeast is nil for what is less.
func atLeast(v, least int) any {
	if v < least {
		return nil
	}
	return v
}

// finite is nil for what is no number.
func finite(v float64) any {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return v
}

// degrees is a coordinate of g, and nil for the zero place.
func degrees(g analysis.Geo, v float64) any {
	if g == (analysis.Geo{}) {
		return nil
	}
	return v
}
