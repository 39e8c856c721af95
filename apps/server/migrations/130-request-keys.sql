-- The caller's idempotency key beside what came of it: the same request cannot do it twice, even if the process died
-- between doing it and keeping the answer.
alter table jobs add column request_key text;
create unique index jobs_request on jobs (customer_id, request_key) where request_key is not null;
alter table bookings add column request_key text;
create unique index bookings_request on bookings (customer_id, request_key) where request_key is not null;
alter table refunds add column request_key text;
create unique index refunds_request on refunds (admin_id, request_key) where request_key is not null;

-- Money that can never be taken back, because the account it lies at has been left: the contractor owes it instead.
alter table reversals add column given_up_at timestamptz(3);
alter table reversals add constraint reversals_end_once check (succeeded_at is null or given_up_at is null);
drop index reversals_open;
create index reversals_open on reversals (contractor_id, currency) include (amount_minor)
  where succeeded_at is null and given_up_at is null;
drop index reversals_unsent;
create index reversals_unsent on reversals (read_at) where succeeded_at is null and given_up_at is null;
