package world

import (
	"fmt"
	"time"
)

// Weeks is how many race weeks a season has; a thirteenth without races follows.
const Weeks = 12

const (
	day     = 24 * time.Hour
	week    = 7 * day
	quarter = 13 * week
)

// anchor is when season 1 of 2026 began: a Tuesday. The calendar repeats from there in both directions.
var anchor = time.Date(2025, 12, 16, 0, 0, 0, 0, time.UTC)

// splitQuarter is the quarter in which the category road became sports car and formula car.
var splitQuarter = Quarter{Year: 2024, Number: 2}.index()

// Quarter is one season of the calendar.
type Quarter struct{ Year, Number int }

// QuarterOf is the quarter a moment lies in.
func QuarterOf(t time.Time) Quarter { return quarterAt(floorDiv(int64(t.Sub(anchor)), int64(quarter))) }

func quarterAt(index int) Quarter {
	return Quarter{Year: 2026 + floorDiv(int64(index), 4), Number: 1 + int(int64(index)-4*int64(floorDiv(int64(index), 4)))}
}

func (q Quarter) index() int { return 4*(q.Year-2026) + q.Number - 1 }

// Start is when the quarter begins: a Tuesday, 00:00 UTC.
func (q Quarter) Start() time.Time { return anchor.Add(time.Duration(q.index()) * quarter) }

// Week is when a race week of the quarter begins.
func (q Quarter) Week(n int) time.Time { return q.Start().Add(time.Duration(n) * week) }

// Add is the quarter n later.
func (q Quarter) Add(n int) Quarter { return quarterAt(q.index() + n) }

// String is the season's short name.
func (q Quarter) String() string { return fmt.Sprintf("%d Season %d", q.Year, q.Number) }

// weekOf is the race week a moment lies in, from 0 to 12.
func weekOf(t time.Time) int { return int(t.Sub(QuarterOf(t).Start()) / week) }

func floorDiv(a, b int64) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return int(q)
}
