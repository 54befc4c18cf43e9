package seasons

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/grafana/grafana-plugin-sdk-go/data"
	"golang.org/x/sync/errgroup"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis/race"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// championships are the kinds of standings in the API's names.
var championships = map[models.StandingsOf]iracing.Championship{
	"":                           iracing.DriverStandings,
	models.StandingsDrivers:      iracing.DriverStandings,
	models.StandingsSupersession: iracing.SupersessionStandings,
	models.StandingsTeams:        iracing.TeamStandings,
	models.StandingsTimeTrial:    iracing.TimeTrialStandings,
	models.StandingsTTResults:    iracing.TimeTrialResults,
	models.StandingsQualify:      iracing.QualifyResults,
}

// standings is a championship: the table, or the weeks of one driver.
func standings(ctx context.Context, q *ask.Query, query models.StandingsQuery) (data.Frames, error) {
	of, ok := championships[query.Of]
	if !ok {
		return nil, frames.BadQuery("there is no championship %.40q; choose one of %s, %s, %s, %s, %s, %s", query.Of, models.StandingsDrivers,
			models.StandingsSupersession, models.StandingsTeams, models.StandingsTimeTrial, models.StandingsTTResults, models.StandingsQualify)
	}
	t := iracing.Table{Of: of}
	var err error
	if t.Season, err = ask.Number("the season", query.Season); err != nil {
		return nil, err
	}
	if t.Division, err = division(query.Division); err != nil {
		return nil, err
	}
	if t.Week, err = week(query.Week); err != nil {
		return nil, err
	}
	// The season itself is asked for at most once and only where something of it is needed.
	season := sync.OnceValues(func() (*iracing.Season, error) { return findSeason(ctx, q, query.Season) })
	if t.Class, err = findClass(season, query.Class); err != nil {
		return nil, err
	}
	switch query.View {
	case models.StandingsTable, "":
		return standingsTable(ctx, q, query, t, season)
	case models.StandingsWeeks:
		return standingsWeeks(ctx, q, query, t, season)
	}
	return nil, unknownView(query.View, models.StandingsTable, models.StandingsWeeks)
}

// rookies is the division of rookies as [iracing.Table] counts.
const rookies = 11

// division reads a division: 1 to 10, rookie, or 0 for all.
func division(d models.ID) (int, error) {
	text := strings.TrimSpace(strings.TrimPrefix(strings.ToLower(string(d)), "division"))
	switch text {
	case "", "all":
		return 0, nil
	case "rookie":
		return rookies, nil
	}
	for n := 1; n < rookies; n++ {
		if text == strconv.Itoa(n) {
			return n, nil
		}
	}
	return 0, frames.BadQuery("the division is %.40q; choose 1 to 10 or rookie, and empty keeps all", string(d))
}

func divisionName(n int) string {
	switch {
	case n == rookies:
		return "Rookie"
	case n > 0:
		return fmt.Sprintf("Division %d", n)
	}
	return ""
}

// maxStandings bounds the rows of a table.
const maxStandings = 1000

