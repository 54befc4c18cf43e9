-- Where the facts come from: those of iRacing and those of a stand-in for it in one database could not be taken apart.

alter table iracing.settings add column realm text check (realm in ('iracing', 'elsewhere'));
comment on column iracing.settings.realm is 'Where the facts come from: iracing, or elsewhere for a stand-in; null before the first. Others are refused.';
