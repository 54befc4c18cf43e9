package store_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// metric is the sum of a metric's values whose labels hold all words; -1 when there is none.
func metric(t *testing.T, name string, words ...string) float64 {
	t.Helper()
	families, err := prometheus.DefaultGatherer.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sum, found := 0.0, false
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			text := fmt.Sprint(m.GetLabel())
			all := true
			for _, w := range words {
				all = all && strings.Contains(text, w)
			}
			if all {
				found = true
				sum += m.GetGauge().GetValue() + m.GetCounter().GetValue()
			}
		}
	}
	if !found {
		return -1
	}
	return sum
}

func TestADatabaseThatIsDown(t *testing.T) {
	server := pgtest.Start(t)
	server.StopServer(t)
	s := openAt(t, store.Config{URL: server.URL})
	s.Hasten(time.Second, time.Second, 300*time.Millisecond)
	if up := metric(t, "iracing_store_up"); up != -1 {
		t.Errorf("before its first use the database is up: %v", up)
	}
	before := metric(t, "iracing_store_errors_total", "unreachable")
	err := s.Ready(t.Context())
	is(t, err, store.Unreachable, "check the host and the port", "connection refused")
	var e *store.Error
	if !errors.As(err, &e) || !e.Temporary() {
		t.Error("that passes, and does not say so")
	}
	if up := metric(t, "iracing_store_up"); up != 0 {
		t.Errorf("the metric says that it is up: %v", up)
	}
	if n := metric(t, "iracing_store_errors_total", "unreachable") - max(before, 0); n != 1 {
		t.Errorf("%v errors were counted", n)
	}
	server.StartServer(t)
	soon(t, "it is used again", func() bool { return s.Ready(t.Context()) == nil })
	if up := metric(t, "iracing_store_up"); up != 1 {
		t.Errorf("the metric says that it is down: %v", up)
	}
	if n := metric(t, "iracing_store_connections", "idle"); n < 1 {
		t.Errorf("%v idle connections", n)
	}
}

// silent is a network on which everything is lost.
func silent(dials *atomic.Int32) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		dials.Add(1)
		here, there := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, there) }()
		return here, nil
	}
}

func TestADatabaseThatDoesNotAnswerCostsOneWait(t *testing.T) {
	var dials atomic.Int32
	s := openAt(t, store.Config{Host: "database.example:5432", User: "u", TLS: store.TLSDisable, ConnectTimeout: 200 * time.Millisecond, Dial: silent(&dials)})
	s.Hasten(time.Second, time.Second, time.Hour)
	c := s.Cache()
	begun := time.Now()
	_, err := c.Load(t.Context(), "k")
	is(t, err, store.Timeout)
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("the first call took %v", took)
	}
	before := dials.Load()
	for range 200 {
		_, err := c.Load(t.Context(), "k")
		is(t, err, store.Timeout)
	}
	if n := dials.Load() - before; n > 0 {
		t.Errorf("%d more connections were tried", n)
	}
}

func TestCallersThatLeaveSayNothingOfTheDatabase(t *testing.T) {
	s := open(t)
	if err := s.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := s.Query(ctx, "select pg_sleep(10)"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the error is %v", err)
	}
	if _, err := s.Cache().Load(ctx, "k"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the error is %v", err)
	}
	if _, err := s.Cache().Load(t.Context(), "k"); err != nil {
		t.Errorf("the error is %v", err)
	}
}

func TestStatementsThatTakeTooLong(t *testing.T) {
	s := openAt(t, store.Config{URL: fresh(t), StatementTimeout: 100 * time.Millisecond})
	is(t, s.Query(t.Context(), "select pg_sleep(10)"), store.Timeout)
	if err := s.Query(t.Context(), "select 1"); err != nil {
		t.Error(err)
	}
}

