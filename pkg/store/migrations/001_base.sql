-- What both processes need: answers of the API, sign-ins, secrets, settings and the runs of jobs.
-- The schema itself is made before the first migration, as the table of migrations lies in it.

comment on table iracing.schema_version is 'Which migrations were run; one row.';
comment on column iracing.schema_version.version is 'The number of the last one.';

create table iracing.settings (
    one boolean primary key default true check (one),
    show_names boolean not null default false
);
insert into iracing.settings default values;
comment on table iracing.settings is 'What the views go by; one row.';
comment on column iracing.settings.one is 'Keeps the table at one row.';
comment on column iracing.settings.show_names is 'Whether the views show other people by their names.';

create table iracing.secrets (
    name text primary key,
    value bytea not null
);
comment on table iracing.secrets is 'Random bytes that all processes share, such as what pseudonyms come from.';
comment on column iracing.secrets.name is 'What it is for.';
comment on column iracing.secrets.value is 'The bytes.';

create table iracing.tokens (
    name text primary key,
    sealed bytea,
    updated_at timestamptz not null default now(),
    holder text,
    held_until timestamptz
);
comment on table iracing.tokens is 'Sign-ins, encrypted. Who uses a refresh token has a lock of its session and a lease.';
comment on column iracing.tokens.name is 'A fingerprint of the client and account.';
comment on column iracing.tokens.sealed is 'The tokens, encrypted with the operator''s key; null before the first.';
comment on column iracing.tokens.updated_at is 'When tokens were last written.';
comment on column iracing.tokens.holder is 'Which process uses them just now; null for none.';
comment on column iracing.tokens.held_until is 'Until when others leave them alone if that one loses its connection.';

create table iracing.tokens_unreadable (
    name text not null,
    set_aside_at timestamptz not null,
    sealed bytea not null,
    primary key (name, set_aside_at)
);
comment on table iracing.tokens_unreadable is 'Sign-ins that were damaged or encrypted with another key, as they were found. Who has the key again gets them back.';
comment on column iracing.tokens_unreadable.name is 'A fingerprint of the client and account.';
comment on column iracing.tokens_unreadable.set_aside_at is 'When others were written in their place.';
comment on column iracing.tokens_unreadable.sealed is 'The tokens as they were.';

create table iracing.answers (
    request text primary key,
    class text not null,
    refused text check (refused in ('forbidden', 'not_found')),
    csv boolean not null default false,
    header bytea,
    body bytea not null,
    size bigint not null,
    fetched_at timestamptz not null,
    fresh_until timestamptz,
    used_on date not null default current_date
);
alter table iracing.answers alter column header set storage external, alter column body set storage external;
create index answers_fresh_until on iracing.answers (fresh_until) where fresh_until is not null;
comment on table iracing.answers is 'Answers of iRacing''s API, compressed, by their request.';
comment on column iracing.answers.request is 'The endpoint with its parameters in order; of one that is very long, its beginning and a digest.';
comment on column iracing.answers.class is 'For how long such answers may be kept: final, window, constant, reference, slow, volatile or bulk.';
comment on column iracing.answers.refused is 'Which refusal of iRacing''s is kept: forbidden or not_found; null for an answer.';
comment on column iracing.answers.csv is 'Whether the body is a CSV file.';
comment on column iracing.answers.header is 'What came before the body, compressed with zstd.';
comment on column iracing.answers.body is 'The answer, compressed with zstd.';
comment on column iracing.answers.size is 'Bytes of header and body before compression.';
comment on column iracing.answers.fetched_at is 'When iRacing answered.';
comment on column iracing.answers.fresh_until is 'Until when it is fresh; null means for good.';
comment on column iracing.answers.used_on is 'The day on which it was last read or written.';

create table iracing.kept (
    request text primary key,
    answered_at timestamptz not null,
    version integer not null,
    kept_at timestamptz not null default now()
);
comment on table iracing.kept is 'Answers whose facts are in the other tables.';
comment on column iracing.kept.request is 'The endpoint with its parameters in order; of one that is very long, its beginning and a digest.';
comment on column iracing.kept.answered_at is 'When iRacing gave the answer that was taken apart.';
comment on column iracing.kept.version is 'The rules by which it was taken apart; answers of older ones are taken apart again.';
comment on column iracing.kept.kept_at is 'When its facts were written.';

create table iracing.job_runs (
    run_id bigint generated always as identity primary key,
    job text not null,
    started_at timestamptz not null default now(),
    ended_at timestamptz,
    outcome text not null default 'running' check (outcome in ('running', 'ok', 'failed', 'interrupted')),
    rows_written bigint not null default 0,
    requests bigint not null default 0,
    problem text not null default ''
);
create index job_runs_job on iracing.job_runs (job, started_at desc);
comment on table iracing.job_runs is 'Runs of the collector''s jobs.';
comment on column iracing.job_runs.run_id is 'Counts the runs.';
comment on column iracing.job_runs.job is 'Which job.';
comment on column iracing.job_runs.started_at is 'When it began.';
comment on column iracing.job_runs.ended_at is 'When it ended; null while it runs, and for a run that died with its process until the next one begins.';
comment on column iracing.job_runs.outcome is 'running, ok, failed, or interrupted for one whose process ended.';
comment on column iracing.job_runs.rows_written is 'Rows that it wrote.';
comment on column iracing.job_runs.requests is 'Requests to iRacing that it made.';
comment on column iracing.job_runs.problem is 'Why it failed.';
