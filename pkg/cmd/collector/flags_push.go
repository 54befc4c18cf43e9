package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/apexobs/iracing-grafana-observability/pkg/collect/push"
)

// pushFlags say where samples are pushed to by remote write.
type pushFlags struct {
	RemoteWriteURL          string            `name:"remote-write-url" env:"REMOTE_WRITE_URL" placeholder:"URL" help:"Where samples go, such as http://localhost:9090/api/v1/write. Without it nothing is pushed."`
	RemoteWriteUser         string            `env:"REMOTE_WRITE_USER" placeholder:"NAME" help:"The user, for basic authentication."`
	RemoteWritePasswordFile string            `env:"REMOTE_WRITE_PASSWORD_FILE" placeholder:"FILE" help:"A file with the user's password; or REMOTE_WRITE_PASSWORD is the password."`
	RemoteWriteTokenFile    string            `env:"REMOTE_WRITE_TOKEN_FILE" placeholder:"FILE" help:"A file with a bearer token, in place of user and password; or REMOTE_WRITE_TOKEN is the token."`
	RemoteWriteHeader       map[string]string `env:"REMOTE_WRITE_HEADER" placeholder:"NAME=VALUE" help:"One more header, such as X-Scope-OrgID=team. May be given more than once; in the variable, with semicolons between."`
	RemoteWriteMaxAge       time.Duration     `env:"REMOTE_WRITE_MAX_AGE" default:"2160h" placeholder:"TIME" help:"Samples that are older are not sent, as the target would refuse them: the out-of-order window of the target."`
	RemoteWriteEvery        time.Duration     `env:"REMOTE_WRITE_EVERY" default:"1s" placeholder:"TIME" help:"The time from one sample of a telemetry channel to the next."`
	RemoteWriteRate         int               `env:"REMOTE_WRITE_RATE" default:"5000" placeholder:"N" help:"How many samples are sent in a second at most."`
}

// writer makes what pushes; nil when nobody said where to. labels answers what stands for a driver.
func (f *pushFlags) writer(ctx context.Context, c *console, labels func(cust int64) string, log hclog.Logger) (*push.Writer, error) {
	if f.RemoteWriteURL == "" {
		return nil, nil
	}
	cfg := push.Config{
		URL: f.RemoteWriteURL, User: f.RemoteWriteUser, Headers: f.RemoteWriteHeader,
		MaxAge: f.RemoteWriteMaxAge, Samples: push.SampleOptions{Every: f.RemoteWriteEvery, CustID: labels}, PerSecond: f.RemoteWriteRate, Log: log,
	}
	// A secret in an address or a header that is a flag could be read by others; those in variables are treated alike,
	// as a program has one way to do a thing.
	if u, err := url.Parse(f.RemoteWriteURL); err == nil && u.User != nil {
		return nil, usageError{errors.New("the address of --remote-write-url holds credentials: use --remote-write-user and REMOTE_WRITE_PASSWORD for them")}
	}
	for name := range f.RemoteWriteHeader {
		if http.CanonicalHeaderKey(strings.TrimSpace(name)) == "Authorization" {
			return nil, usageError{errors.New("the header Authorization is a secret: use REMOTE_WRITE_TOKEN, or --remote-write-user and REMOTE_WRITE_PASSWORD")}
		}
	}
	if f.RemoteWriteEvery <= 0 || f.RemoteWriteRate <= 0 || f.RemoteWriteMaxAge <= 0 {
		return nil, usageError{errors.New("--remote-write-every, --remote-write-rate and --remote-write-max-age are more than 0")}
	}
	var err error
	if cfg.Password, err = c.given(ctx, secret{what: "password for remote write", env: "REMOTE_WRITE_PASSWORD", file: f.RemoteWritePasswordFile}); err != nil {
		return nil, err
	}
	if cfg.BearerToken, err = c.given(ctx, secret{what: "token for remote write", env: "REMOTE_WRITE_TOKEN", file: f.RemoteWriteTokenFile}); err != nil {
		return nil, err
	}
	if cfg.BearerToken != "" && cfg.User != "" {
		return nil, usageError{errors.New("remote write has both a user and a token: it takes one of them")}
	}
	return push.NewWriter(cfg)
}
