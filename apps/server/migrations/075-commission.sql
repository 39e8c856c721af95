-- The commission over time, and what reports need.

create table commission_rates (
  id text primary key,
  -- Order of writing: of two rates with one date of effect the later one counts.
  seq bigint not null unique generated always as identity,
  -- null ends the rule: the next broader one applies from then on
  basis_points int check (basis_points between 0 and 9000),
  -- null is any
  category text,
  contractor_id text references users (id),
  effective_from timestamptz(3) not null,
  reason text not null,
  created_by text not null references users (id),
  created_at timestamptz(3) not null
);
create index commission_rates_lookup on commission_rates (contractor_id, category, effective_from desc, seq desc);
create index commission_rates_newest on commission_rates (created_at desc, id desc);
-- Payments remember what was agreed; the history of the rates stays as it was as well.
create trigger commission_rates_are_final before update or delete on commission_rates
  for each row execute function refuse_change();
create trigger commission_rates_stay before truncate on commission_rates
  for each statement execute function refuse_change();

-- Reports read the ledger by the time at which it was booked.
create index ledger_entries_created_at on ledger_entries (created_at);
