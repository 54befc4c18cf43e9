package iracingtest

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Does is what a fault does to a request.
type Does string

// What faults do. Those of the first group answer a request of any kind.
const (
	BadRequest  Does = "400"         // {"error":"Bad Request"}
	Forbidden   Does = "403"         // {"error":"Forbidden"}
	NotFound    Does = "404"         // {"error":"Not Found"}
	LimitText   Does = "429-text"    // Rate limit exceeded, as text
	LimitJSON   Does = "429-json"    // the same as JSON
	LimitHidden Does = "429-hidden"  // the same text under the status 200
	Failed      Does = "500"         // {"error":"Internal Server Error"}
	Maintenance Does = "maintenance" // 503 {"error":"Site Maintenance"}
	GatewayHTML Does = "504-html"    // an error page of what stands before iRacing
	PageHTML    Does = "200-html"    // a page under the status 200
	NotJSON     Does = "not-json"    // a body that is no JSON
	Empty       Does = "empty"       // no body at all
	CutBody     Does = "cut"         // a body that ends before it is complete
	HugeBody    Does = "huge"        // a body of a gigabyte
	Slow        Does = "slow"        // the right answer, a few bytes at a time over Fault.Delay (a second)
	Late        Does = "late"        // the right answer after Fault.Delay
	Hang        Does = "hang"        // no answer until the client gives up
	Drop        Does = "drop"        // the connection is cut
	Redirect    Does = "redirect"    // 302 to Fault.Link

	// Those of the API alone.
	Expired      Does = "401"           // the token that is presented is refused, and every other later on is not
	Unauthorized Does = "401-always"    //nolint:misspell // every token is refused
	Signed       Does = "expired-link"  // the link in the answer has expired
	LeadsTo      Does = "link"          // the link in the answer is Fault.Link
	NullChunks   Does = "null-chunks"   // chunk_info is null
	NoChunk      Does = "missing-chunk" // the last chunk is not there
	WrongChunk   Does = "wrong-chunk"   // the last chunk is no array

	// Those of the OAuth service's exchange of tokens.
	Lost          Does = "lost"                // the exchange is done, and its answer is lost
	LockedOut     Does = "unauthorized_client" //nolint:misspell // asked too often: Retry-After is Fault.Delay (a minute)
	InvalidClient Does = "invalid_client"
	InvalidGrant  Does = "invalid_grant"
	InvalidScope  Does = "invalid_scope"
	NullScope     Does = "null-scope" // tokens without a scope: the account is not registered for the client
	ServerError   Does = "server_error"
)

// allDoes are all that faults can do.
var allDoes = []Does{
	BadRequest, Forbidden, NotFound, LimitText, LimitJSON, LimitHidden, Failed, Maintenance, GatewayHTML, PageHTML, NotJSON, Empty, CutBody, HugeBody,
	Slow, Late, Hang, Drop, Redirect, Expired, Unauthorized, Signed, LeadsTo, NullChunks, NoChunk, WrongChunk, Lost, LockedOut, InvalidClient, //nolint:misspell // the spelling of the API
	InvalidGrant, InvalidScope, NullScope, ServerError,
}

// ParseFault reads a fault in short: what it does, and then, each after a colon, what the paths begin with, how often it
// strikes, and how many requests are served well first. 429-text:/data/results/:3:10 is one.
func ParseFault(text string) (Fault, error) {
	parts := strings.Split(text, ":")
	f := Fault{Do: Does(parts[0])}
	if !slices.Contains(allDoes, f.Do) {
		return Fault{}, fmt.Errorf("there is no fault %.40q; there are %s", parts[0], joined(allDoes))
	}
	if len(parts) > 1 {
		f.Path = parts[1]
		if kind := kindOf(f.Path); f.Path != "" && kind != API {
			f.Kind = kind
		}
	}
	for i, n := range []*int{&f.Count, &f.After} {
		if len(parts) <= 2+i {
			break
		}
		count, err := strconv.Atoi(parts[2+i])
		if err != nil || count < 0 {
			return Fault{}, fmt.Errorf("%.40q is no count in the fault %.80q", parts[2+i], text)
		}
		*n = count
	}
	if len(parts) > 4 {
		return Fault{}, fmt.Errorf("the fault %.80q has too many parts", text)
	}
	return f, nil
}

