package oauth_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/oauth"
)

func TestMask(t *testing.T) {
	for _, c := range []struct{ secret, id, want string }{
		{"red4life", "louis@ferrari.com", "K3j4XfB2QoZYXLJH9eo5ZY2aC2fJ16MVwt7DD2uZJtw="},
		{"SuperSecretPassword", "test.user@example.com", "nXmEFCdpHheD1R3XBVkm6VQavR7ZLbW7SRmzo/MfFso="},
		{"Secret-Client-Password", "UnitTestApp", "D2GfmYK/nC8zeQPkpV2uGkk13hL0/LTQH44hiJKawCo="},
		{"MyPassWord", "CLunky@iracing.Com", "xGKecAR27ALXNuMLsGaG0v5Q9pSs2tZTZRKNgmHMg+Q="},
		{"my-client-secret", "  My-Client-ID ", "KByo51Pzs3vcAT5DvpFPJnMMi37+m+woMvfcq0qudkA="},
	} {
		if got := oauth.Mask(c.secret, c.id); got != c.want {
			t.Errorf("Mask(%q, %q) = %s, want %s", c.secret, c.id, got, c.want)
		}
	}
	if oauth.Mask(" secret", "id") == oauth.Mask("secret", "id") || oauth.Mask("Secret", "id") == oauth.Mask("secret", "id") {
		t.Error("the secret itself is neither trimmed nor lower-cased")
	}
}

func TestSettingsThatAreMissingOrWrongAreNamed(t *testing.T) {
	full := oauth.Config{
		Grant: oauth.PasswordLimited, ClientID: clientID, ClientSecret: clientSecret, Username: username, Password: password,
	}
	for name, c := range map[string]struct {
		change func(*oauth.Config)
		want   string
	}{
		"client id":      {func(c *oauth.Config) { c.ClientID = " " }, "client id is missing"},
		"client secret":  {func(c *oauth.Config) { c.ClientSecret = "" }, "client secret is missing"},
		"username":       {func(c *oauth.Config) { c.Username = "" }, "e-mail address is missing"},
		"password":       {func(c *oauth.Config) { c.Password = "" }, "password is missing"},
		"access token":   {func(c *oauth.Config) { c.Grant = oauth.AccessToken }, "access token is missing"},
		"grant":          {func(c *oauth.Config) { c.Grant = "client_credentials" }, `no way "client_credentials"`},
		"no web address": {func(c *oauth.Config) { c.URL = "ftp://example.org" }, "is not an https:// address"},
		"no host":        {func(c *oauth.Config) { c.URL = "https:///oauth2" }, "is not an https:// address"},
		"user in it":     {func(c *oauth.Config) { c.URL = "https://a:hunter2@example.org" }, "more to it than a host and a path"},
		"in the clear":   {func(c *oauth.Config) { c.URL = "http://oauth.iRacing.com/oauth2" }, "must begin with https://"},
		"unreadable":     {func(c *oauth.Config) { c.URL = "https://exa mple\x7f" }, "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := full
			c.change(&cfg)
			_, err := oauth.New(cfg)
			var e *iracing.Error
			if !errors.As(err, &e) || e.Kind != iracing.NoCredentials || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one that says %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Error("the error has a secret")
			}
		})
	}
	if _, err := oauth.New(full); err != nil {
		t.Error(err)
	}
}

func TestNothingPrintsItsSecrets(t *testing.T) {
	const secret = "hush-hush"
	c := oauth.Config{
		Grant: oauth.RefreshToken, ClientID: "id", ClientSecret: secret, Username: secret, Password: secret, RefreshToken: secret,
		AccessToken: secret, URL: "https://user:" + secret + "@example.org/x?" + secret,
	}
	stored := oauth.Stored{AccessToken: secret, RefreshToken: secret, Key: []byte(secret)}
	file, err := oauth.NewFile("tokens", []byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	c.URL, c.Store = "", file
	m, err := oauth.New(c)
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]any{
		"config": c, "pointer to config": &c, "config inside": struct{ C oauth.Config }{c}, "stored": stored, "pointer to stored": &stored,
		"token set": oauth.TokenSet{AccessToken: secret, RefreshToken: secret}, "file": file, "manager": m,
		"login": oauth.LoginOptions{Config: c},
	} {
		var log strings.Builder
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "value", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "value", v)
		asJSON, _ := json.Marshal(v) // functions cannot be encoded
		_, _ = log.Write(asJSON)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			_, _ = fmt.Fprintf(&log, verb, v)
		}
		text := log.String()
		for _, form := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), fmt.Sprintf("%d", []byte(secret)), "aHVzaC1odXNo"} {
			if strings.Contains(text, form) {
				t.Errorf("%s prints a secret: %.400s", name, text)
			}
		}
	}
	c.URL = "https://user:" + secret + "@example.org/x?" + secret
	if strings.Contains(c.String(), secret) {
		t.Errorf("config prints the secret in its address: %v", c)
	}
	if !strings.Contains(c.String(), "refresh token set") {
		t.Errorf("config does not say what is set: %v", c)
	}
}
