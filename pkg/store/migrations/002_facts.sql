-- What the answers of iRacing's API tell of drivers, cars, tracks, seasons, races and leagues.
-- Lap times and gaps are seconds, positions, weeks and laps count from 1, shares are 0 to 1, and what is not known is null.

alter table iracing.kept add column fresh_until timestamptz;
comment on column iracing.kept.fresh_until is 'Until when that answer is fresh; null means for good.';

create function iracing.licence_class(level integer) returns text
    language sql immutable parallel safe
    return (array['R', 'D', 'C', 'B', 'A', 'P', 'WC'])[case when level between 1 and 28 then (level + 3) / 4 end];
comment on function iracing.licence_class is 'The letter of a licence level''s class: R, D, C, B, A, P or WC.';

create function iracing.licence_scale(level integer, safety_rating double precision) returns double precision
    language sql immutable parallel safe
    return case when level between 1 and 28 then round(((level + 3) / 4 + safety_rating / 5) * 1000) / 1000 end;
comment on function iracing.licence_scale is 'A licence as one number: 1 for rookies to 7 for the world championship, plus a fifth of the safety rating.';

-- People and teams.

create table iracing.drivers (
    cust_id bigint primary key check (cust_id > 0),
    name text not null default '',
    named_on date not null default '-infinity',
    alias text not null,
    alias_key text not null unique,
    own boolean not null default false,
    followed boolean not null default false,
    member_since date,
    flair text,
    country text
);
create index drivers_own on iracing.drivers (cust_id) where own or followed;
comment on table iracing.drivers is 'Everybody who is in a result, a table or a league.';
comment on column iracing.drivers.cust_id is 'Customer id.';
comment on column iracing.drivers.name is 'Name; drivers may change theirs, and this is the latest.';
comment on column iracing.drivers.named_on is 'The month in which the driver had that name.';
comment on column iracing.drivers.alias is 'Pseudonym.';
comment on column iracing.drivers.alias_key is 'What stands for the customer id where pseudonyms are shown.';
comment on column iracing.drivers.own is 'Whether it is the driver whose account this is; the views show the name.';
comment on column iracing.drivers.followed is 'Whether the races of this driver are collected, too.';
comment on column iracing.drivers.member_since is 'The day on which the membership began.';
comment on column iracing.drivers.flair is 'The flag that the driver chose.';
comment on column iracing.drivers.country is 'Two letters.';

create table iracing.purged_drivers (
    digest bytea primary key,
    stand_in bigint not null references iracing.drivers deferrable initially deferred,
    purged_at timestamptz not null default now()
);
comment on table iracing.purged_drivers is 'People who were taken out of the database and stay out: what comes in of them later is kept under their stand-in.';
comment on column iracing.purged_drivers.digest is 'Keyed digest of the customer id.';
comment on column iracing.purged_drivers.stand_in is 'Number of nobody that their rows have.';
comment on column iracing.purged_drivers.purged_at is 'When they were taken out.';

create sequence iracing.stand_ins minvalue 4503599627370496;
comment on sequence iracing.stand_ins is 'Numbers for people who were taken out; no customer id is as large.';

create table iracing.teams (
    team_id bigint primary key check (team_id < 0),
    name text not null default '',
    named_on date not null default '-infinity',
    alias text not null,
    alias_key text not null unique,
    owner_id bigint references iracing.drivers,
    created_at timestamptz,
    members integer,
    mine boolean not null default false
);
comment on table iracing.teams is 'Teams.';
comment on column iracing.teams.team_id is 'iRacing''s number, which is negative.';
comment on column iracing.teams.name is 'Name; this is the latest.';
comment on column iracing.teams.named_on is 'The month in which the team had that name.';
comment on column iracing.teams.alias is 'Pseudonym.';
comment on column iracing.teams.alias_key is 'What stands for the number where pseudonyms are shown.';
comment on column iracing.teams.owner_id is 'Who it belongs to.';
comment on column iracing.teams.created_at is 'When it was founded.';
comment on column iracing.teams.members is 'How many drivers it has.';
comment on column iracing.teams.mine is 'Whether the own driver is in it.';

create table iracing.team_members (
    team_id bigint not null references iracing.teams,
    cust_id bigint not null references iracing.drivers,
    owner boolean not null default false,
    admin boolean not null default false,
    primary key (team_id, cust_id)
);
create index team_members_cust_id on iracing.team_members (cust_id);
comment on table iracing.team_members is 'Drivers of teams.';
comment on column iracing.team_members.team_id is 'The team.';
comment on column iracing.team_members.cust_id is 'The driver.';
comment on column iracing.team_members.owner is 'Whether the team belongs to the driver.';
comment on column iracing.team_members.admin is 'Whether the driver manages it.';

-- Cars, tracks and seasons. A row is listed when it comes from iRacing's own list of them, and else from a result.

create table iracing.cars (
    car_id integer primary key,
    name text not null default '',
    named_on date not null default '-infinity',
    listed boolean not null default false,
    short_name text,
    categories text[] not null default '{}',
    power_horsepower double precision,
    weight_kilograms double precision,
    retired boolean,
    rain boolean,
    free boolean
);
comment on table iracing.cars is 'Cars.';
comment on column iracing.cars.car_id is 'iRacing''s number.';
comment on column iracing.cars.name is 'Name.';
comment on column iracing.cars.named_on is 'The month in which a result named it so, where it is not listed.';
comment on column iracing.cars.listed is 'Whether it is in iRacing''s list of cars.';
comment on column iracing.cars.short_name is 'Short name.';
comment on column iracing.cars.categories is 'Categories it races in: oval, sports_car, formula_car, dirt_oval, dirt_road.';
comment on column iracing.cars.power_horsepower is 'Power.';
comment on column iracing.cars.weight_kilograms is 'Weight.';
comment on column iracing.cars.retired is 'Whether it is no longer sold.';
comment on column iracing.cars.rain is 'Whether it may be driven in the rain.';
comment on column iracing.cars.free is 'Whether it comes with the membership.';

create table iracing.car_classes (
    car_class_id integer primary key,
    name text not null default '',
    named_on date not null default '-infinity',
    listed boolean not null default false,
    short_name text,
    relative_speed double precision,
    car_ids integer[] not null default '{}'
);
comment on table iracing.car_classes is 'Sets of cars that race for one position.';
comment on column iracing.car_classes.car_class_id is 'iRacing''s number.';
comment on column iracing.car_classes.name is 'Name.';
comment on column iracing.car_classes.named_on is 'The month in which a result named it so, where it is not listed.';
comment on column iracing.car_classes.listed is 'Whether it is in iRacing''s list of classes.';
comment on column iracing.car_classes.short_name is 'Short name.';
comment on column iracing.car_classes.relative_speed is 'How fast it is beside other classes: the higher, the faster.';
comment on column iracing.car_classes.car_ids is 'Its cars, where it is listed.';

