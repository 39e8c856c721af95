-- A customer that was deleted at Stripe is replaced by another one: first, second … of the same person. Without an id
-- while the next is still to be made.
alter table stripe_customers add column number int not null default 1 check (number >= 1);
alter table stripe_customers alter column stripe_customer_id drop not null;
