import { pusherChannelOf } from '@holdfast/contract';
import type { Ctx } from '../../context.ts';
import {
  maximumDataBytes,
  mostEvents,
  type PusherClient,
  type PusherEvent,
  type PusherFailure,
  pusherFailure,
} from '../../vendors/pusher.ts';
import { listPage, pageOf } from '../pages.ts';
import type { Outcome } from './outcome.ts';
import type { Parcel } from './parcel.ts';

/** How many requests of a delivery are under way at once. */
const requestsAtOnce = 5;

/** Triggers `notification` on the channel of each parcel's person. One outcome for each, in their order. */
export async function sendPusher(ctx: Ctx, parcels: readonly Parcel[]): Promise<Outcome[]> {
  const { pusher } = ctx;
  if (pusher === undefined) return parcels.map(() => ({ kind: 'suppressed', reason: 'not_configured' }));
  const batches: PusherEvent[][] = [];
  for (let index = 0; index < parcels.length; index += mostEvents)
    batches.push(parcels.slice(index, index + mostEvents).map(toEvent));
  const outcomes: (Outcome | PusherFailure)[][] = [];
  const waiting = batches.entries();
  const work = async () => {
    for (const [index, batch] of waiting) outcomes[index] = await triggerBatch(pusher, batch);
  };
  await Promise.all(Array.from({ length: requestsAtOnce }, work));
  const all = outcomes.flat();
  warnOfSetup(ctx, all);
  return all.map((one) => (one.kind === 'sent' ? one : { kind: one.kind, reason: one.reason }));
}

async function triggerBatch(
  pusher: PusherClient,
  events: readonly PusherEvent[],
): Promise<(Outcome | PusherFailure)[]> {
  try {
    await pusher.trigger(events);
    return events.map(() => ({ kind: 'sent' }));
  } catch (error) {
    const failure = pusherFailure(error);
    if (failure.trouble !== 'events' || events.length === 1) return events.map(() => failure);
    // One of them is wrong, and Pusher took none: each by itself, so that the others do not suffer.
    return (await Promise.all(events.map((one) => triggerBatch(pusher, [one])))).flat();
  }
}

function toEvent(parcel: Parcel): PusherEvent {
  const { notificationId, type, title, message, data, unread, createdAt } = parcel;
  const route = (parcel.items === undefined ? pageOf(type, data) : listPage).path;
  const told = { notificationId, type, title, message, route, unread, timestamp: createdAt.toISOString() };
  const whole = { ...told, metadata: data };
  const isTooLarge = Buffer.byteLength(JSON.stringify(whole)) > maximumDataBytes;
  return {
    channel: pusherChannelOf(parcel.userId),
    event: 'notification',
    data: isTooLarge ? { notificationId, type, unread } : whole,
  };
}

function warnOfSetup(ctx: Ctx, outcomes: readonly (Outcome | PusherFailure)[]): void {
  const reasons = outcomes.flatMap((one) => ('trouble' in one && one.trouble === 'setup' ? one.reason : []));
  if (reasons.length > 0)
    ctx.log.error(
      { reasons: [...new Set(reasons)], events: reasons.length },
      'Pusher does not take our events as it is set up: see docs/operations.md',
    );
}
