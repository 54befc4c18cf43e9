package seasons_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

func columns(f *data.Frame) string {
	list := make([]string, len(f.Fields))
	for i, field := range f.Fields {
		list[i] = field.Name
	}
	return strings.Join(list, " ")
}

// What becomes of the shapes that answers come in.
func TestEndpointRows(t *testing.T) {
	result := object{"subsession_id": 5, "track": object{"track_id": 3}, "session_results": []object{
		{"simsession_number": -1, "results": []object{{"finish_position": 0, "best_lap_time": 915000}, {"finish_position": 1, "best_lap_time": -1}}},
		{"simsession_number": 0, "results": []object{{"finish_position": 0, "best_lap_time": 925000, "livery": object{"car_number": "01"}}}},
	}}
	for _, c := range []struct {
		name    string
		path    string
		body    any
		query   string // added to the path
		columns string
		rows    int
	}{
		{"a list of objects", "/data/car/get", []object{{"car_id": 1}, {"car_id": 2, "car_name": "Two"}}, ``, "car_id car_name", 2},
		{"a list of numbers", "/data/car/get", []int{4, 5, 6}, ``, "value", 3},
		{"an empty list", "/data/car/get", []int{}, ``, "", 0},
		{"nothing", "/data/car/get", json.RawMessage("null"), ``, "", 0},
		{"a single value", "/data/car/get", json.RawMessage("5"), ``, "value", 1},
		{"an object by ids", "/data/car/assets", object{"1": object{"logo": "a"}, "2": object{"logo": "b"}}, ``, "key logo", 2},
		{"an object without lists", "/data/car/assets", object{"a": 1, "b": object{"c": 2, "d": object{"e": 3}}}, ``, "a b.c b.d.e", 1},
		{"the list that holds most", "/data/car/assets", object{"few": []int{1, 2}, "many": []object{{"a": 1, "b": 2}, {"a": 3, "b": 4}, {"a": 5}}}, ``, "a b", 3},
		{"a list in an object", "/data/car/assets", object{"standings": object{"drivers": []object{{"a": 1}}}}, ``, "a", 1},
		{"what few items hold", "/data/results/get", result, ``, "best_lap_time finish_position livery.car_number session_results.simsession_number", 3},
		{"a path through lists", "/data/results/get", result, `,"rows":"session_results.results"`, "best_lap_time finish_position livery.car_number session_results.simsession_number", 3},
		{"the outer list of two", "/data/results/get", result, `,"rows":"session_results"`, "results simsession_number", 2},
		{"an object at a path", "/data/results/get", result, `,"rows":"track"`, "track_id", 1},
		{"a path into a list at the top", "/data/car/get", []object{{"car_id": 1, "colours": []object{{"c": "red"}, {"c": "blue"}}}}, `,"rows":"colours"`, "c parent.car_id", 2},
		{"an empty list at a path", "/data/results/get", object{"session_results": []object{}}, `,"rows":"session_results.results"`, "", 0},
		{"columns by name", "/data/car/get", []object{{"a": 1, "b": 2, "c": 3}}, `,"columns":"C,a"`, "c a", 1},
		{"clothes are left out", "/data/car/get", []object{{"a": 1, "helmet": object{"color1": "fff"}, "suit": object{"x": 1}}}, ``, "a", 1},
		{"unless they are asked for", "/data/car/get", []object{{"a": 1, "helmet": object{"color1": "fff"}}}, `,"columns":["helmet.color1"]`, "helmet.color1", 1},
	} {
		params := ""
		if c.path == "/data/results/get" {
			params = `,"params":[{"name":"subsession_id","value":"5"}]`
		}
		f := mustRun(t, one(t, c.path, c.body), models.KindEndpoint, `{"path":"`+c.path+`"`+params+c.query+`}`)
		if got := columns(f); got != c.columns {
			t.Errorf("%s: the columns are %q, want %q", c.name, got, c.columns)
		}
		if f.Rows() != c.rows {
			t.Errorf("%s: there are %d rows, want %d", c.name, f.Rows(), c.rows)
		}
		if c.rows == 0 && !strings.Contains(notices(f), "no rows") {
			t.Errorf("%s: nothing says why there are no rows", c.name)
		}
	}
}

