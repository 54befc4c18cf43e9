package library

import "time"

// Expire makes the next listing look at the store again.
func Expire(l *Library) {
	l.scanning.Lock()
	defer l.scanning.Unlock()
	l.scanned = time.Time{}
}