func standingsTable(ctx context.Context, q *ask.Query, query models.StandingsQuery, t iracing.Table, season func() (*iracing.Season, error)) (data.Frames, error) {
	oneWeek := t.Of == iracing.TimeTrialResults || t.Of == iracing.QualifyResults
	if oneWeek && t.Week == 0 {
		s, err := season()
		if err != nil {
			return nil, err
		}
		if t.Week = s.Week; t.Week == 0 {
			return nil, frames.BadQuery("these results are of one week; choose one")
		}
	}
	s, err := q.API.Standings(ctx, t)
	if err != nil {
		return nil, err
	}
	own := me(ctx, q)
	rows := s.Rows
	at := slices.IndexFunc(rows, func(r iracing.Standing) bool { return r.Has(own) })
	if query.Around > 0 {
		rows = around(rows, at, query.Around)
		if at < 0 && len(rows) > 0 {
			q.Info("You are not in this table, so it shows its first rows only.")
		}
	}
	if len(rows) > maxStandings {
		q.Info("The table has %d rows; the first %d are shown. A division, or a number of rows around your own, shows less.", len(rows), maxStandings)
		rows = rows[:maxStandings]
	}
	if len(s.Rows) == 0 {
		q.Info("Nobody is in this table yet: iRacing fills it some time after the first race.")
	}
	teams := t.Of == iracing.TeamStandings
	who := "Driver"
	if teams {
		who = "Team"
	}
	cols := frames.Of(rows)
	cols.Place("rank", "Rank", func(r *iracing.Standing) int { return r.Rank })
	cols.Text("name", who, func(r *iracing.Standing) string { return competitor(q, r) })
	if teams {
		cols.Text("drivers", "Drivers", func(r *iracing.Standing) string {
			list := make([]string, len(r.Drivers))
			for i, d := range r.Drivers {
				list[i] = q.People.Driver(d.Cust, d.Name)
			}
			return strings.Join(list, ", ")
		})
	} else {
		cols.Text("division", "Division", func(r *iracing.Standing) string { return divisionName(r.Division) })
		cols.Text("country", "Country", func(r *iracing.Standing) string { return r.Country })
		cols.Text("licence", "Licence", func(r *iracing.Standing) string { return r.Licence.String() })
		cols.Number("irating", "iRating", frames.Rating, func(r *iracing.Standing) float64 { return r.IRating })
	}
	if oneWeek || hasLap(rows) {
		cols.Lap("bestLap", "Best lap", func(r *iracing.Standing) float64 { return r.BestLap })
	}
	if t.Of != iracing.QualifyResults {
		cols.Number("points", "Points", frames.Points, func(r *iracing.Standing) float64 { return r.Points })
		cols.Count("starts", "Starts", func(r *iracing.Standing) int { return r.Starts })
	}
	timed := t.Of == iracing.TimeTrialStandings || t.Of == iracing.TimeTrialResults
	if !oneWeek {
		cols.Count("wins", "Wins", func(r *iracing.Standing) int { return r.Wins })
	}
	if !oneWeek && !timed {
		cols.Count("top5", "Top 5", func(r *iracing.Standing) int { return r.Top5 })
		cols.Count("poles", "Poles", func(r *iracing.Standing) int { return r.Poles })
		cols.Number("averageStart", "Average start", frames.Mean, func(r *iracing.Standing) float64 { return r.AvgStart })
		cols.Number("averageFinish", "Average finish", frames.Mean, func(r *iracing.Standing) float64 { return r.AvgFinish })
		cols.Number("averageField", "Average field", frames.Mean, func(r *iracing.Standing) float64 { return r.AvgField })
		cols.Count("laps", "Laps", func(r *iracing.Standing) int { return r.Laps })
		cols.Count("lapsLed", "Laps led", func(r *iracing.Standing) int { return r.LapsLed })
		cols.Number("incidents", "Incidents", frames.Count, func(r *iracing.Standing) float64 { return r.Incidents })
	}
	if !oneWeek {
		cols.Count("weeksCounted", "Weeks counted", func(r *iracing.Standing) int { return r.Weeks })
		if t.Week > 0 {
			cols.Flag("dropped", "Dropped", func(r *iracing.Standing) bool { return r.Dropped })
		}
	}
	cols.Flag("own", "Mine", func(r *iracing.Standing) bool { return r.Has(own) })
	cols.Text("driverKey", who+" id", func(r *iracing.Standing) string { return q.People.Key(r.ID()) })
	if !s.Updated.IsZero() {
		q.Info("iRacing computed this table on %s.", s.Updated.Format("2 January 2006 at 15:04 UTC"))
	}
	return cols.Frames("standings", data.FrameTypeTable), nil
}

func hasLap(rows []iracing.Standing) bool {
	return slices.ContainsFunc(rows, func(r iracing.Standing) bool { return r.BestLap > 0 })
}

// competitor is what a row's driver or team is called.
func competitor(q *ask.Query, r *iracing.Standing) string {
	if r.Team != 0 {
		return q.People.Team(r.Team, r.Name)
	}
	return q.People.Driver(r.Cust, r.Name)
}

// podium is how many of the first rows are shown besides those around the own one.
const podium = 3

// around keeps the first rows and n rows before and after the row at an index, which is negative when there is none.
func around(rows []iracing.Standing, at, n int) []iracing.Standing {
	n = min(n, maxStandings)
	if at < 0 {
		return rows[:min(len(rows), podium+n)]
	}
	var kept []iracing.Standing
	for i := range rows {
		if i < podium || i >= at-n && i <= at+n {
			kept = append(kept, rows[i])
		}
	}
	return kept
}

// Bounds of the weekly table: one request a week.
const (
	maxWeeks      = 20
	parallelWeeks = 4
)

