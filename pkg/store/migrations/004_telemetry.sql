-- Telemetry files, their laps and the laps' traces over distance.

create table iracing.telemetry_files (
    file_id text primary key,
    name text not null,
    size_bytes bigint not null,
    sha256 bytea not null check (length(sha256) = 32),
    modified_at timestamptz not null,
    started_at timestamptz not null,
    ended_at timestamptz not null,
    closed boolean not null,
    car text not null,
    car_id integer,
    track text not null,
    track_config text,
    track_id integer,
    track_length_meters double precision,
    origin_latitude double precision,
    origin_longitude double precision,
    sector_starts double precision[] not null default '{}',
    cust_id bigint references iracing.drivers,
    driver text,
    subsession_id bigint,
    session_type text,
    tick_rate integer not null,
    records bigint not null,
    trace_points integer not null check (trace_points >= 0),
    rules integer not null,
    kept_at timestamptz not null default now()
);
create index telemetry_files_started_at on iracing.telemetry_files (started_at);
create index telemetry_files_cust_id on iracing.telemetry_files (cust_id);
create index telemetry_files_subsession_id on iracing.telemetry_files (subsession_id) where subsession_id is not null;
comment on table iracing.telemetry_files is 'Telemetry files. What they say of car, track and race stands here as the file says it: most were driven where iRacing''s API knows of no race.';
comment on column iracing.telemetry_files.file_id is 'The id of the session in queries, made from the content and the name of the file.';
comment on column iracing.telemetry_files.name is 'Path of the file within its library.';
comment on column iracing.telemetry_files.size_bytes is 'Size of the file.';
comment on column iracing.telemetry_files.sha256 is 'Digest of the file.';
comment on column iracing.telemetry_files.modified_at is 'When the file was last written.';
comment on column iracing.telemetry_files.started_at is 'When its first record was made.';
comment on column iracing.telemetry_files.ended_at is 'When its last record was made.';
comment on column iracing.telemetry_files.closed is 'Whether the sim has finished the file.';
comment on column iracing.telemetry_files.car is 'Name of the car.';
comment on column iracing.telemetry_files.car_id is 'iRacing''s number of the car.';
comment on column iracing.telemetry_files.track is 'Name of the track with its layout.';
comment on column iracing.telemetry_files.track_config is 'The layout; null where the track has one only.';
comment on column iracing.telemetry_files.track_id is 'iRacing''s number of the layout.';
comment on column iracing.telemetry_files.track_length_meters is 'Length of a lap, by the positions in the file; where traces end.';
comment on column iracing.telemetry_files.origin_latitude is 'Where the plane of the track map touches the earth, degrees north.';
comment on column iracing.telemetry_files.origin_longitude is 'Where the plane of the track map touches the earth, degrees east.';
comment on column iracing.telemetry_files.sector_starts is 'Where each sector begins, as a share of the lap.';
comment on column iracing.telemetry_files.cust_id is 'Who drove.';
comment on column iracing.telemetry_files.driver is 'Name of who drove, where the file does not tell the customer id.';
comment on column iracing.telemetry_files.subsession_id is 'The race; null for test drives.';
comment on column iracing.telemetry_files.session_type is 'Type of the last session in the file, such as Race.';
comment on column iracing.telemetry_files.tick_rate is 'Records a second.';
comment on column iracing.telemetry_files.records is 'Records in the file.';
comment on column iracing.telemetry_files.trace_points is 'Points of each trace, evenly spaced from the line to the line; 0 for none.';
comment on column iracing.telemetry_files.rules is 'The rules by which its laps were told apart and its traces drawn; those of older ones are made again.';
comment on column iracing.telemetry_files.kept_at is 'When its laps were written.';

