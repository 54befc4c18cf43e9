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
	fields := []*data.Field{
		when("start", "Start", rows, func(r *raceRow) time.Time { return r.Start }),
		num("week", "Week", rows, frames.Number, func(r *raceRow) float64 { return positive(r.Week) }),
		text("track", "Track", rows, func(r *raceRow) string { return r.Track.String() }),
		num("split", "Split", rows, number, func(r *raceRow) float64 { return float64(r.split.Number) }),
		num("splits", "Splits", rows, number, func(r *raceRow) float64 { return float64(r.split.Of) }),
		num("sof", "SoF", rows, rating, func(r *raceRow) float64 { return r.SoF }),
		num("entries", "Entries", rows, number, func(r *raceRow) float64 { return float64(r.Drivers) }),
	}
	for _, class := range classesOf(races) {
		of := func(r *raceRow) *iracing.RaceClass {
			if i := slices.IndexFunc(r.Classes, func(c iracing.RaceClass) bool { return c.ID == class.ID }); i >= 0 {
				return &r.Classes[i]
			}
			return nil
		}
		name := class.Short
		fields = append(
			fields,
			num(fmt.Sprintf("entries%d", class.ID), "Entries "+name, rows, number, func(r *raceRow) float64 {
				if c := of(r); c != nil {
					return float64(c.Entries)
				}
				return math.NaN()
			}),
			num(fmt.Sprintf("sof%d", class.ID), "SoF "+name, rows, rating, func(r *raceRow) float64 {
				if c := of(r); c != nil {
					return c.SoF
				}
				return math.NaN()
			}),
		)
	}
	fields = append(
		fields,
		text("winner", "Winner", rows, func(r *raceRow) string { return winner(q, r.Winner, r.WinnerName) }),
		text("bestLapText", "Best lap", rows, func(r *raceRow) string { return lap(r.BestLap) }),
		num("bestLap", "Best lap, s", rows, lapTime, func(r *raceRow) float64 { return r.BestLap }),
		num("cautions", "Cautions", rows, number, func(r *raceRow) float64 { return counted(r.Cautions) }),
		num("leadChanges", "Lead changes", rows, number, func(r *raceRow) float64 { return counted(r.LeadChanges) }),
		yes("official", "Official", rows, func(r *raceRow) bool { return r.Official }),
		text("farm", "Server farm", rows, func(r *raceRow) string { return r.Farm }),
		key("subsession", "Subsession", rows, func(r *raceRow) int64 { return r.Subsession }),
		key("session", "Session id", rows, func(r *raceRow) int64 { return r.Session }),
		text("winnerKey", "Winner key", rows, func(r *raceRow) string {
			if r.Winner == 0 {
				return ""
			}
			return q.People.Key(r.Winner)
		}),
	)
	return table("races", fields...)
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

// slotFields are the columns that hours and weeks have in common.
func slotFields(rows []slotRow) []*data.Field {
	return []*data.Field{
		num("starts", "Starts", rows, number, func(r *slotRow) float64 { return float64(r.Starts) }),
		num("entries", "Entries a start", rows, average, func(r *slotRow) float64 { return r.Entries }),
		num("splits", "Splits a start", rows, average, func(r *slotRow) float64 { return r.Splits }),
		num("sofMedian", "SoF of the first split, median", rows, rating, func(r *slotRow) float64 { return r.SoF }),
		num("sofLow", "SoF, lower quartile", rows, rating, func(r *slotRow) float64 { return r.Low }),
		num("sofHigh", "SoF, upper quartile", rows, rating, func(r *slotRow) float64 { return r.High }),
		num("sofMax", "SoF, highest", rows, rating, func(r *slotRow) float64 { return r.Best }),
	}
}

// seasonHours is a row for each hour of the week in which races started, UTC.
func seasonHours(q *ask.Query, races []iracing.SeasonRace) data.Frames {
	races = slices.DeleteFunc(races, func(r iracing.SeasonRace) bool { return r.Start.IsZero() })
	rows := slotRows(race.SlotsBy(races, func(r *iracing.SeasonRace) int { return race.HourOfWeek(r.Start) }))
	if len(rows) > 0 {
		q.Info("Weekdays and hours are UTC. The strength of field is that of the first split of each start.")
	}
	return table("hours", append(
		[]*data.Field{
			text("weekday", "Weekday", rows, func(r *slotRow) string { return weekdays[r.number/24] }),
			num("hour", "Hour, UTC", rows, frames.Number, func(r *slotRow) float64 { return float64(r.number % 24) }),
			text("time", "Time, UTC", rows, func(r *slotRow) string {
				return fmt.Sprintf("%s %02d:00", weekdays[r.number/24][:3], r.number%24)
			}),
			num("hourOfWeek", "Hour of the week", rows, frames.Number, func(r *slotRow) float64 { return float64(r.number) }),
		},
		slotFields(rows)...,
	)...)
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
	return table("weeks", append(
		[]*data.Field{
			num("week", "Week", rows, frames.Number, func(r *slotRow) float64 { return float64(r.number) }),
			text("track", "Track", rows, func(r *slotRow) string { return r.track }),
			num("drivers", "Entries", rows, number, func(r *slotRow) float64 { return float64(r.Drivers) }),
		},
		slotFields(rows)...,
	)...)
}
