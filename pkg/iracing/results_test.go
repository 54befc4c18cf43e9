package iracing_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/replay"
)

func TestRecordedSoloResult(t *testing.T) {
	r, err := recorded(t).Result(t.Context(), 82263872)
	if err != nil {
		t.Fatal(err)
	}
	if r.Series.Name != "GT4 Challenge by Falken Tyre" || r.Track.String() != "Nürburgring Grand-Prix-Strecke, BES/WEC" || r.Year != 2026 || r.Quarter != 1 || r.Week != 2 {
		t.Errorf("%s on %s, week %d of %d season %d", r.Series.Name, r.Track, r.Week, r.Year, r.Quarter)
	}
	if r.SoF != 2965 || r.Split() != 1 || len(r.Splits) != 10 || !r.Official || r.Teams || r.Hosted != nil || r.Entries != 30 {
		t.Errorf("strength %v, split %d of %d, official %v, teams %v, %d entries", r.SoF, r.Split(), len(r.Splits), r.Official, r.Teams, r.Entries)
	}
	if len(r.Sessions) != 3 || r.Race().Number != 0 || r.Qualify().Number != -1 || r.Practice().Number != -2 {
		t.Fatalf("%d sessions", len(r.Sessions))
	}
	if w := r.Race().Weather; !w.Known || math.Abs(w.Air-18.46) > 0.01 || math.Abs(w.Wind-2.929) > 0.001 || w.WindFrom != "N" || w.WetShare != 1 || w.Skies != "mostly cloudy" {
		t.Errorf("the weather was %+v", w)
	}
	first := r.Race().Rows[0]
	if first.Position != 1 || first.Start != 1 || first.Number != "3" || first.Interval != 0 || !near(first.BestLap, 131.7601) || first.LapsLed != 10 {
		t.Errorf("the winner: %+v", first)
	}
	if first.IRating.Diff() != 37 || first.OldLicence.String() != "B 3.30" || first.NewLicence.String() != "B 3.37" || first.Division != 1 {
		t.Errorf("his ratings: %+v, %s to %s", first.IRating, first.OldLicence, first.NewLicence)
	}
	if q := r.QualifyLap(&first); !near(q, 131.895) {
		t.Errorf("he qualified with %v", q)
	}
	last := r.Race().Rows[29]
	if last.Position != 30 || !math.IsNaN(last.Interval) || !math.IsNaN(last.BestLap) || last.BestLapNumber != 0 || last.ReasonOut != "Disconnected" {
		t.Errorf("the last: %+v", last)
	}
	if p := r.Practice().Rows[0]; p.Start != 0 {
		t.Errorf("practice has a grid: %d", p.Start)
	}
	if row := r.Race().Of(100322); row == nil || row.Position != 3 || row != r.Race().Find(100322) {
		t.Error("the third is not found")
	}
	if r.Race().Of(0) != nil || r.Race().Find(0) != nil || r.Part(7) != nil {
		t.Error("nobody is found")
	}
}

func TestRecordedTeamResult(t *testing.T) {
	r, err := recorded(t).Result(t.Context(), 82799850)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Teams || r.Entries != 59 || len(r.Classes) != 3 || r.Split() != 23 {
		t.Errorf("teams %v, %d entries, %d classes, split %d", r.Teams, r.Entries, len(r.Classes), r.Split())
	}
	winner := r.Race().Rows[0]
	if winner.Team != -500004 || winner.ID() != -500004 || winner.Cust != 0 || len(winner.Drivers) != 4 || !math.IsNaN(winner.IRating.Old) || winner.NewLicence.String() != "" {
		t.Errorf("the winner: %+v", winner)
	}
	driver := winner.Drivers[0]
	if driver.Cust != 100350 || driver.IRating.Diff() != 28 || driver.Laps != 279 || !winner.Has(100350) || winner.Has(0) {
		t.Errorf("his first driver: %+v", driver)
	}
	incidents := 0.0
	for _, row := range r.Race().Rows {
		incidents += row.Incidents
		for _, d := range row.Drivers {
			incidents -= d.Incidents
		}
	}
	if incidents != 0 {
		t.Errorf("the teams have %v more incidents than their drivers", incidents)
	}
}

