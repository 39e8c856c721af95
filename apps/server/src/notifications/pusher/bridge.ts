import { pusherChannelOf } from '@holdfast/contract';
import { minuteMs } from '../../clock.ts';
import type { Ctx } from '../../context.ts';
import {
  maximumDataBytes,
  mostEvents,
  type PusherClient,
  type PusherEvent,
  pusherFailure,
} from '../../vendors/pusher.ts';
import type { Dispatch } from '../../ws/bus.ts';

export type Bridge = {
  /** What waits for Pusher, in events. */
  waiting(): number;
  /** Takes nothing more; resolves when what waited has been told, or a few seconds are over. */
  stop(): Promise<void>;
};

/** Frames that are told at Pusher as well. Who types and who is there changes too often to be worth an event each. */
const bridged = new Set(['message', 'receipt', 'room']);

const mostWaiting = 1_000;
const requestsAtOnce = 4;
const stopMs = 3_000;

/**
 * Tells what the chat tells live at Pusher Channels, too. Every process that publishes has one, and each tells what was
 * published in its own: so everything is told once, with or without Redis. As on the socket it is a hint: the chat never
 * waits for it, what Pusher does not take in time is dropped, and clients find a gap by `seq`.
 */
export function bridgeChat(ctx: Ctx): Bridge {
  const { pusher } = ctx;
  if (pusher === undefined) return { waiting: () => 0, stop: async () => undefined };
  const queue = createQueue(ctx, pusher);
  const leave = ctx.bus.subscribe((dispatch, isOwn) => {
    if (isOwn) for (const event of toEvents(dispatch)) queue.add(event);
  });
  return {
    waiting: queue.waiting,
    stop: async () => {
      leave();
      await queue.empty();
    },
  };
}

/** The events of a dispatch: one for each person, none for frames that are not told. */
function toEvents({ to, frame, place }: Dispatch): PusherEvent[] {
  // Looked at before it is read: most frames are of other types.
  const type = /^\{"type":"(\w+)"/.exec(frame)?.[1];
  if (type === undefined || !bridged.has(type)) return [];
  const { type: _event, ...rest } = JSON.parse(frame) as { type: string; message?: Place };
  const isTooLarge = Buffer.byteLength(frame) > maximumDataBytes;
  const { roomId, seq } = place ?? rest.message ?? {};
  const data = isTooLarge ? { roomId, seq } : rest;
  return to.map((userId) => ({ channel: pusherChannelOf(userId), event: type, data }));
}

type Place = { roomId: string; seq: number };

type Queue = { add(event: PusherEvent): void; waiting(): number; empty(): Promise<void> };

function createQueue(ctx: Ctx, pusher: PusherClient): Queue {
  const events: PusherEvent[] = [];
  const workers = new Set<Promise<void>>();
  let running = 0;
  const complain = createComplaint(ctx);
  const work = async () => {
    // So that what is published together goes together.
    await Promise.resolve();
    for (let batch = events.splice(0, mostEvents); batch.length > 0; batch = events.splice(0, mostEvents))
      await pusher.trigger(batch).catch((error) => complain(batch.length, pusherFailure(error).reason));
    // Here, and not when its promise is done: what is added between would wait for nobody.
    running -= 1;
  };
  return {
    add: (event) => {
      if (events.length >= mostWaiting) return complain(1, 'overflow');
      events.push(event);
      if (running >= requestsAtOnce || running * mostEvents >= events.length) return;
      running += 1;
      const worker = work().finally(() => workers.delete(worker));
      workers.add(worker);
    },
    waiting: () => events.length,
    empty: async () => {
      const limit = Promise.withResolvers<void>();
      const timer = setTimeout(limit.resolve, stopMs);
      await Promise.race([Promise.all(workers), limit.promise]).finally(() => clearTimeout(timer));
    },
  };
}

/** Once a minute at most, with how many it were since. */
function createComplaint(ctx: Ctx): (count: number, reason: string) => void {
  let dropped = 0;
  let nextAt = 0;
  return (count, reason) => {
    dropped += count;
    const now = ctx.clock.now().getTime();
    if (now < nextAt) return;
    ctx.log.warn({ dropped, reason }, 'Pusher was not told everything that the chat told');
    dropped = 0;
    nextAt = now + minuteMs;
  };
}
