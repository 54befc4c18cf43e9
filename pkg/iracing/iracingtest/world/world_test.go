package world

import (
	"math"
	"slices"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 22, 20, 4, 0, 0, time.UTC)

// The community's test vector, and a class of one.
func TestRatingFormulas(t *testing.T) {
	ratings := []float64{2400, 1800, 2100, 1500, 1300, 2000}
	want := []float64{75.16, 60.90, 7.94, -3.43, -32.19, -108.37}
	sum := 0.0
	for i, got := range RatingChanges(ratings, []bool{true, true, true, true, true, false}) {
		if math.Abs(got-want[i]) > 0.005 {
			t.Errorf("place %d changes by %.2f; want %.2f", i, got, want[i])
		}
		sum += got
	}
	if math.Abs(sum) > 1e-9 {
		t.Errorf("the changes add up to %g", sum)
	}
	if got := StrengthOfField(ratings); math.Abs(got-1820.53) > 0.005 {
		t.Errorf("the strength of the field is %.2f", got)
	}
	if got := RatingChanges([]float64{1500}, []bool{true}); got[0] != 0 {
		t.Errorf("alone it changes by %g", got[0])
	}
	if StrengthOfField(nil) != 0 {
		t.Error("an empty field has a strength")
	}
}

func TestLicences(t *testing.T) {
	l := newLicence()
	if l.Level() != 2 || l.Chart() != 1250 || l.Safety() != 2.5 {
		t.Errorf("a new licence is %d %d %g", l.Level(), l.Chart(), l.Safety())
	}
	for range 200 {
		l = l.drive(200, 0)
		if l.SubLevel < 0 || l.SubLevel > 499 || l.Level() > 4*int(l.Group) || l.Level() <= 4*(int(l.Group)-1) {
			t.Fatalf("%+v has level %d", l, l.Level())
		}
	}
	if l.Group != 5 || l.SubLevel != 499 {
		t.Errorf("with nothing going wrong it ends at %+v", l)
	}
	for range 200 {
		l = l.drive(200, 60)
	}
	if l.Group != 1 {
		t.Errorf("with all going wrong it ends at %+v", l)
	}
	if same := l.drive(0, 0); same != l {
		t.Error("it moves without a race")
	}
}

func TestCalendar(t *testing.T) {
	for _, c := range []struct {
		at   string
		q    Quarter
		week int
	}{
		{"2025-12-16T00:00:00Z", Quarter{2026, 1}, 0},
		{"2025-12-15T23:59:59Z", Quarter{2025, 4}, 12},
		{"2026-11-22T20:00:00Z", Quarter{2026, 4}, 9},
		{"2024-03-19T00:00:00Z", Quarter{2024, 2}, 0},
		{"2026-12-15T00:00:00Z", Quarter{2027, 1}, 0},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if q := QuarterOf(at); q != c.q || weekOf(at) != c.week || q.Start().Weekday() != time.Tuesday {
			t.Errorf("%s is in %v week %d, which starts on a %s", c.at, q, weekOf(at), q.Start().Weekday())
		}
	}
}

// The own driver has raced as often as was asked for, in the time that was asked for.
func TestSizes(t *testing.T) {
	for _, c := range []struct {
		races, least, most int
		years              float64
	}{{0, 215, 320, 3.2}, {40, 26, 60, 2.5}, {600, 500, 740, 4}} {
		w := New(Options{Now: now, Races: c.races})
		w.Read(now, func(v *View) {
			starts := v.Starts(w.Me, Start.Official)
			if n := len(starts); n < c.least || n > c.most {
				t.Errorf("with %d races the driver has %d", c.races, n)
			}
			if years := now.Sub(starts[0].Race.Start).Hours() / (24 * 365); years > c.years {
				t.Errorf("with %d races the first is %.1f years ago", c.races, years)
			}
			if q := v.First().Add(8); q.Start().After(now) {
				t.Errorf("the world begins in %s", v.First())
			}
			if n := len(v.Members()); n < 290 {
				t.Errorf("there are %d members", n)
			}
		})
	}
}

