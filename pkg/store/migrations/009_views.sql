-- Views that can be joined: a race, or some, are looked up in each, and what the others hold is not read. PostgreSQL hands
-- what a join chooses to tables, not to a union of joins or to sums, so these stand for each subsession by itself. And it
-- orders eight tables of a query freely, and more of them in the order in which they are written, so names are looked up
-- where they are shown and not joined.

create function iracing.series_name(series text, league text, hosted boolean) returns text
    language sql immutable parallel safe
    return coalesce(series, league, case when hosted then 'Hosted session' end);
comment on function iracing.series_name is 'What a subsession belongs to: its series, or its league, or nothing that has a name.';

-- Calendars.

create or replace view iracing.v_schedule as
select w.season_id, s.name as season, s.series_id, se.name as series, coalesce(w.category_id, s.category_id, se.category_id) as category_id,
    iracing.category_name(coalesce(w.category_id, s.category_id, se.category_id)) as category, s.year, s.quarter, s.active, s.licence_group, s.fixed_setup, s.team_event,
    w.week, s.weeks, s.week = w.week and s.active as running, w.starts_at, coalesce(w.ends_at, w.starts_at + interval '168 hours') as ends_at,
    w.track_id, iracing.track_name(t.name, t.config) as track, w.race_laps, w.race_seconds, w.practice_seconds, w.qualify_seconds, w.qualify_laps, w.rolling_start,
    w.temperature_low_celsius, w.temperature_high_celsius, w.wind_low_meters_per_second, w.wind_high_meters_per_second, w.wind_from, w.rain_share, w.rain,
    w.skies_low, w.skies_high, w.sim_started_at, s.races
from iracing.season_weeks w
join iracing.seasons s using (season_id)
left join iracing.series se using (series_id)
left join iracing.tracks t on t.track_id = w.track_id;
comment on column iracing.v_schedule.ends_at is 'End of its last session, or 168 hours after its beginning.';

create or replace view iracing.v_starts as
select w.season_id, w.week, starts.start_at, starts.super_session, starts.session_seconds
from iracing.season_weeks w
cross join lateral (
    select at.at as start_at, bool_or(t.super_session) as super_session, max(t.session_seconds) as session_seconds
    from iracing.season_times t
    cross join lateral (
        select fixed.at from unnest(t.fixed) as fixed(at)
        union all
        -- From the first start of each day until midnight; less than a minute between two starts means once a day.
        select (t.first_day + d.day + make_interval(secs => t.first_seconds + n * t.every_seconds))::timestamp at time zone 'UTC'
        from unnest(t.days) as d(day)
        cross join lateral generate_series(0, case when t.every_seconds >= 60 then ceil((86400 - t.first_seconds) / t.every_seconds)::integer - 1 else 0 end) as n
        where t.first_day is not null and t.first_seconds < 86400
    ) as at
    where t.season_id = w.season_id and t.week = w.week
    group by at.at
) as starts;
comment on view iracing.v_starts is 'Starts of official sessions: a row for each start of each week whose schedule is there. Choose season_id and week, by a join with v_schedule, as those of all weeks are very many.';

-- Races.

create or replace view iracing.v_races as
select s.subsession_id, s.session_id, s.started_at, s.ended_at, s.complete, s.category_id, iracing.category_name(s.category_id) as category,
    case when s.event_type = 2 then 'Practice' when s.event_type = 3 then 'Qualifying' when s.event_type = 4 then 'Time trial' when s.event_type = 5 or s.has_race then 'Race' end as event,
    s.series_id, iracing.series_name((select name from iracing.series where series_id = s.series_id), (select name from iracing.leagues where league_id = s.league_id), s.hosted) as series,
    s.season_id, (select name from iracing.seasons where season_id = s.season_id) as season, s.year, s.quarter, s.week,
    s.track_id, (select iracing.track_name(name, config) from iracing.tracks where track_id = s.track_id) as track, s.official, s.hosted, s.has_race, s.team_event,
    s.league_id, (select name from iracing.leagues where league_id = s.league_id) as league,
    s.league_season_id, (select name from iracing.league_seasons where league_id = s.league_id and league_season_id = s.league_season_id) as league_season,
    case when (select show_names from iracing.settings) or (select own from iracing.drivers where cust_id = s.host_id) then s.session_name end as session,
    s.split, s.splits, s.sof, s.entries, s.people, s.laps, s.corners,
    coalesce(s.best_lap_seconds, (select min(best_lap_seconds) from iracing.results where subsession_id = s.subsession_id and race)) as best_lap_seconds,
    s.average_lap_seconds, s.lead_changes, s.cautions, s.caution_laps,
    coalesce((select driver from iracing.shown_drivers where cust_id = s.winner_id), (select team from iracing.shown_teams where team_id = s.winner_id)) as winner,
    coalesce((select driver_key from iracing.shown_drivers where cust_id = s.winner_id), (select team_key from iracing.shown_teams where team_id = s.winner_id)) as winner_key,
    s.farm, p.air_celsius, p.air_min_celsius, p.air_max_celsius, p.humidity_share, p.wind_meters_per_second, p.wind_from, p.cloud_share, p.skies, p.wet_share, p.rain_millimeters,
    p.sim_started_at, exists (select from iracing.lap_charts where subsession_id = p.subsession_id and part = p.part) as has_laps
