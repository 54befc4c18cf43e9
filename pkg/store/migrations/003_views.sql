-- The views for dashboards and people. Other people appear in them by pseudonyms unless the operator turned names on; the
-- column driver_key is what stands for a customer id then. Times are timestamps, lengths of time seconds, shares 0 to 1;
-- positions, weeks and laps count from 1.

-- What people, teams and layouts are called; the other views are made of these.

create view iracing.shown_drivers as
select cust_id,
    case when own or (select show_names from iracing.settings) then coalesce(nullif(name, ''), 'Driver ' || cust_id) else alias end as driver,
    case when own or (select show_names from iracing.settings) then cust_id::text else alias_key end as driver_key,
    own, followed
from iracing.drivers;
comment on view iracing.shown_drivers is 'What drivers are called in the views.';
comment on column iracing.shown_drivers.cust_id is 'Customer id.';
comment on column iracing.shown_drivers.driver is 'Name, or the pseudonym.';
comment on column iracing.shown_drivers.driver_key is 'Customer id, or what stands for it.';
comment on column iracing.shown_drivers.own is 'Whether it is the own driver.';
comment on column iracing.shown_drivers.followed is 'Whether the races of this driver are collected, too.';

create view iracing.shown_teams as
select team_id,
    case when (select show_names from iracing.settings) then coalesce(nullif(name, ''), 'Team ' || team_id) else alias end as team,
    case when (select show_names from iracing.settings) then team_id::text else alias_key end as team_key
from iracing.teams;
comment on view iracing.shown_teams is 'What teams are called in the views.';
comment on column iracing.shown_teams.team_id is 'iRacing''s number.';
comment on column iracing.shown_teams.team is 'Name, or the pseudonym.';
comment on column iracing.shown_teams.team_key is 'iRacing''s number, or what stands for it.';

create function iracing.category_name(category_id integer) returns text
    language sql immutable parallel safe
    return (array['Oval', 'Road', 'Dirt oval', 'Dirt road', 'Sports car', 'Formula car'])[category_id];
comment on function iracing.category_name is 'What a category of licences is called.';

create function iracing.track_name(name text, config text) returns text
    language sql immutable parallel safe
    return name || coalesce(', ' || nullif(config, ''), '');
comment on function iracing.track_name is 'A track with its layout.';

create function iracing.lap_events(flags integer) returns text
    language sql immutable parallel safe
    return (select coalesce(string_agg(word, ', ' order by bit), '') from (values
        (0, 'invalid'), (1, 'pit'), (2, 'off track'), (3, 'black flag'), (4, 'reset'), (5, 'contact'), (6, 'car contact'), (7, 'lost control'),
        (8, 'discontinuity'), (9, 'interpolated'), (10, 'clock error'), (11, 'tow'), (12, 'driver change'), (13, 'first lap'),
        (14, 'chequered flag'), (15, 'joker'), (16, 'connection')) as words(bit, word) where flags & (1 << bit) <> 0);
comment on function iracing.lap_events is 'What happened on a lap, in words.';

-- Reference.

create view iracing.v_drivers as
select d.driver, d.driver_key, d.own, d.followed, r.member_since, r.flair, r.country
from iracing.shown_drivers d join iracing.drivers r using (cust_id)
where d.own or d.followed;
comment on view iracing.v_drivers is 'The own driver and those who are followed: a row for each. For variables that choose a driver.';
comment on column iracing.v_drivers.driver is 'Name of the own driver; of others the pseudonym, or the name where names are shown.';
comment on column iracing.v_drivers.driver_key is 'Customer id, or what stands for it.';
comment on column iracing.v_drivers.own is 'Whether it is the own driver.';
comment on column iracing.v_drivers.followed is 'Whether the races of this driver are collected, too.';
comment on column iracing.v_drivers.member_since is 'The day on which the membership began.';
comment on column iracing.v_drivers.flair is 'The flag that the driver chose.';
comment on column iracing.v_drivers.country is 'Two letters.';

create view iracing.v_cars as
select car_id, name as car, short_name, categories, power_horsepower, weight_kilograms, retired, rain, free from iracing.cars;
comment on view iracing.v_cars is 'Cars: a row for each.';
comment on column iracing.v_cars.car_id is 'iRacing''s number.';
comment on column iracing.v_cars.car is 'Name.';
comment on column iracing.v_cars.short_name is 'Short name.';
comment on column iracing.v_cars.categories is 'Categories it races in: oval, sports_car, formula_car, dirt_oval, dirt_road.';
comment on column iracing.v_cars.power_horsepower is 'Power.';
comment on column iracing.v_cars.weight_kilograms is 'Weight.';
comment on column iracing.v_cars.retired is 'Whether it is no longer sold; null for a car that only results name.';
comment on column iracing.v_cars.rain is 'Whether it may be driven in the rain.';
comment on column iracing.v_cars.free is 'Whether it comes with the membership.';

create view iracing.v_car_classes as
select c.car_class_id, c.name as car_class, c.short_name, c.relative_speed, car.car_id, car.name as car
from iracing.car_classes c
left join unnest(c.car_ids) as in_class(car_id) on true
left join iracing.cars car on car.car_id = in_class.car_id;
comment on view iracing.v_car_classes is 'Cars of car classes: a row for each car of each class.';
comment on column iracing.v_car_classes.car_class_id is 'iRacing''s number of the class.';
comment on column iracing.v_car_classes.car_class is 'Name of the class.';
comment on column iracing.v_car_classes.short_name is 'Short name of the class.';
comment on column iracing.v_car_classes.relative_speed is 'How fast it is beside other classes: the higher, the faster.';
comment on column iracing.v_car_classes.car_id is 'iRacing''s number of the car.';
comment on column iracing.v_car_classes.car is 'Name of the car.';

create view iracing.v_tracks as
select track_id, iracing.track_name(name, config) as track, name, config, iracing.category_name(category_id) as category, length_meters, corners, type, location,
    latitude, longitude, time_zone, pit_speed_meters_per_second, nominal_lap_seconds, max_cars, retired, rain, free
from iracing.tracks;
comment on view iracing.v_tracks is 'Layouts of tracks: a row for each.';
comment on column iracing.v_tracks.track_id is 'iRacing''s number of the layout.';
comment on column iracing.v_tracks.track is 'Track with its layout.';
comment on column iracing.v_tracks.name is 'Name of the track.';
comment on column iracing.v_tracks.config is 'Name of the layout; null where the track has one only.';
comment on column iracing.v_tracks.category is 'Oval, Road, Dirt oval or Dirt road.';
comment on column iracing.v_tracks.length_meters is 'Length of a lap.';
comment on column iracing.v_tracks.corners is 'Corners in a lap.';
comment on column iracing.v_tracks.type is 'Such as Road Course.';
comment on column iracing.v_tracks.location is 'Where it is.';
comment on column iracing.v_tracks.latitude is 'Degrees north.';
comment on column iracing.v_tracks.longitude is 'Degrees east.';
comment on column iracing.v_tracks.time_zone is 'Such as Europe/Berlin.';
comment on column iracing.v_tracks.pit_speed_meters_per_second is 'Speed limit of the pit lane.';
comment on column iracing.v_tracks.nominal_lap_seconds is 'About how long a lap takes.';
comment on column iracing.v_tracks.max_cars is 'How many cars fit.';
comment on column iracing.v_tracks.retired is 'Whether it is no longer sold; null for a track that only results name.';
comment on column iracing.v_tracks.rain is 'Whether it may be driven in the rain.';
comment on column iracing.v_tracks.free is 'Whether it comes with the membership.';

create view iracing.v_series as
select series_id, name as series, short_name, category_id, iracing.category_name(category_id) as category, min_starters, max_starters,
    min_licence_level, iracing.licence_class(min_licence_level) as min_licence_class
from iracing.series;
comment on view iracing.v_series is 'Official series: a row for each.';
comment on column iracing.v_series.series_id is 'iRacing''s number.';
comment on column iracing.v_series.series is 'Name.';
comment on column iracing.v_series.short_name is 'Short name.';
comment on column iracing.v_series.category_id is 'Number of the category of licences.';
comment on column iracing.v_series.category is 'Category of licences, such as Sports car.';
comment on column iracing.v_series.min_starters is 'Starters that make a race official.';
comment on column iracing.v_series.max_starters is 'Starters above which a race is split.';
comment on column iracing.v_series.min_licence_level is 'Lowest licence level that may enter, 1 to 28.';
comment on column iracing.v_series.min_licence_class is 'Its licence class: R, D, C, B, A, P or WC.';

create view iracing.v_seasons as
select s.season_id, s.name as season, s.short_name, s.series_id, se.name as series, coalesce(s.category_id, se.category_id) as category_id,
    iracing.category_name(coalesce(s.category_id, se.category_id)) as category, s.year, s.quarter, s.active, s.official, s.fixed_setup, s.team_event, s.multiclass,
    s.licence_group, s.week, s.weeks, s.drops, s.registered, s.incident_limit, s.starts_on, s.races, s.car_class_ids
from iracing.seasons s left join iracing.series se using (series_id);
comment on view iracing.v_seasons is 'Seasons of official series: a row for each.';
comment on column iracing.v_seasons.season_id is 'iRacing''s number.';
comment on column iracing.v_seasons.season is 'Name.';
comment on column iracing.v_seasons.short_name is 'Short name.';
comment on column iracing.v_seasons.series_id is 'Number of the series.';
comment on column iracing.v_seasons.series is 'Name of the series.';
comment on column iracing.v_seasons.category_id is 'Number of the category of licences.';
comment on column iracing.v_seasons.category is 'Category of licences, such as Sports car.';
comment on column iracing.v_seasons.year is 'Year.';
comment on column iracing.v_seasons.quarter is 'Quarter of the year, 1 to 4.';
comment on column iracing.v_seasons.active is 'Whether it was running when iRacing last told.';
comment on column iracing.v_seasons.official is 'Whether ratings are at stake.';
comment on column iracing.v_seasons.fixed_setup is 'Whether everybody drives the same set-up.';
comment on column iracing.v_seasons.team_event is 'Whether drivers share cars.';
comment on column iracing.v_seasons.multiclass is 'Whether several classes race together.';
comment on column iracing.v_seasons.licence_group is 'Licence class it is for: 1 rookie, 2 D to 5 A.';
comment on column iracing.v_seasons.week is 'The week that was running when iRacing last told, from 1.';
comment on column iracing.v_seasons.weeks is 'How many weeks it has.';
comment on column iracing.v_seasons.drops is 'How many weeks do not count for the championship.';
comment on column iracing.v_seasons.registered is 'How many drivers are registered.';
comment on column iracing.v_seasons.incident_limit is 'Incident points at which a driver is disqualified.';
comment on column iracing.v_seasons.starts_on is 'Its first day.';
comment on column iracing.v_seasons.races is 'The session times in words.';
comment on column iracing.v_seasons.car_class_ids is 'Numbers of its car classes.';

