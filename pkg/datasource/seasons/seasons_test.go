package seasons_test

import (
	"context"
	"encoding/json"
	"flag"
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
	"go.uber.org/goleak"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/seasons"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/replay"
	"github.com/apexobs/iracing-grafana-observability/pkg/people"
)

var update = flag.Bool("update", false, "write the golden frames anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// at is the time of the queries in a test.
func at(text string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		panic(err)
	}
	return t
}

// source answers like the data source of one account; nobody knows whose where own is 0.
func source(api iracing.Source, own int64, names bool, now time.Time) *ask.Source {
	return &ask.Source{
		API: api, People: people.New(names, own, []byte("tests")), Now: func() time.Time { return now },
		Me: func(context.Context) (int64, error) {
			if own == 0 {
				return 0, &iracing.Error{Kind: iracing.NoCredentials}
			}
			return own, nil
		},
	}
}

// recorded is a client of recorded answers.
func recorded(t testing.TB) *iracing.Client {
	t.Helper()
	srv := httptest.NewServer(replay.New(replay.Dir(t)))
	t.Cleanup(srv.Close)
	client := iracing.New(replay.Options(srv.URL))
	t.Cleanup(client.Close)
	return client
}

func run(t testing.TB, s *ask.Source, kind models.Kind, query string) (data.Frames, error) {
	t.Helper()
	answer := seasons.Kinds()[kind]
	if answer == nil {
		t.Fatalf("there is no kind %s", kind)
	}
	now := s.Now()
	return s.Run(t.Context(), answer, backend.TimeRange{From: now.AddDate(0, 0, -90), To: now}, []byte(query))
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

// head keeps the first rows of a frame.
func head(f *data.Frame, rows int) *data.Frame {
	for f.Rows() > rows {
		f.DeleteRow(f.Rows() - 1)
	}
	return f
}

// golden compares a frame with the one of its name.
func golden(t *testing.T, name string, f *data.Frame) {
	t.Helper()
	const dir = "../../../testdata/golden/seasons"
	// Requests that go out at once come back in any order.
	lines := strings.Split(f.Meta.ExecutedQueryString, "\n")
	slices.Sort(lines[:len(lines)-1])
	f.Meta.ExecutedQueryString = strings.Join(lines, "\n")
	experimental.CheckGoldenJSONResponse(t, dir, name, &backend.DataResponse{Frames: data.Frames{f}}, *update)
	if *update {
		if err := os.Chmod(filepath.Join(dir, name+".jsonc"), 0o644); err != nil {
			t.Error(err)
		}
	}
}

// recordings are queries that the recorded answers can answer.
var recordings = []struct {
	name  string
	kind  models.Kind
	query string
	own   int64
	now   string
}{
	{"standings", models.KindStandings, `{"season":"5935","class":"4029"}`, 101500, "2026-01-08 12:00"},
	{"standings-around", models.KindStandings, `{"season":"5935","class":"4029","around":2}`, 101500, "2026-01-08 12:00"},
	{"standings-week", models.KindStandings, `{"season":"4183","class":"4013","week":3}`, 101262, "2023-06-01 12:00"},
	{"standings-supersession", models.KindStandings, `{"season":"4696","class":"104","of":"supersession"}`, 102934, "2024-01-08 12:00"},
	{"standings-teams", models.KindStandings, `{"season":"3591","class":"2742","of":"teams","week":1}`, 103046, "2022-01-08 12:00"},
	{"standings-time-trial", models.KindStandings, `{"season":"5935","class":"4029","of":"timeTrial"}`, 0, "2026-01-08 12:00"},
	{"standings-time-trial-results", models.KindStandings, `{"season":"5935","class":"4029","of":"timeTrialResults","week":1}`, 0, "2026-01-08 12:00"},
	{"standings-qualifying", models.KindStandings, `{"season":"5935","class":"4029","of":"qualifyingResults","week":"2"}`, 0, "2026-01-08 12:00"},
	{"schedule-week", models.KindSchedule, `{"category":"oval"}`, 0, "2025-09-11 12:00"},
	{"schedule-season", models.KindSchedule, `{"view":"season","season":"5935"}`, 0, "2026-01-08 12:00"},
	{"schedule-guide", models.KindSchedule, `{"view":"guide"}`, 0, "2026-01-01 10:59"},
	{"schedule-time-attack", models.KindSchedule, `{"view":"timeAttack"}`, 0, "2023-01-20 12:00"},
	{"league-standings", models.KindLeague, `{"league":637}`, 100173, "2025-12-23 12:00"},
	{"league-sessions", models.KindLeague, `{"league":637,"view":"sessions"}`, 0, "2025-12-23 12:00"},
	{"league-roster", models.KindLeague, `{"league":13561,"view":"roster"}`, 100127, "2025-12-23 12:00"},
	{"league-roster-link", models.KindLeague, `{"league":7058,"view":"roster"}`, 0, "2025-12-23 12:00"},
	{"league-seasons", models.KindLeague, `{"league":637,"view":"seasons"}`, 0, "2025-12-23 12:00"},
	{"league-points", models.KindLeague, `{"league":13561,"view":"points"}`, 0, "2025-12-23 12:00"},
	{"league-mine", models.KindLeague, `{"view":"mine"}`, 0, "2025-12-23 12:00"},
	{"league-directory", models.KindLeague, `{"view":"directory","search":"gt"}`, 0, "2025-12-23 12:00"},
	{"team-roster", models.KindTeam, `{"team":"-500259"}`, 0, "2025-12-23 12:00"},
	{"team-mine", models.KindTeam, `{"view":"mine"}`, 0, "2025-12-23 12:00"},
	{"live-official", models.KindLiveSessions, `{}`, 0, "2026-01-06 08:30"},
	{"live-hosted", models.KindLiveSessions, `{"view":"hosted"}`, 0, "2026-01-01 10:00"},
	{"live-league", models.KindLiveSessions, `{"view":"league"}`, 0, "2025-09-09 10:00"},
	{"live-entries", models.KindLiveSessions, `{"view":"entries","subsession":84443792}`, 101246, "2026-01-01 10:00"},
	{"status", models.KindServiceStatus, `{}`, 0, "2023-01-27 12:30"},
	{"status-history", models.KindServiceStatus, `{"view":"history","service":"capacity"}`, 0, "2023-01-27 12:30"},
	{"endpoint-results", models.KindEndpoint, `{"path":"/data/results/get","params":[{"name":"subsession_id","value":"82263872"}],"limit":5}`, 100326, "2026-03-01 12:00"},
	{"endpoint-rows", models.KindEndpoint, `{"path":"data/series/season_schedule","params":[{"name":"season_id","value":"5935"}],"rows":"schedules.car_restrictions","limit":20}`, 0, "2026-03-01 12:00"},
	{"endpoint-columns", models.KindEndpoint, `{"path":"/data/track/get","columns":"track_name,config_name,track_config_length,nominal_lap_time,opens,created,track_types"}`, 0, "2026-03-01 12:00"},
	{"endpoint-csv", models.KindEndpoint, `{"path":"/data/driver_stats_by_category/sports_car","limit":5}`, 100002, "2026-03-01 12:00"},
	{"endpoint-member-info", models.KindEndpoint, `{"path":"/data/member/info","rows":"licenses"}`, 100230, "2026-03-01 12:00"},
}

// In the recordings people and teams are called by their ids, which have six digits; pseudonyms have five.
var someone = regexp.MustCompile(`(Driver |Team |\b|-)[15]0\d{4}\b`)

// peopleOf are the ids of everybody in the recordings.
func peopleOf(t *testing.T) map[string]bool {
	t.Helper()
	ids := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(replay.Dir(t), "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{`"cust_id":`, `"owner_id":`, `"winner_id":`, `"winner_group_id":`, `"team_id":`, `"host_id":`} {
			for rest := string(b); ; {
				var found bool
				if _, rest, found = strings.Cut(rest, key); !found {
					break
				}
				rest = strings.TrimLeft(rest, " ")
				if end := strings.IndexAny(rest, ",}"); end > 5 {
					ids[strings.TrimPrefix(rest[:end], "-")] = true
				}
			}
		}
	}
	return ids
}

