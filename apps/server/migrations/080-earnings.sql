-- For the reports of contractors: what they have earned and what is on its way to them.

-- All that changes what is owed to one person, read from the index alone. With it the sums of ten thousand released
-- payments take 70 ms; without it every line is fetched by itself, or every entry of the platform is read (350 ms at
-- half a million entries).
create index ledger_lines_owed on ledger_lines (user_id, entry_id) include (payment_id, currency, amount_minor)
  where account in ('contractor_balance', 'payout_pending');

-- The few payments held for somebody among all that they ever had.
create index payments_held on payments (contractor_id, created_at desc, id desc) where status = 'held';
