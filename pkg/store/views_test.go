package store_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// fewRaces are one race of each sort: 10 of a league and without classes, 20 of a series with two classes, 30 and 31 of
// teams, 40 of which only a search told. Driver 1 is the own one and 2 is followed. In the teams' races 4 and 5 never drove,
// and neither did 1 in the second.
const fewRaces = `
	insert into iracing.drivers (cust_id, name, alias, alias_key, own, followed) values (1, 'Robin Test', 'Driver 00001', 'a', true, false),
		(2, 'Sam Test', 'Driver 00002', 'b', false, true), (3, 'Kim Test', 'Driver 00003', 'c', false, false),
		(4, 'Jo Test', 'Driver 00004', 'd', false, false), (5, 'Lou Test', 'Driver 00005', 'e', false, false);
	insert into iracing.teams (team_id, name, alias, alias_key) values (-1, 'One', 'Team 1', 'x'), (-2, 'Two', 'Team 2', 'y');
	insert into iracing.series (series_id, name) values (300, 'Test Cup');
	insert into iracing.leagues (league_id, name) values (7, 'Test League');
	insert into iracing.cars (car_id, name) values (130, 'Car');
	insert into iracing.car_classes (car_class_id, name) values (0, 'Hosted All Cars Class'), (4000, 'GT'), (4001, 'LMP');
	insert into iracing.subsessions (subsession_id, complete, has_race, hosted, league_id, series_id, team_event, started_at, sof, best_lap_seconds, average_lap_seconds) values
		(10, true, true, true, 7, null, false, '2026-05-01 10:00Z', 1500, null, 98.8875),
		(20, true, true, false, null, 300, false, '2026-05-02 10:00Z', 2100, 88, 99),
		(30, true, true, false, null, 300, true, '2026-05-03 10:00Z', 1700, 89, 99), (31, true, true, true, null, null, true, '2026-05-04 10:00Z', 1700, 89, 99),
		(40, false, true, false, null, 300, true, '2026-05-05 10:00Z', 1300, null, null);
	insert into iracing.subsession_classes (subsession_id, car_class_id, sof) values (20, 4000, 1800), (20, 4001, 2500);
	insert into iracing.parts (subsession_id, part, type, kind, main) select s, p, 6 + p, case p when 0 then 'race' else 'qualify' end, true
		from unnest(array[10, 20, 30, 31]) as s cross join unnest(array[0, -1]) as p;
	insert into iracing.part_cars (subsession_id, part, car_class_id, car_id) select subsession_id, part, c, 130
		from iracing.parts cross join unnest(array[null, 4000, 4001]) as c;
	insert into iracing.results (subsession_id, part, entrant_id, cust_id, team_id, race, position, field, class_field, car_class_id, car_id, laps, laps_led, dropped, incidents, best_lap_seconds, average_lap_seconds)
		select subsession_id, part, coalesce(team, cust), cust, team, part = 0, position, 3, 3, class, 130, 9, 0, false, 0, 90 + position - part * 5, 98
		from iracing.parts join (values (10, 1, null, 1, null), (10, 2, null, 2, null), (10, 3, null, 3, null), (20, 1, null, 1, 4000), (20, 2, null, 2, 4000), (20, 3, null, 3, 4001),
			(30, null, -1, 1, 4000), (30, null, -2, 2, 4000), (31, null, -1, 1, null), (31, null, -2, 2, null)) as r(race, cust, team, position, class) on race = subsession_id;
	insert into iracing.team_results (subsession_id, part, team_id, cust_id, laps, laps_led, dropped, incidents)
		select subsession_id, part, team, cust, laps, 0, false, incidents
		from iracing.parts join (values (30, -1, 1, 5, 0), (30, -1, 4, 0, null), (30, -2, 2, 0, 2), (30, -2, 3, 9, 0), (30, -2, 5, 0, 0),
			(31, -1, 1, 0, 0), (31, -1, 4, 9, 0), (31, -2, 2, 9, 0), (31, -2, 5, 0, 0)) as r(race, team, cust, laps, incidents) on race = subsession_id;
	insert into iracing.found_races (cust_id, subsession_id, position, laps, incidents) values (1, 40, 2, 0, 0), (2, 40, 3, 4, 0)`

