import type {
  NotificationPreferences,
  NotificationPreferencesInput,
  NotificationPreferencesPatch,
} from '@holdfast/contract';
import type { Ctx } from '../../context.ts';
import type { Tx } from '../../db/connect.ts';
import { inTransaction } from '../../db/transaction.ts';
import { AppError } from '../../errors.ts';
import type { Actor } from '../../http/authenticate.ts';
import { isRequired, typesFor } from '../defaults.ts';
import type { Channel, NotificationType } from '../kinds.ts';
import { readPreferences } from './read.ts';

type Switch = { type: NotificationType; channel: Channel; enabled: boolean };

/** Says all of it anew. Throws unprocessable for a channel that cannot be switched off. */
export async function replacePreferences(
  ctx: Ctx,
  actor: Actor,
  input: NotificationPreferencesInput,
): Promise<NotificationPreferences> {
  const switches = switchesOf(actor, input.channels);
  await inTransaction(ctx.db, async (tx) => {
    await tx.deleteFrom('notification_preferences').where('user_id', '=', actor.userId).execute();
    await writeSwitches(tx, actor, switches);
    await writeSettings(tx, actor, input);
  });
  return readPreferences(ctx, actor);
}

/** Changes what is given and leaves the rest. Throws unprocessable for a channel that cannot be switched off. */
export async function changePreferences(
  ctx: Ctx,
  actor: Actor,
  input: NotificationPreferencesPatch,
): Promise<NotificationPreferences> {
  const switches = switchesOf(actor, input.channels ?? {});
  await inTransaction(ctx.db, async (tx) => {
    await writeSwitches(tx, actor, switches);
    await writeSettings(tx, actor, input);
  });
  return readPreferences(ctx, actor);
}

function switchesOf(actor: Actor, channels: NotificationPreferencesInput['channels']): Switch[] {
  const types = new Set(typesFor(actor.role));
  return Object.entries(channels).flatMap(([name, changes]) => {
    const type = name as NotificationType;
    if (!types.has(type)) throw new AppError('unprocessable', `${type} never comes to a ${actor.role}.`);
    return Object.entries(changes ?? {}).map(([channel, enabled]) =>
      requireFree({ type, channel: channel as Channel, enabled: enabled as boolean }),
    );
  });
}

function requireFree(one: Switch): Switch {
  if (!one.enabled && isRequired(one.type, one.channel))
    throw new AppError(
      'unprocessable',
      `${one.type} cannot be switched off on ${one.channel}: it is about the security of the account, or about money.`,
    );
  return one;
}

async function writeSwitches(tx: Tx, actor: Actor, switches: readonly Switch[]): Promise<void> {
  if (switches.length === 0) return;
  await tx
    .insertInto('notification_preferences')
    .values(switches.map((one) => ({ user_id: actor.userId, ...one })))
    .onConflict((conflict) =>
      conflict
        .columns(['user_id', 'type', 'channel'])
        .doUpdateSet((update) => ({ enabled: update.ref('excluded.enabled') })),
    )
    .execute();
}

async function writeSettings(tx: Tx, actor: Actor, input: NotificationPreferencesPatch): Promise<void> {
  const settings = {
    ...(input.quietHours === undefined
      ? {}
      : { quiet_from: input.quietHours?.from ?? null, quiet_to: input.quietHours?.to ?? null }),
    ...(input.jobDigest === undefined ? {} : { digest: input.jobDigest }),
    ...(input.hidesMessageText === undefined ? {} : { hides_message_text: input.hidesMessageText }),
  };
  if (Object.keys(settings).length === 0) return;
  await tx
    .insertInto('notification_settings')
    .values({ user_id: actor.userId, quiet_from: null, quiet_to: null, ...settings })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(settings))
    .execute();
}
