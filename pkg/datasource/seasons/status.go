package seasons

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// Bounds of a status history.
const (
	maxServices = 60
	maxSamples  = 2000
)

// The states of a service. A switch is something that may be on or off without being good or bad.
const (
	stateOkay        = "okay"
	stateDegraded    = "degraded"
	stateDown        = "down"
	stateMaintenance = "maintenance"
	stateOn          = "on"
	stateOff         = "off"
	stateUnknown     = "unknown"
)

// stateMappings colour the states.
//
//nolint:misspell // the SDK's spelling
var stateMappings = data.ValueMappings{data.ValueMapper{
	stateOkay:        {Text: stateOkay, Color: "green", Index: 0},
	stateOn:          {Text: stateOn, Color: "green", Index: 1},
	stateOff:         {Text: stateOff, Color: "gray", Index: 2},
	stateMaintenance: {Text: stateMaintenance, Color: "orange", Index: 3},
	stateDegraded:    {Text: stateDegraded, Color: "orange", Index: 4},
	stateDown:        {Text: stateDown, Color: "red", Index: 5},
	stateUnknown:     {Text: stateUnknown, Color: "gray", Index: 6},
}}

// stateOf is a value of a service in a word. Most services are 1 when they work, 0.5 when half of them does and 0 when
// nothing does; a maintenance mode is 0 when all is well; and one that is neither, such as a feature that is available,
// is a switch.
func stateOf(s *iracing.Service, value float64) string {
	switch {
	case math.IsNaN(value):
		return stateUnknown
	case frames.Contains(s.Name, "maintenance"):
		if value > 0 {
			return stateMaintenance
		}
		return stateOkay
	case frames.Contains(s.About, "disabled"):
		if value > 0 {
			return stateOn
		}
		return stateOff
	case value >= 1:
		return stateOkay
	case value > 0:
		return stateDegraded
	}
	return stateDown
}

// serviceStatus is how iRacing's services are, now or over the last minutes.
func serviceStatus(ctx context.Context, q *ask.Query, query models.ServiceStatusQuery) (data.Frames, error) {
	if query.View != "" && query.View != models.StatusNow && query.View != models.StatusHistory {
		return nil, unknownView(query.View, models.StatusNow, models.StatusHistory)
	}
	status, err := q.API.ServiceStatus(ctx)
	if err != nil {
		return nil, err
	}
	for _, message := range status.Maintenance {
		if message = strings.TrimSpace(message); message != "" {
			q.Warn("iRacing announces: %s", message)
		}
	}
	services := slices.DeleteFunc(slices.Clone(status.Services), func(s iracing.Service) bool {
		return !frames.Contains(s.Name, query.Service) && !frames.Contains(s.Group, query.Service)
	})
	if len(services) == 0 {
		q.Info("Of the %s none passes the filter.", frames.Plural(len(status.Services), "service"))
	}
	if query.View == models.StatusHistory {
		return statusHistory(q, services), nil
	}
	return statusNow(services, status.At), nil
}

// statusRow is a service with its newest value.
type statusRow struct {
	*iracing.Service
	value float64
	state string
	since time.Time
	whole bool // the state has lasted for as long as the page tells
}

func statusNow(services []iracing.Service, at time.Time) data.Frames {
	rows := make([]statusRow, len(services))
	for i := range services {
		s := &services[i]
		row := statusRow{Service: s, value: math.NaN(), state: stateUnknown, whole: true}
		if n := len(s.Samples); n > 0 {
			row.value = s.Samples[n-1].Value
			row.state = stateOf(s, row.value)
			first := n - 1
			for first > 0 && stateOf(s, s.Samples[first-1].Value) == row.state {
				first--
			}
			row.since, row.whole = s.Samples[first].At, first == 0
		}
		rows[i] = row
	}
	cols := frames.Of(rows)
	cols.Text("service", "Service", func(r *statusRow) string { return r.Name })
	cols.Text("group", "Group", func(r *statusRow) string { return r.Group })
	cols.Text("state", "State", func(r *statusRow) string { return r.state }).Config.Mappings = stateMappings
	cols.Text("label", "iRacing's word", func(r *statusRow) string { return r.Label })
	cols.When("since", "Since", func(r *statusRow) time.Time { return r.since })
	cols.Flag("longer", "Or longer", func(r *statusRow) bool { return r.whole })
	cols.Number("value", "Value", frames.Mean, func(r *statusRow) float64 { return r.value })
	cols.Text("about", "What the value means", func(r *statusRow) string { return r.About })
	cols.When("at", "As of", func(*statusRow) time.Time { return at })
	return cols.Frames("status", data.FrameTypeTable)
}

// statusHistory is a time series a service, all on one time axis.
func statusHistory(q *ask.Query, services []iracing.Service) data.Frames {
	services = limited(q, services, maxServices)
	axis := map[int64]int{}
	for i := range services {
		for _, sample := range services[i].Samples {
			axis[sample.At.UnixMilli()] = 0
		}
	}
	times := slices.Sorted(maps.Keys(axis))
	if len(times) > maxSamples {
		q.Info("The newest %d of %d measurements are shown.", maxSamples, len(times))
		times = times[len(times)-maxSamples:]
	}
	clear(axis)
	stamps := make([]time.Time, len(times))
	for i, t := range times {
		axis[t] = i
		stamps[i] = time.UnixMilli(t).UTC()
	}
	fields := []*data.Field{frames.Column("time", "Time", stamps)}
	for i := range services {
		s := &services[i]
		values := make([]float64, len(times))
		for j := range values {
			values[j] = math.NaN()
		}
		for _, sample := range s.Samples {
			if at, ok := axis[sample.At.UnixMilli()]; ok {
				values[at] = sample.Value
			}
		}
		f := frames.NullableNumbers("value", s.Name, values, frames.Mean)
		f.Labels = data.Labels{"service": s.Name, "group": s.Group}
		f.Config.SetMin(0).SetMax(1)
		f.Config.Description = s.About
		f.Config.Mappings = valueMappings(s)
		fields = append(fields, f)
	}
	if len(services) == 0 {
		fields = append(fields, frames.NullableNumbers("value", "Value", nil, frames.Count))
	}
	return data.Frames{frames.New("status", data.FrameTypeTimeSeriesWide, "", fields...)}
}

// valueMappings name and colour the values of a service.
//
//nolint:misspell // the SDK's spelling
func valueMappings(s *iracing.Service) data.ValueMappings {
	mapper := data.ValueMapper{}
	for i, v := range []struct {
		text  string
		value float64
	}{{"0", 0}, {"0.5", 0.5}, {"1", 1}} {
		state := stateOf(s, v.value)
		colour := cmp.Or(stateMappings[0].(data.ValueMapper)[state].Color, "gray")
		mapper[v.text] = data.ValueMappingResult{Text: state, Color: colour, Index: i}
	}
	return data.ValueMappings{mapper}
}
