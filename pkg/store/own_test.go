package store_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

func TestAddOwn(t *testing.T) {
	dsn := pgtest.New(t)
	s, err := store.New(store.Config{URL: dsn})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, cust := range []int64{11, 12, 11} {
		if err := s.AddOwn(t.Context(), cust); err != nil {
			t.Fatal(err)
		}
	}
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }() // it read only
	p, err := s.People(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, cust := range []int64{11, 12} {
		var alias, key string
		if err := conn.QueryRow(t.Context(), "select alias, alias_key from iracing.drivers where cust_id = $1 and own", cust).Scan(&alias, &key); err != nil {
			t.Fatal(err)
		}
		if alias != p.Driver(cust, "") || key != p.Key(cust) {
			t.Errorf("the own driver %d is %s with the key %s, without being own %s and %s", cust, alias, key, p.Driver(cust, ""), p.Key(cust))
		}
	}
}