// withRaces is a connection to a database with facts.
func withRaces(t *testing.T, facts ...string) *pgx.Conn {
	t.Helper()
	_, conn := openFacts(t)
	perform(t, conn, facts...)
	return conn
}

// perform runs statements.
func perform(t *testing.T, conn *pgx.Conn, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := conn.Exec(t.Context(), s); err != nil {
			t.Fatalf("%v\n%s", err, s)
		}
	}
}

func TestMeetingsOfRacesWithoutClasses(t *testing.T) {
	conn := withRaces(t, fewRaces)
	expect(t, conn, "select subsession_id, rival, same_class, ahead from iracing.v_meetings where subsession_id < 30 order by 1, 2",
		"10|Driver 00002|true|true", "10|Driver 00003|true|true", "20|Driver 00002|true|true", "20|Driver 00003|false|true")
}

// A race has one name wherever it is.
func TestRacesHaveOneName(t *testing.T) {
	conn := withRaces(t, fewRaces)
	expect(t, conn, "select subsession_id, series from iracing.v_races order by 1", "10|Test League", "20|Test Cup", "30|Test Cup", "31|Hosted session", "40|Test Cup")
	for _, view := range []string{"v_own_races", "v_meetings"} {
		expect(t, conn, "select count(*) > 3 as some, bool_and(v.series = r.series) as same from iracing."+view+" v join iracing.v_races r using (subsession_id)", "true|true")
	}
}

func TestWhoNeverDroveIsInNoRace(t *testing.T) {
	conn := withRaces(t, fewRaces)
	expect(t, conn, "select subsession_id, driver_key, team, laps from iracing.v_driver_results where team is not null order by 1, 2",
		"30|1|Team 1|5", "30|b|Team 2|0", "30|c|Team 2|9", "31|b|Team 2|9", "31|d|Team 1|9")
	expect(t, conn, "select subsession_id, driver_key, found_only from iracing.v_own_races where team_event order by 1, 2", "30|1|false", "30|b|false", "31|b|false", "40|b|true")
	expect(t, conn, "select subsession_id, rival_key from iracing.v_meetings where subsession_id >= 30 order by 1, 2", "30|b", "30|c")
	expect(t, conn, "select own, drivers from iracing.v_results where subsession_id = 31 and kind = 'race' and driver = 'Team 1'", "true|Driver 00004, Robin Test")
}

func TestStrengthOfFieldOfTheClass(t *testing.T) {
	conn := withRaces(t, fewRaces)
	expect(t, conn, "select subsession_id, sof, class_sof from iracing.v_own_races where own order by 1", "10|1500|1500", "20|2100|1800", "30|1700|1700")
	for view, races := range map[string]string{"v_driver_results": "10, 20, 30", "v_results": "10, 20"} {
		expect(t, conn, `select string_agg(distinct subsession_id::text, ', ' order by subsession_id::text), bool_and(v.sof = o.class_sof)
			from iracing.v_own_races o join iracing.`+view+` v using (subsession_id, driver_key) where o.own`, races+"|true")
	}
}

func TestBestLapOfARace(t *testing.T) {
	conn := withRaces(t, fewRaces)
	expect(t, conn, "select subsession_id, best_lap_seconds, average_lap_seconds from iracing.v_races order by 1",
		"10|91|98.8875", "20|88|99", "30|89|99", "31|89|99", "40|~|~")
}