from iracing.subsessions s
left join iracing.parts p on p.subsession_id = s.subsession_id and p.kind = 'race' and p.main
where s.started_at is not null;
comment on column iracing.v_races.best_lap_seconds is 'Best lap of the race, of all cars.';
comment on column iracing.v_races.average_lap_seconds is 'Average lap as iRacing gives it for the whole race. It is not the winner''s: that is in v_results.';
comment on column iracing.v_races.sof is 'Strength of field of all cars.';
comment on column iracing.subsessions.average_lap_seconds is 'Average lap as iRacing gives it for the whole race; not the winner''s.';

create or replace view iracing.v_results as
select r.subsession_id, s.started_at, r.part, p.kind, p.main, r.position, r.class_position, r.car_number,
    coalesce(d.driver, (select team from iracing.shown_teams where team_id = r.team_id)) as driver,
    coalesce(d.driver_key, (select team_key from iracing.shown_teams where team_id = r.team_id)) as driver_key,
    coalesce(d.own, (
        select bool_or(own) from iracing.team_results tr join iracing.drivers using (cust_id)
        where tr.subsession_id = r.subsession_id and tr.part = r.part and tr.team_id = r.team_id
    ), false) as own,
    coalesce(d.followed, (
        select bool_or(followed) from iracing.team_results tr join iracing.drivers using (cust_id)
        where tr.subsession_id = r.subsession_id and tr.part = r.part and tr.team_id = r.team_id
    ), false) as followed,
    r.team_id is not null as is_team,
    (
        select string_agg(driver, ', ' order by laps desc, driver) from iracing.team_results tr join iracing.shown_drivers using (cust_id)
        where tr.subsession_id = r.subsession_id and tr.part = r.part and tr.team_id = r.team_id
    ) as drivers, r.ai,
    r.car_id, (select name from iracing.cars where car_id = r.car_id) as car, r.car_class_id, (select name from iracing.car_classes where car_class_id = r.car_class_id) as car_class,
    r.gap_seconds, r.class_gap_seconds, r.laps_down, r.class_laps_down, r.laps, r.laps_led,
    r.grid, r.class_grid, r.grid - r.position as gained, r.class_grid - r.class_position as class_gained, r.field, r.class_field,
    case when r.field > 1 then 1 - (r.position - 1)::double precision / (r.field - 1) when r.field = 1 then 1 end as finish_share,
    r.best_lap_seconds, r.best_lap, r.average_lap_seconds, r.qualify_lap_seconds, r.incidents,
    r.irating_old, r.irating_new, r.irating_new - r.irating_old as irating_change,
    iracing.licence_class(r.licence_level_old) as licence_class_old, r.safety_rating_old, iracing.licence_class(r.licence_level_new) as licence_class, r.safety_rating_new as safety_rating,
    case when (r.licence_level_old + 3) / 4 = (r.licence_level_new + 3) / 4 then r.safety_rating_new - r.safety_rating_old end as safety_rating_change,
    r.cpi_old, r.cpi_new,
    coalesce((select sof from iracing.subsession_classes where subsession_id = r.subsession_id and car_class_id = r.car_class_id), s.sof) as sof,
    r.points, r.league_points, r.dropped, r.division, r.reason_out, r.flair, r.country
