package drivers

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"
	"golang.org/x/sync/errgroup"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis/race"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// maxMeetings is how many results of meetings one query reads.
const maxMeetings = 60

// meeting is one race that both drove.
type meeting struct {
	race.Meeting
	own, rival outing
	names      bool // the result told them
	name       string
	rivalName  string
}

// headToHead compares two drivers over the races that both drove.
func headToHead(ctx context.Context, q *ask.Query, query models.HeadToHeadQuery) (data.Frames, error) {
	view, err := choose("view", query.View, models.DuelMeetings, models.DuelSummary, models.DuelScore)
	if err != nil {
		return nil, err
	}
	if query.Rival == "" {
		return nil, frames.BadQuery("the rival is not chosen; choose one or enter a customer id")
	}
	driver, err := q.Driver(ctx, query.Driver)
	if err != nil {
		return nil, err
	}
	rival, err := q.Driver(ctx, query.Rival)
	if err != nil {
		return nil, err
	}
	if rival == driver {
		return nil, frames.BadQuery("the rival is the driver; choose somebody else")
	}
	meetings, err := meet(ctx, q, driver, rival, query.Hosted)
	if err != nil {
		return nil, err
	}
	// The score counts from the first meeting on.
	slices.SortStableFunc(meetings, func(a, b meeting) int { return newest(b.own, a.own) })
	name, other := q.People.Driver(driver, ""), q.People.Driver(rival, "")
	for _, m := range meetings {
		if m.names {
			name, other = q.People.Driver(driver, m.name), q.People.Driver(rival, m.rivalName)
		}
	}
	if q.People.Own(driver) && len(meetings) == 0 {
		name = "You"
	}
	switch view {
	case models.DuelSummary:
		return duelSummary(q, meetings, name, other, rival), nil
	case models.DuelScore:
		return duelScore(meetings, name, other), nil
	}
	return duelMeetings(q, meetings, name, other, rival), nil
}

// meet finds the races that both drivers drove and reads the results of the newest.
func meet(ctx context.Context, q *ask.Query, driver, rival int64, hosted bool) ([]meeting, error) {
	var found [2][]outing
	var failures [2]error
	group, groupCtx := errgroup.WithContext(ctx)
	for i, id := range []int64{driver, rival} {
		group.Go(func() error {
			found[i], failures[i] = search(groupCtx, q, id, hosted)
			return failures[i]
		})
	}
	if err := group.Wait(); err != nil {
		if ask.Is(err, iracing.NoCredentials) && q.Imported != nil {
			return metInImports(ctx, q, driver, rival, err)
		}
		return nil, err
	}
	byID := make(map[int64]int, len(found[1]))
	for i := range found[1] {
		byID[found[1][i].subsession] = i
	}
	var meetings []meeting
	for _, own := range found[0] {
		if i, both := byID[own.subsession]; both {
			meetings = append(meetings, meeting{own: own, rival: found[1][i]})
		}
	}
	if len(meetings) == 0 {
		q.Info("The two did not meet in a race in the time range.")
		return nil, nil
	}
	if len(meetings) > maxMeetings {
		q.Warn("Only the newest %d of %d meetings are compared.", maxMeetings, len(meetings))
		meetings = meetings[:maxMeetings]
	}
	return readMeetings(ctx, q, driver, rival, meetings)
}

// metInImports finds the imported results in which both take part.
func metInImports(ctx context.Context, q *ask.Query, driver, rival int64, cause error) ([]meeting, error) {
	imports, err := q.Imported(ctx)
	if err != nil {
		return nil, err
	}
	if len(imports) == 0 {
		return nil, cause
	}
	var meetings []meeting
	for _, i := range imports {
		if !i.Start.Before(q.Range.From) && !i.Start.After(q.Range.To) {
			m := meeting{own: blank(i.Subsession, i.Start), rival: blank(i.Subsession, i.Start)}
			m.own.series.Name = i.Series
			meetings = append(meetings, m)
		}
	}
	slices.SortStableFunc(meetings, func(a, b meeting) int { return newest(a.own, b.own) })
	if len(meetings) > maxImports {
		q.Warn("Only the newest %d of %d imported results are read.", maxImports, len(meetings))
		meetings = meetings[:maxImports]
	}
	meetings, err = readMeetings(ctx, q, driver, rival, meetings)
	meetings = slices.DeleteFunc(meetings, func(m meeting) bool { return !m.names })
	q.Info("No iRacing account is set up, so only imported results are looked at; both take part in %d of %s.",
		len(meetings), frames.Plural(len(imports), "result"))
	return meetings, err
}

