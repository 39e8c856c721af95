-- What people upload. The bytes are in the storage under the row's id, and under names derived from it for thumbnails.

create table files (
  -- its filename: random, with the extension of what it is
  id text primary key,
  uploaded_by text not null references users (id),
  purpose text not null check (purpose in ('profile', 'portfolio', 'job', 'proof', 'evidence', 'chat')),
  -- The account, job, booking, dispute or message it belongs to; null until it is attached.
  object_id text,
  original_name text not null,
  mime_type text not null,
  size_bytes bigint not null check (size_bytes > 0),
  -- with its thumbnails, for the quota
  stored_bytes bigint not null check (stored_bytes >= size_bytes),
  sha256 bytea not null,
  -- Of pictures: {"width", "height", "placeholder", "small": {"bytes", "sha256"}, "large": {…}}, where small and large
  -- are the thumbnails.
  picture jsonb,
  caption text,
  -- among the files of its object: in the order in which they came, or as a portfolio's owner arranged them
  position int,
  -- of the tus protocol; whoever finishes such an upload twice gets the same file
  upload_id text,
  storage text not null check (storage in ('disk', 's3')),
  -- storing: the row is there before the bytes, so that a crash between leaves bytes that the sweep finds by it.
  -- removing: the bytes are being deleted, and the row after them.
  state text not null check (state in ('storing', 'pending', 'available', 'rejected', 'deleted', 'removing')),
  -- When the sweep deletes the bytes, if nothing happens before: not attached, deleted, never finished.
  remove_after timestamptz(3),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  check (state not in ('storing', 'deleted', 'removing') or remove_after is not null),
  check (state not in ('pending', 'available') or (object_id is null) = (remove_after is not null))
);
create index files_of_object on files (object_id, purpose, position, created_at, id)
  where state in ('pending', 'available', 'rejected');
create index files_of_uploader on files (uploaded_by, created_at desc, id desc);
create index files_to_remove on files (remove_after) where remove_after is not null;
-- Two pictures that are uploaded at once: the second waits for the first and replaces it.
create unique index files_one_profile on files (uploaded_by)
  where purpose = 'profile' and state in ('pending', 'available');

create unique index files_one_per_upload on files (upload_id)
  where upload_id is not null and state <> 'storing';

-- What links are signed with. Made by the first process that needs it, the same for all.
create table signing_keys (
  name text primary key,
  secret bytea not null check (octet_length(secret) = 32),
  created_at timestamptz(3) not null
);

-- A file is evidence like a word is; the caption is its text.
alter table dispute_evidence
  drop constraint dispute_evidence_kind_check,
  add constraint dispute_evidence_kind_check check (kind in ('text', 'file')),
  add column file_name text,
  add constraint dispute_evidence_file_check check ((kind = 'file') = (file_name is not null));
