-- Admins: their second factor, what they did, what waits for a second of them.

-- Set when an authenticator app has been proven, so that authenticating a request needs no join to know it.
alter table users add column second_factor_at timestamptz(3);

create table second_factors (
  user_id text primary key references users (id) on delete cascade,
  -- As it is: whoever can read this table could read a key that lies beside it. See docs/decisions/012.
  secret bytea not null check (length(secret) = 20),
  -- The newest time step whose code was used: a code that was seen over a shoulder is worth nothing.
  last_step bigint not null default 0,
  -- null until a code has come back
  confirmed_at timestamptz(3),
  created_at timestamptz(3) not null
);

create table recovery_codes (
  user_id text not null references second_factors (user_id) on delete cascade,
  -- SHA-256 of 80 random bits
  hash bytea not null,
  used_at timestamptz(3),
  primary key (user_id, hash)
);

-- What admins did, written in the transaction in which it was done.
create table admin_actions (
  -- Without gaps: written under a lock, so that each line follows the one before.
  seq bigint primary key check (seq > 0),
  id text not null unique,
  -- null: a command run on the server itself
  admin_id text references users (id),
  action text not null,
  subject text not null,
  details jsonb not null,
  created_at timestamptz(3) not null,
  -- Each line has one successor: a second chain cannot grow beside the first.
  previous_hash bytea not null unique check (length(previous_hash) = 32),
  -- SHA-256 over everything above, in the form that admin/chain.ts gives it
  hash bytea not null unique check (length(hash) = 32)
);
create index admin_actions_by_admin on admin_actions (admin_id, seq desc);
create index admin_actions_by_subject on admin_actions (subject, seq desc);
create index admin_actions_by_action on admin_actions (action, seq desc);
create trigger admin_actions_are_final before update or delete on admin_actions
  for each row execute function refuse_change();
create trigger admin_actions_stay before truncate on admin_actions
  for each statement execute function refuse_change();

create table approvals (
  id text primary key,
  action text not null,
  subject text not null,
  details jsonb not null,
  requested_by text not null references users (id),
  requested_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  -- Both null while it waits; without a person when it expired.
  decision text check (decision in ('approved', 'rejected', 'expired')),
  decided_by text references users (id),
  decided_at timestamptz(3),
  check ((decision is null) = (decided_at is null)),
  check ((decided_by is not null) = (coalesce(decision, 'expired') <> 'expired')),
  -- Two people, whatever the program says.
  check (decided_by <> requested_by)
);
-- One action on one subject waits once.
create unique index approvals_one_pending on approvals (action, subject) where decision is null;
create index approvals_newest on approvals (requested_at desc, id desc);
create index approvals_due on approvals (expires_at) where decision is null;

-- Admins list everything.
create index users_newest on users (created_at desc, id desc);
create index jobs_newest on jobs (created_at desc, id desc);
create index payments_newest on payments (created_at desc, id desc);
create index payments_job on payments (job_id);
