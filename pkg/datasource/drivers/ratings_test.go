package drivers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// ratingAPI holds histories: sports car since the split, road before it, an oval licence that never moved.
func ratingAPI() map[string]func(url.Values) any {
	answers := api()
	points := func(days map[string]int) []object {
		list := []object{}
		for when, value := range days {
			list = append(list, object{"when": when, "value": value})
		}
		slices.SortFunc(list, func(a, b object) int { return strings.Compare(a["when"].(string), b["when"].(string)) })
		return list
	}
	charts := map[string]map[string]int{
		"5/1": {"2024-03-20": 1700, "2026-04-01": 1600, "2026-05-01": 1550, "2026-05-10": 1510},
		"2/1": {"2020-01-01": 1350, "2023-06-01": 1680},
		"1/1": {"2020-01-01": 1350},
		"5/3": {"2024-03-20": 3499, "2026-04-01": 4250, "2026-05-10": 4239},
		"5/2": {"2026-05-11": 1360},
	}
	answers["/data/member/chart_data"] = func(p url.Values) any {
		key := p.Get("category_id") + "/" + p.Get("chart_type")
		if p.Get("category_id") == "6" {
			return object{"blackout": true, "data": []object{}}
		}
		if p.Get("category_id") == "4" {
			return status(http.StatusBadRequest) // a category that is gone
		}
		return object{"blackout": false, "data": points(charts[key])}
	}
	answers["/data/member/profile"] = func(url.Values) any {
		return object{
			"member_info": object{"cust_id": me, "licenses": licences()},
			"license_history": []object{
				{"category_id": 5, "license_level": 13, "safety_rating": 1.9, "irating": 1600},
				{"category_id": 2, "license_level": 12, "safety_rating": 3.9, "irating": 1900},
			},
		}
	}
	return answers
}

func TestRatingHistory(t *testing.T) {
	source := newStand(t, ratingAPI()).source(t, false)
	f := run(t, source, models.KindRatingHistory, month, `{}`)
	// The line begins with what the rating was and ends with what it is, which the history does not tell yet.
	expect(t, f, map[string]string{
		"time":       "2026-04-20T12:00 2026-05-01T00:00 2026-05-10T00:00 2026-05-20T12:00",
		"sports_car": "1600 1550 1510 1525",
	})
	if len(f.Fields) != 2 {
		t.Errorf("%d fields", len(f.Fields))
	}
	if f.Meta.Type != data.FrameTypeTimeSeriesWide {
		t.Errorf("the frame is of type %s", f.Meta.Type)
	}
	remarked(t, f, "hides the history of Formula car")

	// A category that was asked for is shown although it never moved, and road ends where it was split, with copies of it.
	f = run(t, source, models.KindRatingHistory, years(2019), `{"categories":["oval","road","sports_car"]}`)
	expect(t, f, map[string]string{
		"time":       "2019-05-20T12:00 2020-01-01T00:00 2023-06-01T00:00 2024-03-05T00:00 2024-03-20T00:00 2026-04-01T00:00 2026-05-01T00:00 2026-05-10T00:00 2026-05-20T12:00",
		"oval":       "- 1350 1350 1350 1350 1350 1350 1350 1350",
		"road":       "- 1350 1680 1680 - - - - -",
		"sports_car": "- - - 1680 1700 1600 1550 1510 1525",
	})
	// So it is without a choice, but for the one that never moved.
	f = run(t, source, models.KindRatingHistory, years(2019), `{}`)
	expect(t, f, map[string]string{"road": "- 1350 1680 1680 - - - - -"})
	if _, i := f.FieldByName("oval"); i >= 0 {
		t.Error("a rating that never moved is shown")
	}
	if _, i := f.FieldByName("dirt_oval"); i >= 0 {
		t.Error("a rating without a point is shown")
	}
}

func years(since int) backend.TimeRange {
	return backend.TimeRange{From: now.AddDate(since-now.Year(), 0, 0), To: now}
}

