import type { WebSocket } from 'ws';
import { systemClock } from '../apps/server/src/clock.ts';
import { type Ctx, closeContext, createContext } from '../apps/server/src/context.ts';
import { migrate } from '../apps/server/src/db/migrate.ts';
import { createLog } from '../apps/server/src/log.ts';
import { type BenchConfig, configOf } from './bench-config.ts';
import { closeConnections, openConnections } from './chat/connections.ts';
import { startDurablePostgres } from './chat/postgres.ts';
import { plainProtocol } from './chat/protocols.ts';
import type { HoldfastStarted } from './chat/serve-holdfast.ts';
import { processorTimeOf, processorTimeOfFamily, startChild } from './child.ts';
import { type LongRoom, makeLongRoom } from './history/long-room.ts';
import { closeAgent, type Reading, readingsByRest, readingsBySocket } from './history/readings.ts';
import { columns, type Goal, goalLines, machineLoad, quantile, sorted } from './report.ts';

/**
 * What reading costs in a room of a million messages, beside one of a thousand, before and after the long one is there:
 * `node bench/history.ts [messages] [calls]`. One call after another, over real connections; every answer is checked.
 */
const [long = 1_000_000, calls = 300] = process.argv.slice(2).map(Number);
const short = 1_000;
const warmUps = 20;
// Below the smallest rate limit of what is called, which is reset between.
const callsPerReset = 50;
// What is too slow for all calls is measured with fewer.
const mostMsPerReading = 20_000;
const mostMsToWarmUp = 2_000;
const goalMs = 2;

type Bench = { ctx: Ctx; serverPid: number; postgresPid: number };
/** `server` and `postgres`: processor time of a call in ms, which a busy machine changes less than the times. */
type Measured = { reading: string; times: Float64Array; server: number; postgres: number };

async function measure({ ctx, ...pids }: Bench, reading: Reading, room: LongRoom): Promise<Measured> {
  const times: number[] = [];
  let asked = 0;
  const before = await processorTimes(pids);
  const startedAt = performance.now();
  for (let turn = 0; times.length < calls; turn += 1) {
    if (turn % callsPerReset === 0) await ctx.db.deleteFrom('rate_limits').execute();
    const askedAt = performance.now();
    const answer = await reading.ask(room, turn);
    const time = performance.now() - askedAt;
    if (!reading.isRight(JSON.parse(answer), room, turn))
      throw new Error(`${reading.name} was answered with ${answer.slice(0, 1_000)}`);
    const elapsed = performance.now() - startedAt;
    if (turn >= warmUps || elapsed > mostMsToWarmUp) times.push(time);
    asked += 1;
    if (elapsed > mostMsPerReading) break;
  }
  const after = await processorTimes(pids);
  const [server, postgres] = after.map((time, index) => (time - before[index]!) / asked);
  return { reading: reading.name, times: sorted(times), server: server!, postgres: postgres! };
}

const processorTimes = async ({ serverPid, postgresPid }: Omit<Bench, 'ctx'>) => [
  (await processorTimeOf(serverPid)) ?? Number.NaN,
  (await processorTimeOfFamily(postgresPid)) ?? Number.NaN,
];

async function measureAll(
  bench: Bench,
  title: string,
  readings: readonly Reading[],
  room: LongRoom,
): Promise<Measured[]> {
  console.log(
    `\n${title.padEnd(40)}${columns(['p50', 'p95', 'p99', 'calls'])}   CPU${columns(['server', 'postgres'])}`,
  );
  const all: Measured[] = [];
  for (const reading of readings) {
    const measured = await measure(bench, reading, room);
    const { times, server, postgres } = measured;
    const quantiles = [0.5, 0.95, 0.99].map((part) => quantile(times, part));
    console.log(
      `${measured.reading.padEnd(40)}${columns(quantiles, 2)}${columns([times.length], 0)}${''.padEnd(6)}${columns([server, postgres], 2)}`,
    );
    all.push(measured);
  }
  return all;
}

async function compare(bench: Bench, { url, apiUrl }: HoldfastStarted): Promise<Goal[]> {
  const sockets = new Map<LongRoom, WebSocket>();
  const open = async (length: number) => {
    const startedAt = performance.now();
    const room = await makeLongRoom(bench.ctx, length);
    console.log(`\n${length} messages written in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    const [socket] = await openConnections(plainProtocol, url, [room.viewer.accessToken]);
    sockets.set(room, socket!);
    return room;
  };
  const readings = [...readingsByRest(apiUrl), ...readingsBySocket((room) => sockets.get(room)!)];
  const shortRoom = await open(short);
  await measureAll(bench, `ms of a room of ${short}, alone`, readings, shortRoom);
  const longRoom = await open(long);
  await measureAll(bench, `ms of a room of ${short}, beside the other`, readings, shortRoom);
  const measured = await measureAll(bench, `ms of a room of ${long}`, readings, longRoom);
  await closeConnections([...sockets.values()]);
  return measured
    .filter(({ reading }) => reading.includes('the last'))
    .map(({ reading, times }) => ({
      what: `${reading} of ${long}, p50`,
      measured: quantile(times, 0.5),
      most: goalMs,
      unit: 'ms',
    }));
}

console.log(`${calls} calls each; PostgreSQL with fsync; ${machineLoad()}`);
const postgres = await startDurablePostgres();
try {
  await migrate(postgres.url);
  const config: BenchConfig = { databaseUrl: postgres.url, uploadDir: '/nonexistent' };
  const ctx = createContext(configOf(config), systemClock, createLog('error'));
  const { started, pid, stop } = await startChild<HoldfastStarted>('chat/serve-holdfast.ts', config);
  try {
    const bench = { ctx, serverPid: pid, postgresPid: postgres.pid };
    console.log(`\n${goalLines(await compare(bench, started))}`);
  } finally {
    closeAgent();
    await stop();
    await closeContext(ctx);
  }
} finally {
  await postgres.stop();
}
console.log(machineLoad());
