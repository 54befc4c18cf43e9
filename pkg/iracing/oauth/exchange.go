package oauth

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// exchanger asks the token endpoint.
type exchanger struct{ cfg Config }

// passwordForm asks for tokens with the account's password.
func (x exchanger) passwordForm() url.Values {
	return url.Values{
		"grant_type": {string(PasswordLimited)},
		"username":   {x.cfg.Username},
		"password":   {Mask(x.cfg.Password, x.cfg.Username)},
		"scope":      {Scope},
	}
}

// refreshForm asks for tokens with a refresh token.
func (x exchanger) refreshForm(token string) url.Values {
	return url.Values{"grant_type": {string(RefreshToken)}, "refresh_token": {token}}
}

// codeForm asks for tokens with the code that the browser brought back.
func (x exchanger) codeForm(code, redirect, verifier string) url.Values {
	return url.Values{
		"grant_type":    {string(AuthorizationCode)},
		"code":          {code},
		"redirect_uri":  {redirect},
		"code_verifier": {verifier},
	}
}

// post makes one exchange. It takes only ctx's values: once begun, an exchange ends by itself or by its own timeout, as
// giving up half-way would lose the token that it brings.
func (x exchanger) post(ctx context.Context, form url.Values) answer {
	form.Set("client_id", x.cfg.ClientID)
	if x.cfg.ClientSecret != "" {
		form.Set("client_secret", Mask(x.cfg.ClientSecret, x.cfg.ClientID))
	}
	a := x.roundTrip(ctx, form)
	grant := form.Get("grant_type")
	x.cfg.Observer.Login(grant, a.outcome())
	args := []any{"grant", grant, "outcome", a.outcome(), "request_id", a.requestID}
	if a.result == granted {
		now := x.cfg.Now()
		x.cfg.Log.Info("Signed in to iRacing", append(args, "expires", now.Add(a.tokens.accessLife()).UTC().Format(time.RFC3339))...)
	} else {
		x.cfg.Log.Warn("iRacing gave no tokens", append(args, "status", a.status, "detail", a.detail)...)
	}
	return a
}

func (x exchanger) roundTrip(ctx context.Context, form url.Values) answer {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), x.cfg.Timeout)
	defer cancel()
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { sent.Store(true) },
		WroteRequest: func(httptrace.WroteRequestInfo) { sent.Store(true) },
	})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, x.cfg.URL+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		return answer{result: refused, kind: iracing.BadCredentials, detail: "the address of the OAuth service is not right"}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	resp, err := x.cfg.HTTP.Do(req)
	if err != nil {
		a := answer{result: failed, kind: iracing.Unreachable}
		a.detail, a.cause = explain(err)
		if sent.Load() {
			a.result = lost
		}
		return a
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	a := judge(resp.StatusCode, resp.Header, body, err != nil, x.cfg.Now())
	a.requestID = requestID(resp.Header, []string{
		form.Get("client_secret"), form.Get("password"), form.Get("refresh_token"), form.Get("code"), form.Get("code_verifier"),
		a.tokens.access, a.tokens.refresh, form.Get("username"),
	})
	return a
}

// explain says in a few words why no answer came. Most errors of the HTTP client quote what the other side sent, so that
// only those of the network are passed on.
func explain(err error) (string, error) {
	var dns *net.DNSError
	var op *net.OpError
	var timeout net.Error
	switch {
	case errors.As(err, &dns):
		return "the name of the OAuth service is not known", dns
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time", context.DeadlineExceeded
	case errors.As(err, &op) && op.Op == "dial":
		return "no connection", op
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &op):
		return "the connection was cut", nil
	case strings.Contains(err.Error(), "tls:"), strings.Contains(err.Error(), "x509:"):
		return "no trusted connection: check certificates and a proxy", nil
	}
	return "the connection failed", nil
}

// accessLife is for how long the access token is good. Where the answer does not say, it is used for a minute.
func (t tokens) accessLife() time.Duration {
	if t.life > 0 {
		return t.life
	}
	return time.Minute
}
