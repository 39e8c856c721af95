import type { Ctx } from '../context.ts';
import type { Db, Tx } from '../db/connect.ts';
import { enqueue } from '../outbox/enqueue.ts';
import type { Channel } from './kinds.ts';

/** Channels that a service outside has to take; the list needs nobody. */
export type OutsideChannel = Exclude<Channel, 'in_app'>;
export const outsideChannels = ['push', 'email', 'pusher'] as const satisfies readonly OutsideChannel[];

/** What serves many at once stands behind what one person waits for. */
export const bulkPriority = 10;

type Options = { key?: string; isBulk?: boolean };

const optionsOf = ({ key, isBulk }: Options) => ({
  ...(key === undefined ? {} : { key }),
  ...(isBulk === true ? { priority: bulkPriority } : {}),
});

/** Has the channel sent what is waiting. */
export const enqueueDelivery = (tx: Tx | Db, channel: OutsideChannel, options: Options = {}): Promise<void> =>
  enqueue(tx, 'notifications.deliver', { channel }, optionsOf(options));

/** Has these shown on the devices of their people that are connected. */
export const enqueueShowing = (
  tx: Tx | Db,
  notificationIds: readonly string[],
  options: Options = {},
): Promise<void> =>
  enqueue(tx, 'notifications.show', { notificationIds: [...notificationIds] }, optionsOf(options));

/**
 * How many tasks of a channel this process works on at once. A service that hangs holds up its own lanes and no more: the
 * other places of the worker stay free for money. A lane sends whatever waits, so that few are enough.
 */
const lanes: Record<OutsideChannel, number> = { push: 2, email: 1, pusher: 1 };

type Traffic = { busy: number; isAskedAgain: boolean };

const traffic = new WeakMap<Ctx['pool'], Record<OutsideChannel, Traffic>>();

const free = (): Traffic => ({ busy: 0, isAskedAgain: false });

/**
 * Runs `work` until it has nothing left to do, unless all lanes of the channel are busy: then one of those goes once more
 * when it thinks that it is done, so that nothing that was waiting by now is forgotten. False when `work` wants to stop
 * before the end.
 */
export async function inLane(
  ctx: Ctx,
  channel: OutsideChannel,
  work: () => Promise<'done' | 'more' | 'stop'>,
): Promise<boolean> {
  const channels = traffic.get(ctx.pool) ?? { push: free(), email: free(), pusher: free() };
  traffic.set(ctx.pool, channels);
  const state = channels[channel];
  if (state.busy >= lanes[channel]) {
    state.isAskedAgain = true;
    return true;
  }
  state.busy += 1;
  try {
    let outcome: 'done' | 'more' | 'stop';
    do {
      state.isAskedAgain = false;
      outcome = await work();
      // Nothing is awaited between looking at the flag and leaving the lane.
    } while (outcome === 'more' || (outcome === 'done' && state.isAskedAgain));
    return outcome === 'done';
  } finally {
    state.busy -= 1;
  }
}
