package iracingtest

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Kind is what a request is for.
type Kind string

// The kinds of requests.
const (
	API    Kind = "api"    // the /data API
	Asset  Kind = "asset"  // a file that an answer leads to: a link, a chunk
	Token  Kind = "token"  // the OAuth service
	Public Kind = "public" // the status file and the time-attack files
)

// kindOf tells the kind of a request by its path.
func kindOf(path string) Kind {
	switch {
	case strings.HasPrefix(path, "/data/") || path == "/data":
		return API
	case strings.HasPrefix(path, "/oauth2/"):
		return Token
	case path == "/status.json" || strings.HasPrefix(path, timeAttackPath):
		return Public
	}
	return Asset
}

// Request is a request that the server was sent.
type Request struct {
	Time   time.Time // by the real clock
	Kind   Kind
	Method string
	Path   string
	Query  string // of the API only: elsewhere it holds secrets
	Agent  string // the User-Agent header
	Status int    // 0 while it is not answered, and when the connection was cut without an answer
}

// recorder keeps what the server was asked, the last of it at least.
type recorder struct {
	mu       sync.Mutex
	requests []*Request
}

// kept is how many requests are remembered.
const kept = 100_000

func (l *recorder) begin(kind Kind, r *http.Request) *Request {
	q := &Request{Time: time.Now(), Kind: kind, Method: r.Method, Path: r.URL.Path, Agent: r.UserAgent()}
	if kind == API {
		q.Query = r.URL.RawQuery
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.requests) == kept {
		l.requests = slices.Delete(l.requests, 0, kept/2)
	}
	l.requests = append(l.requests, q)
	return q
}

func (l *recorder) end(q *Request, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	q.Status = status
}

// Log is what the server was asked so far, oldest first.
func (s *Server) Log() []Request {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	list := make([]Request, len(s.recorder.requests))
	for i, q := range s.recorder.requests {
		list[i] = *q
	}
	return list
}

// Requests are the counts of requests by kind and path.
func (s *Server) Requests() map[Kind]map[string]int {
	counts := map[Kind]map[string]int{API: {}, Asset: {}, Token: {}, Public: {}}
	for _, q := range s.Log() {
		counts[q.Kind][q.Path]++
	}
	return counts
}

// Count is how many requests of a kind there were so far, to paths that begin with prefix.
func (s *Server) Count(kind Kind, prefix string) int {
	n := 0
	for _, q := range s.Log() {
		if q.Kind == kind && strings.HasPrefix(q.Path, prefix) {
			n++
		}
	}
	return n
}

// MaxRate is the greatest number of requests to the API that came within any span of the given length.
func (s *Server) MaxRate(span time.Duration) int {
	var times []time.Time
	for _, q := range s.Log() {
		if q.Kind == API {
			times = append(times, q.Time)
		}
	}
	most, from := 0, 0
	for i, t := range times {
		for t.Sub(times[from]) >= span {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}

// ResetLog forgets what the server was asked.
func (s *Server) ResetLog() {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	s.recorder.requests = nil
}

// limit counts requests in windows of a minute.
type limit struct {
	mu     sync.Mutex
	most   int // less than 0: without end
	used   int
	window time.Time
}

// take counts a request and tells what is left in the window and when the window ends.
func (l *limit) take(now time.Time) (left int, reset time.Time, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.window) >= time.Minute || now.Before(l.window) {
		l.window, l.used = now, 0
	}
	l.used++
	reset = l.window.Add(time.Minute)
	if l.most < 0 {
		return 240, reset, true
	}
	return l.most - l.used, reset, l.used <= l.most
}

func (l *limit) shown() int {
	if l.most < 0 {
		return 240
	}
	return l.most
}
