-- Of what was reported twice the first one stays.
delete from reports again using reports first
where again.reporter_id = first.reporter_id and again.message_id = first.message_id
  and (first.created_at, first.id) < (again.created_at, again.id);

alter table reports
  -- as it read when it was reported: its sender can change and delete it for a quarter of an hour
  add column message_text text,
  add column outcome text check (outcome in ('dismissed', 'warned', 'message_removed', 'suspended')),
  add column note text,
  add column closed_by text references users (id),
  add column closed_at timestamptz(3),
  add constraint reports_closed_whole check (
    num_nulls(outcome, note, closed_by, closed_at) in (0, 4)
  ),
  -- Told twice by the same person it is still one. A message has one sender, so the reported person is the same, too.
  add constraint reports_once unique (reporter_id, message_id);
create index reports_open_newest on reports (created_at desc, id desc) where closed_at is null;
create index reports_of_message on reports (message_id) where message_id is not null;