create table iracing.telemetry_laps (
    file_id text not null references iracing.telemetry_files on delete cascade,
    lap text not null,
    lap_order integer not null check (lap_order >= 1),
    lap_number integer not null,
    instance integer not null,
    run integer not null,
    session_number integer not null,
    session_type text,
    kind text not null check (kind in ('flying', 'out', 'in', 'out-in', 'pit', 'partial')),
    valid boolean not null,
    notes text not null,
    lap_time_seconds double precision,
    clock text check (clock in ('official', 'position')),
    started_at timestamptz not null,
    offset_seconds double precision,
    fuel_start_liters double precision,
    fuel_used_liters double precision,
    top_speed_meters_per_second double precision,
    min_speed_meters_per_second double precision,
    incidents integer,
    air_temperature_celsius double precision,
    track_temperature_celsius double precision,
    wetness integer,
    first_record bigint not null,
    last_record bigint not null,
    elapsed_seconds real[],
    primary key (file_id, lap),
    unique (file_id, lap_order),
    check ((lap_time_seconds is null) = (clock is null))
);
comment on table iracing.telemetry_laps is 'Laps of telemetry files.';
comment on column iracing.telemetry_laps.file_id is 'The file.';
comment on column iracing.telemetry_laps.lap is 'Name of the lap in its file: its number, with the instance behind a point where the number occurs repeatedly.';
comment on column iracing.telemetry_laps.lap_order is 'Counts the laps of the file in the order they were driven, from 1.';
comment on column iracing.telemetry_laps.lap_number is 'The sim''s lap number.';
comment on column iracing.telemetry_laps.instance is 'Counts the laps of the file with this number, from 1.';
comment on column iracing.telemetry_laps.run is 'Counts what was driven in one go, from 1.';
comment on column iracing.telemetry_laps.session_number is 'The sim''s number of the session in the event, from 0.';
comment on column iracing.telemetry_laps.session_type is 'What that session is, such as Race.';
comment on column iracing.telemetry_laps.kind is 'What sort of lap it is by its ends: flying, out, in, out-in, pit or partial.';
comment on column iracing.telemetry_laps.valid is 'Whether it is a timed flying lap without off-track or incident.';
comment on column iracing.telemetry_laps.notes is 'Why it is not valid, in words.';
comment on column iracing.telemetry_laps.lap_time_seconds is 'Lap time; null if it was not timed.';
comment on column iracing.telemetry_laps.clock is 'Where the time comes from: official is the sim''s clock, to 0.1 ms; position is good to about 20 ms.';
comment on column iracing.telemetry_laps.started_at is 'When it began.';
comment on column iracing.telemetry_laps.offset_seconds is 'When it began, since the first record of the file.';
comment on column iracing.telemetry_laps.fuel_start_liters is 'Fuel at its beginning; kWh in an electric car.';
comment on column iracing.telemetry_laps.fuel_used_liters is 'Fuel that it took, without what was added; kWh in an electric car.';
comment on column iracing.telemetry_laps.top_speed_meters_per_second is 'Highest speed.';
comment on column iracing.telemetry_laps.min_speed_meters_per_second is 'Lowest speed.';
comment on column iracing.telemetry_laps.incidents is 'Incident points in it; null if the file does not tell.';
comment on column iracing.telemetry_laps.air_temperature_celsius is 'Mean temperature of the air.';
comment on column iracing.telemetry_laps.track_temperature_celsius is 'Mean temperature of the track.';
comment on column iracing.telemetry_laps.wetness is 'Highest wetness of the track, from 1 (dry) to 7 (extremely wet); null if the file does not tell.';
comment on column iracing.telemetry_laps.first_record is 'Its first record, from 1.';
comment on column iracing.telemetry_laps.last_record is 'Its last record.';
comment on column iracing.telemetry_laps.elapsed_seconds is 'Time since the line at each point of the lap''s traces, or since the first record of a lap that did not begin at the line; null where the lap has no records.';

