-- Where push notifications go.

create table devices (
  id text primary key,
  -- What Firebase calls the app on this device. Kept as it is: it has to be sent back to Firebase.
  token text not null constraint devices_one_per_token unique,
  user_id text not null references users (id) on delete cascade,
  -- The session that registered it. When that has ended, nobody is signed in there any more: see devices-of.ts.
  session_id text not null references sessions (id) on delete cascade,
  platform text not null check (platform in ('android', 'ios', 'web')),
  locale text,
  -- How often in a row Firebase asked to be left alone with this token or failed, and until when it is.
  failures int not null default 0 check (failures >= 0),
  next_attempt_at timestamptz(3),
  created_at timestamptz(3) not null,
  -- when the app registered it the last time
  last_used_at timestamptz(3) not null
);
create index devices_user on devices (user_id, last_used_at desc, id desc);
-- For what ends with a session.
create index devices_session on devices (session_id);
