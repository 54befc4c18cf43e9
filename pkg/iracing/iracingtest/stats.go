package iracingtest

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

func statsEndpoints() []endpoint {
	const standings = "season_id* car_class_id* division race_week_num"
	list := []endpoint{
		{path: "/data/stats/member_bests", params: "cust_id car_id", delivery: linked, expires: 900, answer: memberBests},
		{path: "/data/stats/member_career", params: "cust_id", delivery: linked, expires: 900, answer: memberCareer},
		{path: "/data/stats/member_division", params: "season_id* event_type*", delivery: linked, expires: 900, answer: memberDivision},
		{path: "/data/stats/member_recap", params: "cust_id year season", delivery: linked, expires: 900, answer: memberRecap},
		{path: "/data/stats/member_recent_races", params: "cust_id", delivery: linked, expires: 900, answer: memberRecentRaces},
		{path: "/data/stats/member_summary", params: "cust_id", delivery: linked, expires: 900, answer: memberSummary},
		{path: "/data/stats/member_yearly", params: "cust_id", delivery: linked, expires: 900, answer: memberYearly},
		{path: "/data/stats/season_driver_standings", params: standings, delivery: linkedChunks, expires: 900, answer: driverStandings},
		{path: "/data/stats/season_supersession_standings", params: standings, delivery: linkedChunks, expires: 900, answer: superStandings},
		{path: "/data/stats/season_team_standings", params: "season_id* car_class_id* race_week_num", delivery: linkedChunks, expires: 900, answer: teamStandings},
		{path: "/data/stats/season_tt_standings", params: standings, delivery: linkedChunks, expires: 900, answer: trialStandings},
		{path: "/data/stats/season_tt_results", params: "season_id* car_class_id* race_week_num* division", delivery: linkedChunks, expires: 900, answer: trialResults},
		{path: "/data/stats/season_qualify_results", params: "season_id* car_class_id* race_week_num* division", delivery: linkedChunks, expires: 900, answer: qualifyResults},
		{path: "/data/stats/world_records", params: "car_id* track_id* season_year season_quarter", delivery: linkedData, expires: 900, kind: "stats_world_records", answer: worldRecords},
	}
	for _, category := range append(slices.Clone(world.Categories), world.Road) {
		list = append(list, endpoint{
			path: "/data/driver_stats_by_category/" + world.CategoryName(category), delivery: linkedCSV, expires: 900,
			answer: func(q *query) (*answer, error) { return driverStats(q, category) },
		})
	}
	return list
}

func text(n int64) string { return strconv.FormatInt(n, 10) }

// share is one driver's part of a race: the row of the result or the part of a team's.
type share struct {
	start           world.Start
	laps, led, inc  int
	grid, place     int // from 1, in the class
	points, ofField int
	lapTime         int32
}

// shareOf is what a member did in a session.
func shareOf(s world.Start) share {
	e := s.Result()
	p := share{
		start: s, laps: int(e.Laps), led: int(e.Led), inc: int(e.Incidents), grid: int(e.GridInClass) + 1, place: int(e.PlaceInClass) + 1,
		points: int(e.Points), lapTime: e.Best,
	}
	if s.Drive >= 0 {
		d := &e.Drivers[s.Drive]
		p.laps, p.led, p.inc, p.lapTime = int(d.Laps), int(d.Led), int(d.Incidents), d.Best
	}
	for _, f := range s.Race.Fields {
		if f.Class == e.Car.Class {
			p.ofField = f.Cars
		}
	}
	return p
}

// drove are a member's official races with what was done in them. A team's driver who did not drive did not start.
func (q *query) drove(m *world.Member) []share {
	var list []share
	for _, s := range q.Starts(m, world.Start.Official) {
		p := shareOf(s)
		if s.Drive >= 0 && p.laps == 0 && p.inc == 0 {
			continue
		}
		list = append(list, p)
	}
	return list
}

// totals are sums over races.
type totals struct {
	starts, wins, top5, poles, laps, led, grid, place, inc, points int
}

func (t *totals) add(p share) {
	t.starts++
	t.laps += p.laps
	t.led += p.led
	t.inc += p.inc
	t.grid += p.grid
	t.place += p.place
	t.points += p.points
	if p.place == 1 {
		t.wins++
	}
	if p.place <= 5 {
		t.top5++
	}
	if p.grid == 1 {
		t.poles++
	}
}