func joined(list []Does) string {
	var b strings.Builder
	for i, d := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(d))
	}
	return b.String()
}

// Fault makes some requests fail.
type Fault struct {
	// Kind is the kind of the requests; empty means the one that Does is for, and the API for what is for any.
	Kind Kind
	// Path is what the paths of the requests begin with; empty means all.
	Path string
	// Do is what happens.
	Do Does
	// After is how many matching requests are served well first.
	After int
	// Count is how often it strikes: 0 means until it is cleared.
	Count int
	// Link is where LeadsTo and Redirect lead.
	Link string
	// Delay is for Slow, Late and LockedOut.
	Delay time.Duration
}

// faults are the faults that are switched on.
type faults struct {
	mu   sync.Mutex
	list []*fault
}

type fault struct {
	Fault
	seen, struck int
}

// Fault switches a fault on. The function that it answers switches it off again.
func (s *Server) Fault(f Fault) (clear func()) {
	if f.Kind == "" {
		f.Kind = API
		switch f.Do {
		case Lost, LockedOut, InvalidClient, InvalidGrant, InvalidScope, NullScope, ServerError:
			f.Kind = Token
		}
	}
	one := &fault{Fault: f}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = append(s.faults.list, one)
	return func() {
		s.faults.mu.Lock()
		defer s.faults.mu.Unlock()
		s.faults.list = slices.DeleteFunc(s.faults.list, func(other *fault) bool { return other == one })
	}
}

// ClearFaults switches all faults off.
func (s *Server) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = nil
}

// laterDoes are the faults that change an answer and do not replace it.
var laterDoes = []Does{Signed, LeadsTo, NullChunks, NoChunk, WrongChunk, Lost, NullScope, Late, Slow}

// match finds the fault that strikes a request, among those that replace the answer or among those that change it.
func (l *faults) match(kind Kind, path string, later bool) *Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.list {
		if f.Kind != kind || !strings.HasPrefix(path, f.Path) || slices.Contains(laterDoes, f.Do) != later {
			continue
		}
		if f.seen++; f.seen <= f.After || f.Count > 0 && f.struck >= f.Count {
			continue
		}
		f.struck++
		found := f.Fault
		return &found
	}
	return nil
}

