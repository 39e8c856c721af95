-- A contractor taken for a job at a price: from the request to completion.

create table bookings (
  id text primary key,
  job_id text not null references jobs (id),
  customer_id text not null references users (id),
  contractor_id text not null references users (id),
  -- null for an invitation of somebody who had not applied
  application_id text references applications (id),
  -- Copied from the quote, the invitation or the budget when the booking is made; never changes.
  price_minor int not null check (price_minor > 0),
  currency text not null,
  message text,
  state text not null check
    (state in ('requested', 'confirmed', 'declined', 'expired', 'active', 'delivered', 'completed', 'cancelled')),
  answer_by timestamptz(3) not null,
  pay_by timestamptz(3),
  -- End of the review period: a silent customer counts as satisfied from here on.
  release_at timestamptz(3),
  delivery_note text,
  cancelled_by text check (cancelled_by in ('customer', 'contractor')),
  cancel_reason text,
  completed_by text check (completed_by in ('customer', 'system')),
  requested_at timestamptz(3) not null,
  confirmed_at timestamptz(3),
  active_at timestamptz(3),
  delivered_at timestamptz(3),
  completed_at timestamptz(3),
  -- Declined, expired or cancelled at.
  ended_at timestamptz(3),
  updated_at timestamptz(3) not null,
  check (customer_id <> contractor_id),
  check ((confirmed_at is null) = (pay_by is null)),
  check ((delivered_at is null) = (release_at is null)),
  check ((ended_at is not null) = (state in ('declined', 'expired', 'cancelled'))),
  check ((completed_at is not null) = (state = 'completed')),
  check ((completed_by is not null) = (state = 'completed')),
  check ((cancelled_by is not null) = (state = 'cancelled'))
);
-- Of several bookings of one job at once, one wins; so does the one completion.
create unique index bookings_one_live_per_job on bookings (job_id)
  where state in ('requested', 'confirmed', 'active', 'delivered');
create unique index bookings_one_completed_per_job on bookings (job_id) where state = 'completed';
create index bookings_customer on bookings (customer_id, requested_at desc, id desc);
create index bookings_contractor on bookings (contractor_id, requested_at desc, id desc);
-- The sweeps.
create index bookings_unanswered on bookings (answer_by, id) where state = 'requested';
create index bookings_unpaid on bookings (pay_by, id) where state = 'confirmed';
create index bookings_unreviewed on bookings (release_at, id) where state = 'delivered';
