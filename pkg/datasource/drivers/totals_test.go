package drivers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
)

func TestPerCar(t *testing.T) {
	source := newStand(t, api()).source(t, false)
	f := run(t, source, models.KindPerCar, year, `{}`)
	expect(t, f, map[string]string{
		"car": "Roadster Prototype Formula Six", "starts": "3 1 1", "wins": "1 1 0", "winShare": "0.3333 1 0", "podiums": "3 1 1", "poles": "2 0 0",
		"averageFinish": "2.3333 1 2", "averageStart": "1.6667 2 2", "gained": "-0.6667 1 0", "finishPercentile": "0.333 1 0",
		"averageIncidents": "2.6667 1 2", "laps": "30 4 10", "bestLapText": "1:01.200 0:59.500 1:20.800", "iratingChange": "-30 11 0",
		"lastRaced": "2026-05-15T12:00 2026-05-16T12:00 2026-05-08T12:00", "carId": "8 9 11", "points": "296 100 99",
	})
}

func TestPerTrack(t *testing.T) {
	s := newStand(t, api())
	f := run(t, s.source(t, false), models.KindPerTrack, year, `{"hosted":true}`)
	expect(t, f, map[string]string{
		"track": "Ridge Park Old Pier", "starts": "3 3", "wins": "2 1", "lastRaced": "2026-05-17T12:00 2026-05-16T12:00", "trackId": "100 80",
		"bestLapText": "1:20.800 0:59.500", "iratingChange": "30 -49", "lapsLed": "20 0",
	})
	if got := remarks(f); got != "" {
		t.Errorf("remarks: %s", got)
	}
	f = run(t, s.source(t, false), models.KindPerTrack, year, `{"category":"oval"}`)
	expect(t, f, map[string]string{"track": ""})
	remarked(t, f, "There is no race of this driver")
}

// Totals say of how many races they know everything.
func TestTotalsOfUnreadResults(t *testing.T) {
	answers := api()
	answers["/data/results/get"] = func(p url.Values) any {
		if p.Get("subsession_id") == "9004" {
			return status(http.StatusForbidden)
		}
		return season[1].result()
	}
	f := run(t, newStand(t, answers).source(t, false), models.KindPerCar, month, `{}`)
	remarked(t, f, "are those of 3 of the 4 races")
}

func careerAPI() map[string]func(url.Values) any {
	answers := api()
	answers["/data/stats/member_career"] = func(url.Values) any {
		return object{"stats": []object{
			{"category_id": 5, "starts": 10, "wins": 2, "top5": 5, "poles": 1, "avg_start_position": 6, "avg_finish_position": 5, "laps": 200, "laps_led": 50, "avg_incidents": 4.0, "avg_points": 70},
			{"category_id": 1, "starts": 0, "wins": 0},
			{"category_id": 2, "starts": 4, "wins": 0, "laps": 40, "avg_incidents": 0},
		}}
	}
	answers["/data/stats/member_yearly"] = func(url.Values) any {
		return object{"stats": []object{
			{"category_id": 5, "year": 2026, "starts": 6, "wins": 2, "laps": 120, "avg_finish_position": 4, "avg_incidents": 3},
			{"category_id": 1, "year": 2026, "starts": 2, "wins": 0, "laps": 20, "avg_finish_position": 12, "avg_incidents": 7},
			{"category_id": 5, "year": 2025, "starts": 4, "wins": 0, "laps": 80, "avg_finish_position": 8, "avg_incidents": 2},
		}}
	}
	answers["/data/stats/member_recap"] = func(p url.Values) any {
		if p.Get("year") != "2026" {
			return object{"year": 2025, "stats": object{"starts": 0, "favorite_car": nil, "favorite_track": nil}, "season": nil} //nolint:misspell // the spelling of the API
		}
		return object{"year": 2026, "stats": object{
			"starts": 8, "wins": 2, "top5": 4, "avg_start_position": 5, "avg_finish_position": 6, "laps": 140, "laps_led": 14,
			"favorite_car":   object{"car_id": 8, "car_name": "Roadster"},                            //nolint:misspell // the spelling of the API
			"favorite_track": object{"track_id": 1, "track_name": "Old Pier", "config_name": "Long"}, //nolint:misspell // the spelling of the API
		}}
	}
	answers["/data/stats/member_summary"] = func(url.Values) any {
		return object{"this_year": object{"num_official_sessions": 8, "num_league_sessions": 3, "num_league_wins": 1}}
	}
	answers["/data/stats/member_bests"] = func(p url.Values) any {
		cars := []object{{"car_id": 8, "car_name": "Roadster"}, {"car_id": 9, "car_name": "Prototype"}, {"car_id": 10, "car_name": "Van"}}
		lap := func(track string, time int) object {
			return object{"track": object{"track_id": trackID(track), "track_name": track}, "event_type": "Race", "best_lap_time": time, "subsession_id": 9002, "end_time": "2026-05-01T10:00:00Z"}
		}
		switch p.Get("car_id") {
		case "", "8":
			return object{"cars_driven": cars, "car_id": 8, "bests": []object{lap("Ridge Park", 900000), lap("Old Pier", 612000), lap("Old Pier", -1)}}
		case "9":
			return object{"cars_driven": cars, "car_id": 9, "bests": []object{lap("Old Pier", 590000)}}
		}
		return status(http.StatusBadRequest)
	}
	return answers
}

