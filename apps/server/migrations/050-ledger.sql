-- Double-entry ledger: where every minor unit is, and why. Rows are never changed; mistakes are corrected by new entries.

create table ledger_entries (
  id text primary key,
  -- What caused it, e.g. 'capture:pay_…': the same cause can never be booked twice.
  cause text not null unique,
  payment_id text,
  payout_id text,
  created_at timestamptz(3) not null
);
create index ledger_entries_payment on ledger_entries (payment_id) where payment_id is not null;
create index ledger_entries_payout on ledger_entries (payout_id) where payout_id is not null;

create table ledger_lines (
  entry_id text not null references ledger_entries (id),
  position int not null,
  -- platform_stripe, connected_stripe, bank_in_transit: assets (money is there), debit balance
  -- escrow, contractor_balance, payout_pending: liabilities (whose it is), credit balance
  -- commission: income; stripe_fees: expense
  account text not null check (account in (
    'platform_stripe', 'connected_stripe', 'bank_in_transit',
    'escrow', 'contractor_balance', 'payout_pending', 'commission', 'stripe_fees')),
  -- Whose balance, for the accounts kept per contractor.
  user_id text,
  -- Which payment, for the accounts kept per payment.
  payment_id text,
  currency text not null check (currency = lower(currency) and length(currency) = 3),
  -- Minor units; debits are positive, credits negative.
  amount_minor bigint not null check (amount_minor <> 0),
  primary key (entry_id, position),
  check ((account in ('connected_stripe', 'bank_in_transit', 'contractor_balance', 'payout_pending')) = (user_id is not null)),
  check (account <> 'escrow' or payment_id is not null)
);
create index ledger_lines_by_user on ledger_lines (user_id, account, currency) include (amount_minor) where user_id is not null;
create index ledger_lines_by_payment on ledger_lines (payment_id, account) include (amount_minor) where payment_id is not null;

create function ledger_entry_must_balance() returns trigger language plpgsql as $$
begin
  if exists (select from ledger_lines where entry_id = new.entry_id group by currency having sum(amount_minor) <> 0) then
    raise exception 'ledger entry % does not balance', new.entry_id using errcode = 'check_violation';
  end if;
  return null;
end $$;

-- Deferred, because an entry balances only when all of its lines are there.
create constraint trigger ledger_lines_balance after insert on ledger_lines
  deferrable initially deferred for each row execute function ledger_entry_must_balance();
create trigger ledger_entries_are_final before update or delete on ledger_entries
  for each row execute function refuse_change();
create trigger ledger_lines_are_final before update or delete on ledger_lines
  for each row execute function refuse_change();
create trigger ledger_entries_stay before truncate on ledger_entries
  for each statement execute function refuse_change();
create trigger ledger_lines_stay before truncate on ledger_lines
  for each statement execute function refuse_change();
