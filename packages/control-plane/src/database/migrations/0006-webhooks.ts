/** Sources that records are posted to: their URL and keys, and the inbox in which records wait to be read. */
export const up = `
create table hook (
  data_source_id bigint primary key references data_source on delete cascade,
  path text not null unique,                            -- last step of the URL; opaque
  created_at timestamptz not null default now());

create table hook_key (
  id bigint generated always as identity primary key,
  data_source_id bigint not null references hook on delete cascade,
  name text not null, sealed bytea not null,            -- AES-256-GCM: the key is shown again when the source is read
  status text not null default 'ACTIVE',                -- ACTIVE, REVOKED
  expires_at timestamptz,                               -- a rotated key may go on for a while
  created_at timestamptz not null default now(), updated_at timestamptz not null default now());
create index on hook_key (data_source_id);

-- Files and objects of acknowledged records, complete. A row goes after its file.
create table inbox_file (
  id bigint generated always as identity primary key,
  place text not null,                                  -- folder (of the data folder), store (segment store)
  name text not null unique, bytes bigint not null, created_at timestamptz not null default now());

create table inbox_part (
  file_id bigint not null references inbox_file on delete cascade,
  data_source_id bigint not null references data_source on delete cascade,
  flags integer not null, records bigint not null, bytes bigint not null,
  primary key (file_id, data_source_id, flags));
create index on inbox_part (data_source_id, file_id);
`
