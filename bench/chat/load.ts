import type { WebSocket } from 'ws';
import type { Pair } from './pairs.ts';
import type { Hearing, Protocol } from './protocols.ts';

export type Load = {
  /** Messages that reached the other side in time, a second. */
  achieved: number;
  delivered: number;
  /** ms from when a message should have been sent, sorted. */
  untilAccepted: Float64Array;
  untilDelivered: Float64Array;
  /** Messages that were refused or had not come back when waiting ended. */
  lost: number;
  /** How much of one processor the generator itself took: near 1 it measures itself. */
  generator: number;
};

const words = 'Tomorrow at nine would suit me, if you can bring the long ladder and the drill with you. ';
// Whoever is this late has fallen behind anyway.
const waitMs = 3_000;
// Numbers go on from one load to the next, so that what comes too late for one is not taken for the next one's.
let firstIndex = 0;

/**
 * Sends at a rate, whether or not the server keeps up: what waits in a queue of ours counts as waiting. Both of each pair
 * send in turns; `sockets` has two for each pair, in their order.
 */
export async function runLoad(
  protocol: Protocol,
  sockets: readonly WebSocket[],
  pairs: readonly Pair[],
  rate: number,
  seconds: number,
): Promise<Load> {
  const total = rate * seconds;
  const usedBefore = process.cpuUsage();
  const startedAt = performance.now() + 20;
  const intendedAt = (index: number) => startedAt + (index * 1000) / rate;
  const first = firstIndex;
  firstIndex += total;
  const { hearing, finished, stopWaiting, ...times } = noteTimes(first, total, intendedAt);
  const hear = (data: unknown) => protocol.read(String(data), hearing);
  for (const socket of sockets) socket.on('message', hear);
  const run = `${Math.random().toString(36).slice(2, 10)}-`;
  let next = 0;
  const send = () => {
    const now = performance.now();
    for (; next < total && intendedAt(next) <= now; next += 1) {
      const pair = next % pairs.length;
      const side = Math.floor(next / pairs.length) % 2;
      const { roomId } = pairs[pair]!;
      const clientMessageId = `${run}${String(next).padStart(8, '0')}`;
      sockets[pair * 2 + side]!.send(
        protocol.frameOf({
          index: first + next,
          roomId,
          clientMessageId,
          message: `${words}${first + next}`,
        }),
      );
    }
    if (next < total) setTimeout(send, 1);
    else setTimeout(stopWaiting, waitMs).unref();
  };
  send();
  await finished;
  for (const socket of sockets) socket.off('message', hear);
  const took = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(usedBefore);
  return { ...times.read(took / 1000), generator: (user + system) / 1000 / took };
}

/** Keeps when each message was accepted and when it came to the other side; it is finished when all were both. */
function noteTimes(first: number, total: number, intendedAt: (index: number) => number) {
  const untilAccepted = new Float64Array(total).fill(Number.NaN);
  const untilDelivered = new Float64Array(total).fill(Number.NaN);
  const { promise: finished, resolve: stopWaiting } = Promise.withResolvers<void>();
  let acceptedCount = 0;
  let deliveredCount = 0;
  const note = (times: Float64Array, index: number) => {
    if (index < first) return 0;
    times[index - first] = performance.now() - intendedAt(index - first);
    return 1;
  };
  const stopIfAll = () => {
    if (acceptedCount === total && deliveredCount === total) stopWaiting();
  };
  const hearing: Hearing = {
    accepted: (index) => {
      acceptedCount += note(untilAccepted, index);
      stopIfAll();
    },
    delivered: (message) => {
      deliveredCount += note(untilDelivered, Number(message.slice(words.length)));
      stopIfAll();
    },
  };
  const sorted = (times: Float64Array) => times.filter((time) => !Number.isNaN(time)).sort();
  const read = (seconds: number): Omit<Load, 'generator'> => ({
    achieved: deliveredCount / seconds,
    delivered: deliveredCount,
    untilAccepted: sorted(untilAccepted),
    untilDelivered: sorted(untilDelivered),
    lost: total - Math.min(deliveredCount, acceptedCount),
  });
  return { hearing, finished, stopWaiting, read };
}
