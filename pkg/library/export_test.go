package library

import (
	"bytes"
	"context"
	"encoding/gob"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// Expire makes the next listing look at the store again.
func Expire(l *Library) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.scans.at = time.Time{}
}

// ListAtMost bounds the listing of a bucket.
func ListAtMost(s Store, files int) { s.(*bucket).most = files }

// TryAgainAtOnce shortens the time until requests to a bucket, or parts of an upload, are tried again.
func TryAgainAtOnce(s any) {
	switch s := s.(type) {
	case *bucket:
		s.at.backoff = 10 * time.Millisecond
	case *toBucket:
		s.at.backoff = 10 * time.Millisecond
	case *toGrafana:
		s.rest = time.Millisecond
	}
}

// Impatient shortens the time after which a bucket that says nothing is given up.
func Impatient(s any) {
	const idle = 100 * time.Millisecond
	switch s := s.(type) {
	case *bucket:
		s.blocks.idle = idle
	case *toBucket:
		s.blocks.idle, s.idle = idle, idle
	}
}

// Forget makes the next listing ask all stores of a library again, and its index.
func Forget(l *Library) {
	Expire(l)
	if l.index != nil {
		l.mu.Lock()
		l.index.next, l.index.again = time.Time{}, time.Time{}
		l.mu.Unlock()
	}
	if u, ok := l.store.(*union); ok {
		ForgetListings(u)
	}
}

// ForgetListings makes the next listing of a union ask all stores again.
func ForgetListings(s Store) {
	for _, m := range s.(*union).members {
		m.mu.Lock()
		m.at = time.Time{}
		m.mu.Unlock()
	}
}

// Indexed counts the files in the shared index whose laps are known.
func Indexed(ctx context.Context, st *store.Store, place string) (n int) {
	err := st.LoadIndex(ctx, place, cacheVersion, nil, func(row IndexRow) error {
		var c cached
		if err := gob.NewDecoder(bytes.NewReader(row.Entry)).Decode(&c); err != nil {
			return err
		}
		if c.Table != nil {
			n++
		}
		return nil
	})
	if err != nil {
		return -1
	}
	return n
}

// LeaveToOthers sets for how long a file is left to a process that has begun to read it.
func LeaveToOthers(l *Library, d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tables.patience = d
}