// Values get types, units and a count from 1 by what iRacing calls them.
func TestEndpointValues(t *testing.T) {
	body := object{"results": []object{
		{
			"best_lap_time": 915000, "average_lap": 0, "interval": 1234, "finish_position": 0, "starting_position": -1, "race_week_num": 3, "start_time": "2026-05-20T12:00:00Z",
			"member_since": "2020-04-01", "mixed": 5, "flag": true, "nothing": nil, "cars": []object{{"car_type": "gt3"}, {"car_type": "gt4"}}, "splits": []object{{"a": 1, "b": 2}},
			"practice_length": 20, "best_qual_lap_at": "1970-01-01T00:00:00Z", "name": "x", "precip_chance": 30, "position": 0,
		},
		{"best_lap_time": -1, "average_lap": 920001, "interval": -1, "finish_position": 4, "start_time": nil, "mixed": "five", "flag": false, "member_since": "2021-01-01", "position": 4},
	}}
	f := mustRun(t, one(t, "/data/results/get", body), models.KindEndpoint, `{"path":"/data/results/get","params":[{"name":"subsession_id","value":"5"}]}`)
	nan := math.NaN()
	for _, c := range []struct {
		column string
		values [2]float64
		unit   string
	}{
		{"best_lap_time", [2]float64{91.5, nan}, "suffix:s"},
		{"average_lap", [2]float64{nan, 92.0001}, "suffix:s"},
		{"interval", [2]float64{0.1234, nan}, "suffix:s"},
		{"finish_position", [2]float64{1, 5}, "none"},
		{"position", [2]float64{1, 5}, "none"},
		{"starting_position", [2]float64{nan, nan}, "none"},
		{"race_week_num", [2]float64{3, nan}, "none"},
		{"practice_length", [2]float64{20, nan}, "m"},
		{"precip_chance", [2]float64{30, nan}, "percent"},
	} {
		for row, want := range c.values {
			if got := num(t, f, c.column, row); got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
				t.Errorf("%s of row %d is %v, want %v", c.column, row, got, want)
			}
		}
		if unit := column(t, f, c.column).Config.Unit; unit != c.unit {
			t.Errorf("%s has the unit %q, want %q", c.column, unit, c.unit)
		}
	}
	for name, want := range map[string]string{"mixed": "5", "cars": "gt3, gt4", "splits": "1 item"} {
		if got := str(t, f, name, 0); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if start := column(t, f, "start_time").At(0).(*time.Time); !start.Equal(at("2026-05-20 12:00")) || !column(t, f, "start_time").NilAt(1) {
		t.Errorf("it starts at %v", start)
	}
	if since := column(t, f, "member_since").At(1).(*time.Time); !since.Equal(at("2021-01-01 00:00")) {
		t.Errorf("a date is %v", since)
	}
	if !column(t, f, "best_qual_lap_at").NilAt(0) || column(t, f, "flag").Type() != data.FieldTypeNullableBool || column(t, f, "nothing").Type() != data.FieldTypeNullableString {
		t.Errorf("the columns are %v", f.Fields)
	}
	if title := column(t, f, "race_week_num").Config.DisplayNameFromDS; title != "Race week num (from 0)" {
		t.Errorf("a week that counts from 0 is called %q", title)
	}

	// Elsewhere positions are what they are, and the interval of a lap chart is milliseconds or laps.
	f = mustRun(t, one(t, "/data/league/season_standings", object{"rows": []object{{"position": 1, "interval": -300, "interval_units": "ms"}}}), models.KindEndpoint,
		`{"path":"/data/league/season_standings","params":[{"name":"league_id","value":"1"},{"name":"season_id","value":"2"}]}`)
	if num(t, f, "position", 0) != 1 || num(t, f, "interval", 0) != -300 {
		t.Errorf("the row is %v", f.RowCopy(0))
	}
}

