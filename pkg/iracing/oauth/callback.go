package oauth

import (
	"cmp"
	"context"
	"crypto/subtle"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// callback is the small web server that the browser comes back to.
type callback struct {
	redirect string // its address, as iRacing is told
	path     string
	state    string // that the browser has to bring back

	got    chan received // what came back; one at most
	once   sync.Once     // guards got
	ended  chan struct{} // closed by finish
	ending sync.Once
	ok     bool // of the login; set before ended is closed

	server http.Server
	served sync.WaitGroup
}

// received is what the browser or the user brought back.
type received struct {
	code string
	err  error
}

func listen(ctx context.Context, address, path, state string) (*callback, error) {
	address, err := loopback(address)
	if err != nil {
		return nil, err
	}
	path = "/" + strings.TrimPrefix(cmp.Or(path, "/callback"), "/")
	if u, err := url.Parse(path); err != nil || u.Path != path || u.RawQuery != "" || strings.HasPrefix(path, "//") {
		return nil, fmt.Errorf("%.60q is not a path such as /callback", path)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("wait for the browser: %w", err)
	}
	c := &callback{
		redirect: "http://" + listener.Addr().String() + path, path: path, state: state,
		got: make(chan received, 1), ended: make(chan struct{}),
	}
	c.server = http.Server{
		Handler: c, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10,
	}
	c.served.Go(func() { _ = c.server.Serve(listener) }) // ends with ErrServerClosed
	return c, nil
}

// ServeHTTP takes one answer with the right state. What else comes, from a favicon to another program's guess, changes
// nothing.
func (c *callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	headersOf(w)
	if r.URL.Path != c.path {
		writePage(w, http.StatusNotFound, pageNothing)
		return
	}
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		writePage(w, http.StatusMethodNotAllowed, pageNothing)
		return
	}
	got, problem := c.read(r.URL.Query())
	if problem != "" {
		writePage(w, http.StatusBadRequest, pageStranger)
		return
	}
	first := false
	c.once.Do(func() {
		first = true
		c.got <- got
	})
	if !first {
		writePage(w, http.StatusConflict, pageTwice)
		return
	}
	select {
	case <-c.ended:
	case <-r.Context().Done():
		return
	}
	if c.ok {
		writePage(w, http.StatusOK, pageDone)
	} else {
		writePage(w, http.StatusOK, pageFailed)
	}
}

// read takes what iRacing sent with the browser. problem is a sentence on why it is none of this login's.
func (c *callback) read(q url.Values) (got received, problem string) {
	if subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(c.state)) != 1 {
		return received{}, "That address does not belong to this login: use the one that your browser was sent to just now."
	}
	if q.Has("error") {
		code := cmp.Or(knownCode(q.Get("error")), "an error that is not known")
		return received{err: &iracing.Error{Kind: iracing.BadCredentials, Detail: "iRacing answered " + code + " to the login"}}, ""
	}
	code := q.Get("code")
	if !printable(code) || len(code) > maxCode {
		return received{}, "There is no code in that address."
	}
	return received{code: code}, ""
}

// maxCode is longer than any code.
const maxCode = 8 << 10

// pasted reads an address, its query or a code. problem is a sentence for the user on why it is of no use.
func (c *callback) pasted(text string) (got received, problem string) {
	text = strings.Trim(strings.TrimSpace(text), `"'<>`)
	query := text
	if _, after, ok := strings.Cut(text, "?"); ok {
		query = after
	}
	query, _, _ = strings.Cut(query, "#")
	if q, err := url.ParseQuery(query); err == nil && (q.Has("code") || q.Has("error") || q.Has("state")) {
		return c.read(q)
	}
	if len(text) < 8 || len(text) > maxCode || !printable(text) || strings.Contains(text, "://") {
		return received{}, "That is neither the address that your browser was sent to nor the code in it."
	}
	// A code alone is taken without its state: the user has brought it here, and without our verifier it is worth nothing.
	return received{code: text}, ""
}

// finish tells the browser how it ended.
func (c *callback) finish(ok bool) {
	c.ending.Do(func() {
		c.ok = ok
		close(c.ended)
	})
}

// close lets the page that is being answered through and ends the server.
func (c *callback) close() {
	c.finish(false)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if c.server.Shutdown(ctx) != nil {
		_ = c.server.Close()
	}
	c.served.Wait()
}

// page is one small page.
type page struct{ Title, Text string }

var (
	pageDone     = page{"Signed in", "You can close this window. The terminal tells how to go on."}
	pageFailed   = page{"Not signed in", "The terminal tells what went wrong. You can close this window."}
	pageStranger = page{"Not this login", "This address does not belong to the login that is waiting. Start from the terminal again."}
	pageTwice    = page{"Already used", "This login has been answered. You can close this window."}
	pageNothing  = page{"Nothing here", "This small server only waits for a login to come back from iRacing."}
)

var pageTemplate = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{{.Title}}</title>
<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem}</style>
<h1>{{.Title}}</h1><p>{{.Text}}</p></html>
`))

func writePage(w http.ResponseWriter, status int, p page) {
	w.WriteHeader(status)
	_ = pageTemplate.Execute(w, p) // a browser that has gone away
}