create view iracing.v_schedule as
select w.season_id, s.name as season, s.series_id, se.name as series, coalesce(w.category_id, s.category_id, se.category_id) as category_id,
    iracing.category_name(coalesce(w.category_id, s.category_id, se.category_id)) as category, s.year, s.quarter, s.active, s.licence_group, s.fixed_setup, s.team_event,
    w.week, s.weeks, s.week = w.week and s.active as running, w.starts_at, coalesce(w.ends_at, w.starts_at + interval '7 days') as ends_at,
    w.track_id, iracing.track_name(t.name, t.config) as track, w.race_laps, w.race_seconds, w.practice_seconds, w.qualify_seconds, w.qualify_laps, w.rolling_start,
    w.temperature_low_celsius, w.temperature_high_celsius, w.wind_low_meters_per_second, w.wind_high_meters_per_second, w.wind_from, w.rain_share, w.rain,
    w.skies_low, w.skies_high, w.sim_started_at, s.races
from iracing.season_weeks w
join iracing.seasons s using (season_id)
left join iracing.series se using (series_id)
left join iracing.tracks t on t.track_id = w.track_id;
comment on view iracing.v_schedule is 'Weeks of seasons: a row for each week, with its track and what weather to expect.';
comment on column iracing.v_schedule.season_id is 'Number of the season.';
comment on column iracing.v_schedule.season is 'Name of the season.';
comment on column iracing.v_schedule.series_id is 'Number of the series.';
comment on column iracing.v_schedule.series is 'Name of the series.';
comment on column iracing.v_schedule.category_id is 'Number of the category of licences.';
comment on column iracing.v_schedule.category is 'Category of licences, such as Sports car.';
comment on column iracing.v_schedule.year is 'Year.';
comment on column iracing.v_schedule.quarter is 'Quarter of the year, 1 to 4.';
comment on column iracing.v_schedule.active is 'Whether the season was running when iRacing last told.';
comment on column iracing.v_schedule.licence_group is 'Licence class the season is for: 1 rookie, 2 D to 5 A.';
comment on column iracing.v_schedule.fixed_setup is 'Whether everybody drives the same set-up.';
comment on column iracing.v_schedule.team_event is 'Whether drivers share cars.';
comment on column iracing.v_schedule.week is 'The week, from 1.';
comment on column iracing.v_schedule.weeks is 'How many weeks the season has.';
comment on column iracing.v_schedule.running is 'Whether it was the week that was running when iRacing last told.';
comment on column iracing.v_schedule.starts_at is 'Its first day, 00:00 UTC.';
comment on column iracing.v_schedule.ends_at is 'End of its last session, or seven days after its first.';
comment on column iracing.v_schedule.track_id is 'Number of the layout.';
comment on column iracing.v_schedule.track is 'Track with its layout.';
comment on column iracing.v_schedule.race_laps is 'Laps of the race; null for a race of a certain time.';
comment on column iracing.v_schedule.race_seconds is 'Length of the race; null for a race of a number of laps.';
comment on column iracing.v_schedule.practice_seconds is 'Length of practice.';
comment on column iracing.v_schedule.qualify_seconds is 'Length of qualifying.';
comment on column iracing.v_schedule.qualify_laps is 'Laps of qualifying.';
comment on column iracing.v_schedule.rolling_start is 'Whether the start is a rolling one.';
comment on column iracing.v_schedule.temperature_low_celsius is 'Lowest temperature of the air to expect.';
comment on column iracing.v_schedule.temperature_high_celsius is 'Highest temperature of the air to expect.';
comment on column iracing.v_schedule.wind_low_meters_per_second is 'Weakest wind to expect.';
comment on column iracing.v_schedule.wind_high_meters_per_second is 'Strongest wind to expect.';
comment on column iracing.v_schedule.wind_from is 'Where the wind comes from, such as NE.';
comment on column iracing.v_schedule.rain_share is 'Chance of rain.';
comment on column iracing.v_schedule.rain is 'How strong rain is at most, in words.';
comment on column iracing.v_schedule.skies_low is 'Clearest skies to expect, in words.';
comment on column iracing.v_schedule.skies_high is 'Most covered skies to expect, in words.';
comment on column iracing.v_schedule.sim_started_at is 'Local date and time in the sim at the start.';
comment on column iracing.v_schedule.races is 'The session times in words.';

create view iracing.v_starts as
select t.season_id, t.week, starts.at as start_at, bool_or(t.super_session) as super_session, max(t.session_seconds) as session_seconds
from iracing.season_times t
cross join lateral (
    select unnest(t.fixed) as at
    union
    -- From the first start of each day until midnight; less than a minute between two starts means once a day.
    select (t.first_day + d.day + make_interval(secs => t.first_seconds + n * t.every_seconds))::timestamp at time zone 'UTC'
    from unnest(t.days) as d(day)
    cross join lateral generate_series(0, case when t.every_seconds >= 60 then ceil((86400 - t.first_seconds) / t.every_seconds)::integer - 1 else 0 end) as n
    where t.first_day is not null and t.first_seconds < 86400
) as starts
group by t.season_id, t.week, starts.at;
comment on view iracing.v_starts is 'Starts of official sessions: a row for each start of each week whose schedule is there. Join v_schedule on season_id and week.';
comment on column iracing.v_starts.season_id is 'Number of the season.';
comment on column iracing.v_starts.week is 'The week, from 1.';
comment on column iracing.v_starts.start_at is 'When it starts.';
comment on column iracing.v_starts.super_session is 'Whether it is a super session.';
comment on column iracing.v_starts.session_seconds is 'Length of the session.';

-- Races.

create view iracing.v_races as
select s.subsession_id, s.session_id, s.started_at, s.ended_at, s.complete, s.category_id, iracing.category_name(s.category_id) as category,
    case when s.event_type = 2 then 'Practice' when s.event_type = 3 then 'Qualifying' when s.event_type = 4 then 'Time trial' when s.event_type = 5 or s.has_race then 'Race' end as event,
    s.series_id, coalesce(se.name, lg.name, case when s.hosted then 'Hosted session' end) as series, s.season_id, sn.name as season, s.year, s.quarter, s.week,
    s.track_id, iracing.track_name(t.name, t.config) as track, s.official, s.hosted, s.has_race, s.team_event,
    s.league_id, lg.name as league, s.league_season_id, ls.name as league_season,
    case when h.own or (select show_names from iracing.settings) then s.session_name end as session,
    s.split, s.splits, s.sof, s.entries, s.people, s.laps, s.corners, s.best_lap_seconds, s.average_lap_seconds, s.lead_changes, s.cautions, s.caution_laps,
    coalesce(wd.driver, wt.team) as winner, coalesce(wd.driver_key, wt.team_key) as winner_key, s.farm,
    p.air_celsius, p.air_min_celsius, p.air_max_celsius, p.humidity_share, p.wind_meters_per_second, p.wind_from, p.cloud_share, p.skies, p.wet_share, p.rain_millimeters,
    p.sim_started_at, c.subsession_id is not null as has_laps
from iracing.subsessions s
left join iracing.series se on se.series_id = s.series_id
left join iracing.seasons sn on sn.season_id = s.season_id
left join iracing.tracks t on t.track_id = s.track_id
left join iracing.leagues lg on lg.league_id = s.league_id
left join iracing.league_seasons ls on ls.league_id = s.league_id and ls.league_season_id = s.league_season_id
left join iracing.drivers h on h.cust_id = s.host_id
left join iracing.shown_drivers wd on wd.cust_id = s.winner_id
left join iracing.shown_teams wt on wt.team_id = s.winner_id
left join iracing.parts p on p.subsession_id = s.subsession_id and p.kind = 'race' and p.main
left join iracing.lap_charts c on c.subsession_id = s.subsession_id and c.part = p.part
where s.started_at is not null;
comment on view iracing.v_races is 'Subsessions: a row for each split of each start, races and other sessions. Of those that are not complete a search or a list of the season told.';
comment on column iracing.v_races.subsession_id is 'iRacing''s number.';
comment on column iracing.v_races.session_id is 'The start; the same for all its splits.';
comment on column iracing.v_races.started_at is 'When its first part began.';
comment on column iracing.v_races.ended_at is 'When it ended.';
comment on column iracing.v_races.complete is 'Whether its whole result is there.';
comment on column iracing.v_races.category_id is 'Number of the category of licences.';
comment on column iracing.v_races.category is 'Category of licences, such as Sports car.';
comment on column iracing.v_races.event is 'Race, Practice, Qualifying or Time trial.';
comment on column iracing.v_races.series_id is 'Number of the series; null for hosted sessions.';
comment on column iracing.v_races.series is 'Name of the series, or of the league.';
comment on column iracing.v_races.season_id is 'Number of the season; null for hosted sessions.';
comment on column iracing.v_races.season is 'Name of the season.';
comment on column iracing.v_races.year is 'Year of the season.';
comment on column iracing.v_races.quarter is 'Quarter of the season, 1 to 4.';
comment on column iracing.v_races.week is 'Week of the season, from 1.';
comment on column iracing.v_races.track_id is 'Number of the layout.';
comment on column iracing.v_races.track is 'Track with its layout.';
comment on column iracing.v_races.official is 'Whether ratings were at stake.';
comment on column iracing.v_races.hosted is 'Whether it was a hosted session; a league''s is one.';
comment on column iracing.v_races.has_race is 'Whether it has or was to have a race.';
comment on column iracing.v_races.team_event is 'Whether drivers shared cars.';
comment on column iracing.v_races.league_id is 'Number of the league.';
comment on column iracing.v_races.league is 'Name of the league.';
comment on column iracing.v_races.league_season_id is 'Number of the league''s season.';
comment on column iracing.v_races.league_season is 'Name of the league''s season.';
comment on column iracing.v_races.session is 'Name of a hosted session; null for other people''s unless names are shown, as it often names its host.';
comment on column iracing.v_races.split is 'Which of the splits of the start it was, from 1, the strongest.';
comment on column iracing.v_races.splits is 'How many splits the start had.';
comment on column iracing.v_races.sof is 'Strength of field.';
comment on column iracing.v_races.entries is 'Cars in the race.';
comment on column iracing.v_races.people is 'Drivers as searches count them, in team events all drivers of the cars.';
comment on column iracing.v_races.laps is 'Laps of the winner.';
comment on column iracing.v_races.corners is 'Corners in a lap.';
comment on column iracing.v_races.best_lap_seconds is 'Best lap of the race.';
comment on column iracing.v_races.average_lap_seconds is 'Average lap of the winner.';
comment on column iracing.v_races.lead_changes is 'Changes of the lead; null if not counted.';
comment on column iracing.v_races.cautions is 'Cautions; null if not counted.';
comment on column iracing.v_races.caution_laps is 'Laps under caution; null if not counted.';
comment on column iracing.v_races.winner is 'Who won: a driver or a team.';
comment on column iracing.v_races.winner_key is 'Number of who won, or what stands for it.';
comment on column iracing.v_races.farm is 'The server farm.';
comment on column iracing.v_races.air_celsius is 'Average temperature of the air in the race.';
comment on column iracing.v_races.air_min_celsius is 'Lowest temperature of the air.';
comment on column iracing.v_races.air_max_celsius is 'Highest temperature of the air.';
comment on column iracing.v_races.humidity_share is 'Average relative humidity.';
comment on column iracing.v_races.wind_meters_per_second is 'Average wind.';
comment on column iracing.v_races.wind_from is 'Where it came from, such as NE.';
comment on column iracing.v_races.cloud_share is 'Average cloud cover.';
comment on column iracing.v_races.skies is 'The skies in words.';
comment on column iracing.v_races.wet_share is 'Share of the time in which it rained.';
comment on column iracing.v_races.rain_millimeters is 'Rain in all.';
comment on column iracing.v_races.sim_started_at is 'Local date and time in the sim at the start of the race.';
comment on column iracing.v_races.has_laps is 'Whether the laps of all cars in the race are there.';

