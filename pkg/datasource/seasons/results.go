package seasons

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis/race"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// maxRaces bounds the rows of a season's races. A popular series has some thousand a week.
const maxRaces = 2000

// seasonResults is the races of a season: one by one, by the hour of the week, or by week.
func seasonResults(ctx context.Context, q *ask.Query, query models.SeasonResultsQuery) (data.Frames, error) {
	season, err := ask.Number("the season", query.Season)
	if err != nil {
		return nil, err
	}
	number, err := week(query.Week)
	if err != nil {
		return nil, err
	}
	var answer func(*ask.Query, []iracing.SeasonRace) data.Frames
	switch query.View {
	case models.SeasonRaces, "":
		answer = seasonRaces
	case models.SeasonHours:
		answer = seasonHours
	case models.SeasonWeeks:
		answer = seasonWeeks
	default:
		return nil, unknownView(query.View, models.SeasonRaces, models.SeasonHours, models.SeasonWeeks)
	}
	all, err := q.API.SeasonResults(ctx, season, number, iracing.EventRace)
	if err != nil {
		return nil, err
	}
	races := slices.DeleteFunc(all, func(r iracing.SeasonRace) bool { return r.EventType != 0 && r.EventType != iracing.EventRace })
	if len(races) == 0 {
		q.Info("There are no races of this season and week yet; results appear some minutes after a race.")
	}
	return answer(q, races), nil
}

// raceRow is one race of a season with the split that it was.
type raceRow struct {
	*iracing.SeasonRace
	split race.Split
}

// seasonRaces is a row a race, the newest first and of one start the strongest split first.
func seasonRaces(q *ask.Query, races []iracing.SeasonRace) data.Frames {
	splits := race.Splits(races)
	rows := make([]raceRow, len(races))
	for i := range races {
		rows[i] = raceRow{&races[i], splits[i]}
	}
	slices.SortStableFunc(rows, func(a, b raceRow) int {
		if a.Session == b.Session && a.Session != 0 {
			return a.split.Number - b.split.Number
		}
		return b.Start.Compare(a.Start)
	})
	if len(rows) > maxRaces {
		q.Info("The season has %d races; the newest %d are shown. A week shows less.", len(rows), maxRaces)
		rows = rows[:maxRaces]
	}
	cols := frames.Of(rows)
	cols.When("start", "Start", func(r *raceRow) time.Time { return r.Start })
	cols.Number("week", "Week", frames.Number, func(r *raceRow) float64 { return frames.Place(r.Week) })
	cols.Text("track", "Track", func(r *raceRow) string { return r.Track.String() })
	cols.Count("split", "Split", func(r *raceRow) int { return r.split.Number })
	cols.Count("splits", "Splits", func(r *raceRow) int { return r.split.Of })
	cols.Number("sof", "SoF", frames.Rating, func(r *raceRow) float64 { return r.SoF })
	cols.Count("entries", "Entries", func(r *raceRow) int { return r.Drivers })
	for _, class := range classesOf(races) {
		of := func(r *raceRow) *iracing.RaceClass {
			if i := slices.IndexFunc(r.Classes, func(c iracing.RaceClass) bool { return c.ID == class.ID }); i >= 0 {
				return &r.Classes[i]
			}
			return nil
		}
		name := class.Short
		cols.Number(fmt.Sprintf("entries%d", class.ID), "Entries "+name, frames.Count, func(r *raceRow) float64 {
			if c := of(r); c != nil {
				return float64(c.Entries)
			}
			return math.NaN()
		})
		cols.Number(fmt.Sprintf("sof%d", class.ID), "SoF "+name, frames.Rating, func(r *raceRow) float64 {
			if c := of(r); c != nil {
				return c.SoF
			}
			return math.NaN()
		})
	}
	cols.Text("winner", "Winner", func(r *raceRow) string { return winner(q, r.Winner, r.WinnerName) })
	cols.Lap("bestLap", "Best lap", func(r *raceRow) float64 { return r.BestLap })
	cols.Number("cautions", "Cautions", frames.Count, func(r *raceRow) float64 { return frames.Counted(r.Cautions) })
	cols.Number("leadChanges", "Lead changes", frames.Count, func(r *raceRow) float64 { return frames.Counted(r.LeadChanges) })
	cols.Flag("official", "Official", func(r *raceRow) bool { return r.Official })
	cols.Text("farm", "Server farm", func(r *raceRow) string { return r.Farm })
	cols.ID("subsession", "Subsession", func(r *raceRow) int64 { return r.Subsession })
	cols.ID("session", "Session id", func(r *raceRow) int64 { return r.Session })
	cols.Text("winnerKey", "Winner id", func(r *raceRow) string {
		if r.Winner == 0 {
			return ""
		}
		return q.People.Key(r.Winner)
	})
	return cols.Frames("races", data.FrameTypeTable)
}

