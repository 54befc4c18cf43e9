package iracing

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// The public files of iRacing: no sign-in, no rate limit.
const (
	statusURL     = "https://status.iracing.com/status.json"
	timeAttackURL = "https://dqfp1ltauszrc.cloudfront.net/public/time-attack/schedules/"
	scheduleIndex = "time_attack_schedule_index.json"
)

// public fetches a public file. It has the shape of ask; there is no token.
func (c *Client) public(ctx context.Context, r Request, _ *string, _ string) (*Answer, *failure) {
	u, err := url.Parse(c.publicURL(r))
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return nil, &failure{err: r.fail(Unreachable, 0, "the file's address is not a web address")}
	}
	rep, f := c.observed(ctx, r, u, "", newRoom(c.opts.MaxBytes))
	if f != nil {
		return nil, f
	}
	switch rep.status {
	case http.StatusForbidden, http.StatusNotFound, http.StatusGone, http.StatusBadRequest:
		// The file server speaks of a missing file as forbidden.
		return nil, &failure{err: r.fail(NotFound, rep.status, "there is no such file")}
	}
	if f := r.judgeAsset(rep); f != nil {
		return nil, f
	}
	if _, f := r.object(rep.body); f != nil {
		return nil, f
	}
	return &Answer{Body: rep.body, At: rep.at}, nil
}

// publicURL is the address of a public file: the endpoint's, with the parameter in braces filled in, or below the address
// that stands in for iRacing's.
func (c *Client) publicURL(r Request) string {
	address := r.Endpoint.URL
	for name, value := range r.Params {
		address = strings.ReplaceAll(address, "{"+name+"}", value)
	}
	if c.opts.StatusURL != "" && address == statusURL {
		return c.opts.StatusURL
	}
	if rest, ok := strings.CutPrefix(address, timeAttackURL); ok && c.opts.TimeAttackURL != "" {
		return strings.TrimRight(c.opts.TimeAttackURL, "/") + "/" + rest
	}
	return address
}
