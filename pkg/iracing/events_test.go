package iracing_test

import (
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

func TestRecordedEventLog(t *testing.T) {
	events, err := recorded(t).EventLog(t.Context(), 43625377, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(events) != 9 {
		t.Fatalf("%d events", len(events))
	}
	if e := events[1]; e.Code != iracing.EventLeadChange || e.Seq != 51 || !near(e.At, 237.8) || e.Lap != 1 || e.ID != 100233 || e.Cust != 100233 || e.About != "Lead Change" {
		t.Errorf("%+v", e)
	}
	if e := events[0]; e.Code != iracing.EventPenalty || e.ID != 100232 || e.Cust != 0 {
		t.Errorf("%+v", e)
	}
}

func FuzzEventLog(f *testing.F) {
	f.Add(`[{"session_time":2216833,"event_seq":49,"event_code":4,"group_id":5,"lap_number":1},{"event_seq":1e40,"session_time":-1,"lap_number":null}]`)
	f.Fuzz(func(t *testing.T, text string) {
		events, err := iracing.API{Source: body(text)}.EventLog(t.Context(), 7, 0)
		if err != nil {
			return
		}
		for i, e := range events {
			if e.At < 0 || e.Lap < 0 || i > 0 && events[i-1].Seq > e.Seq {
				t.Fatalf("%+v", e)
			}
		}
	})
}
