package main

import (
	"strings"
	"testing"
	"time"
)

func TestTimes(t *testing.T) {
	now := time.Date(2026, 3, 31, 15, 4, 5, 0, time.FixedZone("here", 7200))
	for text, want := range map[string]string{
		"2024-01-31":           "2024-01-31T00:00:00Z",
		"2024-02":              "2024-02-01T00:00:00Z",
		"2024-01-31T18:00:00Z": "2024-01-31T18:00:00Z",
		"2024-01-31T18:30":     "2024-01-31T18:30:00Z",
		" 36h ":                "2026-03-30T01:04:05Z",
		"90d":                  "2025-12-31T13:04:05Z",
		"2w":                   "2026-03-17T13:04:05Z",
		"6m":                   "2025-10-01T13:04:05Z",
		"2y":                   "2024-03-31T13:04:05Z",
	} {
		got, err := parseWhen(text, now)
		if err != nil || got.UTC().Format(time.RFC3339) != want {
			t.Errorf("%q is %v, %v; not %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "yesterday", "-3d", "3", "2024-13-01", "999999999d", "d", "2024-01-31 18:00"} {
		if got, err := parseWhen(text, now); err == nil || !strings.Contains(err.Error(), "90d") {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
}

func FuzzTimes(f *testing.F) {
	for _, s := range []string{"2024-01-31", "90d", "2024-01-31T18:00:00+02:00", "99999y"} {
		f.Add(s)
	}
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		if at, err := parseWhen(text, now); err != nil && !at.IsZero() {
			t.Errorf("%q is both %v and %v", text, at, err)
		}
	})
}