// standingsWeeks is a row a week of one driver: what the weekly tables say, and which weeks count for the championship.
func standingsWeeks(ctx context.Context, q *ask.Query, query models.StandingsQuery, t iracing.Table, season func() (*iracing.Season, error)) (data.Frames, error) {
	if t.Of == iracing.TimeTrialResults || t.Of == iracing.QualifyResults {
		return nil, frames.BadQuery("the results of one week have no weeks; choose the standings of drivers or of time trials")
	}
	driver, err := q.Driver(ctx, query.Driver)
	if err != nil {
		return nil, err
	}
	s, err := season()
	if err != nil {
		return nil, err
	}
	first, last := 1, s.Weeks
	if s.Active && s.Week > 0 {
		last = s.Week
	}
	if last == 0 {
		last = 12 // as most seasons have
	}
	if t.Week > 0 {
		first, last = t.Week, t.Week
	}
	if last-first >= maxWeeks {
		first = last - maxWeeks + 1
		q.Warn("The season has %s; the last %d are shown, and the sum is of those.", frames.Plural(last, "week"), maxWeeks)
	}
	rows := make([]weekRow, last-first+1)
	var total *iracing.Standing
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(parallelWeeks)
	find := func(t iracing.Table) (*iracing.Standing, error) {
		answer, err := q.API.Standings(groupCtx, t)
		if ask.Is(err, iracing.NotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		for i := range answer.Rows {
			if r := &answer.Rows[i]; r.Has(driver) || r.ID() == driver {
				return r, nil
			}
		}
		return nil, nil
	}
	for i := range rows {
		rows[i].week = first + i
		group.Go(func() (err error) {
			weekly := t
			weekly.Week = first + i
			rows[i].row, err = find(weekly)
			return err
		})
	}
	group.Go(func() (err error) {
		whole := t
		whole.Week = 0
		total, err = find(whole)
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	schedule(ctx, q, s)
	driven := 0
	values := make([]float64, len(rows))
	for i := range rows {
		if w := findWeek(s, rows[i].week); w != nil {
			rows[i].track = w.Track.String()
		}
		values[i] = math.NaN()
		if rows[i].row != nil {
			values[i] = rows[i].row.Points
			driven++
		}
	}
	best := 0
	if s.Weeks > 0 && s.Drops > 0 {
		best = max(s.Weeks-s.Drops, 1)
	}
	counts, sum := race.Counted(values, best)
	for i := range rows {
		rows[i].counts = counts[i]
	}
	remarkWeeks(q, s, weeksSum{driven: driven, best: best, sum: sum, whole: t.Week == 0 && first == 1}, total)
	row := func(of func(*iracing.Standing) float64) func(*weekRow) float64 {
		return func(r *weekRow) float64 {
			if r.row == nil {
				return math.NaN()
			}
			return of(r.row)
		}
	}
	cols := frames.Of(rows)
	cols.Number("week", "Week", frames.Number, func(r *weekRow) float64 { return float64(r.week) })
	cols.Text("track", "Track", func(r *weekRow) string { return r.track })
	cols.Number("points", "Points", frames.Points, row(func(r *iracing.Standing) float64 { return r.Points }))
	cols.Text("status", "Championship", func(r *weekRow) string { return r.status() })
	cols.Number("counted", "Counted points", frames.Points, func(r *weekRow) float64 {
		if !r.counts {
			return math.NaN()
		}
		return r.row.Points
	})
	cols.Number("rank", "Rank", frames.Count, row(func(r *iracing.Standing) float64 { return frames.Place(r.Rank) }))
	cols.Number("races", "Races", frames.Count, row(func(r *iracing.Standing) float64 { return float64(r.Starts) }))
	cols.Number("wins", "Wins", frames.Count, row(func(r *iracing.Standing) float64 { return float64(r.Wins) }))
	cols.Number("poles", "Poles", frames.Count, row(func(r *iracing.Standing) float64 { return float64(r.Poles) }))
	cols.Number("averageStart", "Average start", frames.Mean, row(func(r *iracing.Standing) float64 { return r.AvgStart }))
	cols.Number("averageFinish", "Average finish", frames.Mean, row(func(r *iracing.Standing) float64 { return r.AvgFinish }))
	cols.Number("averageField", "Average field", frames.Mean, row(func(r *iracing.Standing) float64 { return r.AvgField }))
	cols.Number("laps", "Laps", frames.Count, row(func(r *iracing.Standing) float64 { return float64(r.Laps) }))
	cols.Number("incidents", "Incidents", frames.Count, row(func(r *iracing.Standing) float64 { return r.Incidents }))
	return cols.Frames("weeks", data.FrameTypeTable), nil
}

// weekRow is one week of one driver.
type weekRow struct {
	week   int
	track  string
	row    *iracing.Standing // nil where the driver did not race
	counts bool
}

func (r *weekRow) status() string {
	switch {
	case r.row == nil:
		return "not driven"
	case r.counts:
		return "counts"
	}
	return "dropped"
}

func findWeek(s *iracing.Season, number int) *iracing.Week {
	for i := range s.Schedule {
		if s.Schedule[i].Number == number {
			return &s.Schedule[i]
		}
	}
	return nil
}

// weeksSum is what the weeks of a driver add up to.
type weeksSum struct {
	driven, best int
	sum          float64
	whole        bool // all weeks of the season are among them
}

// remarkWeeks says how the weeks become the points of the season, and where that is not what iRacing says.
func remarkWeeks(q *ask.Query, s *iracing.Season, w weeksSum, total *iracing.Standing) {
	switch {
	case w.driven == 0:
		q.Info("This driver is in none of the weekly tables of the season.")
		return
	case w.best > 0:
		q.Info("The best %d of %s count for the championship.", w.best, frames.Plural(s.Weeks, "week"))
	case s.Drops == 0 && s.Active:
		q.Info("All weeks of this season count for the championship.")
	default:
		q.Info("iRacing does not tell how many weeks of a past season are dropped, so all count here.")
	}
	if total == nil || !w.whole {
		return
	}
	// Every week's points are rounded, and so is their sum.
	if diff := total.Points - w.sum; math.Abs(diff) > float64(w.driven) {
		q.Warn("iRacing gives %.0f points for the season, %.0f %s than the weeks that count add up to.", total.Points, math.Abs(diff),
			map[bool]string{true: "more", false: "fewer"}[diff > 0])
	}
}