// What a view tells does not depend on where its reader is.
func TestWeeksInAnyTimeZone(t *testing.T) {
	conn := withRaces(t, `
		insert into iracing.seasons (season_id, name, active, week) values (1, 'Season', true, 1);
		insert into iracing.season_weeks (season_id, week, starts_at) values (1, 1, '2026-03-24 00:00Z'), (1, 2, '2026-10-20 00:00Z');
		insert into iracing.season_times (season_id, week, number, first_day, days, first_seconds, every_seconds) values (1, 1, 1, '2026-03-24', '{0,5,6}', 3600, 43200);
		insert into iracing.rating_history (cust_id, category_id, chart, day, value) select cust_id, 5, 1, '2026-03-29', 1500 from iracing.drivers`)
	for _, zone := range []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"} {
		perform(t, conn, "set time zone '"+zone+"'")
		expect(t, conn, "select week, ends_at at time zone 'UTC' = starts_at at time zone 'UTC' + interval '7 days' from iracing.v_schedule order by 1", "1|true", "2|true")
		expect(t, conn, "select to_char(start_at at time zone 'UTC', 'DD HH24:MI') from iracing.v_starts order by start_at",
			"24 01:00", "24 13:00", "29 01:00", "29 13:00", "30 01:00", "30 13:00")
	}
}

// A start that two rules of a week tell of is one.
func TestStartsAreToldOnce(t *testing.T) {
	conn := withRaces(t, `
		insert into iracing.seasons (season_id, name) values (1, 'Season');
		insert into iracing.season_weeks (season_id, week) values (1, 1);
		insert into iracing.season_times (season_id, week, number, fixed, super_session, session_seconds) values
			(1, 1, 1, '{2026-03-24 10:00Z, 2026-03-24 12:00Z, 2026-03-24 10:00Z}', false, 1800), (1, 1, 2, '{2026-03-24 12:00Z}', true, 3600)`)
	expect(t, conn, "select to_char(start_at at time zone 'UTC', 'HH24'), super_session, session_seconds from iracing.v_starts order by 1", "10|false|1800", "12|true|3600")
}

func TestLeagueTablesOfAllCars(t *testing.T) {
	conn := withRaces(t, fewRaces, `
		insert into iracing.league_seasons (league_id, league_season_id, name) values (7, 1, 'Winter');
		insert into iracing.league_standings (league_id, league_season_id, car_class_id, entrant_id, cust_id, position) values (7, 1, 0, 1, 1, 1), (7, 1, 4000, 1, 1, 1)`)
	expect(t, conn, "select car_class_id, car_class, driver from iracing.v_league_standings order by 1", "4000|GT|Robin Test", "~|~|Robin Test")
}

func TestRunsWithAndWithoutAProblem(t *testing.T) {
	conn := withRaces(t, "insert into iracing.job_runs (job, outcome, problem) values ('results', 'ok', ''), ('results', 'ok', 'left two out'), ('results', 'failed', 'no network')")
	expect(t, conn, "select outcome, problem from iracing.v_job_runs order by run_id", "ok|~", "ok|left two out", "failed|no network")
}

func TestWhoseTelemetryItIs(t *testing.T) {
	s, conn := openFacts(t)
	if err := s.SetDrivers(t.Context(), []int64{11}, []int64{12}); err != nil {
		t.Fatal(err)
	}
	for id, cust := range map[string]int64{"aaaa": 11, "bbbb": 12, "cccc": 13, "dddd": 0} {
		mustPut(t, s, recorded(id, cust, ""))
	}
	expect(t, conn, "select file_id, own, followed from iracing.v_telemetry_sessions order by 1", "aaaa|true|false", "bbbb|false|true", "cccc|false|false", "dddd|false|false")
	expect(t, conn, "select distinct file_id, own, followed from iracing.v_telemetry_laps order by 1", "aaaa|true|false", "bbbb|false|true", "cccc|false|false", "dddd|false|false")
}

