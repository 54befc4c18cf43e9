package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/apexobs/iracing-grafana-observability/pkg/plugintest"
)

// server answers the part of Grafana's HTTP API that a data source and its dashboards use.
type server struct {
	built  *dist
	source *dataSource
	plugin *plugintest.Process
}

// newServer routes the page (web is its built form), the plugin's files and the API.
func newServer(built *dist, web fs.FS, source *dataSource, plugin *plugintest.Process) http.Handler {
	s := &server{built: built, source: source, plugin: plugin}
	mux := http.NewServeMux()

	index := func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, web, "index.html") }
	for _, page := range []string{"/{$}", "/d/{uid}", "/d/{uid}/{slug}", "/datasources/edit/{uid}", "/explore"} {
		mux.HandleFunc("GET "+page, index)
	}
	mux.Handle("/", http.FileServerFS(web))
	mux.HandleFunc("GET /public/build/img/icons/{path...}", func(w http.ResponseWriter, r *http.Request) {
		if _, err := fs.Stat(web, strings.TrimPrefix(r.URL.Path, "/")); err != nil {
			writeBlankIcon(w)
			return
		}
		http.ServeFileFS(w, r, web, r.URL.Path)
	})
	base := "/public/plugins/" + built.Manifest.ID + "/"
	mux.Handle("GET "+base, http.StripPrefix(base, http.FileServerFS(os.DirFS(built.dir))))

	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		writeError(w, http.StatusNotFound, "The preview has no "+r.Method+" "+r.URL.Path+".")
	})
	mux.HandleFunc("GET /api/frontend/settings", s.settings)
	mux.HandleFunc("GET /api/search", s.search)
	mux.HandleFunc("GET /api/dashboards/uid/{uid}", s.dashboard)
	mux.HandleFunc("POST /api/ds/query", s.query)
	const own = "/api/datasources/uid/" + sourceUID
	mux.HandleFunc("GET "+own, s.getSource)
	mux.HandleFunc("PUT "+own, s.putSource)
	mux.HandleFunc("GET "+own+"/health", s.health)
	mux.HandleFunc(own+"/resources/{path...}", s.resource)
	return mux
}

// settings is what Grafana's page knows from the start: its version and the data sources, each with its plugin's manifest.
func (s *server) settings(w http.ResponseWriter, _ *http.Request) {
	source := s.source.get()
	meta := map[string]any{}
	if err := json.Unmarshal(s.built.Manifest.raw, &meta); err != nil {
		writeError(w, http.StatusInternalServerError, err.Error())
		return
	}
	base := "/public/plugins/" + s.built.Manifest.ID
	meta["baseUrl"], meta["module"] = base, base+"/module.js"
	writeJSON(w, http.StatusOK, map[string]any{
		"buildInfo":         map[string]any{"version": plugintest.GrafanaVersion, "env": "production", "edition": "Open Source"},
		"defaultDatasource": source.Name,
		"datasources": map[string]any{source.Name: map[string]any{
			"id": source.ID, "uid": source.UID, "type": source.Type, "name": source.Name, "access": source.Access,
			"url": "/api/datasources/proxy/uid/" + source.UID, "isDefault": source.IsDefault, "readOnly": source.ReadOnly,
			"jsonData": source.JSONData, "meta": meta,
		}},
	})
}

// search lists the dashboards.
func (s *server) search(w http.ResponseWriter, _ *http.Request) {
	boards, err := s.built.dashboards(sourceUID)
	if err != nil {
		writeError(w, http.StatusInternalServerError, err.Error())
		return
	}
	writeJSON(w, http.StatusOK, boards)
}

func (s *server) dashboard(w http.ResponseWriter, r *http.Request) {
	boards, err := s.built.dashboards(sourceUID)
	if err != nil {
		writeError(w, http.StatusInternalServerError, err.Error())
		return
	}
	board, ok := findDashboard(boards, r.PathValue("uid"))
	if !ok {
		writeError(w, http.StatusNotFound, "There is no dashboard "+r.PathValue("uid")+".")
		return
	}
	writeJSON(w, http.StatusOK, map[string]json.RawMessage{"dashboard": board.raw})
}

func (s *server) getSource(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, s.source.get())
}

func (s *server) putSource(w http.ResponseWriter, r *http.Request) {
	var in sourceJSON
	if !readJSON(w, r, &in) {
		return
	}
	s.source.put(in)
	writeJSON(w, http.StatusOK, map[string]any{"message": "Datasource updated", "datasource": s.source.get()})
}

// health answers as Grafana does: a bad state of health is status 400.
func (s *server) health(w http.ResponseWriter, r *http.Request) {
	pc, ok := s.context(w)
	if !ok {
		return
	}
	res, err := s.plugin.CheckHealth(r.Context(), &backend.CheckHealthRequest{PluginContext: pc})
	if err != nil {
		s.writePluginError(w, err)
		return
	}
	answer := struct {
		Status  string          `json:"status"`
		Message string          `json:"message"`
		Details json.RawMessage `json:"details,omitempty"`
	}{res.Status.String(), res.Message, res.JSONDetails}
	status := http.StatusOK
	if res.Status != backend.HealthStatusOk {
		status = http.StatusBadRequest
	}
	writeJSON(w, status, answer)
}

