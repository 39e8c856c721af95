-- What a bank gives back after a chargeback was lost is nobody's until an admin says whose: of the payment's account
-- `chargebacks` in the ledger, which knows no single chargeback, this much is each one's.
alter table chargebacks
  -- What the loss has cost the contractor: their share of held money, or what was taken from them.
  add column contractor_lost_minor bigint not null default 0 check (contractor_lost_minor >= 0),
  -- What the bank has moved since it decided: given back less taken once more.
  add column returned_minor bigint not null default 0,
  -- What of that was settled, and what of what was settled is the contractor's.
  add column settled_minor bigint not null default 0 check (settled_minor >= 0),
  add column regained_minor bigint not null default 0,
  add constraint chargebacks_regain_what_was_lost check (regained_minor between 0 and least(contractor_lost_minor, settled_minor));

-- Their share of held money is not in the ledger: it is computed, and rounded down.
update chargebacks set contractor_lost_minor = lost.minor from (
  select cause, floor(sum(ledger_lines.amount_minor * case account when 'escrow' then 10000 - commission_basis_points else 10000 end / 10000.0))::bigint as minor
  from ledger_entries join ledger_lines on entry_id = ledger_entries.id join payments on payments.id = ledger_entries.payment_id
  where cause like 'chargeback-lost:%' and account in ('escrow', 'contractor_balance', 'contractor_debt', 'chargeback_reserve')
  group by cause
) as lost where cause = 'chargeback-lost:' || chargebacks.id;

-- Where no chargeback of the payment is open all that stands on its account came back, of the one that was lost last.
update chargebacks set returned_minor = back.minor from (
  select distinct on (chargebacks.payment_id) chargebacks.id, booked.minor
  from chargebacks join (
    select payment_id, -sum(amount_minor) as minor from ledger_lines where account = 'chargebacks' group by payment_id
  ) as booked on booked.payment_id = chargebacks.payment_id and minor > 0
  where outcome = 'lost'
    and not exists (select from chargebacks as other where other.payment_id = chargebacks.payment_id and outcome is null)
  order by chargebacks.payment_id, closed_at desc, chargebacks.id
) as back where back.id = chargebacks.id;

create index chargebacks_unsettled on chargebacks (id) where returned_minor > settled_minor;
