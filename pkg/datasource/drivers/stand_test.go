package drivers_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"go.uber.org/goleak"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/drivers"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/replay"
	"github.com/apexobs/iracing-grafana-observability/pkg/people"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The people of the tests.
const (
	me    = 700001
	rival = 700002
	third = 700003
)

var names = map[int64]string{me: "Ada Moss", rival: "Bruno Quill", third: "Cleo Finch"}

var (
	now   = time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC)
	month = backend.TimeRange{From: now.AddDate(0, -1, 0), To: now}
	year  = backend.TimeRange{From: now.AddDate(-1, 0, 0), To: now}
)

// object is a JSON object.
type object = replay.Object

// stand answers as iRacing does, from functions by the path. A function that answers nil knows nothing of what was asked,
// and one that answers a status refuses it.
type stand struct {
	*httptest.Server
	mu      sync.Mutex
	answers map[string]func(url.Values) any
	asked   []string
}

type status = replay.Status

func newStand(t testing.TB, answers map[string]func(url.Values) any) *stand {
	t.Helper()
	s := &stand{answers: maps.Clone(answers)}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *stand) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked = append(s.asked, r.URL.Path+"?"+r.URL.Query().Encode())
	answer := s.answers[r.URL.Path]
	s.mu.Unlock()
	replay.Answers{r.URL.Path: answer}.ServeHTTP(w, r)
}

// requests are those whose text contains a part.
func (s *stand) requests(part string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for _, r := range s.asked {
		if strings.Contains(r, part) {
			list = append(list, r)
		}
	}
	return list
}

// source is a data source of the own driver.
func (s *stand) source(t testing.TB, showNames bool) *ask.Source {
	t.Helper()
	client := iracing.New(replay.Options(s.URL))
	t.Cleanup(client.Close)
	return sourceOf(client, showNames, me)
}

func sourceOf(api iracing.Source, showNames bool, own int64) *ask.Source {
	return &ask.Source{
		API: api, People: people.New(showNames, own, []byte("tests")), Now: func() time.Time { return now },
		Me: func(context.Context) (int64, error) { return own, nil },
	}
}

// run answers a query as the data source does.
func run(t testing.TB, s *ask.Source, kind models.Kind, rng backend.TimeRange, query string) *data.Frame {
	t.Helper()
	frames, err := s.Run(t.Context(), drivers.Kinds()[kind], rng, []byte(query))
	if err != nil {
		t.Fatalf("%s %s: %v", kind, query, err)
	}
	if len(frames) != 1 {
		t.Fatalf("%s %s: %d frames", kind, query, len(frames))
	}
	return frames[0]
}

// fails answers a query that is wrong.
func fails(t testing.TB, s *ask.Source, kind models.Kind, query string) error {
	t.Helper()
	frames, err := s.Run(t.Context(), drivers.Kinds()[kind], month, []byte(query))
	if err == nil {
		t.Fatalf("%s %s: no error but %d frames", kind, query, len(frames))
	}
	return err
}

// texts are the values of a field as a reader of a table would write them; null is a dash.
func texts(t testing.TB, f *data.Frame, name string) []string {
	t.Helper()
	field, i := f.FieldByName(name)
	if i < 0 {
		t.Fatalf("the frame has no field %s", name)
	}
	list := make([]string, field.Len())
	for i := range list {
		v, ok := field.ConcreteAt(i)
		switch v := v.(type) {
		case float64:
			list[i] = strconv.FormatFloat(v, 'f', -1, 64)
		case time.Time:
			list[i] = v.UTC().Format("2006-01-02T15:04")
		default:
			list[i] = fmt.Sprint(v)
		}
		if !ok {
			list[i] = "-"
		}
	}
	return list
}

// expect compares the values of fields.
func expect(t testing.TB, f *data.Frame, want map[string]string) {
	t.Helper()
	for name, values := range want {
		if got := strings.Join(texts(t, f, name), " "); got != values {
			t.Errorf("%s is\n%s, want\n%s", name, got, values)
		}
	}
}

// remarks are the texts that Grafana shows at the corner of the panel.
func remarks(f *data.Frame) string {
	var list []string
	for _, n := range f.Meta.Notices {
		list = append(list, n.Text)
	}
	return strings.Join(list, "\n")
}

