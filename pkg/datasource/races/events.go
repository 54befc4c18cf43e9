package races

import (
	"context"
	"math"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// maxEvents bounds an event log. A race of a day has some hundreds.
const maxEvents = 5000

// happening is one event with what is worked out about it.
type happening struct {
	iracing.Event
	kind   models.EventKind
	text   string // the message without names
	number string // of the car
	until  float64
	start  time.Time // zero where it is not known
	end    time.Time // of a caution; zero for what has no length
}

func answerEvents(ctx context.Context, q *ask.Query, query models.EventLogQuery) (data.Frames, error) {
	for _, kind := range query.Events {
		switch kind {
		case models.EventPenalty, models.EventCaution, models.EventLeadChange, models.EventOther:
		default:
			return nil, frames.BadQuery("there are no events %.40q; choose penalty, caution, leadChange or other", kind)
		}
	}
	switch query.As {
	case models.EventTable, models.EventLogs, models.EventAnnotations, "":
	default:
		return nil, frames.BadQuery("events are not answered as %.40q; choose table, logs or annotations", query.As)
	}
	v, err := open(ctx, q, query.Subsession, query.Part, "")
	if err != nil {
		return nil, err
	}
	list, err := v.events(ctx)
	if err != nil {
		return nil, err
	}
	if len(query.Events) > 0 {
		list = slices.DeleteFunc(list, func(h happening) bool { return !slices.Contains(query.Events, h.kind) })
	}
	if len(list) > maxEvents {
		q.Info("The first %d of %d events are shown.", maxEvents, len(list))
		list = list[:maxEvents]
	}
	switch query.As {
	case models.EventLogs:
		return data.Frames{v.logs(list)}, nil
	case models.EventAnnotations:
		return data.Frames{v.annotations(list)}, nil
	default:
		return data.Frames{v.eventTable(list)}, nil
	}
}

// events reads the event log of the part.
func (v *view) events(ctx context.Context) ([]happening, error) {
	if v.part == nil {
		return nil, nil
	}
	log, err := v.API.EventLog(ctx, v.result.Subsession, v.part.Number)
	switch {
	case ask.Is(err, iracing.NoCredentials):
		v.Info("An imported result has no event log: it comes from iRacing, which needs an account.")
		return nil, nil
	case ask.Is(err, iracing.Forbidden, iracing.NotFound):
		v.Info("The event log of this session is not to be had: %v.", err)
		return nil, nil
	case err != nil:
		return nil, err
	case len(log) == 0:
		v.Info("iRacing's event log of this session is empty.")
		return nil, nil
	}
	names := v.names()
	for _, e := range log {
		if _, ok := names[e.ID]; !ok {
			names[e.ID] = e.Name
		}
	}
	hide := v.hider(names)
	last := math.NaN()
	list := make([]happening, 0, len(log))
	for _, e := range log {
		h := happening{Event: e, kind: kindOf(e.Code), text: hide.Replace(e.Message), until: math.NaN()}
		if row := v.part.Find(e.ID); row != nil {
			h.number = row.Number
		}
		if !(last >= e.At) {
			last = e.At
		}
		list = append(list, h)
	}
	// The laps tell when the last car crossed the line. Without them the last event does, roughly.
	if c, err := v.chart(ctx); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	} else if c != nil {
		for i := range c.Cars {
			for _, l := range c.Cars[i].Laps {
				if t := c.Cars[i].At(l.Lap); !(last >= t) && !math.IsNaN(t) {
					last = t
				}
			}
		}
	}
	list = closeCautions(list, last)
	zero := v.clock(last)
	at := func(seconds float64) time.Time {
		if math.IsNaN(seconds) || zero.IsZero() {
			return time.Time{}
		}
		return zero.Add(time.Duration(seconds * float64(time.Second)).Round(time.Millisecond))
	}
	for i := range list {
		list[i].start, list[i].end = at(list[i].At), at(list[i].until)
	}
	return list, nil
}

func kindOf(code int64) models.EventKind {
	switch code {
	case iracing.EventPenalty, iracing.EventPenaltyCleared:
		return models.EventPenalty
	case iracing.EventCaution:
		return models.EventCaution
	case iracing.EventLeadChange:
		return models.EventLeadChange
	}
	return models.EventOther
}

// over recognises the end of a caution, which has the same code as its beginning.
var over = regexp.MustCompile(`(?i)\b(ends?|ended|over|green|restart\w*|clear\w*|withdrawn)\b`)

// closeCautions makes one event of the beginning and the end of each caution. One that has no end lasts to that of the
// race.
func closeCautions(list []happening, last float64) []happening {
	var out []happening
	open := -1
	for _, h := range list {
		switch {
		case h.kind != models.EventCaution:
		case open >= 0 && (over.MatchString(h.About+" "+h.Message) || h.About+h.Message == out[open].About+out[open].Message):
			out[open].until, open = h.At, -1
			continue
		case open < 0:
			open = len(out)
		}
		out = append(out, h)
	}
	if open >= 0 && last > out[open].At {
		out[open].until = last
	}
	return out
}