func TestRecordedLeagueResult(t *testing.T) {
	dir := replay.Dir(t)
	want, err := recorded(t).Result(t.Context(), 46557088)
	if err != nil {
		t.Fatal(err)
	}
	if want.Hosted == nil || want.Hosted.League.ID != 5453 || want.Official || want.Week != 0 || want.Year != 0 || want.Split() != 0 || math.IsNaN(want.Weather.Air) {
		t.Errorf("a league's race: %+v", want)
	}
	if want.Race().Weather.Known || want.Race().Rows[0].Flair != "DE-AT-CH" || want.Race().Rows[0].LeaguePoints != 25 {
		t.Error("an old result has clubs and no measured weather")
	}
	export, err := os.ReadFile(filepath.Join(dir, "results.get.export_event_result.json"))
	if err != nil {
		t.Fatal(err)
	}
	got, raw, err := iracing.ParseExport(export)
	if err != nil {
		t.Fatal(err)
	}
	again, same, err := iracing.ParseExport(raw)
	if err != nil || !bytes.Equal(raw, same) {
		t.Fatalf("the bare result is read otherwise: %v", err)
	}
	for _, r := range []*iracing.Result{got, again} {
		if fmt.Sprint(*r) == "" || r.Subsession != want.Subsession || len(r.Race().Rows) != 27 || r.Race().Rows[1].Interval != want.Race().Rows[1].Interval {
			t.Error("the exported result is another")
		}
	}
}

// result is a made-up result with one race and these fields on top and in its only row.
func result(top, row string) string {
	return fmt.Sprintf(`{"subsession_id":7,"start_time":"2026-01-02T03:04:05Z","event_type":5%s,"session_results":[
		{"simsession_number":0,"simsession_type":6,"results":[{"cust_id":5,"display_name":"Ada Example","finish_position":0%s}]}]}`, top, row)
}

