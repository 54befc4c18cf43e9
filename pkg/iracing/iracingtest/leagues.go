package iracingtest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

func leagueEndpoints() []endpoint {
	const filters = "search tag restrict_to_member restrict_to_recruiting restrict_to_friends restrict_to_watched minimum_roster_count maximum_roster_count lowerbound upperbound sort order"
	return []endpoint{
		{path: "/data/league/cust_league_sessions", params: "mine package_id", delivery: linked, expires: 900, answer: custLeagueSessions},
		{path: "/data/league/directory", params: filters, delivery: linked, expires: 900, answer: leagueDirectory},
		{path: "/data/league/get", params: "league_id* include_licenses", delivery: linked, expires: 900, answer: leagueGet},
		{path: "/data/league/get_points_systems", params: "league_id* season_id", delivery: linked, expires: 900, answer: pointsSystems},
		{path: "/data/league/membership", params: "cust_id include_league", delivery: linked, expires: 900, answer: leagueMembership},
		{path: "/data/league/roster", params: "league_id* include_licenses", delivery: dataURL, expires: 900, kind: "league_roster", answer: leagueRoster},
		{path: "/data/league/seasons", params: "league_id* retired", delivery: linked, expires: 900, answer: leagueSeasons},
		{path: "/data/league/season_standings", params: "league_id* season_id* car_class_id car_id", delivery: linked, expires: 900, answer: leagueStandings},
		{path: "/data/league/season_sessions", params: "league_id* season_id* results_only", delivery: linked, expires: 900, answer: leagueSessions},
	}
}

// league is the league that league_id names.
func (q *query) league() (*world.League, error) {
	l := q.League(q.int("league_id", 0))
	if l == nil {
		return nil, errNotFound
	}
	return l, nil
}

// leagueSeason is the season that league_id and season_id name, if the account may see it.
func (q *query) leagueSeason() (*world.League, *world.LeagueSeason, error) {
	l, err := q.league()
	if err != nil {
		return nil, nil, err
	}
	if l.Private && l.Member(q.Me) == nil {
		return nil, nil, errForbidden
	}
	for _, s := range l.Seasons {
		if s.ID == q.int("season_id", 0) && !s.Quarter.Start().After(q.Now) {
			return l, s, nil
		}
	}
	return nil, nil, errNotFound
}

// ownerRow is a league's owner.
func ownerRow(l *world.League) obj {
	row := person(l.Owner)
	row["car_number"], row["nick_name"] = nil, nil
	return row
}

// roster are a league's members.
func (q *query) roster(l *world.League) []obj {
	list := []obj{}
	for _, m := range l.Roster {
		row := person(m.Member)
		row["owner"], row["admin"] = m.Member == l.Owner, m.Admin
		row["league_mail_opt_out"], row["league_pm_opt_out"] = false, false
		row["league_member_since"], row["car_number"], row["nick_name"] = stamp(m.Since), m.Number, nil
		if q.bool("include_licenses") {
			row["licenses"] = q.licences(m.Member)
		}
		list = append(list, row)
	}
	return list
}

// isAdmin tells whether the own account runs the league.
func (q *query) isAdmin(l *world.League) bool {
	m := l.Member(q.Me)
	return m != nil && m.Admin
}

// leagueGet answers a league with its members.
func leagueGet(q *query) (*answer, error) {
	l, err := q.league()
	if err != nil {
		return nil, err
	}
	return body(q.leagueRow(l))
}

func (q *query) leagueRow(l *world.League) obj {
	picture := q.server.host(partChunks) + "/img/league.svg"
	return obj{
		"league_id": l.ID, "owner_id": l.Owner.ID, "league_name": l.Name, "created": stamp(l.Created), "hidden": false, "about": l.About, "message": "",
		"url": "", "recruiting": l.Open, "private_wall": l.Private, "private_roster": l.Private, "private_schedule": l.Private, "private_results": l.Private,
		"is_owner": l.Owner == q.Me, "is_admin": q.isAdmin(l), "roster_count": len(l.Roster), "owner": ownerRow(l),
		"image": obj{"small_logo": picture, "large_logo": picture}, "tags": obj{"categorized": []any{}, "not_categorized": []any{}}, //nolint:misspell // the spelling of the API
		"league_applications": []any{}, "pending_requests": []any{}, "is_member": l.Member(q.Me) != nil, "is_applicant": false, "is_invite": false,
		"is_ignored": false, "roster": q.roster(l),
	}
}

// leagueRoster answers the members of a league.
func leagueRoster(q *query) (*answer, error) {
	l, err := q.league()
	if err != nil {
		return nil, err
	}
	if l.Private && l.Member(q.Me) == nil {
		return nil, errForbidden
	}
	return &answer{
		header: obj{"subscribed": false, "success": true, "roster_count": len(l.Roster), "league_id": l.ID},
		body:   obj{"private_roster": l.Private, "roster": q.roster(l)},
	}, nil
}

