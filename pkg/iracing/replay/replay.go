// Package replay serves a folder of recorded answers of iRacing's /data API the way iRacing serves them, for tests.
//
// The folder holds one file per answer, named by service, method and what tells several recordings of one endpoint
// apart; the parts of a chunked answer are its header, a chunk or its joined rows. [Requests] lists the requests that
// have an answer and the files it is made of. Each endpoint answers by its own delivery:
//
//   - what is known to come inline comes so;
//   - a link leads to a file below /assets/, signed for this server, that wants no Authorization header and the very
//     address that was handed out, escapes and all;
//   - a chunked answer is a recorded header, or one made up where none was recorded, with its chunk_info rewritten to
//     chunks of the recorded rows;
//   - a data_url is an envelope and a file;
//   - a CSV file is written from the recorded rows.
//
// /status.json is the status page, /time-attack/ the folder of time attack schedules. Anything else is 404 with an error
// as iRacing words it; a request without an access token is 401.
package replay

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// Env names the folder of recorded answers.
const Env = "API_CORPUS"

// Dir is the folder of recorded answers; the test is skipped where there is none.
func Dir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv(Env)
	if dir == "" {
		t.Skip(Env + " does not name a folder of recorded answers of the /data API")
	}
	return dir
}

// Request is one request that has a recorded answer.
type Request struct {
	Path   string
	Params iracing.Params
	// Files are the recordings that the answer is made of.
	Files []string
}

// String is the request as a name for a subtest.
func (r Request) String() string {
	name := strings.TrimPrefix(strings.TrimPrefix(r.Path, "/"), "data/")
	if len(r.Files) > 0 {
		name = r.Files[len(r.Files)-1]
	}
	return name
}

// Requests are all requests that have a recorded answer.
func Requests() []Request {
	list := make([]Request, 0, len(answers))
	for _, a := range answers {
		list = append(list, Request{a.path, maps.Clone(a.params), slices.Clone(a.files)})
	}
	return list
}

// Server answers with the recordings of a folder.
type Server struct {
	dir string
	key string
}

// New serves the recordings of a folder.
func New(dir string) *Server { return &Server{dir: dir, key: rand.Text()} }

// Options are the settings of a client of a server at this address.
func Options(address string) iracing.Options {
	return iracing.Options{
		URL: address, StatusURL: address + "/status.json", TimeAttackURL: address + "/time-attack",
		Tokens: token{}, PerSecond: 1e6, Burst: 1e6,
	}
}

type token struct{}

func (token) Token(context.Context, string) (string, error) { return "a-token-for-tests", nil }

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		fail(w, http.StatusMethodNotAllowed, "Method Not Allowed")
		return
	}
	if rest, ok := strings.CutPrefix(r.URL.EscapedPath(), "/assets%2F/"); ok {
		s.asset(w, r, rest)
		return
	}
	path, public := r.URL.Path, false
	params := r.URL.Query()
	switch name, isFile := strings.CutPrefix(path, "/time-attack/"); {
	case path == "/status.json":
		path, public = "/public/status", true
	case name == "time_attack_schedule_index.json":
		path, public = "/public/time_attack/index", true
	case isFile:
		path, public = "/public/time_attack/schedule", true
		params.Set("file", strings.TrimSuffix(name, ".json"))
	}
	if !public {
		now := time.Now().Unix()
		w.Header().Set("X-RateLimit-Limit", "240")
		w.Header().Set("X-RateLimit-Remaining", "239")
		w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(now+60, 10))
		if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
			fail(w, http.StatusUnauthorized, http.StatusText(http.StatusUnauthorized))
			return
		}
	} else if r.Header.Get("Authorization") != "" {
		fail(w, http.StatusBadRequest, "a public file wants no token")
		return
	}
	i := match(path, params)
	if i < 0 {
		fail(w, http.StatusNotFound, "Not Found")
		return
	}
	s.answer(w, r, i)
}

// match finds the answer whose parameters are all among those given; of several, the one that has most.
func match(path string, given map[string][]string) int {
	best := -1
	for i, a := range answers {
		fits := a.path == path
		for name, value := range a.params {
			fits = fits && strings.Join(given[name], ",") == value
		}
		if fits && (best < 0 || len(a.params) > len(answers[best].params)) {
			best = i
		}
	}
	return best
}

// answer writes what the API itself answers.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, i int) {
	a := answers[i]
	switch iracing.Lookup(a.path).Delivery {
	case iracing.Inline:
		s.part(w, i, "body", "")
	case iracing.InlineChunks:
		s.part(w, i, "header", origin(r))
	case iracing.DataURL:
		envelope := map[string]any{"type": a.kind, "data": a.set}
		if len(a.files) > 1 {
			if !s.read(w, a.files[0], &envelope) {
				return
			}
		}
		envelope["data_url"] = s.link(origin(r), i, "body")
		write(w, envelope)
	default:
		part := "body"
		if a.chunked {
			part = "header"
		}
		write(w, map[string]any{
			"link": s.link(origin(r), i, part), "expires": time.Now().Add(15 * time.Minute).UTC().Format(time.RFC3339Nano),
		})
	}
}

