package races_test

import (
	"context"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/experimental"
	"go.uber.org/goleak"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/races"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/replay"
	"github.com/apexobs/iracing-grafana-observability/pkg/people"
)

var update = flag.Bool("update", false, "write the golden frames anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The races of the recordings.
const (
	solo   = "82263872" // official, 30 drivers
	teams  = "82799850" // official, 24 hours, three classes
	league = "46557088"
	me     = 100326 // seventh of the solo race
)

// source answers like the data source of one account: 0 is nobody's.
func source(api iracing.Source, own int64, names bool) *ask.Source {
	return &ask.Source{
		API: api, People: people.New(names, own, []byte("tests")), Now: func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) },
		Me: func(context.Context) (int64, error) {
			if own == 0 {
				return 0, &iracing.Error{Kind: iracing.NoCredentials}
			}
			return own, nil
		},
	}
}

// recorded is a source of recorded answers, each of which is asked for once.
func recorded(t testing.TB) iracing.Source {
	t.Helper()
	srv := httptest.NewServer(replay.New(replay.Dir(t)))
	t.Cleanup(srv.Close)
	client := iracing.New(replay.Options(srv.URL))
	t.Cleanup(client.Close)
	return &kept{client, map[string]*iracing.Answer{}}
}

type kept struct {
	iracing.Source
	answers map[string]*iracing.Answer
}

func (k *kept) Get(ctx context.Context, r iracing.Request) (*iracing.Answer, error) {
	if a := k.answers[r.Key()]; a != nil {
		return a, nil
	}
	a, err := k.Source.Get(ctx, r)
	if err == nil {
		k.answers[r.Key()] = a
	}
	return a, err
}

func run(t testing.TB, s *ask.Source, kind models.Kind, query string) (data.Frames, error) {
	t.Helper()
	answer := races.Kinds()[kind]
	if answer == nil {
		t.Fatalf("there is no kind %s", kind)
	}
	now := s.Now()
	return s.Run(t.Context(), answer, backend.TimeRange{From: now.Add(-24 * time.Hour), To: now}, []byte(query))
}

func mustRun(t testing.TB, s *ask.Source, kind models.Kind, query string) *data.Frame {
	t.Helper()
	answer, err := run(t, s, kind, query)
	if err != nil {
		t.Fatalf("%s %s: %v", kind, query, err)
	}
	if len(answer) != 1 {
		t.Fatalf("%s %s: %d frames", kind, query, len(answer))
	}
	return answer[0]
}

// every is a query of each kind and view, of one race.
func every(subsession string) []struct {
	name, query string
	kind        models.Kind
} {
	type row = struct {
		name, query string
		kind        models.Kind
	}
	q := func(more string) string { return fmt.Sprintf(`{"subsession":%s%s}`, subsession, more) }
	return []row{
		{"results", q(``), models.KindRaceResults},
		{"results-qualify", q(`,"part":"qualify"`), models.KindRaceResults},
		{"results-practice", q(`,"part":"practice"`), models.KindRaceResults},
		{"results-summary", q(`,"view":"summary"`), models.KindRaceResults},
		{"results-drivers", q(`,"view":"drivers"`), models.KindRaceResults},
		{"results-splits", q(`,"view":"splits"`), models.KindRaceResults},
		{"lap-chart", q(`,"top":3`), models.KindLapChart},
		{"lap-chart-practice", q(`,"part":"practice"`), models.KindLapChart},
		{"gaps-leader", q(`,"top":3`), models.KindGapChart},
		{"gaps-me", q(`,"top":3,"to":"driver"`), models.KindGapChart},
		{"gaps-pace", q(`,"top":3,"to":"pace"`), models.KindGapChart},
		{"laps", q(``), models.KindRaceLaps},
		{"laps-clean", q(`,"clean":true`), models.KindRaceLaps},
		{"laps-chart", q(`,"as":"chart","top":3`), models.KindRaceLaps},
		{"pace", q(``), models.KindPaceRanking},
		{"events", q(``), models.KindEventLog},
		{"events-logs", q(`,"as":"logs"`), models.KindEventLog},
		{"events-annotations", q(`,"as":"annotations"`), models.KindEventLog},
		{"estimate", q(``), models.KindIRatingEstimate},
		{"estimate-what-if", q(`,"view":"whatIf"`), models.KindIRatingEstimate},
	}
}

// Goldens keep some rows only.
const goldenRows = 8

func short(answer data.Frames) {
	for _, frame := range answer {
		for _, field := range frame.Fields {
			for field.Len() > goldenRows {
				field.Delete(field.Len() - 1)
			}
		}
	}
}

func TestGoldenFrames(t *testing.T) {
	client := recorded(t)
	golden := func(t *testing.T, s *ask.Source, kind models.Kind, name, query string) {
		t.Helper()
		answer, err := run(t, s, kind, query)
		if err != nil {
			t.Fatal(err)
		}
		short(answer)
		res := backend.DataResponse{Frames: answer, Status: backend.StatusOK}
		experimental.CheckGoldenJSONResponse(t, "../../../testdata/golden/races", name, &res, *update)
		if *update {
			if err := os.Chmod("../../../testdata/golden/races/"+name+".jsonc", 0o644); err != nil {
				t.Error(err)
			}
		}
	}
	for _, c := range every(solo) {
		t.Run(c.name, func(t *testing.T) { golden(t, source(client, me, false), c.kind, c.name, c.query) })
	}
	for _, c := range []struct {
		name, query string
		kind        models.Kind
		own         int64
	}{
		{"team-results", `{"subsession":82799850}`, models.KindRaceResults, 100450},
		{"team-results-class", `{"subsession":82799850,"class":"imsa23"}`, models.KindRaceResults, 100450},
		{"team-drivers", `{"subsession":82799850,"view":"drivers","class":"imsa23"}`, models.KindRaceResults, 100450},
		{"team-summary", `{"subsession":82799850,"view":"summary"}`, models.KindRaceResults, 100450},
		{"team-estimate", `{"subsession":82799850}`, models.KindIRatingEstimate, 100450},
		{"team-what-if", `{"subsession":82799850,"view":"whatIf"}`, models.KindIRatingEstimate, 100450},
		{"league-results", `{"subsession":46557088}`, models.KindRaceResults, 0},
		{"league-summary", `{"subsession":46557088,"view":"summary"}`, models.KindRaceResults, 100298},
		{"entries", `{"subsession":84443792,"view":"entries"}`, models.KindIRatingEstimate, 101246},
	} {
		t.Run(c.name, func(t *testing.T) { golden(t, source(client, c.own, false), c.kind, c.name, c.query) })
	}
}

func kindsOf() ask.Kinds { return races.Kinds() }

func rangeOf() backend.TimeRange { return backend.TimeRange{} }
