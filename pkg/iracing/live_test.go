package iracing_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/replay"
)

func TestRecordedLive(t *testing.T) {
	api := recorded(t)
	live, err := api.LiveSessions(t.Context(), 0)
	if err != nil || len(live) != 303 || live[0].Subsession != 82501373 || live[0].Week != 4 || live[0].EventType != iracing.EventPractice || live[0].Start.IsZero() {
		t.Errorf("%d sessions go on, %v", len(live), err)
	}
	hosted, err := api.HostedSessions(t.Context())
	if err != nil || len(hosted) == 0 {
		t.Fatal(err)
	}
	h := find(t, hosted, func(s iracing.OpenSession) bool { return s.Subsession == 82360861 })
	if h.Drivers != 2 || h.Places != 43 || h.Race != 20*time.Minute || h.Laps != 0 || !h.Open || h.MinIRating != 0 || h.Limit != time.Hour || h.League.ID != 0 || h.Host.Cust != 100023 {
		t.Errorf("a hosted session: %+v", h)
	}
	league, err := api.LeagueSessions(t.Context())
	if err != nil || len(league) != 12 || league[0].League.Name == "" || league[len(league)-1].Open {
		t.Errorf("%d league sessions, %v", len(league), err)
	}
	entries, err := api.RegisteredDrivers(t.Context(), 84443792)
	if err != nil || len(entries) != 12 || entries[0].Car.Name != "Ray FF1600" || entries[0].IRating <= 0 || entries[0].Licence.String() == "" || entries[0].Event != iracing.EventRace {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}

func TestRecordedPublic(t *testing.T) {
	api := recorded(t)
	s, err := api.ServiceStatus(t.Context())
	if err != nil || len(s.Services) != 25 || len(s.Maintenance) != 1 || s.At.Year() != 2023 {
		t.Fatalf("%d services, %v", len(s.Services), err)
	}
	if first := s.Services[0]; first.Group != "Backend Services" || first.Name != "Login and Authentication" || first.Level != 2 || first.Label != "Okay" || len(first.Samples) != 241 || first.Samples[0].Value != 1 {
		t.Errorf("a service: %s, %s, %d samples", first.Group, first.Name, len(first.Samples))
	}
	list, err := api.TimeAttack(t.Context())
	if err != nil || len(list) != 51 {
		t.Fatalf("%d competitions, %v", len(list), err)
	}
	c := find(t, list, func(c iracing.Competition) bool { return c.Season == 3214 })
	if c.ID != 1001 || c.Class != 74 || !c.Fixed || len(c.Tracks) == 0 || c.End.IsZero() || c.Year != "2023" {
		t.Errorf("a competition: %+v", c)
	}
	results, err := api.TimeAttackResults(t.Context(), 3212)
	if err != nil || len(results) == 0 || !near(results[0].BestLap, 76.2649) || results[0].Rank != 8 || !near(results[0].ToNext, 0.6356) || results[0].Percent != 0.825 {
		t.Errorf("own results: %+v, %v", results, err)
	}
}

// An index that leads elsewhere than to a schedule is refused before anything else is asked for.
func TestTimeAttackIndex(t *testing.T) {
	for body, asked := range map[string]int{`{}`: 1, `{"ta_schedule_filename":"../secret"}`: 1, `{"ta_schedule_filename":5}`: 1, `{"ta_schedule_filename":"missing"}`: 2} {
		requests := 0
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests++
			if r.URL.Path != "/time-attack/time_attack_schedule_index.json" {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			_, _ = io.WriteString(w, body)
		}))
		client := iracing.New(replay.Options(srv.URL))
		list, err := iracing.API{Source: client}.TimeAttack(t.Context())
		if _, ok := errors.AsType[*iracing.Error](err); !ok || requests != asked {
			t.Errorf("%s: %v, %v after %d requests", body, list, err, requests)
		}
		client.Close()
		srv.Close()
	}
}
