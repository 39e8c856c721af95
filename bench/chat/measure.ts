import { setTimeout as delay } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { processorTimeOf, processorTimeOfFamily } from '../child.ts';
import type { Contestant } from './contestants.ts';
import { type Load, runLoad } from './load.ts';

/** `server` and `postgres`: processor time for each delivered message, in µs, without what they take at rest. */
export type Measured = Load & { server: number; postgres: number };

const restMs = 2_000;

/** Processor time so far, in ms: of the server, and of the PostgreSQL behind it. */
export async function processorTimes({ server, postgres }: Contestant): Promise<[number, number]> {
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
  const load = await runLoad(contestant.protocol, sockets, contestant.pairs, rate, seconds);
  const rests = (performance.now() - startedAt) / restMs;
  const after = await processorTimes(contestant);
  const costOf = (index: 0 | 1) =>
    ((after[index] - before[index] - rests * (before[index] - atRest[index])) * 1000) / load.delivered;
  return { ...load, server: costOf(0), postgres: costOf(1) };
}
