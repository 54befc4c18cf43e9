package main

import (
	"time"

	human "github.com/dustin/go-humanize" //nolint:misspell // its name
)

// number is 1,234,567.
func number[N int | int64](n N) string { return human.Comma(int64(n)) }

// size is 1.2 GiB.
func size[N int | int64](bytes N) string { return human.IBytes(uint64(max(0, bytes))) }

// ago is 3 hours ago.
func ago(at time.Time) string { return human.Time(at) }

// plural is 1 file or 2 files.
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return number(n) + " " + what + "s"
}