// mean is a rounded average.
func mean(sum, n int) int {
	if n == 0 {
		return 0
	}
	return int(math.Round(float64(sum) / float64(n)))
}

func percent(part, n int) float64 {
	if n == 0 {
		return 0
	}
	return math.Round(1e4*float64(part)/float64(n)) / 100
}

// row are the totals as the statistics of a career and of a year write them.
func (t *totals) row(category int) obj {
	incidents := 0.0
	if t.starts > 0 {
		incidents = math.Round(1e4*float64(t.inc)/float64(t.starts)) / 1e4
	}
	return obj{
		"category_id": category, "category": world.CategoryTitle(category), "starts": t.starts, "wins": t.wins, "top5": t.top5, "poles": t.poles,
		"avg_start_position": mean(t.grid, t.starts), "avg_finish_position": mean(t.place, t.starts), "laps": t.laps, "laps_led": t.led,
		"avg_incidents": incidents, "avg_points": mean(t.points, t.starts), "win_percentage": percent(t.wins, t.starts),
		"top5_percentage": percent(t.top5, t.starts), "laps_led_percentage": percent(t.led, t.laps), "poles_percentage": percent(t.poles, t.starts),
	}
}

// memberCareer answers totals by category.
func memberCareer(q *query) (*answer, error) {
	m, err := q.member()
	if err != nil {
		return nil, err
	}
	var by [7]totals
	for _, p := range q.drove(m) {
		by[p.start.Race.Category].add(p)
	}
	rows := []obj{}
	for _, category := range append(slices.Clone(world.Categories), world.Road) {
		if category != world.Road || by[category].starts > 0 {
			rows = append(rows, by[category].row(category))
		}
	}
	return body(obj{"stats": rows, "cust_id": m.ID})
}

// memberYearly answers totals by year and category.
func memberYearly(q *query) (*answer, error) {
	m, err := q.member()
	if err != nil {
		return nil, err
	}
	by := map[[2]int]*totals{}
	var keys [][2]int
	for _, p := range q.drove(m) {
		key := [2]int{p.start.Race.Start.Year(), p.start.Race.Category}
		if by[key] == nil {
			by[key] = &totals{}
			keys = append(keys, key)
		}
		by[key].add(p)
	}
	slices.SortFunc(keys, func(a, b [2]int) int { return cmp.Or(cmp.Compare(a[1], b[1]), cmp.Compare(b[0], a[0])) })
	rows := []obj{}
	for _, key := range keys {
		row := by[key].row(key[1])
		row["year"] = key[0]
		rows = append(rows, row)
	}
	return body(obj{"stats": rows, "cust_id": m.ID})
}

// memberSummary answers counts of this year.
func memberSummary(q *query) (*answer, error) {
	m, err := q.member()
	if err != nil {
		return nil, err
	}
	var official, league, officialWins, leagueWins int
	for _, s := range q.Starts(m, func(s world.Start) bool {
		return s.Race.Start.Year() == q.Now.Year() && s.Race.Event == world.RaceEvent
	}) {
		won := 0
		if s.Result().PlaceInClass == 0 {
			won = 1
		}
		switch {
		case s.Race.Season != nil:
			official, officialWins = official+1, officialWins+won
		case s.Race.Hosted.League != nil:
			league, leagueWins = league+1, leagueWins+won
		}
	}
	return body(obj{
		"this_year": obj{
			"num_official_sessions": official, "num_league_sessions": league, "num_official_wins": officialWins, "num_league_wins": leagueWins,
		},
		"cust_id": m.ID,
	})
}

