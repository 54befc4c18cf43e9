package ibt

import (
	"bytes"
	"iter"
	"strings"
	"unicode/utf8"

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

// ParseSession reads session text. Text is taken for Windows-1252, or for UTF-8 if it says so at its top. It never
// fails: a line that has not the form of an entry continues the value before it.
func ParseSession(text []byte) *Session {
	if i := bytes.IndexByte(text, 0); i >= 0 {
		text = text[:i] // a dump is padded
	}
	s := &Session{text: decodeText(text, declaresUTF8(text))}

	// open holds the entries that the next line may belong to, with the depth of each. An item of a list stands at its
	// parent's indent, and deeper than it all the same: hence two depths for one column.
	type level struct {
		depth int
		node  *Node
	}
	open := []level{{-1, &s.root}}
	add := func(depth int, n *Node) {
		for len(open) > 1 && open[len(open)-1].depth >= depth {
			open = open[:len(open)-1]
		}
		up := open[len(open)-1].node
		up.Kids = append(up.Kids, n)
		if len(open) < 32 {
			open = append(open, level{depth, n})
		}
	}
	var last *Node // whose value a broken line continues
	for line := range strings.Lines(s.text) {
		line = strings.TrimRight(line, "\r\n")
		indent, item, key, value, ok := splitEntry(line)
		switch trimmed := strings.TrimSpace(line); {
		case trimmed == "---" || trimmed == "...":
			last = nil
			continue
		case !ok && last != nil && trimmed != "":
			last.Value = strings.TrimSpace(last.Value + " " + trimmed)
			continue
		case !ok:
			continue
		}
		if item {
			add(2*indent+1, &Node{})
			indent += 2
		}
		last = &Node{Key: key, Value: value}
		add(2*indent, last)
	}
	return s
}

// splitEntry takes a line of the form "  - Key: value" apart; the dash and the value may be missing.
func splitEntry(line string) (indent int, item bool, key, value string, ok bool) {
	rest := strings.TrimLeft(line, " ")
	indent = len(line) - len(rest)
	if after, found := strings.CutPrefix(rest, "- "); found {
		item, rest = true, after
	}
	key, value, found := strings.Cut(rest, ":")
	if !found || key == "" || (value != "" && value[0] != ' ') {
		return 0, false, "", "", false
	}
	for _, r := range []byte(key) {
		word := r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
		if !word && (r != '-' || indent > 0) {
			return 0, false, "", "", false
		}
	}
	value = strings.TrimSpace(value)
	if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
		value = value[1 : len(value)-1]
	}
	return indent, item, key, value, true
}

// declaresUTF8 tells whether the line "Encoding: UTF8" stands among the first ones.
func declaresUTF8(text []byte) bool {
	head := text[:min(len(text), 256)]
	return bytes.Contains(head, []byte("\nEncoding: UTF8"))
}

// decodeText turns the sim's bytes into a string without control characters other than line ends.
func decodeText(b []byte, isUTF8 bool) string {
	var s string
	if isUTF8 || isASCII(b) {
		s = strings.ToValidUTF8(string(b), string(utf8.RuneError))
	} else {
		// The decoder has no errors: what Windows-1252 does not define becomes U+FFFD.
		s, _ = charmap.Windows1252.NewDecoder().String(string(b))
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\r' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
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
		if d.Get("CarIdx") == me {
			return d
		}
	}
	return nil
}
