-- Jobs of a suspended customer are off the market until the suspension ends. Said with each job, because search reads
-- narrow indexes alone: these hold only what may be found.
alter table jobs add column is_hidden boolean not null default false;
update jobs set is_hidden = true from users where users.id = customer_id and suspended_at is not null;

drop index jobs_by_date;
create index jobs_by_date on jobs (created_at desc, id desc)
  include (category, currency, budget_minor, rounded_lat, rounded_lng) where status = 'open' and not is_hidden;
drop index jobs_by_category_and_date;
create index jobs_by_category_and_date on jobs (category, created_at desc, id desc)
  include (currency, budget_minor, rounded_lat, rounded_lng) where status = 'open' and not is_hidden;
drop index jobs_by_budget;
create index jobs_by_budget on jobs (currency, budget_minor desc, id desc)
  include (category, created_at, rounded_lat, rounded_lng) where status = 'open' and not is_hidden;
drop index jobs_by_place;
create index jobs_by_place on jobs (rounded_lat, rounded_lng)
  include (category, currency, budget_minor, created_at, id) where status = 'open' and not is_hidden;
drop index jobs_by_text;
create index jobs_by_text on jobs using gin (search, facets) with (fastupdate = off)
  where status = 'open' and not is_hidden;
