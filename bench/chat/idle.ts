import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { type Memory, startChild } from '../child.ts';
import { columns, quantile, sorted } from '../report.ts';
import { closeConnections, openConnections } from './connections.ts';
import type { Contestant, Contestants } from './contestants.ts';
import type { HolderSettings } from './hold-connections.ts';
import { type Load, runLoad } from './load.ts';
import { processorTimes } from './measure.ts';
import { tokensOf } from './pairs.ts';
import { socketIoProtocol } from './protocols.ts';

const levels = [1_000, 5_000, 10_000];
const silentCount = 5_000;
// Those who talk while all others are silent.
const talkingPairs = 100;
const talkers = talkingPairs * 2;
const talk = { rate: 100, seconds: 4 };
const pings = 300;
const pingEveryMs = 30;
const settleMs = 2_000;
// Holdfast asks its connections every four seconds whether they are there, and their sessions every three.
const restMs = 12_000;

/** Connections of this process, which talk, and of another, which are there. */
type Crowd = { sockets: WebSocket[]; count: number; close(): Promise<void> };

/** Everybody is a person of their own, and as many more talk with them. */
export const pairsForIdle = (connections: number): number =>
  Math.max(talkingPairs, Math.ceil(connections / 2));

/** Memory of each, and whether a server full of idle connections still answers. */
export async function idle(contestants: Contestants, most: number): Promise<void> {
  await requireDescriptors(most + silentCount);
  const { holdfast, relay, socketIo } = contestants;
  console.log(
    `${'after collecting garbage, of the server alone'.padEnd(48)}${'KiB a connection'.padStart(24)}${'MiB in all'.padStart(16)}${'opened'.padStart(8)}`,
  );
  console.log(
    `${''.padEnd(38)}${'connections'.padStart(10)}${columns(['heap', 'external', 'RSS'])}${columns(['heap', 'RSS'])}${columns(['in s'])}`,
  );
  for (const contestant of [relay, socketIo, holdfast]) {
    const crowd = await fill(contestant, most);
    await talkAmong(contestant, crowd);
    if (contestant === holdfast) await askHoldfast(holdfast, crowd);
    await crowd.close();
  }
}

const startHolder = (contestant: Contestant) =>
  startChild<string>('chat/hold-connections.ts', {
    url: contestant.server.url,
    isSocketIo: contestant.protocol === socketIoProtocol,
  } satisfies HolderSettings);

const runTalk = ({ protocol, pairs }: Contestant, sockets: readonly WebSocket[]) =>
  runLoad(protocol, sockets, pairs.slice(0, talkingPairs), talk.rate, talk.seconds);

/** Opens ever more and prints what each costs. */
async function fill(contestant: Contestant, most: number): Promise<Crowd> {
  const { server, protocol, pairs } = contestant;
  const tokens = tokensOf(pairs);
  const open = () => openConnections(protocol, server.url, tokens.slice(0, talkers));
  // What the first connections make the process load is not the price of one.
  const first = await open();
  await runTalk(contestant, first);
  await closeConnections(first);
  await delay(settleMs);
  const before = await server.memory();
  const sockets = await open();
  const holder = await startHolder(contestant);
  let count = sockets.length;
  for (const level of [...levels.filter((one) => one < most), most]) {
    const startedAt = performance.now();
    const held = await holder.ask<number>({ tokens: tokens.slice(count, level) });
    const seconds = (performance.now() - startedAt) / 1000;
    count = sockets.length + held;
    await delay(settleMs);
    const now = await server.memory();
    const each = (of: keyof Memory) => (now[of] - before[of]) / count / 1024;
    console.log(
      server.name.padEnd(38) +
        String(count).padStart(10) +
        columns([each('heapUsed'), each('external'), each('rss')]) +
        columns([now.heapUsed / 2 ** 20, now.rss / 2 ** 20], 0) +
        columns([seconds]),
    );
  }
  const close = async () => {
    await closeConnections(sockets);
    await holder.stop();
  };
  return { sockets, count, close };
}

const milliseconds = (times: Float64Array) => columns([0.5, 0.95, 0.99].map((part) => quantile(times, part)));

const timesOf = ({ untilAccepted, untilDelivered, lost }: Load) =>
  `ms p50 p95 p99 to the acknowledgement${milliseconds(untilAccepted)}, to the other side${milliseconds(untilDelivered)}` +
  (lost === 0 ? '' : `, ${lost} REFUSED OR LOST`);

async function talkAmong(contestant: Contestant, { sockets, count }: Crowd): Promise<void> {
  const { name } = contestant.server;
  const before = await processorTimes(contestant);
  await delay(restMs);
  const after = await processorTimes(contestant);
  const atRest = after.map((time, index) => (((time - before[index]!) / restMs) * 100).toFixed(1));
  console.log(`${name}, ${count} at rest: ${atRest[0]} % of a processor, PostgreSQL ${atRest[1]} %`);
  await runTalk(contestant, sockets);
  const load = await runTalk(contestant, sockets);
  console.log(`${name}, ${talk.rate} messages/s among ${count}: ${timesOf(load)}`);
}

/** Pings, and messages while others hold the door open without saying who they are. */
async function askHoldfast(contestant: Contestant, { sockets, count }: Crowd): Promise<void> {
  const { name } = contestant.server;
  console.log(`${name}, ping among ${count}: ms p50 p95 p99${milliseconds(await pingTimes(sockets))}`);
  const silent = await startHolder(contestant);
  const before = await silent.ask<number>({ silent: silentCount });
  const load = await runTalk(contestant, sockets);
  const after = await silent.ask<number>('count');
  console.log(
    `${name}, the same with ${before} more that do not authenticate, ${after} at the end: ${timesOf(load)}`,
  );
  const startedAt = performance.now();
  let left = after;
  while (left > 0 && performance.now() - startedAt < 20_000) {
    await delay(100);
    left = await silent.ask<number>('count');
  }
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(`${left} of these are still open ${seconds.toFixed(1)} s later`);
  await silent.stop();
}

async function pingTimes(sockets: readonly WebSocket[]): Promise<Float64Array> {
  const times: number[] = [];
  for (let index = 0; index < pings; index += 1) {
    // Over some time, so that whatever comes now and then is among it.
    await delay(pingEveryMs);
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