create table iracing.tracks (
    track_id integer primary key,
    name text not null default '',
    config text,
    named_on date not null default '-infinity',
    listed boolean not null default false,
    category_id smallint,
    length_meters double precision,
    corners smallint,
    type text,
    location text,
    latitude double precision,
    longitude double precision,
    time_zone text,
    pit_speed_meters_per_second double precision,
    nominal_lap_seconds double precision,
    max_cars smallint,
    retired boolean,
    rain boolean,
    free boolean
);
comment on table iracing.tracks is 'Layouts of tracks.';
comment on column iracing.tracks.track_id is 'iRacing''s number of the layout.';
comment on column iracing.tracks.name is 'Name of the track.';
comment on column iracing.tracks.config is 'Name of the layout; null where the track has one only.';
comment on column iracing.tracks.named_on is 'The month in which a result named it so, where it is not listed.';
comment on column iracing.tracks.listed is 'Whether it is in iRacing''s list of tracks.';
comment on column iracing.tracks.category_id is '1 oval, 2 road, 3 dirt oval, 4 dirt road.';
comment on column iracing.tracks.length_meters is 'Length of a lap.';
comment on column iracing.tracks.corners is 'Corners in a lap.';
comment on column iracing.tracks.type is 'Such as Road Course.';
comment on column iracing.tracks.location is 'Where it is.';
comment on column iracing.tracks.latitude is 'Degrees north.';
comment on column iracing.tracks.longitude is 'Degrees east.';
comment on column iracing.tracks.time_zone is 'Such as Europe/Berlin.';
comment on column iracing.tracks.pit_speed_meters_per_second is 'Speed limit of the pit lane.';
comment on column iracing.tracks.nominal_lap_seconds is 'About how long a lap takes.';
comment on column iracing.tracks.max_cars is 'How many cars fit.';
comment on column iracing.tracks.retired is 'Whether it is no longer sold.';
comment on column iracing.tracks.rain is 'Whether it may be driven in the rain.';
comment on column iracing.tracks.free is 'Whether it comes with the membership.';

create table iracing.series (
    series_id integer primary key,
    name text not null default '',
    named_on date not null default '-infinity',
    listed boolean not null default false,
    short_name text,
    category_id smallint,
    min_starters smallint,
    max_starters smallint,
    min_licence_level smallint
);
comment on table iracing.series is 'Official series.';
comment on column iracing.series.series_id is 'iRacing''s number.';
comment on column iracing.series.name is 'Name.';
comment on column iracing.series.named_on is 'The month in which a result named it so, where it is not listed.';
comment on column iracing.series.listed is 'Whether it is in iRacing''s list of series.';
comment on column iracing.series.short_name is 'Short name.';
comment on column iracing.series.category_id is 'Category of licences: 1 oval, 2 road, 3 dirt oval, 4 dirt road, 5 sports car, 6 formula car.';
comment on column iracing.series.min_starters is 'Starters that make a race official.';
comment on column iracing.series.max_starters is 'Starters above which a race is split.';
comment on column iracing.series.min_licence_level is 'Lowest licence level that may enter, 1 to 28.';

create table iracing.seasons (
    season_id integer primary key,
    series_id integer references iracing.series,
    name text not null default '',
    named_on date not null default '-infinity',
    listed boolean not null default false,
    short_name text,
    category_id smallint,
    year smallint,
    quarter smallint,
    active boolean,
    official boolean,
    fixed_setup boolean,
    team_event boolean,
    multiclass boolean,
    licence_group smallint,
    week smallint,
    weeks smallint,
    drops smallint,
    registered integer,
    incident_limit smallint,
    starts_on date,
    races text,
    told_at timestamptz,
    car_class_ids integer[] not null default '{}'
);
create index seasons_series_id on iracing.seasons (series_id);
comment on table iracing.seasons is 'Seasons of official series.';
comment on column iracing.seasons.season_id is 'iRacing''s number.';
comment on column iracing.seasons.series_id is 'The series.';
comment on column iracing.seasons.name is 'Name.';
comment on column iracing.seasons.named_on is 'The month in which a result named it so, where it is not listed.';
comment on column iracing.seasons.listed is 'Whether it is in one of iRacing''s lists of seasons.';
comment on column iracing.seasons.short_name is 'Short name.';
comment on column iracing.seasons.category_id is 'Category of licences.';
comment on column iracing.seasons.year is 'Year.';
comment on column iracing.seasons.quarter is 'Quarter of the year, 1 to 4.';
comment on column iracing.seasons.active is 'Whether it was running when iRacing last told.';
comment on column iracing.seasons.official is 'Whether ratings are at stake.';
comment on column iracing.seasons.fixed_setup is 'Whether everybody drives the same set-up.';
comment on column iracing.seasons.team_event is 'Whether drivers share cars.';
comment on column iracing.seasons.multiclass is 'Whether several classes race together.';
comment on column iracing.seasons.licence_group is 'Licence class it is for: 1 rookie, 2 D to 5 A.';
comment on column iracing.seasons.week is 'The week that was running when iRacing last told, from 1.';
comment on column iracing.seasons.weeks is 'How many weeks it has.';
comment on column iracing.seasons.drops is 'How many weeks do not count for the championship.';
comment on column iracing.seasons.registered is 'How many drivers are registered.';
comment on column iracing.seasons.incident_limit is 'Incident points at which a driver is disqualified.';
comment on column iracing.seasons.starts_on is 'Its first day.';
comment on column iracing.seasons.races is 'The session times in words.';
comment on column iracing.seasons.told_at is 'When iRacing last told what runs.';
comment on column iracing.seasons.car_class_ids is 'Its car classes.';

create table iracing.season_weeks (
    season_id integer not null references iracing.seasons,
    week smallint not null check (week >= 1),
    track_id integer references iracing.tracks,
    category_id smallint,
    starts_at timestamptz,
    ends_at timestamptz,
    race_laps integer,
    race_seconds double precision,
    practice_seconds double precision,
    qualify_seconds double precision,
    qualify_laps integer,
    rolling_start boolean,
    temperature_low_celsius double precision,
    temperature_high_celsius double precision,
    wind_low_meters_per_second double precision,
    wind_high_meters_per_second double precision,
    wind_from text,
    rain_share double precision,
    rain text,
    skies_low text,
    skies_high text,
    sim_started_at timestamp,
    primary key (season_id, week)
);
create index season_weeks_track_id on iracing.season_weeks (track_id);
comment on table iracing.season_weeks is 'Weeks of seasons.';
comment on column iracing.season_weeks.season_id is 'The season.';
comment on column iracing.season_weeks.week is 'The week, from 1.';
comment on column iracing.season_weeks.track_id is 'Where it is raced.';
comment on column iracing.season_weeks.category_id is 'Category of licences.';
comment on column iracing.season_weeks.starts_at is 'Its first day, 00:00 UTC.';
comment on column iracing.season_weeks.ends_at is 'End of its last session.';
comment on column iracing.season_weeks.race_laps is 'Laps of the race; null for a race of a certain time.';
comment on column iracing.season_weeks.race_seconds is 'Length of the race; null for a race of a number of laps.';
comment on column iracing.season_weeks.practice_seconds is 'Length of practice.';
comment on column iracing.season_weeks.qualify_seconds is 'Length of qualifying.';
comment on column iracing.season_weeks.qualify_laps is 'Laps of qualifying.';
comment on column iracing.season_weeks.rolling_start is 'Whether the start is a rolling one.';
comment on column iracing.season_weeks.temperature_low_celsius is 'Lowest temperature of the air to expect.';
comment on column iracing.season_weeks.temperature_high_celsius is 'Highest temperature of the air to expect.';
comment on column iracing.season_weeks.wind_low_meters_per_second is 'Weakest wind to expect.';
comment on column iracing.season_weeks.wind_high_meters_per_second is 'Strongest wind to expect.';
comment on column iracing.season_weeks.wind_from is 'Where the wind comes from, such as NE.';
comment on column iracing.season_weeks.rain_share is 'Chance of rain.';
comment on column iracing.season_weeks.rain is 'How strong rain is at most, in words.';
comment on column iracing.season_weeks.skies_low is 'Clearest skies to expect, in words.';
comment on column iracing.season_weeks.skies_high is 'Most covered skies to expect, in words.';
comment on column iracing.season_weeks.sim_started_at is 'Local date and time in the sim at the start.';

