package store

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/apexobs/iracing-grafana-observability/pkg/people"
)

// secretBytes is the length of a secret.
const secretBytes = 32

// pseudonyms names the secret that pseudonyms and keys come from.
const pseudonyms = "pseudonyms"

// Secret is 32 random bytes that all processes with this database share. They are made by the first one that asks.
func (s *Store) Secret(ctx context.Context, name string) ([]byte, error) {
	var value []byte
	read := func(q querier) error {
		return q.QueryRow(ctx, "select value from iracing.secrets where name = $1", name).Scan(&value)
	}
	// Reading first lets it work on a database that takes no changes.
	err := s.query(ctx, func(q querier) error {
		err := read(q)
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		fresh := make([]byte, secretBytes)
		_, _ = rand.Read(fresh) // never fails
		if _, err := q.Exec(ctx, "insert into iracing.secrets (name, value) values ($1, $2) on conflict (name) do nothing", name, fresh); err != nil {
			return err
		}
		return read(q)
	})
	if err != nil {
		return nil, err
	}
	return value, nil
}

// People names drivers and teams as the views do: by the shared secret, and by whether names are shown. own is the own
// driver's customer id, 0 when nobody knows it.
func (s *Store) People(ctx context.Context, own int64) (*people.People, error) {
	secret, err := s.Secret(ctx, pseudonyms)
	if err != nil {
		return nil, err
	}
	names, err := s.ShowNames(ctx)
	if err != nil {
		return nil, err
	}
	return people.New(names, own, secret), nil
}

// ShowNames tells whether the views show other people by their names.
func (s *Store) ShowNames(ctx context.Context) (show bool, err error) {
	err = s.query(ctx, func(q querier) error {
		return q.QueryRow(ctx, "select show_names from iracing.settings").Scan(&show)
	})
	return show, err
}

// SetShowNames says whether the views show other people by their names.
func (s *Store) SetShowNames(ctx context.Context, show bool) error {
	return s.query(ctx, func(q querier) error {
		_, err := q.Exec(ctx, "update iracing.settings set show_names = $1 where show_names <> $1", show)
		return err
	})
}
