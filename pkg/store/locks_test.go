package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

func lock(t *testing.T, s *store.Store, job string) *store.Lock {
	t.Helper()
	l, err := s.Lock(t.Context(), job, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Release)
	return l
}

func TestLocks(t *testing.T) {
	url := pgtest.New(t)
	a := openAt(t, store.Config{URL: url, Name: "the first"})
	b := openAt(t, store.Config{URL: url})
	l := lock(t, a, "races")
	lock(t, a, "ratings").Release()
	lock(t, b, "ratings") // another job is another lock
	for _, s := range []*store.Store{a, b} {
		_, err := s.Lock(t.Context(), "races", false)
		var held *store.HeldError
		if !errors.As(err, &held) || held.Job != "races" || held.Holder != "the first" || time.Since(held.Since) > time.Minute {
			t.Errorf("the error is %v", err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := b.Lock(ctx, "races", true); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the error is %v", err)
	}
	got := make(chan *store.Lock)
	go func() {
		defer close(got)
		next, err := b.Lock(context.Background(), "races", true)
		if err != nil {
			t.Error(err)
			return
		}
		got <- next
	}()
	select {
	case <-got:
		t.Fatal("two have the lock")
	case <-time.After(50 * time.Millisecond):
	}
	if l.Context().Err() != nil {
		t.Error("the lock's context has ended")
	}
	l.Release()
	l.Release()
	next := <-got
	if next == nil {
		t.FailNow()
	}
	if l.Context().Err() == nil || next.Context().Err() != nil {
		t.Error("the contexts do not tell who has the lock")
	}
	next.Release()
	lock(t, a, "races")
}

func TestALockIsHeldByOne(t *testing.T) {
	url := pgtest.New(t)
	var inside atomic.Int32
	var wait sync.WaitGroup
	for range 3 {
		s := openAt(t, store.Config{URL: url})
		for range 3 {
			wait.Go(func() {
				for range 10 {
					l, err := s.Lock(t.Context(), "races", true)
					if err != nil {
						t.Error(err)
						return
					}
					if inside.Add(1) != 1 {
						t.Error("two have the lock")
					}
					inside.Add(-1)
					l.Release()
				}
			})
		}
	}
	wait.Wait()
}

func TestALockThatIsLost(t *testing.T) {
	url := pgtest.New(t)
	a, b := openAt(t, store.Config{URL: url}), openAt(t, store.Config{URL: url})
	l := lock(t, a, "races")
	begun := time.Now()
	sql(t, url, "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()")
	select {
	case <-l.Context().Done():
	case <-time.After(20 * time.Second):
		t.Fatal("nobody is told")
	}
	if took := time.Since(begun); took > 4*time.Second {
		t.Errorf("it took %v to be told", took)
	}
	is(t, context.Cause(l.Context()), store.Unreachable, "lock")
	lock(t, b, "races")
	l.Release() // does not end the other's
	if _, err := a.Lock(t.Context(), "races", false); err == nil {
		t.Error("two have the lock")
	}
}

func TestALockEndsWithItsContext(t *testing.T) {
	s := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	l, err := s.Lock(ctx, "races", false)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	<-l.Context().Done()
	if _, err := s.Lock(t.Context(), "races", false); err == nil {
		t.Error("it is free before its holder has ended")
	}
	l.Release()
	lock(t, s, "races")
}

// childLocks says that it has a lock and keeps it until it is killed.
func childLocks(t *testing.T) {
	s := openAt(t, store.Config{URL: os.Getenv("AT")})
	l, err := s.Lock(context.Background(), "races", false)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Release()
	if err := os.WriteFile(os.Getenv("TELL"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	<-l.Context().Done()
}

func TestALockOfAProcessThatDies(t *testing.T) {
	url := pgtest.New(t)
	tell := t.TempDir() + "/locked"
	holder := child(t, "lock", "AT="+url, "TELL="+tell)
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	soon(t, "the other process has the lock", func() bool { _, err := os.Stat(tell); return err == nil })
	s := openAt(t, store.Config{URL: url})
	if _, err := s.Lock(t.Context(), "races", false); err == nil {
		t.Error("two have the lock")
	}
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = holder.Wait()
	l, err := s.Lock(t.Context(), "races", true)
	if err != nil {
		t.Fatal(err)
	}
	l.Release()
}

func TestRuns(t *testing.T) {
	s := open(t)
	if runs, err := s.LastRuns(t.Context()); err != nil || len(runs) != 0 {
		t.Errorf("the runs are %+v, error %v", runs, err)
	}
	begin := func(job string) *store.Run {
		t.Helper()
		r, err := s.BeginRun(t.Context(), job)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	end := func(r *store.Run, o store.Outcome, rows, requests int64, problem string) {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // it is noted even so
		if err := r.End(ctx, o, rows, requests, problem); err != nil {
			t.Fatal(err)
		}
	}
	end(begin("races"), store.Succeeded, 120, 7, "")
	end(begin("races"), store.RunFailed, 3, 1, "bad \x00 text \xff and more")
	begin("me") // dies
	begin("me")
	runs, err := s.LastRuns(t.Context())
	if err != nil || len(runs) != 2 {
		t.Fatalf("the runs are %+v, error %v", runs, err)
	}
	me, races := runs[0], runs[1]
	if me.Job != "me" || me.Outcome != store.Running || !me.Ended.IsZero() || !me.Success.IsZero() || time.Since(me.Started) > time.Minute {
		t.Errorf("the run is %+v", me)
	}
	if races.Outcome != store.RunFailed || races.Rows != 3 || races.Requests != 1 || races.Problem != "bad  text  and more" ||
		races.Ended.IsZero() || races.Success.IsZero() || races.Success.After(races.Ended) {
		t.Errorf("the run is %+v", races)
	}
	if err := begin("me").End(t.Context(), store.Running, 0, 0, ""); err == nil {
		t.Error("a run ended as running")
	}
}

func TestStatus(t *testing.T) {
	url := fresh(t)
	s := openAt(t, store.Config{URL: url})
	st, err := s.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if st.Server == "" || st.Database != ask[string](t, url, "select current_database()") || st.User != ask[string](t, url, "select current_user") ||
		st.Schema != ask[int](t, url, "select version from iracing.schema_version") || st.ReadOnly || st.Bytes < 8192 ||
		st.MaxConnections < 2 || st.Connections < 1 || st.Took <= 0 {
		t.Errorf("the status is %+v", st)
	}
	if n, ok := st.Rows["answers"]; !ok || n != 0 {
		t.Errorf("the table of answers has %d rows", n)
	}
	sql(t, url, "insert into iracing.secrets select i::text, '' from generate_series(1, 500) i")
	sql(t, url, "vacuum (analyze) iracing.secrets") //nolint:misspell // SQL
	if st, err = s.Status(t.Context()); err != nil || st.Rows["secrets"] != 500 {
		t.Errorf("the table of secrets has %d rows, error %v", st.Rows["secrets"], err)
	}
}

func TestSecretsAndPeople(t *testing.T) {
	url := fresh(t)
	var wait sync.WaitGroup
	secrets := make([]string, 8)
	for i := range secrets {
		s := openAt(t, store.Config{URL: url})
		wait.Go(func() {
			b, err := s.Secret(t.Context(), "pseudonyms")
			if err != nil {
				t.Error(err)
			}
			secrets[i] = string(b)
		})
	}
	wait.Wait()
	for _, s := range secrets {
		if len(s) != 32 || s != secrets[0] {
			t.Errorf("a secret is %x, another %x", s, secrets[0])
		}
	}
	a, b := openAt(t, store.Config{URL: url}), openAt(t, store.Config{URL: url})
	if other, err := a.Secret(t.Context(), "other"); err != nil || string(other) == secrets[0] {
		t.Errorf("two secrets are one, error %v", err)
	}
	p, err := a.People(t.Context(), 11)
	if err != nil {
		t.Fatal(err)
	}
	q, err := b.People(t.Context(), 12)
	if err != nil {
		t.Fatal(err)
	}
	if p.Driver(11, "Me") != "Me" || p.Driver(13, "Other") != q.Driver(13, "") || p.Driver(13, "Other") == "Other" {
		t.Errorf("the names are %q, %q and %q", p.Driver(11, "Me"), p.Driver(13, "Other"), q.Driver(13, ""))
	}
	if err := a.SetShowNames(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if p, err = b.People(t.Context(), 11); err != nil || p.Driver(13, "Other") != "Other" {
		t.Errorf("with names on a driver is %q, error %v", p.Driver(13, "Other"), err)
	}
	if err := b.SetShowNames(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if show, err := a.ShowNames(t.Context()); err != nil || show {
		t.Errorf("names are shown: %t, error %v", show, err)
	}
	if text := fmt.Sprint(a); text == "" {
		t.Error("a store has no name")
	}
}

// Whoever waited for a lock sees what was written meanwhile, whatever isolation the database prefers.
func TestWhoWaitedSeesWhatWasWritten(t *testing.T) {
	_, conn := openFacts(t)
	url := conn.Config().ConnString()
	sql(t, url, "do $$ begin execute format('alter database %I set default_transaction_isolation = serializable', current_database()); end $$")
	s := openAt(t, store.Config{URL: url})
	writing, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = writing.Rollback(context.Background()) }()
	for _, statement := range []string{
		fmt.Sprintf("select pg_advisory_xact_lock_shared(%d)", store.PurgeLock),
		"insert into iracing.subsessions (subsession_id, winner_id) values (1, 77)",
	} {
		if _, err := writing.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan error, 1)
	go func() {
		_, err := s.PurgeDriver(context.Background(), 77)
		done <- err
	}()
	looking := connect(t, url)
	soon(t, "the purge waits", func() bool {
		return number(t, looking, "select count(*) from pg_locks join pg_database d on d.oid = database where datname = current_database() and locktype = 'advisory' and not granted") == 1
	})
	if err := errors.Join(writing.Commit(t.Context()), <-done); err != nil {
		t.Fatal(err)
	}
	expect(t, conn, "select winner_id = 77 from iracing.subsessions", "false")
}