// resource hands a request on to the plugin and its answer back, part by part.
func (s *server) resource(w http.ResponseWriter, r *http.Request) {
	pc, ok := s.context(w)
	if !ok {
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		writeBodyError(w, err)
		return
	}
	headers := r.Header.Clone()
	headers.Del("Cookie")
	headers.Del("Authorization")
	path := r.PathValue("path")
	req := &backend.CallResourceRequest{
		PluginContext: pc,
		Method:        r.Method,
		Path:          path,
		URL:           (&url.URL{Path: path, RawQuery: r.URL.RawQuery}).String(),
		Headers:       headers,
		Body:          body,
	}
	begun := false
	err = s.plugin.CallResource(r.Context(), req, backend.CallResourceResponseSenderFunc(func(part *backend.CallResourceResponse) error {
		if !begun {
			begun = true
			for key, values := range part.Headers {
				w.Header()[http.CanonicalHeaderKey(key)] = values
			}
			w.WriteHeader(part.Status)
		}
		_, err := w.Write(part.Body)
		return err
	}))
	if err != nil && !begun {
		s.writePluginError(w, err)
	}
}

// query runs the queries of one panel. As in Grafana a failed one makes the status 400 or 500; the answer says which.
func (s *server) query(w http.ResponseWriter, r *http.Request) {
	var in struct {
		From    string            `json:"from"` // milliseconds since 1970
		To      string            `json:"to"`
		Queries []json.RawMessage `json:"queries"`
	}
	if !readJSON(w, r, &in) {
		return
	}
	pc, ok := s.context(w)
	if !ok {
		return
	}
	from, errFrom := millis(in.From)
	to, errTo := millis(in.To)
	if err := errors.Join(errFrom, errTo); err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	req := &backend.QueryDataRequest{PluginContext: pc, Headers: map[string]string{}}
	for _, raw := range in.Queries {
		q, err := dataQuery(raw)
		if err != nil {
			writeError(w, http.StatusBadRequest, err.Error())
			return
		}
		q.TimeRange = backend.TimeRange{From: from, To: to}
		req.Queries = append(req.Queries, q)
	}
	res, err := s.plugin.QueryData(r.Context(), req)
	if err != nil {
		s.writePluginError(w, err)
		return
	}
	status := http.StatusOK
	for _, answer := range res.Responses {
		if answer.Error == nil {
			continue
		}
		status = max(status, http.StatusBadRequest)
		if answer.Status >= http.StatusInternalServerError {
			status = http.StatusInternalServerError
		}
	}
	writeJSON(w, status, res)
}

// dataQuery takes out of a query what Grafana itself reads in it.
func dataQuery(raw json.RawMessage) (backend.DataQuery, error) {
	var q struct {
		RefID         string  `json:"refId"`
		QueryType     string  `json:"queryType"`
		IntervalMS    float64 `json:"intervalMs"`
		MaxDataPoints int64   `json:"maxDataPoints"`
	}
	if err := json.Unmarshal(raw, &q); err != nil {
		return backend.DataQuery{}, fmt.Errorf("query: %w", err)
	}
	return backend.DataQuery{
		RefID: q.RefID, QueryType: q.QueryType, JSON: raw, MaxDataPoints: q.MaxDataPoints,
		Interval: time.Duration(q.IntervalMS * float64(time.Millisecond)),
	}, nil
}

// writeBlankIcon stands for an icon that Grafana has and its published libraries lack.
func writeBlankIcon(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "image/svg+xml")
	_, _ = io.WriteString(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"/>`)
}

func millis(text string) (time.Time, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("time range: want milliseconds since 1970, not %q", text)
	}
	return time.UnixMilli(n).UTC(), nil
}

// context is what goes along with a call of the plugin. False means that it could not be made and that w has the answer.
func (s *server) context(w http.ResponseWriter) (backend.PluginContext, bool) {
	pc, err := s.source.pluginContext()
	if err != nil {
		writeError(w, http.StatusInternalServerError, err.Error())
	}
	return pc, err == nil
}

func (s *server) writePluginError(w http.ResponseWriter, err error) {
	if s.plugin.Exited() {
		err = errPluginEnded
	}
	writeError(w, http.StatusBadGateway, err.Error())
}

// readJSON decodes the body. False means that it could not and that w has the answer.
func readJSON(w http.ResponseWriter, r *http.Request, v any) bool {
	err := json.NewDecoder(r.Body).Decode(v)
	if err != nil {
		writeBodyError(w, err)
	}
	return err == nil
}

func writeBodyError(w http.ResponseWriter, err error) {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		writeError(w, http.StatusRequestEntityTooLarge, "The request is larger than the preview takes.")
		return
	}
	writeError(w, http.StatusBadRequest, "The request cannot be read: "+err.Error())
}

// writeError answers in the form in which Grafana's API has its errors.
func writeError(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, map[string]string{"message": message})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"message":"the answer cannot be written as JSON"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the page that asked is gone when this fails
}