from iracing.results r
join iracing.parts p using (subsession_id, part)
join iracing.subsessions s using (subsession_id)
left join iracing.shown_drivers d on d.cust_id = r.cust_id;
comment on column iracing.v_results.own is 'Whether it is the own driver''s car, alone or in a team, driven or not.';
comment on column iracing.v_results.drivers is 'The drivers of the team, who drove most first; those who never drove, too.';
comment on column iracing.v_results.sof is 'Strength of field of the class, or of all cars where that is not known.';

-- What drivers made of races, alone or in a team: the one who drove has the numbers, and the car has the places. The parts
-- of the union are bare tables, so that both are read by their indexes, of drivers or of subsessions.
create or replace view iracing.driven_races as
select d.subsession_id, d.part, d.cust_id, dr.driver, dr.driver_key, dr.own, dr.followed, d.team_id, d.race is not false and coalesce(d.race, car.race) as race, d.entrant_id,
    coalesce(d.position, car.position) as position, coalesce(d.class_position, car.class_position) as class_position, coalesce(d.grid, car.grid) as grid, coalesce(d.class_grid, car.class_grid) as class_grid, coalesce(d.field, car.field) as field,
    coalesce(d.class_field, car.class_field) as class_field, coalesce(d.car_class_id, car.car_class_id) as car_class_id, coalesce(d.car_id, car.car_id) as car_id, coalesce(d.car_number, car.car_number) as car_number, coalesce(d.gap_seconds, car.gap_seconds) as gap_seconds, coalesce(d.laps_down, car.laps_down) as laps_down,
    d.laps, d.laps_led, d.average_lap_seconds, d.best_lap_seconds, d.qualify_lap_seconds, d.incidents, d.irating_old, d.irating_new, d.cpi_old, d.cpi_new,
    d.licence_level_old, d.licence_level_new, d.safety_rating_old, d.safety_rating_new,
    greatest(d.points, car.points) as points, d.league_points, d.dropped, d.division, coalesce(d.reason_out, car.reason_out) as reason_out
from (
    select subsession_id, part, entrant_id, cust_id, null::bigint as team_id, race, position, class_position, grid, class_grid, field, class_field, car_class_id, car_id, car_number, gap_seconds, laps_down, reason_out,
        laps, laps_led, average_lap_seconds, best_lap_seconds, qualify_lap_seconds, incidents, irating_old, irating_new, cpi_old, cpi_new,
        licence_level_old, licence_level_new, safety_rating_old, safety_rating_new, points, league_points, dropped, division
    from iracing.results
    union all
    select subsession_id, part, team_id, cust_id, team_id, null, null, null, null, null, null, null, null, null, null, null, null, null,
        laps, laps_led, average_lap_seconds, best_lap_seconds, qualify_lap_seconds, incidents, irating_old, irating_new, cpi_old, cpi_new,
        licence_level_old, licence_level_new, safety_rating_old, safety_rating_new, points, league_points, dropped, division
    from iracing.team_results
) as d
join iracing.shown_drivers dr on dr.cust_id = d.cust_id
left join iracing.results car on car.subsession_id = d.subsession_id and car.part = d.part and car.entrant_id = d.team_id
-- Who was in a team and never drove did not start.
where d.team_id is null or d.laps > 0 or d.incidents > 0;
comment on view iracing.driven_races is 'What drivers made of parts of subsessions, alone or in a team. Those of a team who never drove are left out.';

create or replace view iracing.v_driver_results as
select d.subsession_id, s.started_at, s.category_id, iracing.category_name(s.category_id) as category, s.series_id, s.season_id, s.week, s.track_id, s.official, s.hosted,
    d.driver, d.driver_key, d.own, d.followed, (select team from iracing.shown_teams where team_id = d.team_id) as team,
    (select team_key from iracing.shown_teams where team_id = d.team_id) as team_key, d.position, d.class_position, d.grid, d.class_grid, d.field, d.class_field, d.car_number,
    d.car_id, (select name from iracing.cars where car_id = d.car_id) as car, d.car_class_id, (select name from iracing.car_classes where car_class_id = d.car_class_id) as car_class,
    d.gap_seconds, d.laps_down, d.laps, d.laps_led, d.best_lap_seconds, d.average_lap_seconds, d.incidents,
    d.irating_old, d.irating_new, d.irating_new - d.irating_old as irating_change, iracing.licence_class(d.licence_level_new) as licence_class, d.safety_rating_new as safety_rating,
    case when (d.licence_level_old + 3) / 4 = (d.licence_level_new + 3) / 4 then d.safety_rating_new - d.safety_rating_old end as safety_rating_change,
    coalesce((select sof from iracing.subsession_classes where subsession_id = d.subsession_id and car_class_id = d.car_class_id), s.sof) as sof,
    d.points, d.league_points, d.dropped, d.division, d.reason_out
