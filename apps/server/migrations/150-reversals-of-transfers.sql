-- A contractor gets the money of one payment by several transfers if a chargeback took it and it was given back: each can
-- be reversed by itself.
alter table reversals add column stripe_transfer_id text;
update reversals set stripe_transfer_id = payments.stripe_transfer_id from payments where payments.id = payment_id;
alter table reversals alter column stripe_transfer_id set not null;
create index reversals_transfer on reversals (stripe_transfer_id);
