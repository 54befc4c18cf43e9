package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

var update = flag.Bool("update", false, "write the part of docs/collector.md that is made from the command line")

const (
	docsBegin = "<!-- made by go test ./pkg/cmd/collector -run Documentation -update -->\n"
	docsEnd   = "<!-- until here -->\n"
)

// Documentation tells of every command and every flag, and of no other.
func TestDocumentation(t *testing.T) {
	path := filepath.Join("..", "..", "..", "docs", "collector.md")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(b), docsBegin)
	_, after, ok2 := strings.Cut(rest, docsEnd)
	if !ok || !ok2 {
		t.Fatalf("%s lacks the lines\n%s%s", path, docsBegin, docsEnd)
	}
	want := before + docsBegin + commandsPage(t) + docsEnd + after
	if want == string(b) {
		return
	}
	if !*update {
		t.Fatalf("%s does not tell what the command line has now: run the test with -update", path)
	}
	if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// commandsPage is the commands and their flags as Markdown. Flags that several commands have stand once, at the end.
func commandsPage(t *testing.T) string {
	t.Helper()
	parser, err := newParser(t.Context(), &console{err: newScreen(&terminal{})}, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	uses := map[string]int{} // commands by flag and group
	key := func(f *kong.Flag) string { return f.Name + " " + f.Group.Key }
	for _, cmd := range parser.Model.Children {
		for _, f := range cmd.Flags {
			if f.Group != nil {
				uses[key(f)]++
			}
		}
	}
	shared := func(f *kong.Flag) bool { return f.Group != nil && uses[key(f)] > 1 }
	var page strings.Builder
	var groups []*kong.Group
	tables := map[string][]*kong.Flag{}
	for _, cmd := range parser.Model.Children {
		fmt.Fprintf(&page, "\n### %s\n\n%s\n\n%s\n", cmd.Name, cmd.Help, markdown(cmd.Detail))
		var own []*kong.Flag
		var also []string
		for _, f := range cmd.Flags {
			if !shared(f) {
				own = append(own, f)
				continue
			}
			if name := "[" + strings.ToLower(f.Group.Title[:1]) + f.Group.Title[1:] + "](#" + anchor(f.Group.Title) + ")"; !slices.Contains(also, name) {
				also = append(also, name)
			}
			if tables[f.Group.Key] == nil {
				groups = append(groups, f.Group)
			}
			if !slices.ContainsFunc(tables[f.Group.Key], func(g *kong.Flag) bool { return g.Name == f.Name }) {
				tables[f.Group.Key] = append(tables[f.Group.Key], f)
			}
		}
		if len(cmd.Positional) > 0 {
			page.WriteString("\n")
			for _, p := range cmd.Positional {
				fmt.Fprintf(&page, "`%s`: %s\n", p.Summary(), p.Help)
			}
		}
		flagTable(&page, own)
		if len(also) > 0 {
			fmt.Fprintf(&page, "\nAnd the flags of: %s.\n", strings.Join(also, ", "))
		}
	}
	page.WriteString("\n## Flags that several commands have\n")
	tables["log"] = append(tables["log"], parser.Model.Flags...)
	if !slices.ContainsFunc(groups, func(g *kong.Group) bool { return g.Key == "log" }) {
		groups = append(groups, &kong.Group{Key: "log", Title: "The log"})
	}
	for _, g := range groups {
		fmt.Fprintf(&page, "\n### %s\n", g.Title)
		flagTable(&page, tables[g.Key])
	}
	page.WriteString("\n")
	return page.String()
}

func anchor(title string) string {
	return strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(title), ",", ""), " ", "-")
}

// markdown makes code blocks of the indented lines of a help text.
func markdown(help string) string {
	var lines []string
	code := false
	for line := range strings.SplitSeq(strings.TrimSpace(help), "\n") {
		text, indented := strings.CutPrefix(line, "  ")
		if indented != code && line != "" {
			fence := "```"
			if indented {
				fence += "text"
			}
			lines, code = append(lines, fence), indented
		}
		lines = append(lines, text)
	}
	if code {
		lines = append(lines, "```")
	}
	// A blank line that came before the end of a block belongs behind it.
	text := strings.Join(lines, "\n")
	return strings.ReplaceAll(text, "\n\n```\n", "\n```\n\n")
}

func flagTable(page *strings.Builder, flags []*kong.Flag) {
	if len(flags) == 0 {
		return
	}
	page.WriteString("\n| flag | variable | default | |\n| --- | --- | --- | --- |\n")
	for _, f := range flags {
		name := "`--" + f.Name
		if f.Tag.Negatable != "" {
			name = "`--[no-]" + f.Name
		}
		if !f.IsBool() {
			name += "=" + f.FormatPlaceHolder()
		}
		env, standard := "", ""
		if len(f.Envs) > 0 {
			env = "`" + strings.Join(f.Envs, "`, `") + "`"
		}
		if f.Default != "" && !f.IsBool() {
			name = "`--" + f.Name + "=" + f.PlaceHolder
			standard = "`" + f.Default + "`"
		}
		fmt.Fprintf(page, "| %s` | %s | %s | %s |\n", name, env, standard, strings.ReplaceAll(f.Help, "|", "\\|"))
	}
}
