package collect_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

// fullSize is the variable that makes TestKilledAndResumed as large as it was meant: 1,000 races and 50 kills, which takes
// some minutes.
const fullSize = "COLLECT_FULL"

// A back-fill that is killed at random points and resumed leaves the same rows as one that nobody disturbs, and asks for
// nothing a second time that never changes and was kept.
func TestKilledAndResumed(t *testing.T) {
	t.Parallel()
	shown, since, races, kills := small(), now.AddDate(0, 0, -70), 20, 6
	if os.Getenv(fullSize) != "" {
		races, kills = 1000, 50
		shown, since = world.New(world.Options{Races: races, Now: now}), now.AddDate(-15, 0, 0)
	}
	fake := service(t, shown)

	begin := time.Now()
	undisturbed := database(t)
	s := setupOf(fake, undisturbed)
	s.Since = since
	summary, err := s.start(t).Backfill(t.Context(), s.Since, nil)
	if err != nil {
		t.Fatal(err)
	}
	requests := len(asked(fake))
	t.Logf("undisturbed: %d races, %d requests, %d rows in %s", summary.Total, requests, summary.Rows, time.Since(begin).Round(time.Millisecond))
	if summary.Done != summary.Total || summary.Done < races || summary.Failed > 0 {
		t.Fatalf("%+v", summary)
	}

	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	s.Database = database(t)
	begin = time.Now()
	all, repeated, killed := 0, 0, 0
	for {
		committed := finals(t, s.Database)
		fake.ResetLog()
		point := rng.IntN(2*requests/(kills+1) + 1)
		if killed == kills {
			point = -1
		}
		ended := collectUntil(t, s, fake, point, time.Duration(rng.IntN(40))*time.Millisecond)
		for _, key := range asked(fake) {
			all++
			if committed[key] {
				repeated++
				t.Errorf("asked again for what was kept: %s", key)
			}
		}
		if ended {
			break
		}
		killed++
	}
	t.Logf("killed %d times: %d requests in %s, of which %d repeated what was kept", killed, all, time.Since(begin).Round(time.Millisecond), repeated)
	if killed < kills/2 {
		t.Errorf("it was killed %d times, want about %d", killed, kills)
	}
	sameRows(t, rows(t, s.Database), rows(t, undisturbed))

	// Once more, nothing is asked but what may have changed.
	fake.ResetLog()
	committed := finals(t, s.Database)
	if !collectUntil(t, s, fake, -1, 0) {
		t.Fatal("it did not end")
	}
	for _, key := range asked(fake) {
		if committed[key] {
			t.Errorf("asked again for what was kept: %s", key)
		}
	}
	t.Logf("once more: %d requests", len(asked(fake)))
}

// collectUntil runs a collector in a process of its own, and kills it once the service was asked so many times, and some
// time later; less than 0 never. ended tells that it came to its end before that.
func collectUntil(t *testing.T, s setup, fake *iracingtest.Server, requests int, later time.Duration) (ended bool) {
	t.Helper()
	cmd := startChild(t, s)
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	tick := time.NewTicker(4 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Fatalf("%v\n%s", err, cmd.Stderr)
			}
			return true
		case <-tick.C:
			if requests < 0 || fake.Count(iracingtest.API, "/data/") < requests {
				continue
			}
			time.Sleep(later)
			_ = cmd.Process.Kill() // it may have ended
			err := <-done
			if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL) {
				t.Fatalf("%v\n%s", err, cmd.Stderr)
			}
			return err == nil
		}
	}
}

// startChild starts a collector in a process of its own.
func startChild(t *testing.T, s setup) *exec.Cmd {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), childSetup+"="+string(text), "GOMAXPROCS="+strconv.Itoa(2))
	cmd.Stderr = &bytes.Buffer{}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// Two collectors at once leave the same rows as one, and between them ask for nothing twice that never changes.
func TestTwoCollectorsAtOnce(t *testing.T) {
	t.Parallel()
	fake := service(t, small())
	jobs := []string{"reference", "me", "races", "ratings", "schedules", "standings", "leagues"}
	one := setupOf(fake, database(t))
	alone := one.start(t)
	if _, err := alone.Backfill(t.Context(), one.Since, nil); err != nil {
		t.Fatal(err)
	}
	if err := alone.Once(t.Context(), jobs...); err != nil {
		t.Fatal(err)
	}
	fake.ResetLog()

	two := setupOf(fake, database(t))
	again := two
	again.Jobs = jobs
	cmds := []*exec.Cmd{startChild(t, two), startChild(t, again), startChild(t, two), startChild(t, again)}
	for _, cmd := range cmds {
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v\n%s", err, cmd.Stderr)
		}
	}
	sameRows(t, rows(t, two.Database), rows(t, one.Database))
	final, seen := finals(t, two.Database), map[string]bool{}
	for _, key := range asked(fake) {
		if final[key] && seen[key] {
			t.Errorf("asked twice: %s", key)
		}
		seen[key] = true
	}
}