// strike answers a request with a fault, if there is one for it. It may have answered in part.
func (l *faults) strike(s *Server, kind Kind, w *response, r *http.Request) bool {
	f := l.match(kind, r.URL.Path, false)
	if f == nil {
		return false
	}
	text := func(status int, kind, body string) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
	if kind == API {
		s.apiHeaders(w, r)
	}
	switch f.Do {
	case BadRequest:
		writeJSON(w, http.StatusBadRequest, obj{"error": "Bad Request", "message": "a parameter is wrong"})
	case Forbidden:
		writeJSON(w, http.StatusForbidden, obj{"error": "Forbidden"})
	case NotFound:
		writeJSON(w, http.StatusNotFound, obj{"error": "Not Found"})
	case Expired, Unauthorized: //nolint:misspell // the spelling of the API
		if token, ok := bearer(r); ok && f.Do == Expired {
			s.accounts.forget(token)
		}
		writeJSON(w, http.StatusUnauthorized, obj{"error": "Unauthorized"}) //nolint:misspell // the spelling of the API
	case LimitText, LimitHidden:
		w.Header().Set("X-RateLimit-Remaining", "-1")
		status := http.StatusTooManyRequests
		if f.Do == LimitHidden {
			status = http.StatusOK
		}
		text(status, "text/plain; charset=utf-8", "Rate limit exceeded")
	case LimitJSON:
		w.Header().Set("X-RateLimit-Remaining", "0")
		writeJSON(w, http.StatusTooManyRequests, obj{"error": "Too Many Requests", "message": "Rate limit exceeded"})
	case Failed:
		writeJSON(w, http.StatusInternalServerError, obj{"error": "Internal Server Error"})
	case Maintenance:
		writeJSON(w, http.StatusServiceUnavailable, obj{"error": "Site Maintenance", "note": "The site is currently undergoing maintenance. Please try your request later."})
	case GatewayHTML:
		text(http.StatusGatewayTimeout, "text/html", "<!DOCTYPE HTML><html><head><title>ERROR: The request could not be satisfied</title></head><body><h1>504 ERROR</h1><p>The request could not be satisfied.</p></body></html>")
	case PageHTML:
		text(http.StatusOK, "text/html; charset=utf-8", "<!doctype html><html><head><title>Please sign in</title></head><body>You are not signed in to this network.</body></html>")
	case NotJSON:
		text(http.StatusOK, "application/json; charset=utf-8", `{"link": https`)
	case Empty:
		w.WriteHeader(http.StatusOK)
	case CutBody:
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Content-Length", "4000")
		w.WriteHeader(http.StatusOK)
		_, _ = io.WriteString(w, `{"success":true,"rows":[{"lap`)
		_ = http.NewResponseController(w).Flush()
		cut(w)
	case HugeBody:
		s.huge(w, r)
	case Hang:
		select {
		case <-r.Context().Done():
		case <-s.done:
		}
		cut(w)
	case Drop:
		cut(w)
	case Redirect:
		http.Redirect(w, r, f.Link, http.StatusFound)
	case LockedOut:
		seconds := int(orDuration(f.Delay, time.Minute).Seconds())
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		oauthError(w, http.StatusBadRequest, "unauthorized_client", "the rate limit of this client is exceeded") //nolint:misspell // the spelling of the API
	case InvalidClient:
		oauthError(w, http.StatusUnauthorized, "invalid_client", "the client is not known or its secret is wrong")
	case InvalidGrant:
		oauthError(w, http.StatusBadRequest, "invalid_grant", "the grant is not valid")
	case InvalidScope:
		oauthError(w, http.StatusBadRequest, "invalid_scope", "the scope is not known")
	case ServerError:
		oauthError(w, http.StatusInternalServerError, "server_error", "something went wrong")
	default:
		text(http.StatusInternalServerError, "text/plain", fmt.Sprintf("the fake iRacing knows no fault %q", f.Do))
	}
	return true
}

// cut closes the connection.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

// huge answers a body of a gigabyte, which is one JSON array.
func (s *Server) huge(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	block := []byte(strings.Repeat(`{"n":1},`, 8192))
	_, _ = io.WriteString(w, "[")
	for sent := 0; sent < 1<<30; sent += len(block) {
		select {
		case <-s.done:
			return
		case <-r.Context().Done():
			return
		default:
		}
		if _, err := w.Write(block); err != nil {
			return
		}
	}
	_, _ = io.WriteString(w, `{"n":1}]`)
}

// forget makes an access token invalid.
func (a *accounts) forget(token string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.access, token)
}

// token spoils the answer of an exchange that is done.
func (l *faults) token(w http.ResponseWriter, r *http.Request, answer obj) bool {
	f := l.match(Token, r.URL.Path, true)
	if f == nil {
		return false
	}
	switch f.Do {
	case Lost:
		cut(w)
		return true
	case NullScope:
		answer["scope"] = nil
	}
	return false
}

// send sends a body as a fault would have it: late, or little by little.
func (s *Server) send(w http.ResponseWriter, r *http.Request, f *Fault, body []byte) {
	wait := func(d time.Duration) bool {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			return true
		case <-r.Context().Done():
		case <-s.done:
		}
		return false
	}
	if f == nil || f.Do != Late && f.Do != Slow {
		_, _ = w.Write(body)
		return
	}
	delay := orDuration(f.Delay, time.Second)
	if f.Do == Late {
		if wait(delay) {
			_, _ = w.Write(body)
		}
		return
	}
	const parts = 20
	control := http.NewResponseController(w)
	for i := range parts {
		if _, err := w.Write(body[i*len(body)/parts : (i+1)*len(body)/parts]); err != nil {
			return
		}
		_ = control.Flush()
		if !wait(delay / parts) {
			return
		}
	}
}