create table iracing.season_times (
    season_id integer not null,
    week smallint not null,
    number smallint not null check (number >= 1),
    fixed timestamptz[] not null default '{}',
    first_day date,
    days smallint[] not null default '{}',
    first_seconds double precision,
    every_seconds double precision,
    super_session boolean not null default false,
    session_seconds double precision,
    primary key (season_id, week, number),
    foreign key (season_id, week) references iracing.season_weeks on delete cascade
);
comment on table iracing.season_times is 'When the sessions of a week start: at fixed times, or again and again on some of its days.';
comment on column iracing.season_times.season_id is 'The season.';
comment on column iracing.season_times.week is 'The week, from 1.';
comment on column iracing.season_times.number is 'Counts the rules of the week, from 1.';
comment on column iracing.season_times.fixed is 'The fixed times.';
comment on column iracing.season_times.first_day is 'The week''s first day.';
comment on column iracing.season_times.days is 'Days on which sessions repeat, counted from 0 at first_day.';
comment on column iracing.season_times.first_seconds is 'First start of such a day, since midnight UTC.';
comment on column iracing.season_times.every_seconds is 'Time between two starts of such a day.';
comment on column iracing.season_times.super_session is 'Whether these are super sessions.';
comment on column iracing.season_times.session_seconds is 'Length of one session.';

-- Leagues.

create table iracing.leagues (
    league_id integer primary key,
    name text not null default '',
    named_on date not null default '-infinity',
    listed boolean not null default false,
    owner_id bigint references iracing.drivers,
    created_at timestamptz,
    members integer,
    recruiting boolean,
    member boolean,
    admin boolean
);
comment on table iracing.leagues is 'Leagues.';
comment on column iracing.leagues.league_id is 'iRacing''s number.';
comment on column iracing.leagues.name is 'Name.';
comment on column iracing.leagues.named_on is 'The month in which a result named it so, where it is not listed.';
comment on column iracing.leagues.listed is 'Whether iRacing was asked for the league itself.';
comment on column iracing.leagues.owner_id is 'Who it belongs to.';
comment on column iracing.leagues.created_at is 'When it was founded.';
comment on column iracing.leagues.members is 'How many members it has.';
comment on column iracing.leagues.recruiting is 'Whether it looks for members.';
comment on column iracing.leagues.member is 'Whether the account is a member.';
comment on column iracing.leagues.admin is 'Whether the account manages it.';

create table iracing.league_members (
    league_id integer not null references iracing.leagues,
    cust_id bigint not null references iracing.drivers,
    nick text,
    car_number text,
    owner boolean not null default false,
    admin boolean not null default false,
    since timestamptz,
    primary key (league_id, cust_id)
);
create index league_members_cust_id on iracing.league_members (cust_id);
comment on table iracing.league_members is 'Members of leagues, where the account may see them.';
comment on column iracing.league_members.league_id is 'The league.';
comment on column iracing.league_members.cust_id is 'The member.';
comment on column iracing.league_members.nick is 'Name within the league.';
comment on column iracing.league_members.car_number is 'Car number within the league.';
comment on column iracing.league_members.owner is 'Whether the league belongs to the member.';
comment on column iracing.league_members.admin is 'Whether the member manages it.';
comment on column iracing.league_members.since is 'When the membership began.';

create table iracing.league_seasons (
    league_id integer not null references iracing.leagues,
    league_season_id integer not null,
    name text not null default '',
    named_on date not null default '-infinity',
    listed boolean not null default false,
    active boolean,
    hidden boolean,
    drops smallint,
    points_system text,
    primary key (league_id, league_season_id)
);
comment on table iracing.league_seasons is 'Seasons of leagues.';
comment on column iracing.league_seasons.league_id is 'The league.';
comment on column iracing.league_seasons.league_season_id is 'iRacing''s number, of another kind than those of official seasons.';
comment on column iracing.league_seasons.name is 'Name.';
comment on column iracing.league_seasons.named_on is 'The month in which a result named it so, where it is not listed.';
comment on column iracing.league_seasons.listed is 'Whether it is in the league''s list of seasons.';
comment on column iracing.league_seasons.active is 'Whether it was running when iRacing last told.';
comment on column iracing.league_seasons.hidden is 'Whether it is hidden from those outside.';
comment on column iracing.league_seasons.drops is 'How many races do not count for the championship.';
comment on column iracing.league_seasons.points_system is 'How points are given.';

create table iracing.league_standings (
    league_id integer not null,
    league_season_id integer not null,
    car_class_id integer not null,
    entrant_id bigint not null,
    cust_id bigint references iracing.drivers,
    team_id bigint references iracing.teams,
    position integer,
    car_number text,
    wins integer,
    average_start double precision,
    average_finish double precision,
    base_points double precision,
    adjusted_points double precision,
    points double precision,
    primary key (league_id, league_season_id, car_class_id, entrant_id),
    foreign key (league_id, league_season_id) references iracing.league_seasons,
    check (entrant_id = coalesce(team_id, cust_id))
);
create index league_standings_cust_id on iracing.league_standings (cust_id);
create index league_standings_team_id on iracing.league_standings (team_id);
comment on table iracing.league_standings is 'Championship tables of leagues.';
comment on column iracing.league_standings.league_id is 'The league.';
comment on column iracing.league_standings.league_season_id is 'The season.';
comment on column iracing.league_standings.car_class_id is 'The car class; 0 means all cars.';
comment on column iracing.league_standings.entrant_id is 'The team, or else the driver.';
comment on column iracing.league_standings.cust_id is 'The driver; null for a team.';
comment on column iracing.league_standings.team_id is 'The team; null for a driver.';
comment on column iracing.league_standings.position is 'Position.';
comment on column iracing.league_standings.car_number is 'Car number.';
comment on column iracing.league_standings.wins is 'Races won.';
comment on column iracing.league_standings.average_start is 'Average place on the grid.';
comment on column iracing.league_standings.average_finish is 'Average finish.';
comment on column iracing.league_standings.base_points is 'Points of the races.';
comment on column iracing.league_standings.adjusted_points is 'Points that the league gave or took.';
comment on column iracing.league_standings.points is 'All points.';