create table iracing.telemetry_sectors (
    file_id text not null,
    lap text not null,
    sector smallint not null check (sector >= 1),
    sector_time_seconds double precision not null,
    primary key (file_id, lap, sector),
    foreign key (file_id, lap) references iracing.telemetry_laps on delete cascade
);
comment on table iracing.telemetry_sectors is 'Sector times of the laps of telemetry files, where they are known.';
comment on column iracing.telemetry_sectors.file_id is 'The file.';
comment on column iracing.telemetry_sectors.lap is 'The lap.';
comment on column iracing.telemetry_sectors.sector is 'The sector, from 1.';
comment on column iracing.telemetry_sectors.sector_time_seconds is 'Its time; those of a timed lap from line to line add up to the lap time.';

create table iracing.telemetry_channels (
    channel text primary key,
    title text not null,
    unit text not null
);
comment on table iracing.telemetry_channels is 'Channels that laps have traces of.';
comment on column iracing.telemetry_channels.channel is 'The sim''s name of the channel; TrackX and TrackY are metres east and north of the track''s origin.';
comment on column iracing.telemetry_channels.title is 'What drivers call it.';
comment on column iracing.telemetry_channels.unit is 'Unit of its values; share is 0 to 1, empty is a number or a code of the sim''s.';

create table iracing.lap_trace (
    file_id text not null,
    lap text not null,
    channel text not null references iracing.telemetry_channels,
    points real[] not null,
    primary key (file_id, lap, channel),
    foreign key (file_id, lap) references iracing.telemetry_laps on delete cascade
);
comment on table iracing.lap_trace is 'Channels of laps over distance, an array each.';
comment on column iracing.lap_trace.file_id is 'The file.';
comment on column iracing.lap_trace.lap is 'The lap.';
comment on column iracing.lap_trace.channel is 'The channel.';
comment on column iracing.lap_trace.points is 'Its value at each of the file''s trace points; null where the lap has no records.';

create table iracing.telemetry_exports (
    file_id text not null references iracing.telemetry_files on delete cascade,
    target text not null,
    sha256 bytea not null check (length(sha256) = 32),
    samples bigint not null,
    exported_at timestamptz not null default now(),
    primary key (file_id, target)
);
comment on table iracing.telemetry_exports is 'Where the metrics of telemetry files were sent to.';
comment on column iracing.telemetry_exports.file_id is 'The file.';
comment on column iracing.telemetry_exports.target is 'A fingerprint of the receiver.';
comment on column iracing.telemetry_exports.sha256 is 'Digest of the file when it was sent; a file that has grown since is sent again.';
comment on column iracing.telemetry_exports.samples is 'Samples that were sent.';
comment on column iracing.telemetry_exports.exported_at is 'When they were sent.';

create view iracing.v_telemetry_sessions as
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
    f.tick_rate
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
comment on view iracing.v_telemetry_sessions is 'Telemetry files, a row each.';
comment on column iracing.v_telemetry_sessions.file_id is 'Names the file in all views of telemetry, and the session in queries of the data source.';
comment on column iracing.v_telemetry_sessions.started_at is 'When its first record was made.';
comment on column iracing.v_telemetry_sessions.ended_at is 'When its last record was made.';
comment on column iracing.v_telemetry_sessions.duration_seconds is 'How long it lasted.';
comment on column iracing.v_telemetry_sessions.car is 'Name of the car.';
comment on column iracing.v_telemetry_sessions.car_id is 'iRacing''s number of the car.';
comment on column iracing.v_telemetry_sessions.track is 'Name of the track with its layout.';
comment on column iracing.v_telemetry_sessions.track_config is 'The layout; null where the track has one only.';
comment on column iracing.v_telemetry_sessions.track_id is 'iRacing''s number of the layout.';
comment on column iracing.v_telemetry_sessions.track_length_meters is 'Length of a lap.';
comment on column iracing.v_telemetry_sessions.session_type is 'Type of the last session in the file, such as Race.';
comment on column iracing.v_telemetry_sessions.subsession_id is 'The race; null for test drives.';
comment on column iracing.v_telemetry_sessions.driver is 'Who drove: the name of the own driver, a pseudonym of others.';
comment on column iracing.v_telemetry_sessions.driver_key is 'Customer id of the own driver, a key of others.';
comment on column iracing.v_telemetry_sessions.laps is 'Laps of any kind.';
comment on column iracing.v_telemetry_sessions.timed_laps is 'Laps with a lap time.';
comment on column iracing.v_telemetry_sessions.valid_laps is 'Valid laps.';
comment on column iracing.v_telemetry_sessions.best_lap is 'The fastest valid lap, or failing that the fastest timed one.';
comment on column iracing.v_telemetry_sessions.best_lap_seconds is 'Its time.';
comment on column iracing.v_telemetry_sessions.file_name is 'Name of the file, without its folder.';
comment on column iracing.v_telemetry_sessions.size_bytes is 'Size of the file.';
comment on column iracing.v_telemetry_sessions.closed is 'Whether the sim has finished the file.';
comment on column iracing.v_telemetry_sessions.records is 'Records in the file.';
comment on column iracing.v_telemetry_sessions.tick_rate is 'Records a second.';

