import { type Category, type Currency, categories } from '@holdfast/contract';
import { sql } from 'kysely';
import { addMs, minuteMs } from '../apps/server/src/clock.ts';
import type { Db } from '../apps/server/src/db/connect.ts';

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export type World = {
  random: () => number;
  /** Towns from large to small, over an area like Europe. */
  towns: { name: string; lat: number; lng: number; spreadKm: number }[];
  /** Words from frequent to rare. */
  words: string[];
};

export const pick = <T>(random: () => number, list: readonly T[]): T =>
  list[Math.floor(random() * list.length)]!;

/** An index below `length`; small ones far more often, about as words and towns are distributed. */
export const pickRank = (random: () => number, length: number): number =>
  Math.min(length - 1, Math.floor(length ** random()) - 1 + Math.floor(random() * 2));

const syllables = 'ba ke li mo nu ra se ti vo wa zi den gar hol kan lem mar nor pel sta tri ven'.split(' ');

export function makeWorld(seed: number): World {
  const random = randomFrom(seed);
  const word = () =>
    Array.from({ length: 2 + Math.floor(random() * 3) }, () => pick(random, syllables)).join('');
  const words = [...new Set(Array.from({ length: 6_000 }, word))];
  const towns = Array.from({ length: 400 }, (_, rank) => ({
    name: `Town ${rank + 1}`,
    lat: 37 + random() * 23,
    lng: -9 + random() * 35,
    spreadKm: 3 + 12 / Math.sqrt(rank + 1),
  }));
  return { random, towns, words };
}

const currencyShares: readonly Currency[] = [
  'eur',
  'eur',
  'eur',
  'eur',
  'eur',
  'eur',
  'gbp',
  'gbp',
  'chf',
  'pln',
];
const rowsPerInsert = 2_000;

/** Fills an empty, migrated database with people and open jobs posted over the last year. */
export async function seedJobs(db: Db, world: World, count: number, now: Date): Promise<void> {
  const customers = Array.from(
    { length: Math.ceil(count / 40) },
    (_, index) => `usr_${String(index).padStart(22, '0')}`,
  );
  await sql`
    insert into users (id, role, email, email_verified_at, password_hash, name, locale, time_zone, created_at, updated_at)
    select id, 'customer', lower(id) || '@example.org', ${now}, '', 'Customer ' || right(id, 5), 'en', 'UTC', ${now}, ${now}
    from unnest(${customers}::text[]) as id`.execute(db);
  for (let from = 0; from < count; from += rowsPerInsert) {
    const rows = Array.from({ length: Math.min(rowsPerInsert, count - from) }, (_, index) =>
      sampleJob(world, from + index, customers, now),
    );
    await sql`
      insert into jobs (id, customer_id, title, description, category, budget_minor, currency, address, city, lat, lng, status, created_at, updated_at)
      select id, customer_id, title, description, category, budget_minor, currency, '1 Any Street', city, lat, lng, 'open', created_at, created_at
      from json_populate_recordset(null::jobs, ${JSON.stringify(rows)}::json)`.execute(db);
  }
  // What autovacuum does by itself within a minute of so many inserts.
  await sql`vacuum (analyze) jobs`.execute(db);
  await sql`vacuum (analyze) users`.execute(db);
}

function sampleJob(world: World, index: number, customers: string[], now: Date) {
  const { random } = world;
  const category: Category = categories[pickRank(random, categories.length)]!;
  const town = world.towns[pickRank(random, world.towns.length)]!;
  const [lat, lng] = scatter(random, town.lat, town.lng, town.spreadKm);
  const text = (length: number) =>
    Array.from({ length }, () => world.words[pickRank(random, world.words.length)]).join(' ');
  return {
    id: `job_${String(index).padStart(22, '0')}`,
    customer_id: pick(random, customers),
    title: `${category} ${text(4)}`,
    description: text(20 + Math.floor(random() * 100)),
    category,
    budget_minor: Math.round(Math.exp(8.5 + random() * 4.5)),
    currency: pick(random, currencyShares),
    city: town.name,
    lat,
    lng,
    created_at: addMs(now, -Math.floor(random() * 365 * 24 * 60) * minuteMs),
  };
}

/** A point near another, dense in the middle. */
export function scatter(random: () => number, lat: number, lng: number, spreadKm: number): [number, number] {
  const away = spreadKm * Math.sqrt(-2 * Math.log(1 - random()));
  const angle = random() * 2 * Math.PI;
  return [
    lat + (away * Math.cos(angle)) / 111.2,
    lng + (away * Math.sin(angle)) / (111.2 * Math.cos((lat * Math.PI) / 180)),
  ];
}