create view iracing.v_splits as
select x.session_id, x.subsession_id, x.split, x.sof, s.complete is not null and s.complete as complete, s.entries
from iracing.splits x left join iracing.subsessions s using (subsession_id);
comment on view iracing.v_splits is 'Splits of starts: a row for each subsession that a start was split into.';
comment on column iracing.v_splits.session_id is 'The start.';
comment on column iracing.v_splits.subsession_id is 'The subsession.';
comment on column iracing.v_splits.split is 'Counts the splits, from 1, the strongest.';
comment on column iracing.v_splits.sof is 'Strength of field.';
comment on column iracing.v_splits.complete is 'Whether its whole result is there.';
comment on column iracing.v_splits.entries is 'Cars in the race, where that is known.';

create view iracing.v_results as
select r.subsession_id, s.started_at, r.part, p.kind, p.main, r.position, r.class_position, r.car_number,
    coalesce(d.driver, tm.team) as driver, coalesce(d.driver_key, tm.team_key) as driver_key,
    coalesce(d.own, crew.own, false) as own, coalesce(d.followed, crew.followed, false) as followed, r.team_id is not null as is_team, crew.drivers, r.ai,
    r.car_id, c.name as car, r.car_class_id, k.name as car_class, r.gap_seconds, r.class_gap_seconds, r.laps_down, r.class_laps_down, r.laps, r.laps_led,
    r.grid, r.class_grid, r.grid - r.position as gained, r.class_grid - r.class_position as class_gained, r.field, r.class_field,
    case when r.field > 1 then 1 - (r.position - 1)::double precision / (r.field - 1) when r.field = 1 then 1 end as finish_share,
    r.best_lap_seconds, r.best_lap, r.average_lap_seconds, r.qualify_lap_seconds, r.incidents,
    r.irating_old, r.irating_new, r.irating_new - r.irating_old as irating_change,
    iracing.licence_class(r.licence_level_old) as licence_class_old, r.safety_rating_old, iracing.licence_class(r.licence_level_new) as licence_class, r.safety_rating_new as safety_rating,
    case when (r.licence_level_old + 3) / 4 = (r.licence_level_new + 3) / 4 then r.safety_rating_new - r.safety_rating_old end as safety_rating_change,
    r.cpi_old, r.cpi_new, coalesce(sc.sof, s.sof) as sof, r.points, r.league_points, r.dropped, r.division, r.reason_out, r.flair, r.country
from iracing.results r
join iracing.parts p using (subsession_id, part)
join iracing.subsessions s using (subsession_id)
left join iracing.subsession_classes sc on sc.subsession_id = r.subsession_id and sc.car_class_id = r.car_class_id
left join iracing.cars c on c.car_id = r.car_id
left join iracing.car_classes k on k.car_class_id = r.car_class_id
left join iracing.shown_drivers d on d.cust_id = r.cust_id
left join iracing.shown_teams tm on tm.team_id = r.team_id
left join lateral (
    select string_agg(td.driver, ', ' order by tr.laps desc, td.driver) as drivers, bool_or(td.own) as own, bool_or(td.followed) as followed
    from iracing.team_results tr join iracing.shown_drivers td using (cust_id)
    where tr.subsession_id = r.subsession_id and tr.part = r.part and tr.team_id = r.team_id
) as crew on r.team_id is not null;
comment on view iracing.v_results is 'Classifications: a row for each car of each part of a subsession. Keep kind = ''race'' and main for races; choose one by subsession_id.';
comment on column iracing.v_results.subsession_id is 'The subsession.';
comment on column iracing.v_results.started_at is 'When the subsession began.';
comment on column iracing.v_results.part is 'iRacing''s number of the part: 0 is the main event, -1 the part before.';
comment on column iracing.v_results.kind is 'practice, qualify, race or other.';
comment on column iracing.v_results.main is 'Whether it is what is meant by the practice, the qualifying or the race; heats are not.';
comment on column iracing.v_results.position is 'Position.';
comment on column iracing.v_results.class_position is 'Position in the car class.';
comment on column iracing.v_results.car_number is 'The car''s number; "01" is not "1".';
comment on column iracing.v_results.driver is 'The driver, or the team.';
comment on column iracing.v_results.driver_key is 'Number of the driver or the team, or what stands for it.';
comment on column iracing.v_results.own is 'Whether it is the own driver''s car, alone or in a team.';
comment on column iracing.v_results.followed is 'Whether it is the car of a driver who is followed.';
comment on column iracing.v_results.is_team is 'Whether it is a team''s.';
comment on column iracing.v_results.drivers is 'The drivers of the team, who drove most first.';
comment on column iracing.v_results.ai is 'Whether it was driven by the computer.';
comment on column iracing.v_results.car_id is 'Number of the car.';
comment on column iracing.v_results.car is 'The car.';
comment on column iracing.v_results.car_class_id is 'Number of the car class.';
comment on column iracing.v_results.car_class is 'The car class.';
comment on column iracing.v_results.gap_seconds is 'Behind the winner; null for those laps down.';
comment on column iracing.v_results.class_gap_seconds is 'Behind the class winner; null for those laps down.';
comment on column iracing.v_results.laps_down is 'Laps behind the winner, where there is no gap.';
comment on column iracing.v_results.class_laps_down is 'Laps behind the class winner, where there is no gap.';
comment on column iracing.v_results.laps is 'Complete laps.';
comment on column iracing.v_results.laps_led is 'Laps led.';
comment on column iracing.v_results.grid is 'Place on the grid.';
comment on column iracing.v_results.class_grid is 'Place on the grid in the car class.';
comment on column iracing.v_results.gained is 'Places gained from the grid to the finish.';
comment on column iracing.v_results.class_gained is 'Places gained in the car class.';
comment on column iracing.v_results.field is 'Cars in the part.';
comment on column iracing.v_results.class_field is 'Cars of the class in the part.';
comment on column iracing.v_results.finish_share is 'Share of the other cars that it finished ahead of.';
comment on column iracing.v_results.best_lap_seconds is 'Best lap.';
comment on column iracing.v_results.best_lap is 'Number of the best lap.';
comment on column iracing.v_results.average_lap_seconds is 'Average lap.';
comment on column iracing.v_results.qualify_lap_seconds is 'Best lap of the subsession''s qualifying.';
comment on column iracing.v_results.incidents is 'Incident points.';
comment on column iracing.v_results.irating_old is 'iRating before; null for a team.';
comment on column iracing.v_results.irating_new is 'iRating after.';
comment on column iracing.v_results.irating_change is 'What the race did to the iRating.';
comment on column iracing.v_results.licence_class_old is 'Licence class before: R, D, C, B, A, P or WC.';
comment on column iracing.v_results.safety_rating_old is 'Safety rating before, 0 to 4.99 within the licence class.';
comment on column iracing.v_results.licence_class is 'Licence class after.';
comment on column iracing.v_results.safety_rating is 'Safety rating after, 0 to 4.99 within the licence class.';
comment on column iracing.v_results.safety_rating_change is 'What the race did to the safety rating; null where the licence class changed, as it begins anew then.';
comment on column iracing.v_results.cpi_old is 'Corners per incident before.';
comment on column iracing.v_results.cpi_new is 'Corners per incident after.';
comment on column iracing.v_results.sof is 'Strength of field of the class, or of all where that is not known.';
comment on column iracing.v_results.points is 'Points of the championship.';
comment on column iracing.v_results.league_points is 'Points of the league.';
comment on column iracing.v_results.dropped is 'Whether the race does not count for the championship.';
comment on column iracing.v_results.division is 'Division, 1 to 10, or 11 for the rookies''.';
comment on column iracing.v_results.reason_out is 'Why the car went out, in iRacing''s words.';
comment on column iracing.v_results.flair is 'The flag that the driver had then, or the club of old results.';
comment on column iracing.v_results.country is 'Two letters.';

-- What drivers made of races, alone or in a team: the one who drove has the numbers, and the car has the places. Each half
-- finds the races of a driver by an index of its own.
create view iracing.driven_races as
select r.subsession_id, r.part, r.cust_id, dr.driver, dr.driver_key, dr.own, dr.followed, null::bigint as team_id, r.race, r.entrant_id, r.position, r.class_position, r.grid, r.class_grid,
    r.field, r.class_field, r.car_class_id, r.car_id, r.car_number, r.gap_seconds, r.laps_down, r.laps, r.laps_led, r.average_lap_seconds, r.best_lap_seconds, r.qualify_lap_seconds,
    r.incidents, r.irating_old, r.irating_new, r.cpi_old, r.cpi_new, r.licence_level_old, r.licence_level_new, r.safety_rating_old, r.safety_rating_new,
    r.points, r.league_points, r.dropped, r.division, r.reason_out
from iracing.results r join iracing.shown_drivers dr using (cust_id)
union all
select r.subsession_id, r.part, d.cust_id, dr.driver, dr.driver_key, dr.own, dr.followed, r.team_id, r.race, r.entrant_id, r.position, r.class_position, r.grid, r.class_grid,
    r.field, r.class_field, r.car_class_id, r.car_id, r.car_number, r.gap_seconds, r.laps_down, d.laps, d.laps_led, d.average_lap_seconds, d.best_lap_seconds, d.qualify_lap_seconds,
    d.incidents, d.irating_old, d.irating_new, d.cpi_old, d.cpi_new, d.licence_level_old, d.licence_level_new, d.safety_rating_old, d.safety_rating_new,
    greatest(d.points, r.points), d.league_points, d.dropped, d.division, r.reason_out