// memberRecap answers a year or a quarter in short.
func memberRecap(q *query) (*answer, error) {
	m, err := q.member()
	if err != nil {
		return nil, err
	}
	year, number := int(q.int("year", int64(q.Now.Year()))), int(q.int("season", 0))
	if number < 0 || number > 4 {
		return nil, bad("season is not valid")
	}
	var t totals
	cars, tracks := map[*world.Car]int{}, map[*world.Track]int{}
	for _, p := range q.drove(m) {
		s := p.start.Race.Season
		if s.Quarter.Year != year || number != 0 && s.Quarter.Number != number {
			continue
		}
		t.add(p)
		cars[p.start.Result().Car]++
		tracks[p.start.Race.Track]++
	}
	res := obj{
		"starts": t.starts, "wins": t.wins, "top5": t.top5, "avg_start_position": mean(t.grid, t.starts), "avg_finish_position": mean(t.place, t.starts),
		"laps": t.laps, "laps_led": t.led, "favorite_car": nil, "favorite_track": nil, //nolint:misspell // the spelling of the API
	}
	base := q.server.host(partChunks)
	if c := favourite(cars, func(c *world.Car) int { return c.ID }); c != nil {
		res["favorite_car"] = obj{"car_id": c.ID, "car_name": c.Name, "car_image": base + "/img/cars/" + c.Dir + "/" + c.Dir + "-small.jpg"} //nolint:misspell // the spelling of the API
	}
	if c := favourite(tracks, func(t *world.Track) int { return t.ID }); c != nil {
		row := trackName(c)
		row["track_logo"] = base + "/img/logos/tracks/" + trackDir(c) + "-logo.png"
		res["favorite_track"] = row //nolint:misspell // the spelling of the API
	}
	answer := obj{"year": year, "stats": res, "success": true, "season": nil, "cust_id": m.ID}
	if number != 0 {
		answer["season"] = number
	}
	return body(answer)
}

// favourite is what was counted most; of equals the one with the least id.
func favourite[T any](counts map[*T]int, id func(*T) int) *T {
	var found *T
	for t, n := range counts {
		if found == nil || n > counts[found] || n == counts[found] && id(t) < id(found) {
			found = t
		}
	}
	return found
}

// memberRecentRaces answers the last ten official races: their places count from 1.
func memberRecentRaces(q *query) (*answer, error) {
	m, err := q.member()
	if err != nil {
		return nil, err
	}
	drove := q.drove(m)
	rows := []obj{}
	for i := len(drove) - 1; i >= 0 && len(rows) < 10; i-- {
		p := drove[i]
		r, e := p.start.Race, p.start.Result()
		before, after := p.start.Before(), p.start.After()
		row := obj{
			"season_id": r.Season.ID, "series_id": r.Season.Series.ID, "series_name": r.Season.Series.Name, "car_id": e.Car.ID, "car_class_id": e.Car.Class.ID,
			"livery": paint(entryStyle(e), e.Car), "license_level": before.Level(), "session_start_time": stamp(r.Start),
			"start_position": int(e.Grid) + 1, "finish_position": int(e.Place) + 1, "qualifying_time": max(0, e.Qual), "laps": p.laps, "laps_led": p.led,
			"incidents": p.inc, "points": e.Points, "strength_of_field": r.SoF, "subsession_id": r.ID, "old_sub_level": before.SubLevel,
			"new_sub_level": after.SubLevel, "oldi_rating": before.IRating, "newi_rating": after.IRating, "track": obj{"track_id": r.Track.ID, "track_name": r.Track.Name},
			"drop_race": q.dropped(m, r), "season_year": r.Season.Quarter.Year, "season_quarter": r.Season.Quarter.Number, "race_week_num": r.Week,
		}
		w := r.Winner()
		row["winner_group_id"], row["winner_name"], row["winner_license_level"] = w.Group(), w.Name(), -1
		row["winner_helmet"] = obj{"pattern": 0, "color1": "ffffff", "color2": "ffffff", "color3": "ffffff", "face_type": 0, "helmet_type": 0}
		if w.Member != nil {
			row["winner_license_level"], row["winner_helmet"] = w.Before.Level(), helmet(w.Member)
		}
		rows = append(rows, row)
	}
	return body(obj{"races": rows, "cust_id": m.ID})
}

