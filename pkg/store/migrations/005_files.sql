-- Telemetry files that live in the database, and what the libraries of several Grafanas have learned of theirs.

create table iracing.uploads (
    upload_id text primary key,
    name text not null,
    sha256 bytea not null check (octet_length(sha256) = 32),
    size_bytes bigint not null check (size_bytes > 0),
    received_bytes bigint not null default 0 check (received_bytes between 0 and size_bytes),
    hashing bytea,
    recording bytea,
    done boolean not null default false,
    started_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (name, sha256)
);
create index uploads_unfinished on iracing.uploads (updated_at) where not done;
comment on table iracing.uploads is 'Telemetry files that are kept here or on their way here.';
comment on column iracing.uploads.upload_id is 'Made up when the upload began.';
comment on column iracing.uploads.name is 'What the sender calls the file.';
comment on column iracing.uploads.sha256 is 'The SHA-256 of the whole file, as its sender says until all of it is here.';
comment on column iracing.uploads.size_bytes is 'Bytes of the whole file.';
comment on column iracing.uploads.received_bytes is 'Bytes that are here; they came in order.';
comment on column iracing.uploads.hashing is 'The state of the SHA-256 over the bytes that are here; null before the first and when the file is whole.';
comment on column iracing.uploads.recording is 'A digest of what never changes in a recording while it grows; null until the file is whole.';
comment on column iracing.uploads.done is 'The file is whole, its sum is right and it is telemetry.';
comment on column iracing.uploads.started_at is 'When the upload began.';
comment on column iracing.uploads.updated_at is 'When its last bytes came.';

create table iracing.file_chunks (
    upload_id text not null references iracing.uploads on delete cascade,
    chunk integer not null check (chunk >= 0),
    data bytea not null,
    primary key (upload_id, chunk)
);
alter table iracing.file_chunks alter column data set storage external;
comment on table iracing.file_chunks is 'The bytes of those files, in chunks of 256 KiB.';
comment on column iracing.file_chunks.upload_id is 'Which file.';
comment on column iracing.file_chunks.chunk is 'Which chunk of it, from 0.';
comment on column iracing.file_chunks.data is 'Its bytes, compressed with zstd.';

create table iracing.library_index (
    place text not null,
    name text not null,
    version integer not null,
    size_bytes bigint not null,
    changed_at timestamptz not null,
    entry bytea not null,
    saved_at timestamptz not null default now(),
    primary key (place, name)
);
alter table iracing.library_index alter column entry set storage external;
comment on table iracing.library_index is 'What the libraries of telemetry have learned of each file, so that no process reads it again.';
comment on column iracing.library_index.place is 'The folder or bucket, as it is configured.';
comment on column iracing.library_index.name is 'The file''s name in it.';
comment on column iracing.library_index.version is 'The rules by which the file was read.';
comment on column iracing.library_index.size_bytes is 'The file''s size then.';
comment on column iracing.library_index.changed_at is 'When the file had last changed then.';
comment on column iracing.library_index.entry is 'What it holds: its head and its lap table, compressed with zstd.';
comment on column iracing.library_index.saved_at is 'When this was written.';