from iracing.driven_races d
join iracing.subsessions s on s.subsession_id = d.subsession_id
where d.race;
comment on view iracing.v_driver_results is 'What each driver made of each race: a row for each driver of each race, those of teams too who drove; who was in a team and never drove did not start.';
comment on column iracing.v_driver_results.sof is 'Strength of field of the class, or of all cars where that is not known.';

create or replace view iracing.v_own_races as
select s.subsession_id, s.started_at, s.ended_at, r.driver, r.driver_key, r.own, s.category_id, iracing.category_name(s.category_id) as category,
    s.series_id, iracing.series_name((select name from iracing.series where series_id = s.series_id), (select name from iracing.leagues where league_id = s.league_id), s.hosted) as series,
    s.season_id, (select name from iracing.seasons where season_id = s.season_id) as season, s.year, s.quarter, s.week,
    s.track_id, (select iracing.track_name(name, config) from iracing.tracks where track_id = s.track_id) as track, s.official, s.hosted, s.team_event, s.league_id, r.found_only,
    r.car_id, (select name from iracing.cars where car_id = r.car_id) as car, r.car_class_id, (select name from iracing.car_classes where car_class_id = r.car_class_id) as car_class,
    r.grid, r.position, r.class_grid, r.class_position, r.grid - r.position as gained, coalesce(r.field, s.entries) as field, r.class_field,
    case when coalesce(r.field, s.entries) > 1 then 1 - (r.position - 1)::double precision / (coalesce(r.field, s.entries) - 1) when coalesce(r.field, s.entries) = 1 then 1 end as finish_share,
    s.sof, s.split, s.splits, r.laps, r.laps_led, r.best_lap_seconds, r.average_lap_seconds, r.qualify_lap_seconds, r.incidents,
    r.incidents / nullif(r.laps, 0) as incidents_per_lap, r.points, r.league_points, r.dropped,
    r.irating_old, r.irating_new as irating, r.irating_new - r.irating_old as irating_change,
    iracing.licence_class(r.licence_level_new) as licence_class, r.safety_rating_new as safety_rating,
    case when (r.licence_level_old + 3) / 4 = (r.licence_level_new + 3) / 4 then r.safety_rating_new - r.safety_rating_old end as safety_rating_change,
    iracing.licence_scale(r.licence_level_new, r.safety_rating_new) as licence_scale, r.cpi_new as cpi, r.division, r.reason_out,
    coalesce((select sof from iracing.subsession_classes where subsession_id = s.subsession_id and car_class_id = r.car_class_id), s.sof) as class_sof
from (
    select d.subsession_id, d.driver, d.driver_key, d.own, false as found_only, d.car_id, d.car_class_id, d.grid, d.position, d.class_grid, d.class_position, d.field, d.class_field,
        d.laps, d.laps_led, d.best_lap_seconds, d.average_lap_seconds, d.qualify_lap_seconds, d.incidents, d.points, d.league_points, d.dropped, d.irating_old, d.irating_new,
        d.licence_level_old, d.licence_level_new, d.safety_rating_old, d.safety_rating_new, d.cpi_new, d.division, d.reason_out
    from iracing.driven_races d
    where d.race and (d.own or d.followed)
    union all
    select f.subsession_id, dr.driver, dr.driver_key, dr.own, true, f.car_id, f.car_class_id, f.grid, f.position, f.class_grid, f.class_position, null, null,
        f.laps, f.laps_led, null, null, null, f.incidents, f.points, null, f.dropped, f.irating_old, f.irating_new,
        f.licence_level_old, case when f.safety_rating_new is not null then f.licence_level_old end, f.safety_rating_old, f.safety_rating_new, null, null, null
    from iracing.found_races f
    join iracing.shown_drivers dr using (cust_id)
    join iracing.subsessions s on s.subsession_id = f.subsession_id and not s.complete and s.has_race
    -- Who was in a team and never drove did not start.
    where (dr.own or dr.followed) and (not coalesce(s.team_event, false) or f.laps > 0 or f.incidents > 0)
) as r
join iracing.subsessions s on s.subsession_id = r.subsession_id;
comment on view iracing.v_own_races is 'Races of the own driver and of those who are followed: a row for each race of each of them who drove; who was in a team and never drove did not start. Keep own for the own driver.';
comment on column iracing.v_own_races.sof is 'Strength of field of all cars. That of the own class is class_sof.';
comment on column iracing.v_own_races.class_sof is 'Strength of field of the car class, or of all cars where that is not known; what v_driver_results and v_results call sof.';