// maxClasses bounds the classes with columns of their own.
const maxClasses = 6

// classesOf are the car classes of a season of several; none of one that has only one.
func classesOf(races []iracing.SeasonRace) []iracing.RaceClass {
	var list []iracing.RaceClass
	for i := range races {
		for _, c := range races[i].Classes {
			if !slices.ContainsFunc(list, func(known iracing.RaceClass) bool { return known.ID == c.ID }) {
				list = append(list, c)
			}
		}
	}
	if len(list) < 2 {
		return nil
	}
	for i := range list {
		if list[i].Short == "" {
			list[i].Short = list[i].Name
		}
	}
	slices.SortFunc(list, func(a, b iracing.RaceClass) int { return int(a.ID - b.ID) })
	return list[:min(len(list), maxClasses)]
}

// winner is what the winner of a race is called, a driver or a team; empty where there is none.
func winner(q *ask.Query, who int64, name string) string {
	switch {
	case who == 0:
		return ""
	case who < 0:
		return q.People.Team(who, name)
	}
	return q.People.Driver(who, name)
}

var weekdays = [...]string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

// slotRow is a time of the week, or a week, with what its races have in common.
type slotRow struct {
	number int
	track  string
	race.Slot
}

func slotRows(slots map[int]race.Slot) []slotRow {
	rows := make([]slotRow, 0, len(slots))
	for _, n := range slices.Sorted(maps.Keys(slots)) {
		rows = append(rows, slotRow{number: n, Slot: slots[n]})
	}
	return rows
}

// slotColumns are the columns that hours and weeks have in common.
func slotColumns(cols *frames.Columns[slotRow]) {
	cols.Count("starts", "Starts", func(r *slotRow) int { return r.Starts })
	cols.Number("entries", "Entries a start", frames.Mean, func(r *slotRow) float64 { return r.Entries })
	cols.Number("splits", "Splits a start", frames.Mean, func(r *slotRow) float64 { return r.Splits })
	cols.Number("sofMedian", "SoF of the first split, median", frames.Rating, func(r *slotRow) float64 { return r.SoF })
	cols.Number("sofLow", "SoF, lower quartile", frames.Rating, func(r *slotRow) float64 { return r.Low })
	cols.Number("sofHigh", "SoF, upper quartile", frames.Rating, func(r *slotRow) float64 { return r.High })
	cols.Number("sofMax", "SoF, highest", frames.Rating, func(r *slotRow) float64 { return r.Best })
}

// seasonHours is a row for each hour of the week in which races started, UTC.
func seasonHours(q *ask.Query, races []iracing.SeasonRace) data.Frames {
	races = slices.DeleteFunc(races, func(r iracing.SeasonRace) bool { return r.Start.IsZero() })
	rows := slotRows(race.SlotsBy(races, func(r *iracing.SeasonRace) int { return race.HourOfWeek(r.Start) }))
	if len(rows) > 0 {
		q.Info("Weekdays and hours are UTC. The strength of field is that of the first split of each start.")
	}
	cols := frames.Of(rows)
	cols.Text("weekday", "Weekday", func(r *slotRow) string { return weekdays[r.number/24] })
	cols.Number("hour", "Hour, UTC", frames.Number, func(r *slotRow) float64 { return float64(r.number % 24) })
	cols.Text("time", "Time, UTC", func(r *slotRow) string {
		return fmt.Sprintf("%s %02d:00", weekdays[r.number/24][:3], r.number%24)
	})
	cols.Number("hourOfWeek", "Hour of the week", frames.Number, func(r *slotRow) float64 { return float64(r.number) })
	slotColumns(cols)
	return cols.Frames("hours", data.FrameTypeTable)
}

// seasonWeeks is a row a week with participation.
func seasonWeeks(_ *ask.Query, races []iracing.SeasonRace) data.Frames {
	tracks := map[int]string{}
	for i := range races {
		tracks[races[i].Week] = races[i].Track.String()
	}
	rows := slotRows(race.SlotsBy(races, func(r *iracing.SeasonRace) int { return r.Week }))
	for i := range rows {
		rows[i].track = tracks[rows[i].number]
	}
	cols := frames.Of(rows)
	cols.Number("week", "Week", frames.Number, func(r *slotRow) float64 { return float64(r.number) })
	cols.Text("track", "Track", func(r *slotRow) string { return r.track })
	cols.Count("drivers", "Entries", func(r *slotRow) int { return r.Drivers })
	slotColumns(cols)
	return cols.Frames("weeks", data.FrameTypeTable)
}
