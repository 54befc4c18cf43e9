package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/term"
)

const (
	redraw   = 200 * time.Millisecond // at most so often
	tellIn   = 30 * time.Second       // between two lines where there is no terminal
	barWidth = 30                     // at most
	// rateSpan is how far back the rate looks: long enough for races of very different sizes to even out.
	rateSpan = 2 * time.Minute
)

// screen is where messages go. At a terminal its last line may be a progress bar, above which the messages appear.
type screen struct {
	w     io.Writer
	width func() int // of the terminal; nil where there is none

	mu  sync.Mutex
	bar string // that is shown; "" for none
}

func newScreen(w io.Writer) *screen {
	s := &screen{w: w}
	if f, ok := w.(*os.File); ok && isTerminal(f) && os.Getenv("TERM") != "dumb" {
		s.width = func() int {
			width, _, err := term.GetSize(int(f.Fd()))
			if err != nil || width <= 0 {
				return 80
			}
			return width
		}
	}
	return s
}

// eraseLine goes to the line's begin and empties it.
const eraseLine = "\r\x1b[K"

// Write puts a message above the bar.
func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bar == "" {
		return s.w.Write(b)
	}
	_, err := io.WriteString(s.w, eraseLine+string(b)+s.bar)
	return len(b), err
}

// draw shows a bar in place of the last one, and none for "".
func (s *screen) draw(bar string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if bar == s.bar {
		return
	}
	s.bar = bar
	_, _ = io.WriteString(s.w, eraseLine+bar)
}

// amount is how far something has come.
type amount struct {
	done, total int64  // total is 0 while nobody knows
	skipped     int64  // of done, what was there before and took no time
	note        string // a few words more
}

// progress tells how far a command has come: by a bar at a terminal, by a line in the log now and then elsewhere.
type progress struct {
	what  string // is counted: races
	bytes bool   // it counts bytes
	out   *screen
	log   hclog.Logger
	now   func() time.Time

	mu    sync.Mutex
	marks []mark // in the last rateSpan
	shown time.Time
	begun time.Time
}

type mark struct {
	at   time.Time
	done int64 // without what was skipped
}

func newProgress(what string, out *screen, log hclog.Logger) *progress {
	p := &progress{what: what, out: out, log: log, now: time.Now}
	p.begun = p.now()
	p.marks = []mark{{p.begun, 0}}
	return p
}

// set tells how far it is. It is cheap enough to be called for every step.
func (p *progress) set(a amount) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if last := p.marks[len(p.marks)-1]; now.Sub(last.at) >= time.Second {
		p.marks = append(p.marks, mark{now, a.done - a.skipped})
	}
	for len(p.marks) > 2 && now.Sub(p.marks[1].at) > rateSpan {
		p.marks = p.marks[1:]
	}
	every := tellIn
	if p.out.width != nil {
		every = redraw
	}
	if now.Sub(p.shown) < every && a.done != a.total {
		return
	}
	if p.shown.IsZero() && p.out.width == nil && now.Sub(p.begun) < tellIn {
		return // what is over at once needs no lines
	}
	if p.out.width != nil {
		p.shown = now
		p.out.draw(p.bar(a, now))
		return
	}
	if now.Sub(p.shown) < every {
		return
	}
	p.shown = now
	logged := func(n int64) any {
		if p.bytes {
			return p.count(n)
		}
		return n
	}
	args := []any{"done", logged(a.done)}
	if a.total > 0 {
		args = append(args, "of", logged(a.total))
	}
	if a.skipped > 0 {
		args = append(args, "before", logged(a.skipped))
	}
	if rate := p.rate(a, now); rate > 0 {
		args = append(args, "rate", p.speed(rate))
		if left := p.left(a, rate); left > 0 {
			args = append(args, "left", left.String())
		}
	}
	if a.note != "" {
		args = append(args, "note", a.note)
	}
	p.log.Info("Still at it: "+p.what, args...)
}

// end takes the bar away.
func (p *progress) end() {
	if p.out.width != nil {
		p.out.draw("")
	}
}

// rate is in a second; 0 while it is not known.
func (p *progress) rate(a amount, now time.Time) float64 {
	first := p.marks[0]
	span := now.Sub(first.at).Seconds()
	if span < 0.5 {
		return 0
	}
	return max(0, float64(a.done-a.skipped-first.done)/span)
}

// left is the time that the rest takes; 0 while it is not known.
func (p *progress) left(a amount, rate float64) time.Duration {
	if rate <= 0 || a.total <= a.done {
		return 0
	}
	seconds := float64(a.total-a.done) / rate
	if seconds > 1e7 {
		return 0
	}
	d := time.Duration(seconds * float64(time.Second))
	if d > time.Hour {
		return d.Round(time.Minute)
	}
	return d.Round(time.Second)
}

func (p *progress) count(n int64) string {
	if p.bytes {
		return size(n)
	}
	return number(n)
}

func (p *progress) speed(rate float64) string {
	switch {
	case p.bytes:
		return size(int64(rate)) + "/s"
	case rate >= 10:
		return fmt.Sprintf("%.0f/s", rate)
	case rate >= 1:
		return fmt.Sprintf("%.1f/s", rate)
	}
	return fmt.Sprintf("%.0f/min", rate*60)
}

// bar is the line at the terminal, no wider than that.
//
//	races [=========>            ] 412 of 1,000  2.1/s  4m40s left  Silverbrook
func (p *progress) bar(a amount, now time.Time) string {
	counts := p.count(a.done)
	if a.total > 0 {
		counts += " of " + p.count(a.total)
	}
	tail := " " + counts
	if rate := p.rate(a, now); rate > 0 {
		tail += "  " + p.speed(rate)
		if left := p.left(a, rate); left > 0 {
			tail += "  " + shortDuration(left) + " left"
		}
	}
	// The last column stays empty, as some terminals go to the next line at once.
	width := p.out.width() - 1
	bar := ""
	if n := min(barWidth, width-utf8.RuneCountInString(p.what+tail)-3); n >= 5 && a.total > 0 {
		full := int(min(a.done, a.total) * int64(n) / a.total)
		head := ""
		if full < n {
			head = ">"
		}
		bar = " [" + strings.Repeat("=", full) + head + strings.Repeat(" ", n-full-len(head)) + "]"
	}
	line := p.what + bar + tail
	if a.note != "" {
		line += "  " + a.note
	}
	return cut(line, width)
}

// cut shortens a text to n runes, without anything that moves the cursor.
func cut(text string, n int) string {
	text = printable(text)
	if runes := []rune(text); len(runes) > n {
		return string(runes[:max(0, n-1)]) + "…"
	}
	return text
}

// shortDuration is 2h05m, 4m40s or 12s.
func shortDuration(d time.Duration) string {
	switch {
	case d >= time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	case d >= time.Minute:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%ds", int(d.Seconds()))
}
