package main

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
)

// clock is a progress' clock that the test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func newTestProgress(width int) (*progress, *terminal, *terminal, *clock) {
	shown, logged := &terminal{}, &terminal{}
	c := &clock{time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)}
	s := &screen{w: shown}
	if width > 0 {
		s.width = func() int { return width }
	}
	p := newProgress("races", s, hclog.New(&hclog.LoggerOptions{Output: logged, DisableTime: true}))
	p.now, p.begun, p.marks = c.now, c.at, []mark{{c.at, 0}}
	return p, shown, logged, c
}

// last is what the last line of a terminal shows.
func last(screen string) string {
	return screen[strings.LastIndex(screen, eraseLine)+len(eraseLine):]
}

func TestTheBarTellsTheRateAndTheTimeLeft(t *testing.T) {
	for _, c := range []struct {
		width int
		a     amount
		took  time.Duration
		want  string
	}{
		{100, amount{note: "searching"}, 0, "races 0  searching"},
		{100, amount{done: 100, total: 1000}, 50 * time.Second, "races [===>                          ] 100 of 1,000  2.0/s  7m30s left"},
		{100, amount{done: 900, total: 1000, skipped: 800}, 50 * time.Second, "races [===========================>  ] 900 of 1,000  2.0/s  50s left"},
		{100, amount{done: 1000, total: 1000}, 500 * time.Second, "races [==============================] 1,000 of 1,000  2.0/s"},
		{100, amount{done: 3, total: 20000}, time.Minute, "races [>                             ] 3 of 20,000  3/min  111h06m left"},
		{40, amount{done: 100, total: 1000, note: "2 Jan 2026"}, 50 * time.Second, "races 100 of 1,000  2.0/s  7m30s left …"},
		{20, amount{done: 100, total: 1000}, 50 * time.Second, "races 100 of 1,000…"},
		{100, amount{done: 1, total: 2, note: "a\x1b[2Jb\nc"}, 0, `races [===============>              ] 1 of 2  a\x1b[2Jb\nc`},
	} {
		p, shown, _, clock := newTestProgress(c.width)
		clock.at = clock.at.Add(c.took)
		p.set(c.a)
		if got := last(shown.String()); got != c.want {
			t.Errorf("%+v after %s in %d columns:\n%q, not\n%q", c.a, c.took, c.width, got, c.want)
		}
	}
}

func TestTheRateFollowsWhatHappensNow(t *testing.T) {
	p, shown, _, clock := newTestProgress(100)
	for i := range int64(600) {
		clock.at = clock.at.Add(time.Second)
		p.set(amount{done: min(i, 300), total: 1000}) // it stands still half of the time
	}
	if got := last(shown.String()); strings.Contains(got, "/s") || strings.Contains(got, "left") {
		t.Errorf("after five minutes of nothing the bar shows %q", got)
	}
}

func TestLogLinesAppearAboveTheBar(t *testing.T) {
	p, shown, _, _ := newTestProgress(100)
	p.set(amount{done: 1, total: 2})
	bar := last(shown.String())
	if _, err := p.out.Write([]byte("a line\n")); err != nil {
		t.Fatal(err)
	}
	if want := eraseLine + "a line\n" + bar; !strings.HasSuffix(shown.String(), want) {
		t.Errorf("the screen got %q, not at its end %q", shown.String(), want)
	}
	p.end()
	if !strings.HasSuffix(shown.String(), eraseLine) {
		t.Errorf("the bar stays: %q", shown.String())
	}
	if _, err := p.out.Write([]byte("another\n")); err != nil || !strings.HasSuffix(shown.String(), eraseLine+"another\n") {
		t.Errorf("after the end: %q, %v", shown.String(), err)
	}
}

func TestTheBarIsNotDrawnForEveryStep(t *testing.T) {
	p, shown, _, clock := newTestProgress(100)
	for i := range int64(10_000) {
		clock.at = clock.at.Add(time.Millisecond)
		p.set(amount{done: i, total: 20_000})
	}
	if n := strings.Count(shown.String(), eraseLine); n < 40 || n > 60 {
		t.Errorf("drawn %d times in ten seconds", n)
	}
}

func TestWithoutATerminalThereAreLines(t *testing.T) {
	p, shown, logged, clock := newTestProgress(0)
	for i := range int64(95) {
		p.set(amount{done: i, total: 1000, note: "2 Jan 2026"})
		clock.at = clock.at.Add(time.Second)
	}
	p.end()
	if shown.String() != "" {
		t.Errorf("a bar was drawn: %q", shown.String())
	}
	lines := strings.Split(strings.TrimSpace(logged.String()), "\n")
	if len(lines) != 3 || lines[0] != `[INFO]  Still at it: races: done=30 of=1000 rate=1.0/s left=16m10s note="2 Jan 2026"` {
		t.Errorf("logged %d lines:\n%s", len(lines), logged.String())
	}
	// What is over at once needs none.
	p, _, logged, _ = newTestProgress(0)
	p.set(amount{done: 5, total: 5})
	if logged.String() != "" {
		t.Errorf("logged %q", logged.String())
	}
}