create or replace view iracing.v_meetings as
select me.subsession_id, s.started_at, s.track_id, (select iracing.track_name(name, config) from iracing.tracks where track_id = s.track_id) as track,
    iracing.series_name((select name from iracing.series where series_id = s.series_id), (select name from iracing.leagues where league_id = s.league_id), s.hosted) as series,
    me.driver, me.driver_key, other.driver as rival, other.driver_key as rival_key, other.followed, me.car_class_id is not distinct from other.car_class_id as same_class,
    me.position, other.position as rival_position, me.position < other.position as ahead,
    me.best_lap_seconds, other.best_lap_seconds as rival_best_lap_seconds, me.average_lap_seconds, other.average_lap_seconds as rival_average_lap_seconds,
    me.incidents, other.incidents as rival_incidents, me.irating_new as irating, other.irating_new as rival_irating
from iracing.driven_races me
join iracing.driven_races other on other.subsession_id = me.subsession_id and other.entrant_id <> me.entrant_id
join iracing.subsessions s on s.subsession_id = me.subsession_id
where me.race and me.own and other.race;
comment on view iracing.v_meetings is 'Races in which the own driver met others: a row for each race and other driver. Who was in a team and never drove is not met. Choose the other one by rival_key.';
comment on column iracing.v_meetings.series is 'Name of the series, or of the league.';
comment on column iracing.v_meetings.same_class is 'Whether both drove in the same car class, or in a race without classes.';

-- Laps with who drove them: of drivers alone, of the drivers of teams, and those of teams of which nobody knows who drove.
-- In a subsession each part finds the laps of a driver by an index of its own.
drop index iracing.lap_cars_cust_id;
create index lap_cars_cust_id on iracing.lap_cars (cust_id, subsession_id) where cust_id is not null;

create or replace view iracing.driven_laps as
select s.subsession_id, l.part, l.entrant_id, l.lap, l.driver_id, l.time_seconds, l.took_seconds, l.at_seconds, l.position, l.class_position, l.gap_seconds, l.class_gap_seconds,
    l.laps_down, l.flags, l.clean, l.incident, l.best, l.fastest, l.cust_id, l.driver, l.driver_key, l.own, l.followed, l.car_of, l.car_key, l.car_number,
    s.started_at, l.kind, l.main, l.car_id, l.car, l.car_class_id, l.car_class, l.finish, l.start_seconds
