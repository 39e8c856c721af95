-- What every module stands on: append-only tables, idempotency keys, rate limits.

-- Tables whose rows are evidence (ledger, audit log) get this trigger: history is corrected by new rows only.
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % are never updated or deleted', tg_table_name using errcode = 'restrict_violation';
end $$;

-- The first answer to a request that carried an Idempotency-Key. Keys belong to one user.
create table idempotency_keys (
  user_id text not null,
  key text not null check (length(key) between 1 and 255),
  request_hash bytea not null,
  -- null while the request is running
  status_code int,
  response jsonb,
  -- A request that died in the middle holds its key only until here; then a retry may run it again,
  -- which is safe because every verb behind it is idempotent by its own constraints.
  leased_until timestamptz(3) not null,
  created_at timestamptz(3) not null,
  primary key (user_id, key)
);
create index idempotency_keys_created_at on idempotency_keys (created_at);

-- Fixed windows, counted by one upsert, so that no two requests can take the same place.
-- Unlogged: losing the counters in a crash costs nothing but a fresh window.
create unlogged table rate_limits (
  key text primary key,
  window_ends_at timestamptz(3) not null,
  taken int not null
);
create index rate_limits_window_ends_at on rate_limits (window_ends_at);

-- Which process runs which outbox workers. A process lives as long as it holds the advisory lock lock_id;
-- what dead ones left locked is freed at once.
create table outbox_workers (
  worker_id text primary key,
  lock_id int not null
);
