package push

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open opens the recordings of a folder, oldest first.
func open(t testing.TB, dir string) []*library.Recording {
	t.Helper()
	store, err := library.OpenURL(dir)
	if err != nil {
		t.Fatal(err)
	}
	lib := library.New(store, library.Options{Patience: time.Minute})
	t.Cleanup(func() { _ = lib.Close() })
	sessions, _, err := lib.Sessions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out []*library.Recording
	for _, s := range slices.Backward(sessions) {
		rec, err := lib.Open(t.Context(), s.ID)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = rec.Close() })
		out = append(out, rec)
	}
	return out
}

// drive opens a made-up recording.
func drive(t testing.TB, d ibttest.Drive) *library.Recording {
	t.Helper()
	dir := t.TempDir()
	d.Write(t, dir)
	return open(t, dir)[0]
}

// moved is the recording as if it had begun at another time.
func moved(rec *library.Recording, start time.Time) *library.Recording {
	other := *rec
	other.Session.Start = start
	return &other
}

// corpus opens real recordings, oldest first.
func corpus(t testing.TB) []*library.Recording {
	t.Helper()
	dir := os.Getenv("IBT_CORPUS")
	if dir == "" {
		t.Skip("IBT_CORPUS names no folder of real telemetry files")
	}
	return open(t, dir)
}

// collected are the samples of series by their labels, as selectors.
type collected map[string][]Sample

func collect(t testing.TB, rec *library.Recording, o SampleOptions) collected {
	t.Helper()
	out := make(collected)
	last := int64(0)
	err := Samples(t.Context(), rec, o, func(batch []Series) error {
		first, end := span(batch)
		if first < last {
			t.Errorf("a batch begins at %d, the one before ended at %d", first, last)
		}
		last = end
		for i := range batch {
			key := selector(&batch[i])
			out[key] = append(out[key], batch[i].Samples...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// selector writes the labels of a series as [promtest.Result.Key] does.
func selector(s *Series) string {
	parts := make([]string, 0, len(s.Labels))
	for _, l := range s.Labels[1:] {
		parts = append(parts, l.Name+`="`+escape(l.Value)+`"`)
	}
	return s.Name() + "{" + strings.Join(parts, ",") + "}"
}

func (c collected) names() []string { return slices.Sorted(maps.Keys(c)) }

// values are the samples without the ends of the series.
func values(samples []Sample) []Sample {
	return slices.DeleteFunc(slices.Clone(samples), Sample.Stale)
}
