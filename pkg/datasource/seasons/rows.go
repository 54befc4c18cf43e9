package seasons

import (
	"slices"
	"strings"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
)

// row is one row of an endpoint's table: an item of a list, and the items of the lists that this list lies in.
type row struct {
	value *node
	key   string // of an item of an object
	above []above
}

// above is an item of a list that a row lies in, with the path of that list.
type above struct {
	path  string
	value *node
}

// found is a list in an answer.
type found struct {
	path string // dotted; empty for the answer itself
	rows []row
}

// rowsOf finds the rows of an answer: at a path, which is dotted and goes through lists, or by itself.
func rowsOf(root *node, path string) (found, error) {
	path = strings.Trim(strings.TrimSpace(path), ".")
	if path == "" {
		path = choose(root)
	}
	f := found{path: path}
	var segments []string
	if path != "" {
		segments = strings.Split(path, ".")
	}
	if !f.walk(root, segments, nil, "") {
		var known []string
		for _, l := range lists(root, "", 0) {
			known = append(known, l.path)
		}
		known = slices.Compact(known)
		if len(known) == 0 {
			return f, frames.BadQuery("the answer has no list %.80q, and no other; leave the rows empty", path)
		}
		return f, frames.BadQuery("the answer has no list %.80q; there are %s", path, strings.Join(known[:min(len(known), 20)], ", "))
	}
	return f, nil
}

// walk gathers the rows at a path below a value, and tells whether there is such a path.
func (f *found) walk(n *node, segments []string, over []above, at string) bool {
	if len(segments) == 0 {
		f.add(n, over)
		return true
	}
	if n.kind == list {
		if len(n.items) == 0 {
			return true // there might have been such a path in its items
		}
		any := false
		for _, item := range n.items {
			any = f.walk(item, segments, append(slices.Clip(over), above{at, item}), at) || any
		}
		return any
	}
	next := n.get(segments[0])
	if next == nil {
		return false
	}
	return f.walk(next, segments[1:], over, strings.TrimPrefix(at+"."+segments[0], "."))
}

// add adds the items of a list, the values of an object of objects, or a single value.
func (f *found) add(n *node, over []above) {
	switch {
	case n.kind == list:
		for _, item := range n.items {
			f.rows = append(f.rows, row{value: item, above: over})
		}
	case n.kind == object && n.ofObjects() && (f.path != "" || numbered(n)):
		for i, item := range n.items {
			f.rows = append(f.rows, row{value: item, key: n.keys[i], above: over})
		}
	case n.kind != null:
		f.rows = append(f.rows, row{value: n, above: over})
	}
}

// numbered tells that the keys of an object are numbers: it is a list by ids.
func numbered(n *node) bool {
	return !slices.ContainsFunc(n.keys, func(key string) bool { return strings.Trim(key, "0123456789") != "" })
}

// listAt is a list with where it is and how much it holds.
type listAt struct {
	path  string
	n     *node
	cells int
}

// lists are the lists that can be reached through objects and, to a depth, through other lists.
func lists(n *node, path string, depth int) []listAt {
	var all []listAt
	switch n.kind {
	case object:
		for i, item := range n.items {
			at := strings.TrimPrefix(path+"."+n.keys[i], ".")
			if item.kind == list || item.kind == object && len(item.items) > 1 && item.ofObjects() && numbered(item) {
				all = append(all, listAt{at, item, cells(item)})
			}
			all = append(all, lists(item, at, depth)...)
		}
	case list:
		if depth > 3 || len(n.items) == 0 {
			break
		}
		return lists(n.items[0], path, depth+1)
	}
	return all
}

func cells(n *node) int {
	if len(n.items) == 0 {
		return 0
	}
	return len(n.items) * max(n.items[0].leaves(), 1)
}

// A list whose items are not the rows but hold them, like the three sessions of a result, is short, its items have few
// fields of their own, and what is in them is much more.
const (
	fewItems  = 12
	fewFields = 40
	muchMore  = 3
)

// choose finds the list that an answer is about: the one that holds most, and of a list of few items the one in these.
func choose(root *node) string {
	path, n := "", root
	if root.kind == object {
		if len(root.items) > 1 && root.ofObjects() && numbered(root) {
			return ""
		}
		best := listAt{}
		for _, l := range direct(root, "") {
			if l.cells > best.cells {
				best = l
			}
		}
		if best.n == nil {
			return ""
		}
		path, n = best.path, best.n
	}
	for n.kind == list && len(n.items) > 0 && len(n.items) <= fewItems && n.items[0].leaves() <= fewFields {
		inner, most := "", 0
		var into *node
		for _, l := range direct(n.items[0], "") {
			sum := 0
			for _, item := range n.items {
				sum += cells(at(item, l.path))
			}
			if sum > most && l.n.ofObjects() {
				inner, most, into = l.path, sum, l.n
			}
		}
		if into == nil || most < muchMore*cells(n) {
			break
		}
		path, n = strings.TrimPrefix(path+"."+inner, "."), into
	}
	return path
}

// direct are the lists in a value that no other list lies around. How much they hold includes what is in the lists in
// them, as a result is about the drivers in its three sessions.
func direct(n *node, path string) []listAt {
	if n.kind != object {
		return nil
	}
	var all []listAt
	for i, item := range n.items {
		at := strings.TrimPrefix(path+"."+n.keys[i], ".")
		switch {
		case item.kind == list:
			all = append(all, listAt{at, item, deep(item)})
		case item.kind == object && len(item.items) > 1 && item.ofObjects() && numbered(item):
			all = append(all, listAt{at, item, cells(item)})
		default:
			all = append(all, direct(item, at)...)
		}
	}
	return all
}

