package oauth

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// result is what came of one exchange, told apart by what to do next.
type result int

const (
	granted      result = iota + 1
	invalidGrant        // the token, code or password is not good
	refused             // the client or the request is not good; asking again makes it worse
	lockedOut           // asked too often
	failed              // nothing was used up; try again
	notNow              // nothing was used up, but trying again at once makes no sense
	lost                // it is not known whether what was sent is used up
)

// answer is what the token endpoint answered.
type answer struct {
	result    result
	tokens    tokens // when granted
	kind      iracing.Kind
	status    int
	until     time.Time // of lockedOut and notNow, when the answer said so
	detail    string    // a few words of our own, or one of iRacing's error codes
	requestID string
	cause     error // that holds no secret
}

func (a answer) err() *iracing.Error {
	return &iracing.Error{Kind: a.kind, Status: a.status, Until: a.until, Detail: a.detail, RequestID: a.requestID, Err: a.cause}
}

// outcome is a short word for metrics and logs.
func (a answer) outcome() string {
	switch a.result {
	case granted:
		return "ok"
	case lost:
		return "lost"
	case invalidGrant:
		return "invalid_grant"
	}
	return a.kind.String()
}

// tokens are what a grant brings.
type tokens struct {
	access      string
	life        time.Duration // 0 when the answer did not say
	refresh     string        // empty when there was none
	refreshLife time.Duration // 0 when the answer did not say
	scope       string
}

// maxAnswer is more than any answer of the token endpoint has.
const maxAnswer = 64 << 10

// maxLife bounds what a token's lifetime is believed to be.
const maxLife = 366 * 24 * time.Hour

// seconds reads a number of seconds, as a number or a text. Whatever else there is counts as not said.
type seconds time.Duration

func (s *seconds) UnmarshalJSON(b []byte) error {
	f, err := strconv.ParseFloat(string(bytes.Trim(b, `"`)), 64)
	switch {
	case err != nil || !(f > 0):
		*s = 0
	case f > maxLife.Seconds():
		*s = seconds(maxLife)
	default:
		*s = seconds(f * float64(time.Second))
	}
	return nil
}

// decodeTokens reads the body of a successful answer; ok is false when it is not one. A body is never quoted.
func decodeTokens(body []byte) (t tokens, ok bool) {
	var a struct {
		AccessToken  string  `json:"access_token"`
		TokenType    string  `json:"token_type"`
		ExpiresIn    seconds `json:"expires_in"`
		RefreshToken string  `json:"refresh_token"`
		RefreshLife  seconds `json:"refresh_token_expires_in"`
		Scope        any     `json:"scope"`
	}
	if len(body) > maxAnswer || json.Unmarshal(body, &a) != nil {
		return tokens{}, false
	}
	if !printable(a.AccessToken) || a.TokenType != "" && !strings.EqualFold(a.TokenType, "Bearer") ||
		a.RefreshToken != "" && !printable(a.RefreshToken) {
		return tokens{}, false
	}
	scope, _ := a.Scope.(string)
	return tokens{
		access: a.AccessToken, life: time.Duration(a.ExpiresIn), refresh: a.RefreshToken,
		refreshLife: time.Duration(a.RefreshLife), scope: scope,
	}, true
}

