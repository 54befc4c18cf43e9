package iracing_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

func TestRecordedLapChart(t *testing.T) {
	laps, err := recorded(t).LapChart(t.Context(), 82263872, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(laps) != 297 {
		t.Errorf("%d laps", len(laps))
	}
	i := slices.IndexFunc(laps, func(l iracing.Lap) bool { return l.ID == 100241 && l.Lap == 7 })
	if l := laps[i]; l.LapsDown != 2 || !math.IsNaN(l.Interval) || l.Position != 27 || !near(l.At, 1424.3746) || !near(l.Time, 137.2017) || l.Number != "12" {
		t.Errorf("a lapped car: %+v", l)
	}
	i = slices.IndexFunc(laps, func(l iracing.Lap) bool { return l.ID == 100243 && l.Lap == 7 })
	if l := laps[i]; !math.IsNaN(l.Time) || l.Clean() || !near(l.Interval, 92.883) ||
		!slices.Equal(l.Flags.Words(), []string{"invalid", "pit", "off track", "black flag", "car contact", "lost control", "discontinuity", "tow"}) {
		t.Errorf("a lap that ended in the pits: %+v %v", l, l.Flags.Words())
	}
	if l := laps[0]; l.Lap != 0 || !math.IsNaN(l.Time) || l.LapsDown != 0 {
		t.Errorf("the grid: %+v", l)
	}
	for _, l := range laps {
		if l.Flags&iracing.LapFirst != 0 && (l.Lap != 1 || l.Clean()) {
			t.Errorf("a first lap: %+v", l)
		}
	}
}

func TestRecordedLapData(t *testing.T) {
	api := recorded(t)
	laps, err := api.LapData(t.Context(), 43625377, 0, 100613)
	if err != nil {
		t.Fatal(err)
	}
	if len(laps) != 16 || laps[0].Position != 0 || laps[12].Lap != 12 || !near(laps[12].Time, 105.5325) {
		t.Errorf("%d laps, %+v", len(laps), laps[12])
	}
	laps, err = api.LapData(t.Context(), 43995498, 0, -500060)
	if err != nil {
		t.Fatal(err)
	}
	drivers := map[int64]bool{}
	for _, l := range laps {
		drivers[l.Cust] = true
		if l.ID != -500060 {
			t.Fatalf("a lap of %d", l.ID)
		}
	}
	if len(laps) != 500 || len(drivers) < 2 {
		t.Errorf("%d laps of %d drivers", len(laps), len(drivers))
	}
}

func TestLapRows(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       []iracing.Lap
		bad        bool
	}{
		{"none", `[]`, nil, false},
		{"null", `null`, nil, false},
		{"an object", `{"a":1}`, nil, true},
		{"a text", `"x"`, nil, true},
		{
			"out of order, one of them twice", `[{"cust_id":5,"lap_number":1,"lap_time":900000},{"cust_id":5,"lap_number":0},{"cust_id":5,"lap_number":1,"lap_time":910000}]`,
			[]iracing.Lap{{ID: 5, Cust: 5, At: math.NaN(), Time: math.NaN(), Interval: math.NaN()}, {ID: 5, Cust: 5, Lap: 1, At: math.NaN(), Time: 91, Interval: math.NaN()}},
			false,
		},
		{
			"rows that are no laps", `[7,null,{},{"cust_id":5},{"cust_id":5,"lap_number":-1},{"cust_id":5,"lap_number":1e99},{"lap_number":1},{"cust_id":5,"lap_number":2,"flags":-1,"interval":"far","session_time":-5}]`,
			[]iracing.Lap{{ID: 5, Cust: 5, Lap: 2, At: math.NaN(), Time: math.NaN(), Interval: math.NaN()}},
			false,
		},
		{
			"units of intervals", `[{"cust_id":5,"lap_number":1,"interval":-1500,"interval_units":"ms"},{"cust_id":5,"lap_number":2,"interval":-2,"interval_units":"lap"},
				{"cust_id":5,"lap_number":3,"interval":-2,"interval_units":"furlong"},{"cust_id":5,"lap_number":4,"interval":3,"interval_units":"ms"}]`,
			[]iracing.Lap{
				{ID: 5, Cust: 5, Lap: 1, At: math.NaN(), Time: math.NaN(), Interval: 1.5},
				{ID: 5, Cust: 5, Lap: 2, At: math.NaN(), Time: math.NaN(), Interval: math.NaN(), LapsDown: 2},
				{ID: 5, Cust: 5, Lap: 3, At: math.NaN(), Time: math.NaN(), Interval: math.NaN()},
				{ID: 5, Cust: 5, Lap: 4, At: math.NaN(), Time: math.NaN(), Interval: math.NaN()},
			},
			false,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			laps, err := lapsOf(t.Context(), c.body)
			if e, ok := errors.AsType[*iracing.Error](err); c.bad != (ok && e.Kind == iracing.BadAnswer) {
				t.Fatal(err)
			}
			if !slices.EqualFunc(laps, c.want, func(a, b iracing.Lap) bool {
				same := near(a.At, b.At) && near(a.Time, b.Time) && near(a.Interval, b.Interval)
				a.At, a.Time, a.Interval, b.At, b.Time, b.Interval = 0, 0, 0, 0, 0, 0
				return same && a == b
			}) {
				t.Errorf("%+v", laps)
			}
		})
	}
}

// body is a source with one answer to everything.
type body string

func (b body) Get(context.Context, iracing.Request) (*iracing.Answer, error) {
	return &iracing.Answer{Body: []byte(b)}, nil
}

func lapsOf(ctx context.Context, text string) ([]iracing.Lap, error) {
	return iracing.API{Source: body(text)}.LapChart(ctx, 7, 0)
}

func FuzzLapChart(f *testing.F) {
	f.Add(`[{"group_id":-5,"cust_id":5,"lap_number":3,"session_time":1764000,"lap_time":1319436,"flags":2511,"interval":-92883,"interval_units":"ms","lap_position":25}]`)
	f.Add(`[{"group_id":1e3,"lap_number":"1"},{}]`)
	f.Fuzz(func(t *testing.T, text string) {
		laps, err := lapsOf(t.Context(), text)
		if err != nil {
			return
		}
		for i, l := range laps {
			_ = l.Flags.Words()
			if l.ID == 0 || l.Lap < 0 || l.Position < 0 || l.Time <= 0 || l.Interval < 0 || l.LapsDown < 0 {
				t.Fatalf("%+v", l)
			}
			if i > 0 && laps[i-1].ID == l.ID && laps[i-1].Lap >= l.Lap {
				t.Fatalf("lap %d comes after lap %d", l.Lap, laps[i-1].Lap)
			}
		}
	})
}
