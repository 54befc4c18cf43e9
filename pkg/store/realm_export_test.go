package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// MarkRealm is what Keep does before the first fact.
func (s *Store) MarkRealm(ctx context.Context, tx pgx.Tx) error { return s.checkRealm(ctx, tx) }
