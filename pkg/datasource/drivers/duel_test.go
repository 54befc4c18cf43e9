package drivers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
)

func TestHeadToHead(t *testing.T) {
	s := newStand(t, api())
	source := s.source(t, true)
	f := run(t, source, models.KindHeadToHead, year, `{"rival":"700002"}`)
	expect(t, f, map[string]string{
		"subsession":         "9005 9004 9003 9002 9001",
		"ahead":              "Ada Moss Bruno Quill  Ada Moss Bruno Quill", // on the 8th they drove in different classes
		"finish":             "1 3 2 1 3",
		"rivalFinish":        "2 2 1 2 1",
		"places":             "1 -1 - 1 -2",
		"sameClass":          "true true false true true",
		"bestLapDelta":       "-0.00982 0.0099 - -0.0099 0.02", // in the team race of the drivers' own laps
		"iratingExchanged":   "- -33.3333 - 33.3333 -33.3333",
		"iratingChange":      "11 -30 0 30 -30",
		"rivalIratingChange": "11 0 30 0 30",
		"bestLapText":        "0:59.500 1:02.220 1:20.800 1:30.000 1:01.200",
		"rivalBestLapText":   "1:00.090 1:01.610 1:20.000 1:30.900 1:00.000",
	})
	if title := f.Fields[4].Config.DisplayNameFromDS; title != "Ada Moss" {
		t.Errorf("the own finish is under %q", title)
	}

	f = run(t, source, models.KindHeadToHead, year, `{"rival":"700002","view":"summary"}`)
	expect(t, f, map[string]string{
		"driver": "Ada Moss", "rival": "Bruno Quill", "meetings": "5", "ahead": "2", "behind": "2", "share": "0.5", "places": "-0.25", "tracks": "2",
		"iratingExchanged": "-33.3333", "first": "2025-11-20T12:00", "last": "2026-05-16T12:00", "rivalKey": "700002",
	})
	remarked(t, f, "1 meeting in different classes or one car count for neither")

	f = run(t, source, models.KindHeadToHead, year, `{"rival":"700002","view":"score"}`)
	expect(t, f, map[string]string{"score": "-1 0 0 -1 0", "ahead": "0 1 1 1 2", "behind": "1 1 1 2 2"})
	if f.Meta.Type != data.FrameTypeTimeSeriesWide {
		t.Errorf("the frame is of type %s", f.Meta.Type)
	}

	f = run(t, source, models.KindHeadToHead, month, `{"driver":"700003","rival":"me","hosted":true}`)
	expect(t, f, map[string]string{"subsession": "9006 9004 9003 9002", "ahead": "Ada Moss Cleo Finch Ada Moss Ada Moss"})

	f = run(t, source, models.KindHeadToHead, month, `{"rival":"12"}`)
	expect(t, f, map[string]string{"subsession": ""})
	remarked(t, f, "did not meet")
	f = run(t, source, models.KindHeadToHead, month, `{"rival":"12","view":"summary"}`)
	expect(t, f, map[string]string{"meetings": ""})
}

// Searches alone tell who was ahead where a result cannot be read.
func TestHeadToHeadWithoutResults(t *testing.T) {
	answers := api()
	answers["/data/results/get"] = func(url.Values) any { return status(http.StatusForbidden) }
	f := run(t, newStand(t, answers).source(t, true), models.KindHeadToHead, month, `{"rival":"700002"}`)
	expect(t, f, map[string]string{"subsession": "9005 9004 9003 9002", "finish": "1 3 2 1", "rivalFinish": "2 2 1 2", "sameClass": "false true false true", "bestLapText": "   "})
	remarked(t, f, "missing for 4 meetings")
}

// With names off a rival is known by a key from another panel, and no answer gives away who it is.
func TestHeadToHeadOfPseudonyms(t *testing.T) {
	source := newStand(t, api()).source(t, false)
	key := source.People.Key(rival)
	for _, view := range []string{"meetings", "summary", "score"} {
		f := run(t, source, models.KindHeadToHead, year, `{"rival":"`+key+`","view":"`+view+`"}`)
		js, err := data.FrameToJSON(f, data.IncludeAll)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"Bruno", "Quill", "700002", "700003", "Cleo"} {
			if strings.Contains(string(js), secret) {
				t.Errorf("%s tells %s", view, secret)
			}
		}
		if f.Rows() == 0 || !strings.Contains(string(js), "Ada Moss") || !strings.Contains(string(js), "Driver ") {
			t.Errorf("%s: %d rows", view, f.Rows())
		}
	}
}
