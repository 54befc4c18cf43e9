package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/hashicorp/go-hclog"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/signin"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// databaseFlags say where the PostgreSQL is.
type databaseFlags struct {
	DatabaseURLFile      string `name:"database-url-file" env:"DATABASE_URL_FILE" placeholder:"FILE" help:"A file with the connection string, such as postgres://iracing@db.example/iracing; or DATABASE_URL is that string. It may hold the password, which is why it is no flag. The flags below go before what it says."`
	DatabaseHost         string `env:"DATABASE_HOST" placeholder:"HOST" help:"The host, with or without a port."`
	DatabaseName         string `env:"DATABASE_NAME" placeholder:"NAME" help:"The name of the database."`
	DatabaseUser         string `env:"DATABASE_USER" placeholder:"NAME" help:"Whom to sign in as. The user must be allowed to create the schema iracing."`
	DatabasePasswordFile string `env:"DATABASE_PASSWORD_FILE" placeholder:"FILE" help:"A file with the user's password; or DATABASE_PASSWORD is the password."`
	DatabaseTLS          string `name:"database-tls" env:"DATABASE_TLS" enum:",disable,require,verify-ca,verify-full" default:"" placeholder:"MODE" help:"How far the connection is secured: disable, require (encrypted, with whom is not looked at), verify-ca, verify-full. With --database-host verify-full is the default; a connection string without sslmode takes TLS where it is offered, and looks at no certificate."`
	DatabaseCAFile       string `name:"database-ca-file" env:"DATABASE_CA_FILE" placeholder:"FILE" help:"The certificate of the authority that signed the server's."`
	DatabaseCertFile     string `name:"database-cert-file" env:"DATABASE_CERT_FILE" placeholder:"FILE" help:"The certificate of this client, where the server wants one."`
	DatabaseKeyFile      string `name:"database-key-file" env:"DATABASE_KEY_FILE" placeholder:"FILE" help:"The key of that certificate."`

	realm store.Realm // of the facts that are to be kept
}

// factsOf says from where the facts are that are going to be kept.
func (f *databaseFlags) factsOf(a *accountFlags) *databaseFlags {
	f.realm = store.RealmOf(signin.Settings{APIURL: a.APIURL}.Realm())
	return f
}

// errNoDatabase is for commands that cannot do without.
var errNoDatabase = errors.New("there is no database: set DATABASE_URL, such as postgres://iracing@localhost/iracing, or give --database-host")

// config reads what the flags name. ok is false when nobody said where the database is.
func (f *databaseFlags) config(ctx context.Context, c *console, log hclog.Logger) (cfg store.Config, ok bool, err error) {
	cfg = store.Config{
		Host: f.DatabaseHost, Database: f.DatabaseName, User: f.DatabaseUser, TLS: store.TLSMode(f.DatabaseTLS), Name: "iracing-collector", Realm: f.realm,
		Warn: func(text string, err error) { log.Warn(text, "error", err) },
	}
	for _, one := range []struct {
		to *string
		secret
	}{
		{&cfg.URL, secret{what: "connection string of the database", env: "DATABASE_URL", file: f.DatabaseURLFile}},
		{&cfg.Password, secret{what: "password of the database", env: "DATABASE_PASSWORD", file: f.DatabasePasswordFile}},
	} {
		if *one.to, err = c.given(ctx, one.secret); err != nil {
			return cfg, false, err
		}
	}
	for _, one := range []struct {
		to         *string
		what, path string
	}{
		{&cfg.CA, "certificate of the database's authority", f.DatabaseCAFile},
		{&cfg.Cert, "certificate for the database", f.DatabaseCertFile},
		{&cfg.Key, "key for the database", f.DatabaseKeyFile},
	} {
		if one.path == "" {
			continue
		}
		b, err := os.ReadFile(one.path)
		if err != nil {
			return cfg, false, fmt.Errorf("read the %s: %w", one.what, err)
		}
		*one.to = string(b)
	}
	return cfg, cfg.URL != "" || cfg.Host != "" || c.env("PGHOST") != "" || c.env("PGSERVICE") != "", nil
}

// open makes the store; nil when nobody said where the database is.
func (f *databaseFlags) open(ctx context.Context, c *console, log hclog.Logger) (*store.Store, error) {
	cfg, ok, err := f.config(ctx, c, log)
	if err != nil || !ok {
		return nil, err
	}
	return store.New(cfg)
}

// must is open for commands that cannot do without.
func (f *databaseFlags) must(ctx context.Context, c *console, log hclog.Logger) (*store.Store, error) {
	db, err := f.open(ctx, c, log)
	if err == nil && db == nil {
		err = errNoDatabase
	}
	return db, err
}
