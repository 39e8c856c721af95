-- What people want to be told, and how. No row means: as the defaults of their role say.

create table notification_preferences (
  user_id text not null references users (id) on delete cascade,
  -- A type of the contract. Not checked here: a type that a later version no longer knows is ignored.
  type text not null,
  channel text not null check (channel in ('in_app', 'push', 'email', 'pusher')),
  enabled boolean not null,
  primary key (user_id, type, channel)
);

create table notification_settings (
  user_id text primary key references users (id) on delete cascade,
  -- Times of the day in the person's time zone; both or none. From evening to morning the first is the later one.
  quiet_from time(0),
  quiet_to time(0),
  -- how often new jobs are told
  digest text not null default 'instant' check (digest in ('instant', 'hourly', 'daily')),
  -- pushes of messages do not show what was written: others may see the screen
  hides_message_text boolean not null default false,
  check ((quiet_from is null) = (quiet_to is null)),
  -- the same time twice could mean always or never
  check (quiet_from <> quiet_to)
);
