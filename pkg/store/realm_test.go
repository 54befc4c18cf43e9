package store_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// ofRealm is a store for facts of one realm.
func ofRealm(t testing.TB, url string, realm store.Realm) *store.Store {
	t.Helper()
	return openAt(t, store.Config{URL: url, Realm: realm})
}

// mark is what a database says of itself.
func mark(t testing.TB, url string) string {
	t.Helper()
	return ask[string](t, url, "select coalesce(realm, '') from iracing.settings")
}

func TestRealmOf(t *testing.T) {
	for cached, want := range map[string]store.Realm{"": store.RealmIRacing, "127.0.0.1:8400": store.RealmElsewhere} {
		if got := store.RealmOf(cached); got != want {
			t.Errorf("%q is %s, not %s", cached, got, want)
		}
	}
}

// Races of a stand-in do not get among those of iRacing, nor the other way round.
func TestADatabaseKeepsFactsOfOneRealm(t *testing.T) {
	for _, first := range []store.Realm{store.RealmIRacing, store.RealmElsewhere} {
		second := store.RealmElsewhere
		if first == second {
			second = store.RealmIRacing
		}
		url := fresh(t)
		own, other := ofRealm(t, url, first), ofRealm(t, url, second)
		r, now := request(t, "/data/series/get", nil), time.Now()
		for _, s := range []*store.Store{own, other} {
			if err := s.CheckRealm(t.Context()); err != nil {
				t.Errorf("an empty database: %v", err)
			}
		}
		if rows, err := own.Keep(t.Context(), r, seriesList(t, now, "Made-up Cup")); err != nil || rows["series"] != 1 {
			t.Fatalf("%v, %v", rows, err)
		}
		if got := mark(t, url); got != string(first) {
			t.Errorf("the database is of the realm %q, not %q", got, first)
		}
		words := []string{"another database", "drop the schema iracing", "stand-in"}
		_, err := other.Keep(t.Context(), r, seriesList(t, now.Add(time.Minute), "Made-up Cup", "Other Cup"))
		is(t, err, store.OtherRealm, words...)
		is(t, other.CheckRealm(t.Context()), store.OtherRealm, words...)
		is(t, other.AddOwn(t.Context(), 11), store.OtherRealm, words...)
		is(t, other.SetDrivers(t.Context(), []int64{12}, nil), store.OtherRealm, words...)
		if e, ok := errors.AsType[*store.Error](err); !ok || e.Temporary() {
			t.Errorf("waiting does not help, but the error says so: %v", err)
		}
		if n := ask[int](t, url, "select (select count(*) from iracing.series) + (select count(*) from iracing.drivers)"); n != 1 {
			t.Errorf("%d rows were kept", n)
		}
		// All else works: reading, the response cache, and what knows no realm.
		if kept, err := other.Kept(t.Context(), r); err != nil || !kept[0] {
			t.Errorf("kept %v, %v", kept, err)
		}
		e := &iracing.Entry{Body: []byte("{}"), At: now}
		save(t, other.Cache(), "host /data/x", e)
		if load(t, other.Cache(), "host /data/x") == nil || load(t, own.Cache(), "/data/x") != nil {
			t.Error("the response cache does not hold what it was given")
		}
		neutral := ofRealm(t, url, "")
		for i, keep := range []func(context.Context, []store.Answered) (store.Rows, error){own.KeepAll, neutral.KeepAll, other.KeepImported} {
			name := strings.Repeat("Made-up ", i+2) + "Cup"
			a := store.Answered{Request: r, Answer: seriesList(t, now.Add(time.Duration(i+2)*time.Minute), name)}
			if rows, err := keep(t.Context(), []store.Answered{a}); err != nil || rows["series"] != 1 {
				t.Errorf("%s: %v, %v", name, rows, err)
			}
		}
		if err := errors.Join(neutral.CheckRealm(t.Context()), own.CheckRealm(t.Context()), own.AddOwn(t.Context(), 11)); err != nil {
			t.Error(err)
		}
	}
}

// What says nothing of its origin leaves a database open for either.
func TestFilesMarkNoDatabase(t *testing.T) {
	url := fresh(t)
	r := request(t, "/data/series/get", nil)
	s := ofRealm(t, url, store.RealmElsewhere)
	a := store.Answered{Request: r, Answer: seriesList(t, time.Now(), "Made-up Cup")}
	if _, err := s.KeepImported(t.Context(), []store.Answered{a}); err != nil {
		t.Fatal(err)
	}
	if err := s.AddOwn(t.Context(), 11); err != nil {
		t.Fatal(err)
	}
	if got := mark(t, url); got != "" {
		t.Errorf("the database is of the realm %q", got)
	}
}

