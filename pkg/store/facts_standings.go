package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// championships are what the tables of seasons are called in the views.
var championships = map[iracing.Championship]string{
	iracing.DriverStandings:       "drivers",
	iracing.SupersessionStandings: "supersession",
	iracing.TeamStandings:         "teams",
	iracing.TimeTrialStandings:    "timeTrial",
	iracing.TimeTrialResults:      "ttResults",
	iracing.QualifyResults:        "qualify",
}

func readStandings(ctx context.Context, api iracing.API, r iracing.Request, at time.Time) (*facts, error) {
	t := iracing.Table{
		Of:     iracing.Championship(strings.TrimPrefix(r.Endpoint.Path, "/data/stats/")),
		Season: param(r, "season_id"), Class: param(r, "car_class_id"),
	}
	if r.Params["division"] != "" {
		t.Division = int(param(r, "division")) + 1
	}
	if r.Params["race_week_num"] != "" {
		t.Week = int(param(r, "race_week_num")) + 1
	}
	if t.Season <= 0 || t.Division < 0 || t.Week < 0 {
		return nil, nil
	}
	s, err := api.Standings(ctx, t)
	if err != nil {
		return nil, err
	}
	n := newNames(at)
	n.season(s.Season, s.Series, 0, 0, 0)
	n.class(iracing.Ref{ID: t.Class}, "")
	rows := s.Rows[:0]
	for i := range s.Rows {
		row := &s.Rows[i]
		if row.ID() != 0 {
			n.entrant(row.ID(), row.Name)
			rows = append(rows, *row)
		}
	}
	name := championships[t.Of]
	// Several requests ask for one table: with division=-1 and without a division.
	lock := fmt.Sprintf("standings %s %d %d %d %d", name, t.Season, t.Class, t.Division, t.Week)
	return &facts{names: n, lock: lock, read: func(ctx context.Context, tx pgx.Tx, k *keeping) error {
		var there bool
		err := tx.QueryRow(ctx, `
			select exists (select from iracing.standings_tables where championship = $1 and season_id = $2 and car_class_id = $3 and division = $4 and week = $5)`,
			name, t.Season, t.Class, t.Division, t.Week).Scan(&there)
		if err != nil {
			return err
		}
		k.do("", `
			insert into iracing.standings_tables (championship, season_id, car_class_id, division, week, updated_at, answered_at)
			values ($1, $2, $3, $4, $5, $6, $7)
			on conflict (championship, season_id, car_class_id, division, week) do update set updated_at = $6, answered_at = $7`,
			name, t.Season, t.Class, t.Division, t.Week, moment(s.Updated), moment(at))
		b := standingBulk(name, t, rows, k)
		if !there {
			return copyAll(ctx, tx, k, b, "championship = $1 and season_id = $2 and car_class_id = $3 and table_division = $4 and week = $5",
				name, t.Season, t.Class, t.Division, t.Week)
		}
		entrants := make([]int64, len(rows))
		for i := range rows {
			entrants[i] = k.entrant(rows[i].ID())
		}
		k.do("standings", `
			delete from iracing.standings where championship = $1 and season_id = $2 and car_class_id = $3 and table_division = $4 and week = $5
			and entrant_id not in (select * from unnest($6::bigint[]))`, name, t.Season, t.Class, t.Division, t.Week, entrants)
		k.put("standings", b)
		return nil
	}}, nil
}

func standingBulk(name string, t iracing.Table, rows []iracing.Standing, k *keeping) *bulk[iracing.Standing] {
	b := into("standings", rows, func(s *iracing.Standing) int64 { return k.entrant(s.ID()) })
	b.textKey("championship", func(*iracing.Standing) string { return name })
	b.key("season_id", func(*iracing.Standing) int64 { return t.Season })
	b.key("car_class_id", func(*iracing.Standing) int64 { return t.Class })
	b.key("table_division", func(*iracing.Standing) int64 { return int64(t.Division) })
	b.key("week", func(*iracing.Standing) int64 { return int64(t.Week) })
	b.key("entrant_id", func(s *iracing.Standing) int64 { return k.entrant(s.ID()) })
	b.id("cust_id", func(s *iracing.Standing) int64 {
		if s.Team != 0 {
			return 0
		}
		return k.cust(s.Cust)
	})
	b.id("team_id", func(s *iracing.Standing) int64 { return s.Team })
	b.place("rank", func(s *iracing.Standing) int { return s.Rank })
	b.place("division", func(s *iracing.Standing) int { return s.Division })
	b.word("country", func(s *iracing.Standing) string { return s.Country })
	b.place("licence_level", func(s *iracing.Standing) int { return s.Licence.Level })
	b.number("safety_rating", func(s *iracing.Standing) float64 { return s.Licence.SR })
	b.number("irating", func(s *iracing.Standing) float64 { return s.IRating })
	b.number("tt_rating", func(s *iracing.Standing) float64 { return s.TTRating })
	b.count("weeks_counted", func(s *iracing.Standing) int { return s.Weeks })
	b.count("starts", func(s *iracing.Standing) int { return s.Starts })
	b.count("wins", func(s *iracing.Standing) int { return s.Wins })
	b.count("top5", func(s *iracing.Standing) int { return s.Top5 })
	b.count("top25", func(s *iracing.Standing) int { return s.Top25 })
	b.count("poles", func(s *iracing.Standing) int { return s.Poles })
	b.number("average_start", func(s *iracing.Standing) float64 { return s.AvgStart })
	b.number("average_finish", func(s *iracing.Standing) float64 { return s.AvgFinish })
	b.number("average_field", func(s *iracing.Standing) float64 { return s.AvgField })
	b.count("laps", func(s *iracing.Standing) int { return s.Laps })
	b.count("laps_led", func(s *iracing.Standing) int { return s.LapsLed })
	b.number("incidents", func(s *iracing.Standing) float64 { return s.Incidents })
	b.number("points", func(s *iracing.Standing) float64 { return s.Points })
	b.number("exact_points", func(s *iracing.Standing) float64 { return s.Exact })
	b.flag("dropped", func(s *iracing.Standing) bool { return s.Dropped })
	b.number("best_lap_seconds", func(s *iracing.Standing) float64 { return s.BestLap })
	return b
}
