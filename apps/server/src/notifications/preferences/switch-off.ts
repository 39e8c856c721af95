import type { Tx } from '../../db/connect.ts';
import type { Channel, NotificationType } from '../kinds.ts';

/** Notifications of this type no longer reach this person on this channel. Repeating it has no effect. */
export async function switchOff(
  tx: Tx,
  userId: string,
  type: NotificationType,
  channel: Channel,
): Promise<void> {
  await tx
    .insertInto('notification_preferences')
    .values({ user_id: userId, type, channel, enabled: false })
    .onConflict((conflict) =>
      conflict.columns(['user_id', 'type', 'channel']).doUpdateSet({ enabled: false }),
    )
    .execute();
}