// leagueMembership answers the leagues of a member.
func leagueMembership(q *query) (*answer, error) {
	m, err := q.member()
	if err != nil {
		return nil, err
	}
	rows := []obj{}
	for _, l := range q.Leagues() {
		in := l.Member(m)
		if in == nil {
			continue
		}
		row := obj{
			"league_id": l.ID, "league_name": l.Name, "owner": m == l.Owner, "admin": in.Admin, "league_mail_opt_out": false, "league_pm_opt_out": false,
			"car_number": in.Number, "nick_name": nil,
		}
		if q.bool("include_league") {
			row["league"] = q.leagueRow(l)
		}
		rows = append(rows, row)
	}
	return body(rows)
}

// leagueDirectory answers a page of the list of leagues; its bounds count from 1.
func leagueDirectory(q *query) (*answer, error) {
	search := strings.ToLower(q.text("search"))
	list := slices.DeleteFunc(slices.Clone(q.Leagues()), func(l *world.League) bool {
		n := int64(len(l.Roster))
		return !strings.Contains(strings.ToLower(l.Name), search) || q.bool("restrict_to_member") && l.Member(q.Me) == nil ||
			q.bool("restrict_to_recruiting") && !l.Open || n < q.int("minimum_roster_count", 0) || n > q.int("maximum_roster_count", n) ||
			q.bool("restrict_to_friends") || q.bool("restrict_to_watched")
	})
	slices.SortStableFunc(list, func(a, b *world.League) int {
		var order int
		switch q.text("sort") {
		case "displayname":
			order = strings.Compare(a.Owner.Name, b.Owner.Name)
		case "rostercount":
			order = cmp.Compare(len(a.Roster), len(b.Roster))
		case "leaguename":
			order = strings.Compare(a.Name, b.Name)
		}
		if q.text("order") == "desc" {
			return -order
		}
		return order
	})
	total := len(list)
	from := max(1, int(q.int("lowerbound", 1)))
	to := min(total, int(q.int("upperbound", int64(from+38))))
	rows := []obj{}
	for i := from; i <= to; i++ {
		l := list[i-1]
		rows = append(rows, obj{
			"league_id": l.ID, "owner_id": l.Owner.ID, "league_name": l.Name, "created": stamp(l.Created), "about": l.About, "url": "",
			"roster_count": len(l.Roster), "recruiting": l.Open, "is_admin": q.isAdmin(l), "is_member": l.Member(q.Me) != nil, "pending_application": false,
			"pending_invitation": false, "owner": ownerRow(l),
		})
	}
	return body(obj{"results_page": rows, "success": true, "lowerbound": from, "upperbound": to, "row_count": total})
}

// pointsSystems answers the systems that a league can choose from.
func pointsSystems(q *query) (*answer, error) {
	l, err := q.league()
	if err != nil {
		return nil, err
	}
	rows := []obj{}
	for i := range world.PointsSystems {
		s := &world.PointsSystems[i]
		rows = append(rows, obj{
			"points_system_id": s.ID, "name": s.Name, "description": s.Description, "league_id": 0, "retired": false, "iracing_system": true,
		})
	}
	return body(obj{"subscribed": false, "success": true, "points_systems": rows, "league_id": l.ID})
}

// leagueSeasons answers the seasons of a league: those that are over with retired only.
func leagueSeasons(q *query) (*answer, error) {
	l, err := q.league()
	if err != nil {
		return nil, err
	}
	rows := []obj{}
	for _, s := range slices.Backward(l.Seasons) {
		over := s.Over(q.Now)
		if s.Quarter.Start().After(q.Now) || over && !q.bool("retired") {
			continue
		}
		car := obj{"car_id": s.Car.ID, "car_name": s.Car.Name}
		all := obj{"car_id": 0, "car_name": "All Cars"}
		rows = append(rows, obj{
			"league_id": l.ID, "season_id": s.ID, "points_system_id": s.System.ID, "season_name": s.Name, "active": !over, "hidden": false, "num_drops": s.Drops,
			"no_drops_on_or_after_race_num": -1, "points_cars": []obj{car},
			"driver_points_car_classes": []obj{{"car_class_id": 0, "name": "All Car Classes", "cars_in_class": []obj{all, car}}},
			"team_points_car_classes":   []obj{{"car_class_id": 0, "name": "All Car Classes", "cars_in_class": []obj{all}}},
			"points_system_name":        s.System.Name, "points_system_desc": s.System.Description,
		})
	}
	return body(obj{"subscribed": false, "seasons": rows, "success": true, "retired": q.bool("retired"), "league_id": l.ID})
}

