package ibt_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

func TestSession(t *testing.T) {
	s := ibt.ParseSession([]byte(sessionText))
	for _, c := range []struct {
		path []string
		want string
	}{
		{[]string{"WeekendInfo", "TrackDisplayName"}, "Bristol Motor Speedway"},
		{[]string{"WeekendInfo", "WeekendOptions", "Date"}, "2025-11-22"},
		{[]string{"WeekendInfo", "WeekendOptions", "TimeOfDay"}, "2:30 pm"},
		{[]string{"WeekendInfo", "WeekendOptions"}, ""},
		{[]string{"DriverInfo", "DriverCarIdx"}, "7"},
		{[]string{"DriverInfo", "TrackName"}, ""},
		{[]string{"TrackName"}, ""},
		{[]string{"WeekendInfo", "TrackName", "Deeper", "Still"}, ""},
		{nil, ""},
	} {
		if got := s.Get(c.path...); got != c.want {
			t.Errorf("%v is %q, want %q", c.path, got, c.want)
		}
	}
	if s.Text() != sessionText {
		t.Errorf("got the text %q", s.Text())
	}
	if s.Node("None") != nil || s.Node("None", "Deeper") != nil || s.Node("None").Get("Deeper") != "" {
		t.Error("an entry is there that is not")
	}

	// Lists in lists, at the indent of their parents.
	var types []string
	for n := range s.Node("SessionInfo", "Sessions").Items() {
		types = append(types, n.Get("SessionNum")+" "+n.Get("SessionType"))
		for p := range n.Node("ResultsPositions").Items() {
			types = append(types, "car "+p.Get("CarIdx"))
		}
	}
	if want := []string{"0 Practice", "1 Race", "car 7"}; !slices.Equal(types, want) {
		t.Errorf("got the sessions %q, want %q", types, want)
	}
	for range s.Node("WeekendInfo").Items() {
		t.Error("a section has items")
	}
	for range s.Node("None").Items() {
		t.Error("nothing has items")
	}
	for n := range s.Node("DriverInfo", "Drivers").Items() {
		if n.Get("CarNumber") != "0" {
			t.Error("the walk does not end when it is told to")
		}
		break
	}
	if d := s.Driver(); d.Get("UserName") != "Ann Example" || d.Get("CarNumber") != "07" {
		t.Errorf("got the driver %v", d)
	}
}

func TestSessionWithoutDriver(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":     "",
		"no list":     "DriverInfo:\n DriverCarIdx: 3\n",
		"no number":   "DriverInfo:\n Drivers:\n - UserName: Ann\n",
		"not in list": "DriverInfo:\n DriverCarIdx: 3\n Drivers:\n - CarIdx: 4\n   UserName: Ann\n",
	} {
		if d := ibt.ParseSession([]byte(text)).Driver(); d != nil || d.Get("UserName") != "" {
			t.Errorf("%s: got %v", name, d)
		}
	}
}

