package iracing

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// assetHost is every host of iRacing's that holds content. No address and no other name is among them, so that an answer
// cannot send this program to a machine of its own network.
var assetHost = regexp.MustCompile(`^(?i:scorpio-assets\.s3([.-](dualstack\.)?[a-z]{2}(-[a-z]+)+-[0-9])?\.amazonaws\.com` +
	`|dqfp1ltauszrc\.cloudfront\.net|([a-z0-9-]+\.)+iracing\.com)$`)

// asset fetches what a link leads to. Links live a minute or two, so it is done at once; when a link has expired, the API
// has to be asked again.
func (c *Client) asset(ctx context.Context, r Request, link string, space *room) (*reply, *failure) {
	u := c.link(link)
	if u == nil {
		return nil, &failure{err: r.fail(BadAnswer, 0, "its link leads to an unexpected address")}
	}
	for try := 1; ; try++ {
		rep, code, f := c.exchange(ctx, r, u, "", space)
		if f == nil {
			if f = r.judgeAsset(rep); f == nil {
				return rep, nil
			}
		}
		if code != codeCanceled {
			c.opts.Observer.Request(r.Endpoint.Label(), codeAsset, 0)
		}
		pause := jitter(firstBackoff)
		retry := f.again == afterPause || f.again == reconnect || code == codeCut
		if !retry || try == maxAsset || !c.opts.worthWaiting(ctx, pause) || c.wait(ctx, pause) != nil {
			if retry {
				f.again = giveUp // asking the API for another link to the same file does not help
			}
			return nil, f
		}
	}
}

// maxAsset is how often a link or a chunk is fetched.
const maxAsset = 2

// judgeAsset tells what a reply of a file server means; nil for content.
func (r Request) judgeAsset(rep *reply) *failure {
	e := r.fail(BadAnswer, rep.status, "")
	switch status := rep.status; {
	case status == http.StatusOK && isHTML(rep):
		e.Detail = "a web page came instead of its data"
	case status == http.StatusOK:
		return nil
	case status/100 == 3:
		e.Detail = "its link leads on to another address"
	case status == http.StatusBadRequest, status == http.StatusForbidden, status == http.StatusNotFound, status == http.StatusGone:
		e.Detail = "its link had expired"
		return &failure{e, onceMore}
	case status == http.StatusTooManyRequests, status/100 == 5:
		e.Kind, e.Detail = Unavailable, "its data could not be fetched"
		return &failure{e, afterPause}
	default:
		e.Detail = "its data could not be fetched"
	}
	return &failure{err: e}
}

// link reads an address out of an answer, such that it is asked for to the letter; nil when it leads where it must not.
func (c *Client) link(text string) *url.URL {
	for _, b := range []byte(text) {
		if b <= ' ' || b >= 0x7f || b == '\\' || b == '#' {
			return nil
		}
	}
	u, err := url.Parse(text)
	if err != nil || u.User != nil || u.Opaque != "" || !c.allowed(u) {
		return nil
	}
	// What is behind the host is sent as it is: a presigned link is signed to the letter, and an escape more or less
	// breaks it.
	_, rest, _ := strings.Cut(text, "://")
	rest = rest[strings.IndexAny(rest+"/", "/?"):]
	if u.RequestURI() != rest && strings.HasPrefix(rest, "/") {
		path, query, found := strings.Cut(rest, "?")
		u.Opaque, u.RawQuery, u.ForceQuery = path, query, found && query == ""
		if strings.HasPrefix(path, "//") {
			return nil // it would be read as a host
		}
	}
	return u
}

func (c *Client) allowed(u *url.URL) bool {
	for _, host := range c.opts.LinkHosts {
		if c.base != nil && (u.Scheme == "https" || u.Scheme == c.base.Scheme) && strings.EqualFold(u.Host, host) {
			return true
		}
	}
	if c.custom {
		return c.base != nil && u.Scheme == c.base.Scheme && hostPort(u) == hostPort(c.base)
	}
	return u.Scheme == "https" && (u.Port() == "" || u.Port() == "443") && assetHost.MatchString(u.Hostname())
}

func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return strings.ToLower(u.Hostname()) + " " + port
}
