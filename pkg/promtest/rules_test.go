package promtest_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
	"github.com/apexobs/iracing-grafana-observability/pkg/promtest"
)

const provisioned = "../../provisioning/prometheus"

func files(t *testing.T, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(provisioned, pattern))
	if err != nil || len(names) == 0 {
		t.Fatalf("there is no %s (%v)", pattern, err)
	}
	return names
}

func TestPrometheusIsProvisioned(t *testing.T) {
	for _, args := range [][]string{
		{"check", "config", filepath.Join(provisioned, "prometheus.yml")},
		append([]string{"check", "rules"}, files(t, "rules/*.yml")...),
		append([]string{"test", "rules"}, files(t, "tests/*.yml")...),
	} {
		if out, err := promtest.Tool(t, "", args...); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// A rule over a metric that nobody exposes is silent for ever.
func TestRulesAskForMetricsThatThereAre(t *testing.T) {
	there := make(map[string]bool)
	for _, d := range promtest.Definitions(t, "../metrics") {
		for _, name := range d.Families() {
			there[name] = true
		}
	}
	for _, m := range metrics.Telemetry() {
		there[m.Name] = true
	}
	// What is selected, with or without labels or a range, and not a part of a recorded name.
	selector := regexp.MustCompile(`(^|[^a-z_:])(iracing_[a-z0-9_]+)($|[^a-z0-9_:])`)
	recorded := regexp.MustCompile(`[a-z_]+:[a-z0-9_]+:[a-z0-9_]+`)
	records, asked := "", 0
	for _, file := range append(files(t, "rules/*.yml"), files(t, "tests/*.yml")...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if name, ok := strings.CutPrefix(strings.TrimSpace(line), "- record: "); ok {
				records += name + "\n"
			}
			if strings.HasPrefix(strings.TrimSpace(line), "#") {
				continue
			}
			for _, m := range selector.FindAllStringSubmatch(line, -1) {
				if asked++; !there[m[2]] {
					t.Errorf("%s asks for %s, which pkg/metrics does not define", filepath.Base(file), m[2])
				}
			}
			for _, name := range recorded.FindAllString(line, -1) {
				if !slices.Contains(strings.Fields(records), name) && strings.Contains(file, "tests") {
					t.Errorf("%s asks for %s, which no rule records", filepath.Base(file), name)
				}
			}
		}
	}
	if asked < 20 {
		t.Errorf("only %d metrics were found in the rules", asked)
	}
}

func TestServerEvaluatesRules(t *testing.T) {
	rules := filepath.Join(t.TempDir(), "rules.yml")
	text := "groups:\n  - name: test\n    rules:\n      - record: test:seven:sum\n        expr: vector(7)\n"
	if err := os.WriteFile(rules, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := promtest.Start(t, promtest.Options{Rules: append(files(t, "rules/*.yml"), rules)})
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		got := s.Query(t, "test:seven:sum", time.Now())
		if len(got) == 1 && got[0].Points[0].Value == 7 && got[0].Key() == "test:seven:sum{}" {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%v", got)
		}
	}
	steps := s.QueryRange(t, "vector(7)", time.Unix(1000, 0), time.Unix(1060, 0), 30*time.Second)
	if len(steps) != 1 || len(steps[0].Points) != 3 || !steps[0].Points[1].Time.Equal(time.Unix(1030, 0)) {
		t.Errorf("%v", steps)
	}
}

// Whichever kind of histogram a Prometheus scrapes, the rules tell the duration that 95 of 100 requests keep to.
func TestRulesTakeEitherHistogram(t *testing.T) {
	page := httptest.NewServer(promhttp.Handler())
	defer page.Close()
	stop := make(chan struct{})
	var wait sync.WaitGroup
	defer wait.Wait()
	defer close(stop)
	wait.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				metrics.APISeconds.WithLabelValues("results_get").Observe(0.7)
			}
		}
	})
	for _, features := range [][]string{nil, {"native-histograms"}} {
		s := promtest.Start(t, promtest.Options{
			Rules: files(t, "rules/iracing-recording.yml"), Scrape: []string{strings.TrimPrefix(page.URL, "http://")}, Features: features,
		})
		buckets := func() int { return len(s.Query(t, "iracing_api_request_duration_seconds_bucket", time.Now())) }
		for end := time.Now().Add(60 * time.Second); ; time.Sleep(200 * time.Millisecond) {
			got := s.Query(t, `endpoint:iracing_api_request_duration_seconds:p95_5m{endpoint="results_get"}`, time.Now())
			if len(got) == 1 && got[0].Points[0].Value > 0.5 && got[0].Points[0].Value < 1 {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("with the features %q: %v", features, got)
			}
		}
		if n := buckets(); (n == 0) != (features != nil) {
			t.Errorf("with the features %q there are %d buckets", features, n)
		}
	}
}
