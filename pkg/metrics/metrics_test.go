package metrics_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
	"github.com/apexobs/iracing-grafana-observability/pkg/promtest"
)

var update = flag.Bool("update", false, "write the tables of docs/metrics.md anew")

// defined are all metrics: those that are scraped, and those that are pushed.
func defined(t *testing.T) (scraped, pushed []promtest.Definition) {
	scraped = promtest.Definitions(t, ".")
	for _, m := range metrics.Telemetry() {
		pushed = append(pushed, promtest.Definition{
			Name: m.Name, Help: m.Help, Type: "gauge", Labels: slices.Concat([]string{metrics.LabelCustID}, m.Labels),
		})
	}
	return scraped, pushed
}

func TestNamesFollowTheRules(t *testing.T) {
	scraped, pushed := defined(t)
	seen := make(map[string]bool)
	for _, d := range slices.Concat(scraped, pushed) {
		if !regexp.MustCompile(`^iracing_[a-z]+(_[a-z]+)*$`).MatchString(d.Name) || seen[d.Name] {
			t.Errorf("%q is a bad name, or there twice", d.Name)
		}
		seen[d.Name] = true
		if !strings.HasSuffix(d.Help, ".") || strings.ContainsAny(d.Help, "\n\\|") {
			t.Errorf("%s is explained by %q", d.Name, d.Help)
		}
		for _, label := range d.Labels {
			if slices.Contains([]string{"lap", "session", "driver", "name", "timestamp"}, label) {
				t.Errorf("%s has a label %s, which takes too many values", d.Name, label)
			}
		}
	}
	for name, all := range map[string][]promtest.Definition{"scraped": scraped, "pushed": pushed} {
		var page strings.Builder
		for i := range all {
			// The rules know grams as the base unit of mass; the sim, and every driver, counts fuel in kilograms. Nobody
			// scrapes this one.
			if all[i].Name != "iracing_telemetry_fuel_use_kilograms_per_hour" {
				page.WriteString(all[i].Sample())
			}
		}
		if out, err := promtest.Tool(t, page.String(), "check", "metrics"); err != nil || out != "" {
			t.Errorf("promtool check metrics of what is %s: %v\n%s", name, err, out)
		}
	}
}

// The documentation lists all metrics. `go test ./pkg/metrics -run Documentation -update` writes the tables.
func TestDocumentation(t *testing.T) {
	const file = "../../docs/metrics.md"
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	scraped, _ := defined(t)
	text := string(old)
	for mark, table := range map[string]string{"scraped": scrapedTable(scraped), "pushed": pushedTable()} {
		begin, end := "<!-- "+mark+": written by the test of pkg/metrics -->\n", "<!-- end of "+mark+" -->\n"
		head, rest, ok := strings.Cut(text, begin)
		_, tail, ends := strings.Cut(rest, end)
		if !ok || !ends {
			t.Fatalf("docs/metrics.md lacks the marks of the table of what is %s", mark)
		}
		text = head + begin + "\n" + table + "\n" + end + tail
	}
	switch {
	case text == string(old):
	case *update:
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil { //nolint:gosec // it is documentation
			t.Fatal(err)
		}
	default:
		t.Error("the tables of docs/metrics.md are not what pkg/metrics defines; run this test with -update")
	}
}

func scrapedTable(all []promtest.Definition) string {
	var b strings.Builder
	group := ""
	for _, d := range all {
		if d.Group != group {
			group = d.Group
			fmt.Fprintf(&b, "%s\n\n| metric | type | labels | |\n| --- | --- | --- | --- |\n", spaced(&b, group))
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", d.Name, d.Type, code(d.Labels), d.Help)
	}
	return b.String()
}

// spaced is a paragraph behind what was written.
func spaced(b *strings.Builder, text string) string {
	if b.Len() > 0 {
		return "\n" + text
	}
	return text
}

func pushedTable() string {
	var b strings.Builder
	b.WriteString("| metric | unit | more labels | from the channels | |\n| --- | --- | --- | --- | --- |\n")
	for _, m := range metrics.Telemetry() {
		var channels []string
		for _, c := range m.Channels {
			channels = append(channels, c.Names[0])
			for _, other := range c.Names[1:] {
				channels = append(channels, "or "+other)
			}
		}
		if len(channels) > 4 {
			channels = []string{channels[0], "…", channels[len(channels)-1]}
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", m.Name, m.Unit, code(m.Labels), strings.Join(channels, " "), m.Help)
	}
	return b.String()
}

func code(labels []string) string {
	if len(labels) == 0 {
		return ""
	}
	return "`" + strings.Join(labels, "`, `") + "`"
}
