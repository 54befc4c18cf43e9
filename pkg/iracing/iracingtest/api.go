package iracingtest

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

// endpoint is an endpoint of the API.
type endpoint struct {
	path     string
	params   string // names, with * behind the required ones
	delivery delivery
	expires  int    // seconds for which the answer counts as fresh
	kind     string // the type in the envelope of some deliveries
	answer   func(q *query) (*answer, error)
}

// query is a request to the API.
type query struct {
	*world.View
	server *Server
	values url.Values
	path   string
}

// refusal is an answer other than the one that was asked for.
type refusal struct {
	status  int
	message string
}

func (r *refusal) Error() string { return fmt.Sprintf("%d %s", r.status, r.message) }

func bad(format string, args ...any) error {
	return &refusal{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

var (
	errNotFound  = &refusal{status: http.StatusNotFound}
	errForbidden = &refusal{status: http.StatusForbidden}
)

// endpointAt finds an endpoint by its path.
func endpointAt(path string) *endpoint {
	all := endpoints()
	i, ok := slices.BinarySearchFunc(all, path, func(e *endpoint, path string) int { return cmp.Compare(e.path, path) })
	if !ok {
		return nil
	}
	return all[i]
}

// endpoints are all endpoints, by path.
var endpoints = sync.OnceValue(func() []*endpoint {
	var all []*endpoint
	for _, list := range [][]endpoint{
		referenceEndpoints(), memberEndpoints(), resultEndpoints(), statsEndpoints(), seasonEndpoints(), leagueEndpoints(), hostedEndpoints(),
	} {
		for i := range list {
			all = append(all, &list[i])
		}
	}
	slices.SortFunc(all, func(a, b *endpoint) int { return cmp.Compare(a.path, b.path) })
	return all
})

// Paths are the paths of all endpoints of the API.
func Paths() []string {
	var paths []string
	for _, e := range endpoints() {
		paths = append(paths, e.path)
	}
	return paths
}

// apiHeaders sets the headers that every answer of the API has, and counts the request.
func (s *Server) apiHeaders(w http.ResponseWriter, r *http.Request) (ok bool) {
	now := s.now()
	left, reset, ok := s.limit.take(now)
	h := w.Header()
	h.Set("X-RateLimit-Limit", strconv.Itoa(s.limit.shown()))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(left))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(reset.Unix(), 10))
	h.Set("X-iRacing-Id", requestID(r.URL.RequestURI(), now))
	h.Set("X-iRacing-ServiceName", "data-server")
	h.Set("X-iRacing-ServiceVersion", "2.5.0")
	h.Set("X-iRacing-Env", "members")
	h.Set("X-Cache", "Miss from cloudfront")
	return ok
}

// apiError answers an error of the API.
func apiError(w http.ResponseWriter, status int, message string) {
	value := obj{"error": http.StatusText(status)}
	if message != "" {
		value["message"] = message
	}
	writeJSON(w, status, value)
}

// serveAPI answers for the API.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	within := s.apiHeaders(w, r)
	if r.Method != http.MethodGet {
		apiError(w, http.StatusMethodNotAllowed, "")
		return
	}
	token, ok := bearer(r)
	if g, valid := s.accounts.valid(s, token); !ok || !valid || !slices.Contains(strings.Fields(g.scope), scopeAuth) {
		apiError(w, http.StatusUnauthorized, "")
		return
	}
	if !within {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = w.Write([]byte("Rate limit exceeded"))
		return
	}
	if r.URL.Path == "/data/doc" || strings.HasPrefix(r.URL.Path, "/data/doc/") {
		serveDoc(w, r)
		return
	}
	e := endpointAt(r.URL.Path)
	if e == nil {
		apiError(w, http.StatusNotFound, "")
		return
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err == nil {
		err = e.check(values)
	}
	var a *answer
	if err == nil {
		s.world().Read(s.now(), func(v *world.View) {
			a, err = e.answer(&query{View: v, server: s, values: values, path: e.path})
		})
	}
	if err != nil {
		status, message := http.StatusBadRequest, err.Error()
		if refused, ok := err.(*refusal); ok { //nolint:errorlint // it is never wrapped
			status, message = refused.status, refused.message
		}
		apiError(w, status, message)
		return
	}
	s.deliver(w, r, e, a)
}

// The parameters that are not whole numbers.
var (
	boolParams = []string{
		"include_licenses", "include_league", "include_series", "include_end_after_from", "mine", "official_only", "restrict_to_friends", "restrict_to_member",
		"restrict_to_recruiting", "restrict_to_watched", "results_only", "retired",
	}
	textParams  = []string{"search", "search_term", "session_name", "sort", "order", "tag"}
	listParams  = []string{"cust_ids", "event_types", "category_ids", "season_ids"}
	timeParams  = []string{"start_range_begin", "start_range_end", "finish_range_begin", "finish_range_end", "from"}
	timeLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00"}
)

