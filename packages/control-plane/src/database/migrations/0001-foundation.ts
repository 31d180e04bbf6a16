/**
 * Resources, flow graph, runs, segments, cursors, metrics. Forward only: never edit a migration that has landed, add the next.
 * All times are timestamptz; ids are small integers on the wire, so identity columns of type bigint are read as numbers (< 2^53).
 */
export const up = `
create table org (
  id bigint generated always as identity primary key,
  name text not null, email_domain text, email text, description text,
  client_identifier text, status text not null default 'ACTIVE',
  created_at timestamptz not null default now(), updated_at timestamptz not null default now());

create table app_user (
  id bigint generated always as identity primary key,
  email text not null unique, full_name text not null, password_hash text,
  default_org_id bigint not null references org, status text not null default 'ACTIVE',
  created_at timestamptz not null default now(), updated_at timestamptz not null default now());

create table org_member (
  org_id bigint not null references org, user_id bigint not null references app_user,
  is_admin boolean not null default false, status text not null default 'ACTIVE',
  primary key (org_id, user_id));

-- A service key belongs to one member; only its SHA-256 is kept.
create table service_key (
  id bigint generated always as identity primary key,
  org_id bigint not null references org, user_id bigint not null references app_user,
  key_hash bytea not null unique, name text not null default 'default',
  created_at timestamptz not null default now(), last_used_at timestamptz, revoked_at timestamptz);

-- Access tokens are random; only their SHA-256 is kept, so logout ends them at once on every server.
create table access_token (
  token_hash bytea primary key,
  org_id bigint not null references org, user_id bigint not null references app_user,
  created_at timestamptz not null default now(), expires_at timestamptz not null, revoked_at timestamptz);

create table data_credential (
  id bigint generated always as identity primary key,
  org_id bigint not null references org, owner_id bigint not null references app_user,
  name text not null, description text, credentials_type text not null,
  sealed bytea,                                         -- AES-256-GCM over the whole credentials object
  non_secure jsonb not null default '{}',               -- the keys that are not secret, for display
  template_config jsonb, vendor_id bigint, auth_template_id bigint, tags jsonb not null default '[]',
  config_warnings jsonb not null default '[]',
  verified_status text, verified_at timestamptz, copied_from_id bigint,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now());

create table flow_node (
  id bigint generated always as identity primary key,
  org_id bigint not null references org,
  parent_node_id bigint references flow_node on delete cascade,
  origin_node_id bigint not null references flow_node on delete cascade deferrable initially deferred,
  data_source_id bigint, data_set_id bigint, data_sink_id bigint,
  name text, description text, created_at timestamptz not null default now());
create index on flow_node (origin_node_id); create index on flow_node (parent_node_id);
create index on flow_node (data_source_id); create index on flow_node (data_set_id); create index on flow_node (data_sink_id);

create table data_source (
  id bigint generated always as identity primary key,
  org_id bigint not null references org, owner_id bigint not null references app_user,
  name text not null, description text, status text not null default 'INIT',
  source_type text not null, source_config jsonb not null default '{}', template_config jsonb,
  ingest_method text, data_credentials_id bigint references data_credential, vendor_endpoint_id bigint,
  code_container_id bigint, copied_from_id bigint, tags jsonb not null default '[]',
  config_warnings jsonb not null default '[]',
  config_version bigint not null default 1,             -- an edit makes a running run stop at its next commit
  problem jsonb,                                        -- {code, message, at, retry_at, attempt} of the last failed run
  last_listed_at timestamptz,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now());

create table data_set (
  id bigint generated always as identity primary key,
  org_id bigint not null references org, owner_id bigint not null references app_user,
  name text not null, description text, status text not null default 'ACTIVE',
  data_source_id bigint references data_source, parent_data_set_id bigint references data_set,
  transform jsonb, transform_id bigint, has_custom_transform boolean not null default false,
  schema jsonb,                                         -- canonical schema, null until data was seen
  output_schema_annotations jsonb, output_schema_validation_enabled boolean not null default false,
  output_validation_schema jsonb, custom_config jsonb, tags jsonb not null default '[]',
  retention_days integer not null default 7,
  next_seq bigint not null default 1,                   -- position of the next segment; taken under the row lock, so commits are in order
  epoch bigint not null default 0, cursor_seq bigint not null default 0,   -- as follower of its parent
  problem jsonb, copied_from_id bigint,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  check ((data_source_id is null) <> (parent_data_set_id is null)));
create index on data_set (data_source_id); create index on data_set (parent_data_set_id);

create table data_sink (
  id bigint generated always as identity primary key,
  org_id bigint not null references org, owner_id bigint not null references app_user,
  name text not null, description text, status text not null default 'INIT',
  sink_type text not null, sink_config jsonb not null default '{}', template_config jsonb,
  data_set_id bigint references data_set, data_credentials_id bigint references data_credential,
  vendor_endpoint_id bigint, create_destination boolean not null default false, data_map jsonb,
  copied_from_id bigint, tags jsonb not null default '[]', config_warnings jsonb not null default '[]',
  epoch bigint not null default 0, cursor_seq bigint not null default 0,
  problem jsonb,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now());
create index on data_sink (data_set_id);

create table accessor (
  id bigint generated always as identity primary key,
  resource_kind text not null, resource_id bigint not null,
  type text not null,                                   -- USER, TEAM, ORG
  user_id bigint, team_id bigint, org_id bigint, access_roles jsonb not null,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now());
create index on accessor (resource_kind, resource_id); create index on accessor (type, user_id);

create table audit_entry (
  id bigint generated always as identity primary key,
  org_id bigint not null, owner_id bigint, item_type text not null, item_id bigint not null,
  event text not null, change_summary jsonb not null default '[]', object_changes jsonb not null default '{}',
  association_resource jsonb, request_ip text, request_user_agent text, request_url text,
  user_id bigint, created_at timestamptz not null default now());
create index on audit_entry (item_type, item_id, id);

-- A create whose answer may not have arrived: the same request again gets the same resource. Written by the transaction that creates.
create table create_replay (
  id bigint generated always as identity primary key,
  fingerprint bytea not null, resource_kind text not null, resource_id bigint not null,
  delivered boolean not null default false, created_at timestamptz not null default now());
create index on create_replay (fingerprint, id desc); create index on create_replay (created_at);

create table setting (key text primary key, value jsonb not null);

-- A run of a source. id = epoch milliseconds at creation, made unique: it is the runId of the public API.
create table run (
  id bigint primary key,
  org_id bigint not null, data_source_id bigint not null references data_source on delete cascade,
  trigger text not null,                                -- activate, schedule, manual, retry, upload
  status text not null default 'QUEUED',                -- QUEUED, RUNNING, DONE, FAILED, STOPPED
  listed boolean not null default false,                -- every unit of work is known
  units_total integer not null default 0, units_done integer not null default 0,
  bytes_total bigint not null default 0, bytes_done bigint not null default 0,
  attempt integer not null default 1, next_retry_at timestamptz, problem jsonb,
  config_version bigint not null,
  created_at timestamptz not null default now(), started_at timestamptz, finished_at timestamptz);
create index on run (data_source_id, id desc);
create unique index run_one_at_a_time on run (data_source_id) where status in ('QUEUED', 'RUNNING');

-- A unit of work of a source and what was read of it. One row per key for ever: (key, version) is read once.
create table unit (
  id bigint generated always as identity primary key,
  data_source_id bigint not null references data_source on delete cascade,
  key text not null, version text, payload jsonb not null, bytes bigint not null default 0,
  run_id bigint not null,                               -- the run that last listed it as work
  status text not null default 'PENDING',               -- PENDING, LEASED, DONE, FAILED
  epoch bigint not null default 0, attempts integer not null default 0,
  checkpoint jsonb, problem jsonb, updated_at timestamptz not null default now(),
  unique (data_source_id, key));
create index on unit (run_id, status);

create table segment (
  id bigint generated always as identity primary key,
  data_set_id bigint not null references data_set on delete cascade,
  seq bigint not null, last_seq bigint not null, run_id bigint not null,
  store_key text not null unique, rows bigint not null, bytes bigint not null,
  schema jsonb not null, origins jsonb not null default '[]',
  created_at timestamptz not null default now(),
  unique (data_set_id, seq));
create index on segment (data_set_id, last_seq);

-- Files in the store that no row points at any more (merged, expired, rolled back); the sweeper removes them.
create table garbage (store_key text primary key, after timestamptz not null);

create table quarantine (
  id bigint generated always as identity primary key,
  org_id bigint not null, node_kind text not null, node_id bigint not null,   -- data_source, data_set, data_sink
  run_id bigint not null, store_key text not null unique, records bigint not null, bytes bigint not null,
  codes jsonb not null default '[]', created_at timestamptz not null default now());
create index on quarantine (node_kind, node_id, id);

create table staged_token (
  id bigint generated always as identity primary key,
  data_sink_id bigint not null references data_sink on delete cascade,
  epoch bigint not null, token jsonb not null, up_to bigint not null, run_id bigint not null,
  metrics jsonb not null, settled_at timestamptz, created_at timestamptz not null default now());
create index on staged_token (data_sink_id) where settled_at is null;

-- Sums per node and run and UTC day. "read = written + filtered + refused" holds in each row.
create table metric (
  node_kind text not null, node_id bigint not null, run_id bigint not null, day date not null,
  org_id bigint not null,
  read bigint not null default 0, written bigint not null default 0, filtered bigint not null default 0, refused bigint not null default 0,
  bytes bigint not null default 0, bytes_read bigint not null default 0,
  source_wait_ms bigint not null default 0, transform_ms bigint not null default 0,
  destination_wait_ms bigint not null default 0, commit_ms bigint not null default 0,
  updated_at timestamptz not null default now(),
  primary key (node_kind, node_id, run_id, day));
create index on metric (org_id, day);

create table flow_log (
  id bigint generated always as identity primary key,
  org_id bigint not null, origin_node_id bigint, node_kind text not null, node_id bigint not null, run_id bigint,
  severity text not null, log_type text not null default 'LOG', message text not null,
  created_at timestamptz not null default now());
create index on flow_log (origin_node_id, id); create index on flow_log (node_kind, node_id, id);
`