// Fields change their types and come and go; what a frame can live without must not fail it.
func TestResultsOfOtherSeasons(t *testing.T) {
	for _, c := range []struct {
		name, body string
		bad        bool
	}{
		{"sparse", result("", ""), false},
		{"numbers with fractions", result(`,"corners_per_lap":16.0,"race_week_num":1.0`, `,"incidents":4.0,"weight_penalty_kg":-1.2,"division":0.0`), false},
		{"nulls", result(`,"track":null,"session_splits":null,"weather":null,"car_classes":null`, `,"livery":null,"interval":null,"best_lap_time":null,"old_sub_level":null`), false},
		{"other types", result(`,"track":"Somewhere","num_cautions":"none","car_classes":{"a":1},"end_time":5`, `,"livery":7,"flair_name":{},"incidents":"many","old_license_level":"A"`), false},
		{"unknown fields", result(`,"brand_new":{"a":[1]}`, `,"brand_new":1`), false},
		{"no subsession", `{"session_results":[]}`, true},
		{"a list", `[1,2]`, true},
		{"nothing", `null`, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := apiOf(t, map[string]string{"/data/results/get": c.body}).Result(t.Context(), 7)
			if c.bad {
				e, ok := errors.AsType[*iracing.Error](err)
				if !ok || e.Kind != iracing.BadAnswer || e.Endpoint != "/data/results/get" {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if row := r.Race().Rows[0]; row.Position != 1 || row.Start != 0 || row.Name != "Ada Example" || row.Cust != 5 {
				t.Errorf("%+v", row)
			}
		})
	}
}

func TestWhichSessionIsTheRace(t *testing.T) {
	sessions := func(list string) *iracing.Result {
		r, err := apiOf(t, map[string]string{"/data/results/get": `{"subsession_id":7,"event_type":5,"session_results":[` + list + `]}`}).Result(t.Context(), 7)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := sessions(`{"simsession_number":0,"simsession_type":6},{"simsession_number":-1,"simsession_type":6},{"simsession_number":-2,"simsession_type":5},{"simsession_number":-3,"simsession_type":3}`)
	if r.Race().Number != 0 || r.Qualify().Number != -2 || r.Practice().Number != -3 {
		t.Error("of several races, the last is the main event")
	}
	if sessions(`{"simsession_number":0,"simsession_type":3}`).Race() != nil || sessions("").Race() != nil {
		t.Error("a practice has no race")
	}
	if sessions(`{"simsession_number":0}`).Race() == nil {
		t.Error("an event of type race has one, though its type is not told")
	}
}

func TestLicences(t *testing.T) {
	for _, c := range []struct {
		licence iracing.Licence
		want    string
		group   int
	}{
		{iracing.Licence{Level: 1, SR: 2.5}, "R 2.50", 1},
		{iracing.Licence{Level: 4, SR: 3}, "R 3.00", 1},
		{iracing.Licence{Level: 5, SR: 2.06}, "D 2.06", 2},
		{iracing.Licence{Level: 20, SR: 4.99}, "A 4.99", 5},
		{iracing.Licence{Level: 28, SR: math.NaN()}, "WC", 7},
		{iracing.Licence{Level: 29, SR: 1}, "", 0},
		{iracing.Licence{SR: math.NaN()}, "", 0},
	} {
		if got := c.licence.String(); got != c.want || c.licence.Group() != c.group {
			t.Errorf("%+v is %q of group %d", c.licence, got, c.licence.Group())
		}
	}
}

func TestParseExport(t *testing.T) {
	good := result("", "")
	for _, c := range []struct{ name, file, err string }{
		{"as exported", `{"type":"event_result","data":` + good + `}`, ""},
		{"bare", good, ""},
		{"with a mark of its encoding and white space", "\ufeff  " + good + "\n", ""},
		{"empty", "", "no JSON"},
		{"cut off", good[:len(good)-5], "no JSON"},
		{"a web page", "<html>", "no JSON"},
		{"a list", "[" + good + "]", "no JSON"},
		{"another export", `{"type":"standings","data":{"a":1}}`, "standings"},
		{"another thing", `{"a":1}`, "names no subsession"},
		{"no start", strings.Replace(good, "2026-01-02T03:04:05Z", "soon", 1), "when it began"},
		{"before results are there", `{"subsession_id":7,"start_time":"2026-01-02T03:04:05Z","session_results":[]}`, "no rows"},
		{"too many rows", `{"subsession_id":7,"start_time":"2026-01-02T03:04:05Z","session_results":[{"results":[` + strings.Repeat("{},", 30_000) + `{}]}]}`, "rows"},
		{"too large", strings.Repeat(" ", iracing.MaxExport+1), "larger"},
	} {
		r, raw, err := iracing.ParseExport([]byte(c.file))
		switch {
		case c.err == "" && (err != nil || r.Subsession != 7 || string(raw) != good || !r.Start.Equal(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))):
			t.Errorf("%s: %v", c.name, err)
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func FuzzParseExport(f *testing.F) {
	f.Add([]byte(result(`,"race_week_num":-1,"weather":{"temp_value":1e308}`, `,"finish_position":1e300,"driver_results":[{"driver_results":[{}]}],"team_id":-4`)))
	f.Add([]byte(`{"type":"event_result","data":{"subsession_id":1,"start_time":"2026-01-02T03:04:05Z","session_splits":[{}],"session_results":[{"results":[{"interval":-1}]}]}}`))
	f.Add([]byte(`{"data":[`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, raw, err := iracing.ParseExport(b)
		if err != nil {
			return
		}
		if _, _, err := iracing.ParseExport(raw); err != nil {
			t.Fatalf("what was read cannot be read again: %v", err)
		}
		for i := range r.Sessions {
			for j := range r.Sessions[i].Rows {
				row := &r.Sessions[i].Rows[j]
				if row.Position < 0 || row.Laps < 0 || row.Cust < 0 || row.Team > 0 || row.Interval < 0 {
					t.Fatalf("%+v", row)
				}
				_, _ = r.QualifyLap(row), row.NewLicence.String()
			}
		}
		_, _, _, _ = r.Race(), r.Qualify(), r.Practice(), r.Split()
	})
}
