import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import type { Memory } from '../child.ts';
import { columns, quantile, sorted } from '../report.ts';
import { closeConnections, openConnections, openSilent } from './connections.ts';
import type { Contestant, Contestants } from './contestants.ts';
import { type Load, runLoad } from './load.ts';
import { processorTimes } from './measure.ts';
import { tokensOf } from './pairs.ts';

const levels = [1_000, 5_000, 10_000];
const silentCount = 5_000;
// Those who talk while all others are silent.
const talkingPairs = 100;
const talk = { rate: 100, seconds: 4 };
const pings = 300;
const settleMs = 2_000;
// Holdfast asks its connections every four seconds whether they are there, and their sessions every three.
const restMs = 12_000;

/** Everybody is a person of their own, and as many more talk with them. */
export const pairsForIdle = (connections: number): number =>
  Math.max(talkingPairs, Math.ceil(connections / 2));

/** Memory of each, and whether a server full of idle connections still answers. */
export async function idle(contestants: Contestants, most: number): Promise<void> {
  await requireDescriptors(most + silentCount);
  const { holdfast, relay, socketIo } = contestants;
  console.log(
    `${'after collecting garbage, of the server alone'.padEnd(48)}${'KiB a connection'.padStart(24)}${'MiB in all'.padStart(16)}`,
  );
  console.log(
    `${''.padEnd(38)}${'connections'.padStart(10)}${columns(['heap', 'external', 'RSS'])}${columns(['heap', 'RSS'])}`,
  );
  for (const contestant of [relay, socketIo, holdfast]) {
    const sockets = await fill(contestant, most);
    await talkAmongIdle(contestant, sockets);
    if (contestant === holdfast) await askHoldfast(holdfast, sockets);
    await closeConnections(sockets);
  }
}

/** Opens ever more and prints what each costs. Resolves with all that are open then. */
async function fill(contestant: Contestant, most: number): Promise<WebSocket[]> {
  const { server, protocol, pairs } = contestant;
  const tokens = tokensOf(pairs).slice(0, Math.max(most, talkingPairs * 2));
  // What the first connections make the process load is not the price of one.
  const first = await openConnections(protocol, server.url, tokens.slice(0, talkingPairs * 2));
  await runLoad(protocol, first, pairs.slice(0, talkingPairs), talk.rate, 2);
  await closeConnections(first);
  await delay(settleMs);
  const before = await server.memory();
  const sockets: WebSocket[] = [];
  for (const level of [...levels.filter((one) => one < most), most]) {
    sockets.push(...(await openConnections(protocol, server.url, tokens.slice(sockets.length, level))));
    await delay(settleMs);
    const { rss, heapUsed, external } = await server.memory();
    const each = (of: keyof Memory, now: number) => (now - before[of]) / sockets.length / 1024;
    console.log(
      server.name.padEnd(38) +
        String(sockets.length).padStart(10) +
        columns([each('heapUsed', heapUsed), each('external', external), each('rss', rss)]) +
        columns([heapUsed / 2 ** 20, rss / 2 ** 20], 0),
    );
  }
  return sockets;
}

const timesOf = ({ untilAccepted, untilDelivered, lost }: Load) =>
  [untilAccepted, untilDelivered]
    .map((times) => columns([0.5, 0.95, 0.99].map((part) => quantile(times, part))))
    .join('  to the other side') + (lost === 0 ? '' : `  ${lost} REFUSED OR LOST`);

async function talkAmongIdle(contestant: Contestant, sockets: readonly WebSocket[]): Promise<void> {
  const { server, protocol, pairs } = contestant;
  const before = await processorTimes(contestant);
  await delay(restMs);
  const after = await processorTimes(contestant);
  const atRest = [0, 1].map((index) => (((after[index]! - before[index]!) / restMs) * 100).toFixed(1));
  // Only the last process measured here has a share in what PostgreSQL does at rest.
  console.log(`${server.name} at rest takes ${atRest[0]} % of a processor, PostgreSQL ${atRest[1]} %`);
  const run = () =>
    runLoad(protocol, talking(sockets), pairs.slice(0, talkingPairs), talk.rate, talk.seconds);
  await run();
  console.log(
    `${server.name}, ${talk.rate} messages/s among ${sockets.length}: ms p50 p95 p99 to the acknowledgement${timesOf(await run())}`,
  );
}

const talking = (sockets: readonly WebSocket[]) => sockets.slice(0, talkingPairs * 2);

/** Pings, and messages while others hold the door open without saying who they are. */
async function askHoldfast(contestant: Contestant, sockets: readonly WebSocket[]): Promise<void> {
  const { server, protocol, pairs } = contestant;
  const times = await pingTimes(sockets);
  console.log(
    `${server.name}, ping among ${sockets.length}: ms p50 p95 p99${columns([0.5, 0.95, 0.99].map((part) => quantile(times, part)))}`,
  );
  const silent = await openSilent(protocol, server.url, silentCount);
  const areOpen = () => silent.filter((socket) => socket.readyState === socket.OPEN).length;
  const openBefore = areOpen();
  const load = await runLoad(
    protocol,
    talking(sockets),
    pairs.slice(0, talkingPairs),
    talk.rate,
    talk.seconds,
  );
  console.log(
    `${server.name}, the same with ${openBefore} more that do not authenticate, at the end ${areOpen()}: ` +
      `ms p50 p95 p99 to the acknowledgement${timesOf(load)}`,
  );
  const startedAt = performance.now();
  while (areOpen() > 0 && performance.now() - startedAt < 20_000) await delay(100);
  console.log(
    `${areOpen()} of the ${silentCount} are still open ${((performance.now() - startedAt) / 1000).toFixed(1)} s later`,
  );
  await closeConnections(silent);
}

async function pingTimes(sockets: readonly WebSocket[]): Promise<Float64Array> {
  const times: number[] = [];
  for (let index = 0; index < pings; index += 1) {
    const socket = sockets[Math.floor((index * sockets.length) / pings)]!;
    const startedAt = performance.now();
    await new Promise<void>((resolve) => {
      const hear = (data: unknown) => {
        if (!String(data).startsWith('{"type":"pong"')) return;
        socket.off('message', hear);
        resolve();
      };
      socket.on('message', hear);
      socket.send(JSON.stringify({ type: 'ping', id: `p${index}` }));
    });
    times.push(performance.now() - startedAt);
  }
  return sorted(times);
}

/** Node takes as many as it may; that this is enough is for whoever starts it to see to. */
async function requireDescriptors(connections: number): Promise<void> {
  const limits = await readFile('/proc/self/limits', 'latin1').catch(() => '');
  const [, allowed] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
  const needed = connections + 200;
  if (allowed !== undefined && Number(allowed) < needed)
    throw new Error(
      `${needed} open files are needed and ${allowed} allowed: raise it by "ulimit -n ${needed}"`,
    );
}