-- Races. A subsession is one split of one start: its practice, qualifying and race are its parts.

create table iracing.subsessions (
    subsession_id bigint primary key,
    complete boolean not null default false,
    session_id bigint,
    started_at timestamptz,
    ended_at timestamptz,
    event_type smallint,
    category_id smallint,
    series_id integer references iracing.series,
    season_id integer references iracing.seasons,
    year smallint,
    quarter smallint,
    week smallint,
    track_id integer references iracing.tracks,
    official boolean,
    hosted boolean,
    has_race boolean,
    team_event boolean,
    league_id integer references iracing.leagues,
    league_season_id integer,
    host_id bigint references iracing.drivers,
    session_name text,
    private_session_id bigint,
    split smallint,
    splits smallint,
    sof double precision,
    entries smallint,
    people smallint,
    laps integer,
    corners smallint,
    best_lap_seconds double precision,
    average_lap_seconds double precision,
    lead_changes smallint,
    cautions smallint,
    caution_laps smallint,
    winner_id bigint,
    farm text,
    foreign key (league_id, league_season_id) references iracing.league_seasons
);
create index subsessions_started_at on iracing.subsessions (started_at);
create index subsessions_season_id on iracing.subsessions (season_id, week);
create index subsessions_session_id on iracing.subsessions (session_id);
create index subsessions_track_id on iracing.subsessions (track_id);
create index subsessions_series_id on iracing.subsessions (series_id);
create index subsessions_league_id on iracing.subsessions (league_id, league_season_id) where league_id is not null;
create index subsessions_host_id on iracing.subsessions (host_id) where host_id is not null;
comment on table iracing.subsessions is 'Subsessions: each split of each start is one.';
comment on column iracing.subsessions.subsession_id is 'iRacing''s number.';
comment on column iracing.subsessions.complete is 'Whether its whole result is there, and not only what a search told.';
comment on column iracing.subsessions.session_id is 'The start; the same for all its splits.';
comment on column iracing.subsessions.started_at is 'When its first part began.';
comment on column iracing.subsessions.ended_at is 'When it ended.';
comment on column iracing.subsessions.event_type is '2 practice, 3 qualifying, 4 time trial, 5 race.';
comment on column iracing.subsessions.category_id is 'Category of licences: 1 oval, 2 road, 3 dirt oval, 4 dirt road, 5 sports car, 6 formula car.';
comment on column iracing.subsessions.series_id is 'The series; null for hosted sessions.';
comment on column iracing.subsessions.season_id is 'The season; null for hosted sessions.';
comment on column iracing.subsessions.year is 'Year of the season.';
comment on column iracing.subsessions.quarter is 'Quarter of the season, 1 to 4.';
comment on column iracing.subsessions.week is 'Week of the season, from 1.';
comment on column iracing.subsessions.track_id is 'The track.';
comment on column iracing.subsessions.official is 'Whether ratings were at stake.';
comment on column iracing.subsessions.hosted is 'Whether it was a hosted session; a league''s is one.';
comment on column iracing.subsessions.has_race is 'Whether it has or was to have a race.';
comment on column iracing.subsessions.team_event is 'Whether drivers shared cars.';
comment on column iracing.subsessions.league_id is 'The league.';
comment on column iracing.subsessions.league_season_id is 'The league''s season.';
comment on column iracing.subsessions.host_id is 'Who hosted it.';
comment on column iracing.subsessions.session_name is 'Name of a hosted session, which often names its host.';
comment on column iracing.subsessions.private_session_id is 'Number of the private session.';
comment on column iracing.subsessions.split is 'Which of the splits of the start it was, from 1, the strongest.';
comment on column iracing.subsessions.splits is 'How many splits the start had.';
comment on column iracing.subsessions.sof is 'Strength of field.';
comment on column iracing.subsessions.entries is 'Cars in the race.';
comment on column iracing.subsessions.people is 'Drivers as searches count them, in team events all drivers of the cars.';
comment on column iracing.subsessions.laps is 'Laps of the winner.';
comment on column iracing.subsessions.corners is 'Corners in a lap.';
comment on column iracing.subsessions.best_lap_seconds is 'Best lap of the race.';
comment on column iracing.subsessions.average_lap_seconds is 'Average lap of the winner.';
comment on column iracing.subsessions.lead_changes is 'Changes of the lead; null if not counted.';
comment on column iracing.subsessions.cautions is 'Cautions; null if not counted.';
comment on column iracing.subsessions.caution_laps is 'Laps under caution; null if not counted.';
comment on column iracing.subsessions.winner_id is 'Who won: a driver, or a team by its negative number.';
comment on column iracing.subsessions.farm is 'The server farm.';

create table iracing.subsession_classes (
    subsession_id bigint not null references iracing.subsessions on delete cascade,
    car_class_id integer not null references iracing.car_classes,
    sof double precision,
    entries smallint,
    primary key (subsession_id, car_class_id)
);
comment on table iracing.subsession_classes is 'Car classes of subsessions.';
comment on column iracing.subsession_classes.subsession_id is 'The subsession.';
comment on column iracing.subsession_classes.car_class_id is 'The class.';
comment on column iracing.subsession_classes.sof is 'Strength of its field.';
comment on column iracing.subsession_classes.entries is 'Its cars.';

create table iracing.splits (
    session_id bigint not null,
    subsession_id bigint not null,
    split smallint not null check (split >= 1),
    sof double precision,
    primary key (session_id, subsession_id)
);
comment on table iracing.splits is 'The splits of starts, as the results of them tell.';
comment on column iracing.splits.session_id is 'The start.';
comment on column iracing.splits.subsession_id is 'The subsession, whose result may not be there.';
comment on column iracing.splits.split is 'Counts the splits, from 1, the strongest.';
comment on column iracing.splits.sof is 'Strength of field.';

