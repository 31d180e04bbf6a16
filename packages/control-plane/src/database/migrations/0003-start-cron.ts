/** The schedule of a source under its one name: `source_config` stays as the client wrote it, which may be an alias. */
export const up = `
alter table data_source add column start_cron text;     -- start.cron of the normalised config; null: no schedule
update data_source set start_cron = nullif(trim(coalesce(source_config->>'start.cron', source_config->>'start_cron')), '');
`