// All races keep the rules: everybody once and in one place at a time, ratings that go on from where they were, results in
// order, splits of one start that get weaker.
func TestRules(t *testing.T) {
	w := New(Options{Now: now, Races: 60})
	licence := map[*Member][7]Licence{}
	busy := map[*Member]time.Time{}
	cautions, dq, changes, retired, drove := 0, 0, 0, 0, 0
	for i, r := range w.races {
		if i > 0 && (r.ID <= w.races[i-1].ID || r.Start.Before(w.races[i-1].Start)) {
			t.Fatalf("race %d is out of order", r.ID)
		}
		if !r.End.After(r.Start) || len(r.Entries) == 0 {
			t.Fatalf("race %d ends at %s with %d entries", r.ID, r.End, len(r.Entries))
		}
		cautions += max(0, r.Cautions)
		changes += max(0, r.LeadChanges)
		if r.Split() > 0 && r.SoF > r.Splits[r.Split()-1].SoF {
			t.Errorf("split %d of %d is the stronger", r.Split(), r.Session)
		}
		numbers, grid := map[int16]bool{}, map[int16]bool{}
		for j := range r.Entries {
			e := &r.Entries[j]
			if int(e.Place) != j || numbers[e.Number] || r.Event == RaceEvent && grid[e.Grid] {
				t.Fatalf("race %d: place %d, number %d, grid %d in row %d", r.ID, e.Place, e.Number, e.Grid, j)
			}
			numbers[e.Number], grid[e.Grid] = true, true
			switch e.Reason {
			case Disqualified:
				dq++
			case Disconnected:
				retired++
			}
			drove++
			people := []Drive{{Member: e.Member, Before: e.Before, After: e.After}}
			if e.Team != nil {
				people = e.Drivers
			}
			for _, d := range people {
				if busy[d.Member].After(r.Start) {
					t.Fatalf("%s is in two races at %s", d.Member.Name, r.Start)
				}
				busy[d.Member] = r.End
				known := licence[d.Member]
				if before := known[r.Category]; before.Group != 0 && before != d.Before {
					t.Fatalf("race %d: %s begins with %+v after %+v", r.ID, d.Member.Name, d.Before, before)
				}
				known[r.Category] = d.After
				licence[d.Member] = known
			}
		}
	}
	if cautions < 20 || dq < 20 || changes < 500 || float64(retired)/float64(drove) > 0.15 {
		t.Errorf("%d cautions, %d disqualified, %d lead changes, %d of %d retired", cautions, dq, changes, retired, drove)
	}
}

// A world comes out the same however it is read on: at once or bit by bit.
func TestGoesOnTheSame(t *testing.T) {
	at := now.Add(4 * day)
	one, other := New(Options{Now: now, Races: 15}), New(Options{Now: now, Races: 15})
	read := func(w *World, at time.Time) (races []*Race) {
		w.Read(at, func(v *View) { races = v.Races(func(*Race) bool { return true }) })
		return races
	}
	for hours := time.Duration(0); hours < 96; hours += 7 {
		read(other, now.Add(hours*time.Hour))
	}
	a, b := read(one, at), read(other, at)
	if len(a) != len(b) || len(a) <= len(read(one, now)) {
		t.Fatalf("%d races and %d; before there were %d", len(a), len(b), len(read(one, now)))
	}
	for i := range a {
		same := slices.EqualFunc(a[i].Entries, b[i].Entries, func(x, y Entry) bool {
			return x.Name() == y.Name() && x.Before == y.Before && x.After == y.After && x.Interval == y.Interval && x.Best == y.Best && x.Grid == y.Grid
		})
		if a[i].ID != b[i].ID || !same {
			t.Fatalf("race %d differs", a[i].ID)
		}
	}
}

// There is something to see at any hour of the season.
func TestAlwaysLive(t *testing.T) {
	w := New(Options{Now: now, Races: 15})
	for hour := range 24 {
		at := now.Truncate(day).Add(time.Duration(hour)*time.Hour + 20*time.Minute)
		w.Read(at, func(v *View) {
			if len(v.Running()) == 0 {
				t.Errorf("nothing is live at %s", at)
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		New(Options{Now: now})
	}
}
