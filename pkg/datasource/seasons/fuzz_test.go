package seasons_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/seasons"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/replay"
)

// kinds are the kinds in a fixed order.
func kinds() []models.Kind {
	var list []models.Kind
	for kind := range seasons.Kinds() {
		list = append(list, kind)
	}
	slices.Sort(list)
	return list
}

// check runs a query and makes sure that its answer can be sent, and that an error is one of iRacing's or of the query.
func check(t *testing.T, s *ask.Source, kind models.Kind, query []byte) {
	t.Helper()
	answer, err := s.Run(t.Context(), seasons.Kinds()[kind], backend.TimeRange{From: now.AddDate(0, 0, -30), To: now}, query)
	if err != nil {
		_, bad := errors.AsType[*frames.QueryError](err)
		if _, known := errors.AsType[*iracing.Error](err); !bad && !known {
			t.Fatalf("%s %s: %T %v", kind, query, err, err)
		}
		return
	}
	for _, f := range answer {
		if _, err := f.RowLen(); err != nil {
			t.Fatalf("%s %s: %v", kind, query, err)
		}
		if _, err := data.FrameToJSON(f, data.IncludeAll); err != nil {
			t.Fatalf("%s %s: %v", kind, query, err)
		}
	}
}

// No query brings the data source down.
func FuzzQuery(f *testing.F) {
	answers := calendar(schedules)
	for path, of := range season(func(int) []object { return []object{{"rank": 1, "cust_id": me, "points": 5}} }, nil) {
		if answers[path] == nil {
			answers[path] = of
		}
	}
	answers["/data/results/season_results"] = constant(races())
	answers["/data/hosted/sessions"] = constant(peopled())
	answers["/data/league/seasons"] = constant(object{"seasons": []object{{"season_id": 1, "active": true}}})
	s := source(stand(f, answers), me, false, now)
	for i := range kinds() {
		for _, seed := range []string{
			``, `{}`, `[]`, `{"view":"weeks","season":7}`, `{"season":"7","class":42,"around":3,"week":2,"division":"rookie"}`, `{"league":"1","view":"teams","season":"current"}`,
			`{"view":"season","season":"7","series":"gt","category":"oval"}`, `{"team":"~abc","view":"races"}`, `{"view":"entries","subsession":"1"}`, `{"service":"x","view":"history"}`,
			`{"path":"/data/hosted/sessions","rows":"sessions","columns":["a"],"limit":3,"params":[{"name":"x","value":"y"}]}`,
		} {
			f.Add(uint8(i), []byte(seed))
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, query []byte) {
		check(t, s, kinds()[int(kind)%len(kinds())], query)
	})
}

// No answer of iRacing's does either.
func FuzzAnswers(f *testing.F) {
	var body atomic.Pointer[[]byte]
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(*body.Load())
	}))
	f.Cleanup(srv.Close)
	client := iracing.New(replay.Options(srv.URL))
	f.Cleanup(client.Close)
	s := source(client, me, false, now)
	queries := []struct {
		kind  models.Kind
		query string
	}{
		{models.KindStandings, `{"season":7,"class":1}`},
		{models.KindStandings, `{"season":7,"of":"teams"}`},
		{models.KindStandings, `{"season":7,"class":1,"view":"weeks","week":1}`},
		{models.KindSeasonResults, `{"season":7}`},
		{models.KindSeasonResults, `{"season":7,"view":"hours"}`},
		{models.KindSchedule, `{}`},
		{models.KindSchedule, `{"view":"season","season":7}`},
		{models.KindSchedule, `{"view":"guide"}`},
		{models.KindSchedule, `{"view":"timeAttack"}`},
		{models.KindLeague, `{"league":1}`},
		{models.KindLeague, `{"league":1,"view":"sessions"}`},
		{models.KindLeague, `{"league":1,"view":"roster"}`},
		{models.KindLeague, `{"league":1,"view":"seasons"}`},
		{models.KindLeague, `{"view":"directory"}`},
		{models.KindTeam, `{"team":-1}`},
		{models.KindTeam, `{"team":-1,"view":"races"}`},
		{models.KindLiveSessions, `{}`},
		{models.KindLiveSessions, `{"view":"hosted"}`},
		{models.KindLiveSessions, `{"view":"entries","subsession":1}`},
		{models.KindServiceStatus, `{}`},
		{models.KindServiceStatus, `{"view":"history"}`},
		{models.KindEndpoint, `{"path":"/data/series/seasons"}`},
	}
	cal := calendar(schedules)
	for i := range queries {
		for _, seed := range []any{
			races(), peopled(), schedules(nil), cal["/data/series/season_list"](nil), cal["/data/series/get"](nil),
			object{"timestamp": 1e9, "tests": object{"A": object{"B": object{"result": [][]float64{{1e9, 1}, {1e9 + 15, 0}}}}}},
			object{"entries": []object{{"cust_id": 1, "license": object{"irating": 1500}}}},
			object{"ta_schedule_filename": "x"},
			object{"roster": []object{{"cust_id": 5}}},
		} {
			b, err := json.Marshal(seed)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(uint8(i), b)
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, answer []byte) {
		if len(answer) > 1<<16 {
			return
		}
		body.Store(&answer)
		q := queries[int(which)%len(queries)]
		check(t, s, q.kind, []byte(q.query))
	})
}
