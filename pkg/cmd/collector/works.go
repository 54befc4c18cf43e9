package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/apexobs/iracing-grafana-observability/pkg/collect"
	"github.com/apexobs/iracing-grafana-observability/pkg/collect/push"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/oauth"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/signin"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

const (
	// frontBytes bounds the answers of iRacing that are kept in memory, before those in the database.
	frontBytes = 32 << 20
	// flushTime is how long the end waits for answers that could not be written to the database before.
	flushTime = 10 * time.Second
	userAgent = "apexobs-iracing-collector"
)

// ownFlags say who the own drivers are.
type ownFlags struct {
	CustID []int64 `name:"cust-id" env:"IRACING_CUST_ID" sep:"," placeholder:"ID" help:"The customer ids of the own drivers, with commas between; who drives without an account says so by it. Without it the own driver is the account that signs in. Own drivers are shown by name, also later."`
}

// driverFlags say whose races are collected.
type driverFlags struct {
	ownFlags
	Follow []int64 `env:"IRACING_FOLLOW" sep:"," placeholder:"ID" help:"The customer ids of other drivers whose races and ratings are collected, too. They are shown by pseudonym."`
}

// works are the parts that commands put together from their flags. They have to be closed.
type works struct {
	console *console
	log     hclog.Logger

	db      *store.Store
	account *signin.Account  // nil without an account
	keeps   string           // where the account's tokens are kept; "" in memory
	source  iracing.Source   // nil without an account
	watches iracing.Observer // of iRacing; nil is the metrics
	places  []collect.Place
	writer  *push.Writer // nil when nothing is pushed
	flush   func(context.Context) error

	closers []func()
}

func (w *works) close() {
	for _, end := range slices.Backward(w.closers) {
		end()
	}
	w.closers = nil
}

func (w *works) later(f func()) { w.closers = append(w.closers, f) }

// open connects to the database, which has to be there.
func (w *works) open(ctx context.Context, f *databaseFlags) error {
	db, err := f.must(ctx, w.console, w.log.Named("database"))
	if err != nil {
		return err
	}
	w.db = db
	w.later(db.Close)
	return nil
}

// signIn makes the account, and a source of answers that are kept in the database.
func (w *works) signIn(ctx context.Context, f *accountFlags) error {
	settings, err := f.settings(ctx, w.console)
	if err != nil || !settings.SignsIn() {
		return err
	}
	tokens, place, err := f.keep(ctx, w.console, settings, w.db)
	if err != nil {
		return err
	}
	w.keeps = place
	if settings.Way == signin.Refresh && tokens == nil {
		return errors.New("a refresh token serves once, so the next one has to be kept: give a database or --token-store, and set IRACING_TOKEN_KEY")
	}
	if w.watches == nil {
		w.watches = metrics.API{}
	}
	w.account, err = signin.New(settings, signin.Options{
		Store: tokens, Observer: w.watches, Log: w.log.Named("sign-in"), UserAgent: userAgent,
	})
	if err != nil {
		return err
	}
	w.later(func() { _ = w.account.Close() })
	if e, ok := errors.AsType[*iracing.Error](w.account.Err); ok && e.Kind == iracing.NoCredentials && e.Detail != "" {
		// The error's own words are those of the plugin.
		return fmt.Errorf("nobody can sign in to iRacing with these settings, as %s; \"collector doctor --help\" lists the flags and variables of the account", e.Detail)
	}
	if w.account.Err != nil {
		return w.account.Err
	}
	var cache iracing.Cache = iracing.NewMemory(frontBytes)
	warn := func(err error) { w.log.Warn("The cache of iRacing's answers failed", "error", err) }
	if w.db != nil {
		tiered := iracing.NewTiered(iracing.NewMemory(frontBytes), w.db.Cache(), iracing.TieredOptions{
			Warn: warn,
			// Nobody waits at a panel, and an answer that is taken for missing would be asked of iRacing again.
			Patience: 30 * time.Second,
		})
		w.flush = tiered.Flush
		w.later(func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTime)
			defer cancel()
			if err := tiered.Flush(ctx); err != nil {
				w.log.Warn("Some answers could not be kept; they will be asked for again", "error", err)
			}
			tiered.Close()
		})
		cache = tiered
	}
	cached := w.account.Cached(cache, warn)
	w.later(cached.Close)
	w.source = cached
	return nil
}

// place opens one place of telemetry files.
func (w *works) place(location string, c library.Credentials) error {
	s, err := openPlace(location, c)
	if err != nil {
		return err
	}
	w.add(s, w.index())
	return nil
}

// index is where libraries keep what they learned of files; nil without a database.
func (w *works) index() library.Index {
	if w.db == nil {
		return nil
	}
	return library.StoreIndex(w.db)
}

// add makes a library over a store.
func (w *works) add(s library.Store, index library.Index) {
	log := w.log.Named("telemetry")
	o := library.Options{Index: index, Warn: func(text string, err error) { log.Warn(text, "error", err) }}
	lib := library.New(s, o)
	w.places = append(w.places, collect.Place{Store: s, Library: lib})
	w.later(func() {
		if err := lib.Close(); err != nil {
			log.Warn("The telemetry files could not be closed", "error", err)
		}
	})
}

// telemetry opens all places of telemetry files: those of the flags, and the uploads in the database.
func (w *works) telemetry(ctx context.Context, f *telemetryFlags) error {
	credentials, err := f.credentials(ctx, w.console)
	if err != nil {
		return err
	}
	for _, location := range f.TelemetryURL {
		if err := w.place(location, credentials); err != nil {
			return err
		}
	}
	if w.db != nil {
		w.add(library.Stored(w.db), w.index())
	}
	return nil
}

// tryPush asks the target of remote write whether it takes samples. One that does not is left alone by a command that is to
// end some time: what it lacks is sent the next time. The error is for the end.
func (w *works) tryPush(ctx context.Context) error {
	if w.writer == nil {
		return nil
	}
	err := w.writer.Check(ctx)
	if err != nil && ctx.Err() == nil {
		w.log.Warn("Samples are not pushed this time", "error", err)
		w.writer = nil
	}
	return err
}

// collector puts a collector together, and tells the database who the own drivers are. d says that; nil for nobody.
func (w *works) collector(ctx context.Context, d *driverFlags, more func(*collect.Config)) (*collect.Collector, error) {
	cfg := collect.Config{
		Store: w.db, Source: w.source, Places: w.places, Push: w.writer, Log: w.log, Flush: w.flush,
	}
	if d != nil {
		cfg.Own, cfg.Followed = d.CustID, d.Follow
	}
	if more != nil {
		more(&cfg)
	}
	c, err := collect.New(cfg)
	if err == nil {
		err = w.introduce(ctx, cfg.Own)
	}
	return c, err
}

var _ oauth.Logger = hclog.Logger(nil)
