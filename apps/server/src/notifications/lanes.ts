import type { Db, Tx } from '../db/connect.ts';
import { enqueue } from '../outbox/enqueue.ts';
import type { Channel } from './kinds.ts';

/** Channels that a service outside has to take; the list needs nobody. */
export type OutsideChannel = Exclude<Channel, 'in_app'>;
export const outsideChannels = ['push', 'email', 'pusher'] as const satisfies readonly OutsideChannel[];

/**
 * How many tasks of a channel run at once, in all processes together. A service that hangs holds up its own lanes and
 * no more: the other places of the worker stay free for money. One task sends whatever waits, up to a whole batch, so
 * that lanes are not what limits the speed.
 */
const lanes: Record<OutsideChannel, number> = { push: 2, email: 1, pusher: 1 };

/** What serves many at once stands behind what one person waits for. */
export const bulkPriority = 10;

/** Has the channel sent what is waiting. `about` spreads the tasks over its lanes. */
export const enqueueDelivery = (
  tx: Tx | Db,
  channel: OutsideChannel,
  about: string,
  options: { key?: string; isBulk?: boolean } = {},
): Promise<void> =>
  enqueue(
    tx,
    'notifications.deliver',
    { channel },
    {
      queue: `notifications ${channel} ${(about.codePointAt(about.length - 1) ?? 0) % lanes[channel]}`,
      ...(options.key === undefined ? {} : { key: options.key }),
      ...(options.isBulk === true ? { priority: bulkPriority } : {}),
    },
  );

/** Has these shown on the devices of their people that are connected. One lane: they come in the order of their causes. */
export const enqueueShowing = (
  tx: Tx | Db,
  notificationIds: readonly string[],
  options: { isBulk?: boolean } = {},
): Promise<void> =>
  enqueue(
    tx,
    'notifications.show',
    { notificationIds: [...notificationIds] },
    { queue: 'notifications show', ...(options.isBulk === true ? { priority: bulkPriority } : {}) },
  );
