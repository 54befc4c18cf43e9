package iracing_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

var update = flag.Bool("update", false, "write docs/endpoints.md anew")

// The documentation lists the table of endpoints. `go test ./pkg/iracing -run Documentation -update` writes it.
func TestDocumentationListsTheEndpoints(t *testing.T) {
	words := map[iracing.Class]string{
		iracing.Final: "for good once the race is settled", iracing.Window: "for good once the window is past",
		iracing.Constant: "a week", iracing.Reference: "a day", iracing.Slow: "15 minutes", iracing.Volatile: "a minute",
		iracing.Bulk: "a week",
	}
	var b strings.Builder
	b.WriteString("<!-- Written from the table in pkg/iracing/endpoints.go. `go test ./pkg/iracing -run Documentation -update` writes it anew. -->\n\n")
	b.WriteString("# The endpoints of iRacing's /data API\n\n")
	b.WriteString("What the query *Endpoint* can show. Parameters in bold are required. *Kept* is for how long an answer is not asked for again.\n")
	service := ""
	for _, e := range iracing.Endpoints() {
		s := strings.Split(e.Path, "/")[2]
		if e.URL != "" {
			s = "Public files, which need no account"
		}
		if s != service {
			service = s
			fmt.Fprintf(&b, "\n## %s\n\n| path | parameters | kept | what it is for |\n| --- | --- | --- | --- |\n", service)
		}
		kept := words[e.Class]
		if kept == "" {
			t.Errorf("%s is of class %q, which is not described", e.Path, e.Class)
		}
		var params []string
		for _, p := range e.Params {
			text := "`" + p.Name + "`"
			if p.Required {
				text = "**" + text + "**"
			}
			if p.Type != iracing.Int {
				text += " " + string(p.Type)
			}
			params = append(params, text)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", e.Path, strings.Join(params, ", "), kept, e.About)
	}
	path := filepath.Join("..", "..", "docs", "endpoints.md")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != b.String() {
		t.Error("docs/endpoints.md is not what the table says; run this test with -update")
	}
}
