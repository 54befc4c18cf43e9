package iracingtest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is the clock of the tests: a Sunday evening in the middle of a season.
var noon = time.Date(2026, 11, 22, 20, 4, 0, 0, time.UTC)

// shared is the world of the tests that only read.
var shared = sync.OnceValue(func() *world.World { return world.New(world.Options{Now: noon, Races: 40}) })

// fake is a server that shows the shared world.
func fake(t *testing.T, change func(o *Options)) *visitor {
	t.Helper()
	o := Options{World: shared(), Now: func() time.Time { return noon }, PerMinute: -1, TokensPerMinute: -1}
	if change != nil {
		change(&o)
	}
	s := Start(t, o)
	client := &http.Client{
		Transport:     &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(client.CloseIdleConnections)
	return &visitor{Server: s, t: t, http: client, token: s.Credentials.NewAccessToken()}
}

// visitor is a plain HTTP client of a server: it knows the deliveries, and nothing of the project's own client.
type visitor struct {
	*Server
	t     *testing.T
	http  *http.Client
	token string
}

// reply is what a request was answered with.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (v *visitor) do(method, address, token string, body io.Reader, headers ...string) reply {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), method, address, body)
	if err != nil {
		v.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := v.http.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	content, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return reply{res.StatusCode, res.Header, content}
}

// api asks the API.
func (v *visitor) api(path, query string) reply {
	v.t.Helper()
	address := v.URL + path
	if query != "" {
		address += "?" + query
	}
	return v.do(http.MethodGet, address, v.token, nil)
}

// answered is an answer in whole, whichever way it was delivered.
type answered struct {
	envelope, header, body any
	rows                   []any
	csv                    string
}

// get asks the API and follows what it answers.
func (v *visitor) get(path, query string) answered {
	v.t.Helper()
	r := v.api(path, query)
	if r.status != http.StatusOK {
		v.t.Fatalf("%s?%s: %d %s", path, query, r.status, r.body)
	}
	var a answered
	first := v.decode(r.body)
	a.envelope, a.body = first, first
	o, _ := first.(map[string]any)
	if link, ok := o["link"].(string); ok {
		content := v.follow(link)
		if strings.HasPrefix(path, "/data/driver_stats_by_category/") {
			a.csv = string(content)
			return a
		}
		a.body = v.decode(content)
	}
	if link, ok := o["data_url"].(string); ok {
		a.header, a.body = o["data"], v.decode(v.follow(link))
		return a
	}
	o, _ = a.body.(map[string]any)
	head := o
	if data, ok := o["data"].(map[string]any); ok {
		head = data
	}
	info, ok := head["chunk_info"].(map[string]any)
	if !ok {
		return a
	}
	a.header = a.body
	a.rows = []any{}
	for _, name := range info["chunk_file_names"].([]any) {
		rows, ok := v.decode(v.follow(info["base_download_url"].(string) + name.(string))).([]any)
		if !ok {
			v.t.Fatalf("%s: a chunk is no array", path)
		}
		a.rows = append(a.rows, rows...)
	}
	return a
}

// follow fetches a link, without the token.
func (v *visitor) follow(link string) []byte {
	v.t.Helper()
	r := v.do(http.MethodGet, link, "", nil)
	if r.status != http.StatusOK {
		v.t.Fatalf("%s: %d %s", link, r.status, r.body)
	}
	return r.body
}

func (v *visitor) decode(content []byte) any {
	v.t.Helper()
	var value any
	d := json.NewDecoder(strings.NewReader(string(content)))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		v.t.Fatalf("%v in %.200s", err, content)
	}
	return value
}

// into asks the API and puts the answer's body, or its rows if it is one of the chunked answers, into a Go value.
func (v *visitor) into(path, query string, value any) {
	v.t.Helper()
	r := v.api(path, query)
	if r.status != http.StatusOK {
		v.t.Fatalf("%s?%s: %d %s", path, query, r.status, r.body)
	}
	type head struct {
		Chunks struct {
			Base  string   `json:"base_download_url"`
			Names []string `json:"chunk_file_names"`
		} `json:"chunk_info"`
	}
	content := r.body
	read := func(value any) {
		if err := json.Unmarshal(content, value); err != nil {
			v.t.Fatalf("%s: %v in %.200s", path, err, content)
		}
	}
	if how := endpointAt(path).delivery; how != inline && how != inlineChunks {
		var envelope struct{ Link string }
		var other struct {
			DataURL string `json:"data_url"`
		}
		read(&envelope)
		read(&other)
		content = v.follow(envelope.Link + other.DataURL)
	}
	switch endpointAt(path).delivery {
	case linkedChunks, linkedData, inlineChunks:
		var top struct {
			head
			Data head
		}
		read(&top)
		var rows []json.RawMessage
		for _, h := range []head{top.head, top.Data} {
			for _, name := range h.Chunks.Names {
				content = v.follow(h.Chunks.Base + name)
				var chunk []json.RawMessage
				read(&chunk)
				rows = append(rows, chunk...)
			}
		}
		if content = []byte("[]"); rows != nil {
			content, _ = json.Marshal(rows)
		}
	}
	read(value)
}

func params(pairs ...string) string {
	values := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return values.Encode()
}
