package drivers_test

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/oauth"
	"github.com/apexobs/iracing-grafana-observability/pkg/people"
)

// evening is the clock of the made-up world.
var evening = time.Date(2026, 11, 22, 20, 4, 0, 0, time.UTC)

// made is the world of these tests, which is made once.
var made = sync.OnceValue(func() *world.World { return world.New(world.Options{Now: evening, Races: 12}) })

// fake is a data source of the made-up iRacing.
func fake(t *testing.T, showNames bool) *ask.Source {
	t.Helper()
	source, _ := fakeServer(t, showNames)
	return source
}

func fakeServer(t *testing.T, showNames bool) (*ask.Source, *iracingtest.Server) {
	t.Helper()
	server := iracingtest.Start(t, iracingtest.Options{World: made(), Now: func() time.Time { return evening }, PerMinute: -1, TokensPerMinute: -1})
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	web := &http.Client{Transport: transport}
	manager, err := oauth.New(oauth.Config{Grant: oauth.AccessToken, URL: server.OAuthURL, AccessToken: server.Credentials.NewAccessToken(), HTTP: web})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = manager.Close() })
	client := iracing.New(iracing.Options{URL: server.URL, LinkHosts: server.LinkHosts, Tokens: manager, HTTP: web, PerSecond: 1e6, Burst: 1e6})
	account, err := iracing.API{Source: client}.Account(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cached := iracing.NewCached(client, iracing.NewMemory(256<<20), iracing.CachedOptions{Now: func() time.Time { return evening }})
	t.Cleanup(cached.Close)
	source := sourceOf(cached, showNames, account.Cust)
	source.Now = func() time.Time { return evening }
	return source, server
}

// career is all the time of the made-up world.
var ever = backend.TimeRange{From: evening.AddDate(-5, -9, 0), To: evening}

// The made-up world tells the same of a race in several ways: searches, results, totals and histories have to agree.
func TestAnswersAgree(t *testing.T) {
	source := fake(t, false)
	without := run(t, source, models.KindRaceHistory, ever, `{"ratings":1}`)
	with := run(t, source, models.KindRaceHistory, ever, `{"ratings":30}`)
	if without.Rows() < 12 || without.Rows() != with.Rows() {
		t.Fatalf("%d races without their results, %d with them", without.Rows(), with.Rows())
	}
	for _, name := range []string{
		"subsession", "start", "series", "track", "car", "carId", "class", "startPosition", "finish", "classStart", "classFinish", "gained",
		"laps", "lapsLed", "incidents", "points", "dropped", "official", "category", "sof",
	} {
		a, b := texts(t, without, name), texts(t, with, name)
		for i := range a {
			if a[i] != b[i] {
				t.Errorf("the search tells of %s %s of race %s, its result of %s", name, a[i], texts(t, with, "subsession")[i], b[i])
			}
		}
	}

	career, years := run(t, source, models.KindCareer, ever, `{}`), run(t, source, models.KindCareer, ever, `{"by":"year"}`)
	tracks := run(t, source, models.KindPerTrack, ever, `{}`)
	for _, name := range []string{"starts", "wins", "top5", "poles", "laps", "lapsLed"} {
		want := sumOf(t, career, name)
		for what, f := range map[string]*data.Frame{"the tracks": tracks, "the years": years} {
			if got := sumOf(t, f, name); got != want {
				t.Errorf("%s add up to %v %s, the career to %v", what, got, name, want)
			}
		}
	}

	// The iRating after the last race of a category is the one of today, and what the history ends with.
	now := run(t, source, models.KindRatingHistory, ever, `{"view":"current"}`)
	history := run(t, source, models.KindRatingHistory, ever, `{}`)
	scale := run(t, source, models.KindRatingHistory, ever, `{"rating":"safety"}`)
	names, ratings, licences := texts(t, now, "category"), texts(t, now, "irating"), texts(t, now, "licenceLevel")
	checked := 0
	for i, category := range names {
		races := texts(t, with, "category")
		last := slices.Index(races, category)
		if last < 0 || texts(t, with, "irating")[last] == "-" {
			continue // its last race is older than those whose results were read
		}
		checked++
		key := iracing.LicenceCategories[slices.IndexFunc(iracing.LicenceCategories, func(c iracing.LicenceCategory) bool { return c.Name == category })].Key
		line := texts(t, history, key)
		if got, end := texts(t, with, "irating")[last], line[len(line)-1]; got != ratings[i] || end != ratings[i] {
			t.Errorf("%s: iRating %s after the last race, %s at the end of the history, %s now", category, got, end, ratings[i])
		}
		if line = texts(t, scale, key); line[len(line)-1] != licences[i] {
			t.Errorf("%s: licence %s at the end of the history, %s now", category, line[len(line)-1], licences[i])
		}
	}
	if checked == 0 {
		t.Error("there is no category to compare")
	}
}