create view iracing.v_telemetry_laps as
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
    case when d.own or s.show_names then d.cust_id::text else d.alias_key end as driver_key
from iracing.telemetry_laps l
join iracing.telemetry_files f using (file_id)
cross join iracing.settings s
left join iracing.drivers d using (cust_id);
comment on view iracing.v_telemetry_laps is 'Laps of telemetry files, a row each.';
comment on column iracing.v_telemetry_laps.file_id is 'The file.';
comment on column iracing.v_telemetry_laps.lap is 'Name of the lap in its file: its number, with the instance behind a point where the number occurs repeatedly.';
comment on column iracing.v_telemetry_laps.lap_order is 'Counts the laps of the file in the order they were driven, from 1.';
comment on column iracing.v_telemetry_laps.lap_number is 'The sim''s lap number.';
comment on column iracing.v_telemetry_laps.started_at is 'When it began.';
comment on column iracing.v_telemetry_laps.lap_time_seconds is 'Lap time; null if it was not timed.';
comment on column iracing.v_telemetry_laps.delta_seconds is 'How much slower it was than the best lap of its file.';
comment on column iracing.v_telemetry_laps.kind is 'What sort of lap it is by its ends: flying, out, in, out-in, pit or partial.';
comment on column iracing.v_telemetry_laps.valid is 'Whether it is a timed flying lap without off-track or incident.';
comment on column iracing.v_telemetry_laps.notes is 'Why it is not valid, in words.';
comment on column iracing.v_telemetry_laps.clock is 'Where the time comes from: official is the sim''s clock, to 0.1 ms; position is good to about 20 ms.';
comment on column iracing.v_telemetry_laps.run is 'Counts what was driven in one go, from 1.';
comment on column iracing.v_telemetry_laps.session_type is 'What the session is, such as Race.';
comment on column iracing.v_telemetry_laps.fuel_start_liters is 'Fuel at its beginning; kWh in an electric car.';
comment on column iracing.v_telemetry_laps.fuel_used_liters is 'Fuel that it took, without what was added; kWh in an electric car.';
comment on column iracing.v_telemetry_laps.top_speed_meters_per_second is 'Highest speed.';
comment on column iracing.v_telemetry_laps.min_speed_meters_per_second is 'Lowest speed.';
comment on column iracing.v_telemetry_laps.incidents is 'Incident points in it; null if the file does not tell.';
comment on column iracing.v_telemetry_laps.air_temperature_celsius is 'Mean temperature of the air.';
comment on column iracing.v_telemetry_laps.track_temperature_celsius is 'Mean temperature of the track.';
comment on column iracing.v_telemetry_laps.wetness is 'Highest wetness of the track, from 1 (dry) to 7 (extremely wet); null if the file does not tell.';
comment on column iracing.v_telemetry_laps.car is 'Name of the car.';
comment on column iracing.v_telemetry_laps.track is 'Name of the track with its layout.';
comment on column iracing.v_telemetry_laps.track_id is 'iRacing''s number of the layout.';
comment on column iracing.v_telemetry_laps.subsession_id is 'The race; null for test drives.';
comment on column iracing.v_telemetry_laps.driver is 'Who drove: the name of the own driver, a pseudonym of others.';
comment on column iracing.v_telemetry_laps.driver_key is 'Customer id of the own driver, a key of others.';

