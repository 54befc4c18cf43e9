package push

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/prometheus/client_golang/exp/api/remote"
)

const (
	requestTimeout = 30 * time.Second
	maxRetryAfter  = 5 * time.Minute // however long the target asks for
	maxReason      = 200             // bytes of what a target says
	tenantHeader   = "X-Scope-OrgID"
)

// target sends requests to a receiver of remote write. How to send, when to repeat and how long to wait is the library's
// business; what came of it, and that no secret gets into an error, is that of the watch on its connection.
type target struct{ api *remote.API }

// address checks the address and the credentials of a configuration.
func (c *Config) address() (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(c.URL))
	switch {
	case err != nil:
		return nil, errors.New("the remote write address is not a URL") // which may hold a password
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, errors.New("the remote write address must begin with http:// or https:// and a host, such as http://localhost:9090/api/v1/write")
	case u.User != nil:
		return nil, errors.New("the remote write address holds a user; give the user and the password apart from it")
	case c.User != "" && c.BearerToken != "":
		return nil, errors.New("give remote write either a user with a password or a bearer token, not both")
	case c.User == "" && c.Password != "":
		return nil, errors.New("remote write has a password but no user")
	}
	u.Fragment = ""
	for name, value := range c.Headers {
		if !headerName(name) || strings.ContainsAny(value, "\r\n\x00") {
			return nil, fmt.Errorf("remote write: %q is not a header that can be sent", name)
		}
	}
	return u, nil
}

func newTarget(u *url.URL, c *Config, retry remote.BackoffConfig) (*target, error) {
	client := http.Client{Timeout: requestTimeout}
	if c.HTTP != nil {
		client = *c.HTTP
	}
	// Following a redirect would turn the request into one that reads.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client.Transport = &watch{next: cmp.Or[http.RoundTripper](client.Transport, http.DefaultTransport), config: c}
	api, err := remote.NewAPI(u.String(), remote.WithAPIHTTPClient(&client), remote.WithAPIPath(""), remote.WithAPIBackoff(retry))
	if err != nil {
		return nil, errors.New("the remote write address cannot be used")
	}
	return &target{api}, nil
}

func headerName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r == '-' || r == '_' || r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)))
	})
}

// targetName tells a target from others without a secret.
func targetName(u *url.URL, c *Config) string {
	tenant := ""
	for name, value := range c.Headers {
		if strings.EqualFold(name, tenantHeader) {
			tenant = value
		}
	}
	h := sha256.New()
	for _, part := range []string{u.Scheme, strings.ToLower(u.Host), strings.TrimSuffix(u.Path, "/"), c.User, tenant} {
		_, _ = fmt.Fprintf(h, "%d:%s", len(part), part) // a hash takes everything
	}
	return strings.ToLower(u.Host) + "#" + hex.EncodeToString(h.Sum(nil)[:6])
}

// refusal is an answer that repeating does not change.
type refusal struct {
	status int
	reason string
}

func (e *refusal) Error() string {
	switch {
	case e.status == http.StatusUnauthorized || e.status == http.StatusForbidden:
		return fmt.Sprintf("the remote write target does not take the credentials (%s); check the user, the password or token and their rights", e.text())
	case e.status == http.StatusNotFound || e.status == http.StatusMethodNotAllowed:
		return fmt.Sprintf("the remote write target takes no samples at this address (%s); a Prometheus takes them at /api/v1/write, "+
			"when it was started with --web.enable-remote-write-receiver", e.text())
	case e.status/100 == 3:
		return fmt.Sprintf("the remote write target answers with a redirect (%s); give the address that it leads to", e.text())
	}
	return fmt.Sprintf("the remote write target refuses samples (%s)", e.text())
}

func (e *refusal) text() string {
	s := strconv.Itoa(e.status) + " " + http.StatusText(e.status)
	if e.reason != "" {
		s += ": " + e.reason
	}
	return strings.TrimSpace(s)
}

