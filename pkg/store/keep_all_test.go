package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// aResult is a made-up race with its request.
func aResult(t testing.TB, subsession int, change ...func(row object)) store.Answered {
	t.Helper()
	body := madeResult(subsession, 6)
	for _, part := range body["session_results"].([]object) {
		for _, row := range part["results"].([]object) {
			for _, f := range change {
				f(row)
			}
		}
	}
	return store.Answered{Request: request(t, "/data/results/get", iracing.Params{}.Set("subsession_id", subsession)), Answer: answer(t, body)}
}

func TestKeepAllIsAllOrNothing(t *testing.T) {
	s, conn := openFacts(t)
	broken := store.Answered{Request: request(t, "/data/series/get", nil), Answer: &iracing.Answer{Body: []byte(`{"a":`), At: time.Now()}}
	list := []store.Answered{aResult(t, 1), broken, aResult(t, 2)}
	rows, err := s.KeepAll(t.Context(), list)
	if _, ok := errors.AsType[*iracing.Error](err); !ok || rows != nil {
		t.Errorf("kept %v, error %v", rows, err)
	}
	// What the tables do not take is an error of the database.
	_, err = s.KeepAll(t.Context(), []store.Answered{aResult(t, 1), aResult(t, 2, func(row object) { row["finish_position"] = 70_000 })})
	is(t, err, store.Failed)
	if n := number(t, conn, "select count(*) from iracing.results"); n != 0 {
		t.Errorf("%v rows were kept", n)
	}
	rows, err = s.KeepAll(t.Context(), []store.Answered{list[0], list[2], list[0], {}})
	if err != nil || rows["results"] != 36 {
		t.Errorf("kept %v, error %v", rows, err)
	}
	if rows, err = s.KeepAll(t.Context(), []store.Answered{list[2], aResult(t, 3)}); err != nil || rows["results"] != 18 {
		t.Errorf("kept again %v, error %v", rows, err)
	}
	if rows, err := s.KeepAll(t.Context(), nil); err != nil || rows != nil {
		t.Errorf("kept %v of nothing, error %v", rows, err)
	}
}

// Two requests for one race, with what they tell in common and what not.
func TestKeepAllOfOneRace(t *testing.T) {
	s, conn := openFacts(t)
	first, other := aResult(t, 1), aResult(t, 1, func(row object) { row["reason_out"] = "Disconnected" })
	other.Request = request(t, "/data/results/get", iracing.Params{"subsession_id": "1", "include_licenses": "true"})
	other.Answer.At = first.Answer.At.Add(time.Hour)
	if _, err := s.KeepAll(t.Context(), []store.Answered{first, other}); err != nil {
		t.Fatal(err)
	}
	if got := texts(t, conn, "select distinct reason_out from iracing.results"); !slices.Equal(got, []string{"Disconnected"}) {
		t.Errorf("they went out by %q", got)
	}
	// Of two answers to one request it is the later one that counts, wherever it stands.
	late, early := aResult(t, 2, func(row object) { row["incidents"] = 4 }), aResult(t, 2)
	late.Answer.At = late.Answer.At.Add(time.Minute)
	for _, list := range [][]store.Answered{{late, early}, {early, late}} {
		if _, err := s.KeepAll(t.Context(), list); err != nil {
			t.Fatal(err)
		}
		if n := number(t, conn, "select sum(incidents) from iracing.results where subsession_id = 2"); n != 4*18 {
			t.Errorf("%v incidents", n)
		}
	}
}

// A result that is corrected takes the cars along that nobody drove after all.
func TestCarsOfACorrectedResult(t *testing.T) {
	s, conn := openFacts(t)
	if _, err := s.KeepAll(t.Context(), []store.Answered{aResult(t, 1), aResult(t, 2)}); err != nil {
		t.Fatal(err)
	}
	cars := func(subsession int) string {
		return strings.Join(texts(t, conn, "select distinct car_class_id || ' ' || car_id from iracing.part_cars where subsession_id = $1 order by 1", subsession), ", ")
	}
	if got := cars(1); got != "4000 130, 4000 131, 4000 132, 4000 133, 4000 134" {
		t.Errorf("there were %s", got)
	}
	corrected := aResult(t, 1, func(row object) { row["car_id"], row["car_name"] = 150, "Car of a later day" })
	corrected.Answer.At = corrected.Answer.At.Add(time.Hour)
	if _, err := s.KeepAll(t.Context(), []store.Answered{corrected}); err != nil {
		t.Fatal(err)
	}
	if got := cars(1); got != "4000 150" {
		t.Errorf("corrected, there were %s", got)
	}
	if got := cars(2); !strings.HasPrefix(got, "4000 130, ") {
		t.Errorf("in the other race there were %s", got)
	}
	if got := texts(t, conn, "select distinct car from iracing.v_results where subsession_id = 1"); !slices.Equal(got, []string{"Car of a later day"}) {
		t.Errorf("the view tells of %s", got)
	}
}