create view iracing.v_telemetry_sectors as
select
    t.file_id,
    t.lap,
    t.sector,
    t.sector_time_seconds,
    t.sector_time_seconds - min(t.sector_time_seconds) filter (where l.valid) over (partition by t.file_id, t.sector) as delta_seconds,
    f.sector_starts[t.sector] * f.track_length_meters as start_meters,
    coalesce(f.sector_starts[t.sector + 1], 1) * f.track_length_meters as end_meters
from iracing.telemetry_sectors t
join iracing.telemetry_laps l using (file_id, lap)
join iracing.telemetry_files f using (file_id);
comment on view iracing.v_telemetry_sectors is 'Sector times of the laps of telemetry files, where they are known.';
comment on column iracing.v_telemetry_sectors.file_id is 'The file.';
comment on column iracing.v_telemetry_sectors.lap is 'The lap.';
comment on column iracing.v_telemetry_sectors.sector is 'The sector, from 1.';
comment on column iracing.v_telemetry_sectors.sector_time_seconds is 'Its time; those of a timed lap from line to line add up to the lap time.';
comment on column iracing.v_telemetry_sectors.delta_seconds is 'How much slower it was than the best one of a valid lap of the file; null if there is none.';
comment on column iracing.v_telemetry_sectors.start_meters is 'Where the sector begins.';
comment on column iracing.v_telemetry_sectors.end_meters is 'Where it ends.';

create view iracing.v_telemetry_channels as select channel, title, unit from iracing.telemetry_channels;
comment on view iracing.v_telemetry_channels is 'Channels that laps have traces of.';
comment on column iracing.v_telemetry_channels.channel is 'The sim''s name of the channel; TrackX and TrackY are metres east and north of the track''s origin.';
comment on column iracing.v_telemetry_channels.title is 'What drivers call it.';
comment on column iracing.v_telemetry_channels.unit is 'Unit of its values; share is 0 to 1, empty is a number or a code of the sim''s.';

create view iracing.v_lap_trace as
select
    t.file_id,
    t.lap,
    t.channel,
    p.point::integer as point,
    f.track_length_meters * (p.point - 1) / (f.trace_points - 1) as distance_meters,
    p.elapsed_seconds::double precision as elapsed_seconds,
    p.value::double precision as value
from iracing.lap_trace t
join iracing.telemetry_laps l using (file_id, lap)
join iracing.telemetry_files f using (file_id)
cross join lateral unnest(l.elapsed_seconds, t.points) with ordinality as p (elapsed_seconds, value, point)
where num_nonnulls(p.elapsed_seconds, p.value) > 0;
comment on view iracing.v_lap_trace is 'Channels of laps over distance, a row for each point. Ask for a file and a few laps and channels of it: all of them are very many.';
comment on column iracing.v_lap_trace.file_id is 'The file.';
comment on column iracing.v_lap_trace.lap is 'The lap.';
comment on column iracing.v_lap_trace.channel is 'The channel.';
comment on column iracing.v_lap_trace.point is 'Counts the points from the line, from 1; the same point of another lap on the track is the same place.';
comment on column iracing.v_lap_trace.distance_meters is 'Distance from the line.';
comment on column iracing.v_lap_trace.elapsed_seconds is 'Time since the line, or since the first record of a lap that did not begin there.';
comment on column iracing.v_lap_trace.value is 'The value in the unit of the channel; peaks between two points are put on one of them.';

create view iracing.v_lap_trace_main as
select
    l.file_id,
    l.lap,
    p.point::integer as point,
    f.track_length_meters * (p.point - 1) / (f.trace_points - 1) as distance_meters,
    p.elapsed_seconds::double precision as elapsed_seconds,
    p.speed::double precision as speed_meters_per_second,
    p.throttle::double precision as throttle,
    p.brake::double precision as brake,
    p.clutch::double precision as clutch,
    p.gear::integer as gear,
    p.steering::double precision as steering_radians,
    p.rpm::double precision as rpm,
    p.east::double precision as east_meters,
    p.north::double precision as north_meters,
    f.origin_latitude + p.north / 111195.08 as latitude,
    f.origin_longitude + p.east / (111195.08 * cos(radians(f.origin_latitude))) as longitude
from iracing.telemetry_laps l
join iracing.telemetry_files f using (file_id)
left join iracing.lap_trace speed on (speed.file_id, speed.lap, speed.channel) = (l.file_id, l.lap, 'Speed')
left join iracing.lap_trace throttle on (throttle.file_id, throttle.lap, throttle.channel) = (l.file_id, l.lap, 'Throttle')
left join iracing.lap_trace brake on (brake.file_id, brake.lap, brake.channel) = (l.file_id, l.lap, 'Brake')
left join iracing.lap_trace clutch on (clutch.file_id, clutch.lap, clutch.channel) = (l.file_id, l.lap, 'Clutch')
left join iracing.lap_trace gear on (gear.file_id, gear.lap, gear.channel) = (l.file_id, l.lap, 'Gear')
left join iracing.lap_trace steering on (steering.file_id, steering.lap, steering.channel) = (l.file_id, l.lap, 'SteeringWheelAngle')
left join iracing.lap_trace rpm on (rpm.file_id, rpm.lap, rpm.channel) = (l.file_id, l.lap, 'RPM')
left join iracing.lap_trace east on (east.file_id, east.lap, east.channel) = (l.file_id, l.lap, 'TrackX')
left join iracing.lap_trace north on (north.file_id, north.lap, north.channel) = (l.file_id, l.lap, 'TrackY')
cross join lateral unnest(
    l.elapsed_seconds, speed.points, throttle.points, brake.points, clutch.points, gear.points, steering.points, rpm.points,
    east.points, north.points
) with ordinality as p (elapsed_seconds, speed, throttle, brake, clutch, gear, steering, rpm, east, north, point)
where num_nonnulls(p.elapsed_seconds, p.speed, p.throttle, p.brake, p.clutch, p.gear, p.steering, p.rpm, p.east, p.north) > 0;
comment on view iracing.v_lap_trace_main is 'The channels that drivers look at first, over distance, a row for each point. Ask for a file and a few laps of it.';
comment on column iracing.v_lap_trace_main.file_id is 'The file.';
comment on column iracing.v_lap_trace_main.lap is 'The lap.';
comment on column iracing.v_lap_trace_main.point is 'Counts the points from the line, from 1; the same point of another lap on the track is the same place.';
comment on column iracing.v_lap_trace_main.distance_meters is 'Distance from the line.';
comment on column iracing.v_lap_trace_main.elapsed_seconds is 'Time since the line, or since the first record of a lap that did not begin there.';
comment on column iracing.v_lap_trace_main.speed_meters_per_second is 'Speed.';
comment on column iracing.v_lap_trace_main.throttle is 'Throttle, 0 to 1.';
comment on column iracing.v_lap_trace_main.brake is 'Brake, 0 to 1.';
comment on column iracing.v_lap_trace_main.clutch is 'Clutch, 0 is pressed and 1 let go.';
comment on column iracing.v_lap_trace_main.gear is 'Gear; 0 is neutral, -1 reverse.';
comment on column iracing.v_lap_trace_main.steering_radians is 'Angle of the steering wheel, to the left above 0.';
comment on column iracing.v_lap_trace_main.rpm is 'Revolutions of the engine a minute.';
comment on column iracing.v_lap_trace_main.east_meters is 'Metres east of the track''s origin.';
comment on column iracing.v_lap_trace_main.north_meters is 'Metres north of the track''s origin.';
comment on column iracing.v_lap_trace_main.latitude is 'Degrees north.';
comment on column iracing.v_lap_trace_main.longitude is 'Degrees east.';