from iracing.team_results d
join iracing.shown_drivers dr using (cust_id)
join iracing.results r on r.subsession_id = d.subsession_id and r.part = d.part and r.entrant_id = d.team_id;
comment on view iracing.driven_races is 'What drivers made of parts of subsessions, alone or in a team.';
comment on column iracing.driven_races.subsession_id is 'The subsession.';
comment on column iracing.driven_races.part is 'The part.';
comment on column iracing.driven_races.cust_id is 'The driver.';
comment on column iracing.driven_races.driver is 'What the driver is called.';
comment on column iracing.driven_races.driver_key is 'Customer id, or what stands for it.';
comment on column iracing.driven_races.own is 'Whether it is the own driver.';
comment on column iracing.driven_races.followed is 'Whether it is a driver who is followed.';
comment on column iracing.driven_races.team_id is 'The team; null for a driver who drove alone.';
comment on column iracing.driven_races.race is 'Whether the part is the race of the subsession; heats are not.';
comment on column iracing.driven_races.entrant_id is 'The team, or else the driver.';
comment on column iracing.driven_races.position is 'Position of the car.';
comment on column iracing.driven_races.class_position is 'Position of the car in its class.';
comment on column iracing.driven_races.grid is 'Place on the grid.';
comment on column iracing.driven_races.class_grid is 'Place on the grid in the car class.';
comment on column iracing.driven_races.field is 'Cars in the part.';
comment on column iracing.driven_races.class_field is 'Cars of the class in the part.';
comment on column iracing.driven_races.car_class_id is 'The car class.';
comment on column iracing.driven_races.car_id is 'The car.';
comment on column iracing.driven_races.car_number is 'The car''s number.';
comment on column iracing.driven_races.gap_seconds is 'Behind the winner.';
comment on column iracing.driven_races.laps_down is 'Laps behind the winner.';
comment on column iracing.driven_races.laps is 'The driver''s complete laps.';
comment on column iracing.driven_races.laps_led is 'Laps that the driver led.';
comment on column iracing.driven_races.average_lap_seconds is 'The driver''s average lap.';
comment on column iracing.driven_races.best_lap_seconds is 'The driver''s best lap.';
comment on column iracing.driven_races.qualify_lap_seconds is 'Best lap of qualifying.';
comment on column iracing.driven_races.incidents is 'The driver''s incident points.';
comment on column iracing.driven_races.irating_old is 'iRating before.';
comment on column iracing.driven_races.irating_new is 'iRating after.';
comment on column iracing.driven_races.cpi_old is 'Corners per incident before.';
comment on column iracing.driven_races.cpi_new is 'Corners per incident after.';
comment on column iracing.driven_races.licence_level_old is 'Licence level before.';
comment on column iracing.driven_races.licence_level_new is 'Licence level after.';
comment on column iracing.driven_races.safety_rating_old is 'Safety rating before.';
comment on column iracing.driven_races.safety_rating_new is 'Safety rating after.';
comment on column iracing.driven_races.points is 'Points of the championship.';
comment on column iracing.driven_races.league_points is 'Points of the league.';
comment on column iracing.driven_races.dropped is 'Whether the race does not count.';
comment on column iracing.driven_races.division is 'Division.';
comment on column iracing.driven_races.reason_out is 'Why the car went out.';

create view iracing.v_driver_results as
select d.subsession_id, s.started_at, s.category_id, iracing.category_name(s.category_id) as category, s.series_id, s.season_id, s.week, s.track_id, s.official, s.hosted,
    d.driver, d.driver_key, d.own, d.followed, tm.team, tm.team_key, d.position, d.class_position, d.grid, d.class_grid, d.field, d.class_field, d.car_number,
    d.car_id, c.name as car, d.car_class_id, k.name as car_class, d.gap_seconds, d.laps_down, d.laps, d.laps_led, d.best_lap_seconds, d.average_lap_seconds, d.incidents,
    d.irating_old, d.irating_new, d.irating_new - d.irating_old as irating_change, iracing.licence_class(d.licence_level_new) as licence_class, d.safety_rating_new as safety_rating,
    case when (d.licence_level_old + 3) / 4 = (d.licence_level_new + 3) / 4 then d.safety_rating_new - d.safety_rating_old end as safety_rating_change,
    coalesce(sc.sof, s.sof) as sof, d.points, d.league_points, d.dropped, d.division, d.reason_out
from iracing.driven_races d
join iracing.subsessions s on s.subsession_id = d.subsession_id
left join iracing.shown_teams tm on tm.team_id = d.team_id
left join iracing.subsession_classes sc on sc.subsession_id = d.subsession_id and sc.car_class_id = d.car_class_id
left join iracing.cars c on c.car_id = d.car_id
left join iracing.car_classes k on k.car_class_id = d.car_class_id
where d.race;
comment on view iracing.v_driver_results is 'What each driver made of each race: a row for each driver of each race, those of teams too.';
comment on column iracing.v_driver_results.subsession_id is 'The subsession.';
comment on column iracing.v_driver_results.started_at is 'When the subsession began.';
comment on column iracing.v_driver_results.category_id is 'Number of the category of licences.';
comment on column iracing.v_driver_results.category is 'Category of licences, such as Sports car.';
comment on column iracing.v_driver_results.series_id is 'Number of the series; null for hosted sessions.';
comment on column iracing.v_driver_results.season_id is 'Number of the season; null for hosted sessions.';
comment on column iracing.v_driver_results.week is 'Week of the season, from 1.';
comment on column iracing.v_driver_results.track_id is 'Number of the layout.';
comment on column iracing.v_driver_results.official is 'Whether ratings were at stake.';
comment on column iracing.v_driver_results.hosted is 'Whether it was a hosted session.';
comment on column iracing.v_driver_results.driver is 'The driver.';
comment on column iracing.v_driver_results.driver_key is 'Customer id, or what stands for it.';
comment on column iracing.v_driver_results.own is 'Whether it is the own driver.';
comment on column iracing.v_driver_results.followed is 'Whether it is a driver who is followed.';
comment on column iracing.v_driver_results.team is 'The team; null for a driver who drove alone.';
comment on column iracing.v_driver_results.team_key is 'Number of the team, or what stands for it.';
comment on column iracing.v_driver_results.position is 'Position of the car.';
comment on column iracing.v_driver_results.class_position is 'Position of the car in its class.';
comment on column iracing.v_driver_results.grid is 'Place on the grid.';
comment on column iracing.v_driver_results.class_grid is 'Place on the grid in the car class.';
comment on column iracing.v_driver_results.field is 'Cars in the race.';
comment on column iracing.v_driver_results.class_field is 'Cars of the class in the race.';
comment on column iracing.v_driver_results.car_number is 'The car''s number.';
comment on column iracing.v_driver_results.car_id is 'Number of the car.';
comment on column iracing.v_driver_results.car is 'The car.';
comment on column iracing.v_driver_results.car_class_id is 'Number of the car class.';
comment on column iracing.v_driver_results.car_class is 'The car class.';
comment on column iracing.v_driver_results.gap_seconds is 'Behind the winner; null for those laps down.';
comment on column iracing.v_driver_results.laps_down is 'Laps behind the winner, where there is no gap.';
comment on column iracing.v_driver_results.laps is 'The driver''s complete laps.';
comment on column iracing.v_driver_results.laps_led is 'Laps that the driver led.';
comment on column iracing.v_driver_results.best_lap_seconds is 'The driver''s best lap.';
comment on column iracing.v_driver_results.average_lap_seconds is 'The driver''s average lap.';
comment on column iracing.v_driver_results.incidents is 'The driver''s incident points.';
comment on column iracing.v_driver_results.irating_old is 'iRating before.';
comment on column iracing.v_driver_results.irating_new is 'iRating after.';
comment on column iracing.v_driver_results.irating_change is 'What the race did to the iRating.';
comment on column iracing.v_driver_results.licence_class is 'Licence class after: R, D, C, B, A, P or WC.';
comment on column iracing.v_driver_results.safety_rating is 'Safety rating after, 0 to 4.99 within the licence class.';
comment on column iracing.v_driver_results.safety_rating_change is 'What the race did to the safety rating; null where the licence class changed.';
comment on column iracing.v_driver_results.sof is 'Strength of field of the class, or of all where that is not known.';
comment on column iracing.v_driver_results.points is 'Points of the championship.';
comment on column iracing.v_driver_results.league_points is 'Points of the league.';
comment on column iracing.v_driver_results.dropped is 'Whether the race does not count for the championship.';
comment on column iracing.v_driver_results.division is 'Division, 1 to 10, or 11 for the rookies''.';
comment on column iracing.v_driver_results.reason_out is 'Why the car went out, in iRacing''s words.';

create view iracing.v_own_races as
select s.subsession_id, s.started_at, s.ended_at, r.driver, r.driver_key, r.own, s.category_id, iracing.category_name(s.category_id) as category,
    s.series_id, coalesce(se.name, lg.name, case when s.hosted then 'Hosted session' end) as series, s.season_id, sn.name as season, s.year, s.quarter, s.week,
    s.track_id, iracing.track_name(t.name, t.config) as track, s.official, s.hosted, s.team_event, s.league_id, r.found_only,
    r.car_id, c.name as car, r.car_class_id, k.name as car_class, r.grid, r.position, r.class_grid, r.class_position,
    r.grid - r.position as gained, coalesce(r.field, s.entries) as field, r.class_field,
    case when coalesce(r.field, s.entries) > 1 then 1 - (r.position - 1)::double precision / (coalesce(r.field, s.entries) - 1) when coalesce(r.field, s.entries) = 1 then 1 end as finish_share,
    s.sof, s.split, s.splits, r.laps, r.laps_led, r.best_lap_seconds, r.average_lap_seconds, r.qualify_lap_seconds, r.incidents,
    r.incidents / nullif(r.laps, 0) as incidents_per_lap, r.points, r.league_points, r.dropped,
    r.irating_old, r.irating_new as irating, r.irating_new - r.irating_old as irating_change,
    iracing.licence_class(r.licence_level_new) as licence_class, r.safety_rating_new as safety_rating,
    case when (r.licence_level_old + 3) / 4 = (r.licence_level_new + 3) / 4 then r.safety_rating_new - r.safety_rating_old end as safety_rating_change,
    iracing.licence_scale(r.licence_level_new, r.safety_rating_new) as licence_scale, r.cpi_new as cpi, r.division, r.reason_out
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
    where dr.own or dr.followed
) as r
join iracing.subsessions s on s.subsession_id = r.subsession_id
left join iracing.series se on se.series_id = s.series_id
left join iracing.seasons sn on sn.season_id = s.season_id
left join iracing.tracks t on t.track_id = s.track_id
left join iracing.leagues lg on lg.league_id = s.league_id
left join iracing.cars c on c.car_id = r.car_id
left join iracing.car_classes k on k.car_class_id = r.car_class_id
-- Who was in a team and never drove did not start.
where not (coalesce(s.team_event, false) and coalesce(r.laps, 0) = 0 and coalesce(r.incidents, 0) = 0);
comment on view iracing.v_own_races is 'Races of the own driver and of those who are followed: a row for each race of each of them. Keep own for the own driver.';
comment on column iracing.v_own_races.subsession_id is 'The subsession.';
comment on column iracing.v_own_races.started_at is 'When the subsession began.';
comment on column iracing.v_own_races.ended_at is 'When it ended.';
comment on column iracing.v_own_races.driver is 'The driver.';
comment on column iracing.v_own_races.driver_key is 'Customer id, or what stands for it.';
comment on column iracing.v_own_races.own is 'Whether it is the own driver.';
comment on column iracing.v_own_races.category_id is 'Number of the category of licences.';
comment on column iracing.v_own_races.category is 'Category of licences, such as Sports car.';
comment on column iracing.v_own_races.series_id is 'Number of the series; null for hosted sessions.';
comment on column iracing.v_own_races.series is 'Name of the series, or of the league.';
comment on column iracing.v_own_races.season_id is 'Number of the season; null for hosted sessions.';
comment on column iracing.v_own_races.season is 'Name of the season.';
comment on column iracing.v_own_races.year is 'Year of the season.';
comment on column iracing.v_own_races.quarter is 'Quarter of the season, 1 to 4.';
comment on column iracing.v_own_races.week is 'Week of the season, from 1.';
comment on column iracing.v_own_races.track_id is 'Number of the layout.';
comment on column iracing.v_own_races.track is 'Track with its layout.';
comment on column iracing.v_own_races.official is 'Whether ratings were at stake.';
comment on column iracing.v_own_races.hosted is 'Whether it was a hosted session; a league''s is one.';
comment on column iracing.v_own_races.team_event is 'Whether drivers shared cars.';
comment on column iracing.v_own_races.league_id is 'Number of the league.';
comment on column iracing.v_own_races.found_only is 'Whether only a search told of it, and not its result: laps and ratings may be missing.';
comment on column iracing.v_own_races.car_id is 'Number of the car.';
comment on column iracing.v_own_races.car is 'The car.';
comment on column iracing.v_own_races.car_class_id is 'Number of the car class.';
comment on column iracing.v_own_races.car_class is 'The car class.';
comment on column iracing.v_own_races.grid is 'Place on the grid.';
comment on column iracing.v_own_races.position is 'Finish.';
comment on column iracing.v_own_races.class_grid is 'Place on the grid in the car class.';
comment on column iracing.v_own_races.class_position is 'Finish in the car class.';
comment on column iracing.v_own_races.gained is 'Places gained from the grid to the finish.';
comment on column iracing.v_own_races.field is 'Cars in the race.';
comment on column iracing.v_own_races.class_field is 'Cars of the class in the race.';
comment on column iracing.v_own_races.finish_share is 'Share of the other cars that the driver finished ahead of.';
comment on column iracing.v_own_races.sof is 'Strength of field.';
comment on column iracing.v_own_races.split is 'Which of the splits of the start it was, from 1, the strongest.';
comment on column iracing.v_own_races.splits is 'How many splits the start had.';
comment on column iracing.v_own_races.laps is 'Complete laps.';
comment on column iracing.v_own_races.laps_led is 'Laps led.';
comment on column iracing.v_own_races.best_lap_seconds is 'Best lap.';
comment on column iracing.v_own_races.average_lap_seconds is 'Average lap.';
comment on column iracing.v_own_races.qualify_lap_seconds is 'Best lap of qualifying.';
comment on column iracing.v_own_races.incidents is 'Incident points.';
comment on column iracing.v_own_races.incidents_per_lap is 'Incident points a lap.';
comment on column iracing.v_own_races.points is 'Points of the championship.';
comment on column iracing.v_own_races.league_points is 'Points of the league.';
comment on column iracing.v_own_races.dropped is 'Whether the race does not count for the championship.';
comment on column iracing.v_own_races.irating_old is 'iRating before.';
comment on column iracing.v_own_races.irating is 'iRating after.';
comment on column iracing.v_own_races.irating_change is 'What the race did to the iRating.';
comment on column iracing.v_own_races.licence_class is 'Licence class after: R, D, C, B, A, P or WC.';
comment on column iracing.v_own_races.safety_rating is 'Safety rating after, 0 to 4.99 within the licence class.';
comment on column iracing.v_own_races.safety_rating_change is 'What the race did to the safety rating; null where the licence class changed.';
comment on column iracing.v_own_races.licence_scale is 'Licence as one number: 1 rookie, 2 D, 3 C, 4 B, 5 A, 6 pro, 7 world championship, plus a fifth of the safety rating.';
comment on column iracing.v_own_races.cpi is 'Corners per incident after.';
comment on column iracing.v_own_races.division is 'Division, 1 to 10, or 11 for the rookies''.';
comment on column iracing.v_own_races.reason_out is 'Why the car went out, in iRacing''s words.';

