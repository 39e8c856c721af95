-- People and their sessions.

create table users (
  id text primary key,
  role text not null check (role in ('customer', 'contractor', 'admin')),
  email text not null check (email = lower(email)),
  -- null until a one-time code sent to the address came back; unproven accounts give nobody access
  email_verified_at timestamptz(3),
  password_hash text not null,
  name text not null,
  locale text not null,
  time_zone text not null,
  suspended_at timestamptz(3),
  deleted_at timestamptz(3),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
-- Anybody may register an address; only one account can prove it.
create unique index users_proven_email on users (email) where email_verified_at is not null;
create index users_email on users (email);

create table sessions (
  id text primary key,
  user_id text not null references users (id) on delete cascade,
  -- SHA-256 of the token: a copy of this table opens no session
  access_hash bytea not null unique,
  access_expires_at timestamptz(3) not null,
  user_agent text,
  address text,
  created_at timestamptz(3) not null,
  last_used_at timestamptz(3) not null,
  revoked_at timestamptz(3)
);
create index sessions_user on sessions (user_id, created_at);

-- Every refresh token a session ever had: one that comes twice was stolen, and revokes the session.
create table refresh_tokens (
  hash bytea primary key,
  session_id text not null references sessions (id) on delete cascade,
  expires_at timestamptz(3) not null,
  used_at timestamptz(3)
);
create index refresh_tokens_session on refresh_tokens (session_id);
