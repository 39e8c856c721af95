import { type NotificationPreferences, notificationChannels, requiredChannels } from '@holdfast/contract';
import type { Ctx } from '../../context.ts';
import { notFound } from '../../errors.ts';
import type { Actor } from '../../http/authenticate.ts';
import { typesFor } from '../defaults.ts';
import { isWanted, readWishes, type Wishes } from './wishes.ts';

/** What the actor wants to be told, the defaults of their role included. */
export async function readPreferences(ctx: Ctx, actor: Actor): Promise<NotificationPreferences> {
  const wishes = (await readWishes(ctx.db, [actor.userId])).get(actor.userId);
  if (wishes === undefined) throw notFound('account');
  return presentPreferences(wishes);
}

function presentPreferences(wishes: Wishes): NotificationPreferences {
  const types = typesFor(wishes.role);
  const switchesOf = (type: (typeof types)[number]) =>
    Object.fromEntries(notificationChannels.map((channel) => [channel, isWanted(wishes, type, channel)]));
  return {
    channels: Object.fromEntries(
      types.map((type) => [type, switchesOf(type)]),
    ) as NotificationPreferences['channels'],
    required: Object.fromEntries(
      types
        .filter((type) => requiredChannels[type] !== undefined)
        .map((type) => [type, [...requiredChannels[type]!]]),
    ) as NotificationPreferences['required'],
    quietHours: wishes.quiet === null ? null : { ...wishes.quiet, timeZone: wishes.timeZone },
    jobDigest: wishes.digest,
    hidesMessageText: wishes.hidesMessageText,
  };
}
