-- Which cars of which classes were in a part. A part has few of them and many rows in its classification, so the rows refer
-- to these and these to the part, the class and the car: one foreign key to check for each row instead of three.

create table iracing.part_cars (
    subsession_id bigint not null,
    part smallint not null,
    car_class_id integer references iracing.car_classes,
    car_id integer references iracing.cars,
    car_class_ref integer not null generated always as (coalesce(car_class_id, 0)) stored,
    car_ref integer not null generated always as (coalesce(car_id, 0)) stored,
    primary key (subsession_id, part, car_class_ref, car_ref),
    foreign key (subsession_id, part) references iracing.parts on delete cascade
);
comment on table iracing.part_cars is 'Cars of classes that were in a part of a subsession.';
comment on column iracing.part_cars.subsession_id is 'The subsession.';
comment on column iracing.part_cars.part is 'The part: 0 is the main event.';
comment on column iracing.part_cars.car_class_id is 'The car class; null in hosted sessions without classes.';
comment on column iracing.part_cars.car_id is 'The car.';
comment on column iracing.part_cars.car_class_ref is 'The car class, or 0.';
comment on column iracing.part_cars.car_ref is 'The car, or 0.';

insert into iracing.part_cars (subsession_id, part, car_class_id, car_id)
select distinct subsession_id, part, car_class_id, car_id from iracing.results;

alter table iracing.results
    add column car_class_ref integer not null generated always as (coalesce(car_class_id, 0)) stored,
    add column car_ref integer not null generated always as (coalesce(car_id, 0)) stored;
alter table iracing.results
    add foreign key (subsession_id, part, car_class_ref, car_ref) references iracing.part_cars on delete cascade,
    drop constraint results_subsession_id_part_fkey,
    drop constraint results_car_class_id_fkey,
    drop constraint results_car_id_fkey;
comment on column iracing.results.car_class_ref is 'The car class, or 0.';
comment on column iracing.results.car_ref is 'The car, or 0.';
