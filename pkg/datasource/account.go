package datasource

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/httpclient"
	"github.com/grafana/grafana-plugin-sdk-go/backend/log"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/signin"
	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
	"github.com/apexobs/iracing-grafana-observability/pkg/people"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
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
	*signin.Account
	imports *imports
	cached  *iracing.Cached
	source  iracing.Source // the cached client and imported results

	db     *database       // nil without one
	tiered *iracing.Tiered // memory and the database's cache; nil without one
	keeper *store.Keeper   // writes facts into the database; nil without one, and without an account

	secret *secret
	lasts  bool // the tokens outlive this instance

	mu      sync.Mutex
	own     int64     // the own driver's customer id once it is known
	ownTold bool      // the database knows, too
	ownTell time.Time // when to try that again
	people  *people.People
	shared  bool      // people are called as in the database's views
	ownErr  error     // why it could not be found out
	ownTry  time.Time // when to try again
}

// newAccount makes the account from the settings. It asks nobody anything yet.
func newAccount(ctx context.Context, s backend.DataSourceInstanceSettings, settings models.Settings, secrets models.Secrets, db *database, web *http.Client, cacheDir string, l log.Logger) (*account, error) {
	var err error
	a := &account{settings: settings, db: db}
	if settings.CustID != "" {
		if a.own, err = ask.Number("the own customer id in the data source's settings", settings.CustID); err != nil {
			return nil, err
		}
	}
	// A data source's uid is its own within its organisation only.
	org := backend.PluginConfigFromContext(ctx).Namespace
	kept := ""
	if cacheDir != "" {
		kept = filepath.Join(cacheDir, "results-"+signin.Fingerprint(org, s.UID))
	}
	if a.secret, err = newSecret(cacheDir, secrets, db); err != nil {
		return nil, err
	}
	if a.imports, err = newImports(settings.ResultsURL, kept, db); err != nil {
		return nil, err
	}
	how := signInOf(settings, secrets)
	tokens, lasts := tokenStore(cacheDir, how, db, secrets.TokenKey)
	a.lasts = lasts
	if a.Account, err = signin.New(how, signin.Options{
		Store: tokens, HTTP: web, Observer: metrics.API{}, Log: l, UserAgent: PluginID,
	}); err != nil {
		return nil, err
	}
	memory := iracing.NewMemory(cacheBytes)
	if db == nil {
		a.cached = a.Cached(memory, func(err error) { l.Warn("The cache of iRacing's answers failed", "error", err) })
		a.source = a.imports.over(a.cached)
		return a, nil
	}
	a.tiered = db.cache(memory)
	a.cached = a.Cached(a.tiered, db.warn("The cache of iRacing's answers failed"))
	if a.source = a.imports.over(a.cached); a.signsIn() {
		// What others have put into the cache is theirs to take apart.
		a.keeper = db.keeper(a.cached)
		a.source = a.imports.over(a.keeper)
	}
	return a, nil
}

// signInOf is what the settings say of the account.
func signInOf(settings models.Settings, secrets models.Secrets) signin.Settings {
	s := signin.Settings{
		Way: signin.Way(settings.SignIn), ClientID: settings.ClientID, ClientSecret: secrets.ClientSecret,
		Username: settings.Username, Password: secrets.Password, AccessToken: secrets.AccessToken,
		OAuthURL: settings.OAuthURL, APIURL: settings.APIURL, PublicURL: settings.PublicURL,
		PerSecond: settings.RequestsPerSecond,
	}
	switch s.Way {
	case signin.Refresh:
		// What another way needs must not become part of the account's name.
		s.RefreshToken = secrets.RefreshToken
	case signin.Access:
		// Whose a pasted token is nobody can tell, so that each is taken for another account's.
		s.Username = signin.Fingerprint(s.AccessToken)
	}
	return s
}

func readSecrets(values map[string]string) (s models.Secrets, err error) {
	b, err := json.Marshal(values)
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	return s, err
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

// close ends what runs in the background, and writes what is left into the database if that takes no time.
func (a *account) close() error {
	a.cached.Close()
	if a.db != nil {
		ctx, cancel := context.WithTimeout(context.Background(), lastWords)
		defer cancel()
		var err error
		if a.keeper != nil {
			err = a.keeper.Wait(ctx)
		}
		if err = errors.Join(err, a.tiered.Flush(ctx)); err != nil {
			a.db.log.Warn("Not all that iRacing answered was written into the database", "error", err)
		}
		if a.keeper != nil {
			a.keeper.Close()
		}
		a.tiered.Close()
	}
	return a.Close()
}

// signsIn tells whether somebody set up a way to sign in.
func (a *account) signsIn() bool { return a.Settings.SignsIn() }

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
	own, err = signin.WhoAmI(ctx, a.source)
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

// names are the names of people in this account's panels. The own driver is clear, so who that is is found out first;
// where that fails, nobody is.
func (a *account) names(ctx context.Context) *people.People {
	secret, shared := a.secret.get(ctx)
	ctx, cancel := context.WithTimeout(ctx, namesPatience)
	defer cancel()
	own, _ := a.me(ctx) // whoever needs the own driver gets this error by asking for it
	a.tell(ctx, own)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.people == nil || !a.people.Own(own) && own != 0 || shared && !a.shared {
		a.people, a.shared = people.New(a.settings.ShowNames, own, secret), shared
	}
	return a.people
}

// tell lets the database know whose data this is, so that its views call the own driver by name, as panels do.
func (a *account) tell(ctx context.Context, own int64) {
	if a.db == nil || own == 0 {
		return
	}
	a.mu.Lock()
	due := !a.ownTold && !time.Now().Before(a.ownTell)
	if due {
		a.ownTell = time.Now().Add(ownRest) // the others do not wait for it
	}
	a.mu.Unlock()
	if !due {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, secretPatience)
	defer cancel()
	if a.db.AddOwn(ctx, own) != nil {
		return // the health check tells why the database fails
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ownTold = true
}

// ask is what a query of this account is answered from.
func (a *account) ask(ctx context.Context) *ask.Source {
	return &ask.Source{
		API: a.source, Units: a.settings.Units, People: a.names(ctx), Me: a.me, Imported: a.imported, Now: time.Now,
	}
}

func (a *account) imported(ctx context.Context) ([]ask.Import, error) {
	list, _, err := a.imports.list(ctx)
	if err != nil {
		return nil, err
	}
	imports := make([]ask.Import, len(list))
	for i, r := range list {
		imports[i] = ask.Import{Subsession: r.Subsession, Start: r.Start, Series: r.Series, Track: r.Track}
	}
	return imports, nil
}
