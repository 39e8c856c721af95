-- The talk between one customer and one contractor.

create table rooms (
  id text primary key,
  customer_id text not null references users (id),
  contractor_id text not null references users (id),
  -- The newest message's place. Whoever writes a message holds this row, which is what makes places without gaps.
  last_seq int not null default 0 check (last_seq >= 0),
  -- of the newest message; until then of the room itself
  last_message_at timestamptz(3) not null,
  created_at timestamptz(3) not null,
  constraint rooms_one_per_pair unique (customer_id, contractor_id)
)
-- Every message changes the row, and none of its indexes: with room on the page that costs no index entry.
with (fillfactor = 50);
create index rooms_contractor on rooms (contractor_id);

-- No foreign keys: a message is only ever written together with its room's row, by one of its two members, and neither
-- rooms nor people are ever deleted. Two lookups for each message would buy nothing.
create table messages (
  room_id text not null,
  seq int not null check (seq > 0),
  id text not null unique,
  -- null for what the system says
  sender_id text,
  -- the sender's own name for it: sent again it is found, and not written twice
  client_message_id text,
  kind text not null check (kind in ('text', 'file', 'system')),
  body text not null,
  -- of system messages: {"type", "bookingId"}
  event jsonb,
  is_flagged boolean not null default false,
  created_at timestamptz(3) not null,
  edited_at timestamptz(3),
  deleted_at timestamptz(3),
  primary key (room_id, seq),
  constraint messages_once unique (room_id, sender_id, client_message_id),
  check ((sender_id is null) = (kind = 'system')),
  check ((client_message_id is null) = (sender_id is null)),
  check (deleted_at is null or body = '')
);
-- Words as they are written, as for jobs. New words wait in a list, and the message that fills it sorts all of them in: with
-- 4 MB, which is the default, everybody waits a tenth of a second each time, with 128 kB a few milliseconds.
create index messages_words on messages using gin (to_tsvector('simple', body))
with (gin_pending_list_limit = 128);

-- How far each member is. Only ever forward.
create table room_members (
  room_id text not null references rooms (id),
  user_id text not null references users (id),
  delivered_seq int not null default 0,
  read_seq int not null default 0,
  primary key (room_id, user_id),
  check (read_seq between 0 and delivered_seq)
)
with (fillfactor = 50);

create table blocks (
  blocker_id text not null references users (id),
  blocked_id text not null references users (id),
  created_at timestamptz(3) not null,
  primary key (blocker_id, blocked_id),
  check (blocker_id <> blocked_id)
);

create table reports (
  id text primary key,
  reporter_id text not null references users (id),
  user_id text not null references users (id),
  message_id text,
  reason text not null check (reason in ('spam', 'abuse', 'fraud', 'contact_details', 'other')),
  description text not null,
  created_at timestamptz(3) not null
);
create index reports_newest on reports (created_at desc, id desc);

-- When somebody was last connected; written when their last connection ends.
create table last_seen (
  user_id text primary key references users (id),
  at timestamptz(3) not null
);
