package store_test

import (
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// Who knows but the head of a file takes nothing away from who has read it, unless the file is another by then.
func TestWhatIsKnownOfAFileIsNotForgotten(t *testing.T) {
	st, err := store.New(store.Config{URL: pgtest.New(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	at := time.Date(2025, 3, 1, 14, 0, 0, 0, time.UTC)
	for _, step := range []struct {
		row  store.IndexRow
		want string
	}{
		{store.IndexRow{Size: 1, Entry: []byte("head"), Partial: true}, "head"},
		{store.IndexRow{Size: 1, Entry: []byte("laps")}, "laps"},
		{store.IndexRow{Size: 1, Entry: []byte("head"), Partial: true}, "laps"},
		{store.IndexRow{Size: 2, Entry: []byte("another head"), Partial: true}, "another head"},
		{store.IndexRow{Size: 2, Entry: []byte("more laps")}, "more laps"},
	} {
		step.row.Name, step.row.ModTime = "a.ibt", at
		other := store.IndexRow{Name: "b.ibt", Size: 1, ModTime: at, Entry: []byte("beside"), Partial: !step.row.Partial}
		if err := st.SaveIndex(t.Context(), "here", 1, []store.IndexRow{step.row, other}, []string{"gone.ibt"}); err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		if err := st.LoadIndex(t.Context(), "here", 1, nil, func(r store.IndexRow) error {
			got[r.Name] = string(r.Entry)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if got["a.ibt"] != step.want || got["b.ibt"] != "beside" {
			t.Errorf("after %q it holds %q, want %q", step.row.Entry, got, step.want)
		}
	}
}
