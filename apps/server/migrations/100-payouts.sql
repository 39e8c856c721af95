-- Withdrawals by a schedule, and contractors who leave one Stripe account for another.

alter table connected_accounts
  -- Which of the contractor's accounts this is: one more for each that took the place of a closed one.
  add column number int not null default 1 check (number >= 1),
  -- Since when Stripe says that the account is not ours to use any more.
  add column closed_at timestamptz(3),
  -- A hash of where payouts go, which changes exactly if that does; null until the account is read again.
  add column banks_hash text;

-- Accounts that were closed and replaced. What was left in them is the contractor's, at Stripe, out of our reach.
create table former_accounts (
  stripe_account_id text primary key,
  user_id text not null references users (id),
  number int not null,
  country text not null,
  closed_at timestamptz(3) not null,
  left_at timestamptz(3) not null,
  unique (user_id, number)
);

alter table payouts
  -- The account it was made at, which may be a former one by now.
  add column paid_from text,
  -- connected_accounts.banks_hash when it was asked for.
  add column banks_hash text;
update payouts set paid_from = connected_accounts.stripe_account_id
  from connected_accounts where user_id = contractor_id;
alter table payouts alter column paid_from set not null;

create table payout_schedules (
  user_id text primary key references users (id),
  interval text not null check (interval in ('manual', 'daily', 'weekly', 'monthly')),
  -- 1 is Monday, 5 is Friday
  weekday int check (weekday between 1 and 5),
  -- The last day where the month is shorter.
  day_of_month int check (day_of_month between 1 and 31),
  -- The next regular run: its day in the contractor's time zone (YYYY-MM-DD), and the moment from which it is due.
  next_run_day text,
  next_run_at timestamptz(3),
  -- The day of the newest run. A run whose day is another by now has been overtaken and pays nothing.
  last_run_day text,
  -- Stopped because the bank refused this payout, until payouts go somewhere else than paused_banks_hash says.
  paused_at timestamptz(3),
  paused_payout_id text references payouts (id),
  paused_banks_hash text,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  check ((interval = 'weekly') = (weekday is not null)),
  check ((interval = 'monthly') = (day_of_month is not null)),
  check ((interval = 'manual') = (next_run_at is null)),
  check ((next_run_day is null) = (next_run_at is null)),
  check ((paused_at is null) = (paused_payout_id is null))
);
create index payout_schedules_due on payout_schedules (next_run_at) where next_run_at is not null;
