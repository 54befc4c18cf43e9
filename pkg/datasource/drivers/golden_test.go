package drivers_test

import (
	"context"
	"flag"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/experimental"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/drivers"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/replay"
)

var update = flag.Bool("update", false, "write the golden frames anew")

const goldens = "../../../testdata/golden/drivers"

// corpus is a data source over recorded answers, whose imports are the recorded results.
func corpus(t *testing.T, own int64) *ask.Source {
	t.Helper()
	server := httptest.NewServer(replay.New(replay.Dir(t)))
	t.Cleanup(server.Close)
	client := iracing.New(replay.Options(server.URL))
	t.Cleanup(client.Close)
	source := sourceOf(client, false, own)
	source.Now = func() time.Time { return time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC) }
	source.Imported = func(context.Context) ([]ask.Import, error) {
		return []ask.Import{
			{Subsession: 82799850, Start: time.Date(2026, 1, 17, 12, 0, 0, 0, time.UTC), Series: "Daytona 24"},
			{Subsession: 82263872, Start: time.Date(2025, 12, 28, 20, 30, 0, 0, time.UTC), Series: "GT4 Challenge by Falken Tyre"},
			{Subsession: 46557088, Start: time.Date(2022, 6, 19, 19, 1, 10, 0, time.UTC), Series: "Hosted iRacing"},
		}, nil
	}
	return source
}

func without(s *ask.Source) *ask.Source {
	s.API = importsOnly{s.API}
	return s
}

func span(from, to int) backend.TimeRange {
	return backend.TimeRange{From: time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(to, 1, 31, 0, 0, 0, 0, time.UTC)}
}

// The people of the recordings: one with a career, one with a race, one of a team, and one with a long history.
const (
	veteran  = 100230
	winner   = 100229
	historic = 100613
)

// recordedQuery is one that recordings can answer.
type recordedQuery struct {
	name   string
	kind   models.Kind
	source *ask.Source
	rng    backend.TimeRange
	query  string
}

func recordedQueries(t *testing.T) []recordedQuery {
	t.Helper()
	veterans, racers, sprinter := corpus(t, veteran), corpus(t, historic), corpus(t, 104092)
	// Somebody who drove in the recorded team race, and somebody who finished behind the winner of another.
	mate := recordedResult(t, 82799850).Race().Rows[2].Drivers[0].Cust
	other := strconv.FormatInt(recordedResult(t, 82263872).Race().Rows[3].Cust, 10)
	alone, team := without(corpus(t, winner)), without(corpus(t, mate))
	y2025, all := span(2025, 2026), span(2022, 2026)
	y2025.To, all.To = time.Date(2025, 12, 30, 0, 0, 0, 0, time.UTC), time.Date(2025, 12, 30, 0, 0, 0, 0, time.UTC)
	return []recordedQuery{
		{"irating", models.KindRatingHistory, racers, span(2020, 2026), `{"categories":["road"]}`},
		{"safety", models.KindRatingHistory, veterans, span(2015, 2016), `{"rating":"safety","categories":["road"]}`},
		{"tt", models.KindRatingHistory, veterans, span(2015, 2016), `{"rating":"tt"}`},
		{"licences", models.KindRatingHistory, veterans, y2025, `{"view":"current"}`},
		{"career", models.KindCareer, veterans, y2025, `{}`},
		{"years", models.KindCareer, veterans, y2025, `{"by":"year"}`},
		{"recap", models.KindCareer, veterans, y2025, `{"by":"recap"}`},
		{"bests", models.KindCareer, veterans, y2025, `{"by":"bests"}`},
		{"leaderboard", models.KindLeaderboard, sprinter, y2025, `{"car":67,"track":449,"top":2}`},
		{"leaderboard-summary", models.KindLeaderboard, sprinter, y2025, `{"car":67,"track":449,"view":"summary","event":"qualify"}`},
		{"leaderboard-spread", models.KindLeaderboard, sprinter, y2025, `{"car":67,"track":449,"view":"spread"}`},
		{"leaderboard-empty", models.KindLeaderboard, sprinter, y2025, `{"car":23,"track":14}`},
		{"imports", models.KindRaceHistory, alone, y2025, `{}`},
		{"imports-team", models.KindRaceHistory, team, span(2026, 2026), `{"as":"series"}`},
		{"imports-annotations", models.KindRaceHistory, team, span(2026, 2026), `{"as":"annotations"}`},
		{"imports-cars", models.KindPerCar, alone, y2025, `{}`},
		{"imports-tracks", models.KindPerTrack, team, span(2026, 2026), `{}`},
		{"imports-meetings", models.KindHeadToHead, alone, all, `{"rival":"` + other + `"}`},
		{"imports-duel", models.KindHeadToHead, alone, all, `{"view":"summary","rival":"` + other + `"}`},
	}
}