func TestEndpointCSV(t *testing.T) {
	csv := "\ufeffDRIVER,CUSTID,LOCATION,STARTS,CLASS\n\"Quill, Bruno\",700002,DE,12,A 4.99\nAda Moss,700001,US,,B 2.10\nCleo Finch,700003,FR,7,\n"
	f := mustRun(t, one(t, "/data/driver_stats_by_category/oval", csv), models.KindEndpoint, `{"path":"/data/driver_stats_by_category/oval","limit":2}`)
	if columns(f) != "DRIVER CUSTID LOCATION STARTS CLASS" || f.Rows() != 2 || !strings.Contains(notices(f), "has 3 rows") {
		t.Fatalf("%q with %d rows and the remarks %q", columns(f), f.Rows(), notices(f))
	}
	if name := str(t, f, "DRIVER", 0); strings.Contains(name, "Quill") || str(t, f, "CUSTID", 0) == "700002" {
		t.Errorf("the first is %q", name)
	}
	if str(t, f, "DRIVER", 1) != "Ada Moss" || str(t, f, "CUSTID", 1) != "700001" {
		t.Errorf("the own row is %v", f.RowCopy(1))
	}
	if num(t, f, "STARTS", 0) != 12 || !column(t, f, "STARTS").NilAt(1) || str(t, f, "CLASS", 1) != "B 2.10" {
		t.Errorf("the rows are %v and %v", f.RowCopy(0), f.RowCopy(1))
	}
	f = mustRun(t, one(t, "/data/driver_stats_by_category/oval", "DRIVER,CUSTID\n"), models.KindEndpoint, `{"path":"/data/driver_stats_by_category/oval"}`)
	if f.Rows() != 0 {
		t.Errorf("a file without rows has %d", f.Rows())
	}
}

// peopled is an answer in which people appear in all the ways they do.
func peopled() object {
	return object{"sessions": []object{
		{
			"cust_id": rival, "display_name": "Bruno Quill", "nick_name": "Quilly", "message": "#12 Bruno Quill hit Cleo Finch", "winner_id": 700003, "winner_name": "Cleo Finch",
			"host": object{"cust_id": 700004, "display_name": "Dora Pike"}, "session_name": "Dora Pike's evening", "about": "call me", "group_id": rival, "name": "Bruno Quill",
			"license": object{"group_id": 104097, "group_name": "Class A"}, "farm": object{"farm_id": 9, "display_name": "DE-Fra"}, "owner_id": "700004",
			"cust_ids": []int{rival, 700003}, "email": "b@example.org", "first_name": "Bruno", "weather_url": "https://x.example/f.json?X-Amz-Signature=abc", "award": "Clean",
		},
		{
			"cust_id": me, "display_name": "Ada Moss", "nick_name": "Addy", "message": "fine", "winner_id": 0, "winner_name": "", "team_id": -4001, "team_name": "Quill Racing",
			"drivers": []object{{"display_name": "Evan Rook", "driver_id": 700005}},
		},
		{"team_id": -4001, "display_name": "Quill Racing", "cust_id": -4001, "message": "Quill Racing pits", "stranger_name": "x", "host_name": "Fay Sand"},
	}}
}