// leagueStandings answers the table of a league's season.
func leagueStandings(q *query) (*answer, error) {
	l, s, err := q.leagueSeason()
	if err != nil {
		return nil, err
	}
	rows := []obj{}
	var table strings.Builder
	table.WriteString("position,driver,points\n")
	for i, row := range s.Standings(q.View) {
		var number any
		if m := l.Member(row.Member); m != nil {
			number = m.Number
		}
		rows = append(rows, obj{
			"rownum": i + 1, "position": i + 1, "driver": person(row.Member), "car_number": number, "driver_nickname": nil, "wins": row.Wins,
			"average_start": int(row.Start), "average_finish": int(row.Finish), "base_points": row.Counted, "negative_adjustments": 0,
			"positive_adjustments": 0, "total_adjustments": 0, "total_points": row.Counted,
		})
		fmt.Fprintf(&table, "%d,%s,%d\n", i+1, row.Member.Name, row.Counted)
	}
	path := "/members/messaging-services/short_lived/league/" + text(l.ID) + "/" + text(s.ID)
	return body(obj{
		"car_class_id": q.int("car_class_id", 0), "success": true, "season_id": s.ID, "car_id": q.int("car_id", 0), "league_id": l.ID,
		"standings": obj{
			"driver_standings": rows, "team_standings": []any{},
			"driver_standings_csv_url": q.server.link(path+"/drivers.csv", "text/csv", []byte(table.String())),
			"team_standings_csv_url":   q.server.link(path+"/teams.csv", "text/csv", []byte("position,team,points\n")),
		},
	})
}

// leagueSessions answers the calendar of a league's season.
func leagueSessions(q *query) (*answer, error) {
	l, s, err := q.leagueSeason()
	if err != nil {
		return nil, err
	}
	rows := []obj{}
	for _, h := range s.Sessions {
		held := h.Race != nil && q.Over(h.Race)
		if q.bool("results_only") && !held {
			continue
		}
		row := obj{
			"cars":           []obj{{"car_id": h.Car.ID, "car_name": h.Car.Name, "car_class_id": 0, "car_class_name": "Hosted All Cars Class"}},
			"driver_changes": false, "entry_count": 0, "has_results": held, "launch_at": stamp(h.At), "league_id": l.ID, "league_season_id": s.ID,
			"lone_qualify": true, "pace_car_class_id": nil, "pace_car_id": nil, "password_protected": h.Password, "practice_length": h.Practice,
			"private_session_id": h.PrivateID, "qualify_laps": 2, "qualify_length": h.Qualify, "race_laps": h.Laps, "race_length": h.Minutes, "status": 1,
			"team_entry_count": 0, "time_limit": 180, "track": bareTrack(h.Track), "track_state": hostedTrackState(), "weather": q.leagueWeather(h, !held),
		}
		switch {
		case held:
			w := h.Race.Winner()
			row["status"], row["session_id"], row["subsession_id"], row["entry_count"] = 4, h.Race.Session, h.Race.ID, len(h.Race.Entries)
			row["winner_id"], row["winner_name"] = w.Group(), w.Name()
		case h.At.Add(3 * time.Hour).Before(q.Now):
			row["status"] = 4 // nobody came
		}
		rows = append(rows, row)
	}
	return body(obj{"success": true, "subscribed": false, "league_id": l.ID, "season_id": s.ID, "sessions": rows})
}

// hostedTrackState is the state of the track as a hosted session sets it up.
func hostedTrackState() obj {
	return obj{
		"leave_marbles": false, "practice_rubber": -1, "practice_grip_compound": -1, "qualify_rubber": -1, "qualify_grip_compound": -1, "race_rubber": -1,
		"race_grip_compound": -1, "warmup_rubber": -1, "warmup_grip_compound": -1,
	}
}

// leagueWeather is the weather of a league's session; one to come has a forecast.
func (q *query) leagueWeather(h *world.Hosted, forecast bool) obj {
	s := skyOf(h.Track, uint64(h.PrivateID))
	w := obj{
		"allow_fog": false, "fog": 0, "precip_option": 8, "rel_humidity": int(s.humidity), "skies": s.skies(), "temp_units": 1, "temp_value": int(s.temp),
		"track_water": 0, "type": 3, "version": 1, "weather_summary": s.summary(), "weather_var_initial": 0, "weather_var_ongoing": 0,
		"wind_dir": s.windDir, "wind_units": 1, "wind_value": int(s.wind / 3.6),
	}
	if forecast {
		w["weather_url"] = q.forecastURL("hosted/"+text(h.PrivateID), s, simulatedStart(h.At))
	}
	return w
}

// custLeagueSessions answers the sessions to come of the account's leagues.
func custLeagueSessions(q *query) (*answer, error) {
	rows := []obj{}
	for _, l := range q.Leagues() {
		if l.Member(q.Me) == nil {
			continue
		}
		for _, s := range l.Seasons {
			for _, h := range s.Sessions {
				if (h.Race == nil || !q.Live(h.Race)) && !h.At.After(q.Now) || h.At.After(q.Now.AddDate(0, 1, 0)) || q.bool("mine") && h.Host != q.Me {
					continue
				}
				rows = append(rows, q.hostedRow(h, true))
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b obj) int { return strings.Compare(a["launch_at"].(string), b["launch_at"].(string)) }) //nolint:forcetypeassert // made there
	return body(obj{"mine": q.bool("mine"), "subscribed": false, "sequence": q.Now.Unix() / 60 % 100000, "sessions": rows, "success": true})
}
