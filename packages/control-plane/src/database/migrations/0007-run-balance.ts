/** The second book of each node and run: what the index of segments and of quarantine says of the work that workers told of. */
export const up = `
alter table metric
  add column expanded bigint not null default 0,        -- records made out of those read, by a flatten or SQL
  add column taken bigint,                              -- rows of the parent's segments that the cursor has passed
  add column kept bigint,                               -- rows of the new segments
  add column held bigint,                               -- records of the new files of quarantine
  add column unbalanced bigint not null default 0;      -- commits whose figures did not add up
-- What was done before is taken as it was told.
update metric set taken = read, kept = written, held = refused;
alter table metric alter column taken set not null, alter column kept set not null, alter column held set not null;
`