create view iracing.v_meetings as
select me.subsession_id, s.started_at, s.track_id, iracing.track_name(t.name, t.config) as track, coalesce(se.name, case when s.hosted then 'Hosted session' end) as series,
    me.driver, me.driver_key, rival.driver as rival, rival.driver_key as rival_key, rival.followed, me.car_class_id = other.car_class_id as same_class,
    me.position, other.position as rival_position, me.position < other.position as ahead,
    me.best_lap_seconds, other.best_lap_seconds as rival_best_lap_seconds, me.average_lap_seconds, other.average_lap_seconds as rival_average_lap_seconds,
    me.incidents, other.incidents as rival_incidents, me.irating_new as irating, other.irating_new as rival_irating
from iracing.driven_races me
join (
    select r.subsession_id, r.entrant_id, r.cust_id, r.position, r.car_class_id, r.best_lap_seconds, r.average_lap_seconds, r.incidents, r.irating_new
    from iracing.results r where r.cust_id is not null and r.race
    union all
    select r.subsession_id, r.entrant_id, d.cust_id, r.position, r.car_class_id, d.best_lap_seconds, d.average_lap_seconds, d.incidents, d.irating_new
    from iracing.team_results d join iracing.results r on r.subsession_id = d.subsession_id and r.part = d.part and r.entrant_id = d.team_id
    where r.race
) as other on other.subsession_id = me.subsession_id and other.entrant_id <> me.entrant_id
join iracing.shown_drivers rival on rival.cust_id = other.cust_id
join iracing.subsessions s on s.subsession_id = me.subsession_id
left join iracing.series se on se.series_id = s.series_id
left join iracing.tracks t on t.track_id = s.track_id
where me.race and me.own;
comment on view iracing.v_meetings is 'Races in which the own driver met others: a row for each race and other driver. Choose the other one by rival_key.';
comment on column iracing.v_meetings.subsession_id is 'The subsession.';
comment on column iracing.v_meetings.started_at is 'When the subsession began.';
comment on column iracing.v_meetings.track_id is 'Number of the layout.';
comment on column iracing.v_meetings.track is 'Track with its layout.';
comment on column iracing.v_meetings.series is 'Name of the series.';
comment on column iracing.v_meetings.driver is 'The own driver.';
comment on column iracing.v_meetings.driver_key is 'Customer id of the own driver.';
comment on column iracing.v_meetings.rival is 'The other driver.';
comment on column iracing.v_meetings.rival_key is 'Customer id of the other driver, or what stands for it.';
comment on column iracing.v_meetings.followed is 'Whether the other driver is followed.';
comment on column iracing.v_meetings.same_class is 'Whether both drove in the same car class.';
comment on column iracing.v_meetings.position is 'The own finish.';
comment on column iracing.v_meetings.rival_position is 'The other''s finish.';
comment on column iracing.v_meetings.ahead is 'Whether the own driver finished ahead.';
comment on column iracing.v_meetings.best_lap_seconds is 'The own best lap.';
comment on column iracing.v_meetings.rival_best_lap_seconds is 'The other''s best lap.';
comment on column iracing.v_meetings.average_lap_seconds is 'The own average lap.';
comment on column iracing.v_meetings.rival_average_lap_seconds is 'The other''s average lap.';
comment on column iracing.v_meetings.incidents is 'The own incident points.';
comment on column iracing.v_meetings.rival_incidents is 'The other''s incident points.';
comment on column iracing.v_meetings.irating is 'The own iRating after the race.';
comment on column iracing.v_meetings.rival_irating is 'The other''s iRating after the race.';

-- Laps with who drove them: of drivers alone, of the drivers of teams, and those of teams of which nobody knows who drove.
-- Each part finds the laps of a driver by an index of its own.
create view iracing.driven_laps as
select l.*, c.cust_id, d.driver, d.driver_key, d.own, d.followed, d.driver as car_of, d.driver_key as car_key, c.car_number
from iracing.laps l
join iracing.lap_cars c using (subsession_id, part, entrant_id)
join iracing.shown_drivers d on d.cust_id = c.cust_id
union all
select l.*, l.driver_id, d.driver, d.driver_key, d.own, d.followed, t.team, t.team_key, c.car_number
from iracing.laps l
join iracing.lap_cars c using (subsession_id, part, entrant_id)
join iracing.shown_teams t on t.team_id = c.team_id
join iracing.shown_drivers d on d.cust_id = l.driver_id
union all
select l.*, null, null, null, false, false, t.team, t.team_key, c.car_number
from iracing.laps l
join iracing.lap_cars c using (subsession_id, part, entrant_id)
join iracing.shown_teams t on t.team_id = c.team_id
where l.driver_id is null;
comment on view iracing.driven_laps is 'Laps with who drove them.';
comment on column iracing.driven_laps.subsession_id is 'The subsession.';
comment on column iracing.driven_laps.part is 'The part.';
comment on column iracing.driven_laps.entrant_id is 'The team, or else the driver.';
comment on column iracing.driven_laps.lap is 'The lap.';
comment on column iracing.driven_laps.driver_id is 'Who of the team drove.';
comment on column iracing.driven_laps.time_seconds is 'Lap time; null where iRacing gives none.';
comment on column iracing.driven_laps.took_seconds is 'Lap time, or the time between its two crossings of the line.';
comment on column iracing.driven_laps.at_seconds is 'When it ended, on the session''s clock.';
comment on column iracing.driven_laps.position is 'Position at its end.';
comment on column iracing.driven_laps.class_position is 'Position in the car class at its end.';
comment on column iracing.driven_laps.gap_seconds is 'Behind whoever ended the same lap first.';
comment on column iracing.driven_laps.class_gap_seconds is 'Behind whoever of the class ended the same lap first.';
comment on column iracing.driven_laps.laps_down is 'Laps behind the leader.';
comment on column iracing.driven_laps.flags is 'What happened on it, as iRacing''s bits.';
comment on column iracing.driven_laps.clean is 'Whether it is one to judge pace by.';
comment on column iracing.driven_laps.incident is 'Whether there was an incident on it.';
comment on column iracing.driven_laps.best is 'Whether it is the driver''s best of the part.';
comment on column iracing.driven_laps.fastest is 'Whether it is the fastest of the part.';
comment on column iracing.driven_laps.cust_id is 'Who drove.';
comment on column iracing.driven_laps.driver is 'What who drove is called.';
comment on column iracing.driven_laps.driver_key is 'Customer id of who drove, or what stands for it.';
comment on column iracing.driven_laps.own is 'Whether the own driver drove it.';
comment on column iracing.driven_laps.followed is 'Whether a driver who is followed drove it.';
comment on column iracing.driven_laps.car_of is 'The driver or the team whose car it is.';
comment on column iracing.driven_laps.car_key is 'Number of whose car it is, or what stands for it.';
comment on column iracing.driven_laps.car_number is 'The car''s number.';

create view iracing.v_laps as
select l.subsession_id, s.started_at, l.part, p.kind, p.main, l.lap, l.car_number, l.car_of, l.car_key,
    l.driver, l.driver_key, l.own, l.followed, r.car_id, c.name as car, r.car_class_id, k.name as car_class,
    r.position as finish, l.time_seconds as lap_seconds, l.took_seconds, l.clean, l.position, l.class_position, l.gap_seconds, l.class_gap_seconds, l.laps_down,
    l.at_seconds, l.at_seconds - ch.start_seconds as since_start_seconds, l.flags & 2 <> 0 as pit, l.flags & 1 <> 0 as invalid, l.flags & 4 <> 0 as off_track,
    l.incident, l.best, l.fastest, iracing.lap_events(l.flags) as events
