package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/apexobs/iracing-grafana-observability/pkg/people"
)

// AddOwn says that a driver is an own one, beside those that there are: the views show the name. Somebody who was taken out
// stays out.
func (s *Store) AddOwn(ctx context.Context, cust int64) error {
	secret, err := s.Secret(ctx, pseudonyms)
	if err != nil {
		return err
	}
	p := people.New(false, 0, secret)
	return s.tx(ctx, func(tx pgx.Tx) error {
		if err := nobodyIsPurged(ctx, tx); err != nil {
			return err
		}
		out, err := standIns(ctx, tx, secret, map[int64]driver{cust: {}})
		if err != nil || len(out) > 0 {
			return err
		}
		_, err = tx.Exec(ctx, `
			insert into iracing.drivers (cust_id, alias, alias_key, own) values ($1, $2, $3, true)
			on conflict (cust_id) do update set own = true where not drivers.own`,
			cust, p.Driver(cust, ""), p.Key(cust))
		return err
	})
}
