-- Money that goes another way than from the customer to the contractor: refunds in part or in full, money taken back
-- after release, frozen payments, chargebacks, and what contractors owe for them.

-- What goes or went back to the customer, by refunds and lost chargebacks. The commission is that of the rest.
alter table payments add column refunded_minor bigint not null default 0 check (refunded_minor >= 0);
-- The contractor's part of what is left; commission_minor follows refunded_minor, so it must not be computed elsewhere.
update payments set refunded_minor = amount_minor, commission_minor = 0 where refund_requested_at is not null;
alter table payments add column contractor_minor bigint
  generated always as (amount_minor - refunded_minor - commission_minor) stored check (contractor_minor >= 0);
-- What the release transferred, and the part of contractor_minor that is to pay a debt instead: set when the transfer is
-- prepared, and taken off the debt when it was made.
alter table payments add column transferred_minor bigint check (transferred_minor >= 0);
update payments set transferred_minor = contractor_minor where stripe_transfer_id is not null;
alter table payments add column set_off_minor bigint check (set_off_minor >= 0);
-- Reminders sent about a hold that comes to its end.
alter table payments add column hold_reminders int not null default 0;

alter table payments drop constraint payments_check1;
-- All of a held payment goes one way or the other.
alter table payments add constraint payments_released_or_refunded
  check (status <> 'held' or release_requested_at is null or refunded_minor < amount_minor);
alter table payments drop constraint payments_check3;
alter table payments add constraint payments_released_by_transfer
  check (status not in ('released', 'withdrawn') or (transferred_minor is not null and (transferred_minor = 0 or stripe_transfer_id is not null)));
alter table payments drop constraint payments_release_waits_for_check;
alter table payments add constraint payments_release_waits_for_check
  check (release_waits_for in ('contractor_onboarding', 'freeze'));

create table refunds (
  id text primary key,
  payment_id text not null references payments (id),
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null,
  cause text not null check (cause in ('cancellation', 'late_payment', 'dispute', 'admin', 'hold_limit')),
  -- requested: not known to Stripe yet · pending: the bank works on it · failed: the bank sent it back, it is still owed
  -- paid_otherwise: by hand, outside Stripe · superseded: a chargeback gave the customer the money
  status text not null check
    (status in ('requested', 'pending', 'succeeded', 'failed', 'paid_otherwise', 'superseded')),
  -- Each try is a refund of its own at Stripe.
  attempt int not null default 1,
  stripe_refund_id text unique,
  -- Whether this attempt's money has left the platform's balance.
  is_sent boolean not null default false,
  failure_code text,
  failure_message text,
  -- The admin who asked for it or, paid otherwise, said so; null where the rules did.
  admin_id text references users (id),
  note text,
  requested_at timestamptz(3) not null,
  completed_at timestamptz(3),
  -- When Stripe was last asked.
  read_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  check (not is_sent or stripe_refund_id is not null),
  check ((completed_at is not null) = (status in ('succeeded', 'paid_otherwise', 'superseded')))
);
create index refunds_payment on refunds (payment_id);
create index refunds_newest on refunds (requested_at desc, id desc);
create index refunds_failed on refunds (requested_at desc, id desc) where status = 'failed';
-- Includes succeeded ones: a bank may still send them back.
create index refunds_unread on refunds (read_at) where status in ('requested', 'pending', 'succeeded');

insert into refunds (id, payment_id, amount_minor, currency, cause, status, stripe_refund_id, is_sent,
    failure_code, failure_message, requested_at, completed_at, read_at, updated_at)
  select 'rfd_' || substr(id, 5), id, amount_minor, currency, 'cancellation',
    case when status = 'refunded' then 'succeeded' when failure_code is not null then 'failed'
      when stripe_refund_id is null then 'requested' else 'pending' end,
    stripe_refund_id, status = 'refunded', failure_code, failure_message, refund_requested_at, refunded_at, read_at, updated_at
  from payments where refund_requested_at is not null;
update stripe_calls set id = 'refund:rfd_' || substr(id, 12) || ':1' where id like 'refund:pay\_%';
-- Until now the money of a refund stayed in escrow until it had been sent.
insert into ledger_entries (id, cause, payment_id, created_at)
  select 'led_' || substr(id, 5), 'refund-owed:' || id, payment_id, requested_at from refunds where status <> 'succeeded';
alter table payments drop column stripe_refund_id;

-- Money taken back from a connected account to the platform, out of one payment's transfer.
create table reversals (
  id text primary key,
  payment_id text not null references payments (id),
  contractor_id text not null references users (id),
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null,
  stripe_reversal_id text unique,
  -- Why Stripe refused it last; it is tried again until it succeeds.
  failure_code text,
  requested_at timestamptz(3) not null,
  succeeded_at timestamptz(3),
  read_at timestamptz(3) not null,
  check ((succeeded_at is null) = (stripe_reversal_id is null))
);
create index reversals_payment on reversals (payment_id);
create index reversals_open on reversals (contractor_id, currency) include (amount_minor) where succeeded_at is null;
create index reversals_unsent on reversals (read_at) where succeeded_at is null;

