package ibt_test

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// withSession is a file with other session text.
func withSession(data []byte, text string) []byte {
	off, n, records := get32(data, atSessionOffset), get32(data, atSessionLen), get32(data, atBufOffset)
	out := append(bytes.Clone(data[:off]), text...)
	out = append(out, data[off+n:]...)
	return patched(out, atSessionLen, len(text), atBufOffset, records+len(text)-n)
}

var userName = regexp.MustCompile(`(?m)^( +UserName:).*$`)

// TestRobustness opens what is found under the name .ibt in the wild: files that were cut, that are still being
// written, whose numbers lie, with names that are no YAML, and files of another kind. Every complete record and every
// name must come out, or an error must say why not.
func TestRobustness(t *testing.T) { robustness(t, synthetic(t, 300, allTypes, sessionText)) }

func TestCorpusRobustness(t *testing.T) {
	// The smallest real file of each version of the format.
	smallest := make(map[int]string)
	files := corpus(t)
	for name, data := range files {
		version := get32(data, atVersion)
		if best, ok := smallest[version]; !ok || len(data) < len(files[best]) {
			smallest[version] = name
		}
	}
	for _, name := range smallest {
		t.Run(name, func(t *testing.T) { robustness(t, files[name]) })
	}
}

func robustness(t *testing.T, base []byte) {
	original := open(t, base)
	session, err := original.Session()
	if err != nil {
		t.Fatal(err)
	}
	text := session.Text()
	n, bufLen := original.Len(), original.Header().BufLen
	end := original.Header().BufOffset + n*bufLen
	named := func(name string) []byte {
		return withSession(base, userName.ReplaceAllString(text, "${1} "+strings.ReplaceAll(name, "$", "$$")))
	}
	// The header of a channel that stands alone, so that its loss shows.
	lost := original.Vars()[len(original.Vars())-1].Name
	lostAt := atVars + varHeader*(get32(base, atNumVars)-1)

	for _, c := range []struct {
		name    string
		data    []byte
		refused bool
		rows    int    // 0 means all
		driver  string // "" means as in the original
		lost    string
		bare    bool // without session text
	}{
		{name: "as it is", data: base},
		{name: "truncated mid record", data: base[:end-bufLen/2], rows: n - 1},
		{name: "in progress", data: append(append(bytes.Clone(base[:subHeader]), make([]byte, 32)...), base[subHeader+32:end-3*bufLen-1]...), rows: n - 4},
		{name: "count 0", data: patched(base, atRecords, 0)},
		{name: "count 999999", data: patched(base, atRecords, 999_999)},
		{name: `name with : "`, data: named(`Ann: "The Hammer" Example`), driver: `Ann: "The Hammer" Example`},
		{name: "name with -", data: named("- BLACKSUIT -"), driver: "- BLACKSUIT -"},
		{name: "name with *", data: named("*Ann*"), driver: "*Ann*"},
		{name: "name with ?", data: named("? ?"), driver: "? ?"},
		{name: "name with brackets", data: named("[AE] {Ann} Example"), driver: "[AE] {Ann} Example"},
		{name: "name with ,", data: named(",Ann"), driver: ",Ann"},
		{name: "name with #", data: named("Ann #1 Example"), driver: "Ann #1 Example"},
		{name: "name with @", data: named("@Ann & 'Co' %! |>"), driver: "@Ann & 'Co' %! |>"},
		{name: "name with a line end", data: named("Ann\nthe: Example"), driver: "Ann the: Example"},
		{name: "name with a line end and an empty key", data: named("Ann\n: Example"), driver: "Ann : Example"},
		{name: "two documents", data: withSession(base, "---\nVRS-TelemetryLogger: 3.1\nSessionStartTime: 2025-11-22\n"+text)},
		{name: "control bytes", data: named("A\x01n\tn \x81\x8d\x9dExample\x7f"), driver: "A n n \ufffd\ufffd\ufffdExample"},
		{name: "Windows-1252", data: named("J\xf6rg \x8aimi\x80"), driver: "Jörg Šimi€"},
		{name: "UTF-8", data: withSession(base, strings.Replace(userName.ReplaceAllString(text, "${1} 山田 Jörg"), "---\n", "---\nEncoding: UTF8\n", 1)), driver: "山田 Jörg"},
		{name: "broken UTF-8", data: withSession(base, strings.Replace(userName.ReplaceAllString(text, "${1} J\xf6rg"), "---\n", "---\nEncoding: UTF8\n", 1)), driver: "J\ufffdrg"},
		{name: "numVars 2e9", data: patched(base, atNumVars, 2_000_000_000), refused: true},
		{name: "bufLen 0", data: patched(base, atBufLen, 0), refused: true},
		{name: "channel outside of the record", data: patched(base, lostAt+4, bufLen-1, lostAt, 4), lost: lost},
		{name: "sessionInfoLen -5", data: patched(base, atSessionLen, -5), bare: true},
		{name: "live memory", data: patched(base, atNumBuf, 3), refused: true},
		{name: "LFS pointer", data: []byte("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n"), refused: true},
		{name: "empty", data: []byte{}, refused: true},
		{name: "zeros", data: make([]byte, len(base)), refused: true},
		{name: "header only", data: base[:144], refused: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := ibt.Open(ibt.Bytes(c.data))
			if c.refused {
				if _, ok := errors.AsType[*ibt.FormatError](err); !ok {
					t.Fatalf("got the error %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			rows := c.rows
			if rows == 0 {
				rows = n
			}
			if f.Len() != rows {
				t.Fatalf("got %d rows, want %d", f.Len(), rows)
			}
			if err := sameRows(original, f, c.lost); err != nil {
				t.Error(err)
			}
			if _, ok := f.Var(c.lost); ok {
				t.Errorf("%s can be read", c.lost)
			}
			s, err := f.Session()
			if err != nil {
				t.Fatal(err)
			}
			if c.bare {
				if s.Text() != "" {
					t.Errorf("got the text %q", s.Text())
				}
				return
			}
			if err := sameDrivers(session, s, c.driver); err != nil {
				t.Error(err)
			}
		})
	}
}

// sameRows compares all values of all channels of f but one with those of the original.
func sameRows(original, f *ibt.File, lost string) error {
	var picks []ibt.Pick
	for _, v := range original.Vars() {
		if v.Name != lost {
			picks = append(picks, ibt.Pick{Name: v.Name, Array: ibt.ArrayExpand})
		}
	}
	var a, b ibt.Batch
	rows := ibt.Range{From: 0, To: f.Len()}
	if err := errors.Join(original.Read(&a, rows, picks...), f.Read(&b, rows, picks...)); err != nil {
		return err
	}
	return equalValues(&a, &b)
}

// sameDrivers compares what the session texts say, but for the names.
func sameDrivers(want, got *ibt.Session, name string) error {
	me := got.Driver()
	if me == nil {
		return errors.New("the driver is not found")
	}
	if name == "" {
		name = want.Driver().Get("UserName")
	}
	if me.Get("UserName") != name {
		return fmt.Errorf("the driver is called %q, want %q", me.Get("UserName"), name)
	}
	if a, b := len(want.Driver().Kids), len(me.Kids); a != b {
		return fmt.Errorf("the driver has %d entries, want %d", b, a)
	}
	for _, kid := range want.Driver().Kids {
		if v := me.Get(kid.Key); v != kid.Value && kid.Key != "UserName" {
			return fmt.Errorf("%s is %q, want %q", kid.Key, v, kid.Value)
		}
	}
	for _, section := range []string{"WeekendInfo", "SessionInfo", "DriverInfo"} {
		if a, b := len(want.Node(section).Kids), len(got.Node(section).Kids); a != b {
			return fmt.Errorf("%s has %d entries, want %d", section, b, a)
		}
	}
	return nil
}