// printable tells that a text can be a token: it goes into a header.
func printable(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// hasScope tells that the token allows what we need.
func (t tokens) hasScope() bool { return slices.Contains(strings.Fields(t.scope), Scope) }

// decodeError reads the code of an answer that is an error of the OAuth service; empty when it is none that is known.
func decodeError(body []byte) string {
	var a struct {
		Error string `json:"error"`
	}
	if len(body) > maxAnswer || json.Unmarshal(body, &a) != nil {
		return ""
	}
	return knownCode(a.Error)
}

// knownCode is the code itself when it is one of the OAuth service's, and empty otherwise. Only the words of this list
// get into a log line or an error.
func knownCode(code string) string {
	switch code = strings.ToLower(code); code {
	case "access_denied", "insufficient_scope", "invalid_client", "invalid_grant", "invalid_request", "invalid_scope",
		"invalid_token", "server_error", "temporarily_unavailable", tooOften, "unsupported_grant_type",
		"unsupported_response_type":
		return code
	case "site maintenance":
		return siteMaintenance
	}
	return ""
}

const (
	// tooOften is what iRacing answers, with status 400, to a client that has asked too often.
	tooOften        = "unauthorized_client" //nolint:misspell // the spelling of OAuth
	siteMaintenance = "site_maintenance"
)

// The pauses after answers that do not say until when.
const (
	lockOutPause = 15 * time.Minute
	maxPause     = 24 * time.Hour
)

// judge says what to do after an answer. truncated tells that the body is not whole.
func judge(status int, header http.Header, body []byte, truncated bool, now time.Time) answer {
	a := answer{status: status}
	if status/100 == 2 {
		t, ok := decodeTokens(body)
		switch {
		case !truncated && bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")):
			// A web page comes from what stands before the service, which was then not asked.
			a.result, a.kind, a.detail = failed, iracing.Unavailable, "a web page came instead of an answer"
		case truncated || !ok:
			// The exchange may have happened: what came back is of no use, but what was sent may be used up.
			a.result, a.kind, a.detail = lost, iracing.BadAnswer, "the answer to the sign-in is not one"
			if truncated {
				a.kind, a.detail = iracing.Unreachable, "the answer to the sign-in was cut off"
			}
		case !t.hasScope():
			a.result, a.kind, a.tokens = refused, iracing.BadCredentials, t
			a.detail = "the tokens do not allow " + Scope + ": the account is not registered for this client, or not active"
		default:
			a.result, a.tokens = granted, t
		}
		return a
	}
	code := decodeError(body)
	a.detail = code
	if code == "" {
		a.detail = "HTTP status " + strconv.Itoa(status)
	}
	until, said := retryAfter(header, now)
	switch {
	case status == http.StatusTooManyRequests, code == tooOften:
		a.result, a.kind, a.until = lockedOut, iracing.LockedOut, until
		if !said {
			a.until = now.Add(lockOutPause)
			if code == tooOften {
				a.detail += "; if it stays so, the client is not allowed to sign in this way"
			}
		}
	case code == "invalid_grant" || code == "invalid_token":
		a.result, a.kind = invalidGrant, iracing.BadCredentials
	case code == siteMaintenance:
		a.result, a.kind, a.until = notNow, iracing.Maintenance, until
	case status >= 500, code == "server_error", code == "temporarily_unavailable":
		a.result, a.kind, a.until = failed, iracing.Unavailable, until
		if said {
			a.result = notNow
		}
	case code != "":
		a.result, a.kind = refused, iracing.BadCredentials
	case status >= 300 && status < 400:
		a.result, a.kind = notNow, iracing.Unavailable
		a.detail += ": the address of the OAuth service leads elsewhere"
	case looksLikeJSON(body):
		// An error that iRacing has made up since. It is not told what it means, so that it is asked about rarely.
		a.result, a.kind, a.until = notNow, iracing.Unavailable, until
		if !said {
			a.until = now.Add(lockOutPause)
		}
	default:
		// What is no JSON is not the service's own: something that stands before it answered.
		a.result, a.kind, a.until = failed, iracing.Unavailable, until
		a.detail += " with something that is not an answer"
	}
	return a
}

func looksLikeJSON(body []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) }

// retryAfter is when an answer says to ask again: by Retry-After (seconds or a date), or by RateLimit-Reset when no call
// remains. It is at least a second and at most a day away.
func retryAfter(h http.Header, now time.Time) (time.Time, bool) {
	var wait time.Duration
	text := strings.TrimSpace(h.Get("Retry-After"))
	if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(now)
	} else if n, err := strconv.ParseFloat(text, 64); err == nil && n >= 0 {
		wait = time.Duration(min(n, maxPause.Seconds()) * float64(time.Second))
	} else if n, err := strconv.ParseFloat(strings.TrimSpace(h.Get("RateLimit-Reset")), 64); err == nil && n >= 0 &&
		strings.TrimSpace(h.Get("RateLimit-Remaining")) == "0" {
		// Seconds from now, or a time; the draft says one, the /data API has the other.
		if wait = time.Duration(min(n, maxPause.Seconds()) * float64(time.Second)); n > 1e9 {
			wait = time.Unix(int64(min(n, 1e11)), 0).Sub(now)
		}
	} else {
		return time.Time{}, false
	}
	return now.Add(min(max(wait, time.Second), maxPause)), true
}

// requestID is iRacing's name for the request, when it is a plain one and nothing that was sent.
func requestID(h http.Header, secrets []string) string {
	id := strings.TrimSpace(h.Get("X-Request-Id"))
	if len(id) > 64 || strings.ContainsFunc(id, func(r rune) bool {
		return !('0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '-' || r == '_' || r == ':' || r == '=')
	}) {
		return ""
	}
	for _, s := range secrets {
		if s != "" && (strings.Contains(id, s) || id != "" && strings.Contains(s, id)) {
			return ""
		}
	}
	return id
}