// leaks are the names and ids of others that an answer tells.
func leaks(t *testing.T, f *data.Frame, own int64, ids map[string]bool) []string {
	t.Helper()
	b, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, text := range someone.FindAllString(string(b), -1) {
		if id := text[strings.LastIndexAny(text, " -")+1:]; ids[id] && id != strconv.FormatInt(own, 10) {
			found = append(found, text)
		}
	}
	for _, secret := range []string{"X-Amz-", "ir_dollars", "BROADBAND"} {
		if strings.Contains(string(b), secret) {
			found = append(found, secret)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// What the recorded answers become, and that nobody is named in it but the own driver.
func TestRecordings(t *testing.T) {
	api := recorded(t)
	ids := peopleOf(t)
	// The own teams are the account's own. A league season's id looks like a driver's, and the name in a points system came
	// with the recording.
	excepted := []string{"team-mine", "league-seasons", "league-points"}
	for _, c := range recordings {
		t.Run(c.name, func(t *testing.T) {
			f := mustRun(t, source(api, c.own, false, at(c.now)), c.kind, c.query)
			if found := leaks(t, f, c.own, ids); len(found) > 0 && !slices.Contains(excepted, c.name) {
				t.Errorf("it tells of %v", found[:min(len(found), 10)])
			}
			golden(t, c.name, head(f, 12))
		})
	}
}

// Every recorded answer becomes a table that tells of nobody.
func TestEndpointHidesPeople(t *testing.T) {
	api := recorded(t)
	ids := peopleOf(t)
	excepted := []string{"team.membership.json", "league.seasons.retired.json", "league.get_points_systems.json"} // as above
	for _, r := range replay.Requests() {
		t.Run(r.String(), func(t *testing.T) {
			q := models.EndpointQuery{Path: r.Path, Limit: 150}
			for name, value := range r.Params {
				q.Params = append(q.Params, models.EndpointParam{Name: name, Value: value})
			}
			body, err := json.Marshal(q)
			if err != nil {
				t.Fatal(err)
			}
			const own = 100613
			if r.Path == "/data/lookup/drivers" {
				_, err := run(t, source(api, own, false, at("2026-03-01 12:00")), models.KindEndpoint, string(body))
				if err == nil || !strings.Contains(err.Error(), "show names") {
					t.Errorf("a search for a name tells who is behind a pseudonym: %v", err)
				}
				return
			}
			f := mustRun(t, source(api, own, false, at("2026-03-01 12:00")), models.KindEndpoint, string(body))
			if found := leaks(t, f, own, ids); len(found) > 0 && !slices.Contains(excepted, r.String()) {
				t.Errorf("it tells of %v", found[:min(len(found), 10)])
			}
			if len(f.Fields) == 0 && f.Rows() > 0 {
				t.Error("it has rows and no fields")
			}
		})
	}
}