// deep counts the scalars in a value.
func deep(n *node) int {
	if n.scalar() {
		return 1
	}
	sum := 0
	for _, item := range n.items {
		sum += deep(item)
	}
	return sum
}

// at is the value at a dotted path through objects; an empty one where there is none.
func at(n *node, path string) *node {
	for segment := range strings.SplitSeq(path, ".") {
		if n = n.get(segment); n == nil {
			return &node{}
		}
	}
	return n
}

// column is one column of the table with a cell for each row; nil where the row has no such field.
type column struct {
	name  string
	leaf  string // the last part of the name, by which units are recognised
	cells []*node
	// of are the objects that the cells lie in, as a neighbour may tell the unit.
	of []*node
}

// grid is the table of an endpoint before its values have types.
type grid struct {
	columns []column
	index   map[string]int
	rows    int
	all     int // columns before some were chosen
}

// skipped are fields of what drivers and cars look like, which no panel shows. They can be chosen by name.
var skipped = []string{"helmet", "winner_helmet", "suit", "face"}

func newGrid(f found) *grid {
	g := &grid{index: map[string]int{}, rows: len(f.rows)}
	for i := range f.rows {
		r := &f.rows[i]
		if r.key != "" {
			g.put(i, "key", &node{kind: textual, text: r.key}, nil)
		}
		if r.value.kind == object {
			g.flatten(i, "", r.value)
		} else {
			g.cell(i, "value", r.value, nil)
		}
	}
	// What the rows lie in comes after their own fields.
	for i := range f.rows {
		for _, a := range f.rows[i].above {
			if a.value.kind != object {
				continue
			}
			prefix := a.path + "."
			if a.path == "" {
				prefix = "parent."
			}
			for j, item := range a.value.items {
				if item.scalar() {
					g.put(i, prefix+a.value.keys[j], item, a.value)
				}
			}
		}
	}
	g.all = len(g.columns)
	return g
}

// flatten puts the fields of an object into a row.
func (g *grid) flatten(row int, prefix string, n *node) {
	for i, item := range n.items {
		name := prefix + n.keys[i]
		if item.kind == object && strings.Count(name, ".") < 4 {
			g.flatten(row, name+".", item)
		} else {
			g.cell(row, name, item, n)
		}
	}
}

// cell puts a value into a row. A list becomes a text of its items where they are short, or else their number.
func (g *grid) cell(row int, name string, n, of *node) {
	switch n.kind {
	case list:
		n = summary(n)
	case object:
		n = &node{kind: textual, text: frames.Plural(len(n.items), "field")}
	}
	g.put(row, name, n, of)
}

// maxJoined bounds the items of a list that become a text.
const maxJoined = 30

func summary(n *node) *node {
	if len(n.items) == 0 {
		return &node{}
	}
	texts := make([]string, 0, min(len(n.items), maxJoined))
	for _, item := range n.items {
		if item.kind == object && len(item.items) == 1 {
			item = item.items[0] // [{"car_type": "gt3"}, …]
		}
		if !item.scalar() {
			return &node{kind: textual, text: frames.Plural(len(n.items), "item")}
		}
		if len(texts) == maxJoined {
			texts = append(texts, "…")
			break
		}
		texts = append(texts, item.text)
	}
	return &node{kind: textual, text: strings.Join(texts, ", ")}
}

// put puts a scalar into a row.
func (g *grid) put(row int, name string, n, of *node) {
	at, ok := g.index[name]
	if !ok {
		if len(g.columns) >= 10*maxColumns {
			return // an object by ids that was taken for a row
		}
		at = len(g.columns)
		g.index[name] = at
		g.columns = append(g.columns, column{name: name, leaf: name[strings.LastIndexByte(name, '.')+1:], cells: make([]*node, g.rows), of: make([]*node, g.rows)})
	}
	g.columns[at].cells[row], g.columns[at].of[row] = n, of
}

// cut keeps the first rows.
func (g *grid) cut(n int) {
	g.rows = n
	for i := range g.columns {
		g.columns[i].cells, g.columns[i].of = g.columns[i].cells[:n], g.columns[i].of[:n]
	}
}

// choose keeps the columns that are asked for, in that order, or else as many as a table can show.
func (g *grid) choose(q *ask.Query, wanted models.StringList) error {
	if len(wanted) > 0 {
		var kept []column
		var missing []string
		for _, name := range wanted {
			i := slices.IndexFunc(g.columns, func(c column) bool { return strings.EqualFold(c.name, name) })
			if i < 0 {
				missing = append(missing, name)
			} else if !slices.ContainsFunc(kept, func(c column) bool { return c.name == g.columns[i].name }) {
				kept = append(kept, g.columns[i])
			}
		}
		switch {
		case len(kept) == 0 && g.rows > 0:
			return frames.BadQuery("the answer has no column %.80q; there are %s", missing[0], strings.Join(g.names(40), ", "))
		case len(missing) > 0 && g.rows > 0:
			q.Warn("The answer has no column %.200s.", strings.Join(missing, ", "))
		}
		g.columns = kept[:min(len(kept), maxColumns)]
		return nil
	}
	g.columns = slices.DeleteFunc(g.columns, func(c column) bool {
		return slices.ContainsFunc(strings.Split(c.name, "."), func(part string) bool { return slices.Contains(skipped, part) })
	})
	if len(g.columns) > maxColumns {
		q.Info("The rows have %d columns; the first %d are shown. Choose the columns you need by name.", len(g.columns), maxColumns)
		g.columns = g.columns[:maxColumns]
	}
	return nil
}

func (g *grid) names(most int) []string {
	list := make([]string, 0, len(g.columns))
	for _, c := range g.columns {
		list = append(list, c.name)
	}
	return list[:min(len(list), most)]
}
