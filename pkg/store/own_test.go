package store_test

import (
	"slices"
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
	if _, err := s.PurgeDriver(t.Context(), 14); err != nil {
		t.Fatal(err)
	}
	if err := s.AddOwnOfFiles(t.Context(), 14, 13, 12, 13); err != nil {
		t.Fatal(err)
	}
	if own, err := s.OwnDrivers(t.Context()); err != nil || !slices.Equal(own, []int64{11, 12, 13}) {
		t.Errorf("the own drivers are %v, %v", own, err)
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
	for _, cust := range []int64{11, 12, 13} {
		var alias, key string
		if err := conn.QueryRow(t.Context(), "select alias, alias_key from iracing.drivers where cust_id = $1 and own", cust).Scan(&alias, &key); err != nil {
			t.Fatal(err)
		}
		if alias != p.Driver(cust, "") || key != p.Key(cust) {
			t.Errorf("the own driver %d is %s with the key %s, without being own %s and %s", cust, alias, key, p.Driver(cust, ""), p.Key(cust))
		}
	}
}

func TestOwnAndFollowedDrivers(t *testing.T) {
	url := fresh(t)
	s := openAt(t, store.Config{URL: url})
	if err := s.SetDrivers(t.Context(), []int64{11, 12, 14}, []int64{13, 14}); err != nil {
		t.Fatal(err)
	}
	sql(t, url, "update iracing.drivers set name = 'Robin Test' where cust_id in (11, 13)")
	p, err := s.People(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	list := func() []store.Chosen {
		t.Helper()
		list, err := s.Chosen(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	want := []store.Chosen{
		{Cust: 11, Name: "Robin Test", Own: true},
		{Cust: 12, Name: "Driver 12", Own: true},
		{Cust: 14, Name: "Driver 14", Own: true, Followed: true},
		{Cust: 13, Name: p.Driver(13, ""), Followed: true},
	}
	if got := list(); !slices.Equal(got, want) {
		t.Errorf("%+v, not %+v", got, want)
	}
	for _, c := range []struct {
		cust int64
		was  *store.Chosen
	}{
		{11, &store.Chosen{Cust: 11, Name: p.Driver(11, ""), Own: true}},
		{11, nil},
		{13, &store.Chosen{Cust: 13, Name: p.Driver(13, ""), Followed: true}},
		{14, &store.Chosen{Cust: 14, Name: p.Driver(14, ""), Own: true, Followed: true}},
		{99, nil},
	} {
		was, err := s.ForgetChosen(t.Context(), c.cust)
		if err != nil || (was == nil) != (c.was == nil) || was != nil && *was != *c.was {
			t.Errorf("%d was %+v, %v", c.cust, was, err)
		}
	}
	if got := list(); !slices.Equal(got, want[1:2]) {
		t.Errorf("%+v are left", got)
	}
	if n := ask[int](t, url, "select count(*) from iracing.drivers where name = 'Robin Test'"); n != 2 {
		t.Errorf("%d drivers of 2 are still there", n)
	}
	if err := s.SetShowNames(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if err := s.SetDrivers(t.Context(), nil, []int64{13}); err != nil {
		t.Fatal(err)
	}
	if got := list(); len(got) != 2 || got[1].Name != "Robin Test" {
		t.Errorf("with names shown: %+v", got)
	}
}
