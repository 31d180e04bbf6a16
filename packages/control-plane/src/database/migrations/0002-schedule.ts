/** When a source runs next, triggers that come while it is running, and all of what a unit's reader needs. */
export const up = `
alter table data_source
  add column schedule_cron text,                        -- the start.cron from which next_run_at was computed
  add column next_run_at timestamptz;                   -- in the past: due (also after a time without a server)
create index on data_source (next_run_at) where status = 'ACTIVE';

-- Trigger of the run that has to follow this one: what it asked for may have come after this run's listing.
alter table run add column again text;

alter table unit add column modified_at bigint;         -- epoch ms, null when the source does not know
`
