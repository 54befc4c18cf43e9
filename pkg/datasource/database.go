package datasource

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/log"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/signin"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

const (
	// defaultDatabase is the name of the database and of its user where nobody said another.
	defaultDatabase = "iracing"
	// databaseConns is how many connections one data source makes at most: a server with a hundred has room for several
	// data sources in several Grafanas.
	databaseConns = 6
	// connectPatience and statementPatience bound what somebody at a panel waits for.
	connectPatience   = 3 * time.Second
	statementPatience = 30 * time.Second
	// lastWords is how long a data source that ends tries to write what is left.
	lastWords = 3 * time.Second
	// warnRest is how long the same failure is not logged again, and mostReasons how many are logged meanwhile.
	warnRest    = 5 * time.Minute
	mostReasons = 100
)

// database is the PostgreSQL of a data source. Answers never depend on it: while it is down they come from memory, from
// iRacing and from the telemetry folder, and what was fetched meanwhile is written when it is back.
type database struct {
	*store.Store

	name string // what it is called in messages: database and host
	id   string // a fingerprint of both
	log  log.Logger
}

// openDatabase makes the database of the settings; nil where they name none. It connects at the first use.
func openDatabase(ctx context.Context, s backend.DataSourceInstanceSettings, settings models.Settings, secrets models.Secrets, l log.Logger) (*database, error) {
	host := strings.TrimSpace(settings.DatabaseHost)
	if host == "" {
		return nil, nil
	}
	if strings.Contains(host, "://") || strings.Contains(host, "@") {
		return nil, &store.Error{Kind: store.BadSettings, Detail: "the host is a name or an address, with or without a port; the user, the password and the database have fields of their own"}
	}
	dial, err := databaseDial(ctx, s)
	if err != nil {
		return nil, err
	}
	c := store.Config{
		Host: host, Database: settings.DatabaseName, User: settings.DatabaseUser, Password: secrets.DatabasePassword,
		TLS:  store.TLSMode(settings.DatabaseTLS),
		Name: PluginID, MaxConns: databaseConns, ConnectTimeout: connectPatience, StatementTimeout: statementPatience,
		Dial: dial,
	}
	switch settings.DatabaseTLS {
	case models.DatabaseTLSDisable, models.DatabaseTLSRequire:
		// The settings page shows the certificate for the other modes only: one that was tried once is not in the way.
	default:
		c.CA = settings.DatabaseCA
	}
	if how := signInOf(settings, secrets); how.SignsIn() {
		c.Realm = store.RealmOf(how.Realm())
	}
	if c.Database == "" {
		c.Database = defaultDatabase
	}
	if c.User == "" {
		c.User = defaultDatabase
	}
	db := &database{name: c.Database + " on " + host, id: signin.Fingerprint(host, c.Database), log: l}
	c.Warn = func(text string, err error) { l.Warn(text, "error", err) }
	if db.Store, err = store.New(c); err != nil {
		return nil, err
	}
	return db, nil
}

// databaseDial is the way through Grafana's proxy for private networks; nil where the data source does not use it.
func databaseDial(ctx context.Context, s backend.DataSourceInstanceSettings) (func(context.Context, string, string) (net.Conn, error), error) {
	client, err := s.ProxyClient(ctx)
	if err != nil {
		return nil, fmt.Errorf("the proxy settings of the data source cannot be read: %w", err)
	}
	if !client.SecureSocksProxyEnabled() {
		return nil, nil
	}
	dialer, err := client.NewSecureSocksProxyContextDialer()
	if err != nil {
		return nil, fmt.Errorf("the way to the database through Grafana's secure proxy cannot be set up: %w", err)
	}
	through, ok := dialer.(interface {
		DialContext(ctx context.Context, network, address string) (net.Conn, error)
	})
	if !ok {
		return nil, errors.New("the secure proxy of this Grafana cannot be used for a database")
	}
	return through.DialContext, nil
}

// warn logs why something could not be done with the database. The same reason is logged once in a while only, also where
// several take turns: what is read fails beside what is written.
func (db *database) warn(what string) func(error) {
	var mu sync.Mutex
	logged := map[string]time.Time{}
	return func(err error) {
		text, now := err.Error(), time.Now()
		mu.Lock()
		maps.DeleteFunc(logged, func(_ string, at time.Time) bool { return now.Sub(at) >= warnRest })
		_, again := logged[text]
		if again = again || len(logged) == mostReasons; !again {
			logged[text] = now
		}
		mu.Unlock()
		if !again {
			db.log.Warn(what, "error", err)
		}
	}
}

// cache is a cache of answers in memory, and behind it the database's, which lasts and which others fill, too.
func (db *database) cache(front *iracing.Memory) *iracing.Tiered {
	return iracing.NewTiered(front, db.Cache(), iracing.TieredOptions{
		Warn: db.warn("The cache of iRacing's answers in the database failed"),
	})
}

// keeper writes the facts of answers into the tables, in the background.
func (db *database) keeper(source iracing.Source) *store.Keeper {
	return db.Keeper(source, store.KeeperOptions{Warn: db.warn("What iRacing answered is not written into the database's tables")})
}
