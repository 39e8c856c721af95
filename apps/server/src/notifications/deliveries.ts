import type { NotificationDelivery } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import type { DeliveryRow, NotificationRow } from '../db/tables/notifications.ts';
import type { Actor } from '../http/authenticate.ts';
import { outsideChannels } from './lanes.ts';
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

type Told = Pick<NotificationRow, 'id' | 'created_at' | 'is_listed'>;

/** The same for many, in one query. */
export async function deliveriesOfMany(
  ctx: Ctx,
  notifications: readonly Told[],
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
  return new Map(notifications.map((one) => [one.id, allOf(ctx, one, found.get(one.id) ?? [])]));
}

/** The list has no row, as what is in it is there at once; nor has a channel that was switched off. */
function allOf(ctx: Ctx, told: Told, rows: readonly DeliveryRow[]): NotificationDelivery[] {
  const missing = outsideChannels.filter(
    (channel) => isThere(ctx, channel) && rows.every((row) => row.channel !== channel),
  );
  return [
    told.is_listed ? inList(told) : switchedOff('in_app', told),
    ...rows.map(presentDelivery),
    ...missing.map((channel) => switchedOff(channel, told)),
  ];
}

const inList = (told: Told): NotificationDelivery => ({
  ...switchedOff('in_app', told),
  state: 'sent',
  reason: null,
  sentAt: told.created_at.toISOString(),
});

const switchedOff = (
  channel: NotificationDelivery['channel'],
  { created_at: createdAt }: Told,
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