func remarked(t testing.TB, f *data.Frame, part string) {
	t.Helper()
	if !strings.Contains(remarks(f), part) {
		t.Errorf("no remark says %q; there are:\n%s", part, remarks(f))
	}
}

// driven is one race of the season that the stand holds.
type driven struct {
	id     int64
	start  time.Time
	track  string
	car    string
	hosted bool
	team   bool
	order  []int64 // of the finish; grid is the other way round
	class  int64   // of the rival; 0 is everybody's
	best   int64   // of the winner, in 1/10000 s; each place is 1 % slower
	rating int     // the own iRating before
}

func place(order []int64, who int64) int { return slices.Index(order, who) }

// season is what the stand holds: the own driver's races of half a year.
var season = []driven{
	{id: 9001, start: now.AddDate(0, -6, 0), track: "Old Pier", car: "Roadster", order: []int64{rival, third, me}, best: 600000, rating: 1400},
	{id: 9002, start: now.AddDate(0, 0, -20), track: "Ridge Park", car: "Roadster", order: []int64{me, rival, third}, best: 900000, rating: 1450},
	{id: 9003, start: now.AddDate(0, 0, -12), track: "Ridge Park", car: "Formula Six", order: []int64{rival, me, third}, best: 800000, rating: 1500, class: 5},
	{id: 9004, start: now.AddDate(0, 0, -5), track: "Old Pier", car: "Roadster", order: []int64{third, rival, me}, best: 610000, rating: 1520},
	{id: 9005, start: now.AddDate(0, 0, -4), track: "Old Pier", car: "Prototype", order: []int64{me, rival}, best: 590000, rating: 1490, team: true},
	{id: 9006, start: now.AddDate(0, 0, -3), track: "Ridge Park", car: "Roadster", order: []int64{me, third}, best: 910000, hosted: true},
}

func carID(name string) int64   { return int64(len(name)) }
func trackID(name string) int64 { return int64(len(name)) * 10 }

// api is the season as iRacing tells it.
func api() map[string]func(url.Values) any {
	return map[string]func(url.Values) any{
		"/data/member/get": func(p url.Values) any {
			var list []object
			for id := range strings.SplitSeq(p.Get("cust_ids"), ",") {
				n, _ := strconv.ParseInt(id, 10, 64)
				if names[n] != "" {
					list = append(list, object{"cust_id": n, "display_name": names[n], "member_since": "2025-01-10", "licenses": licences()})
				}
			}
			return object{"success": true, "members": list}
		},
		"/data/results/search_series": func(p url.Values) any { return found(p, false) },
		"/data/results/search_hosted": func(p url.Values) any { return found(p, true) },
		"/data/results/get": func(p url.Values) any {
			for _, d := range season {
				if p.Get("subsession_id") == strconv.FormatInt(d.id, 10) {
					return d.result()
				}
			}
			return nil
		},
		"/data/stats/member_recent_races": func(url.Values) any { return object{"races": []object{}} },
	}
}

func licences() []object {
	return []object{
		{"category_id": 5, "license_level": 14, "safety_rating": 2.41, "irating": 1525, "tt_rating": 1350, "cpi": 31.5, "mpr_num_races": 3, "mpr_num_tts": 1, "group_name": "Class B"},
		{"category_id": 1, "license_level": 2, "safety_rating": 2.5, "tt_rating": 1350, "group_name": "Rookie"},
	}
}

