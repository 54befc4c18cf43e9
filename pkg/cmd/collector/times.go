package main

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// when is a point in time as a user writes it: a day, a moment, or how long ago.
type when struct{ time.Time }

var distance = regexp.MustCompile(`^(\d{1,5})(h|d|w|m|y)$`)

// parseWhen reads 2026-01-31, 2026-01-31T18:00:00Z or 90d (h, d, w, m and y are hours, days, weeks, months and years).
// A day begins at midnight UTC, as iRacing's weeks do.
func parseWhen(text string, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	for _, format := range []string{time.DateOnly, time.RFC3339, "2006-01-02T15:04", "2006-01"} {
		if t, err := time.Parse(format, text); err == nil {
			return t, nil
		}
	}
	if m := distance.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1])
		now = now.UTC()
		switch m[2] {
		case "h":
			return now.Add(-time.Duration(n) * time.Hour), nil
		case "d":
			return now.AddDate(0, 0, -n), nil
		case "w":
			return now.AddDate(0, 0, -7*n), nil
		case "m":
			return now.AddDate(0, -n, 0), nil
		case "y":
			return now.AddDate(-n, 0, 0), nil
		}
	}
	return time.Time{}, fmt.Errorf("%.40q is no time: write a day such as 2026-01-31, a moment such as 2026-01-31T18:00:00Z, or how long ago such as 90d", text)
}

// whens has kong read flags of the type when.
func whens(now func() time.Time) kong.Option {
	return kong.TypeMapper(reflect.TypeFor[when](), kong.MapperFunc(func(ctx *kong.DecodeContext, target reflect.Value) error {
		var text string
		if err := ctx.Scan.PopValueInto("time", &text); err != nil {
			return err
		}
		t, err := parseWhen(text, now())
		if err == nil {
			target.Set(reflect.ValueOf(when{t}))
		}
		return err
	}))
}