create table iracing.parts (
    subsession_id bigint not null references iracing.subsessions on delete cascade,
    part smallint not null,
    type smallint not null,
    kind text not null check (kind in ('practice', 'qualify', 'race', 'other')),
    main boolean not null,
    name text,
    air_celsius double precision,
    air_min_celsius double precision,
    air_max_celsius double precision,
    humidity_share double precision,
    wind_meters_per_second double precision,
    wind_from text,
    cloud_share double precision,
    skies text,
    wet_share double precision,
    rain_millimeters double precision,
    sim_started_at timestamp,
    qualified_at timestamptz,
    primary key (subsession_id, part)
);
comment on table iracing.parts is 'Parts of subsessions: practice, qualifying, race.';
comment on column iracing.parts.subsession_id is 'The subsession.';
comment on column iracing.parts.part is 'iRacing''s number: 0 is the main event, -1 the part before.';
comment on column iracing.parts.type is 'iRacing''s type: 3 practice, 4 and 5 qualifying, 6 race.';
comment on column iracing.parts.kind is 'practice, qualify, race or other.';
comment on column iracing.parts.main is 'Whether it is what is meant by the practice, the qualifying or the race of the subsession; heats are not.';
comment on column iracing.parts.name is 'Name of the part.';
comment on column iracing.parts.air_celsius is 'Average temperature of the air.';
comment on column iracing.parts.air_min_celsius is 'Lowest temperature of the air.';
comment on column iracing.parts.air_max_celsius is 'Highest temperature of the air.';
comment on column iracing.parts.humidity_share is 'Average relative humidity.';
comment on column iracing.parts.wind_meters_per_second is 'Average wind.';
comment on column iracing.parts.wind_from is 'Where it came from, such as NE.';
comment on column iracing.parts.cloud_share is 'Average cloud cover.';
comment on column iracing.parts.skies is 'The skies in words.';
comment on column iracing.parts.wet_share is 'Share of the time in which it rained.';
comment on column iracing.parts.rain_millimeters is 'Rain in all.';
comment on column iracing.parts.sim_started_at is 'Local date and time in the sim at the start.';
comment on column iracing.parts.qualified_at is 'When the last of the best qualifying laps ended.';

create table iracing.results (
    subsession_id bigint not null,
    part smallint not null,
    entrant_id bigint not null,
    cust_id bigint references iracing.drivers,
    team_id bigint references iracing.teams,
    race boolean not null,
    ai boolean not null default false,
    position smallint,
    class_position smallint,
    grid smallint,
    class_grid smallint,
    field smallint not null,
    class_field smallint not null,
    car_class_id integer references iracing.car_classes,
    car_id integer references iracing.cars,
    car_number text,
    gap_seconds double precision,
    class_gap_seconds double precision,
    laps_down integer,
    class_laps_down integer,
    laps integer not null,
    laps_led integer not null,
    average_lap_seconds double precision,
    best_lap_seconds double precision,
    best_lap integer,
    qualify_lap_seconds double precision,
    incidents double precision,
    irating_old double precision,
    irating_new double precision,
    tt_rating_old double precision,
    tt_rating_new double precision,
    cpi_old double precision,
    cpi_new double precision,
    licence_level_old smallint,
    licence_level_new smallint,
    safety_rating_old double precision,
    safety_rating_new double precision,
    points double precision,
    league_points double precision,
    dropped boolean not null,
    division smallint,
    reason_out text,
    flair text,
    country text,
    ballast_kilograms double precision,
    fuel_share double precision,
    primary key (subsession_id, part, entrant_id),
    foreign key (subsession_id, part) references iracing.parts on delete cascade,
    check (entrant_id = coalesce(team_id, cust_id))
);
create index results_cust_id on iracing.results (cust_id, subsession_id) where cust_id is not null;
create index results_team_id on iracing.results (team_id, subsession_id) where team_id is not null;
comment on table iracing.results is 'Classifications: a row for each car of each part of a subsession.';
comment on column iracing.results.subsession_id is 'The subsession.';
comment on column iracing.results.part is 'The part: 0 is the main event.';
comment on column iracing.results.entrant_id is 'The team, or else the driver.';
comment on column iracing.results.cust_id is 'The driver; null for a team.';
comment on column iracing.results.team_id is 'The team; null for a driver who drove alone.';
comment on column iracing.results.race is 'Whether the part is the race of the subsession; heats are not.';
comment on column iracing.results.ai is 'Whether it was driven by the computer.';
comment on column iracing.results.position is 'Position.';
comment on column iracing.results.class_position is 'Position in the car class.';
comment on column iracing.results.grid is 'Place on the grid; null in practice and qualifying.';
comment on column iracing.results.class_grid is 'Place on the grid in the car class.';
comment on column iracing.results.field is 'Cars in the part.';
comment on column iracing.results.class_field is 'Cars of the class in the part.';
comment on column iracing.results.car_class_id is 'The car class.';
comment on column iracing.results.car_id is 'The car.';
comment on column iracing.results.car_number is 'The car''s number; "01" is not "1".';
comment on column iracing.results.gap_seconds is 'Behind the winner; null for those laps down.';
comment on column iracing.results.class_gap_seconds is 'Behind the class winner; null for those laps down.';
comment on column iracing.results.laps_down is 'Laps behind the winner, in a race and without a gap.';
comment on column iracing.results.class_laps_down is 'Laps behind the class winner, in a race and without a gap.';
comment on column iracing.results.laps is 'Complete laps.';
comment on column iracing.results.laps_led is 'Laps led.';
comment on column iracing.results.average_lap_seconds is 'Average lap.';
comment on column iracing.results.best_lap_seconds is 'Best lap.';
comment on column iracing.results.best_lap is 'Number of the best lap.';
comment on column iracing.results.qualify_lap_seconds is 'Best lap of the subsession''s qualifying.';
comment on column iracing.results.incidents is 'Incident points.';
comment on column iracing.results.irating_old is 'iRating before; null for a team.';
comment on column iracing.results.irating_new is 'iRating after.';
comment on column iracing.results.tt_rating_old is 'Time trial rating before.';
comment on column iracing.results.tt_rating_new is 'Time trial rating after.';
comment on column iracing.results.cpi_old is 'Corners per incident before.';
comment on column iracing.results.cpi_new is 'Corners per incident after.';
comment on column iracing.results.licence_level_old is 'Licence level before, 1 to 28.';
comment on column iracing.results.licence_level_new is 'Licence level after, 1 to 28.';
comment on column iracing.results.safety_rating_old is 'Safety rating before, 0 to 4.99 within the licence class.';
comment on column iracing.results.safety_rating_new is 'Safety rating after, 0 to 4.99 within the licence class.';
comment on column iracing.results.points is 'Points of the championship.';
comment on column iracing.results.league_points is 'Points of the league.';
comment on column iracing.results.dropped is 'Whether the race does not count for the championship.';
comment on column iracing.results.division is 'Division, 1 to 10, or 11 for the rookies''.';
comment on column iracing.results.reason_out is 'Why the car went out, in iRacing''s words.';
comment on column iracing.results.flair is 'The flag that the driver had then, or the club of old results.';
comment on column iracing.results.country is 'Two letters.';
comment on column iracing.results.ballast_kilograms is 'Ballast.';
comment on column iracing.results.fuel_share is 'Share of the tank that could be filled.';

