package ask_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/people"
)

// answers is a source that has the answers given.
type answers map[string]*iracing.Answer

func (a answers) Get(_ context.Context, r iracing.Request) (*iracing.Answer, error) {
	if answer, ok := a[r.Endpoint.Path]; ok {
		return answer, nil
	}
	return nil, &iracing.Error{Kind: iracing.NotFound, Endpoint: r.Endpoint.Path}
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func source(api answers, own int64) *ask.Source {
	return &ask.Source{
		API: api, People: people.New(false, own, []byte("tests")), Now: func() time.Time { return noon },
		Me: func(context.Context) (int64, error) {
			if own == 0 {
				return 0, &iracing.Error{Kind: iracing.NoCredentials}
			}
			return own, nil
		},
	}
}

func TestLatestSubsession(t *testing.T) {
	recent := answers{"/data/stats/member_recent_races": {Body: []byte(`{"races":[
		{"subsession_id":7,"session_start_time":"2026-02-01T10:00:00Z"},{"subsession_id":9,"session_start_time":"2026-02-03T10:00:00Z"}]}`)}}
	imports := func(day int) func(context.Context) ([]ask.Import, error) {
		return func(context.Context) ([]ask.Import, error) {
			return []ask.Import{{Subsession: 50, Start: time.Date(2026, 2, day, 0, 0, 0, 0, time.UTC)}, {Subsession: 40}}, nil
		}
	}
	for _, c := range []struct {
		name     string
		id       models.ID
		api      answers
		own      int64
		imported func(context.Context) ([]ask.Import, error)
		want     int64
		err      string
	}{
		{name: "a number", id: " 123 ", want: 123},
		{name: "no number", id: "monza", err: "not a number"},
		{name: "the newest race", api: recent, own: 1, want: 9},
		{name: "the word", id: "Latest", api: recent, own: 1, want: 9},
		{name: "an import that is newer", api: recent, own: 1, imported: imports(4), want: 50},
		{name: "an import that is older", api: recent, own: 1, imported: imports(1), want: 9},
		{name: "no account, but imports", imported: imports(1), want: 50},
		{name: "no account", err: "no iRacing account"},
		{name: "no race", api: answers{"/data/stats/member_recent_races": {Body: []byte(`{"races":[]}`)}}, own: 1, err: "no race of yours"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := source(c.api, c.own)
			s.Imported = c.imported
			got, err := s.Query(backend.TimeRange{}).Subsession(t.Context(), c.id)
			if got != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("Subsession = %d, %v; want %d, %q", got, err, c.want, c.err)
			}
		})
	}
}

func TestKeysStandForDrivers(t *testing.T) {
	s := source(nil, 11)
	q := s.Query(backend.TimeRange{})
	if id, err := q.Driver(t.Context(), models.ID(s.People.Key(12))); err != nil || id != 12 {
		t.Errorf("Driver = %d, %v", id, err)
	}
	if id, err := q.Driver(t.Context(), ""); err != nil || id != 11 {
		t.Errorf("nobody is %d, %v; want me", id, err)
	}
	_, err := q.Driver(t.Context(), "~gone")
	if _, bad := errors.AsType[*frames.QueryError](err); !bad {
		t.Errorf("an unknown key gives %v", err)
	}
}

func TestRemarks(t *testing.T) {
	s := source(answers{
		"/data/member/get": {Body: []byte(`{}`), Cached: true, At: noon, Stale: &iracing.Error{Kind: iracing.Maintenance}},
		"/data/car/get":    {Body: []byte(`[]`)},
	}, 11)
	answer := ask.Kind(func(ctx context.Context, q *ask.Query, query models.CareerQuery) (data.Frames, error) {
		for _, path := range []string{"/data/member/get", "/data/car/get"} {
			params := iracing.Params{}
			if path == "/data/member/get" {
				params.Set("cust_ids", []int64{4242, 11})
			}
			r, err := iracing.NewRequest(path, params)
			if err != nil {
				return nil, err
			}
			if _, err := q.Get(ctx, r); err != nil {
				return nil, err
			}
		}
		q.Info("one remark")
		q.Info("one remark")
		return data.Frames{frames.New(string(query.By), data.FrameTypeTable, "")}, nil
	})
	got, err := s.Run(t.Context(), answer, backend.TimeRange{}, []byte(`{"by":"year"}`))
	if err != nil || got[0].Name != "year" {
		t.Fatalf("Run = %v, %v", got, err)
	}
	meta, err := json.Marshal(got[0].Meta)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"/data/car/get", "1 of 2 answers from the cache", "These figures are of 1 March 12:00 UTC", "maintenance", "cust_ids=…"} {
		if !strings.Contains(string(meta), want) {
			t.Errorf("the frame does not tell %q: %s", want, meta)
		}
	}
	if strings.Contains(string(meta), "4242") {
		t.Errorf("somebody's id is told: %s", meta)
	}
	if strings.Count(string(meta), "one remark") != 1 {
		t.Errorf("a remark is repeated: %s", meta)
	}
	if _, err := s.Run(t.Context(), answer, backend.TimeRange{}, []byte(`{"by":3}`)); err == nil || !strings.Contains(err.Error(), "by is a number") {
		t.Errorf("a broken query gives %v", err)
	}
}
