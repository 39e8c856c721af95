import type { ClientFrame, ServerFrame } from '@holdfast/contract';
import type { WebSocket } from 'ws';
import type { Pair } from './pairs.ts';

export type Load = {
  /** Messages that reached the other side in time, a second. */
  achieved: number;
  delivered: number;
  /** ms from when a message should have been sent, sorted. */
  untilAccepted: Float64Array;
  untilDelivered: Float64Array;
  /** Messages that were refused or had not come back when waiting ended. */
  lost: number;
};

const words = 'Tomorrow at nine would suit me, if you can bring the long ladder and the drill with you. ';
// Whoever is this late has fallen behind anyway.
const waitMs = 3_000;

/**
 * Sends at a rate, whether or not the server keeps up: what waits in a queue of ours counts as waiting. Both of each pair
 * send in turns; `sockets` has two for each pair, in their order.
 */
export function runLoad(
  sockets: readonly WebSocket[],
  pairs: readonly Pair[],
  rate: number,
  seconds: number,
): Promise<Load> {
  const total = rate * seconds;
  const untilAccepted = new Float64Array(total).fill(Number.NaN);
  const untilDelivered = new Float64Array(total).fill(Number.NaN);
  const startedAt = performance.now() + 20;
  const intendedAt = (index: number) => startedAt + (index * 1000) / rate;
  let deliveredCount = 0;
  let acceptedCount = 0;
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const hear = (data: unknown) => {
    const now = performance.now();
    const frame = JSON.parse(String(data)) as ServerFrame;
    if (frame.type === 'accepted') {
      const index = Number(frame.id);
      untilAccepted[index] = now - intendedAt(index);
      acceptedCount += 1;
    } else if (frame.type === 'message') {
      const index = Number(frame.message.message.slice(words.length));
      untilDelivered[index] = now - intendedAt(index);
      deliveredCount += 1;
    }
    if (acceptedCount === total && deliveredCount === total) finish();
  };
  for (const socket of sockets) socket.on('message', hear);
  const run = `${Math.random().toString(36).slice(2, 10)}-`;
  let next = 0;
  const send = () => {
    const now = performance.now();
    for (; next < total && intendedAt(next) <= now; next += 1) {
      const pair = next % pairs.length;
      const side = Math.floor(next / pairs.length) % 2;
      sockets[pair * 2 + side]!.send(JSON.stringify(frameOf(pairs[pair]!.roomId, run, next)));
    }
    if (next < total) setTimeout(send, 1);
    else setTimeout(finish, waitMs).unref();
  };
  send();
  return finished.then(() => {
    for (const socket of sockets) socket.off('message', hear);
    const seconds = (performance.now() - startedAt) / 1000;
    return {
      achieved: deliveredCount / seconds,
      delivered: deliveredCount,
      untilAccepted: untilAccepted.filter((time) => !Number.isNaN(time)).sort(),
      untilDelivered: untilDelivered.filter((time) => !Number.isNaN(time)).sort(),
      lost: total - Math.min(deliveredCount, acceptedCount),
    };
  });
}

const frameOf = (roomId: string, run: string, index: number): ClientFrame => ({
  type: 'send',
  id: String(index),
  roomId,
  clientMessageId: `${run}${String(index).padStart(8, '0')}`,
  message: `${words}${index}`,
});
