package datasource

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// plural counts things in words: 1 file, 2 files.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// sentence turns the text of an error into one.
func sentence(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	s = string(unicode.ToUpper(r)) + s[size:]
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}

func lines(s []string) string { return strings.Join(s, "\n") }