create table iracing.team_results (
    subsession_id bigint not null,
    part smallint not null,
    team_id bigint not null,
    cust_id bigint not null references iracing.drivers,
    laps integer not null,
    laps_led integer not null,
    average_lap_seconds double precision,
    best_lap_seconds double precision,
    best_lap integer,
    qualify_lap_seconds double precision,
    incidents double precision,
    irating_old double precision,
    irating_new double precision,
    tt_rating_old double precision,
    tt_rating_new double precision,
    cpi_old double precision,
    cpi_new double precision,
    licence_level_old smallint,
    licence_level_new smallint,
    safety_rating_old double precision,
    safety_rating_new double precision,
    points double precision,
    league_points double precision,
    dropped boolean not null,
    division smallint,
    flair text,
    country text,
    primary key (subsession_id, part, team_id, cust_id),
    foreign key (subsession_id, part, team_id) references iracing.results (subsession_id, part, entrant_id) on delete cascade
);
create index team_results_cust_id on iracing.team_results (cust_id, subsession_id);
comment on table iracing.team_results is 'The drivers of the teams in classifications.';
comment on column iracing.team_results.subsession_id is 'The subsession.';
comment on column iracing.team_results.part is 'The part: 0 is the main event.';
comment on column iracing.team_results.team_id is 'The team.';
comment on column iracing.team_results.cust_id is 'The driver.';
comment on column iracing.team_results.laps is 'Complete laps.';
comment on column iracing.team_results.laps_led is 'Laps led.';
comment on column iracing.team_results.average_lap_seconds is 'Average lap.';
comment on column iracing.team_results.best_lap_seconds is 'Best lap.';
comment on column iracing.team_results.best_lap is 'Number of the best lap.';
comment on column iracing.team_results.qualify_lap_seconds is 'Best lap that counted for qualifying, in that part.';
comment on column iracing.team_results.incidents is 'Incident points.';
comment on column iracing.team_results.irating_old is 'iRating before.';
comment on column iracing.team_results.irating_new is 'iRating after.';
comment on column iracing.team_results.tt_rating_old is 'Time trial rating before.';
comment on column iracing.team_results.tt_rating_new is 'Time trial rating after.';
comment on column iracing.team_results.cpi_old is 'Corners per incident before.';
comment on column iracing.team_results.cpi_new is 'Corners per incident after.';
comment on column iracing.team_results.licence_level_old is 'Licence level before, 1 to 28.';
comment on column iracing.team_results.licence_level_new is 'Licence level after, 1 to 28.';
comment on column iracing.team_results.safety_rating_old is 'Safety rating before, 0 to 4.99 within the licence class.';
comment on column iracing.team_results.safety_rating_new is 'Safety rating after, 0 to 4.99 within the licence class.';
comment on column iracing.team_results.points is 'Points of the championship.';
comment on column iracing.team_results.league_points is 'Points of the league.';
comment on column iracing.team_results.dropped is 'Whether the race does not count for the championship.';
comment on column iracing.team_results.division is 'Division, 1 to 10, or 11 for the rookies''.';
comment on column iracing.team_results.flair is 'The flag that the driver had then.';
comment on column iracing.team_results.country is 'Two letters.';

create table iracing.found_races (
    cust_id bigint not null references iracing.drivers,
    subsession_id bigint not null references iracing.subsessions on delete cascade,
    car_id integer references iracing.cars,
    car_class_id integer references iracing.car_classes,
    grid smallint,
    class_grid smallint,
    position smallint,
    class_position smallint,
    laps integer,
    laps_led integer,
    incidents double precision,
    points double precision,
    dropped boolean,
    irating_old double precision,
    irating_new double precision,
    licence_level_old smallint,
    safety_rating_old double precision,
    safety_rating_new double precision,
    primary key (cust_id, subsession_id)
);
create index found_races_subsession_id on iracing.found_races (subsession_id);
comment on table iracing.found_races is 'What a driver made of a race, as searches and lists of recent races tell: all there is where its result is not there.';
comment on column iracing.found_races.cust_id is 'The driver.';
comment on column iracing.found_races.subsession_id is 'The race.';
comment on column iracing.found_races.car_id is 'The car.';
comment on column iracing.found_races.car_class_id is 'The car class.';
comment on column iracing.found_races.grid is 'Place on the grid.';
comment on column iracing.found_races.class_grid is 'Place on the grid in the car class.';
comment on column iracing.found_races.position is 'Position.';
comment on column iracing.found_races.class_position is 'Position in the car class.';
comment on column iracing.found_races.laps is 'Complete laps.';
comment on column iracing.found_races.laps_led is 'Laps led.';
comment on column iracing.found_races.incidents is 'Incident points.';
comment on column iracing.found_races.points is 'Points of the championship.';
comment on column iracing.found_races.dropped is 'Whether the race does not count for the championship.';
comment on column iracing.found_races.irating_old is 'iRating before.';
comment on column iracing.found_races.irating_new is 'iRating after.';
comment on column iracing.found_races.licence_level_old is 'Licence level before, 1 to 28.';
comment on column iracing.found_races.safety_rating_old is 'Safety rating before, within the licence class.';
comment on column iracing.found_races.safety_rating_new is 'Safety rating after, within the licence class.';

create table iracing.lap_charts (
    subsession_id bigint not null references iracing.subsessions on delete cascade,
    part smallint not null,
    cars smallint not null,
    last_lap integer not null,
    start_seconds double precision,
    end_seconds double precision,
    primary key (subsession_id, part)
);
comment on table iracing.lap_charts is 'Parts of subsessions whose laps of all cars are there.';
comment on column iracing.lap_charts.subsession_id is 'The subsession.';
comment on column iracing.lap_charts.part is 'The part: 0 is the main event.';
comment on column iracing.lap_charts.cars is 'Cars that drove.';
comment on column iracing.lap_charts.last_lap is 'Number of the last lap that anybody drove.';
comment on column iracing.lap_charts.start_seconds is 'When the race began, on the session''s clock.';
comment on column iracing.lap_charts.end_seconds is 'When the last lap ended, on the session''s clock.';

create table iracing.lap_cars (
    subsession_id bigint not null references iracing.subsessions on delete cascade,
    part smallint not null,
    entrant_id bigint not null,
    cust_id bigint references iracing.drivers,
    team_id bigint references iracing.teams,
    car_number text,
    charted boolean not null,
    primary key (subsession_id, part, entrant_id),
    check (entrant_id = coalesce(team_id, cust_id))
);
create index lap_cars_cust_id on iracing.lap_cars (cust_id) where cust_id is not null;
create index lap_cars_team_id on iracing.lap_cars (team_id) where team_id is not null;
comment on table iracing.lap_cars is 'Cars whose laps are there.';
comment on column iracing.lap_cars.subsession_id is 'The subsession.';
comment on column iracing.lap_cars.part is 'The part: 0 is the main event.';
comment on column iracing.lap_cars.entrant_id is 'The team, or else the driver.';
comment on column iracing.lap_cars.cust_id is 'The driver; null for a team.';
comment on column iracing.lap_cars.team_id is 'The team; null for a driver who drove alone.';
comment on column iracing.lap_cars.car_number is 'The car''s number.';
comment on column iracing.lap_cars.charted is 'Whether its laps come from the lap chart of all cars, and not from the laps of this one.';

