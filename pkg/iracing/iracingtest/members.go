package iracingtest

import (
	"slices"
	"strings"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

func memberEndpoints() []endpoint {
	return []endpoint{
		{path: "/data/member/info", delivery: linked, expires: 900, answer: memberInfo},
		{path: "/data/member/get", params: "cust_ids* include_licenses", delivery: linked, expires: 900, answer: memberGet},
		{path: "/data/member/profile", params: "cust_id", delivery: linked, expires: 900, answer: memberProfile},
		{path: "/data/member/chart_data", params: "cust_id category_id* chart_type*", delivery: linked, expires: 900, answer: memberChart},
		{path: "/data/member/participation_credits", delivery: linked, expires: 900, answer: memberCredits},
		{path: "/data/member/awards", params: "cust_id", delivery: dataURL, expires: 900, kind: "member_awards", answer: memberAwards},
		{path: "/data/member/award_instances", params: "cust_id award_id*", delivery: dataURL, expires: 900, kind: "member_award_instances", answer: memberAwardInstances},
		{path: "/data/lookup/drivers", params: "search_term* league_id", delivery: linked, expires: 900, answer: lookupDrivers},
		{path: "/data/team/get", params: "team_id* include_licenses", delivery: linked, expires: 900, answer: teamGet},
		{path: "/data/team/membership", delivery: linked, expires: 900, answer: teamMembership},
	}
}

// lastLogin is when a member was seen last: at the last session.
func (q *query) lastLogin(m *world.Member) time.Time {
	starts := q.Starts(m, nil)
	if len(starts) == 0 {
		return m.Since.Add(time.Hour)
	}
	return starts[len(starts)-1].Race.End.Add(123456 * time.Microsecond)
}

// memberInfo answers all of the own account.
func memberInfo(q *query) (*answer, error) {
	m := q.Me
	licences := obj{}
	for _, row := range q.licences(m) {
		licences[row["category"].(string)] = row //nolint:forcetypeassert // made there
	}
	cars, tracks := q.packages()
	name := strings.Fields(m.Name)
	season := int64(0)
	if s := q.Seasons(world.QuarterOf(q.Now)); len(s) > 0 {
		season = s[0].ID
	}
	dress := suit(m.Style())
	dress["body_type"] = 1
	return body(obj{
		"cust_id": m.ID, "display_name": m.Name, "first_name": name[0], "last_name": name[len(name)-1], "on_car_name": m.Name,
		"member_since": date(m.Since), "flair_id": m.Country.Flair, "flair_name": m.Country.Name, "flair_shortname": m.Country.Short,
		"flair_country_code": m.Country.Code, "last_login": q.lastLogin(m).Format(time.RFC3339Nano), "read_tc": stamp(m.Since.Add(9 * time.Hour)),
		"read_pp": stamp(m.Since.Add(9 * time.Hour)), "read_comp_rules": stamp(m.Since.Add(9 * time.Hour)), "flags": 0, "connection_type": "BROADBAND-4",
		"download_server": "Default", "account": obj{"ir_dollars": 0, "ir_credits": 0, "status": "active", "country_rules": nil}, "helmet": helmet(m),
		"suit": dress, "licenses": licences, "car_packages": cars, "track_packages": tracks, "other_owned_packages": []int{1, 513},
		"dev": false, "alpha_tester": false, "rain_tester": false, "broadcaster": false, "restrictions": obj{}, "has_read_comp_rules": true,
		"has_read_nda": false, "flags_hex": "0", "hundred_pct_club": false, "twenty_pct_discount": false, "last_season": season,
		"has_additional_content": true, "has_read_tc": true, "has_read_pp": true,
	})
}

// ownsCar tells whether the account owns a car: most of them.
func ownsCar(c *world.Car) bool { return c.Free || !c.Retired && c.ID%7 != 2 }

// ownsTrack tells whether the account owns a track.
func ownsTrack(t *world.Track) bool { return t.Free || !t.Retired && t.Package%4 != 2 }

func carSKU(c *world.Car) int { return 10000 + c.ID }

func trackSKU(t *world.Track) int { return 10100 + t.ID }

// packages are the cars and tracks that the account owns.
func (q *query) packages() (cars, tracks []obj) {
	for _, c := range q.Cars {
		if ownsCar(c) {
			cars = append(cars, obj{"package_id": c.Package, "content_ids": []int{c.ID}})
		}
	}
	contents := map[int][]int{}
	for _, t := range q.Tracks {
		if !ownsTrack(t) {
			continue
		}
		if contents[t.Package] == nil {
			tracks = append(tracks, obj{"package_id": t.Package})
		}
		contents[t.Package] = append(contents[t.Package], t.ID)
	}
	for _, row := range tracks {
		row["content_ids"] = contents[row["package_id"].(int)] //nolint:forcetypeassert // made above
	}
	return cars, tracks
}

// memberGet answers some members in short.
func memberGet(q *query) (*answer, error) {
	ids := q.list("cust_ids")
	members := []obj{}
	for _, id := range ids {
		m := q.Member(id)
		if m == nil {
			continue
		}
		row := flair(person(m), m.Country)
		row["last_login"], row["member_since"], row["ai"] = q.lastLogin(m).Format(time.RFC3339Nano), date(m.Since), false
		if q.bool("include_licenses") {
			row["licenses"] = q.licences(m)
		}
		members = append(members, row)
	}
	return body(obj{"success": true, "cust_ids": ids, "members": members})
}

// memberProfile answers what a member's page shows.
func memberProfile(q *query) (*answer, error) {
	m, err := q.member()
	if err != nil {
		return nil, err
	}
	info := flair(person(m), m.Country)
	info["ai"], info["country"], info["country_code"] = false, m.Country.Name, m.Country.Code
	info["last_login"], info["licenses"], info["member_since"] = q.lastLogin(m).Format(time.RFC3339Nano), q.licences(m), date(m.Since)
	before := []obj{}
	last := world.QuarterOf(q.Now).Start().Add(-time.Second)
	for _, category := range world.Categories {
		if l := q.LicenceAt(m, category, last); l != nil {
			row := licence(l, category)
			for _, name := range []string{"mpr_num_races", "mpr_num_tts", "pro_promotable"} {
				delete(row, name)
			}
			before = append(before, row)
		}
	}
	starts := q.Starts(m, nil)
	events := []obj{}
	for i := len(starts) - 1; i >= 0 && len(events) < 20; i-- {
		events = append(events, recentEvent(starts[i]))
	}
	awards := []obj{}
	for _, a := range q.awards(m) {
		for i := len(a.instances) - 1; i >= 0 && i > len(a.instances)-3; i-- {
			awards = append(awards, a.row(m, i))
		}
	}
	if len(awards) > 6 {
		awards = awards[:6]
	}
	var activity any
	if recent, previous := q.active(m, 0), q.active(m, 30); recent+previous > 0 {
		activity = obj{"recent_30days_count": recent, "prev_30days_count": previous, "consecutive_weeks": recent / 8, "most_consecutive_weeks": 3 + len(starts)/12}
	}
	return body(obj{
		"recent_awards": awards, "activity": activity, "success": true, "image_url": q.server.host(partChunks) + "/img/avatar.svg", "member_info": info,
		"disabled": false, "license_history": before, "recent_events": events, "cust_id": m.ID, "is_generic_image": true,
		"follow_counts": obj{"followers": int(m.Style() % 90), "follows": int(m.Style() >> 8 % 60)},
	})
}

// active is on how many sessions a member was in thirty days that ended some days ago.
func (q *query) active(m *world.Member, ago int) int {
	to := q.Now.AddDate(0, 0, -ago)
	from := to.AddDate(0, 0, -30)
	return len(q.Starts(m, func(s world.Start) bool { return !s.Race.Start.Before(from) && s.Race.Start.Before(to) }))
}

// recentEvent is a row of a profile: its places count from 0.
func recentEvent(s world.Start) obj {
	r, e := s.Race, s.Result()
	row := obj{
		"event_type": strings.ToUpper(eventNames[r.Event]), "subsession_id": r.ID, "start_time": stamp(r.Start), "simsession_type": 6,
		"starting_position": e.Grid, "finish_position": e.Place, "best_lap_time": e.Best, "percent_rank": -1, "car_id": e.Car.ID,
		"car_name": e.Car.Name, "logo_url": nil, "track": trackName(r.Track),
	}
	if r.Event != world.RaceEvent {
		row["simsession_type"] = 3
	}
	switch {
	case r.Season != nil:
		row["event_id"], row["event_name"] = r.Season.ID, r.Season.Series.Name
	case r.Hosted.League != nil:
		row["event_type"], row["event_id"], row["event_name"] = "LEAGUE", r.Hosted.PrivateID, r.Hosted.Name
	default:
		row["event_type"], row["event_id"], row["event_name"] = "HOSTED", r.Hosted.PrivateID, r.Hosted.Name
	}
	return row
}

// memberChart answers the history of a rating: a value for each day it changed on. Chart type 1 is iRating, 2 the
// time-trial rating, 3 the safety rating.
func memberChart(q *query) (*answer, error) {
	m, err := q.member()
	if err != nil {
		return nil, err
	}
	category, chart := int(q.int("category_id", 0)), int(q.int("chart_type", 0))
	if category < world.Oval || category > world.FormulaCar || chart < 1 || chart > 3 {
		return nil, bad("category_id or chart_type is not known")
	}
	type point struct {
		When  string `json:"when"`
		Value int    `json:"value"`
	}
	data := []point{}
	for _, p := range q.History(m, category) {
		value := [...]int{0, int(p.Licence.IRating), int(p.Licence.TTRating), p.Licence.Chart()}[chart]
		when := date(p.At)
		if n := len(data); n > 0 && data[n-1].When == when {
			data[n-1].Value = value
			continue
		} else if n > 0 && data[n-1].Value == value {
			continue
		}
		data = append(data, point{when, value})
	}
	return body(obj{"blackout": false, "category_id": category, "chart_type": chart, "data": data, "success": true, "cust_id": m.ID})
}

// memberCredits answers how far the account is towards its participation credits.
func memberCredits(q *query) (*answer, error) {
	now := world.QuarterOf(q.Now)
	weeks := map[*world.Season]map[int]bool{}
	for _, s := range q.Starts(q.Me, world.Start.Official) {
		if s.Race.Season.Quarter != now {
			continue
		}
		if weeks[s.Race.Season] == nil {
			weeks[s.Race.Season] = map[int]bool{}
		}
		weeks[s.Race.Season][s.Race.Week] = true
	}
	rows := []obj{}
	for _, season := range q.Seasons(now) {
		if weeks[season] == nil {
			continue
		}
		g := groups[season.Series.Group-1]
		row := obj{
			"cust_id": q.Me.ID, "season_id": season.ID, "series_id": season.Series.ID, "series_name": season.Series.Name, "license_group": season.Series.Group,
			"license_group_name": g.name, "participation_credits": g.credits, "min_weeks": 8, "weeks": len(weeks[season]), "earned_credits": 0,
			"total_credits": 0,
		}
		if len(weeks[season]) >= 8 {
			row["earned_credits"], row["total_credits"] = g.credits, g.credits
		}
		rows = append(rows, row)
	}
	return body(rows)
}

// lookupDrivers answers the members whose names hold a text, or whose id it is.
func lookupDrivers(q *query) (*answer, error) {
	term := strings.ToLower(strings.TrimSpace(q.text("search_term")))
	var league *world.League
	if q.has("league_id") {
		if league = q.League(q.int("league_id", 0)); league == nil {
			return nil, errNotFound
		}
	}
	rows := []obj{}
	for _, m := range q.Members() {
		if len(rows) == 100 || league != nil && league.Member(m) == nil {
			continue
		}
		if strings.Contains(strings.ToLower(m.Name), term) || term == text(m.ID) {
			row := person(m)
			row["profile_disabled"] = false
			rows = append(rows, row)
		}
	}
	return body(rows)
}

// teamGet answers a team.
func teamGet(q *query) (*answer, error) {
	t := q.Team(q.int("team_id", 0))
	if t == nil {
		return nil, errNotFound
	}
	roster := []obj{}
	for _, m := range t.Drivers {
		row := person(m)
		row["owner"], row["admin"] = m == t.Owner, m == t.Owner
		if q.bool("include_licenses") {
			row["licenses"] = q.licences(m)
		}
		roster = append(roster, row)
	}
	owner := person(t.Owner)
	owner["owner"], owner["admin"] = true, true
	mine := slices.Contains(t.Drivers, q.Me)
	pending := []obj{}
	for _, m := range q.Members() {
		if (m.Style()^t.Style())%97 == 0 && !slices.Contains(t.Drivers, m) && len(pending) < 2 {
			row := person(m)
			row["team_id"], row["initiated"], row["revoked"] = t.ID, stamp(m.Since.Add(30*24*time.Hour)), false
			pending = append(pending, row)
		}
	}
	return body(obj{
		"team_id": t.ID, "owner_id": t.Owner.ID, "team_name": t.Name, "created": stamp(t.Created), "hidden": false, "message": "", "about": "", "url": "",
		"roster_count": len(roster), "recruiting": false, "private_wall": false, "is_default": false, "is_owner": t.Owner == q.Me,
		"is_admin": t.Owner == q.Me, "suit": suit(t.Style()), "owner": owner, "tags": obj{"categorized": []any{}, "not_categorized": []any{}}, //nolint:misspell // the spelling of the API
		"team_applications": []any{}, "pending_requests": pending, "is_member": mine, "is_applicant": false, "is_invite": false, "is_ignored": false,
		"roster": roster,
	})
}

// teamMembership answers the account's teams.
func teamMembership(q *query) (*answer, error) {
	rows := []obj{}
	for _, t := range q.Teams() {
		if slices.Contains(t.Drivers, q.Me) {
			rows = append(rows, obj{"team_id": t.ID, "team_name": t.Name, "owner": t.Owner == q.Me, "admin": t.Owner == q.Me, "default_team": len(rows) == 0})
		}
	}
	return body(rows)
}
