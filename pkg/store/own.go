package store

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/apexobs/iracing-grafana-observability/pkg/people"
)

// AddOwn says that a driver is an own one, beside those that there are: the views show the name. Somebody who was taken out
// stays out.
func (s *Store) AddOwn(ctx context.Context, cust int64) error {
	return s.addOwn(ctx, s.sameRealm, cust)
}

// AddOwnOfFiles is AddOwn for drivers of telemetry files and imported results, which go into a database of either realm.
func (s *Store) AddOwnOfFiles(ctx context.Context, custs ...int64) error {
	return s.addOwn(ctx, func(context.Context, querier) error { return nil }, custs...)
}

func (s *Store) addOwn(ctx context.Context, may func(context.Context, querier) error, custs ...int64) error {
	secret, err := s.Secret(ctx, pseudonyms)
	if err != nil {
		return err
	}
	p := people.New(false, 0, secret)
	return s.tx(ctx, func(tx pgx.Tx) error {
		if err := may(ctx, tx); err != nil {
			return err
		}
		if err := nobodyIsPurged(ctx, tx); err != nil {
			return err
		}
		all := map[int64]driver{}
		for _, cust := range custs {
			all[cust] = driver{}
		}
		out, err := standIns(ctx, tx, secret, all)
		if err != nil {
			return err
		}
		// In the order of the numbers, as all who write drivers do.
		for _, cust := range slices.Sorted(maps.Keys(all)) {
			if out[cust] != 0 {
				continue
			}
			_, err = tx.Exec(ctx, `
				insert into iracing.drivers (cust_id, alias, alias_key, own) values ($1, $2, $3, true)
				on conflict (cust_id) do update set own = true where not drivers.own`,
				cust, p.Driver(cust, ""), p.Key(cust))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Chosen is a driver whose data this is.
type Chosen struct {
	Cust int64
	// Name is what the views call the driver: an own one by name, others by a pseudonym unless names are shown.
	Name          string
	Own, Followed bool
}

// Chosen are the own and the followed drivers, the own ones first.
func (s *Store) Chosen(ctx context.Context) ([]Chosen, error) {
	var list []Chosen
	err := s.query(ctx, func(q querier) error {
		rows, err := q.Query(ctx, `
			select cust_id, driver, own, followed from iracing.shown_drivers where own or followed order by own desc, cust_id`)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Chosen])
		return err
	})
	return list, err
}

// ForgetChosen says that a driver is neither an own nor a followed one any more: the views call the driver by a pseudonym.
// Whatever was kept stays, and so does what others say of the driver later. It answers what the driver was; nil for neither.
func (s *Store) ForgetChosen(ctx context.Context, cust int64) (*Chosen, error) {
	var was *Chosen
	err := s.tx(ctx, func(tx pgx.Tx) error {
		was = nil
		c := Chosen{Cust: cust}
		// Two of these at once: one waits, and then finds nothing.
		err := tx.QueryRow(ctx, "select own, followed from iracing.drivers where cust_id = $1 and (own or followed) for no key update", cust).
			Scan(&c.Own, &c.Followed)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "update iracing.drivers set own = false, followed = false where cust_id = $1", cust); err != nil {
			return err
		}
		err = tx.QueryRow(ctx, "select driver from iracing.shown_drivers where cust_id = $1", cust).Scan(&c.Name)
		was = &c
		return err
	})
	if err != nil {
		return nil, err
	}
	return was, nil
}
