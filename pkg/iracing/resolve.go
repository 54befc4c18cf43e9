package iracing

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ask makes one request to the API and resolves what it answers. It fills in the token it used.
func (c *Client) ask(ctx context.Context, r Request, token *string, refused string) (*Answer, *failure) {
	t, err := c.opts.Tokens.Token(ctx, refused)
	if err != nil {
		return nil, &failure{err: r.at(ctx, err)}
	}
	*token = t
	if err := c.limiter.wait(ctx); err != nil {
		return nil, &failure{err: r.at(ctx, err)}
	}
	u := *c.base
	u.Path, u.RawPath, u.RawQuery = u.Path+r.Endpoint.Path, "", r.query().Encode()
	space := newRoom(c.opts.MaxBytes)
	rep, f := c.observed(ctx, r, &u, t, space)
	if f != nil {
		return nil, f
	}
	c.limiter.learn(rep.header, c.opts.Observer)
	if f := c.judge(r, rep, t); f != nil {
		return nil, f
	}
	return c.resolve(ctx, r, rep, space)
}

// observed is an exchange that the observer is told of.
func (c *Client) observed(ctx context.Context, r Request, u *url.URL, token string, space *room) (*reply, *failure) {
	start := time.Now()
	rep, code, f := c.exchange(ctx, r, u, token, space)
	c.opts.Observer.Request(r.Endpoint.Label(), code, time.Since(start))
	return rep, f
}

// at puts the endpoint on an error that came from the sign-in or the limiter.
func (r Request) at(ctx context.Context, err error) error {
	var e *Error
	if ctx.Err() != nil || !errors.As(err, &e) || e.Endpoint != "" {
		return err
	}
	clone := *e
	clone.Endpoint = r.Endpoint.Path
	return &clone
}

// maintenance is when asking again makes sense while iRacing is down on purpose; it gives no time itself.
const maintenance = 5 * time.Minute

// judge tells what a reply of the API means; nil for content.
func (c *Client) judge(r Request, rep *reply, token string) *failure {
	e := r.fail(0, rep.status, "")
	if e.RequestID = rep.header.Get("X-iRacing-Id"); !plain(strings.ReplaceAll(e.RequestID, "-", " ")) {
		e.RequestID = ""
	}
	page := isHTML(rep)
	if !page && rep.status/100 != 2 {
		if e.Detail = said(rep.body); token != "" && strings.Contains(e.Detail, token) {
			e.Detail = ""
		}
	}
	switch status := rep.status; {
	case status == http.StatusTooManyRequests || isRateText(rep.body):
		c.opts.Observer.Limited()
		e.Kind, e.Detail, e.Until = Limited, "", c.limiter.refused(rep.header)
		return &failure{e, whenAllowed}
	case status/100 == 2 && page:
		e.Kind, e.Detail = BadAnswer, "a web page came instead of it"
	case status/100 == 2:
		return nil
	case status/100 == 3:
		e.Kind, e.Detail = BadAnswer, "it leads to another address"
	case status == http.StatusUnauthorized:
		e.Kind, e.Detail = SignInAgain, "a fresh access token was refused too"
		return &failure{e, newToken}
	case status == http.StatusServiceUnavailable && bytes.Contains(bytes.ToLower(rep.body), []byte("maintenance")):
		e.Kind, e.Until, e.Detail = Maintenance, rep.at.Add(maintenance), ""
	case status == http.StatusRequestTimeout || status/100 == 5:
		e.Kind = Unavailable
		return &failure{e, afterPause}
	case page:
		// A page with 403 is a firewall's and says nothing about the account.
		e.Kind, e.Detail = Unavailable, fmt.Sprintf("a web page with status %d came instead of an answer", status)
	case status == http.StatusForbidden:
		e.Kind = Forbidden
	case status == http.StatusNotFound:
		e.Kind = NotFound
	default:
		e.Kind = BadRequest
	}
	return &failure{err: e}
}

// isRateText recognises the refusal that comes as text, at times even with a status of success.
func isRateText(body []byte) bool {
	return len(body) < 256 && bytes.Contains(bytes.ToLower(body), []byte("rate limit exceeded"))
}