from iracing.subsessions s
cross join lateral (
    select l.*, c.cust_id, d.driver, d.driver_key, d.own, d.followed, d.driver as car_of, d.driver_key as car_key, c.car_number,
        p.kind, p.main, r.car_id, car.name as car, r.car_class_id, k.name as car_class, r.position as finish, ch.start_seconds
    from iracing.lap_cars c
    join iracing.shown_drivers d on d.cust_id = c.cust_id
    join iracing.laps l on l.subsession_id = c.subsession_id and l.part = c.part and l.entrant_id = c.entrant_id
    left join iracing.results r on r.subsession_id = c.subsession_id and r.part = c.part and r.entrant_id = c.entrant_id
    left join iracing.cars car on car.car_id = r.car_id
    left join iracing.car_classes k on k.car_class_id = r.car_class_id
    left join iracing.parts p on p.subsession_id = c.subsession_id and p.part = c.part
    left join iracing.lap_charts ch on ch.subsession_id = c.subsession_id and ch.part = c.part
    where c.subsession_id = s.subsession_id
    union all
    select l.*, l.driver_id, d.driver, d.driver_key, d.own, d.followed, t.team, t.team_key, c.car_number,
        p.kind, p.main, r.car_id, car.name, r.car_class_id, k.name, r.position, ch.start_seconds
    from iracing.lap_cars c
    join iracing.shown_teams t on t.team_id = c.entrant_id
    join iracing.laps l on l.subsession_id = c.subsession_id and l.part = c.part and l.entrant_id = c.entrant_id
    join iracing.shown_drivers d on d.cust_id = l.driver_id
    left join iracing.results r on r.subsession_id = c.subsession_id and r.part = c.part and r.entrant_id = c.entrant_id
    left join iracing.cars car on car.car_id = r.car_id
    left join iracing.car_classes k on k.car_class_id = r.car_class_id
    left join iracing.parts p on p.subsession_id = c.subsession_id and p.part = c.part
    left join iracing.lap_charts ch on ch.subsession_id = c.subsession_id and ch.part = c.part
    where c.subsession_id = s.subsession_id and c.entrant_id < 0
    union all
    select l.*, null, null, null, false, false, t.team, t.team_key, c.car_number,
        p.kind, p.main, r.car_id, car.name, r.car_class_id, k.name, r.position, ch.start_seconds
    from iracing.lap_cars c
    join iracing.shown_teams t on t.team_id = c.entrant_id
    join iracing.laps l on l.subsession_id = c.subsession_id and l.part = c.part and l.entrant_id = c.entrant_id
    left join iracing.results r on r.subsession_id = c.subsession_id and r.part = c.part and r.entrant_id = c.entrant_id
    left join iracing.cars car on car.car_id = r.car_id
    left join iracing.car_classes k on k.car_class_id = r.car_class_id
    left join iracing.parts p on p.subsession_id = c.subsession_id and p.part = c.part
    left join iracing.lap_charts ch on ch.subsession_id = c.subsession_id and ch.part = c.part
    where c.subsession_id = s.subsession_id and c.entrant_id < 0 and l.driver_id is null
) as l
where exists (select from iracing.lap_cars where subsession_id = s.subsession_id);
comment on column iracing.driven_laps.started_at is 'When the subsession began.';
comment on column iracing.driven_laps.kind is 'practice, qualify, race or other; null while the result is not there.';
comment on column iracing.driven_laps.main is 'Whether it is what is meant by the practice, the qualifying or the race; heats are not.';
comment on column iracing.driven_laps.car_id is 'Number of the car.';
comment on column iracing.driven_laps.car is 'The car.';
comment on column iracing.driven_laps.car_class_id is 'Number of the car class.';
comment on column iracing.driven_laps.car_class is 'The car class.';
comment on column iracing.driven_laps.finish is 'Position of the car in the classification.';
comment on column iracing.driven_laps.start_seconds is 'When the race began, on the session''s clock.';

create or replace view iracing.v_laps as
select subsession_id, started_at, part, kind, main, lap, car_number, car_of, car_key, driver, driver_key, own, followed, car_id, car, car_class_id, car_class,
    finish, time_seconds as lap_seconds, took_seconds, clean, position, class_position, gap_seconds, class_gap_seconds, laps_down,
    at_seconds, at_seconds - start_seconds as since_start_seconds, flags & 2 <> 0 as pit, flags & 1 <> 0 as invalid, flags & 4 <> 0 as off_track,
    incident, best, fastest, iracing.lap_events(flags) as events
from iracing.driven_laps;
comment on view iracing.v_laps is 'Laps: a row for each lap of each car. Lap 0 is the grid. Choose races by subsession_id, by a join or by started_at, with kind = ''race'' and main.';

create or replace view iracing.v_pace as
select s.subsession_id, q.part, q.kind, q.main, q.driver, q.driver_key, q.own, q.followed, q.car_number, q.car, q.car_class_id, q.car_class, q.finish,
    q.laps, q.clean_laps, q.best_seconds, q.p25_seconds, q.median_seconds, q.p75_seconds, q.mean_seconds, q.sigma_seconds,
    greatest(0, 1 - q.sigma_seconds / q.mean_seconds / 0.02) as consistency