func origin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// link is the signed address of a part of an answer. The escape in its path and the one in its signature are there to be
// kept as they are.
func (s *Server) link(origin string, i int, part string) string {
	return fmt.Sprintf("%s/assets%%2F/%d/%s?%s", origin, i, part, s.signature())
}

func (s *Server) signature() string { return "X-Amz-Expires=120&X-Amz-Signature=a%2F" + s.key }

// asset serves what links lead to.
func (s *Server) asset(w http.ResponseWriter, r *http.Request, rest string) {
	if r.Header.Get("Authorization") != "" {
		http.Error(w, "<Error><Code>InvalidArgument</Code></Error>", http.StatusBadRequest)
		return
	}
	index, part, _ := strings.Cut(rest, "/")
	i, err := strconv.Atoi(index)
	if err != nil || i < 0 || i >= len(answers) || r.URL.RawQuery != s.signature() {
		http.Error(w, "<Error><Code>AccessDenied</Code></Error>", http.StatusForbidden)
		return
	}
	s.part(w, i, part, origin(r))
}

// part writes a piece of an answer: its body, its header or one of its chunks.
func (s *Server) part(w http.ResponseWriter, i int, part, origin string) {
	a := answers[i]
	switch {
	case part == "body" && iracing.Lookup(a.path).Delivery == iracing.LinkCSV:
		s.csv(w, a)
	case part == "body" && len(a.files) == 0:
		write(w, a.set)
	case part == "body" && a.inside != "":
		var all map[string]json.RawMessage
		if s.read(w, a.files[0], &all) {
			write(w, all[a.inside])
		}
	case part == "body":
		var body json.RawMessage
		if s.read(w, a.files[len(a.files)-1], &body) {
			write(w, body)
		}
	case part == "header":
		s.header(w, i, origin)
	default:
		n, err := strconv.Atoi(part)
		var rows []json.RawMessage
		if err != nil || n < 0 || !s.read(w, a.rows(), &rows) {
			return
		}
		size := a.chunkSize()
		if n*size >= len(rows) {
			http.Error(w, "<Error><Code>AccessDenied</Code></Error>", http.StatusForbidden)
			return
		}
		write(w, rows[n*size:min((n+1)*size, len(rows))])
	}
}

// header writes the header of a chunked answer.
func (s *Server) header(w http.ResponseWriter, i int, origin string) {
	a := answers[i]
	top := map[string]any{"success": true}
	if a.kind != "" {
		top = map[string]any{"type": a.kind, "data": map[string]any{"success": true}}
	}
	if name := a.header(); name != "" && !s.read(w, name, &top) {
		return
	}
	header := top
	if data, ok := top["data"].(map[string]any); ok {
		header = data
	}
	for name, value := range a.set {
		if session, ok := header["session_info"].(map[string]any); ok && session[name] != nil {
			session[name] = value
			continue
		}
		header[name] = value
	}
	if a.rows() == "" {
		write(w, top)
		return
	}
	var rows []json.RawMessage
	if !s.read(w, a.rows(), &rows) {
		return
	}
	size := a.chunkSize()
	names := []string{}
	for n := 0; n*size < len(rows); n++ {
		names = append(names, fmt.Sprintf("%d?%s", n, s.signature()))
	}
	header["chunk_info"] = map[string]any{
		"chunk_size": size, "num_chunks": len(names), "rows": len(rows), "chunk_file_names": names,
		"base_download_url": fmt.Sprintf("%s/assets%%2F/%d/", origin, i),
	}
	write(w, top)
}

// csv writes rows as a CSV file with the columns in capitals.
func (s *Server) csv(w http.ResponseWriter, a answer) {
	var rows []map[string]string
	if !s.read(w, a.files[0], &rows) {
		return
	}
	w.Header().Set("Content-Type", "text/csv")
	out := csv.NewWriter(w)
	_ = out.Write(columns)
	for _, row := range rows {
		record := make([]string, len(columns))
		for i, column := range columns {
			record[i] = row[strings.ToLower(column)]
		}
		_ = out.Write(record)
	}
	out.Flush()
}

// read decodes a recording; when it cannot, the answer is 500, so that a test fails.
func (s *Server) read(w http.ResponseWriter, name string, into any) bool {
	raw, err := os.ReadFile(filepath.Join(s.dir, name))
	if err == nil {
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		err = d.Decode(into)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
	return err == nil
}

func write(w http.ResponseWriter, v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(raw)))
	_, _ = w.Write(raw)
}

func fail(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": text})
}
