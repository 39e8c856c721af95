-- What the two sides of a completed booking say about each other.

create table reviews (
  id text primary key,
  booking_id text not null references bookings (id),
  job_id text not null references jobs (id),
  author_id text not null references users (id),
  subject_id text not null references users (id),
  rating int not null check (rating between 1 and 5),
  text text not null,
  -- When both sides are in, or seven days after writing, whichever comes first: nobody answers a rating in kind.
  visible_at timestamptz(3) not null,
  -- When the rating went into the subject's average; set in the same transaction, so it counts once.
  counted_at timestamptz(3),
  created_at timestamptz(3) not null,
  check (author_id <> subject_id),
  constraint reviews_one_per_side unique (booking_id, author_id)
);
create index reviews_subject on reviews (subject_id, visible_at desc, id desc);
create index reviews_uncounted on reviews (visible_at, id) where counted_at is null;