from iracing.subsessions s
cross join lateral (
    select l.part, l.kind, l.main, l.driver, l.driver_key, l.own, l.followed, l.car_number, l.car, l.car_class_id, l.car_class, l.finish,
        count(*) as laps, count(*) filter (where l.clean) as clean_laps,
        min(l.time_seconds) filter (where l.clean) as best_seconds,
        percentile_cont(0.25) within group (order by l.time_seconds) filter (where l.clean) as p25_seconds,
        percentile_cont(0.5) within group (order by l.time_seconds) filter (where l.clean) as median_seconds,
        percentile_cont(0.75) within group (order by l.time_seconds) filter (where l.clean) as p75_seconds,
        avg(l.time_seconds) filter (where l.clean) as mean_seconds,
        stddev_samp(l.time_seconds) filter (where l.clean) as sigma_seconds
    from iracing.driven_laps l
    where l.subsession_id = s.subsession_id and l.lap > 0
    group by l.part, l.kind, l.main, l.entrant_id, l.cust_id, l.driver, l.driver_key, l.own, l.followed, l.car_number, l.car, l.car_class_id, l.car_class, l.finish
) as q
where exists (select from iracing.lap_cars where subsession_id = s.subsession_id);
comment on view iracing.v_pace is 'What clean laps tell of drivers: a row for each driver of each car of each part of a subsession. Choose races by subsession_id or by a join, with kind = ''race'' and main.';

create or replace view iracing.v_events as
select s.subsession_id, e.part, e.part_kind, e.main, e.seq, e.zero + make_interval(secs => e.at_seconds) as happened_at, e.at_seconds, e.lap, e.kind, e.event,
    e.car_number, e.driver, e.driver_key, e.own, e.message
from iracing.subsessions s
cross join lateral (
    select e.part, log.kind as part_kind, log.main, e.seq, log.zero, e.at_seconds, e.lap,
        case when e.code in (4, 5) then 'penalty' when e.code = 6 then 'caution' when e.code = 7 then 'leadChange' else 'other' end as kind,
        e.about as event, r.car_number, coalesce(tm.team, d.driver) as driver, coalesce(tm.team_key, d.driver_key) as driver_key, coalesce(d.own, false) as own,
        case when (select show_names from iracing.settings) then e.message end as message
    -- iRacing does not tell when the session's clock was at zero. A race ends soon after the last car crossed the line for the
    -- last time, and does not begin before the last qualifying lap ended.
    from (
        select l.part, p.kind, p.main, case when p.kind = 'race' and p.main
            then greatest(s.started_at,
                (select max(q.qualified_at) from iracing.parts q where q.subsession_id = s.subsession_id and q.kind = 'qualify' and q.main),
                date_trunc('second', s.ended_at - make_interval(secs => greatest(ch.end_seconds, l.at_seconds)) + interval '0.5 s'))
            else s.started_at end as zero
        from (select part, max(at_seconds) as at_seconds from iracing.events where subsession_id = s.subsession_id group by part) as l
        left join iracing.parts p on p.subsession_id = s.subsession_id and p.part = l.part
        left join iracing.lap_charts ch on ch.subsession_id = s.subsession_id and ch.part = l.part
        offset 0
    ) as log
    join iracing.events e on e.subsession_id = s.subsession_id and e.part = log.part
    left join iracing.results r on r.subsession_id = s.subsession_id and r.part = e.part and r.entrant_id = coalesce(e.team_id, e.cust_id)
    left join iracing.shown_drivers d on d.cust_id = e.cust_id
    left join iracing.shown_teams tm on tm.team_id = e.team_id
) as e
where exists (select from iracing.events where subsession_id = s.subsession_id);

-- Leagues.

create or replace view iracing.v_league_standings as
select st.league_id, l.name as league, st.league_season_id, s.name as season, nullif(st.car_class_id, 0) as car_class_id, k.name as car_class, st.position,
    coalesce(tm.team, d.driver) as driver, coalesce(tm.team_key, d.driver_key) as driver_key, coalesce(d.own, false) as own, coalesce(d.followed, false) as followed,
    st.team_id is not null as is_team, st.car_number, st.wins, st.average_start, st.average_finish, st.base_points, st.adjusted_points, st.points
