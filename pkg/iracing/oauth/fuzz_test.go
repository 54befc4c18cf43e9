package oauth_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/oauth"
)

func FuzzTokenAnswer(f *testing.F) {
	f.Add(200, "", `{"access_token":"at","token_type":"Bearer","expires_in":600,"refresh_token":"rt","refresh_token_expires_in":604800,"scope":"iracing.auth"}`, false)
	f.Add(200, "", `{"access_token":"at","expires_in":"1e400","scope":["iracing.auth"]}`, false)
	f.Add(400, "600", tooOften, false)
	f.Add(429, "Sat, 09 May 2026 19:00:00 GMT", "Rate limit exceeded", false)
	f.Add(503, "", `{"error":"Site Maintenance"}`, false)
	f.Add(504, "-1", "<html>", true)
	f.Fuzz(func(t *testing.T, status int, retryAfter, body string, truncated bool) {
		h := http.Header{"Retry-After": {retryAfter}, "Ratelimit-Remaining": {"0"}, "Ratelimit-Reset": {retryAfter}}
		j := oauth.Judge(status, h, []byte(body), truncated)
		if j.Granted && (truncated || j.Access == "" || strings.ContainsAny(j.Access+j.Refresh, "\r\n \x00")) {
			t.Errorf("granted %+v", j)
		}
		if j.Until != 0 && (j.Until < j.Now || j.Until > j.Now+86401) {
			t.Errorf("until %d s from now", j.Until-j.Now)
		}
		if len(j.Detail) > 400 {
			t.Errorf("a long error: %s", j.Detail)
		}
	})
}

func FuzzUnseal(f *testing.F) {
	now := time.Date(2026, 5, 9, 18, 30, 0, 0, time.UTC)
	sealed, err := oauth.Seal(key, oauth.Stored{RefreshToken: "rt", Hold: oauth.Hold{Client: "c", Until: now}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add(sealed[:20])
	f.Add([]byte("iracing-tokens/1\n\xff\xff{}"))
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := oauth.Unseal(key, b)
		if err == nil && r.RefreshToken != "rt" { // what each process seals for itself differs, but has this in it
			t.Error("a forged record was opened")
		}
		if err != nil && r.RefreshToken != "" {
			t.Error("a token out of a record that is not good")
		}
		if _, err := oauth.Unseal([]byte("another"), b); err == nil {
			t.Error("opened with another key")
		}
	})
}

func FuzzPasted(f *testing.F) {
	const state = "the-state"
	f.Add("http://127.0.0.1:8765/callback?code=abcdefgh&state=the-state")
	f.Add("code=abcdefgh&state=the-state")
	f.Add("abcdefgh")
	f.Add("?error=access_denied&state=the-state#x")
	f.Fuzz(func(t *testing.T, text string) {
		code, problem, err := oauth.Pasted(state, text)
		if (problem == "") == (code == "" && err == nil) {
			t.Errorf("code %q, error %v, problem %q", code, err, problem)
		}
		if strings.ContainsAny(code, "\r\n ") {
			t.Errorf("code %q", code)
		}
	})
}
