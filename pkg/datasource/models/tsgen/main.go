// Command tsgen writes the Go query and settings models as TypeScript, so that the editors and the backend share one
// definition. It reads a package's syntax only: exported structs with JSON tags become interfaces, string types with
// constants become unions, untyped string constants stay constants. Doc comments come along.
//
//	tsgen <package directory> <output.ts>
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
	"sort"
	"strconv"
	"strings"
)

const header = "// Written by pkg/datasource/models/tsgen from the Go models. Change those and run go generate.\n"

// basic names the TypeScript type of a Go one; a type that is not in it keeps its own name.
var basic = map[string]string{
	"string": "string", "bool": "boolean", "any": "unknown", "float32": "number", "float64": "number",
	"int": "number", "int8": "number", "int16": "number", "int32": "number", "int64": "number",
	"uint": "number", "uint8": "number", "uint16": "number", "uint32": "number", "uint64": "number",
	"time.Time": "string", "json.RawMessage": "unknown",
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "tsgen:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return errors.New("want a package directory and an output file")
	}
	ts, err := Generate(args[0])
	if err != nil {
		return err
	}
	return os.WriteFile(args[1], []byte(ts), 0o644)
}

// Generate answers the TypeScript of the exported models in the Go package at dir, in alphabetical order of files and
// then as declared. It fails on a field whose type JSON or TypeScript cannot carry.
func Generate(dir string) (string, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return "", err
	}
	sort.Strings(paths)
	g := &generator{fset: token.NewFileSet(), unions: map[string][]*ast.ValueSpec{}}
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(g.fset, path, nil, parser.ParseComments)
		if err != nil {
			return "", err
		}
		files = append(files, f)
		eachSpec(f, token.CONST, func(s ast.Spec, _ *ast.CommentGroup) {
			if v, ok := s.(*ast.ValueSpec); ok && v.Type != nil {
				g.unions[typeName(v.Type)] = append(g.unions[typeName(v.Type)], v)
			}
		})
	}
	g.out.WriteString(header)
	for _, f := range files {
		eachSpec(f, token.CONST, g.constant)
		eachSpec(f, token.TYPE, g.declare)
	}
	return g.out.String(), g.err
}

type generator struct {
	fset   *token.FileSet
	out    strings.Builder
	unions map[string][]*ast.ValueSpec // the constants of each named type
	err    error                       // the first failure
}

// constant writes an exported string constant that has no type of its own.
func (g *generator) constant(s ast.Spec, _ *ast.CommentGroup) {
	v, ok := s.(*ast.ValueSpec)
	if !ok || v.Type != nil || !v.Names[0].IsExported() {
		return
	}
	if text, ok := literal(v); ok {
		g.comment("", v.Doc, v.Comment)
		fmt.Fprintf(&g.out, "export const %s = %s;\n", v.Names[0].Name, quote(text))
	}
}

// declare writes an exported type.
func (g *generator) declare(s ast.Spec, groupDoc *ast.CommentGroup) {
	t, ok := s.(*ast.TypeSpec)
	if !ok || !t.Name.IsExported() {
		return
	}
	if t.Doc == nil {
		t.Doc = groupDoc
	}
	name := t.Name.Name
	switch u := t.Type.(type) {
	case *ast.StructType:
		g.comment("", t.Doc, nil)
		g.record(name, u)
	case *ast.ArrayType: // a named list reads a single text too, see its UnmarshalJSON
		g.comment("", t.Doc, nil)
		fmt.Fprintf(&g.out, "export type %s = %s[] | %[2]s;\n", name, g.typeOf(u.Elt))
	case *ast.Ident:
		consts := g.unions[name]
		if u.Name != "string" || len(consts) == 0 {
			g.comment("", t.Doc, nil)
			fmt.Fprintf(&g.out, "export type %s = %s;\n", name, g.typeOf(u))
			return
		}
		g.comment("", t.Doc, nil)
		fmt.Fprintf(&g.out, "export const %s = {\n", name)
		for _, c := range consts {
			text, ok := literal(c)
			if !ok {
				g.fail(c, "constant %s is not a plain text", c.Names[0].Name)
				continue
			}
			g.comment("  ", c.Doc, c.Comment)
			fmt.Fprintf(&g.out, "  %s: %s,\n", key(text), quote(text))
		}
		fmt.Fprintf(&g.out, "} as const;\nexport type %s = (typeof %[1]s)[keyof typeof %[1]s];\n", name)
	}
}