// manyRaces are 300 races of 8 cars with 10 laps each, every tenth of them of teams, three years of seasons, and as many
// drivers as that takes. The own driver was in all of them.
const manyRaces = `
	insert into iracing.drivers (cust_id, alias, alias_key, own) select i, 'Driver ' || i, 'k' || i, i = 1 from generate_series(1, 2000) i;
	insert into iracing.teams (team_id, alias, alias_key) select -i, 'Team ' || i, 't' || i from generate_series(1, 50) i;
	insert into iracing.cars (car_id, name) values (1, 'Car');
	insert into iracing.car_classes (car_class_id, name) values (1, 'Class');
	insert into iracing.subsessions (subsession_id, complete, has_race, started_at, ended_at, team_event)
		select i, true, true, timestamptz '2026-01-01 00:00Z' + i * interval '1 hour', timestamptz '2026-01-01 01:00Z' + i * interval '1 hour', i % 10 = 0 from generate_series(1, 300) i;
	insert into iracing.parts (subsession_id, part, type, kind, main) select i, p, 6 + p, case p when 0 then 'race' else 'qualify' end, true from generate_series(1, 300) i, generate_series(-1, 0) p;
	insert into iracing.part_cars (subsession_id, part, car_class_id, car_id) select subsession_id, part, 1, 1 from iracing.parts;
	insert into iracing.results (subsession_id, part, entrant_id, cust_id, team_id, race, position, field, class_field, car_class_id, car_id, laps, laps_led, dropped)
		select subsession_id, part, case when team then -1 else 1 end * who, case when not team then who end, case when team then -who end, part = 0, n, 8, 8, 1, 1, 10, 0, false
		from iracing.parts cross join generate_series(1, 8) n
		cross join lateral (select subsession_id % 10 = 0 as team, case when n = 1 then 1 when subsession_id % 10 = 0 then n * 6 else 2 + (subsession_id * 13 + n * 211) % 1998 end as who) as x;
	insert into iracing.team_results (subsession_id, part, team_id, cust_id, laps, laps_led, dropped)
		select subsession_id, part, team_id, case when team_id = -1 and k = 1 then 1 else 2 + (subsession_id * 7 - team_id * 31 + k * 997) % 1998 end, 5, 0, false
		from iracing.results cross join generate_series(1, 2) k where team_id is not null;
	insert into iracing.lap_charts (subsession_id, part, cars, last_lap, start_seconds, end_seconds) select subsession_id, 0, 8, 10, 600, 1600 from iracing.subsessions;
	insert into iracing.lap_cars (subsession_id, part, entrant_id, cust_id, team_id, charted) select subsession_id, part, entrant_id, cust_id, team_id, true from iracing.results where part = 0;
	insert into iracing.laps (subsession_id, part, entrant_id, lap, driver_id, time_seconds, flags, clean, incident, best, fastest)
		select c.subsession_id, c.part, c.entrant_id, lap, (select d.cust_id from iracing.team_results d where d.subsession_id = c.subsession_id and d.part = 0 and d.team_id = c.team_id
			order by d.cust_id offset lap / 6 limit 1), 90 + lap * 0.125, 0, lap > 1, false, false, false
		from iracing.lap_cars c cross join generate_series(0, 10) lap;
	insert into iracing.events (subsession_id, part, seq, code, at_seconds, cust_id, about, message)
		select c.subsession_id, 0, n, 7, 600 + n, c.cust_id, 'Lead Change', '' from iracing.lap_cars c cross join generate_series(1, 10) n where c.entrant_id = 1;
	insert into iracing.seasons (season_id, name, active, week) select i, 'Season', i % 12 = 0, 6 from generate_series(1, 120) i;
	insert into iracing.season_weeks (season_id, week, starts_at) select season_id, w, timestamptz '2026-06-01 00:00Z' + w * interval '168 hours' from iracing.seasons cross join generate_series(1, 12) w;
	insert into iracing.season_times (season_id, week, number, first_day, days, first_seconds, every_seconds) select season_id, week, 1, (starts_at at time zone 'UTC')::date, '{0,1,2}', 0, 7200 from iracing.season_weeks`

// plan is a part of what PostgreSQL did for a query.
type plan struct {
	Relation string  `json:"Relation Name"`
	Rows     float64 `json:"Actual Rows"`
	Removed  float64 `json:"Rows Removed by Filter"`
	Loops    float64 `json:"Actual Loops"`
	Plans    []plan
}

