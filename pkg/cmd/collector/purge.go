package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// purgeCommand takes a person out of the database.
type purgeCommand struct {
	Driver        int64 `required:"" placeholder:"ID" help:"The driver's customer id."`
	Yes           bool  `short:"y" help:"Do it without asking."`
	databaseFlags `group:"database"`
}

// Help is what purge --help says beneath its first line.
func (purgeCommand) Help() string {
	return `For a driver who does not want to be in your database any more. What is the driver's alone is deleted. Races stay whole for the others: a stand-in without a name takes the driver's place in results, laps and tables. That cannot be undone.

Who was taken out stays out, also somebody who was not there yet: what is collected later is kept under the same stand-in. Files are not touched, those in folders and buckets as little as those that were uploaded into the database; nor are backups, nor what was pushed to Prometheus.

  collector purge --driver 123456`
}

// Run carries the command out.
func (p *purgeCommand) Run(ctx context.Context, c *console, g *globals) error {
	if p.Driver <= 0 {
		return usageError{errors.New("--driver is a customer id, such as 123456")}
	}
	db, err := p.must(ctx, c, g.logger(c.err))
	if err != nil {
		return err
	}
	defer db.Close()
	if !p.Yes {
		if err := p.confirm(ctx, c); err != nil {
			return err
		}
	}
	rows, err := db.PurgeDriver(ctx, p.Driver)
	if err != nil {
		return err
	}
	if rows["drivers"] == 0 {
		c.tell("Nobody with the customer id %d was in the database. Whoever has it stays out from now on.", p.Driver)
	} else {
		c.tell("Customer %d is gone from the database.", p.Driver)
	}
	if rows.Total() > 0 {
		c.tell("Rows that were deleted or changed:")
	}
	c.rows(rows)
	return nil
}

// confirm has the id typed once more.
func (p *purgeCommand) confirm(ctx context.Context, c *console) error {
	f, ok := c.in.(*os.File)
	if !ok || !isTerminal(f) {
		return usageError{errors.New("nobody is there to ask: add --yes")}
	}
	_, _ = fmt.Fprintf(c.err, "This cannot be undone. Type the customer id again: ")
	select {
	case line := <-c.typed():
		if strings.TrimSpace(line) != strconv.FormatInt(p.Driver, 10) {
			return errors.New("nothing was done")
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// rows prints rows by table, for people and for programs that count.
func (c *console) rows(rows store.Rows) {
	for _, table := range slices.Sorted(maps.Keys(rows)) {
		if rows[table] > 0 {
			_, _ = fmt.Fprintf(c.out, "%-24s %12s\n", table, number(rows[table]))
		}
	}
}
