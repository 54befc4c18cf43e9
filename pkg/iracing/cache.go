package iracing

import (
	"context"
	"time"
)

// Cache keeps answers by the key of their request. A store that fails is no reason to fail a query: [Cached] tells its
// owner and asks iRacing.
type Cache interface {
	// Load answers what is kept under a key; nil when there is nothing.
	Load(ctx context.Context, key string) (*Entry, error)
	// Save keeps an entry in place of what was there.
	Save(ctx context.Context, key string, e *Entry) error
}

// Entry is one kept answer, or one kept refusal (Forbidden, NotFound).
type Entry struct {
	Header, Body []byte
	CSV          bool
	Class        Class
	At           time.Time // when iRacing answered
	Until        time.Time // until when it is fresh; zero means for good
	Refused      Kind      // not 0: iRacing refused, and there is no body
}