// memberBests answers the best laps with a car: one for each track and type of event.
func memberBests(q *query) (*answer, error) {
	m, err := q.member()
	if err != nil {
		return nil, err
	}
	type key struct {
		track *world.Track
		event int
	}
	last := map[*world.Car]time.Time{}
	bests := map[key]share{}
	var cars []*world.Car
	starts := q.Starts(m, func(s world.Start) bool { return s.Race.Season != nil })
	for _, s := range starts {
		c := s.Result().Car
		if last[c].IsZero() {
			cars = append(cars, c)
		}
		last[c] = s.Race.Start
	}
	if len(cars) == 0 {
		return body(obj{"cars_driven": []any{}, "bests": []any{}, "car_id": nil, "cust_id": m.ID})
	}
	slices.SortFunc(cars, func(a, b *world.Car) int { return strings.Compare(a.Name, b.Name) })
	carID := q.int("car_id", 0)
	if carID == 0 {
		carID = int64(slices.MaxFunc(cars, func(a, b *world.Car) int { return last[a].Compare(last[b]) }).ID)
	}
	var keys []key
	for _, s := range starts {
		p := shareOf(s)
		if int64(s.Result().Car.ID) != carID || p.lapTime <= 0 {
			continue
		}
		k := key{s.Race.Track, s.Race.Event}
		old, ok := bests[k]
		if !ok {
			keys = append(keys, k)
		}
		if !ok || p.lapTime < old.lapTime {
			bests[k] = p
		}
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(strings.Compare(a.track.Name, b.track.Name), cmp.Compare(a.track.ID, b.track.ID), cmp.Compare(a.event, b.event))
	})
	rows, driven := []obj{}, []obj{}
	for _, k := range keys {
		p := bests[k]
		r := p.start.Race
		rows = append(rows, obj{
			"track": trackName(k.track), "event_type": eventNames[k.event], "best_lap_time": p.lapTime, "subsession_id": r.ID, "end_time": stamp(r.End),
			"season_year": r.Season.Quarter.Year, "season_quarter": r.Season.Quarter.Number,
		})
	}
	for _, c := range cars {
		driven = append(driven, obj{"car_id": c.ID, "car_name": c.Name})
	}
	return body(obj{"cars_driven": driven, "bests": rows, "car_id": carID, "cust_id": m.ID})
}

// memberDivision answers the account's division in a season.
func memberDivision(q *query) (*answer, error) {
	season := q.Season(q.int("season_id", 0))
	if season == nil {
		return nil, errNotFound
	}
	category := season.Series.CategoryAt(season.Quarter)
	d := world.DivisionOf(q.LicenceAt(q.Me, category, season.Quarter.Start()))
	return body(obj{
		"division": d, "projected": len(q.Starts(q.Me, func(s world.Start) bool { return s.Race.Season == season })) == 0,
		"event_type": q.int("event_type", 0), "success": true, "season_id": season.ID,
	})
}

// driverStats answers the membership's statistics in a category as CSV.
func driverStats(q *query, category int) (*answer, error) {
	type row struct {
		m *world.Member
		l *world.Licence
		t totals
		q int // finishes among the best quarter
	}
	var rows []row
	for _, m := range q.Members() {
		l := q.Licence(m, category)
		if l == nil {
			continue
		}
		one := row{m: m, l: l}
		for _, p := range q.drove(m) {
			if p.start.Race.Category == category {
				one.t.add(p)
				if p.place <= max(1, p.ofField/4) {
					one.q++
				}
			}
		}
		rows = append(rows, one)
	}
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(b.l.IRating, a.l.IRating) })
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(strings.Split("DRIVER,CUSTID,LOCATION,CLUB_NAME,STARTS,WINS,AVG_START_POS,AVG_FINISH_POS,AVG_POINTS,TOP25PCNT,LAPS,LAPSLEAD,AVG_INC,CLASS,IRATING,TTRATING,TOT_CLUBPOINTS,CHAMPPOINTS", ","))
	for _, one := range rows {
		t := &one.t
		incidents := 0.0
		if t.starts > 0 {
			incidents = float64(t.inc) / float64(t.starts)
		}
		letter := groups[one.l.Group-1].letter
		_ = w.Write([]string{
			one.m.Name, text(one.m.ID), one.m.Country.Code, "N/A", strconv.Itoa(t.starts), strconv.Itoa(t.wins), strconv.Itoa(mean(t.grid, t.starts)),
			strconv.Itoa(mean(t.place, t.starts)), strconv.Itoa(mean(t.points, t.starts)), strconv.Itoa(one.q), strconv.Itoa(t.laps), strconv.Itoa(t.led),
			fmt.Sprintf("%.2f", incidents), fmt.Sprintf("%s %.2f", letter, one.l.Safety()), strconv.Itoa(int(one.l.IRating)), strconv.Itoa(int(one.l.TTRating)),
			"0", strconv.Itoa(t.points),
		})
	}
	w.Flush()
	return &answer{csv: b.Bytes()}, nil
}
