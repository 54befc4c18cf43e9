package datasource

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/httpclient"
	"github.com/grafana/grafana-plugin-sdk-go/backend/log"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/oauth"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
	"github.com/apexobs/iracing-grafana-observability/pkg/people"
)

const (
	// cacheBytes bounds the answers of the API that one data source keeps in memory.
	cacheBytes = 256 << 20
	// exchangeTimeout bounds an HTTP exchange; the client's own timeouts are shorter.
	exchangeTimeout = 3 * time.Minute
	// namesPatience bounds the wait for who the own driver is, as some queries can do without.
	namesPatience = 5 * time.Second
	// ownRest is how long nobody asks again who the own driver is after that failed.
	ownRest = 15 * time.Second
)

// account is the data source's way to iRacing: sign-in, client, cache and imported results.
type account struct {
	settings models.Settings
	results  *library.Results
	manager  *oauth.Manager // nil when its settings are incomplete
	client   *iracing.Client
	cached   *iracing.Cached
	source   iracing.Source // the cached client and imported results

	secret []byte // what pseudonyms come from
	lasts  bool   // the tokens outlive this instance

	mu     sync.Mutex
	own    int64 // the own driver's customer id once it is known
	people *people.People
	ownErr error     // why it could not be found out
	ownTry time.Time // when to try again
}

// newAccount makes the account from the settings. It asks nobody anything yet.
func newAccount(ctx context.Context, s backend.DataSourceInstanceSettings, settings models.Settings, cacheDir string, l log.Logger) (*account, error) {
	secrets, err := readSecrets(s.DecryptedSecureJSONData)
	if err != nil {
		return nil, err
	}
	a := &account{settings: settings}
	if settings.CustID != "" {
		if a.own, err = ask.Number("the own customer id in the data source's settings", settings.CustID); err != nil {
			return nil, err
		}
	}
	// A data source's uid is its own within its organisation only.
	org := backend.PluginConfigFromContext(ctx).Namespace
	kept := ""
	if cacheDir != "" {
		kept = filepath.Join(cacheDir, "results-"+fingerprint(org, s.UID))
	}
	if a.secret, err = pseudonymSecret(cacheDir, secrets); err != nil {
		return nil, err
	}
	if a.results, err = library.NewResults(settings.ResultsURL, kept); err != nil {
		return nil, err
	}
	web, err := httpClient(ctx, s)
	if err != nil {
		return nil, err
	}
	grant, ok := grants[settings.SignIn]
	if !ok {
		return nil, fmt.Errorf("there is no way to sign in that is called %.40q", settings.SignIn)
	}
	who := fingerprint(string(settings.SignIn), settings.ClientID, strings.ToLower(settings.Username), secrets.RefreshToken, settings.OAuthURL)
	store, lasts := tokenStore(cacheDir, who, settings.SignIn, secrets)
	a.lasts = lasts
	a.manager, err = oauth.New(oauth.Config{
		Grant: grant, URL: settings.OAuthURL,
		ClientID: settings.ClientID, ClientSecret: secrets.ClientSecret,
		Username: settings.Username, Password: secrets.Password,
		RefreshToken: secrets.RefreshToken, AccessToken: secrets.AccessToken,
		Store: store, HTTP: web, Observer: metrics.API{}, Log: l,
	})
	var tokens iracing.Tokens = a.manager
	if err != nil {
		// What needs no account still works.
		a.manager, tokens = nil, unable{err}
	}
	options := iracing.Options{
		URL: settings.APIURL, HTTP: web, Tokens: tokens, Observer: metrics.API{},
		PerSecond: settings.RequestsPerSecond, UserAgent: "apexobs-iracing-datasource",
	}
	if settings.PublicURL != "" {
		base := strings.TrimRight(settings.PublicURL, "/")
		options.StatusURL, options.TimeAttackURL = base+"/status.json", base+"/public/time-attack/schedules/"
	}
	a.client = iracing.New(options)
	a.cached = iracing.NewCached(a.client, iracing.NewMemory(cacheBytes), iracing.CachedOptions{
		Account: func() string { return who }, Observer: metrics.API{},
		Warn: func(err error) { l.Warn("The cache of iRacing's answers failed", "error", err) },
	})
	a.source = a.results.Over(a.cached)
	return a, nil
}

// grants are the ways to sign in.
var grants = map[models.SignIn]oauth.Grant{
	"":                    oauth.None,
	models.SignInNone:     oauth.None,
	models.SignInPassword: oauth.PasswordLimited,
	models.SignInRefresh:  oauth.RefreshToken,
	models.SignInAccess:   oauth.AccessToken,
}

// unable is a sign-in whose settings are incomplete.
type unable struct{ err error }

func (u unable) Token(context.Context, string) (string, error) { return "", u.err }

func readSecrets(values map[string]string) (s models.Secrets, err error) {
	b, err := json.Marshal(values)
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	return s, err
}

