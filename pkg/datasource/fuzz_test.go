package datasource_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibttest"
)

// Whatever Grafana hands on as a query is answered with frames that fit a panel or with an error in words.
func FuzzQuery(f *testing.F) {
	dir := f.TempDir()
	ibttest.Drive{Laps: []float64{20}}.Write(f, dir)
	f.Setenv("XDG_CACHE_HOME", f.TempDir())
	settings, err := json.Marshal(models.Settings{TelemetryURL: dir})
	if err != nil {
		f.Fatal(err)
	}
	inst, err := datasource.New(f.Context(), backend.DataSourceInstanceSettings{JSONData: settings})
	if err != nil {
		f.Fatal(err)
	}
	d := inst.(*datasource.Datasource)
	f.Cleanup(d.Dispose)
	for _, kind := range []string{"sessions", "laps", "trace"} {
		for _, body := range []string{
			``, `null`, `{`, `[]`, `{"session":"latest","laps":["all",2,"1.1"],"channels":"Speed,TrackX,Gear","x":"time"}`,
			`{"channels":["Speed"],"laps":"last","x":"distanceAsTime","reference":{"session":"latest","lap":"best"}}`,
			`{"only":"valid","inRange":true,"car":"x"}`,
		} {
			f.Add(kind, []byte(body), int64(1000), int64(0), int64(3600))
		}
	}
	f.Fuzz(func(t *testing.T, kind string, body []byte, points, from, length int64) {
		start := time.Unix(from, 0)
		res, err := d.QueryData(t.Context(), &backend.QueryDataRequest{Queries: []backend.DataQuery{{
			RefID: "A", QueryType: kind, JSON: body, MaxDataPoints: points,
			TimeRange: backend.TimeRange{From: start, To: start.Add(time.Duration(length) * time.Second)},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		answer := res.Responses["A"]
		if answer.Error != nil {
			if answer.Error.Error() == "" || answer.Status == backend.StatusInternal {
				t.Fatalf("status %d, error %q", answer.Status, answer.Error)
			}
			return
		}
		for _, frame := range answer.Frames {
			rows, err := frame.RowLen()
			if err != nil || rows > 25_000 || len(frame.Fields) > 10_000 {
				t.Fatalf("%d rows of %d fields, %v", rows, len(frame.Fields), err)
			}
		}
	})
}
