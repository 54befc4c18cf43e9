package seasons

import (
	"context"
	"math"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// team is one team, or the own ones.
func team(ctx context.Context, q *ask.Query, query models.TeamQuery) (data.Frames, error) {
	switch query.View {
	case models.TeamMine:
		return teamMine(ctx, q)
	case models.TeamRoster, "":
		n, err := teamID(q, query.Team)
		if err != nil {
			return nil, err
		}
		return teamRoster(ctx, q, n)
	case models.TeamRaces:
		n, err := teamID(q, query.Team)
		if err != nil {
			return nil, err
		}
		return teamRaces(ctx, q, n)
	}
	return nil, unknownView(query.View, models.TeamRoster, models.TeamRaces, models.TeamMine)
}

// teamID is the team that a query names: a number, which is negative, or the key that an answer gave in place of one.
func teamID(q *ask.Query, of models.ID) (int64, error) {
	if n, ok := q.People.Find(strings.TrimSpace(string(of))); ok {
		return n, nil
	}
	n, err := ask.Number("the team", of)
	if err != nil {
		return 0, err
	}
	return -max(n, -n), nil
}

func teamRoster(ctx context.Context, q *ask.Query, n int64) (data.Frames, error) {
	t, err := q.API.Team(ctx, n)
	if err != nil {
		return nil, err
	}
	switch {
	case len(t.Roster) == 0:
		q.Info("iRacing tells no drivers of this team.")
	case t.Members > len(t.Roster):
		q.Info("The team has %d drivers, of whom iRacing shows %d to this account.", t.Members, len(t.Roster))
	}
	return roster(ctx, q, limited(q, t.Roster, maxStandings)), nil
}

// maxWindows is how many windows of 90 days are searched for races of a team.
const maxWindows = 8

// teamRaces is a row a race of the team within the time range, the newest first.
func teamRaces(ctx context.Context, q *ask.Query, n int64) (data.Frames, error) {
	ranges, more := iracing.SearchRanges(q.Range.From, q.Range.To, q.Now(), maxWindows)
	if more {
		q.Warn("The time range is longer than two years; only its newest part was searched.")
	}
	found, err := q.API.TeamRaces(ctx, n, ranges)
	if err != nil {
		return nil, err
	}
	rows := make([]iracing.FoundRace, 0, len(found))
	for _, f := range found {
		if !f.Start.Before(q.Range.From) && !f.Start.After(q.Range.To) {
			rows = append(rows, f)
		}
	}
	if len(rows) == 0 {
		q.Info("The team drove no official race within the time range.")
	}
	rows = limited(q, rows, maxStandings)
	own := func(of func(*iracing.Participant) float64) func(*iracing.FoundRace) float64 {
		return func(f *iracing.FoundRace) float64 {
			if !f.Own.Known {
				return math.NaN()
			}
			return of(&f.Own)
		}
	}
	cols := frames.Of(rows)
	cols.When("start", "Start", func(f *iracing.FoundRace) time.Time { return f.Start })
	cols.Text("series", "Series", func(f *iracing.FoundRace) string { return f.Series.Name })
	cols.Text("track", "Track", func(f *iracing.FoundRace) string { return f.Track.String() })
	cols.Text("car", "Car", func(f *iracing.FoundRace) string { return f.Own.Car.Name })
	cols.Text("class", "Class", func(f *iracing.FoundRace) string { return f.Own.Class.Name })
	cols.Number("sof", "SoF", frames.Rating, func(f *iracing.FoundRace) float64 { return f.SoF })
	cols.Place("entries", "Drivers", func(f *iracing.FoundRace) int { return f.Drivers })
	cols.Number("grid", "Start position", frames.Count, own(func(p *iracing.Participant) float64 { return frames.Place(p.Grid) }))
	cols.Number("position", "Finish", frames.Count, own(func(p *iracing.Participant) float64 { return frames.Place(p.Position) }))
	cols.Number("classPosition", "Finish in class", frames.Count, own(func(p *iracing.Participant) float64 { return frames.Place(p.ClassPosition) }))
	cols.Number("laps", "Laps", frames.Count, own(func(p *iracing.Participant) float64 { return float64(p.Laps) }))
	cols.Number("lapsLed", "Laps led", frames.Count, own(func(p *iracing.Participant) float64 { return float64(p.LapsLed) }))
	cols.Number("incidents", "Incidents", frames.Count, own(func(p *iracing.Participant) float64 { return p.Incidents }))
	cols.Number("points", "Points", frames.Points, own(func(p *iracing.Participant) float64 { return p.Points }))
	cols.Lap("bestLap", "Best lap of the race", func(f *iracing.FoundRace) float64 { return f.BestLap })
	cols.ID("subsession", "Subsession", func(f *iracing.FoundRace) int64 { return f.Subsession })
	cols.ID("seasonId", "Season id", func(f *iracing.FoundRace) int64 { return f.Season })
	return cols.Frames("races", data.FrameTypeTable), nil
}

// teamMine is a row for each team that the own account is in. Their names and ids are the account's own, and so are in
// the clear.
func teamMine(ctx context.Context, q *ask.Query) (data.Frames, error) {
	rows, err := q.API.Teams(ctx)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		q.Info("You are in no team.")
	}
	cols := frames.Of(rows)
	cols.Text("team", "Team", func(m *iracing.Membership) string { return m.Name })
	cols.Text("role", "Role", role)
	cols.Flag("default", "Default", func(m *iracing.Membership) bool { return m.Default })
	cols.ID("teamKey", "Team id", func(m *iracing.Membership) int64 { return m.ID })
	return cols.Frames("teams", data.FrameTypeTable), nil
}