func TestAllConnectionsOfAProgramInUse(t *testing.T) {
	s := openAt(t, store.Config{URL: fresh(t), MaxConns: 1, ConnectTimeout: 100 * time.Millisecond, StatementTimeout: 300 * time.Millisecond})
	err := s.Tx(t.Context(), func(pgx.Tx) error {
		is(t, s.Query(t.Context(), "select 1"), store.Busy, "of this program")
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if err := s.Query(t.Context(), "select 1"); err != nil {
		t.Errorf("that is held against the database: %v", err)
	}
}

func TestAServerOutOfConnections(t *testing.T) {
	server := pgtest.Start(t, "max_connections = 6", "superuser_reserved_connections = 1", "max_wal_senders = 0")
	server.Exec(t, "create role ours login createdb")
	server.Exec(t, "create database ours owner ours")
	url := strings.Replace(server.DSN("ours"), "postgres@", "ours@", 1)
	s := openAt(t, store.Config{URL: url})
	s.Hasten(time.Second, time.Second, 20*time.Millisecond)
	if err := s.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Exec(t, "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'ours'")
	var others []*pgx.Conn
	for {
		conn, err := pgx.Connect(t.Context(), url)
		if err != nil {
			break
		}
		others = append(others, conn)
	}
	soon(t, "the store is told", func() bool {
		_, err := s.Secret(t.Context(), "a")
		return kindOf(err) == store.Busy
	})
	_, err := s.Lock(t.Context(), "races", false)
	is(t, err, store.Busy, "max_connections")
	for _, conn := range others {
		_ = conn.Close(t.Context())
	}
	soon(t, "it works again", func() bool { _, err := s.Secret(t.Context(), "a"); return err == nil })
}

func TestADatabaseThatTakesNoChanges(t *testing.T) {
	server := pgtest.Start(t)
	s := openAt(t, store.Config{URL: server.URL})
	c := s.Cache()
	want := &iracing.Entry{Body: []byte("kept"), At: at}
	save(t, c, "k", want)
	secret, err := s.Secret(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	server.Exec(t, "update iracing.answers set used_on = '2020-01-01'")
	server.Exec(t, "alter system set default_transaction_read_only = on")
	server.Exec(t, "select pg_reload_conf()")
	soon(t, "writing fails", func() bool { return kindOf(c.Save(t.Context(), "l", want)) == store.ReadOnly })

	for _, s := range []*store.Store{s, openAt(t, store.Config{URL: server.URL})} { // one that was there, and one that comes now
		if e := load(t, s.Cache(), "k"); !same(e, want) {
			t.Errorf("kept is %v", e)
		}
		if again, err := s.Secret(t.Context(), "a"); err != nil || string(again) != string(secret) {
			t.Errorf("the secret is another one, error %v", err)
		}
		_, err := s.Secret(t.Context(), "b")
		is(t, err, store.ReadOnly)
		_, err = s.BeginRun(t.Context(), "races")
		is(t, err, store.ReadOnly)
		st, err := s.Status(t.Context())
		if err != nil || !st.ReadOnly {
			t.Errorf("the status is %+v, error %v", st, err)
		}
	}
	server.Exec(t, "alter system reset default_transaction_read_only")
	server.Exec(t, "select pg_reload_conf()")
	soon(t, "writing works again", func() bool { return c.Save(t.Context(), "l", want) == nil })
}

// A cache in front and a database that comes and goes behind: nothing is lost, and nobody waits.
func TestTheCacheOverRestarts(t *testing.T) {
	server := pgtest.Start(t)
	s := openAt(t, store.Config{URL: server.URL})
	s.Hasten(time.Second, time.Second, 50*time.Millisecond)
	c := iracing.NewTiered(iracing.NewMemory(0), s.Cache(), iracing.TieredOptions{Rest: 50 * time.Millisecond})
	defer c.Close()
	var wait sync.WaitGroup
	var ended atomic.Bool
	const workers = 4
	saved := make([]int, workers)
	for w := range workers {
		wait.Go(func() {
			for ; !ended.Load(); saved[w]++ {
				if err := c.Save(t.Context(), fmt.Sprintf("%d/%d", w, saved[w]), &iracing.Entry{Body: []byte("x"), At: at}); err != nil {
					t.Error(err)
				}
				if e, err := c.Load(t.Context(), fmt.Sprintf("%d/%d", w, saved[w]/2)); e == nil || err != nil {
					t.Errorf("%v, error %v", e, err)
				}
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
	for range 3 {
		time.Sleep(100 * time.Millisecond)
		server.StopServer(t)
		time.Sleep(100 * time.Millisecond)
		server.StartServer(t)
	}
	ended.Store(true)
	wait.Wait()
	soon(t, "everything is written", func() bool { return c.Flush(t.Context()) == nil })
	total := 0
	for _, n := range saved {
		total += n
	}
	if n := ask[int](t, server.URL, "select count(*) from iracing.answers"); n != total || total < 20 {
		t.Errorf("%d of %d answers are kept", n, total)
	}
	if s := c.State(); s.Dropped != 0 || s.Pending != 0 {
		t.Errorf("the state is %+v", s)
	}
}

func TestTransactionsOverRestarts(t *testing.T) {
	server := pgtest.Start(t)
	s := openAt(t, store.Config{URL: server.URL})
	s.Hasten(time.Second, time.Second, 20*time.Millisecond)
	if err := s.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Exec(t, "create table written (i integer primary key)")
	var wait sync.WaitGroup
	var ended atomic.Bool
	var told sync.Map
	for w := range 4 {
		wait.Go(func() {
			for i := w; !ended.Load(); i += 4 {
				err := s.Tx(t.Context(), func(tx pgx.Tx) error {
					_, err := tx.Exec(t.Context(), "insert into public.written values ($1) on conflict do nothing", i)
					return err
				})
				if err == nil {
					told.Store(i, true)
				} else if k := kindOf(err); k != store.Unreachable && k != store.Busy && k != store.Timeout {
					t.Errorf("the error is %v", err)
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
	for range 3 {
		time.Sleep(100 * time.Millisecond)
		server.StopServer(t)
		server.StartServer(t)
		soon(t, "transactions work again", func() bool { return s.Tx(t.Context(), func(pgx.Tx) error { return nil }) == nil })
	}
	ended.Store(true)
	wait.Wait()
	there := map[int]bool{}
	for _, i := range ask[[]int](t, server.URL, "select array_agg(i) from written") {
		there[i] = true
	}
	n := 0
	told.Range(func(i, _ any) bool {
		n++
		if !there[i.(int)] {
			t.Errorf("%d was said to be written and is not", i)
		}
		return true
	})
	if n < 20 {
		t.Errorf("%d rows were written", n)
	}
}

func TestATransactionThatRunsIntoAnother(t *testing.T) {
	server := pgtest.Start(t, "deadlock_timeout = 20ms")
	s := openAt(t, store.Config{URL: server.URL})
	if err := s.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Exec(t, "create table pair (i integer primary key, n integer not null)")
	server.Exec(t, "insert into pair values (0, 0), (1, 0)")
	var wait sync.WaitGroup
	var calls atomic.Int32
	for w := range 2 {
		wait.Go(func() {
			err := s.Tx(t.Context(), func(tx pgx.Tx) error {
				calls.Add(1)
				for i := range 2 {
					if _, err := tx.Exec(t.Context(), "update public.pair set n = n + 1 where i = $1", (i+w)%2); err != nil {
						return err
					}
					time.Sleep(100 * time.Millisecond) // so that they meet
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if n := ask[int](t, server.URL, "select sum(n) from pair"); n != 4 {
		t.Errorf("the sum is %d, want 4", n)
	}
	t.Logf("%d tries", calls.Load())
}

func TestErrorsThatAreNotTheDatabases(t *testing.T) {
	s := open(t)
	own := errors.New("a lap without a number")
	if err := s.Tx(t.Context(), func(pgx.Tx) error { return own }); err != own { //nolint:errorlint // as it is
		t.Errorf("the error is %v", err)
	}
	err := s.Query(t.Context(), "insert into iracing.secrets (name, value) values ('a', null)")
	is(t, err, store.Failed, "23502", "value")
	if err := s.Query(t.Context(), "select $1::text::integer", "a value"); kindOf(err) != store.Failed || strings.Contains(err.Error(), `"a value"`) {
		t.Errorf("the error is %v", err)
	}
}

func TestASchemaThatChangesUnderneath(t *testing.T) {
	url := fresh(t)
	s := openAt(t, store.Config{URL: url, MaxConns: 1})
	sql(t, url, "create table shape as select 1 as i")
	read := func() error {
		return s.Tx(t.Context(), func(tx pgx.Tx) error {
			rows, err := tx.Query(t.Context(), "select * from public.shape where i = $1", 1)
			if err != nil {
				return err
			}
			_, err = pgx.CollectRows(rows, pgx.RowToMap)
			return err
		})
	}
	for range 3 {
		if err := read(); err != nil {
			t.Fatal(err)
		}
		sql(t, url, fmt.Sprintf("alter table shape add column c%d text default 'x'", time.Now().UnixNano()))
	}
}

func TestSilentConnectionsBreak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		defer func() { _ = there.Close() }()
		c, err := store.Impatient(func(context.Context, string, string) (net.Conn, error) { return here, nil }, time.Minute)(t.Context(), "tcp", "")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		go func() {
			time.Sleep(50 * time.Second)
			_, _ = there.Write([]byte("x"))
		}()
		b := make([]byte, 10)
		if _, err := c.Read(b); err != nil {
			t.Errorf("it broke while it waited for less than a minute: %v", err)
		}
		time.Sleep(time.Hour) // in the pool, where nobody expects anything
		for what, wait := range map[string]func() error{
			"read": func() error { _, err := c.Read(b); return err }, "write": func() error { _, err := c.Write(b); return err },
		} {
			begun := time.Now()
			var timeout net.Error
			if err := wait(); !errors.As(err, &timeout) || !timeout.Timeout() || time.Since(begun) != time.Minute {
				t.Errorf("%s: after %v the error is %v", what, time.Since(begun), err)
			}
		}
		// The owner's own deadlines count.
		for what, set := range map[string]func(time.Time) error{"both": c.SetDeadline, "read": c.SetReadDeadline} {
			if err := set(time.Now().Add(time.Second)); err != nil {
				t.Fatal(err)
			}
			begun := time.Now()
			if _, err := c.Read(b); err == nil || time.Since(begun) != time.Second {
				t.Errorf("%s: after %v the error is %v", what, time.Since(begun), err)
			}
			if err := set(time.Time{}); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.SetWriteDeadline(time.Now()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write(b); err == nil {
			t.Error("it was written after the deadline")
		}
	})
}

func TestNothingIsLeftBehind(t *testing.T) {
	url := fresh(t)
	before := goleak.IgnoreCurrent()
	s, err := store.New(store.Config{URL: url, MaxConns: 3})
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 10 {
		wait.Go(func() {
			if _, err := s.Cache().Load(t.Context(), "k"); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	update(t, s.Tokens("account", key), count)
	l, err := s.Lock(t.Context(), "races", true)
	if err != nil {
		t.Fatal(err)
	}
	l.Release()
	s.Close()
	goleak.VerifyNone(t, before)
	_, err = s.Cache().Load(t.Context(), "k")
	is(t, err, store.Unreachable, "ending")
	soon(t, "the server has no connection of its", func() bool {
		return ask[int](t, url, "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name = ''") < 2
	})
	if up := metric(t, "iracing_store_connections_limit"); up == 3 {
		t.Error("a store that was closed is still measured")
	}
}
