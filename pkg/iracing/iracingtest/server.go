// Package iracingtest is a fake iRacing: a server that signs in, answers all endpoints of the /data API and serves the
// files that its answers lead to. Tests run against it, the demo shows what is in it, and developers without an account
// use it in place of the real one.
//
// What it answers comes from package world: a made-up membership that has raced for years. The account is the one of a
// driver named Alex Example.
//
// A test starts one and points a client at it:
//
//	fake := iracingtest.Start(t, iracingtest.Options{})
//	// fake.URL         the API, in place of https://members-ng.iracing.com
//	// fake.OAuthURL    the OAuth service, in place of https://oauth.iracing.com/oauth2
//	// fake.LinkHosts   where links and chunks may lead
//	// fake.StatusURL   the public status file
//	// fake.Credentials how to sign in
//
// A program calls [New] and [Server.Close]; the command fakeiracing is one. Make a request by hand like this:
//
//	fakeiracing -addr 127.0.0.1:8400
//	curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8400/data/member/info   # answers a link
//	curl "$LINK"                                                                    # without the header
//
// The world is made when it is first asked for something. That takes half a second, and several under the race
// detector: a test that needs little says so with Options.Races, and tests that only read share one world with
// Options.World.
//
// The server is strict where that finds mistakes in clients: a secret that is not masked, a parameter that does not
// exist, a token that is sent to a link's host, a link that was written anew, a refresh token used twice. [Server.Fault]
// makes it fail in the ways the real service does. [Server.Log], [Server.Count] and [Server.MaxRate] tell what it was
// asked.
package iracingtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

// Options are the settings of a server. The zero value is a good one.
type Options struct {
	// Seed is what the world follows from; 0 means 1.
	Seed uint64
	// Races is about how many official races the account has driven; 0 means 250.
	Races int
	// World is a world to show, in place of making one from Seed and Races. Servers may share one.
	World *world.World
	// Now is the server's clock; nil means the real one. Tokens, links and rate limits live by it, and the world is as it
	// is at its time.
	Now func() time.Time
	// Addr is where the API listens; empty means a free port of 127.0.0.1.
	Addr string
	// OneHost serves everything at the one address of the API, for a demo or behind one forwarded port.
	OneHost bool
	// Public is the host and port under which clients reach the server, where that is not the address it listens at, as
	// in a container. It goes with OneHost.
	Public string
	// AccessLife is how long an access token lives: 0 means 10 minutes. RefreshLife is that of a refresh token: 0 means 7
	// days. LinkLife is that of a link: 0 means 2 minutes.
	AccessLife, RefreshLife, LinkLife time.Duration
	// PerMinute is how many requests the API answers in a minute: 0 means 240, less than 0 without end.
	PerMinute int
	// TokensPerMinute is how often the OAuth service exchanges tokens in a minute: 0 means 60, less than 0 without end.
	TokensPerMinute int
}

// Server is a fake iRacing. Its methods may be called by many goroutines at once.
type Server struct {
	// URL is the address of the API.
	URL string
	// OAuthURL is the address of the OAuth service, with its path /oauth2.
	OAuthURL string
	// LinkHosts are the hosts, with their ports, that links and chunks lead to.
	LinkHosts []string
	// StatusURL is the address of the public status file, TimeAttackURL of the folder of the time-attack schedules.
	StatusURL, TimeAttackURL string
	// Credentials are what the server knows the account by.
	Credentials Credentials

	options  Options
	now      func() time.Time
	world    func() *world.World
	fronts   []*front
	accounts accounts
	store    store
	recorder recorder
	faults   faults
	limit    limit
	tokens   limit

	gate   sync.RWMutex
	closed bool           // no handler begins any more
	busy   sync.WaitGroup // handlers
	done   chan struct{}  // closed by Close
	once   sync.Once
}

