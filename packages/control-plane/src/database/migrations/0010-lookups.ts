/** Lookups: rows of the user's own that are found by their key. */
export const up = `
create table data_map (
  id bigint generated always as identity primary key,
  org_id bigint not null references org, owner_id bigint not null references app_user,
  name text not null, description text, data_type text not null, map_primary_key text not null,
  data_defaults jsonb not null default '{}', emit_data_default boolean not null default false,
  entry_count bigint not null default 0,                -- changes with the entries, under the row lock
  tags jsonb not null default '[]', copied_from_id bigint,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now());

-- Byte order: the same everywhere, and "abc*" is a range of the index.
create table data_map_entry (
  data_map_id bigint not null references data_map on delete cascade,
  key text collate "C" not null, entry json not null,
  primary key (data_map_id, key));
`