func TestEndpointHidesInEveryField(t *testing.T) {
	path := `{"path":"/data/hosted/sessions"}`
	f := mustRun(t, one(t, "/data/hosted/sessions", peopled()), models.KindEndpoint, path)
	b, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"Quill", "Cleo", "Finch", "Dora", "Pike", "Evan", "Rook", "Fay", "70000", "4001", "example.org", "X-Amz", "call me"} {
		text := strings.ReplaceAll(string(b), myself, "")
		if strings.Contains(text, secret) {
			t.Errorf("%q can be read in %s", secret, text)
		}
	}
	if str(t, f, "display_name", 1) != "Ada Moss" || str(t, f, "cust_id", 1) != myself || str(t, f, "nick_name", 1) != "Addy" {
		t.Errorf("the own row is %v", f.RowCopy(1))
	}
	if str(t, f, "farm.display_name", 0) != "DE-Fra" || num(t, f, "license.group_id", 0) != 104097 || str(t, f, "award", 0) != "Clean" {
		t.Errorf("too much is hidden: %v", f.RowCopy(0))
	}
	called := str(t, f, "display_name", 0)
	if message := str(t, f, "message", 0); !strings.Contains(message, called) || str(t, f, "name", 0) != called {
		t.Errorf("one person is called %q, and the message is %q", called, message)
	}
	if key := str(t, f, "cust_id", 0); key != str(t, f, "group_id", 0) || !strings.HasPrefix(key, "~") {
		t.Errorf("one person has the keys %q and %q", key, str(t, f, "group_id", 0))
	}
	if !strings.Contains(notices(f), "pseudonyms") {
		t.Errorf("the remarks are %q", notices(f))
	}

	// With names they are clear, and what is private is not.
	s := source(stand(t, map[string]answer{"/data/hosted/sessions": constant(peopled())}), me, true, now)
	f = mustRun(t, s, models.KindEndpoint, path)
	if str(t, f, "display_name", 0) != "Bruno Quill" || str(t, f, "cust_id", 0) != other || str(t, f, "nick_name", 0) != "Quilly" {
		t.Errorf("with names, the first row is %v", f.RowCopy(0))
	}
	if got := columns(f); strings.Contains(got, "email") || strings.Contains(got, "first_name") || str(t, f, "weather_url", 0) != "https://x.example/f.json" {
		t.Errorf("with names, what is private can be read in %s", got)
	}
}

// Of the own account nobody sees more than the licences.
func TestEndpointMemberInfo(t *testing.T) {
	body := object{
		"cust_id": me, "display_name": "Ada Moss", "first_name": "Ada", "email": "ada@example.org", "account": object{"ir_dollars": 12.5}, "connection_type": "DSL",
		"licenses": object{"oval": object{"irating": 1500}}, "car_packages": []object{{"package_id": 1}, {"package_id": 2}},
	}
	for _, names := range []bool{false, true} {
		s := source(stand(t, map[string]answer{"/data/member/info": constant(body)}), me, names, now)
		if got := columns(mustRun(t, s, models.KindEndpoint, `{"path":"/data/member/info"}`)); got != "cust_id display_name licenses.oval.irating" {
			t.Errorf("names %v: the columns are %q", names, got)
		}
	}
}

// Keys and the word me stand for ids in parameters.
func TestEndpointParams(t *testing.T) {
	var asked url.Values
	client := stand(t, map[string]answer{"/data/member/profile": func(q url.Values) any { asked = q; return object{"success": true} }})
	s := source(client, me, false, now)
	for value, want := range map[string]string{"me": myself, s.People.Key(rival): other, "700009": "700009"} {
		f := mustRun(t, s, models.KindEndpoint, `{"path":"data/member/profile/","params":[{"name":"cust_id","value":"`+value+`"},{"name":"","value":"x"}]}`)
		if asked.Get("cust_id") != want {
			t.Errorf("%q asks for %v", value, asked)
		}
		if strings.Contains(f.Meta.ExecutedQueryString, want) {
			t.Errorf("the id can be read in %q", f.Meta.ExecutedQueryString)
		}
	}
}