// samples tells whether it was the samples that were refused, rather than whoever sent them.
func (e *refusal) samples() bool {
	switch e.status {
	case http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// tooOld tells whether the samples were refused for their time. The words are those of Prometheus, Mimir and Cortex; a
// sample is out of order for a target that takes none that are older than its newest.
func (e *refusal) tooOld() bool {
	s := strings.ReplaceAll(strings.ToLower(e.reason), "-", " ")
	return slices.ContainsFunc([]string{"too old", "out of bounds", "out of order"}, func(words string) bool { return strings.Contains(s, words) })
}

// unreachable says that a target did not answer, or with nothing but errors of its own.
type unreachable struct{ last string }

func (e *unreachable) Error() string { return "the remote write target cannot be reached: " + e.last }

// send sends a batch and repeats it while the target asks for that. retried is called for each repetition. The error is
// a refusal, unreachable, or that of ctx.
func (t *target) send(ctx context.Context, batch []Series, retried func(reason string)) error {
	var last attempt
	_, err := t.api.Write(context.WithValue(ctx, attemptKey{}, &last), remote.WriteV1MessageType, message(request(batch).append(nil)),
		remote.WithWriteRetryCallback(func(error) { retried(last.String()) }))
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case last.status == 0, last.status/100 == 5, last.status == http.StatusTooManyRequests:
		return &unreachable{last.String()}
	}
	return &refusal{last.status, last.reason}
}

// attempt is what came of a request.
type attempt struct {
	status int    // 0 without an answer
	reason string // what the target or the network says
}

func (a *attempt) String() string {
	if a.status == 0 {
		return a.reason
	}
	return (&refusal{a.status, a.reason}).text()
}

type attemptKey struct{}

// watch adds the credentials to requests and keeps what came of them, which the library words as text.
type watch struct {
	next   http.RoundTripper
	config *Config
}

// RoundTrip sends a request.
func (w *watch) RoundTrip(r *http.Request) (*http.Response, error) {
	last, _ := r.Context().Value(attemptKey{}).(*attempt)
	if last == nil {
		last = &attempt{}
	}
	r = r.Clone(r.Context())
	r.Header.Set("User-Agent", "iracing-collector")
	for name, value := range w.config.Headers {
		r.Header.Set(name, value)
	}
	switch {
	case w.config.BearerToken != "":
		r.Header.Set("Authorization", "Bearer "+w.config.BearerToken)
	case w.config.User != "":
		r.SetBasicAuth(w.config.User, w.config.Password)
	}
	answer, err := w.next.RoundTrip(r)
	if err != nil {
		*last = attempt{reason: w.config.hide(err.Error())}
		return nil, err
	}
	said, err := io.ReadAll(io.LimitReader(answer.Body, 4<<10))
	_ = answer.Body.Close() // nothing more of it is wanted
	if err != nil && answer.StatusCode/100 != 2 {
		said = nil
	}
	answer.Body = http.NoBody
	*last = attempt{answer.StatusCode, w.config.hide(reason(said))}
	if answer.StatusCode == http.StatusInternalServerError && (&refusal{reason: last.reason}).tooOld() {
		// Prometheus of version 2 calls it an error of its own, though asking again does not make a sample younger.
		last.status, answer.StatusCode = http.StatusBadRequest, http.StatusBadRequest
	}
	if after := answer.Header.Get("Retry-After"); after != "" {
		answer.Header.Set("Retry-After", strconv.Itoa(int(retryAfter(after, time.Now()).Round(time.Second)/time.Second)))
	}
	return answer, nil
}

// retryAfter is how long to wait by the header of that name, which holds seconds or a date.
func retryAfter(header string, now time.Time) time.Duration {
	wait := time.Duration(0)
	if s, err := strconv.ParseInt(header, 10, 32); err == nil {
		wait = time.Duration(s) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}

// reason is what a target says, without the series that it says it of: their labels are nobody's business.
func reason(body []byte) string {
	s := strings.ToValidUTF8(string(body), "")
	for _, mark := range []string{" for series", "{", "<"} {
		s, _, _ = strings.Cut(s, mark)
	}
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if len(s) > maxReason {
		s = strings.ToValidUTF8(s[:maxReason], "") + "…"
	}
	return s
}

// hide takes secrets out of a text.
func (c *Config) hide(s string) string {
	secrets := []string{c.Password, c.BearerToken}
	for name, value := range c.Headers {
		if !strings.EqualFold(name, tenantHeader) {
			secrets = append(secrets, value)
		}
	}
	for _, secret := range secrets {
		if len(secret) > 3 { // a shorter one is in any text
			s = strings.ReplaceAll(s, secret, "***")
		}
	}
	return s
}
