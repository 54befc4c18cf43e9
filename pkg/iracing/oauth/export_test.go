package oauth

import (
	"net/http"
	"time"
)

// Same tells that two records would be kept alike.
func Same(a, b Stored) bool { return a.same(b) }

// Judged is what an answer of the token endpoint comes to.
type Judged struct {
	Access, Refresh, Detail string
	Granted                 bool
	Until, Now              int64
}

// Judge reads an answer of the token endpoint.
func Judge(status int, header http.Header, body []byte, truncated bool) Judged {
	now := time.Date(2026, 5, 9, 12, 0, 0, 0, time.UTC)
	a := judge(status, header, body, truncated, now)
	j := Judged{Access: a.tokens.access, Refresh: a.tokens.refresh, Detail: a.err().Error(), Granted: a.result == granted, Now: now.Unix()}
	if !a.until.IsZero() {
		j.Until = a.until.Unix()
	}
	return j
}

// Pasted reads what a user pastes.
func Pasted(state, text string) (code, problem string, err error) {
	got, problem := (&callback{state: state}).pasted(text)
	return got.code, problem, got.err
}
