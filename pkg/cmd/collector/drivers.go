package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// driversCommand tells whose data this is.
type driversCommand struct {
	Forget        *int64 `placeholder:"ID" help:"Take the driver with this customer id off the list. What was collected stays."`
	databaseFlags `group:"database"`
}

// Help is what drivers --help says beneath its first line.
func (driversCommand) Help() string {
	return `Prints a line for each: the customer id, own or followed, and what the views call the driver. Own drivers are shown by name, and others by pseudonym unless names are shown.

Collectors and data sources put drivers on this list: the accounts that sign in, and whoever the settings name. Own drivers stay on it when the account or the settings change, and go on being shown by name. --forget takes one off: the races and ratings stay, under a pseudonym. It comes to nothing while a program is signed in as this driver or its settings name the driver, as that puts the driver on the list again when it next begins. To take somebody out of the database altogether there is "collector purge".

  collector drivers
  collector drivers --forget 123456`
}

// Run carries the command out.
func (d *driversCommand) Run(ctx context.Context, c *console, g *globals) error {
	if d.Forget != nil && *d.Forget <= 0 {
		return usageError{errors.New("--forget is a customer id, such as 123456")}
	}
	db, err := d.must(ctx, c, g.logger(c.err))
	if err != nil {
		return err
	}
	defer db.Close()
	if d.Forget != nil {
		return d.forget(ctx, c, db)
	}
	list, err := db.Chosen(ctx)
	if err != nil {
		return err
	}
	for _, one := range list {
		if _, err := fmt.Fprintf(c.out, "%-12d %-13s %s\n", one.Cust, chosenAs(one), printable(one.Name)); err != nil {
			return err
		}
	}
	if len(list) == 0 {
		c.tell("There are no own and no followed drivers yet: they come with the first run of a collector with an account.")
	}
	return nil
}

// forget takes a driver off the list, and tells what would put the driver there again.
func (d *driversCommand) forget(ctx context.Context, c *console, db *store.Store) error {
	was, err := db.ForgetChosen(ctx, *d.Forget)
	if err != nil {
		return err
	}
	if was == nil {
		return fmt.Errorf("customer %d is neither an own nor a followed driver; \"collector drivers\" lists them", *d.Forget)
	}
	c.tell("Customer %d is not %s any more, and the views say %s. What was collected stays.", was.Cust, chosenAs(*was), printable(was.Name))
	c.tell("Whoever signs in as this driver or names the driver in the settings brings that back with the next run: a collector by --cust-id or --follow, a data source by its customer id.")
	return nil
}

// chosenAs is what a driver is.
func chosenAs(c store.Chosen) string {
	var is []string
	if c.Own {
		is = append(is, "own")
	}
	if c.Followed {
		is = append(is, "followed")
	}
	return strings.Join(is, ", ")
}
