package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// wantRows is how many rows a second the store must take.
const wantRows = 50_000

func request(t testing.TB, path string, params iracing.Params) iracing.Request {
	t.Helper()
	r, err := iracing.NewRequest(path, params)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func answer(t testing.TB, body any) *iracing.Answer {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return &iracing.Answer{Body: b, At: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
}

type object = map[string]any

// madeLaps is the lap chart of a race of a day: cars, and laps of each.
func madeLaps(cars, laps int) []object {
	var rows []object
	for lap := range laps + 1 {
		for car := range cars {
			id := 200_000 + car
			row := object{
				"group_id": id, "name": fmt.Sprintf("Driver %d", id), "cust_id": id, "display_name": fmt.Sprintf("Driver %d", id), "lap_number": lap, "flags": 0,
				"incident": false, "session_time": 600_000 + lap*900_000 + car*100*(lap+1), "lap_time": 900_000 + car*100, "team_fastest_lap": false, "personal_best_lap": lap == 3,
				"car_number": strconv.Itoa(car), "lap_events": []string{}, "ai": false, "lap_position": car + 1, "interval": -car * 10, "interval_units": "ms", "fastest_lap": false, "license_level": 10,
			}
			if lap == 0 {
				row["lap_time"], row["session_time"] = -1, 600_000
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// madeResult is a race with as many cars in each of its three parts.
func madeResult(subsession, cars int) object {
	var parts []object
	for part, kind := range map[int]int{-2: 3, -1: 4, 0: 6} {
		var rows []object
		for car := range cars {
			id := 200_000 + car
			rows = append(rows, object{
				"cust_id": id, "display_name": fmt.Sprintf("Driver %d", id), "finish_position": car, "finish_position_in_class": car, "starting_position": cars - 1 - car,
				"starting_position_in_class": cars - 1 - car, "car_class_id": 4000, "car_class_name": "GT", "car_id": 130 + car%5, "car_name": fmt.Sprintf("Car %d", car%5),
				"livery": object{"car_number": strconv.Itoa(car)}, "interval": car * 5000, "class_interval": car * 5000, "laps_complete": 30, "laps_lead": 0, "average_lap": 905_000,
				"best_lap_time": 900_000 + car, "best_lap_num": 5, "incidents": car % 7, "oldi_rating": 1500 + car, "newi_rating": 1510 + car, "old_license_level": 12, "new_license_level": 12,
				"old_sub_level": 310, "new_sub_level": 315, "champ_points": 100 - car, "division": 3, "reason_out": "Running", "flair_name": "Germany", "country_code": "DE",
			})
		}
		parts = append(parts, object{"simsession_number": part, "simsession_type": kind, "simsession_name": "PART", "results": rows})
	}
	return object{
		"subsession_id": subsession, "session_id": subsession * 10, "start_time": "2026-04-01T10:00:00Z", "end_time": "2026-04-01T11:00:00Z", "event_type": 5,
		"license_category_id": 5, "series_id": 300, "series_name": "Made-up Cup", "season_id": 5000, "season_name": "Made-up Cup 2026", "season_year": 2026, "season_quarter": 2,
		"race_week_num": 2, "track": object{"track_id": 50, "track_name": "Made-up Ring", "config_name": "Full"}, "official_session": true, "num_drivers": cars,
		"car_classes": []object{{"car_class_id": 4000, "name": "GT", "short_name": "GT", "strength_of_field": 1700, "num_entries": cars}}, "session_results": parts,
	}
}

// openRoomy is a store over a server of its own, which has the memory that a server for years of races would have and does
// not tidy up after other benchmarks.
func openRoomy(b *testing.B) *store.Store {
	b.Helper()
	server := pgtest.Start(b, "shared_buffers = 512MB", "max_wal_size = 4GB", "checkpoint_timeout = 15min")
	s := openAt(b, store.Config{URL: server.URL})
	if err := s.Ready(b.Context()); err != nil {
		b.Fatal(err)
	}
	return s
}

func reportRows(b *testing.B, rows int64) {
	perSecond := float64(rows) / b.Elapsed().Seconds()
	b.ReportMetric(perSecond, "rows/s")
	b.ReportMetric(perSecond/wantRows, "of-50000/s")
}

// These benchmarks decode and keep answers, a worker for each core, as a back-fill does.

func BenchmarkKeepLaps(b *testing.B) {
	s := openRoomy(b)
	laps := answer(b, madeLaps(50, 100))
	var rows, n atomic.Int64
	keep := func() {
		r := request(b, "/data/results/lap_chart_data", iracing.Params{}.Set("subsession_id", 1000+n.Add(1)).Set("simsession_number", 0))
		wrote, err := s.Keep(b.Context(), r, laps)
		if err != nil {
			b.Error(err)
		}
		rows.Add(wrote["laps"])
	}
	keep()
	rows.Store(0)
	b.SetBytes(int64(len(laps.Body)))
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			keep()
		}
	})
	reportRows(b, rows.Load())
}

// BenchmarkKeepRace keeps races whole: the result with its three parts, and all laps of all cars.
func BenchmarkKeepRace(b *testing.B) {
	s := openRoomy(b)
	const made = 123456789
	result, laps := answer(b, madeResult(made, 60)), answer(b, madeLaps(50, 100))
	var rows, n atomic.Int64
	keep := func() {
		id := 1000 + n.Add(1)
		a := *result
		a.Body = bytes.ReplaceAll(a.Body, []byte(strconv.Itoa(made)), []byte(strconv.FormatInt(id, 10)))
		params := func() iracing.Params { return iracing.Params{}.Set("subsession_id", id) }
		wrote, err := s.Keep(b.Context(), request(b, "/data/results/get", params()), &a)
		if err != nil {
			b.Error(err)
		}
		chart, err := s.Keep(b.Context(), request(b, "/data/results/lap_chart_data", params().Set("simsession_number", 0)), laps)
		if err != nil {
			b.Error(err)
		}
		rows.Add(wrote["results"] + chart["laps"])
	}
	keep()
	rows.Store(0)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			keep()
		}
	})
	reportRows(b, rows.Load())
}

