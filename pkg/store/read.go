package store

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// SetDrivers says whose data this is: the views show own drivers by their names, and followed ones are those whose races
// are collected, too. Own drivers add to those that there are, as several data sources and collectors may share a database,
// each with an account of its own; followed ones replace what was said before. Somebody who was taken out
// ([Store.PurgeDriver]) stays out.
func (s *Store) SetDrivers(ctx context.Context, own, followed []int64) error {
	p, secret, err := s.aliases(ctx)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(tx pgx.Tx) error {
		if err := s.sameRealm(ctx, tx); err != nil {
			return err
		}
		if err := nobodyIsPurged(ctx, tx); err != nil {
			return err
		}
		all := map[int64]driver{}
		for _, id := range slices.Concat(own, followed) {
			if id > 0 {
				all[id] = driver{named: named{id: id}}
			}
		}
		out, err := standIns(ctx, tx, secret, all)
		if err != nil {
			return err
		}
		for id := range out {
			delete(all, id)
		}
		n := newNames(time.Time{})
		n.drivers = all
		var write pipe
		n.queue(&write, p)
		// In the order of the numbers, as all who write drivers do.
		write.do("", `
			with chosen as (
				select cust_id from iracing.drivers
				where (own, followed) is distinct from (own or cust_id = any($1::bigint[]), cust_id = any($2::bigint[]))
				order by cust_id for no key update
			)
			update iracing.drivers d set own = own or d.cust_id = any($1::bigint[]), followed = d.cust_id = any($2::bigint[])
			from chosen where d.cust_id = chosen.cust_id`, among(own, all), among(followed, all))
		return write.send(ctx, tx, Rows{})
	})
}

// among are the numbers that are keys of a map.
func among(ids []int64, in map[int64]driver) []int64 {
	out := []int64{}
	for _, id := range ids {
		if _, ok := in[id]; ok {
			out = append(out, id)
		}
	}
	return out
}