// TB is what [Start] needs of a test.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// Start starts a server for the length of a test.
func Start(t TB, o Options) *Server {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatalf("starting a fake iRacing: %v", err)
		return nil
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// New starts a server. It has to be closed.
func New(o Options) (*Server, error) {
	s := &Server{options: o, now: o.Now, done: make(chan struct{})}
	if s.now == nil {
		s.now = time.Now
	}
	if o.Addr == "" {
		s.options.Addr = "127.0.0.1:0"
	}
	s.options.AccessLife = orDuration(o.AccessLife, 10*time.Minute)
	s.options.RefreshLife = orDuration(o.RefreshLife, 7*24*time.Hour)
	s.options.LinkLife = orDuration(o.LinkLife, 2*time.Minute)
	s.limit = limit{most: orInt(o.PerMinute, 240)}
	s.tokens = limit{most: orInt(o.TokensPerMinute, 60)}
	s.world = sync.OnceValue(func() *world.World {
		if o.World != nil {
			return o.World
		}
		return world.New(world.Options{Seed: o.Seed, Races: o.Races, Now: s.now()})
	})
	s.accounts.init()
	s.Credentials = s.accounts.credentials(s)
	if err := s.listen(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func orDuration(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

func orInt(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

// Export is the file that a member can save a race's result as on iRacing's site. It is nil for a race that the account
// has no result of.
func (s *Server) Export(subsession int64) []byte {
	var file []byte
	s.world().Read(s.now(), func(v *world.View) {
		q := &query{View: v, server: s, values: url.Values{"subsession_id": {strconv.FormatInt(subsession, 10)}}}
		r, err := q.race()
		if err != nil {
			return
		}
		if file, err = json.Marshal(obj{"type": "event_result", "data": q.result(r, false)}); err != nil {
			file = nil
		}
	})
	return file
}

// World is the world that the server shows. It is made when it is first asked for.
func (s *Server) World() *world.World { return s.world() }

// part says what a listener serves.
type part int

const (
	partAll part = iota
	partAPI
	partOAuth
	partLinks
	partChunks
	partPublic
)

// front is one address of the server.
type front struct {
	part   part
	addr   string
	public string // the address as clients know it
	server *http.Server
	served sync.WaitGroup
}

// listen opens the addresses.
func (s *Server) listen() error {
	parts := []part{partAPI, partOAuth, partLinks, partChunks, partPublic}
	if s.options.OneHost {
		parts = []part{partAll}
	}
	addr := s.options.Addr
	for _, p := range parts {
		f := &front{part: p}
		if err := s.open(f, addr); err != nil {
			return err
		}
		s.fronts = append(s.fronts, f)
		addr = "127.0.0.1:0"
	}
	s.URL = "http://" + s.front(partAPI).public
	s.OAuthURL = "http://" + s.front(partOAuth).public + "/oauth2"
	s.LinkHosts = []string{s.front(partLinks).public}
	if !s.options.OneHost {
		s.LinkHosts = append(s.LinkHosts, s.front(partChunks).public)
	}
	s.StatusURL = "http://" + s.front(partPublic).public + "/status.json"
	s.TimeAttackURL = "http://" + s.front(partChunks).public + timeAttackPath
	return nil
}

// front is the address that serves a part.
func (s *Server) front(p part) *front {
	for _, f := range s.fronts {
		if f.part == p || f.part == partAll {
			return f
		}
	}
	return s.fronts[0]
}

// open makes an address answer.
func (s *Server) open(f *front, addr string) error {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", addr)
	if err != nil {
		return fmt.Errorf("listening at %s: %w", addr, err)
	}
	f.addr, f.public = l.Addr().String(), l.Addr().String()
	if s.options.OneHost && s.options.Public != "" {
		f.public = s.options.Public
	}
	f.server = &http.Server{Handler: s.handler(f.part), ReadHeaderTimeout: 10 * time.Second}
	server := f.server
	f.served.Go(func() { _ = server.Serve(l) })
	return nil
}

// Offline makes all addresses refuse connections, as when iRacing or the network is down. Online ends it.
func (s *Server) Offline() {
	for _, f := range s.fronts {
		_ = f.server.Close()
		f.served.Wait()
	}
}

// Online makes all addresses answer again after Offline.
func (s *Server) Online() error {
	for _, f := range s.fronts {
		if err := s.open(f, f.addr); err != nil {
			return err
		}
	}
	return nil
}

// Close ends the server and waits for all it has begun.
func (s *Server) Close() error {
	s.once.Do(func() {
		s.gate.Lock()
		s.closed = true
		s.gate.Unlock()
		close(s.done)
		for _, f := range s.fronts {
			_ = f.server.Close()
			f.served.Wait()
		}
		s.busy.Wait()
	})
	return nil
}

// enter counts a handler in, unless the server is closed.
func (s *Server) enter() bool {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.closed {
		return false
	}
	s.busy.Add(1)
	return true
}

// handler serves a part.
func (s *Server) handler(p part) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.enter() {
			return
		}
		defer s.busy.Done()
		kind := kindOf(r.URL.Path)
		rec := &response{ResponseWriter: w, recorder: &s.recorder, request: s.recorder.begin(kind, r)}
		if s.faults.strike(s, kind, rec, r) {
			return
		}
		s.route(p, kind, rec, r)
	})
}

// route hands a request to what answers it.
func (s *Server) route(p part, kind Kind, w *response, r *http.Request) {
	switch kind {
	case API:
		if p == partAll || p == partAPI {
			s.serveAPI(w, r)
			return
		}
	case Token:
		if p == partAll || p == partOAuth {
			s.serveOAuth(w, r)
			return
		}
	case Public:
		s.servePublic(w, r) // at every address: they are for anybody
		return
	case Asset:
		if p == partAll || p == partLinks || p == partChunks {
			s.serveAsset(w, r)
			return
		}
	}
	http.NotFound(w, r)
}

// response notes the status of an answer before the client can see it.
type response struct {
	http.ResponseWriter
	recorder *recorder
	request  *Request
	begun    bool
}

// WriteHeader notes and sends the status.
func (w *response) WriteHeader(status int) {
	w.begun = true
	w.recorder.end(w.request, status)
	w.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the answer.
func (w *response) Write(b []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets a controller reach the connection.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }
