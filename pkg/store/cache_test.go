package store_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

var at = time.Date(2026, 5, 9, 18, 30, 0, 123456000, time.UTC)

func same(a, b *iracing.Entry) bool {
	if a == nil || b == nil {
		return a == b
	}
	return bytes.Equal(a.Header, b.Header) && (a.Header == nil) == (b.Header == nil) && bytes.Equal(a.Body, b.Body) &&
		a.CSV == b.CSV && a.Class == b.Class && a.At.Equal(b.At) && a.Until.Equal(b.Until) && a.Refused == b.Refused
}

func save(t testing.TB, c iracing.Cache, key string, e *iracing.Entry) {
	t.Helper()
	if err := c.Save(context.Background(), key, e); err != nil {
		t.Fatal(err)
	}
}

func load(t testing.TB, c iracing.Cache, key string) *iracing.Entry {
	t.Helper()
	e, err := c.Load(context.Background(), key)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestCacheKeepsWhatItIsGiven(t *testing.T) {
	url := fresh(t)
	c := openAt(t, store.Config{URL: url}).Cache()
	random := make([]byte, 100_000)
	rnd := rand.NewChaCha8([32]byte{1})
	_, _ = rnd.Read(random)
	entries := map[string]*iracing.Entry{
		"/data/results/get?subsession_id=1": {Body: []byte(`{"a":1}`), Class: iracing.Final, At: at},
		"with a header":                     {Header: []byte("{}"), Body: []byte("[]"), Class: iracing.Window, At: at, Until: at.Add(time.Hour)},
		"with an empty header":              {Header: []byte{}, Body: []byte("[]"), Class: iracing.Slow, At: at},
		"a table":                           {Body: []byte("a,b\n1,2\n"), CSV: true, Class: iracing.Bulk, At: at, Until: at},
		"no body":                           {Class: iracing.Volatile, At: at},
		"not to be compressed":              {Body: random, Class: iracing.Final, At: at},
		"forbidden refused account":         {Class: iracing.Final, At: at, Until: at.Add(time.Hour), Refused: iracing.Forbidden},
		"not found refused account":         {Class: iracing.Final, At: at, Until: at.Add(time.Hour), Refused: iracing.NotFound},
		"":                                  {Body: []byte("the empty key"), Class: iracing.Final, At: at},
		"a \x00 and \xff, which is no text": {Body: []byte("x"), Class: iracing.Final, At: at},
		"a \x00 and \xfe, which is no text": {Body: []byte("y"), Class: iracing.Final, At: at},
		"long " + string(random[:9000]):     {Body: []byte("long, no text"), Class: iracing.Final, At: at},
		"long " + strings.Repeat("cust_id=123456,", 900): {Body: []byte("long"), Class: iracing.Final, At: at},
		"long " + strings.Repeat("cust_id=123456,", 901): {Body: []byte("longer"), Class: iracing.Final, At: at},
		"before anything": {Body: []byte("1"), At: time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), Class: iracing.Final},
	}
	for key := range entries {
		if e := load(t, c, key); e != nil {
			t.Errorf("an empty cache has %.40q: %v", key, e)
		}
	}
	for key, e := range entries {
		save(t, c, key, e)
	}
	again := openAt(t, store.Config{URL: url}).Cache() // another process
	for key, want := range entries {
		if got := load(t, again, key); !same(got, want) {
			t.Errorf("%.40q: kept %+v, want %+v", key, got, want)
		}
	}
	// A refusal of a kind that nobody keeps says nothing of the next time.
	save(t, c, "limited", &iracing.Entry{At: at, Refused: iracing.Limited})
	if e := load(t, c, "limited"); e != nil {
		t.Errorf("a passing refusal is kept: %v", e)
	}
}

func TestCacheKeepsTheNewest(t *testing.T) {
	url := fresh(t)
	c := openAt(t, store.Config{URL: url}).Cache()
	put := func(body string, at time.Time) { save(t, c, "k", &iracing.Entry{Body: []byte(body), At: at}) }
	want := func(body string) {
		t.Helper()
		if e := load(t, c, "k"); string(e.Body) != body {
			t.Errorf("kept is %q, want %q", e.Body, body)
		}
	}
	put("two", at.Add(time.Minute))
	put("one", at) // it was written later, by a process that could not before
	want("two")
	put("three", at.Add(time.Hour))
	want("three")
	put("three again", at.Add(time.Hour))
	want("three again")
	put("from a clock that is wrong", time.Now().AddDate(3, 0, 0))
	put("now", time.Now())
	want("now")
}

func TestCacheOfLargeBodies(t *testing.T) {
	c := open(t).Cache()
	// 64 MB that compress about as well as laps do.
	var b bytes.Buffer
	rnd := rand.New(rand.NewPCG(1, 2))
	for b.Len() < 1<<20 {
		fmt.Fprintf(&b, `{"lap_number":%d,"lap_time":%d,"cust_id":%d},`, rnd.IntN(99), rnd.IntN(1e6), rnd.IntN(1e6))
	}
	want := &iracing.Entry{Header: []byte("{}"), Body: bytes.Repeat(b.Bytes(), 64), Class: iracing.Final, At: at}
	begun := time.Now()
	save(t, c, "large", want)
	saved := time.Since(begun)
	if got := load(t, c, "large"); !same(got, want) {
		t.Error("a body of 64 MB came back changed")
	}
	t.Logf("64 MB: written in %v, read in %v", saved, time.Since(begun)-saved)
}

