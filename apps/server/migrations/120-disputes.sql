-- One side of a booking says that something is wrong, while its money is held.

create table disputes (
  id text primary key,
  booking_id text not null references bookings (id),
  payment_id text not null references payments (id),
  -- Copied from the booking, for the lists of both sides.
  customer_id text not null references users (id),
  contractor_id text not null references users (id),
  opened_by text not null check (opened_by in ('customer', 'contractor')),
  reason text not null check
    (reason in ('not_done', 'poor_quality', 'not_as_agreed', 'damage', 'no_access', 'other')),
  description text not null,
  -- answered: the other side has said something, now it waits for an admin
  state text not null check (state in ('open', 'answered', 'decided', 'withdrawn')),
  -- Silent until then, the other side loses; undecided until then, the rules decide.
  answer_by timestamptz(3) not null,
  decide_by timestamptz(3) not null,
  decision text check (decision in ('release', 'refund', 'split')),
  -- What goes back to the customer by the decision.
  refund_minor bigint check (refund_minor >= 0),
  -- concession: the other side gave in
  decided_by text check (decided_by in ('admin', 'rules', 'concession')),
  admin_id text references users (id),
  decision_note text,
  opened_at timestamptz(3) not null,
  answered_at timestamptz(3),
  -- Decided or withdrawn at.
  closed_at timestamptz(3),
  check (answer_by <= decide_by),
  check ((decision is not null) = (state = 'decided')),
  check ((refund_minor is not null) = (state = 'decided')),
  check ((decided_by is not null) = (state = 'decided')),
  check ((decision_note is not null) = (state = 'decided')),
  check ((admin_id is not null) = (coalesce(decided_by, '') = 'admin')),
  check ((closed_at is not null) = (state in ('decided', 'withdrawn'))),
  check (state <> 'answered' or answered_at is not null)
);
-- Of two that are opened at once, one wins.
create unique index disputes_one_open on disputes (booking_id) where state in ('open', 'answered');
create index disputes_booking on disputes (booking_id);
create index disputes_customer on disputes (customer_id, opened_at desc, id desc);
create index disputes_contractor on disputes (contractor_id, opened_at desc, id desc);
create index disputes_newest on disputes (opened_at desc, id desc);
create index disputes_most_urgent on disputes (decide_by, id);
-- The sweep.
create index disputes_unanswered on disputes (answer_by) where state = 'open';
create index disputes_undecided on disputes (decide_by) where state in ('open', 'answered');

create table dispute_evidence (
  id text primary key,
  dispute_id text not null references disputes (id),
  side text not null check (side in ('customer', 'contractor')),
  kind text not null check (kind in ('text')),
  text text not null,
  created_at timestamptz(3) not null
);
create index dispute_evidence_dispute on dispute_evidence (dispute_id, created_at, id);
