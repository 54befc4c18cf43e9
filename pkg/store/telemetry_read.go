package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

// RecordingState tells what is known of a telemetry file.
func (s *Store) RecordingState(ctx context.Context, id string) (RecordingState, error) {
	var st RecordingState
	err := s.query(ctx, func(q querier) error {
		st = RecordingState{ExportedAt: make(map[string]time.Time)}
		var sum []byte
		err := q.QueryRow(ctx, "select name, sha256, size_bytes, modified_at, records, closed, rules from iracing.telemetry_files where file_id = $1", id).
			Scan(&st.Name, &sum, &st.Size, &st.ModTime, &st.Records, &st.Closed, &st.Rules)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		st.Known, st.SHA256, st.ModTime = true, [32]byte(sum), st.ModTime.UTC()
		rows, err := q.Query(ctx, "select target, exported_at from iracing.telemetry_exports where file_id = $1 and sha256 = $2", id, sum)
		if err != nil {
			return err
		}
		var target string
		var at time.Time
		_, err = pgx.ForEachRow(rows, []any{&target, &at}, func() error {
			st.ExportedAt[target] = at.UTC()
			return nil
		})
		return err
	})
	return st, err
}

// Recordings are the telemetry files, newest first, without their laps and channels.
func (s *Store) Recordings(ctx context.Context) ([]Recording, error) {
	var out []Recording
	err := s.query(ctx, func(q querier) error {
		rows, err := q.Query(ctx, `
			select file_id, f.name, size_bytes, sha256, modified_at, started_at, ended_at, closed, car, coalesce(car_id, 0),
				track, coalesce(track_config, ''), coalesce(track_id, 0), coalesce(track_length_meters, 'NaN'),
				coalesce(origin_latitude, 0), coalesce(origin_longitude, 0), sector_starts, coalesce(cust_id, 0), coalesce(d.name, driver, ''),
				coalesce(subsession_id, 0), coalesce(session_type, ''), tick_rate, records, trace_points, rules
			from iracing.telemetry_files f left join iracing.drivers d using (cust_id) order by started_at desc, file_id`)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (Recording, error) {
			var r Recording
			var sum []byte
			err := row.Scan(&r.ID, &r.Name, &r.Size, &sum, &r.ModTime, &r.Start, &r.End, &r.Closed, &r.Car, &r.CarID,
				&r.Track, &r.TrackConfig, &r.TrackID, &r.TrackLength,
				&r.Origin.Lat, &r.Origin.Lon, &r.Sectors, &r.Cust, &r.Driver,
				&r.Subsession, &r.Type, &r.TickRate, &r.Records, &r.Points, &r.Rules)
			if err != nil {
				return r, err
			}
			r.SHA256 = [32]byte(sum)
			r.ModTime, r.Start, r.End = r.ModTime.UTC(), r.Start.UTC(), r.End.UTC()
			return r, nil
		})
		return err
	})
	return out, err
}