// record writes a struct as an interface; embedded structs become its parents.
func (g *generator) record(name string, s *ast.StructType) {
	var parents []string
	for _, f := range s.Fields.List {
		if len(f.Names) == 0 {
			parents = append(parents, g.typeOf(f.Type))
		}
	}
	extends := ""
	if len(parents) > 0 {
		extends = " extends " + strings.Join(parents, ", ")
	}
	fmt.Fprintf(&g.out, "export interface %s%s {\n", name, extends)
	for _, f := range s.Fields.List {
		tag := jsonTag(f)
		if len(f.Names) == 0 || tag[0] == "-" || !f.Names[0].IsExported() {
			continue
		}
		if tag[0] == "" {
			g.fail(f, "%s.%s has no json name", name, f.Names[0].Name)
			continue
		}
		_, pointer := f.Type.(*ast.StarExpr)
		mark := ""
		if pointer || strings.Contains(strings.Join(tag[1:], ","), "omit") {
			mark = "?"
		}
		g.comment("  ", f.Doc, f.Comment)
		fmt.Fprintf(&g.out, "  %s%s: %s;\n", key(tag[0]), mark, g.typeOf(f.Type))
	}
	g.out.WriteString("}\n")
}

func (g *generator) typeOf(e ast.Expr) string {
	switch t := e.(type) {
	case *ast.StarExpr:
		return g.typeOf(t.X)
	case *ast.ArrayType:
		return g.typeOf(t.Elt) + "[]"
	case *ast.MapType:
		return "Record<" + g.typeOf(t.Key) + ", " + g.typeOf(t.Value) + ">"
	case *ast.Ident, *ast.SelectorExpr:
		name := typeName(e)
		if ts, ok := basic[name]; ok {
			return ts
		}
		if !strings.Contains(name, ".") {
			return name
		}
	}
	g.fail(e, "no TypeScript for this type")
	return "never"
}

// comment writes a doc comment, or else a trailing one, as TSDoc.
func (g *generator) comment(indent string, doc, trailing *ast.CommentGroup) {
	if doc == nil {
		doc = trailing
	}
	if indent == "" {
		g.out.WriteByte('\n')
	}
	text := strings.TrimSpace(strings.ReplaceAll(doc.Text(), "*/", "*\\/"))
	switch lines := strings.Split(text, "\n"); {
	case text == "":
	case len(lines) == 1:
		fmt.Fprintf(&g.out, "%s/** %s */\n", indent, text)
	default:
		fmt.Fprintf(&g.out, "%s/**\n", indent)
		for _, line := range lines {
			g.out.WriteString(strings.TrimRight(indent+" * "+line, " ") + "\n")
		}
		fmt.Fprintf(&g.out, "%s */\n", indent)
	}
}

func (g *generator) fail(n ast.Node, format string, args ...any) {
	if g.err == nil {
		g.err = fmt.Errorf("%s: %s", g.fset.Position(n.Pos()), fmt.Sprintf(format, args...))
	}
}

func eachSpec(f *ast.File, tok token.Token, do func(ast.Spec, *ast.CommentGroup)) {
	for _, d := range f.Decls {
		if gd, ok := d.(*ast.GenDecl); ok && gd.Tok == tok {
			for _, s := range gd.Specs {
				do(s, gd.Doc)
			}
		}
	}
}

func typeName(e ast.Expr) string {
	switch t := e.(type) {
	case *ast.Ident:
		return t.Name
	case *ast.SelectorExpr:
		return typeName(t.X) + "." + t.Sel.Name
	}
	return ""
}

// literal answers the value of a constant that is written as one text.
func literal(v *ast.ValueSpec) (string, bool) {
	if len(v.Values) != 1 {
		return "", false
	}
	l, ok := v.Values[0].(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(l.Value)
	return text, err == nil
}

// jsonTag answers the parts of a field's json tag; the first is its name, which may be empty.
func jsonTag(f *ast.Field) []string {
	if f.Tag == nil {
		return []string{""}
	}
	return strings.Split(reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("json"), ",")
}

func key(s string) string {
	if token.IsIdentifier(s) || token.IsKeyword(s) {
		return s
	}
	return quote(s)
}

func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`).Replace(s) + "'"
}
