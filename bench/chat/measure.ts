import { setTimeout as delay } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { memoryOf, processorTimeOf, processorTimeOfFamily, type Server } from '../child.ts';
import { closeConnections, openConnections, tokensOf } from './connections.ts';
import { type Load, runLoad } from './load.ts';
import type { Pair } from './pairs.ts';

/** A server with the PostgreSQL behind it, if there is one, and whom it knows. */
export type Contestant = { server: Server; postgres: number | undefined; pairs: Pair[] };

/** `server` and `postgres`: processor time for each delivered message, in µs, without what they take at rest. */
export type Measured = Load & { server: number; postgres: number };

const restMs = 2_000;

async function processorTimes({ server, postgres }: Contestant): Promise<[number, number]> {
  return [
    (await processorTimeOf(server.pid)) ?? Number.NaN,
    postgres === undefined ? 0 : ((await processorTimeOfFamily(postgres)) ?? Number.NaN),
  ];
}

/** One load on connections that are open, and what it cost beyond doing nothing. */
export async function measure(
  contestant: Contestant,
  sockets: readonly WebSocket[],
  rate: number,
  seconds: number,
): Promise<Measured> {
  const atRest = await processorTimes(contestant);
  await delay(restMs);
  const before = await processorTimes(contestant);
  const startedAt = performance.now();
  const load = await runLoad(sockets, contestant.pairs, rate, seconds);
  const rests = (performance.now() - startedAt) / restMs;
  const after = await processorTimes(contestant);
  const costOf = (index: 0 | 1) =>
    ((after[index] - before[index] - rests * (before[index] - atRest[index])) * 1000) / load.delivered;
  return { ...load, server: costOf(0), postgres: costOf(1) };
}

/** How much memory the server takes for each further connection that does nothing, in bytes. */
export async function memoryOfIdle({ server, pairs }: Contestant, count: number): Promise<number> {
  const tokens = tokensOf(pairs);
  // What the first connections make the process load is not the price of one.
  await closeConnections(await openConnections(server.url, tokens));
  await delay(restMs);
  const before = (await memoryOf(server.pid)) ?? Number.NaN;
  const sockets = await openConnections(
    server.url,
    Array.from({ length: count }, (_, index) => tokens[index % tokens.length]!),
  );
  await delay(restMs);
  const after = (await memoryOf(server.pid)) ?? Number.NaN;
  await closeConnections(sockets);
  return (after - before) / count;
}