// Nobody but the own driver is in any answer of any kind while names are off; with names on, others are.
func TestNobodyIsNamed(t *testing.T) {
	source := fake(t, false)
	races := run(t, source, models.KindRaceHistory, ever, `{"ratings":1}`)
	own, _ := source.Me(t.Context())
	var other iracing.Row
	var board string
	for i, subsession := range texts(t, races, "subsession") {
		id, _ := strconv.ParseInt(subsession, 10, 64)
		result, err := iracing.API{Source: source.API}.Result(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		rows := result.Race().Rows
		if at := slices.IndexFunc(rows, func(r iracing.Row) bool { return r.Cust != 0 && r.Cust != own }); at >= 0 {
			other = rows[at]
			board = `"car":"` + texts(t, races, "carId")[i] + `","track":"` + texts(t, races, "trackId")[i] + `"`
			break
		}
	}
	key := source.People.Key(other.Cust)
	open := *source
	open.People = people.New(true, own, []byte("tests"))
	people := map[string]bool{}
	made().Read(evening, func(v *world.View) {
		for _, m := range v.Members() {
			if m.ID != own {
				people[m.Name], people[strconv.FormatInt(m.ID, 10)] = true, true
			}
		}
	})
	lately := backend.TimeRange{From: evening.AddDate(0, 0, -24), To: evening}
	for _, c := range []struct {
		kind  models.Kind
		query string
		named bool // an answer with names holds one
	}{
		{models.KindRaceHistory, `{"hosted":true,"ratings":2}`, false},
		{models.KindRaceHistory, `{"hosted":true,"ratings":2,"as":"series"}`, false},
		{models.KindRaceHistory, `{"hosted":true,"ratings":2,"as":"annotations"}`, false},
		{models.KindRaceHistory, `{"ratings":2,"driver":"` + key + `"}`, false},
		{models.KindRatingHistory, `{"driver":"` + key + `"}`, false},
		{models.KindRatingHistory, `{"driver":"` + key + `","view":"current"}`, false},
		{models.KindCareer, `{"driver":"` + key + `"}`, false},
		{models.KindCareer, `{"by":"recap"}`, false},
		{models.KindCareer, `{"by":"bests"}`, false},
		{models.KindPerCar, `{"hosted":true}`, false},
		{models.KindHeadToHead, `{"rival":"` + key + `"}`, true},
		{models.KindHeadToHead, `{"rival":"` + key + `","view":"summary","hosted":true}`, true},
		{models.KindHeadToHead, `{"rival":"` + key + `","view":"score"}`, true},
		{models.KindLeaderboard, `{` + board + `}`, true},
		{models.KindLeaderboard, `{` + board + `,"view":"summary","driver":"` + key + `"}`, false},
		{models.KindLeaderboard, `{` + board + `,"view":"spread","event":"qualify"}`, false},
	} {
		f := run(t, source, c.kind, lately, c.query)
		if f.Rows() == 0 {
			t.Errorf("%s %s has no rows: %s", c.kind, c.query, remarks(f))
		}
		if who := named(t, f, people); len(who) > 0 {
			t.Errorf("%s %s tells of %v", c.kind, c.query, who)
		}
		if clear := strings.ReplaceAll(c.query, key, strconv.FormatInt(other.Cust, 10)); c.named {
			if who := named(t, run(t, &open, c.kind, lately, clear), people); len(who) == 0 {
				t.Errorf("%s %s tells of nobody though names are shown", c.kind, clear)
			}
		}
	}
}

// named are the people of whom a frame tells.
func named(t *testing.T, f *data.Frame, people map[string]bool) []string {
	t.Helper()
	js, err := data.FrameToJSON(f, data.IncludeAll)
	if err != nil {
		t.Fatal(err)
	}
	var who []string
	words := regexp.MustCompile(`[\pL\d'.-]+`).FindAllString(string(js), -1)
	for i := range words {
		for n := 1; n <= 3 && i+n <= len(words); n++ {
			if name := strings.Join(words[i:i+n], " "); people[name] {
				who = append(who, name)
			}
		}
	}
	return who
}

// iRacing that is down or refuses is an error, and never a frame of nothing.
func TestFaults(t *testing.T) {
	for _, does := range []iracingtest.Does{iracingtest.Maintenance, iracingtest.Forbidden} {
		source, server := fakeServer(t, false)
		server.Fault(iracingtest.Fault{Do: does})
		for name, query := range map[models.Kind]string{
			models.KindRaceHistory: `{}`, models.KindRatingHistory: `{}`, models.KindCareer: `{}`, models.KindPerCar: `{}`,
			models.KindHeadToHead: `{"rival":"1"}`, models.KindLeaderboard: `{"car":1,"track":1}`,
		} {
			if err := fails(t, source, name, query); !ask.Is(err, iracing.Maintenance, iracing.Forbidden) {
				t.Errorf("%s: %s: %v", does, name, err)
			}
		}
	}
}

func sumOf(t *testing.T, f *data.Frame, name string) (sum float64) {
	t.Helper()
	field, i := f.FieldByName(name)
	if i < 0 {
		t.Fatalf("the frame has no field %s", name)
	}
	for i := range field.Len() {
		v, _ := field.ConcreteAt(i)
		sum += v.(float64)
	}
	return sum
}
