package replay

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// Answers answers as iRacing does where a test needs what nobody has recorded: by the path, from functions of the
// parameters. What they answer goes out as JSON; nil is nothing known, a [Status] refuses, and a text is a CSV file.
type Answers map[string]func(url.Values) any

// Object is a JSON object.
type Object = map[string]any

// Status refuses a request.
type Status int

// Constant answers the same to every request.
func Constant(body any) func(url.Values) any { return func(url.Values) any { return body } }

// ServeHTTP implements [http.Handler].
func (a Answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body any
	if of := a[r.URL.Path]; of != nil {
		body = of(r.URL.Query())
	}
	switch b := body.(type) {
	case nil:
		w.WriteHeader(http.StatusNotFound)
		body = Object{"error": "Not Found"}
	case Status:
		w.WriteHeader(int(b))
		body = Object{"error": http.StatusText(int(b))}
	case string:
		w.Header().Set("Content-Type", "text/csv")
		_, _ = w.Write([]byte(b)) // the client may have gone
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body) // the client may have gone
}

// Client is a client of a server of these answers, for the length of a test.
func (a Answers) Client(t testing.TB) *iracing.Client {
	t.Helper()
	srv := httptest.NewServer(a)
	t.Cleanup(srv.Close)
	client := iracing.New(Options(srv.URL))
	t.Cleanup(client.Close)
	return client
}