from iracing.league_standings st
join iracing.leagues l using (league_id)
join iracing.league_seasons s using (league_id, league_season_id)
left join iracing.car_classes k on k.car_class_id = nullif(st.car_class_id, 0)
left join iracing.shown_drivers d on d.cust_id = st.cust_id
left join iracing.shown_teams tm on tm.team_id = st.team_id;
comment on column iracing.v_league_standings.car_class is 'The car class; null for all cars.';

-- Operations.

create or replace view iracing.v_job_runs as
select run_id, job, started_at, ended_at, outcome, extract(epoch from coalesce(ended_at, now()) - started_at)::double precision as took_seconds, rows_written, requests,
    nullif(problem, '') as problem
from iracing.job_runs;
comment on column iracing.v_job_runs.problem is 'Why it failed, or what went wrong in a run that ended ok and left something out; null if nothing did.';
comment on column iracing.job_runs.problem is 'Why it failed, or what went wrong in a run that ended ok and left something out; empty if nothing did.';

-- Telemetry.

create or replace view iracing.v_telemetry_sessions as
select
    f.file_id,
    f.started_at,
    f.ended_at,
    extract(epoch from f.ended_at - f.started_at)::double precision as duration_seconds,
    f.car,
    f.car_id,
    f.track,
    f.track_config,
    f.track_id,
    f.track_length_meters,
    f.session_type,
    f.subsession_id,
    case when coalesce(d.own, false) or s.show_names then coalesce(nullif(d.name, ''), f.driver, d.alias) else d.alias end as driver,
    case when d.own or s.show_names then d.cust_id::text else d.alias_key end as driver_key,
    coalesce(l.laps, 0) as laps,
    coalesce(l.timed_laps, 0) as timed_laps,
    coalesce(l.valid_laps, 0) as valid_laps,
    best.lap as best_lap,
    best.lap_time_seconds as best_lap_seconds,
    regexp_replace(f.name, '^.*/', '') as file_name,
    f.size_bytes,
    f.closed,
    f.records,
    f.tick_rate,
    coalesce(d.own, false) as own,
    coalesce(d.followed, false) as followed
from iracing.telemetry_files f
cross join iracing.settings s
left join iracing.drivers d using (cust_id)
left join lateral (
    select count(*)::integer as laps, count(lap_time_seconds)::integer as timed_laps, (count(*) filter (where valid))::integer as valid_laps
    from iracing.telemetry_laps where file_id = f.file_id
) l on true
left join lateral (
    select lap, lap_time_seconds from iracing.telemetry_laps
    where file_id = f.file_id and lap_time_seconds is not null
    order by valid desc, lap_time_seconds, lap_order limit 1
) best on true;
comment on column iracing.v_telemetry_sessions.own is 'Whether the own driver drove.';
comment on column iracing.v_telemetry_sessions.followed is 'Whether a driver who is followed drove.';

create or replace view iracing.v_telemetry_laps as
select
    l.file_id,
    l.lap,
    l.lap_order,
    l.lap_number,
    l.started_at,
    l.lap_time_seconds,
    l.lap_time_seconds - first_value(l.lap_time_seconds) over (
        partition by l.file_id order by l.lap_time_seconds is null, l.valid desc, l.lap_time_seconds
    ) as delta_seconds,
    l.kind,
    l.valid,
    l.notes,
    l.clock,
    l.run,
    l.session_type,
    l.fuel_start_liters,
    l.fuel_used_liters,
    l.top_speed_meters_per_second,
    l.min_speed_meters_per_second,
    l.incidents,
    l.air_temperature_celsius,
    l.track_temperature_celsius,
    l.wetness,
    f.car,
    f.track,
    f.track_id,
    f.subsession_id,
    case when coalesce(d.own, false) or s.show_names then coalesce(nullif(d.name, ''), f.driver, d.alias) else d.alias end as driver,
    case when d.own or s.show_names then d.cust_id::text else d.alias_key end as driver_key,
    coalesce(d.own, false) as own,
    coalesce(d.followed, false) as followed
from iracing.telemetry_laps l
join iracing.telemetry_files f using (file_id)
cross join iracing.settings s
left join iracing.drivers d using (cust_id);
comment on column iracing.v_telemetry_laps.own is 'Whether the own driver drove.';
comment on column iracing.v_telemetry_laps.followed is 'Whether a driver who is followed drove.';