// read is how many rows of a table that took.
func (p *plan) read(table string) (rows float64) {
	if p.Relation == table {
		rows = (p.Rows + p.Removed) * p.Loops
	}
	for i := range p.Plans {
		rows += p.Plans[i].read(table)
	}
	return rows
}

// rowsRead is how many rows of a table a query reads.
func rowsRead(t *testing.T, conn *pgx.Conn, table, sql string) float64 {
	t.Helper()
	var text []byte
	if err := conn.QueryRow(t.Context(), "explain (analyze, timing off, format json) "+sql).Scan(&text); err != nil { //nolint:misspell // PostgreSQL's word
		t.Fatalf("%v\n%s", err, sql)
	}
	var out []struct{ Plan plan }
	if err := json.Unmarshal(text, &out); err != nil || len(out) != 1 {
		t.Fatalf("%v\n%s", err, text)
	}
	return out[0].Plan.read(table)
}

// Who joins views reads of the large tables what belongs to the races that were chosen, and not all there is.
func TestJoinsReadTheRacesThatAreChosen(t *testing.T) {
	conn := withRaces(t, manyRaces, "analyze") //nolint:misspell // PostgreSQL's word
	const last = "(select subsession_id from iracing.v_own_races where own order by started_at desc limit 10)"
	for _, c := range []struct {
		table string
		most  float64 // rows
		view  string
	}{
		{"laps", 3 * 10 * 88, "v_laps"},
		{"laps", 3 * 10 * 88, "v_pace"},
		{"events", 3 * 10 * 10, "v_events"},
		{"team_results", 10 * 2 * 16, "v_results"},
		// The own races are found by all of the own driver's results, two parts each.
		{"results", 2*600 + 6*10*16, "v_driver_results"},
		{"results", 2*600 + 6*10*16, "v_meetings"},
		{"results", 2*600 + 2*10*16, "v_results"},
	} {
		all := "select * from iracing." + c.view + " where subsession_id = any(array" + last + ")"
		want := list(t, conn, "select count(*), sum(hashtext(v::text)) from ("+all+") v")
		for _, sql := range []string{
			"select v.* from iracing." + c.view + " v join " + last + " r using (subsession_id)",
			"select * from iracing." + c.view + " where subsession_id in " + last,
			"select v.* from " + last + " r cross join lateral (select * from iracing." + c.view + " v where v.subsession_id = r.subsession_id) v",
		} {
			if n := rowsRead(t, conn, c.table, sql); n == 0 || n > c.most {
				t.Errorf("%v rows of %s instead of %v at most:\n%s", n, c.table, c.most, sql)
			}
			if got := list(t, conn, "select count(*), sum(hashtext(v::text)) from ("+sql+") v"); !slices.Equal(got, want) || strings.HasPrefix(want[0], "0|") {
				t.Errorf("%q instead of %q:\n%s", got, want, sql)
			}
		}
	}
	for _, c := range []struct {
		table string
		most  float64
		sql   string
	}{
		{"laps", 3 * 20 * 88, "select l.* from iracing.v_laps l join iracing.v_races r using (subsession_id) where r.started_at < timestamptz '2026-01-01 20:00Z'"},
		{"laps", 3 * 20 * 88, "select * from iracing.v_laps where started_at < timestamptz '2026-01-01 20:00Z'"},
		// One of eight cars, and all of the teams' cars at most.
		{"laps", 2 * 300 * 11, "select * from iracing.v_laps where own"},
		{"lap_cars", 2 * 300 * 8, "select * from iracing.v_laps where own"},
		{"season_times", 10, "select s.season_id, min(t.start_at) from iracing.v_schedule s join iracing.v_starts t using (season_id, week) where s.running group by 1"},
		{"season_times", 1, "select * from iracing.v_starts where season_id = 7 and week = 3"},
	} {
		if n := rowsRead(t, conn, c.table, c.sql); n == 0 || n > c.most {
			t.Errorf("%v rows of %s instead of %v at most:\n%s", n, c.table, c.most, c.sql)
		}
	}
}