// readMeetings completes meetings from their results.
func readMeetings(ctx context.Context, q *ask.Query, driver, rival int64, meetings []meeting) ([]meeting, error) {
	failures := make([]error, len(meetings))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for i := range meetings {
		group.Go(func() error {
			m := &meetings[i]
			r, err := q.API.Result(groupCtx, m.own.subsession)
			if err != nil {
				failures[i] = err
				return groupCtx.Err()
			}
			m.own.complete(r, driver)
			m.rival.complete(r, rival)
			m.tell(r, driver, rival)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	failed := slices.DeleteFunc(failures, func(err error) bool { return err == nil })
	if len(failed) > 0 {
		q.Warn("Laps and ratings are missing for %s: %s", frames.Plural(len(failed), "meeting"), frames.Sentence(failed[0].Error()))
	}
	for i := range meetings {
		meetings[i].compare()
	}
	return slices.DeleteFunc(meetings, func(m meeting) bool { return !m.own.finished || !m.rival.finished }), nil
}

// tell reads from the result who the two are, and whether they shared a car.
func (m *meeting) tell(r *iracing.Result, driver, rival int64) {
	main := r.Race()
	if main == nil {
		return
	}
	own, other := main.Of(driver), main.Of(rival)
	if own == nil || other == nil {
		return
	}
	m.names, m.name, m.rivalName = true, nameIn(own, driver), nameIn(other, rival)
	m.Class = own.Class.ID == other.Class.ID && own.ID() != other.ID()
	m.Entries = 0
	for i := range main.Rows {
		if row := &main.Rows[i]; row.Class.ID == own.Class.ID && !row.AI && row.IRating.Old > 0 {
			m.Entries++
		}
	}
}

// nameIn is what a driver is called in a row, alone or in a team.
func nameIn(row *iracing.Row, driver int64) string {
	for i := range row.Drivers {
		if row.Drivers[i].Cust == driver {
			return row.Drivers[i].Name
		}
	}
	return row.Name
}

// compare makes the meeting from what is known of both. Without the result, searches tell the places and the classes.
func (m *meeting) compare() {
	m.At = m.own.start
	if !m.names {
		m.Class = m.own.class.ID != 0 && m.own.class.ID == m.rival.class.ID && !m.own.teams
	}
	for _, side := range []struct {
		to   *race.Duellist
		from *outing
	}{{&m.Own, &m.own}, {&m.Rival, &m.rival}} {
		*side.to = race.Duellist{Place: side.from.classPlace, BestLap: side.from.best, AverageLap: side.from.average, Rating: side.from.irating.Old}
		if side.from.teams {
			// The rating at stake is the team's.
			side.to.Rating = math.NaN()
		}
	}
}

func duelMeetings(q *ask.Query, meetings []meeting, name, other string, rival int64) data.Frames {
	rows := slices.Clone(meetings)
	slices.Reverse(rows)
	c := frames.Of(rows)
	c.When("start", "Start", func(m *meeting) time.Time { return m.At })
	c.Text("series", "Series", func(m *meeting) string { return m.own.series.Name })
	c.Text("track", "Track", func(m *meeting) string { return m.own.track.String() })
	c.Text("ahead", "Ahead", func(m *meeting) string {
		switch m.Ahead() {
		case 1:
			return name
		case -1:
			return other
		}
		return ""
	})
	c.Place("finish", name, func(m *meeting) int { return m.Own.Place })
	c.Place("rivalFinish", other, func(m *meeting) int { return m.Rival.Place })
	frames.Signed(c.Number("places", "Places ahead", frames.Count, (*meeting).Places))
	c.Place("classField", "Class field", func(m *meeting) int { return m.own.classField })
	c.Flag("sameClass", "Same class", func(m *meeting) bool { return m.Class })
	c.Lap("bestLap", name+" best lap", func(m *meeting) float64 { return m.Own.BestLap })
	c.Lap("rivalBestLap", other+" best lap", func(m *meeting) float64 { return m.Rival.BestLap })
	frames.Slower(c.Number("bestLapDelta", "Best lap slower by", deltas, (*meeting).BestDelta))
	frames.Slower(c.Number("averageLapDelta", "Average lap slower by", deltas, (*meeting).AverageDelta))
	frames.Signed(c.Number("iratingExchanged", "iRating taken", frames.Mean, (*meeting).Exchanged))
	frames.Signed(c.Number("iratingChange", name+" iRating", frames.Rating, func(m *meeting) float64 { return m.own.irating.Diff() }))
	frames.Signed(c.Number("rivalIratingChange", other+" iRating", frames.Rating, func(m *meeting) float64 { return m.rival.irating.Diff() }))
	c.Number("incidents", name+" incidents", frames.Count, func(m *meeting) float64 { return m.own.incidents })
	c.Number("rivalIncidents", other+" incidents", frames.Count, func(m *meeting) float64 { return m.rival.incidents })
	c.Number("sof", "SoF", frames.Rating, func(m *meeting) float64 { return m.own.sof })
	c.Text("car", "Car", func(m *meeting) string { return m.own.car.Name })
	c.ID("subsession", "Subsession", func(m *meeting) int64 { return m.own.subsession })
	c.ID("trackId", "Track id", func(m *meeting) int64 { return m.own.track.ID })
	c.Text("rivalKey", "Rival id", func(*meeting) string { return q.People.Key(rival) })
	return c.Frames("meetings", data.FrameTypeTable)
}

// deltas are differences of lap times as a share of them.
var deltas = frames.Share.With(2)

// score is the state of a duel after a meeting.
type score struct {
	race.Score
	at time.Time
}

func plain(meetings []meeting) []race.Meeting {
	list := make([]race.Meeting, len(meetings))
	for i := range meetings {
		list[i] = meetings[i].Meeting
	}
	return list
}

func duelSummary(q *ask.Query, meetings []meeting, name, other string, rival int64) data.Frames {
	total := score{Score: race.Duel(plain(meetings))}
	rows := []score{total}
	if len(meetings) == 0 {
		rows = nil
	}
	c := frames.Of(rows)
	c.Text("driver", "Driver", func(*score) string { return name })
	c.Text("rival", "Rival", func(*score) string { return other })
	c.Number("meetings", "Meetings", frames.Count, func(*score) float64 { return float64(len(meetings)) })
	scoreColumns(c, name, other)
	c.Number("share", "Ahead in", frames.Share.With(0), func(s *score) float64 { return s.Share })
	c.When("first", "First met", func(*score) time.Time { return meetings[0].At })
	c.When("last", "Last met", func(*score) time.Time { return meetings[len(meetings)-1].At })
	c.Count("tracks", "Tracks", func(*score) int {
		return len(distinct(meetings, func(m *meeting) int64 { return m.own.track.ID }))
	})
	c.Text("rivalKey", "Rival id", func(*score) string { return q.People.Key(rival) })
	if other := len(meetings) - total.Meetings; other > 0 {
		q.Info("%s in different classes or one car count for neither.", frames.Plural(other, "meeting"))
	}
	return c.Frames("duel", data.FrameTypeTable)
}

// scoreColumns are what the running score and the summary have in common.
func scoreColumns(c *frames.Columns[score], name, other string) {
	c.Count("ahead", name+" ahead", func(s *score) int { return s.Ahead })
	c.Count("behind", other+" ahead", func(s *score) int { return s.Behind })
	frames.Signed(c.Number("places", "Places ahead", frames.Mean, func(s *score) float64 { return s.Places }))
	frames.Slower(c.Number("bestLapDelta", "Best lap slower by", deltas, func(s *score) float64 { return s.BestDelta }))
	frames.Slower(c.Number("averageLapDelta", "Average lap slower by", deltas, func(s *score) float64 { return s.AverageDelta }))
	frames.Signed(c.Number("iratingExchanged", "iRating taken", frames.Mean, func(s *score) float64 { return s.Exchanged }))
}

func duelScore(meetings []meeting, name, other string) data.Frames {
	running := race.Running(plain(meetings))
	rows := make([]score, len(running))
	for i := range running {
		rows[i] = score{running[i], meetings[i].At}
	}
	c := frames.Of(rows)
	c.Axis("time", func(s *score) time.Time { return s.at })
	frames.Signed(c.Number("score", "Score", frames.Count, func(s *score) float64 { return float64(s.Ahead - s.Behind) }))
	scoreColumns(c, name, other)
	return c.Frames("score", data.FrameTypeTimeSeriesWide)
}