// resolve finds out from the shape of the API's reply how the content is delivered, and fetches it.
func (c *Client) resolve(ctx context.Context, r Request, rep *reply, space *room) (*Answer, *failure) {
	a := &Answer{Body: rep.body, At: rep.at}
	if isCSV(rep, false) {
		a.CSV = true
		return a, nil
	}
	rep.fill()
	a.Body = rep.body
	top, f := r.object(rep.body)
	if f != nil {
		return nil, f
	}
	link, isLink := text(top["link"])
	for key := range top {
		// Content may hold a link of its own; an envelope holds nothing else.
		isLink = isLink && (key == "link" || key == "expires")
	}
	dataURL, isData := text(top["data_url"])
	switch {
	case isLink:
		rep, f := c.asset(ctx, r, link, space)
		if f != nil {
			return nil, f
		}
		if isCSV(rep, r.Endpoint.Delivery == LinkCSV) {
			a.Body, a.CSV = rep.body, true
			return a, nil
		}
		rep.fill()
		a.Body = rep.body
		if top, f = r.object(rep.body); f != nil {
			return nil, f
		}
	case isData:
		rep, f := c.asset(ctx, r, dataURL, space)
		if f != nil {
			return nil, f
		}
		rep.fill()
		a.Header, a.Body = top["data"], rep.body
		_, f = r.object(rep.body)
		if f != nil {
			return nil, f
		}
		return a, nil
	}
	return c.unchunk(ctx, r, a, top, space)
}

// fill makes a JSON value of nothing: an empty answer is one, and no fault.
func (rep *reply) fill() {
	if len(bytes.TrimSpace(rep.body)) == 0 {
		rep.body = []byte("null")
	}
}

// unchunk joins the chunks where the body is a header that names some.
func (c *Client) unchunk(ctx context.Context, r Request, a *Answer, top map[string]json.RawMessage, space *room) (*Answer, *failure) {
	header, info := json.RawMessage(a.Body), top["chunk_info"]
	if info == nil {
		if data := map[string]json.RawMessage(nil); json.Unmarshal(top["data"], &data) == nil && data != nil {
			if found, ok := data["chunk_info"]; ok || r.Endpoint.Delivery == LinkData || r.Endpoint.Delivery == InlineChunks {
				header, info = top["data"], found
			}
		}
	}
	switch {
	case info != nil:
	case top == nil:
		return a, nil
	case r.Endpoint.Delivery == LinkChunks || r.Endpoint.Delivery == LinkData || r.Endpoint.Delivery == InlineChunks:
		// A driver without laps, a car without records: the header comes alone.
	default:
		return a, nil
	}
	rows, slim, f := c.chunks(ctx, r, info, space)
	if f != nil {
		return nil, f
	}
	if bytes.HasPrefix(info, []byte("{")) {
		// The addresses of the chunks are as good as keys, and of no use to anybody from here on.
		header = bytes.Replace(header, info, slim, 1)
	}
	a.Header, a.Body = header, rows
	return a, nil
}

// object is the top level of a body when it is an object, nil when it is another JSON value.
func (r Request) object(body []byte) (map[string]json.RawMessage, *failure) {
	if !json.Valid(body) {
		// Of an answer whose length was not told, this is all there is to see of its being cut off.
		return nil, &failure{r.fail(BadAnswer, 0, "it is no JSON, or was cut off"), onceMore}
	}
	var top map[string]json.RawMessage
	if bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) && json.Unmarshal(body, &top) != nil {
		return nil, &failure{err: r.fail(BadAnswer, 0, "it is no JSON object")}
	}
	return top, nil
}

// text is a JSON text.
func text(raw json.RawMessage) (string, bool) {
	var s string
	ok := len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &s) == nil
	return s, ok
}

// isCSV tells a CSV file from JSON: by what the server calls it, or by what is expected where the server says nothing;
// never when the body begins like JSON.
func isCSV(rep *reply, expected bool) bool {
	first := bytes.TrimLeft(rep.body, " \t\r\n")
	if len(first) > 0 && (first[0] == '{' || first[0] == '[') {
		return false
	}
	kind, _, err := mime.ParseMediaType(rep.header.Get("Content-Type"))
	return kind == "text/csv" && err == nil || expected
}