// TestSessionLines feeds single lines into a section and looks at what becomes of them.
func TestSessionLines(t *testing.T) {
	for _, c := range []struct{ name, lines, want string }{
		{"plain", " Key: value", "value"},
		{"none", " Key:", ""},
		{"blanks", " Key:    \t ", ""},
		{"blanks around", " Key:   a  b  ", "a  b"},
		{"quoted", ` Key: "0 1"`, "0 1"},
		{"quoted nothing", ` Key: ""`, ""},
		{"one quote", ` Key: "`, `"`},
		{"quote at the end", ` Key: the "one"`, `the "one"`},
		{"single quotes", ` Key: 'a'`, `'a'`},
		{"colons", " Key: a: b: c", "a: b: c"},
		{"comment sign", " Key: #1 # 2", "#1 # 2"},
		{"carriage return", " Key: value\r", "value"},
		{"broken", " Key: a\nb c\n  d", "a b c d"},
		{"broken with a blank line", " Key: a\n\nb", "a b"},
		{"broken at a key at the margin", " Key: a\nother: b", "a other: b"},
		{"no key", " Key: a\n : b", "a : b"},
		{"no space behind the colon", " Key: a\n b:c", "a b:c"},
		{"odd key", " Key: a\n b c: d", "a b c: d"},
		{"a dash alone", " Key: a\n -", "a -"},
		{"document end within", " Key: a\n...\nb", "a"},
		{"tab", "\tKey:\ta", "a"},
		{"high key", " Key: a\n Kéy: b", "a Kéy: b"},
		{"the first counts", " Key: a\n Key: b", "a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := ibt.ParseSession([]byte("Encoding: UTF8\n---\nEncoding: UTF8\nSection:\n First: x\n" + c.lines + "\n"))
			if got := s.Get("Section", "Key"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestSessionSameKeys finds keys at the level they are asked for, whatever stands in deeper ones before.
func TestSessionSameKeys(t *testing.T) {
	s := ibt.ParseSession([]byte(`---
CarSetup:
 UpdateCount: 1
 Chassis:
  LeftFront:
   UpdateCount: 2
   Camber: -3.2 deg
  RightFront:
   Camber: -2.9 deg
   List:
   - Camber: a
     Inner:
     - Camber: b
   - Camber: c
   Camber2: d
 Camber: top
UpdateCount: no
`))
	for path, want := range map[string]string{
		"CarSetup UpdateCount":                   "1",
		"CarSetup Chassis LeftFront UpdateCount": "2",
		"CarSetup Chassis LeftFront Camber":      "-3.2 deg",
		"CarSetup Chassis RightFront Camber":     "-2.9 deg",
		"CarSetup Chassis RightFront Camber2":    "d",
		"CarSetup Camber":                        "top UpdateCount: no",
	} {
		if got := s.Get(strings.Fields(path)...); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	var list []string
	for n := range s.Node("CarSetup", "Chassis", "RightFront", "List").Items() {
		list = append(list, n.Get("Camber"))
		for k := range n.Node("Inner").Items() {
			list = append(list, k.Get("Camber"))
		}
	}
	if want := []string{"a", "b", "c"}; !slices.Equal(list, want) {
		t.Errorf("got the list %q, want %q", list, want)
	}
}

func TestSessionEncodings(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"ASCII", "A:\n B: Ann", "Ann"},
		{"Windows-1252", "A:\n B: J\xf6rg \x80", "Jörg €"},
		{"UTF-8 unannounced", "A:\n B: J\xc3\xb6rg", "JÃ¶rg"},
		{"UTF-8", "---\nEncoding: UTF8\nA:\n B: Jörg 山田", "Jörg 山田"},
		{"UTF-8 with CRLF", "---\r\nEncoding: UTF8\r\nA:\r\n B: Jörg\r\n", "Jörg"},
		{"UTF-8 in a later document", "---\nVRS-TelemetryLogger: 3\n---\nEncoding: UTF8\nA:\n B: Jörg", "Jörg"},
		{"a name that says UTF8", "---\nA:\n B: J\xf6rg\n C: Encoding: UTF8", "Jörg"},
		{"control characters", "A:\n B: a\x01b\x7fc\x1b[0m", "a b c [0m"},
		{"C1 characters in UTF-8", "---\nEncoding: UTF8\nA:\n B: a\u0085b\u009fc", "a b c"},
		{"padding", "A:\n B: Ann\x00\x00 C: x", "Ann"},
	} {
		if got := ibt.ParseSession([]byte(c.text)).Get("A", "B"); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// TestSessionBombs feeds text that would cost a careless reader minutes or gigabytes. What is allocated tells both.
func TestSessionBombs(t *testing.T) {
	const size = 512 << 10 // as much as the sim writes at most; the noise has as much as is read at most
	fill := func(line string) []byte { return bytes.Repeat([]byte(line), size/len(line)) }
	rng := rand.New(rand.NewPCG(7, 8))
	noise, alphabet := make([]byte, 16<<20), " \n:-abc\"\xf6\x81\t"
	for i := range noise {
		noise[i] = alphabet[rng.IntN(len(alphabet))]
	}
	var steps bytes.Buffer
	for i := 0; steps.Len() < size; i++ {
		steps.WriteString(strings.Repeat(" ", i%4000) + "a:\n")
	}
	for name, text := range map[string][]byte{
		"one line":        fill("a"),
		"one value":       append([]byte("a: "), fill("b")...),
		"line ends":       fill("\n"),
		"blanks":          fill(" "),
		"keys":            fill("a:\n"),
		"items":           fill("- a:\n"),
		"broken lines":    append([]byte("a: b\n"), fill("c\n")...),
		"broken values":   fill("a: b\nc\nd\ne\n"),
		"long and broken": append(append([]byte("a: "), fill("b")[:size/2]...), bytes.Repeat([]byte("\nc"), size/4)...),
		"deep":            steps.Bytes(),
		"documents":       fill("---\na:\n"),
		"quotes":          fill("a: \"\"\n"),
		"high bytes":      fill("a: \x80\xff\x81\n"),
		"noise":           noise,
	} {
		t.Run(name, func(t *testing.T) {
			var s *ibt.Session
			bytes := allocated(func() { s = ibt.ParseSession(text) })
			if bytes > uint64(16<<20+8*len(text)) {
				t.Errorf("it took %d MiB", bytes>>20)
			}
			if depth := deepest(s.Node()); depth > 40 {
				t.Errorf("entries are nested %d deep", depth)
			}
		})
	}
}

func deepest(n *ibt.Node) int {
	depth := 0
	for _, kid := range n.Kids {
		depth = max(depth, 1+deepest(kid))
	}
	return depth
}
