-- Escrow: calls to Stripe, connected accounts, payments, payouts, webhook events.

-- Every call that creates something at Stripe: its parameters and idempotency key are stored before it is made.
create table stripe_calls (
  -- Business action and subject, e.g. 'release:pay_…'. The key sent to Stripe is this and the attempt.
  id text primary key,
  -- Grows only when Stripe is known to have kept a useless answer under the last key.
  attempt int not null default 1,
  params jsonb not null,
  -- The connected account the call is made for; null is the platform.
  stripe_account_id text,
  first_sent_at timestamptz(3),
  succeeded_at timestamptz(3),
  -- What came of it, once known.
  stripe_id text,
  last_error text,
  created_at timestamptz(3) not null,
  check ((succeeded_at is null) = (stripe_id is null))
);

create table stripe_customers (
  user_id text primary key references users (id),
  stripe_customer_id text not null unique
);

create table connected_accounts (
  user_id text primary key references users (id),
  country text not null,
  -- null until Stripe has answered the creation
  stripe_account_id text unique,
  details_submitted boolean not null default false,
  transfers_active boolean not null default false,
  payouts_enabled boolean not null default false,
  requirements_due text[] not null default '{}',
  disabled_reason text,
  -- When Stripe was last asked, so that an older answer never overwrites a newer one.
  read_at timestamptz(3),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);

create table payments (
  id text primary key,
  booking_id text not null references bookings (id),
  job_id text not null references jobs (id),
  customer_id text not null references users (id),
  contractor_id text not null references users (id),
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null,
  commission_basis_points int not null check (commission_basis_points between 0 and 10000),
  commission_minor bigint not null check (commission_minor >= 0 and commission_minor <= amount_minor),
  status text not null check (status in ('pending', 'held', 'released', 'withdrawn', 'refunded', 'failed')),
  -- PaymentIntent, its status as last read, and what followed from it
  stripe_payment_id text unique,
  stripe_status text,
  stripe_charge_id text unique,
  stripe_transfer_id text unique,
  stripe_refund_id text unique,
  -- Known only after the charge; paid by the platform.
  stripe_fee_minor bigint check (stripe_fee_minor >= 0),
  confirm_attempts int not null default 0,
  failure_code text,
  failure_message text,
  abandoned_at timestamptz(3),
  release_requested_at timestamptz(3),
  -- Why a requested release waits: the contractor's account cannot take transfers yet.
  release_waits_for text check (release_waits_for in ('contractor_onboarding')),
  refund_requested_at timestamptz(3),
  held_at timestamptz(3),
  released_at timestamptz(3),
  withdrawn_at timestamptz(3),
  refunded_at timestamptz(3),
  failed_at timestamptz(3),
  -- When Stripe was last asked about the intent, for the sweep that makes up for lost webhooks.
  read_at timestamptz(3) not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  -- Release and refund exclude each other, whoever asks.
  check (release_requested_at is null or refund_requested_at is null),
  check (status not in ('held', 'released', 'withdrawn', 'refunded') or held_at is not null),
  check (status not in ('released', 'withdrawn') or stripe_transfer_id is not null)
);
-- One payment per booking: a failed one may be followed by another, nothing else may.
create unique index payments_one_per_booking on payments (booking_id) where status <> 'failed';
create index payments_customer on payments (customer_id, created_at desc, id desc);
create index payments_contractor on payments (contractor_id, created_at desc, id desc);
create index payments_released on payments (contractor_id, currency, released_at, id) where status in ('released', 'withdrawn');
create index payments_waiting on payments (contractor_id) where release_waits_for is not null;
-- What the sweeps look for: nothing but what is unfinished.
create index payments_unread on payments (read_at)
  where status = 'pending' or (status = 'held' and refund_requested_at is not null);
create index payments_fee_unknown on payments (held_at) where stripe_fee_minor is null and held_at is not null;

create table payouts (
  id text primary key,
  contractor_id text not null references users (id),
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null,
  status text not null check (status in ('pending', 'in_transit', 'paid', 'failed', 'canceled')),
  stripe_payout_id text unique,
  -- The caller's idempotency key: the same request can never become two payouts, even if its first answer was lost.
  request_key text not null,
  failure_code text,
  failure_message text,
  arrival_date timestamptz(3),
  requested_at timestamptz(3) not null,
  completed_at timestamptz(3),
  read_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  unique (contractor_id, request_key)
);
create index payouts_contractor on payouts (contractor_id, requested_at desc, id desc);
-- Includes paid ones: Stripe may still return them within five business days.
create index payouts_unread on payouts (read_at) where status in ('pending', 'in_transit', 'paid');

-- Webhook deliveries, stored before they are answered; each event is applied by the outbox once.
create table stripe_events (
  id text primary key,
  type text not null,
  stripe_account_id text,
  object_id text,
  received_at timestamptz(3) not null,
  applied_at timestamptz(3)
);
create index stripe_events_received on stripe_events (received_at);
