package race

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// Counted tells which weeks of a season count for the championship when only so many do, and what they add up to: the
// best ones, of equal ones the earlier. Weeks that were not driven are NaN and never count. With best of 0 or less, all
// weeks count.
//
// A season of iRacing has max_weeks weeks of which drops are dropped, so that max_weeks − drops count.
func Counted(points []float64, best int) (counts []bool, total float64) {
	order := make([]int, 0, len(points))
	for week, p := range points {
		if !math.IsNaN(p) {
			order = append(order, week)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(points[b], points[a]) })
	if best > 0 && len(order) > best {
		order = order[:best]
	}
	counts = make([]bool, len(points))
	for _, week := range order {
		counts[week] = true
		total += points[week]
	}
	return counts, total
}

// mostDays bounds how far a week of a season reaches; the longest events last two weeks.
const mostDays = 31

// SessionStarts lists when sessions of a week start, from one time to before another, in order and without repeats, at
// most so many. Sessions that repeat do so from their first time of each of their days until the end of the day, UTC.
func SessionStarts(times []iracing.SessionTimes, from, to time.Time, most int) []time.Time {
	var starts []time.Time
	add := func(t time.Time) {
		if !t.Before(from) && t.Before(to) {
			starts = append(starts, t)
		}
	}
	for i := range times {
		s := &times[i]
		for _, t := range s.At {
			add(t)
		}
		if s.From.IsZero() {
			continue
		}
		for _, d := range s.Days {
			if d < 0 || d > mostDays {
				continue
			}
			midnight := s.From.AddDate(0, 0, d)
			for offset := s.First; offset < 24*time.Hour; offset += s.Every {
				add(midnight.Add(offset))
				if s.Every < time.Minute {
					break // once a day
				}
			}
		}
	}
	slices.SortFunc(starts, time.Time.Compare)
	starts = slices.CompactFunc(starts, time.Time.Equal)
	return starts[:min(len(starts), max(most, 0))]
}

// Split is one of the subsessions that a start was split into.
type Split struct {
	Number int // from 1, which is the strongest
	Of     int
	// Entries are the drivers of the whole start, all its splits together.
	Entries int
}

// Splits tells for each subsession of a season which split it was: those of one session are ordered by their strength of
// field. Subsessions without a session stand alone.
func Splits(races []iracing.SeasonRace) []Split {
	by := map[int64][]int{}
	splits := make([]Split, len(races))
	for i := range races {
		if id := races[i].Session; id != 0 {
			by[id] = append(by[id], i)
		} else {
			splits[i] = Split{1, 1, races[i].Drivers}
		}
	}
	for _, group := range by {
		slices.SortStableFunc(group, func(a, b int) int { return bySoF(&races[a], &races[b]) })
		entries := 0
		for _, i := range group {
			entries += races[i].Drivers
		}
		for n, i := range group {
			splits[i] = Split{n + 1, len(group), entries}
		}
	}
	return splits
}

// bySoF puts the stronger race first and one without a strength of field last; of equals the one of the lower number.
func bySoF(a, b *iracing.SeasonRace) int {
	return cmp.Or(cmp.Compare(b.SoF, a.SoF), cmp.Compare(a.Subsession, b.Subsession)) // NaN is less than all others
}

// Slot is what a season's starts within one time of the week, or one week of the season, have in common. Averages and
// strengths of field are NaN where there is none.
type Slot struct {
	Starts  int
	Splits  float64 // in the average start
	Entries float64 // in the average start
	// SoF is the median of the strongest splits, Low and High their quartiles, Best the strongest of all.
	SoF, Low, High, Best float64
	Drivers              int // entries of all starts together
}

// SlotsBy groups the starts of a season by a number that each belongs to, such as the hour of the week it began in.
func SlotsBy(races []iracing.SeasonRace, number func(*iracing.SeasonRace) int) map[int]Slot {
	splits := Splits(races)
	type sums struct {
		starts, splits, entries int
		top                     []float64
	}
	by := map[int]*sums{}
	for i := range races {
		if splits[i].Number != 1 {
			continue
		}
		key := number(&races[i])
		s := by[key]
		if s == nil {
			s = &sums{}
			by[key] = s
		}
		s.starts++
		s.splits += splits[i].Of
		s.entries += splits[i].Entries
		if !math.IsNaN(races[i].SoF) {
			s.top = append(s.top, races[i].SoF)
		}
	}
	slots := make(map[int]Slot, len(by))
	for key, s := range by {
		slices.Sort(s.top)
		slot := Slot{
			Starts: s.starts, Splits: float64(s.splits) / float64(s.starts), Entries: float64(s.entries) / float64(s.starts), Drivers: s.entries,
			SoF: Quantile(s.top, 0.5), Low: Quantile(s.top, 0.25), High: Quantile(s.top, 0.75), Best: math.NaN(),
		}
		if len(s.top) > 0 {
			slot.Best = s.top[len(s.top)-1]
		}
		slots[key] = slot
	}
	return slots
}

// HourOfWeek is the hour in which something happened, from 0, the hour after midnight UTC that begins Monday, to 167.
func HourOfWeek(t time.Time) int {
	t = t.UTC()
	return (int(t.Weekday())+6)%7*24 + t.Hour()
}