func TestCareer(t *testing.T) {
	s := newStand(t, careerAPI())
	source := s.source(t, false)
	f := run(t, source, models.KindCareer, month, `{}`)
	expect(t, f, map[string]string{
		"category": "Sports car Road", "starts": "10 4", "wins": "2 0", "winShare": "0.2 0", "top5Share": "0.5 0", "ledShare": "0.25 0", "lapsPerIncident": "5 -", "averageFinish": "5 0", "categoryId": "5 2",
	})
	f = run(t, source, models.KindCareer, month, `{"category":"oval"}`)
	expect(t, f, map[string]string{"category": ""})
	remarked(t, f, "no official race of this driver in Oval")

	f = run(t, source, models.KindCareer, month, `{"by":"year"}`)
	expect(t, f, map[string]string{"year": "2025 2026", "starts": "4 8", "wins": "0 2", "winShare": "0 0.25", "laps": "80 140", "averageFinish": "8 6", "averageIncidents": "2 4", "category": "All All"})
	f = run(t, source, models.KindCareer, month, `{"by":"year","category":"oval"}`)
	expect(t, f, map[string]string{"year": "2026", "starts": "2", "category": "Oval"})

	f = run(t, source, models.KindCareer, month, `{"by":"recap"}`)
	expect(t, f, map[string]string{"year": "2026", "starts": "8", "winShare": "0.25", "favouriteCar": "Roadster", "favouriteTrack": "Old Pier, Long", "leagueSessions": "3", "leagueWins": "1", "ledShare": "0.1"})
	past := backend.TimeRange{From: now.AddDate(-2, 0, 0), To: now.AddDate(-1, 0, 0)}
	f = run(t, source, models.KindCareer, past, `{"by":"recap","category":"oval"}`)
	expect(t, f, map[string]string{"year": "2025", "starts": "0", "favouriteCar": "", "leagueSessions": "-", "averageFinish": "-"})
	remarked(t, f, "no official race of this driver in 2025")
	remarked(t, f, "not split these figures by category")

	before := len(s.requests("member_bests"))
	f = run(t, source, models.KindCareer, month, `{"by":"bests"}`)
	expect(t, f, map[string]string{
		"track": "Old Pier Old Pier Ridge Park", "car": "Prototype Roadster Roadster", "lapTimeText": "0:59.000 1:01.200 1:30.000", "lapTime": "59 61.2 90", "carId": "9 8 8", "subsession": "9002 9002 9002",
	})
	remarked(t, f, "The best laps in 1 car are missing")
	if got := s.requests("member_bests")[before:]; len(got) != 3 {
		t.Errorf("asked %s", strings.Join(got, "\n"))
	}
}
