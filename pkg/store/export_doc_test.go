package store_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

var updatePage = flag.Bool("update", false, "write the list of views in docs/sql.md anew")

// sqlDoc is the page on the views.
const sqlDoc = "../../docs/sql.md"

// What the page says of the views is what the database says of itself.
func TestThePageOnTheViews(t *testing.T) {
	s := open(t)
	var b strings.Builder
	for _, view := range store.Views() {
		about, cols, err := s.Columns(t.Context(), view)
		if err != nil {
			t.Fatal(err)
		}
		if about == "" || len(cols) == 0 {
			t.Errorf("%s has no comment or no columns", view)
		}
		fmt.Fprintf(&b, "### %s\n\n%s\n\n| column | type | meaning |\n| --- | --- | --- |\n", view, about)
		for _, c := range cols {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", c.Name, shortType(c.Type), strings.ReplaceAll(c.About, "|", "\\|"))
		}
		b.WriteString("\n")
	}
	page, err := os.ReadFile(sqlDoc)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- begin of the list of views -->\n\n", "<!-- end of the list of views -->"
	head, rest, found := strings.Cut(string(page), begin)
	old, tail, foundEnd := strings.Cut(rest, end)
	if !found || !foundEnd {
		t.Fatalf("%s does not hold the marks of the list", sqlDoc)
	}
	if old == b.String() {
		return
	}
	if !*updatePage {
		t.Fatalf("%s does not tell what the views are; run go test ./pkg/store -run %s -update", sqlDoc, t.Name())
	}
	if err := os.WriteFile(sqlDoc, []byte(head+begin+b.String()+end+tail), 0o644); err != nil {
		t.Fatal(err)
	}
}

// shortType is a type as people write it.
func shortType(name string) string {
	return strings.NewReplacer("timestamp with time zone", "timestamptz", "timestamp without time zone", "timestamp", "double precision", "float8").Replace(name)
}

var (
	sqlExample  = regexp.MustCompile("(?s)```sql\n(.*?)```")
	sqlVariable = regexp.MustCompile(`\$__timeFilter\((\w+)\)|\$\{?(\w+)(?::\w+)?\}?`)
)

// The examples of the page run.
func TestTheExamplesOfThePageRun(t *testing.T) {
	page, err := os.ReadFile(sqlDoc)
	if err != nil {
		t.Fatal(err)
	}
	_, conn := openFacts(t)
	examples := sqlExample.FindAllStringSubmatch(string(page), -1)
	ran := 0
	for _, e := range examples {
		if !strings.Contains(e[1], "select") {
			continue
		}
		ran++
		sql := sqlVariable.ReplaceAllStringFunc(e[1], func(s string) string {
			if m := sqlVariable.FindStringSubmatch(s); m[1] != "" {
				return m[1] + " > now() - interval '90 days'"
			}
			return "1"
		})
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Errorf("%v:\n%s", err, sql)
		}
	}
	if ran < 3 {
		t.Errorf("the page has %d examples", ran)
	}
}
