package promtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Definition is a metric as the source of a package defines it.
type Definition struct {
	Name, Help string
	Type       string // counter, gauge or histogram
	Native     bool   // the histogram is a native one as well
	Labels     []string
	Group      string // the comment on the block of variables that it is in, or that comes before it in the file
}

// Families are the names that the metric has in a database: a histogram has three, and its own as a native one.
func (d *Definition) Families() []string {
	if d.Type != "histogram" {
		return []string{d.Name}
	}
	names := []string{d.Name + "_bucket", d.Name + "_sum", d.Name + "_count"}
	if d.Native {
		names = append(names, d.Name)
	}
	return names
}

// Sample writes the metric with a sample in the format that is scraped.
func (d *Definition) Sample() string {
	var labels strings.Builder
	for _, name := range d.Labels {
		fmt.Fprintf(&labels, "%s=%q,", name, "x")
	}
	text := fmt.Sprintf("# HELP %s %s\n# TYPE %s %s\n", d.Name, d.Help, d.Name, d.Type)
	if d.Type != "histogram" {
		return text + fmt.Sprintf("%s{%s} 1\n", d.Name, labels.String())
	}
	return text + fmt.Sprintf("%[1]s_bucket{%[2]sle=\"+Inf\"} 1\n%[1]s_sum{%[2]s} 1\n%[1]s_count{%[2]s} 1\n", d.Name, labels.String())
}

// Definitions reads the metrics that the Go files of a folder define with prometheus.CounterOpts and the like, or with
// prometheus.NewDesc, which then are gauges. They are in the order of the files' names.
func Definitions(t testing.TB, dir string) []Definition {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("there is no Go file in %s (%v)", dir, err)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return strings.HasSuffix(name, "_test.go") })
	r := reader{t: t, constants: make(map[string]string)}
	set := token.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		f, err := parser.ParseFile(set, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
		r.readConstants(f)
	}
	for _, f := range files {
		for _, d := range f.Decls {
			if text := comment(d); text != "" || r.file != f {
				r.group, r.file = text, f
			}
			ast.Inspect(d, r.visit)
		}
	}
	return r.found
}

// reader collects definitions from syntax trees.
type reader struct {
	t         testing.TB
	constants map[string]string
	group     string
	file      *ast.File // of the group
	found     []Definition
}

// comment is what is said of a block of variables.
func comment(d ast.Decl) string {
	block, ok := d.(*ast.GenDecl)
	if !ok || block.Tok != token.VAR {
		return ""
	}
	return strings.Join(strings.Fields(block.Doc.Text()), " ")
}

func (r *reader) readConstants(f *ast.File) {
	ast.Inspect(f, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			for i, name := range spec.Names {
				if i < len(spec.Values) {
					if text, ok := literal(spec.Values[i]); ok {
						r.constants[name.Name] = text
					}
				}
			}
		}
		return true
	})
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// text is the value of a string, a constant or their sum.
func (r *reader) text(e ast.Expr) string {
	if text, ok := literal(e); ok {
		return text
	}
	switch e := e.(type) {
	case *ast.Ident:
		if text, ok := r.constants[e.Name]; ok {
			return text
		}
	case *ast.BinaryExpr:
		return r.text(e.X) + r.text(e.Y)
	}
	r.t.Errorf("a definition of a metric holds a text that cannot be read from the source: %T", e)
	return ""
}

func (r *reader) visit(n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return true
	}
	if selected(call.Fun) == "NewDesc" {
		r.found = append(r.found, Definition{
			Name: r.text(call.Args[0]), Help: r.text(call.Args[1]), Type: "gauge", Labels: r.texts(call.Args[2]), Group: r.group,
		})
		return true
	}
	if len(call.Args) == 0 {
		return true
	}
	options, ok := call.Args[0].(*ast.CompositeLit)
	if !ok {
		return true
	}
	kind := map[string]string{"CounterOpts": "counter", "GaugeOpts": "gauge", "HistogramOpts": "histogram"}[selected(options.Type)]
	if kind == "" {
		return true
	}
	d := Definition{Type: kind, Group: r.group}
	for _, e := range options.Elts {
		switch pair := e.(*ast.KeyValueExpr); pair.Key.(*ast.Ident).Name {
		case "Name":
			d.Name = r.text(pair.Value)
		case "Help":
			d.Help = r.text(pair.Value)
		case "NativeHistogramBucketFactor":
			d.Native = true
		}
	}
	for _, arg := range call.Args[1:] {
		d.Labels = append(d.Labels, r.texts(arg)...)
	}
	r.found = append(r.found, d)
	return true
}

// selected is the name behind the point, as in prometheus.NewDesc.
func selected(e ast.Expr) string {
	if s, ok := e.(*ast.SelectorExpr); ok {
		return s.Sel.Name
	}
	return ""
}

// texts is a list of strings; none for nil and for what is no list.
func (r *reader) texts(e ast.Expr) []string {
	list, ok := e.(*ast.CompositeLit)
	if !ok {
		return nil
	}
	var out []string
	for _, x := range list.Elts {
		out = append(out, r.text(x))
	}
	return out
}