// In the past, a line ends with what the rating was then.
func TestRatingHistoryOfThePast(t *testing.T) {
	s := newStand(t, ratingAPI())
	past := backend.TimeRange{From: time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 4, 3, 0, 0, 0, 0, time.UTC)}
	f := run(t, s.source(t, false), models.KindRatingHistory, past, `{"categories":["sports_car"]}`)
	expect(t, f, map[string]string{"time": "2026-04-02T00:00 2026-04-03T00:00", "sports_car": "1600 1600"})
	if got := s.requests("member/get"); len(got) > 0 {
		t.Errorf("asked for the licence of today: %v", got)
	}
	before := backend.TimeRange{From: past.From.AddDate(-10, 0, 0), To: past.To.AddDate(-10, 0, 0)}
	f = run(t, s.source(t, false), models.KindRatingHistory, before, `{"categories":["sports_car"]}`)
	expect(t, f, map[string]string{"time": "", "sports_car": ""})
	remarked(t, f, "no history of this rating")
}

func TestSafetyRatingHistory(t *testing.T) {
	source := newStand(t, ratingAPI()).source(t, false)
	f := run(t, source, models.KindRatingHistory, years(2024), `{"rating":"safety","categories":["sports_car"]}`)
	expect(t, f, map[string]string{"sports_car": "3.998 4.5 4.478 4.482"})
	// A reader sees licences, at the points and along the axis.
	shown := f.Fields[1].Config.Mappings[0].(data.ValueMapper)
	for value, want := range map[string]string{"3.998": "C 4.99", "4.5": "B 2.50", "4.478": "B 2.39", "4.482": "B 2.41", "4": "B 0.00", "3.25": "C 1.25", "4.75": "B 3.75", "3.95": "C 4.75", "3.2": "C 1.00", "5": "A 0.00"} {
		if shown[value].Text != want {
			t.Errorf("%s reads as %q, want %q", value, shown[value].Text, want)
		}
	}
	f = run(t, source, models.KindRatingHistory, month, `{"rating":"tt"}`)
	expect(t, f, map[string]string{"time": "2026-04-20T12:00 2026-05-11T00:00 2026-05-20T12:00", "sports_car": "- 1360 1350"})
}

func TestRatingHistoryThatFails(t *testing.T) {
	answers := ratingAPI()
	answers["/data/member/chart_data"] = func(url.Values) any { return status(http.StatusForbidden) }
	if err := fails(t, newStand(t, answers).source(t, false), models.KindRatingHistory, `{}`); !ask.Is(err, iracing.Forbidden) {
		t.Errorf("the error is %v", err)
	}
	answers["/data/member/chart_data"] = nil
	if err := fails(t, newStand(t, answers).source(t, false), models.KindRatingHistory, `{}`); !ask.Is(err, iracing.NotFound) {
		t.Errorf("the error is %v", err)
	}
}

func TestCurrentRatings(t *testing.T) {
	source := newStand(t, ratingAPI()).source(t, false)
	f := run(t, source, models.KindRatingHistory, month, `{"view":"current"}`)
	expect(t, f, map[string]string{
		"category": "Oval Sports car", "licence": "R 2.50 B 2.41", "irating": "- 1525", "iratingSeason": "- -75", "safetyRating": "2.5 2.41", "ttRating": "1350 1350",
		"cpi": "- 31.5", "promotionRaces": "0 3", "promotionTrials": "0 1", "class": "Rookie Class B", "licenceLevel": "1.5 4.482", "categoryId": "1 5",
	})
	licence, _ := f.FieldByName("licence")
	if got := fmt.Sprint(licence.Config.Mappings); !strings.Contains(got, "#00c702") || !strings.Contains(got, "#fc0706") {
		t.Errorf("the licences are coloured %s", got)
	}
	f = run(t, source, models.KindRatingHistory, month, `{"view":"current","categories":["dirt_oval"]}`)
	expect(t, f, map[string]string{"category": ""})
	remarked(t, f, "no licence of this driver in Dirt oval")
}