-- Why a payment must not go out. There may be several reasons at once; it moves again when all are lifted.
create table payment_freezes (
  id text primary key,
  payment_id text not null references payments (id),
  cause text not null check (cause in ('dispute', 'chargeback', 'fraud_warning', 'admin')),
  -- The dispute, chargeback or warning; for an admin the payment itself.
  subject text not null,
  reason text not null,
  frozen_at timestamptz(3) not null,
  lifted_at timestamptz(3)
);
create unique index payment_freezes_once on payment_freezes (payment_id, cause, subject) where lifted_at is null;

-- What a card's bank takes back from us, as Stripe tells it. Stripe calls it a dispute; here a dispute is between our people.
create table chargebacks (
  id text primary key,
  payment_id text not null references payments (id),
  stripe_dispute_id text not null unique,
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null,
  reason text not null,
  -- Stripe's own status; an inquiry (warning_…) takes no money yet.
  stripe_status text not null,
  evidence_due_at timestamptz(3),
  evidence_sent_at timestamptz(3),
  -- What the contractor was charged until it is decided, and what of it has to be given back after a win.
  taken_minor bigint not null default 0 check (taken_minor >= 0),
  restore_minor bigint check (restore_minor >= 0),
  stripe_restore_id text unique,
  restored_at timestamptz(3),
  opened_at timestamptz(3) not null,
  outcome text check (outcome in ('won', 'lost', 'inquiry_closed')),
  closed_at timestamptz(3),
  read_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  check ((outcome is null) = (closed_at is null)),
  check ((restored_at is null) or restore_minor is not null)
);
create index chargebacks_payment on chargebacks (payment_id);
create index chargebacks_newest on chargebacks (opened_at desc, id desc);
create index chargebacks_unread on chargebacks (read_at) where outcome is null;
create index chargebacks_unrestored on chargebacks (read_at) where restore_minor > 0 and restored_at is null;

alter table ledger_lines drop constraint ledger_lines_account_check;
alter table ledger_lines add constraint ledger_lines_account_check check (account in (
  'platform_stripe', 'connected_stripe', 'bank_in_transit',
  'escrow', 'contractor_balance', 'payout_pending', 'commission', 'stripe_fees',
  -- refund_payable: owed to a customer and not sent · chargeback_reserve: taken from a contractor until the bank decides
  -- (liabilities); chargebacks: taken from us by a card's bank until it decides · contractor_debt (assets)
  -- paid_outside: paid by the platform from elsewhere · losses (expense)
  'refund_payable', 'chargebacks', 'chargeback_reserve', 'contractor_debt', 'paid_outside', 'losses'));
alter table ledger_lines drop constraint ledger_lines_check;
alter table ledger_lines add constraint ledger_lines_check check (
  (account in ('connected_stripe', 'bank_in_transit', 'contractor_balance', 'payout_pending', 'contractor_debt', 'chargeback_reserve'))
  = (user_id is not null));
alter table ledger_lines drop constraint ledger_lines_check1;
alter table ledger_lines add constraint ledger_lines_check1 check (
  account not in ('escrow', 'refund_payable', 'chargebacks', 'chargeback_reserve') or payment_id is not null);
-- A debt takes away from what is owed, and what pays a debt was earned.
drop index ledger_lines_owed;
create index ledger_lines_owed on ledger_lines (user_id, entry_id) include (account, payment_id, currency, amount_minor)
  where account in ('contractor_balance', 'payout_pending', 'contractor_debt', 'chargeback_reserve');

insert into ledger_lines (entry_id, position, account, payment_id, currency, amount_minor)
  select 'led_' || substr(id, 5), 0, 'escrow', payment_id, currency, amount_minor from refunds where status <> 'succeeded'
  union all
  select 'led_' || substr(id, 5), 1, 'refund_payable', payment_id, currency, -amount_minor from refunds where status <> 'succeeded';

-- The sweeps look after what is under way.
drop index payments_unread;
create index payments_unread on payments (read_at)
  where status = 'pending' or (status = 'held' and release_requested_at is not null);
create index payments_holds on payments (held_at) where status = 'held';
create index payments_set_off on payments (contractor_id, currency) where set_off_minor > 0 and status = 'held';

-- Bookings that are ended by a decision of the platform.
alter table bookings drop constraint bookings_cancelled_by_check;
alter table bookings add constraint bookings_cancelled_by_check
  check (cancelled_by in ('customer', 'contractor', 'platform'));
alter table bookings drop constraint bookings_completed_by_check;
alter table bookings add constraint bookings_completed_by_check
  check (completed_by in ('customer', 'system', 'platform'));
-- The terms of cancelling, as they were when the booking was confirmed: free until then, afterwards for this share.
alter table bookings add column cancel_free_until timestamptz(3);
alter table bookings add column cancel_fee_basis_points int not null default 0
  check (cancel_fee_basis_points between 0 and 10000);
