/** Sources that keep what a destination answers. */
export const up = `
alter table data_source add column data_sink_id bigint references data_sink on delete set null;
create unique index on data_source (data_sink_id) where data_sink_id is not null;
`
