/** What one server knew alone, and another one behind the same balancer has to know as well. */
export const up = `
-- pending: the answer is on its way. written: handed over, and nothing spoke against it. lost: the connection broke.
alter table create_replay add column state text not null default 'pending', add column committed_at timestamptz;
update create_replay set state = 'written', committed_at = created_at where delivered;
alter table create_replay drop column delivered;

-- Probes that run in the background, for whoever asks for their end.
create table probe_task (
  id bigint generated always as identity (start with 1000) primary key,
  user_id bigint not null, data_credential_id bigint not null references data_credential on delete cascade,
  sealed bytea,                                         -- the answer; absent while it runs
  created_at timestamptz not null default now());
create index on probe_task (created_at);

-- Requests of members to all servers. Lost in a crash: a limit begins anew then.
create unlogged table request_count (
  user_id bigint not null, span text not null,          -- second, day
  index bigint not null, class text not null, requests bigint not null,
  primary key (user_id, span, index, class));
`
