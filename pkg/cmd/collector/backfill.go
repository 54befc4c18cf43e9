package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/collect"
)

// backfillCommand collects the past.
type backfillCommand struct {
	Since    when          `required:"" env:"BACKFILL_SINCE" placeholder:"TIME" help:"From when on: a day such as 2024-01-01, a month such as 2024-01, or how long ago such as 90d or 2y."`
	Parallel int           `env:"COLLECTOR_PARALLEL" default:"4" placeholder:"N" help:"How many races are collected at once. The ceiling of requests stays what it is."`
	Patience time.Duration `env:"COLLECTOR_PATIENCE" default:"15m" placeholder:"TIME" help:"How long to put up with a database or an iRacing that is away or limits requests. A request may take five seconds in any case."`

	databaseFlags `group:"database"`
	accountFlags  `group:"account"`
	driverFlags   `group:"drivers"`
}

// Help is what backfill --help says beneath its first line.
func (backfillCommand) Help() string {
	return `Finds all official, hosted and league races of the own and followed drivers since a time, and collects them whole, the newest first: result, lap charts, laps and events. That takes about four requests a race, so an hour for 1,800 races at two requests a second.

It may be broken off at any time, by Ctrl-C or otherwise: what is in the database is not asked for again, and the same command goes on where it was. A collector that runs at the same time waits for it with its races, and collects the rest.

  collector backfill --since 2024-01-01
  collector backfill --since 2y --follow 123456,234567`
}

// Run carries the command out.
func (b *backfillCommand) Run(ctx context.Context, c *console, g *globals) error {
	if b.Parallel < 1 {
		return usageError{errors.New("--parallel is at least 1")}
	}
	w := &works{console: c, log: g.logger(c.err)}
	defer w.close()
	err := w.open(ctx, b.factsOf(&b.accountFlags))
	if err == nil {
		err = w.signIn(ctx, &b.accountFlags)
	}
	if err != nil {
		return err
	}
	if w.source == nil {
		return errors.New("there is no iRacing account to ask with: give --client-id and how to sign in, see \"collector backfill --help\"")
	}
	collector, err := w.collector(ctx, &b.driverFlags, func(cfg *collect.Config) {
		cfg.Parallel, cfg.Patience = b.Parallel, b.Patience
	})
	if err != nil {
		return err
	}
	w.log.Info("Looking for races", "since", b.Since.UTC().Format(time.DateOnly))
	bar := newProgress("races", c.err, w.log)
	summary, err := collector.Backfill(ctx, b.Since.Time, func(p collect.Progress) {
		a := amount{done: int64(p.Done + p.Failed), skipped: int64(p.Skipped)}
		switch {
		case p.Waiting != nil:
			a.note = "waiting: " + p.Waiting.Error()
		case !p.Searched:
			a.note = "searching"
		case !p.Race.IsZero():
			a.note = p.Race.Local().Format("2 Jan 2006")
		}
		if p.Searched {
			a.total = int64(p.Total)
		}
		bar.set(a)
	})
	bar.end()
	for _, problem := range summary.Problems {
		w.log.Warn("Races were left out", "why", problem)
	}
	kept := summary.Done - summary.Skipped
	text := fmt.Sprintf("%s of %s races were collected in %s", number(kept), number(summary.Total), shortDuration(summary.Took))
	if summary.Skipped > 0 {
		text += fmt.Sprintf(", %s were there before", number(summary.Skipped))
	}
	if summary.Failed > 0 {
		text += fmt.Sprintf(", %s were left out", number(summary.Failed))
	}
	if err == nil || summary.Total > 0 {
		c.tell("%s. %s rows, %s requests.", text, number(summary.Rows), number(summary.Requests))
	}
	if err != nil {
		c.tell("The same command goes on from here.")
	}
	return err
}
