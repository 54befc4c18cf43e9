package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// OwnDrivers are the customer ids of the own drivers, in order.
func (s *Store) OwnDrivers(ctx context.Context) ([]int64, error) {
	var own []int64
	err := s.query(ctx, func(q querier) error {
		rows, err := q.Query(ctx, "select cust_id from iracing.drivers where own order by cust_id")
		if err != nil {
			return err
		}
		own, err = pgx.CollectRows(rows, pgx.RowTo[int64])
		return err
	})
	return own, err
}