func TestDamagedAnswersAreMisses(t *testing.T) {
	url := fresh(t)
	var said []string
	c := openAt(t, store.Config{URL: url, Warn: func(text string, err error) { said = append(said, text+": "+err.Error()) }}).Cache()
	body := bytes.Repeat([]byte("an answer of iRacing's. "), 100)
	for name, damage := range map[string]string{
		"no zstd":                "body = 'nothing'",
		"empty":                  "body = ''",
		"cut off":                "body = substr(body, 1, length(body) - 5)",
		"a bit":                  "body = set_bit(body, 150, 1 - get_bit(body, 150))",
		"another answer":         "body = header",
		"too short a size":       "size = 3",
		"too long a size":        "size = size + 1",
		"a size of nothing":      "size = -1",
		"a size beyond measure":  "size = 9000000000000000000",
		"a damaged header":       "header = 'x'",
		"a bomb":                 `body = '\x28b52ffda4ffffffffffffff7f'::bytea`,
		"a refusal with no body": "body = '', refused = null",
	} {
		want := &iracing.Entry{Header: []byte("{}"), Body: body, At: at}
		save(t, c, name, want)
		sql(t, url, "update iracing.answers set "+damage+" where request = $1", name)
		said = nil
		if e := load(t, c, name); e != nil {
			t.Errorf("%s: it answers %d bytes", name, len(e.Body))
		}
		if len(said) != 1 || !strings.Contains(said[0], "damaged") || !strings.Contains(said[0], name) {
			t.Errorf("%s: it said %q", name, said)
		}
		save(t, c, name, want)
		if e := load(t, c, name); !same(e, want) {
			t.Errorf("%s: it is not replaced", name)
		}
	}
}

func TestCacheConcurrently(t *testing.T) {
	url := fresh(t)
	var wait sync.WaitGroup
	for w := range 3 {
		c := openAt(t, store.Config{URL: url, MaxConns: 3}).Cache()
		for range 4 {
			wait.Go(func() {
				rnd := rand.New(rand.NewPCG(uint64(w), 7))
				for range 40 {
					n := rnd.IntN(20)
					key := fmt.Sprint("key ", n)
					body := bytes.Repeat([]byte{byte(n)}, 1000*n)
					if err := c.Save(t.Context(), key, &iracing.Entry{Body: body, At: at.Add(time.Duration(rnd.IntN(100)))}); err != nil {
						t.Error(err)
						return
					}
					if e, err := c.Load(t.Context(), key); err != nil || e == nil || !bytes.Equal(e.Body, body) {
						t.Errorf("%s: %v", key, err)
						return
					}
				}
			})
		}
	}
	wait.Wait()
}

func TestPrune(t *testing.T) {
	url := fresh(t)
	s := openAt(t, store.Config{URL: url})
	c := s.Cache()
	for name, e := range map[string]*iracing.Entry{
		"for good":        {At: at},
		"old and unused":  {At: at, Until: at},
		"old and in use":  {At: at, Until: at},
		"fresh":           {At: at, Until: time.Now().Add(time.Hour)},
		"used yesterday":  {At: at, Until: at},
		"out of date now": {At: at, Until: time.Now().Add(-time.Hour)},
	} {
		save(t, c, name, e)
	}
	sql(t, url, "update iracing.answers set used_on = current_date - 60")
	sql(t, url, "update iracing.answers set used_on = current_date - 1 where request = 'used yesterday'")
	load(t, c, "old and in use")
	if got := ask[bool](t, url, "select used_on = current_date from iracing.answers where request = 'old and in use'"); !got {
		t.Error("a look is not noted")
	}
	sql(t, url, `insert into iracing.answers (request, class, body, size, fetched_at, fresh_until, used_on)
		select 'many ' || i, 'slow', '', 0, '2020-01-01', '2020-01-02', '2020-01-03' from generate_series(1, 2500) i`)
	sql(t, url, `insert into iracing.job_runs (job, started_at, outcome) values
		('a', '2020-01-01', 'ok'), ('a', '2020-01-02', 'ok'), ('a', '2020-01-03', 'failed'), ('b', '2020-01-01', 'ok')`)
	n, err := s.Prune(t.Context())
	if err != nil || n != 2502 {
		t.Errorf("%d rows are gone, want 2502; error %v", n, err)
	}
	for name, want := range map[string]bool{
		"for good": true, "old and unused": false, "old and in use": true, "fresh": true, "used yesterday": true, "out of date now": true,
		"many 7": false,
	} {
		if got := load(t, c, name) != nil; got != want {
			t.Errorf("%s is there: %t", name, got)
		}
	}
	runs, err := s.LastRuns(t.Context())
	if err != nil || len(runs) != 2 || runs[0].Outcome != store.RunFailed || runs[0].ID == 0 {
		t.Errorf("the runs are %+v, error %v", runs, err)
	}
	if n := ask[int](t, url, "select count(*) from iracing.job_runs"); n != 3 {
		t.Errorf("%d runs are left, want 3", n)
	}
}

func BenchmarkCache(b *testing.B) {
	c := open(b).Cache()
	body := bytes.Repeat([]byte(`{"cust_id":123456,"display_name":"A Driver","finish_position":3,"best_lap_time":912345},`), 1000)
	e := &iracing.Entry{Body: body, At: at}
	b.Run("save", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		for i := 0; b.Loop(); i++ {
			save(b, c, fmt.Sprint("key ", i), e)
		}
	})
	b.Run("load", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			load(b, c, "key 0")
		}
	})
}
