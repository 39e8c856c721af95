-- Messages that lead past the platform can be held back from their receiver until an admin has decided.
alter table messages
  add column is_held boolean not null default false,
  -- 1, and one more with each change: of two frames about one message, a client keeps the one with the higher number
  add column version int not null default 1 check (version > 0),
  -- Only what is marked is held, and what is deleted has no words left to hold.
  add constraint messages_held check (not is_held or (is_flagged and deleted_at is null));
-- What admins have to look at, newest first. Most messages are in neither.
create index messages_held_newest on messages (created_at desc, id desc) where is_held;
create index messages_flagged_newest on messages (created_at desc, id desc)
where is_flagged and not is_held and deleted_at is null;
