-- What Stripe was asked when, so that nothing older overwrites or double-counts what is newer.

-- Numbers the readings of connected accounts in the order in which they were begun.
create sequence account_readings;
-- Of the reading that was written last: the answer to a question asked before it is out of date.
alter table connected_accounts add column reading bigint not null default 0;

-- When we heard that Stripe had taken the payout: balances read before this may still contain its money.
alter table payouts add column sent_at timestamptz(3);

-- When the fee was last asked for, so that one that never comes does not keep up the others.
alter table payments add column fee_asked_at timestamptz(3);
drop index payments_fee_unknown;
create index payments_fee_unknown on payments (coalesce(fee_asked_at, held_at))
  where stripe_fee_minor is null and held_at is not null;

-- The sweeps also look after releases whose task has given up.
drop index payments_unread;
create index payments_unread on payments (read_at)
  where status = 'pending' or (status = 'held' and (refund_requested_at is not null or release_requested_at is not null));
