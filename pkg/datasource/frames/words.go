package frames

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// QueryError is a query that asks for what cannot be. Its text is for whoever wrote the query.
type QueryError struct{ text string }

func (e *QueryError) Error() string { return e.text }

// BadQuery is an error about the query itself.
func BadQuery(format string, args ...any) error { return &QueryError{fmt.Sprintf(format, args...)} }

// Plural counts things in words: 1 file, 2 files.
func Plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// Contains tells whether a text holds a part of another, as somebody who searches expects it: in any case.
func Contains(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(strings.TrimSpace(part)))
}

// Sentence turns the text of an error into one.
func Sentence(s string) string {
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

// JSONProblem words an error of the JSON decoder for somebody who wrote the query by hand.
func JSONProblem(err error) string {
	if shape, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		field := shape.Field
		if field == "" {
			return fmt.Sprintf("it is a %s where an object is wanted", shape.Value)
		}
		return fmt.Sprintf("%s is a %s where a %s is wanted", field, shape.Value, shape.Type)
	}
	return err.Error()
}
