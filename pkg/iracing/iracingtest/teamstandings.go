package iracingtest

import (
	"math"
	"slices"
	"strconv"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

// teamStandings answers the championship of the teams.
func teamStandings(q *query) (*answer, error) {
	t, err := q.table()
	if err != nil {
		return nil, err
	}
	by := map[*world.Team]*score{}
	crews := map[*world.Team]map[*world.Member]*score{}
	var list []*score
	t.entries(q, world.RaceEvent, func(r *world.Race, e *world.Entry) {
		if e.Team == nil {
			return
		}
		s := by[e.Team]
		if s == nil {
			s = &score{team: e.Team, car: e.Car, weeks: map[int][]int{}}
			by[e.Team] = s
			crews[e.Team] = map[*world.Member]*score{}
			list = append(list, s)
		}
		index := slices.IndexFunc(r.Entries, func(other world.Entry) bool { return other.Number == e.Number })
		s.race(shareOf(world.Start{Race: r, Entry: index, Drive: -1}))
		for i := range e.Drivers {
			d := &e.Drivers[i]
			if d.Laps == 0 {
				continue
			}
			one := crews[e.Team][d.Member]
			if one == nil {
				one = &score{member: d.Member, weeks: map[int][]int{}}
				crews[e.Team][d.Member] = one
			}
			one.race(shareOf(world.Start{Race: r, Entry: index, Drive: i}))
		}
	})
	for _, s := range list {
		s.close(t.season.Series.Drops)
	}
	rank(list)
	rows := []any{}
	for i, s := range list {
		row := s.teamRow(i + 1)
		row["cust_id"], row["display_name"], row["team_id"] = s.team.ID, s.team.Name, s.team.ID
		row["cars"] = []obj{{"carclassid": s.car.Class.ID, "carid": s.car.ID}}
		drivers := []obj{}
		for _, m := range s.team.Drivers {
			one := crews[s.team][m]
			if one == nil {
				continue
			}
			one.close(t.season.Series.Drops)
			d := one.teamRow(i + 1)
			d["cust_id"], d["display_name"] = m.ID, m.Name
			category := t.season.Series.CategoryAt(t.season.Quarter)
			lic := smallLicence(q.Licence(m, category), category, false)
			delete(lic, "irating")
			d["license"] = lic
			drivers = append(drivers, d)
		}
		row["drivers"] = drivers
		rows = append(rows, row)
	}
	head := t.head(q)
	for _, name := range []string{"division", "club_id", "customer_rank"} {
		delete(head, name)
	}
	return &answer{header: head, rows: found(rows), public: "/public/standings/season/" + text(t.season.ID) + "/season-team/" + strconv.Itoa(t.class.ID) + "/" + strconv.Itoa(t.week) + "/"}, nil
}

// teamRow is a score as the table of teams writes it.
func (s *score) teamRow(place int) obj {
	return obj{
		"rank": place, "weeks_counted": s.counted, "starts": s.t.starts, "wins": s.t.wins, "top5": s.t.top5, "top25_percent": s.best25,
		"poles": s.t.poles, "avg_start_position": mean(s.t.grid, s.t.starts), "avg_finish_position": mean(s.t.place, s.t.starts),
		"avg_field_size": mean(s.fieldSum, s.t.starts), "laps": s.t.laps, "laps_led": s.t.led, "incidents": s.t.inc,
		"points": int(math.Floor(s.raw)), "week_dropped": s.drops > 0,
	}
}
