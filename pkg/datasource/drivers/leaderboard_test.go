package drivers_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// boardAPI has so many drivers, each a tenth of a second slower than the one before; the own driver is the 21st of them.
func boardAPI(drivers int) map[string]func(url.Values) any {
	answers := api()
	answers["/data/stats/world_records"] = func(p url.Values) any {
		rows := []object{}
		for i := drivers - 1; i >= 0; i-- {
			row := object{
				"cust_id": 800000 + i, "display_name": fmt.Sprintf("Name %d", i), "race_lap_time": 900000 + 1000*i, "race_date": "2026-03-24",
				"license": object{"license_level": 18, "safety_rating": 2.5, "irating": 3000 - i},
			}
			if i == 20 {
				row["cust_id"], row["display_name"] = me, names[me]
			}
			if i == 1 {
				row["race_lap_time"] = 900000 // shares the record
			}
			rows = append(rows, row)
		}
		if p.Get("season_year") == "2026" && p.Get("season_quarter") == "2" {
			rows = []object{{"cust_id": 5, "qualify_lap_time": 880000, "race_lap_time": nil, "license": nil}}
		}
		return append(rows, object{"cust_id": 4, "display_name": "No Lap", "race_lap_time": nil}, object{"cust_id": 3, "race_lap_time": -1})
	}
	return answers
}

func TestLeaderboard(t *testing.T) {
	source := newStand(t, boardAPI(60)).source(t, false)
	f := run(t, source, models.KindLeaderboard, month, `{"car":1,"track":2,"top":3}`)
	expect(t, f, map[string]string{
		"rank":        "1 1 3 16 17 18 19 20 21 22 23 24 25 26",
		"lapTimeText": "1:30.000 1:30.000 1:30.200 1:31.500 1:31.600 1:31.700 1:31.800 1:31.900 1:32.000 1:32.100 1:32.200 1:32.300 1:32.400 1:32.500",
		"gap":         "0 0 0.2 1.5 1.6 1.7 1.8 1.9 2 2.1 2.2 2.3 2.4 2.5",
		"me":          "false false false false false false false false true false false false false false",
	})
	if drivers := texts(t, f, "driver"); drivers[8] != "Ada Moss" || !strings.HasPrefix(drivers[0], "Driver ") {
		t.Errorf("the drivers are %v", drivers)
	}
	js, _ := data.FrameToJSON(f, data.IncludeAll)
	for _, secret := range []string{"Name 1", "800001", "800040"} {
		if strings.Contains(string(js), secret) {
			t.Errorf("the board tells %s", secret)
		}
	}
	// A key of the board is understood as a driver.
	key := texts(t, f, "driverKey")[2]
	f = run(t, source, models.KindLeaderboard, month, `{"car":1,"track":2,"view":"summary","driver":"`+key+`"}`)
	expect(t, f, map[string]string{"rank": "3", "drivers": "60", "lapTimeText": "1:30.200", "recordText": "1:30.000", "gap": "0.2", "date": "2026-03-24T00:00", "percentile": "0.9661", "ratio": "1.00222"})

	// All rows are in the top: each is there once.
	f = run(t, source, models.KindLeaderboard, month, `{"car":1,"track":2}`)
	if f.Rows() != 60 {
		t.Errorf("%d rows", f.Rows())
	}
	f = run(t, source, models.KindLeaderboard, month, `{"car":1,"track":2,"top":18}`)
	if got := texts(t, f, "rank"); len(got) != 26 || got[17] != "18" || got[18] != "19" {
		t.Errorf("the ranks are %v", got)
	}
}

func TestLeaderboardOfOthers(t *testing.T) {
	source := newStand(t, boardAPI(10)).source(t, true)
	f := run(t, source, models.KindLeaderboard, month, `{"car":1,"track":2,"view":"summary"}`)
	expect(t, f, map[string]string{"rank": "-", "drivers": "10", "lapTimeText": "", "lapTime": "-", "recordText": "1:30.000", "gap": "-", "percentile": "-", "date": "-"})
	remarked(t, f, "The driver has no lap in a race")
	f = run(t, source, models.KindLeaderboard, month, `{"car":1,"track":2,"year":"2026","quarter":"2","event":"qualify"}`)
	expect(t, f, map[string]string{"rank": "1", "lapTimeText": "1:28.000", "irating": "-", "licence": "", "driver": "Driver 5"})
	for _, view := range []string{"rows", "summary", "spread"} {
		f = run(t, source, models.KindLeaderboard, month, `{"car":1,"track":2,"year":"2026","quarter":"2","view":"`+view+`"}`)
		if f.Rows() != 0 {
			t.Errorf("%s: %d rows", view, f.Rows())
		}
		remarked(t, f, "Nobody has a lap in a race in this car on this track in season 2 of 2026")
	}
	// Nobody knows who the own driver is: the board is there all the same.
	source.Me = func(context.Context) (int64, error) { return 0, &iracing.Error{Kind: iracing.NoCredentials} }
	f = run(t, source, models.KindLeaderboard, month, `{"car":1,"track":2}`)
	if f.Rows() != 10 || remarks(f) != "" {
		t.Errorf("%d rows, %s", f.Rows(), remarks(f))
	}
	if err := fails(t, source, models.KindRaceHistory, `{}`); !ask.Is(err, iracing.NoCredentials) {
		t.Errorf("the races of nobody: %v", err)
	}
}

func TestLeaderboardSpread(t *testing.T) {
	for _, drivers := range []int{1, 2, 21, 60, 500} {
		f := run(t, newStand(t, boardAPI(drivers)).source(t, false), models.KindLeaderboard, month, `{"car":1,"track":2,"view":"spread"}`)
		if n := f.Rows(); n < 1 || n > 41 {
			t.Errorf("%d drivers are in %d buckets", drivers, n)
		}
		sum, own := 0.0, 0
		from, _ := f.FieldByName("from")
		for i := range f.Rows() {
			for _, name := range []string{"drivers", "own"} {
				field, _ := f.FieldByName(name)
				v, _ := field.ConcreteAt(i)
				sum += v.(float64)
				if name == "own" && v.(float64) > 0 {
					own++
				}
			}
			if a, _ := from.ConcreteAt(i); i > 0 {
				if b, _ := from.ConcreteAt(i - 1); a.(float64) <= b.(float64) {
					t.Errorf("bucket %d begins at %v, the one before at %v", i, a, b)
				}
			}
		}
		if want := one(drivers > 20); int(sum) != drivers || own != want {
			t.Errorf("%d drivers: the buckets hold %v, %d of them with the own driver", drivers, sum, own)
		}
	}
	f := run(t, newStand(t, boardAPI(60)).source(t, false), models.KindLeaderboard, month, `{"car":1,"track":2,"view":"spread"}`)
	expect(t, f, map[string]string{
		"lap":     "1:30.000 1:30.200 1:30.400 1:30.600 1:30.800 1:31.000 1:31.200 1:31.400 1:31.600 1:31.800 1:32.000 1:32.200 1:32.400 1:32.600 1:32.800 1:33.000 1:33.200 1:33.400 1:33.600 1:33.800 1:34.000 1:34.200 1:34.400 1:34.600 1:34.800 1:35.000 1:35.200 1:35.400 1:35.600 slower",
		"drivers": "2 2 2 2 2 2 2 2 2 2 0 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2",
	})
}