// Whoever keeps races of several months writes each driver once, in the order of their numbers: who wrote 20 and then 10
// would wait for another who wrote 10 and then 20, and that one for the first.
func TestDriversOfAllMonthsAreWrittenInOneOrder(t *testing.T) {
	s, conn := openFacts(t)
	raceOf := func(month string, cust, subsession int) store.Answered {
		body := madeResult(subsession, 1)
		body["start_time"] = month + "-01T10:00:00Z"
		for _, part := range body["session_results"].([]object) {
			row := part["results"].([]object)[0]
			row["cust_id"], row["display_name"], row["car_name"] = cust, "Driver of "+month, "Car of "+month
		}
		return store.Answered{Request: request(t, "/data/results/get", iracing.Params{}.Set("subsession_id", subsession)), Answer: answer(t, body)}
	}
	other, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Rollback(context.Background()) }()
	add := func(cust int) error {
		_, err := other.Exec(t.Context(), "insert into iracing.drivers (cust_id, alias, alias_key) values ($1, '', $1::bigint::text)", cust)
		return err
	}
	if err := add(10); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := s.KeepAll(context.Background(), []store.Answered{raceOf("2026-05", 10, 2), raceOf("2026-03", 20, 1), raceOf("2026-04", 10, 3)})
		done <- err
	}()
	looking := connect(t, conn.Config().ConnString())
	soon(t, "the races wait for driver 10", func() bool {
		return number(t, looking, "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") == 1
	})
	if _, err := other.Exec(t.Context(), "set local lock_timeout = '1s'"); err != nil {
		t.Fatal(err)
	}
	if err := add(20); err != nil {
		t.Errorf("driver 20 was written before: %v", err)
	}
	if err := errors.Join(other.Rollback(t.Context()), <-done); err != nil {
		t.Fatal(err)
	}
	// The latest name holds, and tells its month.
	expect(t, conn, "select cust_id, name, named_on::text from iracing.drivers order by 1", "10|Driver of 2026-05|2026-05-01", "20|Driver of 2026-03|2026-03-01")
	expect(t, conn, "select name, named_on::text from iracing.cars", "Car of 2026-05|2026-05-01")
	expect(t, conn, "select name, named_on::text from iracing.tracks", "Made-up Ring|2026-05-01")
}

// A driver with a new name is not kept from those who write results of the driver, who hold the row by a foreign key.
func TestANewNameWaitsForNoResults(t *testing.T) {
	_, conn := openFacts(t)
	url := conn.Config().ConnString()
	sql(t, url, "do $$ begin execute format('alter database %I set lock_timeout = 1000', current_database()); end $$")
	s := openAt(t, store.Config{URL: url})
	if _, err := s.KeepAll(t.Context(), []store.Answered{aResult(t, 1)}); err != nil {
		t.Fatal(err)
	}
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	if _, err := tx.Exec(t.Context(), "select from iracing.drivers for key share"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.KeepAll(t.Context(), []store.Answered{aResult(t, 2, func(row object) { row["display_name"] = "Zoe Test" })}); err != nil {
		t.Error(err)
	}
	expect(t, conn, "select distinct name from iracing.drivers", "Zoe Test")
}

// One table can be asked for in two ways, whose answers come at the same time.
func TestTwoRequestsForOneTable(t *testing.T) {
	s, conn := openFacts(t)
	var rows []object
	for i := range 200 {
		rows = append(rows, object{"rank": i + 1, "cust_id": 200_000 + i, "display_name": fmt.Sprintf("Driver %d", i), "points": 1000 - i})
	}
	body := answer(t, rows)
	of := func(division string, week int) store.Answered {
		params := iracing.Params{"season_id": "1", "car_class_id": "1"}.Set("race_week_num", week)
		if division != "" {
			params["division"] = division
		}
		return store.Answered{Request: request(t, "/data/stats/season_driver_standings", params), Answer: body}
	}
	const weeks = 12
	for week := range weeks {
		var wait sync.WaitGroup
		for _, division := range []string{"", "-1"} {
			wait.Go(func() {
				if _, err := s.KeepAll(t.Context(), []store.Answered{of(division, week)}); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
	}
	if n := number(t, conn, "select count(*) from iracing.standings"); n != weeks*200 {
		t.Errorf("%v rows were kept", n)
	}
}

// answers is a source of many answers.
type answers map[string]*iracing.Answer

func (a answers) Get(_ context.Context, r iracing.Request) (*iracing.Answer, error) {
	return a[r.Key()], nil
}

// While one answer is kept others come in, and are kept together. One that cannot be kept does not take the others with it.
func TestKeeperKeepsManyAtOnce(t *testing.T) {
	s, conn := openFacts(t)
	src := answers{}
	var list []store.Answered
	for i := range 90 {
		a := aResult(t, i+1)
		if i%30 == 15 {
			a.Answer.Body = []byte(`{"session_results": 7}`)
		}
		src[a.Request.Key()] = a.Answer
		list = append(list, a)
	}
	var mu sync.Mutex
	var wrote int64
	warned := 0
	k := s.Keeper(src, store.KeeperOptions{
		Wrote: func(r store.Rows) { mu.Lock(); defer mu.Unlock(); wrote += r["results"] },
		Warn:  func(error) { mu.Lock(); defer mu.Unlock(); warned++ },
	})
	defer k.Close()
	for _, a := range list {
		if _, err := k.Get(t.Context(), a.Request); err != nil {
			t.Fatal(err)
		}
	}
	if err := k.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if n := number(t, conn, "select count(*) from iracing.results"); n != 87*18 || wrote != 87*18 {
		t.Errorf("%v rows were kept, and told of %d", n, wrote)
	}
	if st := k.Stats(); st.Kept != 87 || st.Dropped != 3 || warned != 3 {
		t.Errorf("kept %+v, warned %d times", st, warned)
	}
}