// fingerprint names a set of texts without telling them.
func fingerprint(texts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(texts, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// tokenStore keeps the rotating refresh token: encrypted on disk, so that it outlives a restart; in memory where nothing
// can be written, which lasts tells. The key is made of the secrets that this way to sign in needs, and of no other, as a
// changed one makes what was kept unreadable.
func tokenStore(dir, who string, way models.SignIn, secrets models.Secrets) (store oauth.TokenStore, lasts bool) {
	material := secrets.RefreshToken
	if way == models.SignInPassword {
		material = secrets.ClientSecret + "\x00" + secrets.Password
	}
	if dir != "" && material != "" {
		if file, err := oauth.NewFile(filepath.Join(dir, "token-"+who), []byte(material)); err == nil {
			return file, true
		}
	}
	return oauth.NewMemory(), false
}

// pseudonymSecret is what pseudonyms come from: the client secret, which all who share the settings have, or else random
// bytes that are kept in the folder. Where nothing can be kept, pseudonyms change with each start.
func pseudonymSecret(dir string, secrets models.Secrets) ([]byte, error) {
	if secrets.ClientSecret != "" {
		return []byte(secrets.ClientSecret), nil
	}
	fresh := make([]byte, 32)
	if _, err := rand.Read(fresh); err != nil {
		return nil, fmt.Errorf("make the secret of the pseudonyms: %w", err)
	}
	if dir == "" {
		return fresh, nil
	}
	path := filepath.Join(dir, "pseudonyms.key")
	if kept, err := os.ReadFile(path); err == nil && len(kept) == len(fresh) {
		return kept, nil
	}
	// Whoever comes first wins: a link is made whole or not at all.
	temp, err := os.CreateTemp(dir, "pseudonyms-*")
	if err != nil {
		return fresh, nil
	}
	defer func() { _ = os.Remove(temp.Name()) }() // the link stays
	_, err = temp.Write(fresh)
	if err = errors.Join(err, temp.Close()); err != nil {
		return fresh, nil
	}
	if os.Link(temp.Name(), path) == nil {
		return fresh, nil
	}
	if kept, err := os.ReadFile(path); err == nil && len(kept) == len(fresh) {
		return kept, nil
	}
	return fresh, nil
}

// httpClient is Grafana's: it knows the proxy, the custom certificates and the tracing that the operator set up.
func httpClient(ctx context.Context, s backend.DataSourceInstanceSettings) (*http.Client, error) {
	options, err := s.HTTPClientOptions(ctx)
	if err != nil {
		return nil, fmt.Errorf("the HTTP settings of the data source cannot be read: %w", err)
	}
	timeouts := httpclient.DefaultTimeoutOptions
	timeouts.Timeout = exchangeTimeout
	options.Timeouts = &timeouts
	return httpclient.New(options)
}

// close ends what runs in the background.
func (a *account) close() error {
	a.cached.Close()
	a.client.Close()
	if a.manager == nil {
		return nil
	}
	return a.manager.Close()
}

// signsIn tells whether somebody set up a way to sign in.
func (a *account) signsIn() bool {
	return a.settings.SignIn != "" && a.settings.SignIn != models.SignInNone
}

// me is the own driver: the one of the settings, or else the account that signs in.
func (a *account) me(ctx context.Context) (int64, error) {
	a.mu.Lock()
	own, err, again := a.own, a.ownErr, a.ownTry
	a.mu.Unlock()
	switch {
	case own != 0:
		return own, nil
	case err != nil && time.Now().Before(again):
		return 0, err
	}
	own, err = whoAmI(ctx, a.source)
	if e, ok := errors.AsType[*iracing.Error](err); ok && e.Kind == iracing.NoCredentials && e.Detail == "" {
		err = &iracing.Error{Kind: e.Kind, Detail: "which driver you are can also be told by the customer id there", Err: e}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil {
		if errors.Is(err, context.Canceled) {
			return 0, err
		}
		// Every query wants to know; a dashboard of many must not wait for each of them.
		a.ownErr, a.ownTry = err, time.Now().Add(ownRest)
		return 0, err
	}
	a.own, a.ownErr = own, nil
	return own, nil
}

// whoAmI is the account's customer id. The answer holds much that is private; nothing else of it is looked at.
func whoAmI(ctx context.Context, source iracing.Source) (int64, error) {
	r, err := iracing.NewRequest("/data/member/info", nil)
	if err != nil {
		return 0, err
	}
	answer, err := source.Get(ctx, r)
	if err != nil {
		return 0, err
	}
	var info struct {
		CustID int64 `json:"cust_id"`
	}
	if err := json.Unmarshal(answer.Body, &info); err != nil || info.CustID == 0 {
		return 0, &iracing.Error{Kind: iracing.BadAnswer, Endpoint: r.Endpoint.Path}
	}
	return info.CustID, nil
}

// names are the names of people in this account's panels. The own driver is clear, so who that is is found out first;
// where that fails, nobody is.
func (a *account) names(ctx context.Context) *people.People {
	ctx, cancel := context.WithTimeout(ctx, namesPatience)
	defer cancel()
	own, _ := a.me(ctx) // whoever needs the own driver gets this error by asking for it
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.people == nil || !a.people.Own(own) && own != 0 {
		a.people = people.New(a.settings.ShowNames, own, a.secret)
	}
	return a.people
}

// ask is what a query of this account is answered from.
func (a *account) ask(ctx context.Context) *ask.Source {
	return &ask.Source{
		API: a.source, Units: a.settings.Units, People: a.names(ctx), Me: a.me, Imported: a.imported, Now: time.Now,
	}
}

func (a *account) imported(ctx context.Context) ([]ask.Import, error) {
	list, _, err := a.results.List(ctx)
	if err != nil {
		return nil, err
	}
	imports := make([]ask.Import, len(list))
	for i, r := range list {
		imports[i] = ask.Import{Subsession: r.Subsession, Start: r.Start, Series: r.Series, Track: r.Track}
	}
	return imports, nil
}