// check refuses parameters that are wrong, missing or not known.
func (e *endpoint) check(values url.Values) error {
	known := map[string]bool{}
	for name := range strings.FieldsSeq(e.params) {
		name, required := strings.CutSuffix(name, "*")
		known[name] = true
		if required && values.Get(name) == "" {
			return bad("%q is required", name)
		}
	}
	if e.path == "/data/lookup/get" {
		return nil // its parameters name themselves
	}
	for name, list := range values {
		if !known[name] {
			return bad("%q is not allowed", name)
		}
		if len(list) != 1 {
			return bad("%q must be given once", name)
		}
		if !wellFormed(name, list[0]) {
			return bad("%q is not valid", name)
		}
	}
	return nil
}

func wellFormed(name, value string) bool {
	switch {
	case slices.Contains(boolParams, name):
		return value == "true" || value == "false"
	case slices.Contains(textParams, name):
		return value != ""
	case slices.Contains(timeParams, name):
		_, ok := parseTime(value)
		return ok
	case slices.Contains(listParams, name):
		for item := range strings.SplitSeq(value, ",") {
			if _, err := strconv.ParseInt(item, 10, 64); err != nil {
				return false
			}
		}
		return true
	}
	_, err := strconv.ParseInt(value, 10, 64)
	return err == nil
}

func parseTime(value string) (time.Time, bool) {
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, value); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// has tells whether a parameter is given.
func (q *query) has(name string) bool { return q.values.Has(name) }

// int is a parameter that has been checked.
func (q *query) int(name string, otherwise int64) int64 {
	n, err := strconv.ParseInt(q.values.Get(name), 10, 64)
	if err != nil {
		return otherwise
	}
	return n
}

func (q *query) bool(name string) bool { return q.values.Get(name) == "true" }

func (q *query) text(name string) string { return q.values.Get(name) }

func (q *query) time(name string) (time.Time, bool) { return parseTime(q.values.Get(name)) }

func (q *query) list(name string) []int64 {
	var list []int64
	for item := range strings.SplitSeq(q.values.Get(name), ",") {
		if n, err := strconv.ParseInt(item, 10, 64); err == nil {
			list = append(list, n)
		}
	}
	return list
}

// member is the member that cust_id names: the account's own without it.
func (q *query) member() (*world.Member, error) {
	if !q.has("cust_id") {
		return q.Me, nil
	}
	if m := q.Member(q.int("cust_id", 0)); m != nil {
		return m, nil
	}
	return nil, errNotFound
}

// body is an answer of one value.
func body(value any) (*answer, error) { return &answer{body: value}, nil }

// float is a number that is always written with a point.
type float float64

// MarshalJSON writes the number.
func (f float) MarshalJSON() ([]byte, error) {
	text := strconv.FormatFloat(float64(f), 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return []byte(text), nil
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func date(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// clock is a local time of the simulated day.
func clock(t time.Time) string { return t.Format("2006-01-02T15:04:05") }

// serveDoc answers the API's description of itself.
func serveDoc(w http.ResponseWriter, r *http.Request) {
	doc := map[string]obj{}
	for _, e := range endpoints() {
		service, method, _ := strings.Cut(strings.TrimPrefix(e.path, "/data/"), "/")
		params := obj{}
		for name := range strings.FieldsSeq(e.params) {
			name, required := strings.CutSuffix(name, "*")
			kind := "number"
			switch {
			case slices.Contains(boolParams, name):
				kind = "boolean"
			case slices.Contains(listParams, name):
				kind = "numbers"
			case slices.Contains(textParams, name), slices.Contains(timeParams, name):
				kind = "string"
			}
			params[name] = obj{"type": kind}
			if required {
				params[name] = obj{"type": kind, "required": true}
			}
		}
		if doc[service] == nil {
			doc[service] = obj{}
		}
		doc[service][method] = obj{"link": "https://members-ng.iracing.com" + e.path, "parameters": params, "expirationSeconds": e.expires}
	}
	service, method, _ := strings.Cut(strings.Trim(strings.TrimPrefix(r.URL.Path, "/data/doc"), "/"), "/")
	switch {
	case service == "":
		writeJSON(w, http.StatusOK, doc)
	case doc[service] == nil || method != "" && doc[service][method] == nil:
		apiError(w, http.StatusNotFound, "")
	case method == "":
		writeJSON(w, http.StatusOK, doc[service])
	default:
		writeJSON(w, http.StatusOK, doc[service][method])
	}
}
