-- What the sweeps look for, every few seconds, without reading all that was ever finished.
drop index refunds_unread;
create index refunds_unread on refunds (read_at) where status in ('requested', 'pending');
-- A bank may still send these back, for as long as they are young.
create index refunds_done on refunds (completed_at) where status = 'succeeded';
drop index payouts_unread;
create index payouts_unread on payouts (read_at) where status in ('pending', 'in_transit');
create index payouts_paid on payouts (completed_at) where status = 'paid';
create index ledger_lines_debts on ledger_lines (user_id, currency) include (amount_minor) where account = 'contractor_debt';
-- Every balance asks for the contractor's reversals, also those that have just succeeded.
drop index reversals_open;
create index reversals_contractor on reversals (contractor_id, currency);
