package collect

import "time"

// TryAgainAfter sets the pauses after which Run tries a failed job again.
func (c *Collector) TryAgainAfter(pauses ...time.Duration) { c.retry = pauses }

// PauseAtMost sets the longest pause between attempts of Once and Backfill.
func (c *Collector) PauseAtMost(d time.Duration) { c.pause = d }

// AnswerWithin sets how long a request may take however short the patience is.
func (c *Collector) AnswerWithin(d time.Duration) { c.least = d }