// clock estimates when the session's clock, which all laps and events go by, was at zero. iRacing gives no such time. A
// subsession ends soon after the last car crossed the line for the last time, so a race's clock began that long before
// the end; it cannot have begun before the last qualifying lap ended, which bounds the error. Practice begins with the
// subsession.
func (v *view) clock(last float64) time.Time {
	earliest := v.result.Start
	if !v.race() {
		if v.part != v.result.Practice() {
			v.Info("The times are counted from the start of the whole session, as iRacing does not tell when this part of it began.")
		}
		return earliest
	}
	if qualify := v.result.Qualify(); qualify != nil {
		for i := range qualify.Rows {
			for _, row := range append([]iracing.Row{qualify.Rows[i]}, qualify.Rows[i].Drivers...) {
				if row.QualifyAt.After(earliest) {
					earliest = row.QualifyAt
				}
			}
		}
	}
	latest := v.result.End.Add(-time.Duration(last * float64(time.Second))).Round(time.Second)
	if math.IsNaN(last) || v.result.End.IsZero() || latest.Before(earliest) {
		v.Info("The times are counted from the end of qualifying or the start of the session, as iRacing does not tell when the race began.")
		return earliest
	}
	if late := latest.Sub(earliest).Round(time.Minute); late > 0 {
		v.Info("iRacing does not tell when the race began. The times are counted back from its end and may be late by %s at most.", frames.Plural(int(late.Minutes()), "minute"))
	}
	return latest
}

func (v *view) eventTable(list []happening) *data.Frame {
	cols := frames.Of(list)
	cols.When("time", "Time", func(h *happening) time.Time { return h.start })
	cols.Place("lap", "Lap", func(h *happening) int { return h.Lap })
	cols.Text("kind", "Kind", func(h *happening) string { return string(h.kind) })
	cols.Text("event", "Event", func(h *happening) string { return h.About })
	cols.Text("number", "Car no.", func(h *happening) string { return h.number })
	cols.Text("driver", v.title(), func(h *happening) string {
		if h.ID == 0 {
			return ""
		}
		return v.nameOf(h.ID, h.Name)
	})
	cols.Text("message", "Message", func(h *happening) string { return h.text })
	cols.Number("clock", "On the session's clock", frames.Duration, func(h *happening) float64 { return h.At })
	cols.Number("lasted", "Lasted", frames.Duration, func(h *happening) float64 { return h.until - h.At })
	cols.Text("driverKey", "Driver id", func(h *happening) string {
		if h.ID == 0 {
			return ""
		}
		return v.People.Key(h.ID)
	})
	return cols.Frame("events", data.FrameTypeTable)
}

// timed are the events whose time is known, in their order: only those can be on a time axis.
func timed(list []happening) []happening {
	list = slices.DeleteFunc(slices.Clone(list), func(h happening) bool { return h.start.IsZero() })
	slices.SortStableFunc(list, func(a, b happening) int { return a.start.Compare(b.start) })
	return list
}

// logs follows the shape that Grafana's logs panel wants.
func (v *view) logs(list []happening) *data.Frame {
	list = timed(list)
	cols := frames.Of(list)
	cols.Axis("timestamp", func(h *happening) time.Time { return h.start })
	cols.Text("body", "Event", func(h *happening) string {
		if h.Lap == 0 {
			return h.text
		}
		return "Lap " + strconv.Itoa(h.Lap) + ": " + h.text
	})
	cols.Text("severity", "Severity", severity)
	cols.Text("id", "Id", func(h *happening) string {
		return frames.ID(v.result.Subsession) + "/" + strconv.Itoa(v.part.Number) + "/" + strconv.FormatInt(h.Seq, 10)
	})
	frame := cols.Frame("log", data.FrameTypeLogLines)
	frame.Meta.PreferredVisualization = data.VisTypeLogs
	return frame
}

func severity(h *happening) string {
	switch {
	case h.Code == iracing.EventPenaltyCleared || h.kind == models.EventLeadChange:
		return "info"
	case h.kind == models.EventPenalty || h.kind == models.EventCaution:
		return "warning"
	}
	return "debug"
}

// annotations are points, and for cautions regions, on a dashboard's time axis.
func (v *view) annotations(list []happening) *data.Frame {
	list = timed(list)
	cols := frames.Of(list)
	cols.Axis("time", func(h *happening) time.Time { return h.start })
	cols.When("timeEnd", "timeEnd", func(h *happening) time.Time { return h.end })
	cols.Text("title", "Title", func(h *happening) string { return h.About })
	cols.Text("text", "Text", func(h *happening) string { return h.text })
	cols.Text("tags", "Tags", func(h *happening) string { return string(h.kind) })
	cols.Text("id", "Id", func(h *happening) string { return strconv.FormatInt(h.Seq, 10) })
	return cols.Frame("events", "")
}
