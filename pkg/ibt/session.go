package ibt

import (
	"bytes"
	"iter"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// Session is the session text: what iRacing knew of the event when the file was opened. It looks like YAML but is not:
// names stand in it unquoted, whatever they contain. So it is read line by line, every value is kept as it stands, and
// nothing a driver can call himself makes the rest unreadable.
type Session struct {
	text string
	root Node
}

// Node is one entry of the session text: a key with a value, a key with entries below it, or an item of a list, which
// has no key.
type Node struct {
	Key   string
	Value string
	Kids  []*Node
}

// Bounds that no text of the sim comes near, so that hostile text costs no more than its length.
const (
	maxEntries = 1 << 17 // entries; what follows them is in [Session.Text] only
	maxDepth   = 32      // entries within entries
	maxBroken  = 16      // lines that a value continues on
)

// ParseSession reads session text. Text is taken for Windows-1252, or for UTF-8 if it says so at its top. It never
// fails: a line that has not the form of an entry continues the value before it.
func ParseSession(text []byte) *Session {
	if i := bytes.IndexByte(text, 0); i >= 0 {
		text = text[:i] // a dump is padded
	}
	s := &Session{text: decodeText(text, declaresUTF8(text))}
	p := parser{open: []level{{-1, &s.root}}}
	for line := range strings.Lines(s.text) {
		if p.entries > maxEntries {
			break
		}
		p.line(strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"))
	}
	return s
}

type parser struct {
	open    []level // the entries that the next line may belong to
	last    *Node   // whose value a broken line continues
	broken  int     // how many have
	block   []Node  // to be handed out
	entries int
}

// An item of a list stands at its parent's indent, and is deeper than it all the same: hence two depths for a column.
type level struct {
	depth int
	node  *Node
}

func (p *parser) line(line string) {
	if line == "---" || line == "..." {
		// Programs that join files put a document of their own in front of the sim's.
		p.open, p.last = p.open[:1], nil
		return
	}
	e, ok := splitEntry(line)
	// Within a section nothing but the next section begins at the margin, and that has no value: so this is the rest
	// of a name that has a line end in it.
	if ok && e.indent == 0 && e.value != "" && len(p.open) > 2 {
		ok = false
	}
	if !ok {
		if rest := strings.TrimSpace(line); rest != "" && p.last != nil && p.broken < maxBroken {
			p.last.Value = strings.TrimSpace(p.last.Value + " " + rest)
			p.broken++
		}
		return
	}
	if e.item {
		p.add(2*e.indent+1, "", "")
		e.indent += 2
	}
	p.last, p.broken = p.add(2*e.indent, e.key, e.value), 0
}

func (p *parser) add(depth int, key, value string) *Node {
	for len(p.open) > 1 && p.open[len(p.open)-1].depth >= depth {
		p.open = p.open[:len(p.open)-1]
	}
	if len(p.block) == 0 {
		p.block = make([]Node, 64)
	}
	n := &p.block[0]
	p.block = p.block[1:]
	p.entries++
	n.Key, n.Value = key, value
	up := p.open[len(p.open)-1].node
	up.Kids = append(up.Kids, n)
	if len(p.open) < maxDepth {
		p.open = append(p.open, level{depth, n})
	}
	return n
}

// entry is a line of the form "  - Key: value"; the dash and the value may be missing.
type entry struct {
	indent     int
	item       bool
	key, value string
}

func splitEntry(line string) (e entry, ok bool) {
	rest := strings.TrimLeft(line, " ")
	e.indent = len(line) - len(rest)
	if after, found := strings.CutPrefix(rest, "- "); found {
		e.item, rest = true, after
	}
	e.key, e.value, ok = strings.Cut(rest, ":")
	if !ok || e.key == "" || e.value != "" && e.value[0] != ' ' {
		return e, false
	}
	for i := range len(e.key) {
		c := e.key[i]
		word := c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
		if !word && (c != '-' || e.indent > 0) {
			return e, false
		}
	}
	e.value = strings.TrimSpace(e.value)
	if v := e.value; len(v) >= 2 && v[0] == '"' && v[len(v)-1] == '"' {
		e.value = v[1 : len(v)-1]
	}
	return e, true
}

// declaresUTF8 tells whether the line "Encoding: UTF8" stands among the first ones.
func declaresUTF8(text []byte) bool {
	head := text[:min(len(text), 256)]
	return bytes.Contains(head, []byte("\nEncoding: UTF8"))
}

// decodeText turns the sim's bytes into a string without control characters other than line ends.
func decodeText(b []byte, isUTF8 bool) string {
	if isPlain(b) {
		return string(b)
	}
	var s strings.Builder
	s.Grow(len(b) + len(b)/16)
	put := func(r rune) {
		if r < ' ' && r != '\n' && r != '\r' || r >= 0x7f && r < 0xa0 {
			r = ' '
		}
		s.WriteRune(r)
	}
	// What is no character, five bytes of Windows-1252 among them, becomes U+FFFD.
	if isUTF8 {
		for _, r := range string(b) {
			put(r)
		}
	} else {
		for _, c := range b {
			put(charmap.Windows1252.DecodeByte(c))
		}
	}
	return s.String()
}

// isPlain tells that text means the same in every encoding and has no control characters.
func isPlain[T string | []byte](text T) bool {
	for i := range len(text) {
		if c := text[i]; c-' ' > '~'-' ' && c != '\n' && c != '\r' {
			return false
		}
	}
	return true
}

// Text is the whole text.
func (s *Session) Text() string { return s.text }

// Node finds an entry by the keys that lead to it, such as Node("DriverInfo", "Drivers"). It returns nil if there is
// none; a nil Node has no value and no entries.
func (s *Session) Node(path ...string) *Node { return s.root.Node(path...) }

// Get is the value of the entry that path leads to, or "".
func (s *Session) Get(path ...string) string { return s.root.Get(path...) }

// Node finds an entry below n.
func (n *Node) Node(path ...string) *Node {
	for _, key := range path {
		if n == nil {
			return nil
		}
		var next *Node
		for _, kid := range n.Kids {
			if kid.Key == key {
				next = kid
				break
			}
		}
		n = next
	}
	return n
}

// Get is the value of the entry below n that path leads to, or "".
func (n *Node) Get(path ...string) string {
	if n = n.Node(path...); n == nil {
		return ""
	}
	return n.Value
}

// Items are the items of the list n.
func (n *Node) Items() iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		if n == nil {
			return
		}
		for _, kid := range n.Kids {
			if kid.Key == "" && !yield(kid) {
				return
			}
		}
	}
}

// Driver is the entry of the driver whose file this is, in DriverInfo.Drivers, or nil.
func (s *Session) Driver() *Node {
	info := s.Node("DriverInfo")
	me := info.Get("DriverCarIdx")
	for d := range info.Node("Drivers").Items() {
		if me != "" && d.Get("CarIdx") == me {
			return d
		}
	}
	return nil
}
