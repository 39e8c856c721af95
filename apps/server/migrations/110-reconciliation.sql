-- Reconciliation with Stripe, and calls whose outcome nobody knows.

-- When the call was last sent: one that was sent a moment ago may simply be under way.
alter table stripe_calls add column last_sent_at timestamptz(3);
-- When its outcome was last asked for by the sweep, so that none is asked for without pause.
alter table stripe_calls add column asked_at timestamptz(3);
-- Nothing but the calls that nobody knows the outcome of.
create index stripe_calls_unknown on stripe_calls (coalesce(asked_at, last_sent_at, first_sent_at))
  where first_sent_at is not null and stripe_id is null;

-- Each comparison of the ledger, our rows and Stripe.
create table reconciliations (
  id text primary key,
  -- null: it came by the clock
  requested_by text references users (id),
  requested_at timestamptz(3) not null,
  started_at timestamptz(3),
  finished_at timestamptz(3),
  -- Whether everything could be read; without that nothing found proves nothing.
  is_complete boolean,
  -- Differences that were there for long enough to be findings, and those that are younger.
  findings int,
  unconfirmed int,
  -- Per check: its name, how much it found, why it could not be completed, accounts it could not read.
  checks jsonb,
  -- Every difference with the time it was first seen; bounded in number.
  differences jsonb
);
create index reconciliations_newest on reconciliations (requested_at desc, id desc);

-- What has changed lately, for a reconciliation whose cost does not grow with the age of the platform.
create index payments_updated on payments (updated_at);
create index payouts_updated on payouts (updated_at);
