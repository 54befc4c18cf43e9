package store_test

import (
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

func TestImportsAreKeptForAll(t *testing.T) {
	s := open(t)
	if list, err := s.Imports(t.Context()); err != nil || len(list) != 0 {
		t.Fatalf("an empty database has the imports %v, %v", list, err)
	}
	if a, err := s.ImportedResult(t.Context(), 11); err != nil || a != nil {
		t.Fatalf("an empty database has the result %v, %v", a, err)
	}
	start := time.Date(2025, 3, 1, 14, 0, 0, 0, time.UTC)
	older := store.Import{Subsession: 12, Start: start.AddDate(0, 0, -1), Series: "Touring Cup", Track: "Test Ring", At: start}
	newer := store.Import{Subsession: 11, Start: start, Series: "Formula Cup", Track: "Other Ring", At: start.Add(time.Hour)}
	for _, c := range []struct {
		store.Import
		body string
	}{{older, `{"subsession_id":12}`}, {newer, `{"first":true}`}, {newer, `{"subsession_id":11}`}} {
		if err := s.AddImport(t.Context(), c.Import, []byte(c.body)); err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.Imports(t.Context())
	if err != nil || len(list) != 2 || list[0].Subsession != 11 || list[1].Series != "Touring Cup" || !list[0].Start.Equal(start) {
		t.Errorf("the imports are %+v, %v", list, err)
	}
	a, err := s.ImportedResult(t.Context(), 11)
	if err != nil || a == nil || string(a.Body) != `{"subsession_id":11}` || !a.At.Equal(newer.At) {
		t.Errorf("the result is %+v, %v", a, err)
	}
}
