import { categories, JobSearch } from '@holdfast/contract';
import { readConfig } from '../apps/server/src/config.ts';
import { type Ctx, closeContext, createContext } from '../apps/server/src/context.ts';
import { migrate } from '../apps/server/src/db/migrate.ts';
import type { Actor } from '../apps/server/src/http/authenticate.ts';
import { searchJobs } from '../apps/server/src/jobs/search.ts';
import { startTemporaryPostgres } from '../apps/server/src/local/temporary-postgres.ts';
import { createLog } from '../apps/server/src/log.ts';
import { makeWorld, pick, pickRank, scatter, seedJobs, type World } from './sample-jobs.ts';

/**
 * How long a search takes among 100,000 open jobs: `node bench/job-search.ts [jobs] [searches per kind]`.
 * Every kind is a mix of random searches and of the pages behind them. Fails if a p95 reaches 50 ms.
 */
const jobCount = Number(process.argv[2] ?? 100_000);
const searchesPerKind = Number(process.argv[3] ?? 200);
const limitMs = 50;
const pagesDeep = 6;
const now = new Date('2027-03-01T09:00:00.000Z');
const actor: Actor = {
  userId: 'usr_bench',
  role: 'contractor',
  sessionId: 'ses_bench',
  hasSecondFactor: false,
};

type Query = Record<string, string>;
type Filter = (world: World) => Query;

const filters = {
  text: (world) => ({
    q: Array.from(
      { length: pick(world.random, [1, 1, 2]) },
      () => world.words[pickRank(world.random, world.words.length)],
    ).join(' '),
  }),
  category: (world) => ({ category: categories[pickRank(world.random, categories.length)]! }),
  distance: (world) => {
    const town = world.towns[pickRank(world.random, world.towns.length)]!;
    const [lat, lng] = scatter(world.random, town.lat, town.lng, 10);
    const radiusKm = pick(world.random, [1, 5, 10, 25, 50, 100, 250, 500]);
    return { lat: lat.toFixed(5), lng: lng.toFixed(5), radiusKm: String(radiusKm) };
  },
  budget: (world) => {
    const minimum = Math.round(Math.exp(8.5 + world.random() * 4));
    return {
      currency: pick(world.random, ['eur', 'eur', 'gbp', 'chf']),
      minBudget: String(minimum),
      maxBudget: String(Math.round(minimum * (1.1 + world.random() * 4))),
    };
  },
} satisfies Record<string, Filter>;

/** Every set of filters with every sort order it allows. */
function kinds(): { name: string; make: Filter }[] {
  const names = Object.keys(filters) as (keyof typeof filters)[];
  return Array.from({ length: 2 ** names.length }, (_, bits) =>
    names.filter((_name, index) => bits & (1 << index)),
  ).flatMap((used) =>
    (['date', 'distance', 'budget'] as const)
      .filter((sort) => sort !== 'distance' || used.includes('distance'))
      .map((sort) => ({
        name: `${used.join('+') || 'nothing'} by ${sort}`,
        make: (world: World) => ({
          ...(sort === 'budget' ? { currency: 'eur' } : {}),
          ...Object.assign({}, ...used.map((filter) => filters[filter](world))),
          sort,
        }),
      })),
  );
}

async function measure(ctx: Ctx, world: World, make: Filter): Promise<{ times: number[]; slowest: string }> {
  const times: number[] = [];
  let slowest = '';
  while (times.length < searchesPerKind) {
    let query = make(world);
    for (let page = 0; page < pagesDeep && times.length < searchesPerKind; page += 1) {
      const search = JobSearch.parse(query);
      const startedAt = performance.now();
      const answer = await searchJobs(ctx, actor, search);
      const time = performance.now() - startedAt;
      if (times.every((other) => other < time)) slowest = JSON.stringify({ ...query, cursor: page });
      times.push(time);
      // Half of the searches are first pages.
      if (answer.nextCursor === null || (page === 0 && world.random() < 0.6)) break;
      query = { ...query, cursor: answer.nextCursor };
    }
  }
  return { times: times.sort((one, other) => one - other), slowest };
}

const quantile = (sorted: number[], part: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!;
const line = (name: string, sorted: number[]) =>
  `${name.padEnd(44)}${[0.5, 0.95, 0.99, 1].map((part) => quantile(sorted, part).toFixed(1).padStart(8)).join('')}`;

const server = await startTemporaryPostgres('bench');
try {
  await migrate(server.url);
  const ctx = createContext(
    {
      ...readConfig({ LOG_LEVEL: 'error' }),
      databaseUrl: server.url,
      smtpUrl: 'smtp://127.0.0.1:9',
      stripe: {
        secretKey: 'sk_test_unused0000000000',
        publishableKey: 'pk_test_unused0000000000',
        webhookSecrets: [],
        apiBase: 'http://127.0.0.1:9',
      },
    },
    { now: () => now },
    createLog('error'),
  );
  const world = makeWorld(20_270_301);
  const startedAt = performance.now();
  await seedJobs(ctx.db, world, jobCount, now);
  console.log(`${jobCount} open jobs written in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  console.log(
    `${'milliseconds'.padEnd(44)}${['p50', 'p95', 'p99', 'max'].map((name) => name.padStart(8)).join('')}`,
  );
  const all: number[] = [];
  let worst = 0;
  for (const { name, make } of kinds()) {
    const { times, slowest } = await measure(ctx, world, make);
    console.log(line(name, times), quantile(times, 0.95) > limitMs / 2 ? slowest : '');
    worst = Math.max(worst, quantile(times, 0.95));
    all.push(...times);
  }
  console.log(
    line(
      'all',
      all.sort((one, other) => one - other),
    ),
  );
  if (worst >= limitMs) process.exitCode = 1;
  await closeContext(ctx);
} finally {
  await server.stop();
}