from iracing.driven_laps l
join iracing.subsessions s using (subsession_id)
left join iracing.parts p on p.subsession_id = l.subsession_id and p.part = l.part
left join iracing.lap_charts ch on ch.subsession_id = l.subsession_id and ch.part = l.part
left join iracing.results r on r.subsession_id = l.subsession_id and r.part = l.part and r.entrant_id = l.entrant_id
left join iracing.cars c on c.car_id = r.car_id
left join iracing.car_classes k on k.car_class_id = r.car_class_id;
comment on view iracing.v_laps is 'Laps: a row for each lap of each car. Lap 0 is the grid. Choose a race by subsession_id, with kind = ''race'' and main.';
comment on column iracing.v_laps.subsession_id is 'The subsession.';
comment on column iracing.v_laps.started_at is 'When the subsession began.';
comment on column iracing.v_laps.part is 'iRacing''s number of the part: 0 is the main event, -1 the part before.';
comment on column iracing.v_laps.kind is 'practice, qualify, race or other; null while the result is not there.';
comment on column iracing.v_laps.main is 'Whether it is what is meant by the practice, the qualifying or the race; heats are not.';
comment on column iracing.v_laps.lap is 'The lap; 0 is the grid.';
comment on column iracing.v_laps.car_number is 'The car''s number.';
comment on column iracing.v_laps.car_of is 'The driver, or the team, whose car it is: one name for all laps of a car.';
comment on column iracing.v_laps.car_key is 'Number of whose car it is, or what stands for it.';
comment on column iracing.v_laps.driver is 'Who drove the lap.';
comment on column iracing.v_laps.driver_key is 'Customer id of who drove, or what stands for it.';
comment on column iracing.v_laps.own is 'Whether the own driver drove it.';
comment on column iracing.v_laps.followed is 'Whether a driver who is followed drove it.';
comment on column iracing.v_laps.car_id is 'Number of the car.';
comment on column iracing.v_laps.car is 'The car.';
comment on column iracing.v_laps.car_class_id is 'Number of the car class.';
comment on column iracing.v_laps.car_class is 'The car class.';
comment on column iracing.v_laps.finish is 'Position of the car in the classification.';
comment on column iracing.v_laps.lap_seconds is 'Lap time; null where iRacing gives none.';
comment on column iracing.v_laps.took_seconds is 'Lap time, or where iRacing gives none the time between its two crossings of the line.';
comment on column iracing.v_laps.clean is 'Whether it is one to judge pace by: timed, from line to line, nothing happened on it, and not far slower than the driver''s others.';
comment on column iracing.v_laps.position is 'Position at its end.';
comment on column iracing.v_laps.class_position is 'Position in the car class at its end.';
comment on column iracing.v_laps.gap_seconds is 'Behind whoever ended the same lap first; a car that was lapped is some minutes behind.';
comment on column iracing.v_laps.class_gap_seconds is 'Behind whoever of the class ended the same lap first.';
comment on column iracing.v_laps.laps_down is 'Laps behind the leader, once iRacing counts those.';
comment on column iracing.v_laps.at_seconds is 'When it ended, on the session''s clock.';
comment on column iracing.v_laps.since_start_seconds is 'When it ended, since the start of the race.';
comment on column iracing.v_laps.pit is 'Whether the car was in the pit lane.';
comment on column iracing.v_laps.invalid is 'Whether the lap did not count.';
comment on column iracing.v_laps.off_track is 'Whether the car left the track.';
comment on column iracing.v_laps.incident is 'Whether there was an incident on it.';
comment on column iracing.v_laps.best is 'Whether it is the driver''s best of the part.';
comment on column iracing.v_laps.fastest is 'Whether it is the fastest of the part.';
comment on column iracing.v_laps.events is 'What happened on it, in words.';

create view iracing.v_pace as
select q.subsession_id, q.part, p.kind, p.main, q.driver, q.driver_key, q.own, q.followed, r.car_number, c.name as car, r.car_class_id, k.name as car_class, r.position as finish,
    q.laps, q.clean_laps, q.best_seconds, q.p25_seconds, q.median_seconds, q.p75_seconds, q.mean_seconds, q.sigma_seconds,
    greatest(0, 1 - q.sigma_seconds / q.mean_seconds / 0.02) as consistency
from (
    select l.subsession_id, l.part, l.entrant_id, l.driver, l.driver_key, l.own, l.followed, count(*) as laps, count(*) filter (where l.clean) as clean_laps,
        min(l.time_seconds) filter (where l.clean) as best_seconds,
        percentile_cont(0.25) within group (order by l.time_seconds) filter (where l.clean) as p25_seconds,
        percentile_cont(0.5) within group (order by l.time_seconds) filter (where l.clean) as median_seconds,
        percentile_cont(0.75) within group (order by l.time_seconds) filter (where l.clean) as p75_seconds,
        avg(l.time_seconds) filter (where l.clean) as mean_seconds,
        stddev_samp(l.time_seconds) filter (where l.clean) as sigma_seconds
    from iracing.driven_laps l where l.lap > 0
    group by l.subsession_id, l.part, l.entrant_id, l.cust_id, l.driver, l.driver_key, l.own, l.followed
) as q
left join iracing.parts p on p.subsession_id = q.subsession_id and p.part = q.part
left join iracing.results r on r.subsession_id = q.subsession_id and r.part = q.part and r.entrant_id = q.entrant_id
left join iracing.cars c on c.car_id = r.car_id
left join iracing.car_classes k on k.car_class_id = r.car_class_id;
comment on view iracing.v_pace is 'What clean laps tell of drivers: a row for each driver of each car of each part of a subsession. Choose one by subsession_id, with kind = ''race'' and main.';
comment on column iracing.v_pace.subsession_id is 'The subsession.';
comment on column iracing.v_pace.part is 'iRacing''s number of the part: 0 is the main event, -1 the part before.';
comment on column iracing.v_pace.kind is 'practice, qualify, race or other; null while the result is not there.';
comment on column iracing.v_pace.main is 'Whether it is what is meant by the practice, the qualifying or the race; heats are not.';
comment on column iracing.v_pace.driver is 'The driver.';
comment on column iracing.v_pace.driver_key is 'Customer id, or what stands for it.';
comment on column iracing.v_pace.own is 'Whether it is the own driver.';
comment on column iracing.v_pace.followed is 'Whether it is a driver who is followed.';
comment on column iracing.v_pace.car_number is 'The car''s number.';
comment on column iracing.v_pace.car is 'The car.';
comment on column iracing.v_pace.car_class_id is 'Number of the car class.';
comment on column iracing.v_pace.car_class is 'The car class.';
comment on column iracing.v_pace.finish is 'Position of the car in the classification.';
comment on column iracing.v_pace.laps is 'Laps of the driver.';
comment on column iracing.v_pace.clean_laps is 'Clean laps of the driver.';
comment on column iracing.v_pace.best_seconds is 'Best clean lap.';
comment on column iracing.v_pace.p25_seconds is 'A quarter of the clean laps was quicker.';
comment on column iracing.v_pace.median_seconds is 'Half of the clean laps was quicker.';
comment on column iracing.v_pace.p75_seconds is 'Three quarters of the clean laps were quicker.';
comment on column iracing.v_pace.mean_seconds is 'Mean of the clean laps.';
comment on column iracing.v_pace.sigma_seconds is 'Their standard deviation.';
comment on column iracing.v_pace.consistency is '1 for laps that are all the same, 0 for those that spread by two per cent of their time.';

create view iracing.v_events as
select e.subsession_id, e.part, p.kind as part_kind, p.main, e.seq,
    clock.zero + make_interval(secs => e.at_seconds) as happened_at, e.at_seconds, e.lap,
    case when e.code in (4, 5) then 'penalty' when e.code = 6 then 'caution' when e.code = 7 then 'leadChange' else 'other' end as kind,
    e.about as event, r.car_number, coalesce(tm.team, d.driver) as driver, coalesce(tm.team_key, d.driver_key) as driver_key, coalesce(d.own, false) as own,
    case when (select show_names from iracing.settings) then e.message end as message
from iracing.events e
join iracing.subsessions s using (subsession_id)
left join iracing.parts p on p.subsession_id = e.subsession_id and p.part = e.part
left join iracing.lap_charts ch on ch.subsession_id = e.subsession_id and ch.part = e.part
left join iracing.results r on r.subsession_id = e.subsession_id and r.part = e.part and r.entrant_id = coalesce(e.team_id, e.cust_id)
left join iracing.shown_drivers d on d.cust_id = e.cust_id
left join iracing.shown_teams tm on tm.team_id = e.team_id
-- iRacing does not tell when the session's clock was at zero. A race ends soon after the last car crossed the line for the
-- last time, and does not begin before the last qualifying lap ended.
left join lateral (
    select greatest(s.started_at, max(q.qualified_at)) as earliest
    from iracing.parts q where q.subsession_id = e.subsession_id and q.kind = 'qualify' and q.main
) as q on true
left join lateral (
    select max(last.at_seconds) as at from iracing.events last where last.subsession_id = e.subsession_id and last.part = e.part
) as last on true
cross join lateral (
    select case when p.kind = 'race' and p.main
        then greatest(q.earliest, date_trunc('second', s.ended_at - make_interval(secs => greatest(ch.end_seconds, last.at)) + interval '0.5 s'))
        else s.started_at end as zero
) as clock;
comment on view iracing.v_events is 'Event logs: a row for each event of each part of a subsession.';
comment on column iracing.v_events.subsession_id is 'The subsession.';
comment on column iracing.v_events.part is 'iRacing''s number of the part: 0 is the main event, -1 the part before.';
comment on column iracing.v_events.part_kind is 'practice, qualify, race or other; null while the result is not there.';
comment on column iracing.v_events.main is 'Whether it is what is meant by the practice, the qualifying or the race; heats are not.';
comment on column iracing.v_events.seq is 'Their order; numbers are left out.';
comment on column iracing.v_events.happened_at is 'When it happened; estimated, as iRacing tells the session''s clock only.';
comment on column iracing.v_events.at_seconds is 'When it happened, on the session''s clock.';
comment on column iracing.v_events.lap is 'Lap of the car, or of the leader.';
comment on column iracing.v_events.kind is 'penalty, caution, leadChange or other.';
comment on column iracing.v_events.event is 'Kind of event in words, such as Lead Change.';
comment on column iracing.v_events.car_number is 'The car''s number.';
comment on column iracing.v_events.driver is 'The driver or the team; null where it is about nobody.';
comment on column iracing.v_events.driver_key is 'Number of the driver or the team, or what stands for it.';
comment on column iracing.v_events.own is 'Whether it is about the own driver.';
comment on column iracing.v_events.message is 'What happened; null unless names are shown, as it names people.';

-- Drivers.

create view iracing.v_ratings as
select (h.day + time '00:00') at time zone 'UTC' as time, h.day, d.driver, d.driver_key, d.own, d.followed, h.category_id, iracing.category_name(h.category_id) as category,
    max(h.value) filter (where h.chart = 1) as irating, max(h.value) filter (where h.chart = 2) as tt_rating,
    (array['R', 'D', 'C', 'B', 'A', 'P', 'WC'])[max(floor(h.value / 1000)) filter (where h.chart = 3 and h.value >= 1000 and h.value < 8000)::integer] as licence_class,
    max(h.value - floor(h.value / 1000) * 1000) filter (where h.chart = 3 and h.value >= 1000 and h.value < 8000) / 100 as safety_rating,
    round((max(floor(h.value / 1000) + round(h.value - floor(h.value / 1000) * 1000) / 500) filter (where h.chart = 3 and h.value >= 1000 and h.value < 8000) * 1000)::numeric)::double precision / 1000 as licence_scale
