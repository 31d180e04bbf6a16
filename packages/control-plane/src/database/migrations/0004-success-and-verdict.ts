/** When a source was last read to its end, and what its units said about being complete. */
export const up = `
alter table data_source add column last_success_at timestamptz;   -- nothing that changed after it has been missed
update data_source s set last_success_at = (select max(r.started_at) from run r where r.data_source_id = s.id and r.status = 'DONE');
alter table unit
  add column begun_at timestamptz not null default now(),         -- when the reading began that its checkpoint belongs to
  add column verdict jsonb;                                       -- {outcome, received, expected?, reason} of the last reading that ended
alter table run add column verdict jsonb;                         -- the same, of all units together; null: no unit can tell
`
