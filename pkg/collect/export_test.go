package collect

import "time"

// TryAgainAfter sets the pauses after which Run tries a failed job again.
func (c *Collector) TryAgainAfter(pauses ...time.Duration) { c.retry = pauses }
