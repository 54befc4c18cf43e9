package iracing_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// What was refused for long is asked for less and less often, and every six hours in the end.
func TestRefusalsAreAskedForLessAndLess(t *testing.T) {
	for status, most := range map[int]int64{403: 12, 404: 16} {
		c := newCached(t, answer(status, `{"error":"no"}`))
		r := request(t, "/data/results/get", iracing.Params{"subsession_id": "1"})
		for range 2 * 24 * 60 {
			var e *iracing.Error
			if _, err := c.Get(t.Context(), r); !errors.As(err, &e) || e.Status != status {
				t.Fatalf("error is %v", err)
			}
			c.pass(time.Minute)
		}
		if n := c.calls.Load(); n < 8 || n > most {
			t.Errorf("%d was asked for %d times in two days", status, n)
		}
	}
}

// Laps and events that are not there are looked for soon after the race, later on less often, and never when none can come.
func TestNothingIsAskedForLessAndLess(t *testing.T) {
	start := newDay().now().Add(-30 * time.Minute)
	c := newCached(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `{"success":true,"session_info":{"start_time":%q},"chunk_info":null}`, start.Format(time.RFC3339))
	})
	r := request(t, "/data/results/event_log", iracing.Params{"subsession_id": "1", "simsession_number": "0"})
	asked := func(d time.Duration) int64 {
		before := c.calls.Load()
		for range int(d / time.Minute) {
			if a, err := c.Get(t.Context(), r); err != nil || string(a.Body) != "[]" {
				t.Fatalf("%+v, %v", a, err)
			}
			c.pass(time.Minute)
		}
		return c.calls.Load() - before
	}
	if n := asked(30 * time.Minute); n < 5 || n > 6 {
		t.Errorf("in the first half hour it is asked for %d times", n)
	}
	if n := asked(23 * time.Hour); n < 10 || n > 35 {
		t.Errorf("during the first day it is asked for %d times", n)
	}
	if n := asked(48 * time.Hour); n < 7 || n > 14 {
		t.Errorf("during two more days it is asked for %d times", n)
	}
	if n := asked(10 * 24 * time.Hour); n > 1 {
		t.Errorf("after that it is asked for %d times", n)
	}
}

// Whoever waits long for the rate limit is told until when.
func TestWaitingIsTold(t *testing.T) {
	clock := &hand{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	limiter := iracing.NewLimiter(1, 1, clock.time, clock.sleep)
	var told []time.Time
	ctx := iracing.WithWaiting(context.Background(), func(until time.Time) { told = append(told, until) })
	for range 3 { // the second and the third wait for a second
		if err := limiter.Wait(ctx); err != nil {
			t.Fatal(err)
		}
	}
	until := clock.time().Add(40 * time.Second)
	limiter.Hold(40 * time.Second)
	if err := limiter.Wait(ctx); err != nil || len(told) != 1 || !told[0].Equal(until) {
		t.Errorf("told %v, %v", told, err)
	}
}
