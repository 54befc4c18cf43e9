package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// given is a source of one answer.
type given struct{ answer *iracing.Answer }

func (g given) Get(context.Context, iracing.Request) (*iracing.Answer, error) {
	a := *g.answer
	return &a, nil
}

func seriesList(t testing.TB, at time.Time, names ...string) *iracing.Answer {
	t.Helper()
	var list []object
	for i, name := range names {
		list = append(list, object{"series_id": 100 + i, "series_name": name, "category_id": 5})
	}
	a := answer(t, list)
	a.At = at
	return a
}

func TestKeeperKeepsWhatItHandsOn(t *testing.T) {
	s, conn := openFacts(t)
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	src := &given{seriesList(t, now, "Made-up Cup", "Made-up Trophy")}
	var mu sync.Mutex
	var wrote int64
	k := s.Keeper(src, store.KeeperOptions{Wrote: func(r store.Rows) {
		mu.Lock()
		defer mu.Unlock()
		wrote += r.Total()
	}})
	defer k.Close()
	r := request(t, "/data/series/get", nil)
	for range 3 {
		if _, err := k.Get(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if err := k.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		src.answer.Cached = true // from the second time on it comes from the cache
	}
	if n := len(texts(t, conn, "select name from iracing.series")); n != 2 {
		t.Errorf("%d series were kept", n)
	}
	mu.Lock()
	if wrote != 2 {
		t.Errorf("%d rows were written", wrote)
	}
	mu.Unlock()
	if st := k.Stats(); st.Kept != 1 || st.Dropped != 0 || st.Waiting != 0 {
		t.Errorf("kept %+v", st)
	}
	kept, err := s.Kept(t.Context(), r, request(t, "/data/car/get", nil))
	if err != nil || kept[1] {
		t.Errorf("kept %v, %v", kept, err)
	}
	// A stale answer is an old one.
	src.answer.Stale = errors.New("iRacing is down")
	src.answer.Cached = false
	if _, err := k.Get(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if st := k.Stats(); st.Kept != 1 || st.Waiting != 0 {
		t.Errorf("kept %+v", st)
	}
}

func TestKeptIsWhatIsFresh(t *testing.T) {
	s := open(t)
	now := time.Now()
	r := request(t, "/data/series/get", nil)
	for _, c := range []struct {
		at    time.Time
		names []string
		kept  bool
	}{{now.AddDate(0, 0, -3), []string{"Old Cup"}, false}, {now, []string{"New Cup"}, true}, {now.AddDate(0, 0, -2), []string{"Older Cup"}, true}} {
		if _, err := s.Keep(t.Context(), r, seriesList(t, c.at, c.names...)); err != nil {
			t.Fatal(err)
		}
		kept, err := s.Kept(t.Context(), r)
		if err != nil || kept[0] != c.kept {
			t.Errorf("after an answer of %v: kept %v, %v", c.at, kept, err)
		}
	}
	err := s.Export(t.Context(), "v_series", time.Time{}, time.Time{}, func(_ []store.Column, values []any) error {
		if values[1] != "New Cup" {
			t.Errorf("the series is called %v", values[1])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// While the database is down, answers come as ever and at once; they are kept once it is back.
func TestKeeperWithoutADatabase(t *testing.T) {
	server := pgtest.Start(t)
	s, err := store.New(store.Config{URL: server.URL, ConnectTimeout: time.Second, StatementTimeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.StopServer(t)
	var mu sync.Mutex
	var warned []error
	now := time.Now()
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	k := s.Keeper(given{seriesList(t, now, "Made-up Cup")}, store.KeeperOptions{Now: clock, Warn: func(err error) {
		mu.Lock()
		defer mu.Unlock()
		warned = append(warned, err)
	}})
	defer k.Close()
	r := request(t, "/data/series/get", nil)
	for range 5 {
		if _, err := k.Get(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if err := k.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if st := k.Stats(); st.Kept != 0 || st.Dropped != 5 {
		t.Errorf("kept %+v", st)
	}
	mu.Lock()
	if len(warned) != 1 {
		t.Errorf("warned %v", warned)
	}
	mu.Unlock()
	server.StartServer(t)
	for range 100 { // the store itself leaves a database that is down alone for some seconds
		mu.Lock()
		now = now.Add(time.Minute)
		mu.Unlock()
		if _, err := k.Get(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if err := k.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if k.Stats().Kept > 0 {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("kept %+v", k.Stats())
}

func TestKeeperIsBounded(t *testing.T) {
	s := open(t)
	k := s.Keeper(given{seriesList(t, time.Now(), "Made-up Cup")}, store.KeeperOptions{MaxBytes: 10})
	if _, err := k.Get(t.Context(), request(t, "/data/series/get", nil)); err != nil {
		t.Fatal(err)
	}
	if st := k.Stats(); st.Dropped != 1 {
		t.Errorf("kept %+v", st)
	}
	k.Close()
	if _, err := k.Get(t.Context(), request(t, "/data/series/get", nil)); err != nil { // a late query still has its answer
		t.Fatal(err)
	}
	k.Close()
}

// A hostile answer is an error or rows, and never half of it.
// A database that fails while answers are kept one by one is left alone: none of the others is tried.
func TestKeeperLeavesAFailingDatabaseAlone(t *testing.T) {
	_, conn := openFacts(t)
	url := conn.Config().ConnString()
	sql(t, url, "do $$ begin execute format('alter database %I set lock_timeout = 200', current_database()); end $$")
	s := openAt(t, store.Config{URL: url})
	src := answers{}
	ask := func(k *store.Keeper, a store.Answered) {
		src[a.Request.Key()] = a.Answer
		if _, err := k.Get(t.Context(), a.Request); err != nil {
			t.Fatal(err)
		}
	}
	holder, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = holder.Rollback(context.Background()) }()
	queued := make(chan struct{})
	warned := 0
	k := s.Keeper(src, store.KeeperOptions{
		Rest:  time.Hour,
		Wrote: func(store.Rows) { <-queued },
		Warn: func(error) {
			warned++
			_ = holder.Rollback(context.Background()) // it would work again
		},
	})
	defer k.Close()
	ask(k, aResult(t, 1))
	soon(t, "the first is kept", func() bool { return k.Stats().Kept == 1 })
	if _, err := holder.Exec(t.Context(), "lock table iracing.kept in access exclusive mode"); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		ask(k, aResult(t, 2+i))
	}
	broken := aResult(t, 7)
	broken.Answer.Body = []byte(`{"session_results": 7}`)
	ask(k, broken)
	close(queued)
	if err := k.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if st := k.Stats(); st.Kept != 1 || st.Dropped != 6 || warned != 1 {
		t.Errorf("kept %+v, warned %d times", st, warned)
	}
}

func FuzzKeep(f *testing.F) {
	s := open(f)
	f.Add("/data/results/get", []byte(`{"subsession_id":1,"start_time":"2026-01-01T00:00:00Z","end_time":"2026-01-01T01:00:00Z","session_results":[{"simsession_type":6,"results":[{"cust_id":5,"display_name":"A\u0000","finish_position":99999999}]}]}`))
	f.Add("/data/results/lap_chart_data", []byte(`[{"group_id":5,"cust_id":5,"lap_number":1,"lap_time":1e300,"session_time":-1,"flags":4294967295,"lap_position":1}]`))
	f.Add("/data/results/event_log", []byte(`[{"event_seq":1,"event_code":7,"cust_id":-3,"message":"\ud800"}]`))
	f.Add("/data/series/seasons", []byte(`[{"season_id":1,"schedules":[{"race_week_num":0,"race_time_descriptors":[{"repeating":true,"start_date":"9999-12-31","day_offset":[-1,400],"first_session_time":"23:59:59","repeat_minutes":0.5}]}]}]`))
	f.Add("/data/stats/season_driver_standings", []byte(`[{"rank":1,"cust_id":1,"points":1e308},{"rank":2,"cust_id":1}]`))
	f.Add("/data/league/get", []byte(`{"league_id":5,"roster":[{"cust_id":1},{"cust_id":1}]}`))
	f.Add("/data/member/get", []byte(`{"members":[{"cust_id":1,"display_name":"x","member_since":"0001-01-01","licenses":[{"category_id":1},{"category_id":1}]}]}`))
	params := map[string]iracing.Params{
		"/data/results/get": {"subsession_id": "1"}, "/data/results/lap_chart_data": {"subsession_id": "1", "simsession_number": "0"},
		"/data/results/event_log": {"subsession_id": "1", "simsession_number": "0"}, "/data/stats/season_driver_standings": {"season_id": "1", "car_class_id": "1"},
		"/data/league/get": {"league_id": "5"}, "/data/member/get": {"cust_ids": "1"}, "/data/series/seasons": nil,
	}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, path string, body []byte) {
		p, ok := params[path]
		if !ok || len(body) > 1<<16 {
			t.Skip("no endpoint that is kept, or more than a fuzzer has use for")
		}
		at = at.Add(time.Second)
		a := &iracing.Answer{Body: body, At: at}
		_, err := s.Keep(t.Context(), request(t, path, p), a)
		var bad *iracing.Error
		var e *store.Error
		switch {
		case err == nil || errors.As(err, &bad):
		case errors.As(err, &e) && e.Kind == store.Failed:
			// A number that no column holds. Anything else is a mistake of ours.
			if e.Detail != "22003" {
				t.Errorf("%s %s: %v", path, body, err)
			}
		default:
			t.Errorf("%s %s: %v", path, body, err)
		}
	})
}