// found is what a search for a driver tells.
func found(p url.Values, hosted bool) any {
	who, _ := strconv.ParseInt(p.Get("cust_id"), 10, 64)
	begin, _ := time.Parse(time.RFC3339, p.Get("start_range_begin"))
	end, err := time.Parse(time.RFC3339, p.Get("start_range_end"))
	if err != nil {
		end = now.AddDate(100, 0, 0)
	}
	rows := []object{}
	for _, d := range season {
		at := place(d.order, who)
		if at < 0 || d.hosted != hosted || d.start.Before(begin) || !d.start.Before(end) {
			continue
		}
		row := object{
			"subsession_id": d.id, "start_time": d.start.Format(time.RFC3339), "end_time": d.start.Add(40 * time.Minute).Format(time.RFC3339),
			"license_category_id": 5, "num_drivers": len(d.order), "event_best_lap_time": d.best, "event_laps_complete": 10, "driver_changes": d.team,
			"track": object{"track_id": trackID(d.track), "track_name": d.track + " ", "config_name": "N/A"}, "cust_id": who, "car_id": carID(d.car), "car_name": d.car,
			"car_class_id": d.classOf(who), "car_class_name": "Class", "starting_position": len(d.order) - 1 - at, "starting_position_in_class": len(d.order) - 1 - at,
			"finish_position": at, "finish_position_in_class": at, "laps_complete": 10, "laps_led": 10 * one(at == 0), "incidents": 2 * at, "champ_points": 100 - at, "drop_race": false,
		}
		if hosted {
			row["private_session_id"], row["session_name"], row["league_id"] = 1, names[rival]+"'s evening", 0
			row["host"] = object{"cust_id": rival, "display_name": names[rival]}
			row["race_length"], row["race_laps"], row["event_strength_of_field"] = 0, 10, -1
		} else {
			row["series_id"], row["series_name"], row["season_id"], row["race_week_num"], row["official_session"] = 31, "Clubman Cup", 310, 0, true
			row["event_type"], row["event_strength_of_field"] = 5, 1700
		}
		rows = append(rows, row)
	}
	return rows
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func (d driven) classOf(who int64) int64 {
	if who == rival && d.class != 0 {
		return d.class
	}
	return 4
}

// result is what /data/results/get tells.
func (d driven) result() object {
	rows := []object{}
	for at, who := range d.order {
		best := d.best + int64(at)*d.best/100
		row := object{
			"cust_id": who, "display_name": names[who], "finish_position": at, "finish_position_in_class": at, "starting_position": len(d.order) - 1 - at,
			"starting_position_in_class": len(d.order) - 1 - at, "car_id": carID(d.car), "car_name": d.car, "car_class_id": d.classOf(who), "car_class_name": "Class",
			"best_lap_time": best, "average_lap": best + 10000, "laps_complete": 10, "laps_lead": 10 * one(at == 0), "incidents": 2 * at, "champ_points": 100 - at,
			"oldi_rating": d.rating, "newi_rating": d.rating + 30 - 30*at, "old_license_level": 14, "new_license_level": 14, "old_sub_level": 230, "new_sub_level": 241 - 20*at,
		}
		if d.hosted {
			row["oldi_rating"], row["newi_rating"] = -1, -1
		}
		if d.team {
			row["team_id"], row["display_name"], row["driver_results"] = -600000-at, "Team", []object{{
				"cust_id": who, "display_name": names[who], "team_id": -600000 - at, "finish_position": at, "finish_position_in_class": at, "laps_complete": 4, "laps_lead": 0,
				"incidents": 1, "best_lap_time": best + 5000, "average_lap": best + 20000, "oldi_rating": d.rating, "newi_rating": d.rating + 11,
				"old_license_level": 14, "new_license_level": 17, "old_sub_level": 431, "new_sub_level": 331, "car_class_id": 4,
			}}
			row["oldi_rating"], row["newi_rating"] = -1, -1
			delete(row, "cust_id")
		}
		rows = append(rows, row)
	}
	r := object{
		"subsession_id": d.id, "start_time": d.start.Format(time.RFC3339), "end_time": d.start.Add(40 * time.Minute).Format(time.RFC3339), "event_type": 5,
		"license_category_id": 5, "series_id": 31, "series_name": "Clubman Cup", "season_id": 310, "season_year": 2026, "season_quarter": 2, "race_week_num": 0,
		"track": object{"track_id": trackID(d.track), "track_name": d.track, "config_name": ""}, "official_session": !d.hosted, "driver_changes": d.team, "event_strength_of_field": 1700,
		"session_results": []object{{"simsession_number": 0, "simsession_type": 6, "simsession_name": "RACE", "results": rows}},
	}
	if d.hosted {
		r["season_id"], r["host_id"], r["session_name"], r["private_session_id"] = 0, rival, names[rival]+"'s evening", 1
	}
	return r
}
