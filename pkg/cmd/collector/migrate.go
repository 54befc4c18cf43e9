package main

import "context"

// migrateCommand brings the schema up to date.
type migrateCommand struct {
	databaseFlags      `group:"database"`
	Reader             string `env:"DATABASE_READER" placeholder:"LOGIN" group:"reader" help:"Let this login read the views, and no table. It is made when it is not there, which takes a user with the attribute CREATEROLE."`
	ReaderPasswordFile string `env:"DATABASE_READER_PASSWORD_FILE" placeholder:"FILE" group:"reader" help:"A file with the login's password; or DATABASE_READER_PASSWORD is the password. A login that is there already may keep its own."`
	ShowNames          *bool  `env:"DATABASE_SHOW_NAMES" negatable:"" group:"reader" help:"Have the views show other drivers by their names, or by pseudonyms again. Left open, it stays as it is. iRacing wants the consent of those who are shown."`
}

// Help is what migrate --help says beneath its first line.
func (migrateCommand) Help() string {
	return `Every other command does this by itself when it begins; this one is for those who want it to happen at a time of their choice, or under a user with more rights than the collector has. Several processes may do it at once: one does it, the others wait.

All tables lie in the schema iracing. The views whose names begin with v_ are for dashboards: give Grafana's PostgreSQL data source a login that may read these alone.

  DATABASE_URL=postgres://iracing@db.example/iracing collector migrate
  DATABASE_READER_PASSWORD=… collector migrate --reader grafana`
}

// Run carries the command out.
func (m *migrateCommand) Run(ctx context.Context, c *console, g *globals) error {
	log := g.logger(c.err)
	db, err := m.must(ctx, c, log)
	if err != nil {
		return err
	}
	defer db.Close()
	password, err := c.given(ctx, secret{what: "password of the reader", env: "DATABASE_READER_PASSWORD", file: m.ReaderPasswordFile})
	if err != nil {
		return err
	}
	from, to, err := db.Migrate(ctx)
	if err != nil {
		return err
	}
	if from == to {
		c.tell("The schema is up to date: version %d.", to)
	} else {
		c.tell("The schema went from version %d to %d.", from, to)
	}
	if m.ShowNames != nil {
		if err := db.SetShowNames(ctx, *m.ShowNames); err != nil {
			return err
		}
		if *m.ShowNames {
			c.tell("The views show other drivers by their names.")
		} else {
			c.tell("The views show other drivers by pseudonyms.")
		}
	}
	if m.Reader != "" {
		if err := db.MakeReader(ctx, m.Reader, password); err != nil {
			return err
		}
		c.tell("The login %s may read the views.", m.Reader)
	}
	return nil
}