create table iracing.laps (
    subsession_id bigint not null,
    part smallint not null,
    entrant_id bigint not null,
    lap integer not null,
    driver_id bigint references iracing.drivers,
    time_seconds double precision,
    took_seconds double precision,
    at_seconds double precision,
    position smallint,
    class_position smallint,
    gap_seconds double precision,
    class_gap_seconds double precision,
    laps_down smallint,
    flags integer not null,
    clean boolean not null,
    incident boolean not null,
    best boolean not null,
    fastest boolean not null,
    primary key (subsession_id, part, entrant_id, lap),
    foreign key (subsession_id, part, entrant_id) references iracing.lap_cars on delete cascade
);
create index laps_driver_id on iracing.laps (driver_id, subsession_id) where driver_id is not null;
comment on table iracing.laps is 'Laps of cars. Lap 0 is the place on the grid, from which the first lap counts.';
comment on column iracing.laps.subsession_id is 'The subsession.';
comment on column iracing.laps.part is 'The part: 0 is the main event.';
comment on column iracing.laps.entrant_id is 'The team, or else the driver.';
comment on column iracing.laps.lap is 'The lap.';
comment on column iracing.laps.driver_id is 'Who of the team drove; it changes with a driver change. Null for a driver who drove alone.';
comment on column iracing.laps.time_seconds is 'Lap time; null where iRacing gives none.';
comment on column iracing.laps.took_seconds is 'Lap time, or where iRacing gives none the time between its two crossings of the line.';
comment on column iracing.laps.at_seconds is 'When it ended, on the session''s clock.';
comment on column iracing.laps.position is 'Position at its end.';
comment on column iracing.laps.class_position is 'Position in the car class at its end.';
comment on column iracing.laps.gap_seconds is 'Behind whoever ended the same lap first.';
comment on column iracing.laps.class_gap_seconds is 'Behind whoever of the class ended the same lap first.';
comment on column iracing.laps.laps_down is 'Laps behind the leader, once iRacing counts those.';
comment on column iracing.laps.flags is 'What happened on it, as iRacing''s bits: 1 invalid, 2 pit, 4 off track and so on.';
comment on column iracing.laps.clean is 'Whether it is one to judge pace by: timed, from line to line, nothing happened on it, and not far slower than the driver''s others.';
comment on column iracing.laps.incident is 'Whether there was an incident on it.';
comment on column iracing.laps.best is 'Whether it is the driver''s best of the part.';
comment on column iracing.laps.fastest is 'Whether it is the fastest of the part.';

create table iracing.events (
    subsession_id bigint not null references iracing.subsessions on delete cascade,
    part smallint not null,
    seq integer not null,
    code smallint not null,
    at_seconds double precision,
    lap integer,
    cust_id bigint references iracing.drivers,
    team_id bigint references iracing.teams,
    about text not null,
    message text not null,
    primary key (subsession_id, part, seq)
);
create index events_cust_id on iracing.events (cust_id) where cust_id is not null;
comment on table iracing.events is 'Event logs.';
comment on column iracing.events.subsession_id is 'The subsession.';
comment on column iracing.events.part is 'The part: 0 is the main event.';
comment on column iracing.events.seq is 'Their order; numbers are left out.';
comment on column iracing.events.code is 'Kind of event: 4 penalty, 5 penalty cleared, 6 caution, 7 lead change.';
comment on column iracing.events.at_seconds is 'When it happened, on the session''s clock.';
comment on column iracing.events.lap is 'Lap of the car, or of the leader.';
comment on column iracing.events.cust_id is 'The driver; null where it is about nobody or about a team.';
comment on column iracing.events.team_id is 'The team.';
comment on column iracing.events.about is 'Kind of event in words, such as Lead Change.';
comment on column iracing.events.message is 'What happened; it names people.';

-- Ratings.

create table iracing.rating_history (
    cust_id bigint not null references iracing.drivers,
    category_id smallint not null,
    chart smallint not null check (chart in (1, 2, 3)),
    day date not null,
    value double precision not null,
    primary key (cust_id, category_id, chart, day)
);
comment on table iracing.rating_history is 'Histories of ratings as iRacing keeps them: a rating stays what it is until the next row.';
comment on column iracing.rating_history.cust_id is 'The driver.';
comment on column iracing.rating_history.category_id is 'Category of licences: 1 oval, 2 road, 3 dirt oval, 4 dirt road, 5 sports car, 6 formula car.';
comment on column iracing.rating_history.chart is 'Which rating: 1 iRating, 2 time trial rating, 3 licence.';
comment on column iracing.rating_history.day is 'The day at whose end the rating was this.';
comment on column iracing.rating_history.value is 'The rating; of a licence its class times 1000 plus the safety rating times 100.';

create table iracing.licences (
    cust_id bigint not null references iracing.drivers,
    category_id smallint not null,
    day date not null,
    seen_at timestamptz not null,
    level smallint,
    safety_rating double precision,
    irating double precision,
    tt_rating double precision,
    cpi double precision,
    promotion_races smallint,
    promotion_trials smallint,
    primary key (cust_id, category_id, day)
);
comment on table iracing.licences is 'Licences and ratings as they were on the days on which iRacing was asked.';
comment on column iracing.licences.cust_id is 'The driver.';
comment on column iracing.licences.category_id is 'Category of licences.';
comment on column iracing.licences.day is 'The day, UTC.';
comment on column iracing.licences.seen_at is 'When iRacing answered, the last time of that day.';
comment on column iracing.licences.level is 'Licence level, 1 to 28.';
comment on column iracing.licences.safety_rating is 'Safety rating within the licence class, 0 to 4.99.';
comment on column iracing.licences.irating is 'iRating.';
comment on column iracing.licences.tt_rating is 'Time trial rating.';
comment on column iracing.licences.cpi is 'Corners per incident.';
comment on column iracing.licences.promotion_races is 'Races that count towards a promotion.';
comment on column iracing.licences.promotion_trials is 'Time trials that count towards a promotion.';

create table iracing.driver_totals (
    cust_id bigint not null references iracing.drivers,
    category_id smallint not null,
    year smallint not null,
    starts integer not null,
    wins integer not null,
    top5 integer not null,
    poles integer not null,
    laps integer not null,
    laps_led integer not null,
    average_start double precision,
    average_finish double precision,
    average_incidents double precision,
    average_points double precision,
    primary key (cust_id, category_id, year)
);
comment on table iracing.driver_totals is 'Official races added up, as iRacing does it.';
comment on column iracing.driver_totals.cust_id is 'The driver.';
comment on column iracing.driver_totals.category_id is 'Category of licences.';
comment on column iracing.driver_totals.year is 'The year; 0 is the whole career.';
comment on column iracing.driver_totals.starts is 'Starts.';
comment on column iracing.driver_totals.wins is 'Wins.';
comment on column iracing.driver_totals.top5 is 'Finishes among the first five.';
comment on column iracing.driver_totals.poles is 'Poles.';
comment on column iracing.driver_totals.laps is 'Laps.';
comment on column iracing.driver_totals.laps_led is 'Laps led.';
comment on column iracing.driver_totals.average_start is 'Average place on the grid, rounded by iRacing.';
comment on column iracing.driver_totals.average_finish is 'Average finish, rounded by iRacing.';
comment on column iracing.driver_totals.average_incidents is 'Incident points in a race.';
comment on column iracing.driver_totals.average_points is 'Points of a race.';