from iracing.rating_history h join iracing.shown_drivers d using (cust_id)
group by h.day, h.cust_id, d.driver, d.driver_key, d.own, d.followed, h.category_id;
comment on view iracing.v_ratings is 'Histories of ratings: a row for each day on which one of a driver''s ratings in a category changed. A rating that is null stayed what it was.';
comment on column iracing.v_ratings.time is 'The day as a time, for time series: its beginning, UTC.';
comment on column iracing.v_ratings.day is 'The day at whose end the ratings were these.';
comment on column iracing.v_ratings.driver is 'The driver.';
comment on column iracing.v_ratings.driver_key is 'Customer id, or what stands for it.';
comment on column iracing.v_ratings.own is 'Whether it is the own driver.';
comment on column iracing.v_ratings.followed is 'Whether it is a driver who is followed.';
comment on column iracing.v_ratings.category_id is 'Number of the category of licences.';
comment on column iracing.v_ratings.category is 'Category of licences, such as Sports car; Road ended on 5 March 2024.';
comment on column iracing.v_ratings.irating is 'iRating.';
comment on column iracing.v_ratings.tt_rating is 'Time trial rating.';
comment on column iracing.v_ratings.licence_class is 'Licence class: R, D, C, B, A, P or WC.';
comment on column iracing.v_ratings.safety_rating is 'Safety rating, 0 to 4.99 within the licence class.';
comment on column iracing.v_ratings.licence_scale is 'Licence as one number: 1 rookie, 2 D, 3 C, 4 B, 5 A, 6 pro, 7 world championship, plus a fifth of the safety rating.';

create view iracing.v_licences as
select d.driver, d.driver_key, d.own, d.followed, l.category_id, iracing.category_name(l.category_id) as category, l.day, l.seen_at,
    iracing.licence_class(l.level) as licence_class, l.level as licence_level, l.safety_rating, iracing.licence_scale(l.level, l.safety_rating) as licence_scale,
    l.irating, l.tt_rating, l.cpi, l.promotion_races, l.promotion_trials,
    l.day = max(l.day) over (partition by l.cust_id, l.category_id) as latest
from iracing.licences l join iracing.shown_drivers d using (cust_id);
comment on view iracing.v_licences is 'Licences and ratings as iRacing told them: a row for each driver, category and day on which it was asked. Keep latest for what they are now.';
comment on column iracing.v_licences.driver is 'The driver.';
comment on column iracing.v_licences.driver_key is 'Customer id, or what stands for it.';
comment on column iracing.v_licences.own is 'Whether it is the own driver.';
comment on column iracing.v_licences.followed is 'Whether it is a driver who is followed.';
comment on column iracing.v_licences.category_id is 'Number of the category of licences.';
comment on column iracing.v_licences.category is 'Category of licences, such as Sports car.';
comment on column iracing.v_licences.day is 'The day, UTC.';
comment on column iracing.v_licences.seen_at is 'When iRacing told, the last time of that day.';
comment on column iracing.v_licences.licence_class is 'Licence class: R, D, C, B, A, P or WC.';
comment on column iracing.v_licences.licence_level is 'Licence level, 1 to 28.';
comment on column iracing.v_licences.safety_rating is 'Safety rating, 0 to 4.99 within the licence class.';
comment on column iracing.v_licences.licence_scale is 'Licence as one number: 1 rookie, 2 D, 3 C, 4 B, 5 A, 6 pro, 7 world championship, plus a fifth of the safety rating.';
comment on column iracing.v_licences.irating is 'iRating.';
comment on column iracing.v_licences.tt_rating is 'Time trial rating.';
comment on column iracing.v_licences.cpi is 'Corners per incident.';
comment on column iracing.v_licences.promotion_races is 'Races that count towards a promotion.';
comment on column iracing.v_licences.promotion_trials is 'Time trials that count towards a promotion.';
comment on column iracing.v_licences.latest is 'Whether it is the latest of the driver in the category.';

create view iracing.v_career as
select d.driver, d.driver_key, d.own, d.followed, t.category_id, iracing.category_name(t.category_id) as category, nullif(t.year, 0) as year, t.starts, t.wins, t.top5, t.poles,
    t.laps, t.laps_led, t.wins::double precision / nullif(t.starts, 0) as win_share, t.top5::double precision / nullif(t.starts, 0) as top5_share,
    t.poles::double precision / nullif(t.starts, 0) as pole_share, t.laps_led::double precision / nullif(t.laps, 0) as led_share,
    t.average_start, t.average_finish, t.average_incidents, t.average_points
from iracing.driver_totals t join iracing.shown_drivers d using (cust_id);
comment on view iracing.v_career is 'Official races added up as iRacing does it: a row for each driver, category and year, and one without a year for the whole career.';
comment on column iracing.v_career.driver is 'The driver.';
comment on column iracing.v_career.driver_key is 'Customer id, or what stands for it.';
comment on column iracing.v_career.own is 'Whether it is the own driver.';
comment on column iracing.v_career.followed is 'Whether it is a driver who is followed.';
comment on column iracing.v_career.category_id is 'Number of the category of licences.';
comment on column iracing.v_career.category is 'Category of licences, such as Sports car.';
comment on column iracing.v_career.year is 'The year; null for the whole career.';
comment on column iracing.v_career.starts is 'Starts.';
comment on column iracing.v_career.wins is 'Wins.';
comment on column iracing.v_career.top5 is 'Finishes among the first five.';
comment on column iracing.v_career.poles is 'Poles.';
comment on column iracing.v_career.laps is 'Laps.';
comment on column iracing.v_career.laps_led is 'Laps led.';
comment on column iracing.v_career.win_share is 'Share of the starts that were won.';
comment on column iracing.v_career.top5_share is 'Share of the starts that ended among the first five.';
comment on column iracing.v_career.pole_share is 'Share of the starts from pole.';
comment on column iracing.v_career.led_share is 'Share of the laps that were led.';
comment on column iracing.v_career.average_start is 'Average place on the grid, rounded by iRacing.';
comment on column iracing.v_career.average_finish is 'Average finish, rounded by iRacing.';
comment on column iracing.v_career.average_incidents is 'Incident points in a race.';
comment on column iracing.v_career.average_points is 'Points of a race.';

-- Championships and leagues.

create view iracing.v_standings as
select st.championship, st.season_id, sn.name as season, se.name as series, st.car_class_id, k.name as car_class, st.table_division, nullif(st.week, 0) as week, st.rank,
    coalesce(tm.team, d.driver) as driver, coalesce(tm.team_key, d.driver_key) as driver_key, coalesce(d.own, false) as own, coalesce(d.followed, false) as followed,
    st.team_id is not null as is_team, st.division, st.country, iracing.licence_class(st.licence_level) as licence_class, st.safety_rating, st.irating, st.tt_rating,
    st.weeks_counted, st.starts, st.wins, st.top5, st.top25, st.poles, st.average_start, st.average_finish, st.average_field, st.laps, st.laps_led, st.incidents,
    st.points, st.exact_points, st.dropped, st.best_lap_seconds, tb.updated_at, tb.answered_at
from iracing.standings st
join iracing.standings_tables tb on tb.championship = st.championship and tb.season_id = st.season_id and tb.car_class_id = st.car_class_id
    and tb.division = st.table_division and tb.week = st.week
join iracing.seasons sn on sn.season_id = st.season_id
left join iracing.series se on se.series_id = sn.series_id
left join iracing.car_classes k on k.car_class_id = st.car_class_id
left join iracing.shown_drivers d on d.cust_id = st.cust_id
left join iracing.shown_teams tm on tm.team_id = st.team_id;
comment on view iracing.v_standings is 'Championships: a row for each driver or team of each table. A table is chosen by championship, season_id, car_class_id, table_division and week.';
comment on column iracing.v_standings.championship is 'drivers, supersession, teams, timeTrial, ttResults or qualify.';
comment on column iracing.v_standings.season_id is 'Number of the season.';
comment on column iracing.v_standings.season is 'Name of the season.';
comment on column iracing.v_standings.series is 'Name of the series.';
comment on column iracing.v_standings.car_class_id is 'Number of the car class.';
comment on column iracing.v_standings.car_class is 'The car class.';
comment on column iracing.v_standings.table_division is 'The division of the table, 1 to 10, or 11 for the rookies''; 0 means all.';
comment on column iracing.v_standings.week is 'The week of the table, from 1; null for the whole season.';
comment on column iracing.v_standings.rank is 'Rank.';
comment on column iracing.v_standings.driver is 'The driver or the team.';
comment on column iracing.v_standings.driver_key is 'Number of the driver or the team, or what stands for it.';
comment on column iracing.v_standings.own is 'Whether it is the own driver.';
comment on column iracing.v_standings.followed is 'Whether it is a driver who is followed.';
comment on column iracing.v_standings.is_team is 'Whether it is a team.';
comment on column iracing.v_standings.division is 'Division of the driver, 1 to 10, or 11 for the rookies''.';
comment on column iracing.v_standings.country is 'Two letters.';
comment on column iracing.v_standings.licence_class is 'Licence class: R, D, C, B, A, P or WC.';
comment on column iracing.v_standings.safety_rating is 'Safety rating, 0 to 4.99 within the licence class.';
comment on column iracing.v_standings.irating is 'iRating.';
comment on column iracing.v_standings.tt_rating is 'Time trial rating.';
comment on column iracing.v_standings.weeks_counted is 'Weeks that count.';
comment on column iracing.v_standings.starts is 'Starts.';
comment on column iracing.v_standings.wins is 'Wins.';
comment on column iracing.v_standings.top5 is 'Finishes among the first five.';
comment on column iracing.v_standings.top25 is 'Finishes in the first quarter of the field.';
comment on column iracing.v_standings.poles is 'Poles.';
comment on column iracing.v_standings.average_start is 'Average place on the grid.';
comment on column iracing.v_standings.average_finish is 'Average finish.';
comment on column iracing.v_standings.average_field is 'Average number of cars.';
comment on column iracing.v_standings.laps is 'Laps.';
comment on column iracing.v_standings.laps_led is 'Laps led.';
comment on column iracing.v_standings.incidents is 'Incident points.';
comment on column iracing.v_standings.points is 'Points.';
comment on column iracing.v_standings.exact_points is 'Points before they were rounded.';
comment on column iracing.v_standings.dropped is 'Whether the week does not count.';
comment on column iracing.v_standings.best_lap_seconds is 'Lap that the row is ranked by, of time trials and qualifying.';
comment on column iracing.v_standings.updated_at is 'When iRacing made the table.';
comment on column iracing.v_standings.answered_at is 'When iRacing was asked for it.';

create view iracing.v_leagues as
select l.league_id, l.name as league, d.driver as owner, d.driver_key as owner_key, l.created_at, l.members, l.recruiting, coalesce(l.member, false) or mine.cust_id is not null as member,
    l.admin, s.league_season_id, s.name as season, s.active, s.drops, s.points_system
