package iracing_test

import (
	"math"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

func TestRecordedSeasons(t *testing.T) {
	api := recorded(t)
	series, err := api.Series(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s := find(t, series, func(s iracing.Series) bool { return s.ID == 139 }); s.Name != "Global Mazda MX-5 Cup by Fanatec" || s.Category != iracing.SportsCar || s.MinLicence != 1 {
		t.Errorf("a series: %+v", s)
	}
	running, err := api.SeasonList(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := find(t, running, func(s iracing.Season) bool { return s.ID == 5376 })
	if s.Week != 31 || s.Weeks != 38 || s.Drops != 7 || s.Series.ID != 47 || s.Licence != 3 || !s.Active || s.Fixed || s.Registered != 3 || len(s.Classes) != 1 || s.Category != iracing.Oval {
		t.Errorf("a season: %+v", s)
	}
	if now := s.Now(); now == nil || now.Track.String() != "Bristol Motor Speedway, Single Pit Roads" || now.Laps != 150 || now.Length != 0 || now.Forecast.Precip != 0 {
		t.Errorf("its week: %+v", now)
	}
	if want := time.Date(2025, 2, 11, 0, 0, 0, 0, time.UTC); !s.Start.Equal(want) {
		t.Errorf("it starts on %v", s.Start)
	}
	full, err := api.Seasons(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	s = find(t, full, func(s iracing.Season) bool { return s.ID == 5376 })
	if len(s.Schedule) != 38 || s.Schedule[0].Number != 1 || s.Schedule[37].Number != 38 {
		t.Fatalf("a season with schedules has %d weeks", len(s.Schedule))
	}
	if times := s.Schedule[0].Sessions; len(times) != 1 || times[0].First != 45*time.Minute || times[0].Every != 2*time.Hour || len(times[0].Days) != 7 || times[0].Length != 72*time.Minute {
		t.Errorf("it is raced at %+v", times)
	}
	for _, s := range full {
		for _, w := range s.Schedule {
			for _, times := range w.Sessions {
				if len(times.At) == 0 && times.From.IsZero() {
					t.Fatalf("season %d, week %d is never raced", s.ID, w.Number)
				}
			}
		}
	}
	past, err := api.PastSeasons(t.Context(), 139)
	if err != nil {
		t.Fatal(err)
	}
	p := find(t, past, func(s iracing.Season) bool { return s.ID == 5727 })
	if p.Short != "2025 Season 4" || p.Year != 2025 || p.Quarter != 4 || p.Active || p.Category != iracing.SportsCar || len(p.Classes) != 1 || p.Classes[0].Name != "Mazda MX-5 Cup 2016" {
		t.Errorf("a past season: %+v", p)
	}
	if p.Weeks == 0 || p.Schedule[0].Track.String() != "Virginia International Raceway, North Course" {
		t.Errorf("its weeks: %+v", p.Schedule)
	}
	named, err := api.SeasonsOf(t.Context(), 2025, 4)
	if err != nil || len(named) == 0 || named[0].Year != 2025 || named[0].Series.Name == "" {
		t.Errorf("%d seasons of a quarter, %v", len(named), err)
	}
}

func TestRecordedSchedule(t *testing.T) {
	s, err := recorded(t).SeasonSchedule(t.Context(), 5935)
	if err != nil {
		t.Fatal(err)
	}
	if s.ID != 5935 || s.Series != (iracing.Ref{ID: 447, Name: "IMSA iRacing Series"}) || s.Weeks != 12 {
		t.Errorf("the season: %+v", s.Ref)
	}
	w := s.Schedule[1]
	if w.Number != 2 || w.Length != 45*time.Minute || w.Qualify != 8*time.Minute || w.QualLaps != 2 || !w.Rolling || w.Laps != 0 {
		t.Errorf("a week: %+v", w)
	}
	if want := time.Date(2025, 12, 29, 22, 45, 0, 0, time.UTC); !w.End.Equal(want) {
		t.Errorf("it ends at %v", w.End)
	}
	if f := w.Forecast; f.Precip != 0.48 || math.Abs(f.TempLow-19.7) > 1e-9 || math.Abs(f.WindHigh*3.6-20.7) > 1e-9 || f.WindFrom == "" || f.Rain != "" {
		t.Errorf("its weather: %+v", f)
	}
}

func TestRecordedGuide(t *testing.T) {
	guide, err := recorded(t).RaceGuide(t.Context())
	if err != nil || len(guide) != 343 {
		t.Fatal(len(guide), err)
	}
	if g := guide[0]; g.Season != 5893 || g.Series != 139 || g.Week != 3 || g.Entries != 221 || g.Session != 296272764 || g.Start.Hour() != 11 {
		t.Errorf("the first: %+v", g)
	}
	if g := find(t, guide, func(p iracing.Planned) bool { return p.Session == 0 }); g.Entries != -1 {
		t.Errorf("one whose registration has not opened: %+v", g)
	}
}

func TestRecordedSeasonResults(t *testing.T) {
	races, err := recorded(t).SeasonResults(t.Context(), 5935, 0, 0)
	if err != nil || len(races) != 5 {
		t.Fatal(len(races), err)
	}
	r := races[0]
	if r.Subsession != 81920196 || r.Week != 1 || r.EventType != iracing.EventPractice || !math.IsNaN(r.SoF) || r.Cautions != -1 || r.Farm == "" || r.Winner == 0 || len(r.Classes) == 0 {
		t.Errorf("a session: %+v", r)
	}
	if c := r.Classes[0]; c.Short != "GTP" || c.Entries != 2 || !math.IsNaN(c.SoF) {
		t.Errorf("a class: %+v", c)
	}
}