// recordedResult reads a recorded result.
func recordedResult(t *testing.T, subsession int64) *iracing.Result {
	t.Helper()
	r, err := iracing.API{Source: corpus(t, winner).API}.Result(t.Context(), subsession)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The shapes of all answers, with units, names, mappings and remarks. Nothing of anybody but the own driver is in them: no
// name and no customer id of the recordings.
func TestGoldenFrames(t *testing.T) {
	people := recordedPeople(t)
	word := regexp.MustCompile(`[\pL\d]+(?: [\pL\d]+)?`)
	for _, c := range recordedQueries(t) {
		t.Run(c.name, func(t *testing.T) {
			f := run(t, c.source, c.kind, c.rng, c.query)
			js, err := data.FrameToJSON(f, data.IncludeAll)
			if err != nil {
				t.Fatal(err)
			}
			own, _ := c.source.Me(t.Context())
			for _, w := range word.FindAllString(string(js), -1) {
				if people[w] && !strings.HasSuffix(w, strconv.FormatInt(own, 10)) {
					t.Errorf("the answer tells of %s", w)
				}
			}
			// Requests are made at once and listed as they come back.
			read := strings.Split(f.Meta.ExecutedQueryString, "\n")
			slices.Sort(read)
			f.Meta.ExecutedQueryString = strings.Join(read, "\n")
			res := backend.DataResponse{Frames: data.Frames{f}}
			experimental.CheckGoldenJSONResponse(t, goldens, c.name, &res, *update)
			if *update {
				file := filepath.Join(goldens, c.name+".jsonc")
				if info, err := os.Stat(file); err != nil || info.Size() > 60_000 {
					t.Errorf("%s is large: %v", file, err)
				}
				if err := os.Chmod(file, 0o644); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// recordedPeople are the names and customer ids in the recordings that the queries read.
func recordedPeople(t *testing.T) map[string]bool {
	t.Helper()
	people := map[string]bool{}
	told := regexp.MustCompile(`"(?:cust_id|host_id|display_name)": ?"?([^",}]+)`)
	files, err := filepath.Glob(filepath.Join(replay.Dir(t), "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if name := filepath.Base(file); !strings.HasPrefix(name, "results.get") && !strings.HasPrefix(name, "stats.world") && !strings.HasPrefix(name, "member.") {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range told.FindAllSubmatch(b, -1) {
			if len(m[1]) > 4 {
				people[string(m[1])] = true
			}
		}
	}
	if len(people) < 500 {
		t.Fatalf("there are %d names and ids in the recordings", len(people))
	}
	return people
}

// No query brings the data source down, whatever is written in it.
func FuzzQueries(f *testing.F) {
	for _, query := range []string{
		``, `{}`, `[]`, `{"driver":"me","as":"series","hosted":true}`, `{"ratings":1000000}`, `{"ratings":-5}`, `{"driver":"~abc"}`, `{"driver":1e99}`,
		`{"rival":"700002","view":"summary"}`, `{"rival":"700002","view":"score"}`, `{"car":"1","track":"2","top":1000000,"year":"2026","quarter":"2"}`, `{"car":1,"track":2,"view":"spread"}`,
		`{"rating":"safety","categories":["road","oval","road"]}`, `{"view":"current"}`, `{"by":"bests"}`, `{"by":"recap"}`, `{"by":"year","category":"oval"}`,
		`{"series":"31","car":"Road","track":"pier","category":"sports_car"}`,
	} {
		f.Add(query, int64(30), int64(0))
	}
	f.Add(`{}`, int64(100_000), int64(-10_000))
	answers := boardAPI(60)
	maps.Copy(answers, ratingAPI())
	for path, answer := range careerAPI() {
		if strings.HasPrefix(path, "/data/stats/member_") {
			answers[path] = answer
		}
	}
	source := newStand(f, answers).source(f, false)
	f.Fuzz(func(t *testing.T, query string, days, until int64) {
		const most = 300_000
		days, until = days%most, until%most
		rng := backend.TimeRange{From: now.AddDate(0, 0, -int(days)), To: now.AddDate(0, 0, -int(until))}
		for kind, answer := range drivers.Kinds() {
			frames, err := source.Run(t.Context(), answer, rng, []byte(query))
			if err != nil {
				if err.Error() == "" {
					t.Errorf("%s %s: an error without words", kind, query)
				}
				continue
			}
			if len(frames) != 1 {
				t.Fatalf("%s %s: %d frames", kind, query, len(frames))
			}
			rows, err := frames[0].RowLen()
			if err != nil {
				t.Errorf("%s %s: %v", kind, query, err)
			}
			if rows == 0 && len(frames[0].Meta.Notices) == 0 {
				t.Errorf("%s %s: an empty answer that does not say why", kind, query)
			}
			if _, err := data.FrameToJSON(frames[0], data.IncludeAll); err != nil {
				t.Errorf("%s %s: %v", kind, query, err)
			}
		}
	})
}
