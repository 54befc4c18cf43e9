// Command tsgen writes the Go query and settings models as TypeScript, so that the editors and the backend share one
// definition. It reads a package's syntax only: exported structs with JSON tags become interfaces, string types with
// constants become unions, untyped string constants stay constants. Doc comments come along.
//
//	tsgen <package directory> <output.ts> <output.md>
//
// The second output is the documentation of every query's fields.
package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

const header = "// Written by pkg/datasource/models/tsgen from the Go models. Change those and run go generate.\n"

// basic has the TypeScript type of Go's own; a type that is not in it is one of the package's.
var basic = map[string]string{
	"string": "string", "bool": "boolean", "float64": "number", "int": "number", "int64": "number",
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: tsgen <package directory> <output.ts> <output.md>")
		os.Exit(2)
	}
	ts, md, err := generate(os.Args[1])
	if err == nil {
		err = errors.Join(os.WriteFile(os.Args[2], []byte(ts), 0o644), os.WriteFile(os.Args[3], []byte(md), 0o644))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "tsgen:", err)
		os.Exit(1)
	}
}

// generate answers the TypeScript of the Go package at dir, file by file and in each the constants first, and the
// documentation of its queries, if it has any. It fails on what TypeScript cannot carry.
func generate(dir string) (ts, md string, err error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return "", "", err
	}
	g := &generator{fset: token.NewFileSet(), unions: map[string][]*ast.ValueSpec{}}
	var types []*ast.TypeSpec
	g.out.WriteString(header)
	for _, path := range slices.Sorted(slices.Values(paths)) {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(g.fset, path, nil, parser.ParseComments)
		if err != nil {
			return "", "", err
		}
		for _, d := range file.Decls {
			decl, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, s := range decl.Specs {
				switch s := s.(type) {
				case *ast.ValueSpec:
					if typ, named := s.Type.(*ast.Ident); named {
						g.unions[typ.Name] = append(g.unions[typ.Name], s)
					} else if decl.Tok == token.CONST && s.Names[0].IsExported() {
						g.comment("", s.Doc, s.Comment)
						fmt.Fprintf(&g.out, "export const %s = %s;\n", s.Names[0], g.text(s))
					}
				case *ast.TypeSpec:
					if s.Doc == nil {
						s.Doc = decl.Doc
					}
					types = append(types, s)
				}
			}
		}
	}
	for _, t := range types {
		if t.Name.IsExported() {
			g.declare(t)
		}
	}
	ts = g.out.String()
	return ts, g.reference(types), g.err
}

type generator struct {
	fset    *token.FileSet
	out     strings.Builder
	unions  map[string][]*ast.ValueSpec // the constants of each named type
	structs map[string]*ast.TypeSpec    // every type by its name in lower case
	err     error                       // the first failure
}

func (g *generator) declare(t *ast.TypeSpec) {
	name := t.Name.Name
	g.comment("", t.Doc, t.Comment)
	switch u := t.Type.(type) {
	case *ast.StructType:
		fmt.Fprintf(&g.out, "export interface %s {\n", name)
		for _, f := range u.Fields.List {
			g.field(f)
		}
		g.out.WriteString("}\n")
	case *ast.ArrayType: // a named list reads a single item too, see its UnmarshalJSON
		item := g.typeOf(u.Elt)
		fmt.Fprintf(&g.out, "export type %s = %s[] | %s;\n", name, item, item)
	case *ast.Ident:
		if len(g.unions[name]) == 0 {
			fmt.Fprintf(&g.out, "export type %s = %s;\n", name, g.typeOf(u))
			return
		}
		fmt.Fprintf(&g.out, "export const %s = {\n", name)
		for _, c := range g.unions[name] {
			g.comment("  ", c.Doc, c.Comment)
			text := g.text(c)
			fmt.Fprintf(&g.out, "  %s: %s,\n", key(text), text)
		}
		fmt.Fprintf(&g.out, "} as const;\nexport type %s = (typeof %[1]s)[keyof typeof %[1]s];\n", name)
	default:
		g.fail(t)
	}
}

func (g *generator) field(f *ast.Field) {
	if f.Tag == nil || len(f.Names) != 1 {
		g.fail(f)
		return
	}
	tag := reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("json")
	name, options, _ := strings.Cut(tag, ",")
	if name == "-" {
		return
	}
	optional := ""
	if _, pointer := f.Type.(*ast.StarExpr); pointer || strings.HasPrefix(options, "omit") {
		optional = "?"
	}
	g.comment("  ", f.Doc, f.Comment)
	fmt.Fprintf(&g.out, "  %s%s: %s;\n", key("'"+name+"'"), optional, g.typeOf(f.Type))
}

func (g *generator) typeOf(e ast.Expr) string {
	switch t := e.(type) {
	case *ast.StarExpr:
		return g.typeOf(t.X)
	case *ast.ArrayType:
		return g.typeOf(t.Elt) + "[]"
	case *ast.Ident:
		if ts, ok := basic[t.Name]; ok {
			return ts
		}
		if t.IsExported() {
			return t.Name
		}
	}
	g.fail(e)
	return "never"
}

// text answers a constant's value as a TypeScript literal.
func (g *generator) text(c *ast.ValueSpec) string {
	if len(c.Values) == 1 {
		if l, ok := c.Values[0].(*ast.BasicLit); ok && l.Kind == token.STRING {
			if s, err := strconv.Unquote(l.Value); err == nil && !strings.ContainsAny(s, "'\\\n") {
				return "'" + s + "'"
			}
		}
	}
	g.fail(c)
	return "''"
}

// key answers a quoted text as a key of an object, without the quotes where it needs none.
func key(quoted string) string {
	if name := strings.Trim(quoted, "'"); token.IsIdentifier(name) {
		return name
	}
	return quoted
}

// comment writes a doc comment, or else a trailing one, as TSDoc; a blank line comes before what is not indented.
func (g *generator) comment(indent string, doc, trailing *ast.CommentGroup) {
	if doc == nil {
		doc = trailing
	}
	if indent == "" {
		g.out.WriteByte('\n')
	}
	text := strings.TrimSpace(doc.Text())
	switch {
	case text == "":
	case strings.Contains(text, "\n"):
		text = strings.ReplaceAll(text, "\n", "\n"+indent+" * ")
		fmt.Fprintf(&g.out, "%s/**\n%[1]s * %s\n%[1]s */\n", indent, strings.ReplaceAll(text, " * \n", " *\n"))
	default:
		fmt.Fprintf(&g.out, "%s/** %s */\n", indent, text)
	}
}

func (g *generator) fail(n ast.Node) {
	if g.err == nil {
		g.err = fmt.Errorf("%s: the TypeScript models cannot carry this", g.fset.Position(n.Pos()))
	}
}