// A database from before there were marks is of the first who comes.
func TestAnOldDatabaseIsOfTheFirstWhoComes(t *testing.T) {
	url := fresh(t)
	r, now := request(t, "/data/series/get", nil), time.Now()
	if _, err := ofRealm(t, url, "").Keep(t.Context(), r, seriesList(t, now, "Made-up Cup")); err != nil {
		t.Fatal(err)
	}
	sql(t, url, "delete from iracing.settings") // somebody was tidy
	if _, err := ofRealm(t, url, store.RealmIRacing).Keep(t.Context(), r, seriesList(t, now.Add(time.Minute), "Made-up Cup")); err != nil {
		t.Fatal(err)
	}
	_, err := ofRealm(t, url, store.RealmElsewhere).Keep(t.Context(), r, seriesList(t, now.Add(2*time.Minute), "Made-up Cup"))
	is(t, err, store.OtherRealm)
}

// Of many who come at once to an empty database, all of one realm are let in and none of the other.
func TestRealmsRaceForADatabase(t *testing.T) {
	for range 3 {
		url := fresh(t)
		realms := []store.Realm{store.RealmIRacing, store.RealmElsewhere, store.RealmIRacing, store.RealmElsewhere}
		errs := make([]error, len(realms))
		start := make(chan struct{})
		var wait sync.WaitGroup
		for i, realm := range realms {
			s := ofRealm(t, url, realm)
			if err := s.Ready(t.Context()); err != nil {
				t.Fatal(err)
			}
			r := request(t, []string{"/data/series/get", "/data/car/get"}[i/2], nil)
			a := seriesList(t, time.Now(), "Cup of "+string(realm))
			if i >= 2 {
				a = answer(t, []object{{"car_id": i, "car_name": "Car of " + string(realm)}})
			}
			wait.Go(func() {
				<-start
				_, errs[i] = s.Keep(context.WithoutCancel(t.Context()), r, a)
			})
		}
		close(start)
		wait.Wait()
		won := mark(t, url)
		for i, realm := range realms {
			if string(realm) == won && errs[i] != nil {
				t.Errorf("%s won and was refused: %v", realm, errs[i])
			}
			if string(realm) != won {
				is(t, errs[i], store.OtherRealm)
			}
		}
		names := ask[[]string](t, url, "select array_agg(name) from (select name from iracing.series union all select name from iracing.cars) as kept")
		if len(names) != 2 {
			t.Errorf("%q were kept", names)
		}
		for _, name := range names {
			if !strings.HasSuffix(name, " of "+won) {
				t.Errorf("%q is in a database of %s", name, won)
			}
		}
	}
}

// A mark whose facts came to nothing binds nobody; who waited for it takes its place.
func TestAMarkGoesWithItsFacts(t *testing.T) {
	url := fresh(t)
	first, second := ofRealm(t, url, store.RealmIRacing), ofRealm(t, url, store.RealmElsewhere)
	for _, s := range []*store.Store{first, second} {
		if err := s.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	marked, done := make(chan struct{}), make(chan error, 1)
	failed := errors.New("the facts could not be written")
	var wait sync.WaitGroup
	wait.Go(func() {
		<-marked
		done <- second.Tx(context.WithoutCancel(t.Context()), func(tx pgx.Tx) error { return second.MarkRealm(t.Context(), tx) })
	})
	err := first.Tx(t.Context(), func(tx pgx.Tx) error {
		if err := first.MarkRealm(t.Context(), tx); err != nil {
			return err
		}
		close(marked)
		soon(t, "the other waits", func() bool {
			return ask[int](t, url, "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") > 0
		})
		return failed
	})
	if !errors.Is(err, failed) {
		t.Fatal(err)
	}
	wait.Wait()
	if err := <-done; err != nil {
		t.Errorf("who waited was refused: %v", err)
	}
	if got := mark(t, url); got != string(store.RealmElsewhere) {
		t.Errorf("the database is of the realm %q", got)
	}
	_, err = first.Keep(t.Context(), request(t, "/data/series/get", nil), seriesList(t, time.Now(), "Made-up Cup"))
	is(t, err, store.OtherRealm)
}

// After the schema was dropped the database is anybody's, for programs that were there before, too.
func TestADroppedSchemaForgetsTheRealm(t *testing.T) {
	url := fresh(t)
	s := ofRealm(t, url, store.RealmIRacing)
	r, now := request(t, "/data/series/get", nil), time.Now()
	for i := range 2 {
		if _, err := s.Keep(t.Context(), r, seriesList(t, now.Add(time.Duration(i)*time.Minute), "Made-up Cup")); err != nil {
			t.Fatal(err)
		}
	}
	sql(t, url, "drop schema iracing cascade")
	soon(t, "the schema is there again", func() bool {
		_, err := s.Keep(t.Context(), r, seriesList(t, now, "Made-up Cup"))
		return err == nil
	})
	if got := mark(t, url); got != string(store.RealmIRacing) {
		t.Errorf("the database is of the realm %q", got)
	}
}
