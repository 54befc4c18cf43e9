-- Results that drivers exported from the member site and handed over, so that all Grafanas with this database have them.

create table iracing.imports (
    subsession_id bigint primary key,
    request text not null references iracing.answers on delete cascade,
    starts_at timestamptz not null,
    series text not null,
    track text not null,
    imported_at timestamptz not null default now()
);
create index imports_request on iracing.imports (request);
comment on table iracing.imports is 'Results that were exported from the member site and handed over.';
comment on column iracing.imports.subsession_id is 'The race.';
comment on column iracing.imports.request is 'Under which name its content is kept among the answers.';
comment on column iracing.imports.starts_at is 'When the race began.';
comment on column iracing.imports.series is 'Its series, or of a hosted race its league.';
comment on column iracing.imports.track is 'Its track.';
comment on column iracing.imports.imported_at is 'When it was handed over.';