-- Championships.

create table iracing.standings_tables (
    championship text not null check (championship in ('drivers', 'supersession', 'teams', 'timeTrial', 'ttResults', 'qualify')),
    season_id integer not null references iracing.seasons,
    car_class_id integer not null references iracing.car_classes,
    division smallint not null,
    week smallint not null,
    updated_at timestamptz,
    answered_at timestamptz not null,
    primary key (championship, season_id, car_class_id, division, week)
);
comment on table iracing.standings_tables is 'Tables of championships that iRacing was asked for.';
comment on column iracing.standings_tables.championship is 'drivers, supersession, teams, timeTrial, ttResults or qualify.';
comment on column iracing.standings_tables.season_id is 'The season.';
comment on column iracing.standings_tables.car_class_id is 'The car class.';
comment on column iracing.standings_tables.division is 'The division, 1 to 10, or 11 for the rookies''; 0 means all.';
comment on column iracing.standings_tables.week is 'The week, from 1; 0 means the whole season.';
comment on column iracing.standings_tables.updated_at is 'When iRacing made the table.';
comment on column iracing.standings_tables.answered_at is 'When iRacing answered.';

create table iracing.standings (
    championship text not null,
    season_id integer not null,
    car_class_id integer not null,
    table_division smallint not null,
    week smallint not null,
    entrant_id bigint not null,
    cust_id bigint references iracing.drivers,
    team_id bigint references iracing.teams,
    rank integer,
    division smallint,
    country text,
    licence_level smallint,
    safety_rating double precision,
    irating double precision,
    tt_rating double precision,
    weeks_counted smallint,
    starts integer,
    wins integer,
    top5 integer,
    top25 integer,
    poles integer,
    average_start double precision,
    average_finish double precision,
    average_field double precision,
    laps integer,
    laps_led integer,
    incidents double precision,
    points double precision,
    exact_points double precision,
    dropped boolean,
    best_lap_seconds double precision,
    primary key (championship, season_id, car_class_id, table_division, week, entrant_id),
    foreign key (championship, season_id, car_class_id, table_division, week) references iracing.standings_tables on delete cascade,
    check (entrant_id = coalesce(team_id, cust_id))
);
create index standings_cust_id on iracing.standings (cust_id) where cust_id is not null;
create index standings_team_id on iracing.standings (team_id) where team_id is not null;
comment on table iracing.standings is 'Rows of championships.';
comment on column iracing.standings.championship is 'drivers, supersession, teams, timeTrial, ttResults or qualify.';
comment on column iracing.standings.season_id is 'The season.';
comment on column iracing.standings.car_class_id is 'The car class.';
comment on column iracing.standings.table_division is 'The division of the table; 0 means all.';
comment on column iracing.standings.week is 'The week of the table, from 1; 0 means the whole season.';
comment on column iracing.standings.entrant_id is 'The team, or else the driver.';
comment on column iracing.standings.cust_id is 'The driver; null for a team.';
comment on column iracing.standings.team_id is 'The team; null for a driver.';
comment on column iracing.standings.rank is 'Rank.';
comment on column iracing.standings.division is 'Division of the driver, 1 to 10, or 11 for the rookies''.';
comment on column iracing.standings.country is 'Two letters.';
comment on column iracing.standings.licence_level is 'Licence level, 1 to 28.';
comment on column iracing.standings.safety_rating is 'Safety rating within the licence class, 0 to 4.99.';
comment on column iracing.standings.irating is 'iRating.';
comment on column iracing.standings.tt_rating is 'Time trial rating.';
comment on column iracing.standings.weeks_counted is 'Weeks that count.';
comment on column iracing.standings.starts is 'Starts.';
comment on column iracing.standings.wins is 'Wins.';
comment on column iracing.standings.top5 is 'Finishes among the first five.';
comment on column iracing.standings.top25 is 'Finishes in the first quarter of the field.';
comment on column iracing.standings.poles is 'Poles.';
comment on column iracing.standings.average_start is 'Average place on the grid.';
comment on column iracing.standings.average_finish is 'Average finish.';
comment on column iracing.standings.average_field is 'Average number of cars.';
comment on column iracing.standings.laps is 'Laps.';
comment on column iracing.standings.laps_led is 'Laps led.';
comment on column iracing.standings.incidents is 'Incident points.';
comment on column iracing.standings.points is 'Points.';
comment on column iracing.standings.exact_points is 'Points before they were rounded.';
comment on column iracing.standings.dropped is 'Whether the week does not count.';
comment on column iracing.standings.best_lap_seconds is 'Lap that the row is ranked by, of time trials and qualifying.';

create table iracing.league_races (
    league_id integer not null,
    league_season_id integer not null,
    private_session_id bigint not null,
    launch_at timestamptz,
    done boolean not null,
    subsession_id bigint,
    track_id integer references iracing.tracks,
    car_ids integer[] not null default '{}',
    team_event boolean not null,
    practice_seconds double precision,
    qualify_seconds double precision,
    race_seconds double precision,
    race_laps integer,
    entries integer,
    password boolean not null,
    winner_id bigint,
    temperature_low_celsius double precision,
    temperature_high_celsius double precision,
    rain_share double precision,
    primary key (league_id, league_season_id, private_session_id),
    foreign key (league_id, league_season_id) references iracing.league_seasons
);
create index league_races_subsession_id on iracing.league_races (subsession_id);
create index league_races_winner_id on iracing.league_races (winner_id) where winner_id is not null;
comment on table iracing.league_races is 'Calendars of leagues.';
comment on column iracing.league_races.league_id is 'The league.';
comment on column iracing.league_races.league_season_id is 'The season.';
comment on column iracing.league_races.private_session_id is 'Number of the private session.';
comment on column iracing.league_races.launch_at is 'When it starts.';
comment on column iracing.league_races.done is 'Whether it has results.';
comment on column iracing.league_races.subsession_id is 'The subsession; null until it is over.';
comment on column iracing.league_races.track_id is 'The track.';
comment on column iracing.league_races.car_ids is 'The cars.';
comment on column iracing.league_races.team_event is 'Whether drivers share cars.';
comment on column iracing.league_races.practice_seconds is 'Length of practice.';
comment on column iracing.league_races.qualify_seconds is 'Length of qualifying.';
comment on column iracing.league_races.race_seconds is 'Length of the race; null for a race of a number of laps.';
comment on column iracing.league_races.race_laps is 'Laps of the race; null for a race of a certain time.';
comment on column iracing.league_races.entries is 'Entries.';
comment on column iracing.league_races.password is 'Whether it needs a password.';
comment on column iracing.league_races.winner_id is 'Who won: a driver, or a team by its negative number.';
comment on column iracing.league_races.temperature_low_celsius is 'Lowest temperature of the air to expect.';
comment on column iracing.league_races.temperature_high_celsius is 'Highest temperature of the air to expect.';
comment on column iracing.league_races.rain_share is 'Chance of rain.';
