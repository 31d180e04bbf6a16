/** What processes share about a credential, and the browsers that were sent away to allow one. */
export const up = `
create table credential_state (
  data_credential_id bigint not null references data_credential on delete cascade,
  name text not null,                                   -- tokens, pace
  sealed bytea, updated_at timestamptz not null default now(),
  primary key (data_credential_id, name));

create table consent (
  state_digest bytea primary key,                       -- keyed digest of what comes back with the browser
  data_credential_id bigint not null references data_credential on delete cascade,
  redirect_uri text not null, pending bytea not null,   -- sealed; used once
  created_at timestamptz not null default now());
`