// BenchmarkKeepResults decodes and keeps classifications without laps, as many at once as an import does. Most of the time
// goes into their JSON, 600 bytes a row; what is to be reached is measured without, by the next one.
func BenchmarkKeepResults(b *testing.B) {
	s := openRoomy(b)
	results := manyResults(b)
	var rows atomic.Int64
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			wrote, err := s.KeepAll(b.Context(), results(40))
			if err != nil {
				b.Error(err)
			}
			rows.Add(wrote["results"])
		}
	})
	b.ReportMetric(float64(rows.Load())/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkWriteResults writes classifications that were decoded before, as many in one transaction as are kept at once.
func BenchmarkWriteResults(b *testing.B) {
	s := openRoomy(b)
	results := manyResults(b)
	if _, err := s.KeepAll(b.Context(), results(40)); err != nil { // the names are there from now on, as nearly always
		b.Fatal(err)
	}
	write := make(chan func(context.Context) (store.Rows, error), b.N)
	for range b.N {
		f, err := s.Prepare(b.Context(), results(40))
		if err != nil {
			b.Fatal(err)
		}
		write <- f
	}
	var rows atomic.Int64
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			wrote, err := (<-write)(b.Context())
			if err != nil {
				b.Error(err)
			}
			rows.Add(wrote["results"])
		}
	})
	reportRows(b, rows.Load())
}

// manyResults makes answers with as many results as it is asked for, each of a race of its own.
func manyResults(b *testing.B) func(n int) []store.Answered {
	const made = 123456789 // the subsession in the body
	// Some thousand drivers meet each other now and then.
	fields := make([]*iracing.Answer, 50)
	for i := range fields {
		body := madeResult(made, 60)
		for _, part := range body["session_results"].([]object) {
			for _, row := range part["results"].([]object) {
				id := row["cust_id"].(int) + 60*i
				row["cust_id"], row["display_name"] = id, fmt.Sprintf("Driver %d", id)
			}
		}
		fields[i] = answer(b, body)
	}
	var last atomic.Int64
	return func(n int) []store.Answered {
		list := make([]store.Answered, n)
		for i := range list {
			id := 1000 + last.Add(1)
			a := *fields[int(id)%len(fields)]
			a.Body = bytes.ReplaceAll(a.Body, []byte(strconv.Itoa(made)), []byte(strconv.FormatInt(id, 10)))
			list[i] = store.Answered{Request: request(b, "/data/results/get", iracing.Params{}.Set("subsession_id", id)), Answer: &a}
		}
		return list
	}
}
