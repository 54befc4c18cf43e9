package push

import (
	"bytes"
	"fmt"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
	"github.com/apexobs/iracing-grafana-observability/pkg/library"
	"github.com/apexobs/iracing-grafana-observability/pkg/promtest"
)

// everything selects all samples of pushed metrics in a range.
func everything(d time.Duration) string {
	return fmt.Sprintf(`{__name__=~"iracing_(telemetry|lap|session)_.*"}[%ds]`, int(d.Seconds())+1)
}

// stands checks that exactly the samples of a recording stand in Prometheus.
func stands(t *testing.T, s *promtest.Server, rec *library.Recording, want collected) {
	t.Helper()
	from, to := int64(math.MaxInt64), int64(math.MinInt64)
	for _, samples := range want {
		from, to = min(from, samples[0].Time), max(to, samples[len(samples)-1].Time)
	}
	results := s.Query(t, everything(time.Duration(to-from)*time.Millisecond+time.Second), time.UnixMilli(to))
	got := make(map[string][]Sample)
	for i := range results {
		for _, p := range results[i].Points {
			got[results[i].Key()] = append(got[results[i].Key()], Sample{p.Time.UnixMilli(), p.Value})
		}
	}
	for _, name := range want.names() {
		// An answer of Prometheus leaves out where series end.
		if !slices.Equal(got[name], values(want[name])) {
			t.Errorf("%s of %s: %d samples in Prometheus, %d in the recording", name, rec.Session.File.Name, len(got[name]), len(values(want[name])))
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d series in Prometheus, %d in the recording", rec.Session.File.Name, len(got), len(want))
	}
}

// recorded checks by the file itself what stands in Prometheus: that the car had these speeds at these times, and drove
// these laps.
func recorded(t *testing.T, s *promtest.Server, rec *library.Recording) {
	t.Helper()
	var b ibt.Batch
	if err := rec.File.Read(&b, ibt.Range{To: rec.File.Len()}, ibt.Floats("SessionTime", "Speed")...); err != nil {
		t.Fatal(err)
	}
	speeds := make(map[int64]float64)
	for i, at := range b.Cols[0].F64 {
		speeds[rec.At(rec.Table.OffsetAt(i, at)).UnixMilli()] = b.Cols[1].F64[i]
	}
	span := rec.Session.End.Sub(rec.Session.Start) + 5*time.Second
	end := rec.Session.Start.Add(span)
	cust := fmt.Sprintf(`{cust_id="%d"}`, rec.Table.Info.Cust)
	seconds := 0
	for _, r := range s.Query(t, fmt.Sprintf("iracing_telemetry_speed_meters_per_second%s[%ds]", cust, int(span.Seconds())+2), end) {
		for _, p := range r.Points {
			seconds++
			if v, ok := speeds[p.Time.UnixMilli()]; !ok || v != p.Value {
				t.Errorf("%s: the speed was %v at %v, Prometheus has %v", rec.Session.File.Name, v, p.Time, p.Value)
			}
		}
	}
	driven := 0.0
	var laps []float64
	for i := range rec.Table.Laps {
		l := &rec.Table.Laps[i]
		driven += float64(l.To-l.From) / 60
		if l.Timed() {
			laps = append(laps, l.Time)
		}
	}
	if math.Abs(float64(seconds)-driven) > 2+driven/50 {
		t.Errorf("%s: %d samples of %v s", rec.Session.File.Name, seconds, driven)
	}
	var got []float64
	for _, r := range s.Query(t, fmt.Sprintf("iracing_lap_time_seconds%s[%ds]", cust, int(span.Seconds())+2), end) {
		for _, p := range r.Points {
			got = append(got, p.Value)
		}
	}
	if !slices.Equal(got, laps) {
		t.Errorf("%s: laps of %v in Prometheus, %v in the file", rec.Session.File.Name, got, laps)
	}
}

func TestPrometheusHoldsRecordingsOfWeeksAgo(t *testing.T) {
	server := promtest.Start(t, promtest.Options{OutOfOrder: "90d"})
	w := writer(t, server.WriteURL(), Config{MaxAge: DefaultMaxAge})
	if err := w.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	// A drive of today stands there before those of weeks ago come.
	now := time.Now().UTC().Truncate(time.Second)
	today := moved(drive(t, fourLaps), now.Add(-10*time.Minute))
	old := moved(weekend(t), now.AddDate(0, 0, -20))
	ancient := moved(today, now.AddDate(0, 0, -91))
	for range 2 { // twice changes nothing
		for _, rec := range []*library.Recording{today, old} {
			want := collect(t, rec, SampleOptions{})
			if out, err := push(t, w, rec); err != nil || out != (Outcome{Sent: total(want)}) {
				t.Errorf("%+v of %d samples, %v", out, total(want), err)
			}
			stands(t, server, rec, want)
		}
		n := total(collect(t, ancient, SampleOptions{}))
		if out, err := push(t, w, ancient); err != nil || out != (Outcome{TooOld: n}) {
			t.Errorf("%+v of %d samples from 91 days ago, %v", out, n, err)
		}
	}
	// Prometheus itself says so where the setting allows more than it takes.
	generous := writer(t, server.WriteURL(), Config{})
	n := total(collect(t, ancient, SampleOptions{}))
	if out, err := push(t, generous, ancient); err != nil || out != (Outcome{TooOld: n}) {
		t.Errorf("%+v of %d samples from 91 days ago, %v", out, n, err)
	}
	// What was driven is a label by a join, and ends when the drive does.
	join := `iracing_telemetry_speed_meters_per_second * on (cust_id) group_left (car, session_type) (iracing_session_info == 1)`
	for after, want := range map[time.Duration]string{10 * time.Second: "Practice", 50 * time.Second: "", 110 * time.Second: "Race", 125 * time.Second: ""} {
		got := server.Query(t, join, old.Session.Start.Add(after))
		if want == "" && len(got) > 0 || want != "" && (len(got) != 1 || got[0].Labels["session_type"] != want) {
			t.Errorf("after %v the join says %v, want %q", after, got, want)
		}
	}
}

// A file that was recorded with a wrong clock does not keep a Prometheus from taking what is now: neither what is scraped
// and computed, nor other files.
func TestAFileFromTheFuture(t *testing.T) {
	server := promtest.Start(t, promtest.Options{OutOfOrder: "90d"})
	now := time.Now().UTC().Truncate(time.Second)
	today := drive(t, fourLaps)
	far := moved(today, now.AddDate(0, 0, 200))
	n := total(collect(t, far, SampleOptions{}))
	var log bytes.Buffer
	w := writer(t, server.WriteURL(), Config{MaxAge: DefaultMaxAge, Log: hclog.New(&hclog.LoggerOptions{Output: &log})})
	if out, err := push(t, w, far); err != nil || out != (Outcome{TooNew: n}) {
		t.Errorf("%+v of %d samples of the future, %v", out, n, err)
	}
	if text := log.String(); strings.Count(text, "[WARN]") != 1 || !strings.Contains(text, "set the clock") || !strings.Contains(text, far.Session.File.Name) {
		t.Errorf("the log says %q", text)
	}
	today = moved(today, now.Add(-5*time.Minute))
	want := collect(t, today, SampleOptions{})
	if out, err := push(t, w, today); err != nil || out != (Outcome{Sent: total(want)}) {
		t.Errorf("%+v of %d samples of today, %v", out, total(want), err)
	}
	stands(t, server, today, want)
	// A clock that is a little ahead is nothing wrong, and a file on the border goes as far as it may.
	border := w.config.Now().Add(Ahead - time.Minute).UTC().Truncate(time.Second)
	for after, late := range map[time.Duration]bool{-5 * time.Minute: false, 0: true} {
		rec := moved(today, border.Add(after))
		out, err := push(t, w, rec)
		if err != nil || out.Sent == 0 || out.TooNew > 0 != late || out.Sent+out.TooNew != total(collect(t, rec, SampleOptions{})) {
			t.Errorf("%v from the border: %+v, %v", after, out, err)
		}
	}
	// Nor do blocks that promtool makes hold any of it.
	var b bytes.Buffer
	if err := OpenMetrics(t.Context(), &b, sequence(far), time.Time{}, time.Time{}, SampleOptions{}); err != nil || b.String() != "# EOF\n" {
		t.Errorf("%.200q, %v", b.String(), err)
	}
}

func TestPrometheusHoldsRealRecordings(t *testing.T) {
	recs := corpus(t)
	server := promtest.Start(t, promtest.Options{OutOfOrder: "30y"})
	w := writer(t, server.WriteURL(), Config{})
	want := make([]collected, len(recs))
	// Newest first, so that all others are out of order; and twice, which changes nothing.
	for range 2 {
		for i, rec := range slices.Backward(recs) {
			if want[i] == nil {
				want[i] = collect(t, rec, SampleOptions{})
			}
			if out, err := push(t, w, rec); err != nil || out != (Outcome{Sent: total(want[i])}) {
				t.Errorf("%s: %+v of %d samples, %v", rec.Session.File.Name, out, total(want[i]), err)
			}
		}
	}
	for i, rec := range recs {
		stands(t, server, rec, want[i])
		recorded(t, server, rec)
	}
	// The same drives 20 days ago, one after the other.
	at := time.Now().UTC().Truncate(time.Second).AddDate(0, 0, -20)
	for _, rec := range recs {
		rec = moved(rec, at)
		at = at.Add(2 * time.Hour)
		if _, err := push(t, w, rec); err != nil {
			t.Error(err)
		}
		stands(t, server, rec, collect(t, rec, SampleOptions{}))
	}
}

// sequence hands recordings on as [OpenMetrics] takes them.
func sequence(recs ...*library.Recording) iter.Seq2[*library.Recording, error] {
	return func(yield func(*library.Recording, error) bool) {
		for _, rec := range recs {
			if !yield(rec, nil) {
				return
			}
		}
	}
}

func TestPromtoolMakesBlocksOfOpenMetrics(t *testing.T) {
	early := moved(drive(t, fourLaps), time.Date(2019, 5, 4, 19, 30, 0, 0, time.UTC))
	late := moved(weekend(t), time.Date(2021, 1, 2, 3, 59, 30, 0, time.UTC))
	// A copy that begins a little later overlaps.
	again := moved(early, early.Session.Start.Add(time.Second))

	dir := t.TempDir()
	file, err := os.Create(filepath.Join(dir, "export.om"))
	if err != nil {
		t.Fatal(err)
	}
	err = OpenMetrics(t.Context(), file, sequence(late, again, early), time.Time{}, time.Time{}, SampleOptions{})
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	if out, err := promtest.Tool(t, "", "tsdb", "create-blocks-from", "openmetrics", file.Name(), data); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	server := promtest.Start(t, promtest.Options{Data: data})
	for _, rec := range []*library.Recording{early, late} {
		want := collect(t, rec, SampleOptions{})
		span := rec.Session.End.Sub(rec.Session.Start)
		results := server.Query(t, everything(span+5*time.Second), rec.Session.End.Add(3*time.Second))
		got := make(map[string][]Sample)
		for i := range results {
			for _, p := range results[i].Points {
				got[results[i].Key()] = append(got[results[i].Key()], Sample{p.Time.UnixMilli(), p.Value})
			}
		}
		for _, name := range want.names() {
			missing := slices.DeleteFunc(values(want[name]), func(s Sample) bool { return slices.Contains(got[name], s) })
			if len(missing) > 0 {
				t.Errorf("%s lacks %v", name, missing)
			}
			if strings.HasPrefix(name, "iracing_session_info") && rec == late {
				if end := got[name][len(got[name])-1]; end.Value != 0 {
					t.Errorf("%s ends with %v", name, end)
				}
			}
		}
	}
}

func TestOpenMetricsKeepsToItsRange(t *testing.T) {
	rec := drive(t, fourLaps)
	from, to := rec.Session.Start.Add(60*time.Second), rec.Session.Start.Add(120*time.Second+500*time.Microsecond)
	var b bytes.Buffer
	if err := OpenMetrics(t.Context(), &b, sequence(rec), from, to, SampleOptions{}); err != nil {
		t.Fatal(err)
	}
	want := 0
	for name, samples := range collect(t, rec, SampleOptions{}) {
		for _, s := range samples {
			if at := time.UnixMilli(s.Time); !at.Before(from) && at.Before(to) && (!s.Stale() || strings.Contains(name, "info")) {
				want++
			}
		}
	}
	got := 0
	for line := range strings.Lines(b.String()) {
		if !strings.HasPrefix(line, "#") {
			got++
		}
	}
	if got != want || !strings.HasSuffix(b.String(), "\n# EOF\n") {
		t.Errorf("%d samples, want %d", got, want)
	}
	b.Reset()
	if err := OpenMetrics(t.Context(), &b, sequence(rec), rec.Session.End.Add(2*time.Hour), time.Time{}, SampleOptions{}); err != nil || b.String() != "# EOF\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
}

func TestOpenMetricsTakesAnyText(t *testing.T) {
	rec := moved(drive(t, fourLaps), time.Date(2019, 5, 4, 19, 30, 0, 0, time.UTC))
	rec.Session.File.Name = "sub/odd \\ \"name\"\nof\xff 東京.ibt"
	rec.Session.Car = strings.Repeat("a very long name ", 200)
	dir := t.TempDir()
	var b bytes.Buffer
	if err := OpenMetrics(t.Context(), &b, sequence(rec), time.Time{}, time.Time{}, SampleOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/export.om", b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := promtest.Tool(t, "", "tsdb", "create-blocks-from", "openmetrics", dir+"/export.om", dir+"/data"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	server := promtest.Start(t, promtest.Options{Data: dir + "/data"})
	results := server.Query(t, "iracing_session_info", rec.Session.Start.Add(time.Minute))
	if len(results) != 1 || results[0].Labels["file"] != "odd \\ \"name\"\nof� 東京.ibt" || len(results[0].Labels["car"]) != maxLabel {
		t.Errorf("%+v", results)
	}
}

func BenchmarkSamples(b *testing.B) {
	rec := drive(b, fourLaps)
	n := 0
	for b.Loop() {
		err := Samples(b.Context(), rec, SampleOptions{}, func(batch []Series) error { n += count(batch); return nil })
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "samples/s")
}
