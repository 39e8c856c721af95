import { type NotificationDelivery, notificationChannels } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import type { NotificationRow } from '../db/tables/notifications.ts';
import type { Actor } from '../http/authenticate.ts';
import { requireOwn } from './own.ts';
import { presentDelivery } from './present.ts';
import { isThere } from './write.ts';

/** What became of one of the actor's own notifications on every channel. Throws not_found. */
export async function readDeliveries(
  ctx: Ctx,
  actor: Actor,
  notificationId: string,
): Promise<{ items: NotificationDelivery[] }> {
  const notification = await requireOwn(ctx, actor, notificationId);
  return { items: (await deliveriesOfMany(ctx, [notification])).get(notification.id) ?? [] };
}

/** The same for many, in one query. A channel that was switched off has no row, and is told all the same. */
export async function deliveriesOfMany(
  ctx: Ctx,
  notifications: readonly Pick<NotificationRow, 'id' | 'created_at'>[],
): Promise<Map<string, NotificationDelivery[]>> {
  const rows =
    notifications.length === 0
      ? []
      : await ctx.db
          .selectFrom('notification_deliveries')
          .selectAll()
          .where(
            'notification_id',
            'in',
            notifications.map(({ id }) => id),
          )
          .orderBy('id')
          .execute();
  const found = Map.groupBy(rows, (row) => row.notification_id);
  return new Map(
    notifications.map((notification) => {
      const items = (found.get(notification.id) ?? []).map(presentDelivery);
      const missing = notificationChannels.filter(
        (channel) => isOffered(ctx, channel) && items.every((item) => item.channel !== channel),
      );
      return [notification.id, [...items, ...missing.map((channel) => switchedOff(channel, notification))]];
    }),
  );
}

const isOffered = (ctx: Ctx, channel: NotificationDelivery['channel']): boolean =>
  channel === 'in_app' || isThere(ctx, channel);

const switchedOff = (
  channel: NotificationDelivery['channel'],
  { created_at: createdAt }: Pick<NotificationRow, 'created_at'>,
): NotificationDelivery => ({
  channel,
  state: 'suppressed',
  reason: 'switched_off',
  heldFor: null,
  attempts: 0,
  nextAttemptAt: null,
  sentAt: null,
  createdAt: createdAt.toISOString(),
});
