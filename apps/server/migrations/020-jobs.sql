-- Jobs that customers post, and what contractors offer for them.

-- Distance along the surface of a sphere. Half a percent off the ellipsoid, which is less than the rounding of the points.
create function great_circle_km(lat_a float8, lng_a float8, lat_b float8, lng_b float8) returns float8
language sql immutable parallel safe as $$
  select 12742 * asin(least(1, sqrt(
    power(sind((lat_b - lat_a) / 2), 2) + cosd(lat_a) * cosd(lat_b) * power(sind((lng_b - lng_a) / 2), 2))))
$$;

-- The square of a grid in which a job's rounded point lies, as a word: letter of the grid, row, column.
create function place_square(grid text, lat float8, lng float8, squares_per_degree numeric) returns text
language sql immutable parallel safe as $$
  select grid || floor(round(lat::numeric, 2) * squares_per_degree)::int::text
    || ':' || floor(round(lng::numeric, 2) * squares_per_degree)::int::text
$$;

create table jobs (
  id text primary key,
  customer_id text not null references users (id),
  title text not null,
  description text not null,
  category text not null,
  budget_minor int not null check (budget_minor > 0),
  currency text not null,
  address text not null,
  city text not null,
  lat float8 not null check (lat between -90 and 90),
  lng float8 not null check (lng between -180 and 180),
  -- What others may know of the point (about 1 km). Search measures from here as well: distances to the
  -- exact point from three places would give it away.
  rounded_lat float8 not null generated always as (round(lat::numeric, 2)::float8) stored,
  rounded_lng float8 not null generated always as (round(lng::numeric, 2)::float8) stored,
  wished_date date,
  status text not null check (status in ('open', 'booked', 'completed', 'cancelled')),
  -- Who holds the live or completed booking, and whether they confirmed it and so see the exact place.
  booked_contractor_id text references users (id),
  shows_address boolean not null default false,
  -- Words as they are written: jobs come in any language, and no dictionary fits all.
  search tsvector not null generated always as
    (setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', description), 'B')) stored,
  -- What a text search narrows down by in the same index: see jobs_by_text. The grids are those of jobs/area.ts.
  facets text[] not null generated always as (array[category, currency,
    place_square('s', lat, lng, 10), place_square('m', lat, lng, 2), place_square('l', lat, lng, 0.25)]) stored,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  check ((booked_contractor_id is not null) = (status in ('booked', 'completed'))),
  check (booked_contractor_id is not null or not shows_address)
);
create index jobs_customer on jobs (customer_id, created_at desc, id desc);

-- Search looks at open jobs only. One index per sort order; each carries every filter but the text, so that a
-- search that skips many jobs reads the index alone.
create index jobs_by_date on jobs (created_at desc, id desc)
  include (category, currency, budget_minor, rounded_lat, rounded_lng) where status = 'open';
create index jobs_by_category_and_date on jobs (category, created_at desc, id desc)
  include (currency, budget_minor, rounded_lat, rounded_lng) where status = 'open';
create index jobs_by_budget on jobs (currency, budget_minor desc, id desc)
  include (category, created_at, rounded_lat, rounded_lng) where status = 'open';
create index jobs_by_place on jobs (rounded_lat, rounded_lng)
  include (category, currency, budget_minor, created_at, id) where status = 'open';
-- Words, category, currency and neighbourhood intersected in one index: only jobs that have them all are read.
-- A common word alone would lead to thousands of wide rows, most of them elsewhere.
create index jobs_by_text on jobs using gin (search, facets) with (fastupdate = off) where status = 'open';

create table applications (
  id text primary key,
  job_id text not null references jobs (id),
  contractor_id text not null references users (id),
  quote_minor int not null check (quote_minor > 0),
  currency text not null,
  message text not null,
  status text not null check (status in ('open', 'withdrawn', 'declined', 'accepted')),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  -- A withdrawn application that is handed in again is the same row.
  constraint applications_one_per_contractor unique (job_id, contractor_id)
);
create index applications_job on applications (job_id, created_at desc, id desc);
create index applications_contractor on applications (contractor_id, created_at desc, id desc);
