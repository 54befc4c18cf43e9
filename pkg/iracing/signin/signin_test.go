package signin_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/oauth"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/signin"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ways are the settings for each way to sign in to a fake.
func ways(fake *iracingtest.Server) map[signin.Way]signin.Settings {
	c := fake.Credentials
	at := signin.Settings{OAuthURL: fake.OAuthURL, APIURL: fake.URL, PublicURL: strings.TrimSuffix(fake.StatusURL, "/status.json")}
	password, refresh, access := at, at, at
	password.Way, password.ClientID, password.ClientSecret, password.Username, password.Password = signin.Password, c.ClientID, c.ClientSecret, c.Username, c.Password
	refresh.Way, refresh.ClientID, refresh.ClientSecret, refresh.RefreshToken = signin.Refresh, c.ClientID, c.ClientSecret, c.NewRefreshToken()
	access.Way, access.AccessToken = signin.Access, c.NewAccessToken()
	return map[signin.Way]signin.Settings{signin.Password: password, signin.Refresh: refresh, signin.Access: access}
}

func TestEachWayFindsOutWhoItIs(t *testing.T) {
	fake := iracingtest.Start(t, iracingtest.Options{Races: 5, OneHost: true})
	for way, s := range ways(fake) {
		t.Run(string(way), func(t *testing.T) {
			a, err := signin.New(s, signin.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = a.Close() }()
			cached := a.Cached(iracing.NewMemory(1<<20), nil)
			defer cached.Close()
			id, err := signin.WhoAmI(t.Context(), cached)
			if err != nil || id <= 0 || !s.SignsIn() {
				t.Errorf("customer %d, %v", id, err)
			}
		})
	}
}

func TestWithoutAnAccountThePublicFilesAnswer(t *testing.T) {
	fake := iracingtest.Start(t, iracingtest.Options{Races: 5, OneHost: true})
	for _, way := range []signin.Way{"", signin.None} {
		s := signin.Settings{Way: way, APIURL: fake.URL, PublicURL: strings.TrimSuffix(fake.StatusURL, "/status.json")}
		a, err := signin.New(s, signin.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (iracing.API{Source: a.Client}).ServiceStatus(t.Context()); err != nil {
			t.Error(err)
		}
		_, err = signin.WhoAmI(t.Context(), a.Client)
		if e, ok := errors.AsType[*iracing.Error](err); !ok || e.Kind != iracing.NoCredentials || s.SignsIn() {
			t.Errorf("signed in without an account: %v", err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatIsMissingIsToldWhenItIsNeeded(t *testing.T) {
	a, err := signin.New(signin.Settings{Way: signin.Password, ClientID: "pit-wall", ClientSecret: "x"}, signin.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	_, err = signin.WhoAmI(t.Context(), a.Client)
	if a.Err == nil || err == nil || !strings.Contains(err.Error(), "e-mail") {
		t.Errorf("%v, then %v", a.Err, err)
	}
	if _, err := signin.New(signin.Settings{Way: "magic"}, signin.Options{}); err == nil || !strings.Contains(err.Error(), "magic") {
		t.Errorf("a way that there is not: %v", err)
	}
}

// The name of an account is what tokens and private answers are kept under, by two programs and for years.
func TestAccountsAreToldApart(t *testing.T) {
	base := signin.Settings{Way: signin.Refresh, ClientID: "pit-wall", Username: "Alex@Example.com", RefreshToken: "r"}
	if got := base.Account(); got != "44702e745cd48120" {
		t.Errorf("the name of an account has changed to %s: what was kept is lost", got)
	}
	names := map[string]string{base.Account(): "itself"}
	for what, change := range map[string]func(*signin.Settings){
		"way":    func(s *signin.Settings) { s.Way = signin.Password },
		"client": func(s *signin.Settings) { s.ClientID = "another" },
		"user":   func(s *signin.Settings) { s.Username = "bo@example.com" },
		"token":  func(s *signin.Settings) { s.RefreshToken = "another" },
		"oauth":  func(s *signin.Settings) { s.OAuthURL = "https://stand-in.example/oauth2" },
	} {
		s := base
		change(&s)
		if other, ok := names[s.Account()]; ok {
			t.Errorf("another %s is the same account as %s", what, other)
		}
		names[s.Account()] = what
	}
	same := base
	same.Username, same.ClientSecret, same.APIURL, same.PerSecond = "alex@example.com", "another", "https://stand-in.example", 1
	if same.Account() != base.Account() {
		t.Error("what says nothing about whose account it is makes it another")
	}
}

func TestRealms(t *testing.T) {
	for url, want := range map[string]string{
		"": "", iracing.DefaultURL: "", iracing.DefaultURL + "/": "", "http://127.0.0.1:8400": "127.0.0.1:8400", "::": "",
	} {
		if got := (signin.Settings{APIURL: url}).Realm(); got != want {
			t.Errorf("the realm of %q is %q, not %q", url, got, want)
		}
	}
}

// Tokens that one program has kept serve another with the same settings.
func TestTwoProgramsShareTokens(t *testing.T) {
	fake := iracingtest.Start(t, iracingtest.Options{Races: 5, OneHost: true})
	s := ways(fake)[signin.Refresh]
	path := filepath.Join(t.TempDir(), "tokens")
	for range 2 {
		file, err := oauth.NewFile(path, s.Material())
		if err != nil {
			t.Fatal(err)
		}
		a, err := signin.New(s, signin.Options{Store: file})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := signin.WhoAmI(t.Context(), a.Client); err != nil {
			t.Error(err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
	if n := fake.Count(iracingtest.Token, ""); n != 1 {
		t.Errorf("%d exchanges for one sign-in", n)
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	s := signin.Settings{
		Way: signin.Password, ClientID: "pit-wall", ClientSecret: "canary-client", Username: "canary@example.com", Password: "canary-password",
		RefreshToken: "canary-refresh", AccessToken: "canary-access",
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		if text := fmt.Sprintf(verb, s); strings.Contains(text, "canary") || strings.Contains(text, "63616e617279") {
			t.Errorf("%s prints %s", verb, text)
		}
	}
	if material := (signin.Settings{Way: signin.Access, AccessToken: "a", Password: "p"}).Material(); material != nil {
		t.Errorf("tokens that do not last are sealed with %q", material)
	}
}
