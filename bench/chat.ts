import { loadavg } from 'node:os';
import { systemClock } from '../apps/server/src/clock.ts';
import { closeContext, createContext } from '../apps/server/src/context.ts';
import { migrate } from '../apps/server/src/db/migrate.ts';
import { createLog } from '../apps/server/src/log.ts';
import { type BenchConfig, configOf } from './bench-config.ts';
import { closeConnections, openConnections, tokensOf } from './chat/connections.ts';
import { type Contestant, type Measured, measure, memoryOfIdle } from './chat/measure.ts';
import { barePairs, makePairs } from './chat/pairs.ts';
import { startDurablePostgres } from './chat/postgres.ts';
import type { BareSettings } from './chat/serve-bare.ts';
import { startChild } from './child.ts';

/**
 * What a message costs beside the barest servers that do the same: `node bench/chat.ts [messages a second] [pairs]
 * [seconds]`, or `node bench/chat.ts saturation [first rate] [pairs] [seconds a step]`, which doubles the rate until the
 * p99 to the acknowledgement is above 100 ms or messages fall behind. Times count from when a message should have been sent,
 * so that a server that stalls is not spared. Nothing fails here for being slow: what counts are the ratios.
 */
const isSaturation = process.argv[2] === 'saturation';
const numbers = process.argv.slice(isSaturation ? 3 : 2).map(Number);
const [rate = 1_000, pairCount = isSaturation ? 400 : 100, seconds = isSaturation ? 5 : 10] = numbers;
const idleConnections = 1_000;
const goal = { microseconds: 250, p99: 10 };
const mostP99 = 100;

const load = () =>
  `load of the machine: ${loadavg()
    .map((one) => one.toFixed(1))
    .join(', ')}`;
const quantile = (sorted: Float64Array, part: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
const quantiles = (sorted: Float64Array) =>
  [0.5, 0.95, 0.99, 0.999].map((part) => quantile(sorted, part).toFixed(1).padStart(8)).join('');

const heading = [
  `${''.padEnd(24)}${'messages/s'.padStart(20)}${'ms to the acknowledgement'.padStart(34)}${'ms to the other side'.padStart(34)}${'CPU µs a message'.padStart(28)}`,
  `${''.padEnd(24)}${'asked'.padStart(10)}${'achieved'.padStart(10)}  ${'p50     p95     p99   p99.9'.padStart(32)}  ${'p50     p95     p99   p99.9'.padStart(32)}${'server'.padStart(10)}${'postgres'.padStart(10)}${'sum'.padStart(8)}`,
].join('\n');

function row(name: string, asked: number, measured: Measured): string {
  const { achieved, untilAccepted, untilDelivered, server, postgres, lost } = measured;
  const rates = `${asked.toFixed(0).padStart(10)}${achieved.toFixed(0).padStart(10)}`;
  const costs = `${server.toFixed(0).padStart(10)}${postgres.toFixed(0).padStart(10)}${(server + postgres).toFixed(0).padStart(8)}`;
  const missing = lost === 0 ? '' : `  ${lost} REFUSED OR LOST`;
  return `${name.padEnd(24)}${rates}  ${quantiles(untilAccepted)}  ${quantiles(untilDelivered)}${costs}${missing}`;
}

async function startContestants(postgres: { url: string; pid: number }) {
  await migrate(postgres.url);
  const config: BenchConfig = { databaseUrl: postgres.url, uploadDir: '/nonexistent' };
  const ctx = createContext(configOf(config), systemClock, createLog('error'));
  const pairs = await makePairs(ctx, pairCount).finally(() => closeContext(ctx));
  const start = async (name: string, file: string, settings: BenchConfig | BareSettings) => {
    const { started: url, ...child } = await startChild<string>(file, settings);
    return { name, url, ...child };
  };
  const holdfast = await start('Holdfast', 'chat/serve-holdfast.ts', config);
  const relay = await start('ws alone, nothing kept', 'chat/serve-bare.ts', {});
  const plain = await start('ws, one INSERT each', 'chat/serve-bare.ts', { databaseUrl: postgres.url });
  return [
    { server: holdfast, postgres: postgres.pid, pairs },
    { server: relay, postgres: undefined, pairs: barePairs(pairs) },
    { server: plain, postgres: postgres.pid, pairs: barePairs(pairs) },
  ] satisfies Contestant[];
}

/** One rate, or twice the rate before as long as the server keeps up. */
async function compete(contestant: Contestant): Promise<void> {
  const sockets = await openConnections(contestant.server.url, tokensOf(contestant.pairs));
  // What has never run is slow once, which is not what is measured.
  await measure(contestant, sockets, rate, 2);
  for (let asked = rate; ; asked *= 2) {
    const measured = await measure(contestant, sockets, asked, seconds);
    console.log(row(contestant.server.name, asked, measured));
    const p99 = quantile(measured.untilAccepted, 0.99);
    if (!isSaturation || p99 > mostP99 || measured.achieved < asked * 0.9 || measured.lost > 0) break;
  }
  await closeConnections(sockets);
}

console.log(`${pairCount} pairs, ${seconds} s; PostgreSQL with fsync; ${load()}`);
console.log(
  'socket.io is not installed, so its servers are not among these: all speak plain WebSocket by ws',
);
const postgres = await startDurablePostgres();
try {
  const contestants = await startContestants(postgres);
  try {
    const perConnection = isSaturation ? undefined : await memoryOfIdle(contestants[0]!, idleConnections);
    console.log(heading);
    for (const contestant of contestants) await compete(contestant);
    if (perConnection !== undefined)
      console.log(
        `Holdfast, ${idleConnections} further idle connections: ${(perConnection / 1024).toFixed(1)} KiB each`,
      );
  } finally {
    for (const { server } of contestants) await server.stop();
  }
} finally {
  await postgres.stop();
}
console.log(
  `goal at 1000/s: ${goal.microseconds} µs a message, p99 to the acknowledgement ${goal.p99} ms; ${load()}`,
);
