-- People, their sessions, their one-time codes and the profiles of contractors.

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
  -- Reviews received. Kept as a sum and a count, so that adding one is a single atomic statement.
  rating_sum int not null default 0,
  rating_count int not null default 0,
  suspended_at timestamptz(3),
  -- Deleted people are pseudonymised, not removed: bookings and ledger rows still name their id.
  deleted_at timestamptz(3),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  check (rating_count >= 0 and rating_sum between rating_count and rating_count * 5)
);
-- Anybody may register an address; only one account can prove it.
create unique index users_proven_email on users (email) where email_verified_at is not null;
create index users_email on users (email);
-- For the sweep of registrations that nobody ever proved.
create index users_unproven on users (created_at) where email_verified_at is null;

create table sessions (
  id text primary key,
  user_id text not null references users (id) on delete cascade,
  -- SHA-256 of the token: a copy of this table opens no session
  access_hash bytea not null unique,
  access_expires_at timestamptz(3) not null,
  -- when the newest refresh token expires, and the session with it
  expires_at timestamptz(3) not null,
  user_agent text,
  address text,
  created_at timestamptz(3) not null,
  last_used_at timestamptz(3) not null,
  revoked_at timestamptz(3)
);
create index sessions_user on sessions (user_id, created_at desc, id desc);
create index sessions_expires_at on sessions (expires_at);
create index sessions_revoked_at on sessions (revoked_at) where revoked_at is not null;

-- Every refresh token a session ever had: one that comes twice was stolen, and revokes the session.
create table refresh_tokens (
  hash bytea primary key,
  session_id text not null references sessions (id) on delete cascade,
  expires_at timestamptz(3) not null,
  used_at timestamptz(3)
);
create index refresh_tokens_session on refresh_tokens (session_id);

create table one_time_codes (
  id text primary key,
  -- null when a code was asked for an address that has no account: the same rows are written either way,
  -- so that the time of an answer does not tell which addresses exist
  user_id text references users (id) on delete cascade,
  purpose text not null check (purpose in ('verify-email', 'reset-password', 'change-email')),
  -- where the code is sent; for change-email the new address
  email text not null check (email = lower(email)),
  -- both null until the mail is being sent: only then is the code made, and only its hash is kept
  salt bytea,
  hash bytea,
  tries int not null default 0 check (tries between 0 and 5),
  expires_at timestamptz(3) not null,
  created_at timestamptz(3) not null,
  check ((salt is null) = (hash is null))
);
-- One row for each account and purpose: asking for a new code replaces the one before, so only the newest counts.
create unique index one_time_codes_newest on one_time_codes (user_id, purpose);
create index one_time_codes_expires_at on one_time_codes (expires_at);

create table contractor_profiles (
  user_id text primary key references users (id) on delete cascade,
  headline text not null,
  bio text not null,
  categories text[] not null check (cardinality(categories) >= 1),
  skills text[] not null,
  -- Where the contractor starts from, as exact as they gave it. Only a rounded point is ever shown to others.
  centre_lat double precision not null check (centre_lat between -90 and 90),
  centre_lng double precision not null check (centre_lng between -180 and 180),
  radius_km int not null check (radius_km between 1 and 500),
  hourly_rate_minor bigint check (hourly_rate_minor > 0),
  hourly_rate_currency text,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  check ((hourly_rate_minor is null) = (hourly_rate_currency is null))
);
-- For matching a new job with the contractors of its category; the distance is computed for those only.
create index contractor_profiles_categories on contractor_profiles using gin (categories);
