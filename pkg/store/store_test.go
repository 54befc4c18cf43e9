package store_test

import (
	"os"
	"sync"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// open is a store over an empty database.
func open(t testing.TB) *store.Store {
	t.Helper()
	s, err := store.New(store.Config{URL: pgtest.New(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestTwoProcessesMigrateAtOnce(t *testing.T) {
	url := pgtest.New(t)
	var wait sync.WaitGroup
	for range 6 {
		wait.Go(func() {
			s, err := store.New(store.Config{URL: url})
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			if err := s.Ready(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
}
