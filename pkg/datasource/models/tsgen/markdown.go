package main

import (
	"fmt"
	"go/ast"
	"reflect"
	"strings"
)

const markdownHeader = "<!-- Written by pkg/datasource/models/tsgen from the Go models. Change those and run go generate. -->\n\n" + `# The fields of every query

This is what a panel's JSON holds, for those who write dashboards as code. ` + "`queryType`" + ` names the kind; every other field may be
left out. What the answers hold is told in [queries.md](queries.md).
`

// reference answers the query models as a page of documentation: each kind with the fields of its query.
func (g *generator) reference(types []*ast.TypeSpec) string {
	structs := map[string]*ast.TypeSpec{}
	for _, t := range types {
		structs[strings.ToLower(t.Name.Name)] = t
	}
	g.structs = structs
	g.out.Reset()
	g.out.WriteString(markdownHeader)
	for _, kind := range g.unions["Kind"] {
		name := strings.Trim(g.text(kind), "'")
		t := structs[strings.ToLower(name)+"query"]
		if t == nil {
			g.fail(kind)
			continue
		}
		about := strings.Join(strings.Fields(t.Doc.Text()), " ")
		about = strings.TrimPrefix(about, t.Name.Name+" ")
		fmt.Fprintf(&g.out, "\n## %s\n\nThe query %s\n", name, about)
		fields, ok := t.Type.(*ast.StructType)
		if !ok || len(fields.Fields.List) == 0 {
			continue
		}
		g.out.WriteString("\n| field | value | meaning |\n| --- | --- | --- |\n")
		for _, f := range fields.Fields.List {
			g.row(f)
		}
	}
	return g.out.String()
}

// row writes one field of a query as a row of a table.
func (g *generator) row(f *ast.Field) {
	if f.Tag == nil || len(f.Names) != 1 {
		g.fail(f)
		return
	}
	about := strings.Join(strings.Fields(f.Doc.Text()), " ")
	fmt.Fprintf(&g.out, "| `%s` | %s | %s |\n", jsonName(f), g.values(f.Type), strings.ReplaceAll(about, "|", `\|`))
}

// values tells what a field may hold: of a union each value with what it means.
func (g *generator) values(e ast.Expr) string {
	switch t := e.(type) {
	case *ast.StarExpr:
		return g.values(t.X)
	case *ast.ArrayType:
		return "list of " + g.values(t.Elt)
	case *ast.Ident:
		if consts := g.unions[t.Name]; len(consts) > 0 {
			texts := make([]string, len(consts))
			for i, c := range consts {
				texts[i] = "`" + strings.Trim(g.text(c), "'") + "`"
				if about := strings.TrimSpace(c.Comment.Text()); about != "" {
					texts[i] += " (" + about + ")"
				}
			}
			return strings.Join(texts, ", ")
		}
		if word, ok := map[string]string{
			"string": "text", "bool": "`true` or `false`", "int": "number", "float64": "number", "ID": "id", "StringList": "list, or text with commas",
		}[t.Name]; ok {
			return word
		}
		if named := g.structs[strings.ToLower(t.Name)]; named != nil {
			if fields, ok := named.Type.(*ast.StructType); ok {
				var names []string
				for _, f := range fields.Fields.List {
					names = append(names, jsonName(f))
				}
				return "`{" + strings.Join(names, ", ") + "}`"
			}
		}
		return t.Name
	}
	g.fail(e)
	return ""
}

// jsonName is what a field is called in JSON.
func jsonName(f *ast.Field) string {
	if f.Tag == nil {
		return ""
	}
	name, _, _ := strings.Cut(reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("json"), ",")
	return name
}