from iracing.leagues l
left join iracing.shown_drivers d on d.cust_id = l.owner_id
left join iracing.league_seasons s using (league_id)
left join lateral (
    select m.cust_id from iracing.league_members m join iracing.drivers o using (cust_id) where m.league_id = l.league_id and o.own limit 1
) as mine on true;
comment on view iracing.v_leagues is 'Leagues and their seasons: a row for each season of each league, and one for a league without any.';
comment on column iracing.v_leagues.league_id is 'iRacing''s number.';
comment on column iracing.v_leagues.league is 'Name.';
comment on column iracing.v_leagues.owner is 'Who it belongs to.';
comment on column iracing.v_leagues.owner_key is 'Customer id of the owner, or what stands for it.';
comment on column iracing.v_leagues.created_at is 'When it was founded.';
comment on column iracing.v_leagues.members is 'How many members it has.';
comment on column iracing.v_leagues.recruiting is 'Whether it looks for members.';
comment on column iracing.v_leagues.member is 'Whether the own driver is a member.';
comment on column iracing.v_leagues.admin is 'Whether the account manages it.';
comment on column iracing.v_leagues.league_season_id is 'Number of the season.';
comment on column iracing.v_leagues.season is 'Name of the season.';
comment on column iracing.v_leagues.active is 'Whether the season was running when iRacing last told.';
comment on column iracing.v_leagues.drops is 'How many races do not count for the championship.';
comment on column iracing.v_leagues.points_system is 'How points are given.';

create view iracing.v_league_members as
select m.league_id, l.name as league, d.driver, d.driver_key, d.own, d.followed, case when d.own or (select show_names from iracing.settings) then m.nick end as nick,
    m.car_number, m.owner, m.admin, m.since
from iracing.league_members m join iracing.leagues l using (league_id) join iracing.shown_drivers d using (cust_id);
comment on view iracing.v_league_members is 'Members of leagues, where the account may see them: a row for each.';
comment on column iracing.v_league_members.league_id is 'Number of the league.';
comment on column iracing.v_league_members.league is 'Name of the league.';
comment on column iracing.v_league_members.driver is 'The member.';
comment on column iracing.v_league_members.driver_key is 'Customer id, or what stands for it.';
comment on column iracing.v_league_members.own is 'Whether it is the own driver.';
comment on column iracing.v_league_members.followed is 'Whether it is a driver who is followed.';
comment on column iracing.v_league_members.nick is 'Name within the league; null for others unless names are shown.';
comment on column iracing.v_league_members.car_number is 'Car number within the league.';
comment on column iracing.v_league_members.owner is 'Whether the league belongs to the member.';
comment on column iracing.v_league_members.admin is 'Whether the member manages it.';
comment on column iracing.v_league_members.since is 'When the membership began.';

create view iracing.v_league_standings as
select st.league_id, l.name as league, st.league_season_id, s.name as season, nullif(st.car_class_id, 0) as car_class_id, k.name as car_class, st.position,
    coalesce(tm.team, d.driver) as driver, coalesce(tm.team_key, d.driver_key) as driver_key, coalesce(d.own, false) as own, coalesce(d.followed, false) as followed,
    st.team_id is not null as is_team, st.car_number, st.wins, st.average_start, st.average_finish, st.base_points, st.adjusted_points, st.points
from iracing.league_standings st
join iracing.leagues l using (league_id)
join iracing.league_seasons s using (league_id, league_season_id)
left join iracing.car_classes k on k.car_class_id = st.car_class_id
left join iracing.shown_drivers d on d.cust_id = st.cust_id
left join iracing.shown_teams tm on tm.team_id = st.team_id;
comment on view iracing.v_league_standings is 'Championships of leagues: a row for each driver or team of each table.';
comment on column iracing.v_league_standings.league_id is 'Number of the league.';
comment on column iracing.v_league_standings.league is 'Name of the league.';
comment on column iracing.v_league_standings.league_season_id is 'Number of the season.';
comment on column iracing.v_league_standings.season is 'Name of the season.';
comment on column iracing.v_league_standings.car_class_id is 'Number of the car class; null for all cars.';
comment on column iracing.v_league_standings.car_class is 'The car class.';
comment on column iracing.v_league_standings.position is 'Position.';
comment on column iracing.v_league_standings.driver is 'The driver or the team.';
comment on column iracing.v_league_standings.driver_key is 'Number of the driver or the team, or what stands for it.';
comment on column iracing.v_league_standings.own is 'Whether it is the own driver.';
comment on column iracing.v_league_standings.followed is 'Whether it is a driver who is followed.';
comment on column iracing.v_league_standings.is_team is 'Whether it is a team.';
comment on column iracing.v_league_standings.car_number is 'Car number.';
comment on column iracing.v_league_standings.wins is 'Races won.';
comment on column iracing.v_league_standings.average_start is 'Average place on the grid.';
comment on column iracing.v_league_standings.average_finish is 'Average finish.';
comment on column iracing.v_league_standings.base_points is 'Points of the races.';
comment on column iracing.v_league_standings.adjusted_points is 'Points that the league gave or took.';
comment on column iracing.v_league_standings.points is 'All points.';

create view iracing.v_league_races as
select r.league_id, l.name as league, r.league_season_id, s.name as season, r.launch_at, r.done, r.subsession_id, r.track_id, iracing.track_name(t.name, t.config) as track,
    (select string_agg(c.name, ', ' order by c.name) from iracing.cars c where c.car_id = any(r.car_ids)) as cars,
    r.team_event, r.practice_seconds, r.qualify_seconds, r.race_seconds, r.race_laps, r.entries, r.password,
    coalesce(wd.driver, wt.team) as winner, coalesce(wd.driver_key, wt.team_key) as winner_key, r.temperature_low_celsius, r.temperature_high_celsius, r.rain_share
from iracing.league_races r
join iracing.leagues l using (league_id)
join iracing.league_seasons s using (league_id, league_season_id)
left join iracing.tracks t on t.track_id = r.track_id
left join iracing.shown_drivers wd on wd.cust_id = r.winner_id
left join iracing.shown_teams wt on wt.team_id = r.winner_id;
comment on view iracing.v_league_races is 'Calendars of leagues: a row for each race, past or to come.';
comment on column iracing.v_league_races.league_id is 'Number of the league.';
comment on column iracing.v_league_races.league is 'Name of the league.';
comment on column iracing.v_league_races.league_season_id is 'Number of the season.';
comment on column iracing.v_league_races.season is 'Name of the season.';
comment on column iracing.v_league_races.launch_at is 'When it starts.';
comment on column iracing.v_league_races.done is 'Whether it has results.';
comment on column iracing.v_league_races.subsession_id is 'The subsession; null until it is over.';
comment on column iracing.v_league_races.track_id is 'Number of the layout.';
comment on column iracing.v_league_races.track is 'Track with its layout.';
comment on column iracing.v_league_races.cars is 'The cars.';
comment on column iracing.v_league_races.team_event is 'Whether drivers share cars.';
comment on column iracing.v_league_races.practice_seconds is 'Length of practice.';
comment on column iracing.v_league_races.qualify_seconds is 'Length of qualifying.';
comment on column iracing.v_league_races.race_seconds is 'Length of the race; null for a race of a number of laps.';
comment on column iracing.v_league_races.race_laps is 'Laps of the race; null for a race of a certain time.';
comment on column iracing.v_league_races.entries is 'Entries.';
comment on column iracing.v_league_races.password is 'Whether it needs a password.';
comment on column iracing.v_league_races.winner is 'Who won: a driver or a team.';
comment on column iracing.v_league_races.winner_key is 'Number of who won, or what stands for it.';
comment on column iracing.v_league_races.temperature_low_celsius is 'Lowest temperature of the air to expect.';
comment on column iracing.v_league_races.temperature_high_celsius is 'Highest temperature of the air to expect.';
comment on column iracing.v_league_races.rain_share is 'Chance of rain.';

create view iracing.v_teams as
select tm.team, tm.team_key, t.mine, t.members, t.created_at, d.driver, d.driver_key, d.own, d.followed, m.owner, m.admin
from iracing.teams t join iracing.shown_teams tm using (team_id)
join iracing.team_members m using (team_id)
join iracing.shown_drivers d using (cust_id);
comment on view iracing.v_teams is 'Drivers of the teams that iRacing was asked for: a row for each driver of each team.';
comment on column iracing.v_teams.team is 'The team.';
comment on column iracing.v_teams.team_key is 'Number of the team, or what stands for it.';
comment on column iracing.v_teams.mine is 'Whether the own driver is in it.';
comment on column iracing.v_teams.members is 'How many drivers it has.';
comment on column iracing.v_teams.created_at is 'When it was founded.';
comment on column iracing.v_teams.driver is 'The driver.';
comment on column iracing.v_teams.driver_key is 'Customer id, or what stands for it.';
comment on column iracing.v_teams.own is 'Whether it is the own driver.';
comment on column iracing.v_teams.followed is 'Whether it is a driver who is followed.';
comment on column iracing.v_teams.owner is 'Whether the team belongs to the driver.';
comment on column iracing.v_teams.admin is 'Whether the driver manages it.';

-- Operations.

create view iracing.v_job_runs as
select run_id, job, started_at, ended_at, outcome, extract(epoch from coalesce(ended_at, now()) - started_at)::double precision as took_seconds, rows_written, requests, problem
from iracing.job_runs;
comment on view iracing.v_job_runs is 'Runs of the collector''s jobs: a row for each.';
comment on column iracing.v_job_runs.run_id is 'Counts the runs.';
comment on column iracing.v_job_runs.job is 'Which job.';
comment on column iracing.v_job_runs.started_at is 'When it began.';
comment on column iracing.v_job_runs.ended_at is 'When it ended; null while it runs.';
comment on column iracing.v_job_runs.outcome is 'running, ok, failed, or interrupted for one whose process ended.';
comment on column iracing.v_job_runs.took_seconds is 'How long it took, or has been running.';
comment on column iracing.v_job_runs.rows_written is 'Rows that it wrote.';
comment on column iracing.v_job_runs.requests is 'Requests to iRacing that it made.';
comment on column iracing.v_job_runs.problem is 'Why it failed.';

create view iracing.v_sources as
select split_part(request, '?', 1) as endpoint, count(*) as answers, max(answered_at) as answered_at, max(kept_at) as kept_at,
    count(*) filter (where fresh_until is null) as final_answers, count(*) filter (where fresh_until < now()) as outdated_answers,
    extract(epoch from now() - max(answered_at))::double precision as age_seconds
from iracing.kept group by 1;
comment on view iracing.v_sources is 'How fresh the facts are: a row for each endpoint of iRacing''s API that was asked.';
comment on column iracing.v_sources.endpoint is 'The endpoint.';
comment on column iracing.v_sources.answers is 'Answers whose facts are kept.';
comment on column iracing.v_sources.answered_at is 'When iRacing last gave one.';
comment on column iracing.v_sources.kept_at is 'When facts were last written.';
comment on column iracing.v_sources.final_answers is 'Answers that do not change any more.';
comment on column iracing.v_sources.outdated_answers is 'Answers that should be asked for again.';
comment on column iracing.v_sources.age_seconds is 'How old the newest is.';

create view iracing.v_tables as
select c.relname::text as table_name, obj_description(c.oid, 'pg_class') as about, greatest(c.reltuples, 0)::bigint as row_estimate, pg_total_relation_size(c.oid) as bytes
from pg_class c where c.relnamespace = 'iracing'::regnamespace and c.relkind = 'r';
comment on view iracing.v_tables is 'What the database holds: a row for each table.';
comment on column iracing.v_tables.table_name is 'The table.';
comment on column iracing.v_tables.about is 'What it holds.';
comment on column iracing.v_tables.row_estimate is 'About how many rows it has.';
comment on column iracing.v_tables.bytes is 'Its size with its indexes.';