func TestEndpointRefuses(t *testing.T) {
	list := []object{{"a": 1}}
	for query, want := range map[string]string{
		`{}`:                    "choose one of the list",
		`{"path":"/etc/hosts"}`: "choose one of the list",
		`{"path":"/data/car/get","params":[{"name":"x","value":"1"}]}`: "no parameter",
		`{"path":"/data/results/get"}`:                                 "needs the parameter subsession_id",
		`{"path":"/data/car/get","limit":-1}`:                          "no number of rows",
		`{"path":"/data/car/get","rows":"b"}`:                          `no list "b"`,
		`{"path":"/data/car/get","columns":"b"}`:                       `no column "b"; there are a`,
	} {
		_, err := run(t, one(t, "/data/car/get", list), models.KindEndpoint, query)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q in it", query, err, want)
		}
	}
	_, err := run(t, one(t, "/data/car/get", object{"cars": list}), models.KindEndpoint, `{"path":"/data/car/get","rows":"b"}`)
	if err == nil || !strings.Contains(err.Error(), "there are cars") {
		t.Errorf("a list that is not there: %v", err)
	}
}

// A long answer is cut, in rows and in columns.
func TestEndpointBounds(t *testing.T) {
	var rows []object
	for i := range 1200 {
		rows = append(rows, object{"i": i})
	}
	f := mustRun(t, one(t, "/data/car/get", rows), models.KindEndpoint, `{"path":"/data/car/get"}`)
	if f.Rows() != 1000 || num(t, f, "i", 999) != 999 || !strings.Contains(notices(f), "has 1200 rows; the first 1000") {
		t.Errorf("there are %d rows with the remarks %q", f.Rows(), notices(f))
	}
	if f := mustRun(t, one(t, "/data/car/get", rows), models.KindEndpoint, `{"path":"/data/car/get","limit":20000}`); f.Rows() != 1200 || !strings.Contains(notices(f), "At most 10000") {
		t.Errorf("there are %d rows with the remarks %q", f.Rows(), notices(f))
	}
	wide := object{}
	for i := range 300 {
		wide[fmt.Sprintf("c%03d", i)] = i
	}
	if f := mustRun(t, one(t, "/data/car/get", []object{wide}), models.KindEndpoint, `{"path":"/data/car/get"}`); len(f.Fields) != 200 || !strings.Contains(notices(f), "300 columns") {
		t.Errorf("there are %d columns with the remarks %q", len(f.Fields), notices(f))
	}
	deep := strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200)
	_, err := run(t, one(t, "/data/car/get", json.RawMessage(deep)), models.KindEndpoint, `{"path":"/data/car/get"}`)
	if e, ok := err.(*iracing.Error); !ok || e.Kind != iracing.BadAnswer { //nolint:errorlint // it is not wrapped
		t.Errorf("an answer that is nested too deeply: %v", err)
	}
}

// Any answer becomes a frame that can be sent, and tells of nobody whose id it names as one.
func FuzzEndpointAnswer(f *testing.F) {
	for _, seed := range []any{peopled(), races(), []any{1, "a", nil, []any{object{"a": 1}}}, object{"1": object{"a": 1}, "2": object{"b": []int{}}}} {
		b, err := json.Marshal(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, "")
	}
	f.Add([]byte(`{"a":[{"b":[{"c":1}]}]}`), "a.b")
	f.Fuzz(func(t *testing.T, body []byte, rows string) {
		if !json.Valid(body) || len(body) > 1<<16 {
			return
		}
		q, err := json.Marshal(models.EndpointQuery{Path: "/data/hosted/sessions", Rows: rows})
		if err != nil {
			return
		}
		answer, err := run(t, one(t, "/data/hosted/sessions", json.RawMessage(body)), models.KindEndpoint, string(q))
		if err != nil {
			return
		}
		b, err := json.Marshal(answer[0])
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains([]string{"", "sessions"}, rows) {
			return
		}
		if strings.Contains(string(b), "X-Amz-Signature") {
			t.Fatal("a signature is in the frame")
		}
	})
}
